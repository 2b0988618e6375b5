"""Statistics of `scipy.stats` which look at elements, or leave their axis to a decorator."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.manipulation import ravel
from onnxp._src.numpy.operands import as_array, as_float, axis_of, required
from onnxp.errors import ArgumentError, NumpyFunctionError


def propagates(name: str, nan_policy: str) -> None:
    if nan_policy != "propagate":
        raise NumpyFunctionError(
            f"scipy.stats.{name} of traced arrays is supported with nan_policy='propagate' only, not "
            f"{nan_policy!r}"
        )


def _rankdata(
    a: Any, method: str = "average", *, axis: Any = None, nan_policy: str = "propagate"
) -> Any:
    propagates("rankdata", nan_policy)
    if method not in ("average", "min", "max", "dense", "ordinal"):
        raise ArgumentError(
            f"scipy.stats.rankdata: method is {method!r}; it may be 'average', 'min', 'max', 'dense' or "
            "'ordinal'"
        )
    array = ravel(a) if axis is None else as_array(a)
    place = 0 if axis is None else axis_of(axis, array, "rankdata")
    rows = xp().moveaxis(array, place, -1)
    one, others = rows[..., :, None], rows[..., None, :]
    less, same = others < one, others == one
    number = xp().arange(rows.shape[-1])
    earlier = same & (number[None, :] < number[:, None])
    if method == "dense":
        less = less & ~xp().any(earlier, axis=-1)[..., None, :]  # one of equal elements
    below = xp().sum(xp().astype(less, xp().float64), axis=-1)
    equal = xp().sum(xp().astype(same, xp().float64), axis=-1)
    if method == "average":
        ranks = below + (equal + 1) / 2
    elif method == "max":
        ranks = below + equal
    elif method == "ordinal":
        ranks = below + xp().sum(xp().astype(earlier, xp().float64), axis=-1) + 1
    else:
        ranks = below + 1
    missing = xp().any(_is_nan(rows), axis=-1, keepdims=True)
    if method == "average":
        ranks = xp().where(missing, xp().nan, ranks)
    else:  # integers, unless there is a NaN, which a model must know before
        ranks = required(xp().astype(ranks, xp().int64), ~missing)
    return xp().moveaxis(ranks, -1, place)


def _moments(
    name: str, a: Any, axis: Any, nan_policy: str, keepdims: bool, orders: tuple[int, ...]
) -> tuple[Any, ...]:
    """Return the size along an axis, whether the elements are all but equal, and central moments."""
    propagates(name, nan_policy)
    array = as_float(a)
    shape = tuple(1 for _ in array.shape) if axis is None and keepdims else None
    array, axis = (ravel(array), 0) if axis is None else (array, axis_of(axis, array, name))
    mean = xp().mean(array, axis=axis, keepdims=True)
    rest = array - mean
    parts = [mean, *(xp().mean(rest**n, axis=axis, keepdims=True) for n in orders)]
    if shape is not None:
        parts = [xp().reshape(part, shape) for part in parts]
    elif not keepdims:
        parts = [xp().squeeze(part, axis=axis) for part in parts]
    center, second, *others = parts
    equal = second <= (xp().finfo(second.dtype).eps * center) ** 2
    return xp().asarray(array.shape[axis], dtype=array.dtype), equal, second, *others


def _skew(
    a: Any,
    axis: Any = 0,
    bias: bool = True,
    nan_policy: str = "propagate",
    *,
    keepdims: bool = False,
) -> Any:
    n, equal, m2, m3 = _moments("skew", a, axis, nan_policy, keepdims, (2, 3))
    result = xp().where(equal, xp().nan, m3 / m2**1.5)
    if bias:
        return result
    factor = xp().sqrt((n - 1.0) * n) / (n - 2.0)
    return xp().where(n > 2, factor * result, result)


def _kurtosis(
    a: Any,
    axis: Any = 0,
    fisher: bool = True,
    bias: bool = True,
    nan_policy: str = "propagate",
    *,
    keepdims: bool = False,
) -> Any:
    n, equal, m2, m4 = _moments("kurtosis", a, axis, nan_policy, keepdims, (2, 4))
    result = xp().where(equal, xp().nan, m4 / m2**2)
    if not bias:
        corrected = ((n**2 - 1.0) * result - 3.0 * (n - 1.0) ** 2) / (n - 2.0) / (n - 3.0) + 3.0
        result = xp().where(n > 3, corrected, result)
    return result - 3.0 if fisher else result


def _quantile(
    x: Any,
    p: Any,
    *,
    method: str = "linear",
    axis: int | None = 0,
    nan_policy: str = "propagate",
    keepdims: bool | None = None,
    weights: Any = None,
) -> Any:
    array = as_array(x)
    place = 0 if axis is None else axis_of(axis, array, "quantile")
    several = np.ndim(p) == 1 and len(p) != 1
    usual = method == "linear" and nan_policy == "propagate" and weights is None
    if (
        not usual
        or np.ndim(p) > 1
        or axis is None
        or (np.ndim(p) == 1 and place != array.ndim - 1)
        or (several and keepdims is False)
    ):
        raise NumpyFunctionError(
            "scipy.stats.quantile of traced arrays is supported for a number p, or numbers along the last "
            "axis, with method='linear', nan_policy='propagate' and without weights; write "
            "np.quantile(x, p, axis=axis)"
        )
    result = np.quantile(array, p, axis=place, keepdims=np.ndim(p) == 0)
    if np.ndim(p) == 1:
        result = xp().moveaxis(result, 0, -1)
    if keepdims if keepdims is not None else several:
        return result
    return xp().squeeze(result, axis=place)


class ModeResult(NamedTuple):
    """What `scipy.stats.mode` returns."""

    mode: Any
    count: Any


def _mode(
    a: Any, axis: Any = 0, nan_policy: str = "propagate", keepdims: bool = False
) -> ModeResult:
    propagates("mode", nan_policy)
    array = as_array(a)
    array = array if array.ndim else ravel(array)
    place = None if axis is None else axis_of(axis, array, "mode")
    rows = xp().sort(ravel(array) if place is None else xp().moveaxis(array, place, -1))
    if type(rows.shape[-1]) is int and rows.shape[-1] == 0:
        nothing = xp().zeros(rows.shape[:-1], dtype=xp().float64)
        modes, counts = nothing + xp().nan, nothing
    else:
        first = (rows[..., 1:] != rows[..., :-1]) & ~_is_nan(rows[..., :-1])
        first = xp().concat([xp().ones((*rows.shape[:-1], 1), dtype=xp().bool), first], axis=-1)
        (starts,) = xp().nonzero(ravel(first))
        lengths = np.diff(starts, append=xp().asarray(rows.size))
        lengths = xp().reshape(xp().repeat(lengths, lengths), rows.shape)
        longest = xp().argmax(lengths, axis=-1, keepdims=True)
        modes, counts = (xp().take_along_axis(x, longest)[..., 0] for x in (rows, lengths))
    if keepdims and place is None:
        modes, counts = (xp().reshape(x, (1,) * array.ndim) for x in (modes, counts))
    elif keepdims:
        modes, counts = (xp().expand_dims(x, axis=place) for x in (modes, counts))
    return ModeResult(modes, counts)


def _is_nan(array: Any) -> Any:
    return array != array


# Means


def _mean_of(
    compute: Callable[[Any, Callable[[Any], Any]], Any],
    a: Any,
    axis: Any,
    dtype: Any,
    weights: Any,
    keepdims: bool,
) -> Any:
    """Compute from positive numbers and a function for weighted means; of negative ones, NaN."""
    array = as_float(a, dtype)
    array = xp().where(array < 0, xp().nan, array)
    if axis is None:
        array, axis = ravel(array), 0
        weights = None if weights is None else ravel(weights)
        kept: tuple[int, ...] = (1,) * as_array(a).ndim
    else:
        kept = ()

    def mean(x: Any) -> Any:
        if weights is None:
            return xp().mean(x, axis=axis, keepdims=keepdims and not kept)
        factors = as_float(weights)
        total = xp().sum(x * factors, axis=axis, keepdims=keepdims and not kept)
        parts = xp().broadcast_to(factors, x.shape)
        return total / xp().sum(parts, axis=axis, keepdims=keepdims and not kept)

    result = compute(array, mean)
    return xp().reshape(result, kept) if kept and keepdims else result


def _hmean(
    a: Any,
    axis: Any = 0,
    dtype: Any = None,
    *,
    weights: Any = None,
    nan_policy: str = "propagate",
    keepdims: bool = False,
) -> Any:
    propagates("hmean", nan_policy)
    return _mean_of(lambda x, mean: 1.0 / mean(1.0 / x), a, axis, dtype, weights, keepdims)


def _pmean(
    a: Any,
    p: float,
    *,
    axis: Any = 0,
    dtype: Any = None,
    weights: Any = None,
    nan_policy: str = "propagate",
    keepdims: bool = False,
) -> Any:
    propagates("pmean", nan_policy)
    if not isinstance(p, int | float | np.number):
        raise NumpyFunctionError("scipy.stats.pmean of traced arrays needs a number p")

    def compute(x: Any, mean: Callable[[Any], Any]) -> Any:
        return xp().exp(mean(xp().log(x))) if p == 0 else mean(x ** float(p)) ** (1 / float(p))

    return _mean_of(compute, a, axis, dtype, weights, keepdims)


def count_of(array: Any) -> Any:
    """Return the size of the last axis as a number of the dtype of an array."""
    return xp().asarray(array.shape[-1], dtype=array.dtype)


def _false_discovery_control(ps: Any, *, axis: Any = 0, method: str = "bh") -> Any:
    if method not in ("bh", "by"):
        raise ArgumentError(
            f"scipy.stats.false_discovery_control: method is {method!r}; it may be 'bh' or 'by'"
        )
    values = as_float(ps)
    values = required(values, (values >= 0) & (values <= 1))
    values, axis = (ravel(values), 0) if axis is None else (values, axis)
    place = axis_of(axis, values, "false_discovery_control")
    rows = xp().moveaxis(values, place, -1)
    order = xp().argsort(rows, axis=-1)
    ranks = xp().arange(1, rows.shape[-1] + 1, dtype=rows.dtype)
    factors = count_of(rows) / ranks
    if method == "by":
        factors = factors * xp().sum(1.0 / ranks)
    adjusted = xp().take_along_axis(rows, order, axis=-1) * factors
    adjusted = xp().flip(np.minimum.accumulate(xp().flip(adjusted, axis=-1), axis=-1), axis=-1)
    adjusted = xp().take_along_axis(adjusted, xp().argsort(order, axis=-1), axis=-1)
    return xp().moveaxis(xp().clip(adjusted, 0.0, 1.0), -1, place)


# Transformations of one parameter


def _needs_lambda(name: str, lmbda: Any) -> None:
    if lmbda is None:
        raise NumpyFunctionError(
            f"scipy.stats.{name} of traced arrays needs lmbda: which one fits best is found by searching"
        )


def _boxcox(x: Any, lmbda: Any = None, alpha: Any = None, optimizer: Any = None) -> Any:
    _needs_lambda("boxcox", lmbda)
    return xp().special.boxcox(as_float(x), lmbda)


def _yeojohnson(x: Any, lmbda: Any = None) -> Any:
    _needs_lambda("yeojohnson", lmbda)
    array, power = as_float(x), float(lmbda)

    def half(logs: Any, power: float) -> Any:
        return logs if power == 0 else xp().expm1(power * logs) / power

    logs = xp().log1p(xp().abs(array))
    return xp().where(array >= 0, half(logs, power), -half(logs, 2.0 - power))


def with_last_axis(function: Callable[..., Any], args: Any, kwargs: Any) -> tuple[Any, Any]:
    """Return the arguments of a statistic with its axis as the last one of the samples."""
    signature = inspect.signature(function)
    bound = signature.bind(*args, **kwargs)
    axis = bound.arguments.get("axis", signature.parameters["axis"].default)
    first = next(iter(bound.arguments))
    several = signature.parameters[first].kind is inspect.Parameter.VAR_POSITIONAL
    samples = bound.arguments[first] if several else (bound.arguments[first],)
    samples = tuple(map(as_array, samples))
    if axis is None:
        samples = tuple(map(ravel, samples))
    else:
        name = function.__name__
        samples = tuple(xp().moveaxis(x, axis_of(axis, x, name), -1) for x in samples)
    bound.arguments |= {first: samples if several else samples[0], "axis": -1}
    return bound.args, bound.kwargs


FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ("scipy.stats", function.__name__[1:]): function
    for function in (
        _boxcox,
        _false_discovery_control,
        _hmean,
        _kurtosis,
        _mode,
        _pmean,
        _quantile,
        _rankdata,
        _skew,
        _yeojohnson,
    )
}
