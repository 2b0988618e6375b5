"""Functions through points and splines of `scipy.interpolate` at traced points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import interpolate

import onnxp as xp
from onnxp.errors import ArgumentError, OnnxpError
from tests.helpers import sessions

_RNG = np.random.default_rng(0)
PLACES = np.sort(_RNG.uniform(0, 3, 9))
VALUES = np.sin(3 * PLACES)
ROWS = _RNG.normal(size=(9, 2))
POINTS = np.concatenate([_RNG.uniform(-1, 4, 30), PLACES, [np.nan]]).reshape(-1, 4)
TCK = interpolate.splrep(PLACES, VALUES)
SPLINE = interpolate.make_interp_spline(PLACES, VALUES)
CURVE = interpolate.splprep([PLACES, VALUES], s=0)[0]

SMOOTH: dict[str, Any] = {
    **{f"degree {k}": interpolate.make_interp_spline(PLACES, VALUES, k=k) for k in (1, 2, 3, 5)},
    "of vectors": interpolate.make_interp_spline(PLACES, ROWS),
    "along axis 1": interpolate.make_interp_spline(PLACES, ROWS.T, axis=1),
    "inside only": interpolate.BSpline(*SPLINE.tck, extrapolate=False),
    "periodic": interpolate.make_interp_spline(
        PLACES, np.append(VALUES[:-1], VALUES[0]), bc_type="periodic"
    ),
    "even knots": interpolate.BSpline(np.arange(12.0) / 4, _RNG.normal(size=8), 3),
    "smoothing": interpolate.make_smoothing_spline(PLACES, VALUES),
    "CubicSpline": interpolate.CubicSpline(PLACES, ROWS.T, axis=1),
    "BPoly": interpolate.BPoly(np.array([[1.0, 2.0], [3.0, 5.0]]), [0.0, 1.0, 2.0]),
    "PPoly": interpolate.PPoly.from_spline(TCK),
    "UnivariateSpline": interpolate.UnivariateSpline(PLACES, VALUES),
    "Interpolated": interpolate.InterpolatedUnivariateSpline(PLACES, VALUES, ext="zeros"),
}
JUMPING = {
    "degree 0": interpolate.make_interp_spline(PLACES, VALUES, k=0),
    "jump": interpolate.BSpline(np.repeat([0.0, 1.0, 2.0], 4), _RNG.normal(size=8), 3),
}


def _check(function: Callable[[Any], Any], rtol: float = 1e-9) -> None:
    expected = function(POINTS)
    for spec in ("float64[N, 4]", "float64[10, 4]"):
        program = xp.trace(function, spec)
        result = program(POINTS)
        np.testing.assert_allclose(result, expected, rtol=rtol, atol=rtol)
        assert (result.dtype, result.shape) == (expected.dtype, expected.shape)
    sessions.session(program.model)


@pytest.mark.parametrize("name", [*SMOOTH, *JUMPING])
def test_values_and_slopes(name: str) -> None:
    spline = {**SMOOTH, **JUMPING}[name]
    _check(spline)
    _check(lambda x: spline(x, 1))


@pytest.mark.parametrize("name", SMOOTH)
def test_derivatives(name: str) -> None:
    spline = SMOOTH[name]
    _check(lambda x: spline.derivative()(x))
    if name not in ("periodic", "BPoly"):
        _check(lambda x: spline.antiderivative()(x))


MADE_INSIDE: dict[str, Callable[[Any], Any]] = {
    "by a function": lambda x: interpolate.make_interp_spline(PLACES, VALUES)(x),
    "by its class": lambda x: interpolate.BSpline(*SPLINE.tck)(x),
    "by FITPACK": lambda x: interpolate.UnivariateSpline(PLACES, VALUES, ext=3)(x),
    **{
        f"splev {ext}": lambda x, ext=ext: interpolate.splev(x, TCK, ext=ext)
        + interpolate.splev(x, TCK, 1, ext)
        for ext in (0, 1, 3)
    },
    "splev of a spline": lambda x: interpolate.splev(x, SPLINE),
    "splev of a curve": lambda x: interpolate.splev(x, CURVE)[1],
    "splder": lambda x: interpolate.splev(x, interpolate.splder(TCK)),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE_INSIDE)
def test_functions(name: str) -> None:
    _check(MADE_INSIDE[name])


@pytest.mark.parametrize("ends", [{}, {"ext": 2}])
def test_points_outside_fail_where_they_do(ends: dict[str, int]) -> None:
    program = xp.trace(lambda x: interpolate.splev(x, TCK, **ends), "float64[N]")
    inside = np.linspace(PLACES[0], PLACES[-1], 5)
    np.testing.assert_allclose(program(inside), interpolate.splev(inside, TCK), rtol=1e-9)
    if ends:
        with pytest.raises(OnnxpError):
            program(inside + 1)


@pytest.mark.parametrize(
    ("function", "error", "match"),
    [
        (lambda x: interpolate.splev(x, TCK, ext=4), ArgumentError, "may be 0, 1, 2 or 3"),
        (lambda x: interpolate.splev(x, SPLINE, ext=1), ArgumentError, "call the spline"),
        (lambda x: interpolate.KroghInterpolator(PLACES, VALUES)(x), OnnxpError, "array functions"),
        (lambda x: interpolate.interp1d(PLACES, VALUES, "cubic")(x), OnnxpError, "array functions"),
    ],
)
def test_what_is_refused(function: Callable[[Any], Any], error: Any, match: str) -> None:
    with pytest.raises(error, match=match):
        xp.trace(function, "float64[N]")
