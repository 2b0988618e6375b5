"""Rows beside columns that were made a matrix: what is recorded before the Transpose, and its bits."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import onnxp as xp
from onnxp.sklearn import trace_estimator
from tests.helpers.sessions import both

RNG = np.random.default_rng(0)
W = RNG.normal(size=(3, 2))
ROW = np.array([0.5, -2.0, 3.0])
FUNCTIONS: dict[str, Any] = {
    "sub": lambda x, row, w: x.T - row,
    "rsub": lambda x, row, w: row - x.T,
    "add": lambda x, row, w: x.T + row,
    "mul": lambda x, row, w: row * x.T,
    "div": lambda x, row, w: x.T / row,
    "rdiv": lambda x, row, w: row / x.T,
    "chain": lambda x, row, w: ((x.T - row) / row) @ w,
    "of a row": lambda x, row, w: (x.T * row[None, :]) @ w[:, 0],
    "other use": lambda x, row, w: (x.T - row) * x.T,
    "product with itself": lambda x, row, w: (x.T - row).T @ (x.T - row),
    "a number": lambda x, row, w: x.T - row[:1],
    "normalised": lambda x, row, w: (
        (x.T - row) / np.sqrt(np.mean(x.T**2, axis=1) + 1)[:, None] * row
    ),
}


def operators(program: xp.Program) -> Counter[str]:
    return Counter(node.op_type for node in program.model.graph.node)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("spec", ["float64[3, N>=0]", "float64[3, 2000]", "float32[3, N>=0]"])
def test_results_are_those_of_numpy(name: str, spec: str) -> None:
    dtype = spec.partition("[")[0]
    row, w = ROW.astype(dtype), W.astype(dtype)
    program = xp.trace(lambda x: FUNCTIONS[name](x, row, w), spec)
    session = both(program.model)
    for rows in (2000,) if "2000" in spec else (0, 1, 7, 2000):
        x = RNG.normal(size=(3, rows)).astype(dtype)
        (result,) = session.run(None, {"x": x})
        expected = FUNCTIONS[name](x, row, w)
        assert result.shape == expected.shape
        assert result.dtype == expected.dtype
        limit = 1e-12 if dtype == "float64" else 1e-3
        np.testing.assert_allclose(result, expected, rtol=limit, atol=limit)


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler()])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_scaled_columns_are_not_repeated(scaler: Any, dtype: str) -> None:
    df = pd.DataFrame(RNG.normal(size=(5000, 4)) * 9, columns=list("abcd")).astype(dtype)
    estimator = make_pipeline(scaler, LogisticRegression()).fit(df, df["a"] > 1)
    program = trace_estimator(estimator, ["predict", "predict_proba"], example=df, batch="N>=0")
    assert not operators(program)["Expand"]
    assert dtype == "float32" or not operators(program)["Transpose"]
    assert program.rowwise
    result = program.on()(df)
    assert result["label"].tolist() == estimator.predict(df).tolist()
    limit = 1e-12 if dtype == "float64" else 1e-5
    mine = result[["probabilities_False", "probabilities_True"]]
    np.testing.assert_allclose(mine, estimator.predict_proba(df), rtol=limit, atol=limit)
    whole = program(df)["probabilities"]
    for rows in (0, 64, 128):
        assert np.array_equal(program(df[:rows])["probabilities"], whole[:rows])
