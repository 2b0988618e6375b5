"""Operators of traced columns, as functions of arrays with the meaning of pandas."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np

from onnxp import nulls
from onnxp._src.array.array import Array
from onnxp._src.namespace import namespace
from onnxp.errors import FrameError
from onnxp.sklearn import _absent, _categories
from onnxp.sklearn._conversion import as_whole
from onnxp.sklearn._lookup import is_missing
from onnxp.sklearn._missing import filled, has_missing, missing
from onnxp.sklearn._offsets import is_offset, moved
from onnxp.sklearn._periods import are_comparable, as_moment, difference, require_no_periods

Function = Callable[..., Any]


def _sum(x: Any, y: Any) -> Any:
    require_no_periods(x, y)
    for moment, offset in ((x, y), (y, x)):
        if is_offset(offset):
            return moved(moment, offset, 1)
    return _absent.stays(operator.add(x, y), x, y)


def _difference(x: Any, y: Any) -> Any:
    if is_offset(y):
        require_no_periods(x)
        return moved(x, y, -1)
    periods = difference(x, y)
    if periods is not None:
        return as_whole(periods)
    if isinstance(x, str) or isinstance(y, str):
        raise FrameError("text cannot be subtracted; for a point in time write pd.Timestamp(text)")
    x, y = as_moment(x), as_moment(y)
    require_no_periods(x, y)
    return operator.sub(x, y)


def _power(x: Any, y: Any) -> Any:
    """Raise to a power; 1 to any and any to 0 is 1 in pandas, also where the other is null."""
    result = operator.pow(x, y)
    if not result.dtype.is_nullable:
        return result
    return namespace().where(_is(x, 1) | _is(y, 0), 1, result)


def _is(x: Any, number: int) -> Any:
    equal = x == number
    is_nullable = isinstance(equal, Array) and equal.dtype.is_nullable
    return nulls.fill_null(equal, False) if is_nullable else equal


# Integers divided by 0 are floating-point numbers in pandas: infinite, or NaN.


def _quotient(x: Any, y: Any) -> Any:
    return _whole_division(operator.floordiv, x, y)


def _remainder(x: Any, y: Any) -> Any:
    return _whole_division(operator.mod, x, y)


def _whole_division(function: Function, x: Any, y: Any) -> Any:
    if _is_span(x) and _is_span(y) and function is operator.floordiv:  # NaN where one is NaT
        number = namespace().astype(function(x, y), namespace().float64)
        return namespace().where(_lacks(x) | _lacks(y), np.nan, number)
    if not (is_whole(x) and is_whole(y)) or (not isinstance(y, Array) and np.all(y)):
        arrays = [obj for obj in (x, y) if isinstance(obj, Array)]
        if all(obj.dtype.family in ("float", "int", "uint") for obj in arrays):
            function = _OF_NUMPY[function]  # whose quotients of infinities are NaN
        return function(x, y)
    xp = namespace()
    x, y = (xp.asarray(obj, dtype=None if isinstance(obj, Array) else xp.int64) for obj in (x, y))
    if y.dtype.family == "bool":
        y = xp.astype(y, x.dtype)
    by_zero = xp.astype(x, xp.float64) / 0.0 if function is operator.floordiv else xp.nan
    return xp.where(y == 0, by_zero, xp.astype(function(x, xp.where(y == 0, 1, y)), xp.float64))


def _is_span(obj: Any) -> bool:
    if isinstance(obj, Array):
        return obj.dtype.family == "timedelta"
    return isinstance(obj, timedelta | np.timedelta64)


def is_whole(obj: Any) -> bool:
    """Return whether an array or a number is of integers or bools."""
    if isinstance(obj, Array):
        return obj.dtype.family in ("int", "uint", "bool")
    return np.asarray(obj).dtype.kind in "iub"


_OF_NUMPY: dict[Function, Function] = {
    operator.floordiv: np.floor_divide,
    operator.mod: np.remainder,
}
OF_UFUNCS: dict[np.ufunc, Function] = {
    np.add: _sum,
    np.subtract: _difference,
    np.floor_divide: _quotient,
    np.remainder: _remainder,
    np.power: _power,
}
BINARY: dict[str, Function] = {
    "add": _sum,
    "sub": _difference,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "floordiv": _quotient,
    "mod": _remainder,
    "pow": _power,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
}


def _equal(x: Any, y: Any) -> Any:
    if not _are_comparable(x, y):
        return namespace().zeros_like(x, dtype=bool)
    y = as_moment(y)
    mask = _missing_of(x, y)
    return x == y if mask is False else (x == y) & ~mask


def _different(x: Any, y: Any) -> Any:
    if not _are_comparable(x, y):
        return namespace().ones_like(x, dtype=bool)
    y = as_moment(y)
    mask = _missing_of(x, y)
    return x != y if mask is False else (x != y) | mask


def _are_comparable(x: Any, y: Any) -> bool:
    return not (isinstance(x, Array) and x.dtype.unit) or are_comparable(x, y)


def _missing_of(x: Any, y: Any) -> Any:
    """Return where text that is missing would be compared as ``""``, which is equal to itself."""
    if not (isinstance(y, Array) or (isinstance(y, str) and not y)):
        return False
    return _absent.either(_absent.known(x), _absent.known(y))


def _ordering(function: Function) -> Function:
    compare = _categories.comparing(function)

    def ordered(x: Any, y: Any) -> Any:
        if not _are_comparable(x, y):
            raise FrameError(
                "dates of Python, as those of dt.date, and points in time have no order; compare with "
                "pd.Timestamp(date), or leave out dt.date"
            )
        return compare(x, as_moment(y))

    return ordered


COMPARISONS: dict[str, Function] = {
    "eq": _equal,
    "ne": _different,
    **{name: _ordering(getattr(operator, name)) for name in ("lt", "le", "gt", "ge")},
}
OF_UFUNCS |= {
    np.equal: COMPARISONS["eq"],
    np.not_equal: COMPARISONS["ne"],
    np.less: COMPARISONS["lt"],
    np.less_equal: COMPARISONS["le"],
    np.greater: COMPARISONS["gt"],
    np.greater_equal: COMPARISONS["ge"],
}


def with_filled(function: Function, x: Any, y: Any, value: Any) -> Any:
    """Call a function with a value for an element that is missing, unless that of the other is as well."""
    if value is None:
        return function(x, y)
    result = function(_with_value(x, value), _with_value(y, value))
    if not (_may_lack(x) and _may_lack(y)):
        return result  # which may be an integer
    return namespace().where(_lacks(x) & _lacks(y), np.nan, result)


def _with_value(x: Any, value: Any) -> Any:
    if not _may_lack(x):
        return x
    return filled(x, value) if isinstance(x, Array) else value


def _may_lack(x: Any) -> bool:
    return has_missing(x) if isinstance(x, Array) else bool(is_missing(x))


def _lacks(x: Any) -> Any:
    return missing(x) if isinstance(x, Array) else is_missing(x)
