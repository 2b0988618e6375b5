"""The calendar and the clock, against numpy and pandas, over all days of 9,000 years."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp import dates
from onnxp.errors import ArgumentError, ArgumentTypeError, DTypeError
from onnxp.testing import run_all_ways

NAT = -(2**63)
UNITS = ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns")
DAYS = np.arange(np.datetime64("-3000-01-01"), np.datetime64("6001-01-01"))
SAMPLES = np.array(
    [
        "2020-02-29T12:34:56.123456789",
        "NaT",
        "1900-01-01",
        "1969-12-31T23:59:59.999999999",
        "2000-12-31",
    ],
    "M8[ns]",
)


def same(result: Any, expected: Any) -> None:
    a, b = np.asarray(result), np.asarray(expected)
    assert (a.dtype, a.shape) == (b.dtype, b.shape)
    np.testing.assert_array_equal(a, b)


def years(x: np.ndarray) -> np.ndarray:
    return x.astype("M8[Y]").astype(int) + 1970


def days_since(x: np.ndarray, unit: str) -> np.ndarray:
    return (x.astype("M8[D]") - x.astype(f"M8[{unit}]").astype("M8[D]")).astype(int)


def weekdays(x: np.ndarray) -> np.ndarray:
    return (x.astype("M8[D]").astype(int) + 3) % 7


def thursdays(x: np.ndarray) -> np.ndarray:
    return x.astype("M8[D]") - weekdays(x) + 3


def month_lengths(x: np.ndarray) -> np.ndarray:
    month = x.astype("M8[M]")
    return ((month + 1).astype("M8[D]") - month.astype("M8[D]")).astype(int)


def is_leap(year: np.ndarray) -> np.ndarray:
    return (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))


CALENDAR: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "year": years,
    "month": lambda x: x.astype("M8[M]").astype(int) % 12 + 1,
    "day": lambda x: days_since(x, "M") + 1,
    "weekday": weekdays,
    "dayofyear": lambda x: days_since(x, "Y") + 1,
    "week": lambda x: days_since(thursdays(x), "Y") // 7 + 1,
    "isoyear": lambda x: years(thursdays(x)),
    "quarter": lambda x: x.astype("M8[M]").astype(int) % 12 // 3 + 1,
    "days_in_month": month_lengths,
    "is_leap_year": lambda x: is_leap(years(x)),
    "is_business_day": lambda x: weekdays(x) < 5,
}
CLOCK = ("hour", "minute", "second", "microsecond", "nanosecond")


@pytest.mark.parametrize("name", CALENDAR)
def test_every_day_of_the_years_from_3000_before_to_6000(name: str) -> None:
    assert len(DAYS) == 3287548
    same(getattr(dates, name)(DAYS), CALENDAR[name](DAYS))


def test_python_has_the_same_calendar() -> None:
    days = np.arange(np.datetime64("1999-12-20"), np.datetime64("2030-01-20"))
    python = [day.isocalendar() for day in days.tolist()]
    same(dates.week(days), [day.week for day in python])
    same(dates.isoyear(days), [day.year for day in python])


@pytest.mark.parametrize("unit", ["Y", "M", "D", "s", "ns"])
@pytest.mark.parametrize("name", [*CALENDAR, *CLOCK])
def test_fields_of_each_unit(name: str, unit: str) -> None:
    times = SAMPLES.astype(f"M8[{unit}]")
    run = run_all_ways if unit in "Ms" else lambda f, x: np.asarray(f(xp.asarray(x)))
    result = run(lambda x: getattr(dates, name)(x), times)
    known = ~np.isnat(times)
    if name in CALENDAR:
        expected = CALENDAR[name](times[known])
    else:
        expected = getattr(pd.DatetimeIndex(times[known].astype("M8[ns]")), name).to_numpy("i8")
    same(result[known], expected)
    assert result[~known] == (0 if result.dtype == bool else NAT)


@pytest.mark.parametrize("name", ["year", "month", "hour", "week"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_fields_as_floats(name: str, dtype: str) -> None:
    result = run_all_ways(lambda x: getattr(dates, name)(x, dtype=dtype), SAMPLES)
    expected = getattr(pd.DatetimeIndex(SAMPLES), name) if name != "week" else None
    if expected is None:
        expected = pd.DatetimeIndex(SAMPLES).isocalendar().week.to_numpy(dtype, na_value=np.nan)
    same(result, np.asarray(expected, dtype))


@pytest.mark.parametrize("unit", ["D", "s", "h", "W"])
def test_days_beyond_the_calendar_are_nat(unit: str) -> None:
    times = np.array([2**63 - 1, 2**63 - 700000, NAT + 1, NAT], "i8").view(f"M8[{unit}]")
    for name in CALENDAR:
        result = np.asarray(getattr(dates, name)(times))
        assert not np.any(result[-1] != (0 if result.dtype == bool else NAT))


# Rounding


def floors(x: np.ndarray, unit: str) -> np.ndarray:
    if unit == "W":
        return (x.astype("M8[D]") - weekdays(x)).astype(x.dtype)
    return x.astype(f"M8[{unit}]").astype(x.dtype)


@pytest.mark.parametrize("grid", UNITS)
@pytest.mark.parametrize("unit", ["D", "s", "ns"])
def test_rounding_to_units(unit: str, grid: str) -> None:
    times = SAMPLES.astype(f"M8[{unit}]")
    run = run_all_ways if unit == "s" else lambda f, x: map(np.asarray, f(xp.asarray(x)))
    below, above, closest = run(
        lambda x: (dates.floor(x, grid), dates.ceil(x, grid), dates.round(x, grid)), times
    )
    same(below, floors(times, grid))
    known = ~np.isnat(times)
    np.testing.assert_array_equal(np.isnat(above), ~known)
    assert (below[known] <= times[known]).all()
    assert (times[known] <= above[known]).all()
    same(floors(above, grid), above)
    assert ((closest == below) | (closest == above))[known].all()
    nearest = np.minimum(times - below, above - times)
    same(np.abs(closest - times), nearest)


SPANS = [np.timedelta64(15, "m"), np.timedelta64(36, "h"), dt.timedelta(seconds=7), "D", "h", "s"]


@pytest.mark.parametrize(
    ("unit", "error"),
    [
        ("Q", ArgumentError),
        ("", ArgumentError),
        (np.timedelta64(0, "s"), ArgumentError),
        (np.timedelta64(-1, "s"), ArgumentError),
        (np.timedelta64("NaT", "s"), ArgumentError),
        (np.timedelta64(3), ArgumentError),
        (3, ArgumentTypeError),
        (None, ArgumentTypeError),
    ],
)
def test_units_that_are_refused(unit: Any, error: type) -> None:
    with pytest.raises(error, match=r"dates\.floor"):
        dates.floor(SAMPLES, unit)


@pytest.mark.parametrize("span", SPANS, ids=str)
@given(st.lists(st.integers(-(10**18), 10**18), max_size=5))
@settings(max_examples=25, deadline=None)
def test_rounding_to_spans(span: Any, counts: list[int]) -> None:
    times = np.array([*counts, NAT], "i8").view("M8[ns]")
    frequency = pd.Timedelta(1, span) if isinstance(span, str) else pd.Timedelta(span)
    index = pd.DatetimeIndex(times)
    for name in ("floor", "ceil", "round"):
        expected = getattr(index, name)(frequency).to_numpy()
        same(getattr(dates, name)(times, span), expected)


# From parts


def test_parts_of_every_month() -> None:
    days = DAYS[::17]
    parts = [dates.year(days), dates.month(days), dates.day(days)]
    same(dates.from_parts(*parts, dtype="datetime64[D]"), days)


@pytest.mark.parametrize("unit", UNITS)
def test_parts_of_each_unit(unit: str) -> None:
    times = SAMPLES.astype(f"M8[{unit}]")[[0, 2, 3, 4]]

    def again(x: xp.Array) -> xp.Array:
        nanosecond = dates.microsecond(x) * 1000 + dates.nanosecond(x)
        clock = (dates.hour(x), dates.minute(x), dates.second(x), nanosecond)
        return dates.from_parts(dates.year(x), dates.month(x), dates.day(x), *clock, dtype=x.dtype)

    same(run_all_ways(again, times), times)


@pytest.mark.parametrize(
    "parts",
    [
        (2023, 2, 29),
        (2024, 2, 30),
        (1900, 2, 29),
        (2024, 0, 1),
        (2024, 13, 1),
        (2024, 1, 0),
        (2024, 4, 31),
        (2**62, 1, 1),
        (2024, 2**62, 1),
        (2024, 1, 1, 24),
        (2024, 1, 1, -1),
        (2024, 1, 1, 0, 60),
        (2024, 1, 1, 0, 0, 60),
        (2024, 1, 1, 0, 0, 0, 10**9),
        (NAT, 1, 1),
    ],
)
@pytest.mark.parametrize("dtype", ["datetime64[s]", "datetime64[D]", "datetime64[M]"])
def test_parts_that_are_no_time(parts: tuple[int, ...], dtype: str) -> None:
    result = run_all_ways(
        lambda x: dates.from_parts(x[0], *[x[i] for i in range(1, len(parts))], dtype=dtype),
        np.array(parts),
        static_axes=(0,),
    )
    assert np.isnat(result)


def test_parts_beyond_the_unit() -> None:
    assert np.isnat(np.asarray(dates.from_parts(xp.asarray(3000), dtype="datetime64[ns]")))


# Business days


@pytest.mark.parametrize("step", [1, 13])
def test_business_days(step: int) -> None:
    days = DAYS[1000 : 40000 : 97 * step]
    others = np.roll(days, 3) + np.arange(len(days)) % 40
    same(dates.count_business_days(days, others), np.busday_count(days, others))
    numbers = np.arange(len(days)) % 31 - 15
    for roll in ("forward", "backward"):
        same(
            dates.add_business_days(days, numbers, roll=roll),  # type: ignore[arg-type]  # any text
            np.busday_offset(days, numbers, roll=roll),  # type: ignore[call-overload]  # any text
        )


def test_business_days_in_models() -> None:
    run_all_ways(
        lambda x: (
            dates.is_business_day(x),
            dates.count_business_days(x, x[::-1]),
            dates.add_business_days(x, 3),
            dates.add_business_days(x, -3, roll="backward"),
        ),
        SAMPLES,
    )
    assert np.isnat(np.asarray(dates.add_business_days(SAMPLES[1:2], 1))).all()
    assert np.isnat(np.asarray(dates.add_business_days(SAMPLES[:1], 2**62))).all()


def test_roll_is_forward_or_backward() -> None:
    with pytest.raises(ArgumentError, match="'forward' or 'backward', not 'raise'"):
        dates.add_business_days(SAMPLES, 1, roll="raise")  # type: ignore[arg-type]  # the error is tested


@pytest.mark.parametrize("name", [*CALENDAR, *CLOCK, "floor"])
@pytest.mark.parametrize("x", [np.arange(3), np.array([1], "m8[D]"), np.array(["2020-01-01"])])
def test_other_dtypes(name: str, x: np.ndarray) -> None:
    with pytest.raises(DTypeError, match=rf"dates\.{name} needs points in time"):
        getattr(dates, name)(x, *(("D",) if name == "floor" else ()))


@pytest.mark.parametrize("dtype", ["int32", "complex64", "bool", "datetime64[s]"])
def test_dtypes_that_fields_do_not_have(dtype: str) -> None:
    with pytest.raises(DTypeError, match=r"dates\.year: dtype"):
        dates.year(SAMPLES, dtype=dtype)


@pytest.mark.parametrize("moment", [dt.date(2020, 2, 29), dt.datetime(2020, 2, 29, 3)])
def test_times_of_python(moment: dt.date) -> None:
    same(dates.year(moment), 2020)


def test_parts_that_are_null_give_nat() -> None:
    years = np.ma.masked_array([2024, 1, 2023], [False, True, False])
    days = np.array([29, 1, 29])
    found = run_all_ways(lambda y, d: dates.from_parts(y, 2, d, dtype="datetime64[D]"), years, days)
    assert found.astype(str).tolist() == ["2024-02-29", "NaT", "NaT"]
