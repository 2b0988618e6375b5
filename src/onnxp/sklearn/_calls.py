"""What functions of elements call in place of Python's syntax and its functions of text."""

from __future__ import annotations

import builtins
import re
import string
from collections.abc import Callable, Iterable
from functools import partial
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

from onnxp._src.numpy.sources import copied
from onnxp.errors import FrameError
from onnxp.sklearn import _matches, _writing
from onnxp.sklearn._elements import Element, Pieces
from onnxp.sklearn._tables import ElementTables


def with_elements(function: Any) -> Any:
    """Return a function of elements as a copy that takes them where Python's own takes numbers and text."""
    stand_in = _called(function)
    return stand_in if stand_in is not function else copied(function, _HOOKS)


def _called(function: Any) -> Any:
    """Return what is called in place of a function."""
    kind = type(function)
    if function is map:
        return _map
    if kind is type:
        return partial(_converted, function) if function in _CONVERSIONS else function
    if kind is BuiltinMethodType or kind is _OF_PATTERNS:
        owner = function.__self__
        if isinstance(owner, str) and function.__name__ in _OF_TEXT:
            return partial(_OF_TEXT[function.__name__], owner)
        if isinstance(owner, re.Pattern):
            return partial(_matches.called, function, function.__name__, owner)
        if function.__name__ == "get" and isinstance(owner, dict):
            return partial(_TABLES.get, owner)
        stand_ins: dict[Any, Any] = {format: _formatted, repr: _represented}
        return stand_ins.get(function, function)
    if kind is FunctionType and function.__module__ == "re":
        return partial(_matches.called, function, function.__name__)
    is_python = kind in (FunctionType, MethodType) or hasattr(kind.__call__, "__code__")
    if is_python and not str(function.__module__).startswith(_LIBRARIES):
        return copied(function, _HOOKS)
    return function


_TABLES = ElementTables()
_OF_PATTERNS = type(re.compile("").search)
"""The class of methods of regular expressions, which is none of those of module `types`."""
_LIBRARIES = ("numpy", "onnxp.", "pandas", "scipy", "sklearn")


def has_elements(args: Iterable[Any]) -> bool:
    """Return whether there are elements among objects, and their lists and tuples."""
    return any(
        has_elements(arg) if type(arg) in (list, tuple) else type(arg) is Element for arg in args
    )


_CONVERSIONS: dict[Any, Callable[[Element], Any]] = {
    builtins.str: _writing.text_of,
    builtins.int: _writing.integer_of,
    builtins.float: _writing.float_of,
}


def _map(function: Any, /, *iterables: Any) -> Any:
    return map(_called(function), *iterables)


def _converted(kind: Any, /, *args: Any, **kwargs: Any) -> Any:
    is_element = len(args) == 1 and not kwargs and type(args[0]) is Element
    return _CONVERSIONS[kind](args[0]) if is_element else kind(*args, **kwargs)


def _formatted(value: Any, form: Any = "", /) -> Any:
    if type(value) is not Element:
        return format(value, form)
    return _writing.formatted(value, _constant(form))


def _represented(value: Any, /) -> Any:
    if type(value) is not Element:
        return repr(value)
    if value.column.array.dtype.family not in ("bool", "int", "uint"):
        raise FrameError(
            "an element of integers is written by repr, others are written by str, not by repr"
        )
    return _writing.text_of(value)


def _constant(form: Any) -> str:
    if not isinstance(form, str):
        raise FrameError("the form in which an element is written must not depend on elements")
    return form


_OF_CONVERSIONS: dict[int, Callable[[Any], Any]] = {ord("s"): str, ord("r"): repr, ord("a"): ascii}


def _part(value: Any, conversion: int, form: Any) -> Any:
    """Return a part of an f-string."""
    if type(value) is not Element:
        convert = _OF_CONVERSIONS.get(conversion)
        return format(value if convert is None else convert(value), _constant(form))
    if conversion == ord("s"):
        value = _writing.text_of(value)
    elif conversion != -1:
        raise FrameError(f"an element is written as it is or by !s, not by !{chr(conversion)}")
    return _writing.formatted(value, _constant(form))


def _joined(*parts: Any) -> Any:
    result = parts[0] if parts else ""
    for part in parts[1:]:
        result = result + part if part != "" or type(part) is Element else result
    return result


def _join(between: str, parts: Iterable[Any], /) -> Any:
    if type(parts) is Pieces:
        return parts.joined(between)
    parts = list(parts)
    if not has_elements(parts):
        return between.join(parts)
    for i, part in enumerate(parts):
        if not isinstance(part, str) and not _writing.is_text(part):
            raise TypeError(f"sequence item {i}: expected str instance, a number found")
    pairs = [piece for part in parts for piece in (between, part)]
    return _joined(*pairs[1:])


def _format(text: str, /, *args: Any, **kwargs: Any) -> Any:
    if not any(hasattr(type(obj), "__onnxp_traced__") for obj in (*args, *kwargs.values())):
        return text.format(*args, **kwargs)
    formatter, parts, place = string.Formatter(), [], 0
    for literal, field, form, conversion in formatter.parse(text):
        parts.append(literal)
        if field is None:
            continue
        if not field:
            field, place = str(place), place + 1
        value, _ = formatter.get_field(field, args, kwargs)
        parts.append(_part(value, ord(conversion) if conversion else -1, form))
    return _joined(*parts)


_OF_TEXT: dict[str, Callable[..., Any]] = {"join": _join, "format": _format}

_PERCENT = re.compile(r"%([-+ 0#]*)(\d*)((?:\.\d*)?)([a-zA-Z%])")


def _remainder(left: Any, right: Any) -> Any:
    """Return the remainder, or the text that ``%`` makes of a form and one or several values."""
    values = right if isinstance(right, tuple) else (right,)
    if not isinstance(left, str) or not has_elements(values):
        return left % right
    rest = list(values)
    parts, end = [], 0
    for match in _PERCENT.finditer(left):
        parts.append(left[end : match.start()])
        end = match.end()
        parts.append("%" if match[4] == "%" else _by_percent(rest.pop(0), *match.groups()))
    if rest or "%" in left[end:] or any("%" in part for part in parts[::2]):
        raise FrameError(f"{left!r} % of elements: write it as an f-string")
    return _joined(*parts, left[end:])


def _by_percent(value: Any, flags: str, width: str, precision: str, kind: str) -> Any:
    if type(value) is not Element:
        return f"%{flags}{width}{precision}{kind}" % value
    if kind in "di":
        value, kind = _writing.integer_of(value), "d"
    elif kind == "s":
        value = _writing.text_of(value)
    sign = "".join(flag for flag in "+ " if flag in flags)[:1]
    align = "<" if "-" in flags else ">" if kind == "s" else ""
    zero = "0" if "0" in flags and not align else ""
    return _writing.formatted(value, f"{align}{sign}{zero}{width}{precision}{kind}")


_HOOKS: dict[str, Callable[..., Any]] = {
    "called": _called,
    "contains": _TABLES.contains,
    "formatted": _part,
    "item": _TABLES.item,
    "joined": _joined,
    "number": lambda obj: obj,  # elements know it
    "remainder": _remainder,
}
