"""Points and spans of time, against numpy, evaluated and in models."""

from __future__ import annotations

import datetime as dt
import operator
import pickle
import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    DTypeError,
    IndexingError,
    PromotionError,
    ScalarError,
    ScalarRangeError,
)
from onnxp.testing import run_all_ways

UNITS = ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns")
NAT = -(2**63)
DATES = np.array(["2020-02-29T12:34:56", "NaT", "1900-01-01", "1969-12-31T23:59:59"], "M8[s]")
SPANS = np.array([7, "NaT", -7, 86400], "m8[s]")


def same(result: Any, expected: Any) -> None:
    a, b = np.asarray(result), np.asarray(expected)
    assert (a.dtype, a.shape) == (b.dtype, b.shape)
    if a.dtype.kind in "mM":
        a, b = a.view(np.int64), b.view(np.int64)
    np.testing.assert_array_equal(a, b)


def numpys(function: Callable, *arrays: Any) -> Any:
    with np.errstate(all="ignore"):
        return function(*arrays)


# The dtypes


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("kind", ["datetime64", "timedelta64"])
def test_the_dtype(kind: str, unit: str) -> None:
    dtype = getattr(xp, kind)(unit)
    numpy = np.dtype(f"{kind}[{unit}]")
    assert getattr(xp, kind)(unit) is dtype
    assert xp.zeros(1, dtype=f"{kind}[{unit}]").dtype is xp.zeros(1, dtype=numpy).dtype is dtype
    assert xp.zeros(1, dtype=numpy.str).dtype is dtype
    assert (str(dtype), repr(dtype)) == (f"{kind}[{unit}]", f"onnxp.{kind}({unit!r})")
    assert (dtype.kind, dtype.unit, dtype.itemsize) == (numpy.kind, unit, 8)
    assert dtype == numpy
    assert pickle.loads(pickle.dumps(dtype)) is dtype
    assert xp.isdtype(dtype, f"{kind}[{unit}]")
    assert not xp.isdtype(dtype, ("numeric", "bool", "integral"))


@pytest.mark.parametrize("name", ["datetime64", np.datetime64, "M8", "datetime64[10s]", "M8[ps]"])
def test_a_dtype_needs_a_unit(name: Any) -> None:
    with pytest.raises(DTypeError, match="give one of the units"):
        xp.zeros(1, dtype=name)


@pytest.mark.parametrize("unit", ["x", "", None, "sec"])
def test_units(unit: Any) -> None:
    with pytest.raises(DTypeError, match="is not a unit of time; the units are Y, M, W"):
        xp.datetime64(unit)


def test_promotion() -> None:
    assert xp.result_type(xp.datetime64("D"), xp.datetime64("ms")) is xp.datetime64("ms")
    assert xp.result_type(xp.timedelta64("D"), xp.int8) is xp.timedelta64("D")
    assert xp.can_cast(xp.datetime64("M"), xp.datetime64("s"))
    assert not xp.can_cast(xp.datetime64("s"), xp.datetime64("M"))
    for other in (xp.timedelta64("s"), xp.int64, xp.string, xp.float64):
        with pytest.raises(PromotionError):
            xp.result_type(xp.datetime64("s"), other)
    with pytest.raises(PromotionError):
        xp.result_type(xp.timedelta64("M"), xp.timedelta64("D"))


# Times of different units


EXTREMES = np.array(
    [0, 1, -1, 2**63 - 1, 1 - 2**63, NAT, 86_399, 86_400, -86_401, 10**15], np.int64
)


@pytest.mark.parametrize(("fine", "factor"), [("D", 7), ("s", 7 * 86_400), ("W", 1)])
@pytest.mark.parametrize("kind", ["M8", "m8"])
def test_order_of_what_one_unit_cannot_express(kind: str, fine: str, factor: int) -> None:
    """numpy compares after a cast that wraps; the year 3000 is later than all points in ns."""
    weeks, others = (x.ravel() for x in np.meshgrid(EXTREMES, EXTREMES))
    exact = [(int(a) * factor, int(b)) for a, b in zip(weeks, others, strict=True)]
    are_times = (weeks != NAT) & (others != NAT)
    compared = ("lt", "le", "gt", "ge", "eq")

    def function(a: Any, b: Any) -> Any:
        return [getattr(operator, name)(a, b) for name in compared]

    results = run_all_ways(function, weeks.view(f"{kind}[W]"), others.view(f"{kind}[{fine}]"))
    for name, result in zip(compared, results, strict=True):
        expected = [getattr(operator, name)(a, b) for a, b in exact]
        np.testing.assert_array_equal(result, are_times & expected, name)


@pytest.mark.parametrize("side", ["left", "right"])
def test_search_for_what_the_unit_cannot_express(side: str) -> None:
    table = np.array(["1700-01-01", "2000-01-01", "2200-01-01"], "M8[ns]")
    queries = np.array(["0001-01-01", "1700-01-01", "2000-01-02", "3000-01-01", "NaT"], "M8[D]")
    found = run_all_ways(lambda a, b: xp.searchsorted(a, b, side=side), table, queries)
    assert found.tolist() == [0, 0 + (side == "right"), 2, 3, 3]
    found = run_all_ways(lambda a, b: xp.searchsorted(a, b, side=side), queries[:4], table)
    assert found.tolist() == [1 + (side == "right"), 2, 3]


def test_keys_of_a_map_are_not_truncated() -> None:
    hours = np.array([0, 1, 2], "m8[h]")
    keys = {np.timedelta64(90, "m"): "a", np.timedelta64(120, "m"): "b"}
    found = run_all_ways(lambda x: xp.map(x, keys, default=""), hours)
    assert found.tolist() == ["", "", "b"]


@pytest.mark.parametrize("bound", [np.datetime64("2024-01-01"), np.timedelta64(1, "s")])
def test_linspace_of_times(bound: Any) -> None:
    with pytest.raises(DTypeError, match=r"write xp\.arange"):
        xp.linspace(bound, bound, 3)


def test_clip_says_how_to_cast_a_bound() -> None:
    x = xp.asarray(DATES, dtype="datetime64[D]")
    with pytest.raises(DTypeError, match=r"write xp\.astype\(bound, 'datetime64\[D\]'\)"):
        xp.clip(x, DATES[0])


# Arrays of times


@pytest.mark.parametrize(
    ("obj", "dtype"),
    [
        (DATES, None),
        (DATES[0], None),
        (DATES.astype(">M8[s]"), None),
        (np.zeros((0, 2), "M8[us]"), None),
        (dt.date(2020, 2, 29), None),
        ([dt.date(2020, 2, 29), dt.date(1, 1, 1)], None),
        ([[dt.datetime(2020, 2, 29, 12)]], None),
        (dt.timedelta(days=-1, seconds=3), None),
        ([np.datetime64("2020-01"), np.datetime64("NaT")], None),
        (["2020-02-29", "1960-01-01"], "M8[D]"),
        ("2020-02-29T12:00:00.5", "M8[ms]"),
        ([0, 1, -1], "M8[D]"),
        ([0, 1, -1], "m8[D]"),
        (DATES, "M8[D]"),
    ],
)
def test_asarray(obj: Any, dtype: Any) -> None:
    if dtype is None and not isinstance(obj, np.ndarray | np.generic):
        flat = np.asarray(obj, object).ravel()
        moment = np.timedelta64 if isinstance(flat[0], dt.timedelta) else np.datetime64
        expected = np.array([moment(x) for x in flat]).reshape(np.shape(obj))
    else:
        expected = np.asarray(obj, dtype)
    same(xp.asarray(obj, dtype=dtype), expected.astype(expected.dtype.newbyteorder("=")))


def test_series_of_pandas() -> None:
    for obj in (pd.Series(DATES), pd.DatetimeIndex(DATES), pd.Series(SPANS)):
        same(xp.asarray(obj), np.asarray(obj))


def test_text_that_is_missing() -> None:
    same(xp.asarray(["NaT", ""], dtype="M8[s]"), np.array(["NaT", "NaT"], "M8[s]"))


@pytest.mark.parametrize(
    ("obj", "dtype", "error", "message"),
    [
        (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), None, ArgumentError, "has a time zone"),
        (["2020-01-01T00:00:00Z"], "M8[s]", ArgumentError, "time zone"),
        (["2020-01-01T00:00:00+02:00"], "M8[s]", ArgumentError, "time zone"),
        (["2020-13-01"], "M8[s]", ArgumentError, "cannot be read as a time"),
        (["now"], "M8[s]", ArgumentError, "cannot be read as a time"),
        (np.array(["3000-01-01"], "M8[D]"), "M8[ns]", ScalarRangeError, "3000-01-01 is beyond"),
        (["3000-01-01"], "M8[ns]", ScalarRangeError, "beyond the range of datetime64"),
        ([1j], "m8[s]", DTypeError, "complex128 cannot be cast"),
        (DATES, "m8[s]", DTypeError, "subtract a point in time"),
        (SPANS, "M8[s]", DTypeError, "add one to spans"),
        (np.array([1], "m8[M]"), "m8[D]", DTypeError, "no fixed length"),
        ([dt.date(2020, 1, 1), 3], None, DTypeError, "date and int"),
        (dt.timedelta.max, None, ScalarRangeError, r"of timedelta64\[us\]; write np.timedelta64"),
        ([dt.timedelta.min], "m8[s]", ScalarRangeError, "is beyond the range"),
        (
            [dt.date(9999, 12, 31), np.datetime64(1, "ns")],
            None,
            ScalarRangeError,
            r"9999-12-31 is beyond the range of datetime64\[ns\]",
        ),
        ([dt.datetime.max, pd.Timestamp(1, unit="ns")], None, ScalarRangeError, "is beyond"),
        ([np.timedelta64(1, "M"), dt.timedelta(1)], None, DTypeError, "no fixed length"),
        ([dt.date(2020, 1, 1), dt.timedelta(1)], None, DTypeError, "points in time are no spans"),
        ([], "datetime64[ns, UTC]", DTypeError, "times have no time zone: convert them to UTC"),
        ([], pd.DatetimeTZDtype("s", "Asia/Tokyo"), DTypeError, "times have no time zone"),
    ],
)
def test_asarray_refuses(obj: Any, dtype: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        np.asarray(xp.asarray(obj, dtype=dtype))


@pytest.mark.parametrize(
    "operation", [operator.add, operator.lt, operator.eq], ids=lambda f: f.__name__
)
def test_spans_that_int64_has_not(operation: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(ScalarRangeError, match="beyond the range of timedelta64"):
        operation(xp.asarray(SPANS), dt.timedelta.max)


def test_an_array() -> None:
    x = xp.asarray(DATES)
    assert repr(x[:1]) == "Array(['2020-02-29T12:34:56'], dtype=datetime64[s])"
    assert x.tolist() == DATES.tolist()
    assert x[0].item() == DATES[0].item()
    same(pickle.loads(pickle.dumps(x)), DATES)
    same(x[x > DATES[2]], DATES[DATES[2] < DATES])
    for convert in (bool, int, float, complex, operator.index):
        with pytest.raises(ArgumentTypeError):
            convert(x[0])
    with pytest.raises(IndexingError, match="must be integer or bool, not timedelta64"):
        xp.zeros(3)[xp.asarray(SPANS)]
    with pytest.raises(BufferError, match="no dtype for datetime64"):
        np.from_dlpack(x)


@pytest.mark.parametrize(
    "value",
    [
        DATES[2],
        np.datetime64("NaT"),
        "2021-05-05",
        dt.datetime(2020, 1, 1),
        DATES[:1].astype("M8[D]"),
    ],
)
def test_assignment(value: Any) -> None:
    x, expected = xp.asarray(DATES).copy(), DATES.copy()
    x[1:3], expected[1:3] = value, value
    same(x, expected)


@pytest.mark.parametrize("value", [5, 1.5, SPANS[0], True, "a"])
def test_assignment_refuses(value: Any) -> None:
    x = xp.asarray(DATES).copy()
    with pytest.raises((DTypeError, ArgumentError, ScalarError)):
        x[0] = value


# Casts


@pytest.mark.parametrize("target", UNITS)
@pytest.mark.parametrize("source", UNITS)
def test_units_of_points(source: str, target: str) -> None:
    times = np.array([0, 1, -1, 7, -7, 30, 150, -150, NAT], "i8").view(f"M8[{source}]")
    run = run_all_ways if source in "MDs" else lambda f, x: f(xp.asarray(x))
    result = run(lambda x: x.astype(f"M8[{target}]"), times)
    same(result, times.astype(f"M8[{target}]"))


@pytest.mark.parametrize("target", UNITS)
@pytest.mark.parametrize("source", UNITS)
def test_units_of_spans(source: str, target: str) -> None:
    times = np.array([0, 1, -1, 7, -7, 30, 100, -100, NAT], "i8").view(f"m8[{source}]")
    x = xp.asarray(times)
    if (source in "YM") != (target in "YM"):
        with pytest.raises(DTypeError, match="have no fixed length"):
            x.astype(f"m8[{target}]")
    else:
        same(x.astype(f"m8[{target}]"), times.astype(f"m8[{target}]"))


LENGTHS = {"W": 7 * 86400 * 10**9, "D": 86400 * 10**9, "h": 3600 * 10**9, "m": 60 * 10**9}
LENGTHS |= {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


def wide(result: int) -> int:
    return result if NAT < result < 2**63 else NAT


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "bool"])
@pytest.mark.parametrize("times", [DATES, SPANS])
def test_to_integers(times: np.ndarray, dtype: str) -> None:
    same(run_all_ways(lambda x: x.astype(dtype), times), numpys(lambda x: x.astype(dtype), times))


def test_to_floats_gives_nan() -> None:
    same(run_all_ways(lambda x: x.astype("float64"), SPANS), np.array([7, np.nan, -7, 86400]))


@pytest.mark.parametrize("dtype", ["M8[D]", "m8[s]"])
@pytest.mark.parametrize("source", ["int8", "uint64", "bool", "float32", "float64"])
def test_from_numbers(source: str, dtype: str) -> None:
    numbers = np.array([0, 1, 1.9, 100], source)
    same(run_all_ways(lambda x: x.astype(dtype), numbers), numbers.astype(dtype))


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e19, -1e19, 2.0**63])
def test_floats_that_are_no_times(number: float) -> None:
    result = run_all_ways(lambda x: x.astype("m8[s]"), np.array([number, -2.5]))
    same(result, np.array(["NaT", -2], "m8[s]"))


def test_integers_that_are_no_times() -> None:
    same(xp.astype(xp.asarray(np.array([2**63], "u8")), "M8[s]"), np.array(["NaT"], "M8[s]"))


@pytest.mark.parametrize("dtype", ["complex64"])
def test_casts_that_are_refused(dtype: str) -> None:
    for x in (xp.asarray(DATES), xp.asarray(SPANS)):
        with pytest.raises(DTypeError):
            xp.astype(x, dtype)


@given(
    st.lists(st.integers(NAT, 2**63 - 1), max_size=8),
    st.sampled_from(list(LENGTHS)),
    st.sampled_from(list(LENGTHS)),
)
@settings(max_examples=150, deadline=None)
def test_what_a_unit_cannot_express_is_nat(counts: list[int], source: str, target: str) -> None:
    def converted(count: int) -> int:
        return NAT if count == NAT else wide(count * LENGTHS[source] // LENGTHS[target])

    result = xp.asarray(np.array(counts, "i8").view(f"M8[{source}]")).astype(f"M8[{target}]")
    assert np.asarray(result).view("i8").tolist() == list(map(converted, counts))


# Arithmetic and order

COUNTS = st.one_of(st.integers(-100, 100), st.integers(NAT, 2**63 - 1), st.just(NAT))
PAIRS = {
    "points": (operator.sub, "M8", "M8"),
    "point - span": (operator.sub, "M8", "m8"),
    "point + span": (operator.add, "M8", "m8"),
    "span + point": (operator.add, "m8", "M8"),
    "span + span": (operator.add, "m8", "m8"),
    "span - span": (operator.sub, "m8", "m8"),
}


@pytest.mark.parametrize("pair", PAIRS)
@given(st.lists(st.tuples(COUNTS, COUNTS), max_size=6))
@settings(max_examples=40, deadline=None)
def test_sums_are_exact_or_nat(pair: str, numbers: list[tuple[int, int]]) -> None:
    function, left, right = PAIRS[pair]
    counts = np.array(numbers, "i8").reshape(-1, 2).T.copy()
    a, b = counts[0].view(f"{left}[s]"), counts[1].view(f"{right}[s]")
    expected = [NAT if NAT in (x, y) else wide(function(x, y)) for x, y in numbers]
    result = np.asarray(function(xp.asarray(a), xp.asarray(b)))
    assert result.dtype == numpys(function, a, b).dtype
    assert result.view("i8").tolist() == expected


@given(st.lists(st.tuples(COUNTS, COUNTS), max_size=6))
@settings(max_examples=60, deadline=None)
def test_products_are_exact_or_nat(numbers: list[tuple[int, int]]) -> None:
    counts = np.array(numbers, "i8").reshape(-1, 2).T.copy()
    spans = xp.asarray(counts[0].view("m8[s]"))
    expected = [NAT if a == NAT else wide(a * b) for a, b in numbers]
    assert np.asarray(spans * xp.asarray(counts[1])).view("i8").tolist() == expected


SMALL = st.one_of(st.integers(-100, 100), st.just(NAT), st.integers(-(2**53), 2**53))
SPAN_FUNCTIONS = {
    "divide": (operator.truediv, "m8[s]"),
    "floor_divide": (operator.floordiv, "m8[s]"),
    "remainder": (operator.mod, "m8[s]"),
    "divide by integers": (operator.truediv, "i8"),
    "floor_divide by integers": (operator.floordiv, "i4"),
    "multiply by integers": (operator.mul, "i2"),
    "multiply by floats": (operator.mul, "f8"),
    "divide by floats": (operator.truediv, "f4"),
}


@pytest.mark.parametrize("name", SPAN_FUNCTIONS)
@given(st.lists(st.tuples(SMALL, st.integers(-100, 100)), max_size=6))
@settings(max_examples=40, deadline=None)
def test_spans(name: str, numbers: list[tuple[int, int]]) -> None:
    function, dtype = SPAN_FUNCTIONS[name]
    counts = np.array(numbers, "i8").reshape(-1, 2).T.copy()
    spans = counts[0].view("m8[s]")
    other = counts[1].astype(dtype)
    same(function(xp.asarray(spans), xp.asarray(other)), numpys(function, spans, other))


@pytest.mark.parametrize("unit", ["ms", "D"])
@pytest.mark.parametrize(
    "compare", [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
)
@pytest.mark.parametrize("kind", ["M8", "m8"])
@given(st.lists(st.tuples(SMALL, SMALL), max_size=6))
@settings(max_examples=20, deadline=None)
def test_order(kind: str, compare: Callable, unit: str, numbers: list[tuple[int, int]]) -> None:
    counts = np.array(numbers, "i8").reshape(-1, 2).T.copy() % 10**12
    a, b = counts[0].view(f"{kind}[s]"), counts[1].view(f"{kind}[s]").astype(f"{kind}[{unit}]")
    same(compare(xp.asarray(a), xp.asarray(b)), compare(a, b))
    if a.size:
        same(compare(xp.asarray(a), b[0]), compare(a, b[0]))
        same(compare(a[0], xp.asarray(b)), compare(a[0], b))


THREE_WAYS: dict[str, tuple[Callable, tuple[np.ndarray, ...]]] = {
    "arithmetic": (lambda a, b: (a - a[::-1], a + b, b + a, a - 1, -b, abs(b), +b), (DATES, SPANS)),
    "spans": (
        lambda a, b: (a * 3, 2.5 * b, a / b, a // b, a % b, a / 2, b / 1.5, xp.sign(a)),
        (SPANS, SPANS[::-1].copy()),
    ),
    "order": (
        lambda a, b: (
            a < b,
            a <= b,
            a > b,
            a >= b,
            a == b,
            a != b,
            xp.maximum(a, b),
            xp.minimum(a, b),
        ),
        (DATES, DATES[::-1].astype("M8[ms]")),
    ),
    "truth": (lambda a: (xp.isnan(a), xp.isfinite(a), xp.isinf(a)), (DATES,)),
    "sorting": (
        lambda a: (xp.sort(a), xp.argsort(a), xp.sort(a, descending=True), xp.unique_values(a)),
        (np.tile(DATES, 2),),
    ),
    "sets": (
        lambda a, b: (xp.isin(a, b), xp.isin(a, b, invert=True), xp.searchsorted(xp.sort(b), a)),
        (DATES, DATES[1:]),
    ),
    "extremes": (
        lambda a, b: (xp.max(a), xp.min(a), xp.argmax(a), xp.argmin(a), xp.max(b), xp.min(b)),
        (DATES[[0, 2, 3]], DATES),
    ),
    "sums": (
        lambda a, b: (
            xp.sum(a),
            xp.mean(a),
            xp.cumulative_sum(a),
            xp.diff(a),
            xp.sum(b),
            xp.mean(b),
        ),
        (SPANS[[0, 2, 3]], SPANS),
    ),
    "clip": (lambda a: (xp.clip(a, DATES[2], DATES[0]), xp.clip(a, max=DATES[3])), (DATES,)),
    "where": (lambda a: xp.where(xp.isnan(a), np.datetime64("2000-01-01", "s"), a), (DATES,)),
    "months": (lambda a: (a.astype("M8[M]"), a - a.astype("M8[M]"), a.astype("M8[Y]")), (DATES,)),
    "moves": (
        lambda a: (xp.flip(a), xp.roll(a, 1), xp.concat([a, a]), xp.stack([a, a]), xp.repeat(a, 2)),
        (DATES,),
    ),
}


@pytest.mark.parametrize("name", THREE_WAYS)
def test_evaluated_and_in_models(name: str) -> None:
    function, arrays = THREE_WAYS[name]
    run_all_ways(function, *arrays)


OF_TIMES = (
    "min max argmin argmax sort argsort unique diff isnat ptp nanmax nanmin flip ravel isfinite fmax fmin "
    "partition zeros_like ediff1d array_equal percentile"
).split()
OF_SPANS = ["cumsum", "sum", "mean", "abs", "negative", "median"]
"""The functions that numpy has for spans only."""


@pytest.mark.parametrize(
    ("name", "times"),
    [
        (name, times)
        for times in (SPANS, SPANS[[0, 2, 3]], DATES, DATES[[0, 2, 3]], DATES[1:2])
        for name in (*OF_TIMES, *(OF_SPANS if times.dtype.kind == "m" else ()))
    ],
)
def test_functions_of_numpy(name: str, times: np.ndarray) -> None:
    function = getattr(np, name)
    more = {"fmax": (times[::-1],), "fmin": (times[::-1],), "partition": (0,)}.get(name, ())
    more = (times,) if name == "array_equal" else (50,) if name == "percentile" else more
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        expected = function(times, *more)
    same(function(xp.asarray(times), *more), expected)


def test_unmodified_code() -> None:
    def features(dates: Any) -> Any:
        days = (dates - dates[0]).astype("timedelta64[D]").astype(int)
        month = dates.astype("datetime64[M]").astype(int) % 12 + 1
        year = dates.astype("datetime64[Y]").astype(int) + 1970
        day = (dates.astype("datetime64[D]") - dates.astype("datetime64[M]")).astype(int) + 1
        weekday = (dates.astype("datetime64[D]").astype(int) + 3) % 7
        age = (np.datetime64("2024-01-01") - dates) / np.timedelta64(1, "D")
        return np.stack([days, month, year, day, weekday], axis=1), np.floor(age)

    dates = DATES[[0, 2, 3]]
    program = xp.trace(features, "datetime64[s][N]")
    for result, expected in zip(program(dates), features(dates), strict=True):
        same(result, expected)


def test_mean_of_points() -> None:
    times = np.array(["2020-01-01", "2262-01-01", "2261-12-31"], "M8[ns]")
    counts = [int(x) for x in times.view("i8")]
    result = run_all_ways(lambda x: xp.mean(x), times)
    assert int(result.view("i8")) == sum(counts) // 3


@pytest.mark.parametrize("function", [xp.sum, xp.mean, lambda x: xp.cumulative_sum(x)[-1]])
def test_sums_that_overflow(function: Callable) -> None:
    large = np.full(4, 2**62, "i8").view("m8[s]")
    result = np.asarray(run_all_ways(function, large))
    assert int(result.view("i8")) == (2**62 if function is xp.mean else NAT)


# Operands


@pytest.mark.parametrize(
    "other",
    [
        DATES[0],
        dt.date(1950, 1, 1),
        dt.datetime(1950, 1, 1, 12),
        np.datetime64("1950-01"),
        np.datetime64("NaT"),
        DATES[::-1],
    ],
)
def test_operands(other: Any) -> None:
    x = xp.asarray(DATES)
    for function in (operator.lt, operator.sub, operator.eq):
        same(
            function(x, other),
            function(
                DATES, np.asarray(np.datetime64(other) if isinstance(other, dt.date) else other)
            ),
        )


@pytest.mark.parametrize(
    "other", [dt.timedelta(hours=1), np.timedelta64(3, "ms"), np.timedelta64(3), 3, np.int32(3)]
)
def test_spans_as_operands(other: Any) -> None:
    x = xp.asarray(DATES)
    number = np.timedelta64(other) if isinstance(other, dt.timedelta) else other
    same(x + other, DATES + number)
    same(x - other, DATES - number)
    same(other + x, number + DATES)
    same(xp.asarray(SPANS) + other, SPANS + number)
    same(xp.asarray(SPANS) > other, number < SPANS)


def test_text_as_an_operand() -> None:
    x = xp.asarray(DATES)
    same(x >= "1950-01-01", np.datetime64("1950-01-01") <= DATES)
    same(
        xp.where(xp.isnan(x), "1950-01-01", x),
        np.where(np.isnat(DATES), np.datetime64("1950-01-01"), DATES),
    )
    with pytest.raises(ArgumentError, match="'soon' cannot be read as a time"):
        x < "soon"  # noqa: B015
    with pytest.raises(ScalarError):
        xp.asarray(SPANS) < "1950-01-01"  # noqa: B015


@pytest.mark.parametrize(
    "function",
    [
        lambda x, t: x + x,
        lambda x, t: x * 2,
        lambda x, t: -x,
        lambda x, t: t * t,
        lambda x, t: x + 1.5,
        lambda x, t: x == 3,
        lambda x, t: x < t,
        lambda x, t: t - x,
        lambda x, t: t**2,
        lambda x, t: x & x,
        lambda x, t: ~t,
        lambda x, t: x @ x,
        lambda x, t: xp.sin(x),
        lambda x, t: xp.sqrt(t),
        lambda x, t: xp.floor(x),
        lambda x, t: xp.logical_not(x),
        lambda x, t: xp.any(x),
        lambda x, t: xp.nonzero(t),
        lambda x, t: xp.prod(t),
        lambda x, t: xp.sum(x),
        lambda x, t: xp.var(t),
        lambda x, t: xp.linspace(x[0], x[1], 3),
        lambda x, t: xp.concat([x, t]),
        lambda x, t: xp.where(x == x, x, 0),
        lambda x, t: xp.eye(2, dtype=x.dtype),
        lambda x, t: xp.finfo(t.dtype),
        lambda x, t: xp.fft.fft(t),
        lambda x, t: xp.linalg.trace(xp.stack([t, t])),
        lambda x, t: np.interp(x, x, x),
    ],
)
def test_what_is_refused(function: Callable) -> None:
    with pytest.raises((DTypeError, ScalarError, ArgumentTypeError)):
        function(xp.asarray(DATES), xp.asarray(SPANS))


def test_a_constant_beyond_the_range_of_the_unit() -> None:
    x = xp.asarray(DATES[:1].astype("M8[ns]"))
    with pytest.raises(ScalarRangeError, match="3000-01-01 is beyond the range of datetime64"):
        x == np.datetime64("3000-01-01")  # noqa: B015
    assert (x < np.datetime64("3000-01-01")).tolist() == [True]


@pytest.mark.parametrize("dtype", ["datetime64[D]", "timedelta64[s]", "category[a, b]"])
def test_none_is_what_is_missing(dtype: str) -> None:
    x = xp.zeros(2, dtype="datetime64[D]") if dtype.startswith("d") else xp.asarray([1, 2])
    x = xp.recode(xp.asarray([0, 1]), dtype) if dtype[0] == "c" else xp.astype(x, dtype)
    x[0] = None
    assert xp.nulls.isnull(x).tolist() == [True, False]
    chosen = xp.where(xp.asarray([True, False]), x[::-1], None)
    assert xp.nulls.isnull(chosen).tolist() == [False, True]


# Ranges


@pytest.mark.parametrize(
    ("args", "dtype"),
    [
        ((np.datetime64("2020-01-01"), np.datetime64("2020-02-01"), np.timedelta64(7, "D")), None),
        ((np.datetime64("2020-01-01"), np.datetime64("2020-01-03"), np.timedelta64(6, "h")), None),
        ((np.datetime64("2020-01-03"), np.datetime64("2020-01-01"), np.timedelta64(-1, "D")), None),
        ((np.datetime64("2020-01"), np.datetime64("2021-01")), None),
        ((np.timedelta64(3, "h"), np.timedelta64(1, "D")), None),
        ((np.timedelta64(3, "h"),), None),
        (("2020-01", "2020-03"), "M8[D]"),
        ((0, 5, 2), "m8[s]"),
    ],
)
def test_arange(args: tuple, dtype: Any) -> None:
    same(xp.arange(*args, dtype=dtype), np.arange(*args, dtype=dtype))


def test_arange_in_a_model() -> None:
    def days(first: Any, last: Any) -> Any:
        return xp.arange(first, last, np.timedelta64(2, "D"))

    program = xp.trace(days, "datetime64[D][]", "datetime64[D][]")
    first, last = np.array("2020-02-27", "M8[D]"), np.array("2020-03-04", "M8[D]")
    same(program(first, last), np.arange(first, last, np.timedelta64(2, "D")))


def test_arange_refuses_nat() -> None:
    with pytest.raises(ArgumentError, match="NaT"):
        xp.arange(np.datetime64("NaT", "D"), np.datetime64("2020-01-01"))


@pytest.mark.parametrize("fill", [DATES[0], dt.date(2020, 1, 1)])
def test_filling(fill: Any) -> None:
    same(
        xp.full((2, 1), fill),
        np.full((2, 1), fill, np.asarray(fill).dtype if isinstance(fill, np.generic) else "M8[D]"),
    )
    same(xp.zeros(2, dtype="M8[s]"), np.zeros(2, "M8[s]"))
    same(xp.full_like(xp.asarray(DATES), fill), np.full_like(DATES, fill))


# Text

MOMENTS = np.array(
    ["2020-02-29T12:34:56.123456789", "NaT", "1900-01-01", "1969-12-31T23:59:59.999999999"],
    "M8[ns]",
)


@pytest.mark.parametrize("unit", UNITS)
def test_text(unit: str) -> None:
    times = MOMENTS.astype(f"M8[{unit}]")
    text = run_all_ways(lambda x: x.astype(str), times)
    assert text.tolist() == times.astype(str).tolist()
    same(run_all_ways(lambda x: xp.astype(x, f"M8[{unit}]"), times.astype(str)), times)


@pytest.mark.parametrize("unit", ["Y", "D", "s"])
def test_text_of_years_before_0_and_after_9999(unit: str) -> None:
    times = (
        np.array([-4000, -1970, -2970, 8029, 8030, 98030], "i8").view("M8[Y]").astype(f"M8[{unit}]")
    )
    assert np.asarray(xp.asarray(times).astype(str)).tolist() == times.astype(str).tolist()


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2020-01-01 03:04", "2020-01-01T03:04"),
        ("2020-01-01T00:00:00.5", "2020-01-01T00:00:00.5"),
        ("2020", "2020-01-01"),
        ("2020-02-30", "NaT"),
        ("2020-1-1", "NaT"),
        ("2020-01-01T24:00", "NaT"),
        ("2020-01-01T00:00:00Z", "NaT"),
        ("20200101", "NaT"),
        ("1600-01-01", "NaT"),
        ("soon", "NaT"),
        ("NaT", "NaT"),
        ("", "NaT"),
    ],
)
def test_text_of_other_forms(text: str, time: str) -> None:
    result = run_all_ways(lambda x: xp.astype(x, "M8[ns]"), np.array([text, "2021-01-01"]))
    same(result, np.array([time, "2021-01-01"], "M8[ns]"))


@pytest.mark.parametrize("unit", ["Y", "M", "W", "D", "h", "ns"])
def test_text_of_times_that_no_calendar_reaches(unit: str) -> None:
    """Text is numpy's, or NaT where the days overflow, but never another time."""
    numbers = [s * (10**n + 7) for n in range(4, 19) for s in (1, -1)] + [
        2**62,
        2**63 - 1,
        -(2**62),
    ]
    times = np.array(numbers).view(f"datetime64[{unit}]")
    found = run_all_ways(lambda x: xp.astype(x, xp.string), times)
    for text, time in zip(found.tolist(), times, strict=True):
        sign, years, rest = re.fullmatch(r"(-?)(\d+)(.*)", str(time)).groups()  # type: ignore[union-attr]  # it matches
        assert text in (f"{sign}{years:0>4}{rest}", "NaT")
    assert "NaT" not in found[:6]


def test_spans_are_no_text() -> None:
    for x, dtype in ((xp.asarray(SPANS), str), (xp.asarray(["7"]), "m8[s]")):
        with pytest.raises(DTypeError, match="cannot be cast"):
            xp.astype(x, dtype)


@pytest.mark.parametrize("unit", ["D", "ns"])
@pytest.mark.parametrize("calendar", ["M", "Y"])
def test_months_are_added_to_months(unit: str, calendar: str) -> None:
    x = xp.asarray(["2024-01-31"], dtype=f"datetime64[{unit}]")
    with pytest.raises(DTypeError, match=r"no fixed length; add them to points in months"):
        x + np.timedelta64(1, calendar)
    assert str((xp.astype(x, "M8[M]") + np.timedelta64(1, "M")).item()) == "2024-02-01"
