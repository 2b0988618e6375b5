"""The accessor ``str`` of traced columns gives what pandas gives."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from onnxp.errors import EstimatorError, ExampleError, FrameError
from onnxp.sklearn import trace_estimator
from tests.helpers.sessions import both

TEXTS = [
    *("Braun, Mr. Owen Harris", "Heikkinen, Miss. Laina", "a", None, "Édith Œuvre  x", "$1,234.50"),
    *("no-dots here", " lead trail ", "x,y,,z", "ÀÉ ß 12 34", "tab\tsep", "日本語 text", "end."),
    *("AbC", "$", "a.b.c", "line\nbreak", "cat dog catdog", "-7"),
]
FRAME = pd.DataFrame({"s": pd.Series(TEXTS, dtype="str"), "n": np.arange(len(TEXTS))})

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "lower": lambda s: s.str.lower(),
    "upper": lambda s: s.str.replace("ß", "s").str.upper(),
    "capitalize": lambda s: s.str.replace("ß", "s").str.capitalize(),
    "title": lambda s: s.str.replace("ß", "s").str.title(),
    "swapcase": lambda s: s.str.replace("ß", "s").str.swapcase(),
    "strip": lambda s: s.str.strip(),
    "lstrip characters": lambda s: s.str.lstrip("$a"),
    "removeprefix": lambda s: s.str.removeprefix("a"),
    "removesuffix": lambda s: s.str.removesuffix("."),
    "len": lambda s: s.str.len().fillna(0),
    "contains": lambda s: s.str.contains("Mr", na=False),
    "contains at the start": lambda s: s.str.contains(r"^\w+,", na=False),
    "contains at the end": lambda s: s.str.contains("MISS|k$", case=False, na=False),
    "contains literally": lambda s: s.str.contains(".", regex=False, na=False),
    "contains with flags": lambda s: s.str.contains("abc", flags=re.I, na=False),
    "startswith": lambda s: s.str.startswith(("B", "x"), na=False),
    "endswith": lambda s: s.str.endswith(".", na=False),
    "match": lambda s: s.str.match("[a-z]", na=False),
    "fullmatch": lambda s: s.str.fullmatch(r"\w+", na=False),
    "isdigit": lambda s: s.fillna("1").str.isdigit(),
    "find": lambda s: s.str.find("a").fillna(-1),
    "count": lambda s: s.str.count("[aeiou]").fillna(0),
    "count repeats": lambda s: s.str.count(r"\d+").fillna(0),
    "replace": lambda s: s.str.replace(",", ";"),
    "replace by nothing": lambda s: s.str.replace(" ", ""),
    "replace classes": lambda s: s.str.replace(r"[^a-z]+", "_", regex=True),
    "replace without case": lambda s: s.str.replace("mr", "X", case=False, regex=True),
    "replace an option": lambda s: s.str.replace("ab?", "<>", regex=True),
    "replace alternatives": lambda s: s.str.replace("cat|dog", "*", regex=True),
    "replace several": lambda s: s.str.replace({"a": "b", "c": "d"}),
    "first": lambda s: s.str[0],
    "second": lambda s: s.str.get(1),
    "last": lambda s: s.str[-1],
    "start": lambda s: s.str[:3],
    "middle": lambda s: s.str[2:5],
    "rest": lambda s: s.str.slice(2),
    "without the end": lambda s: s.str[:-2],
    "the end": lambda s: s.str[-3:],
    "split": lambda s: s.str.split(",").str[0],
    "split at words": lambda s: s.str.split().str[1],
    "the last part": lambda s: s.str.split().str[-1],
    "parts from the end": lambda s: s.str.split(",").str[-2],
    "split twice": lambda s: s.str.split(", ").str[1].str.split(".").str[0],
    "split once": lambda s: s.str.split(".", n=1).str[1],
    "rsplit": lambda s: s.str.rsplit(" ").str.get(-1),
    "number of parts": lambda s: s.str.split(",").str.len().fillna(0),
    "number of words": lambda s: s.str.split().str.len().fillna(0),
    "extract": lambda s: s.str.extract(r" ([A-Za-z]+)\.", expand=False),
    "extract digits": lambda s: s.str.extract(r"(\d+)", expand=False),
    "extract at the start": lambda s: s.str.extract(r"^(\w)", expand=False),
    "cat": lambda s: s.str.cat(s, sep="-"),
    "cat without missing": lambda s: s.str.cat(s, na_rep="?"),
}


def traced(function: Callable[[Any], Any], frame: pd.DataFrame = FRAME) -> Any:
    step = FunctionTransformer(lambda df: function(df["s"]).to_frame()).fit(frame)
    return trace_estimator(step, "transform", example=frame[:3], verify=False, batch="N>=0")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str):
    expected = FUNCTIONS[name](FRAME["s"])
    if expected.dtype.kind not in "bifu":
        expected = expected.fillna("")
    program = traced(FUNCTIONS[name])
    feeds = program.feeds(FRAME)
    session = both(program.model)
    for rows in (slice(None), slice(4, 5), slice(0, 0)):
        (result,) = session.run(None, {key: value[rows] for key, value in feeds.items()})
        assert result.ravel().tolist() == expected[rows].tolist()


def test_columns_of_parts():
    def function(df: Any) -> Any:
        return df["s"].str.split(",", n=1, expand=True)

    step = FunctionTransformer(function).fit(FRAME)
    program = trace_estimator(step, "transform", example=FRAME[:3])
    np.testing.assert_array_equal(program(FRAME), function(FRAME).fillna("").to_numpy())


def test_numbers_in_text():
    frame = pd.DataFrame({"s": ["$1,200.5", "$3", None, "$-4e2", "$"]})

    def function(s: Any) -> Any:
        return pd.to_numeric(s.str.replace("[$,]", "", regex=True), errors="coerce")

    result = traced(function, frame)(frame)
    np.testing.assert_array_equal(result[:, 0], [1200.5, 3, np.nan, -400, np.nan])
    frame = frame[:4]
    result = traced(lambda s: s.str.replace("[$,]", "", regex=True).astype(float), frame)(frame)
    np.testing.assert_array_equal(result[:, 0], [1200.5, 3, np.nan, -400])


def test_in_a_pipeline():
    frame = FRAME.assign(s=FRAME["s"].fillna("nobody"))
    model = make_pipeline(
        FunctionTransformer(lambda df: df[["s"]].assign(s=df["s"].str.lower().str.split().str[0])),
        OneHotEncoder(handle_unknown="ignore"),
        LogisticRegression(),
    ).fit(frame, frame["n"] % 2)
    program = trace_estimator(model, "predict_proba", example=frame)
    np.testing.assert_allclose(program(frame), model.predict_proba(frame), rtol=1e-12)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda s: s.str.replace("a|ab", "", regex=True), "none of which starts with an earlier"),
        (lambda s: s.str.replace("a*?b", "", regex=True), "lazy or repeated groups"),
        (lambda s: s.str.replace("^a", "", regex=True), r"without \^ and"),
        (lambda s: s.str.replace("x*", "", regex=True), "an empty match"),
        (lambda s: s.str.replace("", "x"), "an empty text is everywhere"),
        (lambda s: s.str.replace("(a)", r"\1", regex=True), "refers to groups"),
        (lambda s: s.str.replace("a", "b", n=1), "replaces all that it finds"),
        (lambda s: s.str.contains(r"\bcat"), r"has \\b, which RE2"),
        (lambda s: s.str.contains("(?=a)"), "which RE2 does not have"),
        (lambda s: s.str.contains("("), "is not a regular expression"),
        (lambda s: s.str.contains("a", flags=re.M), "only re.IGNORECASE"),
        (lambda s: s.str.extract(r"(a+)(b)"), "must have one group"),
        (lambda s: s.str.extract(r"x*(a)"), "must have one group"),
        (lambda s: s.str.split(",", expand=True), "give n="),
        (lambda s: s.str.split("a+").str[0], "not the regular expression"),
        (lambda s: s.str.split(",").explode(), "select a part, by .str"),
        (lambda s: s.str.cat(), "joins the rows"),
        (lambda s: s.str.encode(), "the str of a traced column has no 'encode'"),
        (lambda s: s.str["a"], "takes a position or a range"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_is_refused(function: Callable[[Any], Any], message: str):
    step = FunctionTransformer(lambda df: function(df["s"]))
    with pytest.raises(EstimatorError, match=message):
        trace_estimator(step, "transform", spec={"s": "string[N]"})


NULLABLE = pd.DataFrame(
    {
        "a": pd.array(["a1", "b22", "x", None], "string"),
        "b": pd.array(["u", None, "w", None], "string"),
        "n": pd.array(["1", "2.5", "x", None], "string"),
        "m": pd.array(["1", "2", "-3", None], "string"),
        "o": pd.Series(["u", None, "w", None], dtype=object),
    }
)


@pytest.mark.parametrize("na_rep", [None, "?"])
@pytest.mark.parametrize(("first", "others"), [("a", "b"), ("a", "o"), ("o", "a"), ("b", "ab")])
def test_cat_of_nullable_text(first: str, others: str, na_rep: str | None):
    def function(df: Any) -> Any:
        text = df[first].str.cat([df[other] for other in others], sep="-", na_rep=na_rep)
        return text.fillna("none").to_frame()

    step = FunctionTransformer(function).fit(NULLABLE)
    program = trace_estimator(step, "transform", example=NULLABLE)
    assert program(NULLABLE).tolist() == function(NULLABLE).to_numpy().tolist()


def test_cat_of_the_columns_of_a_frame():
    def function(df: Any) -> Any:
        return df["a"].str.cat(df[["b", "o"]], sep="-", na_rep="?").to_frame()

    step = FunctionTransformer(function).fit(NULLABLE)
    program = trace_estimator(step, "transform", example=NULLABLE)
    assert program(NULLABLE).tolist() == function(NULLABLE).to_numpy().tolist()


def test_cat_of_nullable_inputs():
    frame = pd.DataFrame({"a": ["x", "y"], "b": ["u", "w"]})

    def function(df: Any) -> Any:
        return df["a"].str.cat(df["b"], sep="-", na_rep="?").to_frame()

    step = FunctionTransformer(function).fit(frame)
    dtype = {"a": "string?", "b": "string?"}
    program = trace_estimator(step, "transform", example=frame, dtype=dtype)
    result = program(pd.DataFrame({"a": ["x", None], "b": [None, "v"]}))
    assert result.ravel().tolist() == ["x-?", "?-v"]


@pytest.mark.parametrize(
    "function",
    [
        lambda df: pd.to_numeric(df["n"], errors="coerce").fillna(-1),
        lambda df: pd.to_numeric(df["n"], errors="coerce"),
        lambda df: pd.to_numeric(df["m"]),
        lambda df: df["m"].astype(float),
        lambda df: df["m"].astype("Float64").fillna(0),
        lambda df: df["a"].str.extract(r"(\d+)")[0].astype(float),
    ],
    ids=["coerced", "with nulls", "numeric", "astype", "nullable", "extract"],
)
def test_numbers_in_nullable_text(function: Callable[[Any], Any]):
    step = FunctionTransformer(lambda df: function(df).to_frame()).fit(NULLABLE)
    program = trace_estimator(step, "transform", example=NULLABLE)
    expected = function(NULLABLE).to_numpy(dtype=float, na_value=np.nan)
    np.testing.assert_array_equal(program(NULLABLE)[:, 0], expected)
    np.testing.assert_array_equal(program(NULLABLE[3:])[:, 0], expected[3:])


def test_text_of_one_axis():
    texts, y = pd.Series(["Good day", "Bad day", "good", "BAD"]), [1, 0, 1, 0]
    pipeline = make_pipeline(
        FunctionTransformer(lambda s: s.str.lower()), TfidfVectorizer(), LogisticRegression()
    ).fit(texts, y)
    for example in (texts, texts.tolist()):
        with pytest.raises(ExampleError, match=r"df\['text'\]\.str\.lower"):
            trace_estimator(pipeline, "predict", example=example)
    frame = texts.to_frame("text")
    with pytest.raises(FrameError, match=r"only a column has it: write df\['text'\]\.str"):
        trace_estimator(pipeline, "predict", example=frame)
    pipeline = make_pipeline(
        FunctionTransformer(lambda df: df["text"].str.lower()),
        TfidfVectorizer(),
        LogisticRegression(),
    ).fit(frame, y)
    program = trace_estimator(pipeline, "predict", example=frame)
    assert program(frame).tolist() == y
