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
from onnxp._src.dtypes import bool_, float64, int64
from onnxp._src.graph.subgraphs import close
from onnxp._src.graph.values import Value, argument, constant
from onnxp._src.lowering.expr import Expr, where
from onnxp._src.lowering.functions import recipe
from onnxp._src.lowering.linalg import reflections, small
from onnxp._src.lowering.linalg.matrices import (
    Matrices,
    as_row,
    decompose,
    diagonal,
    emptied,
    filled,
    from_unit,
    identity,
    indices,
    joined,
    largest,
    named,
    nonzero,
    repeat,
    root,
    summed,
    summed_squares,
)
from onnxp._src.lowering.planes import Planes
from onnxp._src.ops.targets import target_of
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import product, same_shape

_POWERS: Final = 2 ** np.arange(31)
_EPS: Final = 2.0**-52
_HALVES_FROM: Final = 64
_STEPS: Final = 12  # of refinement
_NEAR: Final = 1e-8
"""A change whose square does not matter."""


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
    """Solve for columns of right-hand sides, by the inverse and steps of refinement.

    They make the backward error that of an elimination with pivots, or smaller.
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
    inverse = _inverted(a)
    x, change = _stepped(a, b, inverse, ops.mat_mul(inverse, b))
    # one step is enough unless it changes so much that the square of the change matters
    column = len(x.shape) - 2
    heights = [summed(abs(Expr(value)), column) for value in (change, x)]
    more = heights[0] > heights[1] * _NEAR
    actual = (a, b, inverse, x, more.value)
    formal = tuple(argument(f"x{i}", value.dtype, value.shape) for i, value in enumerate(actual))
    (result,) = ops.if_(
        _any(more),
        actual,
        close(formal, (_repeatedly_stepped(*formal),)),
        close(formal, (formal[3],)),
        [x.shape],
    )
    return result


def _any(x: Expr) -> Value:
    """Return whether an element is true."""
    shape = x.value.shape
    if dims.same(product(shape), 1):
        return ops.reshape(x.value, ())
    total = ops.reduce("ReduceSum", x.cast(float64).value, tuple(range(len(shape))))
    return (Expr(total) > 0.0).value


def _stepped(a: Value, b: Value, inverse: Value, x: Value) -> tuple[Value, Value]:
    """Return solutions after a step of refinement, and their change."""
    change = ops.mat_mul(inverse, ops.sub(b, ops.mat_mul(a, x)))
    return ops.add(x, change), change


def _repeatedly_stepped(a: Value, b: Value, inverse: Value, x: Value, more: Value) -> Value:
    """Return solutions after more steps, where they are needed."""
    (result,) = ops.loop(
        ops.scalar(_STEPS, int64),
        [x],
        lambda _, y: (ops.scalar(True, bool_), [_stepped(a, b, inverse, y)[0]], []),
    )
    return ops.where(more, result, x)


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
    n = x.shape[-1]
    if "com.microsoft" not in target_of(x).domains:
        ((result,),) = decompose("inverse", _by_reflections, (x,), [(1, x.shape[-2:])])
        return _without_noise(x, result)
    if isinstance(n, int) and n < _HALVES_FROM:
        return _at_once(x)
    return recipe("inverse", _by_operator, (x,), [(x.dtype, x.shape)])[0]


def _at_once(x: Value) -> Value:
    return _without_noise(x, ops.inverse(x))


def _by_operator(x: Value) -> Sequence[Value]:
    large, other = _squares_like(x, _HALVES_FROM), _squares_like(x, 0)
    return ops.if_(
        (Expr(ops.scalar_size(x.shape[-1])) >= _HALVES_FROM).value,
        (x,),
        close((large,), (_by_halves(large),)),
        close((other,), (_at_once(other),)),
        [x.shape],
    )


def _squares_like(x: Value, least: int) -> Value:
    """Return an argument of a branch: square matrices of a size."""
    formal = argument("x", x.dtype, ())
    batch = (dims.dim("count", 0, origin=(formal, axis)) for axis in range(len(x.shape) - 2))
    n = dims.dim("n", least, origin=(formal, len(x.shape) - 1))
    formal.shape = (*batch, n, n)
    return formal


def _by_halves(x: Value) -> Value:
    """Invert by matrices of half the size, which is faster, where this loses few digits; others at once.

    A step of Newton's method makes the errors those of an elimination with pivots.
    """
    stack = ops.reshape(x, (product(x.shape[:-2]), *x.shape[-2:]))
    matrices = Matrices(Expr(stack))
    near = _from_halves(matrices)
    lack = from_unit(matrices @ near)
    good = summed_squares(lack, 1, 2) < _NEAR**2  # and not NaN
    actual = (stack, (near + near @ lack).real.value, good.value)
    formal = tuple(argument(f"x{i}", value.dtype, value.shape) for i, value in enumerate(actual))
    mended = ops.where(formal[2], formal[1], _at_once(formal[0]))
    (result,) = ops.if_(
        _any(~good),
        actual,
        close(formal, (mended,)),
        close(formal, (formal[1],)),
        [stack.shape],
    )
    return ops.reshape(result, x.shape)


def _from_halves(x: Matrices) -> Matrices:
    """Invert a quarter, and what elimination leaves of the opposite one (Schur)."""
    n = x.shape[1]
    half = dims.floor_divide(n, 2)
    rest = n - half
    upper, lower = x.window(0, half, 1), x.window(half, rest, 1)
    first = upper.window(0, half, 2).each(ops.inverse)
    left, above = lower.window(0, half, 2) @ first, upper.window(half, rest, 2)
    last = (lower.window(half, rest, 2) - left @ above).each(ops.inverse)
    corner = (first @ above) @ last
    return joined(
        [joined([first + corner @ left, -corner], 2), joined([-(last @ left), last], 2)], 1
    )


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
