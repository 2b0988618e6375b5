"""Cells of CSV files that are written: quoted where they must be, and read again as they were."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import onnxp as xp
from onnxp._src.program.csv_writer import write_csv
from onnxp.errors import ArgumentError

TEXTS = ["x y", 'q"q', '"', "c,d", "l\nm", "l\r\nm", " ", "é", "", "007"]


def written(*tables: pa.Table) -> str:
    file = io.BytesIO()
    write_csv(file.write, iter(tables))
    return file.getvalue().decode()


def test_only_cells_with_structure_are_quoted() -> None:
    table = pa.table({"a,b": ["x", "c,d", 'q"', "l\nm", "", None], "n": [1.5, 2, None, 4, 5, 6]})
    assert written(table) == '"a,b",n\nx,1.5\n"c,d",2\n"q""",\n"l\nm",4\n,5\n,6\n'


def test_batches_with_and_without_structure() -> None:
    first, second = pa.table({"a": ["x"], "n": [1]}), pa.table({"a": ["x,y"], "n": [2]})
    assert written(first, second, first) == 'a,n\nx,1\n"x,y",2\nx,1\n'


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())]
)
def test_what_is_read_again(kind: Any) -> None:
    table = pa.table({"i": range(len(TEXTS)), "text": pa.array(TEXTS).cast(kind)})
    for part in (table, table.slice(4), table.slice(7, 0)):
        header, *rows = csv.reader(io.StringIO(written(part), newline=""))
        assert header == ["i", "text"]
        assert rows == [[str(row["i"]), row["text"]] for row in part.to_pylist()]


@pytest.mark.parametrize("cells", [["x", None, "", "y"], [1.5, None, None, 2.0]])
def test_a_blank_cell_alone_is_no_blank_line(cells: list[Any]) -> None:
    text = written(pa.table({"a": cells}))
    assert text.splitlines()[2:4] == ['""', '""']
    assert pd.read_csv(io.StringIO(text))["a"].isna().tolist() == [False, True, True, False]


def test_bytes_are_text() -> None:
    assert written(pa.table({"b": [b"x", b"c,d"], "n": [1, 2]})) == 'b,n\nx,1\n"c,d",2\n'


def test_parts_without_rows() -> None:
    part = pa.table({"a": [1.5], "b": ["x"]})
    several = pa.concat_tables([part.slice(1), part, part.slice(0, 0), part])
    assert written(part.slice(1), several, part.slice(1)) == "a,b\n1.5,x\n1.5,x\n"


@pytest.mark.parametrize("cells", [[[1, 2], [3]], [{"x": 1}, None]])
def test_columns_that_are_no_cells(cells: list[Any], tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"a": [1.0, 2.0], "k": cells}), tmp_path / "in.parquet")
    scorer = xp.trace(lambda a: {"s": a}, "float64[N]").on(keep=["k"])
    with pytest.raises(ArgumentError, match=r"'k' is .*, which cells of CSV cannot hold; leave it"):
        scorer.stream(tmp_path / "in.parquet", tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]
    scorer.stream(tmp_path / "in.parquet", tmp_path / "out.parquet")
    assert pa.parquet.read_table(tmp_path / "out.parquet")["k"].to_pylist() == cells


def test_numbers_and_times_are_those_of_arrow() -> None:
    table = pa.table({
        "f": [1.5, 1e300, np.nan], "b": [True, False, None], "s": pa.array([0.1, 1, 2], pa.float32()),
        "d": pa.array([0, 1, None], pa.date32()), "t": pa.array([0, 1, 2], pa.timestamp("s")),
    })  # fmt: skip
    expected = io.BytesIO()
    pa.csv.write_csv(table, expected)
    assert written(table) == expected.getvalue().decode().replace('"', "")


@pytest.mark.parametrize("key", ["7", "007", "1e5", "3.0", "", "NA", "12:30", "1;5"])
def test_columns_that_are_kept_stay_as_they_came(key: str, tmp_path: Path) -> None:
    content = f"id,a\n{key},1.5\n{key},2\n"
    (tmp_path / "in.csv").write_text(content)
    program = xp.trace(lambda a: {"s": a}, "float64[N]")
    program.on(keep=["id", "a"]).stream(tmp_path / "in.csv", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == f"id,a,s\n{key},1.5,1.5\n{key},2,2\n"
