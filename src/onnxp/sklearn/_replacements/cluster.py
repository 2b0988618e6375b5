"""Replacements in ``sklearn.cluster``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from onnxp.sklearn._registry import replaces


@replaces(
    "sklearn.cluster._kmeans:_labels_inertia_threadpool_limit",
    reason="It is Cython (1.9.1, _kmeans.py:799).",
)
def _nearest_centers(
    xp: ModuleType, /, X: Any, sample_weight: Any, centers: Any, *_: Any, **__: Any
) -> Any:
    distances = xp.sum(centers * centers, axis=1) - 2 * (X @ centers.T)
    return xp.astype(xp.argmin(distances, axis=1), xp.int32)
