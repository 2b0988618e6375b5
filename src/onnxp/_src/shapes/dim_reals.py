"""`DimReal`, a real number that is computed from sizes, such as ``N / 2`` or ``N ** 0.5``.

It is kept as an expression with bounds. Beside an array it acts as a Python float does. Comparisons
answer what follows from the bounds; the rest raises `UnknownSizeError`.
"""

from __future__ import annotations

import math
import numbers
import operator
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, final

import numpy as np

from onnxp._src.namespace import namespace
from onnxp._src.shapes import oracle
from onnxp._src.shapes.atoms import Symbol
from onnxp.errors import UnknownSizeError

_NAMES = {"add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "pow": "power"}
_SIGNS = {"add": " + ", "sub": " - ", "mul": " * ", "div": " / ", "pow": " ** "}


_NUMPY_OPERATORS: dict[str, Callable[..., Any]] = {
    "absolute": operator.abs,
    "add": operator.add,
    "divide": operator.truediv,
    "divmod": divmod,
    "equal": operator.eq,
    "floor_divide": operator.floordiv,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "less": operator.lt,
    "less_equal": operator.le,
    "multiply": operator.mul,
    "negative": operator.neg,
    "not_equal": operator.ne,
    "positive": operator.pos,
    "power": operator.pow,
    "remainder": operator.mod,
    "subtract": operator.sub,
}


class NumpyOperand:
    """What numpy's universal functions do with a number of sizes."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if any(hasattr(x, "__array_namespace__") and not _is_numpy(x) for x in inputs):
            return NotImplemented  # the array knows how to go on
        if method == "reduce" and ufunc.__name__ in ("add", "multiply"):
            return inputs[0]  # a sum or product of one number
        plain = _NUMPY_OPERATORS.get(ufunc.__name__) if method == "__call__" else None
        if plain and not kwargs and all(_is_scalar(x) for x in inputs):
            return plain(*(x.item() if _is_numpy(x) else x for x in inputs))
        xp = namespace()
        scalars = all(_is_scalar(x) for x in inputs)
        arrays = [xp.asarray(x) if scalars or _is_numpy(x) else x for x in inputs]
        return getattr(ufunc, method)(*arrays, **kwargs)


def _is_numpy(obj: object) -> bool:
    return isinstance(obj, np.ndarray | np.generic)


def _is_scalar(obj: object) -> bool:
    """Return whether it is a number; numpy compares its scalars as arrays of rank 0."""
    return isinstance(obj, numbers.Number | np.generic) or (
        isinstance(obj, np.ndarray) and obj.ndim == 0
    )


@final
class DimReal(NumpyOperand):
    """A real number that depends on symbolic sizes: finite, and never NaN.

    Attributes
    ----------
    function : str
        ``"size"`` or ``"number"`` of an atom, else ``"add"``, ``"sub"``, ``"mul"``, ``"div"`` or ``"pow"``.
    operands : tuple
        Two `DimReal`; of an atom, the size or the number.
    low, high : float
        What it lies between.
    """

    __slots__ = ("function", "high", "low", "operands")

    def __init__(self, function: str, operands: tuple[Any, ...], low: float, high: float) -> None:
        self.function = function
        self.operands = operands
        self.low = low
        self.high = high

    @property
    def symbols(self) -> frozenset[Symbol]:
        """Every symbol in the expression."""
        parts = (getattr(operand, "symbols", ()) for operand in self.operands)
        return frozenset(symbol for part in parts for symbol in part)

    def __add__(self, other: object) -> DimReal:
        return _binary("add", self, other, lambda a, b: (a.low + b.low, a.high + b.high))

    def __radd__(self, other: object) -> DimReal:
        return _reflected(self, other, "__add__")

    def __sub__(self, other: object) -> DimReal:
        return _binary("sub", self, other, lambda a, b: (a.low - b.high, a.high - b.low))

    def __rsub__(self, other: object) -> DimReal:
        return _reflected(self, other, "__sub__")

    def __mul__(self, other: object) -> DimReal:
        return _binary("mul", self, other, lambda a, b: _corners(a, b, _product))

    def __rmul__(self, other: object) -> DimReal:
        return _reflected(self, other, "__mul__")

    def __truediv__(self, other: object) -> DimReal:
        return _binary("div", self, other, _quotient)

    def __rtruediv__(self, other: object) -> DimReal:
        return _reflected(self, other, "__truediv__")

    def __pow__(self, other: object) -> DimReal:
        return _binary("pow", self, other, _power)

    def __rpow__(self, other: object) -> DimReal:
        return _reflected(self, other, "__pow__")

    def __neg__(self) -> DimReal:
        return number(-1.0) * self

    def __pos__(self) -> DimReal:
        return self

    def __abs__(self) -> DimReal:
        return self if self >= 0 else -self

    # Comparisons: conclusive or loud

    def __eq__(self, other: object) -> bool:
        return self._compare(other, "==", _equal)

    def __ne__(self, other: object) -> bool:
        return self._compare(other, "!=", lambda a, b: _not(_equal(a, b)))

    def __lt__(self, other: object) -> bool:
        return self._compare(other, "<", _less)

    def __ge__(self, other: object) -> bool:
        return self._compare(other, ">=", lambda a, b: _not(_less(a, b)))

    def __gt__(self, other: object) -> bool:
        return self._compare(other, ">", lambda a, b: _less(b, a))

    def __le__(self, other: object) -> bool:
        return self._compare(other, "<=", lambda a, b: _not(_less(b, a)))

    def _compare(
        self, other: object, sign: str, rule: Callable[[DimReal, DimReal], bool | None]
    ) -> bool:
        if isinstance(other, float) and not math.isfinite(other):
            if math.isnan(other) or sign in ("==", "!="):
                return sign == "!="
            return (other > 0) == sign.startswith("<")
        right = as_real(other)
        if right is None:
            return NotImplemented  # type: ignore[no-any-return]  # operators return what this returns
        return oracle.decide(rule(self, right), self, sign, other, right)

    def __hash__(self) -> int:
        return hash((self.function, self.operands))

    def __bool__(self) -> bool:
        return self != 0

    # Python asks for a number

    def __float__(self) -> float:
        if asked_whether_finite(sys._getframe(1)):
            return 1.0
        return evaluate(self, float)

    def __int__(self) -> int:
        return int(evaluate(self, float))

    def __floor__(self) -> int:
        return math.floor(evaluate(self, float))

    def __ceil__(self) -> int:
        return math.ceil(evaluate(self, float))

    def __round__(self, digits: int | None = None) -> float:
        return round(evaluate(self, float), digits)

    def __format__(self, spec: str) -> str:
        return formatted(self, spec)

    def __repr__(self) -> str:
        if self.function in ("size", "number"):
            return str(self.operands[0])
        return _SIGNS[self.function].join(map(_operand_text, self.operands))

    __trunc__ = __int__


numbers.Real.register(DimReal)


def evaluate(real: DimReal, value: Callable[[Any], float]) -> float:
    """Return the number when sizes are what `value` says."""
    if real.function == "number":
        return real.low
    if real.function == "size":
        return value(real.operands[0])
    left, right = (evaluate(operand, value) for operand in real.operands)
    return float(_PYTHON[real.function](left, right))


_PYTHON = {name: _NUMPY_OPERATORS[f] for name, f in _NAMES.items()}


def size(obj: Any, low: int | None, high: int | None) -> DimReal:
    """Return a size as a real number; None is no bound but that of int64."""
    return DimReal("size", (obj,), _bound(low, -_MOST), _bound(high, _MOST))


def number(obj: float) -> DimReal:
    """Return a finite number as one."""
    return DimReal("number", (obj,), obj, obj)


def formatted(obj: object, spec: str) -> str:
    """Return an expression as text in a format such as ``">8"``; formats for numbers change nothing."""
    try:
        return format(str(obj), spec)
    except ValueError:
        return str(obj)


def asked_whether_finite(frame: FrameType) -> bool:
    """Return whether a frame calls ``isnan``, ``isinf`` or ``isfinite``, and not ``float`` or ``sqrt``.

    Code that has to do with NaN for sizes that are unknown (of dask) asks for `math.isnan` of every size.
    A size is finite; that is all of its value that there is to know.
    """
    import dis

    code, place = frame.f_code, frame.f_lasti
    called: tuple[int | None, int | None] | None = None
    names: dict[tuple[int | None, int | None], Any] = {}
    for instruction in dis.get_instructions(code):
        position = instruction.positions
        start = (None, None) if position is None else (position.lineno, position.col_offset)
        if instruction.opname.startswith("LOAD_") and instruction.offset <= place:
            names[start] = instruction.argval
        if instruction.offset == place:
            called = start
            break
    return called is not None and names.get(called) in ("isnan", "isinf", "isfinite")


_MOST = 2.0**63


def _bound(limit: int | None, otherwise: float) -> float:
    return otherwise if limit is None else min(max(float(limit), -_MOST), _MOST)


def as_real(obj: Any) -> DimReal | None:
    """Return a size or a number as a `DimReal`; None if it is neither, or not finite."""
    if isinstance(obj, DimReal):
        return obj
    if hasattr(obj, "as_real"):  # a Dim
        found: DimReal = obj.as_real()
        return found
    if not isinstance(obj, numbers.Real):
        return None
    try:
        value = float(obj)
    except OverflowError:
        return None
    return number(value) if math.isfinite(value) else None


def _other(real: DimReal, obj: object) -> DimReal | None:
    found = as_real(obj)
    if found is None and isinstance(obj, numbers.Number):
        raise _no_number(real, f"arithmetic with {obj!r}")
    return found


def _binary(
    function: str, a: DimReal, obj: object, rule: Callable[[DimReal, DimReal], tuple[float, float]]
) -> DimReal:
    b = _other(a, obj)
    return NotImplemented if b is None else DimReal(function, (a, b), *rule(a, b))


def _reflected(real: DimReal, obj: object, operator: str) -> DimReal:
    other = _other(real, obj)
    return NotImplemented if other is None else getattr(other, operator)(real)


# Bounds: rounding keeps the order of numbers, so they hold for what is computed


def _corners(
    a: DimReal, b: DimReal, function: Callable[[float, float], float]
) -> tuple[float, float]:
    corners = [function(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    known = [value for value in corners if not math.isnan(value)]
    return min(known), max(known)


def _product(x: float, y: float) -> float:
    return 0.0 if 0 in (x, y) else x * y


def _quotient(a: DimReal, b: DimReal) -> tuple[float, float]:
    if b.low <= 0 <= b.high:
        raise UnknownSizeError(
            f"whether the divisor {b} is 0 is not known before the model runs. Declare tighter bounds for "
            "its sizes, such as 'N>=2', or divide an array by it"
        )
    return _corners(a, b, lambda x, y: x / y)  # of inf / inf, other corners say all


def _power(a: DimReal, b: DimReal) -> tuple[float, float]:
    if a.low > 0 or (a.low == 0 and b.low >= 0):
        return _corners(a, b, _pow)
    if b.function == "number" and b.low.is_integer() and b.low >= 0:
        return -math.inf, math.inf
    raise UnknownSizeError(
        f"whether {a} is positive is not known before the model runs, and ** {b} needs it to be. "
        "Declare tighter bounds for its sizes, such as 'N>=1'"
    )


def _pow(x: float, y: float) -> float:
    try:
        return float(x**y)
    except OverflowError:
        return math.inf


def _less(a: DimReal, b: DimReal) -> bool | None:
    if a.high < b.low:
        return True
    return False if a.low >= b.high or _same(a, b) else None


def _equal(a: DimReal, b: DimReal) -> bool | None:
    if a.high < b.low or b.high < a.low:
        return False
    return True if _same(a, b) or a.low == a.high == b.low == b.high else None


def _same(a: DimReal, b: DimReal) -> bool:
    """Return whether two expressions are written alike."""
    if a is b:
        return True
    if a.function != b.function:
        return False
    if a.function == "size":
        return bool(a.operands[0].terms == b.operands[0].terms)
    if a.function == "number":
        return bool(a.operands == b.operands)
    return all(map(_same, a.operands, b.operands))


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _operand_text(operand: DimReal) -> str:
    text = str(operand)
    return text if text.replace(".", "").isalnum() else f"({text})"


def _no_number(real: DimReal, use: str) -> UnknownSizeError:
    return UnknownSizeError(
        f"the number {real} is not known before the model runs, and {use} needs it. Array functions and "
        "operators take it as it is; for whole numbers there are // and %"
    )
