"""Formulas for rare elements: only those are computed, and none depends on the others, to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.testing import run_all_ways
from tests.helpers.sessions import both

Function = Callable[[Any], Any]
FUNCTIONS: dict[str, Function] = {
    "sin": xp.sin,
    "cos": xp.cos,
    "tan": xp.tan,
    "logaddexp": lambda x: xp.logaddexp(x, xp.asarray(log(0.5))),
}
RANDOM = np.random.default_rng(0)
COMMON = RANDOM.normal(size=200)
RARE = {
    "logaddexp": log(0.5) + RANDOM.normal(size=200) * 1e-8,
    **dict.fromkeys(("sin", "cos", "tan"), np.exp(RANDOM.uniform(20, 700, 200))),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_bits_do_not_depend_on_other_elements(name: str) -> None:
    """Kernels round the last elements of an array in another way, a few of 100,000."""
    rare = RARE[name] if name != "logaddexp" else log(0.5) + RANDOM.normal(size=(600, 61)) * 0.1
    rows = np.resize(rare, (600, 61))
    by_row = [np.asarray(FUNCTIONS[name](xp.asarray(row))) for row in rows]
    mixed = np.concatenate([rows.ravel(), COMMON])
    order = RANDOM.permutation(mixed.size)
    result = np.empty_like(mixed)
    result[order] = np.asarray(FUNCTIONS[name](xp.asarray(mixed[order])))
    np.testing.assert_array_equal(result[: rows.size], np.concatenate(by_row))


@pytest.mark.parametrize("shape", [(), (1,), (5, 1), (0, 3), (2, 0), (1, 0, 0), (2, 3, 4)])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_shapes(name: str, shape: tuple[int, ...]) -> None:
    size = int(np.prod(shape))
    x = np.concatenate([RARE[name][: (size + 1) // 2], COMMON])[:size].reshape(shape)
    run_all_ways(FUNCTIONS[name], x)


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_special_values_beside_rare_ones(name: str) -> None:
    x = np.array([1e300, np.nan, np.inf, -np.inf, -0.0, 0.0, 5e-324, -1e300, 2.0**24, -(2.0**24)])
    with np.errstate(invalid="ignore"):
        expected = getattr(np, name)(x)
    result = np.asarray(FUNCTIONS[name](xp.asarray(x)))
    np.testing.assert_allclose(result, expected, rtol=1e-15)
    assert np.signbit(result).tolist() == np.signbit(expected).tolist()


def test_broadcast_operands_are_selected_alike() -> None:
    x, y = RARE["logaddexp"][:5, None], np.array([log(0.5), 1.0, np.inf, np.nan])
    program = xp.trace(xp.logaddexp, "float64[N, 1]", "float64[M]")
    (result,) = both(program.model).run(None, {"x1": x, "x2": y})
    for i in range(5):
        for j in range(4):
            alone = np.asarray(xp.logaddexp(xp.asarray(x[i]), xp.asarray(y[j : j + 1])))
            np.testing.assert_allclose(result[i, j], alone[0], rtol=1e-15)


def test_rare_elements_only_are_computed() -> None:
    model = xp.trace(xp.sin, "float64[N]").model
    nodes = [node for part in (model.graph, *model.functions) for node in part.node]
    (branch,) = [node for node in nodes if node.op_type == "If"]
    bodies = {a.name: [node.op_type for node in a.g.node] for a in branch.attribute}
    assert bodies["then_branch"].count("NonZero") == 1
    assert bodies["then_branch"].count("ScatterElements") == 2
    assert set(bodies["else_branch"]) <= {"Identity"}


@pytest.mark.parametrize(("name", "most"), [("sin", 49), ("cos", 52), ("tan", 55)])
def test_functions_of_angles_have_few_nodes(name: str, most: int) -> None:
    """Each is a pass over all elements."""
    assert len(xp.trace(getattr(xp, name), "float64[N]").model.graph.node) <= most
