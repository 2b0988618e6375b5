"""numpy functions that rearrange and join arrays."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import FUNCTIONS, implements
from onnxp._src.numpy.operands import (
    Axes,
    as_array,
    as_count,
    as_indices,
    as_sizes,
    axes_of,
    axis_of,
    choice_of,
    in_common,
)
from onnxp._src.numpy.results import cast_result, stored
from onnxp._src.shapes import dims
from onnxp._src.wording import wording
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    ShapeError,
    UnknownSizeError,
)

_ORDERS = ("C", "F", "A", "K")


@implements(np.reshape)
def reshape(a: Any, shape: Any, order: str = "C", *, copy: bool | None = None) -> Any:
    """Translate `numpy.reshape`."""
    array = as_array(a)
    _require_order(order, _ORDERS[:3], array, "reshape")
    given = tuple(shape) if isinstance(shape, tuple | list | np.ndarray) else (shape,)
    sizes = as_sizes(given, "reshape")
    if order == "F":
        return transpose(xp().reshape(transpose(array), sizes[::-1], copy=copy))
    return xp().reshape(array, sizes, copy=copy)


@implements(np.ravel)
def ravel(a: Any, order: str = "C") -> Any:
    """Translate `numpy.ravel`."""
    array = as_array(a)
    _require_order(order, _ORDERS, array, "ravel")
    return (transpose(array) if order == "F" else array)._raveled()


def _require_order(order: str, allowed: tuple[str, ...], array: Any, name: str) -> None:
    """Raise if an order of elements is not one of `allowed`, or is that of a memory which is not in C order."""
    choice_of(order, allowed, name, "order")
    if order in ("A", "K") and array.ndim > 1 and array._is_turned:
        raise ArgumentError(
            f"numpy.{name}: order={order!r} takes the elements as numpy keeps them in memory, which differs "
            "from their order after a transpose, and models have no such order; write order='C' or order='F'"
        )


def along(a: Any, axis: Any, name: str) -> tuple[Any, int]:
    """Return an array with one axis of it; without an axis, and for a number, of the array as a vector.

    Raises
    ------
    AxisError
        If there is no such axis.
    """
    array = as_array(a)
    if axis is None or (array.ndim == 0 and type(axis) is int and axis in (0, -1)):
        return ravel(array), 0
    return array, axis_of(axis, array, name)


@implements(np.transpose)
def transpose(a: Any, axes: Any = None) -> Any:
    """Translate `numpy.transpose`."""
    array = as_array(a)
    if axes is None:
        order = tuple(range(array.ndim))[::-1]
    else:
        order = tuple(axes) if isinstance(axes, tuple | list | np.ndarray) else (axes,)
    return xp().permute_dims(array, order)


@implements(np.swapaxes)
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Translate `numpy.swapaxes`."""
    array = as_array(a)
    first, second = (axis_of(axis, array, "swapaxes") for axis in (axis1, axis2))
    order = list(range(array.ndim))
    order[first], order[second] = order[second], order[first]
    return xp().permute_dims(array, tuple(order))


@implements(np.squeeze)
def squeeze(a: Any, axis: Axes = None) -> Any:
    """Translate `numpy.squeeze`; without an axis, it must be known which sizes are 1."""
    array = as_array(a)
    if axis is None:
        axis = tuple(i for i in range(array.ndim) if _is_single(array, i))
    return xp().squeeze(array, axes_of(axis, array, "squeeze"))


def _is_single(array: Any, axis: int) -> bool:
    try:
        return bool(array.shape[axis] == 1)
    except UnknownSizeError:
        raise UnknownSizeError(
            f"numpy.squeeze: whether the size {array.shape[axis]} of axis {axis} is 1 is not known before the "
            "model runs; name the axes to remove, as in np.squeeze(x, axis=0), or let an example answer: "
            f"{wording.get().example}"
        ) from None


@implements(np.concatenate)
def concatenate(
    arrays: Any,
    /,
    axis: int | None = 0,
    out: Any = None,
    *,
    dtype: Any = None,
    casting: Any = "same_kind",
) -> Any:
    """Translate `numpy.concatenate`."""
    parts = _parts(arrays, "concatenate")
    joined = xp().concat(in_common(*parts), axis=axis)
    return _joined(joined, dtype, out, casting, "concatenate")


@implements(np.stack)
def stack(
    arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: Any = "same_kind"
) -> Any:
    """Translate `numpy.stack`."""
    joined = xp().stack(in_common(*_parts(arrays, "stack")), axis=axis)
    return _joined(joined, dtype, out, casting, "stack")


def _joined(joined: Any, dtype: Any, out: Any, casting: Any, name: str) -> Any:
    if dtype is not None and out is not None:
        raise ArgumentError(f"numpy.{name}: out has a dtype; leave dtype= out")
    return stored(cast_result(joined, dtype, casting, name), out, name, casting)


def _parts(arrays: Any, name: str) -> list[Any]:
    parts = [as_array(a) for a in arrays]
    if not parts:
        raise ArgumentError(f"numpy.{name}: there must be at least one array")
    return parts


def _at_least(a: Any, rank: int) -> Any:
    array = as_array(a)
    return reshape(array, (1,) * (rank - array.ndim) + array.shape) if array.ndim < rank else array


@implements(np.vstack)
def vstack(tup: Any, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Translate `numpy.vstack`."""
    arrays = [_at_least(a, 2) for a in _parts(tup, "vstack")]
    return concatenate(arrays, 0, dtype=dtype, casting=casting)


@implements(np.hstack)
def hstack(tup: Any, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Translate `numpy.hstack`."""
    arrays = [_at_least(a, 1) for a in _parts(tup, "hstack")]
    axis = 0 if arrays[0].ndim == 1 else 1
    return concatenate(arrays, axis, dtype=dtype, casting=casting)


@implements(np.column_stack)
def column_stack(tup: Any) -> Any:
    """Translate `numpy.column_stack`."""
    arrays = _parts(tup, "column_stack")
    return concatenate([a if a.ndim > 1 else reshape(a, (-1, 1)) for a in arrays], 1)


@implements(np.atleast_1d)
def atleast_1d(*arrays: Any) -> Any:
    """Translate `numpy.atleast_1d`."""
    results = [_at_least(a, 1) for a in arrays]
    return results[0] if len(results) == 1 else tuple(results)


@implements(np.atleast_2d)
def atleast_2d(*arrays: Any) -> Any:
    """Translate `numpy.atleast_2d`."""
    results = [_at_least(a, 2) for a in arrays]
    return results[0] if len(results) == 1 else tuple(results)


@implements(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Translate `numpy.split`, for an axis of static size or static indices."""
    array = as_array(ary)
    size = array.shape[axis_of(axis, array, "split")]
    if not isinstance(indices_or_sections, tuple | list | np.ndarray):
        count = _section_count(indices_or_sections, "split")
        try:
            divides = bool(size % count == 0)
        except UnknownSizeError:
            raise UnknownSizeError(
                f"numpy.split: whether the size {size} is a multiple of {count} is not known before the model "
                "runs; write np.array_split, whose parts may differ by one, or let an example answer: "
                f"{wording.get().example}"
            ) from None
        if not divides:
            raise ArgumentError(f"numpy.split: size {size} is not a multiple of {count}")
    return array_split(array, indices_or_sections, axis)


@implements(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Translate `numpy.array_split`."""
    array = as_array(ary)
    along = axis_of(axis, array, "array_split")
    bounds: list[Any]
    if isinstance(indices_or_sections, tuple | list | np.ndarray):
        bounds = list(indices_or_sections)
    else:
        count = _section_count(indices_or_sections, "array_split")
        each, rest = divmod(array.shape[along], count)
        bounds = [i * each + dims.minimum(i, rest) for i in range(1, count)]
    before = (slice(None),) * along
    edges = [None, *bounds, None]
    return [array[(*before, slice(a, b), ...)] for a, b in itertools.pairwise(edges)]


def _section_count(sections: Any, name: str) -> int:
    count = as_count(sections, name, "the number of sections")
    if count < 1:
        raise ArgumentError(f"numpy.{name}: the number of sections must be at least 1, not {count}")
    return count


def _first(name: str) -> Callable[..., Any]:
    def function(a: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(xp(), name)(as_array(a), *args, **kwargs)

    return function


@implements(np.expand_dims)
def expand_dims(a: Any, axis: Any) -> Any:
    """Translate `numpy.expand_dims`."""
    if axis is None:
        raise ArgumentTypeError("numpy.expand_dims: axis must be an integer or a tuple of them")
    return xp().expand_dims(as_array(a), axis=axis)


FUNCTIONS[np.moveaxis] = _first("moveaxis")


@implements(np.broadcast_to)
def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    """Translate `numpy.broadcast_to`."""
    return xp().broadcast_to(as_array(array), as_sizes(shape, "broadcast_to"))


@implements(np.roll)
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Translate `numpy.roll`."""
    array = as_array(a)
    if axis is None:
        total = sum(shift) if isinstance(shift, tuple | list) else shift
        return xp().reshape(_rolled(ravel(array), total, 0), array.shape)
    shifts = tuple(shift) if isinstance(shift, tuple | list) else (shift,)
    axes = tuple(axis) if isinstance(axis, tuple | list) else (axis,)
    if array.ndim == 0:
        axis_of(0, array, "roll")  # which there is not
    axes = tuple(axis_of(along, array, "roll") for along in axes)
    if len(shifts) != len(axes) and 1 not in (len(shifts), len(axes)):
        raise ShapeError(f"numpy.roll: {len(shifts)} shifts do not match {len(axes)} axes")
    if not axes or not shifts:
        return array
    count = max(len(shifts), len(axes))
    for by, along in zip(shifts * (count // len(shifts)), axes * (count // len(axes)), strict=True):
        array = _rolled(array, by, along)
    return array


def _rolled(array: Any, by: Any, axis: int) -> Any:
    if not isinstance(by, xp().Array) or not by.is_traced or by.ndim:
        return xp().roll(array, by, axis=axis)
    size = array.shape[axis]
    places = xp().arange(size) - as_indices(by, "roll", what="shifts")
    return xp().take(array, places % dims.maximum(size, 1), axis=axis)


if hasattr(np, "unstack"):  # since numpy 2.1
    FUNCTIONS[np.unstack] = _first("unstack")


FUNCTIONS[np.matrix_transpose] = FUNCTIONS[np.linalg.matrix_transpose] = _first("matrix_transpose")


@implements(np.flip)
def flip(m: Any, axis: Axes = None) -> Any:
    """Translate `numpy.flip`."""
    return xp().flip(as_array(m), axis=axis)


@implements(np.tile)
def tile(A: Any, reps: Any) -> Any:
    """Translate `numpy.tile`."""
    counts = tuple(reps) if isinstance(reps, tuple | list | np.ndarray) else (reps,)
    return xp().tile(as_array(A), as_sizes(counts, "tile"))


@implements(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Translate `numpy.repeat`."""
    array, place = along(a, axis, "repeat")
    if not isinstance(repeats, int) or isinstance(repeats, bool):
        repeats = as_indices(repeats, "repeat", what="counts")
        if repeats.ndim == 1 and type(repeats.shape[0]) is int and repeats.shape[0] == 1:
            repeats = repeats[0]
    return xp().repeat(array, repeats, axis=place)
