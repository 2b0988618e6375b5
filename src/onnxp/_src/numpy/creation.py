"""numpy functions that make arrays, of sizes or from other arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import FUNCTIONS, implements
from onnxp._src.numpy.manipulation import concatenate, ravel, reshape
from onnxp._src.numpy.memory import with_order
from onnxp._src.numpy.operands import (
    as_array,
    as_size,
    as_sizes,
    choice_of,
    in_common_with_numbers,
    in_dtype,
    is_bool,
    required,
)
from onnxp._src.numpy.ranges import linspace
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim
from onnxp.errors import (
    ArgumentError,
    ShapeError,
)

# Of a shape


def _of_shape(name: str) -> Callable[..., Any]:
    def function(
        shape: Any, dtype: Any = float, order: str = "C", *, device: Any = None, like: Any = None
    ) -> Any:
        sizes = as_sizes(shape, name)
        return getattr(xp(), name)(sizes, dtype=float if dtype is None else dtype)

    return function


for _name in ("zeros", "ones", "empty"):
    FUNCTIONS[getattr(np, _name)] = _of_shape(_name)


@implements(np.full)
def full(
    shape: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "C",
    *,
    device: Any = None,
    like: Any = None,
) -> Any:
    """Translate `numpy.full`; the value is a number, or an array that broadcasts to the shape."""
    sizes = as_sizes(shape if isinstance(shape, tuple | list) else (shape,), "full")
    # a copy, because a broadcast array is not for writing
    return xp().asarray(xp().broadcast_to(array(fill_value, dtype), sizes), copy=True)


@implements(np.eye)
def eye(
    N: Any,
    M: Any = None,
    k: int = 0,
    dtype: Any = float,
    order: str = "C",
    *,
    device: Any = None,
    like: Any = None,
) -> Any:
    """Translate `numpy.eye`."""
    return xp().eye(as_size(N, "eye"), as_size(M, "eye"), k=k, dtype=dtype)


@implements(np.identity)
def identity(n: Any, dtype: Any = None, *, like: Any = None) -> Any:
    """Translate `numpy.identity`."""
    return xp().eye(as_size(n, "identity"), dtype=float if dtype is None else dtype)


@implements(np.tri)
def tri(N: Any, M: Any = None, k: int = 0, dtype: Any = float, *, like: Any = None) -> Any:
    """Translate `numpy.tri`."""
    rows = as_size(N, "tri")
    columns = rows if M is None else as_size(M, "tri")
    return xp().tril(xp().ones((rows, columns), dtype=dtype), k=k)


@implements(np.indices)
def indices(dimensions: Any, dtype: Any = int, sparse: bool = False) -> Any:
    """Translate `numpy.indices`."""
    grid = np.meshgrid(
        *(xp().arange(size, dtype=dtype) for size in dimensions), indexing="ij", sparse=sparse
    )
    return tuple(grid) if sparse else xp().stack(grid)


# From other arrays and numbers


def _leaves(obj: Any) -> list[Any]:
    if isinstance(obj, tuple | list):
        return [leaf for part in obj for leaf in _leaves(part)]
    return [obj]


def _numpy_dtype(leaf: Any) -> Any:
    if isinstance(leaf, xp().Array):
        return leaf.dtype.numpy
    number = 1 if isinstance(leaf, Dim) else 1.0 if isinstance(leaf, DimReal) else leaf
    return np.asarray(number).dtype


def array(
    object: Any,
    dtype: Any = None,
    *,
    copy: bool | None = True,
    order: str = "K",
    subok: bool = False,
    ndmin: int = 0,
    ndmax: int = 0,
    like: Any = None,
) -> Any:
    """Translate `numpy.array`: the elements of a nested list have the dtype that holds all of them."""
    if isinstance(object, tuple | list) and object:
        common = np.result_type(*map(_numpy_dtype, _leaves(object))) if dtype is None else dtype
        result = _cut(xp().asarray(_nested(object), dtype=common), dtype)
    elif dtype is None or isinstance(object, Dim | DimReal):
        result = xp().asarray(object, dtype=dtype)
    else:
        result = _cut(in_dtype(object, dtype), dtype)
    if copy and result is object:
        result = xp().asarray(result, copy=True)
    missing = ndmin - result.ndim
    return reshape(result, (*(1,) * missing, *result.shape)) if missing > 0 else result


def _nested(obj: Any) -> Any:
    """Return nested lists with numpy's arrays as arrays of onnxp."""
    if isinstance(obj, tuple | list):
        return [_nested(part) for part in obj]
    return as_array(obj) if isinstance(obj, np.ndarray) else obj


FUNCTIONS[np.array] = array


@implements(np.asarray, np.asanyarray)
def asarray(
    a: Any,
    dtype: Any = None,
    order: Any = None,
    *,
    device: Any = None,
    copy: bool | None = None,
    like: Any = None,
) -> Any:
    """Translate `numpy.asarray`."""
    return array(a, dtype, copy=bool(copy))


@implements(np.ascontiguousarray)
def ascontiguousarray(a: Any, dtype: Any = None, *, like: Any = None) -> Any:
    """Translate `numpy.ascontiguousarray`, of rank 1 or more as in numpy."""
    return array(a, dtype, copy=False, ndmin=1)


@implements(np.asfortranarray)
def asfortranarray(a: Any, dtype: Any = None, *, like: Any = None) -> Any:
    """Translate `numpy.asfortranarray`."""
    return with_order(np.asfortranarray, ascontiguousarray(a, dtype), (a,), {"order": "F"})


@implements(np.asarray_chkfinite)
def asarray_chkfinite(a: Any, dtype: Any = None, order: Any = None) -> Any:
    """Translate `numpy.asarray_chkfinite`: a model that has elements that are not finite fails."""
    result = array(a, dtype, copy=False)
    if not xp().isdtype(result.dtype, "real floating"):
        return result
    why = "numpy.asarray_chkfinite: the elements must be finite"
    return required(result, xp().isfinite(result), why)


def from_iterable(iter: Any, dtype: Any, count: Any = -1, *, like: Any = None) -> Any:
    """Translate `numpy.fromiter`, of a list."""
    parts = list(iter)
    if count > len(parts):
        raise ArgumentError(
            f"numpy.fromiter: there are {len(parts)} elements, but count is {count}"
        )
    return array(parts if count < 0 else parts[:count], dtype)


FUNCTIONS[np.fromiter] = from_iterable


@implements(np.require)
def require(a: Any, dtype: Any = None, requirements: Any = None, *, like: Any = None) -> Any:
    """Translate `numpy.require`; the memory of an array of onnxp is its own affair."""
    return array(a, dtype, copy=False)


# Joins by brackets: np.c_[...] and np.r_[...]


def join_rows(key: Any) -> Any:
    """Translate ``numpy.r_[key]``, without the text that gives axes."""
    return concatenate(_parts(key, "r_"))


def join_columns(key: Any) -> Any:
    """Translate ``numpy.c_[key]``."""
    parts = _parts(key, "c_")
    return concatenate([p if p.ndim > 1 else reshape(p, (-1, 1)) for p in parts], -1)


def _parts(key: Any, name: str) -> list[Any]:
    """Return arrays of one dtype, to which Python's numbers adapt."""
    parts = key if isinstance(key, tuple) else (key,)
    if any(isinstance(part, str) for part in parts):
        raise ArgumentError(
            f"numpy.{name}: text for the axes is not supported for traced arrays; write np.concatenate"
        )
    numbers = (bool, int, float, complex, Dim, DimReal)
    values = [part if type(part) in numbers else _part(part) for part in parts]
    return [np.atleast_1d(x) for x in in_common_with_numbers(*values)]


def _part(part: Any) -> Any:
    if not isinstance(part, slice):
        return array(part, copy=False)
    start = 0 if part.start is None else part.start
    if isinstance(part.step, complex):
        return linspace(start, part.stop, int(abs(part.step)))
    return xp().arange(start, part.stop, 1 if part.step is None else part.step)


@implements(np.block)
def block(arrays: Any) -> Any:
    """Translate `numpy.block`."""
    rank = max(_depth(arrays), *(as_array(leaf).ndim for leaf in _leaves(arrays)))
    return _blocks(arrays, rank, _depth(arrays))


def _depth(obj: Any) -> int:
    return 1 + _depth(obj[0]) if isinstance(obj, list) else 0


def _blocks(obj: Any, rank: int, depth: int) -> Any:
    if isinstance(obj, list):
        return concatenate([_blocks(part, rank, depth - 1) for part in obj], -depth)
    leaf = as_array(obj)
    return reshape(leaf, (*(1,) * (rank - leaf.ndim), *leaf.shape))


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
    blank[...] = _cut(in_dtype(fill_value, blank.dtype), dtype)
    return blank


@implements(np.copy)
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    """Translate `numpy.copy`."""
    array = as_array(a)
    return with_order(np.copy, xp().asarray(array, copy=True), (array,), {"order": order})


@implements(np.meshgrid)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """Translate `numpy.meshgrid`."""
    choice_of(indexing, ("xy", "ij"), "meshgrid", "indexing")
    axes = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        axes[:2] = axes[1::-1]
    vectors = [ravel(x) for x in xi]
    others = [tuple(i for i in range(len(xi)) if i != axis) for axis in axes]
    grids = [xp().expand_dims(x, axis=i) if i else x for x, i in zip(vectors, others, strict=True)]
    if not sparse:
        sizes = dict(zip(axes, (x.shape[0] for x in vectors), strict=True))
        shape = tuple(sizes[i] for i in range(len(xi)))
        grids = [xp().broadcast_to(x, shape) for x in grids]
    return tuple(x.copy() for x in grids) if copy else tuple(grids)


@implements(np.ix_)
def ix_(*args: Any) -> tuple[Any, ...]:
    """Translate `numpy.ix_`."""
    results = []
    for i, a in enumerate(args):
        x = as_array(a)
        if x.ndim != 1:
            raise ShapeError(f"numpy.ix_ needs arrays of rank 1, not {x.ndim}")
        if is_bool(x):
            (x,) = xp().nonzero(x)
        elif not isinstance(a, xp().Array | np.ndarray) and x.size == 0:
            x = xp().astype(x, xp().int64)
        results.append(xp().reshape(x, (*(1,) * i, -1, *(1,) * (len(args) - i - 1))))
    return tuple(results)


@implements(np.astype)
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """Translate `numpy.astype`."""
    return _cut(xp().astype(x, dtype, copy=copy), dtype)


def _cut(x: Any, dtype: Any) -> Any:
    """Return text of at most as many characters as a dtype has, and other arrays as they are."""
    if x.dtype != xp().string:
        return x
    from onnxp._src.numpy.text import cut  # here: numpy.strings takes a millisecond to import

    return cut(x, dtype)
