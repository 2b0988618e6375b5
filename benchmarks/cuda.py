"""Compare programs on an execution provider with the CPU: ``python -m benchmarks.cuda``.

It needs onnxruntime-gpu and a GPU. Another provider can be named, such as
``python -m benchmarks.cuda OpenVINOExecutionProvider``. For each program it prints how many nodes the provider
ran, the largest difference from the CPU, and how long a call takes on either; the exit code says whether all
differences are within the tolerance.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

import onnxp as xp

from .measure import seconds

ROWS, FEATURES = 20_000, 32
WEIGHTS = np.random.default_rng(0).standard_normal((FEATURES, FEATURES)).astype(np.float32)
TOLERANCE = 1e-3
"""Of the largest element: providers may multiply float32 in fewer bits, such as TF32."""


def _softmax(X: Any) -> Any:
    e = xp.exp(X - xp.max(X, axis=1, keepdims=True))
    return e / xp.sum(e, axis=1, keepdims=True)


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "elementwise": lambda X: xp.tanh(X) * 2 + xp.sqrt(xp.abs(X)),
    "matmul": lambda X: X @ WEIGHTS,
    "softmax": _softmax,
    "layers": lambda X: _softmax(xp.tanh(X @ WEIGHTS) @ WEIGHTS),
    "distances": lambda X: xp.sum((X[:, None, :] - WEIGHTS[:8]) ** 2, axis=2),
    "argmax": lambda X: xp.argmax(X, axis=1),
    "sort": lambda X: xp.sort(X, axis=1),
    "mask": lambda X: xp.where(X > 0, X, 0.1 * X),
    "median": lambda X: np.median(X, axis=1),
    "loop": lambda X: xp.fori_loop(0, 10, lambda i, y: xp.tanh(y) + X, X),
    "float64": lambda X: xp.mean(xp.astype(X, xp.float64), axis=0),
}


def nodes_on(program: xp.Program, provider: str, X: np.ndarray[Any, Any]) -> tuple[int, int]:
    """Return how many kernels of a run were the provider's, and how many ran, by onnxruntime's profile."""
    with tempfile.TemporaryDirectory() as folder:
        options = ort.SessionOptions()
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "run")
        session = program.session(options)
        session.run(None, program.feeds(X))
        events = json.loads(Path(session.end_profiling()).read_text())
    kernels = [event["args"] for event in events if event["name"].endswith("_kernel_time")]
    return sum(args.get("provider") == provider for args in kernels), len(kernels)


def main(argv: list[str]) -> int:
    """Compare all programs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cuda", description=__doc__)
    parser.add_argument("provider", nargs="?", default="CUDAExecutionProvider")
    provider = parser.parse_args(argv).provider
    X = np.random.default_rng(1).standard_normal((ROWS, FEATURES)).astype(np.float32)
    print(f"onnxruntime {ort.__version__}, {provider}, {ROWS} rows of {FEATURES}")
    print(f"{'program':12} {'nodes there':>12} {'difference':>11} {'ms':>8} {'CPU ms':>8}")
    failed = 0
    for name, function in PROGRAMS.items():
        cpu = xp.trace(function, f"float32[N, {FEATURES}]")
        try:
            other = cpu.to([provider])
        except xp.errors.ProviderError as error:
            print(error, file=sys.stderr)
            return 1
        expected = np.asarray(cpu(X), np.float64)
        result = np.asarray(other(X), np.float64)
        difference = np.abs(result - expected).max() / np.abs(expected).max()
        failed += not difference <= TOLERANCE
        there, ran = nodes_on(other, provider, X)
        ours, theirs = seconds(partial(other, X), partial(cpu, X))
        print(
            f"{name:12} {f'{there} of {ran}':>12} {difference:11.1e} {ours * 1e3:8.2f} {theirs * 1e3:8.2f}"
        )
    print(f"{len(PROGRAMS) - failed} of {len(PROGRAMS)} programs within {TOLERANCE:g}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
