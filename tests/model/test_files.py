"""Models in files: whole or not at all; whatever the file, an error of our own or a program that runs."""

from __future__ import annotations

import copy
import errno
import io
import json
import os
import pickle
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import onnxp as xp
from onnxp._src.model import files
from onnxp._src.program.program import Program
from onnxp._src.program.signature import METADATA_KEY
from onnxp.errors import ArgumentTypeError, FeedError, ModelFileError, SaveError

WEIGHTS = np.arange(6000, dtype=np.float32).reshape(2, 3000)
X = np.asarray([[1, 2], [3, 4], [5, 6]], np.float32)


@pytest.fixture(scope="module")
def program() -> Program:
    weights = xp.asarray(WEIGHTS)
    return xp.trace(lambda X: {"y": X @ weights + 1}, "float32[N, 2]")


@pytest.fixture
def small() -> Program:
    return xp.trace(lambda X, w: {"y": X @ w, "first": X[:, 0]}, "float32[N>=0, 2]", "float32[2]")


def bare(path: Path, feeds: dict[str, np.ndarray]) -> list:
    return onnxruntime.InferenceSession(path).run(None, feeds)


def entries(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


# Saving


@pytest.mark.parametrize("external", [False, True])
@pytest.mark.parametrize("kind", [str, Path, os.fsencode])
def test_round_trip(program: Program, tmp_path: Path, external: bool, kind):
    path = tmp_path / "model.onnx"
    program.save(kind(path), external_data=external)
    assert entries(tmp_path) == ["model.onnx", "model.onnx.data"][: 1 + external]
    assert (path.stat().st_size < 4000) == external
    onnx.checker.check_model(path, full_check=True)
    loaded = xp.load(path if kind is os.fsencode else kind(path))  # bytes are a model
    np.testing.assert_array_equal(loaded(X)["y"], program(X)["y"])
    np.testing.assert_array_equal(bare(path, {"X": X})[0], X @ WEIGHTS + 1)
    assert loaded.signature == program.signature
    assert loaded.model == program.model


SOURCES = {
    "bytes": lambda path: path.read_bytes(),
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "open file": lambda path: io.BytesIO(path.read_bytes()),
    "model of onnx": lambda path: onnx.load(path),
    "bytes of a program": lambda path: bytes(xp.load(path)),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_what_stands_for_a_file(program: Program, tmp_path: Path, kind: str):
    program.save(tmp_path / "model.onnx")
    loaded = xp.load(SOURCES[kind](tmp_path / "model.onnx"))
    assert loaded.signature == program.signature
    np.testing.assert_array_equal(loaded(X)["y"], program(X)["y"])


def test_external_data_need_a_path(program: Program, tmp_path: Path):
    program.save(tmp_path / "model.onnx", external_data=True)
    with pytest.raises(ModelFileError, match="load it by its path"):
        xp.load((tmp_path / "model.onnx").read_bytes())


@pytest.mark.parametrize("content", [b"", b"nothing", io.StringIO("text"), io.BytesIO(b"\x00")])
def test_what_is_no_model(content: object):
    with pytest.raises((ModelFileError, ArgumentTypeError), match=r"model|binary file"):
        xp.load(content)


def test_there_are_no_external_data_without_large_tensors(tmp_path: Path):
    small = xp.trace(lambda x: x * 2, "float64[N]")
    small.save(tmp_path / "model.onnx", external_data=True)
    assert entries(tmp_path) == ["model.onnx"]
    assert xp.load((tmp_path / "model.onnx").read_bytes())(np.ones(1)).tolist() == [2.0]


def test_a_name_without_a_folder(program: Program, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    program.save("model.onnx", external_data=True)
    assert entries(tmp_path) == ["model.onnx", "model.onnx.data"]
    assert xp.load("model.onnx")(X)["y"].shape == (3, 3000)


@pytest.mark.parametrize("name", ["model", "model.json", "model.textproto", "x" * 250])
def test_any_suffix(small: Program, tmp_path: Path, name: str):
    small.save(tmp_path / name)
    assert xp.load(tmp_path / name).signature == small.signature


def test_links_are_followed(program: Program, tmp_path: Path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.onnx"
    link.symlink_to(tmp_path / "real" / "model.onnx")
    program.save(link, external_data=True)
    assert link.is_symlink()
    assert entries(tmp_path / "real") == ["model.onnx", "model.onnx.data"]
    np.testing.assert_array_equal(xp.load(link)(X)["y"], program(X)["y"])


def test_permissions(small: Program, tmp_path: Path):
    path = tmp_path / "model.onnx"
    before = os.umask(0o027)
    try:
        small.save(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o600)
        small.save(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_tensors_in_the_data_file_are_aligned(tmp_path: Path):
    numbers = [xp.asarray(np.full(n, n, np.float64)) for n in (3, 600, 5000, 700)]
    program = xp.trace(lambda x: [x + xp.asarray(n) for n in numbers], "float64[]")
    path = tmp_path / "model.onnx"
    program.save(path, external_data=True)
    model = onnx.load(path, load_external_data=False)
    places = [{e.key: e.value for e in t.external_data} for t in model.graph.initializer]
    assert [p.get("location") for p in places] == [None] + ["model.onnx.data"] * 3
    assert [int(p["offset"]) % 4096 for p in places[1:]] == [0, 0, 0]
    assert [int(p["length"]) for p in places[1:]] == [4800, 40000, 5600]
    for result, expected in zip(bare(path, {"x": np.float64(1)[...]}), numbers, strict=True):
        np.testing.assert_array_equal(result, np.asarray(expected) + 1)


def test_above_the_limit_of_protobuf(program: Program, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(files, "PROTOBUF_LIMIT", 10_000)
    fresh = Program(program.model, program.signature)
    expected = X @ WEIGHTS + 1
    np.testing.assert_array_equal(fresh(X)["y"], expected)  # through a file, without telling
    path = tmp_path / "model.onnx"
    fresh.save(path)
    assert entries(tmp_path) == ["model.onnx", "model.onnx.data"]
    np.testing.assert_array_equal(xp.load(path)(X)["y"], expected)
    np.testing.assert_array_equal(bare(path, {"X": X})[0], expected)
    for copied in (pickle.loads(pickle.dumps(fresh)), copy.deepcopy(fresh)):
        assert copied.model == program.model
        np.testing.assert_array_equal(copied(X)["y"], expected)


def test_detaching_does_not_change_the_model(program: Program):
    before = program.model.SerializeToString(deterministic=True)
    light, blobs = files.detach(program.model)
    assert light.ByteSize() < 3000
    assert [len(blob) for _, blob in blobs] == [WEIGHTS.nbytes]
    files.attach(light, blobs)
    assert light.SerializeToString(deterministic=True) == before
    assert program.model.SerializeToString(deterministic=True) == before


# What cannot be written


@pytest.mark.parametrize("external", [False, True])
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("missing/model.onnx", "No such file or directory"),
        ("file/model.onnx", "Not a directory"),
        ("folder", "it is a folder"),
        ("", "it is a folder"),
        ("nul\0l", "null"),
        ("pipe", "not a regular file"),
        ("x" * 300, "File name too long"),
    ],
    ids=["missing", "file", "folder", "empty", "null", "pipe", "long"],
)
def test_unwritable_paths(
    small: Program, tmp_path: Path, path: str, reason: str, external: bool, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    before = entries(tmp_path)
    with pytest.raises(SaveError, match=f"cannot write the model: .*{reason}") as raised:
        small.save(path, external_data=external)
    assert isinstance(raised.value, OSError)
    assert raised.value.filename == (os.path.realpath(path) if "\0" not in path else path)
    assert entries(tmp_path) == before
    assert entries(tmp_path / "folder") == []


def test_devices_are_not_replaced(small: Program):
    with pytest.raises(SaveError, match="not a regular file"):
        small.save(os.devnull)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_a_write_protected_file(small: Program, tmp_path: Path, monkeypatch):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"precious")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write anything
    with pytest.raises(SaveError, match="write-protected"):
        small.save(path)
    assert path.read_bytes() == b"precious"


@pytest.mark.parametrize("path", [None, 3, 1.5, ["model.onnx"]])
def test_what_is_no_path(small: Program, path: object):
    with pytest.raises(ArgumentTypeError, match="save: a path is needed, not"):
        small.save(path)
    with pytest.raises(
        ArgumentTypeError, match="load: a path, bytes, a binary file or a ModelProto is"
    ):
        xp.load(path)


FULL_DISK = """
import os, resource, sys
import numpy as np, onnxp as xp
weights = xp.asarray(np.ones(100_000))
program = xp.trace(lambda x: x + weights, "float64[]")
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
for external in (False, True):
    try:
        program.save(sys.argv[1], external_data=external)
    except xp.errors.SaveError as error:
        print(error.errno, sorted(os.listdir(os.path.dirname(sys.argv[1]))))
"""


def test_a_full_disk(tmp_path: Path):
    """The file system refuses to let files grow: what it says of a full one, but for the number."""
    path = tmp_path / "model.onnx"
    path.write_bytes(b"before")
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, check=False
    )
    assert done.stdout == f"{errno.EFBIG} ['model.onnx']\n" * 2, done.stderr
    assert path.read_bytes() == b"before"


@pytest.mark.parametrize("failing", [1, 2])
def test_both_files_or_none(program: Program, tmp_path: Path, monkeypatch, failing: int):
    """If the second of two files cannot be written, the first one is not there either."""
    path = tmp_path / "model.onnx"
    opened = []
    real = os.open

    def open_(name, flags, mode=0o777):
        opened.append(name)
        if len(opened) == failing:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(name, flags, mode)

    monkeypatch.setattr(os, "open", open_)
    with pytest.raises(SaveError, match="No space left on device; nothing was written"):
        program.save(path, external_data=True)
    assert len(opened) == failing
    assert entries(tmp_path) == []


def test_an_interrupted_save_leaves_nothing(program: Program, tmp_path: Path, monkeypatch):
    def interrupt(*names):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        program.save(tmp_path / "model.onnx", external_data=True)
    assert entries(tmp_path) == []


# Files that are not models


@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"hello world, this is text", b"\x08\x0a", bytes(1000), b"PK\x03\x04" + bytes(50)],
    ids=["empty", "null", "text", "field", "zeros", "zip"],
)
def test_foreign_files(tmp_path: Path, content: bytes):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"model\.onnx is not (an|a whole) ONNX model"):
        xp.load(path)


def test_a_missing_file_and_a_folder(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="missing"):
        xp.load(tmp_path / "missing.onnx")
    with pytest.raises(ModelFileError, match="is a folder"):
        xp.load(tmp_path)


CORRUPT = """
import random, sys
import numpy as np, onnxp as xp
good = open(sys.argv[1], "rb").read()
path = sys.argv[1] + ".bad"
generator = random.Random(0)
outcomes = {}
feeds = np.ones((3, 2), np.float32), np.ones(2, np.float32)

def attempt(content):
    with open(path, "wb") as file:
        file.write(content)
    try:
        program = xp.load(path)
        repr(program)
        program(*feeds)
        outcome = "ran"
    except xp.errors.OnnxpError as error:
        outcome = type(error).__name__
    outcomes[outcome] = outcomes.get(outcome, 0) + 1

for length in range(0, len(good), 3):
    attempt(good[:length])
print(sorted(outcomes))
for _ in range(500):
    bad = bytearray(good)
    for _ in range(generator.choice([1, 1, 2, 5])):
        bad[generator.randrange(len(bad))] = generator.randrange(256)
    attempt(bytes(bad))
print(sum(outcomes.values()))
"""


def test_no_corruption_gets_through(small: Program, tmp_path: Path):
    """Truncations and random bytes give errors of our own, or a model that runs; the process survives."""
    path = tmp_path / "model.onnx"
    small.save(path)
    done = subprocess.run(
        [sys.executable, "-c", CORRUPT, path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()  # onnxruntime 1.20.1 prints about files of invalid text, too
    assert "['ModelFileError']" in lines
    assert int(lines[-1]) == 500 + len(range(0, path.stat().st_size, 3))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: data.unlink(), r"model\.onnx\.data"),
        (lambda data: os.truncate(data, 100), "of the external|exceeds available|size|length"),
        (lambda data: (data.unlink(), data.mkdir()), "not regular file|directory"),
    ],
    ids=["missing", "truncated", "folder"],
)
def test_broken_external_data(program: Program, tmp_path: Path, damage, reason: str):
    path = tmp_path / "model.onnx"
    program.save(path, external_data=True)
    damage(tmp_path / "model.onnx.data")
    with pytest.raises(ModelFileError, match=reason):
        xp.load(path)


@pytest.mark.parametrize("location", ["../secret", "/etc/passwd", ""])
def test_external_data_elsewhere_are_not_read(program: Program, tmp_path: Path, location: str):
    (tmp_path / "secret").write_bytes(bytes(100_000))
    (tmp_path / "folder").mkdir()
    path = tmp_path / "folder" / "model.onnx"
    program.save(path, external_data=True)
    model = onnx.load(path, load_external_data=False)
    for entry in model.graph.initializer[0].external_data:
        if entry.key == "location":
            entry.value = location
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelFileError, match=r"external data of .* cannot be read"):
        xp.load(path)


# Metadata


def change_metadata(program: Program, change) -> onnx.ModelProto:
    model = onnx.ModelProto()
    model.CopyFrom(program.model)
    (entry,) = model.metadata_props
    assert entry.key == METADATA_KEY
    content = json.loads(entry.value)
    changed = change(content)
    entry.value = changed if isinstance(changed, str) else json.dumps(content)
    return model


def put(**changes):
    return lambda content: content.update(changes)


DICT = {"kind": "dict", "name": "", "keys": ["a"], "items": [None]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            put(version=99, producer="onnxp 9.0"),
            "version 99, written by onnxp 9.0; .* up to version 2. Upgrade",
        ),
        (put(version="2"), "have no version, but '2'"),
        (put(version=-1), "have no version, but -1"),
        (put(version=0), "have no version, but 0"),
        (put(version=True), "have no version, but True"),
        (put(version=float("nan")), "have no version, but nan"),
        (put(symbols={"N": ["a", "b"]}), "'N' the bounds"),
        (put(symbols={"N": [-5, None]}), "'N' the bounds"),
        (put(symbols={"N": [1, 2.5]}), "'N' the bounds"),
        (put(symbols={"N": [True, None]}), "'N' the bounds"),
        (put(symbols={"N": [1]}), "cannot be read"),
        (put(assumptions=[{"text": 1}], assumptions_output=""), "cannot be read"),
        (put(assumptions_output=["y"]), "contradict"),
        (lambda content: "", "cannot be read"),
        (lambda content: "[]", "cannot be read"),
        (lambda content: "{}", "KeyError"),
        (lambda content: "[" * 100_000, "cannot be read"),
        (put(inputs=None), "cannot be read"),
        (put(inputs=[]), "contradict"),
        (put(symbols={"N": [5, 1]}), "upper bound 1 is below"),
        (put(name=3), "contradict"),
        (put(input_structure=None), "contradict"),
        (put(input_structure={**DICT, "kind": "list"}), "contradict"),
        (put(output_structure={**DICT, "kind": "set"}), "invalid structure"),
        (put(output_structure={**DICT, "keys": []}), "invalid structure"),
        (
            put(output_structure={**DICT, "keys": ["a", "a"], "items": [None, None]}),
            "invalid structure",
        ),
        (
            put(
                output_structure={
                    "kind": "namedtuple",
                    "name": "x;y",
                    "keys": ["a"],
                    "items": [None],
                }
            ),
            "invalid structure",
        ),
        (
            put(
                output_structure={"kind": "dataclass", "name": "A", "keys": ["1"], "items": [None]}
            ),
            "invalid structure",
        ),
        (
            put(
                output_structure={"kind": "dataclass", "name": "A", "keys": ["__dict__", "b"]}
                | {"items": [None, None]}
            ),
            "an invalid structure",
        ),
        (lambda content: content["inputs"][0].update(dtype="float33"), "float33"),
        (
            lambda content: content["inputs"][0].update(dtype="float64"),
            r"'X' of the inputs is float64\[N, 2\], but the model says float32\[N, 2\]",
        ),
        (
            lambda content: content["outputs"][1].update(dtype="int64"),
            r"'first' of the outputs is int64\[N\], but the model says float32\[N\]",
        ),
        (lambda content: content["inputs"][0].update(shape=["N"]), r"float32\[N\], but"),
        (lambda content: content["outputs"][0].update(shape=[]), r"float32\[\], but"),
        (lambda content: content["inputs"][0].update(shape=["N", 3]), r"float32\[N, 3\], but"),
        (lambda content: content["inputs"][0].update(name=["X"], planes=[["X"]]), "as a name"),
        (lambda content: content["inputs"][0].update(shape=["N N"]), "N N"),
        (lambda content: content["inputs"][0].update(shape=[-1]), "contradict"),
        (lambda content: content["inputs"][0].update(shape=[True]), "cannot be read"),
        (lambda content: content["inputs"][0].update(planes=["x_real"]), "contradict"),
        (
            lambda content: content["inputs"][0].update(name="Z", planes=["Z"]),
            r"inputs \['Z', 'w'\]",
        ),
        (
            lambda content: content["outputs"][0].update(name="Z", planes=["Z"]),
            r"outputs \['Z', 'first'\]",
        ),
    ],
)
def test_metadata_that_do_not_fit(small: Program, tmp_path: Path, change, message: str):
    path = tmp_path / "model.onnx"
    path.write_bytes(change_metadata(small, change).SerializeToString())
    with pytest.raises(ModelFileError, match=message) as raised:
        xp.load(path)
    assert str(path) in str(raised.value)


def test_the_schema_of_version_1_is_stable(tmp_path: Path, subtests: pytest.Subtests):
    """Files of this schema are out there; a change needs a new version and a reader for both."""
    content = {
        "version": 1,
        "producer": "onnxp 0.1.0",
        "name": "f",
        "symbols": {"N": [0, None], "M": [1, 8], "nonzero": [0, None]},
        "inputs": [
            {
                "name": "z",
                "dtype": "complex64",
                "shape": ["N", "2*M+1"],
                "planes": ["z_real", "z_imag"],
            }
        ],
        "input_structure": {"kind": "dict", "name": "", "keys": ["z"], "items": [None]},
        "outputs": [
            {"name": "a", "dtype": "float32", "shape": ["max(M, N)//2"], "planes": ["a"]},
            {"name": "b", "dtype": "float32", "shape": ["nonzero", 3], "planes": ["b"]},
        ],
        "output_structure": {
            "kind": "tuple",
            "name": "",
            "keys": [0, 1],
            "items": [None, {"kind": "namedtuple", "name": "B", "keys": ["b"], "items": [None]}],
        },
    }
    names = ["z_real", "z_imag"]
    graph = helper.make_graph(
        [helper.make_node("Identity", [x], [y]) for x, y in zip(names, "ab", strict=True)],
        "f",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, None]) for name in names],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "ab"],
    )
    model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21)])
    model.metadata_props.add(key="onnxp.schema", value=json.dumps(content))
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    program = xp.load(path)
    assert repr(program) == (
        "Program(f(z: complex64[N, 2*M+1]) -> a: float32[max(M, N)//2], b: float32[nonzero, 3])"
    )
    z = np.ones((0, 5), np.complex64)
    a, b = program(z)
    assert a.dtype == np.float32
    assert type(b).__name__ == "B"
    assert b.b.shape == (0, 5)
    for shape, message in [
        ((0, 4), "2\\*M\\+1 is needed"),
        ((0, 19), "M = 9, .* at most 8"),
        ((0, 1), "M = 0"),
    ]:
        with subtests.test(shape=shape), pytest.raises(FeedError, match=message):
            program(np.ones(shape, np.complex64))


# Models of others


def foreign(nodes, inputs, outputs, initializers=(), **options) -> onnx.ModelProto:
    graph = helper.make_graph(nodes, "foreign", inputs, outputs, list(initializers))
    imports = [
        helper.make_opsetid("", options.get("opset", 21)),
        helper.make_opsetid("ai.onnx.ml", 3),
    ]
    return helper.make_model(graph, ir_version=options.get("ir", 10), opset_imports=imports)


def tensor(name: str, kind: int, shape) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def load(model: onnx.ModelProto, folder: Path) -> Program:
    path = folder / "foreign.onnx"
    path.write_bytes(model.SerializeToString())
    return xp.load(path)


def test_a_foreign_model(tmp_path: Path):
    model = foreign(
        [
            helper.make_node("MatMul", ["in/put 1", "w"], ["sum:0"]),
            helper.make_node("Shape", ["in/put 1"], ["sizes"]),
        ],
        [tensor("in/put 1", TensorProto.FLOAT, ["batch", 2]), tensor("k", TensorProto.INT64, [])],
        [
            tensor("sum:0", TensorProto.FLOAT, ["batch", 3000]),
            tensor("sizes", TensorProto.INT64, [2]),
        ],
        [numpy_helper.from_array(WEIGHTS, "w")],
        opset=13,
        ir=7,
    )
    program = load(model, tmp_path)
    assert repr(program) == (
        "Program(foreign(in/put 1: float32[batch, 2], k: int64[])"
        " -> sum:0: float32[batch, 3000], sizes: int64[2])"
    )
    k = np.asarray(1)
    for results in (program(X, k), program(**{"k": k, "in/put 1": X})):
        assert list(results) == ["sum:0", "sizes"]
        np.testing.assert_array_equal(results["sum:0"], X @ WEIGHTS)
        np.testing.assert_array_equal(results["sizes"], [3, 2])
    with pytest.raises(FeedError, match=r"'k' has dtype int32, but int64\[\] is needed"):
        program(X, np.int32(1))
    given = program(xp.asarray(X), xp.asarray(k))
    assert isinstance(given["sum:0"], xp.Array)
    again = pickle.loads(pickle.dumps(program))
    np.testing.assert_array_equal(again(X, k)["sizes"], [3, 2])
    program.save(tmp_path / "saved.onnx", external_data=True)
    np.testing.assert_array_equal(xp.load(tmp_path / "saved.onnx")(X, k)["sizes"], [3, 2])


def test_foreign_size_names_are_hints(tmp_path: Path):
    """The runtime does not check them, so other tools get them wrong."""
    model = foreign(
        [helper.make_node("MatMul", ["a", "b"], ["y"])],
        [tensor("a", TensorProto.FLOAT, ["n", "n"]), tensor("b", TensorProto.FLOAT, ["n", None])],
        [tensor("y", TensorProto.FLOAT, None)],
    )
    model.graph.input[1].type.tensor_type.shape.dim[1].dim_value = -1
    program = load(model, tmp_path)
    assert program(np.ones((2, 3), np.float32), np.ones((3, 0), np.float32))["y"].shape == (2, 0)
    with pytest.raises(FeedError, match=r"'a' has shape \(2,\), but float32\[n, n\] is needed"):
        program(np.ones(2, np.float32), np.ones((3, 1), np.float32))


def test_inputs_with_defaults_need_not_be_given(tmp_path: Path):
    model = foreign(
        [helper.make_node("Add", ["x", "w"], ["y"])],
        [tensor("x", TensorProto.FLOAT, [2]), tensor("w", TensorProto.FLOAT, [2])],
        [tensor("y", TensorProto.FLOAT, [2])],
        [numpy_helper.from_array(np.ones(2, np.float32), "w")],
        ir=3,
        opset=9,
    )
    program = load(model, tmp_path)
    np.testing.assert_array_equal(program(X[0])["y"], X[0] + 1)
    with pytest.raises(FeedError, match="takes 1 arguments"):
        program(X[0], X[0])


def test_an_unknown_rank(tmp_path: Path, subtests: pytest.Subtests):
    model = foreign(
        [helper.make_node("Neg", ["x"], ["y"])],
        [tensor("x", TensorProto.FLOAT, None)],
        [tensor("y", TensorProto.FLOAT, None)],
    )
    program = load(model, tmp_path)
    assert repr(program) == "Program(foreign(x: float32[...]) -> y: float32[...])"
    for x in (X, X[0], X[0, 0]):
        with subtests.test(shape=x.shape):
            np.testing.assert_array_equal(program(x)["y"], -x)
    for bad, message in [
        (X.astype(">f4"), "byte order '>f4'"),
        (X.astype(np.float64), "has dtype float64, but float32"),
        (["a"], "must be a numpy or onnxp array"),
    ]:
        with subtests.test(message=message), pytest.raises(FeedError, match=message):
            program(bad)


def test_text_sequences_and_maps(tmp_path: Path):
    model = foreign(
        [
            helper.make_node("SequenceConstruct", ["x", "x"], ["several"]),
            helper.make_node("Identity", ["s"], ["text"]),
            helper.make_node("SequenceAt", ["given", "zero"], ["first"]),
            helper.make_node(
                "ZipMap", ["x"], ["maps"], domain="ai.onnx.ml", classlabels_strings=["a", "b"]
            ),
        ],
        [
            tensor("x", TensorProto.FLOAT, ["n", 2]),
            tensor("s", TensorProto.STRING, ["m"]),
            helper.make_tensor_sequence_value_info("given", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_sequence_value_info("several", TensorProto.FLOAT, None),
            tensor("text", TensorProto.STRING, ["m"]),
            tensor("first", TensorProto.FLOAT, None),
            helper.make_value_info(
                "maps",
                helper.make_sequence_type_proto(
                    helper.make_map_type_proto(
                        TensorProto.STRING, helper.make_tensor_type_proto(TensorProto.FLOAT, [])
                    )
                ),
            ),
        ],
        [numpy_helper.from_array(np.asarray(0), "zero")],
    )
    program = load(model, tmp_path)
    assert "s: not a tensor" in repr(program)
    results = program(X, np.asarray(["é", "b"], object), [X, X + 1])
    assert [x.shape for x in results["several"]] == [(3, 2), (3, 2)]
    assert results["text"].tolist() == ["é", "b"]
    np.testing.assert_array_equal(results["first"], X)
    assert results["maps"][2] == {"a": 5.0, "b": 6.0}
    given = program(xp.asarray(X), np.asarray(["a"]), [X])
    assert isinstance(given["first"], xp.Array)
    assert given["text"].tolist() == ["a"]
    with pytest.raises(FeedError, match="'given' has byte order"):
        program(X, np.asarray(["a"]), [X.astype(">f4")])


def test_what_the_runtime_does_not_take(tmp_path: Path):
    model = foreign(
        [helper.make_node("NoSuchOperator", ["x"], ["y"])],
        [tensor("x", TensorProto.FLOAT, [2])],
        [tensor("y", TensorProto.FLOAT, [2])],
    )
    with pytest.raises(
        ModelFileError, match=r"foreign\.onnx: onnxruntime cannot load .*NoSuchOperator"
    ):
        load(model, tmp_path)
