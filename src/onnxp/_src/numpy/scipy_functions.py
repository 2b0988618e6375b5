"""Functions of scipy of compiled code, and those that look at elements, for traced arrays."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy import (
    scipy_correlations,
    scipy_distances,
    scipy_linalg,
    scipy_linear,
    scipy_signal,
    scipy_spectra,
    scipy_statistics,
    scipy_waveforms,
)
from onnxp._src.numpy.operands import as_array, required
from onnxp.errors import ArgumentError

# Special functions that are not ufuncs


def _special(name: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return getattr(xp().special, name)(*args, **kwargs)

    return call


# Interpolation


def _pieces(function: Any, nu: int) -> tuple[Any, Any]:
    """Return where the pieces of a derivative begin and end, and the coefficients of their powers."""
    if hasattr(function, "t"):  # a spline
        breaks = np.asarray(function.t)[function.k : len(function.t) - function.k]
        terms = [
            np.moveaxis(function(breaks[:-1], nu=nu + power), function.axis, 0)
            / math.factorial(power)
            for power in range(max(function.k - nu, 0), -1, -1)
        ]
        return breaks, np.stack(terms)
    polynomials = sys.modules["scipy.interpolate"]
    if isinstance(function, polynomials.BPoly):
        function = polynomials.PPoly.from_bernstein_basis(function)
    derivative = function.derivative(nu) if nu else function
    return np.asarray(derivative.x), np.asarray(derivative.c)


def piecewise_polynomial(function: Any, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
    """Compute what a piecewise polynomial is, such as `scipy.interpolate.CubicSpline`, or a spline."""
    outside = function.extrapolate if extrapolate is None else extrapolate
    points = xp().astype(as_array(x), xp().float64, copy=False)
    breaks, coefficients = _pieces(function, nu)
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
    result = xp().where(
        xp().reshape(kept, (*kept.shape, *(1,) * (coefficients.ndim - 2))), xp().nan, result
    )
    rank = points.ndim
    return xp().moveaxis(
        result, tuple(range(rank)), tuple(range(function.axis, function.axis + rank))
    )


def _splev(x: Any, tck: Any, der: int = 0, ext: int = 0) -> Any:
    """Translate `scipy.interpolate.splev`."""
    splines = sys.modules["scipy.interpolate"]
    if hasattr(tck, "tck"):
        if tck.c.ndim > 1 or ext != 0:
            raise ArgumentError(
                "scipy.interpolate.splev takes a BSpline with coefficients of rank 1 and ext=0 only; call the "
                "spline"
            )
        tck = tck.tck
    knots, coefficients, degree = tck
    if isinstance(coefficients, list | tuple) and np.ndim(coefficients) != 1:
        return [_splev(x, (knots, c, degree), der, ext) for c in coefficients]
    if ext not in (0, 1, 2, 3):
        raise ArgumentError(f"scipy.interpolate.splev: ext is {ext!r}; it may be 0, 1, 2 or 3")
    count = len(knots) - degree - 1
    spline = splines.BSpline(knots, np.asarray(coefficients)[:count], degree)
    first, last = float(knots[degree]), float(knots[count])
    points = xp().astype(as_array(x), xp().float64, copy=False)
    inside = ~((points < first) | (points > last))
    if ext == 2:
        points = required(points, inside)
    elif ext == 3 and der == 0:
        points = xp().clip(points, first, last)
    result = piecewise_polynomial(spline, points, der)
    return xp().where(inside, result, 0.0) if ext == 1 else result


def smoothing_spline(function: Any, x: Any, nu: int = 0, ext: Any = None) -> Any:
    """Compute what a `scipy.interpolate.UnivariateSpline` is."""
    modes = {"extrapolate": 0, "zeros": 1, "raise": 2, "const": 3}
    mode = function.ext if ext is None else modes.get(ext, ext)
    return _splev(x, function._eval_args, nu, mode)


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
    ("scipy.interpolate", "splev"): _splev,
    ("scipy.special", "multigammaln"): _special("multigammaln"),
    ("scipy.special", "polygamma"): _special("polygamma"),
    **scipy_distances.FUNCTIONS,
    **scipy_linalg.FUNCTIONS,
    **scipy_linear.FUNCTIONS,
    **scipy_signal.FUNCTIONS,
    **scipy_spectra.FUNCTIONS,
    **scipy_statistics.FUNCTIONS,
    **scipy_correlations.FUNCTIONS,
    **scipy_waveforms.FUNCTIONS,
}
"""The translations by the module and the name of a function."""
