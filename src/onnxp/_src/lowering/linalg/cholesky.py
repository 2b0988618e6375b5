"""Cholesky factors, by blocks of columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onnxp._src import ops
from onnxp._src.dtypes import int64
from onnxp._src.graph.values import Value
from onnxp._src.lowering.expr import Expr
from onnxp._src.lowering.linalg import blocks, small
from onnxp._src.lowering.linalg.matrices import (
    Matrices,
    as_columns,
    at,
    decompose,
    emptied,
    joined,
    measured,
    named,
    number,
    repeat,
    root,
    spoiled,
    summed,
    unit,
    zeros,
)
from onnxp._src.lowering.planes import Planes


def cholesky(planes: Planes) -> Planes:
    """Compute lower triangular factors, from the lower triangles; of other matrices, NaN."""
    shapes = [(len(planes), planes[0].shape[-2:])]
    if small.are_small(planes):
        return small.unrolled("cholesky", small.cholesky, [planes], shapes)[0]
    return decompose("cholesky", _cholesky, planes, shapes)[0]


def _cholesky(*planes: Value) -> Sequence[Value]:
    n = planes[0].shape[1]
    block = blocks.width(n)
    x = blocks.completed(planes, block)
    count, size = x.shape[:2]
    masks, one = blocks.levels(block), unit(block)

    def panel(k: Value, factor: Matrices) -> Any:
        start = ops.mul(k, number(block))
        left = factor.after(start, 1)
        columns = x.window(start, block, 2).after(start, 1)
        for value in columns.values:
            value.shape = (count, left.shape[1], block)
        columns = columns - left @ left.window(0, block, 1).adjoint()

        def column(j: Value, rest: Matrices) -> Any:
            v = rest.at(j, 2)
            v = v / root(at(v.real, j, 1))
            return [rest - v @ v.conj().each(ops.reshape, (count, 1, block))], [v]

        _, (columns_,) = repeat(block, [columns.window(0, block, 1)], column)
        # What the steps have left above the diagonals, from elements that are not to be read, and the imaginary
        # parts of the diagonals are not part of the factors.
        top = as_columns(columns_)
        lower = [ops.trilu(v, ops.scalar(-i, int64), upper=False) for i, v in enumerate(top.values)]
        top = Matrices(*map(Expr, lower))
        inverse = blocks.triangle_inverse(top, one / summed(top.real * one, 1), masks)
        below = columns.after(block, 1) @ inverse.adjoint()
        above = zeros(top, (count, named(ops.unsqueeze(start, (0,)), low=0), block))
        return [joined([factor, joined([above, top, below], 1)], 2)], []

    start = zeros(x, (count, size, 1))  # no product is empty
    (factor,), _ = repeat(blocks.count(size, block), [start], panel, loose={0: (2,)})
    factor = measured(factor.after(1, 2), 2)
    bad = (
        summed(summed(factor.real * unit(size), 1), 2) * 0.0
    )  # NaN unless all diagonals are finite
    return emptied(spoiled(factor, bad), planes[0], n, n)
