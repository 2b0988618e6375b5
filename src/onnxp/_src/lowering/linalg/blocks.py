"""Sizes of blocks of columns, and inverses of triangular blocks without a loop."""

from __future__ import annotations

from collections.abc import Sequence

from onnxp._src import ops
from onnxp._src.dtypes import float64, int64
from onnxp._src.graph.values import Value
from onnxp._src.lowering.expr import Expr, maximum, minimum
from onnxp._src.lowering.linalg.matrices import (
    Matrices,
    filled,
    indices,
    named,
    number,
    unit,
    zeros,
)
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size

LARGEST = 32
_WIDE_FROM = 100  # the number of columns from which blocks of 32 are faster than blocks of 16


def width(columns: Size) -> Size:
    """Return how many columns a block has, for matrices with so many."""
    count = Expr(ops.size_value(columns))
    most = (count >= _WIDE_FROM).cast(int64) * (LARGEST // 2) + LARGEST // 2
    return named(minimum(maximum(count, 1), most).value)


def rounded(size: Size, block: Size) -> Size:
    """Return the least multiple of a block, at least one, that is at least a size."""
    return dims.floor_divide(dims.maximum(size, 1) + block - 1, block) * block


def count(size: Size, block: Size) -> Size:
    """Return the number of blocks."""
    return named(ops.div(ops.size_value(size), ops.size_value(block)))


def completed(planes: Sequence[Value], block: Size) -> Matrices:
    """Return square matrices whose size is a multiple of a block, with ones on the new diagonal."""
    n = planes[0].shape[1]
    wide = rounded(n, block)
    x = filled(planes, wide, wide)
    size = x.shape[1]
    new = (indices(size, 0, 2) >= Expr(number(n))).cast(float64)
    return Matrices(x.real + unit(size) * new, *x.parts[1:])


def levels(block: Size) -> list[Expr]:
    """Return masks for `triangle_inverse`: the blocks beside the diagonal, of sizes 1, 2, 4, ..."""
    i, j = indices(block, 0, 2), indices(block, 0, 1)
    masks = []
    size = 1
    while size < LARGEST:
        beside = (i / (2 * size) == j / (2 * size)) & ~(i / size == j / size)
        masks.append(beside.cast(float64))
        size *= 2
    return masks


def triangle_inverse(triangle: Matrices, diagonal: Expr, masks: list[Expr]) -> Matrices:
    """Invert triangular matrices with real diagonals, from the inverses of these as diagonal matrices.

    The inverse of blocks of twice the size follows from those of their halves by two products.
    """
    inverse = Matrices(diagonal, *zeros(triangle, triangle.shape).parts[1:])
    for mask in masks:
        inverse = inverse - inverse @ ((triangle * mask) @ inverse)
    return inverse
