"""Rewriting a model for a target: older opsets, and operators that its runtimes do not have."""

from __future__ import annotations

from collections.abc import Mapping, MutableSequence
from typing import TYPE_CHECKING, Any, final

import numpy as np

from onnxp._src.graph.values import Target
from onnxp._src.model.avoided import (
    AVOIDED,
    FLOAT,
    Context,
    Rule,
    cast,
    label,
    reduced_bool,
)
from onnxp._src.model.boxes import note, noted
from onnxp._src.model.inliner import inline
from onnxp._src.model.messages import copied, replace
from onnxp._src.model.nodes import graphs, subgraphs
from onnxp._src.model.obstacles import (
    Obstacle,
    allows,
    elem_types,
    needed_opset,
    obstacles,
    opset_of_values,
)
from onnxp._src.model.stored import widen_stored
from onnxp._src.model.version_converter import changes_meaning, schema, stays
from onnxp._src.model.writing.names import UniqueNames
from onnxp._src.ops.versions import BASE_OPSET
from onnxp.errors import OpsetError, TargetError

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

IR_VERSIONS = {17: 8, 18: 8, 19: 9, 20: 9}
"""The versions of files, which are 10 for newer opsets."""


def adapt(model: ModelProto, target: Target, places: Mapping[str, str] | None = None) -> None:
    """Rewrite a model for a target, in place.

    Raises
    ------
    OpsetError
        If a node has no form in the opset.
    TargetError
        If something stands in the way of the target.
    """
    version = next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
    opset = min(version, target.opset) if target.is_limit else version
    if model.functions and (target.functions is False or opset < version):
        boxes = noted(model) | inline(model, False).boxes
        note(model, boxes, {})
    if opset < BASE_OPSET or target.lacks:
        widen_stored(model, None if opset < BASE_OPSET else target.lacks)
    if opset < version or target.avoids or target.replaces:
        _Rewriter(model, target, version, opset, places or {}).run()
    if target.is_strict:
        for obstacle in obstacles(model, target, places):
            raise TargetError(_message(obstacle, target))


def _message(obstacle: Obstacle, target: Target) -> str:
    advice = _ADVICE.get(obstacle.operator, "")
    if not advice and obstacle.reason.startswith("the domain"):
        advice = (
            f'trace the function with target="{target.name}", which records other nodes if it can'
        )
    text = f"the target {target.name} does not have {obstacle}"
    return f"{text}; {advice}" if advice else text


_ADVICE = {
    "com.microsoft.Tokenizer": "no operator of ONNX takes text apart: compute lengths, parts and counts of "
    "words before the model, and pass numbers or categories to it"
}
"""What to do without an operator that has no other form."""


@final
class _Rewriter:
    def __init__(
        self,
        model: ModelProto,
        target: Target,
        version: int,
        opset: int,
        places: Mapping[str, str],
    ) -> None:
        self._model = model
        self._replaced = target.avoids | target.replaces
        self._version = version
        self._opset = opset
        self._places = places
        names = [
            name for graph in graphs(model.graph) for node in graph.node for name in node.output
        ]
        self._context = Context(
            elem_types(model),
            _constants(model),
            UniqueNames([*names, *(t.name for t in model.graph.initializer)]).take,
            self._opset,
        )

    def run(self) -> None:
        model = self._model
        self._nodes(model.graph.node)
        if self._opset < self._version:
            for entry in model.opset_import:
                if entry.domain in ("", "ai.onnx"):
                    entry.version = self._opset
            model.ir_version = min(model.ir_version, IR_VERSIONS.get(self._opset, 10))
        _drop_unused(model)

    def _nodes(self, nodes: MutableSequence[NodeProto]) -> None:
        made: list[NodeProto] = []
        changed = False
        for node in nodes:
            for graph in subgraphs(node):
                self._nodes(graph.node)
            parts = self._parts(node)
            changed |= parts != [node]
            made.extend(parts)
        if changed:
            replace(nodes, made)

    def _parts(self, node: NodeProto) -> list[NodeProto]:
        if node.domain not in ("", "ai.onnx"):
            return [node]
        avoided = label(node, self._replaced, self._context.types, self._context.constants)
        parts = AVOIDED[avoided](node, self._context) if avoided in AVOIDED else None
        if parts is not None:
            return self._noted(node, [p for part in parts for p in self._lowered(part)])
        return self._noted(node, self._lowered(node))

    def _lowered(self, node: NodeProto) -> list[NodeProto]:
        if self._fits(node):
            return [node]
        for rule in RULES.get(node.op_type, ()):
            parts = rule(node, self._context)
            if parts is not None:
                return [
                    p for part in parts for p in ([part] if part is node else self._lowered(part))
                ]
        needed = needed_opset(node, self._version)
        where = self._places.get(node.name, "")
        raise OpsetError(
            f"{node.op_type} ({node.name}){f' at {where}' if where else ''} needs opset "
            f"{max(needed, self._opset + 1)}, but opset={self._opset} was given; give that one, or none"
        )

    def _fits(self, node: NodeProto) -> bool:
        """Return whether the opset has a node as it is."""
        new, old = self._opset, self._version
        if new == old or needed_opset(node, old) <= new:
            return True
        current = schema("", node.op_type, new)
        return (
            current is not None
            and opset_of_values(node) <= new
            and not changes_meaning(node.op_type, new, old)
            and stays(node, current)
            and allows(node, new, self._context.types)
        )

    @staticmethod
    def _noted(node: NodeProto, parts: list[NodeProto]) -> list[NodeProto]:
        """Give the parts of a node its metadata."""
        if parts != [node]:
            for part in parts:
                if not part.metadata_props:
                    part.metadata_props.extend(node.metadata_props)
        return parts


def _constants(model: ModelProto) -> dict[str, np.ndarray[Any, Any]]:
    """Return the small constants of a model that have names of their own."""
    from onnx import TensorProto, numpy_helper

    tensors: dict[str, TensorProto | None] = {}
    for graph in graphs(model.graph):
        for tensor in graph.initializer:
            tensors[tensor.name] = None if tensor.name in tensors else tensor
        for node in graph.node:
            is_constant = node.op_type == "Constant" and node.attribute[0].name == "value"
            for name in node.output:
                value = node.attribute[0].t if is_constant else None
                tensors[name] = None if name in tensors else value
    return {
        name: numpy_helper.to_array(tensor)
        for name, tensor in tensors.items()
        if tensor is not None and tensor.data_type in (6, 7) and len(tensor.dims) < 2
    }


def _drop_unused(model: ModelProto) -> None:
    """Remove the constants that became attributes."""
    read = {name for graph in graphs(model.graph) for node in graph.node for name in node.input}
    read.update(info.name for graph in graphs(model.graph) for info in graph.output)
    kept = [tensor for tensor in model.graph.initializer if tensor.name in read]
    if len(kept) < len(model.graph.initializer):
        replace(model.graph.initializer, kept)


# Rules: the nodes that take the place of a node, or None


def _axes_as_attribute(node: NodeProto, context: Context) -> list[NodeProto] | None:
    """Write axes, which are an input from opset 18 on, as an attribute."""
    if context.opset >= 18:
        return None
    made = copied(node)
    keeps = [a for a in made.attribute if a.name != "noop_with_empty_axes"]
    noop = any(a.name == "noop_with_empty_axes" and a.i for a in made.attribute)
    axes = context.constants.get(made.input[1]) if len(made.input) > 1 and made.input[1] else None
    if len(made.input) > 1 and made.input[1] and axes is None:
        return None
    if noop and (axes is None or not axes.size):
        return None
    del made.attribute[:]
    made.attribute.extend(keeps)
    del made.input[1:]
    if axes is not None and axes.size:
        made.attribute.add(name="axes", type=7).ints.extend(int(i) for i in axes)
    return [made]


def _axis_as_attribute(node: NodeProto, context: Context) -> list[NodeProto] | None:
    """Write the axis of DFT, which is an input from opset 20 on, as an attribute."""
    axis = context.constants.get(node.input[2]) if len(node.input) > 2 else np.asarray(-2)
    if axis is None or axis.ndim or int(axis) < 0:
        # negative ones count the last axis from opset 20 on
        return None
    made = copied(node)
    del made.input[2:]
    while len(made.input) > 1 and not made.input[-1]:
        del made.input[-1]
    made.attribute.add(name="axis", type=2).i = int(axis)
    return [made]


def _of_float(node: NodeProto, context: Context) -> list[NodeProto] | None:
    """Ask float32 whether a float16 is infinite."""
    if context.types.get(node.input[0]) != 10:
        return None
    before = cast(node.input[0], FLOAT, context, node.name)
    inner = copied(node)
    inner.input[0] = before.output[0]
    return [before, inner]


RULES: dict[str, tuple[Rule, ...]] = {
    **dict.fromkeys(
        (f"Reduce{name}" for name in "L1 L2 LogSum LogSumExp Mean Prod SumSquare".split()),
        (_axes_as_attribute,),
    ),
    **dict.fromkeys(("ReduceMax", "ReduceMin"), (reduced_bool, _axes_as_attribute)),
    "DFT": (_axis_as_attribute,),
    "IsInf": (_of_float,),
}
"""By operator: what it was in opsets before 21, in which it has another form."""
