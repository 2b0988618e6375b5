"""Offsets of the calendar, ``df["day"] + pd.DateOffset(months=1)``, and the periods of ``dt.to_period``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from onnxp import dates
from onnxp._src.array.array import Array
from onnxp._src.namespace import namespace
from onnxp.errors import FrameError

# Offsets

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
"""The offsets of a fixed length."""


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
    require_no_periods(x)
    result = _moved(x, offset, sign)
    return dates.floor(result, "D") if offset.normalize else result


def _moved(x: Array, offset: Any, sign: int) -> Any:
    """Return points in time, moved by an offset of pandas that keeps the time of day."""
    name, n = type(offset).__name__, sign * offset.n
    kwargs = dict(offset.kwds)
    if name in ("MonthEnd", "MonthBegin"):
        return _in_other_month(x, n, name)
    if name == "DateOffset" and not {*kwargs} - {"years", "months", *_UNITS}:
        months = 12 * kwargs.pop("years", 0) + kwargs.pop("months", 0)
        x = _in_other_month(x, n * months, name) if months else x
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


def _in_other_month(x: Array, months: int, name: str) -> Any:
    """Return points in time of another month: on the same day if it has one, or on its first or last day."""
    xp = namespace()
    day = dates.day(x, dtype=np.int64)
    count: Any = months
    if name == "MonthEnd" and months > 0:  # the end of this month is the first
        count = months - xp.astype(day < dates.days_in_month(x, dtype=np.int64), xp.int64)
    if name == "MonthBegin" and months <= 0:
        count = months + xp.astype(day > 1, xp.int64)
    place = _months(x) + count
    first = dates.from_parts(place // 12, place % 12 + 1, 1, dtype=x.dtype)
    last = dates.days_in_month(first, dtype=np.int64)
    new = {"MonthEnd": last, "MonthBegin": xp.ones_like(last)}.get(name, xp.minimum(day, last))
    result = first + xp.astype(new - 1, "timedelta64[D]") + (x - dates.floor(x, "D"))
    return xp.where(xp.isnan(x), x, result)


def _months(x: Array) -> Any:
    """Return the numbers of months, from the year 0."""
    return dates.year(x, dtype=np.int64) * 12 + dates.month(x, dtype=np.int64) - 1


# Periods


class Period(NamedTuple):
    """What the elements of a column of points in time are: the first ones of periods, or dates of Python.

    Attributes
    ----------
    unit : str
        The unit of numpy, of which each period is one; ``"Q"`` for quarters.
    form : str
        How ``strftime`` writes it.
    is_date : bool
        Whether it is a date of Python, the difference of which is a span.
    """

    unit: str
    form: str
    is_date: bool = False


_PERIODS = {
    "M": Period("M", "%Y-%m"),
    "Q": Period("Q", "%YQ%q"),
    "Y": Period("Y", "%Y"),
    "D": Period("D", "%Y-%m-%d"),
    "h": Period("h", "%Y-%m-%d %H:00"),
    "min": Period("m", "%Y-%m-%d %H:%M"),
    "s": Period("s", "%Y-%m-%d %H:%M:%S"),
}
_ALIASES = {"A": "Y", "ME": "M", "YE": "Y", "Y-DEC": "Y", "YE-DEC": "Y", "A-DEC": "Y", "d": "D"}
_ALIASES |= {"QE": "Q", "Q-DEC": "Q", "QE-DEC": "Q"}
_MONTHS = {"M": 1, "Q": 3, "Y": 12}
"""How many months periods have."""

_noted: WeakKeyDictionary[Any, Period] = WeakKeyDictionary()
"""The periods, by the plane of an array."""


def as_periods(x: Array, frequency: Any) -> Any:
    """Return the first points in time of periods.

    Raises
    ------
    FrameError
        If models have no such periods.
    """
    name = getattr(frequency, "freqstr", frequency)
    period = _PERIODS.get(_ALIASES.get(name, name))
    if period is None:
        raise FrameError(
            f"dt.to_period: a model has periods of {', '.join(_PERIODS)}, not {name!r}; write "
            "df['column'].dt.isocalendar().week for weeks, and dt.floor('15min') for the starts of other spans"
        )
    unit = np.timedelta64(3, "M") if period.unit == "Q" else period.unit
    return note(dates.floor(x, unit), period)


def as_dates(x: Array) -> Any:
    """Return points in time as the days of ``dt.date``."""
    return note(dates.floor(x, "D"), Period("D", "%Y-%m-%d", is_date=True))


def as_moments(x: Array) -> Any:
    """Return dates of Python as points in time, whose unit is the second; points in time as they are."""
    if not _holds_dates(x):
        return x
    xp = namespace()
    x = xp.astype(x, "datetime64[s]")
    return xp.where(xp.isnan(x), np.datetime64("NaT", "s"), x)  # an array without a note


def starts(x: Array) -> Any:
    """Return the first points in time of periods."""
    xp = namespace()
    x = xp.astype(x, "datetime64[us]")
    return xp.where(xp.isnan(x), np.datetime64("NaT", "us"), x)  # an array without a note


def ends(x: Array) -> Any:
    """Return the last points in time of periods."""
    return starts(_next(x)) - np.timedelta64(1, "us")


def shown(x: Array) -> Any:
    """Return the points in time whose fields periods have: the last days of long ones."""
    period = _noted.get(x._planes[0])
    is_long = period is not None and period.unit in _MONTHS
    return _next(x) - np.timedelta64(1, "D") if is_long else x


def _next(x: Array) -> Any:
    """Return the first points in time of the periods that follow."""
    unit: Any = _noted[x._planes[0]].unit
    if unit in _MONTHS:
        return _in_other_month(x, _MONTHS[unit], "DateOffset")
    return x + np.timedelta64(1, unit)


def note(array: Any, period: Period) -> Any:
    """Note what the elements of an array are; return it."""
    _noted[array._planes[0]] = period
    return array


def period_of(array: object) -> Period | None:
    """Return what the elements of an array are; None if they are points in time, or anything else."""
    return _noted.get(array._planes[0]) if isinstance(array, Array) else None


def is_period(array: object) -> bool:
    """Return whether the elements of an array are periods."""
    period = period_of(array)
    return period is not None and not period.is_date


def ordinals(x: Array) -> Any:
    """Return the numbers of periods, from 1970 on; the least integer, as in pandas, for missing ones."""
    xp = namespace()
    unit: Any = _noted[x._planes[0]].unit
    if unit in _MONTHS:
        numbers = (_months(x) - 1970 * 12) // _MONTHS[unit]
    else:
        numbers = (starts(x) - np.datetime64(0, unit)) // np.timedelta64(1, unit)
    return xp.where(xp.isnan(x), np.iinfo(np.int64).min, numbers)


def difference(x: Any, y: Any) -> Any:
    """Return how many periods lie between two, NaN if one is missing; None if they have no common unit."""
    mine, other = (period_of(z) or _of_key(z) for z in (x, y))
    if mine is None or mine != other or mine.is_date:
        return None
    xp = namespace()
    left, right = (ordinals(z) if isinstance(z, Array) else z.ordinal for z in (x, y))
    result = xp.astype(left - right, xp.float64)
    for z in (x, y):
        result = xp.where(xp.isnan(z), np.nan, result) if isinstance(z, Array) else result
    return result


def require_no_periods(*operands: Any) -> None:
    """Raise for periods, which are subtracted from periods of their unit and compared, but no points in time.

    Raises
    ------
    FrameError
        If there are some.
    """
    if any(map(is_period, operands)):
        raise FrameError(
            "periods of a model are compared, and subtracted from others of their unit; move points in time by "
            "pd.DateOffset before dt.to_period, or compute with .astype('int64')"
        )


def are_comparable(x: Array, other: object) -> bool:
    """Return whether elements of times can be equal to something: dates of Python are equal to dates only."""
    if _holds_dates(x):
        return _holds_dates(other) or not isinstance(other, datetime | str | Array)
    is_date = isinstance(other, date) and not isinstance(other, datetime)
    return not (is_date or _holds_dates(other))


def is_nat(obj: object) -> bool:
    """Return whether an object stands for a missing time, as None and NaN do not among times of pandas."""
    if isinstance(obj, np.datetime64 | np.timedelta64):
        return bool(np.isnat(obj))
    return type(obj).__name__ == "NaTType"


def _holds_dates(array: object) -> bool:
    period = period_of(array)
    return period is not None and period.is_date


def as_keys(x: Array, keys: list[Any]) -> list[int | None]:
    """Return what integers the elements of an array of times have where they are keys.

    Parameters
    ----------
    x : Array
        Points in time, periods or spans.
    keys : list
        What is looked up; None stands for what no element can be.
    """
    period, kind = period_of(x), x.dtype.numpy
    result: list[int | None] = []
    for key in keys:
        of_key = _of_key(key)
        if isinstance(key, str):  # which pandas does not read here
            result.append(None)
            continue
        if (of_key or period) is not None and of_key != period and not (period and period.is_date):
            result.append(None)
            continue
        try:
            moment = np.asarray(as_moment(key), dtype=kind.str[1:3])
        except (TypeError, ValueError):
            result.append(None)
            continue
        number = moment.astype(kind)
        result.append(int(number.astype(np.int64)) if number == moment else None)
    return result


def _of_key(key: object) -> Period | None:
    """Return what a period of pandas is; None for anything else."""
    name = getattr(key, "freqstr", None)
    return _PERIODS.get(_ALIASES.get(name, name)) if isinstance(name, str) else None


def as_moment(obj: Any) -> Any:
    """Return the first point in time of a period or a date; anything else as it is."""
    if isinstance(obj, date) and not isinstance(obj, datetime):
        return np.datetime64(obj, "D")
    return obj.start_time if hasattr(obj, "start_time") and hasattr(obj, "freqstr") else obj
