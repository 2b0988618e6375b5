"""What becomes of the methods of estimators: traced right, traced wrong, or refused with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import onnxruntime as ort

import onnxp as xp
from onnxp.errors import EstimatorError
from onnxp.sklearn import trace_estimator
from tests.helpers.sklearn_parameters import METHODS, Case, within

# scikit-learn 1.9.1 computes the distance of a row from itself as the root of a rounding error, and divides by
# singular values that are rounding errors (Nystroem)
_TOLERANCES = {
    "Birch": 1e-6,
    "BisectingKMeans": 1e-6,
    "KMeans": 1e-6,
    "MiniBatchKMeans": 1e-6,
    "Nystroem": 1e-6,
}
# from float32 also with nearest neighbors; it takes norms and logarithms of float32 in float32, and solves
# systems of equations in it, which are nearly singular (KernelRidge)
_TOLERANCES32 = {
    "BayesianGaussianMixture": 1e-6,
    "GaussianMixture": 1e-6,
    "GaussianProcessClassifier": 1e-5,
    "Isomap": 1e-6,
    "KernelRidge": 1e-2,
    "KNeighborsClassifier": 1e-6,
    "KNeighborsRegressor": 1e-6,
    "Nystroem": 1e-2,
    "RadiusNeighborsTransformer": 1e-6,
    "SkewedChi2Sampler": 1e-6,
}

_NO_DENSITY = -20.0


class Outcome(NamedTuple):
    """What became of one method of a case.

    Attributes
    ----------
    case : Case
        The estimator.
    method, dtype : str
        The method, and the dtype of its rows.
    what : str
        ``"right"``, ``"refused"``, ``"wrong"``, ``"dtype"`` if only the dtype of the result is another, or
        ``"failed"`` if there is another error than the documented one.
    detail : str
        The error, or the difference.
    """

    case: Case
    method: str
    dtype: str
    what: str
    detail: str = ""


def outcomes(case: Case) -> Iterator[Outcome]:
    """Trace each method of a case, for rows of the dtype that it was fitted on and for float32."""
    for method in METHODS:
        try:
            available = callable(getattr(case.estimator, method, None))
        except Exception:
            continue
        if not available:
            continue
        rows = case.fitted
        for dtype in dict.fromkeys(
            [rows.dtype.str, "<f4" if rows.dtype.kind == "f" else rows.dtype.str]
        ):
            batches = [b.astype(dtype) for b in (case.fitted, case.unseen, case.unseen[:1])]
            with within(60):
                outcome = _outcome(case.estimator, method, batches, rows.dtype)
            if outcome is not None:
                yield Outcome(case, method, str(np.dtype(dtype)), *outcome)


def _outcome(
    estimator: Any, method: str, batches: list[np.ndarray], fitted: np.dtype
) -> tuple[str, str] | None:
    expected: list[tuple[np.ndarray, list[np.ndarray]]] = []
    for batch in batches:
        try:
            X = batch
            if method == "inverse_transform":
                X = dense(estimator.transform(batch.copy()))
            results = [_results(estimator, method, X) for _ in range(2)]
        except Exception:  # scikit-learn refuses these rows
            continue
        if any(difference_of(a, b, 0.0) for a, b in zip(*results, strict=True)):
            return None  # random
        expected.append((X, results[0]))
    if not expected:
        return None
    X = expected[0][0]
    text = X.dtype.kind in "OU"
    if text and not all(isinstance(value, str) for value in X.flat):
        return None  # which one input cannot hold
    spec = xp.spec(("N", *X.shape[1:]), xp.string if text else X.dtype)
    try:
        program = trace_estimator(estimator, [method], spec=spec)
    except EstimatorError as error:
        return "refused", str(error)
    except Exception as error:
        return "failed", f"{type(error).__name__}: {error}"
    session = ort.InferenceSession(program.model.SerializeToString())
    others = ""
    for X, wanted in expected:
        try:
            actual = session.run(
                None, {session.get_inputs()[0].name: X.astype(object) if text else X}
            )
        except Exception as error:
            return "failed", f"{type(error).__name__}: {error}"
        if len(actual) != len(wanted):
            return "wrong", f"{len(actual)} outputs instead of {len(wanted)}"
        for one, other in zip(actual, wanted, strict=True):
            if len(X) == 1 and other.ndim == one.ndim - 1:
                other = other[None]  # SparsePCA
            if type(estimator).__name__ == "KernelDensity":  # whose tree stops at small ones
                one, other = np.maximum(one, _NO_DENSITY), np.maximum(other, _NO_DENSITY)
            difference = difference_of(one, other, _tolerance(estimator, other, X, fitted))
            if difference:
                return "wrong", f"{len(X)} rows: {difference}"
            if other.dtype.kind not in "OU" and one.dtype != other.dtype:
                others = f"{one.dtype} instead of {other.dtype}"
    return ("dtype", others) if others else ("right", "")


def _results(estimator: Any, method: str, X: np.ndarray) -> list[np.ndarray]:
    result = getattr(estimator, method)(X.copy())
    return [
        np.asarray(dense(r)) for r in (result if isinstance(result, list | tuple) else [result])
    ]


def dense(result: Any) -> Any:
    """Return a result without sparse arrays, which models do not have."""
    return result.toarray() if hasattr(result, "toarray") else result


def _tolerance(estimator: Any, wanted: np.ndarray, X: np.ndarray, fitted: np.dtype) -> float:
    """Return the difference to allow; where a part was fitted on float32, some sums are rounded to it."""
    name = type(estimator).__name__
    least = 1e-5 if np.float32 in (wanted.dtype, fitted) else _TOLERANCES.get(name, 1e-9)
    return max(least, _TOLERANCES32.get(name, 0.0) if X.dtype == np.float32 else 0.0)


def difference_of(one: np.ndarray, other: np.ndarray, tolerance: float) -> str:
    if one.shape != other.shape:
        return f"shape {one.shape} instead of {other.shape}"
    if other.dtype.kind != "f" or one.dtype.kind != "f":
        pairs = [(a, b) for a, b in zip(one.flat, other.flat, strict=True) if not _equal(a, b)]
        return f"{len(pairs)} of {one.size} differ, {pairs[0]}" if pairs else ""
    finite = np.abs(other[np.isfinite(other)]).max(initial=1.0 if tolerance else 0.0)
    close = np.isclose(one, other, tolerance, tolerance * finite, equal_nan=True)
    if close.all():
        return ""
    return (
        f"off by {np.abs(one - other)[~close].max()}, of {finite}; {(~close).sum()} of {one.size}"
    )


def _equal(a: Any, b: Any) -> bool:
    a, b = (float("nan") if value is None else value for value in (a, b))
    if isinstance(a, str | np.str_) or isinstance(b, str | np.str_):
        return str(a) == str(b) or bool(a == "" and b != b)
    return bool(a == b or (a != a and b != b))


def reason(outcome: Outcome) -> str:
    """Return why a method is refused, in a line."""
    text = " ".join(outcome.detail.split())
    line = re.search(r"leaves the array API at (\S+), in \w+", text)
    if line is None:
        return text.partition(" cannot be traced")[2].removeprefix(": ") or text
    error = re.search(r"\b(\w+): ([^:]*)", text[line.end() :])
    return f"{line[1]}, {error[1] if error else ''}"
