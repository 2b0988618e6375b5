"""The fields of points in time: of their day in the calendar, and of the time of the day."""

from __future__ import annotations

from onnxp._src import ops
from onnxp._src.dtypes import DType, bool_, datetime64, int64
from onnxp._src.dtypes.moments import NAT
from onnxp._src.graph.values import Value
from onnxp._src.lowering.elementwise import integers
from onnxp._src.lowering.expr import Expr, where
from onnxp._src.lowering.functions import elementwise
from onnxp._src.lowering.time import units
from onnxp._src.lowering.time.calendar import LAST_DAY, date_of, floor_divide

DAY = datetime64("D")


def days(x: Value, dtype: DType) -> Value:
    """Return the days of points in time, counted from the start of 1970."""
    return units.cast(x, dtype, DAY)


def _known(day: Expr, field: Expr) -> Expr:
    return where((day == NAT) | (day > LAST_DAY), NAT, field)


def _is_next_year(month: Expr) -> Expr:
    """Return 1 for January and February, which end a year that begins in March."""
    return (month >= 10).cast(int64)


def _leap(year: Expr) -> Expr:
    """Return 1 for leap years."""
    every_4 = year == floor_divide(year, 4) * 4
    every_100 = year == floor_divide(year, 100) * 100
    every_400 = year == floor_divide(year, 400) * 400
    return (every_4 & (~every_100 | every_400)).cast(int64)


def _year(day: Expr) -> Expr:
    date = date_of(day)
    return date.year + _is_next_year(date.month)


def _month(day: Expr) -> Expr:
    month = date_of(day).month
    return month + 3 - _is_next_year(month) * 12


def _day_of_year(day: Expr) -> Expr:
    date = date_of(day)
    later = _is_next_year(date.month)
    from_january = date.day_of_year + 60 + _leap(date.year)
    return where(later == 1, date.day_of_year - 305, from_january)


def _weekday(day: Expr) -> Expr:
    """Return the day of the week; 1970 began on a Thursday, 3."""
    return _rest(_rest(day, 7) + 3, 7)


def _rest(x: Expr, divisor: int) -> Expr:
    """Return the remainder of a division by a positive constant, which is not negative."""
    return x - floor_divide(x, divisor) * divisor


def _thursday(day: Expr) -> Expr:
    """Return the Thursday of the same week, whose year is that of the week."""
    return day - _weekday(day) + 3


@elementwise("year")
def year(day: Expr) -> Expr:
    """Return the year."""
    return _known(day, _year(day))


@elementwise("month")
def month(day: Expr) -> Expr:
    """Return the month, from 1 on."""
    return _known(day, _month(day))


@elementwise("day")
def day_of_month(day: Expr) -> Expr:
    """Return the day of the month, from 1 on."""
    return _known(day, date_of(day).day + 1)


@elementwise("day_of_year")
def day_of_year(day: Expr) -> Expr:
    """Return the day of the year, from 1 on."""
    return _known(day, _day_of_year(day))


@elementwise("weekday")
def weekday(day: Expr) -> Expr:
    """Return the day of the week, 0 for Mondays."""
    return _known(day, _weekday(day))


@elementwise("week")
def week(day: Expr) -> Expr:
    """Return the week of ISO 8601."""
    return _known(day, (_day_of_year(_thursday(day)) - 1) / 7 + 1)


@elementwise("iso_year")
def iso_year(day: Expr) -> Expr:
    """Return the year that the week of ISO 8601 belongs to."""
    return _known(day, _year(_thursday(day)))


@elementwise("quarter")
def quarter(day: Expr) -> Expr:
    """Return the quarter, from 1 on."""
    return _known(day, (_month(day) - 1) / 3 + 1)


@elementwise("days_in_month")
def days_in_month(day: Expr) -> Expr:
    """Return the number of days of the month."""
    date = date_of(day)
    first, following = ((date.month * 153 + shift) / 5 for shift in (2, 155))
    february = _leap(date.year + 1) + 28
    return _known(day, where(date.month == 11, february, following - first))


@elementwise("is_leap_year")
def is_leap_year(day: Expr) -> Expr:
    """Return whether the year has 366 days; False for NaT."""
    leap = _leap(_year(day)).cast(bool_)
    return leap & (day != NAT) & (day <= LAST_DAY)


def time_field(x: Value, dtype: DType, span: int, cycle: int) -> Value:
    """Return how often a span is in what points in time are beyond a multiple of a cycle, in nanoseconds."""
    own = units.SPANS.get(dtype.unit, units.SPANS["W"])
    if own >= cycle:
        return ops.where(ops.equal(x, _nat()), _nat(), ops.scalar(0, int64))
    rest = integers.remainder(x, ops.scalar(cycle // own, int64))
    if own <= span:
        field = integers.floor_divide(rest, ops.scalar(span // own, int64))
    else:
        field = ops.mul(rest, ops.scalar(own // span, int64))
    return ops.where(ops.equal(x, _nat()), _nat(), field)


def _nat() -> Value:
    return ops.scalar(NAT, int64)
