"""Eigenvalues and eigenvectors of square matrices: a triangular form (Schur) by the shifted QR algorithm.

Matrices are brought to Hessenberg form by reflections, and then to triangular form by rotations in complex
arithmetic. All matrices of a stack take each step, with shifts of their own. Inside the iteration, an array of
complex rows has the shape (rows, count, 2, columns), and the other way round for columns, so that a Loop passes
from row to row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import float64, int64
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering.complex import arithmetic
from onnxp._src.lowering.expr import Expr, maximum, where
from onnxp._src.lowering.linalg import reflections
from onnxp._src.lowering.linalg.matrices import (
    Matrices,
    as_row,
    at,
    decompose,
    diagonal,
    emptied,
    filled,
    guarded,
    identity,
    indices,
    largest,
    named,
    nonzero,
    normalised,
    number,
    quotient,
    repeat,
    root,
    spoiled,
    summed,
    window,
    zeros,
)
from onnxp._src.lowering.planes import Planes
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size

EPS = 2.0**-52
LEAST = 1e-140  # elements beside the diagonal that are smaller count as 0; their squares do not underflow
LARGE = 1e100
SWEEPS = 40  # for each eigenvalue, at most
UNFINISHED = 1e-10  # elements below the diagonal that make an eigenvalue wrong
PATIENCE = 1.5  # sweeps for each, after which rounding errors of the norm count as 0
EXCEPTIONAL = 10  # every tenth shift is another one, in case that the usual ones go in circles


def _entries(text: str) -> Value:
    """Return the matrix that maps the parts of c and s to the entries of a matrix of 4 rows."""
    parts = ["cr", "ci", "sr", "si"]
    rows = np.zeros((16, 4))
    for row, entry in zip(rows, text.split(), strict=True):
        row[parts.index(entry.removeprefix("-"))] = -1.0 if entry.startswith("-") else 1.0
    return constant(rows)


_ROWS = _entries("cr ci sr si -ci cr -si sr -sr si cr -ci -si -sr ci cr")
"""From rows r and y, as real and imaginary parts: conj(c) r + conj(s) y and c y - s r."""
_COLUMNS = _entries("cr -ci sr -si ci cr si sr -sr -si cr ci si -sr -ci cr")
"""From columns x and y: c x + s y and conj(c) y - conj(s) x."""


def eig(planes: Planes) -> tuple[Planes, Planes]:
    """Compute eigenvalues and eigenvectors."""
    n = planes[0].shape[-1]
    values, vectors = decompose("eig", _eig, planes, [(2, (n, 1)), (2, (n, n))], True)
    return _vector(values), vectors


def eigvals(planes: Planes) -> Planes:
    """Compute eigenvalues."""
    n = planes[0].shape[-1]
    (values,) = decompose("eigvals", _eig, planes, [(2, (n, 1))], False)
    return _vector(values)


def _vector(planes: Planes) -> Planes:
    return tuple(ops.squeeze(plane, (len(plane.shape) - 1,)) for plane in planes)


def _eig(*arguments: Any) -> Sequence[Value]:
    *planes, vectors = arguments
    n = planes[0].shape[1]
    least = dims.maximum(n, 2)
    x, bad = guarded(filled(planes, least, least))
    x, (norm, scale) = normalised(x)
    x, q = _hessenberg(x)
    triangle, basis = _iterated(_complex(x), _complex(q) if vectors else None)
    bad = bad + _unfinished(triangle)
    results = emptied(spoiled(diagonal(triangle) * norm * scale, bad), planes[0], n, 1)
    if basis is not None:
        found = _normalised_columns(basis @ _vectors(triangle))
        results += emptied(spoiled(found, bad), planes[0], n, n)
    return results


def _unfinished(triangle: Matrices) -> Expr:
    """Return NaN for matrices with elements below the diagonal that matter, and 0 for others."""
    size = triangle.shape[1]
    below = (indices(size, 0, 2) > indices(size, 0, 1)).cast(float64)
    rest = largest(triangle.sizes() * below, 1, 2)
    return where(rest < UNFINISHED, rest.const(0.0), math.nan)


def _complex(x: Matrices) -> Matrices:
    return x if x.is_complex else Matrices(x.real, *zeros(x, x.shape).parts)


def _hessenberg(x: Matrices) -> tuple[Matrices, Matrices]:
    """Return similar matrices without elements below the one beside the diagonal, and the change of basis."""
    size = x.shape[1]
    rows = indices(size, 0, 2)

    def step(k: Value, a: Matrices, q: Matrices) -> Any:
        v, t = reflections.reflection(a.at(k, 2), rows, Expr(ops.unsqueeze(k, (0,))) + 1)
        adjoint = as_row(v.conj())
        a = a - (v * t.conj()) @ (adjoint @ a)
        return [a - (a @ v) @ (adjoint * t), q - (q @ v) @ (adjoint * t)], []

    steps = named(ops.size_value(size - 2), low=0)
    (x, q), _ = repeat(steps, [x, identity(x, size, size)], step)
    below = (rows <= indices(size, 0, 1) + 1).cast(float64)
    return x * below, q


def _iterated(x: Matrices, q: Matrices | None) -> tuple[Matrices, Matrices | None]:
    """Return triangular matrices, and the change of basis."""
    size = x.shape[1]
    state = [_stacked(x, (2, 0, 1, 3))]
    if q is not None:
        state.append(_stacked(q, (3, 0, 1, 2)))
    on, below, above = (
        Expr(ops.unsqueeze(ops.eye(size, size, k, float64), (1, 2))) for k in (0, -1, 1)
    )
    place, count = indices(size, 1, 2, 3), Expr(number(size)).cast(float64)

    def sweep(trip: Value, t: Expr, *basis: Expr) -> Any:
        heads, beside, over = (summed(t * mask, 3) for mask in (on, below, above))
        height = _height(heads)
        before = _joined([at(height, 0, 0), window(height, 0, size - 1, 0)], height)
        # among eigenvalues near 0, elements that stay are rounding errors of the norm, which is about 1
        noise = maximum((Expr(trip).cast(float64) / count - PATIENCE) * (4.0 * EPS), LEAST)
        split = _height(beside) <= maximum((height + before) * EPS, noise)
        t = t * (1.0 - below * split.cast(float64))
        last = largest(where(split, 0, place), 0)  # the row of the last element that is left
        shift = _shift(trip, place, last, heads, beside, over)
        shift = on * (place <= last).cast(float64) * shift
        most = largest(last, 1)
        trips = named(ops.max_(ops.reshape(most.value, (1,)), ops.ints(1)))
        t, turns = _down(t - shift, split, trips)
        columns = Expr(ops.transpose(t.value, (3, 1, 2, 0)))
        columns = _across(
            Expr(ops.concat((columns.value, *(b.value for b in basis)), 3)), turns, trips
        )
        parts = [window(columns, i * size, size, 3) for i in range(1 + len(basis))]
        t = Expr(ops.transpose(parts[0].value, (3, 1, 2, 0))) + shift
        return [t, *parts[1:]], [], Expr(ops.reshape((most > 0).value, ()))

    (t, *basis), _ = repeat(SWEEPS * size, state, sweep)
    return _apart(t, (1, 2, 0, 3)), _apart(basis[0], (1, 2, 3, 0)) if basis else None


def _stacked(x: Matrices, order: tuple[int, ...]) -> Expr:
    parts = [ops.unsqueeze(value, (1,)) for value in x.values]
    return Expr(ops.transpose(ops.concat(parts, 1), order))


def _apart(x: Expr, order: tuple[int, ...]) -> Matrices:
    whole = ops.transpose(x.value, order)
    return Matrices(*(Expr(ops.gather(whole, ops.scalar(i, int64), 1)) for i in range(2)))


def _joined(parts: list[Expr], like: Expr) -> Expr:
    """Concatenate along the first axis."""
    whole = ops.concat([part.value for part in parts], 0)
    whole.shape = like.value.shape
    return Expr(whole)


def _height(x: Expr) -> Expr:
    """Return the sums of the magnitudes of real and imaginary parts."""
    return summed(abs(x), 2)


def _shift(trip: Value, place: Expr, last: Expr, heads: Expr, beside: Expr, over: Expr) -> Expr:
    """Return the eigenvalue of the last 2 by 2 matrix that is nearer to its last element (Wilkinson)."""

    def pick(x: Expr, row: Expr) -> Matrices:
        picked = summed(x * (place == row).cast(float64), 0)
        return Matrices(*(window(picked, part, 1, 2) for part in (0, 1)))

    a, d = pick(heads, last - 1), pick(heads, last)
    b, c = pick(beside, last), pick(over, last - 1)
    half, product = (a - d) * 0.5, b * c
    square = half * half + product
    rest = Matrices(*map(Expr, arithmetic.sqrt(square.values)))
    plus, minus = half + rest, half - rest
    larger = plus.squares() >= minus.squares()
    divisor = Matrices(*(where(larger, p, m) for p, m in zip(plus.parts, minus.parts, strict=True)))
    shift = d - quotient(product, divisor)
    turn = Expr(ops.mod(trip, ops.scalar(EXCEPTIONAL, int64))) == EXCEPTIONAL - 1
    other = d.real + (abs(b.real) + abs(b.parts[1])) * 0.75
    return Expr(
        ops.concat(
            (where(turn, other, shift.real).value, where(turn, 0.0, shift.parts[1]).value), 2
        )
    )


def _down(t: Expr, split: Expr, trips: Size) -> tuple[Expr, Expr]:
    """Rotate each row with the one above, such that the elements beside the diagonal are 0.

    Returns
    -------
    tuple
        The triangular matrices, and the parts of c and s of each rotation, of shape (trips, count, 4, 1).
    """
    count = t.value.shape[1]
    none = Expr(constant(np.array([1.0, 0, 0, 0]).reshape(1, 4, 1)))

    def turn(k: Value, pair: Expr) -> tuple[Expr, list[Expr]]:
        head = at(pair, k, 2)
        length = maximum(root(summed(head * head, 1)), LEAST)
        following = ops.add(k, ops.scalar(1, int64))
        parts = where(Expr(ops.gather(split.value, following, 0)), none, head / length)
        return Expr(ops.reshape(ops.mat_mul(_ROWS, parts.value), (count, 4, 4))), [parts]

    return _chained(t, trips, turn)


def _across(columns: Expr, turns: Expr, trips: Size) -> Expr:
    """Rotate each column with the one before."""
    count = columns.value.shape[1]
    matrices = ops.reshape(ops.mat_mul(_COLUMNS, turns.value), (trips, count, 4, 4))

    def turn(k: Value, _: Expr) -> tuple[Expr, list[Expr]]:
        return Expr(ops.gather(matrices, k, 0)), []

    return _chained(columns, trips, turn)[0]


def _chained(x: Expr, trips: Size, turn: Any) -> tuple[Expr, Any]:
    """Rotate the first row with the second, the result with the third, and so on."""

    def step(k: Value, row: Expr) -> Any:
        following = ops.gather(x.value, ops.add(k, ops.scalar(1, int64)), 0)
        pair = Expr(ops.concat((row.value, following), 1))
        matrix, others = turn(k, pair)
        turned = Expr(ops.mat_mul(matrix.value, pair.value))
        return [window(turned, 2, 2, 1)], [window(turned, 0, 2, 1), *others]

    first = Expr(ops.gather(x.value, ops.scalar(0, int64), 0))
    (last,), (rows, *others) = repeat(trips, [first], step)
    last = Expr(ops.unsqueeze(last.value, (0,)))
    rest = Matrices(x).after(ops.scalar_size(trips + 1), 0).real
    return _joined([rows, last, rest], x), others[0] if others else None


def _vectors(triangle: Matrices) -> Matrices:
    """Return the eigenvectors of triangular matrices, by substitution from below for all of them at once."""
    size = triangle.shape[1]
    values = as_row(diagonal(triangle))
    places, rows = indices(size, 0, 1), indices(size, 0, 2)

    def step(trip: Value, x: Matrices) -> Any:
        i = ops.sub(number(size - 1), trip)
        row = triangle.at(i, 1)
        gap = row.at(i, 2) - values
        equal = gap.sizes() < EPS
        gap = Matrices(where(equal, EPS, gap.real), where(equal, 0.0, gap.parts[1]))
        element = -quotient(row @ x, gap)
        later = places > Expr(i)
        here = (places == Expr(i)).cast(float64)
        element = Matrices(where(later, element.real, here), where(later, element.parts[1], 0.0))
        height = element.sizes()
        scale = 1.0 / where(height > LARGE, height, 1.0)  # what follows does not overflow
        return [(x + element * (rows == Expr(i)).cast(float64)) * scale], []

    (x,), _ = repeat(size, [zeros(triangle, triangle.shape)], step)
    result: Matrices = x
    return result


def _normalised_columns(x: Matrices) -> Matrices:
    """Return columns of length 1 whose largest elements are real."""
    x = x / nonzero(largest(x.sizes(), 1))
    squares = x.squares()
    x = x / nonzero(root(summed(squares, 1)))
    place = ops.arg_max(squares.value, 1, keepdims=True)
    head = x.each(ops.gather_elements, place, 1)
    return x * head.conj() / nonzero(root(head.squares()))
