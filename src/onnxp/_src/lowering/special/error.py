"""The error function and the normal distribution."""

from __future__ import annotations

from math import log, sqrt

from onnxp._src.lowering.elementwise.exponential import log1p
from onnxp._src.lowering.expr import Expr, minimum, polynomial, where
from onnxp._src.lowering.special import coefficients as c
from onnxp._src.lowering.special.formulas import (
    call,
    centered,
    chebyshev,
    exp_of_square,
    ratio,
    ratio_of,
    special,
)

_HALF_ROOT = sqrt(0.5)
_LARGE = 40.0  # exp(-x**2) is 0 from 28 on
_LEAST_ROOT, _MOST_ROOT = 1.9, 39.0  # of -2*log(p) in the tails of the quantiles
_TAIL_SCALE = 20.0 / (
    (ratio_of(_MOST_ROOT, 5.0) - ratio_of(_LEAST_ROOT, 5.0)) * (_LEAST_ROOT + 5.0)
)
_CENTRAL = 0.45  # the middle of the distribution is so far from 1/2


def _scaled_tail(x: Expr) -> Expr:
    """Return erfcx(x) from 1/2 on."""
    t = centered(ratio(x, 3.75), ratio_of(0.5, 3.75), 1.0)
    return polynomial(t, c.ERFCX) / (1.0 + 2.0 * x)


def _tail(x: Expr) -> Expr:
    """Return erfc(x) from 1/2 on."""
    return _scaled_tail(x) * exp_of_square(minimum(x, _LARGE), -1.0)


def _near(x: Expr) -> Expr:
    """Return erf(x) up to 1."""
    return x * polynomial(x * x, c.ERF)


@special("erf")
def erf(x: Expr) -> Expr:
    """Compute the error function."""
    a = abs(x)
    return where(a > 1.0, (1.0 - _tail(a)) * x.sign(), _near(x))


@special("erfc")
def erfc(x: Expr) -> Expr:
    """Compute ``1 - erf(x)``."""
    tail = _tail(abs(x))
    return where(abs(x) < 0.5, 1.0 - _near(x), where(x < 0.0, 2.0 - tail, tail))


@special("erfcx")
def erfcx(x: Expr) -> Expr:
    """Compute ``exp(x**2) * erfc(x)``."""
    tail = _scaled_tail(abs(x))
    growth = exp_of_square(minimum(abs(x), _LARGE), 1.0)
    far = where(x < 0.0, 2.0 * growth - tail, tail)
    return where(abs(x) < 0.5, growth * (1.0 - _near(x)), far)


def _lower_tail(a: Expr) -> Expr:
    """Return ndtr(-a) for a from 3/4 on, by the square of a itself."""
    return 0.5 * _scaled_tail(a * _HALF_ROOT) * exp_of_square(minimum(a, _LARGE), -0.5)


@special("ndtr")
def ndtr(x: Expr) -> Expr:
    """Compute the distribution function of the normal distribution."""
    tail = _lower_tail(abs(x))
    middle = 0.5 + 0.5 * _near(x * _HALF_ROOT)
    return where(abs(x) < 0.75, middle, where(x < 0.0, tail, 1.0 - tail))


@special("log_ndtr")
def log_ndtr(x: Expr) -> Expr:
    """Compute the logarithm of `ndtr`."""
    a = abs(x)
    left = (0.5 * _scaled_tail(a * _HALF_ROOT)).unary("Log") - 0.5 * a * a
    right = call(log1p, -_lower_tail(a))
    # log(1 + erf) - log(2), where the sum is between 1/2 and 3/2
    middle = call(log1p, _near(x * _HALF_ROOT)) - log(2.0)
    return where(a < 0.75, middle, where(x < 0.0, left, right))


def _quantile(q: Expr, m: Expr) -> Expr:
    """Return the quantile of a probability that is q more than 1/2, and m away from 0 or 1."""
    r = (-2.0 * m.unary("Log")).unary("Sqrt")
    # `centered` of the ratio, by a difference that is exact where the function is steep
    some = minimum(r, _MOST_ROOT)
    t = (some - _LEAST_ROOT) * (_TAIL_SCALE / (some + 5.0)) - 1.0
    far = r * chebyshev(t, c.NDTRI_TAIL) * q.sign()
    middle = q * chebyshev(centered(q * q, 0.0, 0.452**2), c.NDTRI)
    return where(abs(q) > _CENTRAL, far, middle)


@special("ndtri")
def ndtri(p: Expr) -> Expr:
    """Compute the quantiles of the normal distribution."""
    return _quantile(p - 0.5, where(p > 0.5, 1.0 - p, p))


@special("erfinv")
def erfinv(y: Expr) -> Expr:
    """Compute the inverse of `erf`."""
    return _quantile(0.5 * y, 0.5 - 0.5 * abs(y)) * _HALF_ROOT


@special("erfcinv")
def erfcinv(y: Expr) -> Expr:
    """Compute the inverse of `erfc`."""
    return _quantile(0.5 - 0.5 * y, 0.5 * where(y > 1.0, 2.0 - y, y)) * _HALF_ROOT
