"""numpy functions that join, split, resize and trim arrays, and that take windows of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import FUNCTIONS, implements
from onnxp._src.numpy.manipulation import concatenate, ravel, reshape, split
from onnxp._src.numpy.operands import (
    Axes,
    as_array,
    axis_of,
    choice_of,
    required,
)
from onnxp._src.numpy.results import certainly_positive
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import product
from onnxp.errors import (
    ArgumentError,
    NumpyFunctionError,
    ShapeError,
)

# Joining and splitting


@implements(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Translate `numpy.append`."""
    if axis is None:
        return concatenate((ravel(arr), ravel(values)))
    return concatenate((arr, values), axis)


def atleast_3d(a: Any) -> Any:
    """Translate `numpy.atleast_3d` of one array."""
    x = as_array(a)
    if x.ndim == 2:
        return xp().expand_dims(x, axis=2)
    return reshape(x, (1, -1, 1)) if x.ndim < 2 else x


@implements(np.dstack)
def dstack(tup: Any) -> Any:
    """Translate `numpy.dstack`."""
    return concatenate([atleast_3d(a) for a in tup], 2)


def _split(axis: int, name: str) -> Callable[..., Any]:
    def function(ary: Any, indices_or_sections: Any) -> Any:
        x = as_array(ary)
        least = {"vsplit": 2, "hsplit": 1, "dsplit": 3}[name]
        if x.ndim < least:
            raise ShapeError(f"numpy.{name} needs an array of rank {least} or more, not {x.ndim}")
        return split(x, indices_or_sections, 0 if x.ndim == 1 else axis)

    return function


FUNCTIONS[np.vsplit] = _split(0, "vsplit")
FUNCTIONS[np.hsplit] = _split(1, "hsplit")
FUNCTIONS[np.dsplit] = _split(2, "dsplit")
FUNCTIONS[np.broadcast_arrays] = lambda *args, subok=False: tuple(
    xp().broadcast_arrays(*map(as_array, args))
)


FUNCTIONS[np.fliplr] = lambda m: xp().flip(as_array(m), axis=1)
FUNCTIONS[np.flipud] = lambda m: xp().flip(as_array(m), axis=0)


@implements(np.lib.stride_tricks.sliding_window_view)
def sliding_window_view(
    x: Any, window_shape: Any, axis: Axes = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    """Translate `numpy.lib.stride_tricks.sliding_window_view`."""
    array = as_array(x)
    windows = window_shape if isinstance(window_shape, tuple | list) else (window_shape,)
    if axis is None:
        axes: Any = range(array.ndim)
    else:
        axes = axis if isinstance(axis, tuple | list) else (axis,)
    axes = [axis_of(index, array, "sliding_window_view") for index in axes]
    if len(axes) != len(windows):
        raise ShapeError(
            f"numpy.sliding_window_view: {len(windows)} window sizes do not match {len(axes)} axes"
        )
    for index, width in zip(axes, windows, strict=True):
        array = _with_windows(array, index, width)
    return array


def _with_windows(array: Any, axis: int, width: Any) -> Any:
    size = array.shape[axis]
    if width < 0 or (type(size) is type(width) is int and width > size):
        raise ArgumentError(
            f"numpy.sliding_window_view: a window of {width} does not fit axis {axis} of size {size}"
        )
    index = xp().arange(size - width + 1)[:, None] + xp().arange(width)[None, :]
    if type(size) is not int:  # a window that is too large must not give an empty result
        index = _beginning_inside(index, size, width)
    before = (slice(None),) * axis
    return array._window(lambda x: xp().moveaxis(x[(*before, index, ...)], axis + 1, -1))


def _beginning_inside(index: Any, size: Any, width: Any) -> Any:
    """Return the indices of windows; the run fails if a window is larger than the axis."""
    return required(index, xp().asarray(width) <= xp().asarray(size))


# Sizes


@implements(np.resize)
def resize(a: Any, new_shape: Any) -> Any:
    """Translate `numpy.resize`."""
    sizes = tuple(new_shape) if isinstance(new_shape, tuple | list) else (new_shape,)
    if any(type(n) is int and n < 0 for n in sizes):
        raise ArgumentError(f"numpy.resize: sizes must not be negative, as in {sizes}")
    array = ravel(a)
    count = array.shape[0]
    if not certainly_positive(count):  # of no elements numpy makes zeros
        array = xp().concat([array, xp().zeros(1, dtype=array.dtype)])
        count = dims.maximum(count, 1)
    return reshape(xp().take(array, xp().arange(product(sizes)) % count), sizes)


@implements(np.trim_zeros)
def trim_zeros(filt: Any, trim: Any = "fb", axis: Any = None) -> Any:
    """Translate `numpy.trim_zeros` of a vector."""
    array = as_array(filt)
    if array.ndim != 1:
        raise NumpyFunctionError(
            f"numpy.trim_zeros: only arrays of rank 1 are supported, not {array.ndim}"
        )
    ends = str(trim).lower()
    choice_of("".join(sorted(set(ends))), ("f", "b", "bf"), "trim_zeros", "trim")
    kept = xp().ones(array.shape, dtype=xp().bool)
    present = xp().astype(array != 0, xp().int64)
    if "f" in ends:
        kept = kept & (xp().cumulative_sum(present) > 0)
    if "b" in ends:
        kept = kept & xp().flip(xp().cumulative_sum(xp().flip(present)) > 0)
    return array[kept]
