"""Calls of programs and jitted functions, and the start of a process, beside a bare session."""

from __future__ import annotations

import functools
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onnxruntime as ort

import onnxp as xp

from .measure import child, import_seconds, seconds
from .table import Row

FEATURES = 10
WEIGHTS = np.random.default_rng(0).random(FEATURES).astype(np.float32)
STARTS = 9
SPINNING = 0.05  # seconds; the threads of a default session spin for 0.034 after a run, on the cores of others
COPIES = 200

START = """
from time import perf_counter
start = perf_counter()
import numpy as np
X = np.ones((1, {features}), np.float32)
{run}
print(perf_counter() - start)
"""
OURS = "import onnxp; onnxp.load({path!r})(X)"
BARE = """
import onnxruntime
session = onnxruntime.InferenceSession({path!r})
session.run(None, {{session.get_inputs()[0].name: X}})
"""


def predict(X: Any) -> Any:
    """Compute a linear model."""
    return X @ xp.asarray(WEIGHTS) + 1.0


@functools.cache
def program() -> xp.Program:
    """Return the model."""
    return xp.trace(predict, f"float32[N, {FEATURES}]")


def beside_session(
    make: Callable[[], Callable[[Any], Any]], rows: int, threads: int
) -> tuple[float, float]:
    """Time a call, and a run of the same model in a session with so many threads; 0 are as many as it likes."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(program().model.SerializeToString(), options)
    outputs, name = [session.get_outputs()[0].name], session.get_inputs()[0].name
    X = np.random.default_rng(1).random((rows, FEATURES)).astype(np.float32)
    call = make()
    return seconds(
        lambda: call(X),
        lambda: session.run(outputs, {name: X}),
        rest=0.0 if threads == 1 else SPINNING,
    )


def unpickled() -> tuple[float, float]:
    """Count the sessions of a program that is unpickled many times, as the workers of an engine do."""
    data = pickle.dumps(program())
    copies = [pickle.loads(data) for _ in range(COPIES)]
    return len({id(copy.session()) for copy in copies}), 1


def start() -> tuple[float, float]:
    """Time a fresh interpreter that loads a saved model and predicts one row, by onnxp and by onnxruntime."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.onnx")
        program().save(path)
        scripts = [
            START.format(features=FEATURES, run=run.format(path=path)) for run in (OURS, BARE)
        ]
        samples = [[child("-c", script) for script in scripts] for _ in range(STARTS)]
    ours, bare = (median(column) for column in zip(*samples, strict=True))
    return ours, bare


ROWS = (
    Row("program(X), 1 row", "bare session", lambda: beside_session(program, 1, 1), at_most=1.0),
    Row(
        "jit(f)(X), 1 row",
        "bare session",
        lambda: beside_session(lambda: xp.jit(predict), 1, 1),
        at_most=1.1,
    ),
    Row(
        "program(X), 100,000 rows",
        "default session",
        lambda: beside_session(program, 100_000, 0),
        at_most=1.1,
        limit="two threads, which sleep while they wait: one begins after 0.024 ms, the other after 0.042",
    ),
    Row(f"a program unpickled {COPIES} times", "1", unpickled, unit="sessions", at_most=1),
    Row("start, load, predict one row", "bare session", start, at_most=1.2),
    Row("import", "numpy", lambda: import_seconds("onnxp", "numpy"), at_most=1.15),
    Row(
        "import, with all names",
        "numpy",
        lambda: import_seconds("onnxp; onnxp.asarray", "numpy"),
        at_most=2.1,
        limit="256 modules, of 0.1 ms each; recording needs most of them",
    ),
)
