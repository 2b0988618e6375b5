"""Dtypes that the standard leaves undefined: elementwise functions compute with them as numpy does."""

import itertools
import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp._src.dtypes.loops import loop_dtypes
from onnxp._src.lowering.elementwise.table import ELEMENTWISE
from onnxp.errors import OnnxpError
from onnxp.testing import run_all_ways
from tests.helpers.samples import ALL, array

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

# `imag` of real numbers is refused, integers have no reciprocals
FUNCTIONS = sorted(ELEMENTWISE.keys() - {"imag", "real", "reciprocal"})
UNARY = [name for name in FUNCTIONS if name == "round" or getattr(np, name).nin == 1]
BINARY = [name for name in FUNCTIONS if name not in UNARY]
SCALARS = [True, 2, 300, -1, 2.5, 1j]
OPERATORS = {
    "add": operator.add,
    "divide": operator.truediv,
    "floor_divide": operator.floordiv,
    "greater": operator.gt,
    "less_equal": operator.le,
    "matmul": operator.matmul,
    "multiply": operator.mul,
    "not_equal": operator.ne,
    "pow": operator.pow,
    "remainder": operator.mod,
    "subtract": operator.sub,
}

MORE_OPERATORS = {
    **{name: function for name, function in OPERATORS.items() if name != "matmul"},
    "bitwise_and": operator.and_,
    "bitwise_left_shift": operator.lshift,
    "equal": operator.eq,
}
IN_PLACE = (
    "iadd iand ifloordiv ilshift imatmul imod imul ior ipow irshift isub itruediv ixor".split()
)
JOINS = {
    "concatenate": lambda x, y: np.concatenate([x, y]),
    "dot": np.dot,
    "einsum": lambda x, y: np.einsum("i,i", x, y),
    "matmul": np.matmul,
    "outer": np.outer,
    "result_type": lambda x, y: np.zeros(0, getattr(t := np.result_type(x, y), "numpy", t)),
    "select": lambda x, y: np.select([np.array([True, False])], [x], y),
    "stack": lambda x, y: np.stack([x, y]),
    "tensordot": lambda x, y: np.tensordot(x, y, 1),
    "vdot": np.vdot,
    "where": lambda x, y: np.where(np.array([True, False]), x, y),
}


def numpy_function(name):
    return np.rint if name == "round" else getattr(np, name)


def dtype_or_error(function, *arguments):
    """Return the dtype of a result, or `None` if the operands are refused."""
    is_ours = any(isinstance(x, xp.Array) for x in arguments)
    refusals = OnnxpError if is_ours else (TypeError, OverflowError, ValueError)
    try:
        return function(*arguments).dtype.name
    except refusals:
        return None


@pytest.mark.parametrize("name", UNARY)
def test_dtype_of_one_operand(name):
    for dtype in ALL:
        if name == "round" and dtype != "bool":  # numpy's `rint` turns integers into floats
            continue
        if name in ("ceil", "floor", "trunc") and np.dtype(dtype).kind in "iu":
            continue  # numpy 2.0 turns integers into floats
        expected = dtype_or_error(numpy_function(name), np.ones(2, dtype))
        assert dtype_or_error(getattr(xp, name), xp.ones(2, dtype=dtype)) == expected, dtype


@pytest.mark.parametrize("name", BINARY)
def test_dtype_of_two_operands(name):
    for a, b in itertools.product(ALL, ALL):
        expected = dtype_or_error(numpy_function(name), np.ones(2, a), np.ones(2, b))
        result = dtype_or_error(getattr(xp, name), xp.ones(2, dtype=a), xp.ones(2, dtype=b))
        assert result == expected, (a, b)


@pytest.mark.parametrize("name", BINARY)
def test_dtype_beside_python_scalars(name):
    for dtype, scalar in itertools.product(ALL, SCALARS):
        x, ours = np.ones(2, dtype), xp.ones(2, dtype=dtype)
        for theirs, mine in (((x, scalar), (ours, scalar)), ((scalar, x), (scalar, ours))):
            expected = dtype_or_error(numpy_function(name), *theirs)
            assert dtype_or_error(getattr(xp, name), *mine) == expected, mine


@pytest.mark.parametrize("name", sorted(MORE_OPERATORS))
def test_dtype_beside_numpys_scalars(name):
    function = MORE_OPERATORS[name]
    for a, b in itertools.product(ALL, ALL):
        x, scalar = (
            np.ones(2, a),
            np.full((), 3, b)[()],
        )  # numpy 2.0 has a way of its own for powers of 1
        ours = xp.ones(2, dtype=a)
        for theirs, mine in (
            ((x, scalar), (ours, scalar)),
            ((scalar, x), (scalar, ours)),
            ((x, np.asarray(scalar)), (ours, xp.asarray(scalar))),
            ((np.ones(2, b), x), (np.ones(2, b), ours)),
        ):
            expected = dtype_or_error(function, *theirs)
            assert dtype_or_error(function, *mine) == expected, mine


@pytest.mark.parametrize("name", IN_PLACE)
def test_dtype_in_place(name):
    function, shape = getattr(operator, name), (2, 2) if name == "imatmul" else (2,)
    for a, b in itertools.product(ALL, [*ALL, *SCALARS]):
        x, y = np.ones(shape, a), np.ones(shape, b) if type(b) is str else b
        if name == "imatmul" and type(b) is not str:
            continue
        ours = xp.asarray(y) if type(b) is str else b
        expected = dtype_or_error(function, x.copy(), y)
        assert dtype_or_error(function, xp.asarray(x), ours) == expected, (a, b)


@pytest.mark.parametrize("name", sorted(JOINS))
def test_dtype_of_arrays_that_are_joined(name):
    function = JOINS[name]
    for a, b in itertools.product(ALL, ALL):
        x, y = np.ones(2, a), np.ones(2, b)
        expected = dtype_or_error(function, x, y)
        assert dtype_or_error(function, xp.asarray(x), xp.asarray(y)) == expected, (a, b)
        assert dtype_or_error(function, xp.asarray(x), y) == expected, (a, b)


@pytest.mark.parametrize("name", [*OPERATORS, "maximum", "atan2", "logical_and", "equal"])
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_values(name, data):
    a, b = data.draw(st.sampled_from(ALL)), data.draw(st.sampled_from(ALL))
    function = OPERATORS.get(name)
    x, y = array(a, (3,), seed=data.draw(st.integers(0, 99))), array(b, (3,), seed=1)
    x, y = (np.where(np.isfinite(z), z, 1).astype(z.dtype) for z in (x, y))
    theirs, ours = function or numpy_function(name), function or getattr(xp, name)
    try:
        expected = theirs(x, y)
    except (TypeError, ValueError):
        return
    result = run_all_ways(ours, x, y)
    assert result.dtype == expected.dtype
    with np.errstate(all="ignore"):
        if name == "matmul" and not np.isfinite(abs(x.astype(complex)) @ abs(y.astype(complex))):
            return  # the order of the products decides which of them overflow
    if name == "pow" and expected.dtype.kind == "c":  # numpy multiplies, and rounds, as often
        known = abs(y.astype(complex)) < 1e6
        x, y, result, expected = x[known], y[known], result[known], expected[known]
    if name == "pow" and expected.dtype == np.complex64:  # of which numpy 2.4.6 is off by 7e-4
        expected = theirs(x.astype(np.complex128), y.astype(np.complex128)).astype(np.complex64)
    if expected.dtype.kind == "c":  # what an infinite or NaN part makes of a product differs
        finite = np.isfinite(expected)
        result, expected = result[finite], expected[finite]
    np.testing.assert_allclose(result, expected, rtol=1e-3 if expected.dtype.itemsize < 4 else 1e-5)


@pytest.mark.parametrize(
    "name", ["less", "less_equal", "greater", "greater_equal", "equal", "not_equal"]
)
def test_uint64_beside_signed_integers_is_compared_exactly(name):
    x = np.array([0, 1, 2**63 - 1, 2**63, 2**64 - 1, 2**53 + 1], np.uint64)
    y = np.array([-1, 1, 2**63 - 1, -(2**63), 0, 2**53], np.int64)
    function = numpy_function(name)
    for a, b in ((x, y), (y, x), (x, y.astype(np.int8)), (y.astype(np.int16), x)):
        np.testing.assert_array_equal(run_all_ways(getattr(xp, name), a, b), function(a, b))


@pytest.mark.parametrize(
    "name", ["less", "less_equal", "greater", "greater_equal", "equal", "not_equal"]
)
@pytest.mark.parametrize("number", [300, -300, 2**70, -(2**70)])
def test_comparisons_with_integers_beyond_the_range(name, number):
    x = np.array([-128, 0, 127], np.int8)
    function = numpy_function(name)
    for ours, expected in (
        (lambda x: getattr(xp, name)(x, number), function(x.astype(object), number)),
        (lambda x: getattr(xp, name)(number, x), function(number, x.astype(object))),
    ):
        np.testing.assert_array_equal(run_all_ways(ours, x), expected.astype(bool))


@pytest.mark.parametrize("name", ["less", "greater_equal", "maximum", "minimum"])
def test_complex_numbers_are_ordered_by_their_parts(name):
    x = np.array([1 + 2j, 1 + 1j, complex(np.nan, 0), complex(0, np.nan), 2, -np.inf])
    y = np.array([1 + 1j, 1 + 2j, 1, 1, complex(1, 9), complex(0, np.nan)])
    np.testing.assert_array_equal(run_all_ways(getattr(xp, name), x, y), numpy_function(name)(x, y))


def test_lists_and_none_are_operands_of_operators():
    x = xp.asarray([1, 2, 3])
    assert np.asarray(x == [1, 5, 3]).tolist() == [True, False, True]
    assert np.asarray(x == (1, 2, 3)).tolist() == [True] * 3
    assert np.asarray(x == None).tolist() == [False] * 3  # noqa: E711
    assert np.asarray(x != None).tolist() == [True] * 3  # noqa: E711
    assert np.asarray(x - [1, 2, 0.5]).tolist() == [0.0, 0.0, 2.5]
    assert np.asarray([1, 2, 3] * x).tolist() == [1, 4, 9]
    assert int([1, 2, 3] @ x) == int(x @ (1, 2, 3)) == 14


def test_numpy_decides_what_is_computed_in():
    assert loop_dtypes("sqrt", xp.int8) == (xp.float16,)
    assert loop_dtypes("atan2", xp.uint8, xp.int16) == (xp.float32, xp.float32)
    assert loop_dtypes("bitwise_and", xp.uint64, xp.int8) is None
