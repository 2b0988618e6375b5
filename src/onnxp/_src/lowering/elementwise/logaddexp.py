"""`logaddexp`, accurate for results near zero.

The plain formula cancels there, so exponentials minus 1 are computed with 83 bits after the point. A result
of 1e-10 is accurate to the last bits, and smaller results to 1e-26.
"""

from __future__ import annotations

from functools import cache
from math import log

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import float16, float64, int64
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering.conditional import recompute_where
from onnxp._src.lowering.elementwise.double_double import product_of, sum_of
from onnxp._src.lowering.elementwise.exponential import log_of_one_and
from onnxp._src.lowering.expr import Expr, clip, look_up, maximum, minimum, polynomial, power
from onnxp._src.lowering.functions import elementwise

_LN2_HIGH, _LN2_LOW = 0.6931471805598903, 5.497923018708371e-14  # of 42 bits and what is left
_STEPS = 256  # the number of steps of the table per unit
_HUGE = 1e300
_REACH = 90  # the number of steps to half of log(2), plus one


@elementwise("logaddexp")
def logaddexp(x: Expr, y: Expr) -> Expr:
    """Compute ``log(exp(x) + exp(y))``."""
    dtype = x.dtype
    x, y = x.cast(float64), y.cast(float64)
    larger, smaller = maximum(x, y), minimum(x, y)
    # differences of these are finite; those of infinities are 0, as they should
    near, far = (clip(side, -_HUGE, _HUGE) for side in (smaller, larger))
    if dtype is float64:
        difference = sum_of(near, -far)
        ratio = difference.high.unary("Exp")
        ratio = ratio + ratio * difference.low
    else:  # what the difference loses by rounding is too small for a narrow result
        ratio = (near - far).unary("Exp")
    moved = 1.0 + ratio
    result = larger + (moved.unary("Log") + (ratio - (moved - 1.0)) / moved)
    if dtype is float16:
        return result.cast(float16)
    if dtype is float64:
        cancelled = (0.25 * result + larger < 0.0) & (2.0 * result > larger)
    else:
        cancelled = (abs(result) < 1e-7) & (larger < 0.0)
    # both of the shape that x and y broadcast to
    operands = larger, smaller
    return recompute_where((result,), cancelled, _near_zero, *operands)[0].cast(dtype)


def _near_zero(x: Expr, y: Expr) -> tuple[Expr]:
    both = Expr(ops.concat([ops.unsqueeze(side.value, (0,)) for side in (x, y)], 0))
    both = maximum(both, -1000.0)  # not infinite
    # exp(both) = 2**k * exp(j/256) * (1 + more + rest)
    k = (both * (1.0 / log(2.0))).unary("Round")
    near = both - k * _LN2_HIGH
    j = (near * _STEPS).unary("Round")
    near = near - j * (1.0 / _STEPS)
    beside = k * -_LN2_LOW
    s = near + beside
    lost = (near - s) + beside
    cut = s * (2.0**27 + 1.0)
    high = cut - (cut - s)
    low = s - high
    half_square = 0.5 * high * high  # exact
    more = s + half_square
    series = [1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040, 1 / 40320]
    small = high * low + (0.5 * low * low + s * lost) + s * s * s * polynomial(s, series)
    rest = ((s - more) + half_square) + (lost + small)

    scale = power(k.const(2.0), maximum(k, -1022.0))
    row = j + float(_REACH)
    table, table_low = (look_up(part, row) * scale for part in _exponentials())
    product = product_of(table, more)
    least = _sum(product.low + (table * rest + table_low * more) + table_low)
    first = sum_of(*_parts(table))
    second = sum_of(*_parts(product.high))
    total = sum_of(first.high - 1.0, second.high)
    return (log_of_one_and(total.high + (total.low + (first.low + second.low + least))),)


def _parts(both: Expr) -> tuple[Expr, Expr]:
    first, second = (Expr(ops.gather(both.value, ops.scalar(i, int64), 0)) for i in (0, 1))
    return first, second


def _sum(both: Expr) -> Expr:
    return Expr(ops.reduce_first("ReduceSum", both.value))


@cache
def _exponentials() -> tuple[Value, Value]:
    """Return exponentials of multiples of 1/256: the nearest float64, and the remainder."""
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 50
        exact = [(Decimal(j) / _STEPS).exp() for j in range(-_REACH, _REACH + 1)]
        high = [float(value) for value in exact]
        low = [float(value - Decimal(near)) for value, near in zip(exact, high, strict=True)]
    return constant(np.array(high)), constant(np.array(low))
