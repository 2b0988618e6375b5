"""numpy functions that apply other functions along an axis: reductions by any ufunc, ``apply_along_axis``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import has_arrays, implements
from onnxp._src.numpy.operands import as_array, as_count, as_indices, axes_of, axis_of, is_bool
from onnxp._src.numpy.results import of_shape
from onnxp._src.numpy.ways import of_all_ways
from onnxp._src.shapes.shape import is_empty, product
from onnxp.errors import ArgumentError, NumpyFunctionError, ShapeError, UnknownSizeError

Apply = Callable[..., Any]


def accumulate(apply: Apply, ufunc: np.ufunc, a: Any, axis: Any, dtype: Any) -> Any:
    """Return the results of a ufunc with two operands for the first elements along an axis, then one more."""
    rows = _rows(ufunc, a, axis, dtype, "accumulate")
    if type(rows.shape[0]) is int and rows.shape[0] == 0:
        return xp().moveaxis(rows, 0, axis)

    def step(last: Any, element: Any) -> tuple[Any, Any]:
        i, row = element
        new = xp().where(i == 0, row, xp().astype(apply(last, row), row.dtype, copy=False))
        return new, new

    # a row more, so that there is a first one
    zeros = xp().zeros((1, *rows.shape[1:]), dtype=rows.dtype)
    first = xp().concat([rows, zeros])[0, ...]
    _, results = xp().scan(step, first, (xp().arange(rows.shape[0]), rows))
    return xp().moveaxis(results, 0, axis)


def reduce(
    apply: Apply,
    ufunc: np.ufunc,
    a: Any,
    axis: Any,
    dtype: Any,
    keepdims: bool,
    initial: Any,
    where: Any = True,
) -> Any:
    """Return the result of a ufunc with two operands for the elements along axes that are chosen, in order."""
    array = as_array(a)
    axes = axes_of(axis, array, f"{ufunc.__name__}.reduce")
    if len(axes) > 1 and not _is_reorderable(ufunc):
        raise ArgumentError(
            f"numpy.{ufunc.__name__}.reduce: the order of several axes matters; give one axis"
        )
    rows = _rows(ufunc, _in_front(array, axes), 0, dtype, "reduce")
    if where is not True:
        condition = xp().broadcast_to(xp().astype(as_array(where), xp().bool), array.shape)
        start = ufunc.identity if initial is None else initial
        if start is None:
            raise ArgumentError(
                f"numpy.{ufunc.__name__}.reduce: where= needs initial=, the result where no element is chosen"
            )
        chosen = (rows, _in_front(condition, axes))
        first = xp().full(rows.shape[1:], start, dtype=rows.dtype)
        return _scanned(apply, first, chosen, axes, keepdims)
    if initial is None:
        initial = ufunc.identity if _may_be_empty(rows) else None
    if initial is not None:
        first = xp().full((1, *rows.shape[1:]), initial, dtype=rows.dtype)
        rows = xp().concat([first, rows])
    elif type(rows.shape[0]) is int and rows.shape[0] == 0:
        raise ArgumentError(
            f"numpy.{ufunc.__name__}.reduce: there are no elements, and the function has no identity"
        )

    return _scanned(apply, rows[0, ...], (rows[1:, ...],), axes, keepdims)


def _in_front(array: Any, axes: tuple[int, ...]) -> Any:
    """Return an array with one axis in the place of some, in front."""
    if len(axes) < 2:
        return xp().moveaxis(array, axes[0], 0) if axes else array[None, ...]
    others = tuple(i for i in range(array.ndim) if i not in axes)
    shape = tuple(array.shape[i] for i in others)
    count = product(array.shape[i] for i in axes)
    return xp().reshape(xp().permute_dims(array, (*axes, *others)), (count, *shape))


def _scanned(
    apply: Apply, first: Any, rows: tuple[Any, ...], axes: tuple[int, ...], keepdims: bool
) -> Any:
    """Return the last of the results for rows, of those only for which a condition holds beside them."""

    def step(last: Any, parts: tuple[Any, ...]) -> tuple[Any, None]:
        row, *condition = parts
        result = xp().astype(apply(last, row), row.dtype, copy=False)
        return (xp().where(condition[0], result, last) if condition else result), None

    result, _ = xp().scan(step, first, rows)
    return xp().expand_dims(result, axis=axes) if keepdims and axes else result


def reduceat(apply: Apply, ufunc: np.ufunc, a: Any, indices: Any, axis: Any, dtype: Any) -> Any:
    """Return the results of a ufunc with two operands for slices along an axis, which begin at indices."""
    rows = _rows(ufunc, a, axis, dtype, "reduceat")
    starts = as_indices(indices, "reduceat")
    if starts.ndim != 1:
        raise ShapeError(f"numpy.{ufunc.__name__}.reduceat: indices must have rank 1")
    count = rows.shape[0]
    ends = xp().concat([starts, xp().asarray([count])])[1:]

    def one(_: Any, bounds: Any) -> tuple[Any, Any]:
        start, end = bounds

        def step(i: Any, value: Any) -> Any:
            return xp().astype(apply(value, rows[i, ...]), rows.dtype, copy=False)

        return _, xp().fori_loop(start + 1, xp().maximum(end, start + 1), step, rows[start, ...])

    _, results = xp().scan(one, xp().asarray(0), (starts, ends))
    return xp().moveaxis(results, 0, axis)


def _rows(ufunc: np.ufunc, a: Any, axis: Any, dtype: Any, method: str) -> Any:
    """Return the elements in the dtype that the ufunc gives, with the axis in front."""
    array = as_array(a)
    if ufunc.nin != 2 or ufunc.nout != 1 or ufunc.signature is not None:
        raise ArgumentError(
            f"numpy.{ufunc.__name__}.{method}: a function with two operands and one result is needed"
        )
    if array.ndim == 0:
        raise ArgumentError(f"numpy.{ufunc.__name__}.{method}: the array must have an axis")
    place = axis_of(axis, array, ufunc.__name__)
    kind = array.dtype.numpy
    result = np.dtype(dtype) if dtype is not None else ufunc.resolve_dtypes((kind, kind, None))[2]
    if is_bool(array) and ufunc.__name__ in ("add", "multiply") and dtype is None:
        result = np.dtype(np.int64)
    if result.kind == "b" and kind.kind != "b" and not ufunc.__name__.startswith("logical"):
        raise NumpyFunctionError(
            f"numpy.{ufunc.__name__}.{method} of {array.dtype} is not supported; compare neighbors"
        )
    return xp().moveaxis(xp().astype(array, result, copy=False), place, 0)


def _may_be_empty(rows: Any) -> bool:
    return type(rows.shape[0]) is not int or rows.shape[0] == 0


def _is_reorderable(ufunc: np.ufunc) -> bool:
    return ufunc.__name__ not in _ORDERED


_ORDERED = frozenset(
    "subtract divide true_divide floor_divide remainder fmod power float_power left_shift right_shift arctan2 "
    "copysign nextafter ldexp heaviside".split()
)
"""Ufuncs for which numpy does not reduce several axes."""


@implements(np.apply_along_axis)
def apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """Translate `numpy.apply_along_axis`; the function is traced once, for a vector of a traced array."""
    array = as_array(arr)
    place = axis_of(axis, array, "apply_along_axis")
    others = tuple(i for i in range(array.ndim) if i != place)
    sizes = tuple(array.shape[i] for i in others)
    if is_empty(sizes):
        raise ArgumentError(
            "numpy.apply_along_axis: an axis other than the one given has no elements"
        )
    if not has_arrays((arr, args, kwargs), traced=True):
        plain = np.asarray(array)
        return xp().asarray(np.apply_along_axis(func1d, place, plain, *args, **kwargs))
    count = product(sizes)
    rows = xp().reshape(xp().permute_dims(array, (*others, place)), (count, array.shape[place]))

    def step(carry: Any, row: Any) -> tuple[Any, Any]:
        def call(row: Any) -> tuple[Any]:  # which the function may change
            result = func1d(row.copy(), *args, **kwargs)
            if isinstance(result, str):
                raise NumpyFunctionError(
                    "numpy.apply_along_axis cuts texts to the length of the first one; write "
                    'np.vectorize(function, signature="(n)->()")(x)'
                )
            return (as_array(result),)

        return carry, of_all_ways(call, (row,), "numpy.apply_along_axis")[0]

    _, results = xp().scan(step, xp().asarray(0), rows)
    inner = results.shape[1:]
    results = xp().reshape(results, (*sizes, *inner))
    front = tuple(range(place)) + tuple(range(len(sizes), results.ndim))
    return xp().permute_dims(results, (*front, *range(place, len(sizes))))


@implements(np.apply_over_axes)
def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    """Translate `numpy.apply_over_axes`."""
    result = array = as_array(a)
    for axis in (axes,) if isinstance(axes, int) else axes:
        place = axis_of(axis, array, "apply_over_axes")
        new = as_array(func(result, place))
        result = new if new.ndim == array.ndim else xp().expand_dims(new, axis=place)
    return result


def _indices(array: Any, name: str) -> Any:
    """Return the indices of all elements, in order.

    Raises
    ------
    UnknownSizeError
        If a size is not known.
    """
    if any(type(size) is not int for size in array.shape):
        raise UnknownSizeError(
            f"numpy.{name}: an array of shape {array.shape} has a number of elements that is not known before "
            "the model runs; write array functions"
        )
    return np.ndindex(array.shape)


@implements(np.ndenumerate)
def ndenumerate(arr: Any) -> Any:
    """Translate `numpy.ndenumerate`, of an array whose sizes are known."""
    array = as_array(arr)
    return ((index, array[index]) for index in _indices(array, "ndenumerate"))


@implements(np.nditer)
def nditer(op: Any, flags: Any = None, op_flags: Any = None, *args: Any, **kwargs: Any) -> Any:
    """Translate `numpy.nditer` that reads arrays whose sizes are known."""
    reads = all(flag in ("readonly", ["readonly"]) for flag in op_flags or ())
    if not reads or set(flags or ()) - {"refs_ok", "zerosize_ok"} or args or kwargs:
        raise NumpyFunctionError(
            "numpy.nditer reads the elements of traced arrays, without flags; write for index in "
            "np.ndindex(x.shape), and x[index]"
        )
    several = isinstance(op, tuple | list)
    arrays = xp().broadcast_arrays(*map(as_array, op if several else [op]))
    indices = _indices(arrays[0], "nditer")
    return (tuple(x[i] for x in arrays) if several else arrays[0][i] for i in indices)


@implements(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Translate `numpy.piecewise`; each function gets the elements that its condition selects."""
    array = as_array(x)
    listed = isinstance(condlist, list | tuple)
    if (not listed and np.ndim(condlist) == 0) or (array.ndim and np.ndim(condlist[0]) == 0):
        conditions = [condlist]  # for the elements, not a sequence of conditions
    else:
        conditions = [condlist[i] for i in range(len(condlist))]
    masks = [xp().astype(as_array(condition), xp().bool) for condition in conditions]
    problem = (
        f"numpy.piecewise: the conditions have shapes {', '.join(str(m.shape) for m in masks)}"
    )
    masks = [of_shape(mask, masks[0].shape, problem) for mask in masks]
    if len(funclist) == len(masks) + 1:
        covered = masks[0]
        for mask in masks[1:]:
            covered = covered | mask
        masks.append(~covered)
    if len(funclist) != len(masks):
        raise ArgumentError(
            f"numpy.piecewise: for {len(masks)} conditions there must be {len(masks)} or {len(masks) + 1} "
            f"functions, not {len(funclist)}"
        )
    result = xp().zeros_like(array)
    for mask, function in zip(masks, funclist, strict=True):
        if not callable(function):
            result[mask] = function
            continue
        chosen = array[mask]
        if type(chosen.size) is int and chosen.size == 0:
            continue  # numpy does not call the function either
        result[mask] = function(chosen, *args, **kw)
    return result


@implements(np.fromfunction)
def fromfunction(
    function: Any, shape: Any, *, dtype: Any = float, like: Any = None, **kwargs: Any
) -> Any:
    """Translate `numpy.fromfunction`."""
    return function(
        *np.meshgrid(*(xp().arange(n, dtype=dtype) for n in shape), indexing="ij"), **kwargs
    )


@implements(np.lexsort)
def lexsort(keys: Any, axis: int = -1) -> Any:
    """Translate `numpy.lexsort`."""
    parts = [as_array(key) for key in keys]
    if not parts:
        raise ArgumentError("numpy.lexsort: there must be at least one key")
    shape = parts[0].shape
    parts = [
        of_shape(
            part,
            shape,
            f"numpy.lexsort: all keys must have the same shape, not {shape} and {part.shape}",
        )
        for part in parts
    ]
    axis = as_count(axis, "lexsort", "axis")
    if parts[0].ndim == 0:
        axes_of(axis, parts[0], "lexsort")
        return xp().zeros((), dtype=xp().int64)
    place = axis_of(axis, parts[0], "lexsort")
    order = None
    for part in parts:
        part = xp().astype(part, xp().int8) if is_bool(part) else part
        if order is None:
            order = xp().argsort(part, axis=place)
        else:
            again = xp().argsort(xp().take_along_axis(part, order, axis=place), axis=place)
            order = xp().take_along_axis(order, again, axis=place)
    return order
