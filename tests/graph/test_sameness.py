"""Values that equal nodes compute are the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp._src.graph.sameness import is_same

SAME: list[Callable[[Any], Any]] = [
    lambda x: x,
    lambda x: x > 2,
    lambda x: (x + 1) * x == np.asarray([1.0, 2.0]),
    lambda x: xp.sum(x, axis=0, keepdims=True),
    lambda x: xp.sum(xp.stack([x, x]), axis=0),
    lambda x: xp.where(x > 0, x, -x),
]
OTHER: list[tuple[Callable[[Any], Any], Callable[[Any], Any]]] = [
    (lambda x: x > 2, lambda x: x > 3),
    (lambda x: x > 2, lambda x: x < 2),
    (lambda x: x + 1, lambda x: x + np.zeros(2)),
    (lambda x: xp.sum(x), lambda x: xp.sum(x, keepdims=True)),
    (lambda x: xp.stack([x, x]), lambda x: xp.stack([x, x, x])),
    (lambda x: x == np.zeros(2), lambda x: x == np.asarray([0.0, 1.0])),
]


@pytest.mark.parametrize("function", SAME)
def test_the_same(function: Callable[[Any], Any]) -> None:
    x = xp.argument(shape=(2,), dtype=xp.float64)
    assert is_same(function(x)._planes[0], function(x)._planes[0])


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_not_the_same(one: Callable[[Any], Any], other: Callable[[Any], Any]) -> None:
    x, y = (xp.argument(shape=(2,), dtype=xp.float64) for _ in range(2))
    assert not is_same(one(x)._planes[0], other(x)._planes[0])
    assert not is_same(one(x)._planes[0], one(y)._planes[0])
