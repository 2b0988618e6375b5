import array
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    DeviceError,
    DTypeError,
    ScalarRangeError,
    ShapeError,
    UnknownSizeError,
)
from onnxp.testing import run_all_ways
from tests.helpers.samples import ALL, COMPLEX, FLOATS, INTEGERS
from tests.helpers.samples import array as sample

SIZES = (0, 1, 2, 5)


def same(result, expected):
    result, expected = np.asarray(result), np.asarray(expected)
    assert result.dtype == expected.dtype
    assert result.shape == expected.shape
    np.testing.assert_array_equal(result, expected)


def with_size(function, size):
    """Run a function of a size, which is symbolic in one of the ways."""
    return run_all_ways(lambda x: function(x.shape[0]), np.zeros((size, 2), np.float32))


def nodes(y, **inputs):
    return [node.op_type for node in xp.build(inputs, {"y": y}).graph.node]


# asarray


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (True, np.asarray(True)),
        (3, np.asarray(3)),
        (2.5, np.asarray(2.5)),
        (2j, np.asarray(2j)),
        ([], np.asarray([])),
        ([True, 2], np.asarray([1, 2])),
        ([1, 2.5], np.asarray([1.0, 2.5])),
        ([[1, 2j]], np.asarray([[1, 2j]])),
        ((range(3)), np.arange(3)),
        (np.float32(1), np.float32(1)),
        ([np.float32(1)], np.asarray([1], np.float32)),
        ([1.5, 2**70], np.asarray([1.5, 2.0**70])),
        (b"ab", np.asarray([97, 98], np.uint8)),
        (bytearray(b"ab"), np.asarray([97, 98], np.uint8)),
        (array.array("d", [1, 2]), np.asarray([1.0, 2.0])),
        (memoryview(array.array("h", [1, 2])), np.asarray([1, 2], np.int16)),
        (np.arange(6).reshape(2, 3).T, np.arange(6).reshape(2, 3).T),
        (np.arange(3, dtype=">i4"), np.arange(3, dtype=np.int32)),
        (np.arange(4)[::-2] + 1j, np.asarray([3, 1]) + 1j),
    ],
    ids=lambda x: str(x)[:30] if not isinstance(x, memoryview) else "memoryview",
)
def test_asarray(obj, expected):
    same(xp.asarray(obj), expected)


@pytest.mark.parametrize(
    ("obj", "dtype", "expected"),
    [
        (2**64 - 1, xp.uint64, np.asarray(2**64 - 1, np.uint64)),
        ([1, 2**63], "uint64", np.asarray([1, 2**63], np.uint64)),
        ([1, 2], float, np.asarray([1.0, 2.0])),
        ([1, 0], bool, np.asarray([True, False])),
        ([True], xp.complex64, np.asarray([1], np.complex64)),
        ([1e300], np.float32, np.asarray([np.inf], np.float32)),
        (np.asarray([1.5, -2.5]), xp.int8, np.asarray([1, -2], np.int8)),
        (np.asarray([0, 2j]), xp.bool, np.asarray([False, True])),
    ],
)
def test_asarray_of_a_dtype(obj, dtype, expected):
    same(xp.asarray(obj, dtype=dtype), expected)


@pytest.mark.parametrize("dtype", ALL)
@pytest.mark.parametrize("shape", [(), (0,), (2, 3), (2, 0, 3)])
def test_asarray_keeps_what_numpy_has(dtype, shape):
    x = sample(dtype, shape)
    same(xp.asarray(x), x)
    same(xp.asarray(x.tolist(), dtype=dtype) if 0 not in shape else x, x)


@pytest.mark.parametrize(
    ("obj", "kwargs", "error"),
    [
        (2**63, {}, ScalarRangeError),
        ([1, 2**63], {}, ScalarRangeError),
        ([-1, 2**63], {}, ScalarRangeError),
        (-(2**63) - 1, {}, ScalarRangeError),
        ([1, 2**70], {}, ScalarRangeError),
        ([2**64], {"dtype": xp.uint64}, ScalarRangeError),
        ([300], {"dtype": xp.int8}, ScalarRangeError),
        (10**400, {"dtype": xp.float64}, ScalarRangeError),
        (b"12", {"dtype": "S2"}, DTypeError),
        (["12", 12], {}, DTypeError),
        (["12", None, 12], {}, DTypeError),
        ({1, 2}, {}, DTypeError),
        ({1: 2}, {}, DTypeError),
        (np.asarray([b"a"]), {}, DTypeError),
        (np.asarray([Ellipsis]), {}, DTypeError),
        (np.asarray("2020-01-01", "M8[25s]"), {}, DTypeError),
        ([1j], {"dtype": xp.float64}, DTypeError),
        (np.asarray([1j]), {"dtype": xp.int64}, DTypeError),
        ([1], {"dtype": "decimal"}, DTypeError),
        ([float("nan")], {"dtype": xp.int64}, ArgumentError),
        ([[1], [1, 2]], {}, ShapeError),
        ([1], {"device": "gpu"}, DeviceError),
        ([1], {"copy": False}, ArgumentError),
        (np.arange(4)[::2], {"copy": False}, ArgumentError),
        (np.arange(4) * 1j, {"copy": False}, ArgumentError),
        (np.arange(4), {"copy": False, "dtype": xp.float64}, ArgumentError),
        (np.arange(4, dtype=">i8"), {"copy": False}, ArgumentError),
    ],
    ids=lambda x: str(x)[:30],
)
def test_asarray_refuses(obj, kwargs, error):
    with pytest.raises(error):
        xp.asarray(obj, **kwargs)


def test_asarray_copies_foreign_memory_unless_told_not_to():
    memory = np.asarray([1.0, 2.0])
    copied, again, shared = (
        xp.asarray(memory),
        xp.asarray(memory, copy=True),
        xp.asarray(memory, copy=False),
    )
    memory[0] = 9
    assert [float(x[0]) for x in (copied, again, shared)] == [1, 1, 9]


def test_asarray_of_an_array():
    x = xp.asarray([1, 2])
    assert xp.asarray(x) is x
    assert xp.asarray(x, copy=False, dtype=xp.int64) is x
    other = xp.asarray(x, copy=True)
    x[0] = 7
    same(other, [1, 2])
    same(xp.asarray(x, dtype=xp.float32), np.asarray([7, 2], np.float32))
    with pytest.raises(ArgumentError):
        xp.asarray(x, dtype=xp.float32, copy=False)


def test_arrays_in_sequences_are_stacked():
    x = np.asarray([1.0, 2.0], np.float32)
    same(
        run_all_ways(lambda a: xp.asarray([[a[0], 3], [2.5, a[1]]]), x),
        np.asarray([[1, 3], [2.5, 2]], np.float32),
    )
    same(
        run_all_ways(lambda a: xp.asarray([a, a], dtype=xp.complex64), x),
        np.asarray([x, x], np.complex64),
    )
    same(run_all_ways(lambda a: xp.asarray((a, np.ones(2))), x), np.asarray([x, np.ones(2)]))
    same(run_all_ways(lambda a: xp.asarray([a[0] > 0, True]), x), np.asarray([True, True]))


@pytest.mark.parametrize("size", SIZES)
def test_sizes_become_numbers(size: int):
    same(with_size(xp.asarray, size), np.asarray(size))
    same(with_size(lambda n: xp.asarray([n, 3, n + 1]), size), np.asarray([size, 3, size + 1]))
    same(with_size(lambda n: xp.asarray([[n, 0.5]]), size), np.asarray([[size, 0.5]]))
    same(with_size(lambda n: xp.asarray(n, dtype=xp.float32), size), np.float32(size))


@pytest.mark.parametrize("parts", [[[1, 2], [3]], [[1, 2], 3], [[1.0], []]], ids=str)
def test_ragged_sequences_of_arrays(parts):
    with pytest.raises((ShapeError, ArgumentError)):
        xp.asarray([xp.asarray(part) if part else part for part in parts])


def test_scalars_go_with_the_arrays_beside_them():
    x = xp.asarray([xp.asarray(1), 1.5, True])
    assert (x.dtype, np.asarray(x).tolist()) == (xp.float64, [1.0, 1.5, 1.0])


# Filled arrays


@pytest.mark.parametrize("dtype", ALL)
@pytest.mark.parametrize("size", SIZES)
def test_filled(dtype, size):
    number = sample(dtype, (1,), seed=size).tolist()[0]
    for shape in ((size,), (2, size), (size, 0)):
        for function, expected in (
            (lambda s: xp.full(s, number, dtype=dtype), np.full(shape, number, dtype)),
            (lambda s: xp.zeros(s, dtype=dtype), np.zeros(shape, dtype)),
            (lambda s: xp.ones(s, dtype=dtype), np.ones(shape, dtype)),
        ):
            sizes = shape
            same(function(sizes), expected)
    x = sample(dtype, (size, 2))

    def function(a):
        n = a.shape[0]
        full, zeros = xp.full((n, 3), number, dtype=dtype), xp.zeros((n, 100), dtype=dtype)
        return full, zeros, xp.full_like(a, number)

    full, zeros, like = run_all_ways(function, x)
    same(full, np.full((size, 3), number, dtype))
    same(zeros, np.zeros((size, 100), dtype))
    same(like, np.full_like(x, number))
    same(run_all_ways(xp.ones_like, x), np.ones_like(x))
    same(run_all_ways(lambda a: xp.zeros_like(a, dtype=xp.int16), x), np.zeros_like(x, np.int16))
    assert run_all_ways(xp.empty_like, x).shape == x.shape


@pytest.mark.parametrize(
    ("number", "dtype"),
    [(True, "bool"), (1, "int64"), (1.0, "float64"), (1j, "complex128"), (np.int8(1), "int8")],
)
@pytest.mark.parametrize("shape", [(), 3, [2, 3], (5, 50)])
def test_dtype_of_full(number, dtype, shape):
    same(xp.full(shape, number), np.full(shape, number, dtype))


@pytest.mark.parametrize("function", [xp.empty, xp.zeros, xp.ones, xp.eye])
def test_default_dtypes(function):
    assert function(2).dtype == xp.float64


def test_full_of_an_array():
    x = np.asarray(2.5, np.float32)
    same(run_all_ways(lambda a: xp.full((2, 3), a), x), np.full((2, 3), x))
    same(run_all_ways(lambda a: xp.full(2, a, dtype=xp.int8), x), np.full(2, 2, np.int8))
    same(with_size(lambda n: xp.full(2, n), 4), np.full(2, 4))


def test_a_large_filled_array_is_one_node_until_it_is_looked_at():
    x = xp.argument(("N",), xp.float32)
    assert nodes(xp.zeros_like(x), x=x) == ["Shape", "ConstantOfShape"]
    assert nodes(xp.full((x.shape[0], 2), 7), x=x) == ["Shape", "Concat", "ConstantOfShape"]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: xp.zeros(-1), ArgumentError),
        (lambda: xp.zeros((2, -1)), ArgumentError),
        (lambda: xp.zeros(2.0), ArgumentTypeError),
        (lambda: xp.zeros((2, None)), ArgumentTypeError),
        (lambda: xp.zeros("2"), ArgumentTypeError),
        (lambda: xp.full(2, [1, 2]), ShapeError),
        (lambda: xp.full(2, 300, dtype=xp.int8), ScalarRangeError),
        (lambda: xp.full(2, b"a"), ShapeError),
        (lambda: xp.full(2, "a", dtype=xp.complex128), ArgumentError),
        (lambda: xp.full_like(xp.asarray([1]), -1, dtype=xp.uint8), ScalarRangeError),
        (lambda: xp.ones(2, device="tpu"), DeviceError),
        (lambda: xp.zeros_like([1, 2]), ArgumentTypeError),
    ],
)
def test_filled_refuses(call, error):
    with pytest.raises(error):
        call()


# eye, tril, triu


@pytest.mark.parametrize("dtype", ALL)
@pytest.mark.parametrize("k", [0, 1, -2, 9, -(10**30), 2**63])
def test_eye_and_triangles(dtype, k, subtests: pytest.Subtests):
    near = max(-9, min(9, k))
    for rows in (0, 1, 3):
        samples = [sample(dtype, (rows, columns)) for columns in (2, 3)]

        def function(*arrays, columns=(2, 3)):
            eyes = [
                xp.eye(a.shape[0], size, k=k, dtype=dtype)
                for a, size in zip(arrays, columns, strict=True)
            ]
            halves = [half(a, k=k) for half in (xp.tril, xp.triu) for a in arrays]
            return eyes + halves

        eyes = [np.eye(*x.shape, near, dtype) for x in samples]
        halves = [half(x, near) for half in (np.tril, np.triu) for x in samples]
        with subtests.test(rows=rows):
            for result, expected in zip(
                run_all_ways(function, *samples), eyes + halves, strict=True
            ):
                same(result, expected)


@pytest.mark.parametrize("size", SIZES)
def test_eye_is_square_by_default(size: int):
    same(with_size(xp.eye, size), np.eye(size))


def test_triangles_of_stacks():
    x = np.arange(24.0).reshape(2, 3, 4)
    same(run_all_ways(xp.tril, x), np.tril(x))
    same(run_all_ways(xp.triu, x[:0]), np.triu(x[:0]))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: xp.eye(-1), ArgumentError),
        (lambda: xp.eye(1.5), ArgumentTypeError),
        (lambda: xp.eye(2, k=0.5), TypeError),
        (lambda: xp.tril(xp.asarray([1])), ShapeError),
        (lambda: xp.triu(xp.asarray(1)), ShapeError),
    ],
)
def test_matrices_refuse(call, error):
    with pytest.raises(error):
        call()


# arange


@pytest.mark.parametrize("size", [0, 1, 2, 3, 10])
@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (xp.arange, np.arange),
        (lambda n: xp.arange(0, n), np.arange),
        (lambda n: xp.arange(1, n, 2), lambda n: np.arange(1, n, 2)),
        (lambda n: xp.arange(n, -3, -2), lambda n: np.arange(n, -3, -2)),
        (lambda n: xp.arange(0, 10, n + 1), lambda n: np.arange(0, 10, n + 1)),
        (lambda n: xp.arange(0, 10, 2 * n - 5), lambda n: np.arange(0, 10, 2 * n - 5)),
        (lambda n: xp.arange(n, dtype=xp.uint8), lambda n: np.arange(n, dtype=np.uint8)),
        (lambda n: xp.arange(n, dtype=xp.float16), lambda n: np.arange(n, dtype=np.float16)),
        (lambda n: xp.arange(n, dtype=xp.complex64), lambda n: np.arange(n).astype(np.complex64)),
        (lambda n: xp.arange(0.0, n), lambda n: np.arange(0.0, n)),
        (lambda n: xp.arange(-n, n, 0.5), lambda n: np.arange(-n, n, 0.5)),
        (lambda n: xp.arange(n, 0, -0.25), lambda n: np.arange(n, 0, -0.25)),
    ],
)
def test_arange_of_sizes(function, expected, size):
    same(with_size(function, size), expected(size))


@pytest.mark.parametrize("numbers", [(2, 9, 3), (9, 2, -3), (5, 5, 1), (9, 2, 3)])
def test_arange_of_traced_numbers(numbers: tuple[int, int, int]):
    inputs = [np.asarray(number) for number in numbers]
    same(run_all_ways(xp.arange, *inputs), np.arange(*numbers))


@pytest.mark.parametrize(
    ("start", "stop", "step", "dtype"),
    [
        (2**63 - 3, 2**63, 1, "int64"),
        (-(2**63), 2**63, 2**62, "int64"),
        (2**63, 2**63 + 3, 1, "uint64"),
        (2**64 - 2, 2**64 - 9, -3, "uint64"),
        (0, 2**64, 2**63, "uint64"),
        (-128, 128, 1, "int8"),
        (127, -129, -1, "int8"),
        (0, 256, 255, "uint8"),
    ],
)
def test_arange_reaches_the_limits_of_a_dtype(start, stop, step, dtype):
    expected = np.asarray(list(range(start, stop, step)), dtype)
    same(xp.arange(start, stop, step, dtype=dtype), expected)


def test_arange_is_as_accurate_as_numpy(subtests: pytest.Subtests):
    exact = [i / 10 for i in range(10000)]
    for dtype in (np.float32, np.float64):
        with subtests.test(dtype=dtype.__name__):
            ours = run_all_ways(
                lambda step, dtype=dtype: xp.arange(0, 1000, step, dtype=dtype), np.asarray(0.1)
            )
            error = np.abs(ours - np.asarray(exact, dtype)).max()
            assert error <= np.abs(np.arange(0, 1000, 0.1, dtype) - np.asarray(exact, dtype)).max()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: xp.arange(0, 10, 0), ArgumentError),
        (lambda: xp.arange(0, 10, 0.0), ArgumentError),
        (lambda: xp.arange(float("inf")), ArgumentError),
        (lambda: xp.arange(0, float("nan")), ArgumentError),
        (lambda: xp.arange(0, 300, dtype=xp.int8), ScalarRangeError),
        (lambda: xp.arange(-1, 3, dtype=xp.uint8), ScalarRangeError),
        (lambda: xp.arange(2**63), ArgumentError),
        (lambda: xp.arange(2**62), ArgumentError),
        (lambda: xp.arange(3, dtype=xp.bool), DTypeError),
        (lambda: xp.arange(1j), ArgumentTypeError),
        (lambda: xp.arange("3"), ArgumentTypeError),
        (lambda: xp.arange(xp.asarray([1, 2])), ArgumentTypeError),
        (lambda: xp.arange(3, device="gpu"), DeviceError),
    ],
)
def test_arange_refuses(call, error):
    with pytest.raises(error):
        call()


@given(
    start=st.integers(-50, 50),
    stop=st.integers(-50, 50),
    step=st.integers(-9, 9).filter(bool),
    dtype=st.sampled_from([None, "int16", "int64", "float32", "float64", "complex64"]),
)
@settings(max_examples=150, deadline=None)
def test_arange_of_integers(start, stop, step, dtype):
    expected = np.asarray(range(start, stop, step), dtype or np.int64)
    same(xp.arange(start, stop, step, dtype=dtype), expected)


@given(
    start=st.floats(-50, 50),
    stop=st.floats(-50, 50),
    step=st.floats(0.25, 9) | st.floats(-9, -0.25),
)
@settings(max_examples=60, deadline=None)
def test_arange_of_floats(start, stop, step):
    count = max(0, int(np.ceil((stop - start) / step)))
    expected = np.asarray([start + i * step for i in range(count)], np.float64)
    same(xp.arange(start, stop, step), expected)
    traced = run_all_ways(xp.arange, np.asarray(start), np.asarray(stop), np.asarray(step))
    same(traced, expected)


# linspace

BOUNDS = [
    (0, 1),
    (0.1, 0.7),
    (5, -3.5),
    (2, 2),
    (1, -0.0),
    (-0.0, 1),
    (-1e300, 1e300),
]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
@pytest.mark.parametrize("endpoint", [True, False])
def test_linspace(count, endpoint, subtests: pytest.Subtests):
    for start, stop in BOUNDS:
        with subtests.test(start=start, stop=stop):
            expected = np.linspace(start, stop, count, endpoint=endpoint)
            ours = with_size(lambda n: xp.linspace(start, stop, n, endpoint=endpoint), count)  # noqa: B023
            same(ours, expected)
            np.testing.assert_array_equal(np.signbit(ours), np.signbit(expected))
            if endpoint and count > 1:
                assert ours[-1] == stop
            traced = run_all_ways(
                lambda a, b: xp.linspace(a, b, count, endpoint=endpoint),
                np.asarray(float(start)),
                np.asarray(float(stop)),
            )
            same(traced, expected)


@pytest.mark.parametrize("dtype", [*FLOATS, *COMPLEX])
def test_linspace_of_a_dtype(dtype):
    stop = 2 - 1j if dtype in COMPLEX else -2.5
    same(xp.linspace(0.5, stop, 7, dtype=dtype), np.linspace(0.5, stop, 7, dtype=dtype))
    same(
        with_size(lambda n: xp.linspace(0.5, stop, n, dtype=dtype), 7),
        np.linspace(0.5, stop, 7, dtype=dtype),
    )


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: xp.linspace(0, 1, -1), ArgumentError),
        (lambda: xp.linspace(0, 1, 2.0), ArgumentTypeError),
        (lambda: xp.linspace("0", 1, 2), ArgumentTypeError),
        (lambda: xp.linspace(xp.asarray([0, 1]), 1, 2), ArgumentTypeError),
        (lambda: xp.linspace(0, 1, 2, dtype=xp.int64), DTypeError),
        (lambda: xp.linspace(0, 1j, 2, dtype=xp.float64), DTypeError),
    ],
)
def test_linspace_refuses(call, error):
    with pytest.raises(error):
        call()


# meshgrid


@pytest.mark.parametrize("indexing", ["xy", "ij"])
@pytest.mark.parametrize("sizes", [(), (3,), (2, 3), (0, 2), (1, 2, 3), (2, 1, 0, 3)])
def test_meshgrid(indexing, sizes):
    dtypes = itertools.cycle(INTEGERS[:2] + COMPLEX)
    given = [sample(dtype, (size,)) for dtype, size in zip(dtypes, sizes, strict=False)]
    expected = np.meshgrid(*given, indexing=indexing)
    assert isinstance(xp.meshgrid(*map(xp.asarray, given), indexing=indexing), tuple)
    if not sizes:
        return
    results = run_all_ways(lambda *xs: xp.meshgrid(*xs, indexing=indexing), *given)
    for ours, theirs in zip(results if len(sizes) > 1 else [results], expected, strict=True):
        same(ours, theirs)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: xp.meshgrid(xp.asarray([1]), indexing="yx"), ArgumentError),
        (lambda: xp.meshgrid(xp.asarray([[1]])), ShapeError),
        (lambda: xp.meshgrid([1, 2]), ArgumentTypeError),
    ],
)
def test_meshgrid_refuses(call, error):
    with pytest.raises(error):
        call()


def test_a_length_for_python_must_be_known():
    n = xp.argument(("N",), xp.float32).shape[0]
    with pytest.raises(UnknownSizeError):
        xp.eye(2, k=n)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: xp.zeros((1000, 10), dtype=xp.float32), "ConstantOfShape Add"),
        (lambda: xp.full((1000, 10), 7, dtype=xp.float32), "ConstantOfShape Add"),
        (lambda: xp.eye(1000, 10, k=2, dtype=xp.float32), "ConstantOfShape EyeLike Add"),
        (lambda: xp.astype(xp.eye(1000, 10), xp.float32), "ConstantOfShape EyeLike Cast Add"),
        (lambda: xp.ones((10,), dtype=xp.float32), "Add"),
        (lambda: xp.eye(10, dtype=xp.float32), "Add"),
    ],
)
def test_large_arrays_of_one_number_are_not_stored_in_models(make, expected):
    x = xp.argument(make().shape, xp.float32)
    model = xp.build({"x": x}, {"y": x + make()})
    assert [node.op_type for node in model.graph.node] == expected.split()
    assert model.ByteSize() < 2000
    program = xp.trace(lambda a: a + make(), xp.spec(make().shape, xp.float32))
    zeros = np.zeros(make().shape, np.float32)
    same(program(zeros), zeros + np.asarray(make()))
