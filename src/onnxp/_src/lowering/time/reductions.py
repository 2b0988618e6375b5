"""Sums and means of times, on their planes. NaT makes a result NaT, and so does a sum beyond int64."""

from __future__ import annotations

from onnxp._src import ops
from onnxp._src.dtypes import float64, int64
from onnxp._src.dtypes.moments import NAT
from onnxp._src.graph.values import Value
from onnxp._src.lowering import cumulative, reductions
from onnxp._src.lowering.elementwise import integers
from onnxp._src.lowering.functions import recipe
from onnxp._src.lowering.time.arithmetic import is_nat
from onnxp._src.shapes.shape import product

Axes = tuple[int, ...]

_WRAPPED = 2.0**62
"""A sum that wraps differs from that of floating-point numbers by 2**64, and others by rounding errors."""


def total(x: Value, axes: Axes, *, keepdims: bool) -> Value:
    """Compute sums of spans along axes."""
    if not axes:
        return x
    shape = ops.reduced_shape(x.shape, axes, keepdims=keepdims)
    return recipe("sum_times", _total, (x,), ((int64, shape),), axes, keepdims)[0]


def _total(x: Value, axes: Axes, keepdims: bool) -> tuple[Value]:
    exact = reductions.total(x, axes, keepdims=keepdims)
    rounded = reductions.total(ops.cast(x, float64), axes, keepdims=keepdims)
    missing = reductions.holds("ReduceMax", is_nat(x), axes, keepdims=keepdims)
    return (_where_right(exact, rounded, missing),)


def cumulative_sum(x: Value, axis: int) -> Value:
    """Compute cumulative sums of spans."""
    return recipe("cumulative_sum_times", _cumulative_sum, (x,), ((int64, x.shape),), axis)[0]


def _cumulative_sum(x: Value, axis: int) -> tuple[Value]:
    exact = cumulative.cumulative_sum(x, axis)
    rounded = cumulative.cumulative_sum(ops.cast(x, float64), axis)
    missing = cumulative.cumulative_sum(ops.cast(is_nat(x), float64), axis)
    return (_where_right(exact, rounded, ops.greater(missing, ops.scalar(0.0, float64))),)


def _where_right(exact: Value, rounded: Value, missing: Value) -> Value:
    difference = ops.abs_(ops.sub(ops.cast(exact, float64), rounded))
    wrapped = ops.greater(difference, ops.scalar(_WRAPPED, float64))
    return ops.where(ops.or_(missing, wrapped), ops.scalar(NAT, int64), exact)


def mean(x: Value, axes: Axes, *, keepdims: bool, truncate: bool) -> Value:
    """Compute means along axes, rounded down or truncated; the mean of no elements is NaT."""
    if not axes:
        return x
    shape = ops.reduced_shape(x.shape, axes, keepdims=keepdims)
    return recipe("mean_times", _mean, (x,), ((int64, shape),), axes, keepdims, truncate)[0]


def _mean(x: Value, axes: Axes, keepdims: bool, truncate: bool) -> tuple[Value]:
    """Add quotients and remainders of the count, whose sums do not overflow."""
    zero, one = ops.scalar(0, int64), ops.scalar(1, int64)
    count = ops.scalar_size(product(x.shape[axis] for axis in axes))
    quotients = integers.floor_divide(x, count)
    rests = ops.sub(x, ops.mul(quotients, count))
    rest = reductions.total(rests, axes, keepdims=keepdims)
    whole = integers.floor_divide(rest, count)
    result = ops.add(reductions.total(quotients, axes, keepdims=keepdims), whole)
    if truncate:
        is_exact = ops.equal(ops.mul(whole, count), rest)
        up = ops.and_(ops.less(result, zero), ops.not_(is_exact))
        result = ops.add(result, ops.where(up, one, zero))
    missing = reductions.holds("ReduceMax", is_nat(x), axes, keepdims=keepdims)
    missing = ops.or_(missing, ops.equal(count, zero))
    return (ops.where(missing, ops.scalar(NAT, int64), result),)
