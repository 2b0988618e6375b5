"""Planes as numbers that have the order of elements, where theirs is another: the missing ones come last."""

from __future__ import annotations

from onnxp._src import ops
from onnxp._src.dtypes import DType, int64
from onnxp._src.graph.values import Value


def in_order(x: Value, dtype: DType) -> Value:
    """Return the plane of an array in the order of its elements.

    Of times they are integers in which NaT, the smallest, wraps to the largest; of categories, codes in which
    the missing ones have the number behind the others.
    """
    if dtype.unit:
        return ops.sub(x, ops.scalar(1, int64))
    if dtype.family == "category":
        return ops.mod(x, ops.scalar(len(dtype.categories) + 1, int64))
    return x


def from_order(x: Value, dtype: DType) -> Value:
    """Return the plane of what `in_order` has returned."""
    one = ops.scalar(1, int64)
    if dtype.unit:
        return ops.add(x, one)
    if dtype.family == "category":
        count = ops.scalar(len(dtype.categories) + 1, int64)
        return ops.sub(ops.mod(ops.add(x, one), count), one)
    return x
