"""Missing elements in functions of data frames: skipped, kept, or an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import FunctionTransformer

from onnxp.errors import FrameError, VerificationError
from onnxp.sklearn import trace_estimator

FRAME = pd.DataFrame(
    {
        "t": pd.to_datetime(["2020-01-01", None, "2020-01-05", None, "2019-12-31"]),
        "u": pd.to_datetime(["2020-01-03", "2020-02-01", None, None, "2020-01-01"]),
        "a": [np.nan, 2.0, 7.0, 4.0, np.nan],
        "b": [5.0, 5.0, 5.0, np.nan, -1.0],
        "s": ["-2", "+5", None, "-", "12345"],
        "n": [1, 2, 3, 4, 5],
    }
)
FRAME["p"] = FRAME["t"] - pd.Timestamp("2020-01-01T00:00:01")
FRAME["q"] = FRAME["u"] - pd.Timestamp("2020-01-02")
NULLABLE = pd.DataFrame({"v": pd.array([1, None, 7], "Int64"), "w": 5})

EXPRESSIONS = """
    df[["t", "u"]].min(axis=1)
    df[["t", "u"]].max(axis=1)
    df[["t", "u"]].max(axis=1, skipna=False)
    df[["p", "q"]].min(axis=1)
    df[["p", "q"]].max(axis=1)
    df[["p", "q"]].sum(axis=1)
    df[["p", "q"]].sum(axis=1, skipna=False)
    df[["p", "q"]].mean(axis=1)
    df[["p", "q"]].mean(axis=1, skipna=False)
    (df["t"] - df["u"]) // pd.Timedelta(hours=5)
    df["p"] // df["q"]
    np.floor_divide(df["p"], np.timedelta64(7, "h"))
    df["p"].floordiv(df["q"])
    pd.Timedelta(hours=5) // df["p"].mask(df["n"] < 5)
    df["b"].clip(lower=df["a"])
    df["b"].clip(df["a"] - 9, df["a"])
    df["n"].clip(upper=df["a"])
    df["b"].clip(np.nan, 3)
    df[["a", "b"]].clip([np.nan, 4], axis=1)
    df["s"] + "!"
    "#" + df["s"]
    np.add(df["s"], "!")
    df["s"].fillna("") + "!"
    df["s"].fillna("").str.lower() + "!" + df["s"].fillna("?")
    df["s"].str[:1] + "."
    df["s"].str.ljust(6) + "."
    df.assign(s=df["s"].fillna(""))["s"] + "."
    df["s"] + df["s"].mask(df["n"] > 2, "z")
    df["n"].map({1: "one", 2: ""}).fillna("") + "."
    np.where(df["n"] > 2, "yes", "") + df["s"].fillna("")
    df["s"].str.cat(df["s"], na_rep="?") + "!"
    df["s"].str.cat(df["s"]) + "!"
    df["s"].str.zfill(4)
    df["s"].str.zfill(1)
    df[["t", "n"]]
    df[["p", "t", "s", "n"]]
    df.assign(late=df["t"] > df["u"])
"""
FUNCTIONS = {text: eval(f"lambda df: {text}") for text in EXPRESSIONS.split("\n    ")[1:]}


def columns_of(result: Any) -> list[list[Any]]:
    """Return the columns of a result as lists, with None for what is missing."""
    table = result.to_frame() if isinstance(result, pd.Series) else pd.DataFrame(result)
    return [[None if pd.isna(v) or v == "" else v for v in table[c].tolist()] for c in table]


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions_of_missing_elements(function: Callable[[Any], Any]) -> None:
    step = FunctionTransformer(function).fit(FRAME)
    program = trace_estimator(step, "transform", example=FRAME)
    for count in (1, 3, 5):
        rows = FRAME.head(count)
        assert columns_of(program(rows)) == columns_of(function(rows))


@pytest.mark.parametrize("name", ["prod", "median", "std"])
def test_what_times_lack(name: str) -> None:
    step = FunctionTransformer(lambda df: getattr(df[["p", "q"]], name)(axis=1)).fit(FRAME)
    with pytest.raises(FrameError, match=r"times have min, max, sum and mean.*total_seconds"):
        trace_estimator(step, "transform", example=FRAME)


def is_of_pandas(df: Any) -> bool:
    """Return whether a function gets a data frame of pandas, and is not traced."""
    return hasattr(df, "to_csv")


def lost(df: Any, column: Any) -> Any:
    """Return a column that has nothing missing when it is traced."""
    return column if is_of_pandas(df) else column.fillna(False)


@pytest.mark.parametrize(
    ("function", "table", "message"),
    [
        (
            lambda df: pd.DataFrame({"a": df["w"] + is_of_pandas(df), "b": df["v"] > 3}),
            NULLABLE,
            "disagree on the example",
        ),
        (
            lambda df: lost(df, df["v"] > 3),
            NULLABLE,
            "(?s)only in missing values.*Only missing values differ",
        ),
        (
            lambda df: pd.DataFrame({"s": "text", "b": lost(df, df["v"] > 3)}),
            NULLABLE,
            "b: differs.*only in missing values",
        ),
        (
            lambda df: df["s"].fillna("?" if is_of_pandas(df) else "").to_frame(),
            FRAME,
            "disagree on the example",
        ),
    ],
)
def test_a_difference_of_objects_is_an_error(
    function: Callable[[Any], Any], table: pd.DataFrame, message: str
) -> None:
    step = FunctionTransformer(function).fit(table)
    with pytest.raises(VerificationError, match=message):
        trace_estimator(step, "transform", example=table)
    program = trace_estimator(step, "transform", example=table, verify=False)
    assert not program.check(table)


def test_objects_that_agree() -> None:
    function = lambda df: df.assign(b=(df["n"] > 2), s=df["s"].str[1:])  # noqa: E731
    step = FunctionTransformer(function).fit(FRAME)
    program = trace_estimator(step, "transform", example=FRAME)
    assert program.check(FRAME)
    numbers = FunctionTransformer(lambda df: df.astype({"v": "float64"})).fit(NULLABLE)
    program = trace_estimator(numbers, "transform", example=NULLABLE)
    assert program.check(NULLABLE)
