"""CSV files: how their cells are written and read, and the columns that are read of files of tables."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from csv import DictReader, reader
from decimal import Decimal, DecimalException
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from onnxp._src.dtypes import DType
from onnxp._src.program.tables import import_package
from onnxp._src.wording import wording
from onnxp.errors import ArgumentError, ArgumentTypeError, FeedError

UTF_8 = "utf8"
"""The name by which Arrow reads a file as it is."""

MISSING = (
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>",
    "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip
"""The cells that `pandas.read_csv` takes for missing values (3.1)."""


COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
"""How CSV files are compressed, by the suffix behind ``.csv``."""
SEPARATORS = {".csv": ",", ".tsv": "\t"}
"""What separates the cells of files of text, by their suffix, unless another separator is given."""


class CsvFormat(NamedTuple):
    """How a CSV file writes its cells.

    Attributes
    ----------
    separator, decimal, encoding : str
        What separates them, the decimal point of numbers, and the encoding.
    missing : tuple of str
        The cells that are missing values.
    """

    separator: str = ","
    decimal: str = "."
    encoding: str = UTF_8
    missing: tuple[str, ...] = MISSING


class Columns(NamedTuple):
    """The columns that are read, with the Arrow type of each that a CSV file has as text; None to infer it.

    A question mark behind the type of integers or text means that elements may be null. `KEPT` is text as the
    file has it.
    """

    names: list[str]
    types: list[str | None]
    csv: CsvFormat = CsvFormat()


def csv_format(
    function: str,
    separator: object,
    decimal: object,
    encoding: object,
    missing: object,
) -> CsvFormat:
    """Return the format of a CSV file; without `missing`, the cells are missing that are so for pandas.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If an argument is not text, or there is no such format.
    """
    texts = {"separator": separator, "decimal": decimal, "encoding": encoding}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise ArgumentTypeError(
                f"{function}: {name} must be text, not {value!r} of type {type(value).__name__}"
            )
        if name != "encoding" and (len(value) != 1 or not value.isascii() or value in '"\r\n'):
            raise ArgumentError(f"{function}: {name} must be one ASCII character, not {value!r}")
    if separator == decimal:
        raise ArgumentError(f"{function}: separator and decimal are both {separator!r}")
    try:
        name = codecs.lookup(str(encoding)).name
    except LookupError:
        raise ArgumentError(
            f"{function}: there is no encoding {encoding!r}; common ones are utf-8, latin-1, cp1252, utf-16"
        ) from None
    name = UTF_8 if name in ("ascii", "utf-8", "utf-8-sig") else name
    if missing is None:
        return CsvFormat(str(separator), str(decimal), name)
    cells = [] if isinstance(missing, str) or not isinstance(missing, Iterable) else [*missing]
    if (not cells and missing != []) or not all(isinstance(cell, str) for cell in cells):
        raise ArgumentTypeError(f"{function}: missing must be a list of text, not {missing!r}")
    return CsvFormat(str(separator), str(decimal), name, tuple(dict.fromkeys(["", *cells])))


KEPT = "kept"
"""What `Columns` has as the type of columns that are written as they were read."""
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
    if family == "datetime":
        return "timestamp[ns]" if dtype.plain.unit == "ns" else "timestamp[us]"
    kind = dtype.plain.name if family in ("int", "uint") else _CELLS.get(family)
    is_nullable = dtype.is_nullable and family in ("int", "uint", "string")
    return f"{kind}?" if is_nullable else kind


def read_csv(path: Path, columns: Columns, size: int) -> Iterator[Any]:
    """Yield Arrow tables of columns of a file, of as many rows as Arrow reads at a time.

    Raises
    ------
    ArgumentError, FeedError
        If the file cannot be read, or lacks a column, or cells do not fit the type of their column.
    """
    columns = columns._replace(csv=of_file(columns.csv, path))
    try:
        yield from _tables(path, columns)
    except OSError as error:
        if compression_of(path) is None or error.errno:
            raise
        raise ArgumentError(f"stream: {path.name} cannot be read: {error}") from None


def _tables(path: Path, columns: Columns) -> Iterator[Any]:
    pa = import_package("pyarrow", "stream")
    csv = import_package("pyarrow.csv", "stream")
    separator, decimal, encoding, missing = columns.csv
    header = _header(path, columns.csv)
    if not header:
        raise ArgumentError(f"stream: {path.name} is empty")
    require_columns(columns.names, header, path, _other_format(header, columns))
    kinds = {n: k for n, k in zip(columns.names, columns.types, strict=True) if k is not None}
    options = {
        "read_options": csv.ReadOptions(encoding=encoding),
        "parse_options": csv.ParseOptions(delimiter=separator, newlines_in_values=True),
        "convert_options": csv.ConvertOptions(
            include_columns=columns.names,
            column_types={name: _type_of_cells(pa, kind) for name, kind in kinds.items()},
            decimal_point=decimal,
            null_values=missing,
        ),
    }
    done = 0
    try:
        while True:
            rows = 0
            try:
                for table in _open_csv(pa, path, options):
                    rest = table.slice(min(max(done - rows, 0), table.num_rows))
                    rows += table.num_rows
                    done = max(done, rows)
                    if rest.num_rows or not table.num_rows:
                        yield _from_cells(pa, rest, kinds, path, columns.csv)
                return
            except pa.ArrowInvalid as error:
                others = _other_types(pa, str(error), header, kinds)
                if not others:
                    raise
                options["convert_options"].column_types |= others
    except (pa.ArrowInvalid, pa.ArrowKeyError, KeyError, UnicodeError) as error:
        said = _explained(_with_line(str(error), path, columns.csv), header, columns.csv)
        raise ArgumentError(f"stream: {path.name} cannot be read: {said}") from None


def _other_types(pa: Any, error: str, header: list[str], kinds: dict[str, str]) -> dict[str, Any]:
    """Return types that read the cells of which Arrow says that they do not fit; {} if none does."""
    if re.search(r"error to u?int\d+:", error):
        return {n: _exact(pa) for n, k in kinds.items() if _WHOLE.fullmatch(k)}
    truth = re.search(
        r"CSV column #(\d+): .*error to double: invalid value '(?i:true|false)'", error
    )
    return {header[int(truth[1])]: pa.string()} if truth else {}


def _open_csv(pa: Any, path: Path, options: Mapping[str, Any]) -> Iterator[Any]:
    csv = import_package("pyarrow.csv", "stream")
    with (
        pa.input_stream(str(path), compression=compression_of(path)) as file,
        csv.open_csv(file, **options) as batches,
    ):
        for batch in batches:
            yield pa.Table.from_batches([batch])


def _with_line(error: str, path: Path, csv: CsvFormat) -> str:
    """Return the message of Arrow with the line of the row that it cannot read."""
    cell = re.search(
        r"CSV column #(\d+): .*(?:invalid value|The string) '(.*)'(?: is not a valid [\w ]+)?$",
        error,
        re.S,
    )
    count = re.search(r"Expected \d+ columns, got (\d+)", error)
    if cell is None and count is None:
        return error
    with _opened(path, csv) as file:
        rows = reader(file, delimiter=csv.separator)
        next(rows, None)
        for row in rows:
            if cell is not None:
                column = int(cell[1])
                is_bad = len(row) > column and row[column] == cell[2]
            else:
                is_bad = count is not None and len(row) == int(count[1])
            if is_bad:
                return f"{error} in line {rows.line_num}"
    return error


def compression_of(path: Path) -> str | None:
    """Return how a file is compressed, as Arrow calls it."""
    return COMPRESSIONS.get(path.suffix.lower())


def separator_of(path: Path) -> str:
    """Return what separates the cells of a file, by its suffix."""
    name = path.name if compression_of(path) is None else path.stem
    return SEPARATORS.get(Path(name).suffix.lower(), ",")


def of_file(csv: CsvFormat, path: Path) -> CsvFormat:
    """Return the format of a file, whose suffix tells the separator if none is given."""
    is_given = csv.separator != CsvFormat().separator
    return csv if is_given else csv._replace(separator=separator_of(path))


def _opened(path: Path, csv: CsvFormat) -> IO[str]:
    """Return a file as text, as Python reads it."""
    pa = import_package("pyarrow", "stream")
    encoding = "utf-8-sig" if csv.encoding == UTF_8 else csv.encoding
    content = pa.input_stream(str(path), compression=compression_of(path))
    return TextIOWrapper(BufferedReader(content), encoding, "replace", newline="")


def _header(path: Path, csv: CsvFormat) -> list[str]:
    """Return the names of the columns of a CSV file."""
    try:
        with _opened(path, csv) as file:
            return next(reader(file, delimiter=csv.separator), [])
    except UnicodeError as error:  # of encodings that begin with a mark
        said = _explained(f"{csv.encoding} codec: {error}", [], csv)
        raise ArgumentError(f"stream: {path.name} cannot be read: {said}") from None


def _other_format(header: list[str], columns: Columns) -> str:
    """Return advice for a file that seems to have another encoding or separator; "" for others."""
    text = "".join(header)
    if "\0" in text or "\ufffd" in text:
        encoding = "utf-16" if "\0" in text else "cp1252"
        return f"; name its encoding, such as {wording.get().option('encoding', encoding)}"
    line = columns.csv.separator.join(header)
    for other in ";\t|,":
        if other != columns.csv.separator and {*columns.names} <= {*line.split(other)}:
            option = wording.get().option("separator", other)
            return f"; {other!r} separates them, as it seems: give {option}"
    return ""


def _explained(error: str, header: list[str], csv: CsvFormat) -> str:
    """Return the message of Arrow with the names of columns and advice."""
    said = re.sub(r"CSV column #(\d+)", lambda m: f"column {header[int(m[1])]!r}", error)
    said = said.replace("valid decimal128 number", "whole number")
    said = said.replace("Rescaling Decimal value would cause data loss", "a number is not whole")
    option = wording.get().option
    if "error to bool" in said:
        said += "; write true or false, or 1 or 0"
    elif "error to timestamp" in said:
        said += (
            "; write points in time as 2024-12-31 or 2024-12-31T18:30:00, in UTC and without a zone"
        )
    elif csv.decimal == "." and re.search(r"error to \w+: invalid value '[-+]?\d+,\d+'", said):
        said += f"; give {option('decimal', ',')} if that is the decimal point"
    elif "UTF" in said.upper() or "codec" in said:
        said += f"; name the encoding of the file, such as {option('encoding', 'cp1252')}"
    return said


_WHOLE = re.compile(r"u?int\d+\??")
_SECONDS = {"W": 604_800, "D": 86_400, "h": 3600, "m": 60}
"""The units of durations that Arrow has not, in seconds."""


def arrow_type(pa: Any, kind: str) -> Any:
    """Return the Arrow type of a column."""
    if kind.startswith("duration"):
        unit = kind[len("duration[") : -1]
        return pa.duration("s" if unit in _SECONDS else unit)
    if kind == KEPT:
        return pa.string()
    return pa.type_for_alias(kind.removesuffix("?"))


def _type_of_cells(pa: Any, kind: str) -> Any:
    """Return the Arrow type that the cells of a column of a CSV file are read as."""
    if _WHOLE.fullmatch(kind) and kind.endswith("?"):
        return _exact(pa)
    return pa.int64() if kind.startswith("duration") else arrow_type(pa, kind)


def _exact(pa: Any) -> Any:
    """Return the type that reads whole floats such as 3.0 exactly, which takes longer than integers."""
    return pa.decimal128(38, 10)  # not all uint64 of a larger scale can be cast (pyarrow 26.0)


def _first_misfit(path: Path, csv: CsvFormat, name: str, kind: str) -> str:
    """Return the first cell of a column that is no integer of a dtype, and its line, for a message."""
    if not _WHOLE.fullmatch(kind):
        return ""
    limits = np.iinfo(kind.removesuffix("?"))
    with _opened(path, csv) as file:
        rows = DictReader(file, delimiter=csv.separator)
        for row in rows:
            cell = row[name] or ""
            try:
                number = Decimal(cell.replace(csv.decimal, "."))
                fits = limits.min <= number <= limits.max and number == int(number)
            except (DecimalException, ValueError):  # blank, or text, of which Arrow says the line
                continue
            if not fits:
                return f", as {cell!r} in line {rows.line_num}"
    return ""


def _from_cells(pa: Any, table: Any, kinds: dict[str, str], path: Path, csv: CsvFormat) -> Any:
    """Return a table of a CSV file with the types of its columns; missing text is null, or empty."""
    compute = import_package("pyarrow.compute", "stream")
    missing = pa.array(csv.missing)
    for i, name in enumerate(table.column_names):
        kind = kinds.get(name, "")
        column = table.column(i)
        try:
            if kind in ("string", "string?"):
                is_missing = compute.is_in(column, missing)
                if not compute.any(is_missing).as_py():
                    continue
                blank = pa.scalar(None if kind == "string?" else "", pa.string())
                column = compute.if_else(is_missing, blank, column)
            elif _WHOLE.fullmatch(kind):
                if column.type == arrow_type(pa, kind):
                    continue
                column = column.cast(arrow_type(pa, kind))
            elif kind == "float64" and pa.types.is_string(column.type):
                column = _of_truth_values(pa, column, csv)
            elif kind.startswith("duration"):
                factor = _SECONDS.get(kind[len("duration[") : -1], 1)
                column = compute.multiply_checked(column, factor).cast(arrow_type(pa, kind))
            else:
                continue
        except pa.ArrowInvalid as error:
            if kind == "float64":
                raise FeedError(f"{path.name}: column {name!r}: {error}") from None
            raise FeedError(
                f"{path.name}: column {name!r} has fractions or numbers out of the range of {kind}"
                f"{_first_misfit(path, csv, name, kind)}; round them or trace with a wider dtype"
            ) from None
        table = table.set_column(i, name, column)
    return table


def _of_truth_values(pa: Any, column: Any, csv: CsvFormat) -> Any:
    """Return the numbers of a column of text, 1 and 0 for true and false, as of bools beside missing ones."""
    compute = import_package("pyarrow.compute", "stream")
    column = compute.if_else(compute.is_in(column, pa.array(csv.missing)), None, column)
    if csv.decimal != ".":
        column = compute.replace_substring(column, csv.decimal, ".")
    for text, number in (("true", "1"), ("false", "0")):
        is_text = compute.equal(compute.utf8_lower(column), text)
        column = compute.if_else(is_text, pa.scalar(number), column)
    return column.cast(pa.float64())


def require_columns(names: list[str], offered: list[str], path: Path, advice: str = "") -> None:
    """Raise unless a file has each of some columns once.

    Raises
    ------
    FeedError
        If it does not; the message ends with `advice`, or with that for columns that have other names.
    """
    counts = Counter(offered)
    missing = [name for name in names if name not in counts]
    if missing:
        if not advice and missing == names:
            advice = (
                f"; other names are given in the order of the inputs, as in {wording.get().columns}"
            )
        raise FeedError(f"{path.name} has no columns {missing}; it has {offered}{advice}")
    twice = [name for name in names if counts[name] > 1]
    if twice:
        raise FeedError(f"{path.name} has several columns {twice}; keep one of each")
