"""Constants of a model in dtypes that are only stored, such as bfloat16: which there are, and their numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from onnxp._src.dtypes import ALL_BY_ONNX, STORED_BY_NAME, DType, stored
from onnxp._src.model.messages import replace
from onnxp._src.model.nodes import graphs

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto

_NUMBERS = {dtype.onnx for dtype in STORED_BY_NAME.values()}
_WIDENING = {"Cast", "DequantizeLinear"}
"""Operators that take the numbers of a stored dtype in any dtype that holds them."""


def stored_constants(model: ModelProto) -> Iterator[TensorProto]:
    """Yield the initializers of stored dtypes."""
    for graph in graphs(model.graph):
        yield from (t for t in graph.initializer if t.data_type in _NUMBERS)


def widen_stored(model: ModelProto, names: Collection[str] | None) -> None:
    """Store constants as float32 or 8-bit integers instead, where operators read these as well.

    Parameters
    ----------
    model : onnx.ModelProto
        Any model; it is changed.
    names : collection of str or None
        The dtypes to replace; None for all that are only stored.
    """
    tensors = list(stored_constants(model))
    if not tensors:
        return
    readers = defaultdict(set)
    for graph in graphs(model.graph):
        for node in graph.node:
            for position, name in enumerate(node.input):
                readers[name].add((node.op_type, position))
        for info in graph.output:
            readers[info.name].add(("", 0))
    allowed = {(operator, 0) for operator in _WIDENING}
    for tensor in tensors:
        dtype = ALL_BY_ONNX[tensor.data_type]
        if (names is None or dtype.name in names) and readers[tensor.name] <= allowed:
            _widen(tensor, dtype)


def _widen(tensor: TensorProto, dtype: DType) -> None:
    data = stored.unpacked(_content(tensor, dtype), tuple(tensor.dims), dtype)
    tensor.data_type = dtype.computed.onnx
    tensor.ClearField("int32_data")
    tensor.raw_data = data.astype(data.dtype.newbyteorder("<")).tobytes()


def widen_interface(model: ModelProto) -> bool:
    """Let a model take and give float32 or 8-bit integers where no array has the dtype, by nodes that cast.

    Returns
    -------
    bool
        Whether the model was changed.
    """
    graph = model.graph
    initialized = {tensor.name for tensor in graph.initializer}
    inputs = [info for info in graph.input if info.name not in initialized and _is_stored(info)]
    outputs = [info for info in graph.output if _is_stored(info)]
    names = {name for part in graphs(graph) for node in part.node for name in node.output}
    names |= {info.name for info in graph.input} | initialized
    renamed = {}
    for info in (*inputs, *outputs):
        if info.name not in renamed:
            renamed[info.name] = _unique(f"{info.name}_{_dtype(info).name}", names)
    if not renamed:
        return False
    _rename(graph, renamed)
    before = [_cast(info.name, renamed[info.name], _dtype(info).onnx) for info in inputs]
    after = [_cast(renamed[info.name], info.name, _dtype(info).computed.onnx) for info in outputs]
    replace(graph.node, [*before, *graph.node, *after])
    for info in (*inputs, *outputs):
        info.type.tensor_type.elem_type = _dtype(info).computed.onnx
    return True


def _is_stored(info: ValueInfoProto) -> bool:
    return info.type.HasField("tensor_type") and info.type.tensor_type.elem_type in _NUMBERS


def _dtype(info: ValueInfoProto) -> DType:
    return ALL_BY_ONNX[info.type.tensor_type.elem_type]


def _unique(name: str, names: set[str]) -> str:
    while name in names:
        name += "_"
    names.add(name)
    return name


def _rename(graph: GraphProto, renamed: Mapping[str, str]) -> None:
    """Rename values in the nodes of a graph and of those in it, but not its inputs and outputs."""
    for part in graphs(graph):
        for node in part.node:
            for field in (node.input, node.output):
                field[:] = [renamed.get(name, name) for name in field]
        if part is not graph:
            for info in part.output:
                info.name = renamed.get(info.name, info.name)
    for info in graph.value_info:
        info.name = renamed.get(info.name, info.name)


def _cast(source: str, target: str, number: int) -> NodeProto:
    from onnx import helper

    return helper.make_node("Cast", [source], [target], name=f"{target}_cast", to=number)


def _content(tensor: TensorProto, dtype: DType) -> bytes:
    if tensor.HasField("raw_data"):
        return tensor.raw_data
    width = 2 if dtype.bits == 16 else 1
    return b"".join(
        number.to_bytes(4, "little", signed=True)[:width] for number in tensor.int32_data
    )
