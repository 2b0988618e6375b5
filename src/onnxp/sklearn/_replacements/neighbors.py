"""Replacements in ``sklearn.neighbors``: nearest neighbors by distances from all fitted rows."""

from __future__ import annotations

from math import lgamma, log, nan, pi
from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._distances import (
    EUCLIDEAN,
    MAYBE_NAN,
    double,
    exact_ranks,
    is_supported,
    nearest_places,
    of_distance,
    of_ranks,
    pairwise,
    power,
    ranks,
    smallest,
    squared,
)
from onnxp.sklearn._registry import computes_in, replaces

computes_in("float64", "sklearn.neighbors._base:NeighborsBase")
computes_in("float64", "sklearn.neighbors._kde:KernelDensity")

_COMPILED = "It is compiled code"
_SPARE = 4  # candidates beyond the neighbors, as distances by a matrix product have rounding errors


# Nearest neighbors


@replaces(
    "sklearn.neighbors._base:KNeighborsMixin.kneighbors",
    reason=f"{_COMPILED} (1.9.1, _base.py:917). Which of several fitted rows at "
    "the same distance it finds depends on the algorithm; here they come in their order.",
)
def _nearest(
    xp: ModuleType,
    /,
    model: Any,
    X: Any = None,
    n_neighbors: Any = None,
    return_distance: bool = True,
) -> Any:
    if not _has_distances(model):
        return NotImplemented
    count = int(model.n_neighbors if n_neighbors is None else n_neighbors)
    X = _checked(model, X)
    if model.metric == "precomputed":
        distances, index = smallest(X, count)
        return (distances, index) if return_distance else index
    metric, parameters = _metric(model, X), model.effective_metric_params_
    rows = np.asarray(model._fit_X)
    candidates = min(count + _SPARE, len(rows))
    has_nan = metric in MAYBE_NAN
    by_distance = _is_by_distance(model, X)
    if metric in EUCLIDEAN:
        index = nearest_places(X, rows, candidates)
    else:
        order = ranks(X, rows, metric, parameters)
        if by_distance:
            order = of_ranks(order, metric, parameters)
        _, index = smallest(order, candidates, has_nan=has_nan)
    index = xp.sort(index, axis=1)  # of rows at the same distance the first comes first
    is_single = _is_single(model, X)
    fitted = xp.take(xp.asarray(rows, dtype=None if is_single else xp.float64), index, axis=0)
    queries = X if is_single else double(X)
    near = exact_ranks(queries[:, None, :], fitted, metric, parameters)
    if is_single:
        near = _rounded(xp, near)
    if by_distance:
        near = of_ranks(near, metric, parameters)
    near, order = smallest(near, count, has_nan=has_nan)
    distances = near if by_distance else of_ranks(near, metric, parameters)
    if is_single:
        distances = _rounded(xp, distances)
    index = xp.take_along_axis(index, order, axis=1)
    return (_as_given(xp, model, X, distances), index) if return_distance else index


def _metric(model: Any, X: Any) -> str:
    """Return the name of the metric, of which scipy has another than scikit-learn for some dtypes of rows.

    scikit-learn's search among all rows leaves the others to it (1.9.1, _base.py:884).
    """
    metric: str = model.effective_metric_
    is_own = model._fit_method != "brute" or _dtypes(model, X) in ({"float32"}, {"float64"})
    return metric if is_own or metric != "braycurtis" else "braycurtis of scipy"


def _is_single(model: Any, X: Any) -> bool:
    """Return whether scikit-learn computes powers of differences in float32 (1.9.1, _dist_metrics.pyx.tp:1146).

    Euclidean distances are of float64, and so are the rows of its trees.
    """
    return _is_power(model) and _dtypes(model, X) == {"float32"}


def _is_by_distance(model: Any, X: Any) -> bool:
    """Return whether scikit-learn orders by distances, of which several may be infinite, and not by powers.

    Its search among all rows has code for rows of the dtype of the fitted ones (1.9.1, _base.py:884).
    """
    return _is_power(model) and len(_dtypes(model, X)) == 2


def _is_power(model: Any) -> bool:
    """Return whether distances are roots of sums of powers, and all fitted rows are searched."""
    metric, parameters = model.effective_metric_, model.effective_metric_params_
    is_power = metric not in EUCLIDEAN and power(metric, parameters) is not None
    return is_power and model._fit_method == "brute"


def _dtypes(model: Any, X: Any) -> set[str]:
    return {X.dtype.name, np.asarray(model._fit_X).dtype.name}


def _as_given(xp: ModuleType, model: Any, X: Any, distances: Any) -> Any:
    """Return distances in the dtype of scikit-learn: float32 of few metrics, if all rows are of float32.

    They are those that its `pairwise_distances` computes in the dtype of the rows (1.9.1).
    """
    is_kept = model.effective_metric_ in ("cosine", "nan_euclidean")
    single = is_kept and _dtypes(model, X) == {"float32"}
    return xp.astype(distances, xp.float32) if single else distances


def _rounded(xp: ModuleType, x: Any) -> Any:
    return xp.astype(xp.astype(x, xp.float32), xp.float64)


def _has_distances(model: Any) -> bool:
    return model.metric == "precomputed" or is_supported(model.effective_metric_)


def _checked(model: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_array, check_is_fitted, validate_data

    check_is_fitted(model)
    if model.metric == "precomputed":
        return check_array(X, ensure_all_finite=False)
    return validate_data(model, X, ensure_all_finite=False, reset=False)


@replaces(
    "sklearn.neighbors._base:KNeighborsMixin.kneighbors_graph",
    reason="It gives a sparse matrix (1.9.1, _base.py:1057); here it is dense.",
)
def _nearest_graph(
    xp: ModuleType,
    /,
    model: Any,
    X: Any = None,
    n_neighbors: Any = None,
    mode: str = "connectivity",
) -> Any:
    distances, index = model.kneighbors(X, n_neighbors)
    values = distances if mode == "distance" else xp.ones_like(distances)
    empty = xp.zeros((X.shape[0], int(model.n_samples_fit_)), dtype=values.dtype)
    return xp.onnx.op("ScatterElements", empty, index, values, axis=1)


@replaces(
    "sklearn.neighbors._base:_get_weights",
    reason="It assigns to chosen rows (1.9.1, _base.py:132).",
)
def _weights(xp: ModuleType, /, dist: Any, weights: Any) -> Any:
    if weights in (None, "uniform"):
        return None
    if weights != "distance":
        return weights(dist)
    dist = double(dist)
    is_zero = dist == 0
    any_zero = xp.any(is_zero, axis=1, keepdims=True)
    return xp.where(any_zero, xp.astype(is_zero, dist.dtype), 1.0 / xp.where(is_zero, 1.0, dist))


def _votes(xp: ModuleType, model: Any, X: Any) -> list[Any]:
    """Return the weights of all classes, for each output."""
    from sklearn.neighbors._base import _get_weights

    distances, index = model.kneighbors(X)
    weights = _get_weights(distances, model.weights)
    result = []
    for labels, classes in _outputs(model):
        hot = xp.take(xp.asarray(np.eye(len(classes))[labels]), index, axis=0)
        result.append(xp.sum(hot if weights is None else hot * weights[:, :, None], axis=1))
    return result


def _outputs(model: Any) -> list[tuple[Any, Any]]:
    """Return the fitted codes of labels and the classes, for each output."""
    y = np.asarray(model._y).astype(np.int64)
    columns = y.reshape(len(y), -1).T
    classes = model.classes_ if model.outputs_2d_ else [model.classes_]
    return [(column, np.asarray(own)) for column, own in zip(columns, classes, strict=True)]


def _chosen(xp: ModuleType, model: Any, votes: list[Any]) -> Any:
    """Return the labels of the classes with the most votes."""
    classes = model.classes_ if model.outputs_2d_ else [model.classes_]
    labels = [
        xp.take(own, xp.argmax(number, axis=1), axis=0)
        for own, number in zip(classes, votes, strict=True)
    ]
    return xp.stack(labels, axis=1) if model.outputs_2d_ else labels[0]


@replaces(
    "sklearn.neighbors._classification:KNeighborsClassifier.predict",
    reason="It calls scipy's `mode` (1.9.1, _classification.py:289).",
)
def _nearest_labels(xp: ModuleType, /, model: Any, X: Any) -> Any:
    return _chosen(xp, model, _votes(xp, model, X)) if _has_distances(model) else NotImplemented


@replaces(
    "sklearn.neighbors._classification:KNeighborsClassifier.predict_proba",
    reason="It adds to chosen elements in place (1.9.1, _classification.py:380).",
)
def _nearest_probabilities(xp: ModuleType, /, model: Any, X: Any) -> Any:
    if not _has_distances(model):
        return NotImplemented
    result = [votes / xp.sum(votes, axis=1, keepdims=True) for votes in _votes(xp, model, X)]
    return result if model.outputs_2d_ else result[0]


# Neighbors within a radius


def _radius(model: Any) -> float:
    """Return the radius; within None there are no neighbors."""
    return nan if model.radius is None else float(model.radius)


def _near(model: Any, X: Any, radius: float, *, exact: bool) -> tuple[Any, Any]:
    """Return the distances from all fitted rows, and which are within a radius.

    As in scikit-learn, trees decide before the last root, and so does a matrix product for Euclidean distances,
    which is not `exact`.
    """
    if model.metric == "precomputed":
        return X, radius >= X
    metric, parameters = _metric(model, X), model.effective_metric_params_
    rows = np.asarray(model._fit_X)
    limit = of_distance(radius, metric, parameters)
    if metric in EUCLIDEAN and model._fit_method == "brute" and not exact:
        near = squared(X, rows)
    else:
        near = exact_ranks(double(X)[:, None, :], rows.astype(np.float64), metric, parameters)
    return of_ranks(near, metric, parameters), near <= limit


def _within(xp: ModuleType, model: Any, X: Any) -> tuple[Any, Any]:
    """Return the weights of all fitted rows, and which are within the radius."""
    weights: Any = getattr(model, "weights", None)
    is_counted = weights in (None, "uniform")
    distances, is_near = _near(model, _checked(model, X), _radius(model), exact=not is_counted)
    if is_counted:
        return xp.astype(is_near, xp.float64), is_near
    if weights != "distance":
        return xp.where(is_near, weights(distances), 0.0), is_near
    is_zero = (distances == 0) & is_near
    any_zero = xp.any(is_zero, axis=1, keepdims=True)
    inverse = xp.where(is_near, 1.0 / xp.where(distances == 0, 1.0, distances), 0.0)
    return xp.where(any_zero, xp.astype(is_zero, xp.float64), inverse), is_near


@replaces(
    "sklearn.neighbors._regression:RadiusNeighborsRegressor.predict",
    reason="It goes through the rows (1.9.1, _regression.py:490).",
)
def _mean_within(xp: ModuleType, /, model: Any, X: Any) -> Any:
    if not _has_distances(model):
        return NotImplemented
    weights, is_near = _within(xp, model, X)
    y = np.asarray(model._y)
    values = xp.asarray(y.reshape(len(y), -1).astype(float))
    result = (weights @ values) / xp.sum(weights, axis=1, keepdims=True)
    # integers have no NaN: `np.full_like` makes their smallest one
    with np.errstate(invalid="ignore"):
        empty = float(np.full_like(y.ravel()[:1], np.nan)[0])
    result = xp.where(xp.any(is_near, axis=1, keepdims=True), result, empty)
    return result[:, 0] if y.ndim == 1 else result


@replaces(
    "sklearn.neighbors._classification:RadiusNeighborsClassifier.predict_proba",
    reason="It goes through the rows (1.9.1, _classification.py:805). Without an `outlier_label`, it raises "
    "for rows without neighbors; here their probabilities are NaN.",
)
def _probabilities_within(xp: ModuleType, /, model: Any, X: Any) -> Any:
    if not _has_distances(model):
        return NotImplemented
    result = [
        xp.where(
            is_near, votes / xp.where(is_near, xp.sum(votes, axis=1, keepdims=True), 1.0), other
        )
        for votes, is_near, other in _votes_within(xp, model, X)
    ]
    return result if model.outputs_2d_ else result[0]


def _votes_within(xp: ModuleType, model: Any, X: Any) -> list[tuple[Any, Any, Any]]:
    """Return, for each output, the votes, which rows have neighbors, and the probabilities of the others."""
    weights, is_near = _within(xp, model, X)
    any_near = xp.any(is_near, axis=1, keepdims=True)
    result = []
    outliers = model.outlier_label_
    for k, (labels, classes) in enumerate(_outputs(model)):
        other = np.full(len(classes), np.nan)
        if outliers is not None:
            other = (classes == np.asarray(outliers[k])).astype(float)
        result.append(
            (weights @ xp.asarray(np.eye(len(classes))[labels]), any_near, xp.asarray(other))
        )
    return result


@replaces(
    "sklearn.neighbors._classification:RadiusNeighborsClassifier.predict",
    reason="It assigns to the rows of outliers (1.9.1, _classification.py:740).",
)
def _labels_within(xp: ModuleType, /, model: Any, X: Any) -> Any:
    if not _has_distances(model):
        return NotImplemented
    parts = _votes_within(xp, model, X)
    columns = []
    for k, (votes, any_near, _) in enumerate(parts):
        classes = model.classes_[k] if model.outputs_2d_ else model.classes_
        chosen = xp.take(classes, xp.argmax(votes, axis=1), axis=0)
        if model.outlier_label_ is not None:
            label = xp.asarray(model.outlier_label_[k], dtype=chosen.dtype)
            chosen = xp.where(any_near[:, 0], chosen, label)
        columns.append(chosen)
    return xp.stack(columns, axis=1) if model.outputs_2d_ else columns[0]


@replaces(
    "sklearn.neighbors._base:RadiusNeighborsMixin.radius_neighbors_graph",
    reason="It gives a sparse matrix (1.9.1, _base.py:1387); here it is dense.",
)
def _graph_within(
    xp: ModuleType,
    /,
    model: Any,
    X: Any = None,
    radius: Any = None,
    mode: str = "connectivity",
    sort_results: bool = False,
) -> Any:
    if not is_supported(model.effective_metric_):
        return NotImplemented
    limit = _radius(model) if radius is None else float(radius)
    is_counted = mode != "distance"
    distances, is_near = _near(model, _checked(model, X), limit, exact=not is_counted)
    if is_counted:
        return xp.where(is_near, 1.0, 0.0)
    return xp.where(is_near, _as_given(xp, model, X, distances), 0.0)


# Densities


@replaces(
    "sklearn.neighbors._kde:KernelDensity.score_samples",
    reason=f"{_COMPILED} (1.9.1, _kde.py:278); here `atol` and `rtol` are 0.",
)
def _log_density(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, validate_data

    check_is_fitted(model)
    if not is_supported(model.metric):
        return NotImplemented
    X = validate_data(model, X, dtype=xp.float64, reset=False)
    rows = np.asarray(model.tree_.data)
    width = float(model.bandwidth_)
    metric = model.metric
    if metric in EUCLIDEAN and model.kernel == "gaussian":
        scaled = ranks(X, rows, metric) / (width * width)
        logs = -0.5 * scaled
    else:
        logs = _log_kernel(xp, model.kernel, pairwise(X, rows, metric, model.metric_params) / width)
    weights = model.tree_.sample_weight
    total = len(rows) if weights is None else float(model.tree_.sum_weight)
    if weights is not None:
        logs = logs + xp.asarray(np.log(np.asarray(weights)))
    largest = xp.max(logs, axis=1, keepdims=True)
    largest = xp.where(largest == -xp.inf, 0.0, largest)
    # Exp of -inf is a small number instead of 0 (onnxruntime 1.20.1)
    parts = xp.where(logs == -xp.inf, 0.0, xp.exp(logs - largest))
    sums = xp.log(xp.sum(parts, axis=1)) + largest[:, 0]
    norm = _log_kernel_norm(model.kernel, rows.shape[1]) + rows.shape[1] * log(width)
    return sums - (norm + log(total))


def _log_kernel(xp: ModuleType, kernel: str, x: Any) -> Any:
    """Return the logarithms of a kernel, without its norm, at distances in bandwidths."""
    if kernel == "gaussian":
        return -0.5 * x * x
    if kernel == "exponential":
        return -x
    inside = xp.where(x < 1, x, 0.0)
    value = {
        "tophat": lambda: xp.ones_like(x),
        "epanechnikov": lambda: 1.0 - inside * inside,
        "linear": lambda: 1.0 - inside,
        "cosine": lambda: xp.cos(0.5 * pi * inside),
    }[kernel]()
    return xp.where(x < 1, xp.log(value), -xp.inf)


def _log_kernel_norm(kernel: str, d: int) -> float:
    """Return the logarithm of the integral of a kernel of bandwidth 1 over `d` dimensions."""
    volume, surface = _log_ball(d), log(2 * pi) + _log_ball(d - 2)
    if kernel == "cosine":
        factor, term = 0.0, 2 / pi
        for k in range(1, d + 1, 2):
            factor += term
            term *= -(d - k) * (d - k - 1) * (2 / pi) ** 2
        # as in scikit-learn 1.9.1, the factor may be negative, and the density is NaN
        return log(factor) + surface if factor > 0 else nan
    return {
        "gaussian": 0.5 * d * log(2 * pi),
        "tophat": volume,
        "epanechnikov": volume + log(2 / (d + 2)),
        "exponential": surface + lgamma(d),
        "linear": volume - log(d + 1),
    }[kernel]


def _log_ball(d: int) -> float:
    """Return the logarithm of the volume of the unit ball of `d` dimensions."""
    return 0.5 * d * log(pi) - lgamma(0.5 * d + 1)
