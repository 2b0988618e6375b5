"""Columns of text as objects of Python: each text is made once where a column repeats few of them.

No package is imported for them: a column numbers its own texts.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from onnxp._src.array.column_types import library

_Host = np.ndarray[Any, Any]

_HEAD = 4096
"""The number of rows that tell whether texts repeat; shorter columns are converted as they are."""
_REPEATS = 4
"""How many times a text occurs in them on average, at least."""


def objects(column: Any) -> _Host | None:
    """Return text of a column as objects, ``""`` for missing ones; None if it may have other elements."""
    package = library(column)
    if not package or not _is_text(package, column):
        return None
    column = getattr(column, "array", column)  # of pandas: by position
    if len(column) > _HEAD and (package != "polars" or _has_arrow()):
        numbers, texts = _numbered(column[:_HEAD], package)
        if _REPEATS * len(texts) <= _HEAD:
            numbers, texts = _numbered(column, package)
            result: _Host = np.array([*texts, ""], object)[numbers]  # -1 for missing ones
            return result
    return _converted(column, package)


def _is_text(package: str, column: Any) -> bool:
    """Return whether all elements of a column are text or missing, as its library stores them."""
    if package == "pandas":
        kind: Any = getattr(column, "dtype", None)
        name = type(kind).__name__
        if name == "StringDtype":
            return bool(kind.storage == "pyarrow")
        return name == "ArrowDtype" and kind.name in ("string[pyarrow]", "large_string[pyarrow]")
    if package == "polars":
        return str(column.dtype) == "String"
    return str(getattr(column, "type", "")) in ("string", "large_string")


@cache
def _has_arrow() -> bool:
    return find_spec("pyarrow") is not None


def _numbered(column: Any, package: str) -> tuple[_Host, list[str]]:
    """Return the number of each text of a column, -1 for missing ones, and the texts."""
    if package == "pandas":
        numbers, texts = column.factorize()
        return numbers, list(texts)
    if package == "polars":
        column = column.to_arrow()
    encoded = column.dictionary_encode()
    if hasattr(encoded, "chunks"):
        encoded = encoded.unify_dictionaries().combine_chunks()
    return np.asarray(encoded.indices.fill_null(-1)), encoded.dictionary.to_pylist()


def _converted(column: Any, package: str) -> _Host:
    if package == "pandas":
        return np.asarray(column.to_numpy(object, na_value=""))
    count = column.null_count
    if count() if callable(count) else count:
        column = column.fill_null("")
    result: _Host = column.to_numpy() if package == "polars" else np.asarray(column)
    return result
