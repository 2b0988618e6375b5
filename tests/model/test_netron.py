"""Programs in Netron."""

from __future__ import annotations

import socket
import sys
import types
import urllib.request
from collections.abc import Iterator
from typing import Any

import netron
import numpy as np
import onnx
import pytest

import onnxp as xp
from onnxp import errors
from onnxp._src.model import files


@pytest.fixture
def program() -> xp.Program:
    return xp.trace(lambda x: xp.exp(x) + 1, "float32[N]", source_lines=True)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Stand in for Netron; return what it is asked for."""
    calls: list[Any] = []

    def serve(file: str, data: Any, address: Any = None, browse: bool = False) -> tuple[str, int]:
        calls.append((file, onnx.ModelProto.FromString(bytes(data)), address, browse))
        return "localhost", 8080

    monkeypatch.setitem(sys.modules, "netron", types.SimpleNamespace(serve=serve))
    return calls


@pytest.fixture
def _stops() -> Iterator[None]:
    yield
    netron.stop()


@pytest.mark.usefixtures("_stops")
def test_netron_gets_the_model(program: xp.Program):
    address = program.view(browse=False)
    page = urllib.request.urlopen(address).read().decode()
    name = page.partition('name="file" content="')[2].partition('"')[0]
    content = urllib.request.urlopen(address + name).read()
    assert onnx.ModelProto.FromString(content) == program.model
    assert program.view(browse=False) != address  # the next free port


@pytest.mark.usefixtures("_stops")
def test_a_port_that_is_taken(program: xp.Program):
    with socket.socket() as other:
        other.bind(("localhost", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(errors.ArgumentError, match=f"view: port {port} cannot be used"):
            program.view(port=port, browse=False)


def test_the_browser_is_opened(program: xp.Program, served: list[Any]):
    assert program.view() == "http://localhost:8080"
    program.view(port=1234, browse=False)
    assert [call[2:] for call in served] == [(None, True), (1234, False)]
    assert all(call[1] == program.model for call in served)


def test_names_of_files(served: list[Any]):
    xp.trace(lambda x: x, "float32[]").view()

    def odd(x):
        return x

    odd.__qualname__ = "../a b/</script>"
    xp.trace(odd, "float32[]").view()
    assert [call[0] for call in served][1] == ".._a_b_script.onnx"
    assert all("/" not in call[0] and "<" not in call[0] for call in served)


def test_models_that_are_too_large(served: list[Any], monkeypatch: pytest.MonkeyPatch):
    weights = np.ones((100, 100), np.float32)
    program = xp.trace(lambda x: x @ weights, "float32[N, 100]")
    monkeypatch.setattr(files, "PROTOBUF_LIMIT", 10_000)
    program.view()
    (tensor,) = served[0][1].graph.initializer
    assert list(tensor.dims) == [100, 100]
    assert not tensor.raw_data


def test_without_netron(program: xp.Program, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "netron", None)
    with pytest.raises(errors.MissingPackageError, match=r"pip install 'onnxp\[view\]'"):
        program.view()
    with pytest.raises(ImportError):
        program.view()


@pytest.mark.parametrize("port", [0, -1, 65536, "8080", 80.5, True])
def test_ports_that_are_none(program: xp.Program, port: Any):
    with pytest.raises((errors.ArgumentError, errors.ArgumentTypeError), match="view: "):
        program.view(port=port)
