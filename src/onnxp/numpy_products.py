"""numpy's products of vectors and matrices, and their norms."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from onnxp.errors import NumpyFunctionError
from onnxp.numpy_functions import ravel, reshape
from onnxp.numpy_registry import as_array, as_float, implements, in_common, no_out, xp


@implements(np.dot)
def dot(a: Any, b: Any, out: Any = None) -> Any:
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
def outer(a: Any, b: Any, out: Any = None) -> Any:
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
def multi_dot(arrays: Any, *, out: Any = None) -> Any:
    """Translate `numpy.linalg.multi_dot`, from left to right."""
    no_out(out, "linalg.multi_dot")
    return functools.reduce(dot, arrays)


@implements(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Translate `numpy.linalg.vector_norm`."""
    array = as_array(x)
    axes = (
        tuple(range(array.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    )
    if len(axes) > 1 and ord == 2:
        ord = None
    return norm(array, ord, axes if len(axes) > 1 else axes[0], keepdims)


@implements(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Translate `numpy.tensordot`."""
    if not isinstance(axes, int):
        axes = tuple((x,) if isinstance(x, int) else tuple(x) for x in axes)
    return xp().tensordot(*in_common(a, b), axes=axes)


@implements(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Translate `numpy.linalg.norm`, for vectors, and the Frobenius norm of matrices."""
    array = xp().abs(as_float(x))
    if axis is None and (ord in (None, "fro") or array.ndim == 1):
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
