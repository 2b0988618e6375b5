"""Nullable columns of pandas in functions of data frames: models have floats or text."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from onnxp import nulls
from onnxp._src.array.array import Array
from onnxp._src.dtypes import string
from onnxp._src.namespace import namespace
from onnxp._src.program import column_values

_NAMES = {"boolean": "bool", "double": "float64", "float": "float32", "large_string": "string"}
"""Dtypes of pandas and Arrow that have another name in onnxp."""

_KINDS = frozenset(
    "bool float32 float64 int8 int16 int32 int64 string uint8 uint16 uint32 uint64".split()
)

_inputs: WeakKeyDictionary[Any, tuple[Any, Array]] = WeakKeyDictionary()
"""The values and the input of a column, by the plane that says which elements are null."""


def dtype_of(column: Any) -> str:
    """Return the dtype that keeps what is missing in a column of pandas, or ``""`` if numpy has its dtype."""
    kind = str(getattr(column, "dtype", "")).lower().partition("[")[0]
    kind = _NAMES.get(kind, kind)
    return f"{kind}?" if kind in _KINDS and column_values.is_nullable(column) else ""


def as_nullable(array: Array, dtype: str) -> Array:
    """Return an input as the column that it is in pandas: what is NaN, or ``""``, is null."""
    is_text = array.dtype is string
    x = nulls.make_nullable(array, array == "") if is_text else nulls.null_from_nan(array)
    result: Array = x if is_text else namespace().astype(x, dtype)
    _inputs[result._planes[-1]] = (result._planes[0], array)
    return result


def input_of(x: Array) -> Array | None:
    """Return the input that a nullable array is made of; None if there is none."""
    values, array = _inputs.get(x._planes[-1], (None, None))
    return array if values is x._planes[0] else None
