"""numpy functions for the order of elements that are not NaN: ``nanmedian``, ``nanquantile``, ``nanargmax``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy import reductions, statistics
from onnxp._src.numpy.dispatch import (
    BACKWARDS,
    FUNCTIONS,
    as_array,
    axes_of,
    axis_of,
    certainly_positive,
    implements,
    is_complex,
    required,
    stored,
)
from onnxp._src.numpy.reductions import kept
from onnxp.errors import ArgumentError, NumpyFunctionError


def _may_be_nan(a: Any) -> bool:
    return bool(xp().isdtype(as_array(a).dtype, "real floating"))


@implements(np.nanquantile)
def nanquantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: Any = False,
    *,
    weights: Any = None,
) -> Any:
    """Translate `numpy.nanquantile`, interpolating linearly."""
    if not isinstance(q, xp().Array) and np.any((np.asarray(q) < 0) | (np.asarray(q) > 1)):
        raise ArgumentError(f"numpy.nanquantile: quantiles must be between 0 and 1, not {q!r}")
    if as_array(a).ndim == 0 and axis not in (None, ()):
        axis_of(0, as_array(a), "nanquantile")  # which there is not
    empty = any(type(size) is int and size == 0 for size in as_array(a).shape)
    if empty and weights is None and not is_complex(as_array(a)):
        result = statistics.nanmean(a, axis, keepdims=keepdims)  # as numpy does
        return stored(result, out, "nanquantile", "same_kind" if _may_be_nan(a) else "unsafe")
    linear = method == "linear" and weights is None and type(q) is not int
    integers = linear and xp().isdtype(as_array(a).dtype, "integral")
    if integers and not all(map(certainly_positive, as_array(a).shape)):
        a = xp().astype(as_array(a), xp().float64)  # in which nothing is NaN
    if not _may_be_nan(a) or is_complex(as_array(a)):
        result = statistics.quantile(a, q, axis, None, False, method, keepdims, weights=weights)
        return stored(result, out, "nanquantile", "unsafe")
    if method != "linear" or weights is not None:
        raise NumpyFunctionError(
            f"numpy.nanquantile with method={method!r} or weights is not supported, only the linear method"
        )
    if type(q) is int:
        result = FUNCTIONS[np.nanmax if q else np.nanmin](a, axis, keepdims=keepdims)
        return stored(result, out, "nanquantile", "unsafe")
    ordered = statistics.in_order(a, axis, "nanquantile")
    fractions = as_array(np.asarray(q, ordered.dtype.numpy) if isinstance(q, float) else q)
    result = _at_fraction(ordered, xp().reshape(fractions, (-1,)))
    result = xp().reshape(result, (*fractions.shape, *ordered.shape[1:]))
    result = statistics.with_axes(result, a, axis, keepdims, fractions.ndim)
    return stored(result, out, "nanquantile", "unsafe")


def _at_fraction(ordered: Any, fractions: Any) -> Any:
    """Return quantiles, along a new first axis, of elements in order along the first axis, with NaN last."""
    if type(ordered.shape[0]) is int and ordered.shape[0] == 0:
        return xp().full((fractions.shape[0], *ordered.shape[1:]), xp().nan, dtype=ordered.dtype)
    ordered = _with_an_element(ordered)
    counts = xp().sum(xp().astype(~xp().isnan(ordered), fractions.dtype), axis=0)
    rest = (1,) * (ordered.ndim - 1)
    last = xp().maximum(counts - 1, xp().zeros((), dtype=counts.dtype))
    place = xp().reshape(fractions, (-1, *rest)) * last[None, ...]
    lower = xp().floor(place)
    index = xp().astype(lower, xp().int64)
    above = xp().minimum(index + 1, xp().astype(last, xp().int64)[None, ...])
    low = xp().take_along_axis(ordered, index, axis=0)
    high = xp().take_along_axis(ordered, above, axis=0)
    t = place - lower
    return xp().where(t < 0.5, low + (high - low) * t, high - (high - low) * (1 - t))


def _with_an_element(ordered: Any) -> Any:
    """Return elements with one along the first axis that does not count, a NaN, unless there surely is one."""
    if certainly_positive(ordered.shape[0]):
        return ordered
    nothing = xp().full((1, *ordered.shape[1:]), xp().nan, dtype=ordered.dtype)
    return xp().concat([ordered, nothing])


@implements(np.nanpercentile)
def nanpercentile(a: Any, q: Any, *args: Any, **kwargs: Any) -> Any:
    """Translate `numpy.nanpercentile`, interpolating linearly."""
    fractions = q / 100 if isinstance(q, int | float | xp().Array) else np.asarray(q) / 100
    return nanquantile(a, fractions, *args, **kwargs)


@implements(np.nanmedian)
def nanmedian(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = False
) -> Any:
    """Translate `numpy.nanmedian`."""
    if not _may_be_nan(a):
        return statistics.median(a, axis, out, overwrite_input, keepdims)
    ordered = statistics.in_order(a, axis, "nanmedian")
    if type(ordered.shape[0]) is int and ordered.shape[0] == 0:
        result = xp().full(ordered.shape[1:], xp().nan, dtype=ordered.dtype)
    else:
        ordered = _with_an_element(ordered)
        counts = xp().sum(xp().astype(~xp().isnan(ordered), xp().int64), axis=0, keepdims=True)
        zero = xp().asarray(0)
        low = xp().take_along_axis(ordered, xp().maximum((counts - 1) // 2, zero), axis=0)
        high = xp().take_along_axis(
            ordered, xp().maximum(xp().minimum(counts // 2, counts - 1), zero), axis=0
        )
        result = ((low + high) / 2)[0, ...]
    result = statistics.with_axes(result, a, axis, keepdims)
    return stored(result, out, "nanmedian", "unsafe")


def _index_of(name: str, filler: float) -> Callable[..., Any]:
    def function(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = False) -> Any:
        array = as_array(a)
        find = getattr(reductions, name)
        if not _may_be_nan(array):
            return find(array, axis, out, keepdims=keepdims)
        missing = xp().isnan(array)
        filled = xp().where(missing, xp().full((), filler, dtype=array.dtype), array)
        result = find(filled, axis, None, keepdims=keepdims)
        empty = xp().all(missing, axis=axes_of(axis, array, f"nan{name}"), keepdims=kept(keepdims))
        if array.is_traced:
            result = required(result, ~empty)
        elif bool(xp().any(empty)):
            raise ArgumentError(f"numpy.nan{name}: all elements of a slice are NaN")
        return stored(result, out, f"nan{name}", BACKWARDS)

    return function


FUNCTIONS[np.nanargmax] = _index_of("argmax", -np.inf)
FUNCTIONS[np.nanargmin] = _index_of("argmin", np.inf)


@implements(np.nancumprod)
def nancumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Translate `numpy.nancumprod`."""
    return reductions.cumprod(statistics.without_nan(a, 1.0), axis, dtype, out)
