"""Calls with a table, whose columns go to the inputs with their names."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort
import pandas as pd
import pytest

import onnxp as xp
from onnxp._src.dtypes import BY_NAME
from onnxp._src.program import column_values, tables
from onnxp.errors import ArgumentError, DTypeError, FeedError

pl = pytest.importorskip("polars", reason="`make test` installs polars")
pa = pytest.importorskip("pyarrow", reason="`make test` installs pyarrow")

DATA: dict[str, list[Any]] = {
    "size": [1.5, None, 2.5],
    "count": [1, 2, 3],
    "holes": [4, None, 6],
    "name": ["a", None, "é"],
    "flag": [True, False, True],
    "extra": ["x", "y", "z"],
}
EXPECTED = {
    "size": np.asarray([1.5, np.nan, 2.5]),
    "count": np.asarray([1, 2, 3]),
    "holes": np.asarray([4.0, np.nan, 6.0]),
    "name": np.asarray(["a", "", "é"], dtype=object),
    "flag": np.asarray([True, False, True]),
}
SPECS = {
    "size": "float64[N]",
    "count": "int64[N]",
    "holes": "float64[N]",
    "name": "string[N]",
    "flag": "bool[N]",
}


def nullable(data: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(data).convert_dtypes()


def arrow_backed(data: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(data).convert_dtypes(dtype_backend="pyarrow")


def categories(data: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(data).astype({"name": "category", "count": "category"})


def dictionaries(data: dict[str, Any]) -> Any:
    table = pa.table(data)
    return table.set_column(3, "name", table["name"].dictionary_encode())


TABLES = {
    "pandas": pd.DataFrame,
    "objects": lambda data: pd.DataFrame(data, dtype=object),
    "nullable": nullable,
    "arrow backed": arrow_backed,
    "categories": categories,
    "polars": pl.DataFrame,
    "polars categories": lambda data: pl.DataFrame(data).cast({"name": pl.Categorical}),
    "arrow": pa.table,
    "batch": pa.record_batch,
    "dictionaries": dictionaries,
    "dict": lambda data: {k: np.asarray(v, dtype=object) for k, v in data.items()},
    "dict of lists": dict,
}


@pytest.fixture(scope="module")
def program() -> xp.Program:
    return xp.trace(lambda **columns: dict(columns), **SPECS, output_names=[f"{k}_" for k in SPECS])


@pytest.mark.parametrize("make", TABLES.values(), ids=TABLES)
def test_columns_go_to_inputs(program: xp.Program, make: Any):
    table = make(DATA)
    feeds = program.feeds(table)
    assert list(feeds) == list(SPECS)
    for name, array in feeds.items():
        assert array.dtype == EXPECTED[name].dtype
        np.testing.assert_array_equal(array, EXPECTED[name])
    session = ort.InferenceSession(program.model.SerializeToString())
    for name, array in zip(SPECS, session.run(None, feeds), strict=True):
        np.testing.assert_array_equal(array, EXPECTED[name])
    np.testing.assert_array_equal(program(table)["name"], EXPECTED["name"])


@pytest.mark.parametrize(
    "make", [v for k, v in TABLES.items() if k not in ("dict", "dict of lists")]
)
def test_dtypes_are_inferred(make: Any):
    table = make(DATA)
    assert tables.is_frame(table)
    dtypes = {name: str(column_values.inferred_dtype(table[name], name)) for name in SPECS}
    assert dtypes["size"] == dtypes["holes"] == "float64"
    assert dtypes["name"] == "string"
    assert dtypes["count"] in ("int64", "float64")
    assert dtypes["flag"] in ("bool", "float64")


def test_numpy_dtypes_are_kept():
    frame = pd.DataFrame({"a": np.zeros(1, np.float32), "b": np.zeros(1, np.uint8), "c": [True]})
    assert [str(column_values.inferred_dtype(frame[n], n)) for n in frame] == [
        "float32",
        "uint8",
        "bool",
    ]


@pytest.mark.parametrize(
    ("column", "dtype"),
    [
        (pd.Series([None, None], dtype=object), "string"),
        (pd.Series([None], dtype="boolean"), "float64"),
        (pd.Series([None], dtype="string"), "string"),
        (pd.Series([1, 2], dtype=object), "int64"),
        (pd.Series([1, None], dtype=object), "float64"),
        (pd.Series([1, 2], dtype="category"), "int64"),
        (pd.Series([1, None], dtype="category"), "float64"),
        (pd.Series([1, 2], dtype="Int64"), "float64"),
    ],
    ids=str,
)
def test_dtype_of_a_column(column: pd.Series, dtype: str):
    assert str(column_values.inferred_dtype(column, "x")) == dtype


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (
            pd.to_datetime(pd.Series(["2020-01-01"]), utc=True),
            r"column 'x' has times of the zone UTC, .*; write df\['x'\]\.dt\.tz_convert\('UTC'\)",
        ),
        (pd.Series(["a", 1]), "column 'x' is .* convert it to numbers or text"),
        (pd.Series([[1]]), "column 'x' is .* convert it to numbers or text"),
    ],
    ids=["zone", "mixed", "lists"],
)
def test_columns_without_a_dtype(column: pd.Series, message: str):
    with pytest.raises(DTypeError, match=message):
        column_values.inferred_dtype(column, "x")


@pytest.mark.parametrize(
    ("values", "dtype", "message"),
    [
        (
            ["a"],
            "float64",
            r"is str, but float64 is needed; convert it, for example df.astype\({'x': 'float64'}\)",
        ),
        (
            [1],
            "string",
            r"is int64, but text is needed; convert it, for example df.astype\({'x': str}\)",
        ),
        (["a", 1], "string", "has 1 of type int, but text is needed"),
        (
            [2.0],
            "int64",
            r"is float64, but int64 is needed; convert it, for example df.astype\({'x': 'int64'}\)",
        ),
        (
            [1.5],
            "int64",
            "is float64, but int64 is needed, which would cut off fractions: round them, or trace with "
            "example=X or dtype={'x': 'float64'}",
        ),
        (
            [1.0, np.nan],
            "int64",
            "is float64, but int64 is needed, which cannot represent missing values: fill them, or trace with "
            "example=X or dtype={'x': 'float64'}",
        ),
        (
            [300],
            "int8",
            "is int64, but int8 is needed, which cannot represent 300: trace with example=X or "
            "dtype={'x': 'int64'}",
        ),
        ([1e300], "int64", "is float64, but int64 is needed, which cannot represent 1e"),
        ([1.5], "float32", "is float64, but float32 is needed"),
        ([2], "bool", r"is int64, but bool is needed; write df\['x'\] != 0"),
        (
            pd.Series([1, None], dtype="Int64"),
            "int64",
            "is Int64, but int64 is needed, which cannot represent missing values: fill them",
        ),
        (
            pd.Series([True, None], dtype="boolean"),
            "bool",
            "has missing values, which bool cannot represent",
        ),
        (pd.to_datetime(pd.Series(["2020-01-01"])), "int64", "is datetime64"),
    ],
)
def test_columns_of_another_kind(values: Any, dtype: str, message: str):
    with pytest.raises(FeedError, match=f"column 'x' {message}"):
        column_values.as_input(pd.Series(values), BY_NAME[dtype], "x")


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "float32", "float64"])
def test_numbers_are_converted_if_no_value_changes(dtype: str):
    target = BY_NAME["float64"]
    array = column_values.as_input(np.asarray([0, 1], dtype=dtype), target, "x")
    np.testing.assert_array_equal(array, [0.0, 1.0])
    assert array.dtype == np.float64


def test_missing_columns(program: xp.Program):
    with pytest.raises(
        FeedError, match=r"needs the columns \[.*\]; the DataFrame has no \['flag'\]"
    ):
        program(pd.DataFrame(DATA).drop(columns="flag"))


def test_equal_names(program: xp.Program):
    frame = pd.DataFrame(DATA)
    with pytest.raises(FeedError, match="several columns 'name'"):
        program(pd.concat([frame, frame[["name"]]], axis=1))


def test_columns_of_rank_2():
    program = xp.trace(lambda a, b: a + b, "float64[N, 1]", "float64[N, 1]")
    frame = pd.DataFrame({"b": [1, 2], "a": [0.5, 0.5]})
    np.testing.assert_array_equal(program(frame), [[1.5], [2.5]])


def test_one_column():
    program = xp.trace(lambda a: a + 1, "float64[N]")
    np.testing.assert_array_equal(program(pd.DataFrame({"b": [1.0], "a": [2.0]})), [3.0])


def test_a_column_of_lists():
    program = xp.trace(lambda lags, a: lags[:, 0] + a, "float64[N, 2]", "float64[N]")
    frame = pd.DataFrame({"lags": [[1.0, 2.0], [3.0, 4.0]], "a": [1.0, 2.0]})
    with pytest.raises(FeedError, match=r"np\.stack\(df\['lags'\]\)"):
        program(frame)
    with pytest.raises(FeedError, match=r"np\.stack\(x\)"):
        program(frame["lags"].to_numpy(), frame["a"])
    with pytest.raises(ArgumentError, match=r"xp\.stack.*np\.stack\(df\['lags'\]\)"):
        program.on()
    np.testing.assert_array_equal(program(np.stack(frame["lags"]), frame["a"]), [2.0, 5.0])


def test_a_matrix_without_names():
    program = xp.trace(lambda X: X + 1, "float64[N, 2]")
    with pytest.raises(
        FeedError, match=r"takes one array, 'X' .* does not know the names of its columns"
    ):
        program(pd.DataFrame({"b": [1.0], "a": [2.0]}))
    np.testing.assert_array_equal(program({"X": np.zeros((1, 2))}), [[1.0, 1.0]])
    program = xp.trace(lambda X: X + 1, "float64[N, K]")
    with pytest.raises(FeedError, match=r"give an array, such as df.to_numpy"):
        program(pd.DataFrame({"b": [1.0], "a": [2.0]}))


def test_a_dict_that_is_an_argument():
    program = xp.trace(lambda p: p["a"] + p["b"], {"a": "float64[N]", "b": "float64[N]"})
    np.testing.assert_array_equal(program({"a": np.ones(1), "b": np.ones(1)}), [2.0])


def test_traced_columns(program: xp.Program):
    outer = xp.trace(lambda **columns: program(columns)["size"], **SPECS)
    np.testing.assert_array_equal(outer(pd.DataFrame(DATA)), EXPECTED["size"])


OF_NUMPY = {
    "f": np.asarray([0.1, np.nan, -0.0], np.float32),
    "d": np.asarray([1 / 3, np.inf, np.nan]),
    "i": np.asarray([2**60 + 1, -1, 0]),
    "u": np.asarray([2**64 - 1, 0, 1], np.uint64),
    "b": np.asarray([True, False, True]),
    "s": ["a", None, "é"],
    "o": np.asarray(["", np.nan, "x\0"], object),
}


def test_few_rows_of_several_dtypes(monkeypatch: pytest.MonkeyPatch):
    """Small frames of pandas give their columns together, with the same elements."""
    frame = pd.DataFrame(OF_NUMPY)
    arrays = {c: str(v.dtype) for c, v in OF_NUMPY.items() if isinstance(v, np.ndarray)}
    specs = {c: f"{arrays[c]}[N]" if c in "fdiub" else "string[N]" for c in OF_NUMPY}
    program = xp.trace(lambda **columns: {f"{c}_": x for c, x in columns.items()}, **specs)
    large = program(pd.concat([frame] * 20, ignore_index=True))
    monkeypatch.setattr(pd.DataFrame, "__getitem__", None)
    small = program(frame.assign(unused=pd.NaT))
    for name, column in small.items():
        np.testing.assert_array_equal(column, large[name][:3], strict=True)


def test_few_rows_of_other_dtypes():
    program = xp.trace(lambda x, s: (x, s), "float64[N]", "string[N]")
    frame = pd.DataFrame({"x": [1, 2], "s": pd.Categorical(["a", None])})
    assert [a.tolist() for a in program(frame)] == [[1.0, 2.0], ["a", ""]]
    with pytest.raises(FeedError, match="column 's' has 3 of type int, but text is needed"):
        program(pd.DataFrame({"x": [1.0], "s": np.asarray([3], object)}))


@pytest.mark.parametrize(
    "kind", [list, np.asarray, pd.Series, pl.Series, pa.array], ids=lambda kind: kind.__module__
)
def test_text_and_missing_values(kind: Any):
    text = ["m", None, "nan"]
    values = np.asarray(text, dtype=object) if kind is np.asarray else kind(text)
    np.testing.assert_array_equal(
        column_values.as_input(values, BY_NAME["string"], "x"), ["m", "", "nan"]
    )


def test_lists_with_nan_among_text():
    array = column_values.as_input(["m", np.nan, "nan"], BY_NAME["string"], "x")
    np.testing.assert_array_equal(array, ["m", "", "nan"])
    assert column_values.inferred_dtype(["m", np.nan], "x") is BY_NAME["string"]
    with pytest.raises(FeedError, match="has 1 of type int, but text is needed"):
        column_values.as_input(["m", 1], BY_NAME["string"], "x")


def test_columns_as_arguments(program: xp.Program):
    frame = pd.DataFrame(DATA)
    by_name = {name: frame[name] for name in SPECS}
    for result in (program(**by_name), program(*by_name.values())):
        for name, array in EXPECTED.items():
            np.testing.assert_array_equal(result[name], array)
    column = xp.trace(lambda a: a == "a", "string[N, 1]")
    np.testing.assert_array_equal(column(frame["name"]), [[True], [False], [False]])


def test_names_that_are_numbers():
    program = xp.trace(lambda **x: x["0"] - x["1"], **{"0": "float64[N]", "1": "float64[N]"})
    np.testing.assert_array_equal(program(pd.DataFrame({1: [1.0], 0: [3.0]})), [2.0])
    np.testing.assert_array_equal(program({"1": np.ones(1), 0: np.zeros(1)}), [-1.0])
    np.testing.assert_array_equal(
        program({1: np.zeros(1), "1": np.ones(1), 0: np.zeros(1)}), [-1.0]
    )


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (pd.DataFrame(DATA).iloc[0], "a Series is one row or one column; give a data frame"),
        (pd.DataFrame(DATA).to_dict("records"), "a list of rows is not a table"),
        (pd.DataFrame(DATA).to_numpy(), "an array of rows and columns has one dtype and no names"),
        ({name: values[0] for name, values in DATA.items()}, "column 'size' is 1.5 of type float"),
        (pd.DataFrame(DATA).to_dict(), "column 'size' is {.*} of type dict; a table has an array"),
    ],
    ids=["row", "records", "array", "record", "dict of dicts"],
)
def test_rows_that_are_no_table(program: xp.Program, rows: Any, message: str):
    with pytest.raises(FeedError, match=message):
        program(rows)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (pd.Series([1.0, 2.0]), "not Series; a Series is one row or one column"),
        ([{"a": 1.0, "b": 2.0}], "not list; a list of rows is not a table"),
        ([["a", "b"]], r"not list; use np.asarray\(x, 'float64'\)"),
    ],
)
def test_rows_that_are_no_matrix(rows: Any, message: str):
    with pytest.raises(FeedError, match=message):
        xp.trace(lambda X: X + 1, "float64[N, 2]")(rows)


def test_lists_of_text():
    program = xp.trace(lambda x: x == "a", "string[N]")
    with pytest.raises(FeedError, match=r"use np.asarray\(x, 'str'\), with '' for what is missing"):
        program(["a", None])


def test_empty_tables():
    program = xp.trace(lambda a, b: (a, b), "float64[N>=0]", "string[N]")
    a, b = program(pd.DataFrame({"a": np.empty(0), "b": np.empty(0, dtype=object)}))
    assert a.shape == b.shape == (0,)


class Exported:
    """What exports a table as a stream or an array of Arrow, and has nothing else of a table."""

    def __init__(self, table: Any, method: str) -> None:
        setattr(type(self), method, lambda self, requested_schema=None: getattr(table, method)())


class Relation(Exported):
    """One that has columns, but not as frames do, such as a relation of DuckDB."""

    columns, dtypes = ("b", "a"), ("double", "double")

    def __getitem__(self, name: str) -> Any:
        raise TypeError(name)


@pytest.mark.parametrize("base", [Exported, Relation])
@pytest.mark.parametrize("method", ["__arrow_c_stream__", "__arrow_c_array__"])
def test_what_exports_arrow_is_a_table(base: type[Exported], method: str) -> None:
    data = {"b": [1.0, 2.0], "a": [8.0, 6.0]}
    kind = pa.Table if method == "__arrow_c_stream__" else pa.RecordBatch
    obj = type("Of", (base,), {})(kind.from_pydict(data), method)
    program = xp.trace(lambda a, b: {"y": a - b}, "float64[N]", "float64[N]")
    np.testing.assert_array_equal(program(obj)["y"], [7.0, 4.0])
    scored = program.on(keep=["a"])(obj)
    assert isinstance(scored, kind)
    assert scored.to_pydict() == {"a": [8.0, 6.0], "y": [7.0, 4.0]}


@pytest.mark.parametrize(
    ("dtype", "fitting", "others"),
    [
        ("uint8", ([0, 255], [True, False], []), ([256], [-1], [1.5], ["1"], [None])),
        ("int64", ([-(2**63), 1],), ([2**63], [1.5])),
        ("float16", ([1, 2], [0.5, None], [np.inf, np.nan]), ([1e6], [2**40], ["1"])),
        ("float32", ([1, 2.5], [2**40]), ([1e39],)),
        ("bool", ([True],), ([1],)),
    ],
)
def test_lists_take_the_dtype_of_their_input(dtype: str, fitting: Any, others: Any) -> None:
    program = xp.trace(lambda a: {"y": a}, f"{dtype}[N>=0]")
    for call in (program, program.on()):
        for values in fitting:
            result = call({"a": values})["y"]
            assert result.dtype == dtype
            expected = np.asarray([np.nan if v is None else v for v in values], dtype)
            np.testing.assert_array_equal(result, expected)
        for values in others:
            with pytest.raises(FeedError, match="column 'a'"):
                call({"a": values})
