"""Missing elements in what other libraries have, as the mask of a masked array.

None of the libraries is imported: their arrays tell where they have no elements.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

_Host = np.ndarray[Any, Any]
_KINDS = "biufc"


def is_missing(obj: object) -> bool:
    """Return whether a Python object stands for a missing element: None, ``pandas.NA`` or ``np.ma.masked``."""
    return obj is None or obj is np.ma.masked or type(obj).__name__ == "NAType"


def masked(obj: Any) -> _Host | None:
    """Return a column of pandas, polars or Arrow whose elements may be missing as a masked array.

    Of polars and Arrow, where every column may have missing elements, those that have some.

    Returns
    -------
    numpy.ma.MaskedArray or None
        None for all else: other objects, times, whose missing elements are NaT, and categories.
    """
    dtype = getattr(obj, "dtype", None)
    if hasattr(dtype, "na_value") and hasattr(obj, "isna"):
        return _of_pandas(obj, dtype)
    count = getattr(obj, "null_count", None)
    if count is None or not (count() if callable(count) else count):
        return None
    if str(getattr(obj, "type", "")).startswith("dictionary"):
        return None
    mask = np.asarray(obj.is_null(), dtype=bool)
    rest = np.asarray((obj.drop_nulls if hasattr(obj, "drop_nulls") else obj.drop_null)())
    return with_holes(rest, mask) if rest.dtype.kind in _KINDS + "OUT" else None


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
    """Return columns as a matrix, with their masks if there are any."""
    has_masks = any(isinstance(column, np.ma.MaskedArray) for column in columns)
    result: _Host = (np.ma if has_masks else np).stack(columns, axis=1)
    return result


def with_holes(rest: _Host, mask: _Host) -> _Host:
    """Return a masked array of the elements that are not masked."""
    is_text = rest.dtype.kind in "OUT"
    data = np.full(mask.shape, "" if is_text else 0, object if is_text else rest.dtype)
    data[~mask] = rest
    return np.ma.MaskedArray(data, mask)
