"""Sums of products over axes: matrix products of all dtypes."""

from __future__ import annotations

from collections.abc import Sequence

from onnxp._src import ops
from onnxp._src.dtypes import float64
from onnxp._src.graph.values import Value
from onnxp._src.lowering.functions import recipe
from onnxp._src.lowering.planes import Planes, is_complex
from onnxp._src.lowering.reductions import accumulating, total
from onnxp._src.shapes.dims import equal
from onnxp._src.shapes.shape import Shape, broadcast, product, shape_text
from onnxp.errors import ArgumentError, ShapeError


def check_matmul(a: Shape, b: Shape, function: str = "matmul") -> None:
    """Raise an error unless matrices of these shapes can be multiplied.

    Raises
    ------
    ShapeError
        If an array has rank 0, or the summed axes have different sizes.
    BroadcastError
        If the other axes do not broadcast.
    """
    if not a or not b:
        raise ShapeError(
            f"{function}: arrays must have rank 1 or more, but their shapes are {shape_text(a)} and "
            f"{shape_text(b)}"
        )
    inner = b[-1] if len(b) == 1 else b[-2]
    if a[-1] is not inner and equal(a[-1], inner) is False:
        raise ShapeError(
            f"{function}: shapes {shape_text(a)} and {shape_text(b)} do not multiply: "
            f"the last axis of the first has size {a[-1]}, "
            f"the {'last' if len(b) == 1 else 'second to last'} axis of the second {inner}"
        )
    if len(a) > 2 and len(b) > 2:
        broadcast(a[:-2], b[:-2], function)


def matmul(a: Planes, b: Planes) -> Value | Planes:
    """Compute a matrix product; products of complex numbers are four real products."""
    if not is_complex(a):
        return ops.mat_mul(a[0], b[0])
    shape = ops.mat_mul_shape(a[0].shape, b[0].shape)
    return recipe("matmul", _complex_matmul, (*a, *b), ((a[0].dtype, shape),) * 2)


def _complex_matmul(p: Value, q: Value, r: Value, s: Value) -> Sequence[Value]:
    # An operand may be the result of a Transpose: see `ops.gemm`, and "turned by a vector" in `runtime_bugs`.
    if len(r.shape) == 1 < len(p.shape):
        r, s = (ops.unsqueeze(x, (1,)) for x in (r, s))
        return [ops.squeeze(x, (len(p.shape) - 1,)) for x in _complex_matmul(p, q, r, s)]
    if len(p.shape) == 1 < len(r.shape):
        p, q = (ops.unsqueeze(x, (0,)) for x in (p, q))
        return [ops.squeeze(x, (len(r.shape) - 2,)) for x in _complex_matmul(p, q, r, s)]
    matrices = len(p.shape) == len(r.shape) == 2
    stacks = len(p.shape) > 1 and len(r.shape) > 1
    multiply = ops.mat_mul
    if p.dtype is float64 and stacks:
        multiply = ops.gemm if matrices else ops.mat_mul_apart
    real = ops.sub(multiply(p, r), multiply(q, s))
    imag = ops.add(multiply(p, s), multiply(q, r))
    return real, imag


def check_contracted(
    a: Shape, b: Shape, first: tuple[int, ...], second: tuple[int, ...], function: str
) -> None:
    """Raise an error unless the axes `first` of one shape and `second` of the other have the same sizes.

    Raises
    ------
    ArgumentError
        If the numbers of axes differ.
    ShapeError
        If the sizes differ.
    """
    if len(first) != len(second):
        raise ArgumentError(
            f"{function}: {len(first)} axes of the first array, {first}, and {len(second)} of the second, "
            f"{second}; pass the same number of axes for both"
        )
    for p, q in zip(first, second, strict=True):
        if equal(a[p], b[q]) is False:
            raise ShapeError(
                f"{function}: shapes {shape_text(a)} and {shape_text(b)}: axis {p} of the first "
                f"has size {a[p]}, axis {q} of the second {b[q]}; the sizes of summed axes must be equal"
            )


def tensordot(
    a: Planes, b: Planes, first: tuple[int, ...], second: tuple[int, ...]
) -> Value | Planes:
    """Sum products over axes of both arrays, by one product of matrices or vectors."""
    for p, q in zip(first, second, strict=True):  # the sizes must be equal, not only their product
        b = tuple(ops.require_size(plane, q, a[0].shape[p]) for plane in b)
    rest_a = tuple(axis for axis in range(len(a[0].shape)) if axis not in first)
    rest_b = tuple(axis for axis in range(len(b[0].shape)) if axis not in second)
    shape = (*(a[0].shape[i] for i in rest_a), *(b[0].shape[i] for i in rest_b))
    summed = product(a[0].shape[i] for i in first)
    rows = tuple(a[0].shape[i] for i in rest_a)
    if len(rows) > 1 and len(first) != 1:
        rows = (product(rows),)
    columns = (product(b[0].shape[i] for i in rest_b),) if rest_b else ()
    left = [ops.reshape(ops.transpose(p, rest_a + first), (*rows, summed)) for p in a]
    right = [ops.reshape(ops.transpose(p, second + rest_b), (summed, *columns)) for p in b]
    result = matmul(tuple(left), tuple(right))
    if isinstance(result, Value):
        return ops.reshape(result, shape)
    return tuple(ops.reshape(p, shape) for p in result)


def vecdot(a: Planes, b: Planes, axis: int) -> Value | Planes:
    """Sum products over one axis of both arrays, counted from the end, after conjugating the first."""
    first = a[0].shape
    # it must not be broadcast
    b = tuple(ops.require_size(plane, len(plane.shape) + axis, first[axis]) for plane in b)
    if not is_complex(a):
        return _dot(a[0], b[0], axis)
    wide = broadcast(first, b[0].shape)
    place = len(wide) + axis
    shape = (*wide[:place], *wide[place + 1 :])
    return recipe("vecdot", _complex_dot, (*a, *b), ((a[0].dtype, shape),) * 2, axis)


def _complex_dot(p: Value, q: Value, r: Value, s: Value, axis: int) -> Sequence[Value]:
    real = ops.add(_dot(p, r, axis), _dot(q, s, axis))
    imag = ops.sub(_dot(p, s, axis), _dot(q, r, axis))
    return real, imag


def _dot(x: Value, y: Value, axis: int) -> Value:
    if len(x.shape) == len(y.shape) == 1:
        return ops.mat_mul(x, y)
    if x.dtype.family == "float":
        wide = ops.mul(accumulating(x), accumulating(y))
        return ops.cast(total(wide, (len(wide.shape) + axis,), keepdims=False), x.dtype)
    # MatMul adds integers exactly, in one node
    row = ops.unsqueeze(_last(x, axis), (len(x.shape) - 1,))
    column = ops.unsqueeze(_last(y, axis), (len(y.shape),))
    result = ops.mat_mul(row, column)
    return ops.squeeze(result, (len(result.shape) - 2, len(result.shape) - 1))


def _last(x: Value, axis: int) -> Value:
    rank = len(x.shape)
    moved = axis + rank
    return ops.transpose(x, (*(i for i in range(rank) if i != moved), moved))
