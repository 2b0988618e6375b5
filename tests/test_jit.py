"""`jit`: one trace for each combination of dtypes and ranks."""

import threading

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import ArgumentTypeError


def test_traces_once_for_each_dtype_and_rank() -> None:
    calls = []

    @xp.jit
    def double(x):
        calls.append((x.dtype, x.shape))
        return x * 2

    for size in (0, 1, 5):
        np.testing.assert_array_equal(double(np.ones(size)), 2 * np.ones(size))
    assert len(calls) == 1
    double(np.ones((2, 2)))
    double(np.ones(2, np.float32))
    assert len(calls) == 3


def test_same_kind_out() -> None:
    function = xp.jit(lambda x, n: {"a": x + n, "b": (x, n, None)})
    from_numpy = function(np.arange(3), 2)
    assert isinstance(from_numpy["a"], np.ndarray)
    assert from_numpy["b"][1:] == (2, None)
    from_onnxp = function(xp.asarray([1, 2]), 2)
    assert isinstance(from_onnxp["a"], xp.Array)
    assert isinstance(function(xp.asarray([1j, 2]), 2)["a"], xp.Array)


def test_constants_are_part_of_the_key() -> None:
    function = xp.jit(lambda x, power: x * power)
    assert function(np.asarray(3.0), 2) == 6
    assert function(np.asarray(3.0), 4) == 12
    with pytest.raises(ArgumentTypeError, match="hashable"):
        function(np.asarray(3.0), {1, 2})


def test_falls_back_to_static_sizes() -> None:
    @xp.jit
    def function(x):
        total = x[0]
        for i in range(1, x.shape[0]):
            total = total + x[i]
        return total

    assert function(np.asarray([1.0, 2.0])) == 3
    assert function(np.asarray([1.0, 2.0, 4.0])) == 7


def test_inside_a_trace_it_is_the_function() -> None:
    inner = xp.jit(lambda x: x + 1)
    program = xp.trace(lambda x: inner(x) * 2, "int64[N]")
    np.testing.assert_array_equal(program(np.arange(3)), [2, 4, 6])


def test_methods_and_keywords() -> None:
    class Model:
        weight = np.asarray([1.0, 2.0])

        @xp.jit
        def predict(self, x, *, offset=0.0):
            return x @ self.weight + offset

    model = Model()
    assert model.predict(np.ones((1, 2)), offset=1.0) == 4
    assert model.predict.__name__ == "predict"


def test_an_argument_that_is_assigned_to_stays_as_it_was() -> None:
    @xp.jit
    def function(x):
        x += 1
        return x

    given = xp.asarray([1, 2])
    assert np.asarray(function(given)).tolist() == [2, 3]
    assert np.asarray(given).tolist() == [1, 2]


def test_threads_share_one_trace() -> None:
    calls = []

    @xp.jit
    def function(x):
        calls.append(1)
        return x * 3

    results = {}

    def work(i):
        results[i] = function(np.full(4, i))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((results[i] == 3 * i).all() for i in range(16))
    assert len(calls) == 1
