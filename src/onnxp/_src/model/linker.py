"""Linking: any model becomes a `LinkedModel`, which is written as local functions of another model."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from onnxp._src.dtypes import BY_ONNX
from onnxp._src.graph.values import DOMAIN, LinkedModel, Value, constant
from onnxp._src.model.folding import folded
from onnxp._src.model.messages import copy_fields
from onnxp._src.model.nodes import all_nodes, subgraphs
from onnxp._src.model.sparse import make_dense
from onnxp._src.model.type_inference import infer_types
from onnxp._src.model.version_converter import OLDEST, Types, least_version, raise_nodes
from onnxp.errors import InlineError, ModelFileError

if TYPE_CHECKING:
    from onnx import (
        FunctionProto,
        GraphProto,
        ModelProto,
        NodeProto,
        TensorProto,
        ValueInfoProto,
    )

LONG_NAME = "ai.onnx"
"""The long name of the domain of ONNX, which is usually the empty string."""
AXES_ARE_INPUTS = 13
"""The first opset in which the axes of Squeeze are an input."""
_STRUCTURAL = 16
"""Integer vectors up to this length are shapes or axes, and stay in the graph, where inference sees them."""


class Opened(NamedTuple):
    """A linked model with its weights, and the outputs that are not tensors."""

    linked: LinkedModel
    weights: tuple[Value, ...]
    missing: dict[str, str]  # outputs that a call does not return, with the reasons


def open_model(model: ModelProto, name: str) -> Opened:
    """Convert a model to a linked model, which can be called.

    Raises
    ------
    InlineError
        If the model cannot be called from another model.
    """
    model = folded(model, sys.maxsize)
    light = _light(model)
    graph = light.graph
    declared = list(graph.input)
    defaults = {tensor.name for tensor in model.graph.initializer}
    inputs = []
    for info in declared:
        if info.name in defaults:
            continue
        if not info.type.HasField("tensor_type"):
            raise InlineError(
                f"{name}: the input {info.name!r} is {_kind(info)}; traced code supports tensors only"
            )
        inputs.append(info.name)
    weights = _take_weights(model, light)
    _declare_inputs(graph, [info for info in declared if info.name in inputs], weights)
    _drop_zip_maps(light)
    _make_columns(light)
    missing = {
        info.name: _kind(info)
        for info in graph.output
        if info.type.WhichOneof("value") not in ("tensor_type", None)
    }
    outputs = tuple(info.name for info in graph.output if info.name not in missing)
    if not outputs:
        raise InlineError(
            f"{name}: no output is a tensor, and traced code supports tensors only: "
            + ", ".join(f"{label!r} is {kind}" for label, kind in missing.items())
        )
    kept = [info for info in graph.output if info.name in outputs]
    del graph.output[:]
    graph.output.extend(kept)
    linked = LinkedModel(
        re.sub(r"\W+", "_", name.rpartition("<locals>.")[2]).strip("_") or "model",
        light,
        tuple(inputs),
        tuple(weights),
        outputs,
        _lows(light, name),
    )
    return Opened(linked, tuple(weights.values()), missing)


def _kind(info: Any) -> str:
    kind = str(info.type.WhichOneof("value")).removesuffix("_type")
    return {"sequence": "a sequence", "map": "a map", "optional": "optional"}.get(kind, f"a {kind}")


def _light(model: ModelProto) -> ModelProto:
    """Return a copy without dense initializers, which may be large, and with the usual name of the ONNX domain.

    What is sparse is made dense.
    """
    from onnx import ModelProto

    light = ModelProto()
    copy_fields(model, light, "graph")
    copy_fields(model.graph, light.graph, "initializer")
    make_dense(light)
    for nodes in (light.graph.node, *(function.node for function in light.functions)):
        for node in all_nodes(nodes):
            if node.domain == LONG_NAME:
                node.ClearField("domain")
    for imports in (light.opset_import, *(function.opset_import for function in light.functions)):
        for entry in imports:
            if entry.domain == LONG_NAME:
                entry.ClearField("domain")
    return light


def _take_weights(model: ModelProto, light: ModelProto) -> dict[str, Value]:
    """Remove and return the initializers that become inputs of the function."""
    from onnx import numpy_helper

    weights: dict[str, Value] = {}
    for tensor in model.graph.initializer:
        if tensor.data_type in BY_ONNX and not _is_structural(tensor):
            dtype = BY_ONNX[tensor.data_type]
            if dtype.is_own_plane:
                try:
                    data = numpy_helper.to_array(tensor)
                except Exception as error:  # numpy's, of what is too short
                    raise ModelFileError(
                        f"the initializer {tensor.name!r} is damaged: {error}"
                    ) from None
                weights[tensor.name] = constant(data)
                continue
        light.graph.initializer.add().CopyFrom(tensor)
    return weights


def _declare_inputs(
    graph: GraphProto, inputs: list[ValueInfoProto], weights: Mapping[str, Value]
) -> None:
    """Add the weights to the inputs, and remove inputs with default values."""
    from onnx import helper

    infos = [
        helper.make_tensor_value_info(name, value.dtype.onnx, [int(size) for size in value.shape])
        for name, value in weights.items()
    ]
    del graph.input[:]
    graph.input.extend([*inputs, *infos])


def _is_structural(tensor: TensorProto) -> bool:
    return (
        tensor.data_type in (6, 7)
        and len(tensor.dims) < 2
        and math.prod(tensor.dims) <= _STRUCTURAL
    )


def _drop_zip_maps(light: ModelProto) -> None:
    """Replace the maps of a classifier by the tensor of probabilities that they are made from."""
    graph = light.graph
    outputs = {info.name: info for info in graph.output}
    for node in [n for n in graph.node if n.op_type == "ZipMap" and n.output[0] in outputs]:
        info = outputs[node.output[0]]
        info.ClearField("type")
        before, after = node.input[0], node.output[0]
        graph.node.remove(node)
        graph.node.add(op_type="Identity", input=[before], output=[after], name=node.name)


def _make_columns(light: ModelProto) -> None:
    """Replace products of matrices and vectors by products with matrices of one column.

    If a caller passes the result of a Transpose, default optimizations compute a wrong product: see
    "turned by a vector" in `runtime_bugs`.
    """
    nodes = light.graph.node
    if not any(node.op_type == "MatMul" for node in nodes):
        return
    types = _types(light)
    made: list[NodeProto] = []
    for node in nodes:
        typed = node.op_type == "MatMul" and not node.domain and all(n in types for n in node.input)
        ranks = [len(types[n].type.tensor_type.shape.dim) for n in node.input] if typed else []
        if ranks and ranks[1] == 1 < ranks[0]:
            made.extend(_by_column(node, ranks[0] - 1, _imports(light).get("", OLDEST)))
        else:
            made.append(node)
    del nodes[:]
    nodes.extend(made)


def _by_column(node: NodeProto, axis: int, version: int) -> Iterator[NodeProto]:
    from onnx import helper, numpy_helper

    (output,) = node.output
    shape, column, wide, axes = (f"{output}/{part}" for part in ("shape", "column", "wide", "axes"))
    yield helper.make_node(
        "Constant", [], [shape], value=numpy_helper.from_array(np.asarray([-1, 1]))
    )
    yield helper.make_node("Reshape", [node.input[1], shape], [column])
    yield helper.make_node("MatMul", [node.input[0], column], [wide], node.name)
    if version < AXES_ARE_INPUTS:
        yield helper.make_node("Squeeze", [wide], [output], axes=[axis])
    else:
        yield helper.make_node(
            "Constant", [], [axes], value=numpy_helper.from_array(np.asarray([axis]))
        )
        yield helper.make_node("Squeeze", [wide, axes], [output])


def _imports(proto: ModelProto | FunctionProto) -> dict[str, int]:
    return {entry.domain: entry.version for entry in proto.opset_import}


_Key = tuple[str, str, str]


def _local(model: ModelProto) -> dict[_Key, FunctionProto]:
    return {(f.domain, f.name, f.overload): f for f in model.functions}


def _key(node: NodeProto) -> _Key:
    return node.domain, node.op_type, node.overload


def _scopes(model: ModelProto) -> Iterator[tuple[Iterable[NodeProto], dict[str, int]]]:
    yield model.graph.node, _imports(model)
    for function in model.functions:
        yield function.node, _imports(model) | _imports(function)


def _lows(model: ModelProto, name: str) -> dict[str, int]:
    """Return the lowest version of each domain that supports all nodes."""
    local = _local(model)
    lows: dict[str, int] = {}
    for nodes, versions in _scopes(model):
        if versions.get("", OLDEST) < OLDEST:
            raise InlineError(
                f"{name} is a model of opset {versions['']}, but the oldest supported opset is {OLDEST}; "
                "export it again with a newer opset"
            )
        for node in all_nodes(nodes):
            if _key(node) in local:
                continue
            domain = node.domain
            low = least_version(node, versions.get(domain, 1))
            lows[domain] = max(lows.get(domain, 1), low)
    return lows


def raised(linked: LinkedModel, versions: Mapping[str, int]) -> ModelProto:
    """Return the model of a linked model with its nodes converted to other versions of its domains.

    Raises
    ------
    InlineError
        If a node cannot be converted.
    """
    from onnx import ModelProto

    model = ModelProto()
    model.CopyFrom(linked.model)
    before = _imports(model)
    for function in model.functions:
        imports = before | _imports(function)
        raise_nodes(function.node, imports, {**imports, **versions}, {}, linked.name)
        _set_imports(function, {**imports, **versions})
    types = _types(model) if before.get("") != versions.get("") else {}
    raise_nodes(model.graph.node, before, {**before, **versions}, types, linked.name)
    _set_imports(model, {**before, **versions})
    return model


def _set_imports(proto: ModelProto | FunctionProto, versions: Mapping[str, int]) -> None:
    del proto.opset_import[:]
    for domain, version in versions.items():
        proto.opset_import.add(domain=domain, version=version)


def _types(model: ModelProto) -> Types:
    """Return the types of the values of a graph, which some conversions need."""
    try:
        graph = infer_types(model).graph
    except Exception:  # errors in the model are reported elsewhere
        graph = model.graph
    infos = (*graph.input, *graph.value_info, *graph.output)
    return {info.name: info for info in infos if info.type.HasField("tensor_type")}


def functions(
    linked: LinkedModel,
    name: str,
    versions: Mapping[str, int],
    take: Callable[[FunctionProto, str], str],
) -> FunctionProto:
    """Convert the graph of a linked model to a function, and pass on the functions that it calls.

    Parameters
    ----------
    linked : LinkedModel
        The model to write.
    name : str
        The name of the function.
    versions : mapping of str to int
        The versions of the domains of the whole model.
    take : callable
        Adds a function to the whole model. Its arguments are a function without a name and a preferred
        name; it returns the actual name.

    Raises
    ------
    InlineError
        If a node cannot be converted to these versions.
    """
    from onnx import FunctionProto

    model = raised(linked, versions)
    local = _local(model)
    names: dict[_Key, str] = {}

    def emit(key: _Key) -> str:
        if key not in names:
            source = local[key]
            names[key] = ""  # functions do not call themselves
            proto = FunctionProto()
            copy_fields(source, proto, "opset_import")
            for field in ("name", "domain", "overload", "doc_string"):
                proto.ClearField(field)
            finish(proto)
            wish = source.name if source.domain == DOMAIN else f"{name}_{source.name}"
            names[key] = take(proto, wish)
        return names[key]

    def rename(nodes: Iterable[NodeProto]) -> None:
        for node in nodes:
            if _key(node) in local:
                node.op_type, node.domain = emit(_key(node)), DOMAIN
                node.ClearField("overload")
            for graph in subgraphs(node):
                rename(graph.node)

    def finish(proto: FunctionProto) -> None:
        rename(proto.node)
        used = {node.domain for node in all_nodes(proto.node)} | {"", DOMAIN}
        _set_imports(proto, {domain: {**versions, DOMAIN: 1}[domain] for domain in sorted(used)})

    proto = FunctionProto()
    proto.input.extend((*linked.inputs, *linked.weights))
    for tensor in model.graph.initializer:
        _constant(proto, tensor)
    proto.node.extend(model.graph.node)
    finish(proto)
    _name_outputs(proto, linked)
    proto.name, proto.domain = name, DOMAIN
    return proto


def _constant(proto: FunctionProto, tensor: TensorProto) -> None:
    node = proto.node.add(op_type="Constant", output=[tensor.name])
    attribute = node.attribute.add(name="value", type=4)
    attribute.t.CopyFrom(tensor)
    attribute.t.ClearField("name")


def _name_outputs(proto: FunctionProto, linked: LinkedModel) -> None:
    """Return names for the outputs of a function, which must be distinct and computed by its nodes."""
    made = {name for node in proto.node for name in node.output}
    used: set[str] = set()
    for name in linked.outputs:
        label = name
        if name not in made or name in used:
            label = f"{name}/output_{len(used)}"
            proto.node.add(op_type="Identity", input=[name], output=[label])
        used.add(label)
        proto.output.append(label)
