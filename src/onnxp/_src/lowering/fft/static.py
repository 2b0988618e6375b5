"""Transforms of a length that is a number: products with constant matrices.

Planes have the shape (rows, n, rest), or (rows, n) if the transformed axis is the last one.
"""

from __future__ import annotations

from collections.abc import Iterator

from onnxp._src import ops
from onnxp._src.graph.values import Value
from onnxp._src.lowering.expr import Expr
from onnxp._src.lowering.fft import tables
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size

Pair = tuple[Value, Value]

LARGEST = 2**16
"""The largest length with constant tables, which take up to 100 bytes for each element."""


def constants(n: int, *, from_real: bool, rows: bool) -> list[Value]:
    """Return the tables that a transform takes, in this order."""
    parts = tables.factors(n)
    if parts is None:
        m = tables.next_length(2 * n - 1)
        convolved = constants(m, from_real=False, rows=rows)
        return [*tables.chirp(n), *convolved, *tables.chirp_filter(n, m), *convolved]
    planes = 1 if from_real else 2
    result: list[Value] = []
    for a in parts[:-1]:
        n //= a
        result += [*tables.matrices(a, turned=False)[:planes], *tables.twiddles(a, n)]
        planes = 2
    return [*result, *tables.matrices(n, turned=rows)[:planes]]


def transform(re: Value, im: Value | None, n: int, given: Iterator[Value]) -> Pair:
    """Transform forwards, with what is left of the `constants`."""
    parts = tables.factors(n)
    if parts is None:
        return _bluestein(re, im, n, given)
    return _by_factors(re, im, parts, given)


def _by_matrix(re: Value, im: Value | None, n: int, given: Iterator[Value]) -> Pair:
    """Multiply with the matrices of the transform.

    Two short sums have smaller errors than one long sum of the real and the imaginary parts.
    """
    y = product(re, next(given))
    if im is not None:
        y = ops.add(y, product(im, next(given)))
    return part(y, 0, n), part(y, n, 2 * n)


def product(x: Value, matrix: Value) -> Value:
    """Multiply the axis of a transform by a matrix."""
    if len(x.shape) == 2:
        return ops.gemm(x, matrix)
    if (dims.bounds(x.shape[0])[0] or 0) == 0:  # see "empty stacks" in `runtime_bugs`
        stack = dims.minimum(x.shape[0], 1)
        matrix = ops.expand(ops.unsqueeze(matrix, (0,)), (stack, *matrix.shape))
    return ops.mat_mul_apart(matrix, x, lambda value: value is x)


def part(x: Value, start: int, stop: int) -> Value:
    """Return elements of the axis of a transform."""
    return ops.slice_(x, (start,), (stop,), (1,), (1,))


def _by_factors(
    re: Value, im: Value | None, parts: tuple[int, ...], given: Iterator[Value]
) -> Pair:
    """Transform along one factor of the length after the other (Cooley and Tukey)."""
    a, *others = parts
    if not others:
        return _by_matrix(re, im, a, given)
    n = 1
    for part in parts:
        n *= part
    b = n // a
    rows: Size = re.shape[0]
    rest = re.shape[2:]
    first, second = _by_matrix(
        _reshape(re, (rows, a, *_times(b, rest))),
        None if im is None else _reshape(im, (rows, a, *_times(b, rest))),
        a,
        given,
    )
    cos, sin = next(given), next(given)
    if rest:
        first, second = (_reshape(x, (rows, a, b, *rest)) for x in (first, second))
        cos, sin = (ops.unsqueeze(table, (2,)) for table in (cos, sin))
    first, second = times(first, second, cos, sin)
    first, second = (_reshape(x, (rows * a, b, *rest)) for x in (first, second))
    results = _by_factors(first, second, tuple(others), given)
    order = (0, 2, 1, 3)[: 3 + len(rest)]
    real, imag = (
        _reshape(ops.transpose(_reshape(x, (rows, a, b, *rest)), order), (rows, n, *rest))
        for x in results
    )
    return real, imag


def _times(b: int, rest: tuple[Size, ...]) -> tuple[Size, ...]:
    return (b * rest[0],) if rest else (b,)


def _reshape(x: Value, shape: tuple[Size, ...]) -> Value:
    return ops.reshape(x, shape, inferred=0)


def _bluestein(re: Value, im: Value | None, n: int, given: Iterator[Value]) -> Pair:
    """Convolve with a chirp, by transforms of a length that has small factors."""
    m = tables.next_length(2 * n - 1)
    column = (1,) * (len(re.shape) - 2)
    axes = tuple(range(1, 1 + len(column)))

    def pair() -> Pair:
        return ops.unsqueeze(next(given), axes), ops.unsqueeze(next(given), axes)

    cos, sin = pair()
    none = (0,) * len(column)
    p, q = (ops.pad(x, (0, 0, *none), (0, m - n, *none)) for x in times_plane(re, im, cos, sin))
    p, q = transform(p, q, m, given)
    p, q = times(p, q, *pair())
    q, p = transform(q, p, m, given)  # the inverse transform
    return times(part(p, 0, n), part(q, 0, n), cos, sin)


def times_plane(re: Value, im: Value | None, cos: Value, sin: Value) -> Pair:
    """Multiply a complex number, or a real one, by a complex number."""
    if im is None:
        return ops.mul(re, cos), ops.mul(re, sin)
    return times(re, im, cos, sin)


def times(re: Value, im: Value, cos: Value, sin: Value) -> Pair:
    """Multiply complex numbers."""
    a, b, c, d = Expr(re), Expr(im), Expr(cos), Expr(sin)
    return (a * c - b * d).value, (a * d + b * c).value
