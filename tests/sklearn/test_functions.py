"""`onnxp.trace` of functions of data frames: an input for each column, and an output for each result."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer

import onnxp as xp
from onnxp.errors import (
    ArgumentError,
    FixedSizeWarning,
    FrameError,
    MissingPackageError,
    SpecError,
    VerificationError,
)
from onnxp.sklearn import trace_estimator
from tests.helpers.sessions import both

FRAME = pd.DataFrame(
    {
        "age": [22.0, np.nan, 54.0, 31.0],
        "count": [1, 2, 0, 5],
        "city": ["Rome", None, "Oslo", "Rome"],
        "day": pd.to_datetime(["2024-01-31", "2023-12-31", "2024-02-29", None]),
        "paid": pd.array([1, None, 0, 1], "Int64"),
        "size": pd.Categorical(["S", "M", "S", None], ["S", "M"]),
    }
)
WEIGHTS = np.array([0.5, -1.0])


class Score(NamedTuple):
    score: Any
    parts: Any


def features(df: pd.DataFrame) -> pd.DataFrame:
    """Compute features of customers."""
    df["age"] = df["age"].fillna(30)
    df["ratio"] = df["age"] / (df["count"] + 1)
    df["in_rome"] = df["city"].str.lower() == "rome"
    df["month"] = df["day"].dt.month
    return df[["ratio", "in_rome", "month", "count"]]


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "a frame": features,
    "a column": lambda df: df["age"] * 2,
    "text": lambda df: df["city"].fillna("none") + "!",
    "a dict": lambda df: {"old": df["age"] > 30, "x": {"y": df["count"]}},
    "a tuple": lambda df: (df["count"], df[["age", "count"]]),
    "a named tuple": lambda df: Score(df["age"].fillna(0), df[["count", "city"]].fillna("none")),
    "an array": lambda df: df[["age", "count"]].fillna(1).to_numpy() @ WEIGHTS,
    "of numpy": lambda df: np.where(df["count"] > 1, "many", "few"),
    "of scipy": lambda df: df.assign(
        ratio=stats.yeojohnson(df["count"], lmbda=0.5), age=special.expit(df["age"]).fillna(0)
    )[["ratio", "age"]],
    "nullable": lambda df: df["paid"] + 1,
    "categories": lambda df: df["size"].cat.codes,
    "concatenated": lambda df: pd.concat([df["age"], df["count"].rename("n")], axis=1),
    "rows": lambda df: df.apply(lambda r: 1 if r["count"] > 1 else -1, axis=1),
    "names that are no text": lambda df: df.rename(columns={"age": 0, "count": 1})[[0, 1]],
}


def leaves(result: Any) -> list[Any]:
    """Return the arrays of a result, in order."""
    if isinstance(result, pd.DataFrame):
        result = {str(name): result[name] for name in result}
    if isinstance(result, dict):
        result = tuple(result.values())
    return [x for part in result for x in leaves(part)] if isinstance(result, tuple) else [result]


def cells(column: Any) -> list[Any]:
    """Return elements, of which those that are missing are None."""
    values = column if isinstance(column, np.ma.MaskedArray) else pd.Series(np.asarray(column))
    return [None if v is np.ma.masked or pd.isna(v) or v == "" else v for v in values.tolist()]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    function = FUNCTIONS[name]
    program = xp.trace(function, example=FRAME)
    assert program.check(FRAME)
    assert [leaf.name for leaf in program.signature.inputs] == list(FRAME.columns)
    both(program.model).run(None, program.feeds(FRAME))
    for rows in (FRAME, FRAME[2:3], FRAME[1:2]):
        pairs = zip(leaves(program(rows)), leaves(function(rows.copy())), strict=True)
        for given, wanted in pairs:
            for one, other in zip(cells(given), cells(wanted), strict=True):
                is_number = isinstance(other, float) and one is not None
                assert one == (pytest.approx(other, rel=1e-12) if is_number else other)


def test_names_and_metadata() -> None:
    before = FRAME.copy()
    program = xp.trace(features, example=FRAME, drop_unused=True, metadata={"version": 3})
    assert repr(program) == (
        "Program(features(age: float64[N], count: int64[N], city: string[N], day: datetime64[us][N]) -> "
        "ratio: float64[N], in_rome: bool[N], month: float64[N], count_out: int64[N])"
    )
    assert program.doc == "Compute features of customers."
    assert program.metadata == {"feature_names": list(FRAME.columns), "version": 3}
    assert list(program(FRAME)) == ["ratio", "in_rome", "month", "count"]
    pd.testing.assert_frame_equal(FRAME, before)
    loaded = xp.load(bytes(program))
    assert cells(loaded(FRAME)["ratio"]) == cells(program(FRAME)["ratio"])
    assert list(loaded.on()(FRAME).columns) == ["ratio", "in_rome", "month", "count_out"]


def test_constants_have_the_names_of_the_function() -> None:
    program = xp.trace(lambda df: df[["age", "count"]].to_numpy() @ WEIGHTS, example=FRAME)
    assert "WEIGHTS" in [tensor.name for tensor in program.model.graph.initializer]


def test_polars() -> None:
    polars = pytest.importorskip("polars", reason="`make test` installs polars")
    table = polars.DataFrame({"a": [1.0, 2.0], "b": [3, 4]})
    program = xp.trace(lambda df: {"sum": df["a"] + df["b"]}, example=table)
    assert program(table)["sum"].tolist() == [4.0, 6.0]


def test_assumptions() -> None:
    def filled(df: Any) -> Any:
        return df["age"].fillna(0) if df["age"].isna().any() else df["age"]

    program = xp.trace(filled, example=FRAME, check_assumptions=True)
    assert [a.expected for a in program.assumptions] == [True]
    with pytest.warns(FixedSizeWarning):
        xp.trace(lambda df: df["age"] * int(df.shape[0]), example=FRAME)


def test_functions_that_compute_something_else_when_traced() -> None:
    def function(df: Any) -> Any:
        return df["count"] + 1 if "Frame(" in repr(df) else df["count"]

    with pytest.raises(VerificationError, match="disagree on the example"):
        xp.trace(function, example=FRAME)
    program = xp.trace(function, example=FRAME, verify=False)
    assert not program.check(FRAME)


MODEL = LogisticRegression().fit(FRAME[["count"]], [0, 1, 0, 1])


@pytest.mark.parametrize(
    ("function", "options", "error", "message"),
    [
        (lambda df: df["age"].cumsum(), {}, FrameError, "a traced column has no 'cumsum'"),
        (
            lambda df: df.loc[df["age"] > 3, ["age"]],
            {},
            FrameError,
            "rows that a condition selects",
        ),
        (lambda df: pd.get_dummies(df[["city"]]), {}, FrameError, "is not a result"),
        (lambda df: df, {"input_names": ["a"]}, ArgumentError, "are called as its columns"),
        (lambda df, k: df, {}, SpecError, "a tuple of 2 arrays or a dict by name"),
        (
            MODEL.predict,
            {},
            SpecError,
            r"write onnxp.sklearn.trace_estimator\(estimator, 'predict'",
        ),
    ],
)
def test_what_is_refused(function: Any, options: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        xp.trace(function, example=FRAME, **options)


@pytest.mark.parametrize(
    "model",
    [LogisticRegression(), RandomForestRegressor(2, random_state=0)],
    ids=lambda model: type(model).__name__,
)
def test_estimators_are_traced_before_the_function_that_calls_them(model: Any) -> None:
    counts = FRAME[["count"]].to_numpy()
    model.fit(counts, [0, 1, 0, 1])

    def doubled(df: Any, predict: Any = model.predict) -> Any:
        return predict(np.column_stack([df["count"]])) * 2

    name = type(model).__name__
    with pytest.raises(
        (ValueError, AttributeError),
        match=f"{name} is an estimator: write program = onnxp.sklearn.trace_estimator",
    ):
        xp.trace(doubled, example=FRAME)
    predict = trace_estimator(model, "predict", input_name="X", columns="2d", dtype="int64")
    program = xp.trace(lambda df: doubled(df, predict), example=FRAME)
    np.testing.assert_allclose(program(FRAME), model.predict(counts) * 2)


def test_text_that_is_empty_and_missing_in_one_column() -> None:
    table = pd.DataFrame({"text": ["", None, "b"]})
    with pytest.raises(VerificationError, match="ONNX has no missing text"):
        xp.trace(lambda df: df["text"].fillna("-").to_frame(), example=table)


def test_frames_beside_other_arguments() -> None:
    with pytest.raises(SpecError, match="bind the other arguments"):
        xp.trace(lambda df, k: df["age"] * k, example=(FRAME, 2.0))


def test_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxp.sklearn", None)
    monkeypatch.delattr(xp, "sklearn", raising=False)
    with pytest.raises(MissingPackageError, match="a function of a data frame"):
        xp.trace(lambda df: df, example=FRAME)


def test_the_cause_may_be_text_that_is_missing_or_empty():
    frame = pd.DataFrame({"n": [1, 2, 3], "s": ["a", "", None]})
    step = FunctionTransformer(lambda df: df["s"].notna().astype(int).to_frame()).fit(frame)
    with pytest.raises(
        VerificationError, match=r"columns \['s'\], which have missing text and empty"
    ):
        trace_estimator(step, "transform", example=frame)
