"""The error function of complex numbers, and the normal distribution.

Faddeeva's function ``w(z) = exp(-z**2) * erfc(-1j*z)`` is an integral, whose sum by the midpoint or the
trapezoidal rule is corrected for its poles (Al Azah and Chandler-Wilde, SIAM Journal on Numerical Analysis 59,
2021). With 12 terms, it is accurate to a few ulp of the larger part in the first quadrant; the other functions
follow.
"""

from __future__ import annotations

from math import exp as exp_of
from math import log as log_of
from math import pi, sqrt

from onnxp._src.lowering.complex import exponential
from onnxp._src.lowering.complex.arithmetic import direction
from onnxp._src.lowering.elementwise.double_double import product_of, subtract
from onnxp._src.lowering.expr import Expr, fmod, maximum, minimum, where
from onnxp._src.lowering.special.complex.formulas import (
    Complex,
    call,
    choose,
    direction_of,
    enlarged,
    log,
    polynomial,
    special,
)

_TERMS = 12
_STEP = sqrt(pi / _TERMS)
_FAR = 1e7  # the function is its first term
_MOST = 1e100  # of a part, whose square is finite
_LARGEST = 1.7e308
_HALF_ROOT = sqrt(0.5)
_REST_OF_2_PI = 0.0019353071795864769  # 2 * pi - 6.28125


def _series_of_erf() -> tuple[float, ...]:
    terms, factorial = [], 1.0
    for k in range(_SERIES):
        terms.append((-1.0) ** k * 2.0 / sqrt(pi) / (factorial * (2 * k + 1)))
        factorial *= k + 1
    return tuple(terms)


_SERIES = 26  # terms up to an absolute value of 1.5
_ERF = _series_of_erf()


def _square(z: Complex, factor: float) -> tuple[Complex, Expr]:
    """Return p and q, so that ``p * q**2`` is ``exp(factor * z**2)``, by all digits of the square.

    The factor is a power of two, or its negative.
    """
    x, y = _bounded(z)
    size = subtract(product_of(x, x), product_of(y, y))
    turn = product_of(x, y)
    phase = direction_of((2.0 * factor) * turn.high)
    rest = (2.0 * factor) * turn.low
    phase = phase + phase.times_i() * where(abs(rest) < 1.0, rest, 0.0)
    return phase, (0.5 * factor * size.high).unary("Exp") * (1.0 + 0.5 * factor * size.low)


def _bounded(z: Complex) -> tuple[Expr, Expr]:
    """Return the parts of a number of the same direction, whose squares are finite."""
    x, y = (minimum(maximum(part, -_LARGEST), _LARGEST) for part in (z.real, z.imag))
    share = _MOST / maximum(maximum(abs(x), abs(y)), _MOST)
    return x * share, y * share


def _side(z: Complex) -> Expr:
    """Return -1 for negative real parts, else 1."""
    return 1.0 - 2.0 * (z.real < 0.0).cast(z.real.dtype)


def _faddeeva(x: Expr, y: Expr) -> Complex:
    """Return ``w(x + y*1j)`` for parts that are not negative."""
    size = minimum(maximum(x, y), _LARGEST)
    far = size > _FAR
    near = Complex(where(far, 1.0, x), where(far, 1.0, y))
    a, b = near.real, near.imag
    place = a / _STEP
    share = place - place.unary("Floor")
    whole = ((b < a) & (share >= 0.25) & (share <= 0.75)).cast(x.dtype)
    difference, cross = (a - b) * (a + b), 2.0 * a * b
    square = cross * cross
    real, imag = a * 0.0, a * 0.0
    for k in range(_TERMS):
        half, full = ((k + 0.5) * _STEP) ** 2, (k * _STEP) ** 2
        weights = exp_of(-half), exp_of(-full) * (0.5 if k == 0 else 1.0)
        d = difference - (half + whole * (full - half))
        weight = (weights[0] + whole * (weights[1] - weights[0])) / (d * d + square)
        real, imag = real + weight * d, imag + weight
    total = (near * Complex(real, -cross * imag)).times_i() * (2.0 * _STEP / pi)
    # the poles between the terms, if the number is near enough to the axis
    turn = direction_of(a * (-2.0 * pi / _STEP))
    growth = (minimum(b, 6.0) * (2.0 * pi / _STEP)).unary("Exp") * (1.0 - 2.0 * whole)
    most = maximum(a, pi / _STEP)
    pole = enlarged(*_square(Complex(a, minimum(b, most)), -1.0)) / (turn * growth + 1.0)
    needed = (b < most).cast(x.dtype)
    total = total + pole * (2.0 * needed)
    parts = Complex(minimum(x, _LARGEST) / size, minimum(y, _LARGEST) / size)
    finite = (maximum(x, y) <= _LARGEST).cast(x.dtype)
    first = (1.0 / parts).times_i() / size * (finite / sqrt(pi))
    return choose(far, first, total)


def _scaled(z: Complex) -> Complex:
    """Return erfcx of a number whose real part is not negative."""
    up = direction(z.imag)
    w = _faddeeva(abs(z.imag), z.real)
    return Complex(w.real, -up * w.imag)


def _is_near(z: Complex, radius: float) -> Expr:
    return z.square_of_size() < radius**2


def _erf_near(z: Complex) -> Complex:
    """Return erf(z) up to 3/2."""
    return z * polynomial(z * z, _ERF)


def _with_zeros(z: Complex, result: Complex) -> Complex:
    """Return a result whose imaginary part is 0 where that of the argument is."""
    return Complex(result.real, where(z.imag != 0.0, result.imag, -z.imag))


@special("erf")
def erf(z: Complex) -> Complex:
    """Compute the error function."""
    side = _side(z)
    far = (1.0 - _tail(z, _scaled(z * side), -1.0)) * side
    result = choose(_is_near(z, 1.5), _erf_near(z), far)
    imag = where(z.imag != 0.0, result.imag, z.imag)
    return Complex(where(z.real != 0.0, result.real, z.real), imag)


def _tail(z: Complex, scaled: Complex, factor: float) -> Complex:
    """Return ``exp(factor * z**2) * scaled``."""
    phase, root = _square(z, factor)
    return enlarged(phase * scaled, root)


def _erfc(u: Complex, tail: Complex) -> Complex:
    """Return erfc(u), with that of the number turned to the right."""
    left = u.real < 0.0
    near = _is_near(u, 0.5) | (left & _is_near(u, 1.5))
    far = choose(left, 2.0 - tail, tail)
    result = _with_zeros(u, choose(near, 1.0 - _erf_near(u), far))
    return Complex(where(u.real != 0.0, result.real, 1.0), result.imag)


@special("erfc")
def erfc(z: Complex) -> Complex:
    """Compute ``1 - erf(z)``."""
    return _erfc(z, _tail(z, _scaled(z * _side(z)), -1.0))


def _erfcx(u: Complex, scaled: Complex, growth: Complex) -> Complex:
    """Return erfcx(u), with that of the number turned to the right."""
    return _with_zeros(u, choose(u.real < 0.0, 2.0 * growth - scaled, scaled))


@special("erfcx")
def erfcx(z: Complex) -> Complex:
    """Compute ``exp(z**2) * erfc(z)``."""
    return _erfcx(z, _scaled(z * _side(z)), enlarged(*_square(z, 1.0)))


@special("ndtr")
def ndtr(z: Complex) -> Complex:
    """Compute the distribution function of the normal distribution, by the square of z itself."""
    u = -z * _HALF_ROOT
    return 0.5 * _erfc(u, _tail(z, _scaled(u * _side(u)), -0.5))


@special("log_ndtr")
def log_ndtr(z: Complex) -> Complex:
    """Compute the principal logarithm of `ndtr`."""
    u = -z * _HALF_ROOT
    scaled = _scaled(u * _side(u))
    left = log(_erfcx(u, scaled, enlarged(*_square(z, 0.5))))
    turn = product_of(*_bounded(z))
    phase = _wrapped(turn.high) + where(abs(turn.low) < 1.0, turn.low, 0.0)
    size = 0.5 * (z.imag - z.real) * (z.imag + z.real)
    left = left + Complex(size - log_of(2.0), -phase)
    upper = 0.5 * _erfc(-u, _tail(z, scaled, -0.5))
    right = call(exponential.log1p, -upper)
    small = (z.real > 0.0) & _is_near(upper, 0.5)
    return choose(small, right, Complex(left.real, _wrapped(left.imag)))


def _wrapped(phase: Expr) -> Expr:
    """Return a phase less full turns, in two parts of which the first is exact."""
    turns = (phase * (0.5 / pi)).unary("Round")
    near = (phase - 6.28125 * turns) - _REST_OF_2_PI * turns
    return where(abs(turns) < 1e6, near, fmod(phase, 2.0 * pi))
