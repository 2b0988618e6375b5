"""Transforms along several axes."""

from __future__ import annotations

from collections.abc import Sequence

from onnxp._src.array.array import Array
from onnxp._src.array.operands import cast
from onnxp._src.dtypes import COMPLEX_OF
from onnxp._src.shapes.dims import Size
from onnxp.fft._apply import (
    Norm,
    axes_and_lengths,
    floating,
    length_of,
    required_axes,
    to_complex,
    to_real,
)


def fftn(
    x: Array,
    /,
    *,
    s: Sequence[Size] | None = None,
    axes: Sequence[int] | None = None,
    norm: Norm = "backward",
) -> Array:
    """Compute discrete Fourier transforms over several axes.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.
    s : sequence of int or Dim, optional
        The lengths, one for each axis; -1 is the size of the axis.
    axes : sequence of int, optional
        The axes to transform; by default all, or the last ones if `s` is given.
    norm : {"backward", "ortho", "forward"}, optional
        What to divide the sums by: 1, the square root of the number of terms, or this number.

    Returns
    -------
    Array
        The transform, complex with the precision of `x`.

    Raises
    ------
    DTypeError
        If the dtype is not floating-point.
    AxisError
        If an axis is out of range.
    ArgumentError
        If `norm` is another value, a length is less than 1, or `s` and `axes` have different lengths.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.fft.fftn(xp.asarray([[1.0, 2.0], [3.0, 4.0]]))
    Array([[10.+0.j, -2.+0.j],
           [-4.+0.j,  0.+0.j]], dtype=complex128)
    """
    array = floating("fftn", x)
    for place, n in axes_and_lengths("fftn", array, s, axes):
        array = to_complex("fftn", array, n, place, norm, inverse=False)
    return array if array.dtype.family == "complex" else cast(array, COMPLEX_OF[array.dtype])


def ifftn(
    x: Array,
    /,
    *,
    s: Sequence[Size] | None = None,
    axes: Sequence[int] | None = None,
    norm: Norm = "backward",
) -> Array:
    """Compute inverse discrete Fourier transforms over several axes.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.
    s : sequence of int or Dim, optional
        The lengths, one for each axis; -1 is the size of the axis.
    axes : sequence of int, optional
        The axes to transform; by default all, or the last ones if `s` is given.
    norm : {"backward", "ortho", "forward"}, optional
        What to divide the sums by: the number of terms, its square root, or 1.

    Returns
    -------
    Array
        The transform, complex with the precision of `x`.

    Raises
    ------
    DTypeError
        If the dtype is not floating-point.
    AxisError
        If an axis is out of range.
    ArgumentError
        If `norm` is another value, a length is less than 1, or `s` and `axes` have different lengths.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.fft.ifftn(xp.asarray([[4.0, 0.0], [0.0, 0.0]]))
    Array([[1.+0.j, 1.+0.j],
           [1.+0.j, 1.+0.j]], dtype=complex128)
    """
    array = floating("ifftn", x)
    for place, n in axes_and_lengths("ifftn", array, s, axes):
        array = to_complex("ifftn", array, n, place, norm, inverse=True)
    return array if array.dtype.family == "complex" else cast(array, COMPLEX_OF[array.dtype])


def rfftn(
    x: Array,
    /,
    *,
    s: Sequence[Size] | None = None,
    axes: Sequence[int] | None = None,
    norm: Norm = "backward",
) -> Array:
    """Compute discrete Fourier transforms of real numbers over several axes.

    Parameters
    ----------
    x : array
        Of a real floating-point dtype.
    s : sequence of int or Dim, optional
        The lengths, one for each axis; -1 is the size of the axis.
    axes : sequence of int, optional
        The axes to transform; by default all, or the last ones if `s` is given.
    norm : {"backward", "ortho", "forward"}, optional
        What to divide the sums by: 1, the square root of the number of terms, or this number.

    Returns
    -------
    Array
        The transform, complex with the precision of `x`. Of the last of the axes, it has the first
        ``n // 2 + 1`` elements.

    Raises
    ------
    DTypeError
        If the dtype is not real floating-point.
    AxisError
        If an axis is out of range.
    ArgumentError
        If `norm` is another value, a length is less than 1, or `s` and `axes` have different lengths.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.fft.rfftn(xp.asarray([[1.0, 2.0], [3.0, 4.0]]))
    Array([[10.+0.j, -2.+0.j],
           [-4.+0.j,  0.+0.j]], dtype=complex128)
    """
    array = floating("rfftn", x, real=True)
    *others, (last, length) = [
        (place, length_of("rfftn", array, n, place))
        for place, n in required_axes("rfftn", axes_and_lengths("rfftn", array, s, axes))
    ]
    array = to_complex("rfftn", array, length, last, norm, inverse=False, half=True)
    for place, n in others:
        array = to_complex("rfftn", array, n, place, norm, inverse=False)
    return array


def irfftn(
    x: Array,
    /,
    *,
    s: Sequence[Size] | None = None,
    axes: Sequence[int] | None = None,
    norm: Norm = "backward",
) -> Array:
    """Compute the real arrays of which `rfftn` computes the transform.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.
    s : sequence of int or Dim, optional
        The lengths of the result, one for each axis; -1 is the default of the axis: its size, or
        ``2 * (size - 1)`` for the last one.
    axes : sequence of int, optional
        The axes to transform; by default all, or the last ones if `s` is given.
    norm : {"backward", "ortho", "forward"}, optional
        What to divide the sums by: the number of terms, its square root, or 1.

    Returns
    -------
    Array
        The array, real with the precision of `x`.

    Raises
    ------
    DTypeError
        If the dtype is not floating-point.
    AxisError
        If an axis is out of range.
    ArgumentError
        If `norm` is another value, a length is less than 1, or `s` and `axes` have different lengths.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.fft.irfftn(xp.asarray([[10.0, -2.0], [-4.0, 0.0]]))
    Array([[1., 2.],
           [3., 4.]], dtype=float64)
    """
    array = floating("irfftn", x)
    *others, (last, length) = required_axes("irfftn", axes_and_lengths("irfftn", array, s, axes))
    for place, n in others:
        array = to_complex("irfftn", array, n, place, norm, inverse=True)
    return to_real("irfftn", array, length, last, norm, inverse=True)
