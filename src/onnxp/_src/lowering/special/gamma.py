"""The gamma function, its logarithm and derivatives."""

from __future__ import annotations

from functools import cache
from math import inf, log, nan, pi

import numpy as np

from onnxp._src.dtypes import float64
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering.elementwise.range_reduction import half_parity
from onnxp._src.lowering.elementwise.sign_bits import is_negative
from onnxp._src.lowering.expr import Expr, look_up, maximum, minimum, polynomial, power, where
from onnxp._src.lowering.special import coefficients as c
from onnxp._src.lowering.special.formulas import (
    call,
    centered,
    cotangent_of_turns,
    sine_over_pi,
    special,
)

_STIRLING_FROM = 3.0
_POWERS_FROM = 2.5
_HALVED_FROM = 140.0
_HALF_LOG_2PI = 0.5 * log(2.0 * pi)
_TINY = 1e-300  # the function is 1 / x
_LAST = 171  # its gamma function is the last that is finite


def stirling_rest(x: Expr) -> Expr:
    """Return what Stirling's formula lacks of the logarithm of the gamma function, from 3 on."""
    inverse = 1.0 / x
    return polynomial(inverse * inverse, c.STIRLING) * inverse


def _factors(x: Expr) -> tuple[Expr, Expr]:
    """Return two factors of the gamma function of a positive number, each of them finite."""
    # Stirling's formula, with half of the power where the whole overflows
    large = maximum(minimum(x, 200.0), _POWERS_FROM)
    halved = large > _HALVED_FROM
    exponent = large - 0.5
    root = power(large, where(halved, 0.5 * exponent, exponent))
    far = root * (-large).unary("Exp") * polynomial(1.0 / large, c.SCALED_GAMMA)
    small = minimum(x, _POWERS_FROM)
    below, above = small < 1.0, small >= 2.0
    inside = where(below, small + 1.0, where(above, small - 1.0, small))
    reciprocal = polynomial(centered(inside, 1.0, 2.0), c.RECIPROCAL_GAMMA)
    near = where(above, inside, 1.0) / (reciprocal * where(below, small, 1.0))
    return where(x >= _POWERS_FROM, far, near), where(halved, root, 1.0)


def _is_pole(x: Expr) -> Expr:
    return (x < 0.0) & (x.unary("Floor") == x)


@special("gamma")
def gamma(x: Expr) -> Expr:
    """Compute the gamma function; of integers, the correctly rounded factorials."""
    a = abs(x)
    first, second = _factors(a)
    reflected = -1.0 / (a * sine_over_pi(a)) / first / second
    result = where(x < 0.0, reflected, where(x == inf, inf, first * second))
    whole = (x.unary("Floor") == x) & (x > 0.0) & (x <= float(_LAST))
    result = where(whole, look_up(_factorials(), x - 1.0), result)
    return where(a < _TINY, 1.0 / x, where(_is_pole(x), nan, result))


@cache
def _factorials() -> Value:
    total, numbers = 1, []
    for n in range(1, _LAST + 1):
        numbers.append(float(total))
        total *= n
    return constant(np.array(numbers))


@special("factorial")
def factorial(n: Expr) -> Expr:
    """Compute ``gamma(n + 1)``; 0 for negative numbers."""
    return where(n < 0.0, 0.0, call(gamma, n + 1.0))


@special("rgamma")
def rgamma(x: Expr) -> Expr:
    """Compute the reciprocal of the gamma function, which is 0 at its poles."""
    a = abs(x)
    first, second = _factors(a)
    reflected = (sine_over_pi(a) * -a) * first * second
    positive = where(a == inf, 0.0, 1.0 / first / second)
    result = where(_is_pole(x), 0.0, where(x < 0.0, reflected, positive))
    return where(a >= _TINY, result, x)  # a negative zero stays where it is the second operand


def _log_of_one_and(d: Expr) -> Expr:
    """Return gammaln(1 + d) for d from -1/2 to 1/2."""
    return d * polynomial(d, c.LOG_GAMMA_NEAR_1)


def _log_of_two_and(d: Expr) -> Expr:
    """Return gammaln(2 + d) for d from -1/2 to 1."""
    return d * polynomial(d, c.LOG_GAMMA_NEAR_2)


def log_gamma_of_one_and_positive(a: Expr) -> Expr:
    """Return gammaln(1 + a) for a from 0 to 1."""
    return where(a < 0.5, _log_of_one_and(a), _log_of_two_and(a - 1.0))


def _log_of_positive(x: Expr) -> Expr:
    small = x < 0.5
    logarithm = x.unary("Log")
    one = _log_of_one_and(where(small, x, x - 1.0)) - where(small, logarithm, 0.0)
    two = _log_of_two_and(x - 2.0)
    far = (x - 0.5) * (logarithm - 1.0) + (stirling_rest(x) + (_HALF_LOG_2PI - 0.5))
    return where(x < 1.5, one, where(x < _STIRLING_FROM, two, far))


@special("gammaln")
def gammaln(x: Expr) -> Expr:
    """Compute the logarithm of the absolute value of the gamma function."""
    a = abs(x)
    positive = _log_of_positive(a)
    reflected = -abs(a * sine_over_pi(a)).unary("Log") - positive
    result = where((x < 0.0) & (x > -inf), reflected, positive * x.sign())
    return where(x == 0.0, inf, result)


@special("loggamma")
def loggamma(x: Expr) -> Expr:
    """Compute the logarithm of the gamma function of positive numbers."""
    return where(x == 0.0, inf, where(x < 0.0, nan, _log_of_positive(abs(x))))


@special("gammasgn")
def gammasgn(x: Expr) -> Expr:
    """Compute the sign of the gamma function."""
    odd = 2.0 * half_parity(x.unary("Floor"))
    sign = where(x > 0.0, x.const(1.0), where(_is_pole(x), nan, 1.0 - 2.0 * odd))
    zero = 1.0 - 2.0 * is_negative(x).cast(float64)
    return where(x == 0.0, zero, where(x.is_nan(), nan, sign))


@special("psi")
def psi(x: Expr) -> Expr:
    """Compute the derivative of the logarithm of the gamma function."""
    a = abs(x)
    v = where(x < 0.0, 1.0 + a, x)
    below = v < 1.0
    inside = where(below, v + 1.0, v)
    root, root_low = c.DIGAMMA_ROOT[0]
    slope = polynomial(centered(inside, 1.0, 2.0), c.DIGAMMA)
    near = ((inside - root) - root_low) * slope - where(below, 1.0 / v, 0.0)
    inverse = 1.0 / v
    square = inverse * inverse
    far = v.unary("Log") - (0.5 * inverse + square * polynomial(square, c.DIGAMMA_FAR))
    positive = where(v < 2.0, near, far)
    result = where(x < 0.0, positive + pi * cotangent_of_turns(a), positive)
    return where(x == 0.0, -1.0 / x, where(_is_pole(x), nan, result))
