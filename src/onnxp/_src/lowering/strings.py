"""Strings: their ranks as integers, and numbers as text; `parsing` reads numbers.

Kernels only compare strings for equality. Unique sorts them by code points, as Python and numpy do,
so functions that need an order replace strings by their indices among the distinct ones.
"""

from __future__ import annotations

from onnxp._src import ops
from onnxp._src.dtypes import bool_, string
from onnxp._src.graph.values import Value
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import product


def ranked(x: Value) -> tuple[Value, Value]:
    """Return the distinct elements of an array in ascending order, and the index of each element in them."""
    values, _, ranks, _ = distinct(x)
    return values, ops.reshape(ranks, x.shape)


def ranked_together(*arrays: Value) -> tuple[Value, ...]:
    """Replace the elements of arrays of rank 1 by their ranks among the elements of all arrays."""
    start: Size = 0
    parts: list[Value] = []
    ranks = ranked(ops.concat(arrays, 0))[1]
    for x in arrays:
        end = start + x.shape[0]
        parts.append(ops.slice_(ranks, (start,), (end,), (0,), (1,)))
        start = end
    return tuple(parts)


def distinct(x: Value) -> tuple[Value, Value, Value, Value]:
    """Return the distinct elements in ascending order, their first indices, the inverse, and counts."""
    flat = ops.reshape(x, (product(x.shape),))
    return ops.unique_text(flat)


def to_string(x: Value) -> Value:
    """Convert integers and bools to strings, as Python does."""
    if x.dtype is bool_:
        return ops.where(x, ops.scalar("True", string), ops.scalar("False", string))
    return ops.cast(x, string)
