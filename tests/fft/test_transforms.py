"""Transforms of the standard's fft: evaluated, static, symbolic, against numpy's in long double."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import ArgumentError, ArgumentTypeError, AxisError, DTypeError, EvaluationError
from tests.helpers.transforms import ONE, SEVERAL, STATIC_LIMIT, check, error, numbers, ways

# one product, two and three factors, large primes, a large prime factor
LENGTHS = (
    1,
    2,
    3,
    5,
    8,
    31,
    59,
    64,
    65,
    67,
    97,
    100,
    127,
    128,
    194,
    343,
    1000,
    1009,
    1024,
    4096,
    8192,
)


@pytest.mark.parametrize(
    "text",
    [
        *(f"{name}(x, /, *, n=None, axis=-1, norm='backward')" for name in ONE),
        *(f"{name}(x, /, *, s=None, axes=None, norm='backward')" for name in SEVERAL),
        "fftfreq(n, /, *, d=1.0, dtype=None, device=None)",
        "rfftfreq(n, /, *, d=1.0, dtype=None, device=None)",
        "fftshift(x, /, *, axes=None)",
        "ifftshift(x, /, *, axes=None)",
    ],
)
def test_signatures(text: str):
    name = text.partition("(")[0]
    signature = inspect.signature(getattr(xp.fft, name))
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    assert name in xp.fft.__all__
    assert f"{name}{signature.replace(parameters=bare, return_annotation=signature.empty)}" == text


class TestLengths:
    @pytest.mark.parametrize("n", LENGTHS)
    def test_of_a_vector(self, n: int):
        check("fft", numbers("fft", (n,), seed=n))

    @pytest.mark.parametrize("n", [2, 7, 60, 66, 100, 131, 194, 343, 8192])
    @pytest.mark.parametrize("name", ONE)
    def test_of_every_function(self, name: str, n: int):
        check(name, numbers(name, (3, n)))

    @pytest.mark.parametrize("shape", [(64, 3), (2, 100, 3), (2, 67, 3), (2, 3, 5, 2)])
    @pytest.mark.parametrize("name", ["fft", "irfft", "rfft"])
    def test_of_every_axis(self, name: str, shape: tuple[int, ...]):
        for axis in range(len(shape)):
            check(name, numbers(name, shape), axis=axis)

    def test_static_errors_are_small_for_all_lengths(self):
        for n in range(1, 140):
            x = numbers("fft", (4, n), seed=n)
            exact = np.fft.fft(x.astype(np.clongdouble))
            limit = STATIC_LIMIT * error(np.fft.fft(x), exact) + 1e-16
            assert error(np.asarray(xp.fft.fft(xp.asarray(x))), exact) <= limit, n

    @pytest.mark.parametrize("n", [67, 101, 128, 131, 202, 1000, 1009])
    @pytest.mark.parametrize("name", ONE)
    def test_static_errors_of_few_elements_before_zeros_are_small(self, name: str, n: int):
        for count in (1, 2, 3, 7, 30):
            x = numbers(name, (count,), seed=n)
            options = {"n": n}
            exact = getattr(np.fft, name)(x.astype(np.result_type(x, np.longdouble)), **options)
            limit = STATIC_LIMIT * error(getattr(np.fft, name)(x, **options), exact) + 1e-16
            result = np.asarray(getattr(xp.fft, name)(xp.asarray(x), **options))
            assert error(result, exact) <= limit, count

    @pytest.mark.parametrize("name", ["fft", "irfft"])
    def test_tables_are_not_made_for_large_lengths(self, name: str):
        program = xp.trace(getattr(xp.fft, name), "complex128[200000]")
        assert len(program.model.SerializeToString()) < 50_000


class TestOptions:
    @pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
    @pytest.mark.parametrize("name", [*ONE, *SEVERAL])
    def test_norm(self, name: str, norm: str):
        check(name, numbers(name, (4, 6)), norm=norm)

    @pytest.mark.parametrize("n", [1, 2, 5, 8, 9, 70, 262])
    @pytest.mark.parametrize("name", ONE)
    def test_n_cuts_and_fills(self, name: str, n: int):
        check(name, numbers(name, (8, 3)), n=n, axis=0)

    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"axes": (0,)},
            {"axes": (-1, 0)},
            {"s": (4, 7), "axes": (2, 0)},
            {"s": (-1, 2), "axes": (0, 1)},
            {"axes": (1, 1)},
            {"s": (2, 3, 4), "axes": (0, 1, 2)},
        ],
    )
    @pytest.mark.parametrize("name", SEVERAL)
    def test_axes(self, name: str, options: dict[str, Any]):
        if options.get("s", ())[:1] == (-1,) and name == "irfftn":
            options = {**options, "s": (-1, 4)}
        check(name, numbers(name, (3, 5, 6)), **options)

    def test_s_is_for_the_last_axes(self):
        x = numbers("fftn", (2, 3, 4))
        result = np.asarray(xp.fft.fftn(xp.asarray(x), s=(5, 2)))
        np.testing.assert_allclose(result, np.fft.fftn(x, s=(5, 2), axes=(-2, -1)), atol=1e-14)

    def test_fftn_over_no_axes(self):
        result = xp.fft.fftn(xp.ones(3), axes=())
        assert result.dtype == xp.complex128
        assert np.asarray(result).tolist() == [1, 1, 1]

    @pytest.mark.parametrize("name", [*ONE, *SEVERAL])
    def test_single_precision(self, name: str):
        check(name, numbers(name, (3, 10), "float32"))

    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
    @pytest.mark.parametrize("name", ONE)
    def test_dtypes_of_real_arrays_are_those_of_numpy(self, name: str, dtype: str):
        x = np.linspace(0, 1, 8, dtype=dtype)
        result = getattr(xp.fft, name)(xp.asarray(x))
        expected = getattr(np.fft, name)(x)
        assert result.dtype.numpy == expected.dtype
        np.testing.assert_allclose(np.asarray(result), expected, rtol=2e-3, atol=1e-15)


class TestValues:
    def test_ignored_imaginary_parts(self):
        x = numbers("irfft", (5,))
        x[0] += np.nan * 1j
        x[-1] += np.inf * 1j
        for n in (8, 9):
            expected = np.fft.irfft(x, n=n)
            for result in ways(lambda a, n=n: xp.fft.irfft(a, n=n), x):
                np.testing.assert_allclose(result, expected, atol=1e-14)

    def test_nan_spreads_along_its_axis_only(self):
        x = np.ones((3, 6))
        x[1, 2] = np.nan
        for result in ways(xp.fft.fft, x):
            assert np.isnan(result).any(axis=1).tolist() == [False, True, False]

    @pytest.mark.parametrize("scale", [1e-300, 1e300])
    def test_scales(self, scale: float):
        check("fft", numbers("fft", (12,)) * scale)

    @pytest.mark.parametrize(("there", "back"), [("fft", "ifft"), ("hfft", "ihfft")])
    def test_inverse(self, there: str, back: str):
        x = numbers(there, (4, 9))
        if there == "hfft":
            x[:, [0, -1]] = x[:, [0, -1]].real
        there, back = getattr(xp.fft, there), getattr(xp.fft, back)
        for result in ways(lambda a: back(there(a)), x):
            np.testing.assert_allclose(result, x, atol=1e-14)


class TestSymbolicLengths:
    @pytest.mark.parametrize("name", ["fft", "irfft", "ihfft"])
    def test_one_model_serves_all_lengths(self, name: str):
        x = numbers(name, (300,))
        program = xp.trace(getattr(xp.fft, name), xp.spec(("N",), x.dtype))
        for n in (2, 3, 16, 17, 255, 256, 257, 300):
            expected = getattr(np.fft, name)(x[:n])
            assert error(np.asarray(program(x[:n])), expected) < 3e-15

    @pytest.mark.parametrize("name", ["fft", "irfft"])
    def test_a_length_of_a_size(self, name: str):
        x, function = numbers(name, (5, 2)), getattr(xp.fft, name)
        program = xp.trace(lambda a: function(a, n=2 * a.shape[0], axis=0), "complex128[N,M]")
        expected = getattr(np.fft, name)(x, n=10, axis=0)
        np.testing.assert_allclose(np.asarray(program(x)), expected, atol=1e-14)

    def test_shapes_are_exact(self):
        shapes = []

        def function(a: xp.Array) -> xp.Array:
            shapes.append((a.shape[1], xp.fft.rfft(a).shape[1], xp.fft.irfft(a, n=6).shape[1]))
            assert xp.fft.fft(a).shape == a.shape
            return a

        xp.trace(function, "float64[M,N]")
        ((n, half, six),) = shapes
        assert half == n // 2 + 1
        assert six == 6

    @pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "ihfft"])
    def test_without_elements_the_run_fails(self, name: str):
        x = np.zeros((2, 0), "complex128" if name in ("fft", "ifft") else "float64")
        program = xp.trace(getattr(xp.fft, name), xp.spec(("M", "N>=0"), x.dtype))
        with pytest.raises(EvaluationError):
            program(x)

    @pytest.mark.parametrize("name", ["irfft", "hfft"])
    @pytest.mark.parametrize("size", [0, 1])
    def test_half_of_nothing(self, name: str, size: int):
        program = xp.trace(getattr(xp.fft, name), "complex128[N>=0]")
        with pytest.raises(EvaluationError):
            program(np.ones(size, complex))

    @pytest.mark.parametrize("name", ["fft", "irfft"])
    def test_a_length_of_zero(self, name: str):
        function = getattr(xp.fft, name)
        program = xp.trace(lambda a: function(a, n=a.shape[0], axis=1), "complex128[N>=0,3]")
        with pytest.raises(EvaluationError):
            program(np.ones((0, 3), complex))


class TestEmptyBatches:
    @pytest.mark.parametrize("shape", [(0, 5), (0, 100), (0, 67), (2, 0, 8)])
    @pytest.mark.parametrize("name", ONE)
    def test_of_rows(self, name: str, shape: tuple[int, ...]):
        check(name, numbers(name, shape))

    @pytest.mark.parametrize(("shape", "axis"), [((100, 0), 0), ((2, 67, 0), 1), ((2, 100, 0), 1)])
    @pytest.mark.parametrize("name", ["fft", "irfft"])
    def test_of_columns(self, name: str, shape: tuple[int, ...], axis: int):
        check(name, numbers(name, shape), axis=axis, n=shape[axis])

    def test_zeros_appended_to_nothing(self):
        check("fft", numbers("fft", (2, 0)), n=4)


def x(dtype: str = "complex128", shape: tuple[int, ...] = (2, 3)) -> xp.Array:
    return xp.ones(shape, dtype=dtype)


@pytest.mark.parametrize(
    ("call", "expected", "text"),
    [
        (lambda: xp.fft.fft(x("int64")), DTypeError, "floating-point"),
        (lambda: xp.fft.rfft(x()), DTypeError, "real numbers"),
        (lambda: xp.fft.ihfft(x()), DTypeError, "real numbers"),
        (lambda: xp.fft.rfftn(x()), DTypeError, "real numbers"),
        (lambda: xp.fft.fft(x(), axis=2), AxisError, "axis 2"),
        (lambda: xp.fft.fft(x(shape=())), AxisError, "rank 0"),
        (lambda: xp.fft.fftn(x(), axes=(0, 2)), AxisError, "axis 2"),
        (lambda: xp.fft.fft(x(), n=0), ArgumentError, "at least 1, not 0"),
        (lambda: xp.fft.fft(x(), n=-1), ArgumentError, "at least 1, not -1"),
        (lambda: xp.fft.fftn(x(), s=(0,), axes=(0,)), ArgumentError, "at least 1, not 0"),
        (lambda: xp.fft.fft(x(), n=2.0), ArgumentTypeError, "integer"),
        (lambda: xp.fft.fft(x(shape=(3, 0))), ArgumentError, "no elements"),
        (lambda: xp.fft.irfft(x(shape=(3, 1))), ArgumentError, "give the length"),
        (lambda: xp.fft.fft(x(), norm="unitary"), ArgumentError, "'ortho'"),
        (lambda: xp.fft.irfft(x(), norm=None), ArgumentError, "'ortho'"),
        (lambda: xp.fft.fftn(x(), s=(2,), axes=(0, 1)), ArgumentError, "1 lengths for 2 axes"),
        (lambda: xp.fft.fftn(x(), s=(2, 2, 2)), ArgumentError, "3 lengths for 2 axes"),
        (lambda: xp.fft.rfftn(x("float64"), axes=()), ArgumentError, "one axis or more"),
        (lambda: xp.fft.irfftn(x(shape=())), ArgumentError, "one axis or more"),
        (lambda: xp.fft.fft([1.0, 2.0]), ArgumentTypeError, "asarray"),
    ],
)
def test_errors(call: Callable[[], Any], expected: type[Exception], text: str):
    with pytest.raises(expected, match=text):
        call()
