"""Replacements in ``sklearn.manifold``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._distances import double
from onnxp.sklearn._registry import computes_in, replaces

for _kind in ("_isomap:Isomap", "_locally_linear:LocallyLinearEmbedding"):
    computes_in("float64", f"sklearn.manifold.{_kind}")


@replaces(
    "sklearn.manifold._isomap:Isomap.transform",
    reason="It goes through the rows (1.9.1, _isomap.py:432).",
)
def _geodesic(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_array, check_is_fitted

    check_is_fitted(model)
    if model.n_neighbors is None:
        return NotImplemented
    X = check_array(X)
    distances, index = model.nbrs_.kneighbors(X, return_distance=True)
    paths = xp.take(model.dist_matrix_, index, axis=0) + distances[:, :, None]
    nearest = xp.astype(xp.min(paths, axis=1), X.dtype)
    return model.kernel_pca_.transform(-0.5 * nearest**2)


@replaces(
    "sklearn.manifold._locally_linear:LocallyLinearEmbedding.transform",
    reason="It solves a system for each row (1.9.1, _locally_linear.py:68).",
)
def _embedded(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, validate_data

    check_is_fitted(model)
    X = validate_data(model, X, reset=False)
    count = int(model.n_neighbors)
    index = model.nbrs_.kneighbors(X, n_neighbors=count, return_distance=False)
    fitted = xp.asarray(np.asarray(model.nbrs_._fit_X, float))
    differences = xp.take(fitted, index, axis=0) - double(X)[:, None, :]
    gram = differences @ xp.matrix_transpose(differences)
    diagonal = xp.asarray(np.eye(count))
    trace = xp.sum(gram * diagonal, axis=(1, 2))[:, None, None]
    gram = gram + diagonal * xp.where(trace > 0, model.reg * trace, model.reg)
    weights = _solved(xp, gram, count)
    weights = weights / xp.sum(weights, axis=1, keepdims=True)
    weights = xp.astype(weights, X.dtype)  # in which scikit-learn stores them
    embedding = xp.take(model.embedding_, index, axis=0)
    return xp.sum(embedding * weights[:, :, None], axis=1)


def _solved(xp: ModuleType, gram: Any, count: int) -> Any:
    """Return the solutions of positive definite systems with ones on the right, by elimination."""
    rows = [xp.concat([gram[:, i, :], xp.ones_like(gram[:, i, :1])], axis=1) for i in range(count)]
    for i in range(count):
        rows[i] = rows[i] / rows[i][:, i : i + 1]
        for j in range(count):
            if j != i:
                rows[j] = rows[j] - rows[j][:, i : i + 1] * rows[i]
    return xp.stack([row[:, count] for row in rows], axis=1)
