"""Filling ONNX protobuf messages: attributes, tensors and types."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from onnx import AttributeProto, NodeProto, TensorProto, TypeProto, ValueInfoProto

from onnxp._src.dtypes import DType, stored
from onnxp._src.shapes import dims
from onnxp._src.shapes.atoms import Symbol
from onnxp._src.shapes.dims import Dim
from onnxp._src.shapes.shape import Shape


def content_key(data: np.ndarray[Any, Any]) -> Hashable:
    """Return a key that equal constants share."""
    if data.dtype.hasobject:
        return tuple(data.ravel().tolist())
    return data.tobytes() if data.nbytes <= 4096 else _Content(data)


class _Content:
    """The bytes of a large constant as a key: hashed by their ends, compared in full."""

    __slots__ = ("_bytes", "_hash")

    def __init__(self, data: np.ndarray[Any, Any]) -> None:
        self._bytes = data.reshape(-1).view(np.uint8)
        self._hash = hash(self._bytes[:1024].tobytes() + self._bytes[-1024:].tobytes())

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and np.array_equal(self._bytes, other._bytes)


def set_attribute(proto: NodeProto, name: str, value: Any) -> None:
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


def fill_tensor(tensor: TensorProto, data: np.ndarray[Any, Any], dtype: DType) -> None:
    tensor.data_type = dtype.onnx
    tensor.dims.extend(data.shape)
    if dtype.family == "stored":
        tensor.raw_data = stored.packed(data, dtype)
        return
    if data.dtype.hasobject:
        tensor.string_data.extend([text.encode() for text in data.ravel().tolist()])
        return
    if sys.byteorder == "big":
        data = data.astype(data.dtype.newbyteorder("<"))
    tensor.raw_data = data.tobytes()


def declare(
    info: ValueInfoProto,
    name: str,
    dtype: DType,
    rank: int | None,
    shape: Shape | None = None,
    sizes: Mapping[Symbol, str] | None = None,
) -> None:
    info.name = name
    fill_type(info.type, dtype, rank, shape, sizes)


def fill_type(
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
            length = shape[axis]
            if isinstance(length, Dim):
                size.dim_param = dims.text(length, (sizes or {}).__getitem__)
            else:
                size.dim_value = length
