"""Complex powers: ``exp(w * log(z))``.

The relative error of the result is the absolute error of the exponent, so the exponent and the logarithm are
computed with more than the precision of the result: in float64 for complex64, in double-double
arithmetic for complex128. This is sufficient for exponents up to about 10,000; their real part is below
746 unless the result overflows or underflows.
"""

from __future__ import annotations

from math import inf, nan

from onnxp._src import ops
from onnxp._src.dtypes import float32, float64
from onnxp._src.lowering.complex import real_functions
from onnxp._src.lowering.complex.arithmetic import (
    Planes,
    balanced,
    direction,
    is_infinite,
    rounded,
    square,
)
from onnxp._src.lowering.complex.exponential import grown, log_modulus
from onnxp._src.lowering.elementwise import double_double
from onnxp._src.lowering.elementwise.double_double import Twofold
from onnxp._src.lowering.expr import Expr, maximum, minimum, where
from onnxp._src.lowering.functions import Pair, complex_elementwise

_BOX = 2.0**400  # replaces infinity after scaling
_MOST = 2.0**900  # the limit of a part of w in double-double arithmetic
_FAR = 2.0**800  # exponents beyond it overflow, or have no correct digits


def pow_(z: Planes, w: Planes) -> Planes:
    """Compute ``z`` to the power of ``w``; the Python scalar 2 squares."""
    two = all(a is ops.scalar(b, a.dtype) for a, b in zip(w, (2.0, 0.0), strict=True))
    result: Planes = square(z) if two else _pow(z, w)
    return result


@complex_elementwise("pow")
def _pow(z: Pair, w: Pair) -> Pair:
    """Compute ``z`` to the power of ``w``; 1 if w is 0, and 0 if z is 0 and the real part of w positive."""
    if z[0].dtype is float32:
        real, imag = _narrow_power(z, w)
    else:
        real, imag = _wide_power(z, w)
    nothing = (w[0] == 0.0) & (w[1] == 0.0)
    return rounded(z[0].dtype, where(nothing, 1.0, real), where(nothing, 0.0, imag))


def _narrow_power(z: Pair, w: Pair) -> Pair:
    (x, y), _ = balanced(z)
    w = w[0].cast(float64), w[1].cast(float64)
    size, turn = _exponent(w, log_modulus(z), real_functions.atan2(y, x))
    return grown(size, real_functions.cos(turn), real_functions.sin(turn))


def _wide_power(z: Pair, w: Pair) -> Pair:
    size, turn, norm = _logarithm(z)
    # use float64 if a part is infinite, NaN or zero, and for w with infinite parts
    logarithm = where(is_infinite(z), inf, norm.unary("Log"))
    odd = is_infinite(z) | (logarithm == -inf) | logarithm.is_nan()
    plain = _exponent(
        w,
        where(odd, logarithm, size.high),
        where(z[0].is_nan() | z[1].is_nan(), nan, turn.high),
    )
    c, d = (minimum(maximum(part, -_MOST), _MOST) for part in w)
    size, turn = (
        double_double.subtract(double_double.times(c, size), double_double.times(d, turn)),
        double_double.add(double_double.times(c, turn), double_double.times(d, size)),
    )
    odd = odd | (abs(size.high) > _FAR) | (abs(turn.high) > _FAR)
    size, turn = _unless(odd, plain[0], size), _unless(odd, plain[1], turn)
    cosine, sine = _rotated(turn)
    return grown(size.high, cosine + cosine * size.low, sine + sine * size.low)


def _exponent(w: Pair, size: Expr, turn: Expr) -> Pair:
    """Compute ``w * (size + turn*1j)``, where a part of w that is 0 gives 0 times infinity too."""
    c, d = w
    return (
        where(c == 0.0, 0.0, c * size) - d * turn,
        c * turn + where(d == 0.0, 0.0, d * size),
    )


def _logarithm(z: Pair) -> tuple[Twofold, Twofold, Expr]:
    """Return log(z), and the square of the scaled modulus; parts are finite even for infinite and zero z."""
    (x, y), root = balanced(z)
    assert root is not None
    x, y = (minimum(maximum(part, -_BOX), _BOX) for part in (x, y))
    norm = double_double.add(double_double.product_of(x, x), double_double.product_of(y, y))
    regular = norm.high > 0.0
    x, b = where(regular, x, 1.0), where(regular, abs(y), 0.0)
    log = double_double.log(Twofold(where(regular, norm.high, 1.0), where(regular, norm.low, 0.0)))
    moved = double_double.log_of_power(
        where(root == 1.0, 0.0, where(root < 1.0, x.const(700.0), -700.0))
    )
    size = double_double.add(moved, Twofold(log.high * 0.5, log.low * 0.5))
    turn, side = double_double.angle(b, x), direction(y)
    return size, Twofold(turn.high * side, turn.low * side), norm.high


def _unless(odd: Expr, plain: Expr, full: Twofold) -> Twofold:
    return Twofold(where(odd, plain, full.high), where(odd, 0.0, full.low))


def _rotated(turn: Twofold) -> Pair:
    """Compute the cosine and sine; the low part of a large angle is not small."""
    c, s = real_functions.cos(turn.high), real_functions.sin(turn.high)
    small, half = turn.low.unary("Sin"), (turn.low * 0.5).unary("Sin")
    less = 2.0 * half * half  # 1 - reals.cos(low)
    return c - (c * less + s * small), s - (s * less - c * small)
