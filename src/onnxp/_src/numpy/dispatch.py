"""The translations of numpy's functions, by function, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim
from onnxp.errors import ArgumentError, NumpyFunctionError

FUNCTIONS: dict[Any, Callable[..., Any]] = {}
"""By numpy's function, in numpy's signature."""


def implements(*functions: Callable[..., Any]) -> Callable[..., Any]:
    """Register a translation of numpy functions."""

    def register(translated: Callable[..., Any]) -> Callable[..., Any]:
        for function in functions:
            FUNCTIONS[function] = translated
        return translated

    return register


def call(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Call a numpy function on arrays, some of them onnxp's.

    One without a translation takes concrete arrays as numpy's own and returns numpy arrays.

    Raises
    ------
    NumpyFunctionError
        If it has no translation and an array is traced.
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
                f"{name} has no translation with these arguments: {error}"
            ) from error
    if any(x.is_traced for x in _arrays((args, kwargs))):
        raise NumpyFunctionError(
            f"{name} has no translation, so it cannot take a traced array; use functions of the array's "
            "namespace, or compute what does not depend on the input outside of the traced function"
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
    """Return an array, or what can be made one."""
    return obj if isinstance(obj, xp().Array) else xp().asarray(obj)


def as_float(obj: Any, dtype: Any = None) -> Any:
    """Return an array of a dtype; without one, a bool or integer array as float64, as numpy's means do."""
    array = as_array(obj)
    if dtype is not None:
        return xp().astype(array, dtype)
    if xp().isdtype(array.dtype, ("bool", "integral")):
        return xp().astype(array, xp().float64)
    return array


def in_common(*objects: Any) -> list[Any]:
    """Return arrays in the dtype that numpy promotes them to."""
    dtype = np.result_type(*map(_kind, objects))
    return [xp().astype(as_array(x), dtype, copy=False) for x in objects]


def _kind(obj: Any) -> Any:
    """Return what numpy makes a dtype of: numbers, of sizes too, adapt to what is beside them."""
    if isinstance(obj, Dim | DimReal):
        return 1 if isinstance(obj, Dim) else 1.0
    return obj if type(obj) in (bool, int, float, complex) else as_array(obj).dtype.numpy


def no_out(out: Any, name: str) -> None:
    """Refuse an array to write into.

    Raises
    ------
    ArgumentError
        If there is one.
    """
    if out is not None:
        raise ArgumentError(f"numpy.{name}: out has no translation")
