"""Trees of any library, and their nodes as comparisons of numbers with thresholds.

Thresholds are of the dtype of the rows, and decide as those of the library. A split by categories compares a
column beside the rows, which says where values go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

import onnxp as xp
from onnxp._src.array.array import Array
from onnxp._src.ops.ml import Bools, Floats, Ints, Trees

_NO_MEMBERS: Mapping[int, Ints] = MappingProxyType({})
_MANY = 2**11  # nodes, from which on two more operators save time


class Tree(NamedTuple):
    """One tree; the first node is the root.

    Attributes
    ----------
    left, right : array of int
        The children of each node, -1 at a leaf.
    feature : array of int
        Which column a node looks at.
    threshold : array of float64
        ``x <= threshold`` goes left.
    missing_left : array of bool
        Whether NaN goes left.
    strict : bool
        Whether ``x < threshold`` goes left, and not ``x <= threshold``; alike for all trees of a model.
    members : mapping of int to array of int
        Of nodes that split by categories: those that go left. Values are truncated; negative ones go right.
    """

    left: Ints
    right: Ints
    feature: Ints
    threshold: Floats
    missing_left: Bools
    strict: bool = False
    members: Mapping[int, Ints] = _NO_MEMBERS

    @property
    def is_leaf(self) -> Bools:
        """Which nodes are leaves."""
        return self.left < 0


def joined(X: Array, trees: Sequence[Tree]) -> Trees:
    """Return the nodes of all trees, with thresholds in the dtype of the rows; their leaves add nothing."""

    def of_all(name: str) -> Any:
        return np.concatenate([getattr(tree, name) for tree in trees])

    strict, threshold = trees[0].strict, of_all("threshold")
    if X.dtype == xp.float32:
        threshold = _above(threshold) if strict else _below(threshold)
    return Trees(
        sizes=np.asarray([len(tree.left) for tree in trees]),
        left=of_all("left"),
        right=of_all("right"),
        feature=of_all("feature"),
        threshold=threshold,
        missing_left=of_all("missing_left").astype(bool),
        weight=np.zeros(len(threshold)),
        target=np.zeros(len(threshold), np.int64),
        strict=strict,
    )


def _below(threshold: Floats) -> Floats:
    """Return the greatest float32 that is not above: of float32 the same are at most it."""
    with np.errstate(over="ignore"):
        nearest = threshold.astype(np.float32)
        return np.where(nearest > threshold, np.nextafter(nearest, np.float32(-np.inf)), nearest)


def _above(threshold: Floats) -> Floats:
    """Return the least float32 that is not below: of float32 the same are less than it."""
    return -_below(-threshold)


def by_columns(X: Array, trees: Sequence[Tree]) -> tuple[Array, Sequence[Tree]]:
    """Put a column beside the rows for each split by categories: 0 where they go left, 1 where not.

    1.20.1 has no kernel for BRANCH_MEMBER, and all take 1.5 for a member of {1, 33, 64} (up to 1.32.0).
    """
    trees = [_without_nan(tree) for tree in trees]
    if not any(tree.members for tree in trees):
        return X, trees
    splits: dict[int, dict[tuple[bytes, bool], int]] = {}  # by feature: those that differ, numbered
    for tree in trees:
        for node in tree.members:
            of_feature = splits.setdefault(int(tree.feature[node]), {})
            of_feature.setdefault(_split(tree, node), len(of_feature))
    columns, first = [X], {}
    width = int(X.shape[1])  # of a model that was fitted it is a number
    for feature, of_feature in splits.items():
        first[feature] = width
        width += len(of_feature)
        columns.append(_flags(X[:, feature], [*of_feature]))
    return xp.concat(columns, axis=1), [_without_members(tree, splits, first) for tree in trees]


def by_negation(X: Array, trees: Sequence[Tree]) -> tuple[Array, Sequence[Tree]]:
    """Let nodes from which NaN goes left look at their column with the other sign, and go right instead.

    No comparison is true for NaN, so that operators need not look for it at each node, which takes an eighth
    more time; and the child to which it goes is usually the larger one, which operators reach a quarter faster
    where comparisons are false, since it is next in memory (onnxruntime 1.20.1 to 1.32.0).
    """
    if sum(len(tree.left) for tree in trees) <= _MANY:
        return X, trees
    goes_left = [tree.missing_left.astype(bool) & ~tree.is_leaf for tree in trees]
    thresholds = np.concatenate(
        [t.threshold[left] for t, left in zip(trees, goes_left, strict=True)]
    )
    if not thresholds.size or not np.isfinite(thresholds).all():
        return X, trees
    width = int(X.shape[1])
    turned = [_turned(tree, left, X, width) for tree, left in zip(trees, goes_left, strict=True)]
    return xp.concat([X, -X], axis=1), turned


def _turned(tree: Tree, at: Bools, X: Array, width: int) -> Tree:
    """Return a tree with nodes that are reached by the other side: ``x <= t`` is not ``-x <= -above(t)``."""
    threshold = joined(X, [tree]).threshold
    above = -np.inf if tree.strict else np.inf
    turned = -np.nextafter(threshold, threshold.dtype.type(above))
    return tree._replace(
        left=np.where(at, tree.right, tree.left),
        right=np.where(at, tree.left, tree.right),
        feature=tree.feature + width * at,
        threshold=np.where(at, turned, tree.threshold),
        missing_left=tree.missing_left & ~at,
    )


def _without_nan(tree: Tree) -> Tree:
    """Return a tree whose comparisons with NaN are splits by no category: they fail for all numbers."""
    nodes = np.flatnonzero(np.isnan(tree.threshold) & ~tree.is_leaf)
    return tree._replace(members={**tree.members, **dict.fromkeys(nodes.tolist(), nodes[:0])})


def _split(tree: Tree, node: int) -> tuple[bytes, bool]:
    members = np.unique(np.asarray(tree.members[node], np.int64))
    return members.tobytes(), bool(tree.missing_left[node])


def _flags(x: Array, splits: Sequence[tuple[bytes, bool]]) -> Array:
    """Return a column for each split: 0 where a value goes left, 1 where not."""
    members = [np.frombuffer(data, np.int64) for data, _ in splits]
    count = int(max([0, *(m.max() + 1 for m in members if m.size)]))
    table = np.ones((count + 2, len(splits)), x.dtype.numpy)  # NaN, no member, then the categories
    for column, (codes, (_, missing_left)) in enumerate(zip(members, splits, strict=True)):
        table[codes + 2, column] = 0
        table[0, column] = 0 if missing_left else 1
    place = xp.where((x >= 0) & (x < count), x + 2, 1)
    place = xp.astype(xp.where(xp.isnan(x), 0, place), xp.int32)
    return xp.take(xp.asarray(table), place, axis=0)


def _without_members(
    tree: Tree, splits: Mapping[int, Mapping[tuple[bytes, bool], int]], first: Mapping[int, int]
) -> Tree:
    feature, threshold = np.array(tree.feature), np.array(tree.threshold, np.float64)
    for node in tree.members:
        own = int(tree.feature[node])
        feature[node] = first[own] + splits[own][_split(tree, node)]
        threshold[node] = 0.5
    return tree._replace(feature=feature, threshold=threshold, members=_NO_MEMBERS)
