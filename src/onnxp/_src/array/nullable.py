"""Nullable arrays as a plain array and the plane that tells which elements are null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onnxp._src import ops
from onnxp._src.array.base import ArrayBase, new_array
from onnxp._src.dtypes import FILL_ADVICE, INDEX, DType, bool_, int64, labels, nullable
from onnxp._src.dtypes.moments import NAT
from onnxp._src.graph.values import Value
from onnxp._src.lowering import nulls
from onnxp._src.runtime.evaluate import data_of
from onnxp._src.shapes.shape import Shape
from onnxp.errors import ArgumentError

if TYPE_CHECKING:
    from onnxp._src.array.array import Array


def is_nullable(obj: object) -> bool:
    """Return whether an object is an array of a nullable dtype."""
    return isinstance(obj, ArrayBase) and obj._dtype.is_nullable


MISSING = {"datetime": NAT, "timedelta": NAT, "category": labels.MISSING}
"""What is stored for missing elements of the families of dtypes that have one of their own."""


def plain(obj: Any) -> Any:
    """Return the elements of a nullable array, with anything under nulls; any other object as it is."""
    if not is_nullable(obj):
        return obj
    return new_array(obj._dtype.plain, obj._planes[:-1])


def blanked(obj: Any) -> Any:
    """Return the elements of a nullable array, with blanks under nulls; any other object as it is."""
    if not is_nullable(obj):
        return obj
    return new_array(obj._dtype.plain, nulls.blanked(obj._planes)[:-1])


def null_of(array: Array) -> Value:
    """Return the plane that tells which elements are null; of times and categories, which are missing."""
    if array._dtype.is_nullable:
        return array._planes[-1]
    missing = MISSING.get(array._dtype.family)
    if missing is not None:
        return ops.equal(array._planes[0], ops.scalar(missing, INDEX))
    return nulls.none(array._planes[0].shape)


def with_null(array: Array, null: Value) -> Array:
    """Return the elements of a plain array as a nullable one; of times and categories, with missing ones."""
    dtype = array._dtype
    shape = array._planes[0].shape
    values = array._planes
    if dtype.is_nullable:
        *plain_values, own = values
        dtype, values = dtype.plain, tuple(plain_values)
        null = nulls.either([null, own], shape)
    null = nulls.either([null], shape)
    missing = MISSING.get(dtype.family)
    if missing is not None:
        return new_array(dtype, nulls.filled(values, null, [ops.scalar(missing, INDEX)]))
    if null.trace is not None and values[0].trace is None:
        # a traced array is one by its first plane
        values = nulls.filled(values, null, [nulls.blank(value.dtype) for value in values])
    return new_array(nullable(dtype), (*values, null))


def filled(array: Array, numbers: Array) -> Array:
    """Return a plain array with elements of another one of the same dtype in place of nulls."""
    null = null_of(array)
    values = plain(array)
    return new_array(values._dtype, nulls.filled(values._planes, null, numbers._planes))


def required(array: Array, function: str) -> Array:
    """Return the elements of an array that must have no nulls. If only a run can tell, the run fails.

    Raises
    ------
    ArgumentError
        If an element is null.
    """
    if not array._dtype.is_nullable:
        return array
    *values, null = array._planes
    if null.trace is None and not nulls.is_none(null) and data_of(null).any():
        raise ArgumentError(f"{function}: an element is null; {FILL_ADVICE}")
    if null.trace is None:
        return new_array(array._dtype.plain, tuple(values))
    return new_array(array._dtype.plain, nulls.required(values, null))


def as_mask(array: Array) -> Array:
    """Return truth values in which null ones count as false; other arrays as they are."""
    if array._dtype is not nullable(bool_):
        return array
    return new_array(bool_, (nulls.mask(*array._planes),))


def null_scalar(dtype: DType) -> Array:
    """Return a null of a nullable dtype, or what is missing among times and categories, of rank 0."""
    if dtype.family in MISSING:
        return new_array(dtype, (ops.scalar(MISSING[dtype.family], int64),))
    values = (nulls.blank(plane.dtype) for plane in dtype.planes[:-1])
    return new_array(dtype, (*values, ops.scalar(True, bool_)))


def expanded(array: Array, shape: Shape) -> Array:
    """Return an array in a shape that it broadcasts to."""
    return new_array(array._dtype, tuple(ops.expand(plane, shape) for plane in array._planes))
