"""From the recorded graph to ONNX protobuf.

One writer serves evaluation and export. To evaluate, constants become inputs of the model, so that one
session serves all data of the same dtypes and ranks, and recorded functions are written inline. To
export, constants become initializers, and large functions that are called more than once model-local functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any, NamedTuple

import numpy as np
from onnx import FunctionProto, GraphProto, ModelProto, NodeProto, ValueInfoProto

from onnxp._src.dtypes import DType, int64
from onnxp._src.graph.source import SourceFormatter
from onnxp._src.graph.values import DOMAIN, Node, Target, Value
from onnxp._src.model import boxes, linker
from onnxp._src.model.inliner import inline
from onnxp._src.model.messages import copy_fields, field_bytes
from onnxp._src.model.nodes import all_nodes
from onnxp._src.model.rewriting import adapt
from onnxp._src.model.writing.calls import Calls
from onnxp._src.model.writing.names import UniqueNames
from onnxp._src.model.writing.protos import declare, fill_type
from onnxp._src.model.writing.scope import GraphScope, ModelContext
from onnxp._src.model.writing.signs import turn_signs
from onnxp._src.ops.versions import BASE_OPSET, IR_VERSION
from onnxp._src.shapes.atoms import Symbol
from onnxp._src.shapes.dims import Dim
from onnxp._src.shapes.shape import size_names
from onnxp.errors import OpsetError

_NAME = ValueInfoProto.DESCRIPTOR.fields_by_name["name"].number
_VALUE_INFO = GraphProto.DESCRIPTOR.fields_by_name["value_info"].number


class Written(NamedTuple):
    """A model, and by name of its nodes the recorded node that each is (a part of)."""

    model: ModelProto
    made_by: dict[str, Node]


def evaluation_model(inputs: Sequence[Value], outputs: Sequence[Value]) -> Written:
    """Return a model that computes `outputs` when it is fed the constants `inputs` as i0, i1, ..."""
    proto = ModelProto()
    proto.graph.name = "evaluate"
    names = UniqueNames()
    model = ModelContext(inline=True)
    scope = GraphScope(proto.graph, model, names, constants=proto.graph)
    for i, value in enumerate(inputs):
        label = names.take(f"i{i}")
        scope.names[value] = label
        declare(proto.graph.input.add(), label, value.dtype.computed, len(value.shape))
    scope.write(outputs)
    for value in outputs:
        declare(proto.graph.output.add(), scope.name(value), value.dtype, len(value.shape))
    _finish(model, proto)
    return Written(proto, model.made_by)


def export_model(
    inputs: Mapping[str, Value],
    outputs: Mapping[str, Value],
    symbols: Mapping[str, tuple[str, int, int, int]],
    *,
    name: str,
    sizes: Mapping[Symbol, str],
    target: Target,
    source_lines: bool = False,
    name_of: Callable[[np.ndarray[Any, Any]], str | None] | None = None,
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
        The names of the symbols of the inputs' and outputs' shapes. Two of one name are one size to the
        runtime, which plans its memory by them.
    target : Target
        What the model is for.
    source_lines : bool, optional
        Say in the metadata of each node which line of the user's code asked for it.
    name_of : callable, optional
        Returns the name that the user has given to an array, if any.

    Raises
    ------
    OpsetError
        If a node needs a newer one.
    """
    proto = ModelProto()
    proto.graph.name = name
    names = UniqueNames((*inputs, *outputs))
    model = ModelContext(inline=False, calls=Calls(list(outputs.values()), target.functions))
    model.symbols = symbols
    model.source_lines = SourceFormatter() if source_lines else None
    if name_of is not None:
        model.name_of = name_of
    scope = GraphScope(proto.graph, model, names, constants=proto.graph)
    for label, value in inputs.items():
        scope.names[value] = label
        declare(proto.graph.input.add(), label, value.dtype, len(value.shape), value.shape, sizes)
    for label, value in outputs.items():
        if value.node is not None and value.data is None:
            scope.labels.setdefault(value.node, {}).setdefault(value.index, label)
    scope.write(list(outputs.values()))
    renamed = _name_outputs(scope, outputs)
    _describe(scope, outputs.keys() | renamed.keys(), sizes)
    for label, value in outputs.items():
        declare(proto.graph.output.add(), label, value.dtype, len(value.shape), value.shape, sizes)
    if {key[0] for key in scope.written}.issuperset(("Neg", "Gemm")):
        turn_signs(proto.graph)
    if target.is_limit and model.opset > max(target.opset, BASE_OPSET):
        what = f"{model.newest} needs"
        given = (
            f"the target {target.name!r} has opset {target.opset}"
            if target.is_strict
            else f"opset={target.opset} was given"
        )
        raise OpsetError(f"{what} opset {model.opset}, but {given}")

    _finish(model, proto)
    if model.linked_models:
        inlined = inline(proto, target.functions)
        model.boxes.update(inlined.boxes)
        for call, made in inlined.nodes.items():  # the outer calls first
            model.made_by.update(dict.fromkeys(made, model.made_by[call]))
    boxes.note(proto, model.boxes, renamed)
    if target.is_strict or (target.is_limit and target.opset < model.opset):
        formatter = SourceFormatter()
        sources = ((name, node.source) for name, node in model.made_by.items())
        adapt(proto, target, {name: formatter.line(source) for name, source in sources if source})
    return Written(proto, model.made_by)


def _name_outputs(scope: GraphScope, outputs: Mapping[str, Value]) -> dict[str, str]:
    """Give all outputs their names; an input, a constant or an equal output gets an Identity.

    Return the new names of the values that were renamed.
    """
    renamed: dict[str, str] = {}  # written for an equal node, before the output's name was known
    for label, value in outputs.items():
        current = scope.name(value)
        if current == label:
            continue
        computed = value.node is not None and value.data is None
        if computed and current not in outputs and current not in renamed:
            renamed[current] = label
            continue
        node = scope.proto.node.add(op_type="Identity", name=scope.unique.take("Identity"))
        node.input.append(current)
        node.output.append(label)
    if renamed:
        _rename(scope.proto.node, renamed)
    return renamed


def _describe(scope: GraphScope, besides: Set[str], sizes: Mapping[Symbol, str]) -> None:
    """Write the types of the values that the nodes of the main graph compute: graph viewers show them."""
    done = set(besides)
    computed: dict[str, Value] = {}
    for value, label in scope.names.items():
        if value.node is not None and value.data is None and label not in done:
            computed.setdefault(label, value)
    shapes = {id(value.shape): value.shape for value in computed.values()}  # many share one
    sizes = size_names(shapes.values(), sizes)
    types: dict[Any, bytes] = {}
    of_shapes: dict[tuple[DType, int], bytes] = {}
    add = scope.proto.value_info.add
    for label in scope.model.sizes:
        declare(add(), label, int64, 1, (1,))
    # as bytes: most values have one of a few types, which are five messages each
    parts: list[bytes] = []
    for label, value in computed.items():
        place = (value.dtype, id(value.shape))
        tensor_type = of_shapes.get(place)
        if tensor_type is None:
            # by terms: sizes themselves compare loudly
            key = (value.dtype, *[s.terms if isinstance(s, Dim) else s for s in value.shape])
            tensor_type = types.get(key)
            if tensor_type is None:
                nameless = ValueInfoProto()
                fill_type(nameless.type, value.dtype, len(value.shape), value.shape, sizes)
                tensor_type = types[key] = nameless.SerializeToString()
            of_shapes[place] = tensor_type
        info = field_bytes(_NAME, label.encode()) + tensor_type
        parts.append(field_bytes(_VALUE_INFO, info))
    scope.proto.MergeFromString(b"".join(parts))


def _rename(nodes: Iterable[NodeProto], renamed: Mapping[str, str]) -> None:
    for node in nodes:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                names[i] = renamed.get(name, name)
        for attribute in node.attribute:
            _rename(attribute.g.node, renamed)


def _finish(model: ModelContext, proto: ModelProto) -> None:
    versions = {"": model.opset, **model.versions}
    for op in model.operators:
        if op.high is not None and versions[op.domain] > op.high:
            raise OpsetError(
                f"{op.name} has its recorded meaning up to version {op.high} of "
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
        used = {node.domain for node in all_nodes(added.node)} if model.versions else set()
        for domain in sorted(used & set(model.versions)):
            added.opset_import.add(domain=domain, version=versions[domain])
        added.opset_import.add(domain=DOMAIN, version=1)
    if model.linked_models:
        _write_linked_models(model, proto, versions)


def _write_linked_models(
    model: ModelContext, proto: ModelProto, versions: Mapping[str, int]
) -> None:
    """Write the functions of linked models; a function that two models share is written once."""
    names: dict[bytes, str] = {}
    for function in proto.functions:
        bare = FunctionProto()
        copy_fields(function, bare, "name")
        names[bare.SerializeToString(deterministic=True)] = function.name

    def take(function: FunctionProto, hint: str) -> str:
        function.domain = DOMAIN
        content = function.SerializeToString(deterministic=True)
        name = names.get(content)
        if name is None:
            name = names[content] = function.name = model.function_names.take(hint)
            proto.functions.add().CopyFrom(function)
        return name

    for linked, name in model.linked_models.items():
        proto.functions.add().CopyFrom(linker.functions(linked, name, versions, take))
