"""Folding a model: the nodes of a function that was written inline become its call again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from onnxp._src.graph.source import SOURCE_KEY
from onnxp._src.graph.values import DOMAIN
from onnxp._src.model.boxes import Box, box_name, noted
from onnxp._src.model.files import detach
from onnxp._src.model.messages import replace
from onnxp._src.model.nodes import all_nodes, graphs, subgraphs
from onnxp._src.model.promises import write_promise

if TYPE_CHECKING:
    from onnx import FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto

_LARGE = 4096
"""The size in bytes from which on the elements of a tensor are left out."""


def folded(model: ModelProto, least: int = _LARGE) -> ModelProto:
    """Return a copy of a model in which calls take the place of the nodes of their functions.

    The functions become local functions again. The copy lacks the elements of tensors of at least so many
    bytes. A model without such nodes is returned as it is.
    """
    calls = noted(model)
    if not calls:
        return model
    light, _ = detach(model, least)
    functions: dict[str, tuple[Box, list[NodeProto]]] = {}
    _fold_graph(light.graph, "", calls, functions)
    read = {name for node in all_nodes(light.graph.node) for name in node.input}
    read.update(info.name for graph in graphs(light.graph) for info in graph.output)
    tensors = {tensor.name: tensor for tensor in light.graph.initializer}
    for name, (box, nodes) in functions.items():
        function = light.functions.add(name=name, domain=DOMAIN, output=box.outputs)
        function.input.extend(_unique(box.inputs))
        function.opset_import.extend(light.opset_import)
        _add_constants(function, nodes, tensors)
        function.node.extend(nodes)
        if box.promise is not None:
            write_promise(function, box.promise)
    kept = [tensor for tensor in light.graph.initializer if tensor.name in read]
    del light.graph.initializer[:]
    light.graph.initializer.extend(kept)
    return light


def _unique(names: list[str]) -> Iterator[str]:
    """Yield names for formal inputs; those of inputs that are passed again are not read."""
    for i, name in enumerate(names):
        yield name if name and name not in names[:i] else name + "'" * i


def _fold_graph(
    graph: GraphProto,
    current: str,
    calls: dict[str, Box],
    functions: dict[str, tuple[Box, list[NodeProto]]],
) -> None:
    nodes = list(graph.node)
    done = _fold(nodes, current, calls, functions)
    if len(done) < len(nodes):
        replace(graph.node, done)


def _fold(
    nodes: Sequence[NodeProto],
    current: str,
    calls: dict[str, Box],
    functions: dict[str, tuple[Box, list[NodeProto]]],
) -> list[NodeProto]:
    """Return the nodes of a call, or of the main graph, with calls in the place of those of inner calls."""
    parts: dict[str, list[NodeProto]] = {}
    for node in nodes:
        parts.setdefault(_call_of(node, current, calls), []).append(node)
    done: list[NodeProto] = []
    for node in nodes:
        name = _call_of(node, current, calls)
        if not name:
            for body in subgraphs(node):
                _fold_graph(body, current, calls, functions)
            done.append(node)
        elif node is parts[name][-1]:
            box = calls[name]
            done.append(_call(name, box, parts[name]))
            if box.function not in functions:
                inner = _fold(parts[name], name, calls, functions)
                functions.setdefault(box.function, (box, inner))
    return done


def _call_of(node: NodeProto, current: str, calls: dict[str, Box]) -> str:
    """Return the outermost call inside of the current one that a node is a part of."""
    name = box_name(node)
    for _ in calls:  # in a broken model they may go round in circles
        if name == current or name not in calls:
            return ""
        if calls[name].outer == current:
            return name
        name = calls[name].outer
    return ""


def _call(name: str, box: Box, nodes: list[NodeProto]) -> NodeProto:
    from onnx import NodeProto

    made = {output for node in nodes for output in node.output}
    call = NodeProto(op_type=box.function, domain=DOMAIN, name=name, input=box.inputs)
    call.output.extend(name for name in box.outputs if name in made)
    call.metadata_props.extend(e for e in nodes[0].metadata_props if e.key == SOURCE_KEY)
    return call


def _add_constants(
    function: FunctionProto, nodes: Iterable[NodeProto], tensors: dict[str, TensorProto]
) -> None:
    """Add the constants that some nodes read as nodes."""
    for name in dict.fromkeys(name for node in all_nodes(nodes) for name in node.input):
        if name in tensors and name not in function.input:
            constant = function.node.add(op_type="Constant", name=name, output=[name])
            constant.attribute.add(name="value", type=4).t.CopyFrom(tensors[name])
