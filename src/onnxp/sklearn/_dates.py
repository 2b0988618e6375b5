"""The accessor ``dt`` of traced columns, with the names of pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from onnxp import dates
from onnxp._src.array.array import Array
from onnxp._src.namespace import namespace
from onnxp.errors import FrameError
from onnxp.sklearn._conversion import as_whole
from onnxp.sklearn._elementwise import frame_of
from onnxp.sklearn._periods import as_dates, as_periods, ends, is_period, shown, starts
from onnxp.sklearn._strftime import written

_FIELDS = {
    "year": dates.year,
    "month": dates.month,
    "day": dates.day,
    "hour": dates.hour,
    "minute": dates.minute,
    "second": dates.second,
    "microsecond": dates.microsecond,
    "nanosecond": dates.nanosecond,
    "weekday": dates.weekday,
    "dayofweek": dates.weekday,
    "day_of_week": dates.weekday,
    "dayofyear": dates.dayofyear,
    "day_of_year": dates.dayofyear,
    "quarter": dates.quarter,
    "days_in_month": dates.days_in_month,
    "daysinmonth": dates.days_in_month,
}

_PERIODS = {"month": "M", "quarter": np.timedelta64(3, "M"), "year": "Y"}
"""What ``is_month_start`` and the like ask about."""

_ROUNDED = {"floor": dates.floor, "ceil": dates.ceil, "round": dates.round}

_SPANS = {
    "days": ("D", None),
    "seconds": ("s", "D"),
    "microseconds": ("us", "s"),
    "nanoseconds": ("ns", "us"),
}
"""The fields of spans: what is counted, and of what the rest."""

_FREQUENCIES = {"min": "m", "m": ""}
"""What pandas calls units otherwise than numpy; its ``m`` is none."""
_INSTEAD = {
    "day_name": "numbers, as df['column'].dt.dayofweek, or with map and a dict of their names",
    "month_name": "numbers, as df['column'].dt.month, or with map and a dict of their names",
    "strftime": "numbers, as df['column'].dt.year * 100 + df['column'].dt.month",
    "tz_convert": "times in UTC without a zone, in the table that the model gets",
    "tz_localize": "times in UTC without a zone, in the table that the model gets",
}
"""What to write instead of what gives text, periods or zones."""


class Dates:
    """The times of a column.

    Fields are floating-point numbers, in which a missing time gives NaN, as in pandas if one is missing. Those
    of periods are integers of their last days, and -1 for missing ones.
    """

    def __init__(self, array: Array, wrap: Callable[[Any], Any]) -> None:
        self._array = array
        self._wrap = wrap

    def __getattr__(self, name: str) -> Any:
        x = self._array
        if x.dtype.family == "timedelta":
            if name in _SPANS:
                return self._wrap(as_whole(_of_span(x, *_SPANS[name])))
            if name in _ROUNDED:
                epoch = np.datetime64(0, cast("Any", x.dtype.unit))
                return lambda freq: self._wrap(_ROUNDED[name](epoch + x, _unit(freq)) - epoch)
        elif is_period(x) and name in _FIELDS:
            number = _FIELDS[name](shown(x), dtype=np.int64)
            return self._wrap(namespace().where(namespace().isnan(x), -1, number))
        elif name in _FIELDS:
            return self._wrap(as_whole(_FIELDS[name](x, dtype=np.float64)))
        elif name in _ROUNDED:
            return lambda freq: self._wrap(_ROUNDED[name](x, _unit(freq)))
        elif name == "is_leap_year":
            return self._wrap(dates.is_leap_year(x))
        elif name.startswith("is_"):
            period, _, end = name.removeprefix("is_").partition("_")
            if period in _PERIODS and end in ("start", "end"):
                return self._wrap(_is_end(x, _PERIODS[period], last=end == "end"))
        instead = _INSTEAD.get(name, "the functions of xp.dates, and df['column'].to_numpy()")
        raise FrameError(
            f"the dt of a traced column of {x.dtype} has no {name!r}; write the step with {instead}"
        )

    def day_name(self, locale: None = None) -> Any:
        """Return the English names of the days of the week; ``""`` for missing times."""
        _require_english(locale)
        return self.strftime("%A")

    def month_name(self, locale: None = None) -> Any:
        """Return the English names of the months; ``""`` for missing times."""
        _require_english(locale)
        return self.strftime("%B")

    def strftime(self, date_format: str) -> Any:
        """Return points in time as text, with names in English; ``""`` for missing ones."""
        if self._array.dtype.family != "datetime":
            raise FrameError(f"dt.strftime writes points in time, not {self._array.dtype}")
        return self._wrap(written(shown(self._array), date_format))

    @property
    def date(self) -> Any:
        """The days, as of Python's `datetime.date`."""
        return self._wrap(as_dates(self._array))

    def to_period(self, freq: Any = None) -> Any:
        """Return the periods in which points in time lie, such as months for ``"M"``."""
        return self._wrap(as_periods(self._array, freq))

    def to_timestamp(self, freq: Any = None, how: str = "start") -> Any:
        """Return the first points in time of periods, or the last ones for ``how="end"``."""
        if not is_period(self._array) or freq is not None:
            raise FrameError(
                "dt.to_timestamp: write df['column'].dt.to_period('M').dt.to_timestamp()"
            )
        is_end = how.lower() in ("e", "end", "finish")
        return self._wrap((ends if is_end else starts)(self._array))

    @property
    def start_time(self) -> Any:
        """The first points in time of periods."""
        return self.to_timestamp()

    @property
    def end_time(self) -> Any:
        """The last points in time of periods."""
        return self.to_timestamp(how="end")

    def as_unit(self, unit: str) -> Any:
        """Return the times in another unit."""
        return self._wrap(namespace().astype(self._array, f"{self._array.dtype.family}64[{unit}]"))

    def normalize(self) -> Any:
        """Return the starts of the days."""
        return self._wrap(dates.floor(self._array, "D"))

    def total_seconds(self) -> Any:
        """Return the lengths of spans in seconds."""
        return self._wrap(self._array / np.timedelta64(1, "s"))

    def isocalendar(self) -> Any:
        """Return a frame of the years, weeks and days of ISO 8601."""
        fields = {"year": dates.isoyear, "week": dates.week}
        columns = {name: field(self._array, dtype=np.float64) for name, field in fields.items()}
        columns["day"] = dates.weekday(self._array, dtype=np.float64) + 1
        return frame_of(columns)


def _require_english(locale: object) -> None:
    if locale is not None:
        raise FrameError(
            f"dt: names are in English, not in {locale!r}; map those, as in .map({{'Monday': 'lundi'}})"
        )


def _unit(frequency: Any) -> Any:
    if not isinstance(frequency, str):
        return frequency.to_timedelta64() if hasattr(frequency, "to_timedelta64") else frequency
    digits = frequency.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    unit = _FREQUENCIES.get(frequency[len(digits) :], frequency[len(digits) :])
    if unit not in ("D", "h", "m", "s", "ms", "us", "ns") or not (digits or "1").isdigit():
        raise FrameError(
            f"dt cannot round to {frequency!r}; write a fixed span such as '15min', or "
            "onnxp.dates.floor(df['column'].to_numpy(), 'M')"
        )
    return _span(int(digits or 1), unit)


def _span(count: int, unit: Any) -> Any:
    return np.timedelta64(count, unit)


def _of_span(x: Array, unit: str, cycle: str | None) -> Any:
    xp = namespace()
    rest = x
    if cycle is not None:
        rest = x % _span(1, cycle)
    return xp.floor(rest / _span(1, unit))


def _is_end(x: Array, period: Any, *, last: bool) -> Any:
    day = dates.floor(x, "D")
    if last:
        day = day + np.timedelta64(1, "D")
    return dates.floor(day, period) == day
