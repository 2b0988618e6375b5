"""numpy functions for sets, and for questions about all elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import FUNCTIONS, implements
from onnxp._src.numpy.manipulation import ravel
from onnxp._src.numpy.missing import may_be_nan
from onnxp._src.numpy.operands import (
    as_array,
    choice_of,
    has_nulls,
    in_common,
    in_common_with_numbers,
)
from onnxp._src.numpy.sorting import sort
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
    return a[_are_among(a, b)]


@implements(np.setdiff1d)
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """Translate `numpy.setdiff1d`."""
    a = ravel(as_array(ar1)) if assume_unique else unique(ar1)
    return a[~_are_among(a, as_array(ar2))]


@implements(np.setxor1d)
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """Translate `numpy.setxor1d`."""
    a, b = (unique(x) for x in in_common(ar1, ar2))
    return sort(xp().concat([a[~_are_among(a, b)], b[~_are_among(b, a)]]))


def _are_among(a: Any, b: Any) -> Any:
    """Return which elements are among others; null is among nulls."""
    found = isin(a, b)
    if not (has_nulls(a) and has_nulls(b)):
        return found
    nulls = xp().nulls
    return found | (nulls.isnull(a) & xp().any(nulls.isnull(b)))


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
    pair = [as_array(element), as_array(test_elements)]
    if {x.dtype.family for x in pair} != {"category", "string"}:  # whose text need not be labels
        pair = in_common(element, test_elements)
    return xp().isin(*pair, invert=invert)


@implements(np.unique)
def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """Translate `numpy.unique`, without an axis."""
    if axis is not None:
        raise NumpyFunctionError("numpy.unique along an axis is not supported")
    result = xp().unique_all(as_array(ar))
    if equal_nan and may_be_nan(result.values):
        result = _one_nan(*result)
    returned = (True, return_index, return_inverse, return_counts)
    results = tuple(part for part, use in zip(result, returned, strict=True) if use)
    return results if len(results) > 1 else results[0]


def _one_nan(values: Any, indices: Any, inverse: Any, counts: Any) -> tuple[Any, ...]:
    """Merge all NaN into one element; in the standard, each is distinct, and they are last."""
    missing = xp().isnan(values)
    number = xp().count_nonzero(missing)
    first = xp().count_nonzero(~missing)
    kept = xp().arange(values.shape[0]) <= first
    values = values[kept]
    counts = xp().where(xp().isnan(values), number, counts[kept])
    return values, indices[kept], xp().clip(inverse, None, first), counts
