"""Long traces cost for each operation what short ones do: counted, not timed."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import TracedValueError


def loop(length: int) -> Callable:
    def function(x):
        weights = np.ones(4, np.float32)
        for i in range(length):
            x = xp.abs(x * weights - float(i % 7))
            if i % 3 == 0:
                x = xp.concat([x[:1], x[1:]], axis=0)
        return x

    return function


def trace(length: int) -> xp.Program:
    return xp.trace(loop(length), "float32[N, 4]")


def calls(action: Callable[[], object]) -> int:
    """Count the calls of functions, of Python and C, that an action makes."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    ("step", "most"),
    [
        (lambda x, w: x + x, 28),
        (lambda x, w: x**2, 62),
        (lambda x, w: x.T, 28),
        (lambda x, w: x[:, 0], 60),
        (lambda x, w: x @ w, 59),
        (lambda x, w: np.add(x, x), 62),
        (lambda x, w: np.sum(x), 60),
        (lambda x, w: xp.mean(x), 52),
    ],
)
def test_one_step_makes_few_calls(step: Callable[[Any, Any], Any], most: int):
    x, w = xp.argument(("N", 4), xp.float32), xp.argument((4, 4), xp.float32)
    # the collector of cycles, and what it calls, may run in any of them
    assert min(calls(lambda: step(x, w)) for _ in range(5)) <= most


def test_calls_are_in_proportion_to_the_length():
    trace(10)
    short, long = (calls(lambda n=n: trace(n)) / n for n in (100, 3000))
    assert long < 1.05 * short


def test_memory_is_in_proportion_to_the_length():
    trace(10)

    def peak(length: int) -> float:
        tracemalloc.start()
        trace(length)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used / length

    assert peak(3000) < 1.5 * peak(300)  # tables grow by factors


def test_saving_and_loading_a_long_model(tmp_path):
    program = trace(3000)
    assert len(program.model.graph.node) > 9000
    program.save(tmp_path / "long.onnx")
    x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
    loaded = xp.load(tmp_path / "long.onnx")
    np.testing.assert_array_equal(loaded(x), program(x))
    np.testing.assert_allclose(loaded(x), np.asarray(loop(3000)(xp.asarray(x))), rtol=1e-5)


def test_the_collector_of_cycles_is_back_after_a_failure():
    assert gc.isenabled()
    with pytest.raises(TracedValueError):
        xp.trace(lambda x: x if x[0] > 0 else -x, "float32[N]")
    assert gc.isenabled()
    trace(3)
    assert gc.isenabled()


def test_an_expression_of_sizes_does_not_grow_with_the_length():
    def function(x):
        for _ in range(300):
            x = xp.concat([x[1:], x[:1]], axis=0)
        return x

    assert str(function(xp.argument(("N",), xp.float64)).shape) == "(N,)"


def test_deep_graphs_are_walked_without_recursion():
    x = xp.argument(("N",), xp.float64)
    y = x
    for _ in range(20000):
        y = y + x
    assert len(xp.build({"x": x}, {"y": y}).graph.node) == 20000
    del y
