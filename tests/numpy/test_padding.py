"""The modes of `numpy.pad`, along axes of fixed and of symbolic size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import ArgumentError, DTypeError, NumpyFunctionError, OnnxpError
from tests.helpers.sessions import both

STATISTICS = ("maximum", "mean", "median", "minimum")
CASES: dict[str, Callable[[Any], Any]] = {
    **{
        mode: lambda x, mode=mode: np.pad(x, ((2, 5), (1, 0)), mode=mode)
        for mode in (*STATISTICS, "edge", "linear_ramp", "reflect", "symmetric", "wrap")
    },
    **{
        f"{mode} of few": lambda x, mode=mode: np.pad(x, 2, mode=mode, stat_length=((2, 1), (3, 9)))
        for mode in STATISTICS
    },
    **{
        f"{mode}, odd": lambda x, mode=mode: np.pad(x, ((7, 9), (4, 0)), mode, reflect_type="odd")
        for mode in ("reflect", "symmetric")
    },
    "ends of ramps": lambda x: np.pad(x, ((1, 3), (0, 2)), "linear_ramp", end_values=(5, -4)),
    "constants": lambda x: np.pad(x, ((1, 2), (0, 0)), constant_values=((3, 4), (5, 6))),
    "nothing": lambda x: np.pad(x, 0, mode="mean"),
}
ARRAY = np.array([[1.5, -2, 3], [0.25, 7, -1], [4, 4, 9], [2, 0, 1]])


@pytest.mark.parametrize("dtype", ["float64", "uint8"])
@pytest.mark.parametrize("name", CASES)
def test_as_numpy(name: str, dtype: str) -> None:
    function = CASES[name]
    with np.errstate(invalid="ignore"):
        array = np.abs(ARRAY).astype(dtype) if dtype == "uint8" else ARRAY.astype(dtype)
    program = xp.trace(function, f"{dtype}[N>=0, 3]")
    run = both(program.model).run
    for rows in (1, 4):
        x = array[:rows]
        expected = function(x)
        for result in (run(None, {"x": x})[0], np.asarray(function(xp.asarray(x)))):
            assert result.dtype == expected.dtype
            np.testing.assert_allclose(result, expected, rtol=1e-6)


@pytest.mark.parametrize("mode", [*STATISTICS, "edge", "linear_ramp", "reflect", "wrap"])
def test_of_no_rows_the_run_fails_as_numpy_does(mode: str) -> None:
    def function(x: Any) -> Any:
        return np.pad(x, ((1, 0), (0, 0)), mode=mode)

    nothing = np.zeros((0, 3))
    with pytest.raises(ValueError, match="empty axis"):
        function(nothing)
    with pytest.raises(ArgumentError, match="size 0"):
        function(xp.asarray(nothing))
    with pytest.raises(OnnxpError):
        xp.trace(function, "float64[N>=0, 3]")(nothing)


@pytest.mark.parametrize("mode", ["reflect", "symmetric"])
def test_what_is_not_finite_stays_where_it_is(mode: str) -> None:
    x = np.array([1.0, np.inf, 2, np.nan])

    def function(x: Any) -> Any:
        return np.pad(x, (3, 2), mode, reflect_type="odd")

    np.testing.assert_array_equal(xp.trace(function, "float64[N]")(x), function(x))


def test_what_is_added_is_not_defined() -> None:
    x = xp.asarray(ARRAY)
    padded = np.pad(x, 1, mode="empty")
    assert padded.shape == (6, 5)
    np.testing.assert_array_equal(np.asarray(padded[1:-1, 1:-1]), ARRAY)


@pytest.mark.parametrize(
    ("function", "error", "match"),
    [
        (lambda x: np.pad(x, 1, lambda *args: None), NumpyFunctionError, "concatenate"),
        (lambda x: np.pad(x, 1, "round"), ArgumentError, "'linear_ramp'"),
        (lambda x: np.pad(x, 1, "mean", end_values=1), ArgumentError, "end_values"),
        (lambda x: np.pad(x, 1, "reflect", reflect_type="both"), ArgumentError, "'odd'"),
        (lambda x: np.pad(x, 1, "minimum", stat_length=0), ArgumentError, "stat_length"),
        (lambda x: np.pad(x, 1, "mean", stat_length=-1), ArgumentError, "negative"),
        (lambda x: np.pad(x > 0, 1, "reflect", reflect_type="odd"), DTypeError, "int8"),
    ],
)
def test_what_is_refused(function: Any, error: type[OnnxpError], match: str) -> None:
    with pytest.raises(error, match=match):
        xp.trace(function, "float64[N, 3]")
