"""Points in time that are read from text, as ``pd.to_datetime`` reads them; what is none is missing."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from onnxp import dates
from onnxp._src.array.array import Array
from onnxp._src.namespace import namespace
from onnxp._src.numpy.dispatch import FUNCTIONS
from onnxp._src.numpy.text import matches, tokens
from onnxp.errors import FrameError
from onnxp.sklearn import _absent
from onnxp.sklearn._strftime import MONTHS
from onnxp.sklearn._validity import require

_ISO = "ISO8601"
_FIELDS = {
    "Y": ("year", 4, "[0-9]{4}"),
    "y": ("year", 2, "[0-9]{2}"),
    "m": ("month", 2, "(?:1[0-2]|0?[1-9])"),
    "d": ("day", 2, "(?:3[01]|[12][0-9]|0?[1-9])"),
    "H": ("hour", 2, "(?:2[0-3]|[01]?[0-9])"),
    "I": ("hour", 2, "(?:1[0-2]|0?[1-9])"),
    "M": ("minute", 2, "[0-5]?[0-9]"),
    "S": ("second", 2, "[0-5]?[0-9]"),
    "f": ("nanosecond", 9, "[0-9]{1,9}"),
}
"""The fields of digits by their letters: their names, numbers of digits, and expressions."""
_NAMES = {
    "b": ("month", "|".join(name[:3] for name in MONTHS)),
    "B": ("month", "|".join(MONTHS)),
    "p": ("half", "AM|PM"),
}
"""The fields of letters, which are read whatever their case."""
_SPLIT_YEAR = 69  # %y: 69 is 1969, and 68 is 2068


class _Run(NamedTuple):
    """A run of digits (``"9"``) or letters (``"a"``) in a format: the letters of its fields, none for text."""

    kind: str
    fields: str


_examples: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
"""The first text of an input in the example, by the plane of its array."""


def note(array: Array, texts: Any) -> None:
    """Note the first text that an input has in the example, from which pandas guesses a format."""
    text = next(
        (t for t in np.asarray(texts, dtype=object).ravel() if isinstance(t, str) and t), ""
    )
    _examples[array._planes[0]] = text


def read(x: Array, form: Any, *, dayfirst: bool = False, coerce: bool = False) -> Array:
    """Read points in time of a format; None is that of the first text in the example.

    Raises
    ------
    FrameError
        If the format is not known, or models do not read it.
    """
    form = _guessed(x, dayfirst) if form is None else form
    xp = namespace()
    text = xp.where(_absent.mask_of(x), "", x)
    result: Array = xp.astype(text, dtype_of("%Y")) if form == _ISO else _read(text, form)
    if not coerce:
        require(~xp.isnan(result) | (text == ""))
    return result


def _guessed(x: Array, dayfirst: bool) -> str:
    from pandas.tseries.api import guess_datetime_format

    example = _examples.get(x._planes[0], "")
    form: str | None = guess_datetime_format(example, dayfirst) if example else None
    if form is None:
        raise FrameError(
            "to_datetime: the format of the text is not known; give it, as in "
            "pd.to_datetime(df['day'], format='%Y-%m-%d'), or 'ISO8601'"
        )
    return form


def dtype_of(form: str) -> str:
    """Return the dtype that pandas reads a format in."""
    import pandas

    example = datetime.datetime(2000, 1, 1).strftime(form)
    return str(pandas.to_datetime(pandas.Series([example]), format=form).dtype)


def _read(text: Array, form: str) -> Array:
    xp = namespace()
    runs, pattern = _parsed(form)
    is_valid = matches(text, f"(?i){pattern}", "to_datetime")
    fields: dict[str, Array] = {}
    for kind, expression in (("9", "[0-9]+"), ("a", "[A-Za-z]+")):
        of_kind = [run.fields for run in runs if run.kind == kind]
        if not any(of_kind):
            continue
        columns = tokens(text, expression)
        columns = xp.concat([columns, xp.full((text.shape[0], len(of_kind)), "")], axis=1)
        for place, letters in enumerate(of_kind):
            read = _numbers if kind == "9" else _names
            fields |= read(xp.where(is_valid, columns[:, place], ""), letters)
    half = fields.pop("half", None)
    if half is not None and "hour" in fields:
        fields["hour"] = fields["hour"] + 12 * half
    result = dates.from_parts(**({"year": 1900} | fields), dtype=dtype_of(form))
    valid: Array = xp.where(is_valid, result, np.datetime64("NaT"))
    return valid


def _names(words: Array, letter: str) -> dict[str, Array]:
    """Return the field that is a word."""
    if not letter:
        return {}
    name, pattern = _NAMES[letter]
    numbers = {word.lower(): i for i, word in enumerate(pattern.split("|"), name == "month")}
    return {name: namespace().map(FUNCTIONS[np.strings.lower](words), numbers, default=0)}


def _numbers(digits: Array, letters: str) -> dict[str, Array]:
    """Return the fields of a run of digits."""
    xp = namespace()
    if letters == "f":
        fraction = xp.astype("0." + digits, xp.float64)
        return {"nanosecond": xp.astype(xp.round(fraction * 1e9), xp.int64)}
    rest = xp.astype("0" + digits, xp.int64)
    result = {}
    for letter in reversed(letters):
        name, size, _ = _FIELDS[letter]
        field = rest % 10**size if len(letters) > 1 else rest
        if letter == "y":
            field = field + xp.where(field < _SPLIT_YEAR, 2000, 1900)
        result[name] = field % 12 if letter == "I" else field
        rest = rest // 10**size
    return result


def _parsed(form: str) -> tuple[list[_Run], str]:
    """Return the runs of digits and letters in a format, and the expression that its texts match."""
    runs, pattern = [], ""
    for kind, group in itertools.groupby(_tokens(form), key=_kind):
        members = list(group)
        letters = [token for is_field, token in members if is_field]
        is_one = len(members) == 1
        has_text = len(letters) < len(members)
        of_digits = not has_text and (is_one or "f" not in letters)
        if not {"": True, "a": is_one, "9": of_digits}[kind]:
            raise FrameError(
                f"to_datetime: models do not read {form!r}, in which nothing is between parts of the same "
                "kind, digits or letters; read them by df['day'].str.extract"
            )
        if kind:
            runs.append(_Run(kind, "".join(letters)))
        for is_field, token in members:
            pattern += _expression(token, is_one) if is_field else re.escape(token)
    return runs, pattern


def _kind(token: tuple[bool, str]) -> str:
    """Return ``"9"`` for digits, ``"a"`` for letters, and ``""`` for other characters."""
    is_field, text = token
    if is_field:
        return "9" if text in _FIELDS else "a"
    return "9" if text.isdigit() else "a" if text.isalpha() else ""


def _expression(letter: str, is_one: bool) -> str:
    """Return the expression of a field, which has all its digits if it is not the only one of a run."""
    if letter in _NAMES:
        return f"(?:{_NAMES[letter][1]})"
    return _FIELDS[letter][2] if is_one else f"[0-9]{{{_FIELDS[letter][1]}}}"


def _tokens(form: str) -> Iterator[tuple[bool, str]]:
    """Return whether each part of a format is a field, and its letter or text."""
    expanded = form.replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S")
    for letter, text in re.findall(r"%(.)|([A-Za-z]+|[0-9]+|[^%A-Za-z0-9]+)", expanded):
        if letter == "%":
            yield False, "%"
        elif letter:
            if letter not in _FIELDS | _NAMES:
                known = ", %".join([*_FIELDS, *_NAMES])
                raise FrameError(
                    f"to_datetime: models do not read %{letter}, in {form!r}; they read %{known}"
                )
            yield True, letter
        else:
            yield False, text
