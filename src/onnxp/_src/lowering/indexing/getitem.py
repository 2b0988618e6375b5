"""Indexing: ``x[key]``, and selection by integer arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onnxp._src import ops
from onnxp._src.dtypes import int64
from onnxp._src.graph.values import Value
from onnxp._src.lowering.indexing.concat_slices import cut
from onnxp._src.lowering.indexing.keys import (
    NEW,
    Key,
    as_index,
    fitted_mask,
    index_value,
    mask_size,
    parse,
    stacked,
    tuples,
)
from onnxp._src.lowering.planes import Planes
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import Shape, broadcast, product

MANY = 4096
"""The number of indices from which on GatherElements with two Reshapes is faster than Gather."""


def get(planes: Planes, parts: tuple[Any, ...]) -> Planes:
    """Return the elements that a key selects; its parts are those of `parse`.

    Raises
    ------
    IndexingError
        If the key does not match the shape.
    """
    key = parse(parts, planes[0].shape)
    if key.lifted:
        planes = tuple(ops.unsqueeze(x, key.lifted) for x in planes)
    labels = list(range(len(key.shape)))
    planes = _basic(planes, key, labels)
    layout = key.layout
    if key.arrays or key.masks:
        planes, block = _advanced(planes, key, labels)
        layout = [*layout[: key.block], *block, *layout[key.block :]]
        order = tuple(labels.index(label) for label in layout if label != NEW)
        planes = tuple(ops.transpose(x, order) for x in planes)
    if NEW not in layout:
        return planes
    new = tuple(i for i, label in enumerate(layout) if label == NEW)
    return tuple(ops.unsqueeze(x, new) for x in planes)


def _basic(planes: Planes, key: Key, labels: list[int]) -> Planes:
    """Apply slices and integers; remove the axes of the integers from the labels.

    Leading integers are applied first, because they select contiguous memory. Others are applied last, after
    slices have made the array smaller.
    """
    ints = key.ints
    leading = 0
    while leading < len(ints) and ints[leading][0] == leading and type(ints[leading][1]) is int:
        leading += 1
    if leading > 1:
        indices = ops.vector([index for _, index in ints[:leading]])
        planes = tuple(ops.gather_nd(x, indices) for x in planes)
        del labels[:leading]
    elif leading:
        planes = _pick(planes, ints[0][1], labels, 0)
    if key.spans:
        axes, starts, stops, steps = zip(*key.spans, strict=True)
        where = tuple(map(labels.index, axes))
        planes = tuple([_slice(x, starts, stops, where, steps) for x in planes])
    for axis, index in ints[leading:]:
        planes = _pick(planes, index, labels, labels.index(axis))
    return planes


def _slice(
    x: Value, starts: Sequence[Any], stops: Sequence[Any], axes: Sequence[int], steps: Sequence[Any]
) -> Value:
    if x.node is not None and x.node.op == "Concat" and len(axes) == 1 and steps == (1,):
        size, plain = x.shape[axes[0]], (int, type(None))
        if type(size) is int and type(starts[0]) in plain and type(stops[0]) in plain:
            first, last, _ = slice(starts[0], stops[0]).indices(size)
            if first < last:
                return ops.concat(cut(x, axes[0], first, last), axes[0])
    return ops.slice_(x, starts, stops, axes, steps)


def _pick(planes: Planes, index: Any, labels: list[int], position: int) -> Planes:
    del labels[position]
    value = ops.scalar(index, int64) if type(index) is int else index_value(index)
    return tuple([ops.gather(x, value, position) for x in planes])


def _advanced(planes: Planes, key: Key, labels: list[int]) -> tuple[Planes, list[int]]:
    """Apply masks and index arrays; return the labels of the axes that replace the indexed ones."""
    first = len(key.shape)
    if not key.arrays and len(key.masks) == 1:
        axis, mask = key.masks[0]
        position = labels.index(axis)
        labels[position : position + len(mask.shape)] = [first]
        return _compress(planes, mask, position), [first]
    if not key.masks and len(key.arrays) == 1:
        axis, indices = key.arrays[0]
        position = labels.index(axis)
        block = list(range(first, first + len(indices.shape)))
        labels[position : position + 1] = block
        return take(planes, indices, position), block
    together = tuples(key, ints=False)
    positions = [labels.index(axis) for axis in together.axes]
    others = [i for i in range(len(labels)) if i not in positions]
    order = (*positions, *others)
    block = list(range(first, first + len(together.shape)))
    labels[:] = block + [labels[i] for i in others]
    indices = stacked(together)
    return tuple(ops.gather_nd(ops.transpose(x, order), indices) for x in planes), block


def _compress(planes: Planes, mask: Value, position: int) -> Planes:
    """Select elements by a mask that covers the axes from `position` on."""
    shape = planes[0].shape
    rank = len(mask.shape)
    covered = shape[position : position + rank]
    size: Size | None = mask_size(mask, evaluate=planes[0].trace is not None)
    flat = fitted_mask(mask, covered)
    axis: int | None = position
    if rank > 1:
        flat = ops.reshape(flat, (product(flat.shape),))
        if rank == len(shape):
            axis = None
        else:
            rows = (*shape[:position], product(covered), *shape[position + rank :])
            planes = tuple(ops.reshape(x, rows) for x in planes)
    results = [ops.compress(planes[0], flat, axis, size)]
    if size is None:
        ops.selected_by(results[0], position, mask)
        size = results[0].shape[position]
    results.extend(ops.compress(x, flat, axis, size) for x in planes[1:])
    return tuple(results)


def take(planes: Planes, indices: Value, axis: int) -> Planes:
    """Return the elements of one axis at indices of rank 1 or more."""
    indices = as_index(indices)
    shape = indices.shape
    if len(planes[0].shape) > 1:
        return tuple(ops.gather(x, indices, axis) for x in planes)
    # For 1e6 elements: GatherElements 2 ms, Gather 33 ms (onnxruntime 1.32.0).
    if len(shape) == 1:
        return tuple(ops.gather_elements(x, indices, 0) for x in planes)
    count = product(shape)
    if type(count) is not int or count < MANY:
        return tuple(ops.gather(x, indices, 0) for x in planes)
    flat = ops.reshape(indices, (count,))
    return tuple(ops.reshape(ops.gather_elements(x, flat, 0), shape) for x in planes)


def take_along_axis(planes: Planes, indices: Value, axis: int) -> Planes:
    """Return elements along an axis, with an index for each of them; the other axes broadcast.

    Raises
    ------
    BroadcastError
        If the other axes do not broadcast.
    """
    indices = as_index(indices)
    shape, index_shape = planes[0].shape, indices.shape
    rest = broadcast(_without(shape, axis), _without(index_shape, axis), "take_along_axis")
    indices = ops.expand(indices, (*rest[:axis], index_shape[axis], *rest[axis:]))
    full = (*rest[:axis], shape[axis], *rest[axis:])
    return tuple(ops.gather_elements(ops.expand(x, full), indices, axis) for x in planes)


def _without(shape: Shape, axis: int) -> Shape:
    return (*shape[:axis], *shape[axis + 1 :])
