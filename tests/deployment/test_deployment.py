"""The examples of ``examples/deployment`` on what they are for; run by ``make deployment``."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest

import onnxp as xp

EXAMPLES = Path(__file__).parents[2] / "examples" / "deployment"
PACKAGES = Path(os.environ.get("NODE_PATH", ""))
TWO = pd.DataFrame({"age": [29.0, np.nan], "fare": [7.25, 71.5], "sex": ["male", "female"]})

needs_node = pytest.mark.skipif(
    not os.environ.get("NODE_PATH") or shutil.which("node") is None,
    reason="needs Node and its packages, which `make deployment` installs",
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("deployment") / "passengers.onnx"
    runpy.run_path(str(EXAMPLES / "passengers.py"))["main"](str(path))
    return path


@pytest.fixture(scope="module")
def expected(model: Path) -> dict[str, Any]:
    return xp.load(model)(TWO)


def ran(*command: object, **options: Any) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=120, **options
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_scores(expected: dict[str, Any]) -> None:
    assert expected["label"].tolist() == ["no", "yes"]


@needs_node
def test_node(model: Path, expected: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    shutil.copy(EXAMPLES / "score.mjs", tmp_path)
    result = json.loads(ran("node", tmp_path / "score.mjs", model))
    assert result["label"] == expected["label"].tolist()
    np.testing.assert_allclose(
        result["probabilities"], expected["probabilities"].ravel(), rtol=1e-12
    )


@pytest.fixture
def address(model: Path, tmp_path: Path) -> Iterator[str]:
    """Serve the page, the model and the runtime."""
    shutil.copy(EXAMPLES / "index.html", tmp_path)
    shutil.copy(model, tmp_path)
    (tmp_path / "ort").symlink_to(PACKAGES / "onnxruntime-web" / "dist")
    handler = partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@needs_node
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium on the path")
def test_browser(address: str, expected: dict[str, Any], tmp_path: Path) -> None:
    script = tmp_path / "visit.mjs"
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    script.write_text(VISIT)
    before, after = json.loads(ran("node", script, shutil.which("chromium"), address))
    no, yes = 100 * expected["probabilities"][:, 1]
    assert before == f"no ({no:.1f} %)"
    assert after == f"yes ({yes:.1f} %)"


VISIT = """
import { chromium } from "playwright-core";
const [executablePath, address] = process.argv.slice(2);
const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", ...quiet] });
const page = await browser.newPage();
const answer = async (label) => {
  await page.waitForFunction((label) => document.getElementById("answer").textContent.startsWith(label), label);
  return page.textContent("#answer");
};
await page.goto(address);
const before = await answer("no");
await page.fill("[name=age]", "");
await page.fill("[name=fare]", "71.5");
await page.selectOption("[name=sex]", "female");
console.log(JSON.stringify([before, await answer("yes")]));
await browser.close();
"""


def test_fastapi(model: Path, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fastapi", reason="a package of the extra `deployment`")
    monkeypatch.setenv("MODEL", str(model))
    script = (
        "import json, sys, warnings\n"
        "warnings.simplefilter('ignore')\n"  # of fastapi's own test client
        "from fastapi.testclient import TestClient\n"
        "from service import app\n"
        "rows = [{'age': 29, 'fare': 7.25, 'sex': 'male'}, {'fare': 71.5, 'sex': 'female'}]\n"
        "print(json.dumps(TestClient(app).post('/score', json=rows).json()))"
    )
    result = json.loads(ran(sys.executable, "-c", script, cwd=EXAMPLES))
    assert result["label"] == expected["label"].tolist()
    assert result["probabilities"] == expected["probabilities"].tolist()


def test_the_service_of_the_guide(tmp_path: Path) -> None:
    pytest.importorskip("fastapi", reason="a package of the extra `deployment`")

    def function(customer: Any, signup: Any, orders: Any, plan: Any) -> dict[str, Any]:
        return {"label": plan, "score": orders + xp.dates.year(signup)}

    specs = ["int64[N]", "datetime64[us][N]", "float64[N]", "string[N]"]
    xp.trace(function, *specs).save(tmp_path / "churn.onnx", scorer=True)
    script = (
        "import json, sys, warnings\n"
        "warnings.simplefilter('ignore')\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "from fastapi.testclient import TestClient\n"
        "from churn_service import app\n"
        "row = {'customer': 1, 'signup': '2024-05-01', 'orders': None, 'plan': 'pro'}\n"
        "answers = [TestClient(app).post('/scores', json=rows) for rows in (\n"
        "    [row | {'orders': 0.5}, row | {'orders': 2}], [row | {'signup': '1.5.2024'}])]\n"
        "print(json.dumps([[answer.status_code, answer.json()] for answer in answers]))"
    )
    (status, scores), (refused, _) = json.loads(ran(sys.executable, "-c", script, cwd=EXAMPLES))
    assert status == 200
    assert [row["label"] for row in scores] == ["pro", "pro"]
    assert [row["score"] for row in scores] == [2024.5, 2026.0]
    assert refused == 422


HEADERS, JAR, ASSEMBLY = map(
    os.environ.get, ("ONNXRUNTIME_HEADERS", "ONNXRUNTIME_JAR", "ONNXRUNTIME_ASSEMBLY")
)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """The shared library of the Python package, under the names that programs look for."""
    (found,) = Path(onnxruntime.__file__).parent.glob("capi/libonnxruntime.so.*")
    for name in ("libonnxruntime.so", "libonnxruntime.so.1"):
        (tmp_path / name).symlink_to(found)
    return tmp_path / "libonnxruntime.so.1"


def check(model: Path, expected: dict[str, Any], *command: object, **variables: object) -> None:
    """Compare what a program prints for the two passengers, and how it refuses a file that is not there."""
    environment = os.environ | {name: str(value) for name, value in variables.items()}
    rows = [line.split() for line in ran(*command, model, env=environment).splitlines()]
    assert [label for label, *_ in rows] == expected["label"].tolist()
    numbers = np.array([[float(number) for number in row[1:]] for row in rows])
    np.testing.assert_allclose(numbers, expected["probabilities"], rtol=1e-5)  # as C++ prints them
    parts = [str(part) for part in (*command, model.with_name("none.onnx"))]
    done = subprocess.run(parts, env=environment, capture_output=True)
    assert done.returncode == 1
    assert b"doesn't exist" in done.stderr


@pytest.mark.skipif(
    not HEADERS or shutil.which("c++") is None,
    reason="needs a compiler and the headers of onnxruntime, in ONNXRUNTIME_HEADERS",
)
def test_cpp(model: Path, expected: dict[str, Any], library: Path, tmp_path: Path) -> None:
    program = tmp_path / "score"
    ran("c++", "-std=c++17", f"-I{HEADERS}", EXAMPLES / "score.cpp", library, "-o", program)
    check(model, expected, program, LD_LIBRARY_PATH=tmp_path)


@pytest.mark.skipif(
    not JAR or shutil.which("java") is None,
    reason="needs Java 11 and the archive of onnxruntime, in ONNXRUNTIME_JAR",
)
def test_java(model: Path, expected: dict[str, Any]) -> None:
    check(model, expected, "java", "-cp", JAR, EXAMPLES / "Score.java")


@pytest.mark.skipif(
    not ASSEMBLY or shutil.which("mcs") is None,
    reason="needs Mono and Microsoft.ML.OnnxRuntime.dll, in ONNXRUNTIME_ASSEMBLY",
)
def test_csharp(model: Path, expected: dict[str, Any], library: Path, tmp_path: Path) -> None:
    program = tmp_path / "score.exe"
    ran("mcs", "-langversion:latest", f"-r:{ASSEMBLY}", EXAMPLES / "Score.cs", f"-out:{program}")
    folders = {"LD_LIBRARY_PATH": tmp_path, "MONO_PATH": Path(str(ASSEMBLY)).parent}
    check(model, expected, "mono", program, **folders)


def test_mlflow(model: Path, tmp_path: Path) -> None:
    pytest.importorskip("mlflow", reason="a package of the extra `deployment`")
    printed = ran(sys.executable, EXAMPLES / "registry.py", model, cwd=tmp_path)
    assert printed.splitlines()[-1] == "['no', 'yes']"
