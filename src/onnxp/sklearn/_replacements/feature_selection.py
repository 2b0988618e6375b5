"""Replacements in ``sklearn.feature_selection``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._frame import Frame
from onnxp.sklearn._host import on_host
from onnxp.sklearn._registry import replaces


@replaces(
    "sklearn.feature_selection._base:SelectorMixin._transform",
    reason="If it selects nothing, it makes an array of numpy (1.9.1, _base.py:133); what it selects may be "
    "asked of an estimator of another library.",
)
def _selected(xp: ModuleType, /, selector: Any, X: Any) -> Any:
    from sklearn.utils._indexing import _safe_indexing

    with on_host():
        mask = np.asarray(selector.get_support())
    if isinstance(X, Frame) or mask.any():
        return _safe_indexing(X, mask, axis=1)
    return X[:, :0]
