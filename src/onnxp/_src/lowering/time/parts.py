"""Points in time from their fields."""

from __future__ import annotations

from collections.abc import Sequence

from onnxp._src import ops
from onnxp._src.dtypes import DType, timedelta64
from onnxp._src.dtypes.moments import NAT
from onnxp._src.graph.values import Value
from onnxp._src.lowering.expr import Expr, where
from onnxp._src.lowering.functions import elementwise
from onnxp._src.lowering.time import arithmetic, fields, units
from onnxp._src.lowering.time.calendar import LAST_MONTH, days_of

_YEARS = LAST_MONTH // 12
_MARCH = 2
"""The months of a year before March."""


@elementwise("day_of_parts")
def _day(year: Expr, month: Expr, day: Expr) -> Expr:
    """Return days from 1970 on; NaT for months and days that do not exist."""
    is_month = (year <= _YEARS) & (year >= -_YEARS) & (month >= 1) & (month <= 12)
    number = where(is_month, year * 12 + month - 1 - _MARCH, 0)
    first, following = days_of(number), days_of(number + 1)
    is_day = is_month & (day >= 1) & (day <= following - first)
    return where(is_day, first + day - 1, NAT)


@elementwise("nanosecond_of_parts")
def _nanosecond(hour: Expr, minute: Expr, second: Expr, nanosecond: Expr) -> Expr:
    """Return nanoseconds of the day; NaT for times that do not exist."""
    exists = (nanosecond >= 0) & (nanosecond < 10**9)
    for part, limit in ((hour, 24), (minute, 60), (second, 60)):
        exists = exists & (part >= 0) & (part < limit)
    total = ((hour * 60 + minute) * 60 + second) * 10**9 + nanosecond
    return where(exists, total, NAT)


def from_parts(date: Sequence[Value], clock: Sequence[Value], dtype: DType) -> Value:
    """Return the points in time of given years, months and days, and hours to nanoseconds; NaT for others."""
    day, time = _day(*date), _nanosecond(*clock)
    if dtype.unit in ("Y", "M", "W", "D"):
        day = ops.where(arithmetic.is_nat(time), time, day)
        return units.cast(day, fields.DAY, dtype)
    time = units.cast(time, timedelta64("ns"), timedelta64(dtype.unit))
    return arithmetic.add(units.cast(day, fields.DAY, dtype), time)
