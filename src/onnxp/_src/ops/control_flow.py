"""If, Loop, and calls of recorded functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from onnxp._src.dtypes import DType, bool_, int64
from onnxp._src.graph.record import record, record_many
from onnxp._src.graph.subgraphs import close
from onnxp._src.graph.values import FREE, Body, Function, Value, argument
from onnxp._src.ops.origins import apart
from onnxp._src.ops.scalars import INT64_MAX, scalar
from onnxp._src.ops.scales import passed
from onnxp._src.ops.sizes import shape_value
from onnxp._src.shapes.dims import Size, bounds, dim
from onnxp._src.shapes.shape import Shape


def call(
    function: Function, inputs: Sequence[Value], types: Sequence[tuple[DType, Shape]]
) -> tuple[Value, ...]:
    """Call a recorded function; `types` are those of its outputs for these inputs."""
    values = tuple([passed(function, i, apart(x)) for i, x in enumerate(inputs)])
    if len(types) == 1:
        dtype, shape = types[0]
        return (record(function, values, dtype, shape),)
    return record_many(function, values, types)


def loop(
    trips: Value | None,
    state: Sequence[Value],
    step: Callable[..., tuple[Value, Sequence[Value], Sequence[Value]]],
    *,
    shapes: Sequence[Shape] | None = None,
    collected: Size | None = None,
    going: Value | None = None,
) -> tuple[Value, ...]:
    """Loop.

    Parameters
    ----------
    trips : Value or None
        The maximum number of iterations, an int64 of rank 0; None for no limit.
    state : sequence of Value
        The initial state, which is carried between iterations.
    step : callable
        A function of the iteration number and the state. It returns whether to continue (a bool of rank 0),
        the new state, and the outputs, which are stacked along a new first axis.
    shapes : sequence of shapes, optional
        The shapes of the final state, if they differ from those of the initial state.
    collected : size, optional
        The number of iterations, which is the first size of the stacked outputs.
    going : Value, optional
        Whether to run the first iteration, a bool of rank 0.
    """
    carried = [shapes[i] if shapes is not None else v.shape for i, v in enumerate(state)]
    trip = argument("trip", int64, (), FREE)
    condition = argument("going", bool_, (), FREE)
    formal = tuple(argument(f"state_{i}", v.dtype, carried[i], FREE) for i, v in enumerate(state))
    go_on, new_state, collect = step(trip, *formal)
    body = close((trip, condition, *formal), (go_on, *new_state, *collect))
    types = [(v.dtype, carried[i]) for i, v in enumerate(state)]
    types += [(v.dtype, (0 if collected is None else collected, *v.shape)) for v in collect]
    return loop_node(trips, going, state, body, types)


def loop_node(
    trips: Value | None,
    going: Value | None,
    state: Sequence[Value],
    body: Body,
    types: Sequence[tuple[DType, Shape]],
) -> tuple[Value, ...]:
    """Loop with a recorded body; `types` are the types of the state and of the stacked outputs."""
    # Both are optional, but onnx.reference makes no trip without a condition (onnx 1.17.0 to 1.23.2).
    trips = scalar(INT64_MAX, int64) if trips is None else trips
    going = scalar(True, bool_) if going is None else going
    values = record_many("Loop", (trips, going, *state), types, bodies=(("body", body),))
    kept = len(state)
    return (*values[:kept], *(_restored(v) for v in values[kept:]))


def _restored(x: Value) -> Value:
    """Return stacked outputs of a loop in their full shape.

    Without iterations, sizes that the body does not declare are 0 (onnxruntime 1.20.1 to 1.32.0).
    """
    shape = x.shape
    if len(shape) < 2 or (bounds(shape[0])[0] or 0) > 0:
        return x
    unknown = (dim("collected", 0, origin=(x, axis)) for axis in range(1, len(shape)))
    x.shape = (shape[0], *unknown)
    return record("Reshape", (x, shape_value(shape)), x.dtype, shape, (("allowzero", 1),))


def if_(
    condition: Value,
    operands: Sequence[Value],
    then: Body,
    otherwise: Body,
    shapes: Sequence[Shape],
) -> tuple[Value, ...]:
    """If with two bodies, whose formal inputs stand for the operands; `shapes` are those of the results."""
    types = [(v.dtype, shape) for v, shape in zip(then.outputs, shapes, strict=True)]
    bodies = (("else_branch", otherwise), ("then_branch", then))
    return record_many("If", (condition, *operands), types, bodies=bodies, arity=1)
