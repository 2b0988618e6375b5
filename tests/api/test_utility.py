"""Utility functions, and the searching functions that reduce: against numpy."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import onnxp as xp
from onnxp.errors import ArgumentError, ArgumentTypeError, AxisError, DTypeError, ShapeError
from onnxp.testing import run_all_ways

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
NUMERIC = (*INTEGERS, "float16", "float32", "float64", "complex64", "complex128")
ALL = ("bool", *NUMERIC)
SHAPES = ((), (0,), (1,), (5,), (0, 3), (3, 0), (3, 4), (2, 3, 4))


def mostly(number: Any, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return an array of 0 or 1, with some others."""
    x = np.full(shape, number, dtype)
    x.flat[3::5] = 1 - number
    if x.dtype.kind == "f" and x.size > 2:
        x.flat[2] = np.nan
    if x.dtype.kind == "c" and x.size > 2:
        x.flat[2] = 0.5j
    return x


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ALL)
def test_truth(dtype: str, shape: tuple[int, ...]) -> None:
    axes: list[Any] = [None, (), *range(len(shape))]
    if len(shape) > 1:
        axes += [-1, (0, -1)]
    arrays = [mostly(number, dtype, shape) for number in (0, 1)]
    calls = list(product(range(2), ("any", "all", "count_nonzero"), axes, (False, True)))

    def ours(*arrays: xp.Array) -> list[xp.Array]:
        return [getattr(xp, name)(arrays[i], axis=a, keepdims=k) for i, name, a, k in calls]

    for call, result in zip(calls, run_all_ways(ours, *arrays), strict=True):
        i, name, axis, keepdims = call
        if name == "count_nonzero":  # numpy's own does not take ()
            expected = np.asarray(np.sum(arrays[i] != 0, axis=axis, keepdims=keepdims))
        else:
            expected = np.asarray(getattr(np, name)(arrays[i], axis=axis, keepdims=keepdims))
        assert result.shape == expected.shape
        assert result.dtype == ("int64" if name == "count_nonzero" else "bool")
        np.testing.assert_array_equal(result, expected, err_msg=str(call))


def test_count_of_many() -> None:
    x = np.ones((3, 70000), bool)
    x[1, 5] = False
    np.testing.assert_array_equal(
        run_all_ways(lambda x: xp.count_nonzero(x, axis=1), x), [70000, 69999, 70000]
    )
    assert run_all_ways(xp.count_nonzero, x) == 209999


@pytest.mark.parametrize("shape", [(0,), (1,), (5,), (3, 4), (0, 3), (3, 1)])
@pytest.mark.parametrize("dtype", NUMERIC)
def test_diff(dtype: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 100, shape).astype(dtype)
    if x.dtype.kind == "c":
        x = x + np.asarray(1j, dtype) * rng.integers(0, 100, shape).astype(dtype)
    options = [(axis, n) for axis in (-1, *range(len(shape))) for n in (0, 1, 2, 3)]

    def ours(x: xp.Array) -> list[xp.Array]:
        return [xp.diff(x, axis=axis, n=n) for axis, n in options]

    for (axis, n), result in zip(options, run_all_ways(ours, x), strict=True):
        expected = np.diff(x, axis=axis, n=n)
        assert result.dtype == expected.dtype
        assert result.shape == expected.shape
        np.testing.assert_array_equal(result, expected, err_msg=f"{axis}, {n}")


def test_diff_of_what_is_put_before_and_after() -> None:
    x = np.arange(6.0).reshape(2, 3) ** 2
    before, after = np.ones((2, 1)), np.full((2, 4), 7.0)
    np.testing.assert_array_equal(
        run_all_ways(lambda x, b, a: xp.diff(x, prepend=b, append=a), x, before, after),
        np.diff(x, prepend=before, append=after),
    )
    np.testing.assert_array_equal(
        run_all_ways(lambda x, a: xp.diff(x, axis=0, n=2, append=a), x, np.ones((1, 3))),
        np.diff(x, axis=0, n=2, append=np.ones((1, 3))),
    )
    mixed = xp.diff(xp.asarray([1, 2], dtype=xp.int8), prepend=xp.asarray([200], dtype=xp.uint8))
    assert mixed.dtype is xp.int16
    np.testing.assert_array_equal(np.asarray(mixed), [-199, 1])


def test_diff_refuses(subtests: pytest.Subtests) -> None:
    x = xp.asarray([[1, 2]])
    with pytest.raises(DTypeError, match="diff: bool"):
        xp.diff(xp.asarray([True]))
    with pytest.raises(ShapeError, match="rank 1"):
        xp.diff(xp.asarray(1))
    with pytest.raises(ArgumentError, match="at least 0"):
        xp.diff(x, n=-1)
    with pytest.raises(ArgumentTypeError, match="integer"):
        xp.diff(x, n=1.5)
    with pytest.raises(AxisError, match="axis 2"):
        xp.diff(x, axis=2)
    for other in (xp.asarray([1]), xp.asarray([[1], [2]])):
        with (
            subtests.test(shape=other.shape),
            pytest.raises(ShapeError, match="differ in more than axis 1"),
        ):
            xp.diff(x, append=other)


@pytest.mark.parametrize("name", ["any", "all", "count_nonzero"])
def test_bad_axes(name: str) -> None:
    with pytest.raises(AxisError, match=f"{name}: axis 1"):
        getattr(xp, name)(xp.asarray([1]), axis=1)


@settings(max_examples=30, deadline=None)
@given(data=st.data(), dtype=st.sampled_from(("bool", "int8", "uint64", "float32", "complex64")))
def test_any_arrays_and_axes(data: st.DataObject, dtype: str) -> None:
    x = data.draw(arrays(dtype, array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)))
    axis = data.draw(
        st.none() | st.sets(st.integers(0, max(x.ndim - 1, 0)), max_size=x.ndim).map(tuple)
    )
    keepdims = data.draw(st.booleans())

    def ours(x: xp.Array) -> list[xp.Array]:
        return [f(x, axis=axis, keepdims=keepdims) for f in (xp.any, xp.all, xp.count_nonzero)]

    some, every, count = run_all_ways(ours, x)
    np.testing.assert_array_equal(some, np.any(x, axis=axis, keepdims=keepdims))
    np.testing.assert_array_equal(every, np.all(x, axis=axis, keepdims=keepdims))
    np.testing.assert_array_equal(count, np.sum(x != 0, axis=axis, keepdims=keepdims))
