"""Installation of the registered replacements while an estimator is traced.

An installed function checks at each call whether this thread is tracing and an argument is traced, and calls
the original otherwise. Other threads, and callers with numpy arrays, are not affected. A function that is
exchanged is also called with numpy arrays, in the context that exchanges it.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import CellType, ModuleType
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace
from onnxp._src.numpy.translation import translating
from onnxp.errors import ArgumentError
from onnxp.sklearn._numpy_namespace import SklearnNumpy
from onnxp.sklearn._registry import Function, find, is_traced, replacements

_LOCK = threading.Lock()
_NUMPY = SklearnNumpy()
_MISSING = object()
_active: ContextVar[Mapping[str, Function] | None] = ContextVar("active", default=None)
_exchanged: ContextVar[Mapping[str, Function] | None] = ContextVar("exchanged", default=None)
_installed: list[tuple[Any, str, Any]] = []  # owner, name, original
_paths: set[str] = set()
_users = 0


@contextmanager
def installed() -> Iterator[None]:
    """Install the replacements for the duration of the context; safe across threads."""
    functions = replacements()
    with _in_place(functions):
        token = _active.set(functions)
        try:
            with translating():
                yield
        finally:
            _active.reset(token)


@contextmanager
def exchanged(functions: Mapping[str, Function]) -> Iterator[None]:
    """Exchange functions for calls with numpy arrays in this context, where nothing is traced.

    Parameters
    ----------
    functions : mapping of str to callable
        What is called instead, by path: ``"module:function"`` or ``"module:Class.method"``. Its arguments are
        the original and the arguments of the function.
    """
    with _in_place(functions):
        token = _exchanged.set(functions)
        try:
            yield
        finally:
            _exchanged.reset(token)


@contextmanager
def _in_place(paths: Iterable[str]) -> Iterator[None]:
    """Put functions that can be replaced in the places of the originals, until the last thread leaves."""
    global _users
    with _LOCK:
        try:
            _install(set(paths) - _paths)
        except BaseException:
            if _users == 0:
                _restore()
            raise
        _users += 1
    try:
        yield
    finally:
        with _LOCK:
            _users -= 1
            if _users == 0:
                _restore()


def _install(paths: Iterable[str]) -> None:
    if _users == 0:
        checks = sys.modules["sklearn.utils._array_api"]
        _put(checks, "_check_array_api_dispatch", _accepting(checks._check_array_api_dispatch))
        for module in _of_sklearn(len(sys.modules)):
            if vars(module).get("np") is np:
                _put(module, "np", _NUMPY)
    functions: dict[str, Any] = {}
    for path in sorted(paths):
        place = find(path)  # modules that are not imported are not used
        if place is None:
            continue
        owner, name = place
        original = getattr(owner, name)
        attribute = vars(owner).get(name)
        inner = _wrapped(original)
        if inner is not None:
            _put(inner, "cell_contents", _replaceable(inner.cell_contents, path))
        elif hasattr(attribute, "fn") and hasattr(attribute, "check"):
            # scikit-learn's `available_if`
            _put(attribute, "fn", _replaceable(attribute.fn, path))
        elif isinstance(attribute, staticmethod):
            _put(owner, name, staticmethod(_replaceable(original, path)))
        elif isinstance(owner, type):
            _put(owner, name, _replaceable(original, path))
        else:
            functions[path] = original
        _paths.add(path)
    for module, name, path in _uses(functions):
        _put(module, name, _replaceable(functions[path], path))


@functools.lru_cache(maxsize=1)
def _of_sklearn(count: int) -> list[ModuleType]:
    """Return the modules of scikit-learn, of `count` modules that are imported."""
    return [module for name, module in list(sys.modules.items()) if name.startswith("sklearn.")]


def _uses(functions: Mapping[str, Any]) -> list[tuple[ModuleType, str, str]]:
    """Return the modules and names to which functions are bound, with the paths of the functions."""
    paths = {id(function): path for path, function in functions.items()}
    here = sys.modules.get("__main__")
    places = [place for module in [here] if module for place in _bound(module, paths)]
    key = (len(sys.modules), frozenset(paths.items()))
    if _cache.get("key") != key:
        _cache["key"] = key
        _cache["places"] = [
            place
            for name, module in list(sys.modules.items())
            if module is not here
            and hasattr(module, "__dict__")
            and name.partition(".")[0] not in sys.stdlib_module_names
            for place in _bound(module, paths)
        ]
    for module, name, path in _cache["places"]:
        if vars(module).get(name) is functions[path]:
            places.append((module, name, path))
    return places


_cache: dict[str, Any] = {}


def _bound(module: ModuleType, paths: Mapping[int, str]) -> list[tuple[ModuleType, str, str]]:
    """Return the names of a module that are bound to functions; none of its own package's public functions."""
    bound = list(vars(module).items())
    package, _, inside = module.__name__.partition(".")
    return [
        (module, name, paths[id(obj)])
        for name, obj in bound
        if id(obj) in paths and not (inside and paths[id(obj)].startswith(f"{package}:"))
    ]


def _wrapped(function: Callable[..., Any]) -> CellType | None:
    """Return the cell with the function that a parameter-checking wrapper of scikit-learn calls.

    Replacing it there replaces it for all modules that have imported the wrapper. The wrappers of other
    packages are replaced themselves, because they may convert the arguments.
    """
    module = getattr(function, "__globals__", {}).get("__name__", "")
    if not module.startswith("sklearn."):
        return None
    inner = getattr(function, "__wrapped__", None)
    cells = getattr(function, "__closure__", None) or ()
    return next((cell for cell in cells if inner and cell.cell_contents is inner), None)


def _accepting(check: Callable[[Any], None]) -> Callable[[Any], None]:
    """Allow the array API support of scikit-learn in a thread that traces."""
    # scikit-learn requires SCIPY_ARRAY_API=1 before scipy is imported, because of functions of scipy.

    @functools.wraps(check)
    def accept(array_api_dispatch: bool) -> None:
        if _active.get() is None:
            check(array_api_dispatch)

    return accept


@functools.lru_cache(maxsize=1024)
def _replaceable(original: Function, path: str) -> Function:
    @functools.wraps(original)
    def function(*args: Any, **kwargs: Any) -> Any:
        active = _active.get()
        if active is not None and any(is_traced(obj) for obj in (*args, *kwargs.values())):
            replacement = active.get(path)
            if replacement is not None:
                result = replacement(namespace(), *args, **kwargs)
                if result is not NotImplemented:
                    return result
        if active is None and (exchanges := _exchanged.get()) is not None and path in exchanges:
            return exchanges[path](original, *args, **kwargs)
        return original(*args, **kwargs)

    return function


def _put(owner: Any, name: str, value: Any) -> None:
    before = getattr(owner, name)
    if isinstance(owner, type):
        before = vars(owner).get(name, _MISSING)
    try:
        setattr(owner, name, value)
    except TypeError as error:
        raise ArgumentError(
            f"{owner.__name__}.{name} cannot be replaced: the class is compiled. Replace its objects where "
            f'they are attributes of an estimator: @stands_in("{owner.__module__}:{owner.__qualname__}")'
        ) from error
    _installed.append((owner, name, before))


def _restore() -> None:
    _paths.clear()
    while _installed:
        owner, name, before = _installed.pop()
        if before is _MISSING:
            delattr(owner, name)
        else:
            setattr(owner, name, before)
