"""Quantiles: the solution of equations with distribution functions."""

from __future__ import annotations

from collections.abc import Callable

from onnxp._src.dtypes import float64
from onnxp._src.lowering.expr import Expr, where
from onnxp._src.lowering.special.formulas import iterate, ones

_MOST = 60  # steps, of which a few suffice unless the interval is halved
_CLOSE = 1e-8  # the step after one so small is below the rounding


def solve(
    at: Callable[[Expr], tuple[Expr, Expr, Expr]],
    p: Expr,
    q: Expr,
    guess: Expr,
    low: Expr | float,
    high: Expr | float,
) -> Expr:
    """Find the number where a distribution function is p, by Newton's steps for logarithms.

    Parameters
    ----------
    at : callable
        A function that returns the distribution function, its complement, and x times its derivative.
    p, q : Expr
        A probability between 0 and 1, and its complement.
    guess : Expr
        Where to start.
    low, high : Expr or float
        The interval, of positive numbers. If a step leaves what is left of it, that is halved.
    """
    one = ones(p, guess)

    def step(_: Expr, x: Expr, below: Expr, above: Expr, active: Expr) -> tuple[Expr, list[Expr]]:
        lower, upper, slope = at(x)
        left = p < q
        distance = where(left, -lower * (lower / p).unary("Log"), upper * (upper / q).unary("Log"))
        move = distance / slope
        short = where(left, lower < p, upper > q)
        below, above = where(short, x, below), where(short, above, x)
        # the lower function is about a power of x, the upper an exponential
        moved = where(left, x * move.unary("Exp"), x + x * move)
        safe = (moved >= below) & (moved <= above)
        moved = where(safe, moved, below.unary("Sqrt") * above.unary("Sqrt"))
        after = where(active > 0.0, moved, x)
        active = active * (1.0 - ((abs(move) < _CLOSE) & safe).cast(float64))
        return active > 0.0, [after, below, above, active]

    return iterate(_MOST, (guess * one, low * one, high * one, one), step)[0]
