"""The methods of `numpy.ndarray` with numpy's defaults, and numpy's two protocols.

They call functions of the namespace of the array, ``__array_namespace__``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from onnxp._src.dtypes import DType
from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy import (
    attributes,
    creation,
    editing,
    elementwise,
    manipulation,
    matrices,
    operands,
    products,
    reductions,
    results,
    searching,
    selection,
    sorting,
)
from onnxp._src.numpy.memory import keeps_order
from onnxp._src.numpy.operands import Axes
from onnxp._src.numpy.reductions import UNSET
from onnxp._src.shapes.dims import Size
from onnxp.errors import ArgumentTypeError

if TYPE_CHECKING:
    from onnxp._src.array.array import Array


@cache
def _calls() -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return what calls ufuncs and functions of numpy: a fifth of all modules, which few programs need."""
    from onnxp._src.numpy import functions

    return functions.call_ufunc, functions.call


class NumpyMethods:
    """Methods of `numpy.ndarray`, in numpy's signatures, for `Array`."""

    __slots__ = ()

    if TYPE_CHECKING:  # of `Array`

        @property
        def dtype(self) -> DType: ...

        @property
        def size(self) -> Size: ...

        def __setitem__(self, key: Any, value: Any, /) -> None: ...

    # Protocols of numpy for functions and ufuncs

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return _calls()[0](ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return _calls()[1](func, args, kwargs)

    # Reductions

    @keeps_order
    def all(
        self, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True
    ) -> Array:
        """Return whether all elements along the axes are true."""
        return reductions.all(self, axis, out, keepdims, where=where)

    @keeps_order
    def any(
        self, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True
    ) -> Array:
        """Return whether any element along the axes is true."""
        return reductions.any(self, axis, out, keepdims, where=where)

    @keeps_order
    def sum(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = UNSET,
        where: Any = True,
    ) -> Array:
        """Sum along the axes."""
        return reductions.sum(self, axis, dtype, out, keepdims, initial, where)

    @keeps_order
    def prod(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = UNSET,
        where: Any = True,
    ) -> Array:
        """Multiply along the axes."""
        return reductions.prod(self, axis, dtype, out, keepdims, initial, where)

    @keeps_order
    def mean(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: bool = False,
        *,
        where: Any = True,
    ) -> Array:
        """Compute the mean along the axes; integers are converted to float64."""
        return reductions.mean(self, axis, dtype, out, keepdims, where=where)

    @keeps_order
    def std(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: float = 0,
        keepdims: bool = False,
        *,
        where: Any = True,
        mean: Any = UNSET,
    ) -> Array:
        """Compute the standard deviation along the axes; integers are converted to float64."""
        return reductions.std(self, axis, dtype, out, ddof, keepdims, where=where, mean=mean)

    @keeps_order
    def var(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: float = 0,
        keepdims: bool = False,
        *,
        where: Any = True,
        mean: Any = UNSET,
    ) -> Array:
        """Compute the variance along the axes; integers are converted to float64."""
        return reductions.var(self, axis, dtype, out, ddof, keepdims, where=where, mean=mean)

    @keeps_order
    def max(
        self,
        axis: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = UNSET,
        where: Any = True,
    ) -> Array:
        """Return the largest element along the axes."""
        return reductions.max(self, axis, out, keepdims, initial, where)

    @keeps_order
    def min(
        self,
        axis: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = UNSET,
        where: Any = True,
    ) -> Array:
        """Return the smallest element along the axes."""
        return reductions.min(self, axis, out, keepdims, initial, where)

    def argmax(self, axis: int | None = None, out: Any = None, *, keepdims: bool = False) -> Array:
        """Return the index of the first largest element."""
        return reductions.argmax(self, axis, out, keepdims=keepdims)

    def argmin(self, axis: int | None = None, out: Any = None, *, keepdims: bool = False) -> Array:
        """Return the index of the first smallest element."""
        return reductions.argmin(self, axis, out, keepdims=keepdims)

    @keeps_order
    def cumsum(self, axis: int | None = None, dtype: Any = None, out: Any = None) -> Array:
        """Compute the cumulative sum; without an axis, of the flattened array."""
        return reductions.cumsum(self, axis, dtype, out)

    @keeps_order
    def cumprod(self, axis: int | None = None, dtype: Any = None, out: Any = None) -> Array:
        """Compute the cumulative product; without an axis, of the flattened array."""
        return reductions.cumprod(self, axis, dtype, out)

    # Shape

    def reshape(self, *shape: Any, order: str = "C", copy: bool | None = None) -> Array:
        """Return the elements in another shape, which is a tuple or several arguments."""
        if not shape:
            raise ArgumentTypeError("reshape: give a shape; that of rank 0 is ()")
        new_shape = shape[0] if len(shape) == 1 else shape
        return manipulation.reshape(self, new_shape, order=order, copy=copy)

    def ravel(self, order: str = "C") -> Array:
        """Return the elements along one axis."""
        return manipulation.ravel(self, order)

    def flatten(self, order: str = "C") -> Array:
        """Return a copy of the elements along one axis."""
        return manipulation.ravel(self, order).copy()

    def transpose(self, *axes: Any) -> Array:
        """Permute the axes; by default, reverse them."""
        order = axes[0] if len(axes) == 1 else axes or None
        return manipulation.transpose(self, order)

    def swapaxes(self, axis1: int, axis2: int, /) -> Array:
        """Exchange two axes."""
        return manipulation.swapaxes(self, axis1, axis2)

    def squeeze(self, axis: Axes = None) -> Array:
        """Remove axes of size 1; by default, all of them."""
        return manipulation.squeeze(self, axis)

    # Elements

    @keeps_order
    def astype(
        self,
        dtype: Any,
        order: str = "K",
        casting: Any = "unsafe",
        subok: bool = True,
        copy: bool = True,
    ) -> Array:
        """Cast to a dtype."""
        if casting != "unsafe":
            results.cast_result(self, dtype, casting, "ndarray.astype")
        return creation.astype(self, dtype, copy=copy)

    def copy(self, order: str = "C") -> Array:
        """Return a copy."""
        return creation.copy(self, order)

    def clip(
        self, min: Any = None, max: Any = None, out: Any = None, *, casting: Any = "same_kind"
    ) -> Array:
        """Clip the elements to an interval."""
        return elementwise.clip(self, min, max, out, casting=casting)

    def round(self, decimals: int = 0, out: Any = None) -> Array:
        """Round to a number of decimals."""
        return elementwise.round(self, decimals, out)

    def conj(self) -> Array:
        """Return the complex conjugate."""
        return elementwise.conj(self)

    conjugate = conj

    def dot(self, other: Any, /, out: Any = None) -> Array:
        """Return the dot product."""
        return products.dot(self, other, out)

    def take(
        self, indices: Any, /, axis: int | None = None, out: Any = None, mode: str = "raise"
    ) -> Array:
        """Take elements along an axis."""
        return selection.take(self, indices, axis, out, mode)

    def choose(self, choices: Any, out: Any = None, mode: str = "raise") -> Array:
        """Choose each element from the array that it is the number of."""
        return selection.choose(self, choices, out, mode)

    def compress(self, condition: Any, axis: int | None = None, out: Any = None) -> Array:
        """Take the slices along an axis that a condition holds for."""
        return selection.compress(condition, self, axis, out)

    def repeat(self, repeats: Any, /, axis: int | None = None) -> Array:
        """Repeat elements."""
        return manipulation.repeat(self, repeats, axis)

    @keeps_order
    def argsort(
        self,
        axis: int | None = -1,
        kind: str | None = None,
        order: Any = None,
        *,
        stable: bool | None = None,
    ) -> Array:
        """Return the indices that sort the array."""
        return sorting.argsort(self, axis, kind, order, stable=stable)

    @keeps_order
    def argpartition(
        self, kth: Any, /, axis: int | None = -1, kind: str = "introselect", order: Any = None
    ) -> Array:
        """Return the indices that sort the array."""
        return sorting.argpartition(self, kth, axis, kind, order)

    def sort(
        self,
        axis: int = -1,
        kind: str | None = None,
        order: Any = None,
        *,
        stable: bool | None = None,
    ) -> None:
        """Put the elements in order, in this array object."""
        along = operands.as_count(axis, "ndarray.sort", "axis")
        self[...] = sorting.sort(self, along, kind, order, stable=stable)

    def partition(
        self, kth: Any, /, axis: int = -1, kind: str = "introselect", order: Any = None
    ) -> None:
        """Put the elements in order, in this array object."""
        along = operands.as_count(axis, "ndarray.partition", "axis")
        self[...] = sorting.partition(self, kth, along, kind, order)

    def fill(self, value: Any, /) -> None:
        """Set all elements to a number in place."""
        self[...] = value

    def put(self, indices: Any, values: Any, /, mode: str = "raise") -> None:
        """Replace elements, counted in one axis, in this array object."""
        editing.put(self, indices, values, mode)

    def searchsorted(self, v: Any, /, side: str = "left", sorter: Any = None) -> Array:
        """Return the indices at which to insert elements into this sorted array."""
        return searching.searchsorted(self, v, side, sorter)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
        """Return a diagonal."""
        return matrices.diagonal(self, offset, axis1, axis2)

    def trace(
        self,
        offset: int = 0,
        axis1: int = 0,
        axis2: int = 1,
        dtype: Any = None,
        out: Any = None,
    ) -> Array:
        """Sum a diagonal."""
        return matrices.trace(self, offset, axis1, axis2, dtype, out)

    @property
    def real(self) -> Array:
        """The real parts."""
        return elementwise.real(self)

    @real.setter
    def real(self, values: Any) -> None:
        elementwise.real(self)[...] = values

    @property
    def imag(self) -> Array:
        """The imaginary parts."""
        return elementwise.imag(self)

    @imag.setter
    def imag(self, values: Any) -> None:
        attributes.set_imaginary(self, values)

    def view(self, dtype: Any = None, type: Any = None) -> Array:
        """Return a view of all elements, in their own dtype."""
        return attributes.view(self, dtype)

    @property
    def itemsize(self) -> int:
        """Size of an element in bytes."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> Any:
        """Size of all elements in bytes."""
        return self.size * self.dtype.itemsize

    def __round__(self, ndigits: int | None = None) -> Array:
        return attributes.rounded(self, "round", ndigits)

    def __floor__(self) -> Array:
        return attributes.rounded(self, "floor")

    def __ceil__(self) -> Array:
        return attributes.rounded(self, "ceil")

    def __trunc__(self) -> Array:
        return attributes.rounded(self, "trunc")

    def __contains__(self, value: Any) -> bool:
        return bool(reductions.any(self == value))

    def __divmod__(self, other: Any) -> tuple[Array, Array]:
        return np.divmod(self, other)  # type: ignore[call-overload]  # numpy's stubs miss the protocol

    def __rdivmod__(self, other: Any) -> tuple[Array, Array]:
        return np.divmod(other, self)  # type: ignore[call-overload]  # as above

    def nonzero(self) -> tuple[Array, ...]:
        """Return the indices of nonzero elements, an array for each axis."""
        return xp().nonzero(self)

    def item(self, *args: Any) -> Any:
        """Return one element as a Python number: the only one, or the one at an index."""
        return results.element(self, args)

    def tobytes(self, order: Literal["K", "A", "C", "F"] = "C") -> bytes:
        """Return the elements as bytes."""
        return np.asarray(self).tobytes(order)

    def tolist(self) -> Any:
        """Return the elements as nested lists of Python numbers."""
        return results.listed(self)


for _name in attributes.ADVICE:
    setattr(NumpyMethods, _name, attributes.Missing(_name))
