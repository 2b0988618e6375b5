"""Elementwise operators, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable
from operator import is_

import numpy as np

from onnxp._src.dtypes import DType, bool_, float16, float32, float64, int64, string
from onnxp._src.graph.record import record, record_many
from onnxp._src.graph.values import Attributes, Value, constant
from onnxp._src.ops.broadcasting import (
    as_column,
    before_transpose,
    beside,
    have_one_form,
    in_rank,
    is_constant_row,
    is_small,
    transposed_source,
)
from onnxp._src.ops.kernels import DETOURS, SIGN_BIT
from onnxp._src.ops.origins import is_reciprocal, may_be_truncated, separated
from onnxp._src.ops.runtime_bugs import installed_has
from onnxp._src.ops.scalars import scalar
from onnxp._src.ops.scales import scaled
from onnxp._src.shapes.dims import Size, bounds, same
from onnxp._src.shapes.shape import Shape, broadcast, is_static

ELEMENTWISE_OPERATORS = frozenset(
    "Abs Acos Acosh Add And Asin Asinh Atan Atanh BitCast BitShift BitwiseAnd BitwiseNot BitwiseOr "
    "BitwiseXor Cast CastLike Ceil Celu Clip Cos Cosh Div Elu Equal Erf Exp Floor Gelu Greater "
    "GreaterOrEqual HardSigmoid HardSwish Identity IsInf IsNaN LeakyRelu Less LessOrEqual Log Max Mean "
    "Min Mish Mod Mul Neg Not Or PRelu Pow Reciprocal RegexFullMatch Relu Round Selu Shrink Sigmoid Sign "
    "Sin Sinh Softplus Softsign Sqrt StringConcat Sub Sum Tan Tanh ThresholdedRelu Trunc Where Xor".split()
)
"""The operators of ONNX each element of whose result depends on the elements at its place only."""


def cast(x: Value, dtype: DType) -> Value:
    """Cast, or `x` itself if nothing changes. Float to integer truncates, integer to integer wraps.

    Float64 to float16 rounds twice, through float32 (onnxruntime 1.32.0).
    """
    if x.dtype is dtype:
        return x
    if dtype is bool_ and x.dtype.family in ("int", "uint") and may_be_truncated(x):
        return not_(equal(x, scalar(0, x.dtype)))
    source = transposed_source(x) if x.dtype is bool_ else None
    if source is not None:
        return transposed(cast(source, dtype))
    return record("Cast", (x,), dtype, x.shape, (("to", dtype.onnx),))


def dequantize_linear(x: Value, scale: Value) -> Value:
    """DequantizeLinear of integers: their product with a number."""
    return record("DequantizeLinear", (x, scale), scale.dtype, x.shape)


def quantize_linear(x: Value, scale: Value, zero: Value) -> Value:
    """QuantizeLinear: numbers divided by one and rounded, as integers of the dtype of the zero."""
    return record("QuantizeLinear", (x, scale, zero), zero.dtype, x.shape)


def to_ordered(x: Value) -> Value:
    """Map uint64 to int64 and keep the order."""
    return record("BitwiseXor", (cast(x, int64), scalar(SIGN_BIT[int64], int64)), int64, x.shape)


def from_ordered(x: Value, dtype: DType) -> Value:
    """Undo `to_ordered`."""
    flipped = record("BitwiseXor", (x, scalar(SIGN_BIT[int64], int64)), int64, x.shape)
    return cast(flipped, dtype)


def detour(x: Value, op: str) -> Value:
    """Return `x` in a dtype for which `op` has a kernel."""
    row = DETOURS.get((op, x.dtype))
    if row is None:
        return x
    return to_ordered(x) if row.ordered else cast(x, row.via)


def back(y: Value, op: str, dtype: DType) -> Value:
    """Return the result of `op`, computed in the dtype of `detour`, in the requested dtype."""
    if y.dtype is dtype:
        return y
    row = DETOURS[op, dtype]
    return from_ordered(y, dtype) if row.ordered else cast(y, dtype)


def unary(op: str, x: Value, attributes: Attributes = ()) -> Value:
    """Record an operator with one input whose result has the same dtype and shape."""
    if op == "Sqrt":
        return sqrt(x)
    if (op, x.dtype) in DETOURS:
        y = detour(x, op)
        return back(record(op, (y,), y.dtype, x.shape, attributes), op, x.dtype)
    return record(op, (x,), x.dtype, x.shape, attributes)


def sqrt(x: Value) -> Value:
    """Sqrt."""
    dtype = x.dtype
    if dtype is not float64 and installed_has("square roots"):
        return cast(record("Sqrt", (cast(x, float64),), float64, x.shape), dtype)
    y = detour(x, "Sqrt")
    size = _averaged_size(y)
    if size is not None and (y.dtype is float64 or type(size) is not int or size < 2):
        y = record("Max", (y,), y.dtype, y.shape)  # see "columns normalised" in `runtime_bugs`
    return back(record("Sqrt", (y,), y.dtype, y.shape), "Sqrt", dtype)


def _averaged_size(x: Value) -> Size | None:
    """Return the last size of the array whose mean is a term of a sum: this is how a normalization begins."""
    node = x.node
    if node is None or node.op != "Add" or x.data is not None:
        return None
    for source in node.inputs:
        mean = source.node if source is not None and source.data is None else None
        if mean is not None and mean.op == "ReduceMean" and mean.inputs[0] is not None:
            return mean.inputs[0].shape[-1]
    return None


def _keep_scale(x: Value, scale: Value) -> Value:
    """Return normalised values such that optimisers see none, unless the scale has their last size.

    See "columns normalised" in `runtime_bugs`.
    """
    node = x.node
    if node is None or node.op not in ("Div", "Mul") or len(scale.shape) != 1 or not x.shape:
        return x
    if same(scale.shape[0], x.shape[-1]):
        return x
    for value in (x, *(node.inputs if node.op == "Mul" else ())):
        if value is None or value.node is None or value.node.op != "Div":
            continue
        root = value.node.inputs[1]
        if root is not None and root.node is not None and root.node.op == "Sqrt":
            return record("Max", (x,), x.dtype, x.shape)
    return x


def _of_two(op: str, attributes: Attributes = ()) -> Callable[[Value, Value], Value]:
    """Return the function that records an operator of two values of one dtype, which is that of the result.

    It is a function of its own for each operator: a call more takes a fortieth of the time of ``a + b``.
    """
    is_neutral = op in _NEUTRAL
    is_scale = op in _SCALES

    def recorded(a: Value, b: Value) -> Value:
        dtype = a.dtype
        shape = a.shape
        if not b.shape:  # a number, beside which the other operand stays as it is
            if len(shape) > 1 and not is_small(a, b, shape):
                b = beside(b, a, shape)
        elif shape is not b.shape and not _are_one(shape, b.shape):
            shape = broadcast(shape, b.shape)
            if len(shape) > 1 and not is_small(a, b, shape) and not have_one_form(a.shape, b.shape):
                upright = before_transpose(a, b) if op in _OF_ROWS else None
                if upright is not None:
                    return transposed(_OF_ROWS[op](*upright))
                a, b = beside(a, b, shape), beside(b, a, shape)
        if is_neutral and dtype is float64 and (a.data is None) is not (b.data is None):
            spared = _spare_from_noop_elimination(op, a, b, shape)
            if spared is not None:
                return spared
        if is_scale and len(a.shape) != len(b.shape) and dtype.family == "float":
            a, b = _lift(a, b), _lift(b, a)
        if (op, dtype) in DETOURS:
            a, b = detour(a, op), detour(b, op)
            return back(record(op, (a, b), a.dtype, shape, attributes), op, dtype)
        return record(op, (a, b), dtype, shape, attributes)

    return recorded


def _are_one(a: Shape, b: Shape) -> bool:
    """Return whether two shapes have the same objects as sizes, a quick test that small numbers pass, too."""
    return len(a) == len(b) and all(map(is_, a, b))


_SCALES = ("Mul", "Div")


def _lift(x: Value, scale: Value) -> Value:
    """Return a scaled value in the rank of a constant of one element.

    See "scales of higher rank" in `runtime_bugs`.
    """
    missing = len(scale.shape) - len(x.shape)
    if missing <= 0 or scale.data is None or scale.data.size != 1 or x.data is not None:
        return x
    axes = constant(np.arange(missing, dtype=np.int64))
    return record("Unsqueeze", (x, axes), x.dtype, (*(1,) * missing, *x.shape))


_NEUTRAL = {"Add": 0.0, "Sub": 0.0, "Mul": 1.0, "Div": 1.0}


def _spare_from_noop_elimination(op: str, a: Value, b: Value, shape: Shape) -> Value | None:
    """Protect a result from optimizers if the constant operand is 0 or 1 in float32 only.

    NoopElimination, which runs by default, compares float64 constants in float32 and drops
    ``x + 1e-300`` and ``x * (1 + 1e-9)`` (onnxruntime 1.20.1 to 1.32.0).
    """
    number = a.data if b.data is None else b.data
    assert number is not None
    if number.size != 1 or (b.data is None and op in ("Sub", "Div")):
        return None
    size = number.item()
    neutral = _NEUTRAL[op]
    near = abs(size) <= 2.0**-150 if neutral == 0.0 else 1 - 2.0**-25 <= size <= 1 + 2.0**-24
    if not near or size == neutral:
        return None
    if op == "Add":
        return record("Sum", (a, b), float64, shape)
    if op == "Sub":
        return record("Sum", (a, constant(np.asarray(-number))), float64, shape)
    half = constant(np.asarray(number / 2 if op == "Mul" else number * 2))
    inputs = (half, b) if b.data is None else (a, half)
    return record("Mul", (record(op, inputs, float64, shape), scalar(2.0, float64)), float64, shape)


def _compare(op: str, a: Value, b: Value) -> Value:
    shape = a.shape
    if shape is not b.shape and not _are_one(shape, b.shape):
        shape = broadcast(shape, b.shape)
        if len(shape) > 1 and not is_small(a, b, shape) and not have_one_form(a.shape, b.shape):
            upright = before_transpose(a, b)
            if upright is not None:
                return transposed(_compare(op, *upright))
            a, b = beside(a, b, shape), beside(b, a, shape)
    if (op, a.dtype) in DETOURS:
        a, b = detour(a, op), detour(b, op)
    return record(op, (a, b), bool_, shape)


def transposed(x: Value) -> Value:
    """Return the Transpose of a matrix."""
    return record("Transpose", (x,), x.dtype, x.shape[::-1], (("perm", (1, 0)),))


add = _of_two("Add")
"""Add; integers wrap."""


sub = _of_two("Sub")
"""Sub; integers wrap."""


_mul, _div, _mod, _pow = map(_of_two, ("Mul", "Div", "Mod", "Pow"))
_fmod = _of_two("Mod", (("fmod", 1),))
_SHIFTS = {
    direction: _of_two("BitShift", (("direction", direction),)) for direction in ("LEFT", "RIGHT")
}


def mul(a: Value, b: Value) -> Value:
    """Mul; integers wrap."""
    if a.node is not None and is_reciprocal(a):
        a = separated(a)
    if b.node is not None and is_reciprocal(b):
        b = separated(b)
    if a.dtype.family == "float":
        a, b = _keep_scale(a, b), _keep_scale(b, a)
        if a.trace is None or b.trace is None:
            a, b = scaled(a, b), scaled(b, a)
    return _mul(a, b)


def div(a: Value, b: Value) -> Value:
    """Div; integers truncate. A zero divisor, or MIN / -1, kills the process: guard integers."""
    if b.trace is None and a.dtype.family == "float":
        a = scaled(a, b)
    return _div(a, b)


_OF_ROWS: dict[str, Callable[[Value, Value], Value]] = {
    "Add": add,
    "Sub": sub,
    "Mul": mul,
    "Div": div,
}
"""Functions of rows that are recorded before a Transpose, by operator."""


def mod(a: Value, b: Value, *, fmod: bool = False) -> Value:
    """Mod: with the sign of `b` for integers, that of `a` for floats, which need `fmod`."""
    return (_fmod if fmod else _mod)(a, b)


def pow_(a: Value, b: Value) -> Value:
    """Pow of floating-point numbers; a square is a product, which is faster and has the same bits."""
    if b.data is not None and not b.data.shape and b.data == 2:
        return mul(a, a)
    return _pow(a, b)


max_ = _of_two("Max")
"""Max; NaN wins."""


min_ = _of_two("Min")
"""Min; NaN wins."""


def clip(x: Value, low: Value, high: Value) -> Value:
    """Clip between two numbers of rank 0; NaN stays."""
    return record("Clip", (x, low, high), x.dtype, x.shape)


def equal(a: Value, b: Value) -> Value:
    """Equal."""
    return _compare("Equal", a, b)


def less(a: Value, b: Value) -> Value:
    """Less."""
    return _compare("Less", a, b)


def less_or_equal(a: Value, b: Value) -> Value:
    """LessOrEqual."""
    return _compare("LessOrEqual", a, b)


def greater(a: Value, b: Value) -> Value:
    """Greater."""
    return _compare("Greater", a, b)


def greater_or_equal(a: Value, b: Value) -> Value:
    """GreaterOrEqual."""
    return _compare("GreaterOrEqual", a, b)


and_ = _of_two("And")
"""And of bool."""


or_ = _of_two("Or")
"""Or of bool."""


xor = _of_two("Xor")
"""Xor of bool."""


def not_(x: Value) -> Value:
    """Not of bool."""
    return record("Not", (x,), bool_, x.shape)


bitwise_and = _of_two("BitwiseAnd")
"""BitwiseAnd of integers."""


bitwise_or = _of_two("BitwiseOr")
"""BitwiseOr of integers."""


bitwise_xor = _of_two("BitwiseXor")
"""BitwiseXor of integers."""


def bitwise_not(x: Value) -> Value:
    """BitwiseNot of integers."""
    return unary("BitwiseNot", x)


def bit_shift(a: Value, b: Value, direction: str) -> Value:
    """BitShift of unsigned integers, ``"LEFT"`` or ``"RIGHT"``.

    A shift by the width or more is taken modulo the width by onnxruntime 1.23.2 and older: mask it.
    """
    return _SHIFTS[direction](a, b)


def bit_cast(x: Value, dtype: DType) -> Value:
    """BitCast to a dtype of the same width; needs opset 26."""
    return record("BitCast", (x,), dtype, x.shape, (("to", dtype.onnx),))


def neg(x: Value) -> Value:
    """Neg; unsigned integers wrap."""
    if x.dtype.family == "uint":
        return sub(scalar(0, x.dtype), x)
    return unary("Neg", x)


def abs_(x: Value) -> Value:
    """Abs; the smallest integer stays as it is."""
    return unary("Abs", x)


def sign(x: Value) -> Value:
    """Sign; NaN stays NaN, which the float16 kernel gets wrong (onnxruntime 1.32.0)."""
    if x.dtype is float16:
        return cast(unary("Sign", cast(x, float32)), float16)
    return unary("Sign", x)


def is_nan(x: Value) -> Value:
    """IsNaN."""
    return record("IsNaN", (x,), bool_, x.shape)


def is_inf(x: Value, *, negative: bool = True, positive: bool = True) -> Value:
    """IsInf, of one sign or both."""
    attributes: Attributes = ()
    if not negative:
        attributes += (("detect_negative", 0),)
    if not positive:
        attributes += (("detect_positive", 0),)
    return record("IsInf", (x,), bool_, x.shape, attributes)


def regex_full_match(x: Value, pattern: str) -> Value:
    """RegexFullMatch of strings, in the syntax of RE2."""
    return record("RegexFullMatch", (x,), bool_, x.shape, (("pattern", pattern),))


def string_concat(a: Value, b: Value) -> Value:
    """StringConcat of strings that broadcast."""
    return record("StringConcat", (a, b), string, broadcast(a.shape, b.shape))


def string_split(x: Value, delimiter: str, count: int) -> Value:
    """StringSplit of strings that have `count` parts each, which are along a new last axis."""
    types = [(string, (*x.shape, count)), (int64, x.shape)]
    return record_many("StringSplit", (x,), types, (("delimiter", delimiter),))[0]


def where(condition: Value, a: Value, b: Value) -> Value:
    """Where. A negative zero that is selected from `a` loses its sign (onnxruntime 1.20.1 to 1.32.0).

    Behind a Not, the operands are exchanged, as the optimizer of a session does it: so the sign of a zero
    does not depend on the level of optimization.
    """
    if condition.data is None and condition.node is not None and condition.node.op == "Not":
        negated = condition.node.inputs[0]
        assert negated is not None
        condition, a, b = negated, b, a
    dtype = a.dtype
    if dtype is bool_:
        return or_(and_(condition, a), and_(not_(condition), b))
    upright = _where_upright(condition, a, b)
    if upright is not None:
        return transposed(where(*upright))
    a, b = detour(a, "Where"), detour(b, "Where")
    shape = broadcast(condition.shape, broadcast(a.shape, b.shape))
    if len(shape) > 1 and (bounds(shape[-1])[0] or 0) <= 1:
        condition, a, b = (
            in_rank(x, len(shape)) if is_static(x.shape) and set(x.shape) <= {1} else x
            for x in (condition, a, b)
        )
    return back(record("Where", (condition, a, b), a.dtype, shape), "Where", dtype)


def _where_upright(condition: Value, a: Value, b: Value) -> tuple[Value, Value, Value] | None:
    """Return operands whose result is to be transposed, if a constant row replaces NaN in columns."""
    source = transposed_source(b)
    asked = condition.node
    if source is None or asked is None or asked.op != "IsNaN" or asked.inputs[0] is not b:
        return None
    if not is_constant_row(a, b.shape[-1]):
        return None
    return is_nan(source), as_column(a), source
