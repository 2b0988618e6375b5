"""numpy functions for order statistics, for data with NaN, and for distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy import manipulation, reductions, sorting
from onnxp._src.numpy.dispatch import (
    BACKWARDS,
    FUNCTIONS,
    Axes,
    as_array,
    as_float,
    axes_of,
    axis_of,
    certainly_positive,
    check_out,
    choice_of,
    implements,
    in_common,
    in_dtype,
    is_bool,
    is_complex,
    of_shape,
    promoted_with,
    required,
    stored,
)
from onnxp._src.numpy.reductions import UNSET, kept
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import product
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    DTypeError,
    IndexingError,
    NumpyFunctionError,
    ShapeError,
)

# Order


def in_order(a: Any, axis: Any, name: str) -> Any:
    """Return the elements in order along a first axis, which is made of all that a function goes over."""
    array = as_float(a)
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
    """Translate `numpy.quantile`, interpolating linearly or taking an element."""
    if (method not in ("linear", "midpoint") and method not in _PLACES) or weights is not None:
        raise NumpyFunctionError(
            f"numpy.quantile with method={method!r} or weights is not supported, only the methods linear, "
            f"midpoint, {', '.join(_PLACES)}"
        )
    if _is_integer(q):
        return stored(_extreme_quantile(a, q, axis, keepdims), out, "quantile", BACKWARDS)
    if is_bool(as_array(a)) and method not in _PLACES:
        raise DTypeError(
            "numpy.quantile: truth values cannot be subtracted; write xp.astype(x, dtype)"
        )
    ordered = in_order(a, axis, "quantile")
    if type(ordered.shape[0]) is int and ordered.shape[0] == 0:
        raise IndexingError("numpy.quantile: there are no elements")
    if not isinstance(q, xp().Array):
        if np.any((np.asarray(q) < 0) | (np.asarray(q) > 1)):
            raise ArgumentError(f"numpy.quantile: quantiles must be between 0 and 1, not {q!r}")
        wide = type(q) is not float or ordered.dtype.unit
        q = np.asarray(q, np.float64 if wide else ordered.dtype.numpy)
    q = as_array(q)
    n = ordered.shape[0]
    place = q * (n - 1)
    if method in _PLACES:
        place = getattr(xp(), _PLACES[method])(place)
    lower = xp().floor(place)
    index = xp().astype(lower, xp().int64)
    low = xp().take(ordered, xp().reshape(index, (-1,)), axis=0)
    high = xp().take(ordered, xp().reshape(xp().clip(index + 1, None, n - 1), (-1,)), axis=0)
    between = place - lower
    if method == "midpoint":
        between = xp().where(between > 0, xp().full((), 0.5, dtype=between.dtype), between)
    t = xp().reshape(between, (-1, *(1,) * (ordered.ndim - 1)))
    result = xp().where(t < 0.5, low + (high - low) * t, high - (high - low) * (1 - t))
    result = _or_nan(result, ordered)
    result = xp().reshape(result, (*q.shape, *ordered.shape[1:]))
    if method in _PLACES:
        result = xp().astype(result, as_array(a).dtype, copy=False)
    casting = BACKWARDS if method in _PLACES else "same_kind"
    return stored(with_axes(result, a, axis, keepdims, q.ndim), out, "quantile", casting)


_PLACES = {"lower": "floor", "higher": "ceil", "nearest": "round"}
"""The methods that take an element, with the function that finds its place."""


def _is_integer(q: Any) -> bool:
    return type(q) is int or getattr(getattr(q, "dtype", None), "kind", "") in ("i", "u")


def _extreme_quantile(a: Any, q: Any, axis: Any, keepdims: Any) -> Any:
    """Return the quantiles 0 and 1 given as integers, for which numpy keeps the dtype."""
    if type(q) is not int or q not in (0, 1):
        raise ArgumentError(f"numpy.quantile: quantiles lie between 0.0 and 1.0, not {q!r}")
    return (reductions.max if q else reductions.min)(a, axis, keepdims=keepdims)


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
    if a.ndim != 1:
        raise ShapeError(f"numpy.searchsorted: the sorted array must have rank 1, not {a.ndim}")
    if is_bool(a):
        a, v = xp().astype(a, xp().int8), xp().astype(v, xp().int8)
    return xp().searchsorted(a, v, side=side, sorter=None if sorter is None else as_array(sorter))


@implements(np.digitize)
def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """Translate `numpy.digitize`, for concrete bins."""
    edges = np.asarray(bins)
    for kind in (as_array(x).dtype, as_array(bins).dtype):
        if kind.kind in "OV":
            raise DTypeError(f"numpy.digitize: bins are numbers or times, not {kind}")
    if edges.ndim != 1:
        raise ShapeError(f"numpy.digitize: bins must have rank 1, not {edges.ndim}")
    if is_complex(as_array(x)) or edges.dtype.kind == "c":
        raise DTypeError("numpy.digitize: complex numbers have no order")
    if (edges[1:] >= edges[:-1]).all():
        return searchsorted(edges, x, side="left" if right else "right")
    if (edges[1:] <= edges[:-1]).all():
        return edges.shape[0] - searchsorted(edges[::-1], x, side="left" if right else "right")
    raise ArgumentError("numpy.digitize: bins must be in ascending or descending order")


@implements(np.interp)
def interp(
    x: Any, xp_: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """Translate `numpy.interp`."""
    x, places, values = (as_array(obj) for obj in (x, xp_, fp))
    for array in (x, places, values):
        if is_complex(array):
            raise NumpyFunctionError("numpy.interp of complex numbers is not supported")
        if array.dtype.unit:
            raise DTypeError(
                "numpy.interp: times are not numbers; divide them by np.timedelta64(1, 's')"
            )
    x, places, values = (xp().astype(array, xp().float64) for array in (x, places, values))
    if places.ndim != 1 or values.ndim != 1:
        raise ShapeError("numpy.interp: xp and fp must have rank 1")
    counts = f"{places.shape[0]} and {values.shape[0]}"
    problem = (
        f"numpy.interp: xp and fp must have as many elements, and at least one, but have {counts}"
    )
    values = of_shape(values, places.shape, problem)
    if type(places.shape[0]) is int and places.shape[0] == 0:
        raise ShapeError(problem)
    if period is not None:
        x, places, values = _in_one_period(x, places, values, period)
        left = right = None
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
    count = places.shape[0]
    if type(count) is int and count > 1:
        return xp().where(xp().isnan(x), x, outer)
    # NaN is neither below nor above a single point, so numpy gives the value there
    return xp().where(xp().isnan(x), xp().where(xp().asarray(count) > 1, x, values[0]), outer)


def _in_one_period(x: Any, places: Any, values: Any, period: Any) -> tuple[Any, Any, Any]:
    """Return places in order within one period, with those of the neighbouring periods at the ends."""
    if not isinstance(period, xp().Array) and period == 0:
        raise ArgumentError("numpy.interp: the period must not be 0")
    period = xp().abs(xp().astype(as_array(period), xp().float64))
    x, places = x % period, places % period
    order = xp().argsort(places)
    places, values = places[order], values[order]
    places = xp().concat([places[-1:] - period, places, places[:1] + period])
    return x, places, xp().concat([values[-1:], values, values[:1]])


def _with_place(array: Any, kth: Any, axis: int, name: str) -> Any:
    """Return an array that must have the places `kth` along an axis, unless it has no elements."""
    size = array.shape[axis]
    for place in np.ravel(np.asarray(kth)):
        if not isinstance(place, np.integer):
            raise ArgumentTypeError(f"numpy.{name}: kth must be an integer, not {kth!r}")
        least = int(place) + 1 if place >= 0 else -int(place)
        if type(size) is int and least > size and all(map(certainly_positive, array.shape)):
            raise ArgumentError(f"numpy.{name}: kth {place} is out of range for size {size}")
        is_empty = any(type(n) is int and n == 0 for n in array.shape)
        if (dims.bounds(size)[0] or 0) < least and not is_empty:
            there = (xp().asarray(size) >= least) | (xp().asarray(array.size) == 0)
            array = xp().take(array, required(xp().arange(size), there), axis=axis)
    return array


@implements(np.partition)
def partition(
    a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect", order: Any = None
) -> Any:
    """Translate `numpy.partition` by sorting."""
    return sorting.sort(*_partitioned(a, kth, axis, kind, "partition"), order=order)


@implements(np.argpartition)
def argpartition(
    a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect", order: Any = None
) -> Any:
    """Translate `numpy.argpartition` by sorting."""
    return sorting.argsort(*_partitioned(a, kth, axis, kind, "argpartition"), order=order)


def _partitioned(a: Any, kth: Any, axis: Any, kind: Any, name: str) -> tuple[Any, int]:
    """Return the array and the axis to sort, after checks of the arguments."""
    choice_of(kind, ("introselect",), name, "kind")
    array = as_array(a)
    array, along = (
        (manipulation.ravel(array), 0) if axis is None else (array, axis_of(axis, array, name))
    )
    return _with_place(array, kth, along, name), along


@implements(np.ptp)
def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    """Translate `numpy.ptp`."""
    high, low = (f(a, axis, keepdims=keepdims) for f in (reductions.max, reductions.min))
    if out is not None:  # which numpy writes the maximum into first
        check_out(out, "ptp")
        high, low = in_common(in_dtype(high, out.dtype), low)
    if is_bool(high):
        raise DTypeError("numpy.ptp: truth values cannot be subtracted; write xp.astype(x, dtype)")
    return stored(high - low, out, "ptp")


@implements(np.unique)
def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
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
        may_be_nan = _may_be_nan(array) or array.dtype.unit
        if may_be_nan and (initial is UNSET or initial is None):
            axes = axes_of(axis, array, name)
            empty = xp().all(xp().isnan(array), axis=axes, keepdims=kept(keepdims))
            result = xp().where(empty, nan_of(array), result)
        return stored(result, out, f"nan{name}", "unsafe")

    return function


def _may_be_nan(a: Any) -> bool:
    return bool(xp().isdtype(as_array(a).dtype, ("real floating", "complex floating")))


def without_nan(a: Any, neutral: float) -> Any:
    array = as_array(a)
    if array.dtype.unit and np.isinf(neutral):
        furthest = _time((2**63 - 1) * int(np.sign(neutral)), array.dtype)
        return xp().where(xp().isnan(array), furthest, array)
    if not _may_be_nan(array):
        return array
    return xp().where(xp().isnan(array), in_dtype(neutral, array.dtype), array)


FUNCTIONS[np.nansum] = _ignoring("sum", 0.0)
FUNCTIONS[np.nanprod] = _ignoring("prod", 1.0)
FUNCTIONS[np.nanmax] = _ignoring_extreme("max", -np.inf)
FUNCTIONS[np.nanmin] = _ignoring_extreme("min", np.inf)


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
    if not _may_be_nan(a):
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
        if not _may_be_nan(a):
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


FUNCTIONS[np.nanvar] = _ignoring_spread("var")
FUNCTIONS[np.nanstd] = _ignoring_spread("std")


# Together


@implements(np.cov)
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """Translate `numpy.cov`, without weights."""
    if fweights is not None or aweights is not None:
        raise NumpyFunctionError("numpy.cov with weights is not supported")
    if ddof is not None and ddof != int(ddof):
        raise ArgumentError(f"numpy.cov: ddof must be an integer, not {ddof!r}")
    arrays = [as_array(x) for x in (m, y) if x is not None]
    for array in arrays:
        if array.ndim > 2:
            raise ShapeError(f"numpy.cov: variables have rank 1 or 2, not {array.ndim}")
    wide = np.result_type(*(x.dtype.numpy for x in arrays), np.float64) if dtype is None else dtype
    rows = _variables(arrays[0], rowvar, wide)
    if rows.shape[0] == 0:
        return xp().zeros((0, 0), dtype=xp().float64)
    if y is not None:
        rows = xp().concat([rows, _variables(arrays[1], rowvar, wide)], axis=0)
    off = rows - xp().mean(rows, axis=1, keepdims=True)
    missing = int(ddof) if ddof is not None else 0 if bias else 1
    result = off @ xp().conj(xp().matrix_transpose(off)) if is_complex(off) else off @ off.mT
    count = off.shape[1]
    left = count - missing if missing <= 0 else xp().clip(xp().asarray(count) - missing, 0, None)
    result = result / xp().astype(as_array(left), result.dtype)
    return manipulation.squeeze(result)


def _variables(array: Any, rowvar: bool, dtype: Any) -> Any:
    array = xp().astype(array, dtype)
    if array.ndim < 2:
        return xp().reshape(array, (1, -1))
    return array if rowvar else array.mT


@implements(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """Translate `numpy.corrcoef`, of real variables."""
    result = cov(x, y, rowvar, dtype=dtype)
    if is_complex(result):
        raise NumpyFunctionError("numpy.corrcoef of complex numbers is not supported")
    if result.ndim == 0:
        return result / result
    n = result.shape[0]
    scale = xp().sqrt(xp().reshape(result, (n * n,))[:: n + 1])
    return xp().clip(result / scale[:, None] / scale[None, :], -1, 1)
