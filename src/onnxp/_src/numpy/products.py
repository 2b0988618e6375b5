"""numpy functions for products and norms of vectors and matrices."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import Axes, as_float, implements, in_common, no_out
from onnxp._src.numpy.functions import ravel, reshape
from onnxp.errors import ShapeError


@implements(np.dot)
def dot(a: Any, b: Any, out: object = None) -> Any:
    """Translate `numpy.dot`."""
    no_out(out, "dot")
    x, y = in_common(a, b)
    if x.ndim == 0 or y.ndim == 0:
        return x * y
    if y.ndim <= 2:
        return xp().matmul(x, y)
    return xp().tensordot(x, y, axes=((x.ndim - 1,), (y.ndim - 2,)))


@implements(np.inner)
def inner(a: Any, b: Any) -> Any:
    """Translate `numpy.inner`."""
    x, y = in_common(a, b)
    if x.ndim == 0 or y.ndim == 0:
        return x * y
    return xp().tensordot(x, y, axes=((x.ndim - 1,), (y.ndim - 1,)))


@implements(np.outer)
def outer(a: Any, b: Any, out: object = None) -> Any:
    """Translate `numpy.outer`."""
    no_out(out, "outer")
    x, y = in_common(a, b)
    return reshape(x, (-1, 1)) * reshape(y, (1, -1))


@implements(np.vdot)
def vdot(a: Any, b: Any) -> Any:
    """Translate `numpy.vdot`."""
    return xp().vecdot(*map(ravel, in_common(a, b)))


@implements(np.linalg.matmul)
def matmul(x1: Any, x2: Any, /) -> Any:
    """Translate `numpy.linalg.matmul`."""
    return xp().matmul(*in_common(x1, x2))


@implements(np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Translate `numpy.linalg.vecdot`."""
    return xp().vecdot(*in_common(x1, x2), axis=axis)


@implements(np.linalg.multi_dot)
def multi_dot(arrays: Any, *, out: object = None) -> Any:
    """Translate `numpy.linalg.multi_dot`, from left to right."""
    no_out(out, "linalg.multi_dot")
    return functools.reduce(dot, arrays)


@implements(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Translate `numpy.tensordot`."""
    if not isinstance(axes, int):
        axes = tuple((x,) if isinstance(x, int) else tuple(x) for x in axes)
    return xp().tensordot(*in_common(a, b), axes=axes)


@implements(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Axes = None, keepdims: bool = False) -> Any:
    """Translate `numpy.linalg.norm`."""
    array = as_float(x)
    if axis is None and ord is None:
        return vector_norm(array, keepdims=keepdims)
    axes = range(array.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(axes) == 1:
        return vector_norm(
            array, axis=tuple(axes), keepdims=keepdims, ord=2 if ord is None else ord
        )
    if len(axes) != 2:
        raise ShapeError(f"numpy.linalg.norm: axis must have one or two axes, not {len(axes)}")
    matrices = xp().moveaxis(array, tuple(axes), (-2, -1))
    result = matrix_norm(matrices, keepdims=keepdims, ord="fro" if ord is None else ord)
    return xp().moveaxis(result, (-2, -1), tuple(axes)) if keepdims else result


@implements(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Axes = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Translate `numpy.linalg.vector_norm`."""
    return xp().linalg.vector_norm(as_float(x), axis=axis, keepdims=keepdims, ord=ord)


@implements(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """Translate `numpy.linalg.matrix_norm`."""
    return xp().linalg.matrix_norm(as_float(x), keepdims=keepdims, ord=ord)
