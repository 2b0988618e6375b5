"""Conversion of times between units. NaT is the smallest int64, as numpy stores it.

A time that the new unit cannot express becomes NaT. A coarser unit rounds down. Years and months are
converted to days, and back, by the calendar.
"""

from __future__ import annotations

import math

from onnxp._src import ops
from onnxp._src.dtypes import DType, float64, int64, moments, uint64
from onnxp._src.dtypes.moments import NAT
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering import casts
from onnxp._src.lowering.expr import Expr, where
from onnxp._src.lowering.functions import elementwise
from onnxp._src.lowering.time import arithmetic, calendar
from onnxp._src.ops.scalars import INT64_MAX
from onnxp.errors import DTypeError

_DAY = 24 * 60 * 60 * 10**9
SPANS = {
    "W": 7 * _DAY,
    "D": _DAY,
    "h": _DAY // 24,
    "m": _DAY // (24 * 60),
    "s": 10**9,
    "ms": 10**6,
    "us": 10**3,
    "ns": 1,
}
"""The units of the same length everywhere, in nanoseconds."""

_MONTHS = {"Y": 12, "M": 1}


def cast(x: Value, source: DType, target: DType) -> Value:
    """Cast the plane of a time to a dtype that it is promoted to, or that of integers to a span.

    Raises
    ------
    DTypeError
        If there is no such cast, or spans in months or years are to be converted to other units.
    ScalarRangeError
        If a constant is beyond the range of the target.
    """
    if source.family == target.family:
        if x.data is not None and x.trace is None and not x.shape:
            moment = moments.in_unit(source.join((x.data,)), target, "astype")
            return constant(target.split(moment)[0])
        return _convert(x, source, target)
    if source.unit or target.family != "timedelta" or source.family not in ("bool", "int", "uint"):
        raise _no_cast(source, target)
    return convert(x, source, target)


def convert(x: Value, source: DType, target: DType) -> Value:
    """Cast the plane of a time to another dtype, or that of numbers, which count units, to a time; NaN is NaT.

    Raises
    ------
    DTypeError, ScalarRangeError
        As by `cast`.
    """
    if source.unit and target.unit:
        return cast(x, source, target)
    if source.unit:
        if target.family == "float":
            nan = ops.scalar(math.nan, target)
            return ops.where(arithmetic.is_nat(x), nan, casts.cast(x, target))
        if target.family in ("bool", "int", "uint"):
            return casts.cast(x, target)
    elif source is uint64:
        count = ops.cast(x, int64)
        return ops.where(ops.less(count, ops.scalar(0, int64)), ops.scalar(NAT, int64), count)
    elif source.family in ("bool", "int", "uint"):
        return ops.cast(x, int64)
    elif source.family == "float":
        return arithmetic.of_float(ops.cast(x, float64))
    raise _no_cast(source, target)


def _no_cast(source: DType, target: DType) -> DTypeError:
    return DTypeError(
        f"astype: {source} cannot be cast to {target}; subtract a point in time for spans, add one to spans "
        "for points, and write xp.astype(x, dtype) for numbers, which count units"
    )


def _convert(x: Value, source: DType, target: DType) -> Value:
    old, new = source.unit, target.unit
    if old == new:
        return x
    for table in (SPANS, _MONTHS):
        if old in table and new in table:
            return _scaled(x, table[old], table[new])
    moments.check_units(source, target)
    if old in _MONTHS:
        days = calendar.month_to_days(_scaled(x, _MONTHS[old], 1))
        return _scaled(days, SPANS["D"], SPANS[new])
    months = calendar.days_to_month(_scaled(x, SPANS[old], SPANS["D"]))
    return _scaled(months, 1, _MONTHS[new])


def _scaled(x: Value, old: int, new: int) -> Value:
    if old == new:
        return x
    return multiple(x, old // new) if old > new else quotient(x, new // old)


ORDER = {"less": "ceil", "less_equal": "floor", "greater": "floor", "greater_equal": "ceil"}
"""How the second of two times is rounded to the unit of the first, if that is coarser; the order is kept."""
_OTHER_WAY = {"floor": "ceil", "ceil": "floor"}


def in_coarser_unit(
    order: str, x: Value, x_dtype: DType, y: Value, y_dtype: DType
) -> tuple[Value, Value] | None:
    """Return the planes of two times in the coarser one of their units, in which their order is the same.

    Times that the finer unit does not express are compared rightly, too. None if the units are the same, or
    are months or years.
    """
    if x_dtype.unit == y_dtype.unit or not {x_dtype.unit, y_dtype.unit} <= SPANS.keys():
        return None
    a, b = SPANS[x_dtype.unit], SPANS[y_dtype.unit]
    round_ = ORDER[order] if a > b else _OTHER_WAY[ORDER[order]]
    fine, factor = (y, a // b) if a > b else (x, b // a)
    rounded = (
        quotient(fine, factor) if round_ == "floor" else ops.neg(quotient(ops.neg(fine), factor))
    )
    return (x, rounded) if a > b else (rounded, y)


def multiple(x: Value, factor: int) -> Value:
    """Multiply a time by a positive number; NaT where that overflows."""
    return _finer(x, ops.scalar(factor, int64), ops.scalar(INT64_MAX // factor, int64))


def quotient(x: Value, divisor: int) -> Value:
    """Divide a time by a positive number, and round down."""
    return _coarser(x, ops.scalar(divisor, int64))


@elementwise("to_finer_unit")
def _finer(x: Expr, factor: Expr, limit: Expr) -> Expr:
    fits = (x <= limit) & (x >= -limit)  # not NaT
    return where(fits, x * factor, NAT)


@elementwise("to_coarser_unit")
def _coarser(x: Expr, factor: Expr) -> Expr:
    quotient = x / factor
    down = quotient - (quotient * factor > x).cast(int64)
    return where(x == NAT, NAT, down)
