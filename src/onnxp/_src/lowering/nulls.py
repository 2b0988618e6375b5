"""Nulls: the plane of nullable arrays that tells which elements are null, and elements in place of null ones.

What is stored under a null has no meaning, and may be anything. A plane without nulls that is known when the
graph is recorded is recognized (`is_none`), so that nothing is computed for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from onnxp._src import ops
from onnxp._src.dtypes import DType, bool_, int64, string
from onnxp._src.graph.values import Value
from onnxp._src.lowering.planes import Planes
from onnxp._src.shapes.shape import Shape, same_shape

_LARGEST_CONSTANT = 2**16  # elements
_DEEPEST = 100
_MOVES = frozenset(
    "Compress Expand Gather GatherElements GatherND Identity Reshape Slice Squeeze Tile Transpose Trilu "
    "Unsqueeze".split()
)
"""Operators whose results are elements of their first input, or False."""
_JOINS = frozenset("Concat Or ScatterElements ScatterND".split())
"""Operators whose results are true only if an element of an input is."""


def none(shape: Shape) -> Value:
    """Return the plane of an array of a shape that has no nulls."""
    return ops.constant_of_shape(False, bool_, shape)


def is_none(null: Value, depth: int = _DEEPEST) -> bool:
    """Return whether a plane is known to have no nulls."""
    if null.data is not None:
        return null.data.size <= _LARGEST_CONSTANT and not null.data.any()
    node = null.node
    if node is None or depth == 0 or null.dtype is not bool_:
        return False
    if node.op == "ConstantOfShape":
        return not any(dict(node.attributes)["value"][2])
    inputs = [x for x in node.inputs if x is not None and x.dtype is bool_]
    if node.op in _MOVES:
        return is_none(inputs[0], depth - 1)
    if node.op == "And":
        return any(is_none(x, depth - 1) for x in inputs)
    if node.op in _JOINS:
        return all(is_none(x, depth - 1) for x in inputs)
    return False


def either(planes: Sequence[Value], shape: Shape) -> Value:
    """Return where any of several planes is null, in the shape that they broadcast to."""
    some = list(dict.fromkeys(plane for plane in planes if not is_none(plane)))
    if not some:
        return none(shape)
    result = reduce(ops.or_, some)
    return result if same_shape(result.shape, shape) else ops.expand(result, shape)


def selected(condition: Value, a: Value, b: Value, shape: Shape) -> Value:
    """Return the plane of ``where(condition, x, y)`` for the planes of x and y."""
    if is_none(a) and is_none(b):
        return none(shape)
    if is_none(a):
        result = ops.and_(ops.not_(condition), b)
    elif is_none(b):
        result = ops.and_(condition, a)
    else:
        result = ops.where(condition, a, b)
    return ops.expand(result, shape)


def blank(dtype: DType) -> Value:
    """Return what outputs have under a null: 0, False or empty text."""
    return ops.scalar("" if dtype is string else 0, dtype)


def blanked(planes: Planes) -> Planes:
    """Return the planes of an array with nothing but blanks under nulls."""
    *values, null = planes
    if values[0].dtype is bool_:
        return mask(values[0], null), null
    return *filled(values, null, [blank(value.dtype) for value in values]), null


def filled(values: Sequence[Value], null: Value, numbers: Sequence[Value]) -> Planes:
    """Return the planes of elements with others in place of null ones."""
    if is_none(null):
        return tuple(values)
    return tuple(ops.where(null, y, x) for x, y in zip(values, numbers, strict=True))


def required(values: Sequence[Value], null: Value) -> Planes:
    """Return the planes of elements; the run fails if one of them is null."""
    if is_none(null):
        return tuple(values)
    zero = ops.gather(ops.ints(0), ops.cast(null, int64), 0)  # which has no element 1
    never = ops.cast(zero, bool_)
    return tuple(ops.where(never, blank(value.dtype), value) for value in values)


def mask(value: Value, null: Value) -> Value:
    """Return truth values, in which null ones count as false."""
    return value if is_none(null) else ops.and_(value, ops.not_(null))


# Kleene's logic: what is unknown does not matter if the other operand decides


def kleene_and(a: Value, a_null: Value, b: Value, b_null: Value, shape: Shape) -> Value:
    """Return where ``a & b`` is null: where an operand is, and the other one is not false."""
    return _undecided(a, a_null, b, b_null, shape)


def kleene_or(a: Value, a_null: Value, b: Value, b_null: Value, shape: Shape) -> Value:
    """Return where ``a | b`` is null: where an operand is, and the other one is not true."""
    return _undecided(ops.not_(a), a_null, ops.not_(b), b_null, shape)


def _undecided(a: Value, a_null: Value, b: Value, b_null: Value, shape: Shape) -> Value:
    parts = []
    if not is_none(a_null):
        parts.append(ops.and_(a_null, b))
    if not is_none(b_null):
        parts.append(ops.and_(b_null, a))
    if len(parts) == 2:
        parts.append(ops.and_(a_null, b_null))
    return either(parts, shape)


KLEENE: dict[str, Any] = {
    "bitwise_and": kleene_and,
    "bitwise_or": kleene_or,
    "logical_and": kleene_and,
    "logical_or": kleene_or,
}
"""Where the results of functions of truth values are null, if not where an operand is."""
