"""Run onnx's inference of types and shapes within bounds of time and memory.

onnx propagates the elements of integer vectors, since they may be shapes. For each element it makes a message
of 140 bytes: for every vector of known size (onnx 1.23.2), for every vector that is given as a shape (onnx
1.17.0), and for what is computed from them. And it ends the process at a Slice of an axis for which it has
inferred a negative size (onnx 1.23.2), and at some operators if it does not know the type of their first input.
To avoid all of this, such nodes are hidden: they get a domain that onnx does not know, and keep the types that
were inferred before.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from onnxp._src.model.impossible import SHAPED
from onnxp._src.model.messages import copy_fields, parts_of
from onnxp._src.model.nodes import all_nodes, graphs, subgraphs
from onnxp._src.shapes.shape import MAX_RANK

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto, TypeProto

MOST_ELEMENTS = 4096
"""The size of a vector up to which its elements are carried along."""
MOST_ROUNDS = 16
"""How often inference is repeated until the sizes before each Slice are known."""

_HIDDEN = "onnxp.hidden:"
_CARRYING = frozenset("Add Cast Concat Gather Mul Slice Squeeze Sub Unsqueeze".split())
"""The operators through which onnx carries elements (onnx 1.17.0 to 1.23.2), but for Shape and Size."""
_SHRINKING = frozenset(
    "AveragePool CenterCropPad Col2Im Conv ConvInteger ConvTranspose DFT DeformConv Expand LpPool MaxPool "
    "MaxUnpool OneHot Pad QLinearConv Resize STFT Split SplitToSequence Tile TopK Upsample".split()
)
"""The operators for which onnx may infer a size below 0."""
_ASKING = frozenset("DictVectorizer EyeLike MaxUnpool RegexFullMatch TreeEnsemble".split())
"""The operators that take it for granted that their first input has a type (onnx 1.17.0 to 1.23.2).

MaxUnpool takes it for granted that its indices have as many axes as its input (onnx 1.17.0).
"""
_KEEPING = frozenset("Cast Flatten Identity Reshape Slice Squeeze Transpose Unsqueeze".split())
"""The operators that give at most as many elements as their first input has."""
_BROADCASTING = frozenset(
    "Abs Add And CastLike Ceil Div Equal Floor Greater GreaterOrEqual Less LessOrEqual Max Min Mod Mul Neg Not "
    "Or Pow Relu Round Sign Sub Where Xor".split()
)


class Count(NamedTuple):
    """The most elements that a value has, as far as its graph tells, and whether its rank is at most 1."""

    most: float
    flat: bool


_ANY = Count(math.inf, False)
_Counts = dict[str, Count]
_Kinds = Mapping[str, "TypeProto.Tensor"]


def infer_types(model: ModelProto, *, strict: bool = False) -> ModelProto:
    """Return a copy of a model with the types that onnx infers; sizes below 0 are taken as unknown.

    Parameters
    ----------
    model : onnx.ModelProto
        Any model. In the copy, large initializers are inputs.
    strict : bool, optional
        Raise where types contradict each other.

    Raises
    ------
    onnx.shape_inference.InferenceError
        If they do.
    """
    light = _light(model)
    counts = _hide_large_shapes(light)
    inferred = _infer_round_slices(light, strict)
    local = {(function.domain, function.name) for function in light.functions}
    if not any((node.domain, node.op_type) in local for node in all_nodes(light.graph.node)):
        _hide_carrying(light.graph, _kinds(inferred.graph), counts)
        inferred = _infer(light, strict, data_prop=True)
    _show(_every_node(inferred))
    protos: tuple[Any, ...] = (inferred, *inferred.functions)
    for proto in protos:
        entries = [e for e in proto.opset_import if not e.domain.startswith(_HIDDEN)]
        del proto.opset_import[len(entries) :]  # they were added at the end
    return inferred


def impossible_shape(model: ModelProto) -> str:
    """Return what is wrong with the shapes of a model, if it is what a runtime does not get over.

    A Slice of an axis whose size is inferred to be below 0 ends the process (onnxruntime 1.32.0), and a
    shape of thousands of axes is inferred for minutes (1.20.1).
    """
    if not may_have_impossible_shape(model):
        return ""
    try:
        light = _light(inlined(model))
        _hide_large_shapes(light)
        inferred = _infer_round_slices(light, strict=False)
    except Exception:  # the runtime says better what is wrong
        return ""
    kinds = _kinds(inferred.graph)
    for node in _every_node(inferred):
        position = 0 if node.op_type == "Slice" else SHAPED.get(node.op_type, len(node.input))
        name = node.input[position] if position < len(node.input) else ""
        sizes: Any = kinds[name].shape.dim if name in kinds else ()
        if node.op_type == "Slice" and any(size.dim_value < 0 for size in sizes):
            shape = ", ".join(str(s.dim_value) if s.HasField("dim_value") else "?" for s in sizes)
            return f"the input {name!r} of a Slice would have the shape [{shape}]"
        if node.op_type in SHAPED and len(sizes) == 1 and sizes[0].dim_value > MAX_RANK:
            return f"the result of a {node.op_type} would have {sizes[0].dim_value:,} axes"
    return ""


def may_have_impossible_shape(model: ModelProto) -> bool:
    """Return whether shapes have to be inferred to know that a model has none that is impossible."""
    operators = {node.op_type for node in _every_node(model)}
    if "Slice" in operators and operators & _SHRINKING:
        return True
    if operators.isdisjoint(SHAPED):
        return False
    counts: _Counts = {}
    _count(model.graph, counts)
    if any(_has_large_shape(node, counts) for node in all_nodes(model.graph.node)):
        return True
    for function in model.functions:
        local: _Counts = {}
        _count_nodes(function.node, local)
        if any(_has_large_shape(node, local) for node in all_nodes(function.node)):
            return True
    return False


def inferred_ranks(model: ModelProto, hidden: str) -> Iterator[tuple[str, int]]:
    """Yield the names and ranks of values, as far as they are known without an operator that is hidden."""
    light = _light(model)
    _hide_large_shapes(light)
    _hide(node for node in _every_node(light) if node.op_type == hidden)
    inferred = _infer_round_slices(light, strict=False)
    for name, kind in _kinds(inferred.graph).items():
        if kind.HasField("shape"):
            yield name, len(kind.shape.dim)
    for part in graphs(model.graph):
        for tensor in part.initializer:
            yield tensor.name, len(tensor.dims)


def inlined(model: ModelProto) -> ModelProto:
    """Return a model without functions."""
    if not model.functions:
        return model
    from onnx import inliner

    return inliner.inline_local_functions(model)


def _light(model: ModelProto) -> ModelProto:
    """Return a copy with inputs for large initializers, and without sizes below 0."""
    from onnx import ModelProto

    light = ModelProto()
    copy_fields(model, light, "graph")
    copy_fields(model.graph, light.graph, "initializer")
    defaults = {info.name for info in model.graph.input}
    for tensor in model.graph.initializer:
        if math.prod(tensor.dims) <= MOST_ELEMENTS:
            light.graph.initializer.add().CopyFrom(tensor)
        elif tensor.name not in defaults:
            kind = light.graph.input.add(name=tensor.name).type.tensor_type
            kind.elem_type = tensor.data_type
            kind.shape.SetInParent()
            for size in tensor.dims:
                kind.shape.dim.add(dim_value=size)
    for size in parts_of(light, "Dimension"):
        if size.dim_value < 0:
            size.ClearField("dim_value")
    return light


def _infer(light: ModelProto, strict: bool, *, data_prop: bool) -> ModelProto:
    """Return what onnx infers; operators that ask for a type are hidden unless the type is known."""
    _hide(node for node in _every_node(light) if _asks(node) or _lacks_its_body(node))
    waiting = [node for node in all_nodes(light.graph.node) if _asks(node)]
    inferred = _infer_once(light, strict, data_prop)
    constants = {tensor.name for part in graphs(light.graph) for tensor in part.initializer}
    names = Counter(name for node in all_nodes(light.graph.node) for name in node.output)
    while waiting:  # a name of several branches may have a type in one of them only
        kinds = _kinds(inferred.graph)
        typed = {*constants, *kinds} - {n for n in names if names[n] > 1}
        ready = [
            node
            for node in waiting
            if typed.issuperset(node.input[:1])
            and (node.op_type != "MaxUnpool" or _have_one_rank(node.input[:2], kinds))
        ]
        if not ready:
            break
        _show(ready)
        waiting = [node for node in waiting if node.domain.startswith(_HIDDEN)]
        inferred = _infer_once(light, strict, data_prop)
    return inferred


def _asks(node: NodeProto) -> bool:
    return node.op_type in _ASKING and node.domain.removeprefix(_HIDDEN) in (
        "",
        "ai.onnx",
        "ai.onnx.ml",
    )


def _have_one_rank(names: Sequence[str], kinds: _Kinds) -> bool:
    """Return whether values are known to have as many axes as one another."""
    ranks = {
        len(kinds[n].shape.dim) if n in kinds and kinds[n].HasField("shape") else 0 for n in names
    }
    return len(ranks) == 1 and 0 not in ranks


def _lacks_its_body(node: NodeProto) -> bool:
    """Return whether a Scan has no graph, which onnx reads nevertheless (onnx 1.17.0)."""
    return node.op_type == "Scan" and not any(a.name == "body" for a in node.attribute)


def _infer_once(light: ModelProto, strict: bool, data_prop: bool) -> ModelProto:
    from onnx import shape_inference

    domains = {n.domain for n in _every_node(light) if n.domain.startswith(_HIDDEN)}
    protos: tuple[Any, ...] = (light, *light.functions)
    for proto in protos:
        for domain in sorted(domains - {entry.domain for entry in proto.opset_import}):
            proto.opset_import.add(domain=domain, version=1)
    return shape_inference.infer_shapes(
        light, check_type=strict, strict_mode=strict, data_prop=data_prop
    )


def _every_node(model: ModelProto) -> Iterator[NodeProto]:
    for nodes in (model.graph.node, *(function.node for function in model.functions)):
        yield from all_nodes(nodes)


def _hide(nodes: Iterable[NodeProto]) -> None:
    for node in nodes:
        if not node.domain.startswith(_HIDDEN):
            node.domain = _HIDDEN + node.domain


def _show(nodes: Iterable[NodeProto]) -> None:
    for node in nodes:
        node.domain = node.domain.removeprefix(_HIDDEN)


def _kinds(graph: GraphProto) -> _Kinds:
    """Return the types of tensors by name, those in subgraphs included."""
    return {
        info.name: info.type.tensor_type
        for part in graphs(graph)
        for info in (*part.input, *part.value_info, *part.output)
        if info.type.HasField("tensor_type")
    }


def _is_settled(size: Any) -> bool:
    """Return whether a size is a number that is not negative, or has a name that onnx has not made up."""
    if size.HasField("dim_value"):
        return bool(size.dim_value >= 0)
    return bool(size.dim_param) and not size.dim_param.startswith("unk__")


# Sizes below 0


def _infer_round_slices(light: ModelProto, strict: bool) -> ModelProto:
    """Return what is inferred without carrying elements; slices of what may have a size below 0 are hidden."""
    nodes = list(_every_node(light))
    slices = [
        node
        for node in nodes
        if node.op_type == "Slice" and node.domain in ("", "ai.onnx") and node.input
    ]
    risky = bool(slices) and any(node.op_type in _SHRINKING for node in nodes)
    inner = {id(node) for function in light.functions for node in all_nodes(function.node)}
    kinds: _Kinds = {}
    inferred: ModelProto | None = None
    for _ in range(MOST_ROUNDS):
        unsafe: set[str] = set()
        if risky:
            _mark_unsafe(light.graph, kinds, unsafe)
        visible = [node.domain.startswith(_HIDDEN) for node in slices]
        for node in slices:
            node.domain = (
                _HIDDEN if node.input[0] in unsafe or (risky and id(node) in inner) else ""
            )
        if inferred is not None and visible == [n.domain.startswith(_HIDDEN) for n in slices]:
            break
        inferred = _infer(light, strict, data_prop=False)
        kinds = _kinds(inferred.graph)
    assert inferred is not None
    return inferred


def _mark_unsafe(graph: GraphProto, kinds: _Kinds, unsafe: set[str]) -> None:
    """Add the names of the values for which onnx may infer a size below 0."""
    for node in graph.node:
        inherited = not unsafe.isdisjoint(node.input)
        for inner in subgraphs(node):
            if inherited:
                unsafe.update(info.name for info in inner.input)
            _mark_unsafe(inner, kinds, unsafe)
            inherited = inherited or not unsafe.isdisjoint(info.name for info in inner.output)
        if inherited or node.op_type in _SHRINKING:
            unsafe.update(name for name in node.output if not _is_known(kinds.get(name)))


def _is_known(kind: TypeProto.Tensor | None) -> bool:
    return (
        kind is not None and kind.HasField("shape") and all(_is_settled(s) for s in kind.shape.dim)
    )


# Many elements


def _count(graph: GraphProto, counts: _Counts) -> None:
    """Add the counts of the values of a graph and of its subgraphs."""
    for info in graph.input:
        kind = info.type.tensor_type
        sizes = [max(size.dim_value, 1) for size in kind.shape.dim]
        has_shape = kind.HasField("shape")
        counts[info.name] = Count(math.prod(sizes), len(sizes) < 2) if has_shape else _ANY
    for tensor in graph.initializer:
        counts[tensor.name] = _of_tensor(tensor)
    _count_nodes(graph.node, counts)


def _count_nodes(nodes: Iterable[NodeProto], counts: _Counts) -> None:
    shapes: dict[str, str] = {}  # of which value something is the shape
    for node in nodes:
        if node.op_type == "Shape" and node.input and node.output:
            shapes[node.output[0]] = node.input[0]
        for inner in subgraphs(node):
            _count(inner, counts)
        count = _count_of(node, counts, shapes)
        for name in node.output:
            counts[name] = count


def _of_tensor(tensor: TensorProto) -> Count:
    return Count(math.prod(tensor.dims), len(tensor.dims) < 2)


def _count_of(node: NodeProto, counts: Mapping[str, Count], shapes: Mapping[str, str]) -> Count:
    inputs = [counts.get(name, _ANY) for name in node.input if name]
    if node.domain not in ("", "ai.onnx"):
        return _ANY
    if node.op_type in ("Shape", "Size"):
        return Count(MAX_RANK, True)
    if node.op_type == "Constant":
        return _of_constant(node)
    if node.op_type == "Concat":
        return Count(sum(x.most for x in inputs), all(x.flat for x in inputs))
    if node.op_type == "Gather" and len(inputs) == 2 and inputs[0].flat:
        return inputs[1]
    if node.op_type in ("ConstantOfShape", "Expand") and node.input and node.input[-1] in shapes:
        like = counts.get(shapes[node.input[-1]], _ANY)
        return _broadcast([*inputs[:-1], like])
    if node.op_type in _KEEPING and inputs:
        return Count(inputs[0].most, inputs[0].flat or inputs[0].most <= 1)
    return _broadcast(inputs) if node.op_type in _BROADCASTING else _ANY


def _of_constant(node: NodeProto) -> Count:
    for attribute in node.attribute:
        if attribute.HasField("t"):
            return _of_tensor(attribute.t)
        several = max(len(attribute.ints), len(attribute.floats), len(attribute.strings))
        return Count(max(several, 1), True)
    return _ANY


_ENOUGH = 2**62
"""More elements than this are as many as this."""


def _broadcast(inputs: Iterable[Count]) -> Count:
    flat = [x.most for x in inputs if x.flat]
    others = [x.most for x in inputs if not x.flat and x.most != 1]
    most = max(flat, default=1)
    for count in others:  # or the numbers of a long chain would have thousands of digits
        most = min(most * count, _ENOUGH)
    return Count(most, not others)


def _hide_large_shapes(light: ModelProto) -> _Counts:
    """Hide what onnx would make thousands of axes of, and return the counts of the graph's values."""
    counts: _Counts = {}
    _count(light.graph, counts)
    if _shapes_make_ranks():
        _hide(node for node in _every_node(light) if _has_large_shape(node, counts))
    return counts


def _has_large_shape(node: NodeProto, counts: Mapping[str, Count]) -> bool:
    """Return whether a node takes a shape that may be that of thousands of axes, or is unknown."""
    position = SHAPED.get(node.op_type)
    if position is None or position >= len(node.input) or not node.input[position]:
        return False
    return counts.get(node.input[position], _ANY).most > MOST_ELEMENTS


@lru_cache(maxsize=1)
def _shapes_make_ranks() -> bool:
    """Whether onnx makes an axis for each element of a shape, however many there are."""
    from onnx import helper, shape_inference

    infos = [helper.make_tensor_value_info(name, 7, [size]) for name, size in (("x", 1), ("s", 65))]
    node = helper.make_node("Reshape", ["x", "s"], ["y"])
    graph = helper.make_graph([node], "g", infos, [helper.make_empty_tensor_value_info("y")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)])
    (output,) = shape_inference.infer_shapes(model).graph.output
    return len(output.type.tensor_type.shape.dim) > MAX_RANK


def _hide_carrying(graph: GraphProto, kinds: _Kinds, counts: Mapping[str, Count]) -> None:
    """Hide the nodes that would carry many elements, now that their types are known."""
    for part in graphs(graph):
        typed = {info.name: info for info in (*part.value_info, *part.output)}
        for node in part.node:
            if node.op_type not in _CARRYING or all(
                _is_small(n, kinds, counts) for n in node.input
            ):
                continue
            _hide([node])
            for name in filter(None, node.output):
                if name in kinds:
                    info = typed[name] if name in typed else part.value_info.add(name=name)
                    info.type.tensor_type.CopyFrom(kinds[name])


def _is_small(name: str, kinds: _Kinds, counts: Mapping[str, Count]) -> bool:
    if not name or counts.get(name, _ANY).most <= MOST_ELEMENTS:
        return True
    kind = kinds.get(name)
    if kind is None or not kind.HasField("shape"):
        return False
    sizes = kind.shape.dim
    return len(sizes) != 1 or (_is_settled(sizes[0]) and sizes[0].dim_value <= MOST_ELEMENTS)
