"""Sums, means, extremes and truth values along axes: exact for integers, and correct for NaN and empty axes.

All functions take the axes to reduce, counted from the front and sorted. If the axes may be empty, the
general algorithm is recorded as a local function.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import (
    DType,
    bool_,
    float16,
    float32,
    float64,
    int64,
    string,
    uint8,
    uint32,
    uint64,
)
from onnxp._src.graph.subgraphs import close
from onnxp._src.graph.values import Function, Value, argument, constant, reducing
from onnxp._src.lowering.elementwise.integers import RING
from onnxp._src.lowering.functions import recipe, recorded
from onnxp._src.ops.finite import never_nan
from onnxp._src.shapes.dims import bounds
from onnxp._src.shapes.shape import Shape, is_static, product, shape_text
from onnxp.errors import ArgumentError

Axes = tuple[int, ...]

_SMALL = 512  # the number of ones that a model may contain
_LARGE = 2**20  # the number of ones that are cached for evaluation


def certainly_filled(x: Value, axes: Axes) -> bool:
    """Return whether no axis can be empty."""
    for axis in axes:
        size = x.shape[axis]
        if (size if type(size) is int else bounds(size)[0] or 0) <= 0:
            return False
    return True


def refuse_nothing(function: str, shape: Shape, axes: Axes) -> None:
    """Raise an error if a reduction that needs elements has none.

    Raises
    ------
    ArgumentError
        If a reduced axis has size 0.
    """
    for axis in axes:
        if type(shape[axis]) is int and shape[axis] == 0:
            raise ArgumentError(
                f"{function} of no elements: axis {axis} of shape {shape_text(shape)} is reduced"
            )


def accumulating(x: Value) -> Value:
    """Return `x` in the dtype of the computation: float16 is computed in float32 and rounded once."""
    return ops.cast(x, float32) if x.dtype is float16 else x


# Sums


def total(x: Value, axes: Axes, *, keepdims: bool) -> Value:
    """Compute sums along axes. Integers wrap."""
    if not axes:
        return x
    if x.dtype.family == "float":
        root = _root_of_square(x) if axes == (len(x.shape) - 1,) else None
        if root is not None:
            return ops.reduce("ReduceSumSquare", root, axes, keepdims=keepdims)
        if x.dtype is not float16:
            return ops.reduce("ReduceSum", x, axes, keepdims=keepdims)
        y = ops.reduce("ReduceSum", ops.cast(x, float32), axes, keepdims=keepdims)
        return ops.cast(y, float16)
    y = ops.cast(x, RING[x.dtype])
    count = product(y.shape[axis] for axis in axes)
    limit = _SMALL if y.trace is not None else _LARGE
    if is_static(y.shape) and count <= limit:
        (result,) = _integer_sum(y, axes, keepdims)
    else:
        shape = ops.reduced_shape(y.shape, axes, keepdims=keepdims)
        (result,) = recipe("sum", _integer_sum, (y,), ((y.dtype, shape),), axes, keepdims)
    return ops.cast(result, x.dtype)


def _root_of_square(x: Value) -> Value | None:
    """Return what a value is the square of, if it is one."""
    node = x.node
    if node is None or x.data is not None or node.op != "Mul" or x.dtype is float16:
        return None
    return node.inputs[0] if node.inputs[0] is node.inputs[1] else None


def _integer_sum(x: Value, axes: Axes, keepdims: bool) -> tuple[Value]:
    """Multiply by a matrix of ones.

    ReduceSum adds integers up in float64 and saturates (onnxruntime 1.32.0), and is slower.
    """
    rank = len(x.shape)
    kept = tuple(axis for axis in range(rank) if axis not in axes)
    count = product(x.shape[axis] for axis in axes)
    rest = tuple(x.shape[axis] for axis in kept)
    if not kept:
        y = ops.mat_mul(ops.reshape(x, (count,)), _ones(x.dtype, (count,)))
    elif axes[-1] < kept[0]:
        y = ops.reshape(x, (count, product(rest)))
        y = ops.mat_mul(_ones(x.dtype, (1, count)), y)
        if keepdims and rank == 2:
            return (y,)
        y = ops.reshape(ops.squeeze(y, (0,)), rest)
    else:
        y = ops.reshape(ops.transpose(x, (*kept, *axes)), (*rest, count))
        y = ops.mat_mul(y, _ones(x.dtype, (count, 1)))
        if keepdims and axes == (rank - 1,):
            return (y,)
        y = ops.squeeze(y, (len(rest),))
    return (ops.unsqueeze(y, axes) if keepdims else y,)


def _ones(dtype: DType, shape: Shape) -> Value:
    if not is_static(shape):
        return ops.constant_of_shape(1, dtype, shape)
    count = math.prod(shape)
    if count <= _SMALL:
        return _few_ones(dtype, shape)
    return constant(_many_ones(dtype)[:count].reshape(shape))


@lru_cache(maxsize=256)
def _few_ones(dtype: DType, shape: tuple[int, ...]) -> Value:
    return ops.full(1, dtype, shape)


@lru_cache(maxsize=2)
def _many_ones(dtype: DType) -> np.ndarray[Any, Any]:
    return np.ones(_LARGE, dtype.numpy)


# Means


def mean(x: Value, axes: Axes, *, keepdims: bool) -> Value:
    """Compute means along axes; the mean of no elements is NaN."""
    if not axes:
        return x
    if certainly_filled(x, axes):
        if x.dtype is not float16:
            return ops.reduce("ReduceMean", x, axes, keepdims=keepdims)
        y = ops.reduce("ReduceMean", ops.cast(x, float32), axes, keepdims=keepdims)
        return ops.cast(y, float16)
    shape = ops.reduced_shape(x.shape, axes, keepdims=keepdims)
    return recipe("mean", _mean, (x,), ((x.dtype, shape),), axes, keepdims)[0]


def _mean(x: Value, axes: Axes, keepdims: bool) -> tuple[Value]:
    """Multiply by n / n, which is 1 or NaN; ReduceMean of no elements is 0 (onnxruntime 1.20.1 to 1.32.0)."""
    y = ops.reduce("ReduceMean", accumulating(x), axes, keepdims=keepdims)
    count = ops.cast(ops.scalar_size(product(x.shape[axis] for axis in axes)), y.dtype)
    return (ops.cast(ops.mul(y, ops.div(count, count)), x.dtype),)


def variance(x: Value, axes: Axes, *, keepdims: bool, correction: float, root: bool) -> Value:
    """Compute variances or standard deviations along axes; NaN unless ``n - correction`` is positive."""
    options = (axes, keepdims, correction, root)
    sizes = tuple(x.shape[axis] for axis in axes)
    if certainly_filled(x, axes) and (_averaged(x, axes, correction) or is_static(sizes)):
        return _variance(x, *options)[0]
    shape = ops.reduced_shape(x.shape, axes, keepdims=keepdims)
    return recipe("std" if root else "var", _variance, (x,), ((x.dtype, shape),), *options)[0]


def _averaged(x: Value, axes: Axes, correction: float) -> bool:
    """Return whether to use the mean of squares, which needs no count; over all axes a sum is faster."""
    return correction == 0 and (not axes or len(axes) < len(x.shape))


def _variance(x: Value, axes: Axes, keepdims: bool, correction: float, root: bool) -> tuple[Value]:
    y = accumulating(x)
    difference = ops.sub(y, ops.reduce("ReduceMean", y, axes, keepdims=True))
    if _averaged(x, axes, correction):
        y = mean(ops.mul(difference, difference), axes, keepdims=keepdims)
    else:
        if axes:
            y = ops.reduce("ReduceSumSquare", difference, axes, keepdims=keepdims)
        else:
            y = ops.mul(difference, difference)
        y = ops.div(y, _degrees(x, axes, correction, y.dtype))
    if root:
        y = ops.unary("Sqrt", y)
    return (ops.cast(y, x.dtype),)


def _degrees(x: Value, axes: Axes, correction: float, dtype: DType) -> Value:
    """Return the degrees of freedom, or NaN if there are none."""
    count = product(x.shape[axis] for axis in axes)
    if type(count) is int:
        degrees = count - correction
        return ops.scalar(degrees if degrees > 0 else math.nan, dtype)
    left = ops.sub(ops.cast(ops.scalar_size(count), float64), ops.scalar(correction, float64))
    positive = ops.greater(left, ops.scalar(0.0, float64))
    return ops.cast(ops.where(positive, left, ops.scalar(math.nan, float64)), dtype)


# Extremes


def extreme(op: str, x: Value, axes: Axes, *, keepdims: bool) -> Value:
    """Compute ReduceMax or ReduceMin as the standard defines them: NaN propagates, and empty axes fail."""
    if not axes:
        return x
    filled = certainly_filled(x, axes)
    if x.dtype in _COMPARED_IN_PART:
        build = _extreme_by_index
    elif filled and never_nan(x):
        return _extreme_of_numbers(x, op, axes, keepdims)
    else:
        build = _extreme if filled else _checked_extreme
    function = _recorded_extreme(build, x.dtype, len(x.shape), op, axes, keepdims)
    shape = ops.reduced_shape(x.shape, axes, keepdims=keepdims)
    return ops.call(function, (x,), ((x.dtype, shape),))[0]


@lru_cache(maxsize=1024)
def _recorded_extreme(
    build: Callable[..., tuple[Value]],
    dtype: DType,
    rank: int,
    op: str,
    axes: Axes,
    keepdims: bool,
) -> Function:
    """Return a function for extremes, by a flat key: this is called often for small arrays."""
    name = "max" if op == "ReduceMax" else "min"
    promise = reducing(axes, keepdims=keepdims)
    return recorded(name, build, ((dtype, rank),), op, axes, keepdims, promise=promise)


# ReduceMax and ReduceMin of int64, in which these dtypes are computed, compare 32 bits (onnxruntime 1.23.2)
_COMPARED_IN_PART = frozenset((int64, uint32, uint64))


def _extreme_by_index(x: Value, op: str, axes: Axes, keepdims: bool) -> tuple[Value]:
    """Select by the index of the extreme: ArgMax and ArgMin compare all bits. They fail for empty axes."""
    axis = axes[0]
    if len(axes) > 1:
        kept = tuple(i for i in range(len(x.shape)) if i not in axes)
        rest = tuple(x.shape[i] for i in kept)
        count = product(x.shape[i] for i in axes)
        x = ops.reshape(ops.transpose(x, (*kept, *axes)), (*rest, count))
        axis = len(rest)
    operator = ops.arg_max if op == "ReduceMax" else ops.arg_min
    result = ops.gather_elements(x, operator(x, axis, keepdims=True), axis)
    if len(axes) == 1 and keepdims:
        return (result,)
    result = ops.squeeze(result, (axis,))
    return (ops.unsqueeze(result, axes) if keepdims else result,)


def _extreme_of_numbers(x: Value, op: str, axes: Axes, keepdims: bool) -> Value:
    """Record the operator itself, which ignores NaN (onnxruntime 1.20.1 to 1.32.0)."""
    operator = ops.reduce_max if op == "ReduceMax" else ops.reduce_min
    return operator(x, axes, keepdims=keepdims)


def _extreme(x: Value, op: str, axes: Axes, keepdims: bool) -> tuple[Value]:
    if x.dtype.family != "float":
        return (_extreme_of_numbers(x, op, axes, keepdims),)

    def beside_nan(x: Value) -> Value:
        # the sum of numbers clipped to 0 is NaN or 0
        zero = ops.scalar(0.0, x.dtype)
        nothing = ops.reduce("ReduceSum", ops.clip(x, zero, zero), axes, keepdims=keepdims)
        return ops.add(_extreme_of_numbers(x, op, axes, keepdims), nothing)

    y = accumulating(x)
    shape = ops.reduced_shape(y.shape, axes, keepdims=keepdims)
    result = _if_any_nan(y, beside_nan, lambda y: _extreme_of_numbers(y, op, axes, keepdims), shape)
    return (ops.cast(result, x.dtype),)


def _if_any_nan(
    x: Value,
    then: Callable[[Value], Value],
    otherwise: Callable[[Value], Value],
    shape: Shape,
) -> Value:
    """Compute one of two formulas: `otherwise` if `x` has no NaN.

    The sum of all elements is NaN if one is, and else only for infinities of both signs; then `then` is
    slower, but right.
    """
    bodies = []
    for formula in (then, otherwise):
        inner = argument("x", x.dtype, x.shape)
        bodies.append(close((inner,), (formula(inner),)))
    total = ops.reduce("ReduceSum", x, tuple(range(len(x.shape))))
    return ops.if_(ops.is_nan(total), (x,), bodies[0], bodies[1], [shape])[0]


def _checked_extreme(x: Value, op: str, axes: Axes, keepdims: bool) -> tuple[Value]:
    """Make the run fail for empty axes: the operator has an identity for numbers, but not for bool."""
    (result,) = _extreme(x, op, axes, keepdims)
    # of floats it is false unless the result is NaN: Where would lose the sign of a zero, see "selected zeros"
    some = ops.is_nan(x) if x.dtype.family == "float" else ops.cast(x, bool_)
    return (ops.where(ops.reduce(op, some, axes, keepdims=keepdims), result, result),)


def first_extreme(op: str, x: Value, axis: int, *, keepdims: bool) -> Value:
    """Compute ArgMax or ArgMin as the standard defines them: the first NaN is selected, and empty axes fail."""
    if never_nan(x):
        return _first_of_numbers(x, op, axis, keepdims)
    shape = ops.reduced_shape(x.shape, (axis,), keepdims=keepdims)
    name = op.lower()
    types = ((int64, shape),)
    promise = reducing((axis,), keepdims=keepdims)
    return recipe(name, _first_extreme, (x,), types, op, axis, keepdims, promise=promise)[0]


def _first_of_numbers(x: Value, op: str, axis: int, keepdims: bool) -> Value:
    return (ops.arg_max if op == "ArgMax" else ops.arg_min)(x, axis, keepdims=keepdims)


def _first_extreme(x: Value, op: str, axis: int, keepdims: bool) -> tuple[Value]:
    def beside_nan(x: Value) -> Value:
        nan = ops.cast(ops.is_nan(x), uint8)
        any_nan = ops.cast(ops.reduce_max(nan, (axis,), keepdims=keepdims), bool_)
        first_nan = ops.arg_max(nan, axis, keepdims=keepdims)
        return ops.where(any_nan, first_nan, _first_of_numbers(x, op, axis, keepdims))

    y = accumulating(x)
    shape = ops.reduced_shape(y.shape, (axis,), keepdims=keepdims)
    return (_if_any_nan(y, beside_nan, lambda y: _first_of_numbers(y, op, axis, keepdims), shape),)


# Truth


def truth(planes: tuple[Value, ...]) -> Value:
    """Return whether elements are nonzero, as NaN is, or text that is not empty."""
    if planes[0].dtype is string:
        return ops.not_(ops.equal(planes[0], ops.scalar("", string)))
    parts = [ops.cast(plane, bool_) for plane in planes]
    return parts[0] if len(parts) == 1 else ops.or_(parts[0], parts[1])


_MANY_TRUTHS = 10_000  # the kernels for bool take four times as long as those for uint8


def holds(op: str, x: Value, axes: Axes, *, keepdims: bool) -> Value:
    """Compute ReduceMax (any) or ReduceMin (all) of bool, also for empty axes, for which the kernels fail."""
    if not axes:
        return x
    if certainly_filled(x, axes):
        if x.trace is None and is_static(x.shape) and math.prod(x.shape) >= _MANY_TRUTHS:
            bits = ops.reduce(op, ops.cast(x, uint8), axes, keepdims=keepdims)
            return ops.cast(bits, bool_)
        return ops.reduce(op, x, axes, keepdims=keepdims)
    # a sum of ones is never rounded to 0, and a product of zeros and ones is exact
    arithmetic = "ReduceSum" if op == "ReduceMax" else "ReduceProd"
    return ops.cast(ops.reduce(arithmetic, ops.cast(x, float32), axes, keepdims=keepdims), bool_)
