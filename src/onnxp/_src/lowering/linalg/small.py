"""Matrices with few rows and columns, unrolled: each element is a vector over the matrices of a stack.

All operators are elementwise, so stacks are faster than in any other way. Rows are exchanged by sums with
weights 0 and 1, which are faster than Where; results for a matrix with an infinite element are then NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add, mul
from typing import Any

from onnxp._src import ops
from onnxp._src.dtypes import float64, int32
from onnxp._src.graph.values import Value
from onnxp._src.lowering.expr import Expr, maximum, minimum, where
from onnxp._src.lowering.functions import recipe
from onnxp._src.lowering.linalg.matrices import (
    Matrices,
    direction,
    in_range,
    nonzero,
    quotient,
    repeat,
    root,
    signs_and_sizes,
    spoiled,
)
from onnxp._src.lowering.planes import Planes
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import Shape, product

LARGEST = 4
SWEEPS = 12
ROUNDED = 1e-16
ORTHOGONAL = 1e-15
TINY = 1e-150
NOISE = 16 * 2.0**-52

Grid = list[list[Matrices]]
"""The elements of matrices by rows: parts of shape (1, count)."""


def are_small(planes: Planes, *, alone: int = LARGEST) -> bool:
    """Return whether the sizes of matrices are known, and small; `alone` is the limit for a single matrix."""
    shape = planes[0].shape
    limit = LARGEST if len(shape) > 2 else alone
    return all(isinstance(n, int) and 0 < n <= limit for n in shape[-2:])


def unrolled(
    name: str,
    build: Any,
    arrays: Sequence[Planes],
    results: Sequence[tuple[int, Shape]],
    *options: Any,
) -> list[Planes]:
    """Call a recipe for stacks of small matrices, which have the same number of matrices.

    Parameters
    ----------
    name : str
        The name of the function in the model.
    build : callable
        A function of grids and options that returns grids.
    arrays : sequence of planes
        The arrays.
    results : sequence of (int, shape)
        How many planes each result has, and its last two sizes.
    options : hashable
        Other arguments of `build`.
    """
    batch = arrays[0][0].shape[:-2]
    count = product(batch)
    some = (dims.bounds(count)[0] or 0) > 0
    inputs, shapes = [], []
    for planes in arrays:
        rows, columns = planes[0].shape[-2:]
        shapes.append((len(planes), rows, columns))
        inputs += [ops.reshape(plane, (count, rows, columns)) for plane in planes]
    types = [(inputs[0].dtype, (count, *tail)) for width, tail in results for _ in range(width)]
    outputs = iter(recipe(name, _build, inputs, types, build, tuple(shapes), some, *options))
    return [
        tuple(ops.reshape(next(outputs), (*batch, *tail)) for _ in range(width))
        for width, tail in results
    ]


def _build(*arguments: Any) -> Sequence[Value]:
    at = next(i for i, argument in enumerate(arguments) if not isinstance(argument, Value))
    planes, (build, shapes, some, *options) = list(arguments[:at]), arguments[at:]
    like = planes[0]
    count = dims.dim("count", int(some), origin=(like, 0))
    grids = []
    for width, rows, columns in shapes:
        parts = [planes.pop(0) for _ in range(width)]
        for part in parts:
            part.shape = (count, rows, columns)
        grids.append(_grid([_filled(ops.cast(part, float64)) for part in parts]))
    return [x for grid in build(*grids, *options) for x in _planes(grid, like)]


def _filled(x: Value) -> Value:
    """Return at least one matrix."""
    count = x.shape[0]
    wide = dims.maximum(count, 1)
    return x if dims.same(wide, count) else ops.pad(x, (0, 0, 0), (wide - count, 0, 0))


def _grid(planes: list[Value]) -> Grid:
    count, rows, columns = planes[0].shape
    turned = [
        ops.transpose(ops.reshape(plane, (count, rows * columns)), (1, 0)) for plane in planes
    ]
    elements = [
        Matrices(*(Expr(ops.gather(x, ops.ints(i), 0)) for x in turned))
        for i in range(int(rows * columns))
    ]
    return [elements[i * int(columns) :][: int(columns)] for i in range(int(rows))]


def _planes(grid: Grid, like: Value) -> list[Value]:
    count, tail = like.shape[0], (len(grid), len(grid[0]))
    planes = []
    for parts in zip(*(element.values for row in grid for element in row), strict=True):
        whole = ops.transpose(ops.concat(parts, 0), (1, 0))
        whole = ops.slice_(whole, (0,), (count,), (0,), (1,))
        whole.shape = (count, whole.shape[1])
        planes.append(ops.cast(ops.reshape(whole, (count, *tail)), like.dtype))
    return planes


def _constant(number: float, like: Matrices) -> Matrices:
    zero = like.real * 0.0
    return Matrices(zero + number if number else zero, *(zero for _ in like.parts[1:]))


def _spoiled(grid: Grid, bad: Expr) -> Grid:
    """Add a number, which is 0 or NaN for each matrix, to all elements."""
    return [[spoiled(x, bad) for x in row] for row in grid]


def _sum(terms: Sequence[Any]) -> Any:
    return reduce(add, terms)


def _product(terms: Sequence[Any]) -> Any:
    return reduce(mul, terms)


def _height(x: Matrices) -> Expr:
    total = abs(x.real)
    for part in x.parts[1:]:
        total = total + abs(part)
    return total


def _blend(weight: Expr, x: Matrices, y: Matrices) -> Matrices:
    """Return x where the weight is 1, and y where it is 0."""
    return Matrices(*(_mixed(weight, p, q) for p, q in zip(x.parts, y.parts, strict=True)))


def _mixed(weight: Expr, x: Expr, y: Expr) -> Expr:
    return x * weight + y * (1.0 - weight)


# Elimination


def _eliminated(a: Grid, columns: int, factors: list[list[Expr]] | None = None) -> Expr | None:
    """Eliminate below the diagonal, with the largest pivots, in place; return the signs of the permutations.

    The sizes of the factors of each row are appended to its list in `factors`.
    """
    size, sign = len(a), None
    for k in range(size - 1):
        best = _height(a[k][k])
        for i in range(k + 1, size):
            height = _height(a[i][k])
            exchanged = (height > best).cast(float64)
            best = maximum(best, height)
            sign = 1.0 - exchanged * 2.0 if sign is None else sign * (1.0 - exchanged * 2.0)
            for j in range(k, columns):
                x, y = a[k][j], a[i][j]
                a[k][j], a[i][j] = _blend(exchanged, y, x), _blend(exchanged, x, y)
            if factors is not None:
                pairs = list(zip(factors[k], factors[i], strict=True))
                factors[k] = [_mixed(exchanged, q, p) for p, q in pairs]
                factors[i] = [_mixed(exchanged, p, q) for p, q in pairs]
        for i in range(k + 1, size):
            factor = quotient(a[i][k], a[k][k])
            if factors is not None:
                factors[i].append(factor.sizes())
            for j in range(k + 1, columns):
                a[i][j] = a[i][j] - factor * a[k][j]
    return sign


def solve(a: Grid, b: Grid) -> list[Grid]:
    """Solve for all columns."""
    size, width = len(a), len(b[0])
    rows = [[*x, *y] for x, y in zip(a, b, strict=True)]
    factors: list[list[Expr]] = [[] for _ in rows]
    _eliminated(rows, size + width, factors)
    one = _constant(1.0, a[0][0])
    pivots = [rows[i][i].sizes() for i in range(size)]
    # what a pivot is the difference of: it is all rounding where this is so much larger
    terms = [
        _sum([f * rows[j][i].sizes() for j, f in enumerate(factors[i])]) if i else 0.0
        for i in range(size)
    ]
    fine = _product([(p > t * NOISE).cast(float64) for p, t in zip(pivots, terms, strict=True)])
    results: Grid = [[] for _ in rows]
    for i in reversed(range(size)):
        inverse = quotient(one, rows[i][i])
        for q in range(width):
            total = rows[i][size + q]
            for j in range(i + 1, size):
                total = total - rows[i][j] * results[j][q]
            results[i].append(total * inverse)
    return [_spoiled(results, 0.0 / fine)]  # NaN where a pivot is 0 but for rounding


def inv(a: Grid) -> list[Grid]:
    """Invert."""
    zero, one = _constant(0.0, a[0][0]), _constant(1.0, a[0][0])
    return solve(a, [[one if i == j else zero for j in range(len(a))] for i in range(len(a))])


def det(a: Grid) -> list[Grid]:
    """Compute determinants."""
    sign = _eliminated(a, len(a))
    pivots = [a[i][i] for i in range(len(a))]
    total = _product(pivots)
    if len(pivots) > 1:
        signs, sizes = zip(*map(signs_and_sizes, pivots), strict=True)
        logs = [size.unary("Log") for size in sizes]
        total = in_range(total, _product(signs), _sum(logs), _sum([abs(log) for log in logs]))
    return [[[total if sign is None else total * sign]]]


def slogdet(a: Grid) -> list[Grid]:
    """Compute signs, and logarithms of the magnitudes, of determinants."""
    sign = _eliminated(a, len(a))
    pivots = [a[i][i] for i in range(len(a))]
    signs, sizes = zip(*map(signs_and_sizes, pivots), strict=True)
    total = _product(signs)
    total = total if sign is None else total * sign
    total = Matrices(*(where(part == 0.0, 0.0, part) for part in total.parts))
    return [[[total]], [[Matrices(_sum([size.unary("Log") for size in sizes]))]]]


def cholesky(a: Grid) -> list[Grid]:
    """Compute lower triangular factors; of other matrices, NaN."""
    size = len(a)
    zero = _constant(0.0, a[0][0])
    factor = [[zero] * size for _ in a]
    inverses = []
    for j in range(size):
        pivot = a[j][j].real
        for k in range(j):
            pivot = pivot - factor[j][k].squares()
        head = root(pivot)
        inverse = 1.0 / head
        inverses.append(inverse)
        factor[j][j] = Matrices(head, *(zero.parts[1:]))
        for i in range(j + 1, size):
            total = a[i][j]
            for k in range(j):
                total = total - factor[i][k] * factor[j][k].conj()
            factor[i][j] = total * inverse
    return [_spoiled(factor, _sum(inverses) * 0.0)]


# Reflections


def qr(a: Grid, complete: bool) -> list[Grid]:
    """Compute orthonormal and upper triangular factors."""
    rows, columns = len(a), len(a[0])
    inner = rows if complete else min(rows, columns)
    zero, one = _constant(0.0, a[0][0]), _constant(1.0, a[0][0])
    reflections = []
    for j in range(min(rows, columns) if zero.is_complex else min(rows - 1, columns)):
        scale = nonzero(_largest([a[i][j].sizes() for i in range(j, rows)]))
        x = [a[i][j] / scale for i in range(j, rows)]
        rest = _sum([zero.real, *(y.squares() for y in x[1:])])
        trivial = _sum([rest, *(part * part for part in x[0].parts[1:])]) == 0.0
        length = root(x[0].squares() + rest)
        length = length * (2.0 * (x[0].real < 0.0).cast(float64) - 1.0)
        moved = Matrices(x[0].real - length, *x[0].parts[1:])
        v = [one, *(quotient(y, moved) for y in x[1:])]
        factor = -moved / nonzero(length)
        factor = Matrices(*(where(trivial, 0.0, part) for part in factor.parts))
        reflections.append((j, v, factor))
        _reflected(a, j, v, factor.conj(), range(j, columns))
        for i in range(j + 1, rows):
            a[i][j] = zero
    q = [[one if i == j else zero for j in range(inner)] for i in range(rows)]
    for j, v, factor in reversed(reflections):
        _reflected(q, j, v, factor, range(j, inner))
    return [q, a[:inner]]


def _reflected(a: Grid, row: int, v: list[Matrices], factor: Matrices, columns: range) -> None:
    for j in columns:
        total = _sum([x.conj() * a[row + i][j] for i, x in enumerate(v)]) * factor
        for i, x in enumerate(v):
            a[row + i][j] = a[row + i][j] - x * total


def _largest(terms: Sequence[Expr]) -> Expr:
    return reduce(maximum, terms)


# Rotations


def _rotation(first: Expr, second: Expr, between: Matrices) -> tuple[Expr, Matrices]:
    """Return the cosine and the sine of the rotation that makes [[first, between], [., second]] diagonal."""
    gap = second - first
    length = maximum(root(gap * gap + between.squares() * 4.0), TINY)
    cosine = root(maximum(abs(gap), TINY) / length * 0.5 + 0.5)
    sign = 1.0 - (gap < 0.0).cast(float64) * 2.0
    return cosine, between * (sign / (length * cosine))


def _rotated(
    x: list[Matrices], y: list[Matrices], cosine: Expr, sine: Matrices
) -> tuple[list[Matrices], list[Matrices]]:
    return (
        [p * cosine - q * sine.conj() for p, q in zip(x, y, strict=True)],
        [p * sine + q * cosine for p, q in zip(x, y, strict=True)],
    )


def _going(condition: Expr) -> Expr:
    some = ops.reduce_max(ops.cast(condition.value, int32), (0, 1))
    return Expr(some) > 0


def _guarded(grid: Grid) -> tuple[Grid, Expr]:
    """Replace matrices that are not finite by zeros; the other result is NaN for these, and 0 for others."""
    bad = _sum([part * 0.0 for row in grid for x in row for part in x.parts])
    good = bad == 0.0
    return [[Matrices(*(where(good, p, 0.0) for p in x.parts)) for x in row] for row in grid], bad


def _scaled(grid: Grid) -> tuple[Grid, Expr]:
    scale = nonzero(_largest([x.sizes() for row in grid for x in row]))
    return [[x / scale for x in row] for row in grid], scale


def _sorted(keys: list[Expr], *columns: list[list[Matrices]], descending: bool) -> None:
    """Sort numbers, and columns with them, in place."""
    for top in range(len(keys) - 1, 0, -1):
        for i in range(top):
            x, y = keys[i], keys[i + 1]
            weight = ((x < y) if descending else (x > y)).cast(float64)
            low, high = minimum(x, y), maximum(x, y)
            keys[i], keys[i + 1] = (high, low) if descending else (low, high)
            for some in columns:
                p, q = some[i], some[i + 1]
                some[i] = [_blend(weight, b, a) for a, b in zip(p, q, strict=True)]
                some[i + 1] = [_blend(weight, a, b) for a, b in zip(p, q, strict=True)]


def eigvalsh(a: Grid) -> list[Grid]:
    """Compute eigenvalues, in ascending order, from lower triangles."""
    return eigh(a, vectors=False)[:1]


def eigh(a: Grid, *, vectors: bool = True) -> list[Grid]:
    """Compute eigenvalues in ascending order, and eigenvectors, from lower triangles."""
    size = len(a)
    zero, one = _constant(0.0, a[0][0]), _constant(1.0, a[0][0])
    lower, bad = _guarded([row[: i + 1] for i, row in enumerate(a)])
    lower, scale = _scaled(lower)
    heads = [lower[i][i].real for i in range(size)]
    pairs = [(i, j) for i in range(size) for j in range(i)]
    height = size if vectors else 0  # the number of rows of the vectors
    start = [[one if i == j else zero for i in range(height)] for j in range(size)]

    def opened(state: Any) -> Any:
        rest = list(state[size + len(pairs) :])
        columns = [rest[j * height : (j + 1) * height] for j in range(size)]
        return list(state[:size]), dict(zip(pairs, state[size:], strict=False)), columns

    def sweep(_: Value, *state: Any) -> Any:
        heads, off, columns = opened(state)

        def get(i: int, j: int) -> Matrices:
            x: Matrices = off[max(i, j), min(i, j)]
            return x if i > j else x.conj()

        def put(i: int, j: int, x: Matrices) -> None:
            off[max(i, j), min(i, j)] = x if i > j else x.conj()

        for p in range(size):
            for q in range(p + 1, size):
                between = get(p, q)
                cosine, sine = _rotation(heads[p], heads[q], between)
                # what moves from one diagonal element to the other: tangent times the element between
                moved = (between.conj() * sine).real / cosine
                heads[p], heads[q] = heads[p] - moved, heads[q] + moved
                put(p, q, _constant(0.0, between))
                for r in range(size):
                    if r not in (p, q):
                        (x,), (y,) = _rotated([get(r, p)], [get(r, q)], cosine, sine)
                        put(r, p, x)
                        put(r, q, y)
                columns[p], columns[q] = _rotated(columns[p], columns[q], cosine, sine)
        going = _going(_largest([x.sizes() for x in off.values()]) > ROUNDED)
        return [*heads, *off.values(), *(x for c in columns for x in c)], [], going

    state: list[Any] = [*heads, *(lower[i][j] for i, j in pairs), *(x for c in start for x in c)]
    if pairs:
        state, _ = repeat(SWEEPS, state, sweep)
    heads, _, columns = opened(state)
    _sorted(heads, columns, descending=False)
    grid = [[columns[j][i] for j in range(size)] for i in range(height)]
    return [[[Matrices(x * scale + bad)] for x in heads], _spoiled(grid, bad)]


def svd(a: Grid, full: bool) -> list[Grid]:
    """Compute left singular vectors, singular values in descending order, and right singular vectors."""
    rows, columns = len(a), len(a[0])
    if rows < columns:
        u, s, vh = svd(_adjoint(a), full)
        return [_adjoint(vh), s, _adjoint(u)]
    zero, one = _constant(0.0, a[0][0]), _constant(1.0, a[0][0])
    a, bad = _guarded(a)
    a, scale = _scaled(a)
    left = [[a[i][j] for i in range(rows)] for j in range(columns)]
    right = [[one if i == j else zero for i in range(columns)] for j in range(columns)]

    def sweep(_: Value, *state: Any) -> Any:
        left = [list(state[j * rows : (j + 1) * rows]) for j in range(columns)]
        rest = state[rows * columns :]
        right = [list(rest[j * columns : (j + 1) * columns]) for j in range(columns)]
        worst = None
        for p in range(columns):
            for q in range(p + 1, columns):
                first, second = (_sum([x.squares() for x in left[k]]) for k in (p, q))
                between = _sum([x.conj() * y for x, y in zip(left[p], left[q], strict=True)])
                cosine_ = between.sizes() / (root(first) * root(second) + TINY)
                worst = cosine_ if worst is None else maximum(worst, cosine_)
                cosine, sine = _rotation(first, second, between)
                left[p], left[q] = _rotated(left[p], left[q], cosine, sine)
                right[p], right[q] = _rotated(right[p], right[q], cosine, sine)
        assert worst is not None
        state_ = [x for part in (*left, *right) for x in part]
        return state_, [], _going(worst > ORTHOGONAL)

    state: list[Any] = [x for part in (*left, *right) for x in part]
    if columns > 1:
        state, _ = repeat(SWEEPS, state, sweep)
    left = [list(state[j * rows : (j + 1) * rows]) for j in range(columns)]
    rest = state[rows * columns :]
    right = [list(rest[j * columns : (j + 1) * columns]) for j in range(columns)]
    values = [root(_sum([x.squares() for x in column])) for column in left]
    _sorted(values, left, right, descending=True)
    columns_ = [[x / nonzero(s) for x in column] for s, column in zip(values, left, strict=True)]
    u = _completed([[columns_[j][i] for j in range(columns)] for i in range(rows)], full)
    vh = [[x.conj() for x in column] for column in right]
    s = [[Matrices(value * scale + bad)] for value in values]
    return [_spoiled(u, bad), s, _spoiled(vh, bad)]


def _adjoint(a: Grid) -> Grid:
    return [[a[i][j].conj() for i in range(len(a))] for j in range(len(a[0]))]


def _completed(u: Grid, full: bool) -> Grid:
    """Replace columns of zeros among orthonormal columns, and append some, such that all are orthonormal."""
    q, r = qr([list(row) for row in u], full)
    for j in range(len(u[0])):
        phase = direction(r[j][j])
        for row in q:
            row[j] = row[j] * phase
    return q
