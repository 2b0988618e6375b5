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


def test_numbers_are_no_results() -> None:
    with pytest.raises(xp.errors.NotAnArrayError, match="8 of type int"):
        xp.trace(lambda x: x.size, "float64[4, 2]")
