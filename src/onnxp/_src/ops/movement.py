"""Operators that move elements without changing them."""

from __future__ import annotations

from collections.abc import Sequence

from onnxp._src.dtypes import string
from onnxp._src.graph.record import record
from onnxp._src.graph.values import Value, constant
from onnxp._src.ops.broadcasting import transposed_source
from onnxp._src.ops.elementwise import back, detour, transposed
from onnxp._src.ops.scalars import ints, scalar
from onnxp._src.ops.sizes import constant_of_shape, expanded_to_nothing, shape_value
from onnxp._src.shapes.dims import Dim, Size, bounds, same
from onnxp._src.shapes.shape import Shape, is_static, product, same_shape


def identity(x: Value) -> Value:
    """Identity, which returns a new value with the same elements."""
    return record("Identity", (x,), x.dtype, x.shape)


def transpose(x: Value, permutation: tuple[int, ...]) -> Value:
    """Transpose; return `x` itself if the order of the axes stays the same."""
    sizes = x.shape
    if permutation == (1, 0):
        shape = sizes[::-1]
    elif permutation == tuple(range(len(sizes))):
        return x
    else:
        shape = tuple(map(sizes.__getitem__, permutation))
    return record("Transpose", (x,), x.dtype, shape, (("perm", permutation),))


def reshape(x: Value, shape: Shape, inferred: int | None = None) -> Value:
    """Reshape; return `x` itself if it has the shape.

    The runtime checks that the number of elements stays the same, if the sizes do not determine it. It
    infers the size of the axis `inferred`.
    """
    if same_shape(x.shape, shape):
        return x
    source = _before_reshape(x)
    if source is not None and same_shape(source.shape, shape):
        return source
    target, zeros = _reshape_target(x.shape, shape, inferred)
    # without allowzero, a 0 copies the size of the input
    return record("Reshape", (x, target), x.dtype, shape, (("allowzero", 1),) if zeros else ())


def _before_reshape(x: Value) -> Value | None:
    """Return what a value is a reshaped copy of: reshaped back, it is the same."""
    if x.data is None and x.node is not None and x.node.op in ("Reshape", "Squeeze", "Unsqueeze"):
        return x.node.inputs[0]
    return None


def _reshape_target(source: Shape, shape: Shape, inferred: int | None) -> tuple[Value, bool]:
    """Return the target shape, and whether a 0 in it is a size."""
    if is_static(shape):
        return ints(*shape), 0 in shape
    if 0 in [size for size in shape if type(size) is int]:
        return shape_value(shape), True
    fits = same(product(source), product(shape))
    numbers: list[int] = []
    open_axes: list[int] = []
    certain = True
    for axis, size in enumerate(shape):
        if not isinstance(size, Dim):
            numbers.append(size)
        elif axis != inferred and axis < len(source) and same(source[axis], size):
            numbers.append(0)
            certain = certain and (bounds(size)[0] or 0) > 0
        else:
            numbers.append(-1)
            open_axes.append(axis)
    # -1 cannot be inferred next to a size of 0
    if not open_axes or (len(open_axes) == 1 and certain and (fits or open_axes == [inferred])):
        return ints(*numbers), False
    if inferred is not None and not fits:
        shape = (*shape[:inferred], -1, *shape[inferred + 1 :])
    return shape_value(shape), True


def expand(x: Value, shape: Shape) -> Value:
    """Expand to `shape`; return `x` itself if it has this shape."""
    if same_shape(x.shape, shape):
        return x
    if 0 in [size for size in shape if type(size) is int]:
        # There are no elements. Optimizers drop an Expand to a constant 0 (onnxruntime 1.20.1 to 1.32.0).
        sizes = expanded_to_nothing(x.shape, shape)
        return constant_of_shape("" if x.dtype is string else 0, x.dtype, shape, sizes)
    offset = len(shape) - len(x.shape)
    # 1 keeps the size of the input, so a symbolic size that stays need not be computed
    target = tuple(
        1
        if isinstance(size, Dim) and axis >= offset and same(x.shape[axis - offset], size)
        else size
        for axis, size in enumerate(shape)
    )
    return record("Expand", (x, shape_value(target)), x.dtype, shape)


def unsqueeze(x: Value, axes: tuple[int, ...]) -> Value:
    """Unsqueeze; the axes are those of the result."""
    if not axes:
        return x
    rank = len(x.shape) + len(axes)
    rest = iter(x.shape)
    shape = tuple(1 if axis in axes else next(rest) for axis in range(rank))
    if x.data is not None and is_static(shape):
        return constant(x.data.reshape(shape))
    source = _before_reshape(x)
    if source is not None and same_shape(source.shape, shape):
        return source
    return record("Unsqueeze", (x, ints(*axes)), x.dtype, shape)


def squeeze(x: Value, axes: tuple[int, ...]) -> Value:
    """Squeeze axes of size 1."""
    if not axes:
        return x
    shape = tuple(size for axis, size in enumerate(x.shape) if axis not in axes)
    return record("Squeeze", (x, ints(*axes)), x.dtype, shape)


def concat(arrays: Sequence[Value], axis: int) -> Value:
    """Concat of arrays with the same dtype and, except for the axis, the same shape, of rank 1 or more."""
    if len(arrays) == 1:
        return arrays[0]
    if axis == 1:
        sources = [*map(transposed_source, arrays)]
        if None not in sources:
            return transposed(concat([s for s in sources if s is not None], 0))
    total: Size = 0
    for x in arrays:
        total = total + x.shape[axis]
    shape = list(arrays[0].shape)
    for i in range(len(shape)):
        if i == axis:
            shape[i] = total
        elif isinstance(shape[i], Dim):  # a size that is known for one array is that of all
            shape[i] = next((x.shape[i] for x in arrays if type(x.shape[i]) is int), shape[i])
    return record("Concat", tuple(arrays), arrays[0].dtype, tuple(shape), (("axis", axis),))


def tile(x: Value, repeats: tuple[Size, ...]) -> Value:
    """Tile, with a number of repetitions for each axis."""
    shape = tuple(size * n for size, n in zip(x.shape, repeats, strict=True))
    return record("Tile", (x, shape_value(repeats)), x.dtype, shape)


def pad(
    x: Value, before: tuple[Size, ...], after: tuple[Size, ...], number: int | float = 0
) -> Value:
    """Pad with a number."""
    y = detour(x, "Pad")
    shape = tuple(b + s + a for b, s, a in zip(before, x.shape, after, strict=True))
    widths = shape_value((*before, *after))
    return back(record("Pad", (y, widths, scalar(number, y.dtype)), y.dtype, shape), "Pad", x.dtype)


def trilu(x: Value, diagonal: Value, *, upper: bool) -> Value:
    """Trilu: keep the upper or the lower triangle, and set other elements to zero."""
    y = detour(x, "Trilu")
    result = record("Trilu", (y, diagonal), y.dtype, x.shape, (("upper", int(upper)),))
    return back(result, "Trilu", x.dtype)
