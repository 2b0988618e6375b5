"""numpy's functions of nullable arrays: statistics of order leave out nulls, others give null for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp.errors import DTypeError
from onnxp.testing import run_all_ways

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "median": np.median,
    "nanmedian": np.nanmedian,
    "quantile": lambda x, **k: np.quantile(x, 0.3, **k),
    "quantiles": lambda x, **k: np.quantile(x, [0.0, 0.25, 1.0], **k),
    "nanquantile": lambda x, **k: np.nanquantile(x, [0.5, 0.75], **k),
    "percentile": lambda x, **k: np.percentile(x, 40, **k),
    "nanpercentile": lambda x, **k: np.nanpercentile(x, 60.0, **k),
}


def rest(x: np.ma.MaskedArray, function: Callable[..., Any]) -> list[Any]:
    """Return the result for what is not null; None if nothing is left."""
    left = x.compressed().astype(float)
    if not left.size:
        return [None]
    with np.errstate(all="ignore"):
        return np.atleast_1d(function(left)).tolist()


def same(result: list[Any], expected: list[Any]) -> bool:
    pairs = zip(result, expected * (len(result) // len(expected)), strict=True)
    return all(a is b is None or a == pytest.approx(b, nan_ok=True) for a, b in pairs)


@st.composite
def masked(draw: st.DrawFn) -> np.ma.MaskedArray:
    count = draw(st.integers(1, 6))
    dtype = draw(st.sampled_from(["int64", "float64", "float32", "uint8"]))
    numbers = draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))
    data = np.array(numbers, dtype)
    if data.dtype.kind == "f" and draw(st.booleans()):
        data[draw(st.integers(0, count - 1))] = np.nan
    mask = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    return np.ma.masked_array(data, mask)


@pytest.mark.filterwarnings("ignore:.*NaN slice:RuntimeWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=25)
@given(x=masked())
def test_nulls_are_left_out(name: str, x: np.ma.MaskedArray) -> None:
    function = FUNCTIONS[name]
    result = np.ma.asarray(function(xp.asarray(x))).reshape(-1).tolist()
    expected = rest(x, function)
    if name.startswith("nan") and all(v is None or v != v for v in expected):
        expected = [None]
    assert same(result, expected)


TABLE = np.ma.masked_array(
    [[3.0, 1.0, 2.0], [5.0, 0.0, np.nan], [0.0, 0.0, 0.0]],
    [[False, True, False], [False, True, False], [True, True, True]],
)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    "options", [{"axis": 1}, {"axis": 0, "keepdims": True}, {"axis": (0, 1)}], ids=str
)
def test_all_ways(name: str, options: dict[str, Any]) -> None:
    result = run_all_ways(lambda x: FUNCTIONS[name](x, **options), TABLE)
    assert isinstance(result, np.ma.MaskedArray)
    if options == {"axis": 1}:
        nothing = np.ma.getmaskarray(result).reshape(-1, 3)
        assert nothing.tolist() == [[False, False, True]] * len(nothing)
        nan = np.isnan(result.data).reshape(-1, 3)
        assert nan.tolist() == [[False, not name.startswith("nan"), False]] * len(nan)


@pytest.mark.parametrize("name", ["min", "max"])
@pytest.mark.parametrize("dtype", ["int64?", "float32?"])
def test_extremes_of_nothing_are_null(name: str, dtype: str) -> None:
    program = xp.trace(lambda x: getattr(xp, name)(x, axis=0), f"{dtype}[N>=0, 2]")
    none = np.ma.masked_array(np.empty((0, 2), xp.nullable(dtype).plain.numpy))
    assert program(none).tolist() == [None, None]
    assert program(
        np.ma.masked_array(none.data.dtype.type([[1, 2]]), [[True, False]])
    ).tolist() == [None, 2]
    assert getattr(xp, name)(xp.asarray(none), axis=0).tolist() == [None, None]


def test_averages() -> None:
    x = xp.asarray([4, None, 3])
    assert np.average(x).item() == 3.5
    with pytest.raises(DTypeError, match="with weights is not defined for nullable"):
        np.average(x, weights=[1, 2, 3])


def test_a_null_condition_selects_nothing() -> None:
    x = np.ma.masked_array([7, 9, 4], [False, True, False])
    result = run_all_ways(lambda x: np.select([x > 5, x < 100], [x, -x], 0), x)
    assert result.tolist() == [7, 0, -4]


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.where(x > np.timedelta64(0), x, np.timedelta64("NaT")),
        lambda x: np.clip(x, np.timedelta64(0), None),
        lambda x: np.searchsorted(x, np.timedelta64(0)),
        lambda x: np.full_like(x, np.timedelta64("NaT")),
        lambda x: np.sum(x, initial=np.timedelta64(3)),
    ],
    ids=["where", "clip", "searchsorted", "full_like", "sum"],
)
def test_times_without_a_unit_take_that_of_others(function: Callable[[Any], Any]) -> None:
    x = np.array([-2, 0, 5], "m8[s]")
    result, expected = run_all_ways(function, x), function(x)
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: np.strings.upper(x), [" AB", None, ""]),
        (lambda x: np.strings.strip(x), ["ab", None, ""]),
        (lambda x: np.strings.startswith(x, " "), [True, None, False]),
        (lambda x: np.strings.find(x, "b"), [2, None, -1]),
        (lambda x: np.strings.replace(x, "a", "-"), [" -b", None, ""]),
        (lambda x: np.strings.str_len(x), [3, None, 0]),
    ],
)
def test_text(function: Callable[[Any], Any], expected: list[Any]) -> None:
    if not hasattr(np.strings, "partition"):
        pytest.skip("numpy before 2.1 does not ask other arrays for functions of text")
    x = np.ma.masked_array(np.array([" ab", "junk", ""]), [False, True, False])
    assert run_all_ways(function, x).tolist() == expected
    assert np.ma.asarray(function(xp.asarray(x))).tolist() == expected


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: np.interp(x, [0.0, 2.0], [0.0, 10.0]), [5.0, None, 10.0]),
        (lambda x: np.digitize(x, [0.5, 1.5]), [1, None, 2]),
        (lambda x: np.nan_to_num(x, nan=7.0), [1.0, None, 2.0]),
    ],
)
def test_numbers(function: Callable[[Any], Any], expected: list[Any]) -> None:
    x = np.ma.masked_array([1.0, np.nan, 2.0], [False, True, False])
    assert run_all_ways(function, x).tolist() == expected


def test_other_arguments_must_not_be_null() -> None:
    x = xp.asarray([1.0, None])
    with pytest.raises(DTypeError, match=r"numpy\.interp is not defined for nullable"):
        np.interp(1.0, x, [1.0, 2.0])
