"""Numbers among which text is left: pandas keeps texts for which ``replace`` has no number.

An array has no room for them: they are NaN there, but not missing. scikit-learn raises an error for such rows.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from onnxp._src.array.array import Array
from onnxp.sklearn._validity import require

_texts: WeakKeyDictionary[Any, Array] = WeakKeyDictionary()
"""Which elements are text, by the plane of an array of numbers."""


def note(numbers: Any, is_text: Array) -> Any:
    """Note which elements of numbers stand for text; return the numbers."""
    require(~is_text)
    _texts[numbers._planes[0]] = is_text
    return numbers


def texts_of(array: Array) -> Array | None:
    """Return which elements stand for text; None if none can."""
    return _texts.get(array._planes[0])
