"""Functions of scipy of compiled code, and those that look at elements, for traced arrays."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy import scipy_distances, scipy_signal
from onnxp._src.numpy.manipulation import ravel
from onnxp._src.numpy.operands import as_array, as_float, axis_of, required
from onnxp.errors import NumpyFunctionError


def _inv(a: Any, overwrite_a: bool = False, check_finite: bool = True, **options: Any) -> Any:
    return np.linalg.inv(as_float(a))


def _det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    return xp().linalg.det(as_float(a))


def _norm(
    a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, check_finite: bool = True
) -> Any:
    return np.linalg.norm(as_float(a), ord=ord, axis=axis, keepdims=keepdims)


def _solve(
    a: Any,
    b: Any,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    assume_a: Any = None,
    transposed: bool = False,
) -> Any:
    a = as_float(a)
    return np.linalg.solve(xp().matrix_transpose(a) if transposed else a, as_float(b))


def _solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    a = as_float(a)
    a = xp().tril(a) if lower else xp().triu(a)
    if unit_diagonal or trans not in (0, 1, "N", "T"):
        raise NumpyFunctionError(
            "scipy.linalg.solve_triangular of traced arrays is not supported with unit_diagonal or trans='C'"
        )
    return np.linalg.solve(xp().matrix_transpose(a) if trans in (1, "T") else a, as_float(b))


def _cho_solve(
    c_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    factor, lower = c_and_lower
    first, second = (0, 1) if lower else (1, 0)
    return _solve_triangular(factor, _solve_triangular(factor, b, first, lower), second, lower)


def _rankdata(
    a: Any, method: str = "average", *, axis: Any = None, nan_policy: str = "propagate"
) -> Any:
    array = ravel(a) if axis is None else as_array(a)
    place = 0 if axis is None else axis_of(axis, array, "rankdata")
    if method != "average" or nan_policy != "propagate":
        raise NumpyFunctionError(
            "scipy.stats.rankdata of traced arrays is supported with method='average' only; write "
            "np.argsort(np.argsort(x)) + 1 for 'ordinal'"
        )
    rows = xp().moveaxis(array, place, -1)
    one, others = rows[..., :, None], rows[..., None, :]
    below = xp().sum(xp().astype(others < one, xp().float64), axis=-1)
    equal = xp().sum(xp().astype(others == one, xp().float64), axis=-1)
    ranks = below + (equal + 1) / 2
    if xp().isdtype(array.dtype, "real floating"):
        missing = xp().any(xp().isnan(rows), axis=-1, keepdims=True)
        ranks = xp().where(missing, xp().nan, ranks)
    return xp().moveaxis(ranks, -1, place)


def _quantile(
    x: Any,
    p: Any,
    *,
    method: str = "linear",
    axis: int | None = 0,
    nan_policy: str = "propagate",
    keepdims: bool | None = None,
    weights: Any = None,
) -> Any:
    array = as_array(x)
    place = 0 if axis is None else axis_of(axis, array, "quantile")
    several = np.ndim(p) == 1 and len(p) != 1
    usual = method == "linear" and nan_policy == "propagate" and weights is None
    if (
        not usual
        or np.ndim(p) > 1
        or axis is None
        or (np.ndim(p) == 1 and place != array.ndim - 1)
        or (several and keepdims is False)
    ):
        raise NumpyFunctionError(
            "scipy.stats.quantile of traced arrays is supported for a number p, or numbers along the last "
            "axis, with method='linear', nan_policy='propagate' and without weights; write "
            "np.quantile(x, p, axis=axis)"
        )
    result = np.quantile(array, p, axis=place, keepdims=np.ndim(p) == 0)
    if np.ndim(p) == 1:
        result = xp().moveaxis(result, 0, -1)
    if keepdims if keepdims is not None else several:
        return result
    return xp().squeeze(result, axis=place)


class ModeResult(NamedTuple):
    """What `scipy.stats.mode` returns."""

    mode: Any
    count: Any


def _mode(
    a: Any, axis: Any = 0, nan_policy: str = "propagate", keepdims: bool = False
) -> ModeResult:
    if nan_policy != "propagate":
        raise NumpyFunctionError(
            "scipy.stats.mode of traced arrays is supported with nan_policy='propagate' only, not "
            f"{nan_policy!r}"
        )
    array = as_array(a)
    array = array if array.ndim else ravel(array)
    place = None if axis is None else axis_of(axis, array, "mode")
    rows = xp().sort(ravel(array) if place is None else xp().moveaxis(array, place, -1))
    if type(rows.shape[-1]) is int and rows.shape[-1] == 0:
        nothing = xp().zeros(rows.shape[:-1], dtype=xp().float64)
        modes, counts = nothing + xp().nan, nothing
    else:
        first = (rows[..., 1:] != rows[..., :-1]) & ~_is_nan(rows[..., :-1])
        first = xp().concat([xp().ones((*rows.shape[:-1], 1), dtype=xp().bool), first], axis=-1)
        (starts,) = xp().nonzero(ravel(first))
        lengths = np.diff(starts, append=xp().asarray(rows.size))
        lengths = xp().reshape(xp().repeat(lengths, lengths), rows.shape)
        longest = xp().argmax(lengths, axis=-1, keepdims=True)
        modes, counts = (xp().take_along_axis(x, longest)[..., 0] for x in (rows, lengths))
    if keepdims and place is None:
        modes, counts = (xp().reshape(x, (1,) * array.ndim) for x in (modes, counts))
    elif keepdims:
        modes, counts = (xp().expand_dims(x, axis=place) for x in (modes, counts))
    return ModeResult(modes, counts)


def _is_nan(array: Any) -> Any:
    return array != array


def with_last_axis(function: Callable[..., Any], args: Any, kwargs: Any) -> tuple[Any, Any]:
    """Return the arguments of a statistic with its axis as the last one of the samples."""
    signature = inspect.signature(function)
    bound = signature.bind(*args, **kwargs)
    axis = bound.arguments.get("axis", signature.parameters["axis"].default)
    first = next(iter(bound.arguments))
    several = signature.parameters[first].kind is inspect.Parameter.VAR_POSITIONAL
    samples = bound.arguments[first] if several else (bound.arguments[first],)
    samples = tuple(map(as_array, samples))
    if axis is None:
        samples = tuple(map(ravel, samples))
    else:
        name = function.__name__
        samples = tuple(xp().moveaxis(x, axis_of(axis, x, name), -1) for x in samples)
    bound.arguments |= {first: samples if several else samples[0], "axis": -1}
    return bound.args, bound.kwargs


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
    ("scipy.linalg", "cho_solve"): _cho_solve,
    ("scipy.linalg", "det"): _det,
    ("scipy.linalg", "inv"): _inv,
    ("scipy.linalg", "norm"): _norm,
    ("scipy.linalg", "solve"): _solve,
    ("scipy.linalg", "solve_triangular"): _solve_triangular,
    ("scipy.special", "multigammaln"): _special("multigammaln"),
    ("scipy.special", "polygamma"): _special("polygamma"),
    ("scipy.stats", "mode"): _mode,
    ("scipy.stats", "quantile"): _quantile,
    ("scipy.stats", "rankdata"): _rankdata,
    **scipy_distances.FUNCTIONS,
    **scipy_signal.FUNCTIONS,
}
"""The translations by the module and the name of a function."""
