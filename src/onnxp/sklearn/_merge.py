"""Tables of pandas that are joined to a traced frame: each row looks up at most one row of the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.namespace import namespace
from onnxp.errors import FrameError
from onnxp.sklearn._lookup import as_floats, is_missing, look_up, look_up_text


def matched(
    arrays: Sequence[Array], table: Any, keys: Sequence[Any], name: str
) -> Iterator[tuple[Any, Any]]:
    """Yield the name and the elements of each column of a table, for the rows of a frame.

    Numbers are float64, with NaN where the table has no row; text has ``""`` there.

    Parameters
    ----------
    arrays : sequence of Array
        The columns of the frame that are compared with the keys, each of shape (N,).
    table : DataFrame
        What is joined; its keys are distinct.
    keys : sequence
        The names of its keys.
    name : str
        The method of pandas, for errors.

    Raises
    ------
    FrameError
        If keys occur several times, or a column has elements that no array has.
    """
    _require_distinct(table, keys, name)
    if len(keys) == 1:
        array, places = arrays[0], table[keys[0]].to_numpy()
    else:
        array, places = _combined(arrays, [table[key].to_numpy() for key in keys])
    for label in table.columns:
        values = table[label].tolist()
        present = [v for v in values if not is_missing(v)]
        if all(isinstance(v, str) for v in present) and present:
            yield label, look_up_text(array, places, values)
        elif all(isinstance(v, bool | int | float | np.number | np.bool_) for v in present):
            yield label, look_up(array, places, as_floats(values, name), np.nan)
        else:
            kind = type(present[0]).__name__
            raise FrameError(
                f"{name}: the column {label!r} of the table has elements of type {kind}; a model looks up "
                "numbers and text, so drop it, or convert it"
            )


def _require_distinct(table: Any, keys: Sequence[Any], name: str) -> None:
    missing = [key for key in keys if key not in table.columns]
    if missing:
        raise KeyError(
            f"{name}: {missing} not among the columns {list(table.columns)} of the table"
        )
    repeated = table.loc[table.duplicated(list(keys)), list(keys)]
    if len(repeated):
        example = repeated.iloc[0].tolist()
        raise FrameError(
            f"{name}: the table has several rows with {dict(zip(keys, example, strict=True))}, and a model "
            "keeps its number of rows; drop_duplicates the table by its keys, or group it first"
        )


def _combined(arrays: Sequence[Array], columns: Sequence[Any]) -> tuple[Any, Any]:
    """Return one number for the elements of several keys, of the frame and of the table; others are -1."""
    xp = namespace()
    code: Any = 0
    places: Any = 0
    unknown: Any = False
    for array, column in zip(arrays, columns, strict=True):
        elements = list(dict.fromkeys(None if is_missing(v) else v for v in column.tolist()))
        numbers = {element: i for i, element in enumerate(elements)}
        mine = look_up(array, np.asarray(elements, dtype=object), np.arange(len(elements)), -1)
        code = code * len(elements) + mine
        unknown = unknown | (mine < 0)
        of_table = [numbers[None if is_missing(v) else v] for v in column.tolist()]
        places = places * len(elements) + np.asarray(of_table)
    return xp.where(unknown, -1, code), places
