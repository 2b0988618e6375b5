"""Integer products of quantized programs: of a form without errors on any runtime and processor, and exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import onnxp as xp
from tests.helpers.sessions import LEVELS, session

RNG = np.random.default_rng(0)
COLUMNS = [1, 16, 17, 24, 31, 32, 33, 48, 49, 63, 65]


def constants(model: onnx.ModelProto) -> dict[str, np.ndarray[Any, Any]]:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def products(model: onnx.ModelProto) -> list[tuple[str, np.ndarray[Any, Any]]]:
    """Return the operators and constants of the integer products of a model."""
    arrays = constants(model)
    return [
        (node.op_type, arrays[node.input[1]])
        for node in model.graph.node
        if node.op_type in ("MatMulInteger", "ConvInteger")
    ]


def quantized(x: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.float32]:
    """Return the integers, less their zero point, that DynamicQuantizeLinear computes, and their scale."""
    low, high = min(x.min(), np.float32(0)), max(x.max(), np.float32(0))
    scale = np.float32((high - low) / np.float32(255))
    zero = np.rint(-low / scale)
    return np.clip(np.rint(x / scale) + zero, 0, 255).astype(np.int64) - int(zero), scale


def weights(*shape: int) -> np.ndarray[Any, Any]:
    """Return integers of 8 bits, as float32, the largest ones beside each other."""
    w = RNG.integers(-127, 128, shape).astype(np.float32)
    w[: max(2, shape[0] // 2)] = 127
    return w


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("function", ["product", "sum"])
def test_products_of_matrices_are_exact(columns: int, per_channel: bool, function: str):
    w = weights(8, columns)
    b = np.arange(columns, dtype=np.float32)
    program = xp.trace(
        lambda x: x @ w + b if function == "sum" else x @ w, "float32[N>=0, 8]", input_names=["x"]
    )
    model = program.quantize(per_channel=per_channel).model
    ((_, matrix),) = products(model)
    assert matrix.dtype == np.uint8
    assert matrix.shape[1] <= 16 or matrix.shape[1] % 16 == 0
    assert matrix.shape[1] - columns < 16
    for rows in (1, 2, 40, 100):
        x = np.abs(RNG.normal(size=(rows, 8))).astype(np.float32)
        x[:, :3] = x.max()
        integers, scale = quantized(x)
        expected = (integers @ w.astype(np.int64)).astype(np.float32) * scale  # a scale of 1 for w
        expected = expected + b if function == "sum" else expected
        for level in LEVELS:
            (y,) = session(model, level).run(None, {"x": x})
            np.testing.assert_allclose(y, expected, rtol=1e-6)
            assert y.shape == (rows, columns)
    for level in LEVELS:
        (y,) = session(model, level).run(None, {"x": np.zeros((0, 8), np.float32)})
        assert y.shape == (0, columns)


def test_matrices_that_are_used_several_times():
    """Of two products of one matrix, one is a result of the program; a third matrix has whole tiles."""
    w, v = weights(20, 20), weights(20, 32)
    program = xp.trace(lambda x, y: (x @ w, (y @ w) @ v), "float32[N, 20]", "float32[M, 20]")
    small = program.quantize()
    assert [matrix.shape for _, matrix in products(small.model)] == [(20, 32), (20, 32), (20, 32)]
    assert all(array.dtype != np.int8 for array in constants(small.model).values())
    x = RNG.normal(size=(40, 20)).astype(np.float32)
    first, second = small(x, x[:3])
    assert first.shape == (40, 20)
    assert second.shape == (3, 32)
    np.testing.assert_allclose(first, x @ w, atol=0.01 * np.abs(x @ w).max())


def test_stacks_of_matrices():
    w = weights(3, 8, 20)
    small = xp.trace(lambda x: x[None] @ w, "float32[N, 8]").quantize()
    assert products(small.model)[0][1].shape == (3, 8, 32)
    x = RNG.normal(size=(40, 8)).astype(np.float32)
    expected = x[None] @ w
    np.testing.assert_allclose(small(x), expected, atol=0.02 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("channels", "groups", "sizes", "parts"),
    [
        (20, 1, "H, W", [20]),
        (31, 1, "H, W", [31]),
        (32, 1, "H, W", [16, 16]),
        (100, 1, "H, W", [25, 25, 25, 25]),
        (40, 1, "10, 10", [40]),  # 8 * 8 places, which are whole tiles
        (40, 1, "7, 7", [20, 20]),
        (40, 2, "H, W", [40]),
    ],
)
@pytest.mark.parametrize("per_channel", [False, True])
def test_convolutions_are_exact(
    channels: int, groups: int, sizes: str, parts: list[int], per_channel: bool
):
    w = weights(channels, 4 // groups, 3, 3)
    program = xp.trace(
        lambda x: xp.onnx.op("Conv", x, w, group=groups),
        f"float32[N, 4, {sizes}]",
        input_names=["x"],
    )
    size = 7 if sizes == "7, 7" else 10
    x = RNG.normal(size=(2, 4, size, size)).astype(np.float32)
    model = program.quantize(per_channel=per_channel).model
    done = [array for operator, array in products(model) if operator == "ConvInteger"]
    assert [len(array) for array in done] == parts
    assert all(array.dtype == np.uint8 for array in done)
    integers, scale = quantized(x)
    expected = session(program.model).run(None, {"x": integers.astype(np.float32)})[0] * scale
    for level in LEVELS:
        (y,) = session(model, level).run(None, {"x": x})
        np.testing.assert_allclose(y, expected, rtol=1e-6)


def test_convolutions_of_wide_groups_stay():
    w, v = weights(80, 2, 3, 3), weights(2, 3)

    def function(x: Any) -> Any:
        return xp.onnx.op("Conv", x @ v, w, group=2)

    small = xp.trace(function, "float32[N, 4, H, 2]").quantize()
    assert [operator for operator, _ in products(small.model)] == ["MatMulInteger"]


def test_products_that_a_model_had_before_stay():
    w, v = np.ones((8, 20), np.uint8), weights(8, 3)

    def function(x: Any) -> Any:
        integers = xp.onnx.op("MatMulInteger", xp.astype(xp.clip(x, 0, 9), xp.uint8), w)
        return xp.astype(integers, xp.float32), x @ v

    program = xp.trace(function, "float32[N, 8]")
    shapes = {matrix.shape for _, matrix in products(program.quantize().model)}
    assert shapes == {(8, 20), (8, 3)}
