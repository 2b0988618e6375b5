"""Foreign models whose nodes may end the process: a warning, or nodes that guard them."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

import onnxp as xp
from onnxp._src.model import guards
from onnxp._src.model.guards import guarded, risks
from onnxp._src.ops.versions import TRIED
from onnxp.errors import EvaluationError, ModelFileError, RuntimeBugWarning
from tests.helpers.runtimes import INSTALLED

OLD, MID, NEW = TRIED
LOW = -(2**63)


def model(nodes, inputs: dict[str, tuple[str, list]], constants=(), outputs=("y",), opset=21):
    infos = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(kind)), shape)
        for name, (kind, shape) in inputs.items()
    ]
    results = [helper.make_empty_tensor_value_info(name) for name in outputs]
    graph = helper.make_graph(nodes, "g", infos, results, list(constants))
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, ir_version=min(10, opset - 4), opset_imports=opsets)


def division(op: str = "Div", kind: str = "int64", divisor=None, **attributes) -> onnx.ModelProto:
    inputs = {"a": (kind, ["N"]), "b": (kind, ["N"])}
    constants = []
    if divisor is not None:
        del inputs["b"]
        constants.append(numpy_helper.from_array(np.asarray(divisor, kind), "b"))
    return model([helper.make_node(op, ["a", "b"], ["y"], "n", **attributes)], inputs, constants)


def write(proto: onnx.ModelProto, folder: Path) -> Path:
    path = folder / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    return path


@pytest.mark.parametrize(
    ("proto", "expected"),
    [
        (division(), {OLD: "division by zero", NEW: "smallest by -1"}),
        (division("Mod"), {OLD: "division by zero"}),
        (division("Mod", fmod=1), {}),
        (division(kind="float32"), {}),
        (division(kind="uint8"), {OLD: "division by zero"}),
        (division(divisor=[3]), {}),
        (division(divisor=[3, 0]), {OLD: "division by zero"}),
        (division(divisor=-1), {OLD: "smallest by -1", NEW: "smallest by -1"}),
    ],
    ids=["div", "mod", "fmod", "float", "unsigned", "three", "zero", "minus one"],
)
def test_divisions_that_are_risky(proto: onnx.ModelProto, expected: dict[str, str]):
    for version in (OLD, NEW):
        bugs = [risk.bug for risk in risks(proto, version)]
        assert bugs == [name for name in [expected.get(version)] if name]


def test_a_warning_names_the_node(tmp_path: Path):
    path = write(division(), tmp_path)
    with pytest.warns(
        RuntimeBugWarning, match=r"inputs of Div.* \('y'\): .* Load the model with guard=True"
    ) as caught:
        program = xp.load(path)
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(program(np.asarray([7]), np.asarray([2]))["y"], [3])


@pytest.mark.parametrize("kind", ["int32", "int64", "uint8", "int8", "uint32"])
@pytest.mark.parametrize("op", ["Div", "Mod"])
def test_guarded_divisions(tmp_path: Path, op: str, kind: str):
    low, high = int(np.iinfo(kind).min), int(np.iinfo(kind).max)
    a = np.asarray([low, low, 7, high, 7, 1], kind)
    b = np.asarray([-1 if low else 0, 0, 2, 3, -2 if low else 2, 1], kind)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = write(guarded(division(op, kind), OLD), tmp_path)
        program = xp.load(path, guard=True)
    with np.errstate(divide="ignore", over="ignore"):
        floor = a // b
        expected = (
            a % b if op == "Mod" else floor + ((floor * b != a) & ((a < 0) != (b < 0)) & (b != 0))
        )
    result = program(a, b)["y"]
    assert result.dtype == kind
    np.testing.assert_array_equal(result, expected)


def test_divisions_of_what_is_inferred(tmp_path: Path):
    nodes = [
        helper.make_node("Cast", ["a"], ["c"], to=7),
        helper.make_node("Cast", ["b"], ["d"], to=7),
        helper.make_node("Div", ["c", "d"], ["y"]),
    ]
    proto = model(nodes, {"a": ("float64", ["N"]), "b": ("float64", ["N"])})
    program = xp.load(write(proto, tmp_path), guard=True)
    result = program(np.asarray([float(LOW), 5.0]), np.asarray([-1.0, 2.0]))["y"]
    np.testing.assert_array_equal(result, [LOW, 2])


def test_guarded_in_a_branch(tmp_path: Path):
    y = helper.make_tensor_value_info("z", 7, None)
    then = helper.make_graph([helper.make_node("Div", ["a", "b"], ["z"])], "t", [], [y])
    other = helper.make_graph([helper.make_node("Identity", ["a"], ["z"])], "e", [], [y])
    node = helper.make_node("If", ["c"], ["y"], then_branch=then, else_branch=other)
    inputs = {"a": ("int64", ["N"]), "b": ("int64", ["N"]), "c": ("bool", [])}
    program = xp.load(write(model([node], inputs), tmp_path), guard=True)
    result = program(np.asarray([LOW]), np.asarray([-1]), np.asarray(True))["y"]
    np.testing.assert_array_equal(result, [LOW])


FILLED = {
    "Unique": (["x"], {"axis": 0}, {"x": ("float32", ["N", "M"])}, [(3, 0)]),
    "GRU": (
        ["x", "w", "r"],
        {"hidden_size": 2},
        {"x": ("float32", ["T", "B", 2]), "w": ("float32", [1, 6, 2]), "r": ("float32", [1, 6, 2])},
        [(0, 1, 2), (1, 6, 2), (1, 6, 2)],
    ),
}


@pytest.mark.parametrize("op", FILLED)
def test_what_must_have_elements(tmp_path: Path, op: str):
    names, attributes, inputs, shapes = FILLED[op]
    path = write(model([helper.make_node(op, names, ["y"], **attributes)], inputs), tmp_path)
    with pytest.warns(RuntimeBugWarning, match=op):
        xp.load(path)
    program = xp.load(path, guard=True)
    with pytest.raises(EvaluationError):
        program(*(np.ones(shape, np.float32) for shape in shapes))
    full = [np.ones(tuple(size or 2 for size in shape), np.float32) for shape in shapes]
    assert program(*full)["y"].size


FLOAT, INT = "float32", "int64"
IMAGE = ["N", 1, 1, 2]
UNPOOL = {"kernel_shape": [2, 2], "strides": [2, 2]}
INDEXED = {  # inputs by name, attributes, what is right, and index arrays for which the run fails, or not
    "GatherND": (
        {"x": (FLOAT, ["N", "M"]), "i": (INT, ["K", 2])},
        {},
        [(np.ones((2, 3)), [[1, -1]]), (np.ones((0, 3)), np.zeros((0, 2)))],
        [(np.ones((0, 3)), [[0, 0]]), (np.ones((2, 0)), [[0, 0]]), (np.ones((2, 3)), [[2, 0]])],
    ),
    "ScatterND": (
        {"x": (FLOAT, ["N"]), "i": (INT, ["K", "D"]), "u": (FLOAT, None)},
        {},
        [
            ([1, 2], [[1]], [5]),
            ([1, 2], np.zeros((0, 1)), []),
        ],
        [([1, 2], np.zeros((2, 0)), np.ones((2, 2))), ([1, 2], [[2]], [5])],
    ),
    "Trilu": (
        {"x": (FLOAT, ["N", "M"]), "k": (INT, [])},
        {},
        [(np.ones((3, 3)), k) for k in (0, 1, -(2**31), 2**63 - 1, -(2**63))],
        [],
    ),
    "MaxUnpool": (
        {"x": (FLOAT, IMAGE), "i": (INT, IMAGE)},
        UNPOOL,
        [([[[[7, 8]]]], [[[[0, 7]]]])],
        [([[[[7, 8]]]], [[[[0, index]]]]) for index in (8, -1, 2**40)],
    ),
    "MaxUnpool to a shape": (
        {"x": (FLOAT, IMAGE), "i": (INT, IMAGE), "s": (INT, [4])},
        UNPOOL,
        [([[[[7, 8]]]], [[[[0, 7]]]], [1, 1, 2, 4])],
        [([[[[7, 8]]]], [[[[0, 2**40]]]], [1, 1, 2, 4])],
    ),
    "Col2Im": (
        {"x": (FLOAT, ["N", 4, "L"]), "i": (INT, [2]), "b": (INT, [2])},
        {},
        [(np.ones((1, 4, 1)), [2, 2], [2, 2]), (np.ones((1, 4, 6)), [3, 4], [2, 2])],
        [(np.ones((1, 4, 1)), [2, 2], b) for b in ([0, 2], [2, 0], [2, -1], [2**40, 1])],
    ),
    "ConvTranspose": (
        {"x": (FLOAT, ["N", 1, "H", "W"]), "w": (FLOAT, [1, 2, 2, 3])},
        {},
        [(np.ones((n, 1, 3, 4)), np.ones((1, 2, 2, 3))) for n in (0, 1, 2)],
        [(np.ones((1, 1, 0, 4)), np.ones((1, 2, 2, 3)))],
    ),
    "ConvTranspose of three axes": (
        {"x": (FLOAT, [1, 1, "D", "H", "W"]), "w": (FLOAT, [1, 2, 2, 2, 3])},
        {},
        [(np.ones((1, 1, 2, 3, 4)), np.ones((1, 2, 2, 2, 3)))],
        [(np.ones((1, 1, *s)), np.ones((1, 2, 2, 2, 3))) for s in ((0, 3, 4), (2, 3, 0))],
    ),
    "GridSample": (
        {"x": (FLOAT, ["N", 1, "H", "W"]), "g": (FLOAT, ["N", "I", "J", 2])},
        {"padding_mode": "border"},
        [(np.ones((n, 1, 3, 4)), np.zeros((n, 2, 3, 2))) for n in (0, 1)],
        [(np.ones((1, 1, 0, 4)), np.zeros((1, 2, 3, 2)))],
    ),
    "QuantizeLinear": (
        {"x": (FLOAT, ["N", 3]), "s": (FLOAT, ["N", 3])},
        {"axis": 0, "block_size": 1},
        [(np.ones((2, 3)), np.ones((2, 3)))],
        [(np.ones((0, 3)), np.ones((0, 3)))],
    ),
    "CumSum": (
        {"x": (FLOAT, ["N"]), "a": (INT, None)},
        {},
        [([1, 2], 0), ([1, 2], [-1])],
        [([1, 2], [])],
    ),
    "DFT": (
        {"x": (FLOAT, ["N", "M", 2]), "n": (INT, []), "a": (INT, [])},
        {},
        [(np.ones((1, 4, 2)), 4, a) for a in (1, -2, 0)],
        [
            (np.ones((1, 4, 2)), 4, 2),
            (np.ones((1, 4, 2)), 4, -1),
            (np.ones((1, 0, 2)), 4, 1),
        ],
    ),
    "GatherND of batches": (
        {"x": (FLOAT, ["N", 2, 2]), "i": (INT, ["K", 1])},
        {"batch_dims": 1},
        [(np.ones((2, 2, 2)), [[1], [0]]), (np.ones((0, 2, 2)), np.zeros((0, 1)))],
        [
            (np.ones((0, 2, 2)), [[1], [0]]),
            (np.ones((2, 2, 2)), np.zeros((9, 1))),
            (np.ones((2, 2, 2)), [[2], [0]]),
        ],
    ),
    "LSTM": (
        {"x": (FLOAT, ["N", "B", 2]), "w": (FLOAT, [1, None, 2]), "r": (FLOAT, [None] * 3)},
        {"hidden_size": 2},
        [(np.ones((3, 1, 2)), np.ones((1, 8, 2)), np.ones((1, 8, 2)))],
        [
            (np.ones((3, 1, 2)), np.ones((1, 8, 2)), np.ones((1, 1, 1))),
            (np.ones((3, 1, 2)), np.ones((1, 3, 2)), np.ones((1, 8, 2))),
            (np.ones((0, 1, 2)), np.ones((1, 8, 2)), np.ones((1, 8, 2))),
        ],
    ),
    "LpNormalization": (
        {"x": (FLOAT, ["N", "M"])},
        {"axis": -1},
        [(np.ones((2, 4)),), (np.ones((0, 4)),)],
        [(np.ones((2, 0)),)],
    ),
    "ReduceL2": (
        {"x": (FLOAT, ["N", "M"]), "a": (INT, [])},
        {"keepdims": 0},
        [],
        [(np.ones((2, 3)), 5)],
    ),
    "STFT": (
        {"x": (FLOAT, [1, "L", 1]), "s": (INT, []), "w": (FLOAT, ["W"]), "n": (INT, [])},
        {},
        [(np.ones((1, 16, 1)), 2, np.ones(8), 8)],
        [
            (np.ones((1, 16, 1)), 2, np.ones(0), 8),
            (np.ones((1, 16, 1)), 2, np.ones(8), 0),
        ],
    ),
    "RoiAlign": (
        {"x": (FLOAT, ["N", 1, 2, 2]), "r": (FLOAT, ["K", 4]), "b": (INT, ["K"])},
        {},
        [(np.ones((2, 1, 2, 2)), [[0, 0, 1, 1]], [1])],
        [(np.ones((2, 1, 2, 2)), [[0, 0, 1, 1]], [b]) for b in (2, -1, 10**11)],
    ),
}
INDEXED_SINCE = {
    "Col2Im": 18,
    "DFT": 20,
    "GatherND of batches": 12,
    "GridSample": 16,
    "QuantizeLinear": 21,
    "ReduceL2": 18,
    "STFT": 17,
    "Trilu": 14,
}


@pytest.mark.parametrize("opset", [11, 13, 18, 21])
@pytest.mark.parametrize("name", INDEXED)
def test_indices_beyond_arrays(tmp_path: Path, name: str, opset: int):
    inputs, attributes, right, wrong = INDEXED[name]
    op = name.partition(" ")[0]
    opset = max(opset, INDEXED_SINCE.get(name, 11))
    proto = model([helper.make_node(op, list(inputs), ["y"], **attributes)], inputs, opset=opset)
    assert {risk.node.op_type for risk in risks(proto, OLD)} == {op}
    assert op in ("ConvTranspose", "LSTM", "STFT") or risks(proto, NEW) == []
    assert risks(guarded(proto, OLD), OLD) == []
    plain = onnxruntime.InferenceSession(proto.SerializeToString()) if right else None
    program = xp.load(write(guarded(proto, OLD), tmp_path), guard=True)
    kinds = [kind for kind, _ in inputs.values()]
    for arrays in right:
        given = [np.asarray(x, kind) for x, kind in zip(arrays, kinds, strict=True)]
        result = program(*given)["y"]
        if op == "Trilu":
            expected = np.triu(given[0], np.clip(given[1], -5, 5))
        elif name == "ScatterND" and not given[1].size:
            expected = given[0]
        else:
            assert plain is not None
            (expected,) = plain.run(None, dict(zip(inputs, given, strict=True)))
        np.testing.assert_array_equal(result, expected)
    for arrays in wrong:
        with pytest.raises(EvaluationError):
            program(*(np.asarray(x, kind) for x, kind in zip(arrays, kinds, strict=True)))


def test_known_indices_are_no_risk():
    number = numpy_helper.from_array(np.asarray(1), "k")
    trilu = helper.make_node("Trilu", ["x", "k"], ["y"])
    assert risks(model([trilu], {"x": (FLOAT, ["N", "M"])}, [number]), OLD) == []
    assert (
        risks(model([helper.make_node("Trilu", ["x"], ["y"])], {"x": (FLOAT, ["N", "M"])}), OLD)
        == []
    )
    blocks = numpy_helper.from_array(np.asarray([2, 2]), "b")
    inputs = {"x": (FLOAT, ["N", 4, "L"]), "i": (INT, [2])}
    col2im = helper.make_node("Col2Im", ["x", "i", "b"], ["y"])
    assert risks(model([col2im], inputs, [blocks]), OLD) == []
    convolution = helper.make_node("ConvTranspose", ["x", "w"], ["y"])
    inputs = {"x": (FLOAT, ["N", 1, 3, 4]), "w": (FLOAT, [1, 2, 2, 3])}
    assert risks(model([convolution], inputs), NEW) == []
    gather = helper.make_node("GatherND", ["x", "i"], ["y"])
    assert risks(model([gather], {"x": (FLOAT, [2, 3]), "i": (INT, ["K", 2])}), OLD) == []
    scatter = helper.make_node("ScatterND", ["x", "i", "u"], ["y"])
    inputs = {"x": (FLOAT, ["N"]), "i": (INT, ["K", 1]), "u": (FLOAT, ["K"])}
    assert risks(model([scatter], inputs), OLD) == []


def test_known_sizes_are_no_risk():
    def known(op: str, shapes: dict[str, list], constants=(), **attributes) -> onnx.ModelProto:
        names = [*shapes, *(c.name for c in constants)]
        node = helper.make_node(op, names, ["y"], **attributes)
        return model([node], {name: (FLOAT, shape) for name, shape in shapes.items()}, constants)

    def number(name: str, value) -> onnx.TensorProto:
        return numpy_helper.from_array(np.asarray(value), name)

    none, four = number("n", 4), number("a", 1)
    assert risks(known("CumSum", {"x": ["N"]}, [number("a", [0])]), OLD) == []
    made = [helper.make_node("Constant", [], ["a"], value=number("v", 0))]
    made.append(helper.make_node("CumSum", ["x", "a"], ["y"]))
    assert risks(model(made, {"x": (FLOAT, ["N"])}), OLD) == []
    listed = [helper.make_node("Constant", [], ["a"], value_ints=[0])]
    listed.append(helper.make_node("ReduceL2", ["x", "a"], ["y"]))
    assert risks(model(listed, {"x": (FLOAT, ["N"])}), OLD) == []
    computed = [
        helper.make_node("Abs", ["i"], ["a"]),
        helper.make_node("ReduceL2", ["x", "a"], ["y"]),
    ]
    assert risks(model(computed, {"x": (FLOAT, ["N"]), "i": (INT, [])}), OLD) != []
    assert risks(known("ReduceL2", {"x": ["N", 4]}), OLD) == []
    assert risks(known("DFT", {"x": [1, 4, 2]}, [none, four]), OLD) == []
    assert risks(known("DFT", {"x": [1, 4, 2]}, [none, number("a", 2)]), OLD) != []
    assert risks(known("DFT", {"x": ["N", 4, 2]}, [none, four]), OLD) != []
    assert risks(known("LpNormalization", {"x": ["N", 4]}), OLD) == []
    assert risks(known("ReduceL2", {"x": ["N", 4]}, [number("a", [1])]), OLD) == []
    assert risks(known("ReduceL2", {"x": ["N", 4]}, [number("a", 1)]), OLD) != []
    batches = known("GatherND", {"x": [2, 2, 2]}, [number("i", [[1], [0]])], batch_dims=1)
    assert risks(batches, OLD) == []
    frames = known("STFT", {"x": [1, 9, 1]}, [number("s", 2), number("w", np.ones(4, FLOAT))])
    assert risks(frames, OLD) == []


def in_a_function(op: str) -> onnx.ModelProto:
    """Return a model whose function, called by another, divides integers."""
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("f", 1)]
    inner = helper.make_function(
        "f", "inner", ["a", "b"], ["c"], [helper.make_node(op, ["a", "b"], ["c"])], opsets
    )
    outer = helper.make_function(
        "f",
        "outer",
        ["a", "b"],
        ["c"],
        [helper.make_node("inner", ["a", "b"], ["c"], domain="f")],
        opsets,
    )
    proto = model(
        [helper.make_node("outer", ["a", "b"], ["y"], domain="f")],
        {"a": (INT, ["N"]), "b": (INT, ["N"])},
    )
    proto.functions.extend([inner, outer])
    proto.opset_import.append(opsets[1])
    return proto


@pytest.mark.parametrize("op", ["Div", "Mod"])
def test_divisions_in_functions(tmp_path: Path, op: str):
    proto = in_a_function(op)
    assert [risk.bug for risk in risks(proto, OLD)] == ["division by zero"]
    path = write(guarded(proto, OLD), tmp_path)
    program = xp.load(path, guard=True)
    result = program(np.asarray([LOW, 7, LOW]), np.asarray([-1, 0, 3]))["y"]
    exact = [LOW, 0, -(-LOW // 3)] if op == "Div" else [0, 0, LOW % 3]
    np.testing.assert_array_equal(result, exact)


def test_models_of_our_own_have_no_risks(tmp_path: Path):
    program = xp.trace(lambda x, y: (x // y, x % y), "int64[N]", "int64[N]", functions=True)
    program.save(tmp_path / "model.onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = xp.load(tmp_path / "model.onnx")
        xp.load(tmp_path / "model.onnx", guard=True)
    np.testing.assert_array_equal(loaded(np.asarray([LOW]), np.asarray([-1]))[0], [LOW])
    assert risks(program.model, INSTALLED) == []


@pytest.mark.parametrize("outputs", range(4))
@pytest.mark.parametrize("inputs", range(4))
@pytest.mark.parametrize("op", [*guards._DIVISIONS, *guards._FILLED, *guards._INDEXED, "Constant"])
def test_damaged_nodes_are_left_to_the_runtime(op: str, inputs: int, outputs: int):
    node = helper.make_node(op, ["a", "b", "a"][:inputs], ["y", "z", "w"][:outputs])
    if op == "Constant":
        node.attribute.append(helper.make_attribute("value", numpy_helper.from_array(np.ones(2))))
    proto = model([node], {"a": ("int64", ["N"]), "b": ("int64", ["N"])})
    risks(proto, OLD)
    if not outputs:
        assert guarded(proto, OLD) == proto
        with pytest.raises(ModelFileError):
            xp.load(proto)
