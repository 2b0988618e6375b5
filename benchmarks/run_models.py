"""Run exported models on one runtime, without onnxp: ``python run_models.py RUNTIME FOLDER AFTER``.

Each case of the folder is a model ``N.onnx``, and ``N.npz`` with arrays ``in:NAME`` and ``out:NAME``. The
result is a line of JSON for each case behind AFTER: its number, and the reason if it fails, else an empty text.
A case that ends the process is the one after the last line.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Feeds = dict[str, Any]
TOLERANCES = {"float16": 1e-2, "float32": 1e-4, "float64": 1e-9}
IN_FLOAT32 = ("openvino",)
"""The runtimes that compute float64 in float32."""


def onnxruntime(path: Path, feeds: Feeds, outputs: list[str]) -> list[Any]:
    """Run a model at the default options of onnxruntime."""
    import onnxruntime as runtime

    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return list(session.run(outputs, feeds))


def reference(path: Path, feeds: Feeds, outputs: list[str]) -> list[Any]:
    """Run a model on the reference evaluator of onnx."""
    from onnx.reference import ReferenceEvaluator

    return list(ReferenceEvaluator(str(path)).run(outputs, feeds))


def openvino(path: Path, feeds: Feeds, outputs: list[str]) -> list[Any]:
    """Run a model on the processor by OpenVINO."""
    import openvino as ov

    core = ov.Core()
    compiled = core.compile_model(
        core.read_model(path),
        "CPU",
        {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1},
    )
    results = compiled(feeds)
    return [results[name] for name in outputs]


def tract(path: Path, feeds: Feeds, outputs: list[str]) -> list[Any]:
    """Run a model by tract, which takes and gives arrays by position."""
    import tract as runtime

    model = runtime.onnx().load(str(path))
    names = [model.input_name(i) for i in range(model.input_count())]
    made = model.into_model().into_runnable().run([feeds[name] for name in names])
    return [array.to_numpy() for array in made]


RUNTIMES: dict[str, Callable[[Path, Feeds, list[str]], list[Any]]] = {
    "onnxruntime": onnxruntime,
    "reference": reference,
    "openvino": openvino,
    "tract": tract,
}


def difference(found: list[Any], expected: list[Any], tolerances: dict[str, float]) -> str:
    """Return how results differ, or an empty text."""
    for result, right in zip(found, expected, strict=True):
        array = np.asarray(result)
        if right.dtype.kind in "OU":
            if array.shape != right.shape or [*map(str, array.flat)] != [*map(str, right.flat)]:
                return "values: text"
            continue
        if array.shape != right.shape:
            return "shape"
        if array.dtype != right.dtype:
            return f"dtype: {right.dtype} is {array.dtype}"
        tolerance = tolerances.get(right.dtype.name, 0)
        with np.errstate(all="ignore"):
            if not np.allclose(
                array, right, rtol=tolerance, atol=tolerance, equal_nan=right.dtype.kind == "f"
            ):
                return f"values: {right.dtype}"
    return ""


def run(name: str, path: Path) -> str:
    """Return why a runtime fails for a model, or an empty text."""
    with np.load(path.with_suffix(".npz")) as arrays:
        data = {key: arrays[key] for key in arrays.files}
    feeds = {key[3:]: array for key, array in data.items() if key.startswith("in:")}
    feeds = {k: a.astype(object) if a.dtype.kind == "U" else a for k, a in feeds.items()}
    outputs = [key[4:] for key in data if key.startswith("out:")]
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found = RUNTIMES[name](path, feeds, outputs)
    except BaseException as error:  # a runtime may raise anything, panics of Rust too
        return f"error: {type(error).__name__}: {' '.join(str(error).split())[:300]}"
    tolerances = dict(TOLERANCES)
    if name in IN_FLOAT32:
        tolerances["float64"] = tolerances["float32"]
    return difference(found, [data[f"out:{key}"] for key in outputs], tolerances)


def main(arguments: list[str]) -> None:
    """Run the cases of a folder."""
    name, folder, after = arguments[0], Path(arguments[1]), int(arguments[2])
    for path in sorted(folder.glob("*.onnx"), key=lambda path: int(path.stem)):
        if int(path.stem) > after:
            print(json.dumps([int(path.stem), run(name, path)]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
