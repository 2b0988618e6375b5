"""Every row of the table of defects is true of the installed runtime, or the kernel there is right."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

import onnxp
from onnxp._src import ops
from onnxp._src.dtypes import bool_, float16, float64, int64, string, uint32
from onnxp._src.graph.record import record
from onnxp._src.graph.values import Value, constant
from onnxp._src.ops.runtime_bugs import RUNTIME_BUGS
from onnxp._src.runtime.evaluate import data_of
from tests.helpers import sessions
from tests.helpers.runtimes import INSTALLED

MIN, MAX = -(2**63), 2**63 - 1
ML = "ai.onnx.ml"


def right(result: Value, *expected: float | list[int] | list[float]) -> bool:
    """Whether a runtime computes what numpy would, signs of zeros included."""
    found = data_of(result)
    wanted = np.array(expected).astype(found.dtype).reshape(found.shape)
    nan = (found != found) & (wanted != wanted)
    return bool(np.all(nan | (found == wanted) & (np.signbit(found) == np.signbit(wanted))))


def floats(*numbers: float, dtype: str = "float32") -> Value:
    return constant(np.array(numbers, dtype))


def many(number: float, dtype: str = "float32") -> Value:
    """Return enough elements for a kernel's vector instructions."""
    return constant(np.full(9, number, dtype))


def integers(*numbers: int, dtype: str = "int64") -> Value:
    return constant(np.array(numbers, dtype))


def nothing(*shape: int, dtype: str = "float32") -> Value:
    return constant(np.zeros(shape, dtype))


def unary(op: str, x: Value) -> Value:
    return record(op, (x,), x.dtype, x.shape)


def error_of_dft(n: int, *, inverse: int) -> float:
    z = np.random.default_rng(0).normal(size=(1, n, 2))
    attributes = (("inverse", inverse),)
    inputs = (constant(z), None, ops.scalar(1, int64))
    found = data_of(record("DFT", inputs, float64, z.shape, attributes))
    wanted = (np.fft.ifft if inverse else np.fft.fft)(z.view(np.complex128)[..., 0])
    return float(
        np.linalg.norm(found.view(np.complex128)[0, :, 0] - wanted) / np.linalg.norm(wanted)
    )


def run_alone(
    op: str,
    arrays: list[np.ndarray | None],
    domain: str = "",
    **attributes: object,
) -> bool:
    """Run one node in a bare session."""
    names = ["" if x is None else f"x{i}" for i, x in enumerate(arrays)]
    feeds = {name: x for name, x in zip(names, arrays, strict=True) if x is not None}
    inputs = [
        onnx.helper.make_tensor_value_info(
            name, onnx.helper.np_dtype_to_tensor_dtype(x.dtype), [None] * x.ndim
        )
        for name, x in feeds.items()
    ]
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node(op, names, ["y"], domain=domain, **attributes)],
        "g",
        inputs,
        [onnx.helper.make_empty_tensor_value_info("y")],
    )
    opsets = [onnx.helper.make_opsetid("", 21), onnx.helper.make_opsetid(ML, 3)]
    model = onnx.helper.make_model(graph, ir_version=10, opset_imports=opsets)
    options = onnxruntime.SessionOptions()
    options.enable_cpu_mem_arena = False  # which what is read beyond an array would be in
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return bool(session.run(None, feeds))


def alive(op: str, arrays: list[np.ndarray | None], **attributes: object) -> bool:
    """Whether a bare session computes one node."""
    try:
        run_alone(op, arrays, **attributes)
    except Exception:  # the runtime's own
        return False
    return True


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


def places_of_no_rank() -> bool:
    """Make a session for a MaxUnpool whose indices are declared without a shape."""
    infos = [
        onnx.helper.make_tensor_value_info("x", 1, [1, 1, 1, 1]),
        onnx.helper.make_tensor_value_info("i", 7, None),
    ]
    node = onnx.helper.make_node("MaxUnpool", ["x", "i"], ["y"], kernel_shape=[2, 2])
    graph = onnx.helper.make_graph(
        [node], "g", infos, [onnx.helper.make_empty_tensor_value_info("y")]
    )
    opsets = [onnx.helper.make_opsetid("", 21)]
    model = onnx.helper.make_model(graph, ir_version=10, opset_imports=opsets)
    onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return True


def matmul_of_nothing() -> Value:
    x = nothing(2, 0, dtype="uint32")
    return record("MatMul", (x, nothing(0, 2, dtype="uint32")), x.dtype, (2, 2))


def empty_vector() -> bool:
    """Whether what is left in memory never shows in a product that is zero."""
    for size in range(2, 40):
        data_of(ops.add(constant(np.full(size, 7)), integers(1)))
        x = nothing(size, 0, dtype="int64")
        y = record("MatMul", (x, nothing(0, dtype="int64")), x.dtype, (size,))
        if data_of(y).any():
            return False
    return True


def lengths_are_compared() -> bool:
    """Whether a product of vectors of different lengths is refused."""
    try:
        data_of(record("MatMul", (integers(1), integers(1, 2)), int64, ()))
    except onnxp.errors.EvaluationError:
        return True
    return False


def turned_by_a_vector() -> bool:
    """Whether the default optimisations keep the product of a turned matrix and a vector."""
    node, info = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    sizes = {"x": (3, 4), "v": (3,)}
    graph = onnx.helper.make_graph(
        [node("Transpose", ["x"], ["t"], perm=[1, 0]), node("MatMul", ["t", "v"], ["y"])],
        "turned",
        [info(name, onnx.TensorProto.FLOAT, shape) for name, shape in sizes.items()],
        [info("y", onnx.TensorProto.FLOAT, (4,))],
    )
    opset = [onnx.helper.make_opsetid("", 21)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    x, v = np.arange(12, dtype=np.float32).reshape(3, 4), np.asarray([1, 10, 100], np.float32)
    return bool((session.run(None, {"x": x, "v": v})[0] == x.T @ v).all())


def turned_stacks_of_nothing() -> bool:
    """Whether sums over nothing are 0 in memory that had other numbers."""
    model = sessions.parse(
        """g (float[N,K,M] x, float[K,P] y) => (float[N,M,P] z)
        { t = Transpose<perm = [0, 2, 1]>(x) z = MatMul(t, y) }"""
    )
    session = sessions.session(model)
    for inner in (3, 0):
        x, y = np.ones((2, inner, 5), np.float32), np.ones((inner, 7), np.float32)
        result = bool((session.run(None, {"x": x, "y": y})[0] == inner).all())
    return result


def turned_on_both_sides() -> bool:
    """Whether the default optimisations take the product of what is turned and itself, used again."""
    node, info = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [
            node("Transpose", ["x"], ["t"], perm=[1, 0]),
            node("MatMul", ["t", "t"], ["y"]),
            node("Abs", ["t"], ["z"]),
        ],
        "turned",
        [info("x", onnx.TensorProto.FLOAT, (3, 3))],
        [info(name, onnx.TensorProto.FLOAT, (3, 3)) for name in ("y", "z")],
    )
    opset = [onnx.helper.make_opsetid("", 21)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=10)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        onnxruntime.InferenceSession(model.SerializeToString(), options)
    except Exception:
        return False
    return True


def results_of(text: str, level: str = "disabled", **feeds: np.ndarray[Any, Any]) -> list[Any]:
    """Run a model that is written as text in a bare session."""
    return sessions.session(sessions.parse(text), level).run(None, feeds)


def equal_when_optimised(text: str, **feeds: np.ndarray[Any, Any]) -> bool:
    """Whether a model gives at the runtime's default options what it gives at disabled ones."""
    try:
        disabled, default = (results_of(text, level, **feeds) for level in ("disabled", "default"))
        return all(
            b is not None and a.shape == b.shape and np.allclose(a, b, rtol=1e-5)
            for a, b in zip(disabled, default, strict=True)
        )
    except Exception:  # the runtime's own
        return False


def runs(text: str, level: str = "default", **feeds: np.ndarray[Any, Any]) -> bool:
    """Whether a model runs."""
    try:
        results_of(text, level, **feeds)
    except Exception:  # the runtime's own
        return False
    return True


def scatter_at_no_place() -> Value:
    inputs = floats(1, 2, 3), nothing(2, 0, dtype="int64"), constant(np.ones((2, 3), np.float32))
    return record("ScatterND", inputs, inputs[0].dtype, (3,))


def sorted_columns(x: Value) -> Value:
    return ops.top_k(x, x.shape[-1], len(x.shape) - 1)[0]


def sparse_constants() -> None:
    """Make many sessions of a function with a sparse constant."""
    make, info = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    values, indices = (onnx.numpy_helper.from_array(np.ones(1, x)) for x in (np.float32, np.int64))
    sparse = onnx.SparseTensorProto(values=values, indices=indices, dims=[4])
    nodes = [make("Constant", [], ["w"], sparse_value=sparse), make("Add", ["x", "w"], ["y"])]
    opsets = [onnx.helper.make_opsetid("", 21), onnx.helper.make_opsetid("local", 1)]
    function = onnx.helper.make_function("local", "f", ["x"], ["y"], nodes, opsets)
    infos = [info(name, onnx.TensorProto.FLOAT, [4]) for name in "xy"]
    graph = onnx.helper.make_graph(
        [make("f", ["x"], ["y"], domain="local")], "g", infos[:1], infos[1:]
    )
    model = onnx.helper.make_model(graph, ir_version=10, opset_imports=opsets, functions=[function])
    for _ in range(50):
        onnxruntime.InferenceSession(model.SerializeToString())


def texts(*elements: str) -> Value:
    return constant(np.array(elements, object))


def collected_strings() -> None:
    """End the process unless what a loop collects is right."""
    x, true = texts("a" * 40, "b" * 40), ops.scalar(True, bool_)
    found = data_of(
        ops.loop(ops.scalar(2, int64), (x,), lambda _, y: (true, (y,), (y,)), collected=2)[1]
    )
    if found.tolist() != [data_of(x).tolist()] * 2:
        os.abort()


def text_of_numpy() -> None:
    """Feed a session what numpy has for text."""
    program = onnxp.trace(lambda x: x == "a", "string[2]")
    program.session().run(None, {"x": np.array(["a", "\u00e9"], ">U1")})


def fails(result: Value) -> bool:
    try:
        data_of(result)
    except onnxp.errors.EvaluationError:
        return True
    return False


def tree_gives(x: list[float], weights: list[float], **nodes: Any) -> bool:
    """Whether a tree gives these numbers; also where there is no kernel that could be wrong."""
    rows = onnxp.asarray([[number] for number in x], dtype=onnxp.float64)
    modes, splits = (np.array(nodes.pop(key)) for key in ("modes", "splits"))
    try:
        found = onnxp.onnx.op(
            "TreeEnsemble",
            rows,
            domain="ai.onnx.ml",
            version=5,
            n_targets=1,
            tree_roots=[0],
            nodes_modes=modes.astype(np.uint8),
            nodes_splits=splits.astype(np.float64),
            leaf_weights=np.array(sorted(weights), np.float64),
            leaf_targetids=[0] * len(weights),
            **nodes,
        )
        return np.asarray(found)[:, 0].tolist() == weights
    except onnxp.errors.EvaluationError:
        return INSTALLED.startswith("1.20.")


def optimised(*nodes: onnx.NodeProto) -> list[str] | None:
    """Return the operators that are left of a model that adds ``w``, made of 4-bit constants ``c``, to ``x``.

    None if the runtime does not load it.
    """
    info = onnx.helper.make_tensor_value_info
    packed = onnx.TensorProto(name="c", data_type=22, dims=[2], raw_data=b"\xf7")
    one = onnx.helper.make_tensor("one", onnx.TensorProto.FLOAT, [], [1.0])
    infos = [info(name, onnx.TensorProto.FLOAT, [2]) for name in "xy"]
    add = onnx.helper.make_node("Add", ["x", "w"], ["y"])
    graph = onnx.helper.make_graph([*nodes, add], "g", infos[:1], infos[1:], [packed, one])
    opsets = [onnx.helper.make_opsetid("", 21)]
    model = onnx.helper.make_model(graph, ir_version=10, opset_imports=opsets)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    with tempfile.TemporaryDirectory() as folder:
        options.optimized_model_filepath = f"{folder}/optimised.onnx"
        try:
            session = onnxruntime.InferenceSession(model.SerializeToString(), options)
        except Exception:  # the runtime's own
            return None
        kept = onnx.load(options.optimized_model_filepath)
    np.testing.assert_array_equal(session.run(None, {"x": np.zeros(2, np.float32)})[0], [7, -1])
    return [node.op_type for node in kept.graph.node]


NAN, INF = np.nan, np.inf
FAR = 4000
"""A size beyond the memory of a small array, when squared."""

PROBES: dict[str, Callable[[], bool | None]] = {
    "division by zero": lambda: bool(data_of(ops.div(integers(1), integers(0))).size),
    "smallest by -1": lambda: right(ops.div(integers(MIN), integers(-1)), MIN),
    "smallest modulo -1": lambda: right(ops.mod(integers(MIN), integers(-1)), 0),
    "sorting no rows": lambda: right(sorted_columns(nothing(0, 3))),
    "unique along no elements": lambda: run_alone("Unique", [np.zeros((3, 0), np.float32)], axis=0),
    "recurrence over nothing": lambda: run_alone(
        "GRU",
        [np.zeros((0, 1, 2), np.float32), *(np.ones((1, 6, 2), np.float32) for _ in range(2))],
        hidden_size=2,
    ),
    "one-hot vectors of empty arrays": lambda: run_alone(
        "OneHot", [np.zeros((0,), np.int64), np.asarray([3]), np.float32([0, 1])]
    ),
    "products of empty arrays": lambda: run_alone(
        "Einsum",
        [np.zeros((0, 2), np.float32), np.zeros((2, 3), np.float32)],
        equation="ij,jk->ik",
    ),
    "scatter at no place": lambda: bool(data_of(scatter_at_no_place()).size),
    "indices into empty arrays": lambda: run_alone(
        "GatherND", [np.zeros((0, 2), object), np.zeros((1, 2), np.int64)]
    ),
    "maxima of no place": lambda: run_alone(
        "MaxUnpool",
        [np.ones((1, 1, 1, 1), np.float32), np.full((1, 1, 1, 1), 2**40)],
        kernel_shape=[2, 2],
        strides=[2, 2],
    ),
    "blocks without elements": lambda: run_alone(
        "Col2Im", [np.ones((1, 2, 1), np.float32), np.array([2, 2]), np.array([0, 2])]
    ),
    "blocks of nothing": lambda: run_alone(
        "QuantizeLinear",
        [np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32)],
        axis=0,
        block_size=2,
    ),
    "images of no pixel": lambda: run_alone(
        "ConvTranspose",
        [np.ones((1, 1, 0, 3, 3), np.float32), np.ones((1, 1, 3, 2, 2), np.float32)],
    ),
    "samples of no image": lambda: run_alone(
        "GridSample",
        [np.ones((1, 1, 0, 3), np.float32), np.ones((1, 1, 1, 2), np.float32)],
        padding_mode="border",
    ),
    "padding beyond strides": lambda: run_alone(
        "ConvTranspose",
        [np.ones((1, 1, 3, 4), np.float32), np.ones((1, 1, 3, 1), np.float32)],
        pads=[1, 1, 1, 1],
        output_padding=[10**6, 1],
    ),
    "places of no rank": places_of_no_rank,
    "regions of no image": lambda: run_alone(
        "RoiAlign",
        [
            np.ones((1, 1, 2, 2), np.float32),
            np.array([[0, 0, 1, 1]], np.float32),
            np.full(1, 10**11),
        ],
    ),
    "axes below 0": lambda: (
        results_of(
            "g (float[N, 4] x) => (float[M] y)"
            "<int64[1] a = {-1}> { y = ReduceSum <keepdims = 0> (x, a) }",
            x=np.zeros((0, 4), np.float32),
        )[0].shape
        == (0,)
    ),
    "far diagonals": lambda: right(
        ops.trilu(constant(np.ones((2, 2))), ops.scalar(MIN, int64), upper=True), 1, 1, 1, 1
    ),
    "sparse constants of functions": sparse_constants,
    "transforms along parts": lambda: run_alone("DFT", [ones(1, 4, 2), None, np.array(2)]),
    "frames without elements": lambda: run_alone("STFT", [ones(1, 16, 1), np.array(2), ones(0)]),
    "axes of no rank": lambda: run_alone("ReduceL2", [ones(1, 0, 4), np.array(1)]),
    "axes of no element": lambda: runs(
        "g (float[2,3] x) => (float[2,3] y) <int64[0] axis = {}> { y = CumSum(x, axis) }",
        x=ones(2, 3),
    ),
    "columns of other blocks": lambda: run_alone(
        "Col2Im", [ones(1, 1, 1), np.array([FAR, FAR]), np.array([1, 1])]
    ),
    "gates of other sizes": lambda: run_alone(
        "LSTM", [ones(1, 1, 2), ones(1, 4 * FAR, 2), ones(1, 1, 1)], hidden_size=FAR
    ),
    "batches of other sizes": lambda: run_alone(
        "GatherND", [ones(0, 2, 2), np.array([[1], [0]])], batch_dims=1
    ),
    "results beyond strides": lambda: run_alone(
        "ConvTranspose", [ones(1, 1, 3, 3), ones(1, 1, 1, 1)], output_shape=[FAR, FAR]
    ),
    "biases of other sizes": lambda: run_alone(
        "Conv", [ones(1, 1, 3), ones(FAR**2 // 4, 1, 1), ones(1)]
    ),
    "normalised axes of nothing": lambda: run_alone("LpNormalization", [ones(2, 3, 0)]),
    "matrices of other grids": lambda: run_alone(
        "AffineGrid", [ones(1, 2, 3), np.array([FAR**2 // 16, 1, 2, 2])]
    ),
    "n-grams without an index": lambda: run_alone(
        "TfIdfVectorizer",
        [np.arange(12, dtype=np.int32)],
        max_gram_length=2,
        max_skip_count=5,
        min_gram_length=2,
        mode="TF",
        ngram_counts=[0, 4],
        ngram_indexes=[0, 1, 2, 3, 4, 5],
        pool_int64s=[2, 3, 5, 4, 5, 6, 7, 8, 6, 7],
    ),
    "rows of other columns": lambda: run_alone(
        "LinearRegressor",
        [ones(1, FAR**2 // 4)],
        ML,
        coefficients=[1.0, 2.0],
        intercepts=[1.0, 2.0],
        targets=2,
    ),
    "features of other rows": lambda: run_alone(
        "FeatureVectorizer", [ones(2, 3), ones(FAR, 1)], ML, inputdimensions=[3, 1]
    ),
    "features before the first": lambda: run_alone(
        "ArrayFeatureExtractor", [ones(2, 3), np.array([-(2**40)])], ML
    ),
    "numbers of no element": lambda: (
        not alive(
            "NonMaxSuppression",
            [ones(1, 6, 4), ones(1, 1, 6), np.array([3]), ones(1), ones(0)],
        )
    ),
    "joined with nothing": lambda: not alive("Concat", [ones(2, 3, 2), ones(0, 2, 2)], axis=1),
    "saturated by 2": lambda: not alive("Cast", [ones(2)], to=11, saturate=2),
    "padding that repeats": lambda: not alive("Pad", [ones(3), np.array([100, 1])], mode="reflect"),
    "spectra of complex signals": lambda: (
        results_of(
            "g (float[1,64,2] x, float[16] w) => (float[1,N,M,2] y) <int64 step = {8}>"
            "{ y = STFT <onesided = 0> (x, step, w) }",
            x=np.tile(np.float32([1, 0]), (1, 64, 1)),
            w=ones(16),
        )[0][0, :, 0]
        == [16, 0]
    ).all(),
    "order of int64": lambda: (
        right(ops.max_(integers(2**32, 0), integers(1, 2**31)), 2**32, 2**31)
        and right(unary("Sign", integers(2**31)), 1)
    ),
    "integer sums": lambda: (
        right(ops.reduce("ReduceSum", integers(2**53 + 1), (0,)), 2**53 + 1)
        and right(ops.reduce("ReduceProd", integers(2**53 + 1), (0,)), 2**53 + 1)
    ),
    "shifts by the width": lambda: right(
        ops.bit_shift(integers(1, dtype="uint32"), integers(32, dtype="uint32"), "LEFT"), 0
    ),
    "NaN in maxima": lambda: right(ops.reduce_max(floats(1, NAN, 2), (0,)), NAN),
    "NaN in argmax": lambda: right(
        ops.arg_max(constant(np.array([[1, NAN, 2], [NAN, 1, NAN]])), 1), 1, 0
    ),
    "order of NaN": lambda: right(
        sorted_columns(floats(3, NAN, 1, NAN, 2, 0, NAN, 1)), 0, 1, 1, 2, 3, NAN, NAN, NAN
    ),
    "means of empty arrays": lambda: right(ops.reduce("ReduceMean", nothing(1, 0), (1,)), NAN),
    "empty unsigned products": lambda: right(matmul_of_nothing(), 0, 0, 0, 0),
    "empty vectors": empty_vector,
    "empty stacks": lambda: (
        data_of(
            record("MatMul", (nothing(2, 3), nothing(0, 3, 2)), nothing(0).dtype, (0, 2, 2))
        ).shape
        == (0, 2, 2)
    ),
    "turned by a vector": turned_by_a_vector,
    "transposed stacks of empty matrices": turned_stacks_of_nothing,
    "turned on both sides": turned_on_both_sides,
    "vectors of different lengths": lengths_are_compared,
    "sign of NaN": lambda: right(unary("Sign", floats(NAN, dtype="float16")), NAN),
    "sine near multiples of pi": lambda: bool(
        abs(data_of(unary("Sin", many(3 * np.pi, "float64")))[0] / np.sin(3 * np.pi) - 1) < 1e-9
    ),
    "transform of empty arrays": lambda: (
        data_of(ops.dft(nothing(2, 0, 3, 2, dtype="float64"), 1)).shape == (2, 0, 3, 2)
    ),
    "lengths of DFT": lambda: error_of_dft(1000, inverse=0) < 1e-14,
    "inverse DFT": lambda: error_of_dft(1000, inverse=1) < 1e-10,
    "selected zeros": lambda: right(
        ops.where(constant(np.array([True])), floats(-0.0), floats(1)), -0.0
    ),
    "double rounding": lambda: right(
        ops.cast(floats(1 + 2**-11 + 2**-40, dtype="float64"), float16), 1 + 2**-10
    ),
    "casts to uint32": lambda: (
        len(set(data_of(ops.cast(constant(np.full(37, NAN, np.float32)), uint32)).tolist())) == 1
    ),
    "casts of casts": lambda: (
        len(
            set(
                data_of(
                    ops.cast(ops.cast(constant(np.full(37, NAN, np.float32)), int64), uint32)
                ).tolist()
            )
        )
        == 1
    ),
    "hyperbolic tangents": lambda: bool(
        np.all(data_of(unary("Tanh", constant(np.linspace(8, 9, 999, dtype=np.float32)))) <= 1)
    ),
    "square roots": lambda: (
        right(unary("Sqrt", many(INF)), *[INF] * 9)
        and right(unary("Sqrt", many(-0.0)), *[-0.0] * 9)
    ),
    "rounding to zero": lambda: right(unary("Floor", many(-0.0, "float64")), *[-0.0] * 9),
    "small exponentials": lambda: bool(
        np.all(data_of(unary("Exp", many(-740, "float64"))) < 1e-320)
    ),
    "logarithms of subnormals": lambda: bool(np.all(data_of(unary("Log", many(1e-45))) < -103)),
    "rows of strings": lambda: (
        data_of(
            record(
                "Gather",
                (constant(np.array([["a", "b"]], object)), integers(0)),
                string,
                (1, 2),
                (("axis", 0),),
            )
        ).tolist()
        == [["a", "b"]]
    ),
    "collected strings": collected_strings,
    "text of numpy": text_of_numpy,
    "numbers in strings": lambda: (
        fails(ops.cast(texts("1x"), int64)) and fails(ops.cast(texts("0x1"), float64))
    ),
    "digits in strings": lambda: (
        data_of(ops.cast(constant(np.array([1 / 3])), string)).tolist() == [repr(1 / 3)]
    ),
    "error function of NaN": lambda: right(unary("Erf", floats(NAN)), NAN),
    "ranges of indices": lambda: equal_when_optimised(
        """g (float[N,2] x, int64 start) => (float[M,2] y) <int64 stop = {0}, int64 step = {1}>
        { i = Range(start, stop, step) y = Gather(x, i) }""",
        x=np.ones((2, 2), np.float32),
        start=np.array(-2),
    ),
    "checks of sizes": lambda: (
        not runs(
            """g (int64[N] i, float[N,0] x) => (float[M,0] y) <int64[1] three = {3}, int64[1] none = {0}>
        { r = Reshape(i, three) s = Shape(r) t = Concat<axis = 0>(s, none)
          y = Reshape<allowzero = 1>(x, t) }""",
            i=np.zeros(2, np.int64),
            x=np.zeros((2, 0), np.float32),
        )
    ),
    "constants without elements": lambda: equal_when_optimised(
        "g (double[N] x) => (double[M] y) <double[0] c = {}> { y = Mul(x, c) }", x=np.zeros(0)
    ),
    "products of reciprocals": lambda: equal_when_optimised(
        "g (double[N] x, double[N] y) => (double[N] z) <double one = {1}> { r = Div(one, x) z = Mul(r, y) }",
        x=np.array([1e-310]),
        y=np.array([1e-10]),
    ),
    "ranges that are results": lambda: equal_when_optimised(
        """g (float[N,2] x, int64 stop) => (int64[M] i, float[M,2] y) <int64 start = {0}, int64 step = {1}>
        { i = Range(start, stop, step) y = Gather(x, i) }""",
        x=np.ones((2, 2), np.float32),
        stop=np.array(2),
    ),
    "truncated truth": lambda: (
        not results_of(
            "g (float[N] x) => (bool[N] y) { i = Cast<to = 7>(x) y = Cast<to = 9>(i) }",
            x=np.array([0.3], np.float32),
        )[0].any()
    ),
    "columns normalised": lambda: equal_when_optimised(
        """g (float[N,1] x) => (float[N,4] y)
        <int64[1] axis = {-1}, float two = {2}, float eps = {1e-6}, float[4] s = {1, 2, 3, 4}>
        { p = Pow(x, two) m = ReduceMean(p, axis) v = Add(m, eps) r = Sqrt(v) d = Div(x, r) y = Mul(d, s) }""",
        x=np.ones((3, 1), np.float32),
    ),
    "scales of higher rank": lambda: equal_when_optimised(
        """g (float[N,3] x, float[3,M] y) => (float[1,N,M] z) <float[1,1,1] s = {2}>
        { p = MatMul(x, y) z = Mul(p, s) }""",
        x=np.ones((2, 3), np.float32),
        y=np.ones((3, 2), np.float32),
    ),
    "scales of products": lambda: equal_when_optimised(
        """g (float[N,2] x, float[2,M] y) => (float[N,M] z) <float s = {1e30}>
        { p = MatMul(x, y) q = Mul(p, s) z = Mul(q, s) }""",
        x=np.full((2, 2), 1e-20, np.float32),
        y=np.full((2, 2), 1e-20, np.float32),
    ),
    "normalised in float64": lambda: equal_when_optimised(
        """g (double[N,4] x) => (double[N,4] y)
        <int64[1] axis = {-1}, double two = {2}, double eps = {0.1}, double[4] s = {1, 2, 3, 4}>
        { m = ReduceMean(x, axis) c = Sub(x, m) p = Pow(c, two) q = ReduceMean(p, axis) v = Add(q, eps)
          r = Sqrt(v) d = Div(c, r) e = Mul(d, s) y = Add(e, s) }""",
        x=np.arange(8.0).reshape(2, 4),
    ),
    "casts outside of branches": lambda: equal_when_optimised(
        """g (bool c, int16[N] x) => (int16[N] y)
        { a = Cast<to = 6>(x) b = Cast<to = 5>(a)
          y = If(c) <then_branch = t () => (int16[N] p) { p = Abs(b) },
                     else_branch = e () => (int16[N] q) { q = Sign(b) }> }""",
        c=np.array(True),
        x=np.ones(2, np.int16),
    ),
    "children with one number": lambda: tree_gives(
        [0, 1, 2],
        [12, 11, 13],
        modes=[0, 0],
        splits=[0.5, 1.5],
        nodes_featureids=[0, 0],
        nodes_truenodeids=[1, 0],
        nodes_trueleafs=[1, 1],
        nodes_falsenodeids=[1, 2],
        nodes_falseleafs=[0, 1],
    ),
    "fractions as members": lambda: tree_gives(
        [1.5, 1],
        [11, 10],
        modes=[6],
        splits=[0.0],
        nodes_featureids=[0],
        nodes_truenodeids=[0],
        nodes_trueleafs=[1],
        nodes_falsenodeids=[1],
        nodes_falseleafs=[1],
        membership_values=np.array([1.0, 33.0, 64.0, NAN]),
    ),
    "products by a number": lambda: bool(
        np.allclose(
            results_of(
                "g (double[N, 2] x) => (double[N, 1] y) <double[2, 1] w = {1, 2}, double c = {0.1}> "
                "{ m = MatMul(x, w) y = Mul(m, c) }",
                "default",
                x=np.array([[1.0, 1.0], [2.0, 5.0]]),
            )[0],
            [[0.3], [1.2]],
            rtol=1e-14,
        )
    ),
    "tiles of integers": lambda: bool(
        np.all(
            results_of(
                "g (uint8[N, 4] x, uint8[4, M] w) => (int32[N, M] y) { y = MatMulInteger(x, w) }",
                x=np.full((64, 4), 9, np.uint8),
                w=np.full((4, 31), 9, np.uint8),
            )[0]
            == 324
        )
    ),
    "saturated products": lambda: bool(
        np.all(
            results_of(
                "g (uint8[N, 4] x, int8[4, M] w) => (int32[N, M] y) { y = MatMulInteger(x, w) }",
                x=np.full((3, 4), 255, np.uint8),
                w=np.full((4, 16), 127, np.int8),
            )[0]
            == 4 * 255 * 127
        )
    ),
    "convolutions by int8": lambda: runs(
        "g (uint8[N, 1, H] x, int8[1, 1, 1] w) => (int32[N, 1, H] y) { y = ConvInteger(x, w) }",
        x=np.ones((1, 1, 1), np.uint8),
        w=np.ones((1, 1, 1), np.int8),
    ),
    "casts of 4 bits": lambda: (
        optimised(onnx.helper.make_node("Cast", ["c"], ["w"], to=onnx.TensorProto.FLOAT))
        is not None
    ),
    "dequantized constants": lambda: (
        optimised(onnx.helper.make_node("DequantizeLinear", ["c", "one"], ["w"])) == ["Add"]
    ),
    "unrounded float16": lambda: bool(
        np.isinf(
            results_of(
                "g (float16[N] x) => (float16[N] y) { a = Mul(x, x) y = Div(a, x) }",
                x=np.array([402.5], np.float16),
            )[0]
        ).all()
    ),
    "casts of float16 to itself": lambda: runs(
        "g (float16[N] x) => (float16[N] y) { a = Add(x, x) b = Cast<to = 10>(a) y = Div(b, x) }",
        "disabled",
        x=np.ones(2, np.float16),
    ),
}


CPU = Path("/proc/cpuinfo")
FLAGS = CPU.read_text().split() if CPU.exists() else []
ELSEWHERE = {}
"""Rows that do not apply to this processor, and the reason."""
if "amx_int8" not in FLAGS:
    ELSEWHERE["tiles of integers"] = "the processor has no AMX"
if "avx2" not in FLAGS or {"avx_vnni", "avx512_vnni"} & set(FLAGS):
    ELSEWHERE["saturated products"] = "the processor has VNNI, or is another one than x86"


def test_every_row_has_a_probe():
    assert PROBES.keys() == RUNTIME_BUGS.keys()


@pytest.mark.parametrize("name", [name for name, row in RUNTIME_BUGS.items() if not row.crash])
def test_wrong_result(name: str):
    if name in ELSEWHERE:
        pytest.skip(ELSEWHERE[name])
    try:
        correct = PROBES[name]()
    except onnxp.errors.EvaluationError:
        correct = False
    assert correct is not RUNTIME_BUGS[name].applies(INSTALLED)


CRASHES = [name for name, row in RUNTIME_BUGS.items() if row.crash]


def finished(*names: str, cached: int = 0) -> tuple[list[str], int]:
    """Run probes in a process of their own; return those that it did not end with, and its exit code.

    Freed memory is reused at once, or after as many blocks of its size as are `cached`: what reads it crashes
    in the one or the other, by the runtime.
    """
    code = """
import sys
from tests.ops.test_runtime_bugs import PROBES
for name in sys.argv[1:]:
    try:
        PROBES[name]()
    except Exception:
        pass  # it is alive
    print(name, flush=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, *names],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "GLIBC_TUNABLES": f"glibc.malloc.tcache_count={cached}"},
        capture_output=True,
        check=False,
        text=True,
    )
    return done.stdout.splitlines(), done.returncode


@pytest.fixture(scope="module")
def survivors() -> list[str]:
    return finished(*(name for name in CRASHES if not RUNTIME_BUGS[name].applies(INSTALLED)))[0]


@pytest.mark.parametrize("name", CRASHES)
def test_crash(name: str, survivors: list[str]):
    if not RUNTIME_BUGS[name].applies(INSTALLED):
        assert name in survivors or finished(name)[0] == [name]
    else:  # what reads freed memory ends most processes, not all
        assert any(finished(name, cached=count)[1] < 0 for count in (0, 1, 3, 7) * 6)
