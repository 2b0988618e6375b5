"""Points in time as text, as ``strftime`` writes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from onnxp import dates
from onnxp._src.array.array import Array
from onnxp._src.namespace import namespace
from onnxp.errors import FrameError
from onnxp.sklearn import _absent

_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = (
    "January February March April May June July August September October November December".split()
)

_WRITTEN: dict[str, tuple[Callable[[Array], Any], dict[int, str]]] = {
    "a": (dates.weekday, {i: name[:3] for i, name in enumerate(_DAYS)}),
    "A": (dates.weekday, dict(enumerate(_DAYS))),
    "b": (dates.month, {i: name[:3] for i, name in enumerate(MONTHS, 1)}),
    "B": (dates.month, dict(enumerate(MONTHS, 1))),
    "d": (dates.day, {i: f"{i:02}" for i in range(1, 32)}),
    "H": (dates.hour, {i: f"{i:02}" for i in range(24)}),
    "I": (dates.hour, {i: f"{(i - 1) % 12 + 1:02}" for i in range(24)}),
    "j": (dates.dayofyear, {i: f"{i:03}" for i in range(1, 367)}),
    "m": (dates.month, {i: f"{i:02}" for i in range(1, 13)}),
    "M": (dates.minute, {i: f"{i:02}" for i in range(60)}),
    "q": (dates.quarter, {i: str(i) for i in range(1, 5)}),  # of periods only
    "p": (dates.hour, {i: "AM" if i < 12 else "PM" for i in range(24)}),
    "S": (dates.second, {i: f"{i:02}" for i in range(60)}),
}
"""The fields that ``strftime`` writes, by their letters, and their texts."""


def written(x: Array, form: str) -> Any:
    """Return points in time as text, with names in English; missing ones are missing text.

    Raises
    ------
    FrameError
        If the form has letters that models do not write.
    """
    xp = namespace()
    parts = re.split(r"%(.)", form.replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S"))
    result = xp.where(xp.isnan(x), "", parts[0])
    for letter, text in zip(parts[1::2], parts[2::2], strict=True):
        result = result + _field(x, letter) + text
    return _absent.note(xp.where(xp.isnan(x), "", result), xp.isnan(x))


def _field(x: Array, letter: str) -> Any:
    """Return a field of points in time as text."""
    xp = namespace()
    if letter == "%":
        return letter
    if letter == "Y":
        return xp.astype(dates.year(x), xp.string)
    if letter not in _WRITTEN:
        raise FrameError(
            f"dt.strftime: %{letter} is not written by models; these are %Y, %{', %'.join(_WRITTEN)}"
        )
    field, texts = _WRITTEN[letter]
    return xp.map(field(x), texts, default="")
