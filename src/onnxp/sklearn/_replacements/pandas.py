"""Replacements in pandas: functions and constructors in code of the user that gets traced frames."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np

from onnxp import nulls
from onnxp._src.array.array import Array
from onnxp._src.dtypes import float64, string
from onnxp._src.lowering.parsing import NUMBERS
from onnxp._src.namespace import namespace
from onnxp._src.numpy.text import matches
from onnxp.errors import FrameError
from onnxp.sklearn import _absent, _categories
from onnxp.sklearn._column import CategoricalColumn, Column, RowLabels
from onnxp.sklearn._conversion import without_nulls
from onnxp.sklearn._dummies import Dummies, indicators, known_categories, starts_of
from onnxp.sklearn._elements import Element
from onnxp.sklearn._frame import Frame
from onnxp.sklearn._lacks import reason
from onnxp.sklearn._moments import of_numbers, of_parts
from onnxp.sklearn._periods import as_moments
from onnxp.sklearn._records import Fields
from onnxp.sklearn._registry import replaces
from onnxp.sklearn._strptime import read
from onnxp.sklearn._tuples import columns_of

_SCALARS = (bool, int, float, str, np.generic)

_REASON = "It copies the elements with numpy (pandas 3.1.1)."


@replaces("pandas:DataFrame.__init__", reason=_REASON)
def _make_frame(
    xp: ModuleType,
    /,
    self: Any,
    data: Any = None,
    index: Any = None,
    columns: Any = None,
    dtype: Any = None,
    copy: Any = None,
) -> None:
    rows = index.rows if isinstance(index, RowLabels) else None
    if isinstance(data, Column):
        data = data.to_frame()
    if isinstance(data, Frame) and data.by_position:
        names = range(data.shape[1]) if columns is None else columns
        data, columns = Frame(dict(zip(names, data.arrays, strict=True))), None
    if (parts := columns_of(data)) is not None:  # of unpacked tuples
        data = dict(enumerate(parts)) if columns is None else dict(zip(columns, parts, strict=True))
        columns = None
    if data is None or isinstance(data, _SCALARS):
        names = () if columns is None else columns
        data, columns = dict.fromkeys(names, np.nan if data is None else data), None
    if isinstance(data, Mapping):
        data = Frame(_full(dict(data), rows), rows)
    if isinstance(data, Array):
        block = data if data.ndim == 2 else data[:, None]
        names = range(block.shape[1]) if columns is None else columns
        data = Frame({name: block[:, i] for i, name in enumerate(names)})
    elif not isinstance(data, Frame):
        raise FrameError(
            f"DataFrame of a {type(data).__name__}: make one of a dict of columns, an array, or a frame"
        )
    elif columns is not None:
        data = data.reindex(columns=columns)
    if dtype is not None:
        data = data.astype(dtype)
    _become(self, data)


@replaces("pandas:Series.__init__", reason=_REASON)
def _make_column(
    xp: ModuleType,
    /,
    self: Any,
    data: Any = None,
    index: Any = None,
    dtype: Any = None,
    name: Any = None,
    copy: Any = None,
) -> None:
    if isinstance(data, Mapping | list | tuple):
        values = list(data.values()) if isinstance(data, Mapping) else data
        if any(type(value) is Element for value in values):
            labels = data if isinstance(data, Mapping) else range(len(data))
            _become(
                self, Fields(dict(zip(labels if index is None else index, values, strict=True)))
            )
            return
    array = data.array if isinstance(data, Column) else data
    if isinstance(index, RowLabels) and (data is None or isinstance(data, _SCALARS)):
        array = Frame({}, index.rows)._full(np.nan if data is None else data)
    if not isinstance(array, Array) or array.ndim != 1:
        raise FrameError(
            f"Series of a {type(data).__name__}: make one of a column, or an array of rank 1"
        )
    column = Column(array, name if name is not None else getattr(data, "name", None))
    _become(self, column if dtype is None else column.astype(dtype))


def _become(obj: Any, other: Any) -> None:
    """Make an object of pandas, whose constructor runs, a traced one: the constructor cannot return another."""
    object.__setattr__(obj, "__class__", type(other))
    vars(obj).clear()
    vars(obj).update(vars(other))


@replaces("pandas:DataFrame.__setitem__", reason=_REASON)
def _set_columns(xp: ModuleType, /, self: Any, key: Any, value: Any) -> Any:
    if isinstance(self, Frame):
        return NotImplemented
    if len(self.index):
        raise FrameError(
            f"the column {key!r} of a model cannot be written into a frame of {len(self.index)} known rows; "
            "begin with pd.DataFrame(index=df.index), or with a copy of df"
        )
    frame = Frame({})
    frame[key] = value
    _become(self, frame if self.columns.empty else frame.reindex(columns=[*self.columns, *frame]))
    return None


def _full(data: dict[Any, Any], rows: Any) -> dict[Any, Array]:
    """Return columns of the same length; numbers and text are repeated."""
    frame = Frame({}, rows)
    for name, value in sorted(
        data.items(), key=lambda item: not isinstance(item[1], Array | Column)
    ):
        frame[name] = value
    return {name: frame[name].array for name in data}


@replaces("pandas:concat", reason=_REASON)
def _concat(xp: ModuleType, /, objs: Any, *, axis: Any = 0, keys: Any = None, **_: Any) -> Any:
    if axis not in (1, "columns"):
        raise FrameError(
            "concat of rows: a model keeps its rows; give axis=1 to put columns side by side"
        )
    if isinstance(objs, Mapping):
        keys, objs = list(objs) if keys is None else list(keys), list(objs.values())
    if keys is not None:
        objs, keys = list(objs), list(keys)
        if len(objs) != len(keys) or not all(isinstance(obj, Column) for obj in objs):
            raise FrameError(
                "concat: a traced frame has no levels of names for keys, which are the names of columns: one "
                "for each column"
            )
        objs = [column.rename(key) for column, key in zip(objs, keys, strict=True)]
    parts = [obj.to_frame() if isinstance(obj, Column) else obj for obj in objs]
    for part in parts:
        if not isinstance(part, Frame | Dummies):
            raise FrameError(
                f"concat of a traced frame and a {type(part).__name__} with rows of its own"
            )
    if any(isinstance(part, Dummies) for part in parts):
        return Dummies.beside(parts)
    columns: dict[Any, Array] = {}
    for part in parts:
        for name, array in part._columns.items():
            name = len(columns) if name is None else name
            if name in columns:
                raise FrameError(f"concat: there are several columns {name!r}; rename them")
            columns[name] = array
    return Frame(columns)


@replaces("pandas:DataFrame.reindex", reason=_REASON)
def _reindex(xp: ModuleType, /, self: Any, labels: Any = None, **_: Any) -> Any:
    if not isinstance(labels, Column) or isinstance(self, Frame):
        return NotImplemented
    return Frame({name: labels.map(self[name]).array for name in self.columns})


@replaces("pandas:isna", reason=_REASON)
def _isna(xp: ModuleType, /, obj: Any) -> Any:
    if isinstance(obj, Array):
        return Column(obj).isna().array
    return Element(obj.column.isna()) if type(obj) is Element else obj.isna()


@replaces("pandas:notna", reason=_REASON)
def _notna(xp: ModuleType, /, obj: Any) -> Any:
    if isinstance(obj, Array):
        return Column(obj).notna().array
    return Element(obj.column.notna()) if type(obj) is Element else obj.notna()


@replaces("pandas:to_numeric", reason=_REASON)
def _to_numeric(
    xp: ModuleType,
    /,
    arg: Any,
    errors: str = "raise",
    downcast: str | None = None,
    dtype_backend: Any = None,
) -> Any:
    if downcast is not None:
        raise FrameError(
            f"to_numeric: downcast={downcast!r} depends on the other rows that the model gets; write "
            ".astype('float32'), or the dtype that the step had when it was fitted"
        )
    if dtype_backend is not None and isinstance(dtype_backend, str):
        raise FrameError(
            f"to_numeric: dtype_backend={dtype_backend!r} depends on the other rows; write .astype('Float64')"
        )
    if not isinstance(arg, Column) or arg.array.dtype.plain is not string:
        return arg
    is_nullable = arg.array.dtype.is_nullable
    text = nulls.fill_null(arg.array, "nan") if is_nullable else arg.array
    if errors == "coerce":
        is_number = matches(text, NUMBERS[float64], "to_numeric")
        text = xp.where(is_number, text, "nan")
    numbers = Column(text, arg.name).astype("float64")
    return numbers._map(nulls.null_from_nan) if is_nullable else numbers


@replaces("pandas:to_datetime", reason=_REASON)
def _to_datetime(
    xp: ModuleType,
    /,
    arg: Any,
    errors: str = "raise",
    dayfirst: bool = False,
    yearfirst: bool = False,
    utc: bool = False,
    format: Any = None,
    exact: Any = True,
    unit: str | None = None,
    **_: Any,
) -> Any:
    if utc:
        raise FrameError("to_datetime: a model has no time zones; leave out utc=True")
    if isinstance(arg, Frame | Mapping):
        return Column(of_parts(arg))
    if not isinstance(arg, Column):
        raise FrameError(
            f"to_datetime of a {type(arg).__name__}: give it a column, or a frame of parts"
        )
    if arg.array.dtype.unit:
        return arg._map(as_moments)
    if arg.array.dtype.plain is not string:
        if format is None:
            return arg._map(lambda x: of_numbers(without_nulls(x), unit or "ns", "to_datetime"))
        arg = Column(xp.astype(arg.array, string), arg.name)
    if format == "mixed" or not exact or yearfirst:
        raise FrameError(
            "to_datetime: write a format instead of format='mixed', exact=False and yearfirst=True"
        )
    return arg._map(lambda x: read(x, format, dayfirst=dayfirst, coerce=errors == "coerce"))


@replaces("pandas:to_timedelta", reason=_REASON)
def _to_timedelta(
    xp: ModuleType, /, arg: Any, unit: str | None = None, errors: str = "raise"
) -> Any:
    if isinstance(arg, Column) and arg.array.dtype.family == "timedelta":
        return arg
    if not isinstance(arg, Column) or arg.array.dtype.plain.family not in ("int", "uint", "float"):
        raise FrameError(
            "to_timedelta: a model makes spans of numbers, such as of df['days'] with unit='D'"
        )
    return arg._map(lambda x: of_numbers(without_nulls(x), unit or "ns", "to_timedelta"))


@replaces("pandas:cut", reason=_REASON)
def _cut(
    xp: ModuleType,
    /,
    x: Any,
    bins: Any,
    right: bool = True,
    labels: Any = None,
    retbins: bool = False,
    precision: int = 3,
    include_lowest: bool = False,
    duplicates: str = "raise",
    ordered: bool = True,
) -> Any:
    is_array = isinstance(x, Array)
    x = Column(x) if is_array else x
    if np.ndim(bins) == 0 or not isinstance(x, Column):
        raise FrameError(
            "cut: a number of bins depends on the other rows that the model gets; give their edges, of a column"
        )
    if retbins:
        raise FrameError(
            "cut: a model gives no edges, which the function has: leave out retbins=True"
        )
    bins, right, labels = _bins(bins, right, labels, duplicates)
    numbers, edges = _compared(x.array, bins)
    beside_missing: list[str] = []
    if labels is None:  # intervals are text, and have numbers by .cat.codes
        labels, beside_missing = _intervals(bins, right, precision, include_lowest)
    place = xp.searchsorted(xp.asarray(edges), numbers, side="left" if right else "right")
    if include_lowest and right:
        place = xp.where(numbers == edges[0], 1, place)
    inside = (place > 0) & (place < len(edges)) & ~xp.isnan(x._without_nulls().array)
    code = xp.where(inside, place - 1, 0)
    if labels is False:
        found = xp.where(inside, xp.astype(code, xp.float64), xp.nan)
        return found if is_array else Column(found, x.name)
    values = np.asarray(labels)
    if len(values) != len(edges) - 1:
        raise FrameError(f"cut: {len(edges) - 1} bins need as many labels, not {len(values)}")
    other: Any = "" if values.dtype.kind in "UO" else np.nan
    table = xp.asarray(values.astype(str) if other == "" else values.astype(np.float64))
    result = xp.where(inside, xp.take(table, code), other)
    _absent.note(result, ~inside)
    categories = _categories.Categories(values.tolist(), ordered, beside_missing)
    _categories.note(result, categories)
    return CategoricalColumn(result) if is_array else Column(result, x.name)


def _bins(bins: Any, right: bool, labels: Any, duplicates: str) -> tuple[Any, bool, Any]:
    """Return the edges of bins, which side is in them, and their labels."""
    import pandas

    if isinstance(bins, pandas.IntervalIndex):
        if bins.closed not in ("left", "right") or (bins.left[1:] != bins.right[:-1]).any():
            raise FrameError(
                "cut: intervals follow each other, and have one end in them; give edges"
            )
        right, labels = bins.closed == "right", labels if labels is False else None
        return bins.left.append(bins.right[-1:]), right, labels
    bins = pandas.Index(bins)
    if not bins.is_monotonic_increasing:
        raise FrameError(f"cut: the edges {bins.tolist()} do not increase")
    if bins.has_duplicates and len(bins) != 2:
        if duplicates != "drop":
            raise FrameError(
                f"cut: edges of {bins.tolist()} are equal; leave one out, or write duplicates='drop'"
            )
        bins = bins.unique()
    return bins, right, labels


def _compared(x: Array, bins: Any) -> tuple[Any, Any]:
    """Return the elements and the edges as numbers that are compared: of time in the finer unit."""
    x = without_nulls(x)
    xp = namespace()
    edges = bins.to_numpy()
    if not x.dtype.unit:
        return xp.astype(x, xp.float64), edges.astype(np.float64)
    edges = edges.astype(np.promote_types(edges.dtype, x.dtype.numpy))
    return xp.astype(xp.astype(x, str(edges.dtype)), xp.int64), edges.view(np.int64)


def _intervals(
    bins: Any, right: bool, precision: int, include_lowest: bool
) -> tuple[Any, list[str]]:
    """Return the texts of intervals, and those where a row is in none, if they are others."""
    import pandas

    nothing = pandas.Series([], dtype=bins.dtype)
    intervals = pandas.cut(
        nothing, bins, right, precision=precision, include_lowest=include_lowest
    ).cat.categories
    is_whole = intervals.dtype.subtype.kind in "iu"
    floats = intervals.astype("interval[float64]").astype(str).tolist() if is_whole else []
    return intervals.astype(str), floats


@replaces("pandas:Categorical.__new__", reason=_REASON)
def _make_categories(
    xp: ModuleType,
    /,
    cls: type,
    values: Any,
    categories: Any = None,
    ordered: bool | None = None,
    dtype: Any = None,
    *_: Any,
    **__: Any,
) -> CategoricalColumn:
    column = values if isinstance(values, Column) else Column(values)
    if dtype is not None:
        column = column.astype(dtype)
    elif categories is not None:
        column = column.cat.set_categories(list(categories), ordered=bool(ordered))
    elif _categories.categories_of(column.array) is None:
        raise FrameError(
            "pd.Categorical: which categories there are depends on the rows; give them, as in "
            "pd.Categorical(df['size'], categories=['S', 'M', 'L'])"
        )
    return CategoricalColumn(column.array, column.name)


@replaces("pandas:factorize", reason=_REASON)
def _factorize(xp: ModuleType, /, *_: Any, **__: Any) -> Any:
    raise FrameError(f"numbers of categories: {reason('cat')}")


@replaces("pandas:qcut", reason=_REASON)
def _qcut(xp: ModuleType, /, x: Any, q: Any, *_: Any, **__: Any) -> Any:
    raise FrameError(
        "qcut: quantiles depend on the other rows that the model gets; find them when the step is fitted, by "
        "qcut(retbins=True), and write cut(x, bins, labels=False)"
    )


@replaces("pandas:get_dummies", reason=_REASON)
def _get_dummies(
    xp: ModuleType,
    /,
    data: Any,
    prefix: Any = None,
    prefix_sep: str = "_",
    dummy_na: bool = False,
    columns: Any = None,
    sparse: bool = False,
    drop_first: bool = False,
    dtype: Any = None,
) -> Any:
    dtype = bool if dtype is None else dtype
    known = known_categories(data, columns)
    if known:
        starts = starts_of(data, list(known), prefix, prefix_sep)
        return indicators(data, known, starts, drop_first, dummy_na, dtype)
    if dummy_na or drop_first:
        raise FrameError(
            "get_dummies: dummy_na and drop_first depend on the other rows that the model gets, but for "
            "columns of the dtype category; fit a OneHotEncoder instead"
        )
    return Dummies(data, prefix, prefix_sep, columns, dtype)


@replaces("pandas:merge", reason=_REASON)
def _merge(xp: ModuleType, /, left: Any, right: Any, how: str = "inner", **options: Any) -> Any:
    if not isinstance(left, Frame):
        raise FrameError(
            "merge of a table and a traced frame: the frame comes first, and how='left' keeps its rows"
        )
    return left.merge(right, how, **options)
