"""Broadcasting of arrays and shapes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from onnxp._src import ops
from onnxp._src.array import views
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_view, note_size
from onnxp._src.array.operands import as_array
from onnxp._src.graph.values import Value
from onnxp._src.shapes.dims import Size, equal
from onnxp._src.shapes.shape import as_shape, as_size, broadcast, broadcast_all, shape_text
from onnxp.errors import ArgumentTypeError, BroadcastError


def broadcast_arrays(*arrays: Array) -> tuple[Array, ...]:
    """Broadcast arrays to their common shape.

    Parameters
    ----------
    *arrays : array
        Of any dtypes.

    Returns
    -------
    tuple of Array
        All of one shape, each of its own dtype.

    Raises
    ------
    BroadcastError
        If the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.broadcast_arrays(xp.asarray([1, 2]), xp.asarray([[5]]))
    (Array([[1, 2]], dtype=int64), Array([[5, 5]], dtype=int64))
    """
    inputs = [as_array(x, "broadcast_arrays") for x in arrays]
    shape = broadcast_all([x.shape for x in inputs], "broadcast_arrays")

    def expand(planes: tuple[Value, ...]) -> tuple[Value, ...]:
        return tuple(ops.expand(plane, shape) for plane in planes)

    results = tuple(new_view(x, views.READ_ONLY, expand) for x in inputs)
    for array in results:  # all have to be computed, whichever is used
        note_size(array)
    return results


def broadcast_shapes(*shapes: Sequence[Size | None]) -> tuple[Size | None, ...]:
    """Return the shape that shapes broadcast to.

    Parameters
    ----------
    *shapes : sequence of int, Dim and None
        None is an unknown size.

    Returns
    -------
    tuple of int, Dim and None
        None where one of the sizes is None.

    Raises
    ------
    BroadcastError
        If the shapes do not broadcast.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.broadcast_shapes((3, 1), (4,), (None, 1, 1))
    (None, 3, 4)
    """
    parsed = [_open_shape(shape) for shape in shapes]
    rank = max(map(len, parsed), default=0)
    unknown = {
        axis - len(shape) for shape in parsed for axis, size in enumerate(shape) if size is None
    }
    closed = [tuple(1 if size is None else size for size in shape) for shape in parsed]
    result = broadcast_all(closed, "broadcast_shapes")
    return tuple(None if axis - rank in unknown else size for axis, size in enumerate(result))


def broadcast_to(x: Array, /, shape: Sequence[Size]) -> Array:
    """Broadcast an array to a shape.

    Parameters
    ----------
    x : array
        Of any dtype.
    shape : sequence of int and Dim
        The shape. Each size of `x`, counted from the last axis, must be the same or 1.

    Returns
    -------
    Array
        Of the dtype of `x`.

    Raises
    ------
    BroadcastError
        If `x` does not broadcast to the shape.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.broadcast_to(xp.asarray([1, 2]), (2, 2))
    Array([[1, 2],
           [1, 2]], dtype=int64)
    """
    array = as_array(x, "broadcast_to")
    target = as_shape(shape, "broadcast_to")
    both = broadcast(array.shape, target, "broadcast_to")
    if len(both) != len(target) or any(
        equal(p, q) is False for p, q in zip(both, target, strict=True)
    ):
        raise BroadcastError(
            f"broadcast_to: an array of shape {shape_text(array.shape)} does not broadcast to "
            f"{shape_text(target)}; sizes must be equal or 1, counted from the last axis"
        )
    # Expand would also broadcast the shape to the array; if that can be, the runtime checks the sizes.
    return new_view(
        array,
        views.READ_ONLY,
        lambda planes: tuple(
            ops.require_shape(ops.expand(plane, both), target) for plane in planes
        ),
    )


def _open_shape(shape: Iterable[Size | None]) -> tuple[Size | None, ...]:
    if not isinstance(shape, Iterable):
        raise ArgumentTypeError(
            f"broadcast_shapes: a shape must be a sequence of integers, not {shape!r}"
        )
    return tuple(None if size is None else as_size(size, "broadcast_shapes") for size in shape)
