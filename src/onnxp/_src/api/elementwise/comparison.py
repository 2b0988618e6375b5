"""Comparisons and tests, element by element."""

from __future__ import annotations

from onnxp._src.array.apply import apply
from onnxp._src.array.array import Array
from onnxp._src.array.operands import Operand


def equal(x1: Operand, x2: Operand, /) -> Array:
    """Test whether the operands are equal; NaN equals nothing.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of any dtype; at least one is an array.

    Returns
    -------
    Array
        Of dtype bool and the broadcast shape.

    Raises
    ------
    PromotionError, BroadcastError
        If dtypes or shapes do not go together.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.equal(xp.asarray([1, 2]), 2)
    Array([False,  True], dtype=bool)
    """
    return apply("equal", x1, x2)


def greater(x1: Operand, x2: Operand, /) -> Array:
    """Test whether the first operand is greater than the second.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of a real numeric dtype; at least one is an array.

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
    >>> xp.greater(xp.asarray([1, 2]), 1)
    Array([False,  True], dtype=bool)
    """
    return apply("greater", x1, x2)


def greater_equal(x1: Operand, x2: Operand, /) -> Array:
    """Test whether the first operand is greater than or equal to the second.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of a real numeric dtype; at least one is an array.

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
    >>> xp.greater_equal(xp.asarray([1, 2]), 2)
    Array([False,  True], dtype=bool)
    """
    return apply("greater_equal", x1, x2)


def isfinite(x: Array, /) -> Array:
    """Test whether the number, or both parts of a complex one, are neither infinite nor NaN.

    Parameters
    ----------
    x : array
        Of a numeric dtype.

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
    >>> xp.isfinite(xp.asarray([1.0, xp.inf]))
    Array([ True, False], dtype=bool)
    """
    return apply("isfinite", x)


def isinf(x: Array, /) -> Array:
    """Test whether the number, or a part of a complex one, is infinite.

    Parameters
    ----------
    x : array
        Of a numeric dtype.

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
    >>> xp.isinf(xp.asarray([1.0, xp.inf]))
    Array([False,  True], dtype=bool)
    """
    return apply("isinf", x)


def isnan(x: Array, /) -> Array:
    """Test whether the number, or a part of a complex one, is NaN.

    Parameters
    ----------
    x : array
        Of a numeric dtype.

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
    >>> xp.isnan(xp.asarray([1.0, xp.nan]))
    Array([False,  True], dtype=bool)
    """
    return apply("isnan", x)


def less(x1: Operand, x2: Operand, /) -> Array:
    """Test whether the first operand is less than the second.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of a real numeric dtype; at least one is an array.

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
    >>> xp.less(xp.asarray([1, 2]), 2)
    Array([ True, False], dtype=bool)
    """
    return apply("less", x1, x2)


def less_equal(x1: Operand, x2: Operand, /) -> Array:
    """Test whether the first operand is less than or equal to the second.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of a real numeric dtype; at least one is an array.

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
    >>> xp.less_equal(xp.asarray([1, 2]), 1)
    Array([ True, False], dtype=bool)
    """
    return apply("less_equal", x1, x2)


def not_equal(x1: Operand, x2: Operand, /) -> Array:
    """Test whether the operands differ; NaN differs from everything.

    Parameters
    ----------
    x1, x2 : array or scalar
        Of any dtype; at least one is an array.

    Returns
    -------
    Array
        Of dtype bool and the broadcast shape.

    Raises
    ------
    PromotionError, BroadcastError
        If dtypes or shapes do not go together.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.not_equal(xp.asarray([1, 2]), 2)
    Array([ True, False], dtype=bool)
    """
    return apply("not_equal", x1, x2)


def signbit(x: Array, /) -> Array:
    """Test whether the sign bit is set, as in -0.0.

    Parameters
    ----------
    x : array
        Of a real floating-point dtype.

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
    >>> xp.signbit(xp.asarray([-0.0, 1.0]))
    Array([ True, False], dtype=bool)
    """
    return apply("signbit", x)
