"""numpy functions for sums, means, extremes and other reductions, and for cumulative sums and products."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import FUNCTIONS, implements
from onnxp._src.numpy.operands import (
    WHOLE,
    Axes,
    as_array,
    as_count,
    as_float,
    axes_of,
    axis_of,
    has_nulls,
    in_dtype,
    is_bool,
    is_complex,
    required,
)
from onnxp._src.numpy.results import BACKWARDS, of_shape, promoted_with, stored
from onnxp._src.shapes import dims
from onnxp._src.shapes.shape import product
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    DTypeError,
    NumpyFunctionError,
    ShapeError,
)

UNSET = np._NoValue
"""numpy's default of what need not be given."""


@implements(np.all)
def all(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True
) -> Any:
    """Translate `numpy.all`."""
    array = where_chosen(_truth(as_array(a)), where, True, "all")
    result = xp().all(array, axis=axes_of(axis, array, "all"), keepdims=kept(keepdims))
    return stored(result, out, "all", "unsafe")


@implements(np.any)
def any(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True
) -> Any:
    """Translate `numpy.any`."""
    array = where_chosen(_truth(as_array(a)), where, False, "any")
    result = xp().any(array, axis=axes_of(axis, array, "any"), keepdims=kept(keepdims))
    return stored(result, out, "any", "unsafe")


def _truth(array: Any) -> Any:
    if is_bool(array) or array.dtype.kind in "OV":  # which the function refuses
        return array
    return array != xp().zeros((), dtype=array.dtype)


def kept(keepdims: Any) -> bool:
    """Return whether to keep axes, where numpy's default stands for False."""
    return keepdims is not UNSET and bool(keepdims)


def where_chosen(array: Any, where: Any, neutral: Any, name: str) -> Any:
    """Return an array with a neutral element where a condition does not hold.

    Raises
    ------
    ShapeError
        If the condition has more axes than the array, or does not broadcast to it.
    """
    if where is True or where is UNSET:
        return array
    condition = xp().astype(as_array(where), xp().bool, copy=False)
    if condition.ndim > array.ndim:
        raise ShapeError(
            f"numpy.{name}: where has rank {condition.ndim}, but the array has rank {array.ndim}"
        )
    condition = xp().broadcast_to(condition, array.shape)  # which must not make the array larger
    return xp().where(condition, array, in_dtype(neutral, array.dtype))


def _with_dtype(a: Any, dtype: Any, out: Any) -> tuple[Any, Any]:
    """Return an array to add or multiply, and the dtype to do it in: that of `out`, and integers for bools."""
    array = as_array(a)
    if dtype is None and hasattr(out, "dtype"):
        array = promoted_with(array, out)
        dtype = array.dtype
    if dtype is None and is_bool(array):
        dtype = xp().int64
    return array, dtype


def _total(name: str, neutral: int) -> Callable[..., Any]:
    def function(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = UNSET,
        where: Any = True,
    ) -> Any:
        array, dtype = _with_dtype(a, dtype, out)
        of_truth = dtype is not None and xp().zeros((), dtype=dtype).dtype == xp().bool
        if of_truth:  # a sum is whether any element is true, a product whether all are
            result = (any if name == "sum" else all)(array, axis, None, keepdims, where=where)
        else:
            if dtype is not None:
                array = in_dtype(array, dtype)
            array = where_chosen(array, where, neutral, name)
            axes = None if axis is None else axes_of(axis, array, name)
            result = getattr(xp(), name)(array, axis=axes, dtype=dtype, keepdims=kept(keepdims))
        if initial is not UNSET and initial is not None:
            start = in_dtype(initial, result.dtype)
            if out is not None:  # where numpy begins
                start = in_dtype(in_dtype(start, out.dtype), result.dtype)
            if of_truth:
                result = result | start if name == "sum" else result & start
            else:
                result = result + start if name == "sum" else result * start
        return stored(result, out, name, "unsafe")

    return function


sum = implements(np.sum)(_total("sum", 0))
prod = implements(np.prod)(_total("prod", 1))


@implements(np.mean)
def mean(
    a: Any,
    axis: Axes = None,
    dtype: object = None,
    out: object = None,
    keepdims: Any = False,
    *,
    where: Any = True,
) -> Any:
    """Translate `numpy.mean`."""
    array = for_mean(a, dtype, "mean")
    array = promoted_with(array, out) if dtype is None else array
    if where is True or where is UNSET:
        axes = normal_axes(axis, array, "mean")
        result = xp().mean(array, axis=axes, keepdims=kept(keepdims))
    else:
        total = sum(array, axis, keepdims=keepdims, where=where)
        result = total / count_where(array, axis, keepdims, where, "mean")
    return stored(result, out, "mean", "unsafe")


def for_mean(a: Any, dtype: Any, name: str) -> Any:
    """Return an array of floating-point numbers to take the mean of.

    Raises
    ------
    NumpyFunctionError
        If the mean is wanted in integers.
    """
    array = as_float(a, dtype)
    real = dtype is not None and not is_complex(as_array(a)) and is_complex(array)
    if array.dtype.plain.family in WHOLE or (real and name.endswith(("std", "var"))):
        raise NumpyFunctionError(
            f"numpy.{name} in {array.dtype} is not supported; write xp.astype(numpy.{name}(x), dtype)"
        )
    return array


def normal_axes(axis: Any, array: Any, name: str) -> tuple[int, ...]:
    """Return axes counted from the front, of which an array of rank 0 has none.

    Raises
    ------
    AxisError
        If there is no such axis, or one is given twice.
    """
    if array.ndim == 0 and axis not in (None, ()):
        axis_of(axis[0] if isinstance(axis, tuple) else axis, array, name)
    return axes_of(axis, array, name)


def count_where(array: Any, axis: Any, keepdims: Any, where: Any, name: str) -> Any:
    """Return how many elements a condition holds for, in the dtype of an array, or of its parts."""
    dtype = xp().real(array).dtype if is_complex(array) else array.dtype
    ones = xp().ones(array.shape, dtype=xp().float64)
    counts = sum(ones, axis, keepdims=keepdims, where=where)
    return xp().astype(counts, dtype, copy=False)


def _spread(name: str) -> Callable[..., Any]:
    def function(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: Any = 0,
        keepdims: Any = False,
        *,
        where: Any = True,
        mean: Any = UNSET,
        correction: Any = UNSET,
    ) -> Any:
        freedom = correction_of(ddof, correction, name)
        array = for_mean(a, dtype, name)
        array = promoted_with(array, out) if dtype is None else array
        axes = normal_axes(axis, array, name)
        count = product(array.shape[i] for i in axes)
        plain = (where is True or where is UNSET) and mean is UNSET and not is_complex(array)
        # one kernel, which gives NaN where nothing is left to divide by, and so does numpy
        if plain and (freedom <= 1 or (type(count) is int and count > freedom)):
            result = getattr(xp(), name)(
                array, axis=axes, correction=freedom, keepdims=kept(keepdims)
            )
        else:
            result = variance(array, axes, freedom, kept(keepdims), where, mean)
            result = xp().sqrt(result) if name == "std" else result
        if dtype is not None and is_complex(array):  # in which numpy adds the squares
            result = xp().astype(result, array.dtype)
        return stored(result, out, name, "same_kind" if name == "std" else "unsafe")

    return function


def correction_of(ddof: Any, correction: Any, name: str) -> Any:
    """Return what is subtracted from the number of elements.

    Raises
    ------
    ArgumentError
        If it is given under both of its names.
    ArgumentTypeError
        If it is not a number.
    """
    if correction is not UNSET:
        if ddof != 0:
            raise ArgumentError(f"numpy.{name}: give ddof or correction, not both")
        ddof = correction
    if not isinstance(ddof, numbers.Real):
        raise ArgumentTypeError(f"numpy.{name}: ddof must be a number, not {ddof!r}")
    return float(ddof)


def variance(
    array: Any, axes: Any, freedom: Any, keepdims: bool, where: Any = True, mean_: Any = UNSET
) -> Any:
    """Return the mean squared distance from the mean, dividing by what is left of the count."""
    center = mean(array, axes, keepdims=True, where=where) if mean_ is UNSET else as_array(mean_)
    off = array - center
    if is_complex(off):
        squares = xp().real(off) * xp().real(off) + xp().imag(off) * xp().imag(off)
    else:
        squares = off * off
    total = sum(squares, axes, keepdims=keepdims, where=where)
    count = count_where(squares, axes, keepdims, where, "var")
    return total / xp().maximum(count - freedom, xp().zeros((), dtype=count.dtype))


std = implements(np.std)(_spread("std"))
var = implements(np.var)(_spread("var"))


def _extreme(name: str) -> Callable[..., Any]:
    def function(
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = UNSET,
        where: Any = True,
    ) -> Any:
        array = promoted_with(as_array(a), out)
        axes = axes_of(axis, array, name)
        if initial is not UNSET and initial is not None:
            start = in_dtype(initial, array.dtype)
            array = where_chosen(array, where, start, name)
            shape = array.shape
            array, axes = _with_one_more(array, axes, start), (len(shape) - len(axes),)
            result = _extreme_of(name, array, axes, False)
            if kept(keepdims):
                reduced = axes_of(axis, as_array(a), name)
                result = xp().expand_dims(result, axis=reduced) if reduced else result
        elif where is not True and where is not UNSET:
            raise ArgumentError(
                f"numpy.{name}: where= needs initial=, the result where no element is chosen"
            )
        else:
            result = _extreme_of(name, array, axes, kept(keepdims))
        return stored(result, out, name, "unsafe")

    return function


def _extreme_of(name: str, array: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    if is_bool(array) and array.dtype.is_nullable:
        ordered = in_dtype(array, xp().uint8)
        return in_dtype(getattr(xp(), name)(ordered, axis=axes, keepdims=keepdims), xp().bool)
    if is_bool(array):  # numpy orders them, the standard does not
        _refuse_nothing(name, array, axes)
        if not [axis for axis in axes if not dims.bounds(array.shape[axis])[0]]:
            return (any if name == "max" else all)(array, axes, keepdims=keepdims)
        ordered = xp().astype(
            array, xp().uint8
        )  # a run fails for none, of which there is no extreme
        result = getattr(xp(), name)(ordered, axis=axes, keepdims=keepdims)
        return xp().astype(result, xp().bool)
    return getattr(xp(), name)(array, axis=axes, keepdims=keepdims)


def _refuse_nothing(name: str, array: Any, axes: tuple[int, ...]) -> None:
    for axis in axes:
        if type(array.shape[axis]) is int and array.shape[axis] == 0:
            raise ArgumentError(f"numpy.{name}: axis {axis} has size 0, so there is no {name}imum")


def _with_one_more(array: Any, axes: tuple[int, ...], element: Any) -> Any:
    """Return an array whose `axes` are one axis, the last, with another element at its end."""
    others = tuple(i for i in range(array.ndim) if i not in axes)
    sizes = tuple(array.shape[i] for i in others)
    count = product(array.shape[i] for i in axes)
    array = xp().reshape(xp().permute_dims(array, (*others, *axes)), (*sizes, count))
    more = xp().broadcast_to(xp().reshape(element, (1,) * (len(sizes) + 1)), (*sizes, 1))
    return xp().concat([array, more], axis=len(sizes))


max = implements(np.max, np.amax)(_extreme("max"))
min = implements(np.min, np.amin)(_extreme("min"))


def _place(name: str) -> Callable[..., Any]:
    def function(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = False) -> Any:
        array = as_array(a)
        if array.ndim == 0 and axis is not None:
            (axis,) = axes_of(as_count(axis, name, "axis"), array, name) or (None,)
        array = in_dtype(array, xp().int8) if is_bool(array) else array
        result = getattr(xp(), name)(array, axis=axis, keepdims=kept(keepdims))
        return stored(result, out, name, BACKWARDS)

    return function


argmax = implements(np.argmax)(_place("argmax"))
argmin = implements(np.argmin)(_place("argmin"))


def _accumulated(name: str) -> Callable[..., Any]:
    def function(a: Any, axis: Axes = None, dtype: object = None, out: object = None) -> Any:
        array, dtype = _with_dtype(a, dtype, out)
        if dtype is not None:
            array = xp().astype(array, dtype, copy=False)
            dtype = array.dtype
        if axis is None or array.ndim == 0:
            if axis is not None:
                axes_of(as_count(axis, name, "axis"), array, name)
            array, axis = xp().reshape(array, (-1,)), 0
        if is_bool(array):
            counts = in_dtype(array, xp().int64)
            return stored(getattr(xp(), name)(counts, axis=axis) != 0, out, name, "unsafe")
        return stored(getattr(xp(), name)(array, axis=axis, dtype=dtype), out, name, "unsafe")

    return function


cumsum = implements(np.cumsum)(_accumulated("cumulative_sum"))
cumprod = implements(np.cumprod)(_accumulated("cumulative_prod"))


def _cumulative(name: str) -> Callable[..., Any]:
    def function(
        x: Any,
        /,
        *,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        include_initial: bool = False,
    ) -> Any:
        array = as_array(x)
        array = array if array.ndim else xp().reshape(array, (1,))
        if dtype is None and is_bool(array):
            dtype = xp().int64
        if dtype is not None:
            array = in_dtype(array, dtype)
            dtype = array.dtype
        if of_truth := is_bool(array):
            array, dtype = in_dtype(array, xp().int64), None
        result = getattr(xp(), name)(
            array, axis=axis, dtype=dtype, include_initial=bool(include_initial)
        )
        result = result != 0 if of_truth else result
        return stored(result, out, name)

    return function


if hasattr(np, "cumulative_sum"):  # since numpy 2.1
    FUNCTIONS[np.cumulative_sum] = _cumulative("cumulative_sum")
    FUNCTIONS[np.cumulative_prod] = _cumulative("cumulative_prod")


@implements(np.average)
def average(
    a: Any,
    axis: Any = None,
    weights: Any = None,
    returned: bool = False,
    *,
    keepdims: Any = False,
) -> Any:
    """Translate `numpy.average`."""
    array = as_array(a)
    axes = normal_axes(axis, array, "average")
    if weights is None:
        result = mean(array, axes, keepdims=keepdims)
        if not returned:
            return result
        count = product(array.shape[i] for i in axes)
        return result, xp().full(result.shape, count, dtype=result.dtype)
    if array.dtype.is_nullable or has_nulls(weights):
        raise DTypeError(
            "numpy.average with weights is not defined for nullable arrays; write the sum of products over the "
            "sum of weights, of what is not null"
        )
    given = as_array(weights)
    kinds = [x.dtype.numpy for x in (array, given)]
    if array.dtype.kind in "biu":  # numpy widens for integers beside float32 as well
        kinds.append(np.dtype(np.float64))
    array, given = (xp().astype(x, np.result_type(*kinds), copy=False) for x in (array, given))
    given = _weights(as_float(given), array.shape, axis)
    array = as_float(array)
    scale = sum(given, axes, keepdims=keepdims)
    why = "numpy.average: the weights sum to zero, so nothing can be divided by it"
    scale = required(scale, scale != 0, why)
    result = sum(array * given, axes, keepdims=keepdims) / scale
    return (result, xp().broadcast_to(scale, result.shape)) if returned else result


def _weights(weights: Any, shape: Any, axis: Any) -> Any:
    """Reshape weights to the rank of the array; weights of lower rank belong to `axis`."""
    rank = len(shape)
    if weights.ndim != rank:
        axes = axis if isinstance(axis, tuple) else () if axis is None else (axis,)
        if axis is None or len(axes) != weights.ndim:
            raise ShapeError(
                f"numpy.average: weights of shape {weights.shape} do not fit axis={axis!r} of an array of "
                f"shape {shape}"
            )
        axes = tuple(i % rank for i in axes)
        weights = xp().permute_dims(weights, tuple(sorted(range(len(axes)), key=axes.__getitem__)))
        weights = xp().expand_dims(weights, axis=tuple(i for i in range(rank) if i not in axes))
        expected = tuple(n if i in axes else 1 for i, n in enumerate(shape))
    else:
        expected = tuple(shape)
    problem = (
        f"numpy.average: weights of shape {weights.shape} do not match an array of shape {shape}"
    )
    return of_shape(weights, expected, problem)


@implements(np.count_nonzero)
def count_nonzero(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Any:
    """Translate `numpy.count_nonzero`."""
    array = as_array(a)
    axes = None if axis is None else axes_of(axis, array, "count_nonzero")
    return xp().count_nonzero(array, axis=axes, keepdims=keepdims)
