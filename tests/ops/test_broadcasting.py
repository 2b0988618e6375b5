"""Rows beside columns that were made a matrix: what is recorded before the Transpose, and its bits."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

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
    "compared": lambda x, row, w: (row < x.T) | (row[None] == x.T),
    "compared as numbers": lambda x, row, w: np.where(row >= x.T, 1.0, -2.0) @ w.astype(float),
    "cast": lambda x, row, w: (row < x.T).astype(x.dtype) @ w,
    "filled": lambda x, row, w: np.where(np.isnan(x.T), row, x.T) - row,
    "kept": lambda x, row, w: np.where(np.isnan(x.T), x.T, row),
    "filled by a number": lambda x, row, w: np.where(np.isnan(x.T), row[0], x.T) * row,
    "chosen": lambda x, row, w: x.T[:, [2, 0, 2]] - row,
    "chosen one": lambda x, row, w: x.T[:, [-1]] * row[:1],
    "joined": lambda x, row, w: np.concatenate([x.T - row, x.T, x.T[:, [0]]], axis=1),
    "joined with others": lambda x, row, w: np.concatenate([x.T - row, x.T @ w], axis=1),
    "joined and used": lambda x, row, w: np.sum(np.concatenate([x.T, x.T * row], axis=1), axis=1),
}

MISSING = ("filled", "kept", "filled by a number")
"""The functions that take NaN."""


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
        x[RNG.random(x.shape) < 0.2] = np.nan if name in MISSING else 0.5
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


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_columns_of_several_kinds_are_joined_upright(dtype: str) -> None:
    df = pd.DataFrame(RNG.normal(size=(2000, 4)) * 9, columns=list("abcd")).astype(dtype)
    df[df > 12] = np.nan
    df["s"], df["t"] = RNG.choice(["x", "y"], 2000), RNG.choice(["p", "q", "r"], 2000)
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), list("abcd")),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=dtype), ["s", "t"]),
    )
    estimator = make_pipeline(columns, LogisticRegression()).fit(df, df["b"].fillna(0) > 1)
    program = trace_estimator(estimator, "predict", example=df, batch="N>=0")
    used = operators(program)
    assert not used["Expand"]
    assert used["Transpose"] == (0 if dtype == "float64" else 1)
    assert program.rowwise
    assert program.on()(df)["label"].tolist() == estimator.predict(df).tolist()
    step = trace_estimator(columns, "transform", example=df, batch="N>=0")
    expected = columns.transform(df)
    np.testing.assert_allclose(step(df), expected, rtol=1e-6 if dtype == "float32" else 1e-15)
    for rows in (0, 64, 128):
        assert np.array_equal(step(df[:rows]), step(df)[:rows])
