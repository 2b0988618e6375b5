"""Joining arrays, and splitting one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from onnxp._src import ops
from onnxp._src.api.manipulation.shaping import flat
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.operands import as_array, common
from onnxp._src.graph.values import Value
from onnxp._src.shapes.dims import Dim, bounds, equal
from onnxp._src.shapes.shape import Shape, normalize_axis, same_shape, shape_text
from onnxp.errors import ArgumentError, ArgumentTypeError, ShapeError


def concat(arrays: Sequence[Array], /, *, axis: int | None = 0) -> Array:
    """Join arrays along an axis.

    Parameters
    ----------
    arrays : sequence of array
        One or more arrays of the same sizes except along `axis`.
    axis : int or None, optional
        The axis; None flattens the arrays first.

    Returns
    -------
    Array
        Of the promoted dtype.

    Raises
    ------
    ArgumentError
        If there is no array.
    AxisError
        If there is no such axis.
    ShapeError
        If ranks or sizes differ.
    PromotionError
        If the dtypes do not promote.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.concat([xp.asarray([1, 2]), xp.asarray([3])])
    Array([1, 2, 3], dtype=int64)
    """
    parts = _joined("concat", arrays)
    if axis is None:
        parts = tuple(flat(x) for x in parts)
        axis = 0
    along = normalize_axis(axis, parts[0].ndim, "concat")
    _require_alike("concat", [x.shape for x in parts], but=along)
    return _merged(parts, lambda planes: ops.concat(_like_the_first(planes, along), along))


def stack(arrays: Sequence[Array], /, *, axis: int = 0) -> Array:
    """Join arrays along a new axis.

    Parameters
    ----------
    arrays : sequence of array
        One or more arrays of the same shape.
    axis : int, optional
        The position of the new axis in the result.

    Returns
    -------
    Array
        Of the promoted dtype.

    Raises
    ------
    ArgumentError
        If there is no array.
    AxisError
        If the result has no such axis.
    ShapeError
        If the shapes differ.
    PromotionError
        If the dtypes do not promote.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.stack([xp.asarray([1, 2]), xp.asarray([3, 4])], axis=1)
    Array([[1, 3],
           [2, 4]], dtype=int64)
    """
    parts = _joined("stack", arrays)
    along = normalize_axis(axis, parts[0].ndim + 1, "stack")
    _require_alike("stack", [x.shape for x in parts])
    return _merged(parts, lambda planes: _stacked(planes, along))


def unstack(x: Array, /, *, axis: int = 0) -> tuple[Array, ...]:
    """Split an array into its slices along an axis.

    Parameters
    ----------
    x : array
        Of rank 1 or more. The size of the axis must be an int, since it is the length of the result.
    axis : int, optional
        The axis.

    Returns
    -------
    tuple of Array
        Of the dtype of `x`, without the axis.

    Raises
    ------
    AxisError
        If there is no such axis.
    UnknownSizeError
        If its size is symbolic.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.unstack(xp.asarray([[1, 2], [3, 4]]))
    (Array([1, 2], dtype=int64), Array([3, 4], dtype=int64))
    """
    array = as_array(x, "unstack")
    along = normalize_axis(axis, array.ndim, "unstack")
    before = (slice(None),) * along
    return tuple(array[(*before, i)] for i in range(array.shape[along]))


def _joined(function: str, arrays: Iterable[Any]) -> tuple[Array, ...]:
    if not isinstance(arrays, Iterable):
        raise ArgumentTypeError(f"{function} needs a sequence of arrays, not {arrays!r}")
    parts = tuple(arrays)
    if not parts:
        raise ArgumentError(f"{function} needs at least one array")
    return common(function, *parts)


def _merged(arrays: Sequence[Array], merge: Callable[[list[Value]], Value]) -> Array:
    """Return an array whose planes are merged from those of arrays of one dtype."""
    planes = zip(*(x._planes for x in arrays), strict=True)
    return new_array(arrays[0].dtype, tuple(merge(list(parts)) for parts in planes))


def _require_alike(function: str, shapes: Sequence[Shape], but: int = -1) -> None:
    """Raise `ShapeError` unless shapes are the same, `but` for one axis."""
    first = shapes[0]
    for shape in shapes[1:]:
        if len(shape) != len(first) or any(
            equal(p, q) is False and axis != but
            for axis, (p, q) in enumerate(zip(first, shape, strict=True))
        ):
            where = "" if but < 0 else f" but for axis {but}"
            raise ShapeError(
                f"{function}: shapes {shape_text(first)} and {shape_text(shape)} must be the same{where}"
            )


def _like_the_first(planes: list[Value], but: int = -1) -> list[Value]:
    """Require the sizes of the first value in the others, `but` for the axis that Concat joins.

    Concat itself compares sizes, but not with values that have no elements (onnxruntime 1.20.1 to 1.32.0).
    """
    first, *others = planes
    if all(same_shape(first.shape, other.shape) for other in others):
        return planes
    results = [first]
    for value in others:
        if but < 0 or any(bounds(size)[0] in (None, 0) for x in planes for size in x.shape):
            for axis, size in enumerate(first.shape):
                if axis != but:
                    value = ops.require_size(value, axis, size)
        results.append(value)
    return results


def _stacked(planes: list[Value], axis: int) -> Value:
    """Join along an axis and cut it in two: two nodes, however many arrays there are."""
    first = planes[0]
    rank = len(first.shape)
    if rank == 0 or len(planes) == 1:
        return ops.concat([ops.unsqueeze(plane, (axis,)) for plane in planes], axis)
    along = min(axis, rank - 1)
    joined = ops.concat(_like_the_first(planes), along)
    shape = list(first.shape)
    for i, size in enumerate(shape):
        if isinstance(size, Dim):  # where any array knows the size, all have it
            shape[i] = next((x.shape[i] for x in planes if type(x.shape[i]) is int), size)
    result = ops.reshape(joined, (*shape[:along], len(planes), *shape[along:]))
    if axis <= along:
        return result
    return ops.transpose(result, (*range(along), along + 1, along))
