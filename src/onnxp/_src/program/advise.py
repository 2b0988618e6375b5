"""How to convert what does not match an input, in messages: in no way that changes values silently."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.dtypes import DType
from onnxp._src.dtypes.exact import NUMBERS


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
    if not dtype.is_nullable or obj.dtype.kind not in "biufc":
        return f"use x.filled({fill})"
    return conversion(obj.compressed(), dtype, "x")


def conversion(array: np.ndarray[Any, Any], dtype: DType, x: str) -> str:
    """Return how to convert numbers to the dtype of an input, without a change of values that is not named."""
    plain = dtype.plain
    cast = f"astype({plain.numpy.name!r})"
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
