"""A scorer in a file of its own, beside the model, which needs onnxruntime and numpy only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from onnxp._src.dtypes import DType, string
from onnxp._src.program import standalone_code as code
from onnxp._src.program.scorer import Scorer
from onnxp._src.wording import wording
from onnxp._version import __version__
from onnxp.errors import ArgumentError

if TYPE_CHECKING:
    from onnxp._src.program.program import Program
    from onnxp._src.program.signature import Leaf

WIDTH = 100
"""The longest line of names and dtypes, unless one is longer."""


def standalone_scorer(program: Program, columns: Sequence[str] | None, model: str) -> str:
    """Return the Python code of a scorer for the model in the file `model`.

    `columns` are the names of the columns, which a program with one matrix may not know. The code has
    conversions for the dtypes of the inputs only.

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
    families = {_family(leaf) for leaf in program.inputs}
    takes_nulls = any(map(_is_nullable, program.inputs))
    names = [name for leaf in program.outputs for name in leaf.planes]
    guard = program.signature.guard
    head = code.SCORE.format(
        model=model,
        version=__version__,
        imports="import re\n" if "time" in families else "",
        nulls="; of those with a question mark, elements may be missing" if takes_nulls else "",
        columns=_filled("{}", _columns(program, scorer), 0),
        arrays="masked arrays" if any(map(_is_nullable, program.outputs)) else "arrays",
        convert="as_nullable" if takes_nulls else "as_input",
        feeds=_feeds(program, scorer),
        names=_filled("[]", map(repr, [*names, *([guard] if guard else [])]), 4),
        guard=_check_of_assumptions(program, len(names)) if guard else "",
        results=_filled("{}", _results(program, scorer), 4),
        missing="".join(f"; {text}" for kind, text in code.MISSING.items() if kind in families),
    )
    are_numbers = bool(families - {"string", "time"})
    may_overflow = bool(families & {"int", "uint", "bool"})
    parts = {
        code.OF_TEXT: "string" in families,
        code.OF_TIMES: "time" in families,
        code.OF_NUMBERS: are_numbers,
        code.OF_UNSIGNED: "uint" in families,
        code.OF_KINDS: are_numbers,
        code.OF_FLOATS: are_numbers and not may_overflow,
        code.OF_INTEGERS: may_overflow,
        code.IS_MISSING: not families.isdisjoint({"string", "time"}),
        code.AS_TIME: "time" in families,
        code.OF_NULLABLE: takes_nulls,
    }
    return head + "".join(part for part, is_needed in parts.items() if is_needed)


def _filled(brackets: str, items: Iterable[str], indent: int) -> str:
    """Return items between brackets, as many on a line as fit."""
    lines = [""]
    for item in items:
        if lines[-1] and indent + len(lines[-1]) + len(item) > WIDTH:
            lines.append("")
        lines[-1] += f"{item}, "
    if len(lines) == 1:
        inside = lines[0].removesuffix(", ")
    else:
        inside = "".join(f"\n{' ' * (indent + 4)}{line.rstrip()}" for line in lines)
        inside += f"\n{' ' * indent}"
    return brackets[0] + inside + brackets[1]


def _columns(program: Program, scorer: Scorer) -> Iterable[str]:
    """Return the names of the columns with their dtypes."""
    kinds = []
    for leaf in program.inputs:
        dtype = _dtype_of(leaf)
        kind = "str" if dtype.family == "string" else dtype.name
        kinds.append(kind + "?" * _is_nullable(leaf))
    if program.inputs[0].is_matrix:
        kinds *= len(scorer.columns)
    return (f"{name!r}: {kind!r}" for name, kind in zip(scorer.columns, kinds, strict=True))


def _feeds(program: Program, scorer: Scorer) -> str:
    """Return the code of what the inputs of the model are fed."""
    first = program.inputs[0]
    if first.is_matrix:
        stack = "np.ma.stack" if _is_nullable(first) else "np.stack"
        return _filled("{}", _feed(first, f"{stack}([*columns.values()], axis=1)"), 4)
    pairs = [*zip(program.inputs, scorer.columns, strict=True)]
    if not any(map(_is_nullable, program.inputs)) and all(x.name == name for x, name in pairs):
        ranks = {len(leaf.shape or ()) for leaf in program.inputs}
        if ranks == {1}:
            return "columns"
        if ranks == {2}:
            return "{name: column[:, None] for name, column in columns.items()}"
    feeds = (
        feed
        for leaf, name in pairs
        for feed in _feed(leaf, f"columns[{name!r}]" + "[:, None]" * (len(leaf.shape or ()) == 2))
    )
    return _filled("{}", feeds, 4)


def _feed(leaf: Leaf, column: str) -> Iterable[str]:
    if not _is_nullable(leaf):
        yield f"{leaf.name!r}: {column}"
    elif leaf.encoding is None:
        values, null = leaf.planes
        yield f"{values!r}: {column}.data"
        yield f"{null!r}: {column}.mask"
    else:
        is_nan = leaf.encoding == "nan" and _dtype_of(leaf).family != "string"
        missing = "np.nan" if is_nan else repr(leaf.encoding)
        yield f"{leaf.name!r}: np.where({column}.mask, {missing}, {column}.data)"


def _results(program: Program, scorer: Scorer) -> Iterable[str]:
    """Return the columns of the result with their code."""
    arrays = []
    place = 0
    for leaf in program.outputs:
        array = f"results[{place}]"
        if _dtype_of(leaf).unit:
            array += f".view({_dtype_of(leaf).name!r})"
        if _is_nullable(leaf):
            array = f"np.ma.MaskedArray({array}, results[{place + 1}])"
        arrays.append(array)
        place += len(leaf.planes)
    for field in scorer.fields:
        column = "" if field.column is None else f"[:, {field.column}]"
        yield f"{field.name!r}: {arrays[field.output]}{column}"


def _check_of_assumptions(program: Program, place: int) -> str:
    """Return the code that raises an error for rows that violate an assumption."""
    texts = "; ".join(f"{a.text} is {a.expected}" for a in program.assumptions)
    message = f"an assumption of the model does not hold for these rows: {texts}"
    return code.GUARD.format(place=place, message=message)


def _is_nullable(leaf: Leaf) -> bool:
    return leaf.dtype is not None and leaf.dtype.is_nullable


def _dtype_of(leaf: Leaf) -> DType:
    """Return the dtype of times, and that of the tensor of all else."""
    assert leaf.dtype is not None
    return leaf.dtype if leaf.dtype.unit else leaf.tensors[0].dtype


def _family(leaf: Leaf) -> str:
    dtype = _dtype_of(leaf)
    return "time" if dtype.unit else dtype.family
