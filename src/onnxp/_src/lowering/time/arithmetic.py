"""Arithmetic, order and truth of times, on their planes: what numpy computes, with NaT where that overflows.

NaT is the smallest int64. One less is the largest (integers wrap), so ``x - 1`` has the order of times in
which NaT is last.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from onnxp._src import ops
from onnxp._src.dtypes import float64, int64
from onnxp._src.dtypes.moments import NAT
from onnxp._src.graph.values import Value
from onnxp._src.lowering.elementwise import integers
from onnxp._src.lowering.expr import Expr, where
from onnxp._src.lowering.functions import elementwise

Recipe = Callable[..., Value]

_BEYOND = 2.0**63


def is_nat(x: Value) -> Value:
    """Return where a time is NaT."""
    return ops.equal(x, ops.scalar(NAT, int64))


def is_time(x: Value) -> Value:
    """Return where a time is not NaT."""
    return ops.not_(is_nat(x))


def _never(number: int, x: Value) -> bool:
    return x.data is not None and x.data.ndim == 0 and int(x.data) != number


def _no_result(*times: Value, divisor: Value | None = None) -> Value:
    """Return where one of several times is NaT, or a divisor is 0; what is known to be neither is not asked."""
    conditions = [is_nat(x) for x in times if not _never(NAT, x)]
    if divisor is not None and not _never(0, divisor):
        conditions.append(ops.equal(divisor, ops.scalar(0, int64)))
    return reduce(ops.or_, conditions or [is_nat(times[0])])


# Order. NaT is not less than itself, but the smallest integer, so only one side has to be asked.


def _with_time(truth: Value, x: Value) -> Value:
    return truth if _never(NAT, x) else ops.and_(truth, is_time(x))


def less(a: Value, b: Value) -> Value:
    """Return where the first time is less; never for NaT."""
    return _with_time(ops.less(a, b), a)


def less_equal(a: Value, b: Value) -> Value:
    """Return where the first time is not greater; never for NaT."""
    return _with_time(ops.less_or_equal(a, b), a)


def equal(a: Value, b: Value) -> Value:
    """Return where times are equal; never for NaT."""
    return _with_time(ops.equal(a, b), b if _never(NAT, b) else a)


def not_equal(a: Value, b: Value) -> Value:
    """Return where times are not equal; always for NaT."""
    return ops.not_(equal(a, b))


def maximum(a: Value, b: Value) -> Value:
    """Return the later time; NaT if one is."""
    one = ops.scalar(1, int64)
    return ops.add(integers.maximum(ops.sub(a, one), ops.sub(b, one)), one)


# Arithmetic


@elementwise("add_times")
def add(a: Expr, b: Expr) -> Expr:
    """Add times."""
    total = a + b
    overflow = ((a ^ total) & (b ^ total)) < 0
    return where((a == NAT) | (b == NAT) | overflow, NAT, total)


@elementwise("subtract_times")
def subtract(a: Expr, b: Expr) -> Expr:
    """Subtract times."""
    difference = a - b
    overflow = ((a ^ b) & (a ^ difference)) < 0
    return where((a == NAT) | (b == NAT) | overflow, NAT, difference)


@elementwise("multiply_time")
def multiply(span: Expr, count: Expr) -> Expr:
    """Multiply spans by integers."""
    product = span * count
    unit = (count == 0) | (count == -1)  # which cannot overflow, and must not divide
    overflow = ~unit & (product / where(unit, 1, count) != span)
    return where((span == NAT) | overflow, NAT, product)


@elementwise("time_of_float")
def of_float(x: Expr) -> Expr:
    """Truncate floating-point numbers to spans; NaT for NaN and numbers out of range."""
    fits = abs(x) < _BEYOND
    return where(fits, where(fits, x, 0.0).cast(int64), NAT)


def _of_floats(span: Value, number: Value, operator: Callable[[Value, Value], Value]) -> Value:
    result = of_float(operator(ops.cast(span, float64), number))
    return result if _never(NAT, span) else ops.where(is_nat(span), span, result)


def multiply_by_float(span: Value, factor: Value) -> Value:
    """Multiply spans by floating-point numbers, and truncate."""
    return _of_floats(span, factor, ops.mul)


def divide_by_float(span: Value, divisor: Value) -> Value:
    """Divide spans by floating-point numbers, and truncate."""
    return _of_floats(span, divisor, ops.div)


def divide_by_integer(span: Value, divisor: Value) -> Value:
    """Divide spans by integers, and truncate; NaT for 0."""
    missing = _no_result(span, divisor=divisor)
    return ops.where(missing, ops.scalar(NAT, int64), integers.truncate_divide(span, divisor))


def ratio(a: Value, b: Value) -> Value:
    """Divide spans by spans; NaN for NaT."""
    nan = ops.scalar(float("nan"), float64)
    quotient = ops.div(ops.cast(a, float64), ops.cast(b, float64))
    return ops.where(_no_result(a, b), nan, quotient)


def floor_ratio(a: Value, b: Value) -> Value:
    """Divide spans by spans and round down; 0 for a divisor of 0 and for NaT, as in numpy."""
    zero = ops.scalar(0, int64)
    return ops.where(_no_result(a, b), zero, integers.floor_divide(a, b))


def remainder(a: Value, b: Value) -> Value:
    """Return what is left of spans; NaT for a divisor of 0."""
    missing = _no_result(a, b, divisor=b)
    return ops.where(missing, ops.scalar(NAT, int64), integers.remainder(a, b))


@elementwise("abs_time")
def abs_(x: Expr) -> Expr:
    """Return the length of spans; NaT is the negative of itself."""
    return where(x < 0, -x, x)


def sign(x: Value) -> Value:
    """Return -1, 0 or 1 units; NaT for NaT."""
    return ops.where(is_nat(x), x, integers.sign(x))


def _itself(x: Value) -> Value:
    return x


def _false(x: Value) -> Value:
    return ops.less(x, x)


def _swapped(recipe: Recipe) -> Recipe:
    return lambda a, b: recipe(b, a)


RECIPES: dict[str, dict[str, Recipe]] = {
    "abs": {"m": abs_},
    "add": dict.fromkeys(("Mm", "mM", "mm"), add),
    "divide": {"mm": ratio, "mi": divide_by_integer, "mf": divide_by_float},
    "equal": dict.fromkeys(("MM", "mm"), equal),
    "floor_divide": {"mm": floor_ratio, "mi": divide_by_integer, "mf": divide_by_float},
    "greater": dict.fromkeys(("MM", "mm"), _swapped(less)),
    "greater_equal": dict.fromkeys(("MM", "mm"), _swapped(less_equal)),
    "isfinite": dict.fromkeys("Mm", is_time),
    "isinf": dict.fromkeys("Mm", _false),
    "isnan": dict.fromkeys("Mm", is_nat),
    "less": dict.fromkeys(("MM", "mm"), less),
    "less_equal": dict.fromkeys(("MM", "mm"), less_equal),
    "maximum": dict.fromkeys(("MM", "mm"), maximum),
    "minimum": dict.fromkeys(("MM", "mm"), integers.minimum),  # NaT is the smallest
    "multiply": {
        "mi": multiply,
        "im": _swapped(multiply),
        "mf": multiply_by_float,
        "fm": _swapped(multiply_by_float),
    },
    "negative": {"m": ops.neg},
    "not_equal": dict.fromkeys(("MM", "mm"), not_equal),
    "positive": {"m": _itself},
    "remainder": {"mm": remainder},
    "sign": {"m": sign},
    "subtract": dict.fromkeys(("MM", "Mm", "mm"), subtract),
}
"""By the names of functions and numpy's letters for the operands, which have a common unit."""
