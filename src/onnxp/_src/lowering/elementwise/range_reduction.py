"""Range reduction of angles by multiples of π or π/2, the first step of sine, cosine and tangent.

Up to `LIMIT`, four constants that add up to π are sufficient (Cody and Waite 1980). Larger angles are
multiplied by digits of 1/π far behind the point (Payne and Hanek 1983), in a branch that a model takes
only if an element needs it. The result for an element does not depend on other elements.
"""

from __future__ import annotations

from functools import cache
from math import ldexp, log, pi
from typing import NamedTuple

import numpy as np

from onnxp._src import ops
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering.conditional import recompute_where
from onnxp._src.lowering.elementwise.double_double import product_of, sum_of
from onnxp._src.lowering.expr import Expr, look_up

LIMIT = 2.0**24
PI_LOW = 1.2246467991473532e-16
"""The difference between π and the nearest float64."""

_ENDS = (27, 52, 81)
"""The places behind the point where the first parts of π end.

The first and the third have 29 bits, so that their multiples up to `LIMIT` have 53. The second ends where the
bits of angles above half a step do, so that such an angle, less the first two multiples, has 53 bits at most.
"""
_DIGIT = 26  # bits; times half of a float64 they are exact
_DIGITS = 8  # so many make a product that is right to 2**-120
_ODD_BITS = (
    54  # a number below 2**54 may have bits that make a difference modulo 2, and no larger one
)
_SHIFT = 512  # digits and arguments are scaled by it, lest they overflow or underflow
_ROWS = (1024 - _ODD_BITS) // _DIGIT + 1


class Period(NamedTuple):
    """The multiples that a function needs.

    Attributes
    ----------
    steps : int
        1 for multiples of π, 2 for multiples of π/2.
    shift : float
        The number subtracted from the count: a half for functions that are zero at half steps.
    odd : bool
        Whether the function is odd. Otherwise it is even.
    """

    steps: int
    shift: float
    odd: bool


def reduced(x: Expr, period: Period) -> tuple[Expr, Expr]:
    """Return the number of steps modulo 2, and the rest of an angle in float64.

    The rest is accurate, also near zero, and a zero keeps its sign. Infinities give NaN.
    """
    near = _near(x, period)
    count, rest = recompute_where(near, abs(x) > LIMIT, lambda x: _far(x, period), x)
    return count, rest


def half_parity(count: Expr) -> Expr:
    """Return a half for odd integers, 0 for even ones."""
    half = count * 0.5
    return half - half.unary("Floor")


def _near(x: Expr, period: Period) -> tuple[Expr, Expr]:
    turns = x * (period.steps / pi)
    if period.shift:
        count = turns.unary("Floor")
        multiple = count + period.shift
    else:  # the count is never -0, which would change the sign of zero angles
        count = multiple = (turns + 0.5).unary("Floor")
    first, second, third, fourth = (part / period.steps for part in _parts_of_pi())
    rough = x - multiple * first  # exact
    if period.shift:  # small angles less half a step have more bits
        middle, lost = _less(rough, multiple * second)
        rest, lost_next = _less(middle, multiple * third)
        return count, rest - ((lost + lost_next) + multiple * fourth)
    rest, lost = _less(rough - multiple * second, multiple * third)
    return count, rest - (lost + multiple * fourth)


def _less(a: Expr, b: Expr) -> tuple[Expr, Expr]:
    """Return the difference, and by how much it is too large."""
    difference = a - b
    return difference, b - (a - difference)


def _far(x: Expr, period: Period) -> tuple[Expr, Expr]:
    scaled = abs(x) * (period.steps * 2.0**-_SHIFT)
    exponent = scaled.unary("Log") * (1 / log(2.0)) + (_SHIFT - _ODD_BITS)
    skipped = (exponent * (1 / _DIGIT)).unary("Floor")
    digits = look_up(_digits_of_inverse_pi(), skipped, 1)
    cut = scaled * (2.0**27 + 1.0)
    high = cut - (cut - scaled)
    low = scaled - high
    products = Expr(ops.concat([(high * digits).value, (low * digits).value], 0))
    turns = products - (products * 0.5).unary("Round") * 2.0
    # cut in three, they have so few bits that their sums are exact
    coarse = (turns * 2.0**48).unary("Round") * 2.0**-48
    fine = turns - coarse
    middle = (fine * 2.0**97).unary("Round") * 2.0**-97
    total = _sum(coarse) - period.shift if period.shift else _sum(coarse)
    count = total.unary("Round")
    fraction = sum_of(total - count, _sum(middle))
    tail = fraction.low + _sum(fine - middle)
    turn = fraction.high + tail
    tail = (fraction.high - turn) + tail
    step = pi / period.steps
    angle = product_of(turn, turn.const(step))
    rest = angle.high + (angle.low + (turn * (PI_LOW / period.steps) + tail * step))
    return count, rest * x.sign() if period.odd else rest


def _sum(parts: Expr) -> Expr:
    return Expr(ops.reduce_first("ReduceSum", parts.value))


@cache
def _parts_of_pi() -> tuple[float, ...]:
    """Return numbers that add up to π: three that end at `_ENDS`, and the remainder."""
    bits = 200
    left = _pi(bits)
    parts = []
    for end in _ENDS:
        shift = bits - end
        part = left >> shift << shift
        parts.append(part)
        left -= part
    return tuple(ldexp(float(part), -bits) for part in (*parts, left))


@cache
def _digits_of_inverse_pi() -> Value:
    """Return columns of `_DIGITS` digits of 1/π in sequence, each column starting a digit later.

    Digits are scaled by their places.
    """
    count = _ROWS + _DIGITS
    bits = count * _DIGIT
    inverse = (1 << (2 * bits + 64)) // _pi(bits + 64)
    digits = [
        ldexp((inverse >> (bits - _DIGIT * place)) % (1 << _DIGIT), _SHIFT - _DIGIT * place)
        for place in range(1, count + 1)
    ]
    return constant(np.array([digits[i : i + _ROWS] for i in range(_DIGITS)]))


def _pi(bits: int) -> int:
    """Return π times ``2**bits``, rounded down (Machin 1706)."""
    spare = 32

    def arctangent(n: int) -> int:  # of 1/n
        total, term, divisor = 0, (1 << (bits + spare)) // n, 1
        while term:
            total += term // divisor
            term //= -n * n
            divisor += 2
        return total

    return (16 * arctangent(5) - 4 * arctangent(239)) >> spare
