"""Sums of products over axes: matrix products of every dtype."""

from __future__ import annotations

from onnxp import ops
from onnxp.dims import equal
from onnxp.errors import ArgumentError, ShapeError
from onnxp.graph import Value
from onnxp.shapes import Shape, broadcast, product, shape_text

Planes = tuple[Value, ...]


def check_matmul(a: Shape, b: Shape, function: str = "matmul") -> None:
    """Raise unless matrices of these shapes multiply.

    Raises
    ------
    ShapeError
        If one has rank 0, or the sizes that are summed over differ.
    BroadcastError
        If the other axes do not broadcast.
    """
    if not a or not b:
        raise ShapeError(
            f"{function}: arrays need rank 1 or more, but shapes are {shape_text(a)} and {shape_text(b)}"
        )
    inner = b[-1] if len(b) == 1 else b[-2]
    if equal(a[-1], inner) is False:
        raise ShapeError(
            f"{function}: shapes {shape_text(a)} and {shape_text(b)} do not multiply: "
            f"the last axis of the first has size {a[-1]}, "
            f"the {'last' if len(b) == 1 else 'second to last'} axis of the second {inner}"
        )
    broadcast(a[:-2], b[:-2], function)


def matmul(a: Planes, b: Planes) -> Value | Planes:
    """Matrix product; complex numbers by four real products."""
    if len(a) == 1:
        return ops.mat_mul(a[0], b[0])
    (p, q), (r, s) = a, b
    real = ops.sub(ops.mat_mul(p, r), ops.mat_mul(q, s))
    imag = ops.add(ops.mat_mul(p, s), ops.mat_mul(q, r))
    return real, imag


def check_contracted(
    a: Shape, b: Shape, first: tuple[int, ...], second: tuple[int, ...], function: str
) -> None:
    """Raise unless the axes `first` of one shape and `second` of the other have the same sizes.

    Raises
    ------
    ArgumentError
        If there are not as many axes of one as of the other.
    ShapeError
        If the sizes differ.
    """
    if len(first) != len(second):
        raise ArgumentError(
            f"{function}: axes {first} of one array go with {second} of the other; "
            "both need the same number of axes"
        )
    for p, q in zip(first, second, strict=True):
        if equal(a[p], b[q]) is False:
            raise ShapeError(
                f"{function}: shapes {shape_text(a)} and {shape_text(b)}: axis {p} of the first "
                f"has size {a[p]}, axis {q} of the second {b[q]}; what is summed over must be equal"
            )


def tensordot(
    a: Planes, b: Planes, first: tuple[int, ...], second: tuple[int, ...]
) -> Value | Planes:
    """Sum of products over axes of both, by one matrix product of matrices or vectors."""
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
    """Sum of products over one axis of both, counted from the end; conjugates the first."""
    left = [_last(p, axis) for p in a]
    right = [_last(p, axis) for p in b]
    if len(left) == 2:
        left[1] = ops.neg(left[1])
    if len(a[0].shape) == len(b[0].shape) == 1:
        return matmul(tuple(left), tuple(right))
    rows = [ops.unsqueeze(p, (len(p.shape) - 1,)) for p in left]
    columns = [ops.unsqueeze(p, (len(p.shape),)) for p in right]
    result = matmul(tuple(rows), tuple(columns))
    if isinstance(result, Value):
        return _without_matrix(result)
    return tuple(_without_matrix(p) for p in result)


def _last(x: Value, axis: int) -> Value:
    rank = len(x.shape)
    moved = axis + rank
    return ops.transpose(x, (*(i for i in range(rank) if i != moved), moved))


def _without_matrix(x: Value) -> Value:
    return ops.squeeze(x, (len(x.shape) - 2, len(x.shape) - 1))
