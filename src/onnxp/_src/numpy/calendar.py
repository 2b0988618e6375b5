"""numpy functions for business days, and for dates as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import has_arrays, implements
from onnxp._src.numpy.operands import as_array, choice_of, required
from onnxp._src.numpy.results import stored
from onnxp.errors import ArgumentError, NumpyFunctionError

_MONDAY = 3
"""The days from a Monday to the start of 1970."""
_EPOCH = np.datetime64(0, "D")


def _days(dates: Any) -> Any:
    """Return days, from the dates that numpy accepts."""
    array = as_array(dates if has_arrays(dates) else np.asarray(dates, "datetime64[D]"))
    return xp().astype(array, xp().asarray(np.zeros(0, "datetime64[D]")).dtype, copy=False)


class _Calendar:
    """The business days of a week, but for the holidays, counted from a Monday before 1970.

    Raises
    ------
    NumpyFunctionError
        If the week or the holidays are traced.
    ArgumentError
        If the week has no business day.
    """

    def __init__(self, weekmask: Any, holidays: Any, calendar: Any, name: str) -> None:
        if calendar is None:
            if has_arrays((weekmask, holidays), traced=True):
                raise NumpyFunctionError(
                    f"numpy.{name}: the holidays and the week must be constants"
                )
            try:
                calendar = np.busdaycalendar(weekmask, [] if holidays is None else holidays)
            except ValueError as error:
                raise ArgumentError(f"numpy.{name}: {error}") from None
        self._week: np.ndarray = calendar.weekmask
        self._length = int(np.sum(self._week))
        self._counts: np.ndarray = np.cumsum(self._week) - self._week
        self._holidays: np.ndarray = calendar.holidays

    def is_open(self, days: Any) -> Any:
        """Return whether days are business days; False for NaT."""
        result = xp().take(xp().asarray(self._week), _weekday(days)[1]) & ~xp().isnan(days)
        return result & ~np.isin(days, self._holidays) if self._holidays.size else result

    def before(self, days: Any, side: Literal["left", "right"] = "left") -> Any:
        """Return the number of business days before days, or with `side` right up to days."""
        week, weekday = _weekday(days)
        counts = self._counts + self._week if side == "right" else self._counts
        result = week * self._length + xp().take(xp().asarray(counts), weekday)
        return (
            result - np.searchsorted(self._holidays, days, side) if self._holidays.size else result
        )

    def day(self, number: Any) -> Any:
        """Return the business day before which there are as many."""
        if self._holidays.size:
            week, weekday = np.divmod(self._holidays.astype(np.int64) + _MONDAY, 7)
            open_before = week * self._length + self._counts[weekday] - np.arange(week.size)
            number = number + np.searchsorted(open_before, number, "right")
        week = number // self._length
        weekdays = xp().asarray(np.flatnonzero(self._week))
        day = week * 7 + xp().take(weekdays, number - week * self._length) - _MONDAY
        return xp().astype(day, "datetime64[D]")


def _weekday(days: Any) -> tuple[Any, Any]:
    """Return the number of the week, and the day of it from Monday on, which is 0."""
    number = xp().astype(xp().where(xp().isnan(days), _EPOCH, days), xp().int64) + _MONDAY
    week = number // 7
    return week, number - week * 7


@implements(np.is_busday)
def is_busday(
    dates: Any,
    weekmask: Any = "1111100",
    holidays: Any = None,
    busdaycal: Any = None,
    out: Any = None,
) -> Any:
    """Translate `numpy.is_busday`."""
    calendar = _Calendar(weekmask, holidays, busdaycal, "is_busday")
    return stored(calendar.is_open(_days(dates)), out, "is_busday")


@implements(np.busday_count)
def busday_count(
    begindates: Any,
    enddates: Any,
    weekmask: Any = "1111100",
    holidays: Any = (),
    busdaycal: Any = None,
    out: Any = None,
) -> Any:
    """Translate `numpy.busday_count`."""
    calendar = _Calendar(weekmask, holidays, busdaycal, "busday_count")
    start, stop = _days(begindates), _days(enddates)
    forth = calendar.before(stop) - calendar.before(start)
    back = calendar.before(stop, "right") - calendar.before(start, "right")
    count = xp().where(start <= stop, forth, back)
    why = "numpy.busday_count: a date is NaT; leave it out, or write xp.dates.count_business_days"
    count = required(count, ~(xp().isnan(start) | xp().isnan(stop)), why)
    return stored(count, out, "busday_count")


@implements(np.busday_offset)
def busday_offset(
    dates: Any,
    offsets: Any,
    roll: Any = "raise",
    weekmask: Any = "1111100",
    holidays: Any = None,
    busdaycal: Any = None,
    out: Any = None,
) -> Any:
    """Translate `numpy.busday_offset`."""
    choice_of(roll, ("raise", "nat", *_ROLLS), "busday_offset", "roll")
    calendar = _Calendar(weekmask, holidays, busdaycal, "busday_offset")
    days, counts = xp().broadcast_arrays(_days(dates), as_array(offsets))
    if not xp().isdtype(counts.dtype, "integral"):
        raise ArgumentError(f"numpy.busday_offset: offsets must be integers, not {counts.dtype}")
    counts = xp().astype(counts, xp().int64)
    missing = xp().isnan(days)
    if roll == "raise":
        why = "numpy.busday_offset: a date is no business day; write roll='forward', 'backward' or 'nat'"
        counts = required(counts, calendar.is_open(days), why)
    elif roll == "nat":
        missing = ~calendar.is_open(days)
    start = _ROLLS.get(roll, _following)(calendar, days)
    result = xp().where(missing, np.datetime64("NaT", "D"), calendar.day(start + counts))
    return stored(result, out, "busday_offset")


# Where to begin, from days that may be no business days: as the number of business days before


def _following(calendar: _Calendar, days: Any) -> Any:
    return calendar.before(days)


def _preceding(calendar: _Calendar, days: Any) -> Any:
    return calendar.before(days, "right") - 1


def _within_month(first: Any, otherwise: Any) -> Any:
    def start(calendar: _Calendar, days: Any) -> Any:
        number = first(calendar, days)
        stays = xp().dates.month(calendar.day(number)) == xp().dates.month(days)
        return xp().where(stays, number, otherwise(calendar, days))

    return start


_ROLLS: dict[str, Callable[[_Calendar, Any], Any]] = {
    "backward": _preceding,
    "following": _following,
    "forward": _following,
    "modifiedfollowing": _within_month(_following, _preceding),
    "modifiedpreceding": _within_month(_preceding, _following),
    "preceding": _preceding,
}


@implements(np.datetime_as_string)
def datetime_as_string(
    arr: Any, unit: Any = None, timezone: Any = "naive", casting: Any = "same_kind"
) -> Any:
    """Translate `numpy.datetime_as_string`, without time zones."""
    if timezone != "naive":
        raise NumpyFunctionError(
            f"numpy.datetime_as_string: timezone={timezone!r} is not supported; add the offset before"
        )
    array = as_array(arr)
    if unit not in (None, "auto"):
        array = xp().astype(array, f"datetime64[{unit}]")
    elif unit == "auto":
        raise NumpyFunctionError(
            "numpy.datetime_as_string: unit='auto' depends on the elements; name the unit, as 's'"
        )
    return xp().astype(array, xp().string)
