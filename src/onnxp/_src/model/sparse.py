"""Sparse constants, which are made dense in functions, since runtimes end the process when they inline them.

The row "sparse constants of functions" of `runtime_bugs` says which. Runtimes make all others dense themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from onnxp._src.dtypes import BY_ONNX
from onnxp._src.model.nodes import all_nodes, subgraphs
from onnxp.errors import ModelFileError

if TYPE_CHECKING:
    from onnx import (
        AttributeProto,
        GraphProto,
        ModelProto,
        NodeProto,
        SparseTensorProto,
        TensorProto,
    )

MOST_BYTES = 2**31
"""Bytes of what is made dense in one model, which remains part of a message of protobuf."""
_TENSOR, _SPARSE_TENSOR = 4, 11  # AttributeProto.AttributeType


def make_functions_dense(model: ModelProto) -> bool:
    """Make the sparse tensors dense that the functions of a model have or are given.

    Returns
    -------
    bool
        Whether there were any.

    Raises
    ------
    ModelFileError
        If one is not a sparse tensor of numbers, or they are too large.
    """
    if not model.functions:
        return False
    names = {(function.domain, function.name) for function in model.functions}
    calls = [n for n in all_nodes(model.graph.node) if (n.domain, n.op_type) in names]
    bodies = [node for function in model.functions for node in all_nodes(function.node)]
    defaults = chain.from_iterable(function.attribute_proto for function in model.functions)
    return _make_dense(_graphs(bodies), chain(defaults, _attributes(calls), _attributes(bodies)))


def make_dense(model: ModelProto) -> None:
    """Make all sparse tensors of a model dense, of which a function is made.

    Raises
    ------
    ModelFileError
        As in `make_functions_dense`.
    """
    make_functions_dense(model)
    nodes = list(all_nodes(model.graph.node))
    _make_dense([model.graph, *_graphs(nodes)], _attributes(nodes))


def _graphs(nodes: Iterable[NodeProto]) -> list[GraphProto]:
    return [graph for node in nodes for graph in subgraphs(node)]


def _attributes(nodes: Iterable[NodeProto]) -> Iterable[AttributeProto]:
    return chain.from_iterable(node.attribute for node in nodes)


def _make_dense(graphs: Iterable[GraphProto], attributes: Iterable[AttributeProto]) -> bool:
    graphs = [graph for graph in graphs if graph.sparse_initializer]
    attributes = [attribute for attribute in attributes if attribute.type == _SPARSE_TENSOR]
    tensors = [attribute.sparse_tensor for attribute in attributes]
    tensors.extend(chain.from_iterable(graph.sparse_initializer for graph in graphs))
    if (size := sum(map(_size, tensors))) > MOST_BYTES:
        raise ModelFileError(
            f"the sparse constants of functions have {size:,} bytes when dense, more than {MOST_BYTES:,}"
        )
    for attribute in attributes:
        attribute.type = _TENSOR  # type: ignore[assignment]  # its stubs want what only onnx has
        if attribute.name == "sparse_value":
            attribute.name = "value"
        if not attribute.ref_attr_name:
            attribute.t.CopyFrom(dense(attribute.sparse_tensor))
        attribute.ClearField("sparse_tensor")
    for graph in graphs:
        graph.initializer.extend(map(dense, graph.sparse_initializer))
        del graph.sparse_initializer[:]
    return bool(tensors)


def _size(sparse: SparseTensorProto) -> int:
    dtype = BY_ONNX.get(sparse.values.data_type)
    return 0 if dtype is None else math.prod(sparse.dims) * dtype.itemsize


def dense(sparse: SparseTensorProto) -> TensorProto:
    """Return the tensor that a sparse one stands for.

    Raises
    ------
    ModelFileError
        If it stands for none.
    """
    from onnx import numpy_helper

    what = f"the sparse constant {sparse.values.name!r} in a function"
    dtype, shape = BY_ONNX.get(sparse.values.data_type), tuple(sparse.dims)
    if dtype is None or dtype.family == "string":
        raise ModelFileError(f"{what} has elements of type {sparse.values.data_type}")
    if any(size < 0 for size in shape):
        raise ModelFileError(f"{what} has a negative size: {list(shape)}")
    try:
        values = numpy_helper.to_array(sparse.values).reshape(-1)
        indices = numpy_helper.to_array(sparse.indices).astype(np.int64)
        if indices.ndim == 2:
            indices = np.ravel_multi_index(tuple(indices.T), shape)
        elements = np.zeros(math.prod(shape), values.dtype)
        if indices.shape != values.shape or np.any(indices < 0):
            raise ValueError(f"{values.size} values have indices of shape {indices.shape}")
        elements[indices] = values
    except Exception as error:  # whatever numpy and onnx say of damaged ones
        raise ModelFileError(f"{what} has indices or values that do not fit: {error}") from None
    return numpy_helper.from_array(elements.reshape(shape), sparse.values.name)
