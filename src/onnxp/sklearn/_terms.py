"""Counts of terms of text as the terms of each document, beside the array with a column for each term.

For large vocabularies the array would take gigabytes, and nearly all of it is 0. Models that multiply it by
constant weights, such as linear ones, look the weights of the terms up instead; the array is then not part of
the model.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.dtypes import string
from onnxp._src.graph.values import Value
from onnxp._src.namespace import namespace
from onnxp.sklearn._lookup import look_up

LEAST = 1024
"""The size of a vocabulary from which on terms are faster than the array."""
_GROUP = 16  # columns of weights that are looked up at a time, which limits memory


class Terms(NamedTuple):
    """The terms of each document.

    Attributes
    ----------
    columns : Array
        The column of each term in the array, int64 of shape (N, M); `width` where there is no term.
    weights : Array
        The element in that column, of shape (N, M); 0 where there is no term.
    width : int
        How many columns the array has.
    """

    columns: Array
    weights: Array
    width: int


class Joined(NamedTuple):
    """Arrays side by side.

    Attributes
    ----------
    arrays : tuple of Array
        The arrays, each of shape (N, columns).
    """

    arrays: tuple[Array, ...]


_noted: WeakKeyDictionary[Value, Terms | Joined] = WeakKeyDictionary()


def note(array: Array, parts: Terms | Joined) -> None:
    """Note what an array consists of."""
    _noted[array._planes[0]] = parts


def parts_of(array: Any) -> Terms | Joined | None:
    """Return what an array consists of, if that is noted."""
    return _noted.get(array._planes[0]) if isinstance(array, Array) else None


def counted(
    tokens: Array, terms: dict[int, tuple[str, ...]], width: int, separator: str, pad: str
) -> Terms:
    """Return the terms of documents with their counts.

    Parameters
    ----------
    tokens : array
        The tokens of each document, padded to the longest.
    terms : dict
        The terms as tuples of tokens, by column.
    width : int
        How many columns there are.
    separator : str
        Text that is in no token, to put between the tokens of a term.
    pad : str
        What documents are padded with.
    """
    xp = namespace()
    rows = tokens.shape[0]
    longest = max(map(len, terms.values()))
    padded = tokens
    if longest > 1:
        padded = xp.concat([tokens, xp.full((rows, longest - 1), pad, dtype=string)], axis=1)
    found = [xp.full((rows, 1), width, dtype=xp.int64)]  # there may be no token
    for length in sorted({len(term) for term in terms.values()}):
        chosen = {separator.join(t): column for column, t in terms.items() if len(t) == length}
        text = padded[:, : 1 - longest or None]
        for start in range(1, length):
            text = text + xp.asarray(separator) if separator else text
            text = text + padded[:, start : start + 1 - longest or None]
        found.append(look_up(text, list(chosen), np.asarray([*chosen.values()]), width))
    ordered = xp.sort(xp.concat(found, axis=1), axis=1)
    is_first = xp.concat([found[0] == width, ordered[:, 1:] != ordered[:, :-1]], axis=1)
    place = xp.cumulative_sum(xp.astype(is_first, xp.int64), axis=1) - 1
    empty = ordered * 0  # of a size that only the runtime knows
    counts = _scattered(empty, place, empty + 1, reduction="add")
    columns = _scattered(empty + width, place, ordered)
    return Terms(columns, xp.where(columns == width, 0, counts), width)


def _scattered(data: Array, indices: Array, updates: Array, **attributes: Any) -> Any:
    return namespace().onnx.op("ScatterElements", data, indices, updates, axis=1, **attributes)


def dot(parts: Terms | Joined, weights: np.ndarray[Any, Any]) -> Any:
    """Return the product of an array with constant weights of shape (columns, K) or (columns,)."""
    xp = namespace()
    table = weights if weights.ndim == 2 else weights[:, None]
    if isinstance(parts, Joined):
        ends = np.cumsum([array.shape[1] for array in parts.arrays])[:-1]
        sums = [
            array @ xp.asarray(block) if (own := parts_of(array)) is None else dot(own, block)
            for array, block in zip(parts.arrays, np.split(table, ends), strict=True)
        ]
        result = sum(sums[1:], start=sums[0])
    else:
        full = np.concatenate([table, np.zeros_like(table[:1])])
        groups = [full[:, i : i + _GROUP] for i in range(0, full.shape[1], _GROUP)]
        looked_up = [xp.take(xp.asarray(group), parts.columns, axis=0) for group in groups]
        sums = [xp.matmul(parts.weights[:, None, :], rows)[:, 0, :] for rows in looked_up]
        result = sums[0] if len(sums) == 1 else xp.concat(sums, axis=1)
    return result if weights.ndim == 2 else result[:, 0]
