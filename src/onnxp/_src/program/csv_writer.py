"""Tables written as CSV: cells are quoted only where they must be, so that kept columns stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeAlias

from onnxp._src.program.tables import import_package
from onnxp.errors import ArgumentError

_STRUCTURE = '"\r\n'
"""What a cell is quoted for, besides the separator."""


Write: TypeAlias = Callable[[bytes], object]
"""Takes bytes, also in a buffer of Arrow."""


def write_csv(write: Write, tables: Iterator[Any], separator: str = ",") -> None:
    """Write tables, each when it is there."""
    pa = import_package("pyarrow", "stream")
    first = next(tables)
    require_cells(first.schema)
    header = [pa.chunked_array([[name]]) for name in first.column_names]
    write(_joined(pa, header, separator))
    for table in chain((first,), tables):
        write(_lines(pa, table, separator))


def require_cells(schema: Any) -> None:
    """Raise unless the columns of a schema can be cells of text.

    Raises
    ------
    ArgumentError
        If one has lists or structs.
    """
    pa = import_package("pyarrow", "stream")
    for field in schema:
        if pa.types.is_nested(field.type):
            raise ArgumentError(
                f"stream: column {field.name!r} is {field.type}, which cells of CSV cannot hold; leave it out "
                "of the kept columns, or name a .parquet or .arrow file"
            )


def _lines(pa: Any, table: Any, separator: str) -> Any:
    """Return the lines of a table."""
    if not table.num_rows:
        return b""
    csv = import_package("pyarrow.csv", "stream")
    columns = [_as_text(pa, column) for column in table.columns]
    is_blank = len(columns) == 1 and (_is_text(pa, columns[0]) or columns[0].null_count)
    if is_blank or any(
        _may_have_structure(pa, column, separator) for column in columns if _is_text(pa, column)
    ):
        return _joined(pa, columns, separator)
    content = pa.BufferOutputStream()
    csv.write_csv(
        # without a header, other bytes are written for a chunk of no rows (pyarrow 26.0)
        pa.table(columns, table.column_names).combine_chunks(),
        content,
        csv.WriteOptions(include_header=False, quoting_style="none", delimiter=separator),
    )
    return content.getvalue()


def _as_text(pa: Any, column: Any) -> Any:
    """Return what is stored as codes or bytes as text, and other columns as they are."""
    kind = column.type
    is_other = pa.types.is_dictionary(kind) or "binary" in str(kind)
    return column.cast(pa.string()) if is_other else column


def _is_text(pa: Any, column: Any) -> bool:
    return "string" in str(column.type)


def _may_have_structure(pa: Any, column: Any, separator: str) -> bool:
    """Return whether a cell may have to be quoted; the bytes of all of them tell faster than an expression."""
    marks = f"{_STRUCTURE}{separator}".encode()
    buffers = (text.buffers()[2] for text in column.cast(pa.large_string()).chunks)
    return any(mark in content for content in map(bytes, filter(None, buffers)) for mark in marks)


def _joined(pa: Any, columns: Sequence[Any], separator: str) -> Any:
    """Return the lines of columns: the writer of Arrow quotes all cells of text, or none (pyarrow 26.0)."""
    compute = import_package("pyarrow.compute", "stream")
    join = compute.binary_join_element_wise
    cells = [column.cast(pa.string()) for column in columns]
    for i, column in enumerate(cells):
        if _may_have_structure(pa, column, separator):
            is_quoted = compute.match_substring_regex(column, f"[{_STRUCTURE}{separator}]")
            quoted = join('"', compute.replace_substring(column, '"', '""'), '"', "")
            cells[i] = compute.if_else(is_quoted, quoted, column)
    if len(cells) == 1:  # readers pass over blank lines
        column = compute.fill_null(cells[0], "")
        cells[0] = compute.if_else(compute.equal(column, ""), '""', column)
    rows = join(*cells, separator, null_handling="replace", null_replacement="")
    return "\n".join([*rows.to_pylist(), ""]).encode()
