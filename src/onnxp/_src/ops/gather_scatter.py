"""Operators that select or replace elements: slices, gathers and scatters."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from onnxp._src.dtypes import bool_, int64, string, uint64
from onnxp._src.graph.record import record, record_many
from onnxp._src.graph.values import Value
from onnxp._src.ops.broadcasting import transposed_source
from onnxp._src.ops.elementwise import (
    add,
    and_,
    cast,
    detour,
    greater_or_equal,
    less,
    min_,
    or_,
    transposed,
    where,
)
from onnxp._src.ops.movement import concat, expand, reshape, unsqueeze
from onnxp._src.ops.origins import may_be_made_by
from onnxp._src.ops.scalars import INT64_MAX, INT64_MIN, ints, scalar
from onnxp._src.ops.sizes import iota, scalar_size, shape_of, size_value
from onnxp._src.shapes import dims
from onnxp._src.shapes.atoms import next_serial
from onnxp._src.shapes.dims import Dim, Size
from onnxp._src.shapes.shape import Shape, product

FAR = 2**31 - 2
"""A bound beyond the end of every axis, for slices with negative steps."""

Bound = int | Dim | Value
"""A bound or step of a slice; a value has rank 0 and an integer dtype."""


def _sized(value: Value, axis: int, name: str) -> Value:
    """Set the size of an axis to a new symbol of at least 0."""
    size = dims.dim(name, 0, origin=(value, axis))
    value.shape = (*value.shape[:axis], size, *value.shape[axis + 1 :])
    return value


def slice_length(size: Size, start: Bound | None, stop: Bound | None, step: Bound) -> Size | None:
    """Return the length of ``range(*slice(start, stop, step).indices(size))``.

    The length is None if it depends on values, or on the unknown sign of a bound.
    """
    plain = type(size) is int and type(step) is int
    if plain and type(start) in _PLAIN and type(stop) in _PLAIN:
        return len(range(*slice(start, stop, step).indices(size)))
    if type(step) is not int:
        return None
    start, stop = _near(start), _near(stop)
    stride: int = _near(step)
    if stride > 0:
        first, last = _clamp(start, 0, 0, size, size), _clamp(stop, size, 0, size, size)
    else:
        first, last = (
            _clamp(stop, -1, -1, size - 1, size),
            _clamp(start, size - 1, -1, size - 1, size),
        )
    if first is None or last is None:
        return None
    length = last - first
    if start is not None and stop is not None and not _in_order(start, stop, stride):
        length = dims.maximum(length, 0)
    stride = abs(stride)
    return dims.floor_divide(length + (stride - 1), stride)


def _in_order(start: Bound, stop: Bound, stride: int) -> bool:
    """Return whether a slice never ends before it begins: both bounds count from the same end."""
    if type(start) is not int or type(stop) is not int or (start < 0) != (stop < 0):
        return False
    return start <= stop if stride > 0 else stop <= start


_PLAIN = (int, type(None))


def _near(bound: Any) -> Any:
    """Return an equivalent bound or step for which int64 arithmetic does not overflow."""
    return max(-(2**48), min(2**48, bound)) if type(bound) is int else bound


def _clamp(bound: Bound | None, default: Size, low: int, high: Size, size: Size) -> Size | None:
    if bound is None:
        return default
    if isinstance(bound, Value):
        return None
    if type(bound) is int:
        moved = bound if bound >= 0 else bound + size
        inside = bound - low if bound >= 0 else -bound  # the smallest size that contains it
        if inside <= (dims.bounds(size)[0] or 0):
            return moved
        return dims.minimum(moved, high) if bound >= 0 else dims.maximum(moved, low)
    least, most = dims.bounds(bound)
    if least is not None and least >= 0:
        moved = bound
    elif most is not None and most < 0:
        moved = bound + size
    else:
        return None
    return dims.minimum(dims.maximum(moved, low), high)


def slice_(
    x: Value,
    starts: Sequence[Bound | None],
    stops: Sequence[Bound | None],
    axes: Sequence[int],
    steps: Sequence[Bound],
) -> Value:
    """Slice with the bounds of Python; return `x` itself if the slice selects everything."""
    shape = list(x.shape)
    begin: list[Bound] = []
    end: list[Bound] = []
    kept: list[int] = []
    strides: list[Bound] = []
    unknown: list[int] = []
    for start, stop, axis, step in zip(starts, stops, axes, steps, strict=True):
        size = shape[axis]
        length = slice_length(size, start, stop, step)
        if length is None:
            unknown.append(axis)
        elif type(step) is int and step == 1 and dims.same(length, size):
            continue
        else:
            shape[axis] = length
        if type(length) is int and length == 0:
            start = stop = 0
        begin.append(_bound(start, step, 0, INT64_MAX))
        end.append(_end(size, start, _bound(stop, step, INT64_MAX, INT64_MIN), step))
        kept.append(axis)
        strides.append(step)
    if not kept:
        return x
    inputs = [x, _bounds(begin), _bounds(end), ints(*kept)]
    if any(type(step) is not int or step != 1 for step in strides):
        inputs.append(_bounds(strides))
    y = record("Slice", tuple(inputs), x.dtype, tuple(shape))
    for axis in unknown:
        _sized(y, axis, "length")
    return y


def _bound(bound: Bound | None, step: Bound, forward: int, backward: int) -> Bound:
    if bound is not None:
        return bound
    if type(step) is int:
        return forward if step > 0 else backward
    down, up = scalar(backward, int64), scalar(forward, int64)
    return where(less(_number(step), scalar(0, int64)), down, up)


def _end(size: Size, start: Bound | None, end: Bound, step: Bound) -> Bound:
    """Convert the end of a slice from Python's meaning to that of Slice."""
    if type(step) is int and step > 0:
        return end
    # Backwards, the largest int32 and int64 mean "to the first element" (onnxruntime 1.20.1 to 1.32.0).
    if isinstance(end, Value):
        end = min_(to_int64(end), scalar(FAR, int64))
    elif type(end) is int:
        end = min(end, FAR)
    # Slice moves a start before the first element to the first element; Python selects nothing.
    if start is None:
        return end
    if not isinstance(start, Value):
        least = dims.bounds(start)[0]
        inside = dims.bounds(start + size)[0]
        if (least is not None and least >= 0) or (inside is not None and inside >= 0):
            return end
    before = less(_number(start), scalar_size(-size))
    if type(step) is not int:
        before = and_(before, less(_number(step), scalar(0, int64)))
    return where(before, scalar(FAR, int64), _number(end))


def _number(bound: Bound) -> Value:
    """Return a bound as an int64 value of rank 0."""
    if isinstance(bound, Value):
        return to_int64(bound)
    return scalar(_clip(bound), int64) if type(bound) is int else scalar_size(bound)


def _bounds(numbers: list[Bound]) -> Value:
    """Return bounds or steps as one value."""
    try:
        return vector(numbers)
    except OverflowError:
        return vector([_clip(n) if type(n) is int else n for n in numbers])


def _clip(number: int) -> int:
    return max(INT64_MIN, min(INT64_MAX, number))


def vector(numbers: Sequence[Bound]) -> Value:
    """Return integers, sizes and values of rank 0 as one int64 value of rank 1."""
    pieces: list[Value] = []
    run: list[int] = []
    for number in numbers:
        if type(number) is int:
            run.append(number)
            continue
        if run:
            pieces.append(ints(*run))
            run = []
        if isinstance(number, Value):
            pieces.append(reshape(to_int64(number), (1,)))
        else:
            pieces.append(size_value(number))
    if run:
        pieces.append(ints(*run))
    if len(pieces) == 1:
        return pieces[0]
    return record("Concat", tuple(pieces), int64, (len(numbers),), (("axis", 0),))


def to_int64(x: Value) -> Value:
    """Cast integers to int64; integers that are too large become the largest int64."""
    if x.dtype is uint64:  # Cast would wrap to a negative number
        x = min_(x, scalar(INT64_MAX, uint64))
    return cast(x, int64)


def slice_values(x: Value, starts: Value, stops: Value, axis: int, length: Size) -> Value:
    """Slice of step 1 along one axis, with bounds that are values of shape (1,)."""
    shape = (*x.shape[:axis], length, *x.shape[axis + 1 :])
    return record("Slice", (x, starts, stops, ints(axis)), x.dtype, shape)


def gather(x: Value, indices: Value, axis: int) -> Value:
    """Gather along an axis; indices of any rank, negative ones count from the end."""
    shape = (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])
    if x.dtype is string and len(x.shape) > 1:
        # Of a row of strings Gather takes the first (onnxruntime 1.20.1 to 1.32.0).
        before, behind = x.shape[:axis], x.shape[axis + 1 :]
        count = product(indices.shape)
        if _may_be_empty((*before, *behind)):
            indices = _in_range(indices, x.shape[axis])
        places = reshape(indices, (*(1,) * len(before), count, *(1,) * len(behind)))
        taken = gather_elements(x, expand(places, (*before, count, *behind)), axis)
        return reshape(taken, shape)
    source = transposed_source(x) if axis == 1 and len(indices.shape) == 1 else None
    if source is not None and indices.trace is None:
        return transposed(gather(source, indices, 0))
    return record("Gather", (x, apart_from_range(indices)), x.dtype, shape, (("axis", axis),))


def _is_identity(table: np.ndarray[Any, Any]) -> bool:
    if table.ndim != 1 or table.dtype.kind != "i" or table.size > _LARGEST_TABLE:
        return False
    return bool((table == np.arange(table.size)).all())


_LARGEST_TABLE = 1024


def _are_indices(x: Value, size: int) -> bool:
    """Return whether integers are certainly indices of a table: the place of a maximum, or truth values."""
    node = x.node
    if node is None or x.data is not None or len(x.shape) != 1 or node.inputs[0] is None:
        return False
    source = node.inputs[0]
    if node.op == "Cast":
        return source.dtype is bool_ and size >= 2
    if node.op not in ("ArgMax", "ArgMin"):
        return False
    searched = source.shape[int(dict(node.attributes)["axis"])]
    return type(searched) is int and searched <= size


def apart_from_range(indices: Value) -> Value:
    """Return indices which optimisers do not see come from Range: "ranges of indices" in `runtime_bugs`."""
    if indices.data is not None or len(indices.shape) != 1 or not may_be_made_by(indices, "Range"):
        return indices
    return record("Reshape", (indices, ints(-1)), indices.dtype, indices.shape)


def gather_elements(x: Value, indices: Value, axis: int) -> Value:
    """GatherElements, with one index for each element of the result.

    From a table of its own indices, as labels often are, these are the result.
    """
    if x.data is not None and _is_identity(x.data) and _are_indices(indices, x.data.size):
        return cast(indices, x.dtype)
    return record("GatherElements", (x, indices), x.dtype, indices.shape, (("axis", axis),))


def gather_nd(x: Value, indices: Value, batch: int = 0) -> Value:
    """GatherND; the last axis of the indices holds an index tuple."""
    depth = indices.shape[-1]
    assert type(depth) is int
    shape = (*indices.shape[:-1], *x.shape[batch + depth :])
    checked = tuples_in_range(x, indices, batch)
    return record(
        "GatherND", (x, checked), x.dtype, shape, (("batch_dims", batch),) if batch else ()
    )


def tuples_in_range(x: Value, indices: Value, batch: int = 0) -> Value:
    """Return index tuples for GatherND, for which the run fails if there is no such element.

    Kernels do not check indices for arrays without elements: "indices into empty arrays" in `runtime_bugs`.
    """
    depth = indices.shape[-1]
    if type(depth) is not int or not _may_be_empty(x.shape):
        return indices
    last = len(indices.shape) - 1
    columns = (gather(indices, scalar(i, int64), last) for i in range(depth))
    pairs = zip(columns, x.shape[batch:], strict=False)
    checked = [unsqueeze(_in_range(column, size), (last,)) for column, size in pairs]
    return concat(checked, last) if checked else indices


def require_below(indices: Value, count: Value) -> Value:
    """Return indices, for which the run fails if one is below 0, or not below a count."""
    beyond = or_(less(indices, scalar(0, int64)), greater_or_equal(indices, count))
    zero = gather(ints(0), cast(beyond, int64), 0)  # which has no element 1
    return add(indices, zero)


def require_zeros(x: Value, *rests: Value) -> Value:
    """Return `x`, for which the run fails where an integer of rank 0 is not 0."""
    sizes = shape_of(x)
    for rest in rests:
        sizes = add(sizes, require_below(rest, scalar(1, int64)))
    return record("Reshape", (x, sizes), x.dtype, x.shape, (("allowzero", 1),))


def _may_be_empty(shape: Shape) -> bool:
    return any((dims.bounds(size)[0] or 0) < 1 for size in shape)


def _in_range(indices: Value, size: Size) -> Value:
    """Return indices of an axis, counted from its start; the run fails if there is no such element."""
    return gather(iota(size), indices, 0)


def scatter_elements(
    x: Value, indices: Value, updates: Value, axis: int, reduction: str = "none"
) -> Value:
    """ScatterElements; for equal indices the last update is used."""
    attributes: tuple[tuple[str, object], ...] = (("axis", axis),)
    if reduction != "none":
        attributes += (("reduction", reduction),)
    return record("ScatterElements", (x, indices, updates), x.dtype, x.shape, attributes)


def scatter_nd(x: Value, indices: Value, updates: Value, reduction: str = "none") -> Value:
    """ScatterND; for equal indices the last update is used."""
    attributes = (("reduction", reduction),) if reduction != "none" else ()
    return record("ScatterND", (x, indices, updates), x.dtype, x.shape, attributes)


def compress(x: Value, mask: Value, axis: int | None, size: Size | None = None) -> Value:
    """Compress: select elements along an axis, or of the flattened array, by a mask of rank 1.

    A mask that is too short selects no elements beyond its end, so callers must check its length. `size`
    is the length of the result, if it is known.
    """
    place = axis or 0
    rest: Shape = () if axis is None else x.shape[:axis]
    # an unknown size is set below
    length = 0 if size is None else size
    shape = (*rest, length, *(() if axis is None else x.shape[axis + 1 :]))
    y = record("Compress", (x, mask), x.dtype, shape, () if axis is None else (("axis", axis),))
    return _sized(y, place, "nonzero") if size is None else y


def non_zero(x: Value, size: Size | None = None) -> Value:
    """NonZero: the indices of elements that are not zero, a row for each axis. The rank must be at least 1.

    `size` is the number of these elements, if it is known.
    """
    y = record(
        "NonZero", (detour(x, "NonZero"),), int64, (len(x.shape), 0 if size is None else size)
    )
    return _sized(y, 1, "nonzero") if size is None else y


def unique_text(x: Value) -> tuple[Value, Value, Value, Value]:
    """Record Unique of strings of rank 1: values in the order of code points, indices, inverse and counts.

    It must not be used for floats, where NaN equals every number (onnxruntime 1.20.1 to 1.32.0).
    """
    types = [(x.dtype, (0,)), (int64, (0,)), (int64, x.shape), (int64, (0,))]
    values, first, inverse, counts = record_many("Unique", (x,), types, (("sorted", 1),))
    _sized(values, 0, "unique")
    first.shape = counts.shape = values.shape
    return values, first, inverse, counts


_serials: weakref.WeakKeyDictionary[Value, int] = weakref.WeakKeyDictionary()


def selected_by(y: Value, axis: int, mask: Value) -> None:
    """Record that the size of an axis is the number of elements that a mask selects.

    All selections by this mask then have the same symbolic size.
    """
    serial = _serials.get(mask)
    if serial is None:
        serial = _serials[mask] = next_serial()
    size = dims.dim("nonzero", 0, origin=(y, axis), serial=serial)
    y.shape = (*y.shape[:axis], size, *y.shape[axis + 1 :])
