"""numpy functions for quantiles: ``median``, ``quantile``, ``percentile``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy import reductions
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.operands import Axes, as_array, as_float, axes_of, is_bool, is_complex
from onnxp._src.numpy.reductions import kept
from onnxp._src.numpy.results import BACKWARDS, stored
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import product
from onnxp.errors import (
    ArgumentError,
    DTypeError,
    IndexingError,
    NumpyFunctionError,
)


def in_order(a: Any, axis: Any, name: str, *, as_real: bool = True) -> Any:
    """Return the elements in order along a first axis, which is made of all that a function goes over.

    They are floating-point numbers, unless integers may stay what they are.
    """
    array = as_float(a) if as_real or is_bool(as_array(a)) else as_array(a)
    if is_complex(array):
        raise NumpyFunctionError(f"numpy.{name} of complex numbers is not supported")
    axes = reductions.normal_axes(axis, array, name)
    others = tuple(i for i in range(array.ndim) if i not in axes)
    count = product(array.shape[i] for i in axes)
    sizes = tuple(array.shape[i] for i in others)
    if len(axes) != 1:
        array = xp().reshape(xp().permute_dims(array, (*axes, *others)), (count, *sizes))
        return xp().sort(array, axis=0)
    return xp().moveaxis(xp().sort(array, axis=axes[0]), axes[0], 0)


def nan_of(array: Any) -> Any:
    """Return NaN; for an array of times, NaT."""
    return _time("NaT", array.dtype) if array.dtype.unit else xp().nan


def _time(number: int | str, dtype: Any) -> Any:
    return dtype.type(number, dtype.unit)


def _or_nan(result: Any, ordered: Any) -> Any:
    """Return NaN where the elements contain NaN, which is sorted last."""
    missing = xp().isnan(ordered[ordered.shape[0] - 1, ...])
    return xp().where(missing, nan_of(result), result)


def with_axes(result: Any, a: Any, axis: Any, keepdims: Any, first: int = 0) -> Any:
    """Insert the reduced axes with size 1, after the `first` axes that the function adds."""
    axes = axes_of(axis, as_array(a), "median")
    if not kept(keepdims) or not axes:
        return result
    return xp().expand_dims(result, axis=tuple(i + first for i in axes))


@implements(np.median)
def median(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = False
) -> Any:
    """Translate `numpy.median`."""
    ordered = in_order(a, axis, "median")
    n = ordered.shape[0]
    if type(n) is int and n == 0:
        result = xp().full(ordered.shape[1:], nan_of(ordered), dtype=ordered.dtype)
        return stored(with_axes(result, a, axis, keepdims), out, "median", "unsafe")
    if type(n) is not int and dims.bounds(n)[0] == 0:  # of no elements, the index -1 finds a NaN
        nothing = xp().full((1, *ordered.shape[1:]), nan_of(ordered), dtype=ordered.dtype)
        ordered = xp().concat([ordered, nothing])
    middle = (ordered[(n - 1) // 2, ...] + ordered[n // 2, ...]) / 2
    result = xp().where(xp().isnan(ordered[n - 1, ...]), nan_of(middle), middle)
    return stored(with_axes(result, a, axis, keepdims), out, "median", "unsafe")


@implements(np.quantile)
def quantile(
    a: Any,
    q: Any,
    axis: Axes = None,
    out: object = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Any:
    """Translate `numpy.quantile`, interpolating or taking an element, without weights."""
    methods = ("linear", "midpoint", "averaged_inverted_cdf", *_PLACES, *_OFFSETS)
    if method not in methods or weights is not None:
        raise NumpyFunctionError(
            f"numpy.quantile with method={method!r} or weights is not supported, only the methods "
            f"{', '.join(methods)}"
        )
    if _is_integer(q):
        return stored(_extreme_quantile(a, q, axis, keepdims), out, "quantile", BACKWARDS)
    if is_bool(as_array(a)) and method not in _PLACES:
        raise DTypeError(
            "numpy.quantile: truth values cannot be subtracted; write xp.astype(x, dtype)"
        )
    ordered = in_order(a, axis, "quantile", as_real=method not in _PLACES)
    if type(ordered.shape[0]) is int and ordered.shape[0] == 0:
        raise IndexingError("numpy.quantile: there are no elements")
    check_fractions(q, "quantile")
    if not isinstance(q, xp().Array):
        wide = type(q) is not float or ordered.dtype.numpy.kind != "f"
        q = np.asarray(q, np.float64 if wide else ordered.dtype.numpy)
    q = as_array(q)
    if method in _PLACES:
        result = _at(ordered, _PLACES[method](q, ordered.shape[0]))
    else:
        result = _interpolated(ordered, q, method)
    if ordered.dtype.numpy.kind not in "iu":
        result = _or_nan(result, ordered)
    result = xp().reshape(result, (*q.shape, *ordered.shape[1:]))
    if method in _PLACES:  # of truth values, too
        result = xp().astype(result, as_array(a).dtype, copy=False)
    casting = BACKWARDS if method in _PLACES else "same_kind"
    return stored(with_axes(result, a, axis, keepdims, q.ndim), out, "quantile", casting)


def check_fractions(q: Any, name: str) -> None:
    """Raise if a known quantile is not one, or there is an array of them of rank 3 or more.

    Raises
    ------
    ArgumentError
        If so.
    """
    array = q if isinstance(q, xp().Array) else np.asarray(q)
    if array.ndim > 2:
        raise ArgumentError(f"numpy.{name}: quantiles must have rank 2 or less, not {array.ndim}")
    if isinstance(q, xp().Array) and q.is_traced:
        return
    numbers = np.asarray(array)
    if not np.all((numbers >= 0) & (numbers <= 1)):
        raise ArgumentError(f"numpy.{name}: quantiles must be between 0 and 1, not {q!r}")


def _at(ordered: Any, place: Any) -> Any:
    """Return the elements at places, or at the ends."""
    place = xp().clip(xp().astype(place, xp().int64), 0, ordered.shape[0] - 1)
    return xp().take(ordered, xp().reshape(place, (-1,)), axis=0)


def _interpolated(ordered: Any, q: Any, method: str) -> Any:
    """Return what lies between the elements on both sides of the places of quantiles."""
    n = ordered.shape[0]
    if method in _OFFSETS:
        alpha, beta = _OFFSETS[method]
        place = q * n + (alpha + q * (1 - alpha - beta)) - 1
    else:
        place = q * n - 1 if method == "averaged_inverted_cdf" else q * (n - 1)
    lower = xp().floor(place)
    low, high = _at(ordered, lower), _at(ordered, lower + 1)
    between = place - lower
    if method == "midpoint":
        between = xp().where(between > 0, 0.5, between)
    elif method == "averaged_inverted_cdf":
        between = xp().where(between > 0, 1.0, xp().full((), 0.5, dtype=between.dtype))
    t = xp().reshape(between, (-1, *(1,) * (ordered.ndim - 1)))
    return xp().where(t < 0.5, low + (high - low) * t, high - (high - low) * (1 - t))


def _closest(q: Any, n: Any) -> Any:
    """Return the closest place, and of two that are equally close the odd one, counted from 0."""
    place = q * n - 1.5
    lower = xp().floor(place)
    return xp().where((place == lower) & (lower % 2 == 1), lower, lower + 1)


_PLACES: dict[str, Callable[[Any, Any], Any]] = {
    "closest_observation": _closest,
    "higher": lambda q, n: xp().ceil(q * (n - 1)),
    "inverted_cdf": lambda q, n: xp().ceil(q * n - 1),
    "lower": lambda q, n: xp().floor(q * (n - 1)),
    "nearest": lambda q, n: xp().round(q * (n - 1)),
}
"""The methods that take an element, with its place among `n`."""


_OFFSETS = {
    "hazen": (0.5, 0.5),
    "interpolated_inverted_cdf": (0, 1),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
    "weibull": (0, 0),
}
"""The methods that interpolate between other places, with numpy's parameters alpha and beta of them."""


def _is_integer(q: Any) -> bool:
    return type(q) is int or getattr(getattr(q, "dtype", None), "kind", "") in ("i", "u")


def _extreme_quantile(a: Any, q: Any, axis: Any, keepdims: Any) -> Any:
    """Return the quantiles 0 and 1 given as integers, for which numpy keeps the dtype."""
    if type(q) is not int or q not in (0, 1):
        raise ArgumentError(f"numpy.quantile: quantiles lie between 0.0 and 1.0, not {q!r}")
    reductions.normal_axes(axis, as_array(a), "quantile")  # max has an axis 0 for numbers, too
    return (reductions.max if q else reductions.min)(a, axis, keepdims=keepdims)


@implements(np.percentile)
def percentile(a: Any, q: Any, *args: Any, **kwargs: Any) -> Any:
    """Translate `numpy.percentile`, interpolating linearly."""
    if isinstance(q, int | float):
        return quantile(a, q / 100, *args, **kwargs)
    return quantile(a, (q if isinstance(q, xp().Array) else np.asarray(q)) / 100, *args, **kwargs)
