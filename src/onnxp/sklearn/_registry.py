"""The registry: array code for what scikit-learn, or another library, computes in compiled code.

How to add a replacement
------------------------
scikit-learn's own Python runs on traced arrays; only what no traced array gets through is replaced. There are
three kinds of rows; ``onnxp.sklearn._replacements`` has scikit-learn's, in a module for each of its own:

A function or a method, named as ``"module:function"`` or ``"module:Class.method"``, where it is *defined*::

    @replaces("mylib._fast:softness", reason="It is compiled (2.1.0, _fast.pyx:12).")
    def _softness(xp, /, x):
        return xp.log1p(xp.exp(x))

The replacement takes the namespace, then what the function takes. It is called only while an estimator is
traced, by the tracing thread, and only if an argument is a traced array, or a list of such; other calls, in
other threads too, get the function itself. Replace the innermost leaf: the code around it, and subclasses
that override a method, keep their own behaviour. Where it meets a case that it does not compute, it returns
``NotImplemented`` before it records anything, and the original runs. It must not decide by values at hand.

A compiled object in an attribute of an estimator, which no assignment reaches::

    @stands_in("mylib._table:Table")
    class TracedTable:
        def __init__(self, table): ...
        def lookup(self, x): ...

Objects of this type become ``TracedTable(table)`` in the converted estimator.

A class that computes in float64 whatever comes in::

    computes_in("float64", "mylib.model:Model")

With float32 input, the fitted numbers of the others are cast to float32; of these, and of the estimators
inside them, they are not. Cast the input in the replacement where the library does.

Names are given as text so that nothing is imported for them; classes do as well. `self` in a method is the
converted estimator: ``np.asarray(self.weights_)`` gives its fitted numbers to the host, where constants are
best prepared. A package puts its rows into a module that an entry point of the group ``onnxp.sklearn``
names, called as the package whose estimators it is for; it is imported when such an estimator is met.
An object that holds traced arrays, such as a table of columns, counts as one if its class has
``__onnxp_traced__ = True``. Tests check that every name is there.
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
from onnxp._src.dtypes.dtype import DType, as_dtype
from onnxp._src.ops.versions import release
from onnxp.errors import ArgumentError, ArgumentTypeError

Function = Callable[..., Any]
_F = TypeVar("_F", bound=Function)
GROUP = "onnxp.sklearn"


class Replacement(NamedTuple):
    """One function or method to replace.

    Attributes
    ----------
    path : str
        Where it is defined: ``"module:function"`` or ``"module:Class.method"``.
    function : callable
        Takes the namespace first, then what the replaced one takes.
    reason : str
        What no traced array gets through, with the version and the line where it was seen.
    versions : str
        The versions of the package that it is for, such as ``">=2,<4"``; empty for all.
    """

    path: str
    function: Function
    reason: str = ""
    versions: str = ""

    @property
    def applies(self) -> bool:
        """Whether it is for the version that is imported."""
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
"""What makes a stand-in, by the path of the type."""
COMPUTES_IN: dict[str, DType] = {}
"""The dtype that fitted numbers keep, by the path of the class."""
_local: ContextVar[Mapping[str, Function]] = ContextVar("replaced", default={})  # noqa: B039
_loaded: set[str] = set()


def replaces(path: str, *, reason: str = "", versions: str = "") -> Callable[[_F], _F]:
    """Register array code for a function or method that no traced array gets through.

    Parameters
    ----------
    path : str
        Where the function is defined: ``"module:function"`` or ``"module:Class.method"``. A later
        replacement of the same path takes the place of an earlier one.
    reason : str, optional
        What stops a traced array, for those who read the code.
    versions : str, optional
        The versions of the package that the replacement is for, such as ``">=2,<4"``.

    Returns
    -------
    callable
        A decorator for the replacement. It takes the namespace first, then what the function takes; it may
        return ``NotImplemented``, and the original runs.

    Raises
    ------
    ArgumentError
        If the path or the versions are not of that form.

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
    """Register what takes the place of a compiled object in an attribute of an estimator.

    Parameters
    ----------
    kind : type or str
        The type of the object, or its path, ``"module:Class"``; compiled subclasses are meant too.

    Returns
    -------
    callable
        A decorator for a class or function that takes such an object and returns its stand-in.

    Raises
    ------
    ArgumentError
        If `kind` is text but no path.
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
    """Say which dtype an estimator computes in, whatever its input is.

    Parameters
    ----------
    dtype : dtype
        What its fitted floating-point numbers become, and those of the estimators inside it; for input of
        another dtype, those of other estimators are cast to it.
    kind : type or str
        The class of the estimator, or its path, ``"module:Class"``; subclasses are meant too.

    Raises
    ------
    ArgumentError
        If `kind` is text but no path.
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
    """Replace functions in what is traced inside, by this thread.

    Parameters
    ----------
    functions : mapping of str to callable
        By path, ``"module:function"`` or ``"module:Class.method"``, replacements as `replaces` takes them.

    Raises
    ------
    ArgumentError
        If there is no such function.

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


# What the rest of the package asks


def replacements() -> dict[str, Function]:
    """Return the replacements of this thread, by path."""
    rows = {row.path: row.function for row in REPLACEMENTS if row.applies}
    return {**rows, **_local.get()}


def stand_in(obj: Any) -> Callable[[Any], Any] | None:
    """Return what makes a stand-in of an object, if there is such."""
    for kind in type(obj).__mro__:
        make = STAND_INS.get(_path(kind))
        if make is not None or not is_compiled(kind):
            return make
    return None


def is_compiled(kind: type) -> bool:
    """Whether the attributes of a class cannot be set."""
    return not kind.__flags__ & 1 << 9  # Py_TPFLAGS_HEAPTYPE


def own_dtype(kind: type) -> DType | None:
    """Return the dtype that a class computes in whatever comes in, if it is registered."""
    return next((d for c in kind.__mro__ if (d := COMPUTES_IN.get(_path(c))) is not None), None)


def load(kind: type) -> None:
    """Import what entry points name for the package of a class, once."""
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
    """Return the module or class that has a function, and its name there; None if it is not imported."""
    module, _, name = path.partition(":")
    owner: Any = sys.modules.get(module)
    *classes, name = name.split(".")
    for part in classes:
        owner = getattr(owner, part, None)
    return None if getattr(owner, name, None) is None else (owner, name)


def is_traced(obj: Any) -> bool:
    """Whether an argument is a traced array, or a list or another object of such."""
    if isinstance(obj, Array):
        return obj.is_traced
    if isinstance(obj, list | tuple):
        return any(isinstance(part, Array) and part.is_traced for part in obj)
    return bool(getattr(type(obj), "__onnxp_traced__", False))


def _path(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _path_of(kind: type | str, what: str) -> str:
    if isinstance(kind, type):
        return _path(kind)
    if not isinstance(kind, str):
        raise ArgumentTypeError(f'{what} takes a type, or "module:Class", not {kind!r}')
    _check_path(kind)
    return kind


def _check_path(path: object) -> None:
    if not isinstance(path, str) or not re.fullmatch(r"\w+(\.\w+)*:\w+(\.\w+)*", path):
        raise ArgumentError(
            f'{path!r} is no path: write "module:function" or "module:Class.method", where it is defined'
        )


def _parts(row: Replacement) -> list[tuple[str, str]]:
    parts = [part.strip() for part in row.versions.split(",") if part.strip()]
    matches = [re.fullmatch(r"(>=|<)\s*(\d[\d.]*)", part) for part in parts]
    if not all(matches):
        raise ArgumentError(f'versions={row.versions!r} is not of the form ">=2,<4"')
    return [(m[1], m[2]) for m in matches if m]
