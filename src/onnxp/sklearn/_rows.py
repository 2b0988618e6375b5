"""Reductions of traced frames along their rows, with the meaning of pandas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.dtypes import bool_
from onnxp._src.namespace import namespace
from onnxp.errors import FrameError


def reduced(name: str, block: Array, *, skipna: bool, ddof: int = 1, min_count: int = 0) -> Any:
    """Reduce an array of rows and columns of numbers or times to one element for each row.

    Parameters
    ----------
    name : str
        The method of pandas.
    block : array
        The numbers.
    skipna : bool
        Whether to leave out NaN and NaT.
    ddof : int
        What to subtract from the number of elements in variances.
    min_count : int
        How many elements a row must have, so that the result is not NaN or NaT.

    Raises
    ------
    FrameError
        If the elements are times, and only numbers have the reduction.
    """
    xp = namespace()
    if block.dtype is bool_:
        block = xp.astype(block, xp.int64)
    is_time = bool(block.dtype.unit)
    is_float = block.dtype.family == "float"
    if name in ("mean", "median", "var", "std") and not (is_float or is_time):
        block, is_float = xp.astype(block, xp.float64), True
    missing = xp.isnan(block) if is_float or is_time else None
    left_out = missing if skipna else None
    if is_time:
        result = _of_times(name, block, left_out)
    else:
        result = REDUCTIONS[name](block, left_out, ddof)
    if min_count < 1:
        return result
    if missing is None:  # integers, of which each row has as many
        return result if block.shape[1] >= min_count else xp.full(result.shape, np.nan)
    return xp.where(_count(block, missing) < min_count, _nothing(block), result)


def _of_times(name: str, block: Array, missing: Array | None) -> Any:
    if name not in ("min", "max", "sum", "mean"):
        raise FrameError(
            f"{name}(axis=1) of {block.dtype}: times have min, max, sum and mean; convert spans to numbers, by "
            "dt.total_seconds()"
        )
    if name in ("min", "max"):
        return REDUCTIONS[name](block, missing, 0)
    if block.dtype.family == "datetime":
        raise FrameError(f"{name}(axis=1) of {block.dtype}: points in time have min and max only")
    xp = namespace()
    if name == "sum":
        return xp.sum(_filled(block, missing, block.dtype.type(0, block.dtype.unit)), axis=1)
    unknown = xp.isnan(block)
    units = xp.where(unknown, 0.0, xp.astype(xp.astype(block, xp.int64), xp.float64))
    count = xp.sum(xp.astype(~unknown, xp.int64), axis=1)
    mean = xp.sum(units, axis=1) / xp.maximum(count, 1)  # cut to whole units, as by pandas
    no_mean = count == 0 if missing is not None else xp.any(unknown, axis=1)
    spans = xp.astype(xp.astype(mean, xp.int64), block.dtype)
    return xp.where(no_mean, _nothing(block), spans)


def _sum(block: Array, missing: Array | None, ddof: int) -> Any:
    return namespace().sum(_filled(block, missing, 0.0), axis=1)


def _prod(block: Array, missing: Array | None, ddof: int) -> Any:
    return namespace().prod(_filled(block, missing, 1.0), axis=1)


def _mean(block: Array, missing: Array | None, ddof: int) -> Any:
    return _sum(block, missing, ddof) / _count(block, missing)


def _var(block: Array, missing: Array | None, ddof: int) -> Any:
    xp = namespace()
    centered = _filled(block - _mean(block, missing, ddof)[:, None], missing, 0.0)
    total = xp.sum(centered * centered, axis=1)
    free = _count(block, missing) - ddof
    return total / free if missing is None else xp.where(free > 0, total / free, xp.nan)


def _std(block: Array, missing: Array | None, ddof: int) -> Any:
    return namespace().sqrt(_var(block, missing, ddof))


def _min(block: Array, missing: Array | None, ddof: int) -> Any:
    least = namespace().min(_filled(block, missing, _limit(block, 1)), axis=1)
    return _or_nothing(least, missing)


def _max(block: Array, missing: Array | None, ddof: int) -> Any:
    greatest = namespace().max(_filled(block, missing, _limit(block, -1)), axis=1)
    return _or_nothing(greatest, missing)


def _median(block: Array, missing: Array | None, ddof: int) -> Any:
    """Return the middle of the sorted elements, of which each row has its own number."""
    xp = namespace()
    is_nan = xp.isnan(block)
    ordered = xp.sort(xp.where(is_nan, xp.inf, block), axis=1)
    count = _count(block, is_nan)
    low = xp.maximum(count - 1, 0) // 2
    high = xp.minimum(count // 2, block.shape[1] - 1)
    a, b = (xp.take_along_axis(ordered, i[:, None], axis=1)[:, 0] for i in (low, high))
    unknown = xp.any(is_nan, axis=1) if missing is None else count == 0
    return xp.where(unknown, xp.nan, xp.where(low == high, a, (a + b) / 2))


REDUCTIONS: dict[str, Callable[[Array, Array | None, int], Any]] = {
    "sum": _sum,
    "prod": _prod,
    "mean": _mean,
    "var": _var,
    "std": _std,
    "min": _min,
    "max": _max,
    "median": _median,
}


def _filled(block: Array, missing: Array | None, value: Any) -> Any:
    return block if missing is None else namespace().where(missing, value, block)


def _count(block: Array, missing: Array | None) -> Any:
    xp = namespace()
    return block.shape[1] if missing is None else xp.sum(xp.astype(~missing, xp.int64), axis=1)


def _or_nothing(result: Any, missing: Array | None) -> Any:
    """Return results, and NaN or NaT for rows without elements."""
    if missing is None:
        return result
    xp = namespace()
    return xp.where(xp.all(missing, axis=1), _nothing(result), result)


def _nothing(block: Array) -> Any:
    """Return the missing element of a dtype, NaN or NaT."""
    return block.dtype.type("NaT", block.dtype.unit) if block.dtype.unit else np.nan


def _limit(block: Array, sign: int) -> Any:
    """Return an element that no other one exceeds, or of which no other one falls short."""
    if block.dtype.unit:
        return block.dtype.type(sign * np.iinfo(np.int64).max, block.dtype.unit)
    return sign * np.inf


class Row:
    """A condition for each column, on all rows, or a count: an example can decide a branch on it.

    Parameters
    ----------
    values : mapping of Array
        The conditions or counts, of shape (), by the name of the column.
    """

    __onnxp_traced__ = True

    def __init__(self, values: Mapping[Any, Array]) -> None:
        self._values = dict(values)

    def any(self) -> Any:
        """Return whether any of the conditions is true."""
        return namespace().any(namespace().stack(list(self._values.values())))

    def all(self) -> Any:
        """Return whether all conditions are true."""
        return namespace().all(namespace().stack(list(self._values.values())))

    def sum(self) -> Any:
        """Return the sum of the counts."""
        return namespace().sum(namespace().stack(list(self._values.values())))

    def __getitem__(self, name: Any) -> Any:
        return self._values[name]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray([bool(value) for value in self._values.values()], dtype)


def place_of_extreme(name: str, block: Array, names: list[Any]) -> Any:
    """Return the name of the column with the least or the greatest element of each row, the first of several.

    Raises
    ------
    FrameError
        If the names are of several kinds.
    """
    xp = namespace()
    labels = np.asarray(names)
    if labels.dtype.kind not in "iU" or any(isinstance(n, str) for n in names) == (
        labels.dtype.kind == "i"
    ):
        raise FrameError(f"no column has the names {names} as elements: they are of several kinds")
    if block.dtype.family == "float" or block.dtype.unit:
        sign = 1 if name == "argmin" else -1
        block = xp.where(xp.isnan(block), _limit(block, sign), block)
    return xp.take(xp.asarray(labels), getattr(xp, name)(block, axis=1))
