"""The lines of the user's code that asked for a node, and their text.

Texts in listings and in models are short, since others read them on other machines.
"""

from __future__ import annotations

import os
import sys
import warnings
from bisect import bisect_right
from types import CodeType
from typing import Any

SourceInfo = tuple[CodeType, int]
"""A code object and the position of an instruction in it."""

SOURCE_KEY = "onnxp.source"
"""The key of a node's metadata that says which line of the user's code asked for it."""

_PACKAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(__file__))), "")


_own_files: set[str] = set()
"""Files of this package that have been met: a look at a set is quicker than a comparison of paths."""


def user_source(above: int = 2) -> SourceInfo | None:
    """Return the innermost frame outside of this package, from so many frames above this one on."""
    frame: Any = sys._getframe(above)
    own = _own_files
    try:
        while True:
            while (code := frame.f_code).co_filename in own:
                frame = frame.f_back
            if not code.co_filename.startswith(_PACKAGE):
                return code, frame.f_lasti
            own.add(code.co_filename)
    except AttributeError:  # the outermost frame has none behind it
        return None


def error_source(error: BaseException) -> SourceInfo | None:
    """Return the innermost frame outside of this package that an error came through."""
    source = None
    place = error.__traceback__
    while place is not None:
        code = place.tb_frame.f_code
        if not code.co_filename.startswith((_PACKAGE, "<frozen ")):
            source = code, place.tb_lasti
        place = place.tb_next
    return source


def source_text(source: SourceInfo | None) -> str:
    """Return ``"file.py:12, in function"``, or an empty string."""
    if source is None:
        return ""
    code, instruction = source
    lines = list(code.co_positions())
    line = lines[instruction // 2][0] if 0 <= instruction // 2 < len(lines) else code.co_firstlineno
    return f"{code.co_filename}:{line}, in {code.co_name}"


def warn_user(message: str, category: type[Warning]) -> None:
    """Give a warning that names the line of the user's code."""
    source = user_source()
    if source is None:
        warnings.warn(message, category, stacklevel=3)
    else:
        file, line = source_text(source).rsplit(", in ", 1)[0].rsplit(":", 1)
        warnings.warn_explicit(message, category, file, int(line))


class SourceFormatter:
    """Names lines; remembers what it has named.

    A file is called by its path from where Python finds it: the longest of the entries of ``sys.path``
    and the current folder that it is in. Elsewhere it is its name alone, so that no folder of the
    machine shows.
    """

    def __init__(self) -> None:
        try:
            self._here = os.getcwd()
        except OSError:  # it was removed
            self._here = ""
        folders = {self._absolute(os.fsdecode(folder)) for folder in (*sys.path, "")}
        inner = [f for f in folders if os.path.dirname(f) != f]  # not the root: all is below it
        self._folders = sorted((os.path.join(f, "") for f in inner), key=len, reverse=True)
        self._files: dict[str, str] = {}
        self._tables: dict[CodeType, list[tuple[int, int, int | None]]] = {}

    def line(self, source: SourceInfo) -> str:
        """Return ``"package/file.py:12"``."""
        code, instruction = source
        table = self._tables.get(code)
        if table is None:
            table = self._tables[code] = [*code.co_lines()]
        place = bisect_right(table, instruction, key=lambda row: row[0]) - 1
        number = table[place][2] if place >= 0 else None
        return f"{self._file(code.co_filename)}:{number or code.co_firstlineno}"

    def text(self, source: SourceInfo) -> str:
        """Return ``"package/file.py:12, in function"``."""
        return f"{self.line(source)}, in {source[0].co_name}"

    def _file(self, name: str) -> str:
        short = self._files.get(name)
        if short is None:
            short = self._files[name] = self._short(name)
        return short

    def _short(self, name: str) -> str:
        if name.startswith("<"):  # no file, such as <stdin>
            return name
        path = self._absolute(name)
        for folder in self._folders:
            if path.startswith(folder):
                return path[len(folder) :].replace(os.sep, "/")
        return os.path.basename(name)

    def _absolute(self, path: str) -> str:
        joined = os.path.join(self._here, path)
        return os.path.normpath(joined) if os.path.isabs(joined) else ""
