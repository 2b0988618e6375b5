"""Calls of functions that are written inline: what a model notes of them, for its display."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from onnxp._src.graph.values import Promise
from onnxp._src.model.nodes import all_nodes, subgraphs
from onnxp._src.model.promises import read_promise

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

BOX_KEY = "onnxp.function"
"""The key of a node's metadata with the name of the call that the node is a part of."""
BOXES_KEY = "onnxp.functions"
"""The key of a model's metadata with the calls: their functions, inputs and outputs."""


class Box(NamedTuple):
    """A call that the nodes of its function take the place of.

    Attributes
    ----------
    function : str
        The name of the function.
    inputs, outputs : list of str
        The names of what the call reads and computes.
    promise : Promise or None
        What the function promises.
    outer : str
        The name of the call that this one is a part of, if any.
    """

    function: str
    inputs: list[str]
    outputs: list[str]
    promise: Promise | None = None
    outer: str = ""


def note(model: ModelProto, boxes: Mapping[str, Box], renamed: Mapping[str, str]) -> None:
    """Write the calls, by name, into the metadata of a model; some of what they read was renamed."""
    for entry in [e for e in model.metadata_props if e.key == BOXES_KEY]:
        model.metadata_props.remove(entry)
    if boxes:
        content = {
            name: [
                box.function,
                *([renamed.get(n, n) for n in names] for names in (box.inputs, box.outputs)),
                box.promise,
                box.outer,
            ]
            for name, box in boxes.items()
        }
        model.metadata_props.add(key=BOXES_KEY, value=json.dumps(content, separators=(",", ":")))


def noted(model: ModelProto) -> dict[str, Box]:
    """Return the calls that the metadata of a model note; none if they are not valid."""
    text = next((entry.value for entry in model.metadata_props if entry.key == BOXES_KEY), "{}")
    try:
        return {
            name: Box(function, inputs, outputs, promise and read_promise(promise), outer)
            for name, (function, inputs, outputs, promise, outer) in json.loads(text).items()
        }
    except (ValueError, TypeError, AttributeError):
        return {}


def box_name(node: NodeProto) -> str:
    """Return the name of the call that a node is a part of, or nothing."""
    return next((entry.value for entry in node.metadata_props if entry.key == BOX_KEY), "")


def put_into(node: NodeProto, box: str) -> None:
    """Make a node a part of a call; an empty name is none."""
    if box:
        node.metadata_props.add(key=BOX_KEY, value=box)


def path_to(box: str, boxes: Mapping[str, Box]) -> list[str]:
    """Return the names of a call and of those that it is a part of, from the outermost on."""
    path: list[str] = []
    while box in boxes and box not in path:
        path.insert(0, box)
        box = boxes[box].outer
    return path


def innermost(first: str, second: str, boxes: Mapping[str, Box]) -> str:
    """Return the innermost call that two calls are parts of, or nothing."""
    paths = zip(path_to(first, boxes), path_to(second, boxes), strict=False)
    common = [name for name, other in paths if name == other]
    return common[-1] if common else ""


def refreshed(
    model: ModelProto, boxes: Mapping[str, Box], names: Mapping[str, Sequence[str]]
) -> dict[str, Box]:
    """Return calls with the inputs and outputs that their nodes have after a rewrite.

    Parameters
    ----------
    model : onnx.ModelProto
        The model, whose nodes name the calls that they are parts of.
    boxes : mapping of str to Box
        The calls before.
    names : mapping of str to list of str
        The names by which a value of before may be read now. Other values have kept theirs.
    """
    made: dict[str, set[str]] = {name: set() for name in boxes}
    read: dict[str, set[str]] = {name: set() for name in boxes}
    readers: dict[str, set[str]] = {}  # of each value; the graph, "", reads its outputs
    for node in all_nodes(model.graph.node):
        path = path_to(box_name(node), boxes)
        bodies = list(subgraphs(node))
        for box in path:
            made[box].update(node.output)
            made[box].update(info.name for body in bodies for info in body.input)
            read[box].update(node.input)
            read[box].update(info.name for body in bodies for info in body.output)
        for name in (*node.input, *(info.name for body in bodies for info in body.output)):
            readers.setdefault(name, set()).add(path[-1] if path else "")
    for info in model.graph.output:
        readers.setdefault(info.name, set()).add("")

    def left(box: str) -> set[str]:
        return {
            name
            for name in made[box]
            if any(box not in path_to(reader, boxes) for reader in readers.get(name, ()))
        }

    def renamed(before: Sequence[str], now: set[str]) -> list[str]:
        """Return names in the order of those of before, and second names of one value behind."""
        choices = [[n for n in (*names.get(b, ()), b) if n in now] for b in before]
        first = [choice[0] if choice else "" for choice in choices]
        return first + list(dict.fromkeys(n for c in choices for n in c if n not in first))

    return {
        name: box._replace(
            inputs=renamed(box.inputs, read[name] - made[name]),
            outputs=[n for n in renamed(box.outputs, left(name)) if n],
        )
        for name, box in boxes.items()
    }


def without_boxes(model: ModelProto) -> None:
    """Forget the calls of a model, whose nodes are moved or replaced."""
    note(model, {}, {})
    for node in model.graph.node:
        for entry in [e for e in node.metadata_props if e.key == BOX_KEY]:
            node.metadata_props.remove(entry)
