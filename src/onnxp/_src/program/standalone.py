"""A scorer in a file of its own, beside the model, which needs onnxruntime and numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from pprint import pformat
from typing import TYPE_CHECKING

from onnxp._src.dtypes import DType, string
from onnxp._src.program import standalone_code as code
from onnxp._src.program.table_files import MISSING
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
    head = code.SCORE.format(
        model=model,
        version=__version__,
        columns=pformat(kinds, sort_dicts=False),
        outputs=pformat(outputs, sort_dicts=False),
        missing=f"{','.join(MISSING)!r}.split(',')",
        feeds=feeds,
        views="".join(
            f"\n    results[{name!r}] = results[{name!r}].view({dtype!r})"
            for name, dtype in times.items()
        ),
    )
    of_floats = all(dtype.family == "float" for dtype in dtypes)
    inputs = code.OF_FLOATS if of_floats else code.OF_ANY
    cells = code.CELLS_OF_TIMES if times else code.CELLS
    return head + inputs + code.FILES + cells + code.START


def _dtype_of(leaf: Leaf) -> DType:
    """Return the dtype of times, and that of the tensor of all else."""
    assert leaf.dtype is not None
    return leaf.dtype if leaf.dtype.unit else leaf.tensors[0].dtype
