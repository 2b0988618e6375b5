"""The columns of tables that a program takes, and of those that a scorer returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from onnxp._src.dtypes import DType
from onnxp._src.program.signature import FEATURE_NAMES
from onnxp._src.wording import wording
from onnxp.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from onnxp._src.program.program import Program


class Field(NamedTuple):
    """A column of the result: the output, and the column of it if the output is a matrix."""

    name: str
    dtype: DType
    output: int
    column: int | None


def names_of(names: Sequence[str], parameter: str) -> tuple[str, ...]:
    """Return distinct names as a tuple.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If they are not text, or one is given twice.
    """
    if hasattr(names, "columns"):
        raise ArgumentTypeError(
            f"on: {parameter} must be a list of names, not a {type(names).__name__}; score a table by "
            "program.on()(table)"
        )
    several = () if isinstance(names, str) else tuple(names)
    if isinstance(names, str) or not all(isinstance(name, str) for name in several):
        raise ArgumentTypeError(
            f"on: {parameter} must be a list of names, not {names!r}; columns that are numbered go by their "
            "text, such as '0'"
        )
    if len({*several}) < len(several):
        raise ArgumentError(f"on: {parameter} has a name twice: {list(several)}")
    return several


_FOR_MATRICES = (
    "; for a scorer of tables, trace a function of columns, each an input such as 'float64[N]', that makes the "
    "matrix by xp.stack([a, b], axis=1); or "
)


def columns_of(program: Program, is_matrix: bool, columns: Sequence[str] | None) -> tuple[str, ...]:
    """Return the columns that a program takes, in the order of its inputs, or of those of its matrix.

    Raises
    ------
    ArgumentError
        If the program does not know them, and they are not given, or are those that it knows in another order.
    """
    signature = program.signature
    if not signature.inputs:
        raise ArgumentError(f"on: {signature.name} has no inputs, so it takes no table")
    if columns is not None:
        columns = names_of(columns, "columns")
    for leaf in signature.inputs:
        if leaf.dtype is None or leaf.shape is None or not (leaf.is_column or is_matrix):
            raise ArgumentError(
                f"on: input {leaf.name!r} of {signature.name} is {leaf.text}, and no column of a table has "
                "this shape"
                f"{_FOR_MATRICES if leaf.is_matrix else '; '}{wording.get().arrays}"
            )
    names = [leaf.name for leaf in signature.inputs]
    if is_matrix:
        shape = signature.inputs[0].shape
        assert shape is not None
        names = signature.metadata.get(FEATURE_NAMES, [])
        if columns is None and not names:
            raise ArgumentError(
                f"on: {signature.name} takes an array, and does not know the names of its columns; give them "
                f"in their order, as in {wording.get().columns}"
            )
        width = shape[1]
        if columns is not None and isinstance(width, int) and len(columns) != width:
            raise ArgumentError(
                f"on: {signature.name} takes {width} columns, not the {len(columns)} of {list(columns)}"
            )
    elif columns is not None and len(columns) != len(names):
        raise ArgumentError(
            f"on: {signature.name} takes the columns {names}, not the {len(columns)} of {list(columns)}"
        )
    if columns is None:
        return tuple(names)
    moved = [
        name for name, known in zip(columns, names, strict=False) if name in {*names} - {known}
    ]
    if moved:
        raise ArgumentError(
            f"on: {signature.name} knows its columns, {names}, and finds them by name, in whatever order a "
            f"table has them; leave out columns, which would give {moved} to other inputs"
        )
    return tuple(columns)


def _labels(classes: Any, name: str, width: int, outputs: set[str]) -> Sequence[Any]:
    """Return what tells the columns of an output apart: the classes, if there are as many, or numbers.

    Of several targets, `classes` has a list for each. They label the outputs ``name_0``, ``name_1``, and so on.
    """
    if isinstance(classes, list) and any(isinstance(label, list) for label in classes):
        names = [f"{name.rpartition('_')[0]}_{target}" for target in range(len(classes))]
        is_of_target = name in names and outputs.issuperset(names)
        classes = classes[names.index(name)] if is_of_target else None
    is_known = isinstance(classes, list) and len(classes) == width
    return classes if is_known else range(width)


def fields_of(program: Program) -> list[Field]:
    """Return the columns of the result.

    Raises
    ------
    ArgumentError
        If an output is not one value, or a fixed number of them, for each row.
    """
    signature = program.signature
    classes = signature.metadata.get("classes")
    outputs = {leaf.name for leaf in signature.outputs}
    fields = []
    for i, leaf in enumerate(signature.outputs):
        shape = leaf.shape
        if (
            leaf.dtype is None
            or leaf.dtype.plain.family == "complex"
            or leaf.dtype.fields
            or shape is None
            or len(shape) not in (1, 2)
        ):
            advice = ""
            if leaf.dtype is not None and leaf.dtype.fields:  # classes decide what elements are
                plain = leaf.dtype.plain
                advice = f"; return the dict {plain}.parts({leaf.name}), a column for each part"
            raise ArgumentError(
                f"on: output {leaf.name!r} of {signature.name} is {leaf.text}, which is not a column of a "
                f"table{advice}"
            )
        if len(shape) == 1:
            fields.append(Field(leaf.name, leaf.dtype, i, None))
            continue
        width = shape[1]
        if not isinstance(width, int):
            raise ArgumentError(
                f"on: output {leaf.name!r} of {signature.name} is {leaf.text}: the number of its columns is "
                "not known"
            )
        labels = _labels(classes, leaf.name, width, outputs)
        names = [leaf.name] if width == 1 else [f"{leaf.name}_{label}" for label in labels]
        fields += [Field(name, leaf.dtype, i, column) for column, name in enumerate(names)]
    twice = sorted(name for name, count in Counter(f.name for f in fields).items() if count > 1)
    if twice:
        raise ArgumentError(
            f"on: several columns of the result of {signature.name} would be called {twice}; give the outputs "
            "other names"
        )
    return fields
