"""Reductions of known arrays that are recorded again in one step.

To check the arguments of a reduction, and to infer its type, takes as long as to run it for a small array. So
the node that it came to is kept, and recorded again for other arrays of the same dtype and shape.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import NoneType
from typing import Any, NamedTuple, ParamSpec

from onnxp._src.array.array import Array
from onnxp._src.array.base import ArrayBase, new_array
from onnxp._src.dtypes import DType, float32
from onnxp._src.graph.record import record
from onnxp._src.graph.values import Attributes, Op, Value
from onnxp._src.ops.elementwise import ELEMENTWISE_OPERATORS
from onnxp._src.shapes.shape import Shape, is_static

P = ParamSpec("P")

MAX_NODES = 1024
_MAX_CONSTANTS = 64
"""How many elements the constants of a node have at most."""


class _Recorded(NamedTuple):
    """The node of a reduction.

    Attributes
    ----------
    dtype : DType
        The dtype of the array.
    op, attributes : Op, Attributes
        The operator.
    constants : tuple of Value or None
        Its inputs after the first, which is the array.
    plane, shape : DType, Shape
        The type of its output.
    """

    dtype: DType
    op: Op
    attributes: Attributes
    constants: tuple[Value | None, ...]
    plane: DType
    shape: Shape


_NEW = _Recorded(float32, "", (), (), float32, ())
_nodes: dict[tuple[Any, ...], _Recorded | None] = {}
"""By function, dtype, shape, and options with their types; None for what is more than a node."""
_OPTIONS = {bool, int, NoneType}
_UNNOTICED = ELEMENTWISE_OPERATORS - {"Add", "Cast", "Div", "Identity", "Mul", "Sub"}
"""The operators of pending nodes that no algorithm looks for in its inputs."""


def repeatable(function: Callable[P, Array]) -> Callable[P, Array]:
    """Let a function of one array be recorded again in one step, if it is one node."""

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> Array:
        if len(args) != 1 or not isinstance(x := args[0], ArrayBase):
            return function(*args, **kwargs)
        first = x._planes[0]
        if first.trace is not None or not (
            first.node is None or first.data is not None or first.node.op in _UNNOTICED
        ):
            return function(*args, **kwargs)
        key: tuple[Any, ...] = (function, x._dtype, first.shape)
        if kwargs:
            key = (*key, *kwargs.items(), *map(type, kwargs.values()))
        try:
            recorded = _nodes.get(key, _NEW)
        except TypeError:  # such as a list of axes
            recorded = None
        if recorded is None:
            return function(*args, **kwargs)
        if recorded is _NEW:
            result = function(*args, **kwargs)
            if _OPTIONS.issuperset(map(type, kwargs.values())) and is_static(first.shape):
                if len(_nodes) >= MAX_NODES:
                    _nodes.clear()
                _nodes[key] = _only_node(x, result)
            return result
        dtype, op, attributes, constants, plane, shape = recorded
        return new_array(dtype, (record(op, (first, *constants), plane, shape, attributes),))

    return called


def _only_node(x: ArrayBase, result: ArrayBase) -> _Recorded | None:
    """Return the node between an array and a result, if there is only one, with small constants."""
    if len(x._planes) != 1 or len(result._planes) != 1 or x._dtype.extension is not None:
        return None
    value = result._planes[0]
    node = value.node
    if node is None or node.outputs != 1 or node.bodies or not is_static(value.shape):
        return None
    first, *constants = node.inputs
    if first is not x._planes[0]:
        return None
    for constant in constants:
        if constant is not None and (constant.data is None or constant.data.size > _MAX_CONSTANTS):
            return None
    return _Recorded(
        result._dtype, node.op, node.attributes, tuple(constants), value.dtype, value.shape
    )
