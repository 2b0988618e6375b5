"""numpy functions for sets, and for questions about all elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import FUNCTIONS, implements
from onnxp._src.numpy.loops import lexsort
from onnxp._src.numpy.manipulation import ravel
from onnxp._src.numpy.missing import may_be_nan
from onnxp._src.numpy.operands import (
    as_array,
    axis_of,
    choice_of,
    has_nulls,
    in_common,
    in_common_with_numbers,
    is_bool,
    is_complex,
)
from onnxp._src.numpy.sorting import sort
from onnxp._src.shapes.shape import product
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
    """Translate `numpy.unique`."""
    if axis is None:
        result = xp().unique_all(as_array(ar))
        if equal_nan and may_be_nan(result.values):
            result = _one_nan(*result)
    else:
        result = _unique_along(as_array(ar), axis)
    returned = (True, return_index, return_inverse, return_counts)
    results = tuple(part for part, use in zip(result, returned, strict=True) if use)
    return results if len(results) > 1 else results[0]


def _unique_along(array: Any, axis: Any) -> tuple[Any, ...]:
    """Return the distinct slices along an axis, in the order of their elements, and where they are."""
    place = axis_of(axis, array, "unique")
    slices = xp().moveaxis(array, place, 0)
    count = slices.shape[0]
    width = product(slices.shape[1:])
    if type(width) is not int or width == 0 or has_nulls(array) or is_complex(array):
        raise NumpyFunctionError(
            f"numpy.unique along axis {axis} of an array of {array.dtype} and shape {array.shape} is not "
            "supported: slices must have a number of elements that is known and not 0, and no nulls or complex "
            "numbers"
        )
    rows = xp().reshape(slices, (count, width))
    keys = [rows[:, i] for i in range(width - 1, -1, -1)]
    keys = [xp().astype(key, xp().int8) if is_bool(key) else key for key in keys]
    order = lexsort(keys)
    ordered = xp().take(rows, order, axis=0)
    differs = xp().any(ordered[1:, ...] != ordered[:-1, ...], axis=1)
    first = xp().concat([xp().ones(1, dtype=xp().bool), differs])[:count]
    starts = xp().nonzero(first)[0]
    values = xp().take(slices, xp().take(order, starts), axis=0)
    groups = xp().cumulative_sum(xp().astype(first, xp().int64)) - 1
    inverse = xp().take(groups, xp().argsort(order))
    ends = xp().concat([starts, xp().reshape(xp().asarray(count), (1,))])
    return (
        xp().moveaxis(values, 0, place),
        xp().take(order, starts),
        inverse,
        ends[1:] - ends[:-1],
    )


def _one_nan(values: Any, indices: Any, inverse: Any, counts: Any) -> tuple[Any, ...]:
    """Merge all NaN into one element; in the standard, each is distinct, and they are last."""
    missing = xp().isnan(values)
    number = xp().count_nonzero(missing)
    first = xp().count_nonzero(~missing)
    kept = xp().arange(values.shape[0]) <= first
    values = values[kept]
    counts = xp().where(xp().isnan(values), number, counts[kept])
    return values, indices[kept], xp().clip(inverse, None, first), counts
