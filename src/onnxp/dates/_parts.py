"""Points in time from their fields, and days from Monday to Friday."""

from __future__ import annotations

from typing import Literal

from onnxp._src import dtypes, ops
from onnxp._src.api.manipulation import broadcast_arrays
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.nullable import null_of, plain, with_null
from onnxp._src.array.operands import Operand, as_like, cast
from onnxp._src.dtypes import DType, datetime64, int64
from onnxp._src.lowering import nulls
from onnxp._src.lowering.time import business, fields, parts
from onnxp.dates._operands import points
from onnxp.errors import ArgumentError, DTypeError


def from_parts(
    year: Operand,
    month: Operand = 1,
    day: Operand = 1,
    hour: Operand = 0,
    minute: Operand = 0,
    second: Operand = 0,
    nanosecond: Operand = 0,
    *,
    dtype: object = None,
) -> Array:
    """Return the points in time with given fields.

    Parameters
    ----------
    year, month, day, hour, minute, second, nanosecond : array or int
        Of integer dtypes, which may be nullable, and of shapes that broadcast. Months and days count from 1;
        nanoseconds are those of the second.
    dtype : dtype, optional
        A datetime64 dtype; by default ``datetime64("s")``. What it does not express is dropped.

    Returns
    -------
    Array
        NaT where there is no such day or time, such as February 30, the dtype does not express it, or a part is
        null.

    Raises
    ------
    DTypeError
        If a part is not an integer, or `dtype` is not a datetime64 dtype.
    BroadcastError
        If the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.dates.from_parts(xp.asarray([2023, 2024]), 2, 29, dtype="datetime64[D]")
    Array([       'NaT', '2024-02-29'], dtype=datetime64[D])
    """
    target: DType = datetime64("s") if dtype is None else dtypes.as_dtype(dtype)
    if target.family != "datetime":
        raise DTypeError(f"dates.from_parts: dtype must be a datetime64 dtype, not {target}")
    given = [
        as_like(part, int64, "dates.from_parts")
        for part in (year, month, day, hour, minute, second, nanosecond)
    ]
    dtypes.require("dates.from_parts", "integer", *(part.dtype for part in given), nulls=True)
    broadcast = broadcast_arrays(*given)
    planes = [cast(plain(part), int64)._planes[0] for part in broadcast]
    result = new_array(target, (parts.from_parts(planes[:3], planes[3:], target),))
    null = nulls.either([null_of(part) for part in broadcast], planes[0].shape)
    return result if nulls.is_none(null) else with_null(result, null)


def is_business_day(x: Operand, /) -> Array:
    """Return whether points in time are on days from Monday to Friday.

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
    >>> xp.dates.is_business_day(np.asarray(["2024-03-01", "2024-03-02"], "M8[D]"))
    Array([ True, False], dtype=bool)
    """
    array = points(x, "is_business_day")
    day = fields.days(array._planes[0], array.dtype)
    return new_array(dtypes.bool_, (business.is_business_day(day),))


def count_business_days(start: Operand, stop: Operand, /) -> Array:
    """Count the days from Monday to Friday between two days, as `numpy.busday_count`.

    Parameters
    ----------
    start, stop : array
        Of datetime64 dtypes, and of shapes that broadcast. The first day is counted, the last one is not.

    Returns
    -------
    Array
        Of dtype int64; negative where `stop` is earlier, and -2**63 where one is NaT.

    Raises
    ------
    DTypeError
        If one has another dtype.
    BroadcastError
        If the shapes do not broadcast.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxp as xp
    >>> xp.dates.count_business_days(np.asarray(["2024-02-01"], "M8[D]"), np.datetime64("2024-03-01"))
    Array([21], dtype=int64)
    """
    arrays = [points(x, "count_business_days") for x in (start, stop)]
    days = [fields.days(x._planes[0], x.dtype) for x in arrays]
    return new_array(int64, (business.count(*days),))


def add_business_days(
    x: Operand, number: Operand, /, *, roll: Literal["forward", "backward"] = "forward"
) -> Array:
    """Add days from Monday to Friday to days, as `numpy.busday_offset`.

    Parameters
    ----------
    x : array
        Of a datetime64 dtype.
    number : array or int
        Of an integer dtype; negative numbers go back.
    roll : {"forward", "backward"}, optional
        Whether to begin with the next or the last business day, if a day is none.

    Returns
    -------
    Array
        Of dtype datetime64[D], and the shape that both broadcast to.

    Raises
    ------
    DTypeError
        If `x` or `number` has another dtype.
    ArgumentError
        If `roll` has another value.
    BroadcastError
        If the shapes do not broadcast.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxp as xp
    >>> xp.dates.add_business_days(np.asarray(["2024-03-01", "2024-03-02"], "M8[D]"), 1)
    Array(['2024-03-04', '2024-03-05'], dtype=datetime64[D])
    """
    recipes = {"forward": business.add_after, "backward": business.add_before}
    if roll not in recipes:
        raise ArgumentError(
            f"dates.add_business_days: roll must be 'forward' or 'backward', not {roll!r}"
        )
    array = points(x, "add_business_days")
    count = as_like(number, int64, "dates.add_business_days")
    dtypes.require("dates.add_business_days: number", "integer", count.dtype)
    day = fields.days(array._planes[0], array.dtype)
    result = recipes[roll](day, ops.cast(count._planes[0], int64))
    return new_array(datetime64("D"), (result,))
