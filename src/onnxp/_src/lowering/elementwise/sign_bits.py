"""Signs and neighbors of floating-point numbers.

They are computed from the bits, with an operator of opset 26. In older opsets, arithmetic gives the same
results, except for the sign of NaN, which counts as positive because no operator returns it.
"""

from __future__ import annotations

from math import inf

from onnxp._src import dtypes, ops
from onnxp._src.dtypes import DType, float16, float32, float64, int16, int32, int64
from onnxp._src.graph.values import Value
from onnxp._src.lowering.expr import Expr, clip, where
from onnxp._src.lowering.functions import elementwise
from onnxp._src.ops.versions import OPSETS, opset_limit

_BITS: dict[DType, DType] = {float16: int16, float32: int32, float64: int64}


def signbit(x: Value) -> Value:
    """Return whether the sign bit is set."""
    return (_signbit_of_bits if _has_bits(x) else _signbit)(x)


def copysign(x: Value, y: Value) -> Value:
    """Combine the magnitude of `x` with the sign of `y`."""
    return (_copysign_of_bits if _has_bits(x, y) else _copysign)(x, y)


def nextafter(x: Value, y: Value) -> Value:
    """Compute the neighbor of `x` towards `y`; `y` where they are equal."""
    return (_nextafter_of_bits if _has_bits(x, y) else _nextafter)(x, y)


def _has_bits(*values: Value) -> bool:
    return opset_limit(*values) >= OPSETS["BitCast"]


def sign_of(x: Expr) -> Expr:
    """Return 1 or -1, for zeros too; any number for NaN."""
    if x.dtype is float16:
        return 1.0 - is_negative(x).cast(x.dtype) * 2.0
    # the sum is 2 or more, and Clip takes as long as a sum, Sign up to ten times as long
    return clip(x + 1.0 / x, -1.0, 1.0)


def is_negative(x: Expr) -> Expr:
    """Return whether a number is below 0, or -0."""
    return x + 1.0 / x < 0.0


# By bits


def _bits(x: Expr) -> Expr:
    return Expr(ops.bit_cast(x.value, _BITS[x.dtype]))


def _of_bits(bits: Expr, dtype: DType) -> Expr:
    return Expr(ops.bit_cast(bits.value, dtype))


@elementwise("signbit")
def _signbit_of_bits(x: Expr) -> Expr:
    return _bits(x) < 0


@elementwise("copysign")
def _copysign_of_bits(x: Expr, y: Expr) -> Expr:
    limits = dtypes.iinfo(_BITS[x.dtype])
    return _of_bits(_bits(x) & limits.max | _bits(y) & limits.min, x.dtype)


@elementwise("nextafter")
def _nextafter_of_bits(x: Expr, y: Expr) -> Expr:
    integer = _BITS[x.dtype]
    work = int32 if integer is int16 else integer
    up, down = x < y, x > y
    # a zero takes the sign of the direction, so that its magnitude grows
    zero = down.cast(work) * dtypes.iinfo(integer).min
    bits = where(x == 0.0, zero, _bits(x).cast(work))
    grows = (up ^ (bits < 0)).cast(work)
    same = _bits(where(x.is_nan(), x, y)).cast(work)
    moved = where(up | down, bits + (grows + grows - 1), same)
    return _of_bits(moved.cast(integer), x.dtype)


# By arithmetic


@elementwise("signbit")
def _signbit(x: Expr) -> Expr:
    return is_negative(x)


@elementwise("copysign")
def _copysign(x: Expr, y: Expr) -> Expr:
    return abs(x) * (1.0 - 2.0 * is_negative(y).cast(x.dtype))


@elementwise("nextafter")
def _nextafter(x: Expr, y: Expr) -> Expr:
    """Add a number for which rounding gives the neighbor (Rump, Zimmermann, Boldo, Melquiond 2009)."""
    dtype = x.dtype
    info = dtypes.finfo(dtype)
    half = info.eps / 2
    spacing = info.smallest_normal * info.eps
    if dtype is float16:
        x, y = x.cast(float32), y.cast(float32)
    up, down = (side.cast(x.dtype) for side in (x < y, x > y))
    direction, apart = up - down, up + down
    size = abs(x)
    # numbers that small are moved where half of their spacing is a number; float16 is in float32
    low = 0.0 if dtype is float16 else spacing * (0.5 / half**2)
    scale = 1.0 + (size < low).cast(x.dtype) * (1.0 / half - 1.0)
    moved = (x * scale + direction * (size * scale * (half * (1.0 + info.eps)))) / scale
    moved = where(size < spacing / half, x + direction * spacing, moved)
    moved = where(size == inf, x.sign() * info.max, moved)
    # a zero that is reached has the sign of x; one that is equal is y
    kept = where((apart > 0.0) | x.is_nan(), x, y) * (1.0 - apart)
    return where(abs(moved) * apart > 0.0, moved, kept).cast(dtype)
