"""Repetition by counts that are only known when the model runs."""

from __future__ import annotations

from collections.abc import Sequence

from onnxp._src import ops
from onnxp._src.dtypes import int64
from onnxp._src.graph.values import Value
from onnxp._src.lowering.functions import recipe
from onnxp._src.shapes import dims


def repeat_indices(counts: Value) -> Value:
    """Return each index of `counts`, an int64 of rank 1, repeated by its count.

    The runtime fails if a count is negative.
    """
    (result,) = recipe("repeat", _repeat_indices, (counts,), ((int64, (0,)),))
    result.shape = (dims.dim("repeated", 0, origin=(result, 0)),)
    return result


def _repeat_indices(counts: Value) -> Sequence[Value]:
    """Mark the end of each index in the result, and count the marks."""
    zero = ops.ints(0)
    ends = ops.cum_sum(counts, 0)
    total = ops.gather(ops.concat((zero, ends), 0), ops.ints(-1), 0)
    least = ops.reduce_min(ops.concat((zero, counts), 0), (0,), keepdims=True)
    # fails if a count is negative, because no array has -1 elements
    length = ops.where(ops.less(least, zero), ops.ints(-1), ops.add(total, ops.ints(1)))
    marks = ops.constant_of_shape(0, int64, (dims.dim("length", 1),), length)
    marks = ops.scatter_elements(
        marks, ends, ops.constant_of_shape(1, int64, counts.shape), 0, "add"
    )
    return (ops.slice_(ops.cum_sum(marks, 0), (None,), (-1,), (0,), (1,)),)
