"""numpy functions for the spread of data: ``ptp``, ``cov``, ``corrcoef``."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy import manipulation, reductions
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.operands import as_array, in_common, in_dtype, is_bool, is_complex
from onnxp._src.numpy.results import check_out, stored
from onnxp.errors import (
    ArgumentError,
    DTypeError,
    NumpyFunctionError,
    ShapeError,
)


@implements(np.ptp)
def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    """Translate `numpy.ptp`."""
    high, low = (f(a, axis, keepdims=keepdims) for f in (reductions.max, reductions.min))
    if out is not None:  # which numpy writes the maximum into first
        check_out(out, "ptp")
        high, low = in_common(in_dtype(high, out.dtype), low)
    if is_bool(high):
        raise DTypeError("numpy.ptp: truth values cannot be subtracted; write xp.astype(x, dtype)")
    return stored(high - low, out, "ptp")


@implements(np.cov)
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """Translate `numpy.cov`, without weights."""
    if fweights is not None or aweights is not None:
        raise NumpyFunctionError("numpy.cov with weights is not supported")
    if ddof is not None and ddof != int(ddof):
        raise ArgumentError(f"numpy.cov: ddof must be an integer, not {ddof!r}")
    arrays = [as_array(x) for x in (m, y) if x is not None]
    for array in arrays:
        if array.ndim > 2:
            raise ShapeError(f"numpy.cov: variables have rank 1 or 2, not {array.ndim}")
    wide = np.result_type(*(x.dtype.numpy for x in arrays), np.float64) if dtype is None else dtype
    rows = _variables(arrays[0], rowvar, wide)
    if rows.shape[0] == 0:
        return xp().zeros((0, 0), dtype=xp().float64)
    if y is not None:
        rows = xp().concat([rows, _variables(arrays[1], rowvar, wide)], axis=0)
    off = rows - xp().mean(rows, axis=1, keepdims=True)
    missing = int(ddof) if ddof is not None else 0 if bias else 1
    result = off @ xp().conj(xp().matrix_transpose(off)) if is_complex(off) else off @ off.mT
    count = off.shape[1]
    left = count - missing if missing <= 0 else xp().clip(xp().asarray(count) - missing, 0, None)
    result = result / xp().astype(as_array(left), result.dtype)
    return manipulation.squeeze(result)


def _variables(array: Any, rowvar: bool, dtype: Any) -> Any:
    array = xp().astype(array, dtype)
    if array.ndim < 2:
        return xp().reshape(array, (1, -1))
    return array if rowvar else array.mT


@implements(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """Translate `numpy.corrcoef`, of real variables."""
    result = cov(x, y, rowvar, dtype=dtype)
    if is_complex(result):
        raise NumpyFunctionError("numpy.corrcoef of complex numbers is not supported")
    if result.ndim == 0:
        return result / result
    n = result.shape[0]
    scale = xp().sqrt(xp().reshape(result, (n * n,))[:: n + 1])
    return xp().clip(result / scale[:, None] / scale[None, :], -1, 1)
