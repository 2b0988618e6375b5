"""Substituting values in a recorded graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping

from onnxp._src.graph.subgraphs import close
from onnxp._src.graph.traversal import walk
from onnxp._src.graph.values import Body, Node, Value


def substitute(
    outputs: Iterable[Value],
    replacements: MutableMapping[Value, Value],
    leaf: Callable[[Value], Value],
) -> tuple[Value, ...]:
    """Return copies of traced values that are computed from other values.

    Parameters
    ----------
    outputs : iterable of Value
        The values to copy, with everything behind them that is traced.
    replacements : mapping of Value to Value
        The values to use in place of some of them; the copies are added.
    leaf : callable
        Returns the replacement of an argument or a declared size.
    """
    nodes: dict[Node, Node] = {}
    outputs = tuple(outputs)
    for value in walk(outputs, replacements):
        if value in replacements:
            continue
        node = value.node
        if value.trace is None:
            continue
        if node is None or not node.inputs:
            replacements[value] = leaf(value)
        else:
            copied = nodes.get(node)
            if copied is None:
                copied = nodes[node] = _copy(node, replacements)
            depth = 1 + max((v.depth for v in copied.inputs if v is not None), default=0)
            replacements[value] = Value(value.dtype, value.shape, copied, value.index, None, depth)
    return tuple(replacements.get(value, value) for value in outputs)


def _copy(node: Node, replacements: Mapping[Value, Value]) -> Node:
    captured = sum(len(body.captures) for _, body in node.bodies)
    own = node.inputs[: len(node.inputs) - captured]
    inputs = tuple(None if v is None else replacements.get(v, v) for v in own)
    attributes, bodies = node.attributes, node.bodies
    if bodies:
        bodies = tuple((name, _copy_body(body, replacements)) for name, body in bodies)
        structures = {name: body.structure for name, body in bodies}
        attributes = tuple((name, structures.get(name, value)) for name, value in attributes)
        inputs += tuple(value for _, body in bodies for value in body.captures)
    return Node(
        node.op, inputs, attributes, node.arity, node.source, node.scope, node.outputs, bodies
    )


def _copy_body(body: Body, replacements: Mapping[Value, Value]) -> Body:
    inner = {value: replacements.get(value, value) for value in body.captures}
    inner |= {value: value for value in body.inputs}
    return close(body.inputs, substitute(body.outputs, inner, lambda value: value))
