"""The registry of array code that replaces functions of scikit-learn or another library.

How to add a replacement
------------------------
The Python code of scikit-learn runs with traced arrays. Only code that does not support them, such as
compiled code, is replaced. There are three kinds of rows. ``onnxp.sklearn._replacements`` has those for
scikit-learn, in a module for each of its modules.

A function or a method, with the path ``"module:function"`` or ``"module:Class.method"`` of its definition::

    @replaces("mylib._fast:softness", reason="It is compiled (2.1.0, _fast.pyx:12).")
    def _softness(xp, /, x):
        return xp.log1p(xp.exp(x))

The arguments of the replacement are the namespace and the arguments of the function. It is called only while
an estimator is traced, by the tracing thread, and only if an argument is a traced array or a list of these.
All other calls run the original function. Replace the innermost function, so that the code around it, and
subclasses that override a method, keep their behavior. For a case that it does not support, the
replacement must return ``NotImplemented`` before recording anything, and the original runs. It must
not depend on the values of arrays. A function of a package itself, ``"pandas:concat"``, is left as it is in the
modules inside of the package.

A compiled object in an attribute of an estimator::

    @stands_in("mylib._table:Table")
    class TracedTable:
        def __init__(self, table): ...
        def lookup(self, x): ...

Objects of this type become ``TracedTable(table)`` in the converted estimator.

A class that always computes in float64::

    computes_in("float64", "mylib.model:Model")

For float32 input and ``exact=False``, the fitted numbers of other estimators are cast to float32, but not those
of this class and of the estimators inside it. The replacement must cast the input where the library does.

Paths are text, so that registering does not import the library; classes are accepted as well. `self` in a
method is the converted estimator. ``np.asarray(self.weights_)`` returns its fitted numbers, from which
numpy can compute constants. A package registers its rows in a module that an entry point of the group
``onnxp.sklearn`` names. The entry point has the name of the library, whose estimators trigger the import.
An object that contains traced arrays, such as a table of columns, is treated as a traced array if its
class has ``__onnxp_traced__ = True``. Tests check that all paths exist.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.metadata import EntryPoints, entry_points
from typing import Any, NamedTuple, TypeVar

from onnxp._src.array.array import Array
from onnxp._src.dtypes.dtype import DType
from onnxp._src.dtypes.names import as_dtype
from onnxp._src.ops.versions import release
from onnxp.errors import ArgumentError, ArgumentTypeError

Function = Callable[..., Any]
_F = TypeVar("_F", bound=Function)
GROUP = "onnxp.sklearn"


class Replacement(NamedTuple):
    """A replacement of a function or method.

    Attributes
    ----------
    path : str
        The path of the definition: ``"module:function"`` or ``"module:Class.method"``.
    function : callable
        The replacement. Its arguments are the namespace and the arguments of the function.
    reason : str
        Why the function does not support traced arrays, with the version and the line.
    versions : str
        The versions of the package that need the replacement, such as ``">=2,<4"``; empty for all.
    """

    path: str
    function: Function
    reason: str = ""
    versions: str = ""

    @property
    def applies(self) -> bool:
        """Return whether the imported version needs the replacement."""
        if not self.versions:
            return True
        package = sys.modules.get(self.path.partition(":")[0].partition(".")[0])
        version = release(str(getattr(package, "__version__", "")))
        return all(_COMPARE[sign](version, release(number)) for sign, number in _parts(self))


_COMPARE: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
}

REPLACEMENTS: list[Replacement] = []
STAND_INS: dict[str, Callable[[Any], Any]] = {}
"""The functions that create stand-ins, by the path of the type."""
COMPUTES_IN: dict[str, DType] = {}
"""The dtypes that estimators compute in, by the path of the class."""
_local: ContextVar[Mapping[str, Function]] = ContextVar("replaced", default={})  # noqa: B039
_loaded: set[str] = set()


def replaces(path: str, *, reason: str = "", versions: str = "") -> Callable[[_F], _F]:
    """Register array code for a function or method that does not support traced arrays.

    Parameters
    ----------
    path : str
        The path of the definition: ``"module:function"`` or ``"module:Class.method"``. Registering the
        same path again overrides the previous replacement.
    reason : str, optional
        Why the function does not support traced arrays, for readers of the code.
    versions : str, optional
        The versions of the package that need the replacement, such as ``">=2,<4"``.

    Returns
    -------
    callable
        A decorator for the replacement. The arguments of the replacement are the namespace and the arguments
        of the function. If it returns ``NotImplemented``, the original runs.

    Raises
    ------
    ArgumentError
        If `path` or `versions` is invalid.

    See Also
    --------
    replacing : for one trace.

    Examples
    --------
    >>> from onnxp.sklearn import replaces
    >>> @replaces("mylib._fast:softness", versions=">=2")
    ... def softness(xp, /, x):
    ...     return xp.log1p(xp.exp(x))
    """
    _check_path(path)

    def register(function: _F) -> _F:
        row = Replacement(path, function, reason, versions)
        _parts(row)
        REPLACEMENTS.append(row)
        return function

    return register


def stands_in(kind: type | str) -> Callable[[_F], _F]:
    """Register a replacement for compiled objects in attributes of estimators.

    Parameters
    ----------
    kind : type or str
        The type of the objects, or its path, ``"module:Class"``. Compiled subclasses are included.

    Returns
    -------
    callable
        A decorator for a class or function that is called with an object and returns its replacement.

    Raises
    ------
    ArgumentError
        If `kind` is text, but not a path.
    ArgumentTypeError
        If `kind` is neither text nor a type.

    Examples
    --------
    >>> import onnxp as xp
    >>> from onnxp.sklearn import stands_in
    >>> @stands_in("mylib._table:Table")
    ... class TracedTable:
    ...     def __init__(self, table):
    ...         self.steps = xp.asarray(table.steps)
    ...
    ...     def lookup(self, x):
    ...         return xp.take(self.steps, x)
    """
    path = _path_of(kind, "stands_in")

    def register(make: _F) -> _F:
        STAND_INS[path] = make
        return make

    return register


def computes_in(dtype: object, kind: type | str) -> None:
    """Declare the dtype in which an estimator computes for every input.

    Parameters
    ----------
    dtype : dtype
        The dtype that it computes in. Fitted numbers are cast to the dtype of the input, but not those of this
        estimator and of the estimators inside it.
    kind : type or str
        The class of the estimator, or its path, ``"module:Class"``. Subclasses are included.

    Raises
    ------
    ArgumentError
        If `kind` is text, but not a path.
    ArgumentTypeError
        If `kind` is neither text nor a type.

    Examples
    --------
    >>> from onnxp.sklearn import computes_in
    >>> computes_in("float64", "mylib:Model")
    """
    COMPUTES_IN[_path_of(kind, "computes_in")] = as_dtype(dtype)


@contextmanager
def replacing(functions: Mapping[str, Function]) -> Iterator[None]:
    """Replace functions for the duration of the context, in this thread.

    Parameters
    ----------
    functions : mapping of str to callable
        The replacements, as for `replaces`, by path: ``"module:function"`` or ``"module:Class.method"``.

    Raises
    ------
    ArgumentError
        If a function does not exist.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from onnxp.sklearn import replacing, trace_estimator
    >>> def plain(xp, self, X):
    ...     return X @ self.coef_ + self.intercept_
    >>> ridge = Ridge().fit(np.eye(3), np.arange(3.0))
    >>> with replacing({"sklearn.linear_model._base:LinearModel.predict": plain}):
    ...     program = trace_estimator(ridge)
    """
    for path in functions:
        _check_path(path)
        try:
            importlib.import_module(path.partition(":")[0])
        except ImportError as error:
            raise ArgumentError(f"replacing: {path!r} cannot be imported: {error}") from error
        if find(path) is None:
            raise ArgumentError(
                f"replacing: {path.partition(':')[0]} has no {path.partition(':')[2]}"
            )
    token = _local.set({**_local.get(), **functions})
    try:
        yield
    finally:
        _local.reset(token)


# Queries


def replacements() -> dict[str, Function]:
    """Return the replacements of this thread, by path."""
    rows = {row.path: row.function for row in REPLACEMENTS if row.applies}
    return {**rows, **_local.get()}


def stand_in(obj: Any) -> Callable[[Any], Any] | None:
    """Return the function that creates a stand-in for an object, if there is one."""
    for kind in type(obj).__mro__:
        make = STAND_INS.get(_path(kind))
        if make is not None or not is_compiled(kind):
            return make
    return None


def is_compiled(kind: type) -> bool:
    """Return whether the attributes of a class cannot be set."""
    return not kind.__flags__ & 1 << 9  # Py_TPFLAGS_HEAPTYPE


def own_dtype(kind: type) -> DType | None:
    """Return the dtype in which a class always computes, if it is registered."""
    return next((d for c in kind.__mro__ if (d := COMPUTES_IN.get(_path(c))) is not None), None)


def load(kind: type) -> None:
    """Import the entry points for the package of a class, once."""
    package = kind.__module__.partition(".")[0]
    if package in _loaded:
        return
    _loaded.add(package)
    for point in _entry_points():
        if point.name == package:
            point.load()


@cache
def _entry_points() -> EntryPoints:
    return entry_points(group=GROUP)


def find(path: str) -> tuple[Any, str] | None:
    """Return the module or class that defines a function, and its name there; None if it is not imported."""
    module, _, name = path.partition(":")
    owner: Any = sys.modules.get(module)
    *classes, name = name.split(".")
    for part in classes:
        owner = getattr(owner, part, None)
    return None if owner is None or getattr(owner, name, None) is None else (owner, name)


def is_traced(obj: Any) -> bool:
    """Return whether an argument is a traced array, or a list, a dict or another object of traced arrays."""
    if isinstance(obj, Array):
        return obj.is_traced
    if type(obj) is dict:
        return any(
            not isinstance(part, dict | list | tuple) and is_traced(part) for part in obj.values()
        )
    if getattr(type(obj), "__onnxp_traced__", False):
        return True
    if isinstance(obj, list | tuple):
        return any(not isinstance(part, list | tuple) and is_traced(part) for part in obj)
    return False


def _path(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _path_of(kind: type | str, what: str) -> str:
    if isinstance(kind, type):
        return _path(kind)
    if not isinstance(kind, str):
        raise ArgumentTypeError(
            f'{what}: the class must be a type, or "module:Class", not {kind!r}'
        )
    _check_path(kind)
    return kind


def _check_path(path: object) -> None:
    if not isinstance(path, str) or not re.fullmatch(r"\w+(\.\w+)*:\w+(\.\w+)*", path):
        raise ArgumentError(
            f'{path!r} is not a path: write "module:function" or "module:Class.method" of the definition'
        )


def _parts(row: Replacement) -> list[tuple[str, str]]:
    parts = [part.strip() for part in row.versions.split(",") if part.strip()]
    matches = [re.fullmatch(r"(>=|<)\s*(\d[\d.]*)", part) for part in parts]
    if not all(matches):
        raise ArgumentError(f'versions={row.versions!r} must have the form ">=2,<4"')
    return [(m[1], m[2]) for m in matches if m]
