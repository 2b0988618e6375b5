"""Python scalars and sizes as the planes of an array, in the dtype that they take beside another array."""

from __future__ import annotations

import numpy as np

from onnxp._src import dtypes, ops
from onnxp._src.dtypes import DType, labels, moments, strings
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering import casts
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim
from onnxp.errors import ScalarRangeError

Scalar = bool | int | float | complex | str


def to_planes(
    number: Scalar | Dim | DimReal, dtype: DType, function: str
) -> tuple[DType, tuple[Value, ...]]:
    """Return the dtype that a scalar takes beside an array of `dtype`, and its planes.

    Raises
    ------
    ScalarError
        If a scalar of its kind cannot stand beside the dtype.
    ScalarRangeError
        If an integer does not fit.
    """
    dtype = dtype.plain
    if isinstance(number, Dim | DimReal):
        dtype = dtypes.beside(dtype, 1 if isinstance(number, Dim) else 1.0, function)
        size = ops.scalar_size(number) if isinstance(number, Dim) else ops.scalar_real(number)
        return dtype, casts.cast_planes((size,), dtype)
    if isinstance(number, str) and dtype.family == "datetime":
        data = np.asarray(moments.of_text(number, function))
        if not np.isnat(data):
            dtype = dtypes.from_numpy(data.dtype)
        return dtype, tuple(map(constant, dtype.split(data)))
    if isinstance(number, str) and dtype.family == "category":
        return dtype, (ops.scalar(labels.code(number, dtype, function), dtypes.int64),)
    dtype = dtypes.beside(dtype, number, function)
    if isinstance(number, str):
        strings.check(number, f"{function}: the Python scalar")
        return dtype, (ops.scalar(number, dtype),)
    if dtype.family == "complex":
        part = dtype.planes[0].dtype
        value = complex(number)
        return dtype, (ops.scalar(value.real, part), ops.scalar(value.imag, part))
    assert not isinstance(number, complex)
    if dtype.family in ("int", "uint"):
        low, high = dtypes.int_range(dtype)
        if not low <= number <= high:
            raise ScalarRangeError(
                f"{function}: {number} does not fit {dtype}, which holds {low} to {high}"
            )
    elif dtype.family == "float":
        return dtype, (real_number(number, dtype, function),)
    return dtype, (ops.scalar(number, dtype),)


def real_number(number: float, dtype: DType, function: str) -> Value:
    """Return a number in a real floating-point dtype.

    Raises
    ------
    ScalarRangeError
        If an integer does not fit.
    """
    try:
        return ops.scalar(float(number), dtype)
    except OverflowError:
        raise ScalarRangeError(f"{function}: {number} does not fit {dtype}") from None
