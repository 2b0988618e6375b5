"""Powers of e, logarithms and roots, element by element."""

from __future__ import annotations

from onnxp._src.array.apply import apply
from onnxp._src.array.array import Array
from onnxp._src.array.operands import Operand


def exp(x: Array, /) -> Array:
    """Compute e to the power of the number.

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
    >>> xp.exp(xp.asarray([0.0, -xp.inf]))
    Array([1., 0.], dtype=float64)
    """
    return apply("exp", x)


def expm1(x: Array, /) -> Array:
    """Compute ``exp(x) - 1``, accurately near 0.

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
    >>> xp.expm1(xp.asarray([0.0, -xp.inf]))
    Array([ 0., -1.], dtype=float64)
    """
    return apply("expm1", x)


def hypot(x1: Operand, x2: Operand, /) -> Array:
    """Compute ``sqrt(x1**2 + x2**2)`` without intermediate overflow.

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
    >>> xp.hypot(xp.asarray([3.0, 5.0]), xp.asarray([4.0, 12.0]))
    Array([ 5., 13.], dtype=float64)
    """
    return apply("hypot", x1, x2)


def log(x: Array, /) -> Array:
    """Compute the natural logarithm; of a complex number, its principal value.

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
    >>> xp.log(xp.asarray([1.0, 0.0]))
    Array([  0., -inf], dtype=float64)
    """
    return apply("log", x)


def log1p(x: Array, /) -> Array:
    """Compute ``log(1 + x)``, accurately near 0.

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
    >>> xp.log1p(xp.asarray([0.0, -1.0]))
    Array([  0., -inf], dtype=float64)
    """
    return apply("log1p", x)


def log2(x: Array, /) -> Array:
    """Compute the logarithm to base 2.

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
    >>> xp.log2(xp.asarray([1.0, 8.0]))
    Array([0., 3.], dtype=float64)
    """
    return apply("log2", x)


def log10(x: Array, /) -> Array:
    """Compute the logarithm to base 10.

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
    >>> xp.log10(xp.asarray([1.0, 1000.0]))
    Array([0., 3.], dtype=float64)
    """
    return apply("log10", x)


def logaddexp(x1: Operand, x2: Operand, /) -> Array:
    """Compute ``log(exp(x1) + exp(x2))`` without intermediate overflow.

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
    >>> xp.logaddexp(xp.asarray([0.0, 1000.0]), xp.asarray([-xp.inf, 0.0]))
    Array([   0., 1000.], dtype=float64)
    """
    return apply("logaddexp", x1, x2)


def sqrt(x: Array, /) -> Array:
    """Compute the square root; of a complex number, the one whose real part is not negative.

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
    >>> xp.sqrt(xp.asarray([4.0, 9.0]))
    Array([2., 3.], dtype=float64)
    """
    return apply("sqrt", x)
