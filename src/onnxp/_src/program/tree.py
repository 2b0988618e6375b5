"""Structures of arrays: tuples, lists, dicts, dataclasses and named tuples.

`flatten` splits a structure into leaves, each with a path, and a treedef, which can be stored as JSON.
`unflatten` restores the structure, even without the code that defines its classes.
"""

from __future__ import annotations

import keyword
import re
import reprlib
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from onnxp.errors import ModelFileError, NameCollisionError, NotAnArrayError, OnnxpError

if TYPE_CHECKING:
    from dataclasses import Field

Path = tuple[Any, ...]
TreeDef = Any  # None for a leaf, else {"kind": ..., "name": ..., "keys": [...], "items": [...]}
MAX_DEPTH = 64
_KINDS = ("tuple", "list", "dict", "namedtuple", "dataclass")


def flatten(
    tree: object,
    is_leaf: Callable[[object], bool],
    what: str,
    *,
    needed: str = "an array",
    error: type[OnnxpError] = NotAnArrayError,
) -> tuple[list[tuple[Path, Any]], TreeDef]:
    """Return the leaves of a structure with their paths, and its treedef.

    Raises
    ------
    NotAnArrayError or `error`
        If an object in it is neither a leaf nor a structure, or the structure contains itself.
    """
    leaves: list[tuple[Path, Any]] = []

    def visit(node: object, path: Path) -> TreeDef:
        if is_leaf(node):
            leaves.append((path, node))
            return None
        opened = _open(node) if len(path) <= MAX_DEPTH else None
        if opened is None:
            where = f" at {path_text(path)[:100]}" if path else ""
            depth = f", at most {MAX_DEPTH} deep" if len(path) > MAX_DEPTH else ""
            raise error(
                f"{what}{where} is {short(node)}; it must be {needed}, "
                f"or a tuple, list, dict, dataclass or named tuple of these{depth}"
            )
        kind, name, items = opened
        return {
            "kind": kind,
            "name": name,
            "keys": [key for key, _ in items],
            "items": [visit(item, (*path, key)) for key, item in items],
        }

    return leaves, visit(tree, ())


def is_structure(obj: object) -> bool:
    """Return whether `obj` is a tuple, list, dict, dataclass or named tuple."""
    return isinstance(obj, tuple | list | Mapping) or hasattr(type(obj), "__dataclass_fields__")


def _open(node: object) -> tuple[str, str, list[tuple[Any, Any]]] | None:
    if isinstance(node, Mapping):
        return "dict", "", [(key, node[key]) for key in node]
    if isinstance(node, tuple) and hasattr(node, "_fields"):
        return "namedtuple", type(node).__name__, list(zip(node._fields, node, strict=True))
    if isinstance(node, tuple | list):
        return "tuple" if isinstance(node, tuple) else "list", "", list(enumerate(node))
    if is_structure(node):
        items: list[tuple[Any, Any]] = [(f.name, getattr(node, f.name)) for f in _fields(node)]
        return "dataclass", type(node).__name__, items
    return None


def _fields(record: Any) -> tuple[Field[Any], ...]:
    import dataclasses  # here, because importing numpy does not import it

    return dataclasses.fields(record)


_BRIEF = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxother = 100


def short(obj: object) -> str:
    """Return an object with its type; without its elements, if they fill lines."""
    text, kind = _BRIEF.repr(obj), type(obj).__name__
    return f"an object of type {kind}" if "\n" in text else f"{text} of type {kind}"


def unflatten(
    treedef: TreeDef, leaves: Iterator[Any], types: Mapping[str, type] | None = None
) -> Any:
    """Restore a structure from its leaves.

    `types` has the classes of dataclasses and named tuples by name; others are replaced by classes with the
    same name and fields.
    """
    if treedef is None:
        return next(leaves)
    items = [unflatten(item, leaves, types) for item in treedef["items"]]
    kind, name, keys = treedef["kind"], treedef["name"], treedef["keys"]
    if kind == "dict":
        return dict(zip(keys, items, strict=True))
    if kind == "tuple":
        return tuple(items)
    if kind == "list":
        return items
    maker: Any = (types or {}).get(name)
    if maker is None or (
        kind == "namedtuple" and not hasattr(maker, "_make")
    ):  # as scipy's results
        maker = _stand_in(kind, name, tuple(keys))
    if kind == "namedtuple":
        return maker._make(items)
    return _make(maker, dict(zip(keys, items, strict=True)))


def _make(maker: Any, fields: dict[str, Any]) -> Any:
    late = {f.name: fields.pop(f.name) for f in _fields(maker) if not f.init}
    try:
        made = maker(**fields)
    except TypeError as error:
        raise NotAnArrayError(
            f"the dataclass {maker.__name__} cannot be created from its fields {list(fields)}: {error}"
        ) from None
    for name, value in late.items():
        object.__setattr__(made, name, value)  # it may be frozen
    return made


@lru_cache(maxsize=256)
def _stand_in(kind: str, name: str, fields: tuple[str, ...]) -> type:
    if kind == "namedtuple":
        return namedtuple(name, fields)
    import dataclasses

    return dataclasses.make_dataclass(name, fields)


def record_types(tree: object) -> dict[str, type]:
    """Return the classes of the dataclasses and named tuples in a structure, by name.

    Raises
    ------
    NameCollisionError
        If two have the same name.
    """
    types: dict[str, type] = {}

    def note(kind: type) -> None:
        if types.setdefault(kind.__name__, kind) is not kind:
            raise NameCollisionError(
                f"two classes of a structure have the name {kind.__name__!r}: {types[kind.__name__]} and {kind}"
            )

    def visit(node: object) -> None:
        if isinstance(node, Mapping):
            children: list[Any] = list(node.values())
        elif isinstance(node, tuple | list):
            if hasattr(node, "_fields"):
                note(type(node))
            children = list(node)
        elif is_structure(node):
            note(type(node))
            children = [getattr(node, f.name) for f in _fields(node)]
        else:
            return
        for child in children:
            visit(child)

    visit(tree)
    return types


def check_keys(treedef: TreeDef, what: str) -> None:
    """Raise unless every key and every name can be written into a model.

    Raises
    ------
    NotAnArrayError
        If a dict has a key that is neither a string nor an integer, or a record has names that Python
        code cannot write.
    """
    if treedef is None:
        return
    kind, record, fields = treedef["kind"], treedef["name"], treedef["keys"]
    if not _has_names(kind, record, fields):
        raise NotAnArrayError(
            f"{what} has a {kind} {record!r} with the fields {fields}; a model can keep records whose names "
            "are identifiers of Python, and the fields of a named tuple must not begin with an underscore"
        )
    for key, item in zip(treedef["keys"], treedef["items"], strict=True):
        if type(key) not in (str, int):
            raise NotAnArrayError(
                f"{what} has a dict with the key {key!r} of type {type(key).__name__}; keys must be "
                "strings or integers"
            )
        check_keys(item, what)


def count_leaves(treedef: TreeDef, depth: int = 0) -> int:
    """Return the number of leaves of a treedef from a file.

    Raises
    ------
    ModelFileError
        If the treedef is invalid.
    """
    if treedef is None:
        return 1
    if not _is_skeleton(treedef) or depth > MAX_DEPTH:
        raise ModelFileError(
            f"the metadata of the model contain an invalid structure: {short(treedef)}"
        )
    return sum(count_leaves(item, depth + 1) for item in treedef["items"])


def _is_skeleton(obj: Any) -> bool:
    if not isinstance(obj, dict) or obj.keys() != {"kind", "name", "keys", "items"}:
        return False
    kind, name, keys, items = obj["kind"], obj["name"], obj["keys"], obj["items"]
    if kind not in _KINDS or not isinstance(keys, list) or not isinstance(items, list):
        return False
    if len(keys) != len(items) or any(type(key) not in (str, int) for key in keys):
        return False
    return _has_names(kind, name, keys) and len(set(keys)) == len(keys)


def _has_names(kind: str, name: Any, keys: Sequence[Any]) -> bool:
    """Return whether a treedef is not a record, or one that a new class can replace."""
    if kind not in ("namedtuple", "dataclass"):
        return True
    if not all(
        isinstance(n, str) and n.isidentifier() and not keyword.iskeyword(n) for n in (name, *keys)
    ):
        return False
    if any(n.startswith("__") and n.endswith("__") for n in (name, *keys)):
        # Python's own: __dict__
        return False
    return kind == "dataclass" or not any(key.startswith("_") for key in keys)


def names_of(paths: Sequence[Path], root: str, what: str) -> list[str]:
    """Return a name for each leaf, from its path: ``params_w``, ``xs_0``.

    Raises
    ------
    NameCollisionError
        If two leaves would have the same name.
    """
    names: dict[str, Path] = {}
    for path in paths:
        parts = [root, *map(str, path)] if root else [str(part) for part in path]
        name = re.sub(r"\W", "_", "_".join(parts))
        if name in names:
            raise NameCollisionError(
                f"two {what} would have the name {name!r}: {path_text(path)} and {path_text(names[name])}; "
                "use other names or keys"
            )
        names[name] = path
    return list(names)


def path_text(path: Path) -> str:
    """Return a path in Python's syntax."""
    return "".join(f"[{part!r}]" for part in path)
