"""Parts of floating-point numbers, bits of integers and common divisors, at the ends of their ranges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import DTypeError, NumpyFunctionError
from tests.helpers import sessions

ROWS = (0, 1, 5)


def _numbers(dtype: Any, n: int) -> np.ndarray:
    info = np.finfo(dtype)
    ends = [
        info.max,
        info.smallest_normal,
        info.smallest_subnormal,
        1.0,
        1 - info.epsneg,
        np.inf,
        np.nan,
    ]
    pool = np.array([*ends, 0.0, -0.0, 3.7, 0.5, 1e-3], dtype)
    pool = np.concatenate([pool, -pool, pool[:1] / 3, pool[1:2] / dtype(3)])
    return np.resize(pool, (n, pool.size)) if n else np.zeros((0, pool.size), dtype)


def _same_bits(result: Any, expected: np.ndarray) -> None:
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result, expected)
    if expected.dtype.kind == "f":
        usual = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(result)[usual], np.signbit(expected)[usual])


def _check(function: Callable[[Any], Any], x: np.ndarray) -> None:
    program = xp.trace(function, xp.spec(("N>=0", *x.shape[1:]), x.dtype))
    with np.errstate(all="ignore"):
        expected = function(x)
    results = sessions.both(program.model).run(None, {"x": x})
    evaluated = function(xp.asarray(x))
    pairs = (expected, evaluated) if isinstance(expected, tuple) else ((expected,), (evaluated,))
    for result, ours, right in zip(results, pairs[1], pairs[0], strict=True):
        _same_bits(result, right)
        _same_bits(np.asarray(ours), right)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n", ROWS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_parts_of_numbers(dtype: Any, n: int) -> None:
    _check(lambda x: (*np.frexp(x), np.spacing(x)), _numbers(dtype, n))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_times_powers_of_two(dtype: Any) -> None:
    info = np.finfo(dtype)
    low = info.minexp - info.nmant
    exponents = [
        2 * low,
        low - 1,
        low,
        low + 1,
        info.minexp,
        -1,
        0,
        9,
        info.maxexp,
        2 * info.maxexp,
    ]
    powers = np.array([*exponents, info.maxexp - low, -9999, 9999], np.int32)
    x = _numbers(dtype, 1)
    _check(lambda x: np.ldexp(x[..., None], powers), x)
    fraction, exponent = np.frexp(x)
    np.testing.assert_array_equal(np.ldexp(fraction, exponent), x)


@pytest.mark.parametrize("n", ROWS)
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64, np.uint64])
def test_integers(dtype: Any, n: int) -> None:
    info = np.iinfo(dtype)
    pool = np.array([0, 1, 2, 12, 18, 97, 120, info.max, info.min, info.max // 3], dtype)
    x = np.random.default_rng(n).choice(pool, (n, 6))
    with np.errstate(all="ignore"):
        _check(lambda x: (np.gcd(x, x[:, ::-1]), np.gcd(x, dtype(12)), np.bitwise_count(x)), x)
        small = x % dtype(11)
        _check(lambda x: (np.lcm(x, x[:, ::-1]), np.gcd.reduce(x, axis=1)), small)


@pytest.mark.parametrize("n", ROWS)
@pytest.mark.parametrize("order", ["big", "little"])
def test_bits_of_bytes(order: Any, n: int) -> None:
    x = np.random.default_rng(n).integers(0, 256, (n, 3)).astype(np.uint8)

    def function(x):
        bits = np.unpackbits(x, axis=1, bitorder=order)
        short = np.unpackbits(x, axis=1, bitorder=order, count=-5)
        longer = np.unpackbits(x, axis=1, count=30, bitorder=order)
        packed = np.packbits(short, axis=1, bitorder=order)
        return (
            bits,
            short,
            longer,
            packed,
            np.packbits(x > 99, axis=0, bitorder=order),
            np.packbits(x),
        )

    _check(function, x)


@pytest.mark.parametrize(
    ("function", "error", "match"),
    [
        (lambda x: np.packbits(x), DTypeError, "packbits.*integers"),
        (lambda x: np.unpackbits(x), DTypeError, "unpackbits.*uint8"),
        (lambda x: np.gcd(x, 2), DTypeError, "gcd"),
        (lambda x: np.poly(x), NumpyFunctionError, "eigvalsh"),
        (lambda x: np.polyfit(x[:, 0], x[:, 1], 1, cov=True), NumpyFunctionError, "cov"),
    ],
)
def test_what_is_refused(function: Callable[[Any], Any], error: Any, match: str) -> None:
    with pytest.raises(error, match=match):
        xp.trace(function, "float64[N, 3]")
