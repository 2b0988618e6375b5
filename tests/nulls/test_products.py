"""Products and ranges of nullable arrays, numpy's functions for NaN, and what a failed run says of nulls."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import ArgumentError, DTypeError, EvaluationError, OperatorError
from onnxp.testing import run_all_ways

RNG = np.random.default_rng(5)


def masked(*shape: int, share: float = 0.3) -> np.ma.MaskedArray:
    """Return small whole numbers, with junk under the mask."""
    data = RNG.integers(-4, 5, shape).astype(np.float64)
    mask = RNG.random(shape) < share
    data[mask] = np.nan
    return np.ma.MaskedArray(data, mask)


def as_objects(x: np.ma.MaskedArray) -> np.ndarray:
    """Return numbers as objects that become null with any null, as pandas' do."""
    return np.array([Number(e) for e in x.ravel().tolist()], object).reshape(x.shape)


class Number:
    """A number, or null."""

    def __init__(self, value: float | None) -> None:
        self.value = value

    def __add__(self, other: Number) -> Number:
        return self._with(other, lambda a, b: a + b)

    def __mul__(self, other: Number) -> Number:
        return self._with(other, lambda a, b: a * b)

    def _with(self, other: Number, function: Callable[[float, float], float]) -> Number:
        if self.value is None or other.value is None:
            return Number(None)
        return Number(function(self.value, other.value))


def check(found: Any, expected: np.ndarray) -> None:
    values = [e.value for e in np.asarray(expected, object).ravel().tolist()]
    assert found.shape == np.shape(expected)
    assert found.ravel().tolist() == values


SHAPES = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((4, 3), (3, 2)), ((5, 2, 3), (5, 3, 4))]


@pytest.mark.parametrize(("first", "second"), SHAPES, ids=str)
@pytest.mark.parametrize("share", [0.1, 0.6])
def test_matmul(first: tuple[int, ...], second: tuple[int, ...], share: float):
    a, b = masked(*first, share=share), masked(*second, share=share)
    expected = np.asarray(as_objects(a) @ as_objects(b), object)
    axes = (len(first) - 1, max(len(second) - 2, 0)) if len(first) < 3 else (0, 1, 2)
    check(run_all_ways(lambda x, y: x @ y, a, b, static_axes=axes), expected)


def test_matmul_with_a_plain_array():
    a, b = masked(4, 3), RNG.integers(0, 5, (3, 2)).astype(np.float64)
    expected = as_objects(a) @ as_objects(np.ma.MaskedArray(b))
    check(run_all_ways(lambda x, y: x @ y, a, b, static_axes=(0, 1)), expected)
    check(run_all_ways(lambda x: x @ b, a, static_axes=(1,)), expected)


def test_vecdot_and_tensordot():
    a, b = masked(4, 3), masked(4, 3)
    expected = [x @ y for x, y in zip(as_objects(a), as_objects(b), strict=True)]
    check(run_all_ways(xp.vecdot, a, b, static_axes=(0, 1)), np.array(expected, object))
    c = masked(3, 4, 2)
    expected = np.tensordot(as_objects(a), as_objects(c), axes=([1, 0], [0, 1]))
    check(
        run_all_ways(
            lambda x, y: xp.tensordot(x, y, axes=([1, 0], [0, 1])), a, c, static_axes=(0, 1)
        ),
        expected,
    )


def test_infinity_beside_a_null():
    x = xp.asarray([[None, 1.0], [2.0, 3.0]])
    y = xp.asarray([[np.inf], [1.0]])
    assert (x @ y)._numpy().tolist() == [[None], [np.inf]]


def test_product_of_no_nulls_is_one_node():
    program = xp.trace(
        lambda x: xp.nulls.fill_null(xp.nulls.make_nullable(x) @ x, 0), "float64[3, 3]"
    )
    assert [node.op_type for node in program.model.graph.node] == ["MatMul"]


RANGES = {
    "arange": lambda dtype: xp.arange(1, 6, 2, dtype=dtype),
    "linspace": lambda dtype: xp.linspace(0, 1, 3, dtype=dtype),
    "eye": lambda dtype: xp.eye(2, 3, k=1, dtype=dtype),
}


@pytest.mark.parametrize("name", RANGES)
def test_ranges(name: str):
    found, plain = RANGES[name]("float64?"), RANGES[name]("float64")
    assert found.dtype == "float64?"
    np.testing.assert_array_equal(np.asarray(found), np.asarray(plain))


NAN_FUNCTIONS = "sum prod max min mean std var argmax argmin cumsum cumprod".split()


@pytest.mark.parametrize("name", NAN_FUNCTIONS)
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_functions_for_nan(name: str, axis: int | None):
    data = masked(4, 3, share=0.2)
    data[:, 0] = [1.0, 2.0, 3.0, 4.0]
    data[0] = [5.0, 6.0, 7.0]
    data[1, 0] = np.nan
    function = getattr(np, f"nan{name}")
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of rows with one number
        expected = function(data.filled(np.nan), axis=axis)
    found = run_all_ways(lambda x: function(x, axis=axis), data, static_axes=(0, 1))
    present = ~np.ma.getmaskarray(found)
    np.testing.assert_allclose(np.ma.getdata(found)[present], expected[present])


def test_functions_for_nan_of_nothing():
    x = xp.asarray([[None, 1.0], [np.nan, 2.0]])
    assert np.nanmean(x, axis=0)._numpy().tolist() == [None, 1.5]
    assert np.nansum(x, axis=0)._numpy().tolist() == [0.0, 3.0]


@pytest.mark.parametrize(
    ("function", "dtype"),
    [
        (xp.sum, "bool?"),
        (xp.sum, "bool"),
        (xp.sort, "bool?"),
        (xp.cumulative_sum, "bool?"),
    ],
)
def test_truth_values_are_cast(function: Callable[[Any], Any], dtype: str):
    mark = "?" * dtype.endswith("?")
    message = f"{function.__name__}: {dtype} is not .*write xp.astype(x, 'int64{mark}')"
    with pytest.raises(DTypeError, match=re.escape(message).replace(r"\.\*", ".*")):
        function(xp.asarray([True, False], dtype=dtype))


def test_text_and_integers_are_cast():
    with pytest.raises(DTypeError, match=r"write xp\.astype\(x, 'float64\?'\)"):
        xp.sum(xp.asarray(["1", None]))
    with pytest.raises(DTypeError, match=r"write xp\.astype\(x, 'float64\?'\)"):
        xp.mean(xp.asarray([1, None]))


@pytest.mark.parametrize("function", [xp.take, xp.take_along_axis, xp.repeat])
def test_null_index(function: Callable[..., Any]):
    x = xp.asarray([10, 20, 30])
    np.testing.assert_array_equal(
        np.asarray(function(x, xp.asarray([0, 1, 2], dtype="int64?"))),
        np.asarray(function(x, xp.asarray([0, 1, 2]))),
    )
    with pytest.raises(ArgumentError, match=f"{function.__name__}: an element is null"):
        function(x, xp.asarray([0, None, 1]))


def test_run_that_fails_for_a_null_says_so():
    program = xp.trace(lambda i: xp.asarray([1, 2, 3])[i], "int64?[N]")
    with pytest.raises(EvaluationError, match="input 'i' has nulls"):
        program(xp.asarray([0, None]))


def test_operator_says_how_to_fill_nulls():
    with pytest.raises(OperatorError, match="fill_null"):
        xp.onnx.op("Relu", xp.asarray([1.0, None]))
