"""Every function of linalg on structured matrices, evaluated and in static and symbolic models, beside numpy.

Decompositions may have four times the errors of LAPACK. ``make properties`` takes many more matrices than
``make test``, on the oldest runtimes as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from inspect import isfunction
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

import onnxp as xp
from onnxp.errors import LinearAlgebraError
from onnxp.testing._differential import _leaves
from tests.helpers.matrices import (
    adjoint,
    allowed,
    eig_error,
    eigh_error,
    eigvals_error,
    qr_error,
    svd_error,
    units,
)
from tests.helpers.properties import examples
from tests.helpers.sessions import models

Numbers = np.ndarray[Any, Any]
SIZES = (3, 5, 1, 2, 0, 4, 8, 17, 20)


class Source:
    """Random matrices of a shape and a dtype."""

    def __init__(
        self, family: str, batch: tuple[int, ...], rows: int, columns: int, dtype: str, seed: int
    ) -> None:
        self.family, self.batch, self.dtype = family, batch, dtype
        self.rows, self.columns = rows, columns
        self.rng = np.random.default_rng(seed)

    def normal(self, *shape: int) -> Numbers:
        """Return normally distributed numbers, complex ones if the dtype is."""
        real = self.rng.standard_normal((*self.batch, *shape))
        if not self.dtype.startswith("c"):
            return real
        return real + 1j * self.rng.standard_normal((*self.batch, *shape))

    def unitary(self, n: int) -> Numbers:
        """Return orthogonal or unitary matrices."""
        return np.linalg.qr(self.normal(n, n))[0]

    def matrices(self, rows: int | None = None, columns: int | None = None) -> Numbers:
        """Return matrices of the family."""
        m = self.rows if rows is None else rows
        n = self.columns if columns is None else columns
        a = np.broadcast_to(FAMILIES[self.family](self, m, n), (*self.batch, m, n))
        return np.ascontiguousarray(a).astype(self.dtype)

    def square(self) -> Numbers:
        """Return square matrices of the family."""
        return self.matrices(columns=self.rows)


def _repeated(s: Source, m: int, n: int) -> Numbers:
    """Return matrices whose singular values are 1, 1, 2, 2, ...; square ones are Hermitian."""
    k = min(m, n)
    left = s.unitary(m)
    right = left if m == n else s.unitary(n)
    return (left[..., :k] * (1.0 + np.arange(k) // 2)) @ adjoint(right)[..., :k, :]


def _graded(s: Source, m: int, n: int) -> Numbers:
    rows, columns = (10.0 ** -np.linspace(0, 3, k) for k in (m, n))
    return rows[:, None] * s.normal(m, n) * columns


FAMILIES: dict[str, Callable[[Source, int, int], Numbers]] = {
    "random": lambda s, m, n: s.normal(m, n),
    "Hilbert": lambda s, m, n: 1.0 / (np.arange(m)[:, None] + np.arange(n) + 1.0),
    "Vandermonde": lambda s, m, n: np.vander(np.linspace(0.1, 1, m), n),
    "repeated values": _repeated,
    "graded": _graded,
    "rank-deficient": lambda s, m, n: s.normal(m, min(m, n) // 2) @ s.normal(min(m, n) // 2, n),
    "orthogonal": lambda s, m, n: s.unitary(max(m, n))[..., :m, :n],
    "integers": lambda s, m, n: np.round(s.normal(m, n)),
    "triangle of ones": lambda s, m, n: np.tri(m, n),
    "permutation": lambda s, m, n: np.eye(max(m, n))[s.rng.permutation(max(m, n))][:m, :n],
    "zeros": lambda s, m, n: np.zeros((m, n)),
}


def _hermitian(s: Source) -> Numbers:
    a = s.square()
    return ((a + adjoint(a)) / 2).astype(s.dtype)


def _positive(s: Source) -> Numbers:
    a = s.square()
    return (a @ adjoint(a) + np.eye(s.rows) * 1e-3).astype(s.dtype)


def _norm(a: Numbers) -> float:
    return float(np.linalg.norm(a.ravel())) or 1.0


def _condition(a: Numbers) -> float:
    """Return the largest condition number."""
    with np.errstate(all="ignore"):
        values = np.linalg.svd(a.astype(complex), compute_uv=False)
        return float(np.nan_to_num(values[..., :1] / values[..., -1:], nan=np.inf).max(initial=1))


# Errors, in units of eps: of the results of a function with given arguments, where numpy has other results


def _by_size(scale: Callable[..., Any]) -> Callable[..., float]:
    """Return an error relative to a size of the arguments."""

    def error(arrays: Any, results: Any, expected: Any) -> float:
        (result,), (other,) = results, expected
        return units((result - other) / result.real.dtype.type(scale(*arrays)))

    return error


def _by_condition(arrays: Any, results: Any, expected: Any, least: float = 0.0) -> float:
    """Return an error relative to the condition number, unless rounding makes the matrix regular."""
    (a,) = arrays
    condition = _condition(a)
    if not a.size or condition * float(np.finfo(a.dtype).eps) > 1e-3:
        return 0.0
    parts = zip(results, expected, strict=True)
    errors = (
        units((x - y) / x.real.dtype.type(condition), np.maximum(np.abs(y), least))
        for x, y in parts
    )
    return max(errors) / a.shape[-1]


def _inverse_error(arrays: Any, results: Any, expected: Any) -> float:
    (a,), (x,) = arrays, results
    return units((a @ x - np.eye(a.shape[-1], dtype=a.dtype)), a, x) if a.size else 0.0


def _solution_error(arrays: Any, results: Any, expected: Any) -> float:
    (a, b), (x,) = arrays, results
    return (
        units(a @ x - b, [np.abs(a).max() * np.abs(x).max() + np.abs(b).max()]) if x.size else 0.0
    )


def _pseudo_inverse_error(arrays: Any, results: Any, expected: Any) -> float:
    (a,), (x,) = arrays, results
    if not a.size or not x.any():
        return float(np.abs(a).max(initial=0) > 0)
    return units(a @ x @ a - a, a, a, x) / max(a.shape)


def _factor_error(arrays: Any, results: Any, expected: Any) -> float:
    (a,), (f,) = arrays, results
    lower = np.tril(f) if not np.triu(f, 1).any() else adjoint(f)
    return units(lower @ adjoint(lower) - a, a)


def _rank_error(arrays: Any, results: Any, expected: Any) -> float:
    """Return 0 unless a rank is wrong whatever rounding does to singular values."""
    (a,), (rank,) = arrays, results
    values = np.linalg.svd(a.astype(complex), compute_uv=False)
    limit = max(a.shape[-2:]) * np.finfo(a.dtype).eps * values.max(axis=-1, initial=0)
    most, least = (np.sum(values > limit[..., None] * f, axis=-1) for f in (0.05, 20))
    return 0.0 if ((least <= rank) & (rank <= most)).all() else np.inf


def _values_error(arrays: Any, results: Any, expected: Any) -> float:
    return units(results[0] - expected[0], expected[0]) if results[0].size else 0.0


def _of(error: Callable[..., float]) -> Callable[..., float]:
    return lambda arrays, results, expected: error(*arrays, *results)


class Case(NamedTuple):
    """A function: its arguments, its errors, and the values of its options."""

    arguments: Callable[[Source], tuple[Numbers, ...]]
    error: Callable[..., float]
    options: Mapping[str, tuple[Any, ...]] = MappingProxyType({})


def _one(function: Callable[[Source], Numbers]) -> Callable[[Source], tuple[Numbers]]:
    return lambda s: (function(s),)


def _vector(s: Source) -> Numbers:
    return s.normal(s.rows).astype(s.dtype)


_general, _square = _one(Source.matrices), _one(Source.square)
_exact = _by_size(lambda *arrays: 1.0)
_two_norms = _by_size(lambda a, b: _norm(a) * _norm(b))
_one_norm = _by_size(_norm)
NORMS = ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)

CASES: dict[str, Case] = {
    "cholesky": Case(_one(_positive), _factor_error, {"upper": (False, True)}),
    "cross": Case(
        lambda s: (s.normal(3).astype(s.dtype), s.normal(3).astype(s.dtype)),
        _by_size(lambda a, b: np.abs(a).max() * np.abs(b).max()),
    ),
    "det": Case(_square, _by_condition),
    "diagonal": Case(_general, _exact, {"offset": (0, 1, -2)}),
    "eig": Case(_square, _of(eig_error)),
    "eigh": Case(_one(_hermitian), _of(eigh_error)),
    "eigvals": Case(_square, _of(eigvals_error)),
    "eigvalsh": Case(_one(_hermitian), _values_error),
    "inv": Case(_square, _inverse_error),
    "matmul": Case(lambda s: (s.matrices(), s.matrices(s.columns, s.rows)), _two_norms),
    "matrix_norm": Case(_general, _one_norm, {"ord": NORMS, "keepdims": (False, True)}),
    "matrix_power": Case(
        _square, _by_size(lambda a: max(_norm(a), 1.0) ** 5), {"n": (2, 0, 1, 3, 5)}
    ),
    "matrix_rank": Case(_general, _rank_error),
    "matrix_transpose": Case(_general, _exact),
    "outer": Case(
        lambda s: (s.normal(s.rows).ravel().astype(s.dtype), s.normal(2).ravel().astype(s.dtype)),
        _exact,
    ),
    "pinv": Case(_general, _pseudo_inverse_error),
    "qr": Case(_general, _of(qr_error), {"mode": ("reduced", "complete")}),
    "slogdet": Case(_square, partial(_by_condition, least=1.0)),
    "solve": Case(lambda s: (s.square(), s.normal(s.rows, 2).astype(s.dtype)), _solution_error),
    "svd": Case(_general, _of(svd_error), {"full_matrices": (True, False)}),
    "svdvals": Case(_general, _values_error),
    "tensordot": Case(
        lambda s: (s.matrices(), s.matrices(s.columns, s.rows)), _two_norms, {"axes": (1, 0)}
    ),
    "trace": Case(_square, _one_norm, {"offset": (0, 1, -1)}),
    "vecdot": Case(lambda s: (_vector(s), _vector(s)), _two_norms),
    "vector_norm": Case(_general, _one_norm, {"ord": (2, 1, np.inf, 3), "axis": (None, -1)}),
}


OURS: dict[str, Callable[..., Any]] = {"matrix_power": lambda x, n: xp.linalg.matrix_power(x, n)}
"""Functions with options that are not keywords."""

NUMPY: dict[str, Callable[..., Any]] = {
    "eig": lambda a: [x.astype(np.result_type(x, np.complex64)) for x in np.linalg.eig(a)],
    "eigvals": lambda a: (lambda x: x.astype(np.result_type(x, np.complex64)))(
        np.linalg.eigvals(a)
    ),
    "pinv": lambda a: np.linalg.pinv(a, rtol=max(a.shape[-2:]) * np.finfo(a.dtype).eps),
}
"""Functions of numpy with other dtypes or defaults than those of the standard."""


def test_every_function_has_a_case():
    assert set(CASES) == {
        name for name in xp.linalg.__all__ if isfunction(getattr(xp.linalg, name))
    }


@pytest.mark.parametrize("name", CASES)
@examples(3)
@given(data=st.data())
def test_errors(name: str, data: st.DataObject):
    case = CASES[name]
    rows, columns = data.draw(st.sampled_from(SIZES)), data.draw(st.sampled_from(SIZES))
    batch = data.draw(st.sampled_from([(), (2,)])) if name != "outer" else ()
    dtype = data.draw(st.sampled_from(["float64", "complex128", "float32", "complex64"]))
    family = data.draw(st.sampled_from(sorted(FAMILIES)))
    seed = data.draw(st.integers(0, 9999))
    options = {key: data.draw(st.sampled_from(values)) for key, values in case.options.items()}
    check(name, case.arguments(Source(family, batch, rows, columns, dtype, seed)), options)


def check(name: str, arrays: tuple[Numbers, ...], options: dict[str, Any]) -> None:
    """Compare the results of all ways with those of numpy."""
    case, function = CASES[name], OURS.get(name, getattr(xp.linalg, name))

    def evaluated() -> list[Any]:
        return _leaves(function(*map(xp.asarray, arrays), **options))

    try:
        expected = _leaves(NUMPY.get(name, getattr(np.linalg, name))(*arrays, **options))
    except np.linalg.LinAlgError:
        with pytest.raises(LinearAlgebraError):
            evaluated()
        expected = None
    except ValueError:  # of no elements
        reject()
    ways = [r if isinstance(r, list) else [r] for r in models(function, *arrays, **options)]
    if name in ("inv", "solve") and (expected is None or _is_singular(arrays[0])):
        for (result,) in ways:
            assert np.isnan(result).any() or (expected is not None and np.isfinite(result).all())
        return
    assert expected is not None
    limit = allowed(case.error(arrays, expected, expected))
    for results in (evaluated(), *ways):
        assert [x.dtype for x in results] == [x.dtype for x in expected]
        assert [x.shape for x in results] == [x.shape for x in expected]
        assert case.error(arrays, results, expected) <= limit


def _is_singular(a: Numbers) -> bool:
    """Return whether a matrix is singular, or is but for rounding."""
    return _condition(a) * np.finfo(a.dtype).eps > 0.01
