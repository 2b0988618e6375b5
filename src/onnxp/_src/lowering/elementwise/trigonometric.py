"""Trigonometric functions of float64, and `atan2` and `hypot` of every floating-point dtype.

Runtimes have no kernels for most of them, and the existing ones are wrong near multiples of π
(onnxruntime 1.23.2 to 1.32.0). Polynomials are minimax in z = x**2, from ``benchmarks/minimax.py``.
Formulas multiply by x last, or add terms with its sign, so that negative zeros are kept.
"""

from __future__ import annotations

from math import floor, inf, ldexp, pi, sqrt

from onnxp._src.dtypes import float16, float32, float64
from onnxp._src.lowering.elementwise.range_reduction import PI_LOW, Period, half_parity, reduced
from onnxp._src.lowering.elementwise.sign_bits import sign_of
from onnxp._src.lowering.expr import Expr, blend, maximum, minimum, polynomial, where
from onnxp._src.lowering.functions import elementwise

_SINE = (
    0.16666666666666666,
    -0.008333333333333207,
    0.0001984126984121248,
    -2.7557319211569486e-06,
    2.5052106904424117e-08,
    -1.6058941002251564e-10,
    7.643019359068049e-13,
    -2.72141919059107e-15,
)
"""(1 - sin(x)/x) / z up to π/2."""

_COTANGENT = (
    -0.33333333333333454,
    -0.022222222222146034,
    -0.0021164021180676935,
    -0.0002116401937704244,
    -2.1377907586284578e-05,
    -2.1640076747645464e-06,
    -2.2014890268918215e-07,
    -2.1025853415483887e-08,
    -3.103349253894437e-09,
)
"""(x/tan(x) - 1) / z up to π/4."""

_ARCSINE = (
    0.1666666666666676,
    0.07499999999970865,
    0.0446428571745627,
    0.03038194270977185,
    0.022372214938715707,
    0.01735161279954746,
    0.013980811987800481,
    0.011398976574135272,
    0.010779918635893015,
    0.003707585846986406,
    0.021704761178838426,
    -0.02099548082672396,
    0.032626504379603134,
)
"""(asin(x)/x - 1) / z up to 1/2."""

_ARCTANGENT = (
    0.333333333333332,
    -0.19999999999953613,
    0.14285714280190132,
    -0.11111110782905484,
    0.09090897738107762,
    -0.07692059828886418,
    0.06663099417769772,
    -0.05847854570207665,
    0.05039145581514253,
    -0.03806048616397057,
    0.0179027382491982,
)
"""(1 - atan(x)/x) / z up to tan(π/8)."""


_PI_4_HIGH = ldexp(floor(ldexp(pi / 4, 20)), -20)  # small multiples are exact in float32 too
_PI_4_LOW = (pi / 4 - _PI_4_HIGH) + PI_LOW / 4
_EIGHTH, _THREE_EIGHTHS = sqrt(2.0) - 1.0, sqrt(2.0) + 1.0  # tangents of π/8 and 3π/8


@elementwise("sin")
def sin(x: Expr) -> Expr:
    """Compute the sine."""
    count, rest = reduced(x, Period(1, 0.0, odd=True))
    return short_sine(rest) * (1.0 - 4.0 * half_parity(count))


@elementwise("cos")
def cos(x: Expr) -> Expr:
    """Compute the cosine: minus the sine of the angle less π/2."""
    count, rest = reduced(x, Period(1, 0.5, odd=False))
    return short_sine(rest) * (4.0 * half_parity(count) - 1.0)


@elementwise("tan")
def tan(x: Expr) -> Expr:
    """Compute the tangent: n/d, or -d/n after odd multiples of π/2."""
    count, rest = reduced(x, Period(2, 0.0, odd=True))
    square = rest * rest
    below = 1.0 + square * polynomial(square, _COTANGENT)
    odd = 2.0 * half_parity(count)
    even = 1.0 - odd
    return (even * rest - odd * below) / (even * below + odd * rest)


def short_sine(x: Expr) -> Expr:
    """Compute the sine up to π/2."""
    square = x * x
    more = 0.0 - square * polynomial(square, _SINE)  # 0 - 0 is +0, so that -0 stays
    return x + x * more


@elementwise("asin")
def asin(x: Expr) -> Expr:
    """Compute the arcsine; from 1/2 on by that of sqrt((1 - abs(x)) / 2)."""
    a = abs(x)
    square = minimum(a * a, (1.0 - a) * 0.5)
    more = square * polynomial(square, _ARCSINE)
    twice = 2.0 * square.unary("Sqrt")
    far = (pi / 2 - twice) - (twice * more - PI_LOW / 2)
    return blend(a < 0.5, x + x * more, far * (0.0 - x.sign()))


@elementwise("acos")
def acos(x: Expr) -> Expr:
    """Compute the arccosine; beyond 1/2 by the arcsine of sqrt((1 - abs(x)) / 2)."""
    a = abs(x)
    square = minimum(a * a, (1.0 - a) * 0.5)
    more = square * polynomial(square, _ARCSINE)
    twice = 2.0 * square.unary("Sqrt")
    left = (x < 0.0).cast(float64)
    far = left * pi + (1.0 - 2.0 * left) * (twice + (twice * more - left * PI_LOW))
    near = pi / 2 - (x + (x * more - PI_LOW / 2))
    beyond = (a >= 0.5).cast(float64)
    return beyond * far + (1.0 - beyond) * near


@elementwise("atan")
def atan(x: Expr) -> Expr:
    """Compute the arctangent of a, (a - 1)/(a + 1) or -1/a, and no, one or two times π/4."""
    a = abs(x)
    finite = minimum(a, 1e300)
    middle, far = ((finite > limit).cast(float64) for limit in (_EIGHTH, _THREE_EIGHTHS))
    close = 1.0 - far
    t = (close * finite - middle) / (middle * finite + close)
    count = middle + far
    square = t * t
    less = t * (square * polynomial(square, _ARCTANGENT))
    angle = count * (pi / 4) - ((less - count * (PI_LOW / 4)) - t)
    return angle * sign_of(x)


@elementwise("atan2")
def atan2(y: Expr, x: Expr) -> Expr:
    """Compute the angle of the point (x, y): an arctangent below 1, and multiples of π/4."""
    dtype = x.dtype
    if dtype is float16:
        y, x = y.cast(float32), x.cast(float32)
    a, b = abs(x), abs(y)
    longer = maximum(a, b)
    # this includes the sides 0, 0 and infinite, infinite
    slope = where(a == b, (longer > 0.0).cast(x.dtype), minimum(a, b) / longer)
    turned = sign_of(x)
    flat = turned * (b <= a).cast(x.dtype)
    twice = flat + flat
    corners, direction = 2.0 - twice, twice - turned
    if x.dtype is float64:
        middle = (slope > _EIGHTH).cast(float64)
        t = (slope - middle) / (1.0 + middle * slope)
        square = t * t
        angle = t - t * (square * polynomial(square, _ARCTANGENT))
        count = corners + direction * middle
    else:
        angle = slope.unary("Atan")
        count = corners
    total = count * _PI_4_HIGH + (direction * angle + count * _PI_4_LOW)
    return (total * sign_of(y)).cast(dtype)


@elementwise("hypot")
def hypot(x: Expr, y: Expr) -> Expr:
    """Compute the length of the vector (x, y); infinite if a side is, even beside NaN."""
    a, b = x.cast(float64), y.cast(float64)
    if x.dtype is float64:  # scaled by powers of two, so that squares do not overflow or underflow
        longer = maximum(abs(a), abs(b))
        big, small = (c.cast(float64) for c in (longer > 2.0**500, longer < 2.0**-500))
        scale = (1.0 - big - small) + (big * 2.0**-600 + small * 2.0**600)
        a, b = a * scale, b * scale
        length = (a * a + b * b).unary("Sqrt") / scale
    else:
        length = (a * a + b * b).unary("Sqrt")
    return where(x.is_inf() | y.is_inf(), inf, length.cast(x.dtype))
