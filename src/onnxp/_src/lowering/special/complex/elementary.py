"""Products with logarithms, and the sinc function, of complex numbers."""

from __future__ import annotations

from math import pi

from onnxp._src.lowering.complex import exponential
from onnxp._src.lowering.expr import where
from onnxp._src.lowering.special.complex.formulas import (
    Complex,
    call,
    log,
    quotient,
    sine_of_turns,
    special,
)


@special("expm1")
def expm1(z: Complex) -> Complex:
    """Compute ``exp(z) - 1``."""
    return call(exponential.expm1, z)


@special("log1p")
def log1p(z: Complex) -> Complex:
    """Compute ``log(1 + z)``."""
    return call(exponential.log1p, z)


def _unless_zero(x: Complex, y: Complex, product: Complex) -> Complex:
    zero = (x.real == 0.0) & (x.imag == 0.0) & ~y.is_nan()
    return Complex(where(zero, 0.0, product.real), where(zero, 0.0, product.imag))


@special("xlogy")
def xlogy(x: Complex, y: Complex) -> Complex:
    """Compute ``x * log(y)``, which is 0 where x is 0."""
    return _unless_zero(x, y, x * log(y))


@special("xlog1py")
def xlog1py(x: Complex, y: Complex) -> Complex:
    """Compute ``x * log(1 + y)``, which is 0 where x is 0."""
    return _unless_zero(x, y, x * call(exponential.log1p, y))


@special("sinc")
def sinc(z: Complex) -> Complex:
    """Compute ``sin(π*z) / (π*z)``."""
    result = quotient(sine_of_turns(z), z * pi)
    zero = (z.real == 0.0) & (z.imag == 0.0)
    return Complex(where(zero, 1.0, result.real), where(zero, 0.0, result.imag))
