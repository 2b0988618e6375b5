"""Missing elements in functions of data frames: skipped, kept, or an error."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import FunctionTransformer

from onnxp.errors import FrameError, NullComparisonWarning, VerificationError
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


@pytest.mark.filterwarnings("ignore::onnxp.errors.NullComparisonWarning")
@pytest.mark.parametrize(
    ("function", "table", "message"),
    [
        (
            lambda df: pd.DataFrame({"a": df["w"].where(~(df["v"] > 3), -1), "b": df["v"] > 3}),
            NULLABLE,
            "disagree on the example",
        ),
        (
            lambda df: df["v"] > 3,
            NULLABLE,
            "(?s)only in missing values.*Only missing values differ",
        ),
        (lambda df: df["v"].between(1, 5).to_frame(), NULLABLE, "Only missing values differ"),
        (
            lambda df: pd.DataFrame({"s": "text", "b": df["v"] > 3}),
            NULLABLE,
            "b: differs.*only in missing values",
        ),
        (
            lambda df: df["s"].map(lambda s: s or "?").to_frame(),
            FRAME,
            "Only missing values differ",
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
    assert program.check(table.head(1))


def test_objects_that_agree() -> None:
    function = lambda df: df.assign(b=(df["n"] > 2), s=df["s"].str[1:])  # noqa: E731
    step = FunctionTransformer(function).fit(FRAME)
    program = trace_estimator(step, "transform", example=FRAME)
    assert program.check(FRAME)
    numbers = FunctionTransformer(lambda df: df.astype({"v": "float64"})).fit(NULLABLE)
    program = trace_estimator(numbers, "transform", example=NULLABLE)
    assert program.check(NULLABLE)


PRESENT = pd.DataFrame(
    {
        "v": pd.array([1, 5, 7], "Int64"),
        "f": pd.array([True, False, True], "boolean"),
        "w": [1, 2, 3],
    }
)


@pytest.mark.parametrize(
    ("function", "dtypes"),
    [
        (lambda df: ~(df["v"] > 3), ["int64?"]),
        (lambda df: df["v"].between(1, 5), ["int64?"]),
        (lambda df: df["v"].ne(3), ["int64?"]),
        (lambda df: np.greater(df["v"], 3).to_frame(), ["int64?"]),
        (lambda df: df["w"].mask(df["v"] * 2 > 3, -1), ["int64?"]),
        (lambda df: df[["v", "f"]] == 1, ["int64?", "bool?"]),
        (lambda df: df["v"].fillna(0) > 3, []),
        (lambda df: df["w"] > 3, []),
        (lambda df: df["v"] + df["w"], []),
    ],
)
def test_comparisons_of_nullable_columns_warn(
    function: Callable[[Any], Any], dtypes: list[str]
) -> None:
    step = FunctionTransformer(function).fit(PRESENT)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trace_estimator(step, "transform", example=PRESENT)
    texts = [str(w.message) for w in caught if w.category is NullComparisonWarning]
    assert [text.rsplit(": '", 1)[1] for text in texts] == [f"{dtype}'}}" for dtype in dtypes]
    assert all(w.filename == __file__ for w in caught if w.category is NullComparisonWarning)
    with warnings.catch_warnings():
        warnings.simplefilter("error", NullComparisonWarning)
        kinds = {"v": "int64?", "f": "bool?", "w": "int64"}
        trace_estimator(step, "transform", example=PRESENT, dtype=kinds, verify=False)
