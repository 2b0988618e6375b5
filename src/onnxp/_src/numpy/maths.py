"""Functions of Python's module `math`, which take traced arrays of one number."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import cache, reduce, wraps
from types import BuiltinFunctionType, ModuleType
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import has_arrays
from onnxp._src.numpy.operands import as_array, as_float, required
from onnxp.errors import NumpyFunctionError

_OF_NUMPY = {
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "pow": "float_power",
    **{
        name: name
        for name in (
            "cbrt copysign cos cosh degrees exp exp2 expm1 fabs fmod hypot log10 log1p log2 nextafter radians "
            "remainder sin sinh sqrt tan tanh"
        ).split()
    },
}
"""The functions of numpy for functions of real numbers, by the names of `math`."""
_PREDICATES = frozenset(("isfinite", "isinf", "isnan"))
_OF_SPECIAL = {"erf": "erf", "erfc": "erfc", "gamma": "gamma", "lgamma": "gammaln"}


def _log(x: Any, base: Any = math.e) -> Any:
    return np.log(x) if base is math.e else np.log(x) / np.log(base)


def _isclose(a: Any, b: Any, *, rel_tol: float = 1e-9, abs_tol: float = 0.0) -> Any:
    return np.abs(a - b) <= np.maximum(rel_tol * np.maximum(np.abs(a), np.abs(b)), abs_tol)


@cache
def of_arrays(name: str) -> Callable[..., Any] | None:
    """Return the function of arrays for one of `math`, None if there is none; NaN is where that raises."""
    if name in _PREDICATES:
        return getattr(np, name)  # type: ignore[no-any-return]  # by name
    if name in ("isclose", "log"):
        return _isclose if name == "isclose" else _log
    if name in _OF_SPECIAL:
        return lambda x: getattr(xp().special, _OF_SPECIAL[name])(x)
    return getattr(np, _OF_NUMPY[name]) if name in _OF_NUMPY else None


@cache
def _translation(name: str) -> Callable[..., Any] | None:
    """Return the function of numbers for one of `math`, None if there is none."""
    function = of_arrays(name)
    if function is None or name in _PREDICATES or name == "isclose":
        return function
    return _strict(function)


def _strict(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of floating-point numbers whose model fails where `math` raises an exception."""

    def strict(*args: Any) -> Any:
        numbers = [as_float(x, xp().float64) for x in args]
        result = function(*numbers)
        is_nan = reduce(operator.or_, map(xp().isnan, numbers))
        is_finite = reduce(operator.and_, map(xp().isfinite, numbers))
        wrong = (xp().isnan(result) & ~is_nan) | (xp().isinf(result) & is_finite)
        return required(result, ~wrong)

    return strict


class MathsNamespace(ModuleType):
    """The module `math`, whose functions accept traced arrays of one number."""

    def __init__(self) -> None:
        super().__init__("math", math.__doc__)

    def __getattr__(self, name: str) -> Any:
        value = getattr(math, name)
        return stands_for_maths(value) or value

    def __dir__(self) -> list[str]:
        return dir(math)


_MATHS = MathsNamespace()


def stands_for_maths(obj: Any) -> Any:
    """Return what stands for `math` or a function of it, None for other objects."""
    if obj is math:
        return _MATHS
    is_function = isinstance(obj, BuiltinFunctionType) and obj.__module__ == "math"
    return _of_numbers(obj) if is_function and _translation(obj.__name__) else None


@cache
def _of_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        for x in args:
            if hasattr(type(x), "__onnxp_maths__"):
                return x.__onnxp_maths__(of_arrays(function.__name__), args, kwargs)
        if not has_arrays((args, kwargs), traced=True):
            return function(*args, **kwargs)
        if any(as_array(x).ndim for x in (*args, *kwargs.values())):
            raise NumpyFunctionError(
                f"math.{function.__name__} takes one number, not an array; write np.{function.__name__}"
            )
        translated: Any = _translation(function.__name__)
        return translated(*args, **kwargs)

    return called
