"""Look-ups of elements in dicts, sets and lists of any size, also as parts of tuples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter, OrderedDict, defaultdict
from types import MappingProxyType
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace
from onnxp._src.numpy.keys_of_dicts import as_number
from onnxp._src.numpy.ways import decided

_MAPPINGS = (Counter, OrderedDict, defaultdict, dict, MappingProxyType)
_VIEWS: list[Any] = [kind() for kind in (dict, OrderedDict)]
_SETS = (
    set,
    frozenset,
    list,
    tuple,
    *(type(t.keys()) for t in _VIEWS),
    *(type(t.values()) for t in _VIEWS),
)
NUMBERS: tuple[type, ...] = (bool, int, float, np.bool, np.integer, np.floating)


class _Found:
    """Which key of a container an element is, or a tuple of elements and constants.

    Parameters
    ----------
    codes : array
        The position of the key, -1 where there is none.
    keys : list
        The keys.
    element : object
        One of the elements.
    """

    def __init__(self, codes: Any, keys: list[Any], element: Any) -> None:
        self.codes, self.keys, self.element = codes, keys, element

    def is_one(self) -> bool:
        """Return whether there is a key, on this way."""
        return bool(self.keys) and bool(decided(self.codes >= 0))


class Tables(ABC):
    """Python's look-ups, in which elements may be keys on this way through a function."""

    @abstractmethod
    def is_element(self, obj: Any) -> bool:
        """Return whether an object stands for elements, of a dtype that keys are compared with."""

    @abstractmethod
    def normal(self, element: Any, key: Any) -> Any:
        """Return a key in the form in which elements are compared with it, None if they are never equal."""

    @abstractmethod
    def positions(self, element: Any, keys: list[Any]) -> Any:
        """Return the positions of elements among distinct keys, -1 where they are none of them."""

    @abstractmethod
    def kind_of(self, value: Any) -> Any:
        """Return what values have in common that elements can have beside each other."""

    @abstractmethod
    def selected(self, element: Any, values: list[Any], codes: Any) -> Any:
        """Return the values at positions, as elements; any value at -1."""

    def contains(self, obj: Any, container: Any) -> Any:
        """Return whether an element is in a container, on this way; of other objects what ``in`` returns."""
        if type(container) in (*_MAPPINGS, *_SETS):
            found = self._found(obj, container)
            if found is not None:
                return found.is_one()
        return obj in container

    def item(self, container: Any, key: Any) -> Any:
        """Return what is under an element, on this way; of other objects what brackets return."""
        if type(container) in (list, tuple, str) and self.is_element(key) and self.is_whole(key):
            places = range(-len(container), len(container))
            found = self._found(key, dict.fromkeys(places))
            if found is None or not found.is_one():
                raise IndexError(key)
            return self._value(found, container)
        found = self._in_dict(container, key)
        if found is None:
            return container[key]
        if found.is_one():
            return self._value(found, container)
        if type(container) is defaultdict and container.default_factory is not None:
            return container.default_factory()
        if type(container) is Counter:
            return 0
        raise KeyError(found.element)

    def get(self, table: Any, key: Any, default: Any = None, /) -> Any:
        """Return what ``get`` of a dict returns for an element, on this way."""
        found = self._in_dict(table, key)
        if found is None:
            return table.get(key, default)
        return self._value(found, table) if found.is_one() else default

    def _value(self, found: _Found, table: Any) -> Any:
        """Return the value of the key, which is one of several kinds on this way."""
        values = [table[key] for key in found.keys]
        kinds = list(map(self.kind_of, values))
        several = list(dict.fromkeys(kinds))
        kind = several[-1]
        for other in several[:-1]:
            places = {i: 1 for i, part in enumerate(kinds) if part == other}
            if decided(namespace().map(found.codes, places, default=0) == 1):
                kind = other
                break
        chosen = [value for value, part in zip(values, kinds, strict=True) if part == kind]
        if len(several) > 1:
            own = [i for i, part in enumerate(kinds) if part == kind]
            codes = namespace().map(found.codes, {i: n for n, i in enumerate(own)}, default=-1)
        else:
            codes = found.codes
        if isinstance(kind, int):  # of an object of its own
            return chosen[0]
        return self.selected(found.element, chosen, codes)

    @abstractmethod
    def is_whole(self, element: Any) -> bool:
        """Return whether an element is an integer or a truth value, which can be an index."""

    def _in_dict(self, table: Any, key: Any) -> _Found | None:
        if type(table) not in _MAPPINGS or not table:
            return None
        return self._found(key, table) if self.is_element(key) or type(key) is tuple else None

    def _found(self, key: Any, container: Any) -> _Found | None:
        """Return which key an element may be, None if it is none or there are keys of other kinds."""
        parts = key if type(key) is tuple else (key,)
        elements = [part for part in parts if self.is_element(part)]
        if not elements:
            return None
        keys = [k for k in container if (type(k) is tuple) == (type(key) is tuple)]
        if type(key) is not tuple and not all(isinstance(k, (str, *NUMBERS)) for k in keys):
            return None
        rows = [(k, k if type(k) is tuple else (k,)) for k in keys]
        rows = [
            (k, normal)
            for k, row in rows
            if len(row) == len(parts) and None not in (normal := self._normals(parts, row))
        ]
        codes: Any = None
        known = [(0,)] * len(rows)  # which of the keys agree in the parts before
        for place, part in enumerate(parts):
            if not self.is_element(part):
                continue
            column = [row[place] for _, row in rows]
            distinct = list(dict.fromkeys(column))
            own = self.positions(part, distinct)
            pairs = [(*a, distinct.index(b)) for a, b in zip(known, column, strict=True)]
            if codes is not None:
                inside = (codes >= 0) & (own >= 0)
                whole = namespace().where(inside, codes * (len(distinct) + 1) + own, -1)
                merged = [a * (len(distinct) + 1) + b for a, b in pairs]
                several = list(dict.fromkeys(merged))
                own = namespace().map(whole, {m: i for i, m in enumerate(several)}, default=-1)
                pairs = [(0, several.index(m)) for m in merged]
            codes, known = own, [(last,) for _, last in pairs]
        order = {number: place for place, (number,) in reversed(list(enumerate(known)))}
        return _Found(codes, [rows[order[i]][0] for i in range(len(order))], elements[0])

    def _normals(self, parts: tuple[Any, ...], row: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return a key in the form in which its parts are compared, with None for those that are not equal."""
        return tuple(
            self.normal(part, k) if self.is_element(part) else 0 if part == k else None
            for part, k in zip(parts, row, strict=True)
        )


class ArrayTables(Tables):
    """Look-ups of traced arrays of one element."""

    def is_element(self, obj: Any) -> bool:
        """Return whether an object is a traced array of one number or text."""
        is_scalar = isinstance(obj, namespace().Array) and obj.is_traced and obj.ndim == 0
        return bool(is_scalar) and obj.dtype.family in ("bool", "int", "uint", "float", "string")

    def normal(self, element: Any, key: Any) -> Any:
        """Return a key as text or a number, None if no element equals it."""
        if element.dtype.family == "string":
            return key if isinstance(key, str) else None
        number = as_number(key, element.dtype.numpy)
        return None if number != number else number

    def positions(self, element: Any, keys: list[Any]) -> Any:
        """Return the positions of elements among keys, -1 where they are none of them."""
        xp = namespace()
        places = {key: i for i, key in enumerate(keys)}
        return xp.map(element, places, default=-1, dtype=xp.int64)

    def is_whole(self, element: Any) -> bool:
        """Return whether an element is an integer or a truth value."""
        return element.dtype.family in ("bool", "int", "uint")

    def kind_of(self, value: Any) -> Any:
        """Return the same for all numbers, and a number for each other object."""
        return "number" if isinstance(value, NUMBERS) else id(value)

    def selected(self, element: Any, values: list[Any], codes: Any) -> Any:
        """Return the values at positions; any value at -1."""
        xp = namespace()
        return xp.take(xp.asarray(values), xp.reshape(codes, (1,)))[0]
