"""What `op` records in place of an operator whose kernel would end the process: see `runtime_bugs`.

Integers are divided by formulas of our own. What must not be empty is computed in a branch where an empty
result is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from onnxp._src import ops
from onnxp._src.dtypes import DType, int64
from onnxp._src.graph.record import record, record_many
from onnxp._src.graph.subgraphs import close
from onnxp._src.graph.values import Attributes, Operator, Value, argument
from onnxp._src.lowering.elementwise import integers
from onnxp._src.shapes.dims import bounds
from onnxp._src.shapes.shape import Shape

Values = Sequence[Value | None]


def divided(name: str, values: Values, attributes: Mapping[str, Any]) -> Value | None:
    """Return a quotient or remainder of integers; None for anything else."""
    if name not in ("Div", "Mod") or len(values) != 2 or attributes.get("fmod"):
        return None
    x, y = values
    if x is None or y is None or x.dtype.family not in ("int", "uint") or x.dtype is not y.dtype:
        return None
    return (integers.truncate_divide if name == "Div" else integers.remainder)(x, y)


_FILLED = {"Einsum": None, "MatMul": (0, 1), "MatMulInteger": (0, 1), "OneHot": (0,), "TopK": (0,)}
"""The operators whose kernels must not be given empty inputs, which inputs, or None for all.

MatMulInteger of onnxruntime 1.32.0 returns memory that it has not written if the inner size is 0."""


def _top_shape(
    operator: Operator, values: Sequence[Value], attributes: Mapping[str, Any]
) -> Shape | None:
    """Return the shape of what TopK gives, which onnx does not infer of symbolic sizes."""
    if operator.name != "TopK" or values[1].data is None or values[1].trace is not None:
        return None
    shape = list(values[0].shape)
    shape[attributes.get("axis", -1)] = int(values[1].data[0])
    return tuple(shape)


def in_branch(
    operator: Operator,
    values: Values,
    types: Sequence[tuple[DType, tuple[Any, ...]]],
    attributes: Mapping[str, Any],
    written: Attributes,
) -> tuple[Value, ...] | None:
    """Record an operator in a branch for inputs that are not empty; None if that is not needed."""
    if operator.domain or operator.name not in _FILLED or any(v is None for v in values):
        return None
    present = [value for value in values if value is not None]
    places = _FILLED[operator.name]
    watched = present if places is None else [present[i] for i in places]
    empty = [value for value in watched if any(not bounds(size)[0] for size in value.shape)]
    if not empty:
        return None
    shapes = [_top_shape(operator, present, attributes) or shape for _, shape in types]
    if any(size is None for shape in shapes for size in shape):
        inputs = tuple(ops.require_elements(v) if v in empty else v for v in present)
        return record_many(operator, inputs, [(dtype, ()) for dtype, _ in types], written)
    targets = [ops.shape_value(shape) for shape in shapes]
    actual = [*present, *targets]
    formal = tuple(argument(f"x{i}", v.dtype, v.shape) for i, v in enumerate(actual))
    own = list(zip([dtype for dtype, _ in types], shapes, strict=True))
    results = record_many(operator, formal[: len(present)], own, written)
    nothing = tuple(
        ops.constant_of_shape(0, dtype, shape, target)
        for (dtype, shape), target in zip(own, formal[len(present) :], strict=True)
    )
    zero = ops.scalar(0, int64)
    some = [ops.greater(record("Size", (value,), int64, ()), zero) for value in empty]
    condition = reduce(ops.and_, some)
    return ops.if_(condition, actual, close(formal, results), close(formal, nothing), shapes)
