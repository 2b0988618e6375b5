"""Code written for numpy: methods, universal functions and functions of numpy on our arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import NumpyFunctionError, OnnxpError, TracedValueError
from onnxp.testing import run_all_ways

MATRIX = np.asarray([[1.5, -2.0, 3.25], [0.5, 4.0, -1.0]])
INTS = np.asarray([[3, -2, 7], [1, 4, 0]])

METHODS: list[Callable[[Any], Any]] = [
    lambda x: x.sum(),
    lambda x: x.sum(axis=1),
    lambda x: x.sum(axis=0, keepdims=True),
    lambda x: x.mean(),
    lambda x: x.mean(1),
    lambda x: x.std(axis=0),
    lambda x: x.var(axis=0, ddof=1),
    lambda x: x.prod(0),
    lambda x: x.max(),
    lambda x: x.min(axis=1),
    lambda x: x.argmax(),
    lambda x: x.argmin(axis=1),
    lambda x: x.cumsum(),
    lambda x: x.cumsum(axis=1),
    lambda x: x.cumprod(axis=0),
    lambda x: (x > 0).any(),
    lambda x: (x > 0).all(axis=1),
    lambda x: (x > 0).sum(axis=0),
    lambda x: x.reshape(3, 2),
    lambda x: x.reshape((-1,)),
    lambda x: x.ravel(),
    lambda x: x.flatten(),
    lambda x: x.transpose(),
    lambda x: x.transpose(1, 0),
    lambda x: x.swapaxes(0, 1),
    lambda x: x[:, :1].squeeze(1),
    lambda x: x.astype(np.float32),
    lambda x: x.astype("int64"),
    lambda x: x.copy() + 1,
    lambda x: x.clip(-1, 2),
    lambda x: x.round(),
    lambda x: x.conj(),
    lambda x: x.dot(x.T),
    lambda x: x.take([0, 2], axis=1),
    lambda x: x.argsort(axis=1),
    lambda x: x.repeat(2),
]


@pytest.mark.parametrize("data", [MATRIX, INTS], ids=["float", "int"])
@pytest.mark.parametrize("function", METHODS)
def test_methods(function: Callable[[Any], Any], data: np.ndarray) -> None:
    result, expected = run_all_ways(function, data), function(data)
    np.testing.assert_allclose(result, expected, rtol=1e-14)
    assert result.dtype == expected.dtype


UFUNCS: list[Callable[[Any], Any]] = [
    lambda x: np.exp(x),
    lambda x: np.add(x, 1),
    lambda x: np.divide(x, 2),
    lambda x: np.power(x, 2),
    lambda x: np.maximum(x, np.asarray([1.0, 0.0, 2.0])),
    lambda x: np.asarray([1.0, 0.0, 2.0]) * x,
    lambda x: np.float64(2.0) - x,
    lambda x: np.ones((2, 2)) @ x,
    lambda x: np.abs(x),
    lambda x: np.isnan(x),
    lambda x: np.logical_and(x > 0, x < 3),
    lambda x: np.arctan2(x, 1.0),
    lambda x: np.rad2deg(x),
    lambda x: np.exp2(x),
    lambda x: np.fmax(x, 0),
    lambda x: np.add.reduce(x, axis=1),
    lambda x: np.maximum.reduce(x),
    lambda x: np.add.accumulate(x, axis=1),
    lambda x: np.divmod(x, 2)[1],
    lambda x: np.fmod(x, 2),
]


@pytest.mark.parametrize("data", [MATRIX, INTS], ids=["float", "int"])
@pytest.mark.parametrize("function", UFUNCS)
def test_ufuncs(function: Callable[[Any], Any], data: np.ndarray) -> None:
    result, expected = run_all_ways(function, data), function(data)
    np.testing.assert_allclose(result, expected, rtol=1e-14)
    assert result.dtype == expected.dtype


FUNCTIONS: list[Callable[[Any], Any]] = [
    lambda x: np.sum(x, axis=1),
    lambda x: np.mean(x),
    lambda x: np.std(x, axis=0),
    lambda x: np.where(x > 0, x, 0),
    lambda x: np.where(x > 0, 1.0, 0.0),
    lambda x: np.concatenate([x, x], axis=1),
    lambda x: np.stack([x, x]),
    lambda x: np.vstack([x, x]),
    lambda x: np.hstack([x, x[:, :1]]),
    lambda x: np.column_stack([x[:, 0], x]),
    lambda x: np.clip(x, 0, 1),
    lambda x: np.dot(x, x.T),
    lambda x: np.outer(x[0], x[1]),
    lambda x: np.inner(x, x),
    lambda x: np.tensordot(x, x, axes=([1], [1])),
    lambda x: np.linalg.norm(x),
    lambda x: np.linalg.norm(x, axis=1, ord=1),
    lambda x: np.argmax(x, axis=1),
    lambda x: np.sort(x, axis=0),
    lambda x: np.argsort(x, axis=1),
    lambda x: np.expand_dims(x, 1),
    lambda x: np.squeeze(x[:, :1]),
    lambda x: np.reshape(x, (3, -1)),
    lambda x: np.transpose(x),
    lambda x: np.zeros_like(x),
    lambda x: np.full_like(x, 3),
    lambda x: np.flip(x, 0),
    lambda x: np.tile(x, (2, 1)),
    lambda x: np.roll(x, 1, axis=1),
    lambda x: np.round(x, 1),
    lambda x: np.isclose(x, np.add(x, 1e-9)),
    lambda x: np.nan_to_num(x),
    lambda x: np.take(x, [0, 2], axis=1),
    lambda x: np.average(x, axis=0, weights=np.asarray([[1.0], [3.0]]) * np.ones((2, 3))),
    lambda x: np.split(x, 3, axis=1)[1],
    lambda x: np.count_nonzero(x, axis=0),
    lambda x: np.cumsum(x),
    lambda x: np.max(x, axis=0),
    lambda x: np.real(x),
    lambda x: np.atleast_2d(x[0]),
    lambda x: np.diff(x, axis=1),
    lambda x: np.isin(x, [1.5, 3]),
]


@pytest.mark.parametrize("data", [MATRIX, INTS], ids=["float", "int"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions(function: Callable[[Any], Any], data: np.ndarray) -> None:
    result, expected = run_all_ways(function, data, static_axes=(1,)), function(data)
    np.testing.assert_allclose(result, expected, rtol=1e-14)
    assert result.dtype == expected.dtype


def test_what_has_no_translation_takes_concrete_arrays_as_numpy() -> None:
    x = xp.asarray(MATRIX)
    assert isinstance(np.median(x), np.floating)
    np.testing.assert_array_equal(np.percentile(x, 50), np.percentile(MATRIX, 50))


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (lambda x: np.median(x), "numpy.median"),
        (lambda x: np.linalg.svd(x), "svd"),
        (lambda x: np.frexp(x), "numpy.frexp"),
        (lambda x: np.add.at(x, 0, 1), "numpy.add.at"),
        (lambda x: np.sum(x, out=np.empty(3)), "numpy.sum"),
    ],
)
def test_what_cannot_be_translated_says_the_name(function, name) -> None:
    x = xp.argument(("N", 3), xp.float64)
    with pytest.raises(OnnxpError, match=name):
        function(x)


def test_asarray_of_a_traced_array() -> None:
    x = xp.argument(("N", 3), xp.float64)
    for convert in (np.asarray, np.array, np.ascontiguousarray):
        with pytest.raises(TracedValueError, match="traced"):
            convert(x)
    with pytest.raises(TracedValueError):
        np.ones(3)[:] = x[0]
    with pytest.raises(NumpyFunctionError, match="interp"):
        np.interp(x, [0, 1], [0, 1])
