"""``reduce``, ``accumulate``, ``reduceat``, ``outer`` and ``at`` of numpy's universal functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import NumpyFunctionError, OnnxpError
from onnxp.testing import run_all_ways

FLOATS = np.asarray([[1.5, -2.0, 3.25], [0.5, 4.0, -1.0], [2.0, 2.0, 0.25]])
INTS = np.asarray([[3, 2, 7], [1, 4, 0], [5, 5, 6]])

BINARY = (
    "add subtract multiply divide maximum minimum fmax fmin hypot logaddexp floor_divide remainder"
).split()
WHOLE = "add subtract multiply maximum bitwise_and bitwise_or bitwise_xor".split()


def _check(function: Callable[..., Any], *arrays: np.ndarray) -> None:
    with np.errstate(all="ignore"):
        expected = np.asarray(function(*(a.copy() for a in arrays)))
    result = np.asarray(run_all_ways(function, *arrays))
    assert (result.dtype, result.shape) == (expected.dtype, expected.shape)
    np.testing.assert_allclose(result, expected, rtol=1e-12)


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("method", ["accumulate", "reduce"])
@pytest.mark.parametrize("axis", [0, -1])
def test_along_an_axis(name: str, method: str, axis: int) -> None:
    _check(lambda x: getattr(getattr(np, name), method)(x, axis=axis), FLOATS)


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("method", ["accumulate", "reduce"])
def test_of_integers(name: str, method: str) -> None:
    _check(lambda x: getattr(getattr(np, name), method)(x), INTS)


@pytest.mark.parametrize("name", ["logical_xor", "logical_and", "logical_or", "bitwise_xor"])
@pytest.mark.parametrize("method", ["accumulate", "reduce"])
def test_of_truth_values(name: str, method: str) -> None:
    _check(lambda x: getattr(getattr(np, name), method)(x > 0), FLOATS)


@pytest.mark.parametrize("name", ["add", "maximum", "subtract"])
def test_reduceat(name: str) -> None:
    _check(lambda x: getattr(np, name).reduceat(x, [0, 2, 1, 1], axis=1), FLOATS)
    _check(lambda x, i: getattr(np, name).reduceat(x, i), FLOATS, np.asarray([0, 1]))


def test_options_of_reduce() -> None:
    _check(lambda x: np.bitwise_or.reduce(x, axis=None), INTS)
    _check(lambda x: np.bitwise_or.reduce(x, axis=(0, 1), keepdims=True), INTS)
    _check(lambda x: np.hypot.reduce(x, axis=1, keepdims=True, initial=3.0), FLOATS)
    _check(lambda x: np.subtract.reduce(x, dtype=np.float32), FLOATS)
    with pytest.raises(OnnxpError, match="order"):
        np.subtract.reduce(xp.asarray(FLOATS), axis=None)
    _check(lambda x: np.hypot.reduce(x, axis=1, where=x > 0), FLOATS)
    _check(lambda x: np.hypot.reduce(x, axis=None, where=x[0] > 0, keepdims=True), FLOATS)
    _check(lambda x: np.arctan2.reduce(x, where=x[:1] > 0, initial=0.5), FLOATS)
    _check(lambda x: np.bitwise_or.reduce(x, axis=-1, where=x > 2), INTS)
    with pytest.raises(OnnxpError, match="where= needs initial="):
        np.arctan2.reduce(xp.asarray(FLOATS), where=xp.asarray(FLOATS) > 0)


def test_outer() -> None:
    _check(lambda x: np.multiply.outer(x[0], x), FLOATS)
    _check(lambda x: np.add.outer(x[0], [1, 2], dtype=np.float32), FLOATS)
    _check(lambda x: np.less.outer(x[:, 0], x[0]), INTS)
    _check(lambda x: np.add.outer(x[0], x[0], where=x[0] > 1, out=np.ones((3, 3)) * x[0]), FLOATS)
    with pytest.raises(OnnxpError, match="where= needs out="):
        np.add.outer(xp.asarray(FLOATS), [1, 2], where=[True, False])


INDICES = np.asarray([0, 2, 0, -1, 1, 2])
VALUES = np.asarray([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])


@pytest.mark.parametrize(
    "name", ["add", "subtract", "multiply", "maximum", "minimum", "divide", "power"]
)
def test_at(name: str) -> None:
    def function(a, i, v):
        a = a[:, 0].copy()
        getattr(np, name).at(a, i, v)
        return a

    _check(function, FLOATS, INDICES, VALUES)


AT: list[Callable[[Any], Any]] = [
    lambda a: np.negative.at(a, [0, 1, 0]),
    lambda a: np.add.at(a, (INDICES, [0, 1, 0, 2, 2, 0]), 1),
    lambda a: np.add.at(a, INDICES[:2], a[:2]),
    lambda a: np.add.at(a, slice(0, 2), 10),
    lambda a: np.add.at(a, (slice(None), [0, 0, 1]), 10),
    lambda a: np.maximum.at(a, a > 2, 3),
    lambda a: np.add.at(a[:, 1], INDICES, VALUES),
    lambda a: np.logical_or.at(a, [0], 1),
    lambda a: np.add.at(a, (_whole(a[:, 0]), _whole(a[:, 1])), 1),
    lambda a: np.add.at(a, (slice(None), _whole(a[0])), a[:1]),
]


def _whole(x):
    return np.abs(x).astype(int) % 2


@pytest.mark.parametrize("write", AT)
def test_at_of_other_indices(write: Callable[[Any], Any]) -> None:
    def function(x):
        a = x.copy()
        write(a)
        return a

    _check(function, FLOATS)


def test_at_of_an_array_of_numpy() -> None:
    with pytest.raises(NumpyFunctionError, match=r"make the array in the traced function"):
        xp.trace(lambda i: np.add.at(NUMBERS, i, 1), "int64[N]", translate_numpy=False)


NUMBERS = np.zeros(3)


@pytest.mark.parametrize("size", [1, 2, 40])
def test_bincount(size: int) -> None:
    x = np.random.default_rng(size).integers(0, 6, size)
    for function in (
        lambda i: np.bincount(i, minlength=4),
        lambda i: np.bincount(i, weights=i / 3, minlength=9),
        lambda i: np.bincount(i),
    ):
        _check(function, x)


def test_bincount_of_negative_integers() -> None:
    program = xp.trace(lambda i: np.bincount(i, minlength=3), "int64[N]")
    with pytest.raises(OnnxpError):
        program(np.asarray([1, -1]))


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("function", [np.convolve, np.correlate])
@pytest.mark.parametrize("sizes", [(7, 3), (7, 4), (3, 7), (4, 7), (5, 5), (6, 6), (1, 3)])
def test_convolution(function: Any, mode: str, sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    x, y = (rng.normal(size=n) for n in sizes)
    _check(lambda a, b: function(a, b, mode), x, y)
    _check(lambda a: function(a, y, mode), x)
    _check(lambda b: function(x, b, mode), y)


@pytest.mark.parametrize("dtype", ["float64", "complex128", "int64", "bool"])
def test_convolution_of_many_elements(dtype: str) -> None:
    x, y = (((np.arange(n) * 7919) % 13 > 6).astype(dtype) for n in (900, 300))
    _check(np.convolve, x, y)


def test_convolution_of_infinite_numbers() -> None:
    x, y = np.asarray([1.0, np.inf, 2.0, 3.0]), np.asarray([0.5, np.inf])
    _check(lambda a, b: np.convolve(a, b), x, y)


@pytest.mark.parametrize("name", ["hanning", "hamming", "blackman", "bartlett"])
@pytest.mark.parametrize("size", [1, 2, 9])
def test_windows_of_sizes(name: str, size: int) -> None:
    window = getattr(np, name)
    program = xp.trace(lambda x: x * window(x.shape[0]), "float64[N]", translate_numpy=True)
    np.testing.assert_allclose(program(np.ones(size)), window(size), atol=1e-15)


@pytest.mark.parametrize(
    "options", [{"order": "x"}, {"casting": "x"}, {"order": 1}, {"subok": "a", "casting": 1}]
)
def test_options_that_numpy_does_not_take(options: dict[str, Any]) -> None:
    for function, arrays in ((np.add, (FLOATS, FLOATS)), (np.exp, (FLOATS,))):
        with pytest.raises((TypeError, ValueError)) as expected:
            function(*arrays, **options)
        with pytest.raises(OnnxpError) as found:
            function(*map(xp.asarray, arrays), **options)
        assert isinstance(found.value, type(expected.value))
    for order in "CFAKcfak":
        np.exp(xp.asarray(FLOATS), order=order, casting="unsafe", subok=False)


def test_places_of_partition_are_integers() -> None:
    for kth in (1.0, [], np.zeros(0)):
        for function in (np.partition, np.argpartition):
            with pytest.raises((TypeError, ValueError)):
                function(FLOATS, kth)
            with pytest.raises(OnnxpError, match="kth must be an integer"):
                function(xp.asarray(FLOATS), kth)
