"""A scorer in a file of its own, beside the model, which needs onnxruntime and numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from pprint import pformat
from typing import TYPE_CHECKING

from onnxp._src.dtypes import DType, string
from onnxp._version import __version__
from onnxp.errors import ArgumentError

if TYPE_CHECKING:
    from onnxp._src.program.program import Program
    from onnxp._src.program.signature import Leaf


def standalone_scorer(program: Program, columns: Sequence[str] | None, model: str) -> str:
    """Return the Python code of a scorer for the model in the file `model`.

    `columns` are the names of the columns, which a program with one matrix may not know.

    Raises
    ------
    ArgumentError
        If the program is not for tables of numbers, text and times, or does not know the names of its columns.
    """
    scorer = program.on(columns)
    leaves = (*program.inputs, *program.outputs)
    for leaf in leaves:
        is_plain = leaf.dtype is not None and (leaf.dtype.is_own_plane or leaf.dtype.unit)
        if not is_plain and [t.dtype for t in leaf.tensors] != [string]:  # as of categories
            raise ArgumentError(
                f"save: a scorer without onnxp takes numbers, truth values, text and times; {leaf.name!r} is "
                f"{leaf.text}. Leave scorer= out, and score by program.on()"
            )
    first = program.inputs[0]
    dtypes = [_dtype_of(leaf) for leaf in program.inputs]
    if first.is_matrix:
        dtypes *= len(scorer.columns)
    kinds = {
        name: "str" if dtype.family == "string" else dtype.name
        for name, dtype in zip(scorer.columns, dtypes, strict=True)
    }
    if first.is_matrix:
        feeds = f"{{{first.name!r}: np.stack(list(columns.values()), axis=1)}}"
    else:
        ranks = [len(leaf.shape or ()) for leaf in program.inputs]
        parts = (
            f"{leaf.name!r}: columns[{name!r}]" + ("[:, None]" if rank == 2 else "")
            for leaf, name, rank in zip(program.inputs, scorer.columns, ranks, strict=True)
        )
        feeds = "{\n        " + ",\n        ".join(parts) + ",\n    }"
    outputs = {
        field.name: (program.outputs[field.output].name, field.column) for field in scorer.fields
    }
    times = {leaf.name: _dtype_of(leaf).name for leaf in program.outputs if _dtype_of(leaf).unit}
    return _TEMPLATE.format(
        model=model,
        version=__version__,
        columns=pformat(kinds, sort_dicts=False),
        outputs=pformat(outputs, sort_dicts=False),
        times=pformat(times, sort_dicts=False),
        feeds=feeds,
    )


def _dtype_of(leaf: Leaf) -> DType:
    """Return the dtype of times, and that of the tensor of all else."""
    assert leaf.dtype is not None
    return leaf.dtype if leaf.dtype.unit else leaf.tensors[0].dtype


_TEMPLATE = '''"""Score tables with the model beside this file, by onnxruntime and numpy only.

As a command it scores a CSV file: python FILE rows.csv scores.csv


Written by onnxp {version}.
"""

import csv
import sys
from pathlib import Path

import numpy as np
import onnxruntime

# The columns that the model takes, and their dtypes.
COLUMNS = {columns}
# The columns that it gives: the output, and the column of it if it has several.
OUTPUTS = {outputs}
# The outputs that are times, which the model has as integers, and their dtypes.
TIMES = {times}

session = onnxruntime.InferenceSession(str(Path(__file__).with_name({model!r})))


def score(table):
    """Return a dict of arrays for a table: a data frame, or a dict of columns. Other columns are ignored."""
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise KeyError(f"the table has no {{missing}}")
    columns = {{name: as_input(table[name], name, dtype) for name, dtype in COLUMNS.items()}}
    rows = {{name: len(column) for name, column in columns.items()}}
    if len(set(rows.values())) > 1:
        raise ValueError(f"the columns have different numbers of rows: {{rows}}")
    feeds = {feeds}
    names = list(dict.fromkeys(name for name, _ in OUTPUTS.values()))
    results = dict(zip(names, session.run(names, feeds)))
    results |= {{name: results[name].view(dtype) for name, dtype in TIMES.items() if name in results}}
    return {{
        label: results[name] if i is None else results[name][:, i] for label, (name, i) in OUTPUTS.items()
    }}


def as_input(column, name, dtype):
    """Return a column in the dtype of its input; missing numbers are NaN, missing text is empty."""
    array = np.asarray(column)
    if dtype == "str":
        return np.array(["" if is_missing(x) else str(x) for x in array], object)
    kind = np.dtype(dtype).kind
    if kind in "mM":
        return as_times(array, name, dtype)
    if array.dtype.kind in "OUT":  # text, or numbers with holes
        missing = [is_missing(x) or x == "" for x in array]
        read = {{"f": float, "i": as_int, "u": as_int, "b": as_bool}}[kind]
        values = [np.nan if hole else read(x) for x, hole in zip(array, missing)]
        array = np.array(values, float if kind == "f" or any(missing) else None)
    if array.size and array.dtype.kind != "b" and not np.can_cast(array.dtype, dtype, "same_kind"):
        raise TypeError(f"column {{name!r}} is {{array.dtype}}, but {{dtype}} is needed")
    result = array.astype(dtype)
    if kind in "iu" and (result != array).any():
        raise OverflowError(f"column {{name!r}} does not fit into {{dtype}}")
    return result


def as_times(array, name, dtype):
    """Return times as integers, the numbers of units since 1970, or of the span; missing ones are NaT."""
    kind = np.dtype(dtype).kind
    if array.dtype.kind in "OUT":  # text, or objects of Python
        read = read_moment if kind == "M" else read_span
        missing = [is_missing(x) or str(x) in ("", "NaT") for x in array]
        times = [np.array("NaT", dtype) if m else read(x, dtype) for x, m in zip(array, missing)]
        array = np.array(times, None if times else dtype)
    if array.dtype.kind != kind:
        raise TypeError(f"column {{name!r}} is {{array.dtype}}, but {{dtype}} is needed")
    result = array.astype(dtype)
    if ((result.astype(array.dtype) != array) & ~np.isnat(array)).any():
        raise OverflowError(f"column {{name!r}} has times that {{dtype}} cannot express")
    return result.view(np.int64)


def read_moment(x, dtype):
    clock = str(x).strip().replace(" ", "T").partition("T")[2]
    if getattr(x, "tzinfo", None) is not None or clock.endswith(("Z", "z")) or "+" in clock or "-" in clock:
        raise ValueError(f"{{str(x)!r}} has a time zone; convert it to UTC, and leave the zone out")
    if str(x).strip().lower() in ("now", "today"):
        raise ValueError(f"{{str(x)!r}} is not a date")
    return x.to_datetime64() if hasattr(x, "to_datetime64") else np.datetime64(x)


def read_span(x, dtype):
    if isinstance(x, str):  # the number of units
        return np.array(as_int(x)).astype(dtype)
    return x.to_timedelta64() if hasattr(x, "to_timedelta64") else np.timedelta64(x)


def as_int(x):
    number = float(x)
    if not number.is_integer() or "_" in str(x):
        raise ValueError(f"{{str(x)!r}} is not an integer")
    return int(number) if abs(number) < 2**53 else int(x)


def as_bool(x):
    return {{"true": True, "1": True, "false": False, "0": False}}[str(x).lower()]


def is_missing(x):
    return x is None or type(x).__name__ in ("NAType", "NaTType") or x != x


def read_csv(path):
    """Return the columns of a CSV file, as lists of text."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        header, *rows = [row for row in csv.reader(file) if row] or [[]]
    twice = sorted(name for name in set(header) if header.count(name) > 1)
    if twice:
        raise ValueError(f"{{path}}: several columns are called {{twice}}")
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise ValueError(f"{{path}}: row {{number}} has {{len(row)}} cells, and the header {{len(header)}}")
    return {{name: [row[i] for row in rows] for i, name in enumerate(header)}}


def as_cells(column):
    """Return points in time as text, spans as numbers of units, and missing ones as empty cells."""
    if column.dtype.kind not in "mM":
        return column.tolist()
    cells = column.astype(str) if column.dtype.kind == "M" else column.view(np.int64).astype(str)
    return ["" if missing else cell for cell, missing in zip(cells.tolist(), np.isnat(column))]


def main(arguments):
    if len(arguments) != 2 or arguments[0].startswith("-"):
        return "give two files: rows.csv scores.csv"
    try:
        scores = score(read_csv(arguments[0]))
    except (KeyError, OSError, OverflowError, TypeError, ValueError) as error:
        return f"{{type(error).__name__}}: {{error}}"
    with open(arguments[1], "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([list(scores), *zip(*map(as_cells, scores.values()))])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
'''
