"""numpy's functions on onnxp arrays, in numpy's signatures."""

from __future__ import annotations

import builtins
import itertools
import math
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np

from onnxp.errors import ArgumentError, NumpyFunctionError

_FUNCTIONS: dict[Any, Callable[..., Any]] = {}  # by numpy's function


def xp() -> ModuleType:
    """Return the namespace."""
    import onnxp

    return onnxp


def call(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Call a numpy function on arrays, some of them onnxp's.

    One without a translation here takes concrete arrays as numpy's own and returns numpy arrays.

    Raises
    ------
    NumpyFunctionError
        If it has no translation and an array is traced.
    """
    translated = _FUNCTIONS.get(function)
    if translated is not None:
        return translated(*args, **kwargs)
    name = f"{function.__module__}.{function.__name__}"
    if builtins.any(x.is_traced for x in _arrays((args, kwargs))):
        raise NumpyFunctionError(
            f"{name} has no translation, so it can not take a traced array; use functions of the array's "
            "namespace, or compute what does not depend on the input outside of the traced function"
        )
    return function(*_hosted(args), **_hosted(kwargs))


def _arrays(obj: Any) -> Iterator[Any]:
    if isinstance(obj, xp().Array):
        yield obj
    elif isinstance(obj, tuple | list):
        for part in obj:
            yield from _arrays(part)
    elif isinstance(obj, dict):
        yield from _arrays(list(obj.values()))


def _hosted(obj: Any) -> Any:
    if isinstance(obj, xp().Array):
        return np.asarray(obj)
    if isinstance(obj, tuple | list):
        return type(obj)([_hosted(part) for part in obj])
    if isinstance(obj, dict):
        return {key: _hosted(value) for key, value in obj.items()}
    return obj


def _implements(*functions: Callable[..., Any]) -> Callable[..., Any]:
    def register(translated: Callable[..., Any]) -> Callable[..., Any]:
        for function in functions:
            _FUNCTIONS[function] = translated
        return translated

    return register


def _array(obj: Any) -> Any:
    return obj if isinstance(obj, xp().Array) else xp().asarray(obj)


def _numbers(obj: Any) -> Any:
    """Return a bool or integer array as float64, as numpy's means do."""
    array = _array(obj)
    if xp().isdtype(array.dtype, ("bool", "integral")):
        return xp().astype(array, xp().float64)
    return array


def _no_out(out: Any, name: str) -> None:
    if out is not None:
        raise ArgumentError(f"numpy.{name}: out has no translation")


# Reductions


@_implements(np.all)
def all(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Translate `numpy.all`."""
    _no_out(out, "all")
    return xp().all(_array(a), axis=axis, keepdims=keepdims)


@_implements(np.any)
def any(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Translate `numpy.any`."""
    _no_out(out, "any")
    return xp().any(_array(a), axis=axis, keepdims=keepdims)


@_implements(np.sum)
def sum(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Any:
    """Translate `numpy.sum`."""
    _no_out(out, "sum")
    array = _array(a)
    if array.dtype == xp().bool:
        array = xp().astype(array, xp().int64)
    return xp().sum(array, axis=axis, dtype=dtype, keepdims=keepdims)


@_implements(np.prod)
def prod(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Any:
    """Translate `numpy.prod`."""
    _no_out(out, "prod")
    array = _array(a)
    if array.dtype == xp().bool:
        array = xp().astype(array, xp().int64)
    return xp().prod(array, axis=axis, dtype=dtype, keepdims=keepdims)


@_implements(np.mean)
def mean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Any:
    """Translate `numpy.mean`."""
    _no_out(out, "mean")
    array = _numbers(a) if dtype is None else xp().astype(_array(a), dtype)
    return xp().mean(array, axis=axis, keepdims=keepdims)


@_implements(np.std)
def std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
) -> Any:
    """Translate `numpy.std`."""
    _no_out(out, "std")
    array = _numbers(a) if dtype is None else xp().astype(_array(a), dtype)
    return xp().std(array, axis=axis, correction=ddof, keepdims=keepdims)


@_implements(np.var)
def var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
) -> Any:
    """Translate `numpy.var`."""
    _no_out(out, "var")
    array = _numbers(a) if dtype is None else xp().astype(_array(a), dtype)
    return xp().var(array, axis=axis, correction=ddof, keepdims=keepdims)


def _extreme(name: str) -> Callable[..., Any]:
    def function(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        _no_out(out, name)
        array = _array(a)
        if array.dtype == xp().bool:  # numpy orders them, the standard does not
            return getattr(xp(), "any" if name == "max" else "all")(
                array, axis=axis, keepdims=keepdims
            )
        return getattr(xp(), name)(array, axis=axis, keepdims=keepdims)

    return function


max = _implements(np.max, np.amax)(_extreme("max"))
min = _implements(np.min, np.amin)(_extreme("min"))


@_implements(np.argmax)
def argmax(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
    """Translate `numpy.argmax`."""
    _no_out(out, "argmax")
    return xp().argmax(_array(a), axis=axis, keepdims=keepdims)


@_implements(np.argmin)
def argmin(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
    """Translate `numpy.argmin`."""
    _no_out(out, "argmin")
    return xp().argmin(_array(a), axis=axis, keepdims=keepdims)


def _accumulated(name: str) -> Callable[..., Any]:
    def function(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        _no_out(out, name)
        array = _array(a)
        if array.dtype == xp().bool:
            array = xp().astype(array, xp().int64)
        if axis is None:
            array, axis = xp().reshape(array, (-1,)), 0
        return getattr(xp(), name)(array, axis=axis, dtype=dtype)

    return function


cumsum = _implements(np.cumsum)(_accumulated("cumulative_sum"))
cumprod = _implements(np.cumprod)(_accumulated("cumulative_prod"))


@_implements(np.average)
def average(a: Any, axis: Any = None, weights: Any = None) -> Any:
    """Translate `numpy.average`."""
    if weights is None:
        return mean(a, axis)
    w = _numbers(weights)
    return xp().sum(_numbers(a) * w, axis=axis) / xp().sum(
        xp().broadcast_to(w, _array(a).shape), axis=axis
    )


@_implements(np.count_nonzero)
def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Translate `numpy.count_nonzero`."""
    return xp().count_nonzero(_array(a), axis=axis, keepdims=keepdims)


# Shape


@_implements(np.reshape)
def reshape(a: Any, shape: Any, order: str = "C", *, copy: bool | None = None) -> Any:
    """Translate `numpy.reshape`."""
    if order != "C":
        raise ArgumentError(f"numpy.reshape: order {order!r} has no translation, only 'C'")
    sizes = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    return xp().reshape(_array(a), sizes, copy=copy)


@_implements(np.ravel)
def ravel(a: Any, order: str = "C") -> Any:
    """Translate `numpy.ravel`."""
    return reshape(a, (-1,), order)


@_implements(np.transpose)
def transpose(a: Any, axes: Any = None) -> Any:
    """Translate `numpy.transpose`."""
    array = _array(a)
    order = tuple(range(array.ndim))[::-1] if axes is None else tuple(axes)
    return xp().permute_dims(array, order)


@_implements(np.swapaxes)
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Translate `numpy.swapaxes`."""
    array = _array(a)
    order = list(range(array.ndim))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return xp().permute_dims(array, tuple(order))


@_implements(np.squeeze)
def squeeze(a: Any, axis: Any = None) -> Any:
    """Translate `numpy.squeeze`."""
    array = _array(a)
    if axis is None:
        axis = tuple(i for i, size in enumerate(array.shape) if type(size) is int and size == 1)
    return xp().squeeze(array, axis)


@_implements(np.concatenate)
def concatenate(arrays: Any, axis: int | None = 0, out: Any = None) -> Any:
    """Translate `numpy.concatenate`."""
    _no_out(out, "concatenate")
    return xp().concat([_array(a) for a in arrays], axis=axis)


@_implements(np.stack)
def stack(arrays: Any, axis: int = 0, out: Any = None) -> Any:
    """Translate `numpy.stack`."""
    _no_out(out, "stack")
    return xp().stack([_array(a) for a in arrays], axis=axis)


def _at_least(a: Any, rank: int) -> Any:
    array = _array(a)
    return reshape(array, (1,) * (rank - array.ndim) + array.shape) if array.ndim < rank else array


@_implements(np.vstack)
def vstack(tup: Any) -> Any:
    """Translate `numpy.vstack`."""
    return concatenate([_at_least(a, 2) for a in tup], 0)


@_implements(np.hstack)
def hstack(tup: Any) -> Any:
    """Translate `numpy.hstack`."""
    arrays = [_at_least(a, 1) for a in tup]
    return concatenate(arrays, 0 if arrays[0].ndim == 1 else 1)


@_implements(np.column_stack)
def column_stack(tup: Any) -> Any:
    """Translate `numpy.column_stack`."""
    arrays = [_array(a) for a in tup]
    return concatenate([a if a.ndim > 1 else reshape(a, (-1, 1)) for a in arrays], 1)


@_implements(np.atleast_1d)
def atleast_1d(*arrays: Any) -> Any:
    """Translate `numpy.atleast_1d`."""
    results = [_at_least(a, 1) for a in arrays]
    return results[0] if len(results) == 1 else tuple(results)


@_implements(np.atleast_2d)
def atleast_2d(*arrays: Any) -> Any:
    """Translate `numpy.atleast_2d`."""
    results = [_at_least(a, 2) for a in arrays]
    return results[0] if len(results) == 1 else tuple(results)


@_implements(np.split)
def split(a: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Translate `numpy.split`, for an axis of static size or static indices."""
    array = _array(a)
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


@_implements(np.where)
def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Translate `numpy.where`."""
    if x is None and y is None:
        return xp().nonzero(_array(condition))
    test = _array(condition)
    if test.dtype != xp().bool:
        test = xp().astype(test, xp().bool)
    if not builtins.any(isinstance(v, xp().Array | np.ndarray | np.generic) for v in (x, y)):
        x = xp().asarray(x)
    return xp().where(test, x, y)


@_implements(np.clip)
def clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None) -> Any:
    """Translate `numpy.clip`."""
    _no_out(out, "clip")
    return xp().clip(_array(a), a_min, a_max)


@_implements(np.round, np.around)
def round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """Translate `numpy.round`."""
    _no_out(out, "round")
    array = _array(a)
    if decimals == 0 or (decimals > 0 and xp().isdtype(array.dtype, "integral")):
        return xp().round(array)
    array = _numbers(array)
    scale = 10.0 ** builtins.abs(decimals)
    if decimals > 0:
        return xp().round(array * scale) / scale
    return xp().round(array / scale) * scale


def conj(a: Any) -> Any:
    """Complex conjugate of any numeric array."""
    array = _array(a)
    return xp().conj(array) if xp().isdtype(array.dtype, "complex floating") else array


@_implements(np.real)
def real(val: Any) -> Any:
    """Translate `numpy.real`."""
    array = _array(val)
    return xp().real(array) if xp().isdtype(array.dtype, "complex floating") else array


@_implements(np.imag)
def imag(val: Any) -> Any:
    """Translate `numpy.imag`."""
    array = _array(val)
    if xp().isdtype(array.dtype, "complex floating"):
        return xp().imag(array)
    return xp().zeros_like(array)


@_implements(np.nan_to_num)
def nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """Translate `numpy.nan_to_num`."""
    array = _array(x)
    if not xp().isdtype(array.dtype, "real floating"):
        return array
    limits = xp().finfo(array.dtype)
    high = limits.max if posinf is None else posinf
    low = limits.min if neginf is None else neginf
    array = xp().where(xp().isnan(array), nan, array)
    array = xp().where(array == math.inf, high, array)
    return xp().where(array == -math.inf, low, array)


@_implements(np.take)
def take(a: Any, indices: Any, axis: int | None = None, out: Any = None) -> Any:
    """Translate `numpy.take`."""
    _no_out(out, "take")
    array = ravel(a) if axis is None else _array(a)
    axis = 0 if axis is None else axis
    before = (slice(None),) * (axis % array.ndim)
    return array[(*before, indices if isinstance(indices, int) else _array(indices), ...)]


@_implements(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int = -1) -> Any:
    """Translate `numpy.take_along_axis`."""
    return xp().take_along_axis(_array(arr), _array(indices), axis=axis)


@_implements(np.sort)
def sort(a: Any, axis: int | None = -1, *, stable: bool | None = None) -> Any:
    """Translate `numpy.sort`."""
    return xp().sort(ravel(a)) if axis is None else xp().sort(_array(a), axis=axis)


@_implements(np.argsort)
def argsort(a: Any, axis: int | None = -1, *, stable: bool | None = None) -> Any:
    """Translate `numpy.argsort`."""
    return xp().argsort(ravel(a)) if axis is None else xp().argsort(_array(a), axis=axis)


@_implements(np.isin)
def isin(element: Any, test_elements: Any, *, invert: bool = False) -> Any:
    """Translate `numpy.isin`."""
    x, candidates = _array(element), _array(test_elements)
    if x.dtype != candidates.dtype:
        common = np.result_type(x.dtype.numpy, candidates.dtype.numpy)
        x, candidates = xp().astype(x, common), xp().astype(candidates, common)
    return xp().isin(x, candidates, invert=invert)


@_implements(np.isclose)
def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Translate `numpy.isclose`."""
    x, y = _numbers(a), _numbers(b)
    near = xp().abs(x - y) <= atol + rtol * xp().abs(y)
    result = xp().where(xp().isfinite(x) & xp().isfinite(y), near, x == y)
    if equal_nan:
        result = result | (xp().isnan(x) & xp().isnan(y))
    return result


@_implements(np.allclose)
def allclose(
    a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Translate `numpy.allclose`."""
    return bool(xp().all(isclose(a, b, rtol, atol, equal_nan)))


@_implements(np.array_equal)
def array_equal(a1: Any, a2: Any) -> bool:
    """Translate `numpy.array_equal`."""
    x, y = _array(a1), _array(a2)
    return x.ndim == y.ndim and x.shape == y.shape and bool(xp().all(x == y))


# Products


@_implements(np.dot)
def dot(a: Any, b: Any, out: Any = None) -> Any:
    """Translate `numpy.dot`."""
    _no_out(out, "dot")
    x, y = _array(a), _array(b)
    if x.ndim == 0 or y.ndim == 0:
        return x * y
    if y.ndim <= 2:
        return xp().matmul(x, y)
    return xp().tensordot(x, y, axes=((x.ndim - 1,), (y.ndim - 2,)))


@_implements(np.inner)
def inner(a: Any, b: Any) -> Any:
    """Translate `numpy.inner`."""
    x, y = _array(a), _array(b)
    if x.ndim == 0 or y.ndim == 0:
        return x * y
    return xp().tensordot(x, y, axes=((x.ndim - 1,), (y.ndim - 1,)))


@_implements(np.outer)
def outer(a: Any, b: Any, out: Any = None) -> Any:
    """Translate `numpy.outer`."""
    _no_out(out, "outer")
    return reshape(a, (-1, 1)) * reshape(b, (1, -1))


@_implements(np.vdot)
def vdot(a: Any, b: Any) -> Any:
    """Translate `numpy.vdot`."""
    return xp().vecdot(ravel(a), ravel(b))


@_implements(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Translate `numpy.tensordot`."""
    if not isinstance(axes, int):
        axes = tuple((x,) if isinstance(x, int) else tuple(x) for x in axes)
    return xp().tensordot(_array(a), _array(b), axes=axes)


@_implements(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Translate `numpy.linalg.norm`, for vectors, and the Frobenius norm of matrices."""
    array = xp().abs(_numbers(x))
    if axis is None and (ord is None or array.ndim == 1):
        axis = tuple(range(array.ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    if len(axes) > 1 and ord not in (None, "fro"):
        raise NumpyFunctionError(
            f"numpy.linalg.norm with ord={ord!r} of matrices has no translation"
        )
    if ord in (None, "fro", 2):
        return xp().sqrt(xp().sum(array * array, axis=axes, keepdims=keepdims))
    if ord == math.inf:
        return xp().max(array, axis=axes, keepdims=keepdims)
    if ord == -math.inf:
        return xp().min(array, axis=axes, keepdims=keepdims)
    if ord == 1:
        return xp().sum(array, axis=axes, keepdims=keepdims)
    return xp().sum(array**ord, axis=axes, keepdims=keepdims) ** (1 / ord)


# Like the namespace's own but for numpy's names of things


def _like(name: str) -> Callable[..., Any]:
    def function(a: Any, dtype: Any = None, order: str = "K", subok: bool = True) -> Any:
        return getattr(xp(), name)(_array(a), dtype=dtype)

    return function


_FUNCTIONS[np.zeros_like] = _like("zeros_like")
_FUNCTIONS[np.ones_like] = _like("ones_like")
_FUNCTIONS[np.empty_like] = _like("empty_like")


@_implements(np.full_like)
def full_like(a: Any, fill_value: Any, dtype: Any = None) -> Any:
    """Translate `numpy.full_like`."""
    return xp().full_like(_array(a), fill_value, dtype=dtype)


def _first(name: str) -> Callable[..., Any]:
    def function(a: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(xp(), name)(_array(a), *args, **kwargs)

    return function


_FUNCTIONS[np.expand_dims] = _first("expand_dims")
_FUNCTIONS[np.moveaxis] = _first("moveaxis")
_FUNCTIONS[np.broadcast_to] = _first("broadcast_to")
_FUNCTIONS[np.roll] = _first("roll")
_FUNCTIONS[np.tril] = _first("tril")
_FUNCTIONS[np.triu] = _first("triu")
_FUNCTIONS[np.diff] = _first("diff")
_FUNCTIONS[np.nonzero] = _first("nonzero")


@_implements(np.flip)
def flip(m: Any, axis: Any = None) -> Any:
    """Translate `numpy.flip`."""
    return xp().flip(_array(m), axis=axis)


@_implements(np.tile)
def tile(A: Any, reps: Any) -> Any:
    """Translate `numpy.tile`."""
    return xp().tile(_array(A), reps if isinstance(reps, tuple) else (reps,))


@_implements(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Translate `numpy.repeat`."""
    return xp().repeat(_array(a), repeats, axis=axis)


@_implements(np.shape)
def shape(a: Any) -> Any:
    """Translate `numpy.shape`."""
    return _array(a).shape


@_implements(np.ndim)
def ndim(a: Any) -> Any:
    """Translate `numpy.ndim`."""
    return _array(a).ndim


@_implements(np.size)
def size(a: Any, axis: int | None = None) -> Any:
    """Translate `numpy.size`."""
    return _array(a).size if axis is None else _array(a).shape[axis]


@_implements(np.copy)
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    """Translate `numpy.copy`."""
    return xp().asarray(_array(a), copy=True)


@_implements(np.result_type)
def result_type(*arrays_and_dtypes: Any) -> Any:
    """Translate `numpy.result_type`."""
    return np.result_type(
        *(x.dtype.numpy if isinstance(x, xp().Array) else x for x in arrays_and_dtypes)
    )


@_implements(np.may_share_memory, np.shares_memory)
def may_share_memory(a: Any, b: Any, max_work: Any = None) -> bool:
    """Translate `numpy.may_share_memory`: values never change, so it is of no consequence."""
    return False
