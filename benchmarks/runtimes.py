"""Which runtimes run the models that onnxp exports: ``make runtimes`` writes ``docs/runtime_counts.inc``.

The models are those of the names of the standard, of predict functions and of scikit-learn's estimators, as
traced by default and for the target ``portable``. Each runtime runs them in an environment of its own.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import onnxp as xp
from benchmarks.names import CHAPTERS, attempt, data
from onnxp.errors import OnnxpError, TargetError
from onnxp.sklearn import dispatch, trace_estimator
from tests.helpers import sklearn_cases, zoo

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "runtime_counts.inc"
FOLDERS = ("default", "portable")
CAUSES = 3
"""The number of causes to name for a runtime."""


class Model(NamedTuple):
    """A model of the corpus, how it is made for a target, and arrays for its inputs."""

    name: str
    make: Callable[[str | None], xp.Program]
    feeds: dict[str, Any]


def _names() -> Iterator[Model]:
    for example in (example for chapter in CHAPTERS.values() for example in chapter.values()):
        model = attempt(example)[1]
        if model is None:
            continue
        read = [info.name for info in model.graph.input]
        feeds: dict[str, Any] = {name: array for name, array in data().items() if name in read}
        if "z_real" in read:
            z = data()["z"]
            feeds |= {"z_real": z.real.copy(), "z_imag": z.imag.copy()}
        yield Model(example, partial(_converted, xp.load(model)), feeds)


def _predict_functions() -> Iterator[Model]:
    rng = np.random.default_rng(0)
    for name, function in {**zoo.GENERIC, **zoo.NUMPY}.items():
        for dtype in ("float32", "float64"):
            make = partial(xp.trace, function, f"{dtype}[N, 5]", input_names=["x"])
            x = rng.normal(size=(6, 5)).astype(dtype)
            yield Model(f"{name} of {dtype}", partial(_named, make), {"x": x})


def _converted(program: xp.Program, target: str | None) -> xp.Program:
    return program if target is None else program.convert(target)


def _named(make: Callable[..., xp.Program], target: str | None) -> xp.Program:
    return make(target=target)


def _estimators() -> Iterator[Model]:
    for case in sklearn_cases.CASES:
        for dtype in ("float32", "float64"):
            x = case.input(dtype)[:6]
            spec = xp.spec(("N", *x.shape[1:]), x.dtype)
            make = partial(_traced, case, case.fitted(dtype), spec, x)
            yield Model(f"{case.id} of {dtype}", make, {"X": x})


def _traced(
    case: sklearn_cases.Case, model: Any, spec: xp.Spec, x: Any, target: str | None
) -> xp.Program:
    try:
        if case.method == "call":
            with dispatch():
                return xp.trace(model, spec, input_names=["X"], target=target)
        return trace_estimator(model, case.method, spec=spec, target=target)
    except TargetError:
        raise
    except OnnxpError:
        if case.method == "call":
            raise
        return trace_estimator(model, case.method, spec=spec, target=target, example=x)


def export(folder: Path) -> dict[str, Any]:
    """Write the corpus, and return the names of its models and those that are not portable."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    names: list[str] = []
    refused: dict[str, str] = {}
    for name, make, feeds in (*_names(), *_predict_functions(), *_estimators()):
        number = len(names)
        names.append(name)
        program = make(None)
        outputs = program.session().run(None, feeds)
        labels = [info.name for info in program.model.graph.output]
        arrays = {f"in:{key}": np.asarray(array) for key, array in feeds.items()}
        arrays |= {f"out:{k}": _stored(a) for k, a in zip(labels, outputs, strict=True)}
        for part in FOLDERS:
            path = folder / part / f"{number}.onnx"
            try:
                (program if part == "default" else make(part)).save(path)
            except OnnxpError as error:
                refused[name] = str(error).partition("\n")[0]
                continue
            np.savez(path.with_suffix(".npz"), allow_pickle=False, **arrays)
    return {"names": names, "refused": refused}


def _stored(array: Any) -> Any:
    return array.astype(str) if array.dtype.kind == "O" else array


def run(python: str, runtime: str, folder: Path) -> dict[int, str]:
    """Run the models of a folder; a case that ends the process is left out when it is started again."""
    results: dict[int, str] = {}
    numbers = sorted(int(path.stem) for path in folder.glob("*.onnx"))
    script = Path(__file__).with_name("run_models.py")
    while len(results) < len(numbers):
        last = max(results, default=-1)
        command = [python, str(script), runtime, str(folder), str(last)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
            printed, why = done.stdout, f"crash: exit code {done.returncode}"
        except subprocess.TimeoutExpired as error:
            printed = (error.stdout or b"").decode() if isinstance(error.stdout, bytes) else ""
            why = "hang"
        for line in printed.splitlines():
            if line.startswith("["):
                number, reason = json.loads(line)
                results[number] = reason
        waiting = [number for number in numbers if number not in results]
        if waiting:
            results[waiting[0]] = why
    return results


def cause(reason: str) -> str:
    """Return a reason without what differs from model to model."""
    if not reason.startswith("error"):
        return reason
    for pattern in _PATTERNS:
        match = re.search(pattern, reason)
        if match:
            return re.sub(r"#\d+ \"[^\"]*\" ", "analysis of ", match.group(0)).strip(" .:'\"")
    return " ".join(reason.removeprefix("error: ").split()[:6])


_PATTERNS = (
    r"(?<=Failed analyse for node )#\d+ \"[^\"]*\" \w+",
    r"Tensor datum type error",
    r"No conversion rule for [\w.]+",
    r"Unimplemented\(\w+\)",
    r"not supported operation.*?: [\w.]+",
    r"Translating .*?node.*?[\w.]+",
    r"ai\.onnx\.ml[\w. ]*",
    r"Domain '[\w.]+'",
    r"No Op registered for \w+",
    r"Could not find an implementation for \w+",
)


def page(corpus: dict[str, Any], results: dict[str, dict[str, dict[int, str]]]) -> str:
    """Return the page with the table of counts and causes."""
    total = len(corpus["names"])
    portable = total - len(corpus["refused"])
    lines = [
        ".. list-table::",
        "   :header-rows: 1",
        "   :widths: 24 14 14 48",
        "",
        "   * - Runtime",
        f"     - Default, of {total}",
        f"     - Portable, of {portable}",
        "     - The most frequent causes for portable models",
    ]
    for runtime, parts in results.items():
        agreed = [_agreed(parts[part]) for part in FOLDERS]
        causes = Counter(cause(reason) for reason in parts["portable"].values() if reason)
        text = "; ".join(f"``{what}`` {n}" for what, n in causes.most_common(CAUSES))
        lines += [f"   * - {runtime}", *(f"     - {n}" for n in agreed), f"     - {text}".rstrip()]
    reasons = Counter(
        reason.rpartition(": ")[2].partition(";")[0] for reason in corpus["refused"].values()
    )
    why = ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common())
    lines += [
        "",
        f"No portable form have {len(corpus['refused'])} models: {why}." if why else "",
        "",
    ]
    return "\n".join(lines)


def _agreed(results: dict[int, str]) -> str:
    return str(sum(not reason for reason in results.values()))


def main(arguments: list[str]) -> int:
    """Export the corpus and run it on the runtimes given as ``NAME=PYTHON:RUNTIME``."""
    folder = Path(arguments[0])
    warnings.simplefilter("ignore")
    corpus = export(folder)
    print(
        f"{len(corpus['names'])} models, {len(corpus['refused'])} of them not portable", flush=True
    )
    results: dict[str, dict[str, dict[int, str]]] = {}
    for argument in arguments[1:]:
        name, _, rest = argument.partition("=")
        python, _, runtime = rest.partition(":")
        results[name] = {part: run(python, runtime, folder / part) for part in FOLDERS}
        counts = {part: _agreed(found) for part, found in results[name].items()}
        print(f"{name}: {counts}", flush=True)
    failures = {
        runtime: {
            part: {corpus["names"][n]: reason for n, reason in found.items() if reason}
            for part, found in parts.items()
        }
        for runtime, parts in results.items()
    }
    (folder / "failures.json").write_text(json.dumps(failures, indent=1), encoding="utf-8")
    PAGE.write_text(page(corpus, results), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
