"""Scoring of files, one batch at a time, so that a broken run goes on where it ended.

The results of the batches are Arrow files in a folder beside the target. When all are there, they are written
into one file, which is moved into place.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from onnxp._src.program.csv_files import Columns
from onnxp._src.program.csv_writer import Write, write_csv
from onnxp._src.program.file_lock import locked
from onnxp._src.program.progress import progress_bar
from onnxp._src.program.table_files import (
    READERS,
    WRITERS,
    by_suffix,
    no_rows,
    require_types,
    suffix_of,
)
from onnxp._src.program.tables import import_package
from onnxp.errors import ArgumentError, OnnxpError, SaveError

MAX_BYTES = 64 * 2**20
"""Bytes of inputs and outputs in a batch, so that wide rows come in batches of fewer."""


class Task(NamedTuple):
    """What is scored: the identity of the model, the columns, and the function of a batch."""

    model: bytes
    columns: Columns
    width: int  # bytes of a row
    score: Callable[[Any], Any]


def stream(
    task: Task,
    source: Path,
    target: Path,
    batch: int,
    progress: bool,
    *,
    once: bool = False,
) -> int:
    """Score a file; return the number of its rows. `Scorer.stream` describes it.

    A run that is broken leaves its parts, unless it is done `once`, of a source that will not be there again.
    """
    pa = import_package("pyarrow", "stream")
    read = _reader_of(source)
    if target.is_dir():
        raise ArgumentError(f"stream: {target} is a folder; name a file")
    write = by_suffix(WRITERS, target, "write")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"stream: there is no folder {target.parent} for {target.name}")
    if target.exists() and os.path.samefile(source, target):
        raise ArgumentError(f"stream: the target is the source, {source}; name another file")
    size = _size_of_batches(task, batch)
    with locked(target.with_name(target.name + ".lock")) as alone:
        if not alone:
            raise ArgumentError(
                f"stream: another run is writing {target}; wait until it has ended, or name another file"
            )
        with progress_bar(progress, source.name) as bar:
            tables = _rebatched(read(source, task.columns, size), size)
            try:
                return _collect(pa, task, source, target, size, tables, write, bar)
            except BaseException:
                if once:
                    shutil.rmtree(_folder_of(target), ignore_errors=True)
                raise


def pipe(task: Task, source: Path, write: Write, batch: int, progress: bool) -> int:
    """Score a file and write it as CSV, each batch when it is done; return the number of its rows."""
    rows = 0

    def scored(tables: Iterator[Any]) -> Iterator[Any]:
        nonlocal rows
        for table in tables:
            with _rows_in_error(rows, table.num_rows, source):
                result = task.score(table)
            yield result
            rows += table.num_rows
            if bar is not None:
                bar.update(table.num_rows)
        if not rows:  # a file without rows still has columns
            yield task.score(no_rows(task.columns))

    size = _size_of_batches(task, batch)
    tables = _rebatched(_reader_of(source)(source, task.columns, size), size)
    with progress_bar(progress, source.name) as bar:
        write_csv(write, scored(tables))
    return rows


def _reader_of(source: Path) -> Callable[[Path, Columns, int], Iterator[Any]]:
    """Return the function that reads a file, which must be there."""
    if source.exists() and not source.is_file():
        what = "a folder" if source.is_dir() else "a pipe or a device, but it is read twice"
        raise ArgumentError(f"stream: {source} is {what}; name a file")
    read = by_suffix(READERS, source, "read")
    if not source.exists():
        raise FileNotFoundError(f"stream: there is no file {source}")
    return read


def _size_of_batches(task: Task, batch: int) -> int:
    return max(1, min(batch, MAX_BYTES // max(task.width, 1)))


def _folder_of(target: Path) -> Path:
    """Return where the parts of a target are collected."""
    return target.with_name(target.name + ".parts")


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
    folder = _folder_of(target)
    _prepare(folder, task, source, size)
    rows = 0
    try:
        for number, table in enumerate(tables):
            part = folder / f"part-{number:08}.arrow"
            if not part.exists():
                with _rows_in_error(rows, table.num_rows, source):
                    scored = task.score(table)
                require_types(target, scored.schema)
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
        _write_part(pa, folder / "part-00000000.arrow", task.score(no_rows(task.columns)))
        parts = sorted(folder.glob("part-*.arrow"))
    unfinished = folder / f"unfinished-{os.getpid()}{suffix_of(target)}"
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
        kept = (
            f"what is done is kept in {folder.name}, and the same call goes on from there"
            if any(folder.glob("part-*.arrow"))
            else "no batch is done"
        )
        raise SaveError(
            error.errno,
            f"stream: cannot write {target.name}: {why}; {kept}",
            str(target),
        ) from None


def _prepare(folder: Path, task: Task, source: Path, size: int) -> None:
    """Make the folder of the parts; those of another model, file or size of batches are removed."""
    status = source.stat()
    description = json.dumps(
        {
            "model": hashlib.sha256(task.model).hexdigest(),
            "columns": task.columns.names,
            "csv": task.columns.csv,
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
        where = f"rows {first} to {first + count - 1} of {source.name}"
        raise type(error)(f"{where}: {error}") from None


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
