"""Masked arrays of traced arrays, against `numpy.ma`; those of constants are numpy's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy import ma
from numpy.ma import masked_array
from numpy.ma import sqrt as masked_sqrt

import onnxp as xp
from onnxp._src.numpy.masked_functions import names
from onnxp.errors import NumpyFunctionError, OnnxpError
from tests.helpers import sessions

MASKED = ma.masked_array([1.0, 2.0, 3.0], mask=[False, True, False])
WEIGHTS = np.array([1.0, 2.0, 0.5])


def _rows(n: int, dtype: Any) -> np.ndarray:
    rng = np.random.default_rng(n)
    if np.dtype(dtype).kind == "i":
        return rng.integers(-4, 9, size=(n, 3)).astype(dtype)
    x = (rng.normal(size=(n, 3)) * 2.5).astype(dtype)
    x[rng.random(x.shape) < 0.3] = np.nan
    return x


def written(x):
    m = ma.masked_invalid(x)
    m[m < 0] = 0
    m[:, 0] = ma.masked
    m.fill_value = 5.0
    m[:, 1] = x[:, 2] * 0 + 1
    return m, m.filled()


def shared(x):
    x = x.copy()
    m = ma.array(x, mask=x > 0)
    m[m.mask] = 7
    m.mask[:, 0] = True
    return m, x


def in_place(x):
    m = ma.masked_invalid(x)
    m += 1
    m *= ma.masked_less(x, 1)
    m /= 2
    return m


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "filled": lambda x: ma.masked_invalid(x).filled(0.5),
    "filled by default": lambda x: ma.masked_array(x, mask=np.isnan(x)).filled(),
    "fill_value": lambda x: ma.array(x, mask=x > 0, fill_value=-1).filled(),
    "ma.filled": lambda x: (ma.filled(ma.masked_less(x, 0), 9), ma.filled(x, 1)),
    "parts": lambda x: (
        ma.masked_invalid(x).mask, ma.getdata(ma.masked_less(x, 0)), ma.getmaskarray(x)
    ),
    "compressed": lambda x: ma.masked_invalid(x).compressed(),
    "count": lambda x: (ma.masked_invalid(x).count(axis=1), ma.count(ma.masked_less(x, 0))),
    "sum": lambda x: (ma.masked_invalid(x).sum(axis=0), ma.masked_invalid(x).sum(1, keepdims=True)),
    "mean": lambda x: (ma.masked_invalid(x).mean(axis=1), ma.mean(ma.masked_invalid(x), axis=0)),
    "of all": lambda x: (ma.masked_invalid(x).mean(), ma.masked_invalid(x).sum()),
    "centered": lambda x: ma.masked_invalid(x) - ma.masked_invalid(x).mean(axis=0),
    "std": lambda x: (ma.masked_invalid(x).std(axis=0), ma.std(ma.masked_invalid(x), 1, ddof=1)),
    "var": lambda x: ma.masked_invalid(x).var(axis=1, ddof=1),
    "extremes": lambda x: (ma.masked_invalid(x).min(axis=0), ma.max(ma.masked_invalid(x), axis=1)),
    "ptp": lambda x: ma.masked_invalid(x).ptp(axis=1),
    "places": lambda x: (
        ma.masked_invalid(x).argmin(axis=1), ma.argmax(ma.masked_invalid(x), axis=1)
    ),
    "median": lambda x: (
        ma.median(ma.masked_invalid(x), axis=0), ma.median(ma.masked_less(x, 0), axis=1)
    ),
    "average": lambda x: (
        ma.average(ma.masked_invalid(x), axis=1, weights=WEIGHTS),
        ma.average(ma.masked_invalid(x), axis=0),
    ),
    "any": lambda x: (ma.masked_less(x, 0).any(axis=1), ma.masked_less(x, 0).all(axis=1)),
    "cumsum": lambda x: ma.masked_invalid(x).cumsum(axis=1),
    "prod": lambda x: ma.masked_invalid(x).prod(axis=1),
    "sort": lambda x: ma.sort(ma.masked_less(x, 0), axis=1),
    "operators": lambda x: (
        ma.masked_invalid(x) * 2 + 1 - x,
        1 / ma.masked_invalid(x),
        -abs(ma.masked_less(x, 0)),
        x * ma.masked_less(x, 0),
        ma.masked_less(x, 0) ** 2,
        ma.masked_less(x, 0) // 2,
    ),
    "comparisons": lambda x: (ma.masked_less(x, 0) > 1, ma.masked_less(x, 0) == 2),
    "functions": lambda x: (ma.log(ma.masked_invalid(x)), ma.sqrt(x), ma.exp(ma.masked_less(x, 0))),
    "functions of numpy": lambda x: (
        np.log(ma.masked_invalid(x)), np.add(x, ma.masked_less(x, 0))
    ),
    "numpy's reductions": lambda x: (
        np.mean(ma.masked_invalid(x), axis=0), np.max(ma.masked_less(x, 0), 1)
    ),
    "divided": lambda x: ma.divide(x, ma.masked_inside(x, -1, 1)),
    "where": lambda x: (
        ma.where(ma.masked_invalid(x) > 0, ma.masked_invalid(x), 0),
        np.where(ma.masked_less(x, 0).mask, 0, x),
    ),
    "conditions": lambda x: (
        ma.masked_where(x > 1, x),
        ma.masked_equal(x, 2),
        ma.masked_greater(x, 1),
        ma.masked_greater_equal(x, 1),
        ma.masked_less_equal(x, 1),
        ma.masked_not_equal(x, 2),
        ma.masked_outside(x, 3, -1),
        ma.masked_values(x, 2.0),
    ),
    "fixed": lambda x: ma.fix_invalid(x, fill_value=0.0),
    "joined": lambda x: ma.concatenate([ma.masked_less(x, 0), x]),
    "shapes": lambda x: (
        ma.masked_less(x, 0).T, ma.masked_less(x, 0)[:, 1:], ma.masked_less(x, 0).ravel()
    ),
    "masks combined": lambda x: ma.array(ma.masked_less(x, 0), mask=x > 3),
    "written": written,
    "shared": shared,
    "in place": in_place,
    "a constant": lambda x: x * MASKED,
    "asarray": lambda x: np.asarray(ma.masked_less(x, 0)) + len(ma.masked_less(x, 0)),
    "clip": lambda x: ma.masked_less(x, 0).clip(0, 2),
}  # fmt: skip
OF_INTEGERS = (
    "ma.filled,parts,count,extremes,places,any,cumsum,operators,comparisons,conditions,sort,shapes,shared"
).split(",")


def _same(result: Any, expected: Any, rtol: float) -> None:
    mask = ma.getmaskarray(expected)
    np.testing.assert_array_equal(ma.getmaskarray(result), mask)
    data, right = (np.where(mask, 0, ma.getdata(z)) for z in (result, expected))
    np.testing.assert_allclose(data, right, rtol=rtol)
    assert ma.getdata(result).dtype == ma.getdata(expected).dtype


def _check(name: str, n: int, dtype: Any, rtol: float) -> None:
    function = FUNCTIONS[name]
    x = _rows(n, dtype)
    program = xp.trace(function, xp.spec(("N", 3), dtype))
    sessions.session(program.model)
    expected, results = function(x.copy()), program(x)
    if not isinstance(expected, tuple):
        expected, results = (expected,), (results,)
    for result, right in zip(results, expected, strict=True):
        _same(result, right, rtol)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n", [1, 2, 6])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_as_numpy(name: str, n: int) -> None:
    _check(name, n, np.float64, 1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        *((name, np.int64) for name in OF_INTEGERS),
        *((name, np.float32) for name in ("mean", "std", "median")),
    ],
)
def test_other_dtypes(name: str, dtype: Any) -> None:
    _check(name, 5, dtype, 1e-6)


ELEMENTWISE = [
    name for name in names() if isinstance(getattr(getattr(ma, name), "f", None), np.ufunc)
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise(name: str) -> None:
    function = getattr(ma, name)
    whole = name.startswith("bitwise")

    def applied(x):
        masked = ma.masked_less(x, 0.5)
        return function(masked, x + 1) if function.f.nin == 2 else function(masked)

    x = np.nan_to_num(_rows(6, np.int64 if whole else np.float64))
    _same(xp.trace(applied, xp.spec(("N", 3), x.dtype))(x), applied(x), 1e-12)


def test_no_rows() -> None:
    def function(x):
        m = ma.masked_invalid(x)
        return m.filled(0), m.compressed(), m.sum(axis=1), m.sum(axis=0), m.count(axis=0)

    x = np.zeros((0, 3))
    results = xp.trace(function, "float64[N>=0, 3]")(x)
    for result, right in zip(results, function(x), strict=True):
        _same(result, right, 0)


NUMBERS: dict[str, Callable[[Any], Any]] = {
    "mean": lambda m: (m.mean(), (m - m.mean()).filled(0.0), ma.average(m)),
    "spread": lambda m: (m.var(), m.std(), (m - m.mean(axis=0)).filled(0.0)),
    "kept": lambda m: (m.mean(keepdims=True), m.sum(keepdims=True)),
    "of two": lambda m: (m.sum() / m.count(), m.max() / (m.min() * 0), m[0, 0] / 0),
    "of one": lambda m: (np.log(-m.max()), np.sqrt(m.min() - 9.0), m.sum() ** 0.5),
    "of numpy.ma": lambda m: (ma.log(-m.max()), ma.sqrt(m.min() - 9.0), ma.divide(m.max(), 0)),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "row", [[0.5, np.nan, 3.0], [0.5, np.inf, 3.0], [0.5, 0.2, 3.0], [3.0] * 3]
)
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_that_are_not_finite(name: str, row: list[float]) -> None:
    def function(x: Any) -> Any:
        return NUMBERS[name](ma.masked_where(x > 1, x))

    x = np.array([row, row[::-1]])
    if name == "of one" and min(row) > 1 and np.log(-ma.masked) is not ma.masked:
        pytest.skip("numpy 2.0 computes with the 0 of a masked number")
    results = xp.trace(function, "float64[N, 3]")(x)
    for result, right in zip(results, function(x), strict=True):
        _same(result, right, 1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("limit", [1.0, 9.0])
def test_what_is_not_masked_may_be_missing(limit: float) -> None:
    def function(x: Any) -> Any:
        m = ma.masked_greater(x, limit)
        return m.mean(axis=1), m.mean(), (m + 1).mean(axis=0), m.var(), m.std(), m.std(axis=1)

    x = np.array([[0.5, np.nan, 3.0], [2.0, 0.3, 0.1]])
    for result, right in zip(xp.trace(function, "float64[N, 3]")(x), function(x), strict=True):
        _same(result, right, 1e-12)


def test_imported_names() -> None:
    def function(x):
        m = masked_array(x, mask=x < 0)
        assert isinstance(m, masked_array)
        return masked_sqrt(m)

    x = np.nan_to_num(_rows(3, np.float64))
    _same(xp.trace(function, "float64[N, 3]")(x), function(x), 1e-12)


def test_classes() -> None:
    def function(x):
        m = ma.masked_less(x, 0)
        assert isinstance(m, np.ma.MaskedArray)
        assert ma.isMaskedArray(m)
        assert not ma.isMaskedArray(x)
        assert m.shape == x.shape
        assert m.dtype == x.dtype
        assert m.ndim == 2
        return m.mask

    np.testing.assert_array_equal(xp.trace(function, "float64[N, 3]")(-np.ones((2, 3))), True)


@pytest.mark.parametrize(
    ("function", "error", "match"),
    [
        (lambda x: ma.masked_less(x, 0).dot(x.T), NumpyFunctionError, r"dot.*filled"),
        (lambda x: ma.polyfit(x[:, 0], x[:, 1], 1), NumpyFunctionError, r"numpy\.ma\.polyfit"),
        (lambda x: np.linalg.norm(ma.masked_less(x, 0)), NumpyFunctionError, "norm.*filled"),
        (lambda x: ma.is_masked(ma.masked_less(x, 0)), NumpyFunctionError, r"mask\.any"),
        (lambda x: ma.array(x, mask=x < 0, hard_mask=True), NumpyFunctionError, "hard_mask"),
        (lambda x: np.add.reduce(ma.masked_less(x, 0)), NumpyFunctionError, "filled"),
        (lambda x: x if ma.masked_less(x, 0).sum() else -x, OnnxpError, "not known"),
    ],
)
def test_what_is_refused(function: Callable[[Any], Any], error: Any, match: str) -> None:
    with pytest.raises(error, match=match):
        xp.trace(function, "float64[N, 3]")


def test_masked_constants_are_numpys() -> None:
    def function(x: Any) -> Any:
        table = ma.masked_array([1.0, 2.0, 3.0], [False, True, False])
        assert type(table) is ma.MaskedArray
        assert type(MASKED) is ma.MaskedArray
        return x + ma.mean(table) + np.ma.filled(MASKED, 0.0)[:, None].sum()

    x = np.ones((2, 3))
    np.testing.assert_array_equal(xp.trace(function, "float64[N, 3]")(x), x + 6.0)


def test_nulls_are_masked() -> None:
    def function(x: Any) -> Any:
        nullable = xp.nulls.make_nullable(x, x < 0)
        return xp.mean(nullable, axis=0), ma.mean(nullable, axis=0)

    x = np.nan_to_num(_rows(4, np.float64))
    for result in xp.trace(function, "float64[N, 3]")(x):
        _same(result, ma.masked_less(x, 0).mean(axis=0), 1e-12)
