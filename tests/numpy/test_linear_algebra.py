"""numpy.linalg on arrays of onnxp: concrete, and traced with symbolic sizes, as numpy code uses it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import onnxp as xp
from onnxp.errors import ArgumentError, DTypeError, LinearAlgebraError, ShapeError
from onnxp.testing._differential import _leaves

RNG = np.random.default_rng(0)
A = RNG.standard_normal((4, 4))
B = RNG.standard_normal((2, 5, 3))
P = A @ A.T + np.eye(4)
T = RNG.standard_normal((6, 4, 2, 3, 4))
INTS = np.array([[2, 1], [7, 4]])


def results(function: Any, *arrays: Any) -> list[list[Any]]:
    """Return the leaves of results: numpy's, those of concrete arrays, and those of a model."""
    specs = [
        xp.spec(tuple(f"n{k}_{i}" for i in range(a.ndim)), a.dtype) for k, a in enumerate(arrays)
    ]
    model = xp.trace(function, *specs)
    ways = function(*arrays), function(*map(xp.asarray, arrays)), model(*arrays)
    return [_leaves(list(x) if isinstance(x, tuple) else x) for x in ways]


CALLS = {
    "cholesky": (lambda x: np.linalg.cholesky(x), P),
    "cholesky, upper": (lambda x: np.linalg.cholesky(x, upper=True), P),
    "det": (lambda x: np.linalg.det(x), A),
    "det of integers": (lambda x: np.linalg.det(x), INTS),
    "slogdet": (lambda x: np.linalg.slogdet(x), A),
    "qr": (lambda x: np.linalg.qr(x), B),
    "qr, complete": (lambda x: np.linalg.qr(x, "complete"), B),
    "qr, r": (lambda x: np.linalg.qr(x, mode="r"), B),
    "eigh": (lambda x: np.abs(np.linalg.eigh(x)[1]), P),
    "eigvalsh": (lambda x: np.linalg.eigvalsh(x), P),
    "eigvalsh, upper": (lambda x: np.linalg.eigvalsh(x, UPLO="U"), np.triu(P)),
    "svd": (lambda x: [np.abs(y) for y in np.linalg.svd(x, full_matrices=False)], B),
    "svd, values": (lambda x: np.linalg.svd(x, compute_uv=False), B),
    "svd, hermitian": (lambda x: np.linalg.svd(x, hermitian=True)[1], P),
    "svd, lower triangles": (
        lambda x: [np.abs(y) for y in np.linalg.svd(x, hermitian=True)],
        np.tril(A),
    ),
    "svd, complex lower triangle": (
        lambda x: (lambda u, s, vh: (u * s) @ vh)(*np.linalg.svd(x, hermitian=True)),
        np.tril(A + 1j * A.T),
    ),
    "svd, values, lower triangles": (
        lambda x: np.linalg.svd(x, compute_uv=False, hermitian=True),
        np.tril(A),
    ),
    "svdvals": (lambda x: np.linalg.svdvals(x), B),
    "cond": (lambda x: np.linalg.cond(x), A),
    "cond, 1": (lambda x: np.linalg.cond(x, 1), A),
    "cond, fro": (lambda x: np.linalg.cond(x, "fro"), A),
    "cond, -2": (lambda x: np.linalg.cond(x, -2), B),
    "cond, singular": (lambda x: np.linalg.cond(x, 1), np.ones((2, 2))),
    "matrix_rank": (lambda x: np.linalg.matrix_rank(x), B),
    "matrix_rank, tol": (lambda x: np.linalg.matrix_rank(x, tol=1.5), B),
    "matrix_rank, rtol": (lambda x: np.linalg.matrix_rank(x, rtol=0.5), B),
    "matrix_rank, vector": (lambda x: np.ones(1) * np.linalg.matrix_rank(x), A[0]),
    "matrix_rank, lower triangles": (
        lambda x: np.linalg.matrix_rank(x, hermitian=True),
        np.stack([np.tri(4), np.eye(4)]),
    ),
    "matrix_rank, lower triangle, tol": (
        lambda x: np.ones(1) * np.linalg.matrix_rank(x, 0.5, hermitian=True),
        np.tril(A),
    ),
    "pinv, lower triangles": (
        lambda x: np.linalg.pinv(x, hermitian=True),
        np.stack([np.tri(4), np.tril(P)]),
    ),
    "pinv, complex lower triangle": (
        lambda x: np.linalg.pinv(x, 0.2, hermitian=True),
        np.tril(A + 1j * A.T),
    ),
    "pinv": (lambda x: np.linalg.pinv(x), B),
    "pinv, rcond": (lambda x: np.linalg.pinv(x, 0.5), B),
    "pinv, rtol": (lambda x: np.linalg.pinv(x, rtol=None), B),
    "inv": (lambda x: np.linalg.inv(x), A),
    "matrix_power": (lambda x: np.linalg.matrix_power(x, -2), A),
    "matrix_power of integers": (lambda x: np.linalg.matrix_power(x, 5), INTS),
    "matrix_power of bools": (lambda x: np.linalg.matrix_power(x, 7), A > 0.5),
    "matrix_power 0 of bools": (lambda x: np.linalg.matrix_power(x, 0), A > 0.5),
    "tensorinv": (lambda x: np.linalg.tensorinv(x), T[0, :, 0, 0].reshape(2, 2, 4)),
    "multi_dot": (lambda x: np.linalg.multi_dot([x, x, x]), A),
    "norm, nuc": (lambda x: np.linalg.norm(x, "nuc", axis=(1, 2)), B),
    "norm, 2": (lambda x: np.linalg.norm(x, 2), A),
    "norm, f": (lambda x: np.linalg.norm(x, "f"), A),
    "matrix_norm, -2": (lambda x: np.linalg.matrix_norm(x, ord=-2), B),
    "diagonal": (lambda x: np.linalg.diagonal(x), B),
    "trace": (lambda x: np.linalg.trace(x), B),
    "eigenvalues": (lambda x: np.sort(np.abs(np.linalg.eigvals(x))), A),
    "whitening": (lambda x: x @ np.linalg.inv(np.linalg.cholesky(x.T @ x)).T, B[0]),
    "distance": (lambda x: np.sqrt(np.linalg.eigvalsh(x.T @ x).sum()), B[0]),
    "projection": (lambda x: x @ np.linalg.svd(x - x.mean(0))[2][:2].T @ np.ones(2), abs(B[0])),
}


@pytest.mark.parametrize("name", CALLS)
def test_functions_of_one_array(name: str):
    function, array = CALLS[name]
    expected, concrete, traced = results(function, array)
    for way in (concrete, traced):
        assert len(way) == len(expected)
        for found, wanted in zip(way, expected, strict=True):
            assert found.dtype == wanted.dtype
            assert found.shape == wanted.shape
            if name == "projection":  # the signs of vectors are free
                found, wanted = abs(found), abs(wanted)
                continue
            np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    "sides", [RNG.standard_normal(5), RNG.standard_normal((5, 2))], ids=["vector", "columns"]
)
@pytest.mark.parametrize("matrix", [B[0], B[0, :, :1] * np.ones(3), RNG.standard_normal((5, 7))])
@pytest.mark.parametrize("rcond", [None, -1, 0.5])
def test_lstsq(matrix: Any, sides: Any, rcond: Any):
    if rcond == -1 and matrix.shape == (5, 3) and np.linalg.matrix_rank(matrix) == 1:
        return  # rounding decides on the rank

    def solved(a, b):
        x, residuals, rank, values = np.linalg.lstsq(a, b, rcond)
        return x, residuals, rank, values

    expected, concrete, traced = results(solved, matrix, sides)
    for way in (concrete, traced):
        for found, wanted in zip(way, expected, strict=True):
            assert found.shape == wanted.shape
            assert found.dtype == np.asarray(wanted).dtype
            np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-10)


def test_systems_of_equations():
    for function, arrays in (
        (np.linalg.solve, (A, B[0, :4, 0])),
        (np.linalg.solve, (INTS, np.array([1, 2]))),
        (np.linalg.tensorsolve, (T, RNG.standard_normal((6, 4)))),
        (
            lambda a, b: np.linalg.tensorsolve(a, b, axes=(0, 2)),
            (np.moveaxis(T, (3, 4), (0, 2)), RNG.standard_normal((6, 4))),
        ),
        (np.linalg.outer, (A[0], A[1])),
        (np.linalg.cross, (A[:, :3], A[:, 1:])),
        (np.linalg.tensordot, (A, A)),
    ):
        expected, concrete, traced = results(function, *arrays)
        for way in (concrete, traced):
            np.testing.assert_allclose(way[0], expected[0], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("matrix", [A, P, np.diag([1.0, 2.0]), A.astype(np.complex64)])
def test_eig(matrix: Any):
    concrete = np.linalg.eig(xp.asarray(matrix))
    traced = xp.trace(lambda x: np.linalg.eig(x), xp.spec(("N", "N"), matrix.dtype))(matrix)
    assert np.asarray(concrete.eigenvalues).dtype == np.linalg.eig(matrix).eigenvalues.dtype
    for values, vectors in (map(np.asarray, concrete), map(np.asarray, traced)):
        np.testing.assert_allclose(matrix @ vectors, vectors * values, atol=1e-5)
    assert (
        np.asarray(traced.eigenvalues).dtype.kind == "c"
    )  # of which dtype numpy's are depends on them


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (lambda x: np.linalg.eigh(x, UPLO="M"), ArgumentError),
        (lambda x: np.linalg.qr(x, "raw"), ArgumentError),
        (lambda x: np.linalg.matrix_rank(x, tol=1.0, rtol=1.0), ArgumentError),
        (lambda x: np.linalg.pinv(x, 1.0, rtol=1.0), ArgumentError),
        (lambda x: np.linalg.tensorinv(x, 0), ArgumentError),
        (lambda x: np.linalg.cond(x[:0]), LinearAlgebraError),
        (lambda x: np.linalg.det(x[:1]), ShapeError),
        (lambda x: np.linalg.lstsq(x[0], x[0]), ShapeError),
        (lambda x: np.linalg.svd(xp.astype(x, xp.float16)), DTypeError),
    ],
)
def test_errors(function, error):
    for array in (xp.asarray(A), None):
        with pytest.raises(error):
            xp.trace(function, "float64[2,2]") if array is None else function(array)


def test_condition_numbers_of_bad_matrices():
    function = xp.trace(lambda x: np.linalg.cond(x), "float64[B,N,N]")
    bad = np.stack([np.ones((2, 2)) * np.nan, np.zeros((2, 2)), np.eye(2)])
    np.testing.assert_array_equal(np.asarray(function(bad)), [np.nan, np.inf, 1.0])
