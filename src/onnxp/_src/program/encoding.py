"""How an input or output of a model stores an array in tensors.

By default there is a tensor for each plane: ``x``, ``z_real`` and ``z_imag``, or ``x_values`` and
``x_null``. An *encoding* stores a nullable array in one tensor, in which some value stands for null.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from onnxp._src import dtypes, ops
from onnxp._src.dtypes import DType, Plane
from onnxp._src.graph.values import Value
from onnxp._src.lowering import nulls
from onnxp.errors import FeedError, SpecError

Encoding = str | int | float | None
"""The text or number that stands for null, ``"nan"`` for NaN; None for a tensor for each plane."""
_Host = np.ndarray[Any, Any]


def check(encoding: Encoding, dtype: DType) -> None:
    """Raise unless a value can stand for null in arrays of a dtype.

    Raises
    ------
    SpecError
        If it cannot.
    """
    if encoding is None:
        return
    if not dtype.is_nullable:
        raise SpecError(f"null={encoding!r} needs a nullable dtype, such as {dtype}?, not {dtype}")
    family = dtype.plain.family
    is_number = isinstance(encoding, int | float) and not isinstance(encoding, bool)
    allowed = {
        "string": isinstance(encoding, str),
        "float": encoding == "nan" or (is_number and math.isfinite(encoding)),  # type: ignore[arg-type]
        "complex": encoding == "nan",
    }.get(family, False)
    if family in ("int", "uint") and type(encoding) is int:
        low, high = dtypes.int_range(dtype.plain)
        allowed = low <= encoding <= high
    if not allowed:
        values = {"bool": "a bool has none to spare", "string": "text", "complex": "'nan'"}
        raise SpecError(
            f"null={encoding!r} cannot stand for null in {dtype}: "
            f"{values.get(family, 'a number of the dtype')}{' or nan' if family == 'float' else ''} is allowed"
        )


def tensors(name: str, dtype: DType, encoding: Encoding = None) -> tuple[Plane, ...]:
    """Return the names and dtypes of the tensors for an array."""
    planes = dtype.planes if encoding is None else dtype.plain.planes
    return tuple(Plane(f"{name}_{p.name}" if p.name else name, p.dtype) for p in planes)


def decoded(values: Sequence[Value], dtype: DType, encoding: Encoding) -> tuple[Value, ...]:
    """Record the planes of an array that a model gets as tensors."""
    if encoding is None:
        return tuple(values)
    if encoding == "nan" and dtype.plain.family != "string":
        parts = [ops.is_nan(value) for value in values]
        return *values, parts[0] if len(parts) == 1 else ops.or_(*parts)
    (value,) = values
    return value, ops.equal(value, ops.scalar(encoding, dtype.plain))


def encoded(planes: Sequence[Value], dtype: DType, encoding: Encoding) -> tuple[Value, ...]:
    """Record the tensors for an array that a model is given."""
    if encoding is None:
        return tuple(planes)
    *values, null = planes
    number = _number(dtype, encoding)
    return nulls.filled(values, null, [ops.scalar(number, value.dtype) for value in values])


def split(data: _Host, dtype: DType, encoding: Encoding, name: str) -> tuple[_Host, ...]:
    """Return the tensors for numpy data.

    Raises
    ------
    FeedError
        If an element that is not null equals the value that stands for null.
    """
    if encoding is None:
        return dtype.split(np.asanyarray(data, order="C"))
    number = _number(dtype, encoding)
    null = np.ma.getmaskarray(data)
    if null.any():
        values = np.array(np.ma.getdata(data))
        same = values != values if number != number else values == number
        if (same & ~null).any():
            raise FeedError(
                f"input {name!r} has {number!r}, which stands for null, among the elements that are not null"
            )
        values[null] = complex(math.nan, math.nan) if dtype.plain.family == "complex" else number
    else:
        values = np.asarray(data, order="C")
    return dtype.plain.split(values)


def _number(dtype: DType, encoding: Encoding) -> Any:
    return math.nan if encoding == "nan" and dtype.plain.family != "string" else encoding
