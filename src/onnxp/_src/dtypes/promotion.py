"""Promotion: the dtype of two arrays together, and of an array beside a Python scalar."""

from __future__ import annotations

from onnxp._src.dtypes.dtype import (
    BY_NAME,
    DTYPES,
    DType,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    string,
)
from onnxp.errors import PromotionError, ScalarError

COMPLEX_OF = {float16: complex64, float32: complex64, float64: complex128}


def _promotion() -> dict[tuple[DType, DType], DType]:
    """Promotion inside a kind, of int with uint, and of float with complex (the standard's tables)."""
    table: dict[tuple[DType, DType], DType] = {(string, string): string}
    for a in DTYPES:
        for b in DTYPES:
            if a.family == b.family:
                table[a, b] = a if a.bits >= b.bits else b
            elif a.family == "int" and b.family == "uint":
                bits = a.bits if a.bits > b.bits else 2 * b.bits
                if bits <= 64:
                    table[a, b] = table[b, a] = BY_NAME[f"int{bits}"]
            elif a.family == "float" and b.family == "complex":
                wide = COMPLEX_OF[a]
                table[a, b] = table[b, a] = wide if wide.bits > b.bits else b
    return table


PROMOTION = _promotion()


def promote(a: DType, b: DType, function: str = "promotion") -> DType:
    """Return the dtype that `a` and `b` promote to.

    Raises
    ------
    PromotionError
        If the standard leaves the pair undefined.
    """
    if a is b:
        return a
    try:
        return PROMOTION[a, b]
    except KeyError:
        raise PromotionError(
            f"{function}: {a} and {b} do not promote to a common dtype. The standard promotes within a kind, "
            "integers of either sign except with uint64, and float with complex; "
            "write xp.astype(x, dtype) on one of them"
        ) from None


def beside(
    dtype: DType, scalar: bool | int | float | complex | str | bytes, function: str
) -> DType:
    """Return the dtype that a Python scalar takes beside an array of `dtype`.

    That is `dtype`, except for a complex number beside real floating-point ones.

    Raises
    ------
    ScalarError
        If its kind does not go with the dtype.
    """
    kind = dtype.family
    if isinstance(scalar, bool):
        fits = kind == "bool"
    elif isinstance(scalar, int):
        fits = kind != "bool" and kind != "string"
    elif isinstance(scalar, str):
        fits = kind == "string"
    elif isinstance(scalar, bytes):
        fits = False
    else:
        fits = kind in ("float", "complex")
    if not fits:
        raise ScalarError(
            f"{function}: the Python scalar {scalar!r} does not go with {dtype}; a bool goes with bool, an int "
            "with numeric dtypes, a float or a complex with floating-point ones, a str with string"
        )
    return COMPLEX_OF[dtype] if kind == "float" and isinstance(scalar, complex) else dtype
