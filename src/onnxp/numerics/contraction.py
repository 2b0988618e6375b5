"""Sums of products over axes: matrix products of every dtype."""

from __future__ import annotations

from onnxp import ops
from onnxp.dims import equal
from onnxp.errors import ShapeError
from onnxp.graph import Value
from onnxp.shapes import Shape, broadcast, shape_text

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
            f"{function}: shapes {shape_text(a)} and {shape_text(b)} do not multiply: the last axis of the first "
            f"has size {a[-1]}, the {'last' if len(b) == 1 else 'second to last'} axis of the second {inner}"
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


