"""Operations on bits and on truth values, element by element."""

from __future__ import annotations

from onnxp._src.array.apply import apply
from onnxp._src.array.array import Array
from onnxp._src.array.operands import Operand


def bitwise_and(x1: Operand, x2: Operand, /) -> Array:
    """Compute the bits that are set in both operands.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of an integer or boolean dtype; at least one is an array.

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
    >>> xp.bitwise_and(xp.asarray([5, 6]), 3)
    Array([1, 2], dtype=int64)
    """
    return apply("bitwise_and", x1, x2)


def bitwise_invert(x: Array, /) -> Array:
    """Invert the bits.

    Parameters
    ----------
    x : array
        Of an integer or boolean dtype.

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
    >>> xp.bitwise_invert(xp.asarray([5, -1]))
    Array([-6,  0], dtype=int64)
    """
    return apply("bitwise_invert", x)


def bitwise_left_shift(x1: Operand, x2: Operand, /) -> Array:
    """Shift the bits to the left by `x2` places, filling with zeros.

    A shift by the width of the dtype or more gives 0. `x2` must not be negative.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of an integer dtype; at least one is an array.

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
    >>> xp.bitwise_left_shift(xp.asarray([1, 5]), 2)
    Array([ 4, 20], dtype=int64)
    """
    return apply("bitwise_left_shift", x1, x2)


def bitwise_or(x1: Operand, x2: Operand, /) -> Array:
    """Compute the bits that are set in at least one operand.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of an integer or boolean dtype; at least one is an array.

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
    >>> xp.bitwise_or(xp.asarray([5, 6]), 3)
    Array([7, 7], dtype=int64)
    """
    return apply("bitwise_or", x1, x2)


def bitwise_right_shift(x1: Operand, x2: Operand, /) -> Array:
    """Shift the bits to the right by `x2` places, filling with copies of the sign bit.

    A shift by the width of the dtype or more gives 0 or -1. `x2` must not be negative.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of an integer dtype; at least one is an array.

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
    >>> xp.bitwise_right_shift(xp.asarray([8, -8]), 2)
    Array([ 2, -2], dtype=int64)
    """
    return apply("bitwise_right_shift", x1, x2)


def bitwise_xor(x1: Operand, x2: Operand, /) -> Array:
    """Compute the bits that are set in exactly one operand.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of an integer or boolean dtype; at least one is an array.

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
    >>> xp.bitwise_xor(xp.asarray([5, 6]), 3)
    Array([6, 5], dtype=int64)
    """
    return apply("bitwise_xor", x1, x2)


def logical_and(x1: Operand, x2: Operand, /) -> Array:
    """Test whether both operands are true.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of a boolean dtype; at least one is an array.

    Returns
    -------
    Array
        Of dtype bool and the broadcast shape.

    Raises
    ------
    DTypeError, BroadcastError
        If the dtypes are not allowed or do not promote, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.logical_and(xp.asarray([True, False]), True)
    Array([ True, False], dtype=bool)
    """
    return apply("logical_and", x1, x2)


def logical_not(x: Array, /) -> Array:
    """Test whether the operand is false.

    Parameters
    ----------
    x : array
        Of a boolean dtype.

    Returns
    -------
    Array
        Of dtype bool and the shape of `x`.

    Raises
    ------
    DTypeError
        If `x` has another dtype.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.logical_not(xp.asarray([True, False]))
    Array([False,  True], dtype=bool)
    """
    return apply("logical_not", x)


def logical_or(x1: Operand, x2: Operand, /) -> Array:
    """Test whether at least one operand is true.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of a boolean dtype; at least one is an array.

    Returns
    -------
    Array
        Of dtype bool and the broadcast shape.

    Raises
    ------
    DTypeError, BroadcastError
        If the dtypes are not allowed or do not promote, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.logical_or(xp.asarray([True, False]), xp.asarray([False, False]))
    Array([ True, False], dtype=bool)
    """
    return apply("logical_or", x1, x2)


def logical_xor(x1: Operand, x2: Operand, /) -> Array:
    """Test whether exactly one operand is true.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of a boolean dtype; at least one is an array.

    Returns
    -------
    Array
        Of dtype bool and the broadcast shape.

    Raises
    ------
    DTypeError, BroadcastError
        If the dtypes are not allowed or do not promote, or the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.logical_xor(xp.asarray([True, False]), xp.asarray([True, True]))
    Array([False,  True], dtype=bool)
    """
    return apply("logical_xor", x1, x2)
