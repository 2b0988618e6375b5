"""The nodes around a node of a foreign model whose kernel ends the process for some inputs.

A quotient by 0 is 0, the smallest integer divided by -1 is itself, and what has no elements, or indices beyond
an array, make a run fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from onnxp._src.dtypes import DType
from onnxp._src.model.messages import copied

if TYPE_CHECKING:
    from onnx import NodeProto

FARTHEST = 2**31
"""A diagonal beyond all matrices."""


def is_guarded(node: NodeProto) -> bool:
    """Return whether nodes of this module are around a node already."""
    prefix = f"{node.output[0]}/guard/"
    return node.output[0].endswith("/guard/quotient") or any(
        x.startswith(prefix) for x in node.input
    )


def division(node: NodeProto, dtype: DType) -> Iterator[NodeProto]:
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


def filled(node: NodeProto) -> Iterator[NodeProto]:
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
    copy = copied(node)
    del copy.input[:]
    copy.input.extend(inputs)
    yield copy


class _Writer:
    """Nodes around one node, whose values are named after its output."""

    def __init__(self, node: NodeProto) -> None:
        self.prefix = f"{node.output[0]}/guard/"
        self.count = 0

    def node(self, op: str, *inputs: str, **attributes: Any) -> NodeProto:
        """Return a node of one output, a new value."""
        from onnx import helper

        self.count += 1
        return helper.make_node(op, inputs, [f"{self.prefix}{self.count}"], **attributes)

    def constant(self, value: Any) -> NodeProto:
        """Return a node that gives integers."""
        from onnx import numpy_helper

        return self.node("Constant", value=numpy_helper.from_array(np.asarray(value, np.int64)))


def _with_input(node: NodeProto, position: int, name: str) -> NodeProto:
    copy = copied(node)
    copy.input[position] = name
    return copy


def _in_range(write: _Writer, indices: str, count: str, nodes: list[NodeProto]) -> str:
    """Add nodes that fail where an index is below 0, or not below a count; return the checked indices."""
    zero, table = write.constant(0), write.constant([0])
    below = write.node("Less", indices, zero.output[0])
    above = write.node("Less", indices, count)
    fits = write.node("Not", above.output[0])
    beyond = write.node("Or", below.output[0], fits.output[0])
    position = write.node("Cast", beyond.output[0], to=7)
    none = write.node("Gather", table.output[0], position.output[0])  # which has no element 1
    checked = write.node("Add", indices, none.output[0])
    nodes += [zero, table, below, above, fits, beyond, position, none, checked]
    return str(checked.output[0])


def _required(write: _Writer, x: str, wrong: str, nodes: list[NodeProto]) -> str:
    """Add nodes that fail where a bool is true; return `x`, which is made after them."""
    table, position = write.constant([0]), write.node("Cast", wrong, to=7)
    none = write.node("Gather", table.output[0], position.output[0])  # which has no element 1
    shape = write.node("Shape", x)
    same = write.node("Add", shape.output[0], none.output[0])
    checked = write.node("Reshape", x, same.output[0])
    nodes += [table, position, none, shape, same, checked]
    return str(checked.output[0])


def _with_elements(write: _Writer, x: str, nodes: list[NodeProto]) -> str:
    """Add a Reshape to more than there are, which fails for an array without elements."""
    zero, shape = write.constant(0), write.node("Shape", x)
    empty = write.node("Equal", shape.output[0], zero.output[0])
    one = write.node("Cast", empty.output[0], to=7)
    more = write.node("Add", shape.output[0], one.output[0])
    checked = write.node("Reshape", x, more.output[0])
    nodes += [zero, shape, empty, one, more, checked]
    return str(checked.output[0])


def _gather_nd(node: NodeProto) -> Iterator[NodeProto]:
    """Yield nodes that take index 1 of an axis without elements, for which the run fails."""
    write = _Writer(node)
    batch = next((a.i for a in node.attribute if a.name == "batch_dims"), 0)
    x, indices = node.input[:2]
    zero, one, last, start = map(write.constant, (0, 1, [-1], [batch]))
    sizes, shape = write.node("Shape", x), write.node("Shape", indices)
    depth = write.node("Gather", shape.output[0], last.output[0])
    end = write.node("Add", depth.output[0], start.output[0])
    picked = write.node("Slice", sizes.output[0], start.output[0], end.output[0])
    empty = write.node("Equal", picked.output[0], zero.output[0])
    checked = write.node("Where", empty.output[0], one.output[0], indices)
    yield from (zero, one, last, start, sizes, shape, depth, end, picked, empty, checked)
    result = str(checked.output[0])
    if batch:  # as many as the array has
        first = write.constant([0])
        batches, given = (
            write.node("Slice", x.output[0], first.output[0], start.output[0])
            for x in (sizes, shape)
        )
        same = write.node("Equal", batches.output[0], given.output[0])
        differs = write.node("Not", same.output[0])
        number = write.node("Cast", differs.output[0], to=7)
        most = write.node("ReduceMax", number.output[0], keepdims=0)
        wrong = write.node("Cast", most.output[0], to=9)
        nodes = [first, batches, given, same, differs, number, most, wrong]
        result = _required(write, result, wrong.output[0], nodes)
        yield from nodes
    yield _with_input(node, 1, result)


def _scatter_nd(node: NodeProto) -> Iterator[NodeProto]:
    """Yield a Reshape of index tuples of length 0 to length 1, which fails if there are any."""
    write = _Writer(node)
    indices = node.input[1]
    zero, first, last = map(write.constant, (0, [0], [-1]))
    shape = write.node("Shape", indices)
    depth = write.node("Gather", shape.output[0], last.output[0])
    rest = write.node("Slice", shape.output[0], first.output[0], last.output[0])
    empty = write.node("Equal", depth.output[0], zero.output[0])
    more = write.node("Cast", empty.output[0], to=7)
    length = write.node("Add", depth.output[0], more.output[0])
    target = write.node("Concat", rest.output[0], length.output[0], axis=0)
    checked = write.node("Reshape", indices, target.output[0])
    yield from (zero, first, last, shape, depth, rest, empty, more, length, target, checked)
    yield _with_input(node, 1, checked.output[0])


def _trilu(node: NodeProto) -> Iterator[NodeProto]:
    """Yield nodes that clip a diagonal to one that is beyond all matrices."""
    write = _Writer(node)
    diagonal = node.input[1]
    low, high = write.constant(-FARTHEST), write.constant(FARTHEST)
    below = write.node("Less", diagonal, low.output[0])
    raised = write.node("Where", below.output[0], low.output[0], diagonal)
    above = write.node("Less", high.output[0], raised.output[0])
    near = write.node("Where", above.output[0], high.output[0], raised.output[0])
    yield from (low, high, below, raised, above, near)
    yield _with_input(node, 1, near.output[0])


def _max_unpool(node: NodeProto) -> Iterator[NodeProto]:
    """Yield nodes that compare indices with the number of elements of the result."""
    write = _Writer(node)
    nodes: list[NodeProto] = []
    if len(node.input) > 2 and node.input[2]:
        sizes = node.input[2]
    else:
        attributes = {a.name: list(a.ints) for a in node.attribute}
        kernel = attributes.get("kernel_shape", [])
        axes = len(kernel)
        strides = attributes.get("strides") or [1] * axes
        pads = attributes.get("pads") or [0] * (2 * axes)
        rest = [
            k - s - a - b for k, s, a, b in zip(kernel, strides, pads, pads[axes:], strict=False)
        ]
        shape = write.node("Shape", node.input[0])
        factors, terms = write.constant([1, 1, *strides]), write.constant([0, 0, *rest])
        strided = write.node("Mul", shape.output[0], factors.output[0])
        total = write.node("Add", strided.output[0], terms.output[0])
        nodes += [shape, factors, terms, strided, total]
        sizes = total.output[0]
    count = write.node("ReduceProd", sizes, keepdims=0)
    nodes.append(count)
    checked = _in_range(write, node.input[1], count.output[0], nodes)
    yield from nodes
    yield _with_input(node, 1, checked)


def _roi_align(node: NodeProto) -> Iterator[NodeProto]:
    """Yield nodes that compare the indices of images with their number."""
    write = _Writer(node)
    shape, first = write.node("Shape", node.input[0]), write.constant([0])
    count = write.node("Gather", shape.output[0], first.output[0])
    nodes = [shape, first, count]
    checked = _in_range(write, node.input[2], count.output[0], nodes)
    yield from nodes
    yield _with_input(node, 2, checked)


def _col2im(node: NodeProto) -> Iterator[NodeProto]:
    """Yield nodes that require sizes of blocks to be 1 or more."""
    write = _Writer(node)
    one, most = write.constant(1), write.constant(FARTHEST)
    less = write.node("Sub", node.input[2], one.output[0])
    nodes = [one, most, less]
    checked = _in_range(write, less.output[0], most.output[0], nodes)
    sizes = write.node("Add", checked, one.output[0])
    yield from (*nodes, sizes)
    yield _with_input(node, 2, sizes.output[0])


def _image(node: NodeProto) -> Iterator[NodeProto]:
    """Yield a Reshape that fails for an image without elements: to more than there are."""
    write = _Writer(node)
    zero, front, start, end = map(write.constant, (0, [0, 0], [2], [FARTHEST]))
    shape = write.node("Shape", node.input[0])
    image = write.node("Slice", shape.output[0], start.output[0], end.output[0])
    empty = write.node("Equal", image.output[0], zero.output[0])
    one = write.node("Cast", empty.output[0], to=7)
    added = write.node("Concat", front.output[0], one.output[0], axis=0)
    more = write.node("Add", shape.output[0], added.output[0])
    checked = write.node("Reshape", node.input[0], more.output[0])
    yield from (zero, front, start, end, shape, image, empty, one, added, more, checked)
    yield _with_input(node, 0, checked.output[0])


def _cum_sum(node: NodeProto) -> Iterator[NodeProto]:
    """Yield nodes that fail for an axis of no element."""
    nodes: list[NodeProto] = []
    axis = _with_elements(_Writer(node), node.input[1], nodes)
    yield from nodes
    yield _with_input(node, 1, axis)


def _reduce(node: NodeProto) -> Iterator[NodeProto]:
    """Yield axes of rank 1."""
    write = _Writer(node)
    all_ = write.constant([-1])
    axes = write.node("Reshape", node.input[1], all_.output[0])
    yield from (all_, axes)
    yield _with_input(node, 1, axes.output[0])


def _dft(node: NodeProto) -> Iterator[NodeProto]:
    """Yield nodes that fail for an array without elements, and for the axis of its parts."""
    write = _Writer(node)
    nodes: list[NodeProto] = []
    x = _with_elements(write, node.input[0], nodes)
    copy = _with_input(node, 0, x)
    if len(node.input) > 2 and node.input[2]:
        shape, zero, one = write.node("Shape", x), write.constant(0), write.constant(1)
        rank = write.node("Size", shape.output[0])
        last = write.node("Sub", rank.output[0], one.output[0])
        negative = write.node("Less", node.input[2], zero.output[0])
        added = write.node("Add", node.input[2], rank.output[0])
        axis = write.node("Where", negative.output[0], added.output[0], node.input[2])
        nodes += [shape, zero, one, rank, last, negative, added, axis]
        copy.input[2] = _in_range(write, axis.output[0], last.output[0], nodes)
    yield from (*nodes, copy)


def _stft(node: NodeProto) -> Iterator[NodeProto]:
    """Yield nodes that fail for a window, or a frame, without elements."""
    write, copy = _Writer(node), copied(node)
    nodes: list[NodeProto] = []
    if len(node.input) > 2 and node.input[2]:
        copy.input[2] = _with_elements(write, node.input[2], nodes)
    if len(node.input) > 3 and node.input[3]:
        one, length = write.constant(1), write.node("Cast", node.input[3], to=7)
        wrong = write.node("Less", length.output[0], one.output[0])
        nodes += [one, length, wrong]
        copy.input[3] = _required(write, node.input[3], wrong.output[0], nodes)
    yield from (*nodes, copy)


def _lp_normalization(node: NodeProto) -> Iterator[NodeProto]:
    """Yield nodes that fail for an axis without elements."""
    write = _Writer(node)
    axis = write.constant(next((a.i for a in node.attribute if a.name == "axis"), -1))
    zero, shape = write.constant(0), write.node("Shape", node.input[0])
    size = write.node("Gather", shape.output[0], axis.output[0])
    wrong = write.node("Equal", size.output[0], zero.output[0])
    nodes = [axis, zero, shape, size, wrong]
    checked = _required(write, node.input[0], wrong.output[0], nodes)
    yield from nodes
    yield _with_input(node, 0, checked)


def _lstm(node: NodeProto) -> Iterator[NodeProto]:
    """Yield nodes that fail for a sequence without elements, and weights of another hidden size."""
    write = _Writer(node)
    nodes: list[NodeProto] = []
    attributes = {a.name: a for a in node.attribute}
    copy = _with_input(node, 0, _with_elements(write, node.input[0], nodes))
    if "hidden_size" in attributes:
        hidden = attributes["hidden_size"].i
        two = "direction" in attributes and attributes["direction"].s == b"bidirectional"
        for i, last in ((1, -1), (2, hidden)):
            shape = write.constant([2 if two else 1, 4 * hidden, last])
            weights = write.node("Reshape", node.input[i], shape.output[0])
            nodes += [shape, weights]
            copy.input[i] = weights.output[0]
    yield from (*nodes, copy)


REDUCTIONS = tuple(
    f"Reduce{name}"
    for name in (
        "L1",
        "L2",
        "LogSum",
        "LogSumExp",
        "Max",
        "Mean",
        "Min",
        "Prod",
        "Sum",
        "SumSquare",
    )
)
INDEXED: dict[str, Callable[[NodeProto], Iterator[NodeProto]]] = {
    "Col2Im": _col2im,
    "ConvTranspose": _image,
    "CumSum": _cum_sum,
    "DFT": _dft,
    "GatherND": _gather_nd,
    "GridSample": _image,
    "LSTM": _lstm,
    "LpNormalization": _lp_normalization,
    "MaxUnpool": _max_unpool,
    "RoiAlign": _roi_align,
    "STFT": _stft,
    "ScatterND": _scatter_nd,
    "Trilu": _trilu,
    **dict.fromkeys(REDUCTIONS, _reduce),
}
"""The operators that must be given indices, or sizes, that there are, and what is put around them."""
