"""The origins of a value: equal values by which optimizers may replace it.

Some errors of runtimes depend on which node reads which. A recipe that separates two nodes must
ignore all nodes between them that an optimizer removes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from onnxp._src.dtypes import int64
from onnxp._src.graph.record import record
from onnxp._src.graph.values import FREE, Function, LinkedModel, Node, Value, constant

MOST_SEARCHED = 100

_REMOVED = frozenset(
    "Cast Expand Identity If Pad Reshape Slice Squeeze Transpose Unsqueeze".split()
)
"""Operators that optimisers drop where the result is the input, or move."""
_NEUTRAL = {"Add": 0, "Sub": 0, "Mul": 1, "Div": 1}
"""Operators that optimisers drop if an operand is a constant that changes nothing."""


def origins(x: Value) -> Iterator[Value]:
    """Yield a value and those that may be put in its place, at most `MOST_SEARCHED`."""
    if x.data is not None or x.node is None:
        yield x
        return
    stack = [x]
    seen: set[Value] = set()
    while stack and len(seen) < MOST_SEARCHED:
        value = stack.pop()
        if value in seen:
            continue
        seen.add(value)
        yield value
        if value.node is not None and value.data is None:
            stack.extend(_sources(value, value.node))


def _sources(value: Value, node: Node) -> Iterator[Value]:
    inputs = [source for source in node.inputs if source is not None]
    if isinstance(node.op, Function):  # runtimes write it inline
        yield node.op.outputs[value.index]
        yield from inputs
    elif node.op in _REMOVED:
        cast = node.op == "Cast"
        yield from (source for source in inputs if cast or source.dtype is value.dtype)
        yield from (body.outputs[value.index] for _, body in node.bodies)
    elif changes_nothing(node):
        yield from inputs


def changes_nothing(node: Node) -> bool:
    """Return whether an operand is a constant that changes nothing, for which optimisers drop the node."""
    neutral = _NEUTRAL.get(node.op) if isinstance(node.op, str) else None
    return neutral is not None and any(_is_all(x, neutral) for x in node.inputs if x is not None)


def _is_all(x: Value, number: int) -> bool:
    if x.data is None or x.data.size != 1:
        return False
    value = x.data.item()
    return -2 < value < 2 and bool(np.float32(value) == number)


_UNCHANGING = {"bool": "Or", "int": "BitwiseOr", "uint": "BitwiseOr", "float": "Max"}


def unchanged(x: Value) -> Value:
    """Return a copy of numbers that optimisers take for another value."""
    assert x.node is not None
    node = Node(_UNCHANGING[x.dtype.family], (x, x), (), 2, x.node.source, x.node.scope)
    return Value(x.dtype, x.shape, node, 0, x.trace, x.depth + 1)


def is_cast_back(x: Value) -> bool:
    """Return whether a value may be cast to its dtype from another to which it was cast.

    Runtimes remove both casts, but forget that a subgraph reads what they gave: "casts outside of branches"
    in `runtime_bugs`.
    """
    if (
        x.node is None
        or x.node.op != "Cast"
        or x.data is not None
        or x.dtype.family not in _UNCHANGING
    ):
        return False
    return any(v is not x and v.dtype is x.dtype for v in origins(x))


def may_be_made_by(x: Value, operator: str) -> bool:
    """Return whether an operator may compute a value after optimizations. A linked model may contain any."""
    if x.data is not None or x.node is None:
        return False
    for value in origins(x):
        node = value.node
        if node is not None and (node.op == operator or isinstance(node.op, LinkedModel)):
            return True
    return False


def may_be_truncated(x: Value) -> bool:
    """Return whether integers may be floats that were truncated: "truncated truth" in `runtime_bugs`."""
    for value in origins(x):
        node = value.node
        if node is None or value.data is not None:
            continue
        source = node.inputs[0] if node.op == "Cast" else None
        if isinstance(node.op, LinkedModel) or (source and source.dtype.family == "float"):
            return True
    return False


_BEHIND = frozenset((*_REMOVED, *_NEUTRAL))


def is_reciprocal(x: Value) -> bool:
    """Return whether a value may be 1 divided by another: "products of reciprocals" in `runtime_bugs`."""
    node = x.node
    if node is None or x.data is not None or (isinstance(node.op, str) and node.op not in _BEHIND):
        return False
    return any(isinstance(v.node.op, LinkedModel) or _inverts(v.node) for v in origins(x) if v.node)


def _inverts(node: Node) -> bool:
    one = node.inputs[0] if node.op == "Div" else None
    if one is None or not all(type(size) is int and size == 1 for size in one.shape):
        return False
    # an argument may be given a constant where the model is inlined
    return one.data.item() == 1 if one.data is not None else one.node is None or one.trace is None


def separated(x: Value) -> Value:
    """Return a value behind which optimisers see nothing: a Reshape to its shape, which moves no element."""
    rank = len(x.shape)
    if x.trace is None or x.trace is FREE:  # in a recipe, whose calls may have another rank
        shape = record("Shape", (x,), int64, (rank,))
    else:
        shape = constant(np.zeros(rank, np.int64))
    return record("Reshape", (x, shape), x.dtype, x.shape)


def apart(x: Value) -> Value:
    """Return a value such that a function or a linked model may read it as it likes.

    Runtimes write both inline. What is in them is recorded already, so integers that some operators read
    wrongly, those of a Range and truncated floats, are kept apart before, and so are reciprocals.
    """
    if x.data is not None or x.node is None:
        return x
    if is_reciprocal(x):
        return separated(x)
    if x.dtype.family not in ("int", "uint"):
        return x
    return unchanged(x) if may_be_made_by(x, "Range") or may_be_truncated(x) else x
