"""Cholesky and QR decompositions and determinants in models, against numpy: errors, sizes and bad matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
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
    numbers,
    qr_error,
    units,
)
from tests.helpers.sessions import models

SHAPES = [
    (1, 1),
    (4, 4),
    (5, 3),
    (3, 5),
    (40, 20),
    (2, 20, 40),
    (0, 3),
    (3, 0),
    (0, 0),
    (0, 3, 3),
    (2, 0, 1),
]


def positive(shape: tuple[int, ...], dtype: str) -> Any:
    a = numbers(shape, dtype)
    return (a @ adjoint(a) + np.eye(shape[-1])).astype(dtype)


def same_type(result: Any, expected: Any) -> None:
    assert result.dtype == expected.dtype
    assert result.shape == expected.shape


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SQUARES, ids=str)
class TestSquares:
    @pytest.mark.parametrize("upper", [False, True])
    def test_cholesky(self, shape: tuple[int, ...], dtype: str, upper: bool):
        a = positive(shape, dtype)
        expected = np.linalg.cholesky(a, upper=upper)
        for factor in models(xp.linalg.cholesky, a, static=shape == (3, 3), upper=upper):
            same_type(factor, expected)
            product = adjoint(factor) @ factor if upper else factor @ adjoint(factor)
            assert units(product - a, a) < 8
            np.testing.assert_allclose(factor, expected, rtol=1e-4, atol=1e-4)

    def test_det(self, shape: tuple[int, ...], dtype: str):
        a = numbers(shape, dtype)
        expected = np.linalg.det(a)
        for result in models(xp.linalg.det, a, static=shape == (2, 5, 5)):
            same_type(result, expected)
            eps = np.finfo(dtype).eps
            np.testing.assert_allclose(result, expected, rtol=1000 * eps)

    def test_slogdet(self, shape: tuple[int, ...], dtype: str):
        a = numbers(shape, dtype)
        expected = np.linalg.slogdet(a)
        for results in models(xp.linalg.slogdet, a, static=shape == (1, 1)):
            for result, wanted in zip(results, expected, strict=True):
                same_type(result, wanted)
                tolerance = 100 * np.finfo(dtype).eps
                np.testing.assert_allclose(result, wanted, rtol=tolerance, atol=tolerance)


class TestQR:
    @pytest.mark.parametrize("mode", ["reduced", "complete"])
    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_shapes(self, shape: tuple[int, ...], dtype: str, mode: Any):
        a = numbers(shape, dtype)
        expected = np.linalg.qr(a, mode)
        for q, r in models(xp.linalg.qr, a, static=shape == (5, 3), mode=mode):
            same_type(q, expected.Q)
            same_type(r, expected.R)
            assert qr_error(a, q, r) < 30
            assert (np.tril(r, -1) == 0).all()
            np.testing.assert_allclose(r, expected.R, rtol=1e-3, atol=1e-4)  # signs as well

    @pytest.mark.parametrize("name", STRUCTURED)
    def test_errors_are_those_of_lapack(self, name: str):
        a = STRUCTURED[name]
        limit = allowed(qr_error(a, *np.linalg.qr(a)))
        for q, r in models(xp.linalg.qr, a, static=False):
            assert qr_error(a, q, r) <= limit

    @pytest.mark.parametrize("n", [64, 128])
    def test_columns_that_are_nearly_parallel(self, n: int):
        i = np.arange(n)
        frank = np.triu(np.minimum(n - i[:, None], n - i), -1) * 1.0
        for a in (np.tri(n), frank):
            limit = allowed(qr_error(a, *np.linalg.qr(a)))
            for q, r in models(xp.linalg.qr, a, static=False):
                assert qr_error(a, q, r) <= limit

    def test_nothing_is_reflected_where_nothing_is_below_the_diagonal(self):
        for q, r in models(xp.linalg.qr, np.zeros((4, 3))):
            np.testing.assert_array_equal(q, np.eye(4, 3))
            np.testing.assert_array_equal(r, np.zeros((3, 3)))


@pytest.mark.parametrize("name", HERMITIAN)
def test_cholesky_of_structured_matrices(name: str):
    a = HERMITIAN[name]
    size = np.abs(a).max() or 1.0
    a = a if name == "Hilbert" else (a / size) @ adjoint(a / size) * size
    try:
        expected = np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        expected = np.zeros_like(a)
    lapack = units(expected @ adjoint(expected) - a, a) if expected.any() else 0.0
    for factor in models(xp.linalg.cholesky, a, static=False):
        if np.isnan(factor).any():  # rounding decides whether these are positive definite
            assert np.linalg.cond(a / size) > 1e14
            continue
        assert units(factor @ adjoint(factor) - a, a) <= allowed(lapack)


@pytest.mark.parametrize("name", STRUCTURED)
def test_determinants_of_structured_matrices(name: str):
    a = STRUCTURED[name]
    sign, log = np.linalg.slogdet(a)
    singular = np.linalg.matrix_rank(a) < len(a)
    ways = zip(
        models(xp.linalg.slogdet, a, static=False),
        models(xp.linalg.det, a, static=False),
        strict=True,
    )
    for (s, ell), d in ways:
        if singular:  # the determinant is that of rounding errors
            assert ell < len(a) * np.log(max(np.abs(a).max(), 1e-300)) - 30 or ell == -np.inf
            continue
        tolerance = 1e-14 * len(a) * np.linalg.cond(a / np.abs(a).max())
        np.testing.assert_allclose(s, sign, atol=tolerance)
        np.testing.assert_allclose(ell, log, atol=tolerance)
        with np.errstate(over="ignore", under="ignore"):
            np.testing.assert_allclose(d, np.linalg.det(a), rtol=tolerance)


@pytest.mark.parametrize(
    "a", [np.zeros((3, 3)), np.array([[1.0, 2.0], [2.0, 4.0]]), np.ones((4, 4))]
)
def test_determinants_of_singular_matrices_are_zero(a: Any):
    for (s, ell), d in zip(models(xp.linalg.slogdet, a), models(xp.linalg.det, a), strict=True):
        assert (s, ell, d) == (0.0, -np.inf, 0.0)
        assert not np.signbit(s)


class TestBadMatrices:
    @pytest.mark.parametrize(
        "a",
        [
            -np.eye(3),
            np.zeros((2, 2)),
            np.array([[1.0, 2.0], [2.0, 1.0]]),
            np.diag([4.0, 1, -1e-9]),
        ],
    )
    @pytest.mark.parametrize("dtype", ["float64", "complex64"])
    def test_cholesky_of_others_is_nan(self, a: Any, dtype: str):
        for factor in models(xp.linalg.cholesky, a.astype(dtype), static=False):
            assert np.isnan(factor).all()

    def test_cholesky_reads_one_triangle(self):
        a = positive((5, 5), "complex128")
        lower = np.where(np.tri(5, dtype=bool), a, np.nan)
        for a_triangle, upper in ((lower, False), (adjoint(lower), True)):
            for factor in models(xp.linalg.cholesky, a_triangle, upper=upper):
                expected = np.linalg.cholesky(a, upper=upper)
                np.testing.assert_allclose(factor, expected, atol=1e-14)

    def test_only_the_bad_matrix_of_a_stack_is_nan(self):
        a = np.stack([np.eye(3), -np.eye(3), 4 * np.eye(3)])
        for factor in models(xp.linalg.cholesky, a):
            assert np.isnan(factor[1]).all()
            np.testing.assert_array_equal(factor[::2], [np.eye(3), 2 * np.eye(3)])

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("place", [(0, 0), (2, 1), (1, 2), (3, 3)])
    @pytest.mark.parametrize("dtype", ["float64", "complex128"])
    def test_numbers_that_are_not_finite(self, bad: float, place: tuple[int, int], dtype: str):
        a = numbers((4, 4), dtype)
        a[place] = bad
        for d in models(xp.linalg.det, a, static=False):
            assert not np.isfinite(d)
        for _, ell in models(xp.linalg.slogdet, a, static=False):
            assert not np.isfinite(ell)
        for q, r in models(xp.linalg.qr, a, static=False):
            assert not np.isfinite(q).all()
            assert not np.isfinite(r).all()
        p = positive((4, 4), dtype)
        p[place] = bad
        if place[0] >= place[1]:
            for factor in models(xp.linalg.cholesky, p, static=False):
                assert not np.isfinite(factor).all()

    @pytest.mark.parametrize("name", ["cholesky", "det", "slogdet"])
    def test_sizes_are_checked_by_the_run(self, name: str):
        program = xp.trace(getattr(xp.linalg, name), "float64[M,N]")
        with pytest.raises(EvaluationError):
            program(np.ones((2, 3)))
        with pytest.raises(ShapeError):
            xp.trace(getattr(xp.linalg, name), "float64[2,3]")


@pytest.mark.parametrize("name", ["cholesky", "det", "slogdet", "qr"])
@pytest.mark.parametrize("spec", ["float16[2,2]", "int64[2,2]", "bool[2,2]"])
def test_dtypes_are_checked(name: str, spec: str):
    with pytest.raises(DTypeError):
        xp.trace(getattr(xp.linalg, name), spec)


programs = {
    name: xp.trace(getattr(xp.linalg, name), "float64[B>=0,M>=0,N>=0]")
    for name in ("cholesky", "slogdet", "qr")
}


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 3),
    st.integers(0, 12),
    st.integers(0, 12),
    st.integers(0, 99),
    st.integers(-9, 9),
)
def test_all_sizes(count: int, rows: int, columns: int, seed: int, scale: int):
    a = numbers((count, rows, columns), seed=seed) * 10.0 ** (30 * scale)
    q, r = (np.asarray(x) for x in programs["qr"](a))
    same_type(q, np.linalg.qr(a).Q)
    assert qr_error(a, q, r) < 20
    b = numbers((count, rows, columns + 1), seed=seed)
    square = (b @ b.mT + np.eye(rows)) * 10.0 ** (30 * scale)
    factor = np.asarray(programs["cholesky"](square))
    assert units(factor @ factor.mT - square, square) < 8
    for result, expected in zip(
        programs["slogdet"](square), np.linalg.slogdet(square), strict=True
    ):
        np.testing.assert_allclose(np.asarray(result), expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("name", "cholesky det slogdet inv qr eigh eigvalsh svd eig".split())
def test_runtimes_do_not_complain_about_a_model(name: str, capfd: pytest.CaptureFixture[str]):
    model = xp.trace(getattr(xp.linalg, name), "float64[N,N]").model
    options = onnxruntime.SessionOptions()  # which log warnings
    options.intra_op_num_threads = 1
    onnxruntime.InferenceSession(model.SerializeToString(), options)
    assert capfd.readouterr() == ("", "")
