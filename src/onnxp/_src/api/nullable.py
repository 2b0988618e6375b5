"""Functions of the namespace for nullable arrays: reductions leave nulls out, orders put them last.

Each is composed of the function for plain arrays, which checks the arguments, and gets elements that do not
matter in place of nulls. `definable` calls them by their names.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from onnxp._src import dtypes
from onnxp._src.api import (
    data_types,
    linear_algebra,
    mapping,
    searching,
    sets,
    sorting,
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
from onnxp._src.api.indexing import take, take_along_axis
from onnxp._src.api.manipulation import broadcast_to, concat, reshape
from onnxp._src.array.array import Array
from onnxp._src.array.base import all_materialized, new_array
from onnxp._src.array.defined import OF_NULLS
from onnxp._src.array.nullable import filled, null_of, null_scalar, plain, with_null
from onnxp._src.array.operands import Operand, as_array, as_like, as_pair, cast
from onnxp._src.dtypes import INDEX, bool_, float16, float32, float64
from onnxp._src.lowering import nulls
from onnxp._src.shapes.dims import bounds
from onnxp._src.shapes.shape import normalize_axes, product

Axis = int | tuple[int, ...] | None


def _rule(function: Callable[..., Any]) -> Callable[..., Any]:
    OF_NULLS[function.__name__.rstrip("_")] = function
    return function


# What the rules are made of


def _null(x: Array) -> Array:
    return new_array(bool_, (null_of(x),))


def _present(x: Array) -> Array:
    return logical_not(_null(x))


def _has_none(x: Array) -> bool:
    """Return whether an array is known to have no nulls."""
    return nulls.is_none(null_of(x))


def _with(x: Array, number: Any) -> Array:
    """Return an array with a number in place of nulls."""
    values: Array = plain(x)
    if _has_none(x):
        return values
    return filled(x, cast(as_like(number, values.dtype, "nulls"), values.dtype))


def _as_null(x: Array, null: Array | None = None) -> Array:
    """Return a nullable array, whose elements are null where another one is true."""
    return with_null(x, null_of(x) if null is None else null._planes[0])


def _count(x: Array, axis: Axis, keepdims: bool) -> Array:
    return statistical.sum(cast(_present(x), INDEX), axis=axis, keepdims=keepdims)


def _plain_dtype(dtype: object) -> object:
    return None if dtype is None else dtypes.as_dtype(dtype).plain


# Reductions


def _total(name: str, neutral: int, x: Operand, dtype: object, **options: Any) -> Array:
    """Combine what is not null with a neutral element in place of nulls."""
    array = as_array(x, name)
    dtypes.require(name, "numeric", array.dtype, nulls=True)
    combine = getattr(statistical, name)
    return _as_null(combine(_with(array, neutral), dtype=_plain_dtype(dtype), **options))


@_rule
def sum_(
    x: Operand, /, *, axis: Axis = None, dtype: object = None, keepdims: bool = False
) -> Array:
    """Add what is not null; 0 if nothing is left."""
    return _total("sum", 0, x, dtype, axis=axis, keepdims=keepdims)


@_rule
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
    result = reduce(_with(array, _worst(name, array)), axis=axis, keepdims=keepdims)
    if _has_none(array):
        return _as_null(result)
    return _as_null(result, utility.all(_null(array), axis=axis, keepdims=keepdims))


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


@_rule
def max_(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """Compute the largest element that is not null; null if there is none."""
    return _extreme("max", x, axis, keepdims)


@_rule
def min_(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """Compute the smallest element that is not null; null if there is none."""
    return _extreme("min", x, axis, keepdims)


@_rule
def mean(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """Compute the mean of what is not null; null if nothing is left."""
    array = as_array(x, "mean")
    dtype = array.dtype.plain
    dtypes.require("mean", "floating-point", array.dtype, nulls=True)
    if _has_none(array):
        result = statistical.mean(plain(array), axis=axis, keepdims=keepdims)
        return _as_null(result, _has_at_most(array, axis, 0))
    count = _count(array, axis, keepdims)
    return _as_null(cast(_mean(array, count, axis, keepdims), dtype), equal(count, 0))


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
    total = statistical.sum(_with(wide, 0), axis=axis, keepdims=keepdims)
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
    if _has_none(array):
        return _as_null(compute(plain(array), **options), _has_at_most(array, axis, correction))
    compute(plain(array), **options)  # which checks the arguments
    wide = _accumulating(array)
    count = _count(array, axis, keepdims)
    mean = _mean(array, _count(array, axis, True), axis, True)
    total = statistical.sum(_with(square(wide - mean), 0), axis=axis, keepdims=keepdims)
    degrees = cast(count, float64) - float(correction)
    positive = degrees > 0
    result = total / cast(searching.where(positive, degrees, 1.0), wide.dtype.plain)
    result = sqrt(result) if name == "std" else result
    return _as_null(cast(result, dtype), logical_not(positive))


@_rule
def var(
    x: Operand, /, *, axis: Axis = None, correction: int | float = 0.0, keepdims: bool = False
) -> Array:
    """Compute the variance of what is not null; null unless more is left than `correction`."""
    return _variance("var", x, axis, correction, keepdims)


@_rule
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


@_rule
def any_(x: Operand, /, *, axis: Axis = None, keepdims: bool = False, skipna: bool = True) -> Array:
    """Test whether an element that is not null is true."""
    array = _truths(x, "any")
    result = utility.any(_with(array, 0), axis=axis, keepdims=keepdims)
    if skipna:
        return result
    unknown = utility.any(_null(array), axis=axis, keepdims=keepdims)
    return _as_null(result, logical_not(result) & unknown)


@_rule
def all_(x: Operand, /, *, axis: Axis = None, keepdims: bool = False, skipna: bool = True) -> Array:
    """Test whether all elements that are not null are true."""
    array = _truths(x, "all")
    result = utility.all(_with(array, 1), axis=axis, keepdims=keepdims)
    if skipna:
        return result
    unknown = utility.any(_null(array), axis=axis, keepdims=keepdims)
    return _as_null(result, result & unknown)


@_rule
def count_nonzero(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """Count what is neither null nor zero."""
    truths = _with(_truths(x, "count_nonzero"), 0)
    return searching.count_nonzero(truths, axis=axis, keepdims=keepdims)


@_rule
def nonzero(x: Operand, /) -> tuple[Array, ...]:
    """Return the indices of what is neither null nor zero."""
    return searching.nonzero(_with(_truths(x, "nonzero"), 0))


def _first_extreme(name: str, x: Operand, axis: int | None, keepdims: bool) -> Array:
    array = as_array(x, name)
    dtypes.require(name, "real numeric", array.dtype, nulls=True)
    search = getattr(searching, name)
    if _has_none(array):
        return _as_null(search(plain(array), axis=axis, keepdims=keepdims))
    values = _with(array, _worst(name[3:], array))
    best = getattr(statistical, name[3:])(values, axis=axis, keepdims=True)
    is_best = _present(array) & logical_or(equal(values, best), isnan(values))
    index = searching.argmax(cast(is_best, dtypes.int8), axis=axis, keepdims=keepdims)
    return _as_null(index, utility.all(_null(array), axis=axis, keepdims=keepdims))


@_rule
def argmax(x: Operand, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
    """Return the index of the largest element that is not null; null if there is none."""
    return _first_extreme("argmax", x, axis, keepdims)


@_rule
def argmin(x: Operand, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
    """Return the index of the smallest element that is not null; null if there is none."""
    return _first_extreme("argmin", x, axis, keepdims)


# Cumulative functions


def _cumulative(name: str, number: int, x: Operand, **options: Any) -> Array:
    array = as_array(x, name)
    dtypes.require(name, "numeric", array.dtype, nulls=True)
    options["dtype"] = _plain_dtype(options.get("dtype"))
    result = getattr(statistical, name)(_with(array, number), **options)
    null = null_of(array)
    if options.get("include_initial") and not nulls.is_none(null):
        axis = normalize_axes(options.get("axis") or 0, array.ndim, name)[0]
        first = broadcast_to(
            asarray(False), tuple(1 if i == axis else n for i, n in enumerate(array.shape))
        )
        return _as_null(result, concat([first, _null(array)], axis=axis))
    return _as_null(result, None if nulls.is_none(null) else _null(array))


@_rule
def cumulative_sum(x: Operand, /, **options: Any) -> Array:
    """Add what is not null; null where an element is."""
    return _cumulative("cumulative_sum", 0, x, **options)


@_rule
def cumulative_prod(x: Operand, /, **options: Any) -> Array:
    """Multiply what is not null; null where an element is."""
    return _cumulative("cumulative_prod", 1, x, **options)


# Products: null if a factor of one of their terms is


def _null_where(result: Array, *parts: Array | None) -> Array:
    """Return a nullable array, whose elements are null where one of several arrays that broadcast is true."""
    null = None
    for part in parts:
        if part is not None:
            null = part if null is None else logical_or(null, part)
    return _as_null(result) if null is None else _as_null(result, broadcast_to(null, result.shape))


def _any_null(x: Array, axis: Axis) -> Array | None:
    """Return where an element along axes is null; None if there are surely no nulls."""
    return None if _has_none(x) else utility.any(_null(x), axis=axis)


@_rule
def matmul(x1: Operand, x2: Operand, /) -> Array:
    """Compute the matrix product."""
    a, b = as_pair("matmul", x1, x2)
    dtypes.require("matmul", "numeric or boolean", a.dtype, b.dtype, nulls=True)
    result = linear_algebra.matmul(_with(a, 0), _with(b, 0))
    rows, columns = _any_null(a, -1), _any_null(b, -min(b.ndim, 2))
    if a.ndim > 1 and b.ndim > 1:
        rows = None if rows is None else rows[..., None]
        columns = None if columns is None else columns[..., None, :]
    return _null_where(result, rows, columns)


@_rule
def vecdot(x1: Operand, x2: Operand, /, *, axis: int = -1) -> Array:
    """Compute sums of products over an axis."""
    a, b = as_pair("vecdot", x1, x2)
    dtypes.require("vecdot", "numeric", a.dtype, b.dtype, nulls=True)
    result = linear_algebra.vecdot(_with(a, 0), _with(b, 0), axis=axis)
    last = linear_algebra.from_the_end(axis, a.ndim, b.ndim, "vecdot")
    return _null_where(result, _any_null(a, last), _any_null(b, last))


@_rule
def tensordot(x1: Operand, x2: Operand, /, *, axes: Any = 2) -> Array:
    """Compute sums of products over axes of both arrays."""
    a, b = as_pair("tensordot", x1, x2)
    dtypes.require("tensordot", "numeric", a.dtype, b.dtype, nulls=True)
    result = linear_algebra.tensordot(_with(a, 0), _with(b, 0), axes=axes)
    first, second = linear_algebra.summed_axes(axes, a.ndim, b.ndim)
    left, right = _any_null(a, first), _any_null(b, second)
    if left is not None:
        left = reshape(left, (*left.shape, *(1,) * (b.ndim - len(second))))
    return _null_where(result, left, right)


# Order


@_rule
def argsort(
    x: Operand, /, *, axis: int = -1, descending: bool = False, stable: bool = True
) -> Array:
    """Return the indices that sort, nulls last."""
    array = as_array(x, "argsort")
    dtypes.require("argsort", "ordered", array.dtype, nulls=True)
    options: dict[str, Any] = {"axis": axis, "descending": descending, "stable": stable}
    order = sorting.argsort(_with(array, _blank(array)), **options)
    if _has_none(array):
        return order
    null = cast(take_along_axis(_null(array), order, axis=axis), dtypes.int8)
    return take_along_axis(order, sorting.argsort(null, axis=axis), axis=axis)


def _blank(array: Array) -> Any:
    return "" if array.dtype.plain is dtypes.string else 0


@_rule
def sort(x: Operand, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Array:
    """Sort, nulls last."""
    array = as_array(x, "sort")
    dtypes.require("sort", "ordered", array.dtype, nulls=True)
    options: dict[str, Any] = {"axis": axis, "descending": descending, "stable": stable}
    if _has_none(array):
        return _as_null(sorting.sort(plain(array), **options))
    return take_along_axis(array, argsort(array, **options), axis=axis)


@_rule
def searchsorted(
    x1: Operand,
    x2: Operand,
    /,
    *,
    side: Any = "left",
    sorter: Operand | None = None,
) -> Array:
    """Find places in an array that has its nulls last."""
    table = as_array(x1, "searchsorted")
    values = as_like(x2, table.dtype, "searchsorted")
    if sorter is not None:
        places = searching.searchsorted(plain(table), plain(values), side=side, sorter=sorter)
        table = take(table, as_array(sorter, "searchsorted"))
    else:
        places = searching.searchsorted(
            plain(table), plain(values), side=side
        )  # checks the arguments
    count = _count(table, None, False)
    if not _has_none(table):
        places = searching.searchsorted(plain(table)[:count], plain(values), side=side)
    if _has_none(values):
        return places
    behind = count if side == "left" else asarray(table.shape[0])
    return searching.where(_null(values), behind, places)


# Sets


def _unique(name: str, x: Operand) -> dict[str, Array]:
    """Return the distinct elements with one null last, and their facts."""
    array = as_array(x, name)
    flat = reshape(array, (-1,))
    null = _null(flat)
    present = logical_not(null)
    (kept,) = searching.nonzero(present)
    (lost,) = searching.nonzero(null)
    distinct = sets.unique_all(take(plain(flat), kept))
    one = lost[:1]  # the first null, if there is any
    blank = broadcast_to(as_like(_blank(array), array.dtype.plain, name), one.shape)
    values = concat([distinct.values, cast(blank, array.dtype.plain)])
    is_null = concat([equal(distinct.counts, 0), equal(one, one)])
    number = reshape(statistical.sum(cast(equal(distinct.counts, distinct.counts), INDEX)), (1,))
    places = statistical.cumulative_sum(cast(present, INDEX)) - 1
    behind = concat([distinct.inverse_indices, number])
    last = asarray(0) + statistical.sum(cast(present, INDEX))
    inverse = take(behind, searching.where(null, last, places))
    return {
        "values": _as_null(values, is_null),
        "indices": concat([take(kept, distinct.indices), one]),
        "inverse_indices": reshape(inverse, array.shape),
        "counts": concat([distinct.counts, one * 0 + statistical.sum(cast(null, INDEX))]),
    }


def _unique_facts(name: str, kind: Any, x: Operand) -> Any:
    array = as_array(x, name)
    if _has_none(array):
        values, *facts = getattr(sets, name)(plain(array))
        return kind(_as_null(values), *facts)
    found = _unique(name, array)
    return kind(*all_materialized([found[field] for field in kind._fields]))


@_rule
def unique_all(x: Operand, /) -> Any:
    """Return the distinct elements, one null last."""
    return _unique_facts("unique_all", sets.UniqueAllResult, x)


@_rule
def unique_counts(x: Operand, /) -> Any:
    """Return the distinct elements, one null last."""
    return _unique_facts("unique_counts", sets.UniqueCountsResult, x)


@_rule
def unique_inverse(x: Operand, /) -> Any:
    """Return the distinct elements, one null last."""
    return _unique_facts("unique_inverse", sets.UniqueInverseResult, x)


@_rule
def unique_values(x: Operand, /) -> Array:
    """Return the distinct elements, one null last."""
    array = as_array(x, "unique_values")
    if _has_none(array):
        return _as_null(sets.unique_values(plain(array)))
    return all_materialized([_unique("unique_values", array)["values"]])[0]


@_rule
def isin(x1: Operand, x2: Operand, /, *, invert: bool = False) -> Array:
    """Test which elements that are not null are among others that are not."""
    a, b = as_pair("isin", x1, x2)
    if not _has_none(b):
        b = reshape(b, (-1,))
        b = plain(b)[_present(b)]
    result = sets.isin(plain(a), plain(b), invert=invert)
    if _has_none(a):
        return result
    return logical_or(result, _null(a)) if invert else result & _present(a)


# Other functions


@_rule
def map_(x: Operand, mapped: Any, /, **options: Any) -> Array:
    """Replace what is not null by the values that a mapping has for it."""
    array = as_array(x, "map")
    result = mapping.map(plain(array), mapped, **options)
    null = _null(array)
    return _as_null(plain(result), null | _null(result) if result.dtype.is_nullable else null)
