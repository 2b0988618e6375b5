"""numpy functions for sets, and for questions about all elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import (
    FUNCTIONS,
    as_array,
    choice_of,
    implements,
    in_common,
    in_common_with_numbers,
)
from onnxp._src.numpy.manipulation import ravel
from onnxp._src.numpy.sorting import sort
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


@implements(np.isin)
def isin(
    element: Any,
    test_elements: Any,
    assume_unique: bool = False,
    invert: bool = False,
    *,
    kind: str | None = None,
) -> Any:
    """Translate `numpy.isin`."""
    choice_of(kind, (None, "sort", "table"), "isin", "kind")
    x, candidates = in_common(element, test_elements)
    return xp().isin(x, candidates, invert=invert)
