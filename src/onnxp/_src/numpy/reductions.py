"""numpy functions for sums, means, extremes and other reductions, and for cumulative sums and products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import Axes, as_array, as_float, implements, in_common, no_out
from onnxp.errors import ShapeError


@implements(np.all)
def all(a: Any, axis: Axes = None, out: object = None, keepdims: bool = False) -> Any:
    """Translate `numpy.all`."""
    no_out(out, "all")
    return xp().all(as_array(a), axis=axis, keepdims=keepdims)


@implements(np.any)
def any(a: Any, axis: Axes = None, out: object = None, keepdims: bool = False) -> Any:
    """Translate `numpy.any`."""
    no_out(out, "any")
    return xp().any(as_array(a), axis=axis, keepdims=keepdims)


@implements(np.sum)
def sum(
    a: Any,
    axis: Axes = None,
    dtype: object = None,
    out: object = None,
    keepdims: bool = False,
    initial: Any = 0,
    where: Any = True,
) -> Any:
    """Translate `numpy.sum`."""
    no_out(out, "sum")
    array = _only(as_array(a), where, 0)
    if array.dtype == xp().bool:
        array = xp().astype(array, xp().int64)
    result = xp().sum(array, axis=axis, dtype=dtype, keepdims=keepdims)
    return result if type(initial) is int and initial == 0 else result + initial


@implements(np.prod)
def prod(
    a: Any,
    axis: Axes = None,
    dtype: object = None,
    out: object = None,
    keepdims: bool = False,
    initial: Any = 1,
    where: Any = True,
) -> Any:
    """Translate `numpy.prod`."""
    no_out(out, "prod")
    array = _only(as_array(a), where, 1)
    if array.dtype == xp().bool:
        array = xp().astype(array, xp().int64)
    result = xp().prod(array, axis=axis, dtype=dtype, keepdims=keepdims)
    return result if type(initial) is int and initial == 1 else result * initial


def _only(array: Any, where: Any, neutral: Any) -> Any:
    """Replace elements by a neutral element where a condition is false."""
    if where is True:
        return array
    if array.dtype == xp().bool:
        array = xp().astype(array, xp().int64)
    return xp().where(as_array(where), array, neutral)


@implements(np.mean)
def mean(
    a: Any, axis: Axes = None, dtype: object = None, out: object = None, keepdims: bool = False
) -> Any:
    """Translate `numpy.mean`."""
    no_out(out, "mean")
    array = as_float(a, dtype)
    return xp().mean(array, axis=axis, keepdims=keepdims)


@implements(np.std)
def std(
    a: Any,
    axis: Axes = None,
    dtype: object = None,
    out: object = None,
    ddof: float = 0,
    keepdims: bool = False,
) -> Any:
    """Translate `numpy.std`."""
    no_out(out, "std")
    array = as_float(a, dtype)
    return xp().std(array, axis=axis, correction=ddof, keepdims=keepdims)


@implements(np.var)
def var(
    a: Any,
    axis: Axes = None,
    dtype: object = None,
    out: object = None,
    ddof: float = 0,
    keepdims: bool = False,
) -> Any:
    """Translate `numpy.var`."""
    no_out(out, "var")
    array = as_float(a, dtype)
    return xp().var(array, axis=axis, correction=ddof, keepdims=keepdims)


def _extreme(name: str) -> Callable[..., Any]:
    def function(
        a: Any, axis: Axes = None, out: object = None, keepdims: bool = False, initial: Any = None
    ) -> Any:
        no_out(out, name)
        array = as_array(a)
        if array.dtype == xp().bool:  # the standard has no order of bools
            return getattr(xp(), "any" if name == "max" else "all")(
                array, axis=axis, keepdims=keepdims
            )
        result = getattr(xp(), name)(array, axis=axis, keepdims=keepdims)
        return result if initial is None else getattr(np, f"{name}imum")(result, initial)

    return function


max = implements(np.max, np.amax)(_extreme("max"))
min = implements(np.min, np.amin)(_extreme("min"))


def _ordered(a: Any) -> Any:
    """Convert an object to an array; bools become integers, for which the standard has an order."""
    array = as_array(a)
    return xp().astype(array, xp().int8) if array.dtype == xp().bool else array


@implements(np.argmax)
def argmax(a: Any, axis: Axes = None, out: object = None, *, keepdims: bool = False) -> Any:
    """Translate `numpy.argmax`."""
    no_out(out, "argmax")
    return xp().argmax(_ordered(a), axis=axis, keepdims=keepdims)


@implements(np.argmin)
def argmin(a: Any, axis: Axes = None, out: object = None, *, keepdims: bool = False) -> Any:
    """Translate `numpy.argmin`."""
    no_out(out, "argmin")
    return xp().argmin(_ordered(a), axis=axis, keepdims=keepdims)


def _accumulated(name: str) -> Callable[..., Any]:
    def function(a: Any, axis: Axes = None, dtype: object = None, out: object = None) -> Any:
        no_out(out, name)
        array = as_array(a)
        if array.dtype == xp().bool:
            array = xp().astype(array, xp().int64)
        if axis is None:
            array, axis = xp().reshape(array, (-1,)), 0
        return getattr(xp(), name)(array, axis=axis, dtype=dtype)

    return function


cumsum = implements(np.cumsum)(_accumulated("cumulative_sum"))
cumprod = implements(np.cumprod)(_accumulated("cumulative_prod"))


@implements(np.average)
def average(
    a: Any,
    axis: Axes = None,
    weights: Any = None,
    returned: bool = False,
    *,
    keepdims: bool = False,
) -> Any:
    """Translate `numpy.average`."""
    array = as_array(a)
    if weights is None:
        total = xp().ones_like(as_float(array))
        result = mean(array, axis, keepdims=keepdims)
    else:
        total = _weights(as_float(weights), array.shape, axis)
        array, total = in_common(as_float(array), total)
        weighted = xp().sum(array * total, axis=axis, keepdims=keepdims)
        result = weighted / xp().sum(total, axis=axis, keepdims=keepdims)
    if not returned:
        return result
    return result, xp().sum(total, axis=axis, keepdims=keepdims)


def _weights(weights: Any, shape: Any, axis: Any) -> Any:
    """Reshape weights to the rank of the array; weights of lower rank belong to `axis`."""
    rank = len(shape)
    if weights.ndim != rank:
        axes = axis if isinstance(axis, tuple) else () if axis is None else (axis,)
        if len(axes) != weights.ndim:
            raise ShapeError(
                f"numpy.average: weights of shape {weights.shape} do not fit axis={axis!r} of an array of "
                f"shape {shape}"
            )
        axes = tuple(i % rank for i in axes)
        weights = xp().permute_dims(weights, tuple(sorted(range(len(axes)), key=axes.__getitem__)))
        weights = xp().expand_dims(weights, axis=tuple(i for i in range(rank) if i not in axes))
    return xp().broadcast_to(weights, shape)


@implements(np.count_nonzero)
def count_nonzero(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Any:
    """Translate `numpy.count_nonzero`."""
    return xp().count_nonzero(as_array(a), axis=axis, keepdims=keepdims)
