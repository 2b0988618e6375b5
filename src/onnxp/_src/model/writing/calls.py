"""Which recorded functions stay functions of the model, and which calls are replaced by their nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import final

from onnxp._src.graph.traversal import walk
from onnxp._src.graph.values import Function, Node, Value

SMALL = 8
"""The number of nodes up to which a function is written in the place of each of its calls."""


@final
class Calls:
    """The calls of recorded functions in a model.

    Parameters
    ----------
    outputs : sequence of Value
        What the model computes.
    functions : bool or None
        Whether all functions stay, or none; None keeps those of more than `SMALL` nodes that are called more
        than once.
    """

    __slots__ = ("_counts", "_functions", "_outputs")

    def __init__(self, outputs: Sequence[Value], functions: bool | None) -> None:
        self._outputs = outputs
        self._functions = functions
        self._counts: Counter[Function] | None = None

    def stay(self, function: Function) -> bool:
        """Return whether a function is a function of the model."""
        if self._functions is not None:
            return self._functions
        return node_count(function) > SMALL and self._count(function) > 1

    def _count(self, function: Function) -> int:
        if self._counts is None:
            self._counts = Counter()
            stack = [_nodes(self._outputs)]
            while stack:
                for node in stack.pop():
                    stack += [_nodes(body.outputs, body.captures) for _, body in node.bodies]
                    if isinstance(node.op, Function):
                        if node.op not in self._counts:
                            stack.append(_nodes(node.op.outputs))
                        self._counts[node.op] += 1
        return self._counts[function]


def _nodes(outputs: Sequence[Value], outside: Sequence[Value] = ()) -> dict[Node, None]:
    stop = {*outside}
    values = walk(outputs, stop)
    inner = (v.node for v in values if v.data is None and v not in stop)
    return {node: None for node in inner if node is not None}


@lru_cache(maxsize=4096)
def node_count(function: Function) -> int:
    """Return the number of nodes of a function, with those of its subgraphs and of the functions it calls."""
    return _count(_nodes(function.outputs))


def _count(nodes: dict[Node, None]) -> int:
    return sum(
        (node_count(node.op) if isinstance(node.op, Function) else 1)
        + sum(_count(_nodes(body.outputs, body.captures)) for _, body in node.bodies)
        for node in nodes
    )
