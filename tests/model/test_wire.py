"""What a model file refers to is seen before anything parses it, and as protobuf sees it."""

from __future__ import annotations

import time

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import onnxp as xp
from onnxp._src.model import wire
from onnxp._src.model.wire import MESSAGES, Summary, Undecided
from onnxp.errors import ModelFileError

X = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N"])
Y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N"])
OPSETS = [helper.make_opsetid("", 21), helper.make_opsetid("local", 1)]
TEXT, INT, BYTES = 9, (3, 5, 14), 12  # FieldDescriptor.TYPE_*


def scan(content: bytes) -> Summary:
    return wire.scan(content, "file")


def model(nodes=(), functions=(), inputs=(X,), **graph) -> onnx.ModelProto:
    nodes = list(nodes) or [helper.make_node("Neg", ["x"], ["y"])]
    proto = helper.make_graph(nodes, "g", list(inputs), [Y], **graph)
    return helper.make_model(proto, ir_version=10, opset_imports=OPSETS, functions=list(functions))


def message(name: str):
    proto = onnx.ModelProto.DESCRIPTOR.file.message_types_by_name[name.split(".")[0] + "Proto"]
    for part in name.split(".")[1:]:
        proto = proto.nested_types_by_name[part]
    return proto


def is_repeated(field) -> bool:
    found = getattr(field, "is_repeated", None)
    return field.label == 3 if found is None else bool(found)


def has_tensors(proto, seen: frozenset[str] = frozenset()) -> bool:
    if proto.name == "TensorProto":
        return True
    inner = [f.message_type for f in proto.fields if f.message_type is not None]
    return any(has_tensors(p, seen | {p.name}) for p in inner if p.name not in seen)


@pytest.mark.parametrize("name", MESSAGES)
def test_the_tables_are_those_of_onnx(name: str):
    fields = {field.number: field for field in message(name).fields}
    for number, (label, kind) in MESSAGES[name].items():
        if number not in fields:  # onnx 1.17 lacks some
            continue
        field = fields[number]
        assert field.name == label
        assert is_repeated(field) == kind.endswith("*")
        kind = kind.removesuffix("*")
        if kind in MESSAGES:
            assert field.message_type.full_name == message(kind).full_name
        else:
            assert field.type in {"text": (TEXT,), "int": INT, "bytes": (BYTES,)}[kind]


@pytest.mark.parametrize("name", MESSAGES)
def test_every_tensor_is_reached(name: str):
    """Whatever a version of onnx adds: a field that may lead to a tensor is followed."""
    for field in message(name).fields:
        if field.message_type is not None and has_tensors(field.message_type):
            assert field.number in MESSAGES[name], field.name


def test_models_of_our_own():
    weights = xp.asarray(np.ones((300, 300)))

    def function(x):
        state = xp.while_loop(lambda v: xp.sum(v) < 10, lambda v: v + 1, x @ weights)
        return xp.sort(state), xp.sin(x)

    program = xp.trace(function, "float64[N, 300]")
    content = program.model.SerializeToString()
    assert scan(content).external == ()
    assert scan(content).nodes > len(program.model.graph.node)


# What cannot be a model


@pytest.mark.parametrize("content", [b"\x08", b"\x3a\x05ab", b"\x00\x01", b"\x3a\xff\xff", b"\x0f"])
def test_what_is_cut_short(content: bytes):
    with pytest.raises(ModelFileError, match="cut short"):
        scan(content)


def test_every_truncation_is_noticed_by_protobuf_or_here():
    content = model().SerializeToString()
    for length in range(len(content)):
        proto = onnx.ModelProto()
        try:
            proto.ParseFromString(content[:length])
        except Exception:
            with pytest.raises(ModelFileError):
                scan(content[:length])
        else:
            scan(content[:length])


def ranked(rank: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info("x", TensorProto.FLOAT, [None] * rank)


BIG = TensorProto(name="w", data_type=1, dims=[1] * 65, raw_data=b"0000")
SHORT = TensorProto(name="w", data_type=1, dims=[3], raw_data=b"0000")
NO_TYPE = TensorProto(name="w", data_type=-5, dims=[1], raw_data=b"0000")
NEGATIVE = TensorProto(name="w", data_type=1, dims=[-1, -1], raw_data=b"0000")


@pytest.mark.parametrize(
    ("proto", "reason"),
    [
        (model(inputs=[ranked(100_000)]), "graph.input.type.tensor_type.shape has rank 100,000"),
        (model(inputs=[ranked(65)]), "has rank 65; arrays have at most 64 axes"),
        (model(initializer=[BIG]), "graph.initializer has rank 65"),
        (model(initializer=[NO_TYPE]), "graph.initializer has the unknown data type -5"),
        (
            model(inputs=[helper.make_tensor_value_info("x", 999, [1])]),
            "graph.input.type.tensor_type has the unknown data type 999",
        ),
        (model(initializer=[SHORT]), r"the tensor 'w' .* has 4 bytes, but \[3\] needs 12"),
        (model(initializer=[NEGATIVE]), r"negative size: \[-1, -1\]"),
        (model([helper.make_node("Constant", [], ["y"], value=SHORT)]), "graph.node.attribute.t"),
    ],
    ids=["rank", "rank 65", "tensor", "type", "elem_type", "short", "negative", "constant"],
)
def test_what_cannot_run(proto: onnx.ModelProto, reason: str):
    with pytest.raises(ModelFileError, match=reason):
        scan(proto.SerializeToString())


@pytest.mark.parametrize("version", [0, -1, 2**31, -(2**63)])
def test_versions_of_domains(version: int):
    proto = model()
    proto.opset_import[0].version = version
    with pytest.raises(ModelFileError, match=f"opset_import has the invalid version {version}"):
        scan(proto.SerializeToString())


def test_a_rank_that_arrays_have():
    scan(model(inputs=[ranked(64)]).SerializeToString())


@pytest.mark.parametrize("name", ["producer_name", "domain"])
def test_text_of_the_model_is_utf_8(name: str):
    proto = model()
    setattr(proto, name, "ABCDE")
    content = proto.SerializeToString().replace(b"ABCDE", b"AB\xffDE")
    with pytest.raises(ModelFileError, match=f"{name} is not text in UTF-8: b'AB"):
        scan(content)


@pytest.mark.parametrize("place", ["name", "input", "op_type", "attribute", "metadata"])
def test_text_of_nodes_is_utf_8(place: str):
    proto = model()
    (node,) = proto.graph.node
    if place == "attribute":
        node.attribute.add(name="ABCDE", type=2, i=1)
    elif place == "metadata":
        node.metadata_props.add(key="key", value="ABCDE")
    elif place == "input":
        node.input[0] = "ABCDE"
    else:
        setattr(node, place, "ABCDE")
    content = proto.SerializeToString()
    scan(content)
    with pytest.raises(ModelFileError, match=r"graph.node.*is not text in UTF-8"):
        scan(content.replace(b"ABCDE", b"ABCD\xe9"))


def nested(depth: int) -> onnx.ModelProto:
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "g", [], [Y])
    for _ in range(depth):
        node = helper.make_node("If", ["c"], ["y"], then_branch=graph, else_branch=graph)
        graph = helper.make_graph([node], "g", [], [Y])
    return helper.make_model(graph, opset_imports=OPSETS)


def deep(depth: int) -> bytes:
    """Return a model of nested subgraphs, longer than protobuf would make them."""
    graph = b""
    for _ in range(depth):
        for tag in (0x32, 0x2A, 0x0A):  # Attribute.g, Node.attribute, Graph.node
            graph = bytes([tag]) + varint(len(graph)) + graph
    return b"\x3a" + varint(len(graph)) + graph


def varint(number: int) -> bytes:
    parts = bytearray()
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def test_subgraphs_that_are_inferred_for_minutes():
    """Each level takes twice as long (onnxruntime 1.20.1 and 1.23.2)."""
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "g", [], [Y])
    for depth in range(20):
        leaf = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "g", [], [Y])
        node = helper.make_node("If", ["c"], ["y"], then_branch=graph, else_branch=leaf)
        graph = helper.make_graph([node], "g", [], [Y])
        content = helper.make_model(graph, opset_imports=OPSETS).SerializeToString()
        if depth < 15:
            scan(content)
    with pytest.raises(ModelFileError, match="nested too deep"):
        scan(content)


def test_nesting():
    assert scan(nested(8).SerializeToString()).nodes == 2**9 - 1
    for depth in (40, 5000):
        with pytest.raises(ModelFileError, match="nested more than 100 deep"):
            scan(deep(depth))


# Functions


def function(name: str, calls, domain: str = "local") -> onnx.FunctionProto:
    nodes = [helper.make_node(op, ["x"], ["y"], domain=domain) for op in calls]
    return helper.make_function("local", name, ["x"], ["y"], nodes, OPSETS)


def doubling(depth: int) -> onnx.ModelProto:
    functions = [function(f"f{i}", [f"f{i + 1}"] * 2) for i in range(depth)]
    functions.append(function(f"f{depth}", ["Neg"], ""))
    return model([helper.make_node("f0", ["x"], ["y"], domain="local")], functions)


@pytest.mark.parametrize("depth", [12, 14, 40, 2000])
def test_exponential_calls_are_counted(depth: int):
    start = time.process_time()
    with pytest.raises(
        ModelFileError, match=r"functions call one another so often that its [\d,]+ "
    ):
        scan(doubling(depth).SerializeToString())
    assert time.process_time() - start < 5


def test_calls_that_are_as_many_as_the_nodes():
    scan(doubling(8).SerializeToString())
    chain = [function(f"f{i}", [f"f{i + 1}"]) for i in range(3000)] + [
        function("f3000", ["Neg"], "")
    ]
    scan(model([helper.make_node("f0", ["x"], ["y"], domain="local")], chain).SerializeToString())
    calls = [helper.make_node("f", ["x"], ["y"], domain="local")] * 20_000
    scan(model(calls, [function("f", ["Neg", "Neg"], "")]).SerializeToString())


@pytest.mark.parametrize(
    "calls", [{"f": ["f"]}, {"f": ["g"], "g": ["f"]}, {"f": ["g", "g"], "g": ["g"]}]
)
def test_functions_that_call_themselves(calls):
    functions = [function(name, inner) for name, inner in calls.items()]
    proto = model([helper.make_node("f", ["x"], ["y"], domain="local")], functions)
    with pytest.raises(ModelFileError, match="calls itself"):
        scan(proto.SerializeToString())


def test_wide_functions_are_counted():
    functions = [function("f", ["g"] * 4000), function("g", ["Neg"] * 4000, "")]
    proto = model([helper.make_node("f", ["x"], ["y"], domain="local")], functions)
    with pytest.raises(ModelFileError, match="become 16,004,000, by 4,000 calls"):
        scan(proto.SerializeToString())


# What only protobuf can tell


def test_merged_parts_are_undecided():
    content = model().SerializeToString()
    with pytest.raises(Undecided):
        scan(content + b"\x3a\x00")  # a second graph, which is merged into the first
    with pytest.raises(Undecided):
        scan(content + b"\x7b\x7c")  # a group


def test_numbers_of_any_length():
    assert (
        scan(b"\xba\x80\x00\x00").external == ()
    )  # the tag of a graph, and its length, in more bytes


def test_unpacked_lists():
    """Trees have lists of numbers with a tag for each."""
    lists = {
        "names": ["BRANCH_LEQ", "LEAF", "x" * 200] * 500,
        "numbers": [0, 1, 127, 128, 2**40, -1] * 300,
        "reals": [0.0, 1.5] * 300,
    }
    node = helper.make_node("Neg", ["x"], ["y"], **lists)
    content = model([node], initializer=[helper.make_tensor("w", 8, [3], [b"a", b"", b"x" * 300])])
    assert scan(content.SerializeToString()).nodes == 1
    node = helper.make_node("Neg", ["x"], ["y"], value=numpy_helper.from_array(np.ones(3)), **lists)
    node.attribute[-1].t.data_location = 1
    found = scan(model([node]).SerializeToString()).external
    assert found == ("graph.node.attribute.t",)


def test_bits_of_elements():
    numbers = TensorProto.DataType
    for name, number in numbers.items():
        if name not in ("UNDEFINED", "STRING", "FLOAT6E2M3", "FLOAT6E3M2"):
            assert number in wire.ITEM_BITS, name
    for number, bits in wire.ITEM_BITS.items():
        if bits >= 8 and number in numbers.values():
            assert helper.tensor_dtype_to_np_dtype(number).itemsize * 8 in (bits, 32)
