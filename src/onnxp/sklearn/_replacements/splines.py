"""Replacement of splines in ``sklearn.preprocessing``: polynomials between knots."""

from __future__ import annotations

from math import factorial
from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._distances import double
from onnxp.sklearn._registry import computes_in, replaces

computes_in("float64", "sklearn.preprocessing._polynomial:SplineTransformer")


@replaces(
    "sklearn.preprocessing._polynomial:SplineTransformer.transform",
    reason="It calls scipy's `BSpline` for the rows inside of the knots (1.9.1, _polynomial.py:1131). Where "
    "it raises, beyond the knots with extrapolation='error', the model gives NaN.",
)
def _splines(xp: ModuleType, /, model: Any, X: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted, validate_data

    check_is_fitted(model)
    X = validate_data(model, X, ensure_all_finite=False, reset=False)
    rows = double(X)
    blocks = [
        _bases(xp, model, column, spline, rows[:, column])
        for column, spline in enumerate(model.bsplines_)
    ]
    if not model.include_bias:
        blocks = [block[:, :-1] for block in blocks]
    dtype = X.dtype if xp.isdtype(X.dtype, "real floating") else xp.float64
    if model.sparse_output:
        dtype = xp.float64
    return xp.astype(xp.concat(blocks, axis=1), dtype)


def _bases(xp: ModuleType, model: Any, column: int, spline: Any, x: Any) -> Any:
    """Return the basis functions of a spline at numbers, which are 0 at NaN."""
    degree = int(spline.k)
    low, high = float(spline.t[degree]), float(spline.t[-degree - 1])
    is_missing = xp.isnan(x)
    x = xp.where(is_missing, low, x)
    at = x
    if model.extrapolation == "periodic":
        width = high - low
        at = low + (x - low) - xp.floor((x - low) / width) * width if width > 0 else x * 0.0
    elif model.extrapolation == "constant":
        at = xp.clip(x, low, high)
    elif model.extrapolation == "linear":
        result = _continued(xp, spline, x, column)
        return xp.where(is_missing[:, None], 0.0, result)
    result = _piecewise(xp, spline, at)
    if model.extrapolation == "constant" and degree == 0:
        # it assigns no columns (1.9.1, _polynomial.py:1163)
        result = xp.where((x < low)[:, None], 0.0, result)
    if model.extrapolation == "error":
        outside = (x < low) | (x > high)
        result = xp.where(outside[:, None], xp.nan, result)
    return xp.where(is_missing[:, None], 0.0, result)


def _continued(xp: ModuleType, spline: Any, x: Any, column: int) -> Any:
    """Return a spline at numbers, which is linear beyond its knots."""
    # scikit-learn 1.9.1 raises a degree below 2 by 1 with each column (_polynomial.py:1190)
    degree = max(int(spline.k), min(int(spline.k) + column, 2))
    width = degree + 1 if degree <= 1 else degree
    low, high = float(spline.t[degree]), float(spline.t[-degree - 1])
    at = xp.clip(x, low, high)
    below, above = ((x < low)[:, None], (x > high)[:, None])
    result = xp.where(below | above, 0.0, _piecewise(xp, spline, at))
    for outside, end, kept in ((below, low, slice(0, width)), (above, high, slice(-width, None))):
        values, slopes = np.zeros(spline.c.shape[-1]), np.zeros(spline.c.shape[-1])
        values[kept], slopes[kept] = spline(end)[kept], spline(end, nu=1)[kept]
        line = xp.asarray(values) + (x - end)[:, None] * xp.asarray(slopes)
        result = xp.where(outside, line, result)
    return result


def _piecewise(xp: ModuleType, spline: Any, x: Any) -> Any:
    """Return a spline at numbers, by the polynomials of the intervals between its knots."""
    degree = int(spline.k)
    knots = np.unique(spline.t[degree : len(spline.t) - degree])[:-1]
    table = [spline(knots, nu=order) / factorial(order) for order in range(degree, -1, -1)]
    interval = xp.searchsorted(xp.asarray(knots[1:].copy()), x, side="right")
    start = xp.take(xp.asarray(knots), interval, axis=0)
    parts = [xp.take(xp.asarray(part), interval, axis=0) for part in table]
    distance = (x - start)[:, None]
    result = parts[0]
    for part in parts[1:]:
        result = result * distance + part
    return result
