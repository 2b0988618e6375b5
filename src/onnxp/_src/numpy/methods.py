"""The methods of `numpy.ndarray` with numpy's defaults, and numpy's two protocols.

They call functions of the namespace of the array, ``__array_namespace__``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy import (
    dispatch,
    einsum,
    functions,
    products,
    reductions,
    shaping,
    statistics,
    ufuncs,
)
from onnxp._src.numpy.dispatch import Axes

if TYPE_CHECKING:
    from onnxp._src.array.array import Array


TRANSLATIONS = (
    einsum,
    functions,
    products,
    reductions,
    shaping,
    statistics,
)
"""Modules that register functions when they are imported."""


class NumpyMethods:
    """Methods of `numpy.ndarray`, in numpy's signatures, for `Array`."""

    __slots__ = ()

    # Protocols of numpy for functions and ufuncs

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return ufuncs.call(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return dispatch.call(func, args, kwargs)

    # Reductions

    def all(self, axis: Axes = None, *, keepdims: bool = False) -> Array:
        """Return whether all elements along the axes are true."""
        return reductions.all(self, axis, keepdims=keepdims)

    def any(self, axis: Axes = None, *, keepdims: bool = False) -> Array:
        """Return whether any element along the axes is true."""
        return reductions.any(self, axis, keepdims=keepdims)

    def sum(self, axis: Axes = None, dtype: object = None, *, keepdims: bool = False) -> Array:
        """Sum along the axes."""
        return reductions.sum(self, axis, dtype, keepdims=keepdims)

    def prod(self, axis: Axes = None, dtype: object = None, *, keepdims: bool = False) -> Array:
        """Multiply along the axes."""
        return reductions.prod(self, axis, dtype, keepdims=keepdims)

    def mean(self, axis: Axes = None, dtype: object = None, *, keepdims: bool = False) -> Array:
        """Compute the mean along the axes; integers are converted to float64."""
        return reductions.mean(self, axis, dtype, keepdims=keepdims)

    def std(
        self, axis: Axes = None, dtype: object = None, ddof: float = 0, *, keepdims: bool = False
    ) -> Array:
        """Compute the standard deviation along the axes; integers are converted to float64."""
        return reductions.std(self, axis, dtype, ddof=ddof, keepdims=keepdims)

    def var(
        self, axis: Axes = None, dtype: object = None, ddof: float = 0, *, keepdims: bool = False
    ) -> Array:
        """Compute the variance along the axes; integers are converted to float64."""
        return reductions.var(self, axis, dtype, ddof=ddof, keepdims=keepdims)

    def max(self, axis: Axes = None, *, keepdims: bool = False) -> Array:
        """Return the largest element along the axes."""
        return reductions.max(self, axis, keepdims=keepdims)

    def min(self, axis: Axes = None, *, keepdims: bool = False) -> Array:
        """Return the smallest element along the axes."""
        return reductions.min(self, axis, keepdims=keepdims)

    def argmax(self, axis: int | None = None, *, keepdims: bool = False) -> Array:
        """Return the index of the first largest element."""
        return reductions.argmax(self, axis, keepdims=keepdims)

    def argmin(self, axis: int | None = None, *, keepdims: bool = False) -> Array:
        """Return the index of the first smallest element."""
        return reductions.argmin(self, axis, keepdims=keepdims)

    def cumsum(self, axis: int | None = None, dtype: object = None) -> Array:
        """Compute the cumulative sum; without an axis, of the flattened array."""
        return reductions.cumsum(self, axis, dtype)

    def cumprod(self, axis: int | None = None, dtype: object = None) -> Array:
        """Compute the cumulative product; without an axis, of the flattened array."""
        return reductions.cumprod(self, axis, dtype)

    # Shape

    def reshape(self, *shape: Any, order: str = "C") -> Array:
        """Return the elements in another shape, which is a tuple or several arguments."""
        new_shape = shape[0] if len(shape) == 1 else shape
        return functions.reshape(self, new_shape, order=order)

    def ravel(self, order: str = "C") -> Array:
        """Return the elements along one axis."""
        return functions.ravel(self, order)

    def flatten(self, order: str = "C") -> Array:
        """Return the elements along one axis."""
        return functions.ravel(self, order)

    def transpose(self, *axes: Any) -> Array:
        """Permute the axes; by default, reverse them."""
        order = axes[0] if len(axes) == 1 else axes or None
        return functions.transpose(self, order)

    def swapaxes(self, axis1: int, axis2: int) -> Array:
        """Exchange two axes."""
        return functions.swapaxes(self, axis1, axis2)

    def squeeze(self, axis: Axes = None) -> Array:
        """Remove axes of size 1; by default, all of them."""
        return functions.squeeze(self, axis)

    # Elements

    def astype(self, dtype: Any, *, copy: bool = True) -> Array:
        """Cast to a dtype."""
        return xp().astype(self, dtype, copy=copy)

    def copy(self) -> Array:
        """Return a copy."""
        return xp().asarray(self, copy=True)

    def clip(self, min: Any = None, max: Any = None) -> Array:
        """Clip the elements to an interval."""
        return functions.clip(self, min, max)

    def round(self, decimals: int = 0) -> Array:
        """Round to a number of decimals."""
        return functions.round(self, decimals)

    def conj(self) -> Array:
        """Return the complex conjugate."""
        return functions.conj(self)

    conjugate = conj

    def dot(self, other: Any) -> Array:
        """Return the dot product."""
        return products.dot(self, other)

    def take(self, indices: Any, axis: int | None = None) -> Array:
        """Take elements along an axis."""
        return functions.take(self, indices, axis)

    def repeat(self, repeats: Any, axis: int | None = None) -> Array:
        """Repeat elements."""
        return xp().repeat(self, repeats, axis=axis)

    def argsort(self, axis: int | None = -1, kind: str | None = None) -> Array:
        """Return the indices that sort the array."""
        return functions.argsort(self, axis)

    def argpartition(self, kth: Any, axis: int | None = -1) -> Array:
        """Return the indices that sort the array."""
        return functions.argsort(self, axis)

    def sort(self, axis: int = -1, kind: str | None = None) -> None:
        """Sort the elements in place."""
        self[...] = functions.sort(self, axis)  # type: ignore[index]

    def fill(self, value: Any) -> None:
        """Set all elements to a number in place."""
        self[...] = value  # type: ignore[index]

    def searchsorted(self, v: Any, side: str = "left", sorter: Any = None) -> Array:
        """Return the indices at which to insert elements into this sorted array."""
        return statistics.searchsorted(self, v, side, sorter)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
        """Return a diagonal."""
        return shaping.diagonal(self, offset, axis1, axis2)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
        """Sum a diagonal."""
        return shaping.trace(self, offset, axis1, axis2)

    @property
    def real(self) -> Array:
        """The real parts."""
        return functions.real(self)

    @property
    def imag(self) -> Array:
        """The imaginary parts."""
        return functions.imag(self)

    @property
    def itemsize(self) -> int:
        """Size of an element in bytes."""
        return self.dtype.itemsize  # type: ignore[attr-defined]

    @property
    def nbytes(self) -> Any:
        """Size of all elements in bytes."""
        return self.size * self.dtype.itemsize  # type: ignore[attr-defined]

    def __contains__(self, value: Any) -> bool:
        return bool(reductions.any(self == value))

    def __divmod__(self, other: Any) -> tuple[Array, Array]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Array, Array]:
        return other // self, other % self

    def nonzero(self) -> tuple[Array, ...]:
        """Return the indices of nonzero elements, an array for each axis."""
        return xp().nonzero(self)

    def item(self) -> Any:
        """Return the only element as a Python number."""
        return np.asarray(self).item()

    def tolist(self) -> Any:
        """Return the elements as nested lists of Python numbers."""
        return np.asarray(self).tolist()
