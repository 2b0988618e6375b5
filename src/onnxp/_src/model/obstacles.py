"""What stands in the way of a model on a target: nodes whose operators, versions or dtypes it does not have."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from onnxp._src.dtypes import ALL_BY_ONNX, BY_ONNX
from onnxp._src.graph.values import Target
from onnxp._src.model.avoided import label
from onnxp._src.model.display.format import operator_text, place, text_of
from onnxp._src.model.nodes import all_nodes, graphs
from onnxp._src.model.stored import stored_constants
from onnxp._src.model.type_inference import infer_types
from onnxp._src.model.version_converter import least_version, schema, tensor_type

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

ElemTypes = Mapping[str, int]
"""The numbers of the dtypes of tensors, by name."""

NEWER_VALUES: dict[tuple[str, str], dict[bytes, int]] = {
    ("Pad", "mode"): {b"wrap": 19},
    ("ScatterElements", "reduction"): {b"max": 18, b"min": 18},
    ("ScatterND", "reduction"): {b"max": 18, b"min": 18},
}
"""Values of attributes that are newer than their operators, and the opset that added them."""


class Obstacle(NamedTuple):
    """Why a model does not meet a target.

    Attributes
    ----------
    node, operator : str
        The name of the node, empty if it is an input or output, and its operator.
    reason : str
        What the target does not have.
    place : str
        The user's line that recorded the node, if it is known.
    """

    node: str
    operator: str
    reason: str
    place: str

    def __str__(self) -> str:
        what = f"{self.operator} ({self.node})" if self.node else self.operator
        return f"{what}{f' at {self.place}' if self.place else ''}: {self.reason}"


def obstacles(
    model: ModelProto, target: Target, places: Mapping[str, str] | None = None
) -> Iterator[Obstacle]:
    """Yield what stands in the way of a model on a target.

    Parameters
    ----------
    model : onnx.ModelProto
        Any model.
    target : Target
        The target.
    places : mapping of str to str, optional
        The user's lines by names of nodes; those in the metadata of nodes are known.
    """
    versions = {"" if o.domain == "ai.onnx" else o.domain: o.version for o in model.opset_import}
    local = {(f.domain, f.name) for f in model.functions}
    nodes = list(all_nodes(model.graph.node))
    types = elem_types(model) if target.lacks or target.avoids else {}

    def found(node: NodeProto, reason: str) -> Obstacle:
        where = (places or {}).get(node.name) or place(node)
        return Obstacle(text_of(node.name) or node.output[0], operator_text(node), reason, where)

    for node in nodes:
        domain = "" if node.domain == "ai.onnx" else node.domain
        if (node.domain, node.op_type) in local:
            if target.functions is False:
                yield found(node, "a local function, which its runtimes do not call")
            continue
        version = versions.get(domain, 1)
        if domain:
            newest = target.domains.get(domain, 0)
            if not newest:
                yield found(node, f"the domain {domain}")
            elif least_version(node, version) > newest:
                yield found(node, f"version {least_version(node, version)} of {domain}")
            continue
        needed = needed_opset(node, version)
        if needed > target.opset:
            yield found(node, f"opset {needed}")
        elif avoided := label(node, target.avoids, types):
            yield found(node, avoided)
        elif target.lacks:
            for name in node.output:
                dtype = ALL_BY_ONNX.get(types.get(name, 0))
                if dtype is not None and dtype.name in target.lacks:
                    yield found(node, dtype.name)
                    break
    for info in model.graph.input:
        dtype = ALL_BY_ONNX.get(types.get(info.name, 0))
        if dtype is not None and dtype.name in target.lacks:
            yield Obstacle("", f"the input {info.name!r}", dtype.name, "")
    for tensor in stored_constants(model):
        name = ALL_BY_ONNX[tensor.data_type].name
        if name in target.lacks:
            yield Obstacle("", f"the constant {text_of(tensor.name)!r}", name, "")


def needed_opset(node: NodeProto, version: int) -> int:
    """Return the oldest opset in which a node of `version` means the same."""
    return max(least_version(node, version), opset_of_values(node))


def opset_of_values(node: NodeProto) -> int:
    """Return the oldest opset that has the values of the attributes of a node."""
    values = (NEWER_VALUES.get((node.op_type, a.name), {}).get(a.s, 0) for a in node.attribute)
    return max(values, default=0)


def elem_types(model: ModelProto) -> dict[str, int]:
    """Return the dtypes of the tensors of a model, as far as they are declared or can be inferred."""
    with contextlib.suppress(Exception):  # what is declared remains
        model = infer_types(model)
    types: dict[str, int] = {}
    for graph in graphs(model.graph):
        for name, number in _declared(graph).items():
            # branches may use one name for different things
            types[name] = number if types.get(name, number) == number else 0
    return types


def _declared(graph: GraphProto) -> dict[str, int]:
    infos = (*graph.input, *graph.output, *graph.value_info)
    return {
        **{tensor.name: tensor.data_type for tensor in graph.initializer},
        **{info.name: info.type.tensor_type.elem_type for info in infos},
    }


def allows(node: NodeProto, version: int, types: ElemTypes) -> bool:
    """Return whether an opset has a node, with the dtypes of its inputs as far as they are known.

    A name that stands for different dtypes in two branches has the number 0; it is none that an opset has.
    """
    current = schema(node.domain, node.op_type, version)
    if current is None:
        return False
    constraints = {c.type_param_str: c.allowed_type_strs for c in current.type_constraints}
    formal = list(current.inputs)
    for i, name in enumerate(node.input):
        dtype = BY_ONNX.get(types.get(name, 0))
        if types.get(name) == 0:
            return False
        if dtype is None or not formal:
            continue
        parameter = formal[min(i, len(formal) - 1)]
        allowed = constraints.get(parameter.type_str, [parameter.type_str])
        if tensor_type(dtype) not in allowed:
            return False
    return True
