"""Indexing functions (the standard's chapter of that name). ``x[key]`` is in `onnxp._src.lowering.indexing`."""

from __future__ import annotations

from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.nullable import required
from onnxp._src.array.operands import Operand, as_array
from onnxp._src.graph.values import Value
from onnxp._src.lowering.indexing import getitem, keys
from onnxp._src.shapes.shape import normalize_axis, shape_text
from onnxp.errors import ArgumentError, DTypeError, ShapeError


def take(x: Operand, indices: Operand, /, *, axis: int | None = None) -> Array:
    """Take elements at integer indices along an axis.

    Parameters
    ----------
    x : array
        Of any dtype and rank 1 or more.
    indices : array
        Of an integer dtype; negative ones count from the end. The standard has those of rank 1; of another
        rank, its axes take the place of the indexed one.
    axis : int, optional
        The axis to index. It may be left out if `x` has rank 1.

    Returns
    -------
    Array
        Of the dtype of `x`.

    Raises
    ------
    DTypeError
        If `indices` is not of an integer dtype.
    ArgumentError
        If `axis` is left out, but `x` is not of rank 1.
    AxisError
        If there is no such axis.
    IndexingError
        If an index is out of range. If only the run can tell, the run fails.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.take(xp.asarray([[1, 2, 3], [4, 5, 6]]), xp.asarray([2, 0]), axis=1)
    Array([[3, 1],
           [6, 4]], dtype=int64)
    """
    array = as_array(x, "take")
    rank = array.ndim
    if axis is None and rank != 1:
        raise ArgumentError(
            f"take: an array of rank {rank} needs an axis; it is optional for rank 1 only"
        )
    axis = normalize_axis(0 if axis is None else axis, rank, "take")
    chosen = _indices(indices, "take")
    keys.check_array(chosen, array.shape[axis], axis, "take")
    return new_array(array._dtype, getitem.take(array._planes, chosen, axis))


def take_along_axis(x: Operand, indices: Operand, /, *, axis: int = -1) -> Array:
    """Take elements along an axis, each place by its own index, as `argsort` and `argmax` return them.

    Parameters
    ----------
    x : array
        Of any dtype and rank 1 or more.
    indices : array
        Of an integer dtype and the rank of `x`; negative ones count from the end. The other axes broadcast
        against those of `x`.
    axis : int, optional
        The axis to index; by default the last one.

    Returns
    -------
    Array
        Of the dtype of `x` and, along the axis, as many elements as there are indices.

    Raises
    ------
    DTypeError
        If `indices` is not of an integer dtype.
    ShapeError
        If the ranks differ.
    BroadcastError
        If the other axes do not broadcast.
    AxisError
        If there is no such axis.
    IndexingError
        If an index is out of range. If only the run can tell, the run fails.

    Examples
    --------
    >>> import onnxp as xp
    >>> x = xp.asarray([[3, 1, 2], [6, 5, 4]])
    >>> xp.take_along_axis(x, xp.argsort(x))
    Array([[1, 2, 3],
           [4, 5, 6]], dtype=int64)
    """
    array = as_array(x, "take_along_axis")
    chosen = _indices(indices, "take_along_axis")
    if len(chosen.shape) != array.ndim:
        raise ShapeError(
            f"take_along_axis: indices of shape {shape_text(chosen.shape)} must have the rank of the array, "
            f"which has shape {shape_text(array.shape)}"
        )
    axis = normalize_axis(axis, array.ndim, "take_along_axis")
    keys.check_array(chosen, array.shape[axis], axis, "take_along_axis")
    return new_array(array._dtype, getitem.take_along_axis(array._planes, chosen, axis))


def _indices(obj: Operand, function: str) -> Value:
    array = required(as_array(obj, function), function)
    if array._dtype.family not in ("int", "uint"):
        raise DTypeError(f"{function}: indices must be of an integer dtype, not {array._dtype}")
    return array._planes[0]


__all__ = ["take", "take_along_axis"]
