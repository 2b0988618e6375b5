"""Checks of matrices, and calls of numpy with concrete arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from onnxp._src import dtypes, ops
from onnxp._src.array.array import Array
from onnxp._src.array.base import from_host, map_planes
from onnxp._src.array.operands import as_array
from onnxp._src.dtypes import require
from onnxp._src.shapes import dims
from onnxp.errors import DTypeError, LinearAlgebraError, ShapeError


def matrices(function: str, x: object) -> Array:
    """Convert `x` to an array of matrices, or raise `ShapeError`."""
    array = as_array(x, function)
    if array.ndim < 2:
        raise ShapeError(f"{function} needs an array of rank 2 or more, not {array.ndim}")
    return array


def square_matrices(function: str, x: object) -> Array:
    """Convert `x` to an array of square matrices, or raise `ShapeError`."""
    array = matrices(function, x)
    rows, columns = array.shape[-2:]
    if dims.equal(rows, columns) is False:
        raise ShapeError(f"{function} needs square matrices, not {rows} by {columns}")
    if dims.same(rows, columns):
        return array
    # the run fails if they differ
    return map_planes(array, lambda plane: ops.require_size(plane, array.ndim - 1, rows))


def computed(function: str, compute: Callable[..., Any], *arrays: Array) -> Array:
    """Call a function of numpy with concrete arrays, and return its result as an array."""
    return _taken(_run(function, compute, arrays))


def several(function: str, compute: Callable[..., Any], *arrays: Array) -> list[Array]:
    """Call a function of numpy with concrete arrays, and return its results as arrays."""
    return [_taken(part) for part in _run(function, compute, arrays)]


def _taken(result: Any) -> Array:
    return from_host(np.array(result, order="C"))


def check_dtypes(function: str, *arrays: Array) -> None:
    """Raise `DTypeError` unless numpy has routines for the dtypes."""
    require(function, "floating-point", *(array.dtype for array in arrays))
    if any(array.dtype is dtypes.float16 for array in arrays):
        raise DTypeError(f"{function}: numpy has no routine for float16; cast to float32 first")


def _run(function: str, compute: Callable[..., Any], arrays: Sequence[Array]) -> Any:
    check_dtypes(function, *arrays)
    try:
        return compute(*map(np.asarray, arrays))
    except np.linalg.LinAlgError as error:
        raise LinearAlgebraError(f"{function}: {error}") from None
    except ValueError as error:
        raise ShapeError(f"{function}: {error}") from None
