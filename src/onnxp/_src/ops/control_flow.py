"""If, Loop, and calls of recorded functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from onnxp._src.dtypes import DType, bool_, int64
from onnxp._src.graph.record import record, record_many
from onnxp._src.graph.subgraphs import close
from onnxp._src.graph.values import FREE, Body, Function, Value, argument
from onnxp._src.ops.sizes import shape_value
from onnxp._src.shapes.dims import Size, bounds, dim
from onnxp._src.shapes.shape import Shape


def call(
    function: Function, inputs: Sequence[Value], types: Sequence[tuple[DType, Shape]]
) -> tuple[Value, ...]:
    """Call a recorded function; `types` are those of its outputs for these inputs."""
    given = tuple(inputs)
    if len(types) == 1:
        return (record(function, given, *types[0]),)
    return record_many(function, given, types)


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
        The most trips, an int64 of rank 0; None for no limit.
    state : sequence of Value
        What is carried from trip to trip.
    step : callable
        Takes the trip number and the state; returns whether to go on (a bool of rank 0), the new
        state, and what to collect along a new first axis.
    shapes : sequence of shapes, optional
        Shapes of the state if they change from those it starts with.
    collected : size, optional
        How many trips there will be: the first size of what is collected.
    going : Value, optional
        Whether to start at all.
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
    """Loop with a body that is recorded already; `types` are those of the state and what is collected."""
    values = record_many("Loop", (trips, going, *state), types, bodies=(("body", body),))
    kept = len(state)
    return (*values[:kept], *(_restored(v) for v in values[kept:]))


def _restored(x: Value) -> Value:
    """Return what a loop collected in its full shape.

    After no trips at all, sizes are 0 where the body does not say others (onnxruntime 1.20.1 to 1.32.0).
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
    """If, on two bodies whose formal inputs stand for the operands; `shapes` are those of the results."""
    types = [(v.dtype, shape) for v, shape in zip(then.outputs, shapes, strict=True)]
    bodies = (("else_branch", otherwise), ("then_branch", then))
    return record_many("If", (condition, *operands), types, bodies=bodies, arity=1)
