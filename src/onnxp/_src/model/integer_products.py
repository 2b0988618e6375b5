"""Integer products that onnxruntime's tool wrote, in a form that every runtime and processor gets right."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias, final

import numpy as np

from onnxp._src.dtypes import int8
from onnxp._src.model.messages import copied, replace
from onnxp._src.model.writing.names import UniqueNames

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

_Array: TypeAlias = np.ndarray[Any, Any]

TILE: Final = 16
"""Threads share the columns of a product in parts of so many; see "tiles of integers" in `runtime_bugs`."""
ROWS: Final = 31
"""The most rows of a product that may have any number of columns."""


def make_safe(model: ModelProto, others: Collection[str]) -> None:
    """Avoid errors of integer products, in place; no value changes: see `runtime_bugs`.

    Constants of int8 become uint8 ("saturated products", "convolutions by int8"), those of matrices get whole
    tiles of columns, and those of convolutions few channels each ("tiles of integers").

    Parameters
    ----------
    model : onnx.ModelProto
        What `quantize_dynamic` returned.
    others : collection of str
        The results of nodes that the model had before.
    """
    _Products(model, others).run()


@final
class _Products:
    """The state of one run.

    Attributes
    ----------
    _columns : dict of str to int
        How many columns a matrix had, by the name of its scaled product.
    _changed : dict of tuple of str and str to str
        The names of changed constants, by their former ones and what was changed.
    _replaced : set of str
        Constants of which there is another one.
    """

    def __init__(self, model: ModelProto, others: Collection[str]) -> None:
        from onnx import numpy_helper

        self._graph = graph = model.graph
        self._products = {
            node.output[0]: node
            for node in graph.node
            if node.op_type in ("MatMulInteger", "ConvInteger") and node.output[0] not in others
        }
        self._constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        names = [name for node in graph.node for name in (*node.output, node.name)]
        names += [info.name for info in graph.input]
        self._take = UniqueNames([*names, *self._constants]).take
        self._places = _places(model)
        self._columns: dict[str, int] = {}
        self._changed: dict[tuple[str, str], str] = {}
        self._replaced: set[str] = set()

    def run(self) -> None:
        """Write the nodes and constants anew."""
        from onnx import numpy_helper

        for node in self._products.values():
            for i in (1, 3):
                self._replace(node, i, "uint8", _unsigned)
        self._widen()
        made: list[NodeProto] = []
        for node in self._graph.node:
            if node.op_type == "ConvInteger" and node.output[0] in self._products:
                made += self._convolutions(node)
            elif node.output[0] in self._columns:
                made += self._sliced(node)
            else:
                made.append(node)
        replace(self._graph.node, made)
        read = {name for node in made for name in node.input}
        kept = {t.name: t for t in self._graph.initializer if t.name not in self._replaced - read}
        for name in self._constants.keys() & (read - kept.keys()):
            kept[name] = numpy_helper.from_array(self._constants[name], name)
        replace(self._graph.initializer, [kept[name] for name in self._constants if name in kept])

    def _replace(
        self, node: NodeProto, i: int, suffix: str, change: Callable[[_Array], _Array]
    ) -> None:
        """Let a node read a changed constant, unless it stays as it is."""
        name = node.input[i]
        if (name, suffix) not in self._changed:
            data = self._constants[name]
            new = change(data)
            self._changed[name, suffix] = (
                name if new is data else self._add(f"{name}_{suffix}", new)
            )
        node.input[i] = self._changed[name, suffix]
        if node.input[i] != name:
            self._replaced.add(name)

    def _add(self, hint: str, data: _Array) -> str:
        name = self._take(hint)
        self._constants[name] = data
        return name

    def _widen(self) -> None:
        """Give matrices whole tiles of columns, and their scales and zero points as many."""
        readers = {
            node.input[0]: node for node in self._graph.node if node.op_type in ("Cast", "Mul")
        }
        writers = {name: node for node in self._graph.node for name in node.output}
        for node in self._products.values():
            matrix = self._constants[node.input[1]]
            count = matrix.shape[-1] if matrix.ndim > 1 else 0
            if node.op_type != "MatMulInteger" or count <= TILE or not count % TILE:
                continue
            product = readers[readers[node.output[0]].output[0]]
            self._columns[product.output[0]] = count
            for reader, i in ((node, 1), (node, 3), (writers[product.input[1]], 1)):
                self._replace(reader, i, "wide", partial(_widened, columns=count))

    def _sliced(self, node: NodeProto) -> list[NodeProto]:
        """Return the last node of a product, and another one that takes the columns of the matrix."""
        from onnx import helper

        name = node.output[0]
        wide = copied(node)
        wide.output[0] = self._take(f"{name}_wide")
        bounds = {"starts": 0, "ends": self._columns[name], "axes": -1}
        inputs = [self._add(f"{name}_{key}", np.asarray([n])) for key, n in bounds.items()]
        return [
            wide,
            helper.make_node("Slice", [wide.output[0], *inputs], [name], self._take("Slice")),
        ]

    def _convolutions(self, node: NodeProto) -> list[NodeProto]:
        """Return convolutions of a few of the channels each, and what joins them."""
        from onnx import helper

        (output,) = node.output
        weights = self._constants[node.input[1]]
        if channels_of_group(node, weights) <= ROWS or self._places.get(output, 1) % TILE == 0:
            return [node]
        made: list[NodeProto] = []
        for part in np.array_split(weights, -(-len(weights) // ROWS)):
            some = copied(node)
            some.input[1] = self._add(node.input[1], part)
            some.output[0] = self._take(output)
            some.name = self._take(node.name)
            made.append(some)
        names = [some.output[0] for some in made]
        return [*made, helper.make_node("Concat", names, [output], self._take("Concat"), axis=1)]


def channels_of_group(node: NodeProto, weights: _Array) -> int:
    """Return how many channels each group of a convolution computes."""
    groups = next((attribute.i for attribute in node.attribute if attribute.name == "group"), 1)
    return len(weights) // groups


def _unsigned(data: _Array) -> _Array:
    """Return integers, or a zero point, with 128 added to each if they are signed."""
    return data.view(np.uint8) ^ np.uint8(128) if data.dtype == int8.numpy else data


def _widened(data: _Array, columns: int) -> _Array:
    """Return an array that has so many columns with whole tiles of them."""
    if not data.ndim or data.shape[-1] != columns:
        return data
    return np.pad(data, [(0, 0)] * (data.ndim - 1) + [(0, -columns % TILE)])


def _places(model: ModelProto) -> dict[str, int]:
    """Return the number of places that a convolution computes, by the name of its result, where it is known."""
    from onnx import shape_inference

    places = {}
    for info in shape_inference.infer_shapes(model).graph.value_info:
        sizes = [dim.dim_value for dim in info.type.tensor_type.shape.dim[2:]]
        if sizes and all(sizes):
            places[info.name] = int(np.prod(sizes))
    return places
