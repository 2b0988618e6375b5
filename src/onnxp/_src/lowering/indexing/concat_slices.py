"""Slices of the result of a Concat, taken from its inputs.

Otherwise, code that fills an array piece by piece would copy the whole array for each piece.
"""

from __future__ import annotations

from onnxp._src import ops
from onnxp._src.graph.values import Value


def cut(x: Value, axis: int, start: int, stop: int) -> list[Value]:
    """Return values whose concatenation is ``x[start:stop]`` along an axis, whose size is a number."""
    if start >= stop:
        return []
    x, start, stop = _beneath(x, axis, start, stop)
    if start == 0 and stop == x.shape[axis]:
        return [x]
    parts = _parts(x, axis)
    if parts is None:
        return [ops.slice_(x, (start,), (stop,), (axis,), (1,))]
    values: list[Value] = []
    position = 0
    for part in parts:
        size = int(part.shape[axis])
        values += cut(part, axis, max(start - position, 0), min(stop - position, size))
        position += size
    return values


def _parts(x: Value, axis: int) -> tuple[Value, ...] | None:
    """Return the inputs of a Concat along the axis, if all sizes along it are numbers."""
    node = x.node
    if node is None or node.op != "Concat" or node.attributes != (("axis", axis),):
        return None
    parts = [part for part in node.inputs if part is not None and type(part.shape[axis]) is int]
    return tuple(parts) if len(parts) == len(node.inputs) else None


def _beneath(x: Value, axis: int, start: int, stop: int) -> tuple[Value, int, int]:
    """Return the value of which `x` is a slice along the axis, and the position of the slice."""
    node = x.node
    if node is None or node.op != "Slice" or len(node.inputs) != 4:
        return x, start, stop
    whole, first, _, axes = node.inputs
    if whole is None or first is None or axes is None or first.data is None or axes.data is None:
        return x, start, stop
    if type(whole.shape[axis]) is not int or axes.data.tolist() != [axis] or first.data.size != 1:
        return x, start, stop
    offset, _, _ = slice(int(first.data[0]), None).indices(whole.shape[axis])
    return whole, start + offset, stop + offset
