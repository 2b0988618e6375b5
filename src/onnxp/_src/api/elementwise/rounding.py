"""Rounding and limiting, element by element."""

from __future__ import annotations

from onnxp._src import dtypes
from onnxp._src.array.apply import apply
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.defined import definable
from onnxp._src.array.operands import Operand, as_array, as_like
from onnxp.errors import DTypeError


def ceil(x: Array, /) -> Array:
    """Round up to an integer.

    Parameters
    ----------
    x : array
        Of a real numeric dtype.

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
    >>> xp.ceil(xp.asarray([1.5, -1.5]))
    Array([ 2., -1.], dtype=float64)
    """
    return apply("ceil", x)


@definable
def clip(x: Array, /, min: Operand | None = None, max: Operand | None = None) -> Array:
    """Limit numbers to the range from `min` to `max`; where `min` is above `max`, `max` wins.

    Parameters
    ----------
    x : array
        Of a real numeric dtype.
    min, max : array or scalar, optional
        The bounds; a missing one does not limit. An array must be of a dtype that promotes to that of `x`.

    Returns
    -------
    Array
        Of the dtype of `x` and the broadcast shape. NaN if the number or one of its bounds is.

    Raises
    ------
    DTypeError, BroadcastError
        If the dtypes are not allowed or do not promote, or the shapes do not broadcast.
    ScalarRangeError
        If a bound does not fit the dtype of `x`.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.clip(xp.asarray([1, 5, 9]), 2, 8)
    Array([2, 5, 8], dtype=int64)
    """
    array = as_array(x, "clip")
    dtypes.require_ordered("clip", array.dtype)
    if not array.dtype.ordered:
        dtypes.require("clip", "real numeric or time", array.dtype, nulls=True)
    result = new_array(array.dtype, array._planes)
    for name, bound in (("maximum", min), ("minimum", max)):
        if bound is None:
            continue
        limit = as_like(bound, array.dtype, "clip")
        plain = array.dtype.plain
        if dtypes.promote(plain, limit.dtype.plain, "clip") is not plain:
            raise DTypeError(
                f"clip: a bound of {limit.dtype} does not fit an array of {array.dtype}; "
                f"write xp.astype(bound, {str(array.dtype)!r})"
            )
        result = apply(name, result, limit)
    return result


def floor(x: Array, /) -> Array:
    """Round down to an integer.

    Parameters
    ----------
    x : array
        Of a real numeric dtype.

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
    >>> xp.floor(xp.asarray([1.5, -1.5]))
    Array([ 1., -2.], dtype=float64)
    """
    return apply("floor", x)


def maximum(x1: Operand, x2: Operand, /) -> Array:
    """Compute the larger of two numbers; NaN if either is NaN.

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
    >>> xp.maximum(xp.asarray([1, 5]), 3)
    Array([3, 5], dtype=int64)
    """
    return apply("maximum", x1, x2)


def minimum(x1: Operand, x2: Operand, /) -> Array:
    """Compute the smaller of two numbers; NaN if either is NaN.

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
    >>> xp.minimum(xp.asarray([1, 5]), 3)
    Array([1, 3], dtype=int64)
    """
    return apply("minimum", x1, x2)


def round(x: Array, /) -> Array:
    """Round to the nearest integer, halves to the even one; complex numbers by their parts.

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
    >>> xp.round(xp.asarray([1.5, 2.5]))
    Array([2., 2.], dtype=float64)
    """
    return apply("round", x)


def trunc(x: Array, /) -> Array:
    """Round towards 0 to an integer.

    Parameters
    ----------
    x : array
        Of a real numeric dtype.

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
    >>> xp.trunc(xp.asarray([1.5, -1.5]))
    Array([ 1., -1.], dtype=float64)
    """
    return apply("trunc", x)
