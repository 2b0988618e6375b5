"""Complex inverse trigonometric and hyperbolic functions.

The formulas are Kahan's ("Branch Cuts for Complex Elementary Functions", 1987): square roots of ``1 - z``
and ``1 + z``, split so that only positive numbers are added. Signs of zeros select the side of a branch cut.
asinh and atan are asin and atanh with real and imaginary parts exchanged.
"""

from __future__ import annotations

from math import inf, log
from typing import NamedTuple

from onnxp._src.dtypes import float32, float64
from onnxp._src.lowering.complex import real_functions
from onnxp._src.lowering.complex.arithmetic import direction, is_infinite
from onnxp._src.lowering.expr import Expr, maximum, minimum, where
from onnxp._src.lowering.functions import Pair, complex_elementwise

_HUGE = 2.0**480  # adding 1 to it has no effect, and its square does not overflow
_DOWN = 2.0**-540  # scales huge numbers so that their squares do not overflow
_END = 2.0**490  # replaces infinity after scaling


@complex_elementwise("acos")
def acos(z: Pair) -> Pair:
    """Compute the inverse cosine; the cuts are the real axis beyond -1 and 1."""
    roots = _roots(z)
    return _acos_angle(z, roots), _size(z, roots) * -direction(z[1])


@complex_elementwise("acosh")
def acosh(z: Pair) -> Pair:
    """Compute the inverse hyperbolic cosine; the cut is the real axis below 1."""
    roots = _roots(z)
    return _size(z, roots), _acos_angle(z, roots) * direction(z[1])


@complex_elementwise("asin")
def asin(z: Pair) -> Pair:
    """Compute the inverse sine; the cuts are the real axis beyond -1 and 1."""
    return _asin(z)


@complex_elementwise("asinh")
def asinh(z: Pair) -> Pair:
    """Compute the inverse hyperbolic sine: ``-1j * asin(1j * z)``."""
    imag, real = _asin((z[1], z[0]))
    return real, imag


@complex_elementwise("atanh")
def atanh(z: Pair) -> Pair:
    """Compute the inverse hyperbolic tangent; the cuts are the real axis beyond -1 and 1."""
    return _atanh(z)


@complex_elementwise("atan")
def atan(z: Pair) -> Pair:
    """Compute the inverse tangent: ``-1j * atanh(1j * z)``."""
    imag, real = _atanh((z[1], z[0]))
    return real, imag


class _Roots(NamedTuple):
    """The square roots for acos and asin, in float64; z and 1 may be scaled down."""

    x: Expr  # the real part
    minus: Pair  # real part, and size of the imaginary part, of sqrt(2 - 2*z)
    plus: Pair  # and of sqrt(2 + 2*z)
    scaled: Expr | None  # whether z is


def _roots(z: Pair) -> _Roots:
    x, y = z[0].cast(float64), z[1].cast(float64)
    one, scaled = x.const(1.0), None
    if z[0].dtype is float64:
        scaled = maximum(abs(x), abs(y)) > _HUGE
        one = where(scaled, x.const(_DOWN), 1.0)
        x, y = x * one, y * one
    real, imag = z[0].is_inf(), z[1].is_inf()
    # a finite part counts as zero if the other one is infinite
    x = minimum(maximum(x, -_END), _END) * where(imag & ~real, x.const(0.0), 1.0)
    b = minimum(abs(y), _END) * where(real & ~imag, x.const(0.0), 1.0)
    return _Roots(x, _root(one - x, b), _root(one + x, b), scaled)


def _root(x: Expr, b: Expr) -> Pair:
    """Return the parts of ``sqrt(2*x + 2*b*1j)``; b is not negative, x is 0 or not tiny."""
    size = where(x == 0.0, b, (x * x + b * b).unary("Sqrt"))
    large = (size + abs(x)).unary("Sqrt")
    small = b / (large + (large == 0.0).cast(float64))
    left = x < 0.0
    return where(left, small, large), where(left, large, small)


def _size(z: Pair, roots: _Roots) -> Expr:
    """Compute the magnitude of the imaginary part of asin and acos: asinh of half a product of the roots."""
    (p, q), (r, s) = roots.minus, roots.plus
    twice = p * s + q * r
    if roots.scaled is not None:
        far = twice.unary("Log") - log(_DOWN)
        size = where(roots.scaled, far, real_functions.asinh(twice * 0.5))
    else:  # the product need not fit float32
        near = real_functions.asinh((twice * 0.5).cast(float32)).cast(float64)
        size = where(twice > 2.0**60, twice.unary("Log"), near)
    return where(is_infinite(z), inf, size).cast(z[0].dtype)


def _zero_and_nan(z: Pair) -> Expr:
    """Return whether z is ``0 + nan*1j``; its angle is known."""
    return (z[0] == 0.0) & z[1].is_nan()


def _acos_angle(z: Pair, roots: _Roots) -> Expr:
    ratio = where(_zero_and_nan(z), 1.0, roots.minus[0] / roots.plus[0])
    return 2.0 * real_functions.atan(ratio.cast(z[0].dtype))


def _asin(z: Pair) -> Pair:
    roots = _roots(z)
    (p, q), (r, s) = roots.minus, roots.plus
    twice = where(_zero_and_nan(z), 1.0, p * r + q * s)
    angle = real_functions.atan(((roots.x + roots.x) / twice).cast(z[0].dtype))
    return angle, _size(z, roots) * direction(z[1])


def _atanh(z: Pair) -> Pair:
    x, y = z[0].cast(float64), z[1].cast(float64)
    infinite = is_infinite(z)
    a, b = abs(x), abs(y)
    # log(abs(1 + z) / abs(1 - z)) / 2
    distance = (1.0 - a) * (1.0 - a) + b * b
    real = 0.25 * real_functions.log1p(a / distance * 4.0)
    if z[0].dtype is float64:  # where the square of b underflows
        real = where(distance < 2.0**-900, 0.5 * (log(2.0) - b.unary("Log")), real)
    real = where(infinite | (x == 0.0), 0.0, real).cast(z[0].dtype) * direction(z[0])
    # from 2**100 on the angle is a right one, also with b cut off
    lean = where(infinite, -inf, ((1.0 - a) * (1.0 + a) - b * b) * 0.5)
    y = minimum(maximum(z[1], -(2.0**100)), 2.0**100)
    return real, 0.5 * real_functions.atan2(y, lean.cast(z[0].dtype))
