"""The labels of categories: as text in the names of dtypes, and as codes, their positions.

A missing label has the code -1, and is ``""`` as text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from onnxp._src.dtypes import strings
from onnxp.errors import DTypeError

if TYPE_CHECKING:
    from onnxp._src.dtypes.dtype import DType

_Host = np.ndarray[Any, Any]

MISSING = -1
"""The code of what is missing."""
UNKNOWN = -2
"""The code of a label that a dtype does not have, in comparisons, where it equals nothing."""

COMPARISONS = ("equal", "not_equal", "isin")
"""Functions in which a label may be compared with any text."""

_LONGEST_NAME = 6
"""How many labels messages show."""
_PLAIN = r"[^\W\d](?:[\w .+/-]*[\w.+/-])?"
_LABEL = rf'(?:{_PLAIN}|"(?:[^"\\]|\\.)*")'


def checked(categories: object) -> tuple[str, ...]:
    """Return labels as a tuple.

    Raises
    ------
    DTypeError
        If one is not text, is empty, or is given twice.
    """
    if isinstance(categories, str) or not isinstance(categories, Iterable):
        raise DTypeError(
            f"category: a sequence of labels is needed, such as ('a', 'b'), not {categories!r}"
        )
    result = tuple(categories)
    for label in result:
        if not isinstance(label, str):
            raise DTypeError(
                f"category: {label!r} of type {type(label).__name__} is not a label; labels are text, so write "
                f"{str(label)!r}, or keep numbers as an integer array"
            )
        strings.check(label, "category: a label")
    if "" in result:
        raise DTypeError("category: '' stands for a missing label, and so cannot be a label itself")
    if not result:
        raise DTypeError("category: at least one label is needed, such as ('a', 'b')")
    distinct = set(result)
    if len(distinct) < len(result):
        twice = next(label for label in result if result.count(label) > 1)
        raise DTypeError(f"category: the label {twice!r} is given twice")
    return tuple(map(str, result))


def full_name(categories: tuple[str, ...], ordered: bool) -> str:
    """Return the name of the dtype, such as ``"category[a, b]"`` or ``"category[S < M]"``."""
    return f"category[{(' < ' if ordered else ', ').join(map(_quoted, categories))}{_end(categories, ordered)}]"


def short_name(categories: tuple[str, ...], ordered: bool) -> str:
    """Return the name for messages, without most of many labels."""
    if len(categories) <= _LONGEST_NAME:
        return full_name(categories, ordered)
    first = full_name(categories[: _LONGEST_NAME - 1], ordered).removesuffix("]")
    between = " < " if ordered else ", "
    return f"{first}{between}...{between}{_quoted(categories[-1])}]"


def _end(categories: tuple[str, ...], ordered: bool) -> str:
    return " <" if ordered and len(categories) == 1 else ""


def _quoted(label: str) -> str:
    return label if re.fullmatch(_PLAIN, label) else json.dumps(label, ensure_ascii=False)


NAME = rf"category\[\s*{_LABEL}(?:\s*[,<]\s*{_LABEL})*\s*<?\s*\]"
"""A regular expression for names of dtypes of categories."""


def parse(name: str) -> tuple[tuple[str, ...], bool]:
    """Return the labels in the name of a dtype, and whether they are ordered.

    Raises
    ------
    DTypeError
        If it is no such name.
    """
    if re.fullmatch(NAME, name):
        inner = name[len("category[") : -1]
        between = re.sub(_LABEL, "", inner).replace(" ", "")
        if len(set(between)) <= 1:
            found = (label.strip() for label in re.findall(_LABEL, inner))
            try:
                labels = tuple(json.loads(x) if x.startswith('"') else x for x in found)
                return checked(labels), "<" in between
            except ValueError:
                pass
    raise DTypeError(
        f"{name!r} is not a dtype; write labels as in 'category[a, b]' or, ordered, 'category[a < b]', in "
        "double quotes if they have other signs than those of words: 'category[\"a, b\", c]'"
    )


def to_codes(data: _Host, categories: tuple[str, ...]) -> _Host:
    """Return the codes of labels; -1 for all else.

    Raises
    ------
    DTypeError
        If an element is neither text nor missing.
    """
    if data.dtype.kind not in "UOT":
        data = data.astype(object)
    positions = {label: code for code, label in enumerate(categories)}
    flat = data.astype(object).ravel().tolist()
    codes = np.empty(len(flat), np.int64)
    for i, element in enumerate(flat):
        if not isinstance(element, str) and not strings.is_missing(element):
            raise DTypeError(
                f"{element!r} of type {type(element).__name__} is not a label, which is text; of integers, "
                "xp.recode(codes, dtype) makes the labels with these positions"
            )
        codes[i] = positions.get(element, MISSING)
    return codes.reshape(data.shape)


def known_codes(data: _Host, dtype: DType, function: str) -> _Host:
    """Return the codes of text that consists of labels of a dtype, and ``""``.

    Raises
    ------
    DTypeError
        If there is other text.
    """
    try:
        codes = to_codes(data, dtype.categories)
    except DTypeError as error:
        raise DTypeError(f"{function}, {dtype}: {error}") from None
    for element in data[codes == MISSING].ravel().tolist():
        if element and not strings.is_missing(element):
            raise DTypeError(
                f"{function}: {element!r} is not a label of {dtype}; write '' for a missing one, or "
                "xp.recode(x, dtype) for a dtype that has the label"
            )
    return codes


def code(label: str, dtype: DType, function: str) -> int:
    """Return the code of a label beside categories; one that is compared may be any text but ``""``.

    Raises
    ------
    DTypeError
        If it is not a label.
    """
    if function in COMPARISONS:
        if not label:
            raise DTypeError(
                f"{function}: '' stands for a missing label, which equals nothing; write x != x for those that "
                "are missing"
            )
        return dtype.categories.index(label) if label in dtype.categories else UNKNOWN
    return int(known_codes(np.asarray(label, object), dtype, function))


def from_codes(codes: _Host, categories: tuple[str, ...]) -> _Host:
    """Return the labels of codes as text; ``""`` for codes that are none."""
    table = np.array([*categories, ""], object)
    flat = codes.ravel()
    is_label = (flat >= 0) & (flat < len(categories))
    return strings.to_numpy(table[np.where(is_label, flat, MISSING)].reshape(codes.shape))


def are_of(obj: object) -> bool:
    """Return whether an object is a dtype of categories of pandas or Polars, whose labels are known."""
    return (
        type(obj).__name__ in ("CategoricalDtype", "Enum")
        and getattr(obj, "categories", None) is not None
    )


def of_foreign(obj: Any) -> tuple[str, ...]:
    """Return the labels of a dtype of pandas or Polars.

    Raises
    ------
    DTypeError
        If they are not text.
    """
    return checked(obj.categories.tolist() if hasattr(obj.categories, "tolist") else obj.categories)
