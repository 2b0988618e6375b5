"""QR decompositions by reflections (Householder), in blocks of columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onnxp._src import ops
from onnxp._src.dtypes import float64, int64
from onnxp._src.graph.values import Value
from onnxp._src.lowering.expr import Expr, where
from onnxp._src.lowering.linalg import blocks
from onnxp._src.lowering.linalg.matrices import (
    Matrices,
    Planes,
    as_columns,
    as_rows,
    decompose,
    emptied,
    filled,
    identity,
    indices,
    joined,
    largest,
    nonzero,
    number,
    quotient,
    repeat,
    root,
    summed,
    unit,
)
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size


def qr(planes: Planes, *, complete: bool) -> tuple[Planes, Planes]:
    """Compute the orthonormal and the upper triangular factors; `complete` for square orthonormal ones."""
    m, n = planes[0].shape[-2:]
    inner = m if complete else dims.minimum(m, n)
    count = len(planes)
    q, r = decompose("qr", _qr, planes, [(count, (m, inner)), (count, (inner, n))], complete)
    return q, r


def _qr(*arguments: Any) -> Sequence[Value]:
    *planes, complete = arguments
    m, n = planes[0].shape[1:]
    k = dims.minimum(m, n)
    block = blocks.width(k)
    panels = blocks.rounded(k, block)
    x = filled(planes, dims.maximum(m, 1), dims.maximum(n, panels))
    q, r = factors(x, block, blocks.count(panels, block), m if complete else k)
    inner = m if complete else k
    return *emptied(q, planes[0], m, inner), *emptied(r, planes[0], inner, n)


def factors(x: Matrices, block: Size, panels: Size, inner: Size) -> tuple[Matrices, Matrices]:
    """Return the orthonormal and the upper triangular factors of matrices with room for all panels.

    The first has `inner` columns, at least 1; the second has all rows.
    """
    count, m, n = x.shape
    rows = indices(m, 0, 2)
    masks, small = blocks.levels(block), unit(block)
    above = (indices(block, 0, 2) < indices(block, 0, 1)).cast(float64)

    def panel(k: Value, r: Matrices) -> Any:
        start = ops.mul(k, number(block))

        def column(j: Value, p: Matrices) -> Any:
            v, scale = reflection(p.at(j, 2), rows, Expr(ops.add(start, j)))
            projected = v.conj().each(ops.reshape, (count, 1, m)) @ p
            return [p - v @ (scale.conj() * projected)], [v, scale]

        (p,), (vectors, scales) = repeat(block, [r.window(start, block, 2)], column)
        v = as_columns(vectors)
        adjoint = as_rows(vectors.conj())
        scale = as_rows(scales)
        inner = blocks.triangle_inverse(scale * ((adjoint @ v) * above), small, masks)
        inner = inner * scale.each(ops.reshape, (count, 1, block))
        stop = ops.add(start, number(block))
        right = r.after(stop, 2)
        right = right - v @ (inner.adjoint() @ (adjoint @ right))
        left = r.each(lambda y: ops.slice_values(y, ops.ints(0), _one(start), 2, 0))
        for value in left.values:
            value.shape = (count, m, dims.dim("size", 0, origin=(left.values[0], 2)))
        r = joined([left, p, right], 2)
        for value in r.values:
            value.shape = (count, m, n)
        return [r], [v, inner]

    (r,), (vectors, inners) = repeat(panels, [x], panel)

    def back(k: Value, q: Matrices) -> Any:
        last = ops.sub(ops.sub(number(panels), ops.scalar(1, int64)), k)
        v, inner = (y.each(ops.gather, last, 0) for y in (vectors, inners))
        return [q - v @ (inner @ (v.adjoint() @ q))], []

    (q,), _ = repeat(panels, [identity(x, m, dims.maximum(inner, 1))], back)
    return q, r.each(lambda y: ops.trilu(y, ops.scalar(0, int64), upper=True))


def _one(x: Value) -> Value:
    return ops.unsqueeze(x, (0,))


def reflection(x: Matrices, rows: Expr, row: Expr) -> tuple[Matrices, Matrices]:
    """Return vectors v and factors t such that (1 - conj(t) v v') x is 0 below a row.

    The vectors are 0 above this row and 1 in it, and the result has LAPACK's sign. For a column that is 0
    below, and real in this row, t is 0.
    """
    x = x * (rows >= row).cast(float64)
    size = largest(x.sizes(), 1)
    x = x / nonzero(size)
    here = (rows == row).cast(float64)
    head = (x * here).summed(1)
    squares = x.squares()
    length = root(summed(squares, 1))
    length = where(head.real < 0.0, length, -length)
    trivial = summed(squares * (1.0 - here), 1)
    for part in head.parts[1:]:
        trivial = trivial + part * part
    moved = Matrices(head.real - length, *head.parts[1:])
    v = quotient(Matrices(x.real - here * length, *x.parts[1:]), moved)
    t = -moved / nonzero(length)
    return v, Matrices(*(where(trivial == 0.0, 0.0, part) for part in t.parts))
