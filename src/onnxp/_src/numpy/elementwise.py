"""numpy functions of each element: rounding, parts of complex numbers, replacement of NaN."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import FUNCTIONS, implements
from onnxp._src.numpy.operands import (
    as_array,
    as_count,
    as_float,
    in_common_with_numbers,
    in_dtype,
    is_bool,
    is_complex,
)
from onnxp._src.numpy.results import cast_result, promoted_with, stored
from onnxp.errors import ArgumentError, DTypeError, ScalarRangeError


@implements(np.clip)
def clip(
    a: Any,
    a_min: Any = np._NoValue,
    a_max: Any = np._NoValue,
    out: Any = None,
    *,
    min: Any = np._NoValue,
    max: Any = np._NoValue,
    dtype: Any = None,
    casting: Any = "same_kind",
) -> Any:
    """Translate `numpy.clip`."""
    unset = np._NoValue
    if (a_min is unset) != (a_max is unset) or (a_min is not unset and not (min is max is unset)):
        raise ArgumentError("numpy.clip: give a_min and a_max, or else min and max by name")
    low, high = (min, max) if a_min is unset else (a_min, a_max)
    low, high = (None if bound is unset else bound for bound in (low, high))
    array = cast_result(as_array(a), dtype, casting, "clip")
    if xp().isdtype(array.dtype, "integral"):  # a bound that no element passes
        limits = xp().iinfo(array.dtype)
        low = None if type(low) is int and low <= limits.min else low
        high = None if type(high) is int and high >= limits.max else high
    if low is None and high is None:
        return stored(xp().positive(array), out, "clip", casting)
    array, *bounds = in_common_with_numbers(array, *(b for b in (low, high) if b is not None))
    if dtype is not None:
        array, *bounds = (cast_result(x, dtype, casting, "clip") for x in (array, *bounds))
    if low is not None:
        array = np.maximum(array, bounds[0])
    if high is not None:
        array = np.minimum(array, bounds[-1])
    return stored(array, out, "clip", casting)


@implements(np.round, np.around)
def round(a: Any, decimals: int = 0, out: object = None) -> Any:
    """Translate `numpy.round`."""
    array, places = as_array(a), as_count(decimals, "round", "decimals")
    if is_bool(array) and places and out is not None:
        array = xp().astype(array, xp().float64)
    if is_bool(array):
        if places:
            raise DTypeError(f"numpy.round: truth values have no decimals to round to {places}")
        return stored(in_dtype(array, xp().float16), out, "round")
    if is_complex(array):
        return stored(_rounded_parts(array, places), out, "round")
    integral = xp().isdtype(array.dtype.plain, "integral")
    if places == 0 or (places > 0 and integral):
        return stored(xp().round(array), out, "round")
    if abs(places) >= 2**31:
        raise ScalarRangeError(f"numpy.round: decimals must fit int32, not be {places}")
    x, scale = as_float(array), 10.0 ** abs(places) if abs(places) < 309 else np.inf
    if places > 0:
        scaled = promoted_with(x * scale, out)
        return stored(xp().round(scaled) / scale, out, "round")
    result = xp().round(x / scale) * scale
    if integral and out is not None:  # which numpy divides in
        return stored(result, out, "round")
    return stored(xp().astype(result, array.dtype, copy=False), out, "round")


def _rounded_parts(array: Any, places: int) -> Any:
    """Round the real and the imaginary parts of complex numbers."""
    parts = (round(part, places) for part in (xp().real(array), xp().imag(array)))
    return xp().astype(next(parts), array.dtype) + xp().astype(next(parts), array.dtype) * 1j


def conj(a: Any) -> Any:
    """Return the complex conjugate of a numeric array."""
    array = as_array(a)
    return xp().conj(array) if xp().isdtype(array.dtype, "complex floating") else array


@implements(np.real)
def real(val: Any) -> Any:
    """Translate `numpy.real`."""
    array = as_array(val)
    return xp().real(array) if xp().isdtype(array.dtype, "complex floating") else array


@implements(np.imag)
def imag(val: Any) -> Any:
    """Translate `numpy.imag`."""
    array = as_array(val)
    if xp().isdtype(array.dtype, "complex floating"):
        return xp().imag(array)
    return xp().zeros_like(array)


@implements(np.nan_to_num)
def nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """Translate `numpy.nan_to_num`."""
    array = as_array(x)
    if is_complex(array):
        result = xp().asarray(array, copy=copy)
        for part in (result.real, result.imag):
            nan_to_num(part, False, nan, posinf, neginf)
        return result
    if not xp().isdtype(array.dtype, "real floating"):
        return xp().asarray(array, copy=copy)
    limits = xp().finfo(array.dtype)
    high = limits.max if posinf is None else posinf
    low = limits.min if neginf is None else neginf
    result = array
    for affected, value in (
        (xp().isnan(array), nan),
        (array == math.inf, high),
        (array == -math.inf, low),
    ):
        number = in_dtype(value, array.dtype)
        if number.ndim:
            number = xp().broadcast_to(number, array.shape)
        result = xp().where(affected, number, result)
    if not copy:
        array[...] = result
    return result if copy else array


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


@implements(np.fix)
def fix(x: Any, out: Any = None) -> Any:
    """Translate `numpy.fix`."""
    return np.trunc(as_array(x), out=out)
