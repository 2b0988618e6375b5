"""What numpy code expects of an array: methods with numpy's defaults, and numpy's two protocols.

Everything here is said in terms of the namespace, which an array knows by ``__array_namespace__``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from onnxp import (
    numpy_einsum,
    numpy_functions,
    numpy_products,
    numpy_reductions,
    numpy_registry,
    numpy_shaping,
    numpy_statistics,
    numpy_ufuncs,
)

if TYPE_CHECKING:
    from onnxp.array import Array


TRANSLATIONS = (
    numpy_einsum,
    numpy_functions,
    numpy_products,
    numpy_reductions,
    numpy_shaping,
    numpy_statistics,
)
"""What registers itself when it is imported."""


class NumpyMethods:
    """Methods of `numpy.ndarray`, in numpy's signatures, for `Array`."""

    __slots__ = ()

    # The protocols: numpy's own functions on these arrays

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return numpy_ufuncs.call(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return numpy_registry.call(func, args, kwargs)

    # Reductions

    def all(self, axis: Any = None, *, keepdims: bool = False) -> Array:
        """Tell whether all elements along the axes are true."""
        return numpy_reductions.all(self, axis, keepdims=keepdims)

    def any(self, axis: Any = None, *, keepdims: bool = False) -> Array:
        """Tell whether any element along the axes is true."""
        return numpy_reductions.any(self, axis, keepdims=keepdims)

    def sum(self, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Array:
        """Sum along the axes."""
        return numpy_reductions.sum(self, axis, dtype, keepdims=keepdims)

    def prod(self, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Array:
        """Multiply along the axes."""
        return numpy_reductions.prod(self, axis, dtype, keepdims=keepdims)

    def mean(self, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Array:
        """Take the mean along the axes; integers as float64."""
        return numpy_reductions.mean(self, axis, dtype, keepdims=keepdims)

    def std(
        self, axis: Any = None, dtype: Any = None, ddof: float = 0, *, keepdims: bool = False
    ) -> Array:
        """Take the standard deviation along the axes; integers as float64."""
        return numpy_reductions.std(self, axis, dtype, ddof=ddof, keepdims=keepdims)

    def var(
        self, axis: Any = None, dtype: Any = None, ddof: float = 0, *, keepdims: bool = False
    ) -> Array:
        """Take the variance along the axes; integers as float64."""
        return numpy_reductions.var(self, axis, dtype, ddof=ddof, keepdims=keepdims)

    def max(self, axis: Any = None, *, keepdims: bool = False) -> Array:
        """Find the largest element along the axes."""
        return numpy_reductions.max(self, axis, keepdims=keepdims)

    def min(self, axis: Any = None, *, keepdims: bool = False) -> Array:
        """Find the smallest element along the axes."""
        return numpy_reductions.min(self, axis, keepdims=keepdims)

    def argmax(self, axis: int | None = None, *, keepdims: bool = False) -> Array:
        """Find the index of the first largest element."""
        return numpy_reductions.argmax(self, axis, keepdims=keepdims)

    def argmin(self, axis: int | None = None, *, keepdims: bool = False) -> Array:
        """Find the index of the first smallest element."""
        return numpy_reductions.argmin(self, axis, keepdims=keepdims)

    def cumsum(self, axis: int | None = None, dtype: Any = None) -> Array:
        """Add up cumulatively; of all elements in order without an axis."""
        return numpy_reductions.cumsum(self, axis, dtype)

    def cumprod(self, axis: int | None = None, dtype: Any = None) -> Array:
        """Multiply up cumulatively; of all elements in order without an axis."""
        return numpy_reductions.cumprod(self, axis, dtype)

    # Shape

    def reshape(self, *shape: Any, order: str = "C") -> Array:
        """Return the elements in another shape, given as a tuple or as arguments."""
        given = shape[0] if len(shape) == 1 else shape
        return numpy_functions.reshape(self, given, order=order)

    def ravel(self, order: str = "C") -> Array:
        """Return the elements along one axis."""
        return numpy_functions.ravel(self, order)

    def flatten(self, order: str = "C") -> Array:
        """Return the elements along one axis."""
        return numpy_functions.ravel(self, order)

    def transpose(self, *axes: Any) -> Array:
        """Permute the axes; reverse them if none are given."""
        given = axes[0] if len(axes) == 1 else axes or None
        return numpy_functions.transpose(self, given)

    def swapaxes(self, axis1: int, axis2: int) -> Array:
        """Exchange two axes."""
        return numpy_functions.swapaxes(self, axis1, axis2)

    def squeeze(self, axis: Any = None) -> Array:
        """Drop axes of size 1; all of them if none are given."""
        return numpy_functions.squeeze(self, axis)

    # Elements

    def astype(self, dtype: Any, *, copy: bool = True) -> Array:
        """Cast to a dtype."""
        return numpy_registry.xp().astype(self, dtype, copy=copy)

    def copy(self) -> Array:
        """Return a copy."""
        return numpy_registry.xp().asarray(self, copy=True)

    def clip(self, min: Any = None, max: Any = None) -> Array:
        """Limit the elements."""
        return numpy_functions.clip(self, min, max)

    def round(self, decimals: int = 0) -> Array:
        """Round to a number of decimals."""
        return numpy_functions.round(self, decimals)

    def conj(self) -> Array:
        """Return the complex conjugate."""
        return numpy_functions.conj(self)

    conjugate = conj

    def dot(self, other: Any) -> Array:
        """Return the dot product."""
        return numpy_products.dot(self, other)

    def take(self, indices: Any, axis: int | None = None) -> Array:
        """Take elements along an axis."""
        return numpy_functions.take(self, indices, axis)

    def repeat(self, repeats: Any, axis: int | None = None) -> Array:
        """Repeat elements."""
        return numpy_registry.xp().repeat(self, repeats, axis=axis)

    def argsort(self, axis: int | None = -1, kind: str | None = None) -> Array:
        """Return the indices that sort the array."""
        return numpy_functions.argsort(self, axis)

    def argpartition(self, kth: Any, axis: int | None = -1) -> Array:
        """Return the indices that sort the array."""
        return numpy_functions.argsort(self, axis)

    def sort(self, axis: int = -1, kind: str | None = None) -> None:
        """Put the elements in order, in this array object."""
        self[...] = numpy_functions.sort(self, axis)  # type: ignore[index]

    def fill(self, value: Any) -> None:
        """Make all elements one number, in this array object."""
        self[...] = value  # type: ignore[index]

    def searchsorted(self, v: Any, side: str = "left", sorter: Any = None) -> Array:
        """Find where elements belong in this sorted array."""
        return numpy_statistics.searchsorted(self, v, side, sorter)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
        """Return a diagonal."""
        return numpy_shaping.diagonal(self, offset, axis1, axis2)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
        """Sum a diagonal."""
        return numpy_shaping.trace(self, offset, axis1, axis2)

    @property
    def real(self) -> Array:
        """The real parts."""
        return numpy_functions.real(self)

    @property
    def imag(self) -> Array:
        """The imaginary parts."""
        return numpy_functions.imag(self)

    @property
    def itemsize(self) -> int:
        """Size of an element in bytes."""
        return self.dtype.itemsize  # type: ignore[attr-defined]

    @property
    def nbytes(self) -> Any:
        """Size of all elements in bytes."""
        return self.size * self.dtype.itemsize  # type: ignore[attr-defined]

    def __contains__(self, value: Any) -> bool:
        return bool(numpy_reductions.any(self == value))

    def __divmod__(self, other: Any) -> tuple[Array, Array]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Array, Array]:
        return other // self, other % self

    def nonzero(self) -> tuple[Array, ...]:
        """Return the indices of what is not zero, an array for each axis."""
        return numpy_registry.xp().nonzero(self)

    def item(self) -> Any:
        """Return the one element as a Python number."""
        return np.asarray(self).item()

    def tolist(self) -> Any:
        """Return the elements as nested lists of Python numbers."""
        return np.asarray(self).tolist()
