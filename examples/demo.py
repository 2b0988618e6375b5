"""Train four models on data that scikit-learn ships, export them with onnxp, and compare.

The training is scikit-learn's; each ``predict`` is array API code that runs on numpy and on onnxp
alike. The exported files are run by onnxruntime alone, on batches of 1, 7 and all rows. The exit
code is 1 if any label differs from numpy's, or any number by more than `TOLERANCE` times the
largest number in numpy's result (float32 has 24 bits; sums are taken in another order).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime as ort
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

import onnxp as xp

TOLERANCE = 1e-5
BATCHES = (1, 7, None)
Arrays = dict[str, Any]


class Model(NamedTuple):
    name: str
    predict: Callable[[Any], Arrays]
    data: np.ndarray


def diabetes() -> Model:
    """Linear regression."""
    X, y = load_diabetes(return_X_y=True)
    fitted = LinearRegression().fit(X, y)
    coefficients = fitted.coef_.astype(np.float32)
    intercept = float(fitted.intercept_)

    def predict(X):
        xp = X.__array_namespace__()
        return {"progression": X @ xp.asarray(coefficients) + intercept}

    return Model("diabetes linear regression", predict, X)


def breast_cancer() -> Model:
    """Logistic regression on scaled columns."""
    X, y = load_breast_cancer(return_X_y=True)
    scaler = StandardScaler().fit(X)
    fitted = LogisticRegression().fit(scaler.transform(X), y)
    mean, scale = scaler.mean_.astype(np.float32), scaler.scale_.astype(np.float32)
    coefficients = fitted.coef_[0].astype(np.float32)
    intercept = float(fitted.intercept_[0])

    def predict(X):
        xp = X.__array_namespace__()
        scaled = (X - xp.asarray(mean)) / xp.asarray(scale)
        logit = scaled @ xp.asarray(coefficients) + intercept
        probability = 1 / (1 + xp.exp(-logit))
        return {"label": xp.astype(probability > 0.5, xp.int64), "probability": probability}

    return Model("breast cancer logistic regression", predict, X)


def digits_mlp() -> Model:
    """A multi-layer perceptron with a softmax on top."""
    X, y = load_digits(return_X_y=True)
    fitted = MLPClassifier((64, 32), max_iter=60, tol=1e-2, random_state=0).fit(X / 16, y)
    weights = [w.astype(np.float32) for w in fitted.coefs_]
    biases = [b.astype(np.float32) for b in fitted.intercepts_]

    def predict(X):
        xp = X.__array_namespace__()
        h = X / 16
        for w, b in zip(weights[:-1], biases[:-1], strict=True):
            h = xp.maximum(h @ xp.asarray(w) + xp.asarray(b), xp.asarray(0, dtype=h.dtype))
        logits = h @ xp.asarray(weights[-1]) + xp.asarray(biases[-1])
        e = xp.exp(logits - xp.max(logits, axis=1, keepdims=True))
        probabilities = e / xp.sum(e, axis=1, keepdims=True)
        return {"label": xp.argmax(logits, axis=1), "probabilities": probabilities}

    return Model("digits MLP", predict, X)


def digits_kmeans() -> Model:
    """Assignment to the nearest of ten centres."""
    X, _ = load_digits(return_X_y=True)
    centers = KMeans(10, n_init=1, random_state=0).fit(X).cluster_centers_.astype(np.float32)

    def predict(X):
        xp = X.__array_namespace__()
        squared = xp.sum((X[:, None, :] - xp.asarray(centers)) ** 2, axis=2)
        return {"label": xp.argmin(squared, axis=1), "distance": xp.sqrt(xp.min(squared, axis=1))}

    return Model("digits k-means", predict, X)


def largest_difference(result: Arrays, expected: Arrays) -> tuple[float, bool]:
    """Return the largest difference of any number, and whether all are within the tolerance."""
    worst, right = 0.0, result.keys() == expected.keys()
    for name, numbers in expected.items():
        same_kind = result[name].dtype == numbers.dtype and result[name].shape == numbers.shape
        difference = float(np.max(np.abs(result[name] - numbers)))
        allowed = TOLERANCE * float(np.max(np.abs(numbers))) if numbers.dtype.kind == "f" else 0.0
        worst = max(worst, difference)
        right = right and same_kind and difference <= allowed
    return worst, right


def rows_per_second(function: Callable[[np.ndarray], object], data: np.ndarray) -> float:
    """Return the median speed over all rows of `data`."""
    samples = []
    for _ in range(15):
        start = perf_counter()
        function(data)
        samples.append(perf_counter() - start)
    return len(data) / median(samples)


def run(model: Model, folder: Path) -> tuple[tuple[str, ...], bool]:
    """Export `model`, run the file, and return the table's row and whether it is right."""
    data = model.data.astype(np.float32)
    program = xp.trace(model.predict, X=xp.spec(("N", data.shape[1]), xp.float32))
    path = folder / f"{model.name.replace(' ', '_')}.onnx"
    program.save(path)

    session = ort.InferenceSession(path)
    names = [output.name for output in session.get_outputs()]

    def score(batch: np.ndarray) -> Arrays:
        return dict(zip(names, session.run(names, {"X": batch}), strict=True))

    checks = [largest_difference(score(data[:n]), model.predict(data[:n])) for n in BATCHES]
    right = all(ok for _, ok in checks)
    cells = (
        model.name,
        str(len(onnx.load(path).graph.node)),
        f"{path.stat().st_size:,} B",
        f"{max(worst for worst, _ in checks):.2g}",
        f"{rows_per_second(model.predict, data):,.0f}",
        f"{rows_per_second(score, data):,.0f}",
        "ok" if right else "DIFFERS",
    )
    return cells, right


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("build/demo"), help="for the models")
    folder = parser.parse_args(argv).folder
    folder.mkdir(parents=True, exist_ok=True)

    form = "{:<34} {:>5} {:>10} {:>12} {:>13} {:>13}  {}".format
    print(form("model", "nodes", "file", "difference", "numpy rows/s", "model rows/s", ""))
    wrong = 0
    for make in (diabetes, breast_cancer, digits_mlp, digits_kmeans):
        cells, right = run(make(), folder)
        wrong += not right
        print(form(*cells), flush=True)
    print(
        f"\nThe models are in {folder}. Run on batches of 1, 7 and all rows by onnxruntime alone;"
    )
    print(f"labels must be equal, numbers within {TOLERANCE:g} of numpy's largest.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
