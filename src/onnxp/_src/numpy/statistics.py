"""numpy functions for order statistics, for data with NaN, and for distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy import functions, reductions
from onnxp._src.numpy.dispatch import (
    FUNCTIONS,
    Axes,
    as_array,
    as_float,
    implements,
    in_common,
    no_out,
)
from onnxp.errors import ArgumentError, NumpyFunctionError

# Order


def _ordered(a: Any, axis: Any, name: str) -> Any:
    """Return the elements sorted along a new first axis."""
    array = as_float(a)
    if isinstance(axis, tuple):
        raise NumpyFunctionError(f"numpy.{name} over several axes is not supported")
    if axis is None:
        return xp().sort(xp().reshape(array, (-1,)))
    return xp().moveaxis(xp().sort(array, axis=axis), axis, 0)


def _or_nan(result: Any, ordered: Any) -> Any:
    """Return NaN where the elements contain NaN, which is sorted last."""
    return xp().where(xp().isnan(ordered[-1, ...]), xp().nan, result)


def _kept(result: Any, a: Any, axis: Any, keepdims: bool, first: int = 0) -> Any:
    """Insert the reduced axes with size 1, after the `first` axes that the function adds."""
    if not keepdims:
        return result
    if axis is None:
        return xp().reshape(result, (*result.shape[:first], *(1,) * as_array(a).ndim))
    rank = as_array(a).ndim
    return xp().expand_dims(result, axis=axis % rank + first)


@implements(np.median)
def median(
    a: Any,
    axis: Axes = None,
    out: object = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Any:
    """Translate `numpy.median`."""
    no_out(out, "median")
    ordered = _ordered(a, axis, "median")
    n = ordered.shape[0]
    result = (ordered[(n - 1) // 2, ...] + ordered[n // 2, ...]) / 2
    return _kept(_or_nan(result, ordered), a, axis, keepdims)


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
    """Translate `numpy.quantile`, interpolating linearly."""
    no_out(out, "quantile")
    if method != "linear" or weights is not None:
        raise NumpyFunctionError(
            f"numpy.quantile with method={method!r} or weights is not supported, only the linear method"
        )
    ordered = _ordered(a, axis, "quantile")
    if not isinstance(q, xp().Array):
        if np.any((np.asarray(q) < 0) | (np.asarray(q) > 1)):
            raise ArgumentError(f"numpy.quantile: quantiles must be between 0 and 1, not {q!r}")
        q = np.asarray(q, ordered.dtype.numpy if isinstance(q, int | float) else np.float64)
    q = as_array(q)
    n = ordered.shape[0]
    place = q * (n - 1)
    lower = xp().floor(place)
    index = xp().astype(lower, xp().int64)
    low = xp().take(ordered, xp().reshape(index, (-1,)), axis=0)
    high = xp().take(ordered, xp().reshape(xp().clip(index + 1, None, n - 1), (-1,)), axis=0)
    t = xp().reshape(place - lower, (-1, *(1,) * (ordered.ndim - 1)))
    result = xp().where(t < 0.5, low + (high - low) * t, high - (high - low) * (1 - t))
    result = _or_nan(xp().where(low == high, low, result), ordered)
    result = xp().reshape(result, (*q.shape, *ordered.shape[1:]))
    return _kept(result, a, axis, keepdims, q.ndim)


@implements(np.percentile)
def percentile(a: Any, q: Any, *args: Any, **kwargs: Any) -> Any:
    """Translate `numpy.percentile`, interpolating linearly."""
    if isinstance(q, int | float):
        return quantile(a, q / 100, *args, **kwargs)
    return quantile(a, (q if isinstance(q, xp().Array) else np.asarray(q)) / 100, *args, **kwargs)


@implements(np.searchsorted)
def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    """Translate `numpy.searchsorted`."""
    a, v = in_common(a, v)
    return xp().searchsorted(a, v, side=side, sorter=None if sorter is None else as_array(sorter))


@implements(np.digitize)
def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """Translate `numpy.digitize`, for concrete bins."""
    edges = np.asarray(bins)
    if (np.diff(edges) >= 0).all():
        return searchsorted(edges, x, side="left" if right else "right")
    if (np.diff(edges) <= 0).all():
        return edges.shape[0] - searchsorted(edges[::-1], x, side="left" if right else "right")
    raise ArgumentError("numpy.digitize: bins must be in ascending or descending order")


@implements(np.interp)
def interp(
    x: Any, xp_: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """Translate `numpy.interp`, without a period."""
    if period is not None:
        raise NumpyFunctionError("numpy.interp with a period is not supported")
    x, places, values = (xp().astype(as_array(obj), xp().float64) for obj in (x, xp_, fp))
    last = places.shape[0] - 1
    i = xp().clip(xp().searchsorted(places, x, side="right") - 1, 0, last)
    j = xp().clip(i + 1, None, last)
    x0, y0 = places[i], values[i]
    step = places[j] - x0
    slope = (values[j] - y0) / xp().where(step == 0, 1.0, step)
    inner = xp().where(x == x0, y0, slope * (x - x0) + y0)
    below = values[0] if left is None else left
    above = values[-1] if right is None else right
    outer = xp().where(x > places[-1], above, xp().where(x < places[0], below, inner))
    return xp().where(xp().isnan(x), x, outer)


def partition(a: Any, kth: Any, axis: int | None = -1, kind: str = "", order: Any = None) -> Any:
    """Translate `numpy.partition` by sorting."""
    return functions.sort(a, axis)


def argpartition(a: Any, kth: Any, axis: int | None = -1, kind: str = "", order: Any = None) -> Any:
    """Translate `numpy.argpartition` by sorting."""
    return functions.argsort(a, axis)


FUNCTIONS[np.partition] = partition
FUNCTIONS[np.argpartition] = argpartition


@implements(np.ptp)
def ptp(a: Any, axis: Axes = None, out: object = None, keepdims: bool = False) -> Any:
    """Translate `numpy.ptp`."""
    no_out(out, "ptp")
    high = reductions.max(a, axis, keepdims=keepdims)
    return high - reductions.min(a, axis, keepdims=keepdims)


@implements(np.unique)
def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Axes = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """Translate `numpy.unique`, without an axis."""
    if axis is not None:
        raise NumpyFunctionError("numpy.unique along an axis is not supported")
    result = xp().unique_all(as_array(ar))
    if equal_nan and _may_be_nan(result.values):
        result = _one_nan(*result)
    returned = (True, return_index, return_inverse, return_counts)
    results = tuple(part for part, use in zip(result, returned, strict=True) if use)
    return results if len(results) > 1 else results[0]


def _one_nan(values: Any, indices: Any, inverse: Any, counts: Any) -> tuple[Any, ...]:
    """Merge all NaN into one element; in the standard, each is distinct, and they are last."""
    missing = xp().isnan(values)
    number = xp().count_nonzero(missing)
    first = xp().count_nonzero(~missing)
    kept = xp().arange(values.shape[0]) <= first
    values = values[kept]
    counts = xp().where(xp().isnan(values), number, counts[kept])
    return values, indices[kept], xp().clip(inverse, None, first), counts


# Functions that ignore NaN


def _ignoring(name: str, neutral: float) -> Callable[..., Any]:
    def function(
        a: Any, axis: Axes = None, dtype: object = None, out: object = None, keepdims: bool = False
    ) -> Any:
        no_out(out, f"nan{name}")
        array = _without_nan(a, neutral)
        return getattr(reductions, name)(array, axis, dtype, keepdims=keepdims)

    return function


def _ignoring_extreme(name: str, neutral: float) -> Callable[..., Any]:
    def function(a: Any, axis: Axes = None, out: object = None, keepdims: bool = False) -> Any:
        no_out(out, f"nan{name}")
        result = getattr(reductions, name)(_without_nan(a, neutral), axis, keepdims=keepdims)
        if not _may_be_nan(a):
            return result
        empty = xp().all(xp().isnan(as_array(a)), axis=axis, keepdims=keepdims)
        return xp().where(empty, xp().nan, result)

    return function


def _may_be_nan(a: Any) -> bool:
    return bool(xp().isdtype(as_array(a).dtype, ("real floating", "complex floating")))


def _without_nan(a: Any, neutral: float) -> Any:
    array = as_array(a)
    return xp().where(xp().isnan(array), neutral, array) if _may_be_nan(a) else array


FUNCTIONS[np.nansum] = _ignoring("sum", 0.0)
FUNCTIONS[np.nanprod] = _ignoring("prod", 1.0)
FUNCTIONS[np.nancumsum] = lambda a, axis=None: reductions.cumsum(_without_nan(a, 0.0), axis)
FUNCTIONS[np.nanmax] = _ignoring_extreme("max", -np.inf)
FUNCTIONS[np.nanmin] = _ignoring_extreme("min", np.inf)


def _count(array: Any, axis: Any, keepdims: bool) -> Any:
    numbers = xp().astype(~xp().isnan(array), array.dtype)
    return xp().sum(numbers, axis=axis, keepdims=keepdims)


@implements(np.nanmean)
def nanmean(
    a: Any, axis: Axes = None, dtype: object = None, out: object = None, keepdims: bool = False
) -> Any:
    """Translate `numpy.nanmean`."""
    no_out(out, "nanmean")
    array = as_float(a, dtype)
    total = xp().sum(_without_nan(array, 0.0), axis=axis, keepdims=keepdims)
    return total / _count(array, axis, keepdims)


@implements(np.nanvar)
def nanvar(
    a: Any,
    axis: Axes = None,
    dtype: object = None,
    out: object = None,
    ddof: float = 0,
    keepdims: bool = False,
) -> Any:
    """Translate `numpy.nanvar`."""
    no_out(out, "nanvar")
    array = as_float(a, dtype)
    off = _without_nan(array - nanmean(array, axis, keepdims=True), 0.0)
    count = _count(array, axis, keepdims) - ddof
    total = xp().sum(off * off, axis=axis, keepdims=keepdims)
    return xp().where(count > 0, total / count, xp().nan)


@implements(np.nanstd)
def nanstd(*args: Any, **kwargs: Any) -> Any:
    """Translate `numpy.nanstd`."""
    return xp().sqrt(nanvar(*args, **kwargs))


# Covariance


@implements(np.cov)
def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None
) -> Any:
    """Translate `numpy.cov`, without weights."""
    rows = _variables(m, rowvar)
    if y is not None:
        rows = xp().concat([rows, _variables(y, rowvar)], axis=0)
    off = rows - xp().mean(rows, axis=1, keepdims=True)
    missing = ddof if ddof is not None else 0 if bias else 1
    result = off @ xp().conj(xp().matrix_transpose(off)) if _is_complex(off) else off @ off.mT
    result = result / xp().asarray(off.shape[1] - missing, dtype=result.dtype)
    return functions.squeeze(result)


def _variables(m: Any, rowvar: bool) -> Any:
    array = as_float(m)
    array = xp().astype(array, np.result_type(array.dtype.numpy, np.float64))
    if array.ndim < 2:
        return xp().reshape(array, (1, -1))
    return array if rowvar else array.mT


def _is_complex(array: Any) -> bool:
    return bool(xp().isdtype(array.dtype, "complex floating"))


@implements(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """Translate `numpy.corrcoef`, of real variables."""
    result = cov(x, y, rowvar)
    if result.ndim == 0:
        return result / result
    n = result.shape[0]
    scale = xp().sqrt(xp().reshape(result, (n * n,))[:: n + 1])
    return xp().clip(result / scale[:, None] / scale[None, :], -1, 1)
