"""Stacks of real or complex matrices in float64, with Python's operators, and loops over them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

from onnxp._src import ops
from onnxp._src.dtypes import DType, bool_, float64, int64
from onnxp._src.graph.values import Value
from onnxp._src.lowering.complex import arithmetic
from onnxp._src.lowering.expr import Expr, maximum, where
from onnxp._src.lowering.functions import recipe
from onnxp._src.lowering.planes import Planes
from onnxp._src.ops.scalars import INT64_MAX
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import Shape, product

Number = int | float
_SAFE_LOG = 690.0


@final
class Matrices:
    """A stack of matrices, of shape (count, rows, columns): a real part, or a real and an imaginary part."""

    __slots__ = ("parts",)

    def __init__(self, *parts: Expr) -> None:
        self.parts = parts

    @property
    def shape(self) -> Shape:
        """The shape of each part."""
        return self.parts[0].value.shape

    @property
    def real(self) -> Expr:
        """The real part."""
        return self.parts[0]

    @property
    def is_complex(self) -> bool:
        """Whether they have an imaginary part."""
        return len(self.parts) == 2

    @property
    def values(self) -> Planes:
        """The values of the parts."""
        return tuple(part.value for part in self.parts)

    def each(self, function: Callable[..., Value], *arguments: Any, **options: Any) -> Matrices:
        """Apply a function of values to each part."""
        return Matrices(*(Expr(function(part.value, *arguments, **options)) for part in self.parts))

    def __add__(self, other: Matrices) -> Matrices:
        return Matrices(*(a + b for a, b in zip(self.parts, other.parts, strict=True)))

    def __sub__(self, other: Matrices) -> Matrices:
        return Matrices(*(a - b for a, b in zip(self.parts, other.parts, strict=True)))

    def __neg__(self) -> Matrices:
        return Matrices(*(-part for part in self.parts))

    def __mul__(self, other: Matrices | Expr | Number) -> Matrices:
        """Multiply elements."""
        if not isinstance(other, Matrices):
            return Matrices(*(part * other for part in self.parts))
        if len(self.parts) == 1:
            return Matrices(self.real * other.real)
        (a, b), (c, d) = self.parts, other.parts
        return Matrices(a * c - b * d, a * d + b * c)

    def __truediv__(self, other: Expr) -> Matrices:
        """Divide elements by real numbers."""
        return Matrices(*(part / other for part in self.parts))

    def __matmul__(self, other: Matrices) -> Matrices:
        """Multiply matrices."""
        if len(self.parts) == 1:
            return Matrices(_product(self.real, other.real))
        (a, b), (c, d) = self.parts, other.parts
        return Matrices(_product(a, c) - _product(b, d), _product(a, d) + _product(b, c))

    def conj(self) -> Matrices:
        """Return the conjugate."""
        return Matrices(self.real, *(-part for part in self.parts[1:]))

    def turned(self) -> Matrices:
        """Return the transposes."""
        return self.each(ops.transpose, (0, 2, 1))

    def adjoint(self) -> Matrices:
        """Return the conjugate transposes."""
        return self.conj().turned()

    def squares(self) -> Expr:
        """Return the squared magnitudes of the elements."""
        total = self.real * self.real
        for part in self.parts[1:]:
            total = total + part * part
        return total

    def sizes(self) -> Expr:
        """Return the larger magnitude of the parts of each element."""
        size = abs(self.real)
        for part in self.parts[1:]:
            size = maximum(size, abs(part))
        return size

    def window(self, start: Value | Size, size: Size, axis: int) -> Matrices:
        """Return `size` rows (columns) from an index of rank 0, all of which must be there."""
        return Matrices(*(window(part, start, size, axis) for part in self.parts))

    def after(self, start: Value | Size, axis: int) -> Matrices:
        """Return the rows (columns) from an index of rank 0, if any."""
        last = ops.ints(INT64_MAX)
        first = _one(start)
        taken = self.each(lambda x: ops.slice_values(x, first, last, axis, 0))
        return measured(taken, axis, low=0)

    def before(self, stop: Value | Size, axis: int) -> Matrices:
        """Return the rows (columns) before an index of rank 0, if any."""
        first, last = ops.ints(0), _one(stop)
        taken = self.each(lambda x: ops.slice_values(x, first, last, axis, 0))
        return measured(taken, axis, low=0)

    def at(self, index: Value | Size, axis: int) -> Matrices:
        """Return the row (column) of an index of rank 0; the axis stays."""
        return Matrices(*(at(part, index, axis) for part in self.parts))

    def summed(self, axis: int) -> Matrices:
        """Sum along an axis, which stays."""
        return Matrices(*(summed(part, axis) for part in self.parts))


def _product(a: Expr, b: Expr) -> Expr:
    return Expr(ops.mat_mul(a.value, b.value))


Part = Expr | Matrices


def window(x: Expr, start: Value | Size, size: Size, axis: int) -> Expr:
    """Return `size` elements of an axis from an index of rank 0, all of which must be there."""
    first, count = _one(start), ops.size_value(size)
    # runtimes complain about a sum with 0 that subgraphs read
    last = count if isinstance(start, int) and start == 0 else ops.add(first, count)
    return Expr(ops.slice_values(x.value, first, last, axis, size))


def at(x: Expr, index: Value | Size, axis: int) -> Expr:
    """Return the elements of an index, of rank 0 or shape (1,), along an axis, which stays."""
    return Expr(ops.gather(x.value, _one(index), axis))


def _one(index: Value | Size) -> Value:
    if not isinstance(index, Value):
        return ops.size_value(index)
    return index if index.shape else ops.unsqueeze(index, (0,))


def summed(x: Expr, axis: int) -> Expr:
    """Sum along an axis, which stays."""
    return Expr(ops.reduce("ReduceSum", x.value, (axis,), keepdims=True))


def summed_squares(x: Matrices, *axes: int) -> Expr:
    """Sum the squared magnitudes along axes, which stay."""
    total, *others = (
        Expr(ops.reduce("ReduceSumSquare", value, axes, keepdims=True)) for value in x.values
    )
    for other in others:
        total = total + other
    return total


def largest(x: Expr, *axes: int) -> Expr:
    """Return the maximum along axes, which stay; NaN is ignored."""
    return Expr(ops.reduce_max(x.value, axes, keepdims=True))


def root(x: Expr) -> Expr:
    """Return the square root."""
    return x.unary("Sqrt")


def nonzero(x: Expr) -> Expr:
    """Return `x` with 1 in place of 0, as a divisor."""
    return where(x == 0.0, 1.0, x)


def direction(x: Matrices) -> Matrices:
    """Return numbers divided by their magnitudes, however small they are; of 0, 1."""
    if not x.is_complex:
        return Matrices(1.0 - (x.real < 0.0).cast(float64) * 2.0)
    x = x / nonzero(x.sizes())
    length = root(x.squares())
    x = x / nonzero(length)
    return Matrices(where(length == 0.0, 1.0, x.real), x.parts[1])


def signs_and_sizes(x: Matrices) -> tuple[Matrices, Expr]:
    """Return numbers divided by their magnitudes, 0 for 0, and the magnitudes."""
    if not x.is_complex:
        return Matrices(x.real.sign()), abs(x.real)
    return Matrices(*map(Expr, arithmetic.sign(x.values))), Expr(arithmetic.abs_(x.values))


def in_range(direct: Matrices, signs: Matrices, log: Expr, logs: Expr) -> Matrices:
    """Return products, by their logarithms where a part of the factors may overflow or underflow.

    Parameters
    ----------
    direct, signs : Matrices
        The products, and those of the signs of the factors.
    log, logs : Expr
        The sums of the logarithms of the magnitudes, and of their magnitudes.
    """
    safe = (logs + abs(log)) * 0.5 < _SAFE_LOG
    parts = zip(direct.parts, (signs * log.unary("Exp")).parts, strict=True)
    return Matrices(*(where(safe, a, b) for a, b in parts))


def joined(parts: Sequence[Matrices], axis: int) -> Matrices:
    """Concatenate along an axis."""
    planes = zip(*(matrices.values for matrices in parts), strict=True)
    return Matrices(*(Expr(ops.concat(plane, axis)) for plane in planes))


def zeros(like: Matrices, shape: Shape) -> Matrices:
    """Return zeros with as many parts."""
    return like.each(lambda _: ops.constant_of_shape(0.0, float64, shape))


def identity(like: Matrices, rows: Size, columns: Size) -> Matrices:
    """Return one identity matrix for each matrix of a stack."""
    one = ops.unsqueeze(ops.eye(rows, columns, 0, float64), (0,))
    shape = (like.shape[0], rows, columns)
    return Matrices(Expr(ops.expand(one, shape)), *zeros(like, shape).parts[1:])


def unit(rows: Size) -> Expr:
    """Return one identity matrix, as a stack."""
    return Expr(ops.unsqueeze(ops.eye(rows, rows, 0, float64), (0,)))


def indices(size: Size, *axes: int) -> Expr:
    """Return 0, 1, ... size-1 with axes of size 1."""
    return Expr(ops.unsqueeze(ops.iota(size), axes))


def diagonal(x: Matrices) -> Matrices:
    """Return the diagonals of square matrices as columns."""
    return (x * unit(x.shape[1])).summed(2)


def chosen_rows(x: Matrices, rows: Value) -> Matrices:
    """Return rows of each matrix; `rows` has the shape (count, number, 1)."""
    places = ops.expand(rows, (*rows.shape[:2], x.shape[2]))
    return x.each(ops.gather_elements, places, 1)


def as_row(x: Any) -> Any:
    """Return columns as rows."""
    if isinstance(x, Matrices):
        return Matrices(*map(as_row, x.parts))
    return Expr(ops.reshape(x.value, (x.value.shape[0], 1, x.value.shape[1])))


def quotient(a: Matrices, b: Matrices) -> Matrices:
    """Divide elements; 0 divides as 1 does."""
    if len(b.parts) == 1:
        return a / nonzero(b.real)
    size = nonzero(b.sizes())
    scaled = b / size
    return (a / size) * scaled.conj() / nonzero(scaled.squares())


# Sizes


def number(size: Size) -> Value:
    """Return a size as an int64 value of rank 0."""
    return ops.scalar_size(size)


def measured(x: Matrices, *axes: int, low: int = 1) -> Matrices:
    """Give axes new names for their sizes, which are those at run time and at least `low`."""
    first = x.values[0]
    shape = tuple(
        dims.dim("size", low, origin=(first, axis)) if axis in axes else size
        for axis, size in enumerate(first.shape)
    )
    for value in x.values:
        value.shape = shape
    return x


def named(size: Value, low: int = 1) -> Size:
    """Return an int64 value of shape (1,) as a size of at least `low`."""
    blank = ops.constant_of_shape(False, bool_, (1,), size)
    blank.shape = (dims.dim("size", low, origin=(blank, 0)),)
    return blank.shape[0]


def filled(planes: Sequence[Value], rows: Size, columns: Size) -> Matrices:
    """Return matrices in float64 with zeros appended, such that none is empty and there is one or more."""
    shape = planes[0].shape
    wide = (dims.maximum(shape[0], 1), rows, columns)
    after = tuple(new - old for new, old in zip(wide, shape, strict=True))
    padded = [Expr(ops.pad(ops.cast(plane, float64), (0, 0, 0), after)) for plane in planes]
    return measured(Matrices(*padded), 0, 1, 2)


def emptied(x: Part, like: Value, rows: Size, columns: Size) -> Planes:
    """Return the planes of results, without what `filled` appended, in the dtype of an input."""
    shape = (like.shape[0], rows, columns)
    parts = x.parts if isinstance(x, Matrices) else (x,)
    results = []
    for part in parts:
        value = ops.slice_(part.value, (0, 0, 0), shape, (0, 1, 2), (1, 1, 1))
        value.shape = shape
        results.append(ops.cast(value, like.dtype))
    return tuple(results)


def completed_triangle(x: Matrices) -> Matrices:
    """Return the Hermitian matrices with the lower triangles of some matrices."""
    lower = x.each(ops.trilu, ops.scalar(0, int64), upper=False)
    below = x.each(ops.trilu, ops.scalar(-1, int64), upper=False)
    whole = lower + below.adjoint()
    imag = [part - Expr(ops.transpose(part.value, (0, 2, 1))) for part in below.parts[1:]]
    return Matrices(whole.real, *imag)


def guarded(x: Matrices) -> tuple[Matrices, Expr]:
    """Replace matrices with elements that are not finite by zeros, for loops that run until all have converged.

    The second result is NaN for these matrices, and 0 for others.
    """
    bad = x.real * 0.0
    for part in x.parts[1:]:
        bad = bad + part * 0.0
    bad = summed(summed(bad, 1), 2)
    return Matrices(*(where(bad == 0.0, part, 0.0) for part in x.parts)), bad


def spoiled(x: Matrices, bad: Expr) -> Matrices:
    """Add a number, which is 0 or NaN for each matrix, to all elements."""
    return Matrices(*(part + bad for part in x.parts))


def from_unit(x: Matrices) -> Matrices:
    """Subtract square matrices from the identity."""
    return Matrices(unit(x.shape[1]) - x.real, *(-part for part in x.parts[1:]))


def normalised(x: Matrices) -> tuple[Matrices, tuple[Expr, Expr]]:
    """Divide matrices by the product of two numbers, which is at least their norm and may overflow."""
    size = nonzero(largest(x.sizes(), 1, 2))
    x = x / size
    heights = summed(abs(x.real), 2)
    for part in x.parts[1:]:
        heights = heights + summed(abs(part), 2)
    norm = nonzero(largest(heights, 1))
    return x / norm, (norm, size)


def decompose(
    name: str,
    build: Callable[..., Sequence[Value]],
    planes: Planes,
    results: Sequence[tuple[int, Shape]],
    *options: Any,
) -> list[Planes]:
    """Call a recipe for a stack of matrices.

    Parameters
    ----------
    name, build, options
        The arguments of `recipe`; `build` takes planes of rank 3 and returns those of all results.
    planes : tuple of Value
        The planes of an array of matrices.
    results : sequence of (int, shape)
        How many planes each result has, and its last two sizes.
    """
    shape = planes[0].shape
    batch, count = shape[:-2], product(shape[:-2])
    inputs = [ops.reshape(plane, (count, *shape[-2:])) for plane in planes]
    dtype = planes[0].dtype
    types: list[tuple[DType, Shape]] = [
        (dtype, (count, *tail)) for width, tail in results for _ in range(width)
    ]
    outputs = iter(recipe(name, build, inputs, types, *options))
    return [
        tuple(ops.reshape(next(outputs), (*batch, *tail)) for _ in range(width))
        for width, tail in results
    ]


# Loops


def repeat(
    trips: Size,
    state: Sequence[Part],
    step: Callable[..., Any],
    loose: Mapping[int, tuple[int, ...]] | None = None,
    going: Expr | None = None,
) -> tuple[list[Any], list[Any]]:
    """Loop over a state of expressions and matrices.

    Parameters
    ----------
    trips : Size
        The number of iterations, or the largest one.
    state : sequence of Expr or Matrices
        The initial state.
    step : callable
        A function of the iteration number and the state that returns the next state, results to be stacked
        along a new first axis, and, unless all iterations are to run, whether to go on.
    loose : mapping, optional
        The axes that change their sizes, by the position of the state.
    going : Expr, optional
        Whether to run the first iteration, of rank 0.
    """
    loose = loose or {}
    collected: list[Part] = []

    def body(trip: Value, *values: Value) -> tuple[Value, list[Value], list[Value]]:
        new, stacked, *answer = step(trip, *_opened(_regrouped(values, state), loose))
        collected.extend(stacked)
        go_on = answer[0].value if answer else ops.scalar(True, bool_)
        return go_on, _flat(new), _flat(stacked)

    shapes = [
        tuple(dims.dim("size", 1) if axis in loose.get(i, ()) else n for axis, n in enumerate(s))
        for i, part in enumerate(state)
        for s in [value.shape for value in _flat([part])]
    ]
    values = ops.loop(
        number(trips),
        _flat(state),
        body,
        shapes=shapes,
        collected=trips,
        going=None if going is None else going.value,
    )
    kept = len(shapes)
    return _opened(_regrouped(values[:kept], state), loose), _regrouped(values[kept:], collected)


def _flat(parts: Sequence[Part]) -> list[Value]:
    return [v for p in parts for v in (p.values if isinstance(p, Matrices) else (p.value,))]


def _regrouped(values: Sequence[Value], like: Sequence[Part]) -> list[Part]:
    rest = iter(map(Expr, values))
    return [
        Matrices(*(next(rest) for _ in part.parts)) if isinstance(part, Matrices) else next(rest)
        for part in like
    ]


def _opened(parts: list[Part], loose: Mapping[int, tuple[int, ...]]) -> list[Part]:
    for i, axes in loose.items():
        part = parts[i]
        measured(part if isinstance(part, Matrices) else Matrices(part), *axes)
    return parts


def as_columns(x: Matrices) -> Matrices:
    """Return stacked columns, of shape (number, count, rows, 1), as the columns of matrices."""
    return x.each(lambda y: ops.transpose(ops.squeeze(y, (3,)), (1, 2, 0)))


def as_rows(x: Matrices) -> Matrices:
    """Return stacked columns, of shape (number, count, columns, 1), as the rows of matrices."""
    return x.each(lambda y: ops.transpose(ops.squeeze(y, (3,)), (1, 0, 2)))
