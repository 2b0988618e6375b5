"""Missing elements in what other libraries have, as the mask of a masked array.

None of the libraries is imported: their arrays tell where they have no elements.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from onnxp._src.array.column_types import library, type_of

_Host = np.ndarray[Any, Any]
_KINDS = "biufc"


def is_missing(obj: object) -> bool:
    """Return whether a Python object stands for a missing element: None, ``pandas.NA`` or ``np.ma.masked``."""
    return obj is None or obj is np.ma.masked or type(obj).__name__ == "NAType"


def is_any_missing(obj: object) -> bool:
    """Return whether a Python object is missing in any way: also NaN, and NaT of numpy or pandas."""
    return (
        is_missing(obj) or bool(np.isscalar(obj) and obj != obj) or type(obj).__name__ == "NaTType"
    )


def is_scalar(obj: object) -> bool:
    """Return whether an object is a number, a text, a time, or missing."""
    return np.isscalar(obj) or isinstance(obj, date | timedelta) or is_any_missing(obj)


def lacking(data: _Host) -> _Host:
    """Return which elements are missing: those under a mask, NaN, NaT and empty text."""
    values = np.ma.getdata(data)
    blank = values == "" if values.dtype.kind in "UOT" else values != values
    result: _Host = _mask(data) | blank
    return result


def _mask(data: _Host) -> _Host:
    """Return which elements are under a mask; numpy's mask of records has a value for each field."""
    if data.dtype.names and np.ma.getmask(data) is np.ma.nomask:
        return np.zeros(data.shape, bool)
    mask: Any = np.ma.getmaskarray(data)
    parts = [mask[name] for name in mask.dtype.names or ()]
    result: _Host = np.logical_or.reduce(parts) if parts else mask
    return result


def beside(data: _Host, other: _Host) -> _Host:
    """Return objects, or an array with a mask, as elements of the kind of another array without either.

    What is missing is NaN beside numbers, NaT beside times, and empty beside text; it stays under a mask beside
    an array that has one.
    """
    values, mask = np.ma.getdata(data), _mask(data)
    if values.dtype.kind == "O":
        flat = values.ravel().tolist()
        mask = mask | np.array([is_any_missing(v) for v in flat], bool).reshape(values.shape)
    elif not mask.any():
        return data
    rest = values[~mask]
    if rest.dtype.kind == "O" and not any(isinstance(v, str | tuple | list) for v in rest.tolist()):
        is_typed = not rest.size or other.dtype.kind in "mM"
        rest = np.array(rest.tolist(), other.dtype if is_typed else None)
    if isinstance(other, np.ma.MaskedArray):
        return with_holes(rest, mask) if mask.any() else rest.reshape(mask.shape)
    if other.dtype.kind in "UOT":
        result = np.full(mask.shape, "", object)
    elif other.dtype.kind in "mM":
        result = np.full(mask.shape, "NaT", other.dtype)
    elif mask.any():
        result = np.full(mask.shape, np.nan, rest.dtype if rest.dtype.kind in "fcO" else np.float64)
    else:
        result = np.empty(mask.shape, rest.dtype)
    result[~mask] = rest
    return result


def masked(obj: Any) -> _Host | None:
    """Return a column of pandas, polars or Arrow whose elements may be missing as a masked array.

    Of polars and Arrow, where every column may have missing elements, those that have some.

    Returns
    -------
    numpy.ma.MaskedArray or None
        None for all else: other objects, times, whose missing elements are NaT, and categories.
    """
    dtype = getattr(obj, "dtype", None)
    if library(obj) == "pandas" and isinstance(dtype, np.dtype):
        has_levels = hasattr(obj, "levels")  # of a MultiIndex, which does not tell what is missing
        return _of_objects(obj) if dtype.kind == "O" and not has_levels else None
    if hasattr(dtype, "na_value") and hasattr(obj, "isna"):
        return _of_pandas(obj, dtype)
    if not _null_count(obj) or type_of(obj).startswith("dictionary"):
        return None
    mask, rest = _present(obj)
    return with_holes(rest, mask) if rest.dtype.kind in _KINDS + "OUT" else None


def times(obj: Any) -> _Host | None:
    """Return a column of polars or Arrow of times, of which some are missing, with NaT; None for all else."""
    if not _null_count(obj) or not re.match(r"(date|timestamp|duration)", type_of(obj).lower()):
        return None
    mask, rest = _present(obj)
    data = np.full(mask.shape, "NaT", rest.dtype)
    data[~mask] = rest
    return data


def of_text(data: _Host) -> _Host:
    """Return text of `numpy.dtypes.StringDType` as a masked array if elements are missing, else as it is."""
    if data.dtype.kind != "T" or not hasattr(data.dtype, "na_object"):
        return data
    values = data.astype(object)
    mask = np.array([not isinstance(value, str) for value in values.ravel().tolist()], bool)
    if not mask.any():
        return values
    return with_holes(values.ravel()[~mask], mask.reshape(data.shape))


def _null_count(obj: Any) -> int:
    if not library(obj):
        return 0
    count = getattr(obj, "null_count", 0)
    count = count() if callable(count) else count
    return count if isinstance(count, int) else 0  # frames of polars count in each column


def _present(column: Any) -> tuple[_Host, _Host]:
    """Return where elements of a column of polars or Arrow are missing, and the others."""
    mask = np.asarray(column.is_null(), dtype=bool)
    name = type_of(column).lower()
    if name == "null":
        return mask, np.empty(0)
    if "string" in name or "utf8" in name:  # Arrow cannot select among views of text (pyarrow 26.0)
        values = column.to_pylist() if hasattr(column, "to_pylist") else column.to_list()
        return mask, np.array([value for value in values if value is not None], object)
    drop = column.drop_nulls if hasattr(column, "drop_nulls") else column.drop_null
    return mask, np.asarray(drop())


def _of_objects(column: Any) -> _Host | None:
    """Return objects of pandas, where NaN is missing among text and truth values; None if it is a number."""
    mask = np.asarray(column.isna(), dtype=bool)
    rest = column.to_numpy()[~mask].tolist()
    kinds = (str, bool, np.bool_)
    if not rest or not mask.any() or not all(isinstance(value, kinds) for value in rest):
        return None
    are_text = all(isinstance(value, str) for value in rest)
    if not are_text and any(isinstance(value, str) for value in rest):
        return None
    return with_holes(np.array(rest, object if are_text else bool), mask)


def _of_pandas(column: Any, dtype: Any) -> _Host | None:
    target = getattr(dtype, "numpy_dtype", None)
    mask = np.asarray(column.isna(), dtype=bool)
    if target is not None and target.kind in _KINDS:
        data = column.to_numpy(dtype=target, na_value=target.type(0))
        return np.ma.MaskedArray(data, mask)
    name = str(getattr(dtype, "name", ""))
    if name in ("str", "string") or name.startswith(("string[", "large_string[")):
        if not mask.any() and dtype.na_value is not _na_of(dtype):
            return None
        return np.ma.MaskedArray(column.to_numpy(dtype=object, na_value=""), mask)
    return None


def _na_of(dtype: Any) -> Any:
    """Return the missing element of a dtype of text if it is ``pandas.NA``; one with NaN is not nullable."""
    return dtype.na_value if type(dtype.na_value).__name__ == "NAType" else None


def stacked(columns: Sequence[_Host]) -> _Host:
    """Return columns of one dtype and length as a matrix, with their masks if there are any."""
    if any(isinstance(column, np.ma.MaskedArray) for column in columns):
        masked: _Host = np.ma.stack(columns, axis=1)
        return masked
    rows, *rest = columns[0].shape
    result = np.empty((rows, len(columns), *rest), columns[0].dtype)
    step = max(_BLOCK_BYTES // (result.itemsize * len(columns)), 1)
    for start in range(0, rows, step):  # or each column is written through all of the matrix
        block = result[start : start + step]
        for i, column in enumerate(columns):
            block[:, i] = column[start : start + step]
    return result


_BLOCK_BYTES = 128 * 2**10
"""The bytes of a matrix that are written at a time, and stay in a cache meanwhile."""


def with_holes(rest: _Host, mask: _Host) -> _Host:
    """Return a masked array of the elements that are not masked."""
    is_text = rest.dtype.kind in "OUT"
    data = np.full(mask.shape, "" if is_text else 0, object if is_text else rest.dtype)
    data[~mask] = rest
    return np.ma.MaskedArray(data, mask)
