"""Points in time of a calendar's unit, or of a multiple of a span, that are close to others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.operands import Operand
from onnxp._src.dtypes import UNITS
from onnxp._src.dtypes.moments import of_python
from onnxp._src.lowering.time import rounding, units
from onnxp._src.lowering.time.rounding import Grid
from onnxp.dates._operands import points
from onnxp.errors import ArgumentError, ArgumentTypeError

Span = str | timedelta | np.timedelta64


def ceil(x: Operand, unit: Span, /) -> Array:
    """Return the first points in time that are not earlier, and whole in a unit.

    Parameters
    ----------
    x : array
        Of a datetime64 dtype.
    unit : str or timedelta
        One of numpy's names of units, such as ``"M"`` for the starts of months and ``"W"`` for Mondays; or a
        span of one or more units, such as ``np.timedelta64(15, "m")``, whose multiples count from 1970 on.

    Returns
    -------
    Array
        Of the dtype and shape of `x`. NaT for NaT, and where the dtype does not express the result.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    ArgumentError, ArgumentTypeError
        If there is no such unit, or the span is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxp as xp
    >>> xp.dates.ceil(np.asarray(["2024-02-29", "2024-03-01"], "M8[D]"), "M")
    Array(['2024-03-01', '2024-03-01'], dtype=datetime64[D])
    """
    return _rounded("ceil", rounding.ceil, x, unit)


def floor(x: Operand, unit: Span, /) -> Array:
    """Return the last points in time that are not later, and whole in a unit.

    Parameters
    ----------
    x : array
        Of a datetime64 dtype.
    unit : str or timedelta
        One of numpy's names of units, such as ``"M"`` for the starts of months and ``"W"`` for Mondays; or a
        span of one or more units, such as ``np.timedelta64(15, "m")``, whose multiples count from 1970 on.

    Returns
    -------
    Array
        Of the dtype and shape of `x`. NaT for NaT, and where the dtype does not express the result.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    ArgumentError, ArgumentTypeError
        If there is no such unit, or the span is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxp as xp
    >>> xp.dates.floor(np.asarray(["2024-02-29T12:34"], "M8[m]"), np.timedelta64(15, "m"))
    Array(['2024-02-29T12:30'], dtype=datetime64[m])
    >>> xp.dates.floor(np.asarray(["2024-02-29"], "M8[D]"), "W")
    Array(['2024-02-26'], dtype=datetime64[D])
    """
    return _rounded("floor", rounding.floor, x, unit)


def round(x: Operand, unit: Span, /) -> Array:
    """Return the closest points in time that are whole in a unit.

    Of two that are as close, it is the one with an even number of units.

    Parameters
    ----------
    x : array
        Of a datetime64 dtype.
    unit : str or timedelta
        One of numpy's names of units, such as ``"M"`` for the starts of months and ``"W"`` for Mondays; or a
        span of one or more units, such as ``np.timedelta64(15, "m")``, whose multiples count from 1970 on.

    Returns
    -------
    Array
        Of the dtype and shape of `x`. NaT for NaT, and where the dtype does not express the result.

    Raises
    ------
    DTypeError
        If `x` has another dtype.
    ArgumentError, ArgumentTypeError
        If there is no such unit, or the span is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxp as xp
    >>> xp.dates.round(np.asarray(["2024-02-29T12:34:56"], "M8[s]"), "D")
    Array(['2024-03-01T00:00:00'], dtype=datetime64[s])
    """
    return _rounded("round", rounding.round_, x, unit)


def _rounded(function: str, recipe: Callable[..., Any], x: Operand, unit: Span) -> Array:
    array = points(x, function)
    grid = _grid(unit, function)
    if grid.number == 1 and UNITS.index(grid.unit) >= UNITS.index(array.dtype.unit):
        return new_array(array.dtype, array._planes)
    return new_array(array.dtype, (recipe(array._planes[0], array.dtype, grid),))


_MONDAY = -3
"""The Monday before 1970, in days."""


def _grid(unit: object, function: str) -> Grid:
    if isinstance(unit, str):
        if unit not in UNITS:
            raise ArgumentError(
                f"dates.{function}: {unit!r} is not a unit; the units are {', '.join(UNITS)}, and "
                "np.timedelta64(15, 'm') is a span of several"
            )
        unit = np.timedelta64(1, unit)  # type: ignore[call-overload]  # not any text
    if isinstance(unit, timedelta):
        unit = of_python(unit, f"dates.{function}")
    if not isinstance(unit, np.timedelta64):
        raise ArgumentTypeError(
            f"dates.{function}: a unit is text such as 'M', or a span such as np.timedelta64(15, 'm'), not "
            f"{unit!r} of type {type(unit).__name__}"
        )
    name, size = np.datetime_data(unit.dtype)
    count = int(unit.astype(np.int64)) * size
    if np.isnat(unit) or count <= 0 or name not in UNITS:
        raise ArgumentError(
            f"dates.{function}: the span must be positive and in one of the units {', '.join(UNITS)}, "
            f"not {unit!r}"
        )
    if name == "W":
        return Grid("D", 7 * count, _MONDAY)
    for coarser in ("D", "h", "m", "s", "ms", "us"):
        if name in units.SPANS and (count * units.SPANS[name]) % units.SPANS[coarser] == 0:
            return Grid(coarser, count * units.SPANS[name] // units.SPANS[coarser])
    return Grid(name, count)
