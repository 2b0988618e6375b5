"""Periods, as of ``dt.to_period``, and dates of Python: points in time that are noted to stand for them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from onnxp import dates
from onnxp._src.array.array import Array
from onnxp._src.namespace import namespace
from onnxp.errors import FrameError
from onnxp.sklearn._offsets import in_other_month, months_of


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
"""The periods of models, by the frequency of pandas."""
_ALIASES = {
    **dict.fromkeys(("A", "A-DEC", "Y-DEC", "YE", "YE-DEC"), "Y"),
    **dict.fromkeys(("Q-DEC", "QE", "QE-DEC"), "Q"),
    "ME": "M",
    "d": "D",
}
"""Other names of these frequencies."""
_MONTHS = {"M": 1, "Q": 3, "Y": 12}
"""The numbers of months in periods."""

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
        return in_other_month(x, _MONTHS[unit], "DateOffset")
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
        numbers = (months_of(x) - 1970 * 12) // _MONTHS[unit]
    else:
        numbers = (starts(x) - np.datetime64(0, unit)) // np.timedelta64(1, unit)
    return xp.where(xp.isnan(x), np.iinfo(np.int64).min, numbers)


def difference(x: Any, y: Any) -> Any:
    """Return the number of periods between two, NaN if one is missing; None if they have no common unit."""
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
    """Return keys as the integers that equal elements of an array of times have; None if no element is equal.

    Parameters
    ----------
    x : Array
        Points in time, periods or spans.
    keys : list
        Points in time, periods, dates or spans.
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
    """Return the period of a model for one of pandas; None for anything else."""
    name = getattr(key, "freqstr", None)
    return _PERIODS.get(_ALIASES.get(name, name)) if isinstance(name, str) else None


def as_moment(obj: Any) -> Any:
    """Return the first point in time of a period or a date; anything else as it is."""
    if isinstance(obj, date) and not isinstance(obj, datetime):
        return np.datetime64(obj, "D")
    return obj.start_time if hasattr(obj, "start_time") and hasattr(obj, "freqstr") else obj
