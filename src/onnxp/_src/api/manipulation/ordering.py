"""The order of axes, and of elements along them."""

from __future__ import annotations

from functools import partial
from typing import Any

from onnxp._src import ops
from onnxp._src.api.manipulation.shaping import flat
from onnxp._src.array import views
from onnxp._src.array.array import Array
from onnxp._src.array.base import map_planes, new_view
from onnxp._src.array.operands import as_array
from onnxp._src.graph.values import Value
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size, same
from onnxp._src.shapes.shape import as_shape, normalize_axes, normalize_axis
from onnxp.errors import ArgumentError, AxisError


def flip(x: Array, /, *, axis: int | tuple[int, ...] | None = None) -> Array:
    """Reverse the order of elements along axes.

    Parameters
    ----------
    x : array
        Of any dtype.
    axis : int, tuple of int or None, optional
        The axes; None means all.

    Returns
    -------
    Array
        Of the dtype and shape of `x`.

    Raises
    ------
    AxisError
        If there is no such axis, or one is given twice.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.flip(xp.asarray([1, 2, 3]))
    Array([3, 2, 1], dtype=int64)
    """
    array = as_array(x, "flip")
    axes = normalize_axes(axis, array.ndim, "flip")
    key = (slice(None, None, -1 if i in axes else None) for i in range(array.ndim))
    return new_view(array, views.INDEX, tuple(key))


def moveaxis(
    x: Array, source: int | tuple[int, ...], destination: int | tuple[int, ...], /
) -> Array:
    """Move axes to other positions; the others keep their order.

    Parameters
    ----------
    x : array
        Of any dtype.
    source, destination : int or tuple of int
        The positions of the axes in `x`, and in the result.

    Returns
    -------
    Array
        Of the dtype of `x`.

    Raises
    ------
    AxisError
        If there is no such axis, or one is given twice.
    ArgumentError
        If there are not as many destinations as sources.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.moveaxis(xp.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    array = as_array(x, "moveaxis")
    sources = normalize_axes(source, array.ndim, "moveaxis")
    destinations = normalize_axes(destination, array.ndim, "moveaxis")
    if len(sources) != len(destinations):
        raise ArgumentError(
            f"moveaxis: source {source} and destination {destination} must name the same number of axes"
        )
    order = [axis for axis in range(array.ndim) if axis not in sources]
    for place, axis in sorted(zip(destinations, sources, strict=True)):
        order.insert(place, axis)
    return new_view(array, views.TRANSPOSE, order)


def permute_dims(x: Array, /, axes: tuple[int, ...]) -> Array:
    """Permute the axes.

    Parameters
    ----------
    x : array
        Of any dtype.
    axes : tuple of int
        The axis of `x` for each axis of the result.

    Returns
    -------
    Array
        Of the dtype of `x`.

    Raises
    ------
    AxisError
        If `axes` does not name each axis once.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.permute_dims(xp.zeros((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    array = as_array(x, "permute_dims")
    order = normalize_axes(axes, array.ndim, "permute_dims")
    if len(order) != array.ndim:
        raise AxisError(
            f"permute_dims: axes {axes!r} must name each of the {array.ndim} axes of the array once"
        )
    return new_view(array, views.TRANSPOSE, order)


def roll(
    x: Array,
    /,
    shift: Size | tuple[Size, ...],
    *,
    axis: int | tuple[int, ...] | None = None,
) -> Array:
    """Shift elements along axes; those shifted beyond the end enter at the start.

    Parameters
    ----------
    x : array
        Of any dtype.
    shift : int, Dim or tuple of them
        The number of places; one for all axes or one for each.
    axis : int, tuple of int or None, optional
        The axes; None flattens `x` first, and restores its shape.

    Returns
    -------
    Array
        Of the dtype and shape of `x`.

    Raises
    ------
    AxisError
        If there is no such axis.
    ArgumentError
        If there are not as many shifts as axes.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.roll(xp.asarray([1, 2, 3]), 1)
    Array([3, 1, 2], dtype=int64)
    """
    array = as_array(x, "roll")
    if axis is None:
        rolled = roll(flat(array), _total(shift), axis=0)
        return map_planes(rolled, lambda plane: ops.reshape(plane, array.shape))
    axes = tuple(axis) if isinstance(axis, tuple | list) else (axis,)
    shifts = as_shape(shift, "roll", minimum=None)
    if not isinstance(shift, tuple | list):
        shifts = shifts * len(axes)
    if len(shifts) != len(axes):
        raise ArgumentError(f"roll: shift {shift} and axis {axis} must have the same length")
    steps: dict[int, Size] = {}
    for along, step in zip(axes, shifts, strict=True):
        place = normalize_axis(along, array.ndim, "roll")
        steps[place] = steps.get(place, 0) + step
    for place, step in steps.items():
        array = map_planes(array, partial(_rolled, step=step, axis=place))
    return array


def _rolled(x: Value, step: Size, axis: int) -> Value:
    size = x.shape[axis]
    cut = -step if _within(step, size) else size - dims.remainder(step, dims.maximum(size, 1))
    if same(cut, 0) or same(cut, size):
        return x
    front = ops.slice_(x, (cut,), (None,), (axis,), (1,))
    back = ops.slice_(x, (None,), (cut,), (axis,), (1,))
    rolled = ops.concat((front, back), axis)
    rolled.shape = x.shape
    return rolled


def _total(shift: Any) -> Size:
    return sum(as_shape(shift, "roll", minimum=None))


def _within(step: Size, size: Size) -> bool:
    """Test whether every possible size, but for 0, is at least the step."""
    least, _ = dims.bounds(size)
    return type(step) is int and type(size) is not int and abs(step) <= max(least or 0, 1)
