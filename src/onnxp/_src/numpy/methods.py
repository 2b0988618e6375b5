"""What numpy code expects of an array: methods with numpy's defaults, and numpy's two protocols.

Everything here is said in terms of the namespace, which an array knows by ``__array_namespace__``.
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
"""What registers itself when it is imported."""


class NumpyMethods:
    """Methods of `numpy.ndarray`, in numpy's signatures, for `Array`."""

    __slots__ = ()

    # The protocols: numpy's own functions on these arrays

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return ufuncs.call(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return dispatch.call(func, args, kwargs)

    # Reductions

    def all(self, axis: Any = None, *, keepdims: bool = False) -> Array:
        """Tell whether all elements along the axes are true."""
        return reductions.all(self, axis, keepdims=keepdims)

    def any(self, axis: Any = None, *, keepdims: bool = False) -> Array:
        """Tell whether any element along the axes is true."""
        return reductions.any(self, axis, keepdims=keepdims)

    def sum(self, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Array:
        """Sum along the axes."""
        return reductions.sum(self, axis, dtype, keepdims=keepdims)

    def prod(self, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Array:
        """Multiply along the axes."""
        return reductions.prod(self, axis, dtype, keepdims=keepdims)

    def mean(self, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Array:
        """Take the mean along the axes; integers as float64."""
        return reductions.mean(self, axis, dtype, keepdims=keepdims)

    def std(
        self, axis: Any = None, dtype: Any = None, ddof: float = 0, *, keepdims: bool = False
    ) -> Array:
        """Take the standard deviation along the axes; integers as float64."""
        return reductions.std(self, axis, dtype, ddof=ddof, keepdims=keepdims)

    def var(
        self, axis: Any = None, dtype: Any = None, ddof: float = 0, *, keepdims: bool = False
    ) -> Array:
        """Take the variance along the axes; integers as float64."""
        return reductions.var(self, axis, dtype, ddof=ddof, keepdims=keepdims)

    def max(self, axis: Any = None, *, keepdims: bool = False) -> Array:
        """Find the largest element along the axes."""
        return reductions.max(self, axis, keepdims=keepdims)

    def min(self, axis: Any = None, *, keepdims: bool = False) -> Array:
        """Find the smallest element along the axes."""
        return reductions.min(self, axis, keepdims=keepdims)

    def argmax(self, axis: int | None = None, *, keepdims: bool = False) -> Array:
        """Find the index of the first largest element."""
        return reductions.argmax(self, axis, keepdims=keepdims)

    def argmin(self, axis: int | None = None, *, keepdims: bool = False) -> Array:
        """Find the index of the first smallest element."""
        return reductions.argmin(self, axis, keepdims=keepdims)

    def cumsum(self, axis: int | None = None, dtype: Any = None) -> Array:
        """Add up cumulatively; of all elements in order without an axis."""
        return reductions.cumsum(self, axis, dtype)

    def cumprod(self, axis: int | None = None, dtype: Any = None) -> Array:
        """Multiply up cumulatively; of all elements in order without an axis."""
        return reductions.cumprod(self, axis, dtype)

    # Shape

    def reshape(self, *shape: Any, order: str = "C") -> Array:
        """Return the elements in another shape, given as a tuple or as arguments."""
        given = shape[0] if len(shape) == 1 else shape
        return functions.reshape(self, given, order=order)

    def ravel(self, order: str = "C") -> Array:
        """Return the elements along one axis."""
        return functions.ravel(self, order)

    def flatten(self, order: str = "C") -> Array:
        """Return the elements along one axis."""
        return functions.ravel(self, order)

    def transpose(self, *axes: Any) -> Array:
        """Permute the axes; reverse them if none are given."""
        given = axes[0] if len(axes) == 1 else axes or None
        return functions.transpose(self, given)

    def swapaxes(self, axis1: int, axis2: int) -> Array:
        """Exchange two axes."""
        return functions.swapaxes(self, axis1, axis2)

    def squeeze(self, axis: Any = None) -> Array:
        """Drop axes of size 1; all of them if none are given."""
        return functions.squeeze(self, axis)

    # Elements

    def astype(self, dtype: Any, *, copy: bool = True) -> Array:
        """Cast to a dtype."""
        return xp().astype(self, dtype, copy=copy)

    def copy(self) -> Array:
        """Return a copy."""
        return xp().asarray(self, copy=True)

    def clip(self, min: Any = None, max: Any = None) -> Array:
        """Limit the elements."""
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
        """Put the elements in order, in this array object."""
        self[...] = functions.sort(self, axis)  # type: ignore[index]

    def fill(self, value: Any) -> None:
        """Make all elements one number, in this array object."""
        self[...] = value  # type: ignore[index]

    def searchsorted(self, v: Any, side: str = "left", sorter: Any = None) -> Array:
        """Find where elements belong in this sorted array."""
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
        """Return the indices of what is not zero, an array for each axis."""
        return xp().nonzero(self)

    def item(self) -> Any:
        """Return the one element as a Python number."""
        return np.asarray(self).item()

    def tolist(self) -> Any:
        """Return the elements as nested lists of Python numbers."""
        return np.asarray(self).tolist()
