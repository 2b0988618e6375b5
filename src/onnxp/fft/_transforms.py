"""Transforms along one axis."""

from __future__ import annotations

from onnxp._src.array.array import Array
from onnxp._src.shapes.dims import Size
from onnxp.fft._apply import Norm, array_and_axis, to_complex, to_real


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
    array, place = array_and_axis("fft", x, axis, real=False)
    return to_complex("fft", array, n, place, norm, inverse=False)


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
    array, place = array_and_axis("ifft", x, axis, real=False)
    return to_complex("ifft", array, n, place, norm, inverse=True)


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
    array, place = array_and_axis("rfft", x, axis, real=True)
    return to_complex("rfft", array, n, place, norm, inverse=False, half=True)


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
    array, place = array_and_axis("irfft", x, axis, real=False)
    return to_real("irfft", array, n, place, norm, inverse=True)


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
    array, place = array_and_axis("hfft", x, axis, real=False)
    return to_real("hfft", array, n, place, norm, inverse=False)


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
    array, place = array_and_axis("ihfft", x, axis, real=True)
    return to_complex("ihfft", array, n, place, norm, inverse=True, half=True)
