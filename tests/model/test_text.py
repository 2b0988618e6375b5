"""Programs as text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import onnxp as xp
from onnxp import errors


def loaded(model: onnx.ModelProto, tmp_path: Path) -> xp.Program:
    onnx.save(model, tmp_path / "model.onnx")
    return xp.load(tmp_path / "model.onnx")


def without_lines(program: xp.Program, **options: Any) -> list[str]:
    return [re.sub(r" +#.*", "", line) for line in program.text(**options).splitlines()]


def predict(X):
    weights = np.arange(30, dtype=np.float32).reshape(10, 3)
    with xp.name_scope("scaler"):
        X = (X - np.arange(10, dtype=np.float32)) / 2
    y = X @ weights
    with xp.name_scope("head"):
        return {"label": xp.argmax(y, axis=1), "rows": xp.nonzero(y[:, 0] > 0)[0]}


def test_the_whole_text():
    program = xp.trace(predict, "float32[N, 10]")
    line = predict.__code__.co_firstlineno
    lines = [re.sub(r"(?<=\S) +# ", "  # ", line) for line in str(program).splitlines()]
    assert lines == [
        "predict(X: float32[N, 10]) -> label: int64[N], rows: int64[nonzero]:",
        "    # 10 nodes, 6 initializers of 184 bytes, opset 21",
        "    scaler/constant: float32[10]",
        "    constant: float32[] = 2.",
        "    constant_1: float32[10, 3]",
        "    indices: int64[] = 0",
        "    constant_3: float32[] = 0.",
        "    axes: int64[1] = [0]",
        f"    scaler/shape: int64[2] = Shape(X, end=2, start=0)  # tests/model/test_text.py:{line + 3}",
        "    scaler/expand: float32[N, 10] = Expand(scaler/constant, scaler/shape)"
        f"  # tests/model/test_text.py:{line + 3}",
        f"    scaler/sub: float32[N, 10] = Sub(X, scaler/expand)  # tests/model/test_text.py:{line + 3}",
        f"    scaler/div: float32[N, 10] = Div(scaler/sub, constant)  # tests/model/test_text.py:{line + 3}",
        f"    matmul: float32[N, 3] = MatMul(scaler/div, constant_1)  # tests/model/test_text.py:{line + 4}",
        f"    label: int64[N] = onnxp.argmax(matmul)  # head  tests/model/test_text.py:{line + 6}",
        f"    head/gather: float32[N] = Gather(matmul, indices, axis=1)  # tests/model/test_text.py:{line + 6}",
        f"    head/greater: bool[N] = Greater(head/gather, constant_3)  # tests/model/test_text.py:{line + 6}",
        f"    head/nonzero: int64[1, nonzero] = NonZero(head/greater)  # tests/model/test_text.py:{line + 6}",
        f"    rows: int64[nonzero] = Squeeze(head/nonzero, axes)  # head  tests/model/test_text.py:{line + 6}",
        "    return label, rows",
        "onnxp.argmax(matmul) -> label: 4 nodes",
    ]


def test_repr_is_one_line():
    program = xp.trace(predict, "float32[N, 10]")
    assert repr(program) == (
        "Program(predict(X: float32[N, 10]) -> label: int64[N], rows: int64[nonzero])"
    )


def test_assumptions_are_told(tmp_path: Path):
    def function(x):
        return x if xp.any(x > 0) else -x

    program = xp.trace(function, "float32[N]", example=np.ones(3, np.float32))
    line = function.__code__.co_firstlineno + 1
    program.save(tmp_path / "p.onnx")
    for told in (program, xp.load(tmp_path / "p.onnx")):
        expected = f"    # assumes: any(x > 0.0) is True   tests/model/test_text.py:{line}"
        assert str(told).splitlines()[2] == expected


def test_comments_are_aligned():
    lines = str(xp.trace(predict, "float32[N, 10]")).splitlines()
    assert len({line.index("  # ") for line in lines if "  # " in line and " = " in line}) == 1


def test_a_loaded_program_says_the_same(tmp_path: Path):
    program = xp.trace(predict, "float32[N, 10]", source_lines=True)
    program.save(tmp_path / "p.onnx")
    assert str(xp.load(tmp_path / "p.onnx")) == str(program)
    plain = xp.trace(predict, "float32[N, 10]")
    plain.save(tmp_path / "p.onnx")
    again = xp.load(tmp_path / "p.onnx")
    assert without_lines(again) == without_lines(plain)
    comments = [line.partition("  # ")[2] for line in str(again).splitlines()]
    assert [comment for comment in comments if comment][1:] == ["head", "head"]


def test_long_programs_are_elided():
    def function(x):
        for i in range(200):
            x = x + float(i)
        return x

    program = xp.trace(function, "float32[N]")
    lines = without_lines(program)
    assert "    ... 100 more nodes ..." in lines
    assert "    ... 100 more initializers ..." in lines
    assert sum(" = Add(" in line for line in lines) == 100
    assert lines[-2].startswith("    output: float32[N] = Add(add_198, ")
    assert sum(" = Add(" in line for line in without_lines(program, limit=None)) == 200
    assert "    ... 199 more nodes ..." in without_lines(program, limit=1)
    assert sum(" = Add(" in line for line in without_lines(program, limit=0)) == 0
    assert "    ... 200 more nodes ..." in without_lines(program, limit=0)


@pytest.mark.parametrize("limit", [-1, "all", 2.5, True])
def test_limits_that_are_none(limit: Any):
    with pytest.raises((errors.ArgumentError, errors.ArgumentTypeError), match="text: "):
        xp.trace(lambda x: x + 1, "float32[]").text(limit=limit)


def test_bodies_and_functions():
    def function(x):
        y = xp.atan2(x, x)
        return xp.fori_loop(0, 3, lambda i, s: s + y, xp.exp(y))

    program = xp.trace(function, "float32[N, 2]")
    lines = without_lines(program)
    start = next(i for i, line in enumerate(lines) if " = Loop(" in line)
    (going,) = re.findall(r"Loop\(trips, (\w+),", lines[start])
    inferred = r": \w+\[[?, 2]*\] ="  # what of it depends on the version of onnx
    assert [re.sub(inferred, " =", line) for line in lines[start : start + 5]] == [
        f"    output: float32[N, 2] = Loop(trips, {going}, exp)",
        "        body(trip: int64[], going: bool[], state: float32[?, ?]):",
        "            add = Add(state, atan2_1)",
        f"            Identity_out = Identity({going})",
        "            return Identity_out, add",
    ]
    heading, count = lines[-1].removesuffix(" nodes").split(": ")
    assert heading == "onnxp.atan2(x, x') -> atan2_1"
    shown = without_lines(program, functions=True, limit=None)
    first = shown.index("onnxp.atan2(x, x') -> atan2_1:")
    assert len(shown) - first == int(count) + 2
    assert shown[-1] == "    return atan2_1"
    assert "    constant = Constant(value=1.)" in shown


def test_small_values_are_shown():
    def function(x, n):
        return (
            x * np.asarray([[1, 2], [3, 0.1]], np.float32),
            x + np.asarray([[np.nan, -np.inf]], np.float32),
            n + np.asarray([2**62, -1], np.int64),
            xp.astype(x, xp.int8),
            x[:0],
        )

    text = str(xp.trace(function, "float32[N, 2]", "int64[2]"))
    assert "constant: float32[2, 2] = [[1. , 2. ], [3. , 0.1]]" in text
    assert "float32[1, 2] = [[ nan, -inf]]" in text
    assert "int64[2] = [4611686018427387904, -1]" in text
    assert "to=int8" in text


def test_strings():
    labels = xp.asarray(["cat", "dog", "ü\n"])
    lines = str(xp.trace(lambda x: xp.take(labels, xp.argmax(x)), "float32[3]")).splitlines()
    assert lines[0].endswith(" -> output: string[]:")
    assert "1 initializer of 9 bytes" in lines[1]
    assert any(line.endswith(": string[3] = ['cat', 'dog', 'ü\\n']") for line in lines)


# Models of other tools


def foreign(
    nodes: list[Any], inputs: list[Any], outputs: list[Any], **options: Any
) -> onnx.ModelProto:
    graph = helper.make_graph(nodes, options.pop("name", "other"), inputs, outputs, **options)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def tensor(name: str, shape: Any = ("N", 2), kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def test_types_are_inferred(tmp_path: Path):
    model = foreign(
        [
            helper.make_node("MatMul", ["x", "w"], ["/net/h"], name="/net/MatMul"),
            helper.make_node("Relu", ["/net/h"], ["r"], name="/net/Relu"),
            helper.make_node("Split", ["r"], ["y", ""], axis=1),
        ],
        [tensor("x")],
        [tensor("y", ("N", 2))],
        initializer=[
            helper.make_tensor("w", 1, (2, 4), np.zeros(8, np.float32).tobytes(), raw=True)
        ],
    )
    assert str(loaded(model, tmp_path)).splitlines() == [
        "other(x: float32[N, 2]) -> y: float32[N, 2]:",
        "    # 3 nodes, 1 initializer of 32 bytes, opset 17, ai.onnx.ml 3",
        "    w: float32[2, 4]",
        "    /net/h: float32[N, 4] = MatMul(x, w)",
        "    r: float32[N, 4] = Relu(/net/h)  # net",
        "    y: float32[N, 2], _ = Split(r, axis=1)",
        "    return y",
    ]


def test_other_kinds_of_values(tmp_path: Path):
    sequence = helper.make_tensor_sequence_value_info("s", TensorProto.FLOAT, None)
    labels = helper.make_tensor_value_info("label", TensorProto.STRING, [None])
    model = foreign(
        [
            helper.make_node("SequenceConstruct", ["x", "x"], ["s"]),
            helper.make_node(
                "LabelEncoder",
                ["k"],
                ["label"],
                domain="ai.onnx.ml",
                keys_int64s=list(range(10)),
                values_strings=[*"abcdefghi", "x" * 100],
            ),
        ],
        [tensor("x", None), tensor("k", (3,), TensorProto.INT64)],
        [sequence, labels],
    )
    lines = str(loaded(model, tmp_path)).splitlines()
    assert lines[0] == (
        "other(x: float32[...], k: int64[3]) -> s: sequence(float32[...]), label: string[?]:"
    )
    assert lines[2] == "    s: sequence(float32[...]) = SequenceConstruct(x, x)"
    assert (
        " = ai.onnx.ml.LabelEncoder(k, keys_int64s=[0, 1, 2, 3, 4, 5, ... 4 more], "
        "values_strings=['a', 'b', 'c', 'd', 'e', 'f', ... 4 more])"
    ) in lines[3]


def test_subgraphs_of_other_tools(tmp_path: Path):
    def branch(name: str, op: str) -> onnx.GraphProto:
        node = helper.make_node(op, ["x"], ["inner"])  # the same name in both
        return helper.make_graph([node], name, [], [tensor("inner", None)])

    model = foreign(
        [
            helper.make_node(
                "If",
                ["c"],
                ["y"],
                then_branch=branch("t", "Exp"),
                else_branch=branch("e", "NonZero"),
            )
        ],
        [tensor("c", (), TensorProto.BOOL), tensor("x")],
        [tensor("y", None)],
    )
    program = xp.Program(model, xp.trace(lambda c, x: x, "bool[]", "float32[N, 2]").signature)
    lines = str(program).splitlines()
    assert "        then_branch():" in lines
    assert "        else_branch():" in lines
    assert any(
        line.startswith("            inner: ") and line.endswith(" = Exp(x)") for line in lines
    )


def test_names_that_are_no_names(tmp_path: Path):
    """Other tools' models may have anything in them."""
    text = xp.trace(lambda x: xp.exp(x) + 1, "float32[N]").model.SerializeToString()
    (tmp_path / "m.onnx").write_bytes(
        text.replace(b"exp", b"e\xff\x1b").replace(b"Exp", b"E\nx").replace(b"Add", b"A\xfed")
    )
    model = onnx.load(tmp_path / "m.onnx")
    program = xp.Program(model, xp.trace(lambda x: x, "float32[N]").signature)
    lines = str(program).splitlines()
    assert "    e\ufffd\\x1b: float32[N] = E\\nx(x)" in lines
    assert "A\ufffdd" in program._repr_html_()


def test_models_that_contradict_themselves_are_shown_as_they_are():
    model = foreign(
        [helper.make_node("MatMul", ["x", "x"], ["h"]), helper.make_node("Nothing", ["h"], ["y"])],
        [tensor("x", (2, 3))],
        [tensor("y", (5,))],
    )
    program = xp.Program(model, xp.trace(lambda x: x, "float32[2, 3]").signature)
    assert str(program).splitlines()[2:] == [
        "    h = MatMul(x, x)",
        "    y: float32[5] = Nothing(h)",
        "    return y",
    ]


def test_large_tensors():
    weights = np.zeros((1000, 1000), np.float32)
    program = xp.trace(lambda x: x @ weights, "float32[N, 1000]")
    assert "weights: float32[1000, 1000]" in str(program)
    assert "1 initializer of 4 MB" in str(program)
