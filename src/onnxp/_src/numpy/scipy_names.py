"""What stands for modules, functions and distributions of scipy in code that is traced.

Most functions of scipy support the array API, but only if they are told so, as they are where traced code calls
them. Those of compiled code are translated, as far as the tables go.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import partial
from inspect import signature
from types import FunctionType, ModuleType
from typing import Any, cast

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy import scipy_distributions
from onnxp._src.numpy.constants import plain
from onnxp._src.numpy.dispatch import has_arrays, without_tables
from onnxp._src.numpy.operands import as_array, as_float
from onnxp._src.numpy.results import certainly_positive
from onnxp._src.numpy.scipy_functions import (
    FUNCTIONS,
    line_through_points,
    piecewise_polynomial,
    smoothing_spline,
)
from onnxp._src.numpy.scipy_statistics import with_last_axis
from onnxp._src.numpy.standin import Function, NumpyNamespace, is_tracing
from onnxp._src.shapes.dims import Dim
from onnxp._src.shapes.oracle import taken_as_filled
from onnxp._src.shapes.shape import broadcast_all, normalize_axes
from onnxp.errors import DTypeError, NumpyFunctionError, OnnxpError

_SWITCHES = ("scipy._lib._array_api_override", "scipy._lib._array_api")
"""The modules that know whether functions of scipy accept arrays of other libraries."""
_BY_NUMPY = frozenset(("median_abs_deviation",))
"""Functions that need numbers of the sizes of other arrays, and call translated functions of numpy if not."""
_ALONG_THE_LAST = frozenset("bartlett f_oneway fligner iqr kruskal levene".split())
"""Functions that leave their axis to a decorator, which does nothing for traced arrays."""
_accepts: ContextVar[bool] = ContextVar("accepts", default=False)
switch_scipy: ContextVar[Callable[[], None] | None] = ContextVar("switch_scipy", default=None)
"""What puts `switches` in place, because modules of scipy may be imported in a traced function only."""


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
        if is_tracing.get():
            args = without_tables(args)
            kwargs = dict(zip(kwargs, without_tables([*kwargs.values()]), strict=True))
        if not (is_tracing.get() and has_arrays((args, kwargs), traced=True)):
            result = function(*args, **kwargs)
            is_spline = type(result).__module__.startswith("scipy.interpolate.")
            return stands_for_scipys(result) or result if is_spline else result
        if self._translated is not None:
            return self._translated(*args, **kwargs)
        if self.__name__ in _ALONG_THE_LAST:
            args, kwargs = with_last_axis(function, args, kwargs)
        switch = switch_scipy.get()
        if switch is not None:
            switch()
        token = _accepts.set(self.__name__ not in _BY_NUMPY)
        filled = taken_as_filled.set(_is_for_each_row(function, args, kwargs))
        try:
            try:
                return self._of_ours(args, kwargs, _ours)
            except DTypeError:  # of integers, which scipy leaves to numpy
                return self._of_ours(args, kwargs, _our_floats)
            except TypeError:
                if not any(isinstance(x, list) for x in (*args, *kwargs.values())):
                    raise
                return self._of_ours(args, kwargs, _our_lists)
        except OnnxpError:
            raise
        except Exception as error:
            raise NumpyFunctionError(
                f"{function.__module__}.{self.__name__} is not supported for these traced arrays: scipy raises "
                f"{type(error).__name__}: {error}; write it with array functions"
            ) from error
        finally:
            taken_as_filled.reset(filled)
            _accepts.reset(token)

    def _of_ours(self, args: Any, kwargs: Any, convert: Callable[[Any], Any]) -> Any:
        named = {name: convert(x) for name, x in kwargs.items()}
        return self.__wrapped__(*map(convert, args), **named)


def _is_for_each_row(function: Callable[..., Any], args: Any, kwargs: Any) -> bool:
    """Return whether a function goes along an axis that has elements, and so gives nothing for no rows."""
    try:
        given = signature(function).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        return False
    axis = given.get("axis")
    arrays = [
        x
        for x in given.values()
        if isinstance(x, xp().Array) and not all(map(certainly_positive, x.shape))
    ]
    return type(axis) is int and all(
        -x.ndim <= axis < x.ndim and x.ndim > 1 and certainly_positive(x.shape[axis])
        for x in arrays
    )


def _our_floats(obj: Any) -> Any:
    """Return an array of integers as one of float64, and anything else as `_ours` does."""
    array = _ours(obj)
    is_array = has_arrays(array) and hasattr(array, "dtype")
    return as_float(array) if is_array else array


def _ours(obj: Any) -> Any:
    """Return an array of numpy, also in a tuple, as one of onnxp, which scipy does not combine."""
    if type(obj) is tuple:
        return tuple(map(_ours, obj))
    is_numbers = isinstance(obj, np.ndarray) and obj.dtype.kind in "biufc"
    return as_array(plain(obj)) if is_numbers else obj


def _our_lists(obj: Any) -> Any:
    """Return a list of numbers or arrays as an array, and anything else as `_ours` does."""
    if not isinstance(obj, list):
        return _ours(obj)
    is_numbers = all(isinstance(part, int | float | np.number) or has_arrays(part) for part in obj)
    return as_array(obj) if obj and is_numbers else obj


class Interpolator(ScipyFunction):
    """A piecewise polynomial of `scipy.interpolate` at traced points."""

    def __init__(self, function: Any, compute: Callable[..., Any]) -> None:
        super().__init__(function, partial(compute, function))

    def derivative(self, nu: int = 1) -> Any:
        """Return the derivative, which accepts traced points, too."""
        spline: Any = self.__wrapped__
        return stands_for_scipys(spline.derivative(nu))

    def antiderivative(self, nu: int = 1) -> Any:
        """Return an antiderivative, which accepts traced points, too."""
        spline: Any = self.__wrapped__
        return stands_for_scipys(spline.antiderivative(nu))


class Interpolation(Function):
    """A class of functions through points, which accept traced points."""

    def __init__(self, kind: Any) -> None:
        super().__init__(kind, True)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Return a function through the given points."""
        function = self.__wrapped__(*args, **kwargs)
        return stands_for_scipys(function) or function if is_tracing.get() else function

    def __instancecheck__(self, obj: Any) -> bool:
        return isinstance(getattr(obj, "__wrapped__", obj), self.__wrapped__)  # type: ignore[arg-type]  # a class


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
    kind = value if isinstance(value, type) else type(value)
    if not kind.__module__.startswith("scipy.interpolate."):
        return None
    if kind is value:
        return Interpolation(value) if value.__name__ in _INTERPOLATIONS else None
    is_of_pieces = hasattr(value, "t") or hasattr(value, "x")
    if is_of_pieces and hasattr(value, "extrapolate") and hasattr(value, "axis"):
        return Interpolator(value, piecewise_polynomial)
    if hasattr(value, "_eval_args") and hasattr(value, "ext"):
        return Interpolator(value, smoothing_spline)
    if kind.__name__ == "interp1d" and value._kind == "linear" and np.ndim(value.y) == 1:
        return Interpolator(value, line_through_points)
    return None


_INTERPOLATIONS = frozenset(
    "Akima1DInterpolator BPoly BSpline CubicHermiteSpline CubicSpline InterpolatedUnivariateSpline "
    "LSQUnivariateSpline PPoly PchipInterpolator UnivariateSpline interp1d".split()
)


class _Switch:
    """Whether functions of scipy accept arrays of other libraries: also those that traced code calls."""

    def __init__(self, original: Any) -> None:
        self._original = original

    def __bool__(self) -> bool:
        return bool(self._original) or _accepts.get()


def switches() -> Iterator[tuple[dict[str, Any], str, Any]]:
    """Yield names of scipy to replace, and by what: what it accepts, and what needs elements or sizes."""
    name = "SCIPY_ARRAY_API"
    for module in _SWITCHES:
        names = vars(sys.modules.get(module, sys))
        for owner in (names, names.get("_GLOBAL_CONFIG")):
            if isinstance(owner, dict) and name in owner:
                yield owner, name, _Switch(owner[name])
    names = vars(sys.modules.get("scipy._lib._array_api", sys))
    if "xp_promote" in names and names.get("np") is np:
        yield names, "np", _NumpyOfSizes()
    names = vars(sys.modules.get("scipy.stats", sys))
    if isinstance(names.get("quantile"), FunctionType):  # called by other functions of scipy
        yield names, "quantile", stands_for_scipys(names["quantile"])
    names = vars(sys.modules.get("scipy.stats._axis_nan_policy", sys))
    if "_broadcast_shapes" in names:
        yield names, "_broadcast_shapes", _Broadcasting(names["_broadcast_shapes"])


class _NumpyOfSizes:
    """numpy where scipy broadcasts operands, whose sizes may be symbolic."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def broadcast_shapes(*shapes: Any) -> Any:
        """Return the shape that shapes broadcast to."""
        if not any(isinstance(size, Dim) for shape in shapes for size in shape):
            return np.broadcast_shapes(*shapes)
        return _Sizes(broadcast_all([tuple(shape) for shape in shapes], "broadcast_shapes"))


class _Sizes(tuple[Any, ...]):
    """A shape that is only equal to one of the same sizes, known or not: others are broadcast to it."""

    def __eq__(self, other: object) -> bool:
        return not self != other

    def __ne__(self, other: object) -> bool:
        return list(map(str, self)) != list(map(str, cast("tuple[Any, ...]", other)))

    __hash__ = tuple.__hash__


class _Broadcasting:
    """What broadcasts shapes but for some axes, by an array of integers, which has no symbolic sizes."""

    def __init__(self, original: Callable[..., Any]) -> None:
        self._original = original

    def __call__(self, shapes: Any, axis: Any = None) -> Any:
        if not any(isinstance(size, Dim) for shape in shapes for size in shape):
            return self._original(shapes, axis)
        rank = max(map(len, shapes))
        whole = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
        if axis is None:
            return broadcast_all(whole, "broadcast_shapes")
        apart = normalize_axes(tuple(np.atleast_1d(axis).tolist()), rank, "broadcast_shapes")
        together = [i for i in range(rank) if i not in apart]
        common = broadcast_all(
            [tuple(shape[i] for i in together) for shape in whole], "broadcast_shapes"
        )
        sizes = dict(zip(together, common, strict=True))
        return [tuple(sizes.get(i, shape[i]) for i in range(rank)) for shape in whole]
