"""Stacks of matrices with up to four rows and columns, which models unroll, beside numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.testing._differential import _leaves, compare, tolerance
from tests.helpers.matrices import adjoint, allowed, numbers, units
from tests.helpers.sessions import programs

SIZES = [
    (1, "float64"),
    (2, "float32"),
    (2, "complex128"),
    (3, "complex64"),
    (3, "float64"),
    (4, "float64"),
]


def stack(n: int, dtype: str) -> Any:
    """Return matrices that are random, singular, special, and of different sizes."""
    a = numbers((24, n, n), dtype)
    a[8:12, :, -1] = a[8:12, :, 0]
    a[12] = 0
    a[13] = 1
    a[14] = np.eye(n)
    a[15] = np.eye(n)[::-1]
    a[16:20] = np.round(a[16:20].real)
    large = 1e8 if dtype in ("float32", "complex64") else 1e70
    a[20] *= large
    a[21] /= large
    a[22] *= (large ** np.linspace(-0.1, 0.1, n))[:, None]
    a[23] = np.triu(a[23])
    return a


def run(function: Any, *arrays: Any, batch: str = "B>=0", **options: Any) -> Any:
    """Run the model of a function with unknown numbers of matrices, at default and at disabled options."""
    specs = [xp.spec((batch, *a.shape[1:]), a.dtype) for a in arrays]
    program, default = programs(function, specs, options)
    results, found = _leaves(program(*arrays)), _leaves(default(*arrays))
    compare("default options", results, found, ulps=tolerance(program.model))
    for empty in _leaves(default(*(a[:0] for a in arrays))):
        assert empty.shape[0] == 0
    assert not any("Inverse" in node.op_type for node in program.model.graph.node)
    return found[0] if len(found) == 1 else found


def error(residual: Any, scale: Any) -> Any:
    """Return the error of each matrix in units of eps."""
    height = np.abs(scale).max(axis=tuple(range(1, scale.ndim)))
    height[height == 0] = 1
    return np.abs(residual / height[:, None, None]).max(axis=(1, 2)) / np.finfo(residual.dtype).eps


@pytest.mark.parametrize(("n", "dtype"), SIZES)
class TestSquares:
    def test_solve_and_inv(self, n: int, dtype: str):
        a, b = stack(n, dtype), numbers((24, n, 2), dtype, 1)
        regular = (
            np.linalg.matrix_rank(a / np.abs(a).max(axis=(1, 2), keepdims=True).clip(1e-30)) == n
        )
        regular[20:22] = False
        for x, y in (
            (run(xp.linalg.solve, a, b), b),
            (run(xp.linalg.inv, a), np.eye(n, dtype=dtype)),
        ):
            assert x.dtype == dtype
            p, q = a[regular], x[regular]
            expected = np.linalg.solve(p, (y[regular] if y.ndim == 3 else y))
            residual = p @ q - (y[regular] if y.ndim == 3 else y)
            lapack = p @ expected - (y[regular] if y.ndim == 3 else y)
            for i in range(len(p)):
                scale = np.abs(p[i]).max() * np.abs(q[i]).max()
                limit = allowed(np.abs(lapack[i]).max() / scale / np.finfo(dtype).eps)
                assert np.abs(residual[i]).max() / scale / np.finfo(dtype).eps <= limit
            assert np.isfinite(x[20:22]).all()
            if n > 1:
                assert not np.isfinite(x[12:14]).any()

    def test_determinants(self, n: int, dtype: str):
        a = stack(n, dtype)
        with np.errstate(divide="ignore"):
            expected, (sign, log) = np.linalg.det(a), np.linalg.slogdet(a)
        d, (s, ell) = run(xp.linalg.det, a), run(xp.linalg.slogdet, a)
        assert d.dtype == s.dtype == dtype
        assert ell.dtype == log.dtype
        eps = np.finfo(dtype).eps
        bound = np.prod(np.abs(a).astype(np.complex256).sum(-1).real, axis=-1)
        finite = np.isfinite(expected)
        assert (np.abs(d - expected)[finite] <= (64 * eps * bound)[finite]).all()
        clear = np.abs(expected) > 1e4 * eps * bound
        clear[20:22] = np.linalg.cond(a[20:22] / np.abs(a[20:22]).max((1, 2), keepdims=True)) < 1e4
        np.testing.assert_allclose(s[clear], sign[clear], atol=1e3 * eps)
        np.testing.assert_allclose(ell[clear], log[clear], rtol=1e3 * eps, atol=1e3 * eps)
        if n > 1:
            assert (d[12:14] == 0).all()
            assert (s[12:14] == 0).all()
            assert (ell[12:14] == -np.inf).all()

    def test_cholesky(self, n: int, dtype: str):
        a = stack(n, dtype)[:20]
        p = a @ adjoint(a) + np.eye(n, dtype=dtype)
        p[3] *= -1
        p[4] = 0
        factor = run(xp.linalg.cholesky, p)
        assert np.isnan(factor[3:5]).all()
        rest = np.delete(factor, [3, 4], 0)
        residual = rest @ adjoint(rest) - np.delete(p, [3, 4], 0)
        assert error(residual, np.delete(p, [3, 4], 0)).max() < 8
        assert (np.triu(rest, 1) == 0).all()
        upper = run(xp.linalg.cholesky, p, upper=True)
        np.testing.assert_allclose(np.delete(upper, [3, 4], 0), adjoint(rest), rtol=1e-6)

    def test_eigh(self, n: int, dtype: str):
        a = stack(n, dtype)
        a = a + adjoint(a)
        values, vectors = run(xp.linalg.eigh, np.tril(a))
        alone = run(xp.linalg.eigvalsh, np.tril(a))
        expected = np.linalg.eigvalsh(a)
        assert vectors.dtype == dtype
        assert values.dtype == expected.dtype
        assert error(a @ vectors - vectors * values[:, None, :], values).max() < 16
        assert units(adjoint(vectors) @ vectors - np.eye(n, dtype=dtype)) < 16
        assert error((values - expected)[..., None], expected).max() < 16
        np.testing.assert_array_equal(alone, values)
        assert (np.diff(values) >= 0).all()


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((1, 1), "complex64"),
        ((3, 2), "float32"),
        ((2, 3), "complex128"),
        ((4, 2), "float64"),
        ((1, 4), "float64"),
        ((3, 3), "float64"),
        ((4, 4), "float64"),
        ((2, 2), "complex128"),
    ],
)
@pytest.mark.parametrize("full", [False, True])
class TestRectangles:
    def test_qr(self, shape: tuple[int, int], dtype: str, full: bool):
        a = stack(4, dtype)[:, : shape[0], : shape[1]]
        mode: Any = "complete" if full else "reduced"
        q, r = run(xp.linalg.qr, a, mode=mode)
        expected = np.linalg.qr(a, mode)
        assert q.shape == expected.Q.shape
        assert r.shape == expected.R.shape
        assert q.dtype == r.dtype == dtype
        assert error(q @ r - a, a).max() < 16
        assert units(adjoint(q) @ q - np.eye(q.shape[-1], dtype=dtype)) < 16
        assert (np.tril(r, -1) == 0).all()
        np.testing.assert_allclose(r[:8], expected.R[:8], rtol=1e-3, atol=1e-4)  # signs as well

    def test_svd(self, shape: tuple[int, int], dtype: str, full: bool):
        a = stack(4, dtype)[:, : shape[0], : shape[1]]
        u, s, vh = run(xp.linalg.svd, a, full_matrices=full)
        expected = np.linalg.svd(a, full_matrices=full)
        assert (u.shape, s.shape, vh.shape) == tuple(x.shape for x in expected)
        assert (u.dtype, s.dtype, vh.dtype) == tuple(x.dtype for x in expected)
        k = min(shape)
        assert error((u[..., :k] * s[:, None, :]) @ vh[:, :k] - a, s).max() < 24
        for x in (adjoint(u) @ u, vh @ adjoint(vh)):
            assert units(x - np.eye(x.shape[-1], dtype=dtype)) < 24
        assert error((s - expected.S)[..., None], expected.S).max() < 24


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_singular_vectors_of_rows_of_far_sizes(dtype: str):
    a = numbers((4, 4), dtype) * 10.0 ** (-80.0 * np.arange(4))[:, None]
    u, s, vh = run(xp.linalg.svd, a[None])
    assert units(adjoint(u) @ u - np.eye(4, dtype=dtype)) < 16
    assert error((u * s[:, None, :]) @ vh - a, s).max() < 16


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_elements_that_are_not_finite(bad: float):
    a = numbers((2, 3, 3))
    a = a + adjoint(a)
    a[0, 2, 1] = a[0, 1, 2] = bad
    for name in "inv det slogdet qr eigh eigvalsh svd".split():
        results = run(getattr(xp.linalg, name), a)
        for x in results if isinstance(results, list) else [results]:
            if name != "slogdet" or x.dtype != results[0].dtype:
                assert not np.isfinite(x[0]).all()
            assert np.isfinite(x[1]).all()
    assert not np.isfinite(run(xp.linalg.solve, a, a)[0]).all()
    assert np.isnan(run(xp.linalg.cholesky, a)[0]).all()
