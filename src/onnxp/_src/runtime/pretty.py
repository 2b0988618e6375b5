"""What a value is, as an expression that people can read."""

from __future__ import annotations

import numpy as np

from onnxp._src.dtypes import from_numpy
from onnxp._src.graph.values import Operator, Value
from onnxp._src.ops.sizes import SYMBOL

MAX_DEPTH = 5

_SIGNS = {
    "Add": "+",
    "Sub": "-",
    "Mul": "*",
    "Div": "/",
    "MatMul": "@",
    "Less": "<",
    "LessOrEqual": "<=",
    "Greater": ">",
    "GreaterOrEqual": ">=",
    "Equal": "==",
    "And": "&",
    "Or": "|",
    "Xor": "^",
    "BitwiseAnd": "&",
    "BitwiseOr": "|",
    "BitwiseXor": "^",
}
_NAMES = {
    "IsInf": "isinf",
    "IsNaN": "isnan",
    "ReduceMean": "mean",
    "ReduceProd": "prod",
    "ReduceSum": "sum",
    "Neg": "-",
    "Not": "~",
}
# Of bools, the largest is whether any is true.
_BOOL_NAMES = {"ReduceMax": "any", "ReduceMin": "all"}
_EXTREMES = {"ReduceMax": "max", "ReduceMin": "min"}
_UNSEEN = frozenset(("Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Expand"))
"""What says nothing about the values."""


def expression(value: Value, depth: int = MAX_DEPTH) -> str:
    """Return a value as text, such as ``"any(X < 0)"``; what is deeper than `depth` is left out."""
    node = value.node
    if value.data is not None:
        return _constant(value.data)
    if node is None:
        return value.name
    op = node.op.name if isinstance(node.op, Operator) else str(node.op).removeprefix("onnxp.")
    if op == SYMBOL:
        return str(dict(node.attributes)["name"])
    if not depth:
        return "..."
    inputs = [v for v in node.inputs[: node.arity] if v is not None]
    if op in _UNSEEN:
        return expression(inputs[0], depth)
    parts = [expression(v, depth - 1) for v in inputs]
    if op in _SIGNS:
        return f" {_SIGNS[op]} ".join(map(_operand, inputs, parts))
    name = _NAMES.get(op, op if op[:1].islower() else op.lower())
    if op in _EXTREMES:
        name = (_BOOL_NAMES if value.dtype.family == "bool" else _EXTREMES)[op]
    if op.startswith("Reduce"):
        parts = parts[:1]  # without the axes
    if name in ("-", "~"):
        return name + _operand(inputs[0], parts[0])
    return f"{name}({', '.join(parts)})"


def _operand(value: Value, text: str) -> str:
    node = value.node
    while node is not None and node.op in _UNSEEN and node.inputs[0] is not None:
        node = node.inputs[0].node
    return f"({text})" if node is not None and node.op in _SIGNS and " " in text else text


def _constant(data: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> str:
    if data.size == 1:
        element = data.reshape(-1)[0]
        return repr(element) if isinstance(element, str) else str(element)
    return f"{from_numpy(data.dtype)}{list(data.shape)}"
