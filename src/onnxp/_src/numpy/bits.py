"""numpy functions for the bits of integers, the parts of floating-point numbers, and common divisors."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.dispatch import implements
from onnxp._src.numpy.manipulation import ravel
from onnxp._src.numpy.operands import as_array, as_count, axis_of, choice_of, is_bool
from onnxp.errors import DTypeError, ShapeError

# Integers


def gcd(x: Any, y: Any) -> Any:
    """Return the greatest common divisors, by Euclid's algorithm."""
    x, y = xp().broadcast_arrays(xp().abs(x), xp().abs(y))
    zero, one = (xp().full((), number, dtype=x.dtype) for number in (0, 1))

    def rest(pair: tuple[Any, Any]) -> tuple[Any, Any]:
        a, b = pair
        divides = b != zero
        return xp().where(divides, b, a), xp().where(divides, a % xp().where(divides, b, one), zero)

    # the least integer has no magnitude of its dtype, and may leave a sign
    return xp().abs(xp().while_loop(lambda pair: xp().any(pair[1] != zero), rest, (x, y))[0])


def lcm(x: Any, y: Any) -> Any:
    """Return the least common multiples."""
    divisor = gcd(x, y)
    one = xp().full((), 1, dtype=divisor.dtype)
    return xp().abs(x // xp().maximum(divisor, one) * y)


def bitwise_count(x: Any) -> Any:
    """Return how many bits of the magnitudes are 1."""
    size = xp().abs(x)
    places = xp().arange(8 * x.dtype.numpy.itemsize, dtype=x.dtype)
    one = xp().full((), 1, dtype=x.dtype)
    bits = xp().astype((size[..., None] >> places) & one, xp().int64)
    return xp().astype(xp().sum(bits, axis=-1), xp().uint8)


def _weights(bitorder: Any, name: str) -> Any:
    """Return how far the bits of a byte are shifted, in their order."""
    choice_of(bitorder, ("big", "little"), name, "bitorder")
    return xp().arange(7, -1, -1) if bitorder == "big" else xp().arange(8)


@implements(np.packbits)
def packbits(a: Any, /, axis: Any = None, bitorder: Any = "big") -> Any:
    """Translate `numpy.packbits`."""
    array, places = as_array(a), _weights(bitorder, "packbits")
    if not xp().isdtype(array.dtype, ("bool", "integral")):
        raise DTypeError(f"numpy.packbits: the elements must be integers, not {array.dtype}")
    array = ravel(array) if axis is None or array.ndim == 0 else array
    along = axis_of(0 if axis is None else axis, array, "packbits")
    bits = xp().moveaxis(array if is_bool(array) else array != 0, along, -1)
    count, others = bits.shape[-1], bits.shape[:-1]
    bytes_ = (count + 7) // 8
    missing = xp().zeros((*others, 8 * bytes_ - count), dtype=xp().bool)
    bits = xp().reshape(xp().concat([bits, missing], axis=-1), (*others, bytes_, 8))
    packed = xp().sum(xp().astype(bits, xp().int64) << places, axis=-1)
    return xp().moveaxis(xp().astype(packed, xp().uint8), -1, along)


@implements(np.unpackbits)
def unpackbits(a: Any, /, axis: Any = None, count: Any = None, bitorder: Any = "big") -> Any:
    """Translate `numpy.unpackbits`."""
    array, places = as_array(a), _weights(bitorder, "unpackbits")
    if array.dtype != xp().uint8:
        raise DTypeError(f"numpy.unpackbits: the elements must be uint8, not {array.dtype}")
    array = ravel(array) if axis is None or array.ndim == 0 else array
    along = axis_of(0 if axis is None else axis, array, "unpackbits")
    wide = xp().astype(xp().moveaxis(array, along, -1), xp().int64)
    bits = xp().astype((wide[..., None] >> places) & 1, xp().uint8)
    bits = xp().reshape(bits, (*wide.shape[:-1], 8 * wide.shape[-1]))
    if count is not None:
        bits = _cut(bits, as_count(count, "unpackbits", "count"))
    return xp().moveaxis(bits, -1, along)


def _cut(bits: Any, count: int) -> Any:
    """Return the first bits, with zeros if there are less, or all but the last ones if `count` is negative."""
    size = bits.shape[-1]
    if count < 0:
        if type(size) is int and -count > size:
            raise ShapeError(f"numpy.unpackbits: there are {size} bits, but count is {count}")
        return bits[..., :count]
    missing = xp().zeros((*bits.shape[:-1], count), dtype=bits.dtype)
    return xp().concat([bits, missing], axis=-1)[..., :count]


# Floating-point numbers


@cache
def _powers(kind: np.dtype) -> tuple[np.ndarray, int, int]:
    """Return the powers of two that are normal numbers of a dtype, with the first and the last exponent."""
    info = np.finfo(kind)
    first, last = int(info.minexp), int(info.maxexp) - 1
    return np.ldexp(np.ones((), kind), np.arange(first, last + 1)), first, last


def _times_power(x: Any, exponents: Any) -> Any:
    """Return numbers multiplied by powers of two whose exponents are those of normal numbers."""
    powers, first, _ = _powers(x.dtype.numpy)
    return x * xp().take(xp().asarray(powers), exponents - first)


def ldexp(x: Any, exponents: Any) -> Any:
    """Return numbers times powers of two, rounded once."""
    kind = x.dtype.numpy
    if kind == np.float16:  # float32 holds all products of float16 exactly
        wide = ldexp(xp().astype(x, xp().float32), xp().clip(exponents, -99, 99))
        return xp().astype(wide, x.dtype)
    _, first, last = _powers(kind)
    digits = np.finfo(kind).nmant + 1
    x, left = xp().broadcast_arrays(x, xp().astype(exponents, xp().int64))
    # two steps of normal numbers go from one end of the range to the other; a step down keeps all digits
    for _ in range(2):
        step = xp().clip(left, first + digits, last)
        x, left = _times_power(x, step), left - step
    return _times_power(x, xp().clip(left, first, last))


def frexp(x: Any) -> tuple[Any, Any]:
    """Return fractions from 0.5 to 1, and exponents as int32."""
    kind = x.dtype.numpy
    info = np.finfo(kind)
    usual = xp().isfinite(x) & (x != 0)
    safe = xp().where(usual, x, xp().ones((), dtype=x.dtype))
    up = info.nmant + 1
    small = xp().abs(safe) < xp().asarray(info.smallest_normal)
    safe = xp().where(small, safe * xp().asarray(np.ldexp(np.ones((), kind), up)), safe)
    exponent = xp().astype(xp().floor(xp().log2(xp().abs(safe))), xp().int64)
    # the logarithm may be off by one; half a power is a normal number
    fraction = _times_power(_times_power(safe, -exponent // 2), -exponent - -exponent // 2)
    for _ in range(2):
        large, little = xp().abs(fraction) >= 1, xp().abs(fraction) < 0.5
        fraction = xp().where(large, fraction * 0.5, xp().where(little, fraction * 2.0, fraction))
        exponent = xp().where(large, exponent + 1, xp().where(little, exponent - 1, exponent))
    exponent = xp().where(small, exponent - up, exponent)
    exponent = xp().where(usual, exponent, xp().zeros((), dtype=xp().int64))
    return xp().where(usual, fraction, x), xp().astype(exponent, xp().int32)


def spacing(x: Any) -> Any:
    """Return the distances to the next numbers away from zero; of float16 to those above, as numpy does."""
    infinity = xp().full((), np.inf, dtype=x.dtype)
    if x.dtype == xp().float16:
        return xp().nextafter(x, infinity) - xp().where(xp().isinf(x), np.nan, x)
    size = xp().abs(x)
    distance = xp().nextafter(size, infinity) - size
    return xp().where(x < 0, -distance, distance)
