"""Models of other tools for tests, made by hand, and calls of programs in traces that are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import onnxp as xp
from tests.helpers import sessions

FLOAT, INT64, BOOL, DOUBLE = (
    TensorProto.FLOAT,
    TensorProto.INT64,
    TensorProto.BOOL,
    TensorProto.DOUBLE,
)
node = helper.make_node
F34 = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)


def run(model: onnx.ModelProto, feeds: Mapping[str, Any]) -> list[np.ndarray]:
    """Run a model as anybody would who has nothing but the runtime."""
    onnx.checker.check_model(model, full_check=True)
    return sessions.run(model, feeds)


def values(*infos: tuple[str, int, Sequence[Any] | None]) -> list[onnx.ValueInfoProto]:
    return [helper.make_tensor_value_info(*info) for info in infos]


def model_of(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    weights: Mapping[str, np.ndarray] | None = None,
    *,
    opset: int = 21,
    domains: Mapping[str, int] | None = None,
    functions: Sequence[onnx.FunctionProto] = (),
    name: str = "other",
) -> onnx.ModelProto:
    tensors = [numpy_helper.from_array(data, n) for n, data in (weights or {}).items()]
    graph = helper.make_graph(nodes, name, inputs, outputs, tensors)
    imports = {"": opset, **(domains or {})}
    return helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid(*entry) for entry in imports.items()],
        functions=functions,
        ir_version=10 if functions else 8,
    )


def compare(program: xp.Program, feeds: Mapping[str, np.ndarray], **options: Any) -> xp.Program:
    """Trace a function that calls a program, with symbolic and static sizes, and compare with the program."""
    expected = program(**feeds)
    if isinstance(expected, dict):
        expected = list(expected.values())
    for symbolic in (True, False):
        specs = {
            name: xp.spec(
                [f"{name}{i}>=0" if symbolic else n for i, n in enumerate(data.shape)], data.dtype
            )
            for name, data in feeds.items()
        }
        traced = xp.trace(lambda **given: list(program(**given).values()), **specs, **options)
        results = run(traced.model, feeds)
        for result, wanted, leaf in zip(results, expected, traced.signature.outputs, strict=True):
            # a runtime's default optimisations re-associate a little
            np.testing.assert_allclose(result, wanted, rtol=1e-5, atol=1e-6)
            assert result.dtype == wanted.dtype
            assert len(leaf.shape) == result.ndim
            assert all(
                type(size) is not int or size == n
                for size, n in zip(leaf.shape, result.shape, strict=True)
            )
    return traced


def loader(folder: Path) -> Callable[[onnx.ModelProto], xp.Program]:
    """Return a function that writes a model into a folder and loads it."""

    def load(model: onnx.ModelProto) -> xp.Program:
        path = folder / f"{len(list(folder.iterdir()))}.onnx"
        onnx.save(model, path)
        return xp.load(path)

    return load
