"""Replacements of quantile transformations in ``sklearn.preprocessing``, for all columns at once."""

from __future__ import annotations

from statistics import NormalDist
from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._distances import double
from onnxp.sklearn._registry import computes_in, replaces

computes_in("float64", "sklearn.preprocessing._data:QuantileTransformer")

_EDGE = 1e-7  # scikit-learn's BOUNDS_THRESHOLD
_LIMITS = [
    NormalDist().inv_cdf(p) for p in (_EDGE - np.spacing(1.0), 1.0 - (_EDGE - np.spacing(1.0)))
]
_Host = np.ndarray[Any, Any]


@replaces(
    "sklearn.preprocessing._data:QuantileTransformer._transform",
    reason="It calls `norm.ppf` of scipy (1.9.1, _data.py:2983), and goes through the columns.",
)
def _transformed(xp: ModuleType, /, model: Any, X: Any, inverse: bool = False) -> Any:
    quantiles = np.asarray(model.quantiles_).T
    references = np.asarray(model.references_, float)
    is_normal = model.output_distribution == "normal"
    if inverse:
        rows = xp.astype(xp.special.ndtr(double(X)), X.dtype) if is_normal else X
        low: Any = 0.0
        high: Any = 1.0
        places = np.broadcast_to(references, quantiles.shape)
        result = _interpolated(xp, double(rows), places, quantiles.astype(float))
        ends = xp.asarray(quantiles[:, 0].copy()), xp.asarray(quantiles[:, -1].copy())
    else:
        rows = X
        low, high = xp.asarray(quantiles[:, 0].copy()), xp.asarray(quantiles[:, -1].copy())
        values = np.broadcast_to(references, quantiles.shape)
        result = _interpolated(xp, double(rows), quantiles.astype(float), values)
        ends = 0.0, 1.0
    if is_normal:
        is_low, is_high = rows - _EDGE < low, rows + _EDGE > high
    else:
        is_low, is_high = rows == low, rows == high
    result = xp.where(xp.isnan(rows), xp.nan, result)
    result = xp.where(is_low, ends[0], xp.where(is_high, ends[1], result))
    result = xp.astype(result, X.dtype)
    if is_normal and not inverse:
        result = xp.clip(xp.special.ndtri(double(result)), *_LIMITS)
        return xp.astype(result, X.dtype)
    return result


def _interpolated(xp: ModuleType, x: Any, places: _Host, values: _Host) -> Any:
    """Interpolate each column of `x` in a row of places, and at repeated places the mean of the values."""
    columns, count = places.shape
    low, high = xp.asarray(places[:, 0].copy()), xp.asarray(places[:, -1].copy())
    is_low, is_high = x < low, x > high
    x = xp.clip(x, low, high)
    last = np.arange(count)
    first = np.stack([np.searchsorted(row, row) for row in places])
    following = np.minimum(last + 1, count - 1)
    steps = places[:, following] - places
    slopes = (values[:, following] - values) / np.where(steps == 0, 1.0, steps)
    means = (values + np.take_along_axis(values, first, axis=1)) / 2.0
    index = _last_not_above(xp, x, places)
    shape = index.shape
    index = xp.reshape(index + xp.asarray(np.arange(columns, dtype=np.int32) * count), (-1,))

    def entry(table: _Host) -> Any:
        return xp.take_along_axis(xp.asarray(np.ravel(table)), index, axis=0)

    x = xp.reshape(x, (-1,))
    place, slope = entry(places), entry(slopes)
    rising = entry(values) + slope * (x - place)
    falling = entry(values[:, following]) + slope * (x - entry(places[:, following]))
    result = xp.where(x == place, entry(means), (rising + falling) / 2.0)
    result = xp.where(is_low, xp.asarray(values[:, 0].copy()), xp.reshape(result, shape))
    return xp.where(is_high, xp.asarray(values[:, -1].copy()), result)


def _last_not_above(xp: ModuleType, x: Any, places: _Host) -> Any:
    """Return the index of the last place of each column that is not above its elements, at least 0."""
    columns, count = places.shape
    depth = count.bit_length()
    table = np.full((columns, 2**depth), np.inf)
    table[:, 1 : count + 1] = places  # found places are counted from 1
    # GatherElements of a vector is several times as fast as Gather, and sums as Where (onnxruntime 1.32.0)
    flat = xp.asarray(table.ravel())
    start = xp.asarray(np.arange(columns, dtype=np.int32) * 2**depth)
    position = xp.zeros_like(x, dtype=xp.int32) + start
    for bit in range(depth - 1, -1, -1):
        further = xp.reshape(position + 2**bit, (-1,))
        value = xp.reshape(xp.take_along_axis(flat, further, axis=0), x.shape)
        position = position + xp.astype(value <= x, xp.int32) * 2**bit
    return xp.maximum(position - start - 1, 0)
