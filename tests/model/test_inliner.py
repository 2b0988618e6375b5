"""Tests of functions that are written in the place of their calls, by the writer and in models of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import onnxp as xp
from onnxp._src.model.boxes import BOX_KEY, noted
from onnxp._src.model.inliner import inline
from onnxp._src.model.writing.calls import SMALL
from tests.helpers.sessions import run

X = np.asarray([[1, -2, np.nan], [3, 4, 0]], np.float32)


def boxes(model: onnx.ModelProto) -> list[str]:
    """Return the names of the calls that nodes of the main graph took the place of, in order."""
    found = [e.value for n in model.graph.node for e in n.metadata_props if e.key == BOX_KEY]
    return list(dict.fromkeys(found))


# Which functions stay


def test_small_functions_and_those_used_once_are_written_inline() -> None:
    once = xp.trace(lambda x: xp.max(x, axis=0) + xp.atan2(x, x + 1), "float32[N, 3]").model
    assert not once.functions
    assert {o.domain for o in once.opset_import} == {""}
    assert boxes(once) == ["max", "atan2"]
    twice = xp.trace(
        lambda x: xp.max(x, axis=0) + xp.max(x + 1, axis=0) + xp.atan2(x, x + 1) + xp.atan2(x, x),
        "float32[N, 3]",
    ).model
    assert [(f.name, len(f.node) > SMALL) for f in twice.functions] == [("atan2", True)]
    assert len(boxes(twice)) == 2


@pytest.mark.parametrize("functions", [True, False, None])
def test_all_ways_give_the_same_bits(functions: bool | None) -> None:
    def function(x: Any) -> Any:
        looped = xp.fori_loop(0, 3, lambda i, s: xp.atan2(s, x) + xp.max(s, axis=0), x)
        chosen = xp.cond(xp.sum(x) > 0, lambda s: xp.log1p(s), lambda s: xp.expm1(s), looped)
        return looped, chosen, xp.sort(x, axis=0), xp.cumulative_prod(x, axis=1), x // 2, x % 2

    program = xp.trace(function, "float32[N, 3]", functions=functions)
    onnx.checker.check_model(program.model, full_check=True)
    if functions is False:
        assert not program.model.functions
    for rows in (X, X[:1], np.zeros((5, 3), np.float32)):
        expected = xp.trace(function, "float32[N, 3]", functions=True)(rows)
        for found, right in zip(run(program.model, {"x": rows}), expected, strict=True):
            np.testing.assert_array_equal(found, right)


def test_equal_calls_and_constants_are_written_once() -> None:
    def function(x: Any) -> Any:
        return xp.max(x, axis=0), xp.max(x, axis=0), xp.max(x + 1, axis=0)

    model = xp.trace(function, "float32[N, 3]").model
    assert len(boxes(model)) == 2
    contents = [(t.data_type, tuple(t.dims), t.raw_data) for t in model.graph.initializer]
    assert len(contents) == len(set(contents))


def test_trace_build_and_save_give_the_same_bytes(tmp_path: Path) -> None:
    x = xp.argument(("N", 3), xp.float32)
    built = xp.build({"x": x}, {"y": xp.max(x, axis=0)}, name="f")
    program = xp.trace(lambda x: {"y": xp.max(x, axis=0)}, "float32[N, 3]")
    program.save(tmp_path / "m.onnx")
    assert onnx.load(tmp_path / "m.onnx") == program.model
    assert built.graph.node == program.model.graph.node


# Linked models


def test_linked_models_are_inlined_too() -> None:
    inner = xp.trace(lambda x: {"y": xp.max(x, axis=0) @ xp.asarray(X.T)}, "float32[N, 3]")
    program = xp.trace(lambda x: inner(x * 2)["y"] + 1, "float32[N, 3]")
    assert not program.model.functions
    np.testing.assert_array_equal(run(program.model, {"x": X})[0], inner(X * 2)["y"] + 1)
    shared = xp.trace(lambda x: xp.atan2(x, x + 1), "float32[N, 3]")
    many = xp.trace(lambda x: shared(x) + shared(x * 2), "float32[N, 3]")
    assert many.model.functions
    none = xp.trace(lambda x: shared(x) + shared(x * 2), "float32[N, 3]", functions=False)
    assert not none.model.functions
    np.testing.assert_array_equal(run(none.model, {"x": X})[0], many(X))


# Display


def predict(x: Any, y: Any) -> Any:
    with xp.name_scope("head"):
        label = xp.argmax(x, axis=1)
    return label, xp.fori_loop(0, 2, lambda i, s: s + xp.max(s, axis=0), x), xp.atan2(y, y + 1)


def test_loaded_programs_draw_the_boxes_of_the_traced_one(tmp_path: Path) -> None:
    specs = "float32[N, 3]", "float32[M]"
    program = xp.trace(predict, *specs, source_lines=True)
    program.save(tmp_path / "m.onnx")
    loaded = xp.load(tmp_path / "m.onnx")
    assert str(loaded) == str(program)
    assert loaded.text(functions=True) == program.text(functions=True)
    assert loaded._repr_html_() == program._repr_html_()
    kept = xp.trace(predict, *specs, source_lines=True, functions=True)

    def calls(text: str) -> list[str]:
        lines = text.split("return ")[0].splitlines()
        return [
            line.partition(" = ")[2].partition("#")[0].strip()
            for line in lines
            if " = onnxp." in line
        ]

    assert calls(str(program)) == calls(str(kept)) != []
    assert "onnxp.argmax" in program._repr_html_()


def test_every_inlined_node_says_its_call_and_the_line() -> None:
    model = xp.trace(predict, "float32[N, 3]", "float32[M]", source_lines=True).model
    named = {e.value for n in model.graph.node for e in n.metadata_props if e.key == BOX_KEY}
    assert {"head/argmax", "atan2"} <= named < noted(model).keys()
    for node in model.graph.node:
        assert any(e.key == "onnxp.source" for e in node.metadata_props), node.name


@pytest.mark.parametrize("text", ["", "[]", "{", '{"max": 3}', '{"max": ["max"]}'])
def test_broken_notes_are_ignored(text: str) -> None:
    model = xp.trace(lambda x: xp.max(x, axis=0), "float32[N, 3]").model
    (entry,) = (e for e in model.metadata_props if e.key == "onnxp.functions")
    entry.value = text
    assert "If(" in str(xp.load(model))


# Models of others


def parse(text: str) -> onnx.ModelProto:
    return onnx.parser.parse_model(
        '<ir_version: 10, opset_import: ["" : 21, "f" : 1]>\n'
        + text.replace(
            "FUNCTION",
            """
<domain: "f", opset_import: ["" : 21, "f" : 1]>""",
        )
    )


CASES = {
    "a body that reads what is outside of it": """
g (float[N] x) => (float[N] y) { a = f.twice (x)  y = f.twice (a) }
FUNCTION twice (v) => (w) {
    c = Constant <value: tensor = float {2}> ()
    s = Mul (v, c)
    zero = Constant <value: tensor = float {0}> ()
    total = ReduceSum <keepdims = 0> (s)
    b = Greater (total, zero)
    w = If (b) <then_branch = t () => (r) { s2 = Mul (s, c) r = Add (s2, v) },
                else_branch = e () => (r) { s2 = Neg (s) r = Sub (s2, v) }>
}""",
    "attributes that are handed on, and one that is not given": """
g (float[N] x) => (float[N] y) { a = f.leak <alpha: float = 0.5> (x)  b = f.leak (x)  y = Add (a, b) }
FUNCTION leak <alpha> (v) => (w) { w = LeakyRelu <alpha: float = @alpha> (v) }""",
    "functions in functions and in bodies": """
g (float[N] x, bool c) => (float[N] y) {
    y = If (c) <then_branch = t () => (r) { r = f.outer (x) }, else_branch = e () => (r) { r = f.inner (x) }>
}
FUNCTION inner (v) => (w) { s = Abs (v)  w = Sqrt (s) }
FUNCTION outer (v) => (w) { s = f.inner (v)  t = f.inner (s)  w = Add (s, t) }""",
    "an input that is left out": """
g (float[N] x) => (float[N] y) { lo = Constant <value: tensor = float {1}> ()  y = f.clip (x, , lo) }
FUNCTION clip (v, low, high) => (w) { w = Clip (v, low, high) }""",
    "a loop, whose body hides a name": """
g (float[N] x) => (float[N] y) { s = Neg (x)  a = f.looped (s)  y = Add (a, s) }
FUNCTION looped (v) => (w) {
    n = Constant <value: tensor = int64 {3}> ()
    t = Constant <value: tensor = bool {1}> ()
    s = Abs (v)
    w = Loop (n, t, s) <body = b (int64 i, bool go, float[N] carried) => (bool on, float[N] r) {
        on = Identity (go)  q = Add (carried, s)  r = Add (q, v) }>
}""",
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("functions", [False, None])
def test_functions_of_other_models(name: str, functions: bool | None) -> None:
    model = parse(CASES[name])
    feeds: dict[str, Any] = {"x": np.asarray([1, -2, 3], np.float32)}
    if len(model.graph.input) > 1:
        feeds["c"] = np.asarray(True)
    copy = onnx.ModelProto.FromString(model.SerializeToString())
    inline(copy, functions)
    assert not copy.functions
    assert [o.domain for o in copy.opset_import] == [""]
    onnx.checker.check_model(copy, full_check=True)
    expected = run(model, feeds)
    for found, right in zip(run(copy, feeds), expected, strict=True):
        np.testing.assert_array_equal(found, right)


def test_a_function_of_another_opset_stays() -> None:
    text = CASES["an input that is left out"].replace("Clip (v, low, high)", "ReduceSum (v, low)")
    model = parse(text)
    model.functions[0].opset_import[0].version = 11
    inline(model, False)
    assert len(model.functions) == 1
