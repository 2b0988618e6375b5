"""Points and spans of time that pandas makes of numbers, and of columns of fields."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp import dates
from onnxp._src.array.array import Array
from onnxp._src.namespace import namespace
from onnxp.errors import FrameError
from onnxp.sklearn._strptime import dtype_of

_DAY = {"year", "month", "day"}
_CLOCK = {"hour", "minute", "second"}


def of_parts(parts: Any) -> Array:
    """Return the points in time of columns or numbers called as their fields; what lacks one is missing.

    Raises
    ------
    FrameError
        If a column has another name, or a time of day is no integer.
    """
    xp = namespace()
    arrays = {
        str(name).lower().removesuffix("s"): getattr(parts[name], "array", parts[name])
        for name in parts
    }
    if not _DAY <= set(arrays) <= _DAY | _CLOCK:
        raise FrameError(
            "to_datetime: a frame has the columns year, month and day, and may have hour, minute and second, "
            f"not {list(parts)}"
        )
    missing: Any = False
    for name, x in arrays.items():
        if isinstance(x, Array) and x.dtype.family == "float":
            if name in _CLOCK:
                raise FrameError(f"to_datetime: {name} is {x.dtype}; write .fillna(0).astype(int)")
            missing = missing | xp.isnan(x)
            arrays[name] = xp.astype(xp.where(xp.isnan(x), 0.0, x), xp.int64)
    result: Array = dates.from_parts(**arrays, dtype=dtype_of("%Y"))
    return result if missing is False else xp.where(missing, np.datetime64("NaT"), result)


def of_numbers(x: Array, unit: str, function: str) -> Array:
    """Return what `to_datetime`, from 1970 on, or `to_timedelta` gives of numbers; NaN is missing."""
    import pandas

    xp = namespace()
    is_whole = x.dtype.family in ("int", "uint")
    example = pandas.Series([0 if is_whole else 0.5])
    target = str(getattr(pandas, function)(example, unit=unit).dtype)
    family = target.partition("[")[0]
    least = np.asarray(1, f"m8[{np.datetime_data(target)[0]}]")
    size = int(pandas.Timedelta(1, unit).to_timedelta64() // least)
    if is_whole:
        result: Array = xp.astype(xp.astype(x, xp.int64) * size, target)
        return result
    power = 10.0 ** (len(str(size)) - 1)
    number = xp.where(xp.isnan(x), 0.0, xp.astype(x, xp.float64))
    whole = xp.trunc(number)
    rest = xp.round((number - whole) * power) / power * float(size)  # as pandas rounds
    count = xp.astype(whole, xp.int64) * size + xp.astype(rest, xp.int64)
    result = xp.where(xp.isnan(x), getattr(np, family)("NaT"), xp.astype(count, target))
    return result
