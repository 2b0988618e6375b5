"""Weights in dtypes that only constants have: smaller models with the results of the rounded weights."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import onnxp as xp
from benchmarks.dtype_calls import CALLS, arrays, data, run
from onnxp._src.dtypes import STORED_BY_NAME
from onnxp.errors import DTypeError, OnnxpError
from onnxp.testing import run_all_ways
from tests.helpers.sessions import both

NAMES = sorted(STORED_BY_NAME)
RNG = np.random.default_rng(0)
WEIGHTS = (RNG.normal(size=(96, 64)) * 3).astype(np.float32)
X = RNG.normal(size=(5, 96)).astype(np.float32)


def weights(name: str) -> xp.Array:
    return xp.astype(xp.asarray(WEIGHTS), name)


def elements(name: str) -> np.ndarray:
    """Return the weights as numpy's float32."""
    return np.asarray(weights(name)).astype(np.float32)


def stored_in(program: xp.Program) -> list[str]:
    """Return the dtypes of the initializers that have as many elements as the weights."""
    text = str(program)
    return [name for name in (*NAMES, "float32") if f": {name}[96, 64]\n" in text]


@pytest.mark.parametrize("name", NAMES)
def test_product_with_stored_weights(name: str):
    w = weights(name)
    program = xp.trace(lambda x: x @ w + 1, "float32[N, 96]")
    assert stored_in(program) == [name]
    assert len(program.model.SerializeToString()) < WEIGHTS.size * w.dtype.bits / 8 + 2000
    expected = np.asarray(xp.asarray(X) @ elements(name) + 1)
    for rows in (0, 1, 5):
        (found,) = both(program.model).run(None, {"x": X[:rows]})
        np.testing.assert_allclose(found, expected[:rows], rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(program(X), np.asarray(xp.asarray(X) @ w + 1))


@pytest.mark.parametrize("name", NAMES)
def test_functions_take_numbers(name: str):
    """Each function gives what it gives for the numbers in the dtype in which they are computed."""
    base = arrays(name, data(name, 3))
    wide = {key: xp.astype(x, x.dtype.computed) for key, x in base.items()}
    for function in CALLS.keys() - {"astype", "can_cast", "finfo", "iinfo"}:  # which keep the dtype
        for call in CALLS[function]:
            assert outcome(call, base) == outcome(call, wide), call


def outcome(call: str, inputs: dict[str, xp.Array]) -> str:
    try:
        return str(run(call, inputs))
    except OnnxpError as error:
        return f"{type(error).__name__}: {error}"


KEPT = {
    "copy": lambda x: x.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
    "asarray": xp.asarray,
    "astype": lambda x: xp.astype(x, x.dtype),
    "full": lambda x: xp.full((2, 2), 1, dtype=x.dtype),
    "zeros": lambda x: xp.zeros(3, dtype=x.dtype),
}


@pytest.mark.parametrize("name", KEPT)
def test_dtype_is_kept(name: str):
    for dtype in STORED_BY_NAME.values():
        assert KEPT[name](xp.asarray([[1.0, 2.0]], dtype=dtype)).dtype is dtype


WIDENED = {
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "flat": lambda x: x.flat,
    "item": lambda x: x[0, 0],
    "part": lambda x: x[:, 1:],
    "mask": lambda x: x[x > 0],
    "reshape": lambda x: x.reshape(-1),
    "negative": lambda x: -x,
    "sum": lambda x: x + x,
    "number": lambda x: 1 - x,
    "row": lambda x: next(iter(x)),
    "numpy": lambda x: np.concatenate([x, x]),
    "list": lambda x: xp.asarray([x, x]),
    "like": xp.zeros_like,
    "cond": lambda x: xp.cond(xp.asarray(True), lambda a: a, lambda a: -a, x),
    "loop": lambda x: xp.while_loop(lambda a: xp.sum(a) < 0, lambda a: -a, x),
}


@pytest.mark.parametrize("name", WIDENED)
def test_results_have_the_dtype_of_computations(name: str):
    for dtype in STORED_BY_NAME.values():
        x = xp.asarray([[1.0, 2.0], [3.0, 4.0]], dtype=dtype)
        found, expected = (WIDENED[name](a) for a in (x, xp.astype(x, dtype.computed)))
        assert found.dtype is expected.dtype
        np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


@pytest.mark.parametrize("name", ["bfloat16", "float8_e4m3fn", "int4", "uint4"])
def test_all_ways(name: str):
    w = xp.astype(xp.asarray(WEIGHTS[:3, :2]), name)
    run_all_ways(
        lambda x: x * w.T[0] + xp.sum(w), np.float32([[1, 2, 3], [4, 5, 6]]), static_axes=(1,)
    )


def test_scale_of_columns():
    scale = np.abs(WEIGHTS).max(0) / 7

    def predict(x: xp.Array) -> xp.Array:
        w = xp.astype(xp.round(xp.asarray(WEIGHTS) / scale), xp.int4)
        return x @ (xp.astype(w, xp.float32) * scale)

    program = xp.trace(predict, "float32[N, 96]")
    assert stored_in(program) == ["int4"]
    expected = X @ (np.round(WEIGHTS / scale) * scale)
    (found,) = both(program.model).run(None, {"x": X})
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(program(X), expected, rtol=1e-4, atol=1e-4)


def test_operator_takes_stored_weights():
    scale = np.abs(WEIGHTS).max(0) / 7

    def predict(x: xp.Array) -> xp.Array:
        w = xp.astype(xp.round(xp.asarray(WEIGHTS) / scale), xp.int4)
        return x @ xp.onnx.op("DequantizeLinear", w, scale, axis=1)

    program = xp.trace(predict, "float32[N, 96]")
    assert stored_in(program) == ["int4"]
    expected = X @ (np.round(WEIGHTS / scale) * scale)
    np.testing.assert_allclose(program(X), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(predict(xp.asarray(X)), expected, rtol=1e-4, atol=1e-4)


def test_small_results_of_stored_weights_are_constants():
    w = weights("bfloat16")
    program = xp.trace(lambda x: x + xp.sum(w, axis=0), "float32[N, 64]")
    assert [node.op_type for node in program.model.graph.node] == ["Add"]


def test_stored_constants_are_shared_and_named():
    class Model:
        def __init__(self) -> None:
            self.w = weights("bfloat16")

        def __call__(self, x: xp.Array) -> xp.Array:
            return x @ self.w @ self.w.T

    program = xp.trace(Model(), "float32[N, 96]")
    assert [t.name for t in program.model.graph.initializer] == ["w"]


def test_embedding():
    table = weights("bfloat16")
    program = xp.trace(lambda i: table[i], "int64[N]")
    assert stored_in(program) == ["bfloat16"]
    i = np.array([3, 95, -1])
    (found,) = both(program.model).run(None, {"i": i})
    np.testing.assert_array_equal(found, elements("bfloat16")[i])


def test_inside_branches_and_loops():
    w = xp.astype(xp.asarray(WEIGHTS[:64]), xp.float8_e5m2)
    plain = np.asarray(w)

    def f(x: xp.Array) -> xp.Array:
        y = xp.fori_loop(0, 2, lambda _, v: xp.tanh(v @ w.T), x)
        return xp.cond(xp.sum(x) > 0, lambda v: v @ w, lambda v: v, y)

    program = xp.trace(f, "float32[N, 64]")
    assert len(program.model.SerializeToString()) < 64 * 64 + 3000
    for x in (X[:, :64] + 1, X[:, :64] - 1):
        y = np.tanh(np.tanh(x @ plain.T) @ plain.T)
        (found,) = both(program.model).run(None, {"x": x})
        np.testing.assert_allclose(found, y @ plain if x.sum() > 0 else y, rtol=1e-4, atol=1e-4)


def test_saved_loaded_and_called(tmp_path: Path):
    w = weights("int4")
    xp.trace(lambda x: x @ w, "float32[N, 96]").save(tmp_path / "model.onnx")
    loaded = xp.load(tmp_path / "model.onnx")
    expected = np.asarray(xp.asarray(X) @ w)
    np.testing.assert_array_equal(loaded(X), expected)
    outer = xp.trace(lambda x: loaded(x) * 2, "float32[N, 96]")
    assert len(outer.model.SerializeToString()) < WEIGHTS.size / 2 + 4000
    np.testing.assert_array_equal(outer(X), expected * 2)
    np.testing.assert_array_equal(np.asarray(loaded(xp.asarray(X))), expected)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", [{"target": "portable"}, {"target": "webgpu"}, {"opset": 17}])
def test_targets_without_stored_dtypes(name: str, options: dict[str, Any]):
    w = weights(name)
    expected = np.asarray(xp.asarray(X) @ w)
    traced = xp.trace(lambda x: x @ w, "float32[N, 96]")
    for program in (
        xp.trace(lambda x: x @ w, "float32[N, 96]", **options),
        traced.convert(**options),
    ):
        types = {t.data_type for t in program.model.graph.initializer}
        assert not types & {dtype.onnx for dtype in STORED_BY_NAME.values()}
        np.testing.assert_array_equal(program(X), expected)
    assert [str(o) for o in traced.targets()["portable"]] == [f"the constant 'w': {name}"]


def test_results_and_arguments():
    w = weights("bfloat16")
    program = xp.trace(lambda x: {"y": x, "w": w}, "float32[N, 96]")
    assert program(X)["w"].dtype == np.float32
    product = xp.jit(lambda x, w: x @ w)
    np.testing.assert_array_equal(np.asarray(product(X, w)), np.asarray(xp.asarray(X) @ w))
    assert xp.jit(lambda x: (w, x))(X)[0].dtype == xp.float32
    x = xp.argument(("N", 96), xp.float32)
    model = xp.build({"x": x}, {"y": x @ w, "w": w})
    _, found = both(model).run(None, {"x": X})
    np.testing.assert_array_equal(found, elements("bfloat16"))


def test_traced_arrays_are_not_stored():
    with pytest.raises(DTypeError, match="compute in float32, and cast weights, which are known"):
        xp.trace(lambda x: xp.astype(x, xp.bfloat16), "float32[N]")


# Models of other tools that take and give stored dtypes


def foreign(taken: int, given: int, *, subgraph: bool = False) -> onnx.ModelProto:
    """Return a model that casts its input to its output, or gives it back, in a branch if that is asked for."""
    make = onnx.helper
    node = make.make_node("Identity", ["x"], ["y"])
    if taken != given:
        node = make.make_node("Cast", ["x"], ["y"], to=given)
    infos = [make.make_tensor_value_info(n, t, ["N"]) for n, t in (("x", taken), ("y", given))]
    nodes, initializers = [node], []
    if subgraph:
        inner = make.make_graph(
            [
                make.make_node(
                    node.op_type, ["x"], ["z"], **({"to": given} if taken != given else {})
                )
            ],
            "branch",
            [],
            [make.make_tensor_value_info("z", given, ["N"])],
        )
        initializers = [onnx.numpy_helper.from_array(np.array(True), "c")]
        nodes = [make.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)]
    graph = make.make_graph(nodes, "g", infos[:1], infos[1:], initializers)
    return make.make_model(graph, opset_imports=[make.make_opsetid("", 21)], ir_version=10)


FLOAT, BFLOAT16 = onnx.TensorProto.FLOAT, onnx.TensorProto.BFLOAT16
NUMBERS = np.array([1.5, 2.3, -1e30, 0.0], np.float32)
ROUNDED = np.asarray(xp.astype(xp.asarray(NUMBERS), xp.bfloat16))


@pytest.mark.parametrize("subgraph", [False, True])
@pytest.mark.parametrize(
    ("taken", "given"), [(BFLOAT16, BFLOAT16), (BFLOAT16, FLOAT), (FLOAT, BFLOAT16)], ids=str
)
def test_interfaces_of_other_tools(taken: int, given: int, subgraph: bool) -> None:
    model = foreign(taken, given, subgraph=subgraph)
    program = xp.load(model)
    assert [leaf.text for leaf in (*program.inputs, *program.outputs)] == ["float32[N]"] * 2
    assert program(NUMBERS)["y"].tolist() == ROUNDED.tolist()
    again = xp.load(bytes(program))
    assert again(NUMBERS)["y"].tolist() == ROUNDED.tolist()
    whole = xp.trace(lambda x: program(x)["y"] + 1, "float32[N]")
    assert whole(NUMBERS).tolist() == (ROUNDED + np.float32(1)).tolist()
    assert model.graph.input[0].type.tensor_type.elem_type == taken  # it is not changed


def test_an_output_that_is_used_again() -> None:
    make = onnx.helper
    nodes = [
        make.make_node("Cast", ["x"], ["y"], to=BFLOAT16),
        make.make_node("Cast", ["y"], ["z"], to=FLOAT),
    ]
    infos = {
        n: make.make_tensor_value_info(n, t, ["N"])
        for n, t in (("x", FLOAT), ("y", BFLOAT16), ("z", FLOAT))
    }
    graph = make.make_graph(nodes, "g", [infos["x"]], [infos["y"], infos["z"]])
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 21)], ir_version=10)
    result = xp.load(model)(NUMBERS)
    assert result["y"].tolist() == result["z"].tolist() == ROUNDED.tolist()


def test_float8_of_other_tools() -> None:
    program = xp.load(foreign(FLOAT, onnx.TensorProto.FLOAT8E4M3FN))
    assert program(np.array([1.5, 2.3, 1000.0], np.float32))["y"].tolist() == [1.5, 2.25, 448.0]
