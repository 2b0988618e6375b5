"""What nodes must not ask for, as tables: attributes and ranks for which runtimes end the process, or hang.

A model with such a node is refused before a runtime, or onnx's inference, sees it. The rows were found on
onnxruntime 1.20.1; those that newer versions refuse themselves are refused with better words.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

from onnxp._src.model.nodes import all_nodes, graphs
from onnxp._src.shapes.shape import MAX_RANK

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

_MOST = 2**31 - 1
MOST_SAMPLES = 2**10
"""How many points of each bin RoiAlign may look at, along each axis."""
MOST_SKIPPED = 2**16
MOST_IN_WINDOW = 2**28
"""How many elements a window of a convolution or a pool may have."""

Bounds = tuple[int, int]
_SIZE: Bounds = (1, _MOST)
_AXIS: Bounds = (-MAX_RANK, MAX_RANK)
_WINDOW: dict[str, Bounds] = {
    "dilations": _SIZE,
    "group": _SIZE,
    "kernel_shape": _SIZE,
    "output_padding": (0, _MOST),
    "pads": (-_MOST, _MOST),
    "strides": _SIZE,
}
_SATURATE: dict[str, Bounds] = {"saturate": (0, 1)}
_WINDOWED = "AveragePool Col2Im Conv ConvInteger ConvTranspose DeformConv LpPool MaxPool MaxUnpool QLinearConv"
LIMITS: dict[str, dict[str, Bounds]] = {
    **dict.fromkeys(_WINDOWED.split(), _WINDOW),
    "DepthToSpace": {"blocksize": _SIZE},
    "SpaceToDepth": {"blocksize": _SIZE},
    "FeatureVectorizer": {"inputdimensions": _SIZE},
    "GatherND": {"batch_dims": (0, MAX_RANK)},
    "GroupNormalization": {"num_groups": _SIZE},
    "LayerNormalization": {"axis": _AXIS},
    "LRN": {"size": (1, MOST_SKIPPED)},
    "RMSNormalization": {"axis": _AXIS},
    "RoiAlign": {
        "output_height": _SIZE,
        "output_width": _SIZE,
        "sampling_ratio": (0, MOST_SAMPLES),
    },
    "Cast": _SATURATE,
    "CastLike": _SATURATE,
    "QuantizeLinear": _SATURATE,
    "Split": {"num_outputs": _SIZE},
    "TfIdfVectorizer": {"max_skip_count": (0, MOST_SKIPPED)},
}
"""The least and the most that attributes may be, by operator; of lists, each element."""

SHAPED = {"AffineGrid": 1, "ConstantOfShape": 0, "Expand": 1, "Reshape": 1, "Resize": 3}
"""The operators that take a shape, and as which input."""
_LISTS = {"dilations": 1, "strides": 1, "output_padding": 1, "pads": 2}
"""How many numbers a window has for each of its axes."""

RANKS: dict[str, dict[int, Bounds]] = {
    **{op: {0: (3, 3), 1: (3, 3), 2: (3, 3)} for op in ("GRU", "LSTM", "RNN")},
    **{op: {0: (3, MAX_RANK)} for op in ("AveragePool", "LpPool", "MaxPool")},
    **{
        op: {0: (3, MAX_RANK), 1: (3, MAX_RANK)}
        for op in ("Conv", "ConvInteger", "ConvTranspose", "MaxUnpool")
    },
    "QLinearConv": {0: (3, MAX_RANK), 3: (3, MAX_RANK)},
    "Col2Im": {0: (3, 3), 1: (1, 1), 2: (1, 1)},
    "ReverseSequence": {0: (2, MAX_RANK)},
    "RoiAlign": {0: (4, 4), 1: (2, 2), 2: (1, 1)},
}
"""The least and the most axes that inputs must have, by operator and position."""

_WEIGHTS = {"Conv": 1, "ConvInteger": 1, "ConvTranspose": 1, "QLinearConv": 3}
"""The position of the weights, by operator."""

NO_RANK = "places of no rank"
_OF_MANY = frozenset(("Max", "Mean", "Min", "Sum"))
"""Operators of any number of inputs, none of which may be left out."""
_CHECKED = frozenset((*LIMITS, *RANKS, *_OF_MANY, "Einsum"))


def may_be_impossible(nodes: Any) -> bool:
    """Return whether a node may ask for what `impossible_node` refuses, by its operator and its attributes."""
    for node in nodes:
        if node.op_type in RANKS or node.op_type == "Einsum":
            return True
        if node.op_type in _OF_MANY and "" in node.input:
            return True
        limits = LIMITS.get(node.op_type)
        if limits is not None and any(a.name in limits for a in node.attribute):
            return True
    return False


def impossible_node(model: ModelProto) -> str:
    """Return what is wrong with a node, if it is what a runtime does not get over."""
    bodies = (model.graph.node, *(function.node for function in model.functions))
    nodes = [n for body in bodies for n in all_nodes(body) if _is_checked(n)]
    for node in nodes:
        problems = _beyond_limits(node), _uneven(node), _without_index(node), _unequal(node)
        for problem in chain(*problems):
            return f"{_name(node)}: it has {problem}"
    if not any(node.op_type in RANKS or node.op_type == "Einsum" for node in nodes):
        return ""
    from onnxp._src.model.type_inference import inferred_ranks, inlined

    try:
        model = inlined(model)
    except Exception:  # the runtime says better what is wrong
        return ""
    for problem in _empty_windows(model):
        return problem
    declared = dict(_declared_ranks(model))
    if problem := _impossible_rank(
        model, declared
    ):  # for some of them, onnx's inference ends the process
        return problem
    try:
        ranks = dict(inferred_ranks(model, hidden="Einsum"))
    except Exception:
        return ""
    if problem := _impossible_rank(model, ranks):
        return problem
    for node in all_nodes(model.graph.node):
        if node.op_type == "MaxUnpool" and not {*node.input[1:2]} <= ranks.keys():
            return _without_rank(node)
    return ""


def _empty_windows(model: ModelProto) -> Iterator[str]:
    """Yield convolutions, which never end, of weights without elements along the axes of the window."""
    for part in graphs(model.graph):
        empty = {tensor.name for tensor in part.initializer if 0 in tensor.dims[2:]}
        for info in part.input:
            sizes = info.type.tensor_type.shape.dim[2:]
            if any(size.HasField("dim_value") and size.dim_value == 0 for size in sizes):
                empty.add(info.name)
        for node in part.node if empty else ():
            i = _WEIGHTS.get(node.op_type, 0)
            if 0 < i < len(node.input) and node.input[i] in empty and _is_checked(node):
                yield f"{_name(node)}: it has weights {node.input[i]!r} of a window without elements"


def _without_rank(node: NodeProto) -> str:
    # here, for models are loaded without the operators
    from onnxp._src.ops.runtime_bugs import RUNTIME_BUGS, installed_has
    from onnxp._src.ops.versions import installed_runtime

    if not installed_has(NO_RANK):
        return ""
    return f"{_name(node)}: {RUNTIME_BUGS[NO_RANK].what} (onnxruntime {installed_runtime()})"


def _declared_ranks(model: ModelProto) -> Iterator[tuple[str, int]]:
    for part in graphs(model.graph):
        for info in (*part.input, *part.value_info, *part.output):
            if info.type.tensor_type.HasField("shape"):
                yield info.name, len(info.type.tensor_type.shape.dim)
        for tensor in part.initializer:
            yield tensor.name, len(tensor.dims)


def _impossible_rank(model: ModelProto, known: Mapping[str, int]) -> str:
    """Return what is wrong with the ranks of what a node reads, as far as they are known."""
    parts = list(graphs(model.graph))
    counts = Counter(name for part in parts for node in part.node for name in node.output)
    counts.update(info.name for part in parts for info in part.input)
    ranks = {
        name: rank for name, rank in known.items() if counts[name] < 2
    }  # else of several branches
    for node in all_nodes(model.graph.node):
        if not _is_checked(node):
            continue
        for problem in _wrong_ranks(node, ranks):
            return f"{_name(node)}: it {problem}"
        if node.op_type == "Einsum" and (rank := _rank_of_result(node)) is not None:
            for name in node.output[:1]:
                ranks.setdefault(name, rank)
    return ""


def _is_checked(node: NodeProto) -> bool:
    return node.op_type in _CHECKED and node.domain in ("", "ai.onnx", "ai.onnx.ml")


def _name(node: NodeProto) -> str:
    return f"the {node.op_type} {next(filter(None, (*node.output, node.name)), '')!r}"


def _beyond_limits(node: NodeProto) -> Iterator[str]:
    limits = LIMITS.get(node.op_type, {})
    for attribute in node.attribute:
        bounds = limits.get(attribute.name)
        if bounds is None:
            continue
        numbers = list(attribute.ints) if attribute.ints else [attribute.i]
        wrong = next((n for n in numbers if not bounds[0] <= n <= bounds[1]), None)
        if wrong is not None and not attribute.ref_attr_name:
            yield f"{attribute.name} {wrong}; from {bounds[0]} to {bounds[1]} are possible"


def _uneven(node: NodeProto) -> Iterator[str]:
    """Yield what is wrong with the window of a node: its size, or lists of other lengths."""
    lists = {a.name: list(a.ints) for a in node.attribute if a.ints and a.name in _WINDOW}
    kernel = lists.get("kernel_shape")
    if node.op_type == "ConvTranspose":
        yield from _beyond_strides(lists)
    if node.op_type not in _WINDOWED.split() or not kernel:
        return
    if math.prod(kernel) > MOST_IN_WINDOW:
        yield f"a window of {math.prod(kernel):,} elements; {MOST_IN_WINDOW:,} are possible"
    for name, times in _LISTS.items():
        if name in lists and len(lists[name]) != times * len(kernel):
            yield f"{len(lists[name])} {name} for a kernel_shape of {len(kernel)} axes"


def _unequal(node: NodeProto) -> Iterator[str]:
    """Yield what is wrong with the numbers of inputs and outputs, which ends the process in all runtimes."""
    if node.op_type in _OF_MANY and "" in node.input:
        yield "an input that is left out"
    if node.op_type == "Split":
        counts = (a.i for a in node.attribute if a.name == "num_outputs" and not a.ref_attr_name)
        if (count := next(counts, len(node.output))) < len(node.output):
            yield f"{len(node.output)} outputs and num_outputs {count}"


def _without_index(node: NodeProto) -> Iterator[str]:
    """Yield what is wrong with the n-grams of TfIdfVectorizer: a missing index ends the process in a run."""
    if node.op_type != "TfIdfVectorizer":
        return
    found = {attribute.name: attribute for attribute in node.attribute}
    if not {"ngram_counts", "ngram_indexes"} <= found.keys():
        return
    pool = next(
        (len(a.ints) or len(a.strings) for n, a in found.items() if n.startswith("pool_")), 0
    )
    starts = [*found["ngram_counts"].ints, pool]
    spans = (end - start for start, end in pairwise(starts))
    count = sum(span // length for length, span in enumerate(spans, 1))
    indexes = len(found["ngram_indexes"].ints)
    if indexes < count:
        yield f"{indexes} ngram_indexes for {count} n-grams"


def _beyond_strides(lists: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """Yield what is wrong with the padding of a result: see "padding beyond strides" in `runtime_bugs`."""
    paddings = lists.get("output_padding", ())
    for padding, stride in zip(paddings, lists.get("strides", [1] * len(paddings)), strict=False):
        if padding >= stride:
            yield f"output_padding {padding}, which must be less than the stride, {stride}"


def _wrong_ranks(node: NodeProto, ranks: Mapping[str, int]) -> Iterator[str]:
    bounds = RANKS.get(node.op_type, {})
    if node.op_type == "Einsum":
        bounds = _of_equation(node)
        if len(bounds) != len(node.input):
            yield f"has {len(node.input)} inputs, and its equation {len(bounds)}"
    for position, (least, most) in bounds.items():
        name = node.input[position] if position < len(node.input) else ""
        rank = ranks.get(name)
        if rank is not None and not least <= rank <= most:
            wanted = f"{least}" if least == most else f"at least {least}"
            yield f"reads {name!r} of rank {rank}, where {wanted} is needed"
    weights = _WEIGHTS.get(node.op_type, 0)
    if 0 < weights < len(node.input):
        x, w = (ranks.get(node.input[i]) for i in (0, weights))
        if x is not None and w is not None and x != w:
            yield f"reads {node.input[0]!r} of rank {x} and weights of rank {w}"


def _of_equation(node: NodeProto) -> dict[int, Bounds]:
    """Return the ranks that an equation of Einsum needs."""
    bounds: dict[int, Bounds] = {}
    for i, term in enumerate(_equation(node).partition("->")[0].split(",")):
        labels = _labels(term)
        bounds[i] = (labels, MAX_RANK if "..." in term else labels)
    return bounds


def _rank_of_result(node: NodeProto) -> int | None:
    _, arrow, result = _equation(node).partition("->")
    return _labels(result) if arrow and "..." not in result else None


def _equation(node: NodeProto) -> str:
    return next((a.s.decode(errors="replace") for a in node.attribute if a.name == "equation"), "")


def _labels(term: str) -> int:
    return sum(1 for c in term if c.isalpha())
