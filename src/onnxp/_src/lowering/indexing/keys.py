"""Index keys: what each part of ``x[key]`` selects, checked against the shape as far as that is known."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import bool_, int32, int64
from onnxp._src.graph.values import Value
from onnxp._src.ops.gather_scatter import Bound
from onnxp._src.ops.scalars import INT64_MAX, INT64_MIN
from onnxp._src.runtime.evaluate import data_of
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Dim, Size
from onnxp._src.shapes.shape import Shape, broadcast_all, shape_text
from onnxp.errors import BroadcastError, IndexingError

NEW = -1
"""The label of a new axis in a layout. The axes of the array are labelled by their numbers."""

Index = int | Dim | Value
Part = Index | slice | None


class Span(NamedTuple):
    """A slice of one axis."""

    axis: int
    start: Bound | None
    stop: Bound | None
    step: Bound


class Key(NamedTuple):
    """What a key selects.

    Attributes
    ----------
    shape : tuple of sizes
        Of the array, with `lifted` axes.
    lifted : tuple of int
        Axes of size 1 that the array gets first, one for each mask of rank 0.
    spans : list of Span
        The slices that do not take everything.
    ints : list of (axis, index)
        Integers, and values of rank 0.
    arrays : list of (axis, value)
        Integer arrays.
    masks : list of (axis, value)
        Masks, each with the first axis that it covers.
    layout : list of int
        The axes of the result: numbers of the array's axes, and `NEW`.
    block : int
        Where in the layout the axes of the index arrays go.
    """

    shape: Shape
    lifted: tuple[int, ...]
    spans: list[Span]
    ints: list[tuple[int, Index]]
    arrays: list[tuple[int, Value]]
    masks: list[tuple[int, Value]]
    layout: list[int]
    block: int


def parse(parts: tuple[Any, ...], shape: Shape) -> Key:
    """Return what a key selects from an array of `shape`.

    Parameters
    ----------
    parts : tuple
        Of None, Ellipsis, int, Dim, Value, and slices of those.
    shape : tuple of sizes
        Of the array.

    Raises
    ------
    IndexingError
        If the key does not go with the shape.
    """
    rest = _rest(parts, shape)
    lifted: list[int] = []
    spans: list[Span] = []
    ints: list[tuple[int, Index]] = []
    arrays: list[tuple[int, Value]] = []
    masks: list[tuple[int, Value]] = []
    layout: list[int] = []
    places: list[
        tuple[int, int]
    ] = []  # of integers, arrays and masks: in the key and in the layout
    axis = 0
    for position, part in enumerate(parts):
        if part is None:
            layout.append(NEW)
        elif part is Ellipsis:
            layout.extend(range(axis, axis + rest))
            axis += rest
        elif type(part) is slice:
            start, stop, step = part.start, part.stop, part.step
            if start is not None or stop is not None or step is not None:
                spans.append(_span(axis, start, stop, step))
            layout.append(axis)
            axis += 1
        else:
            places.append((position, len(layout)))
            if type(part) is not Value:
                _check_index(part, shape[axis - len(lifted)], axis - len(lifted))
                ints.append((axis, part))
            elif part.dtype is bool_:
                if not part.shape:
                    lifted.append(axis)
                    part = ops.reshape(part, (1,))
                else:
                    _check_mask(part, shape, axis - len(lifted))
                masks.append((axis, part))
                axis += len(part.shape) - 1
            elif part.shape:
                arrays.append((axis, part))
            else:
                ints.append((axis, part))
            axis += 1
    layout.extend(range(axis, len(shape) + len(lifted)))
    for axis in lifted:
        shape = (*shape[:axis], 1, *shape[axis:])
    if not any(type(part) is Value and _selects_nothing(part) for part in parts):
        for axis, part in arrays:
            own = axis - sum(other < axis for other in lifted)
            check_array(part, shape[axis], own, "indexing")
    block = 0
    if (
        places and places[-1][0] - places[0][0] == len(places) - 1
    ):  # else they go first, as in numpy
        block = places[0][1]
    return Key(shape, tuple(lifted), spans, ints, arrays, masks, layout, block)


def _rest(parts: tuple[Any, ...], shape: Shape) -> int:
    """Return how many axes an Ellipsis, or the end of the key, stands for."""
    used = ellipses = 0
    for part in parts:
        if part is Ellipsis:
            ellipses += 1
        elif type(part) is Value:
            if part.dtype.family not in ("int", "uint", "bool"):
                raise IndexingError(
                    f"indexing: an index array must be of an integer dtype or bool, not {part.dtype}"
                )
            used += len(part.shape) if part.dtype is bool_ else 1
        elif part is not None:
            used += 1
    if ellipses > 1:
        raise IndexingError("indexing: a key can have only one Ellipsis (...)")
    if used > len(shape):
        raise IndexingError(
            f"indexing: {used} indices are too many for an array of rank {len(shape)}, "
            f"shape {shape_text(shape)}"
        )
    return len(shape) - used


def _span(axis: int, start: Any, stop: Any, step: Any) -> Span:
    for bound in (start, stop, step):
        if type(bound) is Value and (bound.shape or bound.dtype.family not in ("int", "uint")):
            raise IndexingError(
                "indexing: a slice is made of integers and integer arrays of rank 0, "
                f"not of {bound.dtype}{shape_text(bound.shape)}"
            )
    if step is None:
        step = 1
    elif type(step) is int and step == 0:
        raise IndexingError("indexing: the step of a slice must not be 0")
    return Span(axis, start, stop, step)


def _selects_nothing(part: Value) -> bool:
    """Whether an index array or mask is known to select no element: numpy then checks no other array."""
    if part.dtype is bool_:
        return part.data is not None and not part.data.any()
    return any(type(size) is int and size == 0 for size in part.shape)


def _check_index(index: int | Dim, size: Size, axis: int) -> None:
    if type(index) is int and type(size) is int:
        if -size <= index < size:
            return
    elif type(index) is not int or INT64_MIN <= index <= INT64_MAX:
        above, below = dims.bounds(index - size)[0], dims.bounds(index + size)[1]
        if (above is None or above < 0) and (below is None or below >= 0):
            return
    raise _out_of_range("indexing", str(index), size, axis)


def check_array(indices: Value, size: Size, axis: int, function: str) -> None:
    """Check the numbers of an index array, if they and the size are at hand.

    Raises
    ------
    IndexingError
        If one is out of range.
    """
    data = indices.data
    if data is None or type(size) is not int or not data.size:
        return
    low, high = int(data.min()), int(data.max())
    if low < -size or high >= size:
        raise _out_of_range(function, str(low if low < -size else high), size, axis)


def _out_of_range(function: str, index: str, size: Size, axis: int) -> IndexingError:
    empty = type(size) is int and size == 0
    allowed = "the axis is empty" if empty else f"allowed are {-size} to {size - 1}"
    return IndexingError(
        f"{function}: index {index} is out of range for axis {axis} of size {size}; {allowed}"
    )


def _check_mask(mask: Value, shape: Shape, axis: int) -> None:
    covered = shape[axis : axis + len(mask.shape)]
    for size, wanted in zip(mask.shape, covered, strict=True):
        if dims.equal(size, wanted) is False and dims.equal(size, 0) is False:
            raise IndexingError(
                f"indexing: a mask of shape {shape_text(mask.shape)} does not fit the axes that it "
                f"covers, which have shape {shape_text(covered)}; sizes must be equal, or 0"
            )


# Index arrays


def as_index(indices: Value) -> Value:
    """Return integers in a dtype that Gather takes."""
    dtype = indices.dtype
    return indices if dtype is int64 or dtype is int32 else ops.to_int64(indices)


def index_value(index: Index) -> Value:
    """Return an integer as a value of rank 0."""
    return as_index(index) if type(index) is Value else ops.scalar_size(index)


def fitted_mask(mask: Value, sizes: Shape) -> Value:
    """Return a mask of which the runtime finds out whether it has these sizes, or 0, where that is open."""
    shape = mask.shape
    for axis, size in enumerate(sizes):
        if dims.equal(shape[axis], size) is None:
            wanted = size * dims.minimum(shape[axis], 1)
            shape = (*shape[:axis], wanted, *shape[axis + 1 :])
            mask = ops.reshape(mask, shape)
    return mask


def mask_size(mask: Value, *, evaluate: bool) -> int | None:
    """Return how many elements a mask selects if its elements are known.

    With `evaluate`, those that do not depend on arguments are.
    """
    if mask.trace is None and (mask.data is not None or evaluate):
        return int(np.count_nonzero(data_of(mask)))
    return None


class Tuples(NamedTuple):
    """Index arrays that go together.

    Attributes
    ----------
    axes : list of int
        The axes that they index, ascending.
    shape : tuple of sizes
        What they broadcast to.
    columns : list of Value
        An index array for each axis; none if `rows` has them.
    rows : Value or None
        All of them, if they are rows of one value.
    """

    axes: list[int]
    shape: Shape
    columns: list[Value]
    rows: Value | None


def tuples(key: Key, *, ints: bool) -> Tuples:
    """Return the arrays and masks of a key, and with `ints` its integers."""
    columns = [(axis, as_index(array)) for axis, array in key.arrays]
    for axis, mask in key.masks:
        rank = len(mask.shape)
        rows = _mask_tuples(mask, key.shape[axis : axis + rank])
        if not key.arrays and len(key.masks) == 1 and not (ints and key.ints):
            return Tuples(list(range(axis, axis + rank)), rows.shape[1:], [], rows)
        for i in range(rank):
            columns.append((axis + i, ops.gather(rows, ops.scalar(i, int64), 0)))
    if ints:
        columns.extend((axis, index_value(index)) for axis, index in key.ints)
    columns.sort(key=lambda column: column[0])
    try:
        shape = broadcast_all([indices.shape for _, indices in columns])
    except BroadcastError:
        shapes = ", ".join(shape_text(indices.shape) for _, indices in columns)
        raise IndexingError(
            f"indexing: index arrays of the shapes {shapes} do not broadcast; a mask counts as "
            "the indices of what it selects"
        ) from None
    return Tuples([axis for axis, _ in columns], shape, [c for _, c in columns], None)


def single(indices: Tuples) -> Value:
    """Return the index array of the only axis."""
    return indices.columns[0] if indices.rows is None else ops.squeeze(indices.rows, (0,))


def stacked(indices: Tuples) -> Value:
    """Return index tuples along a new last axis, as GatherND and ScatterND take them."""
    if indices.rows is not None:
        return ops.transpose(indices.rows, (1, 0))
    last = len(indices.shape)
    if any(type(size) is int and size == 0 for size in indices.shape):
        # Optimised, an Expand to a size of 0 may be dropped (onnxruntime 1.32.0).
        return ops.constant_of_shape(0, int64, (*indices.shape, len(indices.columns)))
    pieces = [
        ops.unsqueeze(ops.expand(ops.cast(column, int64), indices.shape), (last,))
        for column in indices.columns
    ]
    return ops.concat(pieces, last)


def _mask_tuples(mask: Value, sizes: Shape) -> Value:
    """Return where a mask is true: one row of indices for each of its axes."""
    size = mask_size(mask, evaluate=True)
    rows = ops.non_zero(fitted_mask(mask, sizes), size)
    if size is None:
        ops.selected_by(rows, 1, mask)
    return rows
