"""Traced data frames: columns that are inputs of a model, with the part of pandas that works on them.

Steps that were fitted on a data frame get a `Frame`: scikit-learn selects columns of it and turns blocks of
them into arrays, and functions of the user compute with it as with pandas.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from onnxp._src.dtypes import as_dtype, string
from onnxp._src.namespace import namespace
from onnxp.errors import FrameError
from onnxp.sklearn._column import Column, RowLabels, add_inplace, require_drop
from onnxp.sklearn._columns import Columns
from onnxp.sklearn._dtype_kinds import selected
from onnxp.sklearn._expressions import evaluate
from onnxp.sklearn._lookup import is_missing
from onnxp.sklearn._merge import matched
from onnxp.sklearn._missing import NO_VALUE, combined_first, holds_text
from onnxp.sklearn._records import by_row
from onnxp.sklearn._row_methods import RowMethods


class Frame(RowMethods):
    """Traced columns of the same length and of any dtypes, as a DataFrame of pandas.

    Parameters
    ----------
    columns : mapping of Array
        The columns, each of shape (N,), by name. Names need not be text.
    rows : size, optional
        The number of rows of a frame that has no columns yet.
    """

    def where(self, cond: Any, other: Any = np.nan) -> Frame:
        """Keep the elements where the condition is true, and replace the rest. A column is for each row."""
        return super().where(_for_each_row(cond), other)

    def mask(self, cond: Any, other: Any = np.nan) -> Frame:
        """Replace the elements where the condition is true. A column is for each row."""
        return super().mask(_for_each_row(cond), other)

    def fillna(self, value: Any) -> Frame:
        """Replace missing elements by a value, or by the value of the column in a dict."""
        if isinstance(value, Columns):
            value = dict(value.items())
        value = value.to_dict() if hasattr(value, "to_dict") else value
        if not isinstance(value, Mapping):
            fills_text = isinstance(value, str | int | float | np.number) and not is_missing(value)
            value = {
                name: str(value) if holds_text(array) else value  # ONNX has no numbers among text
                for name, array in self._columns.items()
                if (fills_text if holds_text(array) else not isinstance(value, str))
            }
        return Frame(
            {
                name: column.fillna(value[name]).array if name in value else column.array
                for name, column in self.items()
            }
        )

    def replace(
        self, to_replace: Any = None, value: Any = NO_VALUE, *, regex: Any = False
    ) -> Frame:
        """Replace values by others: in all columns, or in those of a dict of columns."""
        of_columns = isinstance(to_replace, Mapping) and (
            (value is not None and value is not NO_VALUE)
            or any(isinstance(new, Mapping) for new in to_replace.values())
        )
        is_text = all(array.dtype is string for array in self.arrays)
        if not of_columns and regex is False and not is_text:
            return super().replace(to_replace, value)
        pairs = to_replace if of_columns else dict.fromkeys(self._columns, to_replace)
        return Frame(
            {
                name: column.replace(pairs[name], value, regex=regex).array
                if name in pairs
                else column.array
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
        return Frame(self._columns, self._rows, by_position=self.by_position)

    infer_objects = copy

    def combine_first(self, other: Frame) -> Frame:
        """Replace missing elements by those of another frame, and add its other columns."""
        mine, theirs = self._columns, other._columns
        both = {n: combined_first(mine[n], theirs[n]) for n in mine if n in theirs}
        return Frame(mine | theirs | both)

    def merge(
        self,
        right: Any,
        how: str = "inner",
        on: Any = None,
        left_on: Any = None,
        right_on: Any = None,
        *,
        suffixes: Sequence[str | None] = ("_x", "_y"),
        validate: str | None = None,
    ) -> Frame:
        """Add the columns of a table of pandas, of which each row finds at most one row by its keys."""
        if how != "left":
            raise FrameError(
                f"merge with how={how!r} may drop or add rows, and a model keeps its rows; write how='left'"
            )
        if isinstance(right, Columns):
            raise FrameError("merge of two traced frames: write pd.concat([a, b], axis=1)")
        right = right.reset_index() if right.ndim == 1 else right
        if on is None and left_on is None:
            on = [name for name in self._columns if name in right.columns]
        if (on is None) == (left_on is None) or (left_on is None) != (right_on is None):
            raise FrameError("merge: give either on=, or both left_on= and right_on=")
        if validate not in (None, "m:1", "many_to_one", "m:m", "many_to_many"):
            raise FrameError(
                f"merge with validate={validate!r} depends on the rows that the model gets; write 'm:1'"
            )
        mine, its = (on, on) if left_on is None else (left_on, right_on)
        mine, its = (
            [keys] if isinstance(keys, str) or np.ndim(keys) == 0 else list(keys)
            for keys in (mine, its)
        )
        self._require(mine)
        if len(mine) != len(its):
            raise FrameError(f"merge: {mine} are compared with as many columns, not {its}")
        added = dict(matched([self._columns[name] for name in mine], right, its, "merge"))
        for key in {*mine} & {*its}:
            del added[key]
        ours, theirs = ("" if suffix is None else suffix for suffix in suffixes)
        both = {name for name in added if name in self._columns}
        if both and ours == theirs:
            raise FrameError(
                f"merge: both have columns {sorted(map(str, both))}; give different suffixes"
            )
        columns = {f"{n}{ours}" if n in both else n: array for n, array in self._columns.items()}
        columns |= {f"{n}{theirs}" if n in both else n: array for n, array in added.items()}
        return Frame(columns)

    def join(
        self, other: Any, on: Any = None, how: str = "left", lsuffix: str = "", rsuffix: str = ""
    ) -> Any:
        """Add the columns of a table of pandas, of which each row finds at most one row by its index.

        Without `on`, add those of another traced frame, or of several, which have the same rows.
        """
        if on is None and hasattr(other, "behind"):  # indicators
            return other.behind(self)
        others = other if isinstance(other, list | tuple) else [other]
        if on is None and all(isinstance(obj, Frame | Column) for obj in others):
            return self._beside(others, lsuffix, rsuffix)
        if on is None or isinstance(other, Frame | Column):
            raise FrameError(
                "join: a model has no labels of rows; give on= and a table of pandas, or frames of the model"
            )
        keys = [on] if isinstance(on, str) or np.ndim(on) == 0 else list(on)
        table = other.to_frame() if other.ndim == 1 else other
        table = table.rename_axis(keys).reset_index()
        return self.merge(table, how, keys, suffixes=(lsuffix, rsuffix))

    def _beside(self, others: Sequence[Any], left: str, right: str) -> Frame:
        """Return the columns of several frames and columns that have the same rows."""
        columns = dict(self._columns)
        for obj in others:
            added = (obj if isinstance(obj, Frame) else obj.to_frame())._columns
            both = columns.keys() & added.keys()
            if both and left == right:
                raise FrameError(
                    f"join: both have columns {sorted(map(str, both))}; give lsuffix= and rsuffix="
                )
            columns = {f"{n}{left}" if n in both else n: array for n, array in columns.items()}
            columns |= {f"{n}{right}" if n in both else n: array for n, array in added.items()}
        return Frame(columns)

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
        return self[names]  # type: ignore[no-any-return] # a list of names gives a frame

    def reindex(
        self, labels: Any = None, *, columns: Any = None, axis: Any = 0, fill_value: Any = np.nan
    ) -> Frame:
        """Return columns by name; those that do not exist have a value, by default NaN."""
        names = labels if columns is None and axis in (1, "columns") else columns
        if names is None:
            raise FrameError("reindex: a model has no labels of rows; give columns=")
        return Frame(
            {n: self._columns[n] if n in self._columns else self._full(fill_value) for n in names}
        )

    def reset_index(self, level: None = None, *, drop: bool = False) -> Frame:
        """Return the frame; there are no labels of rows to drop."""
        require_drop(drop, level)
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
        return self.apply(func, axis)  # type: ignore[no-any-return]  # inplace adds Any

    def drop(
        self, labels: Any = None, *, columns: Any = None, axis: Any = 0, errors: str = "raise"
    ) -> Frame:
        """Return the frame without some columns, which must exist unless errors are ignored."""
        if columns is None and axis in (1, "columns"):
            columns = labels
        if columns is None:
            raise FrameError("rows of a traced frame cannot be dropped: a model keeps all rows")
        names = [columns] if self._is_label(columns) else list(columns)
        if errors != "ignore":
            self._require(names)
        return Frame({name: a for name, a in self._columns.items() if name not in names})

    def rename(
        self, mapper: Any = None, *, columns: Any = None, axis: Any = 0, errors: str = "ignore"
    ) -> Frame:
        """Return the frame with other names of columns, which need not exist unless errors are raised."""
        names = mapper if columns is None and axis in (1, "columns") else columns
        if names is None:
            raise FrameError("a traced frame has no labels of rows to rename")
        if errors == "raise" and not callable(names):
            self._require(list(names))
        new = names if callable(names) else lambda name: names.get(name, name)
        return Frame({new(name): array for name, array in self._columns.items()})

    def select_dtypes(self, include: Any = None, exclude: Any = None) -> Frame:
        """Return the columns of some dtypes."""
        names = selected(self._columns, include, exclude)
        return Frame({name: self._columns[name] for name in names}, self._rows)

    def apply(
        self,
        func: Any,
        axis: Any = 0,
        raw: bool = False,
        result_type: str | None = None,
        args: Any = (),
        **kwargs: Any,
    ) -> Any:
        """Apply a function to each column, or to each row, of which it gets the elements by name."""
        if isinstance(func, str):
            return self.agg(func, axis, *args, **kwargs)
        if axis in (1, "columns"):
            expand = result_type == "expand"
            return by_row(func, self, Column, expand, raw, *args, **kwargs)
        return Frame(
            {name: self._full(func(column, *args, **kwargs)) for name, column in self.items()}
        )

    def map(self, func: Any, na_action: Any = None) -> Frame:
        """Apply a function to each element."""
        return Frame({name: column.map(func, na_action).array for name, column in self.items()})

    applymap = map

    def eval(self, expr: str, *, inplace: bool = False, local_dict: Any = None, **_: Any) -> Any:
        """Evaluate an expression of the columns, or add the columns of assignments.

        Names with ``@`` are variables of the function that calls.
        """
        caller = sys._getframe(1)
        variables = {**caller.f_globals, **caller.f_locals, **(local_dict or {})}
        result = evaluate(expr, self, variables)
        if not inplace:
            return result
        if not isinstance(result, Frame):
            raise FrameError(f"eval of {expr!r} in place: there is no assignment")
        self._columns = result._columns
        return None

    def pipe(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function with the frame."""
        return func(self, *args, **kwargs)

    def to_numpy(self, dtype: Any = None, copy: bool = False, na_value: Any = None) -> Any:
        """Return all columns as one array of shape (N, number of columns)."""
        frame = self if na_value is None else self.fillna(na_value)
        block = frame.block()
        return block if dtype is None else namespace().astype(block, as_dtype(np.dtype(dtype)))


def _for_each_row(condition: Any) -> Any:
    return condition.array[:, None] if isinstance(condition, Column) else condition


add_inplace(Frame)
