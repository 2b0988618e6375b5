"""Special values of complex functions: the standard's tables, symmetries, and the sides of branch cuts."""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import inf, nan, pi
from typing import Any

import numpy as np
import pytest

import onnxp as xp

DTYPES = ("complex64", "complex128")

# function, real and imaginary part of the operand, and of the result; ? before a sign that is free
CASES = """
abs     ±inf      any       inf     -
abs     any       ±inf      inf     -
abs     nan       finite    nan     -
abs     finite    nan       nan     -
abs     nan       nan       nan     -
acos    ±0        0         π/2     -0
acos    ±0        nan       π/2     nan
acos    finite    inf       π/2     -inf
acos    nonzero   nan       nan     nan
acos    -inf      positive  π       -inf
acos    inf       positive  0       -inf
acos    -inf      inf       3π/4    -inf
acos    inf       inf       π/4     -inf
acos    ±inf      nan       nan     ?inf
acos    nan       finite    nan     nan
acos    nan       inf       nan     -inf
acos    nan       nan       nan     nan
acosh   ±0        0         0       π/2
acosh   finite    inf       inf     π/2
acosh   nonzero   nan       nan     nan
acosh   0         nan       nan     ?π/2
acosh   -inf      positive  inf     π
acosh   inf       positive  inf     0
acosh   -inf      inf       inf     3π/4
acosh   inf       inf       inf     π/4
acosh   ±inf      nan       inf     nan
acosh   nan       finite    nan     nan
acosh   nan       inf       inf     nan
acosh   nan       nan       nan     nan
asinh   0         0         0       0
asinh   positive  inf       inf     π/2
asinh   finite    nan       nan     nan
asinh   inf       positive  inf     0
asinh   inf       inf       inf     π/4
asinh   nan       0         nan     0
asinh   nan       nonzero   nan     nan
asinh   nan       inf       ?inf    nan
asinh   nan       nan       nan     nan
atanh   0         0         0       0
atanh   0         nan       0       nan
atanh   1         0         inf     0
atanh   positive  inf       0       π/2
atanh   nonzero   nan       nan     nan
atanh   inf       positive  0       π/2
atanh   inf       inf       0       π/2
atanh   inf       nan       0       nan
atanh   nan       finite    nan     nan
atanh   nan       inf       ?0      π/2
atanh   nan       nan       nan     nan
cosh    0         0         1       0
cosh    0         inf       nan     ?0
cosh    0         nan       nan     ?0
cosh    nonzero   inf       nan     nan
cosh    nonzero   nan       nan     nan
cosh    inf       0         inf     0
cosh    inf       inf       ?inf    nan
cosh    inf       nan       inf     nan
cosh    nan       ±0        nan     ?0
cosh    nan       nonzero   nan     nan
cosh    nan       nan       nan     nan
exp     ±0        0         1       0
exp     finite    inf       nan     nan
exp     finite    nan       nan     nan
exp     inf       0         inf     0
exp     -inf      inf       ?0      ?0
exp     inf       inf       ?inf    nan
exp     -inf      nan       ?0      ?0
exp     inf       nan       ?inf    nan
exp     nan       0         nan     0
exp     nan       nonzero   nan     nan
exp     nan       nan       nan     nan
expm1   ±0        0         0       0
expm1   finite    inf       nan     nan
expm1   finite    nan       nan     nan
expm1   inf       0         inf     0
expm1   -inf      finite    -1      ?0
expm1   -inf      inf       -1      ?0
expm1   inf       inf       ?inf    nan
expm1   -inf      nan       -1      ?0
expm1   inf       nan       ?inf    nan
expm1   nan       0         nan     0
expm1   nan       nonzero   nan     nan
expm1   nan       nan       nan     nan
log     -0        0         -inf    π
log     0         0         -inf    0
log     finite    inf       inf     π/2
log     finite    nan       nan     nan
log     -inf      positive  inf     π
log     inf       positive  inf     0
log     -inf      inf       inf     3π/4
log     inf       inf       inf     π/4
log     ±inf      nan       inf     nan
log     nan       finite    nan     nan
log     nan       inf       inf     nan
log     nan       nan       nan     nan
log1p   -1        0         -inf    0
log1p   finite    inf       inf     π/2
log1p   finite    nan       nan     nan
log1p   -inf      positive  inf     π
log1p   inf       positive  inf     0
log1p   -inf      inf       inf     3π/4
log1p   inf       inf       inf     π/4
log1p   ±inf      nan       inf     nan
log1p   nan       finite    nan     nan
log1p   nan       inf       inf     nan
log1p   nan       nan       nan     nan
sign    ±0        ±0        0       0
sign    nan       any       nan     nan
sign    any       nan       nan     nan
sinh    0         0         0       0
sinh    0         inf       ?0      nan
sinh    0         nan       ?0      nan
sinh    positive  inf       nan     nan
sinh    positive  nan       nan     nan
sinh    inf       0         inf     0
sinh    inf       inf       ?inf    nan
sinh    inf       nan       ?inf    nan
sinh    nan       0         nan     0
sinh    nan       nonzero   nan     nan
sinh    nan       nan       nan     nan
sqrt    ±0        0         0       0
sqrt    any       inf       inf     inf
sqrt    finite    nan       nan     nan
sqrt    -inf      positive  0       inf
sqrt    inf       positive  inf     0
sqrt    -inf      nan       nan     ?inf
sqrt    inf       nan       inf     nan
sqrt    nan       finite    nan     nan
sqrt    nan       nan       nan     nan
tanh    0         0         0       0
tanh    nonzero   inf       nan     nan
tanh    0         inf       0       nan
tanh    nonzero   nan       nan     nan
tanh    0         nan       0       nan
tanh    inf       positive  1       0
tanh    inf       inf       1       ?0
tanh    inf       nan       1       ?0
tanh    nan       0         nan     0
tanh    nan       nonzero   nan     nan
tanh    nan       nan       nan     nan
"""

POSITIVE = (5e-324, 1e-45, 1e-3, 0.5, 1.0, 2.0, 3.0, 30.0, 1e30, 1e300)
ROWS = [line.split() for line in CASES.strip().splitlines()]
CLASSES = {
    "positive": POSITIVE,
    "nonzero": (*POSITIVE, *(-x for x in POSITIVE)),
    "finite": (*POSITIVE, *(-x for x in POSITIVE), 0.0, -0.0),
    "any": (*POSITIVE, *(-x for x in POSITIVE), 0.0, -0.0, inf, -inf, nan),
    "±inf": (inf, -inf),
    "±0": (0.0, -0.0),
}
NUMBERS = {"π": pi, "π/2": pi / 2, "π/4": pi / 4, "3π/4": 3 * pi / 4}


def number(text: str) -> float:
    return NUMBERS[text] if text in NUMBERS else float(text)


def operands(real: str, imag: str, dtype: str) -> np.ndarray[Any, Any]:
    """Return all numbers of which the parts are in classes, but those that the dtype does not have."""
    part = np.dtype(dtype).type(0).real.dtype
    sides = []
    for text in (real, imag):
        values = np.array(CLASSES.get(text) or (number(text),))
        with np.errstate(all="ignore"):
            kept = values.astype(part)
        sides.append(
            kept[(np.isfinite(kept) == np.isfinite(values)) & ((kept == 0) == (values == 0))]
        )
    result = np.empty((len(sides[0]), len(sides[1])), dtype)
    result.real, result.imag = sides[0][:, None], sides[1]
    return result.reshape(-1)


def same(part: np.ndarray[Any, Any], text: str) -> np.ndarray[Any, Any]:
    """Whether numbers are as a row of the table says."""
    expected = number(text.lstrip("?"))
    if np.isnan(expected):
        return np.asarray(np.isnan(part))
    size = (
        abs(abs(part) - abs(expected)) <= 4 * np.finfo(part.dtype).eps
        if abs(expected) < inf
        else abs(part) == inf
    )
    if not expected:
        size = part == 0
    sign = np.signbit(part) == np.signbit(expected)
    return np.asarray(size & (sign | text.startswith("?")))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_special_cases_of_the_standard(row: list[str], dtype: str) -> None:
    name, real, imag, *expected = row
    z = operands(real, imag, dtype)
    result = np.asarray(getattr(xp, name)(xp.asarray(z)))
    parts = (result,) if name == "abs" else (result.real, result.imag)
    for part, text in zip(parts, expected, strict=False):
        good = same(part, text)
        assert good.all(), (z[~good], result[~good])


# Symmetries

GRID = (0.0, 0.3, 1.0, 2.0, 40.0, inf, nan)
ODD = ("asin", "asinh", "atan", "atanh", "sin", "sinh", "tan", "tanh")
EVEN = ("cos", "cosh")
FUNCTIONS = tuple(
    "acos acosh asin asinh atan atanh cos cosh exp expm1 log log10 log1p log2 reciprocal sin sinh sqrt "
    "square tan tanh".split()
)
TURNED = {"sin": "sinh", "tan": "tanh", "asin": "asinh", "atan": "atanh"}


def grid(dtype: str) -> np.ndarray[Any, Any]:
    sides = np.array([*GRID, *(-x for x in GRID)])
    result = np.empty((len(sides), len(sides)), dtype)
    result.real, result.imag = sides[:, None], sides
    return result


def assert_same(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], where: Any) -> None:
    """Compare; signs of zeros too, where an operand is finite."""
    np.testing.assert_array_equal(a, b)
    for p, q in ((a.real, b.real), (a.imag, b.imag)):
        wrong = where & (p == 0) & (np.signbit(p) != np.signbit(q))
        assert not wrong.any(), np.argwhere(wrong)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_conjugates(name: str, dtype: str) -> None:
    z = grid(dtype)
    function = getattr(xp, name)
    result, other = (np.asarray(function(xp.asarray(x))) for x in (z, np.conj(z)))
    plain = np.isfinite(z)
    if name == "reciprocal":
        plain &= z != 0
    assert_same(np.conj(result), other, plain)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [*ODD, *EVEN])
def test_odd_and_even(name: str, dtype: str) -> None:
    z = grid(dtype)
    function = getattr(xp, name)
    result, other = (np.asarray(function(xp.asarray(x))) for x in (z, -z))
    if name in ODD:
        assert_same(-result, other, np.isfinite(z))
    else:
        assert_same(result, other, np.isfinite(z))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", TURNED)
def test_turned_by_a_right_angle(name: str, dtype: str) -> None:
    """As if the operation is implemented as ``-1j * sinh(x*1j)``, with a product that keeps all signs."""
    z = grid(dtype)
    turned = np.empty_like(z)
    turned.real, turned.imag = -z.imag, z.real
    result = np.asarray(getattr(xp, TURNED[name])(xp.asarray(turned)))
    back = np.empty_like(z)
    back.real, back.imag = result.imag, -result.real
    assert_same(np.asarray(getattr(xp, name)(xp.asarray(z))), back, np.isfinite(z))


# Branch cuts

REAL_AXIS = np.array([-1e30, -3.0, -1.5, -1.0, -0.5, -1e-30, -0.0, 0.0, 1e-30, 0.5, 1.0, 2.0, 1e30])
CUTS: dict[str, Callable[..., Any]] = {
    "acos": np.arccos,
    "acosh": np.arccosh,
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atanh": np.arctanh,
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "log2": np.log2,
    "sqrt": np.sqrt,
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("imaginary", [False, True])
@pytest.mark.parametrize("name", CUTS)
def test_sides_of_branch_cuts(name: str, imaginary: bool, dtype: str) -> None:
    z = np.zeros((2, len(REAL_AXIS)), dtype)
    along, across = (z.imag, z.real) if imaginary else (z.real, z.imag)
    along[:], across[1] = REAL_AXIS, -0.0
    if name == "log1p":  # numpy's is wrong near 0
        z = z[:, (abs(REAL_AXIS) > 1e-3) | (REAL_AXIS == 0)]
    with np.errstate(all="ignore"):
        expected = CUTS[name](z)
    result = np.asarray(getattr(xp, name)(xp.asarray(z)))
    eps = float(np.finfo(dtype).eps)
    for ours, theirs in ((result.real, expected.real), (result.imag, expected.imag)):
        np.testing.assert_allclose(ours, theirs, rtol=16 * eps, atol=eps)
        clear = abs(theirs) > abs(expected) * 1e-6
        clear |= theirs == 0
        assert (np.signbit(ours) == np.signbit(theirs))[clear].all(), (z, result, expected)


# Arithmetic


@pytest.mark.parametrize("dtype", DTYPES)
def test_division_by_zero_and_infinity(dtype: str, subtests: pytest.Subtests) -> None:
    z = np.array([1 + 2j, -1 - 2j, 3, 0], dtype)
    for zero in (0j, complex(-0.0, 0.0), complex(0.0, -0.0)):
        with subtests.test(zero=zero):
            result = np.asarray(xp.asarray(z) / xp.asarray(np.array(zero, dtype)))
            np.testing.assert_array_equal(result[:2].real, [inf, -inf])
            np.testing.assert_array_equal(result[:2].imag, [inf, -inf])
            np.testing.assert_array_equal(result[2:].real, [inf, nan])
            assert np.isnan(result[2:].imag).all()
    for far in (complex(inf, 1), complex(-inf, -inf), complex(0, inf)):
        with subtests.test(far=far):
            assert (np.asarray(xp.asarray(z) / xp.asarray(np.array(far, dtype))) == 0).all()
    infinite = xp.asarray(np.array([complex(inf, 0), complex(0, inf)], dtype))
    assert np.isinf(np.asarray(infinite / xp.asarray(np.array(2 + 0j, dtype)))).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_powers_of_special_numbers(dtype: str) -> None:
    cases = [
        (0, 0, 1),
        (complex(nan, 1), 0, 1),
        (0, 2, 0),
        (0, 1 + 1j, 0),
        (0, 1j, complex(nan, nan)),
        (2, complex(-inf, 0), 0),
        (1, 1e30, 1),
        (-1, 0.5, 1j),
        (complex(nan, 0), 1, complex(nan, nan)),
        (2, complex(nan, 0), complex(nan, nan)),
    ]
    z, w, expected = (np.array(column, dtype) for column in zip(*cases, strict=True))
    result = np.asarray(xp.asarray(z) ** xp.asarray(w))
    np.testing.assert_allclose(result, expected, atol=1e-15)
    assert np.isinf(np.asarray(xp.asarray(np.array(0, dtype)) ** xp.asarray(np.array(-1, dtype))))
    assert np.isinf(np.asarray(xp.asarray(np.array(inf, dtype)) ** 3))


def test_real_times_infinite(subtests: pytest.Subtests) -> None:
    """Real operands become complex first, as numpy's do: zero times infinity is NaN."""
    z = np.array([complex(inf, 0), complex(1, 1), complex(0, inf)])
    x = np.array([2.0, inf, -1.0])
    for f in (operator.mul, operator.add, operator.sub):
        with subtests.test(operator=f.__name__):
            with np.errstate(all="ignore"):
                expected = f(z, x)
            np.testing.assert_array_equal(np.asarray(f(xp.asarray(z), xp.asarray(x))), expected)
