"""Scorers: tables of all kinds, columns by name, and files that are scored in batches."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

import onnxp as xp
from onnxp._src.program import engines
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    AssumptionError,
    EvaluationError,
    FeedError,
)
from tests.helpers.tables import DATA, EXPECTED, ROWS, columns_of

KINDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "pandas": pd.DataFrame,
    "pandas, another index": lambda data: pd.DataFrame(
        data, index=[f"row {i}" for i in range(ROWS)]
    ),
    "polars": pl.DataFrame,
    "Arrow table": pa.table,
    "Arrow batch": pa.RecordBatch.from_pydict,
    "dict": dict,
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_result_is_of_the_kind_of_the_table(kind: str, of_columns: xp.Program):
    table = KINDS[kind](DATA)
    result = of_columns.on(keep=["id"])(table)
    assert type(result) is type(table)
    assert columns_of(result) == {"id": DATA["id"].tolist(), **EXPECTED}
    if isinstance(table, pd.DataFrame):
        assert result.index.equals(table.index)


@pytest.mark.parametrize("kind", KINDS)
def test_columns_are_taken_by_name(kind: str, of_columns: xp.Program):
    turned = {name: DATA[name] for name in reversed(DATA)}
    assert columns_of(of_columns.on()(KINDS[kind](turned))) == EXPECTED


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "index" not in kind])
def test_a_table_without_rows_has_the_columns(kind: str, of_columns: xp.Program):
    result = of_columns.on(keep=["id"])(KINDS[kind]({k: v[:0] for k, v in DATA.items()}))
    assert columns_of(result) == {"id": [], "score": [], "label": []}


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_column_is_named(kind: str, of_columns: xp.Program):
    table = KINDS[kind]({k: v for k, v in DATA.items() if k != "fare"})
    with pytest.raises(FeedError, match=r"has no \['fare'\]"):
        of_columns.on()(table)


def test_a_column_that_is_there_twice_is_refused(of_columns: xp.Program):
    frame = pd.DataFrame(DATA)
    with pytest.raises(FeedError, match="several columns 'age'"):
        of_columns.on()(pd.concat([frame, frame[["age"]]], axis=1))
    names = [*DATA, "age"]
    columns = [pa.array(DATA[name]) for name in names]
    for kind in (pa.Table, pa.RecordBatch):
        with pytest.raises(FeedError, match="several columns 'age'"):
            of_columns.on()(kind.from_arrays(columns, names))


def test_columns_of_a_matrix_are_named_in_their_order(of_matrix: xp.Program):
    frame = pd.DataFrame(DATA)
    result = of_matrix.on(["fare", "age"])(frame)
    assert list(result.columns) == ["p_0", "p_1"]
    assert result["p_1"].tolist() == (DATA["age"] * 10).tolist()
    assert result["p_0"].dtype == np.float32
    array = of_matrix.on(["fare", "age"])(frame[["fare", "age"]].to_numpy())
    assert array.tolist() == result.to_numpy().tolist()


def test_columns_may_be_called_otherwise(of_columns: xp.Program):
    renamed = pd.DataFrame(DATA).rename(columns={"age": "years"})
    assert columns_of(of_columns.on(["years", "sex", "fare"])(renamed)) == EXPECTED


def test_numbers_are_cast_by_their_dtypes_alone(of_matrix: xp.Program):
    integers = {"a": np.asarray([1, 2]), "b": np.asarray([3, 4])}
    floats = {"a": np.asarray([1.0, 2.0]), "b": np.asarray([0.1, 0.2])}
    result = of_matrix.on(["a", "b"])(floats)
    assert result["p_1"].tolist() == (np.float32([0.1, 0.2]) * np.float32(10)).tolist()
    assert of_matrix.on(["a", "b"])(integers)["p_0"].tolist() == [1.0, 2.0]
    for table in (floats, integers):
        with pytest.raises(FeedError, match="float32 is needed"):
            of_matrix.on(["a", "b"], cast="safe")(table)
    whole = xp.trace(lambda n: n + 1, "int64[N]")
    with pytest.raises(FeedError, match="int64 is needed"):
        whole.on()({"n": [1.0, 2.0]})  # whole numbers, but a dtype of fractions


def test_an_estimators_names_and_classes_are_known():
    pytest.importorskip("sklearn", reason="`make test` installs sklearn")
    from sklearn.linear_model import LogisticRegression

    from onnxp.sklearn import trace_estimator

    frame = pd.DataFrame(DATA)[["fare", "age"]]
    model = LogisticRegression().fit(frame, DATA["sex"])
    scorer = trace_estimator(model, ["predict", "predict_proba"]).on()
    result = scorer(frame[["age", "fare"]])
    assert list(result.columns) == ["label", "probabilities_", "probabilities_f", "probabilities_m"]
    assert result["label"].tolist() == model.predict(frame).tolist()
    assert np.allclose(result.iloc[:, 1:], model.predict_proba(frame), rtol=1e-12)
    mixed = scorer(frame.to_numpy())
    assert mixed.dtype == object
    assert mixed[:, 0].tolist() == model.predict(frame).tolist()


def test_it_can_be_pickled(of_columns: xp.Program):
    scorer = of_columns.on(keep=["id"])
    again = pickle.loads(pickle.dumps(scorer))
    assert repr(again) == repr(scorer)
    assert again.columns == ("age", "sex", "fare")
    assert again.outputs == ("score", "label")
    assert columns_of(again(pd.DataFrame(DATA))) == {"id": DATA["id"].tolist(), **EXPECTED}


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "names of a matrix": (
        lambda: xp.trace(lambda X: X[:, 0], "float32[N, 2]").on(),
        ArgumentError,
        r"program\.on\(\[",
    ),
    "too few columns": (
        lambda: xp.trace(lambda X: X[:, 0], "float32[N, 2]").on(["a"]),
        ArgumentError,
        "takes 2 columns",
    ),
    "too many columns": (
        lambda: xp.trace(lambda a: a, "float32[N]").on(["a", "b"]),
        ArgumentError,
        r"takes the columns \['a'\]",
    ),
    "known columns in another order": (
        lambda: xp.trace(lambda a, b: a - b, "float32[N]", "float32[N]").on(["b", "a"]),
        ArgumentError,
        r"finds them by name.* would give \['b', 'a'\] to other inputs",
    ),
    "a known column in another place": (
        lambda: xp.trace(lambda a, b: a - b, "float32[N]", "float32[N]").on(["c", "a"]),
        ArgumentError,
        r"would give \['a'\] to other inputs",
    ),
    "an input of rank 3": (
        lambda: xp.trace(lambda X: X[:, 0, 0], "float32[N, 2, 2]").on(["a"]),
        ArgumentError,
        "no column of a table",
    ),
    "an output of rank 0": (
        lambda: xp.trace(lambda a: xp.sum(a), "float32[N]").on(),
        ArgumentError,
        "not a column of a table",
    ),
    "a complex output": (
        lambda: xp.trace(lambda a: a + 1j, "float32[N]").on(),
        ArgumentError,
        "not a column of a table",
    ),
    "an unknown number of columns": (
        lambda: xp.trace(lambda a, b: a[:, None] * b, "float32[N]", "float32[M]").on(),
        ArgumentError,
        "not known",
    ),
    "a name twice": (
        lambda: xp.trace(lambda a, b: a + b, "float32[N]", "float32[N]").on(["a", "a"]),
        ArgumentError,
        "twice",
    ),
    "a table": (
        lambda: xp.trace(lambda a: a, "float32[N]").on(pd.DataFrame({"a": [1.0]})),
        ArgumentTypeError,
        re.escape("not a DataFrame; score a table by program.on()(table)"),
    ),
    "one name": (
        lambda: xp.trace(lambda a: a, "float32[N]").on("a"),
        ArgumentTypeError,
        "list of names",
    ),
    "a kept column called as an output": (
        lambda: xp.trace(lambda a: {"p": a}, "float32[N]").on(keep=["p"]),
        ArgumentError,
        "names of outputs",
    ),
    "outputs of one name": (
        lambda: xp.trace(lambda a: {"s": xp.stack([a, a], axis=1), "s_0": a}, "float64[N]").on(),
        ArgumentError,
        r"would be called \['s_0'\]",
    ),
    "rows that are selected": (
        lambda: xp.trace(lambda a: a[a > 1], "float64[N]").on()({"a": [0.0, 2.0, 0.0]}),
        EvaluationError,
        "1 rows for 3 rows",
    ),
    "columns of different lengths": (
        lambda: xp.trace(lambda a, b: a, "float64[N]", "float64[M]").on()(
            {"a": [1.0], "b": [1.0, 2.0]}
        ),
        FeedError,
        "different numbers of rows",
    ),
    "integers that would wrap": (
        lambda: xp.trace(lambda a: a, "int8[N]").on()({"a": np.asarray([300])}),
        FeedError,
        "int8 is needed",
    ),
    "a lazy frame": (
        lambda: xp.trace(lambda a: a, "float64[N]").on()(pl.LazyFrame({"a": [1.0]})),
        FeedError,
        "map_batches",
    ),
    "a column": (
        lambda: xp.trace(lambda a: a, "float64[N]").on()(pl.Series([1.0])),
        FeedError,
        "a table is needed",
    ),
    "an unknown cast": (
        lambda: xp.trace(lambda a: a, "float32[N]").on(cast="unsafe"),
        ArgumentError,
        "'safe' or 'same_kind'",
    ),
    "a list of rows": (
        lambda: xp.trace(lambda a: a, "float32[N]").on()([{"a": 1.0}]),
        FeedError,
        "pandas.DataFrame",
    ),
    "a number": (lambda: xp.trace(lambda a: a, "float32[N]").on()(3), FeedError, "data frame"),
    "an array of another width": (
        lambda: xp.trace(lambda a: a, "float32[N]").on()(np.zeros((3, 2))),
        FeedError,
        "a column for each",
    ),
    "kept columns of an array": (
        lambda: xp.trace(lambda a: a, "float32[N]").on(keep=["k"])(np.zeros((3, 1))),
        FeedError,
        "no names",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_columns_is_refused(name: str):
    make, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        make()


class TestEngines:
    def test_schemas_are_those_of_the_results(self, of_columns: xp.Program):
        scorer = of_columns.on(keep=["id"])
        frame = pl.DataFrame(DATA)
        assert scorer.schema(frame.lazy()) == scorer(frame).schema
        lazy = frame.lazy().map_batches(scorer, schema=scorer.schema(frame.lazy()))
        assert columns_of(lazy.collect()) == {"id": DATA["id"].tolist(), **EXPECTED}
        meta = scorer.meta(pd.DataFrame(DATA))
        assert meta.dtypes.equals(scorer(pd.DataFrame(DATA)).dtypes)
        assert len(meta) == 0
        assert of_columns.on().ddl == "`score` double, `label` string"
        with pytest.raises(ArgumentError, match="kept columns"):
            _ = scorer.ddl

    def test_dtypes_that_an_engine_lacks_are_named(self):
        scorer = xp.trace(lambda a: {"p": a}, "float16[N]").on()
        with pytest.raises(ArgumentError, match="'p' is float16"):
            _ = scorer.ddl

    def test_quotes_in_names(self):
        assert engines.quoted('a"b`c') == '"a""b`c"'
        assert engines.quoted('a"b`c', "`") == '`a"b``c`'

    def test_batches_are_scored_one_by_one(self, of_columns: xp.Program):
        table = pa.table(DATA)
        batches = list(of_columns.on().iterate(table.to_batches(max_chunksize=3)))
        assert [batch.num_rows for batch in batches] == [3, 3, 1]
        assert columns_of(pa.Table.from_batches(batches)) == EXPECTED

    def test_the_function_for_duckdb(self, of_columns: xp.Program):
        options = of_columns.on().duckdb()
        assert options["parameters"] == ["DOUBLE", "VARCHAR", "DOUBLE"]
        assert options["return_type"] == 'STRUCT("score" DOUBLE, "label" VARCHAR)'
        table = pa.table(DATA)
        result = options["function"](table["age"], table["sex"], table["fare"])
        assert result.field("score").to_pylist() == EXPECTED["score"]
        single = xp.trace(lambda a: a * 2, "float64[N]").on().duckdb()
        assert single["return_type"] == "DOUBLE"
        assert single["function"](table["fare"]).to_pylist() == (DATA["fare"] * 2).tolist()

    @pytest.mark.parametrize(
        ("dtype", "kind"),
        [
            ("int64?", "BIGINT"),
            ("bool?", "BOOLEAN"),
            ("float32?", "FLOAT"),
            ("string?", "VARCHAR"),
            ("datetime64[s]", "TIMESTAMP_S"),
            ("datetime64[D]", "DATE"),
        ],
    )
    def test_duckdb_has_a_type_for_nulls_and_times(self, dtype: str, kind: str):
        options = xp.trace(lambda a: {"y": a}, f"{dtype}[N]").on().duckdb()
        assert options["parameters"] == [kind]
        assert options["return_type"] == kind
        assert options["null_handling"] == ("special" if "?" in dtype else "default")
        column = pa.array([1, None]).cast(
            {"string?": "string", "bool?": "bool", "float32?": "float32"}.get(dtype, "int64")
        )
        if dtype.startswith("datetime"):
            column = pa.array(np.array([1, "NaT"], f"M8[{dtype[-2]}]"))
        assert options["function"](column).to_pylist() == column.to_pylist()

    @pytest.mark.parametrize("dtype", ["float16", "timedelta64[s]", "datetime64[h]"])
    def test_what_duckdb_lacks_is_named(self, dtype: str):
        program = xp.trace(lambda a: {"y": a == a}, f"{dtype}[N]")
        with pytest.raises(ArgumentError, match=re.escape(f"input 'a' is {dtype}, which")):
            program.on().duckdb()

    def test_frames_of_other_packages_are_named(self, of_columns: xp.Program):
        scorer = of_columns.on()
        with pytest.raises(FeedError, match=r"not pandas.DataFrame; write scorer.meta\(df\)"):
            scorer.schema(pd.DataFrame(DATA))
        with pytest.raises(FeedError, match=r"not polars.DataFrame; write scorer.schema\(lf\)"):
            scorer.meta(pl.DataFrame(DATA))


@pytest.mark.parametrize("kind", ["pandas", "polars", "Arrow table"])
def test_times_with_a_zone_are_refused(kind: str):
    when = pd.to_datetime(["2024-01-01 00:30"]).tz_localize("Europe/Berlin")
    table = KINDS[kind]({"when": when}) if kind == "pandas" else pa.table({"when": pa.array(when)})
    table = pl.from_arrow(table) if kind == "polars" else table
    program = xp.trace(lambda when: {"next": when}, "datetime64[ns][N]")
    with pytest.raises(FeedError, match=r"zone|tz_convert"):
        program.on()(table)


def test_text_keeps_null_characters(of_columns: xp.Program):
    program = xp.trace(lambda a: {"t": a}, "string[N]")
    assert program.on()(pa.table({"a": ["a\0b"]}))["t"].to_pylist() == ["a\0b"]


def test_workers_of_an_engine_use_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONNXP_NUM_THREADS", raising=False)
    scorer = xp.trace(lambda X: X @ xp.asarray([2.0, 1.0]), "float64[N, 2]").on(["a", "b"])
    used: list[object] = []

    def run(self: xp.Program, arrays: list[np.ndarray], threads: int | None = None) -> list[Any]:
        used.append(threads)
        return [np.zeros(len(arrays[0]))]

    monkeypatch.setattr(xp.Program, "run", run)
    table = {"a": np.ones(3), "b": np.ones(3)}
    scorer(table)
    pickle.loads(pickle.dumps(scorer))(table)
    monkeypatch.setenv("ONNXP_NUM_THREADS", "2")
    pickle.loads(pickle.dumps(scorer))(table)
    assert used == [None, 1, None]


# Categories

SIZE = xp.category(("S", "M", "L"), ordered=True)
OF_NUMBERS = [("S", 5), ("M", 15), (None, 99), ("L", 25)]


@pytest.fixture(scope="module")
def sizes() -> xp.Scorer:
    def f(x: xp.Array) -> dict[str, xp.Array]:
        return {"size": xp.recode(x // 10, SIZE), "y": x}

    return xp.trace(f, "int64[N]").on()


def test_categories_of_pandas(sizes: xp.Scorer):
    df = pd.DataFrame({"x": [x for _, x in OF_NUMBERS]}, index=list("abcd"))
    expected = pd.Categorical([s for s, _ in OF_NUMBERS], list(SIZE.categories), ordered=True)
    pd.testing.assert_series_equal(
        sizes(df)["size"], pd.Series(expected, index=df.index, name="size")
    )
    assert sizes.meta(df)["size"].dtype == expected.dtype


def test_categories_of_arrow(sizes: xp.Scorer, tmp_path: Path):
    table = pa.table({"x": [x for _, x in OF_NUMBERS]})
    column = sizes(table)["size"]
    assert column.type == pa.dictionary(pa.int32(), pa.string(), ordered=True)
    assert column.to_pylist() == [s for s, _ in OF_NUMBERS]
    (batch,) = sizes.iterate(table.to_batches())
    assert batch["size"].type == pa.string()  # as Spark is told
    parquet.write_table(table, tmp_path / "x.parquet")
    sizes.stream(tmp_path / "x.parquet", tmp_path / "sizes.parquet", batch=2)
    assert parquet.read_table(tmp_path / "sizes.parquet")["size"].to_pylist() == column.to_pylist()
    sizes.stream(tmp_path / "x.parquet", tmp_path / "sizes.csv", batch=2)
    assert pd.read_csv(tmp_path / "sizes.csv")["size"].fillna("").tolist() == ["S", "M", "", "L"]


def test_categories_of_polars(sizes: xp.Scorer):
    df = pl.DataFrame({"x": [x for _, x in OF_NUMBERS]})
    result = sizes(df)
    assert result["size"].dtype == pl.Enum(list(SIZE.categories))
    assert result["size"].to_list() == [s for s, _ in OF_NUMBERS]
    lazy = df.lazy().map_batches(sizes, schema=sizes.schema(df))
    assert lazy.collect().equals(result)


def test_codes_become_categories():
    program = xp.trace(lambda c: {"d": c}, xp.spec("category[a, b][N]", encoding="codes"))
    column = pd.Categorical(["a", None, "b"])
    assert program.on()(pd.DataFrame({"c": column}))["d"].tolist() == ["a", np.nan, "b"]


def test_batches_that_violate_an_assumption(tmp_path: Path):
    def scale(x: Any) -> dict[str, Any]:
        return {"y": x if xp.any(x < 0) else x * 10}

    program = xp.trace(scale, "float64[N]", example=np.ones(2), check_assumptions=True)
    (tmp_path / "in.csv").write_text("x\n1\n2\n3\n-4\n")
    for checked in (program, xp.load(bytes(program))):
        assert checked.on()({"x": [1.0, 2.0]})["y"].tolist() == [10.0, 20.0]
        with pytest.raises(AssumptionError, match=r"does not hold for these data: .* is False"):
            checked.on()(pd.DataFrame({"x": [1.0, -2.0]}))
        with pytest.raises(AssumptionError, match=r"rows 2 to 3 of in.csv: an assumption does not"):
            checked.on().stream(tmp_path / "in.csv", tmp_path / "out.csv", batch=2)
    unchecked = xp.trace(scale, "float64[N]", example=np.ones(2))
    assert unchecked.on()({"x": [1.0, -2.0]})["y"].tolist() == [10.0, -20.0]
