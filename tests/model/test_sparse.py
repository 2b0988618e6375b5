"""Sparse constants in functions are made dense, since runtimes end the process for them."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import SparseTensorProto, TensorProto, helper, numpy_helper

import onnxp as xp
from onnxp._src.model.sparse import dense
from onnxp.errors import ModelFileError

VALUES = np.arange(1, 5, dtype=np.float32)
OPSETS = [helper.make_opsetid("", 21), helper.make_opsetid("local", 1)]
X, Y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in "xy")
REUSED_AT_ONCE = {**os.environ, "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}
"""Memory that was freed has other contents at once, as in a process that has made many sessions."""


def sparse(values: np.ndarray, indices: object, dims: list[int]) -> SparseTensorProto:
    tensors = (numpy_helper.from_array(np.asarray(x)) for x in (values, indices))
    return SparseTensorProto(values=next(tensors), indices=next(tensors), dims=dims)


S = sparse(VALUES, np.arange(4), [4])
ADD = helper.make_node("Add", ["x", "w"], ["y"])
CALL = helper.make_node("f", ["x"], ["y"], domain="local")


def constant(**attributes: object) -> onnx.NodeProto:
    return helper.make_node("Constant", [], ["w"], **attributes)


def reference() -> onnx.NodeProto:
    node = constant()
    node.attribute.add(
        name="sparse_value", type=onnx.AttributeProto.SPARSE_TENSOR, ref_attr_name="s"
    )
    return node


def function(nodes, name: str = "f", **parts) -> onnx.FunctionProto:
    return helper.make_function("local", name, ["x"], ["y"], nodes, OPSETS, **parts)


def model(nodes, functions=(), **graph) -> onnx.ModelProto:
    proto = helper.make_graph(nodes, "g", [X], [Y], **graph)
    return helper.make_model(proto, ir_version=10, opset_imports=OPSETS, functions=list(functions))


def branches(nodes, **graph) -> list[onnx.NodeProto]:
    body = helper.make_graph(nodes, "b", [], [Y], **graph)
    return [
        helper.make_node("ReduceMax", ["x"], ["largest"], keepdims=0),
        helper.make_node("Cast", ["largest"], ["c"], to=TensorProto.BOOL),
        helper.make_node("If", ["c"], ["y"], then_branch=body, else_branch=body),
    ]


def given_to(node: onnx.NodeProto) -> onnx.NodeProto:
    node = onnx.NodeProto.FromString(node.SerializeToString())
    node.attribute.append(helper.make_attribute("s", S))
    return node


def passed_on() -> onnx.ModelProto:
    outer = helper.make_node("f", ["x"], ["y"], domain="local")
    outer.attribute.add(name="s", type=onnx.AttributeProto.SPARSE_TENSOR, ref_attr_name="s")
    inner = function([reference(), ADD], attributes=["s"])
    call = given_to(helper.make_node("outer", ["x"], ["y"], domain="local"))
    return model([call], [inner, function([outer], "outer", attributes=["s"])])


IN_FUNCTIONS: dict[str, Callable[[], onnx.ModelProto]] = {
    "constant": lambda: model([CALL], [function([constant(sparse_value=S), ADD])]),
    "constant of a branch": lambda: model(
        [CALL], [function(branches([constant(sparse_value=S), ADD]))]
    ),
    "initializer of a branch of a function": lambda: model(
        [CALL], [function(branches([ADD], sparse_initializer=[named("w")]))]
    ),
    "called in a branch": lambda: model(
        branches([CALL]), [function([constant(sparse_value=S), ADD])]
    ),
    "argument": lambda: model([given_to(CALL)], [function([reference(), ADD], attributes=["s"])]),
    "argument that is passed on": passed_on,
    "default": lambda: model(
        [CALL], [function([reference(), ADD], attribute_protos=[helper.make_attribute("s", S)])]
    ),
}
"""Where functions have sparse constants."""
ELSEWHERE: dict[str, Callable[[], onnx.ModelProto]] = {
    "main constant": lambda: model([constant(sparse_value=S), ADD]),
    "main initializer": lambda: model([ADD], sparse_initializer=[named("w")]),
    "main branch": lambda: model(branches([constant(sparse_value=S), ADD])),
    "initializer of a branch": lambda: model(branches([ADD], sparse_initializer=[named("w")])),
}


def named(name: str) -> SparseTensorProto:
    copy = SparseTensorProto.FromString(S.SerializeToString())
    copy.values.name = name
    return copy


def has_sparse_functions(proto: onnx.ModelProto) -> bool:
    return any("sparse" in str(function) for function in proto.functions)


@pytest.mark.parametrize("place", IN_FUNCTIONS)
def test_loading_makes_functions_dense(place: str):
    proto = IN_FUNCTIONS[place]()
    assert has_sparse_functions(proto)
    program = xp.load(proto)
    assert not has_sparse_functions(program.model)
    onnx.checker.check_model(program.model)
    np.testing.assert_array_equal(program(np.ones(4, np.float32))["y"], VALUES + 1)
    assert has_sparse_functions(proto)  # which is the caller's


@pytest.mark.parametrize("place", [*IN_FUNCTIONS, *ELSEWHERE])
def test_calls_on_traced_arrays_write_dense_functions(place: str):
    inner = xp.load({**IN_FUNCTIONS, **ELSEWHERE}[place]())
    program = xp.trace(lambda x: inner(x)["y"] * 2, "float32[4]")
    assert not has_sparse_functions(program.model)
    session = onnxruntime.InferenceSession(bytes(program))
    np.testing.assert_array_equal(session.run(None, {"x": np.ones(4, "f")})[0], (VALUES + 1) * 2)


def test_a_model_that_onnxp_wrote_is_made_dense_too(tmp_path: Path):
    inner = xp.load(ELSEWHERE["main constant"]())
    program = xp.trace(lambda x: inner(x)["y"], "float32[4]", functions=True)
    (node,) = (n for f in program.model.functions for n in f.node if n.op_type == "Constant")
    node.CopyFrom(helper.make_node("Constant", [], node.output, sparse_value=S))
    onnx.save(program.model, tmp_path / "model.onnx")
    loaded = xp.load(tmp_path / "model.onnx")
    assert not has_sparse_functions(loaded.model)
    np.testing.assert_array_equal(loaded(np.ones(4, np.float32)), VALUES + 1)


def test_they_end_no_process(tmp_path: Path):
    """Each is loaded and exported many times, where what is freed is reused."""
    made = {**IN_FUNCTIONS, **ELSEWHERE}
    for i, make in enumerate(made.values()):
        onnx.save(make(), tmp_path / f"{i}.onnx")
    code = """
import sys, numpy as np, onnxruntime, onnxp as xp
x = np.ones(4, np.float32)
for path in sys.argv[1:]:
    for _ in range(10):
        program = xp.load(path)
        assert program(x)["y"].tolist() == [2, 3, 4, 5]
    outer = bytes(xp.trace(lambda x: program(x)["y"], "float32[4]"))
    for _ in range(10):
        onnxruntime.InferenceSession(outer)
"""
    paths = map(str, sorted(tmp_path.iterdir()))
    subprocess.run([sys.executable, "-c", code, *paths], env=REUSED_AT_ONCE, check=True)


DTYPES = ["bool", "int8", "uint16", "int32", "int64", "float16", "float32", "float64"]


@st.composite
def sparse_tensors(draw: st.DrawFn) -> tuple[SparseTensorProto, np.ndarray]:
    """Return a sparse tensor and its elements."""
    shape = draw(st.lists(st.integers(0, 4), min_size=1, max_size=3))
    size = math.prod(shape)
    places = sorted(draw(st.sets(st.integers(0, size - 1)))) if size else []
    indices = np.array(places, np.int64)
    values = np.array([draw(st.integers(0, 100)) for _ in places]).astype(
        draw(st.sampled_from(DTYPES))
    )
    expected = np.zeros(size, values.dtype)
    expected[indices] = values
    if draw(st.booleans()):
        indices = np.stack(np.unravel_index(indices, shape), axis=1)
    return sparse(values, indices, shape), expected.reshape(shape)


@given(sparse_tensors())
@settings(max_examples=60)
def test_any_sparse_tensor(drawn: tuple[SparseTensorProto, np.ndarray]):
    proto, expected = drawn
    found = numpy_helper.to_array(dense(proto))
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("proto", "message"),
    [
        (sparse(VALUES, [0, 1, 2, 4], [4]), "do not fit: index 4 is out of bounds"),
        (sparse(VALUES, [0, 1, 2, -1], [4]), "do not fit: 4 values"),
        (sparse(VALUES, [0, 1], [4]), r"4 values have indices of shape \(2,\)"),
        (sparse(VALUES, [[0, 0, 1, 5]], [4, 4]), "do not fit"),
        (sparse(np.array(["a"], object), [0], [4]), "elements of type 8"),
        (sparse(VALUES, np.arange(4), [-4]), r"a negative size: \[-4\]"),
        (sparse(VALUES, np.arange(4), [2**40]), "bytes when dense, more than 2,147,483,648"),
        (sparse(VALUES, np.arange(4), [2**62, 2**62]), "bytes when dense, more than 2,147,483,648"),
    ],
    ids=["beyond", "negative", "few", "rank", "text", "size", "large", "overflow"],
)
def test_what_is_no_sparse_tensor(proto: SparseTensorProto, message: str):
    with pytest.raises(ModelFileError, match=message):
        xp.load(model([CALL], [function([constant(sparse_value=proto), ADD])]))
