"""Calls whose results a trace keeps, and a function gets anew each time: the clock, and random numbers.

Code that names such a function is watched while it is traced, which takes time: of each line that it gets to,
the names are looked up as the line does. So what is not called is not told of.
"""

from __future__ import annotations

import builtins
import datetime
import dis
import random
import sys
import time
import warnings
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from onnxp.errors import FrozenValueWarning

_CLOCK = frozenset("now today utcnow".split())
_OF_TEXT = frozenset("datetime64 Timestamp to_datetime".split())
"""What takes the texts ``"now"`` and ``"today"``."""
NAMES = _CLOCK | frozenset(
    "time time_ns datetime64 Timestamp to_datetime random rand randn randint randrange normal uniform "
    "standard_normal integers choice choices permutation permuted shuffle sample gauss binomial poisson "
    "multinomial default_rng".split()
)
"""The names of what is told of. Code with none of them is not watched."""


class _Lookup(NamedTuple):
    """Names that code looks up in a line, such as ``np.random.rand``.

    Attributes
    ----------
    names : tuple of str
        The names.
    is_local : bool
        Whether the first is a variable of the function.
    is_bare : bool
        Whether what is found is called without arguments.
    """

    names: tuple[str, ...]
    is_local: bool
    is_bare: bool


def to_watch(function: FunctionType, codes: Iterable[CodeType]) -> list[CodeType]:
    """Return the code that may read the clock or draw random numbers, by the globals of its function."""
    return [
        code for code in codes if any(_may_change(function, code, x) for x in _all_lookups(code))
    ]


def _may_change(function: FunctionType, code: CodeType, lookup: _Lookup) -> bool:
    """Return whether what a line looks up may give something else at each call; True if it is not known."""
    first = lookup.names[0]
    if lookup.is_local:  # a generator or an object with one, or what is imported here
        return len(lookup.names) > 2 or _imports(code)
    if first in code.co_freevars or first in code.co_cellvars:
        return True
    return _changes(function.__globals__, code, lookup)


@contextmanager
def watching(codes: Iterable[CodeType]) -> Iterator[None]:
    """Warn in this thread of what the model keeps, unless a debugger traces it."""
    outer = sys.gettrace()
    watched = frozenset(codes)
    if not watched or not (outer is None or isinstance(outer, _Watch)):
        yield
        return
    sys.settrace(_Watch(watched if outer is None else watched | outer.codes))
    try:
        yield
    finally:
        sys.settrace(outer)


class _Watch:
    """A trace function that follows some code by line."""

    def __init__(self, codes: frozenset[CodeType]) -> None:
        self.codes = codes
        self._told: set[tuple[str, int]] = set()

    def __call__(self, frame: FrameType, event: str, arg: Any) -> Any:
        return self._line if frame.f_code in self.codes else None

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:
        place = frame.f_code.co_filename, frame.f_lineno
        if event == "line" and place not in self._told:
            for lookup in _lookups(frame.f_code).get(frame.f_lineno, ()):
                names = ChainMap(frame.f_locals, frame.f_globals)
                if _changes(names, frame.f_code, lookup):
                    self._told.add(place)
                    warnings.warn_explicit(
                        f"{'.'.join(lookup.names)} is called while the function is traced, and the model keeps "
                        "the result; pass it as an argument",
                        FrozenValueWarning,
                        *place,
                    )
        return self._line


@lru_cache(maxsize=1024)
def _lookups(code: CodeType) -> dict[int, list[_Lookup]]:
    """Return by line what code looks up of the functions that are told of."""
    lines: dict[int, list[_Lookup]] = {}
    instructions = [i for i in dis.get_instructions(code) if i.opname not in _SILENT]
    at = 0
    while at < len(instructions):
        first = instructions[at]
        at += 1
        if not first.opname.startswith(_LOADS):
            continue
        loaded = first.argval  # several variables are loaded at once by Python 3.13
        names = [str(loaded[-1] if isinstance(loaded, tuple) else loaded)]
        while at < len(instructions) and instructions[at].opname.startswith(_ATTRIBUTES):
            names.append(str(instructions[at].argval))
            at += 1
        line = first.positions.lineno if first.positions is not None else None
        after = instructions[at] if at < len(instructions) else first
        if line is None or NAMES.isdisjoint(names):
            continue
        if names[-1] in _OF_TEXT and after.argval not in ("now", "today"):
            continue
        is_bare = after.opname == "CALL" and after.arg == 0
        lines.setdefault(line, []).append(
            _Lookup(tuple(names), first.opname.startswith("LOAD_FAST"), is_bare)
        )
    return lines


def _all_lookups(code: CodeType) -> Iterator[_Lookup]:
    for lookups in _lookups(code).values():
        yield from lookups


@lru_cache(maxsize=1024)
def _imports(code: CodeType) -> bool:
    return any(instruction.opname == "IMPORT_NAME" for instruction in dis.get_instructions(code))


_SILENT = frozenset("CACHE COPY_FREE_VARS EXTENDED_ARG NOP PRECALL PUSH_NULL RESUME".split())
_LOADS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FAST", "LOAD_DEREF")
_ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD")


def _changes(variables: Mapping[str, Any], code: CodeType, lookup: _Lookup) -> bool:
    """Return whether what is looked up gives something else each time it is called."""
    first, *names = lookup.names
    owner: Any = None
    found = variables.get(first, _MISSING)
    if found is _MISSING:
        found = getattr(builtins, first, _MISSING)
    for name in names:
        if isinstance(found, np.random.Generator | np.random.RandomState):
            return not (lookup.is_local and len(names) == 1)  # which may have a seed
        owner, found = found, _attribute(found, name)
    found = getattr(found, "__wrapped__", found)
    last = lookup.names[-1]
    if last in _CLOCK:
        return isinstance(owner, type) and issubclass(owner, datetime.date)
    if last in _OF_TEXT:
        return True
    if found is np.random.default_rng:
        return lookup.is_bare
    source = getattr(found, "__self__", None)
    if source is time:
        return found in (time.time, time.time_ns)
    is_random = isinstance(source, np.random.RandomState) or source is _RANDOM
    return is_random and "seed" not in code.co_names


_MISSING = object()
_RANDOM = getattr(random.random, "__self__", None)
"""The generator behind the functions of `random`."""


def _attribute(obj: Any, name: str) -> Any:
    """Return an attribute that no code of the user's computes."""
    if isinstance(obj, ModuleType | type):
        return getattr(obj, name, _MISSING)
    return getattr(obj, "__dict__", {}).get(name, _MISSING)
