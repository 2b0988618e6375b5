"""Nodes that ask for what runtimes do not get over are refused, and no others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper, shape_inference

import onnxp as xp
from onnxp._src.model.impossible import LIMITS, RANKS, impossible_node
from onnxp.errors import ModelFileError
from tests.helpers.hostile_files import IMPOSSIBLE, alone, in_function, model, node


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_files_made_by_hand(name: str):
    assert impossible_node(IMPOSSIBLE[name]())


@pytest.mark.filterwarnings("ignore::onnxp.errors.RuntimeBugWarning")  # of no elements
@pytest.mark.parametrize(
    "proto",
    [
        alone("Einsum", ["N", "M"], ["M", 3], equation=" i j , j k -> i k "),
        alone("Einsum", [2, "N", "M"], equation="...ij->...ji"),
        alone("Einsum", None, equation="ij"),
        alone("DepthToSpace", [1, 4, 4, 4], blocksize=2),
        alone("Conv", ["N", 3, 8, 8], [2, 3, 2, 2], strides=[2, 2], pads=[1] * 4, group=1),
        alone("MaxPool", ["N", 3, 8], kernel_shape=[3], dilations=[2]),
        alone("ConvTranspose", ["N", 3, 4], [3, 2, 2], strides=[2], output_padding=[1]),
        alone("LayerNormalization", [2, 3], [3], axis=-1),
        model(
            [
                node("Einsum", ["x", "x"], ["z"], equation="i,j->ij"),
                node("Einsum", ["z"], ["y"], equation="ij->ji"),
            ]
        ),
        in_function(node("Einsum", ["x"], ["y"], equation="i->i")),
    ],
)
def test_others_are_not(proto: ModelProto):
    assert impossible_node(proto) == ""
    xp.load(proto)


@pytest.mark.parametrize("outputs", range(3))
@pytest.mark.parametrize("inputs", range(4))
@pytest.mark.parametrize("op", sorted({*LIMITS, *RANKS, "Einsum"}))
def test_nodes_with_other_numbers_of_inputs_and_outputs(op: str, inputs: int, outputs: int):
    attributes = {"equation": ",".join(["..."] * inputs) + "->"} if op == "Einsum" else {}
    proto = model([node(op, ["x"] * inputs, ["y", "z"][:outputs], **attributes)])
    impossible_node(proto)
    if not outputs:
        with pytest.raises(ModelFileError):
            xp.load(proto)


def test_a_name_of_two_branches_has_no_rank():
    def branch(shape: list[Any], equation: str) -> Any:
        make = helper.make_tensor("v", TensorProto.FLOAT, shape, np.ones(shape).ravel())
        nodes = [
            node("Constant", [], ["v"], value=make),
            node("Einsum", ["v"], ["w"], equation=equation),
        ]
        output = helper.make_tensor_value_info("w", TensorProto.FLOAT, None)
        return helper.make_graph(nodes, "b", [], [output])

    branches = {
        "then_branch": branch([2], "i->i"),
        "else_branch": branch([2, 2], "ij->i"),
    }
    condition = helper.make_tensor_value_info("c", TensorProto.BOOL, [])
    proto = model([node("If", ["c"], ["y"], **branches)], [condition])
    shape_inference.infer_shapes(proto)
    assert impossible_node(proto) == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("block of 2**40", "the DepthToSpace 'y': it has blocksize 1099511627776"),
        ("rank of Einsum", "it reads 'x0' of rank 1, where 2 is needed"),
        ("padding beyond strides", "it has output_padding 2, which must be less than the stride"),
        ("more parts than num_outputs", "it has 2 outputs and num_outputs 1"),
        ("maximum of nothing", "the Max 'y': it has an input that is left out"),
        ("n-gram without an index", "it has 3 ngram_indexes for 4 n-grams"),
        ("one padding", "1 output_padding for a kernel_shape of 2 axes"),
    ],
)
def test_words(name: str, words: str):
    with pytest.raises(ModelFileError, match="no runtime can run") as caught:
        xp.load(IMPOSSIBLE[name]())
    assert words in str(caught.value)


@pytest.mark.parametrize("operator", LIMITS)
def test_rows_name_attributes(operator: str):
    from onnx import defs

    domain = "ai.onnx.ml" if operator == "FeatureVectorizer" else ""
    if not defs.has(operator, domain):
        pytest.skip(f"this onnx has no {operator}")
    known = set(defs.get_schema(operator, domain).attributes)
    assert known & set(LIMITS[operator])
