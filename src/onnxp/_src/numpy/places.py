"""The places where a function finds objects by name: globals, closures, defaults, attributes and containers."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import partial, singledispatchmethod
from inspect import getattr_static
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from onnxp._src.numpy.bytecode import classes_in
from onnxp._src.numpy.frozen import NAMES, to_watch
from onnxp.errors import NumpyFunctionError

_LIBRARIES = frozenset(
    "array_api_compat array_api_extra array_api_strict einops joblib numpy onnx onnxp onnxruntime pandas scipy "
    "sklearn".split()
)
"""Packages that treat arrays of other libraries in their own way."""
_INSTALLED = ("site-packages", "dist-packages")
_MAX_PLACES = 20_000
_MAX_DEPTH = 8
_LEAVES = (str, bytes, int, float, complex, np.ndarray, np.generic, np.dtype, type(None))


class Place(NamedTuple):
    """An object that code finds in an owner: an item of a dict or list, or an attribute."""

    owner: Any
    key: Any
    value: Any
    is_item: bool


_IMPORTED = frozenset(("einops", "math", "numpy", "scipy"))
"""The packages for which something stands in traced code."""


class Places:
    """The places that a function and what it calls use.

    Code of other packages is not searched, unless its module is named.

    Parameters
    ----------
    roots : iterable
        The function, and other objects to search.
    modules : iterable of module
        Modules to search as well.
    """

    def __init__(self, roots: Iterable[object], modules: Iterable[ModuleType] = ()) -> None:
        self.modules: dict[int, dict[str, Any]] = {}
        """The globals of the modules in which the code lives, by their identity."""
        self.imports_numpy = False
        self.frozen: list[CodeType] = []
        """The code that may read the clock or draw random numbers."""
        self._matched: set[Any] = set()
        self._compared: set[Any] = set()
        self._places: list[Place] = []
        self._seen: dict[int, Any] = {}
        self._packages: set[str] = set()
        for module in modules:
            self._packages.add(module.__name__.partition(".")[0])
            self._cover(vars(module))
            for name in list(vars(module)):
                self._visit(vars(module)[name], 1)
        for root in roots:
            self._visit(root, 0)

    def __iter__(self) -> Iterator[Place]:
        for names in self.modules.values():
            for name, value in list(names.items()):
                yield Place(names, name, value, True)
        yield from self._places

    def is_pattern(self, place: Place) -> bool:
        """Return whether code matches objects with a class that it finds in a place.

        Raises
        ------
        NumpyFunctionError
            If it compares it by identity, too, so that nothing can stand for it.
        """
        key = id(place.owner), place.key
        if key in self._matched and key in self._compared:
            raise NumpyFunctionError(
                f"match: `case {place.key}()` takes traced arrays only where the code does not use `is` beside "
                f"{place.key}; write `case np.{place.key}()`"
            )
        return key in self._matched

    def _note_classes(self, function: FunctionType, code: CodeType) -> None:
        """Note which places the class patterns of code refer to."""
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        for names, noted in zip(classes_in(code), (self._matched, self._compared), strict=True):
            for name in names:
                cell = cells.get(name)
                noted.add(
                    (id(function.__globals__), name)
                    if cell is None
                    else (id(cell), "cell_contents")
                )
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self._note_classes(function, constant)

    def _cover(self, names: dict[str, Any]) -> None:
        self.modules[id(names)] = names

    def _is_users(self, module: str, file: str | None) -> bool:
        """Return whether code of a module is the user's, rather than that of an installed package."""
        top = module.partition(".")[0]
        if top in _LIBRARIES or (top in sys.stdlib_module_names and top != "__main__"):
            return False
        if not self._packages:
            self._packages.add(top)
        return top in self._packages or not any(folder in (file or "") for folder in _INSTALLED)

    def _is_users_class(self, kind: type) -> bool:
        module = sys.modules.get(kind.__module__)
        return self._is_users(kind.__module__, getattr(module, "__file__", None))

    def _visit(self, obj: Any, depth: int, names: Iterable[str] = ()) -> None:
        kind = type(obj)  # an object may lie about its class, or raise when it is asked
        if issubclass(kind, _LEAVES) or depth > _MAX_DEPTH or id(obj) in self._seen:
            return
        if len(self._places) > _MAX_PLACES:
            return
        self._seen[id(obj)] = obj
        if issubclass(kind, FunctionType):
            self._visit_function(obj, depth)
        elif issubclass(kind, MethodType):
            self._visit(obj.__func__, depth)
            self._visit(obj.__self__, depth)
        elif issubclass(kind, partial):
            for part in (obj.func, *obj.args, *obj.keywords.values()):
                self._visit(part, depth + 1)
        elif issubclass(kind, type):
            self._visit_class(obj, depth)
        elif issubclass(kind, ModuleType):
            if self._is_users(obj.__name__, getattr(obj, "__file__", None)):
                self._cover(vars(obj))
                for name in names:
                    if name in vars(obj):
                        self._visit(vars(obj)[name], depth + 1, names)
        elif issubclass(kind, dict | list) and len(obj) > _MAX_PLACES:
            return
        elif issubclass(kind, dict | list):
            items = obj.items() if issubclass(kind, dict) else enumerate(obj)
            for key, value in list(items):
                self._add(Place(obj, key, value, True), depth)
        elif issubclass(kind, tuple):
            for part in obj:
                self._visit(part, depth + 1)
        else:
            self._visit_object(obj, depth)

    def _add(self, place: Place, depth: int) -> None:
        self._places.append(place)
        self._visit(place.value, depth + 1)

    def _visit_function(self, function: FunctionType, depth: int) -> None:
        module, file = function.__globals__.get("__name__"), function.__globals__.get("__file__")
        if self._is_users(str(module), file):
            self._cover(function.__globals__)
            self._note_classes(function, function.__code__)
            names = set(names_in(function.__code__))
            if not NAMES.isdisjoint(names):
                self.frozen.extend(to_watch(function, codes_in(function.__code__)))
            if any(name.partition(".")[0] in _IMPORTED for name in names):
                self.imports_numpy = True
            for name in names:
                if name in function.__globals__:
                    self._visit(function.__globals__[name], depth + 1, names)
        for cell in function.__closure__ or ():
            self._visit_cell(cell, depth)
        for attribute in ("__defaults__", "__kwdefaults__"):
            value = getattr(function, attribute)
            if value is not None:
                self._add(Place(function, attribute, value, False), depth)
        self._visit(getattr(function, "__wrapped__", None), depth + 1)

    def _visit_cell(self, cell: CellType, depth: int) -> None:
        try:
            value = cell.cell_contents
        except ValueError:  # it is empty
            return
        self._add(Place(cell, "cell_contents", value, False), depth)

    def _visit_class(self, kind: type, depth: int) -> None:
        for base in kind.__mro__:
            if not self._is_users_class(base):
                continue
            for name, value in list(vars(base).items()):
                if isinstance(value, property):
                    self._visit(value.fget, depth + 1)
                elif isinstance(value, staticmethod | classmethod):
                    self._visit(value.__func__, depth + 1)
                elif isinstance(value, FunctionType):
                    self._visit(value, depth + 1)
                elif not name.startswith("__"):
                    self._add(Place(base, name, value, False), depth)

    def _visit_object(self, obj: Any, depth: int) -> None:
        for name in ("__wrapped__", "pyfunc"):  # of decorators, and of numpy.vectorize
            self._visit(getattr_static(obj, name, None), depth + 1)  # not by its own code
        kind = type(obj)
        if isinstance(obj, singledispatchmethod):
            self._add(Place(vars(obj), "dispatcher", obj.dispatcher, True), depth)
        if self._is_users_class(kind) or kind.__name__ == "SimpleNamespace":
            self._visit(kind, depth)
            for name, value in list(getattr(obj, "__dict__", {}).items()):
                self._add(Place(vars(obj), name, value, True), depth)
            for name in (slot for base in kind.__mro__ for slot in _slots(base)):
                if hasattr(obj, name):
                    self._add(Place(obj, name, getattr(obj, name), False), depth)
        elif hasattr(kind, "get_params"):  # an estimator, which may hold the user's
            for name, value in list(vars(obj).items()):
                if type(value) is np.ndarray:
                    self._add(Place(vars(obj), name, value, True), depth)
                self._visit(value, 0)  # estimators nest to any depth


def _slots(kind: type) -> list[str]:
    slots = vars(kind).get("__slots__", ())
    names = [slots] if isinstance(slots, str) else list(slots)
    return [name for name in names if not name.startswith("__")]


def names_in(code: CodeType) -> Iterator[str]:
    """Return the names that code and the functions inside it use."""
    for part in codes_in(code):
        yield from part.co_names


def codes_in(code: CodeType) -> Iterator[CodeType]:
    """Return code and that of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes_in(constant)
