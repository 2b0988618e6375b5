"""Expressions as text, `df.eval`, give what pandas gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import FunctionTransformer

from onnxp.errors import FrameError
from onnxp.sklearn import trace_estimator

_rng = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "a": _rng.normal(size=9),
        "b": _rng.integers(1, 5, 9),
        "s": _rng.choice(["x", "y"], 9),
        "net income": _rng.normal(size=9) ** 2,
    }
)
LIMIT = 2


def check(function: Any) -> None:
    step = FunctionTransformer(function).fit(FRAME)
    expected = step.transform(FRAME)
    result = trace_estimator(step, "transform", example=FRAME)(FRAME)
    if isinstance(result, dict):
        assert list(result) == list(expected.columns)
        for name, column in result.items():
            np.testing.assert_array_equal(np.asarray(column), expected[name].to_numpy())
    else:
        result, expected = np.asarray(result), np.asarray(expected)
        np.testing.assert_allclose(result, expected.reshape(result.shape), rtol=1e-14)


@pytest.mark.parametrize(
    "text",
    [
        "a + b",
        "-a ** 2 / (b + 1) - b % 3 + b // 2",
        "0 < a < 1",
        "a > 0 and b < 3 or not s == 'x'",
        "a > 0 & b < 3 | ~(s == 'x')",
        "s in ['x'] and b not in [1, 2]",
        "s == ['x', 'q']",
        "b != [1, 2]",
        "sqrt(abs(a)) + arctan2(a, b) * log1p(b)",
        "`net income` / b + @LIMIT",
        "a.clip(lower=0) + @scale * a.abs()",
    ],
)
def test_expressions(text: str):
    scale = 3.0

    def function(df: Any) -> Any:
        return df.eval(text, local_dict={"scale": scale, "LIMIT": LIMIT}).to_frame()

    check(function)


@pytest.mark.filterwarnings("ignore:The inplace keyword:Warning")
def test_assignments():
    def function(df: Any) -> Any:
        factor = 1.5  # noqa: F841  # of the expression
        df = df.eval("c = a * @factor")
        df.eval("d = c - @LIMIT", inplace=True)
        return df.eval("e = c + d\na = e * 2")[["a", "c", "d", "e"]]

    check(function)


_numbers = st.sampled_from(["a", "b", "2", "0.5"])
_terms = st.recursive(
    _numbers,
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner),
    max_leaves=5,
)
_conditions = st.recursive(
    st.builds("{} {} {}".format, _terms, st.sampled_from(["<", ">=", "!="]), st.just("a")),
    lambda inner: st.builds(
        "{} {} {}".format, inner, st.sampled_from(["&", "|", "and", "or"]), inner
    ),
    max_leaves=4,
)


@settings(max_examples=8, deadline=None)
@given(_conditions)
def test_random_conditions(text: str):
    check(lambda df: df.eval(text).to_frame())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a + missing", "'missing' is not among the columns"),
        ("a + @missing", "there is no variable 'missing'"),
        ("a +", "is not an expression"),
        ("gamma(a)", "gamma is not one of the functions"),
        ("[x for x in a]", "is not a part"),
        ("a << 2", "LShift"),
        ("a\nb", "must be assignments"),
    ],
)
def test_what_is_refused(text: str, message: str):
    step = FunctionTransformer(lambda df: df.eval(text)).fit(FRAME)
    with pytest.raises(FrameError, match=message):
        trace_estimator(step, "transform", example=FRAME)
