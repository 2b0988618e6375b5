"""The house is built as docs/architecture.rst says: every module on its floor, and imports downwards."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "onnxp"
MODULES = {
    ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__"): path
    for path in SOURCE.rglob("*.py")
}
ROOMS = {name.split(".")[1] for name in MODULES if "." in name}


def floors() -> dict[str, list[int]]:
    """Return the floors on which the page names each room."""
    page = (ROOT / "docs" / "architecture.rst").read_text(encoding="utf-8")
    table = page.partition("   * - Floor\n")[2].partition("\nWhere things live\n")[0]
    found: dict[str, list[int]] = {}
    for number, row in re.findall(r"   \* - (\d)\n(.*?)(?=   \* - |\Z)", table, re.DOTALL):
        for name in ROOMS.intersection(re.findall(r"``(\w+)``", row)):
            found.setdefault(name, []).append(int(number))
    return found


FLOORS = floors()
HOUSE = 7  # the package itself


def floor(module: str) -> int:
    return FLOORS[module.split(".")[1]][0] if "." in module else HOUSE


def imported(name: str) -> Iterator[str]:
    """Return what a module imports of the package when it is imported itself."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import"
            wanted = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for path in wanted:
            if path.split(".")[0] == "onnxp":
                yield path if path in MODULES else path.rpartition(".")[0]


def test_every_room_has_one_floor():
    assert set(FLOORS) == ROOMS
    assert {name: found for name, found in FLOORS.items() if len(found) > 1} == {}


@pytest.mark.parametrize("name", sorted(name for name in MODULES if "." in name))
def test_imports_go_down(name: str):
    for other in imported(name):
        assert floor(other) <= floor(name), f"{name} imports {other}"


def test_there_are_no_circles():
    graph = {name: set(imported(name)) - {name} for name in MODULES}
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)
