"""Verification where fitted rows are equally far: scikit-learn does not define which of them are neighbors."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from onnxp.errors import EstimatorError

_LOCK = threading.Lock()
_CLOSE = 1e-7  # relative; scikit-learn rounds distances by products of matrices


@contextmanager
def neighbors_of_models(trace: Callable[..., Any]) -> Iterator[None]:
    """Let scikit-learn use the neighbors of models while inside, if they are as far as its own.

    Parameters
    ----------
    trace : callable
        `onnxp.sklearn.trace_estimator`.
    """
    from sklearn.impute import KNNImputer
    from sklearn.metrics._pairwise_distances_reduction import ArgKminClassMode
    from sklearn.neighbors._base import KNeighborsMixin

    def kneighbors(
        model: Any, X: Any = None, n_neighbors: Any = None, return_distance: bool = True
    ) -> Any:
        distances, index = find(model, X, n_neighbors)
        if X is not None:
            index = _exchanged(trace, model, np.asarray(X), distances, index)
        return (distances, index) if return_distance else index

    def calc_impute(imputer: Any, distances: Any, count: int, *others: Any) -> Any:
        order = np.argsort(distances.astype(np.float32), axis=1, kind="stable")[:, count:]
        distances = distances.copy()
        np.put_along_axis(distances, order, np.nan, axis=1)  # which is farther than any
        return impute(imputer, distances, count, *others)

    replaced: list[tuple[Any, str, Any]] = [
        (KNeighborsMixin, "kneighbors", kneighbors),
        (KNNImputer, "_calc_impute", calc_impute),
        (ArgKminClassMode, "is_usable_for", lambda *_, **__: False),  # it finds neighbors itself
    ]
    with _LOCK:
        find, impute = KNeighborsMixin.kneighbors, KNNImputer._calc_impute
        before = [vars(owner).get(name) for owner, name, _ in replaced]
        try:
            for owner, name, function in replaced:
                setattr(owner, name, function)
            yield
        finally:
            for (owner, name, _), value in zip(replaced, before, strict=True):
                if value is None:
                    delattr(owner, name)
                else:
                    setattr(owner, name, value)


def _exchanged(trace: Callable[..., Any], model: Any, X: Any, distances: Any, index: Any) -> Any:
    """Return the neighbors of the model of an estimator, or its own if theirs are not as far."""
    own = copy.copy(model)
    own.n_neighbors = index.shape[1]
    try:
        program = trace(own, ["kneighbors"], n_features=X.shape[1], dtype=X.dtype)
    except EstimatorError:
        return index
    ((others, chosen),) = program(X).values()
    same = np.allclose(others, distances, rtol=_CLOSE, atol=_CLOSE * np.max(distances, initial=0.0))
    return chosen if same else index
