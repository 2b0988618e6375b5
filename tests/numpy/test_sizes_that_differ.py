"""Sizes that numpy compares: where it raises, a model of symbolic sizes fails, and answers elsewhere."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import EvaluationError, OnnxpError

Function = Callable[[Any, Any], Any]


def _written(write: Callable[[Any, Any], Any]) -> Function:
    """Return a function that writes into a copy of its first argument."""

    def function(x: Any, y: Any) -> Any:
        copy = x.copy()
        write(copy, y)
        return copy

    return function


def _ints(x: Any) -> Any:
    return np.astype(x, np.int64)


FUNCTIONS: dict[str, Function] = {
    "add": lambda x, y: x + y,
    "allclose": np.allclose,
    "array_equal": np.array_equal,
    "array_equiv": np.array_equiv,
    "average": lambda x, y: np.average(x, weights=y),
    "average-axis": lambda x, y: np.average(x, axis=0, weights=y),
    "broadcast_arrays": lambda x, y: np.broadcast_arrays(x, y)[0],
    "broadcast_to": lambda x, y: np.broadcast_to(x, y.shape),
    "choose": lambda x, y: np.choose(_ints(x) % 2, [y, y]),
    "clip": lambda x, y: np.clip(x, y, None),
    "column_stack": lambda x, y: np.column_stack([x, y]),
    "compress": lambda x, y: np.compress(y > 2, x),
    "convolve": np.convolve,
    "copyto": _written(np.copyto),
    "copyto-where": _written(lambda x, y: np.copyto(x, 0.0, where=y > 2)),
    "correlate": np.correlate,
    "cov": np.cov,
    "delete": lambda x, y: np.delete(x, y > 2),
    "dot": lambda x, y: np.dot(x, y),
    "einsum": lambda x, y: np.einsum("i,i->i", x, y),
    "einsum-sum": lambda x, y: np.einsum("i,i->", x, y),
    "extract": lambda x, y: np.extract(y > 2, x),
    "gradient": np.gradient,
    "histogram": lambda x, y: np.histogram(x, bins=3, range=(0, 6), weights=y)[0],
    "inner": lambda x, y: np.inner(x, y),
    "insert": lambda x, y: np.insert(x, y > 2, 9.0),
    "interp": lambda x, y: np.interp(1.5, x, y),
    "isclose": np.isclose,
    "lexsort": lambda x, y: np.lexsort((x, y)),
    "linspace": lambda x, y: np.linspace(x, y, 3),
    "mask": lambda x, y: x[y > 2],
    "matmul": lambda x, y: x @ y,
    "out": lambda x, y: np.add(x, 1, out=y.copy()),
    "out-of-sum": lambda x, y: np.sum(x, axis=0, keepdims=True, out=y.copy()),
    "piecewise": lambda x, y: np.piecewise(x, [y > 2], [1.0, 2.0]),
    "place": _written(lambda x, y: np.place(x, y > 2, [0.0])),
    "put": _written(lambda x, y: np.put(x, [0, 0, 0, 0], y)),
    "putmask": _written(lambda x, y: np.putmask(x, y > 2, 0.0)),
    "putmask-values": _written(lambda x, y: np.putmask(x, x > 2, y)),
    "repeat": lambda x, y: np.repeat(x, _ints(y)),
    "select": lambda x, y: np.select([x > 1], [y], 0.0),
    "setitem": _written(lambda x, y: x.__setitem__(slice(None), y)),
    "stack": lambda x, y: np.stack([x, y]),
    "sum-where": lambda x, y: np.sum(x, where=y > 2),
    "take_along_axis": lambda x, y: np.take_along_axis(x, _ints(y * 0), 0),
    "tensordot": lambda x, y: np.tensordot(x, y, 1),
    "trapezoid": np.trapezoid,
    "vdot": lambda x, y: np.vdot(x, y),
    "vecdot": lambda x, y: np.vecdot(x, y),
    "vstack": lambda x, y: np.vstack([x, y]),
    "where": lambda x, y: np.where(x > 1, x, y),
}
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    if np.insert([1, 2], np.array([True, False]), 9).size != 3:
        # numpy 2.0 takes a mask for integers
        del FUNCTIONS["insert"]
VECTORS = list(itertools.product([(3,), (2,), (1,), (0,)], repeat=2))
MATRICES = [
    ((2, 3), (2, 3)),
    ((2, 3), (3, 2)),
    ((1, 3), (2, 3)),
    ((2, 3), (1, 3)),
    ((2, 3), (2, 1)),
    ((2, 1), (2, 3)),
    ((0, 3), (2, 3)),
    ((0, 3), (0, 2)),
]
MIXED = [((2, 3), (3,)), ((2, 3), (2,)), ((2, 3), (1,)), ((0, 3), (3,)), ((2, 0), (3,))]
SHAPES = {"vectors": VECTORS, "matrices": MATRICES, "mixed": MIXED}
CASES = [
    (name, kind)
    for name in FUNCTIONS
    for kind in SHAPES
    if name != "cov" or kind == "vectors"  # whose matrices must not be empty
]


def numbers(shape: tuple[int, ...]) -> np.ndarray:
    return np.arange(1.0, 1 + np.prod(shape)).reshape(shape)


def outcome(function: Function, x: Any, y: Any) -> np.ndarray | None:
    """Return what numpy gives, or None if it raises."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return np.asarray(function(x.copy(), y.copy()))
        except (ValueError, TypeError, IndexError, RuntimeError, ArithmeticError):
            return None


def spec(name: str, rank: int) -> str:
    return f"float64[{', '.join(f'{name}{axis}>=0' for axis in range(rank))}]"


def check(run: Callable[[], Any], expected: np.ndarray | None) -> None:
    if expected is None:
        with pytest.raises(EvaluationError):
            run()
        return
    result = np.asarray(run())
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, rtol=1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_sizes_that_are_symbolic(name: str, kind: str) -> None:
    function, pairs = FUNCTIONS[name], SHAPES[kind]
    cases = [(x, y, outcome(function, x, y)) for x, y in (map(numbers, pair) for pair in pairs)]
    try:
        program = xp.trace(
            function, *(spec(a, np.ndim(x)) for a, x in zip("ab", cases[0], strict=False))
        )
    except OnnxpError:
        assert all(expected is None for *_, expected in cases)
        return
    for x, y, expected in cases:
        check(lambda x=x, y=y: program(x, y), expected)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_beside_an_array_without_elements(name: str) -> None:
    function, nothing = FUNCTIONS[name], np.zeros(0)
    sizes = [(x, outcome(function, x, nothing)) for x in map(numbers, [(3,), (2,), (1,), (0,)])]
    try:
        program = xp.trace(lambda x: function(x, xp.asarray(nothing)), "float64[N>=0]")
    except OnnxpError:
        assert all(expected is None for x, expected in sizes if x.size > 1)
        return
    for x, expected in sizes:
        check(lambda x=x: program(x), expected)
