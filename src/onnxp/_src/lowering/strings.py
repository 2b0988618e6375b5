"""Strings: their order as integers, and numbers written as strings.

Kernels compare strings for equality only. But Unique sorts them by their code points, as Python and numpy do,
so the index of each element among the distinct ones stands for it wherever there is an order.
"""

from __future__ import annotations

from onnxp._src import ops
from onnxp._src.dtypes import DType, bool_, float64, int64, string, uint64
from onnxp._src.graph.values import Value
from onnxp._src.lowering.casts import cast
from onnxp._src.lowering.functions import recipe
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import product


def ranked(x: Value) -> tuple[Value, Value]:
    """Return the distinct elements of an array in ascending order, and for each element its index there."""
    values, _, ranks, _ = distinct(x)
    return values, ops.reshape(ranks, x.shape)


def ranked_together(*arrays: Value) -> tuple[Value, ...]:
    """Return arrays of rank 1 as integers that compare as their elements do, across all of them."""
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


# Numbers

_NUMBERS = {
    int64: r"\s*[+-]?[0-9]+\s*",
    uint64: r"\s*[+]?[0-9]+\s*",
    float64: r"(?i)\s*[+-]?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?|nan|inf|infinity)\s*",
}
"""What Python takes for a number, but for underscores and digits of other scripts."""


def parse(x: Value, dtype: DType) -> Value:
    """Read numbers in decimal notation; the run fails if one is none, or too large for 64 bits."""
    wide = float64 if dtype.family == "float" else uint64 if dtype is uint64 else int64
    return cast(recipe("parse", _parse, (x,), ((wide, x.shape),), wide)[0], dtype)


def _parse(x: Value, dtype: DType) -> tuple[Value]:
    # Cast reads as far as it can, and takes hexadecimal numbers for floats; of nothing it makes an error.
    number = ops.regex_full_match(x, _NUMBERS[dtype])
    return (ops.cast(ops.where(number, x, ops.scalar("", string)), dtype),)


def to_string(x: Value) -> Value:
    """Write integers, and bools as Python does."""
    if x.dtype is bool_:
        return ops.where(x, ops.scalar("True", string), ops.scalar("False", string))
    return ops.cast(x, string)
