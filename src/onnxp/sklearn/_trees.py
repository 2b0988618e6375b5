"""The leaves where rows end in trees of any library, and sums of what they hold, as in the library.

A decision compares float32 with float32, or float64 with float64, as the dtype of the rows says. Rows go
down even trees level by level (``lowering.trees``), and down others by an operator of ``ai.onnx.ml``, which
gives the numbers of the leaves. What these hold is gathered from a float64 table and summed tree by tree:
ReduceSum over the first axis adds row to row, as scikit-learn does, for any number of rows and threads
(onnxruntime 1.20.1 to 1.32.0). The operators themselves sum in float32 (TreeEnsembleRegressor), or in an order
that depends on the number of threads (TreeEnsemble).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

import onnxp as xp
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.dtypes import BY_NAME, DType
from onnxp._src.lowering.trees.descent import leaf_places
from onnxp._src.ops import ml
from onnxp._src.ops.ml import Ints, Trees
from onnxp.errors import EstimatorError
from onnxp.sklearn._options import options
from onnxp.sklearn._tree_nodes import Tree, by_columns, by_negation, joined

_BITS = 24  # of integers of float32, which TreeEnsembleRegressor gives
_SEVERAL = 3  # trees, from which on a level at a time takes less time than the operators
_FIRST_LEVELS = 3  # of single trees too: they are one step
_FEW_LEVELS = 5
_MOST_LEVELS = 12
_UNEVEN = 1.4  # how much deeper than on average trees may be: rows go down all levels
_SMALL = 96  # nodes of a tree, up to which an operator that adds takes less time than a table
_WIDTH = 512  # how many float64 numbers of a row are added at a time: they are all in memory

Values = Sequence[np.ndarray[Any, Any]]


class LinearLeaf(NamedTuple):
    """The linear model of a leaf.

    Attributes
    ----------
    constant : float
        What the products are added to.
    missing : float
        The result for rows with NaN in one of the columns.
    columns : sequence of int
        The columns that are multiplied.
    coefficients : sequence of float
        A number for each of them.
    """

    constant: float
    missing: float
    columns: Sequence[int] = ()
    coefficients: Sequence[float] = ()


def leaves(X: Array, trees: Sequence[Tree]) -> Array:
    """Return the node where each row ends in each tree: int64 of shape (rows, trees)."""
    X, trees = by_columns(X, trees)
    places, reached = _leaf_places(X, trees)
    number = np.concatenate([np.arange(len(tree.left)) for tree in trees])
    return xp.permute_dims(_gathered(xp.asarray(number[reached]), places), (1, 0))


def leaf_values(
    X: Array, trees: Sequence[Tree], values: Values, dtype: DType = xp.float64
) -> Array:
    """Return the values of the leaves where rows end, of shape (trees, rows, ...).

    `values` has an array for each tree, with what each of its nodes holds.
    """
    return _gathered(*_leaf_table(*by_columns(X, trees), values, dtype))


def leaf_sum(
    X: Array,
    trees: Sequence[Tree],
    values: Values,
    *,
    groups: int = 1,
    base: Sequence[float] | None = None,
    start: Array | None = None,
    mean: bool = False,
    dtype: DType = xp.float64,
) -> Array:
    """Return the sums of what the leaves hold, added tree by tree: of shape (rows, columns).

    Parameters
    ----------
    X : Array
        Rows, in the dtype that the trees compare in.
    trees : sequence of Tree
        The trees.
    values : sequence of array
        What each node of each tree holds: a number, or a number for each column.
    groups : int, optional
        Where each holds a number: of how many sums; tree ``i`` adds to column ``i % groups``.
    base : sequence of float, optional
        Where each holds a number: what the sums start from, a number for each column.
    start : Array, optional
        What the sums start from, of the same shape as the result.
    mean : bool, optional
        Whether to divide by the number of trees.
    dtype : dtype, optional
        The dtype in which the library adds.
    """
    chosen = options()
    columns = groups if values[0].ndim == 1 else values[0].shape[1]
    if columns == 1:
        values = [v.ravel() for v in values]
    if not chosen.exact and chosen.target.ml:
        if mean:
            values = [v / len(trees) for v in values]
        X, trees = by_negation(*by_columns(X, trees))
        targets = [i % groups for i in range(len(trees))]
        total = _ensemble(X, trees, values, targets, columns, base)
        return total if start is None else start + total
    if base is not None:  # the first to be added
        values = [*(b + v for b, v in zip(base, values, strict=False)), *values[groups:]]
    dtype = dtype if chosen.exact else xp.float32
    sums = _exact_sum(X, trees, values, groups, columns, start, dtype)
    return sums / float(len(trees)) if mean else sums


def _exact_sum(
    X: Array,
    trees: Sequence[Tree],
    values: Values,
    groups: int,
    columns: int,
    start: Array | None,
    dtype: DType,
) -> Array:
    X, trees = by_columns(X, trees)
    is_number = values[0].ndim == 1
    adds = is_number and start is None and dtype == xp.float64 and options().target.ml >= 5
    are_small = sum(len(tree.left) for tree in trees) <= _SMALL * len(trees)
    if adds and are_small and not _go_by_levels(joined(X, trees)):
        targets = [i % groups for i in range(len(trees))]
        X, trees = by_negation(xp.astype(X, xp.float64), trees)
        return _ensemble(X, trees, values, targets, columns)
    table, places = _leaf_table(X, trees, values, dtype)
    if is_number:
        return _summed_by_groups(_gathered(table, places), groups, start)
    step = max(1, _WIDTH // columns)
    for first in range(0, len(trees), step):
        part = places if len(trees) <= step else places[first : first + step, :]
        start = _summed(_gathered(table, part), start)
    assert start is not None
    return start


def linear_leaf_sum(
    X: Array, trees: Sequence[Tree], models: Sequence[LinearLeaf], rows: Array, *, groups: int = 1
) -> Array:
    """Return the sums of linear models of the leaves, added tree by tree in float64: of shape (rows, groups).

    Terms are added in their order to the constant, as the library does.

    Parameters
    ----------
    X : Array
        Rows, in the dtype that the trees compare in.
    trees : sequence of Tree
        The trees.
    models : sequence of LinearLeaf
        What the nodes of all trees hold, tree by tree.
    rows : Array
        The columns that terms multiply, in float64.
    groups : int, optional
        Of how many sums; tree ``i`` adds to column ``i % groups``.
    """
    places, reached = _leaf_places(*by_columns(X, trees))
    leaves = [models[node] for node in reached]
    used = sorted({column for leaf in leaves for column in leaf.columns})
    lengths = np.asarray([len(leaf.columns) for leaf in leaves])
    # leaves with fewer terms than others of their tree multiply zeros, behind the columns
    column = np.full((lengths.max(), len(leaves)), len(used), np.int32)
    coefficient = np.zeros(column.shape)
    for place, leaf in enumerate(leaves):
        column[: lengths[place], place] = np.searchsorted(used, leaf.columns)
        coefficient[: lengths[place], place] = leaf.coefficients
    multiplied = xp.take(rows, xp.asarray(np.asarray(used)), axis=1)
    multiplied = xp.concat([multiplied, xp.zeros_like(multiplied[:, :1])], axis=1)
    tables = _LinearTables(
        xp.permute_dims(multiplied, (1, 0)),
        column,
        coefficient,
        xp.asarray([leaf.constant for leaf in leaves], dtype=xp.float64),
        xp.asarray([leaf.missing for leaf in leaves], dtype=xp.float64),
    )
    terms = np.zeros(len(trees), np.int64)
    ends = np.cumsum([len(tree.left) for tree in trees])
    np.maximum.at(terms, np.searchsorted(ends, reached, side="right"), lengths)
    step = groups * max(1, _WIDTH // groups)
    total = None
    for first in range(0, len(trees), step):
        part = places if len(trees) <= step else places[first : first + step, :]
        held = _linear(tables, part, terms[first : first + step])
        total = _summed_by_groups(held, groups, total)
    assert total is not None
    return total


class _LinearTables(NamedTuple):
    """What linear models multiply and add."""

    rows: Array
    """A row for each column, and zeros."""
    column: Ints
    """Of each term and leaf."""
    coefficient: np.ndarray[Any, Any]
    constant: Array
    missing: Array


def _linear(tables: _LinearTables, places: Array, terms: Ints) -> Array:
    """Return the results of the linear models at places: of shape (trees, rows).

    Terms are added one after the other, of the trees that have so many: arrays of a number for each tree and
    row stay in the processor's cache.
    """
    order = np.argsort(-terms, kind="stable")
    rest = xp.take(places, xp.asarray(order), axis=0)
    total = _gathered(tables.constant, rest)
    lacks = xp.zeros_like(rest, dtype=xp.bool)
    totals, lacking = [], []
    for term in range(int(terms.max())):
        count, more = rest.shape[0], int(np.count_nonzero(terms > term))
        if more < count:
            totals.append(total[more:, :])
            lacking.append(lacks[more:, :])
            total, lacks, rest = total[:more, :], lacks[:more, :], rest[:more, :]
        column = _gathered(xp.asarray(tables.column[term]), rest)
        x = xp.take_along_axis(tables.rows, column, axis=0)
        total = total + _gathered(xp.asarray(tables.coefficient[term]), rest) * x
        lacks = lacks | xp.isnan(x)
    place = xp.asarray(np.argsort(order, kind="stable"))
    total, lacks = (
        xp.take(xp.concat([last, *parts[::-1]], axis=0), place, axis=0)
        for last, parts in ((total, totals), (lacks, lacking))
    )
    return xp.where(lacks, _gathered(tables.missing, places), total)


def _summed_by_groups(held: Array, groups: int, start: Array | None) -> Array:
    """Add numbers of shape (trees, rows) tree by tree: of shape (rows, groups)."""
    if groups == 1:
        return xp.reshape(_summed(held, None if start is None else start[:, 0]), (-1, 1))
    held = xp.reshape(held, (held.shape[0] // groups, groups, held.shape[1]))
    total = _summed(held, None if start is None else xp.permute_dims(start, (1, 0)))
    return xp.permute_dims(total, (1, 0))


def _summed(held: Array, start: Array | None) -> Array:
    """Add over the first axis, one after the other."""
    if start is not None:
        held = xp.concat([start[None, ...], held], axis=0)
    return held[0, ...] if held.shape[0] == 1 else xp.sum(held, axis=0)


def paths(X: Array, trees: Sequence[Tree]) -> Array:
    """Return which nodes each row passes: int64 of shape (rows, nodes of all trees), 0 or 1.

    A row passes a node if its leaf is among those below it; these follow one another from left to right.
    """
    places, reached = _leaf_places(*by_columns(X, trees))
    first, last = (np.concatenate(ends) for ends in zip(*map(_spans, trees), strict=True))
    leaf = xp.permute_dims(_gathered(xp.asarray(first[reached]), places), (1, 0))
    tree = np.repeat(np.arange(len(trees)), [len(tree.left) for tree in trees])
    leaf = xp.take(leaf, xp.asarray(tree), axis=1)
    return xp.astype((leaf >= xp.asarray(first)) & (leaf < xp.asarray(last)), xp.int64)


def _spans(tree: Tree) -> tuple[Ints, Ints]:
    """Return the first leaf below each node, counted from left to right, and the one behind the last."""
    first, last = np.zeros((2, len(tree.left)), np.int64)
    count, stack = 0, [0]
    while stack:
        node = stack.pop()
        if node < 0:  # all below it are counted
            last[~node] = count
        else:
            first[node] = count
            if tree.left[node] < 0:
                count += 1
                last[node] = count
            else:
                stack += [~node, int(tree.right[node]), int(tree.left[node])]
    return first, last


def _leaf_table(
    X: Array, trees: Sequence[Tree], values: Values, dtype: DType
) -> tuple[Array, Array]:
    """Return a table of the values of leaves, and the places of rows in it: int32 of shape (trees, rows)."""
    held = np.concatenate(values)
    places, reached = _leaf_places(X, trees)
    if held.ndim > 1:  # not many numbers for each of several places of one leaf
        distinct, number = np.unique(reached, return_inverse=True)
        if len(distinct) < len(reached):
            reached, places = distinct, _gathered(xp.asarray(number.astype(np.int32)), places)
    return xp.asarray(held[reached], dtype=dtype), places


def _leaf_places(X: Array, trees: Sequence[Tree]) -> tuple[Array, Ints]:
    """Return where each row ends in each tree, int32 of shape (trees, rows), and the leaf at each place."""
    nodes = joined(X, trees)
    if _go_by_levels(nodes):
        value, reached = leaf_places(X._planes[0], nodes, products=options().target.ml > 0)
        return new_array(xp.int32, (value,)), reached
    X, trees = by_negation(X, trees)
    numbers = [np.cumsum(tree.is_leaf) - 1 for tree in trees]
    places = xp.astype(xp.permute_dims(_numbered(X, trees, numbers), (1, 0)), xp.int32)
    if len(trees) > 1:
        counts = np.asarray([number[-1] + 1 for number in numbers], np.int32)
        places = places + xp.asarray((np.cumsum(counts) - counts)[:, None])
    return places, np.flatnonzero(nodes.left < 0)


def _gathered(table: Array, places: Array) -> Array:
    if table.ndim > 1:
        return xp.take(table, places, axis=0)
    # Gather copies number by number, four times slower than GatherElements (onnxruntime 1.20.1 to 1.32.0)
    flat = xp.take_along_axis(table, xp.reshape(places, (-1,)), axis=0)
    return xp.reshape(flat, places.shape)


def _go_by_levels(nodes: Trees) -> bool:
    """Return whether to lead rows from level to level, without the operators of ``ai.onnx.ml``."""
    if not options().target.ml:
        return True
    left, right = (side + nodes.root for side in (nodes.left, nodes.right))
    level, depth, leaves, total = nodes.roots, 0, 0, 0
    while True:
        inner = level[nodes.left[level] >= 0]
        leaves += len(level) - len(inner)
        total += depth * (len(level) - len(inner))
        if not inner.size:
            return depth <= max(_FEW_LEVELS, _UNEVEN * total / leaves)
        if depth == (_MOST_LEVELS if len(nodes.sizes) >= _SEVERAL else _FIRST_LEVELS):
            return False
        level, depth = np.concatenate([left[inner], right[inner]]), depth + 1


def _numbered(X: Array, trees: Sequence[Tree], numbers: Sequence[Ints]) -> Array:
    """Return the number of the leaf where each row ends in each tree: float32 of shape (rows, trees).

    Each tree has an operator: one for several goes through all of them for each row, which takes a quarter
    more time (onnxruntime 1.20.1 to 1.32.0).
    """
    if max(int(number[-1]) for number in numbers) >= 2**_BITS:
        nodes = max(len(tree.left) for tree in trees)
        raise EstimatorError(
            f"a tree has {nodes} nodes, but a model can number {2**_BITS} of them; "
            "limit max_depth or max_leaf_nodes"
        )
    found = [
        _ensemble(X, [tree], [number], [0], 1) for tree, number in zip(trees, numbers, strict=True)
    ]
    return found[0] if len(trees) == 1 else xp.concat(found, axis=1)


def _ensemble(
    X: Array,
    trees: Sequence[Tree],
    weights: Values,
    targets: Iterable[int],
    n_targets: int,
    base: Sequence[float] | None = None,
) -> Array:
    nodes = joined(X, trees)
    nodes = nodes._replace(
        weight=np.concatenate(weights), target=np.repeat(np.asarray([*targets]), nodes.sizes)
    )
    chosen = options()
    if chosen.exact and chosen.target.ml >= 5:
        value = ml.tree_ensemble(X._planes[0], nodes, n_targets)
    else:
        value = ml.tree_ensemble_regressor(X._planes[0], nodes, n_targets, base)
    return new_array(BY_NAME[value.dtype.name], (value,))
