"""Exponentials and logarithms without kernels, computed from Exp and Log in float64.

The polynomial is minimax in z = x**2, from ``benchmarks/minimax.py``.
"""

from __future__ import annotations

from math import log

from onnxp._src.dtypes import float64
from onnxp._src.lowering.expr import Expr, blend, clip, maximum, minimum, polynomial, where
from onnxp._src.lowering.functions import elementwise

_EXPM1 = (
    0.0833333333333333,
    -0.001388888888888029,
    3.306878306098692e-05,
    -8.267195425516763e-07,
    2.0876674101702575e-08,
    -5.283016203464123e-10,
    1.3285625223321748e-11,
    -2.953893574143813e-13,
)
"""(x/expm1(x) - 1 + x/2) / z up to log(3)."""

_SMALLEST = 5e-324
_LOG2_E = 1.4426950408889634
_LOG10_E, _LOG10_E_LOW = 0.4342944819032518, 1.098319650216765e-17


@elementwise("expm1")
def expm1(x: Expr) -> Expr:
    """Compute ``exp(x) - 1``; near 0, x over a polynomial, or for narrow results over 1 - x/2."""
    dtype = x.dtype
    x = x.cast(float64)
    if dtype is not float64:
        far = x.unary("Exp") - 1.0
        return where(abs(x) > 1e-5, far, x * (1.0 + 0.5 * x)).cast(dtype)
    some = clip(x, -log(2.0), log(3.0))
    square = some * some
    near = some / ((1.0 - 0.5 * some) + square * polynomial(square, _EXPM1))
    return blend(some == x, near, 1.0 - x.unary("Exp"))


@elementwise("log1p")
def log1p(x: Expr) -> Expr:
    """Compute ``log(1 + x)``."""
    wide = x.cast(float64)
    if x.dtype is float64:
        lost = _lost(wide)
    else:  # of a few bits, adding 1 loses those of small numbers only
        some = minimum(wide, 1.0)
        lost = some - ((1.0 + some) - 1.0)
    # the logarithm of 1 counts as -0, so that zeros keep their sign
    return (-(-lost - (1.0 + wide).unary("Log"))).cast(x.dtype)


def log_of_one_and(x: Expr) -> Expr:
    """Compute ``log(1 + x)`` in float64, except for the sign of zero, and correct the rounding of the sum."""
    return (1.0 + x).unary("Log") + _lost(x)


def _lost(x: Expr) -> Expr:
    """Return by how much the logarithm of ``1 + x`` is too small, because the sum is rounded."""
    some = minimum(x, 2.0**53)  # adding 1 to larger numbers has no effect; infinity would give NaN
    moved = 1.0 + some
    return (some - (moved - 1.0)) / maximum(moved, _SMALLEST)  # -1 has lost nothing


@elementwise("log2")
def log2(x: Expr) -> Expr:
    """Compute the logarithm to base 2, exact for powers of two."""
    return _settled(x.cast(float64).unary("Log") * _LOG2_E, x, 2.3e-16)


@elementwise("log10")
def log10(x: Expr) -> Expr:
    """Compute the logarithm to base 10, exact for powers of ten."""
    natural = x.cast(float64).unary("Log")
    return _settled(natural * _LOG10_E + natural * _LOG10_E_LOW, x, 2.6e-16)


def _settled(logarithm: Expr, x: Expr, missing: float) -> Expr:
    """Round a logarithm to an integer if it is very close."""
    if x.dtype is not float64:
        return logarithm.cast(x.dtype)
    integer = logarithm.unary("Round")
    return where(abs(logarithm - integer) > abs(integer) * missing, logarithm, integer)
