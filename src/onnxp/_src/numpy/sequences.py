"""numpy functions for sequences of samples: convolution, differences, phases and windows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.convolution import by_steps
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.manipulation import concatenate
from onnxp._src.numpy.operands import (
    as_array,
    as_count,
    as_float,
    axes_of,
    axis_of,
    choice_of,
    in_common,
    is_bool,
    is_complex,
)
from onnxp._src.numpy.results import of_shape
from onnxp._src.shapes import dims
from onnxp.errors import (
    ArgumentError,
    DTypeError,
    NumpyFunctionError,
    ShapeError,
)

# Convolution


def _vectors(a: Any, v: Any, name: str) -> tuple[Any, Any]:
    x, y = in_common(a, v)
    for z in (x, y):
        if z.ndim != 1:
            raise ShapeError(f"numpy.{name}: the arrays must have rank 1, not {z.ndim}")
        if type(z.shape[0]) is int and z.shape[0] == 0:
            raise ArgumentError(f"numpy.{name}: an array has no elements")
    return x, y


def _part(full: Any, n: Any, m: Any, mode: str, swapped: bool) -> Any:
    """Return the part of a full convolution of n and m elements that a mode selects."""
    if mode == "full":
        return full
    least, most = dims.minimum(n, m), dims.maximum(n, m)
    if mode == "valid":
        return full[least - 1 : most]
    start = (least - 1) // 2
    if swapped:  # the arrays are exchanged and the result is reversed if the second is longer
        longer = dims.maximum(dims.minimum(n - m + 1, 1), 0)
        start = (least - longer) // 2
    return full[start : start + most]


@implements(np.convolve)
def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    """Translate `numpy.convolve`."""
    x, y = _vectors(np.atleast_1d(as_array(a)), np.atleast_1d(as_array(v)), "convolve")
    choice_of(mode, ("full", "same", "valid"), "convolve", "mode")
    return _part(by_steps(x, y), x.shape[0], y.shape[0], mode, swapped=False)


@implements(np.correlate)
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    """Translate `numpy.correlate`."""
    x, y = _vectors(a, v, "correlate")
    choice_of(mode, ("full", "same", "valid"), "correlate", "mode")
    kernel = (xp().conj(y) if is_complex(y) else y)[::-1]
    return _part(by_steps(x, kernel), x.shape[0], y.shape[0], mode, swapped=True)


# Differences


@implements(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Translate `numpy.gradient`, with spacings that are numbers or coordinates."""
    array = as_array(f)
    if array.ndim == 0 and axis not in (None, ()):
        axis_of(0, array, "gradient")  # which there is not
    axes = axes_of(axis, array, "gradient")
    if len(varargs) not in (0, len(axes)) and not (len(varargs) == 1 and np.ndim(varargs[0]) == 0):
        raise ArgumentError(
            f"numpy.gradient: there are {len(varargs)} spacings for {len(axes)} axes"
        )
    if not axes:
        return ()
    if is_bool(array):
        raise DTypeError("numpy.gradient: truth values cannot be subtracted")
    if array.dtype.family == "datetime":
        raise DTypeError("numpy.gradient: subtract the first point in time, which gives spans")
    if xp().isdtype(array.dtype, "integral"):
        array = xp().astype(array, xp().float64)
    choice_of(edge_order, (1, 2), "gradient", "edge_order")
    spacings = list(varargs) or [1.0]
    if len(spacings) == 1:
        spacings *= len(axes)
    results = []
    for i, spacing in zip(axes, spacings, strict=True):
        size = array.shape[i]
        if type(size) is int and size < edge_order + 1:
            raise ShapeError(
                f"numpy.gradient: axis {i} has {size} elements, and needs at least {edge_order + 1}"
            )
        moved = xp().moveaxis(array, i, 0)
        results.append(xp().moveaxis(_slopes(moved, spacing, edge_order), 0, i))
    return results[0] if len(results) == 1 else tuple(results)


def _slopes(y: Any, spacing: Any, edge_order: int) -> Any:
    step = as_array(spacing)
    if step.ndim == 0:
        number = xp().float64 if y.dtype.unit and not step.dtype.unit else y.dtype
        h = xp().astype(step, number, copy=False) if not is_complex(step) else step
        inner = (y[2:, ...] - y[:-2, ...]) / (2.0 * h)
        if edge_order == 1:
            first, last = (y[1, ...] - y[0, ...]) / h, (y[-1, ...] - y[-2, ...]) / h
        else:
            first = (-1.5 / h) * y[0, ...] + (2.0 / h) * y[1, ...] + (-0.5 / h) * y[2, ...]
            last = (0.5 / h) * y[-3, ...] + (-2.0 / h) * y[-2, ...] + (1.5 / h) * y[-1, ...]
        return xp().concat([first[None, ...], inner, last[None, ...]])
    if step.ndim != 1:
        raise ShapeError("numpy.gradient: a spacing must be a number or have rank 1")
    step = of_shape(
        step, y.shape[:1], "numpy.gradient: there must be a coordinate for each element"
    )
    widths = xp().astype(step[1:] - step[:-1], xp().float64)
    rest = (1,) * (y.ndim - 1)
    before, after = (xp().reshape(w, (-1, *rest)) for w in (widths[:-1], widths[1:]))
    total = before + after
    inner = (
        -(after / (before * total)) * y[:-2, ...]
        + ((after - before) / (before * after)) * y[1:-1, ...]
        + (before / (after * total)) * y[2:, ...]
    )
    if edge_order == 1:
        first = (y[1, ...] - y[0, ...]) / widths[0]
        last = (y[-1, ...] - y[-2, ...]) / widths[-1]
    else:
        p, q = widths[0], widths[1]
        first = (
            -(2.0 * p + q) / (p * (p + q)) * y[0, ...]
            + (p + q) / (p * q) * y[1, ...]
            - p / (q * (p + q)) * y[2, ...]
        )
        p, q = widths[-2], widths[-1]
        last = (
            q / (p * (p + q)) * y[-3, ...]
            - (q + p) / (p * q) * y[-2, ...]
            + (2.0 * q + p) / (q * (p + q)) * y[-1, ...]
        )
    parts = in_common(first[None, ...], inner, last[None, ...])
    slopes = xp().concat(parts)
    return slopes if y.dtype.unit else xp().astype(slopes, y.dtype, copy=False)


@implements(np.unwrap)
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * math.pi) -> Any:
    """Translate `numpy.unwrap`."""
    array = as_array(p)
    if is_complex(array):
        raise DTypeError(f"numpy.unwrap: the elements must be real numbers, not {array.dtype}")
    moved = xp().moveaxis(array, axis_of(axis, array, "unwrap"), 0)
    if is_bool(array):  # whose differences are truth values
        changes = moved[1:, ...] != moved[:-1, ...]
        moved, steps = (xp().astype(z, xp().int64) for z in (moved, changes))
    else:
        steps = moved[1:, ...] - moved[:-1, ...]
    whole = isinstance(period, int | np.integer) and xp().isdtype(moved.dtype, "integral")
    if whole:
        high, rest = divmod(int(period), 2)
        at_limit = rest == 0
    else:
        high, at_limit = period / 2, True
        moved, steps = (as_float(z) for z in (moved, steps))
    low = -high
    near = (steps - low) % period + low
    if at_limit:
        near = xp().where((near == low) & (steps > 0), high, near)
    limit = high if discont is None else discont
    correction = xp().where(
        xp().abs(steps) < limit, xp().zeros((), dtype=steps.dtype), near - steps
    )
    later = moved[1:, ...] + xp().cumulative_sum(correction, axis=0, dtype=moved.dtype)
    return xp().moveaxis(xp().concat([moved[:1, ...], later]), 0, axis)


@implements(np.cross)
def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None
) -> Any:
    """Translate `numpy.cross`."""
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = in_common(a, b)
    x = xp().moveaxis(x, axis_of(axisa, x, "cross"), -1)
    y = xp().moveaxis(y, axis_of(axisb, y, "cross"), -1)
    if is_bool(x):
        raise DTypeError("numpy.cross: truth values cannot be subtracted")
    sizes = (x.shape[-1], y.shape[-1])
    if any(type(n) is not int for n in sizes):
        raise NumpyFunctionError(f"numpy.cross: the sizes of vectors must be numbers, not {sizes}")
    if not set(sizes) <= {2, 3}:
        raise ShapeError(f"numpy.cross: vectors must have 2 or 3 elements, not {sizes}")
    x0, x1, *x2 = (x[..., i] for i in range(sizes[0]))
    y0, y1, *y2 = (y[..., i] for i in range(sizes[1]))
    last = x0 * y1 - x1 * y0
    if not x2 and not y2:
        return last
    if not x2:
        parts = [x1 * y2[0], -(x0 * y2[0]), last]
    elif not y2:
        parts = [-(x2[0] * y1), x2[0] * y0, last]
    else:
        parts = [x1 * y2[0] - x2[0] * y1, x2[0] * y0 - x0 * y2[0], last]
    result = xp().stack(parts, axis=-1)
    return xp().moveaxis(result, -1, axis_of(axisc, result, "cross"))


# Windows


def _places(M: Any) -> tuple[Any, Any]:
    """Return the places of samples, symmetric about 0, and their number."""
    n = xp().arange(1 - M, M, 2)
    return xp().astype(n, xp().float64), M


def _cosines(M: Any, *factors: float) -> Any:
    places, count = _places(M)
    width = dims.maximum(count - 1, 1)
    angle = xp().multiply(places, math.pi) / width
    result = factors[0] + factors[1] * xp().cos(angle)
    for i, factor in enumerate(factors[2:], 2):
        result = result + factor * xp().cos(angle * i)
    one = xp().asarray(count) == 1
    return xp().where(one, xp().ones(()), result)


@implements(np.hanning)
def hanning(M: Any) -> Any:
    """Translate `numpy.hanning`."""
    return _cosines(M, 0.5, 0.5)


@implements(np.hamming)
def hamming(M: Any) -> Any:
    """Translate `numpy.hamming`."""
    return _cosines(M, 0.54, 0.46)


@implements(np.blackman)
def blackman(M: Any) -> Any:
    """Translate `numpy.blackman`."""
    return _cosines(M, 0.42, 0.5, 0.08)


@implements(np.bartlett)
def bartlett(M: Any) -> Any:
    """Translate `numpy.bartlett`."""
    places, count = _places(M)
    result = 1 - xp().abs(places) / dims.maximum(count - 1, 1)
    return xp().where(xp().asarray(count) == 1, xp().ones(()), result)


@implements(np.i0)
def i0(x: Any) -> Any:
    """Translate `numpy.i0`."""
    array = as_array(x)
    if is_complex(array):
        raise DTypeError("numpy.i0: complex numbers are not supported")
    array = as_float(array)
    return xp().astype(xp().special.i0(xp().astype(array, xp().float64)), array.dtype, copy=False)


@implements(np.kaiser)
def kaiser(M: Any, beta: Any) -> Any:
    """Translate `numpy.kaiser`."""
    places, count = _places(M)
    place = places / dims.maximum(count - 1, 1)
    return i0(beta * xp().sqrt(1 - place**2)) / i0(beta)


@implements(np.diff)
def diff(
    a: Any, n: int = 1, axis: int = -1, prepend: Any = np._NoValue, append: Any = np._NoValue
) -> Any:
    """Translate `numpy.diff`."""
    array, times = as_array(a), as_count(n, "diff", "n")
    if times == 0:
        return array
    if times < 0:
        raise ArgumentError(f"numpy.diff: n must be at least 0, not {times}")
    if array.ndim == 0:
        raise ShapeError("numpy.diff needs an array of rank 1 or more, not 0")
    along = axis_of(axis, array, "diff")
    before, after = ([] if end is np._NoValue else [as_array(end)] for end in (prepend, append))
    if before or after:
        one = (*array.shape[:along], 1, *array.shape[along + 1 :])
        ends = [xp().broadcast_to(x, one) if x.ndim == 0 else x for x in (*before, *after)]
        parts = [*ends[: len(before)], array, *ends[len(before) :]]
        array = concatenate(parts, along)
    if not is_bool(array):
        return xp().diff(array, axis=along, n=times)
    full = (slice(None),) * along
    for _ in range(times):
        array = array[(*full, slice(1, None), ...)] != array[(*full, slice(None, -1), ...)]
    return array


@implements(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Translate `numpy.trapezoid`."""
    values = as_array(y)
    place = axis_of(axis, values, "trapezoid")
    before = (slice(None),) * place
    pairs = np.add(values[(*before, slice(1, None))], values[(*before, slice(-1))])
    if x is None:
        steps = dx
    elif np.ndim(x) == 1:
        steps = xp().reshape(np.diff(as_array(x)), (-1, *(1,) * (values.ndim - place - 1)))
    else:
        steps = np.diff(as_array(x), axis=axis)
    return np.sum(np.divide(np.multiply(steps, pairs), 2.0), axis=axis)
