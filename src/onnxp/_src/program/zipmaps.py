"""Maps of classes to probabilities, which models of other tools return, as matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onnxp._src.program.signature import signature_of

if TYPE_CHECKING:
    from onnx import NodeProto

    from onnxp._src.program.program import Program

_LABELS = ("classlabels_strings", "classlabels_int64s")


def without_maps(program: Program) -> Program:
    """Return a program whose outputs of ``ZipMap`` are matrices with a column for each class.

    A map for each row is how skl2onnx returns the probabilities of a classifier by default.
    """
    mapped = {leaf.name for leaf in program.outputs if leaf.dtype is None}
    if not mapped:
        return program
    from onnx import TensorProto, helper

    from onnxp._src.model.messages import copied

    model = copied(program.model)
    outputs = {info.name: info for info in model.graph.output}
    labels: list[str | int] = []
    for node in model.graph.node:
        if node.op_type != "ZipMap" or node.output[0] not in mapped:
            continue
        labels = _labels(node)
        name = node.output[0]
        matrix = helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, len(labels)])
        outputs[name].CopyFrom(matrix)
        node.CopyFrom(helper.make_node("Identity", node.input, node.output, node.name))
    if not labels:
        return program
    signature = signature_of(model)
    metadata = {**signature.metadata, "classes": labels}
    return type(program)(
        model, signature._replace(metadata=metadata), providers=program._runnable.providers
    )


def _labels(node: NodeProto) -> list[str | int]:
    """Return the keys of the maps."""
    from onnx import helper

    found = {a.name: helper.get_attribute_value(a) for a in node.attribute if a.name in _LABELS}
    return [
        label.decode(errors="replace") if isinstance(label, bytes) else int(label)
        for labels in found.values()
        for label in labels
    ]
