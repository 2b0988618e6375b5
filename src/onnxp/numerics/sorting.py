"""Sorting, and what is made of it: searching in sorted arrays, unique elements, membership.

Everything is one operator at heart, TopK of a whole axis, which is stable. NaN counts as the largest
number. TopK of onnxruntime 1.23.2 and older puts NaN, and the numbers around it, anywhere, so it is
never fed one: NaN is sorted as infinity, and only where there was one a second, stable pass brings it
behind the infinities. Without NaN that costs 2 % of the time of a sort.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from onnxp import dims, ops
from onnxp.dtypes import DType, bool_, float32, int32, int64
from onnxp.graph import Value
from onnxp.numerics.recipes import recipe
from onnxp.ops.elementwise import detour
from onnxp.ops.indexing import INT64_MAX
from onnxp.shapes import Shape, product

Planes = tuple[Value, ...]

FEW = 16
"""Up to this many candidates, comparing with each of them is faster than sorting."""


def sort(x: Value, axis: int, *, descending: bool) -> Value:
    """Sort along an axis; rank 1 at least."""
    options = (axis, descending, _may_have_no_rows(x.shape, axis))
    return recipe("sort", _sort, (x,), ((x.dtype, x.shape),), *options)[0]


def argsort(x: Value, axis: int, *, descending: bool) -> Value:
    """Return the indices that sort along an axis; equal elements keep their order. Rank 1 at least."""
    options = (axis, descending, _may_have_no_rows(x.shape, axis))
    return recipe("argsort", _argsort, (x,), ((int64, x.shape),), *options)[0]


def searchsorted(x1: Value, x2: Value, side: str) -> Value:
    """Return where the elements of `x2` go in `x1`, which is sorted and has rank 1."""
    return recipe("searchsorted", _searchsorted, (x1, x2), ((int64, x2.shape),), side)[0]


def unique(name: str, planes: Planes, *wanted: str) -> tuple[Planes, Planes]:
    """Return the distinct elements in ascending order, and facts about them.

    Parameters
    ----------
    name : str
        What the box in the graph is called.
    planes : tuple of Value
        An array of any rank; complex numbers are ordered by real part, then imaginary part.
    *wanted : str
        Of ``"indices"`` (first occurrences), ``"inverse_indices"`` (in the shape of the array) and
        ``"counts"``.
    """
    shape = planes[0].shape
    types: list[tuple[DType, Shape]] = [(plane.dtype, (0,)) for plane in planes]
    types += [(int64, shape if fact == "inverse_indices" else (0,)) for fact in wanted]
    build = _unique if len(planes) == 1 else _unique_complex
    results = recipe(name, build, planes, types, wanted)
    low, high = dims.bounds(product(shape))
    count = dims.dim("unique", min(low or 0, 1), high, origin=(results[0], 0))
    for i, result in enumerate(results):
        if i < len(planes) or wanted[i - len(planes)] != "inverse_indices":
            result.shape = (count,)
    return results[: len(planes)], results[len(planes) :]


def is_in(x1: Planes, x2: Planes, *, invert: bool) -> Value:
    """Return which elements of `x1` are (or with `invert` are not) equal to an element of `x2`."""
    candidates = product(x2[0].shape)
    few = type(candidates) is int and 0 < candidates <= FEW
    build = _is_in if len(x1) == 1 else _is_in_complex
    return recipe("isin", build, (*x1, *x2), ((bool_, x1[0].shape),), few, invert)[0]


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
    """Return the elements in order and where each was; `rowless` if sizes before the axis may be 0."""
    count = x.shape[axis]
    if rowless:  # TopK of no rows but with k > 0 kills the process (onnxruntime 1.20.1 to 1.23.2)
        count = count * dims.minimum(product(x.shape[:axis]), 1)
    if x.dtype.kind != "float":
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

        found = ops.reduce("ReduceSum", ops.cast(nan, float32), tuple(range(len(x.shape))))
        some = ops.greater(found, ops.scalar(0.0, float32))
        state = ops.top_k(key, count, axis, largest=descending)
        values, order = ops.loop(None, state, part, going=some)
    return ops.reshape(values, x.shape), ops.reshape(order, x.shape)


def _ordered_planes(planes: Planes) -> tuple[Planes, Value]:
    """Return arrays of rank 1 in the order of the first, among its equals of the second."""
    if len(planes) == 1:
        values, order = _ordered(planes[0])
        return (values,), order
    real, imag = planes
    minor = _ordered(imag)[1]
    values, order = _ordered(ops.gather_elements(real, minor, 0))
    order = ops.gather_elements(minor, order, 0)
    return (values, ops.gather_elements(imag, order, 0)), order


# Groups of equal elements


def _groups(ordered: Planes) -> tuple[Value, Value]:
    """Return the position of the first of each group of equal elements, and each element's group."""
    differs: Value | None = None
    for plane in ordered:
        after = ops.slice_(plane, (1,), (None,), (0,), (1,))
        before = ops.slice_(plane, (None,), (-1,), (0,), (1,))
        other = ops.not_(ops.equal(after, before))
        differs = other if differs is None else ops.or_(differs, other)
    assert differs is not None
    head = ops.constant_of_shape(True, bool_, (dims.minimum(ordered[0].shape[0], 1),))
    starts = ops.concat((head, differs), 0)
    group = ops.sub(ops.cum_sum(ops.cast(starts, int64), 0), ops.ints(1))
    return ops.squeeze(ops.non_zero(starts), (0,)), group


def _unique(x: Value, wanted: tuple[str, ...]) -> Sequence[Value]:
    return _unique_planes((x,), wanted)


def _unique_complex(real: Value, imag: Value, wanted: tuple[str, ...]) -> Sequence[Value]:
    return _unique_planes((real, imag), wanted)


def _unique_planes(planes: Planes, wanted: tuple[str, ...]) -> Sequence[Value]:
    shape = planes[0].shape
    ordered, order = _ordered_planes(tuple(_flat(plane) for plane in planes))
    first, group = _groups(ordered)
    results = [ops.gather_elements(plane, first, 0) for plane in ordered]
    for fact in wanted:
        if fact == "indices":
            results.append(ops.gather_elements(order, first, 0))
        elif fact == "inverse_indices":
            inverse = ops.scatter_elements(order, order, group, 0)
            results.append(ops.reshape(inverse, shape))
        else:
            # of nothing: [0] - [] is []
            ends = (ops.slice_(first, (1,), (None,), (0,), (1,)), ops.size_value(product(shape)))
            results.append(ops.sub(ops.concat(ends, 0), first))
    return results


def _flat(x: Value) -> Value:
    return ops.reshape(x, (product(x.shape),))


# Membership


def _is_in(x1: Value, x2: Value, few: bool, invert: bool) -> Sequence[Value]:
    return (_is_in_planes((x1,), (x2,), few, invert),)


def _is_in_complex(
    real1: Value, imag1: Value, real2: Value, imag2: Value, few: bool, invert: bool
) -> Sequence[Value]:
    return (_is_in_planes((real1, imag1), (real2, imag2), few, invert),)


def _is_in_planes(x1: Planes, x2: Planes, few: bool, invert: bool) -> Value:
    result = _is_in_few(x1, x2) if few else _is_in_many(x1, x2)
    return ops.not_(result) if invert else result


def _is_in_few(x1: Planes, x2: Planes) -> Value:
    """Compare with each candidate."""
    rank = len(x1[0].shape)
    equal: Value | None = None
    for plane, candidates in zip(x1, x2, strict=True):
        same = ops.equal(ops.unsqueeze(plane, (rank,)), _flat(candidates))
        equal = same if equal is None else ops.and_(equal, same)
    assert equal is not None
    return ops.reduce_max(equal, (rank,))


def _is_in_many(x1: Planes, x2: Planes) -> Value:
    """Sort both together: a group of equals with a candidate in it begins with one."""
    candidates = product(x2[0].shape)
    both = tuple(ops.concat((_flat(b), _flat(a)), 0) for a, b in zip(x1, x2, strict=True))
    ordered, order = _ordered_planes(both)
    first, group = _groups(ordered)
    begins = ops.less(ops.gather_elements(order, first, 0), ops.size_value(candidates))
    found = ops.gather_elements(begins, group, 0)
    result = ops.scatter_elements(found, order, found, 0)
    own = ops.slice_values(
        result, ops.size_value(candidates), ops.ints(INT64_MAX), 0, product(x1[0].shape)
    )
    return ops.reshape(own, x1[0].shape)


# Search


def _searchsorted(x1: Value, x2: Value, side: str) -> Sequence[Value]:
    """Halve, for all elements at once, the part of `x1` that the answer is in.

    How long that part is does not depend on the data, so nothing is looked up out of range. NaN in
    `x1` is behind its `numbers` first elements; NaN in `x2` is beyond all numbers.
    """
    wanted = _flat(x2)
    size = ops.scalar_size(x1.shape[0])
    numbers = size
    nans: Value | None = None
    if x1.dtype.kind == "float":
        nans = ops.reduce("ReduceSum", ops.cast(ops.is_nan(x1), int64), (0,))
        numbers = ops.sub(size, nans)
    table, key = detour(x1, "Less"), detour(wanted, "Less")
    compare = ops.greater_or_equal if side == "left" else ops.greater

    def halve(_: Value, before: Value, length: Value) -> tuple[Value, Planes, Planes]:
        rest = ops.div(length, ops.scalar(2, int64))
        half = ops.sub(length, rest)
        probe = ops.add(before, half)
        beyond = ops.cast(compare(ops.gather_elements(table, probe, 0), key), int64)
        before = ops.sub(probe, ops.mul(beyond, half))
        return ops.scalar(True, bool_), (before, rest), ()

    powers = ops.ints(*(1 << bit for bit in range(63)))
    reached = ops.cast(ops.greater_or_equal(size, powers), int64)
    trips = ops.reduce("ReduceSum", reached, (0,))  # as many as `size` has bits
    start = ops.constant_of_shape(-1, int64, wanted.shape)  # the last element known to be before
    before = ops.loop(trips, (start, numbers), halve)[0]
    result = ops.add(before, ops.ints(1))
    if side == "right" and nans is not None:
        result = ops.add(result, ops.mul(ops.cast(ops.is_nan(wanted), int64), nans))
    return (ops.reshape(result, x2.shape),)
