"""Integers are exact and wrap as numpy's do, in all widths, and nothing ends the process."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, mutually_broadcastable_shapes

import onnxp as xp
from onnxp.errors import ArgumentError, ScalarRangeError
from onnxp.testing import run_all_ways
from tests.helpers import sessions

DTYPES = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")

OPERATIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "add": (operator.add, np.add),
    "subtract": (operator.sub, np.subtract),
    "multiply": (operator.mul, np.multiply),
    "floor_divide": (operator.floordiv, np.floor_divide),
    "remainder": (operator.mod, np.remainder),
    "bitwise_and": (operator.and_, np.bitwise_and),
    "bitwise_or": (operator.or_, np.bitwise_or),
    "bitwise_xor": (operator.xor, np.bitwise_xor),
    "bitwise_left_shift": (operator.lshift, np.left_shift),
    "bitwise_right_shift": (operator.rshift, np.right_shift),
    "equal": (operator.eq, np.equal),
    "not_equal": (operator.ne, np.not_equal),
    "less": (operator.lt, np.less),
    "less_equal": (operator.le, np.less_equal),
    "greater": (operator.gt, np.greater),
    "greater_equal": (operator.ge, np.greater_equal),
    "maximum": (xp.maximum, np.maximum),
    "minimum": (xp.minimum, np.minimum),
}
UNARY: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "abs": (xp.abs, np.abs),
    "bitwise_invert": (xp.bitwise_invert, np.invert),
    "negative": (xp.negative, np.negative),
    "positive": (xp.positive, np.positive),
    "sign": (xp.sign, np.sign),
    "square": (xp.square, np.square),
}


def edges(dtype: str) -> np.ndarray:
    info = np.iinfo(dtype)
    near = [info.min, info.min + 1, info.min + 2, info.max, info.max - 1, info.max // 2]
    powers = [2**k + i for k in (4, 5, 6, 31, 53, 63) for i in (-1, 0, 1)]
    small = [*range(-4, 10), *powers, 127]
    numbers = sorted(
        {n for n in [*near, *small, *(-n for n in small)] if info.min <= n <= info.max}
    )
    return np.array(numbers, dtype)


def pairs(dtype: str) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.meshgrid(edges(dtype), edges(dtype), indexing="ij")
    return a.ravel(), b.ravel()


def power(base: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    """Python's integers, wrapped."""
    width = base.dtype.itemsize * 8
    base, exponent = np.broadcast_arrays(base, exponent)
    wrapped = [pow(int(b), int(e), 2**width) for b, e in zip(base.flat, exponent.flat, strict=True)]
    return np.array(wrapped, np.uint64).astype(base.dtype).reshape(base.shape)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, for what wraps
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_all_pairs_of_edge_values(name: str, dtype: str) -> None:
    ours, theirs = OPERATIONS[name]
    a, b = pairs(dtype)
    result = run_all_ways(ours, a, b)
    expected = theirs(a, b)
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result, expected)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", UNARY)
def test_edge_values(name: str, dtype: str) -> None:
    ours, theirs = UNARY[name]
    result = run_all_ways(ours, edges(dtype))
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, theirs(edges(dtype)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_power_of_all_pairs(dtype: str) -> None:
    a, b = pairs(dtype)
    a, b = a[b >= 0], b[b >= 0]
    expected = power(a, b)
    specs = [xp.spec(x.shape, x.dtype) for x in (a, b)]
    np.testing.assert_array_equal(xp.trace(operator.pow, *specs)(a, b), expected)
    np.testing.assert_array_equal(run_all_ways(operator.pow, a, b), expected)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "name",
    ["floor_divide", "remainder", "bitwise_left_shift", "bitwise_right_shift", "multiply"],
)
def test_python_scalars(name: str, dtype: str) -> None:
    ours, theirs = OPERATIONS[name]
    x = edges(dtype)
    numbers = [int(n) for n in x if abs(int(n)) < 70 or n in (x[0], x[-1])]

    def all_of_them(x: xp.Array) -> list[xp.Array]:
        return [ours(x, n) for n in numbers] + [ours(n, x) for n in numbers]

    results = run_all_ways(all_of_them, x)
    expected = [theirs(x, x.dtype.type(n)) for n in numbers]
    expected += [theirs(x.dtype.type(n), x) for n in numbers]
    for n, result, right in zip(numbers * 2, results, expected, strict=True):
        np.testing.assert_array_equal(result, right, err_msg=f"{n}")


@pytest.mark.parametrize("dtype", DTYPES)
def test_powers_by_python_scalars(dtype: str) -> None:
    x = edges(dtype)
    exponents = [0, 1, 2, 3, 4, 5, 7, 8, 31, 63, 64, 100, 127]
    results = run_all_ways(lambda x: [x**n for n in exponents], x)
    for n, result in zip(exponents, results, strict=True):
        np.testing.assert_array_equal(result, power(x, np.array(n)), err_msg=f"{n}")
    bases = [n for n in (0, 1, 2, 3, 7, -1, -2) if n >= np.iinfo(dtype).min]
    x = x[x >= 0]
    results = xp.trace(lambda x: [n**x for n in bases], xp.spec(x.shape, x.dtype))(x)
    for n, result in zip(bases, results, strict=True):
        np.testing.assert_array_equal(result, power(np.array(n, dtype), x), err_msg=f"{n}")


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64"])
@pytest.mark.parametrize(
    "function", [lambda x: 2**x, lambda x: x**x, lambda x: xp.pow(1, x), lambda x: x[:1] ** x]
)
def test_the_run_fails_for_a_negative_exponent(function, dtype: str) -> None:
    program = xp.trace(function, f"{dtype}[N>=0]")
    for level in ("default", "disabled"):
        model = sessions.session(program.model, level)
        for x in ([1, -1], [-3]):
            with pytest.raises(Exception, match="out of"):
                model.run(None, {"x": np.array(x, dtype)})
        (result,) = model.run(None, {"x": np.array([2, 0, 3], dtype)})
        np.testing.assert_array_equal(result, function(xp.asarray(np.array([2, 0, 3], dtype))))


def test_a_negative_exponent_under_a_null_is_none() -> None:
    program = xp.trace(lambda x, y: x ** (y - 4), "int64[N]", "int64?[N]")
    exponents = np.ma.array([4, -3, 6], mask=[0, 1, 0])
    assert program(np.array([2, 2, 3]), exponents).tolist() == [1, None, 9]


def test_a_negative_python_exponent_is_an_error_at_the_call(subtests: pytest.Subtests) -> None:
    for x in (xp.asarray([1, 2]), xp.argument(shape=("N",), dtype=xp.int64)):
        with subtests.test(x=str(x)):
            with pytest.raises(ArgumentError, match=r"int64 to the power of -1"):
                x**-1
            with pytest.raises(ArgumentError, match=r"int64 to the power of -2"):
                xp.pow(x, -2)
    with pytest.raises((ArgumentError, ScalarRangeError)):
        xp.asarray([1], dtype=xp.uint8) ** -1
    np.testing.assert_array_equal(np.asarray(xp.asarray([2.0]) ** -1), [0.5])


def test_a_negative_exponent_among_others_is_an_error_at_the_call() -> None:
    for exponents in (xp.asarray([2, -1]), xp.asarray([1, -2]) + 0):
        with pytest.raises(ArgumentError, match="power of -"):
            xp.asarray([2, 3]) ** exponents
        with pytest.raises(ArgumentError, match="power of -"):
            3**exponents
    with pytest.raises(ArgumentError, match="power of -1"):
        xp.trace(lambda x: x ** np.array([2, -1]), "int64[2]")


@pytest.mark.parametrize("value", [-1, 0, 2])
def test_looking_at_an_operand_changes_nothing(value: int, subtests: pytest.Subtests) -> None:
    x = xp.asarray([7, -7, 1, -1])
    for ours, _ in [*OPERATIONS.values(), (operator.pow, None)]:
        with subtests.test(function=ours.__name__):
            unseen = xp.asarray(value) + 0
            seen = xp.asarray(value) + 0
            assert int(seen) == value
            if ours is operator.pow and value < 0:
                for exponent in (unseen, seen):
                    with pytest.raises(ArgumentError):
                        ours(x, exponent)
                continue
            np.testing.assert_array_equal(np.asarray(ours(x, unseen)), np.asarray(ours(x, seen)))


@pytest.mark.parametrize("name", ["bitwise_and", "bitwise_or", "bitwise_xor"])
def test_bitwise_of_bool(name: str) -> None:
    ours, theirs = OPERATIONS[name]
    a, b = np.array([0, 0, 1, 1], bool), np.array([0, 1, 0, 1], bool)
    np.testing.assert_array_equal(run_all_ways(ours, a, b), theirs(a, b))
    np.testing.assert_array_equal(run_all_ways(xp.bitwise_invert, a), ~a)
    np.testing.assert_array_equal(run_all_ways(operator.invert, a), ~a)


@pytest.mark.parametrize("name", ["floor_divide", "remainder", "bitwise_left_shift", "pow"])
def test_truth_values_are_computed_as_int8_as_in_numpy(name: str) -> None:
    x, y = np.array([True, False]), np.array([True, True])
    result = run_all_ways(getattr(xp, name), x, y)
    expected = getattr(np, name)(x, y)
    assert result.dtype == expected.dtype == np.int8
    np.testing.assert_array_equal(result, expected)


BINARY = [*OPERATIONS, "pow"]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=60, deadline=None)
@given(data=st.data(), name=st.sampled_from(BINARY), dtype=st.sampled_from(DTYPES))
def test_any_integers_and_shapes(data: st.DataObject, name: str, dtype: str) -> None:
    shapes = data.draw(
        mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3, min_side=0)
    )
    a, b = (data.draw(arrays(dtype, shape)) for shape in shapes.input_shapes)
    ours, theirs = (operator.pow, power) if name == "pow" else OPERATIONS[name]
    if name == "pow" and (b < 0).any():
        with pytest.raises(ArgumentError, match="is not an integer"):
            ours(xp.asarray(a), xp.asarray(b))
        return
    result = run_all_ways(ours, a, b)
    expected = theirs(a, b)
    assert result.shape == shapes.result_shape
    np.testing.assert_array_equal(result, expected)


@settings(max_examples=25, deadline=None)
@given(data=st.data(), dtype=st.sampled_from(DTYPES), exponent=st.integers(0, 127))
def test_any_static_power(data: st.DataObject, dtype: str, exponent: int) -> None:
    x = data.draw(arrays(dtype, array_shapes(min_dims=0, min_side=0, max_side=3)))
    result = run_all_ways(lambda x: x**exponent, x)
    np.testing.assert_array_equal(result, power(x, np.array(exponent)))
