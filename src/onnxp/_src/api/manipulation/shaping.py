"""The same elements in another shape."""

from __future__ import annotations

from collections.abc import Sequence

from onnxp._src import ops
from onnxp._src.array import views
from onnxp._src.array.array import Array
from onnxp._src.array.base import map_planes, new_array, new_view
from onnxp._src.array.operands import as_array
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size, equal, same
from onnxp._src.shapes.shape import Shape, as_shape, normalize_axes, product, shape_text
from onnxp.errors import ShapeError


def expand_dims(x: Array, /, axis: int | tuple[int, ...]) -> Array:
    """Insert axes of size 1.

    Parameters
    ----------
    x : array
        Of any dtype.
    axis : int or tuple of int
        The positions of the new axes in the result.

    Returns
    -------
    Array
        Of the dtype of `x`.

    Raises
    ------
    AxisError
        If the result has no such axis, or one is given twice.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.expand_dims(xp.asarray([1, 2]), (0, -1)).shape
    (1, 2, 1)
    """
    array = as_array(x, "expand_dims")
    added = len(axis) if isinstance(axis, tuple | list) else 1
    axes = tuple(sorted(normalize_axes(axis, array.ndim + added, "expand_dims")))
    parts = (None if i in axes else slice(None) for i in range(array.ndim + added))
    return new_view(array, views.INDEX, tuple(parts))


def reshape(x: Array, /, shape: Sequence[Size] | Size, *, copy: bool | None = None) -> Array:
    """Change the shape of an array; the elements keep their order.

    Parameters
    ----------
    x : array
        Of any dtype.
    shape : int, Dim or sequence of them
        The shape. One size may be -1: it follows from the others.
    copy : bool, optional
        Whether to copy: otherwise the result is a view where numpy's is.

    Returns
    -------
    Array
        Of the dtype of `x`.

    Raises
    ------
    ShapeError
        If the number of elements would change. Where that depends on symbolic sizes it is an
        `EvaluationError` when the model runs.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.reshape(xp.asarray([[1, 2], [3, 4]]), (-1,))
    Array([1, 2, 3, 4], dtype=int64)
    """
    array = as_array(x, "reshape")
    target = as_shape(shape, "reshape", minimum=-1)
    total = product(array.shape)
    inferred = _inferred_axis(target)
    if inferred is None:
        if equal(total, product(target)) is False:
            raise _misfit(array.shape, total, target)
        return _reshaped(array, target, copy)
    rest = product(size for axis, size in enumerate(target) if axis != inferred)
    size = None if same(rest, 0) else _quotient(total, rest)
    if size is None:
        raise _misfit(array.shape, total, target)
    inferred_shape = (*target[:inferred], size, *target[inferred + 1 :])
    return _reshaped(array, inferred_shape, copy, inferred)


def squeeze(x: Array, /, axis: int | tuple[int, ...]) -> Array:
    """Remove axes of size 1.

    Parameters
    ----------
    x : array
        Of any dtype.
    axis : int or tuple of int
        The axes.

    Returns
    -------
    Array
        Of the dtype of `x`.

    Raises
    ------
    AxisError
        If there is no such axis, or one is given twice.
    ShapeError
        If the size is not 1. For a symbolic size, an `EvaluationError` when the model runs.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.squeeze(xp.asarray([[1, 2]]), 0)
    Array([1, 2], dtype=int64)
    """
    array = as_array(x, "squeeze")
    axes = normalize_axes(axis, array.ndim, "squeeze")
    for place in axes:
        if equal(array.shape[place], 1) is False:
            raise ShapeError(
                f"squeeze: axis {place} of shape {shape_text(array.shape)} has size {array.shape[place]}, not 1"
            )
    dropped = tuple(sorted(axes))
    kept = tuple(size for i, size in enumerate(array.shape) if i not in dropped)
    return new_view(
        array, views.RESHAPE, kept, tuple(ops.squeeze(plane, dropped) for plane in array._planes)
    )


def _reshaped(array: Array, shape: Shape, copy: bool | None, inferred: int | None = None) -> Array:
    """Return a view, or a copy where numpy makes one."""
    planes = tuple(ops.reshape(plane, shape, inferred) for plane in array._planes)
    kind = None if copy else views.reshape_kind(array, shape)
    if kind is None:
        return new_array(array.dtype, planes)
    return new_view(array, kind, shape, planes)


def flat(array: Array) -> Array:
    """Flatten an array to one axis."""
    shape = (product(array.shape),)
    return map_planes(array, lambda plane: ops.reshape(plane, shape))


def _inferred_axis(shape: Shape) -> int | None:
    """Return the axis whose size is -1."""
    axes = [axis for axis, size in enumerate(shape) if type(size) is int and size == -1]
    if len(axes) > 1:
        raise ShapeError(f"reshape: shape {shape_text(shape)} has more than one -1")
    return axes[0] if axes else None


def _quotient(total: Size, rest: Size) -> Size | None:
    """Return the size that -1 is replaced by, or None if the elements certainly do not fit."""
    quotient = dims.floor_divide(total, rest)
    if same(quotient * rest, total):
        return quotient
    least, _ = dims.bounds(rest)
    if least is None or least < 1:
        raise ShapeError(
            f"reshape: -1 stands for {total} elements divided by {rest}, which may be 0; "
            "give the size, or declare a lower bound of 1 for the symbols"
        )
    return None if equal(dims.remainder(total, rest), 0) is False else quotient


def _misfit(shape: Shape, total: Size, target: Shape) -> ShapeError:
    return ShapeError(
        f"reshape: an array of shape {shape_text(shape)}, {total} elements, "
        f"does not fit shape {shape_text(target)}"
    )
