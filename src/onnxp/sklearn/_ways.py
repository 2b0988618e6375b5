"""Ways through a function that Python calls for each element of a column.

The function is called with an element that stands for all rows, once for each way that it can take: a condition
is true in one call and false in another. Each row gets the result of its way.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import methodcaller
from types import MethodDescriptorType
from typing import TYPE_CHECKING, Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.dtypes import string
from onnxp._src.namespace import namespace
from onnxp._src.numpy.translation import translated
from onnxp._src.numpy.ways import Way, all_ways
from onnxp.errors import FrameError
from onnxp.sklearn import _absent
from onnxp.sklearn._calls import with_elements
from onnxp.sklearn._conversion import as_whole
from onnxp.sklearn._elements import Element
from onnxp.sklearn._lookup import is_missing
from onnxp.sklearn._tuples import Tuples
from onnxp.sklearn._validity import require
from onnxp.sklearn._writing import NoNumber

if TYPE_CHECKING:
    from onnxp.sklearn._column import Column


def by_element(function: Callable[..., Any], column: Column, *args: Any, **kwargs: Any) -> Any:
    """Return the results of a function for each element of a column."""
    if type(function) is MethodDescriptorType:  # str.upper is called with strings only
        function = methodcaller(function.__name__)
    ways = ways_through(function, Element(column), *args, **kwargs)
    if isinstance(ways[0].result, list | tuple):
        return tuples(ways, column.shape[0], function, type(column))
    return type(column)(merged(ways, column.shape[0], function), column.name)


def ways_through(function: Callable[..., Any], *args: Any, **kwargs: Any) -> list[Way]:
    """Return all ways through a function, which is called as numpy's code is."""
    with translated(function) as (called, _):
        called = with_elements(called)

        def result() -> Any:
            try:
                return called(*args, **kwargs)
            except LookupError as error:
                if error.args and type(error.args[0]) is Element:
                    return _NO_KEY
                raise
            except NoNumber:
                return _NO_KEY
            except (AttributeError, TypeError) as error:
                if str(error).startswith("'NoneType' object"):  # a match that is not there
                    return _NO_KEY
                if type(error) is TypeError and "Element" in str(error):
                    raise _not_of_python(function, error) from error
                raise

        ways = all_ways(result, f"{function!r}")
    if all(way.result is _NO_KEY for way in ways):
        raise FrameError(
            f"{function!r} looks elements up in a dict that has no such keys, or uses a match that none has"
        )
    return [_checked(way) if way.result is _NO_KEY else way for way in ways]


def _not_of_python(function: Callable[..., Any], error: TypeError) -> FrameError:
    return FrameError(
        f"{function!r} gives an element of a traced column to a function of Python: {error}; elements have "
        "operators, the methods of text and time, and the functions of math and numpy, and re.sub, "
        "re.search, re.match, re.fullmatch and re.findall search them; otherwise write "
        "df['s'].str.replace(pattern, text, regex=True), df['s'].str.contains(pattern), and df['d'].dt for "
        "times"
    )


_NO_KEY = object()
"""The result of a way on which a dict has no such key, or a text no match or no number."""


def _checked(way: Way) -> Way:
    """Return a way with a missing result in place of an error, where rows are not valid."""
    require(~namespace().asarray(way.condition()))
    return way._replace(result=None)


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
    if is_text:
        return _merged_text(ways, rows, function)
    numbers = [v for v in values if v is not None]
    is_whole = 0 < len(numbers) < len(values) and all(map(_is_whole, numbers))
    result = np.nan if values[-1] is None else values[-1]
    for way in reversed(ways[:-1]):
        value = np.nan if way.result is None else way.result
        if not isinstance(value, Array) and not isinstance(result, Array):
            value = xp.full((rows,), value)
        result = xp.where(way.condition(), value, result)
    result = result if isinstance(result, Array) else xp.full((rows,), result)
    return as_whole(result) if is_whole else result


def _is_whole(value: Any) -> bool:
    if isinstance(value, Array):
        return value.dtype.family in ("int", "uint")
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _merged_text(ways: list[Way], rows: Any, function: Callable[..., Any]) -> Any:
    xp = namespace()
    texts, masks = [], []
    for way in ways:
        text = "" if way.result is None else way.result
        if not isinstance(text, Array | str) or (
            isinstance(text, Array) and text.dtype is not string
        ):
            raise FrameError(
                f"{function!r} gives text for some elements, and {_kind_of(text)} for others; a column of a "
                "model has one kind: return text for all, or None"
            )
        texts.append(text if isinstance(text, Array) else xp.full((rows,), text, dtype=string))
        masks.append(_absent.known(text) if isinstance(text, Array) else way.result is None)
    result, mask = texts[-1], masks[-1]
    for way, text, other in zip(ways[-2::-1], texts[-2::-1], masks[-2::-1], strict=True):
        condition = way.condition()
        result = _absent.chosen(xp.where(condition, text, result), condition, other, mask)
        mask = _absent.known(result)
    return result if mask is None else _absent.note(result, mask)


def _kind_of(value: Any) -> str:
    return str(value.dtype) if isinstance(value, Array) else repr(value)


def merged_by_name(
    ways: list[Way], fields: list[Any], rows: Any, function: Callable[..., Any]
) -> dict[Any, Any]:
    """Return arrays by name, for the values by name that each way gives.

    Raises
    ------
    FrameError
        If the names differ.
    """
    names = fields[0] and list(fields[0])
    if not names or any(part is None or list(part) != names for part in fields):
        raise FrameError(f"{function!r} gives different names on different ways")
    parts = list(zip(ways, fields, strict=True))
    return {
        name: merged([way._replace(result=part[name]) for way, part in parts], rows, function)
        for name in names
    }


def tuples(
    ways: list[Way], rows: Any, function: Callable[..., Any], column: type[Column]
) -> Tuples:
    """Return the tuples that a function gives, of the same length on all ways."""
    fields = [
        dict(enumerate(way.result)) if isinstance(way.result, list | tuple) else None
        for way in ways
    ]
    return Tuples([column(a) for a in merged_by_name(ways, fields, rows, function).values()])
