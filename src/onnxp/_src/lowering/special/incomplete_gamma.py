"""The regularized incomplete gamma functions.

Below a, a series in which each term contains the next; above, a continued fraction; for large a, the
uniform expansion of Temme (1979). Their common factor ``x**a * exp(-x) / gamma(a + 1)`` is computed in
106 bits.
"""

from __future__ import annotations

from math import inf, nan, pi

from onnxp._src.lowering.elementwise.double_double import add, subtract, sum_of, times
from onnxp._src.lowering.elementwise.exponential import expm1
from onnxp._src.lowering.expr import Expr, maximum, minimum, polynomial, where
from onnxp._src.lowering.special import coefficients as c
from onnxp._src.lowering.special.error import erfcx, ndtri
from onnxp._src.lowering.special.exponents import exact, excess, exp_of, gamma_of, log_of
from onnxp._src.lowering.special.formulas import call, inside_out, looping, ones
from onnxp._src.lowering.special.gamma import log_gamma_of_one_and_positive, stirling_rest
from onnxp._src.lowering.special.inverses import solve

_UNIFORM = 250.0  # the uniform expansion has five terms from here on
_UNIFORM_ONLY = 1e4  # from here on, it is 0 and 1 elsewhere
_NEAR = (0.55, 1.65)  # the quotients x / a for which it is used
_NO_DIGITS = 1e10  # logarithms have 24 digits behind the point
_SMALL = 1.0  # up to here, the upper function has a series too
_ETA = 0.55  # the largest argument of the terms


def _factor(a: Expr, x: Expr, large: Expr) -> Expr:
    """Return ``x**a * exp(-x) / gamma(a + 1)`` for positive numbers; of large a, by Stirling's first term."""
    exponent, factor = gamma_of(a)
    power = subtract(times(a, log_of(exact(x))), exact(x))
    rest = where(large, stirling_rest(maximum(a, _UNIFORM)), 0.0)
    return exp_of(add(subtract(power, exponent), exact(rest))) / (factor * a)


def _lower_series(a: Expr, x: Expr, needed: Expr) -> Expr:
    """Return ``1 + x/(a + 1) * (1 + x/(a + 2) * (1 + ...))``, for x up to a."""
    depth = where(needed, 40.0 + 9.0 * minimum(x, _UNIFORM).unary("Sqrt"), 0.0)

    def step(k: Expr, inner: Expr) -> Expr:
        # the sums of many steps are rounded in the same direction
        total = sum_of(a, k)
        return 1.0 + (x - x * (total.low / total.high)) / total.high * inner

    return inside_out(depth, step, ones(a, x))


def _upper_fraction(a: Expr, x: Expr, needed: Expr) -> Expr:
    """Return the continued fraction of the upper function, for x from a on."""
    depth = where(needed, 25.0 + 2.2 * minimum(a, _UNIFORM).unary("Sqrt") + 110.0 / x, 0.0)
    start = (x - a) + 1.0

    def step(k: Expr, inner: Expr) -> Expr:
        return k * (a - k) / ((start + 2.0 * k) + inner)

    return a / (start + inside_out(depth, step, ones(a, x) - 1.0))


def _upper_of_small(a: Expr, x: Expr) -> Expr:
    """Return the upper function for x up to 1.1 and a up to 1, by an alternating series."""
    exponent = a * x.unary("Log") - log_gamma_of_one_and_positive(a)

    def step(k: Expr, inner: Expr) -> Expr:
        return -x / k * (a / (a + k) + inner)

    rest = inside_out(a.const(22.0), step, ones(a, x) - 1.0)
    return -call(expm1, exponent) - exponent.unary("Exp") * rest


def _uniform(a: Expr, x: Expr, factor: Expr) -> tuple[Expr, Expr]:
    """Return both functions for large a."""
    m = (x - a) / a
    root = (2.0 * excess(m)).unary("Sqrt")
    eta = maximum(minimum(root * m.sign(), _ETA), -_ETA)
    z = abs(eta) * (0.5 * a).unary("Sqrt")
    factor = where(a > _NO_DIGITS, (-z * z).unary("Exp") / (2.0 * pi * a).unary("Sqrt"), factor)
    terms = polynomial(eta, c.UNIFORM_4)
    for part in (c.UNIFORM_3, c.UNIFORM_2, c.UNIFORM_1, c.UNIFORM_0):
        terms = terms / a + polynomial(eta, part)
    above = m >= 0.0
    terms = terms * where(above, m.const(1.0), -1.0)
    smaller = factor * ((a * (pi / 2.0)).unary("Sqrt") * call(erfcx, z) + terms)
    return where(above, 1.0 - smaller, smaller), where(above, smaller, 1.0 - smaller)


def pair(a: Expr, x: Expr) -> tuple[Expr, Expr, Expr]:
    """Return the lower and the upper function of positive finite numbers, and their common factor."""
    near = (x > _NEAR[0] * a) & (x < _NEAR[1] * a)
    large = ((a >= _UNIFORM) & near) | (a >= _UNIFORM_ONLY)
    limited = minimum(a, _UNIFORM_ONLY)
    middle = maximum(limited, _SMALL)
    below = (x <= middle) & ~large
    above = (x > middle) & ~large
    small = (a <= 1.0) & (x <= _SMALL)
    factor = _factor(a, x, large)
    lower = factor * _lower_series(limited, minimum(x, middle), below)
    fraction = _upper_fraction(limited, maximum(x, middle), above)
    upper = factor * fraction
    little = _upper_of_small(minimum(a, 1.0), minimum(x, _SMALL))
    p = where(below, lower, 1.0 - where(small, little, upper))
    q = where(small, little, where(below, 1.0 - lower, upper))
    uniform = _uniform(maximum(a, _UNIFORM), x, factor)
    return where(large, uniform[0], p), where(large, uniform[1], q), factor


def _inside(a: Expr, x: Expr) -> Expr:
    return (a > 0.0) & (x > 0.0) & (a < inf) & (x < inf)


def _regularized(a: Expr, x: Expr, *, upper: bool) -> Expr:
    inside = _inside(a, x)
    both = pair(where(inside, a, 1.0), where(inside, x, 1.0))
    low, high = (1.0, 0.0) if upper else (0.0, 1.0)
    edge = where((a == 0.0) | (x == inf), x.const(high), low)
    undefined = (a < 0.0) | (x < 0.0) | ((a == 0.0) & (x == 0.0)) | ((a == inf) & (x == inf))
    undefined = undefined | a.is_nan() | x.is_nan()
    return where(inside, both[int(upper)], where(undefined, edge.const(nan), edge))


@looping("gammainc")
def gammainc(a: Expr, x: Expr) -> Expr:
    """Compute the regularized lower incomplete gamma function."""
    return _regularized(a, x, upper=False)


@looping("gammaincc")
def gammaincc(a: Expr, x: Expr) -> Expr:
    """Compute the regularized upper incomplete gamma function."""
    return _regularized(a, x, upper=True)


def _quantile(a: Expr, p: Expr, q: Expr) -> Expr:
    """Return the x of the lower function p and the upper function q."""
    inside = (a > 0.0) & (a < inf) & (p > 0.0) & (q > 0.0)
    shape, low, high = (where(inside, value, 0.5) for value in (a, p, q))
    exponent, factor = gamma_of(shape)
    logarithm = exponent.high + (shape * factor).unary("Log")
    least = ((low.unary("Log") + logarithm) / shape).unary("Exp")
    # Wilson and Hilferty (1931)
    normal = where(low < high, call(ndtri, low), -call(ndtri, high))
    root = 1.0 - 1.0 / (9.0 * shape) + normal / (3.0 * shape.unary("Sqrt"))
    guess = where((shape >= 1.0) & (root > 0.1), shape * root * root * root, least)

    def at(x: Expr) -> tuple[Expr, Expr, Expr]:
        lower, upper, common = pair(shape, x)
        return lower, upper, common * shape

    guess = maximum(maximum(guess, least), 1e-308)
    x = solve(at, low, high, guess, 1e-308, 1e308)
    x = where(least < 1e-307, least, x)
    edge = where(q == 0.0, p.const(inf), where(p == 0.0, p, nan))
    return where(inside, x, where(a >= 0.0, edge, nan))


@looping("gammaincinv")
def gammaincinv(a: Expr, y: Expr) -> Expr:
    """Compute the inverse of `gammainc`."""
    return _quantile(a, y, 1.0 - y)


@looping("gammainccinv")
def gammainccinv(a: Expr, y: Expr) -> Expr:
    """Compute the inverse of `gammaincc`."""
    return _quantile(a, 1.0 - y, y)
