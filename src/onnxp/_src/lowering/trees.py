"""Trees without ``ai.onnx.ml``: all rows go down all trees at once, a level at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import float32
from onnxp._src.graph.values import Value, constant
from onnxp._src.ops.ml import Ints, Trees

_Host = np.ndarray[Any, Any]


def tree_sums(x: Value, trees: Trees, n_targets: int, base: Sequence[float] | None = None) -> Value:
    """Return the sums of the weights of the leaves, of shape (rows, targets), in float32; see `Trees`."""
    start = np.cumsum(trees.sizes) - trees.sizes
    inner = trees.left >= 0
    offset = np.repeat(start, trees.sizes)
    own = np.arange(len(inner))
    left, right = (np.where(inner, side + offset, own) for side in (trees.left, trees.right))
    nodes = _Nodes(trees, inner, left, right)
    place = ops.expand(constant(start), (x.shape[0], len(start)))
    for _ in range(_depth(left, right, start)):
        place = nodes.below(x, place)
    total = _weighed(trees, place, n_targets)
    if base is not None:
        total = ops.add(total, constant(np.asarray(base, np.float32)))
    return total


class _Nodes:
    """What the nodes of all trees look at, and where rows go from them; they stay in leaves."""

    def __init__(self, trees: Trees, inner: _Host, left: Ints, right: Ints) -> None:
        self._strict = trees.strict
        self._feature = constant(np.where(inner, trees.feature, 0).astype(np.int64))
        self._threshold = np.where(inner, trees.threshold, 0)
        self._missing_left = inner & trees.missing_left
        self._left, self._right = constant(left), constant(right)

    def below(self, x: Value, place: Value) -> Value:
        """Return where rows go from their nodes, of shape (rows, trees)."""
        value = ops.gather_elements(x, ops.gather(self._feature, place, 0), 1)
        limit = ops.gather(constant(self._threshold.astype(x.dtype.numpy)), place, 0)
        goes_left = (ops.less if self._strict else ops.less_or_equal)(value, limit)
        if self._missing_left.any():
            missing = ops.gather(constant(self._missing_left), place, 0)
            goes_left = ops.or_(goes_left, ops.and_(ops.is_nan(value), missing))
        return ops.where(
            goes_left, ops.gather(self._left, place, 0), ops.gather(self._right, place, 0)
        )


def _depth(left: Ints, right: Ints, start: Ints) -> int:
    """Return the number of steps after which all rows are in leaves."""
    depth, level = 0, start[left[start] != start]
    while len(level):
        below = np.concatenate([left[level], right[level]])
        depth, level = depth + 1, below[left[below] != below]
    return depth


def _weighed(trees: Trees, place: Value, n_targets: int) -> Value:
    weight = trees.weight.astype(np.float32)
    if weight.ndim == 2:
        return ops.reduce("ReduceSum", ops.gather(constant(weight), place, 0), (1,))
    targets = trees.target[np.cumsum(trees.sizes) - trees.sizes]
    held = ops.gather(constant(weight), place, 0)
    if np.array_equal(targets, np.arange(n_targets)):
        return held
    if n_targets == 1:
        return ops.reduce("ReduceSum", held, (1,), keepdims=True)
    of_target = (targets[:, None] == np.arange(n_targets)).astype(np.float32)
    assert held.dtype is float32
    return ops.mat_mul(held, constant(of_target))
