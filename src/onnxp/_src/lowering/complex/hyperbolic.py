"""Complex hyperbolic functions, and trigonometric functions, which are computed from them by ``1j * z``.

``sinh(x + y*1j)`` is ``sinh(x)*cos(y) + cosh(x)*sin(y)*1j``, for example. Beyond `_LIMIT`, the hyperbolic
factors are those at the limit, and the remaining factor is multiplied last, so that a product overflows only if
the result is too large.
"""

from __future__ import annotations

from onnxp._src.dtypes import DType, float32, float64
from onnxp._src.lowering.complex import real_functions
from onnxp._src.lowering.expr import Expr, maximum, minimum, where
from onnxp._src.lowering.functions import Pair, complex_elementwise

_LIMIT: dict[DType, float] = {float32: 80.0, float64: 700.0}
_FLAT: dict[DType, float] = {float32: 10.0, float64: 20.0}
"""The argument above which tanh rounds to 1."""


@complex_elementwise("sinh")
def sinh(z: Pair) -> Pair:
    """Compute the hyperbolic sine."""
    return _sinh(z)


@complex_elementwise("cosh")
def cosh(z: Pair) -> Pair:
    """Compute the hyperbolic cosine."""
    return _cosh(z)


@complex_elementwise("tanh")
def tanh(z: Pair) -> Pair:
    """Compute the hyperbolic tangent."""
    return _tanh(z)


@complex_elementwise("sin")
def sin(z: Pair) -> Pair:
    """Compute the sine: ``-1j * sinh(1j * z)``."""
    imag, real = _sinh((z[1], z[0]))
    return real, imag


@complex_elementwise("cos")
def cos(z: Pair) -> Pair:
    """Compute the cosine: ``cosh(1j * z)``."""
    real, imag = _cosh((z[1], z[0]))
    return real, -imag


@complex_elementwise("tan")
def tan(z: Pair) -> Pair:
    """Compute the tangent: ``-1j * tanh(1j * z)``."""
    imag, real = _tanh((z[1], z[0]))
    return real, imag


def _sinh(z: Pair) -> Pair:
    x, y = z
    near, growth = _clipped(x)
    c, s = real_functions.cos(y), real_functions.sin(y)
    zero = s == 0.0
    real = (
        real_functions.sinh(near) * where(c.is_nan() & ((x == 0.0) | x.is_inf()), 1.0, c) * growth
    )
    imag = where(zero, 1.0, real_functions.cosh(near)) * s * where(zero, 1.0, growth)
    return real, imag


def _cosh(z: Pair) -> Pair:
    x, y = z
    near, growth = _clipped(x)
    c, s = real_functions.cos(y), real_functions.sin(y)
    zero = s == 0.0
    real = real_functions.cosh(near) * where(c.is_nan() & x.is_inf(), 1.0, c) * growth
    rise = where(zero & x.is_nan(), 0.0, real_functions.sinh(near))
    imag = rise * where(s.is_nan() & (x == 0.0), 1.0, s) * where(zero, 1.0, growth)
    return real, imag


def _clipped(x: Expr) -> tuple[Expr, Expr]:
    """Return x clipped to the limit, and the factor by which the exponential of ``abs(x)`` is larger."""
    limit = _LIMIT[x.dtype]
    growth = (maximum(abs(x), limit) - limit).unary("Exp")
    return minimum(maximum(x, -limit), limit), growth


def _tanh(z: Pair) -> Pair:
    """Compute ``(sinh(x)*cosh(x) + sin(y)*cos(y)*1j) / (sinh(x)**2 + cos(y)**2)``."""
    x, y = z
    flat = _FLAT[x.dtype]
    near = minimum(maximum(x, -flat), flat)
    rise, c, s = real_functions.sinh(near), real_functions.cos(y), real_functions.sin(y)
    lost = c.is_nan()
    size = where(lost & (x == 0.0), 1.0, rise * rise + c * c)
    decay = ((flat - maximum(abs(x), flat)) * 2.0).unary("Exp")
    one = ((abs(x) >= flat) & ~lost) | x.is_inf()
    real = where(one, x.sign(), rise * real_functions.cosh(near) / size)
    # at infinity the imaginary part has the sign of y, as the standard says, and not that of s * c
    wave = where(x.is_inf() & (abs(s) > 0.0), y, s * c)
    imag = wave * where(s == 0.0, 1.0, decay / size)
    return real, where(lost & x.is_inf(), 0.0, imag)
