"""Conversion of attributes of operators to protobuf."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np

from onnxp._src import dtypes
from onnxp._src.array.array import Array
from onnxp._src.dtypes import DType
from onnxp._src.shapes.dims import Dim
from onnxp.errors import DTypeError


def attribute(name: str, value: Any, kind: str | None = None) -> bytes:
    """Convert an attribute to the bytes of an ``onnx.AttributeProto``.

    Parameters
    ----------
    name : str
        The name of the attribute.
    value : object
        A number, text, an array, a dtype, or a sequence of these.
    kind : str, optional
        The type in the schema of the operator, such as ``"INTS"``. By default it is inferred from the value.

    Raises
    ------
    TypeError
        If the value does not have this type.
    """
    from onnx import AttributeProto, helper

    kind = _kind_of(value) if kind is None else kind
    try:
        plain = _PLAIN[kind](value)
        proto = helper.make_attribute(name, plain, attr_type=getattr(AttributeProto, kind))
    except (KeyError, TypeError, ValueError, OverflowError, DTypeError):
        raise TypeError(
            f"must be {_WORDS.get(kind, kind.lower())}, not {value!r} of type {type(value).__name__}"
        ) from None
    return bytes(proto.SerializeToString(deterministic=True))


def _kind_of(value: Any) -> str:
    if isinstance(value, np.ndarray | Array):
        return "TENSOR"
    if isinstance(value, str | bytes):
        return "STRING"
    if isinstance(value, numbers.Integral | DType):
        return "INT"
    if isinstance(value, numbers.Real):
        return "FLOAT"
    kinds = {_kind_of(item) for item in value} if isinstance(value, list | tuple) else set()
    if kinds == {"INT", "FLOAT"}:
        kinds = {"FLOAT"}
    return f"{kinds.pop()}S" if len(kinds) == 1 else "?"


def _int(value: Any) -> int:
    if isinstance(value, DType | np.dtype | type):
        return dtypes.as_dtype(value).onnx
    if isinstance(value, Dim) or not isinstance(value, numbers.Integral):
        raise TypeError
    return int(value)


def _float(value: Any) -> float:
    if isinstance(value, bool | Dim) or not isinstance(value, numbers.Real):
        raise TypeError
    return float(value)


def _text(value: Any) -> str | bytes:
    if not isinstance(value, str | bytes):
        raise TypeError
    return value


def _items(value: Any) -> list[Any]:
    if isinstance(value, str | bytes | Mapping):
        raise TypeError
    return list(value)


def _ints(value: Any) -> list[int]:
    if isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.ndim == 1:
        return list(value.tolist())
    items = _items(value)
    # a tree ensemble has hundreds of thousands, and looking at each is slow
    return items if set(map(type, items)) <= {int} else [_int(item) for item in items]


def _floats(value: Any) -> list[float]:
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf" and value.ndim == 1:
        return list(value.tolist())
    items = _items(value)
    return items if set(map(type, items)) <= {float} else [_float(item) for item in items]


def _tensor(value: Any) -> Any:
    from onnx import TensorProto, numpy_helper

    if isinstance(value, TensorProto):
        return value
    array = value._numpy() if isinstance(value, Array) else np.asarray(value)
    if array.dtype.kind == "U":
        array = array.astype(object)
    elif array.dtype.kind not in "biuf":
        raise TypeError
    return numpy_helper.from_array(array)


_PLAIN: dict[str, Any] = {
    "INT": _int,
    "FLOAT": _float,
    "STRING": _text,
    "TENSOR": _tensor,
    "INTS": _ints,
    "FLOATS": _floats,
    "STRINGS": lambda value: [_text(item) for item in _items(value)],
    "TENSORS": lambda value: [_tensor(item) for item in _items(value)],
    "SPARSE_TENSOR": lambda value: value,
    "TYPE_PROTO": lambda value: value,
}

_WORDS = {
    "INT": "an integer",
    "FLOAT": "a number",
    "STRING": "text",
    "TENSOR": "an array",
    "INTS": "a list of integers",
    "FLOATS": "a list of numbers",
    "STRINGS": "a list of texts",
    "TENSORS": "a list of arrays",
    "?": "a number, text, an array, or a list of one of these types",
}
