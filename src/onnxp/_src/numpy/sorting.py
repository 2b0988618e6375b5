"""numpy functions that sort: ``sort``, ``argsort``, ``partition``."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.manipulation import along, ravel
from onnxp._src.numpy.operands import (
    as_array,
    axis_of,
    choice_of,
    in_dtype,
    is_bool,
    is_complex,
    required,
)
from onnxp._src.numpy.results import certainly_positive
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import is_empty
from onnxp.errors import ArgumentError, ArgumentTypeError

_SORTS = (None, "quicksort", "mergesort", "heapsort", "stable")


def _check_sort(kind: Any, order: Any, stable: Any, name: str) -> None:
    choice_of(kind, _SORTS, name, "kind")
    if order is not None:
        raise ArgumentError(f"numpy.{name}: order names fields, which these arrays have not")
    if kind is not None and stable is not None:
        raise ArgumentError(f"numpy.{name}: give kind or stable, not both")


@implements(np.sort)
def sort(
    a: Any,
    axis: int | None = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = None,
) -> Any:
    """Translate `numpy.sort`; all sorts are stable."""
    _check_sort(kind, order, stable, "sort")
    array, axis = (ravel(a), 0) if axis is None else (as_array(a), axis)
    if is_bool(array):
        return in_dtype(sort(in_dtype(array, xp().int8), axis), xp().bool)
    return xp().sort(array, axis=axis)


@implements(np.argsort)
def argsort(
    a: Any,
    axis: int | None = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = None,
) -> Any:
    """Translate `numpy.argsort`; all sorts are stable."""
    _check_sort(kind, order, stable, "argsort")
    array, place = along(a, axis, "argsort")
    return xp().argsort(in_dtype(array, xp().int8) if is_bool(array) else array, axis=place)


def _with_place(array: Any, kth: Any, axis: int, name: str) -> Any:
    """Return an array that must have the places `kth` along an axis, unless it has no elements."""
    size = array.shape[axis]
    if np.asarray(kth).dtype.kind not in "iu":
        raise ArgumentTypeError(f"numpy.{name}: kth must be an integer, not {kth!r}")
    for place in np.ravel(np.asarray(kth)):
        if not isinstance(place, np.integer):
            raise ArgumentTypeError(f"numpy.{name}: kth must be an integer, not {kth!r}")
        least = int(place) + 1 if place >= 0 else -int(place)
        if type(size) is int and least > size and all(map(certainly_positive, array.shape)):
            raise ArgumentError(f"numpy.{name}: kth {place} is out of range for size {size}")
        if (dims.bounds(size)[0] or 0) < least and not is_empty(array.shape):
            there = (xp().asarray(size) >= least) | (xp().asarray(array.size) == 0)
            array = xp().take(array, required(xp().arange(size), there), axis=axis)
    return array


@implements(np.partition)
def partition(
    a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect", order: Any = None
) -> Any:
    """Translate `numpy.partition` by sorting."""
    if axis is not None:
        axis_of(axis, as_array(a), "partition")  # of a number there is none, as for sort
    return sort(*_partitioned(a, kth, axis, kind, "partition"), order=order)


@implements(np.argpartition)
def argpartition(
    a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect", order: Any = None
) -> Any:
    """Translate `numpy.argpartition` by sorting."""
    return argsort(*_partitioned(a, kth, axis, kind, "argpartition"), order=order)


def _partitioned(a: Any, kth: Any, axis: Any, kind: Any, name: str) -> tuple[Any, int]:
    """Return the array and the axis to sort, after checks of the arguments."""
    choice_of(kind, ("introselect",), name, "kind")
    array, place = along(a, axis, name)
    return _with_place(array, kth, place, name), place


@implements(np.sort_complex)
def sort_complex(a: Any) -> Any:
    """Translate `numpy.sort_complex`: by the real parts, then by the imaginary ones, with NaN last."""
    array = as_array(a)
    if not is_complex(array):
        single = array.dtype.numpy.char in "bhBH"  # float32 becomes complex128, as in numpy
        array = xp().astype(array, xp().complex64 if single else xp().complex128)
    no_real, no_imaginary = (
        xp().astype(xp().isnan(x), xp().int8) for x in (array.real, array.imag)
    )
    missing = no_real * 2 + no_imaginary
    return xp().take_along_axis(array, np.lexsort((array.imag, array.real, missing)), axis=-1)
