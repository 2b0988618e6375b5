"""Specs of the arguments of a function, from an example of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.dtypes import of_host
from onnxp._src.program.spec import Spec
from onnxp._src.program.tree import flatten, record_types, unflatten
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Dim
from onnxp.errors import SpecError


def specs_of(function: Callable[..., Any], example: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return a spec for each array of an example: those to pass by position, and by name.

    The first axis of arrays is the batch. Those with as many rows as the first one share the size ``N``.

    Raises
    ------
    SpecError
        If the example does not tell the arguments, or is something else than arrays.
    """
    args, kwargs = _arguments(function, example)
    labels = [f"argument {i}" for i in range(len(args))]
    arguments = dict(zip(labels, args, strict=True)) | kwargs
    leaves, treedef = flatten(
        arguments,
        is_sample,
        "the example",
        needed="an array, from which a spec is made",
        error=SpecError,
    )
    batches: dict[int, Dim] = {}
    specs = unflatten(
        treedef, (_spec(array, batches) for _, array in leaves), record_types(arguments)
    )
    return tuple(specs.pop(label) for label in labels), specs


def spec_text(array: Any) -> str:
    """Return the spec of an array, as a user would write it."""
    return repr(_spec(array, {}))


def is_sample(obj: object) -> bool:
    """Return whether an object is an array, from which a spec can be made."""
    return isinstance(obj, np.ndarray | np.generic | Array)


def _spec(array: Any, batches: dict[int, Dim]) -> Spec:
    dtype = array.dtype if isinstance(array, Array) else of_host(array)
    if not array.ndim:
        return Spec((), dtype)
    rows = int(array.shape[0])
    name = f"N_{len(batches)}" if batches else "N"
    return Spec((batches.setdefault(rows, dims.dim(name)), *map(int, array.shape[1:])), dtype)


def _arguments(
    function: Callable[..., Any], example: Any
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return an example of each argument, by position or name: of the only one, a tuple of all, or a dict."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise SpecError(
            f"the parameters of {function!r} are unknown to Python; give specs"
        ) from None
    names = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    if isinstance(example, Mapping) and example and set(example) <= names:
        return (), dict(example)
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p.name for p in positional if p.default is p.empty]
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        most = float("inf")
    else:
        most = len(positional)
    if len(needed) <= 1 and most and not (most > 1 and isinstance(example, tuple)):
        return (example,), {}
    if isinstance(example, tuple | list) and len(needed) <= len(example) <= most:
        return tuple(example), {}
    raise SpecError(
        f"without specs, an example for the arguments {needed} must be a tuple of {len(needed)} arrays or a "
        f"dict by name, not a {type(example).__name__}"
    )
