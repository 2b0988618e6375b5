import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    AxisError,
    BroadcastError,
    DTypeError,
    EvaluationError,
    ShapeError,
)
from onnxp.testing import run_all_ways
from tests.helpers.samples import COMPLEX, FLOATS, INTEGERS

NUMERIC = (*INTEGERS, *FLOATS, *COMPLEX)
PAIRS = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 1)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 2)),
    ((0,), (0,)),
    ((2, 0), (0,)),
    ((2, 0), (0, 3)),
    ((0, 3), (3, 2)),
    ((4, 2, 0), (0, 1)),
    ((0, 2, 3), (3, 1)),
    ((1, 1), (1, 1)),
]


def numbers(dtype, shape, seed=0):
    """Return numbers whose products are exact, and integers that make them wrap."""
    random = np.random.default_rng(seed)
    if np.dtype(dtype).kind in "iu":
        info = np.iinfo(dtype)
        return random.integers(info.min, info.max, shape, dtype, endpoint=True)
    if np.dtype(dtype).kind == "c":
        return (random.integers(-3, 4, shape) + 1j * random.integers(-3, 4, shape)).astype(dtype)
    return random.integers(-4, 5, shape).astype(dtype)


def same(result, expected):
    assert result.dtype == expected.dtype
    assert result.shape == expected.shape
    np.testing.assert_array_equal(result, expected)


def nodes(y, **inputs):
    return [node.op_type for node in xp.build(inputs, {"y": y}, functions=True).graph.node]


@pytest.mark.parametrize("dtype", NUMERIC)
def test_matmul(dtype, subtests: pytest.Subtests):
    for shapes in PAIRS:
        with subtests.test(shapes=shapes):
            x, y = (numbers(dtype, shape, i) for i, shape in enumerate(shapes))
            same(run_all_ways(lambda a, b: a @ b, x, y), x @ y)
    same(run_all_ways(xp.matmul, x, y), x @ y)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_matmul_is_accurate(dtype):
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 50, 50))
    if "complex" in dtype:
        x, y = x + 1j * y, y - 2j * x
    ours = run_all_ways(lambda a, b: a @ b, x.astype(dtype), y.astype(dtype))
    limit = 50 * np.finfo(dtype).eps * (abs(x) @ abs(y))
    exact = x.astype(dtype).astype(np.clongdouble) @ y.astype(dtype).astype(np.clongdouble)
    assert np.all(abs(ours - exact) <= limit)


def test_matmul_promotes():
    x, y = numbers("int8", (2, 3)), numbers("uint8", (3, 2))
    same(run_all_ways(xp.matmul, x, y), x.astype(np.int16) @ y.astype(np.int16))
    x, y = numbers("float64", (2, 3)), numbers("complex64", (3, 2))
    same(run_all_ways(xp.matmul, x, y), x @ y.astype(np.complex128))


def test_numpy_operands():
    x, y = numbers("float32", (2, 3)), numbers("float32", (3, 2))
    same(np.asarray(xp.asarray(x) @ y), x @ y)
    same(np.asarray(x @ xp.asarray(y)), x @ y)


@pytest.mark.parametrize("shape", [(2, 3), (0, 3), (4, 2, 3), (2, 0, 1)])
def test_matrix_transpose(shape):
    x = numbers("complex64", shape)
    same(run_all_ways(xp.matrix_transpose, x), np.swapaxes(x, -1, -2))
    same(run_all_ways(lambda a: a.mT, x), np.swapaxes(x, -1, -2))


TENSORDOT = [
    ((3,), (3,), 1),
    ((2,), (3,), 0),
    ((), (3,), 0),
    ((), (), 0),
    ((2, 3), (3, 4), 1),
    ((2, 3, 4), (3, 4, 5), 2),
    ((2, 3), (2, 3), 2),
    ((5, 2, 3), (3, 4, 2), 1),
    ((2, 3, 4), (4, 3), ((-1, 1), (0, 1))),
    ((3, 4), (4, 3), ((1, 0), (0, 1))),
    ((3, 4), (3, 4), ((0,), (0,))),
    ((2, 3), (4, 5), ((), ())),
    ((2, 0), (0, 3), 1),
    ((0, 3), (3, 2), 1),
    ((2, 0, 3), (0, 3, 2), 2),
]


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint64", "float16", "float64", "complex128"])
@pytest.mark.parametrize(("first", "second", "axes"), TENSORDOT)
def test_tensordot(dtype, first, second, axes):
    x, y = numbers(dtype, first, 1), numbers(dtype, second, 2)
    same(
        run_all_ways(lambda a, b: xp.tensordot(a, b, axes=axes), x, y),
        np.tensordot(x, y, axes).astype(dtype),
    )


def test_tensordot_sums_over_two_axes_by_default():
    x, y = numbers("int64", (2, 3, 4)), numbers("int64", (3, 4, 2))
    same(run_all_ways(xp.tensordot, x, y), np.tensordot(x, y))


VECDOT = [
    ((3,), (3,), -1),
    ((2, 3), (3,), -1),
    ((2, 3), (5, 1, 3), -1),
    ((3, 2), (3, 2), 0),
    ((4, 3, 2), (3, 1), -2),
    ((2, 0), (0,), -1),
    ((0, 3), (3,), -1),
    ((3, 1, 4), (3, 5, 1), -3),
]


@pytest.mark.parametrize("dtype", NUMERIC)
def test_vecdot(dtype, subtests: pytest.Subtests):
    for first, second, axis in VECDOT:
        with subtests.test(first=first, second=second, axis=axis):
            x, y = numbers(dtype, first, 1), numbers(dtype, second, 2)
            moved = np.conj(np.moveaxis(np.atleast_1d(x), axis, -1)), np.moveaxis(y, axis, -1)
            expected = np.sum(moved[0] * moved[1], axis=-1, dtype=dtype)
            same(
                run_all_ways(lambda a, b, k=axis: xp.vecdot(a, b, axis=k), x, y),
                np.asarray(expected),
            )


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_products_of_wide_integers_wrap(data):
    sizes = st.integers(0, 4)
    m, k, n = data.draw(sizes), data.draw(sizes), data.draw(sizes)
    dtype = data.draw(st.sampled_from(INTEGERS))
    x, y = numbers(dtype, (m, k), 5), numbers(dtype, (k, n), 6)
    same(run_all_ways(xp.matmul, x, y), x @ y)
    same(run_all_ways(lambda a, b: xp.tensordot(a, b, axes=1), x, y), x @ y)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: xp.matmul(xp.zeros((2, 3)), xp.zeros((2, 3))), ShapeError),
        (lambda: xp.matmul(xp.zeros(()), xp.zeros(3)), ShapeError),
        (lambda: xp.matmul(xp.zeros((2, 1, 3)), xp.zeros((3, 3, 1))), BroadcastError),
        (lambda: xp.matmul(xp.zeros(3), 2.0), (ShapeError, ArgumentTypeError)),
        (lambda: xp.zeros(3) @ 2.0, TypeError),
        (lambda: 2.0 @ xp.zeros(3), TypeError),
        (lambda: xp.matrix_transpose(xp.zeros(3)), ShapeError),
        (lambda: xp.tensordot(xp.zeros((2, 3)), xp.zeros((2, 3)), axes=1), ShapeError),
        (lambda: xp.tensordot(xp.zeros((2, 1)), xp.zeros((3, 2)), axes=1), ShapeError),
        (lambda: xp.tensordot(xp.zeros(3), xp.zeros(3), axes=2), ArgumentError),
        (lambda: xp.tensordot(xp.zeros(3), xp.zeros(3), axes=-1), ArgumentError),
        (lambda: xp.tensordot(xp.zeros(3), xp.zeros(3), axes=((0,),)), ArgumentError),
        (lambda: xp.tensordot(xp.zeros(3), xp.zeros(3), axes=((0,), ())), ArgumentError),
        (lambda: xp.tensordot(xp.zeros(3), xp.zeros(3), axes=((1,), (0,))), AxisError),
        (
            lambda: xp.tensordot(xp.zeros((3, 3)), xp.zeros((3, 3)), axes=((0, 0), (0, 1))),
            AxisError,
        ),
        (
            lambda: xp.tensordot(xp.ones(2, dtype=xp.bool), xp.ones(2, dtype=xp.bool), axes=1),
            DTypeError,
        ),
        (lambda: xp.vecdot(xp.zeros(3), xp.zeros(2)), ShapeError),
        (lambda: xp.vecdot(xp.zeros(3), xp.zeros(1)), ShapeError),
        (lambda: xp.vecdot(xp.zeros((2, 3)), xp.zeros((4, 3))), BroadcastError),
        (lambda: xp.vecdot(xp.zeros((2, 3)), xp.zeros(3), axis=0), AxisError),
        (lambda: xp.vecdot(xp.zeros((2, 3)), xp.zeros(3), axis=-2), AxisError),
        (lambda: xp.vecdot(xp.zeros(()), xp.zeros(3)), AxisError),
        (lambda: xp.vecdot(xp.ones(2, dtype=xp.bool), xp.ones(2, dtype=xp.bool)), DTypeError),
    ],
)
def test_refused_at_the_call(call, error):
    with pytest.raises(error):
        call()


@pytest.mark.parametrize(
    ("first", "second", "right", "wrong"),
    [
        (("N",), ("M",), [(3,), (3,)], [(3,), (2,)]),
        (("N",), ("M",), [(1,), (1,)], [(1,), (2,)]),
        (("N",), (3,), [(3,), (3,)], [(2,), (3,)]),
        ((3,), ("N",), [(3,), (3,)], [(3,), (4,)]),
        (("N", "K"), ("M",), [(2, 3), (3,)], [(2, 3), (2,)]),
        (("N", "K"), ("M", "L"), [(2, 3), (3, 4)], [(2, 3), (4, 3)]),
    ],
)
def test_the_runtime_checks_sizes_that_are_left_open(first, second, right, wrong):
    program = xp.trace(lambda a, b: a @ b, xp.spec(first, xp.int64), xp.spec(second, xp.int64))
    x, y = (np.ones(shape, np.int64) for shape in right)
    same(np.asarray(program(x, y)), np.asarray(x @ y))
    with pytest.raises(EvaluationError):
        program(*(np.ones(shape, np.int64) for shape in wrong))


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128", "int64"])
@pytest.mark.parametrize(
    "shapes", [((4, 3), (4, 2)), ((0, 3), (0, 2)), ((4, 0), (4, 2)), ((3, 3), (3, 3))]
)
def test_transposed_operands(dtype, shapes):
    x, y = (numbers(dtype, shape, i) for i, shape in enumerate(shapes))
    same(run_all_ways(lambda a, b: a.T @ b, x, y), x.T @ y)
    same(run_all_ways(lambda a, b: a @ b.T, x.T.copy(), y.T.copy()), x.T @ y)
    same(run_all_ways(lambda a, b: a.T @ b.T, x, y.T.copy()), x.T @ y)


def test_lean():
    x, w = xp.argument(("N", 10), xp.float32), xp.argument((10, 3), xp.float32)
    stacked = xp.argument(("N", 5, 10), xp.float32)
    arguments = {"x": x, "w": w, "s": stacked}
    for y in (x @ w, xp.matmul(x, w), xp.tensordot(x, w, axes=1), xp.tensordot(stacked, w, axes=1)):
        assert nodes(y, **arguments) == ["MatMul"]
    wide = xp.argument(("N", 10), xp.float64)
    assert nodes(wide.T @ wide, w=wide) == ["Gemm"]
    assert nodes(xp.vecdot(x, w[:, 0]), **arguments)[-2:] == ["Mul", "ReduceSum"]
    assert nodes(xp.vecdot(x[0, :], w[:, 0]), **arguments)[-1:] == ["MatMul"]
    z = xp.argument(("N", 10), xp.complex64)
    assert nodes(xp.vecdot(z, z), z=z) == ["vecdot"]
    assert nodes(z @ z.T, z=z) == ["Transpose", "Transpose", "matmul"]
    for axes in itertools.permutations((0, 1)):
        assert nodes(xp.tensordot(x, x, axes=(axes, axes)), **arguments).count("MatMul") == 1


@pytest.mark.parametrize("first", [(2, 3), (0, 3), (2, 1), (3,)])
@pytest.mark.parametrize("second", [(3, 2), (0, 2), (0, 1), (2, 3)])
def test_open_sizes_that_are_summed_over_must_be_equal(first, second):
    """Even where there are no elements, or as many of them: a Reshape does not notice."""
    from onnxp.testing import traced

    a, b = traced.asarray(np.ones(first)), traced.asarray(np.ones(second))
    calls = [lambda: traced.vecdot(a, b)]
    if len(first) == 2:
        calls.append(lambda: traced.tensordot(a, b, axes=((0, 1), (0, 1))))
        calls.append(lambda: traced.tensordot(a, b, axes=((1,), (1,))))
    fits = [first[-1] == second[-1] and (len(first) < 2 or first[0] == second[0]), first == second]
    fits.append(first[-1] == second[-1])
    for call, good in zip(calls, fits, strict=False):
        if good:
            call()
        else:
            with pytest.raises((ValueError, RuntimeError)):
                call()


TURNED = [
    lambda x, v: xp.matmul(xp.matrix_transpose(x), x),
    lambda x, v: x @ x.mT,
    lambda x, v: xp.matrix_transpose(x) @ v,
    lambda x, v: v @ x.mT.mT,
    lambda x, v: xp.matrix_transpose(x) @ xp.permute_dims(x, (1, 0, 2))[:1, :, :][:, :3, :],
    lambda x, v: x.mT[0, ...] @ x,
    lambda x, v: x[0, ...].T @ v,
    lambda x, v: v @ x[0, :, :].T.T,
    lambda x, v: (x[0, ...].T + x[1, ...].T) @ v,
    lambda x, v: xp.astype(xp.abs(xp.permute_dims(x, (0, 2, 1))), x.dtype) @ v,
    lambda x, v: xp.sum(x.mT, axis=0) @ v,
    lambda x, v: xp.cumulative_prod(x[0, ...].T, axis=0) @ v,
    lambda x, v: (lambda t: (t @ t)[:, 0] + xp.concat([t, t])[:3, 1])(x[0, :, :3].T),
    lambda x, v: (lambda t: t @ t + xp.concat([t, t])[:3, ...])(x[:, :, :3].mT),
]


@pytest.mark.parametrize("dtype", ["float64", "complex128", "float32"])
@pytest.mark.parametrize("function", TURNED)
def test_stacks_of_turned_matrices(function, dtype):
    """Runtimes join Transpose and MatMul by default, and have no float64 kernel for both."""
    x = np.random.default_rng(0).normal(size=(3, 3, 4)).astype(dtype)
    v = np.arange(3).astype(dtype)
    result = run_all_ways(function, x, v)
    expected = np.asarray(
        function(xp.asarray(x.astype("complex128")), xp.asarray(v.astype("complex128")))
    )
    np.testing.assert_allclose(
        result, expected, rtol=1e-5 if dtype == "float32" else 1e-12, atol=1e-5
    )
