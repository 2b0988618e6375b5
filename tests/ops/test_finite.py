"""Maxima without NaN need no guard: what is proven of values, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp._src.ops.finite import declare_finite, is_finite, never_nan
from onnxp.testing import run_all_ways

TABLE = np.asarray([0.5, 2.0, 3.0])

FINITE: dict[str, Callable[[Any], Any]] = {
    "itself": lambda x: x,
    "arithmetic": lambda x: (x * 2 - x) @ np.ones((3, 2)) + 1.0,
    "moved": lambda x: xp.concat([x.T, xp.flip(x.T)])[1:],
    "sigmoid": lambda x: 1.0 / (1.0 + xp.exp(-x)),
    "logarithm of a positive number": lambda x: xp.log(1.0 + xp.abs(x)),
    "root of a square": lambda x: xp.sqrt(x * x),
    "division by a constant": lambda x: x / TABLE,
    "means": lambda x: xp.mean(x, axis=1) - xp.max(x),
    "chosen": lambda x: xp.where(x > 0, x, TABLE),
    "integers": lambda x: xp.astype(x > 0, xp.int64),
    "zeros": lambda x: xp.zeros_like(x) + x,
    "a power of a positive constant": lambda x: x * xp.asarray(TABLE) ** -0.5,
}
NO_NAN: dict[str, Callable[[Any], Any]] = {
    "exponential": xp.exp,
    "infinities": lambda x: xp.where(x > 0, x, -xp.inf),
    "without NaN": lambda x: (lambda y: xp.where(xp.isnan(y), 0.0, y))(x / x),
}
ANY: dict[str, Callable[[Any], Any]] = {
    "difference of exponentials": lambda x: xp.exp(x) - xp.exp(-x),
    "division": lambda x: x / x,
    "division by a constant with a zero": lambda x: x / np.asarray([1.0, 0.0, 2.0]),
    "softmax without a shift": lambda x: xp.exp(x) / (1.0 + xp.sum(xp.exp(x))),
    "logarithm": xp.log,
    "root": xp.sqrt,
    "power": lambda x: x**0.5,
    "a constant with NaN": lambda x: x + np.asarray([1.0, np.nan, 2.0]),
    "infinite constants": lambda x: xp.where(x > 0, xp.inf, x) * 0.0,
    "softmax of infinities": lambda x: xp.exp(x) / xp.sum(xp.exp(x)),
    "NaN of another": lambda x: xp.where(xp.isnan(x), x / x, x / x),
    "a loop": lambda x: xp.fori_loop(0, 2, lambda i, y: y / x, x),
}


def _value(function: Callable[[Any], Any], declared: bool = True) -> Any:
    found = []

    def traced(x: xp.Array) -> xp.Array:
        if declared:
            declare_finite(x._planes[0])
        y = function(x)
        found.append((is_finite(y._planes[0]), never_nan(y._planes[0])))
        return y

    xp.trace(traced, "float64[N, 3]")
    return found[0]


@pytest.mark.parametrize("name", FINITE)
def test_finite(name: str):
    assert _value(FINITE[name]) == (True, True)


@pytest.mark.parametrize("name", NO_NAN)
def test_no_nan(name: str):
    assert _value(NO_NAN[name]) == (False, True)


@pytest.mark.parametrize("name", ANY)
def test_any(name: str):
    assert _value(ANY[name]) == (False, False)


@pytest.mark.parametrize("name", sorted(FINITE.keys() - {"integers"}))
def test_nothing_is_finite_by_itself(name: str):
    assert _value(FINITE[name], declared=False)[0] is False


def test_arrays_that_are_evaluated_are_not_looked_at():
    assert not never_nan(xp.asarray([1.0, 2.0])._planes[0])


def test_long_chains_end():
    def chain(x: xp.Array) -> xp.Array:
        for _ in range(300):
            x = x + 1.0
        return x

    assert _value(chain) == (False, False)


def operators(function: Callable[[Any], Any], spec: str) -> list[str]:
    return [node.op_type for node in xp.trace(function, spec, functions=True).model.graph.node]


def test_guards():
    spec = "float32[N, 3]"
    assert operators(lambda x: xp.max(x, axis=1), spec) == ["max"]
    assert operators(lambda x: xp.argmax(x, axis=1), spec) == ["argmax"]
    filled = lambda x: xp.where(xp.isnan(x), 0.0, x)  # noqa: E731
    assert operators(lambda x: xp.max(filled(x), axis=1), spec)[-1] == "ReduceMax"
    assert operators(lambda x: xp.argmin(filled(x), axis=1), spec)[-1] == "ArgMin"
    assert operators(lambda x: xp.argmax(xp.exp(x), axis=1), spec) == ["Exp", "argmax"]
    assert operators(lambda x: xp.argmax(x, axis=1), "int32[N, 3]") == ["ArgMax"]


SPECIAL = [
    [1.0, np.nan, 2.0],
    [np.inf, -np.inf, 0.0],
    [-np.inf, -np.inf, -np.inf],
    [np.nan, np.nan, np.nan],
    [0.0, -0.0, 0.0],
    [3e38, 3e38, 3e38],
    [1.0, 5.0, 5.0],
]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("rows", [slice(None), slice(1, 3), slice(4, 7), slice(2, 3)])
@pytest.mark.filterwarnings("ignore:overflow")
def test_special_values(dtype: str, name: str, axis: int | None, rows: slice):
    x = np.asarray(SPECIAL[rows]).astype(dtype)
    result = run_all_ways(lambda y: getattr(xp, name)(y, axis=axis), x, static_axes=[1])
    np.testing.assert_array_equal(result, getattr(np, name)(x, axis=axis))


FROM_INTEGERS: dict[str, Callable[[Any], Any]] = {
    "root": np.sqrt,
    "logarithm": np.log,
    "logarithm of a sum": lambda x: np.log(x + 1),
    "power": lambda x: np.power(x * 1.0, 0.5),
    "root of sums": lambda x: np.sqrt(np.sum(x, axis=1, keepdims=True) + x * 0),
    "quotient": lambda x: x / x,
    "root of a product that wraps": lambda x: np.sqrt(x * np.int64(2**62) * x),
}


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
@pytest.mark.parametrize("function", FROM_INTEGERS)
@pytest.mark.filterwarnings("ignore")
def test_integers_below_zero_give_nan(function: str, name: str):
    x = np.asarray([[4, -2], [0, -9], [-1, 0], [3, 5]])
    result = run_all_ways(lambda x: getattr(np, name)(FROM_INTEGERS[function](x), axis=1), x)
    expected = getattr(np, name)(FROM_INTEGERS[function](x), axis=1)
    np.testing.assert_allclose(result, expected, rtol=1e-15)


def test_text_of_nan():
    program = xp.trace(lambda s: xp.max(xp.astype(s, xp.float64), axis=1), "string[N, 2]")
    np.testing.assert_array_equal(program(np.array([["1", "nan"], ["2", "3"]])), [np.nan, 3])
