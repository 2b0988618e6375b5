"""Files of tables: CSV, Parquet, Arrow IPC and ``.npy``, which are read in batches of rows and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from onnxp._src.program.csv_files import (
    COMPRESSIONS,
    SEPARATORS,
    Columns,
    arrow_type,
    compression_of,
    read_csv,
    require_columns,
    separator_of,
)
from onnxp._src.program.csv_writer import require_cells, write_csv
from onnxp._src.program.tables import import_package
from onnxp.errors import ArgumentError

_Function = TypeVar("_Function")


ARROW = b"ARROW1"
"""The first bytes of a file of Arrow IPC that is not a stream."""


def no_rows(columns: Columns) -> Any:
    """Return an Arrow table without rows."""
    pa = import_package("pyarrow", "stream")
    types = (arrow_type(pa, kind or "float64") for kind in columns.types)
    return pa.table({n: pa.array([], t) for n, t in zip(columns.names, types, strict=True)})


def _read_parquet(path: Path, columns: Columns, size: int) -> Iterator[Any]:
    pa = import_package("pyarrow", "stream")
    parquet = import_package("pyarrow.parquet", "stream")

    try:
        with parquet.ParquetFile(str(path)) as file:
            require_columns(columns.names, file.schema_arrow.names, path)
            for batch in file.iter_batches(batch_size=size, columns=columns.names):
                yield pa.Table.from_batches([batch]).select(columns.names)
    except pa.ArrowInvalid as error:
        raise ArgumentError(f"stream: {path.name} cannot be read: {error}") from None


def _read_arrow(path: Path, columns: Columns, size: int) -> Iterator[Any]:
    pa = import_package("pyarrow", "stream")
    try:
        with pa.memory_map(str(path)) as file:
            is_file = file.read(len(ARROW)) == ARROW
            file.seek(0)
            reader = (pa.ipc.open_file if is_file else pa.ipc.open_stream)(file)
            require_columns(columns.names, reader.schema.names, path)
            batches = reader
            if is_file:
                batches = map(reader.get_batch, range(reader.num_record_batches))
            for batch in batches:
                yield pa.Table.from_batches([batch]).select(columns.names)
    except pa.ArrowInvalid as error:
        raise ArgumentError(f"stream: {path.name} cannot be read: {error}") from None


def _read_npy(path: Path, columns: Columns, size: int) -> Iterator[Any]:
    pa = import_package("pyarrow", "stream")
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (EOFError, ValueError) as error:
        said = "it is empty" if isinstance(error, EOFError) else error
        raise ArgumentError(f"stream: {path.name} cannot be read: {said}") from None
    if array.ndim != 2 or array.shape[1] != len(columns.names):
        raise ArgumentError(
            f"stream: {path.name} has shape {array.shape}, not a column for each of {columns.names}"
        )
    for start in range(0, len(array), size):
        rows = np.asarray(array[start : start + size], array.dtype.newbyteorder("="))
        yield pa.table(dict(zip(columns.names, rows.T, strict=True)))


def _write_csv(path: Path, tables: Iterator[Any], rows: int) -> None:
    pa = import_package("pyarrow", "stream")
    with pa.output_stream(str(path), compression=compression_of(path)) as file:
        write_csv(file.write, tables, separator_of(path))


def _write_parquet(path: Path, tables: Iterator[Any], rows: int) -> None:
    parquet = import_package("pyarrow.parquet", "stream")
    _write(lambda schema: parquet.ParquetWriter(str(path), schema), tables)


def _write_arrow(path: Path, tables: Iterator[Any], rows: int) -> None:
    pa = import_package("pyarrow", "stream")
    _write(lambda schema: pa.ipc.new_file(str(path), schema), tables)


def _write(open_file: Callable[[Any], Any], tables: Iterator[Any]) -> None:
    """Write tables into a file that is opened with the schema of the first one."""
    first = next(tables)
    with open_file(first.schema) as writer:
        for table in chain((first,), tables):
            writer.write_table(table)


def _dtypes_of_numbers(schema: Any) -> list[Any]:
    dtypes = [kind.to_pandas_dtype() for kind in schema.types]
    if any(dtype is np.object_ for dtype in dtypes):
        raise ArgumentError(
            f"stream: a .npy file holds numbers only, but there is text in {schema.names}"
        )
    return dtypes


def require_types(path: Path, schema: Any) -> None:
    """Raise unless a file can hold columns of a schema.

    Raises
    ------
    ArgumentError
        If it cannot.
    """
    if is_csv(path):
        require_cells(schema)
    elif suffix_of(path) == ".npy":
        _dtypes_of_numbers(schema)


def _write_npy(path: Path, tables: Iterator[Any], rows: int) -> None:
    first = next(tables)
    tables = chain((first,), tables)
    dtypes = _dtypes_of_numbers(first.schema)
    dtype = np.result_type(*dtypes)
    header = {"descr": dtype.str, "fortran_order": False, "shape": (rows, len(dtypes))}
    with open(path, "wb") as file:
        # not by a memory map, which ends the process if the disk is full
        np.lib.format.write_array_header_1_0(file, header)
        for table in tables:
            for name, column in zip(table.column_names, table.columns, strict=True):
                if column.null_count:
                    raise ArgumentError(
                        f"stream: a .npy file cannot hold missing values, but {name!r} has"
                    )
            columns = [column.to_numpy() for column in table.columns]
            file.write(np.stack(columns, axis=1).astype(dtype, order="C", copy=False).data)


_TEXT = [f"{name}{end}" for name in SEPARATORS for end in ("", *COMPRESSIONS)]
READERS: dict[str, Callable[[Path, Columns, int], Iterator[Any]]] = {
    **dict.fromkeys(_TEXT, read_csv),
    ".parquet": _read_parquet,
    ".arrow": _read_arrow,
    ".arrows": _read_arrow,
    ".feather": _read_arrow,
    ".npy": _read_npy,
}
"""Functions that yield Arrow tables of at most about so many rows, by the suffix of the file."""
WRITERS: dict[str, Callable[[Path, Iterator[Any], int], None]] = {
    **dict.fromkeys(_TEXT, _write_csv),
    ".parquet": _write_parquet,
    ".arrow": _write_arrow,
    ".feather": _write_arrow,
    ".npy": _write_npy,
}
"""Functions that write tables with so many rows in all, by the suffix of the file."""


def suffix_of(path: Path) -> str:
    """Return the suffix that tells the format of a file: both of a compressed one."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() + suffix if suffix in COMPRESSIONS else suffix


def is_csv(path: Path) -> bool:
    """Return whether a file is one of text, with commas or tabs, compressed or not."""
    return suffix_of(path) in _TEXT


def by_suffix(formats: Mapping[str, _Function], path: Path, verb: str) -> _Function:
    """Return the function for the format of a file.

    Raises
    ------
    ArgumentError
        If there is none.
    """
    try:
        return formats[suffix_of(path)]
    except KeyError:
        raise ArgumentError(
            f"stream: cannot {verb} {path.name!r}; the suffix must be one of {', '.join(formats)}"
        ) from None
