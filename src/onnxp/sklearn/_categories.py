"""Categories of columns that are text or numbers in the model: those of an example, or of ``pd.cut``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.namespace import namespace
from onnxp.errors import FrameError
from onnxp.sklearn._lookup import look_up


class Categories(NamedTuple):
    """The categories of a column in their order.

    Attributes
    ----------
    values : sequence
        Text or numbers.
    ordered : bool
        Whether they are compared by their order.
    beside_missing : sequence of str
        The text of the values where one of the column is missing: pandas makes floats of whole numbers in
        intervals then. Empty if it is the same.
    """

    values: Sequence[Any]
    ordered: bool
    beside_missing: Sequence[str] = ()


_noted: WeakKeyDictionary[Any, Categories] = WeakKeyDictionary()
"""The categories, by the plane of an array."""


def of_dtype(dtype: object) -> Categories | None:
    """Return the categories of a dtype of pandas; None if it has none."""
    values = getattr(dtype, "categories", None)
    if values is None or not hasattr(values, "tolist"):
        return None
    return Categories(values.tolist(), bool(getattr(dtype, "ordered", False)))


def note(array: Array, categories: Categories | None) -> Array:
    """Note that an array has categories; return it."""
    if categories is not None and array.is_traced:
        _noted[array._planes[0]] = categories
    return array


def categories_of(array: Array) -> Categories | None:
    """Return the categories of an array; None if it has none."""
    if array.dtype.family == "category":
        return Categories(array.dtype.categories, array.dtype.ordered)
    return _noted.get(array._planes[0])


def codes(array: Array) -> Any:
    """Return the positions of elements among the categories; -1 for those that are missing."""
    if array.dtype.family == "category":
        return namespace().astype(array, namespace().int64)
    values = _noted[array._planes[0]].values
    return look_up(array, values, np.arange(len(values)), -1)


def comparing(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return a comparison that compares elements with categories by their order."""

    def compare(x: Any, y: Any) -> Any:
        known = [_noted.get(z._planes[0]) if isinstance(z, Array) else None for z in (x, y)]
        categories = known[0] or known[1]
        if categories is None:
            return function(x, y)
        if not categories.ordered:
            raise FrameError(f"categories without an order are not compared: {categories.values}")
        if isinstance(x, Array) and isinstance(y, Array) and known[0] != known[1]:
            raise FrameError("columns are compared by categories only if both have the same ones")
        mine, other = (_code(z, categories) for z in (x, y))
        return function(mine, other) & (mine >= 0) & (other >= 0)

    return compare


def _code(obj: Any, categories: Categories) -> Any:
    if isinstance(obj, Array):
        return codes(obj)
    if obj not in categories.values:
        raise FrameError(f"{obj!r} is not among the categories {list(categories.values)}")
    return list(categories.values).index(obj)
