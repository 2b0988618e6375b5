"""Replacements in ``sklearn.metrics``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._distances import double, ranks
from onnxp.sklearn._registry import is_traced, replaces


@replaces(
    "sklearn.metrics.pairwise:additive_chi2_kernel",
    reason="It raises for negative numbers (1.9.1, pairwise.py:1826); here they give NaN.",
)
def _additive_chi2_kernel(xp: ModuleType, /, X: Any, Y: Any = None) -> Any:
    from sklearn.metrics.pairwise import check_pairwise_arrays

    X, Y = (xp.where(Z < 0, xp.nan, Z) for Z in check_pairwise_arrays(X, Y))
    # with the rows last, where kernels broadcast them in long spans
    X, Y = X.T, Y[:, :, None]
    both = X + Y
    return -xp.sum((X - Y) ** 2 / xp.where(both == 0, 1.0, both), axis=1).T


@replaces(
    "sklearn.metrics.pairwise:_euclidean_distances_upcast",
    reason="It goes through the rows in batches, to save memory (1.9.1, pairwise.py:589).",
)
def _euclidean_distances_upcast(
    xp: ModuleType, /, X: Any, XX: Any = None, Y: Any = None, YY: Any = None, batch_size: Any = None
) -> Any:
    X, Y = xp.astype(X, xp.float64), xp.astype(Y, xp.float64)
    XX = xp.sum(X * X, axis=1)[:, None] if XX is None else XX
    YY = xp.sum(Y * Y, axis=1)[None, :] if YY is None else YY
    return xp.astype(-2 * (X @ Y.T) + XX + YY, xp.float32)


@replaces(
    "sklearn.metrics.pairwise:manhattan_distances",
    reason="It goes through the rows in batches (1.9.1, pairwise.py:1115).",
)
def _manhattan_distances(xp: ModuleType, /, X: Any, Y: Any = None) -> Any:
    from sklearn.metrics.pairwise import check_pairwise_arrays

    X, Y = check_pairwise_arrays(X, Y)
    return xp.sum(xp.abs(X[:, None, :] - Y[None, :, :]), axis=2)


@replaces(
    "sklearn.metrics.pairwise:pairwise_distances_argmin",
    reason="It goes through the rows in batches, or through compiled code (1.9.1, _chunking.py:170).",
)
def _nearest(
    xp: ModuleType,
    /,
    X: Any,
    Y: Any,
    *,
    axis: int = 1,
    metric: str = "euclidean",
    metric_kwargs: Any = None,
) -> Any:
    from sklearn.metrics.pairwise import pairwise_distances

    if axis == 1 and not is_traced(Y) and metric in ("euclidean", "manhattan"):
        # the options are norms that scikit-learn has computed before
        fitted = np.asarray(Y)
        if metric == "euclidean" and (fitted == np.sign(fitted)).all():
            # a code book, from which rows are often equally far: by the formula of scikit-learn
            norms = xp.asarray((fitted * fitted).sum(axis=1))
            return xp.argmin(norms - 2.0 * (double(X) @ xp.asarray(fitted.T.copy())), axis=1)
        return xp.argmin(ranks(X, fitted, metric), axis=1)
    distances = pairwise_distances(X, Y, metric=metric, **(metric_kwargs or {}))
    return xp.argmin(distances, axis=axis)


@replaces(
    "sklearn.metrics._scorer:_threshold_scores_to_class_labels",
    reason="It indexes a numpy array by whether scores reach the threshold (1.9.1, _scorer.py:1063).",
)
def _labels_by_threshold(
    xp: ModuleType, /, y_score: Any, threshold: Any, classes: Any, pos_label: Any
) -> Any:
    high = 1 if pos_label is None else int(np.flatnonzero(np.asarray(classes) == pos_label)[0])
    return xp.where(y_score >= threshold, classes[high], classes[1 - high])
