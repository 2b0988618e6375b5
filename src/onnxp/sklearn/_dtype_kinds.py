"""Dtypes of traced columns as pandas names them."""

from __future__ import annotations

import sys
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.dtypes import DType, string

_noted: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
"""The dtypes that columns of an example have in pandas, by the plane of an array."""


def is_text(dtype: DType) -> bool:
    """Return whether elements of a dtype are text or labels, which may be missing."""
    return dtype.plain is string or dtype.family == "category"


def note(array: Array, dtype: Any) -> None:
    """Note the dtype that an array has as a column of pandas, unless that is one of numpy."""
    if dtype is not None and not isinstance(dtype, np.dtype):
        _noted[array._planes[0]] = dtype


def host_dtype(array: Array) -> Any:
    """Return the dtype that a column has in pandas: of text, object if it is not known."""
    if array._planes[0] in _noted:
        return _noted[array._planes[0]]
    dtype = array.dtype
    return np.dtype(object) if dtype.plain is string else np.dtype(dtype.numpy)


def selected(columns: dict[Any, Array], include: Any, exclude: Any) -> list[Any]:
    """Return the names of the columns that ``select_dtypes`` of pandas selects."""
    kinds = {name: host_dtype(array) for name, array in columns.items()}
    pandas = sys.modules.get("pandas")
    if pandas is not None and not all(isinstance(kind, np.dtype) for kind in kinds.values()):
        empty = {i: pandas.Series([], dtype=kind) for i, kind in enumerate(kinds.values())}
        chosen = pandas.DataFrame(empty).select_dtypes(include, exclude)
        return [name for i, name in enumerate(kinds) if i in chosen.columns]
    return [
        name
        for name, kind in kinds.items()
        if (include is None or _is_among(kind, include))
        and (exclude is None or not _is_among(kind, exclude))
    ]


def _is_among(host: np.dtype[Any], kinds: Any) -> bool:
    return any(
        _is_kind(host, kind) for kind in (kinds if isinstance(kinds, list | tuple) else [kinds])
    )


def _is_kind(host: np.dtype[Any], kind: Any) -> bool:
    name = kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))
    if name in ("object", "O", "category", "str", "string"):
        return host.kind == "O"
    if name == "number":
        return host.kind in "iufc"
    if isinstance(kind, type) and issubclass(kind, np.generic):
        return bool(np.issubdtype(host, kind))
    return bool(host == np.dtype(kind))
