"""Tables of categories, in which the elements of a traced array are looked up."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp import nulls
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.dtypes import from_numpy, int64, string
from onnxp._src.dtypes.strings import is_missing as is_missing  # for the other modules
from onnxp._src.lowering import lookup
from onnxp._src.namespace import namespace
from onnxp.errors import DTypeError, FrameError
from onnxp.sklearn import _absent
from onnxp.sklearn._periods import as_keys, is_nat

_Host = np.ndarray[Any, Any]


def as_floats(values: Any, name: str) -> _Host:
    """Return numbers in float64, with NaN for missing ones.

    Raises
    ------
    FrameError
        If an integer is no number of float64; `name` says what looks the numbers up.
    """
    exact = [np.nan if is_missing(value) else value for value in values]
    result = np.asarray(exact, dtype=np.float64)
    for value, number in zip(exact, result.tolist(), strict=True):
        if isinstance(value, int | np.integer) and int(number) != int(value):
            raise FrameError(
                f"{name}: {value} is no number of float64, which a model looks up, with NaN where there is "
                "none; use smaller integers, or text"
            )
    return result


def look_up(x: Array, keys: Any, values: Any, default: Any) -> Any:
    """Replace each element by the value of its key, or by `default` where there is no key.

    Parameters
    ----------
    x : array
        Text, labels, times or numbers, which may be null.
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
    if x.dtype.family == "category":
        x = namespace().astype(x, string)
    if x.dtype.is_nullable:
        found = look_up(nulls.get_data(x), keys, values, default)
        return namespace().where(nulls.isnull(x), _of_missing(keys, values, default), found)
    if x.dtype.unit:
        xp = namespace()
        # None and NaN stand for NaT beside times
        has_nat = any(is_nat(key) or not is_missing(key) for key in keys)
        of_nat = _of_missing(keys, values, default) if has_nat else default
        numbers = as_keys(x, list(keys))
        places = [i for i, number in enumerate(numbers) if number is not None]
        keys = np.asarray([numbers[i] for i in places], dtype=np.int64)
        found = look_up(xp.astype(x, int64), keys, np.asarray(values)[places], default)
        return xp.where(xp.isnan(x), of_nat, found)
    keys, missing = _split(keys)
    values = np.asarray(values)
    is_text = x.dtype is string
    if len(keys) and (keys.dtype.kind == "U") != is_text:
        kind = "text" if keys.dtype.kind == "U" else "numbers"
        raise DTypeError(
            f"the array is {x.dtype}, but it is compared with categories that are {kind}"
        )
    places = [i for i in range(len(values)) if i not in missing]
    if is_text:
        x, keys, places = _as_text(x, keys, missing, places)
    else:
        x, keys, places = _as_numbers(x, keys, missing, places)
    table = _table(values[places], default)
    dtype = string if table.dtype.kind == "O" else from_numpy(table.dtype)
    if not len(keys):
        return namespace().full(x.shape, default, dtype=dtype)
    return new_array(dtype, lookup.look_up(x._planes[0], keys, [table], dtype))


def _of_missing(keys: Any, values: Any, default: Any) -> Any:
    return next((v for k, v in zip(keys, values, strict=True) if is_missing(k)), default)


def look_up_text(x: Array, keys: Any, values: Any) -> Any:
    """Replace each element by the text of its key; text is missing where the key is, or has None or NaN.

    Parameters
    ----------
    x : array
        Text, labels or numbers, which may be null.
    keys, values : array_like
        The distinct keys, and a text for each.
    """
    lacks = [is_missing(value) for value in values]
    texts = np.asarray(["" if lack else value for value, lack in zip(values, lacks, strict=True)])
    result = look_up(x, keys, texts, "")
    if all(text or lack for text, lack in zip(texts.tolist(), lacks, strict=True)):
        return _absent.note(result)
    return _absent.note(result, look_up(x, keys, np.asarray(lacks, dtype=np.int64), 1) == 1)


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


def _as_text(
    x: Array, keys: _Host, missing: list[int], places: list[int]
) -> tuple[Array, _Host, list[int]]:
    """Return text and its keys, among which ``""`` is what is missing, and the positions of their values."""
    texts = keys.tolist()
    if missing and "" not in texts:
        texts, places = [*texts, ""], [*places, missing[0]]
    return x, np.array(texts, dtype=object), places


def _as_numbers(
    x: Array, keys: _Host, missing: list[int], places: list[int]
) -> tuple[Array, _Host, list[int]]:
    """Return numbers and their keys in a dtype that holds both, and the positions of the values."""
    if x.dtype.family == "bool":
        x, keys = namespace().astype(x, int64), keys.astype(np.int64)
    common = np.result_type(x.dtype.numpy, keys.dtype)
    if common.kind in "iu":  # numbers of uint64 are as different as their bits
        return namespace().astype(x, int64), keys.astype(common).astype(np.int64), places
    keys = keys.astype(common)
    if missing and x.dtype.family == "float":
        keys, places = np.append(keys, common.type(np.nan)), [*places, missing[0]]
    return namespace().astype(x, from_numpy(common)), keys, places


def _table(values: _Host, default: Any) -> _Host:
    """Return the values and the default behind them: numbers, or text as objects."""
    if values.dtype.kind in "UO":
        return np.array([*map(str, values), str(default)], dtype=object)
    if values.dtype.kind in "biu":
        return np.append(values, values.dtype.type(default)).astype(np.int64)
    return np.append(values, values.dtype.type(default))
