"""Signatures: a file describes the signature that was traced."""

from __future__ import annotations

import dataclasses
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp._src.program import signature as module
from onnxp.errors import NotAnArrayError


@dataclasses.dataclass
class Line:
    slope: Any
    offset: Any


Pair = namedtuple("Pair", ["first", "second"])


def power(x: xp.Array) -> xp.Array:
    """Return an array whose size is an expression of more than 1,000 characters."""
    return xp.broadcast_to(x[0, 0, 0, 0], (sum(x.shape) ** 8,))


def both_nonzero(x: xp.Array, y: xp.Array) -> xp.Array:
    return xp.concat([xp.nonzero(y)[0], xp.nonzero(x)[0]])


CASES: dict[str, tuple[Callable, list[Any], dict[str, Any]]] = {
    "fixed sizes": (lambda x: x + 1, ["float32[2, 3]"], {}),
    "no axes": (lambda x: x + 1, ["int8[]"], {}),
    "names": (lambda x, y: x[:, None] + y, ["float32[N]", "float32[M]"], {}),
    "bounds": (lambda x, y: x + xp.sum(y), ["float32[N>=0]", "float32[2<=M<=64]"], {}),
    "expressions": (lambda x: (x[1:], x[::2], xp.concat([x, x])), ["float32[2*N+1]"], {}),
    "functions of sizes": (lambda x, y: x[: y.shape[0]], ["float32[N]", "float32[M]"], {}),
    "planes": (lambda z: (xp.real(z), xp.conj(z)), ["complex64[N]"], {}),
    "sizes of results": (lambda x: (xp.nonzero(x)[0], xp.unique_values(x)), ["float32[N]"], {}),
    "two sizes of one name": (both_nonzero, ["float32[N]", "float32[nonzero]"], {}),
    "long sizes": (lambda x: (power(x), x + 1, power(x) + 1), ["float32[N, M, K, L]"], {}),
    "structures": (
        lambda x, y: {"a": [x + y.first], 3: Line(x * 2, (y.second + 1,))},
        ["float32[N]", Pair("float32[N]", "float32[M, 2]")],
        {},
    ),
    "unused inputs": (
        lambda x, y: y["a"] + 1,
        ["float32[N]", {"a": "float32[M]", "b": "float32[N]"}],
        {"drop_unused": True},
    ),
    "assumptions": (
        lambda x: x - xp.min(x) if xp.any(x < 0) else x + 1,
        ["float32[N]"],
        {"example": np.asarray([-1.0, 2.0], np.float32), "check_assumptions": True},
    ),
    "a constant output": (
        lambda x: (xp.nonzero(xp.asarray([0, 2, 3]))[0], x + 1),
        ["int64[N]"],
        {},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_file_has_the_signature_of_the_trace(name: str, tmp_path: Path):
    function, specs, options = CASES[name]
    program = xp.trace(function, *specs, **options)
    program.save(tmp_path / "model.onnx")
    loaded = xp.load(tmp_path / "model.onnx")
    assert loaded.signature == program.signature
    assert bounds(loaded) == bounds(program)
    assert repr(loaded).partition(":\n")[0] == repr(program).partition(":\n")[0]


def symbols(program: xp.Program) -> list[xp.Dim]:
    leaves = (*program.signature.inputs, *program.signature.outputs)
    sizes = [size for leaf in leaves for size in leaf.shape or () if isinstance(size, xp.Dim)]
    return [s for size in sizes for s in sorted(size.symbols, key=lambda symbol: symbol.sort_key)]


def bounds(program: xp.Program) -> list[tuple[Any, ...]]:
    return [(symbol.name, symbol.low, symbol.high) for symbol in symbols(program)]


@pytest.mark.parametrize("name", CASES)
def test_signatures_refer_to_no_graph_and_no_example(name: str):
    function, specs, options = CASES[name]
    program = xp.trace(function, *specs, **options)
    assert all((s.origin, s.example) == (None, None) for s in symbols(program))


def test_a_trace_parses_no_metadata(monkeypatch: pytest.MonkeyPatch):
    def refuse(text: str) -> None:
        raise AssertionError("the signature was parsed")

    monkeypatch.setattr(module, "from_json", refuse)
    program = xp.trace(lambda x: x[1:] * 2, "float32[N]", example=np.ones(3, np.float32))
    assert [leaf.text for leaf in program.signature.outputs] == ["float32[N-1]"]


def test_long_sizes_become_names():
    program = xp.trace(lambda x: (power(x), power(x) + 1), "float32[N, M, K, L]")
    first, second = program.signature.outputs
    assert first.text == second.text == "float32[size]"
    values = np.full((1, 2, 1, 1), 3, np.float32)
    assert [(y.shape, y.max()) for y in program(values)] == [((5**8,), 3), ((5**8,), 4)]
    outer = xp.trace(lambda x: sum(program(x)), "float32[A, B, C, D]")  # the two sizes are one
    assert outer(values).max() == 7


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (namedtuple("Pair", ["class", "x"], rename=True), r"namedtuple 'Pair' with the fields \['_0', 'x'\]"),
        (dataclasses.make_dataclass("Result of", ["x", "y"]), "dataclass 'Result of'"),
        (type("lambda", (Pair,), {}), "namedtuple 'lambda'"),
    ],
    ids=["field", "class", "keyword"],
)  # fmt: skip
def test_records_that_a_model_cannot_keep(record: type, text: str):
    with pytest.raises(NotAnArrayError, match=f"the result has a {text}.*identifiers"):
        xp.trace(lambda x: record(x + 1, x * 2), "float32[N]")
    with pytest.raises(NotAnArrayError, match=f"the spec has a {text}.*identifiers"):
        xp.trace(lambda pair: pair, record("float32[N]", "float32[N]"))
