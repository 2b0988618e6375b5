"""Complex exponentials and logarithms.

Products with powers of e use two factors, so that they overflow only if the result is too large. Results for
infinities and NaN are those of C99, Annex G: if its table has a zero, as for ``exp(-inf + nan*1j)``, the
factor that is NaN is replaced; if a sine is exactly zero, the factor that may be infinite or NaN is
replaced.
"""

from __future__ import annotations

import math
from math import inf

from onnxp._src.dtypes import float32, float64
from onnxp._src.lowering.complex import real_functions
from onnxp._src.lowering.complex.arithmetic import balanced, is_infinite
from onnxp._src.lowering.expr import Expr, maximum, minimum, where
from onnxp._src.lowering.functions import Pair, complex_elementwise


@complex_elementwise("exp")
def exp(z: Pair) -> Pair:
    """Compute ``e**z``."""
    x, y = z
    return grown(x, real_functions.cos(y), real_functions.sin(y))


def grown(x: Expr, c: Expr, s: Expr) -> Pair:
    """Compute ``e**x * (c + s*1j)`` for a cosine and a sine."""
    root = (x * 0.5).unary("Exp")
    lost = c.is_nan()
    c = where(lost & x.is_inf(), 1.0, c)
    s = where(lost & (x == -inf), 1.0, s)
    other = where(s == 0.0, 0.0, root)
    return root * c * root, other * s * other


@complex_elementwise("expm1")
def expm1(z: Pair) -> Pair:
    """Compute ``e**z - 1``, accurate near 0.

    For real parts above 40, subtracting 1 has no effect.
    """
    x, y = z
    low = minimum(x, 40.0)
    root = ((maximum(x, 40.0) - 40.0) * 0.5).unary("Exp")
    e = (low * 0.5).unary("Exp")
    e = e * e  # Exp alone does not reach 0 in float64 (onnxruntime 1.20.1)
    c, s, half = real_functions.cos(y), real_functions.sin(y), real_functions.sin(y * 0.5)
    lost = c.is_nan()
    # both are e * c - 1; the first is exactly -1 at -infinity, the second accurate near 0, and +0 at -0
    near = (0.0 - 2.0 * half * half) + real_functions.expm1(low) * c
    real = where(x < -1.0, e * c - 1.0, near)
    real = where(lost & x.is_inf(), x.sign(), real)
    s = where(lost & (x == -inf), 1.0, s)
    zero = s == 0.0
    e, other = where(zero, 0.0, e), where(zero, 1.0, root)
    return real * root * root, e * s * other * other


@complex_elementwise("log")
def log(z: Pair) -> Pair:
    """Compute the natural logarithm; the cut is the negative real axis."""
    return _log(z)


@complex_elementwise("log2")
def log2(z: Pair) -> Pair:
    """Compute the logarithm to base 2."""
    real, imag = _log(z)
    return real / math.log(2.0), imag / math.log(2.0)


@complex_elementwise("log10")
def log10(z: Pair) -> Pair:
    """Compute the logarithm to base 10."""
    real, imag = _log(z)
    return real / math.log(10.0), imag / math.log(10.0)


@complex_elementwise("log1p")
def log1p(z: Pair) -> Pair:
    """Compute ``log(1 + z)``, accurate near 0."""
    dtype = z[0].dtype
    x, y = z[0].cast(float64), z[1].cast(float64)
    moved = 1.0 + x
    size = _log_modulus((moved, y), x * (2.0 + x) + y * y, narrow=dtype is float32)
    return size.cast(dtype), real_functions.atan2(z[1], moved.cast(dtype))


def _log(z: Pair) -> Pair:
    return log_modulus(z).cast(z[0].dtype), real_functions.atan2(z[1], z[0])


def log_modulus(z: Pair) -> Expr:
    """Compute ``log(abs(z))`` in float64."""
    x, y = z[0].cast(float64), z[1].cast(float64)
    excess = (x - 1.0) * (x + 1.0) + y * y
    return _log_modulus((x, y), excess, narrow=z[0].dtype is float32)


def _log_modulus(z: Pair, excess: Expr, *, narrow: bool) -> Expr:
    """Compute ``log(abs(z))``, where `excess` is ``abs(z)**2 - 1`` and is accurate if it is small.

    If `narrow`, no square of a part overflows or underflows.
    """
    (x, y), root = (z, None) if narrow else balanced(z)
    square = where(is_infinite(z), inf, x * x + y * y)
    far = 0.5 * square.unary("Log")
    if root is not None:
        far = far - 2.0 * root.unary("Log")
    return where(abs(excess) < 0.5, 0.5 * real_functions.log1p(excess), far)
