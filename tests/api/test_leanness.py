"""The graphs that we promise to be lean: which operators an exported model has, initializers aside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp._src.ops.runtime_bugs import installed_has


def operators(function: Callable[..., Any], text: str) -> str:
    """Return the operators and boxes of a traced function of one input, in order."""
    program = xp.trace(function, text, functions=True)
    names = " ".join(node.op_type for node in program.model.graph.node)
    return names.replace("Cast Sqrt Cast", "Sqrt") if installed_has("square roots") else names


REDUCTIONS: list[tuple[str, str, Callable[..., Any], str]] = [
    ("mean", "float32[N, 10]", lambda x: xp.mean(x, axis=0), "ReduceMean"),
    ("mean of all", "float64[N, 10]", lambda x: xp.mean(x), "ReduceMean"),
    ("mean, keepdims", "float32[N, 10]", lambda x: xp.mean(x, axis=0, keepdims=True), "ReduceMean"),
    ("mean of float16", "float16[N, 10]", lambda x: xp.mean(x), "Cast ReduceMean Cast"),
    ("mean of none or more", "float32[N>=0, 10]", lambda x: xp.mean(x, axis=0), "mean"),
    ("mean beside none or more", "float32[N>=0, 10]", lambda x: xp.mean(x, axis=1), "ReduceMean"),
    ("sum", "float32[N, 10]", lambda x: xp.sum(x, axis=1), "ReduceSum"),
    ("sum of none or more", "float32[N>=0, 10]", lambda x: xp.sum(x), "ReduceSum"),
    ("sum along no axis", "float32[N, 10]", lambda x: xp.sum(x, axis=()), "Identity"),
    ("sum of integers", "int64[N, 10]", lambda x: xp.sum(x), "sum"),
    ("sum of few integers", "int64[4, 10]", lambda x: xp.sum(x, axis=0), "MatMul Squeeze"),
    ("product", "float32[N, 10]", lambda x: xp.prod(x), "ReduceProd"),
    ("product of integers", "int64[N, 10]", lambda x: xp.prod(x), "prod"),
    ("maximum", "float32[N, 10]", lambda x: xp.max(x, axis=1), "max"),
    ("maximum of integers", "int32[N, 10]", lambda x: xp.max(x, axis=1), "ReduceMax"),
    ("index of the maximum", "float32[N, 10]", lambda x: xp.argmax(x, axis=1), "argmax"),
    ("index of the minimum", "int64[N, 10]", lambda x: xp.argmin(x, axis=1), "ArgMin"),
    (
        "standard deviation",
        "float32[N, 10]",
        lambda x: xp.std(x, axis=0),
        "ReduceMean Sub Mul ReduceMean Sqrt",
    ),
    (
        "standard deviation of a sample",
        "float32[N, 10]",
        lambda x: xp.std(x, axis=1, correction=1),
        "ReduceMean Sub ReduceSumSquare Div Sqrt",
    ),
    (
        "standard deviation of a sample of N",
        "float32[N, 10]",
        lambda x: xp.std(x, axis=0, correction=1),
        "std",
    ),
    ("variance", "float32[N, 10]", lambda x: xp.var(x, axis=0), "ReduceMean Sub Mul ReduceMean"),
    ("variance of all", "float32[N, 10]", lambda x: xp.var(x), "var"),
    (
        "standard deviation of a number known",
        "float32[4, 10]",
        lambda x: xp.std(x),
        "ReduceMean Sub ReduceSumSquare Div Sqrt",
    ),
    ("any", "bool[N, 10]", lambda x: xp.any(x, axis=1), "ReduceMax"),
    ("all", "float32[N, 10]", lambda x: xp.all(x > 0), "Greater ReduceMin"),
    ("any of none or more", "bool[N>=0]", lambda x: xp.any(x), "Cast ReduceSum Cast"),
    ("partial sums", "float32[N, 10]", lambda x: xp.cumulative_sum(x, axis=1), "CumSum"),
    (
        "partial sums from 0",
        "int64[N]",
        lambda x: xp.cumulative_sum(x, include_initial=True),
        "CumSum Pad",
    ),
    ("partial products", "float32[N]", lambda x: xp.cumulative_prod(x), "cumulative_prod"),
    ("differences", "float32[N, 10]", lambda x: xp.diff(x), "Slice Slice Sub"),
]

INTEGERS: list[tuple[str, str, Callable[..., Any], str]] = [
    ("quotient", "int64[N]", lambda x: x // x, "floor_divide"),
    ("quotient by a number", "uint8[N]", lambda x: x // 3, "floor_divide_by_positive"),
    ("remainder", "int64[N]", lambda x: x % x, "remainder"),
    ("remainder by a number", "int64[N]", lambda x: x % 3, "Mod"),
    ("square", "int64[N]", lambda x: x**2, "Mul"),
    ("cube", "int64[N]", lambda x: x**3, "Mul Mul"),
    ("power by a number", "int64[N]", lambda x: x**10, "pow"),
    ("power", "int64[N]", lambda x: x**x, "pow"),
    ("shift", "int64[N]", lambda x: x << x, "bitwise_left_shift"),
    ("shift by a number", "int64[N]", lambda x: x << 3, "Mul"),
    ("shift down by a number", "uint32[N]", lambda x: x >> 3, "BitShift"),
    ("bits", "int64[N]", lambda x: (x & 1) | ~x, "BitwiseAnd BitwiseNot BitwiseOr"),
]


TIMES: list[tuple[str, str, Callable[..., Any], str]] = [
    ("hours", "timedelta64[s][N]", lambda x: x / np.timedelta64(1, "h"), "Equal Cast Div Where"),
    (
        "whole hours",
        "timedelta64[s][N]",
        lambda x: x // np.timedelta64(1, "h"),
        "Equal floor_divide_by_positive Where",
    ),
    ("rest", "timedelta64[s][N]", lambda x: x % np.timedelta64(1, "h"), "Equal Mod Where"),
    ("half", "timedelta64[s][N]", lambda x: x / 2, "Equal Div Where"),
    ("before", "datetime64[s][N]", lambda x: x < "2024-01-01T00:00:00", "Less Equal Not And"),
    ("after", "datetime64[s][N]", lambda x: x > "2024-01-01T00:00:00", "Less"),
    ("missing", "datetime64[s][N]", lambda x: xp.isnan(x), "Equal"),
    ("earliest", "datetime64[s][N]", lambda x: xp.min(x), "min"),
]


def cases(rows: list[tuple[str, str, Callable[..., Any], str]]) -> Any:
    return pytest.mark.parametrize(
        ("text", "function", "expected"), [pytest.param(*row[1:], id=row[0]) for row in rows]
    )


@cases(REDUCTIONS)
def test_reductions(text: str, function: Callable[..., Any], expected: str) -> None:
    assert operators(function, text) == expected


@cases(TIMES)
def test_times(text: str, function: Callable[..., Any], expected: str) -> None:
    assert operators(function, text) == expected


@cases(INTEGERS)
def test_integers(text: str, function: Callable[..., Any], expected: str) -> None:
    assert operators(function, text) == expected
