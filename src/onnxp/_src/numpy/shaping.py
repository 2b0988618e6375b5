"""numpy functions that rearrange elements, create matrices, and select elements."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import (
    FUNCTIONS,
    Axes,
    as_array,
    as_float,
    implements,
    in_common,
    no_out,
)
from onnxp._src.numpy.functions import concatenate, ravel, reshape
from onnxp.errors import ArgumentError, NumpyFunctionError, ShapeError

# Padding


@implements(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    """Translate `numpy.pad`, for the modes constant, edge, reflect, symmetric and wrap."""
    x = as_array(array)
    widths = _pairs(pad_width, x.ndim, int)
    if mode == "constant":
        fills = _pairs(kwargs.pop("constant_values", 0), x.ndim, None)
        mapped = None
    else:
        mapped = _PADDING.get(mode) if isinstance(mode, str) else None
        if mapped is None:
            raise NumpyFunctionError(
                f"numpy.pad with mode={mode!r} is not supported, only constant and {', '.join(_PADDING)}"
            )
    if kwargs:
        raise NumpyFunctionError(f"numpy.pad with {', '.join(kwargs)} is not supported")
    for axis, (before, after) in enumerate(widths):
        if before < 0 or after < 0:
            raise ArgumentError(
                f"numpy.pad: widths must not be negative, but are {(before, after)}"
            )
        if before == after == 0:
            continue
        n = x.shape[axis]
        if mapped is None:
            shapes = [(*x.shape[:axis], width, *x.shape[axis + 1 :]) for width in (before, after)]
            low, high = (
                xp().astype(xp().broadcast_to(as_array(fill), shape), x.dtype)
                for shape, fill in zip(shapes, fills[axis], strict=True)
            )
            x = xp().concat([low, x, high], axis=axis)
        else:
            x = xp().take(x, mapped(xp().arange(-before, n + after), n), axis=axis)
    return x


def _reflected(index: Any, n: Any) -> Any:
    period = 2 * (n - 1)
    rest = index % (
        period if type(n) is int and n > 1 else xp().clip(xp().asarray(period), 1, None)
    )
    return xp().where(rest < n, rest, period - rest)


def _mirrored(index: Any, n: Any) -> Any:
    rest = index % (2 * n)
    return xp().where(rest < n, rest, 2 * n - 1 - rest)


_PADDING: dict[str, Callable[[Any, Any], Any]] = {
    "edge": lambda index, n: xp().clip(index, 0, n - 1),
    "reflect": _reflected,
    "symmetric": _mirrored,
    "wrap": lambda index, n: index % n,
}


def _pairs(widths: Any, rank: int, kind: Any) -> list[tuple[Any, Any]]:
    """Return a pair for each axis from a number, a pair, or pairs, as numpy does."""
    if isinstance(widths, dict):
        return [_pair(widths.get(axis, widths.get(axis - rank, 0))) for axis in range(rank)]
    try:
        pairs = np.broadcast_to(np.asarray(widths, kind), (rank, 2)).tolist()
    except (TypeError, ValueError) as error:
        raise ShapeError(f"numpy.pad: {widths!r} is not a pair for each of {rank} axes") from error
    return [(a, b) for a, b in pairs]


def _pair(widths: Any) -> tuple[Any, Any]:
    return tuple(widths) if isinstance(widths, tuple | list) else (widths, widths)


# Joining and splitting


@implements(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Translate `numpy.append`."""
    parts = in_common(arr, values)
    return concatenate(
        [ravel(p) for p in parts] if axis is None else parts, 0 if axis is None else axis
    )


def atleast_3d(a: Any) -> Any:
    """Translate `numpy.atleast_3d` of one array."""
    x = as_array(a)
    if x.ndim == 2:
        return xp().expand_dims(x, axis=2)
    return reshape(x, (1, -1, 1)) if x.ndim < 2 else x


@implements(np.dstack)
def dstack(tup: Any) -> Any:
    """Translate `numpy.dstack`."""
    return concatenate([atleast_3d(a) for a in tup], 2)


@implements(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Translate `numpy.array_split`."""
    x = as_array(ary)
    bounds: list[Any]
    if isinstance(indices_or_sections, int):
        count, size = indices_or_sections, x.shape[axis]
        rest = size % count
        if type(rest) is not int:
            raise NumpyFunctionError(
                "numpy.array_split of an axis of symbolic size into a number of parts is not supported; "
                "pass the indices"
            )
        bounds = [i * (size // count) + min(i, rest) for i in range(1, count)]
    else:
        bounds = list(indices_or_sections)
    before = (slice(None),) * (axis % x.ndim)
    edges = [None, *bounds, None]
    return [x[(*before, slice(a, b), ...)] for a, b in itertools.pairwise(edges)]


def _split(axis: int, name: str) -> Callable[..., Any]:
    def function(ary: Any, indices_or_sections: Any) -> Any:
        x = as_array(ary)
        return np.split(
            x, indices_or_sections, axis=0 if name == "hsplit" and x.ndim == 1 else axis
        )

    return function


FUNCTIONS[np.vsplit] = _split(0, "vsplit")
FUNCTIONS[np.hsplit] = _split(1, "hsplit")
FUNCTIONS[np.dsplit] = _split(2, "dsplit")
FUNCTIONS[np.broadcast_arrays] = lambda *args, subok=False: tuple(
    xp().broadcast_arrays(*map(as_array, args))
)


@implements(np.meshgrid)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """Translate `numpy.meshgrid`."""
    if not sparse:
        return tuple(xp().meshgrid(*map(as_array, xi), indexing=indexing))
    axes = list(range(len(xi)))
    if indexing == "xy":
        axes[:2] = axes[1::-1]
    vectors = [ravel(x) for x in xi]
    others = [tuple(i for i in range(len(xi)) if i != axis) for axis in axes]
    return tuple(xp().expand_dims(x, axis=i) for x, i in zip(vectors, others, strict=True))


FUNCTIONS[np.linspace] = lambda start, stop, num=50, endpoint=True, dtype=None: xp().linspace(
    start, stop, num, endpoint=endpoint, dtype=dtype
)
FUNCTIONS[np.ix_] = lambda *args: tuple(
    xp().reshape(as_array(a), (*(1,) * i, -1, *(1,) * (len(args) - i - 1)))
    for i, a in enumerate(args)
)
FUNCTIONS[np.iscomplexobj] = lambda x: bool(xp().isdtype(as_array(x).dtype, "complex floating"))
FUNCTIONS[np.isrealobj] = lambda x: not xp().isdtype(as_array(x).dtype, "complex floating")
FUNCTIONS[np.fliplr] = lambda m: xp().flip(as_array(m), axis=1)
FUNCTIONS[np.flipud] = lambda m: xp().flip(as_array(m), axis=0)


@implements(np.astype)
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """Translate `numpy.astype`."""
    return xp().astype(x, dtype, copy=copy)


# Matrices


@implements(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Translate `numpy.diagonal`."""
    matrices = xp().moveaxis(as_array(a), (axis1, axis2), (-2, -1))
    return xp().linalg.diagonal(matrices, offset=offset)


@implements(np.linalg.diagonal)
def _last_diagonal(x: Any, /, *, offset: int = 0) -> Any:
    return diagonal(x, offset, -2, -1)


@implements(np.trace)
def trace(
    a: Any,
    offset: int = 0,
    axis1: int = 0,
    axis2: int = 1,
    dtype: Any = None,
    out: object = None,
) -> Any:
    """Translate `numpy.trace`."""
    no_out(out, "trace")
    return np.sum(diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


@implements(np.linalg.trace)
def _last_trace(x: Any, /, *, offset: int = 0, dtype: object = None) -> Any:
    return trace(x, offset, -2, -1, dtype)


@implements(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """Translate `numpy.diag`."""
    x = as_array(v)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ShapeError(f"numpy.diag: the array must have rank 1 or 2, not {x.ndim}")
    n = x.shape[0] + abs(k)
    on = xp().arange(n)[None, :] - xp().arange(n)[:, None] == k
    values = xp().concat([xp().zeros((abs(k),), dtype=x.dtype), x])
    values = values[None, :] if k >= 0 else values[:, None]
    return xp().where(on, values, xp().zeros((), dtype=x.dtype))


@implements(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Translate `numpy.vander`."""
    base = as_array(x)
    count = base.shape[0] if N is None else N
    powers = xp().arange(count) if increasing else count - 1 - xp().arange(count)
    base, powers = in_common(base, powers)
    return base[:, None] ** powers[None, :]


@implements(np.kron)
def kron(a: Any, b: Any) -> Any:
    """Translate `numpy.kron`."""
    x, y = in_common(a, b)
    rank = max(x.ndim, y.ndim)
    x = xp().reshape(x, (*(1,) * (rank - x.ndim), *x.shape))
    y = xp().reshape(y, (*(1,) * (rank - y.ndim), *y.shape))
    sizes = tuple(p * q for p, q in zip(x.shape, y.shape, strict=True))
    x = xp().expand_dims(x, axis=tuple(range(1, 2 * rank, 2)))
    y = xp().expand_dims(y, axis=tuple(range(0, 2 * rank, 2)))
    return xp().reshape(x * y, sizes)


@implements(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """Translate `numpy.polyval`."""
    coefficients, x = in_common(p, x)
    result = xp().zeros_like(x)
    for i in range(coefficients.shape[0]):
        result = result * x + coefficients[i]
    return result


FUNCTIONS[np.isposinf] = lambda x, out=None: as_array(x) == np.inf
FUNCTIONS[np.isneginf] = lambda x, out=None: as_array(x) == -np.inf


def _triangle(name: str) -> Callable[..., Any]:
    def function(arr: Any, k: int = 0) -> Any:
        x = as_array(arr)
        return xp().nonzero(getattr(xp(), name)(xp().ones(x.shape, dtype=xp().int8), k=k))

    return function


FUNCTIONS[np.triu_indices_from] = _triangle("triu")
FUNCTIONS[np.tril_indices_from] = _triangle("tril")


@implements(np.lib.stride_tricks.sliding_window_view)
def sliding_window_view(
    x: Any, window_shape: Any, axis: Axes = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    """Translate `numpy.lib.stride_tricks.sliding_window_view`."""
    array = as_array(x)
    windows = window_shape if isinstance(window_shape, tuple | list) else (window_shape,)
    axes = (
        range(array.ndim) if axis is None else axis if isinstance(axis, tuple | list) else (axis,)
    )
    for number, width in zip((i % array.ndim for i in axes), windows, strict=True):
        count = array.shape[number] - width + 1
        index = xp().arange(count)[:, None] + xp().arange(width)[None, :]
        before = (slice(None),) * number
        array = xp().moveaxis(array[(*before, index, ...)], number + 1, -1)
    return array


@implements(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Translate `numpy.trapezoid`."""
    values = xp().moveaxis(as_float(y), axis, -1)
    steps = dx if x is None else np.diff(as_array(x), axis=-1 if np.ndim(x) == 1 else axis)
    if x is not None and steps.ndim > 1:
        steps = xp().moveaxis(steps, axis, -1)
    return np.sum(steps * (values[..., 1:] + values[..., :-1]) / 2, axis=-1)


@implements(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """Translate `numpy.angle`."""
    x = as_float(z)
    result = np.arctan2(np.imag(x), np.real(x))
    return result * (180 / np.pi) if deg else result


@implements(np.sinc)
def sinc(x: Any) -> Any:
    """Translate `numpy.sinc`."""
    array = as_float(x)
    y = np.pi * xp().where(array == 0, 1.0e-20, array)
    return xp().sin(y) / y


@implements(np.unravel_index)
def unravel_index(indices: Any, shape: Any, order: str = "C") -> Any:
    """Translate `numpy.unravel_index`."""
    if order not in ("C", "F"):
        raise ArgumentError(f"numpy.unravel_index: order must be 'C' or 'F', not {order!r}")
    rest, result = as_array(indices), []
    sizes = shape if isinstance(shape, tuple | list) else (shape,)
    for size in sizes if order == "F" else reversed(sizes):
        result.append(rest % size)
        rest = rest // size
    return tuple(result if order == "F" else reversed(result))


# Choosing


@implements(np.select)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """Translate `numpy.select`."""
    if len(condlist) != len(choicelist) or not condlist:
        raise ArgumentError(
            f"numpy.select: there are {len(condlist)} conditions, but {len(choicelist)} choices"
        )
    *choices, result = in_common(*choicelist, default)
    for condition, choice in zip(reversed(list(condlist)), reversed(choices), strict=True):
        result = xp().where(as_array(condition), choice, result)
    return result


@implements(np.choose)
def choose(a: Any, choices: Any, out: object = None, mode: str = "raise") -> Any:
    """Translate `numpy.choose`, for choices in a list."""
    no_out(out, "choose")
    index, last = xp().astype(as_array(a), xp().int64), len(choices) - 1
    if mode == "raise":  # the runtime must fail for negative indices
        index = xp().where(index < 0, last + 1, index)
    elif mode == "wrap":
        index = index % (last + 1)
    elif mode == "clip":
        index = xp().clip(index, 0, last)
    else:
        raise ArgumentError(f"numpy.choose: mode must be 'raise', 'wrap' or 'clip', not {mode!r}")
    index, *result = xp().broadcast_arrays(index, *in_common(*choices))
    return xp().take_along_axis(xp().stack(result), index[None, ...], axis=0)[0, ...]


@implements(np.argwhere)
def argwhere(a: Any) -> Any:
    """Translate `numpy.argwhere`."""
    return xp().stack(xp().nonzero(as_array(a)), axis=1)


FUNCTIONS[np.flatnonzero] = lambda a: xp().nonzero(ravel(a))[0]


@implements(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None, out: object = None) -> Any:
    """Translate `numpy.compress`."""
    no_out(out, "compress")
    array = ravel(a) if axis is None else as_array(a)
    number = 0 if axis is None else axis % array.ndim
    # the condition may be shorter than the axis
    return xp().take(array, np.flatnonzero(as_array(condition)), axis=number)


FUNCTIONS[np.extract] = lambda condition, arr: ravel(arr)[ravel(condition)]


# Arrays like others: `np.zeros((n, 2), like=x)`


def _made(name: str) -> Callable[..., Any]:
    def function(*args: Any, dtype: object = None, like: Any = None, order: Any = None) -> Any:
        return getattr(xp(), name)(*args, dtype=dtype)

    return function


for _name in ("zeros", "ones", "empty", "full", "arange", "eye", "asarray"):
    FUNCTIONS[getattr(np, _name)] = _made(_name)
FUNCTIONS[np.array] = lambda obj, dtype=None, *, copy=True, like=None: xp().asarray(
    obj, dtype=dtype, copy=copy
)
