"""Functions that pandas calls for each element or row are traced along all of their ways."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import FunctionTransformer

from onnxp.errors import EstimatorError
from onnxp.sklearn import trace_estimator
from tests.helpers.sessions import both

ROWS = 40
_rng = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "age": np.where(_rng.random(ROWS) < 0.2, np.nan, _rng.normal(30, 12, ROWS).round(1)),
        "n": _rng.integers(0, 5, ROWS),
        "sex": _rng.choice(["male", "female"], ROWS),
        "cabin": pd.Series(
            np.where(_rng.random(ROWS) < 0.4, None, _rng.choice(["C85", "E46 E50", "G6"], ROWS)),
            dtype="str",
        ),
        "flag": _rng.random(ROWS) < 0.5,
        "byte": _rng.integers(0, 3, ROWS).astype(np.uint8),
        "short": np.float32([0.1, 3.3, -0.7, 1e30] * (ROWS // 4)),
    }
)


def band(age: Any) -> Any:
    if age < 18:
        return "child"
    if age < 40:
        return "adult"
    return "old"


def price(row: Any) -> Any:
    base = 10 if row["sex"] == "male" else 8
    if row["flag"] and row.n > 2:
        return base * row["n"]
    return base + row["age"] / 2 if row["age"] > 30 else 0.5


PRICES = {0: 1.5, 1: 2, 3: -1}
FARES = {"male": "m", "other": "o"}
OLD = {"C85", "G6"}
MANY_OF_FIVE = {i: i * i for i in range(5)}
MANY_LISTS: dict[int, Any] = {i: [i] for i in range(64)}


class Doubled(dict[int, int]):
    def __missing__(self, key: int) -> int:
        return 2 * key


class Table:
    fares = FARES

    def __init__(self) -> None:
        self.prices = PRICES

    def price(self, n: Any) -> Any:
        return self.prices.get(n, 0) + (1 if n in self.prices else 2)


def fare(text: Any) -> Any:
    try:
        return FARES[text]
    except KeyError:
        return "none"


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "get": lambda df: df["n"].map(lambda v: PRICES.get(v, 0.5)),
    "get of text": lambda df: df["sex"].apply(lambda s: FARES.get(s, "?")),
    "get of nothing": lambda df: df["sex"].apply(lambda s: FARES.get(s)),
    "get of missing text": lambda df: df["cabin"].map(lambda c: {"C85": 1, "G6": 2}.get(c, 0)),
    "item": lambda df: df["flag"].map(lambda f: {True: "yes", False: "no"}[f]),
    "item of integers": lambda df: df["n"].map(lambda v: MANY_OF_FIVE[v]).astype(str),
    "item of a row": lambda df: df.apply(
        lambda r: {"male": 1, "female": 2}[r["sex"]] * r.n, axis=1
    ),
    "item or not": lambda df: df["n"].map(lambda v: PRICES[v] + 1 if v in PRICES else -v),
    "item or an error": lambda df: df["sex"].map(fare),
    "in a set": lambda df: df["cabin"].map(lambda c: c in OLD),
    "not in a set": lambda df: df["n"].map(lambda v: 1 if v not in {1, 3.0, 2.5} else 0),
    "attributes": lambda df: df["n"].map(Table().price),
    "attribute of a class": lambda df: df["sex"].map(lambda s: Table.fares.get(s, "?")),
    "several lines": lambda df: df["sex"].map(
        lambda s: FARES.get(
            s.lower(),
            "?",
        )
    ),
    "floats": lambda df: df["age"].round().map(lambda v: {30: 1, 31.0: 2, "x": 3}.get(v, 0)),
    "the same condition": lambda df: df["n"].map(lambda v: (v > 2) + 0 if v > 2 else int(v > 2)),
    "conditional": lambda df: df["age"].apply(lambda a: 1 if a > 30 else 0),
    "ways": lambda df: df["age"].apply(band),
    "map": lambda df: df["n"].map(lambda v: v * 2 + 1),
    "bytes are Python's integers": lambda df: df["byte"].map(lambda v: v - 1),
    "a byte of a row": lambda df: df[["byte", "sex"]].apply(lambda r: r["byte"] - 2, axis=1),
    "short floats are Python's": lambda df: df["short"].apply(lambda v: v + 0.1),
    "the first, in a common dtype": lambda df: np.log1p(df["byte"].combine_first(df["age"])),
    "formula": lambda df: df["age"].apply(lambda a: np.log1p(a) / 2),
    "text": lambda df: df["sex"].apply(lambda s: 1 if s == "male" else 0),
    "members": lambda df: df["n"].apply(lambda v: v in (1, 3)),
    "several conditions": lambda df: df["n"].apply(lambda v: int(v > 1 and v != 3)),
    "chain": lambda df: df["n"].apply(lambda v: 7 if 1 < v <= 3 else v),
    "missing": lambda df: df["age"].apply(lambda a: -1 if pd.isna(a) else a),
    "missing by itself": lambda df: df["age"].apply(lambda a: -1 if a != a else a),
    "class": lambda df: df["cabin"].apply(lambda c: c[0] if isinstance(c, str) else "U"),
    "type": lambda df: df["cabin"].apply(lambda c: 0 if type(c) == float else 1),  # noqa: E721
    "length": lambda df: df["sex"].apply(lambda s: len(s)),
    "word": lambda df: df["cabin"].fillna("X1").apply(lambda c: c.split(" ")[0].lower()),
    "inside": lambda df: df["cabin"].fillna("").apply(lambda c: 1 if "E" in c else 0),
    "method": lambda df: df["sex"].apply(lambda s: s.startswith("f")),
    "truth": lambda df: df["n"].apply(lambda v: "some" if v else "none"),
    "arguments": lambda df: df["n"].apply(lambda v, k: v + k, args=(3,)),
    "nothing": lambda df: df["n"].apply(lambda v: None if v == 0 else v),
    "rows": lambda df: df.apply(price, axis=1),
    "math": lambda df: df["n"].abs().add(1).apply(math.log),
    "math of rows": lambda df: df.apply(
        lambda r: math.sqrt(r["n"] ** 2) if r.flag else 0.0, axis=1
    ),
    "rows by name": lambda df: df.apply(lambda r: max(r.n, 2) if r.flag else r.n, axis=1),
    "ignored": lambda df: df["age"].map(lambda a: a + 1, na_action="ignore"),
    "frame": lambda df: df[["age", "n"]].map(lambda v: v if v > 2 else -v),
    "vectorized": lambda df: pd.Series(np.vectorize(lambda v: v * 2)(df["n"])),
    "columns": lambda df: pd.DataFrame(np.c_[df["age"], df["n"]]),
    "array": lambda df: pd.DataFrame(np.array([df["age"], df["n"]]).T),
    "asarray": lambda df: pd.DataFrame(np.asarray(df[["age", "n"]])),
    "rows in numbers": lambda df: df[["n"]].assign(one=np.ones(len(df))),
    "range": lambda df: df[["age", "n"]].clip(pd.Series({"age": 20.0, "n": 1.0}), axis=1),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str):
    function = FUNCTIONS[name]
    expected = function(FRAME)
    expected = expected.to_frame() if expected.ndim == 1 else expected

    def as_frame(df: Any) -> Any:
        result = function(df)
        return result.to_frame() if result.ndim == 1 else result

    step = FunctionTransformer(as_frame).fit(FRAME)
    program = trace_estimator(step, "transform", example=FRAME)
    assert program.assumptions == ()
    (result,) = both(program.model).run(None, program.feeds(FRAME))
    if result.dtype.kind == "O":
        assert result.tolist() == expected.fillna("").to_numpy().tolist()
    else:
        np.testing.assert_allclose(result, expected.to_numpy().astype(float), rtol=1e-14)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda v: {v}, "is looked up in dicts and sets of fewer than 64"),
        (lambda v: hash(v), "is looked up in dicts and sets of fewer than 64"),
        (lambda v: MANY_LISTS.get(v, 0), "more than 64 ways"),
        (lambda v: Doubled({1: 2})[v], "is looked up in dicts and sets of fewer than 64"),
        (lambda v: {"a": 2}[v], "looks elements up in a dict that has no such keys"),
        (lambda v: sum(k if v > k else 0 for k in range(9)), "more than 64 ways"),
        (lambda v: {str(v): [2]}[str(v)][v], "by a line that has their names"),
        (lambda v: "%s".__mod__(v), "Python makes no text of an element"),
    ],
)
def test_what_is_refused(function: Callable[[Any], Any], message: str):
    step = FunctionTransformer(lambda df: df["n"].apply(function).to_frame())
    with pytest.raises(EstimatorError, match=message):
        trace_estimator(step, "transform", spec={"n": "int64[N]"})


def test_keys_that_a_dict_lacks_are_not_valid():
    step = FunctionTransformer(lambda df: df["sex"].map(lambda s: {"male": 1}[s]).to_frame())
    program = trace_estimator(step, "transform", dtype={"sex": "string"}, validity=True)
    result = program({"sex": np.array(["male", "x"])})
    assert result["valid"].tolist() == [True, False]
    np.testing.assert_array_equal(result["transformed"][:, 0], [1, np.nan])


def test_code_without_a_file():
    names: dict[str, Any] = {}
    exec("def price(n):\n    return {1: 2}.get(n, 0)", names)
    step = FunctionTransformer(lambda df: df["n"].map(names["price"]).to_frame())
    with pytest.raises(EstimatorError, match="by a line that has their names"):
        trace_estimator(step, "transform", spec={"n": "int64[N]"})


DUMMIES: dict[str, Callable[[Any], Any]] = {
    "reindex": lambda df: pd.get_dummies(df[["n", "sex"]]).reindex(
        columns=["n", "sex_male", "sex_female", "sex_other"], fill_value=0
    ),
    "names": lambda df: pd.get_dummies(df["sex"], dtype=int)[["male", "female"]],
    "prefix": lambda df: pd.get_dummies(df["sex"], prefix="is")[["is_male"]],
    "numbers": lambda df: pd.get_dummies(df, columns=["n", "flag"], dtype=float)[
        ["n_1", "n_4", "flag_True", "age"]
    ],
    "one": lambda df: pd.get_dummies(df["n"].astype(str), prefix="k")["k_2"].to_frame(),
}


@pytest.mark.parametrize("name", DUMMIES)
def test_dummies(name: str):
    step = FunctionTransformer(DUMMIES[name]).fit(FRAME)
    program = trace_estimator(step, "transform", example=FRAME)
    np.testing.assert_array_equal(program(FRAME), DUMMIES[name](FRAME).to_numpy().astype(float))
