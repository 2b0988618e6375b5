"""Columns of pandas, Polars and Arrow: their dtypes, and what is written for those that no dtype has."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

import onnxp as xp
from onnxp.errors import DTypeError, FeedError

pl = pytest.importorskip("polars", reason="`make test` installs polars")
pa = pytest.importorskip("pyarrow", reason="`make test` installs pyarrow")
pc = pytest.importorskip("pyarrow.compute", reason="`make test` installs pyarrow")

DAY = dt.date(2024, 2, 29)
MOMENT = dt.datetime(2024, 2, 29, 12, 30)
SPAN = dt.timedelta(hours=1)
CLOCK = dt.time(1, 2, 3)
ZONED = pd.Series([pd.Timestamp(MOMENT, tz="Europe/Paris")] * 2)


def arrow_backed(values: list[Any], kind: Any) -> Any:
    return pd.Series(values, dtype=pd.ArrowDtype(kind))


@pytest.mark.parametrize(
    ("column", "dtype", "elements"),
    [
        (pa.array([DAY, None]), "datetime64[D]", [DAY, None]),
        (pa.array([MOMENT, None]), "datetime64[us]", [MOMENT, None]),
        (pa.chunked_array([pa.array([MOMENT]), pa.array([None, MOMENT])]), "datetime64[us]", None),
        (pa.array([MOMENT]), "datetime64[us]", [MOMENT]),
        (pa.array([SPAN, None]), "timedelta64[us]", [SPAN, None]),
        (pl.Series([DAY, None]), "datetime64[D]", [DAY, None]),
        (pl.Series([SPAN, None]), "timedelta64[us]", [SPAN, None]),
        (pa.array([True, False]), "bool", [True, False]),
        (pa.array([True, None]), "bool?", [True, None]),
        (pa.array(["a", None], pa.string_view()), "string?", ["a", None]),
        (pa.array(["a", "b"], pa.string_view()), "string", ["a", "b"]),
        (pa.array([None, None]), "float64?", [None, None]),
        (pl.Series([None, None]), "float64?", [None, None]),
        (pd.Series(["a", np.nan], dtype=object), "string?", ["a", None]),
        (pd.Series([True, np.nan], dtype=object), "bool?", [True, None]),
        (pd.Series([1.5, np.nan], dtype=object), "float64", None),
        (np.array(["a", None], np.dtypes.StringDType(na_object=None)), "string?", ["a", None]),
        (np.array(["a", "b"], np.dtypes.StringDType(na_object=None)), "string", ["a", "b"]),
    ],
    ids=str,
)
def test_columns(column: Any, dtype: str, elements: list[Any] | None) -> None:
    array = xp.asarray(column)
    assert array.dtype is xp.asarray(column, dtype=dtype).dtype
    assert str(array.dtype) == dtype
    assert elements is None or array.tolist() == elements
    assert xp.trace(lambda x: x, f"{dtype}[N]")(column).shape == array.shape


REFUSED: list[tuple[Any, str]] = [
    (ZONED, "times of the zone Europe/Paris"),
    (pd.DatetimeIndex(ZONED), "times of the zone Europe/Paris"),
    (ZONED.astype("timestamp[us, tz=Europe/Paris][pyarrow]"), "times of the zone Europe/Paris"),
    (pl.from_pandas(ZONED), "times of the zone Europe/Paris"),
    (pa.array(ZONED), "times of the zone Europe/Paris"),
    (arrow_backed([Decimal("1.5")], pa.decimal128(5, 2)), "decimals"),
    (pl.Series([Decimal("1.5"), None]), "decimals"),
    (pa.array([Decimal("1.5"), None]), "decimals"),
    (arrow_backed([[1, 2], [3, 4]], pa.list_(pa.int64())), "lists"),
    (pl.Series([[1, 2], [3, 4]]), "lists"),
    (pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int64, 2)), "lists"),
    (pa.array([[1, 2], [3, 4]]), "lists"),
    (arrow_backed([{"a": 1}], pa.struct({"a": pa.int64()})), "records"),
    (pl.Series([{"a": 1}]), "records"),
    (pa.array([{"a": 1}]), "records"),
    (arrow_backed([b"a"], pa.binary()), "bytes"),
    (pl.Series([b"a"]), "bytes"),
    (pa.array([b"a"]), "bytes"),
    (arrow_backed([CLOCK], pa.time64("us")), "times of day"),
    (pl.Series([CLOCK]), "times of day"),
    (pa.array([CLOCK]), "times of day"),
    (pd.Series(pd.period_range("2020", periods=2, freq="M")), "periods"),
    (pd.period_range("2020", periods=2, freq="M"), "periods"),
    (pd.Series(pd.interval_range(0, 2)), "intervals"),
    (pd.Series([1, 2]).astype("category"), "categories that are not text"),
    (pd.Series([DAY]).astype("category"), "categories that are not text"),
]


@pytest.mark.parametrize(("column", "what"), REFUSED, ids=str)
def test_refused_columns_are_taken_as_the_message_says(column: Any, what: str) -> None:
    with pytest.raises(DTypeError, match=f"x has {what}") as error:
        xp.asarray(column)
    advice = str(error.value).partition("\n")[0].partition("; write ")[2]
    names = {"x": column, "name": "a", "np": np, "pd": pd, "pl": pl, "pa": pa, "pc": pc}
    codes = re.sub(r" for times in UTC| for local ones", "", advice).split(", or ")
    arrays = [xp.asarray(eval(code, names)) for code in codes]
    assert [array.shape[0] for array in arrays] == [len(column)] * len(codes)
    if len(codes) == 2:
        assert [array[0].item().hour for array in arrays] == [11, 12]


@pytest.mark.parametrize(("column", "what"), REFUSED[:-2], ids=str)
def test_programs_refuse_them_by_the_name_of_the_column(column: Any, what: str) -> None:
    program = xp.trace(lambda when, k: k, "datetime64[us][N]", "int64[N]")
    with pytest.raises(FeedError, match=f"column 'when' has {what}.*but datetime64.us. is needed"):
        program(when=column, k=np.zeros(2, np.int64))


@pytest.mark.parametrize(
    ("column", "spec", "code"),
    [
        (pl.Series(["yes", "no"]), "bool", "table['x'] == 'yes'"),
        (pd.Series([1.0, None]), "bool", "fill what is missing, and write df['x'] != 0"),
        (["off", "on"], "bool", "np.asarray(x) == 'on'"),
        (np.array(["no", "maybe"]), "bool", "x == 'no'"),
        (pl.Series(["1.5"]), "float64", "table['x'].cast(pl.Float64)"),
        (pa.array(["1.5"]), "float64?", "table['x'].cast('float64')"),
        (pl.Series(["2024-01-01"]), "datetime64[us]", "table['x'].str.to_datetime()"),
        (pa.array(["2024-01-01"]), "datetime64[s]", "table['x'].cast('timestamp[s]')"),
        (pd.Series([3]), "datetime64[s]", "pd.to_datetime(df['x'], unit='s')"),
        (pd.Series(["1 day"]), "timedelta64[s]", "pd.to_timedelta(df['x'])"),
        (pd.Series([1, None], dtype="UInt64"), "int64?", "df.astype({'x': 'Int64'})"),
        (pl.Series([1.5]), "string", "table['x'].cast(pl.String)"),
        (pd.Series([1 + 2j]), "float64", "no imaginary parts: take the real part"),
        (pd.Series([1.5, None]), "int64?", "1.5, which int64? cannot represent; round it"),
        (
            np.ma.masked_array(["2024-01-01"], dtype="M8[D]"),
            "datetime64[s]",
            "x.astype('datetime64[s]')",
        ),
    ],
    ids=str,
)
def test_columns_of_another_kind(column: Any, spec: str, code: str) -> None:
    program = xp.trace(lambda x: x, f"{spec}[N]")
    with pytest.raises(FeedError, match=re.escape(code)):
        program(column)


def test_empty_masked_arrays_take_any_dtype() -> None:
    assert xp.asarray(np.ma.masked_array([], []), dtype="string?").shape == (0,)


def test_masked_times_are_nat() -> None:
    program = xp.trace(lambda x: x, "datetime64[D][N]")
    column = np.ma.masked_array(np.array(["2024-02-29", "2024-03-01"], "M8[D]"), [False, True])
    assert program(column).tolist() == [DAY, None]


@pytest.mark.parametrize(
    "table", [pl.DataFrame({"a": [1, None]}), pd.DataFrame({"a": [1, 2]})], ids=["pl", "pd"]
)
def test_frames_are_matrices(table: Any) -> None:
    assert xp.asarray(table).shape == (2, 1)


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        ([Decimal("1.5")], r"but of Decimal; convert them by float\(x\)"),
        (["a", float("nan")], "but of float and str; write None for what is missing"),
        ([b"a"], "but of bytes; decode them"),
        (pd.MultiIndex.from_tuples([(1, 2)]), "but of tuple; write lists"),
    ],
    ids=str,
)
def test_advice_for_elements(obj: Any, message: str) -> None:
    with pytest.raises(DTypeError, match=message):
        xp.asarray(obj)


def test_no_objects_are_text() -> None:
    assert xp.asarray(pd.Series([], dtype=object)).dtype is xp.string


def test_other_tables_are_refused() -> None:
    program = xp.trace(lambda a, b: a, "string[N]", "category[x, y][N]")
    with pytest.raises(FeedError, match=r"a LazyFrame has no rows.*write table\.collect\(\)"):
        program(pl.LazyFrame({"a": ["x"], "b": ["x"]}))
    numbers = pa.table({"a": ["x"], "b": pa.array([1]).dictionary_encode()})
    with pytest.raises(FeedError, match=r"column 'b' has categories that are not text.*'string'"):
        program(numbers)


# Columns beside arrays

DAYS = np.array(["2024-02-29", "NaT"], "M8[D]")
SIZES = pd.CategoricalDtype(["S", "M"])
BESIDE: dict[str, tuple[Any, Any, str, list[Any]]] = {
    "equal times": (pd.to_datetime(pd.Series([DAY, None])), DAYS, "a == b", [True, False]),
    "spans": (
        pd.to_datetime(pd.Series(["2024-03-02", None])),
        DAYS,
        "a - b",
        [dt.timedelta(2), None],
    ),
    "equal text": (pd.Series(["a", "c"]), np.array(["a", "b"]), "a == b", [True, False]),
    "missing text": (pd.Series(["a", None]), np.array(["a", "b"]), "a == b", [True, None]),
    "joined text": (pd.Series(["a", "c"]), np.array(["x", "y"]), "a + b", ["ax", "cy"]),
    "equal labels": (
        pd.Series(["S", None], dtype=SIZES),
        pd.Series(["S", "M"], dtype=SIZES),
        "a == b",
        [True, False],
    ),
    "nulls": (pd.Series([3, 2]), np.ma.masked_array([1, 2], [0, 1]), "a - b", [2, None]),
    "nulls of pandas": (
        pd.Series([1, None], dtype="Int64"),
        np.ma.masked_array([3, 2], [0, 0]),
        "a - b",
        [-2, None],
    ),
    "truth": (
        pd.Series([None, True], dtype="boolean"),
        np.ma.masked_array([False, True], [0, 1]),
        "a & b",
        [False, None],
    ),
    "an index": (pd.Index(["a", "c"]), np.array(["a", "b"]), "a != b", [False, True]),
    "an array of pandas": (
        pd.array([1, None], "Int64"),
        np.ma.masked_array([3, 2], [0, 0]),
        "a < b",
        [True, None],
    ),
    "Arrow": (pa.array([1, None]), np.array([1, 2]), "a == b", [True, None]),
    "a sum with Arrow": (pa.array([1, None]), np.array([1, 2]), "a + b", [2, None]),
}


@pytest.mark.parametrize("name", BESIDE)
def test_columns_are_operands(name: str) -> None:
    """On the left, evaluated and traced; the size is that of the column."""
    if name == "a sum with Arrow" and pa.__version__.startswith("25."):
        pytest.skip("pyarrow 25 adds arrays itself and refuses others, which 26 leaves to them")
    column, other, code, expected = BESIDE[name]
    x = xp.asarray(other)
    assert eval(code, {"a": column, "b": x}).tolist() == expected
    program = xp.trace(lambda x: eval(code, {"a": column, "b": x}), xp.spec("N", x.dtype))
    assert np.ma.asarray(program(x)).tolist() == expected


@pytest.mark.parametrize("column", [pl.Series([3, None]), pa.array([3, None])], ids=["pl", "pa"])
def test_columns_are_operands_on_the_right(column: Any) -> None:
    """Polars refuses other objects on its right."""
    x = xp.asarray([1, 2])
    assert (x - column).tolist() == [-2, None]
    assert (x == column).tolist() == [False, None]
    program = xp.trace(lambda x: x < column, "int64[N]")
    assert np.ma.asarray(program(x)).tolist() == [True, None]


def test_pandas_computes_with_numbers() -> None:
    """In a column, with its index; with a traced array the result is an array."""
    column = pd.Series([1, 2], index=[5, 6])
    for result in (column + xp.asarray([1, 2]), xp.asarray([1, 2]) + column):
        assert isinstance(result, pd.Series)
        assert result.to_dict() == {5: 2, 6: 4}
    program = xp.trace(lambda x: column - x, "int64[N]")
    assert program(np.array([3, 3])).tolist() == [-2, -1]


ARGUMENTS: dict[str, tuple[Any, list[Any]]] = {
    "numbers": (pd.Series([1.0, 2.0]), [1.0, 2.0]),
    "nulls of pandas": (pd.Series([1, None], dtype="Int64"), [1, None]),
    "an array of pandas": (pd.array([True, None], "boolean"), [True, None]),
    "times": (
        pd.to_datetime(pd.Series(["2024-02-29", None])),
        [dt.datetime(2024, 2, 29), None],
    ),
    "labels": (pd.Categorical(["S", None]), ["S", ""]),
    "Polars": (pl.Series(["a", None]), ["a", None]),
    "Arrow": (pa.array([1, None]), [1, None]),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_columns_are_arguments_of_jitted_functions(name: str) -> None:
    column, expected = ARGUMENTS[name]
    result = xp.jit(lambda x, y: (xp.flip(x), y))(column, y={"a": column})
    assert [part.tolist() for part in (result[0], result[1]["a"])] == [expected[::-1], expected]
    assert isinstance(result[0], np.ndarray)
