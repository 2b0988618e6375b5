"""Conversion of traced columns to dtypes, with the names and the meaning of pandas."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

import numpy as np

from onnxp import nulls
from onnxp._src.array.array import Array
from onnxp._src.dtypes import as_dtype, string
from onnxp._src.namespace import namespace
from onnxp.errors import ArgumentError, DTypeError, FrameError
from onnxp.sklearn import _absent, _categories, _mixed, _nullable
from onnxp.sklearn._lookup import look_up
from onnxp.sklearn._periods import ordinals, period_of
from onnxp.sklearn._strftime import written
from onnxp.sklearn._validity import require

_whole: WeakSet[Any] = WeakSet()
"""The planes of arrays of floating-point numbers that are integers in pandas if nothing is missing."""


def as_whole(x: Array) -> Array:
    """Note that floating-point numbers are integers, or NaN for what is missing; return them."""
    _whole.add(x._planes[0])
    return x


def holds_whole(x: Array) -> bool:
    """Return whether elements are integers, or floating-point numbers that stand for some."""
    return x.dtype.family == "int" or x._planes[0] in _whole


def without_nulls(x: Array) -> Array:
    """Return the elements as steps of scikit-learn get them: labels are text; nulls are NaN, or empty text."""
    xp = namespace()
    if x.dtype.family == "category":
        text: Array = xp.astype(x, string)
        return text
    if not x.dtype.is_nullable:
        return x
    if (array := _nullable.input_of(x)) is not None:
        return array
    if x.dtype.plain is string:
        return nulls.fill_null(x, "")
    kind = x.dtype.plain
    return nulls.fill_null(x if kind.family == "float" else xp.astype(x, "float64?"), np.nan)


def as_categories(x: Array, categories: _categories.Categories) -> Any:
    """Return an array with categories; elements that are none of them are missing."""
    values = categories.values
    if x.dtype.is_nullable or x.dtype.family not in ("string", "float", "int", "uint"):
        raise FrameError(f"astype: {x.dtype} gets no categories; convert it to text or numbers")
    among = look_up(x, values, np.ones(len(values), dtype=np.int64), 0) == 1
    if x.dtype is string:
        result = _absent.note(namespace().where(among, x, ""), ~among)
    else:
        result = namespace().where(among, namespace().astype(x, namespace().float64), np.nan)
    return _categories.note(result, categories)


def converted(x: Array, dtype: Any) -> Any:
    """Return an array in a dtype of Python, numpy or pandas, as ``astype`` of pandas gives it.

    Raises
    ------
    FrameError
        If models do not convert the elements to it.
    """
    categories = _categories.of_dtype(dtype)
    if categories is not None:
        return as_categories(x, categories)
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", str(dtype))
    if (period := period_of(x)) is not None and dtype is not object and name != "object":
        is_text = dtype is str or name in ("str", "string")
        x = written(x, period.form) if is_text else x if period.is_date else ordinals(x)
    if name == "category":
        return x
    if name in ("object", "O") or dtype is object:
        return _without_categories(x)
    if x.dtype.is_nullable:
        return _converted_nulls(x, dtype, name)
    if dtype is str or name in ("str", "string", "string[python]", "string[pyarrow]"):
        if _mixed.texts_of(x) is not None:
            raise FrameError(
                "astype(str) of text in which replace has put numbers: other texts are left, beside which a "
                "model has no numbers; replace texts by texts, such as '0'"
            )
        if x._planes[0] in _whole:
            unknown = namespace().isnan(x)
            x = namespace().astype(namespace().where(unknown, 0, x), namespace().int64)
            text = namespace().where(unknown, "", namespace().astype(x, string))
            return _absent.note(text, unknown)
        if x.dtype.family == "datetime":
            raise FrameError(
                "astype(str) of points in time depends on the other rows: pandas leaves out the time of day if "
                "that is midnight in all; write df['column'].dt.strftime('%Y-%m-%d %H:%M:%S')"
            )
        try:
            return _text(x) if x.dtype is string else namespace().astype(x, string)
        except DTypeError as error:
            raise FrameError(str(error)) from None
    if name.startswith(("Int", "UInt", "Float")) or name == "boolean":  # pandas' nullable dtypes
        x = nulls.null_from_nan(x) if x.dtype.family == "float" else x
        return namespace().astype(x, as_dtype(name))
    try:
        target = as_dtype(np.dtype(dtype))
    except TypeError as error:
        raise ArgumentError(f"astype: {dtype!r} is not a dtype of a traced column") from error
    if x.dtype is string and target.family == "float":
        x = namespace().where(x == "", "nan", x)
    if x.dtype.family == "float" and target.family in ("int", "uint"):
        require(~namespace().isnan(x))  # pandas raises an error
    return namespace().astype(x, target)


def _text(x: Array) -> Array:
    """Return text as the text that pandas makes of it."""
    categories = _categories.categories_of(x)
    if categories is None or not categories.beside_missing:
        return x
    missing = _absent.mask_of(x)
    other = look_up(x, categories.values, categories.beside_missing, "")
    text: Array = namespace().where(namespace().any(missing), other, x)
    _absent.note(text, missing)
    return text


def _without_categories(x: Array) -> Array:
    """Return what categories stand for: intervals of whole numbers stay such, whatever is missing."""
    categories = _categories.categories_of(x)
    if categories is None or not categories.beside_missing:
        return x
    missing = _absent.mask_of(x)
    text: Array = namespace().where(missing, "", x)
    _absent.note(text, missing)
    return text


def _converted_nulls(x: Array, dtype: Any, name: str) -> Any:
    """Convert elements that may be null, which pandas' nullable dtypes keep; NaN stands for them in others."""
    if dtype is str or name in ("str", "string", "string[python]", "string[pyarrow]"):
        return namespace().astype(x, "string?")
    is_nullable = name.startswith(("Int", "UInt", "Float")) or name == "boolean"
    target = as_dtype(name if is_nullable else np.dtype(dtype))
    if target.is_nullable:
        return namespace().astype(x, target)
    if target.family == "float":
        is_text = x.dtype.plain is string
        return namespace().astype(
            nulls.fill_null(x, "nan") if is_text else without_nulls(x), target
        )
    require(~nulls.isnull(x))  # pandas raises an error
    return namespace().astype(nulls.get_data(x), target)
