"""`Expr`, a value with Python's operators, for writing formulas.

Numbers have the dtype of the other operand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from onnxp._src import ops
from onnxp._src.dtypes import DType, bool_, int64
from onnxp._src.graph.values import Value

Number = bool | int | float


@final
class Expr:
    """A value with operators. Comparisons return bool expressions, on which ``& | ^ ~`` are logical."""

    __slots__ = ("value",)
    __hash__ = None  # type: ignore[assignment]  # == compares elements

    def __init__(self, value: Value) -> None:
        self.value = value

    @property
    def dtype(self) -> DType:
        """The dtype of the value."""
        return self.value.dtype

    def const(self, number: Number) -> Expr:
        """Return a number with the dtype of this expression."""
        return Expr(ops.scalar(number, self.value.dtype))

    def _lift(self, other: Expr | Number) -> Value:
        return other.value if isinstance(other, Expr) else ops.scalar(other, self.value.dtype)

    def __add__(self, other: Expr | Number) -> Expr:
        return Expr(ops.add(self.value, self._lift(other)))

    def __radd__(self, other: Number) -> Expr:
        return Expr(ops.add(self._lift(other), self.value))

    def __sub__(self, other: Expr | Number) -> Expr:
        return Expr(ops.sub(self.value, self._lift(other)))

    def __rsub__(self, other: Number) -> Expr:
        return Expr(ops.sub(self._lift(other), self.value))

    def __mul__(self, other: Expr | Number) -> Expr:
        return Expr(ops.mul(self.value, self._lift(other)))

    def __rmul__(self, other: Number) -> Expr:
        return Expr(ops.mul(self._lift(other), self.value))

    def __truediv__(self, other: Expr | Number) -> Expr:
        """Div: integers truncate."""
        return Expr(ops.div(self.value, self._lift(other)))

    def __rtruediv__(self, other: Number) -> Expr:
        return Expr(ops.div(self._lift(other), self.value))

    def __neg__(self) -> Expr:
        return Expr(ops.neg(self.value))

    def __abs__(self) -> Expr:
        return Expr(ops.abs_(self.value))

    def __lt__(self, other: Expr | Number) -> Expr:
        return Expr(ops.less(self.value, self._lift(other)))

    def __le__(self, other: Expr | Number) -> Expr:
        return Expr(ops.less_or_equal(self.value, self._lift(other)))

    def __gt__(self, other: Expr | Number) -> Expr:
        return Expr(ops.greater(self.value, self._lift(other)))

    def __ge__(self, other: Expr | Number) -> Expr:
        return Expr(ops.greater_or_equal(self.value, self._lift(other)))

    def __eq__(self, other: Expr | Number) -> Expr:  # type: ignore[override]  # of elements
        return Expr(ops.equal(self.value, self._lift(other)))

    def __ne__(self, other: Expr | Number) -> Expr:  # type: ignore[override]  # of elements
        return Expr(ops.not_(ops.equal(self.value, self._lift(other))))

    def __and__(self, other: Expr | Number) -> Expr:
        operator = ops.and_ if self.dtype is bool_ else ops.bitwise_and
        return Expr(operator(self.value, self._lift(other)))

    def __or__(self, other: Expr | Number) -> Expr:
        operator = ops.or_ if self.dtype is bool_ else ops.bitwise_or
        return Expr(operator(self.value, self._lift(other)))

    def __xor__(self, other: Expr | Number) -> Expr:
        operator = ops.xor if self.dtype is bool_ else ops.bitwise_xor
        return Expr(operator(self.value, self._lift(other)))

    def __invert__(self) -> Expr:
        return Expr((ops.not_ if self.dtype is bool_ else ops.bitwise_not)(self.value))

    def __bool__(self) -> bool:
        raise TypeError("an expression has no truth value; use where()")

    def cast(self, dtype: DType) -> Expr:
        """Cast."""
        return Expr(ops.cast(self.value, dtype))

    def unary(self, operator: str) -> Expr:
        """Apply an ONNX operator of one input, such as ``"Exp"``."""
        return Expr(ops.unary(operator, self.value))

    def is_nan(self) -> Expr:
        """IsNaN."""
        return Expr(ops.is_nan(self.value))

    def is_inf(self) -> Expr:
        """IsInf."""
        return Expr(ops.is_inf(self.value))

    def sign(self) -> Expr:
        """Sign."""
        return Expr(ops.sign(self.value))


def where(condition: Expr, a: Expr | Number, b: Expr | Number) -> Expr:
    """Where; one of `a` and `b` is an expression."""
    like = a if isinstance(a, Expr) else b
    assert isinstance(like, Expr)
    return Expr(ops.where(condition.value, like._lift(a), like._lift(b)))


def blend(near: Expr, a: Expr, b: Expr) -> Expr:
    """Compute `a` where `near` is true, and else ``-b``, as a sum of products with 1 and 0.

    Where the choice is random, Where takes 15 times as long as a product (onnxruntime 1.20.1 to 1.32.0). Both
    must be finite wherever the other one is chosen. A negative zero of `a` is kept if `b` is +0 there.
    """
    chosen = near.cast(a.dtype)
    return a * chosen - b * (1.0 - chosen)


def maximum(a: Expr, b: Expr | Number) -> Expr:
    """Max; NaN wins."""
    return Expr(ops.max_(a.value, a._lift(b)))


def minimum(a: Expr, b: Expr | Number) -> Expr:
    """Min; NaN wins."""
    return Expr(ops.min_(a.value, a._lift(b)))


def clip(x: Expr, low: float, high: float) -> Expr:
    """Clip between two numbers, which takes half as long as Max and Min; NaN stays."""
    return Expr(ops.clip(x.value, x._lift(low), x._lift(high)))


def fmod(a: Expr, b: Expr | Number) -> Expr:
    """Mod of floats, with the sign of `a`."""
    return Expr(ops.mod(a.value, a._lift(b), fmod=True))


def power(a: Expr, b: Expr | Number) -> Expr:
    """Pow of floats."""
    return Expr(ops.pow_(a.value, a._lift(b)))


def polynomial(x: Expr, coefficients: Sequence[float]) -> Expr:
    """Evaluate ``c0 + c1*x + c2*x**2 + ...``, with two terms or more."""
    total = x * coefficients[-1] + coefficients[-2]
    for c in coefficients[-3::-1]:
        total = total * x + c
    return total


def look_up(table: Value, position: Expr, axis: int = 0) -> Expr:
    """Gather from a constant table; positions outside, and NaN, select one of its ends."""
    inside = minimum(where(position > 0.0, position, 0.0), float(int(table.shape[axis]) - 1))
    return Expr(ops.gather(table, ops.cast(inside.value, int64), axis))
