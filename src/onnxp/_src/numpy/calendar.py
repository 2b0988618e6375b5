"""numpy functions for business days, and for dates as text."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import has_arrays, implements
from onnxp._src.numpy.operands import as_array, choice_of, required
from onnxp._src.numpy.results import stored
from onnxp.errors import ArgumentError, NumpyFunctionError

_WEEK = np.busdaycalendar().weekmask


def _days(dates: Any) -> Any:
    """Return days, from the dates that numpy accepts."""
    array = as_array(dates if has_arrays(dates) else np.asarray(dates, "datetime64[D]"))
    return xp().astype(array, xp().asarray(np.zeros(0, "datetime64[D]")).dtype, copy=False)


def _holidays(weekmask: Any, holidays: Any, calendar: Any, name: str) -> np.ndarray:
    """Return the holidays from Monday to Friday, in order.

    Raises
    ------
    NumpyFunctionError
        If the week has other business days, or the holidays are traced.
    """
    if calendar is None:
        if has_arrays((weekmask, holidays), traced=True):
            raise NumpyFunctionError(f"numpy.{name}: the holidays and the week must be constants")
        calendar = np.busdaycalendar(weekmask, [] if holidays is None else holidays)
    if not np.array_equal(calendar.weekmask, _WEEK):
        raise NumpyFunctionError(
            f"numpy.{name}: weekmask is not supported; business days are from Monday to Friday"
        )
    result: np.ndarray = calendar.holidays
    return result


@implements(np.is_busday)
def is_busday(
    dates: Any,
    weekmask: Any = "1111100",
    holidays: Any = None,
    busdaycal: Any = None,
    out: Any = None,
) -> Any:
    """Translate `numpy.is_busday`, of a week from Monday to Friday."""
    free = _holidays(weekmask, holidays, busdaycal, "is_busday")
    days = _days(dates)
    result = xp().dates.is_business_day(days)
    result = result & ~np.isin(days, free) if free.size else result
    return stored(result, out, "is_busday")


@implements(np.busday_count)
def busday_count(
    begindates: Any,
    enddates: Any,
    weekmask: Any = "1111100",
    holidays: Any = (),
    busdaycal: Any = None,
    out: Any = None,
) -> Any:
    """Translate `numpy.busday_count`, of a week from Monday to Friday."""
    free = _holidays(weekmask, holidays, busdaycal, "busday_count")
    start, stop = _days(begindates), _days(enddates)
    count = xp().dates.count_business_days(start, stop)
    if free.size:
        forth = np.searchsorted(free, stop) - np.searchsorted(free, start)
        back = np.searchsorted(free, stop, "right") - np.searchsorted(free, start, "right")
        count = count - xp().where(start <= stop, forth, back)
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
    """Translate `numpy.busday_offset`, of a week from Monday to Friday without holidays."""
    if _holidays(weekmask, holidays, busdaycal, "busday_offset").size:
        raise NumpyFunctionError(
            "numpy.busday_offset: holidays are not supported; look the days up in a table, by "
            "days[np.searchsorted(days, x) + n] with the business days in order"
        )
    if roll in ("modifiedfollowing", "modifiedpreceding"):
        raise NumpyFunctionError(
            f"numpy.busday_offset: roll={roll!r} is not supported, only raise, nat, forward and backward"
        )
    rolls = {"following": "forward", "preceding": "backward"}
    roll = rolls.get(roll, roll)
    choice_of(roll, ("raise", "nat", "forward", "backward"), "busday_offset", "roll")
    days, counts = xp().broadcast_arrays(_days(dates), as_array(offsets))
    if not xp().isdtype(counts.dtype, "integral"):
        raise ArgumentError(f"numpy.busday_offset: offsets must be integers, not {counts.dtype}")
    is_business = xp().dates.is_business_day(days)
    if roll == "raise":
        why = "numpy.busday_offset: a date is no business day; write roll='forward', 'backward' or 'nat'"
        counts = required(xp().astype(counts, xp().int64), is_business, why)
    elif roll == "nat":
        days = xp().where(is_business, days, xp().asarray(np.datetime64("NaT", "D")))
    rolled = roll if roll in ("forward", "backward") else "forward"
    return stored(xp().dates.add_business_days(days, counts, roll=rolled), out, "busday_offset")


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
