"""Nodes that numpy evaluates, alone and of large data that are known, where the kernels are slow.

The bits are those of the kernels, except that Where of numpy keeps the sign of each zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from onnxp._src.dtypes import float32, float64
from onnxp._src.graph.values import Function, Node, Promise, Value
from onnxp._src.shapes.shape import is_static

if TYPE_CHECKING:
    import numpy as np

DataOf = Callable[[Value], "np.ndarray[Any, Any]"]

_EXTREMES = frozenset({"max", "min", "argmax", "argmin"})
_MANY = 10_000  # elements
SLOW_KERNELS = frozenset({"GatherElements", "Transpose", "Where"})
"""The operators, besides functions, that numpy may evaluate."""


def by_numpy(value: Value, node: Node, data_of: DataOf) -> np.ndarray[Any, Any] | None:
    """Return the elements of a value, or None if kernels are to compute them.

    Parameters
    ----------
    value : Value
        The only output of the node.
    node : Node
        What makes it.
    data_of : callable
        Evaluates an input.
    """
    op = node.op
    if op == "Transpose":
        return _transposed(value, node, data_of)
    if op == "Where":
        return _chosen(value, node, data_of)
    if op == "GatherElements":
        return _taken(value, node)
    if isinstance(op, Function) and op.name in _EXTREMES and op.promise is not None:
        return _extreme(node, op.name, op.promise)
    return None


def _has_many(value: Value) -> bool:
    return is_static(value.shape) and math.prod(value.shape) >= _MANY


def _transposed(value: Value, node: Node, data_of: DataOf) -> np.ndarray[Any, Any] | None:
    """Transpose: the kernel is slow if several axes move (onnxruntime 1.20.1 to 1.32.0)."""
    (x,) = node.inputs
    assert x is not None
    if x.data is None and not _has_many(value):
        return None
    return data_of(x).transpose(dict(node.attributes)["perm"]).copy("C")


def _chosen(value: Value, node: Node, data_of: DataOf) -> np.ndarray[Any, Any] | None:
    """Choose: the kernel is slow if the condition is random (onnxruntime 1.20.1 to 1.32.0)."""
    condition, a, b = node.inputs
    assert condition is not None
    assert a is not None
    assert b is not None
    if a.data is None or b.data is None or not _has_many(value):
        return None
    import numpy as np

    return np.where(data_of(condition), a.data, b.data)


def _taken(value: Value, node: Node) -> np.ndarray[Any, Any] | None:
    """Take elements of a vector: the kernel takes twice as long (onnxruntime 1.20.1 to 1.32.0)."""
    x, indices = node.inputs
    assert x is not None
    assert indices is not None
    if x.data is None or indices.data is None or x.data.ndim != 1 or not _has_many(value):
        return None
    import numpy as np

    try:
        return np.take(x.data, indices.data)
    except IndexError:  # the kernel says which
        return None


def _extreme(node: Node, name: str, promise: Promise) -> np.ndarray[Any, Any] | None:
    """Find extremes: the kernels ignore NaN, so the recorded function looks for it first."""
    x = node.inputs[0]
    if x is None or x.data is None or x.data.size < _MANY or x.dtype not in (float32, float64):
        return None
    import numpy as np

    keepdims = promise.reduces == "keepdims"
    if name in ("argmax", "argmin"):
        (axis,) = promise.axes
        return np.asarray(getattr(np, name)(x.data, axis=axis, keepdims=keepdims))
    result = np.asarray(getattr(np, name)(x.data, axis=promise.axes, keepdims=keepdims))
    # which zero, and which NaN it is, is left to the kernels
    return result if (abs(result) > 0).all() else None
