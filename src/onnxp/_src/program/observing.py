"""What the variables of a user's functions are, line by line: of numpy, and traced."""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple, final

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.graph.source import SourceInfo
from onnxp._src.graph.traversal import walk
from onnxp._src.graph.values import FORMAL, Value

RESULT = "the result"
"""What a function returns, in place of the name of a variable."""

_OWN = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
_PYTHON = os.path.dirname(os.path.abspath(os.__file__))
"""The folders of this package and of Python, whose variables are of no interest."""
_MADE = ("<frozen", "<string>", "<attrs")
"""What the names of code begin with that Python, or a library, has written."""
_MOST = 10_000
_DEPTH = 3  # of tuples, lists and dicts in each other


class Line(NamedTuple):
    """A line of a function, which is known by its first line."""

    file: str
    function: int
    number: int


class Step(NamedTuple):
    """A variable that a line has set, when it ran for the first time, the second, or so."""

    line: Line
    time: int
    name: str


@final
class Observer:
    """Notes each variable that is an array, or has some, whenever a line of a function changes it.

    Parameters
    ----------
    function : callable
        The function that will be called. Of what it calls, installed packages other than its own are left out.

    Attributes
    ----------
    arrays : dict of Step to array
        Copies of arrays of numpy, or traced arrays.
    sources : dict of Step to (code, instruction)
        The lines.
    lines : dict of Line to int
        The lines that ran, in order, and how often.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        code = getattr(inspect.unwrap(function), "__code__", None)
        self._package = _package(code.co_filename) if code is not None else ""
        self.lines: dict[Line, int] = {}
        self.arrays: dict[Step, Any] = {}
        self.sources: dict[Step, SourceInfo] = {}
        self._variables: dict[tuple[Line, int], dict[str, Any]] = {}
        self._frames: dict[FrameType, tuple[int, dict[str, Any]]] = {}
        self._watched: dict[CodeType, bool] = {}
        self._before: Any = None

    def clear(self) -> None:
        """Forget what was noted."""
        self.arrays.clear()
        self.sources.clear()
        self.lines.clear()
        self._variables.clear()

    def __enter__(self) -> Observer:
        self._before = sys.gettrace()
        sys.settrace(self._enter_frame)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        sys.settrace(self._before)
        self._frames.clear()

    def traced(self) -> dict[str, Array]:
        """Return the traced arrays that the model can give, by the positions of their steps."""
        arrays = {i: x for i, x in enumerate(self.arrays.values()) if isinstance(x, Array)}
        values = [value for x in arrays.values() for value in x._planes]
        inside = _inside_loops(values)
        return {str(i): x for i, x in arrays.items() if inside.isdisjoint(x._planes)}

    def value(self, step: Step) -> Any | None:
        """Return a variable as it was after a line, whether that changed it or not; None if it was no array."""
        return self._variables.get((step.line, step.time), {}).get(step.name)

    def _enter_frame(self, frame: FrameType, event: str, _: Any) -> Any:
        code = frame.f_code
        watched = self._watched.get(code)
        if watched is None:
            watched = self._watched[code] = self._watches(code.co_filename)
        if event != "call" or not watched:
            return None
        self._frames[frame] = frame.f_lineno, dict(_arrays(frame.f_locals))
        return self._follow

    def _follow(self, frame: FrameType, event: str, returned: Any) -> Any:
        if frame not in self._frames or event not in ("line", "return"):
            return self._follow
        line, old = self._frames[frame]
        code = frame.f_code
        place = Line(code.co_filename, code.co_firstlineno, line)
        time = self.lines[place] = self.lines.get(place, 0) + 1
        new = dict(_arrays(frame.f_locals))
        for name, array in new.items():
            if name in old and _same(old[name], array):
                new[name] = old[name]
            else:
                self._note(code, place, time, name, array)
        results = dict(_arrays({RESULT: returned})) if event == "return" else {}
        for name, array in results.items():
            self._note(code, place, time, name, array)
        if len(self._variables) < _MOST:
            self._variables[place, time] = {**new, **results}
        self._frames[frame] = frame.f_lineno, new
        if event == "return":
            del self._frames[frame]
        return self._follow

    def _watches(self, name: str) -> bool:
        package = _package(name)
        if name.startswith((*_MADE, _OWN)) or package != self._package:
            return False
        return bool(package) or not name.startswith(_PYTHON)

    def _note(self, code: CodeType, line: Line, time: int, name: str, array: Any) -> None:
        if len(self.arrays) >= _MOST:
            return
        step = Step(line, time, name)
        self.arrays[step] = array
        starts = (start for start, _, number in code.co_lines() if number == line.number)
        self.sources[step] = code, next(starts, 0)


def _package(name: str) -> str:
    """Return the folder of the installed package that a file belongs to, or an empty string; of ours, too."""
    if name.startswith(_OWN):
        return ""
    installed = re.match(r".*[/\\](?:site|dist)-packages[/\\][^/\\]+", name)
    return installed[0] if installed else ""


def _arrays(variables: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the arrays in variables, those of numpy as copies, with names as ``z`` and ``z[0]``."""
    for name, value in list(variables.items()):
        if isinstance(value, Array):
            yield name, new_array(value.dtype, value._planes)
        elif isinstance(value, np.ndarray | np.generic):
            if value.dtype.kind in "biufcUT":
                yield name, np.array(value)
        elif depth < _DEPTH and isinstance(value, tuple | list | dict) and len(value) <= 100:
            items = value.items() if isinstance(value, dict) else enumerate(value)
            yield from _arrays({f"{name}[{key!r}]": item for key, item in items}, depth + 1)


def _same(old: Any, new: Any) -> bool:
    """Return whether an array is what it was, for which traced arrays need the same values."""
    if isinstance(old, Array) or isinstance(new, Array):
        return type(old) is type(new) and old._planes == new._planes
    if old.dtype != new.dtype or old.shape != new.shape:
        return False
    return bool(np.array_equal(old, new, equal_nan=old.dtype.kind in "fc"))


def _inside_loops(values: list[Value]) -> set[Value]:
    """Return the values that only the body of a loop has."""
    inside: set[Value] = set()
    for value in walk(values):
        inputs = value.node.inputs if value.node is not None and value.data is None else ()
        formal = value.node is None and value.index == FORMAL
        if formal or any(x in inside for x in inputs if x is not None):
            inside.add(value)
    return inside
