"""Every name of the standard is there, works evaluated and traced, and has its row on the page of names."""

from __future__ import annotations

import array_api_strict
import pytest

import onnxp
from benchmarks import names
from benchmarks.names import CHAPTERS, PAGE, Row
from onnxp._src.ops.versions import RUNTIME_OPSETS, installed_opset

NEWEST = installed_opset() == max(RUNTIME_OPSETS.values())


@pytest.fixture(scope="module")
def table() -> tuple[dict[str, dict[str, Row]], list[str]]:
    problems: list[str] = []
    return names.table(problems.append), problems


def test_names_are_those_of_the_standard():
    own = {"ArrayAPIStrictFlags", "Device", "fft", "linalg"}  # of that package, and extensions
    public = {name for name in array_api_strict.__all__ if not name.endswith(("_flags", "__"))}
    listed = {name for chapter in list(CHAPTERS)[1:] for name in CHAPTERS[chapter]}
    assert listed == (public - own) | {"__array_namespace_info__"}
    assert listed <= {*onnxp.__all__}


def test_methods_are_those_of_the_standard():
    strict = type(array_api_strict.ones(()))
    assert all(hasattr(strict, name) for name in CHAPTERS["Array object"])
    public = {name for name in vars(strict) if not name.startswith("_")}
    assert public <= {*CHAPTERS["Array object"]}
    assert all(hasattr(onnxp.Array, name) for name in CHAPTERS["Array object"])


def test_every_example_works(table: tuple[dict[str, dict[str, Row]], list[str]]):
    assert table[1] == []


@pytest.mark.skipif(not NEWEST, reason="opsets on the page are those of the newest runtime")
def test_page_is_current(table: tuple[dict[str, dict[str, Row]], list[str]]):
    current = PAGE.read_text(encoding="utf-8") == names.page(table[0])
    assert current, "make it anew: python -m benchmarks.names --write"


@pytest.mark.parametrize(
    ("example", "row"),
    [
        ("xp.sin(x)", Row("", "", "1", "1", "21")),
        ("bool(p[0, 0])", Row("", "asks for a value")),
        ("x.ndim", Row("", "")),
        ("xp.ones(3)", Row("", "", "0", "0")),
        ("xp.sine(x)", Row("AttributeError: module 'onnxp' has no attribute 'sine'", "not tried")),
    ],
)
def test_rows(example: str, row: Row):
    assert names.attempt(example)[0] == row
