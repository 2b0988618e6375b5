"""What errors advise in place of the user's expression that asks for the value of a traced array."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import TracedValueError

CASES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "chain": (lambda x: xp.where(0 < x[0] < 1, x, -x), "write `(0 < x[0]) & (x[0] < 1)`"),
    "long chain": (lambda x: 0 <= x[0] < x[1] <= 1, "& (x[0] < x[1]) & (x[1] <= 1)`"),
    "not": (lambda x: not x[0] > 1, "write `~(x[0] > 1)`"),
    "not of a name": (lambda x: not x, "write `~x`"),
    "and": (lambda x: x[0] > 0 and x[1] > 0, "write `(x[0] > 0) & (x[1] > 0)`"),
    "or": (lambda x: x[0] > 0 or x[1] > 0, "write `(x[0] > 0) | (x[1] > 0)`"),
    "max": (lambda x: max(x[0], 3.0), "Python's `max(x[0], 3.0)` cannot use it; write `np.maximum(x[0], 3.0)`"),
    "min": (lambda x: min(x[0], x[1]), "write `np.minimum(x[0], x[1])`"),
    "math": (lambda x: math.sqrt(x[0]), "write `np.sqrt(x[0])`"),
    "in": (lambda x: x[0] in [1, 2], "write `np.isin(x[0], [1, 2])`"),
    "not in": (lambda x: x[0] not in (1, 2), "write `~np.isin(x[0], (1, 2))`"),
    "sorted": (lambda x: sorted(x), "write `np.sort(x)`"),
    "a branch": (lambda x: 1 if x[0] > 0 else 2, "write xp.where(condition, a, b) for a branch"),
    "float": (lambda x: float(x[0]), "x for float(x)"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_users_expression_is_rewritten(case: str) -> None:
    function, advice = CASES[case]
    with pytest.raises(TracedValueError) as caught:
        xp.trace(function, "float64[4]", translate_numpy=False)
    assert advice in str(caught.value)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("0 < x[0] < 1", "write xp.where(condition, a, b)"),  # where there is no source
        ("max(\n    x[0],\n    2)", "write xp.where(condition, a, b)"),
    ],
)
def test_code_that_is_not_known(code: str, advice: str) -> None:
    function = eval(f"lambda x: {code}")
    with pytest.raises(TracedValueError) as caught:
        xp.trace(function, "float64[4]", translate_numpy=False)
    assert advice in str(caught.value)


def test_the_advice_is_right() -> None:
    x = np.array([0.5, 2.0, -1.0, 1.0])
    program = xp.trace(lambda x: ((x > 0) & (x < 1), np.maximum(x, 1.0), ~(x > 1)), "float64[4]")
    inside, larger, others = program(x)
    assert inside.tolist() == [0 < e < 1 for e in x]
    assert larger.tolist() == [max(e, 1.0) for e in x]
    assert others.tolist() == [not e > 1 for e in x]
