"""Traced data frames: columns that are inputs of a model, with the part of pandas that works on them.

Steps that were fitted on a data frame get a `Frame`: scikit-learn selects columns of it and turns blocks of
them into arrays, and functions of the user compute with it as with pandas.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.dtypes import DType, as_dtype, string
from onnxp._src.namespace import namespace
from onnxp.errors import DTypeError, FrameError, ShapeError
from onnxp.sklearn._dates import Dates
from onnxp.sklearn._elementwise import Elementwise, filled
from onnxp.sklearn._lacks import reason
from onnxp.sklearn._lookup import is_missing, look_up
from onnxp.sklearn._rows import REDUCTIONS, Row, place_of_extreme, reduced


class Column(Elementwise):
    """A traced column, as a Series of pandas.

    Parameters
    ----------
    array : Array
        The elements, of shape (N,).
    name : str, optional
        The name of the column, which need not be text.
    """

    ndim = 1

    @staticmethod
    def __onnxp_stands_for__() -> type | None:
        return getattr(sys.modules.get("pandas"), "Series", None)

    def __init__(self, array: Array, name: Any = None) -> None:
        self.array = array
        self.name = name

    @property
    def shape(self) -> Any:
        """The shape, (N,)."""
        return self.array.shape

    @property
    def dt(self) -> Dates:
        """The fields of points in time, and of spans.

        Raises
        ------
        DTypeError
            If the column has another dtype.
        """
        if not self.array.dtype.unit:
            raise DTypeError(
                f"the column {self.name!r} is {self.array.dtype}, and only times have dt; trace with a column "
                "of dates, such as pd.to_datetime(df[name])"
            )
        return Dates(self.array, lambda array: Column(array, self.name))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype as pandas has it; object for text."""
        return _host_dtype(self.array.dtype)

    def __len__(self) -> int:
        return len(self.array)

    def __repr__(self) -> str:
        return f"Column({self.name}: {self.array.dtype}[{self.array.shape[0]}])"

    def _map(self, function: Callable[..., Any], *others: Any) -> Column:
        return Column(function(self.array, *map(_operand, others)), self.name)

    def map(self, arg: Any, na_action: Any = None) -> Column:
        """Replace elements by the values of a dict, or by NaN (``""`` among text) where it has none."""
        if isinstance(getattr(arg, "__wrapped__", arg), np.ufunc):
            return self.apply(arg)
        arg = arg.to_dict() if hasattr(arg, "to_dict") else arg
        if not isinstance(arg, Mapping):
            raise FrameError(
                f"map takes a dict or a ufunc of numpy, not {arg!r}: Python cannot look at each element of a "
                "traced column"
            )
        keys, values = list(arg), list(arg.values())
        if any(isinstance(v, str) for v in values):
            return Column(
                look_up(
                    self.array, keys, np.asarray(["" if is_missing(v) else v for v in values]), ""
                ),
                self.name,
            )
        numbers = np.asarray([np.nan if is_missing(v) else v for v in values], dtype=np.float64)
        return Column(look_up(self.array, keys, numbers, np.nan), self.name)

    def apply(self, func: Any) -> Column:
        """Apply a ufunc of numpy."""
        func = getattr(func, "__wrapped__", func)  # of the numpy of a trace
        if not isinstance(func, np.ufunc):
            raise FrameError(
                f"apply takes a ufunc of numpy, not {func!r}: Python cannot look at each element of a traced "
                "column; compute with the whole column"
            )
        return self._map(func)

    transform = apply

    def case_when(self, caselist: Sequence[tuple[Any, Any]]) -> Column:
        """Replace elements by the value of the first condition that is true."""
        result = self
        for condition, value in reversed(caselist):
            result = result.mask(condition, value)
        return result

    def combine_first(self, other: Any) -> Column:
        """Replace missing elements by those of another column."""
        return self.fillna(other)

    @property
    def index(self) -> RowLabels:
        """A stand-in for the labels of rows."""
        return RowLabels()

    dtypes = dtype

    @property
    def empty(self) -> bool:
        """Whether there are no rows."""
        return bool(self.shape[0] == 0)

    def pipe(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function with the column."""
        return func(self, *args, **kwargs)

    def reset_index(self, drop: bool = False) -> Column:
        """Return the column; there are no labels of rows to drop."""
        _require_drop(drop)
        return self.copy()

    def any(self) -> Any:
        """Return whether any element is true, for a branch."""
        return namespace().any(self.array)

    def all(self) -> Any:
        """Return whether all elements are true, for a branch."""
        return namespace().all(self.array)

    def sum(self) -> Any:
        """Return how many conditions are true, for a branch."""
        if self.array.dtype.family != "bool":
            raise FrameError(f"a traced column has no 'sum': {reason('mean')}")
        return namespace().sum(namespace().astype(self.array, namespace().int64))

    def between(self, left: Any, right: Any, inclusive: str = "both") -> Column:
        """Return whether elements are in a range."""
        low = self >= left if inclusive in ("both", "left") else self > left
        high = self <= right if inclusive in ("both", "right") else self < right
        return low & high  # type: ignore[no-any-return]

    def to_frame(self, name: Any = None) -> Frame:
        """Return a frame of this column."""
        name = self.name if name is None else name
        return Frame({0 if name is None else name: self.array})

    def to_numpy(self, dtype: Any = None, copy: bool = False, na_value: Any = None) -> Array:
        """Return the elements as an array of shape (N,)."""
        column = self if na_value is None else self.fillna(na_value)
        return column.array if dtype is None else column.astype(dtype).array

    def copy(self, deep: bool = True) -> Column:
        """Return a column with the same elements."""
        return Column(self.array, self.name)

    def rename(self, name: Any) -> Column:
        """Return the column under another name."""
        return Column(self.array, name)

    def __getitem__(self, key: Any) -> Any:
        raise FrameError(
            f"rows of a traced column cannot be selected ([{key!r}]): a model keeps all rows"
        )

    def __setitem__(self, key: Any, value: Any) -> None:
        if not (isinstance(key, Column) and key.array.dtype.family == "bool"):
            raise FrameError(f"rows of a traced column are selected by a condition, not by {key!r}")
        self.array = self.mask(key, value).array


class Frame(Elementwise):
    """Traced columns of the same length and of any dtypes, as a DataFrame of pandas.

    Parameters
    ----------
    columns : mapping of Array
        The columns, each of shape (N,), by name. Names need not be text.
    """

    ndim = 2

    @staticmethod
    def __onnxp_stands_for__() -> type | None:
        return getattr(sys.modules.get("pandas"), "DataFrame", None)

    def __init__(self, columns: Mapping[Any, Array]) -> None:
        self._columns = dict(columns)

    @classmethod
    def of_blocks(cls, blocks: Sequence[Any], names: Sequence[str] | None = None) -> Frame:
        """Return a frame of the columns of arrays and frames, side by side."""
        parts = [part for block in blocks for part in _parts(block)]
        labels = range(len(parts)) if names is None else names
        return cls(dict(zip(map(str, labels), parts, strict=True)))

    # What scikit-learn asks

    @property
    def shape(self) -> Any:
        """The shape, (N, number of columns)."""
        rows = next(iter(self._columns.values())).shape[0] if self._columns else 0
        return (rows, len(self._columns))

    @property
    def arrays(self) -> list[Array]:
        """The columns as arrays."""
        return list(self._columns.values())

    @property
    def is_mixed(self) -> bool:
        """Whether no array has all columns, since some are text and some numbers."""
        return len({array.dtype is string for array in self.arrays}) > 1

    def block(self) -> Any:
        """Return all columns as one array of their common dtype.

        Raises
        ------
        FrameError
            If some are text and others numbers.
        """
        if self.is_mixed or not self._columns:
            kinds = {name: str(array.dtype) for name, array in self._columns.items()}
            raise FrameError(
                f"no array has columns of text and of numbers, as {kinds}: select or encode the text, and give "
                "columns their dtypes by example=df or dtype={name: dtype}"
            )
        xp = namespace()
        arrays = self.arrays
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
        kinds = {name: _host_dtype(array.dtype) for name, array in self._columns.items()}
        return kinds if pandas is None else pandas.Series(kinds, dtype=object)

    @property
    def index(self) -> RowLabels:
        """A stand-in for the labels of rows."""
        return RowLabels()

    @property
    def empty(self) -> bool:
        """Whether there are no columns, or no rows."""
        return not self._columns or bool(self.shape[0] == 0)

    def __len__(self) -> int:
        raise FrameError("the number of rows of a traced frame is no int; write df.shape[0]")

    @property
    def loc(self) -> _Locations:
        """Selection of columns by name, and assignment where a condition is true."""
        return _Locations(self, by_name=True)

    @property
    def iloc(self) -> _Locations:
        """Selection of columns by position."""
        return _Locations(self, by_name=False)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._columns)

    def __contains__(self, name: object) -> bool:
        return name in self._columns

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

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, Column | Frame) or (hasattr(key, "dtype") and key.dtype == bool):
            raise FrameError(
                "rows of a traced frame cannot be selected: a model keeps all rows; use where"
            )
        if self._is_label(key):
            self._require([key])
            return Column(self._columns[key], key)
        names = list(key)
        self._require(names)
        return Frame({name: self._columns[name] for name in names})

    def __setitem__(self, key: Any, value: Any) -> None:
        if self._is_label(key):
            self._columns[key] = self._full(value)
            return
        names = list(key)
        parts = _parts(value) if getattr(value, "ndim", 0) == 2 else [value] * len(names)
        for name, part in zip(names, parts, strict=True):
            self._columns[name] = self._full(part)

    def __delitem__(self, name: Any) -> None:
        self._require([name])
        del self._columns[name]

    def _is_label(self, key: Any) -> bool:
        """Return whether a key names one column, rather than several."""
        if not isinstance(key, Hashable):
            return False
        return isinstance(key, str) or np.ndim(key) == 0 or key in self._columns  # type: ignore[arg-type]

    def _require(self, names: Sequence[Any]) -> None:
        missing = [name for name in names if name not in self._columns]
        if missing:
            raise KeyError(f"{missing} not among the columns {list(self._columns)}")

    def _full(self, value: Any) -> Any:
        """Return a new column: an array of the length of the frame."""
        value = _operand(value)
        xp = namespace()
        rows = self.shape[0]
        if getattr(value, "ndim", 0) == 0:
            return xp.full((rows,), value, dtype=string if isinstance(value, str) else None)
        array = xp.asarray(value)
        if array.ndim == 2 and array.shape[1] == 1:
            array = array[:, 0]
        if array.ndim != 1:
            raise ShapeError(f"a column has one axis, not the shape {array.shape}")
        return array

    def _map(self, function: Callable[..., Any], *others: Any) -> Frame:
        result = {}
        for i, (name, array) in enumerate(self._columns.items()):
            result[name] = function(array, *(self._of_column(obj, i, name) for obj in others))
        return Frame(result)

    def _of_column(self, obj: Any, position: int, name: Any) -> Any:
        """Return the part of an operand for a column."""
        if isinstance(obj, Frame):
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

    def where(self, cond: Any, other: Any = np.nan) -> Frame:
        """Keep the elements where the condition is true, and replace the rest. A column is for each row."""
        return super().where(_for_each_row(cond), other)

    def mask(self, cond: Any, other: Any = np.nan) -> Frame:
        """Replace the elements where the condition is true. A column is for each row."""
        return super().mask(_for_each_row(cond), other)

    def fillna(self, value: Any) -> Frame:
        """Replace missing elements by a value, or by the value of the column in a dict."""
        value = value.to_dict() if hasattr(value, "to_dict") else value
        if not isinstance(value, Mapping):
            value = {
                name: value
                for name, array in self._columns.items()
                if isinstance(value, str) == (array.dtype is string)
            }
        return Frame(
            {
                name: column.fillna(value[name]).array if name in value else column.array
                for name, column in self.items()
            }
        )

    def astype(self, dtype: Any) -> Frame:
        """Convert the columns to a dtype, or those in a dict to its dtypes."""
        if not isinstance(dtype, Mapping):
            return super().astype(dtype)
        self._require(list(dtype))
        return self.assign(**{name: self[name].astype(kind) for name, kind in dtype.items()})

    def assign(self, **columns: Any) -> Frame:
        """Return a frame with more columns, or others; functions get the frame."""
        result = self.copy()
        for name, value in columns.items():
            result[name] = value(result) if callable(value) else value
        return result

    def copy(self, deep: bool = True) -> Frame:
        """Return a frame with the same columns."""
        return Frame(self._columns)

    infer_objects = copy

    def combine_first(self, other: Frame) -> Frame:
        """Replace missing elements by those of another frame."""
        return self._map(filled, other)

    def insert(self, loc: int, column: Any, value: Any) -> None:
        """Insert a column at a position."""
        items = [(name, array) for name, array in self._columns.items() if name != column]
        if len(items) < len(self._columns):
            raise FrameError(f"insert: there is a column {column!r}")
        self._columns = dict([*items[:loc], (column, self._full(value)), *items[loc:]])

    def pop(self, item: Any) -> Column:
        """Remove a column, and return it."""
        column: Column = self[item]
        del self[item]
        return column

    def squeeze(self, axis: Any = None) -> Any:
        """Return the column, if there is only one."""
        if axis not in (1, "columns"):
            raise FrameError("squeeze makes a number of a single row; give axis=1")
        return self[next(iter(self._columns))] if len(self._columns) == 1 else self

    def filter(
        self, items: Any = None, like: str | None = None, regex: str | None = None, axis: Any = 1
    ) -> Frame:
        """Return the columns whose names are given, or contain or match a text."""
        if axis not in (1, "columns", None):
            raise FrameError("filter: a model has no labels of rows")
        names = [
            name for name in (self._columns if items is None else items) if name in self._columns
        ]
        if like is not None:
            names = [name for name in names if like in str(name)]
        if regex is not None:
            names = [name for name in names if re.search(regex, str(name))]
        return self[names]  # type: ignore[no-any-return]

    def reindex(self, labels: Any = None, *, columns: Any = None, axis: Any = 0) -> Frame:
        """Return columns by name; those that do not exist are NaN."""
        names = labels if columns is None and axis in (1, "columns") else columns
        if names is None:
            raise FrameError("reindex: a model has no labels of rows; give columns=")
        return Frame(
            {n: self._columns[n] if n in self._columns else self._full(np.nan) for n in names}
        )

    def reset_index(self, drop: bool = False) -> Frame:
        """Return the frame; there are no labels of rows to drop."""
        _require_drop(drop)
        return self.copy()

    def set_index(self, keys: Any) -> Frame:
        """Return the frame; its rows are those of the index of another frame."""
        if not isinstance(keys, RowLabels):
            raise FrameError("set_index: a model has no labels of rows")
        return self.copy()

    def set_axis(self, labels: Any, *, axis: Any = 0) -> Frame:
        """Return the frame with other names of columns."""
        if axis not in (1, "columns"):
            raise FrameError("set_axis: a model has no labels of rows; give axis=1")
        return Frame(dict(zip(labels, self.arrays, strict=True)))

    def add_prefix(self, prefix: str, axis: Any = 1) -> Frame:
        """Return the frame with longer names of columns."""
        return self.rename(columns=lambda name: f"{prefix}{name}")

    def add_suffix(self, suffix: str, axis: Any = 1) -> Frame:
        """Return the frame with longer names of columns."""
        return self.rename(columns=lambda name: f"{name}{suffix}")

    def transform(self, func: Any, axis: Any = 0) -> Frame:
        """Apply a function to each column, or those of a dict to its columns."""
        if isinstance(func, Mapping):
            return Frame({name: self._full(f(self[name])) for name, f in func.items()})
        return self.apply(func, axis)

    def drop(self, labels: Any = None, *, columns: Any = None, axis: Any = 0) -> Frame:
        """Return the frame without some columns."""
        if columns is None and axis in (1, "columns"):
            columns = labels
        if columns is None:
            raise FrameError("rows of a traced frame cannot be dropped: a model keeps all rows")
        names = [columns] if self._is_label(columns) else list(columns)
        self._require(names)
        return Frame({name: a for name, a in self._columns.items() if name not in names})

    def rename(self, mapper: Any = None, *, columns: Any = None, axis: Any = 0) -> Frame:
        """Return the frame with other names of columns."""
        names = mapper if columns is None and axis in (1, "columns") else columns
        if names is None:
            raise FrameError("a traced frame has no labels of rows to rename")
        new = names if callable(names) else lambda name: names.get(name, name)
        return Frame({new(name): array for name, array in self._columns.items()})

    def select_dtypes(self, include: Any = None, exclude: Any = None) -> Frame:
        """Return the columns of some dtypes."""
        return Frame(
            {
                name: array
                for name, array in self._columns.items()
                if (include is None or has_dtype(array.dtype, include))
                and (exclude is None or not has_dtype(array.dtype, exclude))
            }
        )

    def apply(self, func: Any, axis: Any = 0) -> Frame:
        """Apply a function to each column."""
        if axis not in (0, "index"):
            raise FrameError(
                "apply(axis=1) calls Python for each row, which a model cannot; compute with columns"
            )
        return Frame({name: self._full(func(column)) for name, column in self.items()})

    def pipe(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function with the frame."""
        return func(self, *args, **kwargs)

    def to_numpy(self, dtype: Any = None, copy: bool = False, na_value: Any = None) -> Any:
        """Return all columns as one array of shape (N, number of columns)."""
        frame = self if na_value is None else self.fillna(na_value)
        block = frame.block()
        return block if dtype is None else namespace().astype(block, as_dtype(np.dtype(dtype)))

    # Along rows

    def any(self, axis: Any = 0) -> Any:
        """Return whether any element of each row is true, or of each column, for a branch."""
        return self._of_conditions("any", axis)

    def all(self, axis: Any = 0) -> Any:
        """Return whether all elements of each row are true, or of each column, for a branch."""
        return self._of_conditions("all", axis)

    def _of_conditions(self, name: str, axis: Any) -> Any:
        reduce = getattr(namespace(), name)
        if axis in (1, "columns"):
            return Column(reduce(self.block(), axis=1))
        row = Row({label: reduce(array) for label, array in self._columns.items()})
        return row if axis is not None else getattr(row, name)()

    def count(self, axis: Any = 0) -> Column:
        """Return how many elements of each row are present."""
        _require_rows("count", axis)
        return self.notna().sum(axis=1)  # type: ignore[no-any-return]

    def idxmin(self, axis: Any = 0) -> Column:
        """Return the name of the column that has the least element of each row."""
        _require_rows("idxmin", axis)
        return Column(place_of_extreme("argmin", self.block(), list(self._columns)))

    def idxmax(self, axis: Any = 0) -> Column:
        """Return the name of the column that has the greatest element of each row."""
        _require_rows("idxmax", axis)
        return Column(place_of_extreme("argmax", self.block(), list(self._columns)))

    def agg(self, func: Any, axis: Any = 0) -> Any:
        """Call a method by its name, or several."""
        if isinstance(func, list) and axis in (1, "columns"):
            return Frame({name: self.agg(name, axis).array for name in func})
        if not isinstance(func, str):
            raise FrameError("agg takes the names of methods; call functions with the frame itself")
        return getattr(self, func)(axis=axis)

    aggregate = agg

    def dot(self, other: Any) -> Any:
        """Return the matrix product with an array."""
        product = namespace().matmul(self.block(), namespace().asarray(other))
        return Column(product) if product.ndim == 1 else Frame(dict(enumerate(_parts(product))))

    __matmul__ = dot


def _are_bools(frame: Frame) -> bool:
    return all(array.dtype.family == "bool" for array in frame.arrays)


def _require_rows(name: str, axis: Any) -> None:
    if axis not in (1, "columns"):
        raise FrameError(
            f"{name}() of a column depends on the other rows that the model gets; compute it when the step "
            f"is fitted, or along the rows: {name}(axis=1)"
        )


def _reduction(name: str) -> Callable[..., Column]:
    def method(
        self: Frame, axis: Any = 0, skipna: bool = True, numeric_only: bool = False, ddof: int = 1
    ) -> Any:
        if name == "sum" and axis in (0, "index") and _are_bools(self):
            return Row({n: self[n].sum() for n in self._columns})
        _require_rows(name, axis)
        frame = self.select_dtypes(["number", "bool"]) if numeric_only else self
        return Column(reduced(name, frame.block(), skipna=skipna, ddof=ddof))

    method.__name__ = name
    method.__doc__ = f"Return the {name} of each row."
    return method


for _name in REDUCTIONS:
    setattr(Frame, _name, _reduction(_name))
setattr(Frame, "product", getattr(Frame, "prod"))  # noqa: B009, B010


def _for_each_row(condition: Any) -> Any:
    return condition.array[:, None] if isinstance(condition, Column) else condition


def _with_inplace(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: Any, *args: Any, inplace: bool = False, **kwargs: Any) -> Any:
        result = method(self, *args, **kwargs)
        if not inplace:
            return result
        vars(self).update(vars(result))
        return None

    return call


for _kind in (Frame, Column):
    for _name in ("clip", "drop", "fillna", "mask", "rename", "replace", "reset_index", "where"):
        if hasattr(_kind, _name):
            setattr(_kind, _name, _with_inplace(getattr(_kind, _name)))


def _require_drop(drop: bool) -> None:
    if not drop:
        raise FrameError(
            "a traced frame has no labels of rows to keep as a column: reset_index(drop=True)"
        )


class RowLabels:
    """The ``index`` of a frame, which other frames accept for theirs: a model has no labels of rows."""

    def __getattr__(self, name: str) -> Any:
        raise FrameError(
            f"the index of a traced frame has no {name!r}: a model has no labels of rows"
        )


class _Locations:
    """The ``loc`` or ``iloc`` of a frame: ``[:, columns]``, and assignment to ``[condition, columns]``."""

    def __init__(self, frame: Frame, *, by_name: bool) -> None:
        self._frame = frame
        self._by_name = by_name

    def __getitem__(self, key: Any) -> Any:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        if not (isinstance(rows, slice) and rows == slice(None)):
            raise FrameError(
                "rows of a traced frame cannot be selected: a model keeps all rows; use where"
            )
        return self._frame[self._names(columns)]

    def __setitem__(self, key: Any, value: Any) -> None:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        names = self._names(columns)
        whole = isinstance(rows, slice) and rows == slice(None)
        if whole:
            self._frame[names] = value
            return
        if not (isinstance(rows, Column | Array) and _operand(rows).dtype.family == "bool"):
            raise FrameError(f"rows of a traced frame are selected by a condition, not by {rows!r}")
        for name in [names] if self._frame._is_label(names) else names:
            self._frame[name] = self._frame[name].mask(rows, value)

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


def _is_mask(obj: Any) -> bool:
    return np.ndim(obj) == 1 and len(obj) > 0 and np.asarray(obj).dtype == bool


def _operand(obj: Any) -> Any:
    return obj.array if isinstance(obj, Column) else obj


def _parts(block: Any) -> list[Any]:
    """Return the columns of a frame or an array of rank 2."""
    if isinstance(block, Frame):
        return block.arrays
    return [block[:, i] for i in range(block.shape[1])]


def _host_dtype(dtype: DType) -> np.dtype[Any]:
    return np.dtype(object) if dtype is string else np.dtype(dtype.numpy)


def has_dtype(dtype: DType, kinds: Any) -> bool:
    """Return whether a dtype is among kinds of dtypes, as ``select_dtypes`` of pandas names them."""
    host = _host_dtype(dtype)
    return any(
        _is_kind(host, kind) for kind in (kinds if isinstance(kinds, list | tuple) else [kinds])
    )


def _is_kind(host: np.dtype[Any], kind: Any) -> bool:
    name = kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))
    if name in ("object", "O", "category", "str", "string"):
        return host.kind == "O"
    if name == "number":
        return host.kind in "iufc"
    if isinstance(kind, type) and issubclass(kind, np.generic):
        return bool(np.issubdtype(host, kind))
    return bool(host == np.dtype(kind))
