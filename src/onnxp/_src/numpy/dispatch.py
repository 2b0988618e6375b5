"""The registry of supported numpy functions, and their conversion of arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim
from onnxp.errors import ArgumentError, NumpyFunctionError

Axes = int | tuple[int, ...] | None

FUNCTIONS: dict[Any, Callable[..., Any]] = {}
"""The implementations of numpy functions, with numpy's signatures."""


def implements(*functions: Callable[..., Any]) -> Callable[..., Any]:
    """Register an implementation of numpy functions."""

    def register(translated: Callable[..., Any]) -> Callable[..., Any]:
        for function in functions:
            FUNCTIONS[function] = translated
        return translated

    return register


def call(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Call a numpy function with arguments that contain arrays of onnxp.

    Concrete arrays are converted to numpy arrays for unsupported functions, which return numpy arrays.

    Raises
    ------
    NumpyFunctionError
        If the function is not supported and an array is traced.
    """
    translated = FUNCTIONS.get(function)
    name = f"{function.__module__}.{function.__name__}"
    if translated is not None:
        try:
            return translated(*args, **kwargs)
        except TypeError as error:
            if type(error) is not TypeError:
                raise
            raise NumpyFunctionError(
                f"{name} is not supported with these arguments: {error}"
            ) from error
    if any(x.is_traced for x in _arrays((args, kwargs))):
        raise NumpyFunctionError(
            f"{name} is not supported for traced arrays; use functions of the namespace of the array, or "
            "call it outside the traced function if its arguments do not depend on the input"
        )
    return function(*_hosted(args), **_hosted(kwargs))


def _arrays(obj: Any) -> Iterator[Any]:
    if isinstance(obj, xp().Array):
        yield obj
    elif isinstance(obj, tuple | list):
        for part in obj:
            yield from _arrays(part)
    elif isinstance(obj, dict):
        yield from _arrays(list(obj.values()))


def _hosted(obj: Any) -> Any:
    if isinstance(obj, xp().Array):
        return np.asarray(obj)
    if isinstance(obj, tuple | list):
        return type(obj)([_hosted(part) for part in obj])
    if isinstance(obj, dict):
        return {key: _hosted(value) for key, value in obj.items()}
    return obj


def as_array(obj: Any) -> Any:
    """Convert an object to an array."""
    return obj if isinstance(obj, xp().Array) else xp().asarray(obj)


def as_float(obj: Any, dtype: object = None) -> Any:
    """Convert an object to an array of `dtype`; by default, integers and bools become float64, as in numpy."""
    array = as_array(obj)
    if dtype is not None:
        return xp().astype(array, dtype)
    if xp().isdtype(array.dtype, ("bool", "integral")):
        return xp().astype(array, xp().float64)
    return array


def in_common(*objects: Any) -> list[Any]:
    """Convert objects to arrays of the dtype to which numpy promotes them."""
    dtype = np.result_type(*map(_kind, objects))
    return [xp().astype(as_array(x), dtype, copy=False) for x in objects]


def _kind(obj: Any) -> Any:
    """Return an argument for `numpy.result_type`: a dtype, or a Python number for numbers and sizes."""
    if isinstance(obj, Dim | DimReal):
        return 1 if isinstance(obj, Dim) else 1.0
    return obj if type(obj) in (bool, int, float, complex) else as_array(obj).dtype.numpy


def no_out(out: Any, name: str) -> None:
    """Raise an error if `out` is given.

    Raises
    ------
    ArgumentError
        If `out` is not None.
    """
    if out is not None:
        raise ArgumentError(f"numpy.{name}: the argument out is not supported")
