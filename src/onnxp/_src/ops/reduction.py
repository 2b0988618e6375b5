"""Operators that reduce, accumulate, contract or sort along axes."""

from __future__ import annotations

from collections.abc import Callable

from onnxp._src.dtypes import float16, float64, int32, int64
from onnxp._src.graph.record import merge, record, record_many
from onnxp._src.graph.values import Attributes, Function, LinkedModel, Operator, Trace, Value
from onnxp._src.ops.elementwise import back, detour
from onnxp._src.ops.kernels import DETOURS
from onnxp._src.ops.movement import expand, reshape, squeeze, unsqueeze
from onnxp._src.ops.scalars import ints, scalar
from onnxp._src.ops.scales import operands
from onnxp._src.ops.sizes import size_value
from onnxp._src.shapes.dims import Size, bounds, minimum, same
from onnxp._src.shapes.shape import Shape, broadcast, same_shape


def reduced_shape(shape: Shape, axes: tuple[int, ...], *, keepdims: bool) -> Shape:
    """Return the shape after a reduction over `axes`."""
    if len(axes) == len(shape):
        return (1,) * len(shape) if keepdims else ()
    if len(axes) == 1:
        axis = axes[0]
        return (*shape[:axis], *((1,) if keepdims else ()), *shape[axis + 1 :])
    if keepdims:
        return tuple([1 if axis in axes else size for axis, size in enumerate(shape)])
    return tuple([size for axis, size in enumerate(shape) if axis not in axes])


def reduce(op: str, x: Value, axes: tuple[int, ...], *, keepdims: bool = False) -> Value:
    """Record a Reduce operator. For NaN and integers see `onnxp._src.lowering.reductions`."""
    if not axes and x.shape:
        return x
    attributes = () if keepdims else (("keepdims", 0),)
    shape = reduced_shape(x.shape, axes, keepdims=keepdims)
    # without axes, Reduce operators reduce all axes, which saves a constant
    inputs = (x,) if len(axes) == len(x.shape) else (x, ints(*axes))
    return record(op, inputs, x.dtype, shape, attributes)


def reduce_first(op: str, x: Value) -> Value:
    """Record a Reduce operator over the first axis, for values whose rank may be larger at run time."""
    return record(op, (x, ints(0)), x.dtype, x.shape[1:], (("keepdims", 0),))


def reduce_max(x: Value, axes: tuple[int, ...], *, keepdims: bool = False) -> Value:
    """ReduceMax; ignores NaN (onnxruntime 1.20.1 to 1.32.0)."""
    op = "ReduceMax"
    return back(reduce(op, detour(x, op), axes, keepdims=keepdims), op, x.dtype)


def reduce_min(x: Value, axes: tuple[int, ...], *, keepdims: bool = False) -> Value:
    """ReduceMin; ignores NaN (onnxruntime 1.20.1 to 1.32.0)."""
    op = "ReduceMin"
    return back(reduce(op, detour(x, op), axes, keepdims=keepdims), op, x.dtype)


def _arg(op: str, x: Value, axis: int, *, keepdims: bool) -> Value:
    shape = reduced_shape(x.shape, (axis,), keepdims=keepdims)
    attributes = (("axis", axis),) if keepdims else (("axis", axis), ("keepdims", 0))
    return record(op, (detour(x, op),), int64, shape, attributes)


def arg_max(x: Value, axis: int, *, keepdims: bool = False) -> Value:
    """ArgMax, the index of the first maximum; NaN is ignored (onnxruntime 1.20.1 to 1.32.0)."""
    return _arg("ArgMax", x, axis, keepdims=keepdims)


def arg_min(x: Value, axis: int, *, keepdims: bool = False) -> Value:
    """ArgMin, the index of the first minimum; NaN is ignored (onnxruntime 1.20.1 to 1.32.0)."""
    return _arg("ArgMin", x, axis, keepdims=keepdims)


def softmax(x: Value) -> Value:
    """Softmax along the last axis; a row with NaN, or whose largest number is infinite, becomes NaN."""
    return record("Softmax", (x,), x.dtype, x.shape)


def log_softmax(x: Value) -> Value:
    """LogSoftmax along the last axis; a row with NaN becomes NaN."""
    return record("LogSoftmax", (x,), x.dtype, x.shape)


def cum_sum(x: Value, axis: int, *, exclusive: bool = False, reverse: bool = False) -> Value:
    """CumSum, for rank 1 or more; integers wrap."""
    y = detour(x, "CumSum")
    attributes: tuple[tuple[str, object], ...] = ()
    if exclusive:
        attributes += (("exclusive", 1),)
    if reverse:
        attributes += (("reverse", 1),)
    result = record("CumSum", (y, scalar(axis, int64)), y.dtype, x.shape, attributes)
    return back(result, "CumSum", x.dtype)


def cum_prod(x: Value, axis: int) -> Value:
    """CumProd, for rank 1 or more; it needs opset 26."""
    return record("CumProd", (x, scalar(axis, int64)), x.dtype, x.shape)


def mat_mul_shape(p: Shape, q: Shape) -> Shape:
    """Return the shape of a matrix product."""
    if len(p) == 1:
        return (*q[:-2], q[-1]) if len(q) > 1 else ()
    if len(q) == 1:
        return p[:-1]
    if len(p) == len(q) == 2:
        return (p[0], q[1])
    return (*broadcast(p[:-2], q[:-2]), p[-2], q[-1])


def mat_mul(a: Value, b: Value) -> Value:
    """MatMul with numpy's rules for ranks of 1 or more; integers wrap."""
    op = "MatMul"
    p, q = a.shape, b.shape
    if len(q) == 1:
        if len(p) > 1:
            # As a column it is 20 times faster (onnxruntime 1.20.1 to 1.32.0). For an empty vector the result
            # is random (onnxruntime 1.20.1 to 1.23.2), and 0 for a column.
            return squeeze(mat_mul(a, unsqueeze(b, (1,))), (len(p) - 1,))
        # the lengths of two vectors are not checked (onnxruntime 1.20.1 to 1.23.2)
        b = reshape(b, p)
    shape = mat_mul_shape(p, q)
    dtype = a.dtype
    is_float = dtype.family == "float"
    if is_float and not (a.node is b.node is None):
        a, b = operands(a, b)
    if dtype is float16:
        trace = merge(a.trace, b.trace)
        return back(mat_mul(_detoured(a, trace), _detoured(b, trace)), op, dtype)
    stacks = len(p) > 2 or len(q) > 2
    if stacks and not same_shape(p[:-2], q[:-2]) and _may_be_empty((*p[:-1], *q[:-2], *q[1:][-1:])):
        if len(p) == 1:
            return squeeze(mat_mul(unsqueeze(a, (0,)), b), (len(q) - 2,))
        # see "empty stacks" in `runtime_bugs`
        a, b = _with_stack(a, q, shape[:-2]), _with_stack(b, p, shape[:-2])
    if is_float and not (a.node is b.node is None) and _any_may_be_turned(a, b):
        if dtype is float64:
            if len(p) == 1 < len(q):
                return squeeze(mat_mul(unsqueeze(a, (0,)), b), (len(q) - 2,))
            if len(p) > 1:
                if len(p) == len(q) == 2:
                    return gemm(a, b)
                result = mat_mul_apart(a, b, may_be_turned)
                result.shape = shape
                return result
        elif _turned_alike(a, b) or _may_be_empty(p[-1:]):
            result = mat_mul_apart(a, b)
            result.shape = shape
            return result
    if (op, dtype) in DETOURS:
        a, b = detour(a, op), detour(b, op)
        return back(record(op, (a, b), a.dtype, shape), op, dtype)
    return record(op, (a, b), dtype, shape)


def _any_may_be_turned(a: Value, b: Value) -> bool:
    # beside a traced operand, an expression of constants is one when the model is written
    traced = a.trace is not None or b.trace is not None
    return any(may_be_turned(x) for x in (a, b) if x.trace is not None or not traced)


def _detoured(x: Value, trace: Trace | None) -> Value:
    """Return `detour` of an operand; that of a constant is a node of the model, which keeps its half size."""
    y = detour(x, "MatMul")
    if x.trace is None and trace is not None:
        y.trace = trace
    return y


def _may_be_empty(sizes: Shape) -> bool:
    return any((bounds(size)[0] or 0) <= 0 for size in sizes)


def _with_stack(x: Value, other: Shape, stack: Shape) -> Value:
    """Return a stack that is empty where the other one is; of size 1 it stays where that has elements."""
    rank = len(stack) + 2
    x = unsqueeze(x, tuple(range(rank - len(x.shape))))
    other = (*(1,) * (rank - len(other)), *other)
    sizes = tuple(
        minimum(there, 1) if same(size, 1) else wide
        for size, there, wide in zip(x.shape, other, stack, strict=False)
    )
    return expand(x, (*sizes, *x.shape[-2:]))


def mat_mul_apart(a: Value, b: Value, suspect: Callable[[Value], bool] | None = None) -> Value:
    """MatMul of stacks of matrices; an axis of size 1 separates it from a Transpose: see `gemm`.

    By default, every operand that is not a vector is treated as the result of a Transpose.
    """
    shape = mat_mul_shape(a.shape, b.shape)
    suspect = suspect or (lambda x: len(x.shape) > 1)
    a, b = (unsqueeze(x, (0,)) if suspect(x) else x for x in (a, b))
    wide = mat_mul_shape(a.shape, b.shape)
    result = record("MatMul", (a, b), a.dtype, wide)
    return squeeze(result, (0,)) if len(wide) > len(shape) else result


def mat_mul_integer(a: Value, b: Value) -> Value:
    """MatMulInteger of uint8 matrices or stacks of them, as int32.

    The first ones have fewer than 32 rows: see "tiles of integers" in `runtime_bugs`.
    """
    return record("MatMulInteger", (a, b), int32, mat_mul_shape(a.shape, b.shape))


def gemm(a: Value, b: Value, added: Value | None = None, alpha: float = 1.0) -> Value:
    """Gemm of matrices, times `alpha`, plus a matrix; transposes them if they are results of a Transpose.

    By default, runtimes fuse Transpose and MatMul, but have no float64 kernel for the fused operator
    (onnxruntime 1.20.1 to 1.23.2).
    """
    attributes: Attributes = () if alpha == 1.0 else (("alpha", alpha),)
    inputs = []
    for x, name in ((a, "transA"), (b, "transB")):
        if _is_turned(x):
            assert x.node is not None
            attributes += ((name, 1),)
            inputs.append(x.node.inputs[0])
        else:
            inputs.append(x)
    if added is not None:
        inputs.append(added)
    return record("Gemm", tuple(inputs), a.dtype, mat_mul_shape(a.shape, b.shape), attributes)


MOST_SEARCHED = 100


def may_be_turned(x: Value) -> bool:
    """Return whether a value depends on a Transpose that optimizers may move up to it."""
    if x.node is None or x.data is not None:
        return False
    stack = [x]
    seen: set[Value] = set()
    while stack:
        value = stack.pop()
        node = value.node
        if node is None or value.data is not None or value in seen or node.op in _NOT_PASSED:
            continue
        if node.op == "Transpose" or len(seen) == MOST_SEARCHED:
            return True
        seen.add(value)
        stack.extend(source for source in node.inputs if source is not None)
        if isinstance(node.op, Function):  # runtimes inline it
            stack.extend(node.op.outputs)
        elif isinstance(node.op, LinkedModel):  # inlined as well, with unknown nodes
            return True
    return False


_NOT_PASSED = frozenset(
    {"MatMul", "Gemm", "Gather", "GatherND", "Shape", "Range", "ConstantOfShape"}
)


def _is_turned(x: Value) -> bool:
    return x.data is None and x.node is not None and x.node.op == "Transpose"


def _turned_alike(a: Value, b: Value) -> bool:
    """Return whether both are the same Transpose: see "turned on both sides" in `runtime_bugs`."""
    if not (_is_turned(a) and _is_turned(b)):
        return False
    assert a.node is not None
    assert b.node is not None
    return a.node.inputs == b.node.inputs and a.node.attributes == b.node.attributes


def top_k(x: Value, count: Size, axis: int, *, largest: bool = False) -> tuple[Value, Value]:
    """TopK, sorted and stable: values and int64 indices. NaN is largest since onnxruntime 1.32."""
    op = "TopK"
    y = detour(x, op)
    shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
    attributes = (("axis", axis), ("largest", int(largest)))
    values, indices = record_many(
        op, (y, size_value(count)), ((y.dtype, shape), (int64, shape)), attributes
    )
    return back(values, op, x.dtype), indices


def dft(x: Value, axis: int) -> Value:
    """DFT of complex numbers, whose real and imaginary parts are in the last axis.

    See "lengths of DFT" and "transform of empty arrays" in `runtime_bugs`.
    """
    return record("DFT", (x, None, scalar(axis, int64)), x.dtype, x.shape)


_INVERSE = Operator("com.microsoft", "Inverse", 1, None)


def inverse(x: Value) -> Value:
    """Inverse of square matrices, which every onnxruntime has; of singular ones, infinities and NaN."""
    return record(_INVERSE, (x,), x.dtype, x.shape)
