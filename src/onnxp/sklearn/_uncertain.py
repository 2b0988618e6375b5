"""Comparisons of nullable columns of pandas, which models have as float64: NaN is false where pandas has NA."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from onnxp._src.array.array import Array
from onnxp._src.graph.source import warn_user
from onnxp._src.program import tables
from onnxp.errors import NullComparisonWarning

_NAMES = {"boolean": "bool", "double": "float64", "float": "float32"}
"""Dtypes of pandas and Arrow that have another name in onnxp."""


class Uncertain:
    """A column whose comparisons differ from those of pandas where an element is missing.

    Parameters
    ----------
    name : str
        The name of the column.
    dtype : str
        The dtype that keeps what is missing, such as ``"int64?"``.
    """

    def __init__(self, name: str, dtype: str) -> None:
        self._name = name
        self._dtype = dtype
        self._told = False

    def warn(self) -> None:
        """Warn that the column is compared, the first time that it is."""
        if self._told:
            return
        self._told = True
        warn_user(
            f"the column {self._name!r} is nullable in pandas, and float64 in the model: where an element "
            "is missing, the comparison is NA in pandas, and in the model false (!= is true). Write "
            f"fillna(value) before it, or trace with dtype={{{self._name!r}: {self._dtype!r}}}",
            NullComparisonWarning,
        )


_columns: WeakKeyDictionary[Any, Uncertain] = WeakKeyDictionary()
"""The columns of which arrays are computed, by the plane of an array."""


def dtype_of(column: Any) -> str:
    """Return the dtype that keeps what is missing in a column of pandas, or ``""`` if numpy has its dtype."""
    kind = str(getattr(column, "dtype", "")).lower().partition("[")[0]
    return f"{_NAMES.get(kind, kind)}?" if tables.is_nullable(column) else ""


def note(array: Array, name: str, dtype: str) -> None:
    """Note that an array is a column that is nullable in pandas."""
    _columns[array._planes[0]] = Uncertain(name, dtype)


def passing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose results are as uncertain as its arguments."""

    def call(*args: Any) -> Any:
        result = function(*args)
        sources = _sources(args)
        if sources and isinstance(result, Array):
            _columns[result._planes[0]] = sources[0]
        return result

    return call


def comparing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a comparison that warns, once, of each column that is uncertain."""

    def call(*args: Any) -> Any:
        for source in _sources(args):
            source.warn()
        return function(*args)

    return call


def _sources(args: tuple[Any, ...]) -> list[Uncertain]:
    if not _columns:
        return []
    arrays = [a for a in args if isinstance(a, Array) and a.is_traced and a.dtype.family == "float"]
    return [_columns[a._planes[0]] for a in arrays if a._planes[0] in _columns]
