"""``Program.check(..., locate=True)``: where a model and its function part, of planted faults."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest

import onnxp as xp
from onnxp._src.ops import elementwise
from onnxp._src.program import locating
from onnxp.errors import ArgumentError

ROWS = np.arange(40.0).reshape(20, 2) - 7


def line_of(function: Callable[..., Any], text: str) -> str:
    """Return ``file.py:12, in function`` of the line of a function that has a text."""
    lines, start = inspect.getsourcelines(function)
    (number,) = (i for i, line in enumerate(lines) if text in line)
    return f"{inspect.getsourcefile(function)}:{start + number}, in {function.__name__}"


@pytest.fixture
def wrong_abs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let models have Neg where Abs is meant."""
    original = elementwise.record

    def record(op: Any, *args: Any) -> Any:
        return original("Neg" if op == "Abs" else op, *args)

    monkeypatch.setattr(elementwise, "record", record)


def steps(X: Any) -> Any:
    total = X.sum(axis=1)
    size = np.abs(total)
    ratio = size / 2 + total
    return ratio + 1


@pytest.mark.usefixtures("wrong_abs")
@pytest.mark.parametrize("example", [None, ROWS])
def test_a_wrong_operator(example: Any) -> None:
    program = xp.trace(steps, "float64[N, 2]", example=example, verify=False)
    comparison = program.check(ROWS, locate=True)
    location = comparison.location
    assert not comparison
    assert location is not None
    assert location.line == line_of(steps, "np.abs")
    assert location.difference.name == "size"
    assert (location.branches, location.optimization) == ((), "")
    (row,) = location.example["X"]
    assert row.sum() > 0
    assert "first at" in str(comparison)
    assert "size: differs" in str(comparison)
    assert f"X = float64[1, 2] [[{row[0]:g}." in str(comparison)


def in_place(X: Any) -> Any:
    y = X * 1
    y[0, :] = 0.0
    for k in range(3):
        y += k
        if k == 1:
            y[:, 1] = np.abs(y[:, 1])
    return {"a": (y, X)}


@pytest.mark.usefixtures("wrong_abs")
def test_assignments_in_a_loop() -> None:
    location = xp.trace(in_place, "float64[N, 2]").check(ROWS, locate=True).location
    assert location is not None
    assert location.line == line_of(in_place, "np.abs")
    assert location.difference.name == "y"


def helper(x: Any) -> Any:
    return np.abs(x)


@pytest.mark.usefixtures("wrong_abs")
def test_the_result_of_an_inner_function() -> None:
    program = xp.trace(lambda x: np.sqrt(helper(x) + 100), "float64[N]")
    location = program.check(ROWS[:, 0], locate=True).location
    assert location is not None
    assert (location.line, location.difference.name) == (line_of(helper, "return"), "the result")


def branch(X: Any) -> Any:
    y = X + 1
    if isinstance(X, xp.Array):
        y = y * 2
    else:
        y = y * (1 + (X[:, :1] > 3))
    z = y - 1
    return z


def test_another_branch() -> None:
    location = xp.trace(branch, "float64[N, 2]").check(ROWS, locate=True).location
    assert location is not None
    assert location.line == line_of(branch, "z = y - 1")
    ran = [
        f"line {line_of(branch, text).split(':')[-1].split(',')[0]} ran only"
        for text in ("1 +", "* 2")
    ]
    assert location.branches == (f"{ran[0]} untraced", f"{ran[1]} traced")
    assert all(text in str(location) for text in location.branches)
    assert len(location.example["X"]) == 1


def reciprocal(x: Any, y: Any) -> Any:
    inverse = 1 / x
    return inverse * y + 1


def test_an_optimization(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing separates a reciprocal from its product, as a runtime's new optimization might see it."""
    monkeypatch.setattr(elementwise, "is_reciprocal", lambda x: False)
    program = xp.trace(reciprocal, "float64[N]", "float64[N]")
    x, y = np.array([1.0, 2.0, 1e-310, 4.0]), np.array([1.0, 1.0, 1e-10, 1.0])
    with np.errstate(all="ignore"):
        assert program.check(x, y)
        comparison = program.check(x, y, locate=True)
    location = comparison.location
    assert not comparison
    assert location is not None
    assert location.optimization == "DivMulFusion"
    assert location.line == line_of(reciprocal, "* y")
    assert {name: array.tolist() for name, array in location.example.items()} == {
        "x": [1e-310],
        "y": [1e-10],
    }
    assert "by the optimization DivMulFusion of onnxruntime" in str(comparison)


def test_a_changed_model() -> None:
    program = xp.trace(steps, "float64[N, 2]")
    (node,) = (node for node in program.model.graph.node if node.op_type == "Abs")
    changed = onnx.ModelProto.FromString(program.model.SerializeToString().replace(b"Abs", b"Neg"))
    broken = xp.Program(
        changed, program.signature, sources=program._sources, origin=program._origin
    )
    comparison = broken.check(ROWS, locate=True)
    assert node.name
    assert not comparison
    assert comparison.location is None  # the function is traced as it should be
    assert "first at" not in str(comparison)


def test_functions_of_traced_code_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Evaluated arrays stand for those of numpy."""

    def function(x: Any) -> Any:
        y = xp.exp(x) * (2 if x.is_traced else 1)
        return y + 1

    location = xp.trace(function, "float64[N]").check(ROWS[:, 0], locate=True).location
    assert location is not None
    assert (location.line, location.difference.name) == (line_of(function, "xp.exp"), "y")


def test_no_difference_has_no_location() -> None:
    comparison = xp.trace(steps, "float64[N, 2]").check(ROWS, locate=True)
    assert comparison
    assert comparison.location is None


def test_loops_and_branches_of_the_model() -> None:
    def function(x: Any) -> Any:
        def body(i: Any, total: Any) -> Any:
            more = total + xp.sum(x)
            return more * 2

        done = xp.fori_loop(0, 3, body, xp.asarray(0.0))
        wrong = done if isinstance(x, xp.Array) and x.is_traced else done + 1
        return xp.cond(wrong > 0, lambda: wrong + 1, lambda: wrong)

    location = xp.trace(function, "float64[N]").check(xp.asarray([1.0, 2.0]), locate=True).location
    assert location is not None
    assert location.difference.name == "wrong"


def test_a_function_that_refuses_concrete_arrays() -> None:
    def function(x: Any) -> Any:
        assert isinstance(x, xp.Array)
        assert x.is_traced
        return x

    with pytest.raises(ArgumentError, match="neither arrays of numpy nor of onnxp"):
        xp.trace(function, "float64[N]").check(ROWS[:, 0], locate=True)


def test_an_error_of_the_function_is_shown() -> None:
    def function(x: Any) -> Any:
        if not getattr(x, "is_traced", False) and np.asarray(x).max() > 0:
            raise ValueError("the furnace is too hot")
        return x

    program = xp.trace(function, "float64[N]")
    with pytest.raises(ArgumentError, match="ValueError: the furnace is too hot") as caught:
        program.check(np.ones(3), locate=True)
    assert isinstance(caught.value.__cause__, ValueError)


def test_the_rows_that_are_needed() -> None:
    def compared(arrays: list[Any]) -> Any:
        return 5 not in arrays[0]

    program = xp.trace(lambda x: x, "float64[N]")
    inputs = program.signature.inputs
    for count in (6, 7, 64):
        assert locating.smallest([np.arange(count)], inputs, compared)[0].tolist() == [5]
    both = locating.smallest([np.arange(9)], inputs, lambda arrays: not {0, 8} <= set(arrays[0]))
    assert both[0].tolist() == list(range(9))


@pytest.mark.parametrize("tolerances", [{"rtol": 0, "atol": 1}, {"atol": 1}, {"rtol": 1}])
def test_tolerances_that_are_integers(tolerances: dict[str, int]) -> None:
    program = xp.trace(lambda x: x * 2, "float64[N]")
    assert program.check(np.ones(3), **tolerances)
