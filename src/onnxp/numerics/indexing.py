"""Indexing and assignment by keys of integers, slices, new axes, masks and integer arrays."""

from __future__ import annotations

from typing import Any

from onnxp import ops
from onnxp.errors import IndexingError
from onnxp.graph import Value
from onnxp.shapes import shape_text

Planes = tuple[Value, ...]


def get(planes: Planes, key: tuple[Any, ...]) -> Planes:
    """Return what a key selects; the key has ints, slices, None, Ellipsis, sizes and values."""
    return tuple(_get(plane, key) for plane in planes)


def put(planes: Planes, key: tuple[Any, ...], new: Planes) -> Planes:
    """Return the array with what a key selects replaced."""
    raise IndexingError("assignment is not there yet")


def _get(x: Value, key: tuple[Any, ...]) -> Value:
    rank = len(x.shape)
    used = sum(1 for k in key if k is not None and k is not Ellipsis)
    if used > rank:
        raise IndexingError(f"{used} indices for an array of shape {shape_text(x.shape)}")
    if Ellipsis not in key:
        key = (*key, Ellipsis)
    i = key.index(Ellipsis)
    key = (*key[:i], *(slice(None),) * (rank - used), *key[i + 1 :])
    slices: list[tuple[int | None, int | None, int, int]] = []
    taken: list[tuple[int, Value]] = []
    new_axes: list[int] = []
    axis = position = 0
    for part in key:
        if part is None:
            new_axes.append(position)
            position += 1
            continue
        if isinstance(part, slice):
            if part != slice(None):
                slices.append((part.start, part.stop, axis, part.step or 1))
            position += 1
        elif isinstance(part, int):
            taken.append((axis, ops.scalar(part, ops.ints(0).dtype)))
        else:
            taken.append((axis, part))
            position += len(part.shape)
        axis += 1
    if slices:
        starts, stops, axes, steps = zip(*slices, strict=True)
        x = ops.slice_(x, starts, stops, axes, steps)
    for axis, index in reversed(taken):
        x = ops.gather(x, index, axis)
    return ops.unsqueeze(x, tuple(new_axes))
