"""Scoring of files, one batch at a time, so that a broken run goes on where it ended.

The results of the batches are Arrow files in a folder beside the target. When all are there, they are written
into one file, which is moved into place.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from csv import reader
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from onnxp._src.dtypes import DType
from onnxp._src.program.file_lock import locked
from onnxp._src.program.progress import progress_bar
from onnxp._src.program.tables import import_package
from onnxp.errors import ArgumentError, FeedError, OnnxpError, SaveError

MAX_BYTES = 64 * 2**20
"""Bytes of inputs and outputs in a batch, so that wide rows come in batches of fewer."""


class Columns(NamedTuple):
    """The columns that are read, with the Arrow type of each that a CSV file has as text; None to infer it.

    A question mark behind the type of integers or text means that elements may be null.
    """

    names: list[str]
    types: list[str | None]


_CELLS = {
    "bool": "bool",
    "float": "float64",
    "string": "string",
    "category": "string",
}
"""The Arrow types that text of a CSV file is read as, by the family of the input; integers have its dtype."""


def kind_of_cells(dtype: DType) -> str | None:
    """Return the type that text of a CSV file is read as, as `Columns` has it."""
    if dtype.family == "timedelta" and dtype.unit not in ("Y", "M"):
        return f"duration[{dtype.unit}]"
    family = dtype.plain.family
    kind = dtype.plain.name if family in ("int", "uint") else _CELLS.get(family)
    is_nullable = dtype.is_nullable and family in ("int", "uint", "string")
    return f"{kind}?" if is_nullable else kind


class Task(NamedTuple):
    """What is scored: the identity of the model, the columns, and the function of a batch."""

    model: bytes
    columns: Columns
    width: int  # bytes of a row
    score: Callable[[Any], Any]


def stream(
    task: Task,
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    batch: int,
    progress: bool,
) -> int:
    """Score a file; return the number of its rows. `Scorer.stream` describes it."""
    pa = import_package("pyarrow", "stream")
    source, target = Path(source), Path(target)
    read = _choose(_READERS, source, "read")
    write = _choose(_WRITERS, target, "write")
    if not source.exists():
        raise FileNotFoundError(f"stream: there is no file {source}")
    for path in (source, target):
        if path.is_dir():
            raise ArgumentError(f"stream: {path} is a folder; name a file")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"stream: there is no folder {target.parent} for {target.name}")
    if target.exists() and os.path.samefile(source, target):
        raise ArgumentError(f"stream: the target is the source, {source}; name another file")
    size = max(1, min(batch, MAX_BYTES // max(task.width, 1)))
    with locked(target.with_name(target.name + ".lock")) as alone:
        if not alone:
            raise ArgumentError(
                f"stream: another run is writing {target}; wait until it has ended, or name another file"
            )
        with progress_bar(progress, source.name) as bar:
            tables = _rebatched(read(source, task.columns, size), size)
            return _collect(pa, task, source, target, size, tables, write, bar)


def _collect(
    pa: Any,
    task: Task,
    source: Path,
    target: Path,
    size: int,
    tables: Iterator[Any],
    write: Callable[[Path, Iterator[Any], int], None],
    bar: Any,
) -> int:
    """Score tables into parts that are not there, and write all of them into the target."""
    folder = target.with_name(target.name + ".parts")
    _prepare(folder, task, source, size)
    rows = 0
    try:
        for number, table in enumerate(tables):
            part = folder / f"part-{number:08}.arrow"
            if not part.exists():
                with _rows_in_error(rows, table.num_rows, source):
                    scored = task.score(table)
                with _full_disk(target, folder):
                    _write_part(pa, part, scored)
            rows += table.num_rows
            if bar is not None:
                bar.update(table.num_rows)
    except OnnxpError:
        if not any(folder.glob("part-*.arrow")):
            shutil.rmtree(folder)
        raise
    parts = sorted(folder.glob("part-*.arrow"))
    if not parts:  # a file without rows still has columns
        _write_part(pa, folder / "part-00000000.arrow", task.score(_no_rows(pa, task.columns)))
        parts = sorted(folder.glob("part-*.arrow"))
    unfinished = folder / f"unfinished-{os.getpid()}{target.suffix}"
    with _full_disk(target, folder):
        write(unfinished, _tables(pa, parts), rows)
        os.replace(unfinished, target)
    shutil.rmtree(folder)
    return rows


@contextmanager
def _full_disk(target: Path, folder: Path) -> Iterator[None]:
    """Say what was not written, and remove what is not whole, so that the parts keep their place."""
    try:
        yield
    except OSError as error:
        for path in (*folder.glob("*.unfinished-*"), *folder.glob("unfinished-*")):
            path.unlink(missing_ok=True)
        why = os.strerror(error.errno) if error.errno else str(error)
        raise SaveError(
            error.errno,
            f"stream: cannot write {target.name}: {why}; what is done is kept in {folder.name}, and the same "
            "call goes on from there",
            str(target),
        ) from None


def _choose(formats: dict[str, Any], path: Path, verb: str) -> Any:
    try:
        return formats[path.suffix.lower()]
    except KeyError:
        raise ArgumentError(
            f"stream: cannot {verb} {path.name!r}; the suffix must be one of {', '.join(formats)}"
        ) from None


def _prepare(folder: Path, task: Task, source: Path, size: int) -> None:
    """Make the folder of the parts; those of another model, file or size of batches are removed."""
    status = source.stat()
    description = json.dumps(
        {
            "model": hashlib.sha256(task.model).hexdigest(),
            "columns": task.columns.names,
            "source": [str(source.resolve()), status.st_size, status.st_mtime_ns],
            "batch": size,
        }
    )
    note = folder / "task.json"
    if folder.exists() and not note.exists() and any(folder.iterdir()):
        raise ArgumentError(
            f"stream: {folder} is where the parts are collected, but it has other files; remove it, or name "
            "another target"
        )
    if not note.exists() or note.read_text(encoding="utf-8") != description:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        note.write_text(description, encoding="utf-8")


def _write_part(pa: Any, path: Path, scored: Any) -> None:
    """Write a part such that it is complete or absent."""
    unfinished = path.with_suffix(f".unfinished-{os.getpid()}")
    with pa.ipc.new_file(str(unfinished), scored.schema) as writer:
        writer.write(scored)
    os.replace(unfinished, path)


def _tables(pa: Any, parts: list[Path]) -> Iterator[Any]:
    for part in parts:
        with pa.OSFile(str(part)) as file:
            yield pa.ipc.open_file(file).read_all()


@contextmanager
def _rows_in_error(first: int, count: int, source: Path) -> Iterator[None]:
    try:
        yield
    except OnnxpError as error:
        text = str(error).partition("\nFor an explanation")[0]
        raise type(error)(f"rows {first} to {first + count - 1} of {source.name}: {text}") from None


def _rebatched(tables: Iterable[Any], size: int) -> Iterator[Any]:
    """Yield tables of `size` rows, and the rest, from tables of any number of rows."""
    pa = import_package("pyarrow", "stream")
    waiting: list[Any] = []
    count = 0
    for table in tables:
        waiting.append(table)
        count += table.num_rows
        while count >= size:
            whole = pa.concat_tables(waiting)
            yield whole.slice(0, size)
            waiting, count = [whole.slice(size)], count - size
    if count:
        yield pa.concat_tables(waiting)


def _no_rows(pa: Any, columns: Columns) -> Any:
    types = (_type(pa, kind or "float64") for kind in columns.types)
    return pa.table({n: pa.array([], t) for n, t in zip(columns.names, types, strict=True)})


# Formats


def _read_csv(path: Path, columns: Columns, size: int) -> Iterator[Any]:
    pa = import_package("pyarrow", "stream")
    with open(path, newline="", encoding="utf-8-sig", errors="replace") as file:
        header = next(reader(file), [])
    _require(columns.names, header, path)
    csv = import_package("pyarrow.csv", "stream")

    kinds = {n: k for n, k in zip(columns.names, columns.types, strict=True) if k is not None}
    types = {name: _type_of_cells(pa, kind) for name, kind in kinds.items()}
    convert = csv.ConvertOptions(include_columns=columns.names, column_types=types)
    parse = csv.ParseOptions(newlines_in_values=True)
    try:
        with csv.open_csv(str(path), convert_options=convert, parse_options=parse) as batches:
            for batch in batches:
                yield _from_cells(pa, pa.Table.from_batches([batch]), kinds, path)
    except (pa.ArrowInvalid, pa.ArrowKeyError, KeyError) as error:
        said = re.sub(r"CSV column #(\d+)", lambda m: f"column {header[int(m[1])]!r}", str(error))
        said = said.replace("valid decimal128 number", "whole number")
        said = said.replace(
            "Rescaling Decimal value would cause data loss", "a number is not whole"
        )
        raise ArgumentError(f"stream: {path.name} cannot be read: {said}") from None


_WHOLE = re.compile(r"u?int\d+\?")
_SECONDS = {"W": 604_800, "D": 86_400, "h": 3600, "m": 60}
"""The units of durations that Arrow has not, in seconds."""


def _type(pa: Any, kind: str) -> Any:
    """Return the Arrow type of a column."""
    if kind.startswith("duration"):
        unit = kind[len("duration[") : -1]
        return pa.duration("s" if unit in _SECONDS else unit)
    return pa.type_for_alias(kind.removesuffix("?"))


def _type_of_cells(pa: Any, kind: str) -> Any:
    """Return the Arrow type that the cells of a column of a CSV file are read as."""
    if _WHOLE.fullmatch(kind):
        # exact, and takes the 3.0 that pandas writes for 3 beside holes; not all uint64 of a larger scale can
        # be cast (pyarrow 26.0)
        return pa.decimal128(38, 10)
    return pa.int64() if kind.startswith("duration") else _type(pa, kind)


def _from_cells(pa: Any, table: Any, kinds: dict[str, str], path: Path) -> Any:
    """Return a table of a CSV file with the types of its columns, and with null for blank cells."""
    compute = import_package("pyarrow.compute", "stream")
    for i, name in enumerate(table.column_names):
        kind = kinds.get(name, "")
        column = table.column(i)
        try:
            if kind == "string?":
                is_blank = compute.equal(column, "")
                column = compute.if_else(is_blank, pa.scalar(None, pa.string()), column)
            elif _WHOLE.fullmatch(kind):
                column = column.cast(_type(pa, kind))
            elif kind.startswith("duration"):
                factor = _SECONDS.get(kind[len("duration[") : -1], 1)
                column = compute.multiply_checked(column, factor).cast(_type(pa, kind))
            else:
                continue
        except pa.ArrowInvalid:
            raise FeedError(
                f"{path.name}: column {name!r} has fractions or numbers out of the range of {kind}; round them "
                "or trace with a wider dtype"
            ) from None
        table = table.set_column(i, name, column)
    return table


def _read_parquet(path: Path, columns: Columns, size: int) -> Iterator[Any]:
    pa = import_package("pyarrow", "stream")
    parquet = import_package("pyarrow.parquet", "stream")

    try:
        with parquet.ParquetFile(str(path)) as file:
            _require(columns.names, file.schema_arrow.names, path)
            for batch in file.iter_batches(batch_size=size, columns=columns.names):
                yield pa.Table.from_batches([batch]).select(columns.names)
    except pa.ArrowInvalid as error:
        raise ArgumentError(f"stream: {path.name} cannot be read: {error}") from None


def _read_arrow(path: Path, columns: Columns, size: int) -> Iterator[Any]:
    pa = import_package("pyarrow", "stream")
    try:
        with pa.memory_map(str(path)) as file:
            reader = pa.ipc.open_file(file)
            _require(columns.names, reader.schema.names, path)
            for i in range(reader.num_record_batches):
                yield pa.Table.from_batches([reader.get_batch(i)]).select(columns.names)
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


def _require(names: list[str], offered: list[str], path: Path) -> None:
    missing = [name for name in names if name not in offered]
    if missing:
        raise FeedError(f"{path.name} has no columns {missing}; it has {offered}")
    twice = [name for name in names if offered.count(name) > 1]
    if twice:
        raise FeedError(f"{path.name} has several columns {twice}; keep one of each")


def _write_csv(path: Path, tables: Iterator[Any], rows: int) -> None:
    csv = import_package("pyarrow.csv", "stream")

    first = next(tables)
    with csv.CSVWriter(str(path), first.schema) as writer:
        writer.write(first)
        for table in tables:
            writer.write(table)


def _write_parquet(path: Path, tables: Iterator[Any], rows: int) -> None:
    parquet = import_package("pyarrow.parquet", "stream")

    first = next(tables)
    with parquet.ParquetWriter(str(path), first.schema) as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(table)


def _write_arrow(path: Path, tables: Iterator[Any], rows: int) -> None:
    pa = import_package("pyarrow", "stream")
    first = next(tables)
    with pa.ipc.new_file(str(path), first.schema) as writer:
        writer.write(first)
        for table in tables:
            writer.write(table)


def _write_npy(path: Path, tables: Iterator[Any], rows: int) -> None:
    first = next(tables)
    tables = chain((first,), tables)
    dtypes = [column.type.to_pandas_dtype() for column in first.columns]
    if any(dtype is np.object_ for dtype in dtypes):
        raise ArgumentError(
            f"stream: a .npy file holds numbers only, but there is text in {first.column_names}"
        )
    dtype = np.result_type(*dtypes)
    header = {"descr": dtype.str, "fortran_order": False, "shape": (rows, len(dtypes))}
    with open(
        path, "wb"
    ) as file:  # not by a memory map, which ends the process if the disk is full
        np.lib.format.write_array_header_1_0(file, header)
        for table in tables:
            for name, column in zip(table.column_names, table.columns, strict=True):
                if column.null_count:
                    raise ArgumentError(
                        f"stream: a .npy file cannot hold missing values, but {name!r} has"
                    )
            columns = [column.to_numpy() for column in table.columns]
            file.write(np.stack(columns, axis=1).astype(dtype, order="C", copy=False).data)


_READERS = {
    ".csv": _read_csv,
    ".parquet": _read_parquet,
    ".arrow": _read_arrow,
    ".feather": _read_arrow,
    ".npy": _read_npy,
}
_WRITERS = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".arrow": _write_arrow,
    ".feather": _write_arrow,
    ".npy": _write_npy,
}
