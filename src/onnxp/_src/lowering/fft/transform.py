"""The transform of an array: its length, its direction, its norm, and Hermitian parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

from onnxp._src import ops
from onnxp._src.dtypes import float64
from onnxp._src.graph.values import Value
from onnxp._src.lowering.fft import hermitian, static, symbolic
from onnxp._src.lowering.functions import recipe
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import product

Planes = tuple[Value, ...]
Divisor = Literal["1", "n", "sqrt(n)"]


def fit(planes: Planes, n: Size, axis: int) -> Planes:
    """Cut an axis, or append zeros to it, so that it has length `n`."""
    return tuple(_fit(plane, n, axis) for plane in planes)


def _fit(x: Value, n: Size, axis: int) -> Value:
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


def transform(planes: Planes, axis: int, *, inverse: bool, divisor: Divisor) -> Planes:
    """Transform along an axis, and divide. Computed in float64."""
    shape = planes[0].shape
    n = shape[axis]
    rows, rest = product(shape[:axis]), product(shape[axis + 1 :])
    name = "ifft" if inverse else "fft"
    dtype = planes[0].dtype
    if isinstance(n, int) and n <= static.LARGEST:
        flat: tuple[Size, ...] = (rows, n) if dims.same(rest, 1) else (rows, n, rest)
        inputs = tuple(ops.reshape(plane, flat) for plane in planes)
        some = (dims.bounds(rows)[0] or 0) > 0
        given = static.constants(n, from_real=len(planes) == 1, rows=len(flat) == 2)
        options = (n, len(planes), inverse, divisor, some)
        results = recipe(name, _static, (*inputs, *given), ((dtype, flat),) * 2, *options)
    else:
        flat = (rows, n, rest)
        inputs = tuple(ops.reshape(plane, flat) for plane in planes)
        results = recipe(name, _symbolic, inputs, ((dtype, flat),) * 2, inverse, divisor)
    return tuple(ops.reshape(result, shape) for result in results)


def _static(*arguments: Any) -> Planes:
    *values, n, count, inverse, divisor, filled = arguments
    planes, given = values[:count], values[count:]
    shape = planes[0].shape
    rows = dims.dim("rows", int(filled), origin=(planes[0], 0))
    for plane in planes:
        plane.shape = (rows, n, *shape[2:])
    known = static.constants(n, from_real=count == 1, rows=len(shape) == 2)
    for table, value in zip(given, known, strict=True):
        table.shape = value.shape
    return _directed(
        planes,
        lambda re, im: static.transform(re, im, n, iter(given)),
        _length(n, divisor),
        inverse,
        divisor,
    )


def _symbolic(*arguments: Any) -> Planes:
    *planes, inverse, divisor = arguments
    size = planes[0].shape[1]
    # the run fails if there are no elements, for which DFT ends the process: see `runtime_bugs`
    planes = [ops.require_size(plane, 1, dims.maximum(size, 1)) for plane in planes]
    length = ops.cast(ops.scalar_size(size), float64)
    if divisor == "sqrt(n)":
        length = ops.unary("Sqrt", length)
    return _directed(planes, symbolic.transform, length, inverse, divisor)


def to_real(planes: Planes, n: Size, axis: int, *, inverse: bool, divisor: Divisor) -> Value:
    """Transform the first ``n // 2 + 1`` elements of Hermitian sequences to real numbers, and divide."""
    if len(planes) == 1 or not hermitian.has_recipe(n):
        whole = hermitian.extended(planes, n, axis)
        return transform(whole, axis, inverse=inverse, divisor=divisor)[0]
    assert isinstance(n, int)
    shape = planes[0].shape
    rows, rest = product(shape[:axis]), product(shape[axis + 1 :])
    tail: tuple[Size, ...] = () if dims.same(rest, 1) else (rest,)
    inputs = [ops.reshape(plane, (rows, shape[axis], *tail)) for plane in planes]
    given = hermitian.constants(n, rows=not tail)
    some = (dims.bounds(rows)[0] or 0) > 0
    types = ((planes[0].dtype, (rows, n, *tail)),)
    options = (n, inverse, divisor, some)
    name = "irfft" if inverse else "hfft"
    (result,) = recipe(name, _static_to_real, (*inputs, *given), types, *options)
    return ops.reshape(result, (*shape[:axis], n, *shape[axis + 1 :]))


def _static_to_real(*arguments: Any) -> Planes:
    re, im, *given, n, inverse, divisor, filled = arguments
    tail = re.shape[2:]
    rows = dims.dim("rows", int(filled), origin=(re, 0))
    re.shape = im.shape = (rows, n // 2 + 1, *tail)
    for table, value in zip(given, hermitian.constants(n, rows=not tail), strict=True):
        table.shape = value.shape
    real, imag = ops.cast(re, float64), ops.cast(hermitian.inside(im, n, 1), float64)
    if not inverse:
        imag = ops.neg(imag)
    result = hermitian.inverse(real, imag, n, iter(given))
    if divisor != "1":
        result = ops.div(result, _length(n, divisor))
    return (ops.cast(result, re.dtype),)


def _length(n: int, divisor: Divisor) -> Value:
    return ops.scalar(float(n) if divisor == "n" else math.sqrt(n), float64)


def _directed(
    planes: Sequence[Value],
    forward: Callable[[Value, Value | None], tuple[Value, Value]],
    length: Value,
    inverse: bool,
    divisor: Divisor,
) -> Planes:
    """Apply a forward transform in a direction: the inverse one exchanges the planes before and after."""
    dtype = planes[0].dtype
    wide = [ops.cast(plane, float64) for plane in planes]
    if not inverse:
        results = forward(wide[0], wide[1] if len(wide) == 2 else None)
    elif len(wide) == 2:
        results = forward(wide[1], wide[0])[::-1]
    else:
        real, imag = forward(wide[0], None)
        results = real, ops.sub(ops.scalar(0.0, float64), imag)  # not -0.0
    if divisor != "1":
        results = ops.div(results[0], length), ops.div(results[1], length)
    return tuple(ops.cast(result, dtype) for result in results)
