"""What code does with an attribute that it looks up: it may call it, or match objects with it."""

from __future__ import annotations

import dis
import sys
from functools import lru_cache
from types import CodeType, FrameType
from typing import NamedTuple


def is_called(frame: FrameType) -> bool:
    """Return whether the attribute that a frame looks up is called, as that in ``np.float32(x)``."""
    return _context(frame.f_code, frame.f_lasti).is_called


def is_pattern(frame: FrameType) -> bool:
    """Return whether the attribute that a frame looks up is a class in a pattern of a `match` statement."""
    return _context(frame.f_code, frame.f_lasti).is_pattern


def is_imported_pattern(frame: FrameType) -> bool:
    """Return whether a frame imports an attribute by a name that is a class in a pattern of its code."""
    return _context(frame.f_code, frame.f_lasti).stored_as in classes_in(frame.f_code).matched


class Classes(NamedTuple):
    """The names by which code looks up classes of patterns, and those that it compares by identity."""

    matched: frozenset[str]
    compared: frozenset[str]


@lru_cache(maxsize=1024)
def classes_in(code: CodeType) -> Classes:
    """Return the classes of the `match` statements of code."""
    found = [i for i in dis.get_instructions(code) if i.opname != "EXTENDED_ARG"]
    names = [instruction.opname for instruction in found]
    loads = {
        n: instruction.argval[-1] if isinstance(instruction.argval, tuple) else instruction.argval
        for n, instruction in enumerate(found)
        if instruction.opname.startswith(("LOAD_GLOBAL", "LOAD_DEREF", "LOAD_FAST", "LOAD_NAME"))
    }
    matched = {n for n in loads if names[n + 2 : n + 3] == ["MATCH_CLASS"]}
    others = loads.keys() - matched if "IS_OP" in names else ()
    return Classes(frozenset(loads[n] for n in matched), frozenset(loads[n] for n in others))


class _Context(NamedTuple):
    is_called: bool
    is_pattern: bool
    stored_as: str


@lru_cache(maxsize=1024)
def _context(code: CodeType, place: int) -> _Context:
    instructions = [i for i in dis.get_instructions(code) if i.opname != "EXTENDED_ARG"]
    at = next(n for n, instruction in enumerate(instructions) if instruction.offset == place)
    names = [instruction.opname for instruction in instructions]
    is_called = (
        names[at] == "LOAD_METHOD"  # Python 3.11
        or (
            names[at] == "LOAD_ATTR"
            and sys.version_info >= (3, 12)
            and _is_marked(instructions[at])
        )
        or names[at + 1 : at + 2]
        == ["PUSH_NULL"]  # 3.13 and newer, which once preceded what is called
        or (at > 1 and names[at - 2] == "PUSH_NULL" and names[at - 1] != "LOAD_GLOBAL")
        or (at > 0 and names[at - 1] == "LOAD_GLOBAL" and _is_marked(instructions[at - 1]))
    )
    is_import = names[at] == "IMPORT_FROM" and names[at + 1].startswith("STORE_")
    stored_as = str(instructions[at + 1].argval) if is_import else ""
    return _Context(is_called, names[at + 2 : at + 3] == ["MATCH_CLASS"], stored_as)


def _is_marked(instruction: dis.Instruction) -> bool:
    """Return whether an instruction prepares a call, beside what its name says."""
    return bool((instruction.arg or 0) & 1)
