"""The table of runtimes: cases that agree, differ, fail and end the process, and the page with their counts."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from benchmarks import run_models, runtimes
from benchmarks.runtime_models import listed, named

X = np.asarray([[1.0, np.nan], [-0.0, 3.0]], np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a case that agrees, one with other values, one with another dtype and no model."""
    program = xp.trace(lambda x: (x * 2, x > 0), "float32[N, 2]", output_names=["y", "p"])
    y, p = X * 2, X > 0
    expected: list[dict[str, Any]] = [
        {"y": y, "p": p},
        {"y": y + 1, "p": p},
        {"y": y.astype(np.float64), "p": p},
        {"y": y, "p": p},
    ]
    for number, outputs in enumerate(expected):
        path = tmp_path / f"{number}.onnx"
        program.save(path)
        case = {
            "inputs": run_models.encoded({"x": X}),
            "outputs": run_models.encoded(outputs),
            "in_float32": True,
        }
        path.with_suffix(".json").write_text(json.dumps(case))
    path.write_bytes(b"no model")
    return tmp_path


def test_cases_agree_or_say_why(folder: Path) -> None:
    found = runtimes.run(runtimes.Runtime(sys.executable, "onnxruntime"), folder)
    assert found[0] == ""
    assert found[1] == "values: float32"
    assert found[2] == "dtype: float64 is float32"
    assert found[3].startswith("error: ")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_same_bits(dtype: type[np.floating[Any]]) -> None:
    right = np.asarray([1.0, np.nan, 0.0, np.finfo(dtype).smallest_normal / 4], dtype)
    negative, small, other = right.copy(), right.copy(), right.copy()
    negative[1] = -np.nan
    small[2:] = -0.0, 0
    other[0] = np.nextafter(right[0], dtype(2))

    def different(found: Any) -> str:
        return run_models.difference([found], [right], same_bits=True)

    assert different(negative) == ""
    assert different(small) == f"{run_models.SMALL} 2 of 4"
    assert different(other) == "bits: 1 of 4"
    assert run_models.difference([other], [right]) == ""


def test_a_process_that_ends_costs_one_case(folder: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(
        "#!/bin/bash\n"
        "[ $4 = -1 ] && echo '[0, \"\"]' && kill -SEGV $$\n"
        "echo note; echo '[2, \"\"]'; echo '[3, \"\"]'\n"
    )
    program.chmod(0o755)
    found = runtimes.run(runtimes.Runtime(str(program), "tract"), folder)
    assert found == {0: "", 1: "crash: exit code -11", 2: "", 3: ""}


@pytest.mark.parametrize(
    "array",
    [X, np.asarray(2**53 + 1), np.zeros((0, 3), np.float16), np.asarray(["a", "b"], object), X > 0],
    ids=["float32", "int64", "empty", "text", "bool"],
)
def test_arrays_are_kept_in_json(array: Any) -> None:
    text = json.dumps(run_models.encoded({"a": array}))
    decoded = run_models.decoded(json.loads(text))["a"]
    assert (decoded.dtype, decoded.shape) == (array.dtype, array.shape)
    assert run_models.difference([array], [decoded]) == ""


def test_the_page_counts_listed_models_apart_from_newer_ones() -> None:
    first, second, *_ = listed()
    corpus = runtimes.Corpus([first, second, "a newer model"], {second: "x: the domain y; advice"})
    parts = {
        "default": {0: "", 1: "shape", 2: ""},
        "portable": {0: "error: Tensor datum type error: 1", 2: ""},
    }
    text = runtimes.page(corpus, {"tract 1.0": parts})
    assert "- Default, of 2\n     - Portable, of 1\n" in text
    assert "* - tract 1.0\n     - 1\n     - 0\n     - ``Tensor datum type error`` 1" in text
    assert "1 models have no portable form: the domain y (1)." in text
    assert "Of 1 newer models, by default: tract 1.0 1." in text


def test_the_list_names_each_model_once() -> None:
    assert len(listed()) == len({*listed()}) >= 838


def test_a_model_that_disappears_is_noticed() -> None:
    first, *others = listed()
    assert runtimes.gone(runtimes.Corpus(others, {})) == [first]
    assert runtimes.gone(runtimes.Corpus(["a newer model", first, *others], {})) == []
    assert {*listed()} <= named()
