"""Rounding and division of floating-point numbers, and a test for finite numbers."""

from __future__ import annotations

from math import inf

from onnxp._src import ops
from onnxp._src.dtypes import float16, float32, float64
from onnxp._src.graph.values import Value
from onnxp._src.lowering.elementwise.sign_bits import sign_of
from onnxp._src.lowering.expr import Expr, fmod, minimum, where
from onnxp._src.lowering.functions import elementwise


@elementwise("trunc")
def trunc(x: Expr) -> Expr:
    """Compute the integer part; the sign of a zero is that of `x`."""
    return abs(x).unary("Floor") * sign_of(x)


def is_finite(x: Value) -> Value:
    """Return whether a number is neither infinite nor NaN."""
    return ops.less(ops.abs_(x), ops.scalar(inf, x.dtype))


@elementwise("remainder")
def remainder(x: Expr, y: Expr) -> Expr:
    """Compute the remainder with the sign of `y`, as Python's ``%``."""
    dtype = x.dtype
    if dtype is float16:
        x, y = x.cast(float32), y.cast(float32)
    rest = fmod(x, y)
    sign = y.sign()
    rest = where(rest.sign() * sign < 0.0, rest + y, rest)
    return (abs(rest) * sign).cast(dtype)


@elementwise("floor_divide")
def floor_divide(x: Expr, y: Expr) -> Expr:
    """Compute the quotient rounded down; if it is not the quotient of finite numbers, as it is."""
    dtype = x.dtype
    if dtype is not float64:  # there the quotient is never rounded up to an integer
        return (x.cast(float64) / y.cast(float64)).unary("Floor").cast(dtype)
    quotient = x / y
    rest = fmod(x, y)
    down = minimum(rest.sign() * y.sign(), 0.0)
    # NaN for infinities and zero divisors
    rounded = ((x - rest) / y).unary("Round") + down + (y - y)
    kept = rounded.is_nan().cast(dtype)
    return where(abs(rounded) > 0.0, rounded, quotient * kept)
