"""array-api-extra, which is written for any namespace of the standard, on ours: eager and traced."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import array_api_extra as xpx
import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import TracedValueError
from tests.helpers import sessions

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*is deprecated and will be removed:DeprecationWarning"
)

Make = Callable[[np.random.Generator, int], np.ndarray]


def _with_nan(rng: np.random.Generator, n: int) -> np.ndarray:
    found = rng.normal(size=(n, 4))
    found[:, 1] = np.nan
    found[0, 2] = np.inf
    return found


# What the cases take, by the name of the parameter.
INPUTS: dict[str, tuple[str, Make]] = {
    "x": ("float64[N, 4]", lambda rng, n: rng.normal(size=(n, 4))),
    "y": ("float64[N, 4]", lambda rng, n: np.round(rng.normal(size=(n, 4)))),
    "wide": ("float64[3, N>=2]", lambda rng, n: rng.normal(size=(3, n))),
    "rows": ("float64[N>=2, 5]", lambda rng, n: rng.normal(size=(n, 5))),
    "weights": ("float64[N>=2]", lambda rng, n: rng.uniform(1, 2, size=n)),
    "v": ("float64[N]", lambda rng, n: rng.normal(size=n)),
    "k": ("int64[N]", lambda rng, n: rng.integers(0, 4, n)),
    "many": ("int64[2*N+3]", lambda rng, n: rng.integers(0, 9, 2 * n + 3)),
    "sorted_rows": ("float64[N, 6]", lambda rng, n: np.sort(rng.normal(size=(n, 6)))),
    "nans": ("float64[N, 4]", _with_nan),
    "z": (
        "complex128[N, 4]",
        lambda rng, n: rng.normal(size=(n, 4)) + 1j * rng.normal(size=(n, 4)),
    ),
    "row": ("float64[4]", lambda rng, n: rng.normal(size=4)),
}
FOUR = np.asarray([3, 1, 7, 1])

CASES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "angle": (lambda z: xpx.angle(z), np.angle),
    "angle, real": (lambda x: xpx.angle(x, deg=True), lambda x: np.angle(x, deg=True)),
    "apply_where": (
        lambda x, y: xpx.apply_where(x > 0, (x, y), lambda a, b: a * b, lambda a, b: a - b),
        lambda x, y: np.where(x > 0, x * y, x - y),
    ),
    "apply_where, fill_value": (
        lambda x, y: xpx.apply_where(y != 0, (x, y), lambda a, b: a / b, fill_value=-1.0),
        lambda x, y: np.where(y != 0, x / np.where(y != 0, y, 1), -1.0),
    ),
    "argpartition": (lambda x: xpx.argpartition(x, 2), lambda x: np.argsort(x, kind="stable")),
    "at.set": (lambda x: xpx.at(x)[:, 1].set(0.0), lambda x: _put(x, np.s_[:, 1], 0.0)),
    "at.set, mask": (lambda x: xpx.at(x, x < 0).set(0.0), lambda x: np.maximum(x, 0.0)),
    "at.add": (
        lambda x, row: xpx.at(x)[0, :].add(row),
        lambda x, row: _put(x, np.s_[0, :], x[0] + row),
    ),
    "at.multiply, mask": (
        lambda x: xpx.at(x, x < 0).multiply(2.0),
        lambda x: np.where(x < 0, 2 * x, x),
    ),
    "at.min": (
        lambda x: xpx.at(x)[:, :2].min(0.5),
        lambda x: _put(x, np.s_[:, :2], np.minimum(x[:, :2], 0.5)),
    ),
    "atleast_nd": (lambda x: xpx.atleast_nd(x, ndim=4), lambda x: x[None, None]),
    "broadcast_shapes": (
        lambda x, y: xp.zeros(xpx.broadcast_shapes(x.shape, (1, 1), y.shape)),
        lambda x, y: np.zeros(x.shape),
    ),
    "cov": (lambda wide: xpx.cov(wide), np.cov),
    "cov, rows are variables": (lambda rows: xpx.cov(rows), np.cov),
    "cov, weights": (
        lambda wide, weights: xpx.cov(wide, aweights=weights),
        lambda wide, weights: np.cov(wide, aweights=weights),
    ),
    "create_diagonal": (lambda v: xpx.create_diagonal(v, offset=1), lambda v: np.diag(v, 1)),
    "create_diagonal, batch": (
        lambda row: xpx.create_diagonal(xp.reshape(row, (2, 2))),
        lambda row: np.stack([np.diag(row[:2]), np.diag(row[2:])]),
    ),
    "default_dtype": (
        lambda k: xp.astype(k, xpx.default_dtype(xp)),
        lambda k: k.astype(np.float64),
    ),
    "deg2rad": (lambda x: xpx.deg2rad(x), np.deg2rad),
    "diag_indices": (
        lambda v: xpx.diag_indices(v.shape[0], xp=xp)[0],
        lambda v: np.arange(v.shape[0]),
    ),
    "expand_dims": (lambda x: xpx.expand_dims(x, axis=(0, 2)), lambda x: x[None, :, None]),
    "isclose": (
        lambda x, y: xpx.isclose(x, x + y * 1e-9),
        lambda x, y: np.isclose(x, x + y * 1e-9),
    ),
    "isclose, NaN": (
        lambda nans: xpx.isclose(nans, nans, equal_nan=True),
        lambda nans: np.isclose(nans, nans, equal_nan=True),
    ),
    "isin": (lambda k: xpx.isin(k, xp.asarray(FOUR)), lambda k: np.isin(k, FOUR)),
    "kron": (lambda x, row: xpx.kron(x, row), np.kron),
    "lazy_apply": (lambda x: xpx.lazy_apply(lambda a: a * 2, x), lambda x: 2 * x),
    "nan_to_num": (lambda nans: xpx.nan_to_num(nans), np.nan_to_num),
    "nan_to_num, complex": (lambda z: xpx.nan_to_num(z), np.nan_to_num),
    "nanmax": (lambda nans: xpx.nanmax(nans, axis=0), lambda nans: _quiet(np.nanmax, nans, axis=0)),
    "nanmean": (
        lambda nans: xpx.nanmean(nans, axis=1),
        lambda nans: _quiet(np.nanmean, nans, axis=1),
    ),
    "nanmin": (lambda nans: xpx.nanmin(nans, axis=0), lambda nans: _quiet(np.nanmin, nans, axis=0)),
    "nansum": (lambda nans: xpx.nansum(nans, axis=1), lambda nans: np.nansum(nans, axis=1)),
    "nunique": (lambda k: xpx.nunique(k), lambda k: np.asarray(np.unique(k).size)),
    "one_hot": (lambda k: xpx.one_hot(k, 4), lambda k: np.eye(4)[k]),
    "pad": (
        lambda x: xpx.pad(x, ((1, 2), (0, 3)), constant_values=7.0),
        lambda x: np.pad(x, ((1, 2), (0, 3)), constant_values=7.0),
    ),
    "partition": (lambda x: xpx.partition(x, 2), np.sort),
    "rad2deg": (lambda x: xpx.rad2deg(x), np.rad2deg),
    "searchsorted": (
        lambda row, v: xpx.searchsorted(xp.sort(row), v, side="right"),
        lambda row, v: np.searchsorted(np.sort(row), v, side="right"),
    ),
    "searchsorted, rows": (
        lambda sorted_rows, x: xpx.searchsorted(sorted_rows, x),
        lambda sorted_rows, x: np.stack(
            [np.searchsorted(a, b) for a, b in zip(sorted_rows, x, strict=True)]
        ),
    ),
    "setdiff1d": (
        lambda many: xpx.setdiff1d(many, xp.asarray(FOUR)),
        lambda many: np.setdiff1d(many, FOUR),
    ),
    "sinc": (lambda x: xpx.sinc(x), np.sinc),
    "tril_indices": (
        lambda v: xpx.tril_indices(v.shape[0], offset=-1, xp=xp)[1],
        lambda v: np.tril_indices(v.shape[0], -1)[1],
    ),
    "triu_indices": (
        lambda v: xpx.triu_indices(v.shape[0], xp=xp)[0],
        lambda v: np.triu_indices(v.shape[0])[0],
    ),
    "union1d": (lambda k, many: xpx.union1d(k, many), np.union1d),
    "unravel_index": (
        lambda many: xpx.unravel_index(many, (3, 5))[1],
        lambda many: np.unravel_index(many, (3, 5))[1],
    ),
}

ASK_FOR_VALUES = {"nanmax", "nanmin"}
"""They have an ``if xp.any(...)``, which a trace without an example cannot answer."""


def _put(x: np.ndarray, key: Any, value: Any) -> np.ndarray:
    found = x.copy()
    found[key] = value
    return found


def _quiet(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **kwargs)


def arguments(function: Callable[..., Any], n: int) -> list[np.ndarray]:
    rng = np.random.default_rng(n)
    return [INPUTS[name][1](rng, n) for name in inspect.signature(function).parameters]


def sizes(function: Callable[..., Any]) -> tuple[int, ...]:
    specs = [INPUTS[name][0] for name in inspect.signature(function).parameters]
    return (2, 3, 17) if any("N>=2" in spec for spec in specs) else (1, 3, 17)


def check(result: Any, expected: np.ndarray) -> None:
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_eager(case: str, subtests: pytest.Subtests) -> None:
    function, reference = CASES[case]
    for n in sizes(function):
        with subtests.test(n=n):
            given = arguments(function, n)
            result = function(*map(xp.asarray, given))
            assert isinstance(result, xp.Array)
            check(result, reference(*given))


@pytest.mark.filterwarnings(
    "ignore::onnxp.errors.CaughtErrorWarning"
)  # checks of values, if it can
@pytest.mark.parametrize("case", [case for case in CASES if case not in ASK_FOR_VALUES])
def test_traced(case: str, subtests: pytest.Subtests) -> None:
    function, reference = CASES[case]
    names = list(inspect.signature(function).parameters)
    program = xp.trace(function, *(INPUTS[name][0] for name in names))
    session = sessions.both(program.model)
    for n in sizes(function):
        with subtests.test(n=n):
            given = arguments(function, n)
            feeds = {}
            for leaf, array in zip(program.signature.inputs, given, strict=True):
                planes = (array,) if len(leaf.planes) == 1 else (array.real, array.imag)
                feeds.update(zip(leaf.planes, planes, strict=True))
            results = session.run(None, feeds)
            check(
                results[0] if len(results) == 1 else results[0] + 1j * results[1], reference(*given)
            )


@pytest.mark.parametrize("case", sorted(ASK_FOR_VALUES))
def test_what_asks_for_a_value_says_so(case: str) -> None:
    function, reference = CASES[case]
    spec = INPUTS["nans"][0]
    with pytest.raises(TracedValueError, match=r"_statistical\.py"):
        xp.trace(function, spec)
    (example,) = arguments(function, 3)
    check(xp.trace(function, spec, example=example)(example), reference(example))


def test_every_function_has_a_case() -> None:
    functions = {name for name in xpx.__all__ if name != "__version__"}
    assert (
        functions == {case.split(",")[0].split(".")[0] for case in CASES} | {"testing"} & functions
    )
