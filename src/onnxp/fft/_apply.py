"""Transforms of arrays along an axis: they check the arguments, and cut or fill the axis to the length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from onnxp._src import ops
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp._src.array.operands import as_array, cast
from onnxp._src.dtypes import COMPLEX_OF, DType, require
from onnxp._src.graph.values import Value
from onnxp._src.lowering.fft import transform
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import as_size, normalize_axis, shape_text
from onnxp.errors import ArgumentError, DTypeError

Norm = Literal["backward", "ortho", "forward"]

_DIVISORS: dict[str, tuple[transform.Divisor, transform.Divisor]] = {
    "backward": ("1", "n"),
    "ortho": ("sqrt(n)", "sqrt(n)"),
    "forward": ("n", "1"),
}
"""What forward and inverse transforms are divided by."""


def floating(function: str, x: object, *, real: bool = False) -> Array:
    """Convert an operand to an array of a floating-point dtype, or raise `DTypeError`."""
    array = as_array(x, function)
    if real and array.dtype.family == "complex":
        raise DTypeError(
            f"{function} transforms real numbers, not {array.dtype}; use the function without its 'r' or 'h'"
        )
    require(function, "real floating-point" if real else "floating-point", array.dtype)
    return array


def array_and_axis(function: str, x: object, axis: int, *, real: bool) -> tuple[Array, int]:
    """Return an operand as an array, and the axis to transform counted from the front."""
    array = floating(function, x, real=real)
    return array, normalize_axis(axis, array.ndim, function)


def axes_and_lengths(
    function: str, array: Array, s: Sequence[Size] | None, axes: Sequence[int] | None
) -> list[tuple[int, Size | None]]:
    """Return the axes to transform with their lengths, None for the default."""
    rank = array.ndim
    if axes is None:
        axes = range(rank) if s is None else range(max(rank - len(s), 0), rank)
    places = [normalize_axis(axis, rank, function) for axis in axes]
    if s is None:
        return [(place, None) for place in places]
    if len(s) != len(places):
        raise ArgumentError(
            f"{function}: s has {len(s)} lengths for {len(places)} axes; give one length for each axis"
        )
    sizes = [None if isinstance(n, int) and n == -1 else n for n in s]
    return list(zip(places, sizes, strict=True))


def required_axes(
    function: str, places: list[tuple[int, Size | None]]
) -> list[tuple[int, Size | None]]:
    """Return the axes, of which there must be one, or raise `ArgumentError`."""
    if not places:
        raise ArgumentError(
            f"{function}: there must be one axis or more, because the last is halved"
        )
    return places


def length_of(function: str, array: Array, n: Size | None, axis: int) -> Size:
    """Return the length of a transform, by default the size of its axis."""
    if n is not None:
        return as_size(n, function, minimum=1)
    size = array.shape[axis]
    if isinstance(size, int) and size == 0:
        raise ArgumentError(
            f"{function}: axis {axis} of shape {shape_text(array.shape)} has no elements; "
            "give a length of at least 1 to append zeros"
        )
    return size


def _divisor(function: str, norm: object, *, inverse: bool) -> transform.Divisor:
    pair = _DIVISORS.get(norm) if isinstance(norm, str) else None
    if pair is None:
        raise ArgumentError(
            f"{function}: norm must be 'backward', 'ortho' or 'forward', not {norm!r}"
        )
    return pair[inverse]


def to_complex(
    function: str,
    array: Array,
    n: Size | None,
    axis: int,
    norm: str,
    *,
    inverse: bool,
    half: bool = False,
) -> Array:
    """Transform complex or real numbers; `half` keeps the first half."""
    divisor = _divisor(function, norm, inverse=inverse)
    dtype = COMPLEX_OF.get(array.dtype, array.dtype)
    length = length_of(function, array, n, axis)
    planes = _planes(array, dtype)
    return new_array(
        dtype,
        transform.transform(planes, length, axis, inverse=inverse, divisor=divisor, half=half),
    )


def to_real(
    function: str, array: Array, n: Size | None, axis: int, norm: str, *, inverse: bool
) -> Array:
    """Transform the first half of Hermitian sequences."""
    divisor = _divisor(function, norm, inverse=inverse)
    dtype = COMPLEX_OF.get(array.dtype, array.dtype)
    planes = _planes(array, dtype)
    if n is None:
        size = array.shape[axis]
        if isinstance(size, int) and size < 2:
            raise ArgumentError(
                f"{function}: axis {axis} of shape {shape_text(array.shape)} is the half of a sequence without "
                "elements; give the length of the sequence"
            )
        planes = tuple(ops.require_size(plane, axis, dims.maximum(size, 2)) for plane in planes)
        n = 2 * (planes[0].shape[axis] - 1)
    length = as_size(n, function, minimum=1)
    result = transform.to_real(planes, length, axis, inverse=inverse, divisor=divisor)
    real = array.dtype if array.dtype in COMPLEX_OF else dtype.planes[0].dtype
    return cast(new_array(dtype.planes[0].dtype, (result,)), real)


def _planes(array: Array, dtype: DType) -> tuple[Value, ...]:
    """Return the planes with the precision of a complex dtype; a real array keeps its one."""
    if array.dtype.family == "complex":
        return array._planes
    return cast(array, dtype.planes[0].dtype)._planes
