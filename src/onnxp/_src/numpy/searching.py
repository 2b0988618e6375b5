"""numpy functions that search among sorted places: ``searchsorted``, ``digitize``, ``interp``."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.operands import as_array, in_common, in_dtype, is_bool, is_complex, required
from onnxp._src.numpy.results import of_shape
from onnxp.errors import (
    ArgumentError,
    DTypeError,
    NumpyFunctionError,
    ShapeError,
)


@implements(np.searchsorted)
def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    """Translate `numpy.searchsorted`."""
    a, v = in_common(a, v)
    if a.ndim != 1:
        raise ShapeError(f"numpy.searchsorted: the sorted array must have rank 1, not {a.ndim}")
    if is_bool(a):
        a, v = in_dtype(a, xp().int8), in_dtype(v, xp().int8)
    return xp().searchsorted(a, v, side=side, sorter=None if sorter is None else as_array(sorter))


@implements(np.digitize)
def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """Translate `numpy.digitize`; a model fails whose bins are in no order."""
    edges = as_array(bins)
    for kind in (as_array(x).dtype, edges.dtype):
        if kind.kind in "OV":
            raise DTypeError(f"numpy.digitize: bins are numbers or times, not {kind}")
    if edges.ndim != 1:
        raise ShapeError(f"numpy.digitize: bins must have rank 1, not {edges.ndim}")
    if is_complex(as_array(x)) or is_complex(edges):
        raise DTypeError("numpy.digitize: complex numbers have no order")
    side = "left" if right else "right"
    if not edges.is_traced:
        known = np.asarray(edges)
        if (known[1:] >= known[:-1]).all():
            return searchsorted(edges, x, side=side)
        if (known[1:] <= known[:-1]).all():
            return known.shape[0] - searchsorted(known[::-1], x, side=side)
        raise ArgumentError("numpy.digitize: bins must be in ascending or descending order")
    rises = xp().all(edges[1:] >= edges[:-1])
    falls = xp().all(edges[1:] <= edges[:-1])
    flipped = edges.shape[0] - searchsorted(xp().flip(edges), x, side=side)
    return required(xp().where(rises, searchsorted(edges, x, side=side), flipped), rises | falls)


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
