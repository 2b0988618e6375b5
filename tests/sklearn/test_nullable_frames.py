"""Traced data frames whose columns are nullable or categories, by the dtypes that are given, against pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

import onnxp as xp
from onnxp.errors import EstimatorError, FrameError
from onnxp.sklearn import trace_estimator

FRAME = pd.DataFrame(
    {
        "i": pd.array([3, None, 0, -7, 9], "Int64"),
        "x": pd.array([0.5, 2.25, None, -1.0, 3.5], "Float64"),
        "b": pd.array([True, None, False, None, True], "boolean"),
        "s": pd.array(["ab", None, "", "c", "ab"], "string"),
        "c": pd.Categorical(["S", None, "L", "M", "S"], ["S", "M", "L"], ordered=True),
        "k": [1, 2, 0, 4, 5],
        "f": [True, False, True, False, False],
    }
)
DTYPES = {
    "i": "int64?",
    "x": "float64?",
    "b": "bool?",
    "s": "string?",
    "c": "category[S < M < L]",
    "k": "int64",
    "f": "bool",
}

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "isna": lambda df: df.isna(),
    "notna": lambda df: df["i"].notna().astype(int),
    "fillna of integers": lambda df: df["i"].fillna(0),
    "fillna of text": lambda df: df["s"].fillna("?"),
    "fillna of labels": lambda df: df["c"].fillna("M"),
    "fillna by a column": lambda df: df["i"].fillna(df["k"]),
    "fillna of a frame": lambda df: df[["i", "x"]].fillna({"i": 1, "x": 0.5}),
    "combine_first": lambda df: df["i"].combine_first(df["k"]),
    "add": lambda df: df["i"] + df["k"],
    "add with fill_value": lambda df: df["i"].add(df["k"], fill_value=0),
    "divide": lambda df: df["i"] / df["k"],
    "remainder": lambda df: df["i"] % 3,
    "and": lambda df: (df["b"] & df["f"]).fillna(False),
    "or": lambda df: (df["b"] | df["f"]).fillna(False),
    "not": lambda df: (~df["b"]).fillna(True),
    "elements": lambda df: df["i"].map(lambda v: 0 if pd.isna(v) else v + 1),
    "compare": lambda df: (df["i"] > 0).fillna(False),
    "between": lambda df: df["i"].between(0, 5).fillna(False),
    "where": lambda df: df["i"].where(df["i"] > 0, -1),
    "mask": lambda df: df["k"].mask(df["b"].fillna(False), 0),
    "mask with nothing": lambda df: df["i"].mask(df["f"]),
    "labels masked": lambda df: df["c"].mask(df["f"]),
    "replace": lambda df: df["i"].replace({3: 1}),
    "isin": lambda df: df["i"].isin([3, 9]),
    "isin with missing": lambda df: df["c"].isin(["S", None]),
    "clip": lambda df: df["i"].clip(0, 5),
    "round": lambda df: df["x"].round(),
    "ufunc": lambda df: np.exp(df["x"]),
    "as float": lambda df: df["i"].astype("float64"),
    "as nullable": lambda df: df["i"].astype("Float64"),
    "as numbers": lambda df: df["b"].astype("Int64"),
    "as text": lambda df: df["c"].astype(object),
    "sum of rows": lambda df: df[["i", "k"]].sum(axis=1),
    "max of rows": lambda df: df[["i", "x"]].max(axis=1),
    "mean of rows": lambda df: df[["i", "x"]].mean(axis=1),
    "count of rows": lambda df: df[["i", "x"]].count(axis=1),
    "map of integers": lambda df: df["i"].map({3: 0.5, 9: 1.5}),
    "map of labels": lambda df: df["c"].map({"S": 0.5, "L": 1.5}).astype(float),
    "cut": lambda df: pd.cut(df["i"], [-9, 0, 5, 9], labels=False),
    "get_dummies": lambda df: pd.get_dummies(df["c"]).reindex(
        columns=["S", "M", "L", "XL"], fill_value=0
    ),
    "codes": lambda df: df["c"].cat.codes,
    "order of labels": lambda df: df["c"] > "S",
    "length of text": lambda df: df["s"].str.len(),
    "upper": lambda df: df["s"].str.upper().str.replace("B", "-"),
    "contains": lambda df: df["s"].str.contains("b", na=True),
    "startswith": lambda df: df["s"].str.startswith("a").fillna(False),
    "first character": lambda df: df["s"].str[0].fillna("?"),
    "first part": lambda df: df["s"].str.split("b").str[0].fillna("?"),
    "second part": lambda df: df["s"].str.split("b").str[1].fillna("?"),
    "last part": lambda df: df["s"].str.split("b").str[-1].fillna("?"),
    "fillna of text in a frame": lambda df: df[["s", "c"]].fillna("S"),
    "number of parts": lambda df: df["s"].str.split("b").str.len(),
    "words": lambda df: df["s"].str.split().str[0].fillna("?"),
    "extract": lambda df: df["s"].str.extract("(a)", expand=False).fillna("?"),
    "slice": lambda df: df["s"].str.slice(0, 1).fillna("?"),
    "frame": lambda df: df[["i", "x", "b"]],
}


def traced(function: Callable[[Any], Any], frame: pd.DataFrame, names: list[str]) -> Any:
    def step(df: Any) -> Any:
        result = function(df)
        return result if result.ndim == 2 else result.to_frame()

    transformer = FunctionTransformer(step).fit(frame[names])
    dtype = {name: DTYPES[name] for name in names}
    return trace_estimator(transformer, "transform", example=frame[names], dtype=dtype)


def used(function: Callable[[Any], Any]) -> list[str]:
    """Return the columns that a function names; all if it names none."""
    constants = list(function.__code__.co_consts)
    constants += [text for part in constants if isinstance(part, tuple) for text in part]
    return [name for name in DTYPES if name in constants] or list(DTYPES)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_as_in_pandas(name: str) -> None:
    function = FUNCTIONS[name]
    program = traced(function, FRAME, used(function))
    for rows in (FRAME, FRAME[1:2], FRAME[2:5]):
        expected = pd.DataFrame(function(rows)).astype(object)
        expected = expected.where(expected.notna(), np.nan).to_numpy()
        result = program(rows)
        assert result.shape == expected.shape
        for a, b in zip(expected.ravel().tolist(), result.ravel().tolist(), strict=True):
            if a != a or isinstance(a, str):
                assert b == ("" if a != a and isinstance(b, str) else a) or (a != a and b != b)
            else:
                assert float(a) == pytest.approx(float(b))


def test_the_model_takes_values_and_masks() -> None:
    program = traced(lambda df: df["i"].fillna(0) + df["k"], FRAME, ["i", "k"])
    session = onnxruntime.InferenceSession(bytes(program))
    feeds = {
        "i_values": np.array([4, 99]),
        "i_null": np.array([False, True]),
        "k": np.array([1, 2]),
    }
    assert session.run(None, feeds)[0].tolist() == [[5], [2]]


def test_steps_of_scikit_learn_get_floats_and_text() -> None:
    names = ["i", "x", "c"]
    frame = FRAME[names]
    columns = make_column_transformer(
        (SimpleImputer(), ["i", "x"]), (OneHotEncoder(handle_unknown="ignore"), ["c"])
    ).fit(frame)
    dtype = {name: DTYPES[name] for name in names}
    program = trace_estimator(columns, "transform", example=frame, dtype=dtype)
    assert [leaf.text for leaf in program.inputs] == [f"{DTYPES[name]}[N]" for name in names]
    for rows in (frame, frame[1:2]):
        np.testing.assert_allclose(program(rows), columns.transform(rows))


def test_integers_that_are_missing_fail_as_in_pandas() -> None:
    with pytest.raises(ValueError, match="NA"):
        FRAME["i"].astype("int64")
    program = traced(lambda df: df["i"].astype("int64"), FRAME[2:], ["i"])
    assert program(FRAME[2:])[:, 0].tolist() == [0, -7, 9]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda df: df["c"].cat.add_categories("XL"), r"has no 'add_categories'.*recode"),
        (lambda df: df["k"].cat.codes, "has no 'cat'.*trace with dtype="),
    ],
)
def test_refused(function: Callable[[Any], Any], message: str) -> None:
    with pytest.raises((EstimatorError, FrameError), match=message):
        traced(function, FRAME, used(function))


@pytest.mark.skipif(int(pd.__version__.split(".")[0]) < 3, reason="pandas 2 keeps NaN beside NA")
@pytest.mark.parametrize(
    "function",
    [
        lambda df: df["i"] / df["k"],
        lambda df: df["x"] * np.inf,
        lambda df: df["x"] % 0.0,
        lambda df: {"log": np.log(df["x"] - 1), "k": df["k"]},
        lambda df: df[["x"]] / 0.0,
    ],
)
def test_results_that_are_nan_are_missing(function: Callable[[Any], Any]) -> None:
    frame = FRAME[["i", "x", "k"]].assign(
        k=[1, 2, 0, 4, 5], x=pd.array([0.5, 0, None, 0, 1], "Float64")
    )
    program = xp.trace(function, example=frame)
    for rows in (frame, frame[1:2], frame[2:3]):
        with np.errstate(all="ignore"):
            expected = function(rows)
        results = program(rows)
        if not isinstance(expected, dict | pd.DataFrame):
            expected, results = {"output": expected}, {"output": results}
        for name, values in expected.items():
            elements = [None if x is pd.NA else x for x in values.tolist()]
            assert results[name].tolist() == elements
