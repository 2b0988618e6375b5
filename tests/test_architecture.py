"""The package is layered as docs/architecture.rst says, and shows only its public names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import onnxp

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
MODULES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (SOURCE / "onnxp").rglob("*.py")
}
DOORS = {"dates", "errors", "fft", "linalg", "nulls", "onnx", "sklearn", "special", "testing"}
SEAM = "onnxp._src.namespace"


def package(module: str) -> str:
    """Return the row of the table that a module belongs to."""
    parts = [part for part in module.split(".") if part != "_src"]
    return parts[1] if len(parts) > 1 and parts[1] != "_version" else parts[0]


PACKAGES = {package(name) for name in MODULES}


def layers() -> list[tuple[str, int]]:
    """Return the packages of the page's table with their layers."""
    page = (ROOT / "docs" / "architecture.rst").read_text(encoding="utf-8")
    table = page.partition("   * - Layer\n")[2]
    rows = re.findall(r"   \* - (\d+)\n     - ``(\w+)``", table)
    return [(name, int(number)) for number, name in rows]


LAYERS = dict(layers())


def imports(name: str, *, late: bool) -> Iterator[tuple[int, str]]:
    """Return the line and module of each import of the package; late ones are inside functions."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    for node in ast.walk(tree) if late else tree.body:
        if isinstance(node, ast.Import):
            paths = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}:{node.lineno}: a relative import"
            paths = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for path in paths:
            if path.split(".")[0] == "onnxp":
                yield node.lineno, path if path in MODULES else path.rpartition(".")[0]


def for_typing(name: str) -> set[int]:
    """Return the lines of a module that only type checkers read."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    blocks = (
        node
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    return {line for block in blocks for line in range(block.lineno, block.end_lineno + 1)}


def test_every_package_has_one_layer():
    assert {name for name, _ in layers()} == PACKAGES
    assert len(layers()) == len(PACKAGES)


@pytest.mark.parametrize("name", sorted(MODULES.keys() - {SEAM}))
def test_imports_go_down(name: str):
    ignored = for_typing(name)
    for line, other in imports(name, late=True):
        if line not in ignored and name != "onnxp" and other not in ("onnxp._version",):
            here, there = package(name), package(other)
            assert here == there or LAYERS[there] < LAYERS[here], f"{name}:{line} imports {other}"


def test_there_are_no_circles():
    graph = {name: {other for _, other in imports(name, late=False)} - {name} for name in MODULES}
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)


def test_modules_are_public_doors_or_private():
    flat = {name.split(".")[1] for name in MODULES if "." in name}
    assert flat == DOORS | {"_src", "_version", "__main__"}


def test_the_package_shows_its_public_names_only():
    names = set(dir(onnxp))
    dunders = {name for name in names if name.startswith("__")}
    assert names == {*onnxp.__all__, *DOORS} | dunders
    assert all(hasattr(onnxp, name) for name in names)


def test_numpy_names_lead_to_the_standards():
    assert not hasattr(onnxp, "array")
    with pytest.raises(
        AttributeError, match="no attribute 'array'; the standard calls it 'asarray'"
    ):
        _ = onnxp.array
    with pytest.raises(AttributeError, match=r"no attribute 'nonsense'$"):
        _ = onnxp.nonsense
