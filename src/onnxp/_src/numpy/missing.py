"""numpy functions that leave out NaN: ``nanmean``, ``nanmedian``, ``nanargmax``, ..."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy import quantiles, reductions
from onnxp._src.numpy.dispatch import FUNCTIONS, implements, no_nulls
from onnxp._src.numpy.operands import (
    Axes,
    as_array,
    axes_of,
    axis_of,
    has_nulls,
    in_dtype,
    is_complex,
    required,
)
from onnxp._src.numpy.quantiles import _time, nan_of
from onnxp._src.numpy.reductions import UNSET, kept
from onnxp._src.numpy.results import BACKWARDS, certainly_positive, promoted_with, stored
from onnxp._src.shapes.shape import is_empty
from onnxp.errors import DTypeError, NumpyFunctionError


def may_be_nan(a: Any) -> bool:
    """Return whether an array is of a dtype that has NaN."""
    return bool(xp().isdtype(as_array(a).dtype, ("real floating", "complex floating")))


def without_nan(a: Any, neutral: float) -> Any:
    """Return an array with a neutral number for NaN; for NaT, the furthest time."""
    array = as_array(a)
    if array.dtype.unit and np.isinf(neutral):
        furthest = _time((2**63 - 1) * int(np.sign(neutral)), array.dtype)
        return xp().where(xp().isnan(array), furthest, array)
    if not may_be_nan(array):
        return array
    return xp().where(xp().isnan(array), in_dtype(neutral, array.dtype), array)


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
    quantiles.check_fractions(q, "nanquantile")
    if as_array(a).ndim == 0 and axis not in (None, ()):
        axis_of(0, as_array(a), "nanquantile")  # which there is not
    if is_empty(as_array(a).shape) and weights is None and not is_complex(as_array(a)):
        result = nanmean(a, axis, keepdims=keepdims)  # as numpy does
        return stored(result, out, "nanquantile", "same_kind" if may_be_nan(a) else "unsafe")
    linear = method == "linear" and weights is None and type(q) is not int
    integers = linear and xp().isdtype(as_array(a).dtype, "integral")
    if integers and not all(map(certainly_positive, as_array(a).shape)):
        a = xp().astype(as_array(a), xp().float64)  # in which nothing is NaN
    if not may_be_nan(a) or is_complex(as_array(a)):
        result = quantiles.quantile(a, q, axis, None, False, method, keepdims, weights=weights)
        return stored(result, out, "nanquantile", "unsafe")
    if method != "linear" or weights is not None:
        raise NumpyFunctionError(
            f"numpy.nanquantile with method={method!r} or weights is not supported, only the linear method"
        )
    if type(q) is int:
        result = FUNCTIONS[np.nanmax if q else np.nanmin](a, axis, keepdims=keepdims)
        return stored(result, out, "nanquantile", "unsafe")
    ordered = quantiles.in_order(a, axis, "nanquantile")
    fractions = as_array(np.asarray(q, ordered.dtype.numpy) if isinstance(q, float) else q)
    result = _at_fraction(ordered, xp().reshape(fractions, (-1,)))
    result = xp().reshape(result, (*fractions.shape, *ordered.shape[1:]))
    result = quantiles.with_axes(result, a, axis, keepdims, fractions.ndim)
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
    if not may_be_nan(a):
        return quantiles.median(a, axis, out, overwrite_input, keepdims)
    if is_empty(as_array(a).shape):
        return nanmean(a, axis, None, out, keepdims)  # as numpy does
    ordered = _with_an_element(quantiles.in_order(a, axis, "nanmedian"))
    counts = xp().sum(xp().astype(~xp().isnan(ordered), xp().int64), axis=0, keepdims=True)
    zero = xp().asarray(0)
    low = xp().take_along_axis(ordered, xp().maximum((counts - 1) // 2, zero), axis=0)
    high = xp().take_along_axis(
        ordered, xp().maximum(xp().minimum(counts // 2, counts - 1), zero), axis=0
    )
    result = quantiles.with_axes(((low + high) / 2)[0, ...], a, axis, keepdims)
    return stored(result, out, "nanmedian", "unsafe")


def _index_of(name: str, filler: float) -> Callable[..., Any]:
    def function(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = False) -> Any:
        array = as_array(a)
        find = getattr(reductions, name)
        if not may_be_nan(array):
            return find(array, axis, out, keepdims=keepdims)
        missing = xp().isnan(array)
        filled = xp().where(missing, xp().full((), filler, dtype=array.dtype), array)
        result = find(filled, axis, None, keepdims=keepdims)
        empty = xp().all(missing, axis=axes_of(axis, array, f"nan{name}"), keepdims=kept(keepdims))
        result = required(result, ~empty, f"numpy.nan{name}: all elements of a slice are NaN")
        return stored(result, out, f"nan{name}", BACKWARDS)

    return function


FUNCTIONS[np.nanargmax] = _index_of("argmax", -np.inf)
FUNCTIONS[np.nanargmin] = _index_of("argmin", np.inf)


@implements(np.nancumprod)
def nancumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Translate `numpy.nancumprod`."""
    return reductions.cumprod(without_nan(a, 1.0), axis, dtype, out)


def _ignoring(name: str, neutral: float) -> Callable[..., Any]:
    def function(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = UNSET,
        where: Any = True,
    ) -> Any:
        array = without_nan(a, neutral)
        return getattr(reductions, name)(array, axis, dtype, out, keepdims, initial, where)

    return function


def _ignoring_extreme(name: str, neutral: float) -> Callable[..., Any]:
    def function(
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = UNSET,
        where: Any = True,
    ) -> Any:
        extreme, array = getattr(reductions, name), promoted_with(as_array(a), out)
        result = extreme(without_nan(array, neutral), axis, None, keepdims, initial, where)
        has_nan = may_be_nan(array) or array.dtype.unit
        if has_nan and (initial is UNSET or initial is None):
            axes = axes_of(axis, array, name)
            empty = xp().all(xp().isnan(array), axis=axes, keepdims=kept(keepdims))
            result = xp().where(empty, nan_of(array), result)
        return stored(result, out, f"nan{name}", "unsafe")

    return function


@implements(np.nancumsum)
def nancumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Translate `numpy.nancumsum`."""
    return reductions.cumsum(without_nan(a, 0.0), axis, dtype, out)


def _check_inexact(out: Any, name: str) -> None:
    """Raise if the mean of floating-point numbers is to be written into integers."""
    if hasattr(out, "dtype") and out.dtype.kind not in "fc":
        raise DTypeError(
            f"numpy.{name}: the result is a floating-point number, which is not written into out of {out.dtype}"
        )


def _known(array: Any, where: Any) -> Any:
    """Return which elements count: those that are not NaN, and that a condition holds for."""
    is_number = ~xp().isnan(array)
    if where is True or where is UNSET:
        return is_number
    return is_number & xp().astype(as_array(where), xp().bool, copy=False)


@implements(np.nanmean)
def nanmean(
    a: Any,
    axis: Axes = None,
    dtype: object = None,
    out: object = None,
    keepdims: Any = False,
    *,
    where: Any = True,
) -> Any:
    """Translate `numpy.nanmean`."""
    if not may_be_nan(a):
        return reductions.mean(a, axis, dtype, out, keepdims, where=where)
    array = reductions.for_mean(a, dtype, "nanmean")
    _check_inexact(out, "nanmean")
    reductions.normal_axes(axis, array, "nanmean")
    is_number = _known(array, where)
    return reductions.mean(without_nan(array, 0.0), axis, None, out, keepdims, where=is_number)


def _ignoring_spread(name: str) -> Callable[..., Any]:
    def function(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: Any = 0,
        keepdims: Any = False,
        *,
        where: Any = True,
        mean: Any = UNSET,
        correction: Any = UNSET,
    ) -> Any:
        if not may_be_nan(a):
            return getattr(reductions, name)(
                a, axis, dtype, out, ddof, keepdims, where=where, mean=mean, correction=correction
            )
        freedom = reductions.correction_of(ddof, correction, f"nan{name}")
        array = reductions.for_mean(a, dtype, f"nan{name}")
        _check_inexact(out, f"nan{name}")
        array = promoted_with(array, out) if dtype is None else array
        axes = reductions.normal_axes(axis, array, f"nan{name}")
        is_number = _known(array, where)
        filled = without_nan(array, 0.0)
        result = reductions.variance(filled, axes, freedom, kept(keepdims), is_number, mean)
        is_number = xp().broadcast_to(is_number, array.shape)
        counts = xp().sum(xp().astype(is_number, xp().float64), axis=axes, keepdims=kept(keepdims))
        result = xp().where(counts > freedom, result, xp().nan)
        result = xp().sqrt(result) if name == "std" else result
        if dtype is not None and is_complex(array):  # in which numpy adds the squares
            result = xp().astype(result, array.dtype)
        return stored(result, out, f"nan{name}")

    return function


FUNCTIONS[np.nansum] = _ignoring("sum", 0.0)
FUNCTIONS[np.nanprod] = _ignoring("prod", 1.0)
FUNCTIONS[np.nanmax] = _ignoring_extreme("max", -np.inf)
FUNCTIONS[np.nanmin] = _ignoring_extreme("min", np.inf)
FUNCTIONS[np.nanvar] = _ignoring_spread("var")
FUNCTIONS[np.nanstd] = _ignoring_spread("std")


# Nulls are left out. NaN is a number beside them, which the functions leave out or not.


def _of_nulls(name: str) -> Callable[..., Any]:
    """Return a statistic of order for nullable arrays, whose result is null where no element is left."""
    function, of_rest = FUNCTIONS[getattr(np, name)], FUNCTIONS[getattr(np, f"nan{name}")]
    parameters = signature(FUNCTIONS[np.quantile] if name == "percentile" else function)

    @wraps(function)
    def called(a: Any, *args: Any, **kwargs: Any) -> Any:
        array = as_array(a)
        if not array.dtype.is_nullable:
            return function(a, *args, **kwargs)
        given = parameters.bind(a, *args, **kwargs).arguments
        if given.get("out") is not None or has_nulls(given.get("q")):
            raise no_nulls(name)
        if array.dtype.plain.family != "float":
            array = xp().astype(array, "float64?")
        nulls = xp().nulls
        result = of_rest(nulls.fill_null(array, xp().nan), *args, **kwargs)
        axes = axes_of(given.get("axis"), array, name)
        keepdims = kept(given.get("keepdims", False))
        is_nan = nulls.fill_null(xp().isnan(array), False)
        has_nan = xp().any(is_nan, axis=axes, keepdims=keepdims)
        is_null = xp().all(nulls.isnull(array), axis=axes, keepdims=keepdims)
        result = xp().where(has_nan, xp().nan, result)
        return nulls.make_nullable(result, xp().broadcast_to(is_null, result.shape))

    return called


for _name in ("median", "quantile", "percentile"):
    FUNCTIONS[getattr(np, _name)] = _of_nulls(_name)
