"""Dtypes with parameters: times with a unit, categories with labels, and nullable ones with a plain dtype."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from weakref import WeakValueDictionary

import numpy as np

from onnxp._src.dtypes import labels
from onnxp._src.dtypes.dtype import DTYPES, DType, Plane, bool_, int64, string
from onnxp.errors import DTypeError

UNITS = ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns")
"""The units of time, by numpy's names, from years and months to minutes (``m``) and nanoseconds."""


def _times(family: str) -> dict[str, DType]:
    result = {}
    for unit in UNITS:
        dtype = result[unit] = DType(f"{family}64[{unit}]", family, 64, 7, unit)
        dtype.planes = (Plane("", int64),)
        dtype.host = np.dtype(np.int64)
    return result


DATETIMES = _times("datetime")
TIMEDELTAS = _times("timedelta")


def datetime64(unit: str, /) -> DType:
    """Return the dtype of points in time, which count units from the start of 1970, in UTC.

    Parameters
    ----------
    unit : str
        ``"Y"``, ``"M"``, ``"W"``, ``"D"``, ``"h"``, ``"m"`` (minutes), ``"s"``, ``"ms"``, ``"us"`` or ``"ns"``.

    Returns
    -------
    DType
        The same object for the same unit.

    Raises
    ------
    DTypeError
        If there is no such unit.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.datetime64("s")
    onnxp.datetime64('s')
    >>> xp.asarray(["2024-02-29"], dtype=xp.datetime64("D"))
    Array(['2024-02-29'], dtype=datetime64[D])
    """
    return _of_unit(DATETIMES, unit, "datetime64")


def timedelta64(unit: str, /) -> DType:
    """Return the dtype of spans of time, which are whole numbers of a unit.

    Parameters
    ----------
    unit : str
        ``"Y"``, ``"M"``, ``"W"``, ``"D"``, ``"h"``, ``"m"`` (minutes), ``"s"``, ``"ms"``, ``"us"`` or ``"ns"``.

    Returns
    -------
    DType
        The same object for the same unit.

    Raises
    ------
    DTypeError
        If there is no such unit.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.asarray([1, 2], dtype=xp.timedelta64("D"))
    Array([1, 2], dtype=timedelta64[D])
    """
    return _of_unit(TIMEDELTAS, unit, "timedelta64")


def _of_unit(times: dict[str, DType], unit: object, function: str) -> DType:
    if not isinstance(unit, str) or unit not in times:
        raise DTypeError(
            f"{function}: {unit!r} is not a unit of time; the units are {', '.join(UNITS)}"
        )
    return times[unit]


_CATEGORIES: WeakValueDictionary[tuple[tuple[str, ...], bool], DType] = WeakValueDictionary()


def category(categories: Iterable[str], /, ordered: bool = False) -> DType:
    """Return the dtype of elements that are one of several labels, or missing.

    Elements are stored as codes, the positions of their labels, and -1 for a missing one. `astype` of text that
    the dtype does not have gives missing ones. A model takes and gives text, with ``""`` for what is missing,
    unless its `spec` says otherwise.

    Parameters
    ----------
    categories : sequence of str
        The labels, each of them once.
    ordered : bool, optional
        Whether labels are less or greater than others, by their position.

    Returns
    -------
    DType
        The same object for the same arguments.

    Raises
    ------
    DTypeError
        If a label is not text, is empty, or is given twice.

    Examples
    --------
    >>> import onnxp as xp
    >>> size = xp.category(("S", "M", "L"), ordered=True)
    >>> x = xp.asarray(["M", "S", None], dtype=size)
    >>> x
    Array(['M', 'S', ''], dtype=category[S < M < L])
    >>> x < "L"
    Array([ True,  True, False], dtype=bool)
    >>> xp.astype(x, xp.int64)
    Array([ 1,  0, -1], dtype=int64)
    """
    checked = labels.checked(categories)
    key = checked, bool(ordered)
    dtype = _CATEGORIES.get(key)
    if dtype is None:
        dtype = DType(labels.full_name(*key), "category", 64, 7)
        dtype.categories, dtype.ordered = key
        dtype.planes = (Plane("", int64),)
        dtype.host = np.dtype(np.int64)
        dtype = _CATEGORIES.setdefault(key, dtype)
    return dtype


def planes_of(fields: Mapping[str, DType]) -> tuple[Plane, ...]:
    """Return the planes of a user-defined dtype, which are named by their fields if there are several."""
    single = len(fields) == 1
    return tuple(
        Plane("_".join(filter(None, ("" if single else field, plane.name))), plane.dtype)
        for field, kind in fields.items()
        for plane in kind.planes
    )


def _nullables() -> dict[DType, DType]:
    result = {}
    for plain in (*DTYPES, string):
        dtype = result[plain] = _with_nulls(plain)
        values = (Plane("values", plain),) if plain.is_own_plane else plain.planes
        dtype.planes = (*values, Plane("null", bool_))
    return result


def _with_nulls(plain: DType) -> DType:
    dtype = DType(plain.name, plain.family, plain.bits, plain.onnx)
    dtype.name, dtype.family = f"{plain.name}?", "nullable"
    dtype.is_nullable, dtype.host, dtype.plain = True, plain.host, plain
    return dtype


NULLABLE = _nullables()
"""The nullable dtype of each plain one."""


def allowing_missing(plain: DType) -> DType:
    """Return the nullable dtype of a plain one, which is returned if it has missing elements of its own."""
    if plain.extension is not None and plain not in NULLABLE:
        dtype = _with_nulls(plain)
        dtype.fields = {**plain.fields, "null": bool_}
        dtype.numpy, dtype.host = plain.numpy, np.dtype(object)
        dtype.planes = planes_of(dtype.fields)
        NULLABLE[plain] = dtype
    return NULLABLE.get(plain, plain)
