"""numpy functions for the spread of data: ``ptp``, ``cov``, ``corrcoef``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy import manipulation, reductions
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.operands import as_array, in_common, in_dtype, is_bool, is_complex, required
from onnxp._src.numpy.results import check_out, of_shape, stored
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
    """Translate `numpy.cov`."""
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
    count = rows.shape[1]
    frequencies = _weights(fweights, count, "fweights")
    importances = _weights(aweights, count, "aweights")
    given = [w for w in (frequencies, importances) if w is not None]
    weights = math.prod(given) if given else None
    missing = int(ddof) if ddof is not None else 0 if bias else 1
    if weights is None:
        off = rows - xp().mean(rows, axis=1, keepdims=True)
        left = as_array(count - missing)
    else:
        average, total = reductions.average(rows, 1, weights, returned=True)
        off = rows - average[:, None]
        left = total[0]
        if missing and importances is None:
            left = left - missing
        elif missing:
            left = left - missing * xp().sum(weights * importances) / left
    if missing > 0:
        left = xp().clip(left, 0, None)
    weighted = off if weights is None else off * weights
    turned = weighted.mT
    result = off @ (xp().conj(turned) if is_complex(off) else turned)
    return manipulation.squeeze(result / xp().astype(left, result.dtype))


def _weights(obj: Any, count: Any, name: str) -> Any:
    """Return the weights of observations, or `None`; `fweights` are whole numbers.

    Raises
    ------
    ShapeError
        If they are not as many as the observations.
    """
    if obj is None:
        return None
    weights = xp().astype(as_array(obj), xp().float64, copy=False)
    problem = f"numpy.cov: {name} of shape {weights.shape} do not fit {count} observations"
    weights = of_shape(weights, (count,), problem)
    fits = weights >= 0
    if name == "fweights":
        fits = fits & (weights == xp().round(weights))
    return required(
        weights, fits, f"numpy.cov: {name} must not be negative, and fweights be integers"
    )


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
