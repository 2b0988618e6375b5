"""Methods of traced frames that go along the rows, from column to column, with the meaning of pandas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.dtypes import string
from onnxp._src.namespace import namespace
from onnxp.errors import ArgumentError


def shifted(columns: Sequence[Array], periods: int, fill_value: Any) -> list[Any]:
    """Return columns moved to the right, or to the left if `periods` is negative.

    Parameters
    ----------
    columns : sequence of Array
        The columns, each of shape (N,).
    periods : int
        By how many columns.
    fill_value : number or str
        What the columns at the end that becomes free have; None for missing values.
    """
    return [
        columns[i - periods] if 0 <= i - periods < len(columns) else _free(column, fill_value)
        for i, column in enumerate(columns)
    ]


def _free(column: Array, fill_value: Any) -> Any:
    if fill_value is None:
        fill_value = "" if column.dtype is string else np.nan
    return namespace().full(column.shape, fill_value)


def differences(columns: Sequence[Array], periods: int) -> list[Any]:
    """Return the columns minus those that are `periods` to the left."""
    return [x - y for x, y in zip(columns, shifted(columns, periods, None), strict=True)]


def changes(columns: Sequence[Array], periods: int) -> list[Any]:
    """Return by which fraction the columns differ from those that are `periods` to the left."""
    return [x / y - 1 for x, y in zip(columns, shifted(columns, periods, None), strict=True)]


def filled_along(columns: Sequence[Array], missing: Sequence[Any], limit: int | None) -> list[Any]:
    """Replace missing elements by the last one before them.

    Parameters
    ----------
    columns : sequence of Array
        The columns, of one dtype.
    missing : sequence of Array
        Which elements are missing.
    limit : int, optional
        How many elements in a row are replaced at most.
    """
    xp = namespace()
    result = list(columns[:1])
    for i, (column, absent) in enumerate(zip(columns, missing, strict=True)):
        if i == 0:
            continue
        if limit is not None and i > limit:  # all of the last elements are missing
            too_many = xp.all(xp.stack(list(missing[i - limit : i]), axis=0), axis=0)
            absent = absent & ~too_many
        result.append(xp.where(absent, result[-1], column))
    return result


def accumulated(name: str, columns: Sequence[Array], skipna: bool) -> list[Any]:
    """Return cumulative sums, products, minima or maxima; what is missing stays so, and is left out.

    Parameters
    ----------
    name : str
        The method of pandas.
    columns : sequence of Array
        The columns, of one dtype.
    skipna : bool
        Whether elements after a missing one are numbers.
    """
    xp = namespace()
    start, function = _CUMULATIVE[name]
    result: list[Any] = []
    total: Any = None
    for column in columns:
        is_float = column.dtype.family == "float"
        absent = xp.isnan(column) if is_float and skipna else None
        term = column if absent is None else xp.where(absent, start, column)
        total = term if total is None else function(xp, total, term)
        result.append(total if absent is None else xp.where(absent, column, total))
    return result


_CUMULATIVE: dict[str, tuple[float, Callable[[Any, Any, Any], Any]]] = {
    "cumsum": (0.0, lambda xp, x, y: x + y),
    "cumprod": (1.0, lambda xp, x, y: x * y),
    "cummin": (np.inf, lambda xp, x, y: xp.minimum(x, y)),
    "cummax": (-np.inf, lambda xp, x, y: xp.maximum(x, y)),
}


def ranks(block: Array, method: str, ascending: bool, na_option: str, pct: bool) -> Any:
    """Return the ranks of the elements of each row, from 1, as float64 of the shape of `block`.

    Raises
    ------
    ArgumentError
        If a method or an option is not one of pandas'.
    """
    if method not in ("average", "min", "max", "first", "dense"):
        raise ArgumentError(
            f"rank: method must be 'average', 'min', 'max', 'first' or 'dense', not {method!r}"
        )
    if na_option not in ("keep", "top", "bottom"):
        raise ArgumentError(f"rank: na_option must be 'keep', 'top' or 'bottom', not {na_option!r}")
    xp = namespace()
    values = xp.astype(block, xp.float64)
    absent = xp.isnan(values)
    if na_option != "keep":
        at_the_start = (na_option == "top") == ascending
        values = xp.where(absent, -np.inf if at_the_start else np.inf, values)
    mine, other = values[:, :, None], values[:, None, :]
    before = (other < mine) if ascending else (other > mine)
    equal = other == mine
    earlier = _is_before(values) & equal
    if method == "dense":
        is_first = ~xp.any(earlier, axis=2) & (values == values)
        before = before & is_first[:, None, :]
    less, same, so_far = (_count(condition) for condition in (before, equal, earlier))
    rank = {
        "average": less + (same + 1) / 2,
        "min": less + 1,
        "max": less + same,
        "first": less + so_far + 1,
        "dense": less + 1,
    }[method]
    if na_option == "keep":
        rank = xp.where(absent, np.nan, rank)
    if not pct:
        return rank
    if method == "dense":
        return rank / xp.max(xp.where(xp.isnan(rank), 0.0, rank), axis=1, keepdims=True)
    return rank / _count(values == values)[:, None]


def _is_before(block: Array) -> Any:
    """Return whether the column of the second axis comes before that of the first."""
    xp = namespace()
    return xp.tril(xp.ones((block.shape[1], block.shape[1]), dtype=xp.bool), k=-1)


def _count(condition: Any) -> Any:
    xp = namespace()
    return xp.sum(xp.astype(condition, xp.float64), axis=-1)


def distinct(block: Array, missing: Any, dropna: bool) -> Any:
    """Return how many different elements each row has, int64 of shape (N,)."""
    xp = namespace()
    equal = block[:, :, None] == block[:, None, :]
    if block.dtype.family == "float":
        equal = equal | (missing[:, :, None] & missing[:, None, :])
    earlier = _is_before(block) & equal
    is_first = ~xp.any(earlier, axis=2)
    return xp.sum(xp.astype(is_first & ~missing if dropna else is_first, xp.int64), axis=1)
