"""Powers, exponentials and gamma functions whose product is needed, as the sum of their logarithms.

The sum has 106 bits, so that large terms that cancel cost no digits of the product.
"""

from __future__ import annotations

from onnxp._src.lowering.elementwise import double_double
from onnxp._src.lowering.elementwise.double_double import (
    Twofold,
    add,
    subtract,
    sum_of,
    times,
)
from onnxp._src.lowering.elementwise.range_reduction import half_parity
from onnxp._src.lowering.expr import Expr, maximum, minimum, polynomial, power, where
from onnxp._src.lowering.special import coefficients as c
from onnxp._src.lowering.special.formulas import sine_over_pi
from onnxp._src.lowering.special.gamma import stirling_rest

_SMALLEST, _LARGEST = 1e-290, 1e290  # of what is split into halves
_ROUNDING = 1e-15  # more than the relative rounding error of a number
_SHIFT = 3.0  # added to smaller arguments of the gamma function
_HALF_LOG_2PI = (0.9189385332046728, -3.8782941580672416e-17)


def exact(x: Expr) -> Twofold:
    """Return a number as a sum."""
    return Twofold(x, 0.0 * x)


def log_of(x: Twofold) -> Twofold:
    """Return the logarithm of a positive number."""
    small = x.high < _SMALLEST
    large = x.high > _LARGEST
    bits = where(small, x.high.const(200.0), where(large, x.high.const(-200.0), 0.0))
    scale = power(bits.const(2.0), bits)
    high = minimum(maximum(x.high * scale, _SMALLEST), _LARGEST)
    logarithm = double_double.log(Twofold(high, x.low * scale))
    moved = double_double.log_of_power(-bits)
    return add(logarithm, moved)


def product(a: Twofold, b: Twofold) -> Twofold:
    """Return the product of two sums."""
    whole = times(a.high, b)
    return add(whole, exact(a.low * b.high))


def gamma_of(x: Expr | Twofold) -> tuple[Twofold, Expr]:
    """Return a logarithm and a factor of the gamma function of a positive number."""
    exponent, divisor = _shifted_gamma_of(x)
    factor = 1.0 / divisor.high
    # what the rounded factor lacks
    low = factor.const(_HALF_LOG_2PI[1]) - divisor.low * factor
    return add(exponent, exact(low)), factor


def _shifted_gamma_of(x: Expr | Twofold) -> tuple[Twofold, Twofold]:
    """Return a logarithm, without the low part of a constant, and a divisor of the gamma function."""
    number = x if isinstance(x, Twofold) else exact(x)
    small = number.high < _SHIFT
    shifted = add(number, exact(where(small, number.high.const(_SHIFT), 0.0)))
    y = shifted.high
    rest = product(add(shifted, exact(y.const(-0.5))), log_of(shifted))
    rest = subtract(rest, shifted)
    rest = add(rest, sum_of(y.const(_HALF_LOG_2PI[0]), stirling_rest(maximum(y, _SHIFT))))
    inside = Twofold(where(small, number.high, 1.0), where(small, number.low, 0.0))
    one, two = (add(inside, exact(y.const(k))) for k in (1.0, 2.0))
    steps = product(inside, product(one, two))
    return rest, Twofold(where(small, steps.high, 1.0), where(small, steps.low, 0.0))


def beta_of(a: Expr, b: Expr) -> tuple[Twofold, Expr]:
    """Return a logarithm and a factor of the beta function of positive numbers."""
    first, second = _shifted_gamma_of(a), _shifted_gamma_of(b)
    total = _shifted_gamma_of(sum_of(a, b))
    exponent = subtract(add(first[0], second[0]), total[0])
    factor = double_double.quotient(total[1], product(first[1], second[1]))
    lack = factor.low / factor.high
    low = a.const(_HALF_LOG_2PI[1]) + where(abs(lack) < _ROUNDING, lack, 0.0)  # or it overflows
    return add(exponent, exact(low)), factor.high


def signed_gamma_of(x: Expr | Twofold) -> tuple[Twofold, Expr]:
    """Return a logarithm and a factor of the gamma function, by reflection where the number is not positive."""
    number = x if isinstance(x, Twofold) else exact(x)
    negative = number.high <= 0.0
    other = subtract(exact(number.high.const(1.0)), number)
    high, low = (where(negative, a, b) for a, b in zip(other, number, strict=True))
    exponent, factor = gamma_of(Twofold(high, low))
    sign = where(negative, high.const(-1.0), 1.0)
    # the low part decides next to a pole only
    slope = 1.0 - 4.0 * half_parity(number.high.unary("Round"))
    sine = sine_over_pi(number.high) + number.low * slope
    reflected = where(negative, 1.0 / (sine * factor), factor)
    return Twofold(exponent.high * sign, exponent.low * sign), reflected


def excess(m: Expr) -> Expr:
    """Return ``m - log(1 + m)`` for m from -2/3 to 2, without cancellation."""
    s = m / (2.0 + m)
    square = s * s
    return s * m - 2.0 * s * square * polynomial(square, c.ARTANH)


def gamma_quotient(z: Expr, m: Expr) -> Twofold:
    """Return the logarithm of ``gamma(z + m) / gamma(z)`` for large z and abs(m) up to z/2."""
    t = m / z
    rest = (m - 0.5) * t - ((z + m) - 0.5) * excess(t)
    rest = rest + (stirling_rest(z + m) - stirling_rest(z))
    return add(times(m, log_of(exact(z))), exact(rest))


def log_2_pi(like: Expr) -> Twofold:
    """Return the logarithm of 2*π."""
    return Twofold(like.const(2.0 * _HALF_LOG_2PI[0]), like.const(2.0 * _HALF_LOG_2PI[1]))


def exp_of(x: Twofold) -> Expr:
    """Return the exponential."""
    return x.high.unary("Exp") * (1.0 + x.low)
