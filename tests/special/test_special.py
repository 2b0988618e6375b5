"""Special functions: evaluated, static and symbolic, against scipy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import ArgumentTypeError, BroadcastError, DTypeError
from onnxp.testing import run_all_ways
from tests.helpers.special import BETTER, EDGES, EXACT, OVERFLOWING, USUAL, function, reference

TOLERANCE = {"float32": 3e-7, "float64": 3e-14}


def test_every_elementwise_function_has_arguments():
    assert set(USUAL) == set(xp.special.__all__)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", USUAL)
def test_usual_arguments(name: str, dtype: str):
    arguments = tuple(a.astype(dtype) for a in USUAL[name])
    result = run_all_ways(function(name), *arguments)
    truth = BETTER.get(name, reference(name))
    expected = truth(*(a.astype(np.float64) for a in arguments))
    assert result.dtype == dtype
    tiny = float(np.finfo(dtype).smallest_normal)
    with np.errstate(over="ignore"):
        expected = expected.astype(dtype)
    np.testing.assert_allclose(result, expected, rtol=TOLERANCE[dtype], atol=tiny)


@pytest.mark.parametrize("name", [n for n in USUAL if n not in EXACT])
def test_poles_infinities_and_nan(name: str):
    arguments: Any = np.meshgrid(*[np.array(EDGES)] * min(len(USUAL[name]), 2))
    if len(USUAL[name]) == 3:
        arguments = (*arguments, arguments[0])
    result = np.asarray(function(name)(*map(xp.asarray, arguments)))
    with np.errstate(all="ignore"):
        expected = reference(name)(*arguments)
    compare_edges(name, arguments, result, expected)


def compare_edges(name: str, arguments: Any, result: Any, expected: Any) -> None:
    """Raise unless results are those of scipy, or numbers where an intermediate one of scipy overflows."""
    for *point, value, other in zip(*map(np.ravel, (*arguments, result, expected)), strict=True):
        if name in OVERFLOWING and not np.isfinite(other) and not np.isnan(value):
            continue
        np.testing.assert_allclose(
            value, other, rtol=1e-9, atol=1e-15, err_msg=f"{name}{tuple(map(float, point))}"
        )


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int32", "uint64", "float16"])
def test_other_dtypes_give_float64(dtype: str):
    x = np.array([0, 1, 1]).astype(dtype)
    result = run_all_ways(xp.special.erf, x)
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, reference("erf")(x.astype(float)), rtol=1e-15)


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        (("float32", "float32"), "float32"),
        (("float32", "float64"), "float64"),
        (("float32", "int8"), "float64"),
        (("float32", float), "float32"),
        ((int, "float32"), "float32"),
        (("int64", float), "float64"),
        ((bool, "float64"), "float64"),
    ],
)
def test_promotion(dtypes: tuple[Any, ...], expected: str):
    operands = [
        kind(1) if isinstance(kind, type) else xp.ones(2, dtype=getattr(xp, kind))
        for kind in dtypes
    ]
    assert str(xp.special.xlogy(*operands).dtype) == expected


@pytest.mark.parametrize("name", USUAL)
def test_models_run_on_all_runtimes(name: str):
    arguments = USUAL[name]
    specs = [
        f"float64[{', '.join(f'a{i}_{k}' for k in range(a.ndim))}]" for i, a in enumerate(arguments)
    ]
    program = xp.trace(function(name), *specs)
    assert all(entry.version <= 21 for entry in program.model.opset_import if not entry.domain)


def test_negative_zeros():
    for name in ("erf", "cbrt", "erfinv", "rgamma"):
        assert np.signbit(np.asarray(function(name)(xp.asarray([-0.0]))))[0], name
    assert np.isneginf(np.asarray(xp.special.gamma(xp.asarray([-0.0]))))[0]
    assert np.isposinf(np.asarray(xp.special.psi(xp.asarray([-0.0]))))[0]


def test_factorials_are_exact():
    from math import factorial

    n = np.arange(1.0, 172.0)
    expected = [float(factorial(int(k) - 1)) for k in n]
    np.testing.assert_array_equal(np.asarray(xp.special.gamma(xp.asarray(n))), expected)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: xp.special.erf(1.0), ArgumentTypeError),
        (lambda: xp.special.xlogy(1.0, 2), ArgumentTypeError),
        (lambda: xp.special.erf([1.0]), ArgumentTypeError),
        (lambda: xp.special.erf(None), ArgumentTypeError),
        (lambda: xp.special.erf(xp.asarray([1j])), DTypeError),
        (lambda: xp.special.erf(xp.asarray(["a"])), DTypeError),
        (lambda: xp.special.xlogy(xp.ones(2), 1j), ArgumentTypeError),
        (lambda: xp.special.xlogy(xp.ones(2), "a"), ArgumentTypeError),
        (lambda: xp.special.xlogy(xp.ones(2), xp.ones(3)), BroadcastError),
    ],
)
def test_errors(call: Callable[[], Any], expected: type[Exception]):
    with pytest.raises(expected):
        call()
