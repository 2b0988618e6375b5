"""Trees of few splits: every row ends in the leaf where it ends when it is led from node to node."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp._src.lowering.shallow_trees import few_splits
from onnxp.sklearn import _trees
from onnxp.sklearn._trees import Tree, leaf_sum, leaf_values
from tests.helpers import sessions
from tests.helpers.trees import probes, random_tree, walk

RNG = np.random.default_rng(0)


def nodes(X: Any, trees: list[Tree]) -> Any:
    """Return the leaf of each row in each tree, as leaves hold their numbers."""
    return xp.permute_dims(
        leaf_values(X, trees, [np.arange(len(tree.left)) for tree in trees]), (1, 0)
    )


def traced(trees: list[Tree], dtype: str) -> Any:
    program = xp.trace(lambda X: nodes(X, trees), xp.spec(("N", 3), dtype))
    operators = {node.op_type for node in program.model.graph.node}
    assert "MatMulInteger" in operators
    assert "TreeEnsembleRegressor" not in operators
    return sessions.both(program.model)


def check(trees: list[Tree], dtype: str, rows: np.ndarray) -> None:
    session = traced(trees, dtype)
    expected = [[walk(tree, row)[-1] for tree in trees] for row in rows]
    for part in (rows, rows[:1]):
        (result,) = session.run(None, {"X": part})
        assert result.tolist() == expected[: len(part)]
    (result,) = session.run(None, {"X": rows[:0]})
    assert result.shape == (0, len(trees))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("count", [1, 3, 20, 31])
def test_every_decision(dtype: str, strict: bool, count: int):
    rng = np.random.default_rng(count)
    trees = [random_tree(rng, 3)._replace(strict=strict) for _ in range(count)]
    kind = np.dtype(dtype).type
    with np.errstate(over="ignore"):
        trees = [t._replace(threshold=t.threshold.astype(kind).astype(float)) for t in trees]
    rows = np.concatenate([probes(tree, 3, kind, kind) for tree in trees[:5]])
    check(trees, dtype, rows)


@pytest.mark.parametrize("missing_left", [False, True])
@pytest.mark.parametrize("strict", [False, True])
def test_thresholds_that_are_infinite(missing_left: bool, strict: bool):
    ones = np.ones(3, int)
    trees = [
        Tree(
            ones * [1, -1, -1], ones * [2, -1, -1], ones * 0, np.array([at, 0.0, 0.0]),
            np.array([missing_left] * 3), strict=strict,
        )
        for at in (np.inf, -np.inf, 0.0, -0.0)
    ]  # fmt: skip
    special = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324]
    check(trees, "float64", np.repeat(np.array(special)[:, None], 3, axis=1))


def splitting(*features: int) -> Tree:
    """Return a tree that splits once by each of some features, at 0, and goes on to the left."""
    count = len(features)
    inner = np.arange(count)
    end = np.full(count + 1, -1)
    return Tree(
        np.concatenate([inner + 1, end]),
        np.concatenate([count + 1 + inner, end]),
        np.concatenate([np.asarray(features, int), 0 * end]),
        np.zeros(2 * count + 1),
        np.ones(2 * count + 1, bool),
    )


def test_comparisons_are_counted_once():
    """A tree of many nodes makes few comparisons, if those of a level are the same."""
    level = np.arange(15)
    is_leaf = level >= 7
    tree = Tree(
        np.where(is_leaf, -1, 2 * level + 1),
        np.where(is_leaf, -1, 2 * level + 2),
        np.floor(np.log2(level + 1)).astype(int),
        np.floor(np.log2(level + 1)),
        np.ones(15, bool),
    )
    splits = few_splits(_trees._joined(xp.asarray(np.zeros((1, 3))), [tree]))
    assert splits is not None
    assert len(splits.threshold) == 3
    check([tree], "float64", RNG.normal(size=(40, 3)) + 1)


@pytest.mark.parametrize(
    "trees",
    [
        pytest.param([splitting(*range(9))], id="nine comparisons"),
        pytest.param([splitting(0, 1), splitting(*range(9))], id="nine of the second"),
        pytest.param([splitting()], id="no split"),
        pytest.param([splitting(0)._replace(threshold=np.array([np.nan, 0, 0]))], id="nan"),
    ],
)
def test_other_trees(trees: list[Tree]):
    program = xp.trace(lambda X: nodes(X, trees), "float64[N, 9]")
    assert "MatMulInteger" not in {node.op_type for node in program.model.graph.node}
    rows = RNG.normal(size=(20, 9))
    assert program(rows).tolist() == [[walk(tree, row)[-1] for tree in trees] for row in rows]


def test_few_of_many_columns():
    trees = [splitting(3), splitting(17, 3, 90)]
    program = xp.trace(lambda X: nodes(X, trees), "float32[N, 100]")
    assert program.rowwise
    rows = RNG.normal(size=(30, 100)).astype(np.float32)
    expected = [[walk(tree, row)[-1] for tree in trees] for row in rows]
    assert program(rows).tolist() == expected
    assert sessions.both(program.model).run(None, {"X": rows[:1]})[0].tolist() == expected[:1]


def test_eight_comparisons():
    tree = splitting(*range(8))
    program = xp.trace(lambda X: nodes(X, [tree]), "float64[N, 8]")
    assert "MatMulInteger" in {node.op_type for node in program.model.graph.node}
    rows = RNG.normal(size=(200, 8)) - 1
    assert program(rows)[:, 0].tolist() == [walk(tree, row)[-1] for row in rows]


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("started", [False, True])
def test_sums_are_bit_for_bit(groups: int, started: bool):
    trees = [random_tree(RNG, 3) for _ in range(60)]
    values = [RNG.normal(size=len(tree.left)) for tree in trees]
    rows = RNG.normal(size=(50, 3))
    start = RNG.normal(size=(50, groups)) if started else np.zeros((50, groups))
    expected = start.copy()
    for i, (tree, held) in enumerate(zip(trees, values, strict=True)):
        expected[:, i % groups] += held[[walk(tree, row)[-1] for row in rows]]

    def total(X: Any, S: Any) -> Any:
        return leaf_sum(X, trees, values, groups=groups, start=S if started else None)

    program = xp.trace(total, "float64[N>=0, 3]", xp.spec(("N", groups), "float64"))
    for size in (0, 1, 50):
        np.testing.assert_array_equal(program(rows[:size], start[:size]), expected[:size])


def test_rows_are_independent():
    trees = [random_tree(RNG, 3) for _ in range(7)]
    assert xp.trace(lambda X: nodes(X, trees), "float32[N, 3]").rowwise
