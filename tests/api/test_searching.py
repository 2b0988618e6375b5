import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    BroadcastError,
    DTypeError,
    PromotionError,
    ScalarError,
    ShapeError,
)
from onnxp.testing import run_all_ways
from tests.helpers.samples import ALL, FLOATS, INTEGERS, REAL, array, arrays
from tests.helpers.sessions import LEVELS, session

PROMOTING = [
    *[(a, b) for a in INTEGERS for b in INTEGERS if np.promote_types(a, b).kind != "f"],
    *[(a, b) for a in FLOATS for b in FLOATS],
]


class TestNonzero:
    @pytest.mark.parametrize("dtype", ALL)
    @given(data=st.data())
    @settings(max_examples=10, deadline=None)
    def test_every_dtype(self, dtype, data):
        x = data.draw(arrays(dtype))
        found = run_all_ways(xp.nonzero, x)
        found = found if x.ndim > 1 else [found]
        expected = np.nonzero(x)
        assert len(found) == x.ndim
        for a, b in zip(found, expected, strict=True):
            assert a.dtype == np.int64
            np.testing.assert_array_equal(a, b)

    def test_the_result_of_concrete_data_has_a_plain_shape(self):
        rows, columns = xp.nonzero(xp.asarray([[1, 0], [2, 3]]))
        assert rows.shape == columns.shape == (3,)

    def test_the_indices_of_all_axes_have_one_size(self):
        def check(x):
            rows, columns = xp.nonzero(x)
            assert rows.shape[0] == columns.shape[0]
            return rows, columns

        xp.trace(check, xp.spec(("N", "M"), "float32"))

    def test_nodes(self):
        program = xp.trace(xp.nonzero, xp.spec(("N",), "bool"))
        assert [node.op_type for node in program.model.graph.node] == ["NonZero", "Squeeze"]

    @pytest.mark.parametrize("dtype", ALL)
    def test_rank_0(self, dtype):
        with pytest.raises(ShapeError, match="nonzero"):
            xp.nonzero(xp.asarray(np.ones((), dtype)))


class TestSearchsorted:
    @pytest.mark.parametrize("dtype", REAL)
    @given(data=st.data())
    @settings(max_examples=15, deadline=None)
    def test_every_dtype(self, dtype, data):
        side = data.draw(st.sampled_from(["left", "right"]))
        x1 = np.sort(data.draw(arrays(dtype, most=40, ranks=(1, 1))))
        x2 = data.draw(arrays(dtype, ranks=(0, 3)))
        found = run_all_ways(lambda a, b: xp.searchsorted(a, b, side=side), x1, x2)
        assert found.dtype == np.int64
        np.testing.assert_array_equal(found, np.searchsorted(x1, x2, side))
        assert found.shape == x2.shape

    @pytest.mark.parametrize("side", ["left", "right"])
    @pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 7, 8, 9, 31, 32, 33, 1000])
    def test_every_size(self, size, side):
        x1 = np.arange(size) * 2.0
        x2 = np.arange(-1.0, 2 * size + 2)
        found = run_all_ways(lambda a, b: xp.searchsorted(a, b, side=side), x1, x2)
        np.testing.assert_array_equal(found, np.searchsorted(x1, x2, side))

    @pytest.mark.parametrize(("first", "second"), PROMOTING)
    def test_two_dtypes(self, first, second):
        x1, x2 = np.sort(array(first, (9,))), array(second, (2, 4), seed=1)
        common = np.promote_types(first, second)
        sides = "left", "right"
        results = run_all_ways(lambda a, b: [xp.searchsorted(a, b, side=s) for s in sides], x1, x2)
        for side, result in zip(sides, results, strict=True):
            expected = np.searchsorted(x1.astype(common), x2.astype(common), side)
            np.testing.assert_array_equal(result, expected)

    @pytest.mark.parametrize("dtype", REAL)
    @pytest.mark.parametrize("side", ["left", "right"])
    @given(data=st.data())
    @settings(max_examples=8, deadline=None)
    def test_known_edges(self, dtype, side, data):
        edges = np.sort(data.draw(arrays(dtype, most=20, ranks=(1, 1))))
        x = data.draw(arrays(dtype, ranks=(0, 3)))
        found = run_all_ways(lambda x: xp.searchsorted(xp.asarray(edges), x, side=side), x)
        assert found.dtype == np.int64
        np.testing.assert_array_equal(found, np.searchsorted(edges, x, side))
        assert found.shape == x.shape

    def test_few_known_edges_are_counted(self):
        def operators(edges):
            program = xp.trace(lambda x: xp.searchsorted(xp.asarray(edges), x), "float64[N]")
            nodes = [n for f in (program.model.graph, *program.model.functions) for n in f.node]
            return [node.op_type for node in nodes]

        few = operators([0.0, 1.0, 2.0, np.inf])
        assert few == ["GreaterOrEqual", "Cast", "ReduceSum", "Sub", "Cast"]
        for edges in ([1.0, 0.0], [0.0, np.nan], np.arange(17.0)):
            assert "Loop" in operators(edges)

    @pytest.mark.parametrize("dtype", REAL)
    @pytest.mark.parametrize("index_dtype", ["int8", "int64", "uint16", "uint64"])
    def test_sorter(self, dtype, index_dtype):
        x1, x2 = array(dtype, (12,)), array(dtype, (5,), seed=1)
        sorter = np.argsort(x1, kind="stable").astype(index_dtype)
        found = run_all_ways(lambda a, b, c: xp.searchsorted(a, b, sorter=c), x1, x2, sorter)
        expected = np.searchsorted(x1, x2, sorter=sorter.astype(np.int64))
        np.testing.assert_array_equal(found, expected)

    @pytest.mark.parametrize("side", ["left", "right"])
    @pytest.mark.parametrize("numbers", [0, 1, 4])
    @pytest.mark.parametrize("nans", [0, 1, 3])
    def test_nan_is_beyond_all_numbers(self, side, numbers, nans):
        x1 = np.append(np.arange(float(numbers)), [np.nan] * nans)
        x2 = np.array([np.nan, -np.inf, 0.0, 2.5, np.inf, -np.nan])
        found = run_all_ways(lambda a, b: xp.searchsorted(a, b, side=side), x1, x2)
        np.testing.assert_array_equal(found, np.searchsorted(x1, x2, side))

    def test_integers_that_float64_does_not_tell_apart(self):
        x1 = np.array([2**53, 2**53 + 1, 2**53 + 2, 2**63 - 2, 2**63 - 1])
        found = run_all_ways(xp.searchsorted, x1, x1)
        assert found.tolist() == [0, 1, 2, 3, 4]

    @pytest.mark.parametrize(
        ("dtype", "number", "left", "right"),
        [
            ("int8", 1, 1, 3),
            ("uint64", 1, 1, 3),
            ("float32", 1, 1, 3),
            ("float64", 0.5, 1, 1),
            ("float16", float("nan"), 4, 4),
        ],
    )
    def test_a_python_scalar(self, dtype, number, left, right):
        x1 = np.array([0, 1, 1, 2], dtype)
        found = run_all_ways(
            lambda a: [xp.searchsorted(a, number, side=side) for side in ("left", "right")], x1
        )
        assert [f.shape for f in found] == [(), ()]
        assert [int(f) for f in found] == [left, right]

    def test_a_model_has_one_box(self):
        specs = xp.spec(("N",), "float32"), xp.spec(("M", 3), "float32")
        program = xp.trace(xp.searchsorted, *specs, functions=True)
        assert [node.op_type for node in program.model.graph.node] == ["searchsorted"]

    def test_errors(self):
        x = xp.asarray([1, 2])
        with pytest.raises(ArgumentError, match="side"):
            xp.searchsorted(x, x, side="middle")
        with pytest.raises(ShapeError, match="rank 1"):
            xp.searchsorted(xp.asarray([[1, 2]]), x)
        with pytest.raises(ShapeError, match="sorter"):
            xp.searchsorted(x, x, sorter=xp.asarray([0]))
        with pytest.raises(DTypeError, match="sorter"):
            xp.searchsorted(x, x, sorter=xp.asarray([0.0, 1.0]))
        with pytest.raises(DTypeError, match="complex128"):
            xp.searchsorted(xp.asarray([1j]), xp.asarray([1j]))
        with pytest.raises(DTypeError, match="bool"):
            xp.searchsorted(xp.asarray([True]), xp.asarray([True]))
        with pytest.raises(ArgumentTypeError):
            xp.searchsorted(1, x)


class TestWhere:
    @pytest.mark.parametrize("dtype", ALL)
    @given(data=st.data())
    @settings(max_examples=10, deadline=None)
    def test_every_dtype(self, dtype, data):
        shape = data.draw(st.lists(st.integers(0, 4), max_size=3))
        condition, x1, x2 = (
            array(kind, data.draw(part_of(shape)), seed)
            for seed, kind in enumerate(("bool", dtype, dtype))
        )
        chosen = run_all_ways(xp.where, condition, x1, x2)
        expected = np.where(condition, x1, x2)
        assert chosen.dtype == expected.dtype
        np.testing.assert_array_equal(chosen, expected)

    @pytest.mark.parametrize(
        ("first", "second"),
        [*PROMOTING, ("float32", "complex64"), ("float64", "complex64"), ("complex64", "float64")],
    )
    def test_two_dtypes(self, first, second):
        condition, x1, x2 = array("bool", (7,)), array(first, (7,)), array(second, (7,), seed=1)
        chosen = run_all_ways(xp.where, condition, x1, x2)
        expected = np.where(condition, x1, x2)
        assert chosen.dtype == expected.dtype
        np.testing.assert_array_equal(chosen, expected)

    @pytest.mark.parametrize(
        ("dtype", "number"),
        [
            ("bool", True),
            ("int8", -128),
            ("uint64", 2**64 - 1),
            ("float16", 1),
            ("float32", float("-inf")),
            ("float64", 0.1),
            ("complex64", 2),
            ("complex128", 1.5 - 2j),
        ],
    )
    def test_a_python_scalar_on_either_side(self, dtype, number, subtests: pytest.Subtests):
        condition, x = array("bool", (3, 1)), array(dtype, (5,))
        both = run_all_ways(
            lambda c, a: (xp.where(c, a, number), xp.where(c, number, a)), condition, x
        )
        for chosen, operands in zip(both, ((x, number), (number, x)), strict=True):
            with subtests.test(number_first=operands[0] is number):
                assert chosen.dtype == dtype
                np.testing.assert_array_equal(chosen, np.where(condition, *operands).astype(dtype))

    def test_a_complex_scalar_beside_real_numbers(self):
        condition, x = np.array([True, False]), np.array([1, 2], np.float32)
        chosen = run_all_ways(lambda c, a: xp.where(c, a, 1j), condition, x)
        assert chosen.dtype == np.complex64
        assert chosen.tolist() == [1, 1j]

    @pytest.mark.parametrize("dtype", FLOATS)
    def test_the_sign_of_zero_is_all_that_may_be_lost(self, dtype):
        condition = np.array([True, False] * 8)
        x1, x2 = array(dtype, (16,)), array(dtype, (16,), seed=1)
        chosen = run_all_ways(xp.where, condition, x1, x2)
        expected = np.where(condition, x1, x2)
        number = ~np.isnan(expected) & (expected != 0)
        np.testing.assert_array_equal(chosen[number].view("u1"), expected[number].view("u1"))
        np.testing.assert_array_equal(chosen, expected)

    def test_one_node(self):
        specs = [xp.spec(("N", 3), kind) for kind in ("bool", "float32", "float32")]
        program = xp.trace(xp.where, *specs)
        assert [node.op_type for node in program.model.graph.node] == ["Where"]

    @pytest.mark.parametrize(("yes", "no"), [(1, -1), (1, 0.5), (True, False), (2.5, 1j)])
    def test_two_scalars_take_their_default_dtype(self, yes, no):
        c = np.asarray([True, False])
        result, expected = run_all_ways(lambda c: xp.where(c, yes, no), c), np.where(c, yes, no)
        np.testing.assert_array_equal(result, expected)
        assert result.dtype == expected.dtype

    def test_errors(self):
        c, x = xp.asarray([True, False]), xp.asarray([1.0, 2.0])
        with pytest.raises(DTypeError, match="condition"):
            xp.where(x, x, x)
        with pytest.raises(BroadcastError, match="where"):
            xp.where(c, x, xp.asarray([1.0, 2.0, 3.0]))
        with pytest.raises(BroadcastError, match="where"):
            xp.where(xp.asarray([True] * 3), x, x)
        with pytest.raises(PromotionError, match="where"):
            xp.where(c, x, xp.asarray(["a", "b"]))
        with pytest.raises(ScalarError, match="where"):
            xp.where(c, xp.asarray([1, 2]), "a")
        with pytest.raises(ArgumentTypeError, match="where"):
            xp.where(True, x, x)


@st.composite
def part_of(draw, shape):
    """Return a shape that broadcasts to `shape`."""
    start = draw(st.integers(0, len(shape)))
    return tuple(draw(st.sampled_from([1, size])) for size in shape[start:])


def test_negative_zeros_behind_a_negation_are_the_same_at_all_levels_of_optimization() -> None:
    """A session exchanges the operands of Where behind Not, and its kernel drops the sign of the first."""
    program = xp.trace(lambda x: xp.where(~(x > 0), xp.nan, x * -0.0), "float64[N]")
    x = np.asarray([-1.0, 2.0, 0.0])
    signs = [np.signbit(session(program.model, level).run(None, {"x": x})[0]) for level in LEVELS]
    np.testing.assert_array_equal(*signs)
    assert "Not" not in [node.op_type for node in program.model.graph.node]
