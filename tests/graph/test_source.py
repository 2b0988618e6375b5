"""The user's lines in models: which files they name, and that they show nothing of the machine."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import onnxp as xp
from onnxp._src.graph.source import SOURCE_KEY, SourceFormatter, SourceInfo
from onnxp.errors import EvaluationError


def source(file: str, line: int = 7) -> SourceInfo:
    code = compile("\n" * (line - 1) + "x = 1", file, "exec")
    return code, code.co_code.index(bytes([next(i for i in code.co_code[2:] if i)]))


def metadata(nodes: Any) -> dict[str, str]:
    found = {}
    for node in nodes:
        for attribute in node.attribute:
            found |= metadata(attribute.g.node)
        found.update(
            (node.name, entry.value) for entry in node.metadata_props if entry.key == SOURCE_KEY
        )
    return found


def named(file: str) -> str:
    return SourceFormatter().line(source(file)).rpartition(":")[0]


def test_files_are_named_from_where_python_finds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    packages = tmp_path / "venv" / "site-packages"
    monkeypatch.setattr(sys, "path", ["", str(tmp_path / "venv"), str(packages), "relative"])
    monkeypatch.chdir(tmp_path)
    assert named(str(packages / "sklearn" / "base.py")) == "sklearn/base.py"
    assert named(str(tmp_path / "own" / "model.py")) == "own/model.py"
    assert named(str(tmp_path / "relative" / "model.py")) == "model.py"
    assert named(str(tmp_path / "venv-other" / "x.py")) == "venv-other/x.py"
    assert named(os.path.join("own", "model.py")) == "own/model.py"


def test_other_files_show_their_name_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path / "a")])
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    assert named(str(tmp_path / "b" / "secret" / "model.py")) == "model.py"
    monkeypatch.chdir("/")
    assert named(str(tmp_path / "b" / "secret" / "model.py")) == "model.py"
    assert named("<stdin>") == "<stdin>"
    assert named("<ipython-input-3>") == "<ipython-input-3>"


def test_a_folder_that_was_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    monkeypatch.setattr(sys, "path", ["", tmp_path / "lib"])
    assert named(str(tmp_path / "lib" / "a" / "b.py")) == "a/b.py"
    assert named(str(tmp_path / "x" / "b.py")) == "b.py"
    assert named("b.py") == "b.py"
    assert "test_source.py:" in str(xp.trace(lambda x: x + 1, "float32[]"))


def function(x: Any, y: Any) -> Any:
    with xp.name_scope("a"):
        z = xp.atan2(x, y)
    return xp.fori_loop(0, 3, lambda i, s: s + z, xp.exp(z))


def here(marker: str) -> int:
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return 1 + next(i for i, line in enumerate(lines) if marker in line)


def test_lines_in_metadata_on_request():
    program = xp.trace(function, "float32[N]", "float32[N]", source_lines=True, functions=True)
    onnx.checker.check_model(program.model, full_check=True)
    assert program.model.ir_version == 10  # which has them, and which every supported runtime reads
    found = metadata(program.model.graph.node)
    first, loop = here("z = xp.atan2(x, y)"), here("xp.fori_loop(0, 3")
    assert found["a/atan2"].endswith(f"test_source.py:{first}, in function")
    assert found["Loop"].endswith(f"test_source.py:{loop}, in function")
    assert found["Add"].endswith(f"test_source.py:{loop}, in <lambda>")
    assert not any(value.startswith(os.sep) for value in found.values())
    assert not any(metadata(recipe.node) for recipe in program.model.functions)
    x = np.ones(3, np.float32)
    np.testing.assert_allclose(program(x, x), np.exp(np.pi / 4) + 3 * np.pi / 4, rtol=1e-6)


def test_lines_are_only_written_on_request():
    program = xp.trace(function, "float32[N]", "float32[N]")
    assert metadata(program.model.graph.node) == {}
    x, y = xp.argument("N", xp.float32), xp.argument("N", xp.float32)
    given, results = {"x": x, "y": y}, {"z": function(x, y)}
    assert metadata(xp.build(given, results).graph.node) == {}
    model = xp.build(given, results, source_lines=True, functions=True)
    assert "a/atan2" in metadata(model.graph.node)


def test_a_loaded_program_that_fails_names_the_line(tmp_path: Path, subtests: pytest.Subtests):
    def pick(x, rows):
        return x[rows]

    program = xp.trace(pick, "float32[N]", "int64[M]", source_lines=True)
    program.save(tmp_path / "p.onnx")
    place = rf"test_source.py:{pick.__code__.co_firstlineno + 1}, in pick"
    others = {
        "itself": program,
        "loaded": xp.load(tmp_path / "p.onnx"),
        "copied": copy.deepcopy(program),
    }
    for name, other in others.items():
        with subtests.test(name), pytest.raises(EvaluationError, match=rf" at \S*{place}, given"):
            other(np.ones(3, np.float32), np.asarray([7]))
    xp.trace(pick, "float32[N]", "int64[M]").save(tmp_path / "p.onnx")
    with pytest.raises(EvaluationError, match=r"in program '[^']*', given"):
        xp.load(tmp_path / "p.onnx")(np.ones(3, np.float32), np.asarray([7]))


SCRIPT = """
import json, sys
import onnxp as xp
def f(x):
    return xp.exp(x) + 1
model = xp.trace(f, "float32[N]", source_lines=True).model
print(json.dumps([model.SerializeToString(deterministic=True).hex(),
                  [p.value for n in model.graph.node for p in n.metadata_props]]))
"""


def test_the_same_program_gives_the_same_bytes_wherever_it_lies(tmp_path: Path):
    outputs = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        (folder / "script.py").write_text(SCRIPT)
        for where in (folder, tmp_path):
            done = subprocess.run(
                [sys.executable, str(folder / "script.py")],
                cwd=where,
                env={**os.environ, "PYTHONHASHSEED": str(len(outputs))},
                capture_output=True,
                text=True,
                check=True,
            )
            outputs.append(json.loads(done.stdout))
    assert outputs[0][1] == ["script.py:5, in f", "script.py:5, in f"]
    assert all(output == outputs[0] for output in outputs)
