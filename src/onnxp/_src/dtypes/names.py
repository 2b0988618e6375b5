"""Names of dtypes, by which users, numpy, pandas and Python call them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from onnxp._src.dtypes import labels
from onnxp._src.dtypes.dtype import (
    DTYPES,
    DType,
    bool_,
    complex128,
    float16,
    float64,
    int64,
    string,
)
from onnxp._src.dtypes.parametrized import (
    DATETIMES,
    NULLABLE,
    TIMEDELTAS,
    UNITS,
    allowing_missing,
    category,
)
from onnxp._src.dtypes.stored import STORED
from onnxp.errors import DTypeError

BY_NAME = {dtype.name: dtype for dtype in (*DTYPES, string)}
BY_ONNX = {dtype.onnx: dtype for dtype in (*DTYPES, string)}
STORED_BY_NAME = {dtype.name: dtype for dtype in STORED}
ALL_BY_ONNX = BY_ONNX | {dtype.onnx: dtype for dtype in STORED}
"""As `BY_ONNX`, with dtypes that constants may be stored in."""
_NAMES = (
    f"{', '.join((*BY_NAME, *STORED_BY_NAME))}, datetime64[unit], timedelta64[unit], "
    "category[label, ...], and nullable ones such as int64?"
)
_BY_NUMPY = {dtype.host: dtype for dtype in (*DTYPES, string)}
_BY_NULLABLE_NAME = {dtype.name: dtype for dtype in NULLABLE.values()}
_OF_PANDAS = {"boolean": NULLABLE[bool_]} | {
    name: NULLABLE[dtype]
    for dtype in DTYPES
    if dtype.family in ("int", "uint", "float") and dtype is not float16
    for name in (dtype.name.capitalize().replace("Uint", "UInt"),)
}
"""The nullable dtypes of pandas by its names."""

EXTENSIONS: dict[str, DType] = {}
"""User-defined dtypes, by name."""

_BY_PYTHON = {bool: bool_, int: int64, float: float64, complex: complex128, str: string}


def as_dtype(obj: object) -> DType:
    """Return the dtype that `obj` names: a `DType`, a numpy dtype or scalar type, a name, or ``float``.

    Raises
    ------
    DTypeError
        If there is no such dtype here.
    """
    if type(obj) is DType:
        return obj
    if isinstance(obj, np.dtype) and obj in _BY_NUMPY and obj.kind in "biufc":
        return _BY_NUMPY[obj]
    if isinstance(obj, type) and obj in _BY_PYTHON:
        return _BY_PYTHON[obj]
    if isinstance(obj, str) and obj in BY_NAME:
        return BY_NAME[obj]
    if isinstance(obj, str) and obj in STORED_BY_NAME:
        return STORED_BY_NAME[obj]
    if isinstance(obj, str) and obj in EXTENSIONS:
        return EXTENSIONS[obj]
    if isinstance(obj, type) and type(obj.__dict__.get("dtype")) is DType:
        return obj.__dict__["dtype"]  # type: ignore[no-any-return] # what extension() made
    if isinstance(obj, str) and obj.startswith("category["):
        return category(*labels.parse(obj))
    if labels.are_of(obj):
        return category(labels.of_foreign(obj), bool(getattr(obj, "ordered", False)))
    named = _of_nullable(obj)
    if named is not None:
        return named
    result, hint = None, ""
    if type(getattr(obj, "dtype", None)) is not DType:  # of our arrays numpy 2.0 takes the dtype
        with suppress(TypeError, ValueError):  # the latter for what has an attribute dtype
            numpy_dtype = np.dtype(obj)  # type: ignore[call-overload]  # errors are suppressed
            # objects may be text, but are not called so
            result = None if numpy_dtype.kind == "O" else _of_numpy(numpy_dtype)
            if result is None:
                hint = _hint(numpy_dtype)
    if str(obj).startswith("datetime64[") and "," in str(obj):
        hint = "; times have no time zone: convert them to UTC, and leave it out"
    if result is None or obj is None:
        raise DTypeError(
            f"{obj!r} is not a dtype; the dtypes are {_NAMES}, their numpy counterparts and names{hint}"
        )
    return result


def _of_nullable(obj: object) -> DType | None:
    """Return the nullable dtype that `obj` names, or that a dtype of pandas is."""
    if isinstance(obj, str):
        if obj.endswith("?") and obj[:-1] in EXTENSIONS:
            return nullable(EXTENSIONS[obj[:-1]])
        return _BY_NULLABLE_NAME.get(obj) or _OF_PANDAS.get(obj)
    if not hasattr(obj, "na_value") or isinstance(obj, np.ndarray):
        return None
    name = str(getattr(obj, "name", ""))
    return NULLABLE[string] if name in ("string", "str") else _OF_PANDAS.get(name)


def dtype_of(obj: Any) -> DType:
    """Return the dtype of an array, or of what names one; types of numpy's scalars have a `dtype` too."""
    named = isinstance(obj, type | DType)
    return as_dtype(obj if named else getattr(obj, "dtype", obj))


def from_numpy(dtype: np.dtype[Any]) -> DType:
    """Return the counterpart of a numpy dtype; byte order does not matter. Objects are taken for text.

    Raises
    ------
    DTypeError
        If there is none, as for bytes.
    """
    result = _BY_NUMPY.get(dtype) or _of_numpy(dtype)
    if result is None:
        raise DTypeError(
            f"numpy dtype {dtype} has no counterpart; the dtypes are {_NAMES}{_hint(dtype)}"
        )
    return result


def of_host(data: np.ndarray[Any, Any]) -> DType:
    """Return the dtype of numpy data: a nullable one for masked arrays, but of times, where NaT is missing.

    Raises
    ------
    DTypeError
        If there is none.
    """
    plain = from_numpy(data.dtype)
    return nullable(plain) if isinstance(data, np.ma.MaskedArray) and not plain.unit else plain


def _hint(dtype: np.dtype[Any]) -> str:
    if dtype.names:
        return "; models have no structured arrays, so keep an array for each field, as in a dict"
    if dtype.kind == "S":
        return "; decode them to text first"
    if dtype.kind not in "Mm":
        return ""
    name = "datetime64" if dtype.kind == "M" else "timedelta64"
    return f"; give one of the units {', '.join(UNITS)}, as in x.astype('{name}[s]')"


def _of_numpy(dtype: np.dtype[Any]) -> DType | None:
    if dtype.kind in "UT":
        return string
    if dtype.kind in "Mm":
        unit, count = np.datetime_data(dtype)
        return (DATETIMES if dtype.kind == "M" else TIMEDELTAS).get(unit) if count == 1 else None
    if dtype.isbuiltin == 2:  # of another package, such as ml_dtypes
        return STORED_BY_NAME.get(dtype.name)
    return _BY_NUMPY.get(dtype.newbyteorder("="))


def nullable(dtype: object, /) -> DType:
    """Return the dtype of elements of a plain dtype that may be null.

    Parameters
    ----------
    dtype : dtype
        A dtype of numbers, bool or string, or one of a user; or a nullable one, which is returned as it is.

    Returns
    -------
    DType
        The same object for the same dtype.

    Raises
    ------
    DTypeError
        If it is a dtype of times or categories, which have missing elements of their own, one that only stores
        constants, or one of a user with a plane of the name ``null``.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.nullable(xp.int64)
    onnxp.nullable(onnxp.int64)
    >>> xp.asarray([1, None, 3])
    Array([1, null, 3], dtype=int64?)
    """
    plain = as_dtype(dtype)
    if plain.is_nullable:
        return plain
    if plain.family == "stored":
        raise DTypeError(
            f"nullable: {plain} stores constants without nulls; write xp.nullable(xp.{plain.computed})"
        )
    if "null" in plain.fields:
        raise DTypeError(
            f"nullable: {plain} has a plane 'null' of its own; give that another name, or use it as it is"
        )
    result = allowing_missing(plain)
    if result is plain:
        what = "NaT for what is missing" if plain.unit else "missing elements of its own"
        raise DTypeError(f"nullable: {plain} has {what}; use it as it is")
    return result
