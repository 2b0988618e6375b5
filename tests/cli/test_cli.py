"""The command line: each command, its exit codes, and what it says about wrong input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, ClassVar

import joblib
import numpy as np
import onnx
import pandas as pd
import pytest
import skl2onnx
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import onnxp as xp
from onnxp.__main__ import _print_warning
from onnxp._src.cli import samples
from onnxp._src.cli.app import DIFFERENT, FAILED, WRONG_USAGE, run
from onnxp.errors import ProviderWarning, SaveError


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.onnx"
    xp.trace(lambda a, b: {"score": a * 2 + b}, "float64[N]", "float64[N]").save(path)
    return path


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Return a model that onnxp did not write."""
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Mul", ["x", "x"], ["y"], name="squared")],
        "graph",
        [value("x", onnx.TensorProto.FLOAT, ["rows", 2])],
        [value("y", onnx.TensorProto.FLOAT, ["rows", 2])],
    )
    path = tmp_path / "foreign.onnx"
    opset = [onnx.helper.make_opsetid("", 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=9), path)
    return path


class TestShow:
    def test_a_model_describes_itself(self, model: Path, capsys: pytest.CaptureFixture[str]):
        assert run(["show", str(model)]) == 0
        text = capsys.readouterr().out
        assert "inputs: a=float64[N], b=float64[N]" in text
        assert "outputs: score=float64[N]" in text
        assert "Add(" in text

    def test_json_is_for_programs(self, model: Path, capsys: pytest.CaptureFixture[str]):
        assert run(["show", "--json", str(model)]) == 0
        description = json.loads(capsys.readouterr().out)
        assert description["inputs"] == {"a": "float64[N]", "b": "float64[N]"}
        assert description["nodes"] == 2
        assert description["bytes"] == model.stat().st_size

    def test_models_of_others_are_shown(self, foreign: Path, capsys: pytest.CaptureFixture[str]):
        assert run(["show", str(foreign)]) == 0
        text = capsys.readouterr().out
        assert "opsets: ai.onnx=17" in text
        assert "Mul(x, x)" in text

    def test_few_nodes_are_listed(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        def chain(x):
            for _ in range(50):
                x = xp.sin(x)
            return x

        xp.trace(chain, "float32[N]").save(tmp_path / "long.onnx")
        assert run(["show", "--nodes", "4", str(tmp_path / "long.onnx")]) == 0
        assert capsys.readouterr().out.count("Sin(") == 4


class TestRun:
    @pytest.mark.parametrize("suffix", [".csv", ".parquet"])
    def test_a_file_is_scored(self, suffix: str, model: Path, tmp_path: Path):
        frame = pd.DataFrame({"b": [1.0, 2.0, 3.0], "key": ["x", "y", "z"], "a": [0.5, 0.0, 1.0]})
        frame.to_csv(tmp_path / "in.csv", index=False)
        frame.to_parquet(tmp_path / "in.parquet")
        source, target = tmp_path / f"in{suffix}", tmp_path / "out.csv"
        command = [
            "run",
            str(model),
            str(source),
            "-o",
            str(target),
            "--keep",
            "key",
            "--batch",
            "2",
        ]
        assert run([*command, "--quiet"]) == 0
        scored = pd.read_csv(target)
        assert scored["key"].tolist() == ["x", "y", "z"]
        assert scored["score"].tolist() == [2.0, 2.0, 5.0]

    def test_columns_of_a_matrix_are_given(self, foreign: Path, tmp_path: Path):
        frame = pd.DataFrame({"q": [1.0, 2.0], "p": [3.0, 4.0]})
        frame.to_csv(tmp_path / "in.csv", index=False)
        command = ["run", str(foreign), str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv")]
        assert run([*command, "--columns", "p,q"]) == 0
        assert pd.read_csv(tmp_path / "out.csv")["y_0"].tolist() == [9.0, 16.0]

    def test_a_missing_column_is_named(
        self, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ):
        pd.DataFrame({"a": [1.0]}).to_parquet(tmp_path / "in.parquet")
        command = ["run", str(model), str(tmp_path / "in.parquet"), "-o", str(tmp_path / "out.csv")]
        assert run(command) == FAILED
        assert "no columns ['b']" in capsys.readouterr().err
        assert not (tmp_path / "out.csv").exists()


class TestCompare:
    def test_equal_models_agree(self, model: Path, capsys: pytest.CaptureFixture[str]):
        assert run(["compare", str(model), str(model)]) == 0
        assert "score: agrees" in capsys.readouterr().out

    def test_other_models_differ(
        self, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ):
        other = tmp_path / "other.onnx"
        xp.trace(lambda a, b: {"score": a * 2 - b}, "float64[N]", "float64[N]").save(other)
        assert run(["compare", str(model), str(other)]) == DIFFERENT
        assert "score: differs" in capsys.readouterr().out
        assert run(["compare", str(model), str(other), "--atol", "1000"]) == 0

    def test_outputs_of_other_names(
        self, model: Path, foreign: Path, capsys: pytest.CaptureFixture[str]
    ):
        assert run(["compare", str(foreign), str(model)]) == FAILED
        assert "['y'] and ['score']" in capsys.readouterr().err

    @pytest.mark.parametrize("rows", [0, 1, 5])
    def test_optimizations_are_checked(self, foreign: Path, rows: int):
        assert run(["compare", str(foreign), "--rows", str(rows)]) == 0

    def test_data_are_given(self, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        np.savez(tmp_path / "data.npz", a=np.ones(2), b=np.ones(2))
        assert run(["compare", str(model), "--data", str(tmp_path / "data.npz")]) == 0
        assert "float64[2]" in capsys.readouterr().out
        np.savez(tmp_path / "less.npz", a=np.ones(2))
        assert run(["compare", str(model), "--data", str(tmp_path / "less.npz")]) == FAILED
        assert "['b'] are missing" in capsys.readouterr().err
        (tmp_path / "text.npz").write_text("text")
        assert run(["compare", str(model), "--data", str(tmp_path / "text.npz")]) == FAILED


def test_bench_prints_a_line_for_each_size(
    model: Path, foreign: Path, capsys: pytest.CaptureFixture[str]
):
    command = ["bench", str(model), "--rows", "1", "--rows", "10", "--seconds", "0.01"]
    assert run([*command, "--against", str(foreign)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert "rows/s" in lines[0]


class TestTrace:
    def test_a_function_becomes_a_model(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ):
        (tmp_path / "scoring_module.py").write_text("def predict(X, k):\n    return X * k\n")
        monkeypatch.chdir(tmp_path)
        command = [
            "trace",
            "scoring_module:predict",
            "float32[N, 2]",
            "float32[]",
            "-o",
            "out.onnx",
        ]
        assert run(command) == 0
        assert "predict(X: float32[N, 2], k: float32[])" in capsys.readouterr().out
        program = xp.load("out.onnx")
        assert program(np.ones((1, 2), np.float32), np.float32(3)).tolist() == [[3.0, 3.0]]

    def test_specs_by_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ):
        (tmp_path / "named_module.py").write_text(
            "def f(X, k, target):\n    return X * k + target\n"
        )
        monkeypatch.chdir(tmp_path)
        sys.modules.pop("named_module", None)
        command = ["trace", "named_module:f", "-o", "out.onnx"]
        specs = ["float32[N, 2]", "float32[]", "target: float32[]"]
        assert run([*command, *specs]) == WRONG_USAGE
        assert "the argument 'target' cannot be named" in capsys.readouterr().err
        assert run([*command, "k:float32[]", "k: float32[]"]) == WRONG_USAGE
        assert "the argument 'k' is given twice" in capsys.readouterr().err
        assert not Path("out.onnx").exists()
        (tmp_path / "named_module.py").write_text("def f(X, k):\n    return X - k\n")
        sys.modules.pop("named_module", None)
        assert run([*command, "k:float32[]", "X: float32[N, 2]"]) == 0
        assert "f(X: float32[N, 2], k: float32[])" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("path", "code"),
        [("no.such.module:f", FAILED), ("json:absent", FAILED), ("json", WRONG_USAGE), ("json:", WRONG_USAGE)],
    )  # fmt: skip
    def test_what_cannot_be_imported(
        self, path: str, code: int, capsys: pytest.CaptureFixture[str]
    ):
        assert run(["trace", path, "float32[N]", "-o", "out.onnx"]) == code
        assert "onnxp: " in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("body", "message"),
        [("x[1, 2]", "onnxp: "), ("{}['k'] * x", "KeyError: 'k'"), ("x + undefined", "undefined")],
    )
    def test_errors_name_the_users_line(
        self, body: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ):  # fmt: skip
        (tmp_path / "failing_module.py").write_text(f"def f(x):\n    return {body}\n")
        monkeypatch.chdir(tmp_path)
        sys.modules.pop("failing_module", None)
        assert run(["trace", "failing_module:f", "float64[N]", "-o", "out.onnx"]) == FAILED
        error = capsys.readouterr().err
        assert message in error
        assert error.count("failing_module.py:2") == 1


def _years(frame: Any) -> Any:
    return frame["when"].dt.year.to_frame()


class TestSklearn:
    def test_an_estimator_becomes_a_model(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        X = pd.DataFrame({"p": [1.0, 2.0, 3.0, 4.0], "q": [1, 0, 1, 0]})
        estimator = LogisticRegression().fit(X, [0, 0, 1, 1])
        joblib.dump(estimator, tmp_path / "model.joblib")
        X.to_csv(tmp_path / "rows.csv", index=False)
        command = ["sklearn", str(tmp_path / "model.joblib"), "-o", str(tmp_path / "out.onnx")]
        options = ["--methods", "predict,predict_proba", "--example", str(tmp_path / "rows.csv")]
        assert run([*command, *options]) == 0
        assert "unpickling" in capsys.readouterr().err
        result = xp.load(tmp_path / "out.onnx").on()(X)
        assert result["label"].tolist() == estimator.predict(X).tolist()

    def test_columns_without_use_are_left_out(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ):
        X = pd.DataFrame({"p": [1.0, 2.0, 3.0], "note": ["a", "b", "c"]})
        estimator = make_column_transformer((StandardScaler(), ["p"])).fit(X)
        joblib.dump(estimator, tmp_path / "model.joblib")
        X.to_csv(tmp_path / "rows.csv", index=False)
        command = ["sklearn", str(tmp_path / "model.joblib"), "-o", str(tmp_path / "out.onnx")]
        options = ["--methods", "transform", "--example", str(tmp_path / "rows.csv")]
        assert run([*command, *options]) == 0
        assert xp.load(tmp_path / "out.onnx").on().columns == ("p", "note")
        assert run([*command, *options, "--drop-unused"]) == 0
        assert xp.load(tmp_path / "out.onnx").on().columns == ("p",)

    @pytest.mark.parametrize(
        ("dates", "message"),
        [
            ("when", ""),
            ("day", "--dates: there is no column 'day', only ['when', 'text']"),
            ("when,text", "2024-12-31T18:30:00, but 'a' in row 0; write them so"),
        ],
    )
    def test_text_of_dates_is_read(
        self, dates: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ):
        X = pd.DataFrame({"when": pd.to_datetime(["2024-02-29", "2025-01-01"]), "text": ["a", "b"]})
        joblib.dump(FunctionTransformer(_years).fit(X), tmp_path / "model.joblib")
        X.to_csv(tmp_path / "rows.csv", index=False)
        command = ["sklearn", str(tmp_path / "model.joblib"), "-o", str(tmp_path / "out.onnx")]
        options = ["--methods", "transform", "--example", str(tmp_path / "rows.csv")]
        code = run([*command, *options, "--dates", dates])
        assert message in capsys.readouterr().err
        assert code == (FAILED if message else 0)


@pytest.mark.parametrize(
    "command",
    [
        ["show"],
        ["show", "--nonsense"],
        ["nonsense"],
        ["run", "a.onnx"],
        ["bench", "a", "--rows", "0"],
    ],
)
def test_wrong_usage(command: list[str], capsys: pytest.CaptureFixture[str]):
    assert run(command) == WRONG_USAGE
    assert "Usage" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["show", "compare", "bench"])
def test_what_is_no_model(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run([command, str(tmp_path / "absent.onnx")]) == FAILED
    (tmp_path / "text.onnx").write_text("text")
    assert run([command, str(tmp_path / "text.onnx")]) == FAILED
    assert "not an ONNX model" in capsys.readouterr().err


def test_version_and_help(capsys: pytest.CaptureFixture[str]):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"onnxp {xp.__version__}\n"
    assert run(["--help"]) == 0
    text = capsys.readouterr().out
    for command in ("show", "run", "compare", "bench", "view", "trace", "sklearn"):
        assert command in text


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "onnxp", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"onnxp {xp.__version__}\n"


def test_warnings_are_printed_without_a_line_of_code(capsys: pytest.CaptureFixture[str]):
    _print_warning(ProviderWarning("it runs on the CPU instead"), ProviderWarning, "file", 1)
    assert capsys.readouterr().err == "onnxp: it runs on the CPU instead\n"


def test_without_typer_the_extra_is_named():
    script = textwrap.dedent(
        """
        import sys
        sys.modules["typer"] = None
        from onnxp.__main__ import main
        main()
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == "The command line needs typer: pip install 'onnxp[cli]'\n"


@pytest.mark.parametrize("rows", [0, 1, 4])
def test_samples_fit_the_signature(rows: int):
    program = xp.trace(
        lambda a, b, c, d, e: (a, b, c, d, e),
        xp.spec(("N>=0", 2), xp.uint8),
        "bool[N>=0]",
        "string[N>=0, M]",
        "complex64[M, 2]",
        "float16[]",
    )
    inputs = samples.inputs(program, rows)
    assert inputs["a"].shape == (rows, 2)
    assert inputs["c"].shape == (rows, 3)
    assert len(program(**inputs)) == 5
    again = samples.inputs(program, rows)
    assert all(np.array_equal(again[name], array) for name, array in inputs.items())


def _fitted_on_text(folder: Path) -> Path:
    X = pd.DataFrame({"p": ["a", "b"], "q": ["c", "d"]})
    joblib.dump(OneHotEncoder().fit(X), folder / "encoder.joblib")
    return folder / "encoder.joblib"


class TestAdvice:
    """Messages name options of the command, and no arguments of Python."""

    def test_run_names_its_option(
        self, foreign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ):
        (tmp_path / "in.csv").write_text("p,q\n1,2\n")
        assert run(["run", str(foreign), str(tmp_path / "in.csv"), "-o", "out.csv"]) == FAILED
        error = capsys.readouterr().err
        assert "as in --columns age,fare" in error
        assert "program.on" not in error

    def test_sklearn_names_its_option(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        command = ["sklearn", str(_fitted_on_text(tmp_path)), "-o", str(tmp_path / "out.onnx")]
        assert run([*command, "--methods", "transform"]) == FAILED
        error = capsys.readouterr().err
        assert "trace with --example rows.csv" in error
        assert "example=" not in error
        assert "dtype=" not in error

    @pytest.mark.parametrize(
        "body", ["x if x.sum() > 0 else -x", "x if x.shape[0] > 5 else -x", "x * float(x.shape[0])"]
    )
    def test_trace_has_no_example(
        self,
        body: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ):
        module = f"branching_{abs(hash(body))}"
        (tmp_path / f"{module}.py").write_text(f"def f(x):\n    return {body}\n")
        monkeypatch.chdir(tmp_path)
        assert run(["trace", f"{module}:f", "float64[N]", "-o", "out.onnx"]) == FAILED
        assert "xp.trace(..., example=) in Python" in capsys.readouterr().err

    def test_the_folder_is_named(
        self, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ):
        (tmp_path / "in.csv").write_text("a,b\n1,2\n")
        target = tmp_path / "nodir" / "out.csv"
        assert run(["run", str(model), str(tmp_path / "in.csv"), "-o", str(target)]) == FAILED
        assert f"there is no folder {target.parent} for out.csv" in capsys.readouterr().err

    @pytest.mark.parametrize("content", [b"", b"p,q\na,1\n", b"nothing", b"1,2\n"])
    def test_what_is_no_pickle(
        self, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ):
        (tmp_path / "rows.csv").write_bytes(content)
        assert run(["sklearn", str(tmp_path / "rows.csv"), "-o", "out.onnx"]) == FAILED
        assert "rows.csv cannot be unpickled: it must be written by" in capsys.readouterr().err


class Sample(xp.ExtensionDType):
    """A dtype of a user, with a part that is nullable and one of labels."""

    planes: ClassVar = {"x": "float32?", "kind": xp.category(("p", "q")), "day": "datetime64[D]"}


@pytest.mark.parametrize(
    "spec",
    [
        "category[a, b][N]",
        "int32?[]",
        xp.spec("category[a, b][N, 2]", encoding="codes"),
        xp.spec("category[a, b][N]", unknown="error"),
        "datetime64[Y][N]",
        "datetime64[ns][N]",
        "timedelta64[M][N]",
        "timedelta64[s][]",
        "int8?[N, 2]",
        "bool?[N]",
        "string?[N]",
        "complex64?[N]",
        xp.spec("float64?[N]", null="nan"),
        xp.spec("int64?[N]", null=3),
        xp.spec("string?[N]", null=""),
        "Sample[N]",
    ],
    ids=str,
)
@pytest.mark.parametrize("rows", [0, 20])
def test_samples_have_the_dtype_of_each_input(
    spec: Any, rows: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "model.onnx"
    program = xp.trace(lambda x: {"y": xp.flip(x) if x.ndim else x}, spec)
    program.save(path)
    (values,) = samples.inputs(program, rows).values()
    assert program(values)["y"].shape == values.shape
    if isinstance(values, np.ma.MaskedArray) and values.size >= 20:
        assert 0 < values.mask.sum() < values.size
    assert run(["compare", str(path), "--rows", str(rows)]) == 0, capsys.readouterr().err
    if rows:
        assert run(["bench", str(path), "--rows", str(rows), "--seconds", "0"]) == 0


class TestTargets:
    def test_check_names_what_stands_in_the_way(
        self, model: Path, capsys: pytest.CaptureFixture[str]
    ):
        assert run(["check", str(model)]) == 0
        assert "portable: yes" in capsys.readouterr().out
        assert run(["check", str(model), "--target", "portable"]) == 0
        assert run(["check", str(model), "--target", "webgpu"]) == DIFFERENT
        assert "float64" in capsys.readouterr().out
        assert run(["check", str(model), "--target", "tpu"]) == WRONG_USAGE
        assert "must be one of onnxruntime>=1.20" in capsys.readouterr().err

    def test_convert_rewrites_a_model(
        self, foreign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ):
        target = tmp_path / "old.onnx"
        command = ["convert", str(foreign), "-o", str(target)]
        assert run([*command, "--opset", "18", "--inline"]) == 0
        assert run(["compare", str(foreign), str(target)]) == 0
        assert xp.load(target).model.opset_import[0].version <= 18
        assert run([*command, "--opset", "3"]) == WRONG_USAGE
        assert "opset 17 at least" in capsys.readouterr().err
        assert run(["convert", str(foreign), "-o", str(foreign)]) == WRONG_USAGE
        assert "would replace" in capsys.readouterr().err


class TestModelsOfOthers:
    """What only other tools write: maps and sequences, and no operators of the default domain."""

    @pytest.fixture
    def maps(self, tmp_path: Path) -> Path:
        X = np.asarray([[0.0], [1.0], [2.0]], np.float32)
        estimator = LogisticRegression().fit(X, ["a", "b", "b"])
        path = tmp_path / "maps.onnx"
        onnx.save(skl2onnx.to_onnx(estimator, X), path)
        return path

    @pytest.fixture
    def sequence(self, tmp_path: Path) -> Path:
        make = onnx.helper
        graph = make.make_graph(
            [make.make_node("SplitToSequence", ["x"], ["s"], axis=0)],
            "graph",
            [make.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["N", 2])],
            [make.make_tensor_sequence_value_info("s", onnx.TensorProto.FLOAT, None)],
        )
        path = tmp_path / "sequence.onnx"
        opsets = [make.make_opsetid("", 13)]
        onnx.save(make.make_model(graph, opset_imports=opsets, ir_version=7), path)
        return path

    @pytest.mark.parametrize("kind", ["maps", "sequence"])
    def test_all_numbers_are_compared(
        self, kind: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
    ):
        path = request.getfixturevalue(kind)
        assert run(["compare", str(path), "--rows", "5"]) == 0
        assert run(["compare", str(path), "--rows", "5", "--runtime", "ort"]) == 0
        assert capsys.readouterr().out.count(": agrees") == 2 * (2 if kind == "maps" else 1)

    def test_what_has_no_narrower_form(
        self, maps: Path, sequence: Path, capsys: pytest.CaptureFixture[str]
    ):
        out = str(maps.with_name("out.onnx"))
        assert run(["convert", str(maps), "-o", out, "--int8"]) == FAILED
        assert "no product of float32 with a constant matrix" in capsys.readouterr().err
        assert run(["convert", str(sequence), "-o", out, "--dtype", "float16"]) == FAILED
        assert (
            "no node of the model can compute in float16: SplitToSequence"
            in capsys.readouterr().err
        )


class TestRuntimes:
    def test_other_runtimes_agree(self, foreign: Path, capsys: pytest.CaptureFixture[str]):
        assert run(["compare", str(foreign), "--runtime", "ort,reference"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "ort:"
        assert lines[2] == "reference:"
        assert lines[1].startswith("y: agrees")

    def test_one_that_fails_is_different(
        self, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ):
        function = xp.trace(lambda x: xp.onnx.op("Gelu", x, domain="com.microsoft"), "float32[N]")
        function.save(tmp_path / "gelu.onnx")
        command = ["compare", str(tmp_path / "gelu.onnx"), "--runtime", "reference,ort"]
        assert run(command) == DIFFERENT
        out = capsys.readouterr().out
        assert "reference:\nNotImplementedError" in out
        assert "ort:\noutput: agrees" in out

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--runtime", "tensorrt"], "a runtime must be one of ort, reference, openvino, not"),
            (["{model}", "--runtime", "ort"], "another model or --runtime, not both"),
        ],
    )
    def test_wrong_choices(
        self, options: list[str], message: str, model: Path, capsys: pytest.CaptureFixture[str]
    ):
        options = [option.format(model=model) for option in options]
        assert run(["compare", str(model), *options]) == WRONG_USAGE
        assert message in capsys.readouterr().err

    def test_a_runtime_that_is_missing(
        self, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ):
        monkeypatch.setitem(sys.modules, "openvino", None)
        assert run(["compare", str(model), "--runtime", "openvino"]) == FAILED
        assert "pip install openvino" in capsys.readouterr().err


class TestProviders:
    def test_the_cpu_by_name(self, model: Path, capsys: pytest.CaptureFixture[str]):
        assert run(["compare", str(model), "--providers", "CPUExecutionProvider"]) == 0
        assert (
            run(["bench", str(model), "--seconds", "0", "--providers", "CPUExecutionProvider"]) == 0
        )
        assert " MB" in capsys.readouterr().out

    @pytest.mark.filterwarnings("ignore::onnxp.errors.ProviderWarning")
    def test_one_that_is_missing(
        self, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ):
        (tmp_path / "rows.csv").write_text("a,b\n1.0,2.0\n")
        command = ["run", str(model), str(tmp_path / "rows.csv"), "-o", str(tmp_path / "out.csv")]
        assert run([*command, "--providers", "QNNExecutionProvider"]) == FAILED
        assert "or pass --fallback to run on the CPU" in capsys.readouterr().err
        assert not (tmp_path / "out.csv").exists()
        assert run([*command, "--providers", "QNNExecutionProvider", "--fallback", "-q"]) == 0
        assert (tmp_path / "out.csv").read_text().split() == ["score", "4"]


class TestConvert:
    @pytest.fixture
    def network(self, tmp_path: Path) -> Path:
        # 32 columns, because of "tiles of integers" in `runtime_bugs`
        W = np.random.default_rng(0).normal(size=(40, 32)).astype(np.float32)
        path = tmp_path / "network.onnx"
        xp.trace(lambda x: xp.tanh(x @ W), "float32[N, 40]").save(path)
        return path

    def test_float16(self, network: Path, tmp_path: Path):
        out = tmp_path / "half.onnx"
        assert run(["convert", str(network), "-o", str(out), "--dtype", "float16"]) == 0
        assert out.stat().st_size < 0.7 * network.stat().st_size
        command = ["compare", str(network), str(out)]
        assert run([*command, "--rtol", "0.05", "--atol", "0.05"]) == 0
        assert run([*command, "--rtol", "1e-7", "--atol", "0"]) == DIFFERENT

    @pytest.mark.filterwarnings("ignore")
    def test_int8_and_external_data(self, network: Path, tmp_path: Path):
        out = tmp_path / "small.onnx"
        assert run(["convert", str(network), "-o", str(out), "--int8", "--external-data"]) == 0
        assert (tmp_path / "small.onnx.data").exists()
        assert run(["compare", str(network), str(out), "--rtol", "0", "--atol", "1"]) == 0

    @pytest.mark.parametrize(
        ("options", "code", "message"),
        [
            (["--keep", "MatMul"], WRONG_USAGE, "give one of them"),
            (["--dtype", "float8"], WRONG_USAGE, "--dtype must be one of float16, float32"),
            (["--dtype", "float16", "--keep", "nothing"], FAILED, "no node matches 'nothing'"),
        ],
    )
    def test_wrong_choices(
        self,
        options: list[str],
        code: int,
        message: str,
        network: Path,
        capsys: pytest.CaptureFixture[str],
    ):
        out = network.with_name("out.onnx")
        assert run(["convert", str(network), "-o", str(out), *options]) == code
        assert message in capsys.readouterr().err
        assert not out.exists()


def test_trace_for_a_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "inverse.onnx"
    command = ["trace", "onnxp.linalg:inv", "float32[9, 9]", "-o", str(path)]
    assert run([*command, "--target", "portable"]) == 0
    assert run(["check", str(path), "--target", "portable"]) == 0
    assert "portable: yes" in capsys.readouterr().out


def test_show_tells_dtypes_and_targets(foreign: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["show", str(foreign)]) == 0
    text = capsys.readouterr().out
    assert "tensors: float32=2" in text
    assert "targets: onnxruntime>=1.20; onnxruntime>=1.23; portable; webgpu" in text


def test_help_imports_little():
    script = (
        "import sys\nfrom onnxp._src.cli.app import run\nrun(['--help'])\n"
        "names = 'onnx', 'onnxruntime', 'onnxp._src.public', 'sklearn', 'rich'\n"
        "print([name for name in names if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands(shell: str):
    done = subprocess.run(
        [sys.executable, "-m", "onnxp", "--show-completion", shell],
        env={**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},  # there is none
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_ONNXP_COMPLETE" in done.stdout


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("onnxp che", "check"),
        ("onnxp check --tar", "--target"),
        ("onnxp check --target p", "portable"),
    ],
)
def test_what_shells_complete(words: str, completed: str):
    position = str(words.count(" "))
    asked = {"_ONNXP_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": position}
    command = [sys.executable, "-m", "onnxp"]
    done = subprocess.run(
        command, env={**os.environ, **asked}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [completed]


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "interrupted; the same command goes on with the rows that are left"),
        (SaveError(28, "stream: cannot write out.csv: it is full", "out.csv"), FAILED, "onnxp: stream: cannot"),
        (FileNotFoundError(2, "No such file", "m.onnx"), FAILED, "onnxp: there is no file m.onnx"),
    ],
)  # fmt: skip
def test_what_ends_a_run(
    error: BaseException,
    code: int,
    message: str,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    def stream(*_: Any) -> int:
        raise error

    monkeypatch.setattr("onnxp._src.cli.running.stream", stream)
    assert run(["run", str(model), "rows.csv", "-o", "out.csv"]) == code
    assert message in capsys.readouterr().err
