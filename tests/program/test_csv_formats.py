"""CSV files of other programs: separators, decimal points, encodings, and what is said of the others."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import onnxp as xp
from onnxp.errors import ArgumentError, ArgumentTypeError, FeedError

RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame({
    "größe": [1.5, -0.25, 1e3],
    "stadt": ["Köln", "Genf", "a;b,c"],
    "neu": [True, False, True],
    "tag": pd.to_datetime(["2024-02-28", "2024-02-29", "2024-12-31"]),
})  # fmt: skip


def score(size: Any, city: Any, new: Any, day: Any) -> dict[str, Any]:
    return {
        "ergebnis": xp.where(new, size, -size),
        "ort": city,
        "morgen": day + np.timedelta64(1, "D"),
    }


PROGRAM = xp.trace(
    score, "float64[N]", "string[N]", "bool[N]", "datetime64[us][N]", input_names=list(FRAME)
)


def streamed(folder: Path, **options: Any) -> pd.DataFrame:
    """Return the scores of ``in.csv``."""
    rows = PROGRAM.on().stream(folder / "in.csv", folder / "out.parquet", progress=False, **options)
    result = pd.read_parquet(folder / "out.parquet")
    assert rows == len(result)
    return result


@pytest.mark.parametrize("end", ["", "TRUE", "2,5", "0"])
@pytest.mark.parametrize("rows", [1, 70_000])
def test_truth_values_beside_missing_ones_are_numbers(end: str, rows: int, tmp_path: Path) -> None:
    """A column of bools with holes has an input of floats, and its file has True, False and nothing."""
    cells = ["True", "False", "", "1,0"] * rows + [end]
    lines = "\n".join(f"{cell};x;{i % 7}" for i, cell in enumerate(cells))
    (tmp_path / "in.csv").write_text(f"a;s;i\n{lines}\n")
    program = xp.trace(lambda a, i: {"twice": a * 2, "next": i + 1}, a="float64[N]", i="int64[N]")
    options: Any = {"separator": ";", "decimal": ",", "progress": False}
    program.on().stream(tmp_path / "in.csv", tmp_path / "out.parquet", **options)
    result = pd.read_parquet(tmp_path / "out.parquet")
    last = {"": np.nan, "TRUE": 2.0, "2,5": 5.0, "0": 0.0}[end]
    np.testing.assert_array_equal(result["twice"], [2.0, 0.0, np.nan, 2.0] * rows + [last])
    assert result["next"].tolist() == [i % 7 + 1 for i in range(len(cells))]


def test_other_text_beside_truth_values_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a\nTrue\nyes\n")
    program = xp.trace(lambda a: a, a="float64[N]")
    with pytest.raises(FeedError, match=r"column 'a': .*'yes'"):
        program.on().stream(tmp_path / "in.csv", tmp_path / "out.parquet", progress=False)


@pytest.mark.parametrize(
    ("separator", "decimal", "encoding"),
    [
        (";", ",", "latin-1"),
        (";", ",", "cp1252"),
        ("\t", ".", "utf-8"),
        ("|", ",", "utf-8-sig"),
        (",", ".", "utf-16"),
        (";", ".", "UTF8"),
    ],
)
def test_formats(separator: str, decimal: str, encoding: str, tmp_path: Path) -> None:
    FRAME.to_csv(
        tmp_path / "in.csv", index=False, sep=separator, decimal=decimal, encoding=encoding
    )
    result = streamed(tmp_path, separator=separator, decimal=decimal, encoding=encoding)
    assert result["ergebnis"].tolist() == [1.5, 0.25, 1e3]
    assert result["ort"].tolist() == FRAME["stadt"].tolist()
    assert result["morgen"].tolist() == (FRAME["tag"] + pd.Timedelta("1D")).tolist()


def test_another_format_starts_anew(tmp_path: Path) -> None:
    """Parts of a run that failed with another decimal point are not taken."""
    program = xp.trace(lambda a: {"b": a}, "float64[N]")
    rows = "".join(f"1{',5' if i > 3 else ''}\n" for i in range(6))
    (tmp_path / "in.csv").write_text("a\n" + rows)
    with pytest.raises(ArgumentError, match=r"give decimal=',' if that is the decimal point"):
        program.on().stream(tmp_path / "in.csv", tmp_path / "out.csv", separator=";", batch=2)
    program.on().stream(tmp_path / "in.csv", tmp_path / "out.csv", separator=";", decimal=",")
    assert pd.read_csv(tmp_path / "out.csv")["b"].tolist() == [1.0] * 4 + [1.5] * 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("größe;stadt;neu;tag\n1;a;true;2024-01-01\n", "';' separates them, as it seems: give separator=';'"),
        ("größe\tstadt\tneu\ttag\n", r"give separator='\\t'"),
        ("größe,stadt,neu,tag\n1,a,yes,2024-01-01\n", "'yes' in line 2; write true or false, or 1 or 0"),
        ("größe,stadt,neu,tag\n1,a,1,01.02.2024\n", "write points in time as 2024-12-31"),
        (
            'größe,stadt,neu,tag\n1,"a\nb",1,2024-01-01\n2,c,0,soon\n',
            r"In column 'tag': .* invalid value 'soon' in line 4; write points in time",
        ),
        ("größe,stadt,neu,tag\n1,a,1,2024-01-01\n1,a\n", "Expected 4 columns, got 2: 1,a in line 3"),
        ("", "in.csv is empty"),
        ("größe,stadt,neu,tag\n1,a,1,2024-01-01T10:00Z\n", "in UTC and without a zone"),
        ('größe,stadt,neu,tag\n1,a,1,2024-01-01\n"q\nr",a,1,2024-01-01\n', "in line 4"),
        ('größe,stadt,neu,tag\n"1,5",a,1,2024-01-01\n', "give decimal=','"),
    ],
)  # fmt: skip
def test_what_to_do(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(content, encoding="utf-8")
    with pytest.raises((ArgumentError, FeedError), match=message):
        streamed(tmp_path)


def test_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes("a,b\n1,Köln\n".encode("latin-1"))
    scorer = xp.trace(lambda a, b: {"c": b}, "float64[N]", "string[N]").on()
    with pytest.raises(
        ArgumentError, match="name the encoding of the file, such as encoding='cp1252'"
    ):
        scorer.stream(tmp_path / "in.csv", tmp_path / "out.csv")
    scorer.stream(tmp_path / "in.csv", tmp_path / "out.csv", encoding="cp1252")
    assert pd.read_csv(tmp_path / "out.csv")["c"].tolist() == ["Köln"]
    with pytest.raises(ArgumentError, match="name the encoding"):
        scorer.stream(tmp_path / "in.csv", tmp_path / "out.csv", encoding="utf-16")


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"separator": ";;"}, ArgumentError, "separator must be one ASCII character, not ';;'"),
        ({"separator": ""}, ArgumentError, "separator must be one ASCII character"),
        ({"separator": '"'}, ArgumentError, "separator must be one ASCII character"),
        ({"decimal": "·"}, ArgumentError, "decimal must be one ASCII character"),
        ({"decimal": ","}, ArgumentError, "separator and decimal are both ','"),
        ({"encoding": "klingon"}, ArgumentError, "there is no encoding 'klingon'; common ones are"),
        ({"missing": "NA"}, ArgumentTypeError, "missing must be a list of text, not 'NA'"),
        ({"missing": [None]}, ArgumentTypeError, "missing must be a list of text"),
        ({"missing": 0}, ArgumentTypeError, "missing must be a list of text, not 0"),
        ({"encoding": None}, ArgumentTypeError, "encoding must be text, not None of type NoneType"),
    ],
)
def test_what_is_no_format(
    options: dict[str, Any], kind: type[Exception], message: str, tmp_path: Path
) -> None:
    FRAME.to_csv(tmp_path / "in.csv", index=False)
    with pytest.raises(kind, match=message):
        streamed(tmp_path, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.parametrize("unit", ["D", "h", "s", "ms", "us", "ns"])
def test_times_in_each_unit(unit: str, tmp_path: Path) -> None:
    program = xp.trace(lambda a: {"b": a}, f"datetime64[{unit}][N]")
    when = np.array(["2024-02-28", "1969-12-31", "NaT"], f"M8[{unit}]")
    cells = ["" if np.isnat(t) else str(t.astype("M8[s]")).replace("T", " ") for t in when]
    (tmp_path / "in.csv").write_text("\n".join(["a,x", *(f"{c},0" for c in cells)]) + "\n")
    program.on().stream(tmp_path / "in.csv", tmp_path / "out.parquet")
    result = pd.to_datetime(pd.read_parquet(tmp_path / "out.parquet")["b"])
    assert result.tolist()[:2] == pd.Series(when.astype("M8[ns]")).tolist()[:2]
    assert pd.isna(result[2])


CELLS = ["NA", "null", "None", "nan", "", "NAN", "Na"]


@pytest.mark.parametrize("dtype", ["string", "string?", "category[NAN, Na]"])
@pytest.mark.parametrize("missing", [None, [], ["NAN", "nan"]])
def test_missing_text_is_what_it_is_for_pandas(
    dtype: str, missing: list[str] | None, tmp_path: Path
) -> None:
    (tmp_path / "in.csv").write_text("key,a\n" + "".join(f"{cell},{cell}\n" for cell in CELLS))
    frame = (
        pd.read_csv(tmp_path / "in.csv")
        if missing is None
        else pd.read_csv(tmp_path / "in.csv", na_values=["", *missing], keep_default_na=False)
    )
    scorer = xp.trace(lambda a: {"y": a}, f"{dtype}[N]").on(keep=["key"])
    scorer.stream(tmp_path / "in.csv", tmp_path / "out.parquet", missing=missing)
    result = pd.read_parquet(tmp_path / "out.parquet")
    assert result["key"].tolist() == CELLS
    expected = scorer(frame)["y"]
    assert (
        result["y"].astype(object).where(result["y"].notna(), "").tolist()
        == expected.astype(object).where(expected.notna(), "").tolist()
    )


@pytest.mark.parametrize("cell", ["NA", "n/a", "<NA>", "None", "-"])
def test_missing_numbers_are_those_of_pandas(cell: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(f"a,b\n1.5,x\n{cell},x\n")
    scorer = xp.trace(lambda a: {"y": a}, "float64[N]").on()
    options = {"missing": ["-"]} if cell == "-" else {}
    scorer.stream(tmp_path / "in.csv", tmp_path / "out.parquet", **options)
    assert pd.read_parquet(tmp_path / "out.parquet")["y"].isna().tolist() == [False, True]


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_a_file_of_another_encoding(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("größe,b\n1,2\n", encoding=encoding)
    scorer = xp.trace(lambda größe, b: größe + b, "float64[N]", "float64[N]").on()
    with pytest.raises(FeedError, match=f"encoding='{encoding}'"):
        scorer.stream(tmp_path / "in.csv", tmp_path / "out.csv")


@pytest.mark.parametrize("name", ["in.csv.gz", "IN.CSV.GZ"])
def test_compressed_files(name: str, tmp_path: Path) -> None:
    scorer = xp.trace(lambda a: {"b": a * 2}, "float64[N]").on()
    with gzip.open(tmp_path / name, "wt") as file:
        file.write("c,a\n" + "".join(f"x,{i}\n" for i in range(1000)))
    assert scorer.stream(tmp_path / name, tmp_path / "out.parquet", batch=64) == 1000
    assert pd.read_parquet(tmp_path / "out.parquet")["b"].tolist() == [2.0 * i for i in range(1000)]


@pytest.mark.parametrize(
    ("cut", "message"),
    [
        (lambda data: data[:-100], "Truncated"),
        (lambda data: data[:15], "Truncated"),
        (lambda data: data[:5000] + bytes(b ^ 255 for b in data[5000:]), "cannot be read"),
        (lambda data: b"a\n1\n", "incorrect header"),
        (lambda data: b"", "is empty"),
        (lambda data: gzip.compress(b"a\n1\nx\n"), "invalid value 'x' in line 3"),
    ],
)
def test_compressed_files_that_are_broken(
    cut: Callable[[bytes], bytes], message: str, tmp_path: Path
) -> None:
    scorer = xp.trace(lambda a: {"b": a * 2}, "float64[N]").on()
    rows = RANDOM.normal(size=1000).tolist()
    data = gzip.compress("\n".join(["a", *map(str, rows)]).encode())
    (tmp_path / "in.csv.gz").write_bytes(cut(data))
    with pytest.raises(ArgumentError, match=rf"in\.csv\.gz .*({message})"):
        scorer.stream(tmp_path / "in.csv.gz", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()
