"""Bessel functions of the orders 0 and 1: fitted near 0 and far away."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan, pi, sqrt

from onnxp._src.lowering.elementwise.range_reduction import Period, half_parity, reduced
from onnxp._src.lowering.elementwise.trigonometric import short_sine
from onnxp._src.lowering.expr import Expr, maximum, minimum, polynomial, where
from onnxp._src.lowering.special import coefficients as c
from onnxp._src.lowering.special.formulas import (
    centered,
    chebyshev,
    exp_in_factors,
    ratio,
    ratio_of,
    special,
)

_EULER_LESS_LOG_2 = -0.11593151565841245
_I_FAR = 8.0
_J_FAR = 5.0
_J_LIMIT = 1.0 / _J_FAR**2


# Modified functions of the first kind


def _i_far(a: Expr, coefficients: Sequence[float]) -> Expr:
    """Return ``sqrt(a) * exp(-a) * I(a)`` from 8 on."""
    return polynomial(centered(1.0 / a, 0.0, 1.0 / _I_FAR), coefficients)


def _i(x: Expr, near: Expr, far: Sequence[float]) -> Expr:
    a = abs(x)
    growth, more = exp_in_factors(a)
    return where(a <= _I_FAR, near, growth * (_i_far(a, far) / a.unary("Sqrt")) * more)


def _i_scaled(x: Expr, near: Expr, far: Sequence[float]) -> Expr:
    a = abs(x)
    return where(a <= _I_FAR, near * (-a).unary("Exp"), _i_far(a, far) / a.unary("Sqrt"))


def _i0_near(x: Expr) -> Expr:
    return polynomial(x * x, c.I0)


def _i1_near(x: Expr) -> Expr:
    return x * polynomial(x * x, c.I1)


@special("i0")
def i0(x: Expr) -> Expr:
    """Compute the modified Bessel function of the first kind of order 0."""
    return _i(x, _i0_near(x), c.I0_FAR)


@special("i0e")
def i0e(x: Expr) -> Expr:
    """Compute ``exp(-abs(x)) * i0(x)``."""
    return _i_scaled(x, _i0_near(x), c.I0_FAR)


@special("i1")
def i1(x: Expr) -> Expr:
    """Compute the modified Bessel function of the first kind of order 1."""
    return _odd(x, _i(x, _i1_near(abs(x)), c.I1_FAR))


@special("i1e")
def i1e(x: Expr) -> Expr:
    """Compute ``exp(-abs(x)) * i1(x)``."""
    return _odd(x, _i_scaled(x, _i1_near(abs(x)), c.I1_FAR))


def _odd(x: Expr, positive: Expr) -> Expr:
    """Return the odd function that has a value for abs(x), and is small where x is."""
    return where(x == 0.0, x, positive * x.sign())


# Modified functions of the second kind


def _logarithm(x: Expr) -> Expr:
    """Return ``log(x / 2)`` and Euler's constant."""
    return x.unary("Log") + _EULER_LESS_LOG_2


def _k0_near(x: Expr) -> Expr:
    small = minimum(x, 1.0)
    return polynomial(small * small, c.K0) - _logarithm(small) * _i0_near(small)


def _k1_near(x: Expr) -> Expr:
    small = minimum(x, 1.0)
    rest = _logarithm(small) * _i1_near(small) - small * polynomial(small * small, c.K1)
    return 1.0 / small + rest


def _k_far(x: Expr, coefficients: Sequence[float]) -> Expr:
    """Return ``exp(x) * K(x)`` from 1 on."""
    t = centered(ratio(x, 4.0), ratio_of(1.0, 4.0), 1.0)
    return polynomial(t, coefficients) / x.unary("Sqrt")


def _k(x: Expr, near: Expr, far: Expr) -> Expr:
    return where(x == 0.0, inf, where(x > 1.0, far, near))


@special("k0")
def k0(x: Expr) -> Expr:
    """Compute the modified Bessel function of the second kind of order 0."""
    return _k(x, _k0_near(x), (-x).unary("Exp") * _k_far(x, c.K0_FAR))


@special("k0e")
def k0e(x: Expr) -> Expr:
    """Compute ``exp(x) * k0(x)``."""
    return _k(x, _k0_near(x) * minimum(x, 1.0).unary("Exp"), _k_far(x, c.K0_FAR))


@special("k1")
def k1(x: Expr) -> Expr:
    """Compute the modified Bessel function of the second kind of order 1."""
    return _k(x, _k1_near(x), (-x).unary("Exp") * _k_far(x, c.K1_FAR))


@special("k1e")
def k1e(x: Expr) -> Expr:
    """Compute ``exp(x) * k1(x)``."""
    return _k(x, _k1_near(x) * minimum(x, 1.0).unary("Exp"), _k_far(x, c.K1_FAR))


# Functions of the first and second kind


def _j_near(a: Expr, zeros: Sequence[tuple[float, float]], coefficients: Sequence[float]) -> Expr:
    """Return a function by the distances of its first zeros."""
    result = polynomial(a * a, coefficients)
    for zero, low in zeros:
        result = result * (((a - zero) - low) * (a + zero))
    return result


def _wave(a: Expr, modulus: Sequence[float], phase: Sequence[float], eighths: int) -> Expr:
    """Return the modulus times the sine of the angle, with the phase and so many eighths of a turn."""
    far = maximum(a, _J_FAR)
    count, rest = reduced(far, Period(1, 0.0, odd=True))
    t = centered(1.0 / (far * far), 0.0, _J_LIMIT)
    angle = rest + (polynomial(t, phase) / far + eighths * (pi / 4))
    right = pi / 2
    angle = where(angle > right, pi - angle, where(angle < -right, -pi - angle, angle))
    size = polynomial(t, modulus) * (sqrt(2.0 / pi) / far.unary("Sqrt"))
    return size * short_sine(angle) * (1.0 - 4.0 * half_parity(count))


def _j0_near(a: Expr) -> Expr:
    return _j_near(a, c.J0_ZEROS, c.J0)


def _j1_near(a: Expr) -> Expr:
    return a * _j_near(a, c.J1_ZEROS, c.J1)


@special("j0")
def j0(x: Expr) -> Expr:
    """Compute the Bessel function of the first kind of order 0."""
    a = abs(x)
    return where(a <= _J_FAR, _j0_near(a), _wave(a, c.MODULUS_0, c.PHASE_0, 1))


@special("j1")
def j1(x: Expr) -> Expr:
    """Compute the Bessel function of the first kind of order 1."""
    a = abs(x)
    return _odd(x, where(a <= _J_FAR, _j1_near(a), _wave(a, c.MODULUS_1, c.PHASE_1, -1)))


def _y(x: Expr, near: Expr, far: Expr) -> Expr:
    return where(x == 0.0, -inf, where(x < 0.0, nan, where(x <= _J_FAR, near, far)))


@special("y0")
def y0(x: Expr) -> Expr:
    """Compute the Bessel function of the second kind of order 0."""
    rest = chebyshev(centered(x * x, 0.0, _J_FAR**2), c.Y0)
    near = _logarithm(x) * _j0_near(x) * (2.0 / pi) + rest
    return _y(x, near, _wave(x, c.MODULUS_0, c.PHASE_0, -1))


@special("y1")
def y1(x: Expr) -> Expr:
    """Compute the Bessel function of the second kind of order 1."""
    rest = x * chebyshev(centered(x * x, 0.0, _J_FAR**2), c.Y1)
    near = (_logarithm(x) * _j1_near(x) - 1.0 / x) * (2.0 / pi) + rest
    return _y(x, near, -_wave(x, c.MODULUS_1, c.PHASE_1, 1))
