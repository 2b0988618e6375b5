from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp._src.shapes.dims import dim, evaluate
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    AxisError,
    BroadcastError,
    DTypeError,
    EvaluationError,
    IndexingError,
    ShapeError,
)
from onnxp.testing import run_all_ways
from tests.helpers.keys import keys, same_bits, shapes, with_arguments
from tests.helpers.samples import ALL, INTEGERS, array

EXTREMES = [-(2**63), -(2**31), -5, -2, -1, 0, 1, 3, 5, 2**31 - 2, 2**31 - 1, 2**31, 2**63 - 1]


def open_spec(dtype, rank, name="s"):
    """Sizes of which nothing is known."""
    return xp.spec(tuple(dim(f"{name}{axis}", 0) for axis in range(rank)), dtype)


def operators(function, *specs):
    return [node.op_type for node in xp.trace(function, *specs).model.graph.node]


class TestLikeNumpy:
    @given(data=st.data())
    @settings(max_examples=150, deadline=None)
    def test_keys_of_all_kinds(self, data):
        x = array("float32", data.draw(shapes()), seed=1)
        key = data.draw(keys(x.shape))
        arguments, filled = with_arguments(data.draw, key)
        try:
            expected = x[key]
        except IndexError:  # arrays that do not broadcast
            with pytest.raises((IndexingError, EvaluationError)):
                np.asarray(xp.asarray(x)[key])
            return
        same_bits(run_all_ways(lambda x, *rest: x[filled(*rest)], x, *arguments), expected)

    @pytest.mark.parametrize(
        "key",
        [
            (..., np.array(False), np.array([5])),
            (np.array([], int), slice(None), np.array([9])),
            (np.zeros(3, bool), slice(None), np.array([9])),
        ],
    )
    def test_no_index_is_out_of_range_where_nothing_is_selected(self, key):
        x = array("float32", (3, 3, 2), seed=1)
        same_bits(run_all_ways(lambda x: x[key], x), x[key])
        y = xp.asarray(x)
        y[key] = 7
        same_bits(np.asarray(y), x)

    @pytest.mark.parametrize("dtype", ALL)
    def test_every_dtype_keeps_every_bit(self, dtype, subtests: pytest.Subtests):
        x = array(dtype, (4, 3, 2), seed=3)
        mask = array("bool", (4, 3), seed=4)
        chosen = [
            (),
            (slice(1, 3),),
            (..., slice(None, None, -1)),
            (1,),
            (1, -1),
            (slice(None), 2),
            (None, ..., 0),
            (mask,),
            (mask[:, 0],),
            (slice(None), mask[0]),
            ([2, 0, -1],),
            ([0, 1], [1, 2]),
            ([0, 1], slice(None), [1, 0]),
            (slice(None), [0, 2], [[1], [0]]),
        ]
        results = run_all_ways(lambda x: [x[key] for key in chosen], x)
        for key, result in zip(chosen, results, strict=True):
            with subtests.test(key=key):
                same_bits(result, x[key])

    @pytest.mark.parametrize("dtype", INTEGERS)
    def test_index_arrays_of_every_dtype(self, dtype):
        x = array("float64", (5, 4), seed=5)
        indices = np.array([3, 0, 3], dtype)
        one = np.array(2, dtype)
        results = run_all_ways(
            lambda x, i, k: (x[i], x[:, i], x[i, i], x[k], x[1, k], x[k:], x[:k]), x, indices, one
        )
        expected = x[indices], x[:, indices], x[indices, indices], x[2], x[1, 2], x[2:], x[:2]
        for result, wanted in zip(results, expected, strict=True):
            same_bits(result, wanted)

    @pytest.mark.parametrize(
        "key",
        [
            np.index_exp[[0, 1], :, [1, 2]],
            np.index_exp[[0, 1], None, [1, 2]],
            np.index_exp[[0, 1], ..., [1, 2], :],
            np.index_exp[:, [0, 1, 1], [1, 2, 0]],
            np.index_exp[:, [0, 1, 1], ..., [1, 2, 0]],
            np.index_exp[0, :, [1, 2, 0]],
            np.index_exp[:, 0, [1, 2, 0]],
            np.index_exp[:, [1, 2, 0], 0],
            np.index_exp[None, [1, 0, 1], None],
            np.index_exp[..., [[1, 2], [0, 0]]],
            np.index_exp[[[1], [0]], [[1, 2, 0]]],
            np.index_exp[True],
            np.index_exp[False],
            np.index_exp[:, True],
            np.index_exp[[0, 1], True],
            np.index_exp[True, :, [0, 1]],
            np.index_exp[0, False],
            np.index_exp[0, :, True],
            np.index_exp[True, True],
            np.index_exp[[], [0]],
            np.index_exp[(0, 1), :],
            np.index_exp[range(2)],
            np.index_exp[[True, False]],
            np.index_exp[[True, False], [True, False, True]],
            np.index_exp[:, [True, False, True], 1:],
            np.index_exp[np.ones((2, 3), bool), [0]],
            np.index_exp[np.zeros(0, bool)],
            np.index_exp[np.zeros((2, 0), bool)],
        ],
        ids=str,
    )
    def test_where_the_axes_go(self, key):
        x = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
        same_bits(run_all_ways(lambda x: x[key], x), x[key])

    def test_many_indices(self):
        x = array("float32", (6000,), seed=6)
        indices = np.random.default_rng(0).integers(-6000, 6000, (70, 80))
        flat = indices.ravel()
        results = run_all_ways(lambda x, i, j: (x[i], x[j]), x, indices, flat)
        same_bits(results[0], x[indices])
        same_bits(results[1], x[flat])


class TestSlices:
    def test_static_bounds(self, subtests: pytest.Subtests):
        for size in range(4):
            with subtests.test(size=size):
                x = np.arange(size)
                for start, stop, step in product(
                    [None, *EXTREMES], [None, *EXTREMES], [1, -1, 2, -3]
                ):
                    result = np.asarray(xp.asarray(x)[start:stop:step])
                    same_bits(result, x[start:stop:step])

    @pytest.mark.parametrize("step", [1, -1, 2, -3, 2**63 - 1, -(2**63)])
    def test_static_bounds_of_an_axis_of_open_size(self, step, subtests: pytest.Subtests):
        bounds = list(product([None, -3, -1, 0, 2, 2**31 - 1], [None, -(2**63), -3, -1, 0, 2]))
        program = xp.trace(
            lambda x: [x[start:stop:step] for start, stop in bounds], open_spec("int64", 1)
        )
        for size in range(6):
            with subtests.test(size=size):
                x = np.arange(size)
                for (start, stop), result in zip(bounds, program(x), strict=True):
                    same_bits(result, x[start:stop:step])

    @pytest.mark.parametrize("which", ["abc", "ab", "ac", "bc", "a", "b", "c"])
    def test_bounds_that_the_run_brings(self, which, subtests: pytest.Subtests):
        def key(a, b, c):
            return slice(
                *(n if k in which else None for k, n in zip("abc", (a, b, c), strict=True))
            )

        number = xp.spec((), "int64")
        program = xp.trace(lambda x, *abc: x[key(*abc)], open_spec("int64", 1), *[number] * 3)
        few = [-(2**63), -4, -1, 0, 2, 2**31 - 1, 2**63 - 1]
        for size in (0, 1, 4):
            with subtests.test(size=size):
                x = np.arange(size)
                for numbers in product(few, few, [1, -1, 3, -(2**63)]):
                    same_bits(program(x, *map(np.asarray, numbers)), x[key(*numbers)])

    def test_a_step_of_0_that_the_run_brings(self):
        program = xp.trace(lambda x, n: x[::n], "int64[N]", "int64[]")
        with pytest.raises(EvaluationError, match="Slice"):
            program(np.arange(3), np.asarray(0))

    def test_bounds_that_are_sizes(self, subtests: pytest.Subtests):
        def halves(x, y):
            n, m = x.shape[0], y.shape[0]
            return (
                x[: n // 2],
                x[n // 2 :],
                x[n - 3 :],
                x[: n - 3],
                x[-m:],
                x[m::-1],
                x[::m],
                x[n - m : n],
                x[:m, None],
            )

        program = xp.trace(halves, "int64[N]", "int64[M]")
        for n, m in product(range(1, 7), range(1, 7)):
            with subtests.test(n=n, m=m):
                x = np.arange(n)
                for result, expected in zip(
                    program(x, np.arange(m)), halves(x, np.arange(m)), strict=True
                ):
                    same_bits(result, expected)

    def test_sizes_that_follow_from_the_bounds(self):
        x = xp.argument(("N", 10), "float32")
        n = x.shape[0]
        assert x[1:].shape == (n - 1, 10)
        assert x[:-1, 2:4].shape == (n - 1, 2)
        assert x[::-1, ::3].shape == (n, 4)
        assert x[: n // 2].shape == (n // 2, 10)
        assert x[n:].shape[0] == 0

    def test_concrete_bounds(self):
        x = np.arange(9)
        two = xp.asarray(2)
        same_bits(np.asarray(xp.asarray(x)[two : two + 3 : np.int8(2)]), x[2:5:2])
        program = xp.trace(lambda x: x[two + 1 :], "int64[N]")
        assert program.signature.outputs[0].shape == xp.argument(("N",), "int64")[3:].shape


class TestIntegers:
    @pytest.mark.parametrize(
        "index",
        [
            2,
            np.int8(2),
            np.uint64(2),
            np.asarray(2),
            xp.asarray(2),
            xp.asarray(1, dtype=xp.uint8) + 1,
        ],
        ids=repr,
    )
    def test_what_is_an_integer(self, index, subtests: pytest.Subtests):
        x = np.arange(12).reshape(4, 3)
        for key in (index, (1, index), (slice(None), index), ([0, 1], index)):
            with subtests.test(key=key):
                plain = (
                    tuple(2 if part is index else part for part in key) if type(key) is tuple else 2
                )
                same_bits(np.asarray(xp.asarray(x)[key]), x[plain])

    def test_objects_with_an_index(self):
        class Second:
            def __index__(self):
                return 1

        assert int(xp.asarray([4, 5, 6])[Second()]) == 5
        assert int(xp.asarray([4, 5, 6])[Second() :][0]) == 5

    def test_sizes(self, subtests: pytest.Subtests):
        def pick(x):
            n, m = x.shape
            return x[n - 1], x[-n], x[:, m // 2], x[n // 2, m - 1], x[[0], m - 1]

        program = xp.trace(pick, "float32[N, M]")
        for shape in product((1, 2, 5), (1, 2, 5)):
            with subtests.test(shape=shape):
                x = array("float32", shape)
                for result, expected in zip(program(x), pick(x), strict=True):
                    same_bits(np.asarray(result), np.asarray(expected))

    def test_several_at_once(self, subtests: pytest.Subtests):
        x = array("float32", (2, 3, 4, 5))
        picks = [np.index_exp[1, 2, 3, 4], np.index_exp[-1, 0, :, 2], np.index_exp[0, :, 1, ::2]]
        for result, key in zip(
            run_all_ways(lambda x: [x[k] for k in picks], x), picks, strict=True
        ):
            with subtests.test(key=key):
                same_bits(result, x[key])


class TestMasks:
    @given(data=st.data())
    @settings(max_examples=60, deadline=None)
    def test_one_mask(self, data):
        shape = data.draw(shapes(4))
        assume(shape)
        x = array("int32", shape, seed=2)
        axis = data.draw(st.integers(0, len(shape) - 1))
        rank = data.draw(st.integers(1, len(shape) - axis))
        mask = array("bool", shape[axis : axis + rank], seed=data.draw(st.integers(0, 99)))
        key = (*(slice(None),) * axis, mask)
        same_bits(run_all_ways(lambda x, m: x[(*key[:-1], m)], x, mask), x[key])

    @pytest.mark.parametrize("truth", [False, True])
    def test_of_rank_0(self, truth):
        x = array("float32", (2, 3))
        mask = np.asarray(truth)
        results = run_all_ways(lambda x, m: (x[m], x[:, m], x[m, 0]), x, mask)
        for result, expected in zip(results, (x[mask], x[:, mask], x[mask, 0]), strict=True):
            same_bits(result, expected)
        same_bits(np.asarray(xp.asarray(x)[truth]), x[truth])

    def test_what_one_mask_selects_has_one_size(self):
        x, y = xp.argument(("N", 2), "float32"), xp.argument(("N",), "int64")
        mask = y > 0
        first, second = x[mask], y[mask]
        assert first.shape[0] == second.shape[0]
        assert (first[:, 0] * 2).shape == second.shape
        model = xp.build({"x": x, "y": y}, {"z": first + xp.astype(second, xp.float32)[:, None]})
        assert "Expand" not in [node.op_type for node in model.graph.node]

    def test_a_constant_mask_gives_a_static_size(self):
        mask = xp.asarray([True, False, True]) & xp.asarray(True)
        x = xp.argument(("N", 3), "float32")
        assert x[:, mask].shape == (x.shape[0], 2)

    def test_concrete_results_have_plain_shapes(self):
        x = xp.asarray([3, 1, 2])
        assert x[x > 1].shape == (2,)
        assert x[x > 1, None].shape == (2, 1)
        assert xp.asarray([[1, 2], [3, 4]])[xp.asarray([True, False]), [1]].shape == (1,)

    def test_sizes_that_the_run_finds_wrong(self, subtests: pytest.Subtests):
        program = xp.trace(lambda x, m: x[m], open_spec("int64", 2), open_spec("bool", 2, "m"))
        x = np.arange(12).reshape(3, 4)
        same_bits(program(x, x > 4), x[x > 4])
        for shape in ((0, 4), (3, 0), (0, 0)):
            with subtests.test(shape=shape):
                assert program(x, np.zeros(shape, bool)).shape == (0,)
        for shape in ((4, 3), (2, 6), (1, 4), (3, 1), (6, 2), (12, 1), (4, 4)):
            with subtests.test(shape=shape), pytest.raises(EvaluationError, match="Reshape"):
                program(x, np.ones(shape, bool))
        rows = xp.trace(lambda x, m: x[m], open_spec("int64", 2), open_spec("bool", 1, "m"))
        for size in (1, 2, 4):
            with subtests.test(size=size), pytest.raises(EvaluationError, match="Reshape"):
                rows(x, np.ones(size, bool))
        assert rows(x, np.ones(0, bool)).shape == (0, 4)


class TestErrors:
    x = xp.asarray(np.zeros((3, 4)))
    traced = xp.argument(("N", 4), "float32")

    @pytest.mark.parametrize(
        ("key", "match"),
        [
            (3, "index 3 .* axis 0 of size 3; allowed are -3 to 2"),
            (-4, "index -4"),
            ((0, 4), "index 4 .* axis 1"),
            (2**70, "index"),
            ((0, 0, 0), "3 indices are too many"),
            ((np.ones((3, 4), bool), 0), "3 indices are too many"),
            ((..., 0, ...), "one Ellipsis"),
            (1.0, "1.0 of type float"),
            (np.float64(1), "float64"),
            (1j, "complex"),
            ("a", "'a' of type str"),
            ({1: 2}, "dict"),
            ([0.5], "integer or bool, not float64"),
            (np.zeros(0), "integer or bool, not float64"),
            (["a"], "integer or bool"),
            ([[0], [1, 2]], "is not an index array"),
            (slice(None, None, 0), "step"),
            (slice(1.5, None), "1.5 of type float"),
            (slice(xp.asarray(1.5), None), "float64"),
            (slice(xp.asarray([1]), None), r"int64\(1,\)"),
            (slice(xp.asarray(True), None), "bool"),
            (xp.asarray(1.5), "not float64"),
            (xp.asarray([1j]), "not complex128"),
            ([0, 3], "index 3 is out of range"),
            (np.array([0, -4]), "index -4 is out of range"),
            (xp.asarray([2**63], dtype=xp.uint64), f"index {2**63} is out of range"),
            (([0, 1], [0, 1, 2]), "do not broadcast"),
            (np.ones(4, bool), r"mask of shape \(4,\) .* shape \(3,\)"),
            (np.ones((3, 3), bool), "mask of shape"),
            ([True, False], "mask of shape"),
        ],
        ids=repr,
    )
    def test_at_the_call(self, key, match):
        with pytest.raises(IndexingError, match=match):
            self.x[key]
        with pytest.raises(IndexingError, match=match):
            self.x[key] = 0.0

    def test_of_sizes_that_bounds_decide(self, subtests: pytest.Subtests):
        n = self.traced.shape[0]
        for key in (n, n + 1, -n - 1, (0, 4), (slice(None), [4]), (slice(None), np.ones(3, bool))):
            with subtests.test(key=key), pytest.raises(IndexingError):
                self.traced[key]
        bounded = xp.argument((dim("B", 1, 3),), "float32")
        for index in (3, -4):
            with subtests.test(index=index), pytest.raises(IndexingError):
                bounded[index]
        for index in (2**63, -(2**63) - 1):  # of no array that there is
            with subtests.test(index=index), pytest.raises(IndexingError, match="out of range"):
                self.traced[index]
        assert bounded[2].shape == ()

    def test_an_empty_axis(self):
        with pytest.raises(IndexingError, match=r"index 0 .* size 0; the axis is empty"):
            xp.asarray([])[0]
        assert xp.asarray([])[[]].shape == (0,)

    @pytest.mark.parametrize("index", [3, -4, 2**40, 2**63 - 1, -(2**63)])
    def test_of_indices_that_the_run_brings(self, index, subtests: pytest.Subtests):
        x, one = np.arange(3), np.asarray(index)
        for get in (
            "x[i]",
            "x[i[None]]",
            "x[i[None], None]",
            "x[:, None][i[None], 0]",
            "xp.take(x, i[None])",
            "xp.take_along_axis(x, i[None])",
        ):
            with subtests.test(get), pytest.raises(EvaluationError, match="Gather"):
                xp.trace(
                    lambda x, i, get=get: eval(get, {"xp": xp, "x": x, "i": i}),
                    "int64[N]",
                    "int64[]",
                )(x, one)

    @pytest.mark.parametrize("dtype", ["float64", "str"])
    @pytest.mark.parametrize(
        "get",
        [
            "x[0, 0]",
            "x[-1, -1]",
            "x[..., 0]",
            "x[i]",
            "x[i, i]",
            "x[:, i, i]",
            "x[i, 0]",
            "x[i, :, i]",
        ],
    )
    def test_of_arrays_without_elements(self, get, dtype):
        """Kernels read beyond them, or do not look at the indices."""
        program = xp.trace(
            lambda x, i: eval(get, {"x": x, "i": i}),
            open_spec(dtype, 3),
            open_spec("int64", 1, "n"),
        )
        for shape, index in product(product((0, 1, 2), repeat=3), ([], [0], [1])):
            x, i = np.zeros(shape, dtype), np.asarray(index, np.int64)
            try:
                expected = eval(get, {"x": x, "i": i})
            except (IndexError, DeprecationWarning):  # the latter of numpy 2.0
                with pytest.raises(EvaluationError, match="Gather"):
                    program(x, i)
            else:
                assert np.shape(program(x, i)) == np.shape(expected)

    def test_of_an_integer_that_the_run_finds_too_large(self):
        program = xp.trace(lambda x: x[3], "int64[N]")
        assert program(np.arange(4)) == 3
        with pytest.raises(EvaluationError, match=r"Gather.*given int64"):
            program(np.arange(3))

    def test_of_lazy_indices(self):
        with pytest.raises(EvaluationError):
            np.asarray(xp.asarray([1, 2, 3])[xp.asarray([1]) + 2])

    def test_of_uint64_that_would_wrap(self):
        program = xp.trace(lambda x, i: (x[i], x[i[0]]), "int64[N]", "uint64[M]")
        with pytest.raises(EvaluationError):
            program(np.arange(3), np.array([2**64 - 1], np.uint64))


class TestNodes:
    X = xp.spec(("N", 10), xp.float32)

    @pytest.mark.parametrize(
        ("get", "expected"),
        [
            (lambda x: x[:, 2], ["Gather"]),
            (lambda x: x[0, 2], ["GatherND"]),
            (lambda x: x[1:3], ["Slice"]),
            (lambda x: x[1:3, ::-2], ["Slice"]),
            (lambda x: x[1:3, ...], ["Slice"]),
            (lambda x: x[1:, 3], ["Slice", "Gather"]),
            (lambda x: x[..., None], ["Unsqueeze"]),
            (lambda x: x[None, :, None], ["Unsqueeze"]),
            (lambda x: x[[2, 0, 1]], ["Gather"]),
            (lambda x: x[:, [2, 0, 1]], ["Gather"]),
            (lambda x: x[:, 0][[2, 0, 1]], ["Gather", "GatherElements"]),
            (lambda x: x[x[:, 0] > 0], ["Gather", "Greater", "Compress"]),
            (lambda x: x[x > 0], ["Greater", "Reshape", "Compress"]),
            (lambda x: x[[0, 1], [2, 3]], ["GatherND"]),
            (lambda x: x[[[0], [1]], :, None], ["Gather", "Unsqueeze"]),
        ],
    )
    def test_of_keys(self, get, expected):
        assert operators(get, self.X) == expected

    @pytest.mark.parametrize(
        "key", [..., (), slice(None), np.index_exp[:, 0:], np.index_exp[:, :10]]
    )
    def test_everything_is_the_array_itself(self, key):
        x = xp.argument(("N", 10), "float32")
        assert x[key]._planes == x._planes

    def test_of_complex_arrays(self):
        z = xp.spec(("N", 10), xp.complex64)
        names = operators(lambda z, m: z[m], z, xp.spec(("N", 10), "bool"))
        assert sorted(names) == ["Compress", "Compress", "Reshape"]
        names = operators(
            lambda z, i, k: z[i, k], z, xp.spec(("K",), "int64"), xp.spec(("K",), "int64")
        )
        assert names.count("Concat") == 1

    def test_of_indices_by_size(self):
        one, few, many = (np.zeros(shape, np.int64) for shape in ((9,), (8, 8), (80, 80)))
        assert operators(lambda x: x[one], "float32[N]") == ["GatherElements"]
        assert operators(lambda x: x[few], "float32[N]") == ["Gather"]
        assert operators(lambda x: x[many], "float32[N]") == ["GatherElements", "Reshape"]


class TestTake:
    @given(data=st.data())
    @settings(max_examples=60, deadline=None)
    def test_like_numpy(self, data):
        x = array(data.draw(st.sampled_from(ALL)), data.draw(shapes()), seed=1)
        assume(x.ndim)
        axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
        size = x.shape[axis]
        many = data.draw(st.sampled_from([(0,), (1,), (4,), (2, 3), (), (0, 2)]))
        assume(size or not np.prod(many))
        indices = np.random.default_rng(data.draw(st.integers(0, 99))).integers(
            -size, max(size, 1), many
        )
        result = run_all_ways(lambda x, i: xp.take(x, i, axis=axis), x, indices)
        same_bits(result, np.take(x, indices, axis))

    def test_without_an_axis(self, subtests: pytest.Subtests):
        assert xp.take(xp.asarray([4, 5, 6]), xp.asarray([2, 0])).shape == (2,)
        for x in (xp.asarray(1), xp.asarray([[1]])):
            with (
                subtests.test(shape=x.shape),
                pytest.raises(ArgumentError, match=r"take: .* needs an axis"),
            ):
                xp.take(x, xp.asarray([0]))

    def test_errors(self, subtests: pytest.Subtests):
        x = xp.asarray([[1, 2, 3]])
        with pytest.raises(AxisError, match="take: axis 2"):
            xp.take(x, xp.asarray([0]), axis=2)
        with pytest.raises(DTypeError, match=r"take: .* not float64"):
            xp.take(x, xp.asarray([0.0]), axis=0)
        with pytest.raises(DTypeError, match=r"take: .* not bool"):
            xp.take(x, xp.asarray([True]), axis=0)
        with pytest.raises(ArgumentTypeError, match="take"):
            xp.take(x, [0], axis=0)
        for index in (3, -4):
            with (
                subtests.test(index=index),
                pytest.raises(IndexingError, match=f"take: index {index} .* axis 1 of size 3"),
            ):
                xp.take(x, xp.asarray([0, index]), axis=1)


class TestTakeAlongAxis:
    @given(data=st.data())
    @settings(max_examples=60, deadline=None)
    def test_like_numpy(self, data):
        x = array(data.draw(st.sampled_from(ALL)), data.draw(shapes()), seed=1)
        assume(x.ndim)
        axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
        size = x.shape[axis]
        wanted = list(x.shape)
        wanted[axis] = data.draw(st.integers(0, 2 * size))
        for other in range(x.ndim):
            if other != axis % x.ndim and data.draw(st.booleans()):
                wanted[other] = 1
        indices = np.random.default_rng(data.draw(st.integers(0, 99))).integers(
            -size, max(size, 1), wanted
        )
        result = run_all_ways(lambda x, i: xp.take_along_axis(x, i, axis=axis), x, indices)
        same_bits(result, np.take_along_axis(x, indices, axis))

    def test_the_array_broadcasts_too(self):
        x = np.arange(4)[None]
        indices = np.array([[3, 0], [1, 1], [2, -1]])
        result = run_all_ways(lambda x, i: xp.take_along_axis(x, i), x, indices)
        same_bits(result, np.take_along_axis(np.broadcast_to(x, (3, 4)), indices, 1))

    def test_sizes_that_the_run_finds_wrong(self):
        specs = open_spec("int64", 2), open_spec("int64", 2, "i")
        program = xp.trace(xp.take_along_axis, *specs)
        with pytest.raises(EvaluationError):
            program(np.zeros((5, 3), np.int64), np.zeros((2, 1), np.int64))

    def test_nodes(self):
        assert operators(xp.take_along_axis, "float32[N, 3]", "int64[N, 2]") == ["GatherElements"]

    def test_errors(self):
        x = xp.asarray([[1, 2, 3], [4, 5, 6]])
        with pytest.raises(ShapeError, match=r"take_along_axis: .* rank"):
            xp.take_along_axis(x, xp.asarray([0]))
        with pytest.raises(AxisError, match="axis 2"):
            xp.take_along_axis(x, xp.asarray([[0]]), axis=2)
        with pytest.raises(DTypeError, match="not float64"):
            xp.take_along_axis(x, xp.asarray([[0.0]]))
        with pytest.raises(BroadcastError, match="take_along_axis"):
            xp.take_along_axis(x, xp.asarray([[0], [0], [0]]))
        with pytest.raises(IndexingError, match="take_along_axis: index 3"):
            xp.take_along_axis(x, xp.asarray([[3], [0]]))
        with pytest.raises(AxisError):
            xp.take_along_axis(xp.asarray(1), xp.asarray(0))


@pytest.mark.parametrize("step", [1, 2, -1, -3])
@pytest.mark.parametrize("stop", [-9, -3, -1, 0, 1, 3, 9])
@pytest.mark.parametrize("start", [-9, -3, -1, 0, 1, 3, 9])
def test_lengths_of_slices_of_a_symbolic_axis(start: int, stop: int, step: int):
    x = xp.argument(("N>=0",), xp.float32)
    (size,) = x[start:stop:step].shape
    for n in range(12):
        length = len(range(n)[start:stop:step])
        assert evaluate(size, lambda _, n=n: n) == length
