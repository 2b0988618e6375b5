"""`xp.onnx.op`: any ONNX operator, evaluated and traced."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp._src.ops.versions import installed_opset
from onnxp.errors import OperatorError, OpsetError
from onnxp.testing import run_all_ways
from tests.helpers import sessions

F = np.array([[-1.0, 2.0, 3.0, 0.5]], np.float32)


def session(model: onnx.ModelProto) -> sessions.Sessions:
    onnx.checker.check_model(model, full_check=True)
    return sessions.both(model)


def test_gelu():
    assert str(xp.onnx.op("Gelu", xp.asarray(F), approximate="tanh").dtype) == "float32"
    found = run_all_ways(lambda x: xp.onnx.op("Gelu", x), F)
    wanted = [-0.15865526, 1.9544997, 2.9959502, 0.34573123]
    np.testing.assert_allclose(np.asarray(found)[0], wanted, rtol=1e-6)


@given(rows=st.integers(0, 4), columns=st.integers(1, 4), alpha=st.floats(0.5, 2.0))
@settings(max_examples=20, deadline=None)
def test_elementwise_in_all_ways(rows: int, columns: int, alpha: float):
    x = np.linspace(-2, 2, rows * columns, dtype=np.float32).reshape(rows, columns)
    found = run_all_ways(lambda x: xp.onnx.op("Celu", x, alpha=alpha), x)
    wanted = np.maximum(x, 0) + np.minimum(0, alpha * np.expm1(x / np.float32(alpha)))
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


CALLS: dict[str, tuple[Callable[..., Any], Any]] = {
    "numbers beside an array": (lambda x: xp.onnx.op("Clip", x, 0, 2.5), np.clip(F, 0, 2.5)),
    "an input left out": (lambda x: xp.onnx.op("Clip", x, None, 2.5), np.clip(F, None, 2.5)),
    "a dtype as attribute": (lambda x: xp.onnx.op("Cast", x, to=xp.int32), F.astype(np.int32)),
    "numpy's dtype": (lambda x: xp.onnx.op("Cast", x, to=np.float64), F.astype(np.float64)),
    "an attribute called dtype": (
        lambda x: xp.onnx.op("EyeLike", x, dtype=xp.int64),
        np.eye(1, 4, dtype=np.int64),
    ),
    "a shape that is data": (lambda x: xp.onnx.op("Reshape", x, np.array([2, 2])), F.reshape(2, 2)),
    "a list of floats": (
        lambda x: xp.onnx.op("Scaler", x, domain="ai.onnx.ml", offset=[1.0], scale=[2.0]),
        (F - 1) * 2,
    ),
    "a tensor attribute": (
        lambda x: x + xp.onnx.op("Constant", value=np.float32([1, 2, 3, 4])),
        F + np.float32([1, 2, 3, 4]),
    ),
    "another domain": (
        lambda x: xp.onnx.op("FusedMatMul", x, x, domain="com.microsoft", transB=1),
        F @ F.T,
    ),
    "an older version": (lambda x: xp.onnx.op("Squeeze", x, version=11, axes=[0]), F[0]),
    "an older meaning": (
        lambda x: xp.onnx.op("Hardmax", x[:, :, None], version=11),
        np.array([[0, 0, 1, 0]], np.float32)[:, :, None],
    ),
    "labels": (
        lambda x: xp.onnx.op(
            "LabelEncoder", x, domain="ai.onnx.ml", keys_floats=[2.0], values_floats=[7.0], default_float=1.0
        ),
        np.float32([[1, 7, 1, 1]]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CALLS)
def test_calls(case: str):
    call, wanted = CALLS[case]
    found = call(xp.asarray(F))
    np.testing.assert_allclose(np.asarray(found), wanted, rtol=1e-6)
    assert np.asarray(found).dtype == wanted.dtype
    for spec in (xp.spec((1, 4), xp.float32), xp.spec(("N", 4), xp.float32)):
        traced = xp.trace(call, spec)
        np.testing.assert_allclose(session(traced.model).run(None, {"x": F})[0], wanted, rtol=1e-6)
        shape = traced.signature.outputs[0].shape
        assert len(shape) == wanted.ndim


def test_several_outputs():
    values, indices = xp.onnx.op("TopK", xp.asarray(F), np.array([2]))
    assert indices.shape == (1, 2)
    np.testing.assert_array_equal(np.asarray(values), [[3, 2]])
    parts = xp.onnx.op("Split", xp.asarray(F), axis=1, num_outputs=2, outputs=2)
    assert [part.shape for part in parts] == [(1, 2), (1, 2)]
    y, mask = xp.onnx.op("Dropout", xp.asarray(F), outputs=2)
    assert (y.dtype, mask.dtype) == (xp.float32, xp.bool)


def test_text():
    words = np.array(["x", "yy"])
    assert np.asarray(xp.onnx.op("StringConcat", words, "!")).tolist() == ["x!", "yy!"]
    program = xp.trace(
        lambda s: xp.onnx.op(
            "LabelEncoder", s, domain="ai.onnx.ml", keys_strings=["x"], values_int64s=[3]
        ),
        "string[N]",
    )
    assert program(words).tolist() == [3, -1]


def test_symbolic_sizes_come_back():
    program = xp.trace(
        lambda x, y: (
            xp.onnx.op("MatMul", x, y),
            xp.onnx.op("NonZero", x),
            xp.onnx.op("Transpose", x, perm=[1, 0]),
        ),
        "float32[N + 1, 4]",
        "float32[4, M]",
    )
    (n, _), (_, m) = (leaf.shape for leaf in program.signature.inputs)
    product, places, turned = (leaf.shape for leaf in program.signature.outputs)
    assert product == (n, m)
    assert places[0] == 2
    assert not places[1].symbols & (n + m).symbols
    assert turned == (4, n)


def test_a_newer_operator_raises_the_opset():
    if installed_opset() < 23:
        pytest.skip("needs opset 23: https://onnxruntime.ai/docs/reference/compatibility.html")
    scale = np.ones(4, np.float32)
    program = xp.trace(lambda x: xp.onnx.op("RMSNormalization", x, scale), "float32[N, 4]")
    assert program.model.opset_import[0].version == 23
    with pytest.raises(OpsetError, match="RMSNormalization needs opset 23, but opset=21"):
        xp.trace(lambda x: xp.onnx.op("RMSNormalization", x, scale), "float32[N, 4]", opset=21)


def test_an_operator_that_only_learns_more_goes_with_newer_ones():
    """Cast of opset 21 knows fewer dtypes than that of 26, and means the same."""
    if installed_opset() < 26:
        pytest.skip("needs opset 26: https://onnxruntime.ai/docs/reference/compatibility.html")
    program = xp.trace(
        lambda x: (xp.onnx.op("Cast", x, to=xp.int32), xp.signbit(x)), "float64[N]", opset=26
    )
    assert program.model.opset_import[0].version == 26
    found, _ = session(program.model).run(None, {"x": np.array([-1.5, 2.0])})
    assert found.tolist() == [-1, 2]


def test_an_operator_that_is_gone_later_is_not_mixed_with_what_replaced_it():
    old = {
        "nodes_treeids": [0], "nodes_nodeids": [0], "nodes_featureids": [0], "nodes_modes": ["LEAF"],
        "nodes_values": [0.0], "nodes_truenodeids": [0], "nodes_falsenodeids": [0], "target_treeids": [0],
        "target_nodeids": [0], "target_ids": [0], "target_weights": [1.0], "n_targets": 1,
    }  # fmt: skip
    new = {
        "tree_roots": [0], "nodes_featureids": [0], "nodes_modes": np.uint8([0]),
        "nodes_splits": np.float32([0.5]), "nodes_truenodeids": [0], "nodes_trueleafs": [1],
        "nodes_falsenodeids": [1], "nodes_falseleafs": [1], "leaf_targetids": [0, 0],
        "leaf_weights": np.float32([1, 2]), "n_targets": 1,
    }  # fmt: skip
    domain = "ai.onnx.ml"

    def both(x: xp.Array) -> Any:
        one = xp.onnx.op("TreeEnsembleRegressor", x, domain=domain, **old)
        return one, xp.onnx.op("TreeEnsemble", x, domain=domain, **new)

    with pytest.raises(
        OpsetError, match="TreeEnsembleRegressor has its recorded meaning up to version 4"
    ):
        xp.trace(both, "float32[N, 4]")


def test_a_size_of_a_result_may_be_that_of_a_computed_array():
    def function(x):
        y = x[x[:, 0] > 0]
        return xp.onnx.op("Foo", y, domain="my.ops", dtype="int32", shape=(y.shape[0], None))

    (leaf,) = xp.trace(function, "float32[N, 4]").signature.outputs
    assert len(leaf.shape) == 2


def test_unknown_operators_of_unknown_domains():
    program = xp.trace(
        lambda x: xp.onnx.op(
            "Foo", x, 1.5, domain="my.ops", dtype="int32", shape=("N", 2), mode="fast", k=3
        ),
        "float32[N, 4]",
    )
    (node,) = program.model.graph.node
    assert (node.op_type, node.domain) == ("Foo", "my.ops")
    assert {e.domain: e.version for e in program.model.opset_import}["my.ops"] == 1
    assert {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute} == {
        "mode": b"fast",
        "k": 3,
    }
    assert program.signature.outputs[0].shape == (program.signature.inputs[0].shape[0], 2)
    assert program.signature.outputs[0].dtype is xp.int32
    several = xp.trace(
        lambda x: xp.onnx.op(
            "Foo",
            x,
            domain="my.ops",
            version=3,
            outputs=2,
            dtype=["int32", "bool"],
            shape=[("N",), ()],
        ),
        "float32[N, 4]",
    )
    assert [leaf.dtype for leaf in several.signature.outputs] == [xp.int32, xp.bool]
    assert {e.domain: e.version for e in several.model.opset_import}["my.ops"] == 3
    told = {"domain": "my.ops", "dtype": "int8", "shape": ()}
    with pytest.raises(OpsetError, match=r"up to version 1 of my\.ops"):
        xp.trace(
            lambda x: (xp.onnx.op("Foo", x, **told), xp.onnx.op("Foo", x, version=2, **told)),
            "float32[N]",
        )


def test_in_branches():
    def branch(x):
        return xp.cond(xp.sum(x) > 0, lambda v: xp.onnx.op("Gelu", v), lambda v: -v, x)

    assert np.asarray(branch(xp.asarray(F))).shape == F.shape
    program = xp.trace(branch, "float32[N, 4]")
    np.testing.assert_allclose(
        session(program.model).run(None, {"x": F})[0][0, 1], 1.9544997, rtol=1e-6
    )


def test_domains_of_subgraphs_are_imported():
    def branch(x):
        return xp.cond(
            xp.sum(x) > 0,
            lambda v: xp.onnx.op("FusedMatMul", v, v, domain="com.microsoft", transB=1),
            lambda v: v @ xp.permute_dims(v, (1, 0)),
            x,
        )

    program = xp.trace(branch, "float32[N, 4]")
    np.testing.assert_allclose(session(program.model).run(None, {"x": F})[0], F @ F.T, rtol=1e-6)


def test_equal_calls_are_recorded_once():
    program = xp.trace(lambda x: xp.onnx.op("Gelu", x) + xp.onnx.op("Gelu", x), "float32[N]")
    assert [n.op_type for n in program.model.graph.node] == ["Gelu", "Add"]


X = xp.asarray(F)
WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "its case": (lambda: xp.onnx.op("gelu", X), "did you mean Gelu"),
    "its name": (lambda: xp.onnx.op("Nothing at all", X), "no operator 'Nothing at all' in ONNX"),
    "a name that is none": (lambda: xp.onnx.op(3, X), "must be text, not 3"),
    "an attribute": (lambda: xp.onnx.op("Gelu", X, aproximate="tanh"), "did you mean approximate"),
    "an attribute's type": (lambda: xp.onnx.op("Gelu", X, approximate=3), "must be text"),
    "an attribute's items": (
        lambda: xp.onnx.op("Transpose", X, perm=[0.5, 1]),
        "'perm' must be a list of integers",
    ),
    "a bool for a number": (lambda: xp.onnx.op("Celu", X, alpha=True), "must be a number"),
    "a missing attribute": (lambda: xp.onnx.op("Cast", X), "'to' is missing"),
    "no input": (lambda: xp.onnx.op("Gelu"), r"0 inputs were given. Gelu of opset 20 takes the inputs X"),
    "too many inputs": (lambda: xp.onnx.op("Gelu", X, X), "2 inputs were given"),
    "an input left out": (lambda: xp.onnx.op("MatMul", None, X), "A is required"),
    "an input's dtype": (lambda: xp.onnx.op("Gelu", xp.asarray([1])), "X, is int64"),
    "two dtypes": (lambda: xp.onnx.op("Add", X, np.ones(4)), "must be float32"),
    "shapes": (lambda: xp.onnx.op("MatMul", X, X), "does not take float32"),
    "a list": (lambda: xp.onnx.op("Reshape", X, [4, 1]), "not \\[4, 1\\] of type list"),
    "text for a number": (lambda: xp.onnx.op("Add", X, "one"), "'one', but float32"),
    "complex": (lambda: xp.onnx.op("Abs", xp.asarray([1j])), "xp.real"),
    "nullable": (lambda: xp.onnx.op("Abs", xp.asarray([1, None])), "fill_null"),
    "objects": (lambda: xp.onnx.op("Abs", np.array([{}], object)), "object"),
    "a fraction": (lambda: xp.onnx.op("Add", xp.asarray([1]), 0.5), "0.5, but int64"),
    "gone": (lambda: xp.onnx.op("Upsample", X, np.ones(2, np.float32)), "pass version=9"),
    "its version": (lambda: xp.onnx.op("Gelu", X, version=11), "no such operator in version 11"),
    "subgraphs": (lambda: xp.onnx.op("If", xp.asarray(True)), "xp.cond"),
    "sequences": (lambda: xp.onnx.op("SplitToSequence", X), "is not a tensor"),
    "no dtype": (lambda: xp.onnx.op("Foo", X, domain="my.ops"), "dtype="),
    "another dtype": (lambda: xp.onnx.op("Foo", X, domain="my.ops", shape=(1,)), "dtype="),
    "outputs": (lambda: xp.onnx.op("Gelu", X, outputs=2), "outputs must be at least 1 and at most 1"),
    "a dtype that it has not": (
        lambda: xp.onnx.op("FusedMatMul", X, X, domain="com.microsoft", transB=1, dtype="int8"),
        "is float32, not int8",
    ),
    "an empty list": (
        lambda: xp.onnx.op("Foo", X, domain="my.ops", dtype="int8", shape=(), a=[]),
        "'a' must be",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(case: str):
    call, text = WRONG[case]
    with pytest.raises(OperatorError, match=text):
        call()


def test_threads():
    found: list[Any] = []

    def work() -> None:
        found.append(np.asarray(xp.onnx.op("Gelu", X)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({a.tobytes() for a in found}) == 1
    assert len(found) == 4


@pytest.mark.parametrize(
    "axes", [[1, 0], (1, 0), np.array([1, 0]), [np.int64(1), False], np.array([1, 0], np.uint8)]
)
def test_lists_of_integers(axes):
    x = xp.asarray([[1.0, 2.0, 3.0]])
    assert xp.onnx.op("Transpose", x, perm=axes).shape == (3, 1)


@pytest.mark.parametrize("axes", [np.array([1.0, 0.0]), np.array([[1, 0]]), [1, 0.0], "10"])
def test_what_is_no_list_of_integers(axes):
    with pytest.raises(OperatorError, match="must be a list of integers"):
        xp.onnx.op("Transpose", xp.asarray([[1.0, 2.0, 3.0]]), perm=axes)
