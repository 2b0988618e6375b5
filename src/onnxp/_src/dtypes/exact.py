"""Data of a user-defined dtype in the dtypes of its planes, which keep them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from onnxp.errors import DTypeError, ScalarRangeError

if TYPE_CHECKING:
    from onnxp._src.dtypes.dtype import DType, Plane

_Host = np.ndarray[Any, Any]

NUMBERS = ("bool", "int", "uint", "float", "complex")
"""The families of the dtypes of numbers and truth values."""


def exactly(array: _Host, dtype: DType, name: str) -> _Host:
    """Return numbers in a dtype; floating-point numbers may be rounded, but not become infinite.

    Raises
    ------
    DTypeError
        If an element is not a number.
    ScalarRangeError
        If the dtype does not have a number, such as a fraction among integers.
    """
    if array.dtype.kind != "O" and np.can_cast(array.dtype, dtype.numpy, "safe"):
        return array.astype(dtype.numpy, copy=False)
    if array.dtype.kind in "iuf":
        with np.errstate(all="ignore"):
            result = array.astype(dtype.numpy)
            are_kept = (
                ~np.isinf(result)
                if dtype.family in ("float", "complex")
                else (result == array)
                & (np.abs(array) < 2.0**62)  # larger ones are looked at below
            )
        if are_kept.all():
            return result
    result = np.empty(array.size, dtype.numpy)
    for position, number in enumerate(array.ravel().tolist()):
        if number is None or isinstance(number, str | bytes):
            raise DTypeError(
                f"{name} is {number!r} of type {type(number).__name__}, but a number of {dtype} is needed"
            )
        try:
            with np.errstate(all="ignore"):
                result[position] = number
            is_kept = _is_kept(number, result[position].item(), dtype)
        except (OverflowError, ValueError):
            is_kept = False
        except TypeError as error:
            raise DTypeError(f"{name} is {number!r}, but {dtype} is needed: {error}") from None
        if not is_kept:
            raise ScalarRangeError(
                f"{name} is {number!r}, which is not a number that {dtype} holds"
            )
    return result.reshape(array.shape)


def _is_kept(number: Any, kept: Any, dtype: DType) -> bool:
    if dtype.family in ("float", "complex"):
        return bool(abs(kept) != np.inf or abs(number) == np.inf)
    return bool(kept == number)


def blanked(data: _Host, null: _Host, dtype: DType) -> _Host:
    """Return numpy data with 0, or empty text, where elements are null."""
    if not null.any():
        return data
    result = np.array(data)
    result[null] = "" if dtype.family == "string" else 0
    return result


def spread(
    data: _Host, split: Callable[[Any], Sequence[_Host]], planes: Sequence[Plane]
) -> tuple[_Host, ...]:
    """Return what is stored of objects that may be masked: planes with blanks under the mask, and the mask.

    `split` returns the planes of a list of objects.
    """
    null: _Host = np.ma.getmaskarray(data)
    if null.dtype.names is not None:  # of a structured array, with a mask for each field
        null = np.all([null[name] for name in null.dtype.names], axis=0)
    elements = zip(np.ma.getdata(data).ravel().tolist(), null.ravel().tolist(), strict=True)
    rest = [element for element, is_null in elements if not is_null]
    parts = split(rest) if rest else [None] * (len(planes) - 1)
    result = []
    for plane, part in zip(planes, parts, strict=False):
        full = np.full(null.size, "" if plane.dtype.family == "string" else 0, plane.dtype.host)
        if part is not None:
            full[~null.ravel()] = part
        result.append(full.reshape(null.shape))
    return *result, null


def with_nulls(parts: Sequence[_Host], null: _Host, join: Callable[[list[_Host]], Any]) -> _Host:
    """Return user-defined data as masked objects; `join` makes those that are not null of their planes."""
    objects = np.full(null.shape, None, object)
    if not null.all():
        objects[~null] = np.asarray(join([part[~null] for part in parts])).astype(object)
    return np.ma.MaskedArray(objects, null.copy())


def field_data(data: Any, dtype: DType, name: str) -> _Host:
    """Return a plane of user-defined data as numpy has its dtype; None is null in nullable dtypes.

    Raises
    ------
    DTypeError, ScalarRangeError
        If an element is not a number that the dtype has.
    """
    array: _Host = np.asanyarray(data)
    if dtype.is_nullable:
        if array.dtype.kind == "O" and not isinstance(array, np.ma.MaskedArray):
            null = np.array([x is None for x in array.ravel().tolist()], bool).reshape(array.shape)
            array = np.ma.MaskedArray(array, null)
        null = np.ma.getmaskarray(array)
        values = blanked(np.ma.getdata(array), null, dtype.plain)
        return np.ma.MaskedArray(field_data(values, dtype.plain, name), null)
    if dtype.family in NUMBERS:
        return exactly(array, dtype, name)
    return array if array.dtype.kind in "UOTV" else array.astype(dtype.numpy, copy=False)
