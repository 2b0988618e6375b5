"""Calls of functions that are written inline: what a model notes of them, for its display."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from onnxp._src.graph.values import Promise
from onnxp._src.model.promises import read_promise

if TYPE_CHECKING:
    from onnx import ModelProto

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


def without_boxes(model: ModelProto) -> None:
    """Forget the calls of a model, whose nodes are moved or replaced."""
    note(model, {}, {})
    for node in model.graph.node:
        for entry in [e for e in node.metadata_props if e.key == BOX_KEY]:
            node.metadata_props.remove(entry)
