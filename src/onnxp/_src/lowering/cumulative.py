"""Products, cumulative sums and cumulative products along axes.

ReduceProd multiplies integers in float64 and saturates (onnxruntime 1.32.0), does not support complex
numbers, and CumProd needs opset 26. Products are therefore loops over rows. A product multiplies one
half of the rows by the other until one row is left. A cumulative product processes blocks of an axis
side by side.
"""

from __future__ import annotations

from functools import reduce

from onnxp._src import ops
from onnxp._src.dtypes import DType, bool_, float64, int64
from onnxp._src.graph.subgraphs import close
from onnxp._src.graph.values import FREE, Promise, Value, argument, reducing
from onnxp._src.lowering import reductions
from onnxp._src.lowering.complex import arithmetic as complex_arithmetic
from onnxp._src.lowering.elementwise.integers import RING
from onnxp._src.lowering.functions import recipe
from onnxp._src.lowering.planes import Planes, is_complex
from onnxp._src.lowering.reductions import Axes, accumulating
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import Shape, product

_BLOCK = 64
_MOST_BLOCKS = 4096
_FACTOR = 2.0**100
_PRODUCT = 2.0**900
"""Limits of magnitude for which the products of numbers, and of their reciprocals, are in range."""


def cumulative_sum(x: Value, axis: int) -> Value:
    """Compute cumulative sums. Integers wrap."""
    return ops.cast(ops.cum_sum(accumulating(x), axis), x.dtype)


def with_initial(planes: Planes, axis: int, number: int) -> Planes:
    """Prepend an element along an axis: 0 or 1."""
    before = tuple(int(i == axis) for i in range(len(planes[0].shape)))
    after = (0,) * len(before)
    numbers = (number, 0)
    return tuple(
        ops.pad(plane, before, after, n) for plane, n in zip(planes, numbers, strict=False)
    )


def total_product(planes: Planes, axes: Axes, *, keepdims: bool) -> Planes:
    """Compute products along axes. Integers wrap."""
    dtype = planes[0].dtype
    if not axes:
        return planes
    if not is_complex(planes) and dtype.family == "float":
        y = ops.reduce("ReduceProd", accumulating(planes[0]), axes, keepdims=keepdims)
        return (ops.cast(y, dtype),)
    shape = ops.reduced_shape(planes[0].shape, axes, keepdims=keepdims)
    types = [(plane.dtype, shape) for plane in planes]
    build = _complex_product if is_complex(planes) else _product
    promise = reducing(axes, keepdims=keepdims)
    return recipe("prod", build, planes, types, axes, keepdims, promise=promise)


def cumulative_product(planes: Planes, axis: int) -> Planes:
    """Compute cumulative products. Integers wrap."""
    types = [(plane.dtype, plane.shape) for plane in planes]
    build = _complex_cumulative if is_complex(planes) else _cumulative
    return recipe("cumulative_prod", build, planes, types, axis, promise=Promise((axis,)))


# Real and complex factors


def _working(x: Value) -> DType:
    return RING.get(x.dtype, float64)


def _times(a: Planes, b: Planes) -> Planes:
    if not is_complex(a):
        return (ops.mul(a[0], b[0]),)
    result: Planes = complex_arithmetic.multiply(a, b)
    return result


def _unit(like: Planes, shape: Shape) -> Planes:
    """Return planes filled with the number 1."""
    return tuple(ops.constant_of_shape(1 - i, plane.dtype, shape) for i, plane in enumerate(like))


def _rows(planes: Planes, axes: Axes) -> Planes:
    """Return a matrix whose columns hold the elements along the axes, in the dtype of the computation."""
    shape = planes[0].shape
    kept = tuple(axis for axis in range(len(shape)) if axis not in axes)
    count = product(shape[axis] for axis in axes)
    width = product(shape[axis] for axis in kept)
    cast = (ops.cast(plane, _working(plane)) for plane in planes)
    return tuple(ops.reshape(ops.transpose(x, (*axes, *kept)), (count, width)) for x in cast)


# Products


def _product(x: Value, axes: Axes, keepdims: bool) -> Planes:
    return _halved((x,), axes, keepdims)


def _complex_product(real: Value, imag: Value, axes: Axes, keepdims: bool) -> Planes:
    return _halved((real, imag), axes, keepdims)


def _halved(planes: Planes, axes: Axes, keepdims: bool) -> Planes:
    rows = _rows(planes, axes)
    width = rows[0].shape[1]
    left = ops.loop(None, rows, _halving_step, shapes=[(dims.dim("rows", 0), width)] * len(rows))
    # one row, or none for a product of 1; multiplying by 1 would make NaN of inf * (1 + 0j)
    row_and_one = zip(left, _unit(rows, (1, width)), strict=True)
    result = (ops.slice_(ops.concat(pair, 0), (None,), (1,), (0,), (1,)) for pair in row_and_one)
    shape = ops.reduced_shape(planes[0].shape, axes, keepdims=keepdims)
    return tuple(
        ops.cast(ops.reshape(y, shape), x.dtype) for x, y in zip(planes, result, strict=True)
    )


def _halving_step(_trip: Value, *rows: Value) -> tuple[Value, Planes, tuple[()]]:
    """Multiply the first half of the rows by the second half; an odd row stays."""
    size = ops.shape_of(rows[0], 0, 1)
    half = ops.div(size, ops.ints(2))
    whole = ops.add(half, half)

    def part(start: Value, stop: Value) -> Planes:
        length = dims.dim("part", 0)
        return tuple(ops.slice_values(x, start, stop, 0, length) for x in rows)

    halves = _times(part(ops.ints(0), half), part(half, whole))
    left = tuple(ops.concat((x, odd), 0) for x, odd in zip(halves, part(whole, size), strict=True))
    return ops.greater(ops.sub(size, half), ops.ints(1)), left, ()


# Cumulative products


def _cumulative(x: Value, axis: int) -> Planes:
    return _scanned((x,), axis)


def _complex_cumulative(real: Value, imag: Value, axis: int) -> Planes:
    return _scanned((real, imag), axis)


def _scanned(planes: Planes, axis: int) -> Planes:
    shape = planes[0].shape
    rows = _rows(planes, (axis,))
    results = _blockwise(rows)
    front = (axis, *(i for i in range(len(shape)) if i != axis))
    order = tuple(front.index(i) for i in range(len(shape)))
    moved = tuple(shape[i] for i in front)
    return tuple(
        ops.cast(ops.transpose(ops.reshape(y, moved), order), x.dtype)
        for x, y in zip(planes, results, strict=True)
    )


def _blockwise(rows: Planes) -> Planes:
    """Compute cumulative products in blocks of rows, then multiply each block by the product before it."""
    count, width = rows[0].shape
    blocks = dims.minimum(dims.floor_divide(count, _BLOCK) + 1, _MOST_BLOCKS)
    length = dims.floor_divide(count + blocks - 1, blocks)
    padding = _unit(rows, (blocks * length - count, width))
    padded = (ops.concat((x, one), 0) for x, one in zip(rows, padding, strict=True))
    side_by_side = tuple(
        ops.transpose(ops.reshape(x, (blocks, length, width)), (1, 0, 2)) for x in padded
    )
    within, totals = _run(side_by_side)
    before, _ = _run(totals, inclusive=False)
    products = _times(within, before)
    results = tuple(
        ops.slice_values(
            ops.reshape(ops.transpose(y, (1, 0, 2)), (blocks * length, width)),
            ops.ints(0),
            ops.size_value(count),
            0,
            count,
        )
        for y in products
    )
    if rows[0].dtype.family != "float":
        return results
    return _unless_out_of_range(rows, within, results)


def _run(
    rows: Planes, start: Planes | None = None, *, inclusive: bool = True
) -> tuple[Planes, Planes]:
    """Compute products along the first axis: up to (or before) each row, and of all rows."""

    def step(trip: Value, *state: Value) -> tuple[Value, Planes, Planes]:
        row = tuple(ops.gather(x, trip, 0) for x in rows)
        following = _times(state, row)
        return ops.scalar(True, bool_), following, following if inclusive else state

    count = rows[0].shape[0]
    state = start or _unit(rows, rows[0].shape[1:])
    results = ops.loop(ops.scalar_size(count), state, step, collected=count)
    return results[len(rows) :], results[: len(rows)]


def _unless_out_of_range(rows: Planes, within: Planes, results: Planes) -> Planes:
    """Compute the products row by row if a block may overflow or underflow although the result does not.

    This cannot happen if all magnitudes are at most 1, or all are at least 1.
    """
    one = ops.scalar(1.0, rows[0].dtype)
    above = _any(ops.greater(reduce(ops.add, map(ops.abs_, rows)), one))
    below = _any(ops.less(_larger(rows), one))
    far = reduce(ops.and_, (_outside(within, _PRODUCT), above, below))
    operands = (*rows, *results)
    inputs = tuple(
        argument(f"x{i}", value.dtype, value.shape, FREE) for i, value in enumerate(operands)
    )
    return ops.if_(
        ops.or_(far, _outside(rows, _FACTOR)),
        operands,
        close(inputs, _one_by_one(inputs[: len(rows)])),
        close(inputs, inputs[len(rows) :]),
        [value.shape for value in results],
    )


def _one_by_one(rows: Planes) -> Planes:
    """Compute cumulative products of at least one row; the first is not multiplied by 1 (see `_halved`)."""
    first = tuple(ops.gather(x, ops.scalar(0, int64), 0) for x in rows)
    rest = tuple(ops.slice_(x, (1,), (None,), (0,), (1,)) for x in rows)
    following, _ = _run(rest, first)
    return tuple(
        ops.concat((ops.unsqueeze(x, (0,)), y), 0) for x, y in zip(first, following, strict=True)
    )


def _larger(planes: Planes) -> Value:
    return reduce(ops.max_, map(ops.abs_, planes))


def _outside(planes: Planes, limit: float) -> Value:
    """Return whether there are nonzero numbers outside the limit and its reciprocal.

    NaN is ignored for real numbers, where it has no effect.
    """
    size = _larger(planes)
    most = ops.scalar(limit, size.dtype)
    small = ops.less(size, ops.scalar(1 / limit, size.dtype))
    if not is_complex(planes):
        large = ops.greater(size, most)
    else:
        large = ops.not_(ops.less_or_equal(size, most))
    return _any(ops.or_(large, ops.and_(small, ops.cast(size, bool_))))


def _any(mask: Value) -> Value:
    every = tuple(range(len(mask.shape)))
    return reductions.holds("ReduceMax", mask, every, keepdims=False)
