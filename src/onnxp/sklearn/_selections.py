"""Columns of the rows that a condition selects, ``df.loc[condition, "a"]``, on their way into other columns."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp.errors import FrameError
from onnxp.sklearn._column import Column
from onnxp.sklearn._elementwise import Elementwise, frame_of

_METHODS = frozenset(
    "abs apply astype between clip fillna isin isna isnull map notna notnull replace round".split()
)
"""The methods whose results belong to the same rows."""


class Selection:
    """The rows of a column or a frame that a condition selects. What is computed of them belongs to these rows.

    A model keeps all rows, so that a selection is no result: it is assigned to a column, whose other rows get
    what pandas aligns with it, a missing value.

    Parameters
    ----------
    column : Column or Frame
        The column or the columns, with all rows.
    rows : array of bool
        The condition, of shape (N,).
    """

    __onnxp_traced__ = True
    __hash__ = None  # type: ignore[assignment]  # == compares elements

    def __init__(self, column: Any, rows: Array) -> None:
        self._column = column
        self._rows = rows

    def aligned(self, rows: Array | None = None) -> Any:
        """Return the column with missing values in other rows; those of `rows` are all that will be read."""
        if rows is not None and rows._planes == self._rows._planes:
            return self._column
        column = self._column
        if not isinstance(column, Column):
            parts = {name: Selection(part, self._rows) for name, part in column.items()}
            return frame_of({name: part.aligned().array for name, part in parts.items()})
        if column.array.dtype.family in ("bool", "int", "uint"):
            column = column.astype("float64")
        return column.where(Column(self._rows))

    @property
    def name(self) -> Any:
        """The name of the column."""
        return self._column.name

    @property
    def dtype(self) -> Any:
        """The dtype of the column."""
        return self._column.dtype

    def __getitem__(self, key: Any) -> Selection:
        if isinstance(self._column, Column):
            raise FrameError("the rows that a condition selects are not selected once more")
        return Selection(self._column[key], self._rows)

    @property
    def str(self) -> _Accessor:
        """The functions of text."""
        return _Accessor(self._column.str, self._rows)

    @property
    def dt(self) -> _Accessor:
        """The fields of points in time, and of spans."""
        return _Accessor(self._column.dt, self._rows)

    def __getattr__(self, name: Any) -> Any:
        if name not in _METHODS:
            raise FrameError(
                f"the rows that a condition selects have no {name!r}: a model keeps all rows; write it with "
                "df['column'].where(condition)"
            )
        return _of_rows(getattr(self._column, name), self._rows)

    def __array_ufunc__(self, ufunc: np.ufunc, method: Any, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs or len(inputs) > 2:
            return NotImplemented
        if len(inputs) == 1:
            return Selection(ufunc(self._column), self._rows)
        swapped = inputs[0] is not self
        return self._with(inputs[0] if swapped else inputs[1], ufunc, swapped=swapped)

    def _with(self, other: Any, function: Callable[..., Any], *, swapped: bool) -> Any:
        """Return a function of both, for the rows that either has: those of one are missing in the other."""

        def called(x: Any, y: Any) -> Any:
            return function(y, x) if swapped else function(x, y)

        if isinstance(other, Elementwise):
            return called(self.aligned(), other)
        if not isinstance(other, Selection):
            _require_scalars([other])
            return Selection(called(self._column, other), self._rows)
        if other._rows._planes == self._rows._planes:
            return Selection(called(self._column, other._column), self._rows)
        return Selection(called(self.aligned(), other.aligned()), self._rows | other._rows)


class _Accessor:
    """An accessor of a selection, such as `str`, whose results belong to the same rows."""

    def __init__(self, accessor: Any, rows: Array) -> None:
        self._accessor = accessor
        self._rows = rows

    def __getitem__(self, key: Any) -> Selection:
        return Selection(self._accessor[key], self._rows)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._accessor, name)
        return (
            Selection(value, self._rows)
            if isinstance(value, Elementwise)
            else _of_rows(value, self._rows)
        )


def _of_rows(method: Callable[..., Any], rows: Array) -> Callable[..., Selection]:
    """Return a method whose result, a column, belongs to some rows."""

    def called(*args: Any, **kwargs: Any) -> Selection:
        _require_scalars([*args, *kwargs.values()])
        result = method(*args, **kwargs)
        if not isinstance(result, Elementwise):
            raise FrameError("the rows that a condition selects give columns, and nothing else")
        return Selection(result, rows)

    return called


def _require_scalars(objects: list[Any]) -> None:
    if any(isinstance(obj, Elementwise | Selection) or getattr(obj, "ndim", 0) for obj in objects):
        raise FrameError(
            "rows that a condition selects are computed with numbers and text, or with columns by operators; "
            "write it with df['column'].where(condition)"
        )


def _binary(function: Callable[[Any, Any], Any], *, swapped: bool = False) -> Callable[..., Any]:
    return lambda self, other: self._with(other, function, swapped=swapped)


def _unary(function: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda self: Selection(function(self._column), self._rows)


for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Selection, f"__{_name}__", _binary(getattr(operator, _name)))
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor"):
    _function, _word = getattr(operator, _name), _name.rstrip("_")
    setattr(Selection, f"__{_word}__", _binary(_function))
    setattr(Selection, f"__r{_word}__", _binary(_function, swapped=True))
for _name in ("neg", "abs", "invert"):
    setattr(Selection, f"__{_name}__", _unary(getattr(operator, _name)))
