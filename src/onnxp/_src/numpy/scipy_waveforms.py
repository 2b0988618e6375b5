"""Waveforms of `scipy.signal`, and what compares an element with its neighbors: medians and extrema."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import pi, prod
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.operands import as_array, as_float, axis_of
from onnxp.errors import ArgumentError

# Waveforms


def _phase(t: Any, part: Any) -> tuple[Any, Any]:
    """Return angles below 2*π, and parts of a cycle; NaN for parts that are not between 0 and 1."""
    angle, part = (xp().astype(as_float(x), xp().float64) for x in (t, part))
    inside = (part >= 0.0) & (part <= 1.0)
    return xp().remainder(angle, 2.0 * pi), xp().where(inside, part, xp().nan)


def _sawtooth(t: Any, width: Any = 1) -> Any:
    angle, part = _phase(t, width)
    up = angle / (pi * part) - 1.0
    down = (pi * (part + 1.0) - angle) / (pi * (1.0 - part))
    return xp().where(angle < 2.0 * pi * part, up, down)


def _square(t: Any, duty: Any = 0.5) -> Any:
    angle, part = (xp().astype(as_float(x), xp().float64) for x in (t, duty))
    part = part + (angle - angle)  # NaN where an angle is not finite, which counts as low
    high = xp().remainder(angle, 2.0 * pi) < part * (2.0 * pi)
    return xp().where((part > 1.0) | (part < 0.0), xp().nan, xp().where(high, 1.0, -1.0))


# Neighbors


def _medfilt(volume: Any, kernel_size: Any = None) -> Any:
    array = as_array(volume)
    sizes = [3] * array.ndim if kernel_size is None else np.asarray(kernel_size).tolist()
    sizes = [sizes] * array.ndim if isinstance(sizes, int) else sizes
    if len(sizes) != array.ndim or any(size % 2 != 1 for size in sizes):
        raise ArgumentError(
            f"scipy.signal.medfilt: kernel_size is {kernel_size!r}; it may be an odd number, or one for each "
            f"of the {array.ndim} axes"
        )
    padded = np.pad(array, [(size // 2, size // 2) for size in sizes])
    windows = [
        padded[tuple(slice(i, i + n) for i, n in zip(first, array.shape, strict=True))]
        for first in product(*map(range, sizes))
    ]
    return xp().sort(xp().stack(windows, axis=-1), axis=-1)[..., prod(sizes) // 2]


def _argrelextrema(
    data: Any,
    comparator: Callable[[Any, Any], Any],
    axis: Any = 0,
    order: int = 1,
    mode: str = "clip",
) -> Any:
    if type(order) is not int or order < 1:
        raise ArgumentError(
            f"scipy.signal.argrelextrema: order is {order!r}; it may be an integer from 1 on"
        )
    if mode not in ("clip", "wrap"):
        raise ArgumentError(
            f"scipy.signal.argrelextrema: mode is {mode!r}; it may be 'clip' or 'wrap'"
        )
    array = as_array(data)
    place = axis_of(axis, array, "argrelextrema")
    count = array.shape[place]
    number = xp().arange(count)
    result = xp().ones(array.shape, dtype=xp().bool)
    for shift in (sign * i for i in range(1, order + 1) for sign in (1, -1)):
        moved = number + shift
        moved = moved % count if mode == "wrap" else xp().clip(moved, 0, count - 1)
        result = result & comparator(array, xp().take(array, moved, axis=place))
    return xp().nonzero(result)


def _of_order(comparator: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def function(data: Any, axis: Any = 0, order: int = 1, mode: str = "clip") -> Any:
        return _argrelextrema(data, comparator, axis, order, mode)

    return function


FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ("scipy.signal", "argrelextrema"): _argrelextrema,
    ("scipy.signal", "argrelmax"): _of_order(np.greater),
    ("scipy.signal", "argrelmin"): _of_order(np.less),
    ("scipy.signal", "medfilt"): _medfilt,
    ("scipy.signal", "sawtooth"): _sawtooth,
    ("scipy.signal", "square"): _square,
}
