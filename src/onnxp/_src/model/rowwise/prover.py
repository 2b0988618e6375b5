"""Walks a model with the rules for its operators, through functions, branches and loops."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, final

import numpy as np

from onnxp._src.graph.values import Promise
from onnxp._src.model.folding import folded
from onnxp._src.model.nodes import subgraphs
from onnxp._src.model.promises import promise_of
from onnxp._src.model.rowwise.facts import (
    CONSTANT,
    COUNT,
    ROWS,
    Call,
    Fact,
    Mixed,
    Selection,
    Size,
    State,
    broadcast,
    rows,
)
from onnxp._src.model.rowwise.moves import MOVEMENT_RULES
from onnxp._src.model.rowwise.rules import (
    ARITHMETIC_RULES,
    ML_RULES,
    RANDOM,
    aligned,
    without_axes,
)
from onnxp._src.model.rowwise.selection import SELECTION_RULES, uses_numbers
from onnxp._src.model.version_converter import ML

if TYPE_CHECKING:
    from onnx import FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto

_RULES = ARITHMETIC_RULES | MOVEMENT_RULES | SELECTION_RULES
_ONNX = ("", "ai.onnx")
_OLDEST = 13
"""The first opset in which operators mean what the rules say: Softmax was over several axes before."""
_MOST_ELEMENTS = 256
"""The size of a constant of integers up to which its elements are carried along."""
_MOST_ROUNDS = 6
"""How often the body of a loop is walked until the states that it carries stay as they are."""

_Facts = MutableMapping[str, Fact]


class Cause(NamedTuple):
    """Why a model is not row-wise: what is done, and the name of the node in the main graph that does it."""

    reason: str
    node: str


class Proof(NamedTuple):
    """What is known of a model.

    Attributes
    ----------
    rows : str
        The name of the number of rows; empty if the inputs have none.
    inputs, outputs : set of str
        The inputs and outputs whose first axis is that of the rows. The others do not depend on them.
    cause : Cause or None
        Why it is not row-wise.
    row_bytes : int
        The bytes that are alive at the same time in a run, for each row.
    """

    rows: str
    inputs: frozenset[str]
    outputs: frozenset[str]
    cause: Cause | None
    row_bytes: int


def prove(model: ModelProto, besides: str = "") -> Proof:
    """Prove that a model is row-wise, but for one output, or find out why not."""
    try:
        return _proof(model, besides)
    except Exception as error:  # models of others may have any form; calls go on without a proof
        cause = Cause(f"the model cannot be analysed ({type(error).__name__}: {error})", "")
        return Proof("", frozenset(), frozenset(), cause, 0)


def _proof(model: ModelProto, besides: str) -> Proof:
    model = folded(model)
    name = _rows_name(model.graph)
    reason = "" if name else "no input has a symbolic size along its first axis"
    protos: tuple[Any, ...] = (model, *model.functions)
    for proto in protos:
        if any(x.domain in _ONNX and x.version < _OLDEST for x in proto.opset_import):
            reason = f"the model is of an opset below {_OLDEST}"
    if reason:
        return Proof("", frozenset(), frozenset(), Cause(reason, ""), 0)
    prover = _Prover(model, name)
    inputs = prover.read_inputs()
    if prover.cause is None:
        prover.walk(model.graph, prover.facts, main=True)
    outputs = set()
    for info in model.graph.output:
        if prover.cause is not None:
            break
        if info.name == besides:
            continue
        fact = prover.facts.get(info.name, _UNKNOWN)
        if fact.state == rows(0):
            outputs.add(info.name)
        elif fact.state != CONSTANT:
            what = {
                "count": f"depends on the number of {name}",
                "rows": _place_of_rows(fact.state, name),
            }.get(fact.state.kind, f"does not have {name} along axis 0")
            prover.cause = prover.causes.get(fact.state.reason) or Cause(
                f"the output {info.name!r} {what}", ""
            )
    return Proof(name, frozenset(inputs), frozenset(outputs), prover.cause, prover.row_bytes)


def _place_of_rows(state: State, name: str) -> str:
    if state.space != ROWS:
        return f"selects from {name}"
    return f"has the numbers of {name}" if state.own else f"has {name} along axis {state.axis}"


def _rows_name(graph: GraphProto) -> str:
    """Return the name of the first size of the first input that has one."""
    weights = {tensor.name for tensor in graph.initializer}
    for info in graph.input:
        sizes = info.type.tensor_type.shape.dim
        if info.name not in weights and sizes and sizes[0].dim_param:
            return str(sizes[0].dim_param)
    return ""


def _mixed(reason: str) -> Fact:
    return Fact(State("mixed", reason=reason), None)


_UNKNOWN = _mixed("a value that nothing computes")


@final
class _Prover:
    """The facts of a model, and what is collected on the way."""

    def __init__(self, model: ModelProto, name: str) -> None:
        self._graph = model.graph
        self._functions: dict[tuple[str, str, str], FunctionProto] = {
            (f.domain, f.name, f.overload): f for f in model.functions
        }
        self._name = name
        self._node = ""
        self.facts: _Facts = {}
        self.cause: Cause | None = None
        self.causes: dict[str, Cause] = {}
        # by scope, which is kept, and name
        self._selections: dict[int, tuple[_Facts, dict[str, Selection]]] = {}
        self.row_bytes = 0
        infos = (*model.graph.input, *model.graph.value_info, *model.graph.output)
        self._declared = {info.name: info for info in infos}

    def read_inputs(self) -> set[str]:
        """Note the facts of the inputs of the model; return the names of those with rows."""
        weights = {tensor.name for tensor in self._graph.initializer}
        having = set()
        for info in self._graph.input:
            if info.name in weights:
                continue
            if not info.type.HasField("tensor_type") or not info.type.tensor_type.HasField("shape"):
                self.cause = Cause(f"the input {info.name!r} has no shape", "")
                continue
            sizes = self._sizes_of(info)
            if sizes.count(ROWS) > 1 or ROWS in sizes[1:]:
                self.cause = Cause(
                    f"the input {info.name!r} has the size {self._name} along another axis", ""
                )
            related = [
                d.dim_param
                for d in info.type.tensor_type.shape.dim
                if _mentions(d.dim_param, self._name)
            ]
            if related:
                self.cause = Cause(f"the input {info.name!r} has the size {related[0]}", "")
            if ROWS in sizes:
                having.add(info.name)
            self.facts[info.name] = Fact(rows(0) if ROWS in sizes else CONSTANT, sizes)
        return having

    def _sizes_of(self, info: ValueInfoProto) -> tuple[Size, ...]:
        return tuple(
            size.dim_value
            if size.HasField("dim_value")
            else ROWS
            if size.dim_param == self._name
            else f"size {size.dim_param}"
            if size.dim_param
            else None
            for size in info.type.tensor_type.shape.dim
        )

    def walk(self, graph: Any, facts: _Facts, *, main: bool = False) -> int:
        """Find the facts of all values of a graph or function; return the live bytes of a row."""
        for tensor in getattr(graph, "initializer", ()):
            facts[tensor.name] = _of_tensor(tensor)
        for sparse in getattr(graph, "sparse_initializer", ()):
            facts[sparse.values.name] = Fact(CONSTANT, tuple(sparse.dims))
        last = _last_uses(graph)
        live: dict[str, int] = {}
        most = 0
        for position, node in enumerate(graph.node):
            if main:
                self._node = node.name
            results, inner = self._node_facts(node, facts)
            for name, fact in zip(node.output, results, strict=False):
                if name:
                    facts[name] = self._completed(name, fact) if main else fact
                    live[name] = _row_bytes(facts[name], self._declared.get(name))
            most = max(most, sum(live.values()) + inner)
            for name in (*node.input, *node.output):
                if last.get(name, position) <= position:
                    live.pop(name, None)
        if main:
            inputs = sum(_row_bytes(facts[i.name], i) for i in graph.input if i.name in facts)
            self.row_bytes = most + inputs
        return most

    def _completed(self, name: str, fact: Fact) -> Fact:
        """Add sizes that are declared."""
        info = self._declared.get(name)
        if info is None or not info.type.tensor_type.HasField("shape"):
            return fact
        declared = self._sizes_of(info)
        if fact.shape is None:
            return fact._replace(shape=declared) if fact.state == CONSTANT else fact
        if len(declared) != len(fact.shape):
            return fact
        pairs = zip(fact.shape, declared, strict=True)
        return fact._replace(shape=tuple(b if a is None and b != ROWS else a for a, b in pairs))

    def _node_facts(self, node: NodeProto, facts: _Facts) -> tuple[list[Fact], int]:
        """Return the facts of the outputs of a node, and the live bytes of a row within it."""
        try:
            return self._results(node, facts)
        except Mixed as mixed:
            reason = str(mixed)
        except (IndexError, KeyError, TypeError, ValueError, AttributeError, AssertionError):
            reason = "{op} of a form that has no rule"
        inputs = [facts.get(name, _UNKNOWN) for name in _read(node)]
        if self._is_deterministic(node) and all(fact.state == CONSTANT for fact in inputs):
            return [Fact(CONSTANT, None)] * len(node.output), 0
        return [self._refused(reason.format(op=_label(node), rows=self._name))] * len(
            node.output
        ), 0

    def _is_deterministic(self, node: NodeProto) -> bool:
        """Return whether a node is known to give the same for the same inputs."""
        if (node.domain, node.op_type, node.overload) in self._functions or any(subgraphs(node)):
            return False
        return node.domain in (*_ONNX, ML) and node.op_type not in RANDOM

    def _refused(self, reason: str) -> Fact:
        text = f"{reason} [{self._node}]"
        self.causes.setdefault(text, Cause(reason, self._node))
        return _mixed(text)

    def _results(self, node: NodeProto, facts: _Facts) -> tuple[list[Fact], int]:
        inputs = [facts.get(name, _UNKNOWN) if name else None for name in node.input]
        for fact in inputs:
            if fact is not None and fact.state.kind == "mixed":
                return [fact] * len(node.output), 0
        function = self._functions.get((node.domain, node.op_type, node.overload))
        if function is not None:
            promise = promise_of(function)
            if promise is not None:
                return _promised(promise, [f for f in inputs if f is not None], len(node.output)), 0
            return self._called(function, node, inputs)
        op, domain = node.op_type, node.domain
        if domain in _ONNX:
            if op == "Constant":
                return [_of_attributes(node)], 0
            if op == "If":
                return self._branches(node, facts)
            if op == "Loop":
                return self._loop(node, facts)
        rule = _RULES.get(op) if domain in _ONNX else ML_RULES.get(op) if domain == ML else None
        if rule is None or op in RANDOM:
            raise Mixed("{op}, for which there is no rule")

        def selection(position: int) -> Selection:
            fact = inputs[position]
            assert fact is not None
            _, names = self._selections.setdefault(id(facts), (facts, {}))
            return names.setdefault(node.input[position], Selection(fact.sizes, fact.state.space))

        call = Call(op, _attributes(node), inputs, len(node.output), selection)
        results = rule(call)
        if any(fact.state.own for fact in call.facts) and not uses_numbers(call, results):
            raise Mixed("{op} of the numbers of {rows}")
        return results, 0

    def _called(
        self, function: FunctionProto, node: NodeProto, inputs: Sequence[Fact | None]
    ) -> tuple[list[Fact], int]:
        if function.attribute or function.attribute_proto:
            raise Mixed("{op}, a function with attributes")
        inner: dict[str, Fact] = {
            name: fact
            for name, fact in zip(function.input, inputs, strict=False)
            if fact is not None
        }
        live = self.walk(function, inner)
        return [inner.get(name, _UNKNOWN) for name in function.output], live

    def _branches(self, node: NodeProto, facts: _Facts) -> tuple[list[Fact], int]:
        condition = facts.get(node.input[0], _UNKNOWN)
        if condition.state != CONSTANT:
            raise Mixed("a branch for all rows together ({op})")
        results, lives = [], []
        for graph in subgraphs(node):
            inner: _Facts = ChainMap({}, facts)
            lives.append(self.walk(graph, inner))
            results.append([inner.get(info.name, _UNKNOWN) for info in graph.output])
        return [_joined(a, b) for a, b in zip(*results, strict=True)], max(lives)

    def _loop(self, node: NodeProto, facts: _Facts) -> tuple[list[Fact], int]:
        (body,) = subgraphs(node)
        for name in node.input[:2]:
            if name and facts.get(name, _UNKNOWN).state != CONSTANT:
                raise Mixed("a loop that ends for all rows together ({op})")
        state = [facts.get(name, _UNKNOWN) for name in node.input[2:]]
        trips = [Fact(CONSTANT, ()), Fact(CONSTANT, ())]
        for _ in range(_MOST_ROUNDS):
            inner: _Facts = ChainMap({}, facts)
            names = [info.name for info in body.input]
            inner.update(zip(names, [*trips, *state], strict=True))
            live = self.walk(body, inner)
            going, *results = [inner.get(info.name, _UNKNOWN) for info in body.output]
            if going.state != CONSTANT:
                raise Mixed("a loop that ends for all rows together ({op})")
            carried = [_joined(a, b) for a, b in zip(state, results, strict=False)]
            if carried == state:
                break
            state = carried
        else:
            raise Mixed("a loop whose state changes its form ({op})")
        scanned = [_behind_axis(fact) for fact in results[len(state) :]]
        return [*[fact._replace(data=None) for fact in state], *scanned], live


def _mentions(expression: str, name: str) -> bool:
    """Return whether an expression of sizes has a name among others."""
    words = "".join(c if c.isalnum() or c == "_" else " " for c in expression).split()
    return expression != name and name in words


def _joined(a: Fact, b: Fact) -> Fact:
    """Return what is known of a value that is one of two."""
    if a.state.kind == "mixed" or b.state.kind == "mixed":
        return a if a.state.kind == "mixed" else b
    if a.shape is None or b.shape is None or len(a.shape) != len(b.shape):
        raise Mixed("values of different ranks ({op})")
    shape = tuple(m if m == n else None for m, n in zip(a.shape, b.shape, strict=True))
    if a.state == b.state:
        return Fact(a.state, shape)
    if {a.state.kind, b.state.kind} <= {"constant", "count"}:
        return Fact(COUNT, shape)
    raise Mixed("rows or a number for all of them ({op})")


def _behind_axis(fact: Fact) -> Fact:
    """Return what is known of the results of all steps of a loop, one behind the other."""
    if fact.state.kind == "mixed":
        return fact
    if fact.state.kind == "count" or fact.state.own:
        raise Mixed("steps that count {rows} ({op})")
    state = fact.state._replace(axis=fact.state.axis + 1)
    return Fact(state, (None, *fact.sizes))


def _promised(promise: Promise, inputs: list[Fact], outputs: int) -> list[Fact]:
    """Apply what a recorded function promises."""
    whole = [inputs[i] for i in promise.whole]
    facts = [fact for i, fact in enumerate(inputs) if i not in promise.whole]
    if any(fact.state != CONSTANT for fact in whole):
        raise Mixed("{op} in a table of rows")
    shape = broadcast([fact.sizes for fact in facts])
    state = aligned(facts, len(shape))
    if state.kind in ("rows", "stacked", "flat") and state.axis in promise.axes:
        raise Mixed("{op} over {rows}")
    if promise.axes and state.kind == "count":
        raise Mixed("{op} of the number of {rows}")
    fact = Fact(state, shape)
    if promise.reduces == "resizes":
        fact = Fact(state, tuple(None if i in promise.axes else n for i, n in enumerate(shape)))
    elif promise.reduces:
        fact = without_axes(fact, state, set(promise.axes), keepdims=promise.reduces == "keepdims")
    return [fact] * outputs


def _of_tensor(tensor: TensorProto) -> Fact:
    shape = tuple(tensor.dims)
    count = int(np.prod(shape, dtype=object))
    if (
        tensor.data_type not in (6, 7)
        or len(shape) > 1
        or count > _MOST_ELEMENTS
        or tensor.data_location
    ):
        return Fact(CONSTANT, shape)
    from onnx import numpy_helper

    return Fact(CONSTANT, shape, _objects(numpy_helper.to_array(tensor)))


def _objects(array: Any) -> np.ndarray[Any, Any]:
    return np.array(np.asarray(array).tolist(), object)


def _of_attributes(node: NodeProto) -> Fact:
    ((name, value),) = _attributes(node).items()
    if name == "value":
        return _of_tensor(value)
    if name in ("value_int", "value_ints"):
        data = _objects(value)
        return Fact(CONSTANT, data.shape, data)
    if name in ("value_floats", "value_strings"):
        return Fact(CONSTANT, (len(value),))
    return Fact(CONSTANT, tuple(value.dims) if name == "sparse_value" else ())


def _attributes(node: NodeProto) -> dict[str, Any]:
    from onnx import helper

    if any(attribute.ref_attr_name for attribute in node.attribute):
        raise Mixed("{op} with an attribute of a function")
    return {a.name: helper.get_attribute_value(a) for a in node.attribute if not a.HasField("g")}


def _read(node: NodeProto) -> set[str]:
    """Return the names that a node and its subgraphs read; some are of values of the subgraphs."""
    names = {name for name in node.input if name}
    for graph in subgraphs(node):
        made = {info.name for info in graph.input} | {t.name for t in graph.initializer}
        made |= {name for inner in graph.node for name in inner.output}
        names |= {name for inner in graph.node for name in _read(inner)} - made
        names |= {info.name for info in graph.output} - made
    return names


def _last_uses(graph: Any) -> dict[str, int]:
    last = {name: i for i, node in enumerate(graph.node) for name in _read(node)}
    for output in graph.output:
        last[output if isinstance(output, str) else output.name] = len(graph.node)
    return last


_WIDTHS = {1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 8: 48, 9: 1, 10: 2, 12: 4, 16: 2}
"""Bytes of an element by ``TensorProto.DataType``; 8 of others."""


def _row_bytes(fact: Fact, info: ValueInfoProto | None) -> int:
    if fact.axis is None:
        return 0
    width = 8 if info is None else _WIDTHS.get(info.type.tensor_type.elem_type, 8)
    for i, size in enumerate(fact.sizes):
        if i != fact.axis:
            width *= size if isinstance(size, int) else 8
    return width


def _label(node: NodeProto) -> str:
    """Return what people call an operator."""
    name = node.op_type
    return name.removeprefix("Reduce").lower() if name.startswith("Reduce") else name
