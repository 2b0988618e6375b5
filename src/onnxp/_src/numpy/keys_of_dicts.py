"""Keys of dicts and sets that functions look elements up in: each key is a way through the function.

Python asks the element for its hash, and for nothing that tells which dict it looks in. The line that asks is
read for it, where the dict is a name, an attribute or written out.
"""

from __future__ import annotations

import ast
import linecache
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from types import CodeType, FrameType, MappingProxyType
from typing import Any

import numpy as np

from onnxp._src.numpy.ways import MOST, is_deciding

_CONTAINERS = (dict, frozenset, set, OrderedDict, MappingProxyType)
_METHODS = ("get", "__getitem__", "__contains__")


def hash_on_this_way(is_key: Callable[[Any], bool], frame: FrameType) -> int | None:
    """Return the hash of the key that an element is on this way through a function, of an object if it is none.

    Parameters
    ----------
    is_key : callable
        It takes a key and returns whether the element is it on this way.
    frame : frame
        That of the code that asks for the hash.

    Returns
    -------
    int or None
        None if no function of elements is called, or it is not known where the element is looked up.
    """
    container: Any = _container(frame) if is_deciding() else None
    if type(container) not in _CONTAINERS or len(container) >= MOST:
        return None
    if any(isinstance(key, tuple) or key != key for key in container):
        return None  # the element may be a part of a tuple, and NaN is found by its identity
    return next((hash(key) for key in container if is_key(key)), hash(_NO_KEY))


_NO_KEY = object()


def is_get(function: Any) -> bool:
    """Return whether a function is ``get`` of a dict, which gives None where there is no key."""
    is_method = getattr(function, "__name__", None) == "get"
    return is_method and type(getattr(function, "__self__", None)) is dict


def as_number(key: Any, dtype: np.dtype[Any]) -> Any:
    """Return a key as a number that is compared with numbers of a dtype; None if none of them equals it."""
    if not isinstance(key, bool | int | float | np.number | np.bool):
        return None
    if dtype.kind == "f":
        return float(key)
    limits = np.iinfo(dtype) if dtype.kind in "iu" else None
    least, largest = (limits.min, limits.max) if limits else (0, 1)
    is_among = least <= key <= largest and key == int(key)
    return (int(key) if limits else bool(key)) if is_among else None


def _container(frame: FrameType) -> Any:
    """Return what a line looks a key up in, None if it does something else with the hash."""
    node = _expression(frame.f_code, frame.f_lasti)
    if node is None:
        return None
    try:
        return ast.literal_eval(node)
    except ValueError:
        return _value(node, frame)


def _value(node: ast.expr, frame: FrameType) -> Any:
    if isinstance(node, ast.Name):
        return frame.f_locals.get(node.id, frame.f_globals.get(node.id))
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, frame)
        return None if owner is None else getattr(owner, node.attr, None)
    return None


@lru_cache(256)
def _expression(code: CodeType, place: int) -> ast.expr | None:
    """Return the expression of the container in the instruction of a code that looks something up."""
    position = next(islice(code.co_positions(), place // 2, None), None)
    if position is None:
        return None
    first, last, start, end = position
    if first is None or last is None or start is None or end is None:
        return None
    lines = [linecache.getline(code.co_filename, i).encode() for i in range(first, last + 1)]
    if not lines:
        return None
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    try:
        node = ast.parse(b"(" + b"".join(lines) + b")", mode="eval").body
    except SyntaxError:
        return None
    if isinstance(node, ast.Subscript):
        return node.value
    if isinstance(node, ast.Compare) and isinstance(node.ops[-1], ast.In | ast.NotIn):
        return node.comparators[-1] if len(node.ops) == 1 else None
    method = node.func if isinstance(node, ast.Call) else None
    if isinstance(method, ast.Attribute) and method.attr in _METHODS:
        return method.value
    return None
