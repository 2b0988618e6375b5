"""Linear algebra functions (the standard's chapter of that name)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from onnxp._src.array import apply as engine
from onnxp._src.array.array import Array
from onnxp._src.array.base import of_planes
from onnxp._src.array.defined import definable
from onnxp._src.array.operands import as_array, common
from onnxp._src.dtypes import require
from onnxp._src.lowering import contraction
from onnxp._src.shapes.shape import Shape, as_integer, broadcast, normalize_axes, normalize_axis
from onnxp.errors import ArgumentError, AxisError


def matmul(x1: Array, x2: Array, /) -> Array:
    """Compute the matrix product, as ``x1 @ x2`` does; integers wrap.

    Parameters
    ----------
    x1, x2 : array
        Of a numeric dtype and of rank 1 or more. The last two axes hold matrices, those before them
        broadcast. An array of rank 1 is a row on the left and a column on the right.

    Returns
    -------
    Array
        Of the promoted dtype. The axis of an operand of rank 1 is missing from its shape.

    Raises
    ------
    DTypeError
        If a dtype is not numeric.
    ShapeError
        If a rank is 0, the sizes that are summed over differ, or the others do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.matmul(xp.asarray([[1, 2], [3, 4]]), xp.asarray([1, 10]))
    Array([21, 43], dtype=int64)
    """
    return engine.matmul(x1, x2)


def matrix_transpose(x: Array, /) -> Array:
    """Transpose matrices by exchanging the last two axes.

    Parameters
    ----------
    x : array
        Of rank 2 or more.

    Returns
    -------
    Array
        Of the dtype of `x`.

    Raises
    ------
    ShapeError
        If the rank is less than 2.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.matrix_transpose(xp.asarray([[1, 2], [3, 4]]))
    Array([[1, 3],
           [2, 4]], dtype=int64)
    """
    return as_array(x, "matrix_transpose").mT


@definable
def tensordot(
    x1: Array, x2: Array, /, *, axes: int | tuple[Sequence[int], Sequence[int]] = 2
) -> Array:
    """Compute sums of products over some axes of both arrays; integers wrap.

    Parameters
    ----------
    x1, x2 : array
        Of a numeric dtype.
    axes : int or pair of sequences of int, optional
        How many axes to sum over, the last of `x1` and the first of `x2`; or which axes of each.

    Returns
    -------
    Array
        Of the promoted dtype; its axes are the others of `x1`, then the others of `x2`.

    Raises
    ------
    DTypeError
        If a dtype is not numeric.
    ArgumentError, AxisError
        If `axes` names other axes than the arrays have, or not as many of one as of the other.
    ShapeError
        If the sizes that are summed over differ.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.tensordot(xp.asarray([1, 2]), xp.asarray([1, 10]), axes=0)
    Array([[ 1, 10],
           [ 2, 20]], dtype=int64)
    """
    a, b = common("tensordot", x1, x2)
    require("tensordot", "numeric", a.dtype)
    first, second = summed_axes(axes, a.ndim, b.ndim)
    contraction.check_contracted(a.shape, b.shape, first, second, "tensordot")
    return of_planes(contraction.tensordot(a._planes, b._planes, first, second))


def summed_axes(axes: object, rank: int, other: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the axes that `tensordot` sums over, of arrays of two ranks."""
    if isinstance(axes, Sequence):
        if len(axes) != 2:
            raise ArgumentError(
                f"tensordot: axes must be an integer or two sequences, not {axes!r}"
            )
        return _summed(axes[0], rank), _summed(axes[1], other)
    count = as_integer(axes, "tensordot", "axes")
    if not 0 <= count <= min(rank, other):
        raise ArgumentError(
            f"tensordot: axes={count}, but arrays of ranks {rank} and {other} have "
            f"0 to {min(rank, other)} axes to sum over"
        )
    return tuple(range(rank - count, rank)), tuple(range(count))


def _summed(axes: object, rank: int) -> tuple[int, ...]:
    numbers = tuple(axes) if isinstance(axes, Iterable) else (axes,)
    return normalize_axes(numbers, rank, "tensordot")


@definable
def vecdot(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """Compute sums of products over one axis of both arrays, the first one conjugated; integers wrap.

    Parameters
    ----------
    x1, x2 : array
        Of a numeric dtype. All axes but `axis` broadcast.
    axis : int, optional
        The axis of both arrays to sum over, counted from the end; from the front only if the ranks
        are the same.

    Returns
    -------
    Array
        Of the promoted dtype and the broadcast shape without `axis`.

    Raises
    ------
    DTypeError
        If a dtype is not numeric.
    AxisError
        If an array has no such axis.
    ShapeError
        If the sizes that are summed over differ, or the others do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.vecdot(xp.asarray([[1, 2], [3, 4]]), xp.asarray([1, 10]))
    Array([21, 43], dtype=int64)
    """
    a, b = common("vecdot", x1, x2)
    require("vecdot", "numeric", a.dtype)
    last = from_the_end(axis, a.ndim, b.ndim, "vecdot")
    contraction.check_contracted(a.shape, b.shape, (last + a.ndim,), (last + b.ndim,), "vecdot")
    broadcast(_without(a.shape, last), _without(b.shape, last), "vecdot")
    return of_planes(contraction.vecdot(a._planes, b._planes, last))


def from_the_end(axis: int, first: int, second: int, function: str) -> int:
    """Return an axis of arrays of two ranks as the negative number that means the same in both."""
    least = min(first, second)
    axis = as_integer(axis, function, "axis")
    if axis >= 0 and first != second:
        raise AxisError(
            f"{function}: axis {axis} means different axes of arrays of ranks {first} and {second}; "
            f"count it from the end, {-least} to -1"
        )
    return normalize_axis(axis, least, function) - least


def _without(shape: Shape, axis: int) -> Shape:
    position = axis + len(shape)
    return (*shape[:position], *shape[position + 1 :])
