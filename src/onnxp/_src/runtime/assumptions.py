"""Examples: what traced values and sizes are for the data of an example, to answer what only values answer.

Every answer is noted as an assumption: the model is right wherever the answer is the same.
"""

from __future__ import annotations

import operator
import threading
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, final
from weakref import WeakKeyDictionary

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import bool_, int64
from onnxp._src.graph.source import SourceInfo, user_source, warn_user
from onnxp._src.graph.substitution import substitute
from onnxp._src.graph.traversal import walk
from onnxp._src.graph.values import Example, Value, constant
from onnxp._src.runtime.evaluate import data_of
from onnxp._src.runtime.pretty import expression
from onnxp._src.shapes import dim_reals, dims, oracle
from onnxp._src.shapes.atoms import Symbol
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim, Size
from onnxp._src.shapes.shape import Shape
from onnxp.errors import AssumptionError, FixedSizeWarning, OnnxpError

_twins: WeakKeyDictionary[Value, Value] = WeakKeyDictionary()
_lock = threading.RLock()


class _NoExampleError(OnnxpError):
    """An argument has no example."""


@final
class Noted(NamedTuple):
    """An assumption while it is traced.

    Attributes
    ----------
    text : str
        The expression, such as ``"any(X < 0)"``.
    expected : bool
        What it was for the example.
    source : (code, instruction) or None
        Where the user's code asked.
    fixes_size : bool
        Whether it says that a size is one number.
    """

    text: str
    expected: bool
    source: SourceInfo | None
    fixes_size: bool


Assumptions = dict[Noted, list[Value]]
"""What was assumed, once for each place and text, and the bools of rank 0 that must be so."""


def elements(value: Value) -> np.ndarray[Any, Any] | None:
    """Return the elements that a traced value has for the example, or None if there is none."""
    with _lock:
        try:
            (twin,) = substitute((value,), _twins, _example)
        except _NoExampleError:
            return None
    return data_of(twin)


def _example(leaf: Value) -> Value:
    example = getattr(leaf, "example", None)
    if example is None:
        raise _NoExampleError
    return constant(example.data)


def assume(condition: Value, expected: bool, text: str = "", *, fixes_size: bool = False) -> None:
    """Note that `condition`, a bool of rank 0, must be `expected`.

    Parameters
    ----------
    condition : Value
        A traced value whose arguments have examples.
    expected : bool
        What it is for them.
    text : str, optional
        What to call it; by default its expression.
    fixes_size : bool, optional
        Whether it says that a size is one number.
    """
    noted = Noted(text or expression(condition), expected, user_source(), fixes_size)
    examples = (getattr(value, "example", None) for value in walk((condition,)))
    first = next(example for example in examples if example is not None)
    conditions = first.assumptions.setdefault(noted, [])
    if condition not in conditions:
        conditions.append(condition)


def propagate(holds: Value, text: str, expected: bool, *, fixes_size: bool) -> bool:
    """Note an assumption of a program that becomes a part of another; return whether there is a place for it.

    Parameters
    ----------
    holds : Value
        Whether it holds, a bool of rank 0.
    text, expected, fixes_size : str, bool, bool
        What the program says of it.

    Raises
    ------
    AssumptionError
        If it does not hold for the example.
    """
    examples = (getattr(value, "example", None) for value in walk((holds,)))
    assumptions = next((example.assumptions for example in examples if example is not None), None)
    if assumptions is None and holds.trace is not None:
        assumptions = holds.trace.assumptions
    if assumptions is None:
        return False
    answer = elements(holds)
    if answer is not None and not answer:
        raise AssumptionError(
            f"the program that is called assumes that {text} is {expected}, which does not hold for the example"
        )
    condition = holds if expected else ops.not_(holds)
    conditions = assumptions.setdefault(Noted(text, expected, user_source(), fixes_size), [])
    if condition not in conditions:
        conditions.append(condition)
    return True


def guard_value(assumptions: Assumptions) -> Value:
    """Return a bool of rank 0 that says whether all assumptions hold."""
    parts = [
        condition if noted.expected else ops.not_(condition)
        for noted, conditions in assumptions.items()
        for condition in conditions
    ]
    if not parts:
        return ops.scalar(True, bool_)
    result = parts[0]
    for part in parts[1:]:
        result = ops.and_(result, part)
    return result


def unite(assumptions: Iterable[Assumptions]) -> Assumptions:
    """Return the assumptions of several arguments as one."""
    united: Assumptions = {}
    for several in assumptions:
        for noted, conditions in several.items():
            merged = united.setdefault(noted, [])
            merged.extend(c for c in conditions if c not in merged)
    return united


def with_sizes(shape: Shape, sizes: Mapping[str, int], assumptions: Assumptions) -> Shape:
    """Return a shape whose symbols have examples."""
    values: dict[Symbol, Dim] = {}
    for size in shape:
        for symbol in size.symbols if isinstance(size, Dim) else ():
            if symbol.origin is None and symbol.name in sizes:
                own = Symbol(symbol.name, symbol.low, symbol.high)
                own.example = Example(np.asarray([sizes[symbol.name]]), assumptions)
                values[symbol] = dims.of_symbol(own)

    def with_example(symbol: Symbol) -> Dim:
        return values[symbol] if symbol in values else dims.of_symbol(symbol)

    return tuple(dims.substitute(size, with_example) for size in shape)


# Sizes


_COMPARISONS = {
    "==": (operator.eq, ops.equal),
    "!=": (operator.ne, ops.equal),
    "<": (operator.lt, ops.less),
    "<=": (operator.le, ops.less_or_equal),
    ">": (operator.gt, ops.greater),
    ">=": (operator.ge, ops.greater_or_equal),
}


@final
class _Sizes:
    """The oracle of sizes: the example."""

    def compare(self, left: Size | DimReal, text: str, right: Size | DimReal) -> bool | None:
        """Return the result of a comparison of sizes for the example, and note it."""
        a, b = _number(left), _number(right)
        if a is None or b is None:
            return None
        compare, operation = _COMPARISONS[text]
        answer = bool(compare(a, b))
        condition = operation(_scalar(left), _scalar(right))
        assume(ops.not_(condition) if text == "!=" else condition, answer, f"{left} {text} {right}")
        return answer

    def number(self, size: Dim) -> int | None:
        """Return the number that a size is for the example; warn, and note that it is fixed."""
        number: int | None = _number(size)
        if number is None:
            return None
        warn_user(
            f"the size {size} is needed as a number, and {number} was taken from the example: the model is "
            f"right for {size} = {number} only",
            FixedSizeWarning,
        )
        condition = ops.equal(ops.scalar_size(size), ops.scalar(number, int64))
        assume(condition, True, f"{size} == {number}", fixes_size=True)
        return number


def _scalar(number: Size | DimReal) -> Value:
    return ops.scalar_real(number) if isinstance(number, DimReal) else ops.scalar_size(number)


def _number(size: Any) -> Any:
    try:
        if isinstance(size, DimReal):
            return dim_reals.evaluate(size, _number_of)
        return _number_of(size)
    except _NoExampleError:
        return None


def _number_of(size: Size) -> int:
    return dims.evaluate(size, _symbol_number)


def _symbol_number(symbol: Symbol) -> int:
    if isinstance(symbol.example, Example):
        return int(symbol.example.data[0])
    if isinstance(symbol.origin, tuple) and isinstance(symbol.origin[0], Value):
        data = elements(symbol.origin[0])
        if data is not None:
            return int(data.shape[symbol.origin[1]])
    raise _NoExampleError


oracle.register(_Sizes())
