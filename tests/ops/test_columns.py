"""Numbers beside an array whose last axis may have size 1 are recorded in its rank: others are slow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.testing import run_all_ways

COLUMN = np.asarray([[-2.5], [0.0], [np.nan], [np.inf], [-0.0], [3.0]])

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "numbers": lambda x: (2 - x * 1.5) / 3,
    "comparison": lambda x: (x > 0) | (x == -2.5),
    "choice of numbers": lambda x: xp.where(x > 0, 1.0, x),
    "choice by number": lambda x: xp.where(xp.asarray(True), x, 2.0),
    "an array of one number": lambda x: x + np.asarray([2.5]),
    "a computed number": lambda x: x / xp.sum(x[:2]) - x[0],
    "power": lambda x: x**3,
    "formula": lambda x: xp.log1p(xp.abs(x)) + xp.atan2(x, xp.asarray(2.0)),
    "formula of two": lambda x: xp.logaddexp(x, x[0]),
    "remainder": lambda x: x % 2.0 + x // 2.0,
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.filterwarnings("ignore:.*(invalid|divide)")
def test_columns_have_the_bits_of_vectors(name: str, dtype: str):
    function = FUNCTIONS[name]
    column = COLUMN.astype(dtype)
    result = run_all_ways(function, column, static_axes=[1])
    np.testing.assert_array_equal(result, run_all_ways(function, column[:, 0])[:, None])


HIGHER: dict[str, Callable[[Any, Any], Any]] = {
    "two axes more": lambda ns, x: ns.tanh(x[..., None, None]),
    "two ranks": lambda ns, x: ns.hypot(x[:, None], x[:2]),
    "a number": lambda ns, x: ns.hypot(x, ns.asarray(2.0)),
    "a column beside a row": lambda ns, x: ns.hypot(x, ns.reshape(x, (1, -1))),
}


@pytest.mark.parametrize("name", HIGHER)
def test_formulas_of_ranks(name: str):
    x = np.asarray([[-2.5], [0.0], [3.0]])
    result = run_all_ways(lambda y: HIGHER[name](xp, y), x, static_axes=[1])
    np.testing.assert_allclose(result, HIGHER[name](np, x), rtol=1e-15, strict=True)


@pytest.mark.parametrize("spec", ["float32[N, 1]", "float32[N, K]", "float32[N, M, 1]"])
def test_numbers_have_the_rank_of_a_column(spec: str):
    program = xp.trace(lambda x: xp.where(x > 0, x * 1.5 + 2, 0.0), spec)
    sizes = [list(tensor.dims) for tensor in program.model.graph.initializer]
    rank = spec.count(",") + 1
    assert sizes
    assert all(size == [1] * rank for size in sizes)


@pytest.mark.parametrize("spec", ["float32[N, 4]", "float32[N]", "float32[]"])
def test_other_numbers_have_rank_0(spec: str):
    program = xp.trace(lambda x: x * 1.5 + 2, spec)
    assert all(list(tensor.dims) == [] for tensor in program.model.graph.initializer)


def test_formulas_of_columns_are_of_vectors():
    def operators(spec: str) -> list[str]:
        program = xp.trace(xp.log1p, spec, functions=True)
        return [node.op_type for node in program.model.graph.node]

    assert operators("float32[N, 1]") == ["Squeeze", "log1p", "Unsqueeze"]
    assert operators("float32[N, 2]") == ["log1p"]


@pytest.mark.parametrize(
    "spec", ["float64[N, 3]", "float64[2, N, 3]", "float32[N, 3]", "int64[N, 3]"]
)
def test_products_with_vectors_are_of_columns(spec):
    w = np.arange(3.0)
    program = xp.trace(lambda x: x @ w.astype(x.dtype.name), spec)
    operators = [node.op_type for node in program.model.graph.node]
    assert operators == ["MatMul", "Squeeze"], spec
    assert [list(t.dims) for t in program.model.graph.initializer] == [[3, 1], [1]]


ROW = np.asarray([1.5, -2.0, 0.0])


@pytest.mark.parametrize(
    ("function", "spec", "expected"),
    [
        (lambda x: (x - ROW) / ROW[None], "float64[N, 3]", "Shape Expand Sub Expand Div"),
        (lambda x: x > ROW, "float64[2, N, 3]", "Shape Expand Greater"),
        (lambda x: x - xp.mean(x, axis=0), "float64[N, 3]", "ReduceMean Sub"),
        (lambda x: x * np.ones(8), "float64[N, 8]", "Shape Expand Mul"),
        (lambda x: x * np.ones(9), "float64[N, 9]", "Mul"),
        (lambda x: x * np.ones(16, np.float32), "float32[N, 16]", "Shape Expand Mul"),
        (lambda x: x * np.ones(17, np.float32), "float32[N, 17]", "Mul"),
        (lambda x: x * ROW, "float64[4, 3]", "Mul"),
        (lambda x: x * ROW, "float64[1000, 3]", "Shape Expand Mul"),
        (lambda x: x * ROW, "float64[N, 1]", "Mul"),
        (lambda x: x * ROW, "float64[3]", "Mul"),
        (lambda x: x + np.arange(3), "int64[N, 3]", "Shape Expand Add"),
    ],
)
def test_short_rows_are_repeated(function: Callable[..., Any], spec: str, expected: str):
    operators = [node.op_type for node in xp.trace(function, spec).model.graph.node]
    assert " ".join(operators) == expected


@pytest.mark.parametrize("spec", ["int64[N]", "int64[M, N]", "int64[N>=0]"])
@pytest.mark.parametrize("shape", [(3, 1), (1, 1), (1, 3, 1), (1,), (2,)])
def test_constant_columns_beside_unknown_sizes(spec: str, shape: tuple[int, ...]):
    column = np.arange(np.prod(shape)).reshape(shape)
    program = xp.trace(lambda x: xp.expand_dims(x, axis=0) == column, spec)
    x = np.ones((3, 2)[-spec.count(",") - 1 :], np.int64)
    np.testing.assert_array_equal(program(x), x[None] == column)


@pytest.mark.parametrize("rows", [0, 1, 5, 1000])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "uint8"])
def test_rows_have_the_bits_of_broadcasting(dtype: str, rows: int):
    x = np.arange(rows * 3).reshape(rows, 3).astype(dtype)
    row = np.asarray([1, 2, 3], dtype)
    result = run_all_ways(lambda x: (x * row + row[None], x < row), x, static_axes=[1])
    np.testing.assert_array_equal(result[0], x * row + row)
    np.testing.assert_array_equal(result[1], x < row)
