"""Columns of pandas, Polars and Arrow whose types no dtype has, and what their users write instead."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_LIBRARIES = ("pandas", "polars", "pyarrow")


def library(column: object) -> str:
    """Return which of the libraries a column is of, or ``""``."""
    return library_of(type(column))


def library_of(kind: type) -> str:
    """Return which of the libraries a class is of, or ``""``."""
    package = kind.__module__.partition(".")[0]
    return package if package in _LIBRARIES else ""


def is_column(obj: object) -> bool:
    """Return whether an object is a column of one of the libraries, or an index of pandas."""
    has_dtype = hasattr(obj, "dtype") or hasattr(obj, "type")
    return has_dtype and bool(library(obj)) and hasattr(obj, "__len__")


def type_of(column: object) -> str:
    """Return the name of the dtype of a column, as its library writes it."""
    if isinstance(column, list | tuple):
        kinds = sorted({type(part).__name__ for part in column})
        return f"a {type(column).__name__} of {' and '.join(kinds)}"
    dtype = getattr(column, "dtype", None)
    return str(getattr(column, "type", "an unknown type") if dtype is None else dtype)


_KINDS = {
    "decimals": r"decimal",
    "lists": r"(large_|fixed_size_)?list|array\(",
    "records": r"struct|map<",
    "bytes": r"(large_|fixed_size_)?binary",
    "times of day": r"time(32|64)?(\[|$)",
    "periods": r"period\[",
    "intervals": r"interval\[",
}
"""The kinds of types that no dtype has, by the beginnings of their names in lower case."""

_INSTEAD = {
    "decimals": ("x.astype(float)", "x.cast(pl.Float64)", "x.cast('float64')"),
    "lists": ("np.stack(x)", "np.stack(x.to_list())", "np.stack(x.to_pylist())"),
    "records": ("x.struct.field(name)", "x.struct.field(name)", "x.field(name)"),
    "bytes": ("x.astype('string[pyarrow]')", "x.cast(pl.String)", "x.cast('string')"),
    "times of day": (
        "pd.to_timedelta(x.astype(str))",
        "x.cast(pl.Duration)",
        "x.cast('int64').cast('duration[us]')",
    ),
    "periods": ("{x}.to_timestamp()", "", ""),
    "intervals": ("x.array.left", "", ""),
}
"""What to write for each kind, in the order of the libraries."""


def refusal(column: object, x: str = "x") -> tuple[str, str] | None:
    """Return why no dtype has the elements of a column, and what to write; None if there is one.

    Parameters
    ----------
    column : object
        Anything; what is not a column of one of the libraries is not refused.
    x : str, optional
        How the message calls the column.
    """
    if not is_refused(column):
        return None
    package, kind = library(column), _kind(column)
    zone = _zone(kind)
    if zone:
        utc, local = (_called(text, x) for text in _without_zone(column, package))
        advice = f"write {utc} for times in UTC, or {local} for local ones"
        return f"has times of the zone {zone}", advice
    name = next(name for name, pattern in _KINDS.items() if re.match(pattern, str(kind).lower()))
    text = _INSTEAD[name][_LIBRARIES.index(package)]
    text = text.replace("{x}", "x.dt" if hasattr(column, "dt") else "x")
    return f"has {name}, of {kind}", f"write {_called(text, x)}"


def is_refused(column: object) -> bool:
    """Return whether no dtype has the elements of a column of one of the libraries."""
    package = library(column)
    if not package:
        return False
    kind = _kind(column)
    if package == "pandas" and hasattr(kind, "categories"):  # whose hash takes long
        return False
    return _has_no_dtype(kind)


def _kind(column: Any) -> Any:
    """Return the dtype of a column, as its library has it."""
    return column.dtype if hasattr(type(column), "dtype") else getattr(column, "type", None)


@lru_cache(1024)
def _has_no_dtype(kind: Any) -> bool:
    name = str(kind).lower()
    return bool(_zone(kind)) or any(re.match(pattern, name) for pattern in _KINDS.values())


def _called(text: str, x: str) -> str:
    return re.sub(r"\bx\b", lambda _: x, text)


def _zone(kind: Any) -> str:
    """Return the time zone of a dtype of a column, or ``""``."""
    arrow = getattr(kind, "pyarrow_dtype", None)
    for of, name in ((arrow, "tz"), (kind, "tz"), (kind, "time_zone")):
        zone = getattr(of, name, None)
        if zone is not None:
            return str(zone)
    return ""


def _without_zone(column: object, package: str) -> tuple[str, str]:
    """Return how to convert times with a zone to UTC, and to local times."""
    if package == "polars":
        replace = ".dt.replace_time_zone(None)"
        return f"x.dt.convert_time_zone('UTC'){replace}", f"x{replace}"
    if package == "pyarrow":
        return "x.cast(pa.timestamp('us'))", "pc.local_timestamp(x)"
    dt = ".dt" if hasattr(column, "dt") else ""
    return f"x{dt}.tz_convert('UTC'){dt}.tz_localize(None)", f"x{dt}.tz_localize(None)"
