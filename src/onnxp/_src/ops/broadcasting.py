"""Operands in forms that kernels broadcast fast.

Kernels go along the last axis of operands of different shapes in spans, and a span takes as long as 50 elements
(onnxruntime 1.20.1 to 1.32.0).
"""

from __future__ import annotations

import math

import numpy as np

from onnxp._src.dtypes import int64
from onnxp._src.graph.record import record
from onnxp._src.graph.values import Value, constant
from onnxp._src.shapes.dims import Size, bounds, same
from onnxp._src.shapes.shape import Shape, is_static, same_shape


def is_small(a: Value, b: Value, shape: Shape) -> bool:
    """Return whether a result is evaluated, and has so few elements that the form of operands is no matter."""
    if a.trace is not None or b.trace is not None:
        return False
    count = 1
    for size in shape:
        if type(size) is not int:
            return False
        count *= size
    return count < _MANY


def have_one_form(a: Shape, b: Shape) -> bool:
    """Return whether two shapes may be equal: a quick test, which does not compare expressions."""
    if len(a) != len(b):
        return False
    for p, q in zip(a, b, strict=True):
        if p is q:
            continue
        if (type(p) is int or type(q) is int) and (type(p) is not type(q) or p != q):
            return False
    return True


def before_transpose(a: Value, b: Value) -> tuple[Value, Value] | None:
    """Return operands whose result is to be transposed, if one is a Transpose, and the other a constant row.

    So columns that were made a matrix are computed one by one, in long spans, and a product takes them without
    a Transpose. None is returned for all others.
    """
    for matrix, row in ((a, b), (b, a)):
        source = transposed_source(matrix)
        if source is None or not is_constant_row(row, matrix.shape[-1]):
            continue
        column = as_column(row)
        return (source, column) if matrix is a else (column, source)
    return None


def is_constant_row(row: Value, width: Size) -> bool:
    """Return whether a value is a constant row beside matrices of so many columns, more than one."""
    if row.trace is not None or type(width) is not int or width < 2:
        return False
    return row.shape in ((width,), (1, width))


def transposed_source(x: Value) -> Value | None:
    """Return the matrix that a value is the Transpose of, if it has many rows; None for all else."""
    node = x.node
    if node is None or x.data is not None or node.op != "Transpose" or len(x.shape) != 2:
        return None
    return node.inputs[0] if _has_many_rows(x) else None


def as_column(row: Value) -> Value:
    """Return a constant row as a column."""
    if row.data is not None:
        return constant(row.data.reshape(-1, 1))
    column = (row.shape[-1], 1)
    if len(row.shape) == 1:
        return record("Unsqueeze", (row, constant(np.asarray([1]))), row.dtype, column)
    return record("Transpose", (row,), row.dtype, column, (("perm", (1, 0)),))


def beside(x: Value, other: Value, shape: Shape) -> Value:
    """Return an operand in a form that kernels broadcast fast to a shape of several axes.

    A single number in the rank of the other operand needs no spans, and a short row is repeated before.
    """
    rank = len(shape)
    if not is_static(x.shape):
        return x
    if x.shape.count(1) == len(x.shape):
        last = shape[-1]
        least = last if type(last) is int else bounds(last)[0] or 0
        return in_rank(x, rank) if least <= 1 else x
    is_row = x.shape[-1] > 1 and len(x.shape) - x.shape.count(1) == 1
    if not is_row or len(other.shape) != rank or not same(other.shape[-1], x.shape[-1]):
        return x
    return _repeated(x, other) if _is_short(x) and _has_many_rows(other) else x


def in_rank(x: Value, rank: int) -> Value:
    """Return a single number in a rank."""
    if len(x.shape) >= rank:
        return x
    if x.data is not None:
        return constant(x.data.reshape((1,) * rank))
    axes = constant(np.arange(rank - len(x.shape), dtype=np.int64))
    return record("Unsqueeze", (x, axes), x.dtype, (1,) * rank)


_SHORT = 64
"""The most bytes of a row that is repeated."""
_MANY = 1000
"""How many elements, or rows, take as long as a node when they are evaluated."""


def _is_short(row: Value) -> bool:
    """Return whether a row is constant, beside arrays that a model computes, and short."""
    if row.trace is not None or row.dtype.family not in _FAMILIES:
        return False
    size = row.shape[-1]
    return isinstance(size, int) and size * row.dtype.numpy.itemsize <= _SHORT


_FAMILIES = ("float", "int", "uint", "bool")


def _has_many_rows(x: Value) -> bool:
    """Return whether it takes long to broadcast to an array; Gemm does it to the rows of a product."""
    if x.data is None and x.node is not None and x.node.op in ("MatMul", "Gemm"):
        return False
    rows = x.shape[:-1]
    return math.prod(rows) >= _MANY if is_static(rows) else x.trace is not None


def _repeated(row: Value, other: Value) -> Value:
    """Return a row as often as another array has rows."""
    rank = len(other.shape)
    attributes = (("end", rank), ("start", 0))
    sizes = record("Shape", (_oldest_of_shape(other),), int64, (rank,), attributes)
    return record("Expand", (row, sizes), row.dtype, other.shape)


def _oldest_of_shape(x: Value) -> Value:
    """Return a value of the same shape that a value is computed from, so that they share what they need."""
    for _ in range(_MOST_STEPS):
        if x.data is not None or x.node is None or x.node.op not in _ELEMENTWISE:
            break
        sources = [v for v in x.node.inputs if v is not None and same_shape(v.shape, x.shape)]
        if not sources:
            break
        x = sources[0]
    return x


_MOST_STEPS = 20


_ELEMENTWISE = frozenset("Abs Add Cast Clip Div Exp Log Max Min Mul Neg Pow Sqrt Sub Tanh".split())
