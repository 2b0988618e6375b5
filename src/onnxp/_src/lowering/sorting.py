"""Sorting, and functions based on it: searching in sorted arrays, unique elements, membership.

All of them use TopK of a whole axis, which is stable. NaN is the largest number. TopK of onnxruntime
1.23.2 and older gives NaN, and numbers next to it, any position, so its input never contains NaN:
NaN is sorted as infinity, and if there is any, a second stable pass moves it behind the infinities.
Without NaN this takes a few percent of the time of a sort. TopK does not support strings, which are
sorted by their ranks (`strings`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce

from onnxp._src import ops
from onnxp._src.dtypes import DType, bool_, float32, float64, int32, int64, string
from onnxp._src.graph.values import Promise, Value, constant
from onnxp._src.lowering import host_sorting, strings
from onnxp._src.lowering.functions import recipe
from onnxp._src.lowering.planes import Planes, is_complex
from onnxp._src.ops.elementwise import detour
from onnxp._src.runtime.evaluate import data_of
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import same
from onnxp._src.shapes.shape import Shape, product


def sort(x: Value, axis: int, *, descending: bool) -> Value:
    """Sort along an axis; the rank must be at least 1."""
    if not descending and host_sorting.is_sorted_by_host(x):
        return constant(host_sorting.sort(x))
    options = (axis, descending, _may_have_no_rows(x.shape, axis))
    promise = Promise((axis,))
    return recipe("sort", _sort, (x,), ((x.dtype, x.shape),), *options, promise=promise)[0]


def argsort(x: Value, axis: int, *, descending: bool) -> Value:
    """Return the indices that sort along an axis, stably; the rank must be at least 1."""
    options = (axis, descending, _may_have_no_rows(x.shape, axis))
    promise = Promise((axis,))
    return recipe("argsort", _argsort, (x,), ((int64, x.shape),), *options, promise=promise)[0]


def searchsorted(x1: Value, x2: Value, side: str) -> Value:
    """Return the positions at which to insert the elements of `x2` into `x1`, which is sorted and of rank 1."""
    if _has_few_edges(x1):
        return _count_edges(x1, x2, side)
    types = ((int64, x2.shape),)
    promise = Promise(whole=(0,))
    return recipe("searchsorted", _searchsorted, (x1, x2), types, side, promise=promise)[0]


def unique(name: str, planes: Planes, *facts: str) -> tuple[Planes, Planes]:
    """Return the distinct elements in ascending order, and their indices and counts.

    Parameters
    ----------
    name : str
        What the box in the graph is called.
    planes : tuple of Value
        An array of any rank; complex numbers are ordered by real part, then imaginary part.
    *facts : str
        The results to return: ``"indices"`` (first occurrences), ``"inverse_indices"`` (in the shape of the
        array) and ``"counts"``.
    """
    if not facts and not is_complex(planes) and host_sorting.is_sorted_by_host(planes[0]):
        return (constant(host_sorting.distinct(planes[0])),), ()
    shape = planes[0].shape
    types: list[tuple[DType, Shape]] = [(plane.dtype, (0,)) for plane in planes]
    types += [(int64, shape if fact == "inverse_indices" else (0,)) for fact in facts]
    build: Callable[..., Sequence[Value]] = _unique_complex if is_complex(planes) else _unique
    if planes[0].dtype is string:
        build = _unique_text
    results = recipe(name, build, planes, types, facts)
    low, high = dims.bounds(product(shape))
    count = dims.dim("unique", min(low or 0, 1), high, origin=(results[0], 0))
    for i, result in enumerate(results):
        if i < len(planes) or facts[i - len(planes)] != "inverse_indices":
            result.shape = (count,)
    return results[: len(planes)], results[len(planes) :]


def is_in(x1: Planes, x2: Planes, *, invert: bool) -> Value:
    """Return whether each element of `x1` equals (or with `invert`, does not equal) an element of `x2`."""
    if same(product(x2[0].shape), 1):
        pairs = zip(x1, x2, strict=True)
        equal = reduce(ops.and_, [ops.equal(a, ops.reshape(b, ())) for a, b in pairs])
        return ops.not_(equal) if invert else equal
    build: Callable[..., Sequence[Value]] = _is_in if len(x1) == 1 else _is_in_complex
    if x1[0].dtype is string:
        build = _is_in_text
    types = ((bool_, x1[0].shape),)
    promise = Promise(whole=tuple(range(len(x1), len(x1) + len(x2))))
    return recipe("isin", build, (*x1, *x2), types, invert, promise=promise)[0]


# Order


def _may_have_no_rows(shape: Shape, axis: int) -> bool:
    low = dims.bounds(product(shape[:axis]))[0]
    return low is None or low <= 0


def _sort(x: Value, axis: int, descending: bool, rowless: bool) -> Sequence[Value]:
    return _ordered(x, axis, descending, rowless)[:1]


def _argsort(x: Value, axis: int, descending: bool, rowless: bool) -> Sequence[Value]:
    return _ordered(x, axis, descending, rowless)[1:]


def _ordered(
    x: Value, axis: int = 0, descending: bool = False, rowless: bool = False
) -> tuple[Value, Value]:
    """Return the sorted elements and their indices; `rowless` if sizes before the axis may be 0."""
    if x.dtype is string:
        distinct, ranks = strings.ranked(x)
        ranks, order = _ordered(ranks, axis, descending, rowless)
        return ops.gather(distinct, ranks, 0), order
    count = x.shape[axis]
    if rowless:  # TopK of no rows with k > 0 ends the process (onnxruntime 1.20.1 to 1.23.2)
        count = count * dims.minimum(product(x.shape[:axis]), 1)
    if x.dtype.family != "float":
        values, order = ops.top_k(x, count, axis, largest=descending)
    else:
        nan = ops.is_nan(x)
        key = ops.where(nan, ops.scalar(math.inf, x.dtype), x)

        def part(_: Value, values: Value, order: Value) -> tuple[Value, Planes, Planes]:
            last = ops.cast(ops.gather_elements(nan, order, axis), int32)
            moved = ops.gather_elements(
                order, ops.top_k(last, count, axis, largest=descending)[1], axis
            )
            return ops.scalar(False, bool_), (ops.gather_elements(x, moved, axis), moved), ()

        count_nan = ops.reduce("ReduceSum", ops.cast(nan, float32), tuple(range(len(x.shape))))
        some = ops.greater(count_nan, ops.scalar(0.0, float32))
        state = ops.top_k(key, count, axis, largest=descending)
        values, order = ops.loop(None, state, part, going=some)
    return ops.reshape(values, x.shape), ops.reshape(order, x.shape)


def _ordered_planes(planes: Planes) -> tuple[Planes, Value]:
    """Sort arrays of rank 1 by the first, and equal elements by the second."""
    if not is_complex(planes):
        values, order = _ordered(planes[0])
        return (values,), order
    real, imag = planes
    minor = _ordered(imag)[1]
    values, order = _ordered(ops.gather_elements(real, minor, 0))
    order = ops.gather_elements(minor, order, 0)
    return (values, ops.gather_elements(imag, order, 0)), order


# Groups of equal elements


def _groups(ordered: Planes) -> tuple[Value, Value]:
    """Return the position of the first element of each group of equals, and the group of each element."""
    equals = []
    for plane in ordered:
        after = ops.slice_(plane, (1,), (None,), (0,), (1,))
        before = ops.slice_(plane, (None,), (-1,), (0,), (1,))
        equals.append(ops.equal(after, before))
    differs = ops.not_(reduce(ops.and_, equals))
    head = ops.constant_of_shape(True, bool_, (dims.minimum(ordered[0].shape[0], 1),))
    starts = ops.concat((head, differs), 0)
    group = ops.sub(ops.cum_sum(ops.cast(starts, int64), 0), ops.ints(1))
    return ops.squeeze(ops.non_zero(starts), (0,)), group


def _unique(x: Value, facts: tuple[str, ...]) -> Sequence[Value]:
    return _unique_planes((x,), facts)


def _unique_complex(real: Value, imag: Value, facts: tuple[str, ...]) -> Sequence[Value]:
    return _unique_planes((real, imag), facts)


def _unique_planes(planes: Planes, facts: tuple[str, ...]) -> Sequence[Value]:
    shape = planes[0].shape
    ordered, order = _ordered_planes(tuple(_flat(plane) for plane in planes))
    first, group = _groups(ordered)
    results = [ops.gather_elements(plane, first, 0) for plane in ordered]
    for fact in facts:
        if fact == "indices":
            results.append(ops.gather_elements(order, first, 0))
        elif fact == "inverse_indices":
            inverse = ops.scatter_elements(order, order, group, 0)
            results.append(ops.reshape(inverse, shape))
        else:
            # for empty arrays: [0] - [] is []
            ends = (ops.slice_(first, (1,), (None,), (0,), (1,)), ops.size_value(product(shape)))
            results.append(ops.sub(ops.concat(ends, 0), first))
    return results


def _unique_text(x: Value, names: tuple[str, ...]) -> Sequence[Value]:
    values, first, inverse, counts = strings.distinct(x)
    facts = {"indices": first, "inverse_indices": inverse, "counts": counts}
    facts["inverse_indices"] = ops.reshape(inverse, x.shape)
    return [values, *(facts[fact] for fact in names)]


def _flat(x: Value) -> Value:
    return ops.reshape(x, (product(x.shape),))


# Search


def _searchsorted(x1: Value, x2: Value, side: str) -> Sequence[Value]:
    queries = _flat(x2)
    if x1.dtype is string:
        x1, queries = strings.ranked_together(x1, queries)
    numbers = size = ops.scalar_size(x1.shape[0])
    if x1.dtype.family == "float":  # exact in float64, where it is fast
        nans = ops.reduce("ReduceSum", ops.cast(ops.is_nan(x1), float64), (0,))
        numbers = ops.sub(size, ops.cast(nans, int64))
    result = ops.add(_last_before((x1,), (queries,), numbers, side), ops.ints(1))
    if side == "right" and x1.dtype.family == "float":
        beyond = ops.mul(ops.cast(ops.is_nan(queries), int64), ops.sub(size, numbers))
        result = ops.add(result, beyond)
    return (ops.reshape(result, x2.shape),)


_FEW_EDGES = 16  # all of them are compared faster than a binary search compares some


def _has_few_edges(x1: Value) -> bool:
    """Return whether the elements of a table may be counted: few, known, in order and not NaN."""
    (size,) = x1.shape
    if x1.trace is not None or x1.dtype is string or type(size) is not int:
        return False
    if not 0 < size <= _FEW_EDGES:
        return False
    data = data_of(x1)
    return bool((data[1:] >= data[:-1]).all() and data[-1] == data[-1])


def _count_edges(x1: Value, x2: Value, side: str) -> Value:
    """Count the edges before each query, which for NaN are all."""
    (size,) = x1.shape
    assert type(size) is int
    edges = ops.unsqueeze(x1, tuple(range(1, len(x2.shape) + 1)))
    beyond = ops.cast(_is_beyond((edges,), (x2,), side), float32)
    count = ops.sub(ops.scalar(size, float32), ops.reduce("ReduceSum", beyond, (0,)))
    return ops.cast(count, int64)


def _last_before(table: Planes, queries: Planes, numbers: Value, side: str) -> Value:
    """Return the index of the last element of a sorted table that is less (or not greater), or -1.

    Only the first `numbers` elements, which are not NaN, are searched. NaN is greater than all numbers. This
    is a binary search for all elements at once. The number of steps does not depend on the data, and all
    indices are in range.
    """
    size = table[0].shape[0]
    # in the dtypes of TopK, for which every runtime has comparison kernels
    table = tuple(detour(plane, "TopK") for plane in table)
    queries = tuple(detour(plane, "TopK") for plane in queries)

    def halve(_: Value, before: Value, length: Value) -> tuple[Value, Planes, Planes]:
        rest = ops.div(length, ops.scalar(2, int64))
        half = ops.sub(length, rest)
        probe = ops.add(before, half)
        probed = tuple(ops.gather_elements(plane, probe, 0) for plane in table)
        beyond = ops.cast(_is_beyond(probed, queries, side), int64)
        return ops.scalar(True, bool_), (ops.sub(probe, ops.mul(beyond, half)), rest), ()

    powers = ops.ints(*(1 << bit for bit in range(63)))
    reached = ops.cast(ops.greater_or_equal(ops.scalar_size(size), powers), float32)
    trips = ops.cast(ops.reduce("ReduceSum", reached, (0,)), int64)  # the bits of the size
    start = ops.constant_of_shape(-1, int64, queries[0].shape)
    return ops.loop(trips, (start, numbers), halve)[0]


def _is_beyond(a: Planes, b: Planes, side: str) -> Value:
    """Return whether `a` is greater than `b`, or equal on the left side, in lexicographic order."""
    compare = ops.greater_or_equal if side == "left" else ops.greater
    if not is_complex(a):
        return compare(a[0], b[0])
    tie = ops.and_(ops.equal(a[0], b[0]), compare(a[1], b[1]))
    return ops.or_(ops.greater(a[0], b[0]), tie)


# Membership


def _is_in(x1: Value, x2: Value, invert: bool) -> Sequence[Value]:
    return (_is_in_planes((x1,), (x2,), invert),)


def _is_in_text(x1: Value, x2: Value, invert: bool) -> Sequence[Value]:
    queries, candidates = strings.ranked_together(_flat(x1), _flat(x2))
    return (ops.reshape(_is_in_planes((queries,), (candidates,), invert), x1.shape),)


def _is_in_complex(
    real1: Value, imag1: Value, real2: Value, imag2: Value, invert: bool
) -> Sequence[Value]:
    return (_is_in_planes((real1, imag1), (real2, imag2), invert),)


def _is_in_planes(x1: Planes, x2: Planes, invert: bool) -> Value:
    """Look up each element in the sorted candidates, and compare."""
    candidates = tuple(_flat(plane) for plane in x2)
    if x1[0].dtype.family == "float":
        number = reduce(ops.and_, [ops.not_(ops.is_nan(plane)) for plane in candidates])
        candidates = tuple(ops.compress(plane, number, 0) for plane in candidates)
    table = _ordered_planes(candidates)[0]
    queries = tuple(_flat(plane) for plane in x1)
    size = ops.scalar_size(table[0].shape[0])
    place = _last_before(table, queries, size, "right")
    result = ops.greater_or_equal(place, ops.ints(0))
    for plane, query in zip(table, queries, strict=True):
        filled = ops.concat((plane, ops.full(0, plane.dtype, (1,))), 0)  # -1 may be looked up
        result = ops.and_(result, ops.equal(ops.gather_elements(filled, place, 0), query))
    result = ops.reshape(result, x1[0].shape)
    return ops.not_(result) if invert else result
