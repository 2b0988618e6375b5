"""Offsets of the calendar, such as ``df["day"] + pd.DateOffset(months=1)``."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp import dates
from onnxp._src.array.array import Array
from onnxp._src.namespace import namespace
from onnxp.errors import FrameError

_UNITS: dict[str, Any] = {
    "weeks": "W",
    "days": "D",
    "hours": "h",
    "minutes": "m",
    "seconds": "s",
    "milliseconds": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
}
"""The units of numpy, by the parameters of ``DateOffset``."""
_TICKS: dict[str, Any] = {
    "Day": "D",
    "Week": "W",
    "Hour": "h",
    "Minute": "m",
    "Second": "s",
    "Milli": "ms",
    "Micro": "us",
    "Nano": "ns",
}
"""The units of numpy, by the names of offsets of a fixed length."""


def is_offset(obj: object) -> bool:
    """Return whether an object is an offset of pandas."""
    return hasattr(type(obj), "rollforward") and hasattr(obj, "n")


def moved(x: Array, offset: Any, sign: int) -> Any:
    """Return points in time, moved by an offset of pandas, forwards or backwards.

    Raises
    ------
    FrameError
        If models do not compute the offset.
    """
    result = _moved(x, offset, sign)
    return dates.floor(result, "D") if offset.normalize else result


def _moved(x: Array, offset: Any, sign: int) -> Any:
    """Return points in time, moved by an offset of pandas that keeps the time of day."""
    name, n = type(offset).__name__, sign * offset.n
    kwargs = dict(offset.kwds)
    if name in ("MonthEnd", "MonthBegin"):
        return in_other_month(x, n, name)
    if name == "DateOffset" and not {*kwargs} - {"years", "months", *_UNITS}:
        months = 12 * kwargs.pop("years", 0) + kwargs.pop("months", 0)
        x = in_other_month(x, n * months, name) if months else x
        spans = [np.timedelta64(n * count, _UNITS[unit]) for unit, count in kwargs.items()]
    elif name in _TICKS and kwargs.get("weekday") is None:
        spans = [np.timedelta64(n, _TICKS[name])]
    else:
        raise FrameError(
            f"a model does not compute {offset!r}; it does DateOffset of years, months, weeks, days and "
            "shorter spans, MonthBegin, MonthEnd, Day, Week and shorter ones; business days are "
            "onnxp.dates.add_business_days(df['column'].to_numpy(), n)"
        )
    for span in spans:
        x = x + span
    return x


def in_other_month(x: Array, months: int, name: str) -> Any:
    """Return points in time of another month.

    They are on the same day, or on the last one of a month that does not have it; on the first or the last day
    if the name is that of the offset ``MonthBegin`` or ``MonthEnd``.
    """
    xp = namespace()
    day = dates.day(x, dtype=np.int64)
    count: Any = months
    if name == "MonthEnd" and months > 0:  # the end of this month is the first
        count = months - xp.astype(day < dates.days_in_month(x, dtype=np.int64), xp.int64)
    if name == "MonthBegin" and months <= 0:
        count = months + xp.astype(day > 1, xp.int64)
    place = months_of(x) + count
    first = dates.from_parts(place // 12, place % 12 + 1, 1, dtype=x.dtype)
    last = dates.days_in_month(first, dtype=np.int64)
    new = {"MonthEnd": last, "MonthBegin": xp.ones_like(last)}.get(name, xp.minimum(day, last))
    result = first + xp.astype(new - 1, "timedelta64[D]") + (x - dates.floor(x, "D"))
    return xp.where(xp.isnan(x), x, result)


def months_of(x: Array) -> Any:
    """Return the numbers of months, from the year 0."""
    return dates.year(x, dtype=np.int64) * 12 + dates.month(x, dtype=np.int64) - 1
