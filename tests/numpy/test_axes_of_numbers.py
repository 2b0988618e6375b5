"""The axes 0 and -1 of a number, which some functions of numpy take: then it is a vector of one element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import OnnxpError
from onnxp.testing import run_all_ways

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "argpartition": lambda x, axis: np.argpartition(x, 0, axis=axis),
    "argsort": lambda x, axis: np.argsort(x, axis=axis),
    "compress": lambda x, axis: np.compress([True], x, axis=axis),
    "compress nothing": lambda x, axis: np.compress(np.zeros(0, bool), x, axis=axis),
    "count_nonzero": lambda x, axis: np.count_nonzero(x, axis=axis),
    "cumsum": lambda x, axis: np.cumsum(x, axis=axis),
    "repeat": lambda x, axis: np.repeat(x, 3, axis=axis),
    "squeeze": lambda x, axis: np.squeeze(x, axis=axis),
    "take": lambda x, axis: np.take(x, [0, 0], axis=axis),
    "x.take": lambda x, axis: x.take([0], axis=axis),
}
REFUSED: dict[str, Callable[..., Any]] = {
    "accumulate": lambda x, axis: np.add.accumulate(x, axis=axis),
    "partition": lambda x, axis: np.partition(x, 0, axis=axis),
    "sort": lambda x, axis: np.sort(x, axis=axis),
}


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_axes_of_a_number(name: str, axis: int) -> None:
    number, function = np.asarray(5.0), FUNCTIONS[name]
    expected = np.asarray(function(number, axis))
    result = np.asarray(run_all_ways(lambda x: function(x, axis), number))
    assert result.shape == expected.shape
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_other_axes_raise(name: str) -> None:
    with pytest.raises(np.exceptions.AxisError):
        FUNCTIONS[name](np.asarray(5.0), 1)
    with pytest.raises(xp.errors.AxisError):
        FUNCTIONS[name](xp.asarray(5.0), 1)


@pytest.mark.parametrize("name", REFUSED)
def test_functions_that_take_no_axis_of_a_number(name: str) -> None:
    with pytest.raises((np.exceptions.AxisError, TypeError)):
        REFUSED[name](np.asarray(5.0), 0)
    with pytest.raises(OnnxpError):
        REFUSED[name](xp.asarray(5.0), 0)


LISTS = "all any amax amin max mean min nanmax nanmean nanstd nansum prod ptp std sum var count_nonzero".split()


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_axes_are_refused(name: str) -> None:
    x = np.ones((2, 3))
    with pytest.raises(TypeError):
        getattr(np, name)(x, axis=[0, 1])
    with pytest.raises(xp.errors.ArgumentTypeError, match=r"write axis=\(0, 1\)"):
        getattr(np, name)(xp.asarray(x), axis=[0, 1])


@pytest.mark.parametrize("name", ["average", "median", "nanmedian", "flip"])
def test_lists_of_axes_that_numpy_takes(name: str) -> None:
    x = np.arange(6.0).reshape(2, 3)
    result = run_all_ways(lambda x: getattr(np, name)(x, axis=[0, 1]), x)
    np.testing.assert_array_equal(result, getattr(np, name)(x, axis=[0, 1]))


@pytest.mark.parametrize("axis", [None, 1.0])
def test_an_axis_that_is_no_integer(axis: Any) -> None:
    with pytest.raises(TypeError):
        np.linalg.vecdot(np.ones(2), np.ones(2), axis=axis)
    with pytest.raises(xp.errors.ArgumentTypeError):
        np.linalg.vecdot(xp.ones(2), xp.ones(2), axis=axis)
