"""The plan of an evaluation: the nodes to run, their structure as a key, and the values to keep."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from onnxp._src.graph.values import Function, Node, Op, Promise, Value
from onnxp._src.ops.elementwise import ELEMENTWISE_OPERATORS
from onnxp._src.runtime.blocks import SLOW, Cutter, cut_elements, cut_product


def _reference_counts(values: Sequence[Value]) -> list[int]:
    return list(map(sys.getrefcount, values))


class _Probe:
    __slots__ = ()


# What the counting itself adds differs between Python versions.
_OWN_REFERENCES = _reference_counts([_Probe()])[0]  # type: ignore[list-item] # only counted
_PLAN_REFERENCES = _OWN_REFERENCES + 2  # besides the list `computed`: `values`, the dict `numbers`


LEAF_NAMES = tuple(f"i{i}" for i in range(64))
"""What the models of plans call their first inputs."""


def plan_node(node: Node) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """Return the key and the feeds of a plan that is one node.

    None if its inputs have no data yet, or there are many.
    """
    inputs = node.inputs
    if node.outputs != 1 or len(inputs) > len(LEAF_NAMES):
        return None
    if len(inputs) == 1 and (a := inputs[0]) is not None:  # the short ways, which most nodes go
        if (x := a.data) is None:
            return None
        return (node.op, node.attributes, a.dtype, x.ndim), {"i0": x}
    if len(inputs) == 2 and (a := inputs[0]) is not None:
        b = inputs[1]
        if b is not None and a is not b:
            if (x := a.data) is None or (y := b.data) is None:
                return None
            key = node.op, node.attributes, a.dtype, x.ndim, b.dtype, y.ndim
            return key, {"i0": x, "i1": y}
    return _plan_node(node)


def _plan_node(node: Node) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """Return what `plan_node` does, for any inputs."""
    key: list[Any] = [node.op, node.attributes]
    leaves: list[Value] = []
    feeds = {}
    for source in node.inputs:
        if source is None:
            key.append(None)
            continue
        if source in leaves:
            key.append(leaves.index(source))
            continue
        data = source.data
        if data is None:
            return None
        feeds[LEAF_NAMES[len(leaves)]] = data
        leaves.append(source)
        key += source.dtype, data.ndim
    return tuple(key), feeds


class Plan:
    """How to evaluate some values.

    Attributes
    ----------
    leaves : list of Value
        The values with data that the nodes read.
    nodes : list of Node
        The nodes to run, the last ones first.
    outputs : list of Value
        The values to keep.
    key : tuple
        The structure of it all: equal keys may share one session.
    """

    __slots__ = ("key", "leaves", "nodes", "outputs")
    key: tuple[Any, ...]
    leaves: list[Value]
    nodes: list[Node]
    outputs: list[Value]

    def __init__(self, targets: list[Value]) -> None:
        leaves: list[Value] = []
        nodes: list[Node] = []
        computed: list[Value] = []
        values = targets[:] if len(targets) == 1 else [*dict.fromkeys(targets)]
        numbers = {value: i for i, value in enumerate(values)}
        uses = [0] * len(values)
        key: list[Any] = []
        several: dict[Node, int] = {}  # the nodes with several outputs
        for value in values:  # which grows: all that lies behind the targets
            node = value.node
            # another thread may settle the value, which has data before it loses its node
            if node is None or value.data is not None:
                leaves.append(value)
                key.append(value.dtype)
                key.append(len(value.shape))
                continue
            computed.append(value)
            if node.outputs > 1:
                position = several.setdefault(node, len(nodes))
                key += "output", position, value.index
                if position < len(nodes):
                    continue
            nodes.append(node)
            key.append(node.op)
            key.append(node.attributes)
            for source in node.inputs:
                number = None if source is None else numbers.get(source)
                if number is not None:
                    uses[number] += 1
                elif source is not None:
                    number = numbers[source] = len(values)
                    values.append(source)
                    uses.append(1)
                key.append(number)
        value = source = None  # type: ignore[assignment]  # or they count as references
        self.leaves, self.nodes, self.outputs = leaves, nodes, targets
        if len(nodes) == 1 == len(targets) and (plan := plan_node(nodes[0])) is not None:
            self.key = plan[0]
            return
        others = computed[1:]
        used = sum([uses[numbers[x]] for x in others])
        known = len(others) * (_PLAN_REFERENCES + 1) + used  # with the list `others`
        if len(targets) > 1 or sum(_reference_counts(others)) > known:
            self.outputs = self._alive(targets, computed, [uses[numbers[x]] for x in computed])
        key.append("outputs")
        key += [numbers[x] for x in self.outputs]
        self.key = tuple(key)

    def is_current(self) -> bool:
        """Return whether no other thread has given data to a value that the nodes compute.

        A model that is written of the plan would contain the data.
        """
        leaves = set(self.leaves)
        inputs = (x for node in self.nodes for x in node.inputs if x not in leaves)
        return all(x is None or x.data is None for x in (*self.outputs, *inputs))

    @staticmethod
    def _alive(targets: list[Value], values: list[Value], uses: list[int]) -> list[Value]:
        """Return the targets and all other values that have a reference outside of this plan.

        Keeping their data saves computing them again when they are needed.
        """
        outputs = dict.fromkeys(targets)
        for value, count, used in zip(values, _reference_counts(values), uses, strict=True):
            if count > _PLAN_REFERENCES + used and value not in outputs:
                outputs[value] = None
        return list(outputs)


QUICK = ELEMENTWISE_OPERATORS - SLOW
"""Elementwise operators that take as long as their arrays are read and written."""


def cutter_of(nodes: Sequence[Node], leaves: Sequence[Value]) -> Cutter | None:
    """Return how to cut runs of recorded nodes; None if nothing is known of them.

    Parameters
    ----------
    nodes : sequence of Node
        The nodes.
    leaves : sequence of Value
        What they read, which the model names i0, i1 and so on.
    """
    if len(nodes) == 1 and nodes[0].op in QUICK:
        return None  # blocks of a single kernel gain nothing
    if all(_is_elementwise(node.op) for node in nodes):
        return cut_elements
    if [node.op for node in nodes] != ["MatMul"]:
        return None
    first = nodes[0].inputs[0]
    assert first is not None
    return partial(cut_product, f"i{[*leaves].index(first)}")


def _is_elementwise(op: Op) -> bool:
    if isinstance(op, Function):
        return op.promise == Promise()
    return isinstance(op, str) and op in ELEMENTWISE_OPERATORS
