"""Determinants: elimination by blocks of columns, with partial pivoting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from onnxp._src import ops
from onnxp._src.dtypes import bool_, float64
from onnxp._src.graph.values import Value
from onnxp._src.lowering import cumulative
from onnxp._src.lowering.expr import Expr, where
from onnxp._src.lowering.linalg import blocks, small
from onnxp._src.lowering.linalg.matrices import (
    Matrices,
    as_columns,
    decompose,
    emptied,
    in_range,
    indices,
    quotient,
    repeat,
    signs_and_sizes,
    summed,
    unit,
)
from onnxp._src.lowering.planes import Planes
from onnxp._src.shapes.shape import Shape


def det(planes: Planes) -> Planes:
    """Compute determinants."""
    shapes: list[tuple[int, Shape]] = [(len(planes), (1, 1))]
    if small.are_small(planes):
        (result,) = small.unrolled("det", small.det, [planes], shapes)
    else:
        (result,) = decompose("det", _det, planes, shapes)
    return _numbers(result)


def slogdet(planes: Planes) -> tuple[Planes, Planes]:
    """Compute signs, and logarithms of the magnitudes, of determinants."""
    shapes: list[tuple[int, Shape]] = [(len(planes), (1, 1)), (1, (1, 1))]
    if small.are_small(planes):
        sign, log = small.unrolled("slogdet", small.slogdet, [planes], shapes)
    else:
        sign, log = decompose("slogdet", _slogdet, planes, shapes)
    return _numbers(sign), _numbers(log)


def _numbers(planes: Planes) -> Planes:
    rank = len(planes[0].shape)
    return tuple(ops.squeeze(plane, (rank - 2, rank - 1)) for plane in planes)


def _det(*planes: Value) -> Sequence[Value]:
    pivots, sign = _pivots(planes)
    signs, sizes = signs_and_sizes(pivots)
    logs = sizes.unary("Log")
    total = in_range(_total(pivots), _total(signs), summed(logs, 1), summed(abs(logs), 1))
    return emptied(total * sign, planes[0], 1, 1)


def _slogdet(*planes: Value) -> Sequence[Value]:
    pivots, sign = _pivots(planes)
    signs, sizes = signs_and_sizes(pivots)
    log = summed(sizes.unary("Log"), 1)
    total = _total(signs) * sign
    # no negative zero
    total = Matrices(*(where(part == 0.0, 0.0, part) for part in total.parts))
    return *emptied(total, planes[0], 1, 1), *emptied(log, planes[0], 1, 1)


def _total(x: Matrices) -> Matrices:
    return Matrices(*map(Expr, cumulative.total_product(x.values, (1,), keepdims=True)))


def _pivots(planes: Sequence[Value]) -> tuple[Matrices, Expr]:
    """Return the pivots, of shape (count, n, 1), and the signs of the permutations of the rows.

    Rows stay where they are. A mask marks those that have not been pivots. A row may be picked twice where
    there is NaN; the pivots are NaN then.
    """
    n = planes[0].shape[1]
    block = blocks.width(n)
    x = blocks.completed(planes, block)
    count, size = x.shape[:2]
    rows = indices(size, 0, 2)
    masks, one = blocks.levels(block), unit(block)
    lower = (indices(block, 0, 2) > indices(block, 0, 1)).cast(float64)

    def panel(_: Value, rest: Matrices, free: Expr) -> Any:
        def column(j: Value, left: Matrices, free: Expr) -> Any:
            c = left.at(j, 2)
            height = abs(c.real)
            for part in c.parts[1:]:
                height = height + abs(part)
            place = ops.arg_max(where(free, height, -1.0).value, 1)
            row = _picked(left, place, (count, 1, block))
            pivot = row.at(j, 2)
            free = free & ~(rows == Expr(ops.unsqueeze(place, (2,))))
            factors = Matrices(*(where(free, part, 0.0) for part in quotient(c, pivot).parts))
            return [left - factors @ row, free], [factors, Expr(place), pivot]

        (_, free), (factors, places, pivots) = repeat(
            block, [rest.window(0, block, 2), free], column
        )
        factors = as_columns(factors)
        place = ops.transpose(ops.squeeze(places.value, (2,)), (1, 0))
        triangle = _picked(factors, place, (count, block, block)) * lower
        right = rest.after(block, 2)
        above = _picked(right, place, (count, block, right.shape[2]))
        above = blocks.triangle_inverse(triangle, one, masks) @ above
        return [right - (factors * free.cast(float64)) @ above, free], [pivots, Expr(place)]

    some = ops.constant_of_shape(True, bool_, (count, size, 1))
    (_, free), (pivots, places) = repeat(
        blocks.count(size, block), [x, Expr(some)], panel, loose={0: (2,)}
    )
    order = Expr(ops.reshape(ops.transpose(places.value, (1, 0, 2)), (count, size, 1)))
    later = order > Expr(ops.reshape(order.value, (count, 1, size)))
    exchanged = (later & (rows < indices(size, 0, 1))).cast(float64)
    parity = Expr(
        ops.mod(summed(summed(exchanged, 1), 2).value, ops.scalar(2.0, float64), fmod=True)
    )
    unused = summed(free.cast(float64), 1) > 0.0
    pivots = pivots.each(lambda y: ops.transpose(ops.reshape(y, (size, count, 1)), (1, 0, 2)))
    return Matrices(*(where(unused, math.nan, part) for part in pivots.parts)), 1.0 - parity * 2.0


def _picked(x: Matrices, places: Value, shape: Any) -> Matrices:
    """Return the rows at places of shape (count, number)."""
    index = ops.unsqueeze(places, (2,))
    rows = x.each(lambda plane: ops.gather_nd(plane, index, 1))
    for value in rows.values:
        value.shape = shape
    return rows
