"""Columns of dates in traced data frames: the accessor ``dt``, against pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from onnxp.errors import EstimatorError, FrameError
from onnxp.sklearn import trace_estimator

FRAME = pd.DataFrame(
    {
        "when": np.array(
            ["2024-02-29T12:34:56.123456", "1969-12-31T23:59:59", "2000-01-01", "2023-03-31T18:00"],
            "M8[us]",
        ),
        "until": np.array(["2024-03-01", "1971-01-01T01:00", "2020-06-01", "2023-03-31"], "M8[us]"),
        "amount": [1.0, 2.0, 3.0, 5.0],
    }
)
FIELDS = """
year month day hour minute second microsecond nanosecond weekday dayofweek day_of_week dayofyear day_of_year
quarter
days_in_month daysinmonth is_leap_year is_month_start is_month_end is_quarter_start is_quarter_end is_year_start
is_year_end
""".split()


def traced(function: Callable, frame: pd.DataFrame = FRAME) -> Any:
    step = FunctionTransformer(function).fit(frame)
    return trace_estimator(step, "transform", example=frame)


def check(function: Callable, frame: pd.DataFrame = FRAME) -> None:
    expected = np.asarray(function(frame))
    result = np.asarray(traced(function, frame)(frame))
    assert result.shape == expected.shape
    if expected.dtype.kind in "mM":
        unit = np.datetime_data(result.dtype)[0]
        same = result.view("i8") == expected.astype(f"{expected.dtype.kind}8[{unit}]").view("i8")
        assert same.all()
    else:
        np.testing.assert_allclose(result.astype(float), expected.astype(float))


@pytest.mark.filterwarnings("ignore")  # newer pandas prefers some of the names
@pytest.mark.parametrize("name", FIELDS)
def test_fields(name: str) -> None:
    check(lambda df: getattr(df["when"].dt, name).to_frame())


TEXTS: dict[str, Callable[[Any], Any]] = {
    "day_name": lambda times: times.day_name(),
    "month_name": lambda times: times.month_name(),
    "strftime": lambda times: times.strftime("%A %a %d. %B %b %Y-%m, %H:%M:%S %I %p (%j)%%"),
    "short": lambda times: times.strftime("%F %T"),
    "literal": lambda times: times.strftime("day"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text(name: str) -> None:
    frame = FRAME.assign(when=FRAME["when"].where(FRAME["amount"] != 2))
    expected = TEXTS[name](frame["when"].dt).fillna("")
    result = traced(lambda df: TEXTS[name](df["when"].dt).fillna("").to_frame(), frame)(frame)
    assert np.asarray(result)[:, 0].tolist() == expected.tolist()


def test_other_units() -> None:
    check(lambda df: df["when"].dt.as_unit("s").to_frame())


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda df: df["when"].dt.strftime("%U").to_frame(), "%U is not written by models"),
        (lambda df: df["when"].dt.day_name("de_DE").to_frame(), "names are in English"),
        (lambda df: (df["until"] - df["when"]).dt.strftime("%H").to_frame(), "points in time"),
    ],
)
def test_text_that_is_refused(function: Callable, message: str) -> None:
    with pytest.raises((EstimatorError, FrameError), match=message):
        trace_estimator(FunctionTransformer(function), "transform", example=FRAME)


def test_fields_of_missing_dates() -> None:
    frame = FRAME.assign(when=FRAME["when"].where(FRAME["amount"] != 2))
    check(lambda df: df["when"].dt.year.to_frame(), frame)
    check(lambda df: df["when"].isna().to_frame(), frame)
    check(lambda df: df["when"].fillna(pd.Timestamp("2000-01-01")).dt.year.to_frame(), frame)


@pytest.mark.parametrize("name", ["days", "seconds", "microseconds", "nanoseconds"])
def test_fields_of_spans(name: str) -> None:
    check(lambda df: getattr((df["until"] - df["when"]).dt, name).to_frame())


OPERATIONS: dict[str, Callable] = {
    "total_seconds": lambda df: (df["until"] - df["when"]).dt.total_seconds().to_frame(),
    "isocalendar": lambda df: df["when"].dt.isocalendar()[["year", "week", "day"]],
    "comparison": lambda df: (df["when"] < df["until"]).to_frame(),
    "with a timestamp": lambda df: (df["when"] >= pd.Timestamp("2000-01-01")).to_frame(),
    "with text": lambda df: (df["when"] > "2000-01-01").to_frame(),
    "age": lambda df: ((pd.Timestamp("2025-01-01") - df["when"]) / pd.Timedelta(days=1)).to_frame(),
    "floor": lambda df: df["when"].dt.floor("15min").dt.minute.to_frame(),
    "round": lambda df: df["when"].dt.round("h").dt.hour.to_frame(),
    "floor of spans": lambda df: (df["until"] - df["when"]).dt.floor("h").dt.seconds.to_frame(),
    "round of spans": lambda df: (df["when"] - df["until"]).dt.round("D").dt.days.to_frame(),
    "ceil of spans": lambda df: (
        (df["when"] - df["until"]).dt.ceil("15min").dt.total_seconds().to_frame()
    ),
    "normalize": lambda df: (df["when"] - df["when"].dt.normalize()).dt.seconds.to_frame(),
    "assign": lambda df: df.assign(month=df["when"].dt.month)[["month", "amount"]],
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations(name: str) -> None:
    check(OPERATIONS[name])


def test_a_pipeline() -> None:
    def columns(df: Any) -> Any:
        new = df.assign(month=df["when"].dt.month, days=(df["until"] - df["when"]).dt.days)
        return new[["month", "days", "amount"]]

    pipeline = make_pipeline(FunctionTransformer(columns), LinearRegression())
    pipeline.fit(FRAME, [1.0, 2.0, 3.0, 4.0])
    program = trace_estimator(pipeline, example=FRAME)
    assert [leaf.dtype.family for leaf in program.signature.inputs] == ["datetime"] * 2 + ["float"]
    np.testing.assert_allclose(program(FRAME), pipeline.predict(FRAME))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda df: df["amount"].dt.year, "'amount' is float64, and only times have dt"),
        (lambda df: df["when"].dt.to_period("W"), "a model has periods of"),
        (lambda df: (df["until"] - df["when"]).dt.year, "of timedelta64.* has no 'year'"),
        (lambda df: df["when"].dt.floor("ME"), "cannot round to 'ME'"),
    ],
)
def test_what_dt_lacks(function: Callable, message: str) -> None:
    step = FunctionTransformer(function)
    with pytest.raises((EstimatorError, FrameError), match=message):
        trace_estimator(step, "transform", example=FRAME)
