"""numpy functions for histograms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.counting import scattered
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.manipulation import ravel
from onnxp._src.numpy.operands import as_array, as_count, is_bool, is_complex, kind_of, required
from onnxp._src.numpy.ranges import linspace
from onnxp._src.numpy.results import of_shape
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import same_shape
from onnxp.errors import (
    ArgumentError,
    DTypeError,
    NumpyFunctionError,
    ShapeError,
    UnknownSizeError,
)


@implements(np.histogram_bin_edges)
def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    """Translate `numpy.histogram_bin_edges`, for a number of bins or given edges."""
    if weights is not None:
        array, a = as_array(a), _like_weights(as_array(a), weights, "histogram_bin_edges")
        if range is not None and not same_shape(array.shape, as_array(weights).shape):
            raise UnknownSizeError(
                f"numpy.histogram_bin_edges: weights of shape {as_array(weights).shape} may not fit an "
                f"array of shape {array.shape}; leave them out, because the edges do not depend on them"
            )
    return _edges(_numbers(a, "histogram_bin_edges"), bins, range, "histogram_bin_edges")


def _like_weights(array: Any, weights: Any, name: str) -> Any:
    """Return an array that must have the shape of its weights."""
    shape = as_array(weights).shape
    problem = f"numpy.{name}: weights have shape {shape}, but a has shape {array.shape}"
    return of_shape(array, shape, problem)


def _numbers(a: Any, name: str) -> Any:
    array = ravel(as_array(a))
    if is_complex(array):
        raise DTypeError(f"numpy.{name}: complex numbers have no order")
    return xp().astype(array, xp().uint8) if is_bool(array) else array


def _edges(a: Any, bins: Any, limits: Any, name: str) -> Any:
    if isinstance(bins, str):
        raise NumpyFunctionError(
            f"numpy.{name}: bins={bins!r} is not supported, because the number of bins depends on the "
            "elements; give a number of bins, or edges"
        )
    if np.ndim(bins) == 1:
        edges = as_array(bins)
        if not edges.is_traced and bool(xp().any(edges[1:] < edges[:-1])):
            raise ArgumentError(f"numpy.{name}: bins must increase monotonically")
        return edges
    if np.ndim(bins) != 0:
        raise ShapeError(f"numpy.{name}: bins must have rank 0 or 1")
    count = as_count(bins, name, "bins")
    if count < 1:
        raise ArgumentError(f"numpy.{name}: there must be at least one bin, not {bins}")
    low, high = _limits(a, limits, name)
    kind = np.result_type(a.dtype.numpy, *map(kind_of, limits or ()))
    kind = kind if kind.kind == "f" else np.result_type(kind, np.float64)
    return linspace(low, high, count + 1, dtype=kind)


def _limits(a: Any, limits: Any, name: str) -> tuple[Any, Any]:
    if limits is not None:
        low, high = limits
        if not isinstance(low, xp().Array) and not isinstance(high, xp().Array):
            if low > high:
                raise ArgumentError(f"numpy.{name}: the range must not decrease, as {limits} does")
            if not (np.isfinite(low) and np.isfinite(high)):
                raise ArgumentError(f"numpy.{name}: the range must be finite, not {limits}")
            return (low - 0.5, high + 0.5) if low == high else (low, high)
    elif type(a.size) is int and a.size == 0:
        return 0.0, 1.0
    elif type(a.size) is not int and dims.bounds(a.size)[0] == 0:  # from 0 to 1, if there are none
        padded = xp().concat([a, xp().zeros(1, dtype=a.dtype)])[: dims.maximum(a.size, 1)]
        low, high = xp().min(padded), xp().max(padded)
        high = xp().where(xp().asarray(a.size) == 0, low + 1, high)
    else:
        low, high = xp().min(a), xp().max(a)
    return _finite(*_widened(low, high), name)


def _finite(low: Any, high: Any, name: str) -> tuple[Any, Any]:
    """Return limits that must be finite; traced ones make the run fail if they are not."""
    finite = xp().isfinite(low) & xp().isfinite(high)
    if finite.is_traced:
        return required(low, finite), required(high, finite)
    if not bool(finite):
        raise ArgumentError(f"numpy.{name}: the elements must be finite, or range= given")
    return low, high


def _widened(low: Any, high: Any) -> tuple[Any, Any]:
    """Return limits that differ."""
    low, high = xp().astype(as_array(low), xp().float64), xp().astype(as_array(high), xp().float64)
    return xp().where(low == high, low - 0.5, low), xp().where(low == high, high + 0.5, high)


@implements(np.histogram)
def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """Translate `numpy.histogram`, for a number of bins or given edges."""
    if weights is not None:
        a = _like_weights(as_array(a), weights, "histogram")
    array = _numbers(a, "histogram")
    edges = _edges(array, bins, range, "histogram")
    count = edges.shape[0] - 1
    if weights is None:
        values = xp().ones(array.shape, dtype=xp().int64)
    else:
        values = ravel(as_array(weights))
        if is_complex(values) or is_bool(values):
            raise NumpyFunctionError(
                f"numpy.histogram: weights of {values.dtype} are not supported"
            )
    # the edges decide, also where numpy computes the bin from the width
    kind = np.result_type(array.dtype.numpy, edges.dtype.numpy)
    x, limits = xp().astype(array, kind), xp().astype(edges, kind)
    inside = (x >= limits[0]) & (x <= limits[count])
    bin_of = xp().searchsorted(limits, x, side="right") - 1
    bin_of = xp().where(inside, xp().clip(bin_of, 0, count - 1), 0)
    values = xp().where(inside, values, xp().zeros((), dtype=values.dtype))
    result = scattered(xp().zeros(count, dtype=values.dtype), bin_of, values, "add")
    if not density:
        return result, edges
    widths = xp().astype(edges[1:] - edges[:-1], xp().float64)
    return result / widths / xp().sum(result), edges


@implements(np.histogramdd)
def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """Translate `numpy.histogramdd`, for numbers of bins or given edges."""
    if isinstance(sample, tuple | list):
        sample = xp().stack([xp().astype(as_array(x), xp().float64) for x in sample], axis=-1)
    points = np.atleast_2d(as_array(sample).T).T
    axes = points.shape[1]
    if points.ndim != 2 or type(axes) is not int:
        raise NumpyFunctionError(
            f"numpy.histogramdd: the sample has shape {points.shape}; it must have rank 2, and a number of "
            "columns that is known"
        )
    bins = list(bins) if hasattr(bins, "__len__") else [bins] * axes
    limits = [None] * axes if range is None else list(range)
    if len(bins) != axes or len(limits) != axes:
        raise ShapeError(
            f"numpy.histogramdd: there must be bins, and a range, for each of {axes} columns"
        )
    edges = []
    for i, (number, limit) in enumerate(zip(bins, limits, strict=True)):
        column = _numbers(points[:, i], "histogramdd")
        edges.append(_edges(column, number, limit, "histogramdd"))
    counts = _counted([points[:, i] for i, _ in enumerate(edges)], edges, weights)
    if density:
        total = xp().sum(counts)
        for i, limit in enumerate(edges):
            widths = xp().astype(limit[1:] - limit[:-1], xp().float64)
            counts = counts / xp().reshape(widths, (-1, *(1,) * (axes - i - 1)))
        counts = counts / total
    return counts, tuple(edges)


def _counted(columns: list[Any], edges: list[Any], weights: Any) -> Any:
    """Return how many rows, or what sum of weights, each bin has, in one dimension for each column."""
    rows = columns[0].shape
    values = xp().ones(rows) if weights is None else xp().astype(as_array(weights), xp().float64)
    values = of_shape(
        values,
        rows,
        f"numpy.histogramdd: weights have shape {values.shape}, but there are {rows[0]} rows",
    )
    place = xp().zeros(rows, dtype=xp().int64)
    inside = xp().ones(rows, dtype=xp().bool)
    counts = [limit.shape[0] - 1 for limit in edges]
    for column, limit, count in zip(columns, edges, counts, strict=True):
        kind = np.result_type(column.dtype.numpy, limit.dtype.numpy)
        x, limit = xp().astype(column, kind), xp().astype(limit, kind)
        inside = inside & (x >= limit[0]) & (x <= limit[count])
        bin_of = xp().searchsorted(limit, x, side="right") - 1
        place = place * count + xp().clip(bin_of, 0, count - 1)
    values = xp().where(inside, values, xp().zeros(()))
    place = xp().where(inside, place, xp().zeros((), dtype=xp().int64))
    return xp().reshape(scattered(xp().zeros(math.prod(counts)), place, values, "add"), counts)


@implements(np.histogram2d)
def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """Translate `numpy.histogram2d`, for numbers of bins or given edges."""
    is_edges = hasattr(bins, "__len__") and len(bins) not in (1, 2)
    first = as_array(x)
    second = of_shape(
        as_array(y),
        first.shape,
        f"numpy.histogram2d: x has shape {first.shape}, but y has shape {as_array(y).shape}",
    )
    counts, edges = histogramdd(
        [first, second], [bins, bins] if is_edges else bins, range, density, weights
    )
    return counts, *edges
