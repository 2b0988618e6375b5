"""Promotion: the dtype of two arrays together, and of an array beside a Python scalar.

Within the kinds that the standard combines, its tables hold; elsewhere numpy's rules do (NEP 50).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial, reduce

import numpy as np

from onnxp._src.dtypes.dtype import (
    DTYPES,
    DType,
    bool_,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    int64,
    string,
)
from onnxp._src.dtypes.names import BY_NAME, as_dtype, from_numpy, nullable
from onnxp._src.dtypes.parametrized import allowing_missing
from onnxp.errors import PromotionError, ScalarError

COMPLEX_OF = {float16: complex64, float32: complex64, float64: complex128}

_FLOAT_HOLDING = {8: float16, 16: float32, 32: float64, 64: float64}
"""The floating-point dtype that numpy takes for integers of a width."""

_KIND_ORDER = ("bool", "uint", "int", "float", "complex")


def _wider(a: DType, b: DType) -> DType:
    return a if a.bits >= b.bits else b


def _pair(a: DType, b: DType) -> DType:
    """Return the dtype of a pair whose first is of the same kind as the second, or of a lower one."""
    if a.family == b.family:
        return _wider(a, b)
    if a is bool_:
        return b
    if a.family == "uint" and b.family == "int":
        bits = b.bits if b.bits > a.bits else 2 * a.bits
        return BY_NAME[f"int{bits}"] if bits <= 64 else float64
    if b.family == "float":
        return _wider(_FLOAT_HOLDING[a.bits], b)
    real = a if a.family == "float" else _FLOAT_HOLDING[a.bits]
    return _wider(COMPLEX_OF[real], b)


def _promotion() -> dict[tuple[DType, DType], DType]:
    table = {(string, string): string}
    for a in DTYPES:
        for b in DTYPES:
            low, high = sorted((a, b), key=lambda dtype: _KIND_ORDER.index(dtype.family))
            table[a, b] = _pair(low, high)
    return table


PROMOTION = _promotion()


def promote(a: DType, b: DType, function: str = "promotion") -> DType:
    """Return the dtype that `a` and `b` promote to.

    Raises
    ------
    PromotionError
        If one is text or a point in time and the other is not, or both are times without a common unit.
    """
    if a is b:
        return a
    if a.is_nullable or b.is_nullable:
        plain = promote(a.plain, b.plain, function)
        return allowing_missing(plain)
    if a.computed is not a or b.computed is not b:
        return promote(a.computed, b.computed, function)
    result = PROMOTION.get((a, b)) or _of_times(a, b)
    if result is None:
        for one, other in ((a, b), (b, a)):
            if one.extension is not None:
                named = one.extension.promote(other)
                if named is not None:
                    return as_dtype(named)
        if {a.family, b.family} == {"category"}:
            raise PromotionError(
                f"{function}: {a} and {b} have different labels; write xp.recode(x, dtype) on one of them"
            )
        raise PromotionError(
            f"{function}: {a} and {b} have no common dtype; write xp.astype(x, dtype) on one of them"
        )
    return result


def _of_times(a: DType, b: DType) -> DType | None:
    """Return the dtype of the finer unit of two times, or of a span of time beside integers."""
    families = {a.family, b.family}
    if not (a.unit or b.unit) or "string" in families or families == {"datetime", "timedelta"}:
        return None
    try:
        return from_numpy(np.promote_types(a.numpy, b.numpy))
    except TypeError:
        return None


def promote_all(several: Iterable[DType], function: str = "promotion") -> DType:
    """Return the dtype that one or more dtypes promote to.

    Raises
    ------
    PromotionError
        If some are text or points in time and others are not.
    """
    distinct = list(dict.fromkeys(several))
    if any(dtype.is_nullable for dtype in distinct):
        plain = promote_all((dtype.plain for dtype in distinct), function)
        return allowing_missing(plain)
    if len(distinct) > 2 and all((dtype, bool_) in PROMOTION for dtype in distinct):
        # promotion is not associative
        return from_numpy(np.result_type(*(dtype.numpy for dtype in distinct)))
    return reduce(partial(promote, function=function), distinct)


def beside(
    dtype: DType, scalar: bool | int | float | complex | str | bytes, function: str
) -> DType:
    """Return the dtype that an array of `dtype` and a Python scalar promote to.

    A scalar keeps the dtype of an array of its own kind or a higher one; a higher kind takes its default
    dtype, and a complex number the width of real floating-point numbers (NEP 50).

    Raises
    ------
    ScalarError
        If one is text and the other is not.
    """
    if dtype.is_nullable:
        return nullable(beside(dtype.plain, scalar, function))
    dtype = dtype.computed
    kind = dtype.family
    if dtype.extension is not None:
        raise ScalarError(
            f"{function}: the Python scalar {scalar!r} cannot be combined with {dtype}; write {dtype}.of(...)"
        )
    if kind == "category":
        if isinstance(scalar, str):
            return dtype
        raise ScalarError(
            f"{function}: the Python scalar {scalar!r} cannot be combined with {dtype}; write a label, such as "
            f"{dtype.categories[0]!r}"
        )
    if dtype.unit and not isinstance(scalar, str | bytes):  # numbers count units, or multiply spans
        return next(as_dtype(t) for t in (bool, int, float, complex) if isinstance(scalar, t))
    if isinstance(scalar, str | bytes) or kind == "string":
        if kind == "string" and isinstance(scalar, str):
            return dtype
        raise ScalarError(
            f"{function}: the Python scalar {scalar!r} cannot be combined with {dtype}; "
            "text is combined with text, and numbers with numbers"
        )
    if isinstance(scalar, bool) or kind == "complex":
        return dtype
    if isinstance(scalar, int):
        return int64 if kind == "bool" else dtype
    if isinstance(scalar, complex):
        return COMPLEX_OF.get(dtype, complex128)
    return dtype if kind == "float" else float64
