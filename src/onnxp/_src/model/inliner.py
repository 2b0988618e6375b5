"""Inlining: the nodes of local functions take the place of their calls, in any model and at any depth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, MutableSequence
from typing import TYPE_CHECKING, Any, NamedTuple, final

from onnxp._src.graph.source import SOURCE_KEY
from onnxp._src.graph.values import DOMAIN
from onnxp._src.model.boxes import BOX_KEY, Box, put_into
from onnxp._src.model.messages import copied, replace
from onnxp._src.model.nodes import all_nodes, subgraphs
from onnxp._src.model.promises import promise_of
from onnxp._src.model.version_converter import schema
from onnxp._src.model.writing.calls import SMALL
from onnxp._src.model.writing.names import UniqueNames

if TYPE_CHECKING:
    from onnx import AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto

_Key = tuple[str, str, str]


class Inlined(NamedTuple):
    """The calls that nodes took the place of, by name, and the names of these nodes."""

    boxes: dict[str, Box]
    nodes: dict[str, list[str]]


def inline(model: ModelProto, functions: bool | None, keep: Container[str] = ()) -> Inlined:
    """Replace calls of local functions by their nodes, in place.

    Parameters
    ----------
    model : onnx.ModelProto
        Any model.
    functions : bool or None
        Whether all functions stay, or none; None keeps those of more than 8 nodes that are called more than
        once. A function whose operators have another meaning in the opset of the model stays.
    keep : container of str, optional
        Functions that stay, by the names that their boxes have.
    """
    return _Inliner(model, functions, keep).run()


@final
class _Inliner:
    def __init__(self, model: ModelProto, functions: bool | None, keep: Container[str]) -> None:
        self._model = model
        self._local = {(f.domain, f.name, f.overload): f for f in model.functions}
        self._versions = {o.domain: o.version for o in model.opset_import}
        self._sizes: dict[_Key, int] = {}
        uses = Counter(
            _key(node)
            for nodes in (model.graph.node, *(f.node for f in model.functions))
            for node in all_nodes(nodes)
        )
        self._inlined = {
            key
            for key, function in self._local.items()
            if functions is not True
            and _label(function) not in keep
            and self._agrees(function)
            and (functions is False or uses[key] < 2 or self._size(key) <= SMALL)
        }
        self._unique = UniqueNames(_names(model))
        self._tensors: dict[bytes, str] = {}
        self._done = Inlined({}, {})

    def run(self) -> Inlined:
        if self._inlined:
            model = self._model
            self._nodes(model.graph.node, "")
            self._drop()
        return self._done

    def _drop(self) -> None:
        """Remove the functions that are not called any more, and the versions of their domains."""
        model = self._model
        called: set[_Key] = set()
        stack = [model.graph.node]
        while stack:
            for node in all_nodes(stack.pop()):
                key = _key(node)
                if key in self._local and key not in called:
                    called.add(key)
                    stack.append(self._local[key].node)
        kept = [self._local[key] for key in self._local if key in called]
        dropped = {f.domain for f in model.functions} - {f.domain for f in kept} - {""}
        replace(model.functions, kept)
        used = {node.domain for node in all_nodes(model.graph.node)}
        for entry in [o for o in model.opset_import if o.domain in dropped - used]:
            model.opset_import.remove(entry)

    def _agrees(self, function: FunctionProto) -> bool:
        """Return whether the operators of a function mean the same in the versions of the model."""
        versions = {o.domain: o.version for o in function.opset_import}
        for node in all_nodes(function.node):
            own = versions.get(node.domain)
            outer = self._versions.get(node.domain, own)
            if own != outer and own is not None and outer is not None:
                old, new = (schema(node.domain, node.op_type, v) for v in (own, outer))
                if old is None or new is None or old.since_version != new.since_version:
                    return False
        return True

    def _size(self, key: _Key) -> int:
        if key not in self._sizes:
            self._sizes[key] = SMALL + 1  # functions do not call themselves
            nodes = all_nodes(self._local[key].node)
            keys = (_key(node) for node in nodes if node.op_type != "Constant" or node.domain)
            self._sizes[key] = sum(self._size(k) if k in self._local else 1 for k in keys)
        return self._sizes[key]

    def _nodes(self, nodes: MutableSequence[NodeProto], box: str) -> None:
        """Replace the calls among nodes, which are a part of a call or not."""
        if not any(_key(node) in self._inlined for node in all_nodes(nodes)):
            return
        made: list[NodeProto] = []
        for node in nodes:
            if _key(node) in self._inlined:
                made.extend(self._body(node, box))
                continue
            for body in subgraphs(node):
                self._nodes(body.node, box)
            made.append(copied(node))
        del nodes[:]
        nodes.extend(made)

    def _body(self, call: NodeProto, box: str) -> Iterator[NodeProto]:
        """Yield the nodes of a function in the place of a call; its constants become initializers."""
        function = self._local[_key(call)]
        name = call.name or self._unique.take(call.op_type)
        place = next((e.value for e in call.metadata_props if e.key == SOURCE_KEY), "")
        outputs = [output for output in call.output if output]
        self._done.boxes[name] = Box(
            _label(function), [*call.input], outputs, promise_of(function), box
        )
        names: dict[str, str] = {}
        for i, formal in enumerate(function.input):
            names[formal] = call.input[i] if i < len(call.input) else ""
        read = set(names)
        extra: list[
            tuple[str, str]
        ] = []  # outputs that no node of the function computes under one name
        for formal, actual in zip(function.output, call.output, strict=False):
            if actual and (formal in read or names.get(formal)):
                extra.append((names[formal], actual))
            elif actual:
                names[formal] = actual
        attributes = {a.name: a for a in function.attribute_proto}
        attributes |= {a.name: a for a in call.attribute}
        copies: list[NodeProto] = []
        for node in function.node:
            constant = _constant(node)
            if constant is not None and node.output[0] not in names:
                names[node.output[0]] = self._initializer(constant, f"{name}/{node.output[0]}")
            else:
                copies.append(self._renamed(node, names, attributes, f"{name}/"))
        for source, target in extra:
            copies.append(_identity(source, target, self._unique.take(f"{name}/Identity")))
        for copy in copies:
            _note(copy, name, place)
        self._done.nodes[name] = [node.name for node in all_nodes(copies)]
        self._nodes(copies, name)
        yield from copies

    def _initializer(self, tensor: TensorProto, hint: str) -> str:
        graph = self._model.graph
        copy = graph.initializer.add()
        copy.CopyFrom(tensor)
        copy.ClearField("name")
        content = copy.SerializeToString(deterministic=True)
        name = self._tensors.get(content)
        if name is not None:
            del graph.initializer[-1]
            return name
        copy.name = self._tensors[content] = self._unique.take(hint)
        return copy.name

    def _renamed(
        self,
        node: NodeProto,
        names: dict[str, str],
        attributes: Mapping[str, AttributeProto],
        prefix: str,
    ) -> NodeProto:
        """Return a copy of a node with its names, attributes and subgraphs as a call needs them."""
        copy = copied(node)
        copy.name = self._unique.take(prefix + (node.name or node.op_type))
        for i, label in enumerate(copy.input):
            copy.input[i] = names.get(label, label)
        while copy.input and not copy.input[-1] and len(copy.input) > 1:
            del copy.input[-1]
        for i, label in enumerate(copy.output):
            if label:
                copy.output[i] = self._take(label, names, prefix)
        del copy.attribute[:]
        for attribute in node.attribute:
            source = (
                attributes.get(attribute.ref_attr_name) if attribute.ref_attr_name else attribute
            )
            if source is not None:
                added = copy.attribute.add()
                added.CopyFrom(source)
                added.name = attribute.name
                if not attribute.ref_attr_name:
                    for body in (*([added.g] if added.HasField("g") else ()), *added.graphs):
                        self._rename_graph(body, names, attributes, prefix)
        return copy

    def _rename_graph(
        self,
        graph: GraphProto,
        outer: Mapping[str, str],
        attributes: Mapping[str, AttributeProto],
        prefix: str,
    ) -> None:
        names = dict(outer)
        tensors = [*graph.initializer, *(sparse.values for sparse in graph.sparse_initializer)]
        named: Any
        for named in (*graph.input, *tensors):
            names.pop(named.name, None)
            named.name = self._take(named.name, names, prefix)
        for node in graph.node:  # what the graph computes hides what is outside
            for label in node.output:
                names.pop(label, None)
        nodes = [self._renamed(node, names, attributes, prefix) for node in graph.node]
        del graph.node[:]
        graph.node.extend(nodes)
        for info in graph.output:
            info.name = names.get(info.name, info.name)
        for info in graph.value_info:
            info.name = names.get(info.name, info.name)

    def _take(self, label: str, names: dict[str, str], prefix: str) -> str:
        if label not in names:
            names[label] = self._unique.take(prefix + label)
        return names[label]


def _key(node: NodeProto) -> _Key:
    return node.domain, node.op_type, node.overload


def _label(function: FunctionProto) -> str:
    return function.name if function.domain == DOMAIN else f"{function.domain}.{function.name}"


def _constant(node: NodeProto) -> TensorProto | None:
    if node.op_type != "Constant" or node.domain or len(node.attribute) != 1:
        return None
    attribute = node.attribute[0]
    is_tensor = attribute.name == "value" and not attribute.ref_attr_name
    return attribute.t if is_tensor else None


def _identity(source: str, target: str, name: str) -> NodeProto:
    from onnx import helper

    return helper.make_node("Identity", [source], [target], name)


def _note(node: NodeProto, box: str, place: str) -> None:
    """Say in the metadata of a node, and of those of its subgraphs, which call of the user it is part of."""
    for inner in all_nodes([node]):
        kept = [e for e in inner.metadata_props if e.key not in (BOX_KEY, SOURCE_KEY)]
        if len(kept) < len(inner.metadata_props):
            del inner.metadata_props[:]
            inner.metadata_props.extend(kept)
        put_into(inner, box)
        if place:
            inner.metadata_props.add(key=SOURCE_KEY, value=place)


def _names(model: ModelProto) -> Iterator[str]:
    """Yield the names of all nodes and values."""
    yield from _graph_names(model.graph)
    for function in model.functions:
        yield from (*function.input, *function.output)
        yield from _node_names(function.node)


def _graph_names(graph: GraphProto) -> Iterator[str]:
    for infos in (graph.input, graph.output, graph.initializer):
        yield from (info.name for info in infos)
    yield from (sparse.values.name for sparse in graph.sparse_initializer)
    yield from _node_names(graph.node)


def _node_names(nodes: Iterable[NodeProto]) -> Iterator[str]:
    for node in nodes:
        yield node.name
        yield from node.input
        yield from node.output
        for body in subgraphs(node):
            yield from _graph_names(body)
