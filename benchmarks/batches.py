"""Large batches beside scikit-learn, numpy and JAX, and the memory that they take.

``python -m benchmarks.batches`` prints the bytes that a call with ten million rows takes, beyond its argument
and result.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

import onnxp as xp
from onnxp.sklearn import trace_estimator

from .measure import child, seconds
from .peak import resident
from .table import Row

FEATURES = 8
COUNT = 1_000_000
MANY = 10_000_000
STEPS = 10

MODELS: dict[str, Callable[[], BaseEstimator]] = {
    "scaler, squares, logistic": lambda: make_pipeline(
        StandardScaler(), PolynomialFeatures(2), LogisticRegression(max_iter=300)
    ),
    "MLP": lambda: MLPClassifier((64, 32), max_iter=20, random_state=0),
    "GaussianNB": GaussianNB,
}


def rows(count: int, features: int = FEATURES) -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).standard_normal((count, features), np.float32)


@functools.cache
def fitted(name: str) -> BaseEstimator:
    X = rows(2000)
    target = (X @ np.arange(-3.5, 4) > 0).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MODELS[name]().fit(X, target)


def beside_sklearn(name: str) -> tuple[float, float]:
    """Time a prediction of a million rows; the labels are equal but for ties of float32."""
    model, X = fitted(name), rows(COUNT)
    program = trace_estimator(model, "predict", dtype="float32")
    assert program.rowwise
    assert np.mean(program(X) == model.predict(X)) > 0.9999
    return seconds(lambda: program(X), lambda: model.predict(X))


def chain(x: Any, namespace: Any) -> Any:
    """Compute 30 cheap operations."""
    for _ in range(STEPS):
        x = namespace.abs(x * 1.01 - 0.1)
    return x


def _fused(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Compute the chain by numpy in place, 2,000 rows at a time."""
    result = np.empty_like(x)
    for first in range(0, len(x), 2000):
        part = result[first : first + 2000]
        part[...] = x[first : first + 2000]
        for _ in range(STEPS):
            part *= np.float32(1.01)
            part -= np.float32(0.1)
            np.abs(part, part)
    return result


def cheap_operations() -> tuple[float, float]:
    """Time 30 operations on 100,000 x 10, beside JAX or else numpy in place and in blocks."""
    X = rows(100_000, 10)
    program = xp.trace(lambda x: chain(x, xp), "float32[N, 10]")
    other: Callable[[], object] = lambda: _fused(X)  # noqa: E731
    if find_spec("jax") is not None:
        import jax

        compiled = jax.jit(lambda x: chain(x, jax.numpy))
        other = lambda: np.asarray(compiled(X))  # noqa: E731
    np.testing.assert_allclose(program(X), _fused(X), rtol=1e-5)
    return seconds(lambda: program(X), other)


def blocks_beside_whole() -> tuple[float, float]:
    """Time the operations in blocks on one thread, and by the same session whole; the bits are equal.

    The arrays are larger than the caches of processors, which blocks are for.
    """
    X = rows(COUNT)
    program = xp.trace(lambda x: chain(x, xp), f"float32[N, {FEATURES}]")
    session = program.session()
    assert program(X).tobytes() == session.run(None, {"x": X})[0].tobytes()
    return seconds(lambda: program(X, threads=1), lambda: session.run(None, {"x": X}))


def main() -> None:
    """Measure in this process, which must be fresh."""
    program = xp.trace(lambda x: chain(x, xp), f"float32[N, {FEATURES}]")
    X = rows(MANY)
    program(X[:100_000])
    before = resident("VmRSS")
    result = program(X)
    print(resident("VmHWM") - before - result.nbytes)


def memory() -> tuple[float, float]:
    """Measure what a call with ten million rows takes beyond its argument and result, beside 64 MB."""
    return child("-m", "benchmarks.batches"), 64e6


JAX_OR_NUMPY = "jax.jit" if find_spec("jax") is not None else "numpy in blocks"

ROWS = (
    *(
        Row(
            f"{name}, {COUNT:,} rows",
            "scikit-learn",
            functools.partial(beside_sklearn, name),
            at_least=least,
        )
        for name, least in zip(MODELS, (5, 3, 1.5), strict=True)
    ),
    Row(
        "30 operations, 100,000 x 10",
        JAX_OR_NUMPY,
        cheap_operations,
        at_most=3,
        limit="30 kernels of 0.06 ns for an element (SSE), 1.1 ms on two cores; JAX compiles one loop",
    ),
    Row(
        "30 operations in blocks, 1 thread, 1e6 rows",
        "whole",
        blocks_beside_whole,
        at_most=0.85,
    ),
    Row("memory beyond input and output, 1e7 rows", "64 MB", memory, unit="B", at_most=1),
)

if __name__ == "__main__":
    main()
