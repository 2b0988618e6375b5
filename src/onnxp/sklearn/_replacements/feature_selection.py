"""Replacements in ``sklearn.feature_selection``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._frame import Frame
from onnxp.sklearn._registry import replaces


@replaces(
    "sklearn.feature_selection._base:SelectorMixin._transform",
    reason="If it selects nothing, it makes an array of numpy (1.9.1, _base.py:133).",
)
def _selected(xp: ModuleType, /, selector: Any, X: Any) -> Any:
    if isinstance(X, Frame) or np.asarray(selector.get_support()).any():
        return NotImplemented
    return X[:, :0]
