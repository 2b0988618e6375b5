"""Methods of pandas that go along the rows of a traced frame, and reduce them to one element each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np

from onnxp._src.namespace import namespace
from onnxp.errors import FrameError
from onnxp.sklearn import _along
from onnxp.sklearn._column import Column
from onnxp.sklearn._columns import Columns, parts_of
from onnxp.sklearn._conversion import without_nulls
from onnxp.sklearn._dtype_kinds import selected
from onnxp.sklearn._missing import has_missing
from onnxp.sklearn._rows import REDUCTIONS, Row, place_of_extreme, reduced

_NUMERIC = (None, ["number", "bool"])
"""The kinds of dtypes that are reduced, without `numeric_only` and with it."""


class RowMethods(Columns):
    """The methods of a frame with ``axis=1``."""

    def any(self, axis: Any = 0, bool_only: bool = False, skipna: bool = True) -> Any:
        """Return whether any element of each row is true, or of each column, for a branch."""
        return self._selected(["bool"] if bool_only else None)._of_conditions("any", axis, skipna)

    def all(self, axis: Any = 0, bool_only: bool = False, skipna: bool = True) -> Any:
        """Return whether all elements of each row are true, or of each column, for a branch."""
        return self._selected(["bool"] if bool_only else None)._of_conditions("all", axis, skipna)

    def _of_conditions(self, name: str, axis: Any, skipna: bool) -> Any:
        xp = namespace()
        reduce = getattr(xp, name)
        absent = (
            name == "all" or not skipna
        )  # so that it does not count, or does as NaN, which is true
        parts = {
            label: xp.where(
                column.isna().array, absent, xp.astype(without_nulls(column.array), xp.bool)
            )
            if has_missing(column.array)
            else column.array
            for label, column in self.items()
        }
        if axis in (1, "columns"):
            return Column(reduce(type(self)(parts).block(), axis=1))
        row = Row({label: reduce(array) for label, array in parts.items()})
        return row if axis is not None else getattr(row, name)()

    def _selected(self, kinds: list[str] | None) -> Self:
        """Return the columns of some kinds of dtypes; all for None."""
        if kinds is None:
            return self
        names = selected(self._columns, kinds, None)
        return type(self)({name: self._columns[name] for name in names}, self._rows)

    def count(self, axis: Any = 0, numeric_only: bool = False) -> Column:
        """Return how many elements of each row are present."""
        _require_rows("count", axis)
        counts: Column = self._selected(_NUMERIC[numeric_only]).notna().sum(axis=1)
        return counts

    def idxmin(self, axis: Any = 0, skipna: bool = True, numeric_only: bool = False) -> Column:
        """Return the name of the column that has the least element of each row."""
        return self._place_of("min", axis, skipna, numeric_only)

    def idxmax(self, axis: Any = 0, skipna: bool = True, numeric_only: bool = False) -> Column:
        """Return the name of the column that has the greatest element of each row."""
        return self._place_of("max", axis, skipna, numeric_only)

    def _place_of(self, extreme: str, axis: Any, skipna: bool, numeric_only: bool) -> Column:
        _require_rows(f"idx{extreme}", axis)
        if not skipna:
            raise FrameError(
                f"idx{extreme}(skipna=False) raises an error for rows with missing values, which a model "
                "cannot; leave skipna= out"
            )
        frame = self._selected(_NUMERIC[numeric_only])
        return Column(place_of_extreme(f"arg{extreme}", frame.block(), list(frame._columns)))

    def nunique(self, axis: Any = 0, dropna: bool = True) -> Column:
        """Return how many different elements each row has."""
        _require_rows("nunique", axis)
        missing = self.isna().block()
        return Column(_along.distinct(self.block(), missing, dropna))

    def shift(
        self, periods: int = 1, freq: None = None, axis: Any = 0, fill_value: Any = None
    ) -> Self:
        """Return the columns moved to the right."""
        _require_rows("shift", axis)
        return self._of_parts(_along.shifted(self.arrays, periods, fill_value))

    def diff(self, periods: int = 1, axis: Any = 0) -> Self:
        """Return the columns minus those to the left."""
        _require_rows("diff", axis)
        return self._of_parts(_along.differences(self.arrays, periods))

    def pct_change(self, periods: int = 1, *, axis: Any = 0) -> Self:
        """Return by which fraction the columns differ from those to the left."""
        _require_rows("pct_change", axis)
        return self._of_parts(_along.changes(self.arrays, periods))

    def ffill(self, *, axis: Any = 0, limit: int | None = None) -> Self:
        """Replace missing elements by the last one to the left."""
        _require_rows("ffill", axis)
        return self._of_parts(_along.filled_along(self._in_common(), self.isna().arrays, limit))

    def bfill(self, *, axis: Any = 0, limit: int | None = None) -> Self:
        """Replace missing elements by the next one to the right."""
        _require_rows("bfill", axis)
        columns, missing = self._in_common()[::-1], self.isna().arrays[::-1]
        return self._of_parts(_along.filled_along(columns, missing, limit)[::-1])

    def rank(
        self,
        axis: Any = 0,
        method: str = "average",
        numeric_only: bool = False,
        na_option: str = "keep",
        ascending: bool = True,
        pct: bool = False,
    ) -> Self:
        """Return the ranks of the elements of each row."""
        _require_rows("rank", axis)
        frame = self._selected(_NUMERIC[numeric_only])
        return frame._of_parts(
            parts_of(_along.ranks(frame.block(), method, ascending, na_option, pct))
        )

    def quantile(
        self,
        q: float = 0.5,
        axis: Any = 0,
        numeric_only: bool = False,
        interpolation: Any = "linear",
    ) -> Column:
        """Return a quantile of each row."""
        _require_rows("quantile", axis)
        frame = self._selected(_NUMERIC[numeric_only])
        block = namespace().astype(frame.block(), namespace().float64)
        return Column(np.nanquantile(block, q, axis=1, method=interpolation))

    def _in_common(self) -> list[Any]:
        """Return the columns in their common dtype."""
        return parts_of(self.block())

    def _of_parts(self, parts: Sequence[Any]) -> Self:
        """Return a frame with other columns under the same names."""
        return type(self)(dict(zip(self._columns, parts, strict=True)))

    def agg(self, func: Any, axis: Any = 0, *args: Any, **kwargs: Any) -> Any:
        """Call a method by its name, or several, with further arguments."""
        if isinstance(func, list) and axis in (1, "columns"):
            return type(self)({name: self.agg(name, axis, *args, **kwargs).array for name in func})
        if callable(func) and axis in (1, "columns"):
            return self.apply(func, axis, args=args, **kwargs)
        if not isinstance(func, str):
            raise FrameError(
                "agg takes the names of methods, and functions with axis=1; call others with the frame itself"
            )
        return getattr(self, func)(*args, axis=axis, **kwargs)

    aggregate = agg

    def dot(self, other: Any) -> Any:
        """Return the matrix product with an array, or with what has the names of the columns for labels."""
        names: Any = None
        if hasattr(other, "reindex") and not isinstance(other, Columns | Column):  # of pandas
            if set(other.index) != set(self._columns):
                raise FrameError(
                    f"dot: the labels {list(other.index)} are not the columns {list(self._columns)}"
                )
            names = getattr(other, "columns", None)
            other = other.reindex(list(self._columns)).to_numpy()
        product = namespace().matmul(self.block(), namespace().asarray(other))
        if product.ndim == 1:
            return Column(product)
        parts = parts_of(product)
        return type(self)(
            dict(zip(range(len(parts)) if names is None else names, parts, strict=True))
        )

    __matmul__ = dot


def _are_bools(frame: RowMethods) -> bool:
    return all(array.dtype.family == "bool" for array in frame.arrays)


def _require_rows(name: str, axis: Any) -> None:
    if axis not in (1, "columns"):
        raise FrameError(
            f"{name}() of a column depends on the other rows that the model gets; compute it when the step "
            f"is fitted, or along the rows: {name}(axis=1)"
        )


_OPTIONS = {"sum": "min_count", "prod": "min_count", "var": "ddof", "std": "ddof"}
"""The parameter that a reduction has of its own."""


def _reduction(name: str) -> Callable[..., Column]:
    own = [_OPTIONS[name]] if name in _OPTIONS else []

    def method(
        self: RowMethods,
        axis: Any = 0,
        skipna: bool = True,
        numeric_only: bool = False,
        **options: int,
    ) -> Any:
        for option in options:
            if option not in own:
                taken = ", ".join(["axis", "skipna", "numeric_only", *own])
                raise FrameError(f"{name} of a traced frame takes {taken}, not {option!r}")
        if name == "sum" and axis in (0, "index") and _are_bools(self):
            return Row({n: self[n].sum() for n in self._columns})
        _require_rows(name, axis)
        frame = self._selected(_NUMERIC[numeric_only])
        return Column(reduced(name, frame.block(), skipna=skipna, **options))

    method.__name__ = name
    method.__doc__ = f"Return the {name} of each row."
    return method


for _name in REDUCTIONS:
    setattr(RowMethods, _name, _reduction(_name))
setattr(RowMethods, "product", getattr(RowMethods, "prod"))  # noqa: B009, B010


def _cumulative(name: str) -> Callable[..., RowMethods]:
    def method(
        self: RowMethods, axis: Any = 0, skipna: bool = True, numeric_only: bool = False
    ) -> RowMethods:
        _require_rows(name, axis)
        frame = self._selected(_NUMERIC[numeric_only])
        if _are_bools(frame):
            frame = frame.astype("int64")
        return frame._of_parts(_along.accumulated(name, frame._in_common(), skipna))

    method.__name__ = name
    method.__doc__ = f"Return the {name} along each row."
    return method


for _name in ("cumsum", "cumprod", "cummin", "cummax"):
    setattr(RowMethods, _name, _cumulative(_name))
