"""Fields of the calendar: of days, weeks, months, quarters and years."""

from __future__ import annotations

from collections.abc import Callable

from onnxp._src import dtypes
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.operands import Operand
from onnxp._src.graph.values import Value
from onnxp._src.lowering.time import fields
from onnxp.dates._operands import in_dtype, points


def _field(x: Operand, function: str, dtype: object, recipe: Callable[[Value], Value]) -> Array:
    array = points(x, function)
    plane = array._planes[0]
    return in_dtype(recipe(fields.days(plane, array.dtype)), dtype, function)


def year(x: Operand, /, *, dtype: object = None) -> Array:
    """Return the years of points in time.

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
    >>> xp.dates.year(np.asarray(["2024-02-29", "1969-12-31"], "M8[D]"))
    Array([2024, 1969], dtype=int64)
    >>> xp.dates.year(np.asarray(["2024-02-29", "NaT"], "M8[D]"), dtype=xp.float32)
    Array([2024.,   nan], dtype=float32)
    """
    return _field(x, "year", dtype, fields.year)


def month(x: Operand, /, *, dtype: object = None) -> Array:
    """Return the months of points in time, from 1 to 12.

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
    >>> xp.dates.month(np.asarray(["2024-02-29", "1969-12-31"], "M8[D]"))
    Array([ 2, 12], dtype=int64)
    """
    return _field(x, "month", dtype, fields.month)


def day(x: Operand, /, *, dtype: object = None) -> Array:
    """Return the days of the month, from 1 on.

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
    >>> xp.dates.day(np.asarray(["2024-02-29", "1969-12-31"], "M8[D]"))
    Array([29, 31], dtype=int64)
    """
    return _field(x, "day", dtype, fields.day_of_month)


def weekday(x: Operand, /, *, dtype: object = None) -> Array:
    """Return the days of the week, from 0 for Mondays to 6 for Sundays.

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
    >>> xp.dates.weekday(np.asarray(["2024-02-29"], "M8[D]"))
    Array([3], dtype=int64)
    """
    return _field(x, "weekday", dtype, fields.weekday)


def dayofyear(x: Operand, /, *, dtype: object = None) -> Array:
    """Return the days of the year, from 1 on.

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
    >>> xp.dates.dayofyear(np.asarray(["2024-12-31"], "M8[D]"))
    Array([366], dtype=int64)
    """
    return _field(x, "dayofyear", dtype, fields.day_of_year)


def week(x: Operand, /, *, dtype: object = None) -> Array:
    """Return the weeks of ISO 8601, from 1 to 53; the first week of a year has its first Thursday.

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
    >>> xp.dates.week(np.asarray(["2020-12-31", "2021-01-03"], "M8[D]"))
    Array([53, 53], dtype=int64)
    """
    return _field(x, "week", dtype, fields.week)


def isoyear(x: Operand, /, *, dtype: object = None) -> Array:
    """Return the years that the weeks of ISO 8601 belong to.

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
    >>> xp.dates.isoyear(np.asarray(["2020-12-31", "2021-01-03"], "M8[D]"))
    Array([2020, 2020], dtype=int64)
    """
    return _field(x, "isoyear", dtype, fields.iso_year)


def quarter(x: Operand, /, *, dtype: object = None) -> Array:
    """Return the quarters of the year, from 1 to 4.

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
    >>> xp.dates.quarter(np.asarray(["2024-02-29", "2024-10-01"], "M8[D]"))
    Array([1, 4], dtype=int64)
    """
    return _field(x, "quarter", dtype, fields.quarter)


def days_in_month(x: Operand, /, *, dtype: object = None) -> Array:
    """Return the numbers of days of the months.

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
    >>> xp.dates.days_in_month(np.asarray(["2024-02", "2023-02"], "M8[M]"))
    Array([29, 28], dtype=int64)
    """
    return _field(x, "days_in_month", dtype, fields.days_in_month)


def is_leap_year(x: Operand, /) -> Array:
    """Return whether the years of points in time have 366 days.

    Parameters
    ----------
    x : array
        Of a datetime64 dtype.

    Returns
    -------
    Array
        Of dtype bool and the shape of `x`; False for NaT.

    Raises
    ------
    DTypeError
        If `x` has another dtype.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxp as xp
    >>> xp.dates.is_leap_year(np.asarray(["2024", "1900"], "M8[Y]"))
    Array([ True, False], dtype=bool)
    """
    array = points(x, "is_leap_year")
    day = fields.days(array._planes[0], array.dtype)
    return new_array(dtypes.bool_, (fields.is_leap_year(day),))
