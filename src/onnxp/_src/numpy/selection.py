"""numpy functions that select elements by conditions and positions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import FUNCTIONS, implements
from onnxp._src.numpy.manipulation import along, ravel
from onnxp._src.numpy.operands import (
    as_array,
    as_indices,
    choice_of,
    has_nulls,
    in_common_with_numbers,
    is_bool,
    required,
)
from onnxp._src.numpy.results import BACKWARDS, cast_result, stored
from onnxp._src.shapes.shape import is_zero
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    DTypeError,
    IndexingError,
    ShapeError,
)


@implements(np.where)
def where(condition: Any, x: Any = np._NoValue, y: Any = np._NoValue, /) -> Any:
    """Translate `numpy.where`."""
    if x is np._NoValue and y is np._NoValue:
        return nonzero(condition)
    if x is np._NoValue or y is np._NoValue:
        raise ArgumentError("numpy.where: x and y must be given both, or neither")
    if x is None or y is None:
        raise ArgumentTypeError(
            "numpy.where: None is not an element of an array here; write np.nan"
        )
    test = as_array(condition)
    test = xp().astype(
        xp().nulls.get_data(test) if has_nulls(test) else test, xp().bool, copy=False
    )
    return xp().where(test, *in_common_with_numbers(x, y))


@implements(np.nonzero)
def nonzero(a: Any) -> Any:
    """Translate `numpy.nonzero`."""
    return xp().nonzero(as_array(a))


@implements(np.take)
def take(
    a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise"
) -> Any:
    """Translate `numpy.take`."""
    choice_of(mode, ("raise", "wrap", "clip"), "take", "mode")
    array, place = along(a, axis, "take")
    size = array.shape[place]
    is_plain = type(indices) is int and mode == "raise"
    index = indices if is_plain else as_indices(indices, "take", casts_uint64=True)
    if mode != "raise":
        if is_zero(size) and xp().asarray(index).size != 0:
            raise IndexingError(
                f"numpy.take: there is nothing to take along axis {place} of size 0"
            )
        index = index % size if mode == "wrap" else xp().clip(index, 0, size - 1)
    before = (slice(None),) * place
    return stored(array[(*before, index, ...)], out, "take", BACKWARDS)


@implements(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """Translate `numpy.take_along_axis`."""
    if axis is None:
        arr, axis = ravel(arr), 0
    return xp().take_along_axis(as_array(arr), as_array(indices), axis=axis)


@implements(np.unravel_index)
def unravel_index(indices: Any, shape: Any, order: str = "C") -> Any:
    """Translate `numpy.unravel_index`."""
    choice_of(order, ("C", "F"), "unravel_index", "order")
    rest, result = as_array(indices), []
    if not xp().isdtype(rest.dtype, "integral"):
        raise DTypeError(f"numpy.unravel_index: indices must be integers, not {rest.dtype}")
    sizes = shape if isinstance(shape, tuple | list) else (shape,)
    rest = xp().astype(rest, xp().int64, copy=False)
    inside = (rest >= 0) & (rest < xp().asarray(math.prod(sizes)))
    why = f"numpy.unravel_index: an index is out of range for shape {tuple(sizes)}"
    rest = required(rest, inside, why)
    for size in sizes if order == "F" else reversed(sizes):
        result.append(rest % size)
        rest = rest // size
    return tuple(result if order == "F" else reversed(result))


@implements(np.select)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """Translate `numpy.select`."""
    if len(condlist) != len(choicelist) or not condlist:
        raise ArgumentError(
            f"numpy.select: there are {len(condlist)} conditions, but {len(choicelist)} choices"
        )
    wraps = type(default) is int and -(2**63) <= default < 2**63
    *choices, result = in_common_with_numbers(*choicelist, 0 if wraps else default)
    if wraps:  # as numpy has it, which refuses choices
        result = xp().astype(xp().asarray(default), result.dtype, copy=False)
    for choice in choicelist:
        if type(choice) is int and result.dtype.kind in "iufc":
            cast_result(as_array(choice), result.dtype, "same_kind", "select")
    if any(not is_bool(as_array(condition)) for condition in condlist):
        raise DTypeError("numpy.select: conditions must be truth values")
    for condition, choice in zip(reversed(list(condlist)), reversed(choices), strict=True):
        result = xp().where(as_array(condition), choice, result)
    return result


@implements(np.choose)
def choose(a: Any, choices: Any, out: object = None, mode: str = "raise") -> Any:
    """Translate `numpy.choose`, for choices in a list."""
    choice_of(mode, ("raise", "wrap", "clip"), "choose", "mode")
    index, last = as_indices(a, "choose"), len(choices) - 1
    if last < 0:
        raise ArgumentError("numpy.choose: there must be at least one choice")
    if mode == "raise":  # the runtime must fail for negative indices
        index = xp().where(index < 0, last + 1, index)
    else:
        index = index % (last + 1) if mode == "wrap" else xp().clip(index, 0, last)
    index, *arrays = xp().broadcast_arrays(index, *in_common_with_numbers(*choices))
    chosen = xp().take_along_axis(xp().stack(arrays), index[None, ...], axis=0)[0, ...]
    return stored(chosen, out, "choose", "unsafe")


@implements(np.argwhere)
def argwhere(a: Any) -> Any:
    """Translate `numpy.argwhere`."""
    array = as_array(a)
    if array.ndim == 0:
        return xp().zeros((xp().nonzero(ravel(array))[0].shape[0], 0), dtype=xp().int64)
    return xp().stack(xp().nonzero(array), axis=1)


FUNCTIONS[np.flatnonzero] = lambda a: xp().nonzero(ravel(a))[0]


@implements(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None, out: object = None) -> Any:
    """Translate `numpy.compress`."""
    test = as_array(condition)
    if test.ndim != 1:
        raise ShapeError(f"numpy.compress: the condition must have rank 1, not {test.ndim}")
    return take(a, xp().nonzero(test)[0], axis, out)  # the condition may be shorter than the axis


FUNCTIONS[np.extract] = lambda condition, arr: take(ravel(arr), xp().nonzero(ravel(condition))[0])
