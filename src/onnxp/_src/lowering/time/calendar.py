"""The Gregorian calendar in integers, on all days before and after it was introduced.

Years are counted from March, so that a leap day is the last one; 400 years have 146097 days.
"""

from __future__ import annotations

from typing import NamedTuple

from onnxp._src.dtypes import int64
from onnxp._src.dtypes.moments import NAT
from onnxp._src.lowering.expr import Expr, where
from onnxp._src.lowering.functions import elementwise
from onnxp._src.ops.scalars import INT64_MAX

_EPOCH = 719468
"""The days from March 1 of the year 0 to the start of 1970."""
_CYCLE = 146097
LAST_DAY = INT64_MAX - _EPOCH
LAST_MONTH = INT64_MAX // 31 - 12 * 2000


class Date(NamedTuple):
    """A day: its year and month, counted from March of the year 0 on, the day of the month and of the year."""

    year: Expr
    month: Expr
    day: Expr
    day_of_year: Expr


def floor_divide(x: Expr, divisor: int) -> Expr:
    """Divide by a positive constant, and round down."""
    quotient = x / divisor
    return quotient - (quotient * divisor > x).cast(int64)


def date_of(days: Expr) -> Date:
    """Return the date of days that are counted from 1970; years and months begin in March, at 0."""
    shifted = days + _EPOCH
    cycle = floor_divide(shifted, _CYCLE)
    day = shifted - cycle * _CYCLE
    year = (day - day / 1460 + day / 36524 - day / 146096) / 365
    day_of_year = day - (year * 365 + year / 4 - year / 100)
    month = (day_of_year * 5 + 2) / 153
    day_of_month = day_of_year - (month * 153 + 2) / 5
    return Date(cycle * 400 + year, month, day_of_month, day_of_year)


def days_of(month: Expr) -> Expr:
    """Return the first day of a month that is counted from March of the year 0."""
    year = floor_divide(month, 12)
    cycle = floor_divide(year, 400)
    year_of_cycle = year - cycle * 400
    day_of_year = ((month - year * 12) * 153 + 2) / 5
    day = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year
    return cycle * _CYCLE + day - _EPOCH


_MARCH = 1970 * 12 - 2
"""The months from March of the year 0 to January 1970."""


@elementwise("days_to_month")
def days_to_month(days: Expr) -> Expr:
    """Convert days to months, both counted from the start of 1970."""
    date = date_of(days)
    months = date.year * 12 + date.month - _MARCH
    return where((days == NAT) | (days > LAST_DAY), NAT, months)


@elementwise("month_to_days")
def month_to_days(months: Expr) -> Expr:
    """Convert months to days, both counted from the start of 1970."""
    fits = (months <= LAST_MONTH) & (months >= -LAST_MONTH)
    return where(fits, days_of(months + _MARCH), NAT)
