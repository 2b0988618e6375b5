"""Arithmetic of shapes, checked against numpy with numbers in place of symbols."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import onnxp as xp
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import dim
from onnxp._src.shapes.shape import (
    as_shape,
    as_size,
    broadcast,
    broadcast_all,
    is_empty,
    is_static,
    normalize_axes,
    normalize_axis,
    product,
    same_shape,
    shape_text,
)
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    AxisError,
    BroadcastError,
    OnnxpError,
    TracedValueError,
    UnknownSizeError,
)

# Sizes that a symbol can have; the bounds are declared.
VALUES = {"Z": (0, 1, 2, 5), "N": (1, 2, 5), "K": (2, 5), "F": (5,)}
BOUNDS = {"Z": (0, None), "N": (1, None), "K": (2, None), "F": (5, 5)}
SIZES = [0, 1, 2, 5] + [dim(name, *bounds) for name, bounds in BOUNDS.items()]
SIZES += [SIZES[5] + 1, 2 * SIZES[4], dims.maximum(SIZES[5], 2)]
ASSIGNMENTS = [
    {"Z": z, "N": n, "K": k, "F": f}
    for z in VALUES["Z"]
    for n in VALUES["N"]
    for k in VALUES["K"]
    for f in VALUES["F"]
]
shapes = st.lists(st.sampled_from(SIZES), max_size=3).map(tuple)


def numbers(shape, values: dict[str, int]) -> tuple[int, ...]:
    return tuple(dims.evaluate(size, lambda s: values[s.name]) for size in shape)


def of_numpy(*found: tuple[int, ...]) -> tuple[int, ...] | None:
    try:
        return np.broadcast_shapes(*found)
    except ValueError:
        return None


def test_broadcast_error_names_both_shapes():
    with pytest.raises(
        BroadcastError, match=r"^add: shapes \(K, 3\) and \(4,\) do not broadcast; sizes"
    ):
        broadcast((dim("K", 2), 3), (4,), "add")


@given(shapes, shapes)
def test_broadcast_is_numpys_for_all_sizes(a, b):
    expected = [of_numpy(numbers(a, v), numbers(b, v)) for v in ASSIGNMENTS]
    try:
        result = broadcast(a, b)
    except BroadcastError:
        assert set(expected) == {None}
        return
    for values, wanted in zip(ASSIGNMENTS, expected, strict=True):
        if wanted is not None:  # else the runtime finds out
            assert numbers(result, values) == wanted, (a, b, result, values)


@given(st.lists(shapes, max_size=4))
def test_broadcast_all(found):
    expected = [of_numpy(*(numbers(s, v) for s in found)) for v in ASSIGNMENTS]
    try:
        result = broadcast_all(found)
    except BroadcastError:
        assert set(expected) == {None}
        return
    for values, wanted in zip(ASSIGNMENTS, expected, strict=True):
        if wanted is not None:
            assert numbers(result, values) == wanted


@given(shapes, shapes)
def test_same_shape_is_certain(a, b):
    answers = {numbers(a, v) == numbers(b, v) for v in ASSIGNMENTS}
    if same_shape(a, b):
        assert answers == {True}
    if a == () == b or a is b:
        assert same_shape(a, b)


@given(shapes)
def test_product_and_text(shape):
    for values in ASSIGNMENTS:
        (found,) = numbers((product(shape),), values)
        assert found == np.prod(numbers(shape, values), dtype=int)
        assert found == 0 or not is_empty(shape)
    assert is_static(shape) == all(isinstance(size, int) for size in shape)
    if is_static(shape):
        assert shape_text(shape) == str(shape)


def kind(obj: object) -> str:
    return type(obj).__name__


class Index:
    def __index__(self) -> int:
        return 3


class NoIndex:
    def __index__(self) -> int:
        raise TypeError("no")


@pytest.mark.parametrize(
    "obj",
    [3, np.int64(3), np.uint8(3), np.array(3), Index(), xp.asarray(np.int64(3))],
    ids=kind,
)
def test_sizes(obj: object):
    assert as_size(obj, "f") == 3
    assert type(as_size(obj, "f")) is int
    assert as_shape(obj, "f") == (3,)
    assert normalize_axis(obj, 4, "f") == 3


@pytest.mark.parametrize(
    "obj",
    [True, np.True_, 2.0, "3", b"3", None, 1j, [3], np.array([3]), np.array([1, 2]), NoIndex()],
    ids=kind,
)
def test_what_is_no_size_is_refused(obj: object):
    with pytest.raises(ArgumentTypeError, match="f: a size must be an integer, not") as raised:
        as_size(obj, "f")
    assert type(obj).__name__ in str(raised.value)
    with pytest.raises(ArgumentTypeError, match="f: axis must be an integer, not"):
        normalize_axis(obj, 4, "f")


@pytest.mark.parametrize("obj", ["N", b"ab", {1, 2}, {1: 2}, frozenset({1})], ids=kind)
def test_what_is_no_shape_is_refused(obj: object):
    with pytest.raises(ArgumentTypeError, match="f: a shape must be an integer or a sequence"):
        as_shape(obj, "f")


@pytest.mark.parametrize(
    ("obj", "shape"),
    [
        ((), ()),
        ([2, 3], (2, 3)),
        (np.array([2, 3]), (2, 3)),
        (range(3), (0, 1, 2)),
        ((i for i in (4, 5)), (4, 5)),
        (xp.asarray(np.array([2, 3])), (2, 3)),
        (np.array([], int), ()),
    ],
    ids=kind,
)
def test_shapes(obj: object, shape: tuple[int, ...]):
    found = as_shape(obj, "f")
    assert found == shape
    assert all(type(size) is int for size in found)


@pytest.mark.parametrize(
    ("size", "limit"), [(-1, "at least 0"), (2**63, "at most 9223372036854775807")]
)
def test_sizes_out_of_range(size: int, limit: str):
    with pytest.raises(ArgumentError, match=f"f: a size must be {limit}, not {size}"):
        as_size(size, "f")
    with pytest.raises(ArgumentError, match=f"not {size}"):
        as_shape((2, size), "f")
    assert as_size(-1, "f", minimum=-1) == -1


def test_symbolic_sizes():
    n = dim("N")
    assert as_size(n, "f") is n
    assert as_shape((n, 2), "f") == (n, 2)
    with pytest.raises(UnknownSizeError, match="the size N is not known"):
        normalize_axis(n, 3, "f")


@pytest.mark.parametrize("function", [as_size, lambda x, name: normalize_axis(x, 3, name)])
def test_a_traced_array_is_no_size(function: Callable[[Any, str], Any]):
    with pytest.raises(TracedValueError, match="traced array"):
        function(xp.argument((), xp.int64), "f")


@pytest.mark.parametrize("axis", [2, -3, 10**30])
def test_an_axis_out_of_range(axis: int):
    with pytest.raises(AxisError, match=f"f: axis {axis} is out of range for an array of rank 2"):
        normalize_axis(axis, 2, "f")
    with pytest.raises(AxisError):
        normalize_axes((0, axis), 2, "f")


@pytest.mark.parametrize(
    ("axis", "axes"), [(None, (0, 1)), (-1, (1,)), ((), ()), ((1, 0), (1, 0)), ([-2], (0,))]
)
def test_axes(axis: object, axes: tuple[int, ...]):
    assert normalize_axes(axis, 2, "f") == axes


@pytest.mark.parametrize("axis", [(0, 0), (0, -2)])
def test_an_axis_twice(axis: tuple[int, ...]):
    with pytest.raises(AxisError, match=r"f: axis \(0, .*\) names an axis twice"):
        normalize_axes(axis, 2, "f")


@pytest.mark.parametrize("axis", ["0", {0}, np.array([0, 1]), (None,), (True,), 1.5], ids=kind)
def test_what_are_no_axes_is_refused(axis: object):
    with pytest.raises(OnnxpError, match="f: axis must be an integer"):
        normalize_axes(axis, 2, "f")
