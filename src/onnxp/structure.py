"""Structures of arrays: tuples, lists, dicts, dataclasses and named tuples, in and out.

A structure is taken apart into leaves, each with a path, and a skeleton that can be written as JSON
and put together again without the code that made it.
"""

from __future__ import annotations

import dataclasses
import re
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from onnxp.errors import NameCollisionError, NotAnArrayError

Path = tuple[str | int, ...]
Skeleton = Any  # None for a leaf, else {"kind": ..., "keys": [...], "items": [...]}


def flatten(
    tree: object, is_leaf: Callable[[object], bool], what: str
) -> tuple[list[tuple[Path, Any]], Skeleton]:
    """Return the leaves of a structure with their paths, and its skeleton.

    Raises
    ------
    NotAnArrayError
        If something in it is neither a leaf nor a structure.
    """
    leaves: list[tuple[Path, Any]] = []

    def visit(node: object, path: Path) -> Skeleton:
        if is_leaf(node):
            leaves.append((path, node))
            return None
        kind, name, items = _open(node, path, what)
        return {
            "kind": kind,
            "name": name,
            "keys": [key for key, _ in items],
            "items": [visit(item, (*path, key)) for key, item in items],
        }

    return leaves, visit(tree, ())


def is_structure(obj: object) -> bool:
    """Whether `obj` is a tuple, list, dict, dataclass or named tuple."""
    is_record = dataclasses.is_dataclass(obj) and not isinstance(obj, type)
    return is_record or isinstance(obj, tuple | list | Mapping)


def _open(node: object, path: Path, what: str) -> tuple[str, str, list[tuple[str | int, Any]]]:
    if isinstance(node, Mapping):
        return "dict", "", [(str(key), node[key]) for key in node]
    if isinstance(node, tuple) and hasattr(node, "_fields"):
        return "record", type(node).__name__, list(zip(node._fields, node, strict=True))
    if dataclasses.is_dataclass(node) and not isinstance(node, type):
        fields = [(f.name, getattr(node, f.name)) for f in dataclasses.fields(node)]
        return "record", type(node).__name__, [*fields]
    if isinstance(node, tuple | list):
        return type(node).__name__, "", list(enumerate(node))
    where = f" at {path_text(path)}" if path else ""
    raise NotAnArrayError(
        f"{what}{where} is {node!r} of type {type(node).__name__}; what is needed is an array, or a tuple, list, dict, "
        "dataclass or named tuple of arrays"
    )


def unflatten(skeleton: Skeleton, leaves: Iterator[Any], types: Mapping[str, type] | None = None) -> Any:
    """Put leaves together again. Records become what `types` says of their name, else named tuples."""
    if skeleton is None:
        return next(leaves)
    items = [unflatten(item, leaves, types) for item in skeleton["items"]]
    kind = skeleton["kind"]
    if kind == "dict":
        return dict(zip(skeleton["keys"], items, strict=True))
    if kind == "record":
        maker: Any = (types or {}).get(skeleton["name"])
        if maker is None:
            maker = namedtuple(skeleton["name"], skeleton["keys"])  # type: ignore[misc] # noqa: PYI024
        return maker(**dict(zip(skeleton["keys"], items, strict=True)))
    return tuple(items) if kind == "tuple" else items


def record_types(tree: object) -> dict[str, type]:
    """Return the classes of the records in a structure by name."""
    found: dict[str, type] = {}

    def visit(node: object) -> None:
        if isinstance(node, Mapping):
            children: list[Any] = list(node.values())
        elif dataclasses.is_dataclass(node) and not isinstance(node, type):
            found[type(node).__name__] = type(node)
            children = [getattr(node, f.name) for f in dataclasses.fields(node)]
        elif isinstance(node, tuple | list):
            if hasattr(node, "_fields"):
                found[type(node).__name__] = type(node)
            children = list(node)
        else:
            return
        for child in children:
            visit(child)

    visit(tree)
    return found


def names_of(paths: list[Path], root: str, what: str) -> list[str]:
    """Return a name for each leaf, from its path: ``params_w``, ``xs_0``.

    Raises
    ------
    NameCollisionError
        If two leaves would have the same.
    """
    names: dict[str, Path] = {}
    for path in paths:
        parts = [root, *map(str, path)] if root else [str(part) for part in path]
        name = re.sub(r"\W", "_", "_".join(parts))
        if name in names:
            raise NameCollisionError(
                f"two {what} would be called {name!r}: {path_text(path)} and {path_text(names[name])}; "
                "give them names of their own"
            )
        names[name] = path
    return list(names)


def path_text(path: Path) -> str:
    """Return a path as Python would write it."""
    return "".join(f"[{part!r}]" for part in path)
