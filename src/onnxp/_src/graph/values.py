"""The recorded graph: values, the nodes that make them, and the traces that they belong to.

A `Value` is an array of one plane: it has a dtype, a shape, and either data or the node that computes
it. Values never change, but for one thing: evaluation gives a value its data and drops the node.
Nothing here knows of arrays, and nothing imports onnx.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias, final

import numpy as np

from onnxp._src.dtypes import DType, from_numpy
from onnxp._src.graph.name_scopes import Scope
from onnxp._src.graph.source import SourceInfo
from onnxp._src.shapes.polynomials import Terms
from onnxp._src.shapes.shape import Shape

Attributes = tuple[tuple[str, Any], ...]
DOMAIN = "onnxp"
"""The domain of the functions that a model carries."""
Op: TypeAlias = "str | Operator | Function | LinkedModel"


class Target(NamedTuple):
    """What the runtimes that a model is for can load.

    Attributes
    ----------
    name : str
        What the user calls it.
    opset : int
        The newest opset.
    functions : bool or None
        Whether recorded functions stay local functions of the model: all, none, or large ones that are called
        several times.
    domains : mapping of str to int
        The newest versions of other domains of operators; there are no others.
    lacks : frozenset of str
        The dtypes that no tensor may have.
    avoids : frozenset of str
        Operators, such as ``"ReduceMax of bool"``, for which others are written, or that are errors.
    replaces : frozenset of str
        Those for which others are written although its runtimes load them.
    is_limit : bool
        Whether an operator of a newer opset is an error, even if the user named it.
    is_strict : bool
        Whether operators of other domains, and the dtypes that it lacks, are errors.
    """

    name: str
    opset: int
    functions: bool | None = None
    domains: Mapping[str, int] = MappingProxyType({})
    lacks: frozenset[str] = frozenset()
    avoids: frozenset[str] = frozenset()
    replaces: frozenset[str] = frozenset()
    is_limit: bool = True
    is_strict: bool = True

    @property
    def ml(self) -> int:
        """The newest version of the domain ``ai.onnx.ml``; 0 if there is none."""
        return self.domains.get("ai.onnx.ml", 0)


@final
class Trace:
    """The trace of one function. Values of two different traces never meet in one node.

    Attributes
    ----------
    name : str
        For messages: the traced function.
    target : Target or None
        What the model is for, if it is known.
    source : (code, instruction) or None
        Where the user's code asked for it.
    assumptions : dict or None
        Where to note what is assumed without an example.
    sizes : dict
        The serial numbers of sizes that were too long to write out and got a symbol.
    caught : list of Exception
        The errors for asking its arrays for values; if the function returns, it has caught them.
    ended : bool
        Whether the function has returned, so that its arrays are of no use any more.
    """

    __slots__ = ("assumptions", "caught", "ended", "name", "sizes", "source", "target")

    def __init__(
        self, name: str, target: Target | None = None, source: SourceInfo | None = None
    ) -> None:
        self.name = name
        self.target = target
        self.source = source
        self.assumptions: dict[Any, Any] | None = None
        self.sizes: dict[Terms, int] = {}
        self.ended = False
        self.caught: list[Exception] = []

    def __repr__(self) -> str:
        return f"Trace({self.name!r})"


FREE = Trace("arguments")
"""The trace of arguments made by hand and of symbolic sizes: it combines with any other."""


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


class Body(NamedTuple):
    """A subgraph of If or Loop; `subgraphs.close` makes it.

    Attributes
    ----------
    inputs, outputs : tuple of Value
        Its formal inputs and what it returns.
    captures : tuple of Value
        The outer values that it reads.
    structure : Structure
        What it looks like, up to the values that it reads.
    """

    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    captures: tuple[Value, ...]
    structure: Structure


class Promise(NamedTuple):
    """Which elements of its inputs an element of the result of a function depends on.

    Its nodes do not show it where a branch or a loop looks at all elements, for speed only.

    Attributes
    ----------
    axes : tuple of int
        The axes along which it depends on other elements than those at its place.
    whole : tuple of int
        The inputs, by position, that it depends on all elements of.
    reduces : str
        ``"keepdims"`` if the axes have size 1 in the result, ``"drops"`` if it does not have them, and
        ``"resizes"`` if they have another size.
    """

    axes: tuple[int, ...] = ()
    whole: tuple[int, ...] = ()
    reduces: str = ""


def reducing(axes: tuple[int, ...], *, keepdims: bool) -> Promise:
    """Return the promise of a reduction."""
    return Promise(axes, reduces="keepdims" if keepdims else "drops")


@final
class Function:
    """A recorded function: the model carries it as a local function, a call is one node.

    Attributes
    ----------
    name : str
        The name that people know it by, such as ``"atan2"``.
    inputs, outputs : tuple of Value
        Its formal inputs and what it returns.
    promise : Promise or None
        What its result depends on; None if only its nodes say that.
    """

    __slots__ = ("inputs", "name", "outputs", "promise")

    def __init__(
        self,
        name: str,
        inputs: tuple[Value, ...],
        outputs: tuple[Value, ...],
        promise: Promise | None = None,
    ) -> None:
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.promise = promise

    def __repr__(self) -> str:
        return f"onnxp.{self.name}"


def constant(data: np.ndarray[Any, Any], dtype: DType | None = None) -> Value:
    """Return `data` as a value; it must never be written to again. Order and bytes are made native.

    Data of a stored dtype, which must be given, are those of the dtype in which it is computed.
    """
    dtype = from_numpy(data.dtype) if dtype is None else dtype
    if not data.dtype.isnative or not data.flags.c_contiguous:
        data = np.array(data, dtype.host, order="C")
    value = Value(dtype, _shared(data.shape), None, 0, None, 0)
    value.data = data
    return value


@lru_cache(maxsize=1024)
def _shared(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return equal shapes as one object, which are quick to compare."""
    return shape


def argument(name: str, dtype: DType, shape: Shape, trace: Trace = FREE) -> Value:
    """Return an argument: a value that the model is given when it runs."""
    value = Value(dtype, shape, None, 0, trace, 0)
    value.name = name
    return value


FORMAL = -1
"""The index of the values that the body of a loop is given, which no argument of a user has."""


def formal(name: str, dtype: DType, shape: Shape) -> Value:
    """Return a value that the body of a loop is given in each step."""
    value = argument(name, dtype, shape)
    value.index = FORMAL
    return value
