"""Replacements in ``sklearn.utils``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp._src.dtypes import string
from onnxp._src.ops.finite import declare_finite
from onnxp.sklearn._probabilities import softmax
from onnxp.sklearn._registry import is_traced, replaces
from onnxp.sklearn._terms import dot, parts_of
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
    if not allow_nan:
        for plane in X._planes:
            declare_finite(plane)
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


@replaces(
    "sklearn.utils.extmath:softmax",
    reason="It is written out (1.9.1, extmath.py:1012): several nodes for one.",
)
def _softmax(xp: ModuleType, /, X: Any, copy: bool = True) -> Any:
    return softmax(X) if X.ndim == 2 and X.dtype.family == "float" else NotImplemented


@replaces(
    "sklearn.utils.extmath:safe_sparse_dot",
    reason="It multiplies arrays with a column for each term of a vocabulary (1.9.1, extmath.py:229).",
)
def _dot(xp: ModuleType, /, a: Any, b: Any, *, dense_output: bool = False) -> Any:
    parts = parts_of(a)
    if parts is None or is_traced(b) or b.ndim > 2:
        return NotImplemented
    return dot(parts, np.asarray(b))
