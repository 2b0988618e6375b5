"""Models that default optimisations would get wrong run as numpy has it, at default and at disabled options."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from tests.helpers import sessions
from tests.helpers.samples import FLOATS, INTEGERS, REAL

Function = Callable[..., Any]


def exported(function: Function, specs: dict[str, str], **feeds: Any) -> list[np.ndarray[Any, Any]]:
    """Return what the model of a function gives, both at default and at disabled options."""
    program = xp.trace(function, *specs.values(), input_names=list(specs))
    read = [info.name for info in program.model.graph.input]
    return sessions.run(program.model, {name: np.asarray(feeds[name]) for name in read})


# Ranges of indices

ROWS: dict[str, Callable[[Any, Any], Any]] = {
    "reversed": lambda m, n: m.arange(n - 1, -1, -1),
    "negative": lambda m, n: m.arange(-n, 0),
    "first": lambda m, n: m.arange(n),
    "plus 0": lambda m, n: m.arange(-n, 0) + 0,
    "times 1": lambda m, n: 1 * m.arange(-n, 0),
    "copied": lambda m, n: m.asarray(m.arange(-n, 0), copy=True),
    "every second": lambda m, n: m.arange(-1, -n - 1, -2),
    "reshaped": lambda m, n: m.reshape(m.reshape(m.arange(-n, 0), (1, -1)), (-1,)),
    "sliced": lambda m, n: m.arange(-n, 0)[:],
    "cast": lambda m, n: m.astype(m.astype(m.arange(-n, 0), m.int32), m.int64),
}


@pytest.mark.parametrize("kind", ROWS)
def test_ranges_of_indices(kind: str):
    rows = ROWS[kind]
    program = xp.trace(
        lambda x: (
            x[rows(xp, x.shape[0]), :],
            xp.take(x, rows(xp, x.shape[0]), axis=0),
            xp.take(x.T, rows(xp, x.shape[0]), axis=1),
            xp.cond(x.shape[0] >= 0, lambda: xp.take(x, rows(xp, x.shape[0]), axis=0), lambda: x)[
                :, 0
            ],
        ),
        "float64[N>=0, 2]",
    )
    for size in (0, 1, 4):
        x = np.arange(size * 2.0).reshape(size, 2)
        expected = x[rows(np, size)]
        results = sessions.run(program.model, {"x": x})
        for result, right in zip(
            results, (expected, expected, expected.T, expected[:, 0]), strict=True
        ):
            np.testing.assert_array_equal(result, right)


@pytest.mark.parametrize("dtype", [*REAL, "bool"])
def test_ranges_of_indices_of_all_dtypes_in_a_constant_table(dtype: str):
    table = np.arange(12).reshape(4, 3).astype(dtype)
    program = xp.trace(
        lambda x: xp.take(xp.asarray(table), xp.arange(-x.shape[0], 0), axis=0), "float64[N>=0]"
    )
    for size in (0, 1, 4):
        (y,) = sessions.run(program.model, {"x": np.ones(size)})
        np.testing.assert_array_equal(y, table[np.arange(-size, 0)])


@pytest.mark.parametrize("level", sessions.LEVELS)
def test_a_range_past_the_end_fails(level: str):
    table = np.ones((10, 2))
    program = xp.trace(
        lambda x: xp.take(xp.asarray(table), xp.arange(x.shape[0]), axis=0), "float64[N]"
    )
    with pytest.raises(Exception, match="out of data bounds"):
        sessions.session(program.model, level).run(None, {"x": np.ones(12)})


def test_ranges_of_indices_in_a_loop():
    def function(x):
        return xp.fori_loop(
            0, 2, lambda i, s: s + xp.take(x, xp.arange(-x.shape[0], 0), axis=0), xp.zeros_like(x)
        )

    x = np.arange(6.0).reshape(3, 2)
    (y,) = exported(function, {"x": "float64[N, 2]"}, x=x)
    np.testing.assert_array_equal(y, 2 * x)


def test_ranges_of_indices_of_a_size_that_depends_on_data():
    x = np.asarray([1.0, -1, 2, 3])
    (y,) = exported(
        lambda x: xp.take(x[:, None] * 1.0, xp.arange(-x[x > 0].shape[0], 0), axis=0),
        {"x": "float64[N]"},
        x=x,
    )
    np.testing.assert_array_equal(y, x[1:, None])


def test_ranges_of_indices_of_a_linked_program():
    inner = xp.trace(lambda x, i: x[i, :], "float64[N, 2]", "int64[M]")
    rows = xp.trace(lambda x: xp.arange(-x.shape[0], 0), "float64[N, 2]")
    x = np.arange(6.0).reshape(3, 2)
    for function in (
        lambda x: inner(x, xp.arange(-x.shape[0], 0)),
        lambda x: xp.take(x, rows(x), axis=0),
        lambda x: inner(x, rows(x)),
    ):
        (y,) = exported(function, {"x": "float64[K, 2]"}, x=x)
        np.testing.assert_array_equal(y, x)


def test_a_range_that_is_a_result_too():
    def function(a, b):
        i = xp.arange(b.shape[0])
        return {"i": i, "r": a[i, :]}

    a = np.arange(6.0).reshape(3, 2)
    specs = {"a": "float64[N, 2]", "b": "float64[M]"}
    i, r = exported(function, specs, a=a, b=np.ones(2))
    np.testing.assert_array_equal(i, [0, 1])
    np.testing.assert_array_equal(r, a[:2])


# Truncated floats as truth values

VALUES = np.asarray([0.3, -0.2, 1.7, 0.0, 0.9, -3.5])


@pytest.mark.parametrize("integer", INTEGERS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_truncated_floats_as_truth(dtype: str, integer: str):
    x = np.abs(VALUES).astype(dtype) if integer.startswith("u") else VALUES.astype(dtype)
    kind = getattr(xp, integer)

    def function(x):
        i = xp.astype(x, kind)
        return (
            xp.astype(i, xp.bool),
            xp.count_nonzero(i),
            xp.where(xp.astype(i, xp.bool), x, -x),
            xp.any(xp.astype(x, kind)),
            xp.nonzero(i)[0],
            xp.astype(xp.reshape(i, (-1, 1)), xp.bool)[:, 0],
            xp.astype(xp.astype(i, xp.int64), xp.bool),
        )

    right = x.astype(integer) != 0
    expected = (right, right.sum(), np.where(right, x, -x), right.any(), right.nonzero()[0])
    results = exported(function, {"x": f"{dtype}[N]"}, x=x)
    for result, numbers in zip(results, (*expected, right, right), strict=True):
        np.testing.assert_array_equal(result, numbers)
    for result, numbers in zip(function(xp.asarray(x)), (*expected, right, right), strict=True):
        np.testing.assert_array_equal(np.asarray(result), numbers)


def test_truncated_floats_as_truth_of_a_linked_program():
    truth = xp.trace(lambda i: xp.astype(i, xp.bool), "int64[N]")
    truncated = xp.trace(lambda x: xp.astype(x, xp.int64), "float64[N]")
    for function in (
        lambda x: truth(xp.astype(x, xp.int64)),
        lambda x: xp.astype(truncated(x), xp.bool),
        lambda x: truth(truncated(x)),
    ):
        (y,) = exported(function, {"x": "float64[K]"}, x=VALUES)
        np.testing.assert_array_equal(y, np.trunc(VALUES) != 0)


CASTS = ("bool", *INTEGERS, *FLOATS)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(CASTS), min_size=2, max_size=4))
def test_chains_of_casts(chain: list[str]):
    """What fits all dtypes of a chain is cast as in numpy, whichever casts a runtime makes one."""
    x = np.asarray([0.25, 1.75, 0, 3, 100.5]).astype(chain[0])
    expected = x
    for dtype in chain[1:]:
        expected = expected.astype(dtype)

    def function(x):
        for dtype in chain[1:]:
            x = xp.astype(x, getattr(xp, dtype))
        return x

    np.testing.assert_array_equal(np.asarray(function(xp.asarray(x))), expected)
    (y,) = exported(function, {"x": f"{chain[0]}[N]"}, x=x)
    np.testing.assert_array_equal(y, expected)


# What looks like a layer normalization


def _rms(m, x, s, b):
    return x / m.sqrt(m.mean(x**2, axis=-1, keepdims=True) + 0.25) * s


def _rms_by_reciprocal(m, x, s, b):
    return x * (1 / m.sqrt(m.mean(x**2, axis=-1, keepdims=True) + 0.25)) * s


def _layer_norm(m, x, s, b):
    d = x - m.mean(x, axis=-1, keepdims=True)
    return d / m.sqrt(m.mean(d**2, axis=-1, keepdims=True) + 0.25) * s + b


@pytest.mark.parametrize("scale", [(), (1,), (4,), (1, 4)])
@pytest.mark.parametrize(
    ("spec", "shape"),
    [
        ("N, 1", (3, 1)),
        ("N, 4", (3, 4)),
        ("N, M", (3, 1)),
        ("N, M", (3, 4)),
        ("2, N, M", (2, 3, 1)),
        ("4", (4,)),
    ],
)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("norm", [_rms, _rms_by_reciprocal, _layer_norm])
def test_layer_normalization(
    norm: Function, dtype: str, spec: str, shape: tuple[int, ...], scale: tuple[int, ...]
):
    rng = np.random.default_rng(0)
    x = rng.normal(size=shape).astype(dtype)
    s, b = (rng.normal(size=scale).astype(dtype) for _ in range(2))
    expected = norm(np, *(a.astype(float) for a in (x, s, b)))
    tolerance = 64 * float(np.finfo(dtype).eps)
    constants = xp.trace(lambda x: norm(xp, x, xp.asarray(s), xp.asarray(b)), f"{dtype}[{spec}]")
    declared = f"{dtype}{list(scale)}"
    arguments = xp.trace(lambda x, s, b: norm(xp, x, s, b), f"{dtype}[{spec}]", declared, declared)
    for program in (constants, arguments):
        for level in sessions.LEVELS:
            session = sessions.session(program.model, level)
            feeds = {"x": x, "s": s, "b": b}
            names = [info.name for info in session.get_inputs()]
            (y,) = session.run(None, {name: feeds[name] for name in names})
            np.testing.assert_allclose(y, expected, rtol=tolerance, atol=tolerance)


# Casts that a subgraph reads


@pytest.mark.parametrize("shape", [(), (2,)])
@pytest.mark.parametrize("dtype", ["bool", *REAL])
def test_casts_outside_of_branches(dtype: str, shape: tuple[int, ...]):
    x = np.full(shape, 1, dtype)
    wide = "float32" if dtype == "float16" else "float64" if dtype.startswith("f") else "int64"

    def there_and_back(x):
        return xp.astype(xp.astype(x, getattr(xp, wide)), x.dtype)

    def looped(x):
        y = there_and_back(x)
        return xp.fori_loop(0, 2, lambda i, s: xp.where(s == y, y, s), x)

    functions: list[Function] = [
        lambda x: xp.cond(xp.all(x == x), lambda: there_and_back(x), lambda: x),
        lambda x: xp.cond(xp.all(x == x), lambda: there_and_back(x) == x, lambda: x != x),
        looped,
    ]
    if dtype != "bool":
        functions.append(
            lambda x: xp.cond(xp.all(x == x), lambda: xp.zeros_like(x) + x, lambda: x * 2)
        )
    for function in functions:
        (y,) = exported(function, {"x": f"{dtype}{list(shape)}"}, x=x)
        np.testing.assert_array_equal(y, np.full(shape, 1, y.dtype))
        np.testing.assert_array_equal(function(xp.asarray(x)), y)


# float16 is rounded between operators


@pytest.mark.parametrize("divisor", ["same", "moved"])
def test_float16_is_rounded_whether_looked_at_or_not(divisor: str):
    x = np.asarray([402.5, 300.0, 3.0], np.float16)
    with np.errstate(over="ignore"):
        expected = (x * x) / x

    def function(x):
        y = x * x
        return (xp.reshape(y, (1, -1))[0, :] if divisor == "moved" else y) / x

    (y,) = exported(function, {"x": "float16[N]"}, x=x)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(np.asarray(function(xp.asarray(x))), expected)
    square = xp.asarray(x) * xp.asarray(x)
    np.asarray(square)
    np.testing.assert_array_equal(np.asarray(square / xp.asarray(x)), expected)


STEPS: dict[str, Function] = {
    "add": lambda m, x, y: x + y,
    "subtract": lambda m, x, y: x - y,
    "multiply": lambda m, x, y: x * y,
    "divide": lambda m, x, y: x / y,
    "sqrt": lambda m, x, y: m.sqrt(m.abs(x)),
    "negative": lambda m, x, y: -x,
    "where": lambda m, x, y: m.where(x > y, x, y),
    "floor": lambda m, x, y: m.floor(x),
    "square": lambda m, x, y: x * x,
    "column": lambda m, x, y: m.reshape(m.reshape(x, (-1, 1)), (-1,)),
    "flip": lambda m, x, y: m.flip(x, axis=0),
    "matmul": lambda m, x, y: m.matmul(m.reshape(x, (-1, 1)), m.reshape(y[:1], (1, 1)))[:, 0],
    "single": lambda m, x, y: m.astype(m.astype(x, m.float32), m.float16),
    "max": lambda m, x, y: m.max(x, axis=0, keepdims=True) + y * 0,
    "compared": lambda m, x, y: m.astype(x == y, m.float16) + x,
}


def test_weights_of_float16_stay_so():
    weights = np.ones((64, 64), np.float16)
    program = xp.trace(lambda x: x @ weights + 1, "float16[N, 64]")
    sizes = [len(tensor.raw_data) for tensor in program.model.graph.initializer]
    assert sum(sizes) == pytest.approx(weights.nbytes, abs=100)
    x = np.ones((2, 64), np.float16)
    (y,) = sessions.run(program.model, {"x": x})
    np.testing.assert_array_equal(y, x @ weights + 1)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(list(STEPS)), min_size=2, max_size=5))
def test_float16_programs_are_rounded_at_each_step(steps: list[str]):
    x = np.asarray([402.5, 3.3, -0.1, 60000.0, 1e-4, 0.0], np.float16)
    y = np.asarray([3.0, -7.7, 0.3, 60000.0, 1e-4, 2.0], np.float16)

    def function(m, x, y):
        for step in steps:
            x = STEPS[step](m, x, y)
        return x

    with np.errstate(all="ignore"):
        expected = function(np, x, y)
    specs = {"x": "float16[N]", "y": "float16[N]"}
    (result,) = exported(lambda x, y: function(xp, x, y), specs, x=x, y=y)
    np.testing.assert_array_equal(result, expected)
    evaluated = function(xp, xp.asarray(x), xp.asarray(y))
    np.testing.assert_array_equal(np.asarray(evaluated), expected)


# Square roots


@pytest.mark.parametrize("dtype", FLOATS)
def test_square_roots_are_rounded_correctly(dtype: str):
    info = np.finfo(dtype)
    x = np.asarray([np.inf, 1, 2, 3, np.inf, info.tiny, info.smallest_subnormal, 0, -0.0, info.max])
    x = x.astype(dtype)
    for result in (
        exported(xp.sqrt, {"x": f"{dtype}[N]"}, x=x)[0],
        np.asarray(xp.sqrt(xp.asarray(x))),
    ):
        np.testing.assert_array_equal(result, np.sqrt(x))
        np.testing.assert_array_equal(np.signbit(result), np.signbit(x))


# Shapes that do not go together


@pytest.mark.parametrize("level", sessions.LEVELS)
def test_traced_arrays_that_do_not_broadcast_fail(level: str):
    specs = ("float64[A>=0]", "float64[B>=0]")
    program = xp.trace(lambda a, b: xp.broadcast_arrays(a, b)[1], *specs, input_names=["a", "b"])
    session = sessions.session(program.model, level)
    for p, q in ((3, 3), (1, 5), (5, 1), (0, 1), (1, 0), (0, 0)):
        (y,) = session.run(None, {"a": np.ones(p), "b": np.ones(q)})
        assert y.shape == np.broadcast_shapes((p,), (q,))
    for p, q in ((3, 5), (5, 3), (0, 3), (3, 0)):
        with pytest.raises(Exception, match="Status"):
            session.run(None, {"a": np.ones(p), "b": np.ones(q)})


# Stacks of nothing

NOTHING = {
    "matmul": """0,2,3 0,3,2; 0,2,3 3,2; 2,3 0,3,2; 3 0,3,2; 0,2,3 3; 0,0,3 3,2; 2,0 0,2; 4,2,0 0,2; 4,0,3 3
        0,1,2,3 1,0,3,2; 0,2,3 1,3,2; 1,2,3 0,3,2; 4,2,3 4,3,2; 4,2,3 3,2; 2,3 4,3,2; 4,2,3 1,3,2; 4,2,3 3
        3 4,3,2; 3 4,3,0""",
    "vecdot": "0,3 0,3; 0,3 3; 3 0,3; 2,0 0; 0,3 1,3; 2,0,3 3; 2,0,3 0,3; 0,0 0,0",
    "inner": "0,3 2,3; 0 0; 2,0 3,0",
    "outer": "0 3; 3 0",
}


@pytest.mark.parametrize("dtype", REAL)
@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (function, pair.split())
        for function, pairs in NOTHING.items()
        for pair in pairs.replace("\n", ";").split(";")
    ],
)
def test_products_of_nothing(function: str, shapes: list[str], dtype: str):
    def call(a, b):
        return getattr(np, function)(a, b)

    a, b = (np.ones([int(size) for size in shape.split(",")], dtype) for shape in shapes)
    expected = call(a, b)
    evaluated = np.asarray(call(xp.asarray(a), xp.asarray(b)))
    np.testing.assert_array_equal(evaluated, expected)
    specs = {
        name: f"{dtype}[{', '.join(f'{name}{axis}>=0' for axis in range(x.ndim))}]"
        for name, x in (("a", a), ("b", b))
    }
    (y,) = exported(call, specs, a=a, b=b)
    np.testing.assert_array_equal(y, expected)
    if a.ndim > 1 and b.ndim > 1 and function == "matmul":
        turned = np.swapaxes(a, -1, -2), np.swapaxes(b, -1, -2)
        (y,) = exported(lambda a, b: a.mT @ b.mT, specs, a=turned[0], b=turned[1])
        np.testing.assert_array_equal(y, expected)


# Reciprocals

PRODUCTS: dict[str, Function] = {
    "in front": lambda x, y, m: (1 / x) * y,
    "behind": lambda x, y, m: y * (1 / x),
    "both": lambda x, y, m: (1 / x) * (1 / y),
    "function": lambda x, y, m: m.reciprocal(x) * y,
    "array": lambda x, y, m: m.asarray(1, dtype=x.dtype) / x * y,
    "vector": lambda x, y, m: m.ones(1, dtype=x.dtype) / x * y,
    "plus 0": lambda x, y, m: (1 / x + 0) * y,
    "times 1": lambda x, y, m: 1 * (1 / x) * y,
    "cast": lambda x, y, m: m.astype(m.astype(1 / x, m.float64), x.dtype) * y,
    "turned": lambda x, y, m: (1 / x[None]).T * y[:, None],
    "reshaped": lambda x, y, m: m.reshape(1 / x, (1, -1)) * y,
    "power": lambda x, y, m: x**-1 * y,
    "in place": lambda x, y, m: m.divide(m.exp(m.asarray(0, dtype=x.dtype)), x) * y,
}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("kind", PRODUCTS)
def test_products_of_reciprocals(kind: str, dtype: str):
    tiny = float(np.finfo(dtype).smallest_subnormal)
    x, y = np.array([tiny, 3, 0, np.inf], dtype), np.array([0.25, 7, 0, np.inf], dtype)
    product = PRODUCTS[kind]
    with np.errstate(all="ignore"):
        expected = product(x, y, np)
    specs = {"x": f"{dtype}[N]", "y": f"{dtype}[N]"}
    (result,) = exported(lambda x, y: product(x, y, xp), specs, x=x, y=y)
    np.testing.assert_allclose(result, expected, rtol=2 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(product(xp.asarray(x), xp.asarray(y), xp), result)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_products_of_integer_reciprocals(dtype: str):
    specs = {"x": f"{dtype}[N]", "y": f"{dtype}[N]"}
    x, y = np.array([1, 3, 4], dtype), np.array([5, 7, 9], dtype)
    floor, rest = exported(lambda x, y: (1 // x * y, 1 % x * y), specs, x=x, y=y)
    np.testing.assert_array_equal(floor, 1 // x * y)
    np.testing.assert_array_equal(rest, 1 % x * y)


@pytest.mark.parametrize("outer", [False, True])
def test_reciprocals_of_a_linked_program(outer: bool):
    inverse = xp.trace(lambda x: 1 / x, "float64[N]")
    product = xp.trace(lambda a, b: a * b, "float64[N]", "float64[N]")
    quotient = xp.trace(lambda a, x, y: a / x * y, "float64[]", "float64[N]", "float64[N]")
    x, y = np.array([1e-310]), np.array([1e-10])

    def function(x: Any, y: Any) -> Any:
        return product(1 / x, y) if outer else (inverse(x) * y, quotient(xp.asarray(1.0), x, y))

    for result in exported(function, {"x": "float64[N]", "y": "float64[N]"}, x=x, y=y):
        np.testing.assert_array_equal(result, [np.inf])


# Constants without elements


@pytest.mark.parametrize(
    ("operator", "dtype"),
    [
        *itertools.product(["add", "subtract", "multiply"], REAL),
        *itertools.product(["divide"], FLOATS),
    ],
)
@pytest.mark.parametrize("shape", [(0,), (3, 0)])
def test_constants_without_elements(operator: str, dtype: str, shape: tuple[int, ...]):
    nothing = np.zeros(shape, dtype)
    sizes = ", ".join("NM"[axis] + ">=0" for axis in range(len(shape)))
    for function in (
        lambda x: getattr(xp, operator)(x, xp.asarray(nothing)),
        lambda x: getattr(xp, operator)(xp.asarray(nothing), x)[..., None],
    ):
        (y,) = exported(function, {"x": f"{dtype}[{sizes}]"}, x=nothing)
        assert y.shape[: len(shape)] == shape


@pytest.mark.parametrize(
    "name", "atan2 copysign floor_divide hypot logaddexp nextafter pow remainder".split()
)
@pytest.mark.parametrize("is_computed", [False, True])
def test_functions_of_constants_without_elements(name: str, is_computed: bool):
    def function(x):
        nothing = xp.asarray(np.zeros(0))
        if is_computed:
            nothing = xp.where(nothing > 0, nothing, xp.exp(nothing))
        return getattr(xp, name)(x, nothing), getattr(xp, name)(nothing, x)

    for x in (np.zeros(0), np.ones(1)):
        for y in exported(function, {"x": "float64[N>=0]"}, x=x):
            assert y.shape == (0,)
            assert y.dtype == np.float64
    with pytest.raises(xp.errors.OnnxpError):
        xp.trace(function, "float64[N>=0]")(np.ones(2))


def test_complex_products_with_constants_without_elements():
    results = exported(
        lambda x: xp.astype(x, xp.complex64) * xp.asarray(np.zeros(0, np.complex64)),
        {"x": "float64[0]"},
        x=np.zeros(0),
    )
    assert [part.shape for part in results] == [(0,), (0,)]


def test_functions_beside_constants_without_elements():
    def function(x):
        places = np.clip(x[:, 0].astype(int), 0, 2)  # of no rows, whose weights are constants
        counts = np.bincount(places, minlength=3)
        sums = np.zeros(3)
        np.add.at(sums, places, x[:, 1])
        return np.divide(
            np.bincount(places, x[:, 1], 3), counts, out=np.zeros(3), where=counts > 0
        ), sums

    x = np.zeros((0, 2))
    for result in xp.trace(function, "float64[0, 2]")(x):
        np.testing.assert_array_equal(result, np.zeros(3))
