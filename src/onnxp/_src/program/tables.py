"""Tables, whose columns are the inputs of a model: data frames of pandas and polars, Arrow tables, and dicts.

No package is imported for them: a table has named columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from onnxp._src.array.column_types import library, library_of
from onnxp._src.dtypes import DType, string, strings
from onnxp._src.program.column_values import is_column
from onnxp.errors import FeedError, MissingPackageError

_Host = np.ndarray[Any, Any]


def import_package(package: str, purpose: str) -> Any:
    """Import a package that tables of some kind need.

    Raises
    ------
    MissingPackageError
        If it is not installed.
    """
    from importlib import import_module

    try:
        return import_module(package)
    except ImportError:
        raise MissingPackageError(
            f"{purpose} needs {package}: pip install 'onnxp[tables]'"
        ) from None


def is_table(obj: object) -> bool:
    """Return whether an object has named columns."""
    return isinstance(obj, Mapping) or is_frame(obj)


def is_frame(obj: object) -> bool:
    """Return whether an object is a data frame or an Arrow table, rather than a dict.

    Raises
    ------
    FeedError
        If it is a frame of polars that is not computed yet.
    """
    kind: Any = type(obj)
    return _is_frame(kind)


@lru_cache(256)
def _is_frame(kind: type) -> bool:
    has_columns = hasattr(kind, "columns") and hasattr(kind, "dtypes")
    if not (has_columns or hasattr(kind, "column_names")) or issubclass(kind, Mapping):
        return False
    if kind.__name__ == "LazyFrame":
        raise FeedError("a LazyFrame has no rows before it is computed; write table.collect()")
    return hasattr(kind, "__getitem__") and not issubclass(kind, np.ndarray)


def of_arrow(obj: Any) -> Any:
    """Return what exports an Arrow stream or array, such as a relation of DuckDB, as a table of Arrow.

    Columns, frames and all else are returned unchanged.
    """
    kind: Any = type(obj)
    export = _export(kind)
    if not export or is_column(obj):
        return obj
    pyarrow = import_package("pyarrow", "what exports Arrow")
    return pyarrow.table(obj) if export == "__arrow_c_stream__" else pyarrow.record_batch(obj)


@lru_cache(256)
def _export(kind: type) -> str:
    """Return the method by which a class exports Arrow; "" without one, and for frames."""
    names = ("__arrow_c_stream__", "__arrow_c_array__")
    name = next((name for name in names if hasattr(kind, name)), "")
    is_known = library_of(kind) or hasattr(kind, "iloc")
    return "" if name and is_known and _is_frame(kind) else name


def kind_of(table: object) -> str:
    """Return the name of the type of a table with its package, such as ``"pandas.DataFrame"``."""
    kind = type(table)
    return f"{kind.__module__.partition('.')[0]}.{kind.__name__}"


def column_names(table: Any) -> list[Any]:
    """Return the names of the columns of a table."""
    if isinstance(table, Mapping):
        return list(table)
    return list(table.column_names if hasattr(table, "column_names") else table.columns)


def columns(
    table: Any, names: list[str], title: str, dtypes: Sequence[DType | None] = ()
) -> list[Any]:
    """Return columns of a table by name. A name that is a number is known by its text.

    `dtypes` are those that the columns shall have, if that is known.

    Raises
    ------
    FeedError
        If a column is missing, or several have its name.
    """
    offered = column_names(table)
    keys = {str(name): name for name in offered} | {
        name: name for name in offered if isinstance(name, str)
    }
    missing = [name for name in names if name not in keys]
    if missing:
        raise FeedError(
            f"{title} needs the columns {names}; the {type(table).__name__} has no {missing}. Its columns are "
            f"{offered}"
        )
    chosen = [keys[name] for name in names]
    result = _of_matrix(table, offered, chosen, dtypes)
    if result is not None:
        return result
    counts = Counter(offered) if len({*offered}) < len(offered) else {}
    for name, key in zip(names, chosen, strict=True):
        if counts.get(key, 1) > 1:
            raise FeedError(f"the {type(table).__name__} has several columns {name!r}; keep one")
    result = [table[key] for key in chosen]
    if isinstance(table, Mapping):
        for name, column in zip(names, result, strict=True):
            if is_frame(column):
                raise FeedError(
                    f"the {type(table).__name__} has several columns {name!r}; keep one"
                )
    return result


SMALL = 2**16
"""The most elements of a frame that are taken as a whole: to get its columns one by one would take longer."""
_FEW = 32
"""The most rows of one with columns of several dtypes, whose elements become Python's."""
_TEXT = ("object", "str", "string")


def _of_matrix(
    table: Any, offered: list[Any], chosen: list[Any], dtypes: Sequence[DType | None]
) -> list[Any] | None:
    """Return columns of a small data frame of pandas by way of a matrix if they have the needed dtypes."""
    if library(table) != "pandas" or table.size > SMALL or len({*offered}) < len(offered):
        return None
    if not dtypes or not all(map(_is_simple, dtypes)):
        return None
    kinds = table.dtypes.tolist()
    place_of = {name: place for place, name in enumerate(offered)}
    places = [place_of[name] for name in chosen]
    needed: Sequence[Any] = [*dtypes] * len(places) if len(dtypes) == 1 else dtypes
    matrix: _Host
    if len({*dtypes}) == 1 and all(kind == needed[0].numpy for kind in kinds):
        matrix = table.to_numpy()
        return [matrix[:, place] for place in places]
    if len(table) > _FEW or len(offered) > 2 * len(chosen):
        return None
    pairs = [*zip(places, needed, strict=True)]
    if not all(_has_elements_of(kinds[place], dtype) for place, dtype in pairs):
        return None
    matrix = table.to_numpy(object)
    result = [
        matrix[:, place] if dtype is string else matrix[:, place].astype(dtype.numpy)
        for place, dtype in pairs
    ]
    texts = (column for column, (_, dtype) in zip(result, pairs, strict=True) if dtype is string)
    is_text = all(type(v) is str or strings.is_missing(v) for text in texts for v in text.tolist())
    return result if is_text else None


def _is_simple(dtype: DType | None) -> bool:
    """Return whether inputs are text or numbers of numpy."""
    return dtype is string or (
        dtype is not None and dtype.numpy.kind in "biuf" and dtype.is_own_plane
    )


def _has_elements_of(kind: Any, dtype: DType) -> bool:
    """Return whether a column of a dtype of pandas may have text, or has the numbers of a dtype."""
    return kind.name in _TEXT if dtype is string else bool(kind == dtype.numpy)


def require_rows(names: Sequence[str], columns: Sequence[_Host], title: str) -> None:
    """Raise an error unless columns have one number of rows.

    Raises
    ------
    FeedError
        If they have not.
    """
    rows = {name: len(column) for name, column in zip(names, columns, strict=True)}
    if len({*rows.values()}) > 1:
        raise FeedError(f"{title}: the columns have different numbers of rows: {rows}")


def by_position(rows: object, names: list[str]) -> object:
    """Return the columns of an array of rows by the names ``x0``, ``x1``, ... of columns without names.

    Anything else is returned as it is, and so are arrays for columns that have names.
    """
    if not (isinstance(rows, np.ndarray) and rows.ndim == 2 and rows.shape[1] == len(names) > 1):
        return rows
    columns = {f"x{i}": rows[:, i] for i in range(len(names))}
    return columns if list(columns) == names else rows


def is_mixed(rows: object) -> bool:
    """Return whether an array of objects has columns of text, and others."""
    if not (isinstance(rows, np.ndarray) and rows.ndim == 2 and rows.dtype.kind == "O"):
        return False
    kinds = {any(isinstance(value, str) for value in column) for column in rows.T}
    return len(kinds) > 1


def advice(obj: object) -> str:
    """Return how to make a table of an object that holds rows of one, or ``""`` if it does not.

    Rows are dicts, as of ``df.to_dict("records")`` or a request, and what ``df.iloc[0]`` returns.
    """
    if is_table(obj):
        return ""
    if isinstance(obj, list | tuple) and obj and isinstance(obj[0], Mapping):
        return "a list of rows is not a table; make one of it, such as pandas.DataFrame(rows)"
    if is_column(obj) and hasattr(obj, "to_frame"):
        return (
            "a Series is one row or one column; give a data frame, such as df.iloc[[0]] or "
            "series.to_frame().T.infer_objects()"
        )
    if getattr(obj, "ndim", 0) == 2 and not hasattr(obj, "toarray"):  # which a sparse matrix has
        return (
            "an array of rows and columns has one dtype and no names; give a table, such as "
            "pandas.DataFrame(rows, columns=[...]), or an array for each column"
        )
    return ""
