"""An element of each row of a column, with which functions of elements are called."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.dtypes import string
from onnxp._src.numpy.decimals import rounded
from onnxp._src.numpy.keys_of_dicts import as_number, hash_on_this_way
from onnxp._src.numpy.ways import decided, is_deciding
from onnxp.errors import FrameError
from onnxp.sklearn import _absent
from onnxp.sklearn._conversion import holds_whole
from onnxp.sklearn._elementwise import Elementwise
from onnxp.sklearn._periods import is_period

if TYPE_CHECKING:
    from onnxp.sklearn._column import Column


_OF_PYTHON = {"int": "int64", "uint": "int64", "float": "float64"}
"""The dtypes of Python's numbers, by the family of those that pandas makes them of."""


def _of_python(column: Column) -> Column:
    """Return the elements as Python's numbers, which pandas calls functions with: uint8 does not wrap."""
    dtype = column.array.dtype
    name = _OF_PYTHON.get(dtype.family)
    if name is None or dtype.name in (name, "uint64"):
        return column
    return column.astype(name)


class Element:
    """An element of each row of a column.

    Parameters
    ----------
    column : Column
        The elements.
    of_numpy : bool
        Whether it is a number of numpy, of which bools are added by "or", rather than one of Python.
    is_field : bool
        Whether it is a field of a point in time: an integer, or NaN.
    """

    __onnxp_traced__ = True

    def __hash__(self) -> int:
        key = hash_on_this_way(self._is_key, sys._getframe(1))
        if key is None:
            raise FrameError(
                "an element of a traced column is looked up in dicts and sets of fewer than 64 texts or "
                "numbers, by a line that has their names, as table[x], table.get(x) or x in table; write "
                "df['column'].map(table) or df['column'].isin(table)"
            )
        return key

    def _is_key(self, key: Any) -> bool:
        """Return whether the element is a key of a dict, on this way."""
        array = self.column.array
        if array.dtype is not string and array.dtype.family != "category":
            if array.dtype.unit:
                return bool(self == key)
            key = as_number(key, array.dtype.numpy)
        elif not isinstance(key, str):
            return False
        return key is not None and bool(self == key)

    def __init__(self, column: Column, *, of_numpy: bool = False, is_field: bool = False) -> None:
        self.is_field = is_field
        self.column = column if of_numpy else _of_python(column)
        self.of_numpy = of_numpy
        self._known: dict[str, Any] = {}

    @property  # type: ignore[misc]  # mypy knows no class that depends on the object
    def __class__(self) -> type:
        """The class of the element in Python; missing text is a float."""
        return self.__onnxp_stands_for__() if is_deciding() else Element

    def __onnxp_stands_for__(self) -> type:
        dtype = self.column.array.dtype
        if dtype is string:
            return str if self._is_present() else float
        return {"bool": bool, "int": int, "uint": int}.get(dtype.family, float)

    def __onnxp_length__(self) -> Any:
        return self._of(self.column.str.len())

    def _is_present(self) -> bool:
        """Return whether text is not missing."""
        array = self.column.array
        if _absent.known(array) is False:
            return True
        return self._asks("present", lambda: ~_absent.mask_of(array))

    def _asks(self, question: str, condition: Callable[[], Any]) -> bool:
        if question not in self._known:  # the same condition, whenever it is asked
            self._known[question] = condition()
        return _decided(self._known[question])

    def _of(self, column: Any) -> Any:
        is_column = isinstance(column, Elementwise)
        return Element(cast("Column", column), of_numpy=self.of_numpy) if is_column else column

    def __bool__(self) -> bool:
        array = self.column.array
        if array.dtype is string:
            if _absent.is_input(array):  # NaN is true
                return True
            missing = _absent.either(_absent.known(array))
            return self._asks("true", lambda: (array != "") | missing)
        if array.dtype.family == "bool":
            return _decided(array)
        if array.dtype.family == "datetime":
            return True
        zero = np.timedelta64(0, "ns") if array.dtype.unit else 0
        return self._asks("true", lambda: array != zero)

    def __contains__(self, text: str) -> bool:
        return _decided(self.column.str.contains(text, regex=False).array)

    def __getitem__(self, key: Any) -> Any:
        return self._of(self.column.str[key])

    def __iter__(self) -> Any:
        raise FrameError(
            "Python does not see the characters of an element of a traced column one by one; write len(x), "
            "x.count('a') or 'a' in x, and df['column'].str.count('[0-9]') for the characters of a class"
        )

    def __getattr__(self, name: str) -> Any:
        array = self.column.array
        if array.dtype is not string and not array.dtype.unit:
            if name == "n" and holds_whole(array):  # of a difference of periods
                return self
            raise FrameError(
                f"an element of {array.dtype} has no {name!r}; it has operators, and the functions of math "
                "and numpy"
            )
        if array.dtype.unit:
            if name in _OF_MOMENTS:
                return lambda *args: self._of_moment(name, *args)
            field = getattr(self.column.dt, name)
            if not callable(field):
                if is_period(array):  # those of NaT are NaN, not -1
                    field = field.mask(self.column.isna())
                is_number = field.array.dtype.family == "float"
                return Element(field, of_numpy=self.of_numpy, is_field=is_number)
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

    def _of_moment(self, name: str, *args: Any) -> Any:
        result = self._of(_OF_MOMENTS[name](self.column.dt, *args))
        result.is_field = name.endswith("weekday")
        return result

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__":
            return NotImplemented
        if ufunc is np.power and not kwargs:
            return _power(*inputs)
        columns = [obj.column if type(obj) is Element else obj for obj in inputs]
        return self._of(ufunc(*columns, **kwargs))

    def __onnxp_maths__(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Call a function of arrays for one of `math`."""
        arrays = [obj.column.array if type(obj) is Element else obj for obj in args]
        return Element(type(self.column)(function(*arrays, **kwargs)))

    def __repr__(self) -> str:
        return f"an element of the column {self.column.name!r}"

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

    def __trunc__(self) -> Any:
        return np.trunc(self)

    def __floor__(self) -> Any:
        return np.floor(self)

    def __ceil__(self) -> Any:
        return np.ceil(self)

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self

    def __lshift__(self, other: Any) -> Any:
        return _shifted(operator.lshift, self, other)

    def __rlshift__(self, other: Any) -> Any:
        return _shifted(operator.lshift, other, self)

    def __rshift__(self, other: Any) -> Any:
        return _shifted(operator.rshift, self, other)

    def __rrshift__(self, other: Any) -> Any:
        return _shifted(operator.rshift, other, self)

    def __abs__(self) -> Any:
        return self._of(self.column.abs())

    def __round__(self, digits: int = 0) -> Any:
        array = self.column.array
        if digits > 0 and array.dtype.family == "float" and not self.of_numpy:
            return Element(type(self.column)(rounded(array, digits)))
        return self._of(self.column.round(digits))


_OF_MOMENTS: dict[str, Callable[..., Any]] = {
    "weekday": lambda dt: dt.weekday,
    "isoweekday": lambda dt: dt.weekday + 1,
    "date": lambda dt: dt.date,
    "timestamp": lambda dt: (dt.as_unit("ns") - np.datetime64(0, "ns")) / np.timedelta64(1, "s"),
}
"""The methods of a point in time that are fields of a column, or are not there."""


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

    def __iter__(self) -> Any:
        raise FrameError(
            "Python does not see the parts of split text one by one, because elements have different numbers "
            "of them; write ' '.join(x.split()), len(x.split()) or x.split()[0]"
        )

    def joined(self, between: str) -> Element:
        """Return the parts, with a text between them."""
        return Element(self._parts.joined(between))

    def __onnxp_length__(self) -> Element:
        return Element(self._parts.len())


def _operator(name: str, *, of_numbers: bool = False) -> Callable[..., Any]:
    function = getattr(operator, f"__{name}__")

    def method(self: Element, other: Any) -> Any:
        left = _number(self) if of_numbers else self.column
        right = _number(other) if of_numbers else _column(other)
        if right is None or isinstance(right, list | tuple | dict):
            return name == "ne" if name in ("eq", "ne") else NotImplemented
        return _as_field(self._of(function(left, right)), name, self, other)

    return method


def _as_field(result: Any, name: str, *operands: Any) -> Any:
    """Return the result of arithmetic, which is an integer or NaN if the operands are."""
    if name in ("add", "sub", "mul", "floordiv", "mod") and type(result) is Element:
        result.is_field = all(type(x) is int or getattr(x, "is_field", False) for x in operands)
    return result


def _reflected(name: str, *, of_numbers: bool = False) -> Callable[..., Any]:
    function = getattr(operator, f"__{name}__")

    def method(self: Element, other: Any) -> Any:
        result = self._of(function(other, _number(self) if of_numbers else self.column))
        return _as_field(result, name, self, other)

    return method


def _unary(name: str) -> Callable[..., Any]:
    function = getattr(operator, f"__{name}__")
    return lambda self: self._of(function(_number(self)))


def _column(obj: Any) -> Any:
    return obj.column if type(obj) is Element else obj


def _multiplied(self: Element, other: Any) -> Any:
    """Multiply, or repeat text."""
    if self.column.array.dtype is string and type(other) is int:
        return self._of(self.column.str.repeat(other))
    return _operator("mul", of_numbers=True)(self, other)


def _number(obj: Any) -> Any:
    """Return the operand of arithmetic for an element: True of Python is 1."""
    column = _column(obj)
    is_number = type(obj) is Element and not obj.of_numpy and column.array.dtype.family == "bool"
    return column.astype("int64") if is_number else column


def _power(base: Any, exponent: Any) -> Any:
    """Raise to a power; of integers to one that may be negative, the result is a floating-point number."""
    one = base if type(base) is Element else exponent
    x, y = _number(base), _number(exponent)
    if type(exponent) is Element and y.array.dtype.family == "int":
        y = y.astype("float64")
    return one._of(operator.pow(x, y))


def _shifted(function: Callable[..., Any], x: Any, y: Any) -> Any:
    """Shift the bits of integers, which columns of pandas have no operator for."""
    one = x if type(x) is Element else y
    arrays = [getattr(_number(obj), "array", obj) for obj in (x, y)]
    return one._of(type(one.column)(function(*arrays)))


_ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod")
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Element, f"__{_name}__", _operator(_name))
for _name in _ARITHMETIC:
    setattr(Element, f"__{_name}__", _operator(_name, of_numbers=True))
    setattr(Element, f"__r{_name}__", _reflected(_name, of_numbers=True))
for _name in ("and", "or", "xor"):
    setattr(Element, f"__{_name}__", _operator(_name))
    setattr(Element, f"__r{_name}__", _reflected(_name))
for _name in ("neg", "pos", "invert"):
    setattr(Element, f"__{_name}__", _unary(_name))
for _name in ("mul", "rmul"):
    setattr(Element, f"__{_name}__", _multiplied)
setattr(Element, "__pow__", _power)  # noqa: B010
setattr(Element, "__rpow__", lambda self, other: _power(other, self))  # noqa: B010
