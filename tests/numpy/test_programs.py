"""Programs as people write them for numpy, and writes through views: evaluated and traced, against numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
import pytest

import onnxp as xp
from tests.helpers.numpy_programs import CASES
from tests.helpers.numpy_writes import WRITES

WORDS = np.array(
    ["apple", "banana", " Cherry ", "", "an an", "12", "ABc", "x9y", "éa", "two words"]
)
SPECS = {"text": xp.string, "dates": "datetime64[D]"}


def _rows(kind: str, shape: tuple[int, ...], n: int, dtype: Any) -> np.ndarray:
    rng = np.random.default_rng(7 * n + 1)
    if kind == "text":
        return WORDS[rng.integers(0, len(WORDS), size=n)]
    if kind == "dates":
        return rng.integers(-20_000, 30_000, size=n).astype("datetime64[D]")
    if np.dtype(dtype).kind == "f":
        return (rng.normal(size=(n, *shape)) * 2.5).astype(dtype)
    return rng.integers(-5, 10, size=(n, *shape)).astype(dtype)


def _flat(results: Any) -> list[Any]:
    if isinstance(results, dict):
        results = list(results.values())
    return list(results) if isinstance(results, tuple | list) else [results]


def _compare(results: list[Any], expected: list[np.ndarray], single: bool) -> None:
    for result, right in zip(map(np.asarray, results), expected, strict=True):
        assert result.shape == right.shape
        if right.dtype.kind == "U":
            assert result.tolist() == right.tolist()
            continue
        assert result.dtype == right.dtype
        if right.dtype.kind in "mM":
            np.testing.assert_array_equal(result, right)
            continue
        limit = 2e-4 if single else 1e-8
        np.testing.assert_allclose(result, right, rtol=limit, atol=limit)


def _check(
    function: Callable[[Any], Any], kind: str, shape: tuple[int, ...], dtype: Any, *sizes: int
) -> None:
    program = xp.trace(function, xp.spec(("N", *shape), SPECS.get(kind, dtype)))
    onnxruntime.InferenceSession(program.model.SerializeToString())
    for n in sizes:
        x = _rows(kind, shape, n, dtype)
        left = x.copy()
        expected = [np.array(part) for part in _flat(function(left))]
        single = dtype is np.float32
        _compare(_flat(program(x)), expected, single)
        ours = xp.asarray(x)
        _compare(_flat(function(ours)), expected, single)
        _compare([ours], [left], single)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_a_program(name: str) -> None:
    function, shape, kind = CASES[name]
    _check(function, kind, shape, np.float64, 1, 2, 7)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", [np.float32, np.int64])
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.kind == "numbers"])
def test_a_program_of_other_numbers(name: str, dtype: Any) -> None:
    function, shape, kind = CASES[name]
    _check(function, kind, shape, dtype, 5)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", WRITES)
def test_a_write_through_a_view(name: str) -> None:
    _check(WRITES[name], "numbers", (4,), np.float64, 1, 2, 7)
    _check(WRITES[name], "numbers", (4,), np.int64, 3)
