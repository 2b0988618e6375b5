"""numpy functions for polynomials, whose coefficients begin with that of the highest power."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.linear_algebra import lstsq
from onnxp._src.numpy.manipulation import concatenate
from onnxp._src.numpy.operands import as_array, as_count, as_float, in_common, is_complex
from onnxp._src.numpy.results import of_shape
from onnxp._src.numpy.sequences import convolve
from onnxp._src.shapes import dims
from onnxp.errors import ArgumentError, DTypeError, NumpyFunctionError, ShapeError


@implements(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """Translate `numpy.polyval`."""
    given = x
    coefficients, x = in_common(p, x)
    if coefficients.ndim == 0:
        raise ShapeError("numpy.polyval: the coefficients must have rank 1 or more, not 0")
    if type(coefficients.shape[0]) is int and coefficients.shape[0] == 0:
        return xp().zeros_like(as_array(given))
    result = xp().zeros_like(x)
    for i in range(coefficients.shape[0]):
        result = result * x + coefficients[i]
    return result


def _coefficients(p: Any, name: str) -> Any:
    array = np.atleast_1d(as_array(p))
    if array.ndim != 1:
        raise ShapeError(f"numpy.{name}: the coefficients must have rank 1, not {array.ndim}")
    return array


def _aligned(a1: Any, a2: Any, name: str) -> tuple[Any, Any]:
    """Return the coefficients of two polynomials for the same powers."""
    a, b = in_common(_coefficients(a1, name), _coefficients(a2, name))
    size = dims.maximum(a.shape[0], b.shape[0])
    first, second = (
        xp().concat([xp().zeros(size - x.shape[0], dtype=x.dtype), x])._of_shape((size,))
        for x in (a, b)
    )
    return first, second


@implements(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    """Translate `numpy.polyadd`."""
    first, second = _aligned(a1, a2, "polyadd")
    return np.add(first, second)


@implements(np.polysub)
def polysub(a1: Any, a2: Any) -> Any:
    """Translate `numpy.polysub`."""
    first, second = _aligned(a1, a2, "polysub")
    return np.subtract(first, second)


@implements(np.polyder)
def polyder(p: Any, m: Any = 1) -> Any:
    """Translate `numpy.polyder`."""
    times = as_count(m, "polyder", "m")
    if times < 0:
        raise ArgumentError(f"numpy.polyder: m must not be negative, but is {times}")
    result = _coefficients(p, "polyder")
    for _ in range(times):
        powers = xp().arange(result.shape[0] - 1, 0, -1)
        result = np.multiply(result[:-1], powers)
    return result


@implements(np.polyint)
def polyint(p: Any, m: Any = 1, k: Any = None) -> Any:
    """Translate `numpy.polyint`."""
    times = as_count(m, "polyint", "m")
    if times < 0:
        raise ArgumentError(f"numpy.polyint: m must not be negative, but is {times}")
    constants = np.atleast_1d(np.zeros(times) if k is None else k)
    if constants.shape == (1,) and times > 1:
        constants = np.multiply(constants[0], np.ones(times))
    if constants.shape[0] < times:
        raise ArgumentError(f"numpy.polyint: k must be a number, or have {times} elements")
    result = _coefficients(p, "polyint")
    for i in range(times):
        powers = xp().arange(result.shape[0], 0, -1)
        result = concatenate([np.true_divide(result, powers), constants[i : i + 1]])
    return result


@implements(np.poly)
def poly(seq_of_zeros: Any) -> Any:
    """Translate `numpy.poly`, of the zeros of a polynomial."""
    zeros: Any = np.atleast_1d(as_array(seq_of_zeros))
    if zeros.ndim != 1 or is_complex(zeros):
        raise NumpyFunctionError(
            f"numpy.poly of {zeros.dtype} and rank {zeros.ndim} is not supported, only of real zeros; for a "
            "matrix they are np.linalg.eigvalsh(x) if it is symmetric"
        )
    zeros = xp().astype(zeros, np.mintypecode(zeros.dtype.numpy.char), copy=False)
    one = xp().ones(1, dtype=zeros.dtype)
    result = one
    for i in range(zeros.shape[0]):
        result = convolve(result, xp().concat([one, -zeros[i : i + 1]]))
    return result


@implements(np.polyfit)
def polyfit(
    x: Any, y: Any, deg: Any, rcond: Any = None, full: Any = False, w: Any = None, cov: Any = False
) -> Any:
    """Translate `numpy.polyfit`, without the covariance of the coefficients."""
    if cov:
        raise NumpyFunctionError("numpy.polyfit: cov is not supported; leave it out")
    order = as_count(deg, "polyfit", "deg") + 1
    places, values = (np.add(as_float(z), 0.0) for z in (x, y))
    if values.dtype == xp().float16:  # as of numpy.linalg.lstsq
        raise DTypeError("numpy.polyfit: y must not be float16; write y.astype(np.float32)")
    if order < 1 or places.ndim != 1 or values.ndim not in (1, 2):
        raise ArgumentError(
            "numpy.polyfit: deg must be 0 or more, x have rank 1, and y rank 1 or 2; they are "
            f"{order - 1}, and of rank {places.ndim} and {values.ndim}"
        )
    if type(places.shape[0]) is int and places.shape[0] == 0:
        raise ArgumentError("numpy.polyfit: there must be at least one point")
    problem = f"numpy.polyfit: x has {places.shape[0]} elements, but y has {values.shape[0]}"
    values = of_shape(values, (places.shape[0], *values.shape[1:]), problem)
    rows = np.vander(places, order)
    if w is not None:
        weights = of_shape(as_float(w), places.shape, f"numpy.polyfit: w does not fit: {problem}")
        rows = rows * weights[:, None]
        values = values * (weights if values.ndim == 1 else weights[:, None])
    if rcond is None:
        rcond = places.shape[0] * float(np.finfo(places.dtype.numpy).eps)
    scale = xp().sqrt(xp().sum(rows * rows, axis=0))
    solution, residuals, rank, singular = lstsq(rows / scale, values, rcond)
    solution = (solution.T / scale).T
    return (solution, residuals, rank, singular, rcond) if full else solution
