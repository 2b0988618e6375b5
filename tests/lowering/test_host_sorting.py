"""Long concrete vectors are sorted by numpy, with the bits of the model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp._src.lowering.host_sorting import is_sorted_by_host
from onnxp.testing import run_all_ways

RANDOM = np.random.default_rng(0)
SPECIAL = np.asarray([0.0, -0.0, np.nan, -np.nan, np.inf, -np.inf, 1e-300, -1.0, 2.0, 2.0])


def vector(dtype: str, special: bool) -> np.ndarray[Any, Any]:
    if not dtype.startswith("float"):
        return RANDOM.integers(0, 100, 2500).astype(dtype)
    x = RANDOM.standard_normal(2500)
    if special:
        x[RANDOM.permutation(2500)[:1500]] = np.resize(SPECIAL, 1500)
    return x.astype(dtype)


DTYPES = ["float64", "float32", "float16", "int8", "int64", "uint8", "uint64"]


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        *(("sort", dtype) for dtype in DTYPES),
        *(("unique_values", dtype) for dtype in (*DTYPES, "bool")),
    ],
)
def test_as_in_the_model(name: str, dtype: str, special: bool):
    x = vector(dtype, special)
    assert is_sorted_by_host(xp.asarray(x)._planes[0]) == (dtype not in ("float16", "bool"))
    result = run_all_ways(getattr(xp, name), x)
    expected = np.sort(x) if name == "sort" else np.unique(x, equal_nan=False)
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize(
    "x", [np.zeros(1500), np.full(1500, -0.0), np.full(1500, np.nan), np.arange(1500.0)[::-1]]
)
def test_all_alike(x: np.ndarray[Any, Any]):
    run_all_ways(lambda y: (xp.sort(y), xp.unique_values(y)), x)


def test_the_array_stays():
    x = xp.asarray(vector("float64", True))
    before = np.asarray(x).copy()
    y = xp.sort(x)
    y[0] = 7.0
    np.testing.assert_array_equal(np.asarray(x), before)


@pytest.mark.parametrize("name", ["any", "all"])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_truth_of_large_arrays(name: str, axis: int | None):
    for share in (0.0, 0.001, 0.999, 1.1):
        x = RANDOM.random((200, 100)) < share
        result = run_all_ways(lambda y: getattr(xp, name)(y, axis=axis), x)
        np.testing.assert_array_equal(result, getattr(np, name)(x, axis=axis))
