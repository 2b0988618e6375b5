"""Files of rows for the commands: tables for ``compare``, formats of CSV, dates, and modules of the folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import FunctionTransformer

import onnxp as xp
from onnxp._src.cli.app import DIFFERENT, FAILED, WRONG_USAGE, run

FRAME = pd.DataFrame({
    "a": [1.5, 2.0, -3.25], "b": [True, False, True], "c": ["x", "y", ""],
    "d": pd.to_datetime(["2024-01-31", "2024-02-29", "2024-12-31"]),
})  # fmt: skip


@pytest.fixture
def model(tmp_path: Path) -> Path:
    def function(a: Any, b: Any, c: Any, d: Any) -> Any:
        return {"score": xp.where(b, a, -a) + xp.dates.month(d), "text": c}

    specs = ["float64[N]", "bool[N]", "string[N]", "datetime64[us][N]"]
    xp.trace(function, *specs).save(tmp_path / "model.onnx")
    return tmp_path / "model.onnx"


def write(folder: Path, suffix: str) -> Path:
    path = folder / f"rows{suffix}"
    if suffix == ".csv":
        FRAME.to_csv(path, index=False)
    elif suffix == ".parquet":
        FRAME.to_parquet(path)
    else:
        FRAME.to_feather(path)
    return path


class TestCompare:
    @pytest.mark.parametrize("suffix", [".csv", ".parquet", ".arrow"])
    def test_files_of_rows(
        self, suffix: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ):
        data = write(tmp_path, suffix)
        assert run(["compare", str(model), str(model), "--data", str(data)]) == 0
        assert "float64[3]" in capsys.readouterr().out
        other = tmp_path / "other.onnx"
        xp.trace(
            lambda a, b, c, d: {"score": a, "text": c},
            "float64[N]", "bool[N]", "string[N]", "datetime64[us][N]", drop_unused=False,
        ).save(other)  # fmt: skip
        assert run(["compare", str(model), str(other), "--data", str(data)]) == DIFFERENT

    def test_arrays_of_a_model_without_names(self, tmp_path: Path):
        xp.trace(lambda x: x * 2, "float32[N, 2]").save(tmp_path / "m.onnx")
        np.save(tmp_path / "x.npy", np.ones((5, 2), np.float32))
        FRAME[["a"]].assign(z=1.0).astype("float32").to_parquet(tmp_path / "x.parquet")
        command = ["compare", str(tmp_path / "m.onnx"), "--data"]
        assert run([*command, str(tmp_path / "x.npy")]) == 0
        assert run([*command, str(tmp_path / "x.parquet"), "--columns", "a,z"]) == 0

    def test_a_file_without_rows(
        self, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ):
        (tmp_path / "rows.csv").write_text("a,b,c,d\n")
        assert run(["compare", str(model), "--data", str(tmp_path / "rows.csv")]) == FAILED
        assert "has size 0, but N was declared at least 1" in capsys.readouterr().err
        xp.trace(lambda a: {"b": a * 2}, "float64[N>=0]").save(tmp_path / "m.onnx")
        assert run(["compare", str(tmp_path / "m.onnx"), "--data", str(tmp_path / "rows.csv")]) == 0

    def test_other_files(self, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        (tmp_path / "rows.txt").write_text("a")
        assert run(["compare", str(model), "--data", str(tmp_path / "rows.txt")]) == FAILED
        assert "or a file of rows (.csv, .csv.gz, .csv.zst, .tsv," in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "compare"])
def test_other_formats_of_csv(
    command: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    data = tmp_path / "rows.csv"
    FRAME.to_csv(data, index=False, sep="\t", decimal=",", encoding="utf-16")
    arguments = (
        ["compare", str(model), "--data", str(data)]
        if command == "compare"
        else ["run", str(model), str(data), "-o", str(tmp_path / "out.csv")]
    )
    options = ["--separator", r"\t", "--decimal", ",", "--encoding", "utf-16"]
    assert run([*arguments, *options]) == 0
    FRAME.to_csv(data, index=False, sep=";")
    assert run(arguments) == FAILED
    assert "give --separator ';'" in capsys.readouterr().err
    assert run([*arguments, "--encoding", "klingon"]) == WRONG_USAGE
    assert "there is no encoding 'klingon'" in capsys.readouterr().err


MODULE = """
import joblib
import numpy as np
import pandas as pd

def features(df):
    import own_numbers
    return pd.DataFrame({
        "month": df["d"].dt.month * own_numbers.FACTOR,
        "days": (pd.Timestamp("2025-01-01") - df["d"]) / pd.Timedelta("1D"),
    })

def traced(x):
    import own_numbers
    return x * own_numbers.FACTOR
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a pickled step whose function is in a module there."""
    (tmp_path / "own_features.py").write_text(MODULE)
    (tmp_path / "own_numbers.py").write_text("FACTOR = 3\n")
    FRAME[["d"]].to_csv(tmp_path / "rows.csv", index=False)
    code = (
        "import joblib, own_features, pandas as pd\n"
        "from sklearn.preprocessing import FunctionTransformer\n"
        "df = pd.read_csv('rows.csv', parse_dates=['d'])\n"
        "joblib.dump(FunctionTransformer(own_features.features).fit(df), 'step.joblib')\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    for name in ("own_features", "own_numbers"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


SKLEARN = [
    "sklearn",
    "step.joblib",
    "-o",
    "m.onnx",
    "--methods",
    "transform",
    "--example",
    "rows.csv",
]


def codes(frame: Any) -> Any:
    return np.stack([frame["size"].cat.codes], axis=1)


def unknown_column(frame: Any) -> Any:
    return frame[["a", "nothing"]]


def months(frame: Any) -> Any:
    return np.stack([frame["e"].dt.month, frame["d"].dt.month], axis=1)


class TestFolder:
    def test_modules_are_found(self, folder: Path):
        path = [*sys.path]
        assert run([*SKLEARN, "--dates", "d"]) == 0
        assert sys.path == path
        program = xp.load("m.onnx")
        assert program(FRAME[["d"]])["transformed"][:, 0].tolist() == [3, 6, 36]
        for name in ("own_features", "own_numbers"):
            del sys.modules[name]
        assert run(["trace", "own_features:traced", "float64[N]", "-o", "t.onnx"]) == 0
        assert xp.load("t.onnx")(np.ones(2)).tolist() == [3.0, 3.0]

    def test_a_missing_module_is_named(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ):
        (folder / "sub").mkdir()
        monkeypatch.chdir(folder / "sub")
        assert run(["sklearn", "../step.joblib", "-o", "m.onnx"]) == FAILED
        assert "needs the module 'own_features': run the command in" in capsys.readouterr().err

    def test_dates_of_an_example(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        assert run(SKLEARN) == FAILED
        said = capsys.readouterr().err.splitlines()
        assert said[1].startswith("onnxp: pass --dates d if these columns are dates. Otherwise: ")
        assert run([*SKLEARN, "--dates", "e"]) == FAILED
        assert "--dates: there is no column 'e', only ['d']" in capsys.readouterr().err
        FRAME[["d"]].to_csv(folder / "rows.csv", index=False, date_format="%d.%m.%Y")
        assert run([*SKLEARN, "--dates", "d"]) == FAILED
        assert "the column 'd' is not of dates such as 2024-12-31" in capsys.readouterr().err

    @pytest.mark.parametrize("extra", [[], ["--drop-unused"]])
    def test_dates_are_not_named_in_other_errors(
        self, extra: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
    ):
        frame = pd.DataFrame({"a": [1.0, 2.0], "d": ["2024-02-28", "2024-03-01"]})
        step = FunctionTransformer(unknown_column).fit(frame)
        joblib.dump(step, "step.joblib")
        frame.to_csv("rows.csv", index=False)
        assert run([*SKLEARN, *extra]) == FAILED
        said = capsys.readouterr().err
        assert "nothing" in said
        assert "--dates" not in said

    def test_every_column_of_dates_is_named(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        frame = pd.DataFrame({name: pd.to_datetime(["2024-02-28", "2024-03-01"]) for name in "ed"})
        joblib.dump(FunctionTransformer(months).fit(frame), "step.joblib")
        frame.to_csv("rows.csv", index=False)
        assert run([*SKLEARN, "--dates", "e"]) == FAILED
        assert "pass --dates e,d if these columns" in capsys.readouterr().err
        assert run([*SKLEARN, "--dates", "e,d"]) == 0

    def test_categories_of_an_example(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        frame = pd.DataFrame({"size": ["s", "l", "s"]}, dtype="category")
        joblib.dump(FunctionTransformer(codes).fit(frame), "step.joblib")
        frame.to_csv("rows.csv", index=False)
        assert run(SKLEARN) == FAILED
        assert "--example a .parquet file in which the column is a cat" in capsys.readouterr().err
        frame.to_parquet("rows.parquet")
        assert run([*SKLEARN[:-1], "rows.parquet"]) == 0
        assert xp.load("m.onnx").on()(frame).to_numpy().ravel().tolist() == [1, 0, 1]

    def test_an_example_in_another_format(self, folder: Path):
        FRAME[["a", "d"]].to_csv(folder / "rows.csv", index=False, sep=";", decimal=",")
        assert run([*SKLEARN, "--dates", "d", "--separator", ";", "--decimal", ","]) == 0


def test_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str]):
    assert run(["--help"]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "1 if compare found differences" in words
    assert "3 if a model or data cannot be used" in words


def test_a_model_that_cannot_be_converted(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    xp.trace(lambda x: x * 2, "float64[N]").save(tmp_path / "m.onnx")
    command = ["convert", str(tmp_path / "m.onnx"), "-o", str(tmp_path / "n.onnx")]
    assert run([*command, "--target", "webgpu"]) == FAILED
    assert "webgpu does not have" in capsys.readouterr().err
    assert not (tmp_path / "n.onnx").exists()
