"""Specs of the arguments of a function, from an example of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from onnxp._src.api.creation import asarray
from onnxp._src.array.array import Array
from onnxp._src.array.column_types import type_of
from onnxp._src.dtypes import of_host
from onnxp._src.program.column_values import is_column
from onnxp._src.program.spec import Spec
from onnxp._src.program.tables import column_names, is_frame, is_mixed, kind_of
from onnxp._src.program.tree import Path, flatten, path_text, record_types, unflatten
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Dim
from onnxp.errors import OnnxpError, SpecError


def specs_of(function: Callable[..., Any], example: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return a spec for each array of an example: those to pass by position, and by name.

    The first axis of arrays is the batch. Those with as many rows as the first one share the size ``N``.

    Raises
    ------
    SpecError
        If the example does not tell the arguments, or is something else than arrays and columns.
    """
    arguments, positional = _arguments(function, example)
    for name, value in arguments.items():
        if is_mixed(value):
            raise SpecError(
                f"the example of {name!r} is an array of objects, with columns of text and of numbers; write a "
                "parameter for each column, and example={'age': X[:, 0].astype(float), ...}"
            )
        if is_frame(value):
            raise SpecError(
                f"the example of {name!r} is a {kind_of(value)}; {_of_frame(value)}; a function whose only "
                "argument is a data frame is traced by trace(function, example=df): bind the other arguments, "
                "by functools.partial or a lambda"
            )
    leaves, treedef = flatten(
        arguments,
        lambda obj: is_sample(obj) or _is_python(obj),
        "the example",
        needed="an array, a column, or a number or list of numbers, from which a spec is made",
        error=SpecError,
    )
    batches: dict[int, Dim] = {}
    specs = unflatten(
        treedef, (_spec(obj, batches, path) for path, obj in leaves), record_types(arguments)
    )
    return tuple(specs.pop(name) for name in positional), specs


def is_of_frame(function: Callable[..., Any], example: Any) -> bool:
    """Return whether an example is a data frame, which is the only argument of a function.

    Raises
    ------
    SpecError
        If the example does not tell the arguments.
    """
    return is_frame(example) and len(_arguments(function, example)[1]) == 1


def _of_frame(frame: Any) -> str:
    """Return advice for an example that is a data frame."""
    names = column_names(frame)
    several = "a parameter for each column"
    if all(isinstance(name, str) and name.isidentifier() for name in names):
        rest = ", ..." * (len(names) > 3)
        columns = ", ".join(f"{name!r}: df[{name!r}]" for name in names[:3]) + rest
        several += f", as in def f({', '.join(names[:3])}{rest}) and example={{{columns}}}"
    if len({type_of(frame[name]) for name in names}) > 1:
        return f"its columns have several dtypes, and an array has one: write {several}"
    return f"give an array, as in example=df.to_numpy(), or write {several}"


def spec_text(array: Any) -> str:
    """Return the spec of an array, as a user would write it."""
    return repr(_spec(array, {}))


def is_sample(obj: object) -> bool:
    """Return whether an object is an array or a column of a table, from which a spec can be made."""
    if isinstance(obj, np.ndarray | np.generic | Array):
        return True
    return is_column(obj) and not is_frame(obj)


def is_list_of_numbers(obj: object) -> bool:
    """Return whether an object is a list of Python's numbers, or of such lists, which is no tree of specs."""
    if type(obj) is not list or not obj:
        return False
    first = obj[0]
    return (
        is_list_of_numbers(first)
        if type(first) is list
        else isinstance(first, int | float | complex)
    )


def _is_python(obj: object) -> bool:
    """Return whether an object is a number of Python, or a list of numbers, text and None."""
    if isinstance(obj, np.generic):
        return False
    if isinstance(obj, bool | int | float | complex):
        return True
    return (
        type(obj) in (list, tuple)
        and len(obj) > 0  # type: ignore[arg-type]  # a list or tuple
        and all(part is None or type(part) is str or _is_python(part) for part in obj)  # type: ignore[attr-defined]  # a list or tuple
    )


def _spec(obj: Any, batches: dict[int, Dim], path: Path = ()) -> Spec:
    try:
        array = np.asanyarray(obj) if isinstance(obj, np.ndarray | np.generic) else asarray(obj)
        dtype = array.dtype if isinstance(array, Array) else of_host(array)
    except (OnnxpError, ValueError) as error:
        where = f" of {path_text(path)}" if path else ""
        raise SpecError(f"no spec can be made from the example{where}: {error}") from None
    if not array.ndim:
        return Spec((), dtype)
    rows = int(array.shape[0])
    name = f"N_{len(batches)}" if batches else "N"
    return Spec((batches.setdefault(rows, dims.dim(name)), *map(int, array.shape[1:])), dtype)


def _arguments(function: Callable[..., Any], example: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the examples of the arguments by name, and the names of those to pass by position.

    An example is one of the only argument, a tuple of all, or a dict by name.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise SpecError(
            f"the parameters of {function!r} are unknown to Python; give specs"
        ) from None
    names = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    if isinstance(example, Mapping) and example and set(example) <= names:
        return dict(example), []
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p.name for p in positional if p.default is p.empty]
    several = [p.name for p in parameters if p.kind is p.VAR_POSITIONAL]
    most = float("inf") if several else len(positional)
    if len(needed) <= 1 and most and not (most > 1 and isinstance(example, tuple)):
        values = [example]
    elif isinstance(example, tuple | list) and len(needed) <= len(example) <= most:
        values = list(example)
    else:
        raise SpecError(
            f"without specs, an example for the arguments {needed} must be a tuple of {len(needed)} arrays or "
            f"a dict by name, not a {type(example).__name__}{of_columns(example, needed)}"
        )
    labels = [p.name for p in positional]
    labels += [f"{name}_{i}" for name in several for i in range(len(values) - len(positional))]
    arguments = dict(zip(labels, values, strict=False))
    return arguments, list(arguments)


def of_columns(example: object, names: list[str]) -> str:
    """Return what to write for a data frame."""
    if not is_frame(example):
        return ""
    columns = ", ".join(f"{name!r}: df[{name!r}]" for name in names)
    return f"; write example={{{columns}}}"
