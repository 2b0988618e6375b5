"""Orders and sets of nullable arrays, in which nulls come last, and look-ups."""

from __future__ import annotations

from typing import Any

from onnxp._src import dtypes
from onnxp._src.api import mapping, searching, sets, sorting, statistical
from onnxp._src.api.creation import asarray
from onnxp._src.api.elementwise import equal, logical_or
from onnxp._src.api.indexing import take, take_along_axis
from onnxp._src.api.manipulation import broadcast_to, concat, reshape
from onnxp._src.api.nullable.parts import (
    as_null,
    count_present,
    has_none,
    null_mask,
    present,
    rule,
    with_number,
)
from onnxp._src.array.array import Array
from onnxp._src.array.base import all_materialized
from onnxp._src.array.nullable import plain
from onnxp._src.array.operands import Operand, as_array, as_like, as_pair, cast
from onnxp._src.dtypes import INDEX


@rule
def argsort(
    x: Operand, /, *, axis: int = -1, descending: bool = False, stable: bool = True
) -> Array:
    """Return the indices that sort, nulls last."""
    array = as_array(x, "argsort")
    dtypes.require("argsort", "ordered", array.dtype, nulls=True)
    options: dict[str, Any] = {"axis": axis, "descending": descending, "stable": stable}
    order = sorting.argsort(with_number(array, _blank(array)), **options)
    if has_none(array):
        return order
    null = cast(take_along_axis(null_mask(array), order, axis=axis), dtypes.int8)
    return take_along_axis(order, sorting.argsort(null, axis=axis), axis=axis)


def _blank(array: Array) -> Any:
    return "" if array.dtype.plain is dtypes.string else 0


@rule
def sort(x: Operand, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Array:
    """Sort, nulls last."""
    array = as_array(x, "sort")
    dtypes.require("sort", "ordered", array.dtype, nulls=True)
    options: dict[str, Any] = {"axis": axis, "descending": descending, "stable": stable}
    if has_none(array):
        return as_null(sorting.sort(plain(array), **options))
    return take_along_axis(array, argsort(array, **options), axis=axis)


@rule
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
        # also checks the arguments
        places = searching.searchsorted(plain(table), plain(values), side=side)
    count = count_present(table, None, False)
    if not has_none(table):
        places = searching.searchsorted(plain(table)[:count], plain(values), side=side)
    if has_none(values):
        return places
    behind = count if side == "left" else asarray(table.shape[0])
    return searching.where(null_mask(values), behind, places)


def _unique(name: str, x: Operand) -> dict[str, Array]:
    """Return the distinct elements with one null last, and their facts."""
    array = as_array(x, name)
    flat = reshape(array, (-1,))
    null, is_present = null_mask(flat), present(flat)
    (kept,) = searching.nonzero(is_present)
    (lost,) = searching.nonzero(null)
    distinct = sets.unique_all(take(plain(flat), kept))
    one = lost[:1]  # the first null, if there is any
    blank = broadcast_to(as_like(_blank(array), array.dtype.plain, name), one.shape)
    values = concat([distinct.values, cast(blank, array.dtype.plain)])
    is_null = concat([equal(distinct.counts, 0), equal(one, one)])
    number = reshape(statistical.sum(cast(equal(distinct.counts, distinct.counts), INDEX)), (1,))
    places = statistical.cumulative_sum(cast(is_present, INDEX)) - 1
    behind = concat([distinct.inverse_indices, number])
    last = asarray(0) + statistical.sum(cast(is_present, INDEX))
    inverse = take(behind, searching.where(null, last, places))
    return {
        "values": as_null(values, is_null),
        "indices": concat([take(kept, distinct.indices), one]),
        "inverse_indices": reshape(inverse, array.shape),
        "counts": concat([distinct.counts, one * 0 + statistical.sum(cast(null, INDEX))]),
    }


def _unique_facts(name: str, kind: Any, x: Operand) -> Any:
    array = as_array(x, name)
    if has_none(array):
        values, *facts = getattr(sets, name)(plain(array))
        return kind(as_null(values), *facts)
    parts = _unique(name, array)
    return kind(*all_materialized([parts[field] for field in kind._fields]))


@rule
def unique_all(x: Operand, /) -> Any:
    """Return the distinct elements, one null last."""
    return _unique_facts("unique_all", sets.UniqueAllResult, x)


@rule
def unique_counts(x: Operand, /) -> Any:
    """Return the distinct elements, one null last."""
    return _unique_facts("unique_counts", sets.UniqueCountsResult, x)


@rule
def unique_inverse(x: Operand, /) -> Any:
    """Return the distinct elements, one null last."""
    return _unique_facts("unique_inverse", sets.UniqueInverseResult, x)


@rule
def unique_values(x: Operand, /) -> Array:
    """Return the distinct elements, one null last."""
    array = as_array(x, "unique_values")
    if has_none(array):
        return as_null(sets.unique_values(plain(array)))
    return all_materialized([_unique("unique_values", array)["values"]])[0]


@rule
def isin(x1: Operand, x2: Operand, /, *, invert: bool = False) -> Array:
    """Test which elements that are not null are among others that are not."""
    a, b = as_pair("isin", x1, x2)
    if not has_none(b):
        b = reshape(b, (-1,))
        b = plain(b)[present(b)]
    result = sets.isin(plain(a), plain(b), invert=invert)
    if has_none(a):
        return result
    return logical_or(result, null_mask(a)) if invert else result & present(a)


@rule
def map_(x: Operand, mapped: Any, /, **options: Any) -> Array:
    """Replace what is not null by the values that a mapping has for it."""
    array = as_array(x, "map")
    result = mapping.map(plain(array), mapped, **options)
    null = null_mask(array)
    return as_null(plain(result), null | null_mask(result) if result.dtype.is_nullable else null)
