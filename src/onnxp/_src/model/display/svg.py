"""Display of a model in notebooks: a small SVG drawing of its main graph."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from onnxp._src.model.display.format import (
    Lines,
    Types,
    attribute_text,
    bodies,
    counted,
    described,
    elided,
    operator_text,
    scope_text,
    tensor_values,
    text_of,
    type_text,
    types,
)
from onnxp._src.model.display.layers import Box, Edge, arrange

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

NODES = 60
"""The number of nodes to draw. If there are more, one box stands for the nodes in the middle."""
ENDS = 12
"""The number of inputs and the number of outputs to draw."""

_CHARACTER = 6.7  # width, in pixels
_LINE = 15.0
_LONGEST = 36  # characters
_CONSTANTS = 4  # the number of constants to name in a box
_APART = 12.0  # the distance of the labels below a box

_TINTS = ("#eaf1fb", "#e9f6ec", "#fdf1e3", "#f5eafa", "#fbeaea", "#e6f6f7", "#f6f5e1", "#efeff4")
_COLORS = {
    "input": ("#d9e6f7", "#4a76b8"),
    "output": ("#dcefdc", "#4b8f56"),
    "node": ("#f6f6f6", "#8a8f98"),
    "gap": ("#ffffff", "#b0b4bb"),
}


@dataclass
class _Part:
    """The content of a box: an input, a node, an output, or several that are omitted."""

    kind: str
    title: str
    reads: list[str]
    gives: dict[str, str]  # the names of its outputs, and their types
    notes: list[str] = field(default_factory=list)
    scope: str = ""
    hint: str = ""
    ports: dict[str, float] = field(default_factory=dict)  # positions relative to the center

    def box(self) -> Box:
        """Return a box that is wide enough, and set the positions of the outputs below it."""
        total = 0.0
        if self.kind == "gap":  # too many outputs to tell apart
            self.ports = dict.fromkeys(self.gives, 0.0)
        else:
            labels = [max(_width(text), 8.0) for text in self.gives.values()]
            total = sum(labels) + _APART * max(len(labels) - 1, 0)
            place = -total / 2
            for name, width in zip(self.gives, labels, strict=True):
                self.ports[name] = place + width / 2
                place += width + _APART
        widest = max(*(_width(text) for text in (self.title, self.scope, *self.notes)), total, 24.0)
        return Box(widest + 16, (1 + len(self.notes) + bool(self.scope)) * _LINE + 8)


def drawing(model: ModelProto, lines: Lines) -> str:
    """Draw a model as SVG.

    Parameters
    ----------
    model : onnx.ModelProto
        Any model.
    lines : callable
        Returns the user's line for a node, or an empty text. It is shown as a tooltip of the box.
    """
    parts = _parts(described(model).graph, lines)
    used = {name for part in parts for name in part.reads}
    made_by: dict[str, int] = {}
    for i, part in enumerate(parts):
        part.gives = {name: text for name, text in part.gives.items() if name in used}
        made_by.update(dict.fromkeys(part.gives, i))
    boxes = [part.box() for part in parts]
    edges: dict[Edge, str] = {}
    for i, part in enumerate(parts):
        for name in part.reads:
            source = made_by.get(name, i)
            if source < i:
                edges.setdefault(Edge(source, parts[source].ports[name], i), name)
    arranged = arrange(boxes, list(edges))
    content = [_route(points) for points in arranged.routes]
    tints: dict[str, str] = {}
    for part, box in zip(parts, boxes, strict=True):
        content += _drawn(part, box, tints)
    width, height = round(arranged.width), round(arranged.height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="ui-monospace, Menlo, Consolas, monospace" '
        f'font-size="11" text-anchor="middle">'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>{"".join(content)}</svg>'
    )


def _parts(graph: GraphProto, lines: Lines) -> list[_Part]:
    """Return the boxes to draw, in topological order."""
    declared = types(graph)
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    inputs = [info.name for info in graph.input if info.name not in tensors]
    parts: list[_Part] = []
    for names in _shown(inputs, ENDS):
        if isinstance(names, str):
            parts.append(_Part("input", names, [], {names: type_text(declared.get(names))}))
        else:
            parts.append(_Part("gap", _gap(names, "input"), [], dict.fromkeys(names, "")))
    for nodes in _shown(graph.node, NODES):
        if isinstance(nodes, Sequence):
            read = [name for node in nodes for name in _reads(node) if name not in tensors]
            made = [name for node in nodes for name in node.output if name]
            parts.append(_Part("gap", _gap(nodes, "node"), read, dict.fromkeys(made, "")))
        else:
            parts.append(_node(nodes, declared, tensors, lines(nodes)))
    for names in _shown([info.name for info in graph.output], ENDS):
        if isinstance(names, str):
            parts.append(_Part("output", names, [names], {}))
        else:
            parts.append(_Part("gap", _gap(names, "output"), list(names), {}))
    return parts


def _shown(items: Sequence[Any], limit: int) -> Iterator[Any]:
    """Yield items; if there are too many, yield those in the middle as a list."""
    first, end = elided(len(items), limit)
    yield from items[:first]
    if first < end:
        yield list(items[first:end])
    yield from items[end:]


def _gap(hidden: Sequence[object], what: str) -> str:
    return f"... {counted(len(hidden), f'more {what}')} ..."


def _reads(node: NodeProto) -> list[str]:
    """Return the names that a node and its subgraphs read."""
    names = dict.fromkeys(name for name in node.input if name)
    for graph in bodies(node).values():
        for inner in graph.node:
            names.update(dict.fromkeys(_reads(inner)))
        names.update(dict.fromkeys(info.name for info in graph.output))
    return list(names)


def _node(node: NodeProto, declared: Types, tensors: dict[str, TensorProto], line: str) -> _Part:
    title = text_of(node.name).rpartition("/")[2]
    operator = operator_text(node)
    constants = [name for name in _reads(node) if name in tensors]
    notes = []
    for name in constants[:_CONSTANTS]:
        tensor = tensors[name]
        values = tensor_values(tensor)
        label = text_of(name).rpartition("/")[2]
        notes.append(f"{label} = {values}" if values else f"{label}: {type_text(tensor)}")
    if len(constants) > _CONSTANTS:
        notes.append(_gap(constants[_CONSTANTS:], "constant"))
    attributes = [text for text in map(attribute_text, node.attribute) if text]
    hint = [text_of(node.name), f"{operator}({', '.join(attributes)})", line]
    return _Part(
        "node",
        title if text_of(node.op_type).lower() in title.lower() else f"{title} {operator}".strip(),
        [name for name in _reads(node) if name not in tensors],
        {name: type_text(declared.get(name)) for name in node.output if name},
        notes,
        scope_text(node),
        "\n".join(filter(None, hint)),
    )


# SVG


def _drawn(part: _Part, box: Box, tints: dict[str, str]) -> Iterator[str]:
    fill, stroke = _COLORS[part.kind]
    if part.scope:
        fill = tints.setdefault(part.scope, _TINTS[len(tints) % len(_TINTS)])
    x, y = box.x - box.width / 2, box.y
    radius = 4 if part.kind == "node" else box.height / 2
    dashes = ' stroke-dasharray="4 3"' if part.kind == "gap" else ""
    yield f"<g><title>{_escaped(part.hint or part.title)}</title>"
    yield (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
        f'rx="{radius:.1f}" fill="{fill}" stroke="{stroke}"{dashes}/>'
    )
    y += 4
    rows = [(part.scope, ' fill="#5f6670"')] if part.scope else []
    rows.append((part.title, ' font-weight="bold"'))
    rows += [(note, ' fill="#41464d"') for note in part.notes]
    for text, style in rows:
        y += _LINE
        yield f'<text x="{box.x:.1f}" y="{y - 4:.1f}"{style}>{_escaped(_short(text))}</text>'
    for name, port in part.ports.items():
        text = part.gives[name]
        if text:  # on top of the edge
            x, y, width = box.x + port, box.y + box.height + 5, _width(text)
            yield (
                f'<rect x="{x - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" height="13" fill="#ffffff"/>'
                f'<text x="{x:.1f}" y="{y + 10:.1f}" fill="#5f6670" font-size="10">'
                f"{_escaped(_short(text))}</text>"
            )
    yield "</g>"


def _route(points: Sequence[tuple[float, float]]) -> str:
    """Draw an edge with an arrow head: straight along the layers that it passes, and curved between them."""
    (x, y), *rest = points
    path = [f"M{x:.1f} {y:.1f}"]
    for following_x, following_y in rest:
        middle = (y + following_y) / 2
        path.append(
            f"C{x:.1f} {middle:.1f} {following_x:.1f} {middle:.1f} {following_x:.1f} {following_y:.1f}"
        )
        x, y = following_x, following_y
    head = f"M{x - 3:.1f} {y - 6:.1f}L{x:.1f} {y:.1f}L{x + 3:.1f} {y - 6:.1f}Z"
    return (
        f'<path d="{"".join(path)}" fill="none" stroke="#8a8f98"/><path d="{head}" fill="#8a8f98"/>'
    )


def _width(text: str) -> float:
    """Return the approximate width of a text."""
    shown = _short(text)
    return _CHARACTER * sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in shown)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _escaped(text: str) -> str:
    """Return text for XML, without control characters."""
    return html.escape("".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text))
