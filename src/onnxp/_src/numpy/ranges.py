"""numpy functions for evenly spaced numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.operands import (
    as_array,
    as_count,
    as_size,
    axis_of,
    in_dtype,
    is_complex,
    kind_of,
    required,
)
from onnxp._src.shapes.dims import Dim
from onnxp.errors import ArgumentError, NumpyFunctionError


@implements(np.arange)
def arange(
    *args: Any, dtype: Any = None, device: Any = None, like: Any = None, **named: Any
) -> Any:
    """Translate `numpy.arange`."""
    return xp().arange(*args, dtype=dtype, **named)


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
    num = as_size(num, "linspace")
    dtype_of_step = np.result_type(kind_of(start), kind_of(stop), 1.0)
    first, last = (in_dtype(x, dtype_of_step) for x in (start, stop))
    target = xp().zeros((), dtype=first.dtype if dtype is None else dtype).dtype
    if first.ndim == last.ndim == 0 and not is_complex(first) and not retstep:
        axis_of(axis, xp().zeros(1), "linspace")
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
    along = axis_of(axis, result, "linspace")
    result = xp().moveaxis(xp().astype(result, target, copy=False), 0, along)
    if not retstep:
        return result
    return result, step if parts > 0 else float("nan")


@implements(np.logspace)
def logspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Translate `numpy.logspace`."""
    if np.ndim(base):
        start, stop, base = xp().broadcast_arrays(as_array(start), as_array(stop), as_array(base))
        base = xp().expand_dims(base, axis=axis)
    exponents = linspace(start, stop, num, endpoint=endpoint, axis=axis)
    result = np.power(base, exponents)
    return result if dtype is None else xp().astype(result, dtype, copy=False)


@implements(np.geomspace)
def geomspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    """Translate `numpy.geomspace`, of real numbers."""
    # Python's numbers do not adapt here (numpy 2.4.6)
    kind = np.result_type(*(as_array(x).dtype.numpy for x in (start, stop)), 1.0)
    if kind.kind == "c":
        raise NumpyFunctionError("numpy.geomspace is not supported for complex numbers")
    ends = [in_dtype(x, kind) for x in (start, stop)]
    if any(not end.is_traced and bool(xp().any(end == 0)) for end in ends):
        raise ArgumentError("numpy.geomspace: start and stop must not be 0")
    first, last = xp().broadcast_arrays(*ends)
    usual = (first != 0) & (last != 0)
    if usual.is_traced:
        first = required(first, usual)
    sign = xp().sign(first)  # numbers of two signs have a quotient without a logarithm
    low, high = xp().log10(first * sign), xp().log10(last * sign)
    result = logspace(low, high, num, endpoint=endpoint)
    count = result.shape[0]
    if type(count) is int and count > 0:
        parts = [(first * sign)[None, ...], result[1:, ...]]
        if endpoint and count > 1:
            parts = [parts[0], result[1:-1, ...], (last * sign)[None, ...]]
        result = xp().concat(parts)
    result = xp().moveaxis(result * sign, 0, axis)
    return xp().astype(result, kind if dtype is None else dtype, copy=False)
