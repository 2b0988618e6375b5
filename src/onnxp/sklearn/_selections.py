"""Columns of the rows that a condition selects, ``df.loc[condition, "a"]``, on their way into other columns."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp.errors import FrameError
from onnxp.sklearn._column import Column


class Selection:
    """The rows of a column that a condition selects. What is computed of them belongs to these rows.

    A model keeps all rows, so that a selection is no result: it is assigned to a column, whose other rows get
    what pandas aligns with it, a missing value.

    Parameters
    ----------
    column : Column
        The column, with all rows.
    rows : array of bool
        The condition, of shape (N,).
    """

    __onnxp_traced__ = True
    __hash__ = None  # type: ignore[assignment]  # == compares elements

    def __init__(self, column: Column, rows: Array) -> None:
        self._column = column
        self._rows = rows

    def aligned(self, rows: Array | None = None) -> Column:
        """Return the column with missing values in other rows; those of `rows` are all that will be read."""
        if rows is not None and rows._planes == self._rows._planes:
            return self._column
        column = self._column
        if column.array.dtype.family in ("bool", "int", "uint"):
            column = column.astype("float64")
        return column.where(Column(self._rows))

    def _other(self, obj: Any) -> Any:
        return obj.aligned(self._rows) if isinstance(obj, Selection) else obj

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs:
            return NotImplemented
        columns = [obj._column if obj is self else self._other(obj) for obj in inputs]
        return Selection(ufunc(*columns), self._rows)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._column, name)
        if isinstance(value, Column):
            return Selection(value, self._rows)
        if not callable(value):
            return value

        def method(*args: Any, **kwargs: Any) -> Any:
            result = value(
                *map(self._other, args), **{key: self._other(obj) for key, obj in kwargs.items()}
            )
            if not isinstance(result, Column):
                raise FrameError(
                    f"{name} of the rows that a condition selects depends on how many there are, and a model "
                    "keeps all rows; write it with where"
                )
            return Selection(result, self._rows)

        return method


def _binary(function: Callable[[Any, Any], Any], *, swapped: bool = False) -> Callable[..., Any]:
    def method(self: Selection, other: Any) -> Any:
        right = self._other(other)
        result = function(right, self._column) if swapped else function(self._column, right)
        return Selection(result, self._rows)

    return method


for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Selection, f"__{_name}__", _binary(getattr(operator, _name)))
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor"):
    _function, _word = getattr(operator, _name), _name.rstrip("_")
    setattr(Selection, f"__{_word}__", _binary(_function))
    setattr(Selection, f"__r{_word}__", _binary(_function, swapped=True))
for _name in ("neg", "abs", "invert"):
    setattr(
        Selection,
        f"__{_name}__",
        (lambda f: lambda self: Selection(f(self._column), self._rows))(getattr(operator, _name)),
    )
