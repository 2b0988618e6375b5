"""Symbolic sizes as values, and operators that create arrays from sizes."""

from __future__ import annotations

from typing import Any
from typing import cast as cast_type

import numpy as np

from onnxp._src.dtypes import DType, float32, float64, int64, string
from onnxp._src.graph.record import record
from onnxp._src.graph.values import FREE, Example, Node, Value, constant
from onnxp._src.ops.elementwise import add, cast, div, equal, max_, min_, mod, mul, pow_, sub
from onnxp._src.ops.kernels import DETOURS
from onnxp._src.ops.scalars import full, ints, scalar
from onnxp._src.shapes import dims
from onnxp._src.shapes.atoms import Call, Symbol
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim, Size, bounds, same
from onnxp._src.shapes.grouping import grouped
from onnxp._src.shapes.shape import Shape, is_static

SYMBOL = "Symbol"
"""The pseudo-operator of a declared symbol, which the writer replaces by the size of an input."""


def size_value(size: Size) -> Value:
    """Return a size as an int64 value of shape (1,)."""
    if not isinstance(size, Dim):
        return ints(int(size))
    total: Value | None = None
    for monomial, factor in grouped(size.terms):
        term: Value | None = None if factor == 1 and monomial else ints(factor)
        for atom in monomial:
            value = _symbol(atom) if isinstance(atom, Symbol) else _call(atom)
            term = value if term is None else mul(term, value)
        assert term is not None
        total = term if total is None else add(total, term)
    assert total is not None
    return total


def scalar_size(size: Size) -> Value:
    """Return a size as an int64 value of rank 0."""
    if not isinstance(size, Dim):
        return scalar(int(size), int64)
    return record("Squeeze", (size_value(size),), int64, ())


_REAL_OPERATORS = {"add": add, "sub": sub, "mul": mul, "div": div, "pow": pow_}


def scalar_real(real: DimReal) -> Value:
    """Return a real number that depends on sizes as a float64 value of rank 0."""
    if real.function == "size":
        return cast(scalar_size(real.operands[0]), float64)
    if real.function == "number":
        return scalar(real.operands[0], float64)
    left, right = map(scalar_real, real.operands)
    return _REAL_OPERATORS[real.function](left, right)


def _symbol(symbol: Symbol) -> Value:
    if isinstance(symbol.origin, tuple):
        value, axis = symbol.origin
        return shape_of(value, axis, axis + 1)
    node = Node(SYMBOL, (), (("name", symbol.name),), 0, None)
    value = Value(int64, (1,), node, 0, FREE, 1)
    if symbol.example is not None:
        value.example = cast_type(Example, symbol.example)
    return value


def _call(call: Call) -> Value:
    left, right = dims.of_terms(call.left), dims.of_terms(call.right)
    if call.function == "broadcast":
        return _broadcast(left, right)
    a, b = size_value(left), size_value(right)
    if call.function == "floordiv":
        return _floor_div(a, _divisor(right, b), left, right)
    if call.function == "mod":
        return mod(a, _divisor(right, b))
    return max_(a, b) if call.function == "max" else min_(a, b)


def _broadcast(left: Size, right: Size) -> Value:
    """Return the size that two sizes broadcast to.

    It is the size of an array without elements, so the runtime fails if the sizes do not broadcast.
    """
    empty = constant_of_shape(0, float32, (left, 0))
    size = dims.broadcast_size(left, right)
    wide = record("Expand", (empty, shape_value((right, 0))), float32, (size, 0))
    return shape_of(wide, 0, 1)


def _number_of(x: Value, size: int) -> Value:
    """Return a number as the sum of itself and the first of as many elements, which is 0.

    Optimizers replace the Shape of what has a constant size, and drop its check with it.
    """
    first = record("Gather", (x, ints(0)), int64, (1,), (("axis", 0),))
    return add(ints(size), first)


def _divisor(size: Size, value: Value) -> Value:
    """Replace 0 by 1, because dividing by 0 ends the process (onnxruntime 1.20.1 and 1.23.2)."""
    low, high = bounds(size)
    if (low is not None and low > 0) or (high is not None and high < 0):
        return value
    return add(value, cast(equal(value, ints(0)), int64))


def _floor_div(a: Value, b: Value, left: Size, right: Size) -> Value:
    lows = [bounds(size)[0] for size in (left, right)]
    # The optimizer replaces (1 // x) * y by y // x (onnxruntime 1.32.0, DivMulFusion).
    if all(low is not None and low >= 0 for low in lows) and not same(left, 1):
        return div(a, b)
    return div(sub(a, mod(a, b)), b)  # Div truncates


def shape_of(x: Value, start: int = 0, end: int | None = None) -> Value:
    """Shape of the axes from `start` to `end`."""
    stop = len(x.shape) if end is None else end
    return record("Shape", (x,), int64, (stop - start,), (("end", stop), ("start", start)))


def shape_value(shape: Shape) -> Value:
    """Return a shape as an int64 value of rank 1."""
    if is_static(shape):
        return ints(*shape)
    pieces: list[Value] = []
    run: list[int] = []
    for size in shape:
        if isinstance(size, Dim):
            if run:
                pieces.append(ints(*run))
                run = []
            pieces.append(size_value(size))
        else:
            run.append(int(size))
    if run:
        pieces.append(ints(*run))
    if len(pieces) == 1:
        return pieces[0]
    return record("Concat", tuple(pieces), int64, (len(shape),), (("axis", 0),))


def constant_of_shape(number: Any, dtype: DType, shape: Shape, sizes: Value | None = None) -> Value:
    """ConstantOfShape: an array filled with a number; `sizes` is the shape if it is not made of sizes."""
    if dtype is string:  # there is no kernel (onnxruntime 1.20.1 to 1.32.0)
        return _text_of_shape(number, shape, sizes)
    fill = np.full((1,), number, dtype.numpy)
    attributes = (("value", (dtype.onnx, (1,), fill.tobytes())),)
    target = shape_value(shape) if sizes is None else sizes
    return record("ConstantOfShape", (target,), dtype, shape, attributes)


def _text_of_shape(text: Any, shape: Shape, sizes: Value | None) -> Value:
    target = shape_value(shape) if sizes is None else sizes
    if 0 in [size for size in shape if type(size) is int]:  # optimizers may drop the Expand
        nothing = (full("", string, (0,)), target)
        return record("Reshape", nothing, string, shape, (("allowzero", 1),))
    return record("Expand", (full(text, string, ()), target), string, shape)


def expanded_to_nothing(old: Shape, new: Shape) -> Value:
    """Return a shape with zeros, to which another broadcasts; the run fails if it does not."""
    pieces: list[Value] = []
    for before, after in zip((*(1,) * (len(new) - len(old)), *old), new, strict=True):
        if isinstance(before, Dim) and type(after) is int and after == 0:
            index = (ints(0, 0), size_value(before))
            pieces.append(record("Gather", index, int64, (1,), (("axis", 0),)))
        elif isinstance(before, Dim) and type(after) is int:
            zeros = constant_of_shape(0, int64, (before,))
            wide = record("Expand", (zeros, ints(after)), int64, (after,))
            pieces.append(_number_of(wide, after))
        else:
            pieces.append(shape_value((after,)))
    if all(piece.data is not None for piece in pieces):
        return shape_value(new)
    return record("Concat", tuple(pieces), int64, (len(new),), (("axis", 0),))


def eye(rows: Size, columns: Size, diagonal: int, dtype: DType) -> Value:
    """EyeLike: ones on a diagonal, counted upwards from the main diagonal, and zeros elsewhere."""
    row = DETOURS.get(("EyeLike", dtype))
    blank = constant_of_shape(0, dtype if row is None else row.via, (rows, columns))
    attributes = (("k", diagonal),) if diagonal else ()
    return cast(record("EyeLike", (blank,), blank.dtype, blank.shape, attributes), dtype)


def range_(start: Value, stop: Value, step: Value, length: Size) -> Value:
    """Range of int64. Floating-point ranges add up their steps (onnxruntime 1.20.1 to 1.32.0)."""
    return record("Range", (start, stop, step), int64, (length,))


def iota(length: Size) -> Value:
    """Return 0, 1, ... length-1 in int64."""
    if not isinstance(length, Dim):
        return constant(np.arange(length, dtype=np.int64))
    return range_(scalar(0, int64), scalar_size(length), scalar(1, int64), length)


def require_nothing(size: Size) -> Value:
    """Return an int64 value of shape (0,) after checking that a size is 0; the runtime fails if it is not."""
    return record("Reshape", (iota(size), ints(0)), int64, (0,), (("allowzero", 1),))


def require_size(x: Value, axis: int, size: Size) -> Value:
    """Return `x` after checking the size of an axis; the runtime fails if it differs.

    A Reshape of `x` alone would accept different sizes for arrays without elements.
    """
    shape = x.shape
    if same(shape[axis], size):
        return x
    pieces = [_required(shape[axis], size)]
    if axis:
        pieces.insert(0, shape_value(shape[:axis]))
    if axis + 1 < len(shape):
        pieces.append(shape_value(shape[axis + 1 :]))
    target = pieces[0]
    if len(pieces) > 1:
        target = record("Concat", tuple(pieces), int64, (len(shape),), (("axis", 0),))
    target_shape = (*shape[:axis], size, *shape[axis + 1 :])
    return record("Reshape", (x, target), x.dtype, target_shape, (("allowzero", 1),))


def _required(size: Size, expected: Size) -> Value:
    """Return a size that must be another one; the runtime fails if it is not."""
    if same(expected, 0):  # the only index is 0
        return record("Gather", (ints(0), size_value(size)), int64, (1,), (("axis", 0),))
    inputs = (iota(size), size_value(expected))
    counted = record("Reshape", inputs, int64, (expected,), (("allowzero", 1),))
    return shape_of(counted) if isinstance(expected, Dim) else _number_of(counted, expected)


def require_shape(x: Value, shape: Shape) -> Value:
    """Return `x` after checking its sizes; the runtime fails if one differs."""
    for axis, size in enumerate(shape):
        x = require_size(x, axis, size)
    return x


def require_elements(x: Value, first: int = 0) -> Value:
    """Return `x`, for which the runtime fails if it has no elements along axes from `first` on."""
    if all((bounds(size)[0] or 0) > 0 for size in x.shape[first:]):
        return x
    sizes = shape_of(x)
    one = cast(equal(sizes, ints(0)), int64)  # more elements than there are, if there are none
    if first:
        one = mul(one, ints(*(int(i >= first) for i in range(len(x.shape)))))
    return record("Reshape", (x, add(sizes, one)), x.dtype, x.shape)
