"""Functions that Python calls for each element of a column.

The function is called with an element that stands for all rows, once for each way that it can take: a condition
is true in one call and false in another. Each row gets the result of its way.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.dtypes import string
from onnxp._src.namespace import namespace
from onnxp._src.numpy.translation import translated
from onnxp._src.numpy.ways import Way, all_ways, decided, is_deciding
from onnxp.errors import FrameError
from onnxp.sklearn._elementwise import Elementwise
from onnxp.sklearn._lookup import is_missing

if TYPE_CHECKING:
    from onnxp.sklearn._column import Column


def by_element(function: Callable[..., Any], column: Column, *args: Any, **kwargs: Any) -> Column:
    """Return what a function gives for each element of a column."""
    ways = ways_through(function, Element(column), *args, **kwargs)
    return type(column)(merged(ways, column.shape[0], function), column.name)


def ways_through(function: Callable[..., Any], *args: Any, **kwargs: Any) -> list[Way]:
    """Return all ways through a function, which is called as numpy's code is."""
    with translated(function) as (called, _):
        return all_ways(lambda: called(*args, **kwargs), f"{function!r}")


def _value(result: Any, function: Callable[..., Any]) -> Any:
    """Return an array, a number or a text."""
    if isinstance(result, Element):
        return result.column.array
    if is_missing(result):
        return None
    if isinstance(result, bool | int | float | str | np.generic):
        return result
    raise FrameError(
        f"{function!r} gives a {type(result).__name__} for an element: a traced column has numbers, bools or "
        "text"
    )


def merged(ways: list[Way], rows: Any, function: Callable[..., Any]) -> Any:
    """Return for each row the value of the way that its conditions take."""
    xp = namespace()
    ways = [way._replace(result=_value(way.result, function)) for way in ways]
    values = [way.result for way in ways]
    is_text = any(
        isinstance(v, str) or (isinstance(v, Array) and v.dtype is string) for v in values
    )
    missing: Any = "" if is_text else np.nan
    result = missing if values[-1] is None else values[-1]
    for way in reversed(ways[:-1]):
        value = missing if way.result is None else way.result
        if not isinstance(value, Array) and not isinstance(result, Array):
            value = xp.full((rows,), value, dtype=string if is_text else None)
        result = xp.where(way.condition(), value, result)
    if isinstance(result, Array):
        return result
    return xp.full((rows,), result, dtype=string if is_text else None)


class Element:
    """An element of each row of a column."""

    __onnxp_traced__ = True

    def __hash__(self) -> int:
        raise FrameError(
            "an element of a traced column is no key of a dict and in no set; write df['column'].map(dict), or "
            "look for it in a list: x in ['a', 'b']"
        )

    def __init__(self, column: Column) -> None:
        self.column = column
        self._known: Any = None

    @property  # type: ignore[misc]  # mypy knows no class that depends on the object
    def __class__(self) -> type:
        """The class of the element in Python; missing text is a float."""
        return self.__onnxp_stands_for__() if is_deciding() else Element

    def __onnxp_stands_for__(self) -> type:
        dtype = self.column.array.dtype
        if dtype is string:
            return str if _decided(self._present()) else float
        return {"bool": bool, "int": int, "uint": int}.get(dtype.family, float)

    def __onnxp_length__(self) -> Any:
        return self._of(self.column.str.len())

    def _present(self) -> Any:
        if self._known is None:  # the same question, whenever it is asked
            self._known = self.column.array != ""
        return self._known

    def _of(self, column: Any) -> Any:
        is_column = isinstance(column, Elementwise)
        return Element(cast("Column", column)) if is_column else column

    def __bool__(self) -> bool:
        array = self.column.array
        if array.dtype is string:
            return _decided(self._present())
        return _decided(array if array.dtype.family == "bool" else array != 0)

    def __contains__(self, text: str) -> bool:
        return _decided(self.column.str.contains(text, regex=False).array)

    def __getitem__(self, key: Any) -> Any:
        return self._of(self.column.str[key])

    def __getattr__(self, name: str) -> Any:
        if self.column.array.dtype is not string:
            field = getattr(self.column.dt, name)
        elif name in ("split", "rsplit"):
            return lambda pat=None, n=-1: Pieces(
                getattr(self.column.str, name)(
                    pat, n=n, **({} if name == "rsplit" else {"regex": False})
                )
            )
        elif name == "replace":
            return lambda old, new: self._of(self.column.str.replace(old, new, regex=False))
        elif name == "count":
            return lambda text: self._of(
                self.column.str.split(text, regex=False).str.len().sub(1).clip(lower=0)
            )
        else:
            field = getattr(self.column.str, name)
        return (lambda *args: self._of(field(*args))) if callable(field) else self._of(field)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__":
            return NotImplemented
        columns = [obj.column if type(obj) is Element else obj for obj in inputs]
        return self._of(ufunc(*columns, **kwargs))

    def __onnxp_maths__(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Call a function of arrays for one of `math`."""
        arrays = [obj.column.array if type(obj) is Element else obj for obj in args]
        return Element(type(self.column)(function(*arrays, **kwargs)))

    def __str__(self) -> str:
        raise FrameError(
            "Python makes no text of an element of a traced column, by str(), format() or f'{x}'; join text by "
            "+, and convert a column of integers by df['column'].astype(str)"
        )

    def __format__(self, form: str) -> str:
        return str(self)

    def __int__(self) -> int:
        if self.column.array.dtype.family == "bool":
            return int(bool(self))
        raise FrameError(
            "int() of an element: write df['column'].astype(int), or np.trunc(element)"
        )

    def __float__(self) -> float:
        raise FrameError(
            "float() of an element: write np.log(x) for math.log(x), and df['column'].astype(float)"
        )

    def __abs__(self) -> Any:
        return self._of(self.column.abs())

    def __round__(self, digits: int = 0) -> Any:
        return self._of(self.column.round(digits))


def _decided(condition: Array) -> bool:
    taken = decided(condition)
    if taken is None:
        raise FrameError("an element of a traced column is known only in the function that gets it")
    return taken


class Pieces:
    """The parts of a split text."""

    def __init__(self, parts: Any) -> None:
        self._parts = parts

    def __getitem__(self, position: int) -> Element:
        return Element(self._parts[position])

    def __onnxp_length__(self) -> Element:
        return Element(self._parts.len())


def _operator(name: str) -> Callable[..., Any]:
    function = getattr(operator, name)

    def method(self: Element, other: Any) -> Any:
        right = other.column if type(other) is Element else other
        if right is None or isinstance(right, list | tuple | dict):
            return name == "__ne__" if name in ("__eq__", "__ne__") else NotImplemented
        return self._of(function(self.column, right))

    return method


def _reflected(name: str) -> Callable[..., Any]:
    function = getattr(operator, name)

    def method(self: Element, other: Any) -> Any:
        return self._of(function(other, self.column))

    return method


def _unary(name: str) -> Callable[..., Any]:
    function = getattr(operator, name)

    def method(self: Element) -> Any:
        return self._of(function(self.column))

    return method


_ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor")
for _name in ("eq", "ne", "lt", "le", "gt", "ge", *_ARITHMETIC):
    setattr(Element, f"__{_name}__", _operator(f"__{_name}__"))
for _name in _ARITHMETIC:
    setattr(Element, f"__r{_name}__", _reflected(f"__{_name}__"))
for _name in ("neg", "pos", "invert"):
    setattr(Element, f"__{_name}__", _unary(f"__{_name}__"))
