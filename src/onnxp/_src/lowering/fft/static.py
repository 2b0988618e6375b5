"""Transforms of a length that is a number: products with constant matrices.

Planes have the shape (rows, n, rest), or (rows, n) if the transformed axis is the last one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from onnxp._src import ops
from onnxp._src.graph.values import Value
from onnxp._src.lowering.expr import Expr
from onnxp._src.lowering.fft import tables
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size

Pair = tuple[Value, Value]

LARGEST = 2**16
"""The largest length with constant tables, which take up to 100 bytes for each element."""


class Length(NamedTuple):
    """A length, and what of a transform is needed.

    Attributes
    ----------
    n : int
        The length.
    inputs : int
        The number of leading elements that are given. The others are zeros.
    outputs : int
        The number of leading elements that are computed.
    divisor : number
        What to divide by.
    """

    n: int
    inputs: int
    outputs: int
    divisor: np.longdouble | float = 1.0

    @property
    def factors(self) -> tuple[int, ...] | None:
        """The factors, each for a product with a matrix; none if a convolution is necessary."""
        factors = tables.factors(self.n)
        if self.inputs * self.outputs <= tables.LARGEST_MATRIX and (
            factors is None or self.inputs <= tables.FEW
        ):
            return (self.n,)
        return factors

    def split(self) -> tuple[Length, Length] | None:
        """Return the first of its factors, and the product of the others, if it has several.

        Elements are numbered by ``i * b + j`` before the transform, and by ``i + j * a`` after it.
        """
        if self.factors is None or len(self.factors) == 1:
            return None
        a, b = self.factors[0], self.n // self.factors[0]
        return (
            Length(a, -(-self.inputs // b), a),
            Length(b, b, -(-self.outputs // a), self.divisor),
        )

    def convolved(self) -> tuple[Length, Length]:
        """Return the transforms there and back that convolve with a chirp; their length has small factors."""
        m = tables.next_length(self.inputs + self.outputs - 1)
        return Length(m, self.inputs, m), Length(m, m, self.outputs)


def constants(length: Length, *, rows: bool) -> list[Value]:
    """Return the tables that a transform takes, in this order."""
    n, inputs, outputs, divisor = length
    if length.factors is None:
        there, back = length.convolved()
        return [
            *tables.chirp(n, inputs),
            *constants(there, rows=rows),
            *tables.chirp_filter(n, there.n, inputs, outputs, divisor),
            *constants(back, rows=rows),
            *tables.chirp(n, outputs),
        ]
    split = length.split()
    if split is None:
        return [*tables.matrices(n, inputs, outputs, divisor, turned=rows)]
    first, rest = split
    return [
        *tables.matrices(*first, turned=False),
        *tables.twiddles(first.n, rest.n),
        *constants(rest, rows=rows),
    ]


def transform(re: Value, im: Value | None, length: Length, given: Iterator[Value]) -> Pair:
    """Transform forwards, with what is left of the `constants`."""
    (real, imag) = _transform(re, im, length, given, (0, 1))
    return real, imag


def imaginary(re: Value, im: Value, length: Length, given: Iterator[Value]) -> Value:
    """Return the imaginary part of a forward transform."""
    (imag,) = _transform(re, im, length, given, (1,))
    return imag


def _transform(
    re: Value, im: Value | None, length: Length, given: Iterator[Value], planes: tuple[int, ...]
) -> tuple[Value, ...]:
    """Transform forwards to the real part, the imaginary part (1), or both."""
    if length.factors is None:
        return _by_chirp(re, im, length, given, planes)
    split = length.split()
    if split is None:
        return _by_matrix(re, im, given, planes)
    return _by_factors(re, im, split, length.outputs, given, planes)


def _by_matrix(
    re: Value, im: Value | None, given: Iterator[Value], planes: tuple[int, ...]
) -> tuple[Value, ...]:
    """Multiply with the matrices of the transform.

    Two short sums have smaller errors than one long sum of the real and the imaginary parts.
    """
    cos, sin = next(given), next(given)
    of_re, of_im, sign = (cos, sin), (sin, cos), (-1.0, 1.0)
    results = [_product(re, of_re[part]) for part in planes]
    if im is None:
        return tuple(results)
    return tuple(
        _product(im, of_im[part], result, sign[part])
        for part, result in zip(planes, results, strict=True)
    )


def _product(x: Value, matrix: Value, added: Value | None = None, sign: float = 1.0) -> Value:
    """Multiply the axis of a transform by a matrix, and add the product to another one."""
    if len(x.shape) == 2:
        return ops.gemm(x, matrix, added, sign)
    if (dims.bounds(x.shape[0])[0] or 0) == 0:  # see "empty stacks" in `runtime_bugs`
        stack = dims.minimum(x.shape[0], 1)
        matrix = ops.expand(ops.unsqueeze(matrix, (0,)), (stack, *matrix.shape))
    product = ops.mat_mul_apart(matrix, x, lambda value: value is x)
    if added is None:
        return product
    return ops.add(added, product) if sign > 0 else ops.sub(added, product)


def _by_factors(
    re: Value,
    im: Value | None,
    split: tuple[Length, Length],
    outputs: int,
    given: Iterator[Value],
    planes: tuple[int, ...],
) -> tuple[Value, ...]:
    """Transform along one factor of the length after the other (Cooley and Tukey)."""
    first, last = split
    a, b = first.n, last.n
    rows: Size = re.shape[0]
    rest = re.shape[2:]
    columns: tuple[Size, ...] = (b * rest[0],) if rest else (b,)

    def matrix(x: Value) -> Value:
        return _reshape(_padded(x, first.inputs * b), (rows, first.inputs, *columns))

    real, imag = _by_matrix(matrix(re), None if im is None else matrix(im), given, (0, 1))
    cos, sin = next(given), next(given)
    if rest:
        real, imag = (_reshape(x, (rows, a, b, *rest)) for x in (real, imag))
        cos, sin = (ops.unsqueeze(table, (2,)) for table in (cos, sin))
    real, imag = times(real, imag, cos, sin)
    real, imag = (_reshape(x, (rows * a, b, *rest)) for x in (real, imag))
    results = _transform(real, imag, last, given, planes)
    order = (0, 2, 1, 3)[: 3 + len(rest)]
    count = last.outputs
    whole = (
        _reshape(
            ops.transpose(_reshape(x, (rows, a, count, *rest)), order), (rows, a * count, *rest)
        )
        for x in results
    )
    return tuple(part(x, 0, outputs) if outputs < a * count else x for x in whole)


def _padded(x: Value, size: int) -> Value:
    """Append zeros to the axis of a transform."""
    none = (0,) * len(x.shape[2:])
    missing = size - x.shape[1]
    return x if dims.same(missing, 0) else ops.pad(x, (0, 0, *none), (0, missing, *none))


def part(x: Value, start: int, stop: int) -> Value:
    """Return elements of the axis of a transform."""
    return ops.slice_(x, (start,), (stop,), (1,), (1,))


def _reshape(x: Value, shape: tuple[Size, ...]) -> Value:
    # the runtime cannot infer a size beside one that is 0
    filled = all((dims.bounds(size)[0] or 0) > 0 for size in shape[1:])
    return ops.reshape(x, shape, inferred=0 if filled else None)


def _by_chirp(
    re: Value, im: Value | None, length: Length, given: Iterator[Value], planes: tuple[int, ...]
) -> tuple[Value, ...]:
    """Convolve with a chirp (Bluestein)."""
    there, back = length.convolved()
    column = tuple(range(1, len(re.shape) - 1))

    def pair() -> Pair:
        return ops.unsqueeze(next(given), column), ops.unsqueeze(next(given), column)

    p, q = transform(*times_plane(re, im, *pair()), there, given)
    p, q = times(p, q, *pair())
    q, p = transform(q, p, back, given)  # the inverse transform
    product = times(p, q, *pair())
    return tuple(product[plane] for plane in planes)


def times_plane(re: Value, im: Value | None, cos: Value, sin: Value) -> Pair:
    """Multiply a complex number, or a real one, by a complex number."""
    if im is None:
        return ops.mul(re, cos), ops.mul(re, sin)
    return times(re, im, cos, sin)


def times(re: Value, im: Value, cos: Value, sin: Value) -> Pair:
    """Multiply complex numbers."""
    a, b, c, d = Expr(re), Expr(im), Expr(cos), Expr(sin)
    return (a * c - b * d).value, (a * d + b * c).value
