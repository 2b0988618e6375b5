"""Eigenvectors of Hermitian matrices and singular vectors by rotations (Jacobi).

The rows of matrices are made orthogonal, in blocks: the products of the rows of two blocks are a small matrix,
which one sweep of rotations makes almost diagonal, and the product of these rotations is applied to the rows.
Blocks meet in the order of a tournament.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import float64
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering.expr import Expr, maximum, minimum, where
from onnxp._src.lowering.linalg import blocks, reflections, small
from onnxp._src.lowering.linalg.matrices import (
    Matrices,
    as_row,
    chosen_rows,
    completed_triangle,
    decompose,
    diagonal,
    direction,
    emptied,
    filled,
    from_unit,
    guarded,
    identity,
    indices,
    joined,
    largest,
    measured,
    named,
    nonzero,
    normalised,
    number,
    repeat,
    root,
    spoiled,
    summed,
    unit,
)
from onnxp._src.lowering.planes import Planes
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size

ORTHOGONAL = 8e-16
"""The cosine of the angle of two rows below which they are orthogonal."""
NEARLY_ORTHOGONAL = 1e-7
ROUNDED = 1.6e-31  # the square of a cosine that may be a rounding error
TINY = 1e-150
"""A number whose square is smaller than all that matter beside 1."""
MOST_SWEEPS = 30
SMALL = 3
"""The largest size of a single matrix whose rotations are unrolled, which makes large models."""


def eigh(planes: Planes) -> tuple[Value, Planes]:
    """Compute eigenvalues, in ascending order, and eigenvectors of Hermitian matrices from lower triangles."""
    n = planes[0].shape[-1]
    shapes = [(1, (n, 1)), (len(planes), (n, n))]
    if small.are_small(planes, alone=SMALL):
        (values,), vectors = small.unrolled("eigh", small.eigh, [planes], shapes)
    else:
        (values,), vectors = decompose("eigh", _eigh, planes, shapes, _width(n))
    return ops.squeeze(values, (len(values.shape) - 1,)), vectors


def svd(planes: Planes, *, full: bool) -> tuple[Planes, Value, Planes]:
    """Compute left singular vectors, singular values in descending order, and right singular vectors."""
    m, n = planes[0].shape[-2:]
    k, count = dims.minimum(m, n), len(planes)
    shapes = [(count, (m, m if full else k)), (1, (k, 1)), (count, (n if full else k, n))]
    if small.are_small(planes, alone=SMALL):
        u, (s,), vh = small.unrolled("svd", small.svd, [planes], shapes, full)
    else:
        u, (s,), vh = decompose("svd", _svd, planes, shapes, _width(k), full)
    return u, ops.squeeze(s, (len(s.shape) - 1,)), vh


def _width(size: Size) -> int:
    """Return how many rows a block has."""
    if not isinstance(size, int) or size <= 8:
        return 4  # for small matrices, which are as fast in no other way
    return 8 if size <= 256 else 16


def _eigh(*arguments: Any) -> Sequence[Value]:
    *planes, width = arguments
    n = planes[0].shape[1]
    least = dims.maximum(n, 1)
    x, bad = guarded(completed_triangle(filled(planes, least, least)))
    x, (norm, scale) = normalised(x)
    size = x.shape[1]
    # The eigenvalues of the sum are between 1 and 3, so its rows are independent.
    moved = Matrices(x.real + unit(size) * 2.0, *x.parts[1:])
    (rows,) = _orthogonalised([_with_room(moved, width)], width, NEARLY_ORTHOGONAL)
    # the rotations have added up rounding errors: begin again from a product
    rows = _unitary(_unitary(_unit_rows(rows)))
    (rows,) = _orthogonalised([rows @ moved], width, ORTHOGONAL)
    _, order = ops.top_k(_lengths(rows).value, size, 1, largest=True)  # without the rows of zeros
    values, vectors = _refined(x, _unit_rows(chosen_rows(rows, order)).adjoint())
    ascending, order = ops.top_k(values.value, size, 1)
    vectors = chosen_rows(vectors.turned(), order).turned()
    return (
        *emptied((Expr(ascending) + bad) * norm * scale, planes[0], n, 1),
        *emptied(spoiled(vectors, bad), planes[0], n, n),
    )


def _refined(x: Matrices, vectors: Matrices) -> tuple[Expr, Matrices]:
    """Return eigenvalues and better eigenvectors, by a step of Newton's method (Ogita and Aishima)."""
    size = x.shape[1]
    one = unit(size)
    adjoint = vectors.adjoint()
    inside, product = adjoint @ (x @ vectors), adjoint @ vectors
    error = from_unit(product)
    values = diagonal(inside).real / diagonal(product).real
    # exactly Hermitian, because small gaps would amplify differences
    off = (inside + inside.adjoint()) * ((1.0 - one) * 0.5)
    limit = (_norm(off) + _norm(error)) * 1e8  # the squares of smaller steps do not matter
    gap = as_row(values) - values
    close = abs(gap) <= limit
    step = Matrices(
        *(
            where(close, e * 0.5, (o + e * as_row(values)) / where(close, 1.0, gap))
            for e, o in zip(error.parts, off.parts, strict=True)
        )
    )
    return values, vectors + vectors @ step


def _norm(x: Matrices) -> Expr:
    return root(summed(summed(x.squares(), 1), 2))


def _svd(*arguments: Any) -> Sequence[Value]:
    *planes, width, full = arguments
    m, n = planes[0].shape[1:]
    x, bad = guarded(filled(planes, dims.maximum(m, 1), dims.maximum(n, 1)))
    norm = nonzero(largest(x.sizes(), 1, 2))
    # Two triangular factors leave a square matrix, of which rotations take fewer sweeps.
    outer, triangle = reflections.factors(x / norm, complete=full)
    size = named(ops.size_value(dims.minimum(*x.shape[1:])))
    triangle = triangle.window(0, size, 1)
    inner, core = reflections.factors(triangle.adjoint(), complete=full)
    core = core.window(0, size, 1)
    rows = _with_room(core, width)
    right = _with_room(identity(x, size, size), width)
    rows, right = _orthogonalised([rows, right], width, NEARLY_ORTHOGONAL)
    # the rotations have added up rounding errors: begin again from a product
    right = _unitary(right)
    rows, right = _orthogonalised([right @ core, right], width, ORTHOGONAL)
    lengths = _lengths(rows)
    order = ops.top_k(where(_lengths(right) > 0.5, lengths, -1.0).value, size, 1, largest=True)[1]
    values = chosen_rows(Matrices(lengths), order).real
    left, right = chosen_rows(_unit_rows(rows), order), chosen_rows(right, order)
    left = _completed_columns(left.adjoint())
    left = joined([outer.window(0, size, 2) @ left, *([outer.after(size, 2)] if full else [])], 2)
    rest = [inner.after(size, 2).adjoint()] if full else []
    right = joined([right @ inner.window(0, size, 2).adjoint(), *rest], 1)
    k = dims.minimum(m, n)
    return (
        *emptied(spoiled(left, bad), planes[0], m, m if full else k),
        *emptied((values + bad) * norm, planes[0], k, 1),
        *emptied(spoiled(right, bad), planes[0], n if full else k, n),
    )


def _unitary(x: Matrices) -> Matrices:
    """Return the rows of almost unitary matrices with the square of their error (Newton and Schulz)."""
    return x + (from_unit(x @ x.adjoint()) * 0.5) @ x


def _completed_columns(x: Matrices) -> Matrices:
    """Replace columns of zeros among orthonormal columns, such that all are orthonormal."""
    q, r = reflections.factors(x, complete=False)
    turned: Matrices = as_row(direction(diagonal(r)))
    return q * turned


def _with_room(x: Matrices, width: int) -> Matrices:
    """Append rows of zeros, up to whole pairs of blocks."""
    size = x.shape[1]
    room = blocks.rounded(size, 2 * width)
    return measured(x.each(ops.pad, (0, 0, 0), (0, room - size, 0)), 1)


def _lengths(x: Matrices) -> Expr:
    return root(summed(x.squares(), 2))


def _unit_rows(x: Matrices) -> Matrices:
    return x / nonzero(_lengths(x))


def _orthogonalised(state: list[Matrices], width: int, limit: float) -> list[Matrices]:
    """Apply rotations to the rows of all matrices until those of the first are orthogonal."""
    count, size = state[0].shape[:2]
    pairs = named(ops.div(ops.size_value(size), ops.ints(2 * width)))
    rounds = named(ops.size_value(2 * pairs - 2), low=0)
    order = _tournament(pairs)

    def meet(state: Sequence[Matrices], *, cross: bool) -> list[Matrices]:
        rows = [x.each(ops.reshape, (count * pairs, 2 * width, x.shape[2])) for x in state]
        products = rows[0] @ rows[0].adjoint()
        rotation = _sweep(products, width, cross=cross, last=limit < NEARLY_ORTHOGONAL)
        turned = []
        for x, y in zip(state, rows, strict=True):
            parts = (rotation @ y).each(ops.reshape, (count, 2 * pairs, width, x.shape[2]))
            turned.append(parts.each(ops.gather, order, 1).each(ops.reshape, x.shape))
        return turned

    def sweep(_: Value, *state: Matrices) -> Any:
        first = meet(state, cross=False)
        turned, _none = repeat(rounds, first, lambda _, *state: (meet(state, cross=True), []))
        return turned, [], _largest_cosine(turned[0]) > limit

    return repeat(MOST_SWEEPS, state, sweep, going=_largest_cosine(state[0]) > limit)[0]


def _largest_cosine(x: Matrices) -> Expr:
    """Return the cosine of the smallest angle of two rows, of rank 0."""
    products = x @ x.adjoint()
    length = root(diagonal(products).real)
    cosines = (products * (1.0 - unit(x.shape[1]))).sizes() / (length * as_row(length) + TINY)
    return Expr(ops.reshape(largest(cosines, 0, 1, 2).value, ()))


def _tournament(pairs: Size) -> Value:
    """Return the order of blocks after a round: neighbours, at 2i and 2i + 1, meet in each round."""
    place = indices(2 * pairs)
    last = Expr(number(2 * pairs - 1))
    is_even = (place / 2) * 2 == place
    # players move up the even places and down the odd ones; that of place 0 stays
    moved = where(is_even, place - 2, place + 2)
    moved = where(place == 2, 1, where(place == last, maximum(last - 1, 1), moved))
    return where(place == 0, 0, minimum(moved, last)).value


def _sweep(products: Matrices, width: int, *, cross: bool, last: bool) -> Matrices:
    """Return the adjoints of products of rotations which make Hermitian matrices nearly diagonal.

    Element i is rotated with element i + width, for all i at once, and then the elements move. All pairs meet,
    or all pairs of the two halves (`cross`). The `last` sweeps leave pairs alone that are orthogonal but for
    rounding: those of one length would be rotated by any angle.
    """
    size = 2 * width
    upper, lower = list(range(width)), list(range(width, size))
    moved = [*upper, *lower[1:], lower[0]]
    if not cross:
        moved = [upper[0], lower[0], *upper[1:-1], *lower[1:], upper[-1]]
    i = np.arange(width)
    above = np.eye(size, k=width)
    keep, odd, even = (
        Expr(constant(a[:, moved][None])) for a in (np.eye(size), above - above.T, above + above.T)
    )
    heads, tails, both = (
        constant(np.tile(a, 2))
        for a in (i * (size + 1), (i + width) * (size + 1), i * (size + 1) + width)
    )

    def step(_: Value, a: Matrices, turn: Matrices) -> Any:
        flat = a.each(ops.reshape, (a.shape[0], size * size, 1))
        first, second = (Expr(ops.gather(flat.real.value, at, 1)) for at in (heads, tails))
        between = flat.each(ops.gather, both, 1)
        if last:
            matters = between.squares() > first * second * ROUNDED
            between = between * matters.cast(float64)
        gap = second - first
        length = maximum(root(gap * gap + between.squares() * 4.0), TINY)
        cosine = root(maximum(abs(gap), TINY) / length * 0.5 + 0.5)
        sine = between * (
            where(gap < 0.0, Expr(ops.scalar(-1.0, float64)), 1.0) / (length * cosine)
        )
        rotation = Matrices(
            cosine * keep + sine.real * odd, *(part * even for part in sine.parts[1:])
        )
        adjoint = rotation.adjoint()
        return [adjoint @ (a @ rotation), adjoint @ turn], []

    start = identity(products, size, size)
    for value in start.values:
        value.shape = products.shape
    (_, turn), _ = repeat(width if cross else size - 1, [products, start], step)
    result: Matrices = turn
    return result
