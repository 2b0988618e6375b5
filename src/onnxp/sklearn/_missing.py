"""Elements of arrays that are missing, and the replacement of elements, with the meaning of pandas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from onnxp import nulls
from onnxp._src.array.array import Array
from onnxp._src.dtypes import BY_NAME, string
from onnxp._src.namespace import namespace
from onnxp.errors import FrameError
from onnxp.sklearn import _absent, _mixed
from onnxp.sklearn._dtype_kinds import is_text
from onnxp.sklearn._lookup import is_missing, look_up
from onnxp.sklearn._periods import are_comparable, as_keys, as_moment, is_nat, period_of
from onnxp.sklearn._periods import note as note_periods


def missing(x: Array) -> Any:
    """Return which elements are missing; NaN is also beside nulls, as in pandas."""
    if x.dtype is string:
        return _absent.mask_of(x)
    null = nulls.isnull(x)
    if x.dtype.plain.family != "float":
        return null
    nan = null | nulls.fill_null(namespace().isnan(x), False)
    text = _mixed.texts_of(x)
    return nan if text is None else nan & ~text


def has_missing(x: Array) -> bool:
    """Return whether the dtype has missing elements."""
    dtype = x.dtype
    return dtype.is_nullable or bool(dtype.unit) or dtype.family in ("string", "float", "category")


def holds_text(x: Array) -> bool:
    """Return whether elements are text or labels, which may be missing."""
    return is_text(x.dtype)


def filled(x: Array, value: Any) -> Any:
    """Replace missing elements."""
    x = _absent.as_text(x) if _is_text(value) else x
    if not has_missing(x) or (not isinstance(value, Array) and is_missing(value)):
        return x
    takes_text = holds_text(x) or (isinstance(value, str) and x.dtype.family == "datetime")
    if isinstance(value, str) != takes_text and not isinstance(value, Array):
        instead = (
            f"fill them with text, such as {str(value)!r}, or convert the column first, by pd.to_numeric"
            if holds_text(x)
            else "fill them with a number, or convert the column by astype(str) before"
        )
        raise FrameError(f"fillna: {value!r} cannot fill missing elements of {x.dtype}; {instead}")
    period = period_of(x)
    result = namespace().where(missing(x), value if period is None else as_moment(value), x)
    if period is not None:
        return note_periods(result, period)
    if x.dtype is string:
        rest = _absent.known(value)
        both = _absent.mask_of(x) & rest if isinstance(rest, Array) else False
        return _absent.note(result, both)
    stays = isinstance(value, Array) and value.dtype.is_nullable
    return result if stays or not x.dtype.is_nullable else nulls.get_data(result)


def combined_first(x: Array, other: Any) -> Any:
    """Replace missing elements by those of another array, in the dtype that numbers of both have."""
    are_numbers = isinstance(other, Array) and not (x.dtype.is_nullable or other.dtype.is_nullable)
    if are_numbers and {x.dtype.family, other.dtype.family} <= {"int", "uint", "float"}:
        common = np.result_type(x.dtype.host, other.dtype.host)
        x = namespace().astype(x, BY_NAME[common.name], copy=False)
    return filled(x, other)


def _is_text(obj: Any) -> bool:
    return isinstance(obj, str) or (isinstance(obj, Array) and holds_text(obj))


def nothing(x: Array) -> Any:
    """Return the missing element of the dtype of an array: None, NaN, NaT or empty text."""
    if x.dtype.is_nullable:
        return None
    if x.dtype.unit:
        return x.dtype.type("NaT", x.dtype.unit)
    return "" if holds_text(x) else np.nan


def chosen(x: Array, condition: Any, other: Any) -> Any:
    """Return the elements where a condition is true, and others elsewhere."""
    x = _absent.as_text(x) if _is_text(other) else x
    is_nothing = not isinstance(other, Array) and is_missing(other)
    period = period_of(x)
    if period is not None:
        other = as_moment(other)
    result = namespace().where(condition, x, nothing(x) if is_nothing else other)
    if period is not None:
        return note_periods(result, period)
    if x.dtype is not string:
        return result
    mask = True if is_nothing else _absent.known(other)
    return _absent.chosen(result, condition, _absent.known(x), mask)


def bounded(x: Array, bound: Any) -> Any:
    """Return a bound of a range, of which missing elements are none."""
    if isinstance(bound, Array):
        return namespace().where(missing(bound), x, bound) if has_missing(bound) else bound
    if isinstance(bound, np.ndarray) and bound.ndim:
        return bounded(x, namespace().asarray(bound))
    return None if is_missing(bound) else bound


def among(x: Array, keys: list[Any]) -> Any:
    """Return which elements are among some values, of which None and NaN stand for what is missing."""
    xp = namespace()
    own = [k for k in keys if is_missing(k) or isinstance(k, str) == holds_text(x)]
    present = [k for k in own if not is_missing(k)]
    if x.dtype.unit:
        result = missing(x) if any(map(is_nat, keys)) else xp.zeros(x.shape, dtype=xp.bool)
        keys = [k for k in present if are_comparable(x, k)]
        for moment, number in zip(keys, as_keys(x, keys), strict=True):
            result = result if number is None else result | (x == as_moment(moment))
        return result
    if x.dtype is string:
        result = look_up(x, present, np.ones(len(present), dtype=np.int64), 0) == 1
        result = result & ~missing(x) if "" in present else result
    elif x.dtype.is_nullable or x.dtype.family == "category":
        result = xp.isin(x, xp.asarray(present, dtype=x.dtype.plain if present else None))
    else:
        return look_up(x, own, np.ones(len(own), dtype=np.int64), 0) == 1
    return result | missing(x) if any(map(is_missing, keys)) else result


NO_VALUE: Any = type("NoValue", (), {"__repr__": lambda self: "no value"})()
"""What `replace` puts in place of values if nothing is said, which pandas refuses."""


def replacements(to_replace: Any, value: Any) -> list[tuple[Any, Any]]:
    """Return old and new values, as ``replace`` of pandas takes them.

    Raises
    ------
    FrameError
        If values of a column are given by its name.
    """
    if not isinstance(to_replace, Mapping):
        if value is NO_VALUE:
            raise FrameError(
                "replace: say what to put in their place, replace(old, new), or pass a dict of old and new"
            )
        olds = to_replace if isinstance(to_replace, list | tuple) else [to_replace]
        news = value if isinstance(value, list | tuple) else [value] * len(olds)
        return list(zip(olds, news, strict=True))
    is_given = value is not None and value is not NO_VALUE
    if is_given or any(isinstance(new, Mapping) for new in to_replace.values()):
        raise FrameError("replace of a column takes a dict of old and new values")
    return list(to_replace.items())


def replaced(x: Array, pairs: list[tuple[Any, Any]]) -> Any:
    """Return an array in which old values are replaced by new ones, one pair after the other."""
    result, is_bool = x, x.dtype.plain.family == "bool"
    for old, new in pairs:
        is_of_kind = (isinstance(old, str), _is_bool(old)) == (holds_text(x), is_bool)
        if not is_of_kind and not is_missing(old):
            continue  # pandas finds no such element either
        is_nothing = is_missing(new)
        old, new = as_moment(old), nothing(x) if is_nothing else as_moment(new)
        if new is not None and (isinstance(new, str), is_bool and not _is_bool(new)) != (
            holds_text(x),
            False,
        ):
            raise FrameError(
                f"replace: {new!r} does not fit the dtype {x.dtype}; write df['column'].map({{...}}), or "
                "replace in columns of text alone, as in df[['a', 'b']].replace({'yes': 1, 'no': 0})"
            )
        is_old = missing(x) if is_missing(old) else x == old
        mask = _absent.known(result)
        result = namespace().where(is_old, new, result)
        if x.dtype is string:
            _absent.chosen(result, is_old, is_nothing, mask)
    period = period_of(x)
    return result if period is None else note_periods(result, period)


def _is_bool(obj: object) -> bool:
    return isinstance(obj, bool | np.bool_)
