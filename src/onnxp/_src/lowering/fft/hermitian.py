"""Transforms of Hermitian sequences, of which the first half is given: their results are real.

The imaginary parts of elements that are real in such a sequence are ignored.
"""

from __future__ import annotations

from collections.abc import Iterator

from onnxp._src import ops
from onnxp._src.graph.values import Value
from onnxp._src.lowering.expr import Expr
from onnxp._src.lowering.fft import static, tables
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size

Planes = tuple[Value, ...]


def has_recipe(n: Size) -> bool:
    """Return whether `inverse` transforms a length."""
    return isinstance(n, int) and n <= static.LARGEST and (n <= tables.LARGEST_FACTOR or n % 2 == 0)


def constants(n: int, *, rows: bool) -> list[Value]:
    """Return the tables that `inverse` takes, in this order."""
    if n <= tables.LARGEST_FACTOR:
        return [*tables.matrices_to_real(n, turned=rows)]
    return [*tables.half_turn(n), *static.constants(n // 2, from_real=False, rows=rows)]


def inverse(re: Value, im: Value, n: int, given: Iterator[Value]) -> Value:
    """Transform ``n // 2 + 1`` elements to `n` real numbers; `im` has those that are not real in any case.

    An even length is transformed as half as many complex numbers, the even and the odd elements of the result.
    """
    if n <= tables.LARGEST_FACTOR:
        y = static.product(re, next(given))
        return ops.add(y, static.product(im, next(given))) if n > 2 else y
    m = n // 2
    column = tuple(range(1, len(re.shape) - 1))
    cos, sin = (Expr(ops.unsqueeze(next(given), column)) for _ in range(2))
    rows, _, *rest = re.shape
    zero = ops.constant_of_shape(0, im.dtype, (rows, 1, *rest))
    first, last = Expr(static.part(re, 0, m)), Expr(reverse(static.part(re, 1, m + 1), 1))
    up, down = (Expr(ops.concat((zero, x), 1)) for x in (im, reverse(im, 1)))
    # c[k] + conj(c[m - k]), and the difference turned by k / n of a turn
    even_re, even_im = first + last, up - down
    odd_re, odd_im = static.times((first - last).value, (up + down).value, cos.value, sin.value)
    p, q = (even_re - Expr(odd_im)).value, (even_im + Expr(odd_re)).value
    odd, even = static.transform(q, p, m, given)
    pairs = ops.concat((ops.unsqueeze(even, (2,)), ops.unsqueeze(odd, (2,))), 2)
    return ops.reshape(pairs, (rows, n, *rest), inferred=0)


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
    if len(planes) == 1:
        return (real,)
    middle = inside(planes[1], n, axis)
    last = zeros(1 - dims.remainder(n, 2))
    return real, whole(zeros(1), middle, last, ops.neg(reverse(middle, axis)))
