"""Replacements of functions of scipy that scikit-learn calls with traced arrays."""

from __future__ import annotations

import functools
from math import erf, erfc, exp
from types import ModuleType
from typing import Any

import numpy as np
from numpy.polynomial.chebyshev import chebinterpolate

from onnxp.sklearn._distances import double, pairwise
from onnxp.sklearn._registry import is_traced, replaces


@replaces("scipy.spatial.distance:cdist", reason="It is compiled code.")
def _cdist(xp: ModuleType, /, XA: Any, XB: Any, metric: Any = "euclidean", **options: Any) -> Any:
    if metric not in ("euclidean", "sqeuclidean", "cityblock", "chebyshev") or options:
        return NotImplemented
    if not is_traced(XA):
        return pairwise(XB, np.asarray(XA), metric).T
    if not is_traced(XB):
        return pairwise(XA, np.asarray(XB), metric)
    return NotImplemented


@replaces("scipy.linalg:solve_triangular", reason="It is compiled code.")
def _solve_triangular(
    xp: ModuleType, /, a: Any, b: Any, trans: Any = 0, lower: bool = False, **_: Any
) -> Any:
    from scipy.linalg import solve_triangular

    if is_traced(a) or trans not in (0, "N"):
        return NotImplemented
    matrix = np.asarray(a)
    inverse = solve_triangular(matrix, np.eye(len(matrix)), lower=lower)
    return xp.asarray(inverse) @ double(b)


@replaces("scipy.linalg:solve", reason="It is compiled code.")
def _solve(xp: ModuleType, /, a: Any, b: Any, *args: Any, **options: Any) -> Any:
    if is_traced(a) or args or options:
        return NotImplemented
    return xp.asarray(np.linalg.inv(np.asarray(a))) @ double(b)


# Special functions


@replaces("scipy.special:erf", reason="It is compiled code, and ONNX's Erf computes in float32.")
def _erf(xp: ModuleType, /, x: Any) -> Any:
    x = double(x)
    size = xp.minimum(xp.abs(x), 6.0)  # beyond, it is 1
    below, above = _erf_series()
    near = size * _chebyshev(xp, below, size * size / 2.0 - 1.0)
    far = 1.0 - xp.exp(-size * size) * _chebyshev(xp, above, size / 2.0 - 2.0)
    return xp.sign(x) * xp.where(size < 2.0, near, far)


@functools.cache
def _erf_series() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return Chebyshev series of erf(x) / x in x**2 / 2 - 1, and of erfc(x) * exp(x**2) in x / 2 - 2."""

    def below(t: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        x = np.sqrt(2.0 * (t + 1.0))
        return np.asarray([erf(v) / v for v in x])

    def above(t: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray([erfc(v) * exp(v * v) for v in 2.0 * (t + 2.0)])

    return chebinterpolate(below, 24), chebinterpolate(above, 30)


def _chebyshev(xp: ModuleType, coefficients: np.ndarray[Any, Any], x: Any) -> Any:
    """Return the sum of a Chebyshev series at numbers between -1 and 1."""
    degrees = xp.arange(len(coefficients), dtype=xp.float64)
    angles = xp.acos(xp.clip(x, -1.0, 1.0))
    return xp.cos(angles[..., None] * degrees) @ xp.asarray(coefficients)
