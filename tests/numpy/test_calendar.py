"""Business days, and dates as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import ArgumentError, EvaluationError, NumpyFunctionError

HOLIDAYS = np.array(["2024-01-01", "2024-12-25", "2023-05-01", "2023-05-06"], "M8[D]")
CALENDAR = np.busdaycalendar(holidays=HOLIDAYS)

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "is": lambda d: np.is_busday(d),
    "is, with holidays": lambda d: np.is_busday(d, holidays=HOLIDAYS),
    "count forth": lambda d: np.busday_count("1990-01-03", d),
    "count back": lambda d: np.busday_count(d, np.datetime64("2023-03-01"), busdaycal=CALENDAR),
    "forward": lambda d: np.busday_offset(d, 3, roll="forward"),
    "following": lambda d: np.busday_offset(d, -3, roll="following"),
    "preceding": lambda d: np.busday_offset(d, -1, roll="preceding"),
    "nat": lambda d: np.busday_offset(d, 1, roll="nat"),
    "days that are": lambda d: np.busday_offset(np.busday_offset(d, 0, roll="backward"), 7),
    "is, in another week": lambda d: np.is_busday(d, weekmask="Sun Mon Tue Wed Thu"),
    "count in another week": lambda d: np.busday_count("1960-02-29", d, "1010011", HOLIDAYS),
    "holidays": lambda d: np.busday_offset(d, 25, roll="forward", holidays=HOLIDAYS),
    "holidays back": lambda d: np.busday_offset(d, -9, roll="backward", busdaycal=CALENDAR),
    "holidays of weekends": lambda d: np.busday_offset(d, 0, "forward", "0000011", HOLIDAYS),
    "modified following": lambda d: np.busday_offset(d, 0, roll="modifiedfollowing"),
    "modified preceding": lambda d: np.busday_offset(
        d, [-1], "modifiedpreceding", "1000001", HOLIDAYS
    ),
    "text": lambda d: np.datetime_as_string(d),
    "text of months": lambda d: np.datetime_as_string(d, unit="M"),
}


@pytest.mark.parametrize("n", [0, 1, 40])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_as_numpy(name: str, n: int) -> None:
    function = FUNCTIONS[name]
    days = (np.datetime64("2023-04-20") + np.arange(n) * 13).astype("M8[D]")
    program = xp.trace(function, xp.spec(("N>=0",), "datetime64[D]"))
    expected = function(days)
    for result in (program(days), np.asarray(function(xp.asarray(days)))):
        assert result.tolist() == expected.tolist()


@pytest.mark.parametrize(
    "function",
    [
        lambda d: np.busday_offset(d, 1),
        lambda d: np.busday_count(d, np.datetime64("NaT")),
    ],
)
def test_what_fails_in_numpy_fails_in_the_run(function: Callable[[Any], Any]) -> None:
    weekend = np.array(["2024-03-02"], "M8[D]")
    with pytest.raises(ValueError, match=r"busday_offset|NaT"):
        function(weekend)
    with pytest.raises(ArgumentError, match=r"busday_\w+: a date is (NaT|no business day)"):
        function(xp.asarray(weekend))
    with pytest.raises(EvaluationError):
        xp.trace(function, xp.spec(("N",), "datetime64[D]"))(weekend)


@pytest.mark.parametrize(
    ("function", "match"),
    [
        (lambda d: np.is_busday(d, holidays=d), "holidays"),
        (lambda d: np.datetime_as_string(d, unit="auto"), "auto"),
        (lambda d: np.datetime_as_string(d, timezone="UTC"), "timezone"),
    ],
)
def test_what_is_refused(function: Callable[[Any], Any], match: str) -> None:
    with pytest.raises(NumpyFunctionError, match=match):
        xp.trace(function, xp.spec(("N",), "datetime64[D]"))


@pytest.mark.parametrize("weekmask", ["0000000", "111", "Someday"])
def test_weeks_that_numpy_refuses(weekmask: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        np.is_busday(HOLIDAYS, weekmask=weekmask)
    with pytest.raises(ArgumentError, match=r"numpy\.is_busday"):
        np.is_busday(xp.asarray(HOLIDAYS), weekmask=weekmask)


@pytest.mark.parametrize("name", ["is_busday", "busday_count", "busday_offset"])
def test_results_are_written_into_out(name: str):
    days = np.array(["2026-11-27", "2026-11-30"], "datetime64[D]")
    others = {"is_busday": (), "busday_count": (days + 5,), "busday_offset": (np.array([1, 2]),)}[
        name
    ]
    expected = getattr(np, name)(days, *others)
    out = xp.zeros_like(xp.asarray(expected))
    result = getattr(np, name)(xp.asarray(days), *others, out=out)
    assert result is out
    np.testing.assert_array_equal(np.asarray(out), expected)
