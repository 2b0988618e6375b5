"""Arrays that a function computes with, under the names that its author gave them."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from onnxp._src.array.array import Array

Host = np.ndarray[Any, Any]
Named = tuple[str, Host]

_DEEPEST = 4
_MOST = 1000
"""How many objects to look at, in functions that see many; longer dicts and lists are passed over."""


def arrays_of(function: object) -> Iterator[Named]:
    """Yield the arrays that a function sees by a name: its variables outside of it, and attributes.

    An attribute of the object of a method has its own name, that of another object follows the object's:
    ``weights``, ``model/weights``. So do the items of dicts and lists: ``params/w``, ``layers/0``.
    """
    seen: set[int] = set()

    def visit(obj: Any, name: str, depth: int) -> Iterator[Named]:
        if type(obj) is np.ndarray:
            if obj.dtype.kind != "O":
                yield name, obj
            return
        if issubclass(type(obj), np.floating):
            yield name, np.asarray(obj)
            return
        if issubclass(type(obj), Array):
            planes = obj._planes
            if len(planes) == 1 and planes[0].data is not None:
                yield name, planes[0].data
            return
        if id(obj) in seen or depth > _DEEPEST or len(seen) > _MOST:
            return
        seen.add(id(obj))
        for label, part in _parts(obj):
            yield from visit(
                part, f"{name}/{label}" if name and label else name or label, depth + 1
            )

    return visit(function, "", 0)


def _parts(obj: Any) -> Iterable[tuple[str, object]]:
    """Return what an object holds, by name; nothing of modules, classes and what has no attributes."""
    kind = type(obj)  # not by the object's own code, which may do anything
    if issubclass(kind, partial):
        return [
            ("", obj.func),
            *obj.keywords.items(),
            *((f"argument_{i}", x) for i, x in enumerate(obj.args)),
        ]
    if issubclass(kind, types.MethodType):
        return [("", obj.__self__), ("", obj.__func__)]
    if issubclass(kind, types.FunctionType):
        return _variables(obj)
    if issubclass(kind, dict | list | tuple) and len(obj) > _MOST:
        return []
    if issubclass(kind, dict):
        return [(key, value) for key, value in dict.items(obj) if isinstance(key, str)]
    if issubclass(kind, tuple) and hasattr(type(obj), "_fields"):
        return zip(obj._fields, obj, strict=False)
    if issubclass(kind, list | tuple):
        return [(str(i), value) for i, value in enumerate(obj)]
    if issubclass(kind, type | types.ModuleType):
        return []
    try:
        return list(object.__getattribute__(obj, "__dict__").items())
    except AttributeError:
        return []


def _variables(function: types.FunctionType) -> Iterator[tuple[str, object]]:
    """Yield the variables that a function reads and does not set; functions among them have no name."""
    from onnxp._src.numpy.places import names_in

    code = function.__code__
    cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
    for name, cell in cells:
        try:
            value = cell.cell_contents
        except ValueError:  # not set yet
            continue
        yield ("" if type(value) is types.FunctionType else name), value
    for name in dict.fromkeys(names_in(code)):
        if name in function.__globals__:
            value = function.__globals__[name]
            yield ("" if type(value) is types.FunctionType else name), value
    arguments = code.co_varnames[: code.co_argcount]
    defaults = function.__defaults__ or ()
    yield from zip(arguments[len(arguments) - len(defaults) :], defaults, strict=True)
    yield from (function.__kwdefaults__ or {}).items()


class KnownArrays:
    """Names of arrays, found by what is in them: in any shape, transposed, or in another float dtype."""

    def __init__(self, arrays: Iterable[Named] = ()) -> None:
        self._of_size: dict[int, list[Named]] = {}
        for name, array in arrays:
            if (array.size > 1 or _is_distinct(array)) and name.isprintable():
                self._of_size.setdefault(array.size, []).append((name, array))

    def name(self, data: Host) -> str | None:
        """Return the name of an array, or None if it has none."""
        if data.size == 1 and not _is_distinct(data):
            return None
        for name, array in self._of_size.get(data.size, ()):
            if _is_same(data, array):
                return name
        return None


def _is_distinct(data: Host) -> bool:
    """Return whether a single number has more digits than those that others may share, such as 0.5."""
    if data.size != 1 or data.dtype.kind != "f":
        return False
    number = float(data.reshape(-1)[0]) * 1e4
    return bool(np.isfinite(number) and abs(number - round(number)) > 1e-6 * max(abs(number), 1.0))


def _is_same(data: Host, array: Host) -> bool:
    kinds = {data.dtype.kind, array.dtype.kind}
    if data.dtype != array.dtype:
        if kinds <= {"U", "T", "O"}:
            return data.ravel().tolist() == array.ravel().tolist()
        if kinds != {"f"}:
            return False
        with np.errstate(over="ignore"):
            array = array.astype(data.dtype)
    equal_nan = kinds == {"f"}
    flat = data.ravel()
    return any(
        np.array_equal(flat, array.ravel(order), equal_nan=equal_nan)
        for order in (("C", "F") if array.ndim > 1 else ("C",))
    )
