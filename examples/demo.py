"""Train five models, export them with onnxp, and compare the files with what they were made of.

Two are array code, which computes on numpy and on onnxp alike, with the weights of estimators of
scikit-learn. Three are estimators themselves, one of which takes a data frame of text and numbers. The
files are run by onnxruntime alone, on 1, 7 and all rows. At the end, the command line scores a Parquet file
with the model of the data frame. The exit code is 1 if any label differs, or any number by more than the
tolerance of its dtype times the largest number (float32 has 24 bits, float64 has 53; sums are taken in
another order).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime as ort
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import onnxp as xp
from onnxp.sklearn import trace_estimator

TOLERANCES = {4: 1e-5, 8: 1e-12}  # by the bytes of a number
BATCHES = (1, 7, None)
Arrays = dict[str, Any]


class Model(NamedTuple):
    name: str
    predict: Callable[[Any], Arrays]  # what the file must agree with
    sklearn: Callable[[Any], object]  # what scikit-learn runs for the same
    data: Any
    program: xp.Program

    def path(self, folder: Path) -> Path:
        return folder / f"{self.name.replace(': ', '_').replace(', ', '_').replace(' ', '_')}.onnx"


def digits_mlp() -> Model:
    """A multi-layer perceptron with a softmax on top, as array code."""
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

    def sklearn(X):
        return fitted.predict(X / 16), fitted.predict_proba(X / 16)

    program = xp.trace(predict, X="float32[N, 64]")
    return Model("digits: MLP", predict, sklearn, X.astype(np.float32), program)


def digits_kmeans() -> Model:
    """Assignment to the nearest of ten centers, as array code."""
    X, _ = load_digits(return_X_y=True)
    fitted = KMeans(10, n_init=1, random_state=0).fit(X.astype(np.float32))
    centers = fitted.cluster_centers_

    def predict(X):
        xp = X.__array_namespace__()
        squared = xp.sum((X[:, None, :] - xp.asarray(centers)) ** 2, axis=2)
        return {"label": xp.argmin(squared, axis=1), "distance": xp.sqrt(xp.min(squared, axis=1))}

    def sklearn(X):
        return fitted.predict(X), np.min(fitted.transform(X), axis=1)

    program = xp.trace(predict, X="float32[N, 64]")
    return Model("digits: nearest center", predict, sklearn, X.astype(np.float32), program)


def breast_cancer() -> Model:
    """Logistic regression on scaled columns, by scikit-learn."""
    X, y = load_breast_cancer(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    return classifier("breast cancer: logistic", pipeline, X)


def diabetes() -> Model:
    """A random forest, by scikit-learn."""
    X, y = load_diabetes(return_X_y=True)
    forest = RandomForestRegressor(100, random_state=0).fit(X, y)

    def predict(X):
        return {"prediction": forest.predict(X)}

    return Model("diabetes: forest", predict, predict, X, trace_estimator(forest))


def passengers() -> Model:
    """Boosted trees on a data frame of text and numbers with missing values, by scikit-learn."""
    rng = np.random.default_rng(0)
    count = 2000
    df = pd.DataFrame(
        {
            "age": np.where(rng.random(count) < 0.2, np.nan, rng.gamma(8, 4, count).round()),
            "fare": rng.gamma(2, 15, count),
            "class": rng.integers(1, 4, count),
            "sex": rng.choice(["female", "male"], count),
            "port": rng.choice(["Southampton", "Cherbourg", "Queenstown", ""], count),
        }
    )
    chance = 0.7 * (df["sex"] == "female") + 0.1 * (3 - df["class"]) - 0.002 * df["age"].fillna(30)
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["age", "fare"]),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["class", "sex", "port"]),
    )
    boosted = HistGradientBoostingClassifier(max_iter=50, random_state=0)
    pipeline = make_pipeline(columns, boosted).fit(df, chance + rng.normal(0, 0.2, count) > 0.4)
    return classifier("passengers: frame, boosting", pipeline, df)


def classifier(name: str, estimator: Any, data: Any) -> Model:
    def predict(X):
        return {"label": estimator.predict(X), "probabilities": estimator.predict_proba(X)}

    program = trace_estimator(estimator, ["predict", "predict_proba"], example=data[:100])
    return Model(name, predict, predict, data, program)


def largest_difference(result: Arrays, expected: Arrays) -> tuple[float, bool]:
    """Return the largest difference relative to the largest number, and whether all are right."""
    if result.keys() != expected.keys():
        return np.inf, False
    worst, right = 0.0, True
    for name, numbers in expected.items():
        same = result[name].dtype == numbers.dtype and result[name].shape == numbers.shape
        if numbers.dtype.kind != "f":
            right = right and same and bool((result[name] == numbers).all())
            continue
        difference = float(np.max(np.abs(result[name] - numbers)) / np.max(np.abs(numbers)))
        worst = max(worst, difference)
        right = right and same and difference <= TOLERANCES[numbers.dtype.itemsize]
    return worst, right


def rows_per_second(function: Callable[[Any], object], data: Any) -> float:
    """Return the median speed over the rows of `data`."""
    samples: list[float] = []
    while len(samples) < 3 or (len(samples) < 50 and sum(samples) < 0.3):
        start = perf_counter()
        function(data)
        samples.append(perf_counter() - start)
    return len(data) / median(samples)


def run(model: Model, folder: Path) -> tuple[tuple[str, ...], bool]:
    """Export `model`, run the file, and return the row of the table and whether it is right."""
    path = model.path(folder)
    model.program.save(path)
    session = ort.InferenceSession(path)
    names = [output.name for output in session.get_outputs()]

    def score(batch: Any) -> Arrays:
        return dict(zip(names, session.run(names, model.program.feeds(batch)), strict=True))

    checks = [
        largest_difference(score(model.data[:n]), model.predict(model.data[:n])) for n in BATCHES
    ]
    right = all(ok for _, ok in checks)
    speeds = [
        f"{rows_per_second(function, data):,.0f}"
        for data in (model.data[:1], model.data)
        for function in (model.sklearn, score)
    ]
    cells = (
        model.name,
        str(len(onnx.load(path).graph.node)),
        f"{path.stat().st_size:,} B",
        *speeds,
        f"{max(worst for worst, _ in checks):.1e}",
        "ok" if right else "DIFFERS",
    )
    return cells, right


def score_on_command_line(model: Model, folder: Path) -> bool:
    """Score a Parquet file by the command ``onnxp run``, and return whether the results are right."""
    source, target = folder / "rows.parquet", folder / "scored.parquet"
    model.data.to_parquet(source)
    target.unlink(missing_ok=True)
    arguments = ["run", model.path(folder), source, "-o", target]
    print("\n$ onnxp", *arguments, flush=True)
    subprocess.run([sys.executable, "-m", "onnxp", *arguments], check=True)
    scored = pd.read_parquet(target)
    print(scored.head(3).to_string())
    labels, *probabilities = (scored[name].to_numpy() for name in scored)
    result = {"label": labels, "probabilities": np.stack(probabilities, axis=1)}
    difference, right = largest_difference(result, model.predict(model.data))
    print(f"relative difference from scikit-learn {difference:.1e}: {'ok' if right else 'DIFFERS'}")
    return right


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("build/demo"), help="for the models")
    folder = parser.parse_args(argv).folder
    folder.mkdir(parents=True, exist_ok=True)

    form = "{:<28} {:>5} {:>11} {:>12} {:>9} {:>12} {:>9} {:>10}  {}".format
    print(form("", "", "", "1 row:", "", "all rows:", "", "relative", ""))
    print(form("model", "nodes", "file", *("sklearn/s", "file/s") * 2, "difference", ""))
    wrong = 0
    for make in (digits_mlp, digits_kmeans, breast_cancer, diabetes, passengers):
        model = make()
        cells, right = run(model, folder)
        wrong += not right
        print(form(*cells), flush=True)
    print(
        f"\nThe files are in {folder}; onnxruntime alone runs them. Speeds are rows per second, of"
    )
    print(
        "scikit-learn and of the file. Labels must be equal, and numbers within 1e-5 (float32) or 1e-12"
    )
    print("(float64) of the largest number, for 1, 7 and all rows.")
    wrong += not score_on_command_line(model, folder)
    print("All files agree." if not wrong else f"{wrong} files DIFFER.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
