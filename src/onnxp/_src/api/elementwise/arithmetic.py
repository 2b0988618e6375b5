"""Arithmetic, element by element."""

from __future__ import annotations

from onnxp._src.array.apply import apply
from onnxp._src.array.array import Array
from onnxp._src.array.operands import Operand


def abs(x: Array, /) -> Array:
    """Compute the absolute value; of a complex number, its distance from 0.

    The smallest signed integer has no counterpart and stays as it is.

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
    >>> xp.abs(xp.asarray([-3.0, 2.0]))
    Array([3., 2.], dtype=float64)
    """
    return apply("abs", x)


def add(x1: Operand, x2: Operand, /) -> Array:
    """Add two numbers; integers wrap.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of a numeric dtype; at least one is an array.

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
    >>> xp.add(xp.asarray([1, 2]), 10)
    Array([11, 12], dtype=int64)
    """
    return apply("add", x1, x2)


def divide(x1: Operand, x2: Operand, /) -> Array:
    """Divide one number by another; dividing by zero gives an infinity or NaN.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of a floating-point dtype; at least one is an array.

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
    >>> xp.divide(xp.asarray([1.0, 3.0]), 2)
    Array([0.5, 1.5], dtype=float64)
    """
    return apply("divide", x1, x2)


def floor_divide(x1: Operand, x2: Operand, /) -> Array:
    """Divide and round down to an integer.

    An integer divided by zero gives 0, and the smallest one divided by -1 wraps to itself.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of a real numeric dtype; at least one is an array.

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
    >>> xp.floor_divide(xp.asarray([7, -7]), 2)
    Array([ 3, -4], dtype=int64)
    """
    return apply("floor_divide", x1, x2)


def multiply(x1: Operand, x2: Operand, /) -> Array:
    """Multiply two numbers; integers wrap.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of a numeric dtype; at least one is an array.

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
    >>> xp.multiply(xp.asarray([1, 2]), 3)
    Array([3, 6], dtype=int64)
    """
    return apply("multiply", x1, x2)


def negative(x: Array, /) -> Array:
    """Negate a number; integers wrap.

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
    >>> xp.negative(xp.asarray([1, -2]))
    Array([-1,  2], dtype=int64)
    """
    return apply("negative", x)


def positive(x: Array, /) -> Array:
    """Return the number unchanged.

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
    >>> xp.positive(xp.asarray([1, -2]))
    Array([ 1, -2], dtype=int64)
    """
    return apply("positive", x)


def pow(x1: Operand, x2: Operand, /) -> Array:
    """Raise the first operand to the power of the second; integers wrap.

    The run of a model fails where an integer is raised to a negative power.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of a numeric dtype; at least one is an array.

    Returns
    -------
    Array
        Of the promoted dtype and the broadcast shape.

    Raises
    ------
    DTypeError, BroadcastError
        If the dtypes are not allowed or do not promote, or the shapes do not broadcast.
    ArgumentError
        If an integer is raised to a negative power.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.pow(xp.asarray([2, 3]), 3)
    Array([ 8, 27], dtype=int64)
    """
    return apply("pow", x1, x2)


def reciprocal(x: Array, /) -> Array:
    """Compute one divided by the number.

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
    >>> xp.reciprocal(xp.asarray([2.0, 4.0]))
    Array([0.5 , 0.25], dtype=float64)
    """
    return apply("reciprocal", x)


def remainder(x1: Operand, x2: Operand, /) -> Array:
    """Compute the remainder of `floor_divide`, which has the sign of the divisor.

    The remainder of an integer divided by zero is 0.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of a real numeric dtype; at least one is an array.

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
    >>> xp.remainder(xp.asarray([7, -7]), 3)
    Array([1, 2], dtype=int64)
    """
    return apply("remainder", x1, x2)


def sign(x: Array, /) -> Array:
    """Compute the sign: -1, 0 or 1; of a complex number, the number divided by its absolute value.

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
    >>> xp.sign(xp.asarray([-2.0, 0.0, 5.0]))
    Array([-1.,  0.,  1.], dtype=float64)
    """
    return apply("sign", x)


def square(x: Array, /) -> Array:
    """Multiply the number by itself; integers wrap.

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
    >>> xp.square(xp.asarray([2, -3]))
    Array([4, 9], dtype=int64)
    """
    return apply("square", x)


def subtract(x1: Operand, x2: Operand, /) -> Array:
    """Subtract the second number from the first; integers wrap.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of a numeric dtype; at least one is an array.

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
    >>> xp.subtract(xp.asarray([1, 2]), 10)
    Array([-9, -8], dtype=int64)
    """
    return apply("subtract", x1, x2)
