"""Which text is missing, rather than empty: models have ``""`` for both.

It is missing where an input has ``""``, and in what is computed of that; where it is filled with ``""``, it is
empty. Of text that is not known here, such as what numpy's functions give, ``""`` counts as missing when it is
asked for, and as text when it is computed with.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from onnxp._src.array.array import Array
from onnxp._src.dtypes import string
from onnxp._src.namespace import namespace

_blanks: WeakSet[Any] = WeakSet()
"""The planes of columns that were made of NaN."""

_masks: WeakKeyDictionary[Any, Array | bool] = WeakKeyDictionary()
"""Where text is missing, by the plane of an array; True wherever it is empty, False nowhere."""


def note(array: Any, mask: Array | bool = True) -> Any:
    """Note where an array of text is missing, by default wherever it is empty; return the array."""
    if isinstance(array, Array) and array.is_traced and array.dtype is string:
        _masks[array._planes[0]] = mask
    return array


def known(array: Any) -> Array | bool | None:
    """Return where an array of text is missing, or False if nothing is; None if that is not known."""
    if not isinstance(array, Array) or array.dtype is not string:
        return None
    mask = _masks.get(array._planes[0])
    return array == "" if mask is True else mask


def mask_of(array: Array) -> Array:
    """Return where an array of text is missing."""
    mask = known(array)
    if mask is None:
        return array == ""
    return mask if isinstance(mask, Array) else namespace().zeros(array.shape, dtype=bool)


def is_input(array: Array) -> bool:
    """Return whether text is missing wherever it is empty, as in an input: nothing tells them apart."""
    return _masks.get(array._planes[0]) is True


def blank(array: Any) -> Any:
    """Note that an array of NaN is a column of which nothing says whether it holds numbers; return it."""
    if array.is_traced:
        _blanks.add(array._planes[0])
    return array


def as_text(array: Array) -> Array:
    """Return an array that nothing was written to as text that is missing; any other as it is."""
    if array._planes[0] not in _blanks:
        return array
    text: Array = namespace().full(array.shape, "", dtype=string)
    note(text)
    return text


def inherit(result: Any, source: Array) -> Any:
    """Note that text of a result is missing where that of its source is, and ``""``; return the result."""
    mask = known(source)
    return result if mask is None else note(result, mask)


def either(*masks: Array | bool | None) -> Array | bool:
    """Return where one of several masks is true; what is not known counts as False."""
    result: Any = False
    for mask in masks:
        if mask is not None and mask is not False:
            result = mask if result is False else result | mask
    return result  # type: ignore[no-any-return]  # a mask or False


def chosen(result: Any, condition: Any, mask: Any, other: Any) -> Any:
    """Note where a choice of two texts is missing, which are where `mask` and `other` are; return it."""
    if mask is None and other is None:
        return result
    mask, other = (False if m is None else m for m in (mask, other))
    if mask is other is False:
        return note(result, False)
    xp = namespace()
    return note(result, xp.where(condition, xp.asarray(mask), xp.asarray(other)))


def stays(result: Any, *sources: Any) -> Any:
    """Return a result, of which text is missing where that of a source is."""
    masks = [known(source) for source in sources]
    if result.dtype is not string or all(mask is None for mask in masks):
        return result
    missing = either(*masks)
    if missing is False:
        return note(result, False)
    return note(namespace().where(missing, "", result), missing)
