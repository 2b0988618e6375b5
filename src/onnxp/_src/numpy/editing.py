"""numpy functions that insert, delete and replace elements, and that turn arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.constants import cannot_write
from onnxp._src.numpy.dispatch import FUNCTIONS, implements
from onnxp._src.numpy.manipulation import ravel, reshape, swapaxes
from onnxp._src.numpy.operands import (
    as_array,
    as_indices,
    axis_of,
    choice_of,
    in_dtype,
    is_bool,
    required,
)
from onnxp._src.numpy.results import cast_result, certainly_positive, of_shape
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import broadcast
from onnxp.errors import (
    ArgumentError,
    IndexingError,
    ShapeError,
)

# New arrays


def _flat(arr: Any, axis: Any, name: str) -> tuple[Any, int]:
    """Return an array and the axis to edit, counted from the front; without an axis, a vector."""
    array = as_array(arr)
    if axis is None:
        return (array if array.ndim == 1 else ravel(array)), 0
    return array, axis_of(axis, array, name)


def _along(indices: Any, size: Any, name: str, ends: int = 0) -> Any:
    """Return indices counted from the front, which must be valid for an axis, or for its ends as well."""
    limit = size + ends
    low, high = indices < -size, indices >= limit
    if indices.is_traced or type(size) is not int:
        indices = required(xp().where(indices < 0, indices + size, indices), ~(low | high))
        return indices
    if bool(xp().any(low | high)):
        raise IndexingError(f"numpy.{name}: an index is out of bounds for an axis of size {size}")
    return xp().where(indices < 0, indices + size, indices)


@implements(np.delete)
def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    """Translate `numpy.delete`."""
    array, place = _flat(arr, axis, "delete")
    size = array.shape[place]
    if type(size) is int and not _is_traced(obj):
        places = np.asarray(obj) if isinstance(obj, xp().Array) else obj
        try:
            kept = np.delete(np.arange(size), places)
        except (IndexError, ValueError) as error:
            raise IndexingError(f"numpy.delete: {error}") from None
        return xp().take(array, xp().asarray(kept), axis=place)
    if isinstance(obj, int | np.integer) and not isinstance(obj, bool):
        (index,) = xp().reshape(_along(xp().asarray([int(obj)]), size, "delete"), (1,))
        others = xp().arange(size - 1)
        return xp().take(array, xp().where(others < index, others, others + 1), axis=place)
    keep = xp().ones(size, dtype=xp().bool)
    if not isinstance(obj, slice):
        mask = as_array(obj)
        if not is_bool(mask):
            obj = ravel(as_indices(obj, "delete", casts_uint64=True))
        else:
            problem = (
                f"numpy.delete: a mask must have as many elements as the axis, {size}, not shape "
            )
            obj = of_shape(mask, keep.shape, f"{problem}{mask.shape}")
    keep[obj] = False
    return array[(*(slice(None),) * place, keep, ...)]


def _is_traced(obj: Any) -> bool:
    parts = (obj.start, obj.stop, obj.step) if isinstance(obj, slice) else obj
    if isinstance(parts, list | tuple):
        return any(not isinstance(p, int | np.integer | type(None)) for p in parts)
    return isinstance(obj, xp().Array) and obj.is_traced


@implements(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """Translate `numpy.insert`."""
    array, place = _flat(arr, axis, "insert")
    size = array.shape[place]
    new = _as_elements(values, array.dtype)
    if isinstance(obj, slice):
        obj = np.arange(*obj.indices(size.__index__()))
    indices = as_array(obj)
    if is_bool(indices):
        if indices.ndim != 1:
            raise ShapeError(f"numpy.insert: a mask must have rank 1, not {indices.ndim}")
        (indices,) = xp().nonzero(indices)
    else:
        if indices.size != 0 and not xp().isdtype(indices.dtype, "integral"):
            raise IndexingError(f"numpy.insert: indices must be integers, not {indices.dtype}")
        indices = xp().astype(indices, xp().int64)
    if indices.ndim > 1:
        raise ShapeError("numpy.insert: indices must have rank 0 or 1")
    is_scalar = indices.ndim == 0
    indices = _along(xp().reshape(indices, (-1,)), size, "insert", 1)
    if new.ndim < array.ndim:
        new = xp().reshape(new, (*(1,) * (array.ndim - new.ndim), *new.shape))
    if is_scalar:
        new = xp().moveaxis(new, 0, place)
    count = new.shape[place]
    while new.ndim > array.ndim and new.shape[0] == 1:
        new = xp().squeeze(new, axis=0)
    places = indices.shape[0]
    is_one_place = isinstance(places, int) and places == 1
    if not is_one_place:  # where numpy inserts the values as they are
        (count,) = broadcast((places,), (new.shape[place],), "numpy.insert")
    new = xp().broadcast_to(new, (*array.shape[:place], count, *array.shape[place + 1 :]))
    indices = xp().broadcast_to(indices, (count,))
    # each old element follows what is inserted before it, in the order of the indices
    order = xp().concat([indices * 2, xp().arange(size) * 2 + 1])
    return xp().take(xp().concat([new, array], axis=place), xp().argsort(order), axis=place)


def _as_elements(values: Any, dtype: Any) -> Any:
    """Return values in a dtype, to which arrays are cast, and which numbers of Python must fit."""
    if isinstance(values, int | list | tuple):
        return xp().asarray(values, dtype=dtype)
    return xp().astype(as_array(values), dtype, copy=False)


@implements(np.rot90)
def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """Translate `numpy.rot90`."""
    array = as_array(m)
    if len(axes) != 2:
        raise ArgumentError(f"numpy.rot90: axes must be two, not {axes}")
    first, second = (axis_of(axis, array, "rot90") for axis in axes)
    if first == second:
        raise ArgumentError(f"numpy.rot90: the axes must differ, not {axes}")
    turns = k % 4
    if turns == 0:
        return array
    if turns == 2:
        return xp().flip(array, axis=(first, second))
    if turns == 1:
        return swapaxes(xp().flip(array, axis=second), first, second)
    return xp().flip(swapaxes(array, first, second), axis=second)


@implements(np.rollaxis)
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """Translate `numpy.rollaxis`."""
    array = as_array(a)
    place = axis_of(axis, array, "rollaxis")
    target = start + array.ndim if start < 0 else start
    if not 0 <= target <= array.ndim:
        raise ArgumentError(
            f"numpy.rollaxis: start must be between {-array.ndim} and {array.ndim}, not {start}"
        )
    return xp().moveaxis(array, place, target - 1 if place < target else target)


@implements(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    """Translate `numpy.diagflat`."""
    return np.diag(ravel(as_array(v)), k)


@implements(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Translate `numpy.ediff1d`."""
    array = ravel(as_array(ary))
    if is_bool(array):
        raise ArgumentError("numpy.ediff1d: truth values cannot be subtracted")
    parts = [array[1:] - array[:-1]]
    for end, before in ((to_begin, True), (to_end, False)):
        if end is not None:
            part = cast_result(as_array(end), array.dtype, "same_kind", "ediff1d")
            parts.insert(0 if before else len(parts), ravel(part))
    return xp().concat(parts) if len(parts) > 1 else parts[0]


# In place


def _target(a: Any, name: str) -> Any:
    """Return the array to write into.

    Raises
    ------
    NumpyFunctionError
        If it is an array of numpy, which has no place for a traced array.
    """
    if not isinstance(a, xp().Array):
        raise cannot_write(a, f"numpy.{name}")
    return a


def _values(values: Any, array: Any, name: str) -> Any:
    """Return values as a vector of the dtype of an array, to which numpy casts arrays only safely."""
    if isinstance(values, np.ndarray | np.generic | xp().Array):
        new = ravel(cast_result(as_array(values), array.dtype, "safe", name))
        return xp().asarray(new, copy=True)  # it may be a view of the array
    return ravel(xp().asarray(values, dtype=array.dtype))


@implements(np.put)
def put_elements(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """Translate `numpy.put`."""
    put(_target(a, "put"), ind, v, mode)


@implements(np.putmask)
def putmask(a: Any, mask: Any, values: Any) -> None:
    """Translate `numpy.putmask`; values are repeated over all elements, chosen or not."""
    array = _target(a, "putmask")
    new = _values(values, array, "putmask")
    test = xp().astype(as_array(mask), xp().bool)
    problem = (
        f"numpy.putmask: the mask has shape {test.shape}, but the array has shape {array.shape}"
    )
    test = xp().reshape(of_shape(ravel(test), (array.size,), problem), array.shape)
    count = new.shape[0]
    if not certainly_positive(count):  # of no values, nothing is written
        test = test & (xp().asarray(count) > 0)
        new, count = xp().concat([new, xp().zeros(1, dtype=new.dtype)]), dims.maximum(count, 1)
    places = xp().arange(array.size) % count
    repeated = xp().reshape(xp().take(new, places), array.shape)
    array[...] = xp().where(test, repeated, array)


@implements(np.place)
def place(arr: Any, mask: Any, vals: Any) -> None:
    """Translate `numpy.place`; values are repeated over the chosen elements."""
    array = _target(arr, "place")
    new = _values(vals, array, "place")
    test = ravel(xp().astype(as_array(mask), xp().bool))
    test = of_shape(test, (array.size,), "numpy.place: mask and array must have as many elements")
    if type(new.shape[0]) is int and new.shape[0] == 0:
        if not test.is_traced and not bool(xp().any(test)):
            return
        raise ArgumentError("numpy.place: there are no values to place")
    number = xp().cumulative_sum(xp().astype(test, xp().int64)) - 1
    flat = xp().where(test, xp().take(new, number % new.shape[0]), ravel(array))
    array[...] = xp().reshape(flat, array.shape)


@implements(np.copyto)
def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    """Translate `numpy.copyto`."""
    array = _target(dst, "copyto")
    is_number = type(src) is int and xp().isdtype(array.dtype, "integral")
    new = cast_result(
        in_dtype(src, array.dtype) if is_number else as_array(src), array.dtype, casting, "copyto"
    )
    if where is True:
        array[...] = new
    else:
        test = xp().broadcast_to(xp().astype(as_array(where), xp().bool), array.shape)
        array[...] = xp().where(test, new, array)


@implements(np.fill_diagonal)
def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """Translate `numpy.fill_diagonal`, which writes one number or a list of as many as there are."""
    array = _target(a, "fill_diagonal")
    if array.ndim < 2:
        raise ShapeError("numpy.fill_diagonal: the array must have rank 2 or more")
    if array.ndim > 2 and any(n != array.shape[0] for n in array.shape):
        raise ShapeError("numpy.fill_diagonal: all sizes must be equal")
    new = ravel(_as_elements(val, array.dtype))
    given = new.shape[0]
    some = dims.minimum(given, 1)  # without any, nothing is written
    rows, columns = array.shape[0], array.shape[1]
    count = rows if array.ndim > 2 else dims.minimum(rows, columns)
    key: tuple[Any, ...] = (xp().arange(count * some),) * array.ndim
    if wrap and array.ndim == 2:
        places = xp().arange(0, array.size * some, columns + 1)
        key = (places // columns, places % columns)
    array[key] = xp().take(new, xp().arange(key[0].shape[0]) % dims.maximum(given, 1))


@implements(np.put_along_axis)
def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any, mode: str = "raise") -> None:
    """Translate `numpy.put_along_axis`."""
    array, index = _target(arr, "put_along_axis"), as_array(indices)
    if not xp().isdtype(index.dtype, "integral"):
        raise IndexingError(f"numpy.put_along_axis: indices must be integers, not {index.dtype}")
    if axis is None:
        if index.ndim != 1:
            raise ShapeError("numpy.put_along_axis: without an axis, indices must have rank 1")
        flat = xp().asarray(ravel(array), copy=True)
        flat[index] = values
        array[...] = xp().reshape(flat, array.shape)
        return
    along = axis_of(axis, array, "put_along_axis")
    if index.ndim != array.ndim:
        raise ShapeError("numpy.put_along_axis: indices must have the rank of the array")
    key = []
    for i in range(array.ndim):
        shape = (*(1,) * i, -1, *(1,) * (array.ndim - i - 1))
        key.append(index if i == along else xp().reshape(xp().arange(array.shape[i]), shape))
    array[tuple(key)] = values


# Indices


@implements(np.diag_indices_from)
def diag_indices_from(arr: Any) -> tuple[Any, ...]:
    """Translate `numpy.diag_indices_from`."""
    array = as_array(arr)
    if array.ndim < 2 or any(n != array.shape[0] for n in array.shape):
        raise ShapeError(
            f"numpy.diag_indices_from: the array must have two or more equal axes, not shape {array.shape}"
        )
    return tuple(xp().arange(array.shape[0]) for _ in range(array.ndim))


@implements(np.diag_indices)
def diag_indices(n: Any, ndim: int = 2) -> tuple[Any, ...]:
    """Translate `numpy.diag_indices`."""
    return (xp().arange(n),) * ndim


@implements(np.ravel_multi_index)
def ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: str = "C") -> Any:
    """Translate `numpy.ravel_multi_index`."""
    parts = [as_array(part) for part in multi_index]
    if not all(xp().isdtype(part.dtype, ("bool", "integral")) for part in parts):
        raise IndexingError("numpy.ravel_multi_index: indices must be integers")
    # as in numpy, no index is wrong if nothing results
    parts = xp().broadcast_arrays(*(xp().astype(part, xp().int64) for part in parts))
    sizes = tuple(dims) if isinstance(dims, tuple | list) else (dims,)
    if len(parts) != len(sizes):
        raise ShapeError(
            f"numpy.ravel_multi_index: there are {len(parts)} indices for {len(sizes)} sizes"
        )
    modes = (mode,) * len(parts) if isinstance(mode, str) else mode
    result: Any = xp().asarray(0)
    triples = list(zip(parts, sizes, modes, strict=True))
    for part, size, rule in triples if order == "C" else triples[::-1]:
        if rule == "wrap":
            part = part % size
        elif rule == "clip":
            part = xp().clip(part, 0, size - 1)
        elif part.is_traced:
            part = required(part, (part >= 0) & (part < size))
        elif bool(xp().any((part < 0) | (part >= size))):
            raise ArgumentError(
                f"numpy.ravel_multi_index: an index is not between 0 and {size - 1}"
            )
        result = result * size + part
    return result


FUNCTIONS[np.atleast_3d] = lambda *arys: (
    _at_least_3d(arys[0]) if len(arys) == 1 else tuple(map(_at_least_3d, arys))
)


def _at_least_3d(a: Any) -> Any:
    array = as_array(a)
    if array.ndim == 2:
        return xp().expand_dims(array, axis=2)
    return xp().reshape(array, (1, -1, 1)) if array.ndim < 2 else array


def put(a: Any, indices: Any, values: Any, mode: str = "raise") -> None:
    """Replace elements of an array, counted in one axis, as `numpy.ndarray.put` does."""
    choice_of(mode, ("raise", "wrap", "clip"), "put", "mode")
    flat, index = ravel(a), ravel(as_indices(indices, "put"))
    new, size, count = ravel(_in_dtype_of(values, a)), flat.shape[0], index.shape[0]
    if type(size) is int and size == 0 and count != 0:
        raise IndexingError("numpy.put: there are no elements to replace")
    if mode != "raise":
        index = index % size if mode == "wrap" else xp().clip(index, 0, size - 1)
    if not certainly_positive(size):
        index = required(index, xp().zeros_like(index) + size > 0)
    cycle = new.shape[0]
    if not certainly_positive(cycle):  # of no values, nothing is written
        count = count * dims.minimum(cycle, 1)
        index, new = index[:count], xp().concat([new, xp().zeros(1, dtype=new.dtype)])
        cycle = dims.maximum(cycle, 1)
    flat = xp().asarray(flat, copy=True)
    flat[index] = new[xp().arange(count) % cycle]  # which are repeated
    a[...] = reshape(flat, a.shape)


def _in_dtype_of(values: Any, array: Any) -> Any:
    """Return numbers in the dtype of an array, which must be able to hold those of Python."""
    if isinstance(values, np.ndarray | np.generic | xp().Array):
        return values
    return xp().asarray(values, dtype=array.dtype)
