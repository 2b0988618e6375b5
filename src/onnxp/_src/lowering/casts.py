"""Casts, including those that runtimes compute wrong.

The standard does not define casts of floating-point numbers to integer dtypes that cannot hold them. The result
is that of Cast (onnxruntime 1.20.1 to 1.32.0 on x86-64, and numpy there): the smallest number for int32 and
int64; the low bits of this number for narrower dtypes, of int32 for 8 and 16 bits and of int64 for uint32.
"""

from __future__ import annotations

from onnxp._src import ops
from onnxp._src.dtypes import DType, float16, float32, float64, int64, uint32
from onnxp._src.graph.values import Value
from onnxp._src.lowering.expr import Expr, maximum, minimum, where
from onnxp._src.lowering.functions import elementwise


def cast(x: Value, dtype: DType) -> Value:
    """Cast a value: floats to integers truncate, integers to integers wrap, and nonzero numbers are True."""
    if dtype is float16 and x.dtype is float64:
        return to_half(x)
    if dtype is uint32 and x.dtype.family == "float":
        # the kernel's results differ between places in the array, and a runtime makes one cast of two
        # that follow each other (onnxruntime 1.20.1 to 1.32.0)
        x = ops.bitwise_and(ops.cast(x, int64), ops.scalar(2**32 - 1, int64))
    return ops.cast(x, dtype)


def cast_planes(planes: tuple[Value, ...], dtype: DType) -> tuple[Value, ...]:
    """Cast the planes of an array; the imaginary part of a real array is zero."""
    part = dtype.planes[0].dtype
    result = tuple(cast(plane, part) for plane in planes[: len(dtype.planes)])
    if len(result) == len(dtype.planes):
        return result
    return *result, ops.expand(ops.scalar(0.0, part), result[0].shape)


@elementwise("to_float16")
def to_half(x: Expr) -> Expr:
    """Round float64 to float16 once; the kernel rounds to float32 first (onnxruntime 1.20.1 to 1.32.0).

    The second rounding is wrong only if the result of the first one is a tie. In this case the other
    neighbor is closer to `x`.
    """
    single = x.cast(float32)
    half = minimum(maximum(single.cast(float16).cast(float32), -65536.0), 65536.0)
    lost = single - half
    other = single + lost
    tie = other.cast(float16).cast(float32) == other
    beyond = (x - single.cast(float64)).sign().cast(float32) * lost > 0.0
    return where(tie & beyond, other, half).cast(float16)
