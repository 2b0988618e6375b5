"""`numpy.pad`, one axis after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.operands import as_array, as_count, choice_of, in_dtype, required
from onnxp._src.numpy.ranges import linspace
from onnxp._src.numpy.results import certainly_positive
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Dim
from onnxp.errors import ArgumentError, AxisError, DTypeError, NumpyFunctionError, ShapeError

_OPTIONS = {
    "constant": "constant_values",
    "edge": None,
    "empty": None,
    "linear_ramp": "end_values",
    "maximum": "stat_length",
    "mean": "stat_length",
    "median": "stat_length",
    "minimum": "stat_length",
    "reflect": "reflect_type",
    "symmetric": "reflect_type",
    "wrap": None,
}
"""The modes, and the keyword that each takes."""


@implements(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    """Translate `numpy.pad`, but for functions as modes."""
    x = as_array(array)
    if not isinstance(pad_width, dict):
        _check_widths(np.ravel(np.asarray(pad_width, object)))
    elif any(not -x.ndim <= axis < x.ndim for axis in pad_width):
        raise AxisError(f"numpy.pad: {pad_width!r} has axes that an array of rank {x.ndim} has not")
    widths = _widths(pad_width, x.ndim)
    options = _option(mode, kwargs, x.ndim)
    for axis, (before, after) in enumerate(widths):
        if mode == "constant":  # which must fit, also where nothing is added
            options[axis] = tuple(in_dtype(_plain(end), x.dtype) for end in options[axis])
        if dims.same(before, 0) and dims.same(after, 0):
            continue
        n = x.shape[axis]
        if mode not in ("constant", "empty") and type(n) is int and n == 0:
            raise ArgumentError(
                f"numpy.pad: axis {axis} has size 0, so mode={mode!r} has no elements"
            )
        if mode in _PLACES:
            x = _repeated(x, axis, (before, after), mode, options[axis])
            continue
        ends = _ENDS[mode](x, axis, (before, after), options[axis])
        x = xp().concat([ends[0], x, ends[1]], axis=axis)
    return x.copy() if x is array else x


def _option(mode: Any, kwargs: dict[str, Any], rank: int) -> list[Any]:
    """Return what the keyword of a mode says for each axis.

    Raises
    ------
    NumpyFunctionError
        If the mode is a function.
    ArgumentError
        If there is no such mode, or it does not take a keyword.
    """
    if callable(mode):
        raise NumpyFunctionError(
            "numpy.pad: a function as mode is not supported; write np.concatenate of what it adds"
        )
    choice_of(mode, tuple(_OPTIONS), "pad", "mode")
    name = _OPTIONS[mode]
    for key in kwargs:
        if key != name:
            raise ArgumentError(f"numpy.pad: mode={mode!r} does not take {key}")
    if name == "reflect_type":
        kind = kwargs.get(name, "even")
        choice_of(kind, ("even", "odd"), "pad", name)
        return [kind] * rank
    given = next(iter(kwargs.values()), None if name == "stat_length" else 0)
    return [(None, None)] * rank if given is None else _pairs(given, rank)


def _plain(fill: Any) -> Any:
    """Return a scalar of numpy as a Python number, which must fit."""
    return fill.item() if isinstance(fill, np.generic) else fill


def _widths(given: Any, rank: int) -> list[tuple[Any, Any]]:
    """Return the widths of each axis, which have been checked."""
    pairs = _pairs(given, rank)
    _check_widths([n for pair in pairs for n in pair])
    return pairs


def _check_widths(widths: Any) -> None:
    """Raise if a width is not an integer, or is negative.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If one is.
    """
    for width in widths:
        number = width if isinstance(width, Dim) else as_count(width, "pad", "a width")
        if number < 0:
            raise ArgumentError(f"numpy.pad: a width must not be negative, but is {number}")


def _pairs(given: Any, rank: int) -> list[tuple[Any, Any]]:
    """Return a pair for each axis from a number, a pair, or pairs, as numpy does."""
    if isinstance(given, dict):
        return [_pair(given.get(axis, given.get(axis - rank, 0))) for axis in range(rank)]
    if isinstance(given, xp().Array):
        return [(given, given)] * rank
    try:
        pairs = np.broadcast_to(np.asarray(given), (rank, 2)).tolist()
    except (TypeError, ValueError) as error:
        raise ShapeError(f"numpy.pad: {given!r} is not a pair for each of {rank} axes") from error
    return [(a, b) for a, b in pairs]


def _pair(given: Any) -> tuple[Any, Any]:
    return tuple(given) if isinstance(given, tuple | list) else (given, given)


# Modes that repeat the elements


def _period(n: Any, edge: int) -> Any:
    """Return after how many elements mirror images repeat, which have the edges twice if `edge` is 1."""
    length = 2 * (n - 1 + edge)
    return (
        length if edge or (type(n) is int and n > 1) else xp().clip(xp().asarray(length), 1, None)
    )


def _mirrored(edge: int) -> Callable[[Any, Any], Any]:
    def places(index: Any, n: Any) -> Any:
        period = _period(n, edge)
        place = index % period
        return xp().where(place < n, place, period - edge - place)

    return places


_PLACES: dict[str, Callable[[Any, Any], Any]] = {
    "edge": lambda index, n: xp().clip(index, 0, n - 1),
    "reflect": _mirrored(0),
    "symmetric": _mirrored(1),
    "wrap": lambda index, n: index % n,
}
"""The place of the element at an index of the padded axis, which is negative before the first one."""


def _repeated(x: Any, axis: int, widths: tuple[Any, Any], mode: str, kind: Any) -> Any:
    n = x.shape[axis]
    index = xp().arange(-widths[0], n + widths[1])
    result = xp().take(x, _PLACES[mode](index, n), axis=axis)
    return _turned(result, x, axis, index, int(mode == "symmetric")) if kind == "odd" else result


def _turned(images: Any, x: Any, axis: int, index: Any, edge: int) -> Any:
    """Turn mirror images around: each goes on from the edge as the elements came to it."""
    if x.dtype == xp().bool:
        raise DTypeError("numpy.pad: truth values cannot be subtracted; write x.astype(np.int8)")
    n = x.shape[axis]
    first, last = (xp().take(x, xp().asarray([i]), axis=axis) for i in (0, -1))
    along = (-1, *(1,) * (x.ndim - axis - 1))
    is_before = index < 0
    index = xp().where(is_before, -index - edge, index)
    is_turned, is_before = (
        xp().reshape(z, along) for z in (index % _period(n, edge) >= n, is_before)
    )
    number = xp().reshape(index // _period(n, edge), along)
    images = xp().where(is_turned, 2 * last - images, images)
    risen = images + 2 * xp().astype(number, x.dtype) * (last - first)
    images = xp().where(number > 0, risen, images)
    return xp().where(is_before, 2 * first - images, images)


# Modes that add ends: functions of the array, the axis, the widths and the option


def _constant(x: Any, axis: int, widths: tuple[Any, Any], ends: tuple[Any, Any]) -> list[Any]:
    return [
        xp().broadcast_to(end, (*x.shape[:axis], width, *x.shape[axis + 1 :]))
        for width, end in zip(widths, ends, strict=True)
    ]


def _empty(x: Any, axis: int, widths: tuple[Any, Any], ends: tuple[Any, Any]) -> list[Any]:
    zero = xp().zeros((), dtype=x.dtype)
    return _constant(x, axis, widths, (zero, zero))


def _ramps(x: Any, axis: int, widths: tuple[Any, Any], ends: tuple[Any, Any]) -> list[Any]:
    edges = (x[(*(slice(None),) * axis, i, ...)] for i in (0, -1))
    low, high = (
        linspace(_plain(end), edge, width, endpoint=False, dtype=x.dtype, axis=axis)
        for end, edge, width in zip(ends, edges, widths, strict=True)
    )
    return [low, xp().flip(high, axis=axis)]


def _statistics(
    function: Callable[..., Any],
) -> Callable[[Any, int, tuple[Any, Any], tuple[Any, Any]], list[Any]]:
    """Return the mode that adds what a function says of elements at the ends, or of all."""

    def added(x: Any, axis: int, widths: tuple[Any, Any], lengths: tuple[Any, Any]) -> list[Any]:
        n = x.shape[axis]
        lengths = tuple(n if length is None else _length(length) for length in lengths)
        chunks = [
            x[(*(slice(None),) * axis, part, ...)]
            for part in (
                slice(None, lengths[0]),
                slice(None) if lengths[1] is n else slice(dims.maximum(n - lengths[1], 0), None),
            )
        ]
        if function in (np.amax, np.amin) and any(type(k) is int and k == 0 for k in lengths):
            raise ArgumentError("numpy.pad: stat_length of 0 yields no value for padding")
        return [
            _spread(function(chunk, axis=axis, keepdims=True), x, axis, width)
            for chunk, width in zip(chunks, widths, strict=True)
        ]

    return added


def _length(obj: Any) -> Any:
    if isinstance(obj, Dim):
        return obj
    length = as_count(obj, "pad", "stat_length")
    if length < 0:
        raise ArgumentError(f"numpy.pad: stat_length must not be negative, but is {length}")
    return length


def _spread(value: Any, x: Any, axis: int, width: Any) -> Any:
    """Return a value of size 1 along an axis as often as a width says; of no elements, the run fails."""
    if x.dtype.numpy.kind in "iu":
        value = xp().round(value)
    value = xp().astype(value, x.dtype, copy=False)
    index = xp().zeros(width, dtype=xp().int64)
    n = x.shape[axis]
    if not certainly_positive(n):
        index = required(index, xp().asarray(n) > 0, f"numpy.pad: axis {axis} has size 0")
    return xp().take(value, index, axis=axis)


_ENDS: dict[str, Callable[..., list[Any]]] = {
    "constant": _constant,
    "empty": _empty,
    "linear_ramp": _ramps,
    "maximum": _statistics(np.amax),
    "mean": _statistics(np.mean),
    "median": _statistics(np.median),
    "minimum": _statistics(np.amin),
}
