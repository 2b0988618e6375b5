"""numpy's sums, means, extremes and what else makes fewer elements, and their running kin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp.numpy_registry import as_array, as_float, implements, no_out, xp


@implements(np.all)
def all(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Translate `numpy.all`."""
    no_out(out, "all")
    return xp().all(as_array(a), axis=axis, keepdims=keepdims)


@implements(np.any)
def any(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Translate `numpy.any`."""
    no_out(out, "any")
    return xp().any(as_array(a), axis=axis, keepdims=keepdims)


@implements(np.sum)
def sum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = 0,
    where: Any = True,
) -> Any:
    """Translate `numpy.sum`."""
    no_out(out, "sum")
    array = _only(as_array(a), where, 0)
    if array.dtype == xp().bool:
        array = xp().astype(array, xp().int64)
    found = xp().sum(array, axis=axis, dtype=dtype, keepdims=keepdims)
    return found if type(initial) is int and initial == 0 else found + initial


@implements(np.prod)
def prod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = 1,
    where: Any = True,
) -> Any:
    """Translate `numpy.prod`."""
    no_out(out, "prod")
    array = _only(as_array(a), where, 1)
    if array.dtype == xp().bool:
        array = xp().astype(array, xp().int64)
    found = xp().prod(array, axis=axis, dtype=dtype, keepdims=keepdims)
    return found if type(initial) is int and initial == 1 else found * initial


def _only(array: Any, where: Any, neutral: Any) -> Any:
    """Return an array with a neutral element where a condition does not hold."""
    if where is True:
        return array
    if array.dtype == xp().bool:
        array = xp().astype(array, xp().int64)
    return xp().where(as_array(where), array, neutral)


@implements(np.mean)
def mean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Any:
    """Translate `numpy.mean`."""
    no_out(out, "mean")
    array = as_float(a, dtype)
    return xp().mean(array, axis=axis, keepdims=keepdims)


@implements(np.std)
def std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
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
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
) -> Any:
    """Translate `numpy.var`."""
    no_out(out, "var")
    array = as_float(a, dtype)
    return xp().var(array, axis=axis, correction=ddof, keepdims=keepdims)


def _extreme(name: str) -> Callable[..., Any]:
    def function(
        a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None
    ) -> Any:
        no_out(out, name)
        array = as_array(a)
        if array.dtype == xp().bool:  # numpy orders them, the standard does not
            return getattr(xp(), "any" if name == "max" else "all")(
                array, axis=axis, keepdims=keepdims
            )
        found = getattr(xp(), name)(array, axis=axis, keepdims=keepdims)
        return found if initial is None else getattr(np, f"{name}imum")(found, initial)

    return function


max = implements(np.max, np.amax)(_extreme("max"))
min = implements(np.min, np.amin)(_extreme("min"))


def _ordered(a: Any) -> Any:
    """Return an array; bools as integers, which have an order in the standard too."""
    array = as_array(a)
    return xp().astype(array, xp().int8) if array.dtype == xp().bool else array


@implements(np.argmax)
def argmax(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
    """Translate `numpy.argmax`."""
    no_out(out, "argmax")
    return xp().argmax(_ordered(a), axis=axis, keepdims=keepdims)


@implements(np.argmin)
def argmin(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
    """Translate `numpy.argmin`."""
    no_out(out, "argmin")
    return xp().argmin(_ordered(a), axis=axis, keepdims=keepdims)


def _accumulated(name: str) -> Callable[..., Any]:
    def function(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
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
def average(a: Any, axis: Any = None, weights: Any = None) -> Any:
    """Translate `numpy.average`."""
    if weights is None:
        return mean(a, axis)
    w = as_float(weights)
    return xp().sum(as_float(a) * w, axis=axis) / xp().sum(
        xp().broadcast_to(w, as_array(a).shape), axis=axis
    )


@implements(np.count_nonzero)
def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Translate `numpy.count_nonzero`."""
    return xp().count_nonzero(as_array(a), axis=axis, keepdims=keepdims)
