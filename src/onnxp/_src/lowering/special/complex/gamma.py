"""The gamma function of complex numbers, its logarithm and its derivative.

Numbers in the left half plane are reflected, and those near the origin moved to the right, where Stirling's
formula is accurate.
"""

from __future__ import annotations

from math import log, nan, pi
from typing import NamedTuple

from onnxp._src.lowering.complex import arithmetic, exponential, power, real_functions
from onnxp._src.lowering.complex.arithmetic import direction
from onnxp._src.lowering.expr import Expr, minimum, where
from onnxp._src.lowering.special.complex import formulas
from onnxp._src.lowering.special.complex.formulas import (
    Complex,
    call,
    choose,
    exp,
    polynomial,
    quotient,
    special,
)
from onnxp._src.lowering.special.complex.formulas import log as complex_log
from onnxp._src.lowering.special.formulas import cosine_of_turns, sine_of_turns

_FROM = 7.0
_DIGAMMA_FROM = 10.0
_EXTREME = 700.0  # logarithms of numbers that may overflow on the way
_HALF_LOG_2PI = 0.5 * log(2.0 * pi)
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)
_STIRLING = tuple(b / ((2 * k + 2) * (2 * k + 1)) for k, b in enumerate(_BERNOULLI))
_DIGAMMA = tuple(b / (2 * k + 2) for k, b in enumerate(_BERNOULLI))
_NEAR_1 = (
    -0.5772156649015329,
    0.8224670334241132,
    -0.40068563438653143,
    0.27058080842778454,
    -0.20738555102867398,
    0.1695571769974082,
    -0.1440498967688461,
    0.12550966952474304,
    -0.11133426586956469,
    0.1000994575127818,
    -0.09095401714582904,
    0.083353840546109,
    -0.0769325164113522,
    0.07143294629536134,
    -0.06666870588242046,
    0.06250095514121304,
    -0.058823978658684585,
    0.055555767627403614,
    -0.05263167937961666,
    0.05000004769810169,
    -0.047619070330142226,
    0.04545455629320467,
    -0.04347826605304026,
    0.04166666915034121,
)
"""The Taylor series of the logarithm at 1, without the constant term, which is 0."""


def _upper(z: Complex) -> Complex:
    """Return the number or its conjugate, whose imaginary part is not negative."""
    return Complex(z.real, abs(z.imag))


def _is_pole(z: Complex) -> Expr:
    return (z.imag == 0.0) & (z.real <= 0.0) & (z.real.unary("Floor") == z.real)


class Moved(NamedTuple):
    """Where Stirling's formula is accurate, and the way there.

    Attributes
    ----------
    left : Expr
        Whether the number was reflected, to ``1 - z``.
    start : Complex
        The number that remains, or its conjugate; the imaginary part is not negative.
    product : Complex
        The product of ``start + k`` for all steps k to the right.
    turns : Expr
        The full turns of the product.
    end : Complex
        The number where the steps end.
    """

    left: Expr
    start: Complex
    product: Complex
    turns: Expr
    end: Complex


def _moved(z: Complex) -> Moved:
    """Move a number, whose imaginary part is not negative."""
    x, y = z.real, z.imag
    far = (x >= _FROM) | (y >= _FROM)
    left = (x < 0.1) & ~far
    start = Complex(where(left, 1.0 - x, x), y)
    product, turns, moved = Complex(x * 0.0 + 1.0, y * 0.0), x * 0.0, start.real
    for _ in range(int(_FROM)):
        short = (moved < _FROM) & ~far
        after = choose(short, product * Complex(moved, y), product)
        turns = turns + ((product.imag >= 0.0) & (after.imag < 0.0)).cast(x.dtype)
        moved = moved + short.cast(x.dtype)
        product = after
    return Moved(left, start, product, turns, Complex(moved, y))


def _stirling_rest(z: Complex) -> Complex:
    """Return what Stirling's formula lacks of the logarithm of the gamma function."""
    inverse = z.inverse()
    return polynomial(inverse * inverse, _STIRLING) * inverse


def _stirling(z: Complex) -> Complex:
    """Return the logarithm by Stirling's formula."""
    return (z - 0.5) * complex_log(z) - z + (_stirling_rest(z) + _HALF_LOG_2PI)


def _log_gamma(z: Complex) -> Complex:
    """Return the logarithm for imaginary parts that are not negative."""
    way = _moved(z)
    end = way.end
    stirling = _stirling(end)
    full = Complex(0.0 * way.turns, 2.0 * pi * way.turns)
    around = stirling - (complex_log(way.product) + full)
    for place in (1.0, 2.0):
        d = way.start - place
        series = d * polynomial(d, _NEAR_1)
        if place == 2.0:
            series = series + call(exponential.log1p, d)
        around = choose(d.square_of_size() < 0.04, series, around)
    turns = (0.5 * z.real + 0.25).unary("Floor")
    turn = Complex(0.0 * turns, 2.0 * pi * turns)
    reflected = turn + log(pi) - complex_log(formulas.sine_of_turns(z)) - around.conjugate()
    return choose(way.left, reflected, around)


def _with_sign(z: Complex, result: Complex) -> Complex:
    """Return the result for a number from that for the upper half plane, by symmetry."""
    return Complex(result.real, result.imag * direction(z.imag))


@special("loggamma")
def loggamma(z: Complex) -> Complex:
    """Compute the logarithm of the gamma function, whose only cut is the negative real axis."""
    result = _with_sign(z, _log_gamma(_upper(z)))
    pole = _is_pole(z)
    return Complex(where(pole, nan, result.real), where(pole, nan, result.imag))


def _with_poles(z: Complex, result: Complex, sign: float, value: float) -> Complex:
    """Return a result from that for the upper half plane: real for real numbers, and `value` for poles."""
    imag = where(z.imag != 0.0, result.imag * direction(z.imag), sign * z.imag)
    pole = _is_pole(z)
    return Complex(where(pole, value, result.real), where(pole, value, imag))


def _powers_of_gamma(way: Moved) -> tuple[Complex, Complex]:
    """Return the gamma function where the steps start, and its reciprocal."""
    end = way.end
    # a power that is computed with more digits than the exponential of a logarithm would have, in halves
    root = call(power.pow_, end, 0.5 * end)
    rest = Complex(minimum(-end.real, 700.0), -end.imag) + _HALF_LOG_2PI
    other = exp(rest) * exp(_stirling_rest(end)) / call(arithmetic.sqrt, end)
    logarithm = _stirling(end)
    extreme = abs(logarithm.real) > _EXTREME
    return (
        choose(extreme, exp(logarithm), quotient(root * other * root, way.product)),
        choose(extreme, exp(-logarithm), way.product / root / other / root),
    )


@special("gamma")
def gamma(z: Complex) -> Complex:
    """Compute the gamma function."""
    upper = _upper(z)
    way = _moved(upper)
    value, reciprocal = _powers_of_gamma(way)
    reflected = quotient(reciprocal.conjugate(), formulas.sine_of_turns(upper)) * pi
    return _with_poles(z, choose(way.left, reflected, value), 1.0, nan)


@special("rgamma")
def rgamma(z: Complex) -> Complex:
    """Compute the reciprocal of the gamma function."""
    upper = _upper(z)
    way = _moved(upper)
    value, reciprocal = _powers_of_gamma(way)
    sine, logarithm = formulas.sine_of_turns(upper), _stirling(way.end)
    reflected = sine * value.conjugate() / pi
    far = exp(logarithm.conjugate() + complex_log(sine) - log(pi))  # the value may be infinite
    reflected = choose(logarithm.real > _EXTREME, far, reflected)
    return _with_poles(z, choose(way.left, reflected, reciprocal), -1.0, 0.0)


@special("psi")
def psi(z: Complex) -> Complex:
    """Compute the derivative of the logarithm of the gamma function."""
    u = _upper(z)
    x, y = u.real, u.imag
    left = x < 0.0
    total, moved = Complex(x * 0.0, y * 0.0), where(left, 1.0 - x, x)
    for k in range(int(_DIGAMMA_FROM)):
        short = (moved < _DIGAMMA_FROM) & (y < _DIGAMMA_FROM)
        term = Complex(moved, y)
        term = call(arithmetic.reciprocal, term) if k == 0 else term.inverse()
        total = choose(short, total + term, total)
        moved = moved + short.cast(x.dtype)
    end = Complex(moved, y)
    inverse = end.inverse()
    square = inverse * inverse
    rest = 0.5 * inverse + polynomial(square, _DIGAMMA) * square + total
    infinite = x.is_inf() | y.is_inf()
    around = complex_log(end) - choose(infinite, Complex(0.0 * moved, 0.0 * moved), rest)
    # psi(z) = psi(1 - z) - pi * cot(pi * z)
    height = minimum(y * pi, 30.0)
    sine, cosine = sine_of_turns(x), cosine_of_turns(x)
    rise, growth = real_functions.sinh(height), real_functions.cosh(height)
    cotangent = quotient(
        Complex(cosine * growth, -sine * rise), Complex(sine * growth, cosine * rise)
    )
    reflected = around.conjugate() - pi * cotangent
    result = _with_sign(z, choose(left, reflected, around))
    pole = _is_pole(z)
    return Complex(where(pole, nan, result.real), where(pole, nan, result.imag))
