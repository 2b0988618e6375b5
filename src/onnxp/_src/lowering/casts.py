"""Casts that runtimes get wrong, made right.

What the standard leaves undefined, a floating-point number that does not fit the integer dtype, is what
the runtime's Cast does (onnxruntime 1.20.1 to 1.32.0 on x86-64, as numpy there): int32 and int64 give
their smallest number; narrower dtypes take the low bits of that, of int32 for 8 and 16 bits, of int64
for uint32.
"""

from __future__ import annotations

from onnxp._src import ops
from onnxp._src.dtypes import DType, float16, float32, float64, int64, uint32
from onnxp._src.graph.values import Value
from onnxp._src.lowering.expr import Expr, maximum, minimum, where
from onnxp._src.lowering.functions import elementwise


def cast(x: Value, dtype: DType) -> Value:
    """Cast. Float to integer truncates, integer to integer wraps, what is not zero is True."""
    if dtype is float16 and x.dtype is float64:
        return to_half(x)
    if dtype is uint32 and x.dtype.family == "float":
        # the kernel's results differ between places in the array, and a runtime makes one cast of two
        # that follow each other (onnxruntime 1.20.1 to 1.32.0)
        x = ops.bitwise_and(ops.cast(x, int64), ops.scalar(2**32 - 1, int64))
    return ops.cast(x, dtype)


def cast_planes(planes: tuple[Value, ...], dtype: DType) -> tuple[Value, ...]:
    """Cast the planes of an array; real to complex gives a zero imaginary part."""
    part = dtype.planes[0].dtype
    result = tuple(cast(plane, part) for plane in planes[: len(dtype.planes)])
    if len(result) == len(dtype.planes):
        return result
    return *result, ops.expand(ops.scalar(0.0, part), result[0].shape)


@elementwise("to_float16")
def to_half(x: Expr) -> Expr:
    """Round float64 to float16 once; the kernel goes through float32 (onnxruntime 1.20.1 to 1.32.0).

    The second rounding errs only if the first has made a tie. Then the other neighbour is as far from
    the tie, and nearer to `x`.
    """
    single = x.cast(float32)
    half = minimum(maximum(single.cast(float16).cast(float32), -65536.0), 65536.0)
    lost = single - half
    other = single + lost
    tie = other.cast(float16).cast(float32) == other
    beyond = (x - single.cast(float64)).sign().cast(float32) * lost > 0.0
    return where(tie & beyond, other, half).cast(float16)
