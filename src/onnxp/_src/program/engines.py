"""Columns of a result in the types of pandas, Arrow, Polars, Spark and DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from onnxp._src.array.column_types import library
from onnxp._src.dtypes import DType
from onnxp._src.program import tables
from onnxp.errors import ArgumentError

SPARK = {
    "bool": "boolean",
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "float32": "float",
    "float64": "double",
    "string": "string",
}
"""Types of Spark SQL."""
POLARS = {
    "bool": "Boolean",
    "int8": "Int8",
    "int16": "Int16",
    "int32": "Int32",
    "int64": "Int64",
    "uint8": "UInt8",
    "uint16": "UInt16",
    "uint32": "UInt32",
    "uint64": "UInt64",
    "float32": "Float32",
    "float64": "Float64",
    "string": "String",
}
"""Types of Polars."""
DUCKDB = {
    "bool": "BOOLEAN",
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "uint8": "UTINYINT",
    "uint16": "USMALLINT",
    "uint32": "UINTEGER",
    "uint64": "UBIGINT",
    "float32": "FLOAT",
    "float64": "DOUBLE",
    "string": "VARCHAR",
    "datetime64[D]": "DATE",
    "datetime64[s]": "TIMESTAMP_S",
    "datetime64[ms]": "TIMESTAMP_MS",
    "datetime64[us]": "TIMESTAMP",
    "datetime64[ns]": "TIMESTAMP_NS",
}
"""Types of DuckDB."""


def quoted(name: str, mark: str = '"') -> str:
    """Return a name as an engine reads it between marks, which are doubled inside of it."""
    return mark + name.replace(mark, 2 * mark) + mark


def type_name(types: Mapping[str, str], dtype: DType, what: str) -> str:
    """Return the type of an engine for a dtype.

    Raises
    ------
    ArgumentError
        If it has none.
    """
    name = types.get("string" if dtype.family == "category" else dtype.plain.name)
    if name is None:
        raise ArgumentError(
            f"{what} is {dtype}, which the engine has no type for; cast it in the function"
        )
    return name


def table_like(
    table: Any, columns: dict[str, Any], categories: Mapping[str, DType] = MappingProxyType({})
) -> Any:
    """Return columns as a table of the same kind as another; some are of categories, given as their labels."""
    kind = type(table)
    if hasattr(table, "index"):  # pandas, and what is made like it
        matrix = _as_matrix([*columns.values()]) if library(table) == "pandas" else None
        if matrix is not None:
            names = _names_for_pandas(tuple(columns)).view()  # users may name it
            return kind(matrix, index=table.index, columns=names, copy=False)
        made = {name: _for_pandas(column) for name, column in columns.items()}
        made |= {name: _pandas_categories(made[name], dtype) for name, dtype in categories.items()}
        return kind(made, index=table.index)
    columns = {name: _for_arrow(column) for name, column in columns.items()}
    if not hasattr(kind, "from_pydict"):  # Polars
        columns |= {name: _polars_categories(columns[name], d) for name, d in categories.items()}
        return kind(columns)
    columns |= {name: _arrow_categories(columns[name], d) for name, d in categories.items()}
    return kind.from_pydict({name: arrow_array(column) for name, column in columns.items()})


def arrow_array(column: Any) -> Any:
    """Return a column as an array of Arrow, without a copy if it has numbers.

    ``pyarrow.array`` imports pandas where it is installed (26.0).
    """
    pyarrow = tables.import_package("pyarrow", "a column of Arrow")
    if type(column) is not np.ndarray or column.dtype.kind not in "biuf":
        return column if hasattr(column, "null_count") else pyarrow.array(column)
    kind = pyarrow.from_numpy_dtype(column.dtype)
    data = np.ascontiguousarray(column)
    if column.dtype.kind == "b":
        data = np.packbits(data, bitorder="little")
    return pyarrow.Array.from_buffers(kind, len(column), [None, pyarrow.py_buffer(data)])


def _as_matrix(columns: list[Any]) -> np.ndarray[Any, Any] | None:
    """Return columns of numbers of one dtype as a matrix, None for others; pandas takes it as it is."""
    first = columns[0]
    for column in columns:
        if type(column) is not np.ndarray or column.dtype != first.dtype:
            return None
    if first.dtype.kind not in "biuf":
        return None
    matrix: np.ndarray[Any, Any] = first[:, None] if len(columns) == 1 else np.array(columns).T
    return matrix


@lru_cache
def _names_for_pandas(names: tuple[str, ...]) -> Any:
    """Return an index of pandas; to make one takes longer than all else of a small frame."""
    return tables.import_package("pandas", "a data frame").Index(names)


def _codes(column: np.ndarray[Any, Any], dtype: DType) -> np.ndarray[Any, Any]:
    """Return the codes of labels, or codes as they are."""
    return column if column.dtype.kind == "i" else dtype.split(column)[0]


def _pandas_categories(column: np.ndarray[Any, Any], dtype: DType) -> Any:
    pandas = tables.import_package("pandas", "a column of categories")
    return pandas.Categorical.from_codes(
        _codes(column, dtype), categories=list(dtype.categories), ordered=dtype.ordered
    )


def _arrow_categories(column: np.ndarray[Any, Any], dtype: DType) -> Any:
    pyarrow = tables.import_package("pyarrow", "a column of categories")
    codes = _codes(column, dtype)
    return pyarrow.DictionaryArray.from_arrays(
        pyarrow.array(codes.astype(np.int32), mask=codes < 0),
        pyarrow.array(list(dtype.categories), pyarrow.string()),
        ordered=dtype.ordered,
    )


def _polars_categories(column: np.ndarray[Any, Any], dtype: DType) -> Any:
    polars = tables.import_package("polars", "a column of categories")
    labels = [label or None for label in dtype.join([_codes(column, dtype)]).tolist()]
    return polars.Series(labels, dtype=polars.Enum(list(dtype.categories)))


_OF_PANDAS = {
    "b": "BooleanArray",
    "i": "IntegerArray",
    "u": "IntegerArray",
    "f": "FloatingArray",
}
"""The arrays of pandas with a mask, by the kind of the dtype."""


def _for_pandas(column: Any) -> Any:
    """Return a column such as pandas has it: a masked array as one of a nullable dtype."""
    if not isinstance(column, np.ma.MaskedArray):
        return column
    pandas = tables.import_package("pandas", "a nullable column")
    mask = np.ma.getmaskarray(column)
    name = _OF_PANDAS.get(column.dtype.kind)
    if name is not None:
        data = column.data if column.dtype != np.float16 else column.data.astype(np.float32)
        return getattr(pandas.arrays, name)(np.array(data), np.array(mask))
    texts = column.data.astype(object)
    texts[mask] = None
    return pandas.array(texts, dtype="string")


def _for_arrow(column: Any) -> Any:
    """Return a column such as Arrow and Polars have it: times in days or milliseconds, text as objects."""
    if isinstance(column, np.ndarray) and column.dtype.kind == "U":
        return column.astype(object)  # Arrow ends text of a fixed width at a null character
    if not isinstance(column, np.ndarray) or column.dtype.kind not in "mM":
        return column
    unit = np.datetime_data(column.dtype)[0]
    if unit in ("ms", "us", "ns") or (unit == "D" and column.dtype.kind == "M"):
        return column
    days = column.dtype.kind == "M" and unit in ("Y", "M", "W")
    return column.astype(f"{column.dtype.kind}8[{'D' if days else 'ms'}]")
