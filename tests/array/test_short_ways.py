"""Operations on arrays take few calls of Python functions: each takes about a tenth of a microsecond."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp

A, B, BASE = (xp.asarray(np.ones((4, 4), np.float32)) for _ in range(3))
X, COLUMNS = (xp.argument(("N", 4), xp.float32) for _ in range(2))


def softmax() -> Any:
    e = xp.exp(A - xp.max(A, axis=1, keepdims=True))
    return np.asarray(e / xp.sum(e, axis=1, keepdims=True))


def chain() -> Any:
    c = A
    for _ in range(20):
        c = c + B
    return np.asarray(c)


MOST_CALLS: dict[str, tuple[Callable[[], Any], int]] = {
    "record x + x": (lambda: X + X, 5),
    "record x + 1.5": (lambda: X + 1.5, 10),
    "record x**2": (lambda: X**2, 14),
    "record x @ w": (lambda: X @ A, 8),
    "record exp(x)": (lambda: xp.exp(X), 8),
    "record mean(x)": (lambda: xp.mean(X), 17),
    "record np.add(x, x)": (lambda: np.add(X, X), 12),
    "record x[:, 0]": (lambda: COLUMNS[:, 0], 24),
    "record a[1:3, ...]": (lambda: BASE[1:3, ...], 36),
    "a + b": (lambda: np.asarray(A + B), 12),
    "a + 1.5": (lambda: np.asarray(A + 1.5), 15),
    "a @ b": (lambda: np.asarray(A @ B), 15),
    "exp(a)": (lambda: np.asarray(xp.exp(A)), 15),
    "mean(a)": (lambda: np.asarray(xp.mean(A)), 12),
    "a[1:3, 1]": (lambda: np.asarray(BASE[1:3, 1]), 60),
    "softmax": (softmax, 55),
    "chain of 20": (chain, 115),
}


def calls_of(function: Callable[[], Any]) -> int:
    """Count the calls of functions of this package that a warm call of `function` makes."""
    for _ in range(3):
        function()
    names: list[str] = []

    def note(frame: Any, event: str, _: object) -> None:
        if event == "call" and "onnxp" in frame.f_globals.get("__name__", ""):
            names.append(frame.f_code.co_name)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(before)
    return len(names)


@pytest.mark.parametrize("name", MOST_CALLS)
def test_calls(name: str) -> None:
    function, most = MOST_CALLS[name]
    assert 0 < calls_of(function) <= most


def test_missing_attributes_cost_no_call() -> None:
    """`numpy.asarray` asks for several, and a ``__getattr__`` slows down those that are there, too."""
    assert not hasattr(type(A), "__getattr__")


def test_building_takes_few_calls_for_each_node() -> None:
    def build(pairs: int) -> int:
        y = X
        for _ in range(pairs):
            y = xp.sin(y) + 1.0
        return calls_of(lambda: xp.build({"x": X}, {"y": y}))

    assert 0 < build(40) - build(20) <= 40 * 17


def test_building_adds_one_message_for_each_node() -> None:
    """The type of a value has five messages, and most values have one of a few types."""
    y = X
    for _ in range(20):
        y = xp.sin(y) + 1.0
    added = 0

    def note(_: Any, event: str, function: Any) -> None:
        nonlocal added
        if event == "c_call" and function.__name__ == "add":
            added += type(function.__self__) is not set

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        model = xp.build({"x": X}, {"y": y})
    finally:
        sys.setprofile(before)
    assert len(model.graph.node) == 40
    assert len(model.graph.value_info) == 39
    assert 40 <= added < 60
