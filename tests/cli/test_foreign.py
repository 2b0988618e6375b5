"""The command line on models of other tools, whose sizes have other names or none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest

from onnxp._src.cli.app import FAILED, run
from tests.helpers.foreign_models import DOUBLE, FLOAT, model_of, node, values

STRING = onnx.TensorProto.STRING
ENCODER = node(
    "OneHotEncoder", ["sex"], ["y"], domain="ai.onnx.ml", cats_strings=["f", "m"], zeros=0
)


@pytest.fixture
def saved(tmp_path: Path):
    """Return a function that saves a model."""

    def save(*args, **options) -> str:
        onnx.save(model_of(*args, **options), tmp_path / "model.onnx")
        return str(tmp_path / "model.onnx")

    return save


@pytest.mark.parametrize("sizes", [("N", "N"), (None, None)])
def test_sizes_of_one_name_and_first_axes_without_one_are_the_rows(sizes, saved) -> None:
    a, b = (values((name, DOUBLE, [size]))[0] for name, size in zip("ab", sizes, strict=True))
    model = saved([node("Add", ["b", "a"], ["y"])], [a, b], values(("y", DOUBLE, None)))
    assert run(["compare", model]) == 0
    assert run(["bench", model, "--seconds", "0.01"]) == 0


def test_a_model_of_one_row_has_as_many(
    saved, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    infos = values(("x", FLOAT, [1, 2])), values(("y", FLOAT, [1, 2]))
    model = saved([node("Neg", ["x"], ["y"])], *infos)
    assert run(["bench", model, "--rows", "1000", "--seconds", "0.01"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[1] == "1"
    rows = np.arange(6, dtype=np.float32).reshape(3, 2)
    np.save(tmp_path / "rows.npy", rows)
    command = ["run", model, str(tmp_path / "rows.npy"), "-o", str(tmp_path / "y.npy"), "-q"]
    assert run(command) == 0
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), -rows)


def test_a_model_without_inputs(saved, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = saved([node("Constant", [], ["y"], value_floats=[1.0])], [], values(("y", FLOAT, [1])))
    assert run(["bench", model, "--seconds", "0.01"]) == 0
    for file in ("rows.csv", "rows.npy"):
        (tmp_path / file).write_text("a\n1\n")
        command = ["run", model, str(tmp_path / file), "-o", str(tmp_path / "y.csv")]
        assert run(command) == FAILED
        assert "has no inputs" in capsys.readouterr().err


def test_data_that_are_drawn_may_not_do(
    saved, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    infos = values(("sex", STRING, ["N"])), values(("y", FLOAT, ["N", 2]))
    model = saved([ENCODER], *infos, domains={"ai.onnx.ml": 1})
    pd.DataFrame({"sex": ["f", "m", "m"]}).to_csv(tmp_path / "rows.csv")
    data = ["--data", str(tmp_path / "rows.csv")]
    for command in (["compare", model], ["bench", model, "--seconds", "0.01", "--rows", "5"]):
        assert run(command) == FAILED
        assert "--data rows.csv" in capsys.readouterr().err
        assert run([*command, *data]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split()[1] == "5"
    (tmp_path / "rows.csv").write_text("sex\n")
    assert run(["bench", model, *data]) == FAILED
    assert "no rows" in capsys.readouterr().err


def test_a_model_that_the_runtime_cannot_load_is_shown(
    saved, capsys: pytest.CaptureFixture[str]
) -> None:
    infos = values(("x", FLOAT, ["N"])), values(("y", FLOAT, ["N"]))
    model = saved([node("Magic", ["x"], ["y"], domain="my.ops")], *infos, domains={"my.ops": 1})
    assert run(["show", model]) == 0
    text = capsys.readouterr().out
    assert "problem: onnxruntime cannot load" in text
    assert "my.ops.Magic(x)" in text
    assert run(["show", "--json", model]) == 0
    assert json.loads(capsys.readouterr().out)["targets"] == []
    Path(model).write_bytes(Path(model).read_bytes()[:-9])
    assert run(["show", model]) == FAILED
