"""`jit`: one trace for each combination of dtypes and ranks."""

import copy
import pickle
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import ArgumentTypeError, EvaluationError


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


def test_an_argument_that_is_assigned_to_changes_as_when_evaluated() -> None:
    @xp.jit
    def function(x):
        x += 1
        return x

    given = xp.asarray([1, 2])
    assert np.asarray(function(given)).tolist() == [2, 3]
    assert np.asarray(given).tolist() == [2, 3]


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


def test_zeros_of_either_sign_and_nan_are_constants_of_their_own() -> None:
    calls = []

    @xp.jit
    def filled(x, value):
        calls.append(value)
        return xp.full_like(x, value)

    x = np.ones(2)
    assert not np.signbit(filled(x, 0.0)).any()
    assert np.signbit(filled(x, -0.0)).all()
    assert np.isnan(filled(x, float("nan"))).all()
    filled(x, float("nan"))
    assert len(calls) == 3


def test_slices_are_constants() -> None:
    part = xp.jit(lambda x, key: x[key])
    assert part(np.arange(4), slice(1, None, 2)).tolist() == [1, 3]
    assert part(np.arange(4), slice(0, 1)).tolist() == [0]


class Model:
    def __init__(self, weight: object) -> None:
        self.weight = weight
        self.options = {"scale": 1.0}

    @xp.jit
    def predict(self, x):
        return x * self.weight * self.options["scale"]


@pytest.mark.parametrize("weight", [2.0, np.asarray(2.0), xp.asarray(2.0)])
def test_an_object_is_traced_anew_when_its_attributes_change(weight) -> None:
    model = Model(weight)
    x = np.ones(2)
    assert model.predict(x).tolist() == [2, 2]
    model.options["scale"] = 3.0
    assert model.predict(x).tolist() == [6, 6]
    model.weight = model.weight * 2
    assert model.predict(x).tolist() == [12, 12]
    model.weight += 1
    if not isinstance(weight, np.ndarray):  # what is written into one of numpy's is not noticed
        assert model.predict(x).tolist() == [15, 15]


def test_sizes_and_constants_among_the_results() -> None:
    function = xp.jit(lambda x: (x.shape, x.shape[0] / 2, x * 2, None, "text"))
    shape, half, doubled, nothing, text = function(np.ones((3, 2)))
    assert (shape, half, nothing, text) == ((3, 2), 1.5, None, "text")
    assert isinstance(shape[0], int)
    assert doubled.shape == (3, 2)
    assert function(np.ones((5, 2)))[0] == (5, 2)
    assert xp.jit(lambda x: {"n": 1})(np.ones(2)) == {"n": 1}
    assert xp.jit(lambda x: None)(np.ones(2)) is None


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="a function is needed, not 3"):
        xp.jit(3)


def test_a_failure_names_the_function_and_the_line() -> None:
    @xp.jit
    def together(x, y):
        return x + y

    with pytest.raises(EvaluationError, match=r"program '.*together' at .*test_jit.py"):
        together(np.ones(2), np.ones(3))
    assert together(np.ones(2), np.ones(2)).tolist() == [2, 2]
    assert together(np.ones(1), np.ones(2)).tolist() == [2, 2]


def test_errors_of_the_function_come_through_and_leave_nothing_behind() -> None:
    @xp.jit
    def function(x, fail):
        if fail:
            raise KeyError("mine")
        return x

    for _ in range(2):
        with pytest.raises(KeyError, match="mine"):
            function(np.ones(1), True)
    assert function(np.ones(1), False) == 1


def plain(x):
    return x * 3


jitted = xp.jit(plain)


@xp.jit
def decorated(x):
    return x * 5


@pytest.mark.parametrize("function", [jitted, decorated])
def test_pickles_and_copies(function) -> None:
    for other in (
        pickle.loads(pickle.dumps(function)),
        copy.copy(function),
        copy.deepcopy(function),
        copy.deepcopy({"f": function})["f"],
    ):
        assert isinstance(other, type(function))
        assert other(np.ones(2)).tolist() == function(np.ones(2)).tolist()
    assert repr(function).startswith("jit(")
    assert pickle.loads(pickle.dumps(decorated)) is decorated


def test_sizes_of_a_trace_are_passed_on() -> None:
    scaled = xp.jit(lambda x, n: x / n)
    program = xp.trace(lambda x: scaled(xp.asarray([1.0, 2.0]), x.shape[0]), "float64[N]")
    assert program(np.ones(4)).tolist() == [0.25, 0.5]


MUTUAL = """
import threading
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import onnxp as xp

barrier = threading.Barrier(2)

def meet():
    try:
        barrier.wait(5)
    except threading.BrokenBarrierError:
        pass

@xp.jit
def f(x):
    if x.ndim == 1:
        meet()
        return x + float(g(np.ones((2, 2))))
    return xp.sum(x)

@xp.jit
def g(x):
    if x.ndim == 1:
        meet()
        return x + float(f(np.ones((2, 2))))
    return xp.sum(x)

def same(a, b):
    results = {}
    threads = [
        threading.Thread(target=lambda: results.update(a=float(xp.sum(xp.asarray(a(np.ones(3))))))),
        threading.Thread(target=lambda: results.update(b=float(xp.sum(xp.asarray(b(np.ones(3))))))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    print(sorted(results.items()))

same(f, g)
"""


def test_functions_that_call_each_other_from_two_threads() -> None:
    """Each traces, and calls the other on concrete arrays meanwhile."""
    done = subprocess.run(
        [sys.executable, "-c", MUTUAL], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.stdout == "[('a', 15.0), ('b', 15.0)]\n", done.stderr


def test_threads_that_call_each_other_for_the_same_key() -> None:
    """Thread 1 traces f and needs g; thread 2 traces g and needs f, of the very arrays."""
    script = textwrap.dedent("""
        import threading, numpy as np, onnxp as xp
        barrier, inside = threading.Barrier(2), threading.local()

        def make(other):
            def function(x):
                if not getattr(inside, "deep", False):
                    inside.deep = True
                    barrier.wait(30)
                    y = x + float(np.sum(other()(np.ones(3))))
                    inside.deep = False
                    return y
                return x * 2
            return xp.jit(function)

        f = make(lambda: g)
        g = make(lambda: f)
        threads, results = [], []
        for function in (f, g):
            threads.append(threading.Thread(target=lambda u=function: results.append(u(np.ones(3)))))
            threads[-1].start()
        for thread in threads:
            thread.join()
        print(len(results))
    """)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.stdout == "2\n", done.stderr


def test_many_threads_with_many_programs() -> None:
    function = xp.jit(lambda x, k: xp.sum(x * k))
    failures = []

    def work(i):
        for k in range(10):
            if float(function(np.full(i + 1, 1.0), k % 5)) != (i + 1) * (k % 5):
                failures.append((i, k))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
