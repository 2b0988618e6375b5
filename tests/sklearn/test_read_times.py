"""Functions of frames that read points in time from text, numbers and fields, as pandas does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import onnxp as xp
from onnxp.errors import FrameError
from onnxp.sklearn import trace_estimator

TEXTS: dict[str, tuple[dict[str, Any], list[str | None]]] = {
    "days": ({}, ["2024-01-05", "2024-02-29", None, ""]),
    "days, some of them none": (
        {"errors": "coerce"},
        ["2024-01-05", "2024-02-30", "x", "2024-1-6", "2024-01-05 10:00", "20240105", None],
    ),
    "seconds": ({}, ["2024-01-05 10:11:12", "1999-12-31 23:59:59"]),
    "seconds behind T": ({"format": "%Y-%m-%dT%H:%M:%S"}, ["2024-01-05T10:11:12"]),
    "microseconds": (
        {"format": "%Y-%m-%d %H:%M:%S.%f", "errors": "coerce"},
        ["2024-01-05 10:00:00.5", "2024-01-05 10:00:00.123456", "2024-01-05 10:00:00"],
    ),
    "months first": ({}, ["01/02/2024 10:11", "12/31/2024 23:59"]),
    "days first": ({"dayfirst": True}, ["01/02/2024", "31/12/2024", "1/2/2024"]),
    "digits": ({"format": "%Y%m%d"}, ["20240105", "20240229"]),
    "more digits": ({"format": "%Y%m%d%H%M%S"}, ["20240105112233", "20240229010203"]),
    "years of two digits": (
        {"format": "%m/%d/%y", "errors": "coerce"},
        ["01/02/69", "1/2/68", "1/2/00", "1/2/1999", "13/1/24"],
    ),
    "names of months": (
        {"format": "%d %b %Y", "errors": "coerce"},
        ["5 Jan 2024", "15 jan 2024", "1 SEP 1999", "1 Sept 1999", "31 Feb 2000"],
    ),
    "long names": ({"format": "%B %d, %Y"}, ["January 5, 2024", "june 15, 2024", "May 1, 2000"]),
    "halves of days": (
        {"format": "%m/%d/%Y %I:%M %p"},
        ["01/02/2024 11:30 PM", "1/2/2024 1:30 am", "01/02/2024 12:30 am", "1/2/2024 12:05 pm"],
    ),
    "text between": (
        {"format": "day %d of %m/%Y %%"},
        ["day 3 of 4/2024 %", "day 31 of 12/1999 %"],
    ),
    "times of day": ({"format": "%H:%M"}, ["10:30", "11:00"]),
    "any of ISO 8601": ({"format": "ISO8601"}, ["2024-01-05", "2024-01-05T10:11:12.25", "2024"]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text(name: str):
    options, texts = TEXTS[name]
    frame = pd.DataFrame({"when": pd.Series(texts, dtype="str")})
    program = xp.trace(lambda df: pd.to_datetime(df["when"], **options), example=frame)
    for rows in (frame, frame[:1], frame[::-1]):
        expected = pd.to_datetime(frame["when"], **options).to_numpy()
        expected = expected if rows is frame else expected[:1] if len(rows) == 1 else expected[::-1]
        result = program(rows)
        assert result.dtype == expected.dtype
        np.testing.assert_array_equal(result, expected)


NUMBERS: dict[str, tuple[Any, Any]] = {
    "seconds": (lambda df: pd.to_datetime(df["n"], unit="s"), [1704067200, -1, 0]),
    "seconds and parts": (
        lambda df: pd.to_datetime(df["n"], unit="s"),
        [1704067200.25, np.nan, -0.75],
    ),
    "milliseconds": (lambda df: pd.to_datetime(df["n"], unit="ms"), [1704067200123, 5]),
    "days": (lambda df: pd.to_datetime(df["n"], unit="D"), [1.5, np.nan, 19000]),
    "nanoseconds": (lambda df: pd.to_datetime(df["n"]), [20240105, 5]),
    "digits": (
        lambda df: pd.to_datetime(df["n"].astype(str), format="%Y%m%d"),
        [20240105, 20240229],
    ),
    "spans of days": (lambda df: pd.to_timedelta(df["n"], unit="D"), [1, -3]),
    "spans of hours": (lambda df: pd.to_timedelta(df["n"], unit="h"), [1.25, np.nan]),
    "spans of spans": (lambda df: pd.to_timedelta(pd.to_timedelta(df["n"], unit="min")), [7, 8]),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name: str):
    function, numbers = NUMBERS[name]
    frame = pd.DataFrame({"n": numbers})
    result = xp.trace(function, example=frame)(frame)
    expected = function(frame).to_numpy()
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result, expected)


PARTS = pd.DataFrame({"y": [2024, 2023, 2024], "m": [2, 3, 12], "d": [29, 1, 31], "h": [0, 5, 23]})


@pytest.mark.parametrize(
    "function",
    [
        lambda df: pd.to_datetime(
            df.rename(columns={"y": "year", "m": "month", "d": "day"}).iloc[:, :3]
        ),
        lambda df: pd.to_datetime(
            {"year": df["y"], "month": df["m"], "day": df["d"], "hour": df["h"]}
        ),
        lambda df: pd.to_datetime(
            {"year": df["y"].where(df["m"] > 2), "month": df["m"], "day": df["d"]}
        ),
        lambda df: pd.to_datetime({"year": df["y"], "month": df["m"], "day": 1}),
        lambda df: pd.to_datetime({"year": 2024, "month": df["m"], "day": np.int64(3)}),
    ],
)
def test_fields(function: Any):
    result = xp.trace(function, example=PARTS)(PARTS)
    np.testing.assert_array_equal(result, function(PARTS).to_numpy())


REFUSED: dict[str, tuple[Any, str]] = {
    "zones": (lambda df: pd.to_datetime(df["zone"]), "do not read %z"),
    "utc": (lambda df: pd.to_datetime(df["day"], utc=True), "no time zones"),
    "no date": (lambda df: pd.to_datetime(df["text"]), "format of the text is not known"),
    "computed": (
        lambda df: pd.to_datetime(df["day"] + " 10:00"),
        "format of the text is not known",
    ),
    "weeks": (lambda df: pd.to_datetime(df["day"], format="%Y-W%W"), "do not read %W"),
    "digits of text": (lambda df: pd.to_datetime(df["day"], format="7%Y"), "nothing is between"),
    "letters": (lambda df: pd.to_datetime(df["day"], format="%Y %dof%b"), "nothing is between"),
    "mixed": (lambda df: pd.to_datetime(df["day"], format="mixed"), "write a format instead"),
    "part of text": (lambda df: pd.to_datetime(df["day"], exact=False), "write a format instead"),
    "an array": (lambda df: pd.to_datetime(df["day"].to_numpy()), "to_datetime of a Array"),
    "other fields": (
        lambda df: pd.to_datetime({"year": df["n"], "week": df["n"]}),
        r"not \['year', 'week'\]",
    ),
    "parts of hours": (
        lambda df: pd.to_datetime(
            {"year": df["n"], "month": df["n"], "day": df["n"], "hour": df["n"] / 2}
        ),
        "hour is float64",
    ),
    "spans of text": (lambda df: pd.to_timedelta(df["text"]), "makes spans of numbers"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_errors(name: str):
    function, message = REFUSED[name]
    frame = pd.DataFrame(
        {"zone": ["2024-01-05T10:00:00Z"], "day": ["2024-01-05"], "text": ["hello"], "n": [1]}
    )
    with pytest.raises(FrameError, match=message):
        xp.trace(function, example=frame)


def test_what_pandas_refuses_is_not_valid():
    from sklearn.preprocessing import FunctionTransformer

    frame = pd.DataFrame({"day": ["2024-01-05", "2024-02-29"]})
    step = FunctionTransformer(lambda df: pd.to_datetime(df["day"]).dt.month.to_frame()).fit(frame)
    program = trace_estimator(step, "transform", example=frame, validity=True)
    result = program(pd.DataFrame({"day": ["2024-01-05", "yesterday", None]}))
    assert result["valid"].tolist() == [True, False, True]
    np.testing.assert_array_equal(result["transformed"], [[1], [np.nan], [np.nan]])
