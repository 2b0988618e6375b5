"""From the recorded graph to ONNX protobuf.

One writer serves evaluation and export. To evaluate, constants become inputs of the model, so that one
session serves all data of the same dtypes and ranks, and recorded functions are written inline. To
export, constants become initializers and functions model-local functions.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from typing import Any, NamedTuple

import numpy as np
from onnx import (
    AttributeProto,
    FunctionProto,
    GraphProto,
    ModelProto,
    NodeProto,
    TensorProto,
    TypeProto,
    ValueInfoProto,
)

from onnxp._src.dtypes import DType, int64
from onnxp._src.graph.name_scopes import Scope
from onnxp._src.graph.source import SOURCE_KEY, SourceFormatter
from onnxp._src.graph.values import (
    DOMAIN,
    Body,
    Function,
    LinkedModel,
    Node,
    Op,
    Operator,
    Structure,
    Value,
)
from onnxp._src.model import linker
from onnxp._src.ops.sizes import SYMBOL
from onnxp._src.ops.versions import BASE_OPSET, IR_VERSION, OPSETS
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Dim, Symbol
from onnxp._src.shapes.shape import Shape, size_names
from onnxp.errors import OpsetError

_REDUCTIONS = ("Max", "Mean", "Min", "Prod", "Sum", "SumSquare")

# What a constant is called in the model: by the operator's input that it feeds.
_ROLES: dict[tuple[Op, int], str] = {
    ("Reshape", 1): "shape",
    ("Expand", 1): "shape",
    ("ConstantOfShape", 0): "shape",
    ("Slice", 1): "starts",
    ("Slice", 2): "ends",
    ("Slice", 3): "axes",
    ("Slice", 4): "steps",
    ("Squeeze", 1): "axes",
    ("Unsqueeze", 1): "axes",
    ("Gather", 1): "indices",
    ("GatherElements", 1): "indices",
    ("GatherND", 1): "indices",
    ("ScatterND", 1): "indices",
    ("ScatterElements", 1): "indices",
    ("Tile", 1): "repeats",
    ("TopK", 1): "k",
    ("CumSum", 1): "axis",
    ("CumProd", 1): "axis",
    ("Loop", 0): "trips",
    ("Pad", 1): "pads",
    **{(f"Reduce{name}", 1): "axes" for name in _REDUCTIONS},
}


class _Names:
    """Names that are unique in a model, or in one of its functions."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._next: dict[str, int] = dict.fromkeys(taken, 1)

    def take(self, wish: str) -> str:
        number = self._next.get(wish, 0)
        self._next[wish] = number + 1
        if not number:
            return wish
        return self.take(f"{wish}_{number}")


class _Model:
    """What the scopes of one model share."""

    def __init__(self, names: _Names, *, inline: bool) -> None:
        self.names = names
        self.inline = inline
        self.opset = BASE_OPSET
        self.newest = ""  # the operator that needs that opset
        self.functions: dict[Function, FunctionProto] = {}
        self.linked_models: dict[LinkedModel, str] = {}
        self.operators: dict[Operator, None] = {}
        self.versions: dict[str, int] = {}  # of other domains than ONNX's own
        self.function_names = _Names()
        self.made_by: dict[str, Node] = {}
        self.places: SourceFormatter | None = None  # for lines in metadata, if they are wanted
        self.prefixes: dict[Scope, str] = {}
        self.scope_names = _Names()
        self.sizes: list[str] = []  # vectors of one size that no recorded value stands for
        self.symbols: Mapping[str, tuple[str, int, int, int]] = {}

    def require(self, domain: str, version: int, what: str) -> None:
        """Note that something needs a version of a domain, if not a newer one."""
        if domain:
            self.versions[domain] = max(self.versions.get(domain, 1), version)
        elif version > self.opset:
            self.opset, self.newest = version, what

    def call(self, linked: LinkedModel) -> str:
        """Return what the function that stands for a linked model is called."""
        name = self.linked_models.get(linked)
        if name is None:
            name = self.linked_models[linked] = self.function_names.take(linked.name)
            for domain, version in linked.lows.items():
                self.require(domain, version, name)
        return name

    def prefix(self, scope: Scope | None) -> str:
        """Return what the names in a name scope begin with, such as ``"scaler/"``."""
        if scope is None:
            return ""
        found = self.prefixes.get(scope)
        if found is None:
            name = self.scope_names.take(self.prefix(scope.parent) + scope.name)
            found = self.prefixes[scope] = f"{name}/"
        return found


class _Scope:
    """A graph, subgraph or function while it is written."""

    def __init__(
        self,
        proto: GraphProto | FunctionProto,
        model: _Model,
        names: _Names,
        parent: _Scope | None = None,
        constants: GraphProto | None = None,
        function: str = "",
        owner: Node | None = None,
        closed: bool = False,
    ) -> None:
        self.closed = closed  # knows nothing of its parents, but for their constants
        self.function = function
        self.owner = owner  # the node that this scope is a part of
        self.proto = proto
        self.model = model
        self.names = names
        self.parent = parent
        self.constants = constants  # where initializers go; None writes Constant nodes
        self.known: dict[Value, str] = {}
        self.written: dict[tuple[Any, ...], tuple[str, ...]] = {}
        self.outputs_of: dict[Node, tuple[str, ...]] = {}
        self.labels: dict[Node, dict[int, str]] = {}  # what outputs of some nodes must be called
        # A function is shared by all scopes; nobody reads a model that is evaluated.
        self.scoped = not function and not model.inline

    def lookup(self, value: Value) -> str | None:
        scope: _Scope | None = self
        while scope is not None:
            name = scope.known.get(value)
            if name is not None:
                return name
            scope = None if scope.closed else scope.parent
        return None

    def write(self, outputs: Sequence[Value]) -> None:
        """Write all nodes behind `outputs`."""
        known = self.known
        stack = list(reversed(outputs))
        while stack:
            value = stack[-1]
            if value in known or value.data is not None or self.lookup(value) is not None:
                stack.pop()
                continue
            node = value.node
            assert node is not None, f"{value!r} is not an input of this graph"
            names = self.outputs_of.get(node)
            if names is None:
                waiting = len(stack)
                for v in reversed(node.inputs):
                    if v is not None and v.data is None and self.lookup(v) is None:
                        stack.append(v)
                if len(stack) > waiting:
                    continue
                names = self.outputs_of[node] = self._node(node)
            known[value] = names[value.index]
            stack.pop()

    def name(self, value: Value, node: Node | None = None, position: int = 0) -> str:
        """Return the name of a value that has been written; a constant is written when first named."""
        found = self.lookup(value)
        if found is None:
            wish = "constant"
            if node is not None:
                op = node.op
                wish = _ROLES.get((op, position), wish)
                if isinstance(op, LinkedModel) and position >= len(op.inputs):
                    wish = op.weights[position - len(op.inputs)]
                if value.data is not None and value.data.size > 1:  # single numbers are everybody's
                    wish = self._prefix(node) + wish
            found = self._constant(value, wish)
            self.known[value] = found
        return found

    def _node(self, node: Node) -> tuple[str, ...]:
        """Write a node unless an equal one is there; return the names of its outputs."""
        op = node.op
        names = ["" if v is None else self.name(v, node, i) for i, v in enumerate(node.inputs)]
        key = (op, node.attributes, *names)
        found = self.written.get(key)
        if found is None:
            found = self._new_node(node, names[: node.arity])
            self.written[key] = found
        return found

    def _new_node(self, node: Node, inputs: list[str]) -> tuple[str, ...]:
        op = node.op
        if op == SYMBOL:
            return (self._symbol(str(dict(node.attributes)["name"])),)
        if isinstance(op, Function):
            if self.model.inline:
                return self._inline(op, inputs, self.owner or node)
            label, domain = _function(self.model, op).name, DOMAIN
        elif isinstance(op, LinkedModel):
            label, domain = self.model.call(op), DOMAIN
        elif isinstance(op, Operator):
            label, domain = op.name, op.domain
            self.model.operators[op] = None
            self.model.require(domain, op.low, label)
        else:
            label, domain = op, ""
            needed = OPSETS.get(op, BASE_OPSET)
            if needed > self.model.opset:
                self.model.require("", needed, f"{self.function or op} ({op})")
        prefix = self._prefix(node)
        name = self.names.take(prefix + label)
        proto = self.proto.node.add(op_type=label, name=name, input=inputs)
        if domain:
            proto.domain = domain
        self.model.made_by[proto.name] = self.owner or node
        if self.model.places is not None and self.scoped and node.source is not None:
            proto.metadata_props.add(key=SOURCE_KEY, value=self.model.places.text(node.source))
        base = prefix + name[len(prefix) :].lower()
        wished = self.labels.get(node) if self.labels else None
        names = tuple(
            (wished and wished.get(i)) or self.names.take(base if i == 0 else f"{base}_output_{i}")
            for i in range(node.outputs)
        )
        proto.output.extend(names)
        for name, value in node.attributes:
            if not isinstance(value, Structure):
                _attribute(proto, name, value)
        for name, body in node.bodies:
            attribute = proto.attribute.add(name=name, type=AttributeProto.GRAPH)
            self._body(attribute.g, body, name, node)
        return names

    def _prefix(self, node: Node) -> str:
        return self.model.prefix(node.scope) if self.scoped and node.scope is not None else ""

    def _symbol(self, name: str) -> str:
        source, axis, factor, offset = self.model.symbols[name]
        size = self._simple("Shape", [source], f"size_{name}", start=axis, end=axis + 1)
        for op, number, needed in (("Sub", offset, offset != 0), ("Div", factor, factor != 1)):
            if needed:
                self.model.sizes.append(size)
                size = self._simple(op, [size, self._int(number)], f"size_{name}")
        return size

    def _int(self, number: int) -> str:
        assert self.constants is not None
        tensor = self.constants.initializer.add()
        _fill_tensor(tensor, np.asarray([number], np.int64), 7)
        tensor.name = self.names.take("constant")
        return tensor.name

    def _simple(self, op: str, inputs: list[str], wish: str, **attributes: int) -> str:
        proto = self.proto.node.add()
        proto.op_type, proto.name = op, self.names.take(wish)
        proto.input.extend(inputs)
        output = self.names.take(f"{wish}_out")
        proto.output.append(output)
        for name, number in sorted(attributes.items()):
            _attribute(proto, name, number)
        return output

    def _inline(self, function: Function, inputs: list[str], owner: Node) -> tuple[str, ...]:
        # closed: a constant of its own may happen to be an input of the model to evaluate
        inner = _Scope(
            self.proto, self.model, self.names, self, self.constants, owner=owner, closed=True
        )
        inner.known = dict(zip(function.inputs, inputs, strict=True))
        inner.write(function.outputs)
        return tuple(inner.name(v) for v in function.outputs)

    def _body(self, proto: GraphProto, body: Body, name: str, node: Node) -> None:
        proto.name = self.names.take(name)
        owner = self.owner or node
        inner = _Scope(proto, self.model, self.names, self, self.constants, owner=owner)
        if node.op == "If":  # its branches take no inputs: the formal ones are outer names
            for formal, actual in zip(body.inputs, node.inputs[1:], strict=False):
                assert actual is not None
                inner.known[formal] = self.name(actual)
        else:
            for value in body.inputs:
                label = self.names.take(value.name)
                inner.known[value] = label
                _declare(proto.input.add(), label, value.dtype, len(value.shape))
        inner.write(body.outputs)
        used: set[str] = set()
        for value in body.outputs:
            label = inner.known.get(value, "")
            outer = label and node.op == "If" and value in body.inputs
            if not label or outer or label in used:  # an output must be made here, and once
                label = inner._simple("Identity", [inner.name(value)], "Identity")
            used.add(label)
            # a branch of an elementwise function is of any rank; a loop must say the rank
            rank = None if node.op == "If" else len(value.shape)
            _declare(proto.output.add(), label, value.dtype, rank)

    def _constant(self, value: Value, wish: str) -> str:
        """Write a constant unless an equal one is there; return its name."""
        data = value.data
        assert data is not None
        key = ("constant", value.dtype, data.shape, _content(data))
        found = self._find_constant(key)
        if found is not None:
            return found
        name = self.names.take(wish)
        if self.constants is None:
            proto = self.proto.node.add()
            proto.op_type, proto.name = "Constant", self.names.take("Constant")
            proto.output.append(name)
            attribute = proto.attribute.add()
            attribute.name, attribute.type = "value", AttributeProto.TENSOR
            tensor = attribute.t
        else:
            tensor = self.constants.initializer.add()
            tensor.name = name
        _fill_tensor(tensor, data, value.dtype.onnx)
        self.written[key] = (name,)
        return name

    def _find_constant(self, key: tuple[Any, ...]) -> str | None:
        scope: _Scope | None = self
        while scope is not None:
            if key in scope.written:
                return scope.written[key][0]
            scope = scope.parent
        return None


def _content(data: np.ndarray[Any, Any]) -> Hashable:
    """Return what equal constants have in common."""
    if data.dtype.hasobject:
        return tuple(data.ravel().tolist())
    return data.tobytes() if data.nbytes <= 4096 else _Content(data)


class _Content:
    """The bytes of a large constant, to be found again: hashed by their ends, compared in full."""

    __slots__ = ("_bytes", "_hash")

    def __init__(self, data: np.ndarray[Any, Any]) -> None:
        self._bytes = data.reshape(-1).view(np.uint8)
        self._hash = hash(self._bytes[:1024].tobytes() + self._bytes[-1024:].tobytes())

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and np.array_equal(self._bytes, other._bytes)


def _attribute(proto: NodeProto, name: str, value: Any) -> None:
    attribute = proto.attribute.add(name=name)
    if isinstance(value, bytes):  # of an operator that the user named: written already
        attribute.ParseFromString(value)
    elif isinstance(value, int):
        attribute.type, attribute.i = AttributeProto.INT, value
    elif isinstance(value, float):
        attribute.type, attribute.f = AttributeProto.FLOAT, value
    elif isinstance(value, str):
        attribute.type, attribute.s = AttributeProto.STRING, value.encode()
    elif len(value) == 3 and isinstance(value[2], bytes):
        attribute.type = AttributeProto.TENSOR
        attribute.t.data_type = value[0]
        attribute.t.dims.extend(value[1])
        attribute.t.raw_data = value[2]
    else:
        attribute.type = AttributeProto.INTS
        attribute.ints.extend(value)


def _fill_tensor(tensor: TensorProto, data: np.ndarray[Any, Any], data_type: int) -> None:
    tensor.data_type = data_type
    tensor.dims.extend(data.shape)
    if data.dtype.hasobject:
        tensor.string_data.extend([text.encode() for text in data.ravel().tolist()])
        return
    if sys.byteorder == "big":
        data = data.astype(data.dtype.newbyteorder("<"))
    tensor.raw_data = data.tobytes()


def _declare(
    info: ValueInfoProto,
    name: str,
    dtype: DType,
    rank: int | None,
    shape: Shape | None = None,
    sizes: Mapping[Symbol, str] | None = None,
) -> None:
    info.name = name
    _fill_type(info.type, dtype, rank, shape, sizes)


def _fill_type(
    proto: TypeProto,
    dtype: DType,
    rank: int | None,
    shape: Shape | None = None,
    sizes: Mapping[Symbol, str] | None = None,
) -> None:
    tensor = proto.tensor_type
    tensor.elem_type = dtype.onnx
    if rank is None:
        return
    tensor.shape.SetInParent()
    for axis in range(rank):
        size = tensor.shape.dim.add()
        if shape is not None:
            if isinstance(shape[axis], Dim):
                size.dim_param = dims.text(shape[axis], (sizes or {}).__getitem__)
            else:
                size.dim_value = shape[axis]


def _function(model: _Model, function: Function) -> FunctionProto:
    """Write a recorded function into the model, or find it there."""
    proto = model.functions.get(function)
    if proto is None:
        proto = FunctionProto()
        names = _Names()
        scope = _Scope(proto, model, names, function=function.name)
        for value in function.inputs:
            label = names.take(value.name)
            scope.known[value] = label
            proto.input.append(label)
        scope.write(function.outputs)
        used: set[str] = set()
        for value in function.outputs:
            label = scope.name(value)
            if label in used or label in proto.input:
                label = scope._simple("Identity", [label], "Identity")
            used.add(label)
            proto.output.append(label)
        proto.name = model.function_names.take(function.name)
        proto.domain = DOMAIN
        model.functions[function] = proto
    return proto


def _name_outputs(scope: _Scope, outputs: Mapping[str, Value]) -> dict[str, str]:
    """Give outputs their names that have none yet; an input, a constant or a twin gets an Identity.

    Return what was renamed.
    """
    renamed: dict[str, str] = {}  # what an equal node had made before the output was known
    for label, value in outputs.items():
        current = scope.name(value)
        if current == label:
            continue
        computed = value.node is not None and value.data is None
        if computed and current not in outputs and current not in renamed:
            renamed[current] = label
            continue
        node = scope.proto.node.add(op_type="Identity", name=scope.names.take("Identity"))
        node.input.append(current)
        node.output.append(label)
    if renamed:
        _rename(scope.proto.node, renamed)
    return renamed


def _describe(scope: _Scope, besides: Set[str], sizes: Mapping[Symbol, str]) -> None:
    """Write the types of what the nodes of the main graph compute: graph viewers show them."""
    done = set(besides)
    computed: dict[str, Value] = {}
    for value, label in scope.known.items():
        if value.node is not None and value.data is None and label not in done:
            computed.setdefault(label, value)
    sizes = size_names([value.shape for value in computed.values()], sizes)
    types: dict[Any, TypeProto] = {}
    add = scope.proto.value_info.add
    for label in scope.model.sizes:
        _declare(add(), label, int64, 1, (1,))
    for label, value in computed.items():
        # by terms: sizes themselves compare loudly
        key = (value.dtype, *[s if type(s) is int else s.terms for s in value.shape])
        found = types.get(key)
        if found is None:
            found = types[key] = TypeProto()
            _fill_type(found, value.dtype, len(value.shape), value.shape, sizes)
        add(name=label, type=found)


def _rename(nodes: Iterable[NodeProto], renamed: Mapping[str, str]) -> None:
    for node in nodes:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                names[i] = renamed.get(name, name)
        for attribute in node.attribute:
            _rename(attribute.g.node, renamed)


def _finish(model: _Model, proto: ModelProto) -> None:
    versions = {"": model.opset, **model.versions}
    for op in model.operators:
        if op.high is not None and versions[op.domain] > op.high:
            raise OpsetError(
                f"{op.name} is meant as it is up to version {op.high} of "
                f"{op.domain or 'the opset'}, but the model needs version {versions[op.domain]}"
                + (f", which {model.newest} needs" if not op.domain and model.newest else "")
            )
    proto.ir_version = IR_VERSION
    for domain in sorted(versions):
        proto.opset_import.add(domain=domain, version=versions[domain])
    if not model.functions and not model.linked_models:
        return
    proto.opset_import.add(domain=DOMAIN, version=1)
    for function in model.functions.values():
        added = proto.functions.add()
        added.CopyFrom(function)
        added.opset_import.add(domain="", version=model.opset)
        added.opset_import.add(domain=DOMAIN, version=1)
    if model.linked_models:
        _write_callees(model, proto, versions)


def _write_callees(model: _Model, proto: ModelProto, versions: Mapping[str, int]) -> None:
    """Write the functions of linked models; what two models have in common is written once."""
    known: dict[bytes, str] = {}
    for function in proto.functions:
        bare = FunctionProto()
        linker.copy_fields(function, bare, "name")
        known[bare.SerializeToString(deterministic=True)] = function.name

    def take(function: FunctionProto, wish: str) -> str:
        function.domain = DOMAIN
        content = function.SerializeToString(deterministic=True)
        name = known.get(content)
        if name is None:
            name = known[content] = function.name = model.function_names.take(wish)
            proto.functions.add().CopyFrom(function)
        return name

    for linked, name in model.linked_models.items():
        proto.functions.add().CopyFrom(linker.functions(linked, name, versions, take))


class Written(NamedTuple):
    """A model, and which recorded node each of its nodes is (a part of), by name."""

    model: ModelProto
    made_by: dict[str, Node]


def evaluation_model(inputs: Sequence[Value], outputs: Sequence[Value]) -> Written:
    """Return a model that computes `outputs` when it is fed the constants `inputs` as i0, i1, ..."""
    proto = ModelProto()
    proto.graph.name = "evaluate"
    names = _Names()
    model = _Model(names, inline=True)
    scope = _Scope(proto.graph, model, names, constants=proto.graph)
    for i, value in enumerate(inputs):
        label = names.take(f"i{i}")
        scope.known[value] = label
        _declare(proto.graph.input.add(), label, value.dtype, len(value.shape))
    scope.write(outputs)
    for value in outputs:
        _declare(proto.graph.output.add(), scope.name(value), value.dtype, len(value.shape))
    _finish(model, proto)
    return Written(proto, model.made_by)


def export_model(
    inputs: Mapping[str, Value],
    outputs: Mapping[str, Value],
    symbols: Mapping[str, tuple[str, int, int, int]],
    *,
    name: str,
    sizes: Mapping[Symbol, str],
    opset: int | None = None,
    source_lines: bool = False,
) -> Written:
    """Return a standalone model.

    Parameters
    ----------
    inputs, outputs : mapping of str to Value
        Their names, in order. The constants behind `outputs` must have their data.
    symbols : mapping of str to (input, axis, factor, offset)
        Where each declared symbol is read: ``(size of the axis - offset) / factor``.
    name : str
        The name of the graph.
    sizes : mapping of Symbol to str
        What to call the symbols of the inputs' and outputs' shapes. Two of one name are one size to the
        runtime, which plans its memory by them.
    opset : int, optional
        The newest opset that it may need.
    source_lines : bool, optional
        Say in the metadata of each node which line of the user's code asked for it.

    Raises
    ------
    OpsetError
        If a node needs a newer one.
    """
    proto = ModelProto()
    proto.graph.name = name
    names = _Names((*inputs, *outputs))
    model = _Model(names, inline=False)
    model.symbols = symbols
    model.places = SourceFormatter() if source_lines else None
    scope = _Scope(proto.graph, model, names, constants=proto.graph)
    for label, value in inputs.items():
        scope.known[value] = label
        _declare(proto.graph.input.add(), label, value.dtype, len(value.shape), value.shape, sizes)
    for label, value in outputs.items():
        if value.node is not None and value.data is None:
            scope.labels.setdefault(value.node, {}).setdefault(value.index, label)
    scope.write(list(outputs.values()))
    renamed = _name_outputs(scope, outputs)
    _describe(scope, outputs.keys() | renamed.keys(), sizes)
    for label, value in outputs.items():
        _declare(proto.graph.output.add(), label, value.dtype, len(value.shape), value.shape, sizes)
    if opset is not None and model.opset > opset:
        what = f"{model.newest} needs" if model.newest else "every model needs"
        raise OpsetError(f"{what} opset {model.opset}, but opset={opset} was given")
    _finish(model, proto)
    return Written(proto, model.made_by)
