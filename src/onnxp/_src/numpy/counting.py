"""numpy functions that count and that add up groups: ``bincount``, ``histogram``, ``ufunc.at``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.creation import linspace
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.manipulation import ravel
from onnxp._src.numpy.operands import as_array, as_count, is_bool, is_complex, kind_of, required
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

_REDUCTIONS = {"add": "add", "multiply": "mul", "maximum": "max", "minimum": "min"}
"""The reductions of ScatterElements, by the names of ufuncs."""


def scattered(a: Any, positions: Any, values: Any, name: str) -> Any:
    """Return a vector with values combined into its elements at positions, which may repeat."""
    return a._scatter(positions, xp().astype(values, a.dtype, copy=False), _REDUCTIONS[name])


def at(ufunc: np.ufunc, apply: Callable[..., Any], a: Any, indices: Any, b: Any, name: str) -> None:
    """Apply a ufunc in place at indices, once more for each time that an index repeats.

    Raises
    ------
    NumpyFunctionError
        If `a` is an array of numpy, which has no place for a traced array.
    """
    if not isinstance(a, xp().Array):
        raise NumpyFunctionError(
            f"numpy.{name}.at: a traced array cannot be written into an array of numpy; make the array in the "
            "traced function, as by np.zeros"
        )
    size = a.size
    flat = xp().asarray(ravel(a), copy=True)  # copies, because a is written to
    key = indices if isinstance(indices, tuple) else (indices,)
    key = tuple(as_array(k) if isinstance(k, list | np.ndarray) else k for k in key)
    positions = xp().reshape(xp().arange(size), a.shape)[key]
    values = None
    if ufunc.nin == 2:
        values = xp().asarray(ravel(xp().broadcast_to(as_array(b), positions.shape)), copy=True)
    positions = ravel(positions)
    kind = flat.dtype.numpy.kind
    if name in _REDUCTIONS and kind in "iuf" and _casts(values, flat):
        result = scattered(flat, positions, values, name)
    elif name == "subtract" and kind in "iuf" and _casts(values, flat):
        result = scattered(flat, positions, -xp().astype(values, flat.dtype), "add")
    else:
        result = _one_by_one(apply, flat, positions, values)
    a[...] = xp().reshape(result, a.shape)


def _casts(values: Any, flat: Any) -> bool:
    """Return whether values take the dtype of an array before the operation, so that it is computed in that."""
    return bool(np.result_type(values.dtype.numpy, flat.dtype.numpy) == flat.dtype.numpy)


def _one_by_one(apply: Callable[..., Any], flat: Any, positions: Any, values: Any) -> Any:
    def step(i: Any, array: Any) -> Any:
        place = positions[i]
        new = apply(array[place]) if values is None else apply(array[place], values[i])
        array[place] = new
        return array

    return xp().fori_loop(0, positions.shape[0], step, flat)


@implements(np.bincount)
def bincount(x: Any, /, weights: Any = None, minlength: Any = 0) -> Any:
    """Translate `numpy.bincount`; the number of bins depends on the elements."""
    array = as_array(np.zeros(0, np.int64) if isinstance(x, list | tuple) and not x else x)
    if array.ndim != 1:
        raise ShapeError(f"numpy.bincount: the array must have rank 1, not {array.ndim}")
    if not xp().isdtype(array.dtype, ("bool", "integral")):
        raise DTypeError(f"numpy.bincount: the elements must be integers, not {array.dtype}")
    if array.dtype == xp().uint64:
        raise DTypeError("numpy.bincount: uint64 is not cast to int64; write x.astype(np.int64)")
    array = xp().astype(array, xp().int64)
    least = as_count(minlength, "bincount", "minlength")
    if least < 0:
        raise ArgumentError(f"numpy.bincount: minlength must not be negative, not {minlength}")
    if array.is_traced:
        array = required(array, array >= 0)
    elif array.size and bool(xp().any(array < 0)):
        raise ArgumentError("numpy.bincount: the elements must not be negative")
    values = xp().ones_like(array) if weights is None else as_array(weights)
    if is_complex(values):
        raise DTypeError("numpy.bincount: weights must be real numbers")
    if weights is not None:
        if _is_empty(array):  # numpy looks at no weights, and counts
            values = xp().zeros_like(array)
        else:
            values = xp().astype(values, xp().float64)
        problem = (
            f"numpy.bincount: weights have shape {values.shape}, but x has shape {array.shape}"
        )
        values = of_shape(values, array.shape, problem)
    # one more element than there are, so that the largest exists
    largest = xp().max(xp().concat([array, xp().asarray([least - 1])]))
    zeros = xp().repeat(xp().zeros(1, dtype=values.dtype), xp().reshape(largest + 1, (1,)))
    return scattered(zeros, array, values, "add")


def _is_empty(array: Any) -> bool:
    return type(array.shape[0]) is int and array.shape[0] == 0


# Histograms


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
