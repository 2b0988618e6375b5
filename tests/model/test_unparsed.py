"""Models that are loaded and run without onnx: which ones, and that they are the same."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import onnxp as xp
from onnxp._src.model.unparsed import Message, Unparsed
from onnxp._src.model.wire import MESSAGES, Scanner, Undecided
from onnxp.errors import ModelFileError

X = np.arange(12.0).reshape(4, 3)


def looped(x: Any) -> Any:
    return xp.fori_loop(0, 3, lambda i, total: total + xp.sum(x), xp.asarray(0.0))


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "product": lambda x: x @ np.ones((3, 2)) + 1,
    "functions": lambda x: {
        "a": (xp.sort(x, axis=0), xp.cumulative_sum(x, axis=0)),
        "b": xp.reshape(xp.atan2(x, x), (-1,)),
    },
    "slices": lambda x: (x[1:, ::-1], x[x > 2], x[0, 0]),
    "branches": lambda x: xp.cond(xp.sum(x) > 0, lambda: x + 1, lambda: x),
    "loop": looped,
    "text": lambda x: xp.where(x > 3, xp.asarray("many"), xp.asarray("few")),
    "complex": lambda x: x * 1j,
    "inverse": lambda x: xp.linalg.inv(x.T @ x + np.eye(3)),
}


@pytest.fixture(params=PROGRAMS)
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[xp.Program, Path]:
    program = xp.trace(PROGRAMS[request.param], "float64[N, 3]")
    path = tmp_path / "model.onnx"
    program.save(path)
    return program, path


def test_the_same_program(saved: tuple[xp.Program, Path]) -> None:
    program, path = saved
    loaded = xp.load(path)
    assert isinstance(loaded._runnable._model, Unparsed)
    results, expected = loaded.run([X]), program.run([X])
    for result, other in zip(results, expected, strict=True):
        np.testing.assert_array_equal(result, other)
    assert isinstance(loaded._runnable._model, Unparsed)
    assert repr(loaded) == repr(program)
    content = program.model.SerializeToString(deterministic=True)
    assert loaded.model.SerializeToString(deterministic=True) == content
    assert loaded.model is loaded.model
    assert str(xp.load(path)).splitlines()[1:3] == str(program).splitlines()[1:3]
    again = pickle.loads(pickle.dumps(xp.load(path)))
    assert again.model == program.model
    xp.load(path).save(path)
    assert path.read_bytes() == content


def test_ways_to_use_it(saved: tuple[xp.Program, Path]) -> None:
    program, path = saved
    inlined = xp.trace(lambda x: xp.load(path)(x), "float64[N, 3]")
    for result, other in zip(inlined.run([X]), program.run([X]), strict=True):
        np.testing.assert_array_equal(result, other)
    assert xp.load(path)._repr_html_().startswith("<div")
    assert xp.load(path, guard=True).run([X])
    assert xp.load(path)._runnable.runner is not None
    assert xp.load(path)._start()._in_worker is program._start()._in_worker


def fields(message: Any, kind: str) -> dict[str, Any]:
    """Return the fields of the table of a message."""
    values = {}
    for name, part in MESSAGES[kind].values():
        value = getattr(message, name)
        inner = part.rstrip("*")
        if inner in MESSAGES:
            several = value if part.endswith("*") else [value] * message.HasField(name)
            values[name] = [fields(item, inner) for item in several]
        elif inner != "bytes":
            values[name] = list(value) if part.endswith("*") else value
    return values


def test_messages_are_those_of_onnx(saved: tuple[xp.Program, Path]) -> None:
    content = saved[1].read_bytes()
    message = Message(Scanner(content, "model"), "Model", 0, len(content))
    assert fields(message, "Model") == fields(onnx.load_from_string(content), "Model")
    assert not message.HasField("domain")
    with pytest.raises(Undecided):
        _ = message.unknown


@pytest.mark.parametrize("name", PROGRAMS)
def test_onnx_is_not_imported(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    xp.trace(PROGRAMS[name], "float64[N, 3]").save(path)
    script = (
        "import sys, numpy, onnxp\n"
        f"program = onnxp.load({str(path)!r})\n"
        "program(numpy.ones((4, 3))); repr(program); program.signature\n"
        "print([name for name in ('onnx', 'google.protobuf') if name in sys.modules])\n"
        "print(len(program.model.graph.node) > 0, 'onnx' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\nTrue True\n"


def change(model: onnx.ModelProto, what: str) -> None:
    (entry,) = model.metadata_props
    if what == "foreign":
        del model.metadata_props[:]
    elif what == "signature":
        content = json.loads(entry.value)
        content["inputs"][0]["dtype"] = "float32"
        entry.value = json.dumps(content)
    elif what == "many nodes":
        nodes = [onnx.helper.make_node("Abs", ["x"], [f"y{i}"]) for i in range(4000)]
        model.graph.node.extend(nodes)
    elif what == "shape":
        shape = onnx.numpy_helper.from_array(np.ones(5000, np.int64), "shape")
        model.graph.initializer.append(shape)
        model.graph.node.append(onnx.helper.make_node("Reshape", ["x", "shape"], ["many"]))
    elif what == "no output":
        del model.graph.output[:]


@pytest.mark.parametrize("what", ["foreign", "signature", "many nodes", "shape", "no output"])
def test_what_onnx_decides(what: str, tmp_path: Path) -> None:
    program = xp.trace(lambda x: x + 1, "float64[N, 3]")
    model = onnx.ModelProto.FromString(program.model.SerializeToString())
    change(model, what)
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    if what in ("foreign", "many nodes"):
        assert isinstance(xp.load(path)._runnable._model, onnx.ModelProto)
    else:
        with pytest.raises(ModelFileError):
            xp.load(path)


def test_slices_of_what_may_have_a_size_below_0_are_left_to_onnx(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    program = xp.trace(lambda x: xp.fft.fft(x, axis=0), "float64[N, 3]")
    program.save(path)
    assert "Slice" in str(program.text(functions=True))
    loaded = xp.load(path)
    assert isinstance(loaded._runnable._model, onnx.ModelProto)
    np.testing.assert_array_equal(loaded(X), program(X))


def test_external_data_are_read_by_onnx(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    xp.trace(lambda x: x @ np.ones((3, 500)), "float64[N, 3]").save(path, external_data=True)
    loaded = xp.load(path)
    assert isinstance(loaded._runnable._model, onnx.ModelProto)
    assert loaded(X).shape == (4, 500)


def field(number: int, content: bytes) -> bytes:
    size = len(content)
    assert size < 2**14
    length = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
    return bytes([number << 3 | 2]) + length + content


@pytest.mark.parametrize("part", ["input", "output", "metadata"])
def test_groups_are_left_to_protobuf(part: str, tmp_path: Path) -> None:
    """Also in what is so short that the scan passes over it."""
    program = xp.trace(lambda x: x + 1, "float64[N]")
    model = onnx.ModelProto.FromString(program.model.SerializeToString())
    graph = onnx.GraphProto.FromString(model.graph.SerializeToString())
    model.ClearField("graph")
    infos = {"input": (11, graph.input), "output": (12, graph.output)}
    extra, group = b"", b"\x7b\x7c"
    if part == "metadata":
        entry = onnx.StringStringEntryProto(key="k", value="v")
        extra = field(14, entry.SerializeToString() + group)
        body = graph.SerializeToString()
    else:
        number, (info,) = infos[part]
        graph.ClearField(part)
        body = graph.SerializeToString() + field(number, info.SerializeToString() + group)
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString() + field(7, body) + extra)
    loaded = xp.load(path)
    assert isinstance(loaded._runnable._model, onnx.ModelProto)
    np.testing.assert_array_equal(loaded(np.ones(2)), [2, 2])
