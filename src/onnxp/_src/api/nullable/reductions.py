"""Reductions and sums along an axis of nullable arrays, which leave nulls out."""

from __future__ import annotations

import math
from typing import Any

from onnxp._src import dtypes
from onnxp._src.api import (
    data_types,
    searching,
    statistical,
    utility,
)
from onnxp._src.api.creation import asarray
from onnxp._src.api.elementwise import (
    equal,
    isnan,
    logical_not,
    logical_or,
    maximum,
    sqrt,
    square,
)
from onnxp._src.api.manipulation import broadcast_to, concat
from onnxp._src.api.nullable.parts import (
    as_null,
    count_present,
    has_none,
    null_mask,
    plain_dtype,
    present,
    rule,
    with_number,
)
from onnxp._src.array.array import Array
from onnxp._src.array.nullable import null_of, null_scalar, plain
from onnxp._src.array.operands import Operand, as_array, cast
from onnxp._src.dtypes import bool_, float16, float32, float64
from onnxp._src.lowering import nulls
from onnxp._src.shapes.dims import bounds
from onnxp._src.shapes.shape import normalize_axes, product

Axis = int | tuple[int, ...] | None


def _total(name: str, neutral: int, x: Operand, dtype: object, **options: Any) -> Array:
    """Combine what is not null with a neutral element in place of nulls."""
    array = as_array(x, name)
    dtypes.require(name, "numeric", array.dtype, nulls=True)
    combine = getattr(statistical, name)
    return as_null(combine(with_number(array, neutral), dtype=plain_dtype(dtype), **options))


@rule
def sum_(
    x: Operand, /, *, axis: Axis = None, dtype: object = None, keepdims: bool = False
) -> Array:
    """Add what is not null; 0 if nothing is left."""
    return _total("sum", 0, x, dtype, axis=axis, keepdims=keepdims)


@rule
def prod(
    x: Operand, /, *, axis: Axis = None, dtype: object = None, keepdims: bool = False
) -> Array:
    """Multiply what is not null; 1 if nothing is left."""
    return _total("prod", 1, x, dtype, axis=axis, keepdims=keepdims)


def _extreme(name: str, x: Operand, axis: Axis, keepdims: bool) -> Array:
    array = as_array(x, name)
    dtypes.require(name, "real numeric", array.dtype, nulls=True)
    reduce = getattr(statistical, name)
    array = _with_a_null(array, axis, name)
    result = reduce(with_number(array, _worst(name, array)), axis=axis, keepdims=keepdims)
    if has_none(array):
        return as_null(result)
    return as_null(result, utility.all(null_mask(array), axis=axis, keepdims=keepdims))


def _with_a_null(array: Array, axis: Axis, name: str) -> Array:
    """Return an array with a null behind the elements along each reduced axis that may have none."""
    for i in normalize_axes(axis, array.ndim, name):
        if (bounds(array.shape[i])[0] or 0) == 0:
            shape = tuple(1 if j == i else n for j, n in enumerate(array.shape))
            nothing = broadcast_to(null_scalar(array.dtype), shape)
            array = concat([array, nothing], axis=i)
    return array


def _worst(name: str, array: Array) -> int | float:
    """Return the number that no other one is beyond."""
    dtype = array.dtype.plain
    if dtype.family == "float":
        return -math.inf if name == "max" else math.inf
    return dtypes.int_range(dtype)[0 if name == "max" else 1]


@rule
def max_(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """Compute the largest element that is not null; null if there is none."""
    return _extreme("max", x, axis, keepdims)


@rule
def min_(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """Compute the smallest element that is not null; null if there is none."""
    return _extreme("min", x, axis, keepdims)


@rule
def mean(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """Compute the mean of what is not null; null if nothing is left."""
    array = as_array(x, "mean")
    dtype = array.dtype.plain
    dtypes.require("mean", "floating-point", array.dtype, nulls=True)
    if has_none(array):
        result = statistical.mean(plain(array), axis=axis, keepdims=keepdims)
        return as_null(result, _has_at_most(array, axis, 0))
    count = count_present(array, axis, keepdims)
    return as_null(cast(_mean(array, count, axis, keepdims), dtype), equal(count, 0))


def _has_at_most(array: Array, axis: Axis, number: int | float) -> Array | None:
    """Return whether no more than a number of elements are reduced; None if there certainly are more."""
    axes = normalize_axes(axis, array.ndim, "mean")
    count = product(array._planes[0].shape[i] for i in axes)
    if (bounds(count)[0] or 0) > number:
        return None
    return cast(asarray(count), float64) <= float(number)


def _mean(array: Array, count: Array, axis: Axis, keepdims: bool) -> Array:
    """Return the mean of what is not null, where float16 is computed in float32."""
    wide = _accumulating(array)
    total = statistical.sum(with_number(wide, 0), axis=axis, keepdims=keepdims)
    return total / cast(maximum(count, 1), wide.dtype.plain)


def _accumulating(array: Array) -> Array:
    if array.dtype.plain is float16:
        return cast(array, dtypes.nullable(float32))
    return array


def _variance(name: str, x: Operand, axis: Axis, correction: int | float, keepdims: bool) -> Array:
    array = as_array(x, name)
    dtypes.require(name, "real floating-point", array.dtype, nulls=True)
    dtype = array.dtype.plain
    compute = getattr(statistical, name)
    options = {"axis": axis, "correction": correction, "keepdims": keepdims}
    if has_none(array):
        return as_null(compute(plain(array), **options), _has_at_most(array, axis, correction))
    compute(plain(array), **options)  # which checks the arguments
    wide = _accumulating(array)
    count = count_present(array, axis, keepdims)
    mean = _mean(array, count_present(array, axis, True), axis, True)
    total = statistical.sum(with_number(square(wide - mean), 0), axis=axis, keepdims=keepdims)
    degrees = cast(count, float64) - float(correction)
    positive = degrees > 0
    result = total / cast(searching.where(positive, degrees, 1.0), wide.dtype.plain)
    result = sqrt(result) if name == "std" else result
    return as_null(cast(result, dtype), logical_not(positive))


@rule
def var(
    x: Operand, /, *, axis: Axis = None, correction: int | float = 0.0, keepdims: bool = False
) -> Array:
    """Compute the variance of what is not null; null unless more is left than `correction`."""
    return _variance("var", x, axis, correction, keepdims)


@rule
def std(
    x: Operand, /, *, axis: Axis = None, correction: int | float = 0.0, keepdims: bool = False
) -> Array:
    """Compute the standard deviation of what is not null; null unless more is left than `correction`."""
    return _variance("std", x, axis, correction, keepdims)


def _truths(x: Operand, name: str) -> Array:
    """Return an array of which numbers are asked whether they are zero; truth values of text."""
    array = as_array(x, name)
    is_text = array.dtype.plain is dtypes.string
    return data_types.astype(array, dtypes.nullable(bool_)) if is_text else array


def _decided(
    name: str, neutral: int, x: Operand, axis: Axis, keepdims: bool, skipna: bool
) -> Array:
    """Test truth values with a neutral one in place of nulls; null where these could decide, if they count."""
    array = _truths(x, name)
    options: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
    result: Array = getattr(utility, name)(with_number(array, neutral), **options)
    if skipna:
        return result
    is_open = result if neutral else logical_not(result)
    return as_null(result, is_open & utility.any(null_mask(array), **options))


@rule
def any_(x: Operand, /, *, axis: Axis = None, keepdims: bool = False, skipna: bool = True) -> Array:
    """Test whether an element that is not null is true."""
    return _decided("any", 0, x, axis, keepdims, skipna)


@rule
def all_(x: Operand, /, *, axis: Axis = None, keepdims: bool = False, skipna: bool = True) -> Array:
    """Test whether all elements that are not null are true."""
    return _decided("all", 1, x, axis, keepdims, skipna)


@rule
def count_nonzero(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """Count what is neither null nor zero."""
    truths = with_number(_truths(x, "count_nonzero"), 0)
    return searching.count_nonzero(truths, axis=axis, keepdims=keepdims)


@rule
def nonzero(x: Operand, /) -> tuple[Array, ...]:
    """Return the indices of what is neither null nor zero."""
    return searching.nonzero(with_number(_truths(x, "nonzero"), 0))


def _first_extreme(name: str, x: Operand, axis: int | None, keepdims: bool) -> Array:
    array = as_array(x, name)
    dtypes.require(name, "real numeric", array.dtype, nulls=True)
    search = getattr(searching, name)
    if has_none(array):
        return as_null(search(plain(array), axis=axis, keepdims=keepdims))
    values = with_number(array, _worst(name[3:], array))
    best = getattr(statistical, name[3:])(values, axis=axis, keepdims=True)
    is_best = present(array) & logical_or(equal(values, best), isnan(values))
    index = searching.argmax(cast(is_best, dtypes.int8), axis=axis, keepdims=keepdims)
    return as_null(index, utility.all(null_mask(array), axis=axis, keepdims=keepdims))


@rule
def argmax(x: Operand, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
    """Return the index of the largest element that is not null; null if there is none."""
    return _first_extreme("argmax", x, axis, keepdims)


@rule
def argmin(x: Operand, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
    """Return the index of the smallest element that is not null; null if there is none."""
    return _first_extreme("argmin", x, axis, keepdims)


# Cumulative functions


def _cumulative(name: str, number: int, x: Operand, **options: Any) -> Array:
    array = as_array(x, name)
    dtypes.require(name, "numeric", array.dtype, nulls=True)
    options["dtype"] = plain_dtype(options.get("dtype"))
    result = getattr(statistical, name)(with_number(array, number), **options)
    null = null_of(array)
    if options.get("include_initial") and not nulls.is_none(null):
        axis = normalize_axes(options.get("axis") or 0, array.ndim, name)[0]
        first = broadcast_to(
            asarray(False), tuple(1 if i == axis else n for i, n in enumerate(array.shape))
        )
        return as_null(result, concat([first, null_mask(array)], axis=axis))
    return as_null(result, None if nulls.is_none(null) else null_mask(array))


@rule
def cumulative_sum(x: Operand, /, **options: Any) -> Array:
    """Add what is not null; null where an element is."""
    return _cumulative("cumulative_sum", 0, x, **options)


@rule
def cumulative_prod(x: Operand, /, **options: Any) -> Array:
    """Multiply what is not null; null where an element is."""
    return _cumulative("cumulative_prod", 1, x, **options)
