"""Writing the nodes of one graph, subgraph or function; what the scopes of a model share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from onnx import AttributeProto, FunctionProto, GraphProto, NodeProto

from onnxp._src.dtypes import int64
from onnxp._src.graph.name_scopes import Scope
from onnxp._src.graph.source import SOURCE_KEY, SourceFormatter, SourceInfo
from onnxp._src.graph.values import (
    DOMAIN,
    Body,
    Function,
    LinkedModel,
    Node,
    Operator,
    Structure,
    Value,
)
from onnxp._src.model.boxes import Box, put_into
from onnxp._src.model.promises import write_promise
from onnxp._src.model.writing.calls import Calls
from onnxp._src.model.writing.fusion import FUSED, Fusion
from onnxp._src.model.writing.names import ROLES, UniqueNames
from onnxp._src.model.writing.protos import content_key, declare, fill_tensor, set_attribute
from onnxp._src.ops.origins import is_cast_back, unchanged
from onnxp._src.ops.sizes import SYMBOL
from onnxp._src.ops.versions import BASE_OPSET, OPSETS

_NEUTRAL = frozenset(("Add", "Div", "Mul", "Sub"))
"""Operators that change nothing with 0 or 1, for which optimizers look at constants."""


class ModelContext:
    """The state that the scopes of one model share."""

    def __init__(self, *, inline: bool, calls: Calls | None = None) -> None:
        self.inline = inline
        self.calls = calls  # which recorded functions stay functions; None writes all inline
        self.boxes: dict[str, Box] = {}
        self.constants: dict[tuple[Any, ...], str] = {}  # the initializers
        self.empty: set[str] = set()  # those of them that have no elements
        self.labels: dict[Function, str] = {}  # of recorded functions
        self.opset = BASE_OPSET
        self.newest = ""  # the operator that needs that opset
        self.functions: dict[Function, FunctionProto] = {}
        self.linked_models: dict[LinkedModel, str] = {}
        self.operators: dict[Operator, None] = {}
        self.versions: dict[str, int] = {}  # of other domains than ONNX's own
        self.function_names = UniqueNames()
        self.made_by: dict[str, Node] = {}
        self.source_lines: SourceFormatter | None = None  # for the metadata of nodes, on request
        self.prefixes: dict[Scope, str] = {}
        self.scope_names = UniqueNames()
        self.sizes: list[str] = []  # vectors of one size that no recorded value stands for
        self.symbols: Mapping[str, tuple[str, int, int, int]] = {}
        self.name_of: Callable[[np.ndarray[Any, Any]], str | None] = lambda _: (
            None
        )  # the user's, of a constant

    def require(self, domain: str, version: int, what: str) -> None:
        """Require a version of a domain, or a newer one, for what is named."""
        if domain:
            self.versions[domain] = max(self.versions.get(domain, 1), version)
        elif version > self.opset:
            self.opset, self.newest = version, what

    def label(self, function: Function) -> str:
        """Return the name of a recorded function, which no other one of the model has."""
        label = self.labels.get(function)
        if label is None:
            label = self.labels[function] = self.function_names.take(function.name)
        return label

    def call(self, linked: LinkedModel) -> str:
        """Return the name of the function that stands for a linked model."""
        name = self.linked_models.get(linked)
        if name is None:
            name = self.linked_models[linked] = self.function_names.take(linked.name)
            for domain, version in linked.lows.items():
                self.require(domain, version, name)
        return name

    def prefix(self, scope: Scope | None) -> str:
        """Return the prefix of the names in a name scope, such as ``"scaler/"``."""
        if scope is None:
            return ""
        prefix = self.prefixes.get(scope)
        if prefix is None:
            name = self.scope_names.take(self.prefix(scope.parent) + scope.name)
            prefix = self.prefixes[scope] = f"{name}/"
        return prefix


class GraphScope:
    """A graph, subgraph or function while it is written."""

    def __init__(
        self,
        proto: GraphProto | FunctionProto,
        model: ModelContext,
        unique: UniqueNames,
        parent: GraphScope | None = None,
        constants: GraphProto | None = None,
        function: str = "",
        owner: Node | None = None,
        closed: bool = False,
        box: str = "",
    ) -> None:
        self.closed = closed  # sees its parents' constants only
        self.box = box  # the call, in the main graph or a body, that the nodes take the place of
        self.function = function
        self.owner = owner  # the node that this scope is a part of
        self.proto = proto
        self.model = model
        self.unique = unique
        self.parent = parent
        self.constants = constants  # where initializers go; None writes Constant nodes
        self.names: dict[Value, str] = {}
        self.written: dict[tuple[Any, ...], tuple[str, ...]] = {}
        self.copies: dict[Value, Value] = {}  # what subgraphs read in place of some values
        self.labels: dict[Node, dict[int, str]] = {}  # names that outputs of some nodes must have
        # A function is shared by all name scopes; the names in a model for evaluation do not matter.
        self.scoped = not function and not model.inline
        self.inner = (
            ""  # the prefix of names in a box, which takes the place of that of a name scope
        )
        self.source: SourceInfo | None = None  # of the call of a box

    def lookup(self, value: Value) -> str | None:
        """Return the name of a value that has been written, in this scope or one that it sees."""
        scope: GraphScope | None = self
        while scope is not None:
            name = scope.names.get(value)
            if name is not None:
                return name
            scope = None if scope.closed else scope.parent
        return None

    def write(self, outputs: Sequence[Value]) -> None:
        """Write all nodes behind `outputs`."""
        names = self.names
        fusion = None if self.model.inline else Fusion(outputs, self._is_written)
        sees_others = self.parent is not None and not self.closed
        waiting: dict[Value, Node] = {}  # for their inputs, which are above them on the stack
        stack = list(reversed(outputs))
        while stack:
            value = stack[-1]
            node = waiting.pop(value, None)
            if node is None:
                if value in names or value.data is not None:
                    stack.pop()
                    continue
                if sees_others and self.lookup(value) is not None:
                    stack.pop()
                    continue
                node = self._node_of(value, fusion)
                for v in reversed(node.inputs):
                    if v is None or v in names or v.data is not None:
                        continue
                    if not sees_others or self.lookup(v) is None:
                        stack.append(v)
                if stack[-1] is not value:
                    waiting[value] = node
                    continue
            names[value] = self._node(node)[value.index]
            stack.pop()

    def _node_of(self, value: Value, fusion: Fusion | None) -> Node:
        """Return the node to write for a value."""
        node = value.node
        assert node is not None, f"{value!r} is not an input of this graph"
        if fusion is None or node.op not in FUSED:
            return node
        fused = fusion.of(node)
        if fused is not node and node in self.labels:
            self.labels[fused] = self.labels[node]
        return fused

    def _is_written(self, value: Value) -> bool:
        return self.lookup(value) is not None

    def name(self, value: Value, node: Node | None = None, position: int = 0) -> str:
        """Return the name of a value that has been written; a constant is written when first named."""
        name = self.lookup(value)
        if name is None:
            hint = "constant"
            if node is not None:
                op = node.op
                hint = ROLES.get((op, position), hint)
                if isinstance(op, LinkedModel) and position >= len(op.inputs):
                    hint = op.weights[position - len(op.inputs)]
                if value.data is not None and value.data.size > 1:  # others share single numbers
                    hint = self._prefix(node) + hint
            name = self._constant(value, hint)
            self.names[value] = name
        return name

    def _node(self, node: Node) -> tuple[str, ...]:
        """Write a node unless an equal one is there; return the names of its outputs."""
        inputs: list[str] = []
        names = self.names
        for v in node.inputs:
            name = "" if v is None else names.get(v) or self.name(v, node, len(inputs))
            inputs.append(name)
        key = (node.op, node.attributes, *inputs)
        outputs = self.written.get(key)
        if outputs is None:
            if node.bodies:
                self._copy_casts(node)
            outputs = self.written[key] = self._new_node(node, inputs[: node.arity])
        return outputs

    def _copy_casts(self, node: Node) -> None:
        """Write copies of those values for subgraphs to read that runtimes lose."""
        for value in node.inputs:
            if value is not None and value not in self.copies and is_cast_back(value):
                copy = self.copies[value] = unchanged(value)
                owner, self.owner = self.owner, self.owner or value.node  # nobody recorded the copy
                self.write([copy])
                self.owner = owner

    def _new_node(self, node: Node, inputs: list[str]) -> tuple[str, ...]:
        op = node.op
        model = self.model
        if type(op) is str:
            if op == SYMBOL:
                return (self._symbol(str(dict(node.attributes)["name"])),)
            label, domain = op, ""
            is_named = self.constants is not None  # in a function, the names are its own
            if is_named and op in _NEUTRAL and not model.empty.isdisjoint(inputs):
                label = "Max"  # as good as any: "constants without elements" in `runtime_bugs`
            needed = OPSETS.get(op, BASE_OPSET)
            if needed > model.opset:
                model.require("", needed, f"{self.function or op} ({op})")
        elif isinstance(op, Function):
            calls = model.calls
            if calls is None or not (self.function or calls.stay(op)):
                return self._inline(op, inputs, node)
            label, domain = write_function(model, op).name, DOMAIN
        elif isinstance(op, LinkedModel):
            label, domain = model.call(op), DOMAIN
        else:
            assert isinstance(op, Operator)
            label, domain = op.name, op.domain
            model.operators[op] = None
            model.require(domain, op.low, label)
        prefix = self._prefix(node)
        name = self.unique.take(prefix + label)
        outputs: tuple[str, ...]
        if node.outputs == 1 and not prefix and not domain and node not in self.labels:
            outputs = (self.unique.take(name.lower()),)  # what `_output` returns, for most nodes
        else:
            outputs = tuple([self._output(node, name, i) for i in range(node.outputs)])
        proto = self.proto.node.add()  # without arguments, and a call for each field: a sixth less
        proto.op_type = label
        proto.name = name
        proto.input.extend(inputs)
        proto.output.extend(outputs)
        if domain:
            proto.domain = domain
        model.made_by[name] = self.owner or node  # not `proto.name`, a new string each time
        if self.scoped and (self.box or model.source_lines is not None):
            self._describe(proto, node)
        for key, value in node.attributes:
            if not isinstance(value, Structure):
                set_attribute(proto, key, value)
        for key, body in node.bodies:
            attribute = proto.attribute.add(name=key, type=AttributeProto.GRAPH)
            self._body(attribute.g, body, key, node)
        return outputs

    def _describe(self, proto: NodeProto, node: Node) -> None:
        """Write which line of the user asked for a node, and the call that it is a part of."""
        if self.model.source_lines is not None:
            source = self.source if self.box else node.source
            if source is not None:
                proto.metadata_props.add(key=SOURCE_KEY, value=self.model.source_lines.text(source))
        if self.box:
            put_into(proto, self.box)

    def _output(self, node: Node, name: str, index: int) -> str:
        """Return the name of an output of a node, or of a call, whose own name is given."""
        label = self.labels[node].get(index) if node in self.labels else None
        if label is not None:
            return label
        start = name.rfind("/") + 1
        base = name[:start] + name[start:].lower()
        return self.unique.take(f"{base}_output_{index}" if index else base)

    def _prefix(self, node: Node) -> str:
        if not self.scoped:
            return ""
        if self.inner:
            return self.inner
        return self.model.prefix(node.scope) if node.scope is not None else ""

    def _symbol(self, name: str) -> str:
        source, axis, factor, offset = self.model.symbols[name]
        size = self.write_simple("Shape", [source], f"size_{name}", start=axis, end=axis + 1)
        for op, number, needed in (("Sub", offset, offset != 0), ("Div", factor, factor != 1)):
            if needed:
                self.model.sizes.append(size)
                size = self.write_simple(op, [size, self._int(number)], f"size_{name}")
        return size

    def _int(self, number: int) -> str:
        assert self.constants is not None
        tensor = self.constants.initializer.add()
        fill_tensor(tensor, np.asarray([number], np.int64), int64)
        tensor.name = self.unique.take("constant")
        return tensor.name

    def write_simple(self, op: str, inputs: list[str], hint: str, **attributes: int) -> str:
        """Write a node with one output that stands for no recorded node; return the output's name."""
        proto = self.proto.node.add()
        proto.op_type, proto.name = op, self.unique.take(hint)
        proto.input.extend(inputs)
        output = self.unique.take(f"{hint}_out")
        proto.output.append(output)
        for name, number in sorted(attributes.items()):
            set_attribute(proto, name, number)
        return output

    def _inline(self, function: Function, inputs: list[str], node: Node) -> tuple[str, ...]:
        """Write the nodes of a function in the place of its call."""
        # closed: a constant of its own may happen to be an input of the model to evaluate
        inner = GraphScope(
            self.proto,
            self.model,
            self.unique,
            self,
            self.constants,
            owner=self.owner or node,
            closed=True,
            function=self.function,
        )
        inner.names = dict(zip(function.inputs, inputs, strict=True))
        if not self.scoped:
            inner.write(function.outputs)
            return tuple(inner.name(v) for v in function.outputs)
        label = self.model.label(function)
        name = self.unique.take(self._prefix(node) + label)
        inner.inner, inner.box = f"{name}/", name
        inner.source = self.source if self.box else node.source
        for i, value in enumerate(function.outputs):
            if value.node is not None and value.data is None:
                labels = inner.labels.setdefault(value.node, {})
                if value.index not in labels:
                    labels[value.index] = self._output(node, name, i)
        inner.write(function.outputs)
        outputs = tuple(inner.name(v) for v in function.outputs)
        self.model.boxes[name] = Box(label, inputs, list(outputs), function.promise, self.box)
        self.model.made_by[name] = self.owner or node
        return outputs

    def _body(self, proto: GraphProto, body: Body, name: str, node: Node) -> None:
        proto.name = self.unique.take(name)
        owner = self.owner or node
        inner = GraphScope(
            proto,
            self.model,
            self.unique,
            self,
            self.constants,
            owner=owner,
            function=self.function,
            box=self.box,
        )
        inner.inner, inner.source = self.inner, self.source
        if node.op == "If":  # its branches take no inputs: the formal ones are outer names
            for formal, actual in zip(body.inputs, node.inputs[1:], strict=False):
                assert actual is not None
                inner.names[formal] = self.name(self.copies.get(actual, actual))
        else:
            for value in body.inputs:
                label = self.unique.take(value.name)
                inner.names[value] = label
                declare(proto.input.add(), label, value.dtype, len(value.shape))
        for value in body.captures:
            if value in self.copies:
                inner.names[value] = self.name(self.copies[value])
        inner.write(body.outputs)
        used: set[str] = set()
        for value in body.outputs:
            label = inner.names.get(value, "")
            outer = value in self.copies or (node.op == "If" and value in body.inputs)
            if not label or outer or label in used:  # an output must be made here, and once
                label = inner.write_simple("Identity", [inner.name(value)], "Identity")
            used.add(label)
            # a branch of an elementwise function is of any rank; a loop must say the rank
            rank = None if node.op == "If" else len(value.shape)
            declare(proto.output.add(), label, value.dtype, rank)

    def _constant(self, value: Value, hint: str) -> str:
        """Write a constant unless an equal one is there; return its name."""
        data = value.data
        assert data is not None
        key = ("constant", value.dtype, data.shape, content_key(data))
        name = self._find_constant(key)
        if name is not None:
            return name
        if hint.endswith("constant"):  # all others have a role
            hint = self.model.name_of(data) or hint
        name = self.unique.take(hint)
        if self.constants is None:
            proto = self.proto.node.add()
            proto.op_type, proto.name = "Constant", self.unique.take("Constant")
            proto.output.append(name)
            attribute = proto.attribute.add()
            attribute.name, attribute.type = "value", AttributeProto.TENSOR
            tensor = attribute.t
            self.written[key] = (name,)
        else:
            tensor = self.constants.initializer.add()
            tensor.name = self.model.constants[key] = name
            if not data.size:
                self.model.empty.add(name)
        fill_tensor(tensor, data, value.dtype)
        return name

    def _find_constant(self, key: tuple[Any, ...]) -> str | None:
        if self.constants is not None:
            return self.model.constants.get(key)
        scope: GraphScope | None = self
        while scope is not None:
            if key in scope.written:
                return scope.written[key][0]
            scope = scope.parent
        return None


def write_function(model: ModelContext, function: Function) -> FunctionProto:
    """Return a recorded function as it is written in the model."""
    proto = model.functions.get(function)
    if proto is None:
        proto = FunctionProto()
        names = UniqueNames()
        scope = GraphScope(proto, model, names, function=function.name)
        for value in function.inputs:
            label = names.take(value.name)
            scope.names[value] = label
            proto.input.append(label)
        scope.write(function.outputs)
        used: set[str] = set()
        for value in function.outputs:
            label = scope.name(value)
            if label in used or label in proto.input:
                label = scope.write_simple("Identity", [label], "Identity")
            used.add(label)
            proto.output.append(label)
        proto.name = model.label(function)
        proto.domain = DOMAIN
        if function.promise is not None:
            write_promise(proto, function.promise)
        model.functions[function] = proto
    return proto
