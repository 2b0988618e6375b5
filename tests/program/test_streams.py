"""Files that scorers read and write in batches of rows."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

import onnxp as xp
from onnxp._src.program import streams
from onnxp.errors import (
    ArgumentError,
    EvaluationError,
    FeedError,
    MissingPackageError,
)
from tests.helpers.tables import DATA, EXPECTED, ROWS, columns_of


def _write(path: Path, table: pa.Table) -> None:
    match path.suffix:
        case ".csv" | ".tsv" | ".gz" | ".zst":
            options = csv.WriteOptions(delimiter=_separator(path))
            with pa.output_stream(str(path)) as file:  # which compresses by the suffix
                csv.write_csv(table, file, options)
        case ".parquet":
            parquet.write_table(table, path)
        case ".arrow" | ".feather":
            with pa.ipc.new_file(str(path), table.schema) as writer:
                writer.write(table)


def _separator(path: Path) -> str:
    return "\t" if ".tsv" in path.name else ","


def _read(path: Path) -> pa.Table:
    match path.suffix:
        case ".csv" | ".tsv" | ".gz" | ".zst":
            return csv.read_csv(path, parse_options=csv.ParseOptions(delimiter=_separator(path)))
        case ".parquet":
            return parquet.read_table(path)
        case _:
            return pa.ipc.open_file(path.read_bytes()).read_all()


SUFFIXES = [".csv", ".tsv", ".csv.gz", ".csv.zst", ".parquet", ".arrow", ".feather"]


@pytest.mark.parametrize("target", SUFFIXES)
@pytest.mark.parametrize("source", SUFFIXES)
def test_files_of_all_formats(source: str, target: str, tmp_path: Path, of_columns: xp.Program):
    _write(tmp_path / f"in{source}", pa.table(DATA))
    scorer = of_columns.on(keep=["id"])
    rows = scorer.stream(tmp_path / f"in{source}", tmp_path / f"out{target}", batch=3)
    assert rows == ROWS
    result = columns_of(_read(tmp_path / f"out{target}"))
    assert (
        list(map(int, result.pop("id"))) == DATA["id"].tolist()
    )  # text, if it was that of a CSV file
    assert result == EXPECTED
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([f"in{source}", f"out{target}"])


@pytest.mark.parametrize("suffix", [".arrows", ".arrow"])
def test_streams_of_arrow(suffix: str, tmp_path: Path, of_columns: xp.Program):
    table = pa.table(DATA)
    with pa.ipc.new_stream(tmp_path / f"in{suffix}", table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    assert of_columns.on().stream(tmp_path / f"in{suffix}", tmp_path / "out.csv", batch=3) == ROWS
    assert columns_of(_read(tmp_path / "out.csv")) == EXPECTED
    with pytest.raises(ArgumentError, match=r"cannot write 'out\.arrows'"):
        of_columns.on().stream(tmp_path / f"in{suffix}", tmp_path / "out.arrows")


@pytest.mark.parametrize("end", ["", ".gz"])
def test_another_separator_of_a_file_with_tabs(end: str, tmp_path: Path):
    scorer = xp.trace(lambda a: {"s": a}, "float64[N]").on(keep=["k"])
    table = pa.table({"a": [1.5], "k": ["x\ty,z"]})
    _write(tmp_path / f"in.tsv{end}", table)
    scorer.stream(tmp_path / f"in.tsv{end}", tmp_path / f"out.tsv{end}")
    assert _read(tmp_path / f"out.tsv{end}").to_pydict() == {"k": ["x\ty,z"], "s": [1.5]}
    (tmp_path / "in.tsv").write_text("a;k\n1.5;x\n")
    scorer.stream(tmp_path / "in.tsv", tmp_path / "out.tsv", separator=";")
    assert (tmp_path / "out.tsv").read_text() == "k\ts\nx\t1.5\n"


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
    assert columns_of(_read(tmp_path / "out.csv")) == {"id": DATA["id"].tolist(), **EXPECTED}
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
    assert columns_of(_read(target)) == {"id": DATA["id"].tolist(), **EXPECTED}
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
    np.testing.assert_array_equal(columns_of(_read(tmp_path / "out.parquet"))["score"], expected)
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
    assert columns_of(_read(tmp_path / "out.csv"))["score"] == pytest.approx(expected)


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


@pytest.mark.parametrize("name", ["in.csv", "out.csv", "in", "out"])
def test_folders_are_no_files(name: str, tmp_path: Path, of_columns: xp.Program):
    csv.write_csv(pa.table(DATA), tmp_path / "rows.csv")
    (tmp_path / name).mkdir()
    paths = (name, "new.csv") if name.startswith("in") else ("rows.csv", name)
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


def test_text_for_arrays_is_refused_before_rows_are_scored(tmp_path: Path, of_columns: xp.Program):
    _write(tmp_path / "in.parquet", pa.table(DATA))
    with pytest.raises(
        ArgumentError, match=r"holds numbers only, but there is text in \['score', "
    ):
        of_columns.on().stream(tmp_path / "in.parquet", tmp_path / "out.npy", batch=1)
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


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
    assert lines == ["k,b", "x,73344", "y,", "z,-10", ""]
    program.on(["b"]).stream(tmp_path / "out.csv", tmp_path / "out.parquet")
    spans = np.array([146688, "NaT", -20], f"m8[{unit}]")
    assert np.array_equal(_read(tmp_path / "out.parquet")["b"].to_numpy(), spans, equal_nan=True)


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
