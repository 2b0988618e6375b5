"""What formulas of complex special functions share: complex expressions and calls of complex functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from math import pi
from typing import Any, final

from onnxp._src.dtypes import float64
from onnxp._src.graph.values import Promise, Value
from onnxp._src.lowering.complex import arithmetic, exponential, real_functions
from onnxp._src.lowering.elementwise.double_double import product_of
from onnxp._src.lowering.expr import Expr, Number, maximum, minimum, where
from onnxp._src.lowering.functions import Pair, complex_elementwise, recipe
from onnxp._src.lowering.special import formulas as real_formulas
from onnxp._src.shapes.shape import broadcast_all

_REST_OF_PI = 1.2246467991473532e-16
Planes = tuple[Value, Value]


@final
class Complex:
    """Two expressions, the real and the imaginary part, with operators by the textbook formulas."""

    __slots__ = ("imag", "real")

    def __init__(self, real: Expr, imag: Expr) -> None:
        self.real = real
        self.imag = imag

    def __add__(self, other: Complex | Expr | Number) -> Complex:
        if isinstance(other, Complex):
            return Complex(self.real + other.real, self.imag + other.imag)
        return Complex(self.real + other, self.imag)

    __radd__ = __add__

    def __sub__(self, other: Complex | Expr | Number) -> Complex:
        if isinstance(other, Complex):
            return Complex(self.real - other.real, self.imag - other.imag)
        return Complex(self.real - other, self.imag)

    def __rsub__(self, other: Expr | Number) -> Complex:
        return Complex(other - self.real, -self.imag)

    def __mul__(self, other: Complex | Expr | Number) -> Complex:
        if isinstance(other, Complex):
            a, b, c, d = self.real, self.imag, other.real, other.imag
            return Complex(a * c - b * d, a * d + b * c)
        return Complex(self.real * other, self.imag * other)

    __rmul__ = __mul__

    def __truediv__(self, other: Complex | Expr | Number) -> Complex:
        if isinstance(other, Complex):
            return self * other.inverse()
        return Complex(self.real / other, self.imag / other)

    def __rtruediv__(self, other: Expr | Number) -> Complex:
        return self.inverse() * other

    def __neg__(self) -> Complex:
        return Complex(-self.real, -self.imag)

    def inverse(self) -> Complex:
        """Return the reciprocal, for numbers whose squares are in range."""
        square = self.square_of_size()
        return Complex(self.real / square, -self.imag / square)

    def square_of_size(self) -> Expr:
        """Return the square of the absolute value."""
        return self.real * self.real + self.imag * self.imag

    def conjugate(self) -> Complex:
        """Return the conjugate."""
        return Complex(self.real, -self.imag)

    def times_i(self) -> Complex:
        """Return the product with the imaginary unit."""
        return Complex(-self.imag, self.real)

    def is_nan(self) -> Expr:
        """Return whether a part is NaN."""
        return self.real.is_nan() | self.imag.is_nan()


def choose(condition: Expr, a: Complex, b: Complex) -> Complex:
    """Choose between complex numbers."""
    return Complex(where(condition, a.real, b.real), where(condition, a.imag, b.imag))


def polynomial(z: Complex, coefficients: Sequence[float]) -> Complex:
    """Evaluate a polynomial with real coefficients, the constant term first."""
    result = Complex(z.real.const(coefficients[-1]), z.real.const(0.0))
    for c in coefficients[-2::-1]:
        result = result * z + c
    return result


def call(function: Callable[..., Any], *operands: Complex) -> Complex:
    """Call a recorded function of complex numbers."""
    real, imag = function(*((z.real.value, z.imag.value) for z in operands))
    return Complex(Expr(real), Expr(imag))


def quotient(z: Complex, w: Complex) -> Complex:
    """Return ``z / w``, also for numbers whose squares are out of range."""
    return call(arithmetic.divide, z, w)


def exp(z: Complex) -> Complex:
    """Return the exponential."""
    return call(exponential.exp, z)


def log(z: Complex) -> Complex:
    """Return the logarithm; the cut is the negative real axis."""
    return call(exponential.log, z)


def direction_of(phase: Expr) -> Complex:
    """Return the number of absolute value 1 with a phase."""
    return Complex(real_functions.cos(phase), real_functions.sin(phase))


def sine_of_turns(z: Complex) -> Complex:
    """Return sin(π*z)."""
    height = z.imag * pi
    # the rounding error of the height
    rest = (
        product_of(minimum(maximum(z.imag, -1e3), 1e3), z.real.const(pi)).low + z.imag * _REST_OF_PI
    )
    growth = 1.0 + rest * minimum(maximum(height, -1.0), 1.0)
    return Complex(
        real_formulas.sine_of_turns(z.real) * (real_functions.cosh(height) * growth),
        real_formulas.cosine_of_turns(z.real) * (real_functions.sinh(height) * growth),
    )


def enlarged(z: Complex, root: Expr) -> Complex:
    """Return ``z * root**2``, which overflows only if the result does; a part that is 0 stays."""
    return Complex(*(where(x != 0.0, root * x * root, x) for x in (z.real, z.imag)))


Formula = Callable[..., Complex]
Recipe = Callable[..., Planes]


def special(name: str) -> Callable[[Formula], Recipe]:
    """Convert a formula in complex128 to a function of planes, whose result has their dtype."""

    def decorate(formula: Formula) -> Recipe:
        inner = _in_float64(formula)

        @wraps(formula)
        def of_pairs(*pairs: Pair) -> Pair:
            return inner(*pairs)

        return complex_elementwise(name)(of_pairs)

    return decorate


def looping(name: str) -> Callable[[Formula], Recipe]:
    """Convert a formula with loops to a function of planes, recorded once for each combination of ranks."""

    def decorate(formula: Formula) -> Recipe:
        inner = _in_float64(formula)

        def build(*values: Value) -> Planes:
            parts = [Expr(value) for value in values]
            real, imag = inner(*zip(parts[::2], parts[1::2], strict=True))
            return real.value, imag.value

        @wraps(formula)
        def function(*pairs: Planes) -> Planes:
            inputs = [plane for pair in pairs for plane in pair]
            types = ((inputs[0].dtype, broadcast_all([x.shape for x in inputs], name)),) * 2
            real, imag = recipe(name, build, inputs, types, promise=Promise())
            return real, imag

        return function

    return decorate


def _in_float64(formula: Formula) -> Callable[..., Pair]:
    def function(*pairs: Pair) -> Pair:
        dtype = pairs[0][0].dtype
        result = formula(*(Complex(x.cast(float64), y.cast(float64)) for x, y in pairs))
        return result.real.cast(dtype), result.imag.cast(dtype)

    return function
