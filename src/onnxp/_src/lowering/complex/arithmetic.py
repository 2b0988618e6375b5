"""Complex numbers: arithmetic, parts, predicates, square root.

A complex number is a pair (real, imaginary) of values of one real dtype. Before a formula squares its operands,
they are scaled to the middle of the range of float64 by a power of two, so that intermediate results do not
overflow or underflow; parts in float32 need only be cast. All results are accurate to a few units in the
last place of the larger part.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from onnxp._src import ops
from onnxp._src.dtypes import DType, float32, float64
from onnxp._src.graph.values import Value
from onnxp._src.lowering.complex import real_functions
from onnxp._src.lowering.elementwise.sign_bits import is_negative
from onnxp._src.lowering.expr import Expr, maximum, minimum, where
from onnxp._src.lowering.functions import Pair, complex_elementwise

Planes = tuple[Value, Value]

# Scaling


def balanced(z: Pair) -> tuple[Pair, Expr | None]:
    """Return the parts in float64, times ``root**2``, and `root`, a power of two; None stands for 1.

    If the larger part is finite and not zero, its result is between ``2**-374`` and ``2**350``.
    """
    x, y = z
    if x.dtype is float32:
        return (x.cast(float64), y.cast(float64)), None
    size = maximum(abs(x), abs(y))
    root = where(size > 2.0**350, 2.0**-350, where(size < 2.0**-350, x.const(2.0**350), 1.0))
    scale = root * root
    return (x * scale, y * scale), root


def rounded(dtype: DType, real: Expr, imag: Expr) -> Pair:
    """Cast both parts."""
    return real.cast(dtype), imag.cast(dtype)


def is_infinite(z: Pair) -> Expr:
    """Return whether a part is infinite, even if the other one is NaN."""
    return z[0].is_inf() | z[1].is_inf()


def direction(x: Expr) -> Expr:
    """Return -1 for a negative number or zero, else 1."""
    return 1.0 - 2.0 * is_negative(x).cast(x.dtype)


# Parts


def real(z: Planes) -> Value:
    """Compute the real part."""
    return z[0]


def imag(z: Planes) -> Value:
    """Compute the imaginary part."""
    return z[1]


def no_imag(x: Value) -> Value:
    """Compute the imaginary part of a real number: zero."""
    return ops.expand(ops.scalar(0, x.dtype), x.shape)


def conj(z: Planes) -> Planes:
    """Compute the conjugate."""
    return z[0], ops.neg(z[1])


def positive(z: Planes) -> Planes:
    """Return the number itself."""
    return z


def negative(z: Planes) -> Planes:
    """Compute the negative."""
    return ops.neg(z[0]), ops.neg(z[1])


def round_(z: Planes) -> Planes:
    """Round both parts, half to even."""
    return ops.unary("Round", z[0]), ops.unary("Round", z[1])


# Predicates


def equal(z: Planes, w: Planes) -> Value:
    """Return whether both parts are equal."""
    return ops.and_(ops.equal(z[0], w[0]), ops.equal(z[1], w[1]))


def not_equal(z: Planes, w: Planes) -> Value:
    """Return whether a part differs."""
    return ops.not_(equal(z, w))


def less(z: Planes, w: Planes) -> Value:
    """Return whether `z` comes before `w`: by the real parts, then by the imaginary parts, as in numpy."""
    return _ordered(z, w, ops.less)


def less_equal(z: Planes, w: Planes) -> Value:
    """Return whether `z` comes before `w` or is equal to it; False if a part is NaN."""
    return _ordered(z, w, ops.less_or_equal)


def _ordered(z: Planes, w: Planes, order: Callable[[Value, Value], Value]) -> Value:
    numbers = ops.and_(ops.equal(z[1], z[1]), ops.equal(w[1], w[1]))
    by_real = ops.and_(ops.less(z[0], w[0]), numbers)
    return ops.or_(by_real, ops.and_(ops.equal(z[0], w[0]), order(z[1], w[1])))


def last(z: Planes, w: Planes) -> Planes:
    """Return the one that comes last; NaN if one is."""
    return _choose(ops.or_(isnan(z), less_equal(w, z)), z, w)


def first(z: Planes, w: Planes) -> Planes:
    """Return the one that comes first; NaN if one is."""
    return _choose(ops.or_(isnan(z), less_equal(z, w)), z, w)


def _choose(is_z: Value, z: Planes, w: Planes) -> Planes:
    return ops.where(is_z, z[0], w[0]), ops.where(is_z, z[1], w[1])


def isnan(z: Planes) -> Value:
    """Return whether a part is NaN."""
    return ops.or_(ops.is_nan(z[0]), ops.is_nan(z[1]))


def isinf(z: Planes) -> Value:
    """Return whether a part is infinite."""
    return ops.or_(ops.is_inf(z[0]), ops.is_inf(z[1]))


def isfinite(z: Planes) -> Value:
    """Return whether both parts are finite: x - x is NaN for others."""
    return ops.equal(ops.sub(z[0], z[0]), ops.sub(z[1], z[1]))


# Arithmetic


def add(z: Planes, w: Planes) -> Planes:
    """Compute the sum."""
    return ops.add(z[0], w[0]), ops.add(z[1], w[1])


def subtract(z: Planes, w: Planes) -> Planes:
    """Compute the difference."""
    return ops.sub(z[0], w[0]), ops.sub(z[1], w[1])


@complex_elementwise("multiply")
def multiply(z: Pair, w: Pair) -> Pair:
    """Compute the product, by the textbook formula also for infinities, as in numpy."""
    (a, b), (c, d) = z, w
    return a * c - b * d, a * d + b * c


@complex_elementwise("square")
def square(z: Pair) -> Pair:
    """Compute the product with itself."""
    x, y = z
    cross = x * y
    return x * x - y * y, cross + cross


@complex_elementwise("divide")
def divide(z: Pair, w: Pair) -> Pair:
    """Quotient; division by zero divides both parts by +0, a finite number by an infinite one is zero."""
    (a, b), up = balanced(z)
    (c, d), down, norm = _divisor(w)
    real, imag = (a * c + b * d) / norm, (b * c - a * d) / norm
    if up is not None and down is not None:
        factor = down / up
        real, imag = real * factor * factor, imag * factor * factor
    return rounded(z[0].dtype, real, imag)


@complex_elementwise("reciprocal")
def reciprocal(z: Pair) -> Pair:
    """Compute ``1 / z``, as `divide` does."""
    (c, d), root, norm = _divisor(z)
    real, imag = c / norm, -d / norm
    if root is not None:
        real, imag = real * root * root, imag * root * root
    return rounded(z[0].dtype, real, imag)


def _divisor(z: Pair) -> tuple[Pair, Expr | None, Expr]:
    """Return (c, d), root, norm, so that dividing by z is multiplying by ``(c - d*1j) / norm * root**2``.

    c and d are finite where z is infinite, and c is 1 where z is zero.
    """
    (c, d), root = balanced(z)
    norm = c * c + d * d
    c = where(norm == 0.0, 1.0, minimum(maximum(c, -(2.0**500)), 2.0**500))
    d = minimum(maximum(d, -(2.0**500)), 2.0**500)
    return (c, d), root, norm


@complex_elementwise("abs")
def abs_(z: Pair) -> Expr:
    """Compute the modulus."""
    return real_functions.hypot(z[0], z[1])


@complex_elementwise("sign")
def sign(z: Pair) -> Pair:
    """Compute ``z / abs(z)``, and +0 for zero; where one part is infinite, its direction, as in numpy."""
    (x, y), _ = balanced(z)
    axial = ((x.is_inf() ^ y.is_inf()) & ~(x + y).is_nan()) | ((x == 0.0) & (y == 0.0))
    x, y = (where(axial, where(p.is_inf(), direction(p), 0.0), p) for p in (x, y))
    size = where(axial, 1.0, (x * x + y * y).unary("Sqrt"))
    return rounded(z[0].dtype, x / size, y / size)


@complex_elementwise("sqrt")
def sqrt(z: Pair) -> Pair:
    """Compute the square root with a real part that is not negative; the cut is the negative real axis."""
    (x, y), root = balanced(z)
    length = ((x * x + y * y).unary("Sqrt") + abs(x)) * 0.5
    large = where(is_infinite(z), inf, length.unary("Sqrt"))
    small = where(y.is_inf(), y, y / (2.0 * large + (large == 0.0).cast(float64)))
    left = x < 0.0
    real = where(left, abs(small), large)
    imag = where(left, large * direction(y), small)
    if root is not None:
        real, imag = real / root, imag / root
    return rounded(z[0].dtype, real, imag)
