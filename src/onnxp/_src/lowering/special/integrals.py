"""Exponential integrals, the dilogarithm and complete elliptic integrals."""

from __future__ import annotations

from math import inf, nan, pi

from onnxp._src.lowering.elementwise.exponential import log1p
from onnxp._src.lowering.expr import Expr, maximum, minimum, polynomial, where
from onnxp._src.lowering.special import coefficients as c
from onnxp._src.lowering.special.formulas import (
    call,
    centered,
    exp_in_factors,
    inside_out,
    looping,
    ones,
    ratio,
    ratio_of,
    repeat,
    special,
)
from onnxp._src.lowering.special.gamma import psi

_EULER = 0.57721566490153286
_MEANS = 13  # arithmetic-geometric means from 5e-324
_MEANS_FROM_HALF = 5
_TERMS = 30  # of a series up to 1
_DEPTH = 100.0  # of a fraction from 1 on


def _e1(x: Expr) -> Expr:
    """Return E1 of a positive number."""
    near = polynomial(minimum(x, 1.0), c.E1) - x.unary("Log")
    t = centered(ratio(x, 4.0), ratio_of(1.0, 4.0), 1.0)
    far = (-x).unary("Exp") * (polynomial(t, c.E1_FAR) / x)
    return where(x > 1.0, far, near)


@special("exp1")
def exp1(x: Expr) -> Expr:
    """Compute the integral of ``exp(-t) / t`` from x to infinity."""
    return _e1(x)


@special("expi")
def expi(x: Expr) -> Expr:
    """Compute the integral of ``exp(t) / t`` from negative infinity to x."""
    near = (x.unary("Log") + _EULER) + x * polynomial(minimum(x, 6.0), c.EI)
    inverse = 1.0 / x
    middle = polynomial(centered(x, 6.0, 14.0), c.EI_MIDDLE)
    far = polynomial(centered(inverse, 1.0 / 40.0, 1.0 / 14.0), c.EI_FAR)
    last = polynomial(inverse, c.EI_LAST)
    scaled = where(x < 14.0, middle, where(x < 40.0, far, last))
    growth, more = exp_in_factors(x)
    large = where(x == inf, inf, growth * (scaled * inverse) * more)
    return where(x < 0.0, -_e1(abs(x)), where(x < 6.0, near, large))


@looping("expn")
def expn(n: Expr, x: Expr) -> Expr:
    """Compute the integral of ``exp(-x*t) / t**n`` from 1 to infinity, for integers n."""
    small, large = minimum(x, 1.0), maximum(x, 1.0)
    start = ones(n, x)
    logarithm = call(psi, n) - small.unary("Log")

    def add(m: Expr, term: Expr, total: Expr) -> list[Expr]:
        places = m - n
        part = where(places == 0.0, term * logarithm, -term / places)
        return [term * (-small / m), total + part]

    series = repeat(_TERMS, (start, 0.0 * start), add)[1]
    inner = inside_out(
        large.const(_DEPTH),
        lambda k, rest: -k * (n - 1.0 + k) / ((large + n + 2.0 * k) + rest),
        0.0 * start,
    )
    far = (-large).unary("Exp") / (large + n + inner)
    result = where(x <= 1.0, where(n == 1.0, _e1(x), series), far)
    result = where(n == 0.0, (-x).unary("Exp") / x, result)
    result = where(x == 0.0, where(n < 2.0, x.const(inf), 1.0 / (n - 1.0)), result)
    return where((n < 0.0) | (x < 0.0), nan, where(x == inf, 0.0, result))


@special("spence")
def spence(z: Expr) -> Expr:
    """Compute the dilogarithm of ``1 - z``, reflected into the middle."""
    x = where(z > 2.0, 1.0 / z, z)
    above, below = x > 1.5, x < 0.5
    w = where(above, 1.0 - 1.0 / x, where(below, x, 1.0 - x))
    y = w * polynomial(w, c.SPENCE)
    logarithm = z.unary("Log")
    reflected = (pi**2 / 6.0 - x.unary("Log") * call(log1p, -x)) - y
    result = where(below, where(x == 0.0, pi**2 / 6.0, reflected), y)
    result = where(z > 1.5, -0.5 * logarithm * logarithm - result, result)
    return where(z == inf, nan, result)


# Elliptic integrals


def _k(p: Expr) -> Expr:
    """Return K of ``1 - p``, by the arithmetic-geometric mean."""
    a, b = ones(p), p.unary("Sqrt")
    for _ in range(_MEANS):
        a, b = 0.5 * (a + b), (a * b).unary("Sqrt")
    return where(p == 0.0, inf, (pi / 2.0) / a)


@special("ellipk")
def ellipk(m: Expr) -> Expr:
    """Compute the complete elliptic integral of the first kind."""
    return _k(1.0 - m)


@special("ellipkm1")
def ellipkm1(p: Expr) -> Expr:
    """Compute the complete elliptic integral of the first kind of ``1 - p``."""
    return _k(p)


@special("ellipe")
def ellipe(m: Expr) -> Expr:
    """Compute the complete elliptic integral of the second kind; of negative m, by that of ``m / (m - 1)``."""
    p = 1.0 - m
    negative = p > 1.0
    inside, complement = where(negative, -m / p, m), where(negative, 1.0 / p, p)
    small = minimum(complement, 0.5)
    t = centered(small, 0.0, 0.5)
    difference = small * polynomial(t, c.K_MINUS_E)
    near = polynomial(t, c.E) - difference * small.unary("Log") * (1.0 / pi)
    near = where(complement == 0.0, 1.0, near)
    a, b = ones(p), complement.unary("Sqrt")
    total, weight = 0.5 * inside, 0.5
    for _ in range(_MEANS_FROM_HALF):
        distance, weight = 0.5 * (a - b), 2.0 * weight
        a, b = 0.5 * (a + b), (a * b).unary("Sqrt")
        total = total + weight * distance * distance
    far = ((pi / 2.0) / a) * (1.0 - total)
    scale = where(negative, p.unary("Sqrt"), 1.0)
    return scale * where(complement < 0.5, near, far)
