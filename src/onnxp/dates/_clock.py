"""Fields of the clock: of hours, minutes and seconds."""

from __future__ import annotations

from onnxp._src.array.array import Array
from onnxp._src.array.operands import Operand
from onnxp._src.lowering.time import fields
from onnxp.dates._operands import in_dtype, points

_HOUR = 60 * 60 * 10**9


def _time_field(x: Operand, function: str, dtype: object, span: int, cycle: int) -> Array:
    array = points(x, function)
    plane = array._planes[0]
    result = fields.time_field(plane, array.dtype, span, cycle)
    return in_dtype(result, dtype, function)


def hour(x: Operand, /, *, dtype: object = None) -> Array:
    """Return the hours of the day, from 0 to 23.

    Parameters
    ----------
    x : array
        Of a datetime64 dtype.
    dtype : dtype, optional
        int64, in which NaT gives -2**63, or a floating-point dtype, in which it gives NaN.

    Returns
    -------
    Array
        Of the shape of `x`.

    Raises
    ------
    DTypeError
        If `x` has another dtype, or `dtype` is neither int64 nor floating-point.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxp as xp
    >>> xp.dates.hour(np.asarray(["2024-02-29T12:34:56"], "M8[s]"))
    Array([12], dtype=int64)
    """
    return _time_field(x, "hour", dtype, _HOUR, 24 * _HOUR)


def minute(x: Operand, /, *, dtype: object = None) -> Array:
    """Return the minutes of the hour, from 0 to 59.

    Parameters
    ----------
    x : array
        Of a datetime64 dtype.
    dtype : dtype, optional
        int64, in which NaT gives -2**63, or a floating-point dtype, in which it gives NaN.

    Returns
    -------
    Array
        Of the shape of `x`.

    Raises
    ------
    DTypeError
        If `x` has another dtype, or `dtype` is neither int64 nor floating-point.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxp as xp
    >>> xp.dates.minute(np.asarray(["2024-02-29T12:34:56"], "M8[s]"))
    Array([34], dtype=int64)
    """
    return _time_field(x, "minute", dtype, _HOUR // 60, _HOUR)


def second(x: Operand, /, *, dtype: object = None) -> Array:
    """Return the seconds of the minute, from 0 to 59.

    Parameters
    ----------
    x : array
        Of a datetime64 dtype.
    dtype : dtype, optional
        int64, in which NaT gives -2**63, or a floating-point dtype, in which it gives NaN.

    Returns
    -------
    Array
        Of the shape of `x`.

    Raises
    ------
    DTypeError
        If `x` has another dtype, or `dtype` is neither int64 nor floating-point.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxp as xp
    >>> xp.dates.second(np.asarray(["2024-02-29T12:34:56"], "M8[s]"))
    Array([56], dtype=int64)
    """
    return _time_field(x, "second", dtype, 10**9, _HOUR // 60)


def microsecond(x: Operand, /, *, dtype: object = None) -> Array:
    """Return the microseconds of the second, from 0 to 999999.

    Parameters
    ----------
    x : array
        Of a datetime64 dtype.
    dtype : dtype, optional
        int64, in which NaT gives -2**63, or a floating-point dtype, in which it gives NaN.

    Returns
    -------
    Array
        Of the shape of `x`.

    Raises
    ------
    DTypeError
        If `x` has another dtype, or `dtype` is neither int64 nor floating-point.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxp as xp
    >>> xp.dates.microsecond(np.asarray(["2024-02-29T12:34:56.5"], "M8[ns]"))
    Array([500000], dtype=int64)
    """
    return _time_field(x, "microsecond", dtype, 10**3, 10**9)


def nanosecond(x: Operand, /, *, dtype: object = None) -> Array:
    """Return the nanoseconds of the microsecond, from 0 to 999.

    Parameters
    ----------
    x : array
        Of a datetime64 dtype.
    dtype : dtype, optional
        int64, in which NaT gives -2**63, or a floating-point dtype, in which it gives NaN.

    Returns
    -------
    Array
        Of the shape of `x`.

    Raises
    ------
    DTypeError
        If `x` has another dtype, or `dtype` is neither int64 nor floating-point.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxp as xp
    >>> xp.dates.nanosecond(np.asarray(["2024-02-29T12:34:56.000000007"], "M8[ns]"))
    Array([7], dtype=int64)
    """
    return _time_field(x, "nanosecond", dtype, 1, 10**3)
