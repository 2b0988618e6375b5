"""`logaddexp`, accurate where the result is near zero too.

There the plain formula cancels. Then exponentials minus 1 are computed with 83 bits behind the point, so
that a result of 1e-10 is right to its last bits, and a smaller one to 1e-26.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import cache
from math import log

import numpy as np

from onnxp import ops
from onnxp.dtypes import float16, float64, int64
from onnxp.graph import Value, constant
from onnxp.numerics.branches import corrected
from onnxp.numerics.exponential import log_of_one_and
from onnxp.numerics.expr import Expr, maximum, minimum, polynomial, power, where
from onnxp.numerics.recipes import elementwise
from onnxp.numerics.twofold import product_of, sum_of

_LN2_HIGH, _LN2_LOW = 0.6931471805598903, 5.497923018708371e-14  # of 42 bits and what is left
_STEPS = 256  # of the table, per unit
_REACH = 90  # steps to half of log(2), and one


@elementwise("logaddexp")
def logaddexp(x: Expr, y: Expr) -> Expr:
    """``log(exp(x) + exp(y))``."""
    dtype = x.dtype
    x, y = x.cast(float64), y.cast(float64)
    larger = maximum(x, y)
    result = larger + log_of_one_and((minimum(x, y) - larger).unary("Exp"))
    result = where(x == y, x + log(2.0), result)
    if dtype is float16:
        return result.cast(float16)
    if dtype is float64:
        cancelled = (0.5 * result + larger < 0.0) & (2.0 * result > larger)
    else:
        cancelled = (abs(result) < 1e-7) & (larger < 0.0)
    return corrected((result,), cancelled, lambda x, y: (_near_zero(x, y),), x, y)[0].cast(dtype)


def _near_zero(x: Expr, y: Expr) -> Expr:
    both = Expr(ops.concat([ops.unsqueeze(side.value, (0,)) for side in (x, y)], 0))
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
    row = ops.cast((j + float(_REACH)).value, int64)
    table, table_low = (Expr(ops.gather(part, row, 0)) * scale for part in _exponentials())
    product = product_of(table, more)
    least = _sum(product.low + (table * rest + table_low * more) + table_low)
    first = sum_of(*_parts(table))
    second = sum_of(*_parts(product.high))
    total = sum_of(first.high - 1.0, second.high)
    return log_of_one_and(total.high + (total.low + (first.low + second.low + least)))


def _parts(both: Expr) -> tuple[Expr, Expr]:
    first, second = (Expr(ops.gather(both.value, ops.scalar(i, int64), 0)) for i in (0, 1))
    return first, second


def _sum(both: Expr) -> Expr:
    return Expr(ops.reduce_first("ReduceSum", both.value))


@cache
def _exponentials() -> tuple[Value, Value]:
    """Return exponentials of multiples of 1/256: the nearest float64, and what is left."""
    with localcontext() as context:
        context.prec = 50
        exact = [(Decimal(j) / _STEPS).exp() for j in range(-_REACH, _REACH + 1)]
        high = [float(value) for value in exact]
        low = [float(value - Decimal(near)) for value, near in zip(exact, high, strict=True)]
    return constant(np.array(high)), constant(np.array(low))
