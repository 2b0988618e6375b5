"""numpy functions that rearrange elements, create matrices, and select elements."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import (
    FUNCTIONS,
    Axes,
    as_array,
    as_count,
    as_float,
    as_indices,
    axis_of,
    choice_of,
    implements,
    in_common,
    in_common_with_numbers,
    in_dtype,
    is_bool,
    is_complex,
    kind_of,
    required,
    stored,
)
from onnxp._src.numpy.functions import concatenate, ravel, reshape, split, take
from onnxp._src.shapes.dims import Dim
from onnxp.errors import (
    ArgumentError,
    AxisError,
    DTypeError,
    IndexingError,
    NumpyFunctionError,
    ShapeError,
)

# Padding


@implements(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    """Translate `numpy.pad`, for the modes constant, edge, reflect, symmetric and wrap."""
    x = as_array(array)
    if not isinstance(pad_width, dict):
        _check_widths(np.ravel(np.asarray(pad_width, object)))
    elif any(not -x.ndim <= axis < x.ndim for axis in pad_width):
        raise AxisError(f"numpy.pad: {pad_width!r} has axes that an array of rank {x.ndim} has not")
    widths = _widths(pad_width, x.ndim)
    fills = [(0, 0)] * x.ndim
    if mode == "constant":
        fills = _pairs(kwargs.pop("constant_values", 0), x.ndim)
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
        if before == after == 0:
            continue
        n = x.shape[axis]
        if mapped is None:
            shapes = [(*x.shape[:axis], width, *x.shape[axis + 1 :]) for width in (before, after)]
            low, high = (
                xp().broadcast_to(in_dtype(_plain(fill), x.dtype), shape)
                for shape, fill in zip(shapes, fills[axis], strict=True)
            )
            x = xp().concat([low, x, high], axis=axis)
        elif type(n) is int and n == 0:
            raise ArgumentError(
                f"numpy.pad: axis {axis} has size 0, so mode={mode!r} has no elements"
            )
        else:
            x = xp().take(x, mapped(xp().arange(-before, n + after), n), axis=axis)
    return x.copy() if x is array else x


def _plain(fill: Any) -> Any:
    """Return a scalar of numpy as a Python number, which must fit."""
    return fill.item() if isinstance(fill, np.generic) else fill


def _widths(given: Any, rank: int) -> list[tuple[Any, Any]]:
    """Return the widths of each axis, which have been checked."""
    pairs = _pairs(given, rank)
    _check_widths([n for pair in pairs for n in pair])
    return pairs


def _check_widths(widths: Any) -> None:
    """Raise if a width is no integer, or negative.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If one is.
    """
    for width in widths:
        number = width if isinstance(width, Dim) else as_count(width, "pad", "a width")
        if number < 0:
            raise ArgumentError(f"numpy.pad: a width must not be negative, but is {number}")


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


def _pairs(widths: Any, rank: int) -> list[tuple[Any, Any]]:
    """Return a pair for each axis from a number, a pair, or pairs, as numpy does."""
    if isinstance(widths, dict):
        return [_pair(widths.get(axis, widths.get(axis - rank, 0))) for axis in range(rank)]
    if isinstance(widths, xp().Array):
        return [(widths, widths)] * rank
    try:
        pairs = np.broadcast_to(np.asarray(widths), (rank, 2)).tolist()
    except (TypeError, ValueError) as error:
        raise ShapeError(f"numpy.pad: {widths!r} is not a pair for each of {rank} axes") from error
    return [(a, b) for a, b in pairs]


def _pair(widths: Any) -> tuple[Any, Any]:
    return tuple(widths) if isinstance(widths, tuple | list) else (widths, widths)


# Joining and splitting


@implements(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Translate `numpy.append`."""
    if axis is None:
        return concatenate((ravel(arr), ravel(values)))
    return concatenate((arr, values), axis)


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


def _split(axis: int, name: str) -> Callable[..., Any]:
    def function(ary: Any, indices_or_sections: Any) -> Any:
        x = as_array(ary)
        least = {"vsplit": 2, "hsplit": 1, "dsplit": 3}[name]
        if x.ndim < least:
            raise ShapeError(f"numpy.{name} needs an array of rank {least} or more, not {x.ndim}")
        return split(x, indices_or_sections, 0 if x.ndim == 1 else axis)

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
    choice_of(indexing, ("xy", "ij"), "meshgrid", "indexing")
    axes = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        axes[:2] = axes[1::-1]
    vectors = [ravel(x) for x in xi]
    others = [tuple(i for i in range(len(xi)) if i != axis) for axis in axes]
    grids = [xp().expand_dims(x, axis=i) if i else x for x, i in zip(vectors, others, strict=True)]
    if not sparse:
        sizes = dict(zip(axes, (x.shape[0] for x in vectors), strict=True))
        shape = tuple(sizes[i] for i in range(len(xi)))
        grids = [xp().broadcast_to(x, shape) for x in grids]
    return tuple(x.copy() for x in grids) if copy else tuple(grids)


@implements(np.linspace)
def linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    """Translate `numpy.linspace`."""
    dtype_of_step = np.result_type(kind_of(start), kind_of(stop), 1.0)
    first, last = (in_dtype(x, dtype_of_step) for x in (start, stop))
    target = xp().zeros((), dtype=first.dtype if dtype is None else dtype).dtype
    if first.ndim == last.ndim == 0 and not is_complex(first) and not retstep:
        exact = target.numpy.kind in "fc"
        truth = target.numpy.kind == "b"
        result = xp().linspace(
            first, last, num, endpoint=endpoint, dtype=target if exact else first.dtype
        )
        return result if exact else xp().astype(result if truth else xp().floor(result), target)
    count = num if isinstance(num, Dim) else as_count(num, "linspace", "num")
    if count < 0:
        raise ArgumentError(f"numpy.linspace: num must be at least 0, not {count}")
    parts = count - 1 if endpoint else count
    first, last = xp().broadcast_arrays(first, last)
    step = (last - first) / parts if parts != 0 and parts > 0 else xp().full_like(first, np.nan)
    places = xp().astype(xp().arange(count), first.dtype)
    places = xp().reshape(places, (count, *(1,) * first.ndim))
    result = first[None, ...] + places * (step if parts > 0 else last - first)[None, ...]
    if endpoint and count > 1:
        result = xp().concat([result[:-1, ...], last[None, ...]], axis=0)
    if target.numpy.kind in "iu":
        result = xp().floor(result)
    result = xp().moveaxis(xp().astype(result, target, copy=False), 0, axis)
    if not retstep:
        return result
    return result, step if parts > 0 else float("nan")


@implements(np.ix_)
def ix_(*args: Any) -> tuple[Any, ...]:
    """Translate `numpy.ix_`."""
    results = []
    for i, a in enumerate(args):
        x = as_array(a)
        if x.ndim != 1:
            raise ShapeError(f"numpy.ix_ needs arrays of rank 1, not {x.ndim}")
        if is_bool(x):
            (x,) = xp().nonzero(x)
        elif not isinstance(a, xp().Array | np.ndarray) and x.size == 0:
            x = xp().astype(x, xp().int64)
        results.append(xp().reshape(x, (*(1,) * i, -1, *(1,) * (len(args) - i - 1))))
    return tuple(results)


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
    x = as_array(a)
    if x.ndim < 2:
        raise ShapeError(f"numpy.diagonal needs an array of rank 2 or more, not {x.ndim}")
    if axis_of(axis1, x, "diagonal") == axis_of(axis2, x, "diagonal"):
        raise AxisError(f"numpy.diagonal: axis1 and axis2 must differ, but are {axis1} and {axis2}")
    return xp().linalg.diagonal(xp().moveaxis(x, (axis1, axis2), (-2, -1)), offset=offset)


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
    return FUNCTIONS[np.sum](diagonal(a, offset, axis1, axis2), -1, dtype, out)


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
    if base.ndim != 1:
        raise ShapeError(f"numpy.vander needs an array of rank 1, not {base.ndim}")
    count = base.shape[0] if N is None else N
    powers = xp().arange(count) if increasing else count - 1 - xp().arange(count)
    base, powers = in_common(base, powers)
    return base[:, None] ** powers[None, :]


@implements(np.kron)
def kron(a: Any, b: Any) -> Any:
    """Translate `numpy.kron`."""
    x, y = in_common(a, b)
    if is_bool(x):
        return kron(xp().astype(x, xp().int8), xp().astype(y, xp().int8)) != 0
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
    given = x
    coefficients, x = in_common(p, x)
    if coefficients.ndim == 0:
        raise ShapeError("numpy.polyval: the coefficients must have rank 1 or more, not 0")
    if type(coefficients.shape[0]) is int and coefficients.shape[0] == 0:
        return xp().zeros_like(as_array(given))
    result = xp().zeros_like(x)
    for i in range(coefficients.shape[0]):
        result = result * x + coefficients[i]
    return result


def _infinite(name: str, sign: float) -> Callable[..., Any]:
    def function(x: Any, out: Any = None) -> Any:
        array = as_array(x)
        if is_complex(array):
            raise DTypeError(f"numpy.{name}: infinite complex numbers have no sign")
        if not xp().isdtype(array.dtype, "real floating"):
            return stored(xp().zeros(array.shape, dtype=xp().bool), out, name)
        return stored(array == sign * np.inf, out, name)

    return function


FUNCTIONS[np.isposinf] = _infinite("isposinf", 1)
FUNCTIONS[np.isneginf] = _infinite("isneginf", -1)


def _triangle(name: str) -> Callable[..., Any]:
    def function(arr: Any, k: int = 0) -> Any:
        x = as_array(arr)
        if x.ndim != 2:
            raise ShapeError(f"numpy.{name}_indices_from needs an array of rank 2, not {x.ndim}")
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
    if axis is None:
        axes: Any = range(array.ndim)
    else:
        axes = axis if isinstance(axis, tuple | list) else (axis,)
    if len(axes) != len(windows):
        raise ShapeError(
            f"numpy.sliding_window_view: {len(windows)} window sizes do not go with {len(axes)} axes"
        )
    for given, width in zip(axes, windows, strict=True):
        array = _with_windows(array, axis_of(given, array, "sliding_window_view"), width)
    return array


def _with_windows(array: Any, axis: int, width: Any) -> Any:
    size = array.shape[axis]
    if width < 0 or (type(size) is type(width) is int and width > size):
        raise ArgumentError(
            f"numpy.sliding_window_view: a window of {width} does not fit axis {axis} of size {size}"
        )
    index = xp().arange(size - width + 1)[:, None] + xp().arange(width)[None, :]
    if type(size) is not int:  # a window that is too large must not give an empty result
        index = _beginning_inside(index, size, width)
    before = (slice(None),) * axis
    return array._window(lambda x: xp().moveaxis(x[(*before, index, ...)], axis + 1, -1))


def _beginning_inside(index: Any, size: Any, width: Any) -> Any:
    """Return the indices of windows; the run fails if a window is larger than the axis."""
    return required(index, xp().asarray(width) <= xp().asarray(size))


@implements(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Translate `numpy.trapezoid`."""
    given = as_array(y)
    values = xp().moveaxis(given, axis_of(axis, given, "trapezoid"), -1)
    steps = dx if x is None else np.diff(as_array(x), axis=-1 if np.ndim(x) == 1 else axis)
    if x is not None and steps.ndim > 1:
        steps = xp().moveaxis(steps, axis, -1)
    pairs = np.add(values[..., 1:], values[..., :-1])
    return np.sum(np.divide(np.multiply(steps, pairs), 2.0), axis=-1)


@implements(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """Translate `numpy.angle`."""
    x = as_float(z) if is_bool(as_array(z)) else as_array(z)
    result = np.arctan2(np.imag(x), np.real(x))
    return result * (180 / np.pi) if deg else result


@implements(np.sinc)
def sinc(x: Any) -> Any:
    """Translate `numpy.sinc`."""
    array = as_float(x)
    y = np.pi * xp().where(array == 0, in_dtype(1.0e-20, array.dtype), array)
    return xp().where(array == 0, in_dtype(1, array.dtype), xp().sin(y) / y)


@implements(np.unravel_index)
def unravel_index(indices: Any, shape: Any, order: str = "C") -> Any:
    """Translate `numpy.unravel_index`."""
    choice_of(order, ("C", "F"), "unravel_index", "order")
    rest, result = as_array(indices), []
    if not xp().isdtype(rest.dtype, "integral"):
        raise DTypeError(f"numpy.unravel_index: indices must be integers, not {rest.dtype}")
    sizes = shape if isinstance(shape, tuple | list) else (shape,)
    rest = xp().astype(rest, xp().int64, copy=False)
    inside = (rest >= 0) & (rest < xp().asarray(math.prod(sizes)))
    if inside.is_traced:
        rest = required(rest, inside)
    elif not bool(xp().all(inside)):
        raise ArgumentError(
            f"numpy.unravel_index: an index is out of range for shape {tuple(sizes)}"
        )
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
    *choices, result = in_common_with_numbers(*choicelist, default)
    if any(not is_bool(as_array(condition)) for condition in condlist):
        raise DTypeError("numpy.select: conditions must be truth values")
    for condition, choice in zip(reversed(list(condlist)), reversed(choices), strict=True):
        result = xp().where(as_array(condition), choice, result)
    return result


@implements(np.choose)
def choose(a: Any, choices: Any, out: object = None, mode: str = "raise") -> Any:
    """Translate `numpy.choose`, for choices in a list."""
    choice_of(mode, ("raise", "wrap", "clip"), "choose", "mode")
    index = as_array(a)
    if not xp().isdtype(index.dtype, ("bool", "integral")):
        raise DTypeError(f"numpy.choose: indices must be integers, not {index.dtype}")
    index, last = xp().astype(index, xp().int64), len(choices) - 1
    if last < 0:
        raise ArgumentError("numpy.choose: there must be at least one choice")
    if mode == "raise":  # the runtime must fail for negative indices
        index = xp().where(index < 0, last + 1, index)
    else:
        index = index % (last + 1) if mode == "wrap" else xp().clip(index, 0, last)
    index, *arrays = xp().broadcast_arrays(index, *in_common_with_numbers(*choices))
    chosen = xp().take_along_axis(xp().stack(arrays), index[None, ...], axis=0)[0, ...]
    return stored(chosen, out, "choose", "unsafe")


@implements(np.argwhere)
def argwhere(a: Any) -> Any:
    """Translate `numpy.argwhere`."""
    array = as_array(a)
    if array.ndim == 0:
        return xp().zeros((xp().nonzero(ravel(array))[0].shape[0], 0), dtype=xp().int64)
    return xp().stack(xp().nonzero(array), axis=1)


FUNCTIONS[np.flatnonzero] = lambda a: xp().nonzero(ravel(a))[0]


@implements(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None, out: object = None) -> Any:
    """Translate `numpy.compress`."""
    test = as_array(condition)
    if test.ndim != 1:
        raise ShapeError(f"numpy.compress: the condition must have rank 1, not {test.ndim}")
    return take(a, xp().nonzero(test)[0], axis, out)  # the condition may be shorter than the axis


FUNCTIONS[np.extract] = lambda condition, arr: take(ravel(arr), xp().nonzero(ravel(condition))[0])


def put(a: Any, indices: Any, values: Any, mode: str = "raise") -> None:
    """Replace elements of an array, counted in one axis, as `numpy.ndarray.put` does."""
    choice_of(mode, ("raise", "wrap", "clip"), "put", "mode")
    flat, index = ravel(a), ravel(as_indices(indices, "put"))
    new, size, count = ravel(_in_dtype_of(values, a)), flat.shape[0], index.shape[0]
    if type(new.shape[0]) is int and new.shape[0] == 0:
        return
    if type(size) is int and size == 0 and count != 0:
        raise IndexingError("numpy.put: there are no elements to replace")
    if mode != "raise":
        index = index % size if mode == "wrap" else xp().clip(index, 0, size - 1)
    flat = xp().asarray(flat, copy=True)
    flat[index] = new[xp().arange(count) % new.shape[0]]  # which are repeated
    a[...] = reshape(flat, a.shape)


def _in_dtype_of(values: Any, array: Any) -> Any:
    """Return numbers in the dtype of an array, which must be able to hold those of Python."""
    if isinstance(values, np.ndarray | np.generic | xp().Array):
        return values
    return xp().asarray(values, dtype=array.dtype)
