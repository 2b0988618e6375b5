"""Variants of exponentials, logarithms, roots and powers that keep digits where plain formulas lose them."""

from __future__ import annotations

from math import inf, pi

from onnxp._src.lowering.elementwise.double_double import product_of
from onnxp._src.lowering.elementwise.exponential import expm1, log1p
from onnxp._src.lowering.elementwise.trigonometric import sin
from onnxp._src.lowering.expr import Expr, minimum, power, where
from onnxp._src.lowering.special.exponents import exact, log_of
from onnxp._src.lowering.special.formulas import call, sine_over_pi, special

_LARGEST_EXPONENT = 709.78
_RADIAN_OF_SECOND = pi / 648000.0


@special("exp2")
def exp2(x: Expr) -> Expr:
    """Compute 2 to the power of x."""
    return power(x.const(2.0), x)


@special("exp10")
def exp10(x: Expr) -> Expr:
    """Compute 10 to the power of x."""
    return power(x.const(10.0), x)


@special("exprel")
def exprel(x: Expr) -> Expr:
    """Compute ``expm1(x) / x``."""
    half = (0.5 * x).unary("Exp")
    quotient = where(x > 700.0, half * (half / x), call(expm1, x) / x)
    return where(x == 0.0, 1.0, where(x == inf, inf, quotient))


@special("cosm1")
def cosm1(x: Expr) -> Expr:
    """Compute ``cos(x) - 1``."""
    sine = call(sin, 0.5 * x)
    return -2.0 * sine * sine


@special("cbrt")
def cbrt(x: Expr) -> Expr:
    """Compute the cube root: a power, and a step of Newton's."""
    a = abs(x)
    root = power(a, 1.0 / 3.0)
    better = (root - (root - a / (root * root)) / 3.0) * x.sign()
    return where((a > 0.0) & (a < inf), better, x)


@special("sinc")
def sinc(x: Expr) -> Expr:
    """Compute ``sin(π*x) / (π*x)``."""
    return where(x == 0.0, 1.0, sine_over_pi(x) / x)


@special("expit")
def expit(x: Expr) -> Expr:
    """Compute ``1 / (1 + exp(-x))``."""
    e = (-abs(x)).unary("Exp")
    negative = (x < 0.0).cast(x.dtype)
    # e or 1: a sum of products, because Where takes long for signs at random
    return ((1.0 - negative) + negative * e) / (1.0 + e)


@special("log_expit")
def log_expit(x: Expr) -> Expr:
    """Compute the logarithm of `expit`."""
    return minimum(x, 0.0) - call(log1p, (-abs(x)).unary("Exp"))


@special("logit")
def logit(p: Expr) -> Expr:
    """Compute ``log(p / (1 - p))``."""
    twice = 2.0 * p - 1.0
    near = call(log1p, twice / (1.0 - p))
    return where(abs(twice) < 0.5, near, (p / (1.0 - p)).unary("Log"))


def _box_cox(logarithm: Expr, power: Expr, flat: Expr, low: Expr | float = 0.0) -> Expr:
    """Return ``(exp(power * logarithm) - 1) / power``, or the logarithm where that is flat.

    The logarithm lacks `low`, if it is known so well.
    """
    product = product_of(power, logarithm)
    exponent = product.high
    rest = product.low + power * low
    rest = where(abs(rest) < 1.0, rest, 0.0)  # not NaN, as of factors that are infinite
    growth = call(expm1, exponent)
    usual = (growth + rest * (1.0 + growth)) / power
    # the quotient may be finite where its numerator is not
    large = (exponent - abs(power).unary("Log")).unary("Exp") * power.sign() - 1.0 / power
    return where(flat, logarithm, where(exponent > _LARGEST_EXPONENT, large, usual))


@special("boxcox")
def boxcox(x: Expr, lmbda: Expr) -> Expr:
    """Compute ``(x**lmbda - 1) / lmbda``, or the logarithm."""
    logarithm = x.unary("Log")
    better = log_of(exact(x))
    low = where((x > 0.0) & (x < inf), (better.high - logarithm) + better.low, 0.0)
    return _box_cox(logarithm, lmbda, abs(lmbda) < 1e-19, low)


@special("boxcox1p")
def boxcox1p(x: Expr, lmbda: Expr) -> Expr:
    """Compute `boxcox` of ``1 + x``."""
    logarithm = call(log1p, x)
    size = abs(lmbda)
    flat = (size < 1e-19) | ((abs(logarithm) < 1e-289) & (size < 1e273))
    return _box_cox(logarithm, lmbda, flat)


def _exponent(x: Expr, lmbda: Expr) -> Expr:
    """Return ``log(1 + lmbda * x) / lmbda``, or x where that is flat."""
    product = lmbda * x
    large = abs(x).unary("Log") + abs(lmbda).unary("Log")
    logarithm = where(product == inf, where(x < inf, large, inf), call(log1p, product))
    return where(lmbda == 0.0, x, logarithm / lmbda)


@special("inv_boxcox")
def inv_boxcox(x: Expr, lmbda: Expr) -> Expr:
    """Compute the inverse of `boxcox`."""
    return _exponent(x, lmbda).unary("Exp")


@special("inv_boxcox1p")
def inv_boxcox1p(x: Expr, lmbda: Expr) -> Expr:
    """Compute the inverse of `boxcox1p`."""
    flat = (abs(lmbda * x) < 1e-154) & (lmbda != 0.0)
    return where(flat, x, call(expm1, _exponent(x, lmbda)))


@special("radian")
def radian(d: Expr, m: Expr, s: Expr) -> Expr:
    """Convert degrees, minutes and seconds to radians."""
    return ((d * 60.0 + m) * 60.0 + s) * _RADIAN_OF_SECOND
