"""`xp.map` against Python's dicts, evaluated and in models."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp.errors import ArgumentTypeError, DTypeError, ScalarRangeError
from onnxp.testing import run_all_ways

TEXT = np.array([["S", "XL"], ["M", ""], ["S", "s"]])
DATES = np.array(["2020-01-01", "NaT", "2021-01-01"], "M8[D]")
VALUES: dict[str, tuple[list[Any], Any, str]] = {
    "integers": ([1, -2, 3], 0, "int64"),
    "floats": ([1.5, math.inf, -0.0], math.nan, "float64"),
    "text": (["small", "medium", "large"], "?", "<U6"),
    "truth values": ([True, False, True], False, "bool"),
    "complex numbers": ([1j, 2.0, 3], 0, "complex128"),
    "dates": (
        [dt.date(2020, 1, 1), dt.date(2021, 1, 1), dt.date(1, 1, 1)],
        np.datetime64("NaT"),
        "M8[D]",
    ),
}
KEYS: dict[str, tuple[np.ndarray, list[Any]]] = {
    "text": (TEXT, ["S", "M", "L"]),
    "int64": (np.array([[3, 1], [-(2**63), 7]]), [1, 3, -(2**63)]),
    "int8": (np.array([3, 1, -128], np.int8), [1, 3, 300]),
    "uint64": (np.array([2**64 - 1, 1, 2**63], np.uint64), [2**64 - 1, 2**63, -1]),
    "bool": (np.array([True, False]), [True, 2, 3]),
    "float64": (np.array([0.1, -0.0, math.nan, math.inf, 2.0]), [0.1, 0, math.inf]),
    "float32": (np.array([0.1, math.nan, 3.0], np.float32), [0.1, math.nan, 3]),
    "float16": (np.array([0.1, math.nan, 3.0], np.float16), [0.1, 7, math.nan]),
    "dates": (DATES, [np.datetime64("2020-01-01"), np.datetime64("NaT"), dt.date(2022, 1, 1)]),
    "spans": (
        DATES - DATES[0],
        [np.timedelta64(0, "D"), np.timedelta64(366, "D"), dt.timedelta(5)],
    ),
}


def mapped(
    x: np.ndarray, keys: list[Any], values: list[Any], default: Any, dtype: str
) -> np.ndarray:
    """Return what a dict gives, with keys as elements of the array."""
    table = {}
    for key, value in zip(keys, values, strict=True):
        if x.dtype.kind in "biu" and not isinstance(key, str):
            table[int(key)] = value
        else:
            with np.errstate(over="ignore"):
                element = np.asarray(key).astype(x.dtype)[()]
            table["missing" if element != element else element] = value
    elements = [v if v == v else "missing" for v in x.ravel()]
    result = [table.get(int(v) if x.dtype.kind in "biu" else v, default) for v in elements]
    return np.array(result).astype(dtype).reshape(x.shape)


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("keys", KEYS)
def test_keys_and_values(keys: str, values: str) -> None:
    x, table = KEYS[keys]
    results, default, dtype = VALUES[values]
    mapping = dict(zip(table, results, strict=True))
    in_models = keys == "text" or values == "floats"
    run = run_all_ways if in_models else lambda f, x: np.asarray(f(xp.asarray(x)))
    result = run(lambda x: xp.map(x, mapping, default=default), x)
    expected = mapped(x, table, results, default, dtype)
    assert (result.dtype.kind, result.shape) == (expected.dtype.kind, expected.shape)
    if dtype[0] in "M":
        result, expected = result.view("i8"), expected.view("i8")
    np.testing.assert_array_equal(result, expected)


@given(
    st.dictionaries(st.text(max_size=3), st.integers(-(2**63), 2**63 - 1), max_size=5),
    st.lists(st.text(max_size=3), max_size=6),
    st.integers(-(2**63), 2**63 - 1),
)
@settings(max_examples=30, deadline=None)
def test_any_text(mapping: dict[str, int], more: list[str], default: int) -> None:
    elements = [*mapping, *more]
    x = xp.asarray(elements, dtype=xp.string)
    result = np.asarray(xp.map(x, mapping, default=default))
    assert result.tolist() == [mapping.get(element, default) for element in elements]


def test_missing_values() -> None:
    x = xp.asarray(["a", "b"])
    assert np.asarray(xp.map(x, {"a": 0.5})).tolist()[0] == 0.5
    assert np.isnan(np.asarray(xp.map(x, {"a": 0.5}))[1])
    assert np.isnat(np.asarray(xp.map(x, {"a": np.datetime64("2020-01-01")}))[1])


@pytest.mark.parametrize("value", [1, "c", True], ids=str)
@pytest.mark.parametrize("dtype", ["string", "category[a, b]"])
def test_what_is_missing_is_null(value: Any, dtype: str) -> None:
    x = np.array(["a", "b", "a"])
    program = xp.trace(lambda x: xp.map(xp.astype(x, dtype), {"a": value}), "string[N]")
    for result in (program(x), xp.map(xp.asarray(x, dtype=dtype), {"a": value})):
        assert result.tolist() == [value, None, value]


@pytest.mark.parametrize("value", [1.5, 1, "c", True], ids=str)
def test_nulls_stay_null(value: Any) -> None:
    x = np.ma.masked_array([3, 4, 3], [False, False, True])
    program = xp.trace(lambda x: xp.map(x, {3: value}), "int64?[N]")
    for result in (program(x), xp.map(xp.asarray(x), {3: value})):
        first, other, null = result.tolist()
        assert (first, null) == (value, None)
        assert np.isnan(other) if type(value) is float else other is None


def test_no_keys() -> None:
    assert np.asarray(xp.map(xp.asarray(["a", "b"]), {}, default=7)).tolist() == [7, 7]
    assert np.asarray(xp.map(xp.asarray([1, 2]), {1.5: 1}, default=7)).tolist() == [7, 7]


@pytest.mark.parametrize("dtype", ["int8", "float32", "string"])
def test_dtype(dtype: str) -> None:
    values = {"a": "x"} if dtype == "string" else {"a": 1}
    result = xp.map(
        xp.asarray(["a", "b"]), values, default="y" if dtype == "string" else 2, dtype=dtype
    )
    assert str(result.dtype) == dtype


def test_one_node() -> None:
    program = xp.trace(lambda x: xp.map(x, {"S": 1, "M": 2}, default=0), "string[N]")
    assert [node.op_type for node in program.model.graph.node] == ["LabelEncoder"]


@pytest.mark.parametrize(
    ("x", "mapping", "options", "error"),
    [
        (np.array([1]), {"a": 1}, {"default": 0}, DTypeError),
        (np.array(["a"]), {1: 1}, {"default": 0}, DTypeError),
        (np.array([1j]), {1: 1}, {"default": 0}, DTypeError),
        (np.array([1]), {1: 1, 2: "a"}, {"default": 0}, DTypeError),
        (np.array([1]), {1: [1, 2]}, {"default": 0}, Exception),
        (np.array([1]), [1, 2], {"default": 0}, ArgumentTypeError),
        (np.array([1]), {1: 1}, {"default": 2**70}, ScalarRangeError),
        (np.array([1]), {1: 300}, {"default": 0, "dtype": "int8"}, ScalarRangeError),
        (DATES, {5.5: 1}, {"default": 0}, DTypeError),
    ],
)
def test_what_is_refused(x: np.ndarray, mapping: Any, options: dict, error: type) -> None:
    with pytest.raises(error):
        xp.map(xp.asarray(x), mapping, **options)
