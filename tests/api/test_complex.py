"""Complex numbers: right in norm over the whole domain, and the same in all ways of running."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import onnxp as xp
from onnxp._src.program.spec import Spec
from onnxp._src.shapes import dims
from onnxp.testing import run_all_ways

DTYPES = ("complex64", "complex128")
COUNT = 300


# mpmath 1.3 loses small parts in these.


def acosh(z: Any) -> Any:
    return mpmath.log1p((z - 1) + mpmath.sqrt(z - 1) * mpmath.sqrt(z + 1))


def asinh(z: Any) -> Any:
    w = z if z.real > 0 else -z
    size = mpmath.log1p(w + w * w / (1 + mpmath.sqrt(1 + w * w)))
    return size if z.real > 0 else -size


def atanh(z: Any) -> Any:
    return (mpmath.log1p(z) - mpmath.log1p(-z)) / 2


UNARY: dict[str, Callable[[Any], Any]] = {
    "abs": abs,
    "acos": mpmath.acos,
    "acosh": acosh,
    "asin": lambda z: -1j * asinh(1j * z),
    "asinh": asinh,
    "atan": lambda z: -1j * atanh(1j * z),
    "atanh": atanh,
    "conj": mpmath.conj,
    "cos": mpmath.cos,
    "cosh": mpmath.cosh,
    "exp": mpmath.exp,
    "expm1": mpmath.expm1,
    "imag": mpmath.im,
    "log": mpmath.log,
    "log10": lambda z: mpmath.log(z) / mpmath.log(10),
    "log1p": mpmath.log1p,
    "log2": lambda z: mpmath.log(z) / mpmath.log(2),
    "negative": operator.neg,
    "positive": operator.pos,
    "real": mpmath.re,
    "reciprocal": lambda z: 1 / z,
    "round": lambda z: mpmath.mpc(mpmath.nint(z.real), mpmath.nint(z.imag)),
    "sign": mpmath.sign,
    "sin": mpmath.sin,
    "sinh": mpmath.sinh,
    "sqrt": mpmath.sqrt,
    "square": lambda z: z * z,
    "tan": mpmath.tan,
    "tanh": mpmath.tanh,
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "divide": operator.truediv,
    "multiply": operator.mul,
    "pow": lambda z, w: mpmath.exp(w * mpmath.log(z)),
    "subtract": operator.sub,
}
PREDICATES = ("isfinite", "isinf", "isnan")
COMPARISONS = ("equal", "not_equal")

# Where functions have zeros, poles, branch points and turning points.
POINTS = (0, 1, -1, 1j, -1j, 2, 2j, -3, np.pi / 2, np.pi, 0.5j * np.pi, 1j * np.pi, 2j * np.pi)


def limits(dtype: str) -> Any:
    return np.finfo(dtype)


def wide(dtype: str, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Return numbers of all magnitudes; half of them have parts of about the same size."""
    info = limits(dtype)
    low, high = np.log2(float(info.smallest_subnormal)), np.log2(float(info.max))
    with np.errstate(over="ignore"):  # infinity is one of them
        real, imag = np.exp2(rng.uniform(low, high, (2, COUNT)))
        imag[::2] = real[::2] * np.exp2(rng.normal(0, 1, COUNT // 2))
    return signed(real, imag, dtype, rng)


def close_to(point: complex, dtype: str, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Return numbers at all distances from a point; the parts of the distance differ as well."""
    real, imag = np.exp2(rng.uniform(-70, 1, (2, COUNT // 8)))
    return np.asarray(point + signed(real, imag, "complex128", rng)).astype(dtype)


def strip(dtype: str, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Return numbers in which exponentials are large, but do not overflow or just so."""
    edge = np.log(float(limits(dtype).max)) + 2
    real, imag = rng.uniform(0, edge, (2, COUNT // 2))
    real[::4] = edge - rng.uniform(0, 3, len(real[::4]))
    return signed(real, imag, dtype, rng)


def signed(real: Any, imag: Any, dtype: str, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    info = limits(dtype)
    result = np.empty(np.shape(real), dtype)
    result.real = np.minimum(real, info.max) * rng.choice([-1, 1], np.shape(real))
    result.imag = np.minimum(imag, info.max) * rng.choice([-1, 1], np.shape(imag))
    return result


def samples(dtype: str) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(20)
    parts = [wide(dtype, rng), strip(dtype, rng), *(close_to(p, dtype, rng) for p in POINTS)]
    return np.concatenate(parts)


def check(
    result: np.ndarray[Any, Any],
    oracle: Callable[..., Any],
    *operands: np.ndarray[Any, Any],
    bound: float = 16,
) -> None:
    """Compare with mpmath: the error in norm, in units of eps; two smallest numbers are nothing."""
    info = limits(str(result.dtype))
    eps, most, least = (mpmath.mpf(float(x)) for x in (info.eps, info.max, info.smallest_subnormal))
    worst, where = mpmath.mpf(0), None
    with mpmath.workprec(400):
        for got, *given in zip(result, *operands, strict=True):
            exact = mpmath.mpc(oracle(*(mpmath.mpc(complex(x)) for x in given)))
            size = abs(exact)
            if size > most * (1 - 16 * eps):  # may overflow
                assert not np.isfinite(got) or abs(mpmath.mpc(complex(got))) > most / 2, given
                continue
            assert np.isfinite(got), (given, got)
            error = abs(mpmath.mpc(complex(got)) - exact) - 2 * least
            if error > worst * size * eps:
                worst, where = error / (size * eps), (given, got, complex(exact))
    assert worst <= bound, f"{float(worst):.1f} eps at {where}"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", UNARY)
def test_accuracy(name: str, dtype: str) -> None:
    z = samples(dtype)
    oracle = UNARY[name]
    if name in ("reciprocal", "sign") or name.startswith("log"):
        z = z[(z != 0) & (z != -1)]
    if name in ("atan", "atanh"):  # poles
        z = z[(abs(z) != 1) | ((z.real != 0) & (z.imag != 0))]
    if name in ("cos", "cosh", "exp", "expm1", "sin", "sinh", "tan", "tanh"):
        z = z[abs(z) < 1e6]  # results whose size mpmath can hold
    # mpmath does not know the sides of branch cuts; test_complex_special does
    z = z[(z.real != 0) & (z.imag != 0)]
    check(np.asarray(getattr(xp, name)(xp.asarray(z))), oracle, z)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide"])
def test_accuracy_of_arithmetic(name: str, dtype: str) -> None:
    rng = np.random.default_rng(3)
    z = np.concatenate([wide(dtype, rng), wide(dtype, rng)])
    with np.errstate(all="ignore"):
        near = (z[:COUNT] * rng.normal(1, 1e-3, COUNT)).astype(dtype)
    w = np.concatenate([wide(dtype, rng), near])
    finite = np.isfinite(w) & (w != 0)
    z, w = z[finite], w[finite]
    check(np.asarray(getattr(xp, name)(xp.asarray(z), xp.asarray(w))), BINARY[name], z, w)


@pytest.mark.parametrize("dtype", DTYPES)
def test_accuracy_of_powers(dtype: str) -> None:
    rng = np.random.default_rng(4)
    size = float(np.log2(limits(dtype).max))
    scales = [(-4, 4, -4, 4), (-size, size, -12, 12), (0, 0, -4, 13)]
    z, w = (np.empty(0, dtype) for _ in range(2))
    for low, high, least, most in scales:
        angles = np.exp(1j * rng.uniform(-np.pi, np.pi, (2, COUNT)))
        z = np.append(z, (np.exp2(rng.uniform(low, high, COUNT)) * angles[0]).astype(dtype))
        w = np.append(w, (np.exp2(rng.uniform(least, most, COUNT)) * angles[1]).astype(dtype))
    close = close_to(1, dtype, rng)
    z, w = (
        np.append(z, close),
        np.append(w, (rng.normal(0, 9, len(close)) / abs(close - 1)).astype(dtype)),
    )
    with np.errstate(all="ignore"):
        exponent = w.astype("complex128") * np.log(z.astype("complex128"))
        good = (abs(exponent.real) < 700) & (abs(exponent.imag) < 1e4)
    z, w = z[good], w[good]
    assert len(z) > COUNT
    check(np.asarray(xp.asarray(z) ** xp.asarray(w)), BINARY["pow"], z, w)


@pytest.mark.parametrize("dtype", DTYPES)
def test_integer_powers_of_integers(dtype: str, subtests: pytest.Subtests) -> None:
    z = np.array([1 + 2j, -3 + 1j, 2j, 5, -1, 0], dtype)
    result = run_all_ways(lambda x: x**2, z)
    np.testing.assert_array_equal(result, np.square(z))
    for n in (0, 1, 3, 5):
        with subtests.test(n=n):
            exact = np.array([complex(x) ** n for x in z], dtype)
            np.testing.assert_allclose(
                xp.asarray(z) ** n, exact, rtol=8 * limits(dtype).eps, atol=1e-7
            )


# All ways


EDGES = (0.0, -0.0, 1.0, -1.0, 2.5, -0.75, np.inf, -np.inf, np.nan)


def edges(dtype: str) -> np.ndarray[Any, Any]:
    """Return all pairs of parts that are special, the largest or the smallest numbers."""
    info = limits(dtype)
    parts = np.array([*EDGES, info.max, -info.max, info.smallest_normal, -info.smallest_subnormal])
    result = np.empty((len(parts), len(parts)), dtype)
    result.real, result.imag = parts[:, None], parts
    return result


def check_sizes(function: Callable[..., Any], *given: tuple[np.ndarray[Any, Any], ...]) -> None:
    """Run one model, all sizes unknown, on arrays of rank 2 and several sizes, and compare."""
    dtype = xp.asarray(given[0][0]).dtype
    shapes = [(dims.dim(f"A{i}", 0), dims.dim(f"B{i}", 0)) for i in range(len(given[0]))]
    program = xp.trace(function, *(Spec(shape, dtype) for shape in shapes))
    for arrays in given:
        result = program(*arrays)
        evaluated = np.asarray(function(*map(xp.asarray, arrays)))
        assert result.shape == evaluated.shape == np.broadcast_shapes(*(a.shape for a in arrays))
        np.testing.assert_array_equal(result, evaluated)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [*UNARY, *PREDICATES])
def test_all_ways_unary(name: str, dtype: str) -> None:
    function = getattr(xp, name)
    grid = edges(dtype)
    result = run_all_ways(function, grid)
    check_sizes(function, (grid[:1, :1],), (grid[:0],), (grid[:0, :0],), (grid[:3, 2:],))
    one = np.asarray(function(xp.asarray(grid[2, 4])))
    assert one.shape == ()
    # kernels treat the last elements of an array in another way than the others
    np.testing.assert_allclose(one, result[2, 4], rtol=8 * limits(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [*BINARY, *COMPARISONS])
def test_all_ways_binary(name: str, dtype: str) -> None:
    function = getattr(xp, name)
    flat = edges(dtype)[:9, :9].reshape(-1)
    result = run_all_ways(function, flat[:, None], flat)
    row, column = flat[None], flat[:, None]
    check_sizes(
        function,
        (column[:3], row[:, :4]),
        (row[:, :0], row[:, :1]),
        (column[:1], column[:1]),
        (column[:0], row[:, :5]),
    )
    one = np.asarray(function(xp.asarray(flat[4]), xp.asarray(flat[30])))
    np.testing.assert_allclose(one, result[4, 30], rtol=8 * limits(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [*PREDICATES, *COMPARISONS, "add", "subtract", "conj", "round"])
def test_as_numpy_in_every_bit(name: str, dtype: str, subtests: pytest.Subtests) -> None:
    flat = edges(dtype).reshape(-1)
    binary = name in BINARY or name in COMPARISONS
    operands = (flat[:, None], flat) if binary else (flat,)
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(*operands)
    result = np.asarray(getattr(xp, name)(*map(xp.asarray, operands)))
    np.testing.assert_array_equal(result, expected)
    if expected.dtype.kind == "c":
        for part in ("real", "imag"):
            with subtests.test(part=part):
                ours, theirs = (np.signbit(getattr(x, part)) for x in (result, expected))
                known = ~np.isnan(getattr(expected, part))
                np.testing.assert_array_equal(ours[known], theirs[known])


# Operands of other dtypes


@pytest.mark.parametrize("other", [np.float32, np.float64, np.complex64])
@pytest.mark.parametrize("operation", [operator.add, operator.mul, operator.truediv, operator.pow])
def test_promotion(
    operation: Callable[[Any, Any], Any], other: Any, subtests: pytest.Subtests
) -> None:
    z = np.array([1 + 2j, -3j, 0.5], np.complex64)
    x = np.array([2, 3, -1], other)
    results = run_all_ways(lambda a, b: [operation(a, b), operation(b, a)], z, x)
    for (a, b), result in zip(((z, x), (x, z)), results, strict=True):
        with subtests.test(first=a.dtype):
            with np.errstate(all="ignore"):
                expected = operation(a, b)
            assert result.dtype == expected.dtype
            np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("scalar", [2, 2.5, 1 - 2j, -0.0])
def test_python_scalars(scalar: complex, subtests: pytest.Subtests) -> None:
    z = np.array([1 + 2j, -3j, 0.5 - 0j])
    for f in (operator.add, operator.sub, operator.mul, operator.eq):
        with subtests.test(operator=f.__name__):
            left = run_all_ways(lambda x, f=f: f(x, scalar), z)
            right = run_all_ways(lambda x, f=f: f(scalar, x), z)
            np.testing.assert_array_equal(left, f(z, scalar))
            np.testing.assert_array_equal(right, f(scalar, z))
    if scalar:
        quotient = run_all_ways(lambda x: x / scalar, z)
        np.testing.assert_allclose(quotient, z / scalar, rtol=1e-15)


# Structure


def boxes(function: Callable[..., Any], count: int = 1) -> list[str]:
    program = xp.trace(function, *("complex128[N]",) * count, functions=True)
    return [node.op_type for node in program.model.graph.node]


@pytest.mark.parametrize(
    "name", ["abs", "acos", "exp", "log", "reciprocal", "sign", "sqrt", "tanh"]
)
def test_a_function_is_one_box(name: str) -> None:
    assert boxes(getattr(xp, name)) == [name]


def test_lean_graphs() -> None:
    assert boxes(operator.mul, 2) == ["multiply"]
    assert boxes(operator.truediv, 2) == ["divide"]
    assert boxes(operator.pow, 2) == ["pow"]
    assert boxes(lambda z: z**2) == ["square"]
    assert boxes(operator.add, 2) == ["Add", "Add"]
    assert boxes(xp.conj) == ["Neg", "Identity"]
    assert boxes(xp.imag) == ["Identity"]
    assert sorted(boxes(operator.eq, 2)) == ["And", "Equal", "Equal"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_signs_of_infinities_are_their_directions(dtype: str) -> None:
    parts = (-np.inf, np.inf, np.nan, -1.5, 0.0, -0.0)
    z = np.asarray([complex(x, y) for x in parts for y in parts], dtype)
    with np.errstate(invalid="ignore"):  # the standard has NaN beside infinity, too
        expected = np.where(np.isnan(z), complex(np.nan, np.nan), np.sign(z)).astype(dtype)
    result = np.asarray(run_all_ways(xp.sign, z))
    np.testing.assert_allclose(result, expected, 2 * np.finfo(dtype).eps)
