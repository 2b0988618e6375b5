"""Which text is missing, rather than empty: models have ``""`` for both.

It is missing where an input has ``""``, and in what is computed of that; where it is filled with ``""``, it is
empty.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from onnxp._src.array.array import Array
from onnxp._src.dtypes import string
from onnxp._src.namespace import namespace

_masks: WeakKeyDictionary[Any, Array | None] = WeakKeyDictionary()
"""Where text is missing, by the plane of an array; None if it is wherever it is empty."""


def note(array: Any, mask: Array | None = None) -> Any:
    """Note where an array of text is missing, by default wherever it is empty; return the array."""
    if isinstance(array, Array) and array.is_traced and array.dtype is string:
        _masks[array._planes[0]] = mask
    return array


def mask_of(array: Any) -> Array | None:
    """Return where an array of text is missing; None if nothing is known to be."""
    if not isinstance(array, Array) or array.dtype is not string or array._planes[0] not in _masks:
        return None
    mask = _masks[array._planes[0]]
    return array == "" if mask is None else mask


def inherit(result: Any, source: Array) -> Any:
    """Note that text of a result is missing where that of its source is, and ``""``; return the result."""
    mask = mask_of(source)
    return result if mask is None else note(result, mask)


def stays(result: Any, *sources: Any) -> Any:
    """Return a result, of which text is missing where that of a source is."""
    masks = [mask for mask in map(mask_of, sources) if mask is not None]
    if not masks or result.dtype is not string:
        return result
    missing = masks[0]
    for mask in masks[1:]:
        missing = missing | mask
    return note(namespace().where(missing, "", result), missing)
