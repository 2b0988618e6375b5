"""The plan of an evaluation: the nodes to run, their structure as a key, and the values to keep."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from onnxp._src.graph.values import Function, Node, Op, Promise, Value
from onnxp._src.ops.elementwise import ELEMENTWISE_OPERATORS
from onnxp._src.runtime.blocks import Cutter, cut_elements, cut_product


def _reference_counts(values: Sequence[Value]) -> list[int]:
    return [sys.getrefcount(value) for value in values]


class _Probe:
    __slots__ = ()


# What the counting itself adds differs between Python versions.
_OWN_REFERENCES = _reference_counts([_Probe()])[0]  # type: ignore[list-item] # only counted
_PLAN_REFERENCES = 2  # besides the list `values`: the dicts `slots` and `position`


class Plan:
    """How to evaluate some values.

    Attributes
    ----------
    leaves : list of Value
        The values with data that the nodes read.
    nodes : list of Node
        The nodes to run, inputs first.
    outputs : list of Value
        The values to keep.
    key : tuple
        The structure of it all: equal keys may share one session.
    """

    __slots__ = ("key", "leaves", "nodes", "outputs")

    def __init__(self, targets: list[Value]) -> None:
        self.leaves: list[Value] = []
        self.nodes: list[Node] = []
        slots: dict[Value | Node, int] = {}
        key: list[Any] = []
        values: list[Value] = []
        uses: list[int] = []
        position: dict[Value, int] = {}
        stack: list[Value] = list(targets)
        while stack:
            value = stack[-1]
            if value in slots:
                stack.pop()
                continue
            node = value.node
            if value.data is not None or node is None:
                slots[value] = len(slots)
                self.leaves.append(value)
                key.append(-(value.dtype.onnx << 8) - len(value.shape))  # negative: no slot
                stack.pop()
                continue
            slot = slots.get(node)
            if slot is None:
                ready = True
                for source in node.inputs:
                    if source is not None and source not in slots:
                        stack.append(source)
                        ready = False
                if not ready:
                    continue
                slot = slots[node] = len(slots)
                self.nodes.append(node)
                key.append(node.op)
                key.append(node.attributes)
                for source in node.inputs:
                    if source is None:
                        key.append(None)
                        continue
                    key.append(slots[source])
                    used = position.get(source)
                    if used is not None:
                        uses[used] += 1
            slots[value] = (slot << 8) | value.index
            position[value] = len(values)
            values.append(value)
            uses.append(0)
            stack.pop()
        key.append("outputs")
        value = source = None  # type: ignore[assignment]  # or they count as references
        self.outputs = self._alive(targets, values, uses)
        key.extend([slots[value] for value in self.outputs])
        self.key = tuple(key)

    @staticmethod
    def _alive(targets: list[Value], values: list[Value], uses: list[int]) -> list[Value]:
        """Return the targets and all other values that have a reference outside of this plan.

        Keeping their data saves computing them again when they are needed.
        """
        outputs = dict.fromkeys(targets)
        if len(values) > len(outputs):
            counts = _reference_counts(values)
            for value, count, used in zip(values, counts, uses, strict=True):
                if value not in outputs and count > _OWN_REFERENCES + used + _PLAN_REFERENCES:
                    outputs[value] = None
        return list(outputs)


def cutter_of(nodes: Sequence[Node], leaves: Sequence[Value]) -> Cutter | None:
    """Return how to cut runs of recorded nodes; None if nothing is known of them.

    Parameters
    ----------
    nodes : sequence of Node
        The nodes.
    leaves : sequence of Value
        What they read, which the model names i0, i1 and so on.
    """
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
