"""Evenly spaced numbers, and grids of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from onnxp._src import dtypes, ops
from onnxp._src.api.creation.conversion import asarray
from onnxp._src.array.apply import apply
from onnxp._src.array.array import Array
from onnxp._src.array.base import from_host, map_planes, new_array
from onnxp._src.array.device import require_device
from onnxp._src.array.operands import as_array, cast
from onnxp._src.dtypes import INDEX, DType, float64, moments
from onnxp._src.graph.values import Value
from onnxp._src.lowering import ranges
from onnxp._src.shapes import dims
from onnxp._src.shapes.dim_reals import DimReal
from onnxp._src.shapes.dims import Dim, Size
from onnxp._src.shapes.shape import MAX_SIZE, as_size, shape_text
from onnxp.errors import ArgumentError, ArgumentTypeError, DTypeError, ScalarRangeError, ShapeError

_INT64 = range(-(2**63), 2**63)
MOST = MAX_SIZE // 8
"""As many elements fill the address space."""


def arange(
    start: float | Dim | Array,
    /,
    stop: float | Dim | Array | None = None,
    step: float | Dim | Array = 1,
    *,
    dtype: object = None,
    device: object = None,
) -> Array:
    """Return evenly spaced numbers from `start` up to, but not including, `stop`.

    Parameters
    ----------
    start, stop : int, float, Dim or array of rank 0
        The bounds; one alone is `stop`, and `start` is 0.
    step : int, float, Dim or array of rank 0, optional
        The distance between numbers; a negative one counts down.
    dtype : dtype, optional
        The data type; by default int64, or float64 if one of the numbers is a float.
    device : device, optional
        The device of the result.

    Returns
    -------
    Array
        Of rank 1. If a number is a traced array, the size depends on its value.

    Raises
    ------
    ArgumentError
        If `step` is 0.
    ArgumentTypeError
        If a number is neither real nor of rank 0.
    DTypeError
        If `dtype` is not numeric.
    ScalarRangeError
        If a number of the result does not fit the dtype.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.arange(1, 10, 3), xp.arange(3, 0, -1.5)
    (Array([1, 4, 7], dtype=int64), Array([3. , 1.5], dtype=float64))
    """
    require_device(device, "arange")
    if stop is None:
        start, stop = 0, start
    if any(map(_is_time, (start, stop, step))) or (
        dtype is not None and dtypes.as_dtype(dtype).unit
    ):
        return _times(start, stop, step, None if dtype is None else dtypes.as_dtype(dtype))
    numbers = [_plain("arange", number) for number in (start, stop, step)]
    exact = not any(_is_float(number) for number in numbers)
    target = dtypes.as_dtype(dtype) if dtype is not None else INDEX if exact else float64
    if target.is_nullable:
        return cast(arange(start, stop, step, dtype=target.plain), target)
    dtypes.require("arange", "numeric", target)
    if not isinstance(numbers[2], Dim | Array) and numbers[2] == 0:
        raise ArgumentError("arange: step must not be 0")
    if not any(isinstance(number, Dim | Array) for number in numbers):
        count = _count(*numbers)
        with _in_memory("arange", count):
            if exact:
                return _integers(numbers[0], numbers[2], count, target)
            return cast(from_host(np.arange(count) * float(numbers[2]) + float(numbers[0])), target)
    if not exact:
        values = [_scalar(number, float64) for number in numbers]
        return cast(new_array(float64, (ranges.arange(*values),)), target)
    return cast(new_array(INDEX, (_range(*numbers),)), target)


def linspace(
    start: complex | Array,
    stop: complex | Array,
    /,
    num: Size,
    *,
    dtype: object = None,
    device: object = None,
    endpoint: bool = True,
) -> Array:
    """Return `num` evenly spaced numbers from `start` to `stop`.

    Parameters
    ----------
    start, stop : number, Dim or array of rank 0
        The bounds.
    num : int or Dim
        The number of elements.
    dtype : dtype, optional
        A floating-point dtype; by default float64, or complex128 if a bound is complex.
    device : device, optional
        The device of the result.
    endpoint : bool, optional
        Whether `stop` is the last number; if not, it would be the next one.

    Returns
    -------
    Array
        Of rank 1.

    Raises
    ------
    ArgumentError
        If `num` is negative.
    ArgumentTypeError
        If a bound is not a number.
    DTypeError
        If `dtype` is not a floating-point dtype, or a real one beside a complex bound.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.linspace(0, 1, 5)
    Array([0.  , 0.25, 0.5 , 0.75, 1.  ], dtype=float64)
    """
    require_device(device, "linspace")
    count = as_size(num, "linspace")
    bounds = [_bound(number) for number in (start, stop)]
    for bound in bounds:
        if bound.dtype.unit:
            raise DTypeError(
                f"linspace: a bound is of {bound.dtype}; write xp.arange(start, stop, step) for times"
            )
    is_complex = any(bound.dtype.family == "complex" for bound in bounds)
    default = dtypes.DEFAULTS["complex floating" if is_complex else "real floating"]
    target = default if dtype is None else dtypes.as_dtype(dtype)
    if target.is_nullable:
        numbers = linspace(start, stop, num, dtype=target.plain, endpoint=endpoint)
        return cast(numbers, target)
    dtypes.require("linspace", "floating-point", target)
    if is_complex and target.family != "complex":
        raise DTypeError(f"linspace: a bound is complex, but dtype is {target}")
    wide = dtypes.complex128 if target.family == "complex" else float64
    first, last = (cast(bound, wide)._planes for bound in bounds)
    planes = tuple(_spaced(a, b, count, endpoint) for a, b in zip(first, last, strict=True))
    return cast(new_array(wide, planes), target)


def meshgrid(*arrays: Array, indexing: str = "xy") -> tuple[Array, ...]:
    """Return the coordinates of the points of a grid, one array for each axis.

    Parameters
    ----------
    *arrays : array
        Of rank 1 (or 0): the coordinates along each axis.
    indexing : {"xy", "ij"}, optional
        Whether the first array goes along the second axis and the second along the first, as in
        plots, or each along its own, as in matrices.

    Returns
    -------
    tuple of Array
        As many as `arrays`, all of one shape, each of its own dtype.

    Raises
    ------
    ArgumentError
        If `indexing` has another value.
    ShapeError
        If an array has rank 2 or more.

    Examples
    --------
    >>> import onnxp as xp
    >>> xp.meshgrid(xp.asarray([1, 2]), xp.asarray([7, 8]), indexing="ij")
    (Array([[1, 1],
           [2, 2]], dtype=int64), Array([[7, 8],
           [7, 8]], dtype=int64))
    """
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f"meshgrid: indexing must be 'xy' or 'ij', not {indexing!r}")
    vectors = [as_array(x, "meshgrid") for x in arrays]
    for x in vectors:
        if x.ndim > 1:
            raise ShapeError(
                f"meshgrid: arrays must have rank 1, but one has shape {shape_text(x.shape)}"
            )
    axes = list(range(len(vectors)))
    if indexing == "xy" and len(vectors) > 1:
        axes[:2] = [1, 0]
    sizes = [vectors[axis].size for axis in axes]

    def spread(plane: Value, axis: int) -> Value:
        alone = (*(1,) * axis, sizes[axis], *(1,) * (len(sizes) - axis - 1))
        return ops.expand(ops.reshape(plane, alone), tuple(sizes))

    return tuple(
        map_planes(x, partial(spread, axis=axis)) for x, axis in zip(vectors, axes, strict=True)
    )


# Numbers


def _plain(function: str, number: Any) -> Any:
    """Return a Python number, a symbolic size or a traced array of rank 0."""
    if isinstance(number, np.ndarray | np.generic):
        number = as_array(number, function)
    if isinstance(number, Array):
        if number.ndim != 0 or number.dtype.family not in ("int", "uint", "float"):
            raise ArgumentTypeError(
                f"{function} needs real numbers, not an array of {number.dtype}{list(number.shape)}"
            )
        return number if number.is_traced else number._numpy().item()
    if isinstance(number, DimReal):
        return asarray(number)
    if isinstance(number, Dim | float):
        return number
    if isinstance(number, int):
        return int(number)
    raise ArgumentTypeError(f"{function} needs real numbers, not {number!r}")


def _is_float(number: Any) -> bool:
    return (
        number.dtype.family == "float" if isinstance(number, Array) else isinstance(number, float)
    )


def _scalar(number: Any, dtype: DType) -> Value:
    return cast(asarray(number), dtype)._planes[0]


def _bound(number: Any) -> Array:
    if not isinstance(
        number, Array | np.ndarray | np.generic | int | float | complex | Dim | DimReal
    ):
        raise ArgumentTypeError(f"linspace needs numbers, not {number!r}")
    if isinstance(number, int):
        number = float(number)
    bound = asarray(number)
    if bound.ndim != 0:
        raise ArgumentTypeError(
            f"linspace needs numbers, not an array of shape {shape_text(bound.shape)}"
        )
    return bound


# Known numbers


@contextmanager
def _in_memory(function: str, count: int) -> Iterator[None]:
    """Replace Python's error where numbers do not fit into memory.

    Raises
    ------
    ArgumentError
        If they do not.
    """
    try:
        yield
    except MemoryError:
        raise ArgumentError(f"{function}: {count} numbers do not fit into memory") from None


def _count(start: float, stop: float, step: float) -> int:
    try:
        if all(type(number) is int for number in (start, stop, step)):
            count = -int((start - stop) // step)
        else:
            count = math.ceil((stop - start) / step)
    except (OverflowError, ValueError):
        count = MAX_SIZE
    if count >= MOST:
        raise ArgumentError(
            f"arange: an array cannot hold all numbers from {start} to {stop} by {step}"
        )
    return max(0, count)


def _integers(start: int, step: int, count: int, dtype: DType) -> Array:
    """Return a range of integers, which wrap only if a cast to `dtype` does."""
    ends = (start, start + (count - 1) * step) if count else ()
    low, high = (
        dtypes.int_range(dtype) if dtype.family in ("int", "uint") else (-math.inf, math.inf)
    )
    for number in ends:
        if not low <= number <= high:
            raise ScalarRangeError(
                f"arange: {number} does not fit {dtype}, which holds {low} to {high}"
            )
    if not all(number in _INT64 for number in ends):
        if dtype.family not in ("int", "uint"):
            return cast(from_host(np.arange(count) * float(step) + float(start)), dtype)
        wrapped = np.arange(count, dtype=np.uint64) * np.uint64(step % 2**64)
        return cast(from_host(wrapped + np.uint64(start % 2**64)), dtype)
    step = step if count > 1 else 1
    return cast(from_host(np.arange(count) * step + (start if count else 0)), dtype)


def _spaced(start: Value, stop: Value, count: Size, endpoint: bool) -> Value:
    if type(count) is int and count == 0:
        return ops.full(0, float64, (0,))
    if start.data is None or stop.data is None or isinstance(count, Dim):
        return ranges.linspace(start, stop, count, endpoint=endpoint)
    if count >= MOST:
        raise ArgumentError(f"linspace: an array cannot hold {count} numbers")
    with np.errstate(all="ignore"), _in_memory("linspace", count):
        data = np.linspace(start.data, stop.data, count, endpoint=endpoint)
    return from_host(data)._planes[0]


# Times


def _is_time(obj: Any) -> bool:
    if isinstance(obj, Array):
        return bool(obj.dtype.unit)
    return isinstance(obj, moments.Moment | np.datetime64 | np.timedelta64)


def _times(start: Any, stop: Any, step: Any, dtype: DType | None) -> Array:
    """Return a range of times, by integers in the finest unit.

    Raises
    ------
    ArgumentError
        If a bound or the step is NaT.
    """
    texts = [
        asarray(x, dtype=dtype) if isinstance(x, str) else asarray(x) for x in (start, stop, step)
    ]
    unit = max((x.dtype.unit for x in texts if x.dtype.unit), key=dtypes.UNITS.index, default="")
    is_point = "datetime" in (x.dtype.family for x in texts[:2])
    target = dtype or (dtypes.datetime64 if is_point else dtypes.timedelta64)(unit)
    span = dtypes.timedelta64(target.unit)
    operand_dtypes = (target, target, target if texts[2].dtype.family == target.family else span)
    counts = [
        new_array(INDEX, cast(x, t)._planes) for x, t in zip(texts, operand_dtypes, strict=True)
    ]
    numbers = [x if x.is_traced else int(x) for x in counts]
    if any(type(number) is int and number == moments.NAT for number in numbers):
        raise ArgumentError("arange: a bound or the step is NaT")
    return new_array(target, arange(*numbers)._planes)


# Symbolic integers


def _range(start: Any, stop: Any, step: Any) -> Value:
    """Return a range of int64 with symbolic sizes or traced arrays among its bounds."""
    length = _length(start, stop, step)
    if length is not None and type(start) is type(step) is int and (start, step) == (0, 1):
        return ops.iota(length)
    first, last, distance = (_integer(number) for number in (start, stop, step))
    result = ops.range_(first, last, distance, 0 if length is None else length)
    if length is None:
        result.shape = (dims.dim("length", 0, origin=(result, 0)),)
    return result


def _integer(number: Any) -> Value:
    array = asarray(number)
    if array.dtype is dtypes.uint64:  # what is larger ends the range as well
        array = apply("minimum", array, MAX_SIZE)
    return cast(array, INDEX)._planes[0]


def _length(start: Any, stop: Any, step: Any) -> Size | None:
    """Return the number of integers in a range, or None if it is not an expression of sizes."""
    if any(isinstance(number, Array) for number in (start, stop, step)):
        return None
    least, most = dims.bounds(step)
    if least is not None and least > 0:
        return dims.floor_divide(dims.maximum(stop - start, 0) + (step - 1), step)
    if most is not None and most < 0:
        return dims.floor_divide(dims.maximum(start - stop, 0) + (-step - 1), -step)
    return None
