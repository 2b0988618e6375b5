"""Predict functions as people write them, traced for any number of rows, against numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from tests.helpers import sessions
from tests.helpers.zoo import GENERIC, NUMPY

SIZES = (1, 3, 17)


def _rows(n: int) -> np.ndarray:
    return np.random.default_rng(n).normal(size=(n, 5))


def _as_tuple(result: Any) -> tuple[Any, ...]:
    return result if isinstance(result, tuple) else (result,)


def check(function: Callable[..., Any], dtype: type, rtol: float) -> None:
    program = xp.trace(function, xp.spec(("N", 5), dtype))
    session = sessions.both(program.model)
    for n in SIZES:
        x = _rows(n).astype(dtype)
        kept = x.copy()
        expected = _as_tuple(function(x.copy()))
        eager = xp.asarray(x)
        evaluated = _as_tuple(function(eager))
        np.testing.assert_array_equal(np.asarray(eager), kept)
        results = session.run(None, {"x": x})
        assert len(results) == len(expected)
        for found, other, right in zip(results, evaluated, expected, strict=True):
            np.testing.assert_allclose(found, right, rtol=rtol, atol=rtol)
            np.testing.assert_allclose(np.asarray(other), right, rtol=rtol, atol=rtol)
            assert found.shape == right.shape
            assert found.dtype == right.dtype


@pytest.mark.parametrize("name", GENERIC)
def test_array_api_code(name: str) -> None:
    check(GENERIC[name], np.float64, 1e-10)


@pytest.mark.parametrize("name", NUMPY)
def test_numpy_code(name: str) -> None:
    check(NUMPY[name], np.float64, 1e-10)


@pytest.mark.parametrize("name", [*GENERIC, *NUMPY])
def test_of_float32(name: str) -> None:
    check({**GENERIC, **NUMPY}[name], np.float32, 2e-4)
