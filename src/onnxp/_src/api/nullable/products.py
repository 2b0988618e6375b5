"""Products of nullable arrays: null if a factor of one of their terms is."""

from __future__ import annotations

from typing import Any

from onnxp._src import dtypes
from onnxp._src.api import linear_algebra, utility
from onnxp._src.api.elementwise import logical_or
from onnxp._src.api.manipulation import broadcast_to, reshape
from onnxp._src.api.nullable.parts import as_null, has_none, null_mask, rule, with_number
from onnxp._src.array.array import Array
from onnxp._src.array.operands import Operand, as_pair

Axis = int | tuple[int, ...] | None


def _null_where(result: Array, *parts: Array | None) -> Array:
    """Return a nullable array, whose elements are null where one of several arrays that broadcast is true."""
    null = None
    for part in parts:
        if part is not None:
            null = part if null is None else logical_or(null, part)
    return as_null(result) if null is None else as_null(result, broadcast_to(null, result.shape))


def _any_null(x: Array, axis: Axis) -> Array | None:
    """Return where an element along axes is null; None if there are surely no nulls."""
    return None if has_none(x) else utility.any(null_mask(x), axis=axis)


@rule
def matmul(x1: Operand, x2: Operand, /) -> Array:
    """Compute the matrix product."""
    a, b = as_pair("matmul", x1, x2)
    dtypes.require("matmul", "numeric or boolean", a.dtype, b.dtype, nulls=True)
    result = linear_algebra.matmul(with_number(a, 0), with_number(b, 0))
    rows, columns = _any_null(a, -1), _any_null(b, -min(b.ndim, 2))
    if a.ndim > 1 and b.ndim > 1:
        rows = None if rows is None else rows[..., None]
        columns = None if columns is None else columns[..., None, :]
    return _null_where(result, rows, columns)


@rule
def vecdot(x1: Operand, x2: Operand, /, *, axis: int = -1) -> Array:
    """Compute sums of products over an axis."""
    a, b = as_pair("vecdot", x1, x2)
    dtypes.require("vecdot", "numeric", a.dtype, b.dtype, nulls=True)
    result = linear_algebra.vecdot(with_number(a, 0), with_number(b, 0), axis=axis)
    last = linear_algebra.from_the_end(axis, a.ndim, b.ndim, "vecdot")
    return _null_where(result, _any_null(a, last), _any_null(b, last))


@rule
def tensordot(x1: Operand, x2: Operand, /, *, axes: Any = 2) -> Array:
    """Compute sums of products over axes of both arrays."""
    a, b = as_pair("tensordot", x1, x2)
    dtypes.require("tensordot", "numeric", a.dtype, b.dtype, nulls=True)
    result = linear_algebra.tensordot(with_number(a, 0), with_number(b, 0), axes=axes)
    first, second = linear_algebra.summed_axes(axes, a.ndim, b.ndim)
    left, right = _any_null(a, first), _any_null(b, second)
    if left is not None:
        left = reshape(left, (*left.shape, *(1,) * (b.ndim - len(second))))
    return _null_where(result, left, right)
