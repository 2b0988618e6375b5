"""Evenly spaced numbers whose count or bounds are only known when the model runs.

The Range operator adds up floating-point steps. Here each number is the start plus a multiple of the step,
as in numpy.
"""

from __future__ import annotations

from collections.abc import Sequence

from onnxp._src import ops
from onnxp._src.dtypes import float64, int64
from onnxp._src.graph.values import Value
from onnxp._src.lowering.expr import Expr
from onnxp._src.lowering.functions import recipe
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size


def arange(start: Value, stop: Value, step: Value) -> Value:
    """Return a range between float64 values of rank 0, which determine its length."""
    (result,) = recipe("arange", _arange, (start, stop, step), ((float64, (0,)),))
    result.shape = (dims.dim("length", 0, origin=(result, 0)),)
    return result


def _arange(start: Value, stop: Value, step: Value) -> Sequence[Value]:
    first, last, distance = Expr(start), Expr(stop), Expr(step)
    count = ((last - first) / distance).unary("Ceil").cast(int64)
    return ((_count_up(count.value).cast(float64) * distance + first).value,)


def linspace(start: Value, stop: Value, count: Size, *, endpoint: bool) -> Value:
    """Return a number of evenly spaced float64 values between values of rank 0."""
    inputs = (start, stop, ops.scalar_size(count))
    return recipe("linspace", _linspace, inputs, ((float64, (count,)),), endpoint)[0]


def _linspace(start: Value, stop: Value, count: Value, endpoint: bool) -> Sequence[Value]:
    first, last, number = Expr(start), Expr(stop), Expr(count)
    steps = Expr(ops.max_((number - 1 if endpoint else number).value, ops.scalar(1, int64)))
    index = _count_up(count)
    # A Mul right behind a Div whose dividend is 1 ends the process (onnxruntime 1.20.1, DivMulFusion).
    step = Expr(ops.unsqueeze(((last - first) / steps.cast(float64)).value, (0,)))
    result = (index.cast(float64) * step + first).value
    if not endpoint:
        return (result,)
    # The last number is concatenated, because Where would lose the sign of a zero.
    body = ops.slice_(result, (None,), (steps.value,), (0,), (1,))
    joined = ops.concat((body, ops.unsqueeze(stop, (0,))), 0)
    return (ops.slice_(joined, (None,), (count,), (0,), (1,)),)


def _count_up(count: Value) -> Expr:
    length = dims.dim("count", 0)
    return Expr(ops.range_(ops.scalar(0, int64), count, ops.scalar(1, int64), length))
