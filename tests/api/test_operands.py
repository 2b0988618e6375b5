"""What elementwise functions take, refuse, and return, whatever they compute."""

import itertools
import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp._src.api import elementwise
from onnxp.errors import (
    ArgumentTypeError,
    BroadcastError,
    DTypeError,
    ScalarError,
    ScalarRangeError,
    ShapeError,
)
from onnxp.testing import run_all_ways
from tests.helpers.samples import ALL, COMPLEX, FLOATS, INTEGERS, REAL, array

# The standard's words, and the dtypes that they mean.
CATEGORIES = {
    "any": ALL,
    "numeric": (*REAL, *COMPLEX),
    "real-valued": REAL,
    "floating-point": (*FLOATS, *COMPLEX),
    "real-valued floating-point": FLOATS,
    "complex floating-point": COMPLEX,
    "integer": INTEGERS,
    "integer or boolean": ("bool", *INTEGERS),
    "boolean": ("bool",),
}
UNARY = {
    "numeric": "abs conj isfinite isinf isnan negative positive real round sign square",
    "real-valued": "ceil floor trunc",
    "floating-point": "acos acosh asin asinh atan atanh cos cosh exp expm1 log log1p log2 log10 "
    "reciprocal sin sinh sqrt tan tanh",
    "real-valued floating-point": "signbit",
    "complex floating-point": "imag",
    "integer or boolean": "bitwise_invert",
    "boolean": "logical_not",
}
BINARY = {
    "any": "equal not_equal",
    "numeric": "add multiply pow subtract",
    "real-valued": "floor_divide greater greater_equal less less_equal maximum minimum remainder",
    "floating-point": "divide",  # integers would have an implementation-defined dtype
    "real-valued floating-point": "atan2 copysign hypot logaddexp nextafter",
    "integer": "bitwise_left_shift bitwise_right_shift",
    "integer or boolean": "bitwise_and bitwise_or bitwise_xor",
    "boolean": "logical_and logical_or logical_xor",
}
TRUTHS = (
    "equal not_equal greater greater_equal less less_equal isfinite isinf isnan signbit".split()
)
PARTS = "abs imag real".split()
OPERATORS = {
    "add": operator.add,
    "bitwise_and": operator.and_,
    "bitwise_left_shift": operator.lshift,
    "bitwise_or": operator.or_,
    "bitwise_right_shift": operator.rshift,
    "bitwise_xor": operator.xor,
    "divide": operator.truediv,
    "equal": operator.eq,
    "floor_divide": operator.floordiv,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "less": operator.lt,
    "less_equal": operator.le,
    "multiply": operator.mul,
    "not_equal": operator.ne,
    "pow": operator.pow,
    "remainder": operator.mod,
    "subtract": operator.sub,
}
IN_PLACE = {
    "add": operator.iadd,
    "bitwise_and": operator.iand,
    "bitwise_left_shift": operator.ilshift,
    "bitwise_or": operator.ior,
    "bitwise_right_shift": operator.irshift,
    "bitwise_xor": operator.ixor,
    "divide": operator.itruediv,
    "floor_divide": operator.ifloordiv,
    "multiply": operator.imul,
    "pow": operator.ipow,
    "remainder": operator.imod,
    "subtract": operator.isub,
}


def rows(table):
    return [
        (name, CATEGORIES[category]) for category, names in table.items() for name in names.split()
    ]


def expected_dtype(name, dtype):
    if name in TRUTHS or name.startswith("logical"):
        return "bool"
    if name in PARTS and dtype in COMPLEX:
        return "float32" if dtype == "complex64" else "float64"
    return dtype


def scalar_of(dtype):
    return {"b": True, "i": 2, "u": 2, "f": 2.5, "c": 2j}[np.dtype(dtype).kind]


def test_every_elementwise_function_is_in_a_table():
    names = {name for name, _ in rows(UNARY) + rows(BINARY)} | {"clip"}
    assert names == set(elementwise.__all__)


@pytest.mark.parametrize(("name", "allowed"), rows(UNARY))
def test_unary(name, allowed, subtests: pytest.Subtests):
    function = getattr(xp, name)
    for dtype in allowed:
        y = function(xp.ones((2, 3), dtype=dtype))
        assert (y.dtype.name, y.shape) == (expected_dtype(name, dtype), (2, 3))
    for other in (1, 2.5, [1.0], None, "x"):
        with subtests.test(other=other), pytest.raises(ArgumentTypeError, match=name):
            function(other)


@pytest.mark.parametrize(("name", "allowed"), rows(BINARY))
def test_binary(name, allowed, subtests: pytest.Subtests):
    function = getattr(xp, name)
    for dtype in allowed:
        x, y = xp.ones((2, 1), dtype=dtype), xp.ones((3,), dtype=dtype)
        z = function(x, y)
        assert (z.dtype.name, z.shape) == (expected_dtype(name, dtype), (2, 3))
        with pytest.raises(BroadcastError):
            function(xp.ones(2, dtype=dtype), y)
    for arguments in ((1, 2), (2.5, 1), (True, False), (1j, 2)):
        with subtests.test(arguments=arguments), pytest.raises(ArgumentTypeError, match=name):
            function(*arguments)
    x = xp.ones(2, dtype=allowed[-1])
    for other in (None, "x", [1.0, 2.0], object()):
        with subtests.test(other=other):
            error = ScalarError if isinstance(other, str) else ArgumentTypeError
            with pytest.raises(error, match=name):
                function(x, other)
            with pytest.raises(error, match=name):
                function(other, x)


@pytest.mark.parametrize(("name", "allowed"), rows(BINARY))
def test_scalars_on_either_side(name, allowed):
    function = getattr(xp, name)
    for dtype in allowed:
        x, scalar = xp.ones(3, dtype=dtype), scalar_of(dtype)
        alike = xp.full(3, scalar, dtype=dtype)
        for ours, theirs in (
            (function(x, scalar), function(x, alike)),
            (function(scalar, x), function(alike, x)),
            (function(x, np.dtype(dtype).type(scalar)), function(x, alike)),
            (function(np.full(3, scalar, dtype), x), function(alike, x)),
        ):
            assert ours.dtype == theirs.dtype
            np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))
        if dtype in INTEGERS and name not in TRUTHS:
            with pytest.raises(ScalarRangeError, match=name):
                function(x, 2**64)
            with pytest.raises(ScalarRangeError, match=name):
                function(-(2**63) - 1, x)


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_are_the_functions(name):
    function, operate = getattr(xp, name), OPERATORS[name]
    dtype = dict(rows(BINARY))[name][0]
    dtype = (
        "bool"
        if name.startswith("bitwise") and dtype == "bool"
        else dtype
        if name == "divide"
        else "int32"
    )
    x, scalar = xp.ones(3, dtype=dtype), scalar_of(dtype)
    mirrored = {"greater": xp.less, "greater_equal": xp.less_equal}
    mirrored |= {"less": xp.greater, "less_equal": xp.greater_equal}
    for ours, theirs in (
        (operate(x, x), function(x, x)),
        (operate(x, scalar), function(x, scalar)),
        (operate(scalar, x), mirrored.get(name, lambda a, b: function(b, a))(x, scalar)),
        (operate(np.ones(3, dtype), x), function(x, x)),
        (operate(x, np.ones(3, dtype)), function(x, x)),
    ):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))
    same = operate(x, [1, 1, 1] if dtype != "bool" else [True, True, True])
    np.testing.assert_array_equal(np.asarray(same), np.asarray(function(x, x)))
    if name in ("equal", "not_equal"):
        return
    for other in (None, "x", object()):
        with pytest.raises(TypeError):
            operate(x, other)
        if (name, other) != ("remainder", "x"):  # that is string formatting
            with pytest.raises(TypeError):
                operate(other, x)


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place(name):
    dtype = "float64" if name == "divide" else "int16"
    x = original = xp.ones((2, 3), dtype=dtype)
    before, expected = x + 0, getattr(xp, name)(x, 2)
    x = IN_PLACE[name](x, 2)
    assert x is original
    np.testing.assert_array_equal(np.asarray(x), np.asarray(expected))
    np.testing.assert_array_equal(np.asarray(before), np.ones((2, 3)))
    x = IN_PLACE[name](x, xp.ones(3, dtype=dtype))
    with pytest.raises(ShapeError):
        IN_PLACE[name](x, xp.ones((4, 1, 1), dtype=dtype))
    higher = xp.ones((2, 3), dtype="complex128" if name == "divide" else "float64")
    with pytest.raises(DTypeError):
        IN_PLACE[name](x, higher)


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_casts_as_numpy(name):
    for first, second in itertools.product(ALL, ALL):
        x, y = np.ones(2, first), np.ones(2, second)
        ours = xp.asarray(x)
        try:
            IN_PLACE[name](x, y)
        except TypeError:
            with pytest.raises(DTypeError):
                IN_PLACE[name](ours, xp.asarray(y))
        else:
            assert IN_PLACE[name](ours, xp.asarray(y)).dtype.name == first


@pytest.mark.parametrize("number", [1e-300, -1e-300, 2.0**-150, 2.0**-149, 1e-46, 5e-324])
def test_optimisers_keep_sums_with_tiny_numbers(number):
    x = np.asarray([0.0, 1.0, -1e-299])
    for function in (
        lambda a: -(abs(a) + number),
        lambda a: -(number + abs(a)),
        lambda a: -(abs(a) - number),
        lambda a: -(number - abs(a)),
    ):
        np.testing.assert_array_equal(run_all_ways(function, x), function(x))


@pytest.mark.parametrize(
    "number", [1 + 1e-9, 1 - 1e-9, 1 + 2**-24, 1 - 2**-25, 1 + 2**-23, 1 + 2**-52]
)
def test_optimisers_keep_products_with_numbers_near_1(number):
    x = np.asarray([0.0, 1.0, -3.0, 1e300, 1e-300, np.inf])
    for function in (
        lambda a: -(abs(a) * number),
        lambda a: -(number * abs(a)),
        lambda a: -(abs(a) / number),
        lambda a: -(number / (abs(a) + 1)),
        lambda a: -(abs(a) * np.asarray([number])),
    ):
        np.testing.assert_array_equal(run_all_ways(function, x), function(x))


@pytest.mark.parametrize("number", [0.0, 1.0, 0.5, 1 + 2**-20, 1e-30])
def test_other_constants_stay_one_node(number):
    x = xp.argument(("N",), xp.float64)
    for operate in (operator.add, operator.sub, operator.mul, operator.truediv):
        if (operate, number) != (operator.truediv, 0.0):
            model = xp.build({"x": x}, {"y": operate(x, number)})
            assert len(model.graph.node) == 1


# clip


def clipped(x, low, high):
    result = x
    if low is not None:
        result = np.maximum(result, low)
    return result if high is None else np.minimum(result, high)


@pytest.mark.parametrize("dtype", REAL)
@pytest.mark.parametrize(
    ("low", "high"), [(1, 3), (None, 2), (2, None), (None, None), (3, 1), (0, 0)]
)
@pytest.mark.parametrize("shape", [(), (0,), (40,), (2, 0)])
def test_clip_between_numbers(dtype, low, high, shape):
    x = array(dtype, shape)
    result = run_all_ways(lambda a: xp.clip(a, low, high), x)
    assert (result.dtype, result.shape) == (x.dtype, x.shape)
    as_dtype = [None if bound is None else np.dtype(dtype).type(bound) for bound in (low, high)]
    np.testing.assert_array_equal(result, clipped(x, *as_dtype))


def test_clip_broadcasts_and_nan_wins():
    x = np.asarray([-1.0, np.nan, 5.0])
    np.testing.assert_array_equal(
        run_all_ways(lambda a, b: xp.clip(a, min=b, max=4), x, np.asarray([[0.0], [np.nan]])),
        [[0, np.nan, 4], [np.nan] * 3],
    )
    np.testing.assert_array_equal(
        run_all_ways(lambda a: xp.clip(a, max=float("nan")), x), [np.nan] * 3
    )
    np.testing.assert_array_equal(run_all_ways(lambda a: xp.clip(a, 0, np.inf), x), [0, np.nan, 5])


def test_clip_keeps_the_dtype_of_the_array():
    x = xp.asarray([1, 300, -300], dtype=xp.int16)
    y = xp.clip(x, xp.asarray(-5, dtype=xp.int8), 7)
    assert y.dtype == xp.int16
    np.testing.assert_array_equal(np.asarray(y), [1, 7, -5])
    y = xp.clip(x)
    y[0] = 9
    assert int(x[0]) == 1


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: xp.clip(x, 0.5), DTypeError),
        (lambda x: xp.clip(x, 0, 300), ScalarRangeError),
        (lambda x: xp.clip(x, -1000), ScalarRangeError),
        (lambda x: xp.clip(x, xp.asarray(1, dtype=xp.int64)), DTypeError),
        (lambda x: xp.clip(x, xp.asarray(1.0)), DTypeError),
        (lambda x: xp.clip(x, xp.zeros(3, dtype=xp.int8)), BroadcastError),
        (lambda x: xp.clip(x, "0"), ScalarError),
        (lambda x: xp.clip(xp.asarray([True]), False), DTypeError),
        (lambda x: xp.clip(xp.asarray([1j]), 0), DTypeError),
        (lambda x: xp.clip(3, 0, 1), ArgumentTypeError),
    ],
)
def test_clip_refuses(call, error):
    with pytest.raises(error):
        call(xp.asarray([1, 2], dtype=xp.int8))


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x,
        lambda x: xp.asarray([1.0, 2.0]) + x,
        lambda x: xp.add(x, 1.0),
        xp.jit(lambda x: x + 1),
    ],
)
def test_a_mask_is_not_lost(call):
    result = call(np.ma.array([1.0, 2.0], mask=[True, False]))
    assert np.asarray(xp.nulls.isnull(xp.asarray(result))).tolist() == [True, False]


def test_a_sum_leaves_masked_elements_out():
    assert xp.sum(np.ma.array([1.0, 2.0], mask=[True, False])) == 2.0


@pytest.mark.parametrize("dtype", REAL)
@given(seed=st.integers(0, 2**32), low=st.booleans(), high=st.booleans())
@settings(max_examples=12, deadline=None)
def test_clip_between_arrays(dtype, seed, low, high):
    x = array(dtype, (4, 5), seed)
    bounds = {}
    if low:
        bounds["min"] = array(dtype, (5,), seed + 1)
    if high:
        bounds["max"] = array(dtype, (4, 1), seed + 2)
    result = run_all_ways(
        lambda a, *bs: xp.clip(a, **dict(zip(bounds, bs, strict=True))), x, *bounds.values()
    )
    expected = clipped(x, bounds.get("min"), bounds.get("max"))
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, expected)
