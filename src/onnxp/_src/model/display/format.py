"""Text for the parts of a model: types, small tensors, attributes and scopes, for listings and drawings."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import AttributeProto, TensorProto, TypeProto, numpy_helper

from onnxp._src.dtypes import ALL_BY_ONNX
from onnxp._src.graph.source import SOURCE_KEY
from onnxp._src.model.files import detach
from onnxp._src.model.folding import folded
from onnxp._src.model.type_inference import infer_types

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

Types = dict[str, TypeProto | TensorProto]
Lines = Callable[["NodeProto"], str]  # returns the user's line for a node, or an empty text

_FEW = 6  # the number of elements of a tensor or a list to show
_LONG = 40  # the number of characters of a text attribute to show


def described(model: ModelProto) -> ModelProto:
    """Return a model for display: with calls of functions that are inline, and with inferred types."""
    model = folded(model)
    if not _lacks_types(model.graph):
        return model
    light, _ = detach(model)
    try:
        inferred = infer_types(light)
    except Exception:  # an invalid or too large model is displayed without inference
        return light
    graph = inferred.graph
    del graph.input[len(light.graph.input) :]  # the large initializers
    del graph.initializer[:]
    graph.initializer.extend(light.graph.initializer)
    return inferred


def _lacks_types(graph: GraphProto) -> bool:
    typed = {info.name for infos in (graph.value_info, graph.output) for info in infos}
    return any(
        not typed.issuperset(filter(None, node.output))
        or any(_lacks_types(body) for body in bodies(node).values())
        for node in graph.node
    )


def bodies(node: NodeProto) -> dict[str, GraphProto]:
    """Return the subgraphs of a node, by attribute."""
    graphs: dict[str, GraphProto] = {}
    for attribute in node.attribute:
        if attribute.HasField("g"):
            graphs[attribute.name] = attribute.g
        for i, graph in enumerate(attribute.graphs):
            graphs[f"{attribute.name}[{i}]"] = graph
    return graphs


def every_node(graph: GraphProto) -> Iterator[NodeProto]:
    """Yield the nodes of a graph and of the subgraphs in it."""
    for node in graph.node:
        yield node
        for body in bodies(node).values():
            yield from every_node(body)


def types(graph: GraphProto) -> Types:
    """Return the declared types of the values of a graph."""
    declared: Types = {
        info.name: info.type
        for infos in (graph.value_info, graph.output, graph.input)
        for info in infos
    }
    declared.update((tensor.name, tensor) for tensor in graph.initializer)
    return declared


def type_text(proto: TypeProto | TensorProto | None) -> str:
    """Return a type, or the type of a tensor, as text such as ``float32[N, 2]``; an empty text for None."""
    if proto is None:
        return ""
    if isinstance(proto, TensorProto):
        return f"{_dtype_text(proto.data_type)}[{', '.join(map(str, proto.dims))}]"
    kind = proto.WhichOneof("value")
    if kind in ("tensor_type", "sparse_tensor_type"):
        tensor = getattr(proto, kind)
        sizes = "..."
        if tensor.HasField("shape"):
            sizes = ", ".join(map(_size_text, tensor.shape.dim))
        prefix = "sparse " if kind == "sparse_tensor_type" else ""
        return f"{prefix}{_dtype_text(tensor.elem_type)}[{sizes}]"
    if kind in ("sequence_type", "optional_type"):
        return f"{kind.removesuffix('_type')}({type_text(getattr(proto, kind).elem_type)})"
    if kind == "map_type":
        key = _dtype_text(proto.map_type.key_type)
        return f"map({key}, {type_text(proto.map_type.value_type)})"
    return "?"


def _dtype_text(number: int) -> str:
    dtype = ALL_BY_ONNX.get(number)
    if dtype is not None:
        return dtype.name
    is_known = number in TensorProto.DataType.values() and number != TensorProto.UNDEFINED
    return TensorProto.DataType.Name(number).lower() if is_known else "?"


def _size_text(size: Any) -> str:
    if size.HasField("dim_value"):  # exporters write -1 for an unknown size
        return str(size.dim_value) if size.dim_value >= 0 else "?"
    # the name that shape inference gives to unknown sizes
    name = text_of(size.dim_param)
    return "?" if not name or name.startswith("unk__") else name


def tensor_values(tensor: TensorProto) -> str:
    """Return the elements of a small tensor as text, or an empty text."""
    if math.prod(tensor.dims) > _FEW:
        return ""
    try:
        values = numpy_helper.to_array(tensor)
    except Exception:  # the elements are in another file, or invalid
        return ""
    return " ".join(np.array2string(values, separator=", ").split())


def attribute_text(attribute: AttributeProto) -> str:
    """Return an attribute as text, such as ``axis=1``; empty for a subgraph."""
    kind = AttributeProto.AttributeType
    if attribute.ref_attr_name:
        return f"{attribute.name}=@{attribute.ref_attr_name}"
    if attribute.type in (kind.GRAPH, kind.GRAPHS):
        return ""
    if attribute.type in (kind.TENSOR, kind.SPARSE_TENSOR):
        tensor = attribute.t if attribute.type == kind.TENSOR else attribute.sparse_tensor.values
        return f"{attribute.name}={tensor_values(tensor) or type_text(tensor)}"
    if attribute.type in (kind.TYPE_PROTO, kind.TYPE_PROTOS):
        return f"{attribute.name}={type_text(attribute.tp)}"
    value: Any = {
        kind.INT: attribute.i,
        kind.FLOAT: attribute.f,
        kind.STRING: attribute.s,
        kind.INTS: attribute.ints,
        kind.FLOATS: attribute.floats,
        kind.STRINGS: attribute.strings,
    }.get(attribute.type, "?")
    if attribute.type == kind.INT and attribute.name in ("to", "dtype"):
        return f"{attribute.name}={_dtype_text(value)}"
    if isinstance(value, int | float | bytes | str):
        return f"{attribute.name}={_scalar_text(value)}"
    parts = [_scalar_text(part) for part in value[:_FEW]]
    if len(value) > _FEW:
        parts.append(f"... {len(value) - _FEW:,} more")
    return f"{attribute.name}=[{', '.join(parts)}]"


def _scalar_text(value: float | bytes | str) -> str:
    if isinstance(value, float):
        return f"{value:.7g}"
    if isinstance(value, str | bytes):
        value = text_of(value)
        return repr(value if len(value) <= _LONG else value[:_LONG] + "...")
    return str(value)


def text_of(name: str | bytes) -> str:
    """Return a name as text; protobuf returns bytes if it is not UTF-8."""
    return name if isinstance(name, str) else name.decode(errors="replace")


def operator_text(node: NodeProto) -> str:
    """Return the operator with its domain, such as ``onnxp.atan2``."""
    operator = text_of(node.op_type)
    return operator if node.domain in ("", "ai.onnx") else f"{text_of(node.domain)}.{operator}"


def scope_text(node: NodeProto) -> str:
    """Return the name scope of a node, such as ``model/scaler``."""
    return text_of(node.name).rpartition("/")[0].strip("/")


def place(node: NodeProto) -> str:
    """Return the user's line in the metadata of a node, if any."""
    return next((entry.value for entry in node.metadata_props if entry.key == SOURCE_KEY), "")


def elided(count: int, limit: int | None) -> tuple[int, int]:
    """Return the range of indices below `count` to omit."""
    if limit is None or count <= limit:
        return count, count
    last = limit // 3
    return limit - last, count - last


def counted(number: int, what: str) -> str:
    """Return ``"1 node"``, ``"1,234 nodes"``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def size_of(tensors: Iterable[TensorProto]) -> int:
    """Return the total size of tensors in bytes."""
    total = 0
    for tensor in tensors:
        dtype = ALL_BY_ONNX.get(tensor.data_type)
        if tensor.string_data:
            total += sum(map(len, tensor.string_data))
        elif dtype is not None:
            total += (math.prod(tensor.dims) * dtype.bits + 7) // 8
    return total


def bytes_text(number: int) -> str:
    """Return ``"12 bytes"``, ``"3.4 MB"``."""
    if number < 1000:
        return counted(number, "byte")
    power = min((len(str(number)) - 1) // 3, 3)
    return f"{number / 1000**power:.3g} {('', 'kB', 'MB', 'GB')[power]}"
