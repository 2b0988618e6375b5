"""Eigenvalues, singular values and functions of them in models, beside LAPACK: errors, sizes, bad matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp.errors import DTypeError, EvaluationError, ShapeError
from tests.helpers.matrices import (
    DTYPES,
    HERMITIAN,
    SQUARES,
    STRUCTURED,
    adjoint,
    allowed,
    eigh_error,
    hermitian,
    numbers,
    svd_error,
    units,
)
from tests.helpers.sessions import models

SHAPES = [
    (1, 1),
    (4, 4),
    (5, 3),
    (3, 5),
    (30, 7),
    (2, 7, 20),
    (0, 3),
    (3, 0),
    (0, 0),
    (0, 3, 3),
    (2, 0, 1),
]


def same_type(result: Any, expected: Any) -> None:
    assert result.dtype == expected.dtype
    assert result.shape == expected.shape


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SQUARES, ids=str)
class TestHermitian:
    def test_eigh(self, shape: tuple[int, ...], dtype: str):
        a = hermitian(shape, dtype)
        expected = np.linalg.eigh(a)
        for values, vectors in models(xp.linalg.eigh, a, static=shape == (3, 3)):
            same_type(values, expected.eigenvalues)
            same_type(vectors, expected.eigenvectors)
            assert eigh_error(a, values, vectors) <= 30

    def test_eigvalsh(self, shape: tuple[int, ...], dtype: str):
        a = hermitian(shape, dtype)
        expected = np.linalg.eigvalsh(a)
        for values in models(xp.linalg.eigvalsh, a, static=shape == (2, 5, 5)):
            same_type(values, expected)
            assert units(values - expected, expected) < 30


@pytest.mark.parametrize("shape", SHAPES, ids=str)
class TestSingular:
    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("full", [False, True])
    def test_svd(self, shape: tuple[int, ...], dtype: str, full: bool):
        a = numbers(shape, dtype)
        expected = np.linalg.svd(a, full_matrices=full)
        static = shape == (5, 3) and dtype in ("float32", "complex128")
        for results in models(xp.linalg.svd, a, static=static, full_matrices=full):
            for result, wanted in zip(results, expected, strict=True):
                same_type(result, wanted)
            assert svd_error(a, *results) <= 30
            assert units(results[1] - expected.S, expected.S) < 30

    @pytest.mark.parametrize("dtype", ["float32", "complex128"])
    def test_pinv(self, shape: tuple[int, ...], dtype: str):
        a = numbers(shape, dtype)
        expected = np.asarray(xp.linalg.pinv(xp.asarray(a)))
        for result in models(xp.linalg.pinv, a, static=shape == (3, 5)):
            same_type(result, expected)
            scale = np.abs(expected).max(initial=0) * np.linalg.cond(a).max() if a.size else 1
            assert units(result - expected) <= 100 * scale


@pytest.mark.parametrize("name", HERMITIAN)
def test_eigenvalues_of_structured_matrices(name: str):
    a = HERMITIAN[name]
    values, vectors = np.linalg.eigh(a)
    lapack = eigh_error(a, values, vectors)
    for results in models(xp.linalg.eigh, a, static=False):
        assert eigh_error(a, *results) <= allowed(lapack)
        assert units(results[0] - values, values) <= allowed(lapack)
    for result in models(xp.linalg.eigvalsh, a, static=False):
        assert units(result - values, values) <= allowed(lapack)


@pytest.mark.parametrize("name", STRUCTURED)
def test_singular_values_of_structured_matrices(name: str):
    a = STRUCTURED[name]
    u, s, vh = np.linalg.svd(a)
    lapack = svd_error(a, u, s, vh)
    for full in (False, True):
        for results in models(xp.linalg.svd, a, static=False, full_matrices=full):
            assert svd_error(a, *results) <= allowed(lapack)
            assert units(results[1] - s, s) <= allowed(lapack)
    for values in models(xp.linalg.svdvals, a, static=False):
        assert units(values - s, s) <= allowed(lapack)


@pytest.mark.parametrize("name", STRUCTURED)
def test_ranks_of_structured_matrices(name: str):
    a = STRUCTURED[name]
    if name in ("Hilbert", "Vandermonde"):  # rounding decides
        a = np.round(a, 3)
    for rank in models(xp.linalg.matrix_rank, a, static=False):
        assert rank.dtype == np.int64
        assert rank == np.linalg.matrix_rank(a)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_vectors_of_many_small_eigenvalues(dtype: str):
    a = numbers((100, 100), dtype) * 10.0 ** np.random.default_rng(0).integers(-8, 8, (100, 1))
    a += adjoint(a)
    program = xp.trace(xp.linalg.eigh, f"{dtype}[N,N]")
    assert eigh_error(a, *map(np.asarray, program(a))) <= 3 * eigh_error(a, *np.linalg.eigh(a))


def test_vectors_of_equal_singular_values():
    a = np.eye(66, k=-1) + np.eye(66)[:, -1:].T * numbers((66, 1))
    limit = allowed(svd_error(a, *np.linalg.svd(a)))
    ((u, values, vh),) = models(xp.linalg.svd, a, static=False)
    assert svd_error(a, u, values, vh) <= limit


def test_sums_of_rows_may_overflow():
    a = np.full((6, 6), 1e308) * np.where(np.eye(6), -1, 0.03)
    expected = np.linalg.eigvalsh(a / 1e308) * 1e308
    for values, _ in models(xp.linalg.eigh, a, static=False):
        np.testing.assert_allclose(values, expected, rtol=1e-14)
    for values in models(xp.linalg.eigvalsh, a, static=False):
        np.testing.assert_allclose(values, expected, rtol=1e-14)
    for values in models(xp.linalg.eigvals, a * 1.5, static=False):
        np.testing.assert_allclose(np.sort(values.real), expected * 1.5, rtol=1e-14)


@pytest.mark.parametrize("order", ["nuc", 2, -2])
def test_norms(order: Any):
    a, keepdims = numbers((2, 3, 4), "complex64"), order == 2
    for norm in models(xp.linalg.matrix_norm, a, static=False, ord=order, keepdims=keepdims):
        expected = np.linalg.matrix_norm(a, ord=order, keepdims=keepdims)
        same_type(norm, expected)
        np.testing.assert_allclose(norm, expected, rtol=1e-5)


def test_limits_of_singular_values():
    a = np.stack([np.diag([1.0, 1e-3, 1e-6])] * 2)
    for rtol in (1e-2, np.array([1e-2, 1e-5]), 0.0):
        limit = xp.asarray(rtol) if isinstance(rtol, np.ndarray) else rtol
        program = xp.trace(
            lambda x, limit=limit: xp.linalg.matrix_rank(x, rtol=limit), "float64[B,N,N]"
        )
        np.testing.assert_array_equal(np.asarray(program(a)), np.linalg.matrix_rank(a, rtol=rtol))
        program = xp.trace(lambda x, limit=limit: xp.linalg.pinv(x, rtol=limit), "float64[B,N,N]")
        np.testing.assert_allclose(np.asarray(program(a)), np.linalg.pinv(a, rtol=rtol), atol=1e-9)
    program = xp.trace(lambda r: xp.linalg.matrix_rank(xp.asarray(a), rtol=r), "float64[2]")
    np.testing.assert_array_equal(np.asarray(program(np.array([1e-2, 1e-5]))), [1, 2])


def test_only_the_lower_triangle_is_read():
    a = hermitian((6, 6), "complex128")
    lower = np.where(np.tri(6, dtype=bool), a, np.nan)
    np.fill_diagonal(lower, np.diag(a) + 7j)  # LAPACK does not read these imaginary parts
    for values, vectors in models(xp.linalg.eigh, lower, static=False):
        assert eigh_error(a, values, vectors) <= 16
    for values in models(xp.linalg.eigvalsh, lower, static=False):
        assert units(values - np.linalg.eigvalsh(a), values) < 16


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [(0, 0), (2, 1), (3, 3)])
@pytest.mark.parametrize("dtype", ["float64", "complex64"])
class TestNotFinite:
    def test_one_of_two_matrices(self, bad: float, place: tuple[int, int], dtype: str):
        a = hermitian((2, 4, 4), dtype)
        a[(0, *place)] = bad
        for values, vectors in models(xp.linalg.eigh, a, static=False):
            assert np.isnan(values[0]).all()
            assert np.isnan(vectors[0]).all()
            assert eigh_error(a[1], values[1], vectors[1]) <= 16
        for values in models(xp.linalg.eigvalsh, a, static=False):
            assert np.isnan(values[0]).all()
            assert np.isfinite(values[1]).all()
        for u, s, vh in models(xp.linalg.svd, a, static=False, full_matrices=True):
            assert np.isnan(u[0]).all()
            assert np.isnan(s[0]).all()
            assert np.isnan(vh[0]).all()
            assert svd_error(a[1], u[1], s[1], vh[1]) <= 16
        for rank in models(xp.linalg.matrix_rank, a, static=False):
            assert rank.tolist() == [-1, 4]
        for inverse in models(xp.linalg.pinv, a, static=False):
            assert np.isnan(inverse[0]).all()
            assert np.isfinite(inverse[1]).all()


@pytest.mark.parametrize("name", ["eigh", "eigvalsh"])
def test_sizes_are_checked_by_the_run(name: str):
    program = xp.trace(getattr(xp.linalg, name), "float64[M,N]")
    with pytest.raises(EvaluationError):
        program(np.ones((2, 3)))
    with pytest.raises(ShapeError):
        xp.trace(getattr(xp.linalg, name), "float64[2,3]")


@pytest.mark.parametrize("name", "eigh eigvalsh svd svdvals pinv matrix_rank".split())
@pytest.mark.parametrize("spec", ["float16[2,2]", "int64[2,2]", "bool[2,2]"])
def test_dtypes_are_checked(name: str, spec: str):
    with pytest.raises(DTypeError):
        xp.trace(getattr(xp.linalg, name), spec)


SVD = xp.trace(xp.linalg.svd, "float64[B>=0,M>=0,N>=0]")
EIGH = xp.trace(xp.linalg.eigh, "float64[B>=0,N>=0,N]")


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 3),
    st.integers(0, 12),
    st.integers(0, 12),
    st.integers(0, 12),
    st.integers(0, 99),
    st.integers(-9, 9),
)
def test_all_sizes_and_ranks(count: int, rows: int, columns: int, rank: int, seed: int, scale: int):
    left, right = (
        numbers((count, rows, rank), seed=seed),
        numbers((count, rank, columns), seed=seed + 1),
    )
    a = left @ right * 10.0 ** (30 * scale)
    u, s, vh = (np.asarray(x) for x in SVD(a))
    expected = np.linalg.svd(a)
    same_type(u, expected.U)
    same_type(vh, expected.Vh)
    assert svd_error(a, u, s, vh) <= 20
    assert units(s - expected.S, expected.S) < 20
    square = left @ left.mT * 10.0 ** (30 * scale)
    assert eigh_error(square, *(np.asarray(x) for x in EIGH(square))) <= 20
