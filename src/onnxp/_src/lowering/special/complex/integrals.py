"""Exponential integrals and the dilogarithm of complex numbers."""

from __future__ import annotations

from math import factorial, pi

from onnxp._src.lowering.complex import exponential, real_functions
from onnxp._src.lowering.complex.arithmetic import direction
from onnxp._src.lowering.expr import Expr, where
from onnxp._src.lowering.special.complex.formulas import (
    Complex,
    call,
    choose,
    direction_of,
    enlarged,
    exp,
    log,
    looping,
    polynomial,
    special,
)
from onnxp._src.lowering.special.formulas import repeat

_EULER = 0.57721566490153286
_NARROW = 2.5  # a parabola around the negative real axis
_FAR = 38.0  # the smallest terms of the asymptotic series are below an ulp
_SERIES, _DEPTH, _ASYMPTOTIC = 150, 72, 36


def _e1(z: Complex) -> Complex:
    """Return E1: by a series near the negative real axis, by an asymptotic one far out, else by a fraction.

    The imaginary part is the second operand of Where, and no condition is a Not: so its zeros keep their signs.
    """
    size = real_functions.hypot(z.real, z.imag)
    far = size > _FAR
    narrow = size + z.real < _NARROW
    zero = 0.0 * (z.real + z.imag)
    # -sum((-z)**k / (k * k!))
    inside, elsewhere = narrow & ~far, ~narrow | far
    small = Complex(where(inside, z.real, 1.0), where(elsewhere, 0.0, z.imag))

    def add(k: Expr, p: Expr, q: Expr, real: Expr, imag: Expr) -> list[Expr]:
        term = Complex(p, q) * -small / k
        return [term.real, term.imag, real + term.real / k, imag + term.imag / k]

    *_, real, imag = repeat(_SERIES, (zero + 1.0, zero, zero, zero), add)
    near = -(log(small) + Complex(real, imag)) - _EULER
    # exp(-z) / (z + 1 - 1 / (z + 3 - 4 / (z + 5 - ..))), from the inside
    outside = ~narrow & ~far
    wide = Complex(where(outside, z.real, 4.0), where(narrow | far, 0.0, z.imag))

    def nest(step: Expr, real: Expr, imag: Expr) -> list[Expr]:
        k = (_DEPTH + 1.0) - step
        inner = (wide + (2.0 * k + 1.0) - Complex(real, imag)).inverse() * (k * k)
        return [inner.real, inner.imag]

    inner = Complex(*repeat(_DEPTH, (zero, zero), nest))
    usual = exp(-wide) / (wide + 1.0 - inner)
    # exp(-z) / z * (1 - 1 / z + 2 / z**2 - ..)
    closer = (size <= _FAR) | size.is_nan()
    large = Complex(where(far, z.real, 50.0), where(closer, 0.0, z.imag))
    scale = where(far, size, 50.0)
    inverse = (1.0 / Complex(large.real / scale, large.imag / scale)) / scale

    def sum_up(step: Expr, real: Expr, imag: Expr) -> list[Expr]:
        k = (_ASYMPTOTIC + 1.0) - step
        rest = 1.0 - inverse * Complex(real, imag) * k
        return [rest.real, rest.imag]

    total = inverse * Complex(*repeat(_ASYMPTOTIC, (zero + 1.0, zero), sum_up))
    tail = enlarged(direction_of(-large.imag) * total, (-0.5 * large.real).unary("Exp"))
    # on the cut, the exponentially small part is all that is imaginary
    cut = (z.imag == 0.0) & (z.real < 0.0)
    tail = Complex(tail.real, where(cut, -pi * direction(z.imag), tail.imag))
    return choose(far, tail, choose(narrow, near, usual))


@looping("exp1")
def exp1(z: Complex) -> Complex:
    """Compute the integral of ``exp(-t) / t`` from z to infinity; the cut is the negative real axis."""
    return _e1(z)


@looping("expi")
def expi(z: Complex) -> Complex:
    """Compute the integral of ``exp(t) / t`` from negative infinity to z."""
    result = -_e1(-z)
    turn = where((z.imag == 0.0) & (z.real <= 0.0), 0.0, pi * direction(z.imag))
    return Complex(result.real, result.imag + turn)


_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)
_DEBYE = (1.0, *(b / factorial(2 * k + 3) for k, b in enumerate(_BERNOULLI)))
_SQUARE = pi**2 / 6.0


@special("spence")
def spence(z: Complex) -> Complex:
    """Compute the dilogarithm of ``1 - z``, reflected to where its series in ``log(z)`` is short."""
    outside = z.square_of_size() > 1.0
    scaled = choose(outside, z.inverse(), z)
    below = scaled.real < 0.5
    logarithm = log(z)
    inner = choose(outside, -logarithm, logarithm)
    # the dilogarithm of 1 - y is u - u**2 / 4 + u**3 / 36 - .. for u = -log(y), with y near 1
    u = -choose(below, call(exponential.log1p, -scaled), inner)
    square = u * u
    series = u * polynomial(square, _DEBYE) - square * 0.25
    product = choose((z.real == 0.0) & (z.imag == 0.0), u, inner * u)
    result = choose(below, product + _SQUARE - series, series)
    return choose(outside, -result - logarithm * logarithm * 0.5, result)
