"""What `op` records where the kernel of an operator would end the process: see `runtime_bugs`.

Integers are divided by formulas of our own. What must not be empty is computed in a branch where an empty
result is right, and the run fails where none is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import DType, int64
from onnxp._src.graph.record import record, record_many
from onnxp._src.graph.subgraphs import close
from onnxp._src.graph.values import Attributes, Operator, Value, argument, constant
from onnxp._src.lowering.elementwise import integers
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import bounds
from onnxp._src.shapes.shape import Shape, is_empty, is_zero, product, shape_text

Values = Sequence[Value | None]

FARTHEST = 2**31
"""A diagonal beyond all matrices."""

_NO_ELEMENTS = "an input without elements ends the process in onnxruntime 1.20.1 to 1.32.0"


def divided(name: str, values: Values, attributes: Mapping[str, Any]) -> Value | None:
    """Return a quotient or remainder of integers; None for anything else."""
    if name not in ("Div", "Mod") or len(values) != 2 or attributes.get("fmod"):
        return None
    x, y = values
    if x is None or y is None or x.dtype.family not in ("int", "uint") or x.dtype is not y.dtype:
        return None
    return (integers.truncate_divide if name == "Div" else integers.remainder)(x, y)


def checked(
    name: str, values: Values, attributes: Mapping[str, Any], error: Callable[[str], Exception]
) -> tuple[Value | None, ...]:
    """Return the inputs of an operator, for which a run fails where its kernel would end the process.

    Raises
    ------
    OperatorError
        What `error` makes, if every run would fail.
    """
    first, *others = values or (None,)
    if first is None:
        return tuple(values)
    _check_parameter(name, others, error)
    in_blocks = name == "QuantizeLinear" and bool(attributes.get("block_size"))
    if (
        in_blocks
        or name in ("DFT", "GRU", "LSTM", "RNN")
        or (name == "Unique" and attributes.get("axis") is not None and len(first.shape) > 1)
    ):
        if is_empty(first.shape):
            raise error(_NO_ELEMENTS)
        return (ops.require_elements(first), *others)
    if name in ("ConvTranspose", "GridSample"):
        if is_empty(first.shape[2:]):
            raise error(
                "an image without elements ends the process in onnxruntime 1.20.1 to 1.32.0"
            )
        first = ops.require_elements(first, 2)
    if name in ("Conv", "ConvInteger", "ConvTranspose") and others and others[0] is not None:
        return (first, ops.require_elements(others[0], 2), *others[1:])
    if name == "GridSample":
        return (first, *others)
    if name == "LRN":  # of no channels
        return (ops.require_elements(first, 1),)
    if name == "Col2Im" and len(others) == 2 and others[1] is not None:
        return (first, others[0], _filled_blocks(others[1], error))
    if name in ("MatMul", "MatMulInteger") and others and others[0] is not None:
        return (first, _with_inner_size(others[0], first), *others[1:])
    if name == "ScatterND" and others and others[0] is not None:
        if not others[0].shape:
            raise error("the indices must have rank 1 or more")
        if is_zero(others[0].shape[-1]):
            raise error("index tuples of length 0 end the process in onnxruntime 1.20.1 to 1.23.2")
        places = ops.require_elements(others[0], len(others[0].shape) - 1)
        return (first, places, *others[1:])
    if name == "GatherND" and others and others[0] is not None and others[0].shape:
        batch = attributes.get("batch_dims", 0)
        if not 0 <= batch < min(len(first.shape), len(others[0].shape)):
            raise error(f"batch_dims={batch!r} must be less than the ranks of both inputs")
        return (first, ops.tuples_in_range(first, others[0], attributes.get("batch_dims", 0)))
    if name == "MaxUnpool" and others and others[0] is not None:
        count = _unpooled(first, attributes, *others[1:])
        return (first, ops.require_below(others[0], count), *others[1:])
    if name == "RoiAlign" and len(others) == 2 and others[1] is not None and first.shape:
        count = ops.scalar_size(first.shape[0])
        return (first, others[0], ops.require_below(others[1], count))
    if name == "Trilu" and others and others[0] is not None:
        return (first, _near_diagonal(others[0]))
    return tuple(values)


_ONE_NUMBER = {"CumSum": 0, "DFT": 1, "TopK": 0}
"""Operators whose kernels take one number of an array without looking at its size, and its position."""


def _check_parameter(
    name: str, others: Sequence[Value | None], error: Callable[[str], Exception]
) -> None:
    """Raise if a parameter that is an array has another rank or size than the kernel believes."""
    i = _ONE_NUMBER.get(name, len(others))
    number = others[i] if i < len(others) else None
    if number is not None:
        what = "k" if name == "TopK" else "the axis" if name == "CumSum" else "dft_length"
        if number.shape not in ((), (1,)) or (name == "TopK" and not number.shape):
            raise error(f"{what} must have one element, not the shape {shape_text(number.shape)}")
    axes = others[0] if name.startswith("Reduce") and others else None
    if axes is not None and len(axes.shape) != 1:
        raise error(f"axes must have rank 1, not {len(axes.shape)}")


def _with_inner_size(y: Value, x: Value) -> Value:
    """Return the second factor of MatMul; a run fails if it has no elements to multiply, and the first has."""
    if not x.shape or not y.shape:
        return y
    axis = max(len(y.shape) - 2, 0)
    sizes = x.shape[-1], y.shape[axis]
    if dims.same(*sizes) or all(type(size) is int for size in sizes):
        return y
    return ops.reshape(y, (*y.shape[:axis], x.shape[-1], *y.shape[axis + 1 :]))


def _filled_blocks(sizes: Value, error: Callable[[str], Exception]) -> Value:
    """Return the sizes of blocks, which must be 1 or more."""
    if sizes.data is not None and sizes.trace is None:
        if np.any(sizes.data < 1):
            raise error(f"blocks of sizes {sizes.data.tolist()} have no elements")
        return sizes
    one = ops.scalar(1, int64)
    return ops.add(ops.require_below(ops.sub(sizes, one), ops.scalar(FARTHEST, int64)), one)


def _unpooled(x: Value, attributes: Mapping[str, Any], *shape: Value | None) -> Value:
    """Return how many elements the result of MaxUnpool has."""
    if shape and shape[0] is not None:
        return ops.reduce("ReduceProd", shape[0], (0,))
    kernel = attributes["kernel_shape"]
    axes = len(kernel)
    strides = attributes.get("strides", (1,) * axes)
    pads = attributes.get("pads", (0,) * (2 * axes))
    sizes = [
        (size - 1) * stride + extent - before - after
        for size, stride, extent, before, after in zip(
            x.shape[2:], strides, kernel, pads[:axes], pads[axes:], strict=True
        )
    ]
    return ops.scalar_size(product((*x.shape[:2], *sizes)))


def _near_diagonal(diagonal: Value) -> Value:
    if diagonal.data is not None and diagonal.trace is None:
        return constant(np.asarray(np.clip(diagonal.data, -FARTHEST, FARTHEST)))
    low, high = (ops.scalar(number, int64) for number in (-FARTHEST, FARTHEST))
    return integers.minimum(integers.maximum(diagonal, low), high)


_FILLED = {"Einsum": None, "MatMul": (0, 1), "MatMulInteger": (0, 1), "OneHot": (0,), "TopK": (0,)}
"""The operators whose kernels must not be given empty inputs, which inputs, or None for all.

MatMulInteger of onnxruntime 1.32.0 returns memory that it has not written if the inner size is 0."""


def _top_shape(
    operator: Operator, values: Sequence[Value], attributes: Mapping[str, Any]
) -> Shape | None:
    """Return the shape of what TopK gives, which onnx does not infer of symbolic sizes."""
    if operator.name != "TopK" or values[1].data is None or values[1].trace is not None:
        return None
    shape = list(values[0].shape)
    shape[attributes.get("axis", -1)] = int(values[1].data[0])
    return tuple(shape)


def in_branch(
    operator: Operator,
    values: Values,
    types: Sequence[tuple[DType, tuple[Any, ...]]],
    attributes: Mapping[str, Any],
    written: Attributes,
) -> tuple[Value, ...] | None:
    """Record an operator in a branch for inputs that are not empty; None if that is not needed."""
    if operator.domain or operator.name not in _FILLED or any(v is None for v in values):
        return None
    present = [value for value in values if value is not None]
    places = _FILLED[operator.name]
    watched = present if places is None else [present[i] for i in places]
    empty = [value for value in watched if any(not bounds(size)[0] for size in value.shape)]
    if not empty:
        return None
    shapes = [_top_shape(operator, present, attributes) or shape for _, shape in types]
    if any(size is None for shape in shapes for size in shape):
        inputs = tuple(ops.require_elements(v) if v in empty else v for v in present)
        return record_many(operator, inputs, [(dtype, ()) for dtype, _ in types], written)
    targets = [ops.shape_value(shape) for shape in shapes]
    actual = [*present, *targets]
    formal = tuple(argument(f"x{i}", v.dtype, v.shape) for i, v in enumerate(actual))
    own = list(zip([dtype for dtype, _ in types], shapes, strict=True))
    results = record_many(operator, formal[: len(present)], own, written)
    nothing = tuple(
        ops.constant_of_shape(0, dtype, shape, target)
        for (dtype, shape), target in zip(own, formal[len(present) :], strict=True)
    )
    zero = ops.scalar(0, int64)
    some = [ops.greater(record("Size", (value,), int64, ()), zero) for value in empty]
    condition = reduce(ops.and_, some)
    return ops.if_(condition, actual, close(formal, results), close(formal, nothing), shapes)
