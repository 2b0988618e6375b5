"""Inverses of matrices and solutions of linear equations, computed in float64.

By default the operator Inverse of onnxruntime inverts. For targets without it, the factors of a QR
decomposition are inverted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import float64, int64
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering.expr import Expr, where
from onnxp._src.lowering.linalg import reflections, small
from onnxp._src.lowering.linalg.matrices import (
    Matrices,
    as_row,
    decompose,
    diagonal,
    emptied,
    filled,
    identity,
    indices,
    largest,
    named,
    nonzero,
    repeat,
    root,
    summed,
)
from onnxp._src.lowering.planes import Planes
from onnxp._src.ops.targets import target_of
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import same_shape

_POWERS: Final = 2 ** np.arange(31)
_EPS: Final = 2.0**-52


def inverse(matrices: Planes) -> Planes:
    """Invert square matrices. One that is singular, if only but for rounding, has an inverse of NaN."""
    if small.are_small(matrices, alone=0):
        shapes = [(len(matrices), matrices[0].shape[-2:])]
        return small.unrolled("inv", small.inv, [matrices], shapes)[0]
    wide = tuple(ops.cast(plane, float64) for plane in matrices)
    if len(wide) == 1:
        return (ops.cast(_inverted(wide[0]), matrices[0].dtype),)
    left = _first_columns(_inverted(_embedded(wide)), wide[0])
    return tuple(ops.cast(plane, matrices[0].dtype) for plane in _halves(left, wide[0]))


def solve(matrices: Planes, sides: Planes) -> Planes:
    """Solve for columns of right-hand sides, by the inverse and one step of refinement.

    The step makes the backward error that of an elimination with pivots, or smaller.
    """
    same = same_shape(matrices[0].shape[:-2], sides[0].shape[:-2])
    if same and all(small.are_small(planes, alone=0) for planes in (matrices, sides)):
        shapes = [(len(sides), sides[0].shape[-2:])]
        return small.unrolled("solve", small.solve, [matrices, sides], shapes)[0]
    wide = tuple(ops.cast(plane, float64) for plane in matrices)
    columns = tuple(ops.cast(plane, float64) for plane in sides)
    if len(wide) == 1:
        results: Planes = (_refined(wide[0], columns[0]),)
    else:
        stacked = ops.concat(columns, len(columns[0].shape) - 2)
        results = _halves(_refined(_embedded(wide), stacked), wide[0])
    return tuple(ops.cast(result, matrices[0].dtype) for result in results)


def _refined(a: Value, b: Value) -> Value:
    inverted = _inverted(a)
    x = ops.mat_mul(inverted, b)
    return ops.add(x, ops.mat_mul(inverted, ops.sub(b, ops.mat_mul(a, x))))


def _embedded(planes: Planes) -> Value:
    """Return the real matrices of twice the size that multiply as complex ones do."""
    re, im = planes
    rank = len(re.shape)
    above = ops.concat((re, ops.neg(im)), rank - 1)
    return ops.concat((above, ops.concat((im, re), rank - 1)), rank - 2)


def _first_columns(x: Value, like: Value) -> Value:
    axis = len(x.shape) - 1
    return ops.slice_(x, (0,), (like.shape[-1],), (axis,), (1,))


def _halves(x: Value, like: Value) -> Planes:
    axis, size = len(x.shape) - 2, like.shape[-1]
    return (
        ops.slice_(x, (0,), (size,), (axis,), (1,)),
        ops.slice_(x, (size,), (2 * size,), (axis,), (1,)),
    )


def _inverted(x: Value) -> Value:
    """Invert real matrices."""
    if "com.microsoft" in target_of(x).domains:
        return _without_noise(x, ops.inverse(x))
    ((result,),) = decompose("inverse", _by_reflections, (x,), [(1, x.shape[-2:])])
    return _without_noise(x, result)


def _without_noise(matrices: Value, inverses: Value) -> Value:
    """Return inverses, or NaN where rounding may change the diagonal of ``matrices @ inverses`` by 1.

    Such matrices are singular but for rounding, which decides whether an elimination finds that they are.
    """
    rank = len(matrices.shape)
    turned = ops.transpose(inverses, (*range(rank - 2), rank - 1, rank - 2))
    terms = summed(abs(Expr(matrices) * Expr(turned)), rank - 1)
    size = Expr(ops.scalar_size(matrices.shape[-1])).cast(float64)
    bad = where(terms * (_EPS * root(size)) < 1.0, terms.const(0.0), math.nan)
    return (Expr(inverses) + summed(bad, rank - 2)).value


def _by_reflections(x: Value) -> Sequence[Value]:
    n = x.shape[1]
    size = dims.maximum(n, 1)
    whole = filled((x,), size, size)
    scale = nonzero(largest(whole.sizes(), 2))  # rows of one size, as elimination sees them
    q, r = reflections.factors(whole / scale, complete=False)
    return emptied(_triangle_inverse(r) @ q.adjoint() / as_row(scale), x, n, n)


def _triangle_inverse(r: Matrices) -> Matrices:
    """Invert upper triangular matrices: the blocks of size 1 on their diagonals, then those of 2, 4, ..."""
    n = r.shape[1]
    i, j = indices(n, 0, 2), indices(n, 0, 1)
    wider = (Expr(constant(_POWERS)) < Expr(ops.size_value(n))).cast(int64)
    levels = named(ops.reduce("ReduceSum", wider.value, (0,), keepdims=True), low=0)

    def step(trip: Value, size: Expr, inverse: Matrices) -> Any:
        beside = (i / (size * 2) == j / (size * 2)) & ~(i / size == j / size)
        mask = beside.cast(float64)
        return [size * 2, inverse - inverse @ ((r * mask) @ inverse)], []

    first = identity(r, n, n) / diagonal(r).real
    start = Expr(constant(np.asarray(1, np.int64)))
    (_, inverse), _ = repeat(levels, [start, first], step)
    return inverse  # type: ignore[no-any-return]  # Any of a loop
