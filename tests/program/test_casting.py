"""Programs that compute in float16 or float32, or multiply in int8: what changes, what stays, how far it is."""

from __future__ import annotations

import pickle
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import onnxp as xp
from onnxp._src.model.folding import folded
from onnxp._src.model.messages import copied
from onnxp.errors import ArgumentError, ArgumentTypeError
from onnxp.sklearn import trace_estimator
from tests.helpers import zoo
from tests.helpers.sessions import LEVELS, run, session

RNG = np.random.default_rng(0)
W = RNG.normal(size=(5, 3)).astype(np.float32)
X = RNG.normal(size=(6, 5)).astype(np.float32)
FAR = {
    "isotonic_regression",  # steps: a rounded number is on their other side
    "one_hot_bins",
    "quantile_bins",
    "fourier_features",  # of large angles
}
"""Functions whose results jump where numbers are rounded, which no tolerance covers."""


def dtypes(program: xp.Program) -> Counter[str]:
    """Return the dtypes of the constants and intermediate arrays of a model."""
    graph = onnx.shape_inference.infer_shapes(program.model).graph
    numbers = [info.type.tensor_type.elem_type for info in graph.value_info]
    numbers += [tensor.data_type for tensor in graph.initializer]
    return Counter(onnx.TensorProto.DataType.Name(number) for number in numbers)


def operators(program: xp.Program) -> Counter[str]:
    return Counter(node.op_type for node in program.model.graph.node)


@pytest.mark.parametrize("name", zoo.GENERIC)
def test_predict_functions_in_float16(name: str) -> None:
    program = xp.trace(zoo.GENERIC[name], "float32[N, 5]", input_names=["x"])
    half = program.cast("float16")
    onnx.checker.check_model(half.model, full_check=True)
    drawn = copied(folded(half.model))
    drawn.opset_import.add(domain="onnxp", version=1)
    onnx.checker.check_model(drawn)
    for x, level in product((X, X[:1]), LEVELS):
        expected = run(program.model, {"x": x})
        results = session(half.model, level).run(None, {"x": x})
        for result, right in zip(results, expected, strict=True):
            assert result.dtype == right.dtype
            assert result.shape == right.shape or name in FAR
            if right.dtype.kind == "f" and name not in FAR:
                scale = np.max(np.abs(right), initial=1)
                np.testing.assert_allclose(result, right, rtol=0.05, atol=0.02 * scale)


def test_weights_take_half_of_the_space_and_the_arguments_stay() -> None:
    program = xp.trace(lambda x: xp.tanh(x @ W) + 1, "float32[N>=0, 5]")
    half = program.cast("float16")
    assert repr(half) == repr(program)
    assert {*dtypes(half)} == {"FLOAT16", "BOOL"}
    assert "x_float16 = Cast(x, to=float16)\n" in str(half)
    assert half(X).dtype == np.float32
    np.testing.assert_allclose(half(X), program(X), atol=5e-3)
    assert half(X[:0]).shape == (0, 3)


def test_float32_for_float64() -> None:
    program = xp.trace(lambda x: xp.exp(x @ W.astype(np.float64)), "float64[N, 5]")
    single = program.cast("float32")
    assert dtypes(single)["DOUBLE"] == 0
    assert single(X.astype(np.float64)).dtype == np.float64
    assert single.check(X.astype(np.float64), rtol=1e-5)
    assert not single.check(X.astype(np.float64), rtol=1e-12)


def test_what_keep_names_stays_as_it_is() -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression())
    y = np.arange(6) % 2
    program = trace_estimator(model.fit(X, y), "predict_proba", dtype="float32")
    all_of_it = program.cast("float16")
    steps = program.cast("float16", keep=["standardscaler"])
    nodes = {n.name: n.output[0] for n in steps.model.graph.node}
    assert "standardscaler/Sub" in nodes
    types = {i.name: i.type.tensor_type.elem_type for i in _inferred(steps)}
    assert types[nodes["standardscaler/Sub"]] == onnx.TensorProto.FLOAT
    assert types[nodes["logisticregression/Gemm"]] == onnx.TensorProto.FLOAT16
    assert operators(steps)["Cast"] == operators(all_of_it)["Cast"]
    np.testing.assert_allclose(steps(X), program(X), atol=5e-3)
    by_operator = program.cast("float16", keep=["Gemm"])
    gemm = next(n for n in by_operator.model.graph.node if n.op_type == "Gemm")
    assert not any(name.endswith("float16") for name in gemm.input[1:])


def _inferred(program: xp.Program) -> Any:
    return onnx.shape_inference.infer_shapes(program.model).graph.value_info


def test_constants_that_float16_does_not_hold_stay() -> None:
    program = xp.trace(lambda x: (x / (xp.abs(x) + 1e-12), x * 1e6, x * 2), "float32[N]")
    half = program.cast("float16")
    x = np.asarray([0.0, 1.0, 1e-3], np.float32)
    for result, expected in zip(half(x), program(x), strict=True):
        np.testing.assert_allclose(result, expected, rtol=1e-3)


def test_branches_read_what_was_narrowed() -> None:
    def function(x: Any) -> Any:
        y = xp.exp(x)
        z = xp.cond(xp.sum(y) > 3, lambda: y + x, lambda: y * 2)
        return z @ W, y

    program = xp.trace(function, "float32[N, 5]")
    half = program.cast("float16")
    for x in (X, -9 * np.abs(X)):
        for result, expected in zip(half(x), program(x), strict=True):
            np.testing.assert_allclose(result, expected, rtol=0.02, atol=0.02)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_loops_with_types_that_are_not_known(dtype: str) -> None:
    program = xp.trace(xp.linalg.svdvals, "float64[N, 3]")
    narrow = program.cast(dtype)
    onnx.checker.check_model(narrow.model, full_check=True)
    assert narrow.check(X[:, :3].astype(np.float64), rtol=0.05)
    assert "Loop" in operators(narrow)


def test_a_program_that_was_loaded_is_compared_with_itself(tmp_path: Path) -> None:
    xp.trace(lambda x: x @ W, "float32[N, 5]").save(tmp_path / "m.onnx")
    program = xp.load(tmp_path / "m.onnx")
    half = program.cast("float16")
    assert half.check(X, rtol=0.02, atol=0.02)
    assert not half.check(X, rtol=1e-7, atol=0)
    assert not half.check(X, rtol=1e-7, atol=0, locate=True)
    assert pickle.loads(pickle.dumps(half))(X).tolist() == half(X).tolist()
    half.save(tmp_path / "half.onnx")
    assert xp.load(tmp_path / "half.onnx")(X).tolist() == half(X).tolist()


def test_local_functions_are_inlined() -> None:
    program = xp.trace(lambda y, x: xp.atan2(y, x), "float32[N]", "float32[N]", functions=True)
    assert program.model.functions
    half = program.cast("float16")
    assert not half.model.functions
    np.testing.assert_allclose(half(X[0], X[1]), np.arctan2(X[0], X[1]), atol=0.01)


def test_functions_without_floats_stay_functions() -> None:
    """The months of two columns are one function of integers, before and after."""

    def function(x: Any, when: Any, then: Any) -> Any:
        months = xp.dates.month(when) - xp.dates.month(then)
        return xp.atan2(x, xp.astype(months, xp.float32)) + xp.atan2(x, x)

    times = "datetime64[s][N]"
    program = xp.trace(function, "float32[N]", times, times)
    calendar = {"to_coarser_unit", "month"}
    assert {f.name for f in program.model.functions} == {"atan2", *calendar}
    half = program.cast("float16")
    kept = [f for f in program.model.functions if f.name in calendar]
    assert list(half.model.functions) == kept
    when = np.datetime64("2024-01-31", "s") + np.arange(6).astype("timedelta64[D]")
    assert half.check(X[:, 0], when, when[::-1], rtol=0.01, atol=0.01)


def test_boxes_show_what_their_nodes_read_now() -> None:
    """A function is drawn as one node; one that is partly in float32 has the casts inside."""

    def function(x: Any) -> Any:
        y = xp.atan2(x * 2, xp.exp(x))
        return y, y - 1

    program = xp.trace(function, "float32[N]")
    (box,) = (n.name for n in folded(program.model).graph.node if n.op_type == "atan2")
    half = program.cast("float16")
    assert "output_0_float16 = onnxp.atan2(mul, exp)" in str(half)
    wide = program.cast("float16", keep=[box])
    assert "mul_float32 = Cast(mul, to=float32)\n" in str(wide)
    assert "= onnxp.atan2(mul_float32, exp_float32)" in str(wide)
    assert half.check(X[0], rtol=0.01)
    assert wide.check(X[0], rtol=0.01)


@pytest.mark.parametrize(
    ("dtype", "keep", "message"),
    [
        ("int8", (), r"dtype must be one of float16, float32, not 'int8'"),
        (None, (), "dtype must be one of"),
        ("float16", ["scaler"], r"no node matches 'scaler' of keep; .* operator \(Gemm\)"),
        ("float16", ["Gemm"], r"no node of the model can compute in float16: Gemm"),
        ("float32", (), "it has no floats wider than float32"),
    ],
)
def test_what_cannot_be_cast(dtype: Any, keep: Any, message: str) -> None:
    program = xp.trace(lambda x: x @ W + W[0], "float32[N, 5]")
    with pytest.raises(ArgumentError, match=message):
        program.cast(dtype, keep=keep)


@pytest.mark.parametrize("keep", ["Exp", 3, [3]])
def test_keep_is_a_list_of_names(keep: Any) -> None:
    program = xp.trace(lambda x: xp.exp(x @ W), "float32[N, 5]")
    for method in (lambda: program.cast("float16", keep=keep), lambda: program.quantize(keep=keep)):
        with pytest.raises(
            ArgumentTypeError, match=r"keep must be a list|name of keep must be text"
        ):
            method()


def test_trees_have_no_form_in_float16() -> None:
    X = RNG.normal(size=(300, 5)).astype(np.float32)
    model = RandomForestClassifier(3, random_state=0).fit(X, RNG.integers(0, 2, 300))
    program = trace_estimator(model, "predict_proba", dtype="float32")
    half = program.cast("float16")
    assert operators(half)["TreeEnsembleRegressor"] == len(model.estimators_)
    assert half.check(X, atol=0.01)


# Quantization


@pytest.fixture(scope="module")
def network() -> tuple[xp.Program, np.ndarray]:
    X, y = make_classification(500, 20, n_informative=8, n_classes=3, random_state=0)
    X = X.astype(np.float32)
    model = MLPClassifier((64, 32), max_iter=80, random_state=0).fit(X, y)
    program = trace_estimator(model, ["predict", "predict_proba"], dtype="float32")
    return program, X


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("per_channel", [False, True])
def test_a_network_in_integers(network: Any, per_channel: bool, tmp_path: Path) -> None:
    program, X = network
    small = program.quantize(per_channel=per_channel)
    assert operators(small)["MatMulInteger"] == 3
    assert len(bytes(small)) < 0.6 * len(bytes(program))
    label, probabilities = small(X).values()
    assert np.mean(label == program(X)["label"]) > 0.97
    report = small.check(X, atol=0.15)
    assert report[1].agrees
    assert 1e-4 < report[1].absolute < 0.15
    small.save(tmp_path / "small.onnx")
    again = xp.load(tmp_path / "small.onnx")
    np.testing.assert_array_equal(again(X)["probabilities"], probabilities)
    assert repr(again) == repr(small) == repr(program)
    assert "MatMulInteger" in str(small)
    assert not small.rowwise  # one scale for the whole batch


@pytest.mark.filterwarnings("ignore")
def test_products_that_stay_in_float32(network: Any) -> None:
    program, _ = network
    *_, last = (n.name for n in program.model.graph.node if n.op_type in ("MatMul", "Gemm"))
    assert operators(program.quantize(keep=[last]))["MatMulInteger"] == 2
    with pytest.raises(ArgumentError, match="no node matches 'Conv' of keep"):
        program.quantize(keep=["Conv"])


@pytest.mark.parametrize(
    "program",
    [
        xp.trace(lambda x: x + 1, "float32[N]"),
        xp.trace(lambda x: x @ W.astype(np.float64), "float64[N, 5]"),
        xp.trace(lambda x, y: x @ y, "float32[N, 5]", "float32[5, N]"),
        xp.trace(lambda x: x @ W, "float32[N, 5]").cast("float16"),
    ],
    ids=["no product", "float64", "no constant", "float16"],
)
def test_what_cannot_be_quantized(program: xp.Program) -> None:
    with pytest.raises(ArgumentError, match="no product of float32 with a constant matrix"):
        program.quantize()


def test_stacks_of_constants_stay_in_float32_by_channel() -> None:
    stack = RNG.normal(size=(3, 5, 3)).astype(np.float32)
    program = xp.trace(lambda x: (x[None] @ stack) @ W.T, "float32[N, 5]")
    small = program.quantize(per_channel=True)
    assert operators(small)["MatMulInteger"] == 1
    assert small.check(X, rtol=0, atol=0.3)
    assert operators(program.quantize())["MatMulInteger"] == 2


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_constants_that_no_integer_is(number: float) -> None:
    weights = W.copy()
    weights[0, 0] = number
    program = xp.trace(lambda x: x @ weights, "float32[N, 5]")
    with pytest.raises(ArgumentError, match="has an infinity or NaN"):
        program.quantize()


def test_times_are_not_computed_in_float16() -> None:
    start = np.datetime64("2024-01-01", "s")

    def days(when):
        return (when - start) / np.timedelta64(1, "D") / np.float32(365)

    program = xp.trace(days, "datetime64[s][N]")
    when = start + np.array([0, 86400 * 100, 86400 * 900]).astype("timedelta64[s]")
    assert program.cast("float16").check(when, rtol=0, atol=0.01)


@pytest.mark.parametrize("dtype", [np.float16, xp.float16, "float16"])
def test_a_dtype_has_several_names(dtype: Any) -> None:
    program = xp.trace(lambda x: xp.exp(x @ W), "float32[N, 5]")
    assert dtypes(program.cast(dtype)) == dtypes(program.cast("float16")) != dtypes(program)
    with pytest.raises(ArgumentError, match=r"weights are stored in it by xp\.astype"):
        program.cast("bfloat16")


def salaries() -> tuple[Any, np.ndarray[Any, Any]]:
    X = np.column_stack([RNG.normal(80_000, 30_000, 200), RNG.normal(size=200)]).astype(np.float32)
    X[0, 0] = 500_000
    model = make_pipeline(StandardScaler(), LogisticRegression())
    return model.fit(X, X[:, 1] > 0), X


@pytest.mark.parametrize("by_column", [False, True])
def test_columns_of_large_numbers_are_scaled_as_they_are(by_column: bool) -> None:
    model, X = salaries()
    rows = pd.DataFrame(X, columns=["salary", "score"]) if by_column else X
    program = trace_estimator(
        model, "predict_proba", example=rows, dtype=None if by_column else "float32"
    )
    half = program.cast("float16")
    assert dtypes(half)["FLOAT16"]
    result = np.asarray(half(rows))
    np.testing.assert_allclose(result, program(rows), atol=5e-3)


@pytest.mark.parametrize(
    ("function", "is_narrow"),
    [
        (lambda x: xp.exp((x - 3000) / 5000), True),
        (lambda x: xp.exp(xp.concat([x, x]) / 5000), True),
        (lambda x: xp.concat([x, x]) > 70_000, False),
        (lambda x: xp.abs(x - 70_000), False),
        (lambda x: (x - 2000) * 2, True),
    ],
)
def test_what_is_beside_large_numbers_stays(function: Any, is_narrow: bool) -> None:
    program = xp.trace(function, "float32[N]")
    x = np.linspace(1000, 80_000, 50, dtype=np.float32)
    if not is_narrow:
        with pytest.raises(ArgumentError, match="no node of the model can compute in float16"):
            program.cast("float16")
        return
    half = program.cast("float16")
    assert dtypes(half)["FLOAT16"]
    np.testing.assert_allclose(half(x[:1]), program(x[:1]), rtol=5e-3)
    if program.model.graph.node[-1].op_type == "Exp":
        np.testing.assert_allclose(half(x), program(x), rtol=2e-2)
