"""Constants of dtypes that models store: their rounding, and the nodes that turn them into numbers."""

from __future__ import annotations

from onnxp._src import ops
from onnxp._src.dtypes import DType, float32, stored
from onnxp._src.graph.values import Value, constant
from onnxp._src.runtime.evaluate import data_of


def narrowed(x: Value, dtype: DType) -> Value:
    """Round a constant to a dtype that models store."""
    return constant(stored.rounded(data_of(x), dtype), dtype)


def widened(x: Value) -> Value:
    """Return the numbers of a constant of a stored dtype, in the dtype in which they are computed."""
    dtype = x.dtype
    if dtype.computed is float32:
        return ops.cast(x, float32)
    # Cast has no kernel for 4 bits (onnxruntime 1.20.1). Optimizers compute constants that are dequantized if
    # they are quantized again behind another operator, of which each run would compute DequantizeLinear alone.
    one = ops.scalar(1.0, float32)
    whole = ops.unary("Floor", ops.dequantize_linear(x, one))
    return ops.quantize_linear(whole, one, ops.scalar(0, dtype.computed))
