"""QR decompositions by reflections (Householder), in blocks of columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onnxp._src import ops
from onnxp._src.dtypes import float64, int64
from onnxp._src.graph.values import Value
from onnxp._src.lowering.expr import Expr, minimum, where
from onnxp._src.lowering.linalg import blocks, small
from onnxp._src.lowering.linalg.matrices import (
    Matrices,
    as_columns,
    as_rows,
    decompose,
    emptied,
    filled,
    identity,
    indices,
    joined,
    largest,
    measured,
    named,
    nonzero,
    number,
    quotient,
    repeat,
    root,
    summed_squares,
    unit,
)
from onnxp._src.lowering.planes import Planes
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size

NEGLIGIBLE = 1e-280
"""A sum of squares, of numbers up to about 1, that may have underflowed."""
_PARTS = 4  # of sums of products
_AT_ONCE_FROM = 129
"""The number of reflections from which those of a block are applied at once, as by LAPACK.

The products that this takes are faster, and cancel where columns are nearly parallel.
"""


def qr(planes: Planes, *, complete: bool) -> tuple[Planes, Planes]:
    """Compute the orthonormal and the upper triangular factors; `complete` for square orthonormal ones."""
    m, n = planes[0].shape[-2:]
    inner = m if complete else dims.minimum(m, n)
    count = len(planes)
    shapes = [(count, (m, inner)), (count, (inner, n))]
    if small.are_small(planes):
        q, r = small.unrolled("qr", small.qr, [planes], shapes, complete)
    else:
        q, r = decompose("qr", _qr, planes, shapes, complete)
    return q, r


def _qr(*arguments: Any) -> Sequence[Value]:
    *planes, complete = arguments
    m, n = planes[0].shape[1:]
    inner = m if complete else dims.minimum(m, n)
    q, r = factors(filled(planes, dims.maximum(m, 1), dims.maximum(n, 1)), complete=complete)
    return *emptied(q, planes[0], m, inner), *emptied(r, planes[0], inner, n)


def factors(x: Matrices, *, complete: bool) -> tuple[Matrices, Matrices]:
    """Return the orthonormal and the upper triangular factors of matrices that are not empty."""
    count, m, n = x.shape
    k = named(ops.size_value(dims.minimum(m, n)))
    part = blocks.count(blocks.rounded(m, _PARTS), _PARTS)
    tall = part * _PARTS
    block = blocks.width(k)
    panels = blocks.count(blocks.rounded(k, block), block)
    room = dims.maximum(panels * block, n)  # the last panel is whole
    x, sizes = _columns_of_one_size(x)
    x = measured(x.each(ops.pad, (0, 0, 0), (0, tall - m, room - n)), 2)
    wide = x.shape[2]
    rows = indices(tall, 0, 2)
    masks, one = blocks.levels(block), unit(block)
    above = (indices(block, 0, 2) < indices(block, 0, 1)).cast(float64)
    # how many columns beyond those of a block are reflected with them, one reflection after the other
    beyond = Expr(number(wide)) * (Expr(number(k)) < _AT_ONCE_FROM).cast(int64)

    def panel(trip: Value, r: Matrices) -> Any:
        start = ops.mul(trip, number(block))
        first = Expr(ops.unsqueeze(start, (0,)))
        stop = minimum(Expr(start) + Expr(number(block)) + beyond, Expr(number(wide))).value

        def column(j: Value, p: Matrices) -> Any:
            place = ops.unsqueeze(j, (0,))
            v, scale = reflection(p.at(place, 2), rows, first + Expr(place))
            projected = _projected(v, p, part)
            return [p - v @ (scale.conj() * projected)], [v, scale]

        columns = r.before(stop, 2).after(start, 2)
        (p,), (vectors, scales) = repeat(block, [columns], column)
        v, adjoint, scale = as_columns(vectors), as_rows(vectors.conj()), as_rows(scales)
        inner = blocks.triangle_inverse(scale * ((adjoint @ v) * above), one, masks)
        inner = inner * scale.each(ops.reshape, (count, 1, block))
        right = r.after(stop, 2)
        right = right - v @ (inner.adjoint() @ (adjoint @ right))
        r = joined([r.before(start, 2), p, right], 2)
        for value in r.values:
            value.shape = (count, tall, wide)
        return [r], [v, inner]

    (r,), (vectors, inners) = repeat(panels, [x], panel)

    def back(trip: Value, q: Matrices) -> Any:
        last = ops.sub(number(panels - 1), trip)
        v, inner = (y.each(ops.gather, last, 0) for y in (vectors, inners))
        return [q - v @ (inner @ (v.adjoint() @ q))], []

    height = m if complete else k
    (q,), _ = repeat(panels, [identity(x, tall, height)], back)
    q = q.window(0, m, 1)
    r = r.window(0, height, 1).window(0, n, 2) * sizes
    return q, r.each(ops.trilu, ops.scalar(0, int64), upper=True)


def _columns_of_one_size(x: Matrices) -> tuple[Matrices, Expr]:
    """Divide columns by their largest elements.

    Powers of two would keep integers, whose rounding errors add up in the same direction.
    """
    size = nonzero(largest(x.sizes(), 1))
    return x / size, size


def _projected(v: Matrices, x: Matrices, part: Size) -> Matrices:
    """Return the products of adjoint vectors and matrices, as the sum of the products of parts of rows.

    One long sum from the first row to the last rounds equal terms in the same direction.
    """
    count, columns = x.shape[0], x.shape[2]
    rows = v.conj().each(ops.reshape, (count, _PARTS, 1, part))
    products = rows @ x.each(ops.reshape, (count, _PARTS, part, columns))
    return products.each(lambda value: ops.reduce("ReduceSum", value, (1,)))


def reflection(x: Matrices, rows: Expr, row: Expr) -> tuple[Matrices, Matrices]:
    """Return vectors v and factors t such that (1 - conj(t) v v') x is 0 below a row of shape (1,).

    The vectors are 0 above this row and 1 in it, and the result has LAPACK's sign. For a column that is real in
    this row, and 0 or negligible beside 1 below, t is 0.
    """
    here = (rows == row).cast(float64)
    head = (x * here).summed(1)
    rest = x * (rows > row).cast(float64)
    squares = summed_squares(rest, 1)
    for part in head.parts[1:]:
        squares = squares + part * part
    trivial = squares < NEGLIGIBLE
    length = root(head.real * head.real + squares)
    length = where(head.real < 0.0, length, -length)
    gap = Matrices(length, *(0.0 * part for part in head.parts[1:])) - head
    t = Matrices(*(where(trivial, 0.0, part / length) for part in gap.parts))
    steep = Matrices(where(trivial, 1.0, gap.real), *gap.parts[1:])
    below = quotient(rest, steep) if x.is_complex else rest / steep.real
    return Matrices(here - below.real, *(-part for part in below.parts[1:])), t
