"""What stands for numpy's ufuncs: functions of the namespace, by its name or another, and formulas of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

from onnxp._src.numpy import bits, products
from onnxp.errors import ShapeError

# numpy's names that differ from those of the namespace
RENAMED = {
    "absolute": "abs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "conjugate": "conj",
    "fabs": "abs",
    "float_power": "pow",
    "invert": "bitwise_invert",
    "isnat": "isnan",
    "left_shift": "bitwise_left_shift",
    "power": "pow",
    "right_shift": "bitwise_right_shift",
    "rint": "round",
    "true_divide": "divide",
}
SAME = frozenset(
    "add subtract multiply divide remainder negative positive sign exp expm1 log log1p "
    "log2 log10 sqrt square sin cos tan sinh cosh tanh hypot bitwise_and bitwise_or "
    "bitwise_xor greater greater_equal less less_equal equal not_equal logical_and logical_or "
    "logical_xor logical_not maximum minimum isfinite isinf isnan signbit copysign nextafter floor "
    "ceil trunc matmul logaddexp".split()
)


def _fmod(xp: ModuleType, x: Any, y: Any) -> Any:
    rest = xp.remainder(x, y)  # has the sign of y
    if xp.isdtype(rest.dtype, "real floating"):
        return xp.copysign(xp.remainder(abs(x), abs(y)), x)
    return xp.where((rest != 0) & ((x < 0) != (y < 0)), rest - y, rest)


def _ignoring_nan(name: str) -> Callable[[ModuleType, Any, Any], Any]:
    def function(xp: ModuleType, x: Any, y: Any) -> Any:
        picked = getattr(xp, name)(x, y)
        is_floating = xp.isdtype(picked.dtype, ("real floating", "complex floating"))
        if not (is_floating or picked.dtype.unit):
            return picked
        return xp.where(xp.isnan(y), x, xp.where(xp.isnan(x), y, picked))

    return function


def _floor_divide(xp: ModuleType, x: Any, y: Any) -> Any:
    result = xp.floor_divide(x, y)
    if not xp.isdtype(result.dtype, "real floating"):
        return result
    # the standard keeps infinities, and rounds the quotient of infinity to zero
    below = xp.isinf(y) & (x != 0) & ((x < 0) != (y < 0))
    result = xp.where(below, xp.full((), -1.0, dtype=result.dtype), result)
    return xp.where((xp.isinf(x) & (y != 0)) | xp.isnan(x), xp.nan, result)


def _reciprocal(xp: ModuleType, x: Any) -> Any:
    if not xp.isdtype(x.dtype, "integral"):
        return xp.reciprocal(x)
    whole = x == 1 if xp.isdtype(x.dtype, "unsigned integer") else (x == 1) | (x == -1)
    return xp.where(whole, x, xp.zeros((), dtype=x.dtype))


def _logaddexp2(xp: ModuleType, x: Any, y: Any) -> Any:
    """Compute as numpy does: float16 in float32, and powers of 2 exactly where both are equal."""
    dtype = xp.result_type(x, y)
    if dtype is xp.float16:
        x, y = (xp.astype(xp.asarray(z), xp.float32) for z in (x, y))
    smaller = xp.exp(-xp.abs(x - y) * math.log(2))
    result = xp.maximum(x, y) + xp.log1p(smaller) * (1 / math.log(2))
    return xp.astype(xp.where(x == y, x + 1, result), dtype, copy=False)


def _product_with_vector(xp: ModuleType, x: Any, y: Any, *ranks: int) -> Any:
    for operand, rank in zip((x, y), ranks, strict=True):
        if operand.ndim < rank:
            raise ShapeError(
                f"numpy.{'matvec' if ranks[1] == 1 else 'vecmat'} needs a vector and a matrix, but an operand "
                f"has rank {operand.ndim}"
            )
    if ranks[1] == 1:
        return xp.squeeze(products.matmul(x, xp.expand_dims(y, axis=-1)), axis=-1)
    x = xp.conj(x) if xp.isdtype(x.dtype, "complex floating") else x
    return xp.squeeze(products.matmul(xp.expand_dims(x, axis=-2), y), axis=-2)


COMPOSED: dict[str, Callable[..., Any]] = {
    "exp2": lambda xp, x: xp.pow(2.0, x),
    "deg2rad": lambda xp, x: x * (math.pi / 180),
    "radians": lambda xp, x: x * (math.pi / 180),
    "rad2deg": lambda xp, x: x * (180 / math.pi),
    "degrees": lambda xp, x: x * (180 / math.pi),
    "divmod": lambda xp, x, y: (_floor_divide(xp, x, y), xp.remainder(x, y)),
    "floor_divide": lambda xp, x, y: _floor_divide(xp, x, y),
    "reciprocal": lambda xp, x: _reciprocal(xp, x),
    "fmod": _fmod,
    "cbrt": lambda xp, x: xp.astype(xp.special.cbrt(x), x.dtype),
    "heaviside": lambda xp, x, h: xp.where(
        x == 0, h, xp.where(xp.isnan(x), x, xp.astype(x > 0, x.dtype))
    ),
    "modf": lambda xp, x: (
        xp.copysign(xp.where(xp.isinf(x), 0.0, x - xp.trunc(x)), x),
        xp.trunc(x),
    ),
    "bitwise_count": lambda xp, x: bits.bitwise_count(x),
    "frexp": lambda xp, x: bits.frexp(x),
    "gcd": lambda xp, x, y: bits.gcd(x, y),
    "lcm": lambda xp, x, y: bits.lcm(x, y),
    "ldexp": lambda xp, x, y: bits.ldexp(x, y),
    "spacing": lambda xp, x: bits.spacing(x),
    "vecdot": lambda xp, x, y: products.vecdot(x, y),
    "matvec": lambda xp, x, y: _product_with_vector(xp, x, y, 2, 1),
    "vecmat": lambda xp, x, y: _product_with_vector(xp, x, y, 1, 2),
    "fmax": _ignoring_nan("maximum"),
    "fmin": _ignoring_nan("minimum"),
    "logaddexp2": lambda xp, x, y: _logaddexp2(xp, x, y),
}
