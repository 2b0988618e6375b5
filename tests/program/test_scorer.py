"""Scorers: tables of all kinds, columns by name, and files that are scored in batches."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

import onnxp as xp
from onnxp._src.program import engines, streams
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    AssumptionError,
    EvaluationError,
    FeedError,
    MissingPackageError,
)

ROWS = 7
DATA = {
    "id": np.arange(ROWS) + 100,
    "fare": np.linspace(-1, 2, ROWS),
    "age": np.arange(ROWS, dtype=np.float32) * 3,
    "sex": np.asarray(["f", "m", "f", "f", "m", "", "m"], dtype=object),
}
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


def _columns(table: Any) -> dict[str, list[Any]]:
    names = table.keys() if isinstance(table, dict) else getattr(table, "column_names", None)
    names = list(table.columns if names is None else names)
    return {name: np.asarray(table[name]).tolist() for name in names}


@pytest.fixture(scope="module")
def of_columns() -> xp.Program:
    """Return a program with an input for each column."""

    def predict(age, sex, fare):
        score = age * 2 + fare
        return {"score": score, "label": xp.where(sex == "f", "yes", "no")}

    return xp.trace(predict, "float64[N]", "string[N]", "float64[N]")


@pytest.fixture(scope="module")
def of_matrix() -> xp.Program:
    """Return a program of one matrix, without names."""
    return xp.trace(lambda X: {"p": X * xp.asarray([1.0, 10.0], dtype=xp.float32)}, "float32[N, 2]")


EXPECTED = {
    "score": (DATA["age"] * 2.0 + DATA["fare"]).tolist(),
    "label": ["yes" if s == "f" else "no" for s in DATA["sex"]],
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_result_is_of_the_kind_of_the_table(kind: str, of_columns: xp.Program):
    table = KINDS[kind](DATA)
    result = of_columns.on(keep=["id"])(table)
    assert type(result) is type(table)
    assert _columns(result) == {"id": DATA["id"].tolist(), **EXPECTED}
    if isinstance(table, pd.DataFrame):
        assert result.index.equals(table.index)


@pytest.mark.parametrize("kind", KINDS)
def test_columns_are_taken_by_name(kind: str, of_columns: xp.Program):
    turned = {name: DATA[name] for name in reversed(DATA)}
    assert _columns(of_columns.on()(KINDS[kind](turned))) == EXPECTED


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "index" not in kind])
def test_a_table_without_rows_has_the_columns(kind: str, of_columns: xp.Program):
    result = of_columns.on(keep=["id"])(KINDS[kind]({k: v[:0] for k, v in DATA.items()}))
    assert _columns(result) == {"id": [], "score": [], "label": []}


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_column_is_named(kind: str, of_columns: xp.Program):
    table = KINDS[kind]({k: v for k, v in DATA.items() if k != "fare"})
    with pytest.raises(FeedError, match=r"has no \['fare'\]"):
        of_columns.on()(table)


def test_a_column_that_is_there_twice_is_refused(of_columns: xp.Program):
    frame = pd.DataFrame(DATA)
    with pytest.raises(FeedError, match="several columns 'age'"):
        of_columns.on()(pd.concat([frame, frame[["age"]]], axis=1))


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
    assert _columns(of_columns.on(["years", "sex", "fare"])(renamed)) == EXPECTED


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
    assert _columns(again(pd.DataFrame(DATA))) == {"id": DATA["id"].tolist(), **EXPECTED}


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
        assert _columns(lazy.collect()) == {"id": DATA["id"].tolist(), **EXPECTED}
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
        assert _columns(pa.Table.from_batches(batches)) == EXPECTED

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


# Files


def _write(path: Path, table: pa.Table) -> None:
    match path.suffix:
        case ".csv":
            csv.write_csv(table, path)
        case ".parquet":
            parquet.write_table(table, path)
        case ".arrow" | ".feather":
            with pa.ipc.new_file(str(path), table.schema) as writer:
                writer.write(table)


def _read(path: Path) -> pa.Table:
    match path.suffix:
        case ".csv":
            return csv.read_csv(path)
        case ".parquet":
            return parquet.read_table(path)
        case _:
            return pa.ipc.open_file(path.read_bytes()).read_all()


SUFFIXES = [".csv", ".parquet", ".arrow", ".feather"]


@pytest.mark.parametrize("target", SUFFIXES)
@pytest.mark.parametrize("source", SUFFIXES)
def test_files_of_all_formats(source: str, target: str, tmp_path: Path, of_columns: xp.Program):
    _write(tmp_path / f"in{source}", pa.table(DATA))
    scorer = of_columns.on(keep=["id"])
    rows = scorer.stream(tmp_path / f"in{source}", tmp_path / f"out{target}", batch=3)
    assert rows == ROWS
    result = _columns(_read(tmp_path / f"out{target}"))
    assert (
        list(map(int, result.pop("id"))) == DATA["id"].tolist()
    )  # text, if it was that of a CSV file
    assert result == EXPECTED
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([f"in{source}", f"out{target}"])


@pytest.mark.parametrize("batch", [1, 2, 7, 100])
def test_arrays_in_files(batch: int, tmp_path: Path, of_matrix: xp.Program):
    array = np.arange(14, dtype=np.float32).reshape(7, 2)
    np.save(tmp_path / "in.npy", array)
    of_matrix.on(["a", "b"]).stream(tmp_path / "in.npy", tmp_path / "out.npy", batch=batch)
    result = np.load(tmp_path / "out.npy")
    assert result.dtype == np.float32
    assert np.array_equal(result, array * np.float32([1, 10]))


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".arrow"])
def test_a_file_without_rows_gives_the_columns(suffix: str, tmp_path: Path, of_columns: xp.Program):
    table = pa.table({"age": [1.0], "sex": ["f"], "fare": [1.0]})
    _write(tmp_path / f"in{suffix}", table.slice(0, 0))
    assert of_columns.on().stream(tmp_path / f"in{suffix}", tmp_path / "out.parquet") == 0
    assert _read(tmp_path / "out.parquet").column_names == ["score", "label"]


def _failing(scorer: xp.Scorer, batch: int) -> xp.Scorer:
    """Let the scorer fail at a batch, as if the process had ended there."""

    class Interrupted:
        calls = 0

    run = scorer._program.run

    def failing(arrays: Any, **options: Any) -> Any:
        Interrupted.calls += 1
        if Interrupted.calls == batch:
            raise KeyboardInterrupt
        return run(arrays, **options)

    class Failing:
        signature = scorer._program.signature
        __getstate__ = scorer._program.__getstate__

    copy = pickle.loads(pickle.dumps(scorer))
    copy._program = Failing()
    copy._program.run = failing
    return copy


def test_an_interrupted_run_goes_on(
    tmp_path: Path, of_columns: xp.Program, monkeypatch: pytest.MonkeyPatch
):
    _write(tmp_path / "in.csv", pa.table(DATA))
    scorer = of_columns.on(keep=["id"])
    with pytest.raises(KeyboardInterrupt):
        _failing(scorer, 3).stream(tmp_path / "in.csv", tmp_path / "out.csv", batch=2)
    assert not (tmp_path / "out.csv").exists()
    parts = tmp_path / "out.csv.parts"
    assert len(list(parts.glob("*.arrow"))) == 2
    written = []
    write = streams._write_part
    monkeypatch.setattr(
        streams,
        "_write_part",
        lambda pa, path, table: (written.append(path.name), write(pa, path, table)),
    )
    assert scorer.stream(tmp_path / "in.csv", tmp_path / "out.csv", batch=2) == ROWS
    assert written == ["part-00000002.arrow", "part-00000003.arrow"]
    assert _columns(_read(tmp_path / "out.csv")) == {"id": DATA["id"].tolist(), **EXPECTED}
    assert not parts.exists()


def test_one_run_at_a_time_writes_a_target(
    tmp_path: Path, of_columns: xp.Program, monkeypatch: pytest.MonkeyPatch
):
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    _write(source, pa.table(DATA))
    (tmp_path / "out.csv.lock").touch()  # as a run that was killed leaves it
    scorer = of_columns.on(keep=["id"])
    write, refused = streams._write_part, []

    def write_beside_another(*args: Any) -> None:
        with pytest.raises(ArgumentError, match=r"another run is writing .*out\.csv"):
            scorer.stream(source, target, batch=2)
        refused.append(True)
        assert scorer.stream(source, tmp_path / "other.parquet", batch=ROWS) == ROWS
        write(*args)

    monkeypatch.setattr(
        streams,
        "_write_part",
        lambda *args: write(*args) if refused else write_beside_another(*args),
    )
    assert scorer.stream(source, target, batch=2) == ROWS
    assert refused == [True]
    assert _columns(_read(target)) == {"id": DATA["id"].tolist(), **EXPECTED}
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "in.csv",
        "other.parquet",
        "out.csv",
    ]


def test_processes_with_one_target(tmp_path: Path, of_columns: xp.Program):
    count = 5_000
    _write(tmp_path / "in.csv", pa.table({k: np.resize(v, count) for k, v in DATA.items()}))
    of_columns.save(tmp_path / "model.onnx")
    code = """
import sys, onnxp
scorer = onnxp.load("model.onnx").on()
for _ in range(3):
    try:
        print(scorer.stream("in.csv", "out.parquet", batch=200), flush=True)
    except onnxp.errors.ArgumentError as error:
        assert "another run is writing" in str(error)
"""
    command = [sys.executable, "-c", code]
    pipe = subprocess.PIPE
    runs = [subprocess.Popen(command, cwd=tmp_path, stdout=pipe, stderr=pipe) for _ in range(2)]
    results = [run.communicate() for run in runs]
    assert not any(error for _, error in results), results
    assert b"".join(out for out, _ in results).split()[0] == b"%d" % count
    expected = np.resize(EXPECTED["score"], count)
    np.testing.assert_array_equal(_columns(_read(tmp_path / "out.parquet"))["score"], expected)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "in.csv",
        "model.onnx",
        "out.parquet",
    ]


@pytest.mark.parametrize("change", ["the source", "the batch", "the model", "what is kept"])
def test_parts_of_another_task_are_not_used(change: str, tmp_path: Path, of_columns: xp.Program):
    _write(tmp_path / "in.csv", pa.table(DATA))
    scorer, batch = of_columns.on(keep=["id"]), 2
    with pytest.raises(KeyboardInterrupt):
        _failing(scorer, 3).stream(tmp_path / "in.csv", tmp_path / "out.csv", batch=batch)
    expected = EXPECTED["score"]
    match change:
        case "the source":
            _write(tmp_path / "in.csv", pa.table({**DATA, "fare": DATA["fare"] + 1000}))
            expected = (DATA["age"] * 2.0 + DATA["fare"] + 1000).tolist()
        case "the batch":
            batch = 3
        case "the model":
            other = xp.trace(
                lambda age, sex, fare: {"score": -fare, "label": sex},
                *["float64[N]", "string[N]"],
                "float64[N]",
            )
            scorer, expected = other.on(keep=["id"]), (-DATA["fare"]).tolist()
        case "what is kept":
            scorer = of_columns.on(keep=["age"])
    scorer.stream(tmp_path / "in.csv", tmp_path / "out.csv", batch=batch)
    assert _columns(_read(tmp_path / "out.csv"))["score"] == pytest.approx(expected)


def test_a_batch_that_fails_is_named(tmp_path: Path):
    table = xp.asarray([1.0, 2.0])
    program = xp.trace(lambda i: {"taken": xp.take(table, i)}, "int64[N]")
    csv.write_csv(pa.table({"i": [0, 1, 1, 5, 0]}), tmp_path / "in.csv")
    with pytest.raises(EvaluationError, match=r"^rows 2 to 3 of in\.csv: "):
        program.on().stream(tmp_path / "in.csv", tmp_path / "out.csv", batch=2)
    assert not (tmp_path / "out.csv").exists()


def test_wide_rows_come_in_smaller_batches(
    tmp_path: Path, of_matrix: xp.Program, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(streams, "MAX_BYTES", 32)  # a row takes 16
    np.save(tmp_path / "in.npy", np.zeros((5, 2), np.float32))
    sizes = []
    scorer = of_matrix.on(["a", "b"])
    run = of_matrix.run

    def noting(arrays: Any, **options: Any) -> Any:
        sizes.append(len(arrays[0]))
        return run(arrays, **options)

    failing = _failing(scorer, 99)
    failing._program.run = noting
    failing.stream(tmp_path / "in.npy", tmp_path / "out.npy")
    assert sizes == [2, 2, 1]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("in.csv", b"age,sex,fare\n1,f,2\n3,m\n", "cannot be read"),
        ("in.csv", b"age,sex\n1,f\n", "fare"),
        ("in.csv", b"age,sex,fare\n1,f,much\n", "cannot be read: In column 'fare': .*'much'"),
        ("in.parquet", b"PAR1", "cannot be read"),
        ("in.arrow", b"ARROW1", "cannot be read"),
        ("in.npy", b"\x93NUMPY", "cannot be read"),
        ("in.npy", b"", "cannot be read: it is empty"),
        ("in.xlsx", b"", r"the suffix must be one of \.csv"),
    ],
)
def test_files_that_cannot_be_read(
    name: str, content: bytes, message: str, tmp_path: Path, of_columns: xp.Program
):
    (tmp_path / name).write_bytes(content)
    with pytest.raises((ArgumentError, FeedError), match=message):
        of_columns.on().stream(tmp_path / name, tmp_path / "out.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]


def test_bytes_in_another_order(tmp_path: Path):
    np.save(tmp_path / "in.npy", np.arange(6, dtype=">f8").reshape(3, 2))
    scorer = xp.trace(lambda x: x[:, :1] * 2, "float64[N, 2]").on(["a", "b"])
    scorer.stream(tmp_path / "in.npy", tmp_path / "out.npy", batch=2)
    assert np.load(tmp_path / "out.npy").ravel().tolist() == [0.0, 4.0, 8.0]


@pytest.mark.parametrize("name", ["in.csv", "out.csv"])
def test_folders_are_no_files(name: str, tmp_path: Path, of_columns: xp.Program):
    csv.write_csv(pa.table(DATA), tmp_path / "rows.csv")
    (tmp_path / name).mkdir()
    paths = {"in.csv": ("in.csv", "new.csv"), "out.csv": ("rows.csv", "out.csv")}[name]
    with pytest.raises(ArgumentError, match=f"{name} is a folder"):
        of_columns.on().stream(*(tmp_path / path for path in paths))


KEPT = ["007", "12345678901234567890", "1e5", "12:30", "NA", '"a\nb"', ""]


def test_kept_columns_of_text_files_are_not_read_as_something_else(tmp_path: Path):
    rows = "".join(f"{i},{value}\n" for i, value in enumerate(KEPT))
    (tmp_path / "in.csv").write_text("a,key\n" + rows)
    scorer = xp.trace(lambda a: {"s": a}, "float64[N]").on(keep=["key"])
    assert scorer.stream(tmp_path / "in.csv", tmp_path / "out.parquet", batch=2) == len(KEPT)
    keys = _read(tmp_path / "out.parquet")["key"].to_pylist()
    assert keys == [value.strip('"') for value in KEPT]


def test_targets_that_are_not_ours_are_left_alone(tmp_path: Path, of_columns: xp.Program):
    csv.write_csv(pa.table(DATA), tmp_path / "in.csv")
    before = (tmp_path / "in.csv").read_bytes()
    with pytest.raises(ArgumentError, match="the target is the source"):
        of_columns.on().stream(tmp_path / "in.csv", tmp_path / "in.csv")
    assert (tmp_path / "in.csv").read_bytes() == before
    (tmp_path / "out.csv.parts").mkdir()
    (tmp_path / "out.csv.parts" / "precious.txt").write_text("x")
    with pytest.raises(ArgumentError, match="other files"):
        of_columns.on().stream(tmp_path / "in.csv", tmp_path / "out.csv")
    assert (tmp_path / "out.csv.parts" / "precious.txt").exists()


def test_columns_that_are_twice_in_a_file(tmp_path: Path, of_columns: xp.Program):
    (tmp_path / "in.csv").write_text("age,age,sex,fare\n1,2,f,3\n")
    with pytest.raises(FeedError, match=r"several columns \['age'\]"):
        of_columns.on().stream(tmp_path / "in.csv", tmp_path / "out.csv")


def test_missing_numbers_are_not_written_to_arrays(tmp_path: Path, of_columns: xp.Program):
    table = pa.table({**DATA, "key": pa.array([1, None, 3, 4, 5, 6, 7])})
    parquet.write_table(table, tmp_path / "in.parquet")
    scorer = xp.trace(lambda fare: {"s": fare}, "float64[N]").on(keep=["key"])
    with pytest.raises(ArgumentError, match="cannot hold missing values"):
        scorer.stream(tmp_path / "in.parquet", tmp_path / "out.npy")


def test_times_go_through_tables_and_files(tmp_path: Path):
    program = xp.trace(lambda when: {"next": when + np.timedelta64(1, "D")}, "datetime64[s][N]")
    when = np.asarray(["2024-02-28", "2024-12-31T10:00:00"], "M8[s]")
    expected = (when + np.timedelta64(1, "D")).tolist()
    for table in (pd.DataFrame({"when": when}), pa.table({"when": when}), {"when": when}):
        assert np.asarray(program.on()(table)["next"]).astype("M8[s]").tolist() == expected
    polars = program.on()(pl.DataFrame({"when": when.astype("M8[ms]")}))
    assert polars["next"].to_list() == expected
    parquet.write_table(pa.table({"when": when.astype("M8[ms]")}), tmp_path / "in.parquet")
    csv.write_csv(pa.table({"when": when}), tmp_path / "in.csv")
    for name in ("in.parquet", "in.csv"):
        program.on().stream(tmp_path / name, tmp_path / "out.parquet")
        assert _read(tmp_path / "out.parquet")["next"].to_pylist() == expected


@pytest.mark.parametrize(
    ("dtype", "cells"),
    [
        ("string?", ["a", "", "NA x"]),
        ("int64?", ["1.0", "", "3.0"]),
        ("int64?", ["9007199254740993", "", "-1"]),
        ("int8?", ["1.0", "", "-3.0"]),
        ("uint64?", ["18446744073709551615", "", "7.0"]),
        ("int32?", ["1", "", "-3"]),
        ("float64?", ["1.5", "", "3.0"]),
        ("bool?", ["True", "", "False"]),
    ],
)
def test_blank_cells_are_null(dtype: str, cells: list[str], tmp_path: Path):
    program = xp.trace(lambda a: {"y": a, "null": xp.nulls.isnull(a)}, f"{dtype}[N]")
    text = "a,k\n" + "".join(f"{cell},k\n" for cell in cells)
    (tmp_path / "in.csv").write_text(text)
    program.on(keep=["a"]).stream(tmp_path / "in.csv", tmp_path / "out.parquet", batch=2)
    result = _read(tmp_path / "out.parquet")
    assert result["null"].to_pylist() == [False, True, False]
    read = {"s": str, "f": float, "b": "True".__eq__}
    convert = read.get(dtype[0], lambda x: int(x.removesuffix(".0")))
    expected = [convert(cell) if cell else None for cell in cells]
    assert result["y"].to_pylist() == result["a"].to_pylist() == expected


@pytest.mark.parametrize(
    ("dtype", "kind", "cell"),
    [
        ("int64?", "int64?", "1.5"),
        ("int64", "int64", "1.5"),
        ("int8", "int8", "300"),
        ("int64?", "int64?", "9223372036854775808"),
        ("uint8?", "uint8?", "-1"),
        ("timedelta64[W]", "duration[W]", "9223372036854775807"),
    ],
)
def test_whole_numbers_are_needed_in_cells(dtype: str, kind: str, cell: str, tmp_path: Path):
    program = xp.trace(lambda a: {"y": a}, f"{dtype}[N]")
    (tmp_path / "in.csv").write_text(f"a,k\n{1 if kind[-1].isdigit() else ''},1\n{cell},1\n")
    place = "" if dtype.startswith("timedelta") else f", as {cell!r} in line 3"
    message = re.escape(f"column 'a' has fractions or numbers out of the range of {kind}{place}; ")
    with pytest.raises(FeedError, match=message):
        program.on().stream(tmp_path / "in.csv", tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("cell", "message"),
    [("much", "'much' is not a whole number in line 2"), ("0.123456789012", "not whole")],
)
def test_cells_that_are_not_numbers_are_named(cell: str, message: str, tmp_path: Path):
    program = xp.trace(lambda a: {"y": a}, "int64?[N]")
    (tmp_path / "in.csv").write_text(f"a,k\n{cell},1\n")
    with pytest.raises(ArgumentError, match=f"column 'a': .*{message}"):
        program.on().stream(tmp_path / "in.csv", tmp_path / "out.csv")


@pytest.mark.parametrize("unit", ["W", "D", "h", "m", "s", "ms", "us", "ns"])
def test_spans_of_time_are_numbers_of_their_unit_in_csv(unit: str, tmp_path: Path):
    program = xp.trace(lambda a: {"b": a + a}, f"timedelta64[{unit}][N]")
    (tmp_path / "in.csv").write_text("a,k\n36672,x\n,y\n-5,z\n")
    program.on(keep=["k"]).stream(tmp_path / "in.csv", tmp_path / "out.csv", batch=2)
    lines = (tmp_path / "out.csv").read_text().split("\n")
    assert lines == ['"k","b"', '"x",73344', '"y",', '"z",-10', ""]
    program.on(["b"]).stream(tmp_path / "out.csv", tmp_path / "out.parquet")
    spans = np.array([146688, "NaT", -20], f"m8[{unit}]")
    assert np.array_equal(_read(tmp_path / "out.parquet")["b"].to_numpy(), spans, equal_nan=True)


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


def test_other_problems_with_files(tmp_path: Path, of_columns: xp.Program):
    scorer = of_columns.on()
    with pytest.raises(FileNotFoundError, match="no file"):
        scorer.stream(tmp_path / "absent.csv", tmp_path / "out.csv")
    csv.write_csv(pa.table(DATA), tmp_path / "in.csv")
    with pytest.raises(ArgumentError, match=r"cannot write 'out\.txt'"):
        scorer.stream(tmp_path / "in.csv", tmp_path / "out.txt")
    with pytest.raises(ArgumentError, match="holds numbers only"):
        scorer.stream(tmp_path / "in.csv", tmp_path / "out.npy")
    with pytest.raises(ArgumentError, match="at least 1"):
        scorer.stream(tmp_path / "in.csv", tmp_path / "out.csv", batch=0)


def test_without_pyarrow_the_extra_is_named(
    tmp_path: Path, of_columns: xp.Program, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingPackageError, match=r"onnxp\[tables\]"):
        of_columns.on().stream(tmp_path / "in.csv", tmp_path / "out.csv")


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


@pytest.mark.parametrize("dtype", ["int8", "uint64", "int64"])
def test_whole_floats_are_integers(dtype: str, tmp_path: Path):
    """A later block of the file has them, so what is scored before is not read twice."""
    program = xp.trace(lambda a: {"y": a}, f"{dtype}[N]")
    cells = [str(i % 100) for i in range(600_000)]
    source, target = tmp_path / "in.csv", tmp_path / "out.parquet"
    source.write_text("a\n" + "\n".join([*cells, "7.0", "8"]) + "\n")
    program.on().stream(source, target)
    assert _read(target)["y"].to_numpy().tolist() == [*map(int, cells), 7, 8]
    source.write_text("a,b\n1.0,2\n,2\n")
    with pytest.raises(FeedError, match=r"missing values.*fill them, or trace with dtype="):
        program.on().stream(source, target)


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
