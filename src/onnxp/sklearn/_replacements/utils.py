"""Replacements in ``sklearn.utils``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from onnxp.sklearn._registry import replaces


@replaces(
    "sklearn.utils._array_api:_fill_diagonal",
    reason="It goes through the diagonal in a loop (1.9.1, _array_api.py:709).",
)
def _fill_diagonal(xp: ModuleType, /, array: Any, value: Any, **_: Any) -> None:
    rows, columns = array.shape
    array[...] = xp.where(xp.eye(rows, columns, dtype=xp.bool), value, array)
