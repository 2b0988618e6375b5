"""Operators that pick elements, or put them."""

from __future__ import annotations

from onnxp import dims
from onnxp.dims import Size
from onnxp.dtypes import int64
from onnxp.graph import Value, record
from onnxp.ops.constants import ints
from onnxp.ops.elementwise import detour
from onnxp.shapes import Shape, broadcast

INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1


def fresh_size(name: str, value: Value, axis: int) -> Size:
    """Return a new symbol for the size of a computed value, which is 0 or more."""
    return dims.dim(name, 0, origin=(value, axis))


def _sized(value: Value, axis: int, name: str) -> Value:
    """Give a value a fresh symbol along an axis."""
    size = fresh_size(name, value, axis)
    value.shape = (*value.shape[:axis], size, *value.shape[axis + 1 :])
    return value


def slice_length(size: Size, start: int | None, stop: int | None, step: int) -> Size:
    """Return the length of ``range(*slice(start, stop, step).indices(size))``."""
    if type(size) is int:
        return len(range(*slice(start, stop, step).indices(size)))

    def clamp(bound: int | None, default: Size, low: int, high: Size) -> Size:
        if bound is None:
            return default
        moved = bound + size if bound < 0 else bound
        return dims.minimum(dims.maximum(moved, low), high)

    if step > 0:
        first, last = clamp(start, 0, 0, size), clamp(stop, size, 0, size)
        return dims.floor_divide(dims.maximum(last - first, 0) + (step - 1), step)
    first, last = clamp(start, size - 1, -1, size - 1), clamp(stop, -1, -1, size - 1)
    return dims.floor_divide(dims.maximum(first - last, 0) + (-step - 1), -step)


def slice_(
    x: Value,
    starts: tuple[int | None, ...],
    stops: tuple[int | None, ...],
    axes: tuple[int, ...],
    steps: tuple[int, ...],
) -> Value:
    """Slice with Python's meaning of bounds."""
    shape = list(x.shape)
    begin: list[int] = []
    end: list[int] = []
    for start, stop, axis, step in zip(starts, stops, axes, steps, strict=True):
        shape[axis] = slice_length(x.shape[axis], start, stop, step)
        begin.append((0 if step > 0 else INT64_MAX) if start is None else _clip(start))
        end.append((INT64_MAX if step > 0 else INT64_MIN) if stop is None else _clip(stop))
    inputs: tuple[Value, ...] = (x, ints(*begin), ints(*end), ints(*axes))
    if any(step != 1 for step in steps):
        inputs = (*inputs, ints(*map(_clip, steps)))
    return record("Slice", inputs, x.dtype, tuple(shape))


def slice_values(x: Value, starts: Value, stops: Value, axis: int, length: Size) -> Value:
    """Slice of step 1 along one axis, with bounds that are values of shape (1,)."""
    shape = (*x.shape[:axis], length, *x.shape[axis + 1 :])
    return record("Slice", (x, starts, stops, ints(axis)), x.dtype, shape)


def _clip(number: int) -> int:
    return max(INT64_MIN, min(INT64_MAX, number))


def gather(x: Value, indices: Value, axis: int) -> Value:
    """Gather along an axis; indices of any rank, negative ones count from the end."""
    shape = (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])
    return record("Gather", (x, indices), x.dtype, shape, (("axis", axis),))


def gather_elements(x: Value, indices: Value, axis: int) -> Value:
    """GatherElements: one index for each element of the result."""
    return record("GatherElements", (x, indices), x.dtype, indices.shape, (("axis", axis),))


def gather_nd(x: Value, indices: Value, batch: int = 0) -> Value:
    """GatherND: the last axis of the indices holds one index tuple."""
    depth = indices.shape[-1]
    assert type(depth) is int
    shape = (*indices.shape[:-1], *x.shape[batch + depth :])
    return record("GatherND", (x, indices), x.dtype, shape, (("batch_dims", batch),) if batch else ())


def scatter_elements(x: Value, indices: Value, updates: Value, axis: int, reduction: str = "none") -> Value:
    """ScatterElements; of equal indices the last one wins."""
    attributes: tuple[tuple[str, object], ...] = (("axis", axis),)
    if reduction != "none":
        attributes += (("reduction", reduction),)
    return record("ScatterElements", (x, indices, updates), x.dtype, x.shape, attributes)


def scatter_nd(x: Value, indices: Value, updates: Value, reduction: str = "none") -> Value:
    """ScatterND; of equal indices the last one wins."""
    attributes = (("reduction", reduction),) if reduction != "none" else ()
    return record("ScatterND", (x, indices, updates), x.dtype, x.shape, attributes)


def compress(x: Value, mask: Value, axis: int) -> Value:
    """Compress: what a rank-1 mask selects along an axis."""
    y = record("Compress", (x, mask), x.dtype, x.shape, (("axis", axis),))
    return _sized(y, axis, "nonzero")


def non_zero(x: Value) -> Value:
    """NonZero: the index tuples of what is not zero, one row for each axis. Rank 1 at least."""
    y = record("NonZero", (detour(x, "NonZero"),), int64, (len(x.shape), 0))
    return _sized(y, 1, "nonzero")


def broadcast_indices(arrays: list[Value]) -> Shape:
    """Return the shape that index arrays broadcast to."""
    shape: Shape = ()
    for array in arrays:
        shape = broadcast(shape, array.shape, "indexing")
    return shape
