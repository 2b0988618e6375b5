"""Statistical functions (the standard's chapter of that name)."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from functools import partial
from typing import Any

from onnxp._src import dtypes
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.defined import definable
from onnxp._src.array.operands import Operand, as_array, cast
from onnxp._src.array.repeated import repeatable
from onnxp._src.dtypes import DType
from onnxp._src.graph.values import Value
from onnxp._src.lowering import cumulative, reductions
from onnxp._src.lowering.order import from_order, in_order
from onnxp._src.lowering.time import reductions as time_reductions
from onnxp._src.shapes.shape import normalize_axes, normalize_axis, shape_text
from onnxp.errors import ArgumentError, ArgumentTypeError, DTypeError, ShapeError

Axis = int | tuple[int, ...] | None
_AVERAGED = dtypes.CATEGORIES["floating-point or time"]
_COMPARED = dtypes.CATEGORIES["real numeric or time"]


@definable
def cumulative_prod(
    x: Operand,
    /,
    *,
    axis: int | None = None,
    dtype: object = None,
    include_initial: bool = False,
) -> Array:
    """Compute the product of all elements up to each one along an axis.

    Integers wrap. Others are multiplied in float64, in blocks, and rounded at the end: within an ulp for
    each factor, but not always the bits of multiplying one by one, and sometimes still in range where
    that has overflowed on the way.

    Parameters
    ----------
    x : array
        Of a numeric dtype, of rank 1 or more.
    axis : int, optional
        The axis to accumulate along; optional for rank 1.
    dtype : dtype, optional
        Of the result; by default int64 or uint64 for integers, else that of `x`. Elements are cast to it first.
    include_initial : bool, optional
        Whether to start with a 1, so that the axis is longer by one.

    Returns
    -------
    Array
        Of the shape of `x`, but for the initial value.

    Raises
    ------
    DTypeError
        If `x` or `dtype` is not numeric, or `dtype` is real for complex `x`.
    ShapeError, AxisError, ArgumentError
        If `x` has rank 0, there is no such axis, or `axis` is required and missing.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.cumulative_prod(xp.asarray([1, 2, 3, 4]))
    Array([ 1,  2,  6, 24], dtype=int64)
    """
    array, along = _accumulated("cumulative_prod", x, axis, dtype)
    planes = cumulative.cumulative_product(array._planes, along)
    if include_initial:
        planes = cumulative.with_initial(planes, along, 1)
    return new_array(array._dtype, planes)


@definable
def cumulative_sum(
    x: Operand,
    /,
    *,
    axis: int | None = None,
    dtype: object = None,
    include_initial: bool = False,
) -> Array:
    """Compute the sum of all elements up to each one along an axis.

    Integers wrap.

    Parameters
    ----------
    x : array
        Of a numeric dtype, of rank 1 or more.
    axis : int, optional
        The axis to accumulate along; optional for rank 1.
    dtype : dtype, optional
        Of the result; by default int64 or uint64 for integers, else that of `x`. Elements are cast to it first.
    include_initial : bool, optional
        Whether to start with a 0, so that the axis is longer by one.

    Returns
    -------
    Array
        Of the shape of `x`, but for the initial value.

    Raises
    ------
    DTypeError
        If `x` or `dtype` is not numeric, or `dtype` is real for complex `x`.
    ShapeError, AxisError, ArgumentError
        If `x` has rank 0, there is no such axis, or `axis` is required and missing.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.cumulative_sum(xp.asarray([1, 2, 3, 4]), include_initial=True)
    Array([ 0,  1,  3,  6, 10], dtype=int64)
    """
    array, along = _accumulated("cumulative_sum", x, axis, dtype)
    add = time_reductions.cumulative_sum if array._dtype.unit else cumulative.cumulative_sum
    planes = tuple(add(p, along) for p in array._planes)
    if include_initial:
        planes = cumulative.with_initial(planes, along, 0)
    return new_array(array._dtype, planes)


@repeatable
@definable
def max(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """Compute the largest element along axes; NaN if there is one.

    Parameters
    ----------
    x : array
        Of a real numeric dtype.
    axis : int or tuple of int, optional
        The axes to reduce; all by default.
    keepdims : bool, optional
        Whether to keep them with size 1.

    Returns
    -------
    Array
        Of the dtype of `x`.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    AxisError
        If there is no such axis, or one is given twice.
    ArgumentError
        If there are no elements. If only the run can tell, the run fails.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.max(xp.asarray([[1, 5], [3, 2]]), axis=1)
    Array([5, 3], dtype=int64)
    """
    return _extreme("max", "ReduceMax", x, axis, keepdims)


@repeatable
@definable
def mean(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """Compute the arithmetic mean along axes; NaN if there are no elements.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.
    axis : int or tuple of int, optional
        The axes to reduce; all by default.
    keepdims : bool, optional
        Whether to keep them with size 1.

    Returns
    -------
    Array
        Of the dtype of `x`.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    AxisError
        If there is no such axis, or one is given twice.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.mean(xp.asarray([[1.0, 5.0], [3.0, 2.0]]), axis=0)
    Array([2. , 3.5], dtype=float64)
    """
    array = as_array(x, "mean")
    if array._dtype not in _AVERAGED:
        dtypes.require("mean", "floating-point or time", array._dtype)
    if array._dtype.unit:
        truncate = array._dtype.family == "timedelta"  # as numpy does
        average = partial(time_reductions.mean, truncate=truncate)
        return _each_plane("mean", average, array, axis, keepdims)
    return _each_plane("mean", reductions.mean, array, axis, keepdims)


@repeatable
@definable
def min(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """Compute the smallest element along axes; NaN if there is one.

    Parameters
    ----------
    x : array
        Of a real numeric dtype.
    axis : int or tuple of int, optional
        The axes to reduce; all by default.
    keepdims : bool, optional
        Whether to keep them with size 1.

    Returns
    -------
    Array
        Of the dtype of `x`.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    AxisError
        If there is no such axis, or one is given twice.
    ArgumentError
        If there are no elements. If only the run can tell, the run fails.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.min(xp.asarray([[1, 5], [3, 2]]), axis=1)
    Array([1, 2], dtype=int64)
    """
    return _extreme("min", "ReduceMin", x, axis, keepdims)


@definable
def prod(
    x: Operand, /, *, axis: Axis = None, dtype: object = None, keepdims: bool = False
) -> Array:
    """Compute the product along axes; 1 if there are no elements. Integers wrap.

    Parameters
    ----------
    x : array
        Of a numeric dtype.
    axis : int or tuple of int, optional
        The axes to reduce; all by default.
    dtype : dtype, optional
        Of the result; by default int64 or uint64 for integers, else that of `x`. Elements are cast to it first.
    keepdims : bool, optional
        Whether to keep the axes with size 1.

    Returns
    -------
    Array

    Raises
    ------
    DTypeError
        If `x` or `dtype` is not numeric, or `dtype` is real for complex `x`.
    AxisError
        If there is no such axis, or one is given twice.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.prod(xp.asarray([[1, 5], [3, 2]]), axis=0)
    Array([ 3, 10], dtype=int64)
    """
    array = _in_dtype("prod", as_array(x, "prod"), dtype)
    axes = _axes("prod", array, axis)
    planes = cumulative.total_product(array._planes, axes, keepdims=bool(keepdims))
    return new_array(array._dtype, planes)


@definable
def std(
    x: Operand, /, *, axis: Axis = None, correction: int | float = 0.0, keepdims: bool = False
) -> Array:
    """Compute the standard deviation along axes, the square root of the variance.

    Parameters
    ----------
    x : array
        Of a real floating-point dtype.
    axis : int or tuple of int, optional
        The axes to reduce; all by default.
    correction : int or float, optional
        The number to subtract from the number of elements before the sum of squares is divided by it.
    keepdims : bool, optional
        Whether to keep the axes with size 1.

    Returns
    -------
    Array
        Of the dtype of `x`; NaN where the number of elements is not larger than `correction`.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    AxisError
        If there is no such axis, or one is given twice.
    ArgumentError, ArgumentTypeError
        If `correction` is not a finite number.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.std(xp.asarray([1.0, 3.0]), correction=1)
    Array(1.41421356, dtype=float64)
    """
    return _variance("std", x, axis, correction, keepdims)


@repeatable
@definable
def sum(x: Operand, /, *, axis: Axis = None, dtype: object = None, keepdims: bool = False) -> Array:
    """Compute the sum along axes; 0 if there are no elements. Integers wrap.

    Parameters
    ----------
    x : array
        Of a numeric dtype.
    axis : int or tuple of int, optional
        The axes to reduce; all by default.
    dtype : dtype, optional
        Of the result; by default int64 or uint64 for integers, else that of `x`. Elements are cast to it first.
    keepdims : bool, optional
        Whether to keep the axes with size 1.

    Returns
    -------
    Array

    Raises
    ------
    DTypeError
        If `x` or `dtype` is not numeric, or `dtype` is real for complex `x`.
    AxisError
        If there is no such axis, or one is given twice.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.sum(xp.asarray([[1, 5], [3, 2]]), axis=0)
    Array([4, 7], dtype=int64)
    """
    array = _in_dtype("sum", as_array(x, "sum"), dtype)
    add = time_reductions.total if array._dtype.unit else reductions.total
    return _each_plane("sum", add, array, axis, keepdims)


@definable
def var(
    x: Operand, /, *, axis: Axis = None, correction: int | float = 0.0, keepdims: bool = False
) -> Array:
    """Compute the variance along axes: the mean of the squared differences from the mean.

    Parameters
    ----------
    x : array
        Of a real floating-point dtype.
    axis : int or tuple of int, optional
        The axes to reduce; all by default.
    correction : int or float, optional
        The number to subtract from the number of elements before the sum of squares is divided by it.
    keepdims : bool, optional
        Whether to keep the axes with size 1.

    Returns
    -------
    Array
        Of the dtype of `x`; NaN where the number of elements is not larger than `correction`.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    AxisError
        If there is no such axis, or one is given twice.
    ArgumentError, ArgumentTypeError
        If `correction` is not a finite number.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.var(xp.asarray([[1.0, 3.0], [2.0, 6.0]]), axis=1)
    Array([1., 4.], dtype=float64)
    """
    return _variance("var", x, axis, correction, keepdims)


def _axes(function: str, array: Array, axis: Axis) -> tuple[int, ...]:
    axes = normalize_axes(axis, len(array._planes[0].shape), function)
    return tuple(sorted(axes)) if isinstance(axis, tuple | list) else axes


def _each_plane(
    function: str, reduction: Callable[..., Value], array: Array, axis: Axis, keepdims: Any
) -> Array:
    axes = _axes(function, array, axis)
    keepdims = bool(keepdims)
    if len(array._planes) == 1:
        return new_array(array._dtype, (reduction(array._planes[0], axes, keepdims=keepdims),))
    planes = [reduction(plane, axes, keepdims=keepdims) for plane in array._planes]
    return new_array(array._dtype, tuple(planes))


def _in_dtype(function: str, array: Array, dtype: object) -> Array:
    """Cast an array to the dtype in which to add or multiply its elements."""
    source = array._dtype
    if dtype is None and source.family == "float":
        return array
    target = dtypes.as_dtype(dtype) if dtype is not None else _widest(source)
    if source.family == "timedelta" and function.endswith("sum") and target is source:
        return array
    dtypes.require(function, "numeric", source, target)
    if source.family == "complex" and target.family != "complex":
        raise DTypeError(
            f"{function}: {source} in {target} would lose the imaginary parts; take xp.real(x) first"
        )
    return cast(array, target)


def _widest(dtype: DType) -> DType:
    return {"int": dtypes.int64, "uint": dtypes.uint64}.get(dtype.family, dtype)


def _accumulated(function: str, x: Operand, axis: int | None, dtype: object) -> tuple[Array, int]:
    array = _in_dtype(function, as_array(x, function), dtype)
    if array.ndim == 0:
        raise ShapeError(f"{function} needs an array of rank 1 or more, not 0")
    if axis is None and array.ndim > 1:
        raise ArgumentError(
            f"{function} needs an axis for an array of rank {array.ndim}, shape {shape_text(array.shape)}"
        )
    return array, 0 if axis is None else normalize_axis(axis, array.ndim, function)


def _extreme(function: str, op: str, x: Operand, axis: Axis, keepdims: Any) -> Array:
    array = as_array(x, function)
    dtype = array._dtype
    if dtype.family == "category":
        dtypes.require_ordered(function, dtype)
    elif dtype not in _COMPARED:
        dtypes.require(function, "real numeric or time", dtype)
    axes = _axes(function, array, axis)
    plane = array._planes[0]
    reductions.refuse_nothing(function, plane.shape, axes)
    # NaT is the smallest integer, and wins; so is a missing label, and does not
    if (op == "ReduceMax") == bool(dtype.unit):
        result = reductions.extreme(op, in_order(plane, dtype), axes, keepdims=bool(keepdims))
        return new_array(dtype, (from_order(result, dtype),))
    return new_array(dtype, (reductions.extreme(op, plane, axes, keepdims=bool(keepdims)),))


def _variance(
    function: str, x: Operand, axis: Axis, correction: int | float, keepdims: Any
) -> Array:
    array = as_array(x, function)
    dtypes.require(function, "real floating-point", array._dtype)
    axes = _axes(function, array, axis)
    if not isinstance(correction, numbers.Real) or isinstance(correction, bool):
        raise ArgumentTypeError(f"{function}: correction must be a number, not {correction!r}")
    if not math.isfinite(correction):
        raise ArgumentError(f"{function}: correction must be finite, not {correction}")
    result = reductions.variance(
        array._planes[0],
        axes,
        keepdims=bool(keepdims),
        correction=float(correction),
        root=function == "std",
    )
    return new_array(array._dtype, (result,))
