"""Values for keys, an extension of the standard."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np

from onnxp._src import dtypes, ops
from onnxp._src.api.creation import asarray, full
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.defined import definable
from onnxp._src.array.operands import Operand, as_array
from onnxp._src.dtypes import DType, labels, strings
from onnxp._src.dtypes.moments import Moment
from onnxp._src.graph.values import constant
from onnxp._src.lowering.lookup import look_up
from onnxp.errors import ArgumentTypeError, DTypeError

_Host = np.ndarray[Any, Any]
_NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)
_TIMES = (*get_args(Moment), np.datetime64, np.timedelta64)


@definable
def map(
    x: Operand, mapping: Mapping[Any, Any], /, *, default: object = None, dtype: object = None
) -> Array:
    """Replace each element by the value that a mapping has for it.

    Parameters
    ----------
    x : array
        Of dtype bool, string, or an integer, real floating-point, datetime64, timedelta64 or category dtype.
    mapping : dict
        From elements to numbers, truth values, text or times, which have a common dtype. Keys are compared in
        the dtype of `x`, and those that it does not have, such as other labels, equal nothing. NaN and NaT may
        be keys.
    default : scalar, optional
        The value for other elements. By default what is missing: NaN, NaT or a missing label, or null, so that
        the result of integers, truth values and text is nullable.
    dtype : dtype, optional
        Of the result; by default that of the values and `default`.

    Returns
    -------
    Array
        Of the shape of `x`. Text and integers take one node, a hash table in the model.

    Raises
    ------
    DTypeError
        If `x` is complex, or a key is not of its kind.
    ArgumentTypeError
        If `mapping` is not a dict or another mapping.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.map(xp.asarray(["S", "XL", "M"]), {"S": 1, "M": 2, "L": 3}, default=0)
    Array([1, 0, 2], dtype=int64)
    >>> xp.map(xp.asarray([3, 1]), {1: 0.5})
    Array([nan, 0.5], dtype=float64)
    >>> xp.map(xp.asarray(["S", "XL"]), {"S": 1})
    Array([1, null], dtype=int64?)
    """
    array = as_array(x, "map")
    if not isinstance(mapping, Mapping):
        raise ArgumentTypeError(
            f"map: a dict is needed, not {mapping!r} of type {type(mapping).__name__}; "
            "write dict(zip(keys, values))"
        )
    values = _values(list(mapping.values()), default, dtype)
    if array.dtype.family == "category":
        return _of_labels(array, list(mapping), values)
    keys, kept = _keys(list(mapping), array.dtype)
    if not len(keys):
        return full(array.shape, values[-1])
    plane = array._planes[0]
    if array.dtype.family not in ("string", "float"):
        plane = ops.cast(plane, dtypes.int64)
    data = values._numpy()[[*kept, -1]]
    table = list(values.dtype.split(data))
    return new_array(values.dtype, look_up(plane, keys, table, values.dtype))


def _of_labels(array: Array, keys: list[Any], values: Array) -> Array:
    """Return the values of labels, by their codes; the last one is that of others, and of missing labels."""
    known = {"", *array.dtype.categories}
    places = np.full(len(array.dtype.categories) + 1, len(keys))
    for i, key in enumerate(keys):
        if not isinstance(key, str) or key in known:  # other text equals no label
            code = labels.known_codes(np.asarray(key, object), array.dtype, "map")
            places[int(code)] = i
    table = values.dtype.split(values._numpy()[places])
    planes = tuple(ops.gather(constant(plane), array._planes[0], 0) for plane in table)
    return new_array(values.dtype, planes)


def _values(values: list[Any], default: object, dtype: object) -> Array:
    """Return the values and the default behind them."""
    if default is not None:
        return asarray([*values, default], dtype=dtype)
    results = asarray(values, dtype=dtype)
    if results.dtype.family == "category":
        return asarray([*values, ""], dtype=dtype)
    if results.dtype.unit:
        missing: Any = results.dtype.numpy.type("NaT", results.dtype.unit)
    elif results.dtype.family in ("float", "complex"):
        missing = math.nan
    else:
        return asarray([*results.tolist(), None], dtype=dtypes.nullable(results.dtype))
    return asarray(np.append(results._numpy(), np.asarray(missing, results.dtype.numpy)))


def _keys(keys: list[Any], dtype: DType) -> tuple[_Host, list[int]]:
    """Return keys as elements are stored, and the positions of those that are elements of the dtype.

    Raises
    ------
    DTypeError
        If one is of another kind.
    """
    if dtype.family == "complex":
        raise DTypeError(f"map: {dtype} is not supported; map the real parts")
    if dtype.family == "string":
        for key in keys:
            strings.check(key, "map: a key")
        return np.array(keys, object), list(range(len(keys)))
    kinds = _TIMES if dtype.unit else _NUMBERS
    for key in keys:
        if not isinstance(key, kinds):
            raise DTypeError(
                f"map: the key {key!r} of type {type(key).__name__} is not an element of an array of {dtype}"
            )
    if dtype.unit:
        times = asarray(keys, dtype=dtype) if keys else asarray(np.empty(0, dtype.numpy))
        data = times._numpy()
        missing = np.isnat(data)
        # 90 minutes are no element of hours
        kept = [
            i for i, key in enumerate(keys) if missing[i] or data[i] == np.asarray(asarray(key))
        ]
        return data[kept].view(np.int64), kept
    if dtype.family == "float":
        with np.errstate(over="ignore"):
            numbers = np.array(keys, dtype.numpy)
        first = np.unique(numbers, return_index=True)[1]
        return numbers[first], first.tolist()
    low, high = (0, 1) if dtype.family == "bool" else dtypes.int_range(dtype)
    kept = [
        i for i, key in enumerate(keys) if key == key and low <= key <= high and key == int(key)
    ]
    whole = np.array([int(keys[i]) for i in kept], np.uint64 if low == 0 else np.int64)
    return whole.astype(np.int64), kept
