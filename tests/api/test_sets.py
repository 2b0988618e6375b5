import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp.errors import ArgumentTypeError, PromotionError, ScalarRangeError
from onnxp.testing import run_all_ways
from tests.helpers.samples import ALL, COMPLEX, FLOATS, REAL, array, arrays

FUNCTIONS = [xp.unique_all, xp.unique_counts, xp.unique_inverse, xp.unique_values]


def all_of_them(x):
    return [f(x) for f in FUNCTIONS]


def expected_groups(x):
    """Return values, first indices, inverse and counts by comparing each with each."""
    flat = x.ravel()
    groups: list[list[int]] = []
    for i, element in enumerate(flat):
        for group in groups:
            if flat[group[0]] == element:
                group.append(i)
                break
        else:
            groups.append([i])
    groups.sort(key=lambda group: rank(flat[group[0]]))
    inverse = np.zeros(flat.size, np.int64)
    for number, group in enumerate(groups):
        inverse[group] = number
    first = np.array([group[0] for group in groups], np.int64)
    counts = np.array([len(group) for group in groups], np.int64)
    return flat[first], first, inverse.reshape(x.shape), counts


def rank(element):
    """By real part, then by imaginary part; NaN last."""
    parts = (element.real, element.imag) if element.dtype.kind == "c" else (element,)
    return tuple((bool(np.isnan(part)), 0 if np.isnan(part) else part) for part in parts)


def check_unique(x):
    results = run_all_ways(all_of_them, x)
    values, indices, inverse, counts = expected_groups(x)
    expected = [values, indices, inverse, counts, values, counts, values, inverse, values]
    for found, wanted in zip(results, expected, strict=True):
        assert found.dtype == wanted.dtype
        assert found.shape == wanted.shape
        np.testing.assert_array_equal(found, wanted)
    if x.dtype.kind == "f":  # of zeros the first one
        zero = values == 0
        np.testing.assert_array_equal(np.signbit(results[0][zero]), np.signbit(values[zero]))


@pytest.mark.parametrize("dtype", ["bool", "uint64", "float32", "complex64"])
@pytest.mark.parametrize("shape", [(), (0,), (1,), (2,), (120,), (0, 3), (3, 0), (1, 1)])
def test_unique_elements_of_every_shape(dtype, shape):
    check_unique(array(dtype, shape))


@pytest.mark.parametrize("dtype", REAL)
def test_unique_as_numpy_has_it(dtype):
    x = array(dtype, (200,))
    results = run_all_ways(xp.unique_all, x)
    expected = np.unique_all(x)
    for found, wanted in zip(results, expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("dtype", FLOATS)
def test_each_nan_is_an_element_of_its_own(dtype):
    x = np.array([np.nan, 1, np.nan, np.inf, 1], dtype)
    values, indices, inverse, counts = run_all_ways(xp.unique_all, x)
    np.testing.assert_array_equal(values, np.array([1, np.inf, np.nan, np.nan], dtype))
    assert indices.tolist() == [1, 3, 0, 2]
    assert inverse.tolist() == [2, 0, 3, 1, 0]
    assert counts.tolist() == [2, 1, 1, 1]


@pytest.mark.parametrize("dtype", COMPLEX)
def test_complex_numbers_are_compared_by_both_parts(dtype):
    x = np.array([1 + 1j, 1, 1 + 1j, complex(0.0, -0.0), 0, complex(np.nan, 1), 2j], dtype)
    values, indices, _, counts = run_all_ways(xp.unique_all, x)
    np.testing.assert_array_equal(values[:-1], np.array([0, 2j, 1, 1 + 1j], dtype))
    assert indices.tolist() == [3, 6, 1, 0, 5]
    assert counts.tolist() == [2, 1, 1, 2, 1]


def test_unique_results_have_names_and_plain_shapes():
    result = xp.unique_all(xp.asarray([3, 1, 3]))
    assert result._fields == ("values", "indices", "inverse_indices", "counts")
    assert [part.shape for part in result] == [(2,), (2,), (3,), (2,)]
    assert xp.unique_counts(xp.asarray([1]))._fields == ("values", "counts")
    assert xp.unique_inverse(xp.asarray([1]))._fields == ("values", "inverse_indices")


def test_sizes_while_tracing():
    def check(x):
        result = xp.unique_all(x)
        assert result.values.shape[0] == result.indices.shape[0] == result.counts.shape[0]
        assert result.values.shape[0] >= 1  # something is in "N" rows
        assert result.inverse_indices.shape == x.shape
        return result.values * result.counts

    program = xp.trace(check, xp.spec(("N", 2), "int64"))
    np.testing.assert_array_equal(program(np.array([[4, 5], [5, 4], [4, 6]])), [12, 10, 6])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_unique_of_a_list(function):
    with pytest.raises(ArgumentTypeError, match=function.__name__):
        function([1, 2])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_model_has_one_box(function):
    program = xp.trace(function, xp.spec(("N", 3), "complex64"), functions=True)
    assert [node.op_type for node in program.model.graph.node] == [function.__name__]


@pytest.mark.parametrize("dtype", ALL)
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_unique_elements_of_every_dtype(dtype, data):
    check_unique(data.draw(arrays(dtype, most=5, ranks=(0, 3))))


class TestIsin:
    @pytest.mark.parametrize("dtype", ALL)
    @given(data=st.data())
    @settings(max_examples=15, deadline=None)
    def test_every_dtype(self, dtype, data):
        x1 = data.draw(arrays(dtype, ranks=(0, 3)))
        x2 = data.draw(arrays(dtype, ranks=(0, 2)))
        invert = data.draw(st.booleans())
        found = run_all_ways(lambda a, b: xp.isin(a, b, invert=invert), x1, x2)
        expected = (x1[..., None] == x2.ravel()).any(-1) != invert
        assert found.dtype == np.bool_
        assert found.shape == x1.shape
        np.testing.assert_array_equal(found, expected)

    @pytest.mark.parametrize("dtype", [*FLOATS, *COMPLEX])
    def test_nan_is_nowhere_and_zeros_are_one(self, dtype, subtests: pytest.Subtests):
        x1 = np.array([np.nan, -0.0, 1, np.inf], dtype)
        for x2 in (np.array([np.nan, 0, np.nan], dtype), np.array([np.nan], dtype)):
            with subtests.test(x2=x2.tolist()):
                found = run_all_ways(xp.isin, x1, x2)
                np.testing.assert_array_equal(found, [False, x2.size > 1, False, False])

    @pytest.mark.parametrize("size", [0, 1, 2, 100])
    def test_every_size(self, size):
        x1 = np.arange(-1, 2 * size + 2)
        x2 = np.arange(size)[::-1] * 2
        np.testing.assert_array_equal(run_all_ways(xp.isin, x1, x2), np.isin(x1, x2))

    def test_two_dtypes(self):
        x1 = np.array([-1, 255, 3], np.int16)
        x2 = np.array([255, 3, 3], np.uint8)
        assert run_all_ways(xp.isin, x1, x2).tolist() == [False, True, True]

    def test_integers_that_float64_does_not_tell_apart(self):
        x1 = np.array([2**63, 2**63 + 1, 2**64 - 1, 0], np.uint64)
        x2 = np.array([2**63 + 1, 2**64 - 1], np.uint64)
        assert run_all_ways(xp.isin, x1, x2).tolist() == [False, True, True, False]

    def test_a_python_scalar_on_either_side(self):
        x = np.array([1, 2], np.uint8)
        assert run_all_ways(lambda a: xp.isin(a, 2), x).tolist() == [False, True]
        found = run_all_ways(lambda a: [xp.isin(1, a), xp.isin(3, a, invert=True)], x)
        assert [f.shape for f in found] == [(), ()]
        assert [bool(f) for f in found] == [True, True]

    def test_nodes(self):
        specs = xp.spec(("N",), "int64"), xp.spec(("M",), "int64")
        many = xp.trace(xp.isin, *specs, functions=True)
        assert [node.op_type for node in many.model.graph.node] == ["isin"]
        one = xp.trace(lambda x: xp.isin(x, 7), xp.spec(("N",), "int64"))
        assert [node.op_type for node in one.model.graph.node] == ["Equal"]

    def test_errors(self):
        x = xp.asarray([1, 2])
        with pytest.raises(PromotionError, match="isin"):
            xp.isin(x, xp.asarray(["a"]))
        with pytest.raises(ScalarRangeError, match="isin"):
            xp.isin(xp.asarray(np.zeros(1, np.int8)), 300)
        with pytest.raises(ArgumentTypeError, match="isin"):
            xp.isin(1, 2)
