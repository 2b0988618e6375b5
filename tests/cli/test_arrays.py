"""``onnxp run`` of models whose inputs and outputs are arrays of any shape."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto as T
from onnx import helper as h

import onnxp as xp
from onnxp._src.cli.app import FAILED, run

IDS, MASK = np.arange(6).reshape(2, 3), np.array([[1, 1, 0], [1, 0, 0]])


@pytest.fixture
def model(tmp_path: Path) -> str:
    def encoder(input_ids: xp.Array, attention_mask: xp.Array) -> dict[str, xp.Array]:
        hidden = xp.stack([input_ids * attention_mask, attention_mask], axis=-1)
        return {"last_hidden_state": hidden, "pooled": xp.sum(hidden, axis=1)}

    path = tmp_path / "model.onnx"
    xp.trace(encoder, *["int64[N, L]"] * 2).save(path)
    return str(path)


def test_tokens_in_and_several_outputs_out(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    np.savez(tmp_path / "in.npz", attention_mask=MASK, input_ids=IDS)
    assert run(["run", model, str(tmp_path / "in.npz"), "-o", str(tmp_path / "out.npz")]) == 0
    assert capsys.readouterr().out.startswith("2 arrays written to ")
    with np.load(tmp_path / "out.npz") as arrays:
        assert sorted(arrays.files) == ["last_hidden_state", "pooled"]
        assert arrays["pooled"].tolist() == [[1, 2], [3, 1]]
        assert arrays["last_hidden_state"].shape == (2, 3, 2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.npz", "model.onnx", "out.npz"]


def test_parts_of_a_sequence(tmp_path: Path):
    x = h.make_tensor_value_info("x", T.FLOAT, ["N", 2])
    y = h.make_tensor_sequence_value_info("y", T.FLOAT, None)
    node = h.make_node("SplitToSequence", ["x"], ["y"], axis=1)
    graph = h.make_graph([node], "parts", [x], [y])
    split = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)
    onnx.save(split, tmp_path / "m.onnx")
    np.savez(tmp_path / "in.npz", x=np.array([[1, 2]], np.float32))
    command = ["run", str(tmp_path / "m.onnx"), str(tmp_path / "in.npz"), "-o"]
    assert run([*command, str(tmp_path / "out.npz")]) == 0
    with np.load(tmp_path / "out.npz") as arrays:
        assert {n: a.tolist() for n, a in arrays.items()} == {"y_0": [[1.0]], "y_1": [[2.0]]}


def test_text_and_nulls(tmp_path: Path):
    program = xp.trace(lambda t, i: {"u": t + "!", "j": i + 1}, "string[N]", "int64?[N]")
    program.save(tmp_path / "m.onnx")
    np.savez(tmp_path / "in.npz", t=np.array(["a", "bé"]), i=np.array([1, 2]))
    command = ["run", str(tmp_path / "m.onnx"), str(tmp_path / "in.npz"), "-o"]
    assert run([*command, str(tmp_path / "out.npz")]) == 0
    with np.load(tmp_path / "out.npz") as arrays:
        assert arrays["u"].tolist() == ["a!", "bé!"]
        assert arrays["j_values"].tolist() == [2, 3]
        assert arrays["j_null"].tolist() == [False, False]


@pytest.mark.parametrize(
    ("arrays", "options", "said"),
    [
        ({"input_ids": IDS}, [], "the inputs ['attention_mask'] are missing; there are ['input_ids']"),
        ({"input_ids": IDS, "attention_mask": MASK}, ["--keep", "a"], "leave out --columns and --keep"),
        ({"input_ids": IDS, "attention_mask": MASK * 0.5}, [], "attention_mask"),
        ({"input_ids": IDS, "attention_mask": MASK[:, :2]}, [], "attention_mask"),
    ],
)  # fmt: skip
def test_what_does_not_fit(
    arrays: dict[str, np.ndarray],
    options: list[str],
    said: str,
    model: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    np.savez(tmp_path / "in.npz", **arrays)
    command = ["run", model, str(tmp_path / "in.npz"), "-o", str(tmp_path / "out.npz"), *options]
    assert run(command) == FAILED
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out.npz").exists()


@pytest.mark.parametrize("output", ["-", "out.csv"])
def test_outputs_that_hold_no_arrays(
    output: str, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    np.savez(tmp_path / "in.npz", attention_mask=MASK, input_ids=IDS)
    assert run(["run", model, str(tmp_path / "in.npz"), "-o", output]) == FAILED
    assert f"arrays are written into a .npz file, not '{output}'" in capsys.readouterr().err


def test_rows_for_a_model_of_arrays(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    np.save(tmp_path / "in.npy", np.ones((2, 3)))
    for command in (
        ["run", model, str(tmp_path / "in.npy"), "-o", str(tmp_path / "out.npz")],
        ["compare", model, "--data", str(tmp_path / "in.npy")],
    ):
        assert run(command) == FAILED
        assert "give a .npz file with an array for each input" in capsys.readouterr().err
