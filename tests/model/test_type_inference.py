"""onnx infers types within bounds: what it would spend minutes or the process on is hidden from it."""

from __future__ import annotations

import time

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import onnxp as xp
from onnxp._src.model.type_inference import impossible_shape, infer_types
from onnxp.errors import ModelFileError
from tests.helpers.hostile_files import ASKING, HAND_MADE, REDUCED, const, info, model, node, sliced

BOOL, FLOAT, INT64 = TensorProto.BOOL, TensorProto.FLOAT, TensorProto.INT64
STRING = TensorProto.STRING
NAMES = [
    name
    for name in HAND_MADE
    if name.startswith(("negative", "large", "doubled", "squared", "nested b", "nested l"))
]


def shape(proto: onnx.ModelProto, name: str = "y") -> list | None:
    infos = (*proto.graph.input, *proto.graph.value_info, *proto.graph.output)
    kind = {x.name: x.type.tensor_type for x in infos}.get(name)
    if kind is None or not kind.HasField("shape"):
        return None
    sizes = [s.dim_value if s.HasField("dim_value") else s.dim_param for s in kind.shape.dim]
    return ["?" if str(size).startswith("unk__") else size for size in sizes]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("strict", [False, True])
def test_bounds_of_time(name: str, strict: bool):
    proto = HAND_MADE[name]()
    assert isinstance(proto, onnx.ModelProto)
    before = proto.SerializeToString()
    start = time.process_time()
    try:
        inferred = infer_types(proto, strict=strict)
    except onnx.shape_inference.InferenceError:
        assert strict
    else:
        assert not any(n.domain.startswith("onnxp.hidden") for n in inferred.graph.node)
        assert [e.domain for e in inferred.opset_import] == ["", "local"]
        assert inferred.ByteSize() < len(before) + 10_000
    assert time.process_time() - start < 5
    assert proto.SerializeToString() == before


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("negative ")])
def test_slices_of_what_cannot_be(name: str):
    proto = HAND_MADE[name]()
    assert isinstance(proto, onnx.ModelProto)
    problem = impossible_shape(proto)
    hints = ("negative size", "negative sizes", "negative by arithmetic")  # -1 is unknown
    assert bool(problem) == (name not in hints)
    assert not problem or "of a Slice would have the shape [" in problem


@pytest.mark.parametrize("name", ["doubled shape", "large indices", "large range"])
def test_thousands_of_axes(name: str):
    proto = HAND_MADE[name]()
    assert isinstance(proto, onnx.ModelProto)
    assert "axes" in impossible_shape(proto)


def test_slices_behind_convolutions_are_inferred():
    """As object detectors have them, one behind another."""
    nodes = [
        node("Conv", ["x", "w"], ["a"], kernel_shape=[3, 3], pads=[1] * 4),
        node("Slice", ["a", "start", "stop", "axis"], ["b"]),
        node("MaxPool", ["b"], ["c"], kernel_shape=[2, 2]),
        node("Slice", ["c", "start", "stop", "axis"], ["d"]),
        node("Split", ["d"], ["e", "f"], axis=3, num_outputs=2),
        node("Slice", ["f", "start", "stop", "axis"], ["y"]),
    ]
    constants = [
        const("w", np.ones((2, 1, 3, 3), np.float32)),
        const("start", [0]),
        const("stop", [7]),
        const("axis", [2]),
    ]
    proto = model(nodes, [info("x", FLOAT, ["N", 1, 8, 8])], constants)
    assert impossible_shape(proto) == ""
    inferred = infer_types(proto)
    assert shape(inferred, "b") == ["N", 2, 7, 8]
    assert shape(inferred) == ["N", 2, 6, 3]


@pytest.mark.parametrize("size", [4096, 4097, 10**6])
def test_vectors_of_any_size(size: int):
    nodes = [node("Add", ["x", "x"], ["a"]), node("Concat", ["a", "a"], ["y"], axis=0)]
    assert shape(infer_types(model(nodes, [info("x", FLOAT, [size])]))) == [2 * size]


def test_elements_are_still_carried_along():
    nodes = [
        node("Shape", ["x"], ["a"]),
        node("Gather", ["a", "i"], ["b"], axis=0),
        node("Unsqueeze", ["b", "axes"], ["c"]),
        node("Concat", ["c", "m"], ["d"], axis=0),
        node("Reshape", ["x", "d"], ["y"]),
    ]
    constants = [const("i", 0), const("axes", [0]), const("m", [2, 2])]
    proto = model(nodes, [info("x", FLOAT, ["N", 4])], constants)
    assert impossible_shape(proto) == ""
    assert shape(infer_types(proto)) == ["N", 2, 2]


def test_large_constants_need_no_copy():
    proto = model(
        [node("Gather", ["w", "x"], ["y"], axis=0)],
        [info("x", INT64, ["N"])],
        [const("w", np.zeros((5000, 4), np.float32))],
    )
    inferred = infer_types(proto)
    assert shape(inferred) == ["N", 4]
    assert inferred.ByteSize() < 500


def test_functions_with_slices():
    inner = sliced(node("Pad", ["x", "n"], ["v"]), [info("x", FLOAT, [2])], const("n", [-3, -3]))
    nodes = [
        *(node("Constant", [], [t.name], value=t) for t in inner.graph.initializer),
        *inner.graph.node,
    ]
    opsets = [helper.make_opsetid("", 21)]
    function = helper.make_function("local", "f", ["x"], ["y"], nodes, opsets)
    call = node("f", ["x"], ["y"], domain="local")
    proto = model([call], [info("x", FLOAT, [2])], functions=[function])
    infer_types(proto)
    assert "would have the shape [-4]" in impossible_shape(proto)


def test_sizes_by_arithmetic():
    nodes = [*REDUCED, node("Expand", ["x", "b"], ["v"]), node("Identity", ["v"], ["y"])]
    infer_types(model(nodes, [info("x", FLOAT, [1])], [const("s", [5])]))


@pytest.mark.parametrize("op", ASKING)
def test_operators_that_ask_for_a_type(op: str) -> None:
    proto = HAND_MADE[f"unknown type of {op}"]()
    assert isinstance(proto, onnx.ModelProto)
    inferred = infer_types(proto)
    assert [n.op_type for n in inferred.graph.node] == ["Tokenizer", "Slice", "Split", op]
    assert not any(n.domain.startswith("onnxp.hidden") for n in inferred.graph.node)
    assert impossible_shape(proto) == ""


def test_operators_that_ask_for_a_type_get_what_is_known() -> None:
    nodes = [
        node("RegexFullMatch", ["x"], ["a"], pattern="a"),
        node("Not", ["a"], ["b"]),
        node("EyeLike", ["w"], ["c"]),
        node("Cast", ["b"], ["d"], to=STRING),
        node("RegexFullMatch", ["d"], ["e"], pattern="a"),
        node("Not", ["e"], ["y"]),
    ]
    proto = model(nodes, [info("x", STRING, ["N"])], [const("w", np.ones((2, 3)))], BOOL)
    inferred = infer_types(proto)
    assert shape(inferred, "e") == shape(inferred, "y") == ["N"]
    assert shape(inferred, "c") == [2, 3]


def test_a_name_with_a_type_in_one_branch_only() -> None:
    def branch(first: onnx.NodeProto) -> onnx.GraphProto:
        asked = node("RegexFullMatch", ["t"], ["m"], pattern="a")
        return helper.make_graph([first, asked], "g", [], [onnx.ValueInfoProto(name="m")])

    known = node("Identity", ["x"], ["t"])
    unknown = node("Tokenizer", ["x"], ["t"], domain="com.microsoft")
    choice = node("If", ["c"], ["y"], then_branch=branch(known), else_branch=branch(unknown))
    infos = [info("x", STRING, ["N"]), info("c", BOOL, [])]
    proto = model([choice], infos, kind=BOOL)
    proto.opset_import.add(domain="com.microsoft", version=1)
    assert shape(infer_types(proto)) is None


@pytest.mark.parametrize("inputs", [0, 1, 2])
@pytest.mark.parametrize("outputs", [0, 1])
@pytest.mark.parametrize(
    "op",
    "Shape Size Slice Constant Concat Gather Expand ConstantOfShape Reshape Tile Range Unsqueeze Squeeze Pad "
    "Split Identity Cast If Loop Scan".split(),
)
def test_damaged_nodes_are_looked_at(op: str, inputs: int, outputs: int) -> None:
    infos = [helper.make_tensor_value_info(name, FLOAT, ["N"]) for name in "xy"]
    nodes = [
        helper.make_node(op, ["x", "x"][:inputs], ["d"][:outputs]),
        helper.make_node("Reshape", ["x", "x"], ["r"]),
        helper.make_node("Slice", ["x", "x", "x"], ["s"]),
        helper.make_node("Conv", ["x", "x"], ["c"]),
        helper.make_node("Neg", ["x"], ["y"]),
    ]
    opsets = [helper.make_opsetid("", 21)]
    graph = helper.make_graph(nodes, "g", infos[:1], infos[1:])
    proto = helper.make_model(graph, ir_version=10, opset_imports=opsets)
    assert impossible_shape(proto) == ""
    with pytest.raises(ModelFileError):
        xp.load(proto)
