"""Trees of any library, and their nodes as comparisons of numbers with thresholds.

Thresholds are of the dtype of the rows, and decide as those of the library. A split by categories compares a
column beside the rows, which says where values go.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

import onnxp as xp
from onnxp._src.array.array import Array
from onnxp._src.ops.ml import Bools, Floats, Ints, Trees
from onnxp.sklearn._options import options

_NO_MEMBERS: Mapping[int, Ints] = MappingProxyType({})
_MANY = 2**13  # nodes, from which on two more operators take less time than to look for NaN


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


def by_infinity(X: Array, trees: Sequence[Tree]) -> tuple[Array, Sequence[Tree]]:
    """Let nodes from which NaN goes left look at a copy of their column, where it is -infinity.

    Operators that look for NaN at each node take an eighth more time (onnxruntime 1.20.1 to 1.32.0).
    """
    goes_left = [tree.missing_left.astype(bool) & ~tree.is_leaf for tree in trees]
    thresholds = np.concatenate(
        [t.threshold[left] for t, left in zip(trees, goes_left, strict=True)]
    )
    is_exact = not (trees[0].strict and np.isneginf(thresholds).any())
    if not (thresholds.size and is_exact and sum(len(tree.left) for tree in trees) > _MANY):
        return X, trees
    width = int(X.shape[1])
    copied = [
        tree._replace(feature=tree.feature + width * left, missing_left=np.zeros_like(left))
        for tree, left in zip(trees, goes_left, strict=True)
    ]
    return xp.concat([X, _without_missing(X)], axis=1), copied


def _without_missing(X: Array) -> Array:
    """Return numbers with -infinity instead of NaN."""
    if X.dtype != xp.float32 or not options().target.ml:
        return xp.where(xp.isnan(X), -xp.inf, X)
    filled: Array = xp.onnx.op(
        "Imputer",
        X,
        domain="ai.onnx.ml",
        imputed_value_floats=[-math.inf],
        replaced_value_float=math.nan,
    )
    return filled


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
