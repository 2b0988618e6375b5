"""Columns of pandas, Polars and Arrow whose types no dtype has, and what their users write instead."""

from __future__ import annotations

import re
from typing import Any

_LIBRARIES = ("pandas", "polars", "pyarrow")


def library(column: object) -> str:
    """Return which of the libraries a column is of, or ``""``."""
    package = type(column).__module__.partition(".")[0]
    return package if package in _LIBRARIES else ""


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
    package = library(column)
    if not package:
        return None
    zone = _zone(column)
    if zone:
        utc, local = (_called(text, x) for text in _without_zone(column, package))
        advice = f"write {utc} for times in UTC, or {local} for local ones"
        return f"has times of the zone {zone}", advice
    name = type_of(column).lower()
    for kind, pattern in _KINDS.items():
        if re.match(pattern, name):
            text = _INSTEAD[kind][_LIBRARIES.index(package)]
            text = text.replace("{x}", "x.dt" if hasattr(column, "dt") else "x")
            return f"has {kind}, of {type_of(column)}", f"write {_called(text, x)}"
    return None


def _called(text: str, x: str) -> str:
    return re.sub(r"\bx\b", lambda _: x, text)


def _zone(column: Any) -> str:
    """Return the time zone of a column, or ``""``."""
    dtype = getattr(column, "dtype", None)
    arrow = getattr(dtype, "pyarrow_dtype", None) or getattr(column, "type", None)
    for kind, name in ((arrow, "tz"), (dtype, "tz"), (dtype, "time_zone")):
        zone = getattr(kind, name, None)
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
