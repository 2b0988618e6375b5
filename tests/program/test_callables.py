"""Functions of all kinds that are traced, with parameters of all kinds."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import onnxp as xp
from tests.helpers.small_programs import MATRIX, W, X, bare, check, inputs


def starred(*xs, **more):
    return [*xs, *more.values()]


def mixed(a, /, b, scale=2.0, *rest, key, bias=None):
    total = a + b * scale + key
    for x in rest:
        total = total + x
    return total if bias is None else total + bias


class Callable:
    def __call__(self, x):
        return x + 1

    def method(self, x):
        return x + 1

    @classmethod
    def of_class(cls, x):
        return x + 1

    @staticmethod
    def static(x):
        return x + 1


@pytest.mark.parametrize(
    "function",
    [
        Callable(),
        Callable().method,
        Callable.of_class,
        Callable.static,
        functools.partial(lambda one, x: x + one, 1),
        functools.partial(lambda x, one: x + one, one=1),
        functools.wraps(Callable.static)(lambda *args: Callable.static(*args)),
        lambda x: (lambda y: y + 1)(x),
    ],
)
def test_callables(function):
    program = check(xp.trace(function, MATRIX))
    assert inputs(program) == ["x"]
    np.testing.assert_array_equal(program(X), X + 1)
    np.testing.assert_array_equal(program(x=X), X + 1)


@pytest.mark.parametrize(
    ("args", "kwargs", "names"),
    [
        ((MATRIX, MATRIX), {"key": "float32[]"}, ["a", "b", "key"]),
        ((MATRIX,), {"b": MATRIX, "key": "float32[]"}, ["a", "b", "key"]),
        ((MATRIX, MATRIX, "float32[]"), {"key": "float32[]"}, ["a", "b", "scale", "key"]),
        (
            (MATRIX, MATRIX, "float32[]", MATRIX, MATRIX),
            {"key": "float32[]", "bias": "float32[2]"},
            ["a", "b", "scale", "rest_0", "rest_1", "key", "bias"],
        ),
        ((MATRIX, MATRIX), {"bias": "float32[2]", "key": "float32[]"}, ["a", "b", "key", "bias"]),
    ],
)
def test_parameters_of_all_kinds(args, kwargs, names: list[str]):
    program = check(xp.trace(mixed, *args, **kwargs))
    assert inputs(program) == names
    values = {
        "a": X,
        "b": X + 1,
        "scale": np.float32(3),
        "key": np.float32(0.5),
        "bias": W,
        "rest_0": X * 2,
        "rest_1": X * 3,
    }
    positional = [values[name] for name in names[: len(args)]]
    by_key = {name: values[name] for name in kwargs}
    expected = mixed(*positional, **by_key)
    np.testing.assert_array_equal(program(*positional, **by_key), expected)
    np.testing.assert_array_equal(program(**{name: values[name] for name in names}), expected)
    np.testing.assert_array_equal(
        bare(program, *(np.asarray(values[n]) for n in names))[0], expected
    )


def test_any_number_of_arguments():
    program = check(xp.trace(starred, MATRIX, "float32[2]", more="int8[]"))
    assert inputs(program) == ["xs_0", "xs_1", "more"]
    results = program(X, W, more=np.int8(1))
    assert [x.dtype.name for x in results] == ["float32", "float32", "int8"]
    assert type(results) is list


@pytest.mark.parametrize("name", ["self", "args", "kwargs", "function", "x y", "größe"])
def test_parameters_may_have_any_name(name: str):
    program = xp.trace(lambda **kwargs: kwargs[name] + 1, **{name: MATRIX})
    np.testing.assert_array_equal(program(**{name: X}), X + 1)
    np.testing.assert_array_equal(program(X), X + 1)


def test_parameters_called_as_an_option_of_trace():
    program = xp.trace(lambda opset, output_names: opset + output_names, MATRIX, "float32[2]")
    assert inputs(program) == ["opset", "output_names"]
    np.testing.assert_array_equal(program(X, output_names=W), X + W)
