"""The code that `standalone` puts together: a scorer that needs onnxruntime and numpy only."""

SCORE = '''"""Score tables with the model beside this file, by onnxruntime and numpy only.

As a command it scores a CSV file: python FILE rows.csv scores.csv

Written by onnxp {version}.
"""

import csv
import sys
from pathlib import Path

import numpy as np
import onnxruntime

# The columns that the model takes, and their dtypes; of those with a question mark, elements may be missing.
COLUMNS = {columns}
# The columns that it gives: the output, and the column of it if it has several.
OUTPUTS = {outputs}

session = onnxruntime.InferenceSession(str(Path(__file__).with_name({model!r})))


def score(table):
    """Return a dict of arrays for a data frame, an Arrow table or a dict of columns. Others are ignored.

    Where elements may be missing, they are masked arrays.
    """
    missing = [name for name in COLUMNS if name not in getattr(table, "column_names", table)]
    if missing:
        raise KeyError(f"the table has no {{missing}}")
    columns = {{name: {convert}(table[name], name, dtype) for name, dtype in COLUMNS.items()}}
    rows = {{name: len(column) for name, column in columns.items()}}
    if len(set(rows.values())) > 1:
        raise ValueError(f"the columns have different numbers of rows: {{rows}}")
    feeds = {{{feeds}
    }}
    names = {names}
    results = dict(zip(names, session.run(names, feeds))){guard}{views}
    return {{
        label: results[name] if i is None else results[name][:, i] for label, (name, i) in OUTPUTS.items()
    }}
'''
"""The columns, the session and the function, for `str.format`."""

GUARD = """
    if any(rows.values()) and not results[{name!r}]:
        raise ValueError({message!r})"""
"""The check of the assumptions, for `str.format`."""

OF_FLOATS = '''

def as_input(column, name, dtype):
    """Return a column in the dtype of its input; missing numbers are NaN."""
    array = np.asarray(column)
    if array.dtype.kind in "OUT":  # text, or numbers with holes
        array = np.array(read_cells(array, name, as_float, "a number"), float)
    if not np.can_cast(array.dtype, dtype, "same_kind"):
        raise TypeError(f"column {name!r} is {array.dtype}, but {dtype} is needed")
    return array.astype(dtype)
'''
"""The conversion of columns for models that take floats only."""

OF_ANY = '''

def as_input(column, name, dtype):
    """Return a column in the dtype of its input; missing numbers are NaN, missing text is empty."""
    array = np.asarray(column)
    if dtype == "str":
        return np.array(["" if is_missing(x) else str(x) for x in array], object)
    kind = np.dtype(dtype).kind
    if kind in "mM":
        return as_times(array, name, dtype)
    if array.dtype.kind in "OUT":  # text, or numbers with holes
        integer = as_int, "an integer"
        read, what = {"f": (as_float, "a number"), "i": integer, "u": integer, "b": (as_bool, "a bool")}[kind]
        values = read_cells(array, name, read, what)
        if kind in "iu" and np.nan not in values:
            limits = np.iinfo(dtype)
            if not all(limits.min <= x <= limits.max for x in values):
                raise OverflowError(f"column {name!r} does not fit into {dtype}")
            return np.array(values, dtype)
        array = np.array(values, float if kind == "f" or np.nan in values else None)
    if array.size and array.dtype.kind != "b" and not np.can_cast(array.dtype, dtype, "same_kind"):
        raise TypeError(f"column {name!r} is {array.dtype}, but {dtype} is needed")
    result = array.astype(dtype)
    if kind in "iu" and (result != array).any():
        raise OverflowError(f"column {name!r} does not fit into {dtype}")
    return result


def as_int(x):
    number = float(x)
    if not number.is_integer() or "_" in str(x):
        raise ValueError
    return int(number) if abs(number) < 2**53 else int(x)


def as_bool(x):
    return {"true": True, "1": True, "false": False, "0": False}[str(x).lower()]


def as_times(array, name, dtype):
    """Return times as integers, the numbers of units since 1970, or of the span; missing ones are NaT."""
    kind = np.dtype(dtype).kind
    if array.dtype.kind in "OUT" or not array.size:  # text, or objects of Python
        read, what = (read_moment, "a date") if kind == "M" else (read_span, "a number of units")
        missing = np.array("NaT", dtype)
        times = read_cells(array, name, lambda x: missing if str(x) == "NaT" else read(x, dtype), what, missing)
        array = np.array(times, None if times else dtype)
    if array.dtype.kind != kind:
        raise TypeError(f"column {name!r} is {array.dtype}, but {dtype} is needed")
    result = array.astype(dtype)
    if ((result.astype(array.dtype) != array) & ~np.isnat(array)).any():
        raise OverflowError(f"column {name!r} has times that {dtype} cannot express")
    return result.view(np.int64)


def read_moment(x, dtype):
    clock = str(x).strip().replace(" ", "T").partition("T")[2]
    if getattr(x, "tzinfo", None) is not None or clock.endswith(("Z", "z")) or "+" in clock or "-" in clock:
        raise TypeError(f"{str(x)!r} has a time zone; convert it to UTC, and leave the zone out")
    if str(x).strip().lower() in ("now", "today"):
        raise ValueError
    return x.to_datetime64() if hasattr(x, "to_datetime64") else np.datetime64(x)


def read_span(x, dtype):
    if isinstance(x, str):  # the number of units
        return np.array(as_int(x)).astype(dtype)
    return x.to_timedelta64() if hasattr(x, "to_timedelta64") else np.timedelta64(x)
'''
"""The conversion of columns for all others."""

OF_NULLABLE = '''

def as_nullable(column, name, dtype):
    """Return a masked array where elements may be missing; NaN is not, where the model takes floats."""
    if not dtype.endswith("?"):
        return as_input(column, name, dtype)
    dtype = dtype[:-1]
    is_masked = isinstance(column, np.ma.MaskedArray)
    array = column.data if is_masked else np.asarray(column)
    null = np.ma.getmaskarray(column).copy() if is_masked else np.zeros(len(array), bool)
    exact = None
    for question, drop in (("isna", "dropna"), ("is_null", "drop_nulls"), ("is_null", "drop_null")):  # of masks
        if hasattr(column, drop) and not isinstance(getattr(column, "dtype", None), np.dtype):
            null |= np.asarray(getattr(column, question)()).astype(bool)
            exact = np.asarray(getattr(column, drop)())
    if array.dtype.kind != "f" or not dtype.startswith("float"):
        null |= np.array([not isinstance(x, str) and is_missing(x) for x in array], bool)
    known = array[~null]
    if exact is not None and array.dtype.kind == "f" and len(exact) == len(known):
        known = exact  # not the floats that integers become beside NaN
    if known.dtype.kind == "f" and "int" in dtype and null.any():  # whole numbers beside NaN
        known = known.astype(object)
    elif array.dtype.kind == "O" and dtype != "str":
        known = np.array(known.tolist())
    values = np.full(len(array), "" if dtype == "str" else 0, object if dtype == "str" else dtype)
    try:
        values[~null] = as_input(known, name, dtype) if known.size else []
    except BadCell as error:
        raise BadCell(name, np.flatnonzero(~null)[error.row], *error.args[2:]) from None
    return np.ma.MaskedArray(values, null)
'''
"""The conversion of columns in which elements may be missing."""

READING = '''

class BadCell(ValueError):
    """A column, a row, and what is wrong there."""

    def __init__(self, name, row, text):
        super().__init__(name, row, text)
        self.row = row

    def __str__(self):
        name, row, text = self.args
        return f"row {row} of column {name!r}: {text}"


def as_float(x):  # of truth values, too: with holes, they are numbers
    return float({"true": 1, "false": 0}.get(str(x).lower(), x))


def read_cells(cells, name, read, what, missing=np.nan):
    """Return a list of what is read of the cells of a column."""
    values = []
    for row, x in enumerate(cells):
        try:
            values.append(missing if is_missing(x) else read(x))
        except TypeError as error:
            raise BadCell(name, row, str(error)) from None
        except (KeyError, ValueError):
            raise BadCell(name, row, f"{str(x)!r} is not {what}") from None
    return values


def is_missing(x):
    return x is None or type(x).__name__ in ("NAType", "NaTType") or x != x or x == ""
'''
"""What reads columns of text, and of numbers with holes."""

MISSING = """

# From here on it is the command: `score` does not need it.

# The cells of CSV files that are missing values, as pandas has it.
MISSING = {missing}
"""
"""The words, for `str.format`."""

COMMAND = '''

def read_csv(path):
    """Return the columns of a CSV file, as lists of text where None is missing, and the lines of the rows."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        header, *rows = [row + [reader.line_num] for row in reader if row] or [[]]
    if not header:
        raise ValueError(f"{path} is empty")
    *header, _ = header
    lines = [row.pop() for row in rows]
    twice = sorted(name for name in set(header) if header.count(name) > 1)
    if twice:
        raise ValueError(f"{path}: several columns are called {twice}")
    for line, row in zip(lines, rows):
        if len(row) != len(header):
            raise ValueError(f"{path}: line {line} has {len(row)} cells, and the header {len(header)}")
    table = {name: [None if row[i] in MISSING else row[i] for row in rows] for i, name in enumerate(header)}
    return table, lines


def main(arguments):
    if len(arguments) != 2 or arguments[0].startswith("-"):
        return "give two files: rows.csv scores.csv"
    try:
        table, lines = read_csv(arguments[0])
        scores = score(table)
    except BadCell as error:
        name, row, text = error.args
        return f"{arguments[0]}, line {lines[row]}, column {name!r}: {text}"
    except (KeyError, OSError, OverflowError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    with open(arguments[1], "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([list(scores), *zip(*map(as_cells, scores.values()))])
    return 0
'''
"""The command."""

CELLS = """

def as_cells(column):
    return column.tolist()
"""
"""What the command writes of numbers and text."""

CELLS_OF_TIMES = '''

def as_cells(column):
    """Return points in time as text, spans as numbers of units, and missing ones as empty cells."""
    if column.dtype.kind not in "mM":
        return column.tolist()
    cells = column.astype(str) if column.dtype.kind == "M" else column.view(np.int64).astype(str)
    return ["" if missing else cell for cell, missing in zip(cells.tolist(), np.isnat(column))]
'''
"""The same for times."""

START = """

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
"""
