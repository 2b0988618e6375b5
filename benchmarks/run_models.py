"""Run exported models on one runtime, without onnxp: ``python run_models.py RUNTIME FOLDER AFTER``.

Each case of the folder is a model ``N.onnx``, and ``N.json`` with its inputs, the expected outputs, whether
some of it is computed in float32, and whether its bits must be the same. The result is a line of JSON for each
case behind AFTER: its number, and the reason if it fails, else an empty text. A case that ends the process is
the one after the last line.
``run_models.mjs`` does the same in JavaScript, but writes the outputs, which `benchmarks.runtimes` compares.
"""

from __future__ import annotations

import base64
import json
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

Arrays = dict[str, Any]
TOLERANCES = {"float16": 1e-2, "float32": 1e-4, "float64": 1e-9}
IN_FLOAT32 = ("openvino",)
"""The runtimes that compute float64 in float32."""
SMALL = "bits of numbers below the least normal one:"
"""How a reason begins that is of no weight."""


def onnxruntime(path: Path, feeds: Arrays, outputs: list[str]) -> list[Any]:
    """Run a model at the default options of onnxruntime."""
    import onnxruntime as runtime

    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return list(session.run(outputs, feeds))


def reference(path: Path, feeds: Arrays, outputs: list[str]) -> list[Any]:
    """Run a model on the reference evaluator of onnx."""
    from onnx.reference import ReferenceEvaluator

    return list(ReferenceEvaluator(str(path)).run(outputs, feeds))


def openvino(path: Path, feeds: Arrays, outputs: list[str]) -> list[Any]:
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


def tract(path: Path, feeds: Arrays, outputs: list[str]) -> list[Any]:
    """Run a model by tract, which takes and gives arrays by position."""
    import tract as runtime

    model = runtime.onnx().load(str(path))
    names = [model.input_name(i) for i in range(model.input_count())]
    made = model.into_model().into_runnable().run([feeds[name] for name in names])
    return [array.to_numpy() for array in made]


RUNTIMES: dict[str, Callable[[Path, Arrays, list[str]], list[Any]]] = {
    "onnxruntime": onnxruntime,
    "reference": reference,
    "openvino": openvino,
    "tract": tract,
}


def encoded(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Return arrays as objects of JSON: the dtype, the shape, and the text elements or bytes in base64."""
    return {name: _encoded(np.asarray(array)) for name, array in arrays.items()}


def _encoded(array: Any) -> list[Any]:
    if array.dtype.kind in "OUT":
        return ["string", array.shape, [str(element) for element in array.flat]]
    return [array.dtype.name, array.shape, base64.b64encode(array.tobytes()).decode()]


def decoded(objects: Mapping[str, Any]) -> Arrays:
    """Return the arrays of such objects."""
    return {
        name: np.asarray(data, object).reshape(shape)
        if dtype == "string"
        else np.frombuffer(base64.b64decode(data), dtype).reshape(shape)
        for name, (dtype, shape, data) in objects.items()
    }


def difference(
    found: list[Any], expected: list[Any], in_float32: bool = False, same_bits: bool = False
) -> str:
    """Return how results differ, or an empty text."""
    for result, right in zip(found, expected, strict=True):
        array = np.asarray(result)
        if right.dtype.kind == "O":
            if array.shape != right.shape or [*map(str, array.flat)] != [*right.flat]:
                return "values: text"
            continue
        if array.shape != right.shape:
            return "shape"
        if array.dtype != right.dtype:
            return f"dtype: {right.dtype} is {array.dtype}"
        name = right.dtype.name
        if same_bits:
            different = _bits(array) != _bits(right)
            least = np.finfo(right.dtype).smallest_normal
            if different[~((abs(array) < least) & (abs(right) < least))].any():
                return f"bits: {different.sum()} of {different.size}"
            if different.any():
                return f"{SMALL} {different.sum()} of {different.size}"
            continue
        tolerance = TOLERANCES.get("float32" if in_float32 and name == "float64" else name, 0)
        with np.errstate(all="ignore"):
            if not np.allclose(
                array, right, rtol=tolerance, atol=tolerance, equal_nan=right.dtype.kind == "f"
            ):
                return f"values: {right.dtype}"
    return ""


def _bits(array: Any) -> Any:
    """Return the bits of numbers as integers; all NaN are one."""
    one = np.where(np.isnan(array), np.nan, array).astype(array.dtype)
    return one.view(f"u{array.dtype.itemsize}")


def run(name: str, path: Path) -> str:
    """Return why a runtime fails for a model, or an empty text."""
    case = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    feeds, expected = decoded(case["inputs"]), decoded(case["outputs"])
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found = RUNTIMES[name](path, feeds, [*expected])
    except BaseException as error:  # a runtime may raise anything, panics of Rust too
        return f"error: {type(error).__name__}: {' '.join(str(error).split())[:300]}"
    in_float32 = case["in_float32"] or name in IN_FLOAT32
    return difference(found, [*expected.values()], in_float32, case.get("same_bits", False))


def main(arguments: list[str]) -> None:
    """Run the cases of a folder."""
    name, folder, after = arguments[0], Path(arguments[1]), int(arguments[2])
    for path in sorted(folder.glob("*.onnx"), key=lambda path: int(path.stem)):
        if int(path.stem) > after:
            print(json.dumps([int(path.stem), run(name, path)]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
