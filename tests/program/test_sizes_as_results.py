"""Sizes that a function returns are results of its program, as numbers of rank 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from tests.helpers.sessions import both

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "size": lambda x: x.size,
    "len": lambda x: len(x),
    "shape": lambda x: x.shape,
    "np.size": lambda x: np.size(x),
    "a real number": lambda x: x.size / 3,
    "arithmetic": lambda x: 2 * x.shape[0] - 1,
    "beside an array": lambda x: {"total": x.sum(axis=1), "count": len(x)},
}


@pytest.mark.parametrize("rows", [0, 1, 5])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_sizes_are_results(name: str, rows: int) -> None:
    function = FUNCTIONS[name]
    X = np.ones((rows, 3))
    program = xp.trace(function, "float64[N>=0, M]")
    result, expected = program(X), function(X)
    np.testing.assert_equal(result, expected)
    bare = both(program.model).run(None, {"x": X})
    numbers = expected.values() if isinstance(expected, dict) else np.ravel(np.asarray(expected))
    for ours, number in zip(bare, numbers, strict=True):
        np.testing.assert_array_equal(ours, number)
        assert ours.dtype == np.asarray(number).dtype


@pytest.mark.parametrize("name", FUNCTIONS)
def test_known_sizes_are_results(name: str) -> None:
    X = np.ones((4, 3))
    program = xp.trace(FUNCTIONS[name], "float64[4, 3]")
    np.testing.assert_equal(program(X), FUNCTIONS[name](X))


def test_numbers_and_constants_beside_an_array() -> None:
    names = np.array(["no", "yes"])

    def function(x):
        return {
            "score": x.mean(axis=1),
            "threshold": 0.5,
            "classes": names,
            "weight": np.float32(2),
        }

    X = np.ones((4, 3))
    program = xp.trace(function, "float64[N, 3]")
    result, expected = program(X), function(X)
    for key, value in expected.items():
        np.testing.assert_array_equal(result[key], value)
        assert result[key].dtype == np.asarray(value).dtype
