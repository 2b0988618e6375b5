"""Verification where fitted rows are equally far: scikit-learn does not define which of them are neighbors."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from joblib import parallel_config

from onnxp.errors import EstimatorError
from onnxp.sklearn._install import exchanged

TIES = "fitted rows are equally far from some rows, and the model takes others than scikit-learn"
_CLOSE = 1e-7  # relative; scikit-learn rounds distances by products of matrices
_MOST_DISTANCES = 10**7  # at once


@contextmanager
def neighbors_of_models(trace: Callable[..., Any]) -> Iterator[None]:
    """Let scikit-learn use the neighbors of models in this context, if they are as far as its own.

    Other threads are not affected. Jobs run in this thread.

    Parameters
    ----------
    trace : callable
        `onnxp.sklearn.trace_estimator`.
    """
    # the functions are found in modules that are imported
    import sklearn.impute
    import sklearn.metrics._pairwise_distances_reduction._dispatcher
    import sklearn.neighbors  # noqa: F401

    def kneighbors(
        find: Callable[..., Any],
        model: Any,
        X: Any = None,
        n_neighbors: Any = None,
        return_distance: bool = True,
    ) -> Any:
        distances, index = find(model, X, n_neighbors)
        if X is not None:
            index = _chosen(trace, find, model, np.asarray(X), distances, index)
        return (distances, index) if return_distance else index

    def calc_impute(
        impute: Callable[..., Any], imputer: Any, distances: Any, count: int, *others: Any
    ) -> Any:
        # what is left of the distances of equal rows where squares of missing columns are subtracted
        least = _CLOSE * np.nanmax(distances, initial=0.0)
        distances = np.where(distances < least, 0.0, distances)
        order = np.argsort(distances.astype(np.float32), axis=1, kind="stable")[:, count:]
        np.put_along_axis(distances, order, np.nan, axis=1)  # which is farther than any
        return impute(imputer, distances, count, *others)

    reduction = "sklearn.metrics._pairwise_distances_reduction._dispatcher:ArgKminClassMode"
    functions: dict[str, Callable[..., Any]] = {
        "sklearn.neighbors._base:KNeighborsMixin.kneighbors": kneighbors,
        "sklearn.impute._knn:KNNImputer._calc_impute": calc_impute,
        f"{reduction}.is_usable_for": lambda *_, **__: False,  # it finds neighbors itself
    }
    with exchanged(functions), parallel_config(backend="sequential"):
        yield


def _chosen(
    trace: Callable[..., Any],
    find: Callable[..., Any],
    estimator: Any,
    X: Any,
    distances: Any,
    index: Any,
) -> Any:
    """Return the neighbors of the model of an estimator, or its own if theirs are not as far."""
    own = copy.copy(estimator)
    own.n_neighbors = index.shape[1]
    try:
        program = trace(own, ["kneighbors"], n_features=X.shape[1], dtype=X.dtype)
    except EstimatorError:
        return index
    ((_, chosen),) = program(X).values()
    if chosen.shape != index.shape or np.any(np.diff(np.sort(chosen, axis=1), axis=1) == 0):
        return index
    vars(own).pop("feature_names_in_", None)  # the rows are an array
    near = _CLOSE * np.max(distances, initial=0.0)
    rows = np.flatnonzero(np.any(chosen != index, axis=1))
    limits = distances[rows, -1] * (1 + _CLOSE) + near
    found = _distances(find, own, X[rows], chosen[rows], limits)
    return chosen if np.allclose(found, distances[rows], rtol=_CLOSE, atol=near) else index


def _distances(
    find: Callable[..., Any], estimator: Any, X: Any, chosen: Any, limits: Any
) -> np.ndarray[Any, Any]:
    """Return the distances of fitted rows by scikit-learn; infinite for those beyond the limits."""
    result = np.full(chosen.shape, np.inf)
    rest, count = np.arange(len(X)), chosen.shape[1]
    while rest.size:
        count = min(4 * count, estimator.n_samples_fit_)
        left = [rest[:0]]
        for rows in np.array_split(rest, 1 + rest.size * count // _MOST_DISTANCES):
            if not rows.size:
                continue
            distances, index = find(estimator, X[rows], count)
            for column, of_row in enumerate(chosen[rows].T):
                hits = index == of_row[:, None]
                place = np.arange(len(rows)), np.argmax(hits, axis=1)
                result[rows, column] = np.where(np.any(hits, axis=1), distances[place], np.inf)
            missing = np.any(np.isinf(result[rows]), axis=1)
            left.append(rows[missing & (distances[:, -1] <= limits[rows])])
        rest = np.concatenate(left) if count < estimator.n_samples_fit_ else rest[:0]
    return result
