"""Making the subgraphs of If and Loop: which outer values they read, and what equal ones share."""

from __future__ import annotations

from typing import Any

from onnxp._src.graph.traversal import walk
from onnxp._src.graph.values import Body, Structure, Value


def close(inputs: tuple[Value, ...], outputs: tuple[Value, ...]) -> Body:
    """Return the subgraph that computes `outputs` from its formal `inputs`.

    What does not depend on the formal inputs is outside, so it is computed once and not per trip.
    """
    inner: set[Value] = set(inputs)
    number: dict[object, int] = {value: i for i, value in enumerate(inputs)}
    captures: dict[Value, int] = {}
    key: list[Any] = [tuple((v.dtype, len(v.shape)) for v in inputs)]

    def slot(value: Value | None) -> object:
        if value is None:
            return None
        if value in inner:
            return (number[value.node if value.node is not None else value], value.index)
        return ("outer", captures.setdefault(value, len(captures)), value.dtype, len(value.shape))

    for value in walk(outputs, set(inputs)):
        node = value.node
        if node is None or value in inner or not any(v in inner for v in node.inputs):
            continue
        inner.add(value)
        if node not in number:
            number[node] = len(number)
            key.append((node.op, node.attributes, node.arity, *(slot(v) for v in node.inputs)))
    key.append(tuple(slot(v) for v in outputs))
    return Body(inputs, outputs, tuple(captures), Structure(tuple(key)))
