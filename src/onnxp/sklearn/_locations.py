"""Selection and assignment of columns by ``loc`` and ``iloc``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp.errors import FrameError
from onnxp.sklearn import _absent
from onnxp.sklearn._column import Column, condition_of, operand
from onnxp.sklearn._missing import holds_text
from onnxp.sklearn._selections import Selection

if TYPE_CHECKING:
    from onnxp.sklearn._columns import Columns


class Locations:
    """The ``loc`` or ``iloc`` of a frame: ``[:, columns]``, and assignment to ``[condition, columns]``."""

    def __init__(self, frame: Columns, *, by_name: bool) -> None:
        self._frame = frame
        self._by_name = by_name

    def __getitem__(self, key: Any) -> Any:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        names = self._names(columns)
        if _is_condition(rows):
            return Selection(self._frame[names], condition_of(rows))
        if not (isinstance(rows, slice) and rows == slice(None)):
            raise FrameError(
                "rows of a traced frame cannot be selected: a model keeps all rows; use where"
            )
        return self._frame[names]

    def __setitem__(self, key: Any, value: Any) -> None:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        names = self._names(columns)
        whole = isinstance(rows, slice) and rows == slice(None)
        if whole and hasattr(value, "columns") and not self._frame._is_label(names):
            for name in names:  # by label, as pandas aligns them
                self._frame[name] = value.get(name, np.nan)
            return
        if whole:
            self._frame[names] = value
            return
        labels = [names] if self._frame._is_label(names) else names
        for i, name in enumerate(labels):
            condition = self._condition(rows, name)
            if not _is_condition(condition):
                raise FrameError(
                    f"rows of a traced frame are selected by a condition, not by {rows!r}"
                )
            condition = condition_of(condition)
            part = value.aligned(condition) if isinstance(value, Selection) else value
            if len(labels) > 1 or getattr(part, "columns", None) is not None:
                part = self._frame._of_column(part, i, name)
            if name not in self._frame:
                self._frame[name] = "" if _is_text(part) else np.nan
                _absent.note(self._frame[name].array)
            self._frame[name] = self._frame[name].mask(condition, part)

    def _condition(self, rows: Any, name: Any) -> Any:
        """Return the condition for a column: one for each row, or one for each element."""
        if hasattr(rows, "columns"):
            return rows[name].array
        return (
            rows[:, list(self._frame).index(name)]
            if getattr(rows, "ndim", 1) == 2
            else operand(rows)
        )

    def _names(self, columns: Any) -> Any:
        """Return the name of a column, or a list of names."""
        names = list(self._frame)
        if self._by_name and not isinstance(columns, slice) and not _is_mask(columns):
            return columns if self._frame._is_label(columns) else list(columns)
        if isinstance(columns, slice) and self._by_name:
            start = None if columns.start is None else names.index(columns.start)
            stop = None if columns.stop is None else names.index(columns.stop) + 1
            return names[start : stop : columns.step]
        if isinstance(columns, slice):
            return names[columns]
        if np.ndim(columns) == 0:
            return names[int(columns)]
        places = np.asarray(columns)
        return [names[i] for i in (np.flatnonzero(places) if places.dtype == bool else places)]


def _is_condition(obj: Any) -> bool:
    return isinstance(obj, Column | Array) and operand(obj).dtype.plain.family == "bool"


def _is_text(obj: Any) -> bool:
    array = operand(obj)
    return isinstance(obj, str) or (isinstance(array, Array) and holds_text(array))


def _is_mask(obj: Any) -> bool:
    return np.ndim(obj) == 1 and len(obj) > 0 and np.asarray(obj).dtype == bool
