"""Sizes of recorded programs: short, known to be equal, checked where they are not, and cheap."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp._src.shapes import dims
from onnxp.errors import EvaluationError
from tests.helpers import sessions

SHAPES = str(Path(dims.__file__).parent)

Step = Callable[[Any], Any]


def repeated(step: Step, times: int) -> Step:
    def function(x):
        for _ in range(times):
            x = step(x)
        return x

    return function


def halves(x):
    n = x.shape[0]
    return np.maximum(x[::2][: n // 2], x[1::2])


STEPS: dict[str, Step] = {
    "differences": lambda x: x[1:] - x[:-1],
    "products": lambda x: x[1:] * x[:-1],
    "np.diff": lambda x: np.diff(x),
    "three points": lambda x: (x[2:] + x[1:-1] + x[:-2]) / 3,
    "five points": lambda x: (x[4:] + 2 * x[3:-1] - x[2:-2] + x[1:-3] + x[:-4]) / 5,
    "kept ends": lambda x: np.concatenate([x[:1], x[1:] - x[:-1], x[-1:]]),
    "kept borders": lambda x: np.concatenate([x[:1], (x[2:] + x[:-2]) / 2, x[-1:]]),
    "halves": halves,
    "every third": lambda x: x[::3] + x[::3],
    "odd and even": lambda x: np.concatenate([x[::2], x[1::2]]),
    "backwards": lambda x: x[:0:-1] - x[-2::-1],
}
SIZES_OF = [
    ("differences", 6, "max(N-6, 0)"),
    ("products", 5, "max(N-5, 0)"),
    ("np.diff", 5, "max(N-5, 0)"),
    ("three points", 3, "max(N-6, 0)"),
    ("three points", 50, "max(N-100, 0)"),
    ("five points", 4, "max(N-16, 0)"),
    ("kept ends", 3, "N+3*min(N, 1)"),
    ("kept borders", 3, None),
    ("halves", 4, "N//16"),
    ("every third", 3, "(N+26)//27"),
    ("odd and even", 4, "N"),
    ("backwards", 3, "max(N-3, 0)"),
]


@pytest.mark.parametrize(("name", "times", "size"), SIZES_OF)
@pytest.mark.parametrize("bounds", ["N>=0", "N", "N>=8"])
def test_repeated_steps_have_short_sizes(
    name: str, times: int, size: str | None, bounds: str, tmp_path: Path
):
    function = repeated(STEPS[name], times)
    program = xp.trace(function, f"float64[{bounds}]")
    (leaf,) = program.signature.outputs
    text = str(leaf.shape[0])
    if bounds == "N>=0" and size is not None:
        assert text == size
    assert len(text) < 60
    assert "broadcast" not in str(program)
    program.save(tmp_path / "model.onnx")
    again = xp.load(tmp_path / "model.onnx")
    session = sessions.both(program.model)
    least = {"N>=0": 0, "N": 1, "N>=8": 8}[bounds]
    for n in {least, least + 1, least + 2, 9, 30, 101}:
        x = np.linspace(0, 1, n) ** 2
        expected = function(x)
        for result in (program(x), again(x), session.run(None, {"x": x})[0]):
            np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-12)


def thirds(x, y):
    return np.concatenate([x[::2], y[1::3], x[: y.shape[0]]])


LONG: dict[str, Callable[[Any, Any], Any]] = {
    "thirds of two": thirds,
    "tail and thirds": lambda x, y: np.concatenate([x[5:], x[::3]]),
    "outer": lambda x, y: np.reshape(x[:3, None] * y[None, :], (-1,))[1:],
    "cut by the other": lambda x, y: np.concatenate([x[: y.shape[0]], y[x.shape[0] // 3 :]]),
}


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("bounds", ["", ">=0"])
def test_sizes_that_grow_get_names(name: str, bounds: str, tmp_path: Path):
    def function(x, y):
        for _ in range(12):
            x = LONG[name](x, y)
        return x, x + 1 + x

    program = xp.trace(function, f"float64[N{bounds}]", f"float64[M{bounds}]")
    program.save(tmp_path / "model.onnx")
    again = xp.load(tmp_path / "model.onnx")
    a, b = (leaf.shape for leaf in again.signature.outputs)
    assert dims.same(a[0], b[0])
    assert len(str(a[0])) < 500
    assert "broadcast" not in str(program)
    for n, m in [(1, 1), (2, 7), (9, 4)] + ([(0, 3), (0, 0), (5, 0)] if bounds else []):
        x, y = np.arange(n) / 8, np.arange(m) / 4
        for results in (program(x, y), again(x, y)):
            for result, expected in zip(results, function(x, y), strict=True):
                np.testing.assert_array_equal(result, expected)


# A size that only a checked operation has

CHECKED: dict[str, Callable[[Any, Any, Any], Any]] = {
    "linspace": lambda ns, x, y: ns.linspace(0, 1, (x + y).shape[0]),
    "arange": lambda ns, x, y: ns.arange((x + y).shape[0]),
    "zeros": lambda ns, x, y: ns.zeros((x + y).shape),
    "broadcast_to": lambda ns, x, y: ns.broadcast_to(ns.ones(1), (x * y).shape),
    "size": lambda ns, x, y: ns.asarray((x + y).size + 1),
    "three": lambda ns, x, y: ns.ones((x + y + x).shape[0]),
}


@pytest.mark.parametrize("name", CHECKED)
def test_the_size_of_a_broadcast_carries_its_check(name: str):
    function = CHECKED[name]
    program = xp.trace(lambda x, y: function(xp, x, y), "float64[N>=0]", "float64[M>=0]")
    session = sessions.both(program.model)
    for n, m in [(2, 2), (1, 3), (3, 1), (1, 1), (0, 0), (0, 1), (1, 0)]:
        x, y = np.ones(n), np.ones(m)
        expected = function(np, x, y)
        for result in (program(x, y), session.run(None, {"x": x, "y": y})[0]):
            np.testing.assert_array_equal(result, expected)
    for n, m in [(2, 3), (3, 2), (0, 2), (2, 0)]:
        x, y = np.ones(n), np.ones(m)
        with pytest.raises(EvaluationError):
            program(x, y)
        with pytest.raises(Exception, match="Expand"):
            session.run(None, {"x": x, "y": y})


# What recording costs


def calls(function: Callable[[], object]) -> int:
    """Return how many functions of the package of shapes are called."""
    count: Counter[str] = Counter()

    def note(frame, event, arg):
        if event == "call":
            count[frame.f_code.co_filename.startswith(SHAPES)] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count[True]


def arguments(*shapes: tuple) -> list[xp.Array]:
    return [xp.argument(shape, xp.float32) for shape in shapes]


@pytest.mark.parametrize(
    ("function", "most"),
    [
        (lambda x, y: x + y, 8),
        (lambda x, y: x + 1.0, 4),
        (lambda x, y: xp.mean(x), 6),
        (lambda x, y: xp.mean(x, axis=0), 8),
        (lambda x, y: xp.max(x, axis=1, keepdims=True), 8),
        (lambda x, y: xp.where(x > 0, x, y), 20),
    ],
)
def test_sizes_are_not_worked_out_again(function: Callable, most: int):
    x, y = arguments(("N", 4), ("N", 4))
    function(x, y)
    assert calls(lambda: function(x, y)) <= most


@pytest.mark.parametrize("name", ["differences", "three points", "kept ends", "halves"])
def test_each_step_costs_the_same(name: str):
    (x,) = arguments(("N>=0",))
    few, many = (calls(lambda n=n: repeated(STEPS[name], n)(x)) for n in (20, 40))
    assert many < 2.4 * few
