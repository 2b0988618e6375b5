"""Trees of few levels: every row ends in the leaf where it ends when it is led from node to node."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp._src.ops.targets import TARGETS
from onnxp.sklearn._options import Options, optioned
from onnxp.sklearn._tree_nodes import Tree
from onnxp.sklearn._trees import leaf_sum, leaf_values
from tests.helpers import sessions
from tests.helpers.trees import probes, random_tree, walk

DEFAULT = "onnxruntime>=1.20"
RNG = np.random.default_rng(0)


def nodes(X: Any, trees: list[Tree]) -> Any:
    """Return the leaf of each row in each tree, as leaves hold their numbers."""
    return xp.permute_dims(
        leaf_values(X, trees, [np.arange(len(tree.left)) for tree in trees]), (1, 0)
    )


def traced(trees: list[Tree], dtype: str, target: str) -> Any:
    with optioned(Options(TARGETS[target])):
        program = xp.trace(lambda X: nodes(X, trees), xp.spec(("N", 3), dtype))
    operators = {node.op_type for node in program.model.graph.node}
    assert ("MatMulInteger" in operators) is (target != "portable")
    assert not operators & {"TreeEnsemble", "TreeEnsembleRegressor"}
    return sessions.both(program.model)


def check(trees: list[Tree], dtype: str, rows: np.ndarray, target: str = DEFAULT) -> None:
    session = traced(trees, dtype, target)
    expected = [[walk(tree, row)[-1] for tree in trees] for row in rows]
    for part in (rows, rows[:1]):
        (result,) = session.run(None, {"X": part})
        assert result.tolist() == expected[: len(part)]
    (result,) = session.run(None, {"X": rows[:0]})
    assert result.shape == (0, len(trees))


@pytest.mark.parametrize("target", [DEFAULT, "portable"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("count", "depth"), [(1, 3), (3, 3), (31, 3), (10, 5), (13, 7)])
def test_every_decision(dtype: str, strict: bool, count: int, depth: int, target: str):
    rng = np.random.default_rng(count)
    trees = [random_tree(rng, depth, 0.95)._replace(strict=strict) for _ in range(count)]
    kind = np.dtype(dtype).type
    with np.errstate(over="ignore"):
        trees = [t._replace(threshold=t.threshold.astype(kind).astype(float)) for t in trees]
    probed = trees[:5] if depth == 3 else trees[:1]
    rows = np.concatenate([probes(tree, 3, kind, kind) for tree in probed])
    check(trees, dtype, rows, target)


@pytest.mark.parametrize("target", [DEFAULT, "portable"])
@pytest.mark.parametrize("missing_left", [False, True])
@pytest.mark.parametrize("strict", [False, True])
def test_thresholds_that_are_not_finite(missing_left: bool, strict: bool, target: str):
    ones = np.ones(3, int)
    trees = [
        Tree(
            ones * [1, -1, -1], ones * [2, -1, -1], ones * 0, np.array([at, 0.0, 0.0]),
            np.array([missing_left] * 3), strict=strict,
        )
        for at in (np.inf, -np.inf, np.nan, 0.0, -0.0)
    ]  # fmt: skip
    special = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324]
    check(trees, "float64", np.repeat(np.array(special)[:, None], 3, axis=1), target)


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


@pytest.mark.parametrize("depth", [6, 8])
def test_comparisons_are_counted_once(depth: int):
    """Trees of many nodes make few comparisons, if those of a level are the same: at most 8."""
    place = np.arange(2 ** (depth + 1) - 1)
    is_leaf = place >= 2**depth - 1
    level = np.floor(np.log2(place + 1))
    tree = Tree(
        np.where(is_leaf, -1, 2 * place + 1),
        np.where(is_leaf, -1, 2 * place + 2),
        level.astype(int) % 3,
        level,
        np.ones(len(place), bool),
    )
    trees = [tree._replace(threshold=level - i) for i in range(10)]
    program = xp.trace(lambda X: nodes(X, trees), "float64[N, 3]")
    assert [node.op_type for node in program.model.graph.node].count("LessOrEqual") == 1
    check(trees, "float64", 3 * RNG.normal(size=(40, 3)))


@pytest.mark.parametrize(
    "trees",
    [
        pytest.param([splitting(0, 1, 2, 3)], id="four levels"),
        pytest.param([splitting(0), splitting(*range(4))], id="four of the second"),
        pytest.param([splitting(*range(9))] * 10, id="uneven"),
        pytest.param([splitting(*range(6))] * 2, id="two trees"),
    ],
)
def test_other_trees(trees: list[Tree]):
    program = xp.trace(lambda X: nodes(X, trees), "float64[N, 9]")
    assert "MatMulInteger" not in {node.op_type for node in program.model.graph.node}
    rows = RNG.normal(size=(20, 9))
    assert program(rows).tolist() == [[walk(tree, row)[-1] for tree in trees] for row in rows]


@pytest.mark.parametrize("target", [DEFAULT, "portable"])
@pytest.mark.parametrize("count", [1, 12])
def test_no_split(count: int, target: str):
    trees = [splitting()] * count
    with optioned(Options(TARGETS[target])):
        program = xp.trace(lambda X: nodes(X, trees), "float64[N, 3]")
    assert program(np.zeros((4, 3))).tolist() == [[0] * count] * 4


def test_few_of_many_columns():
    trees = [splitting(3), splitting(17, 3, 90)]
    program = xp.trace(lambda X: nodes(X, trees), "float32[N, 100]")
    assert program.rowwise
    rows = RNG.normal(size=(30, 100)).astype(np.float32)
    expected = [[walk(tree, row)[-1] for tree in trees] for row in rows]
    assert program(rows).tolist() == expected
    assert sessions.both(program.model).run(None, {"X": rows[:1]})[0].tolist() == expected[:1]


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


@pytest.mark.parametrize(("count", "depth"), [(7, 3), (10, 6)])
def test_rows_are_independent(count: int, depth: int):
    trees = [random_tree(RNG, depth, 0.95) for _ in range(count)]
    assert xp.trace(lambda X: nodes(X, trees), "float32[N, 3]").rowwise
