"""Eigenvalues of Hermitian matrices: a tridiagonal form, and counts of its eigenvalues below points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import float64, int64
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering.expr import Expr
from onnxp._src.lowering.linalg import small
from onnxp._src.lowering.linalg.matrices import (
    Matrices,
    as_row,
    completed_triangle,
    decompose,
    direction,
    emptied,
    filled,
    guarded,
    indices,
    joined,
    largest,
    nonzero,
    normalised,
    repeat,
    root,
    summed,
)
from onnxp._src.lowering.planes import Planes
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import Shape

POINTS = 15
PASSES = 14  # each makes the intervals of the eigenvalues 16 times smaller
LEAST = 1e-300


def eigvalsh(planes: Planes) -> Value:
    """Compute eigenvalues, in ascending order, of Hermitian matrices from their lower triangles."""
    n = planes[0].shape[-1]
    shapes: list[tuple[int, Shape]] = [(1, (n, 1))]
    if small.are_small(planes):
        ((values,),) = small.unrolled("eigvalsh", small.eigvalsh, [planes], shapes)
    else:
        ((values,),) = decompose("eigvalsh", _eigvalsh, planes, shapes)
    return ops.squeeze(values, (len(values.shape) - 1,))


def _eigvalsh(*planes: Value) -> Sequence[Value]:
    n = planes[0].shape[1]
    least = dims.maximum(n, 1)
    x, bad = guarded(completed_triangle(filled(planes, least, least)))
    x, (norm, scale) = normalised(x)
    count, size = x.shape[:2]
    diagonals, sides = _tridiagonal(x)  # of shape (size, count, 1, 1)
    bound = nonzero(largest(abs(diagonals), 0) + largest(sides, 0) * 2.0)
    diagonals, sides = diagonals / bound, sides / bound
    squares = sides * sides + LEAST  # 0 / 0 would be NaN; 1 / 0 and what follows is counted right
    places = indices(size, 0, 2).cast(float64)
    inside = constant(np.arange(1, POINTS + 1).reshape(1, 1, POINTS) / (POINTS + 1))

    def below(points: Expr) -> Expr:
        """Count the eigenvalues below points: the negative pivots of an elimination (Sturm)."""

        def step(k: Value, pivot: Expr, found: Expr) -> Any:
            diagonal, square = (Expr(ops.gather(y.value, k, 0)) for y in (diagonals, squares))
            pivot = diagonal - points - square / pivot
            return [pivot, found + (pivot < 0.0).cast(float64)], []

        nothing = points * 0.0
        (_, count), _ = repeat(size, [nothing + 1.0, nothing], step)
        result: Expr = count
        return result

    def narrow(_: Value, start: Expr, width: Expr) -> Any:
        few = below(start + width * Expr(inside)) <= places
        width = width * (1 / (POINTS + 1))
        return [start + width * summed(few.cast(float64), 2), width], []

    shape = (count, size, 1)
    start = Expr(ops.constant_of_shape(-2.0, float64, shape))  # powers of two: sums are exact
    width = Expr(ops.constant_of_shape(4.0, float64, shape))
    (start, width), _ = repeat(PASSES, [start, width], narrow)
    values = (start + width * 0.5 + bad) * Expr(ops.squeeze(bound.value, (0,)))
    return emptied(values * norm * scale, planes[0], n, 1)


def _tridiagonal(x: Matrices) -> tuple[Expr, Expr]:
    """Return the diagonal, and the magnitudes of the elements before it in each row."""
    size = x.shape[1]
    rows = indices(size, 0, 2)

    def step(k: Value, a: Matrices, before: Expr) -> Any:
        column = a.at(k, 2)
        diagonal = column.at(k, 1).real
        column = column * (rows > Expr(k)).cast(float64)
        scale = nonzero(largest(column.sizes(), 1))
        column = column / scale
        here = (rows == Expr(ops.add(k, ops.scalar(1, int64)))).cast(float64)
        phase = direction((column * here).summed(1))
        length = root(summed(column.squares(), 1))
        v = column + phase * here * length
        factor = 2.0 / nonzero(summed(v.squares(), 1))
        adjoint = as_row(v.conj())
        w = a @ v * factor
        w = w - v * ((adjoint @ w).real * factor * 0.5)
        both = joined([v, w], 2) @ joined([as_row(w.conj()), adjoint], 1)
        return [a - both, length * scale], [diagonal, before]

    none = Expr(ops.constant_of_shape(0.0, float64, (x.shape[0], 1, 1)))
    _, (diagonal, before) = repeat(size, [x, none], step)
    return diagonal, before
