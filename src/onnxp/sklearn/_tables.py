"""Look-ups of elements of traced columns in dicts, sets and lists of any size, also as parts of tuples."""

from __future__ import annotations

from collections import OrderedDict
from types import MappingProxyType
from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.dtypes import string
from onnxp._src.namespace import namespace
from onnxp._src.numpy.keys_of_dicts import as_number
from onnxp._src.numpy.ways import decided
from onnxp.sklearn import _absent
from onnxp.sklearn._elements import Element
from onnxp.sklearn._lookup import as_floats, is_missing, look_up, look_up_text

_MAPPINGS = (dict, OrderedDict, MappingProxyType)
_SETS = (set, frozenset, list, tuple)
_NUMBERS: tuple[type, ...] = (bool, int, float, np.bool, np.integer, np.floating)


class _Found:
    """The keys of a container that an element, or a tuple of elements and constants, may be.

    Parameters
    ----------
    codes : Array
        The position of the key, -1 where there is none.
    keys : list
        The keys.
    """

    def __init__(self, codes: Array, keys: list[Any], element: Element) -> None:
        self.codes, self.keys, self.element = codes, keys, element

    def is_one(self) -> bool:
        """Return whether there is a key, on this way."""
        return bool(self.keys) and bool(decided(self.codes >= 0))

    def values(self, table: Any) -> Element:
        """Return the values of the keys, where there is one."""
        values = [table[key] for key in self.keys]
        places = np.arange(len(values))
        if isinstance(values[0], str):
            result = look_up_text(self.codes, places, values)
        elif all(isinstance(value, bool | np.bool) for value in values):
            result = look_up(self.codes, places, np.asarray(values, np.int64), 0) == 1
        elif all(isinstance(value, bool | int | np.integer) for value in values):
            result = look_up(self.codes, places, np.asarray(values, np.int64), 0)
        else:
            result = look_up(self.codes, places, as_floats(values, "a dict"), np.nan)
        return Element(type(self.element.column)(result), of_numpy=False)


def _of_key(key: Any, container: Any) -> _Found | None:
    """Return which keys an element may be, None if it is none or the container has keys of other kinds."""
    parts = key if isinstance(key, tuple) else (key,)
    elements = [part for part in parts if type(part) is Element]
    if not elements or any(_is_other(element) for element in elements):
        return None
    if isinstance(key, tuple):
        keys = [k for k in container if isinstance(k, tuple) and len(k) == len(parts)]
    else:
        keys = [k for k in container if not isinstance(k, tuple)]
        if any(
            type(k) is not str and not isinstance(k, _NUMBERS) and not is_missing(k) for k in keys
        ):
            return None
    rows = [(k, k if isinstance(key, tuple) else (k,)) for k in keys]
    for place, part in enumerate(parts):  # what cannot be equal is no key
        rows = [(k, row) for k, row in rows if _normal(part, row[place]) is not None]
    codes: Any = None
    known: list[Any] = [()] * len(rows)
    for place, part in enumerate(parts):
        if type(part) is not Element:
            continue
        column = [_normal(part, row[place]) for _, row in rows]
        distinct = list(dict.fromkeys(column))
        own = _positions(part, distinct)
        pairs = list(zip(known, map(distinct.index, column), strict=True))
        if codes is None:
            codes, known = own, [(b,) for _, b in pairs]
            continue
        before = list(dict.fromkeys(known))
        merged = [before.index(a) * max(len(distinct), 1) + b for a, b in pairs]
        inside = (codes >= 0) & (own >= 0)
        whole = namespace().where(inside, codes * max(len(distinct), 1) + own, -1)
        several = list(dict.fromkeys(merged))
        codes = _looked_up(whole, several)
        known = [(several.index(code),) for code in merged]
    order = {
        row[0]: place for place, row in enumerate(known)
    }  # of several equal keys the first is in a dict
    return _Found(codes, [rows[order[i]][0] for i in range(len(order))], elements[0])


def _is_other(element: Element) -> bool:
    array = element.column.array
    return bool(array.dtype.unit) or array.dtype.is_nullable


def _normal(part: Any, key: Any) -> Any:
    """Return a key in the form in which a part is compared with it, None if they are never equal."""
    if type(part) is not Element:
        return True if part == key else None
    array = part.column.array
    if array.dtype is string or array.dtype.family == "category":
        return key if isinstance(key, str) else None
    number = as_number(key, array.dtype.numpy)
    return None if number is None or number != number else number


def _positions(element: Element, keys: list[Any]) -> Array:
    """Return the positions of elements among distinct keys, -1 where they are none of them."""
    array, xp = element.column.array, namespace()
    if array.dtype.family == "category":
        array = xp.astype(array, string)
    result = _looked_up(array, keys)
    is_absent = array.dtype is string and "" in keys
    return xp.where(_absent.mask_of(array), -1, result) if is_absent else result  # type: ignore[no-any-return]  # xp


def _looked_up(array: Array, keys: list[Any]) -> Any:
    result: Any = look_up(array, keys, np.arange(len(keys)), -1)
    return result


def contains(obj: Any, container: Any) -> Any:
    """Return whether an element is in a container, on this way; of other objects what ``in`` returns."""
    if type(container) in (*_MAPPINGS, *_SETS) and type(obj) in (Element, tuple):
        found = _of_key(obj, container)
        if found is not None:
            return found.is_one()
    is_text = type(obj) is Element and isinstance(container, str) and len(container) <= 100
    if is_text and obj.column.array.dtype is string:
        ends = range(len(container) + 1)
        parts = {container[i:j] for i in ends for j in ends[i:]}
        return contains(obj, parts)
    return obj in container


def item(container: Any, key: Any) -> Any:
    """Return what is in a container under an element, on this way; of other objects what brackets return."""
    found = _of_dict(container, key)
    if found is None:
        return container[key]
    if found.is_one():
        return found.values(container)
    raise KeyError(found.element)


def get(table: Any, key: Any, default: Any = None, /) -> Any:
    """Return what ``get`` of a dict returns for an element, on this way."""
    found = _of_dict(table, key)
    if found is None:
        return table.get(key, default)
    return found.values(table) if found.is_one() else default


def _of_dict(table: Any, key: Any) -> _Found | None:
    """Return which keys of a dict an element may be, None unless its values have one kind."""
    if type(table) not in _MAPPINGS or type(key) not in (Element, tuple) or not table:
        return None
    values = list(table.values())
    of_text = all(isinstance(value, str) for value in values)
    if not of_text and not all(isinstance(value, _NUMBERS) for value in values):
        return None
    return _of_key(key, table)
