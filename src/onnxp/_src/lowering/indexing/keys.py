"""Parsing of index keys: the meaning of each part of ``x[key]``, checked as far as the shape is known."""

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
from onnxp._src.shapes.shape import Shape, broadcast_all, is_empty, is_zero, shape_text
from onnxp.errors import BroadcastError, IndexingError

NEW = -1
"""The label of a new axis in a layout. The labels of the axes of the array are their numbers."""

Index = int | Dim | Value
Part = Index | slice | None


class Span(NamedTuple):
    """A slice of one axis."""

    axis: int
    start: Bound | None
    stop: Bound | None
    step: Bound


class Key(NamedTuple):
    """A parsed key.

    Attributes
    ----------
    shape : tuple of sizes
        The shape of the array, with `lifted` axes.
    lifted : tuple of int
        Axes of size 1 to insert into the array, one for each mask of rank 0.
    spans : list of Span
        The slices that do not select a whole axis.
    ints : list of (axis, index)
        Integers, and values of rank 0.
    arrays : list of (axis, value)
        Integer arrays.
    masks : list of (axis, value)
        The masks, with the first axis that each covers.
    layout : list of int
        The axes of the result: the numbers of axes of the array, and `NEW`.
    block : int
        The position of the axes of the index arrays in the layout.
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
    """Parse a key for an array of `shape`.

    Parameters
    ----------
    parts : tuple
        The parts of the key: None, Ellipsis, int, Dim, Value, and slices of these.
    shape : tuple of sizes
        The shape of the array.

    Raises
    ------
    IndexingError
        If the key does not match the shape.
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
    ] = []  # the positions of integers, arrays and masks in the key and in the layout
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
    if arrays and not any(type(part) is Value and _selects_nothing(part) for part in parts):
        for axis, part in arrays:
            position = axis - sum(other < axis for other in lifted)
            check_array(part, shape[axis], position, "indexing")
    block = 0
    if places and places[-1][0] - places[0][0] == len(places) - 1:
        # otherwise they are the first axes, as in numpy
        block = places[0][1]
    return Key(shape, tuple(lifted), spans, ints, arrays, masks, layout, block)


def _rest(parts: tuple[Any, ...], shape: Shape) -> int:
    """Return the number of axes that an Ellipsis, or the end of the key, stands for."""
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
                "indexing: the bounds and the step of a slice must be integers or integer arrays of rank 0, "
                f"not {bound.dtype}{shape_text(bound.shape)}"
            )
    if step is None:
        step = 1
    elif type(step) is int and step == 0:
        raise IndexingError("indexing: the step of a slice must not be 0")
    return Span(axis, start, stop, step)


def _selects_nothing(part: Value) -> bool:
    """Return whether an index array or mask selects no elements; numpy then does not check other arrays."""
    if part.dtype is bool_:
        return part.data is not None and not part.data.any()
    return is_empty(part.shape)


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
    """Check the elements of an index array, if they and the size are known.

    Raises
    ------
    IndexingError
        If an element is out of range.
    """
    data = indices.data
    if data is None or type(size) is not int or not data.size:
        return
    low, high = int(data.min()), int(data.max())
    if low < -size or high >= size:
        raise _out_of_range(function, str(low if low < -size else high), size, axis)


def _out_of_range(function: str, index: str, size: Size, axis: int) -> IndexingError:
    allowed = "the axis is empty" if is_zero(size) else f"allowed are {-size} to {size - 1}"
    return IndexingError(
        f"{function}: index {index} is out of range for axis {axis} of size {size}; {allowed}"
    )


def _check_mask(mask: Value, shape: Shape, axis: int) -> None:
    covered = shape[axis : axis + len(mask.shape)]
    for size, target in zip(mask.shape, covered, strict=True):
        if dims.equal(size, target) is False and dims.equal(size, 0) is False:
            raise IndexingError(
                f"indexing: a mask of shape {shape_text(mask.shape)} does not fit the axes that it "
                f"covers, which have shape {shape_text(covered)}; sizes must be equal, or 0"
            )


# Index arrays


def as_index(indices: Value) -> Value:
    """Return integers in a dtype that Gather supports."""
    dtype = indices.dtype
    return indices if dtype is int64 or dtype is int32 else ops.to_int64(indices)


def index_value(index: Index) -> Value:
    """Return an integer as a value of rank 0."""
    return as_index(index) if type(index) is Value else ops.scalar_size(index)


def _checked(index: Index, size: Size) -> Value:
    """Return an integer as an index of an axis, of a run that fails where it is out of range.

    Indices that are not read, beside an array without elements, are not checked by the runtime.
    """
    least = dims.bounds(size)[0] or 0
    if type(index) is int and -least <= index < least:
        return ops.scalar(index, int64)
    return ops.gather(ops.iota(size), index_value(index), 0)


def fitted_mask(mask: Value, sizes: Shape) -> Value:
    """Return a mask whose sizes must be these or 0; the runtime checks those that are not known."""
    for axis, size in enumerate(sizes):
        count = mask.shape[axis]
        if dims.equal(count, size) is None:
            size = size * dims.minimum(count, 1)
            one = len(mask.shape) == 1
            mask = ops.reshape(mask, (size,)) if one else ops.require_size(mask, axis, size)
    return mask


def mask_size(mask: Value, *, evaluate: bool) -> int | None:
    """Return the number of elements that a mask selects, if its elements are known.

    With `evaluate`, masks that do not depend on arguments are evaluated.
    """
    if mask.trace is None and (mask.data is not None or evaluate):
        return int(np.count_nonzero(data_of(mask)))
    return None


class Tuples(NamedTuple):
    """The index arrays of a key, broadcast to a common shape.

    Attributes
    ----------
    axes : list of int
        The indexed axes, in ascending order.
    shape : tuple of sizes
        The broadcast shape.
    columns : list of Value
        The index arrays for each axis; empty if `rows` has them.
    rows : Value or None
        All index arrays, if they are the rows of one value.
    """

    axes: list[int]
    shape: Shape
    columns: list[Value]
    rows: Value | None


def tuples(key: Key, *, ints: bool) -> Tuples:
    """Return the arrays and masks of a key, and with `ints` also its integers."""
    columns = [(axis, as_index(array)) for axis, array in key.arrays]
    for axis, mask in key.masks:
        rank = len(mask.shape)
        rows = _mask_tuples(mask, key.shape[axis : axis + rank])
        if not key.arrays and len(key.masks) == 1 and not (ints and key.ints):
            return Tuples(list(range(axis, axis + rank)), rows.shape[1:], [], rows)
        for i in range(rank):
            columns.append((axis + i, ops.gather(rows, ops.scalar(i, int64), 0)))
    if ints:
        empty = any(dims.bounds(n)[0] == 0 for _, array in columns for n in array.shape)
        for axis, index in key.ints:
            value = _checked(index, key.shape[axis]) if empty else index_value(index)
            columns.append((axis, value))
    columns.sort(key=lambda column: column[0])
    try:
        shape = broadcast_all([indices.shape for _, indices in columns])
    except BroadcastError:
        shapes = ", ".join(shape_text(indices.shape) for _, indices in columns)
        raise IndexingError(
            f"indexing: index arrays of the shapes {shapes} do not broadcast; a mask has the shape of "
            "the indices of the elements that it selects"
        ) from None
    return Tuples([axis for axis, _ in columns], shape, [c for _, c in columns], None)


def single(indices: Tuples) -> Value:
    """Return the index array of a single axis."""
    return indices.columns[0] if indices.rows is None else ops.squeeze(indices.rows, (0,))


def stacked(indices: Tuples) -> Value:
    """Return index tuples along a new last axis, as GatherND and ScatterND take them."""
    if indices.rows is not None:
        return ops.transpose(indices.rows, (1, 0))
    last = len(indices.shape)
    if is_empty(indices.shape):
        # Optimizers may drop an Expand to a size of 0 (onnxruntime 1.32.0).
        return ops.constant_of_shape(0, int64, (*indices.shape, len(indices.columns)))
    pieces = [
        ops.unsqueeze(ops.expand(ops.cast(column, int64), indices.shape), (last,))
        for column in indices.columns
    ]
    return ops.concat(pieces, last)


def _mask_tuples(mask: Value, sizes: Shape) -> Value:
    """Return the indices of the true elements of a mask, a row for each of its axes."""
    size = mask_size(mask, evaluate=True)
    rows = ops.non_zero(fitted_mask(mask, sizes), size)
    if size is None:
        ops.selected_by(rows, 1, mask)
    return rows
