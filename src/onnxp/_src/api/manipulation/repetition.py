"""Repeating elements and arrays."""

from __future__ import annotations

import numpy as np

from onnxp._src import ops
from onnxp._src.api.manipulation.broadcasting import broadcast_to
from onnxp._src.api.manipulation.shaping import flat
from onnxp._src.array.array import Array
from onnxp._src.array.base import map_planes
from onnxp._src.array.nullable import required
from onnxp._src.array.operands import as_array
from onnxp._src.dtypes import INDEX, require
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering.repeat import repeat_indices
from onnxp._src.shapes.dims import Size, equal, same
from onnxp._src.shapes.shape import as_shape, as_size, normalize_axis, shape_text
from onnxp.errors import ArgumentError, ShapeError


def repeat(x: Array, repeats: Size | Array, /, *, axis: int | None = None) -> Array:
    """Repeat each element.

    Parameters
    ----------
    x : array
        Of any dtype.
    repeats : int, Dim or array
        How often; an array of integers, of rank 0 or 1, has one number for each element along the axis,
        or one for all.
    axis : int, optional
        The axis; None flattens `x` first.

    Returns
    -------
    Array
        Of the dtype of `x`. If `repeats` is traced, the size along the axis depends on its values.

    Raises
    ------
    DTypeError
        If `repeats` is an array of another dtype.
    ShapeError
        If it does not have one number for each element.
    ArgumentError
        If a number is negative; in a traced array it is an `EvaluationError` when the model runs.
    AxisError
        If there is no such axis.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.repeat(xp.asarray([1, 2]), xp.asarray([3, 1]))
    Array([1, 1, 1, 2], dtype=int64)
    """
    array = as_array(x, "repeat")
    if axis is None:
        array, axis = flat(array), 0
    along = normalize_axis(axis, array.ndim, "repeat")
    if isinstance(repeats, Array | np.ndarray):
        return _repeat_each(array, required(as_array(repeats, "repeat"), "repeat"), along)
    return _repeat_all(array, as_size(repeats, "repeat"), along)


def tile(x: Array, repetitions: tuple[Size, ...], /) -> Array:
    """Repeat an array as a whole along each axis.

    Parameters
    ----------
    x : array
        Of any dtype.
    repetitions : tuple of int and Dim
        How often, along each axis counted from the last one; missing axes and counts are 1.

    Returns
    -------
    Array
        Of the dtype of `x`.

    Raises
    ------
    ArgumentError
        If a count is negative.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.tile(xp.asarray([1, 2]), (2, 2))
    Array([[1, 2, 1, 2],
           [1, 2, 1, 2]], dtype=int64)
    """
    array = as_array(x, "tile")
    counts = as_shape(repetitions, "tile")
    rank = max(array.ndim, len(counts))
    counts = (1,) * (rank - len(counts)) + counts
    shape = (1,) * (rank - array.ndim) + array.shape
    if all(same(count, 1) for count in counts):
        return map_planes(array, lambda plane: ops.reshape(plane, shape))
    return map_planes(array, lambda plane: ops.tile(ops.reshape(plane, shape), counts))


def _repeat_all(array: Array, count: Size, axis: int) -> Array:
    shape = array.shape
    beside = (*(1,) * (axis + 1), count, *(1,) * (len(shape) - axis - 1))
    result = (*shape[:axis], shape[axis] * count, *shape[axis + 1 :])

    for size in result:
        as_size(size, "repeat")

    def repeated(plane: Value) -> Value:
        tiled = ops.tile(ops.unsqueeze(plane, (axis + 1,)), beside)
        return ops.reshape(tiled, result)

    return map_planes(array, (lambda plane: plane) if same(count, 1) else repeated)


def _repeat_each(array: Array, counts: Array, axis: int) -> Array:
    require("repeat", "integer", counts.dtype)
    size = array.shape[axis]
    if counts.ndim > 1 or not (
        counts.ndim == 0
        or equal(counts.size, 1) is not False
        or equal(counts.size, size) is not False
    ):
        raise ShapeError(
            f"repeat: repeats has shape {shape_text(counts.shape)}; for an axis of size {size} it needs "
            f"shape ({size},), (1,) or ()"
        )
    if counts.is_traced:
        number = broadcast_to(flat(counts), (size,))._planes[0]
        number = ops.cast(number, INDEX)
        indices = repeat_indices(number)
    else:
        numbers = counts._numpy().reshape(-1)
        if (numbers < 0).any():
            raise ArgumentError(f"repeat: repeats must not be negative, but {numbers.min()} is")
        if len(numbers) == 1:
            return _repeat_all(array, int(numbers[0]), axis)
        sizes = (*array.shape[:axis], len(numbers), *array.shape[axis + 1 :])
        array = array._of_shape(sizes)
        indices = constant(np.repeat(np.arange(len(numbers)), numbers.astype(np.int64)))
    return map_planes(array, lambda plane: ops.gather(plane, indices, axis))
