"""numpy functions that make matrices, and take diagonals and triangles of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import FUNCTIONS, implements
from onnxp._src.numpy.operands import as_array, as_size, axis_of, in_common, is_bool
from onnxp.errors import AxisError, ShapeError


def _triangle(name: str) -> Callable[..., Any]:
    def function(m: Any, k: int = 0) -> Any:
        array = as_array(m)
        if array.ndim == 1:  # numpy repeats a vector
            array = xp().broadcast_to(array, (array.shape[0], array.shape[0]))
        return getattr(xp(), name)(array, k=k)

    return function


FUNCTIONS[np.tril] = _triangle("tril")
FUNCTIONS[np.triu] = _triangle("triu")


@implements(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Translate `numpy.diagonal`."""
    x = as_array(a)
    if x.ndim < 2:
        raise ShapeError(f"numpy.diagonal needs an array of rank 2 or more, not {x.ndim}")
    if axis_of(axis1, x, "diagonal") == axis_of(axis2, x, "diagonal"):
        raise AxisError(f"numpy.diagonal: axis1 and axis2 must differ, but are {axis1} and {axis2}")
    return xp().linalg.diagonal(xp().moveaxis(x, (axis1, axis2), (-2, -1)), offset=offset)


@implements(np.linalg.diagonal)
def _last_diagonal(x: Any, /, *, offset: int = 0) -> Any:
    return diagonal(x, offset, -2, -1)


@implements(np.trace)
def trace(
    a: Any,
    offset: int = 0,
    axis1: int = 0,
    axis2: int = 1,
    dtype: Any = None,
    out: object = None,
) -> Any:
    """Translate `numpy.trace`."""
    return FUNCTIONS[np.sum](diagonal(a, offset, axis1, axis2), -1, dtype, out)


@implements(np.linalg.trace)
def _last_trace(x: Any, /, *, offset: int = 0, dtype: object = None) -> Any:
    return trace(x, offset, -2, -1, dtype)


@implements(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """Translate `numpy.diag`."""
    x = as_array(v)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ShapeError(f"numpy.diag: the array must have rank 1 or 2, not {x.ndim}")
    n = x.shape[0] + abs(k)
    on = xp().arange(n)[None, :] - xp().arange(n)[:, None] == k
    values = xp().concat([xp().zeros((abs(k),), dtype=x.dtype), x])
    values = values[None, :] if k >= 0 else values[:, None]
    return xp().where(on, values, xp().zeros((), dtype=x.dtype))


@implements(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Translate `numpy.vander`."""
    base = as_array(x)
    if base.ndim != 1:
        raise ShapeError(f"numpy.vander needs an array of rank 1, not {base.ndim}")
    count = base.shape[0] if N is None else N
    powers = xp().arange(count) if increasing else count - 1 - xp().arange(count)
    base, powers = in_common(base, powers)
    return base[:, None] ** powers[None, :]


@implements(np.kron)
def kron(a: Any, b: Any) -> Any:
    """Translate `numpy.kron`."""
    x, y = in_common(a, b)
    if is_bool(x):
        return kron(xp().astype(x, xp().int8), xp().astype(y, xp().int8)) != 0
    rank = max(x.ndim, y.ndim)
    x = xp().reshape(x, (*(1,) * (rank - x.ndim), *x.shape))
    y = xp().reshape(y, (*(1,) * (rank - y.ndim), *y.shape))
    sizes = tuple(p * q for p, q in zip(x.shape, y.shape, strict=True))
    x = xp().expand_dims(x, axis=tuple(range(1, 2 * rank, 2)))
    y = xp().expand_dims(y, axis=tuple(range(0, 2 * rank, 2)))
    return xp().reshape(x * y, sizes)


def _indices_of_triangle(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the functions that give the indices of a triangle: of sizes, and of an array."""

    def of_sizes(n: Any, k: int = 0, m: Any = None) -> Any:
        rows = as_size(n, f"{name}_indices")
        columns = rows if m is None else as_size(m, f"{name}_indices")
        ones = xp().ones((rows, columns), dtype=xp().int8)
        return xp().nonzero(getattr(xp(), name)(ones, k=k))

    def of_array(arr: Any, k: int = 0) -> Any:
        x = as_array(arr)
        if x.ndim != 2:
            raise ShapeError(f"numpy.{name}_indices_from needs an array of rank 2, not {x.ndim}")
        return of_sizes(x.shape[0], k, x.shape[1])

    return of_sizes, of_array


FUNCTIONS[np.triu_indices], FUNCTIONS[np.triu_indices_from] = _indices_of_triangle("triu")
FUNCTIONS[np.tril_indices], FUNCTIONS[np.tril_indices_from] = _indices_of_triangle("tril")
