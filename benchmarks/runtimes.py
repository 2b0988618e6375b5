"""Which runtimes run the models that onnxp exports: ``make runtimes`` writes ``docs/runtime_counts.inc``.

Each runtime runs the models of `benchmarks.runtime_models`, as traced by default and for the target
``portable``, in an environment of its own. Figures are of the models in the list; newer ones are counted apart.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from signal import SIGKILL
from threading import Timer
from typing import Any, NamedTuple

from onnx import TensorProto

from benchmarks.run_models import decoded, difference, encoded
from benchmarks.runtime_models import LIST, listed, models
from onnxp._src.model.obstacles import elem_types
from onnxp.errors import OnnxpError

PAGE = Path(__file__).parent.parent / "docs" / "runtime_counts.inc"
FOLDERS = ("default", "portable")
SECONDS = 60
"""How long a model may take."""
CAUSES = 3
"""The number of causes to name for a runtime."""


class Corpus(NamedTuple):
    """The names of the models that were written, and why some have no portable form."""

    names: list[str]
    refused: dict[str, str]


KINDS = {
    "onnxruntime": ("onnxruntime", "onnxruntime"),
    "node": ("onnxruntime-node", "onnxruntime-node"),
    "wasm": ("onnxruntime-web in Node", "onnxruntime-web"),
    "chromium": ("onnxruntime-web in Chromium", "onnxruntime-web"),
    "webgpu": ("onnxruntime-web with WebGPU", "onnxruntime-web"),
    "reference": ("onnx.reference", "onnx"),
    "openvino": ("OpenVINO", "openvino"),
    "tract": ("tract", "tract"),
}
"""What the scripts call a runtime: its name and package."""


class Runtime(NamedTuple):
    """The program that runs the cases, and one of `KINDS`."""

    program: str
    kind: str

    @property
    def is_javascript(self) -> bool:
        """Whether a script of JavaScript runs the cases."""
        return Path(self.program).name == "node"

    def title(self) -> str:
        """Return the name of the runtime with its version."""
        name, package = KINDS[self.kind]
        if self.is_javascript:
            path = Path(os.environ["PACKAGES"], "node_modules", package, "package.json")
            return f"{name} {json.loads(path.read_text(encoding='utf-8'))['version']}"
        code = f"import importlib.metadata as m; print(m.version({package!r}))"
        command = [self.program, "-c", code]
        return f"{name} {subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()}"


def export(folder: Path) -> Corpus:
    """Write the models."""
    for part in FOLDERS:
        (folder / part).mkdir(parents=True, exist_ok=True)
    corpus = Corpus([], {})
    for name, make, feeds in models():
        number = len(corpus.names)
        corpus.names.append(name)
        program = make(None)
        feeds = {k: a.astype(object) if a.dtype.kind == "U" else a for k, a in feeds.items()}
        outputs = program.session().run(None, feeds)
        labels = [info.name for info in program.model.graph.output]
        case = {
            "inputs": encoded(feeds),
            "outputs": encoded(dict(zip(labels, outputs, strict=True))),
            "in_float32": TensorProto.FLOAT in elem_types(program.model).values(),
        }
        for part in FOLDERS:
            path = folder / part / f"{number}.onnx"
            try:
                (program if part == "default" else make(part)).save(path)
            except OnnxpError as error:
                corpus.refused[name] = str(error).partition("\n")[0]
                continue
            path.with_suffix(".json").write_text(json.dumps(case), encoding="utf-8")
    return corpus


def run(runtime: Runtime, folder: Path) -> dict[int, str]:
    """Run the models of a folder; a case that ends the process is left out when it is started again."""
    results: dict[int, str] = {}
    numbers = sorted(int(path.stem) for path in folder.glob("*.onnx"))
    script = Path(__file__).with_name(f"run_models.{'mjs' if runtime.is_javascript else 'py'}")
    while len(results) < len(numbers):
        last = max(results, default=-1)
        command = [runtime.program, str(script), runtime.kind, str(folder), str(last)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            for number, result in _results(process):
                results[number] = (
                    result
                    if isinstance(result, str)
                    else _compared(folder / f"{number}.json", result)
                )
        waiting = [number for number in numbers if number not in results]
        if waiting:
            code = process.returncode
            results[waiting[0]] = "hang" if code == -SIGKILL else f"crash: exit code {code}"
    return results


def _results(process: subprocess.Popen[str]) -> Iterator[tuple[int, Any]]:
    """Yield the results of a process, which is killed if it is silent for long."""
    assert process.stdout is not None
    while True:
        timer = Timer(SECONDS, process.kill)
        timer.start()
        line = process.stdout.readline()
        timer.cancel()
        if not line:
            return
        if line.startswith("[") and line.endswith("]\n"):  # it may have ended within a line
            yield json.loads(line)


def _compared(path: Path, outputs: dict[str, Any]) -> str:
    case = json.loads(path.read_text(encoding="utf-8"))
    expected, found = decoded(case["outputs"]), decoded(outputs)
    return difference([found[name] for name in expected], [*expected.values()], case["in_float32"])


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
    r"Unsupported DatumType in the public API \w+",
    r"Tensor datum type error",
    r"No conversion rule for [\w.]+",
    r"Unimplemented\(\w+\)",
    r"not supported operation.*?: [\w.]+",
    r"Translating .*?node.*?[\w.]+",
    r"ai\.onnx\.ml[\w. ]*",
    r"Domain '[\w.]+'",
    r"No Op registered for \w+",
    r"Could not find an implementation for \w+",
    r"Non-zero status code returned while running \w+",
    r"!shape.rank\(\).is_dynamic\(\)",
)


def gone(corpus: Corpus) -> list[str]:
    """Return the models of the list that are not exported any longer."""
    return sorted({*listed()} - {*corpus.names})


Results = dict[str, dict[str, dict[int, str]]]
"""By runtime and folder: why models fail, by number."""


def page(corpus: Corpus, results: Results) -> str:
    """Return the page with the table of counts and causes."""
    known = {*listed()}
    on_list = [n for n, name in enumerate(corpus.names) if name in known]
    refused = [
        corpus.refused[corpus.names[n]] for n in on_list if corpus.names[n] in corpus.refused
    ]
    portable = len(on_list) - len(refused)
    lines = [
        ".. list-table::",
        "   :header-rows: 1",
        "   :widths: 26 12 12 50",
        "",
        "   * - Runtime",
        f"     - Default, of {len(on_list)}",
        f"     - Portable, of {portable}",
        "     - The most frequent causes for portable models",
    ]
    for runtime, parts in results.items():
        counts = [_agreed(parts[part], on_list) for part in FOLDERS]
        causes = Counter(cause(parts["portable"].get(n, "")) for n in on_list)
        del causes[""]
        text = "; ".join(f"``{what}`` {n}" for what, n in causes.most_common(CAUSES))
        lines += [f"   * - {runtime}", *(f"     - {n}" for n in counts), f"     - {text}".rstrip()]
    lines.append("")
    if refused:
        reasons = Counter(reason.rpartition(": ")[2].partition(";")[0] for reason in refused)
        why = ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common())
        lines += [f"{len(refused)} models have no portable form: {why}.", ""]
    newer = [n for n in range(len(corpus.names)) if n not in {*on_list}]
    if newer:
        agreed = [f"{name} {_agreed(parts['default'], newer)}" for name, parts in results.items()]
        lines += [f"Of {len(newer)} newer models, by default: {', '.join(agreed)}.", ""]
    return "\n".join(lines)


def _agreed(results: dict[int, str], numbers: Iterable[int]) -> int:
    return sum(results.get(n) == "" for n in numbers)


def main(arguments: Sequence[str]) -> int:
    """Export the models and run them on the runtimes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.runtimes", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the models are written")
    parser.add_argument("runtimes", nargs="*", metavar="PROGRAM:KIND", help=", ".join(KINDS))
    parser.add_argument("--freeze", action="store_true", help="make the list of all models instead")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    if options.freeze:
        LIST.write_text("".join(f"{model.name}\n" for model in models()), encoding="utf-8")
        return 0
    corpus = export(options.folder)
    print(f"{len(corpus.names)} models, {len(corpus.refused)} of them not portable", flush=True)
    results: Results = {}
    for argument in options.runtimes:
        runtime = Runtime(*argument.split(":"))
        name = runtime.title()
        results[name] = {part: run(runtime, options.folder / part) for part in FOLDERS}
        agreed = {
            part: sum(not why for why in found.values()) for part, found in results[name].items()
        }
        print(f"{name}: {agreed}", flush=True)
    failures = {
        name: {
            part: {corpus.names[n]: why for n, why in found.items() if why}
            for part, found in parts.items()
        }
        for name, parts in results.items()
    }
    (options.folder / "failures.json").write_text(json.dumps(failures, indent=1), encoding="utf-8")
    PAGE.write_text(page(corpus, results), encoding="utf-8")
    lost = gone(corpus)
    if lost:
        print(f"{len(lost)} models of {LIST.name} were not exported: {lost}")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
