"""Values whose runs fail where those of others do, which are not needed for their elements."""

from __future__ import annotations

from collections.abc import Sequence

from onnxp._src import ops
from onnxp._src.graph.record import record
from onnxp._src.graph.values import Value
from onnxp._src.shapes.shape import product


def nothing_of(x: Value) -> Value:
    """Return no elements of an array, of a run that fails where the array cannot be computed."""
    return ops.slice_(ops.reshape(x, (product(x.shape),)), (0,), (0,), (0,), (1,))


def with_checks(x: Value, checks: Sequence[Value]) -> Value:
    """Return `x` of a run that fails where a check does; checks are values without elements."""
    waiting = [check for check in checks if check.data is None]
    if not waiting:
        return x
    if not x.shape:
        return ops.squeeze(with_checks(ops.unsqueeze(x, (0,)), waiting), (0,))
    y = ops.concat([x, *(_behind(check, x) for check in waiting)], 0)
    y.shape = x.shape
    return y


def _behind(check: Value, x: Value) -> Value:
    """Return a value without elements as one that may be put behind another along the first axis."""
    shape = (0, *x.shape[1:])
    target = ops.shape_value(shape)
    return record(
        "Reshape", (ops.cast(check, x.dtype), target), x.dtype, shape, (("allowzero", 1),)
    )
