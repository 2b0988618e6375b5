"""Values that are large, as the constants beside them show, which a narrow float dtype would round or lose."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import NodeProto

_COMPARED = frozenset("Add Sub Less LessOrEqual Greater GreaterOrEqual Equal".split())
"""Operators whose operands are of about one size."""
_BESIDE = _COMPARED | {"Div"}
_MOVES = frozenset(
    "Concat Expand Flatten Gather Identity ReduceMax ReduceMin Reshape Slice Split Squeeze Transpose "
    "Unsqueeze".split()
)
"""Operators whose results are elements of their operands."""
_KEEPS = _MOVES | frozenset(
    "Abs Add Ceil Floor Max Mean Min Neg ReduceMean ReduceSum Relu Round Sub Sum".split()
)
"""Operators whose results may be as large as their operands."""


def large_values(nodes: Iterable[NodeProto], is_large: Callable[[str], bool]) -> set[str]:
    """Return the values of a graph that are large.

    Parameters
    ----------
    nodes : iterable of NodeProto
        The nodes, in their order.
    is_large : callable
        Returns whether a name is that of a constant with large numbers.

    Returns
    -------
    set of str
        What is added to such a constant, compared with it or divided by it, what that is made of by moves of
        elements, and what is computed from it that may be as large. A quotient is not: it is scaled.
    """
    ordered = [*nodes]
    names = {name for node in ordered for name in node.input if name}
    constants = set(filter(is_large, names))
    for node in ordered:  # a constant that is repeated or reshaped
        if node.op_type in _MOVES and node.input[0] in constants:
            constants.update(node.output)
    large: set[str] = set()
    count = -1
    while count < len(large):
        count = len(large)
        for node in ordered:
            beside = node.input if node.op_type in _COMPARED else node.input[1:]
            if node.op_type in _BESIDE and not constants.isdisjoint(beside):
                large.update(name for name in node.input if name not in constants)
            if node.op_type in _KEEPS and not large.isdisjoint(node.input):
                large.update(node.output)
        for node in reversed(ordered):
            if node.op_type in _MOVES and not large.isdisjoint(node.output):
                large.update(name for name in node.input if name)
    return large
