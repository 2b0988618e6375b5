"""Programs whose inputs, outputs and constants are text."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.dtypes import StringDType  # type: ignore[attr-defined]  # numpy's stubs lack it

import onnxp as xp
from onnxp.errors import (
    AssumptionError,
    DTypeError,
    ExampleError,
    FeedError,
)
from tests.helpers.strings import LABELS, same


def classify(x: Any, names: Any) -> dict[str, Any]:
    classes = xp.asarray(["setosa", "versicolor", "é😀"])
    return {"label": xp.take(classes, xp.argmax(x, axis=1)), "known": xp.isin(names, classes)}


def test_programs(tmp_path: Path, subtests: pytest.Subtests):
    program = xp.trace(classify, "float32[N, 3]", "string[N]")
    assert "names: string[N]" in repr(program)
    x = np.eye(3, dtype=np.float32)[[2, 0, 1, 1]]
    names = np.array(["setosa", "rose", "", "é😀"])
    program.save(tmp_path / "model.onnx")
    program.save(tmp_path / "apart.onnx", external_data=True)
    for p in (
        program,
        xp.load(tmp_path / "model.onnx"),
        xp.load(tmp_path / "apart.onnx"),
        pickle.loads(pickle.dumps(program)),
        copy.deepcopy(program),
    ):
        for fed in (names, names.astype(object), names.astype(StringDType()), names[::-1][::-1]):
            with subtests.test(fed=fed.dtype):
                result = p(x, fed)
                assert result["label"].dtype.kind == "U"
                assert result["label"].tolist() == ["é😀", "setosa", "versicolor", "versicolor"]
                assert result["known"].tolist() == [True, False, False, True]
    result = program(xp.asarray(x), xp.asarray(names))
    assert isinstance(result["label"], xp.Array)
    assert result["label"].dtype is xp.string
    session = program.session()
    assert [info.type for info in session.get_inputs()] == ["tensor(float)", "tensor(string)"]
    found = session.run(["label"], {"x": x, "names": names.astype(object)})[0]
    assert found.tolist() == ["é😀", "setosa", "versicolor", "versicolor"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            np.array(["a", None], object),
            "input 'x': element 1 of the array is None .* fill missing",
        ),
        (np.array([1], object), "input 'x': element 0 of the array is 1"),
        (np.array(["\ud800"]), "input 'x': element 0 .* UTF-8 cannot encode"),
        (np.array([b"a"]), r"has dtype \|S1, but string\[N\] is needed; use x.astype\('str'\)"),
        (np.array([1.0]), r"has dtype float64, but string\[N\] is needed"),
        (np.array(["a"], ">U1"), "byte order"),
        (
            ["a", 1.5, None],
            r"must be a numpy or onnxp array \(string\[N\]\), not list; use np.asarray\(x, 'str'\), with",
        ),
        ("a", r"shape \(\)"),
        (np.array("a"), r"shape \(\)"),
        (np.array([], str), "declared at least 1"),
    ],
    ids=lambda x: re.sub(r"\W+", " ", repr(x))[:30],
)
def test_feeds(given: Any, message: str):
    program = xp.trace(lambda x: x == "a", "string[N]")
    with pytest.raises(FeedError, match=message):
        program(given)
    with pytest.raises(FeedError, match="has dtype <U1, but float64"):
        xp.trace(lambda x: x, "float64[N]")(np.array(["a"]))
    with pytest.raises(FeedError, match="has dtype object, but float64"):
        xp.trace(lambda x: x, "float64[N]")(np.array([1.0], object))


@pytest.mark.parametrize("dtype", ["string", "string?"])
@pytest.mark.parametrize(
    "feed",
    [
        lambda x: x,
        tuple,
        lambda x: np.array(x, object),
        lambda x: {"x": x},
        lambda x: xp.asarray(x),
    ],
    ids=["list", "tuple", "array", "table", "array of onnxp"],
)
def test_fed_text_keeps_null_characters(dtype: str, feed: Callable):
    text = ["1\0", "1", "\0", ""]
    program = xp.trace(lambda x: x == "1", f"{dtype}[N]")
    assert np.asarray(program(feed(text))).tolist() == [False, True, False, False]


@pytest.mark.parametrize("dtype", ["string", "string?"])
@pytest.mark.parametrize("odd", [1, np.nan, "\ud800"])
def test_fed_lists_are_of_text(dtype: str, odd: Any):
    program = xp.trace(lambda x: x == "1", f"{dtype}[N]")
    with pytest.raises(FeedError, match="input 'x': element 1"):
        program(["1", odd])


@pytest.mark.parametrize("odd", [1, "\ud800"])
def test_fed_masked_objects_are_of_text(odd: Any):
    program = xp.trace(lambda x: x == "1", "string?[N]")
    with pytest.raises(FeedError, match="input 'x': element 0"):
        program(np.ma.MaskedArray(np.array(["1", odd], object), [True, False]))


def test_constants():
    """Equal ones are written once, in the tensor's own field for strings."""
    words = [f"word {i}" for i in range(2000)]

    def function(i: Any) -> Any:
        return (
            xp.take(xp.asarray(words), i),
            xp.asarray(list(words))[i],
            xp.asarray(["a", "b"])[i % 2],
        )

    program = xp.trace(function, "int64[N]")
    stored = [t for t in program.model.graph.initializer if t.data_type == xp.string.onnx]
    assert sorted(len(t.string_data) for t in stored) == [2, 2000]
    first, second, third = program(np.array([3, 1999]))
    assert first.tolist() == second.tolist() == ["word 3", "word 1999"]
    assert third.tolist() == ["b", "b"]


def test_the_graph_is_lean():
    def operators(function: Callable, *specs: str) -> list[str]:
        return [
            node.op_type for node in xp.trace(function, *specs, functions=True).model.graph.node
        ]

    assert operators(lambda x: x == "a", "string[N]") == ["Equal"]
    assert operators(lambda x: xp.where(x == "a", "b", x), "string[N]") == ["Equal", "Where"]
    assert operators(lambda i: xp.asarray(["a", "b"])[i], "int64[N]") == ["GatherElements"]
    assert operators(lambda i: xp.take(xp.asarray(["a", "b"]), i), "int64[N]") == ["GatherElements"]
    assert operators(lambda x: xp.unique_counts(x), "string[N]") == ["unique_counts"]


def test_sessions_are_shared():
    from onnxp._src.runtime.session import session_count

    def evaluate(*words: str) -> list[bool]:
        return (xp.asarray(list(words)) == xp.asarray(words[0])).tolist()

    assert evaluate("a", "b") == [True, False]
    before = session_count()
    assert evaluate("c", "dd", "c") == [True, False, True]
    assert session_count() == before


def test_jit(subtests: pytest.Subtests):
    calls = []

    @xp.jit
    def function(x: Any, name: str) -> Any:
        calls.append(name)
        return xp.where(x == name, "hit", x)

    for words in (["a", "bb"], ["abc", "a", "c"], ["a"]):
        for array in (np.array(words), np.array(words, object), np.array(words, StringDType())):
            with subtests.test(words=words, dtype=array.dtype):
                result = function(array, "a")
                assert isinstance(result, np.ndarray)
                assert result.tolist() == ["hit" if w == "a" else w for w in words]
    result = function(xp.asarray(["a"]), "a")
    assert isinstance(result, xp.Array)
    assert calls == ["a"]
    with pytest.raises((FeedError, DTypeError), match="which is not text"):
        function(np.array([1], object), "a")


def test_foreign_models(tmp_path: Path):
    import onnx
    from onnx import helper

    node = helper.make_node(
        "LabelEncoder",
        ["x"],
        ["y"],
        domain="ai.onnx.ml",
        keys_strings=["a", "b"],
        values_strings=["A", "B"],
        default_string="?",
    )
    graph = helper.make_graph(
        [node],
        "encoder",
        [helper.make_tensor_value_info("x", onnx.TensorProto.STRING, ["N"])],
        [helper.make_tensor_value_info("y", onnx.TensorProto.STRING, ["N"])],
    )
    imports = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 2)]
    onnx.save(helper.make_model(graph, opset_imports=imports, ir_version=10), tmp_path / "m.onnx")
    program = xp.load(tmp_path / "m.onnx")
    assert repr(program) == "Program(encoder(x: string[N]) -> y: string[N])"
    assert program(np.array(["a", "b", "c"]))["y"].tolist() == ["A", "B", "?"]
    with pytest.raises(FeedError, match="is None"):
        program(np.array([None], object))


def test_a_symbol_is_declared_by_text():
    program = xp.trace(lambda x, y: xp.concat([x, y]), "string[N>=0]", "string[2*N]")
    same(program(np.array([], str), np.array([], object)), np.array([], str))
    same(program(LABELS[:1], LABELS[:2]), np.concatenate([LABELS[:1], LABELS[:2]]))
    with pytest.raises(FeedError, match="N is 1"):
        program(LABELS[:1], LABELS[:4])
    assert repr(xp.spec(("N", 2), str)) == "string[N, 2]"
    model = xp.build({"x": (x := xp.argument(("N",), xp.string))}, {"y": x[x != ""]})
    assert model.graph.output[0].type.tensor_type.elem_type == xp.string.onnx


def test_assumptions_and_checks(subtests: pytest.Subtests):
    def function(x: Any) -> Any:
        if x[0] == "cat":
            x = (
                np.where(x == "cat", "lion", x)
                if isinstance(x, np.ndarray)
                else xp.where(x == "cat", "lion", x)
            )
        return x

    for example in (LABELS[1:3], LABELS[1:3].astype(object), xp.asarray(LABELS[1:3])):
        with subtests.test(example=repr(example)):
            program = xp.trace(function, "string[N]", example=example)
            (assumption,) = program.assumptions
            assert "== 'cat' is True" in str(assumption)
            assert program(LABELS[1:3], check=True).tolist() == ["lion", ""]
            with pytest.raises(AssumptionError, match="== 'cat' is True"):
                program(LABELS[:3], check=True)
            assert str(program.check(LABELS[1:3])) == (
                "output: agrees (rtol=0, atol=0): 0 absolute, 0 relative (string[2])"
            )
    with pytest.raises(ExampleError, match="element 0 of the array is None"):
        xp.trace(function, "string[N]", example=np.array([None]))
    wrong = xp.trace(lambda x: xp.full_like(x, "a") if isinstance(x, xp.Array) else x, "string[N]")
    assert wrong.check(LABELS).largest == 1
