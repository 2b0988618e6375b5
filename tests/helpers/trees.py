"""Trees in the common form: walked in Python, with rows at and beside every threshold."""

from __future__ import annotations

import numpy as np

from onnxp.sklearn._tree_nodes import Tree


def beside(threshold: float, dtype: type) -> list[float]:
    """Return a threshold, what is next to it, and the numbers that compare in ways of their own."""
    with np.errstate(over="ignore"):
        at = dtype(threshold)
    return [
        at,
        np.nextafter(at, dtype(-np.inf)),
        np.nextafter(at, dtype(np.inf)),
        *(dtype(special) for special in (0.0, -0.0, np.inf, -np.inf, np.nan)),
    ]


def goes_left(tree: Tree, node: int, x: float) -> bool:
    if np.isnan(x):
        return bool(tree.missing_left[node])
    if node in tree.members:
        return int(x) in tree.members[node]
    return bool(x < tree.threshold[node] if tree.strict else x <= tree.threshold[node])


def probes(tree: Tree, columns: int, dtype: type, compare: type) -> np.ndarray:
    """Return rows that reach every node of a tree and lie at its threshold, beside it, and far from it."""
    rows = []
    stack = [(0, np.zeros(columns, dtype))]
    while stack:
        node, row = stack.pop()
        rows.append(row)
        if tree.left[node] < 0:
            continue
        feature = tree.feature[node]
        if node in tree.members:
            points = steps = [*map(dtype, range(-1, 257)), dtype(np.nan)]
        else:
            points, steps = (beside(tree.threshold[node], kind) for kind in (dtype, compare))
        for value in [*points[:10], *points[-1:]]:
            rows.append(row.copy())
            rows[-1][feature] = value
        for child, left in ((tree.left[node], True), (tree.right[node], False)):
            below = row.copy()
            ways = [row[feature], *steps]
            below[feature] = next(x for x in ways if goes_left(tree, node, x) is left)
            stack.append((child, below))
    return np.asarray(rows, dtype)


def random_tree(rng: np.random.Generator, depth: int = 4, growth: float = 0.6) -> Tree:
    """Return a tree whose nodes are in any order, behind the root; `growth` is the chance of a split."""
    left, right, feature, threshold = [], [], [], []

    def grow(level: int) -> int:
        node = len(left)
        for column, number in ((left, -1), (right, -1), (feature, 0), (threshold, 0.0)):
            column.append(number)
        if level and (rng.random() < growth or not node):
            feature[node], threshold[node] = int(rng.integers(3)), float(rng.normal())
            first, second = (left, right) if rng.random() < 0.5 else (right, left)
            first[node] = grow(level - 1)
            second[node] = grow(level - 1)
        return node

    grow(depth)
    order = np.append(0, 1 + rng.permutation(len(left) - 1))
    place = np.argsort(order)
    left, right = (np.where(np.array(c) < 0, -1, place[c])[order] for c in (left, right))
    return Tree(
        left,
        right,
        np.array(feature)[order],
        np.array(threshold)[order],
        rng.random(len(order)) < 0.5,
        strict=False,
    )


def walk(tree: Tree, row: np.ndarray) -> list[int]:
    """Return the nodes that a row passes."""
    passed = [0]
    while tree.left[passed[-1]] >= 0:
        node = passed[-1]
        left = goes_left(tree, node, row[tree.feature[node]])
        passed.append(int((tree.left if left else tree.right)[node]))
    return passed
