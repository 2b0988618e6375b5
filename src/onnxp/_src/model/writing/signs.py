"""The sign of products: in ``1 / (1 + exp(-(x @ w + b)))``, an exponential takes the negative of a Gemm.

Written with negative constants it needs no Neg, to the bit but for the sign of zeros: exponentials do not see
that, nor do comparisons with 0, which are turned round.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from onnx import numpy_helper

from onnxp._src.model.boxes import box_name
from onnxp._src.model.nodes import all_nodes, subgraphs

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto, TensorProto

_TURNED = {
    "Greater": "Less",
    "GreaterOrEqual": "LessOrEqual",
    "Less": "Greater",
    "LessOrEqual": "GreaterOrEqual",
}
"""Comparisons with 0, and those of the negative number."""
_SHAPING = ("Reshape", "Squeeze")


def turn_signs(graph: GraphProto) -> None:
    """Write the negatives of such products in the place of these, where only that is to be seen."""
    signs = _Signs(graph)
    for node in [node for node in graph.node if node.op_type == "Neg"]:
        signs.turn(node)


class _Signs:
    """A graph whose products are turned, with the nodes that make and read each value."""

    def __init__(self, graph: GraphProto) -> None:
        self._graph = graph
        self._constants = {tensor.name: tensor for tensor in graph.initializer}
        self._makers = {name: node for node in graph.node for name in node.output}
        self._readers: dict[str, list[NodeProto | None]] = {}  # None is behind the graph
        for info in graph.output:
            self._readers.setdefault(info.name, []).append(None)
        for node in graph.node:
            inner = all_nodes(n for body in subgraphs(node) for n in body.node)
            results = [info.name for body in subgraphs(node) for info in body.output]
            for name in (*node.input, *(n for i in inner for n in i.input), *results):
                self._readers.setdefault(name, []).append(node)

    def turn(self, negation: NodeProto) -> None:
        """Write the negative of what a Neg reads, if that is a product, and nothing sees more of it."""
        name, result = negation.input[0], negation.output[0]
        gemm = self._gemm(name)
        if gemm is None or box_name(negation):
            return
        comparisons: list[NodeProto] = []
        for reader in self._readers[name]:
            if reader is not negation:
                found = self._comparisons(reader, name)
                if found is None:
                    return
                comparisons += found
        exponentials: list[NodeProto] = []
        for reader in self._readers.get(result, ()):
            if reader is None or reader.op_type != "Exp":
                return
            exponentials.append(reader)
        for i in (1, 2):
            gemm.input[i] = self._negative(gemm.input[i])
        for node in comparisons:
            node.op_type = _TURNED[node.op_type]
        for node in exponentials:
            node.input[0] = name
        self._readers[name] = [r for r in self._readers[name] if r is not negation]
        self._readers[name] += exponentials
        self._graph.node.remove(negation)
        for info in [i for i in self._graph.value_info if i.name == result]:
            self._graph.value_info.remove(info)

    def _gemm(self, name: str) -> NodeProto | None:
        """Return the Gemm with constants that makes a value, or the column that the value is squeezed from."""
        node = self._makers.get(name)
        if node is not None and node.op_type == "Squeeze":
            node = self._makers.get(node.input[0])
            if node is not None and len(self._readers[node.output[0]]) > 1:
                return None
        if node is None or node.op_type != "Gemm" or len(node.input) < 3 or box_name(node):
            return None
        return node if self._constants.keys() >= {*node.input[1:]} else None

    def _comparisons(self, reader: NodeProto | None, name: str) -> list[NodeProto] | None:
        """Return the comparisons with 0 that a node is, or shapes a value for; None if it is for more."""
        if reader is None or reader.input[0] != name or box_name(reader):
            return None
        if reader.op_type in _TURNED:
            return [reader] if _is_zero(reader.input[1], self._constants) else None
        if reader.op_type not in _SHAPING:
            return None
        shaped = reader.output[0]
        found: list[NodeProto] = []
        for node in self._readers.get(shaped, ()):
            if node is None or node.op_type not in _TURNED:
                return None
            comparison = self._comparisons(node, shaped)
            if comparison is None:
                return None
            found += comparison
        return found

    def _negative(self, name: str) -> str:
        """Return the name of the negative of a constant, which takes its place if nothing else reads that."""
        tensor = self._constants[name]
        negative = numpy_helper.from_array(-numpy_helper.to_array(tensor), f"{name}/negative")
        while negative.name in self._constants or negative.name in self._makers:
            negative.name += "_"
        if len(self._readers[name]) > 1:
            tensor = self._graph.initializer.add()
        tensor.CopyFrom(negative)
        self._constants[negative.name] = tensor
        return negative.name


def _is_zero(name: str, constants: Mapping[str, TensorProto]) -> bool:
    tensor = constants.get(name)
    return tensor is not None and not numpy_helper.to_array(tensor).any()
