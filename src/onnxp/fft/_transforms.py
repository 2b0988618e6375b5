"""Transforms along one axis and along several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from onnxp._src import ops
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.operands import as_array, cast
from onnxp._src.dtypes import COMPLEX_OF, DType, require
from onnxp._src.graph.values import Value
from onnxp._src.lowering.fft.transform import Divisor, fit, to_real, transform
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import as_size, normalize_axis, shape_text
from onnxp.errors import ArgumentError, DTypeError

Norm = Literal["backward", "ortho", "forward"]

_DIVISORS: dict[str, tuple[Divisor, Divisor]] = {
    "backward": ("1", "n"),
    "ortho": ("sqrt(n)", "sqrt(n)"),
    "forward": ("n", "1"),
}
"""What forward and inverse transforms are divided by."""


def fft(x: Array, /, *, n: Size | None = None, axis: int = -1, norm: Norm = "backward") -> Array:
    """Compute discrete Fourier transforms.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.
    n : int or Dim, optional
        The length. Longer axes are cut and shorter ones filled with zeros; by default, the size of the axis.
    axis : int, optional
        The axis to transform.
    norm : {"backward", "ortho", "forward"}, optional
        What to divide the sums by: 1, the square root of the length, or the length.

    Returns
    -------
    Array
        The transform, complex with the precision of `x`.

    Raises
    ------
    DTypeError
        If the dtype is not floating-point.
    AxisError
        If `axis` is out of range.
    ArgumentError
        If `norm` is another value, or the length is less than 1.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.fft.fft(xp.asarray([1.0, 2.0, 0.0, 2.0]))
    Array([ 5.+0.j,  1.+0.j, -3.+0.j,  1.+0.j], dtype=complex128)
    """
    array, place = _one("fft", x, axis, real=False)
    return _complex("fft", array, n, place, norm, inverse=False)


def ifft(x: Array, /, *, n: Size | None = None, axis: int = -1, norm: Norm = "backward") -> Array:
    """Compute inverse discrete Fourier transforms.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.
    n : int or Dim, optional
        The length. Longer axes are cut and shorter ones filled with zeros; by default, the size of the axis.
    axis : int, optional
        The axis to transform.
    norm : {"backward", "ortho", "forward"}, optional
        What to divide the sums by: the length, its square root, or 1.

    Returns
    -------
    Array
        The transform, complex with the precision of `x`.

    Raises
    ------
    DTypeError
        If the dtype is not floating-point.
    AxisError
        If `axis` is out of range.
    ArgumentError
        If `norm` is another value, or the length is less than 1.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.fft.ifft(xp.asarray([4.0, 0.0, 0.0, 0.0]))
    Array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j], dtype=complex128)
    """
    array, place = _one("ifft", x, axis, real=False)
    return _complex("ifft", array, n, place, norm, inverse=True)


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
    array = _floating("fftn", x)
    for place, n in _several("fftn", array, s, axes):
        array = _complex("fftn", array, n, place, norm, inverse=False)
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
    array = _floating("ifftn", x)
    for place, n in _several("ifftn", array, s, axes):
        array = _complex("ifftn", array, n, place, norm, inverse=True)
    return array if array.dtype.family == "complex" else cast(array, COMPLEX_OF[array.dtype])


def rfft(x: Array, /, *, n: Size | None = None, axis: int = -1, norm: Norm = "backward") -> Array:
    """Compute discrete Fourier transforms of real numbers.

    Parameters
    ----------
    x : array
        Of a real floating-point dtype.
    n : int or Dim, optional
        The length. Longer axes are cut and shorter ones filled with zeros; by default, the size of the axis.
    axis : int, optional
        The axis to transform.
    norm : {"backward", "ortho", "forward"}, optional
        What to divide the sums by: 1, the square root of the length, or the length.

    Returns
    -------
    Array
        The first ``n // 2 + 1`` elements of the transform, complex with the precision of `x`. The others are
        their conjugates.

    Raises
    ------
    DTypeError
        If the dtype is not real floating-point.
    AxisError
        If `axis` is out of range.
    ArgumentError
        If `norm` is another value, or the length is less than 1.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.fft.rfft(xp.asarray([1.0, 2.0, 0.0, 2.0]))
    Array([ 5.+0.j,  1.+0.j, -3.+0.j], dtype=complex128)
    """
    array, place = _one("rfft", x, axis, real=True)
    return _complex("rfft", array, n, place, norm, inverse=False, half=True)


def irfft(x: Array, /, *, n: Size | None = None, axis: int = -1, norm: Norm = "backward") -> Array:
    """Compute the real sequences of which `rfft` computes the transform.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.
    n : int or Dim, optional
        The length of the result, of which ``n // 2 + 1`` elements are read; by default ``2 * (size - 1)``.
    axis : int, optional
        The axis to transform.
    norm : {"backward", "ortho", "forward"}, optional
        What to divide the sums by: the length, its square root, or 1.

    Returns
    -------
    Array
        The sequence, of `n` real numbers with the precision of `x`.

    Raises
    ------
    DTypeError
        If the dtype is not floating-point.
    AxisError
        If `axis` is out of range.
    ArgumentError
        If `norm` is another value, or the length is less than 1.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.fft.irfft(xp.asarray([5.0, 1.0, -3.0]))
    Array([1., 2., 0., 2.], dtype=float64)
    """
    array, place = _one("irfft", x, axis, real=False)
    return _real("irfft", array, n, place, norm, inverse=True)


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
    array = _floating("rfftn", x, real=True)
    *others, (last, length) = [
        (place, _length("rfftn", array, n, place))
        for place, n in _at_least_one("rfftn", _several("rfftn", array, s, axes))
    ]
    array = _complex("rfftn", array, length, last, norm, inverse=False, half=True)
    for place, n in others:
        array = _complex("rfftn", array, n, place, norm, inverse=False)
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
    array = _floating("irfftn", x)
    *others, (last, length) = _at_least_one("irfftn", _several("irfftn", array, s, axes))
    for place, n in others:
        array = _complex("irfftn", array, n, place, norm, inverse=True)
    return _real("irfftn", array, length, last, norm, inverse=True)


def hfft(x: Array, /, *, n: Size | None = None, axis: int = -1, norm: Norm = "backward") -> Array:
    """Compute discrete Fourier transforms of Hermitian sequences, which are real.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.
    n : int or Dim, optional
        The length of the result, of which ``n // 2 + 1`` elements are read; by default ``2 * (size - 1)``.
    axis : int, optional
        The axis to transform.
    norm : {"backward", "ortho", "forward"}, optional
        What to divide the sums by: 1, the square root of the length, or the length.

    Returns
    -------
    Array
        The sequence, of `n` real numbers with the precision of `x`.

    Raises
    ------
    DTypeError
        If the dtype is not floating-point.
    AxisError
        If `axis` is out of range.
    ArgumentError
        If `norm` is another value, or the length is less than 1.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.fft.hfft(xp.asarray([1.0, 2.0, 0.0]))
    Array([ 5.,  1., -3.,  1.], dtype=float64)
    """
    array, place = _one("hfft", x, axis, real=False)
    return _real("hfft", array, n, place, norm, inverse=False)


def ihfft(x: Array, /, *, n: Size | None = None, axis: int = -1, norm: Norm = "backward") -> Array:
    """Compute the first half of the Hermitian sequences of which `hfft` computes the transform.

    Parameters
    ----------
    x : array
        Of a real floating-point dtype.
    n : int or Dim, optional
        The length. Longer axes are cut and shorter ones filled with zeros; by default, the size of the axis.
    axis : int, optional
        The axis to transform.
    norm : {"backward", "ortho", "forward"}, optional
        What to divide the sums by: the length, its square root, or 1.

    Returns
    -------
    Array
        The first ``n // 2 + 1`` elements of the transform, complex with the precision of `x`. The others are
        their conjugates.

    Raises
    ------
    DTypeError
        If the dtype is not real floating-point.
    AxisError
        If `axis` is out of range.
    ArgumentError
        If `norm` is another value, or the length is less than 1.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.fft.ihfft(xp.asarray([5.0, 1.0, -3.0, 1.0]))
    Array([1.+0.j, 2.+0.j, 0.+0.j], dtype=complex128)
    """
    array, place = _one("ihfft", x, axis, real=True)
    return _complex("ihfft", array, n, place, norm, inverse=True, half=True)


def _floating(function: str, x: object, *, real: bool = False) -> Array:
    array = as_array(x, function)
    if real and array.dtype.family == "complex":
        raise DTypeError(
            f"{function} transforms real numbers, not {array.dtype}; use the function without its 'r' or 'h'"
        )
    require(function, "real floating-point" if real else "floating-point", array.dtype)
    return array


def _one(function: str, x: object, axis: int, *, real: bool) -> tuple[Array, int]:
    array = _floating(function, x, real=real)
    return array, normalize_axis(axis, array.ndim, function)


def _several(
    function: str, array: Array, s: Sequence[Size] | None, axes: Sequence[int] | None
) -> list[tuple[int, Size | None]]:
    """Return the axes to transform with their lengths, None for the default."""
    rank = array.ndim
    if axes is None:
        axes = range(rank) if s is None else range(max(rank - len(s), 0), rank)
    places = [normalize_axis(axis, rank, function) for axis in axes]
    if s is None:
        return [(place, None) for place in places]
    if len(s) != len(places):
        raise ArgumentError(
            f"{function}: s has {len(s)} lengths for {len(places)} axes; give one length for each axis"
        )
    sizes = [None if isinstance(n, int) and n == -1 else n for n in s]
    return list(zip(places, sizes, strict=True))


def _at_least_one(
    function: str, places: list[tuple[int, Size | None]]
) -> list[tuple[int, Size | None]]:
    if not places:
        raise ArgumentError(
            f"{function}: there must be one axis or more, because the last is halved"
        )
    return places


def _length(function: str, array: Array, n: Size | None, axis: int) -> Size:
    if n is not None:
        return as_size(n, function, minimum=1)
    size = array.shape[axis]
    if isinstance(size, int) and size == 0:
        raise ArgumentError(
            f"{function}: axis {axis} of shape {shape_text(array.shape)} has no elements; "
            "give a length of at least 1 to append zeros"
        )
    return size


def _divisor(function: str, norm: object, *, inverse: bool) -> Divisor:
    pair = _DIVISORS.get(norm) if isinstance(norm, str) else None
    if pair is None:
        raise ArgumentError(
            f"{function}: norm must be 'backward', 'ortho' or 'forward', not {norm!r}"
        )
    return pair[inverse]


def _complex(
    function: str,
    array: Array,
    n: Size | None,
    axis: int,
    norm: str,
    *,
    inverse: bool,
    half: bool = False,
) -> Array:
    """Transform complex or real numbers; `half` keeps the first half."""
    divisor = _divisor(function, norm, inverse=inverse)
    dtype = COMPLEX_OF.get(array.dtype, array.dtype)
    planes = fit(_planes(array, dtype), _length(function, array, n, axis), axis)
    return new_array(dtype, transform(planes, axis, inverse=inverse, divisor=divisor, half=half))


def _real(
    function: str, array: Array, n: Size | None, axis: int, norm: str, *, inverse: bool
) -> Array:
    """Transform the first half of Hermitian sequences."""
    divisor = _divisor(function, norm, inverse=inverse)
    dtype = COMPLEX_OF.get(array.dtype, array.dtype)
    planes = _planes(array, dtype)
    if n is None:
        size = array.shape[axis]
        if isinstance(size, int) and size < 2:
            raise ArgumentError(
                f"{function}: axis {axis} of shape {shape_text(array.shape)} is the half of a sequence without "
                "elements; give the length of the sequence"
            )
        planes = tuple(ops.require_size(plane, axis, dims.maximum(size, 2)) for plane in planes)
        n = 2 * (planes[0].shape[axis] - 1)
    length = as_size(n, function, minimum=1)
    half = fit(planes, dims.floor_divide(length, 2) + 1, axis)
    result = to_real(half, length, axis, inverse=inverse, divisor=divisor)
    real = array.dtype if array.dtype in COMPLEX_OF else dtype.planes[0].dtype
    return cast(new_array(dtype.planes[0].dtype, (result,)), real)


def _planes(array: Array, dtype: DType) -> tuple[Value, ...]:
    """Return the planes with the precision of a complex dtype; a real array keeps its one."""
    if array.dtype.family == "complex":
        return array._planes
    return cast(array, dtype.planes[0].dtype)._planes
