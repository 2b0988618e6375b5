"""The project around the package: what the README shows, examples, the conformance runner."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from inspect import isfunction, unwrap
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import onnxp
from benchmarks.table import Row, scaled
from examples.demo import largest_difference
from onnxp._src.ops.versions import TRIED
from onnxp._src.program.signature import SCHEMA_VERSION

ROOT = Path(__file__).parents[1]
RUNNER = ROOT / "array-api-tests-config" / "run.py"


def run(*arguments: str | Path, env: dict[str, str] | None = None, cwd: Path = ROOT):
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def test_version_is_the_installed_one():
    assert onnxp.__version__ == version("onnxp")


def test_changelog_has_a_dated_section_for_the_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"(?m)^## \[{re.escape(onnxp.__version__)}\] - \d{{4}}-\d\d-\d\d$", text)


def oldest_versions() -> dict[str, str]:
    """Return what the package's metadata ask for, extras included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = project["dependencies"] + project["optional-dependencies"]["sklearn"]
    return {
        "Python": project["requires-python"].removeprefix(">="),
        **dict(requirement.split(">=") for requirement in requirements),
    }


def test_page_of_stability_tells_the_oldest_versions():
    page = (ROOT / "docs" / "stability.rst").read_text(encoding="utf-8")
    rows = re.findall(r"   \* - ([\w-]+)\n     - ([\d.]+)\n     - ([\d.]+)\n", page)
    assert {name: oldest for name, oldest, _ in rows} == oldest_versions()
    newest = {name: newest for name, _, newest in rows}
    assert newest["onnxruntime"] == TRIED[-1].rpartition(".")[0]


def test_page_of_stability_tells_the_schema_versions():
    page = (ROOT / "docs" / "stability.rst").read_text(encoding="utf-8")
    table = page.partition("   * - Schema version\n")[2].partition("\n\n")[0]
    versions = [int(number) for number in re.findall(r"   \* - (\d+)\n", table)]
    assert versions == list(range(1, SCHEMA_VERSION + 1))


def test_import_is_light():
    heavy = "onnx", "onnxruntime", "sympy", "sklearn", "scipy"
    done = run("-c", f"import sys, onnxp; print([m for m in {heavy} if m in sys.modules])")
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.parametrize("name", onnxp.__all__)
def test_the_page_of_the_api_documents_every_public_name(name: str):
    page = (ROOT / "docs" / "api.rst").read_text(encoding="utf-8")
    chapters = tuple(f"{module}." for module in re.findall(r"chapter:: (\S+)", page))
    thing = getattr(onnxp, name)
    if isinstance(thing, type):
        assert f".. autoclass:: onnxp.{name}\n" in page
    elif isfunction(thing):
        assert f"{unwrap(thing).__globals__['__name__']}.".startswith(chapters)
    elif isinstance(thing, ModuleType):
        assert f".. automodule:: onnxp.{name}\n   :members:\n" in page
    elif not name.startswith("__"):
        assert f"``{name}``" in page


def test_readme_examples_run(tmp_path: Path):
    done = run(
        "-W", "error", ROOT / "tests" / "helpers" / "readme.py", ROOT / "README.md", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "4 examples ran\n"


def test_readme_has_the_counts_of_the_page_of_targets():
    counts = (ROOT / "docs" / "runtime_counts.inc").read_text(encoding="utf-8")
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Where a model runs")[2]
    rows = re.findall(r"   \* - (\S+) (\S+)\n     - (\d+)\n     - (\d+)\n", counts)
    assert len(rows) > 4
    for runtime, number, default, portable in rows:
        (row,) = re.findall(rf"(?m)^\| {re.escape(runtime)} .*{re.escape(number)}.*$", table)
        assert {default, portable} <= set(re.findall(r"\d+", row)), (runtime, number)


def test_linear_regression_example_runs():
    done = run("-W", "error", "examples/linear_regression.py")
    assert done.returncode == 0, done.stderr
    assert "nodes: Gemm, Squeeze\n" in done.stdout


def test_demo_agrees_with_its_models(tmp_path: Path):
    done = run("examples/demo.py", "--folder", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" ok\n") == len(list(tmp_path.glob("*.onnx"))) + 1 == 6
    assert f"2000 rows written to {tmp_path / 'scored.parquet'}\n" in done.stdout
    assert done.stdout.endswith("All files agree.\n")


@pytest.mark.parametrize(
    ("numbers", "difference", "is_right"),
    [
        (np.full(3, 8, np.float32), 0, True),
        (np.full(3, 8, np.float32), 1e-3, False),
        (np.full(3, 8.0), 4e-12, True),
        (np.full(3, 8.0), 1e-10, False),
        (np.arange(3), 1, False),
        (np.asarray(["a", "b"]), 0, True),
    ],
)
def test_demo_notices_a_difference(numbers: np.ndarray, difference: float, is_right: bool):
    result = numbers + numbers.dtype.type(difference) if difference else numbers
    largest, right = largest_difference({"y": result}, {"y": numbers})
    assert right is is_right
    if numbers.dtype.kind == "f":
        np.testing.assert_allclose(largest, difference / 8, rtol=0.05)
    assert not largest_difference({"z": result}, {"y": numbers})[1]


def test_conformance_runner_says_that_there_is_no_suite(tmp_path: Path):
    done = run(RUNNER, env={"ARRAY_API_TESTS_DIR": str(tmp_path)})
    assert done.returncode == 77
    assert "No conformance suite" in done.stderr
    assert str(tmp_path) in done.stderr


@pytest.mark.parametrize(
    ("promise", "kept"),
    [
        ({"at_least": 2}, True),
        ({"at_least": 3}, False),
        ({"at_most": 0.5}, True),
        ({"at_most": 0.4}, False),
    ],
)
def test_benchmark_row_keeps_its_promise(promise: dict[str, float], kept: bool):
    cells, ok, _ = Row("what", "other", lambda: (1.0, 2.0), **promise).run()
    assert ok is kept
    assert cells[-1] == ("ok" if kept else "FAIL")


def test_benchmark_row_that_raises_is_broken(capsys: pytest.CaptureFixture[str]):
    _, ok, _ = Row("what", "other", lambda: (1 / 0, 1.0), at_least=1).run()
    assert not ok
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("figure", "unit", "text"),
    [(2.0, "s", "2 s"), (2.5e-5, "s", "25 us"), (1.5e8, "B", "150 MB"), (2, "nodes", "2 nodes")],
)
def test_benchmark_figures_are_scaled(figure: float, unit: str, text: str):
    assert scaled(figure, unit) == text
