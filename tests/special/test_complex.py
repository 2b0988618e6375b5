"""Special functions of complex numbers: errors against mpmath, and the rest against scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.special
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import onnxp as xp
from benchmarks.complex_accuracy import ROWS, Row, measure
from onnxp.errors import ArgumentTypeError, DTypeError
from onnxp.special._complex import RECIPES
from onnxp.testing import run_all_ways
from tests.helpers.sessions import session
from tests.helpers.special import function, reference

NAMES = sorted({recipe.__name__ for recipe in RECIPES})
ONE = [name for name in NAMES if name not in ("xlogy", "xlog1py")]
ALLOWED = 12.0
ROUGH = {"gamma": 30.0, "rgamma": 30.0, "loggamma": 400.0, "psi": 100.0}
"""Near their zeros, and for large results, some functions have larger errors; scipy's are larger still."""
CUTS = {"exp1", "log1p", "loggamma", "spence", "xlogy", "xlog1py"}
Z = np.array([[0.3 + 1j, -0.7 + 0.2j, 2.5 - 3j], [-4.2 - 1e-3j, 12 + 9j, 1e-8j]])


def usual(name: str) -> tuple[np.ndarray[Any, Any], ...]:
    return (Z,) if name in ONE else (Z, Z[::-1] + 0.1)


def test_scipy_takes_complex_numbers_for_the_same_functions():
    ufuncs = {name: getattr(scipy.special, name, None) for name in xp.special.__all__}
    complex_ = {
        name for name, ufunc in ufuncs.items() if any("D" in t for t in getattr(ufunc, "types", ()))
    }
    assert complex_ | {"sinc"} == {*NAMES, "digamma"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name} {row.arguments}")
def test_errors(row: Row):
    figures = measure(row, 20, seed=3)
    assert figures.complex64 < 1.0
    assert figures.complex128 < ROUGH.get(row.name, ALLOWED)


@pytest.mark.parametrize("name", ["erf", "exp1", "psi", "xlogy"])
def test_every_way(name: str):
    arguments = usual(name)
    result = run_all_ways(function(name), *arguments)
    np.testing.assert_allclose(result, reference(name)(*arguments), rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_single_precision(name: str):
    arguments = tuple(z.astype(np.complex64) for z in usual(name))
    result = np.asarray(function(name)(*map(xp.asarray, arguments)))
    assert result.dtype == np.complex64
    expected = reference(name)(*(z.astype(complex) for z in arguments))
    np.testing.assert_allclose(result, expected, rtol=3e-7)


@pytest.mark.parametrize("name", NAMES)
def test_bare_sessions(name: str):
    """Of no, one and several elements, by the oldest opset."""
    arguments = [z.ravel() for z in usual(name)]
    model = xp.trace(function(name), *["complex128[N]"] * len(arguments)).model
    assert all(entry.version == 21 for entry in model.opset_import if not entry.domain)
    for running in (session(model, "default"), session(model, "disabled")):
        inputs = [entry.name for entry in running.get_inputs()]
        for size in (0, 1, 6):
            cut = [z[:size] for z in arguments]
            planes = [part.copy() for z in cut for part in (z.real, z.imag)]
            real, imag = running.run(None, dict(zip(inputs, planes, strict=True)))
            np.testing.assert_allclose(real + 1j * imag, reference(name)(*cut), rtol=1e-12)


@pytest.mark.parametrize("name", ONE)
def test_conjugates(name: str):
    """Also on both sides of the cuts, which the signs of zeros tell apart."""
    z = np.array([1 + 2j, -3 + 0.5j, complex(-2.5, 0.0), complex(0.7, 0.0), 3j, complex(-0.0, 1.0)])
    upper, lower = (np.asarray(function(name)(xp.asarray(w))) for w in (z, z.conj()))
    np.testing.assert_array_equal(upper, lower.conj())


@pytest.mark.parametrize("name", ONE)
def test_real_numbers(name: str):
    x = np.array([0.2, 0.9, 1.7, 4.0, 31.0]) * ([1.0] if name in CUTS else [[1.0], [-1.01]])
    result = np.asarray(function(name)(xp.asarray(x + 0j)))
    expected = np.asarray(function(name)(xp.asarray(x)))
    np.testing.assert_allclose(result.real, expected, rtol=2e-13, atol=1e-300)
    assert (result.imag == 0.0).all()


@pytest.mark.parametrize("name", [name for name in ONE if name != "sinc"])
def test_zeros_poles_and_nan(name: str):
    z = np.array([0j, complex(0.0, -0.0), 1 + 0j, -1 + 0j, -2 + 0j, complex(np.nan, 1.0), 1e-300j])
    result = np.asarray(function(name)(xp.asarray(z)))
    np.testing.assert_allclose(result, reference(name)(z), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize(
    "z", [1e101 + 0j, 1e160 + 0j, 1e200 + 3e199j, 1e120j, 1e300j, 1e307 + 1e306j, np.inf + 0j]
)
def test_far_numbers(z: complex):
    result = np.asarray(xp.special.erfcx(xp.asarray([z])))
    np.testing.assert_allclose(result, scipy.special.erfcx(np.asarray([z])), rtol=1e-14)


@pytest.mark.parametrize("z", [9.98e148 + 9.95e149j, 6.1e133 + 1e150j])
def test_logarithms_of_far_numbers(z: complex):
    result = np.asarray(xp.special.log_ndtr(xp.asarray([z])))
    np.testing.assert_allclose(
        result.real, scipy.special.log_ndtr(np.asarray([z])).real, rtol=1e-14
    )


@pytest.mark.parametrize(
    ("name", "z", "expected"),
    [
        ("erf", 1e200 + 0j, 1.0),
        ("erf", 3 + 1e5j, complex(np.inf, np.inf)),
        ("erfc", 1e5j, complex(1.0, -np.inf)),
        ("erfc", 1e5 + 1j, 0.0),
        ("erfcx", 1e10 + 0j, 5.641895835477563e-11),
        ("gamma", 1e5 + 0j, np.inf),
        ("gamma", -1e5 + 1j, 0.0),
        ("rgamma", 1e5 + 0j, 0.0),
        ("psi", -1.7e-287 + 0j, 5.88235294117647e286),
        ("psi", -1 + 1e-200j, complex(0.42278433509846713, 1e200)),
        ("gamma", -1 + 1e-200j, complex(0.42278433509846713, 1e200)),
        ("exp1", 1e300 + 0j, 0.0),
        ("expi", 1e5 + 1j, complex(np.inf, np.inf)),
        ("spence", 1e300 + 0j, -238587.05990559477),
    ],
)
def test_extreme_numbers(name: str, z: complex, expected: complex):
    result = np.asarray(function(name)(xp.asarray(z)))
    parts = np.array([abs(result.real), abs(result.imag)])
    limits = np.array([abs(np.real(expected)), abs(np.imag(expected))])
    np.testing.assert_allclose(parts, limits, rtol=1e-14, atol=1e-300)


@given(
    x=st.floats(-20, 20),
    y=st.floats(-20, 20),
    name=st.sampled_from([name for name in ONE if name != "log_ndtr"]),
)
@settings(max_examples=100, deadline=None)
def test_against_scipy(x: float, y: float, name: str):
    assume(name != "psi" or not -1e-9 < x < 0.0)  # scipy adds 1 to them
    z = np.array([complex(x, y)])
    result = np.asarray(function(name)(xp.asarray(z)))
    expected = reference(name)(z)
    size = np.maximum(abs(expected.real), abs(expected.imag))
    if np.isfinite(size).all():
        np.testing.assert_array_less(abs(result - expected), 1e-10 * size + 1e-13)


def test_products_with_numbers_of_other_kinds():
    x, z = xp.asarray([0.0, 2.0]), xp.asarray([1j, 2.0 + 0j])
    expected = reference("xlogy")(np.array([0.0, 2.0]), np.array([1j, 2.0 + 0j]))
    np.testing.assert_allclose(np.asarray(xp.special.xlogy(x, z)), expected)
    np.testing.assert_allclose(np.asarray(xp.special.xlogy(x, 1j)), np.array([0, 1j * np.pi]))
    single = xp.astype(x, xp.float32)
    assert xp.special.xlogy(single, 1j).dtype == xp.complex64
    assert xp.special.xlogy(single, z).dtype == xp.complex128
    assert np.isnan(np.asarray(xp.special.xlogy(x, complex("nan"))))[0]


X = np.array([[0.5 + 1j, -2.0, 3.25j], [700.0 - 2j, 700.5, -1.0]])


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("name", ["logsumexp", "softmax"])
def test_sums(name: str, axis: Any):
    result = run_all_ways(lambda x: function(name)(x, axis=axis), X, static_axes=(0, 1))
    np.testing.assert_allclose(result, reference(name)(X, axis=axis), rtol=1e-13, atol=1e-300)


def test_sums_with_factors():
    b = np.array([1.0, 0.0, -2j])
    results = xp.special.logsumexp(xp.asarray(X), axis=1, b=xp.asarray(b), return_sign=True)
    expected = scipy.special.logsumexp(X, axis=1, b=b, return_sign=True)
    for result, other in zip(results, expected, strict=True):
        np.testing.assert_allclose(np.asarray(result), other, rtol=1e-13)


@pytest.mark.parametrize(
    ("name", "count"), [("entr", 1), ("kl_div", 2), ("zeta", 1), ("log_softmax", 1), ("gammaln", 1)]
)
def test_functions_of_real_numbers(name: str, count: int):
    with pytest.raises(DTypeError, match=rf"{name} is for real numbers.*xp\.real"):
        function(name)(*[xp.asarray([1j])] * count)


def test_numbers_alone_are_no_arrays():
    with pytest.raises(ArgumentTypeError, match="asarray"):
        xp.special.erf(1j)
    with pytest.raises(ArgumentTypeError, match="asarray"):
        xp.special.kl_div(xp.ones(2), 1j)


@pytest.mark.parametrize("x", [-200.0, -1000.25, -1e10])
def test_reciprocals_that_overflow_have_infinite_parts(x: float):
    z = np.array([x + 0.001j, x - 1j, x + 100j])
    result = np.asarray(xp.special.rgamma(xp.asarray(z)))
    expected = scipy.special.rgamma(z)
    np.testing.assert_array_equal(np.isinf(expected), True)
    np.testing.assert_array_equal(result, expected)
