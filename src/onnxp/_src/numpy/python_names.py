"""Python's functions that treat traced arrays as arrays of numpy, and sizes as integers."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from functools import _lru_cache_wrapper, singledispatch, wraps
from types import FunctionType
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.constants import ConstantArray, as_constant
from onnxp._src.numpy.standin import OF_SIZES, Function, is_shape, is_tracing
from onnxp._src.numpy.ways import of_python
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim


def length(obj: Any, /) -> Any:
    """Return the number of rows of an array, which may be a symbolic size, and `len` of other objects."""
    if is_tracing.get() and isinstance(obj, xp().Array) and obj.ndim > 0:
        return obj.shape[0]
    if is_tracing.get() and hasattr(builtins.type(obj), "__onnxp_length__"):
        return obj.__onnxp_length__()
    return builtins.len(obj)


def is_instance(obj: Any, classes: Any, /) -> bool:
    """Return what `isinstance` says of an array of numpy for a traced array, and of an integer for a size."""
    if builtins.isinstance(classes, _Type):
        classes = builtins.type
    if builtins.isinstance(classes, tuple):
        return any(is_instance(obj, part) for part in classes)
    if builtins.isinstance(obj, classes):
        return True
    if not is_tracing.get():
        return False
    if builtins.isinstance(obj, Function):
        return builtins.isinstance(obj.__wrapped__, classes)
    kind = numpy_type(obj)
    return kind is not None and issubclass(kind, classes)


def numpy_type(obj: Any) -> type | None:
    """Return the class of the object that another library has in place of a traced array, size or table."""
    if builtins.isinstance(obj, xp().Array):
        if obj.ndim > 0:
            return np.ndarray
        own = _OF_PYTHON.get(obj.dtype.family) if of_python.get() else None
        return own or obj.dtype.numpy.type
    if builtins.isinstance(obj, Dim):
        return int
    if builtins.isinstance(obj, DimReal):
        return float
    if builtins.isinstance(obj, ConstantArray):
        return np.ndarray
    has_class = hasattr(builtins.type(obj), "__onnxp_stands_for__")
    return obj.__onnxp_stands_for__() if has_class else None


_OF_PYTHON = {"bool": bool, "int": int, "uint": int, "float": float, "string": str}
"""The classes of Python's objects, by the family of their dtypes."""


class _Type:
    """`type` with one argument; with three, and as a base of classes, it is Python's."""

    def __call__(self, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        kind = numpy_type(obj) if not args and is_tracing.get() else None
        return builtins.type(obj, *args, **kwargs) if kind is None else kind

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        return (builtins.type,)

    def __eq__(self, other: object) -> bool:
        return other is self or other is builtins.type

    def __hash__(self) -> int:
        return hash(builtins.type)

    def __getattr__(self, name: str) -> Any:
        return getattr(builtins.type, name)

    def __or__(self, other: Any) -> Any:
        return builtins.type | other

    def __ror__(self, other: Any) -> Any:
        return other | builtins.type

    def __getitem__(self, key: Any) -> Any:
        return builtins.type[key]


def _of_sizes(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `min` or `max`, which may compare symbolic sizes."""

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        sizes = args[0] if len(args) == 1 else args
        if is_tracing.get() and not kwargs and is_shape(sizes):
            return OF_SIZES[function](sizes)
        return function(*args, **kwargs)

    return called


class SingleDispatch(Function):
    """A function of `functools.singledispatch`, for which traced arrays are of numpy's classes."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function, True)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        kind = numpy_type(args[0]) if args and is_tracing.get() else None
        return self.dispatch(kind or args[0].__class__)(*args, **kwargs)

    def dispatch(self, cls: type) -> Any:
        """Return the function for a class."""
        is_ours = is_tracing.get() and cls is xp().Array
        function: Any = self.__wrapped__
        return function.dispatch(np.ndarray if is_ours else cls)


class Cached(Function):
    """A function of `functools.lru_cache`, whose results traced arrays can index."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function, True)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        result = self.__wrapped__(*args, **kwargs)
        return as_constant(result) if is_tracing.get() else result


_DISPATCHERS = (singledispatch(length).__code__,)  # type: ignore[attr-defined]  # it returns a function


def stands_for_wrapper(obj: Any) -> Function | None:
    """Return what stands for a function that a decorator of `functools` returns, None for other objects."""
    if isinstance(obj, _lru_cache_wrapper):
        return Cached(obj)
    is_dispatcher = isinstance(obj, FunctionType) and obj.__code__ in _DISPATCHERS
    return SingleDispatch(obj) if is_dispatcher else None


PYTHON_NAMES = {
    "len": length,
    "isinstance": is_instance,
    "type": _Type(),
    "min": _of_sizes(min),
    "max": _of_sizes(max),
}
"""The names that are set in modules while one of their functions is traced."""
