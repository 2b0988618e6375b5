"""Distances between rows, in float64 as scikit-learn computes them. Equal rows have equal distances.

The metrics are those of ``sklearn.metrics.DistanceMetric``, and others of ``pairwise_distances``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import log2
from typing import Any

import numpy as np

import onnxp as xp
from onnxp._src.array.base import new_array
from onnxp._src.graph.values import constant
from onnxp._src.lowering.nearest import least_columns

Metric = Callable[..., Any]
METRICS: dict[str, Metric] = {}
"""The distances of rows that broadcast, along the last axis, by the name of the metric."""
EUCLIDEAN = ("euclidean", "l2", "sqeuclidean")
_LEAST_GROUP = 8  # fitted rows; TopK takes several times as long for a number as ReduceMin
_FEW = 16  # features, up to which scikit-learn takes trees by default
MAYBE_NAN = ("braycurtis of scipy", "correlation", "dice", "nan_euclidean", "sokalsneath")


def double(X: Any) -> Any:
    """Return an array in float64."""
    return X if X.dtype == xp.float64 else xp.astype(X, xp.float64)


def row_sum(x: Any) -> Any:
    """Return the sums along the last axis, which are equal for equal rows."""
    # ReduceSum adds in an order that depends on the place of the row (onnxruntime 1.32)
    return x @ xp.ones((x.shape[-1],), dtype=x.dtype)


def is_supported(metric: object) -> bool:
    """Return whether there is array code for a metric."""
    return isinstance(metric, str) and metric in METRICS


def between(A: Any, B: Any, metric: str, parameters: Mapping[str, Any] | None = None) -> Any:
    """Return the distances of rows that broadcast, such as those of shapes (N, 1, F) and (M, F)."""
    return METRICS[metric](A, B, **_arrays(parameters))


def _arrays(parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        name: value if np.ndim(value) == 0 else np.asarray(value)
        for name, value in (parameters or {}).items()
    }


def pairwise(
    X: Any, Y: np.ndarray[Any, Any], metric: str, parameters: Mapping[str, Any] | None = None
) -> Any:
    """Return the distances of all rows of `X` from all fitted rows."""
    return between(double(X)[:, None, :], xp.asarray(Y, dtype=xp.float64), metric, parameters)


def ranks(
    X: Any, Y: np.ndarray[Any, Any], metric: str, parameters: Mapping[str, Any] | None = None
) -> Any:
    """Return numbers that order the fitted rows by their distance: distances before the last root.

    Euclidean distances come from a matrix product, without an array of all differences.
    """
    if metric in EUCLIDEAN:
        return squared(X, Y)
    return exact_ranks(double(X)[:, None, :], xp.asarray(Y, dtype=xp.float64), metric, parameters)


def exact_ranks(A: Any, B: Any, metric: str, parameters: Mapping[str, Any] | None = None) -> Any:
    """Return such numbers for rows that broadcast; a few features are added as in scikit-learn's trees.

    Powers of differences are of float32 if the rows are, as in scikit-learn's search among all rows.
    """
    p = power(metric, parameters)
    if p is None:
        return between(A, B, metric, parameters)
    if A.shape[-1] > _FEW:
        return row_sum(_raised(A, B, p))
    total = _raised(A[..., 0], B[..., 0], p)
    for i in range(1, A.shape[-1]):
        total = total + _raised(A[..., i], B[..., i], p)
    return total


def of_ranks(ranks: Any, metric: str, parameters: Mapping[str, Any] | None = None) -> Any:
    """Return the distances that `ranks` orders by."""
    p = power(metric, parameters)
    if p in (None, 1.0) or metric == "sqeuclidean":
        return ranks
    return xp.sqrt(ranks) if p == 2 else ranks ** (1.0 / p)


def of_distance(distance: float, metric: str, parameters: Mapping[str, Any] | None = None) -> float:
    """Return the number among `ranks` of a distance."""
    p = power(metric, parameters)
    return distance if p is None or metric == "sqeuclidean" else float(distance**p)


def power(metric: str, parameters: Mapping[str, Any] | None) -> float | None:
    """Return the power of the differences whose sum a metric is the root of; None if it is none."""
    parameters = parameters or {}
    if metric in EUCLIDEAN:
        return 2.0
    if metric in ("manhattan", "l1", "cityblock"):
        return 1.0
    p = float(parameters.get("p", 2))
    is_sum = metric in ("minkowski", "p") and np.isfinite(p) and parameters.get("w") is None
    return p if is_sum else None


def _raised(a: Any, b: Any, p: float) -> Any:
    difference = double(a - b)
    if p == 2:
        return difference * difference
    difference = xp.abs(difference)
    return difference if p == 1 else difference**p


def squared(X: Any, Y: np.ndarray[Any, Any]) -> Any:
    """Return squared Euclidean distances by a matrix product of rows around their center."""
    Y = np.asarray(Y, float)
    center = _center(Y)
    A, B = double(X) - xp.asarray(center), Y - center
    norms = np.add.reduce(B * B, axis=1)
    result = row_sum(A * A)[:, None] + xp.asarray(norms) - 2.0 * (A @ xp.asarray(B.T.copy()))
    return xp.maximum(result, 0.0)


def nearest_places(X: Any, Y: np.ndarray[Any, Any], count: int) -> Any:
    """Return the places of the fitted rows at the least Euclidean distances, but for rounding, in any order."""
    Y = np.asarray(Y, float)
    size = 2 ** round(log2(len(Y) / count) / 2)
    size = size if size >= _LEAST_GROUP else 1
    groups = -(-len(Y) // size)
    row = (
        np.arange(groups * size).reshape(groups, size).T.ravel()
    )  # of each column, groups side by side
    is_row, row = row < len(Y), np.minimum(row, len(Y) - 1)
    center = _center(Y)
    fitted = (Y - center)[row]
    norms = np.where(is_row, np.add.reduce(fitted * fitted, axis=1), np.inf)
    # A Gemm that adds the norms takes twice as long as a product with a column of ones (onnxruntime 1.32.0)
    rows = xp.concat([double(X) - xp.asarray(center), xp.ones((X.shape[0], 1))], axis=1)
    table = constant(np.concatenate([-2.0 * fitted.T, norms[None, :]]))
    columns = least_columns(rows._planes[0], table, count, groups if size > 1 else 0)
    places = new_array(xp.int64, (columns,))
    return places if size == 1 else xp.take(xp.asarray(row), places, axis=0)


def _center(Y: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the mean, rounded such that differences from it are exact for integers."""
    mean: np.ndarray[Any, Any] = np.nan_to_num(Y.mean(axis=0))
    spread = float(np.nan_to_num(np.abs(Y - mean)).max(initial=0.0))
    if spread == 0.0 or not np.isfinite(spread):
        return mean
    step = float(2.0 ** (np.ceil(np.log2(spread)) - 3))
    rounded: np.ndarray[Any, Any] = np.round(mean / step) * step
    return rounded


def smallest(numbers: Any, count: int, *, has_nan: bool = False) -> tuple[Any, Any]:
    """Return the smallest numbers of each row in order, and their places; of equal ones the first.

    With `has_nan`, NaN is larger than all numbers. TopK's order of NaN depends on the runtime (1.20.1).
    """
    ordered = xp.where(xp.isnan(numbers), xp.inf, numbers) if has_nan else numbers
    values, places = xp.onnx.op("TopK", ordered, np.asarray([count]), axis=1, largest=0, sorted=1)
    return (xp.take_along_axis(numbers, places, axis=1) if has_nan else values), places


# Metrics of numbers


def _metric(*names: str) -> Callable[[Metric], Metric]:
    def register(function: Metric) -> Metric:
        METRICS.update(dict.fromkeys(names, function))
        return function

    return register


@_metric("sqeuclidean")
def _squared_differences(A: Any, B: Any) -> Any:
    return row_sum((A - B) ** 2)


@_metric("euclidean", "l2")
def _euclidean(A: Any, B: Any) -> Any:
    return xp.sqrt(_squared_differences(A, B))


@_metric("manhattan", "l1", "cityblock")
def _manhattan(A: Any, B: Any) -> Any:
    return row_sum(xp.abs(A - B))


@_metric("chebyshev", "infinity")
def _chebyshev(A: Any, B: Any) -> Any:
    return xp.max(xp.abs(A - B), axis=-1)


@_metric("minkowski", "p")
def _minkowski(A: Any, B: Any, p: float = 2, w: Any = None) -> Any:
    return _chebyshev(A, B) if np.isinf(p) else _powers(A, B, p, w) ** (1.0 / p)


def _powers(A: Any, B: Any, p: float = 2, w: Any = None) -> Any:
    powers = xp.abs(A - B) ** float(p)
    return row_sum(powers if w is None else powers * xp.asarray(w))


@_metric("seuclidean")
def _standardized(A: Any, B: Any, V: Any) -> Any:
    return xp.sqrt(row_sum((A - B) ** 2 / xp.asarray(V)))


@_metric("mahalanobis")
def _mahalanobis(A: Any, B: Any, V: Any = None, VI: Any = None) -> Any:
    inverse = np.linalg.inv(V) if VI is None else np.asarray(VI)
    difference = A - B
    return xp.sqrt(row_sum((difference @ xp.asarray(inverse)) * difference))


@_metric("canberra")
def _canberra(A: Any, B: Any) -> Any:
    total = xp.abs(A) + xp.abs(B)
    return row_sum(xp.abs(A - B) / xp.where(total == 0, 1.0, total))


@_metric("braycurtis")
def _bray_curtis(A: Any, B: Any) -> Any:
    total = row_sum(xp.abs(A) + xp.abs(B))
    return _ratio(row_sum(xp.abs(A - B)), total)


@_metric("braycurtis of scipy")
def _bray_curtis_of_scipy(A: Any, B: Any) -> Any:
    return row_sum(xp.abs(A - B)) / row_sum(xp.abs(A + B))


@_metric("haversine")
def _haversine(A: Any, B: Any) -> Any:
    half = xp.sin(0.5 * (A - B)) ** 2
    return 2.0 * xp.asin(
        xp.sqrt(half[..., 0] + xp.cos(A[..., 0]) * xp.cos(B[..., 0]) * half[..., 1])
    )


@_metric("cosine")
def _cosine(A: Any, B: Any) -> Any:
    return xp.clip(1.0 - row_sum(_unit(A) * _unit(B)), 0.0, 2.0)


@_metric("correlation")
def _correlation(A: Any, B: Any) -> Any:
    A, B = (Z - (row_sum(Z) / float(Z.shape[-1]))[..., None] for Z in (A, B))
    norms = xp.sqrt(row_sum(A * A)) * xp.sqrt(row_sum(B * B))
    return 1.0 - row_sum(A * B) / norms


def _unit(A: Any) -> Any:
    norms = xp.sqrt(row_sum(A * A))[..., None]
    return A / xp.where(norms == 0, 1.0, norms)


@_metric("nan_euclidean")
def _nan_euclidean(A: Any, B: Any) -> Any:
    differences = A - B
    missing = xp.isnan(differences)
    present = row_sum(xp.astype(~missing, xp.float64))
    total = row_sum(xp.where(missing, 0.0, differences) ** 2)
    mean = total / xp.where(present == 0, 1.0, present)  # before the factor, as scikit-learn rounds
    return xp.where(present == 0, xp.nan, xp.sqrt(mean * float(A.shape[-1])))


# Metrics of whether features are present, or equal


@_metric("hamming")
def _hamming(A: Any, B: Any) -> Any:
    return row_sum(xp.astype(A != B, xp.float64)) / float(A.shape[-1])


def _counts(A: Any, B: Any) -> tuple[Any, Any]:
    """Return in how many features both rows have something, and in how many only one has."""
    A, B = A != 0, B != 0
    return row_sum(xp.astype(A & B, xp.float64)), row_sum(xp.astype(A ^ B, xp.float64))


def _ratio(part: Any, whole: Any) -> Any:
    """Return a quotient, or 0 if both numbers are 0."""
    return xp.where(whole == 0, 0.0, part / xp.where(whole == 0, 1.0, whole))


@_metric("jaccard")
def _jaccard(A: Any, B: Any) -> Any:
    both, one = _counts(A, B)
    return _ratio(one, both + one)


@_metric("dice")
def _dice(A: Any, B: Any) -> Any:
    both, one = _counts(A, B)
    return one / (2.0 * both + one)


@_metric("rogerstanimoto", "sokalmichener")
def _rogers_tanimoto(A: Any, B: Any) -> Any:
    _, one = _counts(A, B)
    return 2.0 * one / (float(A.shape[-1]) + one)


@_metric("russellrao")
def _russell_rao(A: Any, B: Any) -> Any:
    both, _ = _counts(A, B)
    return (float(A.shape[-1]) - both) / float(A.shape[-1])


@_metric("yule")
def _yule(A: Any, B: Any) -> Any:
    both, one = _counts(A, B)
    of_a = row_sum(xp.astype((A != 0) & (B == 0), xp.float64))
    differ = of_a * (one - of_a)
    return 2.0 * _ratio(differ, both * (float(A.shape[-1]) - both - one) + differ)


@_metric("sokalsneath")
def _sokal_sneath(A: Any, B: Any) -> Any:
    both, one = _counts(A, B)
    return one / (0.5 * both + one)
