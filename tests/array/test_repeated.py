"""Reductions of known arrays are recorded again in one step: the same node as the first time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp._src.array import repeated
from onnxp.errors import AxisError, OnnxpError

REDUCTIONS: dict[str, Callable[..., xp.Array]] = {
    name: getattr(xp, name) for name in "all any argmax argmin max mean min sum".split()
}
DTYPES = "bool int8 int64 uint32 float16 float32 float64 complex64 bfloat16".split()
OPTIONS: dict[str, dict[str, Any]] = {
    "all axes": {},
    "axis 0": {"axis": 0},
    "last axis": {"axis": -1},
    "keepdims": {"axis": 1, "keepdims": True},
}


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start without recorded nodes."""
    monkeypatch.setattr(repeated, "_nodes", {})


def array(dtype: str, shape: tuple[int, ...] = (3, 4)) -> xp.Array:
    numbers = np.arange(12.0)[: np.prod(shape, dtype=int)].reshape(shape) % 5
    return xp.astype(xp.asarray(numbers), getattr(xp, dtype))


def recorded(x: xp.Array) -> list[Any]:
    """Return what a result is computed by, but for the array."""
    parts: list[Any] = [str(x.dtype)]
    for plane in x._planes:
        node = plane.node
        assert node is not None
        constants = [None if v is None or v.data is None else v.data.tolist() for v in node.inputs]
        inputs = node.arity, constants[1:]
        parts.append((plane.dtype, plane.shape, plane.depth, node.op, node.attributes, *inputs))
    return parts


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_results_are_recorded_and_computed_as_before(name: str, dtype: str, options: str) -> None:
    reduction = REDUCTIONS[name]
    x, y = array(dtype), array(dtype)
    np.asarray(x), np.asarray(y)
    try:
        first = reduction(x, **OPTIONS[options])
    except OnnxpError as error:
        with pytest.raises(type(error)):
            reduction(y, **OPTIONS[options])
        return
    again = reduction(y, **OPTIONS[options])
    if len(recorded(first)[1:]) == 1 and None not in recorded(first)[1][-1]:
        assert recorded(again) == recorded(first)
    np.testing.assert_array_equal(np.asarray(again), np.asarray(first))


def test_the_first_call_is_remembered_by_dtype_shape_and_options() -> None:
    for shape in [(3, 4), (4, 3), (2, 2, 3)]:
        for dtype in ("float32", "float64"):
            x = array(dtype, shape)
            for axis in (0, 1):
                for _ in range(2):
                    result = xp.max(x, axis=axis)
                    np.testing.assert_array_equal(np.asarray(result), np.asarray(x).max(axis=axis))
    assert len(repeated._nodes) == 12


@pytest.mark.parametrize("axis", [7, "a", 1.5, [0, 0]])
def test_errors_stay(axis: Any) -> None:
    x = array("float32")
    xp.max(x, axis=1)
    for _ in range(2):
        with pytest.raises(OnnxpError) as caught:
            xp.max(x, axis=axis)
        assert caught.value.__context__ is None


def test_options_of_other_types_are_told_apart() -> None:
    x = array("float32")
    first = xp.sum(x, axis=1)
    for axis in (True, 1.0, np.int64(1), (1,), [1]):
        try:
            expected = REDUCTIONS["sum"].__wrapped__(x, axis=axis)  # type: ignore[attr-defined]  # a decorated function
        except OnnxpError as error:
            with pytest.raises(type(error)):
                xp.sum(x, axis=axis)
        else:
            assert recorded(xp.sum(x, axis=axis)) == recorded(expected) == recorded(first)


def test_sums_of_squares_are_not_those_of_products() -> None:
    """A node that is pending may change what is recorded: a sum of squares is one operator."""
    a, b = array("float32"), array("float32")
    assert xp.sum(a * b, axis=1)._planes[0].node.op == "ReduceSum"  # type: ignore[union-attr]  # of a recorded node
    assert xp.sum(a * a, axis=1)._planes[0].node.op == "ReduceSumSquare"  # type: ignore[union-attr]  # of a recorded node
    assert xp.sum(a * b, axis=1)._planes[0].node.op == "ReduceSum"  # type: ignore[union-attr]  # of a recorded node


def test_sizes_that_depend_on_data_are_not_remembered() -> None:
    x = array("float32")
    for limit in (1, 3):
        chosen = xp.abs(x[x > limit])
        assert float(xp.sum(chosen)) == float(np.asarray(x)[np.asarray(x) > limit].sum())
    assert all(type(size) is int for key in repeated._nodes for size in key[2])


def test_traced_arrays_take_the_long_way() -> None:
    xp.max(array("float32"), axis=1)
    program = xp.trace(lambda x: xp.max(x, axis=1), "float32[3, 4]")
    x = np.full((3, 4), np.nan, np.float32)
    assert np.isnan(program(x)).all()


def test_nodes_are_forgotten_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeated, "MAX_NODES", 5)
    for size in range(1, 9):
        assert float(xp.sum(xp.ones(size))) == size
    assert len(repeated._nodes) <= 5


def test_name_scopes_and_lines_are_those_of_the_call() -> None:
    x = array("float32")
    with xp.name_scope("one"):
        first = xp.mean(x)
    with xp.name_scope("two"):
        again = xp.mean(x)
    nodes = [result._planes[0].node for result in (first, again)]
    assert [node.scope.name for node in nodes if node is not None and node.scope] == ["one", "two"]
    sources = [node.source for node in nodes if node is not None]
    assert all(source is not None and source[0].co_filename == __file__ for source in sources)
    assert sources[0] != sources[1]


def test_an_axis_out_of_range_is_named() -> None:
    with pytest.raises(AxisError, match="max"):
        xp.max(array("float32"), axis=2)
