"""Transforms of Hermitian sequences, of which the first half is given: their results are real.

The imaginary parts of elements that are real in such a sequence are ignored.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from onnxp._src import ops
from onnxp._src.graph.values import Value
from onnxp._src.lowering.fft import static, tables
from onnxp._src.lowering.planes import Planes, is_complex
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size


def length(n: int, inputs: int, divisor: np.longdouble | float) -> static.Length:
    """Return what `inverse` needs of a transform, for as many leading elements that are given."""
    # of two conjugate elements, it takes one twice
    return static.Length(n, inputs, n, divisor / 2)


def constants(of: static.Length, *, rows: bool) -> list[Value]:
    """Return the tables that `inverse` takes, in this order."""
    return [tables.ends_halved(of.n, of.inputs), *static.constants(of, rows=rows)]


def inverse(re: Value, im: Value, of: static.Length, given: Iterator[Value]) -> Value:
    """Transform the first ``n // 2 + 1`` elements, or the first of them, to `n` real numbers."""
    none = (0,) * len(re.shape[2:])
    weights = ops.unsqueeze(next(given), tuple(range(1, len(re.shape) - 1)))
    inner = inside(im, of.n, 1)
    after = max(of.inputs - 1 - (of.n - 1) // 2, 0)
    imag = ops.pad(inner, (0, 1, *none), (0, after, *none))
    return static.imaginary(imag, ops.mul(re, weights), of, given)


def inside(x: Value, n: Size, axis: int) -> Value:
    """Return the elements that are not real in a Hermitian sequence."""
    return ops.slice_(x, (1,), (1 + dims.floor_divide(n - 1, 2),), (axis,), (1,))


def reverse(x: Value, axis: int) -> Value:
    """Return the elements of an axis in the reverse order."""
    return ops.slice_(x, (None,), (None,), (axis,), (-1,))


def extended(planes: Planes, n: Size, axis: int) -> Planes:
    """Extend the first ``n // 2 + 1`` elements to all `n` elements."""
    shape = planes[0].shape

    def whole(*parts: Value) -> Value:
        x = ops.concat(parts, axis)
        x.shape = (*shape[:axis], n, *shape[axis + 1 :])
        return ops.require_size(x, axis, dims.maximum(n, 1))

    def zeros(size: Size) -> Value:
        sizes = (*shape[:axis], size, *shape[axis + 1 :])
        return ops.constant_of_shape(0, planes[0].dtype, sizes)

    real = whole(planes[0], reverse(inside(planes[0], n, axis), axis))
    if not is_complex(planes):
        return (real,)
    middle = inside(planes[1], n, axis)
    last = zeros(1 - dims.remainder(n, 2))
    return real, whole(zeros(1), middle, last, ops.neg(reverse(middle, axis)))
