"""What ``pd.get_dummies`` gives for traced columns: indicators that are known once their names are given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from onnxp import nulls
from onnxp._src.array.array import Array
from onnxp._src.namespace import namespace
from onnxp.errors import FrameError
from onnxp.sklearn._categories import Categories, categories_of
from onnxp.sklearn._categories import codes as codes_of
from onnxp.sklearn._column import Column
from onnxp.sklearn._frame import Frame
from onnxp.sklearn._missing import holds_text


class Dummies:
    """Indicators of the values of columns, beside other columns.

    Which values there are depends on the rows that the model gets. So the columns must be chosen by name, as
    code does that is right for any rows: a value that does not occur has an indicator that is false.

    Parameters
    ----------
    data : Frame or Column
        What is encoded.
    prefix : str, list, dict or None
        The starts of the names.
    separator : str
        What follows a prefix in a name.
    columns : list or None
        The columns that are encoded; by default those of text.
    dtype : dtype
        The dtype of the indicators.
    """

    __onnxp_traced__ = True

    def __init__(
        self, data: Frame | Column, prefix: Any, separator: str, columns: Any, dtype: Any
    ) -> None:
        self._rest = Frame({})
        if isinstance(data, Column):
            start = starts_of(data, [None], prefix, separator)[None]
            self._encoded = {start: (data.array, dtype)}
            self._like = data.to_frame()
            return
        if columns is None:
            columns = [name for name, column in data.items() if holds_text(column.array)]
        starts = starts_of(data, columns, prefix, separator)
        self._encoded = {starts[name]: (data[name].array, dtype) for name in columns}
        self._like = data
        self._rest = data[[name for name in data if name not in columns]]

    @classmethod
    def beside(cls, parts: Sequence[Dummies | Frame]) -> Dummies:
        """Return indicators and frames side by side, whose columns are chosen by name, too."""
        result = cls(Frame({}), None, "", (), bool)
        for part in parts:
            rest, encoded = (part, {}) if isinstance(part, Frame) else (part._rest, part._encoded)
            both = [*set(rest) & set(result._rest), *set(encoded) & set(result._encoded)]
            if both:
                raise FrameError(
                    f"concat: there are several columns {sorted(map(str, both))}; rename them, or give prefix="
                )
            result._rest = Frame(result._rest._columns | rest._columns)
            result._encoded |= encoded
            result._like = part if isinstance(part, Frame) else part._like
        return result

    def behind(self, frame: Frame) -> Dummies:
        """Return the indicators behind the columns of a frame, as ``frame.join`` puts them."""
        return type(self).beside([frame, self])

    def reindex(
        self, labels: Any = None, *, columns: Any = None, axis: Any = 0, fill_value: Any = None
    ) -> Frame:
        """Return columns by name; `fill_value` where there is none."""
        names = labels if columns is None and axis in (1, "columns") else columns
        if names is None:
            raise FrameError("reindex: a model has no labels of rows; give columns=")
        missing = float("nan") if fill_value is None else fill_value
        return Frame({name: self._column(name, missing) for name in names})

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return Column(self._column(key, None), key)
        return Frame({name: self._column(name, None) for name in key})

    def __getattr__(self, name: str) -> Any:
        raise without_names(f"has no {name!r}")

    def _column(self, name: Any, missing: Any) -> Any:
        if name in self._rest:
            return self._rest[name].array
        starts = [start for start in self._encoded if str(name).startswith(start)]
        if len(starts) > 1:
            raise FrameError(
                f"get_dummies: {name!r} is the name of indicators of several columns: {starts}"
            )
        if not starts:
            if missing is None:
                raise FrameError(
                    f"get_dummies: {name!r} is the name of no column, and of no indicator"
                )
            return self._like._full(missing)
        array, dtype = self._encoded[starts[0]]
        is_label = _equal(array, str(name)[len(starts[0]) :])
        return self._like._full(Column(is_label).astype(dtype))


def starts_of(
    data: Frame | Column, columns: Sequence[Any], prefix: Any, separator: str
) -> dict[Any, str]:
    """Return the starts of the names of indicators, by column."""
    if isinstance(data, Column):
        return dict.fromkeys(columns, "" if prefix is None else f"{prefix}{separator}")
    starts = prefix if isinstance(prefix, dict) else dict.fromkeys(columns, prefix)
    if isinstance(prefix, list | tuple):
        starts = dict(zip(columns, prefix, strict=True))
    return {
        name: f"{name if starts.get(name) is None else starts[name]}{separator}" for name in columns
    }


def known_categories(data: Frame | Column, columns: Any) -> dict[Any, Categories]:
    """Return the categories of each column that is encoded; none if those of one are not known."""
    frame = data.to_frame() if isinstance(data, Column) else data
    if columns is None:
        columns = [name for name, array in frame._columns.items() if _is_encoded(array)]
    known = {name: categories_of(frame[name].array) for name in columns}
    return {n: c for n, c in known.items() if c is not None} if all(known.values()) else {}


def _is_encoded(array: Array) -> bool:
    return holds_text(array) or categories_of(array) is not None


def indicators(
    data: Frame | Column,
    known: dict[Any, Categories],
    starts: Any,
    drop_first: bool,
    dummy_na: bool,
    dtype: Any,
) -> Frame:
    """Return the indicators of all categories, behind the columns that are not encoded.

    Parameters
    ----------
    data : Frame or Column
        What is encoded.
    known : dict of Categories
        The categories of each column that is encoded.
    starts : dict
        The starts of the names of indicators, by column.
    drop_first : bool
        Whether to leave out the first category of each column.
    dummy_na : bool
        Whether there is an indicator of missing elements, behind those of categories.
    dtype : dtype
        The dtype of the indicators.
    """
    is_column = isinstance(data, Column)
    frame = data.to_frame() if is_column else data
    result = {} if is_column else {n: a for n, a in frame._columns.items() if n not in known}
    for name, categories in known.items():
        codes = codes_of(frame[name].array)
        values = [*enumerate(categories.values), *([(-1, math.nan)] if dummy_na else [])]
        for i, value in values:
            if i or not drop_first:
                label = f"{starts[name]}{value}" if starts[name] else value
                result[label] = Column(codes == i).astype(dtype).array
    return Frame(result)


def without_names(use: str) -> FrameError:
    """Return the error for a use of indicators whose names were not chosen."""
    return FrameError(
        f"get_dummies of traced columns {use}: its columns depend on the rows that the model gets. Choose them "
        "by reindex(columns=[...], fill_value=0) or [[...]], with the names of training rows, or fit a "
        "OneHotEncoder instead"
    )


def _equal(x: Array, text: str) -> Any:
    """Return which elements have a text, as pandas writes them in names."""
    xp = namespace()
    if x.dtype.is_nullable:
        return _equal(nulls.get_data(x), text) & ~nulls.isnull(x)
    if holds_text(x):
        return x == text if text else xp.zeros(x.shape, dtype=xp.bool)
    kinds: dict[str, Any] = {"bool": {"True": True, "False": False}.get, "float": float}
    try:
        value = kinds.get(x.dtype.family, int)(text)
    except ValueError:
        value = None
    is_written_so = value is not None and str(value) == text  # and not 07
    return x == value if is_written_so else xp.zeros(x.shape, dtype=xp.bool)
