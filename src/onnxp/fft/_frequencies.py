"""Frequencies of the elements of transforms, and shifts that sort them."""

from __future__ import annotations

import numpy as np

from onnxp._src.api.creation import arange
from onnxp._src.api.elementwise import divide
from onnxp._src.api.manipulation import roll
from onnxp._src.api.searching import where
from onnxp._src.array.array import Array
from onnxp._src.array.device import require_device
from onnxp._src.array.operands import as_array, cast
from onnxp._src.dtypes import as_dtype, float64, require
from onnxp._src.shapes import dims
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim, Size
from onnxp._src.shapes.shape import as_size, normalize_axes
from onnxp.errors import ArgumentError, ArgumentTypeError


def fftfreq(n: Size, /, *, d: float = 1.0, dtype: object = None, device: object = None) -> Array:
    """Return the frequencies of the elements of `fft`, in cycles for each unit of `d`.

    Parameters
    ----------
    n : int or Dim
        The length of the transform.
    d : float, optional
        The distance between samples.
    dtype : dtype, optional
        A real floating-point dtype; by default float64.
    device : device, optional
        The device of the result.

    Returns
    -------
    Array
        ``[0, 1, ..., (n - 1) // 2, -(n // 2), ..., -1] / (n * d)``.

    Raises
    ------
    DTypeError
        If `dtype` is not real floating-point.
    ArgumentTypeError
        If `n` is not an integer or `d` is not a real number.
    ArgumentError
        If `n` is less than 1 or `d` is 0.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.fft.fftfreq(5, d=0.1)
    Array([ 0.,  2.,  4., -4., -2.], dtype=float64)
    """
    length = as_size(n, "fftfreq", minimum=1)
    k = arange(length)
    middle = dims.floor_divide(length + 1, 2)
    return _frequencies("fftfreq", where(k >= middle, k - length, k), length, d, dtype, device)


def rfftfreq(n: Size, /, *, d: float = 1.0, dtype: object = None, device: object = None) -> Array:
    """Return the frequencies of the elements of `rfft`, in cycles for each unit of `d`.

    Parameters
    ----------
    n : int or Dim
        The length of the transform.
    d : float, optional
        The distance between samples.
    dtype : dtype, optional
        A real floating-point dtype; by default float64.
    device : device, optional
        The device of the result.

    Returns
    -------
    Array
        ``[0, 1, ..., n // 2] / (n * d)``.

    Raises
    ------
    DTypeError
        If `dtype` is not real floating-point.
    ArgumentTypeError
        If `n` is not an integer or `d` is not a real number.
    ArgumentError
        If `n` is less than 1 or `d` is 0.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.fft.rfftfreq(5, d=0.1)
    Array([0., 2., 4.], dtype=float64)
    """
    length = as_size(n, "rfftfreq", minimum=1)
    k = arange(dims.floor_divide(length, 2) + 1)
    return _frequencies("rfftfreq", k, length, d, dtype, device)


def _frequencies(
    function: str, k: Array, n: Size, d: object, dtype: object, device: object
) -> Array:
    require_device(device, function)
    target = float64 if dtype is None else as_dtype(dtype)
    require(function, "real floating-point", target)
    if isinstance(d, bool) or not isinstance(d, int | float | np.number | Dim | DimReal):
        raise ArgumentTypeError(
            f"{function}: d must be a real number, not {d!r} of type {type(d).__name__}"
        )
    if isinstance(d, int | float | np.number) and d == 0:
        raise ArgumentError(f"{function}: d, the distance between samples, must not be 0")
    distance = float(d) if isinstance(d, np.number) else d
    return cast(divide(cast(k, float64), n * distance), target)


def fftshift(x: Array, /, *, axes: int | tuple[int, ...] | None = None) -> Array:
    """Move the element of frequency zero to the middle.

    Parameters
    ----------
    x : array
        Of any dtype.
    axes : int or tuple of int, optional
        The axes to shift; by default all.

    Returns
    -------
    Array
        Of the dtype and shape of `x`.

    Raises
    ------
    AxisError
        If an axis is out of range or named twice.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.fft.fftshift(xp.asarray([0, 1, 2, -2, -1]))
    Array([-2, -1,  0,  1,  2], dtype=int64)
    """
    return _shifted("fftshift", x, axes, 1)


def ifftshift(x: Array, /, *, axes: int | tuple[int, ...] | None = None) -> Array:
    """Undo `fftshift`: move the element in the middle to the start.

    Parameters
    ----------
    x : array
        Of any dtype.
    axes : int or tuple of int, optional
        The axes to shift; by default all.

    Returns
    -------
    Array
        Of the dtype and shape of `x`.

    Raises
    ------
    AxisError
        If an axis is out of range or named twice.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.fft.ifftshift(xp.asarray([-2, -1, 0, 1, 2]))
    Array([ 0,  1,  2, -2, -1], dtype=int64)
    """
    return _shifted("ifftshift", x, axes, -1)


def _shifted(function: str, x: Array, axes: int | tuple[int, ...] | None, sign: int) -> Array:
    array = as_array(x, function)
    places = normalize_axes(axes, array.ndim, function)
    shifts = tuple(sign * dims.floor_divide(array.shape[place], 2) for place in places)
    return roll(array, shifts, axis=places)
