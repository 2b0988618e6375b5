"""The inputs that `op` records, for which a run fails where a kernel would end the process: see `runtime_bugs`.

A call of which every run would fail is refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import int64
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering.elementwise import integers
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import is_empty, is_static, is_zero, product, shape_text
from onnxp.onnx import _predictors as predictors
from onnxp.onnx._sizes import Given, matched

Inputs = dict[int, Value]
"""Inputs by position that are recorded in place of those that were given."""

FARTHEST = 2**31
"""A diagonal beyond all matrices."""


def checked(given: Given) -> tuple[Value | None, ...]:
    """Return the inputs of an operator, for which a run fails where its kernel would end the process.

    Raises
    ------
    OperatorError
        What the call's `error` makes, if every run would fail.
    """
    guards: tuple[predictors.Guard, ...] = _BY_DOMAIN.get(given.domain, {}).get(given.name, ())
    for guard in (matched, *guards):
        changes = guard(given)
        values = (changes.get(i, value) for i, value in enumerate(given.values))
        given = given._replace(values=tuple(values))
    return given.values


def _elements(value: Value) -> np.ndarray[Any, Any] | None:
    """Return the elements of a concrete input."""
    return None if value.trace is not None else value.data


# Elements


def _with_elements(given: Given) -> Inputs:
    """Return the first input, which must have elements."""
    x = given.at(0)
    if is_empty(x.shape):
        raise given.error(
            "an input without elements ends the process in onnxruntime 1.20.1 to 1.32.0"
        )
    return {0: ops.require_elements(x)}


def _unique_along(given: Given) -> Inputs:
    return (
        _with_elements(given) if "axis" in given.attributes and len(given.at(0).shape) > 1 else {}
    )


def _in_blocks(given: Given) -> Inputs:
    return _with_elements(given) if given.attributes.get("block_size") else {}


def _with_image(given: Given) -> Inputs:
    """Return the first input, whose axes from the second on must have elements."""
    x = given.at(0)
    if is_empty(x.shape[2:]):
        raise given.error(
            "an image without elements ends the process in onnxruntime 1.20.1 to 1.32.0"
        )
    return {0: ops.require_elements(x, 2)}


def _with_window(given: Given) -> Inputs:
    return {1: ops.require_elements(given.at(1), 2)}


def _with_channels(given: Given) -> Inputs:
    return {0: ops.require_elements(given.at(0), 1)}


def _along_elements(given: Given) -> Inputs:
    """Return the first input, which must have elements along an axis."""
    x = given.at(0)
    axis = given.attributes.get("axis", -1)
    if not -len(x.shape) <= axis < len(x.shape):
        raise given.error(f"axis={axis!r} must be one of the array, which has {len(x.shape)}")
    missing = dims.maximum(1 - x.shape[axis], 0)
    if is_zero(x.shape[axis]):
        raise given.error("an axis without elements ends the process in onnxruntime 1.23.2")
    return {} if is_zero(missing) else {0: ops.require_zeros(x, ops.scalar_size(missing))}


# Sizes


def _inner_sizes(given: Given) -> Inputs:
    """Return the second factor of a product, with as many elements to multiply as the first."""
    x, y = given.at(0), given.at(1)
    if not x.shape or not y.shape:
        return {}
    axis = max(len(y.shape) - 2, 0)
    if dims.equal(x.shape[-1], y.shape[axis]) is False:
        return {}  # which the inference of shapes refuses
    return {1: ops.require_size(y, axis, x.shape[-1])}


def _joined(given: Given) -> Inputs:
    """Return the inputs of Concat, which are as large as the first along all other axes."""
    first = given.at(0)
    rank = len(first.shape)
    axis = given.attributes.get("axis", 0)
    changes: dict[int, Value] = {}
    for i in range(1, len(given.values)):
        y = given.at(i)
        for k, size in enumerate(first.shape if len(y.shape) == rank else ()):
            if k != axis % max(rank, 1) and dims.equal(y.shape[k], size) is not False:
                y = ops.require_size(y, k, size)
        changes[i] = y
    return changes


def _enlarged(given: Given) -> Inputs:
    """Return the image of ConvTranspose, of which the result is not larger than strides and a window."""
    x, weights, shape = given.at(0), given.at(1), given.attributes.get("output_shape")
    axes = len(x.shape) - 2
    if shape is None or len(weights.shape) != len(x.shape):
        return {}
    if len(shape) != axes:
        raise given.error(f"output_shape must have {axes} numbers, not {len(shape)}")
    _, dilations, strides = _steps(given, axes)
    for k in range(axes):
        window = (weights.shape[k + 2] - 1) * int(dilations[k])
        beyond = shape[k] - x.shape[k + 2] * int(strides[k]) - window
        low, high = dims.bounds(beyond)
        if low is not None and low > 0:
            raise given.error(f"output_shape {shape[k]} is beyond what strides and window reach")
        if high is None or high > 0:
            excess = ops.scalar_size(dims.maximum(beyond, 0))
            x = ops.require_zeros(x, excess)
    return {0: x}


def _transformed(given: Given) -> Inputs:
    """Return the axis of DFT, which is not that of the real and imaginary parts."""
    x, axis = given.at(0), given.value(2)
    last = len(x.shape) - 1
    known = given.attributes.get("axis", 1) if axis is None else _elements(axis)
    if known is None:
        assert axis is not None
        negative = ops.cast(ops.less(axis, ops.scalar(0, int64)), int64)
        counted = ops.add(axis, ops.mul(negative, ops.scalar(last + 1, int64)))
        return {2: ops.require_below(counted, ops.scalar(last, int64))}
    number = int(np.reshape(known, -1)[0])
    if not -last - 1 <= number < last or number == -1:
        raise given.error(f"axis {number} must be one of the first {last}")
    return {}


def _windowed(given: Given) -> Inputs:
    """Return the window and the length of a frame of STFT, which have elements."""
    changes: Inputs = {}
    window, length = given.value(2), given.value(3)
    if window is not None:
        if is_empty(window.shape):
            raise given.error("a window without elements ends the process")
        changes[2] = ops.require_elements(window)
    if length is not None:
        number, one = _elements(length), ops.scalar(1, int64)
        if number is not None and number.size and number.min() < 1:
            raise given.error(f"frame_length must be 1 or more, not {int(number.min())}")
        wide = length if length.dtype is int64 else ops.cast(length, int64)
        missing = ops.max_(ops.sub(one, wide), ops.scalar(0, int64))
        changes[3] = ops.require_zeros(length, ops.reshape(missing, ()))
    return changes


def _mapped(given: Given) -> Inputs:
    """Return the matrices of AffineGrid, as many and as large as its sizes ask for."""
    theta, size = given.at(0), given.at(1)
    axes = size.shape[0] - 2 if size.shape else 0
    if type(axes) is not int or axes not in (2, 3) or len(size.shape) != 1 or len(theta.shape) != 3:
        raise given.error("theta must have rank 3, and size 4 or 5 elements")
    for axis, wanted in ((1, axes), (2, axes + 1)):
        if dims.equal(theta.shape[axis], wanted) is False:
            raise given.error(
                f"theta must have the shape (N, {axes}, {axes + 1}), not {shape_text(theta.shape)}"
            )
        theta = ops.require_size(theta, axis, wanted)
    sizes = _elements(size)
    if sizes is None:
        first = ops.gather(size, ops.scalar(0, int64), 0)
        return {0: ops.require_zeros(theta, ops.sub(first, ops.scalar_size(theta.shape[0])))}
    count = int(sizes[0])
    if dims.equal(theta.shape[0], count) is False:
        raise given.error(f"size asks for {count} grids, and theta has {theta.shape[0]}")
    return {0: ops.require_size(theta, 0, count)}


def _repeated(given: Given) -> Inputs:
    """Return the padding of Pad, which repeats each element of the array no more than once on a side."""
    x, pads, axes = given.at(0), given.at(1), given.value(3)
    fewer = {"wrap": 0, "reflect": 1}.get(given.attributes.get("mode", "constant"))
    if fewer is None or len(pads.shape) != 1:
        return {}
    sizes = ops.shape_of(x) if axes is None else ops.gather(ops.shape_of(x), axes, 0)
    sizes = ops.max_(ops.sub(sizes, ops.ints(fewer)), ops.ints(0))
    most = ops.concat([sizes, sizes], 0)
    excess = ops.sub(ops.max_(pads, most), most)
    return {1: ops.add(pads, ops.require_below(excess, ops.scalar(1, int64)))}


def _masked(given: Given) -> Inputs:
    """Return the mask of Attention, for all queries, and for the keys of now and before."""
    mask, before = given.value(3), given.value(4)
    if mask is None:
        return {}
    if len(mask.shape) < 2:
        raise given.error(f"attn_mask must have rank 2 or more, not {len(mask.shape)}")
    queries, keys = given.at(0).shape[-2], given.at(1).shape[-2]
    keys = keys if before is None else keys + before.shape[-2]
    for axis, size in ((-2, queries), (-1, keys)):
        if dims.equal(mask.shape[axis], size) is False:
            raise given.error(f"attn_mask must have {size} elements along axis {axis}")
        mask = ops.require_size(mask, len(mask.shape) + axis, size)
    return {3: mask}


def _rotated(given: Given) -> Inputs:
    """Return the array of RotaryEmbedding, whose heads have pairs of numbers."""
    x = given.at(0)
    size, heads = x.shape[-1] if x.shape else 0, given.attributes.get("num_heads", 0)
    if len(x.shape) == 3:
        if heads < 1:
            raise given.error("num_heads must be 1 or more for an array of rank 3")
        rest = dims.remainder(size, 2 * heads)
    else:
        rest = dims.remainder(size, 2)
    if dims.equal(rest, 0) is False:
        raise given.error(f"heads must have an even number of elements, not {size} in all")
    return {} if is_zero(rest) else {0: ops.require_zeros(x, ops.scalar_size(rest))}


def _cropped(given: Given) -> Inputs:
    if any(number < 0 for number in given.attributes.get("pads", ())):
        raise given.error("pads must be 0 or more")
    return {}


# Indices


def _scattered(given: Given) -> Inputs:
    """Return index tuples of a length above 0."""
    places = given.at(1)
    if not places.shape:
        raise given.error("the indices must have rank 1 or more")
    if is_zero(places.shape[-1]):
        raise given.error(
            "index tuples of length 0 end the process in onnxruntime 1.20.1 to 1.23.2"
        )
    return {1: ops.require_elements(places, len(places.shape) - 1)}


def _gathered(given: Given) -> Inputs:
    """Return index tuples that are in range, as many as there are batches."""
    x, indices = given.at(0), given.at(1)
    if not indices.shape:
        return {}  # which the inference of shapes refuses
    batch = given.attributes.get("batch_dims", 0)
    if not 0 <= batch < min(len(x.shape), len(indices.shape)):
        raise given.error(f"batch_dims={batch!r} must be less than the ranks of both inputs")
    for axis in range(batch):
        if dims.equal(indices.shape[axis], x.shape[axis]) is False:
            raise given.error(
                f"the indices must have {x.shape[axis]} batches along axis {axis}, not {indices.shape[axis]}"
            )
        indices = ops.require_size(indices, axis, x.shape[axis])
    return {1: ops.tuples_in_range(x, indices, batch)}


def _unpooled(given: Given) -> Inputs:
    """Return indices that are below the number of elements of the result of MaxUnpool."""
    x, places, sizes = given.at(0), given.at(1), given.value(2)
    if sizes is not None:
        count = ops.reduce("ReduceProd", sizes, (0,))
        return {1: ops.require_below(places, count)}
    kernel = given.attributes["kernel_shape"]
    axes = len(kernel)
    strides = given.attributes.get("strides", (1,) * axes)
    pads = given.attributes.get("pads", (0,) * (2 * axes))
    if not len(x.shape) - 2 == axes == len(strides) == len(pads) / 2:
        raise given.error(
            f"kernel_shape, strides and pads must have {len(x.shape) - 2} numbers, pads twice as many"
        )
    spatial = [
        (size - 1) * stride + extent - before - after
        for size, stride, extent, before, after in zip(
            x.shape[2:], strides, kernel, pads[:axes], pads[axes:], strict=True
        )
    ]
    count = ops.scalar_size(product((*x.shape[:2], *spatial)))
    return {1: ops.require_below(places, count)}


def _regions(given: Given) -> Inputs:
    """Return indices of images that there are."""
    return {2: ops.require_below(given.at(2), ops.scalar_size(given.at(0).shape[0]))}


def _diagonal(given: Given) -> Inputs:
    """Return a diagonal that is near the matrix, or is just beyond it."""
    diagonal = given.value(1)
    if diagonal is None:
        return {}
    number = _elements(diagonal)
    if number is not None:
        return {1: constant(np.asarray(np.clip(number, -FARTHEST, FARTHEST)))}
    low, high = (ops.scalar(number, int64) for number in (-FARTHEST, FARTHEST))
    return {1: integers.minimum(integers.maximum(diagonal, low), high)}


# Blocks


def _blocks(given: Given) -> Inputs:
    """Return the sizes of the image and of the blocks of Col2Im, of which there are as many as columns."""
    columns, image, block = (given.at(i) for i in range(3))
    sizes, extents = _elements(image), _elements(block)
    if sizes is None or extents is None or not is_static(columns.shape):
        return _blocks_of_a_run(given)
    if np.any(extents < 1):
        raise given.error(f"blocks of sizes {extents.tolist()} have no elements")
    padding, dilations, strides = _steps(given, len(sizes))
    spans = sizes + padding - dilations * (extents - 1) - 1
    count = int(np.prod(spans // strides + 1)) if np.all(spans >= 0) else 0
    _, channels, found = columns.shape
    if count != found or channels % int(np.prod(extents)):
        raise given.error(
            f"columns of shape {shape_text(columns.shape)} are not {count} blocks of {extents.tolist()}, "
            f"which is what an image of {sizes.tolist()} has"
        )
    return {}


def _blocks_of_a_run(given: Given) -> Inputs:
    columns, image, block = (given.at(i) for i in range(3))
    axes = image.shape[0]
    if type(axes) is not int:
        raise given.error("the number of axes of the image must be known")
    padding, dilations, strides = (ops.ints(*x.tolist()) for x in _steps(given, axes))
    one = ops.scalar(1, int64)
    beside = ops.require_below(ops.sub(block, one), ops.scalar(FARTHEST, int64))
    spans = ops.sub(ops.sub(ops.add(image, padding), ops.mul(dilations, beside)), one)
    spans = ops.require_below(spans, ops.scalar(FARTHEST, int64))
    counts = ops.add(ops.div(spans, strides), one)
    block = ops.add(beside, one)
    rests = (
        ops.sub(ops.reduce("ReduceProd", counts, (0,)), ops.scalar_size(columns.shape[2])),
        integers.remainder(
            ops.scalar_size(columns.shape[1]), ops.reduce("ReduceProd", block, (0,))
        ),
    )
    return {1: ops.require_zeros(image, *rests), 2: block}


def _steps(given: Given, axes: int) -> list[np.ndarray[Any, Any]]:
    """Return the padding, dilations and strides along each axis."""
    found: list[np.ndarray[Any, Any]] = []
    for name, default, times in (("pads", 0, 2), ("dilations", 1, 1), ("strides", 1, 1)):
        numbers = np.asarray(given.attributes.get(name, [default] * (times * axes)), np.int64)
        if numbers.shape != (times * axes,):
            raise given.error(f"{name} must have {times * axes} numbers, not {numbers.size}")
        found.append(numbers.reshape(times, axes).sum(0))
    return found


_GUARDS: dict[str, tuple[predictors.Guard, ...]] = {
    "AffineGrid": (_mapped,),
    "Attention": (_masked,),
    "Col2Im": (_blocks,),
    "Concat": (_joined,),
    "Conv": (_with_window, _cropped),
    "ConvInteger": (_with_window, _cropped),
    "ConvTranspose": (_with_image, _with_channels, _with_window, _enlarged),
    "DFT": (_with_elements, _transformed),
    "GRU": (_with_elements,),
    "GatherND": (_gathered,),
    "GridSample": (_with_image,),
    "LpNormalization": (_along_elements,),
    "LRN": (_with_channels,),
    "LSTM": (_with_elements,),
    "MatMul": (_inner_sizes,),
    "MatMulInteger": (_inner_sizes,),
    "MaxUnpool": (_unpooled,),
    "Pad": (_repeated,),
    "QuantizeLinear": (_in_blocks,),
    "QLinearConv": (_cropped,),
    "RNN": (_with_elements,),
    "RotaryEmbedding": (_rotated,),
    "RoiAlign": (_with_image, _regions),
    "STFT": (_windowed,),
    "ScatterND": (_scattered,),
    "Trilu": (_diagonal,),
    "Unique": (_unique_along,),
}
"""What is checked besides the sizes that inputs share, by operator."""

_BY_DOMAIN = {"": _GUARDS, predictors.DOMAIN: predictors.GUARDS}
