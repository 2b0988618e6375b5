"""Frequencies and shifts: evaluated, static and symbolic, against numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import ArgumentError, ArgumentTypeError, AxisError, DTypeError
from onnxp.testing import run_all_ways

NAMES = ("fftfreq", "rfftfreq")


@pytest.mark.parametrize("d", [1.0, 0.1, 3, -2.5, np.float32(0.5)])
@pytest.mark.parametrize("n", [1, 2, 5, 8, 101])
@pytest.mark.parametrize("name", NAMES)
def test_frequencies(name: str, n: int, d: Any):
    result = getattr(xp.fft, name)(n, d=d)
    assert result.dtype == xp.float64
    np.testing.assert_array_max_ulp(np.asarray(result), getattr(np.fft, name)(n, d=float(d)), 2)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
@pytest.mark.parametrize("name", NAMES)
def test_frequencies_of_a_symbolic_length(name: str, n: int):
    x = np.zeros(n)
    result = run_all_ways(lambda a: getattr(xp.fft, name)(a.shape[0], d=0.25), x)
    np.testing.assert_array_equal(result, getattr(np.fft, name)(n, d=0.25))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_dtypes_of_frequencies(name: str, dtype: str):
    result = getattr(xp.fft, name)(6, dtype=getattr(xp, dtype))
    assert np.asarray(result).dtype == dtype
    np.testing.assert_array_equal(np.asarray(result), getattr(np.fft, name)(6).astype(dtype))


@pytest.mark.parametrize("dtype", ["float32", "int8", "bool", "complex64"])
@pytest.mark.parametrize("axes", [None, 0, -1, (0, 1), [1]])
@pytest.mark.parametrize("shape", [(4, 5), (1, 2), (3, 0)])
@pytest.mark.parametrize("name", ["fftshift", "ifftshift"])
def test_shifts(name: str, shape: tuple[int, ...], axes: Any, dtype: str):
    x = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    result = run_all_ways(lambda a: getattr(xp.fft, name)(a, axes=axes), x)
    np.testing.assert_array_equal(result, getattr(np.fft, name)(x, axes=axes))


def test_shifts_of_a_scalar():
    assert xp.fft.fftshift(xp.asarray(3)) == 3


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: xp.fft.fftfreq(0), ArgumentError),
        (lambda: xp.fft.rfftfreq(-1), ArgumentError),
        (lambda: xp.fft.fftfreq(2.0), ArgumentTypeError),
        (lambda: xp.fft.fftfreq(2, d=0.0), ArgumentError),
        (lambda: xp.fft.fftfreq(2, d="1"), ArgumentTypeError),
        (lambda: xp.fft.fftfreq(2, dtype=xp.int64), DTypeError),
        (lambda: xp.fft.fftshift(xp.ones(3), axes=1), AxisError),
        (lambda: xp.fft.ifftshift(xp.ones(3), axes=(0, 0)), AxisError),
    ],
)
def test_errors(call: Callable[[], Any], expected: type[Exception]):
    with pytest.raises(expected):
        call()
