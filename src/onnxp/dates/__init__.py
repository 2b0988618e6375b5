"""The calendar and the clock: fields of points in time, rounding, and days from Monday to Friday.

All functions take arrays of datetime64 dtypes, in any unit. Days are those of the Gregorian calendar, also
before it was introduced, and weeks those of ISO 8601. Times are in UTC.
"""

from onnxp._src.namespace import claim
from onnxp.dates._calendar import (
    day,
    dayofyear,
    days_in_month,
    is_leap_year,
    isoyear,
    month,
    quarter,
    week,
    weekday,
    year,
)
from onnxp.dates._clock import hour, microsecond, minute, nanosecond, second
from onnxp.dates._parts import (
    add_business_days,
    count_business_days,
    from_parts,
    is_business_day,
)
from onnxp.dates._rounding import ceil, floor, round

__all__ = [
    "add_business_days",
    "ceil",
    "count_business_days",
    "day",
    "dayofyear",
    "days_in_month",
    "floor",
    "from_parts",
    "hour",
    "is_business_day",
    "is_leap_year",
    "isoyear",
    "microsecond",
    "minute",
    "month",
    "nanosecond",
    "quarter",
    "round",
    "second",
    "week",
    "weekday",
    "year",
]

claim(globals())
