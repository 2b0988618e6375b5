"""Functions of scipy of compiled code, and those that look at elements, for traced arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy import (
    scipy_distances,
    scipy_linalg,
    scipy_linear,
    scipy_signal,
    scipy_spectra,
    scipy_statistics,
    scipy_waveforms,
)
from onnxp._src.numpy.operands import as_array, required

# Special functions that are not ufuncs


def _special(name: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return getattr(xp().special, name)(*args, **kwargs)

    return call


# Interpolation


def piecewise_polynomial(function: Any, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
    """Compute what a piecewise polynomial is, such as `scipy.interpolate.CubicSpline`."""
    polynomial = function.derivative(nu) if nu else function
    outside = function.extrapolate if extrapolate is None else extrapolate
    points = xp().astype(as_array(x), xp().float64, copy=False)
    breaks, coefficients = np.asarray(polynomial.x), np.asarray(polynomial.c)
    if outside == "periodic":
        points = breaks[0] + np.remainder(points - breaks[0], breaks[-1] - breaks[0])
    flat = xp().reshape(points, (-1,))
    places = xp().searchsorted(xp().asarray(breaks), flat, side="right") - 1
    places = xp().clip(places, 0, len(breaks) - 2)
    rest = xp().reshape(
        flat - xp().take(xp().asarray(breaks), places), (-1, *(1,) * (coefficients.ndim - 2))
    )
    result: Any = 0.0
    for row in coefficients:
        result = result * rest + xp().take(xp().asarray(row), places, axis=0)
    result = xp().reshape(result, (*points.shape, *coefficients.shape[2:]))
    kept = xp().isnan(points)
    if not outside:
        kept = kept | (points < breaks[0]) | (points > breaks[-1])
    return xp().where(
        xp().reshape(kept, (*kept.shape, *(1,) * (coefficients.ndim - 2))), xp().nan, result
    )


def line_through_points(function: Any, x: Any) -> Any:
    """Compute what `scipy.interpolate.interp1d` does for kind="linear"; points outside fail where they do."""
    points = xp().astype(as_array(x), xp().float64, copy=False)
    xs, ys = np.asarray(function.x, np.float64), np.asarray(function.y, np.float64)
    inside = ~((points < xs[0]) | (points > xs[-1]))
    if function.bounds_error:
        points = required(points, inside)
    flat = xp().reshape(points, (-1,))
    places = xp().clip(xp().searchsorted(xp().asarray(xs), flat), 1, len(xs) - 1) - 1
    slopes = xp().asarray(np.diff(ys) / np.diff(xs))
    starts, heights = (xp().take(xp().asarray(a), places) for a in (xs, ys))
    line = xp().reshape(xp().take(slopes, places) * (flat - starts) + heights, points.shape)
    if isinstance(function.fill_value, str):  # "extrapolate"
        return line
    below, above = np.broadcast_to(np.asarray(function.fill_value, np.float64), (2,))
    return xp().where(inside, line, xp().where(points < xs[0], below, above))


FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ("scipy.special", "multigammaln"): _special("multigammaln"),
    ("scipy.special", "polygamma"): _special("polygamma"),
    **scipy_distances.FUNCTIONS,
    **scipy_linalg.FUNCTIONS,
    **scipy_linear.FUNCTIONS,
    **scipy_signal.FUNCTIONS,
    **scipy_spectra.FUNCTIONS,
    **scipy_statistics.FUNCTIONS,
    **scipy_waveforms.FUNCTIONS,
}
"""The translations by the module and the name of a function."""
