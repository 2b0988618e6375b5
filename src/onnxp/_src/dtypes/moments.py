"""Points and spans of time in Python's, pandas' and numpy's scalars and in text, as numpy data."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from onnxp._src.dtypes.dtype import DType
from onnxp._src.dtypes.names import from_numpy
from onnxp._src.dtypes.parametrized import UNITS
from onnxp.errors import ArgumentError, DTypeError, ScalarRangeError

Moment = date | timedelta
"""Python's types; a `datetime` is a `date`, and pandas' Timestamp, Timedelta and NaT are these, too."""

NAT = -(2**63)
"""How NaT is stored: as the smallest integer."""

_Host = np.ndarray[Any, Any]


def of_python(moment: Moment, function: str) -> np.generic:
    """Return a time of Python or pandas as a scalar of numpy.

    Raises
    ------
    ArgumentError
        If it has a time zone.
    ScalarRangeError
        If it is a span of more microseconds than int64 has.
    """
    if isinstance(moment, datetime) and getattr(moment, "tzinfo", None) is not None:
        raise ArgumentError(
            f"{function}: {moment!r} has a time zone, and datetime64 has none; write "
            "x.astimezone(timezone.utc).replace(tzinfo=None)"
        )
    convert = getattr(moment, "to_datetime64", None) or getattr(moment, "to_timedelta64", None)
    if convert is not None:  # of pandas, with nanoseconds
        scalar: np.generic = convert()
        return scalar
    if not isinstance(moment, timedelta):
        return np.datetime64(moment)
    if abs(moment // _MICROSECOND) >= 2**63:  # numpy wraps (2.4)
        raise ScalarRangeError(
            f"{function}: {moment!r} is beyond the range of timedelta64[us]; write "
            f"np.timedelta64({moment.days}, 'D')"
        )
    return np.timedelta64(moment)


_MICROSECOND = timedelta(microseconds=1)


def in_common_unit(scalars: list[np.generic], function: str) -> _Host:
    """Return times of numpy in the unit that they promote to.

    Raises
    ------
    DTypeError
        If there are points and spans, or spans of months and of days.
    ScalarRangeError
        If the unit cannot express one.
    """
    kinds = {scalar.dtype for scalar in scalars}
    try:
        dtype = np.result_type(*kinds)
        if len({kind.kind for kind in kinds}) > 1:  # which numpy makes points
            raise TypeError
    except TypeError:
        raise DTypeError(
            f"{function}: {' and '.join(sorted(map(str, kinds)))} have no common dtype; points in time are no "
            "spans, and months and years have no fixed length"
        ) from None
    data = np.array(scalars, dtype)
    if len(kinds) > 1 and not lacks_unit(data):  # where numpy wraps
        for scalar in scalars:
            if not lacks_unit(scalar):
                in_unit(np.asarray(scalar), from_numpy(dtype), function)
    return data


def lacks_unit(obj: object) -> bool:
    """Return whether an object is a time of numpy without a unit, such as ``np.datetime64("NaT")``."""
    return isinstance(obj, np.generic | np.ndarray) and obj.dtype in _WITHOUT_UNIT


_WITHOUT_UNIT = (np.dtype("M8"), np.dtype("m8"))


def with_unit(obj: Any, dtype: DType) -> Any:
    """Return a time of numpy without a unit in the unit of a dtype."""
    return obj.astype(np.dtype(f"{obj.dtype.kind}8[{dtype.unit}]"))


def of_text(text: str, function: str) -> np.generic:
    """Return the point in time that ISO 8601 text names, in the unit of its last part.

    Raises
    ------
    ArgumentError
        If it names none.
    """
    try:
        if not text.strip() or text.strip().lower() in ("now", "today"):
            raise ValueError("it names no point in time")
        return np.datetime64(_without_zone(text))
    except ValueError as error:
        raise _no_date(function, text, error) from None


def texts_to_times(data: _Host, dtype: DType, function: str) -> _Host:
    """Return the times that ISO 8601 text names, in the unit of a dtype; ``"NaT"`` and ``""`` are NaT.

    Raises
    ------
    ArgumentError
        If an element names no time, or one that the unit cannot express.
    """
    flat = data.astype(object).ravel().tolist()
    result = np.empty(len(flat), dtype.numpy)
    for i, text in enumerate(flat):
        if not isinstance(text, str):
            text = str(text)
        if text.strip() in ("", "NaT"):
            result[i] = (
                np.datetime64("NaT") if dtype.family == "datetime" else np.timedelta64("NaT")
            )
            continue
        if dtype.family == "timedelta":
            raise _no_date(function, text, "spans of time are read from integers")
        result[i] = in_unit(np.asarray(of_text(text, function)), dtype, function)
    return result.reshape(data.shape)


def in_unit(data: _Host, dtype: DType, function: str) -> _Host:
    """Return times in the unit of a dtype.

    Raises
    ------
    ScalarRangeError
        If the unit cannot express one.
    DTypeError
        If spans in months or years are to be converted to other units, or the other way round.
    """
    unit = np.datetime_data(data.dtype)[0]
    check_units(from_numpy(data.dtype), dtype)
    result: _Host = data.astype(dtype.numpy)
    back = result.astype(data.dtype)
    is_finer = UNITS.index(dtype.unit) > UNITS.index(unit)
    beyond = ~np.isnat(data) & (back != data) & is_finer
    if beyond.any():
        raise ScalarRangeError(
            f"{function}: {data[beyond].ravel()[0]} is beyond the range of {dtype}; take a coarser unit"
        )
    return result


def check_units(source: DType, target: DType) -> None:
    """Raise if spans in months or years are to be converted to other units, or the other way round.

    Raises
    ------
    DTypeError
        If so.
    """
    if source.family == "timedelta" and (source.unit in "YM") is not (target.unit in "YM"):
        raise DTypeError(
            f"astype: {source} cannot be cast to {target}: months and years have no fixed length; add them "
            "to points in time"
        )


def _without_zone(text: str) -> str:
    if text.rstrip().endswith(("Z", "z")) or _has_offset(text):
        raise ValueError("it has a time zone; convert it to UTC, and leave the zone out")
    return text


def _has_offset(text: str) -> bool:
    clock = text.strip().replace(" ", "T").partition("T")[2]
    return "+" in clock or "-" in clock


def _no_date(function: str, text: str, error: object) -> ArgumentError:
    return ArgumentError(
        f"{function}: {text!r} cannot be read as a time ({error}); write ISO 8601, as in '2024-02-29' or "
        "'2024-02-29T12:30:00'"
    )
