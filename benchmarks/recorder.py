"""Recording, evaluating and exporting: beside ndonnx, numpy and a bare onnxruntime session."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import ndonnx as ndx
import numpy as np
import onnx
import onnxruntime as ort

import onnxp as xp

from . import peak
from .measure import child, seconds
from .table import Row

SMALL = np.random.default_rng(0).random((2, 4, 4), dtype=np.float32)


def chain(namespace: Any) -> onnx.ModelProto:
    """Record 1,000 operations and build the model."""
    x = namespace.argument(shape=("N", 4), dtype=namespace.float32)
    y = x
    for _ in range(500):
        y = namespace.sin(y) + 1.0
    model: onnx.ModelProto = namespace.build({"x": x}, {"y": y})
    return model


def record_and_build() -> tuple[float, float]:
    """Time `chain`."""
    return seconds(lambda: chain(xp), lambda: chain(ndx))


def long_trace() -> tuple[float, float]:
    """Time 100,000 operations in one model, and in 100 models of 1,000."""
    return seconds(lambda: traced_chain(50_000), lambda: [traced_chain(500) for _ in range(100)])


def traced_chain(pairs: int) -> xp.Program:
    """Trace a loop of twice as many operations."""

    def function(x: xp.Array) -> xp.Array:
        for _ in range(pairs):
            x = xp.sin(x) + 1.0
        return x

    return xp.trace(function, "float32[N, 4]")


def long_trace_memory() -> tuple[float, float]:
    """Measure the memory of a recorded operation and its node, of 100,000 and of 1,000."""

    def peak_of_each(pairs: int) -> float:
        gc.collect()  # empties lists of free objects, whose memory would not count
        tracemalloc.start()
        try:
            traced_chain(pairs)
            return tracemalloc.get_traced_memory()[1] / (2 * pairs)
        finally:
            tracemalloc.stop()

    return peak_of_each(50_000), peak_of_each(500)


def differences(steps: int) -> xp.Array:
    """Record the difference of neighbours as often, of an array that may be empty."""
    x = xp.argument(("N>=0",), xp.float32)
    for _ in range(steps):
        x = x[1:] - x[:-1]
    return x


def repeated_slices() -> tuple[float, float]:
    """Time 50 differences in a row, and 5 times 10."""
    return seconds(lambda: differences(50), lambda: [differences(10) for _ in range(5)])


def eager(function: Callable[[Any, Any, Any], Any]) -> Callable[[], tuple[float, float]]:
    """Time a function of a namespace and two small arrays, its result looked at."""

    def measure() -> tuple[float, float]:
        ours = [xp.asarray(x) for x in SMALL]
        theirs = [ndx.asarray(x) for x in SMALL]
        expected = function(np, *SMALL)
        np.testing.assert_allclose(np.asarray(function(xp, *ours)), expected, rtol=1e-6)
        np.testing.assert_allclose(function(ndx, *theirs).unwrap_numpy(), expected, rtol=1e-6)
        return seconds(
            lambda: np.asarray(function(xp, *ours)),
            lambda: function(ndx, *theirs).unwrap_numpy(),
        )

    return measure


def twenty(_: Any, a: Any, b: Any) -> Any:
    """Chain 20 operations."""
    for _ in range(10):
        a = (a + b) * b
    return a


def against_session() -> tuple[float, float]:
    """Time ``a + b`` beside the same one-node model in a session that is kept."""
    size = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Add", ["a", "b"], ["c"])],
        "add",
        [size(name, onnx.TensorProto.FLOAT, (4, 4)) for name in "ab"],
        [size("c", onnx.TensorProto.FLOAT, (4, 4))],
    )
    model = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 21)], ir_version=10
    )
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model.SerializeToString(), options)
    feeds = dict(zip("ab", SMALL, strict=True))
    a, b = (xp.asarray(x) for x in SMALL)
    return seconds(lambda: np.asarray(a + b), lambda: session.run(["c"], feeds))


def large_time() -> tuple[float, float]:
    """Time the mean squared error of ten million elements."""
    a, b = peak.inputs(peak.SIZE)
    ours = xp.asarray(a), xp.asarray(b)
    return seconds(lambda: peak.error(xp, *ours), lambda: peak.error(np, a, b))


def large_peak() -> tuple[float, float]:
    """Measure its peak memory in fresh processes."""
    return child("-m", "benchmarks.peak", "onnxp"), child("-m", "benchmarks.peak", "numpy")


def linear_regression_nodes() -> tuple[float, float]:
    """Count the nodes of an exported linear regression; by hand they are Gemm and Squeeze."""
    x = xp.argument(shape=("N", 2), dtype=xp.float32)
    prediction = x @ np.ones(2, np.float32) + np.float32(0.5)
    model = xp.build({"X": x}, {"predictions": prediction})
    return len(model.graph.node), 2


ROWS = (
    Row("record and build 1,000 ops: 500 x (sin, add)", "ndonnx", record_and_build, at_least=60),
    Row(
        "100,000 ops in one model",
        "in 100 models",
        long_trace,
        at_most=1.7,
        limit="Python's garbage collector passes over all objects once",
    ),
    Row("memory of each of 100,000 ops", "of 1,000", long_trace_memory, unit="B", at_most=1.5),
    Row("50 x (x[1:] - x[:-1]), size N>=0", "5 times 10", repeated_slices, at_most=1.5),
    Row("eager a + b, (4, 4)", "ndonnx", eager(lambda _, a, b: a + b), at_least=30),
    Row("eager mean(a), (4, 4)", "ndonnx", eager(lambda ns, a, _: ns.mean(a)), at_least=30),
    Row("eager a[1:3, ...], (4, 4)", "ndonnx", eager(lambda _, a, __: a[1:3, ...]), at_least=30),
    Row("eager a + b, (4, 4)", "bare session", against_session, at_most=2),
    Row("chain of 20 eager ops, looked at once", "ndonnx", eager(twenty), at_least=50),
    Row("mean((a - b) ** 2), 1e7 float32: time", "numpy", large_time, at_most=1.2),
    Row("mean((a - b) ** 2), 1e7 float32: peak", "numpy", large_peak, unit="B", at_most=1.5),
    Row("exported LinearRegression", "by hand", linear_regression_nodes, unit="nodes", at_most=1),
)
