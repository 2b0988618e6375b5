"""Look-up of elements among constant keys: of text and integers by a hash table, of floats by a search."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import DType, float32, int64, string
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering import sorting
from onnxp._src.lowering.elementwise import integers
from onnxp._src.ops import ml
from onnxp._src.ops.targets import target_of

_Host = np.ndarray[Any, Any]

_ENCODED = (int64, string, float32)
"""The dtypes of the values of a LabelEncoder; the others are gathered."""


def look_up(x: Value, keys: _Host, table: list[_Host], dtype: DType) -> tuple[Value, ...]:
    """Replace elements by the planes of the values of their keys; the last value is that of others.

    Parameters
    ----------
    x : Value
        Of dtype string or int64, or floating-point.
    keys : array
        Distinct; of text as objects, of int64, or of the dtype of `x`.
    table : list of array
        The values in each plane.
    dtype : DType
        The dtype of the values.
    """
    if x.dtype.family == "float":
        places = _search(x, keys)
        if dtype is int64 and np.array_equal(table[0], np.arange(len(keys) + 1)):
            return (places,)
    elif not target_of(x).ml:
        places = _matched(x, keys)
    elif dtype in _ENCODED:
        return (ml.label_encoder(x, keys, table[0][:-1], table[0][-1]),)
    else:
        places = ml.label_encoder(x, keys, np.arange(len(keys)), np.int64(len(keys)))
    return tuple(ops.gather(constant(plane), places, 0) for plane in table)


def _matched(x: Value, keys: _Host) -> Value:
    """Return the positions of elements among keys by comparing with each; others have the position behind."""
    equal = ops.equal(ops.unsqueeze(x, (len(x.shape),)), constant(keys))
    count = ops.scalar(len(keys), int64)
    places = ops.where(equal, constant(np.arange(len(keys))), count)
    return ops.reduce_min(places, (len(x.shape),)) if len(keys) else ops.expand(count, x.shape)


def _search(x: Value, keys: _Host) -> Value:
    """Return the positions of elements among keys; NaN equals NaN, and others have the position behind."""
    count = ops.scalar(len(keys), int64)
    is_nan = np.isnan(keys)
    numbers = np.flatnonzero(~is_nan)
    order = numbers[np.argsort(keys[numbers], kind="stable")]
    result = count
    if len(order):
        ordered = constant(keys[order])
        place = sorting.searchsorted(ordered, x, "left")
        place = integers.minimum(place, ops.scalar(len(order) - 1, int64))
        is_key = ops.equal(ops.gather(ordered, place, 0), x)
        result = ops.where(is_key, ops.gather(constant(order), place, 0), count)
    if is_nan.any():
        result = ops.where(ops.is_nan(x), ops.scalar(int(np.argmax(is_nan)), int64), result)
    return ops.expand(result, x.shape)
