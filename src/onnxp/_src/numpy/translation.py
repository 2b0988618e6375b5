"""The context in which code that was written for numpy is traced."""

from __future__ import annotations

import builtins
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from types import BuiltinFunctionType, ModuleType
from typing import Any

import numpy as np

from onnxp._src.numpy.constants import Constants, Notes, as_constant, notes
from onnxp._src.numpy.einops_names import stands_for_einops
from onnxp._src.numpy.frozen import watching
from onnxp._src.numpy.maths import stands_for_maths
from onnxp._src.numpy.places import Place, Places
from onnxp._src.numpy.python_names import PYTHON_NAMES, stands_for_wrapper
from onnxp._src.numpy.scipy_names import stands_for_scipys, switch_scipy, switches
from onnxp._src.numpy.standin import COMPILED, AnyArray, is_stand_in, is_tracing, stands_for
from onnxp.errors import ArgumentTypeError

Modules = bool | Iterable[ModuleType | str]
"""Whether numpy's names are translated where a function lives, or the modules in which they are as well."""
_MISSING = object()
_LOCK = threading.RLock()


class Replacements:
    """Objects in place of others, for all who use them at the same time. Callers hold the lock."""

    def __init__(self) -> None:
        self._all: dict[tuple[int, Any], list[Any]] = {}  # [place, new value, number of users]

    def put(self, place: Place, value: Any) -> tuple[int, Any]:
        """Replace an object, or count another user of its replacement."""
        key = (id(place.owner), place.key)
        entry = self._all.setdefault(key, [place, value, 0])
        if entry[2] == 0:
            _set(place, value)
        entry[2] += 1
        return key

    def holds(self, place: Place) -> bool:
        """Return whether an object is in place of another."""
        entry = self._all.get((id(place.owner), place.key))
        return entry is not None and entry[1] is place.value

    def remove(self, keys: Iterable[tuple[int, Any]]) -> None:
        """Restore objects that have no more users, unless something else has taken their place."""
        for key in keys:
            entry = self._all[key]
            entry[2] -= 1
            if entry[2] == 0:
                del self._all[key]
                place, value, _ = entry
                if _get(place) is value:
                    _set(place, place.value)


def _get(place: Place) -> Any:
    if place.is_item:
        try:
            return place.owner[place.key]
        except LookupError:
            return _MISSING
    if isinstance(place.owner, type):
        return vars(place.owner).get(place.key, _MISSING)
    return getattr(place.owner, place.key, _MISSING)


def _set(place: Place, value: Any) -> None:
    if not place.is_item:
        setter = type.__setattr__ if isinstance(place.owner, type) else object.__setattr__
        setter(place.owner, place.key, value)
    elif value is _MISSING:
        place.owner.pop(place.key, None)
    else:
        place.owner[place.key] = value


_replacements = Replacements()


class Translation:
    """The modules whose code is traced in this thread."""

    def __init__(
        self, places: Places, constants: Constants, replaced: list[tuple[int, Any]]
    ) -> None:
        self.places = places
        self.notes = Notes(constants)
        self._replaced = replaced

    def switch(self) -> None:
        """Let scipy accept traced arrays, also what was imported of it only now."""
        with _LOCK:
            for owner, name, switch in switches():
                if (id(owner), name) not in self._replaced:
                    place = Place(owner, name, owner[name], True)
                    self._replaced.append(_replacements.put(place, switch))


_current: ContextVar[Translation | None] = ContextVar("translation", default=None)


@contextmanager
def translating() -> Iterator[None]:
    """Translate numpy's functions in this thread, where `NumpyNamespace` stands for numpy."""
    token = is_tracing.set(True)
    try:
        yield
    finally:
        is_tracing.reset(token)


@contextmanager
def translated(
    function: Callable[..., Any], modules: Modules = True, *, constants: Constants | None = None
) -> Iterator[tuple[Callable[..., Any], Translation]]:
    """Let a function that was written for numpy accept traced arrays, for the duration of the context.

    In the modules of its code, `NumpyNamespace` stands for numpy, and `len`, `isinstance` and `type` treat
    traced arrays as arrays of numpy. In other threads they are what they were.

    Parameters
    ----------
    function : callable
        The function.
    modules : bool or iterable of module or str, optional
        Whether names are translated, or other modules in which they are too.
    constants : Constants, optional
        What is done with arrays of numpy.

    Yields
    ------
    tuple of callable and Translation
        The function to call, and what was noted during the call.
    """
    named = [] if isinstance(modules, bool) else [_module(m) for m in modules]
    constants = constants or Constants()
    substitutes = _Substitutes(constants.indexable)
    keys: list[tuple[int, Any]] = []
    with _LOCK:
        places = Places([function] if modules is not False else (), named)
        for place in places:
            new = substitutes.of(place.value, 0)
            if place.value is np.ndarray and places.is_pattern(place):
                new = AnyArray
            if new is not None or (is_stand_in(place.value) and _replacements.holds(place)):
                keys.append(_replacements.put(place, new))
        for names in places.modules.values():
            for name, obj in PYTHON_NAMES.items():
                if names.get(name, obj) is obj:
                    keys.append(_replacements.put(Place(names, name, _MISSING, True), obj))
        translation = Translation(places, constants, keys)
        translation.switch()
        if places.imports_numpy:
            place = Place(builtins, "__import__", builtins.__import__, False)
            keys.append(_replacements.put(place, partial(_import, builtins.__import__)))
    token = _current.set(translation)
    noting = notes.set(translation.notes)
    switching = switch_scipy.set(translation.switch)
    was_tracing = is_tracing.set(modules is not False)
    try:
        with watching(places.frozen):
            yield substitutes.of(function, 0) or function, translation
    finally:
        is_tracing.reset(was_tracing)
        _current.reset(token)
        notes.reset(noting)
        switch_scipy.reset(switching)
        with _LOCK:
            _replacements.remove(keys)


def _module(module: ModuleType | str) -> ModuleType:
    imported = sys.modules.get(module) if isinstance(module, str) else module
    if not isinstance(imported, ModuleType):
        raise ArgumentTypeError(
            f"translate_numpy: {module!r} is not a module that is imported; import it first"
        )
    return imported


def note_conversion() -> None:
    """Note that numpy was asked for the elements of a traced array by code that is translated."""
    translation = _current.get()
    if translation is None:
        return
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("onnxp."):
        frame = frame.f_back
    if id(frame.f_globals) in translation.places.modules:
        translation.notes.need_indexable()


def _import(original: Any, name: str, names: Any = None, *args: Any) -> Any:
    """Import a module, or what stands for numpy in code that is traced."""
    module = original(name, names, *args)
    translation = _current.get()
    if translation is None or id(names) not in translation.places.modules:
        return module
    return (
        stands_for(module)
        or stands_for_scipys(module)
        or stands_for_einops(module)
        or stands_for_maths(module)
        or module
    )


_PLAIN = frozenset((bool, bytes, complex, dict, float, int, list, set, str, type(None)))
_PACKAGES = frozenset(("builtins", "functools", "numpy", "scipy", "uarray"))
"""The packages of the classes of objects that something stands for."""


class _Substitutes:
    """What stands for objects of numpy, and for tuples and partial functions that contain them."""

    def __init__(self, constants: bool) -> None:
        self._constants = constants
        self._arrays: dict[int, tuple[Any, Any]] = {}

    def of(self, value: Any, depth: int) -> Any:
        """Return what stands for an object, None for the object itself."""
        kind = type(value)
        if kind in _PLAIN:
            return None
        if kind is np.ndarray:
            if not self._constants:
                return None
            return self._arrays.setdefault(id(value), (value, as_constant(value)))[1]
        if issubclass(kind, tuple) and depth < 4:
            # an object may raise when it is asked for its class
            parts = self._parts(value, depth)
            if parts is None:
                return None
            return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
        if issubclass(kind, partial):
            parts = self._parts((value.func, *value.args), depth)
            named = self._parts(tuple(value.keywords.values()), depth)
            if parts is None and named is None:
                return None
            func, *args = parts or (value.func, *value.args)
            keywords = zip(value.keywords, named or value.keywords.values(), strict=True)
            return partial(func, *args, **dict(keywords))
        if kind is ModuleType or kind is BuiltinFunctionType:
            maths = stands_for_maths(value)
            if maths is not None:
                return maths
        owner = value if issubclass(kind, type) or kind.__name__ == COMPILED else kind
        if owner.__module__.partition(".")[0] not in _PACKAGES:
            return None
        return (
            stands_for_wrapper(value)
            or stands_for(value)
            or stands_for_scipys(value)
            or stands_for_einops(value)
        )

    def _parts(self, values: tuple[Any, ...], depth: int) -> list[Any] | None:
        new = [self.of(value, depth + 1) for value in values]
        if all(part is None for part in new):
            return None
        return [old if part is None else part for old, part in zip(values, new, strict=True)]
