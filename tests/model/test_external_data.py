"""External data are read beside the model, and nowhere else, wherever the model has them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import SparseTensorProto, TensorProto, helper, numpy_helper

import onnxp as xp
from onnxp._src.model import external_data
from onnxp._src.model.files import read_file
from onnxp.errors import ModelFileError

VALUES = np.arange(1, 5, dtype=np.float32)
INDICES = np.arange(4)
X = helper.make_tensor_value_info("x", TensorProto.FLOAT, [4])
Y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [4])
OPSETS = [helper.make_opsetid("", 21), helper.make_opsetid("local", 1)]


def outside(array: np.ndarray, name: str, location: str, **entries: object) -> TensorProto:
    """Return a tensor whose elements are in a file."""
    tensor = TensorProto(name=name, data_type=numpy_helper.from_array(array).data_type)
    tensor.dims.extend(array.shape)
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **entries}.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def add(value: str) -> onnx.NodeProto:
    return helper.make_node("Add", ["x", value], ["y"])


def constant(**attribute: object) -> onnx.NodeProto:
    return helper.make_node("Constant", [], ["w"], **attribute)


def model(nodes, functions=(), **graph) -> onnx.ModelProto:
    proto = helper.make_graph(nodes, "g", [X], [Y], **graph)
    return helper.make_model(proto, ir_version=10, opset_imports=OPSETS, functions=list(functions))


def sparse(values: TensorProto, indices: TensorProto) -> SparseTensorProto:
    return SparseTensorProto(values=values, indices=indices, dims=[4])


def in_function(node: onnx.NodeProto) -> onnx.ModelProto:
    function = helper.make_function("local", "f", ["x"], ["y"], [node, add("w")], OPSETS)
    return model([helper.make_node("f", ["x"], ["y"], domain="local")], [function])


def default_of_function(tensor: TensorProto) -> onnx.ModelProto:
    node = helper.make_node("Constant", [], ["w"])
    node.attribute.add(name="value", type=4, ref_attr_name="w")
    attribute = onnx.AttributeProto(name="w", type=4, t=tensor)
    function = helper.make_function(
        "local", "f", ["x"], ["y"], [node, add("w")], OPSETS, attribute_protos=[attribute]
    )
    return model([helper.make_node("f", ["x"], ["y"], domain="local")], [function])


def in_branch(tensor: TensorProto) -> onnx.ModelProto:
    branch = helper.make_graph([add("w")], "b", [], [Y], [tensor])
    condition = helper.make_node(
        "Constant", [], ["c"], value=numpy_helper.from_array(np.asarray(True))
    )
    node = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    return model([condition, node])


VALUE, INDEX = numpy_helper.from_array(VALUES, "w"), numpy_helper.from_array(INDICES, "i")
PLACES: dict[str, tuple[np.ndarray, Callable[[TensorProto], onnx.ModelProto]]] = {
    "initializer": (VALUES, lambda t: model([add("w")], initializer=[t])),
    "initializer of a branch": (VALUES, in_branch),
    "constant": (VALUES, lambda t: model([constant(value=t), add("w")])),
    "values of a sparse initializer": (
        VALUES,
        lambda t: model([add("w")], sparse_initializer=[sparse(t, INDEX)]),
    ),
    "indices of a sparse initializer": (
        INDICES,
        lambda t: model([add("w")], sparse_initializer=[sparse(VALUE, t)]),
    ),
    "values of a sparse constant": (
        VALUES,
        lambda t: model([constant(sparse_value=sparse(t, INDEX)), add("w")]),
    ),
    "constant of a function": (VALUES, lambda t: in_function(constant(value=t))),
    "sparse constant of a function": (
        VALUES,
        lambda t: in_function(constant(sparse_value=sparse(t, INDEX))),
    ),
    "default of a function": (VALUES, default_of_function),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    """Return the model's folder; secrets lie around it, in the working directory too."""
    folder, elsewhere = tmp_path / "folder", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    for path in (tmp_path / "secret.bin", elsewhere / "secret.bin", elsewhere / "data.bin"):
        path.write_bytes(b"\x7f" * 64)
    monkeypatch.chdir(elsewhere)
    return folder


def write(proto: onnx.ModelProto, folder: Path) -> Path:
    path = folder / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    return path


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("entries", [{}, {"offset": 8}, {"offset": 0, "length": ...}], ids=str)
def test_data_beside_the_model(folder: Path, place: str, entries: dict):
    array, make = PLACES[place]
    entries = {k: array.nbytes if v is ... else v for k, v in entries.items()}
    (folder / "data.bin").write_bytes(bytes(entries.get("offset", 0)) + array.tobytes() + b"more")
    name = "i" if array is INDICES else "w"
    path = write(make(outside(array, name, "data.bin", **entries)), folder)
    proto, source = read_file(path).parsed()
    assert proto == make(numpy_helper.from_array(array, name))
    assert (source is None) == (place != "initializer")
    result = xp.load(path)(np.ones(4, np.float32))["y"]
    np.testing.assert_array_equal(result, VALUES + 1)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "location",
    [
        "data.bin",
        "secret.bin",
        "../secret.bin",
        "..\\secret.bin",
        "inner/../../secret.bin",
        "{root}/secret.bin",
        "{root}/elsewhere/data.bin",
        "C:\\secret.bin",
        "*/_ORT_MEM_ADDR_/*",
        "",
        ".",
        "link.bin",
        "hard.bin",
        "linked/secret.bin",
        "pipe",
        "inner",
        "nul\0l",
        "x" * 5000,
    ],
)
def test_data_elsewhere(folder: Path, place: str, location: str):
    array, make = PLACES[place]
    root = folder.parent
    (folder / "inner").mkdir()
    (folder / "link.bin").symlink_to(root / "secret.bin")
    (folder / "linked").symlink_to(root)
    os.link(root / "secret.bin", folder / "hard.bin")
    os.mkfifo(folder / "pipe")
    location = location.format(root=root)
    entries = {"offset": id(array), "length": array.nbytes} if "MEM" in location else {}
    path = write(make(outside(array, "w", location, **entries)), folder)
    with pytest.raises(
        ModelFileError, match=r"external data of .*model\.onnx cannot be read: tensor 'w', "
    ):
        xp.load(path)


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ({"offset": 60}, "'data.bin' has 64 bytes, but its offset is 60 and its length 16"),
        ({"offset": 2**63 - 1}, "has 64 bytes"),
        ({"offset": -4}, "the offset is '-4', not a number of bytes"),
        ({"offset": "1e1"}, "the offset is '1e1'"),
        ({"offset": "9" * 5000}, "the offset is '9999"),
        ({"length": 64}, r"the length is 64, but \[4\] needs 16"),
        ({"length": 0}, r"the length is 0, but \[4\] needs 16"),
        ({"length": -1}, "the length is '-1'"),
        ({"length": 2**62}, r"the length is"),
    ],
)
def test_bounds(folder: Path, entries: dict, reason: str):
    (folder / "data.bin").write_bytes(bytes(64))
    path = write(
        model([add("w")], initializer=[outside(VALUES, "w", "data.bin", **entries)]), folder
    )
    with pytest.raises(ModelFileError, match=reason):
        xp.load(path)


def test_a_file_larger_than_the_memory(folder: Path):
    with open(folder / "data.bin", "wb") as file:
        file.truncate(128 * 2**30)
    tensor = outside(VALUES, "w", "data.bin", length=128 * 2**30)
    del tensor.dims[:]
    tensor.dims.append(32 * 2**30)
    path = write(model([add("w")], initializer=[tensor]), folder)
    start = time.monotonic()
    with pytest.raises(ModelFileError, match=r"137,438,953,472 bytes, and there are .* of memory"):
        xp.load(path)
    assert time.monotonic() - start < 60


def test_the_limit_of_memory(monkeypatch):
    limit = external_data.memory_limit()
    assert limit is None or limit > 2**28
    monkeypatch.delattr(os, "sysconf")
    assert external_data.memory_limit() is None


def test_the_folder_itself_may_be_a_link(folder: Path):
    (folder / "data.bin").write_bytes(VALUES.tobytes())
    write(model([add("w")], initializer=[outside(VALUES, "w", "data.bin")]), folder)
    link = folder.parent / "another"
    link.symlink_to(folder)
    result = xp.load(link / "model.onnx")(np.zeros(4, np.float32))["y"]
    np.testing.assert_array_equal(result, VALUES)


def test_references_do_not_come_with_merged_parts(folder: Path):
    """A second graph, which protobuf merges into the first, names the file."""
    tensor = outside(VALUES, "w", "../secret.bin")
    first = model([add("w")])
    second = onnx.ModelProto(graph=onnx.GraphProto(initializer=[tensor]))
    path = folder / "model.onnx"
    path.write_bytes(first.SerializeToString() + second.SerializeToString())
    with pytest.raises(ModelFileError, match="cannot be read: tensor 'w'"):
        xp.load(path)


def test_a_pipe_is_no_model(folder: Path):
    os.mkfifo(folder / "model.onnx")
    with pytest.raises(ModelFileError, match="not a regular file"):
        xp.load(folder / "model.onnx")
