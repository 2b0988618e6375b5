"""numpy functions for products and norms of vectors and matrices."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.manipulation import ravel, reshape
from onnxp._src.numpy.operands import (
    Axes,
    as_array,
    as_count,
    as_float,
    in_common,
    in_dtype,
    is_bool,
)
from onnxp._src.numpy.results import stored
from onnxp.errors import ArgumentError, LinearAlgebraError, ShapeError


def _product(function: Callable[..., Any], a: Any, b: Any) -> Any:
    """Apply a product to two arrays in their common dtype; of truth values, whether any product is true."""
    x, y = in_common(a, b)
    if not is_bool(x):
        return function(x, y)
    counts = function(in_dtype(x, xp().int64), in_dtype(y, xp().int64))
    return counts != 0


@implements(np.dot)
def dot(a: Any, b: Any, out: object = None) -> Any:
    """Translate `numpy.dot`."""

    def product(x: Any, y: Any) -> Any:
        if x.ndim == 0 or y.ndim == 0:
            return x * y
        if y.ndim <= 2:
            return xp().matmul(x, y)
        return xp().tensordot(x, y, axes=((x.ndim - 1,), (y.ndim - 2,)))

    result = _product(product, a, b)
    by_blas = result.dtype.name in ("float32", "float64", "complex64", "complex128")
    scalar = 0 in (np.ndim(a), np.ndim(b))
    return stored(result, out, "dot", "same_kind" if scalar and not by_blas else "no")


@implements(np.inner)
def inner(a: Any, b: Any, /) -> Any:
    """Translate `numpy.inner`."""

    def product(x: Any, y: Any) -> Any:
        if x.ndim == 0 or y.ndim == 0:
            return x * y
        return xp().tensordot(x, y, axes=((x.ndim - 1,), (y.ndim - 1,)))

    return _product(product, a, b)


@implements(np.outer)
def outer(a: Any, b: Any, out: object = None) -> Any:
    """Translate `numpy.outer`."""
    result = _product(lambda x, y: reshape(x, (-1, 1)) * reshape(y, (1, -1)), a, b)
    return stored(result, out, "outer")


@implements(np.vdot)
def vdot(a: Any, b: Any, /) -> Any:
    """Translate `numpy.vdot`."""
    x, y = ravel(a), ravel(b)
    if type(x.shape[0]) is type(y.shape[0]) is int and x.shape[0] != y.shape[0]:
        raise ShapeError(f"numpy.vdot: {x.shape[0]} elements do not match {y.shape[0]}")
    return _product(lambda x, y: xp().vecdot(x, y), x, y)


@implements(np.linalg.matmul)
def matmul(x1: Any, x2: Any, /) -> Any:
    """Translate `numpy.linalg.matmul`."""
    return _product(lambda x, y: xp().matmul(x, y), x1, x2)


@implements(np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Translate `numpy.linalg.vecdot`."""
    place = as_count(axis, "linalg.vecdot", "axis")
    lines = [xp().moveaxis(as_array(x), place, -1) for x in (x1, x2)]  # the axis of each
    return _product(lambda x, y: xp().vecdot(x, y), *lines)


@implements(np.linalg.multi_dot)
def multi_dot(arrays: Any, *, out: object = None) -> Any:
    """Translate `numpy.linalg.multi_dot`, from left to right."""
    parts = [as_array(a) for a in arrays]
    if len(parts) < 2:
        raise ArgumentError(
            f"numpy.linalg.multi_dot: two or more arrays are needed, not {len(parts)}"
        )
    for i, part in enumerate(parts):
        if len(parts) > 2 and part.ndim != 2 and (part.ndim != 1 or 0 < i < len(parts) - 1):
            raise LinearAlgebraError(
                f"numpy.linalg.multi_dot: array {i} has rank {part.ndim}; only the first and the last may "
                "be vectors, and the others are matrices"
            )
    return dot(functools.reduce(dot, parts[:-1]), parts[-1], out)


@implements(np.tensordot, np.linalg.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Translate `numpy.tensordot`."""
    if isinstance(axes, int):
        axes = max(axes, 0)  # as numpy counts
    else:
        axes = tuple((x,) if isinstance(x, int) else tuple(x) for x in axes)
    return _product(lambda x, y: xp().tensordot(x, y, axes=axes), a, b)


@implements(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Axes = None, keepdims: bool = False) -> Any:
    """Translate `numpy.linalg.norm`."""
    array = as_float(x)
    ord = "fro" if ord == "f" else ord
    if isinstance(ord, str) and ord not in ("fro", "nuc"):
        raise ArgumentError(f"numpy.linalg.norm: ord is a number, 'fro' or 'nuc', not {ord!r}")
    if axis is None and ord is None:
        return vector_norm(array, keepdims=keepdims)
    axes = range(array.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(axes) == 1:
        if isinstance(ord, str):
            raise ArgumentError(f"numpy.linalg.norm: ord={ord!r} is for matrices")
        return vector_norm(array, axis=tuple(axes), keepdims=keepdims, ord=ord)
    if len(axes) != 2:
        raise ShapeError(f"numpy.linalg.norm: axis must have one or two axes, not {len(axes)}")
    matrices = xp().moveaxis(array, tuple(axes), (-2, -1))
    result = matrix_norm(matrices, keepdims=keepdims, ord="fro" if ord is None else ord)
    return xp().moveaxis(result, (-2, -1), tuple(axes)) if keepdims else result


@implements(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Axes = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Translate `numpy.linalg.vector_norm`, where None stands for 2 as well."""
    ord = 2 if ord is None else ord
    if isinstance(ord, str):
        raise ArgumentError(f"numpy.linalg.vector_norm: ord={ord!r} is for matrices")
    return xp().linalg.vector_norm(as_float(x), axis=axis, keepdims=keepdims, ord=ord)


@implements(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """Translate `numpy.linalg.matrix_norm`."""
    array = as_float(x)
    if (
        ord in (1, 2, np.inf, "nuc")
        and array.ndim > 1
        and 0 in [n for n in array.shape[-2:] if type(n) is int]
    ):
        kept = (1, 1) if keepdims else ()
        return xp().zeros((*array.shape[:-2], *kept), dtype=xp().abs(array).dtype)
    return xp().linalg.matrix_norm(as_float(x), keepdims=keepdims, ord=ord)
