"""Matrices of tests, random and structured ones, and errors of their decompositions."""

from __future__ import annotations

from typing import Any

import numpy as np

DTYPES = ("float32", "float64", "complex64", "complex128")
SQUARES = [(1, 1), (2, 2), (3, 3), (20, 20), (2, 5, 5), (1, 1, 1), (0, 0), (0, 3, 3), (2, 0, 0)]


def numbers(shape: tuple[int, ...], dtype: str = "float64", seed: int = 0) -> Any:
    """Return normally distributed numbers."""
    rng = np.random.default_rng(seed)
    real = rng.standard_normal(shape)
    whole = real + 1j * rng.standard_normal(shape) if dtype.startswith("c") else real
    return whole.astype(dtype)


def adjoint(a: Any) -> Any:
    """Return the conjugate transposes."""
    return np.conj(np.swapaxes(a, -1, -2))


def hermitian(shape: tuple[int, ...], dtype: str = "float64", seed: int = 0) -> Any:
    """Return random Hermitian matrices."""
    a = numbers(shape, dtype, seed)
    return a + adjoint(a)


def _orthogonal(n: int, dtype: str = "float64", seed: int = 5) -> Any:
    return np.linalg.qr(numbers((n, n), dtype, seed))[0]


def _with_values(values: Any, dtype: str = "float64") -> Any:
    q = _orthogonal(len(values), dtype)
    return q * np.asarray(values) @ adjoint(q)


N = np.arange(12.0)
STRUCTURED = {
    "Hilbert": 1 / (N[:, None] + N + 1),
    "Vandermonde": np.vander(np.linspace(0.1, 1, 12)),
    "graded": 10.0 ** np.arange(-10, 10)[:, None] * numbers((20, 20)),
    "rank 2": numbers((9, 2)) @ numbers((2, 9), seed=1),
    "orthogonal": _orthogonal(17),
    "unitary": _orthogonal(9, "complex128"),
    "permutation": np.eye(5)[[3, 1, 4, 0, 2]],
    "identity": np.eye(6),
    "ones": np.ones((7, 7)),
    "zeros": np.zeros((4, 4)),
    "huge": 1e300 * numbers((5, 5)),
    "tiny": 1e-300 * numbers((5, 5)),
    "Jordan": np.eye(6) * 2 + np.eye(6, k=1),
    "Kahan": 0.9 ** np.arange(20)[:, None] * (np.eye(20) - 0.4 * np.triu(np.ones((20, 20)), 1)),
    "several panels": numbers((70, 70)),
    "complex": numbers((33, 33), "complex128"),
}
"""Square matrices that are hard in different ways."""

HERMITIAN = {
    "Hilbert": STRUCTURED["Hilbert"],
    "repeated values": _with_values([1.0, 1, 1, 2, 2, 3, 3, 3]),
    "repeated values, complex": _with_values([1.0, 1, 1, 2, 2, 3, 3, 3], "complex128"),
    "close values": _with_values(1 + 1e-13 * np.arange(8)),
    "graded": np.diag(10.0 ** np.arange(-8, 8)) + 1e-9 * hermitian((16, 16)),
    "both signs": _with_values([-3.0, -3, -1e-9, 0, 1e-9, 3]),
    "identity": np.eye(6),
    "ones": np.ones((7, 7)),
    "zeros": np.zeros((4, 4)),
    "huge": 1e300 * hermitian((5, 5)),
    "tiny": 1e-300 * hermitian((5, 5)),
    "Wilkinson": np.diag(abs(np.arange(-10.0, 11))) + np.eye(21, k=1) + np.eye(21, k=-1),
    "tridiagonal": np.diag(np.full(20, 2.0)) - np.eye(20, k=1) - np.eye(20, k=-1),
    "several blocks": hermitian((50, 50)),
    "complex": hermitian((33, 33), "complex128"),
}
"""Hermitian matrices that are hard in different ways."""


def units(residual: Any, *factors: Any) -> float:
    """Return the largest element of a residual, in units of eps times the largest elements of the factors."""
    if not residual.size:
        return 0.0
    scale = np.finfo(residual.dtype).eps * np.prod([np.abs(f).max() for f in factors])
    size = float(np.abs(residual).max())
    return size / float(scale) if scale else size


def allowed(lapack: float, least: float = 2.0) -> float:
    """Return the largest error that a recipe may have: four times LAPACK's."""
    return 4 * max(lapack, least)


def _distance_from_unit(*products: Any) -> float:
    return max(units(p - np.eye(p.shape[-1], dtype=p.dtype)) for p in products)


def qr_error(a: Any, q: Any, r: Any) -> float:
    """Return the error of a QR decomposition."""
    return max(units(q @ r - a, a), _distance_from_unit(adjoint(q) @ q))


def eigh_error(a: Any, values: Any, vectors: Any) -> float:
    """Return the error of eigenvalues in ascending order and orthonormal eigenvectors."""
    assert (np.diff(values) >= 0).all()
    residual = units(a @ vectors - vectors * values[..., None, :], values)
    return max(residual, _distance_from_unit(adjoint(vectors) @ vectors))


def svd_error(a: Any, u: Any, s: Any, vh: Any) -> float:
    """Return the error of a singular value decomposition."""
    assert (np.diff(s) <= 0).all()
    assert (s >= 0).all()
    k = s.shape[-1]
    residual = units((u[..., :k] * s[..., None, :]) @ vh[..., :k, :] - a, s)
    return max(residual, _distance_from_unit(adjoint(u) @ u, vh @ adjoint(vh)))


def _of_norm_one(a: Any, values: Any) -> tuple[Any, Any]:
    """Return matrices and eigenvalues divided by a norm."""
    size = np.abs(a).max(axis=(-1, -2), keepdims=True, initial=0)
    size[size == 0] = 1
    a, values = a / size, values / size[..., 0]
    norm = np.linalg.norm(a, 2, axis=(-1, -2), keepdims=True) if a.size else np.ones_like(size)
    norm[norm == 0] = 1
    return a / norm, values / norm[..., 0]


def eig_error(a: Any, values: Any, vectors: Any) -> float:
    """Return the error of eigenvalues and eigenvectors of length 1."""
    matrices, numbers = _of_norm_one(a, values)
    lengths = np.sqrt(np.sum(np.abs(vectors) ** 2, axis=-2))
    residual = matrices @ vectors - vectors * numbers[..., None, :]
    return max(units(residual.astype(vectors.dtype)), units(lengths - 1))


def eigvals_error(a: Any, values: Any) -> float:
    """Return how far matrices must move, relative to their norms, to have some eigenvalues."""
    matrices, numbers = _of_norm_one(a, values)
    moved = matrices[..., None, :, :] - numbers[..., None, None] * np.eye(a.shape[-1])
    smallest = np.linalg.svd(moved, compute_uv=False)[..., -1:]
    return units(smallest.astype(a.real.dtype))
