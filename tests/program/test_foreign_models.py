"""Models of other tools called on traced arrays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import onnxp as xp
from onnxp._src.program.signature import signature_of
from tests.helpers.foreign_models import (
    BOOL,
    F34,
    FLOAT,
    INT64,
    compare,
    loader,
    model_of,
    node,
    run,
    values,
)


@pytest.fixture
def load(tmp_path: Path) -> Callable[[onnx.ModelProto], xp.Program]:
    return loader(tmp_path)


def test_weights_become_constants(load):
    weights = {
        "w": np.ones((4, 2), np.float32),
        "b": np.zeros(2, np.float32),
        "s": np.array([-1, 2]),
    }
    program = load(
        model_of(
            [
                node("MatMul", ["x", "w"], ["m"]),
                node("Add", ["m", "b"], ["a"]),
                node("Reshape", ["a", "s"], ["y"]),
            ],
            values(("x", FLOAT, ["n", 4])),
            values(("y", FLOAT, ["n", 2])),
            weights,
        )
    )
    compare(program, {"x": F34})
    twice = xp.trace(
        lambda x: program(x)["y"] + program(x * 2)["y"], "float32[N, 4]", functions=True
    ).model
    assert {t.name: list(t.dims) for t in twice.graph.initializer if t.dims} == {
        "w": [4, 2],
        "b": [2],
    }
    assert [f.name for f in twice.functions] == ["other"]
    assert not [
        n
        for f in twice.functions
        for n in f.node
        if n.op_type == "Constant" and n.output[0] in "wb"
    ]


def test_batch_stays_symbolic(load):
    program = load(
        model_of(
            [node("Relu", ["x"], ["r"]), node("Flatten", ["r"], ["y"])],
            values(("x", FLOAT, ["batch", 2, 3])),
            values(("y", FLOAT, ["batch", 6])),
        )
    )
    traced = xp.trace(lambda x: program(x)["y"], "float32[N, 2, 3]")
    assert traced.signature.outputs[0].shape == (traced.signature.inputs[0].shape[0], 6)


def test_data_dependent_sizes_are_unknown(load):
    program = load(
        model_of(
            [node("NonZero", ["x"], ["y"])],
            values(("x", FLOAT, [None])),
            values(("y", INT64, [1, 7])),
        )
    )
    traced = xp.trace(lambda x: program(x)["y"], "float32[N]")
    (rank, size) = traced.signature.outputs[0].shape
    assert rank == 1
    assert type(size) is not int or size == 7
    (found,) = run(traced.model, {"x": np.array([0, 1, 1, 1, 1, 1, 1, 1], np.float32)})
    assert found.shape == (1, 7)


def test_declared_row_count_is_not_believed(load):
    """LightGBM's converter declares one label, whatever the number of rows."""
    domain = {"com.microsoft": 1}
    program = load(
        model_of(
            [node("NonZero", ["x"], ["i"]), node("Squeeze", ["i"], ["y"])],
            values(("x", FLOAT, [None])),
            values(("y", INT64, [1])),
            domains=domain,
        )
    )
    traced = xp.trace(lambda x: program(x)["y"] * 1, "float32[N]")
    assert run(traced.model, {"x": np.ones(3, np.float32)})[0].tolist() == [0, 1, 2]


def test_if_with_captures_and_its_own_weights(load):
    bias = numpy_helper.from_array(np.float32([5]), "bias")
    then = helper.make_graph(
        [node("Add", ["x", "bias"], ["t"])], "then", [], values(("t", FLOAT, None)), [bias]
    )
    other = helper.make_graph(
        [node("MatMul", ["x", "w"], ["e"])], "else", [], values(("e", FLOAT, None))
    )
    program = load(
        model_of(
            [node("If", ["c"], ["y"], then_branch=then, else_branch=other)],
            values(("c", BOOL, []), ("x", FLOAT, ["n", 4])),
            values(("y", FLOAT, ["n", 4])),
            {"w": np.eye(4, dtype=np.float32) * 2},
        )
    )
    for condition in (True, False):
        compare(program, {"c": np.array(condition), "x": F34})


def test_loop_and_scan(load):
    body = helper.make_graph(
        [
            node("Add", ["s", "one"], ["s2"]),
            node("Identity", ["s2"], ["o"]),
            node("Identity", ["go"], ["go2"]),
        ],
        "body",
        values(("i", INT64, []), ("go", BOOL, []), ("s", FLOAT, ["a", "b"])),
        values(("go2", BOOL, []), ("s2", FLOAT, ["a", "b"]), ("o", FLOAT, ["a", "b"])),
    )
    step = helper.make_graph(
        [node("Add", ["c", "v"], ["c2"]), node("Identity", ["c2"], ["w"])],
        "step",
        values(("c", FLOAT, [4]), ("v", FLOAT, [4])),
        values(("c2", FLOAT, [4]), ("w", FLOAT, [4])),
    )
    program = load(
        model_of(
            [
                node("Loop", ["n", "", "x"], ["last", "all"], body=body),
                node("ReduceSum", ["x"], ["zero"], keepdims=0),
                node("Expand", ["zero", "four"], ["start"]),
                node("Scan", ["start", "x"], ["total", "sums"], body=step, num_scan_inputs=1),
            ],
            values(("x", FLOAT, ["rows", 4])),
            values(("last", FLOAT, None), ("all", FLOAT, None), ("sums", FLOAT, None)),
            {"n": np.array(3), "one": np.ones((1, 4), np.float32), "four": np.array([4])},
        )
    )
    compare(program, {"x": F34})


def test_local_functions_and_their_names(load):
    def function(name: str, op: str) -> onnx.FunctionProto:
        return helper.make_function(
            "mine", name, ["a"], ["b"], [node(op, ["a"], ["b"])], [helper.make_opsetid("", 21)]
        )

    outer = helper.make_function(
        "mine",
        "other",
        ["a"],
        ["b"],
        [node("expm1", ["a"], ["c"], domain="mine"), node("Neg", ["c"], ["b"])],
        [helper.make_opsetid("", 21), helper.make_opsetid("mine", 1)],
    )
    program = load(
        model_of(
            [node("other", ["x"], ["y"], domain="mine")],
            values(("x", FLOAT, ["n"])),
            values(("y", FLOAT, ["n"])),
            domains={"mine": 1},
            functions=[function("expm1", "Abs"), outer],
        )
    )
    traced = xp.trace(lambda x: (program(x)["y"], xp.expm1(x)), "float32[N]")
    found, own = run(traced.model, {"x": F34[0]})
    np.testing.assert_array_equal(found, -np.abs(F34[0]))
    np.testing.assert_allclose(own, np.expm1(F34[0]), rtol=1e-6)
    assert "mine" not in {entry.domain for entry in traced.model.opset_import}


def test_default_and_left_out_inputs(load):
    program = load(
        model_of(
            [node("Clip", ["x", "", "top"], ["y"])],
            values(("x", FLOAT, ["n"]), ("top", FLOAT, [])),
            values(("y", FLOAT, ["n"])),
            {"top": np.float32(0.5)},
        )
    )
    compare(program, {"x": F34[0]})


def test_outputs_that_are_inputs_weights_or_twins(load):
    program = load(
        model_of(
            [node("Neg", ["x"], ["y"])],
            values(("x", FLOAT, ["n"])),
            values(("y", FLOAT, ["n"]), ("w", FLOAT, [2])),
            {"w": np.ones(2, np.float32)},
        )
    )
    compare(program, {"x": F34[0]})


def test_other_domains(load):
    program = load(
        model_of(
            [node("FusedMatMul", ["x", "x"], ["y"], domain="com.microsoft", transB=1)],
            values(("x", FLOAT, ["n", 4])),
            values(("y", FLOAT, None)),
            domains={"com.microsoft": 1},
        )
    )
    traced = compare(program, {"x": F34})
    assert {e.domain: e.version for e in traced.model.opset_import}["com.microsoft"] == 1


def test_strange_names(load):
    """Names of the linked model are its own, whatever the caller's are, or how they are written."""
    program = load(
        model_of(
            [node("Neg", ["x y/z:0"], ["Add"]), node("Abs", ["Add"], ["add out"])],
            values(("x y/z:0", FLOAT, ["n"])),
            values(("add out", FLOAT, ["n"])),
            name="a b/c",
        )
    )
    traced = xp.trace(lambda add: program(add + 1)["add out"] + 1, "float32[N]")
    np.testing.assert_array_equal(run(traced.model, {"add": F34[0]})[0], np.abs(F34[0] + 1) + 1)


def test_sequences_inside_are_all_right(load):
    program = load(
        model_of(
            [
                node("SplitToSequence", ["x"], ["s"], axis=1),
                node("ConcatFromSequence", ["s"], ["y"], axis=0),
            ],
            values(("x", FLOAT, [3, 4])),
            values(("y", FLOAT, [12, 1])),
        )
    )
    compare(program, {"x": F34})


def test_outputs_that_are_no_tensors(load):
    sequence = helper.make_tensor_sequence_value_info("s", FLOAT, None)
    nodes = [node("SplitToSequence", ["x"], ["s"], axis=1), node("Neg", ["x"], ["y"])]
    program = load(
        model_of(nodes, values(("x", FLOAT, [3, 4])), [sequence, *values(("y", FLOAT, [3, 4]))])
    )

    def use(x, name):
        return program(x)[name]

    traced = xp.trace(lambda x: use(x, "y"), "float32[3, 4]")
    np.testing.assert_array_equal(traced(F34), -F34)
    with pytest.raises(xp.errors.InlineError, match="'s' is a sequence"):
        xp.trace(lambda x: use(x, "s"), "float32[3, 4]")
    with pytest.raises(KeyError):
        xp.trace(lambda x: use(x, "t"), "float32[3, 4]")
    through_all = {
        "values": lambda results: next(iter(results.values())),
        "items": lambda results: next(array for _, array in results.items()),
        "keys": lambda results: results[next(iter(results.keys()))],
        "names": lambda results: results[next(iter(results))],
        "count": lambda results: len(results) * results["y"],
        "unpacked": lambda results: {**results},
        "copied": lambda results: dict(results),
        "returned": lambda results: results,
    }
    for way in through_all.values():  # which would pass over the sequence
        with pytest.raises(xp.errors.InlineError, match=r"'s' is a sequence.*results\['y'\]"):
            xp.trace(lambda x, way=way: way(program(x)), "float32[3, 4]")
    only = load(model_of(nodes[:1], values(("x", FLOAT, [3, 4])), [sequence]))
    with pytest.raises(xp.errors.InlineError, match="no output is a tensor"):
        xp.trace(lambda x: only(x), "float32[3, 4]")


def test_inputs_that_are_no_tensors(load):
    sequence = helper.make_tensor_sequence_value_info("s", FLOAT, None)
    program = load(
        model_of(
            [node("ConcatFromSequence", ["s"], ["y"], axis=0)],
            [sequence],
            values(("y", FLOAT, None)),
        )
    )
    with pytest.raises(xp.errors.InlineError, match="'s' is a sequence"):
        xp.trace(lambda x: program(x)["y"], "float32[3]")


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("float64[N, 4]", "has dtype"),
        ("float32[4]", "has shape"),
        ("float32[N, 5]", "does not take x: float32"),
    ],
)
def test_foreign_inputs_that_do_not_fit(load, spec: str, text: str):
    program = load(
        model_of(
            [node("MatMul", ["x", "w"], ["y"])],
            values(("x", FLOAT, ["n", "m"])),
            values(("y", FLOAT, ["n", 2])),
            {"w": np.ones((4, 2), np.float32)},
        )
    )
    with pytest.raises(xp.errors.FeedError, match=text):
        xp.trace(lambda x: program(x)["y"], spec)


def test_outputs_of_unknown_rank():
    model = model_of(
        [node("Foo", ["x"], ["y", "z"], domain="org.example")],
        values(("x", FLOAT, ["n"])),
        values(("y", FLOAT, None), ("z", FLOAT, ["n"])),
        domains={"org.example": 1},
    )
    program = xp.Program(model, signature_of(model))
    assert (
        xp.trace(lambda x: program(x)["z"], "float32[N]").signature.outputs[0].dtype is xp.float32
    )
    with pytest.raises(xp.errors.InlineError, match="rank that is not known"):
        xp.trace(lambda x: program(x)["y"], "float32[N]")


def test_foreign_models_in_eager_branches_and_jit(load):
    program = load(
        model_of(
            [node("MatMul", ["x", "w"], ["y"])],
            values(("x", FLOAT, ["n", 4])),
            values(("y", FLOAT, ["n", 2])),
            {"w": np.ones((4, 2), np.float32)},
        )
    )

    def branch(x: xp.Array) -> xp.Array:
        return xp.cond(xp.sum(x) > 0, lambda v: program(v)["y"], lambda v: program(-v)["y"], x)

    wanted = np.abs(F34.sum()) / F34.sum() * F34 @ np.ones((4, 2), np.float32)
    np.testing.assert_allclose(np.asarray(branch(xp.asarray(F34))), wanted, rtol=1e-6)
    np.testing.assert_allclose(xp.jit(branch)(F34), wanted, rtol=1e-6)


def test_text_goes_through(load):
    program = load(
        model_of(
            [node("StringConcat", ["x", "end"], ["y"])],
            values(("x", TensorProto.STRING, ["n"])),
            values(("y", TensorProto.STRING, ["n"])),
            {"end": np.array(["!"], object)},
        )
    )
    traced = xp.trace(lambda x: program(x)["y"] == "a!", "string[N]")
    assert run(traced.model, {"x": np.array(["a", "b"], object)})[0].tolist() == [True, False]
    counted = xp.trace(lambda x: x + program(np.array(["b"]))["y"].shape[0], "int64[N]")
    assert counted(np.array([4])).tolist() == [5]


def test_forest_and_boosting_of_other_tools(load, subtests: pytest.Subtests):
    import lightgbm
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType
    from skl2onnx import to_onnx
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier

    X, y = load_iris(return_X_y=True)
    X = X.astype(np.float32)
    forest = RandomForestClassifier(8, max_depth=4, random_state=0).fit(X, y)
    words = np.array(["setosa", "versicolor", "virginica"])
    named = RandomForestClassifier(8, max_depth=4, random_state=0).fit(X, words[y])
    boosting = lightgbm.LGBMClassifier(n_estimators=8, verbose=-1, random_state=0).fit(X, y)
    kind = [("x", FloatTensorType([None, 4]))]
    models = {
        "forest": to_onnx(forest, X[:1], options={"zipmap": False}, target_opset=18),
        "forest_zipped": to_onnx(forest, X[:1], target_opset=18),
        "words": to_onnx(named, X[:1], options={"zipmap": False}, target_opset=18),
        "boosting": convert_lightgbm(boosting, initial_types=kind, zipmap=False, target_opset=15),
        "boosting_zipped": convert_lightgbm(boosting, initial_types=kind, target_opset=15),
    }
    programs = {name: load(model) for name, model in models.items()}

    def pipeline(X):
        """Half of the one and half of the other, of standardised and restored features."""
        X = (X - 1) + 1
        result = {}
        for name, program in programs.items():
            outputs = program(X)
            result[name] = next(v for k, v in outputs.items() if "prob" in k)
            result[f"{name}_label"] = next(v for k, v in outputs.items() if "label" in k)
        result["mean"] = (result["forest"] + result["boosting"]) / 2
        return result

    traced = xp.trace(pipeline, "float32[N, 4]")
    N = traced.signature.inputs[0].shape[0]
    assert {leaf.shape for leaf in traced.signature.outputs} == {(N, 3), (N,)}
    for rows in (1, 3, 7, 150):
        names = [leaf.name for leaf in traced.signature.outputs]
        found = dict(zip(names, run(traced.model, {"X": X[:rows]}), strict=True))
        np.testing.assert_array_equal(found["words_label"], named.predict(X[:rows]))
        for name, estimator in (("forest", forest), ("boosting", boosting)):
            wanted = estimator.predict_proba(X[:rows])
            for variant in (name, f"{name}_zipped"):
                with subtests.test(rows=rows, variant=variant):
                    np.testing.assert_allclose(found[variant], wanted, atol=1e-6)
                    np.testing.assert_array_equal(
                        found[f"{variant}_label"], estimator.predict(X[:rows])
                    )
