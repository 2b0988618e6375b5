"""A scorer in a file of its own, beside the model, which needs onnxruntime and numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from pprint import pformat
from typing import TYPE_CHECKING

from onnxp._src.dtypes import DType, string
from onnxp._src.program import standalone_code as code
from onnxp._src.program.csv_files import MISSING
from onnxp._src.wording import wording
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
    token = wording.set(wording.get()._replace(columns='scorer=["age", "fare"]'))
    try:
        scorer = program.on(columns)
    except ArgumentError as error:
        raise ArgumentError(f"save: {str(error).removeprefix('on: ')}") from None
    finally:
        wording.reset(token)
    for leaf in (*program.inputs, *program.outputs):
        plain = None if leaf.dtype is None else leaf.dtype.plain
        is_plain = plain is not None and (plain.is_own_plane or plain.unit)
        if not is_plain and [t.dtype for t in leaf.tensors] != [string]:  # as of categories
            raise ArgumentError(
                "save: a scorer without onnxp takes numbers, truth values, text and times, also nullable ones; "
                f"{leaf.name!r} is {leaf.text}. Leave scorer= out, and score by program.on()"
            )
    first = program.inputs[0]
    dtypes = [_dtype_of(leaf) for leaf in program.inputs]
    kinds = [
        ("str" if dtype.family == "string" else dtype.name) + "?" * _is_nullable(leaf)
        for dtype, leaf in zip(dtypes, program.inputs, strict=True)
    ]
    if first.is_matrix:
        kinds *= len(scorer.columns)
        stack = "np.ma.stack" if _is_nullable(first) else "np.stack"
        feeds = _feeds(first, f"{stack}(list(columns.values()), axis=1)")
    else:
        feeds = [
            feed
            for leaf, name in zip(program.inputs, scorer.columns, strict=True)
            for feed in _feeds(
                leaf, f"columns[{name!r}]" + ("[:, None]" if len(leaf.shape or ()) == 2 else "")
            )
        ]
    outputs = {
        field.name: (program.outputs[field.output].name, field.column) for field in scorer.fields
    }
    times = [leaf for leaf in program.outputs if _dtype_of(leaf).unit]
    masked = [leaf for leaf in program.outputs if _is_nullable(leaf)]
    names = [name for leaf in program.outputs for name in leaf.planes]
    guard = program.signature.guard
    takes_nulls = any(map(_is_nullable, program.inputs))
    head = code.SCORE.format(
        model=model,
        version=__version__,
        columns=pformat(dict(zip(scorer.columns, kinds, strict=True)), sort_dicts=False),
        outputs=pformat(outputs, sort_dicts=False),
        convert="as_nullable" if takes_nulls else "as_input",
        feeds="".join(f"\n        {feed}," for feed in feeds),
        names=pformat([*names, guard] if guard else names),
        guard=_check_of_assumptions(program) if guard else "",
        views="".join(map(_view, times)) + "".join(map(_masked, masked)),
    )
    of_floats = all(dtype.family == "float" for dtype in dtypes)
    inputs = code.OF_FLOATS if of_floats else code.OF_ANY
    nulls = code.OF_NULLABLE if takes_nulls else ""
    words = code.MISSING.format(missing=f"{','.join(MISSING)!r}.split(',')")
    cells = code.CELLS_OF_TIMES if times else code.CELLS
    return head + inputs + nulls + code.READING + words + code.COMMAND + cells + code.START


def _check_of_assumptions(program: Program) -> str:
    """Return the code that raises an error for rows that violate an assumption."""
    texts = "; ".join(f"{a.text} is {a.expected}" for a in program.assumptions)
    message = f"an assumption of the model does not hold for these rows: {texts}"
    return code.GUARD.format(name=program.signature.guard, message=message)


def _is_nullable(leaf: Leaf) -> bool:
    return leaf.dtype is not None and leaf.dtype.is_nullable


def _feeds(leaf: Leaf, column: str) -> list[str]:
    """Return the code of what the inputs of the model are fed for a column."""
    if not _is_nullable(leaf):
        return [f"{leaf.name!r}: {column}"]
    if leaf.encoding is None:
        values, null = leaf.planes
        return [f"{values!r}: {column}.data", f"{null!r}: {column}.mask"]
    is_nan = leaf.encoding == "nan" and _dtype_of(leaf).family != "string"
    missing = "np.nan" if is_nan else repr(leaf.encoding)
    return [f"{leaf.name!r}: np.where({column}.mask, {missing}, {column}.data)"]


def _view(leaf: Leaf) -> str:
    return f"\n    results[{leaf.name!r}] = results[{leaf.name!r}].view({_dtype_of(leaf).name!r})"


def _masked(leaf: Leaf) -> str:
    values, null = leaf.planes
    return (
        f"\n    results[{leaf.name!r}] = np.ma.MaskedArray(results[{values!r}], results[{null!r}])"
    )


def _dtype_of(leaf: Leaf) -> DType:
    """Return the dtype of times, and that of the tensor of all else."""
    assert leaf.dtype is not None
    return leaf.dtype if leaf.dtype.unit else leaf.tensors[0].dtype
