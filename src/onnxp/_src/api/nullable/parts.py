"""What the rules for nullable arrays are made of: their elements, and where they are null."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from onnxp._src import dtypes
from onnxp._src.api import statistical
from onnxp._src.api.elementwise import logical_not
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.defined import OF_NULLS
from onnxp._src.array.nullable import filled, null_of, plain, with_null
from onnxp._src.array.operands import as_like, cast
from onnxp._src.dtypes import INDEX, bool_
from onnxp._src.lowering import nulls

Axis = int | tuple[int, ...] | None


def rule(function: Callable[..., Any]) -> Callable[..., Any]:
    OF_NULLS[function.__name__.rstrip("_")] = function
    return function


def null_mask(x: Array) -> Array:
    return new_array(bool_, (null_of(x),))


def present(x: Array) -> Array:
    return logical_not(null_mask(x))


def has_none(x: Array) -> bool:
    """Return whether an array is known to have no nulls."""
    return nulls.is_none(null_of(x))


def with_number(x: Array, number: Any) -> Array:
    """Return an array with a number in place of nulls."""
    values: Array = plain(x)
    if has_none(x):
        return values
    return filled(x, cast(as_like(number, values.dtype, "nulls"), values.dtype))


def as_null(x: Array, null: Array | None = None) -> Array:
    """Return a nullable array, whose elements are null where another one is true."""
    return with_null(x, null_of(x) if null is None else null._planes[0])


def count_present(x: Array, axis: Axis, keepdims: bool) -> Array:
    return statistical.sum(cast(present(x), INDEX), axis=axis, keepdims=keepdims)


def plain_dtype(dtype: object) -> object:
    return None if dtype is None else dtypes.as_dtype(dtype).plain
