"""Sessions of tests: a model runs at the runtime's default options and at disabled ones, with one result."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import onnx
import onnxruntime
from onnxruntime import GraphOptimizationLevel

from onnxp.testing._differential import compare

LEVELS = {
    "default": GraphOptimizationLevel.ORT_ENABLE_ALL,
    "disabled": GraphOptimizationLevel.ORT_DISABLE_ALL,
}


@lru_cache(maxsize=32)
def _session(content: bytes, level: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = LEVELS[level]
    options.log_severity_level = 4
    options.intra_op_num_threads = 1  # a pool of threads for each session would only cost time
    return onnxruntime.InferenceSession(
        content, options, providers=["CPUExecutionProvider"], enable_fallback=0
    )


def session(model: onnx.ModelProto | bytes, level: str = "default") -> onnxruntime.InferenceSession:
    """Return a session without anything of onnxp; equal models share it.

    Parameters
    ----------
    model : ModelProto or bytes
        The model.
    level : {"default", "disabled"}
        What the runtime optimises: all that it does by default, or nothing.
    """
    content = model if isinstance(model, bytes) else model.SerializeToString(deterministic=True)
    return _session(content, level)


def run(
    model: onnx.ModelProto | bytes,
    feeds: Mapping[str, Any],
    *,
    ulps: int = 0,
    near_zero: float = 0.0,
) -> list[Any]:
    """Run a model at default and at disabled options; return the one result.

    Parameters
    ----------
    model : ModelProto or bytes
        The model.
    feeds : mapping of str to array
        Its inputs.
    ulps : int
        How many units in the last place floating-point numbers may differ by, where fusions add up in
        another order.
    near_zero : float
        How far they may be apart besides, where terms cancel.

    Raises
    ------
    AssertionError
        If the two differ in a dtype, a shape, text, an integer, or by more than `ulps`.
    """
    disabled = session(model, "disabled").run(None, dict(feeds))
    default = session(model, "default").run(None, dict(feeds))
    compare("default options", disabled, default, ulps=ulps, near_zero=near_zero)
    return list(default)


def parse(text: str, opset: int = 21) -> onnx.ModelProto:
    """Return the model of a graph in onnx's own syntax: ``g (float[N] x) => (float[N] y) { y = Abs(x) }``."""
    return onnx.parser.parse_model(f'<ir_version: 10, opset_import: ["" : {opset}]>\n{text}')
