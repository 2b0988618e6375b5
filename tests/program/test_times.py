"""Times in programs: specs, files, control flow, data frames, and sessions without onnxp."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest

import onnxp as xp
from onnxp.errors import FeedError, ModelFileError, SpecError, VerificationError
from tests.helpers.sessions import both

FILES = Path(__file__).parent / "files"
DATES = np.array(["2020-02-29T12:34:56", "NaT", "1900-01-01", "1969-12-31T23:59:59"], "M8[s]")
HOUR = np.timedelta64(1, "h")


def same(result: Any, expected: Any) -> None:
    a, b = np.asarray(result), np.asarray(expected)
    assert a.dtype == b.dtype
    np.testing.assert_array_equal(a, b)


def late(when: xp.Array, amount: xp.Array) -> dict[str, xp.Array]:
    """Return what is due a day later, and since when in days."""
    return {
        "due": when + np.timedelta64(1, "D"),
        "age": (np.datetime64("2024-01-01") - when) / np.timedelta64(1, "D") * amount,
        "month": when.astype("datetime64[M]"),
    }


def expected(when: np.ndarray, amount: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "due": when + np.timedelta64(1, "D"),
        "age": (np.datetime64("2024-01-01") - when) / np.timedelta64(1, "D") * amount,
        "month": when.astype("datetime64[M]"),
    }


@pytest.fixture(scope="module")
def program() -> xp.Program:
    return xp.trace(late, "datetime64[s][N]", "float64[N]")


def check(results: Any, when: np.ndarray, amount: np.ndarray) -> None:
    for name, value in expected(when, amount).items():
        same(results[name], value)


@pytest.mark.parametrize(
    ("text", "shape", "dtype"),
    [
        ("datetime64[s][N]", ("N",), "datetime64[s]"),
        (" timedelta64[ns] [2, N>=0]", (2, "N"), "timedelta64[ns]"),
        ("M8[D][]", (), "datetime64[D]"),
    ],
)
def test_specs(text: str, shape: tuple, dtype: str) -> None:
    (leaf,) = xp.trace(lambda x: x, text).signature.inputs
    assert str(leaf.dtype) == dtype
    assert tuple(map(str, leaf.shape or ())) == tuple(map(str, shape))
    spec = xp.spec(shape, dtype)
    assert spec.dtype is leaf.dtype
    assert repr(xp.spec(("N",), dtype)) == f"{dtype}[N]"


@pytest.mark.parametrize("text", ["datetime64[N]", "datetime64[x][N]", "datetime64", "M8[10s][N]"])
def test_specs_that_have_no_unit(text: str) -> None:
    with pytest.raises(SpecError):
        xp.trace(lambda x: x, text)


def test_inputs_and_outputs(program: xp.Program) -> None:
    check(program(DATES, np.ones(4)), DATES, np.ones(4))
    results = program(xp.asarray(DATES), xp.ones(4))
    assert isinstance(results["due"], xp.Array)
    check(results, DATES, np.ones(4))
    assert "# when has datetime64[s]" in str(program)
    assert repr(program).startswith("Program(late(when: datetime64[s][N], amount: float64[N])")
    feeds = program.feeds(DATES, np.ones(4))
    same(feeds["when"], DATES.view(np.int64))
    due, _, month = both(program.model).run(None, feeds)
    same(due.view("M8[s]"), DATES + np.timedelta64(1, "D"))
    same(month.view("M8[M]"), DATES.astype("M8[M]"))


@pytest.mark.parametrize(
    ("when", "message"),
    [
        (DATES.astype("M8[ms]"), r"use x\.astype\('datetime64\[s\]'\)"),
        (DATES.view("i8"), r"has dtype int64, but datetime64\[s\]\[N\] is needed"),
        (DATES - DATES[0], "has dtype timedelta64"),
        (DATES.astype(str), "has dtype <U"),
        (DATES.astype(">M8[s]"), "byte order"),
        (DATES.tolist(), "must be a numpy or onnxp array"),
    ],
)
def test_inputs_that_are_refused(program: xp.Program, when: Any, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        program(when, np.ones(4))


def test_files(program: xp.Program, tmp_path: Path) -> None:
    program.save(tmp_path / "late.onnx")
    loaded = xp.load(tmp_path / "late.onnx")
    assert loaded.signature == program.signature
    check(loaded(DATES, np.ones(4)), DATES, np.ones(4))


def test_a_file_of_schema_1() -> None:
    program = xp.load(FILES / "schema_1.onnx")
    x, z = np.ones((2, 2), np.float32), np.array([1j, 2], np.complex64)
    results = program(x, z, np.array(["cat", "dog"]))
    same(results["sum"], x.sum(axis=1))
    same(results["conj"], z.conj())
    same(results["is_cat"], [True, False])


def test_a_file_of_schema_2() -> None:
    program = xp.load(FILES / "schema_2.onnx")
    spans = np.array([1, 2, "NaT", -1], "m8[D]")
    results = program(DATES, spans)
    same(results["later"], DATES + spans)
    same(results["year"], DATES.astype("M8[Y]"))
    same(results["days"], spans / np.timedelta64(1, "D"))
    assert [leaf.text for leaf in program.signature.inputs] == [
        "datetime64[s][N]",
        "timedelta64[D][N]",
    ]


@pytest.mark.parametrize(
    "name", ["datetime64[x]", "datetime64[10s]", "M8[s]", "datetime64", "decimal"]
)
def test_a_dtype_that_no_file_has(program: xp.Program, name: str, tmp_path: Path) -> None:
    import onnx

    model = onnx.ModelProto()
    model.CopyFrom(program.model)
    (entry,) = (x for x in model.metadata_props if x.key == "onnxp.schema")
    entry.value = entry.value.replace("datetime64[s]", name)
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(ModelFileError):
        xp.load(tmp_path / "other.onnx")


def test_a_program_within_another(program: xp.Program) -> None:
    outer = xp.trace(lambda t: program(t, xp.ones(t.shape))["due"] + HOUR, "datetime64[s][N]")
    same(outer(DATES), DATES + np.timedelta64(25, "h"))
    with pytest.raises(FeedError, match="has dtype int64"):
        xp.trace(lambda t: program(t, xp.ones(t.shape)), "int64[N]")


def test_jit() -> None:
    add = xp.jit(lambda x: x + HOUR)
    same(add(DATES), DATES + HOUR)
    same(add(DATES.astype("M8[ns]")), DATES.astype("M8[ns]") + HOUR)
    same(add(xp.asarray(DATES)), DATES + HOUR)
    same(add(DATES - DATES[0]), DATES - DATES[0] + HOUR)


def test_control_flow() -> None:
    def function(x: xp.Array) -> Any:
        chosen = xp.cond(xp.any(x > DATES[2]), lambda: x + HOUR, lambda: x)
        later = xp.fori_loop(0, 3, lambda i, v: v + HOUR, x)
        last = xp.while_loop(lambda v: xp.all(v < DATES[0]), lambda v: v + 1000 * HOUR, x[2:])
        _, largest = xp.scan(lambda s, v: (xp.maximum(s, v),) * 2, x[0], x)
        return chosen, later, last, largest

    chosen, later, last, largest = xp.trace(function, "datetime64[s][N]")(DATES)
    same(chosen, DATES + HOUR)
    same(later, DATES + 3 * HOUR)
    assert last.dtype == DATES.dtype
    assert last.max() >= DATES[0]
    same(largest, np.maximum.accumulate(DATES))


# Data frames


def frame(when: Any) -> pd.DataFrame:
    return pd.DataFrame({"when": when, "amount": np.ones(len(when))})


@pytest.mark.parametrize(
    "when",
    [
        pd.to_datetime(["2020-01-01", None, "2021-05-05"]),
        pd.Series(pd.to_datetime(["2020-01-01", None, "2021-05-05"])).astype("M8[ns]"),
        [dt.datetime(2020, 1, 1), dt.datetime(2021, 5, 5)],
        pd.Series([dt.date(2020, 1, 1), None], dtype=object),
    ],
    ids=str,
)
def test_data_frames(program: xp.Program, when: Any) -> None:
    table = frame(when)
    dates = pd.to_datetime(table["when"]).to_numpy().astype("M8[s]")
    check(program(table), dates, np.ones(len(dates)))


@pytest.mark.parametrize(
    ("when", "message"),
    [
        (pd.to_datetime(["2020-01-01"], utc=True), r"tz_convert\('UTC'\)\.dt\.tz_localize\(None\)"),
        (["2020-01-01"], r"but datetime64\[s\] is needed.*pd\.to_datetime"),
        ([3], r"is int64, but datetime64\[s\] is needed"),
        (pd.to_timedelta([3], unit="s"), r"but datetime64\[s\] is needed"),
        (pd.to_datetime(["2020-01-01T00:00:00.5"]), r"times that datetime64\[s\] cannot express"),
    ],
)
def test_columns_that_are_refused(program: xp.Program, when: Any, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        program(frame(when))


def test_a_frame_of_polars(program: xp.Program) -> None:
    polars = pytest.importorskip("polars", reason="`make test` installs polars")
    when = [dt.datetime(2020, 1, 1, 3), None]
    for table in (polars.DataFrame({"when": when, "amount": [1.0, 1.0]}),):
        check(program(table), np.array(when, "M8[s]"), np.ones(2))
        check(program(table.to_arrow()), np.array(when, "M8[s]"), np.ones(2))


def test_comparison_with_the_function() -> None:
    def later(when: Any) -> Any:
        if when[0] > np.datetime64("2000-01-01"):
            return when + HOUR, (when - when[0]) / HOUR
        return when, when

    program = xp.trace(later, "datetime64[s][N]", example=DATES)  # which compares, too
    assert program.check(DATES)
    with pytest.raises(VerificationError, match="disagree"):
        xp.trace(
            lambda when: when + HOUR if isinstance(when, xp.Array) else when,
            "M8[s][N]",
            example=DATES,
        )


def test_a_bare_session(program: xp.Program) -> None:
    session = onnxruntime.InferenceSession(program.model.SerializeToString())
    due, *_ = session.run(None, {"when": DATES.view(np.int64), "amount": np.ones(4)})
    same(due.view("M8[s]"), DATES + np.timedelta64(1, "D"))
