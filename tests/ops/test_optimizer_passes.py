"""Each optimization that changes a recorded model leaves its results as they are."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime
import pytest

import onnxp as xp
from onnxp._src.array.base import new_array
from onnxp._src.lowering.functions import elementwise
from onnxp._src.ops import optimizer_passes as passes
from onnxp._src.ops.versions import TRIED
from tests.helpers import sessions
from tests.helpers.runtimes import INSTALLED

ALL = (*passes.TRIGGERED, *passes.NAMED_OPERATORS, *passes.NOT_TRIGGERED)
WEIGHTS = np.linspace(-1, 1, 16, dtype=np.float32).reshape(4, 4)
SCALE = np.asarray([0.5, -1, 2, 3], np.float32)
TWO = np.asarray([2], np.float32)  # the power that fusions look for; a number 2 gives a product
WIDE = np.resize(SCALE, 20)  # shorter rows are repeated before they scale
ROWS = "float32[N, 20]"
STACK = "float32[2, N, 20]"
op = xp.onnx.op


class Case(NamedTuple):
    """A function whose model a pass changes, and its inputs: dtypes and shapes, as in a spec."""

    function: Callable[..., Any]
    specs: tuple[str, ...] = ("float32[N, 4]",)


def _norm(x: Any, scale: Any = SCALE) -> Any:
    difference = x - xp.mean(x, axis=-1, keepdims=True)
    square = xp.mean(difference**TWO, axis=-1, keepdims=True)
    return difference / xp.sqrt(square + 1e-5) * scale + scale


def _gelu(x: Any) -> Any:
    return 0.5 * x * (1 + op("Erf", x / np.float32(2**0.5)))


def _conv(x: Any) -> Any:
    return op("Conv", x, np.ones((2, 3, 1, 1), np.float32))


TINY = WEIGHTS * np.float32(1e-30)
LARGE = np.float32(1e18)
ENLARGED = xp.trace(lambda x: x * LARGE, "float32[N>=0, 4]")
MULTIPLIED = xp.trace(lambda x: x @ TINY, "float32[N>=0, 4]")


def _e60() -> Any:
    return xp.exp(xp.asarray(np.float32(60)))  # computed when a model is written


@elementwise("enlarged")
def _enlarged(x: Any) -> Any:
    return x * 1e18


@elementwise("inverse")
def _inverse(x: Any) -> Any:
    return 1e-18 / x  # no factor of a product: it is not made a part of it


@elementwise("scaled")
def _scaled(x: Any, y: Any) -> Any:
    return x * y


def _call(recipe: Callable[..., Any], *arrays: Any) -> Any:
    return new_array(xp.float32, (recipe(*(xp.asarray(x)._planes[0] for x in arrays)),))


IMAGE = ("float32[1, 3, 4, 4]",)
CHANNEL = np.asarray([2, -3], np.float32).reshape(2, 1, 1)

CASES: dict[str, list[Case]] = {
    "ConstantFolding": [Case(lambda x: xp.cond(xp.asarray(True), lambda: x + 1, lambda: x))],
    "ConstantSharing": [Case(lambda x: xp.atan2(x, x + 1) + xp.atan2(x, x + 2))],
    "EliminateIdentity": [
        Case(lambda x: xp.cond(xp.asarray(True), lambda: x + 1, lambda: x)),
        Case(lambda x: xp.round(x * 2) * 3, ("int32[N, 4]",)),
    ],
    "GatherSliceToSplitFusion": [
        Case(lambda x: (x[0, :] + 0, x[1, :] * 2, x[2, :]), ("float32[3, N]",)),
        Case(lambda x: [(x * 2)[:, :2], (x * 2)[:, 2:]]),
        Case(lambda x: [(x * 2)[:, :2], (x * 2)[:, 1:]]),
        Case(lambda x: [(x * 2)[:2, :], (x * 2)[2:, :]]),
    ],
    "GemmTransposeFusion": [Case(lambda x: (x.T @ x).T + 1, ("float64[4, N]",))],
    "LayerNormFusionL1": [Case(lambda x: _norm(x, WIDE), (ROWS,)), Case(_norm)],
    "MatMulAddFusion": [
        Case(lambda x, w: x @ w + SCALE, ("float32[N, 4]", "float32[4, 4]")),
        Case(lambda x, b: x @ WEIGHTS + b, ("float32[N, 4]", "float32[N, 1]")),
        Case(lambda x, b: x @ WEIGHTS[:, :1] + b, ("float32[N, 4]", "float32[4]")),
        Case(lambda x, b: x @ WEIGHTS + b, ("float32[N, 4]", "float32[2, N, 4]")),
    ],
    "MatMulScaleFusion": [
        Case(lambda x: (x @ WEIGHTS) * 2.0),
        Case(lambda x: (x * 0.5) @ (x.T / 4)),
        Case(lambda x: (x @ WEIGHTS) * np.asarray([[2.0]], np.float32)),
        Case(lambda x: (x @ WEIGHTS) * np.full((1, 1, 1), 2.0, np.float32)),
        Case(lambda x: (x @ WEIGHTS) * 1e-25 / 1e25 * 1e30),
        Case(lambda x: ((x * 1e-25) @ (WEIGHTS * 1e-20) * 1e-10 + 0.0) * 1e20 * 1e20),
        Case(lambda x: ((x * 1e-30).T * 1e-10) @ x * 1e-5 * 1e20),
        Case(lambda x: functools.reduce(lambda y, _: y * 0.1, range(120), x @ x.T) * 1e30),
        Case(lambda x: functools.reduce(lambda y, _: y @ WEIGHTS * 1e-3, range(90), x)),
        Case(lambda x: (x @ WEIGHTS) * np.inf),
        Case(lambda x: (x * np.inf) @ WEIGHTS),
        Case(lambda x: x @ (x.T / 0.0)),
        Case(lambda x: np.sum(x * np.inf, axis=1) * 0.0),
        Case(lambda x: np.cov(x * np.nan), ("float64[2, 4]",)),
        Case(lambda x: functools.reduce(lambda y, _: y * 1e-3, range(40), x @ x.T) * 1e10),
        Case(lambda x: (x @ TINY) * _e60() * _e60()),
        Case(lambda x: (x * _e60()) @ TINY * _e60()),
        Case(lambda x: ENLARGED(x @ TINY) / np.float32(1e-30)),
        Case(lambda x: ENLARGED(x @ TINY * LARGE) / np.float32(1e-19)),
        Case(lambda x: MULTIPLIED(x * LARGE) / np.float32(1e-26)),
        Case(
            lambda x: xp.cond(xp.asarray(True), lambda: x @ TINY * LARGE, lambda: x) * LARGE * 1e9
        ),
        Case(
            lambda x: xp.cond(xp.asarray(False), lambda: x, lambda: x @ TINY * LARGE) * LARGE * 1e9
        ),
        Case(lambda x: _call(_enlarged, x @ TINY * LARGE) * 1e9),
        Case(lambda x: _call(_enlarged, _call(_enlarged, x @ TINY)) * 1e9),
        Case(lambda x: _call(_inverse, x @ TINY * LARGE) * 1e-15),
        Case(lambda x: _call(_scaled, x @ TINY * LARGE, LARGE) * 1e9),
        Case(lambda x: (_call(_scaled, x * LARGE, LARGE) @ TINY) * LARGE),
    ],
    "MatmulTransposeFusion": [
        Case(lambda x: x @ x.T),
        Case(lambda x: (x + 1).mT @ x, ("float32[2, N, 4]",)),
        Case(lambda x: (x + 1).T @ WEIGHTS, ("float32[4, N]",)),
        Case(lambda x: xp.permute_dims(x, (1, 0, 2)) @ WEIGHTS, ("float32[2, N, 4]",)),
    ],
    "NoopElimination": [
        Case(lambda x: xp.exp(xp.exp(x) + 0.0)),
        Case(lambda x: xp.exp(xp.exp(x[:, 0]) * np.ones((1, 1), np.float32))),
        Case(lambda x: xp.exp(np.zeros((3, 1, 1), np.float32) + xp.exp(x))),
    ],
    "NotWhereFusion": [
        Case(
            lambda x, y: op("Where", op("Not", x > y), x, y),  # `where` exchanges them by itself
            ("float32[N, 4]", "float32[N, 4]"),
        )
    ],
    "SimplifiedLayerNormFusion": [
        Case(lambda x: x / xp.sqrt(xp.mean(x**TWO, axis=-1, keepdims=True) + 1e-5) * WIDE, (ROWS,)),
        Case(lambda x: x / xp.sqrt(xp.mean(x**TWO, axis=-1, keepdims=True) + 1e-5) * SCALE),
        Case(lambda x: x / xp.sqrt(xp.mean(x**TWO, axis=0, keepdims=True) + 1e-5) * SCALE),
    ],
    "SkipLayerNormFusion": [
        Case(lambda x, y: _norm(x + y, WIDE), (STACK, STACK)),
        Case(lambda x, y: _norm(x + y, WIDE), (STACK, "float32[20]")),
        Case(lambda x, y: _norm(x + y, WIDE), (STACK, "float32[N, 1]")),
        Case(lambda x, y: (_norm(x + y, WIDE), x + y), (STACK, STACK)),
        Case(lambda x, y: _norm(x + y), ("float32[2, N, 4]", "float32[2, N, 4]")),
        Case(lambda x, y: _norm(x + y), ("float32[2, N, 4]", "float32[4]")),
        Case(lambda x, y: _norm(x + y), ("float32[2, N, 4]", "float32[N, 1]")),
        Case(lambda x, y: _norm(x + y), ("float32[2, N, 1]", "float32[2, N, 4]")),
        Case(lambda x, y: (_norm(x + y), x + y), ("float32[2, N, 4]", "float32[2, N, 4]")),
    ],
    "SliceConcatToSpaceToDepthFusion": [
        Case(
            lambda x: xp.concat(
                [x[:, :, i::2, j::2] for j in (0, 1) for i in (0, 1)],
                axis=1,
            ),
            IMAGE,
        )
    ],
    "TransposeOptimizer": [
        Case(
            lambda x: xp.permute_dims(xp.permute_dims(x, (2, 0, 1)) + 1, (1, 2, 0)),
            ("float32[N, 4, 3]",),
        ),
        Case(
            lambda x: xp.sum(xp.permute_dims(xp.exp(x), (2, 0, 1)), axis=0), ("float32[N, 4, 3]",)
        ),
        Case(lambda x: xp.concat([x.mT, x.mT + 1], axis=1)[:, 1:, :], ("float32[2, N, 4]",)),
        Case(lambda x: xp.argmax(xp.exp(x).mT, axis=1), ("float32[2, N, 4]",)),
        Case(lambda x: xp.reshape(xp.exp(x).mT, (2, -1)), ("float32[2, N, 4]",)),
    ],
    "ConvAddFusion": [Case(lambda x: _conv(x) + CHANNEL, IMAGE)],
    "ConvMulFusion": [Case(lambda x: _conv(x) * CHANNEL, IMAGE)],
    "EliminateDropout": [Case(lambda x: op("Dropout", x) + 1)],
    "GeluFusionL1": [Case(_gelu)],
    "BiasGeluFusion": [
        Case(lambda x: _gelu(x + SCALE)),
        Case(lambda x: _gelu(x + SCALE), ("float32[N, 1]",)),
        Case(lambda x: _gelu(x + SCALE[:1])),
    ],
    "GemmActivationFusion": [Case(lambda x: op("Relu", x @ WEIGHTS + SCALE))],
    "NchwcTransformer": [Case(_conv, IMAGE)],
    "QuickGeluFusion": [Case(lambda x: x * op("Sigmoid", x * 1.702))],
}
CASES["TransposeOptimizer_CPUExecutionProvider"] = CASES["TransposeOptimizer"][:1]
# not with the float64 roots of the oldest runtime, and only since the newest
# the runtimes that leave the example of a pass as it is
NOT_ON = dict.fromkeys(
    ("LayerNormFusionL1", "SimplifiedLayerNormFusion", "SkipLayerNormFusion"), TRIED[:1]
)
NOT_ON |= dict.fromkeys(
    ("GemmTransposeFusion", "NotWhereFusion", "SliceConcatToSpaceToDepthFusion"), TRIED[:2]
)


def _nodes(model: onnx.ModelProto, folder: Path, disabled: list[str]) -> list[Any]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.optimized_model_filepath = str(folder / "model.onnx")
    onnxruntime.InferenceSession(model.SerializeToString(), options, disabled_optimizers=disabled)
    nodes = onnx.load(folder / "model.onnx").graph.node
    return [(node.op_type, *node.input, *node.attribute) for node in nodes]


@pytest.mark.parametrize(
    "name", [name for name in passes.TRIGGERED if INSTALLED not in NOT_ON.get(name, ())]
)
def test_triggered(name: str, tmp_path: Path):
    function, specs = CASES[name][0]
    model = xp.trace(function, *specs).model
    others = [other for other in ALL if other != name]
    alone = _nodes(model, tmp_path, others) != _nodes(model, tmp_path, list(ALL))
    assert alone or _nodes(model, tmp_path, []) != _nodes(model, tmp_path, [name])


def _numbers(spec: str, size: int, seed: int) -> np.ndarray[Any, Any]:
    dtype, sizes = spec.rstrip("]").split("[")
    shape = [size if text == "N" else int(text) for text in sizes.split(", ")]
    return (np.random.default_rng(seed).normal(size=shape) * 3).astype(dtype)


@pytest.mark.parametrize(
    ("name", "number", "size"),
    [
        (name, i, size)
        for name, cases in CASES.items()
        for i in range(len(cases))
        for size in (0, 1, 4)
        if size or "Conv" not in name  # images have at least one pixel
    ],
)
def test_results(name: str, number: int, size: int):
    function, specs = CASES[name][number]
    open_specs = [spec.replace("N", "N>=0") for spec in specs]
    arrays = [_numbers(spec, size, seed) for seed, spec in enumerate(specs)]
    names = [f"x{i}" for i in range(len(specs))]
    for each in (specs, open_specs) if size else (open_specs,):
        program = xp.trace(function, *each, input_names=names)
        read = {info.name for info in program.model.graph.input}
        feeds = {key: x for key, x in zip(names, arrays, strict=True) if key in read}
        sessions.run(program.model, feeds, ulps=64)


def test_divisors_are_no_factors():
    program = xp.trace(lambda x: _call(_inverse, x @ TINY * LARGE), "float32[N, 4]")
    assert [node.op_type for node in program.model.graph.node] == ["MatMul", "Mul", "Div"]


def test_passes_of_the_runtime_are_in_the_table(capfd: pytest.CaptureFixture[str]):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 0
    model = xp.trace(lambda x: xp.exp(x) + 1, "float32[N]").model
    onnxruntime.InferenceSession(model.SerializeToString(), options)
    log = capfd.readouterr().err
    names = set(re.findall(r"GraphTransformer (\S+) modified", log))
    assert len(names) > 40
    assert names <= {*ALL, *passes.STAGES}


def test_each_pass_has_one_row():
    assert len(ALL) == len(set(ALL))
    assert CASES.keys() >= set(passes.TRIGGERED)
    assert CASES.keys() <= {*passes.TRIGGERED, *passes.NAMED_OPERATORS}
