"""The nodes of trees, as comparisons with columns of rows: each fails or holds, also for NaN."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from onnxp._src import ops
from onnxp._src.graph.values import Value, constant
from onnxp._src.ops.ml import Bools, Floats, Ints, Trees


class Nodes(NamedTuple):
    """The nodes of several trees, counted over all of them.

    Attributes
    ----------
    columns : Value
        What they look at, of shape (columns, rows).
    roots : array of int
        The root of each tree.
    tree : array of int
        Which tree a node is of.
    is_inner : array of bool
        Whether a node has children.
    column, threshold : arrays
        A comparison is ``x <= threshold``, or ``x >= threshold`` if the trees are strict.
    below : array of int, of shape (nodes, 2)
        Where rows go from a node whose comparison fails, and where it holds; a leaf itself.
    strict : bool
        Whether trees compare ``x < threshold``.
    """

    columns: Value
    roots: Ints
    tree: Ints
    is_inner: Bools
    column: Ints
    threshold: Floats
    below: Ints
    strict: bool

    def compared(self, values: Value, thresholds: Value) -> Value:
        """Return the results of comparisons, as bools."""
        compare = ops.greater_or_equal if self.strict else ops.less_or_equal
        return compare(values, thresholds)


def nodes_of(x: Value, trees: Trees) -> Nodes:
    """Return the nodes of trees for rows of shape (rows, columns).

    Comparisons with NaN fail, so it goes right, or left if the trees are strict. Nodes from which it goes to
    the other side look at a copy of the column where NaN is an infinity, for which their comparison holds.
    """
    is_inner = trees.left >= 0
    own = np.arange(len(is_inner))
    left, right = (np.where(is_inner, side + trees.root, own) for side in (trees.left, trees.right))
    holds = trees.missing_left[is_inner] != trees.strict  # of NaN
    columns, of_inner = _columns(
        x, trees.feature[is_inner], holds, np.inf if trees.strict else -np.inf
    )
    column = np.zeros(len(is_inner), np.int64)
    column[is_inner] = of_inner
    return Nodes(
        columns,
        trees.roots,
        np.repeat(np.arange(len(trees.sizes)), trees.sizes),
        is_inner,
        column,
        trees.threshold.astype(x.dtype.numpy),
        np.stack([left, right] if trees.strict else [right, left], axis=1),
        trees.strict,
    )


def _columns(x: Value, feature: Ints, filled: Bools, number: float) -> tuple[Value, Ints]:
    """Return columns of shape (columns, rows), and which of them each feature is.

    Features that are `filled` have a number instead of NaN.
    """
    used, place = np.unique(feature, return_inverse=True)
    width = x.shape[1]
    if isinstance(width, int) and width < 2 * len(used):  # single columns are slow to gather
        used, place = np.arange(width), feature
    else:
        x = ops.gather(x, constant(used), 1)
    columns = ops.transpose(x, (1, 0))
    if filled.any():
        sources, copy = np.unique(place[filled], return_inverse=True)
        copies = ops.gather(columns, constant(sources), 0)
        limit = constant(np.asarray(number, x.dtype.numpy))
        columns = ops.concat([columns, ops.where(ops.is_nan(copies), limit, copies)], 0)
        place = np.array(place)
        place[filled] = len(used) + copy
    return columns, place


def first_levels(nodes: Nodes, count: int) -> Nodes:
    """Return trees whose nodes of some level are leaves."""
    is_inner = np.zeros_like(nodes.is_inner)
    level = nodes.roots
    for _ in range(count):
        inner = level[nodes.is_inner[level]]
        is_inner[inner] = True
        level = nodes.below[inner].ravel()
    return nodes._replace(is_inner=is_inner)
