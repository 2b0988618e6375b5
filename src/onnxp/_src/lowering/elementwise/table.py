"""The table of elementwise functions: name, dtypes that the standard allows, recipe.

A recipe takes values of one dtype and returns a value. One for complex numbers takes pairs (real,
imaginary) and returns a pair, or a value if the result is real. The dtype of the result is that of
what the recipe returns.

Rows have recipes for what numpy computes beyond the standard, too: for truth values, the order of complex
numbers, and uint64 beside signed integers, which have no common integer dtype.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

from onnxp._src import ops
from onnxp._src.dtypes import CATEGORIES, DType, float16, float32
from onnxp._src.graph.values import Value
from onnxp._src.lowering.complex import arithmetic as complex_arithmetic
from onnxp._src.lowering.complex import exponential as complex_exponential
from onnxp._src.lowering.complex import hyperbolic as complex_hyperbolic
from onnxp._src.lowering.complex import inverse as complex_inverse
from onnxp._src.lowering.complex import power as complex_power
from onnxp._src.lowering.elementwise import (
    exponential,
    floats,
    hyperbolic,
    integers,
    logaddexp,
    sign_bits,
    trigonometric,
)

Recipe = Callable[..., Value]
ComplexRecipe = Callable[..., Any]
ScalarCheck = Callable[[object, DType], None]


@final
class Row:
    """One elementwise function.

    Attributes
    ----------
    category : str
        The dtypes that the standard allows.
    allowed, real_dtypes : frozenset of DType
        The dtypes of the category, and those of them that are not complex.
    real, complex : callable
        The recipes.
    check : callable, optional
        Checks a second operand that is a Python scalar.
    boolean : callable, optional
        The recipe for truth values, as numpy computes with them.
    mixed : callable, optional
        The recipe for uint64 beside int64, in either order.
    """

    __slots__ = (
        "allowed",
        "boolean",
        "category",
        "check",
        "complex",
        "mixed",
        "real",
        "real_dtypes",
    )

    def __init__(
        self,
        category: str,
        real: Recipe,
        complex: ComplexRecipe | None = None,
        check: ScalarCheck | None = None,
        boolean: Recipe | None = None,
        mixed: Recipe | None = None,
    ) -> None:
        self.category = category
        self.allowed = CATEGORIES[category]
        self.real_dtypes = frozenset(x for x in self.allowed if x.family != "complex")
        self.real = real
        self.complex = complex
        self.check = check
        self.boolean = boolean
        self.mixed = mixed


def _operator(op: str) -> Recipe:
    def recipe(x: Value) -> Value:
        return ops.unary(op, x)

    return recipe


def by_kind(*, integer: Recipe, floating: Recipe) -> Recipe:
    """Return a recipe that uses one for integers and another for floating-point numbers."""

    def recipe(x: Value, *rest: Value) -> Value:
        return (floating if x.dtype.family == "float" else integer)(x, *rest)

    return recipe


def by_kernel(op: str, recipe: Recipe, *dtypes: DType) -> Recipe:
    """Return a recipe that uses the kernel of an operator for some dtypes, and another recipe for others.

    The default of `dtypes` is float16 and float32.
    """
    good = frozenset(dtypes or (float16, float32))

    def chosen(x: Value) -> Value:
        return ops.unary(op, x) if x.dtype in good else recipe(x)

    return chosen


def _itself(x: Value) -> Value:
    return x


def _truth_less(a: Value, b: Value) -> Value:
    return ops.and_(ops.not_(a), b)


def _truth_less_equal(a: Value, b: Value) -> Value:
    return ops.or_(ops.not_(a), b)


def _swapped(recipe: Callable[..., Value]) -> Callable[..., Value]:
    def swapped(a: Any, b: Any) -> Value:
        return recipe(b, a)

    return swapped


def _negated(recipe: Recipe) -> Recipe:
    def negated(a: Value, b: Value) -> Value:
        return ops.not_(recipe(a, b))

    return negated


def _comparison(recipe: Recipe, complex: ComplexRecipe, boolean: Recipe, mixed: Recipe) -> Row:
    return Row("real numeric", recipe, complex, boolean=boolean, mixed=mixed)


def _true(x: Value) -> Value:
    return ops.equal(x, x)


def _false(x: Value) -> Value:
    return ops.less(x, x)


def _negated_true(x: Value) -> Value:
    return ops.not_(_true(x))


def _square(x: Value) -> Value:
    return ops.mul(x, x)


def _not_equal(a: Value, b: Value) -> Value:
    return ops.not_(ops.equal(a, b))


ELEMENTWISE: dict[str, Row] = {
    "abs": Row("numeric", ops.abs_, complex_arithmetic.abs_, boolean=_itself),
    "acos": Row("floating-point", by_kernel("Acos", trigonometric.acos), complex_inverse.acos),
    "acosh": Row("floating-point", by_kernel("Acosh", hyperbolic.acosh), complex_inverse.acosh),
    "add": Row("numeric", ops.add, complex_arithmetic.add, boolean=ops.or_),
    "asin": Row("floating-point", by_kernel("Asin", trigonometric.asin), complex_inverse.asin),
    "asinh": Row("floating-point", by_kernel("Asinh", hyperbolic.asinh), complex_inverse.asinh),
    "atan": Row("floating-point", by_kernel("Atan", trigonometric.atan), complex_inverse.atan),
    "atan2": Row("real floating-point", trigonometric.atan2),
    "atanh": Row("floating-point", by_kernel("Atanh", hyperbolic.atanh), complex_inverse.atanh),
    "bitwise_and": Row("integer or boolean", integers.bitwise(ops.and_, ops.bitwise_and)),
    "bitwise_invert": Row("integer or boolean", integers.bitwise(ops.not_, ops.bitwise_not)),
    "bitwise_left_shift": Row("integer", integers.left_shift),
    "bitwise_or": Row("integer or boolean", integers.bitwise(ops.or_, ops.bitwise_or)),
    "bitwise_right_shift": Row("integer", integers.right_shift),
    "bitwise_xor": Row("integer or boolean", integers.bitwise(ops.xor, ops.bitwise_xor)),
    "ceil": Row(
        "real numeric", by_kind(integer=_itself, floating=_operator("Ceil")), boolean=_itself
    ),
    "conj": Row("numeric", _itself, complex_arithmetic.conj),
    "copysign": Row("real floating-point", sign_bits.copysign),
    "cos": Row("floating-point", by_kernel("Cos", trigonometric.cos), complex_hyperbolic.cos),
    "cosh": Row("floating-point", by_kernel("Cosh", hyperbolic.cosh), complex_hyperbolic.cosh),
    "divide": Row("floating-point", ops.div, complex_arithmetic.divide),
    "equal": Row("all", ops.equal, complex_arithmetic.equal, mixed=integers.mixed_equal),
    "exp": Row("floating-point", _operator("Exp"), complex_exponential.exp),
    "expm1": Row("floating-point", exponential.expm1, complex_exponential.expm1),
    "floor": Row(
        "real numeric", by_kind(integer=_itself, floating=_operator("Floor")), boolean=_itself
    ),
    "floor_divide": Row(
        "real numeric", by_kind(integer=integers.floor_divide, floating=floats.floor_divide)
    ),
    "greater": _comparison(
        ops.greater,
        _swapped(complex_arithmetic.less),
        _swapped(_truth_less),
        _swapped(integers.mixed_less),
    ),
    "greater_equal": _comparison(
        ops.greater_or_equal,
        _swapped(complex_arithmetic.less_equal),
        _swapped(_truth_less_equal),
        _negated(integers.mixed_less),
    ),
    "hypot": Row("real floating-point", trigonometric.hypot),
    "imag": Row("complex floating-point", complex_arithmetic.no_imag, complex_arithmetic.imag),
    "isfinite": Row(
        "numeric",
        by_kind(integer=_true, floating=floats.is_finite),
        complex_arithmetic.isfinite,
        boolean=_true,
    ),
    "isinf": Row(
        "numeric",
        by_kind(integer=_false, floating=ops.is_inf),
        complex_arithmetic.isinf,
        boolean=_negated_true,
    ),
    "isnan": Row(
        "numeric",
        by_kind(integer=_false, floating=ops.is_nan),
        complex_arithmetic.isnan,
        boolean=_negated_true,
    ),
    "less": _comparison(ops.less, complex_arithmetic.less, _truth_less, integers.mixed_less),
    "less_equal": _comparison(
        ops.less_or_equal,
        complex_arithmetic.less_equal,
        _truth_less_equal,
        _negated(_swapped(integers.mixed_less)),
    ),
    "log": Row("floating-point", _operator("Log"), complex_exponential.log),
    "log10": Row("floating-point", exponential.log10, complex_exponential.log10),
    "log1p": Row("floating-point", exponential.log1p, complex_exponential.log1p),
    "log2": Row("floating-point", exponential.log2, complex_exponential.log2),
    "logaddexp": Row("real floating-point", logaddexp.logaddexp),
    "logical_and": Row("boolean", ops.and_),
    "logical_not": Row("boolean", ops.not_),
    "logical_or": Row("boolean", ops.or_),
    "logical_xor": Row("boolean", ops.xor),
    "maximum": Row(
        "real numeric",
        by_kind(integer=integers.maximum, floating=ops.max_),
        complex_arithmetic.last,
        boolean=ops.or_,
    ),
    "minimum": Row(
        "real numeric",
        by_kind(integer=integers.minimum, floating=ops.min_),
        complex_arithmetic.first,
        boolean=ops.and_,
    ),
    "multiply": Row("numeric", ops.mul, complex_arithmetic.multiply, boolean=ops.and_),
    "negative": Row("numeric", ops.neg, complex_arithmetic.negative),
    "nextafter": Row("real floating-point", sign_bits.nextafter),
    "not_equal": Row(
        "all", _not_equal, complex_arithmetic.not_equal, mixed=_negated(integers.mixed_equal)
    ),
    "positive": Row("numeric", _itself, complex_arithmetic.positive),
    "pow": Row(
        "numeric",
        by_kind(integer=integers.power, floating=ops.pow_),
        complex_power.pow_,
        check=integers.check_exponent,
    ),
    "real": Row("numeric", _itself, complex_arithmetic.real),
    "reciprocal": Row("floating-point", _operator("Reciprocal"), complex_arithmetic.reciprocal),
    "remainder": Row(
        "real numeric", by_kind(integer=integers.remainder, floating=floats.remainder)
    ),
    "round": Row(
        "numeric", by_kind(integer=_itself, floating=_operator("Round")), complex_arithmetic.round_
    ),
    "sign": Row(
        "numeric", by_kind(integer=integers.sign, floating=ops.sign), complex_arithmetic.sign
    ),
    "signbit": Row("real floating-point", sign_bits.signbit),
    "sin": Row("floating-point", by_kernel("Sin", trigonometric.sin), complex_hyperbolic.sin),
    "sinh": Row("floating-point", by_kernel("Sinh", hyperbolic.sinh), complex_hyperbolic.sinh),
    "sqrt": Row("floating-point", _operator("Sqrt"), complex_arithmetic.sqrt),
    "square": Row("numeric", _square, complex_arithmetic.square),
    "subtract": Row("numeric", ops.sub, complex_arithmetic.subtract),
    "tan": Row("floating-point", by_kernel("Tan", trigonometric.tan), complex_hyperbolic.tan),
    "tanh": Row(
        "floating-point", by_kernel("Tanh", hyperbolic.tanh, float16), complex_hyperbolic.tanh
    ),
    "trunc": Row("real numeric", by_kind(integer=_itself, floating=floats.trunc), boolean=_itself),
}
