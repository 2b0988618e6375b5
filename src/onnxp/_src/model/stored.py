"""Constants of a model in dtypes that are only stored, such as bfloat16: which there are, and their numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from onnxp._src.dtypes import ALL_BY_ONNX, STORED_BY_NAME, DType, stored
from onnxp._src.model.version_converter import graphs

if TYPE_CHECKING:
    from onnx import ModelProto, TensorProto

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


def _content(tensor: TensorProto, dtype: DType) -> bytes:
    if tensor.HasField("raw_data"):
        return tensor.raw_data
    width = 2 if dtype.bits == 16 else 1
    return b"".join(
        number.to_bytes(4, "little", signed=True)[:width] for number in tensor.int32_data
    )
