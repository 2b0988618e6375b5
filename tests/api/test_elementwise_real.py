"""Elementwise functions of real floating-point numbers: accuracy, special cases, every way to run."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from typing import Any

import mpmath
import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import onnxp as xp
from benchmarks import minimax
from benchmarks.accuracy import ALLOWED, CASES, DTYPES, Points, ulps
from onnxp._src.lowering.elementwise import exponential, hyperbolic, trigonometric
from onnxp._src.lowering.elementwise.table import ELEMENTWISE
from onnxp._src.ops.versions import installed_opset
from onnxp.testing import run_all_ways
from tests.helpers.runtimes import defect

BINARY = """
add atan2 copysign divide equal floor_divide greater greater_equal hypot less less_equal logaddexp maximum
minimum multiply nextafter not_equal pow remainder subtract
""".split()
FLOATING = [
    name for name, row in ELEMENTWISE.items() if xp.float64 in row.allowed and name != "conj"
]
UNARY = [name for name in FLOATING if name not in BINARY]
NUMPY = {
    "acos": "arccos", "acosh": "arccosh", "asin": "arcsin", "asinh": "arcsinh", "atan": "arctan",
    "atan2": "arctan2", "atanh": "arctanh", "pow": "power", "real": "real",
}  # fmt: skip


def numpy_function(name: str) -> Any:
    return getattr(np, NUMPY.get(name, name))


def evaluate(name: str, *arrays: Any) -> np.ndarray[Any, Any]:
    return np.asarray(getattr(xp, name)(*(xp.asarray(a) for a in arrays)))


def edges(dtype: str) -> np.ndarray[Any, Any]:
    """Return zeros, ones, halves, integers, limits and what is beyond."""
    info = np.finfo(dtype)
    positive = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 10.0, 88.0, 710.0, math.pi, info.eps]
    positive += [
        float(info.smallest_subnormal),
        float(info.smallest_normal),
        float(info.max),
        math.inf,
    ]
    some = np.array(positive).astype(dtype)
    ones = np.nextafter(np.ones(2, dtype), np.array([0.0, 2.0], dtype))
    return np.concatenate([some, -some, ones, -ones, np.array([np.nan], dtype)])


def same_kind(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Whether zeros, infinities and NaN are where they should be, with their signs."""
    special = ~np.isfinite(b) | (b == 0) | ~np.isfinite(a) | (a == 0)
    same = (a == b) & (np.signbit(a) == np.signbit(b)) | (np.isnan(a) & np.isnan(b))
    return np.asarray(same | ~special & (np.signbit(a) == np.signbit(b)))


SPECIAL_DEFECTS = {
    **{(n, d): "rounding to zero" for n in ("ceil", "floor") for d in DTYPES},
    **{("floor_divide", d): "rounding to zero" for d in ("float16", "float32")},
    **{("sqrt", d): "square roots" for d in ("float16", "float32")},
    **{(n, "float64"): "small exponentials" for n in ("exp", "logaddexp")},
}
ACCURACY_DEFECTS = {
    ("exp", "float64"): "small exponentials",
    ("sqrt", "float32"): "square roots",
    ("log", "float32"): "logarithms of subnormals",
    **{(n, "float64"): "logarithms of subnormals" for n in ("log", "log2", "log10")},
}


def cases(names: list[str], defects: dict[tuple[str, str], str]) -> Any:
    """Parametrize a test by names and dtypes; those that a runtime gets wrong have to fail there."""
    marked = [
        pytest.param(name, dtype, marks=defect(row) if row else ())
        for name in names
        for dtype in DTYPES
        for row in [defects.get((name, dtype))]
    ]
    return pytest.mark.parametrize(("name", "dtype"), marked)


# Special cases


@cases(UNARY, SPECIAL_DEFECTS)
def test_special_cases_are_those_of_numpy(name: str, dtype: str) -> None:
    x = edges(dtype)
    with np.errstate(all="ignore"):
        expected = numpy_function(name)(x) if name != "conj" else x
    result = evaluate(name, x)
    assert result.dtype == expected.dtype
    good = result == expected if expected.dtype == bool else same_kind(result, expected)
    assert good.all(), (x[~good], result[~good], expected[~good])


@cases([n for n in BINARY if n not in ("floor_divide", "nextafter", "pow")], SPECIAL_DEFECTS)
def test_special_cases_of_pairs_are_those_of_numpy(name: str, dtype: str) -> None:
    x, y = (a.ravel() for a in np.meshgrid(edges(dtype), edges(dtype)))
    with np.errstate(all="ignore"):
        expected = numpy_function(name)(x, y)
    result = evaluate(name, x, y)
    assert result.dtype == expected.dtype
    good = result == expected if expected.dtype == bool else same_kind(result, expected)
    if name in ("maximum", "minimum"):  # either of two zeros
        good |= (x == 0) & (y == 0) & (result == 0)
    tiny = np.finfo(dtype).smallest_normal  # results may underflow or not by a rounding
    good |= (
        (abs(result) < tiny) & (abs(expected) < tiny) & (np.signbit(result) == np.signbit(expected))
    )
    assert good.all(), [a[~good][:5] for a in (x, y, result, expected)]


@pytest.mark.parametrize("dtype", DTYPES)
def test_powers_as_the_standard_has_them(dtype: str, subtests: pytest.Subtests) -> None:
    x, y = (a.ravel() for a in np.meshgrid(edges(dtype), edges(dtype)))
    result = evaluate("pow", x, y)
    for a, b, r in zip(x.tolist(), y.tolist(), result.tolist(), strict=True):
        expected = _power(a, b)
        if expected is not None:
            assert r == expected or (math.isnan(r) and math.isnan(expected)), (a, b, r)
            assert math.copysign(1, r) == math.copysign(1, expected) or math.isnan(r), (a, b, r)
    # a number as exponent takes another path in the runtime
    for exponent in (0.5, -0.5, 2.0, 3.0, 1.0, 0.0):
        with subtests.test(exponent=exponent):
            at_once = np.asarray(xp.pow(xp.asarray(x), exponent))
            one_by_one = evaluate("pow", x, np.full_like(x, exponent))
            assert same_kind(at_once, one_by_one).all(), exponent


def _power(a: float, b: float) -> float | None:
    """Return what the standard's table says, or None if it says nothing."""
    odd = math.isfinite(b) and b == int(b) and int(b) % 2 == 1
    if b == 0 or a == 1:
        return 1.0
    if math.isnan(a) or math.isnan(b):
        return math.nan
    if math.isinf(b):
        if abs(a) == 1:
            return 1.0
        return math.inf if (abs(a) > 1) == (b > 0) else 0.0
    if math.isinf(a):
        size = math.inf if b > 0 else 0.0
        return -size if a < 0 and odd else size
    if a == 0:
        size = 0.0 if b > 0 else math.inf
        return math.copysign(size, a) if odd else size
    if a < 0 and b != int(b):
        return math.nan
    return None


@cases(["floor_divide"], SPECIAL_DEFECTS)
def test_quotients_rounded_down(name: str, dtype: str) -> None:
    """As the standard prefers: the floor of the quotient where that is not one of finite numbers."""
    x, y = (a.ravel() for a in np.meshgrid(edges(dtype), edges(dtype)))
    result = evaluate(name, x, y)
    with np.errstate(all="ignore"):
        expected = np.where(
            np.isfinite(x) & np.isfinite(y) & (y != 0), np.floor_divide(x, y), np.floor(x / y)
        )
    good = same_kind(result, expected) & ((result == expected) | ~np.isfinite(expected))
    assert good.all(), [a[~good][:5] for a in (x, y, result, expected)]


@given(st.floats(width=32), st.floats(width=32))
def test_quotient_and_remainder_are_exact(x: float, y: float) -> None:
    if not (math.isfinite(x) and math.isfinite(y)) or y == 0:
        return
    quotient = Fraction(x) // Fraction(y)
    rest = Fraction(x) - quotient * Fraction(y)
    if abs(quotient) < 2**24:
        assert float(evaluate("floor_divide", np.float32(x), np.float32(y))) == quotient
    if abs(quotient) < 2**51:
        assert float(evaluate("floor_divide", x, y)) == quotient
    result = evaluate("remainder", x, y)
    assert float(result) == float(rest)
    assert np.signbit(result) == (y < 0)


# Accuracy


@cache
def worst(name: str, dtype: str) -> tuple[float, Any]:
    """Return the worst error on a few hundred arguments of each sort, by mpmath."""
    case = CASES[name]
    found: tuple[float, Any] = (0.0, None)
    for sample in case.points(Points(dtype, 150, seed=1)):
        arguments = sample if isinstance(sample, tuple) else (sample,)
        size = min(min(map(len, arguments)), 600)
        if not size:  # float16 has no such numbers
            continue
        arguments = tuple(np.random.default_rng(0).permutation(a)[:size] for a in arguments)
        result = evaluate(name, *arguments)
        truth = _truth(name, arguments)
        errors = ulps(result, truth)
        at = int(errors.argmax())
        found = max(found, (float(errors[at]), [a[at] for a in arguments]), key=lambda f: f[0])
    return found


def _truth(name: str, arguments: tuple[Any, ...]) -> np.ndarray[Any, Any]:
    """Return values as long doubles; on platforms without, they are as good as float64."""
    function = getattr(mpmath, {"add": "fadd", "atan2": "atan2"}.get(name, name), None)
    result = np.empty(arguments[0].shape, np.longdouble)
    with mpmath.workprec(1300 if name in ("sin", "cos", "tan") else 300):
        for i, numbers in enumerate(zip(*(a.tolist() for a in arguments), strict=True)):
            value = _exact(name, function, [mpmath.mpf(x) for x in numbers])
            near = float(value)
            rest = float(value - near) if math.isfinite(near) else 0.0
            result[i] = np.longdouble(near) + np.longdouble(rest)
    return result


def _exact(name: str, function: Any, numbers: list[Any]) -> Any:
    x = numbers[0]
    match name:
        case "log2":
            value = mpmath.log(x, 2)
        case "pow":
            value = mpmath.power(*numbers)
        case "logaddexp":
            low, high = sorted(numbers)
            value = high + mpmath.log1p(mpmath.exp(low - high))
        case _:
            value = function(*numbers)
    return value if isinstance(value, mpmath.mpf) else mpmath.nan


TRANSCENDENTAL = """
acos acosh asin asinh atan atan2 atanh cos cosh exp expm1 hypot log log10 log1p log2 logaddexp pow sin sinh sqrt
tan tanh
""".split()


@cases(TRANSCENDENTAL, ACCURACY_DEFECTS)
def test_errors_are_as_small_as_promised(name: str, dtype: str) -> None:
    error, arguments = worst(name, dtype)
    assert error <= ALLOWED[dtype], arguments
    if dtype == "float16":
        assert error < 0.502, arguments  # rounded once, from float32 or better


@pytest.mark.parametrize("name", [n for n in UNARY if n in CASES])
def test_float16_rounds_the_float32_result(name: str) -> None:
    x = np.arange(2**16, dtype=np.uint16).view(np.float16)
    with np.errstate(all="ignore"):
        expected = evaluate(name, x.astype(np.float32)).astype(np.float16)
    result = evaluate(name, x)
    same = (result == expected) | (np.isnan(result) & np.isnan(expected))
    step = abs(result.view(np.int16).astype(int) - expected.view(np.int16).astype(int))
    assert (same | (step <= 1)).all(), x[~same & (step > 1)]


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_angles_do_not_depend_on_their_neighbours(name: str) -> None:
    rng = np.random.default_rng(0)
    small, large = rng.uniform(-1e5, 1e5, 50), rng.uniform(-1e300, 1e300, 50)
    mixed = evaluate(name, np.concatenate([small, large, [np.inf, np.nan]]))
    np.testing.assert_array_equal(mixed[:50], evaluate(name, small))
    np.testing.assert_array_equal(mixed[50:100], evaluate(name, large))
    assert np.isnan(mixed[100:]).all()


def test_sines_stay_between_one_and_minus_one() -> None:
    x = np.concatenate(
        [np.arange(1, 400) * (math.pi / 2) + d for d in np.linspace(-1e-7, 1e-7, 101)]
    )
    assert abs(evaluate("sin", x)).max() == 1.0
    assert abs(evaluate("cos", x)).max() == 1.0
    assert abs(evaluate("tanh", np.linspace(-20, 20, 10001).astype(np.float32))).max() == 1.0


@defect("logarithms of subnormals")
def test_logarithms_of_powers_are_exact() -> None:
    k = np.arange(-1074, 1024)
    np.testing.assert_array_equal(evaluate("log2", np.ldexp(1.0, k)), k)
    k = np.arange(-307, 309)
    np.testing.assert_array_equal(evaluate("log10", np.array([float(f"1e{i}") for i in k])), k)
    k = np.arange(-149, 128)
    np.testing.assert_array_equal(evaluate("log2", np.ldexp(np.float32(1), k)), k)


def test_logaddexp_near_zero(subtests: pytest.Subtests) -> None:
    x = np.random.default_rng(0).uniform(-5, -0.02, 300)
    y = np.log(-np.expm1(x)) * (1 + 1e-4 * np.random.default_rng(1).uniform(-1, 1, 300))
    for dtype in ("float32", "float64"):
        with subtests.test(dtype=dtype):
            a, b = x.astype(dtype), y.astype(dtype)
            error = ulps(evaluate("logaddexp", a, b), _truth("logaddexp", (a, b)))
            assert error.max() <= ALLOWED[dtype]
    # shapes that broadcast, with what the branch must not trip over
    a, b = np.array([[-1.0], [np.nan], [-np.inf]]), np.array([math.log(1 - math.exp(-1.0)), np.inf])
    result = run_all_ways(xp.logaddexp, a, b)
    assert abs(result[0, 0]) < 1e-15
    assert np.isnan(result[1, 0])
    assert result[2, 0] == b[0]
    assert result[2, 1] == np.inf


COEFFICIENTS = {
    "trigonometry._SINE, negated": [-c for c in trigonometric._SINE],
    "trigonometry._COTANGENT": trigonometric._COTANGENT,
    "trigonometry._ARCSINE": trigonometric._ARCSINE,
    "trigonometry._ARCTANGENT, negated": [-c for c in trigonometric._ARCTANGENT],
    "exponential._EXPM1": exponential._EXPM1,
    "hyperbolic._SINH": hyperbolic._SINH,
    "hyperbolic._TANH": hyperbolic._TANH,
}


@pytest.mark.parametrize("name", minimax.PARTS)
def test_polynomials_are_as_good_as_float64(name: str) -> None:
    part = minimax.PARTS[name]
    assert len(COEFFICIENTS[name]) == part.terms
    assert minimax.error(part, COEFFICIENTS[name]) < 2.0**-57


# Signs and neighbours


def bit_patterns(dtype: str) -> np.ndarray[Any, Any]:
    """Return edges, both signs of NaN, and random bits."""
    unsigned = np.dtype(f"uint{np.dtype(dtype).itemsize * 8}")
    random = np.random.default_rng(0).integers(
        0, np.iinfo(unsigned).max, 300, unsigned, endpoint=True
    )
    return np.concatenate([edges(dtype), -edges(dtype)[-1:], random.view(dtype)])


@pytest.mark.parametrize("opset", [None, installed_opset()])
@pytest.mark.parametrize("dtype", DTYPES)
def test_signs_and_neighbours(dtype: str, opset: int | None) -> None:
    values = bit_patterns(dtype)
    x, y = (a.ravel() for a in np.meshgrid(values, values[:40]))
    spec = xp.spec(("N",), getattr(xp, dtype))

    by_bits = opset is not None and opset >= 26

    def compute(name: str, *arrays: Any) -> Any:
        specs = [spec] * len(arrays)
        program = xp.trace(getattr(xp, name), *specs, opset=opset)
        (version,) = (i.version for i in program.model.opset_import if not i.domain)
        assert version == (26 if by_bits else 21)
        return program(*arrays)

    known = np.ones(x.shape, bool) if by_bits else ~np.isnan(x) & ~np.isnan(y)
    np.testing.assert_array_equal(compute("signbit", x)[known], np.signbit(x)[known])
    copied = compute("copysign", x, y)
    assert (copied.view(f"V{x.itemsize}") == np.copysign(x, y).view(f"V{x.itemsize}"))[known].all()
    assert np.isnan(copied[np.isnan(x)]).all()
    neighbour = compute("nextafter", x, y)
    with np.errstate(all="ignore"):
        expected = np.where(x == y, y, np.nextafter(x, y))  # numpy errs between zeros of float16
    same = (neighbour == expected) & (np.signbit(neighbour) == np.signbit(expected))
    same |= np.isnan(neighbour) & np.isnan(expected)
    assert same.all(), (x[~same], y[~same], neighbour[~same])


# Casts


def test_float64_to_float16_rounds_once() -> None:
    half = np.unique(np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float64))
    half = half[np.isfinite(half)]
    ties = (half[1:] + half[:-1]) / 2
    limit = np.array([65519.99999999999, 65520.0, 65520.00000000001, 1e300, np.inf, np.nan, 5e-324])
    x = np.concatenate([half, ties, ties * (1 + 1e-13), ties * (1 - 1e-13), limit, -limit])
    with np.errstate(over="ignore"):
        expected = x.astype(np.float16)
    result = np.asarray(xp.astype(xp.asarray(x), xp.float16))
    assert same_kind(result, expected).all()
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "target", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
)
def test_numbers_that_do_not_fit_are_cast_alike_everywhere(
    dtype: str, target: str, subtests: pytest.Subtests
) -> None:
    for number in (np.nan, np.inf, -np.inf, -1.5, 3e9, -3e9, 1e19, 300.0):
        with subtests.test(number=number):
            with np.errstate(all="ignore"):
                x = np.array([number]).astype(dtype)
            one = np.asarray(xp.astype(xp.asarray(x), getattr(xp, target)))
            many = np.asarray(xp.astype(xp.asarray(np.repeat(x, 37)), getattr(xp, target)))
            assert (many == one).all(), number


# Every way to run


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FLOATING)
def test_every_way(name: str, dtype: str) -> None:
    function = getattr(xp, name)
    rng = np.random.default_rng(0)

    def random(*shape: int) -> np.ndarray[Any, Any]:
        return np.asarray(rng.normal(0, 2, shape)).astype(dtype)

    if name in BINARY:
        shapes = [((3, 1), (4,)), ((0,), (1,)), ((), (2, 1, 2)), ((1, 1), (1,))]
        pairs = [(random(*first), random(*second)) for first, second in shapes]
        pairs.append((edges(dtype), edges(dtype)[::-1]))
        arrays = [x for pair in pairs for x in pair]
        run_all_ways(lambda *xs: list(map(function, xs[::2], xs[1::2])), *arrays)
    else:
        arrays = [random(*shape) for shape in ((2, 3), (0,), (), (1, 1, 1))]
        run_all_ways(lambda *xs: list(map(function, xs)), *arrays, edges(dtype).reshape(1, -1))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "uint64"])
@pytest.mark.parametrize(
    "name",
    "abs ceil floor isfinite isinf isnan positive round sign square trunc".split(),
)
def test_integers_go_the_obvious_way(name: str, dtype: str) -> None:
    if dtype == "bool":
        x = np.array([True, False])
        if name in ("positive", "sign"):  # numpy refuses them, too
            with pytest.raises(TypeError, match=name):
                getattr(xp, name)(xp.asarray(x))
            return
    else:
        limits = np.iinfo(dtype)
        x = np.array([limits.min, 0, 1, 5, limits.max], dtype)
    rounding = dtype != "bool" and name in ("ceil", "floor", "round", "trunc")
    expected = x if rounding else numpy_function(name)(x)  # bool rounds to float16 before numpy 2.1
    result = run_all_ways(getattr(xp, name), x)
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result, expected)


def operators(name: str, dtype: str, count: int = 1) -> list[str]:
    spec = xp.spec(("N", 10), getattr(xp, dtype))
    program = xp.trace(getattr(xp, name), *[spec] * count, functions=True)
    return [node.op_type for node in program.model.graph.node]


def test_graphs_are_lean(subtests: pytest.Subtests) -> None:
    for name in "acos acosh asin asinh atan atanh cos cosh exp log sin sinh tan tanh".split():
        with subtests.test(name=name):
            kernel = name.capitalize()
            box = name if name not in ("exp", "log") else kernel
            assert operators(name, "float64") == [box]
            assert operators(name, "float16") == ["Cast", kernel, "Cast"]
            assert operators(name, "float32") == [name if name == "tanh" else kernel]
    for name in "atan2 floor_divide hypot logaddexp remainder copysign nextafter".split():
        with subtests.test(name=name):
            for dtype in DTYPES:
                assert operators(name, dtype, 2) == [name]
    assert operators("isfinite", "float32") == ["Abs", "Less"]
    assert operators("round", "int32") == ["Identity"]


def test_models_need_no_new_opset(subtests: pytest.Subtests) -> None:
    for name in FLOATING:
        if name in ("copysign", "nextafter", "signbit"):
            continue
        count = 2 if name in BINARY else 1
        for dtype in DTYPES:
            with subtests.test(name=name, dtype=dtype):
                specs = [xp.spec(("N",), getattr(xp, dtype))] * count
                program = xp.trace(getattr(xp, name), *specs)
                assert {i.version for i in program.model.opset_import if not i.domain} == {21}
                onnx.checker.check_model(program.model, full_check=True)


@pytest.mark.parametrize("name", "asin expm1 sinh tanh".split())
def test_random_choices_are_sums_of_products(name: str) -> None:
    """Where takes 15 times as long where the choice is random."""
    model = xp.trace(getattr(xp, name), "float64[N]").model
    operators = {node.op_type for f in (model.graph, *model.functions) for node in f.node}
    assert "Where" not in operators


@pytest.mark.parametrize("name", "atan2 trunc".split())
def test_signs_are_not_computed_by_slow_kernels(name: str) -> None:
    """Sign of float32 takes ten times as long as a comparison."""
    count = 2 if name == "atan2" else 1
    model = xp.trace(getattr(xp, name), *["float32[N]"] * count).model
    operators = {node.op_type for f in (model.graph, *model.functions) for node in f.node}
    assert "Sign" not in operators
