"""Hyperbolic functions of float64 and their inverses, computed from Exp and Log.

Polynomials are minimax in z = x**2, from ``benchmarks/minimax.py``. Results that may be negative zeros are the
second operand of Where, which keeps their sign.
"""

from __future__ import annotations

from math import e, log

from onnxp._src.dtypes import float64
from onnxp._src.lowering.elementwise.exponential import log_of_one_and
from onnxp._src.lowering.elementwise.sign_bits import sign_of
from onnxp._src.lowering.expr import Expr, blend, clip, maximum, minimum, polynomial, where
from onnxp._src.lowering.functions import elementwise

_SINH = (
    0.16666666666666669,
    0.008333333333332912,
    0.00019841269841593408,
    2.7557319106758167e-06,
    2.5052130998409593e-08,
    1.6056659195614652e-10,
    7.776599297528035e-13,
)
"""(sinh(x)/x - 1) / z up to 1."""

_TANH = (
    0.3333333333333332,
    -0.022222222222208463,
    0.002116402115903163,
    -0.00021164020289322913,
    2.1377714280143437e-05,
    -2.1639234369389047e-06,
    2.1767168365890352e-07,
    -1.9358636927508894e-08,
)
"""(x/tanh(x) - 1) / z up to 0.55."""

_NEAR = 0.55  # up to here, the hyperbolic tangent is computed by the polynomial
_LARGE = 2.0**30  # adding 1 to the square of a larger number has no effect


@elementwise("sinh")
def sinh(x: Expr) -> Expr:
    """Compute the hyperbolic sine."""
    some = clip(x, -1.0, 1.0)
    square = some * some
    near = some + some * (square * polynomial(square, _SINH))
    exp, scale = _exp(abs(x))
    return blend(some == x, near, (0.5 / exp - 0.5 * exp) * scale * x.sign())


@elementwise("cosh")
def cosh(x: Expr) -> Expr:
    """Compute the hyperbolic cosine."""
    exp, scale = _exp(abs(x))
    return (0.5 * exp + 0.5 / exp) * scale


def _exp(a: Expr) -> tuple[Expr, Expr]:
    """Return two factors of the exponential of a positive number; the first is finite up to 710."""
    large = (a > 709.0).cast(float64)
    return (a - large).unary("Exp"), 1.0 + large * (e - 1.0)


@elementwise("tanh")
def tanh(x: Expr) -> Expr:
    """Compute the hyperbolic tangent."""
    if x.dtype is not float64:
        # the kernel exceeds 1, and lets a product with tiny numbers underflow
        kernel = maximum(minimum(x.unary("Tanh"), 1.0), -1.0)
        return where(abs(x) > 1e-4, kernel, x)
    some = clip(x, -_NEAR, _NEAR)
    square = some * some
    near = some / (1.0 + square * polynomial(square, _TANH))
    a = abs(x)
    less = 2.0 / ((a + a).unary("Exp") + 1.0) - 1.0
    # beyond, `near` is the number at the limit, and the rest a difference without rounding
    return near - (less + _tanh_at_limit()) * (x - some).sign()


def _tanh_at_limit() -> float:
    """Return what kernels compute for the hyperbolic tangent of `_NEAR`."""
    square = _NEAR * _NEAR
    total = square * _TANH[-1] + _TANH[-2]
    for c in _TANH[-3::-1]:
        total = total * square + c
    return _NEAR / (1.0 + square * total)


@elementwise("asinh")
def asinh(x: Expr) -> Expr:
    """Compute the inverse hyperbolic sine."""
    a = abs(x)
    some = minimum(a, _LARGE)
    square = some * some
    more = some + square / (1.0 + (1.0 + square).unary("Sqrt"))
    return _log(a, more) * sign_of(x)


@elementwise("acosh")
def acosh(x: Expr) -> Expr:
    """Compute the inverse hyperbolic cosine."""
    some = maximum(minimum(x, _LARGE), 0.5) - 1.0  # any number below 1 gives NaN
    return _log(x, some + (some * (some + 2.0)).unary("Sqrt"))


def _log(a: Expr, more: Expr) -> Expr:
    """Return the logarithm of 1 + `more`, or of 2*a if a is large."""
    large = a > _LARGE
    moved = 1.0 + more
    lost = (more - (moved - 1.0)) / moved
    return where(large, a, moved).unary("Log") + (lost + large.cast(float64) * log(2.0))


@elementwise("atanh")
def atanh(x: Expr) -> Expr:
    """Compute the inverse hyperbolic tangent."""
    a = abs(x)
    return 0.5 * log_of_one_and((a + a) / (1.0 - a)) * sign_of(x)
