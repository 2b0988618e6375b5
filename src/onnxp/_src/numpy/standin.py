"""numpy, as functions see it while they are traced: it creates arrays of traced sizes and of traced arrays.

numpy lets other libraries answer for functions of their arrays, but not for functions that create arrays.
In ``np.zeros(len(X))`` and in ``np.array([x, y])`` no argument is an array to dispatch on.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial, reduce
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy import bytecode, creation, functions
from onnxp._src.numpy.constants import ConstantArray, as_writable, made, plain
from onnxp._src.numpy.dispatch import Composite, has_arrays, without_tables
from onnxp._src.numpy.objects import FromPython, class_for, stands_for_object
from onnxp._src.numpy.operands import as_array
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Dim

is_tracing: ContextVar[bool] = ContextVar("is_tracing", default=False)
"""Whether numpy's functions are translated, which holds in a thread that traces."""

_FUNCTIONS = (FunctionType, BuiltinFunctionType, type(np.sum))
COMPILED = "cython_function_or_method"
"""The name of the class of functions of `numpy.random`."""
_SUBMODULES = ("char", "fft", "linalg", "ma", "polynomial", "random", "rec", "strings", "testing")
_WRITABLE = frozenset(
    "array copy empty empty_like eye full full_like identity ones ones_like zeros zeros_like".split()
)
"""The functions whose results are arrays of onnxp, because code writes into them."""
_BLANK = frozenset("empty empty_like full full_like zeros zeros_like".split())
"""Those of them whose results are written into even if they are text, rather than looked up."""
_ITERATORS = (np.nditer, np.ndenumerate, np.broadcast)
"""The classes that take arrays apart, as functions do."""
_VIEWS = frozenset(("asanyarray", "asarray", "ascontiguousarray", "asfortranarray", "require"))
_MAKES_ARRAYS = frozenset(("array", "atleast_1d", "atleast_2d", *_VIEWS))
"""The functions that make arrays of what are tables, which other functions may return as they are."""

OF_SIZES: dict[Any, Callable[[Any], Any]] = {
    np.prod: math.prod,
    np.sum: sum,
    **dict.fromkeys((np.max, np.amax, max), partial(reduce, dims.maximum)),
    **dict.fromkeys((np.min, np.amin, min), partial(reduce, dims.minimum)),
}
"""The functions that give a size of a tuple of sizes."""


_own = object.__getattribute__


def is_shape(obj: Any) -> bool:
    """Return whether an object is a tuple or list of sizes, one of which is symbolic."""
    sizes = obj if isinstance(obj, tuple | list) else ()
    return any(isinstance(size, Dim) for size in sizes) and all(
        isinstance(size, int | Dim) for size in sizes
    )


class NumpyNamespace(ModuleType):
    """numpy or one of its modules, whose functions accept traced arrays in a thread that traces.

    In another thread, and after the trace, each attribute is numpy's own object.

    Parameters
    ----------
    module : module
        numpy, or a module of it.
    writable : bool
        Whether functions such as ``zeros`` return arrays of onnxp, and all others arrays that traced arrays can
        index. Otherwise they return arrays of numpy if no argument is traced.
    """

    def __init__(self, module: ModuleType, *, writable: bool = True) -> None:
        super().__init__(module.__name__, module.__doc__)
        self.__dict__.update(_module=module, _writable=writable, _translations={})
        for name in ("__file__", "__path__", "__spec__", "__package__", "__loader__"):
            if hasattr(module, name):
                self.__dict__[name] = getattr(module, name)

    def __getattribute__(self, name: str) -> Any:
        if name[0] != "_" and is_tracing.get():  # what a module lacks is looked for at length
            state = _own(self, "__dict__")
            value = getattr(state["_module"], name, None)
            if not isinstance(value, type):
                translation = state["_translations"].get(id(value))
                if translation is not None:
                    return translation
        return super().__getattribute__(name)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        if not is_tracing.get():
            return value
        if value is np.ndarray:
            frame = sys._getframe(1)
            is_pattern = bytecode.is_pattern(frame) or bytecode.is_imported_pattern(frame)
            return AnyArray if is_pattern else value
        if (
            isinstance(value, type)
            and issubclass(value, np.generic)
            and bytecode.is_called(sys._getframe(1))
        ):
            return partial(_converted, value)
        is_ma = self._module.__name__ == "numpy.ma"
        if is_ma and value is np.ma.MaskedArray and bytecode.is_called(sys._getframe(1)):
            return Function(value, writable=False)
        return self.translated(value)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._module, name, value)

    def __dir__(self) -> list[str]:
        return dir(self._module)

    def __repr__(self) -> str:
        return repr(self._module)

    def translated(self, value: Any) -> Any:
        """Return what stands for an object of numpy while a function is traced."""
        translations: dict[int, Any] = self._translations
        result = translations.get(id(value))
        if result is None:
            result = translations.setdefault(id(value), self._translation(value))
        return result

    def _translation(self, value: Any) -> Any:
        if isinstance(value, np.ufunc):
            return Ufunc(value, self._writable)
        if value is np.frompyfunc:
            return FromPython
        if callable(value) and not isinstance(value, type):
            is_generic = value.__module__.startswith("numpy.polynomial")  # of Python's operators
            return value if is_generic else Function(value, self._writable)
        if isinstance(value, type):
            return class_for(value) or (Function(value, True) if value in _ITERATORS else value)
        if isinstance(value, ModuleType) and value.__name__.removeprefix("numpy.") in _SUBMODULES:
            # masked arrays stay what they are: as constants of onnxp they would lose the mask
            writable = self._writable and value is not sys.modules.get("numpy.ma")
            return NumpyNamespace(value, writable=writable)
        is_join = value is np.c_ or value is np.r_  # a masked constant is compared without end
        return _JOINS[value.__class__.__name__](value) if is_join else value


class _AnyArray(type):
    """The class of `AnyArray`."""

    def __instancecheck__(cls, obj: Any) -> bool:
        return isinstance(obj, np.ndarray) or (isinstance(obj, xp().Array) and obj.ndim > 0)

    def __subclasscheck__(cls, kind: type) -> bool:
        return issubclass(kind, np.ndarray)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return np.ndarray(*args, **kwargs)

    def __getattr__(cls, name: str) -> Any:
        return getattr(np.ndarray, name)

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is np.ndarray

    def __hash__(cls) -> int:
        return hash(np.ndarray)


class AnyArray(metaclass=_AnyArray):
    """What `numpy.ndarray` is in a pattern of a `match` statement, which asks for classes itself."""


def _converted(kind: type, /, *args: Any, **kwargs: Any) -> Any:
    """Return what a scalar type of numpy makes of its argument, which may be a traced array or a size."""
    if len(args) == 1 and not kwargs and has_arrays(args[0]):
        return creation.array(args[0], kind)
    return kind(*args, **kwargs)


class Function:
    """A function of numpy that accepts traced arrays and sizes, in lists too, in a thread that traces."""

    def __init__(self, function: Callable[..., Any], writable: bool) -> None:
        self.__wrapped__ = function
        self.__name__ = getattr(function, "__name__", "")
        self.__doc__ = function.__doc__
        self._writable = writable

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        function = self.__wrapped__
        if not is_tracing.get():
            return function(*args, **kwargs)
        is_array = bool(args) and isinstance(args[0], xp().Array)  # as most first arguments are
        if not is_array:
            if function in OF_SIZES and len(args) == 1 and not kwargs and is_shape(args[0]):
                return OF_SIZES[function](args[0])
            if function is np.fromiter and args:  # which may be a generator of traced arrays
                args = (list(args[0]), *args[1:])
        if (
            len(args) > 1 if is_array else self.__name__ in _MAKES_ARRAYS or has_arrays(args)
        ):  # others than an array may be tables
            args = without_tables(args)
        if (is_array and self._writable) or has_arrays((args, kwargs), traced=not self._writable):
            result = functions.call(function, args, kwargs)
        else:  # of arrays that numpy may copy as it does its own
            plains = (plain(arg) if type(arg) is ConstantArray else arg for arg in args)
            result = function(*plains, **kwargs)
        return self._prepared(result, args, kwargs) if self._writable else result

    def _prepared(self, result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return arrays of numpy in the form in which traced arrays can index them or be written to them."""
        if isinstance(result, xp().Array):
            return result
        name = self.__name__
        shared = name in _VIEWS and args and isinstance(args[0], np.ndarray)
        if (name in _WRITABLE or name in _VIEWS) and not shared:
            result = as_writable(result, text=name in _BLANK)
        arrays = [x for x in (*args, *kwargs.values()) if isinstance(x, np.ndarray)]
        stand_in = stands_for_object(result)
        return made(result, arrays) if stand_in is None else stand_in

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__wrapped__, name)

    def __repr__(self) -> str:
        return repr(self.__wrapped__)

    def __eq__(self, other: object) -> bool:
        return self.__wrapped__ is (other.__wrapped__ if isinstance(other, Function) else other)

    def __hash__(self) -> int:
        return hash(self.__wrapped__)

    def __reduce__(self) -> Any:
        return _itself, (self.__wrapped__,)


class MaskedArrays(Function):
    """The class `numpy.ma.MaskedArray` under a name of the user's code."""

    def __instancecheck__(self, obj: Any) -> bool:
        return isinstance(obj, np.ma.MaskedArray | Composite)


class Ufunc(Function):
    """A universal function of numpy that accepts lists of traced arrays in a thread that traces."""

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self._call("__call__", args, kwargs)

    def _call(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        function = getattr(self.__wrapped__, method)
        if not is_tracing.get():
            return function(*args, **kwargs)
        for arg in args:
            if isinstance(arg, list | tuple):
                args = tuple(map(_as_operand, args))
                break
        result = function(*args, **kwargs)
        if not self._writable or isinstance(result, xp().Array):
            return result
        return made(result, [x for x in (*args, *kwargs.values()) if isinstance(x, np.ndarray)])

    def reduce(self, /, *args: Any, **kwargs: Any) -> Any:
        """Apply the function to all elements along an axis."""
        return self._call("reduce", args, kwargs)

    def accumulate(self, /, *args: Any, **kwargs: Any) -> Any:
        """Return the intermediate results of `reduce`."""
        return self._call("accumulate", args, kwargs)

    def reduceat(self, /, *args: Any, **kwargs: Any) -> Any:
        """Apply `reduce` to slices."""
        return self._call("reduceat", args, kwargs)

    def outer(self, /, *args: Any, **kwargs: Any) -> Any:
        """Apply the function to all pairs of elements."""
        return self._call("outer", args, kwargs)

    def at(self, /, *args: Any, **kwargs: Any) -> Any:
        """Apply the function in place at indices, of which a tuple has one for each axis."""
        ufunc: Any = self.__wrapped__
        return ufunc.at(*args, **kwargs)


def _as_operand(arg: Any) -> Any:
    """Return a list of traced arrays as an array, and other arguments of a ufunc as they are."""
    is_list = isinstance(arg, list | tuple) and has_arrays(arg)
    return as_array(creation.array(arg)) if is_list else arg


def _itself(obj: Any) -> Any:
    return obj


class _Join:
    """``np.c_`` or ``np.r_``, with traced arrays between the brackets."""

    def __init__(self, original: Any, join: Callable[[Any], Any]) -> None:
        self.__wrapped__ = original
        self._join = join

    def __getitem__(self, key: Any) -> Any:
        key = without_tables(key) if is_tracing.get() else key
        if is_tracing.get() and has_arrays(key):
            return self._join(key)
        return made(self.__wrapped__[key])

    def __len__(self) -> int:
        return 0


_JOINS: dict[str, Callable[[Any], Any]] = {
    "CClass": lambda original: _Join(original, creation.join_columns),
    "RClass": lambda original: _Join(original, creation.join_rows),
}

NUMPY = NumpyNamespace(np)
"""The namespace that stands for numpy in the code of users."""


def stands_for(value: Any) -> Any:
    """Return what stands for an object of numpy in code that is traced, None for other objects."""
    if value is np:
        return NUMPY
    if isinstance(value, type):
        is_masked = value.__module__.startswith("numpy.ma") and value.__name__ == "MaskedArray"
        return MaskedArrays(value, writable=False) if is_masked else class_for(value)
    if type(value).__module__ == "numpy.ma.core" and hasattr(value, "f"):
        return Function(value, writable=False)
    stand_in = stands_for_object(value)
    if stand_in is not None:
        return stand_in
    if isinstance(value, ModuleType):  # by name: numpy imports some when they are first used
        is_numpys = value.__name__ in {f"numpy.{name}" for name in _SUBMODULES}
        return NUMPY.translated(value) if is_numpys else None
    if not isinstance(value, (np.ufunc, *_FUNCTIONS)) and type(value).__name__ != COMPILED:
        return NUMPY.translated(value) if value is np.c_ or value is np.r_ else None
    if isinstance(value, np.ufunc):
        is_numpys = getattr(np, value.__name__, None) is value
    else:
        is_numpys = (getattr(value, "__module__", None) or "").partition(".")[0] == "numpy"
    return NUMPY.translated(value) if is_numpys else None


def is_stand_in(value: Any) -> bool:
    """Return whether an object stands for one of numpy."""
    # by its type: an object may raise when it is asked for its class
    kinds = NumpyNamespace | Function | _Join | ConstantArray | _AnyArray
    return issubclass(type(value), kinds)
