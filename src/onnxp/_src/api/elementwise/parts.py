"""Parts of numbers: signs, neighbours, and real and imaginary parts."""

from __future__ import annotations

from onnxp._src.array import views
from onnxp._src.array.apply import apply
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_view
from onnxp._src.array.operands import Operand, as_array


def conj(x: Array, /) -> Array:
    """Compute the complex conjugate; real numbers are returned unchanged.

    Parameters
    ----------
    x : array
        Of a numeric dtype.

    Returns
    -------
    Array
        Of the dtype and shape of `x`.

    Raises
    ------
    DTypeError
        If `x` has another dtype.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.conj(xp.asarray([1 + 2j]))
    Array([1.-2.j], dtype=complex128)
    """
    return apply("conj", x)


def copysign(x1: Operand, x2: Operand, /) -> Array:
    """Compute the magnitude of the first operand with the sign of the second.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of a real floating-point dtype; at least one is an array.

    Returns
    -------
    Array
        Of the promoted dtype and the broadcast shape.

    Raises
    ------
    DTypeError, BroadcastError
        If the dtypes are not allowed or do not promote, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.copysign(xp.asarray([1.0, 2.0]), -0.0)
    Array([-1., -2.], dtype=float64)
    """
    return apply("copysign", x1, x2)


def imag(x: Array, /) -> Array:
    """Return the imaginary part.

    Parameters
    ----------
    x : array
        Of a complex floating-point dtype.

    Returns
    -------
    Array
        Of the shape of `x` and the real dtype of its parts.

    Raises
    ------
    DTypeError
        If `x` has another dtype.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.imag(xp.asarray([1 + 2j]))
    Array([2.], dtype=float64)
    """
    array = as_array(x, "imag")
    if array.dtype.family != "complex":
        return apply("imag", array)
    return new_view(array, views.PART, 1)


def nextafter(x1: Operand, x2: Operand, /) -> Array:
    """Return the next representable number from the first operand towards the second.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of a real floating-point dtype; at least one is an array.

    Returns
    -------
    Array
        Of the promoted dtype and the broadcast shape.

    Raises
    ------
    DTypeError, BroadcastError
        If the dtypes are not allowed or do not promote, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.nextafter(xp.asarray([0.0, 1.0]), xp.asarray([0.0, 1.0]))
    Array([0., 1.], dtype=float64)
    """
    return apply("nextafter", x1, x2)


def real(x: Array, /) -> Array:
    """Return the real part; real numbers are returned unchanged.

    Parameters
    ----------
    x : array
        Of a numeric dtype.

    Returns
    -------
    Array
        Of the shape of `x`; of a complex `x` the real dtype of its parts.

    Raises
    ------
    DTypeError
        If `x` has another dtype.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.real(xp.asarray([1 + 2j]))
    Array([1.], dtype=float64)
    """
    array = as_array(x, "real")
    if array.dtype.family != "complex":
        return apply("real", array)
    return new_view(array, views.PART, 0)
