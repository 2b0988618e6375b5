from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp._src.shapes.dims import dim
from onnxp.errors import (
    BroadcastError,
    DTypeError,
    EvaluationError,
    IndexingError,
    MixedTracesError,
    ScalarError,
    ScalarRangeError,
    ShapeError,
)
from onnxp.testing import run_all_ways
from tests.helpers import sessions
from tests.helpers.keys import keys, same_bits, shapes, with_arguments
from tests.helpers.samples import ALL, array


def open_spec(dtype, rank, name="s"):
    """Sizes of which nothing is known."""
    return xp.spec(tuple(dim(f"{name}{axis}", 0) for axis in range(rank)), dtype)


def assigned(x, key, value):
    x[key] = value
    return x


def expected_after(x, key, value):
    return assigned(x.copy(), key, value)


def operators(key, value, *specs):
    """The operators of ``x[key] = value`` for a float32 array x of shape ("N", 10)."""
    traced = xp.spec(("N", 10), xp.float32)

    def function(x, *rest):
        chosen = key(*rest) if callable(key) else key
        return assigned(x, chosen, value(x, *rest) if callable(value) else value)

    program = xp.trace(function, traced, *specs)
    return [node.op_type for node in program.model.graph.node]


class TestLikeNumpy:
    @given(data=st.data())
    @settings(max_examples=150, deadline=None)
    def test_keys_of_all_kinds(self, data):
        x = array("float32", data.draw(shapes()), seed=1)
        key = data.draw(keys(x.shape))
        try:
            selection = x[key].shape
        except IndexError:  # arrays that do not broadcast
            with pytest.raises((IndexingError, EvaluationError)):
                np.asarray(assigned(xp.asarray(x), key, 0.0))
            return
        trailing = selection[data.draw(st.integers(0, len(selection))) :]
        ones = [data.draw(st.sampled_from([False, False, True])) for _ in trailing]
        shape = tuple(1 if one else size for one, size in zip(ones, trailing, strict=True))
        value = array("float32", shape, seed=data.draw(st.integers(0, 99)))
        arguments, filled = with_arguments(data.draw, key)
        if data.draw(st.booleans()):
            result = run_all_ways(
                lambda x, v, *rest: assigned(x, filled(*rest), v), x, value, *arguments
            )
        else:
            constant = value if value.ndim else value.item()
            result = run_all_ways(
                lambda x, *rest: assigned(x, filled(*rest), constant), x, *arguments
            )
        same_bits(result, expected_after(x, key, value))

    @pytest.mark.parametrize("dtype", ALL)
    def test_every_dtype_keeps_every_bit(self, dtype, subtests: pytest.Subtests):
        x = array(dtype, (4, 3, 2), seed=3)
        mask = array("bool", (4, 3), seed=4)
        chosen = [
            (...,),
            (slice(1, 3),),
            (slice(None), slice(1, None), slice(None, 1)),
            (slice(None, None, -2),),
            (slice(None), slice(None, None, 2)),
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
            (slice(None), [0, 2]),
        ]
        values = [array(dtype, x[key].shape, seed=i) for i, key in enumerate(chosen)]
        number = values[0][0, 0, 0]
        kind = {"b": bool, "f": float, "c": complex}.get(number.dtype.kind, int)

        def function(x, number, *values):
            many = [assigned(x.copy(), k, v) for k, v in zip(chosen, values, strict=True)]
            scalars = [assigned(x.copy(), k, number) for k in chosen]
            python = [assigned(x.copy(), k, kind(n)) for k in chosen for n in (0, 1)]
            return many + scalars + python

        results = iter(run_all_ways(function, x, number, *values))
        for key, value in zip(chosen, values, strict=True):
            with subtests.test(key=key):
                same_bits(next(results), expected_after(x, key, value))
        for key in chosen:
            with subtests.test(key=key, value=number):
                same_bits(next(results), expected_after(x, key, number))
        for key, n in product(chosen, (0, 1)):
            with subtests.test(key=key, value=kind(n)):
                same_bits(next(results), expected_after(x, key, kind(n)))

    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64"])
    def test_a_negative_zero_stays_one(self, dtype, subtests: pytest.Subtests):
        zeros = np.full((3, 2), -0.0, dtype)
        if dtype == "complex64":
            zeros.imag = -0.0
        numbers = [-0.0, 0.0, 1.0] + ([complex(1.0, -0.0)] if dtype == "complex64" else [])
        masks = array("bool", (3, 2), seed=1), np.array([True, False, True]), np.array(True)
        for number, mask in product(numbers, masks):
            with subtests.test(number=number, shape=mask.shape):
                same_bits(
                    run_all_ways(lambda x, m, n=number: assigned(x, m, n), zeros, mask),
                    expected_after(zeros, mask, number),
                )
                traced = np.asarray(number, dtype)
                same_bits(
                    run_all_ways(
                        lambda x, m, n: assigned(x, m, n), np.ones_like(zeros), mask, traced
                    ),
                    expected_after(np.ones_like(zeros), mask, number),
                )

    @pytest.mark.parametrize("shape", [(5,), (5, 2), (2, 5)])
    def test_of_equal_indices_the_last_wins(self, shape):
        x = np.zeros(shape, np.int64)
        axis = shape.index(5)
        indices = np.random.default_rng(0).integers(-5, 5, 40)
        key = (*(slice(None),) * axis, indices)
        value = np.arange(x[key].size).reshape(x[key].shape)
        expected = x.copy()
        for place, index in enumerate(indices):
            expected[(*key[:-1], index)] = value[(*key[:-1], place)]
        result = run_all_ways(lambda x, i, v: assigned(x, (*key[:-1], i), v), x, indices, value)
        same_bits(result, expected)

    @pytest.mark.parametrize(
        ("key", "shape"),
        [
            (np.index_exp[[0, 1], :, [1, 2]], (2, 3)),
            (np.index_exp[:, [0, 1, 1], None, [1, 2, 0]], (3, 1, 1)),
            (np.index_exp[:, [0, 1, 2], [1, 2, 0]], (2, 3)),
            (np.index_exp[0, :, [1, 2, 0]], (3, 1)),
            (np.index_exp[..., [[1, 2], [0, 0]]], (2, 2)),
            (np.index_exp[1:, None, 0], (1, 1, 4)),
            (np.index_exp[1, None, 1:, None, ::2], (2, 1, 2)),
            (np.index_exp[0], (1, 1, 3, 4)),
            (np.index_exp[0, 0, :1], (1, 1)),
            (np.index_exp[True], (2, 3, 4)),
            (np.index_exp[False], (4,)),
            (np.index_exp[[]], (0, 3, 4)),
            (np.index_exp[np.zeros((2, 0), bool)], (0, 4)),
            (np.index_exp[5:2], (0, 3, 4)),
        ],
        ids=str,
    )
    def test_where_the_axes_go(self, key, shape):
        x = np.zeros((2, 3, 4), np.int16)
        value = np.arange(1, 1 + np.prod(shape), dtype=np.int16).reshape(shape)
        expected = expected_after(x, key, value)
        same_bits(run_all_ways(lambda x: assigned(x, key, value), x), expected)

    @pytest.mark.parametrize("key", [(), ..., None, True, False, (True, True)])
    def test_rank_0(self, key):
        x = np.ones((), np.float32)
        same_bits(
            run_all_ways(lambda x, k=key: assigned(x, k, 2.0), x), expected_after(x, key, 2.0)
        )


class TestSlices:
    @pytest.mark.parametrize("step", [1, -1, 2, -3, 2**63 - 1, -(2**70)])
    def test_of_an_axis_of_open_size(self, step, subtests: pytest.Subtests):
        bounds = list(product([None, -3, -1, 0, 2, 2**70], [None, -(2**63), -3, -1, 0, 2]))

        def function(x):
            return [assigned(x.copy(), (..., slice(*pair, step)), 9) for pair in bounds]

        program = xp.trace(function, open_spec("int64", 2))
        for rows, size in product((0, 1, 2), range(6)):
            with subtests.test(rows=rows, size=size):
                x = np.arange(rows * size).reshape(rows, size)
                for pair, result in zip(bounds, program(x), strict=True):
                    same_bits(result, expected_after(x, (..., slice(*pair, step)), 9))

    @pytest.mark.parametrize("which", ["ab", "a", "b", "abc"])
    def test_bounds_that_the_run_brings(self, which, subtests: pytest.Subtests):
        def key(a, b, c):
            return slice(
                *(n if k in which else None for k, n in zip("abc", (a, b, c), strict=True))
            )

        number = xp.spec((), "int64")
        program = xp.trace(
            lambda x, *abc: assigned(x, key(*abc), -1), open_spec("int64", 1), *[number] * 3
        )
        few = [-(2**63), -4, -1, 0, 2, 2**31 - 1, 2**63 - 1]
        for size in (0, 1, 4):
            with subtests.test(size=size):
                x = np.arange(size)
                for numbers in product(few, few, [1, -1, 3]):
                    result = program(x, *map(np.asarray, numbers))
                    same_bits(result, expected_after(x, key(*numbers), -1))

    def test_bounds_and_indices_that_are_sizes(self, subtests: pytest.Subtests):
        def function(x, y):
            n, m = x.shape[0], y.shape[0]
            picks = [
                n // 2,
                n - 1,
                -n,
                slice(n // 2),
                slice(n - 2, None),
                slice(m, n),
                slice(n - m, n),
            ]
            return [assigned(x.copy(), pick, 7) for pick in picks]

        program = xp.trace(function, "int64[N, 2]", "int64[M]")

        def expected(x, n, m):
            picks = [
                n // 2,
                n - 1,
                -n,
                slice(n // 2),
                slice(n - 2, None),
                slice(m, n),
                slice(n - m, n),
            ]
            return [expected_after(x, pick, 7) for pick in picks]

        for n, m in product(range(1, 6), range(1, 6)):
            with subtests.test(n=n, m=m):
                x = np.arange(2 * n).reshape(n, 2)
                for result, wanted in zip(program(x, np.arange(m)), expected(x, n, m), strict=True):
                    same_bits(result, wanted)

    @pytest.mark.parametrize("shape", [(4, 2), (1, 2), (7, 3)])
    def test_updates_of_a_part_by_itself(self, shape):
        def function(x):
            x[1:3] += 1
            x[::2, 0] *= 2
            x[x > 2] -= 1
            x[:, [0, 1]] = x[:, [1, 0]]
            x[1:] = x[:-1]
            return x

        x = array("int32", shape, seed=9) % 7
        same_bits(run_all_ways(function, x), function(x.copy()))


class TestValues:
    def test_sizes_that_the_run_finds_wrong(self, subtests: pytest.Subtests):
        v = open_spec("int64", 1, "v")
        for key in (np.s_[...], np.s_[0:1], np.s_[1:], np.s_[[0]], np.s_[[0, 1, 1]], np.s_[::2]):
            program = xp.trace(lambda x, v, k=key: assigned(x, k, v), open_spec("int64", 1), v)
            for size, count in product((2, 3), range(5)):
                with subtests.test(key=key, size=size, count=count):
                    x, value = np.arange(size), np.arange(7, 7 + count)
                    try:
                        expected = expected_after(x, key, value)
                    except ValueError:
                        with pytest.raises(EvaluationError):
                            program(x, value)
                    else:
                        same_bits(program(x, value), expected)

    def test_as_many_as_a_mask_selects(self, subtests: pytest.Subtests):
        program = xp.trace(assigned, open_spec("int64", 2), open_spec("bool", 2, "m"), "int64[K]")
        x = np.zeros((2, 3), np.int64)
        mask = np.array([[True, False, True], [False, True, False]])
        for value in (np.array([7, 8, 9]), np.array([5])):
            with subtests.test(value=value.tolist()):
                same_bits(program(x, mask, value), expected_after(x, mask, value))
        for value in (np.array([7, 8]), np.array([7, 8, 9, 10])):
            with subtests.test(value=value.tolist()), pytest.raises(EvaluationError):
                program(x, mask, value)

    @pytest.mark.parametrize(
        ("key", "shape", "match"),
        [
            (0, (4, 1), r"shape \(4, 1\) .* shape \(4,\)"),
            (np.s_[:, 0], (2,), r"\(2,\) .* \(3,\)"),
            (np.s_[:, None], (3, 2, 4), "broadcast"),
            ([0, 1], (3, 4), "broadcast"),
            (np.array([True, False, True]), (3, 4), r"\(2, 4\)"),
            (..., (2, 3, 4), "broadcast"),
            (np.s_[0:0], (2, 4), "broadcast"),
        ],
        ids=str,
    )
    def test_that_do_not_broadcast(self, key, shape, match):
        x = xp.asarray(np.zeros((3, 4)))
        with pytest.raises(BroadcastError, match=rf"assignment: .*{match}"):
            x[key] = xp.asarray(np.zeros(shape))
        same_bits(np.asarray(x), np.zeros((3, 4)))

    def test_dtypes(self):
        x = xp.asarray([1.0, 2.0])
        x[0] = xp.asarray(0.1, dtype=xp.float32)
        same_bits(np.asarray(x), np.array([np.float32(0.1), 2.0]))
        z = xp.asarray([1j, 2.0])
        z[1] = xp.asarray(-0.0)
        z[0] = 3
        same_bits(np.asarray(z), np.array([3, complex(-0.0, 0.0)]))
        n = xp.asarray([1, 2])
        n[:] = xp.asarray([3, 4], dtype=xp.uint8)
        n[np.array([True, False])] = np.int8(-1)
        assert n.dtype == xp.int64
        same_bits(np.asarray(n), np.array([-1, 4]))

    @pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "uint16", "float32", "float64"])
    @pytest.mark.parametrize(
        "value",
        [
            True,
            1,
            1.75,
            -0.0,
            [1, 0],
            [1.5, 0.25],
            np.float64(1.5),
            np.array([True, False]),
            np.array([1.9, 0.9]),
            np.array([1, 0], np.uint64),
            np.array([7], np.int8),
        ],
        ids=str,
    )
    def test_casts_as_numpy(self, dtype, value):
        def assign(x):
            x[:] = value
            return x

        x = array(dtype, (2,), seed=1)
        expected = assign(x.copy())
        same_bits(run_all_ways(lambda x: assign(x + 0 if dtype != "bool" else x | x), x), expected)

    @pytest.mark.parametrize(
        ("dtype", "value", "error"),
        [
            ("float64", xp.asarray([1j]), DTypeError),
            ("int64", float("nan"), ScalarRangeError),
            ("int64", float("-inf"), ScalarRangeError),
            ("float64", 1j, DTypeError),
            ("int8", 128, ScalarRangeError),
            ("int8", "a", ScalarError),
        ],
    )
    def test_of_other_kinds(self, dtype, value, error):
        x = xp.asarray(np.zeros(3, dtype))
        with pytest.raises(error, match="assignment"):
            x[:1] = value

    def test_traced_values_make_an_array_traced(self):
        def function(v):
            x = xp.asarray(np.zeros(3))
            x[1] = v
            return x

        same_bits(run_all_ways(function, np.asarray(2.5)), np.array([0.0, 2.5, 0.0]))

    def test_sizes_as_values(self):
        program = xp.trace(lambda x: assigned(x, 0, x.shape[0]), "int64[N]")
        same_bits(program(np.arange(3)), np.array([3, 1, 2]))

    def test_values_of_another_trace(self):
        kept = []
        xp.trace(lambda v: kept.append(v) or v, "float64[]")

        def function(x):
            x[0] = kept[0]
            return x

        with pytest.raises(MixedTracesError):
            xp.trace(function, "float64[N]")


class TestRebinding:
    def test_what_was_computed_before_stays(self):
        x = xp.asarray([1, 2, 3])
        y, same, doubled = x.copy(), x, 2 * x
        x[0] = 9
        assert np.asarray(y).tolist() == [1, 2, 3]
        assert np.asarray(doubled).tolist() == [2, 4, 6]
        assert np.asarray(same).tolist() == [9, 2, 3]

    def test_numpy_data_stay(self):
        data = np.arange(3)
        x = xp.asarray(data)
        x[:] = 0
        assert data.tolist() == [0, 1, 2]

    def test_a_long_chain_is_evaluated_on_the_way(self):
        x = xp.asarray(np.zeros(10, np.int64))
        for i in range(1000):
            x[i % 10] = i
        assert x._planes[0].depth < 1000
        assert np.asarray(x).tolist() == list(range(990, 1000))

    def test_in_place_operators_on_open_sizes(self, subtests: pytest.Subtests):
        def function(x, y):
            x += y
            return x

        program = xp.trace(function, open_spec("int64", 1), open_spec("int64", 1, "y"))
        for sizes in ((3, 3), (3, 1), (1, 1), (0, 1), (0, 0)):
            with subtests.test(sizes=sizes):
                x, y = (np.ones(size, np.int64) for size in sizes)
                same_bits(program(x, y), x + y)
        for sizes in ((1, 3), (1, 0), (2, 3)):
            with subtests.test(sizes=sizes), pytest.raises(EvaluationError):
                program(*(np.ones(size, np.int64) for size in sizes))
        with pytest.raises(ShapeError, match=r"write x = x \+ y"):
            xp.trace(function, "int64[1]", "int64[3]")


class TestRunErrors:
    @pytest.mark.parametrize("index", [3, -4, 2**40, 2**63 - 1, -(2**63)])
    def test_of_indices_that_the_run_brings(self, index, subtests: pytest.Subtests):
        x = np.zeros((3, 3), np.int64)
        for key in (
            "i",
            "(slice(None), i)",
            "i[None]",
            "(i[None], i[None])",
            "(slice(1, 2), i[None])",
            "(0, i)",
        ):
            program = xp.trace(
                lambda x, i, key=key: assigned(x, eval(key, {"i": i}), 1),
                open_spec("int64", 2),
                "int64[]",
            )
            with subtests.test(key), pytest.raises(EvaluationError, match=r"Scatter|Gather"):
                program(x, np.asarray(index))

    @pytest.mark.parametrize("key", [3, np.s_[:, 3], np.s_[:, -4], np.s_[0, 3]])
    def test_of_integers_that_the_run_finds_too_large(self, key):
        program = xp.trace(lambda x, k=key: assigned(x, k, 1), open_spec("int64", 2))
        assert program(np.zeros((4, 4), np.int64)).sum() in (1, 4)
        with pytest.raises(EvaluationError, match="Scatter"):
            program(np.zeros((3, 3), np.int64))

    def test_of_masks_of_other_sizes(self, subtests: pytest.Subtests):
        x = np.zeros((3, 4), np.int64)
        for value in (1, xp.asarray([1, 2])):
            program = xp.trace(
                lambda x, m, v=value: assigned(x, m, v),
                open_spec("int64", 2),
                open_spec("bool", 2, "m"),
            )
            for shape in ((4, 3), (2, 6), (1, 4), (3, 1), (6, 2)):
                with subtests.test(shape=shape), pytest.raises(EvaluationError):
                    program(x, np.ones(shape, bool))
        program = xp.trace(
            lambda x, m: assigned(x, m, 1), open_spec("int64", 2), open_spec("bool", 2, "m")
        )
        for shape in ((0, 4), (3, 0), (0, 0)):
            with subtests.test(shape=shape):
                same_bits(program(x, np.ones(shape, bool)), x)


class TestNodes:
    @pytest.mark.parametrize(
        ("key", "value", "expected"),
        [
            (np.s_[:, 0], 0.0, ["Shape", "Concat", "Expand", "Slice", "Concat"]),
            (0, 0.0, ["ScatterND"]),
            (np.s_[0, 2], 0.0, ["ScatterND"]),
            ([0, 2], 0.0, ["ScatterND"]),
            (np.s_[:, 1:3], lambda x: x[:, :2], ["Slice", "Slice", "Slice", "Concat"]),
            (np.s_[:, :3], lambda x: x[:, 7:], ["Slice", "Slice", "Concat"]),
            (np.s_[1:], lambda x: x[:-1], ["Slice", "Slice", "Concat"]),
            (..., lambda x: x * 2, ["Mul"]),
            (lambda *_: slice(0, 0), 0.0, ["Identity"]),
        ],
    )
    def test_of_keys(self, key, value, expected):
        assert operators(key, value) == expected

    def test_of_masks(self):
        row, full = xp.spec(("N",), "bool"), xp.spec(("N", 10), "bool")
        assert operators(lambda m: m, 0.0, full) == ["Where"]
        assert operators(lambda m: m, 0.0, row) == ["Unsqueeze", "Where"]
        added = operators(lambda m: m, lambda x, m: x[m] + 1, row)
        assert sorted(added) == ["Add", "Compress", "NonZero", "ScatterND", "Transpose"]
        sizes = operators(lambda m: m, -0.0, full)
        assert "Where" not in sizes
        assert len(sizes) == 5

    def test_of_complex_arrays(self):
        z = xp.spec(("N", 10), xp.complex64)
        program = xp.trace(lambda z, m, w: assigned(z, m, w[m]), z, xp.spec(("N",), "bool"), z)
        names = [node.op_type for node in program.model.graph.node]
        assert sorted(names) == ["Compress"] * 2 + ["NonZero"] + ["ScatterND"] * 2 + ["Transpose"]


class TestNothingSelected:
    """What is assigned to no element is checked like what is assigned to some."""

    @pytest.mark.parametrize("level", sessions.LEVELS)
    @pytest.mark.parametrize(
        ("key", "index", "right"),
        [
            (lambda i: (i, slice(0, 0)), [1], True),
            (lambda i: (i, slice(0, 0)), [7], False),
            (lambda i: (i, slice(0, 0)), [-4], False),
            (lambda i: (slice(0, 0), i), [1], True),
            (lambda i: (slice(0, 0), i), [7], False),
            (lambda i: (i[0], slice(0, 0)), [2], True),
            (lambda i: (i[0] + 0, slice(0, 0)), [7], False),
        ],
    )
    def test_indices(self, key: Any, index: list[int], right: bool, level: str):
        def function(x, i):
            x[key(i)] = 1.0
            return x

        program = xp.trace(function, "float64[N, M]", "int64[K]", input_names=["x", "i"])
        x = np.arange(6.0).reshape(3, 2)
        session = sessions.session(program.model, level)
        feeds = {"x": x, "i": np.asarray(index)}
        if right:
            np.testing.assert_array_equal(session.run(None, feeds)[0], x)
        else:
            with pytest.raises(Exception, match="bounds"):
                session.run(None, feeds)
            with pytest.raises((xp.errors.IndexingError, xp.errors.EvaluationError)):
                np.asarray(function(xp.asarray(x), xp.asarray(index)))

    @pytest.mark.parametrize("level", sessions.LEVELS)
    @pytest.mark.parametrize(
        ("key", "shape", "right"),
        [
            (slice(0, 0), (1,), True),
            (slice(0, 0), (0,), True),
            (slice(0, 0), (5,), False),
            ((slice(0, 0), slice(0, 1)), (0, 1), True),
            ((slice(0, 0), slice(0, 1)), (1, 1), True),
            ((slice(0, 0), slice(0, 1)), (0, 5), False),
            ((slice(0, 0), slice(0, 1)), (1, 5), False),
            ((slice(0, 0), slice(None)), (0, 2), True),
            ((slice(0, 0), slice(None)), (1, 5), False),
            ((slice(0, 0), slice(None)), (5, 1), False),
        ],
    )
    def test_shapes(self, key: Any, shape: tuple[int, ...], right: bool, level: str):
        rank = 2 if isinstance(key, tuple) else 1

        def function(x, v):
            x[key] = v
            return x

        x = np.arange(6.0).reshape((3, 2) if rank == 2 else (6,))
        sizes = ", ".join(f"V{i}>=0" for i in range(len(shape)))
        specs = ["float64[N, M]" if rank == 2 else "float64[N]", f"float64[{sizes}]"]
        program = xp.trace(function, *specs, input_names=["x", "v"])
        session = sessions.session(program.model, level)
        feeds = {"x": x, "v": np.ones(shape)}
        if right:
            np.testing.assert_array_equal(session.run(None, feeds)[0], x)
        else:
            with pytest.raises(Exception, match="Status"):
                session.run(None, feeds)
            with pytest.raises(xp.errors.BroadcastError):
                function(xp.asarray(x), xp.ones(shape))
