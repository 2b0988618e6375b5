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
    PromotionError,
    ShapeError,
    UnknownSizeError,
)
from onnxp.testing import run_all_ways
from tests.helpers.samples import ALL, array, arrays

SHAPES = [(), (1,), (4,), (0,), (2, 3), (1, 3), (0, 3), (3, 0), (2, 3, 4), (2, 1, 0)]


def same(result, expected):
    results = result if isinstance(result, list) else [result]
    wanted = list(expected) if isinstance(expected, list | tuple) else [expected]
    for ours, theirs in zip(results, wanted, strict=True):
        theirs = np.asarray(theirs)
        assert ours.dtype == theirs.dtype
        assert ours.shape == theirs.shape
        np.testing.assert_array_equal(ours, theirs)


def nodes(y, **inputs):
    return [node.op_type for node in xp.build(inputs, {"y": y}).graph.node]


@pytest.fixture
def x():
    return xp.argument(("N", 10), xp.float32)


@pytest.fixture
def y():
    return xp.argument(("N", 10), xp.float32)


@pytest.mark.parametrize("dtype", ALL)
def test_every_dtype(dtype):
    x, y = array(dtype, (2, 3), seed=1), array(dtype, (2, 3), seed=2)

    def ours(a, b):
        turned = xp.permute_dims(xp.flip(a, axis=0), (1, 0))
        joined = xp.concat([xp.reshape(turned, (2, 3)), xp.roll(b, 1, axis=1)], axis=-1)
        return xp.tile(xp.repeat(xp.stack([joined, joined], axis=1), 2, axis=0), (1, 1, 2))

    joined = np.concatenate([np.flip(x, 0).T.reshape(2, 3), np.roll(y, 1, 1)], -1)
    same(
        run_all_ways(ours, x, y), np.tile(np.repeat(np.stack([joined, joined], 1), 2, 0), (1, 1, 2))
    )


# Broadcasting


@pytest.mark.parametrize(
    ("shape", "to"),
    [
        ((), ()),
        ((), (2, 3)),
        ((3,), (2, 3)),
        ((2, 1), (2, 3)),
        ((1, 1), (0, 3)),
        ((0,), (4, 0)),
        ((2, 3), (1, 2, 3)),
        ((1,), (0,)),
        ((3,), [3]),
    ],
)
def test_broadcast_to(shape, to):
    x = array("float32", shape)
    same(run_all_ways(lambda a: xp.broadcast_to(a, to), x), np.broadcast_to(x, to))


@pytest.mark.parametrize(
    ("shape", "to"), [((3,), (2,)), ((2, 3), (3,)), ((2,), (1,)), ((2,), (0,))]
)
def test_broadcast_to_refuses(shape, to):
    with pytest.raises(BroadcastError):
        xp.broadcast_to(xp.zeros(shape), to)


def test_the_runtime_checks_a_broadcast_that_sizes_leave_open(subtests: pytest.Subtests):
    program = xp.trace(lambda a: xp.broadcast_to(a, (1,)), a=xp.spec(("N",), xp.float32))
    same(program(np.ones(1, np.float32)), np.ones(1, np.float32))
    with pytest.raises(EvaluationError):
        program(np.ones(3, np.float32))
    program = xp.trace(
        lambda a, b: xp.broadcast_to(a, b.shape),
        a=xp.spec(("N",), xp.float32),
        b=xp.spec(("M",), xp.int8),
    )
    same(program(np.ones(1, np.float32), np.ones(4, np.int8)), np.ones(4, np.float32))
    same(program(np.ones(4, np.float32), np.ones(4, np.int8)), np.ones(4, np.float32))
    for sizes in ((3, 1), (3, 4)):
        with subtests.test(sizes=sizes), pytest.raises(EvaluationError):
            program(np.ones(sizes[0], np.float32), np.ones(sizes[1], np.int8))


@pytest.mark.parametrize(
    "shapes", [[()], [(2, 1), (3,)], [(0, 1), (1, 4), ()], [(1,), (5,), (1, 1)]]
)
def test_broadcast_arrays(shapes):
    given = [array(dtype, shape) for dtype, shape in zip(ALL, shapes, strict=False)]
    assert isinstance(xp.broadcast_arrays(*map(xp.asarray, given)), tuple)
    same(run_all_ways(lambda *xs: xp.broadcast_arrays(*xs), *given), np.broadcast_arrays(*given))


def test_broadcast_shapes(x):
    assert xp.broadcast_shapes() == ()
    assert xp.broadcast_shapes((2, 1), [3], ()) == (2, 3)
    assert xp.broadcast_shapes((None, 1), (4,)) == (None, 4)
    assert xp.broadcast_shapes((None,), (1,), (5, 1)) == (5, None)
    size = x.shape[0]
    assert xp.broadcast_shapes((size, 1), (7,)) == (size, 7)
    with pytest.raises(BroadcastError):
        xp.broadcast_shapes((2,), (3,))


# Joining


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape])
def test_concat(shape, subtests: pytest.Subtests):
    for axis in range(-len(shape), len(shape)):
        with subtests.test(axis=axis):
            longer = list(shape)
            longer[axis] += 2
            given = [array("int16", shape), array("int16", tuple(longer)), array("int16", shape, 3)]
            same(
                run_all_ways(lambda *xs, k=axis: xp.concat(xs, axis=k), *given),
                np.concatenate(given, axis),
            )
    same(
        run_all_ways(lambda *xs: xp.concat(list(xs), axis=None), *given),
        np.concatenate(given, None),
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_stack(shape, count, subtests: pytest.Subtests):
    given = [array("float64", shape, seed) for seed in range(count)]
    for axis in range(-len(shape) - 1, len(shape) + 1):
        with subtests.test(axis=axis):
            same(
                run_all_ways(lambda *xs, k=axis: xp.stack(xs, axis=k), *given),
                np.stack(given, axis),
            )


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape])
def test_unstack(shape, subtests: pytest.Subtests):
    x = array("uint8", shape)
    for axis in range(-len(shape), len(shape)):
        with subtests.test(axis=axis):
            parts = xp.unstack(xp.asarray(x), axis=axis)
            assert isinstance(parts, tuple)
            same([np.asarray(part) for part in parts], list(np.moveaxis(x, axis, 0)))
    traced = run_all_ways(lambda a: xp.unstack(a)[::-1], array("uint8", (2, 3)), static_axes=(0,))
    same(traced, list(array("uint8", (2, 3))[::-1]))


@pytest.mark.parametrize("join", [xp.concat, xp.stack])
def test_joined_arrays_promote(join):
    x, y = np.ones(2, np.int8), np.ones(2, np.uint8)
    assert run_all_ways(lambda a, b: join([a, b]), x, y).dtype == np.int16
    assert (
        run_all_ways(
            lambda a, b: join([a, b]), np.ones(2, np.float32), np.ones(2, np.complex128)
        ).dtype
        == np.complex128
    )


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: xp.concat([]), ArgumentError),
        (lambda x: xp.stack(()), ArgumentError),
        (lambda x: xp.concat([x, 1.0]), ArgumentTypeError),
        (lambda x: xp.concat([x, x[0, :]]), ShapeError),
        (lambda x: xp.concat([x, x[:, :3]]), ShapeError),
        (lambda x: xp.concat([x, x], axis=2), AxisError),
        (lambda x: xp.concat([x[0, 0], x[0, 0]]), AxisError),
        (lambda x: xp.concat([x, xp.full(x.shape, "a")]), PromotionError),
        (lambda x: xp.stack([x, x[:, :3]]), ShapeError),
        (lambda x: xp.stack([x, x], axis=3), AxisError),
        (lambda x: xp.unstack(x[0, 0]), AxisError),
        (lambda x: xp.unstack(x, axis=2), AxisError),
    ],
)
def test_joining_refuses(call, error, x, subtests: pytest.Subtests):
    for array_ in (x, xp.zeros((4, 10), dtype=xp.float32)):
        with subtests.test(traced=array_ is x), pytest.raises(error):
            call(array_)


def test_python_needs_the_length_of_what_it_unpacks(x):
    assert len(xp.unstack(x, axis=1)) == 10
    with pytest.raises(UnknownSizeError):
        xp.unstack(x)


# Shapes


@pytest.mark.parametrize(
    ("shape", "to"),
    [
        ((), (1, 1)),
        ((), -1),
        ((6,), (2, 3)),
        ((6,), (2, -1)),
        ((2, 3), -1),
        ((2, 3), (3, 2)),
        ((2, 3), (-1, 1)),
        ((2, 3, 4), (2, 12)),
        ((2, 3, 4), (-1, 4)),
        ((0, 3), (3, 0)),
        ((0, 3), (-1,)),
        ((0, 3), (-1, 3)),
        ((0, 3), (0, 5)),
        ((1,), ()),
    ],
)
def test_reshape(shape, to):
    x = array("int32", shape)
    same(run_all_ways(lambda a: xp.reshape(a, to), x), x.reshape(to))


@pytest.mark.parametrize("rows", [0, 1, 6])
@pytest.mark.parametrize(
    "to",
    [
        lambda n: (n * 4,),
        lambda n: (2, n, 2),
        lambda n: (-1, 2),
        lambda n: (4, n),
        lambda n: (n, 2, 2),
        lambda n: (1, n, 4, 1),
        lambda n: (n + n, 2),
    ],
)
def test_reshape_to_sizes(rows, to):
    x = array("int32", (rows, 4))
    reshaped = run_all_ways(lambda a: xp.reshape(a, to(a.shape[0])), x, static_axes=(1,))
    same(reshaped, x.reshape(to(rows)))


def test_known_sizes_stay_known(x):
    n = x.shape[0]
    assert xp.reshape(x, (-1, 5)).shape == (2 * n, 5)
    assert xp.reshape(x, (n, -1)).shape == (n, 10)
    assert xp.reshape(x, (5, -1)).shape == (5, 2 * n)
    assert xp.reshape(x, (-1,)).shape == (10 * n,)
    assert xp.reshape(xp.reshape(x, (-1,)), (n, 10)).shape == x.shape
    assert xp.concat([x, x]).shape == (2 * n, 10)
    assert xp.roll(x, 3, axis=0).shape == x.shape
    assert xp.repeat(x, 3, axis=0).shape == (3 * n, 10)


@pytest.mark.parametrize(
    ("shape", "to"),
    [
        ((6,), (4,)),
        ((6,), (-1, 4)),
        ((6,), (-1, -1)),
        ((0,), (-1, 0)),
        ((6,), (0, -1)),
        ((6,), (-2, 3)),
        ((2,), ()),
    ],
)
def test_reshape_refuses(shape, to):
    with pytest.raises((ShapeError, ArgumentError)):
        xp.reshape(xp.zeros(shape), to)


@pytest.mark.parametrize("sizes", ["7", "3", "n, 9", "n"])
def test_reshape_of_symbolic_sizes_refuses_what_cannot_fit(x, sizes: str):
    with pytest.raises(ShapeError):
        xp.reshape(x, eval(f"({sizes},)", {"n": x.shape[0]}))


def test_the_runtime_checks_a_reshape_that_sizes_leave_open(subtests: pytest.Subtests):
    spec = xp.spec(("N", 10), xp.float32)
    for shape in ((20,), (-1, 4), (2, -1, 2)):
        with subtests.test(shape=shape):
            program = xp.trace(lambda a, s=shape: xp.reshape(a, s), a=spec)
            same(program(np.ones((2, 10), np.float32)), np.ones((2, 10), np.float32).reshape(shape))
            with pytest.raises(EvaluationError):
                program(np.ones((3, 10), np.float32))
    program = xp.trace(
        lambda a, b: xp.reshape(a, (b.shape[0], 5)), a=spec, b=xp.spec(("M",), xp.int8)
    )
    assert program(np.ones((2, 10), np.float32), np.ones(4, np.int8)).shape == (4, 5)
    with pytest.raises(EvaluationError):
        program(np.ones((2, 10), np.float32), np.ones(3, np.int8))


@pytest.mark.parametrize("axis", [0, -1, 1, (0, 1), (0, -1), (-1, 1), (1, 0, 3)])
def test_expand_dims(axis):
    x = array("float32", (2, 3))
    same(run_all_ways(lambda a: xp.expand_dims(a, axis), x), np.expand_dims(x, axis))


@pytest.mark.parametrize(
    ("shape", "axis"), [((1, 3, 1), 0), ((1, 3, 1), (0, -1)), ((1,), 0), ((1, 0), 0)]
)
def test_squeeze(shape, axis):
    x = array("float32", shape)
    same(run_all_ways(lambda a: xp.squeeze(a, axis), x), np.squeeze(x, axis))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: xp.expand_dims(x, 3), AxisError),
        (lambda x: xp.expand_dims(x, (0, -4)), AxisError),
        (lambda x: xp.expand_dims(x, (0, 0)), AxisError),
        (lambda x: xp.squeeze(x, 1), ShapeError),
        (lambda x: xp.squeeze(x, 2), AxisError),
        (lambda x: xp.squeeze(x[:, :1], (1, -1)), AxisError),
    ],
)
def test_axes_of_size_one_refuse(call, error, x):
    with pytest.raises(error):
        call(x)


def test_the_runtime_checks_a_squeeze_that_sizes_leave_open():
    program = xp.trace(lambda a: xp.squeeze(a, 0), a=xp.spec(("N", 2), xp.float32))
    assert program(np.ones((1, 2), np.float32)).shape == (2,)
    with pytest.raises(EvaluationError):
        program(np.ones((3, 2), np.float32))


# Order


@pytest.mark.parametrize("shape", SHAPES)
def test_flip(shape, subtests: pytest.Subtests):
    x = array("float32", shape)
    axes = range(-len(shape), len(shape))
    for axis in (None, (), *axes, *itertools.combinations(range(len(shape)), 2)):
        with subtests.test(axis=axis):
            same(run_all_ways(lambda a, k=axis: xp.flip(a, axis=k), x), np.flip(x, axis))


def test_permute_dims(subtests: pytest.Subtests):
    x = array("int8", (2, 3, 4))
    for axes in itertools.permutations((0, -2, 2)):
        with subtests.test(axes=axes):
            same(run_all_ways(lambda a, k=axes: xp.permute_dims(a, k), x), np.transpose(x, axes))
    same(run_all_ways(lambda a: xp.permute_dims(a, ()), x[0, 0, 0]), x[0, 0, 0])


@pytest.mark.parametrize(
    ("source", "destination"),
    [(0, -1), (-1, 0), (1, 1), ((0, 1), (-1, -2)), ((2, 0), (0, 1)), ((), ())],
)
def test_moveaxis(source, destination):
    x = array("int8", (2, 3, 4))
    expected = np.moveaxis(x, source, destination)
    same(run_all_ways(lambda a: xp.moveaxis(a, source, destination), x), expected)


@pytest.mark.parametrize("rows", [0, 1, 2, 5])
def test_roll_by_sizes(rows: int):
    x = array("float32", (rows, 3))
    rolled = run_all_ways(lambda a: xp.roll(a, a.shape[0] - 7, axis=1), x)
    same(rolled, np.roll(x, rows - 7, axis=1))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: xp.flip(x, axis=2), AxisError),
        (lambda x: xp.flip(x, axis=(0, 0)), AxisError),
        (lambda x: xp.permute_dims(x, (0,)), AxisError),
        (lambda x: xp.permute_dims(x, (0, 0)), AxisError),
        (lambda x: xp.permute_dims(x, (0, 2)), AxisError),
        (lambda x: xp.moveaxis(x, 0, (0, 1)), ArgumentError),
        (lambda x: xp.moveaxis(x, 2, 0), AxisError),
        (lambda x: xp.moveaxis(x, (0, 0), (0, 1)), AxisError),
        (lambda x: xp.roll(x, (1, 2), axis=0), ArgumentError),
        (lambda x: xp.roll(x, (1, 2), axis=(0,)), ArgumentError),
        (lambda x: xp.roll(x, 1, axis=2), AxisError),
        (lambda x: xp.roll(x, 1.5, axis=0), ArgumentTypeError),
    ],
)
def test_order_refuses(call, error, x):
    with pytest.raises(error):
        call(x)


@given(x=arrays("float32", most=4), data=st.data())
@settings(max_examples=60, deadline=None)
def test_roll(x, data):
    axes = st.integers(-x.ndim, x.ndim - 1)
    axis = data.draw(st.none() | axes | st.lists(axes, min_size=1, max_size=3).map(tuple))
    shifts = st.integers(-9, 9)
    if isinstance(axis, tuple) and data.draw(st.booleans()):
        shift = tuple(data.draw(shifts) for _ in axis)
    else:
        shift = data.draw(shifts)
    same(run_all_ways(lambda a: xp.roll(a, shift, axis=axis), x), np.roll(x, shift, axis))


# Repetition


@pytest.mark.parametrize("shape", SHAPES)
def test_repeat(shape, subtests: pytest.Subtests):
    x = array("float32", shape)
    for count in (0, 1, 3):
        for axis in (None, *range(-len(shape), len(shape))):
            with subtests.test(count=count, axis=axis):
                same(
                    run_all_ways(lambda a, n=count, k=axis: xp.repeat(a, n, axis=k), x),
                    np.repeat(x, count, axis),
                )


def test_repeat_by_sizes():
    x = array("int16", (3, 2))
    same(run_all_ways(lambda a: xp.repeat(a, a.shape[0], axis=1), x), np.repeat(x, 3, 1))


@pytest.mark.parametrize(
    ("repeats", "error"),
    [
        (-1, ArgumentError),
        (1.5, ArgumentTypeError),
        (np.asarray([1.0, 2.0]), DTypeError),
        (np.asarray([1, -1]), ArgumentError),
        (np.asarray([1, 1, 1]), ShapeError),
        (np.asarray([[1, 1]]), ShapeError),
    ],
)
def test_repeat_refuses(repeats, error):
    with pytest.raises(error):
        xp.repeat(xp.asarray([5, 6]), repeats)


def test_the_runtime_checks_traced_repeats(subtests: pytest.Subtests):
    spec = xp.spec(("N",), xp.int64)
    program = xp.trace(lambda a, n: xp.repeat(a, n), a=spec, n=xp.spec(("M",), xp.int64))
    same(program(np.asarray([5, 6]), np.asarray([2, 1])), np.asarray([5, 5, 6]))
    for counts in ([1, -1], [-1, 1], [-(2**62), 2**62], [1, 1, 1]):
        with subtests.test(counts=counts), pytest.raises(EvaluationError):
            program(np.asarray([5, 6]), np.asarray(counts))
    program = xp.trace(lambda a: xp.repeat(a, xp.asarray([1, 2])), a=spec)
    with pytest.raises(EvaluationError):
        program(np.asarray([5, 6, 7]))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("counts", [(), (1,), (2,), (0,), (2, 3), (1, 1, 1), (2, 1, 0, 2)])
def test_tile(shape, counts):
    x = array("float32", shape)
    same(run_all_ways(lambda a: xp.tile(a, counts), x), np.tile(x, counts))


def test_tile_by_sizes():
    x = array("bool", (3, 2))
    same(run_all_ways(lambda a: xp.tile(a, (a.shape[1], a.shape[0])), x), np.tile(x, (2, 3)))
    with pytest.raises(ArgumentError):
        xp.tile(xp.asarray(x), (-1,))


@given(x=arrays("complex64", most=4), data=st.data())
@settings(max_examples=50, deadline=None)
def test_repeat_each(x, data):
    axis = data.draw(st.none() | st.integers(-x.ndim, x.ndim - 1))
    size = x.size if axis is None else x.shape[axis]
    count = data.draw(st.sampled_from([1, size]))
    dtype = data.draw(st.sampled_from(["int8", "uint64", "int64"]))
    counts = np.asarray(
        data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)), dtype
    )
    expected = np.repeat(x, counts.astype(np.int64), axis)
    same(run_all_ways(lambda a, n: xp.repeat(a, n, axis=axis), x, counts), expected)
    same(run_all_ways(lambda a: xp.repeat(a, xp.asarray(counts), axis=axis), x), expected)
    if count == 1:
        same(run_all_ways(lambda a: xp.repeat(a, xp.asarray(counts[0]), axis=axis), x), expected)


# What the functions are in a model


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x, y: xp.concat([x, y]), "Concat"),
        (lambda x, y: xp.concat([x, y], axis=1), "Concat"),
        (lambda x, y: xp.stack([x, y]), "Concat Reshape"),
        (lambda x, y: xp.stack([x, y], axis=1), "Concat Reshape"),
        (lambda x, y: xp.reshape(x, (-1,)), "Reshape"),
        (lambda x, y: xp.reshape(x, (-1, 5)), "Reshape"),
        (lambda x, y: xp.reshape(x, (x.shape[0], 2, 5)), "Reshape"),
        (lambda x, y: xp.permute_dims(x, (1, 0)), "Transpose"),
        (lambda x, y: xp.permute_dims(x, (0, 1)), "Identity"),
        (lambda x, y: xp.flip(x), "Slice"),
        (lambda x, y: xp.expand_dims(x, 0), "Unsqueeze"),
        (lambda x, y: xp.broadcast_to(x, (3, *x.shape)), "Expand"),
        (lambda x, y: xp.tile(x, (2, 1)), "Tile"),
        (lambda x, y: xp.repeat(x, 2, axis=1), "Unsqueeze Tile Reshape"),
        (lambda x, y: xp.repeat(x, xp.asarray([1, 2] * 5), axis=1), "Gather"),
        (lambda x, y: xp.roll(x, 1, axis=0), "Slice Slice Concat"),
        (lambda x, y: xp.roll(x, 10, axis=1), "Identity"),
    ],
)
def test_lean(function, expected, x, y):
    assert nodes(function(x, y), x=x, y_=y) == expected.split()


def test_results_are_arrays_of_their_own():
    x = xp.asarray([[1, 2]])
    for result in (
        xp.reshape(x, (1, 2), copy=True),
        xp.concat([x]),
        xp.tile(x, (1,)),
        xp.repeat(x, 1, axis=0),
        xp.roll(x, 0),
        xp.clip(x),
        xp.astype(x, xp.int64),
        xp.positive(x),
        np.asarray(x).copy(),
    ):
        result[0, 0] = 9
    same(np.asarray(x), np.asarray([[1, 2]]))
