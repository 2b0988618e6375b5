"""Nodes of foreign models whose kernels end the process for some inputs, and nodes to put around them.

The rows of `runtime_bugs` say which runtimes do so. Programs that onnxp records need no guards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from onnxp._src.dtypes import BY_ONNX, DType
from onnxp._src.graph.values import DOMAIN
from onnxp._src.model.guard_nodes import (
    FARTHEST,
    INDEXED,
    REDUCTIONS,
    division,
    filled,
    is_guarded,
)
from onnxp._src.model.messages import replace
from onnxp._src.model.nodes import all_nodes, subgraphs
from onnxp._src.model.type_inference import infer_types
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
    "RNN": "recurrence over nothing",
    "TopK": "sorting no rows",
    "OneHot": "one-hot vectors of empty arrays",
    "Einsum": "products of empty arrays",
    "QuantizeLinear": "blocks of nothing",
}
"""The operators that must be given elements, and the rows of `runtime_bugs`."""
_ONLY_WITH = {"QuantizeLinear": "block_size", "Unique": "axis"}
"""Those that must only be given elements if they have an attribute."""
_INDEXED: dict[str, tuple[str, ...]] = {
    "Col2Im": ("blocks without elements",),
    "ConvTranspose": ("images of no pixel",),
    "CumSum": ("axes of no element",),
    "DFT": ("transform of empty arrays", "transforms along parts"),
    "GatherND": ("indices into empty arrays", "batches of other sizes"),
    "GridSample": ("samples of no image",),
    "LSTM": ("recurrence over nothing",),
    "LpNormalization": ("normalised axes of nothing",),
    "MaxUnpool": ("maxima of no place",),
    "RoiAlign": ("regions of no image",),
    "STFT": ("frames without elements",),
    "ScatterND": ("scatter at no place",),
    "Trilu": ("far diagonals",),
    **dict.fromkeys(REDUCTIONS, ("axes of no rank",)),
}
"""The operators that must be given indices, or sizes, that there are, and the rows of `runtime_bugs`."""
_LEAST_INPUTS = {
    "Col2Im": 3,
    "CumSum": 2,
    "GatherND": 2,
    "LSTM": 3,
    "MaxUnpool": 2,
    "RoiAlign": 3,
    "STFT": 2,
    "ScatterND": 3,
}
"""Of nodes with fewer, the runtime makes no session."""


class Risk(NamedTuple):
    """A node whose kernel ends the process for some inputs, and the row of `runtime_bugs`."""

    node: NodeProto
    bug: str
    dtype: DType | None  # of what is divided


class _Names:
    """What is known of values by their names: types, sizes (None if one is not known), and constants."""

    def __init__(self, model: ModelProto) -> None:
        self.dtypes: dict[str, int] = {}
        self.shapes: dict[str, list[int | None]] = {}
        self.constants: dict[str, TensorProto] = {}
        self._add(model.graph)

    def _add(self, graph: GraphProto) -> None:
        for info in (*graph.input, *graph.value_info, *graph.output):
            kind = info.type.tensor_type
            self.dtypes[info.name] = kind.elem_type
            if kind.HasField("shape"):
                self.shapes[info.name] = [
                    size.dim_value if size.dim_value > 0 else None for size in kind.shape.dim
                ]
        for tensor in graph.initializer:
            self.dtypes[tensor.name] = tensor.data_type
            self.shapes[tensor.name] = list(tensor.dims)
            self.constants[tensor.name] = tensor
        for node in graph.node:
            for attribute in node.attribute:
                if node.op_type == "Constant" and node.output and attribute.HasField("t"):
                    self.dtypes[node.output[0]] = attribute.t.data_type
                    self.shapes[node.output[0]] = list(attribute.t.dims)
                    self.constants[node.output[0]] = attribute.t
                elif node.op_type == "Constant" and node.output and attribute.ints:
                    self.shapes[node.output[0]] = [len(attribute.ints)]
            for inner in subgraphs(node):
                self._add(inner)

    def add_inferred(self, model: ModelProto) -> None:
        """Add the types that onnx infers to those that are declared."""
        try:
            inferred = _Names(infer_types(model))
        except Exception:  # errors in the model are reported elsewhere
            return
        self.dtypes = {**inferred.dtypes, **{k: v for k, v in self.dtypes.items() if v}}
        self.shapes = {**inferred.shapes, **self.shapes}


def risks(model: ModelProto, version: str) -> list[Risk]:
    """Return the nodes that may end the process in a version of the runtime, by the types that are known."""
    model = _inlined(model)
    names = _Names(model)
    nodes = list(_nodes(model.graph))
    unknown = (
        x for n in nodes if n.op_type in _DIVISIONS for x in n.input[:1] if not names.dtypes.get(x)
    )
    if any(True for _ in unknown) and len(nodes) < _MOST_INFERRED:
        names.add_inferred(model)
    return [risk for node in nodes for risk in _risks(node, names, version)]


_MOST_INFERRED = 5000
"""Nodes of a model whose types are inferred for a warning, which takes onnx some 10 µs for each."""


def guarded(model: ModelProto, version: str) -> ModelProto:
    """Return a model whose nodes do not end the process in a version of the runtime.

    A quotient by 0 is 0, the smallest integer divided by -1 is itself, and what has no elements, or indices
    beyond an array, make a run fail. Functions with such nodes are inlined.
    """
    from onnx import ModelProto

    copy = ModelProto()
    copy.CopyFrom(_inlined(model))
    names = _Names(copy)
    names.add_inferred(copy)
    _guard(copy.graph, names, version)
    for function in copy.functions:  # that cannot be inlined
        _guard(function, names, version)
    return copy


def _inlined(model: ModelProto) -> ModelProto:
    """Return a model without functions of other tools that may divide integers: their types are not known."""
    foreign = [function for function in model.functions if function.domain != DOMAIN]
    operators = {node.op_type for function in foreign for node in all_nodes(function.node)}
    if operators.isdisjoint(_DIVISIONS):
        return model
    from onnx import inliner

    try:
        return inliner.inline_selected_functions(model, [(f.domain, f.name) for f in foreign])
    except Exception:  # errors in the model are reported elsewhere
        return model


def _nodes(graph: GraphProto) -> Iterator[NodeProto]:
    for node in graph.node:
        yield node
        for inner in subgraphs(node):
            yield from _nodes(inner)


def _risks(node: NodeProto, names: _Names, version: str) -> Iterator[Risk]:
    if node.domain not in _ONNX or len(node.input) < _LEAST_INPUTS.get(node.op_type, 1):
        return
    if not node.output or is_guarded(node):
        return
    for bug in _bugs(node, names):
        if RUNTIME_BUGS[bug].applies(version):
            yield Risk(node, bug, BY_ONNX.get(names.dtypes.get(node.input[0], 0)))
            return


def _bugs(node: NodeProto, names: _Names) -> Iterator[str]:
    attributes = {attribute.name: attribute for attribute in node.attribute}
    if node.op_type in _DIVISIONS and len(node.input) == 2 and len(node.output) == 1:
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
    elif node.op_type in _FILLED and _ONLY_WITH.get(node.op_type, "") in ("", *attributes):
        yield _FILLED[node.op_type]
    for bug in _INDEXED.get(node.op_type, ()):
        if _MAY_MISS.get(bug, _always)(node, names):
            yield bug


def _always(node: NodeProto, names: _Names) -> bool:
    return True


def _may_be_empty(node: NodeProto, names: _Names, first: int = 0) -> bool:
    """Return whether the first input may have no elements along axes from one on."""
    shape = names.shapes.get(node.input[0])
    return shape is None or not all(shape[first:])


def _may_have_no_pixel(node: NodeProto, names: _Names) -> bool:
    return _may_be_empty(node, names, 2)


def _may_have_blocks_of_nothing(node: NodeProto, names: _Names) -> bool:
    sizes = _numbers(names.constants.get(node.input[2]))
    return sizes is None or bool(np.any(sizes < 1))


def _may_have_no_place(node: NodeProto, names: _Names) -> bool:
    shape = names.shapes.get(node.input[1], [1])
    return not shape or not shape[-1]


def _may_be_far(node: NodeProto, names: _Names) -> bool:
    has = len(node.input) > 1 and node.input[1]
    diagonal = _numbers(names.constants.get(node.input[1])) if has else 0
    return diagonal is None or bool(np.any(np.abs(np.float64(diagonal)) > FARTHEST))


def _may_have_no_axis(node: NodeProto, names: _Names) -> bool:
    shape = names.shapes.get(node.input[1])
    return shape is None or not all(shape)


def _may_be_along_parts(node: NodeProto, names: _Names) -> bool:
    if len(node.input) < 3 or not node.input[2]:
        return False
    axis, shape = _numbers(names.constants.get(node.input[2])), names.shapes.get(node.input[0])
    if axis is None or axis.size != 1:
        return True
    number = int(axis.reshape(()))
    return number == -1 or (number >= 0 and (shape is None or number == len(shape) - 1))


def _may_have_other_batches(node: NodeProto, names: _Names) -> bool:
    batch = next((a.i for a in node.attribute if a.name == "batch_dims"), 0)
    x, indices = (names.shapes.get(name) for name in node.input[:2])
    if not batch:
        return False
    return x is None or indices is None or None in x[:batch] or x[:batch] != indices[:batch]


def _may_have_no_frame(node: NodeProto, names: _Names) -> bool:
    inputs = [*node.input, "", ""]
    if inputs[2]:
        shape = names.shapes.get(inputs[2])
        if shape is None or not all(shape):
            return True
    length = _numbers(names.constants.get(inputs[3])) if inputs[3] else 1
    return length is None or bool(np.any(np.less(length, 1)))


def _may_have_no_size(node: NodeProto, names: _Names) -> bool:
    shape = names.shapes.get(node.input[0])
    axis = next((a.i for a in node.attribute if a.name == "axis"), -1)
    return shape is None or not -len(shape) <= axis < len(shape) or not shape[axis]


def _has_axes_of_no_rank(node: NodeProto, names: _Names) -> bool:
    return len(node.input) > 1 and bool(node.input[1]) and not names.shapes.get(node.input[1])


_MAY_MISS: dict[str, Callable[[NodeProto, _Names], bool]] = {
    "axes of no element": _may_have_no_axis,
    "axes of no rank": _has_axes_of_no_rank,
    "batches of other sizes": _may_have_other_batches,
    "blocks without elements": _may_have_blocks_of_nothing,
    "far diagonals": _may_be_far,
    "frames without elements": _may_have_no_frame,
    "images of no pixel": _may_have_no_pixel,
    "indices into empty arrays": _may_be_empty,
    "normalised axes of nothing": _may_have_no_size,
    "samples of no image": _may_have_no_pixel,
    "scatter at no place": _may_have_no_place,
    "transform of empty arrays": _may_be_empty,
    "transforms along parts": _may_be_along_parts,
}
"""Whether an input may be one for which a kernel ends the process, as far as is known; else any may be."""


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
            nodes.extend(division(node, risk.dtype))
        elif node.op_type in _INDEXED:
            nodes.extend(INDEXED[node.op_type](node))
        else:
            nodes.extend(filled(node))
    replace(graph.node, nodes)


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
