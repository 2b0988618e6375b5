"""How to convert what does not match an input, in messages: in no way that changes values silently."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.array.column_types import library
from onnxp._src.dtypes import DType, bool_, string
from onnxp._src.dtypes.exact import NUMBERS
from onnxp._src.wording import wording


def numbers_of(obj: Any) -> np.ndarray[Any, Any] | None:
    """Return numbers in a list, None for NaN, as an array; None for all else."""
    try:
        array = np.asarray(obj)
        array = array.astype(float) if array.dtype.kind == "O" else array
    except (TypeError, ValueError, OverflowError):
        return None
    return array if array.dtype.kind in "biufc" else None


def of_masked(obj: np.ma.MaskedArray[Any, Any], dtype: DType) -> str:
    """Return how to feed a masked array, whose nulls are kept if the input may have some."""
    fill = "''" if dtype.plain.family == "string" else "number"
    if not dtype.is_nullable and not dtype.unit:
        return f"use x.filled({fill}) for the masked elements, or trace with '{dtype}?' to keep them null"
    if dtype.unit and obj.dtype.kind == dtype.kind:
        return f"use x.astype('{dtype}')"
    if not dtype.is_nullable or obj.dtype.kind not in "biufc":
        return f"use x.filled({fill})"
    return conversion(obj.compressed(), dtype, "x")


def conversion(array: np.ndarray[Any, Any], dtype: DType, x: str) -> str:
    """Return how to convert numbers to the dtype of an input, without a change of values that is not named."""
    plain = dtype.plain
    cast = f"astype({plain.numpy.name!r})"
    if plain is bool_ and array.dtype.kind != "b":
        return f"write {as_truth(array, x)}"
    if _has_lists(array):
        return f"use np.stack({x})"
    if array.dtype.kind not in "biufc" or plain.family not in NUMBERS:
        return f"use {x}.{cast}"
    missing = np.isnan(array) & (plain.family not in ("float", "complex"))
    rest = array[~missing]
    if array.dtype.kind == "c" and plain.family != "complex":
        return f"{dtype} has no imaginary parts: take {x}.real, or trace with '{array.dtype.name}'"
    with np.errstate(all="ignore"):
        result = rest.astype(plain.numpy)
    if plain.family in ("float", "complex"):
        lost = np.isinf(result) & ~np.isinf(rest)
    else:
        lost = result != rest
    if missing.any() and not dtype.is_nullable:
        return f"{dtype} has no missing values: fill them, or trace with '{dtype}?'"
    if lost.any():
        return (
            f"{plain} does not hold {rest[lost][0]}: trace with '{array.dtype.name}', or choose how to "
            "round or clip such elements"
        )
    if missing.any():
        return (
            f"use np.ma.array(np.nan_to_num({x}), dtype={plain.numpy.name!r}, mask=np.isnan({x}))"
        )
    return f"use {x}.{cast}"


def _has_lists(column: Any) -> bool:
    """Return whether the elements of a column, or of an array of objects, are lists or arrays."""
    if str(getattr(column, "dtype", "")) != "object" or not np.size(column):
        return False
    return isinstance(np.asarray(column).flat[0], list | tuple | np.ndarray)


def as_truth(array: np.ndarray[Any, Any], x: str) -> str:
    """Return a comparison that makes truth values of text or numbers; text is true whatever it says."""
    texts = [element for element in array.ravel().tolist() if isinstance(element, str)]
    if not texts:
        return f"{x} != 0"
    true = [text for text in texts if text.strip().lower() in _TRUE]
    return f"{x} == {(true or texts)[0]!r}"


_TRUE = ("1", "on", "t", "true", "y", "yes")
"""What text says for true, in messages only."""


def of_column(column: object, name: str) -> str:
    """Return how the caller gets a column of a table."""
    return f"{'df' if library(column) == 'pandas' else 'table'}[{name!r}]"


def column_cast(column: Any, dtype: DType, name: str) -> str:
    """Return how a caller casts a column of a table to a dtype."""
    x = of_column(column, name)
    if library(column) == "polars":
        return f"{x}.cast(pl.{_in_polars(dtype)})"
    if library(column) == "pyarrow":
        return f"{x}.cast({_in_arrow(dtype)!r})"
    if dtype.unit:
        return f"{x}.astype('{dtype}')"
    if _has_lists(column):
        return f"np.stack({x}) for a matrix"
    kind = "str" if dtype is string else repr(dtype.numpy.name)
    if not library(column):
        return f"np.asarray({x}, {kind})"
    if library(column) == "pandas" and hasattr(column.dtype, "numpy_dtype"):
        kind = repr(_in_polars(dtype).replace("Boolean", "boolean"))
    return f"df.astype({{{name!r}: {kind}}})"


def _in_polars(dtype: DType) -> str:
    if dtype.unit:
        kind = "Datetime" if dtype.family == "datetime" else "Duration"
        return f"{kind}({dtype.unit if dtype.unit in ('ms', 'us', 'ns') else 'us'!r})"
    return dtype.plain.name.capitalize().replace("Uint", "UInt").replace("Bool", "Boolean")


def _in_arrow(dtype: DType) -> str:
    if dtype.unit:
        kind = "timestamp" if dtype.family == "datetime" else "duration"
        return f"{kind}[{dtype.unit if dtype.unit in ('s', 'ms', 'us', 'ns') else 's'}]"
    return dtype.plain.name


def column_times(column: object, array: np.ndarray[Any, Any], dtype: DType, name: str) -> str:
    """Return how a caller makes times of a column of text or numbers."""
    x = of_column(column, name)
    is_text = any(isinstance(element, str) for element in array.ravel().tolist())
    unit = repr(dtype.unit if dtype.unit in ("s", "ms", "us", "ns") else "s")
    if library(column) in ("polars", "pyarrow"):
        if is_text and library(column) == "polars" and dtype.family == "datetime":
            return f"{x}.str.to_datetime()"
        return column_cast(column, dtype, name)
    kind = "datetime" if dtype.family == "datetime" else "timedelta"
    unit = "" if is_text or array.dtype.kind not in "iuf" else f", unit={unit}"
    return f"pd.to_{kind}({x}{unit})"


def column_conversion(column: object, array: np.ndarray[Any, Any], dtype: DType, name: str) -> str:
    """Return how to get a column of another dtype into a model, without changing a value silently."""
    kind = array.dtype.kind
    convert = f"; convert it, for example {column_cast(column, dtype, name)}"
    retrace = f"trace with {wording.get().rows_or_dtypes(f'{name!r}: {array.dtype.name!r}')}"
    if dtype is bool_:
        missing = kind == "f" and np.isnan(array).any()
        fill = "fill what is missing, and " if missing else ""
        return f"; {fill}write {as_truth(array, of_column(column, name))}"
    if kind in "UOT":
        return convert
    if kind not in "biufc":
        return ""
    if kind == "c" and dtype.family != "complex":
        return f", which has no imaginary parts: take the real part, or {retrace}"
    if kind == "f" and dtype.family in ("int", "uint"):
        if np.isnan(array).any():
            return f", which cannot represent missing values: fill them, or {retrace}"
        if (array % 1 != 0).any():
            return f", which would cut off fractions: round them, or {retrace}"
    with np.errstate(all="ignore"):
        target = dtype.numpy
        same = (array.astype(target).astype(array.dtype) == array) | (array != array)
    if dtype.family in ("int", "uint") and not same.all():
        return f", which cannot represent {array[~same][0]}: {retrace}"
    return convert
