"""Programs as pictures."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp._src.model.display.layers import BESIDE, Arranged, Box, Edge, arrange

SVG = "{http://www.w3.org/2000/svg}"


def picture(program: xp.Program) -> ET.Element:
    text = program._repr_html_()
    assert text.startswith("<div")
    assert text.endswith("</div>")
    found = ET.fromstring(text).find(f"{SVG}svg")
    assert found is not None
    return found


def texts(svg: ET.Element) -> list[str]:
    return [element.text or "" for element in svg.iter(f"{SVG}text")]


def boxes(svg: ET.Element) -> list[tuple[float, float, float, float]]:
    found = []
    for group in svg.iter(f"{SVG}g"):
        rect = group.find(f"{SVG}rect")
        assert rect is not None
        x, y, width, height = (float(rect.get(key, "")) for key in ("x", "y", "width", "height"))
        found.append((x, y, x + width, y + height))
    return found


def trace(function: Any, *specs: str, **options: Any) -> xp.Program:
    return xp.trace(function, *(specs or ("float32[N, 3]",)), **options)


def check_boxes(svg: ET.Element) -> None:
    """Nothing overlaps, nothing is outside."""
    width, height = float(svg.get("width", "")), float(svg.get("height", ""))
    found = boxes(svg)
    for left, top, right, bottom in found:
        assert left >= 0
        assert top >= 0
        assert right <= width
        assert bottom <= height
    for (a0, b0, a1, b1), (c0, d0, c1, d1) in itertools.combinations(found, 2):
        assert a1 < c0 or c1 < a0 or b1 < d0 or d1 < b0


def test_what_is_in_the_picture():
    weights = np.ones((3, 4), np.float32)

    def function(x):
        with xp.name_scope("model/scaler"):
            x = (x - 1) / 2
        return {"score": xp.atan2(x @ weights, xp.asarray(np.float32(0.5)))}

    svg = picture(trace(function))
    check_boxes(svg)
    assert texts(svg) == [
        "x",
        "float32[N, 3]",
        "model/scaler",
        "Sub",
        "constant = 1.",
        "float32[N, 3]",
        "model/scaler",
        "Div",
        "constant_1 = 2.",
        "float32[N, 3]",
        "MatMul",
        "weights: float32[3, 4]",
        "float32[N, 4]",
        "atan2",
        "constant_2 = 0.5",
        "float32[N, 4]",
        "score",
    ]
    hints = [element.text for element in svg.iter(f"{SVG}title")]
    assert len(hints) == 6
    assert hints[3].splitlines()[:2] == ["MatMul", "MatMul()"]
    assert re.fullmatch(r"tests/model/test_svg.py:\d+", hints[3].splitlines()[2])
    fills = [group.find(f"{SVG}rect").get("fill") for group in svg.iter(f"{SVG}g")]
    assert fills[1] == fills[2]  # a scope has a colour
    assert len(set(fills)) == 4
    paths = [element for element in svg.iter(f"{SVG}path") if element.get("fill") == "none"]
    assert len(paths) == 5


def test_edges_go_downwards():
    def function(x):
        y = xp.exp(x)
        for _ in range(5):
            y = xp.exp(y) + x
        return y, x + 1

    svg = picture(trace(function))
    check_boxes(svg)
    for element in svg.iter(f"{SVG}path"):
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", element.get("d", ""))]
        heights = numbers[1::2]
        if element.get("fill") == "none":
            assert heights == sorted(heights)


def test_long_models_are_elided():
    def function(x):
        for i in range(500):
            x = xp.exp(x) + float(i)
        return x

    svg = picture(trace(function))
    check_boxes(svg)
    assert "... 940 more nodes ..." in texts(svg)
    assert len(boxes(svg)) == 60 + 1 + 2


def test_many_inputs_and_outputs_are_elided():
    program = xp.trace(lambda *x: [xp.exp(y) for y in x], *["float32[N]"] * 100)
    svg = picture(program)
    check_boxes(svg)
    found = texts(svg)
    assert {"... 88 more inputs ...", "... 40 more nodes ...", "... 88 more outputs ..."} < {*found}
    assert len(boxes(svg)) == 2 * (12 + 1) + 60 + 1


def test_long_names_are_shortened():
    def function(x):
        with xp.name_scope("scope" * 50):
            return {"y" * 200: xp.exp(x) + 1}

    svg = picture(trace(function))
    check_boxes(svg)
    assert max(map(len, texts(svg))) <= 36
    assert float(svg.get("width", "")) < 400
    assert any("scope" * 50 in (element.text or "") for element in svg.iter(f"{SVG}title"))


def named(name: str) -> list[str]:
    """Return the texts in the picture of a model whose input is called so."""
    x = xp.argument("N", xp.float32)
    program = xp.Program(xp.build({name: x}, {"y": xp.exp(x)}), trace(xp.exp).signature)
    svg = picture(program)
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} == {
        *("svg", "g", "rect", "path", "title", "text")
    }
    return texts(svg)


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "a&b", '"quoted"', "'", "]]>", "步骤", "&lt;"]
)
def test_names_are_escaped(name: str):
    assert named(name)[0] == name


def test_characters_that_xml_has_not():
    assert named("y\x00\x1b\ufffe\n")[0] == "y\ufffd\ufffd\ufffd\n"


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x,
        lambda x: (x, x, xp.asarray(1.0)),
        lambda x: xp.cond(xp.sum(x) > 0, lambda x: x + 1, lambda x: x * 2, x),
        lambda x: xp.fori_loop(0, 3, lambda i, s: s + xp.exp(x), x),
        lambda x: list(xp.unique_all(x)),
        lambda x: xp.take(x, xp.nonzero(x)[0], axis=0),
    ],
)
def test_odd_programs(function: Any):
    svg = picture(trace(function))
    check_boxes(svg)
    assert "x" in texts(svg)


def test_a_body_reads_what_it_reads():
    def function(x):
        y = xp.exp(x)
        return xp.fori_loop(0, 3, lambda i, s: s + y, x)

    svg = picture(trace(function))
    paths = [element for element in svg.iter(f"{SVG}path") if element.get("fill") == "none"]
    assert len(paths) == 4  # x to Exp and Loop, Exp to Loop, Loop to the output


def test_a_program_without_inputs():
    svg = picture(xp.trace(lambda: xp.ones(3)))
    assert texts(svg) == ["Identity", "constant = [1., 1., 1.]", "float64[3]", "output"]


def test_the_same_program_gives_the_same_picture():
    def function(x):
        return xp.exp(x) + xp.exp(x + 1) * xp.sum(x)

    assert trace(function)._repr_html_() == trace(function)._repr_html_()


# Layout


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Box], list[Edge]]:
    count = draw(st.integers(0, 25))
    sizes = st.floats(10, 200)
    found = [Box(draw(sizes), draw(st.floats(15, 80))) for _ in range(count)]
    edges = draw(
        st.lists(
            st.tuples(st.integers(0, max(count - 1, 0)), st.integers(0, max(count - 1, 0))),
            unique=True,
            max_size=60,
        )
    )
    return found, [Edge(a, 0.0, b) for a, b in edges if a < b < count]


def center(box: Box) -> tuple[float, float]:
    return box.x, box.y


def test_a_tree_has_no_crossings():
    found = [Box(20, 20) for _ in range(15)]
    edges = [Edge(i, 0.0, k) for i in range(7) for k in (2 * i + 1, 2 * i + 2)]
    arrange(found, list(reversed(edges)))
    for a, b in itertools.combinations(edges, 2):
        if found[a.source].layer == found[b.source].layer and a.source != b.source:
            left = found[a.source].x < found[b.source].x
            assert (found[a.target].x < found[b.target].x) is left


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_layouts(graph: tuple[list[Box], list[Edge]]):
    found, edges = graph
    arranged: Arranged = arrange(found, edges)
    assert len(arranged.routes) == len(edges)
    for edge, route in zip(edges, arranged.routes, strict=True):
        source, target = found[edge.source], found[edge.target]
        assert source.layer < target.layer
        assert route[0] == (source.x, source.y + source.height)
        assert abs(route[-1][0] - target.x) <= target.width / 2
        assert route[-1][1] == target.y
        assert [y for _, y in route] == sorted(y for _, y in route)
        assert all(0 <= x <= arranged.width and 0 <= y <= arranged.height for x, y in route)
    for a, b in itertools.combinations(found, 2):
        if a.layer == b.layer:
            assert abs(a.x - b.x) >= (a.width + b.width) / 2 + BESIDE - 1e-6
        else:
            assert (a.y < b.y) is (a.layer < b.layer)
    for box in found:
        assert box.width / 2 <= box.x <= arranged.width - box.width / 2
        assert box.y + box.height <= arranged.height
