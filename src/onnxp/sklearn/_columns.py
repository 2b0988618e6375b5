"""The columns of a traced frame: access by name, shape, dtypes, and blocks of them as arrays."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.dtypes import as_dtype, string
from onnxp._src.namespace import namespace
from onnxp._src.numpy.results import of_shape
from onnxp._src.wording import wording
from onnxp.errors import FrameError, ShapeError
from onnxp.sklearn import _absent
from onnxp.sklearn._column import Column, RowLabels, operand
from onnxp.sklearn._conversion import without_nulls
from onnxp.sklearn._dtype_kinds import host_dtype
from onnxp.sklearn._elementwise import Elementwise
from onnxp.sklearn._locations import Locations
from onnxp.sklearn._lookup import is_missing
from onnxp.sklearn._missing import holds_text
from onnxp.sklearn._tuples import columns_of


class Columns(Elementwise):
    """The columns of a frame by their names, in order; `Frame` adds methods of pandas."""

    ndim = 2
    __pandas_priority__ = 4500
    """More than that of a frame of pandas, which leaves operators to this one."""

    @staticmethod
    def __onnxp_stands_for__() -> type | None:
        return getattr(sys.modules.get("pandas"), "DataFrame", None)

    def __init__(
        self, columns: Mapping[Any, Array], rows: Any = None, *, by_position: bool = False
    ) -> None:
        self._columns = dict(columns)
        self._rows = rows
        self.by_position = by_position

    @classmethod
    def of_blocks(cls, blocks: Sequence[Any], names: Sequence[str] | None = None) -> Self:
        """Return a frame of the columns of arrays and frames, side by side."""
        parts = [part for block in blocks for part in parts_of(block)]
        labels = range(len(parts)) if names is None else names
        return cls(dict(zip(map(str, labels), parts, strict=True)))

    # What scikit-learn asks

    @property
    def shape(self) -> Any:
        """The shape, (N, number of columns)."""
        for array in self._columns.values():
            return (array.shape[0], len(self._columns))
        return (0 if self._rows is None else self._rows, 0)

    @property
    def arrays(self) -> list[Array]:
        """The columns as arrays."""
        return list(self._columns.values())

    @property
    def is_mixed(self) -> bool:
        """Whether no array has all columns: text, numbers, points in time and spans are of different kinds."""
        return len(set(map(_kind, self.arrays))) > 1

    def block(self) -> Any:
        """Return all columns as one array of their common dtype.

        Raises
        ------
        FrameError
            If they are of several kinds, such as text and numbers.
        """
        if not self._columns:
            raise FrameError("no array has the columns of a frame without columns")
        if self.is_mixed:
            kinds = {name: str(array.dtype) for name, array in self._columns.items()}
            raise FrameError(
                f"no array has {_lists(set(map(_kind, self.arrays)))}, as {kinds}: select or encode them, "
                f"and give columns their dtypes by {wording.get().rows_or_dtypes()}"
            )
        xp = namespace()
        arrays = list(map(without_nulls, self.arrays))
        if arrays[0].dtype is not string:
            common = as_dtype(np.result_type(*(array.dtype.numpy for array in arrays)))
            arrays = [xp.astype(array, common, copy=False) for array in arrays]
        return arrays[0][:, None] if len(arrays) == 1 else xp.stack(arrays, axis=1)

    # As pandas

    @property
    def columns(self) -> Any:
        """The names of the columns: an Index of pandas, if that is imported."""
        pandas = sys.modules.get("pandas")
        names = list(self._columns)
        return np.asarray(names, dtype=object) if pandas is None else pandas.Index(names)

    @columns.setter
    def columns(self, names: Any) -> None:
        self._columns = dict(zip(names, self.arrays, strict=True))

    @property
    def dtypes(self) -> Any:
        """The dtypes of the columns, by name: a Series of pandas, if that is imported."""
        pandas = sys.modules.get("pandas")
        kinds = {name: host_dtype(array) for name, array in self._columns.items()}
        return kinds if pandas is None else pandas.Series(kinds, dtype=object)

    @property
    def index(self) -> RowLabels:
        """A stand-in for the labels of rows."""
        return RowLabels(self.shape[0])

    @property
    def empty(self) -> bool:
        """Whether there are no columns, or no rows."""
        return not self._columns or bool(self.shape[0] == 0)

    def __len__(self) -> int:
        raise FrameError("the number of rows of a traced frame is not an int; write df.shape[0]")

    @property
    def loc(self) -> Locations:
        """Selection of columns by name, and assignment where a condition is true."""
        return Locations(self, by_name=True)

    @property
    def iloc(self) -> Locations:
        """Selection of columns by position."""
        return Locations(self, by_name=False)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._columns)

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __onnxp_length__(self) -> Any:
        return self.shape[0]

    def __repr__(self) -> str:
        columns = ", ".join(f"{name}: {array.dtype}" for name, array in self._columns.items())
        return f"Frame({columns})"

    def items(self) -> Iterator[tuple[Any, Column]]:
        """Yield the names and the columns."""
        return ((name, self[name]) for name in list(self._columns))

    def keys(self) -> Any:
        """Return the names of the columns."""
        return self.columns

    def get(self, name: Any, default: Any = None) -> Any:
        """Return a column, or the default if there is none."""
        return self[name] if name in self._columns else default

    def __getattr__(self, name: str) -> Any:
        columns = vars(self).get("_columns", {})
        return self[name] if name in columns else super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in vars(self).get("_columns", {}):
            self[name] = value
        else:
            object.__setattr__(self, name, value)

    def _at(self, rows: Any, columns: Any) -> Any:
        """Return columns of an array of objects: as an array, if one has them all."""
        if not (rows is Ellipsis or (isinstance(rows, slice) and rows == slice(None))):
            raise FrameError("rows of a traced array cannot be selected: a model keeps all rows")
        part = self.iloc[:, columns]
        if isinstance(part, Column):
            return part.array
        return part if part.is_mixed else part.block()

    def __getitem__(self, key: Any) -> Any:
        if self.by_position and isinstance(key, tuple) and len(key) == 2:
            return self._at(*key)
        if isinstance(key, Column | Columns) or (hasattr(key, "dtype") and key.dtype == bool):
            raise FrameError(
                "rows of a traced frame cannot be selected: a model keeps all rows; use where"
            )
        if self._is_label(key):
            self._require([key])
            return Column(self._columns[key], key)
        names = list(key)
        self._require(names)
        if len(set(names)) < len(names):
            raise FrameError(f"the columns {names} are not distinct; add them under other names")
        columns = {name: self._columns[name] for name in names}
        return type(self)(columns, self.shape[0], by_position=self.by_position)

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, Column | Columns | Array):
            self.loc[key] = value
            return
        if self._is_label(key):
            self._columns[key] = self._full(value)
            return
        names = list(key)
        parts = columns_of(value) or (
            parts_of(value) if getattr(value, "ndim", 0) == 2 else [value] * len(names)
        )
        for name, part in zip(names, parts, strict=True):
            self._columns[name] = self._full(part)

    def __delitem__(self, name: Any) -> None:
        self._require([name])
        del self._columns[name]

    def _is_label(self, key: Any) -> bool:
        """Return whether a key names one column, rather than several."""
        hashable = isinstance(key, Hashable)
        return hashable and (isinstance(key, str) or np.ndim(key) == 0 or key in self._columns)

    def _require(self, names: Sequence[Any]) -> None:
        missing = [name for name in names if name not in self._columns]
        if missing:
            raise KeyError(f"{missing} not among the columns {list(self._columns)}")

    def _full(self, value: Any) -> Any:
        """Return a new column: an array of the length of the frame."""
        value = operand(value)
        xp = namespace()
        rows = self.shape[0]
        if getattr(value, "ndim", 0) == 0:
            if not self._columns and self._rows is None:
                raise FrameError(
                    f"a frame without rows gets no column of {value!r}; begin with a column that is traced, or "
                    "with pd.DataFrame(index=df.index)"
                )
            if isinstance(value, str):
                return _absent.note(xp.full((rows,), value, dtype=string), False)
            if is_missing(value):
                return _absent.blank(xp.full((rows,), np.nan))
            return xp.full((rows,), value)
        array = xp.asarray(value)
        if array.ndim == 2 and array.shape[1] == 1:
            array = array[:, 0]
        if array.ndim != 1:
            raise ShapeError(f"a column has one axis, not the shape {array.shape}")
        if not self._columns and self._rows is None:
            return array
        problem = f"a column of shape {array.shape} does not fit a frame of {rows} rows"
        return of_shape(array, (rows,), problem)

    def _map(self, function: Callable[..., Any], *others: Any) -> Self:
        result = {}
        for i, (name, array) in enumerate(self._columns.items()):
            result[name] = function(array, *(self._of_column(obj, i, name) for obj in others))
        return type(self)(result)

    def _of_column(self, obj: Any, position: int, name: Any) -> Any:
        """Return the part of an operand for a column."""
        if isinstance(obj, Columns):
            obj._require([name])
            return obj._columns[name]
        if isinstance(obj, Column):
            raise FrameError(
                "pandas aligns the rows of a column with the columns of a frame; use df.mul(column, axis=0) as "
                "df * column.to_numpy()[:, None]"
            )
        if hasattr(obj, "to_dict"):  # a Series of pandas, with a number for each column
            obj = obj.to_dict()
        if isinstance(obj, Mapping):
            if name not in obj:
                raise KeyError(f"{name!r} not in {list(obj)}")
            return obj[name]
        if getattr(obj, "ndim", 0) == 2:
            return obj[:, 0 if obj.shape[1] == 1 else position]
        if getattr(obj, "ndim", 0) == 1 or isinstance(obj, list | tuple):
            return obj[position]
        return obj


def _kind(array: Array) -> str:
    """Return of which kind elements are: those of different ones have no common dtype."""
    if holds_text(array):
        return "text"
    return {"datetime": "points in time", "timedelta": "spans"}.get(array.dtype.family, "numbers")


def _lists(kinds: set[str]) -> str:
    names = sorted(kinds, key=["text", "points in time", "spans", "numbers"].index)
    return "columns of " + " and of ".join(names) if names else "no columns"


def parts_of(block: Any) -> list[Any]:
    """Return the columns of a frame or an array of rank 2."""
    if isinstance(block, Columns):
        return block.arrays
    return [block[:, i] for i in range(block.shape[1])]
