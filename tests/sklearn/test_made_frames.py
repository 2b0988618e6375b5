"""Frames and columns that functions of the user make of nothing, or of a value, and fill with columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime as ort
import pandas as pd
import pytest
from sklearn.preprocessing import FunctionTransformer

from onnxp.errors import EstimatorError
from onnxp.sklearn import trace_estimator

ROWS = 12
_rng = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "a": _rng.normal(size=ROWS),
        "n": _rng.integers(0, 5, ROWS),
        "s": _rng.choice(["x", "y", "zz"], ROWS),
    }
)


def of_the_index(df: Any) -> Any:
    out = pd.DataFrame(index=df.index)
    out["one"] = 1
    out["twice"] = df["a"] * 2
    out["rows"] = len(out) - len(df.index)
    return out


def of_nothing(df: Any) -> Any:
    out = pd.DataFrame()
    for text in ("x", "y"):
        out[f"is_{text}"] = (df["s"] == text).astype(int)
    return out


def of_names(df: Any) -> Any:
    out = pd.DataFrame(columns=["first", "second"])
    out["second"] = df["a"]
    return out.fillna(0.0).astype(float)


def of_names_and_the_index(df: Any) -> Any:
    out = pd.DataFrame(0, index=df.index, columns=["x", "y"])
    out.loc[df["s"] == "x", "x"] = 1
    out.loc[df.s == "y", "y"] = df["n"]
    return out


def of_no_columns(df: Any) -> Any:
    out = df[[]].copy()
    out["k"] = 2.5
    return out


def of_a_dict_of_values(df: Any) -> Any:
    return pd.DataFrame({"half": 0.5, "text": "t"}, index=df.index).assign(a=df.a)


def a_column_of_a_value(df: Any) -> Any:
    column = pd.Series(0, index=df.index)
    column[df["a"] > 0] = 1
    other = pd.Series(index=df.index, dtype=float, name="q")
    other.loc[df["n"] > 2] = df["a"]
    return pd.concat([column.rename("p"), other.fillna(-1)], axis=1)


def rows_by_name(df: Any) -> Any:
    return df.apply(lambda row: pd.Series({"u": row["a"] + row.n, "v": row.s}), axis=1)


def rows_by_branch(df: Any) -> Any:
    def function(row: Any, factor: float, shift: int = 0) -> Any:
        if row["s"] == "x":
            return pd.Series({"m": row["a"] * factor, "k": "first"})
        if row["n"] > 2:
            return pd.Series([0.0, "second"], index=["m", "k"])
        return pd.Series({"m": row["n"] + shift, "k": row["s"]})

    return df.apply(function, axis=1, args=(3.0,), shift=2)


def rows_expanded(df: Any) -> Any:
    return df.apply(
        lambda row: (row.a, row.n) if row.n > 1 else (0.0, 1), axis=1, result_type="expand"
    )


def rows_reduced(df: Any) -> Any:
    return df[["a", "n"]].apply(lambda row: row.max() - row.min() + row.sum(), axis=1).to_frame()


def rows_of_some_columns(df: Any) -> Any:
    return df.apply(lambda row: row[["a", "n"]].mean() if "a" in row else 0.0, axis=1).to_frame()


def rows_in_a_loop(df: Any) -> Any:
    def largest(row: Any) -> Any:
        best = row["a"]
        for value in row:
            if value > best:
                best = value
        return best

    return df[["n", "a"]].apply(largest, axis=1).to_frame()


def rows_as_arrays(df: Any) -> Any:
    return df[["a", "n"]].apply(lambda row: 1 - row * 2 / (row["n"] + 1) + row.abs(), axis=1)


def by_attribute(df: Any) -> Any:
    df = df[["a", "n"]].copy()
    df.a = df.a * 2
    df.n += 1
    return df


FUNCTIONS = [
    of_the_index,
    of_nothing,
    of_names,
    of_names_and_the_index,
    of_no_columns,
    of_a_dict_of_values,
    a_column_of_a_value,
    rows_by_name,
    rows_by_branch,
    rows_expanded,
    rows_reduced,
    rows_of_some_columns,
    rows_in_a_loop,
    rows_as_arrays,
    by_attribute,
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_functions(function: Callable[[Any], Any]):
    step = FunctionTransformer(function).fit(FRAME)
    program = trace_estimator(step, "transform", example=FRAME)
    assert program.assumptions == ()
    session = ort.InferenceSession(program.model.SerializeToString())
    for rows in (FRAME.head(1), FRAME, FRAME.iloc[[4, 2, 7]]):
        expected = step.transform(rows)
        arrays = session.run(None, program.feeds(rows))
        columns = [part for array in arrays for part in ([array] if array.ndim == 1 else array.T)]
        assert len(columns) == expected.shape[1]
        for column, name in zip(columns, expected.columns, strict=True):
            np.testing.assert_array_equal(column, expected[name].to_numpy(column.dtype))


def with_an_array_of_the_example(df: Any) -> Any:
    return df.assign(numbers=np.arange(float(ROWS)))


def into_known_rows(df: Any) -> Any:
    out = pd.DataFrame({"k": [1, 2]})
    out["a"] = df["a"]
    return out


def a_value_without_rows(df: Any) -> Any:
    out = df[["a"]].drop(columns="a")
    out["k"] = 1
    return out


def other_names_on_other_ways(df: Any) -> Any:
    return df.apply(
        lambda row: pd.Series({"u": row.a}) if row.n > 1 else pd.Series({"v": 1.0}), axis=1
    )


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (into_known_rows, r"cannot be written into a frame of 2 known rows.*index=df\.index"),
        (a_value_without_rows, r"a frame without rows gets no column of 1.*index=df\.index"),
        (other_names_on_other_ways, "gives different names on different ways"),
        (lambda df: df["s"].replace({"x": 1}).to_frame(), "replace: 1 does not fit.* write .*map"),
    ],
)
def test_what_is_refused(function: Callable[[Any], Any], message: str):
    step = FunctionTransformer(function).fit(FRAME)
    with pytest.raises(EstimatorError, match=message):
        trace_estimator(step, "transform", example=FRAME)


def test_a_column_of_another_length_fails_the_run():
    step = FunctionTransformer(with_an_array_of_the_example).fit(FRAME)
    program = trace_estimator(step, "transform", example=FRAME, verify=False)
    with pytest.raises(Exception, match="12"):
        program(FRAME.head(3))
