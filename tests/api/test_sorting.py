import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp.errors import ArgumentTypeError, AxisError, DTypeError
from onnxp.testing import run_all_ways
from tests.helpers.samples import FLOATS, REAL, array, arrays


def expected_order(x, axis, descending):
    """Stable; NaN largest."""
    if not descending:
        return np.argsort(x, axis, kind="stable")
    mirrored = np.argsort(np.flip(x, axis), axis, kind="stable")
    return np.flip(x.shape[axis] - 1 - mirrored, axis)


def same_bits(a, b):
    assert a.dtype == b.dtype
    assert a.shape == b.shape
    np.testing.assert_array_equal(a, b)
    if a.dtype.kind == "f":
        number = ~np.isnan(b)
        np.testing.assert_array_equal(np.signbit(a[number]), np.signbit(b[number]))


def check(x, axis, descending):
    values, order = run_all_ways(
        lambda a: (
            xp.sort(a, axis=axis, descending=descending),
            xp.argsort(a, axis=axis, descending=descending),
        ),
        x,
    )
    expected = expected_order(x, axis, descending)
    same_bits(order, expected.astype(np.int64))
    same_bits(values, np.take_along_axis(x, expected, axis))


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("dtype", REAL)
@pytest.mark.parametrize("size", [0, 1, 2, 17, 300])
def test_order_of_every_size(dtype, size, descending):
    check(array(dtype, (size,), seed=size), 0, descending)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0), (2, 0, 3), (0, 2, 3), (1, 1), (3, 1, 2)])
@pytest.mark.parametrize("dtype", ["float32", "uint64"])
def test_empty_and_thin_arrays(dtype, shape, subtests: pytest.Subtests):
    for axis in range(len(shape)):
        with subtests.test(axis=axis):
            check(array(dtype, shape), axis, descending=False)


@pytest.mark.parametrize("dtype", FLOATS)
def test_nan_is_the_largest_number(dtype):
    x = np.array([np.nan, 1, np.inf, np.nan, -np.inf, np.inf], dtype)
    ascending = run_all_ways(xp.argsort, x)
    assert ascending.tolist() == [4, 1, 2, 5, 0, 3]
    descending = run_all_ways(lambda a: xp.argsort(a, descending=True), x)
    assert descending.tolist() == [0, 3, 2, 5, 1, 4]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("stable", [False, True])
def test_equal_elements_keep_their_order(descending, stable):
    x = np.array([0.0, -0.0, 1.0, -0.0, 0.0])

    def both(a):
        keywords = {"descending": descending, "stable": stable}
        return xp.argsort(a, **keywords), xp.sort(a, **keywords)

    order, values = run_all_ways(both, x)
    assert order.tolist() == ([2, 0, 1, 3, 4] if descending else [0, 1, 3, 4, 2])
    zeros = values[1:] if descending else values[:-1]
    assert np.signbit(zeros).tolist() == [False, True, True, False]


def test_integers_that_float64_does_not_tell_apart():
    signed = np.array([2**53 + 1, 2**53, -(2**63), 2**63 - 1, 2**63 - 2], np.int64)
    same_bits(run_all_ways(xp.sort, signed), np.sort(signed))
    unsigned = np.array([2**64 - 1, 2**63, 2**63 - 1, 2**64 - 2, 0], np.uint64)
    same_bits(run_all_ways(xp.sort, unsigned), np.sort(unsigned))


@pytest.mark.parametrize("dtype", REAL)
@pytest.mark.parametrize("function", [xp.sort, xp.argsort])
def test_a_model_has_one_box(function, dtype):
    program = xp.trace(function, xp.spec(("N", 10), dtype), functions=True)
    assert [node.op_type for node in program.model.graph.node] == [function.__name__]


def test_one_operator_for_integers_of_known_rows():
    program = xp.trace(xp.sort, xp.spec(("N", 10), "int32"), functions=True)
    (box,) = program.model.functions
    assert [node.op_type for node in box.node] == ["Shape", "TopK"]


@pytest.mark.parametrize("dtype", REAL)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_order_of_every_dtype(dtype, data):
    x = data.draw(arrays(dtype))
    check(x, data.draw(st.integers(-x.ndim, x.ndim - 1)), data.draw(st.booleans()))


@pytest.mark.parametrize("function", [xp.sort, xp.argsort])
class TestErrors:
    @pytest.mark.parametrize("dtype", ["bool", "complex64", "complex128"])
    def test_dtype(self, function, dtype):
        with pytest.raises(DTypeError, match=f"{function.__name__}: {dtype}"):
            function(xp.asarray(np.zeros(2, dtype)))

    @pytest.mark.parametrize("axis", [2, -3])
    def test_axis(self, function, axis):
        with pytest.raises(AxisError, match=f"{function.__name__}: axis {axis}"):
            function(xp.asarray([[1.0]]), axis=axis)

    def test_rank(self, function):
        with pytest.raises(AxisError):
            function(xp.asarray(1.0))

    def test_no_array(self, function):
        with pytest.raises(ArgumentTypeError):
            function([3, 1])
