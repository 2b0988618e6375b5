"""Hostile model files, made by hand and by mutation, and a process that does to each what a user would do.

``python -m tests.helpers.hostile_files`` tries them all on the installed runtime: loading, the text, the
picture, a call on traced arrays, a call. What a file does to the process is seen by its parent.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from onnx import (
    AttributeProto,
    GraphProto,
    ModelProto,
    NodeProto,
    SparseTensorProto,
    TensorProto,
    helper,
    numpy_helper,
)

ROOT = Path(__file__).parents[2]
SECRET = 0x7F  # the byte that files have which no model may read
MEMORY = 6 * 2**30  # of addresses, which the runtime reserves more of than it uses
SECONDS = 30
STEPS = ("load", "text", "picture", "inline", "call")

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
node, info = helper.make_node, helper.make_tensor_value_info
OPSETS = [helper.make_opsetid("", 21), helper.make_opsetid("local", 1)]


def const(name: str, values: Any) -> TensorProto:
    return numpy_helper.from_array(np.asarray(values), name)


def model(
    nodes: list[NodeProto],
    inputs: list[Any] | None = None,
    initializers: list[TensorProto] | None = None,
    kind: int = FLOAT,
    functions: list[Any] | None = None,
) -> ModelProto:
    """Return a model of the output ``y``."""
    inputs = [info("x", FLOAT, ["N"])] if inputs is None else inputs
    graph = helper.make_graph(nodes, "g", inputs, [info("y", kind, None)], initializers or [])
    return helper.make_model(graph, ir_version=10, opset_imports=OPSETS, functions=functions or [])


def chain(op: str, length: int, **attributes: Any) -> list[NodeProto]:
    """Return a chain in which each node has twice what the one before has."""
    names = ["s", *(f"c{i}" for i in range(length))]
    return [node(op, [a, a], [b], **attributes) for a, b in itertools.pairwise(names)]


def sliced(maker: NodeProto, inputs: list[Any], *constants: TensorProto) -> ModelProto:
    """Return a model that slices what a node gives whose size onnx may take to be below 0."""
    nodes = [maker, node("Slice", ["v", "start", "stop"], ["w"]), node("Neg", ["w"], ["y"])]
    bounds = [const("start", [0]), const("stop", [1])]
    return model(nodes, inputs, [*bounds, *constants])


def nested(depth: int) -> ModelProto:
    graph = helper.make_graph([node("Neg", ["x"], ["y"])], "b", [], [info("y", FLOAT, None)])
    for _ in range(depth):
        leaf = helper.make_graph([node("Neg", ["x"], ["y"])], "b", [], [info("y", FLOAT, None)])
        branch = node("If", ["c"], ["y"], then_branch=graph, else_branch=leaf)
        graph = helper.make_graph([branch], "b", [], [info("y", FLOAT, None)])
    return model(list(graph.node), [info("x", FLOAT, [2]), info("c", BOOL, [])])


def loops(depth: int, trips: int = 1) -> ModelProto:
    graph: GraphProto | None = None
    for i in range(depth):
        inner = node("Loop", ["t", "", f"v{i}"], [f"w{i}"], body=graph)
        step = node("Neg", [f"v{i}"], [f"w{i}"]) if graph is None else inner
        graph = helper.make_graph(
            [step, node("Identity", [f"c{i}"], [f"d{i}"])],
            "b",
            [info(f"t{i}", INT64, []), info(f"c{i}", BOOL, []), info(f"v{i}", FLOAT, None)],
            [info(f"d{i}", BOOL, []), info(f"w{i}", FLOAT, None)],
        )
    return model([node("Loop", ["t", "", "x"], ["y"], body=graph)], None, [const("t", trips)])


def calling(depth: int, width: int = 2) -> ModelProto:
    functions = []
    for i in range(depth):
        names = ["x", *(f"t{k}" for k in range(width - 1)), "y"]
        op, domain = (f"f{i + 1}", "local") if i + 1 < depth else ("Neg", "")
        nodes = [node(op, [a], [b], domain=domain) for a, b in itertools.pairwise(names)]
        functions.append(helper.make_function("local", f"f{i}", ["x"], ["y"], nodes, OPSETS))
    return model([node("f0", ["x"], ["y"], domain="local")], functions=functions)


def recursive() -> ModelProto:
    nodes = [node("f", ["x"], ["y"], domain="local")]
    function = helper.make_function("local", "f", ["x"], ["y"], nodes, OPSETS)
    return model(nodes, functions=[function])


def external(location: str, kind: str = "initializer") -> ModelProto:
    """Return a model that adds what a file has, named in one of several places."""
    tensor = TensorProto(name="w", data_type=FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    entries = {"location": location, "offset": 0, "length": 16}
    if "MEM" in location:
        entries["offset"] = 4096
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=str(value))
    add = node("Add", ["x", "w"], ["y"])
    sparse = SparseTensorProto(values=tensor, indices=const("i", range(4)), dims=[4])
    x = [info("x", FLOAT, [4])]
    if kind == "initializer":
        return model([add], x, [tensor])
    if kind == "constant":
        return model([node("Constant", [], ["w"], value=tensor), add], x)
    if kind == "sparse constant":
        return model([node("Constant", [], ["w"], sparse_value=sparse), add], x)
    if kind == "sparse initializer":
        proto = model([add], x)
        proto.graph.sparse_initializer.append(sparse)
        return proto
    if kind == "second graph":
        return model([add], x)
    assert kind == "default"
    inner = node("Constant", [], ["w"])
    inner.attribute.add(name="value", type=AttributeProto.TENSOR, ref_attr_name="w")
    default = AttributeProto(name="w", type=AttributeProto.TENSOR, t=tensor)
    function = helper.make_function(
        "local", "f", ["x"], ["y"], [inner, add], OPSETS, attribute_protos=[default]
    )
    return model([node("f", ["x"], ["y"], domain="local")], x, functions=[function])


def metadata(text: str) -> ModelProto:
    proto = model([node("Neg", ["x"], ["y"])])
    proto.metadata_props.add(key="onnxp.schema", value=text)
    return proto


def schema(**changes: Any) -> ModelProto:
    leaf = {"dtype": "float32", "shape": ["N"]}
    content = {
        "version": 1,
        "producer": "x",
        "name": "f",
        "symbols": {"N": [0, None]},
        "inputs": [{"name": "x", "planes": ["x"], **leaf}],
        "input_structure": {"kind": "dict", "name": "", "keys": ["x"], "items": [None]},
        "outputs": [{"name": "y", "planes": ["y"], **leaf}],
        "output_structure": None,
    }
    return metadata(json.dumps({**content, **changes}))


X, S = [info("x", FLOAT, [2])], const("s", [5])
X4 = [info("x", FLOAT, [1, 3, 4, 4])]
REDUCED = [node("Shape", ["x"], ["a"]), node("Sub", ["a", "s"], ["b"])]
HUGE = 30_000_000

KERNELS = {"large range"}
"""What the runtime's kernels take too long for, which nobody prevents."""

ASKING = {
    "EyeLike": "",
    "RegexFullMatch": "",
    "DictVectorizer": "ai.onnx.ml",
    "TreeEnsemble": "ai.onnx.ml",
}
"""Operators at which onnx's inference ends the process if it does not know the type of their input."""


def asking(op: str, domain: str = "") -> ModelProto:
    """Return a model whose types have to be inferred, with an operator behind one that onnx does not know."""
    words = {"mark": 0, "mincharnum": 1, "pad_value": "", "tokenexp": "a"}
    nodes = [
        node("Tokenizer", ["x"], ["t"], domain="com.microsoft", **words),
        node("Slice", ["x", "n", "n"], ["s"]),
        node("Split", ["s", "n"], ["p"]),
        node(
            op, ["t"], ["y"], domain=domain, **({"pattern": "a"} if op == "RegexFullMatch" else {})
        ),
    ]
    proto = model(nodes, [info("x", TensorProto.STRING, ["N"])], [const("n", [1])], BOOL)
    proto.opset_import.add(domain="com.microsoft", version=1)
    proto.opset_import.add(domain="ai.onnx.ml", version=5)
    return proto


def alone(op: str, *shapes: Sequence[int | str] | None, **attributes: Any) -> ModelProto:
    """Return a model of one node, whose inputs have these shapes."""
    names = [f"x{i}" for i in range(len(shapes))]
    inputs = [info(n, FLOAT, shape) for n, shape in zip(names, shapes, strict=True)]
    return model([node(op, names, ["y"], **attributes)], inputs)


# Attributes and ranks for which runtimes or onnx end the process, or do not end
IMPOSSIBLE: dict[str, Callable[[], ModelProto]] = {
    "rank of Einsum": lambda: alone("Einsum", ["N"], equation="ij"),
    "no rank of Einsum": lambda: alone("Einsum", [], equation="ij->ji"),
    "inputs of Einsum": lambda: alone("Einsum", [2, 2], equation="ij,jk->ik"),
    "rank of the second Einsum": lambda: model(
        [
            node("Einsum", ["x", "x"], ["z"], equation="i,j->ij"),
            node("Transpose", ["z"], ["t"]),
            node("Einsum", ["z"], ["y"], equation="ijk"),
        ]
    ),
    "rank of Einsum in a function": lambda: in_function(
        node("Einsum", ["x"], ["y"], equation="ij")
    ),
    "block of 2**40": lambda: alone("DepthToSpace", [1, 4, 4, 4], blocksize=2**40),
    "no block": lambda: alone("SpaceToDepth", [1, 4, 4, 4], blocksize=0),
    "no stride": lambda: alone("MaxPool", [1, 3, 4, 4], kernel_shape=[2, 2], strides=[0, 2]),
    "no stride of Conv": lambda: alone("Conv", [1, 3, 4, 4], [2, 3, 2, 2], strides=[0, 0]),
    "backward strides": lambda: alone(
        "ConvTranspose", [1, 3, 4, 4], [3, 2, 2, 2], strides=[-1, -1], kernel_shape=[2, 2]
    ),
    "one padding": lambda: alone(
        "ConvTranspose", [1, 3, 4, 4], [3, 2, 2, 2], kernel_shape=[2, 2], output_padding=[0]
    ),
    "padding beyond strides": lambda: alone(
        "ConvTranspose", [1, 3, 4, 4], [3, 2, 2, 2], strides=[2, 2], output_padding=[0, 2]
    ),
    "padding of one stride": lambda: alone(
        "ConvTranspose", [1, 3, 4], [3, 2, 2], dilations=[2], output_padding=[1]
    ),
    "n-gram without an index": lambda: model(
        [
            node(
                "TfIdfVectorizer",
                ["x"],
                ["y"],
                max_gram_length=2,
                max_skip_count=0,
                min_gram_length=1,
                mode="TF",
                ngram_counts=[0, 2],
                ngram_indexes=[0, 1, 2],
                pool_int64s=[1, 2, 1, 2, 2, 1],
            )
        ],
        [helper.make_tensor_value_info("x", TensorProto.INT64, [4])],
    ),
    "more parts than num_outputs": lambda: model(
        [node("Split", ["x"], ["y", "z"], num_outputs=1)], [info("x", FLOAT, [4])]
    ),
    "features before the first": lambda: helper.make_model(
        helper.make_graph(
            [
                node(
                    *("FeatureVectorizer", ["x", "x"], ["y"]),
                    domain="ai.onnx.ml",
                    inputdimensions=[3, -2],
                )
            ],
            "g",
            [info("x", FLOAT, [2, 3])],
            [info("y", FLOAT, None)],
        ),
        ir_version=10,
        opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 3)],
    ),
    "maximum of nothing": lambda: model([node("Max", ["x", "", "x"], ["y"])]),
    "sum with nothing last": lambda: model([node("Sum", ["x", ""], ["y"])]),
    "saturation of 2": lambda: alone("Cast", [4], to=11, saturate=2),
    "window of no element": lambda: alone("Conv", [1, 3, 4, 4], [2, 3, 0, 3]),
    "large window": lambda: alone("AveragePool", [1, 3, 4, 4], kernel_shape=[2**31 - 1] * 2),
    "far axis": lambda: alone("LayerNormalization", [2, 3], [3], axis=2**31),
    "rank of Conv": lambda: alone("Conv", [1, 3, 4, 4], []),
    "ranks of ConvTranspose": lambda: alone("ConvTranspose", [3, 4, 4], [3, 2, 2, 2]),
    "rank of ConvInteger": lambda: model(
        [node("ConvInteger", ["x", "w"], ["y"])],
        [info("x", TensorProto.UINT8, [1, 1, 3, 3]), info("w", TensorProto.UINT8, [1, 1, 1, 2, 2])],
        kind=TensorProto.INT32,
    ),
    "no rank of ConvTranspose": lambda: alone(
        "ConvTranspose", [1, 3, 4, 4], [], kernel_shape=[2, 2], strides=[2, 2]
    ),
    "rank of LSTM": lambda: alone("LSTM", [2], [1, 8, 2], [1, 8, 2], hidden_size=2),
    "many samples": lambda: model(
        [node("RoiAlign", ["x", "r", "b"], ["y"], sampling_ratio=2**40)],
        [*X4, info("r", FLOAT, [1, 4]), info("b", INT64, [1])],
    ),
    "batches of GatherND": lambda: model(
        [node("GatherND", ["x", "i"], ["y"], batch_dims=-(2**31))], [*X, info("i", INT64, [1, 1])]
    ),
    "rank of places": lambda: model(
        [node("MaxUnpool", ["x", "i"], ["y"], kernel_shape=[2, 2])], [*X4, info("i", INT64, [])]
    ),
}

HAND_MADE: dict[str, Callable[[], ModelProto | bytes]] = {
    **IMPOSSIBLE,
    "places of no rank": lambda: model(
        [node("MaxUnpool", ["x", "i"], ["y"], kernel_shape=[2, 2])], [*X4, info("i", INT64, None)]
    ),
    "negative size": lambda: sliced(node("Identity", ["x"], ["v"]), [info("x", FLOAT, [-1])]),
    "negative sizes": lambda: sliced(node("Neg", ["x"], ["v"]), [info("x", FLOAT, [-5, -3])]),
    "negative expand": lambda: sliced(
        node("Expand", ["x", "n"], ["v"]), [info("x", FLOAT, [1])], const("n", [-5])
    ),
    "negative pad": lambda: sliced(node("Pad", ["x", "n"], ["v"]), X, const("n", [-3, -3])),
    "negative top": lambda: sliced(node("TopK", ["x", "n"], ["v", "i"]), X, const("n", [-4])),
    "negative split": lambda: sliced(node("Split", ["x", "n"], ["v", "i"]), X, const("n", [-4, 6])),
    "negative pool": lambda: sliced(node("MaxPool", ["x"], ["v"], kernel_shape=[9, 9]), X4),
    "negative convolution": lambda: sliced(
        node("Conv", ["x", "n"], ["v"]), X4, const("n", np.ones((2, 3, 9, 9), np.float32))
    ),
    "negative by arithmetic": lambda: model(
        [
            *REDUCED,
            node("Expand", ["x", "b"], ["v"]),
            node("Slice", ["v", "start", "stop"], ["y"]),
        ],
        [info("x", FLOAT, [1])],
        [S, const("start", [0]), const("stop", [1])],
    ),
    "negative in a branch": lambda: branch(),
    **{
        f"unknown type of {op}": lambda op=op, domain=domain: asking(op, domain)
        for op, domain in ASKING.items()
    },
    "large constant": lambda: model(
        [node("ConstantOfShape", ["s"], ["c"]), node("Add", ["c", "x"], ["y"])],
        [info("x", FLOAT, [1])],
        [const("s", [HUGE])],
    ),
    "large shape": lambda: model(
        [
            node("ConstantOfShape", ["s"], ["c"]),
            node("Cast", ["c"], ["d"], to=INT64),
            node("Reshape", ["x", "d"], ["y"]),
        ],
        [info("x", FLOAT, [1])],
        [const("s", [HUGE])],
    ),
    "large range": lambda: model(
        [node("Range", ["a", "b", "c"], ["d"]), node("Reshape", ["x", "d"], ["y"])],
        None,
        [const("a", 0), const("b", HUGE), const("c", 1)],
    ),
    "doubled shape": lambda: model(
        [*chain("Concat", 24, axis=0), node("Reshape", ["x", "c23"], ["y"])], None, [S]
    ),
    "squared sizes": lambda: model(
        [*chain("Mul", 24), node("Expand", ["x", "c23"], ["y"])], None, [const("s", [3])]
    ),
    "large indices": lambda: model(
        [
            node("Shape", ["x"], ["s"]),
            node("Gather", ["s", "i"], ["d"]),
            node("Reshape", ["x", "d"], ["y"]),
        ],
        None,
        [const("i", np.zeros(10**6, np.int64))],
    ),
    "large input": lambda: model(
        [node("Add", ["x", "x"], ["c"]), node("Squeeze", ["c"], ["y"])], [info("x", FLOAT, [HUGE])]
    ),
    "endless": lambda: loops(1, 2**63 - 1),
    "nested branches": lambda: nested(25),
    "nested loops": lambda: loops(20),
    "nested too deep": lambda: deep(4000),
    "calls, 8 deep": lambda: calling(8),
    "calls, 14 deep": lambda: calling(14),
    "calls, 40 deep": lambda: calling(40),
    "calls, wide": lambda: calling(2, 4000),
    "calls itself": recursive,
    "rank": lambda: model([node("Neg", ["x"], ["y"])], [info("x", FLOAT, [None] * 100_000)]),
    "text": lambda: (
        model([node("Neg", ["x"], ["y"], name="NAME")])
        .SerializeToString()
        .replace(b"NAME", b"NA\xffE")
    ),
    "two graphs": lambda: (
        external("", "second graph").SerializeToString()
        + external("../secret.bin").SerializeToString()
    ),
    **{
        f"{kind} in {location!r}": lambda kind=kind, location=location: external(location, kind)
        for kind in (
            "initializer",
            "constant",
            "sparse constant",
            "sparse initializer",
            "default",
        )
        for location in (
            "secret.bin",
            "../secret.bin",
            "{root}/secret.bin",
            "link.bin",
            "linked/secret.bin",
            "pipe",
            "sparse.bin",
            "*/_ORT_MEM_ADDR_/*",
        )
    },
    "schema of version 0": lambda: schema(version=0),
    "schema of no version": lambda: schema(version=float("nan")),
    "schema of text": lambda: schema(symbols={"N": ["a", "b"]}),
    "schema of a large size": lambda: schema(
        inputs=[
            {"name": "x", "planes": ["x"], "dtype": "float32"}
            | {"shape": ["(N+1)*(N+2)*" * 80 + "N"]}
        ]
    ),
    "schema of a record": lambda: schema(
        output_structure={"kind": "dataclass", "name": "A", "keys": ["__dict__"], "items": [None]}
    ),
    "schema of nested lists": lambda: metadata("[" * 10**6),
    "undefined in a function": lambda: in_function(node("Neg", ["z"], ["y"])),
    "circle in a function": lambda: in_function(
        node("Add", ["y", "x"], ["z"]), node("Neg", ["z"], ["y"])
    ),
    "twice in a function": lambda: in_function(
        node("Neg", ["x"], ["y"]), node("Abs", ["x"], ["y"])
    ),
    "no output of a function": lambda: in_function(node("Neg", ["x"], ["z"])),
    "opset below 0": lambda: older(-(2**31)),
    "opset 0": lambda: older(0),
    "opset 6": lambda: older(6),
    "no operator": lambda: model([node("Foo", ["x"], ["y"])]),
    "no domain": lambda: model([node("Foo", ["x"], ["y"], domain="foo")]),
    "no input": lambda: model([node("Neg", ["z"], ["y"])]),
    "circle": lambda: model([node("Add", ["y", "x"], ["z"]), node("Neg", ["z"], ["y"])]),
    "twice": lambda: model([node("Neg", ["x"], ["y"]), node("Abs", ["x"], ["y"])]),
    "no kernel": lambda: model([node("Sin", ["x"], ["y"])], [info("x", 16, ["N"])], kind=16),
    "future": lambda: future(),
    "other dtype": lambda: model([node("Neg", ["x"], ["y"])], kind=INT64),
    "sequence": lambda: model([node("SequenceConstruct", ["x", "x"], ["y"])]),
}


def in_function(*nodes: NodeProto) -> ModelProto:
    function = helper.make_function("local", "f", ["x"], ["y"], nodes, OPSETS)
    return model([node("f", ["x"], ["y"], domain="local")], functions=[function])


def older(version: int) -> ModelProto:
    proto = calling(2)
    for entries in (proto.opset_import, *(function.opset_import for function in proto.functions)):
        entries[0].version = version
    return proto


def future() -> ModelProto:
    proto = model([node("Neg", ["x"], ["y"])])
    proto.ir_version = 99
    proto.opset_import[0].version = 999
    return proto


def branch() -> ModelProto:
    inner = sliced(node("Pad", ["x", "n"], ["v"]), X, const("n", [-3, -3])).graph
    del inner.input[:]
    choose = node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)
    return model([choose], [*X, info("c", BOOL, [])])


def deep(depth: int) -> bytes:
    graph = b""
    for _ in range(depth):
        for tag in (0x32, 0x2A, 0x0A):
            size, varint = len(graph), bytearray()
            while size >= 0x80:
                varint.append(size & 0x7F | 0x80)
                size >>= 7
            graph = bytes([tag]) + bytes([*varint, size]) + graph
    varint = bytearray()
    size = len(graph)
    while size >= 0x80:
        varint.append(size & 0x7F | 0x80)
        size >>= 7
    return b"\x3a" + bytes([*varint, size]) + graph


# Mutations


def seeds() -> list[ModelProto]:
    """Return models of several exporters' kinds to mutate."""
    shaped = model(
        [
            node("Shape", ["x"], ["a"]),
            node("Gather", ["a", "i"], ["b"], axis=0),
            node("Unsqueeze", ["b", "axes"], ["d"]),
            node("Concat", ["d", "m"], ["e"], axis=0),
            node("Reshape", ["x", "e"], ["f"]),
            node("Slice", ["f", "m", "n", "axes"], ["g"]),
            node("Softmax", ["g"], ["h"], axis=-1),
            node("ReduceSum", ["h", "axes"], ["y"], keepdims=0),
        ],
        [info("x", FLOAT, ["N", 4])],
        [const("i", 0), const("axes", [0]), const("m", [-1]), const("n", [3])],
    )
    layers = model(
        [
            node("Conv", ["x", "w"], ["a"], kernel_shape=[3, 3], pads=[1] * 4, strides=[2, 2]),
            node("Relu", ["a"], ["b"]),
            node("MaxPool", ["b"], ["c"], kernel_shape=[2, 2]),
            node("Flatten", ["c"], ["d"]),
            node("Gemm", ["d", "v"], ["y"], transB=1),
        ],
        [info("x", FLOAT, ["N", 1, 8, 8])],
        [
            const("w", np.ones((2, 1, 3, 3), np.float32)),
            const("v", np.ones((3, 8), np.float32)),
        ],
    )
    return [shaped, layers, nested(2), loops(2), calling(3), schema(), external("data.bin")]


def mutations(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of damaged models: other bytes, other numbers, other words, parts left out."""
    generator = random.Random(seed)
    originals = seeds()
    words = [w.encode() for w in ("Slice", "Concat", "Reshape", "Gather", "Add", "Pad", "Expand")]
    for i in range(count):
        proto = ModelProto()
        proto.CopyFrom(generator.choice(originals))
        if generator.random() < 0.6:
            for _ in range(generator.choice([1, 1, 2, 4])):
                _mutate(proto, generator)
        content = bytearray(proto.SerializeToString())
        if generator.random() < 0.5:
            for _ in range(generator.choice([1, 1, 2, 5])):
                content[generator.randrange(len(content))] = generator.choice(
                    [0, 1, 2, 127, 128, 255, generator.randrange(256)]
                )
        if generator.random() < 0.1:
            a, b = generator.sample(words, 2)
            content = content.replace(a, b)
        yield f"mutation {seed}.{i}", bytes(content)


NUMBERS = [0, 1, -1, 2, 3, 65, 10**6, 2**31, -(2**31), 2**62, 2**63 - 1, -(2**63)]


def _mutate(message: Any, generator: random.Random) -> None:
    """Change one field of a message, at a random depth."""
    fields = message.ListFields()
    if not fields:
        return
    field, value = generator.choice(fields)
    if hasattr(value, "DESCRIPTOR"):
        _mutate(value, generator)
    elif hasattr(value, "append") or hasattr(value, "add"):
        _mutate_list(value, field, generator)
    elif isinstance(value, bool | int):
        setattr(message, field.name, _fitting(message, field.name, generator))
    elif isinstance(value, str) and generator.random() < 0.3:
        setattr(message, field.name, generator.choice(["", "x", "y", "N", "-1", "\0", "é" * 99]))


def _fitting(message: Any, name: str, generator: random.Random) -> int:
    for _ in range(20):
        number = generator.choice(NUMBERS)
        try:
            setattr(message, name, number)
            return number
        except ValueError:
            continue
    return 0


def _mutate_list(values: Any, field: Any, generator: random.Random) -> None:
    if not len(values):
        return
    i = generator.randrange(len(values))
    if hasattr(values, "add"):
        if generator.random() < 0.1:
            del values[i]
        elif generator.random() < 0.1:
            values.add().CopyFrom(values[generator.randrange(len(values))])
        else:
            _mutate(values[i], generator)
    elif isinstance(values[i], int):
        try:
            values[i] = generator.choice(NUMBERS)
        except ValueError:
            values[i] = 0
    elif isinstance(values[i], str):
        values[i] = generator.choice(["", "x", "y", "a", "b", *values])


# The processes


class Outcome(NamedTuple):
    """What became of a file: the last step that was begun, and the error or what happened to the process."""

    name: str
    step: str
    result: str

    @property
    def is_bad(self) -> bool:
        """Whether the process ended, hung, or let out what it must not."""
        return not (self.result == "right" or self.result.startswith("onnxp."))


def write_files(folder: Path, contents: Iterator[tuple[str, bytes]]) -> list[tuple[str, Path]]:
    """Write models, and around them what they must not read."""
    models, elsewhere = folder / "models", folder / "elsewhere"
    models.mkdir()
    elsewhere.mkdir()
    for place in (folder, elsewhere):
        (place / "secret.bin").write_bytes(bytes([SECRET]) * 64)
    (models / "data.bin").write_bytes(np.ones(4, np.float32).tobytes())
    (models / "link.bin").symlink_to(folder / "secret.bin")
    (models / "linked").symlink_to(folder)
    os.mkfifo(models / "pipe")
    with open(models / "sparse.bin", "wb") as file:
        file.truncate(128 * 2**30)
    written = []
    for i, (name, content) in enumerate(contents):
        path = models / f"{i}{'-uncalled' if name in KERNELS else ''}.onnx"
        path.write_bytes(
            content.replace(b"{root}", os.fsencode(folder)) if b"{root}" in content else content
        )
        written.append((name, path))
    return written


def hand_made(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of the models made by hand; paths in them are absolute in `folder`."""
    for name, make in HAND_MADE.items():
        if "{root}" in name:
            kind = name.partition(" in ")[0]
            yield name, external(f"{folder}/secret.bin", kind).SerializeToString()
            continue
        made = make()
        yield name, made if isinstance(made, bytes) else made.SerializeToString()


def outcomes(folder: Path, files: list[tuple[str, Path]]) -> Iterator[Outcome]:
    """Yield what becomes of each file, in processes with limits of time and memory."""
    waiting = list(files)
    while waiting:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.helpers.hostile_files", "--child"],
            cwd=folder / "elsewhere",
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            while waiting:
                name, path = waiting.pop(0)
                outcome = _outcome(process, name, path)
                yield outcome
                if outcome.is_bad:
                    break
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()


def _outcome(process: subprocess.Popen[bytes], name: str, path: Path) -> Outcome:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(os.fsencode(path) + b"\n")
    process.stdin.flush()
    step, buffer, end = "start", b"", time.monotonic() + SECONDS
    while True:
        ready, _, _ = select.select([process.stdout], [], [], max(end - time.monotonic(), 0))
        if not ready:
            return Outcome(name, step, f"runs for more than {SECONDS} s")
        content = os.read(process.stdout.fileno(), 65536)
        if not content:
            return Outcome(name, step, f"the process ended with {process.wait()}")
        buffer += content
        *lines, buffer = buffer.split(b"\n")
        for line in lines:
            if line.startswith(b"@step "):
                step = line[6:].decode()
            elif line.startswith(b"@done "):
                return Outcome(name, step, line[6:].decode(errors="replace"))


def child() -> None:
    """Try the files that are named on standard input, one a line."""
    import resource

    import onnxp as xp

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    for line in sys.stdin.buffer:
        path = Path(os.fsdecode(line.rstrip(b"\n")))

        def begin(step: str) -> None:
            out.write(f"@step {step}\n".encode())

        try:
            _try(path, begin)
            result = "right"
        except xp.errors.OnnxpError as error:
            text = f"{error} {getattr(error, '__notes__', '')}"
            result = f"onnxp.{type(error).__name__}: " + " ".join(str(error).split())
            if "onnxruntime/core" in text or "onnx::" in text or "onnxruntime::" in text:
                result = f"C++ text in {result}"
        except AssertionError as error:
            result = f"wrong: {error}"
        except Exception as error:
            result = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        out.write(f"@done {result[:600]}\n".encode(errors="replace"))


def _try(path: Path, begin: Callable[[str], None]) -> None:
    import onnxp as xp
    from onnxp.errors import FeedError, InlineError

    begin("load")
    program = xp.load(path)
    begin("text")
    text = str(program)
    assert len(text) < 200_000, "the text is long"
    begin("picture")
    assert len(program._repr_html_()) < 2_000_000, "the picture is large"
    leaves = program.signature.inputs
    if any(leaf.dtype is None or leaf.shape is None for leaf in leaves):
        return
    begin("inline")
    arguments = [
        xp.argument(
            tuple(f"n{i}_{k}" if type(s) is not int else s for k, s in enumerate(leaf.shape)),
            leaf.dtype,
        )
        for i, leaf in enumerate(leaves)
    ]
    names = program.signature.input_treedef["keys"]
    inputs = {f"a{i}": x for i, x in enumerate(arguments)}
    try:
        result = program(**dict(zip(names, arguments, strict=True)))
        outputs = {
            f"out{i}": y
            for i, y in enumerate(result.values() if isinstance(result, dict) else [result])
        }
        xp.build(inputs, outputs)
    except (FeedError, InlineError):
        pass
    if path.stem.endswith("-uncalled"):
        return
    begin("call")
    sizes = [[s if type(s) is int else 4 for s in leaf.shape] for leaf in leaves]
    if any(np.prod(s, dtype=object) > 10**6 for s in sizes):
        return
    feeds = [np.ones(s, leaf.dtype.numpy) for leaf, s in zip(leaves, sizes, strict=True)]
    results = program(**dict(zip(names, feeds, strict=True)), timeout=5)
    for result in results.values() if isinstance(results, dict) else [results]:
        if isinstance(result, np.ndarray) and result.dtype.kind in "fiu":
            content = np.ascontiguousarray(result).tobytes()
            secret = bytes([SECRET]) * 4
            assert secret not in content, "a secret was read"
            if result.dtype == np.float32:
                shifted = (result - 1).astype(np.float32).tobytes()
                assert secret not in shifted, "a secret was read"


def main() -> None:
    """Try the files made by hand, and some mutations: how many, and a seed, are arguments."""
    if sys.argv[1:] == ["--child"]:
        child()
        return
    import onnx
    import onnxruntime

    count, seed = (int(text) for text in [*sys.argv[1:], "1000", "0"][:2])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def contents() -> Iterator[tuple[str, bytes]]:
            yield from hand_made(folder)
            yield from mutations(count, seed)

        files = write_files(folder, contents())
        counts: Counter[str] = Counter()
        bad = 0
        for outcome in outcomes(folder, files):
            kind = outcome.result.partition(":")[0]
            counts[f"{outcome.step}: {kind}"] += 1
            if outcome.is_bad:
                bad += 1
                print(f"{outcome.name}: {outcome.step}: {outcome.result}", flush=True)
                if keep := os.environ.get("ONNXP_KEEP"):
                    path = dict(files)[outcome.name]
                    Path(
                        keep, outcome.name.replace(" ", "_").replace("/", "_") + ".onnx"
                    ).write_bytes(path.read_bytes())
    print(
        f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}: {len(files)} files, {bad} bad"
    )
    for kind, number in counts.most_common():
        print(f"{number:6} {kind}")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
