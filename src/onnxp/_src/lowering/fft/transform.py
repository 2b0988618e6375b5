"""The transform of an array: its length, its direction, its norm, and Hermitian parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import float64
from onnxp._src.graph.values import Value
from onnxp._src.lowering.fft import hermitian, static, symbolic
from onnxp._src.lowering.functions import recipe
from onnxp._src.lowering.planes import Planes, is_complex
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import product

Divisor = Literal["1", "n", "sqrt(n)"]


def _fit(planes: Planes, n: Size, axis: int) -> Planes:
    """Cut an axis, or append zeros to it, so that it has length `n`."""
    return tuple(_fitted(plane, n, axis) for plane in planes)


def _fitted(x: Value, n: Size, axis: int) -> Value:
    size = x.shape[axis]
    if dims.same(size, n):
        return x
    kept = dims.minimum(size, n)
    if not dims.same(kept, size):
        x = ops.slice_(x, (0,), (n,), (axis,), (1,))
        x.shape = (*x.shape[:axis], kept, *x.shape[axis + 1 :])
    if not dims.same(kept, n):
        none = (0,) * len(x.shape)
        after = (*none[:axis], n - kept, *none[axis + 1 :])
        x = ops.pad(x, none, after)
    return x


def _nonzero(size: Size, n: int) -> int:
    """Return how many elements of `n` are given, one or more; what a model learns at run time may be all."""
    return min(max(size, 1), n) if isinstance(size, int) else n


def transform(
    planes: Planes, n: Size, axis: int, *, inverse: bool, divisor: Divisor, half: bool = False
) -> Planes:
    """Transform `n` elements of an axis in float64, and divide.

    An axis of another length is cut, or zeros are appended. `half` keeps the first ``n // 2 + 1`` elements.
    """
    outputs = dims.floor_divide(n, 2) + 1 if half else n
    is_static = isinstance(n, int) and n <= static.LARGEST
    inputs = _nonzero(planes[0].shape[axis], n) if isinstance(n, int) and is_static else n
    planes = _fit(planes, inputs, axis)
    shape = planes[0].shape
    rows, rest = product(shape[:axis]), product(shape[axis + 1 :])
    name = ("ihfft" if inverse else "rfft") if half else ("ifft" if inverse else "fft")
    dtype = planes[0].dtype
    if isinstance(n, int) and isinstance(inputs, int) and isinstance(outputs, int) and is_static:
        tail: tuple[Size, ...] = () if dims.same(rest, 1) else (rest,)
        given = tuple(ops.reshape(plane, (rows, inputs, *tail)) for plane in planes)
        length = static.Length(n, inputs, outputs, _divisor(n, divisor))
        tables = static.constants(length, rows=not tail)
        types = ((dtype, (rows, outputs, *tail)),) * 2
        options = (length, len(planes), inverse, _filled(rows))
        results = recipe(name, _static, (*given, *tables), types, *options)
    else:
        given = tuple(ops.reshape(plane, (rows, n, rest)) for plane in planes)
        types = ((dtype, (rows, n, rest)),) * 2
        results = recipe(name, _symbolic, given, types, inverse, divisor)
        if half:
            results = tuple(ops.slice_(x, (0,), (outputs,), (1,), (1,)) for x in results)
    whole = (*shape[:axis], outputs, *shape[axis + 1 :])
    return tuple(ops.reshape(result, whole) for result in results)


def _divisor(n: int, divisor: Divisor) -> np.longdouble | float:
    if divisor == "sqrt(n)":
        root: np.longdouble = np.sqrt(np.longdouble(n))
        return root
    return float(n) if divisor == "n" else 1.0


def _filled(rows: Size) -> bool:
    """Return whether there are rows for certain."""
    return (dims.bounds(rows)[0] or 0) > 0


def _static(*arguments: Any) -> Planes:
    *values, length, count, inverse, filled = arguments
    planes, tables = values[:count], values[count:]
    _set_sizes(planes, length.inputs, filled)
    _set_shapes(tables, static.constants(length, rows=len(planes[0].shape) == 2))
    return _directed(planes, lambda re, im: static.transform(re, im, length, iter(tables)), inverse)


def _set_sizes(planes: Sequence[Value], n: int, filled: bool) -> None:
    """Set the shape of formal inputs: rows of so many elements."""
    rows, tail = dims.dim("rows", int(filled), origin=(planes[0], 0)), planes[0].shape[2:]
    for plane in planes:
        plane.shape = (rows, n, *tail)


def _set_shapes(tables: Sequence[Value], constants: Sequence[Value]) -> None:
    for table, value in zip(tables, constants, strict=True):
        table.shape = value.shape


def _symbolic(*arguments: Any) -> Planes:
    *planes, inverse, divisor = arguments
    size = planes[0].shape[1]
    # the run fails if there are no elements, for which DFT ends the process: see `runtime_bugs`
    planes = [ops.require_size(plane, 1, dims.maximum(size, 1)) for plane in planes]
    length = ops.cast(ops.scalar_size(size), float64)
    if divisor == "sqrt(n)":
        length = ops.unary("Sqrt", length)

    def forward(re: Value, im: Value | None) -> tuple[Value, Value]:
        real, imag = symbolic.transform(re, im)
        return (real, imag) if divisor == "1" else (ops.div(real, length), ops.div(imag, length))

    return _directed(planes, forward, inverse)


def to_real(planes: Planes, n: Size, axis: int, *, inverse: bool, divisor: Divisor) -> Value:
    """Transform the first ``n // 2 + 1`` elements of Hermitian sequences to `n` real numbers, and divide.

    An axis of another length is cut, or zeros are appended.
    """
    if not is_complex(planes) or not isinstance(n, int) or n > static.LARGEST:
        planes = _fit(planes, dims.floor_divide(n, 2) + 1, axis)
        whole = hermitian.extended(planes, n, axis)
        return transform(whole, n, axis, inverse=inverse, divisor=divisor)[0]
    count = _nonzero(planes[0].shape[axis], n // 2 + 1)
    planes = _fit(planes, count, axis)
    shape = planes[0].shape
    rows, rest = product(shape[:axis]), product(shape[axis + 1 :])
    tail: tuple[Size, ...] = () if dims.same(rest, 1) else (rest,)
    inputs = [ops.reshape(plane, (rows, count, *tail)) for plane in planes]
    length = hermitian.length(n, count, _divisor(n, divisor))
    tables = hermitian.constants(length, rows=not tail)
    types = ((planes[0].dtype, (rows, n, *tail)),)
    name = "irfft" if inverse else "hfft"
    options = (length, inverse, _filled(rows))
    (result,) = recipe(name, _static_to_real, (*inputs, *tables), types, *options)
    return ops.reshape(result, (*shape[:axis], n, *shape[axis + 1 :]))


def _static_to_real(*arguments: Any) -> Planes:
    re, im, *tables, length, inverse, filled = arguments
    _set_sizes((re, im), length.inputs, filled)
    _set_shapes(tables, hermitian.constants(length, rows=len(re.shape) == 2))
    real, imag = ops.cast(re, float64), ops.cast(im, float64)
    if not inverse:
        imag = ops.neg(imag)
    return (ops.cast(hermitian.inverse(real, imag, length, iter(tables)), re.dtype),)


def _directed(
    planes: Sequence[Value],
    forward: Callable[[Value, Value | None], tuple[Value, Value]],
    inverse: bool,
) -> Planes:
    """Apply a forward transform in a direction: the inverse one exchanges the planes before and after."""
    dtype = planes[0].dtype
    wide = [ops.cast(plane, float64) for plane in planes]
    if not inverse:
        results = forward(wide[0], wide[1] if is_complex(wide) else None)
    elif is_complex(wide):
        results = forward(wide[1], wide[0])[::-1]
    else:
        real, imag = forward(wide[0], None)
        results = real, ops.sub(ops.scalar(0.0, float64), imag)  # not -0.0
    return tuple(ops.cast(result, dtype) for result in results)
