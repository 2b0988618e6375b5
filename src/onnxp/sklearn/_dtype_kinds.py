"""Dtypes of traced columns as pandas names them."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.dtypes import DType, string


def is_text(dtype: DType) -> bool:
    """Return whether elements of a dtype are text or labels, which may be missing."""
    return dtype.plain is string or dtype.family == "category"


def host_dtype(dtype: DType) -> np.dtype[Any]:
    """Return the dtype that a column has in pandas; object for text."""
    return np.dtype(object) if dtype.plain is string else np.dtype(dtype.numpy)


def has_dtype(dtype: DType, kinds: Any) -> bool:
    """Return whether a dtype is among kinds of dtypes, as ``select_dtypes`` of pandas names them."""
    host = host_dtype(dtype)
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
