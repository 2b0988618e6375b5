"""Trigonometric and hyperbolic functions and their inverses, element by element. Angles are in radians."""

from __future__ import annotations

from onnxp._src.array.apply import apply
from onnxp._src.array.array import Array
from onnxp._src.array.operands import Operand


def acos(x: Array, /) -> Array:
    """Compute the inverse cosine, between 0 and pi.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.

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
    >>> xp.acos(xp.asarray([1.0]))
    Array([0.], dtype=float64)
    """
    return apply("acos", x)


def acosh(x: Array, /) -> Array:
    """Compute the inverse hyperbolic cosine.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.

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
    >>> xp.acosh(xp.asarray([1.0]))
    Array([0.], dtype=float64)
    """
    return apply("acosh", x)


def asin(x: Array, /) -> Array:
    """Compute the inverse sine, between -pi/2 and pi/2.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.

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
    >>> xp.asin(xp.asarray([0.0]))
    Array([0.], dtype=float64)
    """
    return apply("asin", x)


def asinh(x: Array, /) -> Array:
    """Compute the inverse hyperbolic sine.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.

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
    >>> xp.asinh(xp.asarray([0.0]))
    Array([0.], dtype=float64)
    """
    return apply("asinh", x)


def atan(x: Array, /) -> Array:
    """Compute the inverse tangent, between -pi/2 and pi/2.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.

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
    >>> xp.atan(xp.asarray([0.0]))
    Array([0.], dtype=float64)
    """
    return apply("atan", x)


def atan2(x1: Operand, x2: Operand, /) -> Array:
    """Compute the angle of the point (`x2`, `x1`), between -pi and pi, in the quadrant of the point.

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
    >>> xp.atan2(xp.asarray([0.0, 0.0]), xp.asarray([1.0, 2.0]))
    Array([0., 0.], dtype=float64)
    """
    return apply("atan2", x1, x2)


def atanh(x: Array, /) -> Array:
    """Compute the inverse hyperbolic tangent.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.

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
    >>> xp.atanh(xp.asarray([0.0, 1.0]))
    Array([ 0., inf], dtype=float64)
    """
    return apply("atanh", x)


def cos(x: Array, /) -> Array:
    """Compute the cosine.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.

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
    >>> xp.cos(xp.asarray([0.0]))
    Array([1.], dtype=float64)
    """
    return apply("cos", x)


def cosh(x: Array, /) -> Array:
    """Compute the hyperbolic cosine.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.

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
    >>> xp.cosh(xp.asarray([0.0]))
    Array([1.], dtype=float64)
    """
    return apply("cosh", x)


def sin(x: Array, /) -> Array:
    """Compute the sine.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.

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
    >>> xp.sin(xp.asarray([0.0]))
    Array([0.], dtype=float64)
    """
    return apply("sin", x)


def sinh(x: Array, /) -> Array:
    """Compute the hyperbolic sine.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.

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
    >>> xp.sinh(xp.asarray([0.0]))
    Array([0.], dtype=float64)
    """
    return apply("sinh", x)


def tan(x: Array, /) -> Array:
    """Compute the tangent.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.

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
    >>> xp.tan(xp.asarray([0.0]))
    Array([0.], dtype=float64)
    """
    return apply("tan", x)


def tanh(x: Array, /) -> Array:
    """Compute the hyperbolic tangent.

    Parameters
    ----------
    x : array
        Of a floating-point dtype.

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
    >>> xp.tanh(xp.asarray([0.0, xp.inf]))
    Array([0., 1.], dtype=float64)
    """
    return apply("tanh", x)
