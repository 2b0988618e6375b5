"""numpy functions that sort."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import (
    as_array,
    choice_of,
    implements,
    is_bool,
)
from onnxp._src.numpy.manipulation import ravel
from onnxp.errors import ArgumentError

_SORTS = (None, "quicksort", "mergesort", "heapsort", "stable")


def _check_sort(kind: Any, order: Any, stable: Any, name: str) -> None:
    choice_of(kind, _SORTS, name, "kind")
    if order is not None:
        raise ArgumentError(f"numpy.{name}: order names fields, which these arrays have not")
    if kind is not None and stable is not None:
        raise ArgumentError(f"numpy.{name}: give kind or stable, not both")


@implements(np.sort)
def sort(
    a: Any,
    axis: int | None = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = None,
) -> Any:
    """Translate `numpy.sort`; all sorts are stable."""
    _check_sort(kind, order, stable, "sort")
    array, axis = (ravel(a), 0) if axis is None else (as_array(a), axis)
    if is_bool(array):
        return xp().astype(sort(xp().astype(array, xp().int8), axis), xp().bool)
    return xp().sort(array, axis=axis)


@implements(np.argsort)
def argsort(
    a: Any,
    axis: int | None = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = None,
) -> Any:
    """Translate `numpy.argsort`; all sorts are stable."""
    _check_sort(kind, order, stable, "argsort")
    array, axis = (ravel(a), 0) if axis is None else (as_array(a), axis)
    return xp().argsort(xp().astype(array, xp().int8) if is_bool(array) else array, axis=axis)
