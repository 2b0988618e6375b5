"""Matrices of tests: random and structured ones, models that take them, and errors beside LAPACK's."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

import onnxp as xp
from onnxp.testing._differential import _leaves, check_model, compare, tolerance

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


def models(
    function: Callable[..., Any], *arrays: Any, static: bool = True, **options: Any
) -> list[Any]:
    """Run models of a function in sessions at default and at disabled options, which must agree.

    Parameters
    ----------
    function : callable
        A function of arrays.
    *arrays : numpy.ndarray
        Its arguments.
    static : bool
        Whether to run the model with static sizes as well as the one with symbolic sizes.
    **options
        Its keyword arguments.

    Returns
    -------
    list
        The results of the models, each a list if there are several.
    """
    types = tuple((a.ndim, str(a.dtype)) for a in arrays)
    both = [_symbolic(function, types, tuple(options.items()))]
    if static:
        specs = [xp.spec(a.shape, a.dtype) for a in arrays]
        both.append(programs(function, specs, options))
    results = []
    for program, default in both:
        disabled, found = _leaves(program(*arrays)), _leaves(default(*arrays))
        compare("default options", disabled, found, ulps=tolerance(program.model))
        results.append(found[0] if len(found) == 1 else found)
    return results


@lru_cache
def _symbolic(function: Callable[..., Any], types: Any, options: Any) -> Any:
    specs = [
        xp.spec(tuple(f"n{k}_{i}>=0" for i in range(rank)), dtype)
        for k, (rank, dtype) in enumerate(types)
    ]
    return programs(function, specs, dict(options))


def programs(function: Callable[..., Any], specs: Any, options: Any) -> Any:
    """Return a model of a function as two programs, with disabled and with default options."""
    program = xp.trace(lambda *arrays: function(*arrays, **options), *specs)
    check_model(program)
    return program, program._at_default_options()


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
