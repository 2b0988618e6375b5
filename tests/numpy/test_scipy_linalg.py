"""Functions of scipy.linalg on traced arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg as linalg

import onnxp as xp
from onnxp.errors import EvaluationError, OnnxpError
from tests.numpy.test_scipy_linear import check

X = np.random.default_rng(0).normal(size=(6, 4))
Function = Callable[[Any], Any]


def positive(x: Any) -> Any:
    """Return a positive definite matrix."""
    return x.T @ x + np.eye(4)


def other(x: Any) -> Any:
    """Return another one."""
    return np.diag(np.arange(1.0, 5)) + x.T @ x / 9


def product(parts: Any) -> Any:
    u, values, vh = parts
    return (u * values) @ vh


def projection(vectors: Any) -> Any:
    return vectors @ vectors.conj().T


def absolute(parts: Any) -> Any:
    values, vectors = parts
    return values, np.abs(vectors)


CASES: dict[str, Function] = {
    "cho_factor": lambda x: linalg.cho_solve(linalg.cho_factor(positive(x)), x[0]),
    "cho_factor, lower": lambda x: linalg.cho_solve(linalg.cho_factor(positive(x), True), x.T),
    "cholesky": lambda x: linalg.cholesky(positive(x)),
    "cholesky, one triangle": lambda x: linalg.cholesky(np.triu(positive(x))),
    "cholesky, lower": lambda x: linalg.cholesky(np.tril(positive(x)), lower=True),
    "circulant": lambda x: linalg.circulant(x[:, 0]),
    "eig": lambda x: np.sort(np.abs(linalg.eig(positive(x))[0])),
    "eig, values": lambda x: np.sort(np.abs(linalg.eig(positive(x), right=False))),
    "eigh": lambda x: absolute(linalg.eigh(positive(x))),
    "eigh, upper": lambda x: linalg.eigh(np.triu(positive(x)), lower=False)[0],
    "eigh of two": lambda x: absolute(linalg.eigh(positive(x), other(x))),
    "eigh of two, upper": lambda x: absolute(
        linalg.eigh(np.triu(positive(x)), np.triu(other(x)), lower=False)
    ),
    "eigh, some": lambda x: linalg.eigh(positive(x), subset_by_index=[1, 2])[0],
    "eigvals": lambda x: np.sort(np.abs(linalg.eigvals(positive(x)))),
    "eigvalsh": lambda x: linalg.eigvalsh(positive(x)),
    "eigvalsh of two": lambda x: linalg.eigvalsh(positive(x), other(x)),
    "hankel": lambda x: (linalg.hankel(x[:, 0]), linalg.hankel(x[0], x[1])),
    "null_space": lambda x: projection(linalg.null_space(x.T[:3] @ x)),
    "null_space of no vectors": lambda x: linalg.null_space(positive(x)),
    "null_space, wide": lambda x: projection(linalg.null_space(x[:3] * (1 + 1j))),
    "orth": lambda x: projection(linalg.orth(x @ np.diag([1.0, 1, 1, 0]))),
    "orth, rcond": lambda x: projection(linalg.orth(x, rcond=0.4)),
    "orthogonal_procrustes": lambda x: linalg.orthogonal_procrustes(x, x[:, ::-1]),
    "pinv": lambda x: linalg.pinv(x),
    "pinv, rank": lambda x: linalg.pinv(positive(x), rtol=0.3, return_rank=True),
    "pinvh": lambda x: linalg.pinvh(np.tril(positive(x))),
    "pinvh, upper": lambda x: linalg.pinvh(np.triu(positive(x)), atol=3.0, lower=False),
    "polar": lambda x: (linalg.polar(x), linalg.polar(x, "left")),
    "qr": lambda x: linalg.qr(x),
    "qr, economic": lambda x: linalg.qr(x, mode="economic"),
    "qr, r": lambda x: linalg.qr(x, mode="r"),
    "solve, one triangle": lambda x: linalg.solve(np.triu(positive(x)), x[0], assume_a="sym"),
    "solve, lower": lambda x: linalg.solve(np.tril(positive(x)), x[0], lower=True, assume_a="pos"),
    "solve_banded": lambda x: linalg.solve_banded((1, 2), x.T + 3, x[:, 0]),
    "solve_banded, three diagonals": lambda x: linalg.solve_banded((1, 1), x[:3] + 4, x[0]),
    "solve_triangular": lambda x: linalg.solve_triangular(positive(x), x[0]),
    "solve_triangular, unit": lambda x: linalg.solve_triangular(
        positive(x), x.T, 1, lower=True, unit_diagonal=True
    ),
    "solve_triangular, adjoint": lambda x: linalg.solve_triangular(
        positive(x) + 1j * x[:4], x[0], "C"
    ),
    "svd": lambda x: product(linalg.svd(x, full_matrices=False)),
    "svd, values": lambda x: (linalg.svd(x, compute_uv=False), linalg.svdvals(x)),
    "toeplitz": lambda x: (linalg.toeplitz(x[:, 0]), linalg.toeplitz(x[:, 0], x[1])),
}


@pytest.mark.parametrize("name", CASES)
def test_functions(name: str) -> None:
    check(CASES[name], X, "float64[N>=4, 4]")


def test_the_number_of_diagonals_is_checked_by_the_run() -> None:
    program = xp.trace(lambda x: linalg.solve_banded((1, 2), x, x[0]), "float64[N, 4]")
    expected = linalg.solve_banded((1, 2), X[:4], X[0])
    np.testing.assert_allclose(program(X[:4]), expected, rtol=1e-10)
    with pytest.raises(EvaluationError):
        program(X[:3])


@pytest.mark.parametrize("rows", [3, 4, 6])
@pytest.mark.parametrize("columns", [1, 2])
def test_lstsq(rows: int, columns: int) -> None:
    x = X[:rows]
    sides = x[:, 0] if columns == 1 else x[:, :2] + 1
    check(lambda x: linalg.lstsq(x[:, 1:], sides), x, f"float64[{rows}, 4]")


@pytest.mark.parametrize(
    ("function", "match"),
    [
        (lambda x: linalg.lstsq(x, x[:, 0]), r"N > 4.*np\.linalg\.lstsq"),
        (lambda x: linalg.qr(x, pivoting=True), "pivoting"),
        (lambda x: linalg.qr(x, mode="raw"), "raw.*economic"),
        (lambda x: linalg.eigh(positive(x), type=2), "type"),
        (lambda x: linalg.eig(positive(x), other(x)), "eig: b"),
        (lambda x: linalg.polar(x, "up"), "up.*left"),
        (lambda x: linalg.toeplitz(x), "rank 1"),
        (lambda x: linalg.solve_banded((1, 1), x.T, x[:, 0]), "3 diagonals.*u = 1"),
    ],
)
def test_what_is_not_supported_says_so(function: Function, match: str) -> None:
    with pytest.raises(OnnxpError, match=match):
        xp.trace(function, "float64[N, 4]")
