"""Points in time as text in ISO 8601, as numpy writes it, and back."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from onnxp._src import ops
from onnxp._src.dtypes import UNITS, DType, float64, int64, string
from onnxp._src.dtypes.moments import NAT
from onnxp._src.graph.values import Value, constant
from onnxp._src.lowering.expr import Expr
from onnxp._src.lowering.functions import recipe
from onnxp._src.lowering.time import fields, parts
from onnxp._src.lowering.time.calendar import LAST_DAY
from onnxp._src.shapes.shape import product

_CLOCK = (("h", "T", 24), ("m", ":", 60), ("s", ":", 60))
_FRACTION = (("ms", ".", 10**6), ("us", "", 10**3), ("ns", "", 1))
_HOUR = 60 * 60 * 10**9


def to_text(x: Value, dtype: DType) -> Value:
    """Write points in time; NaT is ``"NaT"``."""
    if dtype.unit == "W":
        x, dtype = fields.days(x, dtype), fields.DAY
    return recipe("time_to_text", _to_text, (x,), ((string, x.shape),), dtype)[0]


def _to_text(x: Value, dtype: DType) -> tuple[Value]:
    day = fields.days(x, dtype)
    missing = ops.or_(
        ops.equal(day, ops.scalar(NAT, int64)), ops.greater(day, ops.scalar(LAST_DAY, int64))
    )
    x, day = (ops.where(missing, ops.scalar(0, int64), value) for value in (x, day))
    text = _year(Expr(fields.year(day)))
    finest = UNITS.index(dtype.unit)
    if finest >= UNITS.index("M"):
        text = ops.string_concat(text, _numbered("-", 2, fields.month(day)))
    if finest >= UNITS.index("D"):
        text = ops.string_concat(text, _numbered("-", 2, fields.day_of_month(day)))
    span, cycle = _HOUR, 24 * _HOUR
    for unit, mark, _ in _CLOCK:
        if finest >= UNITS.index(unit):
            field = fields.time_field(x, dtype, span, cycle)
            text = ops.string_concat(text, _numbered(mark, 2, field))
        span, cycle = span // 60, span
    for unit, mark, span in _FRACTION:
        if finest >= UNITS.index(unit):
            field = fields.time_field(x, dtype, span, span * 1000)
            text = ops.string_concat(text, _numbered(mark, 3, field))
    return (ops.where(missing, ops.scalar("NaT", string), text),)


def _year(year: Expr) -> Value:
    """Write years, with a sign and four digits or more."""
    size = abs(year)
    high = size / 10000
    low = size - high * 10000
    century = low / 100
    more = _where(high > 0, ops.cast(high.value, string), "")
    text = ops.string_concat(_where(year < 0, "-", ""), more)
    text = ops.string_concat(text, _numbered("", 2, century.value))
    return ops.string_concat(text, _numbered("", 2, (low - century * 100).value))


@lru_cache(maxsize=16)
def _table(mark: str, digits: int) -> Value:
    numbers = range(10**digits)
    return constant(np.array([f"{mark}{number:0{digits}d}" for number in numbers], object))


def _numbered(mark: str, digits: int, number: Value) -> Value:
    """Write numbers from 0 on with a fixed number of digits, behind a mark."""
    return ops.gather(_table(mark, digits), number, 0)


def _where(condition: Expr, a: Value | str, b: Value | str) -> Value:
    """Where of strings."""
    texts = (ops.scalar(x, string) if isinstance(x, str) else x for x in (a, b))
    return ops.where(condition.value, *texts)


# Reading

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_FORMS = (
    (r"[0-9]{4}", "-01-01T00:00:00.0"),
    (r"[0-9]{4}-[0-9]{2}", "-01T00:00:00.0"),
    (_DATE, "T00:00:00.0"),
    (rf"{_DATE}[T ][0-9]{{2}}", ":00:00.0"),
    (rf"{_DATE}[T ][0-9]{{2}}:[0-9]{{2}}", ":00.0"),
    (rf"{_DATE}[T ][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}", ".0"),
    (rf"{_DATE}[T ][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}\.[0-9]{{1,9}}", ""),
)
"""The forms of times, and what completes each to the last one."""
_NOTHING = "0000-00-00T00:00:00.0"


def from_text(x: Value, dtype: DType) -> Value:
    """Read points in time; what is none, or not in the years from 0 to 9999, is NaT."""
    return recipe("text_to_time", _from_text, (x,), ((int64, x.shape),), dtype)[0]


def _from_text(x: Value, dtype: DType) -> tuple[Value]:
    flat = ops.reshape(x, (product(x.shape),))
    text = ops.expand(ops.scalar(_NOTHING, string), flat.shape)
    for pattern, tail in _FORMS:
        complete = ops.string_concat(flat, ops.scalar(tail, string)) if tail else flat
        text = ops.where(ops.regex_full_match(flat, pattern), complete, text)
    first, minute, last = _split(text, ":", 3)
    second, fraction = _split(last, ".", 2)
    year, month, rest = _split(first, "-", 3)
    has_space = Expr(ops.regex_full_match(rest, r".* .*"))
    by_space = _split(_where(has_space, rest, "0 0"), " ", 2)
    by_letter = _split(_where(has_space, "0T0", rest), "T", 2)
    day, hour = (_where(has_space, a, b) for a, b in zip(by_space, by_letter, strict=True))
    date = (ops.cast(part, int64) for part in (year, month, day))
    clock = (ops.cast(part, int64) for part in (hour, minute, second))
    decimal = Expr(ops.cast(ops.string_concat(ops.scalar("0.", string), fraction), float64))
    nanosecond = (decimal * 1e9 + 0.5).cast(int64).value
    result = parts.from_parts((*date,), (*clock, nanosecond), dtype)
    return (ops.reshape(result, x.shape),)


def _split(text: Value, delimiter: str, count: int) -> list[Value]:
    """Return the parts of texts with `count` parts each."""
    split = ops.string_split(text, delimiter, count)
    columns = [ops.slice_(split, (i,), (i + 1,), (1,), (1,)) for i in range(count)]
    return [ops.reshape(column, text.shape) for column in columns]
