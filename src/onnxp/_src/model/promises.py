"""What the functions of a model promise, in their metadata."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from onnxp._src.graph.values import Promise

if TYPE_CHECKING:
    from onnx import FunctionProto

PROMISE_KEY = "onnxp.depends"
"""The key of a function's metadata that says which elements its result depends on."""


def write_promise(proto: FunctionProto, promise: Promise) -> None:
    """Add a promise to the metadata of a function."""
    proto.metadata_props.add(key=PROMISE_KEY, value=json.dumps(promise))


def promise_of(proto: FunctionProto) -> Promise | None:
    """Return what a function promises, or None."""
    for entry in proto.metadata_props:
        if entry.key == PROMISE_KEY:
            return read_promise(json.loads(entry.value))
    return None


def read_promise(content: list[Any]) -> Promise:
    """Return a promise that JSON has made lists of."""
    axes, whole, reduces = content
    return Promise(tuple(axes), tuple(whole), reduces)
