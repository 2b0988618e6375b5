"""Sizes of arrays that no result needs: a run fails where numpy raises, and models stay short."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import EvaluationError, IndexingError
from tests.helpers import sessions

Function = Callable[[Any, Any, Any], Any]

SIZES: dict[str, Function] = {
    "sum": lambda x, y, m: m.zeros((x + y).shape[0]),
    "product": lambda x, y, m: m.linspace(0, 1, (x * y).shape[-1]),
    "where": lambda x, y, m: m.arange(m.where(x > 0, x, y).shape[0]),
    "comparison": lambda x, y, m: m.ones((x < y).shape),
    "behind others": lambda x, y, m: m.reshape(m.arange(6), (-1, m.abs(x - y)[None].shape[0])),
    "like another": lambda x, y, m: m.zeros_like(x / y),
    "length": lambda x, y, m: x * len(m.logical_and(x > 0, y > 0)),
    "rank 0": lambda x, y, m: m.asarray(1.0) * (x + y).size,
    "rows": lambda x, y, m: sum(x[i] for i in range(len(x + y))),
    "broadcast": lambda x, y, m: m.broadcast_to(m.asarray(1.0), m.maximum(x, y).shape),
    "function": lambda x, y, m: m.ones(m.hypot(x, y).shape),
    "broadcast arrays": lambda x, y, m: m.broadcast_arrays(x, y)[0],
    "stack": lambda x, y, m: m.zeros(m.stack([x, y]).shape[1]),
    "text": lambda x, y, m: m.where(
        m.ones((x + y).shape, dtype=bool), m.asarray("a"), m.asarray("b")
    ),
}
MATRICES: dict[str, Function] = {
    "concat": lambda x, y, m: m.zeros(m.concat([x, y], axis=0).shape[1]),
    "matmul": lambda x, y, m: m.zeros((x @ y.T).shape[0]),
    "vecdot": lambda x, y, m: m.zeros(m.vecdot(x, y[0, :]).shape),
    "sum": lambda x, y, m: m.zeros((x + y[:1, :]).shape),
}


def outcome(function: Function, arrays: list[Any], m: Any) -> Any:
    try:
        return np.asarray(function(*arrays, m))
    except ValueError:
        return None


def check(function: Function, specs: tuple[str, str], arrays: list[Any]) -> None:
    """Compare models with numpy, which raises where the runs have to fail."""
    expected = outcome(function, arrays, np)
    program = xp.trace(lambda x, y: function(x, y, xp), *specs, input_names=["x", "y"])
    feeds = dict(zip("xy", arrays, strict=True))
    if expected is None:
        with pytest.raises(EvaluationError):
            program(*arrays)
        for level in sessions.LEVELS:
            with pytest.raises(Exception, match="Status"):
                sessions.session(program.model, level).run(None, feeds)
        return
    (result,) = sessions.run(program.model, feeds)
    assert result.shape == expected.shape
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("size", [1, 3, 5])
@pytest.mark.parametrize("kind", SIZES)
def test_vectors(kind: str, size: int) -> None:
    check(SIZES[kind], ("float64[5]", "float64[M]"), [np.arange(5.0), np.arange(1.0, size + 1)])


@pytest.mark.parametrize("size", [3, 4])
@pytest.mark.parametrize("kind", MATRICES)
def test_matrices(kind: str, size: int) -> None:
    check(MATRICES[kind], ("float64[2, 3]", "float64[N, M]"), [np.ones((2, 3)), np.ones((2, size))])


def test_what_a_result_needs_is_not_checked_again() -> None:
    def function(x: Any, y: Any) -> Any:
        z = x + y
        return z * z.shape[0]

    nodes = xp.trace(function, "float64[5]", "float64[M]").model.graph.node
    assert [node.op_type for node in nodes] == ["Add", "Mul"]


@pytest.mark.parametrize(
    "specs",
    [("float64[5]", "float64[5]"), ("float64[N]", "float64[N]"), ("float64[N]", "float64[1]")],
)
def test_known_sizes_need_no_check(specs) -> None:
    program = xp.trace(lambda x, y: xp.zeros((x + y).shape), *specs)
    assert "Add" not in [node.op_type for node in program.model.graph.node]


def test_branches_that_are_not_taken_check_nothing() -> None:
    program = xp.trace(
        lambda c, x, y: xp.cond(c, lambda: xp.ones((x + y).shape), lambda: x),
        *("bool[]", "float64[5]", "float64[M]"),
    )
    np.testing.assert_array_equal(program(np.asarray(False), np.ones(5), np.ones(3)), np.ones(5))


def test_loops() -> None:
    def function(x: Any, y: Any) -> Any:
        return xp.fori_loop(0, (x + y).shape[0], lambda i, z: z + (z + x).shape[0], x)

    program = xp.trace(function, "float64[5]", "float64[M]")
    assert program(np.ones(5), np.ones(1)).tolist() == [26.0] * 5
    with pytest.raises(EvaluationError):
        program(np.ones(5), np.ones(3))


ASSIGNED: dict[str, Callable[[Any, Any], None]] = {
    "in place": lambda v, w: v.__setitem__(slice(2, 0), v[2:0] * w),
    "other": lambda v, w: v.__setitem__(slice(2, 0), w),
    "a sum": lambda v, w: v.__setitem__(slice(0, 0), v[:0] + w),
    "an element": lambda v, w: v.__setitem__(slice(2, 0), w[2]),
    "nothing": lambda v, w: v.__setitem__(np.zeros(0, int), w + v[:0]),
}


@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("kind", ASSIGNED)
def test_assignment_to_nothing(kind: str, size: int, rank: int) -> None:
    def function(v: Any, w: Any) -> Any:
        v = v * 1
        ASSIGNED[kind](v, w)
        return v

    v, w = np.arange(4.0 if rank == 1 else 8.0), np.ones(size)
    v = v if rank == 1 else v.reshape(4, 2)
    try:
        expected = function(v, w)
    except (ValueError, IndexError):
        expected = None
    program = xp.trace(function, f"float64[{', '.join(['N', 'K'][:rank])}]", "float64[M]")
    if expected is None:
        with pytest.raises(EvaluationError):
            program(v, w)
    else:
        np.testing.assert_array_equal(program(v, w), expected)


@pytest.mark.parametrize("write", ["whole", "slice", "out", "copyto"])
@pytest.mark.parametrize(
    ("shape", "other"), [((0, 1), (1, 3)), ((1, 0), (0, 1)), ((0, 1), (2, 1)), ((0, 3), (1, 1))]
)
def test_what_is_written_into_nothing_fits(write, shape, other) -> None:
    def function(v: Any, w: Any) -> Any:
        v = v.copy()
        if write == "whole":
            v[...] = w
        elif write == "slice":
            v[:] = w * 2
        elif write == "out":
            np.add(w, v, out=v)
        else:
            np.copyto(v, w)
        return v

    v, w = np.ones(shape), np.ones(other)
    program = xp.trace(function, "float64[N>=0, M>=0]", "float64[K>=0, L>=0]")
    try:
        expected = function(v, w)
    except ValueError:
        with pytest.raises(EvaluationError):
            program(v, w)
    else:
        assert program(v, w).shape == expected.shape


KEYS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "index": lambda none, mask, j: (none, j),
    "index in front": lambda none, mask, j: (j, none),
    "mask": lambda none, mask, j: (mask, j),
    "behind an ellipsis": lambda none, mask, j: (mask, ..., j),
    "new axis": lambda none, mask, j: (None, none, j),
    "slice": lambda none, mask, j: (slice(0, none.shape[0]), j),
    "slice behind": lambda none, mask, j: (j, slice(0, none.shape[0])),
    "slice of no length": lambda none, mask, j: (slice(2, 0), j),
}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("index", [-4, -3, 2, 3])
@pytest.mark.parametrize("sizes", ["3, 3", "N, 3", "N, K"])
def test_an_index_beside_an_empty_selection_is_checked(key: str, index: int, sizes: str) -> None:
    def function(v: Any, none: Any, mask: Any, j: Any) -> Any:
        v = v * 1
        v[KEYS[key](none, mask, j)] = 7.0
        return v

    arrays = np.ones((3, 3)), np.zeros(0, np.int64), np.zeros(3, bool), np.asarray(index)
    specs = [f"float64[{sizes}]", "int64[M>=0]", f"bool[{sizes[0]}]", "int64[]"]
    for constant in (False, True):
        if not -3 <= index < 3:
            with pytest.raises(IndexError):
                function(*arrays)
            with pytest.raises((EvaluationError, IndexingError)):
                _traced(function, specs, arrays, constant)
        else:
            result = _traced(function, specs, arrays, constant)
            np.testing.assert_array_equal(result, np.ones((3, 3)))


def _traced(function: Any, specs: list[str], arrays: tuple[Any, ...], constant: bool) -> Any:
    if not constant:
        return xp.trace(function, *specs)(*arrays)
    *others, index = arrays
    return xp.trace(lambda *args: function(*args, int(index)), *specs[:-1])(*others)
