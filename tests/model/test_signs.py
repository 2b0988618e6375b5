"""The negative of a product that exponentials take is computed with negative constants, with the same bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from onnx import numpy_helper

import onnxp as xp
from tests.helpers import sessions

W = np.linspace(-1, 2, 12, dtype=np.float32).reshape(4, 3)
ROW = np.asarray([1, -2, 0.5], np.float32)
F32 = "float32[N, 4]"


def logistic(scores: Any) -> Any:
    return 1.0 / (1.0 + xp.exp(-scores))


def labels(x: Any, compare: Callable[[Any], Any]) -> Any:
    scores = x @ W[:, :1] + ROW[:1]
    return compare(xp.reshape(scores, (-1,))), logistic(scores)


TURNED: list[tuple[str, Callable[..., Any], str, str]] = [
    ("columns", lambda x: logistic(x @ W + ROW), F32, "Gemm Exp Add Div"),
    ("a vector", lambda x: logistic(x @ W[:, 0] + 1.5), F32, "Gemm Squeeze Exp Add Div"),
    ("float64", lambda x: logistic(x @ W.astype(float) + 1.5), "float64[N, 4]", "Gemm Exp Add Div"),
    ("what is subtracted", lambda x: logistic(x @ W - ROW), F32, "Gemm Exp Add Div"),
    (
        "read twice",
        lambda x: (lambda y: (xp.exp(-y), 1.0 + xp.exp(-y)))(x @ W + ROW),
        F32,
        "Gemm Exp Add",
    ),
    ("compared", lambda x: (lambda y: (y >= 0.0, logistic(y)))(x @ W + ROW), F32, "Gemm Exp"),
    *(
        (sign, lambda x, c=compare: labels(x, c), F32, f"Gemm Reshape {turned} Exp Add Div")
        for sign, turned, compare in (
            (">", "Less", lambda s: s > 0.0),
            (">=", "LessOrEqual", lambda s: s >= 0.0),
            ("<", "Greater", lambda s: s < 0.0),
            ("<=", "GreaterOrEqual", lambda s: s <= 0.0),
        )
    ),
]


@pytest.mark.parametrize(
    ("function", "spec", "expected"), [row[1:] for row in TURNED], ids=[row[0] for row in TURNED]
)
def test_turned(function: Callable[..., Any], spec: str, expected: str):
    program = xp.trace(function, spec)
    operators = [node.op_type for node in program.model.graph.node]
    assert "Neg" not in operators
    assert [op for op in operators if op in expected.split()] == expected.split()
    names = {info.name for info in program.model.graph.value_info}
    assert names < {name for node in program.model.graph.node for name in node.output}


NOT_TURNED: list[tuple[str, Callable[..., Any]]] = [
    ("an output", lambda x: (lambda y: (y, logistic(y)))(x @ W + ROW)),
    ("a negative that is an output", lambda x: (lambda y: (-y, xp.exp(-y)))(x @ W + ROW)),
    ("a negative that is divided by", lambda x: 1.0 / -(x @ W + ROW)),
    ("another reader", lambda x: (lambda y: logistic(y) * y)(x @ W + ROW)),
    ("compared with 1", lambda x: (lambda y: (y > 1.0, logistic(y)))(x @ W + ROW)),
    ("0 compared with it", lambda x: (lambda y: (xp.equal(y, 0.0), logistic(y)))(x @ W + ROW)),
    (
        "shaped for more",
        lambda x: (lambda y: (xp.reshape(y, (-1,)), logistic(y)))(x @ W + ROW),
    ),
    ("a bias that is computed", lambda x: logistic(x @ W + xp.sum(x, axis=0)[:3])),
    (
        "read by a branch",
        lambda x: (lambda y: (xp.cond(xp.any(x > 0.0), lambda: y, lambda: y * 2.0), logistic(y)))(
            x @ W + ROW
        ),
    ),
]


@pytest.mark.parametrize("function", [row[1] for row in NOT_TURNED], ids=[r[0] for r in NOT_TURNED])
def test_not_turned(function: Callable[..., Any]):
    operators = [node.op_type for node in xp.trace(function, F32).model.graph.node]
    assert "Neg" in operators


def test_constants_that_others_read_stay():
    def function(x: Any) -> Any:
        return logistic(x @ W + ROW), x @ W

    graph = xp.trace(function, F32).model.graph
    constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    matrices = [c for c in constants.values() if c.shape == W.shape]
    assert sorted(c.tobytes() for c in matrices) == sorted([W.tobytes(), (-W).tobytes()])
    read = {name for node in graph.node for name in node.input}
    assert constants.keys() <= read


@pytest.mark.parametrize("rows", [1, 2, 64, 1000])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_bits(rows: int, dtype: str):
    """Those of the graph that has a Neg, as its sum is an output, too."""
    random = np.random.default_rng(rows)
    w = random.normal(size=(20, 1)).astype(dtype)
    x = (random.normal(size=(rows, 20)) * 4).astype(dtype)
    x[rows // 2] = 0.0  # the sum is a zero

    def function(x: Any) -> Any:
        scores = x @ w + np.zeros(1, dtype)
        return xp.reshape(scores, (-1,)) > 0.0, logistic(scores)

    def whole(x: Any) -> Any:
        scores = x @ w + np.zeros(1, dtype)
        return xp.reshape(scores, (-1,)) > 0.0, logistic(scores), scores

    spec = f"{dtype}[N, 20]"
    program, other = xp.trace(function, spec), xp.trace(whole, spec)
    assert len(program.model.graph.node) == len(other.model.graph.node) - 1
    for level in ("disabled", "default"):
        expected = sessions.session(other.model, level).run(None, {"x": x})
        found = sessions.session(program.model, level).run(None, {"x": x})
        assert [a.tobytes() for a in found] == [a.tobytes() for a in expected[:2]]
    np.testing.assert_allclose(found[1], 1 / (1 + np.exp(-(x @ w))), rtol=1e-3)


def test_special_values():
    x = np.asarray([[np.nan], [np.inf], [-np.inf], [0.0], [-0.0], [1e-45], [3e38]], np.float32)

    def function(x: Any) -> Any:
        scores = x @ np.asarray([[2.0]], np.float32) + np.zeros(1, np.float32)
        return xp.reshape(scores, (-1,)) > 0.0, logistic(scores)

    positive, likely = xp.trace(function, "float32[N, 1]")(x)
    assert positive.tolist() == [False, True, False, False, False, True, True]
    expected = [np.nan, 1.0, 0.0, 0.5, 0.5, 0.5, 1.0]
    np.testing.assert_array_equal(likely[:, 0], np.asarray(expected, np.float32))
