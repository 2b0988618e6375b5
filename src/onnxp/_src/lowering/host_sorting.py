"""Sorting of long concrete arrays by numpy, with the bits of the kernels.

The only sorting kernel of runtimes, TopK, sorts indices along, and takes up to 20 times as long
(onnxruntime 1.32.0). Equal numbers differ only in the sign of zeros and in the bits of NaN; these are put
back in the order of the input, as a stable sort leaves them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.dtypes import bool_, float16, string
from onnxp._src.graph.values import Value
from onnxp._src.runtime.evaluate import data_of
from onnxp._src.shapes.shape import is_static

_LONG = (
    1000  # elements; shorter arrays are sorted as fast by the kernel, with all that waits for it
)

Vector = np.ndarray[tuple[int], np.dtype[Any]]


def is_sorted_by_host(x: Value) -> bool:
    """Return whether numpy sorts an array: a long vector of numbers that are known."""
    if x.trace is not None or len(x.shape) != 1 or x.dtype in (bool_, float16, string):
        return False
    return is_static(x.shape) and x.shape[0] >= _LONG


def sort(x: Value) -> Vector:
    """Return a sorted vector; NaN is last."""
    data = data_of(x)
    result = np.sort(data)
    if data.dtype.kind != "f":
        return result
    zero = result.dtype.type(0)  # of another dtype, the array would be cast
    low, high = np.searchsorted(result, zero, "left"), np.searchsorted(result, zero, "right")
    if high - low > 1:
        signs = np.signbit(result[low:high])
        if signs.any() and not signs.all():
            result[low:high] = data[data == 0]
    if np.isnan(result[-1]):
        nan = data[np.isnan(data)]
        result[-nan.size :] = nan
    return result


def distinct(x: Value) -> Vector:
    """Return the distinct elements in ascending order; each NaN is distinct."""
    result = sort(x)
    is_new = np.ones(result.size, bool)
    np.not_equal(result[1:], result[:-1], out=is_new[1:])
    return result[is_new]
