"""Tables of categories, in which the elements of a traced array are looked up."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.array.array import Array
from onnxp._src.dtypes import string
from onnxp._src.namespace import namespace
from onnxp.errors import DTypeError

_Host = np.ndarray[Any, Any]


def is_missing(value: object) -> bool:
    """Return whether a Python object stands for a missing value: None, NaN, or pandas' NA."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | np.floating) and bool(value != value)


def look_up(x: Array, keys: Any, values: Any, default: Any) -> Any:
    """Replace each element by the value of its key, or by `default` where there is no key.

    Parameters
    ----------
    x : array
        Text or numbers.
    keys : array_like
        The distinct keys. None and NaN are keys of missing values: of NaN among numbers, of ``""`` among text.
    values : array_like
        A value for each key: numbers or text.
    default : number or str
        The value for other elements, of the kind of the values.

    Raises
    ------
    DTypeError
        If the keys are numbers, but `x` is text, or the other way round.
    """
    keys, missing = _split(keys)
    values = np.asarray(values)
    is_text = x.dtype is string
    if len(keys) and (keys.dtype.kind == "U") != is_text:
        kind = "text" if keys.dtype.kind == "U" else "numbers"
        raise DTypeError(
            f"the array is {x.dtype}, but it is compared with categories that are {kind}"
        )
    if is_text:
        return _of_text(x, keys, missing, values, default)
    return _of_numbers(x, keys, missing, values, default)


def _split(keys: Any) -> tuple[_Host, list[int]]:
    """Return the keys in one numpy dtype, without the missing ones, and the positions of the latter."""
    array = np.asarray(keys) if hasattr(keys, "dtype") else np.asarray(keys, dtype=object)
    if array.dtype.kind not in "OfT":
        return array, []
    elements = array.tolist()
    missing = [i for i, key in enumerate(elements) if is_missing(key)]
    if array.dtype.kind == "f":
        return array[~np.isnan(array)], missing
    rest = [key for key in elements if not is_missing(key)]
    return (np.asarray(rest) if rest else np.empty(0, np.int8)), missing


def _of_text(x: Array, keys: _Host, missing: list[int], values: _Host, default: Any) -> Any:
    xp = namespace()
    places = [i for i in range(len(values)) if i not in missing]
    texts = keys.tolist()
    if missing and "" not in texts:
        texts, places = [*texts, ""], [*places, missing[0]]
    if not texts:
        return xp.full(x.shape, default, dtype=_dtype(values))
    if values.dtype.kind in "biu":
        return _label(x, texts, values[places].tolist(), int(default))
    if values.dtype.kind in "UO":
        return _label(x, texts, [str(v) for v in values[places]], str(default))
    codes = _label(x, texts, places, len(values))
    return xp.take(xp.asarray(np.append(values, values.dtype.type(default))), codes, axis=0)


def _label(x: Array, keys: list[Any], values: list[Any], default: Any) -> Any:
    """Record a LabelEncoder: one node, by a hash table."""
    kind_in = "strings" if isinstance(keys[0], str) else "int64s"
    kind_out = "strings" if isinstance(values[0], str) else "int64s"
    attributes = {
        f"keys_{kind_in}": keys,
        f"values_{kind_out}": values,
        f"default_{kind_out.removesuffix('s')}": default,
    }
    result: Array = namespace().onnx.op(
        "LabelEncoder", x, domain="ai.onnx.ml", version=2, **attributes
    )
    return result


def _of_numbers(x: Array, keys: _Host, missing: list[int], values: _Host, default: Any) -> Any:
    xp = namespace()
    places = np.asarray([i for i in range(len(values)) if i not in missing], dtype=np.int64)
    if x.dtype.family == "bool":
        x, keys = xp.astype(x, xp.int64), keys.astype(np.int64)
    common = np.result_type(x.dtype.numpy, keys.dtype)
    table = np.append(values, np.asarray(default, dtype=values.dtype))
    if not len(keys):
        codes = xp.full(x.shape, len(values), dtype=xp.int64)
    elif common.kind in "iu" and common != np.uint64:
        whole = xp.astype(x, xp.int64)
        if table.dtype.kind in "iu" and not missing:
            return _label(whole, keys.tolist(), table[places].tolist(), int(default))
        codes = _label(whole, keys.tolist(), places.tolist(), len(values))
    else:
        order = np.argsort(keys, kind="stable")
        ordered = xp.asarray(keys[order].astype(common))
        numbers = xp.astype(x, ordered.dtype)
        nearest = xp.minimum(xp.searchsorted(ordered, numbers), len(keys) - 1)
        known = xp.take(ordered, nearest, axis=0) == numbers
        codes = xp.where(known, xp.take(xp.asarray(places[order]), nearest, axis=0), len(values))
    if missing and x.dtype.family == "float":
        codes = xp.where(xp.isnan(x), missing[0], codes)
    if np.array_equal(table, np.arange(len(table))):
        return codes
    return xp.take(xp.asarray(table), codes, axis=0)


def _dtype(values: _Host) -> Any:
    return string if values.dtype.kind in "UO" else values.dtype
