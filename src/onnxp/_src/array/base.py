"""The data of an array: its dtype, one value for each of its planes, and its views.

`Array` derives from `ArrayBase`. Its operators need the functions of `operands` and `apply`, which need no
more of an array than is here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from onnxp._src import dtypes
from onnxp._src.array import exchange, views
from onnxp._src.dtypes import DType
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering import stored
from onnxp._src.numpy import attributes
from onnxp._src.runtime.evaluate import MAX_DEPTH, evaluate
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import Shape, is_static, product

if TYPE_CHECKING:
    from onnxp._src.array.array import Array

sized: ContextVar[list[Value] | None] = ContextVar("sized", default=None)
"""The values whose sizes a function that is traced has asked for, outside of branches and loops."""
written: ContextVar[list[ref[ArrayBase]] | None] = ContextVar("written", default=None)
"""The arrays that are written to while a part of a computation is recorded, if something collects them."""

_class: type[Array]
"""`Array`, once it is defined."""


class ArrayBase:
    """The attributes of an array. The only class of arrays is `Array`, which derives from this one."""

    __slots__ = ("__weakref__", "_dtype", "_links", "_planes")

    _dtype: DType
    _planes: tuple[Value, ...]
    _links: views.Links | None

    def __init_subclass__(cls) -> None:
        global _class
        _class = cls  # type: ignore[assignment]  # the last of them is Array

    @property
    def dtype(self) -> DType:
        """The data type."""
        return self._dtype

    @dtype.setter
    def dtype(self, dtype: object) -> None:
        raise attributes.refuse_to_set("dtype", "x = x.astype(dtype)")

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self._planes[0].shape)

    @property
    def shape(self) -> Shape:
        """The sizes."""
        first = self._planes[0]
        if first.trace is None:
            if not is_static(first.shape):
                evaluate(self._planes)
        else:
            note_size(self)
        return first.shape

    @shape.setter
    def shape(self, shape: object) -> None:
        raise attributes.refuse_to_set("shape", "x = x.reshape(shape)")

    @property
    def size(self) -> Size:
        """The number of elements."""
        return product(self.shape)

    @property
    def is_traced(self) -> bool:
        """Whether the values are known only when a model runs."""
        return self._planes[0].trace is not None


def note_size(array: ArrayBase) -> None:
    """Note that a function which is traced depends on the sizes of an array."""
    noted = sized.get()
    if noted is not None:
        noted.append(array._planes[0])


_allocate: Any = object.__new__  # `Array(...)` is for users, whom it sends to `asarray`


def new_array(dtype: DType, planes: tuple[Value, ...]) -> Array:
    """Return an array of `planes`; if it is concrete and its graph has grown deep, evaluate it."""
    array: Array = _allocate(_class)
    array._dtype = dtype
    array._planes = planes
    array._links = None
    first = planes[0]
    if first.depth > MAX_DEPTH and first.trace is None:
        evaluate(planes)
    return array


def no_number(array: Array) -> Array:
    """Mark a result as an array in numpy, also if its rank is 0, and return it (see `is_number`).

    Numbers never change: ``x += 1`` gives `x` another one, and no array shares its elements with a number.
    """
    if array._links is None and not array._planes[0].shape:
        array._links = views.Links()
    return array


def is_number(array: ArrayBase) -> bool:
    """Return whether numpy has a number in place of an array: an element, a sum or a result of numbers."""
    return array._links is None and not array._planes[0].shape


def new_view(
    base: ArrayBase, kind: views.Kind, argument: Any, planes: tuple[Value, ...] | None = None
) -> Array:
    """Return a view of an array; `planes` are its planes, if they have been recorded."""
    base = widened(base)
    if is_number(base):
        base = new_array(base._dtype, base._planes)
    if planes is None:
        planes = kind.get(base._planes, argument)
    is_part = kind is views.PART or kind is views.COUNTS
    dtype = planes[0].dtype if is_part else base._dtype
    view = new_array(dtype, planes)
    views.link(base, view, kind, argument)
    return view


def widened(array: Any) -> Any:
    """Return an array of a dtype that models store in the dtype in which it is computed; others as they are."""
    dtype = array._dtype
    if dtype.computed is dtype:
        return array
    return new_array(dtype.computed, (stored.widened(array._planes[0]),))


def of_planes(result: Value | Sequence[Value]) -> Array:
    """Return the array made of a value, or of a (real, imaginary) pair of values."""
    if type(result) is Value:
        return new_array(result.dtype, (result,))
    real, imag = result
    return new_array(dtypes.COMPLEX_OF[real.dtype], (real, imag))


def materialized(array: Array) -> Array:
    """Evaluate a concrete array whose sizes depend on data, so that its shape is plain numbers."""
    return all_materialized((array,))[0]


def all_materialized(arrays: Sequence[Array]) -> Sequence[Array]:
    """Evaluate the results of one computation in one run, as `materialized` does."""
    first = arrays[0]._planes[0]
    if first.trace is None and not all(is_static(array._planes[0].shape) for array in arrays):
        evaluate([plane for array in arrays for plane in array._planes])
    return arrays


def from_host(data: np.ndarray[Any, Any]) -> Array:
    """Return numpy data as an array. The data must never be written to again.

    Raises
    ------
    DTypeError
        If onnxp has no such dtype, or objects are not text.
    """
    return new_array(*exchange.from_host(data))


def array_of(dtype: DType, data: np.ndarray[Any, Any]) -> Array:
    """Return host data, never to be written to again, as an array of a dtype that numpy may not have."""
    if dtype.family == "stored":
        return new_array(dtype, (constant(data, dtype),))
    if dtype.is_unknown_to_numpy:
        return new_array(dtype, tuple(map(constant, dtype.split(data))))
    return from_host(data)


def map_planes(array: Array, move: Callable[[Value], Value]) -> Array:
    """Return an array of the results of one function of each plane."""
    return new_array(array._dtype, tuple(move(plane) for plane in array._planes))
