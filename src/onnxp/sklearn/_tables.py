"""Look-ups of elements of traced columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.dtypes import string
from onnxp._src.namespace import namespace
from onnxp._src.numpy.keys_of_dicts import as_number
from onnxp._src.numpy.tables import NUMBERS, Tables
from onnxp.sklearn import _absent
from onnxp.sklearn._elements import Element
from onnxp.sklearn._lookup import as_floats, look_up, look_up_text


class ElementTables(Tables):
    """Look-ups of elements of traced columns, of numbers and text."""

    def is_element(self, obj: Any) -> bool:
        """Return whether an object is an element of numbers or text."""
        if type(obj) is not Element:
            return False
        dtype = obj.column.array.dtype
        return not dtype.unit and not dtype.is_nullable

    def normal(self, element: Any, key: Any) -> Any:
        """Return a key as text or a number, None if no element equals it."""
        dtype = element.column.array.dtype
        if dtype is string or dtype.family == "category":
            return key if isinstance(key, str) else None
        number = as_number(key, dtype.numpy)
        return None if number != number else number

    def positions(self, element: Any, keys: list[Any]) -> Array:
        """Return the positions of elements among keys, -1 where they are none of them, or are missing."""
        array, xp = element.column.array, namespace()
        if array.dtype.family == "category":
            array = xp.astype(array, string)
        result: Array = look_up(array, keys, np.arange(len(keys)), -1)
        if array.dtype is string and "" in keys:
            result = xp.where(_absent.mask_of(array), -1, result)
        return result

    def is_whole(self, element: Any) -> bool:
        """Return whether an element is an integer or a truth value."""
        family = element.column.array.dtype.family
        return family in ("bool", "int", "uint") or bool(element.is_field)

    def kind_of(self, value: Any) -> Any:
        """Return the same for all text and for all numbers, and a number for each other object."""
        if isinstance(value, bool | np.bool):
            return "bool"
        return (
            "text" if type(value) is str else "number" if isinstance(value, NUMBERS) else id(value)
        )

    def selected(self, element: Any, values: list[Any], codes: Array) -> Any:
        """Return the values at positions, as an element; any value at -1."""
        places = np.arange(len(values))
        if isinstance(values[0], str):
            result = look_up_text(codes, places, values)
        elif all(isinstance(value, bool | np.bool) for value in values):
            result = look_up(codes, places, np.asarray(values, np.int64), 0) == 1
        elif all(isinstance(value, bool | int | np.integer) for value in values):
            result = look_up(codes, places, np.asarray(values, np.int64), 0)
        else:
            result = look_up(codes, places, as_floats(values, "a dict"), np.nan)
        return Element(type(element.column)(result))

    def item(self, container: Any, key: Any) -> Any:
        """Return what is under an element, on this way, also in an array of one axis."""
        is_array = isinstance(container, np.ndarray | Array) and container.ndim == 1
        if is_array and self.is_element(key) and not getattr(container, "is_traced", False):
            container = container.tolist()
        return super().item(container, key)

    def contains(self, obj: Any, container: Any) -> Any:
        """Return whether an element is in a container, or a part of a text, on this way."""
        is_text = type(container) is str and len(container) <= _MOST_CHARACTERS
        if is_text and self.is_element(obj) and obj.column.array.dtype is string:
            ends = range(len(container) + 1)
            container = {container[i:j] for i in ends for j in ends[i:]}
        return super().contains(obj, container)


_MOST_CHARACTERS = 100
"""Of a text, of which all parts become keys."""
