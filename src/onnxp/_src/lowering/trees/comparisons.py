"""All comparisons of trees that make few of them, at once; a table says which leaf their results stand for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import uint8
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering.trees.nodes import Nodes
from onnxp._src.ops.ml import Floats, Ints

MOST = 8
"""Comparisons of a tree, which are the bits of a uint8."""
_AT_ONCE = 8  # thresholds that a column is compared with
_TOGETHER = 5  # trees of one product: of few rows, the number of products counts


class Splits(NamedTuple):
    """The comparisons that trees make, each once.

    Attributes
    ----------
    column, threshold : arrays
        Of each comparison.
    of_tree : array of int, of shape (trees, bits)
        Which comparisons a tree makes; if they are fewer than those of others, the rest is 0.
    bit : array of int
        For each node, the place of its comparison among those of its tree.
    """

    column: Ints
    threshold: Floats
    of_tree: Ints
    bit: Ints


def few_splits(nodes: Nodes) -> Splits | None:
    """Return the comparisons of trees; None if one makes too many, or none makes any."""
    inner = np.flatnonzero(nodes.is_inner)
    tree = nodes.tree[inner]
    columns = [nodes.column[inner], nodes.threshold[inner]]
    keys = np.stack(columns, axis=1).astype(np.float64)
    if not inner.size:
        return None
    largest = keys[tree == np.bincount(tree).argmax()]
    if len(np.unique(largest, axis=0)) > MOST:  # of forests, most are seen here
        return None
    keys, comparison = np.unique(keys, axis=0, return_inverse=True)
    pairs, pair = np.unique(tree * len(keys) + comparison.ravel(), return_inverse=True)
    tree_of_pair = pairs // len(keys)
    place = np.arange(len(pairs)) - np.searchsorted(tree_of_pair, tree_of_pair)
    if place.max() >= MOST:
        return None
    of_tree = np.zeros((len(nodes.roots), int(place.max()) + 1), np.int64)
    of_tree[tree_of_pair, place] = pairs % len(keys)
    bit = np.zeros(len(nodes.is_inner), np.int64)
    bit[inner] = place[pair]
    column, threshold = keys.T
    return Splits(column.astype(np.int64), threshold, of_tree, bit)


def leaf_codes(nodes: Nodes, splits: Splits) -> tuple[Value, Ints]:
    """Return a code for the leaf of each row in each tree, and the nodes that codes stand for.

    Parameters
    ----------
    nodes : Nodes
        The nodes of the trees.
    splits : Splits
        Their comparisons.

    Returns
    -------
    codes : Value
        Of shape (trees, rows), int32, counted over all trees.
    leaves : array of int
        The leaf of each code.
    """
    order = _lots(splits.column)
    place = np.zeros(len(splits.column), np.int32)
    place[order] = np.arange(order.size).reshape(order.shape)
    values = ops.gather(nodes.columns, constant(splits.column[order[:, :1]].astype(np.int32)), 0)
    thresholds = splits.threshold[order][..., None].astype(nodes.threshold.dtype)
    results = ops.cast(nodes.compared(values, constant(thresholds)), uint8)
    rows = nodes.columns.shape[1]
    results = ops.reshape(results, (order.size, rows))
    count, bits = splits.of_tree.shape
    together = next(n for n in range(_TOGETHER, 0, -1) if count % n == 0)
    chosen = place[splits.of_tree].reshape(count // together, together * bits)
    powers = np.kron(np.eye(together), 1 << np.arange(bits)).astype(np.uint8)
    codes = ops.mat_mul_integer(constant(powers), ops.gather(results, constant(chosen), 0))
    first = np.arange(count, dtype=np.int32).reshape(-1, together, 1) << bits
    codes = ops.add(codes, constant(first))
    return ops.reshape(codes, (count, rows)), _reached(nodes, splits)


def _lots(column: Ints) -> Ints:
    """Return comparisons of one column in each row; the last ones of some rows are repeated."""
    rows = []
    for value in np.unique(column):
        of_column = np.flatnonzero(column == value)
        lots = -(-len(of_column) // _AT_ONCE)
        rows.append(np.resize(of_column, (lots, _AT_ONCE)))
    return np.concatenate(rows)


def _reached(nodes: Nodes, splits: Splits) -> Ints:
    """Return the leaf that each code stands for."""
    count, bits = splits.of_tree.shape
    node = np.repeat(nodes.roots, 1 << bits)
    code = np.tile(np.arange(1 << bits), count)
    while nodes.is_inner[node].any():
        holds = code >> splits.bit[node] & 1
        node = np.where(nodes.is_inner[node], nodes.below[node, holds], node)
    return node
