"""Nodes that targets avoid, and the nodes that are written in their place, as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from onnxp._src.dtypes import BY_ONNX
from onnxp._src.model.messages import copied

if TYPE_CHECKING:
    from onnx import NodeProto

BOOL: Final = 9
FLOAT: Final = 1
_INT32 = 6
DROPPED: Final = "reduction that drops axes"
BACKWARDS: Final = "Slice with negative steps"
_FARTHEST: Final = 2**31
"""More axes than an array has."""


class Context(NamedTuple):
    """What is known about the tensors of a model.

    Attributes
    ----------
    types : mapping of str to int
        The numbers of their dtypes, by name, as far as they are known.
    constants : mapping of str to ndarray
        The small integer constants.
    take : callable
        Returns an unused name for a hint.
    opset : int
        The opset that is written.
    """

    types: Mapping[str, int]
    constants: Mapping[str, np.ndarray[Any, Any]]
    take: Callable[[str], str]
    opset: int


Rule = Callable[["NodeProto", Context], "list[NodeProto] | None"]


def label(
    node: NodeProto,
    avoids: frozenset[str],
    types: Mapping[str, int],
    constants: Mapping[str, np.ndarray[Any, Any]] | None = None,
) -> str:
    """Return what a node is that a target avoids, such as ``"IsNaN of float64"``, or an empty text."""
    if BACKWARDS in avoids and _is_backwards(node, constants or {}):
        return BACKWARDS
    return next((text for text in _labels(node, types) if text in avoids), "")


def _labels(node: NodeProto, types: Mapping[str, int]) -> Iterator[str]:
    yield node.op_type
    source = BY_ONNX.get(types.get(node.input[0], 0)) if node.input else None
    if source is None:
        return
    yield f"{node.op_type} of {source.name}"
    if node.op_type == "Cast":
        target = BY_ONNX.get(next((a.i for a in node.attribute if a.name == "to"), 0))
        yield f"Cast of {source.name} to {target.name if target is not None else '?'}"
    if node.op_type == "Gemm" and len(node.input) > 2 and node.input[2]:
        yield f"Gemm with an addend of {source.name}"
    if source.family == "float" and _drops_axes(node):
        yield DROPPED


def _drops_axes(node: NodeProto) -> bool:
    """Return whether a reduction along given axes leaves them out of its result."""
    if not node.op_type.startswith("Reduce") or len(node.input) < 2 or not node.input[1]:
        return False
    attributes = {a.name: a.i for a in node.attribute}
    return not attributes.get("keepdims", 1) and not attributes.get("noop_with_empty_axes", 0)


def _is_backwards(node: NodeProto, constants: Mapping[str, np.ndarray[Any, Any]]) -> bool:
    """Return whether a node is a Slice with known places and negative steps."""
    if node.op_type != "Slice" or len(node.input) < 5:
        return False
    places = [constants.get(name) for name in node.input[1:]]
    return all(place is not None for place in places) and bool(np.any(constants[node.input[4]] < 0))


def cast(source: str, to: int, context: Context, hint: str, target: str = "") -> NodeProto:
    """Return a Cast, into a new name unless one is given."""
    return _node("Cast", [source], context, f"{hint}_cast", target, to=to)


def reduced_bool(node: NodeProto, context: Context) -> list[NodeProto] | None:
    """Reduce bools as integers."""
    if context.types.get(node.input[0]) != BOOL:
        return None
    before = cast(node.input[0], _INT32, context, node.name)
    inner = copied(node)
    inner.input[0] = before.output[0]
    inner.output[0] = context.take(f"{node.output[0]}_int32")
    return [before, inner, cast(inner.output[0], BOOL, context, node.name, node.output[0])]


def _differs_from_itself(node: NodeProto, context: Context) -> list[NodeProto]:
    """Search for NaN, the one number that differs from itself."""
    x = node.input[0]
    equal = _node("Equal", [x, x], context, f"{node.name}_equal")
    return [equal, _node("Not", [equal.output[0]], context, f"{node.name}_not", node.output[0])]


def _equals_infinity(node: NodeProto, context: Context) -> list[NodeProto]:
    """Compare with the infinities that a node asks for."""
    asked = {a.name: a.i for a in node.attribute}
    positive, negative = (asked.get(f"detect_{sign}", 1) for sign in ("positive", "negative"))
    made: list[NodeProto] = []
    x = node.input[0]
    if positive and negative:
        made.append(_node("Abs", [x], context, f"{node.name}_abs"))
        x = made[0].output[0]
    value = np.inf if positive else -np.inf if negative else np.nan
    infinity = _constant(np.float64(value), context)
    inputs = [x, infinity.output[0]]
    return [*made, infinity, _node("Equal", inputs, context, f"{node.name}_equal", node.output[0])]


def _squeezed(node: NodeProto, context: Context) -> list[NodeProto] | None:
    """Keep the reduced axes, then squeeze them, if there are any."""
    axes = context.constants.get(node.input[1])
    if axes is None or not axes.size:
        return None
    kept = copied(node)
    kept.output[0] = context.take(f"{node.output[0]}_kept")
    for attribute in kept.attribute:
        if attribute.name == "keepdims":
            attribute.i = 1
    inputs = [kept.output[0], node.input[1]]
    return [kept, _node("Squeeze", inputs, context, f"{node.name}_squeeze", node.output[0])]


def _apart(node: NodeProto, context: Context) -> list[NodeProto] | None:
    """Add behind Gemm, if it does not multiply what it adds."""
    if any(a.name == "beta" and a.f != 1 for a in node.attribute):
        return None
    product = copied(node)
    del product.input[2]
    product.output[0] = context.take(f"{node.output[0]}_product")
    inputs = [product.output[0], node.input[2]]
    return [product, _node("Add", inputs, context, f"{node.name}_add", node.output[0])]


def _first_of_top(node: NodeProto, context: Context) -> list[NodeProto] | None:
    """Take the first of the sorted elements, in the place of the largest or least."""
    asked = {a.name: a.i for a in node.attribute}
    if asked.get("select_last_index", 0):
        return None
    axis, largest = asked.get("axis", 0), int(node.op_type == "ArgMax")
    made: list[NodeProto] = []

    def add(op: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        made.append(_node(op, inputs, context, f"{node.name}_{op.lower()}", output, **attributes))
        return made[-1].output[0]

    def numbers(*values: int) -> str:
        made.append(_constant(list(values), context))
        return made[-1].output[0]

    # 1 if the other axes have elements, else 0: see "sorting no rows" in `runtime_bugs`
    shape = add("Shape", [node.input[0]])
    others = [add("Slice", [shape, numbers(0), numbers(axis)])]
    if axis != -1:
        others.append(add("Slice", [shape, numbers(axis + 1), numbers(_FARTHEST)]))
    rows = add("Concat", others, axis=0)
    count = add("Min", [add("ReduceProd", [rows], keepdims=1), numbers(1)])
    add("TopK", [node.input[0], count], axis=axis, largest=largest)
    indices = context.take(f"{node.name}_topk_indices")
    made[-1].output.append(indices)
    if asked.get("keepdims", 1):
        rows = add("Concat", [others[0], numbers(1), *others[1:]], axis=0)
    add("Reshape", [indices, rows], node.output[0], allowzero=1)
    return made


def _gathered(node: NodeProto, context: Context) -> list[NodeProto]:
    """Gather what is sliced backwards, by the numbers of the elements; slice other axes as they are."""
    starts, ends, axes, steps = (context.constants[name] for name in node.input[1:])
    made: list[NodeProto] = []

    def add(op: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        made.append(_node(op, inputs, context, f"{node.name}_{op.lower()}", output, **attributes))
        return made[-1].output[0]

    def number(value: int | list[int]) -> str:
        made.append(_constant(value, context))
        return made[-1].output[0]

    x = node.input[0]
    for k, (start, end, axis, step) in enumerate(zip(starts, ends, axes, steps, strict=True)):
        output = node.output[0] if k == len(axes) - 1 else ""
        places = [number([int(start)]), number([int(end)])]
        if step > 0:
            x = add("Slice", [x, *places, number([int(axis)]), number([int(step)])], output)
            continue
        size = add("Gather", [add("Shape", [x]), number(int(axis))])
        every = add("Range", [number(0), size, number(1)])
        order = add("Slice", [every, *places, number([0]), number([int(step)])])
        x = add("Gather", [x, order], output, axis=int(axis))
    return made


_OUTSIDE: Final = {"Log": ("Less", 0.0), "Acosh": ("Less", 1.0), "Atanh": ("Greater", 1.0)}
"""Where functions have no value: behind or before a number; of Atanh, by the absolute value."""


def _guarded(node: NodeProto, context: Context) -> list[NodeProto]:
    """Choose NaN for arguments outside of the domain of a function."""
    op, bound = _OUTSIDE[node.op_type]
    made = [copied(node)]
    made[0].output[0] = context.take(f"{node.output[0]}_inside")
    x = node.input[0]
    if node.op_type == "Atanh":
        made.append(_node("Abs", [x], context, f"{node.name}_abs"))
        x = made[-1].output[0]
    limit, nan = _constant(np.float32(bound), context), _constant(np.float32(np.nan), context)
    outside = _node(op, [x, limit.output[0]], context, f"{node.name}_outside")
    inputs = [outside.output[0], nan.output[0], made[0].output[0]]
    where = _node("Where", inputs, context, f"{node.name}_where", node.output[0])
    return [*made, limit, nan, outside, where]


def _chosen(node: NodeProto, context: Context) -> list[NodeProto]:
    """Write a bool as 1 or 0."""
    one, zero = _constant(1, context), _constant(0, context)
    inputs = [node.input[0], one.output[0], zero.output[0]]
    return [one, zero, _node("Where", inputs, context, f"{node.name}_where", node.output[0])]


def _node(
    op: str, inputs: list[str], context: Context, hint: str, output: str = "", **attributes: Any
) -> NodeProto:
    from onnx import helper

    name = context.take(hint)
    return helper.make_node(op, inputs, [output or name], name, **attributes)


def _constant(value: int | list[int] | np.floating[Any], context: Context) -> NodeProto:
    from onnx import numpy_helper

    tensor = numpy_helper.from_array(np.asarray(value))
    return _node("Constant", [], context, "constant", value=tensor)


AVOIDED: Final[dict[str, Rule]] = {
    "ReduceMax of bool": reduced_bool,
    "ReduceMin of bool": reduced_bool,
    "IsNaN of float64": _differs_from_itself,  # tract 0.23.9 has it of float32 and float16
    "IsInf of float64": _equals_infinity,
    "Gemm with an addend of float64": _apart,  # tract 0.23.9 multiplies it by a float32
    DROPPED: _squeezed,  # OpenVINO 2026.4.1 subtracts its multiple from the wrong elements of a row
    # onnxruntime-web 1.30.0 with WebGPU finds the largest elements along the first axis, and those of products,
    # at other places, leaves out a row, and has numbers for invalid arguments
    "ArgMax of float32": _first_of_top,
    "ArgMin of float32": _first_of_top,
    BACKWARDS: _gathered,
    "Log of float32": _guarded,
    "Acosh of float32": _guarded,
    "Atanh of float32": _guarded,
    "Cast of bool to int64": _chosen,  # tract 0.23.9 makes dimensions of it
}
"""By what a target avoids: the rule for what is written; it returns None if a node has no other form."""
