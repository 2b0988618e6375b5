"""Nodes of foreign models whose kernels end the process for some inputs, and nodes to put around them.

The rows of `runtime_bugs` say which runtimes do so. Programs that onnxp records need no guards.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from onnxp._src.dtypes import BY_ONNX, DType
from onnxp._src.model.type_inference import infer_types
from onnxp._src.model.version_converter import subgraphs
from onnxp._src.ops.runtime_bugs import RUNTIME_BUGS

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

_ONNX = ("", "ai.onnx")
_DIVISIONS = {
    "Div": ("division by zero", "smallest by -1"),
    "Mod": ("division by zero", "smallest modulo -1"),
}
_FILLED = {
    "Unique": "unique along no elements",
    "GRU": "recurrence over nothing",
    "LSTM": "recurrence over nothing",
    "RNN": "recurrence over nothing",
    "TopK": "sorting no rows",
    "OneHot": "one-hot vectors of nothing",
    "Einsum": "products of nothing",
}
"""The operators that must be given elements, and the rows of `runtime_bugs`."""


class Risk(NamedTuple):
    """A node whose kernel ends the process for some inputs, and the row of `runtime_bugs`."""

    node: NodeProto
    bug: str
    dtype: DType | None  # of what is divided


class _Names:
    """What is known of values by their names: types, and constants."""

    def __init__(self, model: ModelProto) -> None:
        self.dtypes: dict[str, int] = {}
        self.constants: dict[str, TensorProto] = {}
        self._add(model.graph)

    def _add(self, graph: GraphProto) -> None:
        for info in (*graph.input, *graph.value_info, *graph.output):
            self.dtypes[info.name] = info.type.tensor_type.elem_type
        for tensor in graph.initializer:
            self.dtypes[tensor.name] = tensor.data_type
            self.constants[tensor.name] = tensor
        for node in graph.node:
            for attribute in node.attribute:
                if node.op_type == "Constant" and attribute.HasField("t"):
                    self.dtypes[node.output[0]] = attribute.t.data_type
                    self.constants[node.output[0]] = attribute.t
            for inner in subgraphs(node):
                self._add(inner)


def risks(model: ModelProto, version: str) -> list[Risk]:
    """Return the nodes that may end the process in a version of the runtime, by the types that are declared."""
    names = _Names(model)
    return [risk for node in _nodes(model.graph) for risk in _risks(node, names, version)]


def guarded(model: ModelProto, version: str) -> ModelProto:
    """Return a model whose nodes do not end the process in a version of the runtime.

    A quotient by 0 is 0, the smallest integer divided by -1 is itself, and what has no elements makes a run
    fail. Nodes in functions are guarded only where they need elements.
    """
    from onnx import ModelProto

    copy = ModelProto()
    copy.CopyFrom(model)
    names = _Names(model)
    try:
        inferred = _Names(infer_types(model))
        names.dtypes = {**inferred.dtypes, **{k: v for k, v in names.dtypes.items() if v}}
    except Exception:  # errors in the model are reported elsewhere
        pass
    _guard(copy.graph, names, version)
    for function in copy.functions:
        _guard(function, names, version)
    return copy


def _nodes(graph: GraphProto) -> Iterator[NodeProto]:
    for node in graph.node:
        yield node
        for inner in subgraphs(node):
            yield from _nodes(inner)


def _risks(node: NodeProto, names: _Names, version: str) -> Iterator[Risk]:
    if node.domain not in _ONNX or not node.input:
        return
    for bug in _bugs(node, names):
        if RUNTIME_BUGS[bug].applies(version):
            yield Risk(node, bug, BY_ONNX.get(names.dtypes.get(node.input[0], 0)))
            return


def _bugs(node: NodeProto, names: _Names) -> Iterator[str]:
    attributes = {attribute.name: attribute for attribute in node.attribute}
    if node.op_type in _DIVISIONS and len(node.input) == 2:
        dtype = BY_ONNX.get(names.dtypes.get(node.input[0], 0))
        if dtype is None or dtype.family not in ("int", "uint") or dtype.name == "uint64":
            return
        if "fmod" in attributes and attributes["fmod"].i:
            return
        divisors = _numbers(names.constants.get(node.input[1]))
        zero, minus = _DIVISIONS[node.op_type]
        if divisors is None or 0 in divisors:
            yield zero
        if dtype.family == "int" and (divisors is None or -1 in divisors):
            yield minus
    elif node.op_type in _FILLED and (node.op_type != "Unique" or "axis" in attributes):
        yield _FILLED[node.op_type]


def _numbers(tensor: TensorProto | None) -> np.ndarray[Any, Any] | None:
    from onnx import numpy_helper

    try:
        return None if tensor is None else numpy_helper.to_array(tensor)
    except Exception:  # damaged, which the runtime reports
        return None


def _guard(graph: Any, names: _Names, version: str) -> None:
    """Put nodes around those of a graph, or of a function."""
    nodes: list[NodeProto] = []
    for node in graph.node:
        for inner in subgraphs(node):
            _guard(inner, names, version)
        risk = next(_risks(node, names, version), None)
        if risk is None:
            nodes.append(node)
        elif risk.dtype is not None and node.op_type in _DIVISIONS:
            nodes.extend(_division(node, risk.dtype))
        else:
            nodes.extend(_filled(node))
    copies = [type(node).FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)


def _division(node: NodeProto, dtype: DType) -> Iterator[NodeProto]:
    """Yield the nodes that divide by 1 in place of 0 and -1, and correct the quotient."""
    from onnx import helper, numpy_helper

    (output,) = node.output
    wide = "int32" if dtype.name in ("int8", "int16", "uint8", "uint16") else "int64"
    wide = dtype.name if dtype.name == "int32" else wide
    number = helper.np_dtype_to_tensor_dtype(np.dtype(wide))
    parts: dict[str, str] = {}

    def name(part: str) -> str:
        return parts.setdefault(part, f"{output}/guard/{part}")

    def make(op: str, inputs: list[str], part: str, **attributes: Any) -> NodeProto:
        return helper.make_node(op, inputs, [name(part)], **attributes)

    for part, value in (("0", 0), ("1", 1), ("-1", -1)):
        tensor = numpy_helper.from_array(np.asarray(value, wide))
        yield make("Constant", [], part, value=tensor)
    x, y = node.input
    yield make("Cast", [x], "x", to=number)
    yield make("Cast", [y], "y", to=number)
    yield make("Equal", [name("y"), name("0")], "is_0")
    yield make("Equal", [name("y"), name("-1")], "is_-1")
    yield make("Cast", [name("is_0")], "one", to=number)
    yield make("Cast", [name("is_-1")], "minus", to=number)
    yield make("Add", [name("minus"), name("minus")], "two")
    yield make("Add", [name("one"), name("two")], "moved")
    yield make("Add", [name("y"), name("moved")], "divisor")
    yield helper.make_node(
        node.op_type, [name("x"), name("divisor")], [name("quotient")], node.name
    )
    last = name("quotient")
    if node.op_type == "Div":
        yield make("Sub", [name("1"), name("moved")], "sign")
        yield make("Mul", [last, name("sign")], "product")
        last = name("product")
    yield helper.make_node("Cast", [last], [output], to=dtype.onnx)


def _filled(node: NodeProto) -> Iterator[NodeProto]:
    """Yield the nodes that make a run fail if an input has no elements: a Reshape to more than there are."""
    from onnx import helper, numpy_helper

    inputs = list(node.input)
    places = range(len(inputs)) if node.op_type == "Einsum" else [0]
    for i in places:
        prefix = f"{node.output[0]}/guard/{i}"
        zero, shape, empty, one, more, checked = (
            f"{prefix}/{part}" for part in ("zero", "shape", "empty", "one", "more", "checked")
        )
        tensor = numpy_helper.from_array(np.asarray(0))
        yield helper.make_node("Constant", [], [zero], value=tensor)
        yield helper.make_node("Shape", [inputs[i]], [shape])
        yield helper.make_node("Equal", [shape, zero], [empty])
        yield helper.make_node("Cast", [empty], [one], to=7)
        yield helper.make_node("Add", [shape, one], [more])
        yield helper.make_node("Reshape", [inputs[i], more], [checked])
        inputs[i] = checked
    copy = type(node)()
    copy.CopyFrom(node)
    del copy.input[:]
    copy.input.extend(inputs)
    yield copy


def text_of(found: list[Risk]) -> str:
    """Return what a warning says of some nodes."""
    lines: dict[str, list[str]] = {}
    for risk in found:
        lines.setdefault(risk.bug, []).append(risk.node.output[0])
    return "; ".join(
        f"{RUNTIME_BUGS[bug].operator} ({', '.join(map(repr, outputs[:3]))}"
        f"{', ...' if len(outputs) > 3 else ''}): {RUNTIME_BUGS[bug].what}"
        for bug, outputs in lines.items()
    )
