"""Assignment: ``x[key] = new``.

No element is an operand of arithmetic, or the first operand of Where, so all bits are kept, including
the signs of zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from onnxp._src import ops
from onnxp._src.graph.values import Value
from onnxp._src.lowering.checks import nothing_of, with_checks
from onnxp._src.lowering.indexing.concat_slices import cut
from onnxp._src.lowering.indexing.getitem import get
from onnxp._src.lowering.indexing.keys import (
    NEW,
    Index,
    Key,
    Span,
    Tuples,
    fitted_mask,
    parse,
    single,
    stacked,
    tuples,
)
from onnxp._src.lowering.planes import Planes
from onnxp._src.runtime.evaluate import data_of
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import Shape, broadcast, is_zero, same_shape, shape_text
from onnxp.errors import BroadcastError


def put(planes: Planes, parts: tuple[Any, ...], new: Planes) -> Planes:
    """Return an array with the selected elements replaced; the parts of the key are those of `parse`.

    Raises
    ------
    IndexingError
        If the key does not match the shape.
    BroadcastError
        If `new` does not broadcast to the selection.
    """
    key = parse(parts, planes[0].shape)
    planes = tuple(ops.unsqueeze(x, key.lifted) for x in planes)
    rank = len(key.shape)
    advanced = bool(key.arrays or key.masks)
    windows = _windows(key, ints=not advanced)
    sizes = dict(enumerate(key.shape))
    for window in windows:
        sizes.update(window.sizes)
    mask = _fill_mask(key, new)
    layout, order = key.layout, list(range(rank))
    indices = tuples(key, ints=True) if advanced and mask is None else None
    if indices is not None:
        labels = list(range(rank, rank + len(indices.shape)))
        layout = [*key.layout[: key.block], *labels, *key.layout[key.block :]]
        sizes.update(zip(labels, indices.shape, strict=True))
        order = labels + [axis for axis in range(rank) if axis not in indices.axes]
    selection = tuple(1 if label == NEW else sizes[label] for label in layout)
    if mask is None:
        new = _fitted(new, selection)
    if any(map(is_zero, sizes.values())):
        planes = tuple(ops.squeeze(x, key.lifted) for x in planes)
        checks = list(_misfits(new[0].shape, selection)) if mask is None else []
        if new[0].trace is not None:
            checks.append(nothing_of(new[0]))
        if advanced or key.ints:
            checks.append(get(planes[:1], parts)[0])
        return tuple(with_checks(x, checks) for x in planes)
    if mask is not None:

        def inner(parts: Planes) -> Planes:
            return tuple(_fill(x, mask, y) for x, y in zip(parts, new, strict=True))

    else:
        shape = tuple(sizes[label] for label in order)
        updates = tuple(_arrange(y, layout, order, shape) for y in new)

        def inner(parts: Planes) -> Planes:
            if indices is None:
                return updates
            return tuple(_scatter(x, indices, y) for x, y in zip(parts, updates, strict=True))

    planes = _through(windows, planes, inner, needed=advanced)
    return tuple(ops.squeeze(x, key.lifted) for x in planes)


# Windows: the selected part of an axis


class _Leading(NamedTuple):
    """An index for each of the first axes."""

    indices: Value
    sizes: dict[int, Size]

    def pick(self, x: Value) -> Value:
        return ops.unsqueeze(ops.gather_nd(x, self.indices), tuple(range(1, len(self.sizes))))

    def put(self, x: Value, new: Value) -> Value:
        new = ops.squeeze(new, tuple(range(1, len(self.sizes))))
        return ops.scatter_nd(x, self.indices, new)


class _Range(NamedTuple):
    """A contiguous part of an axis."""

    axis: int
    start: Size
    stop: Size | None
    sizes: dict[int, Size]

    def pick(self, x: Value) -> Value:
        return self._slice(x, self.start, self.stop)

    def put(self, x: Value, new: Value) -> Value:
        start, stop = self.start, self.stop
        size = x.shape[self.axis]
        if type(size) is int and type(start) is int and type(stop) in _NUMBER:
            start, stop, _ = slice(start, stop).indices(size)
            before, behind = cut(x, self.axis, 0, start), cut(x, self.axis, stop, size)
            return ops.concat([*before, new, *behind], self.axis)
        pieces = [new]
        if type(start) is not int or start != 0:
            pieces.insert(0, self._slice(x, 0, start))
        if stop is not None:
            rest = x
            if _is_negative(start) == _is_negative(stop):
                stop = dims.maximum(start, stop)
            else:  # the order is not known: cut at the front, then at the back
                front, stop = (stop, start) if _is_negative(start) else (start, stop)
                rest = self._slice(x, front, None)
            pieces.append(self._slice(rest, stop, None))
        pieces = [piece for piece in pieces if not is_zero(piece.shape[self.axis])]
        y = ops.concat(pieces, self.axis)
        y.shape = x.shape
        return y

    def _slice(self, x: Value, start: Size, stop: Size | None) -> Value:
        return ops.slice_(x, (start,), (stop,), (self.axis,), (1,))


class _Picks(NamedTuple):
    """Indices of an axis."""

    axis: int
    indices: Value
    sizes: dict[int, Size]

    def pick(self, x: Value) -> Value:
        return ops.gather(x, self.indices, self.axis)

    def put(self, x: Value, new: Value) -> Value:
        order = (self.axis, *(i for i in range(len(x.shape)) if i != self.axis))
        indices = Tuples([self.axis], self.indices.shape, [self.indices], None)
        return _scatter(x, indices, ops.transpose(new, order))


_Window = _Leading | _Range | _Picks


def _windows(key: Key, *, ints: bool) -> list[_Window]:
    """Return the windows of the slices of a key, and with `ints` those of its integers, outermost first."""
    by_axis: dict[int, _Window] = {}
    for span in key.spans:
        window = _span_window(span, key.shape[span.axis])
        if window is not None:
            by_axis[span.axis] = window
    leading: list[Index] = []
    for axis, index in key.ints if ints else ():
        if axis == len(leading):
            leading.append(index)
        else:
            by_axis[axis] = _index_window(axis, index, key.shape[axis])
    windows = [by_axis[axis] for axis in sorted(by_axis)]
    if leading:
        indices = ops.unsqueeze(ops.vector(leading), (0,))
        windows.insert(0, _Leading(indices, dict.fromkeys(range(len(leading)), 1)))
    return windows


def _span_window(span: Span, size: Size) -> _Window | None:
    axis, start, stop, step = span
    length = ops.slice_length(size, start, stop, step)
    if type(step) is int and step == 1:
        if length is not None and dims.same(length, size):
            return None
        if type(size) is int and type(start) in _NUMBER and type(stop) in _NUMBER:
            first, last, _ = slice(start, stop).indices(size)
            return _Range(axis, first, max(first, last), {axis: max(last - first, 0)})
        if length is not None and not isinstance(start, Value) and not isinstance(stop, Value):
            return _Range(axis, 0 if start is None else start, stop, {axis: length})
    indices = ops.slice_(ops.iota(size), (start,), (stop,), (0,), (step,))
    return _Picks(axis, indices, {axis: indices.shape[0]})


_NUMBER = (int, type(None))


def _index_window(axis: int, index: Index, size: Size) -> _Window:
    if type(index) is int:
        least = dims.bounds(size)[0] or 0
        if -least <= index < least:
            return _Range(axis, index, None if index == -1 else index + 1, {axis: 1})
    return _Picks(axis, ops.vector([index]), {axis: 1})


def _is_negative(bound: Size) -> bool:
    low = dims.bounds(bound)[0]
    return low is None or low < 0


def _through(
    windows: list[_Window], planes: Planes, inner: Callable[[Planes], Planes], *, needed: bool
) -> Planes:
    """Apply `inner` to the intersection of all windows, and replace it by the result."""
    if not windows:
        return inner(planes)
    window, *rest = windows
    seen = tuple(window.pick(x) for x in planes) if rest or needed else ()
    new = _through(rest, seen, inner, needed=needed)
    return tuple(window.put(x, y) for x, y in zip(planes, new, strict=True))


# Masks and index arrays


def _scatter(x: Value, indices: Tuples, updates: Value) -> Value:
    """Replace elements at index tuples. The first axes of the updates are those of the tuples."""
    rank = len(x.shape)
    if rank == 1 and len(indices.shape) == 1:  # 2 ms for 1e6, ScatterND 3 (onnxruntime 1.32.0)
        return ops.scatter_elements(x, single(indices), updates, 0)
    order = (*indices.axes, *(axis for axis in range(rank) if axis not in indices.axes))
    y = ops.scatter_nd(ops.transpose(x, order), stacked(indices), updates)
    return ops.transpose(y, tuple(order.index(axis) for axis in range(rank)))


def _fill_mask(key: Key, new: Planes) -> Value | None:
    """Return the mask if the assignment is a Where with one number, whose sign is kept."""
    if key.arrays or key.ints or len(key.masks) != 1:
        return None
    if not all(type(size) is int and size == 1 for size in new[0].shape):
        return None
    if new[0].dtype.family == "float" and (
        new[0].trace is not None or any(y == 0 and np.signbit(y) for y in map(_item, new))
    ):
        return None
    axis, mask = key.masks[0]
    rank = len(mask.shape)
    covered = key.shape[axis : axis + rank]
    mask = fitted_mask(mask, covered)
    if not same_shape(mask.shape, covered):  # it may have a size of 0
        return None
    return ops.unsqueeze(mask, tuple(range(rank, len(key.shape) - axis)))


def _item(x: Value) -> Any:
    return data_of(x).reshape(())[()]


def _fill(x: Value, mask: Value, number: Value) -> Value:
    return ops.where(mask, ops.reshape(number, ()), x)


# Assigned values


def _fitted(new: Planes, selection: Shape) -> Planes:
    """Return what is assigned without leading axes of size 1 that the selection lacks.

    Raises
    ------
    BroadcastError
        If it does not broadcast to the selection.
    """
    shape = new[0].shape
    surplus = len(shape) - len(selection)
    if surplus > 0 and all(type(size) is int and size == 1 for size in shape[:surplus]):
        shape = shape[surplus:]
        new = tuple(ops.reshape(y, shape) for y in new)
    _check_broadcast(shape, selection)
    return new


def _misfits(shape: Shape, selection: Shape) -> Iterator[Value]:
    """Yield values without elements, of runs that fail unless a shape broadcasts to the selection's."""
    for size, other in zip(reversed(shape), reversed(selection), strict=False):
        if not (dims.same(size, other) or dims.same(size, 1)):
            misfit = (size - 1) * (size - other)
            yield ops.require_nothing(dims.minimum(dims.maximum(misfit, -misfit), 1))


def _may_hide(given: Shape, shape: Shape) -> bool:
    """Return whether one axis may be too long without a number of elements that tells, as another is empty."""
    before = len(shape) - len(given)
    differ = [
        before + i
        for i, size in enumerate(given)
        if dims.equal(size, 1) is not True and not same_shape((size,), (shape[before + i],))
    ]
    empty = [i for i, size in enumerate(shape) if (dims.bounds(size)[0] or 0) < 1]
    return any(i != k for i in differ for k in empty)


def _arrange(y: Value, layout: list[int], order: list[int], shape: Shape) -> Value:
    """Broadcast what is assigned to what the key selects, and bring its axes into another order.

    Parameters
    ----------
    y : Value
        One plane of it.
    layout : list of int
        The labels of the axes of the selection.
    order : list of int
        Labels of the axes of the result; those that the selection lacks have size 1.
    shape : tuple of sizes
        Of the result.
    """
    labels = layout[len(layout) - len(y.shape) :]
    y = ops.squeeze(y, tuple(i for i, label in enumerate(labels) if label == NEW))
    labels = [label for label in labels if label != NEW]
    if labels:
        ordered = sorted(labels, key=order.index)
        y = ops.transpose(y, tuple(labels.index(label) for label in ordered))
        behind = order[order.index(ordered[0]) :]
        y = ops.unsqueeze(y, tuple(i for i, label in enumerate(behind) if label not in labels))
    expanded = ops.expand(y, shape)
    if expanded is not y:
        # Expand would also broadcast in the other direction; the Reshape then fails, if there are elements.
        expanded.shape = broadcast(y.shape, shape)
        if _may_hide(y.shape, shape):
            return ops.require_shape(expanded, shape)
    return ops.reshape(expanded, shape)


def _check_broadcast(new_shape: Shape, selection: Shape) -> None:
    """Raise an error unless one shape broadcasts to the other, or may broadcast when the model runs."""
    fits = len(new_shape) <= len(selection) and all(
        dims.equal(size, target) is not False or dims.equal(size, 1) is not False
        for size, target in zip(reversed(new_shape), reversed(selection), strict=False)
    )
    if not fits:
        raise BroadcastError(
            f"assignment: an array of shape {shape_text(new_shape)} does not broadcast to the selection, "
            f"which has shape {shape_text(selection)}"
        )
