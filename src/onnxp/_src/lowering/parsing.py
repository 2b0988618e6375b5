"""Numbers that are read from text, as Python reads them; for other text the run fails.

Cast reads the number that a text begins with, wraps integers to narrow dtypes, and fails for floats that are
too large, or too small for a normal number (onnxruntime 1.20.1 to 1.32.0).
"""

from __future__ import annotations

import math

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import DType, float64, int64, string, uint64
from onnxp._src.dtypes.limits import iinfo
from onnxp._src.graph.subgraphs import close
from onnxp._src.graph.values import Promise, Value, argument
from onnxp._src.lowering.casts import cast
from onnxp._src.lowering.expr import Expr, where
from onnxp._src.lowering.functions import recipe
from onnxp._src.shapes.shape import product

_MANTISSA = r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"
NUMBERS = {
    int64: r"\s*[+-]?[0-9]+\s*",
    uint64: r"\s*([+]?[0-9]+|-0+)\s*",
    float64: rf"(?i){_MANTISSA}(e[+-]?[0-9]+)?\s*|\s*[+-]?(nan|inf|infinity)\s*",
}
"""The numbers that Python parses, except for underscores and digits of other scripts."""

_FAR = r"(?i)\s*[+-]?([0-9]{1,100}(\.[0-9]{0,100})?|\.[0-9]{1,100})e[+-]?0*[1-9][0-9]{2,}\s*"
"""The numbers with exponents of three digits, which Cast may refuse, and mantissas that it reads."""

_SHIFT = 22  # the largest power of ten that float64 has exactly
_LIMITS = np.finfo(np.float64)


def parse(x: Value, dtype: DType) -> Value:
    """Parse numbers in decimal notation; the run fails for other text, and integers that do not fit."""
    if dtype.family == "float":
        return cast(
            recipe("parse", _parse_floats, (x,), ((float64, x.shape),), promise=Promise())[0], dtype
        )
    wide = uint64 if dtype is uint64 else int64
    return cast(recipe("parse", _parse_integers, (x,), ((wide, x.shape),), wide, dtype)[0], dtype)


def _parse_integers(x: Value, wide: DType, dtype: DType) -> tuple[Value]:
    text = _numbers(x, wide)
    parsed = Expr(ops.cast(text, wide))
    if dtype is not wide:
        limits = iinfo(dtype)
        fits = (parsed >= limits.min) & (parsed <= limits.max)
        parsed = Expr(ops.cast(_where(fits, text, ""), wide))
    return (parsed.value,)


def _parse_floats(x: Value) -> tuple[Value, ...]:
    text = _numbers(x, float64)
    far = ops.regex_full_match(text, _FAR)
    count = ops.reduce("ReduceSum", ops.cast(far, int64), tuple(range(len(x.shape))))
    formal = tuple(argument(v.name or "x", v.dtype, v.shape) for v in (text, far))
    return ops.if_(
        ops.greater(count, ops.scalar(0, int64)),
        (text, far),
        close(formal, (_parse_far(*formal),)),
        close(formal, (ops.cast(formal[0], float64),)),
        [x.shape],
    )


def _parse_far(text: Value, far: Value) -> Value:
    """Parse floats of any size: those that Cast refuses with another exponent, and scaled.

    Texts of subnormal numbers are rounded twice, so the last bit may differ.
    """
    is_far, size = Expr(far), (product(text.shape),)
    number = ops.reshape(_where(is_far, text, "1e100"), size)
    mantissa, tail = (ops.reshape(part, text.shape) for part in _split(number))
    digits = ops.regex_full_match(tail, r"[+-]?0*[0-9]{1,9}\s*")
    huge = _where(Expr(ops.regex_full_match(tail, r"-.*\s*")), "-999999", "999999")
    exponent = Expr(ops.cast(_where(Expr(digits), tail, huge), int64))
    magnitude = abs(Expr(ops.cast(mantissa, float64))).unary("Log") / math.log(10)
    magnitude += exponent.cast(float64)
    small, large = magnitude < -300.0, magnitude > 300.0
    zero, infinite = magnitude < -326.0, magnitude > 311.0
    shift = small.cast(int64) * _SHIFT - large.cast(int64) * _SHIFT
    shifted = where(zero | infinite, exponent.const(0), exponent + shift)
    scaled = ops.string_concat(mantissa, ops.scalar("e", string))
    scaled = ops.string_concat(scaled, ops.cast(shifted.value, string))
    size_of = abs(Expr(ops.cast(scaled, float64)))
    normal = ~small | (size_of >= float(_LIMITS.smallest_normal) * 10.0**_SHIFT)
    finite = ~large | (size_of <= float(_LIMITS.max) / 10.0**_SHIFT)
    direct = ~is_far | (normal & finite & ~zero & ~infinite)
    divisor = where(small, size_of.const(10.0**_SHIFT), size_of.const(10.0**-_SHIFT))
    divisor = where(zero, size_of.const(math.inf), where(infinite, size_of.const(0.0), divisor))
    parsed = Expr(ops.cast(_where(direct, text, scaled), float64))
    return (parsed / where(direct, size_of.const(1.0), divisor)).value


def _split(text: Value) -> tuple[Value, Value]:
    """Return what is before and behind the ``e`` or ``E`` of numbers, a vector."""
    upper = Expr(ops.regex_full_match(text, r".*E[^E]*"))
    lower_parts = ops.string_split(_where(upper, "0e0", text), "e", 2)
    upper_parts = ops.string_split(_where(upper, text, "0E0"), "E", 2)
    first, second = (
        _where(
            upper,
            *(
                ops.reshape(ops.slice_(parts, (i,), (i + 1,), (1,), (1,)), text.shape)
                for parts in (upper_parts, lower_parts)
            ),
        )
        for i in (0, 1)
    )
    return first, second


def _numbers(x: Value, dtype: DType) -> Value:
    """Return texts of numbers, and ``""``, which Cast refuses, in place of others."""
    return _where(Expr(ops.regex_full_match(x, NUMBERS[dtype])), x, "")


def _where(condition: Expr, a: Value | str, b: Value | str) -> Value:
    """Where of strings."""
    texts = (ops.scalar(x, string) if isinstance(x, str) else x for x in (a, b))
    return ops.where(condition.value, *texts)
