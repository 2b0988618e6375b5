"""Basic numpy functions for arrays of onnxp."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import (
    FUNCTIONS,
    Axes,
    as_array,
    as_float,
    implements,
    in_common,
    no_out,
)
from onnxp.errors import ArgumentError, ShapeError

# Shape


@implements(np.reshape)
def reshape(a: Any, shape: Any, order: str = "C", *, copy: bool | None = None) -> Any:
    """Translate `numpy.reshape`."""
    if order != "C":
        raise ArgumentError(f"numpy.reshape: order must be 'C', not {order!r}")
    sizes = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    return xp().reshape(as_array(a), sizes, copy=copy)


@implements(np.ravel)
def ravel(a: Any, order: str = "C") -> Any:
    """Translate `numpy.ravel`."""
    return reshape(a, (-1,), order)


@implements(np.transpose)
def transpose(a: Any, axes: Any = None) -> Any:
    """Translate `numpy.transpose`."""
    array = as_array(a)
    order = tuple(range(array.ndim))[::-1] if axes is None else tuple(axes)
    return xp().permute_dims(array, order)


@implements(np.swapaxes)
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Translate `numpy.swapaxes`."""
    array = as_array(a)
    order = list(range(array.ndim))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return xp().permute_dims(array, tuple(order))


@implements(np.squeeze)
def squeeze(a: Any, axis: Axes = None) -> Any:
    """Translate `numpy.squeeze`; without an axis, it must be known which sizes are 1."""
    array = as_array(a)
    if axis is None:
        axis = tuple(i for i, size in enumerate(array.shape) if size == 1)
    return xp().squeeze(array, axis)


@implements(np.concatenate)
def concatenate(arrays: Any, axis: int | None = 0, out: object = None) -> Any:
    """Translate `numpy.concatenate`."""
    no_out(out, "concatenate")
    return xp().concat(in_common(*arrays), axis=axis)


@implements(np.stack)
def stack(arrays: Any, axis: int = 0, out: object = None) -> Any:
    """Translate `numpy.stack`."""
    no_out(out, "stack")
    return xp().stack(in_common(*arrays), axis=axis)


def _at_least(a: Any, rank: int) -> Any:
    array = as_array(a)
    return reshape(array, (1,) * (rank - array.ndim) + array.shape) if array.ndim < rank else array


@implements(np.vstack)
def vstack(tup: Any) -> Any:
    """Translate `numpy.vstack`."""
    return concatenate([_at_least(a, 2) for a in tup], 0)


@implements(np.hstack)
def hstack(tup: Any) -> Any:
    """Translate `numpy.hstack`."""
    arrays = [_at_least(a, 1) for a in tup]
    return concatenate(arrays, 0 if arrays[0].ndim == 1 else 1)


@implements(np.column_stack)
def column_stack(tup: Any) -> Any:
    """Translate `numpy.column_stack`."""
    arrays = [as_array(a) for a in tup]
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
def split(a: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Translate `numpy.split`, for an axis of static size or static indices."""
    array = as_array(a)
    size = array.shape[axis]
    if isinstance(indices_or_sections, int):
        step, rest = divmod(size, indices_or_sections)
        if rest:
            raise ArgumentError(
                f"numpy.split: size {size} is not a multiple of {indices_or_sections}"
            )
        bounds: list[Any] = [i * step for i in range(1, indices_or_sections)]
    else:
        bounds = list(indices_or_sections)
    before = (slice(None),) * (axis % array.ndim)
    edges = [None, *bounds, None]
    return [array[(*before, slice(a, b), ...)] for a, b in itertools.pairwise(edges)]


# Elements


@implements(np.where)
def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Translate `numpy.where`."""
    if x is None and y is None:
        return xp().nonzero(as_array(condition))
    test = as_array(condition)
    if test.dtype != xp().bool:
        test = xp().astype(test, xp().bool)
    return xp().where(test, *in_common(x, y))


@implements(np.clip)
def clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    out: object = None,
    *,
    min: Any = None,
    max: Any = None,
) -> Any:
    """Translate `numpy.clip`."""
    no_out(out, "clip")
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    result = as_array(a)
    result = result if low is None else np.maximum(result, low)
    return result if high is None else np.minimum(result, high)


@implements(np.round, np.around)
def round(a: Any, decimals: int = 0, out: object = None) -> Any:
    """Translate `numpy.round`."""
    no_out(out, "round")
    array = as_array(a)
    if decimals == 0 or (decimals > 0 and xp().isdtype(array.dtype, "integral")):
        return xp().round(array)
    x = as_float(array)
    scale = 10.0 ** abs(decimals)
    if decimals > 0:
        return xp().round(x * scale) / scale
    return xp().astype(xp().round(x / scale) * scale, array.dtype, copy=False)


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
    x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """Translate `numpy.nan_to_num`."""
    array = as_array(x)
    if not xp().isdtype(array.dtype, "real floating"):
        return array
    limits = xp().finfo(array.dtype)
    high = limits.max if posinf is None else posinf
    low = limits.min if neginf is None else neginf
    result = xp().where(xp().isnan(array), nan, array)
    result = xp().where(array == math.inf, high, result)
    return xp().where(array == -math.inf, low, result)


@implements(np.take)
def take(a: Any, indices: Any, axis: int | None = None, out: object = None) -> Any:
    """Translate `numpy.take`."""
    no_out(out, "take")
    array = ravel(a) if axis is None else as_array(a)
    axis = 0 if axis is None else axis
    before = (slice(None),) * (axis % array.ndim)
    if not isinstance(indices, int):
        indices = as_array(indices)
        if indices.dtype == xp().bool:  # numbers here, and no mask
            indices = xp().astype(indices, xp().int64)
    elif isinstance(indices, bool):
        indices = int(indices)
    return array[(*before, indices, ...)]


@implements(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int = -1) -> Any:
    """Translate `numpy.take_along_axis`."""
    return xp().take_along_axis(as_array(arr), as_array(indices), axis=axis)


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
    return xp().sort(ravel(a)) if axis is None else xp().sort(as_array(a), axis=axis)


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
    return xp().argsort(ravel(a)) if axis is None else xp().argsort(as_array(a), axis=axis)


@implements(np.isin)
def isin(element: Any, test_elements: Any, *, invert: bool = False) -> Any:
    """Translate `numpy.isin`."""
    x, candidates = as_array(element), as_array(test_elements)
    if x.dtype != candidates.dtype:
        common = np.result_type(x.dtype.numpy, candidates.dtype.numpy)
        x, candidates = xp().astype(x, common), xp().astype(candidates, common)
    return xp().isin(x, candidates, invert=invert)


@implements(np.isclose)
def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Translate `numpy.isclose`."""
    x, y = as_float(a), as_float(b)
    near = xp().abs(x - y) <= atol + rtol * xp().abs(y)
    result = xp().where(xp().isfinite(x) & xp().isfinite(y), near, x == y)
    if equal_nan:
        result = result | (xp().isnan(x) & xp().isnan(y))
    return result


@implements(np.allclose)
def allclose(
    a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Translate `numpy.allclose`."""
    return bool(xp().all(isclose(a, b, rtol, atol, equal_nan)))


@implements(np.array_equal)
def array_equal(a1: Any, a2: Any) -> bool:
    """Translate `numpy.array_equal`."""
    x, y = as_array(a1), as_array(a2)
    return x.ndim == y.ndim and x.shape == y.shape and bool(xp().all(x == y))


# Functions of the namespace with numpy's names for parameters


def _like(name: str) -> Callable[..., Any]:
    def function(a: Any, dtype: object = None, order: str = "K", subok: bool = True) -> Any:
        return getattr(xp(), name)(as_array(a), dtype=dtype)

    return function


FUNCTIONS[np.zeros_like] = _like("zeros_like")
FUNCTIONS[np.ones_like] = _like("ones_like")
FUNCTIONS[np.empty_like] = _like("empty_like")


@implements(np.full_like)
def full_like(a: Any, fill_value: Any, dtype: object = None) -> Any:
    """Translate `numpy.full_like`."""
    return xp().full_like(as_array(a), fill_value, dtype=dtype)


def _first(name: str) -> Callable[..., Any]:
    def function(a: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(xp(), name)(as_array(a), *args, **kwargs)

    return function


FUNCTIONS[np.expand_dims] = _first("expand_dims")
FUNCTIONS[np.moveaxis] = _first("moveaxis")
FUNCTIONS[np.broadcast_to] = _first("broadcast_to")
FUNCTIONS[np.roll] = _first("roll")


def _triangle(name: str) -> Callable[..., Any]:
    def function(m: Any, k: int = 0) -> Any:
        array = as_array(m)
        if array.ndim == 1:  # numpy repeats a vector
            array = xp().broadcast_to(array, (array.shape[0], array.shape[0]))
        return getattr(xp(), name)(array, k=k)

    return function


FUNCTIONS[np.tril] = _triangle("tril")
FUNCTIONS[np.triu] = _triangle("triu")
for _name in ("cumulative_prod", "cumulative_sum", "unstack"):
    if hasattr(np, _name):  # since numpy 2.1
        FUNCTIONS[getattr(np, _name)] = _first(_name)
FUNCTIONS[np.matrix_transpose] = FUNCTIONS[np.linalg.matrix_transpose] = _first("matrix_transpose")
FUNCTIONS[np.nonzero] = _first("nonzero")


@implements(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Translate `numpy.diff`."""
    array = as_array(a)
    if n == 0:
        return array
    if array.ndim == 0:
        raise ShapeError("numpy.diff needs an array of rank 1 or more, not 0")
    parts = [end for end in (prepend, append) if end is not None]
    array, *parts = in_common(array, *parts)
    for i, end in enumerate(parts):
        if end.ndim == 0:
            shape = list(array.shape)
            shape[axis] = 1
            parts[i] = xp().broadcast_to(end, tuple(shape))
    ends = iter(parts)
    first, last = (None if end is None else next(ends) for end in (prepend, append))
    return xp().diff(array, axis=axis, n=n, prepend=first, append=last)


@implements(np.flip)
def flip(m: Any, axis: Axes = None) -> Any:
    """Translate `numpy.flip`."""
    return xp().flip(as_array(m), axis=axis)


@implements(np.tile)
def tile(A: Any, reps: Any) -> Any:
    """Translate `numpy.tile`."""
    return xp().tile(as_array(A), reps if isinstance(reps, tuple) else (reps,))


@implements(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Translate `numpy.repeat`."""
    return xp().repeat(as_array(a), repeats, axis=axis)


@implements(np.shape)
def shape(a: Any) -> Any:
    """Translate `numpy.shape`."""
    return as_array(a).shape


@implements(np.ndim)
def ndim(a: Any) -> Any:
    """Translate `numpy.ndim`."""
    return as_array(a).ndim


@implements(np.size)
def size(a: Any, axis: int | None = None) -> Any:
    """Translate `numpy.size`."""
    return as_array(a).size if axis is None else as_array(a).shape[axis]


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


@implements(np.may_share_memory, np.shares_memory)
def may_share_memory(a: Any, b: Any, max_work: Any = None) -> bool:
    """Translate `numpy.may_share_memory`: always false, because values are immutable."""
    return False
