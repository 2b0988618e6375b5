"""numpy functions for sets, and for questions about all elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import (
    FUNCTIONS,
    as_array,
    implements,
    in_common,
    in_common_with_numbers,
    is_complex,
)
from onnxp._src.numpy.functions import array_equal, isin, ravel, sort
from onnxp._src.numpy.statistics import unique
from onnxp.errors import NumpyFunctionError


@implements(np.union1d)
def union1d(ar1: Any, ar2: Any) -> Any:
    """Translate `numpy.union1d`."""
    return unique(xp().concat([ravel(x) for x in in_common_with_numbers(ar1, ar2)]))


@implements(np.intersect1d)
def intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    """Translate `numpy.intersect1d`, without indices."""
    if return_indices:
        raise NumpyFunctionError(
            "numpy.intersect1d: return_indices is not supported; write np.isin"
        )
    a, b = (unique(x) for x in in_common(ar1, ar2))
    return a[isin(a, b)]


@implements(np.setdiff1d)
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """Translate `numpy.setdiff1d`."""
    a = ravel(as_array(ar1)) if assume_unique else unique(ar1)
    return a[isin(a, ar2, invert=True)]


@implements(np.setxor1d)
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """Translate `numpy.setxor1d`."""
    a, b = (unique(x) for x in in_common(ar1, ar2))
    return sort(xp().concat([a[isin(a, b, invert=True)], b[isin(b, a, invert=True)]]))


for _name in ("unique_all", "unique_counts", "unique_inverse", "unique_values"):
    FUNCTIONS[getattr(np, _name)] = (lambda name: lambda x: getattr(xp(), name)(as_array(x)))(_name)


@implements(np.array_equiv)
def array_equiv(a1: Any, a2: Any) -> Any:
    """Translate `numpy.array_equiv`; of traced arrays it is an array of rank 0."""
    try:
        x, y = xp().broadcast_arrays(*in_common(a1, a2))
    except ValueError:
        return False
    return array_equal(x, y)


@implements(np.isreal)
def isreal(x: Any) -> Any:
    """Translate `numpy.isreal`."""
    array = as_array(x)
    return xp().imag(array) == 0 if is_complex(array) else xp().ones(array.shape, dtype=xp().bool)


@implements(np.iscomplex)
def iscomplex(x: Any) -> Any:
    """Translate `numpy.iscomplex`."""
    return ~isreal(x)


@implements(np.fix)
def fix(x: Any, out: Any = None) -> Any:
    """Translate `numpy.fix`."""
    return np.trunc(as_array(x), out=out)
