"""Basic numpy functions for arrays of onnxp."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import (
    BACKWARDS,
    FUNCTIONS,
    Axes,
    as_array,
    as_count,
    as_float,
    as_indices,
    axis_of,
    cast_result,
    choice_of,
    implements,
    in_common,
    in_common_with_numbers,
    in_dtype,
    is_bool,
    is_complex,
    promoted_with,
    stored,
)
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import normalize_axes
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    DTypeError,
    IndexingError,
    NumpyFunctionError,
    ShapeError,
)

_ORDERS = ("C", "F", "A", "K")

# Shape


@implements(np.reshape)
def reshape(a: Any, shape: Any, order: str = "C", *, copy: bool | None = None) -> Any:
    """Translate `numpy.reshape`."""
    choice_of(order, _ORDERS[:3], "reshape", "order")
    sizes = tuple(shape) if isinstance(shape, tuple | list | np.ndarray) else (shape,)
    array = as_array(a)
    if order == "F":
        return transpose(xp().reshape(transpose(array), sizes[::-1], copy=copy))
    return xp().reshape(array, sizes, copy=copy)


@implements(np.ravel)
def ravel(a: Any, order: str = "C") -> Any:
    """Translate `numpy.ravel`."""
    choice_of(order, _ORDERS, "ravel", "order")
    return reshape(a, (-1,), "F" if order == "F" else "C")


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
        axis = tuple(i for i, size in enumerate(array.shape) if size == 1)
    return xp().squeeze(array, axis)


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
    return stored(cast_result(joined, dtype, casting, "concatenate"), out, "concatenate", casting)


@implements(np.stack)
def stack(
    arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: Any = "same_kind"
) -> Any:
    """Translate `numpy.stack`."""
    joined = xp().stack(in_common(*_parts(arrays, "stack")), axis=axis)
    return stored(cast_result(joined, dtype, casting, "stack"), out, "stack", casting)


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
        if size % count != 0:
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


# Elements


@implements(np.where)
def where(condition: Any, x: Any = np._NoValue, y: Any = np._NoValue, /) -> Any:
    """Translate `numpy.where`."""
    if x is np._NoValue and y is np._NoValue:
        return nonzero(condition)
    if x is np._NoValue or y is np._NoValue:
        raise ArgumentError("numpy.where: x and y must be given both, or neither")
    if x is None or y is None:
        raise ArgumentTypeError("numpy.where: None is no element of an array here; write np.nan")
    test = xp().astype(as_array(condition), xp().bool, copy=False)
    return xp().where(test, *in_common_with_numbers(x, y))


@implements(np.nonzero)
def nonzero(a: Any) -> Any:
    """Translate `numpy.nonzero`."""
    return xp().nonzero(as_array(a))


@implements(np.clip)
def clip(
    a: Any,
    a_min: Any = np._NoValue,
    a_max: Any = np._NoValue,
    out: Any = None,
    *,
    min: Any = np._NoValue,
    max: Any = np._NoValue,
    casting: Any = "same_kind",
) -> Any:
    """Translate `numpy.clip`."""
    unset = np._NoValue
    if (a_min is unset) != (a_max is unset) or (a_min is not unset and not (min is max is unset)):
        raise ArgumentError("numpy.clip: give a_min and a_max, or else min and max by name")
    low, high = (min, max) if a_min is unset else (a_min, a_max)
    low, high = (None if bound is unset else bound for bound in (low, high))
    array = as_array(a)
    if xp().isdtype(array.dtype, "integral"):  # a bound that no element passes
        limits = xp().iinfo(array.dtype)
        low = None if type(low) is int and low <= limits.min else low
        high = None if type(high) is int and high >= limits.max else high
    if low is None and high is None:
        return stored(xp().positive(array), out, "clip", casting)
    array, *bounds = in_common_with_numbers(array, *(b for b in (low, high) if b is not None))
    if low is not None:
        array = np.maximum(array, bounds[0])
    if high is not None:
        array = np.minimum(array, bounds[-1])
    return stored(array, out, "clip", casting)


@implements(np.round, np.around)
def round(a: Any, decimals: int = 0, out: object = None) -> Any:
    """Translate `numpy.round`."""
    array, places = as_array(a), as_count(decimals, "round", "decimals")
    if is_bool(array):
        if places > 0 and out is not None:
            array = xp().astype(array, xp().float64)
            return stored(array, out, "round")
        if places:
            raise DTypeError(f"numpy.round: truth values have no decimals to round to {places}")
        return stored(xp().astype(array, xp().float16), out, "round")
    if is_complex(array):
        return stored(_rounded_parts(array, places), out, "round")
    integral = xp().isdtype(array.dtype, "integral")
    if places == 0 or (places > 0 and integral):
        return stored(xp().round(array), out, "round")
    x, scale = as_float(array), 10.0 ** abs(places)
    if places > 0:
        scaled = promoted_with(x * scale, out)
        return stored(xp().round(scaled) / scale, out, "round")
    return stored(xp().astype(xp().round(x / scale) * scale, array.dtype, copy=False), out, "round")


def _rounded_parts(array: Any, places: int) -> Any:
    """Round the real and the imaginary parts of complex numbers."""
    parts = (round(part, places) for part in (xp().real(array), xp().imag(array)))
    return xp().astype(next(parts), array.dtype) + xp().astype(next(parts), array.dtype) * 1j


def conj(a: Any) -> Any:
    """Return the complex conjugate of a numeric array."""
    array = as_array(a)
    return xp().conj(array) if xp().isdtype(array.dtype, "complex floating") else array


@implements(np.real)
def real(val: Any) -> Any:
    """Translate `numpy.real`."""
    array = as_array(val)
    return xp().real(array) if xp().isdtype(array.dtype, "complex floating") else array


@implements(np.imag)
def imag(val: Any) -> Any:
    """Translate `numpy.imag`."""
    array = as_array(val)
    if xp().isdtype(array.dtype, "complex floating"):
        return xp().imag(array)
    return xp().zeros_like(array)


@implements(np.nan_to_num)
def nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """Translate `numpy.nan_to_num`."""
    array = as_array(x)
    if is_complex(array):
        result = xp().asarray(array, copy=copy)
        for part in (result.real, result.imag):
            nan_to_num(part, False, nan, posinf, neginf)
        return result
    if not xp().isdtype(array.dtype, "real floating"):
        return xp().asarray(array, copy=copy)
    limits = xp().finfo(array.dtype)
    high = limits.max if posinf is None else posinf
    low = limits.min if neginf is None else neginf
    result = array
    for affected, value in (
        (xp().isnan(array), nan),
        (array == math.inf, high),
        (array == -math.inf, low),
    ):
        result = xp().where(affected, in_dtype(value, array.dtype), result)
    if not copy:
        array[...] = result
    return result if copy else array


@implements(np.take)
def take(
    a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise"
) -> Any:
    """Translate `numpy.take`."""
    choice_of(mode, ("raise", "wrap", "clip"), "take", "mode")
    array = ravel(a) if axis is None else as_array(a)
    along = 0 if axis is None else axis_of(axis, array, "take")
    size = array.shape[along]
    index = indices if type(indices) is int and mode == "raise" else as_indices(indices, "take")
    if mode != "raise":
        if type(size) is int and size == 0 and xp().asarray(index).size != 0:
            raise IndexingError(
                f"numpy.take: there is nothing to take along axis {along} of size 0"
            )
        index = index % size if mode == "wrap" else xp().clip(index, 0, size - 1)
    before = (slice(None),) * along
    return stored(
        array[(*before, index, ...)], out, "take", BACKWARDS if mode == "raise" else "unsafe"
    )


@implements(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """Translate `numpy.take_along_axis`."""
    if axis is None:
        arr, axis = ravel(arr), 0
    return xp().take_along_axis(as_array(arr), as_array(indices), axis=axis)


_SORTS = (None, "quicksort", "mergesort", "heapsort", "stable")


def _check_sort(kind: Any, order: Any, stable: Any, name: str) -> None:
    choice_of(kind, _SORTS, name, "kind")
    if order is not None:
        raise ArgumentError(f"numpy.{name}: order names fields, which these arrays have not")
    if kind is not None and stable is not None:
        raise ArgumentError(f"numpy.{name}: give kind or stable, not both")


@implements(np.sort)
def sort(
    a: Any,
    axis: int | None = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = None,
) -> Any:
    """Translate `numpy.sort`; all sorts are stable."""
    _check_sort(kind, order, stable, "sort")
    array, axis = (ravel(a), 0) if axis is None else (as_array(a), axis)
    if is_bool(array):
        return xp().astype(sort(xp().astype(array, xp().int8), axis), xp().bool)
    return xp().sort(array, axis=axis)


@implements(np.argsort)
def argsort(
    a: Any,
    axis: int | None = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = None,
) -> Any:
    """Translate `numpy.argsort`; all sorts are stable."""
    _check_sort(kind, order, stable, "argsort")
    array, axis = (ravel(a), 0) if axis is None else (as_array(a), axis)
    return xp().argsort(xp().astype(array, xp().int8) if is_bool(array) else array, axis=axis)


@implements(np.isin)
def isin(
    element: Any,
    test_elements: Any,
    assume_unique: bool = False,
    invert: bool = False,
    *,
    kind: str | None = None,
) -> Any:
    """Translate `numpy.isin`."""
    choice_of(kind, (None, "sort", "table"), "isin", "kind")
    x, candidates = in_common(element, test_elements)
    return xp().isin(x, candidates, invert=invert)


@implements(np.isclose)
def isclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Any:
    """Translate `numpy.isclose`."""
    x, y = (as_float(x) for x in in_common(a, b))
    near = xp().abs(x - y) <= atol + rtol * xp().abs(y)
    result = (near & xp().isfinite(y)) | (x == y)
    if equal_nan:
        result = result | (xp().isnan(x) & xp().isnan(y))
    return result


@implements(np.allclose)
def allclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Any:
    """Translate `numpy.allclose`; of traced arrays it is an array of rank 0."""
    return decided(xp().all(isclose(a, b, rtol, atol, equal_nan)))


def decided(truth: Any) -> Any:
    """Return a truth value of Python, unless it is traced."""
    return truth if truth.is_traced else bool(truth)


@implements(np.array_equal)
def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Any:
    """Translate `numpy.array_equal`; of traced arrays it is an array of rank 0."""
    x, y = as_array(a1), as_array(a2)
    if x.ndim != y.ndim or x.shape != y.shape:
        return False
    x, y = in_common(x, y)
    equal = x == y
    if equal_nan and xp().isdtype(x.dtype, ("real floating", "complex floating")):
        equal = equal | (xp().isnan(x) & xp().isnan(y))
    return decided(xp().all(equal))


# Functions of the namespace with numpy's names for parameters


def _like(name: str) -> Callable[..., Any]:
    def function(
        a: Any,
        dtype: Any = None,
        order: str = "K",
        subok: bool = True,
        shape: Any = None,
        *,
        device: Any = None,
    ) -> Any:
        array = as_array(a)
        if shape is None:
            return getattr(xp(), f"{name}_like")(array, dtype=dtype)
        return getattr(xp(), name)(shape, dtype=array.dtype if dtype is None else dtype)

    return function


FUNCTIONS[np.zeros_like] = _like("zeros")
FUNCTIONS[np.ones_like] = _like("ones")
FUNCTIONS[np.empty_like] = _like("empty")


@implements(np.full_like)
def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    """Translate `numpy.full_like`."""
    array = as_array(a)
    blank = FUNCTIONS[np.zeros_like](array, dtype, shape=shape)
    return xp().broadcast_to(in_dtype(fill_value, blank.dtype), blank.shape).copy()


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
    return xp().broadcast_to(as_array(array), shape)


@implements(np.roll)
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Translate `numpy.roll`."""
    array = as_array(a)
    if axis is None:
        total = sum(shift) if isinstance(shift, tuple | list) else shift
        return xp().reshape(xp().roll(ravel(array), total, axis=0), array.shape)
    shifts = tuple(shift) if isinstance(shift, tuple | list) else (shift,)
    axes = tuple(axis) if isinstance(axis, tuple | list) else (axis,)
    if len(shifts) != len(axes) and 1 not in (len(shifts), len(axes)):
        raise ShapeError(f"numpy.roll: {len(shifts)} shifts do not go with {len(axes)} axes")
    if not axes or not shifts:
        return array
    count = max(len(shifts), len(axes))
    for by, along in zip(shifts * (count // len(shifts)), axes * (count // len(axes)), strict=True):
        array = xp().roll(array, by, axis=axis_of(along, array, "roll"))
    return array


def _triangle(name: str) -> Callable[..., Any]:
    def function(m: Any, k: int = 0) -> Any:
        array = as_array(m)
        if array.ndim == 1:  # numpy repeats a vector
            array = xp().broadcast_to(array, (array.shape[0], array.shape[0]))
        return getattr(xp(), name)(array, k=k)

    return function


FUNCTIONS[np.tril] = _triangle("tril")
FUNCTIONS[np.triu] = _triangle("triu")
if hasattr(np, "unstack"):  # since numpy 2.1
    FUNCTIONS[np.unstack] = _first("unstack")
FUNCTIONS[np.matrix_transpose] = FUNCTIONS[np.linalg.matrix_transpose] = _first("matrix_transpose")


@implements(np.diff)
def diff(
    a: Any, n: int = 1, axis: int = -1, prepend: Any = np._NoValue, append: Any = np._NoValue
) -> Any:
    """Translate `numpy.diff`."""
    array, times = as_array(a), as_count(n, "diff", "n")
    if times == 0:
        return array
    if times < 0:
        raise ArgumentError(f"numpy.diff: n must be at least 0, not {times}")
    if array.ndim == 0:
        raise ShapeError("numpy.diff needs an array of rank 1 or more, not 0")
    along = axis_of(axis, array, "diff")
    before, after = ([] if end is np._NoValue else [as_array(end)] for end in (prepend, append))
    if before or after:
        one = (*array.shape[:along], 1, *array.shape[along + 1 :])
        ends = [xp().broadcast_to(x, one) if x.ndim == 0 else x for x in (*before, *after)]
        parts = [*ends[: len(before)], array, *ends[len(before) :]]
        array = concatenate(parts, along)
    if not is_bool(array):
        return xp().diff(array, axis=along, n=times)
    full = (slice(None),) * along
    for _ in range(times):
        array = array[(*full, slice(1, None), ...)] != array[(*full, slice(None, -1), ...)]
    return array


@implements(np.flip)
def flip(m: Any, axis: Axes = None) -> Any:
    """Translate `numpy.flip`."""
    return xp().flip(as_array(m), axis=axis)


@implements(np.tile)
def tile(A: Any, reps: Any) -> Any:
    """Translate `numpy.tile`."""
    return xp().tile(
        as_array(A), tuple(reps) if isinstance(reps, tuple | list | np.ndarray) else (reps,)
    )


@implements(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Translate `numpy.repeat`."""
    array = ravel(a) if axis is None else as_array(a)
    along = 0 if axis is None else axis_of(axis, array, "repeat")
    if not isinstance(repeats, int) or isinstance(repeats, bool):
        repeats = as_indices(repeats, "repeat")
        if repeats.ndim == 1 and type(repeats.shape[0]) is int and repeats.shape[0] == 1:
            repeats = repeats[0]
    return xp().repeat(array, repeats, axis=along)


@implements(np.shape)
def shape(a: Any) -> Any:
    """Translate `numpy.shape`."""
    return as_array(a).shape


@implements(np.ndim)
def ndim(a: Any) -> Any:
    """Translate `numpy.ndim`."""
    return as_array(a).ndim


@implements(np.size)
def size(a: Any, axis: Any = None) -> Any:
    """Translate `numpy.size`."""
    array = as_array(a)
    if axis is None:
        return array.size
    return math.prod(array.shape[i] for i in normalize_axes(axis, array.ndim, "numpy.size"))


@implements(np.copy)
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    """Translate `numpy.copy`."""
    return xp().asarray(as_array(a), copy=True)


@implements(np.result_type)
def result_type(*arrays_and_dtypes: Any) -> Any:
    """Translate `numpy.result_type`."""
    return np.result_type(
        *(x.dtype.numpy if isinstance(x, xp().Array) else x for x in arrays_and_dtypes)
    )


@implements(np.may_share_memory)
def may_share_memory(a: Any, b: Any, max_work: Any = None) -> bool:
    """Translate `numpy.may_share_memory`, which is true if it cannot be known."""
    return _shared(a, b) is not False


@implements(np.shares_memory)
def shares_memory(a: Any, b: Any, max_work: Any = None) -> bool:
    """Translate `numpy.shares_memory`: whether a write into one array changes the other."""
    shared = _shared(a, b)
    if shared is None:
        raise NumpyFunctionError(
            "numpy.shares_memory: sizes or values that are known when the model runs decide it; write "
            "np.may_share_memory"
        )
    return shared


def _shared(a: Any, b: Any) -> bool | None:
    if not (isinstance(a, xp().Array) and isinstance(b, xp().Array)):
        return False
    answer: bool | None = a._shares(b)
    return answer
