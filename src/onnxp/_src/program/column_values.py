"""Columns of tables as inputs of a model: their dtype, and their values in it.

No package is imported for them: a column converts itself to numpy.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Literal, TypeGuard

import numpy as np

from onnxp._src.array import column_types, missing
from onnxp._src.array.column_types import library, type_of
from onnxp._src.array.missing import is_missing
from onnxp._src.dtypes import (
    BY_NAME,
    DType,
    as_dtype,
    float64,
    from_numpy,
    moments,
    string,
    strings,
)
from onnxp._src.dtypes import columns as columns_of_categories
from onnxp._src.namespace import namespace
from onnxp._src.program import advise, text_columns
from onnxp._src.program.arrays import is_array
from onnxp.errors import DTypeError, FeedError

_NUMBERS = (bool, int, float, np.bool_, np.number)
_Host = np.ndarray[Any, Any]


def is_column(obj: object) -> TypeGuard[Any]:
    """Return whether an object is a column of a data frame or an Arrow table."""
    return not (isinstance(obj, np.ndarray | np.generic) or is_array(obj)) and hasattr(
        obj, "to_numpy"
    )


def inferred_dtype(column: Any, name: str) -> DType:
    """Return the dtype of the input for a column.

    Text and categories of text are strings. Integers and bools that are nullable are float64, as scikit-learn
    takes them, since only floating-point numbers have a value for missing ones.

    Raises
    ------
    DTypeError
        If arrays of onnxp do not have the values of the column.
    """
    array = _host(column)
    if array.dtype.kind == "O":
        array = _moments(array)
    if array.dtype.kind == "O":
        values = array.ravel().tolist()
        rest = [v for v in values if not strings.is_missing(v)]
        if all(isinstance(v, str) for v in rest):
            return float64 if not rest and "bool" in type_of(column).lower() else string
        if all(isinstance(v, _NUMBERS) for v in rest):
            array = np.asarray(rest if len(rest) == len(values) else 0.0)
    elif is_nullable(column) and array.dtype.kind in "biu":
        return float64
    try:
        if array.dtype.kind != "O":  # which has elements of several kinds
            return from_numpy(array.dtype)
    except DTypeError:
        pass
    refusal = column_types.refusal(column, advise.of_column(column, name))
    if refusal is not None:
        why, instead = refusal
        raise DTypeError(f"column {name!r} {why}, which inputs of models cannot have; {instead}")
    raise DTypeError(
        f"column {name!r} is {type_of(column)}, which inputs of models cannot have; convert it to "
        "numbers or text first"
    )


def named_dtype(kind: object, name: str) -> DType:
    """Return the dtype of the input for a column of a dtype of onnxp, numpy or pandas.

    Raises
    ------
    DTypeError
        If no input has the dtype.
    """
    text = kind.__name__ if isinstance(kind, type) else str(kind)
    categories = getattr(kind, "categories", None)
    if categories is not None:
        return inferred_dtype(categories, name)
    if text.lower() in ("object", "o", "str", "string"):
        return string
    if text in ("boolean", "Float32", "Float64") or (text[0] in "IU" and text.lower() in BY_NAME):
        return float64  # nullable
    return as_dtype(kind)


def as_input(
    column: Any, dtype: DType, name: str, casting: Literal["safe", "same_kind"] = "safe"
) -> Any:
    """Return a column as an array of the dtype of an input; arrays of onnxp are returned unchanged.

    Numbers are converted if no value changes (``float32`` to ``float64``), or as `casting` allows. Lists take
    the dtype, as in a call. Missing numbers become NaN, and missing text becomes ``""``.

    Raises
    ------
    FeedError
        If the column has another kind of values, or missing values without a number for them.
    """
    if is_array(column):
        return column
    if dtype.is_own_plane and _has_numbers_of(column, dtype):
        return _host(column)
    if column_types.is_refused(column):
        refusal = column_types.refusal(column, advise.of_column(column, name))
        assert refusal is not None
        why, instead = refusal
        raise FeedError(f"column {name!r} {why}, but {dtype} is needed; {instead}")
    if dtype.fields:
        numbers: _Host = namespace().asarray(column, dtype=dtype)._numpy()
        return numbers
    if dtype.is_nullable:
        return _nullable(column, dtype, name, casting)
    if dtype is string or dtype.family == "category":
        texts = text_columns.objects(column)
        if texts is not None:
            return texts
    array = _host(column, dtype.family)
    if array.ndim == 0:
        raise FeedError(
            f"column {name!r} is {column!r} of type {type(column).__name__}; a table has an array or a list "
            "for each column, with an element for each row"
        )
    if dtype.family == "category":
        return as_labels(column, name)
    return _plain(array, column, dtype, name, casting)


_IN_ARROW = {"float32": "float", "float64": "double", "float16": "halffloat"}
"""Names of types of Arrow that differ from those of dtypes."""


def _has_numbers_of(column: Any, dtype: DType) -> bool:
    """Return whether a column has numbers of a dtype, a quick test since small tables may have many columns."""
    if dtype.numpy.kind not in "biuf" or isinstance(column, np.ma.MaskedArray):
        return False
    kind = getattr(column, "dtype", None)
    if isinstance(kind, np.dtype):
        return kind == dtype.numpy and column.ndim > 0
    library_type: Any = type(column)
    if _is_arrow(library_type):
        kind = str(column.type)
        return kind == _IN_ARROW.get(dtype.name, dtype.name) and not column.null_count
    # a Series of Polars takes 10 us to say that it has no attribute `type` (2.1.0)
    return (
        library(column) == "polars" and str(kind).lower() == dtype.name and not column.null_count()
    )


def _plain(
    array: _Host, column: Any, dtype: DType, name: str, casting: Literal["safe", "same_kind"]
) -> _Host:
    """Return the values of a column, or those that are not missing, in a plain dtype."""
    if dtype is string:
        return _text(array, column, name)
    if array.dtype == dtype.numpy:
        return array
    if dtype.unit:
        return _times(array, column, dtype, name)
    if array.dtype.kind == "O":
        array = _numbers(array, column, dtype, name)
    target = dtype.numpy
    if isinstance(column, list | tuple):
        if _fits(array, target):
            return array.astype(target)
        casting = "safe"
    casting = casting if target.kind in "fc" else "safe"  # integers would wrap
    if array.dtype.kind not in "biufc" or not np.can_cast(array.dtype, target, casting):
        raise FeedError(
            f"column {name!r} is {type_of(column)}, but {dtype} is needed"
            f"{advise.column_conversion(column, array, dtype, name)}"
        )
    return array.astype(target)


def _fits(array: _Host, target: np.dtype[Any]) -> bool:
    """Return whether a dtype of the same kind has all numbers of Python's, which have no dtype of their own."""
    if target.kind == "f" and array.dtype.kind in "biuf":
        with np.errstate(over="ignore"):
            return np.array_equal(np.isfinite(array.astype(target)), np.isfinite(array))
    if target.kind not in "iu" or (array.size and array.dtype.kind not in "biu"):
        return False
    limits = np.iinfo(target)
    return not array.size or bool(limits.min <= array.min() and array.max() <= limits.max)


def _nullable(column: Any, dtype: DType, name: str, casting: Literal["safe", "same_kind"]) -> _Host:
    """Return a column as a masked array; NaN is missing unless the dtype has NaN."""
    array = column if isinstance(column, np.ma.MaskedArray) else missing.masked(column)
    if array is None:
        array = _host(column)
    mask = np.ma.getmaskarray(array)
    data = np.ma.getdata(array)
    if data.dtype.kind == "O":
        flat = [is_missing(v) or strings.is_missing(v) for v in data.ravel().tolist()]
        mask = mask | np.array(flat, bool).reshape(data.shape)
    elif data.dtype.kind == "f" and dtype.plain.family not in ("float", "complex"):
        mask = mask | np.isnan(data)
    rest = data[~mask]
    if rest.dtype.kind == "O" and dtype.plain is not string:
        rest = _of_elements(rest)
    if not rest.size:
        rest = np.empty(0, dtype.plain.host)
    if rest.dtype.kind == "f" and dtype.plain.family in ("int", "uint") and mask.any():
        rest = _whole(rest, dtype, name)  # a column of integers with NaN in place of missing ones
    return missing.with_holes(_plain(rest, column, dtype.plain, name, casting), mask)


def _of_elements(array: _Host) -> _Host:
    """Return Python's numbers as numpy has them, and lists, which have none, as they are."""
    try:
        return np.array(array.tolist())
    except ValueError:
        return array


def _whole(numbers: _Host, dtype: DType, name: str) -> _Host:
    with np.errstate(all="ignore"):
        result: _Host = numbers.astype(dtype.numpy)
    if not np.array_equal(result, numbers):
        raise FeedError(
            f"column {name!r} has {numbers[result != numbers][0]}, which {dtype} cannot represent; round it, "
            f"or trace with {name!r}: 'float64?'"
        )
    return result


def as_labels(column: Any, name: str) -> _Host:
    """Return a column or an array of categories or text as text, with ``""`` for what is missing.

    Raises
    ------
    FeedError
        If it has other elements.
    """
    if columns_of_categories.is_categorical(column):
        try:
            dtype, codes = columns_of_categories.categorical(column)
        except DTypeError:
            cast = advise.column_cast(column, string, name)
            raise FeedError(
                f"column {name!r} has categories that are not text, but text is needed; convert it, for "
                f"example {cast}"
            ) from None
        return dtype.join([codes]).astype(object)
    return _text(_host(column), column, name)


def _host(column: Any, family: str = "") -> _Host:
    """Return the values of a column as numpy has them; missing ones may be objects.

    `family` is that of the dtype that is needed, if it is known.
    """
    if isinstance(column, np.ndarray):
        return column
    if not is_column(column):
        array = np.asarray(column)
        if array.dtype.kind == "U":
            # numpy makes text of NaN and numbers, and loses null characters
            return np.asarray(column, dtype=object)
        return array
    kind: Any = type(column)
    if not _is_arrow(kind):
        return np.asarray(column.to_numpy())
    # Arrow: to_numpy() takes missing categories for the last one (pyarrow 26.0)
    name = str(column.type)
    has_nan = name in ("float", "double") or (family == "float" and re.match(r"u?int\d", name))
    if has_nan or not (column.null_count or name.startswith("dictionary")):
        return np.asarray(column)
    values = column.to_pylist()
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result


@lru_cache(256)
def _is_arrow(kind: type) -> bool:
    return hasattr(kind, "to_pylist")


def _text(array: _Host, column: Any, name: str) -> _Host:
    if array.dtype.kind == "U":
        return array.astype(object)
    if array.dtype.kind in "OT":
        array = array.astype(object, copy=False)
        values = array.ravel().tolist()
        if {*map(type, values)} <= {str}:
            return array
        values = [v if type(v) is str else "" if strings.is_missing(v) else v for v in values]
        if all(isinstance(v, str) for v in values):
            result = np.empty(len(values), dtype=object)
            result[:] = values
            return result.reshape(array.shape)
        other = next(v for v in values if not isinstance(v, str))
        what = f"has {other!r} of type {type(other).__name__}"
    else:
        what = f"is {type_of(column)}"
    cast = advise.column_cast(column, string, name)
    raise FeedError(f"column {name!r} {what}, but text is needed; convert it, for example {cast}")


def _times(array: _Host, column: Any, dtype: DType, name: str) -> _Host:
    """Return times in the unit of a dtype, if it expresses all of them."""
    if array.dtype.kind == "O":  # dates of Python, or a missing one
        array = _moments(array)
    if array.dtype.kind == dtype.kind:
        result: _Host = array.astype(dtype.numpy)
        if np.array_equal(result.astype(array.dtype), array, equal_nan=True):
            return result
        raise FeedError(
            f"column {name!r} has times that {dtype} cannot express; convert it, for example "
            f"{advise.column_cast(column, dtype, name)}"
        )
    raise FeedError(
        f"column {name!r} is {type_of(column)}, but {dtype} is needed; convert it, for example "
        f"{advise.column_times(column, array, dtype, name)}"
    )


def _moments(array: _Host) -> _Host:
    """Return Python's times as numpy's; anything else, and times with a zone, as it is."""
    values = [None if strings.is_missing(v) else v for v in array.ravel().tolist()]
    rest = [v for v in values if v is not None]
    is_plain = all(isinstance(v, date) and getattr(v, "tzinfo", None) is None for v in rest)
    if not rest or not (is_plain or all(isinstance(v, timedelta) for v in rest)):
        return array
    missing = np.datetime64("NaT") if is_plain else np.timedelta64("NaT")
    times = [missing if v is None else moments.of_python(v, "column") for v in values]
    return np.asarray(times).reshape(array.shape)


def _numbers(array: _Host, column: Any, dtype: DType, name: str) -> _Host:
    """Return numbers among which some may be missing."""
    values = array.ravel().tolist()
    missing = [strings.is_missing(v) for v in values]
    if any(missing) and dtype.family not in ("float", "complex"):
        raise FeedError(
            f"column {name!r} has missing values, which {dtype} cannot represent: fill them, or trace with "
            f"dtype={{{name!r}: 'float64'}}"
        )
    rest = [v for v, m in zip(values, missing, strict=True) if not m]
    if not all(isinstance(v, _NUMBERS) for v in rest):
        return array
    numbers = np.asarray(rest) if rest else np.empty(0, np.int8)
    if not any(missing):
        return numbers.reshape(array.shape)
    # integers up to 2**53 and NaN are numbers of float64; larger ones are rounded, as pandas does
    result = np.full(len(values), np.nan, np.result_type(numbers.dtype, np.float16))
    result[~np.asarray(missing)] = numbers
    return result.reshape(array.shape)


def is_nullable(column: Any) -> bool:
    """Return whether a column may have missing values beside its dtype in numpy."""
    if not is_column(column):
        return False
    kind = getattr(column, "dtype", None)
    if isinstance(kind, np.dtype):
        return False
    count = getattr(column, "null_count", None)  # of polars and Arrow
    if count is not None:
        return bool(count() if callable(count) else count)
    return not hasattr(kind, "categories")
