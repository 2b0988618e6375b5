"""Days from Monday to Friday, counted and added. There are no holidays."""

from __future__ import annotations

from onnxp._src.dtypes.moments import NAT
from onnxp._src.lowering.expr import Expr, where
from onnxp._src.lowering.functions import elementwise
from onnxp._src.lowering.time.calendar import LAST_DAY, floor_divide

_MONDAY = 3
"""The days from a Monday to the start of 1970."""


def _week_and_day(day: Expr) -> tuple[Expr, Expr]:
    shifted = day + _MONDAY
    week = floor_divide(shifted, 7)
    return week, shifted - week * 7


def _is_known(day: Expr) -> Expr:
    return (day != NAT) & (day <= LAST_DAY)


def _before(day: Expr) -> Expr:
    """Return the number of business days before a day, from a Monday on."""
    week, weekday = _week_and_day(day)
    return week * 5 + where(weekday > 5, 5, weekday)


@elementwise("is_business_day")
def is_business_day(day: Expr) -> Expr:
    """Return whether a day is one from Monday to Friday; False for NaT."""
    return _is_known(day) & (_week_and_day(day)[1] < 5)


@elementwise("count_business_days")
def count(start: Expr, stop: Expr) -> Expr:
    """Count business days from a day up to another, which is not counted; negative if it is earlier."""
    forth = _before(stop) - _before(start)
    back = _before(stop + 1) - _before(start + 1)
    return where(_is_known(start) & _is_known(stop), where(start <= stop, forth, back), NAT)


@elementwise("add_business_days")
def add_after(day: Expr, number: Expr) -> Expr:
    """Add business days to a day, or to the next one that is one."""
    week, weekday = _week_and_day(day)
    return _at(day, number, week * 5 + where(weekday > 4, 5, weekday))


@elementwise("add_business_days_backward")
def add_before(day: Expr, number: Expr) -> Expr:
    """Add business days to a day, or to the last one that is one."""
    week, weekday = _week_and_day(day)
    return _at(day, number, week * 5 + where(weekday > 4, 4, weekday))


def _at(day: Expr, number: Expr, place: Expr) -> Expr:
    total = place + number
    week = floor_divide(total, 5)
    limit = LAST_DAY // 8
    fits = (number <= limit) & (number >= -limit) & (day <= limit) & (day >= -limit)
    return where(fits, week * 7 + (total - week * 5) - _MONDAY, NAT)
