"""Replacements in ``sklearn.utils``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from onnxp._src.dtypes import string
from onnxp.sklearn._registry import replaces
from onnxp.sklearn._validity import is_collecting, require


@replaces(
    "sklearn.utils._array_api:_fill_diagonal",
    reason="It goes through the diagonal in a loop (1.9.1, _array_api.py:709).",
)
def _fill_diagonal(xp: ModuleType, /, array: Any, value: Any, **_: Any) -> None:
    rows, columns = array.shape
    array[...] = xp.where(xp.eye(rows, columns, dtype=xp.bool), value, array)


@replaces(
    "sklearn.utils.validation:_assert_all_finite",
    reason="It raises for NaN and infinity (1.9.1, validation.py:104), which a model propagates.",
)
def _all_finite(xp: ModuleType, /, X: Any, allow_nan: bool = False, *_: Any, **__: Any) -> None:
    if is_collecting() and X.dtype is not string and X.dtype.family in ("float", "complex"):
        require(~xp.isinf(X) if allow_nan else xp.isfinite(X))


@replaces(
    "sklearn.utils.validation:check_non_negative",
    reason="It raises for negative numbers (1.9.1, validation.py:1790), which a model computes with.",
)
def _non_negative(xp: ModuleType, /, X: Any, whom: str) -> None:
    require(X >= 0)


@replaces(
    "sklearn.utils.validation:_check_feature_names",
    reason="It compares the names of columns, which are known (1.9.1, validation.py:2682).",
)
def _feature_names(xp: ModuleType, /, estimator: Any, X: Any, *, reset: bool) -> None: ...
