"""The zeta functions of Riemann and Hurwitz, and the derivatives of `psi`."""

from __future__ import annotations

from math import inf, nan

from onnxp._src.lowering.elementwise.double_double import subtract, sum_of
from onnxp._src.lowering.expr import Expr, maximum, minimum, polynomial, power, where
from onnxp._src.lowering.special import coefficients as c
from onnxp._src.lowering.special.exponents import exp_of, gamma_of, log_2_pi, product
from onnxp._src.lowering.special.formulas import (
    call,
    centered,
    sine_of_turns,
    special,
)
from onnxp._src.lowering.special.gamma import gamma, psi

_FIRST = 10  # terms that are added one by one
_BERNOULLI = (
    1 / 12,
    -1 / 720,
    1 / 30240,
    -1 / 1209600,
    1 / 47900160,
    -691 / 1307674368000,
    1 / 74724249600,
    -3617 / 10670622842880000,
    43867 / 5109094217170944000,
    -174611 / 802857662698291200000,
)
"""Bernoulli numbers of even index, over factorials."""


def _hurwitz(s: Expr, q: Expr) -> Expr:
    """Return the sum of ``(k + q)**-s``, for s > 1 and q > 0, by the formula of Euler and Maclaurin."""
    first = power(q, -s)
    *terms, last = (_power_of_sum(q, float(k), s) for k in range(1, _FIRST + 1))
    w = q + float(_FIRST)
    rest = last * (w / (s - 1.0) + 0.5)
    inverse = 1.0 / w
    step = last * minimum(s * inverse, 100.0)  # of no consequence where it is so large
    for k, b in enumerate(_BERNOULLI):
        rest = rest + b * step
        step = step * minimum((s + (2.0 * k + 1.0)) * inverse, 100.0)
        step = step * minimum((s + (2.0 * k + 2.0)) * inverse, 100.0)
    for term in reversed(terms):  # the smallest first
        rest = rest + term
    return where(s == inf, first, first + rest)


def _power_of_sum(q: Expr, k: float, s: Expr) -> Expr:
    """Return ``(q + k)**-s``, with the rounding error of the sum."""
    total = sum_of(q, q.const(k))
    share = where(total.high < inf, total.low / total.high, 0.0)
    return power(total.high, -s) * (1.0 - s * share)


@special("zeta")
def zeta(x: Expr, q: Expr) -> Expr:
    """Compute the sum of ``(k + q)**-x``; for negative q and integers x, by reflection."""
    whole = x.unary("Floor") == x
    s = maximum(x, 1.0)
    below = q < 0.0
    fraction = q - q.unary("Floor")
    positive = _hurwitz(s, where(below, fraction, q))
    other = 1.0 - fraction
    # the terms of negative numbers
    left = _hurwitz(s, other) - _hurwitz(s, 1.0 - where(below, q, 0.0))
    sign = 1.0 - 2.0 * (x - 2.0 * (0.5 * x).unary("Floor"))
    result = where(below, where(whole, positive + sign * left, nan), positive)
    pole = (q <= 0.0) & (q.unary("Floor") == q)
    result = where(pole, inf, result)
    return where(x == 1.0, where(q.is_nan(), q, inf), where(x < 1.0, nan, result))


def _left(x: Expr) -> Expr:
    """Return Riemann's zeta function of a number below -1, by reflection."""
    y = sum_of(x.const(1.0), -x)
    exponent, factor = gamma_of(y)
    size = exp_of(subtract(exponent, product(y, log_2_pi(x)))) * factor
    sine = 2.0 * sine_of_turns(0.5 * x)
    return where(sine == 0.0, 0.0, sine * size * (1.0 + _hurwitz(y.high, x.const(2.0))))


def _middle(x: Expr) -> Expr:
    """Return Riemann's zeta function between -1 and 1."""
    return polynomial(centered(x, -1.0, 1.0), c.ZETA) / (x - 1.0)


def _riemann(x: Expr, *, less: float) -> Expr:
    rest = where(x < -1.0, _left(minimum(x, -1.0)), _middle(x)) - less
    right = _hurwitz(maximum(x, 1.0), x.const(2.0)) + (1.0 - less)
    result = where(x > 1.0, right, where(x == 1.0, inf, rest))
    return where(x == -inf, nan, result)


@special("zeta")
def riemann_zeta(x: Expr) -> Expr:
    """Compute Riemann's zeta function."""
    return _riemann(x, less=0.0)


@special("zetac")
def zetac(x: Expr) -> Expr:
    """Compute Riemann's zeta function less 1, accurately where that is small."""
    return _riemann(x, less=1.0)


@special("polygamma")
def polygamma(n: Expr, x: Expr) -> Expr:
    """Compute the derivatives of `psi`."""
    sign = 2.0 * (n - 2.0 * (0.5 * n).unary("Floor")) - 1.0
    derivative = sign * call(gamma, n + 1.0) * call(zeta, n + 1.0, x)
    return where(n == 0.0, call(psi, x), derivative)
