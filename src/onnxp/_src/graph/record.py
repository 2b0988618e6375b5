"""Recording: a node is made and its outputs are returned; values of two traces do not meet."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Sequence

from onnxp._src.dtypes import DType
from onnxp._src.graph.name_scopes import CURRENT
from onnxp._src.graph.source import source_text, user_source
from onnxp._src.graph.values import FREE, Attributes, Body, Node, Op, Trace, Value
from onnxp._src.shapes.atoms import next_serial
from onnxp._src.shapes.dims import Dim, bounds, dim
from onnxp._src.shapes.shape import Shape
from onnxp.errors import LeakedArrayError, MixedTracesError

_current_scope = CURRENT.get
_new = object.__new__

_LONGEST = 40  # how many symbols, numbers and functions a size may have: some 200 characters


def record(
    op: Op,
    inputs: tuple[Value | None, ...],
    dtype: DType,
    shape: Shape,
    attributes: Attributes = (),
    arity: int = -1,
) -> Value:
    """Record a node with one output and return the output."""
    trace: Trace | None = None
    depth = 0
    for source in inputs:
        if source is not None:
            other = source.trace
            if other is not trace and other is not None:
                trace = other if trace is None and not other.ended else merge(trace, other)
            if source.depth > depth:
                depth = source.depth
    # without the calls of their classes, which take as long as all else here
    node: Node = _new(Node)
    node.op = op
    node.inputs = inputs
    node.attributes = attributes
    node.arity = len(inputs) if arity < 0 else arity
    node.source = user_source(3)
    node.scope = _current_scope()
    node.outputs = 1
    node.bodies = ()
    value: Value = _new(Value)
    value.dtype = dtype
    value.shape = shape
    value.node = node
    value.index = 0
    value.trace = trace
    value.depth = depth + 1
    value.data = None
    value.name = ""
    if trace is not None and (not inputs or inputs[0] is None or shape is not inputs[0].shape):
        for size in shape:
            if type(size) is Dim and (size._weight or size.weight) > _LONGEST:
                _name_long_sizes(value)
                break
    return value


def _name_long_sizes(value: Value) -> None:
    """Give a value symbols in place of long expressions, which would make each size longer than the last.

    In one trace, equal expressions become equal symbols.
    """
    shape = list(value.shape)
    for axis, size in enumerate(value.shape):
        if type(size) is Dim and size.weight > _LONGEST:
            serial = next_serial()
            if value.trace is not None and value.trace is not FREE:
                serial = value.trace.sizes.setdefault(size.terms, serial)
            low, high = bounds(size)
            shape[axis] = dim("size", max(low or 0, 0), high, origin=(value, axis), serial=serial)
    value.shape = tuple(shape)


def record_many(
    op: Op,
    inputs: tuple[Value | None, ...],
    types: Sequence[tuple[DType, Shape]],
    attributes: Attributes = (),
    bodies: tuple[tuple[str, Body], ...] = (),
    arity: int = -1,
) -> tuple[Value, ...]:
    """Record a node with several outputs, and subgraphs, and return the outputs."""
    arity = len(inputs) if arity < 0 else arity
    for name, body in bodies:
        attributes = (*attributes, (name, body.structure))
        inputs = (*inputs, *body.captures)
    first = record(op, inputs, types[0][0], types[0][1], attributes, arity)
    assert first.node is not None
    first.node.outputs = len(types)
    first.node.bodies = bodies
    rest = [
        Value(dtype, shape, first.node, i, first.trace, first.depth)
        for i, (dtype, shape) in enumerate(types[1:], 1)
    ]
    for value in rest:
        _name_long_sizes(value)
    return (first, *rest)


def merge(a: Trace | None, b: Trace | None) -> Trace | None:
    """Return the trace of a computation that has parts of both."""
    if b is not None and b.ended:
        raise LeakedArrayError(leak_text(b))
    if a is None or a is FREE:
        return a if b is None else b
    if b is None or b is FREE or a is b:
        return a
    raise MixedTracesError(
        f"arrays of two different traces meet: one of {a.name}, one of {b.name}. A traced array lives only "
        "while its function is traced; pass it in as an argument, or return it"
    )


def leak_text(trace: Trace) -> str:
    """Return the message for an array that is used after its trace has ended."""
    place = source_text(trace.source)
    return (
        f"a traced array is used after the trace of {trace.name}{f' (traced at {place})' if place else ''} has "
        "ended. A traced array lives only while its function is traced: return it from the function, and do "
        "not keep it in a global, a closure or an attribute"
    )


@contextlib.contextmanager
def gc_paused() -> Iterator[None]:
    """Pause the collector of cycles: a long record has many objects, and no cycles.

    The collector visits all of them again and again, and 100,000 operations take half as long again.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
