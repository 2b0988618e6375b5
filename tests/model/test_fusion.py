"""A product and what is added to it are written as one Gemm, where nothing else reads the product."""

from __future__ import annotations

from collections.abc import Callable
from operator import add, sub
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.testing import run_all_ways
from tests.helpers import sessions

W = np.linspace(-1, 2, 12, dtype=np.float32).reshape(4, 3)
ROW = np.asarray([1, -2, 0.5], np.float32)
X = np.linspace(-3, 3, 20, dtype=np.float32).reshape(5, 4)
F32 = "float32[N, 4]"

FUSED: list[tuple[str, Callable[..., Any], str, str]] = [
    ("a row", lambda x: x @ W + ROW, F32, "Gemm"),
    ("a row before", lambda x: ROW + x @ W, F32, "Gemm"),
    ("a matrix of one row", lambda x: x @ W + ROW[None], F32, "Gemm"),
    ("a number", lambda x: x @ W + 1.5, F32, "Gemm"),
    ("a vector, a number", lambda x: x @ W[:, 0] + 1.5, F32, "Gemm Squeeze"),
    ("a vector, an array of one number", lambda x: x @ W[:, 0] + ROW[:1], F32, "Gemm Squeeze"),
    ("one feature", lambda x: x @ W[:1, 0] + 1.5, "float32[N, 1]", "Gemm Squeeze"),
    ("float64", lambda x: x @ W.astype(float) + 1.5, "float64[N, 4]", "Gemm"),
    ("a row that is subtracted", lambda x: x @ W - ROW, F32, "Gemm"),
    ("a number that is subtracted", lambda x: x @ W[:, 0] - 1.5, F32, "Gemm Squeeze"),
    ("two layers", lambda x: (x @ W + ROW) @ W.T + 1.0, F32, "Gemm Gemm"),
    (
        "a row that is computed",
        lambda x: x @ W + xp.sum(x, axis=0)[:3],
        F32,
        "ReduceSum Slice Gemm",
    ),
]


@pytest.mark.parametrize(
    ("function", "spec", "expected"), [row[1:] for row in FUSED], ids=[row[0] for row in FUSED]
)
def test_fused(function: Callable[..., Any], spec: str, expected: str):
    program = xp.trace(function, spec)
    operators = [node.op_type for node in program.model.graph.node]
    assert operators == expected.split()


NOT_FUSED: list[tuple[str, Callable[..., Any], str]] = [
    ("read twice", lambda x: (lambda y: (y + ROW) * y)(x @ W), F32),
    ("an output", lambda x: (lambda y: (y, y + ROW))(x @ W), F32),
    ("a wider row", lambda x: x @ W[:, :1] + ROW, F32),
    ("a row beside a vector", lambda x: x @ W[:, 0] + ROW[:1, None], F32),
    ("a column", lambda x: x[:4] @ W + W[:, :1], F32),
    ("a higher rank", lambda x: x @ W + ROW[None, None], F32),
    ("what it is subtracted from", lambda x: ROW - x @ W, F32),
    ("a computed row that is subtracted", lambda x: x @ W - xp.sum(x, axis=0)[:3], F32),
    ("integers", lambda x: x @ np.arange(4) + 1, "int64[N, 4]"),
    ("float16", lambda x: x @ W.astype(np.float16) + np.float16(1), "float16[N, 4]"),
    ("a stack", lambda x: x @ W + ROW, "float32[2, N, 4]"),
    ("a matrix that is computed", lambda x: x @ (x[:4] @ W) + ROW, "float32[4, 4]"),
    ("many terms", lambda x: x @ np.ones((129, 3), np.float32) + ROW, "float32[N, 129]"),
    ("nothing to sum over", lambda x: x @ W[:0] + ROW, "float32[N, 0]"),
]


@pytest.mark.parametrize(
    ("function", "spec"), [row[1:] for row in NOT_FUSED], ids=[row[0] for row in NOT_FUSED]
)
def test_not_fused(function: Callable[..., Any], spec: str):
    program = xp.trace(function, spec)
    operators = [node.op_type for node in program.model.graph.node]
    assert "Gemm" not in operators
    assert "MatMul" in operators


@pytest.mark.parametrize("rows", [1, 2, 5, 64, 1000])
@pytest.mark.parametrize("features", [1, 4, 31, 128, 300])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("vector", [False, True])
@pytest.mark.parametrize("operator", [add, sub])
def test_the_bits_stay(
    rows: int, features: int, dtype: str, vector: bool, operator: Callable[..., Any]
):
    random = np.random.default_rng(0)
    x = random.standard_normal((rows, features)).astype(dtype)
    w = random.standard_normal((features, 3)).astype(dtype)
    b = random.standard_normal(3).astype(dtype)
    if vector:
        w, b = w[:, 0], b[0]
    spec = f"{dtype}[N, {features}]"
    fused = xp.trace(lambda x: operator(x @ w, b), spec)
    apart = xp.trace(lambda x: (lambda y: (operator(y, b), y))(x @ w), spec)
    assert ("Gemm" in str(fused.model)) == (features <= 128)
    results = [sessions.session(p.model, "disabled").run(None, {"x": x})[0] for p in (fused, apart)]
    np.testing.assert_array_equal(*results, strict=True)
    tolerance = 1e-3 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(results[0], operator(x @ w, b), rtol=tolerance, atol=tolerance)
    sessions.both(fused.model).run(None, {"x": x})


@pytest.mark.parametrize("rows", [0, 1, 5])
@pytest.mark.parametrize("index", [0, slice(None)])
def test_any_number_of_rows(rows: int, index: Any):
    program = xp.trace(lambda x: x @ W[:, index] + ROW[index], "float32[N>=0, 4]")
    result = sessions.both(program.model).run(None, {"x": X[:rows]})[0]
    np.testing.assert_allclose(result, X[:rows] @ W[:, index] + ROW[index], rtol=1e-6, atol=1e-6)


def test_special_values_spread_as_in_numpy():
    x = np.asarray([[np.inf, 1, 0, 0], [np.nan, 1, 0, 0], [-np.inf, np.inf, 1, 1]], np.float32)
    bias = np.asarray([np.inf, -np.inf, np.nan], np.float32)
    with np.errstate(invalid="ignore"):
        expected = x @ W + bias
    np.testing.assert_array_equal(run_all_ways(lambda x: x @ W + bias, x), expected)


def test_branches_read_products_from_outside():
    def function(x: xp.Array) -> xp.Array:
        y = x @ W
        return xp.cond(xp.sum(x) > 0, lambda: y + ROW, lambda: y - ROW)

    for x in (X + 1, X - 1):
        expected = x @ W + (ROW if x.sum() > 0 else -ROW)
        np.testing.assert_allclose(run_all_ways(function, x), expected, rtol=1e-5)
