"""Double-double arithmetic: numbers as sums of two float64, with about 106 bits (Dekker 1971).

Operands must be finite, and below 2**990 for products.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import float64
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering.expr import Expr, look_up, polynomial, where

if TYPE_CHECKING:
    from decimal import Decimal

_SPLITTER = 134217729.0  # 2**27 + 1 splits 53 bits into halves
_LOG_STEPS = 256  # the number of steps of the table of logarithms per unit
_STEPS = 16  # and of that of arctangents
_LN2_HIGH = 0.6931471803691238  # 33 bits, so that small multiples are exact
_LN2_LOW = 1.9082149292705877e-10
_RIGHT_ANGLE = (1.5707963267948966, 6.123233995736766e-17)
_LOG = [2 / 3, 2 / 5, 2 / 7]
_ARCTANGENT = [-1 / 3, 1 / 5, -1 / 7, 1 / 9, -1 / 11, 1 / 13]


class Twofold(NamedTuple):
    """The sum of two expressions; `low` is the rounding error of `high`."""

    high: Expr
    low: Expr


def sum_of(a: Expr, b: Expr) -> Twofold:
    """Return ``a + b`` exactly."""
    total = a + b
    part = total - a
    return Twofold(total, (a - (total - part)) + (b - part))


def product_of(a: Expr, b: Expr) -> Twofold:
    """Return ``a * b`` exactly."""
    total = a * b
    (a1, a2), (b1, b2) = _split(a), _split(b)
    return Twofold(total, ((a1 * b1 - total) + a1 * b2 + a2 * b1) + a2 * b2)


def _split(a: Expr) -> tuple[Expr, Expr]:
    t = a * _SPLITTER
    first = t - (t - a)
    return first, a - first


def add(a: Twofold, b: Twofold) -> Twofold:
    """Compute the sum."""
    total = sum_of(a.high, b.high)
    return _settled(total.high, total.low + (a.low + b.low))


def subtract(a: Twofold, b: Twofold) -> Twofold:
    """Compute the difference."""
    return add(a, Twofold(-b.high, -b.low))


def times(a: Expr, b: Twofold) -> Twofold:
    """Compute the product."""
    total = product_of(a, b.high)
    return _settled(total.high, total.low + a * b.low)


def quotient(a: Twofold, b: Twofold) -> Twofold:
    """Compute the quotient."""
    first = a.high / b.high
    back = product_of(first, b.high)
    rest = ((a.high - back.high) - back.low) + (a.low - first * b.low)
    return Twofold(first, rest / b.high)


def _settled(high: Expr, low: Expr) -> Twofold:
    total = high + low
    return Twofold(total, low - (total - high))


def log(x: Twofold) -> Twofold:
    """Compute the natural logarithm of a positive number."""
    k = (x.high.unary("Log") * (1.0 / _LN2_HIGH)).unary("Round")
    down = Expr(ops.pow_(ops.scalar(2.0, float64), (-k).value))
    high, low = x.high * down, x.low * down
    step = (high * _LOG_STEPS).unary("Round")
    base = step / _LOG_STEPS
    total = sum_of(high, base)
    s = quotient(Twofold(high - base, low), Twofold(total.high, total.low + low))
    square = s.high * s.high
    tail = s.high * (square * polynomial(square, _LOG))
    inside = add(_looked_up(_logs(), step), Twofold(2.0 * s.high, 2.0 * s.low + tail))
    return add(log_of_power(k), inside)


def log_of_power(k: Expr) -> Twofold:
    """Compute the natural logarithm of ``2**k``, for an integer k of 20 bits."""
    return Twofold(k * _LN2_HIGH, k * _LN2_LOW)


def angle(y: Expr, x: Expr) -> Twofold:
    """Return the angle of ``x + y*1j``, which is not 0, for positive y."""
    a, b = abs(x), y
    steep, left = b > a, x < 0.0
    a, b = where(steep, b, a), where(steep, a, b)
    step = (b / a * _STEPS).unary("Round")
    base = step / _STEPS
    p, q = product_of(base, a), product_of(base, b)
    above, beside = sum_of(b, -p.high), sum_of(a, q.high)
    u = quotient(_settled(above.high, above.low - p.low), _settled(beside.high, beside.low + q.low))
    square = u.high * u.high
    tail = u.high * (square * polynomial(square, _ARCTANGENT))
    inside = add(_looked_up(_arctangents(), step), Twofold(u.high, u.low + tail))
    # count right angles from the x axis to the nearest axis, and find the direction from there
    axis = where(steep, x.const(1.0), where(left, x.const(2.0), 0.0))
    turn = where(steep ^ left, x.const(-1.0), 1.0)
    return add(
        Twofold(axis * _RIGHT_ANGLE[0], axis * _RIGHT_ANGLE[1]),
        Twofold(turn * inside.high, turn * inside.low),
    )


# Tables: a function at multiples of a step


def _looked_up(table: tuple[Value, Value], step: Expr) -> Twofold:
    high, low = (look_up(part, step) for part in table)
    return Twofold(high, low)


def _table(
    function: Callable[[Decimal], Decimal], first: int, last: int, steps: int
) -> tuple[Value, Value]:
    """Return high and low parts of a function at multiples of a step; those before `first` are 0."""
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 50
        exact = [function(Decimal(j) / steps) for j in range(first, last + 1)]
        high = [float(value) for value in exact]
        low = [float(value - Decimal(h)) for value, h in zip(exact, high, strict=True)]
    before = [0.0] * first
    return constant(np.array(before + high)), constant(np.array(before + low))


@cache
def _logs() -> tuple[Value, Value]:
    from decimal import Decimal

    return _table(Decimal.ln, 180, 363, _LOG_STEPS)


@cache
def _arctangents() -> tuple[Value, Value]:
    return _table(_arctangent, 0, _STEPS, _STEPS)


def _arctangent(x: Decimal) -> Decimal:
    """Compute the arctangent by halving the angle until a series is short."""
    halvings = 12
    for _ in range(halvings):
        x = x / (1 + (1 + x * x).sqrt())
    total = power = x
    for n in range(3, 17, 2):
        power *= -x * x
        total += power / n
    return total * (1 << halvings)
