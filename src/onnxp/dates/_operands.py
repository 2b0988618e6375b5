"""Operands that are points in time, and the dtypes of their fields."""

from __future__ import annotations

import math

from onnxp._src import dtypes, ops
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.operands import Operand, as_array
from onnxp._src.dtypes import DType
from onnxp._src.dtypes.moments import Moment
from onnxp._src.graph.values import Value
from onnxp._src.lowering import casts
from onnxp._src.lowering.time.arithmetic import is_nat
from onnxp.errors import DTypeError


def points(x: Operand | Moment, function: str) -> Array:
    """Convert an operand to an array of points in time.

    Raises
    ------
    DTypeError
        If it has another dtype.
    """
    array = as_array(x, f"dates.{function}")
    if array.dtype.family != "datetime":
        raise DTypeError(
            f"dates.{function} needs points in time, not {array.dtype}; {_advice(array.dtype)}"
        )
    return array


def _advice(dtype: DType) -> str:
    """Return how to make points in time of elements of another dtype."""
    if dtype.plain.family in ("string", "int"):
        return "write xp.astype(x, xp.datetime64('s'))"
    if dtype.family == "timedelta":
        return "add a point in time, as in np.datetime64('1970-01-01') + x"
    return "an input of them is declared as datetime64[s]"


def in_dtype(field: Value, dtype: object, function: str) -> Array:
    """Return a field in the dtype that is asked for, int64 by default."""
    target: DType = dtypes.int64 if dtype is None else dtypes.as_dtype(dtype)
    if target is dtypes.int64:
        return new_array(target, (field,))
    dtypes.require(f"dates.{function}: dtype", "real floating-point", target)
    nan = ops.scalar(math.nan, target)
    return new_array(target, (ops.where(is_nat(field), nan, casts.cast(field, target)),))
