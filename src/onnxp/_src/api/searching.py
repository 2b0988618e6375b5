"""Searching functions (the standard's chapter of that name)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from onnxp._src import dtypes, ops
from onnxp._src.array.array import Array
from onnxp._src.array.base import all_materialized, new_array, no_number
from onnxp._src.array.defined import definable
from onnxp._src.array.nullable import as_mask
from onnxp._src.array.operands import Operand, as_array, as_like, as_pair, cast
from onnxp._src.array.repeated import repeatable
from onnxp._src.lowering import nulls, reductions, sorting
from onnxp._src.lowering.order import in_order
from onnxp._src.lowering.time import units
from onnxp._src.shapes.dims import equal
from onnxp._src.shapes.shape import (
    broadcast_all,
    normalize_axes,
    normalize_axis,
    product,
    shape_text,
)
from onnxp.errors import ArgumentError, DTypeError, ShapeError


@repeatable
@definable
def argmax(x: Operand, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
    """Return the index of the largest element along an axis: the first of equal ones, or the first NaN.

    Parameters
    ----------
    x : array
        Of a real numeric dtype.
    axis : int, optional
        The axis to search; by default the index counts all elements in row-major order.
    keepdims : bool, optional
        Whether to keep the searched axes with size 1.

    Returns
    -------
    Array
        Of dtype int64.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    AxisError
        If there is no such axis.
    ArgumentError
        If there are no elements. If only the run can tell, the run fails.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.argmax(xp.asarray([[1, 5], [3, 2]]), axis=1)
    Array([1, 0], dtype=int64)
    """
    return _first_extreme("argmax", "ArgMax", x, axis, keepdims)


@repeatable
@definable
def argmin(x: Operand, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
    """Return the index of the smallest element along an axis: the first of equal ones, or the first NaN.

    Parameters
    ----------
    x : array
        Of a real numeric dtype.
    axis : int, optional
        The axis to search; by default the index counts all elements in row-major order.
    keepdims : bool, optional
        Whether to keep the searched axes with size 1.

    Returns
    -------
    Array
        Of dtype int64.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    AxisError
        If there is no such axis.
    ArgumentError
        If there are no elements. If only the run can tell, the run fails.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.argmin(xp.asarray([[1, 5], [3, 2]]))
    Array(0, dtype=int64)
    """
    return _first_extreme("argmin", "ArgMin", x, axis, keepdims)


@definable
def count_nonzero(
    x: Operand, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False
) -> Array:
    """Count the elements along axes that are true or not zero.

    Parameters
    ----------
    x : array
        Of a numeric dtype, bool or string; NaN is not zero, and text is true unless it is empty.
    axis : int or tuple of int, optional
        The axes to reduce; all by default.
    keepdims : bool, optional
        Whether to keep them with size 1.

    Returns
    -------
    Array
        Of dtype int64.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    AxisError
        If there is no such axis, or one is given twice.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.count_nonzero(xp.asarray([[0, 5], [3, 2]]), axis=1)
    Array([1, 2], dtype=int64)
    """
    array = as_array(x, "count_nonzero")
    dtypes.require("count_nonzero", "numeric, boolean or string", array.dtype)
    axes = tuple(sorted(normalize_axes(axis, array.ndim, "count_nonzero")))
    truth = ops.cast(reductions.truth(array._planes), dtypes.INDEX)
    return new_array(dtypes.INDEX, (reductions.total(truth, axes, keepdims=bool(keepdims)),))


@definable
def nonzero(x: Operand, /) -> tuple[Array, ...]:
    """Return the indices of the elements that are not zero.

    Parameters
    ----------
    x : array
        Of a numeric dtype, bool or string, of rank 1 or more. A complex number is zero if both of its parts
        are, text if it is empty.

    Returns
    -------
    tuple of Array
        For each axis of `x` the indices along it, of dtype int64 and in row-major order. Their
        number depends on the values, so it is a new symbol in the shape of a traced array.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    ShapeError
        If `x` has rank 0.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.nonzero(xp.asarray([0.0, 3.0, 0.0, 5.0]))
    (Array([1, 3], dtype=int64),)
    """
    array = as_array(x, "nonzero")
    dtypes.require("nonzero", "numeric, boolean or string", array.dtype)
    if array.ndim == 0:
        raise ShapeError(
            "nonzero needs an array of rank 1 or more, not 0; compare it with 0 instead"
        )
    planes = array._planes
    if array.dtype.is_own_plane and array.dtype is not dtypes.string:
        indices = ops.non_zero(planes[0])
    else:
        indices = ops.non_zero(reductions.truth(planes))
    if array.ndim == 1:
        rows = [ops.squeeze(indices, (0,))]
    else:
        rows = [ops.gather(indices, ops.scalar(i, dtypes.int64), 0) for i in range(array.ndim)]
    results = [new_array(dtypes.INDEX, (row,)) for row in rows]
    return tuple(all_materialized(results))


@definable
def searchsorted(
    x1: Operand,
    x2: Operand,
    /,
    *,
    side: Literal["left", "right"] = "left",
    sorter: Operand | None = None,
) -> Array:
    """Find the indices at which to insert elements into a sorted array so that it stays sorted.

    Parameters
    ----------
    x1 : array
        Of a real numeric dtype or of strings, and of rank 1, in ascending order, with NaN (if any) last.
        The result is undefined for any other order.
    x2 : array, int, float or str
        The elements to insert, of any shape. A Python scalar takes the dtype of `x1`.
    side : {'left', 'right'}, optional
        Whether to insert before or after equal elements.
    sorter : array, optional
        Of an integer dtype and the shape of `x1`: the indices that sort `x1`.

    Returns
    -------
    Array
        Of dtype int64, in the shape of `x2`.

    Raises
    ------
    DTypeError
        If a dtype is not real numeric or string, they do not promote, or `sorter` is not of integers.
    ShapeError
        If `x1` is not of rank 1, or `sorter` of another shape.
    ArgumentError
        If `side` has another value.

    Examples
    --------
    >>> import onnxp as xp
    >>> edges = xp.asarray([0.0, 10.0, 20.0])
    >>> xp.searchsorted(edges, xp.asarray([-1.0, 10.0, 25.0]), side="right")
    Array([0, 2, 3], dtype=int64)
    """
    if side not in ("left", "right"):
        raise ArgumentError(f"searchsorted: side must be 'left' or 'right', not {side!r}")
    table = as_array(x1, "searchsorted")
    values = as_like(x2, table.dtype, "searchsorted")
    dtypes.require("searchsorted", "ordered", table.dtype, values.dtype)
    dtypes.require_ordered("searchsorted", table.dtype)
    if table.ndim != 1:
        raise ShapeError(
            f"searchsorted: x1 must have rank 1, but its shape is {shape_text(table.shape)}"
        )
    common = dtypes.promote(table.dtype, values.dtype, "searchsorted")
    planes = None
    if common.unit:
        comparison = "less" if side == "left" else "less_equal"
        planes = units.in_coarser_unit(
            comparison, table._planes[0], table.dtype, values._planes[0], values.dtype
        )
    if planes is None:
        planes = cast(table, common)._planes[0], cast(values, common)._planes[0]
    a, b = (in_order(plane, common) for plane in planes)
    if sorter is not None:
        order = as_array(sorter, "searchsorted")
        dtypes.require("searchsorted: sorter", "integer", order.dtype)
        if order.ndim != 1 or equal(order.shape[0], table.shape[0]) is False:
            raise ShapeError(
                f"searchsorted: sorter must have the shape of x1, {shape_text(table.shape)}, "
                f"not {shape_text(order.shape)}"
            )
        places = ops.reshape(ops.cast(order._planes[0], dtypes.int64), table.shape)
        a = ops.gather_elements(a, places, 0)
    return new_array(dtypes.INDEX, (sorting.searchsorted(a, b, side),))


def where(condition: Operand, x1: Operand, x2: Operand, /) -> Array:
    """Choose between the elements of two arrays.

    Parameters
    ----------
    condition : array
        Of dtype bool.
    x1, x2 : array or scalar
        The elements where `condition` is true, and where it is false. One of them is an array; a Python
        scalar takes its dtype.

    Returns
    -------
    Array
        Of the promoted dtype of `x1` and `x2`, and the shape that all three broadcast to.

    Raises
    ------
    DTypeError
        If `condition` is not of bool, or the dtypes of `x1` and `x2` do not promote.
    BroadcastError
        If the shapes do not broadcast.

    Notes
    -----
    The result is one node. Its kernels (onnxruntime 1.20.1 to 1.32.0) may turn a negative zero of `x1`
    into a positive one and, in some layouts, such as a `condition` and an `x2` of size 1, a negative zero
    of `x2`. All other bits are kept. Of large arrays that are known, numpy chooses, which keeps these too.

    Examples
    --------
    >>> import onnxp as xp
    >>> x = xp.asarray([-1.0, 2.0])
    >>> xp.where(x > 0, x, 0)
    Array([0., 2.], dtype=float64)
    """
    mask = as_mask(as_array(condition, "where"))
    if mask.dtype is not dtypes.bool_:
        raise DTypeError(
            f"where: the condition must be of dtype bool, not {mask.dtype}; compare it with 0"
        )
    if type(x1) in _SCALARS and type(x2) in _SCALARS:  # two scalars take their default dtype
        default = dtypes.from_numpy(np.result_type(type(x1), type(x2)))
        x1 = as_like(x1, default, "where")
    a, b = as_pair("where", x1, x2)
    common = dtypes.promote(a.dtype, b.dtype, "where")
    a, b = cast(a, common), cast(b, common)
    (chooser,) = mask._planes
    broadcast_all((chooser.shape, a._planes[0].shape, b._planes[0].shape), "where")
    planes = list(zip(a._planes, b._planes, strict=True))
    if not common.is_nullable:
        return no_number(new_array(common, tuple(ops.where(chooser, p, q) for p, q in planes)))
    values = tuple(ops.where(chooser, p, q) for p, q in planes[:-1])
    return new_array(common, (*values, nulls.selected(chooser, *planes[-1], values[0].shape)))


_SCALARS = (bool, int, float, complex, str)


def _first_extreme(function: str, op: str, x: Operand, axis: int | None, keepdims: bool) -> Array:
    array = as_array(x, function)
    dtypes.require_ordered(function, array._dtype)
    if not array._dtype.ordered:
        dtypes.require(function, "real numeric or time", array._dtype)
    value = array._planes[0]  # NaT is the smallest integer, so the first one is found
    if (op == "ArgMax") == bool(array._dtype.unit):  # a missing label is not found
        value = in_order(value, array._dtype)
    rank = array.ndim
    if axis is None:
        reductions.refuse_nothing(function, value.shape, tuple(range(rank)))
        flat = ops.reshape(value, (product(value.shape),))
        index = reductions.first_extreme(op, flat, 0, keepdims=False)
        return new_array(dtypes.INDEX, (ops.reshape(index, (1,) * rank if keepdims else ()),))
    along = normalize_axis(axis, rank, function)
    reductions.refuse_nothing(function, value.shape, (along,))
    index = reductions.first_extreme(op, value, along, keepdims=bool(keepdims))
    return new_array(dtypes.INDEX, (index,))
