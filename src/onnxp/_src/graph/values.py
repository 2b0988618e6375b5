"""The recorded graph: values, the nodes that make them, and the traces that they belong to.

A `Value` is an array of one plane: it has a dtype, a shape, and either data or the node that computes
it. Values never change, but for one thing: evaluation gives a value its data and drops the node.
Nothing here knows of arrays, and nothing imports onnx.
"""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import (
    Callable,
    Container,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
)
from os.path import dirname, join
from types import CodeType, FrameType
from typing import Any, NamedTuple, TypeAlias, final

import numpy as np

from onnxp._src.dtypes import DType, from_numpy
from onnxp._src.graph.name_scopes import CURRENT, Scope
from onnxp._src.shapes.shape import Shape
from onnxp.errors import LeakedArrayError, MixedTracesError

Attributes = tuple[tuple[str, Any], ...]
SourceInfo = tuple[CodeType, int]
DOMAIN = "onnxp"
"""The domain of the functions that a model carries."""
Op: TypeAlias = "str | Operator | Function | LinkedModel"


@final
class Trace:
    """What arguments belong to. Values of two different traces never meet in one node.

    Attributes
    ----------
    name : str
        For messages: the traced function.
    opset : int or None
        The newest opset that the nodes may need, if the user set a limit.
    source : (code, instruction) or None
        Where the user's code asked for it.
    assumptions : dict or None
        Where to note what is assumed without an example.
    ended : bool
        Whether the function has returned, so that its arrays are of no use any more.
    """

    __slots__ = ("assumptions", "ended", "name", "opset", "source")

    def __init__(
        self, name: str, opset: int | None = None, source: SourceInfo | None = None
    ) -> None:
        self.name = name
        self.opset = opset
        self.source = source
        self.assumptions: dict[Any, Any] | None = None
        self.ended = False

    def __repr__(self) -> str:
        return f"Trace({self.name!r})"


FREE = Trace("arguments")
"""The trace of arguments made by hand and of symbolic sizes: it goes with any other."""


class Example(NamedTuple):
    """What an argument or a size is in an example, and where to note what was concluded from it."""

    data: np.ndarray[Any, Any]
    assumptions: dict[Any, Any]


class Operator(NamedTuple):
    """An operator of any domain, in the versions of the domain in which it means the same.

    Attributes
    ----------
    domain, name : str
        The domain is empty for ONNX's own operators.
    low, high : int, int or None
        The first and the last version; None for as long as is known.
    """

    domain: str
    name: str
    low: int
    high: int | None


@final
class LinkedModel:
    """A model that one node calls; the model that is written carries it as a local function.

    Attributes
    ----------
    name : str
        What the function is called.
    model : onnx.ModelProto
        Its graph, without weights.
    inputs, weights, outputs : tuple of str
        What the graph reads and gives, by its own names. Weights are inputs of the call too.
    lows : dict of str to int
        The least version of each domain that its nodes need.
    """

    __slots__ = ("inputs", "lows", "model", "name", "outputs", "weights")

    def __init__(
        self,
        name: str,
        model: Any,
        inputs: tuple[str, ...],
        weights: tuple[str, ...],
        outputs: tuple[str, ...],
        lows: dict[str, int],
    ) -> None:
        self.name = name
        self.model = model
        self.inputs = inputs
        self.weights = weights
        self.outputs = outputs
        self.lows = lows

    def __repr__(self) -> str:
        return f"onnxp.{self.name}"


@final
class Node:
    """One operator of the graph.

    Attributes
    ----------
    op : str, Operator, Function or LinkedModel
        An ONNX operator, or a recorded function or a model that the model carries.
    inputs : tuple of Value or None
        What it reads; after the first `arity`, what its subgraphs read.
    attributes : tuple of (name, value)
        Hashable; the `Structure` of a subgraph stands for it.
    bodies : tuple of (name, Body)
        The subgraphs.
    source : (code, instruction) or None
        Where the user's code asked for it.
    scope : Scope or None
        The innermost name scope that it was recorded in.
    outputs : int
        How many it has.
    """

    __slots__ = ("arity", "attributes", "bodies", "inputs", "op", "outputs", "scope", "source")

    def __init__(
        self,
        op: Op,
        inputs: tuple[Value | None, ...],
        attributes: Attributes,
        arity: int,
        source: SourceInfo | None,
        scope: Scope | None = None,
        outputs: int = 1,
        bodies: tuple[tuple[str, Body], ...] = (),
    ) -> None:
        self.op = op
        self.inputs = inputs
        self.attributes = attributes
        self.arity = arity
        self.source = source
        self.scope = scope
        self.outputs = outputs
        self.bodies = bodies

    def __repr__(self) -> str:
        return f"Node({self.op})"


@final
class Value:
    """An array of one plane in the graph; compare by identity.

    Attributes
    ----------
    dtype : DType
        A dtype that is its own plane.
    shape : tuple of int and Dim
        Its sizes.
    data : numpy.ndarray or None
        The elements, of a constant or an evaluated value.
    node, index : Node or None, int
        Which output of which node computes it.
    name : str
        The name of an argument, else empty.
    trace : Trace or None
        None if it depends on constants only.
    depth : int
        Length of the longest chain of nodes that waits for evaluation behind it.
    example : Example
        Set for arguments and declared sizes that have one, and unset for all others.
    """

    __slots__ = (
        "__weakref__",
        "data",
        "depth",
        "dtype",
        "example",
        "index",
        "name",
        "node",
        "shape",
        "trace",
    )
    example: Example

    def __init__(
        self,
        dtype: DType,
        shape: Shape,
        node: Node | None,
        index: int,
        trace: Trace | None,
        depth: int,
    ) -> None:
        self.dtype = dtype
        self.shape = shape
        self.node = node
        self.index = index
        self.trace = trace
        self.depth = depth
        self.data: np.ndarray[Any, Any] | None = None
        self.name = ""

    def __repr__(self) -> str:
        what = "constant" if self.node is None else self.node.op
        return f"Value({self.name or what}: {self.dtype}{list(self.shape)})"


def constant(data: np.ndarray[Any, Any]) -> Value:
    """Return `data` as a value; it must never be written to again. Order and bytes are made native."""
    dtype = from_numpy(data.dtype)
    if not data.dtype.isnative or not data.flags.c_contiguous:
        data = np.array(data, dtype.host, order="C")
    value = Value(dtype, data.shape, None, 0, None, 0)
    value.data = data
    return value


def argument(name: str, dtype: DType, shape: Shape, trace: Trace = FREE) -> Value:
    """Return a value that the model is given when it runs."""
    value = Value(dtype, shape, None, 0, trace, 0)
    value.name = name
    return value


_current_scope = CURRENT.get


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
    for value in inputs:
        if value is not None:
            if value.trace is not None and value.trace is not trace:
                trace = merge(trace, value.trace)
            if value.depth > depth:
                depth = value.depth
    arity = len(inputs) if arity < 0 else arity
    node = Node(op, inputs, attributes, arity, user_source(), _current_scope())
    return Value(dtype, shape, node, 0, trace, depth + 1)


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
    rest = (
        Value(dtype, shape, first.node, i, first.trace, first.depth)
        for i, (dtype, shape) in enumerate(types[1:], 1)
    )
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
    """Return what to say of an array that is used after its trace has ended."""
    place = source_text(trace.source)
    return (
        f"a traced array is used after the trace of {trace.name}{f' (traced at {place})' if place else ''} has "
        "ended. A traced array lives only while its function is traced: return it from the function, and do "
        "not keep it in a global, a closure or an attribute"
    )


@contextlib.contextmanager
def gc_paused() -> Iterator[None]:
    """Do without the collector of cycles for a while: a long record has many objects, and no cycles.

    It goes through all of them again and again: of 100,000 operations, each takes half as long again.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


# Where the user's code stands

_PACKAGE = join(dirname(dirname(dirname(__file__))), "")


def user_source() -> SourceInfo | None:
    """Return the innermost frame outside of this package."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return None if frame is None else (frame.f_code, frame.f_lasti)


def source_text(source: SourceInfo | None) -> str:
    """Return ``"file.py:12, in function"``, or an empty string."""
    if source is None:
        return ""
    code, instruction = source
    lines = list(code.co_positions())
    line = lines[instruction // 2][0] if 0 <= instruction // 2 < len(lines) else code.co_firstlineno
    return f"{code.co_filename}:{line}, in {code.co_name}"


# Bodies and functions


@final
class Structure:
    """What a body looks like, up to the values that it reads: equal bodies have equal structures.

    It refers to no value, so that a cache may keep it.
    """

    __slots__ = ("_hash", "_key")

    def __init__(self, key: tuple[Any, ...]) -> None:
        self._key = key
        self._hash = hash(key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Structure) and self._key == other._key

    def __hash__(self) -> int:
        return self._hash


@final
class Body:
    """A subgraph of If or Loop: formal inputs, outputs, and the outer values that it reads."""

    __slots__ = ("captures", "inputs", "outputs", "structure")

    def __init__(self, inputs: tuple[Value, ...], outputs: tuple[Value, ...]) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.captures, self.structure = _close(inputs, outputs)


@final
class Function:
    """A recorded recipe: the model carries it as a local function, a call is one node.

    Attributes
    ----------
    name : str
        The name that people know it by, such as ``"atan2"``.
    inputs, outputs : tuple of Value
        Its formal inputs and what it returns.
    """

    __slots__ = ("inputs", "name", "outputs")

    def __init__(self, name: str, inputs: tuple[Value, ...], outputs: tuple[Value, ...]) -> None:
        self.name = name
        self.inputs = inputs
        self.outputs = outputs

    def __repr__(self) -> str:
        return f"onnxp.{self.name}"


def walk(outputs: Iterable[Value], stop: Container[Value] = ()) -> Iterator[Value]:
    """Yield every value behind `outputs`, inputs first; do not look behind those in `stop`."""
    done: set[Value] = set()
    stack: list[tuple[Value, bool]] = [(value, False) for value in reversed(list(outputs))]
    while stack:
        value, ready = stack.pop()
        if value in done:
            continue
        node = value.node
        if ready or node is None or value.data is not None or value in stop:
            done.add(value)
            yield value
        else:
            stack.append((value, True))
            stack.extend(
                (v, False) for v in reversed(node.inputs) if v is not None and v not in done
            )


def replaced(
    outputs: Iterable[Value],
    known: MutableMapping[Value, Value],
    leaf: Callable[[Value], Value],
) -> tuple[Value, ...]:
    """Return copies of traced values that are computed of something else.

    Parameters
    ----------
    outputs : iterable of Value
        What to copy, with everything behind it that is traced.
    known : mapping of Value to Value
        What stands for some of them; the copies are added.
    leaf : callable
        Returns what to put in place of an argument or a declared size.
    """
    nodes: dict[Node, Node] = {}
    wanted = tuple(outputs)
    for value in walk(wanted, known):
        if value in known:
            continue
        node = value.node
        if value.trace is None:
            continue
        if node is None or not node.inputs:
            known[value] = leaf(value)
        else:
            copied = nodes.get(node)
            if copied is None:
                copied = nodes[node] = _copied(node, known)
            known[value] = Value(value.dtype, value.shape, copied, value.index, None, 1)
    return tuple(known.get(value, value) for value in wanted)


def _copied(node: Node, known: Mapping[Value, Value]) -> Node:
    captured = sum(len(body.captures) for _, body in node.bodies)
    own = node.inputs[: len(node.inputs) - captured]
    inputs = tuple(None if v is None else known.get(v, v) for v in own)
    attributes, bodies = node.attributes, node.bodies
    if bodies:
        bodies = tuple((name, _copied_body(body, known)) for name, body in bodies)
        structures = {name: body.structure for name, body in bodies}
        attributes = tuple((name, structures.get(name, found)) for name, found in attributes)
        inputs += tuple(value for _, body in bodies for value in body.captures)
    return Node(
        node.op, inputs, attributes, node.arity, node.source, node.scope, node.outputs, bodies
    )


def _copied_body(body: Body, known: Mapping[Value, Value]) -> Body:
    inner = {value: known.get(value, value) for value in body.captures}
    inner |= {value: value for value in body.inputs}
    return Body(body.inputs, replaced(body.outputs, inner, lambda value: value))


def _close(
    inputs: tuple[Value, ...], outputs: tuple[Value, ...]
) -> tuple[tuple[Value, ...], Structure]:
    """Return the values from outside that a body reads, and its structure.

    What does not depend on the formal inputs is outside, so it is computed once and not per trip.
    """
    inner: set[Value] = set(inputs)
    number: dict[object, int] = {value: i for i, value in enumerate(inputs)}
    captures: dict[Value, int] = {}
    key: list[Any] = [tuple((v.dtype, len(v.shape)) for v in inputs)]

    def slot(value: Value | None) -> object:
        if value is None:
            return None
        if value in inner:
            return (number[value.node if value.node is not None else value], value.index)
        return ("outer", captures.setdefault(value, len(captures)), value.dtype, len(value.shape))

    for value in walk(outputs, set(inputs)):
        node = value.node
        if node is None or value in inner or not any(v in inner for v in node.inputs):
            continue
        inner.add(value)
        if node not in number:
            number[node] = len(number)
            key.append((node.op, node.attributes, node.arity, *(slot(v) for v in node.inputs)))
    key.append(tuple(slot(v) for v in outputs))
    return tuple(captures), Structure(tuple(key))
