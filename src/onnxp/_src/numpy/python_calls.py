"""What functions of elements call in place of Python's syntax that asks for a number, text, or a hash."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from functools import partial
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.decimals import rounded
from onnxp._src.numpy.dispatch import has_arrays
from onnxp._src.numpy.maths import stands_for_maths
from onnxp._src.numpy.sources import copied
from onnxp._src.numpy.tables import ArrayTables
from onnxp._src.numpy.ways import decided, is_deciding
from onnxp.errors import NumpyFunctionError

_TABLES = ArrayTables()
_LIBRARIES = ("numpy", "onnxp.", "scipy")


def with_elements(function: Any) -> Any:
    """Return a function of elements as a copy that takes them where Python's own takes numbers."""
    stand_in = _called(stands_for_maths(function) or function)
    return stand_in if stand_in is not function else copied(function, _HOOKS)


_OF_PYTHON = {"int": "int64", "uint": "int64", "float": "float64"}
"""The dtypes of Python's numbers, by the family of those that stand for them."""


def as_python(x: Any) -> Any:
    """Return numbers as Python's, which functions of elements get: uint8 does not wrap."""
    name = _OF_PYTHON.get(x.dtype.family)
    if name is None or x.dtype.name in (name, "uint64"):
        return x
    return xp().astype(x, getattr(xp(), name))


def _called(function: Any) -> Any:
    """Return what is called in place of a function."""
    kind = type(function)
    if kind is type:
        return partial(_converted, function) if function in _CONVERSIONS else function
    if kind is BuiltinMethodType:
        if function.__name__ == "get" and isinstance(function.__self__, dict):
            return partial(_TABLES.get, function.__self__)
        if function is round:
            return _round
        is_text = isinstance(function.__self__, str) or function in (format, repr, ascii)
        return partial(_text, function) if is_text else function
    is_python = kind in (FunctionType, MethodType) or hasattr(kind.__call__, "__code__")
    if is_python and not str(function.__module__).startswith(_LIBRARIES):
        return copied(function, _HOOKS)
    return function


def _is_element(obj: Any) -> bool:
    return isinstance(obj, xp().Array) and obj.is_traced and obj.ndim == 0 and is_deciding()


def _integer(x: Any) -> Any:
    if x.dtype.family == "float":
        if not decided(xp().isfinite(x)):
            raise ValueError("an element is no integer")
        x = xp().trunc(xp().where(xp().isfinite(x), x, 0.0))
    return xp().astype(x, xp().int64, copy=False)


_CONVERSIONS: dict[Any, Callable[[Any], Any]] = {
    builtins.int: _integer,
    builtins.float: lambda x: xp().astype(x, xp().float64, copy=False),
    builtins.str: lambda x: refuse_text(),
}


def _converted(kind: Any, /, *args: Any, **kwargs: Any) -> Any:
    is_one = len(args) == 1 and not kwargs and _is_element(args[0])
    return _CONVERSIONS[kind](args[0]) if is_one else kind(*args, **kwargs)


def refuse_text() -> Any:
    """Raise the error of a function that makes text of elements."""
    raise NumpyFunctionError(
        "a function of elements makes no text of them, by str(), format() or f'{x}'; write it of the whole "
        "array, as 'id_' + x.astype(str)"
    )


def _text(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    if is_deciding() and has_arrays((args, kwargs), traced=True):
        refuse_text()
    return function(*args, **kwargs)


_OF_CONVERSIONS: dict[int, Callable[[Any], str]] = {115: str, 114: repr, 97: ascii}


def _formatted(value: Any, conversion: int, form: str) -> str:
    if _is_element(value):
        refuse_text()
    convert = _OF_CONVERSIONS.get(conversion)
    return format(value if convert is None else convert(value), form)


def _number(obj: Any) -> Any:
    """Return an operand of arithmetic: True of Python is 1."""
    is_truth = _is_element(obj) and obj.dtype.family == "bool"
    return xp().astype(obj, xp().int64) if is_truth else obj


def _remainder(left: Any, right: Any) -> Any:
    if isinstance(left, str):
        return _text(left.__mod__, right)
    return _number(left) % _number(right)


def _round(number: Any, ndigits: Any = None) -> Any:
    if not _is_element(number):
        return round(number, ndigits)
    is_float = number.dtype.family == "float"
    if ndigits is None:
        return xp().astype(xp().round(number), xp().int64) if is_float else _number(number)
    return rounded(number, ndigits) if is_float and ndigits > 0 else round(number, ndigits)


_HOOKS: dict[str, Callable[..., Any]] = {
    "called": _called,
    "contains": _TABLES.contains,
    "formatted": _formatted,
    "item": _TABLES.item,
    "joined": lambda *parts: "".join(parts),
    "number": _number,
    "remainder": _remainder,
}
