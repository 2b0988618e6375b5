"""The arguments of numpy functions: their conversion to arrays, axes, indices and counts."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from onnxp._src.dtypes import bool_
from onnxp._src.dtypes.moments import lacks_unit
from onnxp._src.namespace import namespace as xp
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim
from onnxp._src.shapes.shape import is_empty, normalize_axes, normalize_axis
from onnxp.errors import ArgumentError, ArgumentTypeError, DTypeError

Axes = int | tuple[int, ...] | None


def has_nulls(obj: Any) -> bool:
    """Return whether an object is a nullable array, or a list or tuple with one."""
    if isinstance(obj, tuple | list):
        return any(map(has_nulls, obj))
    return isinstance(obj, xp().Array) and obj.dtype.is_nullable


def as_array(obj: Any) -> Any:
    """Convert an object to an array."""
    return obj if isinstance(obj, xp().Array) else xp().asarray(obj)


WHOLE = ("bool", "int", "uint")
"""The families of dtypes that numpy makes floating-point numbers of."""


def as_float(obj: Any, dtype: object = None) -> Any:
    """Convert an object to an array of `dtype`; by default, integers and bools become float64, as in numpy."""
    array = as_array(obj)
    if array.dtype.is_nullable:
        whole = array.dtype.plain.family in WHOLE
        dtype = xp().nullable(dtype or (xp().float64 if whole else array.dtype.plain))
    if dtype is not None:
        return xp().astype(array, dtype)
    return xp().astype(array, xp().float64) if array.dtype.family in WHOLE else array


def is_bool(array: Any) -> bool:
    """Return whether an array is of truth values."""
    return bool(array.dtype.plain is bool_)


def is_complex(array: Any) -> bool:
    """Return whether an array is of complex numbers."""
    return bool(xp().isdtype(array.dtype, "complex floating"))


def in_common(*objects: Any) -> list[Any]:
    """Return arrays in the dtype that numpy promotes them to; numbers are arrays of rank 0 as well."""
    if (beyond := _beyond_numpy(objects)) is not None:
        return [xp().asarray(x, dtype=beyond) for x in objects]
    arrays = [x if lacks_unit(x) else as_array(x) for x in objects]
    dtype: Any = np.result_type(*(np.dtype(x.dtype) for x in arrays)) if arrays else None
    if dtype is not None and dtype.kind == "U":  # numbers are no text, but [] may be
        arrays = [xp().zeros(x.shape, dtype=dtype) if is_empty(x.shape) else x for x in arrays]
    if any(map(has_nulls, arrays)):
        dtype = xp().nullable(dtype)
    return [xp().astype(_with_unit(x, dtype), dtype, copy=False) for x in arrays]


def in_common_with_numbers(*objects: Any) -> list[Any]:
    """Return arrays in the dtype that numpy promotes them to; Python numbers adapt to the others.

    Raises
    ------
    ScalarRangeError
        If a Python integer does not fit the dtype.
    """
    if (beyond := _beyond_numpy(objects)) is not None:
        return [xp().asarray(x, dtype=beyond) for x in objects]
    dtype = np.result_type(*map(kind_of, objects))
    return [in_dtype(x, dtype) for x in objects]


def _beyond_numpy(objects: tuple[Any, ...]) -> Any:
    """Return the dtype of an array among objects that numpy has none for, to which text may be converted.

    Raises
    ------
    DTypeError
        If there are several.
    """
    others = [x.dtype for x in objects if isinstance(x, xp().Array) and x.dtype.kind in "OV"]
    return xp().result_type(*others) if others else None


def in_dtype(obj: Any, dtype: Any) -> Any:
    """Return an array of a dtype. A Python integer that does not fit is refused, others are cast.

    Raises
    ------
    ScalarRangeError
        If a Python integer does not fit the dtype.
    """
    if type(obj) is int and np.dtype(dtype).kind in "iufc":
        return xp().asarray(obj, dtype=dtype)
    array = as_array(_with_unit(obj, dtype))
    return xp().astype(array, xp().nullable(dtype) if has_nulls(array) else dtype, copy=False)


def _with_unit(obj: Any, dtype: Any) -> Any:
    """Return a time of numpy without a unit in a dtype, and anything else as it is."""
    return obj.astype(np.dtype(dtype)) if lacks_unit(obj) else obj


def kind_of(obj: Any) -> Any:
    """Return what numpy makes a dtype of: Python numbers, and sizes, adapt to what is beside them."""
    if isinstance(obj, Dim | DimReal):
        return 1 if isinstance(obj, Dim) else 1.0
    if lacks_unit(obj):
        return obj.dtype
    return obj if type(obj) in (bool, int, float, complex) else as_array(obj).dtype.numpy


def as_indices(obj: Any, name: str, *, what: str = "indices", casts_uint64: bool = False) -> Any:
    """Return an array of indices or counts as int64: truth values count as 0 and 1.

    Raises
    ------
    DTypeError
        If it is not an array of integers or truth values, or numpy does not cast uint64 here.
    """
    is_empty = isinstance(obj, list | tuple) and not obj  # of no dtype
    array = as_array(np.zeros(0, np.int64) if is_empty else obj)
    if not xp().isdtype(array.dtype, ("bool", "integral")):
        raise DTypeError(
            f"numpy.{name}: {what} must be integers, not {array.dtype}; write x.astype(np.int64)"
        )
    if array.dtype == xp().uint64 and not casts_uint64:
        raise DTypeError(f"numpy.{name}: uint64 is not cast to int64; write x.astype(np.int64)")
    return xp().astype(array, xp().int64, copy=False)


def axes_of(axis: Any, array: Any, name: str) -> tuple[int, ...]:
    """Return the axes that a function goes over, counted from the front; of an array of rank 0, none.

    Raises
    ------
    AxisError
        If there is no such axis, or one is given twice.
    ArgumentTypeError
        If several are given as a list, which most functions of numpy refuse.
    """
    if isinstance(axis, list) and name.removeprefix("nan") not in _TAKE_LISTS:
        raise ArgumentTypeError(
            f"numpy.{name}: axis must be an integer, a tuple of integers or None, not {axis!r}; write "
            f"axis={tuple(axis)!r}"
        )
    if array.ndim == 0 and type(axis) is int and axis in (0, -1):
        return ()
    return normalize_axes(axis, array.ndim, f"numpy.{name}")


_TAKE_LISTS = ("average", "gradient", "median", "percentile", "quantile")
"""The functions that take a list of axes."""


def axis_of(axis: Any, array: Any, name: str) -> int:
    """Return one axis, counted from the front.

    Raises
    ------
    AxisError
        If there is no such axis.
    """
    return normalize_axis(axis, array.ndim, f"numpy.{name}")


def as_count(obj: Any, name: str, what: str) -> int:
    """Return what Python takes for an index.

    Raises
    ------
    ArgumentTypeError
        If it is none.
    """
    try:
        return operator.index(obj)
    except TypeError as error:
        if type(error) is not TypeError:
            raise
        raise ArgumentTypeError(
            f"numpy.{name}: {what} must be an integer, not {obj!r} of type {type(obj).__name__}"
        ) from None


def as_size(obj: Any, name: str) -> Any:
    """Return a size, which may be a traced number: an array that is made of it has a new symbolic size.

    Raises
    ------
    DTypeError
        If the traced number is no integer.
    """
    if not isinstance(obj, xp().Array) or not obj.is_traced or obj.ndim != 0:
        return obj
    if not xp().isdtype(obj.dtype, "integral"):
        raise DTypeError(f"numpy.{name}: a size must be an integer, not {obj.dtype}")
    count = xp().astype(obj, xp().int64)
    return xp().arange(required(count, count >= 0)).shape[0]


def as_sizes(obj: Any, name: str) -> Any:
    """Return a size, or a tuple of sizes, of which some may be traced numbers."""
    if isinstance(obj, tuple | list):
        return tuple(as_size(size, name) for size in obj)
    return as_size(obj, name)


def choice_of(value: Any, choices: tuple[Any, ...], name: str, what: str) -> None:
    """Raise if the value of an option is not one of its choices.

    Raises
    ------
    ArgumentError
        If it is not.
    """
    if not any(value is choice or value == choice for choice in choices):
        raise ArgumentError(
            f"numpy.{name}: {what} must be one of {', '.join(map(repr, choices))}, not {value!r}"
        )


def required(values: Any, condition: Any, why: str = "a condition does not hold") -> Any:
    """Return integers or floating-point numbers; the run fails unless a condition holds for all elements.

    Raises
    ------
    ArgumentError
        If the condition is known, and does not hold: what `why` says.
    """
    if not condition.is_traced:
        if not bool(xp().all(condition)):
            raise ArgumentError(why)
        return values
    # the number of failures is an index that is past the end, unless it is 0; of no rows it is 0 as well
    failures = xp().sum(xp().astype(~condition, xp().int64))
    return values + xp().take(xp().zeros(1, dtype=values.dtype), xp().reshape(failures, (1,)))[0]
