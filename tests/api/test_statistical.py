"""Statistical functions: against numpy, all dtypes, all kinds of axes, sizes 0 and 1 and more."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import onnxp as xp
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    AxisError,
    DTypeError,
    EvaluationError,
    ShapeError,
)
from onnxp.testing import run_all_ways

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = ("float16", "float32", "float64")
COMPLEX = ("complex64", "complex128")
SHAPES = ((), (0,), (1,), (5,), (0, 3), (3, 0), (3, 4), (2, 0, 3), (2, 1, 3, 2))


def axes_of(rank: int) -> list[Any]:
    some: list[Any] = [None, *range(rank)]
    if rank > 1:
        some += [(), (0, rank - 1), (-1, 0)]
    if rank > 2:
        some += [(0, 1), (1, 2), 1 - rank]
    return some


def with_keepdims(axes: list[Any]) -> list[tuple[Any, bool]]:
    """Return pairs of axis and keepdims, both of it for the first two."""
    pairs = [(axis, i % 2 == 1) for i, axis in enumerate(axes)]
    return pairs + [(axis, not keepdims) for axis, keepdims in pairs[:2]]


def sample(dtype: str, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if dtype in INTEGERS:
        info = np.iinfo(dtype)
        return rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    x = rng.standard_normal(shape)
    if dtype in COMPLEX:
        x = x + 1j * rng.standard_normal(shape)
    return np.asarray(x, dtype)


def widest(dtype: str) -> str:
    return "int64" if dtype.startswith("int") else "uint64" if dtype in INTEGERS else dtype


def cumulative(name: str, x: np.ndarray, axis: int, initial: bool, dtype: str) -> np.ndarray:
    function, first = {"cumulative_sum": (np.cumsum, 0), "cumulative_prod": (np.cumprod, 1)}[name]
    result = function(x, axis=axis, dtype=dtype)
    if not initial:
        return result
    shape = list(x.shape)
    shape[axis] = 1
    return np.concatenate([np.full(shape, first, dtype), result], axis=axis)


def close(result: np.ndarray, expected: np.ndarray, count: int = 1, scale: Any = None) -> None:
    """Compare up to a few roundings for each of `count` elements, relative to `scale`."""
    assert result.dtype == expected.dtype
    assert result.shape == expected.shape
    if result.dtype.kind in "iub":
        np.testing.assert_array_equal(result, expected)
        return
    eps = np.finfo(result.dtype).eps
    scale = np.abs(expected) if scale is None else scale
    with np.errstate(invalid="ignore"):
        allowed = 4 * eps * (count + 1) * scale + np.finfo(result.dtype).tiny
        fine = (np.abs(result - expected) <= allowed) | (np.isnan(result) & np.isnan(expected))
        fine |= result == expected
    assert fine.all(), (result, expected)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_sums_and_products_wrap(dtype: str, shape: tuple[int, ...]) -> None:
    x = sample(dtype, shape)
    wide = widest(dtype)
    options: list[Any] = [(*pair, None) for pair in with_keepdims(axes_of(len(shape)))]
    options += [(None, False, dtype), (None, False, "float64")]
    calls = list(itertools.product(["sum", "prod"], options))

    def ours(x: xp.Array) -> list[xp.Array]:
        return [
            getattr(xp, name)(x, axis=axis, keepdims=keepdims, dtype=kind)
            for name, (axis, keepdims, kind) in calls
        ]

    for (name, (axis, keepdims, kind)), result in zip(calls, run_all_ways(ours, x), strict=True):
        with np.errstate(over="ignore"):
            expected = np.asarray(
                getattr(np, name)(x, axis=axis, keepdims=keepdims, dtype=kind or wide)
            )
        assert result.dtype == (kind or wide)
        assert result.shape == expected.shape
        if kind == "float64":
            np.testing.assert_allclose(result, expected, rtol=1e-13)
        else:
            np.testing.assert_array_equal(result, expected, f"{name}, {axis}, {keepdims}")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["sum", "prod", "mean"])
@pytest.mark.parametrize("dtype", [*FLOATS, *COMPLEX])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_float_sums_products_and_means(
    dtype: str, name: str, shape: tuple[int, ...], subtests: pytest.Subtests
) -> None:
    x = sample(dtype, shape)
    axes = axes_of(len(shape))
    options = with_keepdims(axes)

    def ours(x: xp.Array) -> list[xp.Array]:
        return [getattr(xp, name)(x, axis=a, keepdims=k) for a, k in options]

    exact = x.astype("complex128" if dtype in COMPLEX else "float64")
    for (axis, keepdims), result in zip(options, run_all_ways(ours, x), strict=True):
        with subtests.test(axis=axis, keepdims=keepdims):
            expected = np.asarray(getattr(np, name)(exact, axis=axis, keepdims=keepdims)).astype(
                dtype
            )
            scale = None if name == "prod" else np.sum(np.abs(exact), axis=axis, keepdims=keepdims)
            # float16 is added up in float32 and rounded once
            once = dtype == "float16"
            close(result, expected, 0 if once else x.size, None if once else scale)


def test_sums_beyond_the_range_of_float64_integers(subtests: pytest.Subtests) -> None:
    for numbers in ([2**53 + 1], [2**53 + 1, 1, 1], [2**63 - 1, 1], [-(2**63), -1]):
        with subtests.test(numbers=numbers):
            x = np.array(numbers)
            assert run_all_ways(xp.sum, x) == np.sum(x)
            assert run_all_ways(xp.prod, x) == np.prod(x)
    big = np.full((3, 70000), 2**31 - 1, np.int32)
    np.testing.assert_array_equal(run_all_ways(lambda x: xp.sum(x, axis=1), big), big.sum(axis=1))


@pytest.mark.parametrize("shape", [(1000,), (1025,), (4096, 3), (3, 4096), (2, 600, 2)])
def test_integer_sums_of_many(shape: tuple[int, ...], subtests: pytest.Subtests) -> None:
    x = sample("int64", shape)
    for axis in axes_of(len(shape)):
        with subtests.test(axis=axis):
            result = run_all_ways(
                lambda x, axis=axis: [xp.sum(x, axis=axis), xp.prod(x, axis=axis)], x
            )
            np.testing.assert_array_equal(result[0], np.sum(x, axis=axis))
            np.testing.assert_array_equal(result[1], np.prod(x, axis=axis))


def test_float16_is_rounded_once() -> None:
    x = np.full(4097, 1.0, np.float16)
    assert run_all_ways(xp.sum, x) == np.float16(4097)  # adding in float16 stops at 2048
    assert run_all_ways(xp.mean, x) == 1
    steps = run_all_ways(xp.cumulative_sum, x)
    np.testing.assert_array_equal(steps, np.arange(1, 4098).astype(np.float16))
    y = np.array([300.0, 300.0, 1 / 256], np.float16)
    assert run_all_ways(xp.prod, y) == np.float16(300 * 300 / 256)


@pytest.mark.parametrize("shape", [s for s in SHAPES if 0 not in s])
@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
@pytest.mark.parametrize("dtype", [*INTEGERS, *FLOATS])
def test_extremes(dtype: str, name: str, shape: tuple[int, ...], subtests: pytest.Subtests) -> None:
    x = sample(dtype, shape)
    axes = axes_of(len(shape))
    if name.startswith("arg"):
        axes = [a for a in axes if not isinstance(a, tuple)]
    options = with_keepdims(axes)

    def ours(x: xp.Array) -> list[xp.Array]:
        return [getattr(xp, name)(x, axis=a, keepdims=k) for a, k in options]

    cases = [x]
    if dtype in FLOATS:
        nan = x.copy()
        nan.flat[[0, x.size // 2]] = np.inf, np.nan
        cases.append(nan)
    elif x.dtype.itemsize == 8:  # where a kernel might compare the lower halves only
        cases.append(np.random.default_rng(1).integers(0, 2**32, shape, dtype))
    if shape == (5,):
        limits = np.finfo(dtype) if dtype in FLOATS else np.iinfo(dtype)
        numbers = [limits.min, limits.max, 0] + [np.nan, np.inf, -np.inf] * (dtype in FLOATS)
        cases += [np.full_like(x, number) for number in numbers]
    results = iter(run_all_ways(lambda *xs: [y for x in xs for y in ours(x)], *cases))
    for case in cases:
        with subtests.test(case=case.ravel()[:3].tolist()):
            for (axis, keepdims), result in zip(options, results, strict=False):
                expected = np.asarray(getattr(np, name)(case, axis=axis, keepdims=keepdims))
                assert result.shape == expected.shape
                assert result.dtype == expected.dtype
                np.testing.assert_array_equal(result, expected, err_msg=f"{axis}, {keepdims}")


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 15, 16, 17, 33, 100])
def test_one_nan_anywhere_wins(dtype: str, size: int, subtests: pytest.Subtests) -> None:
    """Vector units treat the ends of an array apart."""
    rows = np.ones((size, size), dtype) * np.array([1, np.inf, -np.inf], dtype)[np.arange(size) % 3]
    rows[np.arange(size), np.arange(size)] = np.nan
    finite = np.where(np.isnan(rows), np.asarray(0, dtype), rows)
    extremes = list(itertools.product([xp.max, xp.min], (0, 1)))

    def ours(x: xp.Array, y: xp.Array) -> list[xp.Array]:
        places = [function(x, axis=1) for function in (xp.argmax, xp.argmin)]
        return [function(x, axis=axis) for function, axis in extremes] + [
            *places,
            xp.max(y, axis=1),
        ]

    *results, first, second, largest = run_all_ways(ours, rows, finite)
    for (function, axis), result in zip(extremes, results, strict=True):
        with subtests.test(function=function.__name__, axis=axis):
            assert np.isnan(result).all()
            assert np.isnan([np.asarray(function(xp.asarray(row))) for row in rows]).all()
    for places in (first, second):
        np.testing.assert_array_equal(places, np.arange(size))
    np.testing.assert_array_equal(largest, finite.max(axis=1))


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
@pytest.mark.parametrize("dtype", ["int16", "int64", "uint64", "float16", "float64"])
def test_extremes_of_nothing(name: str, dtype: str) -> None:
    function = getattr(xp, name)
    empty = np.empty((0, 3), dtype)
    for call in (lambda x: function(x), lambda x: function(x, axis=0)):
        with pytest.raises(ArgumentError, match=f"{name} of no elements"):
            call(xp.asarray(empty))
    assert run_all_ways(lambda x: function(x, axis=1), empty).shape == (0,)
    program = xp.trace(lambda x: function(x, axis=0), xp.spec(("N>=0", 3), dtype))
    with pytest.raises(EvaluationError, match=r"(Reduce|Arg)(Max|Min) failed"):
        program(empty)
    np.testing.assert_array_equal(
        program(np.ones((2, 3), dtype)), getattr(np, name)(np.ones((2, 3)), axis=0)
    )


@pytest.mark.parametrize("shape", [s for s in SHAPES if s])
@pytest.mark.parametrize("name", ["var", "std"])
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_variance(dtype: str, name: str, shape: tuple[int, ...], subtests: pytest.Subtests) -> None:
    x = (sample(dtype, shape) + 10).astype(dtype)
    corrections = (0, 1, 0.5, -1, 100)
    options = [(a, a != 0, c) for a in axes_of(len(shape)) for c in corrections]
    options += [(0, True, 0), (None, False, 1)]

    def ours(x: xp.Array) -> list[xp.Array]:
        function = getattr(xp, name)
        return [function(x, axis=a, keepdims=k, correction=c) for a, k, c in options]

    exact = x.astype("float64")
    for (axis, keepdims, correction), result in zip(options, run_all_ways(ours, x), strict=True):
        with subtests.test(axis=axis, keepdims=keepdims, correction=correction):
            count = np.mean(np.ones(shape), axis=axis, keepdims=keepdims)
            expected = np.asarray(
                getattr(np, name)(exact, axis=axis, keepdims=keepdims, ddof=correction)
            ).astype(dtype)
            n = (
                x.size
                if axis is None
                else int(np.prod([shape[i] for i in np.atleast_1d(axis).astype(int)]))
            )
            if n - correction <= 0:  # numpy divides by 0 there, the standard says NaN
                expected = np.full_like(expected, np.nan)
            assert result.shape == count.shape
            scale = np.abs(expected) + 100 * (np.finfo(dtype).eps if dtype != "float16" else 0)
            close(result, expected, n, scale)


def test_variance_of_numbers_far_from_zero() -> None:
    x = np.array([1e9, 1e9 + 1, 1e9 + 2])
    assert run_all_ways(xp.var, x) == np.var(x)
    y = np.array([1e4, 1e4 + 1, 1e4 + 2], np.float32)
    np.testing.assert_allclose(run_all_ways(xp.std, y), np.sqrt(2 / 3), rtol=1e-6)


@pytest.mark.parametrize("shape", [(0,), (1,), (5,), (0, 3), (3, 0), (3, 4), (2, 1, 4)])
@pytest.mark.parametrize("dtype", [*INTEGERS, *FLOATS, *COMPLEX])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_cumulative(dtype: str, shape: tuple[int, ...]) -> None:
    x = sample(dtype, shape)
    options: list[tuple[Any, bool, str | None]] = [(a, a == 0, None) for a in range(len(shape))]
    options += [(-1 if len(shape) > 1 else None, False, None), (0, False, dtype)]
    calls = list(itertools.product(["cumulative_sum", "cumulative_prod"], options))

    def ours(x: xp.Array) -> list[xp.Array]:
        return [
            getattr(xp, name)(x, axis=axis, include_initial=initial, dtype=kind)
            for name, (axis, initial, kind) in calls
        ]

    for (name, (axis, initial, kind)), result in zip(calls, run_all_ways(ours, x), strict=True):
        close(result, cumulative(name, x, axis or 0, initial, kind or widest(dtype)), x.size)


@pytest.mark.parametrize("count", [63, 64, 65, 127, 128, 1000, 4097, 70000])
def test_cumulative_products_in_blocks(count: int) -> None:
    rng = np.random.default_rng(count)
    x = rng.integers(-(2**63), 2**63 - 1, count) | 1
    y = rng.uniform(0.9, 1.1, count)
    z = np.exp(2j * np.pi * rng.uniform(size=count))

    def ours(*factors: xp.Array) -> list[xp.Array]:
        return [xp.cumulative_prod(x) for x in factors]

    for factors, result in zip((x, y, z), run_all_ways(ours, x, y, z), strict=True):
        rtol = 0 if factors is x else count * 1e-15
        np.testing.assert_allclose(result, np.cumprod(factors), rtol=rtol)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_cumulative_products_at_the_ends_of_the_range(dtype: str) -> None:
    """A block must not overflow or vanish where the product of all before it does not."""
    large = 2.0 ** (np.finfo(dtype).maxexp - 8)
    rng = np.random.default_rng(0)
    ones = np.ones(100)
    for numbers in (
        [ones / 2, ones * 2, ones * 2, ones / 2],
        [*([ones[:64] / large**0.25] * 1), ones[:64] * large**0.25],
        [[1 / large] * 2, ones, [large] * 2, ones],
        [ones[:70], [1 / large], ones[:70], [large, large, 1 / large], ones[:70]],
        [rng.uniform(0, 1, 5000)],
        [rng.uniform(1, 10, 5000)],
        [rng.integers(0, 2, 300)],
        [rng.uniform(0.5, 2, 150), [0.0], rng.uniform(0.5, 2, 150)],
        [rng.uniform(0.5, 2, 150), [np.inf], rng.uniform(-2, 2, 150), [0.0], ones],
        [rng.uniform(0.5, 2, 150), [np.nan], rng.uniform(-2, 2, 150)],
    ):
        x = np.concatenate(numbers).astype(dtype)
        result = run_all_ways(xp.cumulative_prod, x)
        options = {
            "rtol": x.size * np.finfo(dtype).eps,
            "atol": 4 * np.finfo(dtype).smallest_subnormal,
        }
        exact = np.cumprod(x, dtype=np.longdouble).astype(dtype)
        for expected in (np.cumprod(x), exact):  # numpy's may have left the range for good
            right = np.isclose(result, expected, **options, equal_nan=True)
            if right.all():
                break
        assert right.all(), (x[~right], result[~right], expected[~right])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_complex_products_of_infinities(subtests: pytest.Subtests) -> None:
    """Nothing is multiplied by 1: that is not an identity beside infinities."""
    for numbers in ([complex("inf+2j")], [complex("nan+2j"), 1], [2, complex("inf-infj")], [0, 5]):
        with subtests.test(numbers=numbers):
            x = np.array(numbers, complex)
            products = np.cumprod(x)
            np.testing.assert_array_equal(run_all_ways(xp.cumulative_prod, x), products)
            np.testing.assert_array_equal(
                run_all_ways(xp.prod, x), products[-1]
            )  # numpy's starts at 1


def test_promotion_of_the_results(subtests: pytest.Subtests) -> None:
    for dtype in (*INTEGERS, *FLOATS, *COMPLEX):
        x = xp.asarray(np.ones(3, dtype))
        for name in ("sum", "prod", "cumulative_sum", "cumulative_prod"):
            with subtests.test(dtype=dtype, name=name):
                assert getattr(xp, name)(x).dtype is getattr(xp, widest(dtype))
                assert getattr(xp, name)(x, dtype=xp.complex128).dtype is xp.complex128


def test_bad_arguments(subtests: pytest.Subtests) -> None:
    x = xp.asarray([[1.0, 2.0]])
    with pytest.raises(DTypeError, match="sum: bool is not a numeric dtype"):
        xp.sum(xp.asarray([True]))
    with pytest.raises(DTypeError, match="mean: int64"):
        xp.mean(xp.asarray([1]))
    with pytest.raises(DTypeError, match="max: complex128"):
        xp.max(xp.asarray([1j]))
    with pytest.raises(DTypeError, match="imaginary"):
        xp.sum(xp.asarray([1j]), dtype=xp.float64)
    with pytest.raises(DTypeError, match="bool"):
        xp.prod(x, dtype=xp.bool)
    for name in ("sum", "prod", "mean", "max", "min", "std", "var"):
        with subtests.test(name=name):
            with pytest.raises(AxisError, match=f"{name}: axis 2"):
                getattr(xp, name)(x, axis=2)
            with pytest.raises(AxisError, match="twice"):
                getattr(xp, name)(x, axis=(0, -2))
    for name in ("cumulative_sum", "cumulative_prod"):
        with subtests.test(name=name):
            with pytest.raises(ArgumentError, match=f"{name} needs an axis"):
                getattr(xp, name)(x)
            with pytest.raises(ShapeError, match="rank 1"):
                getattr(xp, name)(xp.asarray(1.0))
    with pytest.raises(ArgumentError, match="finite"):
        xp.std(x, correction=float("nan"))
    with pytest.raises(ArgumentTypeError, match="correction"):
        xp.var(x, correction="1")


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", ["max", "min"])
def test_extremes_keep_the_sign_of_zero(name: str, dtype: str):
    x = np.asarray([-0.0, -np.inf if name == "max" else 2.0], dtype)
    assert np.signbit(run_all_ways(getattr(xp, name), x))


DTYPES = st.sampled_from((*INTEGERS, *FLOATS))


@settings(max_examples=40, deadline=None)
@given(data=st.data(), dtype=DTYPES)
def test_any_arrays_and_axes(data: st.DataObject, dtype: str) -> None:
    x = data.draw(arrays(dtype, array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)))
    rank = x.ndim
    axis = data.draw(
        st.none() | st.sets(st.integers(0, max(rank - 1, 0)), max_size=rank).map(tuple)
    )
    keepdims = data.draw(st.booleans())
    options = {"axis": axis, "keepdims": keepdims}
    if dtype in INTEGERS:
        for name in ("sum", "prod"):
            result = run_all_ways(lambda x: getattr(xp, name)(x, **options), x)  # noqa: B023
            expected = getattr(np, name)(x, dtype=widest(dtype), **options)
            np.testing.assert_array_equal(result, expected)
    try:
        expected = np.max(x, **options)
    except ValueError:
        with pytest.raises(ArgumentError):
            xp.max(xp.asarray(x), **options)
    else:
        np.testing.assert_array_equal(run_all_ways(lambda x: xp.max(x, **options), x), expected)
