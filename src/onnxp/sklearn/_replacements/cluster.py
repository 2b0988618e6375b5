"""Replacements in ``sklearn.cluster``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._distances import double, squared
from onnxp.sklearn._registry import replaces


@replaces(
    "sklearn.cluster._kmeans:_labels_inertia_threadpool_limit",
    reason="It is Cython (1.9.1, _kmeans.py:799).",
)
def _nearest_centers(
    xp: ModuleType, /, X: Any, sample_weight: Any, centers: Any, *_: Any, **__: Any
) -> Any:
    return xp.astype(xp.argmin(squared(X, np.asarray(centers)), axis=1), xp.int32)


@replaces(
    "sklearn.cluster._feature_agglomeration:AgglomerationTransform.transform",
    reason="It goes through the rows (1.9.1, _feature_agglomeration.py:48).",
)
def _pooled(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, validate_data

    check_is_fitted(model)
    X = validate_data(model, X, reset=False)
    labels = np.asarray(model.labels_)
    if model.pooling_func is np.mean:
        member = np.eye(labels.max() + 1)[labels]
        return (double(X) @ xp.asarray(member)) / xp.asarray(member.sum(axis=0))
    columns = [
        model.pooling_func(xp.take(X, xp.asarray(np.flatnonzero(labels == label)), axis=1), axis=1)
        for label in np.unique(labels)
    ]
    return xp.stack(columns, axis=1)
