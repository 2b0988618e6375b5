"""A scorer in a file of its own, beside the model, which needs onnxruntime and numpy only."""

from __future__ import annotations

from pprint import pformat
from typing import TYPE_CHECKING

from onnxp._src.dtypes import string
from onnxp._version import __version__
from onnxp.errors import ArgumentError

if TYPE_CHECKING:
    from onnxp._src.program.program import Program


def standalone_scorer(program: Program, model: str) -> str:
    """Return the Python code of a scorer for the model in the file `model`.

    Raises
    ------
    ArgumentError
        If the program is not for tables of numbers and text, or does not know the names of its columns.
    """
    scorer = program.on()
    leaves = (*program.inputs, *program.outputs)
    for leaf in leaves:
        is_plain = leaf.dtype is not None and leaf.dtype.is_own_plane
        if not is_plain and [t.dtype for t in leaf.tensors] != [string]:  # as of categories
            raise ArgumentError(
                f"save: a scorer without onnxp takes numbers and text; {leaf.name!r} is {leaf.text}"
            )
    first = program.inputs[0]
    dtypes = [leaf.tensors[0].dtype for leaf in program.inputs]
    if first.is_matrix:
        dtypes *= len(scorer.columns)
    columns = {
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
    return _TEMPLATE.format(
        model=model,
        version=__version__,
        columns=pformat(columns, sort_dicts=False),
        outputs=pformat(outputs, sort_dicts=False),
        feeds=feeds,
    )


_TEMPLATE = '''"""Score tables with {model!r}, by onnxruntime and numpy only: python FILE rows.csv scores.csv

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

session = onnxruntime.InferenceSession(str(Path(__file__).with_name({model!r})))


def score(table):
    """Return a dict of arrays for a table: a data frame, or a dict of columns. Other columns are ignored."""
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise KeyError(f"the table has no {{missing}}")
    columns = {{name: as_input(table[name], name, dtype) for name, dtype in COLUMNS.items()}}
    feeds = {feeds}
    names = list(dict.fromkeys(name for name, _ in OUTPUTS.values()))
    results = dict(zip(names, session.run(names, feeds)))
    return {{
        label: results[name] if i is None else results[name][:, i] for label, (name, i) in OUTPUTS.items()
    }}


def as_input(column, name, dtype):
    """Return a column in the dtype of its input; missing numbers are NaN, missing text is empty."""
    array = np.asarray(column)
    if dtype == "str":
        return np.array(["" if is_missing(x) else str(x) for x in array], object)
    if array.dtype.kind in "OUT":  # text, or numbers with holes
        kind = {{"f": float, "i": int, "u": int, "b": as_bool}}[np.dtype(dtype).kind]
        values = [np.nan if is_missing(x) or x == "" else kind(x) for x in array]
        array = np.array(values, None if np.nan in values else dtype)
    if array.dtype.kind != "b" and not np.can_cast(array.dtype, dtype, "same_kind"):
        raise TypeError(f"column {{name!r}} is {{array.dtype}}, but {{dtype}} is needed")
    result = array.astype(dtype)
    if result.dtype.kind in "iu" and (result != array).any():
        raise OverflowError(f"column {{name!r}} does not fit into {{dtype}}")
    return result


def as_bool(x):
    return {{"true": True, "false": False}}[str(x).lower()]


def is_missing(x):
    return x is None or type(x).__name__ in ("NAType", "NaTType") or x != x


if __name__ == "__main__":
    with open(sys.argv[1], newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    scores = score(dict(zip(header, zip(*rows))) if rows else {{name: [] for name in header}})
    with open(sys.argv[2], "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([list(scores), *zip(*(column.tolist() for column in scores.values()))])
'''
