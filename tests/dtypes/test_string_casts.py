"""Casts of text to numbers and truth values, and of these to text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp.errors import (
    DTypeError,
    EvaluationError,
)
from onnxp.testing import run_all_ways
from tests.helpers import samples
from tests.helpers.sessions import LEVELS, session
from tests.helpers.strings import same


def test_integers_are_written_and_read(subtests: pytest.Subtests):
    for dtype in samples.INTEGERS:
        with subtests.test(dtype=dtype):
            info = np.iinfo(dtype)
            x = np.array([info.min, 0, 7, info.max], dtype)
            found = run_all_ways(lambda x: xp.astype(x, xp.string), x)
            same(found, x.astype(str))
            same(run_all_ways(lambda s, d=dtype: xp.astype(s, d), found), x)
    flags = np.array([True, False])
    same(run_all_ways(lambda x: xp.astype(x, str), flags), flags.astype(str))
    written = np.array([" 12", "+3", "-4\n", "007"])
    same(run_all_ways(lambda s: xp.astype(s, xp.int64), written), written.astype(np.int64))
    assert xp.asarray(["1", "-2"], dtype=xp.int8).tolist() == [1, -2]
    assert xp.asarray(np.array(["1", "-2"]), dtype=xp.int8).tolist() == [1, -2]
    assert xp.asarray([1, -2], dtype=xp.string).tolist() == ["1", "-2"]
    assert xp.astype(xp.asarray([], dtype=xp.string), xp.int64).shape == (0,)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(), max_size=5))
def test_floats_are_read(numbers: list[float]):
    written = np.array([repr(number) for number in numbers], str)
    read = np.asarray(xp.astype(xp.asarray(written), "float64"))
    np.testing.assert_allclose(read, numbers, rtol=0, atol=5e-324)  # the last bit of subnormals
    for dtype in ("float16", "float32"):
        with np.errstate(over="ignore"):
            expected = written.astype(np.float64).astype(dtype)
        np.testing.assert_array_equal(np.asarray(xp.astype(xp.asarray(written), dtype)), expected)


FAR = [
    *(
        "1e-310",
        "1E-310",
        "5e-324",
        "2e-324",
        "1e-400",
        "-1e-400",
        "0e-400",
        "-0e999",
        "1e400",
        "-1E+400",
    ),
    *(
        "1.7976931348623157e308",
        "1.7976931348623159e308",
        "2.2250738585072014e-308",
        "2.225073858507201e-308",
    ),
    *(
        " 1e-0000310\n",
        "1e99999999999999999999",
        "-1e-99999999999999999999",
        "123456789012345678901e-340",
    ),
    *("1e300", "1e-300", "1", "inf", "nan"),
]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_out_of_range_are_read(dtype: str):
    written = np.array(FAR)
    with np.errstate(all="ignore"):
        expected = written.astype(np.float64).astype(dtype)
    read = run_all_ways(lambda s: xp.astype(s, dtype), written)
    np.testing.assert_array_equal(read, expected)
    np.testing.assert_array_equal(np.signbit(read), np.signbit(expected))
    program = xp.trace(lambda s: xp.astype(s, dtype), "string[]")
    np.testing.assert_array_equal([program(np.asarray(s)) for s in FAR], expected)


@settings(max_examples=50, deadline=None)
@given(
    st.from_regex(
        r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})[eE][+-]?[0-9]{1,5}", fullmatch=True
    )
)
def test_exponents_of_any_size_are_read(written: str):
    read = float(np.asarray(xp.astype(xp.asarray(written), "float64")))
    assert read == float(written) or abs(read - float(written)) <= 5e-324
    assert np.signbit(read) == np.signbit(float(written))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_forms_of_floats(dtype: str):
    written = np.array(
        ["1", "-1.5", ".5", "5.", "1e3", "1E-3", " 2 ", "nan", "NaN", "inf", "-Infinity", "+0"]
    )
    found = run_all_ways(lambda s: xp.astype(s, dtype), written)
    np.testing.assert_array_equal(found, written.astype(dtype))


@pytest.mark.parametrize("dtype", ["int64", "int8", "uint64", "float64", "float32"])
@pytest.mark.parametrize(
    "odd", ["", "a", "1x", "0x10", "1 2", "--1", "1_0", "1\0", "٣", "e5", ".", "1" * 400]
)
def test_what_is_no_number_fails(odd: str, dtype: str):
    x = xp.asarray(["1", odd])
    with pytest.raises(EvaluationError, match=r"Cast failed .* a string is not a number"):
        np.asarray(xp.astype(x, dtype))
    program = xp.trace(lambda x: xp.astype(x, dtype), "string[N]")
    with pytest.raises(EvaluationError, match=r"Cast failed .* a string is not a number"):
        program(np.array(["1", odd], object))


@pytest.mark.parametrize(
    ("written", "dtype"),
    [
        ("1.5", "int64"),
        ("1e3", "int32"),
        ("-1", "uint64"),
        ("99999999999999999999", "int64"),
        *((str(np.iinfo(dtype).max + 1), dtype) for dtype in samples.INTEGERS),
        *((str(np.iinfo(dtype).min - 1), dtype) for dtype in samples.INTEGERS),
        *((str(2**64), dtype) for dtype in samples.INTEGERS),
    ],
)
def test_integers_refuse_what_they_cannot_hold(written: str, dtype: str):
    with pytest.raises(EvaluationError, match="not a number"):
        np.asarray(xp.astype(xp.asarray(written), dtype))
    program = xp.trace(lambda s: xp.astype(s, dtype), "string[N]")
    for level in LEVELS:
        with pytest.raises(Exception, match="Cast"):
            session(program.model, level).run(None, program.feeds(np.asarray(["1", written])))
    assert np.asarray(xp.astype(xp.asarray("-0"), dtype)) == 0


@pytest.mark.parametrize(
    ("given", "wanted", "message"),
    [
        (xp.string, xp.complex128, "astype: string cannot be cast to complex128"),
        (xp.float64, xp.string, "astype: float64 cannot be cast to string"),
        (xp.complex64, xp.string, "astype: complex64 cannot be cast to string"),
    ],
)
def test_other_casts(given: Any, wanted: Any, message: str):
    with pytest.raises(DTypeError, match=message):
        xp.astype(xp.zeros(2, dtype=given), wanted)


TRUTHS: dict[str, Callable[..., Any]] = {
    "astype": lambda x, xp: x.astype(bool),
    "any": lambda x, xp: xp.any(x, axis=-1),
    "all": lambda x, xp: xp.all(x, axis=-1),
    "count_nonzero": lambda x, xp: xp.count_nonzero(x, axis=0),
    "nonzero": lambda x, xp: xp.nonzero(x)[0],
}


@pytest.mark.parametrize("name", TRUTHS)
@pytest.mark.parametrize("shape", [(0, 2), (1, 3), (3, 2)], ids=str)
def test_text_is_true_unless_it_is_empty(name: str, shape: tuple[int, int]):
    x = np.resize(np.array(["", "a", "0", "False", " ", ""]), shape)
    same(run_all_ways(lambda x: TRUTHS[name](x, xp), x), TRUTHS[name](x, np))


def test_null_text_is_neither_true_nor_false():
    x = xp.asarray(["a", None, ""])
    assert x.astype("bool?").tolist() == [True, None, False]
    assert (bool(xp.any(x)), bool(xp.all(x)), int(xp.count_nonzero(x))) == (True, False, 1)
    assert [i.tolist() for i in xp.nonzero(x)] == [[0]]
    assert xp.all(x[:2], skipna=False).item() is None
