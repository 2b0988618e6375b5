"""What stands for modules, functions and distributions of scipy in code that is traced.

Most functions of scipy support the array API, but only if they are told so, as they are where traced code calls
them. Those of compiled code are translated, as far as the tables go.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextvars import ContextVar
from functools import partial
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from onnxp._src.numpy import scipy_distributions
from onnxp._src.numpy.constants import plain
from onnxp._src.numpy.dispatch import as_array, has_arrays
from onnxp._src.numpy.scipy_functions import FUNCTIONS, piecewise_polynomial
from onnxp._src.numpy.standin import Function, NumpyNamespace, is_tracing
from onnxp.errors import NumpyFunctionError, OnnxpError

_SWITCHES = ("scipy._lib._array_api_override", "scipy._lib._array_api")
"""The modules that know whether functions of scipy accept arrays of other libraries."""
_BY_NUMPY = frozenset(("median_abs_deviation",))
"""Functions that need numbers of the sizes of other arrays, and call translated functions of numpy if not."""
_accepts: ContextVar[bool] = ContextVar("accepts", default=False)


class ScipyNamespace(NumpyNamespace):
    """A module of scipy, whose functions accept traced arrays in a thread that traces."""

    def _translation(self, value: Any) -> Any:
        stand_in = stands_for_scipys(value)
        return value if stand_in is None else stand_in


class ScipyFunction(Function):
    """A function of scipy that accepts traced arrays beside arrays of numpy in a thread that traces."""

    def __init__(self, function: Any, translated: Any) -> None:
        super().__init__(function, True)
        self._translated = translated

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call the translation for traced arrays, if there is one, or the function.

        Raises
        ------
        NumpyFunctionError
            If the function of scipy fails, with what it says.
        """
        function = self.__wrapped__
        if not (is_tracing.get() and has_arrays((args, kwargs), traced=True)):
            return function(*args, **kwargs)
        if self._translated is not None:
            return self._translated(*args, **kwargs)
        token = _accepts.set(self.__name__ not in _BY_NUMPY)
        try:
            return function(*map(_ours, args), **{name: _ours(x) for name, x in kwargs.items()})
        except OnnxpError:
            raise
        except Exception as error:
            raise NumpyFunctionError(
                f"{function.__module__}.{self.__name__} is not supported for these traced arrays: scipy raises "
                f"{type(error).__name__}: {error}; write it with array functions"
            ) from error
        finally:
            _accepts.reset(token)


def _ours(obj: Any) -> Any:
    """Return an array of numpy as one of onnxp, which scipy does not combine."""
    is_numbers = isinstance(obj, np.ndarray) and obj.dtype.kind in "biufc"
    return as_array(plain(obj)) if is_numbers else obj


class Interpolator(ScipyFunction):
    """A piecewise polynomial of `scipy.interpolate` at traced points."""

    def __init__(self, function: Any) -> None:
        super().__init__(function, partial(piecewise_polynomial, function))


class Distribution(Function):
    """A distribution of scipy, with its parameters or without, whose methods accept traced arrays."""

    def __init__(self, distribution: Any) -> None:
        super().__init__(distribution, True)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Return the distribution with its parameters."""
        return Distribution(self.__wrapped__(*args, **kwargs))

    def __getattr__(self, name: str) -> Any:
        return scipy_distributions.attribute(self.__wrapped__, name)


def stands_for_scipys(value: Any) -> Any:
    """Return what stands for an object of scipy in code that is traced, None for other objects."""
    if isinstance(value, ModuleType):
        is_scipys = value.__name__.partition(".")[0] == "scipy"
        return ScipyNamespace(value) if is_scipys else None
    if isinstance(value, FunctionType) or type(value).__name__ == "_Function":  # of scipy.fft
        if not str(value.__module__).startswith("scipy."):
            return None
        for (module, name), translated in FUNCTIONS.items():
            if name == value.__name__ and getattr(sys.modules.get(module), name, None) is value:
                return ScipyFunction(value, translated)
        return ScipyFunction(value, None)
    if type(value).__module__.startswith("scipy.stats.") and scipy_distributions.is_distribution(
        value
    ):
        return Distribution(value)
    if type(value).__module__.startswith("scipy.interpolate.") and hasattr(value, "extrapolate"):
        return (
            Interpolator(value) if getattr(value, "axis", 0) == 0 and hasattr(value, "c") else None
        )
    return None


class _Switch:
    """Whether functions of scipy accept arrays of other libraries: also those that traced code calls."""

    def __init__(self, original: Any) -> None:
        self._original = original

    def __bool__(self) -> bool:
        return bool(self._original) or _accepts.get()


def switches() -> Iterator[tuple[dict[str, Any], str, Any]]:
    """Yield where scipy keeps whether it accepts other arrays: the names, a name, and what to set it to."""
    name = "SCIPY_ARRAY_API"
    for module in _SWITCHES:
        names = vars(sys.modules.get(module, sys))
        for owner in (names, names.get("_GLOBAL_CONFIG")):
            if isinstance(owner, dict) and name in owner:
                yield owner, name, _Switch(owner[name])
