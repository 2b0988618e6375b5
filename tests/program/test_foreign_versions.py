"""Models of other versions of operators called on traced arrays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

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


IMAGE = np.random.default_rng(2).normal(size=(1, 2, 4, 6)).astype(np.float32)


CONVERTED: dict[str, tuple[int, onnx.NodeProto, dict[str, np.ndarray], dict[str, np.ndarray]]] = {
    "Relu": (7, node("Relu", ["x"], ["y"]), {"x": F34}, {}),
    "Softmax": (11, node("Softmax", ["x"], ["y"], axis=0), {"x": F34}, {}),
    "Softmax of rank 4": (9, node("Softmax", ["x"], ["y"]), {"x": IMAGE}, {}),
    "LogSoftmax": (11, node("LogSoftmax", ["x"], ["y"], axis=2), {"x": IMAGE}, {}),
    "Hardmax": (11, node("Hardmax", ["x"], ["y"]), {"x": IMAGE}, {}),
    "Clip": (7, node("Clip", ["x"], ["y"], min=-0.5, max=0.5), {"x": F34}, {}),
    "Squeeze": (11, node("Squeeze", ["x"], ["y"], axes=[0]), {"x": IMAGE}, {}),
    "Unsqueeze": (11, node("Unsqueeze", ["x"], ["y"], axes=[0, 2]), {"x": F34}, {}),
    "ReduceSum": (11, node("ReduceSum", ["x"], ["y"], axes=[1], keepdims=0), {"x": F34}, {}),
    "ReduceMean": (17, node("ReduceMean", ["x"], ["y"], axes=[-1]), {"x": F34}, {}),
    "Split": (11, node("Split", ["x"], ["y", "z"], axis=1), {"x": F34}, {}),
    "Split in parts": (11, node("Split", ["x"], ["y", "z"], axis=1, split=[1, 3]), {"x": F34}, {}),
    "Split of 13": (13, node("Split", ["x"], ["y", "z"], axis=1), {"x": F34}, {}),
    "Pad": (10, node("Pad", ["x"], ["y"], pads=[0, 1, 2, 0], value=3.0), {"x": F34}, {}),
    "Slice": (9, node("Slice", ["x"], ["y"], starts=[1], ends=[3], axes=[1]), {"x": F34}, {}),
    "TopK": (9, node("TopK", ["x"], ["y", "z"], k=2), {"x": F34}, {}),
    "Pad of doubles": (
        10,
        node("Pad", ["x"], ["y"], pads=[0, 1, 2, 0]),
        {"x": F34.astype(float)},
        {},
    ),
    "Pad by reflection": (
        9,
        node("Pad", ["x"], ["y"], pads=[0, 1, 1, 0], mode="reflect"),
        {"x": F34},
        {},
    ),
    "Dropout with its mask": (10, node("Dropout", ["x"], ["y", "mask"]), {"x": F34}, {}),
    "Dropout": (11, node("Dropout", ["x"], ["y"], ratio=0.3), {"x": F34}, {}),
    "Scatter": (
        10,
        node("Scatter", ["x", "i", "x"], ["y"], axis=1),
        {"x": F34},
        {"i": np.array([[3, 2, 1, 0]] * 3)},
    ),
    "Upsample": (
        9,
        node("Upsample", ["x", "s"], ["y"]),
        {"x": IMAGE},
        {"s": np.float32([1, 1, 2, 3])},
    ),
    "Upsample linear": (
        9,
        node("Upsample", ["x", "s"], ["y"], mode="linear"),
        {"x": IMAGE},
        {"s": np.float32([1, 1, 2, 2])},
    ),
    "Resize linear": (
        10,
        node("Resize", ["x", "s"], ["y"], mode="linear"),
        {"x": IMAGE},
        {"s": np.float32([1, 1, 2, 2])},
    ),
    "BatchNormalization": (
        9,
        node("BatchNormalization", ["x", "a", "a", "a", "b"], ["y"]),
        {"x": IMAGE},
        {"a": np.float32([1, 2]), "b": np.float32([3, 4])},
    ),
    "Gemm": (
        9,
        node("Gemm", ["x", "w", "b"], ["y"]),
        {"x": F34},
        {"w": np.ones((4, 2), np.float32), "b": np.ones(2, np.float32)},
    ),
    "RoiAlign": (
        10,
        node("RoiAlign", ["x", "r", "i"], ["y"], output_height=2, output_width=2),
        {"x": IMAGE},
        {"r": np.float32([[0, 0, 3, 2]]), "i": np.array([0])},
    ),
    "DFT": (17, node("DFT", ["x"], ["y"]), {"x": F34[:, :, None]}, {}),
    "Cast": (8, node("Cast", ["x"], ["y"], to=INT64), {"x": F34}, {}),
    "OneHot": (
        9,
        node("OneHot", ["i", "d", "v"], ["y"]),
        {"i": np.array([0, 2])},
        {"d": np.array(3), "v": np.float32([0, 1])},
    ),
    "AveragePool": (7, node("AveragePool", ["x"], ["y"], kernel_shape=[2, 2]), {"x": IMAGE}, {}),
    "Reshape": (8, node("Reshape", ["x", "s"], ["y"]), {"x": F34}, {"s": np.array([0, 2, -1])}),
}


@pytest.mark.filterwarnings("ignore::onnxp.errors.RuntimeBugWarning")
@pytest.mark.parametrize("case", CONVERTED)
def test_older_opsets_are_raised(load, case: str):
    opset, operator, inputs, weights = CONVERTED[case]
    infos = [
        (n, helper.np_dtype_to_tensor_dtype(d.dtype), [None] * d.ndim) for n, d in inputs.items()
    ]
    model = model_of(
        [operator],
        values(*infos),
        [helper.make_empty_tensor_value_info(n) for n in operator.output],
        weights,
        opset=opset,
    )
    inferred = onnx.shape_inference.infer_shapes(model)
    for info, known in zip(model.graph.output, inferred.graph.output, strict=True):
        elem_type = known.type.tensor_type.elem_type or FLOAT
        info.type.tensor_type.elem_type = elem_type
    program = load(model)
    compare(program, inputs)


@pytest.mark.parametrize(
    ("opset", "operator", "inputs"),
    [
        (18, node("GroupNormalization", ["x", "w", "w"], ["y"], num_groups=2), IMAGE),
        (10, node("Resize", ["x", "s"], ["y"]), IMAGE),
        (6, node("Relu", ["x"], ["y"]), F34),
    ],
)
def test_what_can_not_be_raised_is_refused(
    opset: int, operator: onnx.NodeProto, inputs: np.ndarray
):
    model = model_of(
        [operator],
        values(("x", FLOAT, [None] * inputs.ndim)),
        values(("y", FLOAT, [None] * inputs.ndim)),
        {"w": np.ones(2, np.float32), "s": np.float32([1, 1, 2, 2])},
        opset=opset,
    )
    program = xp.Program(model, signature_of(model))
    with pytest.raises(xp.errors.InlineError, match=f"opset {opset}"):
        xp.trace(lambda x: program(x)["y"], xp.spec(("N", *inputs.shape[1:]), xp.float32))


def test_old_operators_in_subgraphs_and_functions(load):
    then = helper.make_graph(
        [node("Squeeze", ["x"], ["t"], axes=[0])], "then", [], values(("t", FLOAT, None))
    )
    other = helper.make_graph(
        [node("ReduceSum", ["x"], ["e"], axes=[0], keepdims=0)],
        "else",
        [],
        values(("e", FLOAT, None)),
    )
    program = load(
        model_of(
            [node("If", ["c"], ["y"], then_branch=then, else_branch=other)],
            values(("c", BOOL, []), ("x", FLOAT, ["n", 4])),
            values(("y", FLOAT, [4])),
            opset=11,
        )
    )
    for condition in (True, False):
        compare(program, {"c": np.array(condition), "x": F34[:1]})


def test_the_long_name_of_the_domain(load):
    program = load(
        model_of(
            [node("Squeeze", ["x"], ["y"], axes=[0], domain="ai.onnx")],
            values(("x", FLOAT, [1, "n"])),
            values(("y", FLOAT, ["n"])),
            opset=12,
        )
    )
    compare(program, {"x": F34[:1]})


def test_old_functions(load):
    function = helper.make_function(
        "mine",
        "squeezed",
        ["a"],
        ["b"],
        [node("Squeeze", ["a"], ["c"], axes=[0]), node("Softmax", ["c"], ["b"])],
        [helper.make_opsetid("", 12)],
    )
    program = load(
        model_of(
            [node("squeezed", ["x"], ["y"], domain="mine")],
            values(("x", FLOAT, [1, 3, 4])),
            values(("y", FLOAT, [3, 4])),
            opset=12,
            domains={"mine": 1},
            functions=[function],
        )
    )
    compare(program, {"x": F34[None]})


def test_domains_that_contradict_each_other(load):
    """A tree of the first version goes with one of the third, but not with what replaced both."""
    tree = {
        "nodes_treeids": [0, 0, 0], "nodes_nodeids": [0, 1, 2], "nodes_featureids": [0, 0, 0],
        "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"], "nodes_values": [0.5, 0.0, 0.0],
        "nodes_truenodeids": [1, 0, 0], "nodes_falsenodeids": [2, 0, 0],
        "target_treeids": [0, 0], "target_nodeids": [1, 2], "target_ids": [0, 0], "target_weights": [1.0, 2.0],
        "n_targets": 1,
    }  # fmt: skip
    programs = [
        load(
            model_of(
                [node("TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", **tree)],
                values(("x", FLOAT, ["n", 4])),
                values(("y", FLOAT, ["n", 1])),
                domains={"ai.onnx.ml": version},
                opset=15,
            )
        )
        for version in (1, 3)
    ]
    traced = xp.trace(lambda x: programs[0](x)["y"] + programs[1](x)["y"], "float32[N, 4]")
    assert {e.domain: e.version for e in traced.model.opset_import}["ai.onnx.ml"] == 3
    np.testing.assert_array_equal(run(traced.model, {"x": F34})[0], 2 * programs[0](F34)["y"])
    keys = {"keys_int64s": [1], "values_int64s": [2], "domain": "ai.onnx.ml", "version": 4}
    xp.trace(
        lambda x, i: (programs[0](x)["y"], xp.onnx.op("LabelEncoder", i, **keys)),
        "float32[N, 4]",
        "int64[N]",
    )

    model = model_of(
            [
                node(
                    "TreeEnsemble", ["x"], ["y"], domain="ai.onnx.ml", n_targets=1, tree_roots=[0],
                    nodes_featureids=[0], nodes_modes=numpy_helper.from_array(np.uint8([0])),
                    nodes_splits=numpy_helper.from_array(np.float32([0.5])),
                    nodes_truenodeids=[0], nodes_trueleafs=[1], nodes_falsenodeids=[1], nodes_falseleafs=[1],
                    leaf_targetids=[0, 0], leaf_weights=numpy_helper.from_array(np.float32([1, 2])),
                )
            ],
            values(("x", FLOAT, ["n", 4])),
            values(("y", FLOAT, ["n", 1])),
            domains={"ai.onnx.ml": 5},
    )  # fmt: skip
    newest = xp.Program(model, signature_of(model))  # onnxruntime 1.20.1 has no kernel
    with pytest.raises(xp.errors.InlineError, match="TreeEnsembleRegressor of version 1"):
        xp.trace(lambda x: programs[0](x)["y"] + newest(x)["y"], "float32[N, 4]")


def test_domains_that_nobody_knows_keep_their_version():
    def program(version: int) -> xp.Program:
        model = model_of(
            [node("Foo", ["x"], ["y"], domain="org.example")],
            values(("x", FLOAT, ["n", 4])),
            values(("y", FLOAT, ["n", 4])),
            domains={"org.example": version},
        )
        return xp.Program(model, signature_of(model))

    two, three = program(2), program(3)
    traced = xp.trace(lambda x: two(x)["y"], "float32[N, 4]")
    assert {e.domain: e.version for e in traced.model.opset_import}["org.example"] == 2
    rows, columns = traced.signature.outputs[0].shape
    assert columns == 4  # declared, and checked when the model runs
    assert "Reshape" in {n.op_type for n in traced.model.graph.node}
    assert type(rows) is not int
    with pytest.raises(xp.errors.InlineError, match=r"org\.example in version 2"):
        xp.trace(lambda x: two(x)["y"] + three(x)["y"], "float32[N, 4]")
