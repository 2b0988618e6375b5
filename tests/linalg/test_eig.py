"""Eigenvalues and eigenvectors of square matrices in models, beside LAPACK: errors, sizes and bad matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp._src.lowering import functions
from onnxp._src.lowering.linalg import schur
from onnxp.errors import DTypeError, EvaluationError, ShapeError
from tests.helpers.matrices import (
    DTYPES,
    HERMITIAN,
    SQUARES,
    STRUCTURED,
    allowed,
    eig_error,
    numbers,
)
from tests.helpers.sessions import models

UNITARY = np.linalg.qr(numbers((30, 30)))[0]
CYCLES = {
    "cycle": np.eye(7)[[1, 2, 3, 4, 5, 6, 0]],
    "swaps": np.eye(6)[[1, 0, 3, 2, 5, 4]],
    "rotation": np.array([[0.0, 1.0], [-1.0, 0.0]]),
    "nilpotent": np.eye(5, k=1),
    "nilpotent, lower": np.eye(5, k=-1),
    "triangle": np.triu(numbers((8, 8))),
    "blocks": np.kron(np.eye(3), numbers((3, 3))),
    "companion": np.eye(6, k=-1) + np.eye(6)[:, -1:] * [[0, 0, 0, 0, 0, 1.0]],
    "graded": numbers((6, 6)) * 10.0 ** (-6 * np.arange(6))[:, None],
    "projection": UNITARY[:, :15] @ UNITARY[:, :15].T,
    "columns that are nearly equal": np.ones((40, 1)) + 1e-9 * numbers((40, 40)),
}
MATRICES = {**STRUCTURED, **HERMITIAN, **CYCLES}


def distance(values: Any, expected: Any) -> float:
    """Return the largest distance between eigenvalues that belong together."""
    rest, far = list(expected), 0.0
    for value in values:
        nearest = min(rest, key=lambda x: abs(x - value))
        rest.remove(nearest)
        far = max(far, abs(nearest - value))
    return far


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SQUARES, ids=str)
def test_shapes(shape: tuple[int, ...], dtype: str):
    a = numbers(shape, dtype)
    expected = xp.linalg.eig(xp.asarray(a))
    for values, vectors in models(xp.linalg.eig, a, static=shape == (3, 3)):
        assert str(values.dtype) == str(vectors.dtype) == str(expected.eigenvalues.dtype)
        assert values.shape == a.shape[:-1]
        assert vectors.shape == a.shape
        assert eig_error(a, values, vectors) <= 30
    for values in models(xp.linalg.eigvals, a, static=shape == (2, 5, 5)):
        assert str(values.dtype) == str(expected.eigenvalues.dtype)
        limit = 1000 * np.finfo(dtype).eps
        for place in np.ndindex(shape[:-2]):
            assert (
                not values.size or distance(values[place], np.asarray(expected[0])[place]) < limit
            )


def test_eigenvalues_that_sweeps_do_not_reach_are_nan(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(functions, "_functions", {})
    monkeypatch.setattr(schur, "SWEEPS", 0)
    values = xp.trace(xp.linalg.eigvals, "float64[B,N,N]")(np.stack([numbers((4, 4)), np.eye(4)]))
    assert np.isnan(values[0]).all()
    assert np.asarray(values[1]).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("name", MATRICES)
def test_structured_matrices(name: str):
    a = MATRICES[name]
    with np.errstate(over="ignore", under="ignore"):
        lapack = eig_error(a, *np.linalg.eig(a))
    ((values, vectors),) = models(xp.linalg.eig, a, static=False)
    assert eig_error(a, values, vectors) <= allowed(lapack)
    (alone,) = models(xp.linalg.eigvals, a, static=False)
    np.testing.assert_array_equal(alone, values)


@pytest.mark.parametrize(
    "name", ["orthogonal", "unitary", "permutation", "cycle", "swaps", "several blocks"]
)
def test_eigenvalues_of_normal_matrices(name):
    a = MATRICES[name]
    (values,) = models(xp.linalg.eigvals, a, static=False)
    assert distance(values, np.linalg.eigvals(a)) < 1e-14 * max(1.0, np.abs(values).max()) * 4


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("dtype", ["float64", "complex64"])
def test_elements_that_are_not_finite(bad: float, dtype: str):
    a = numbers((2, 4, 4), dtype)
    a[0, 2, 1] = bad
    for values, vectors in models(xp.linalg.eig, a, static=False):
        assert np.isnan(values[0]).all()
        assert np.isnan(vectors[0]).all()
        assert eig_error(a[1], values[1], vectors[1]) <= 16


@pytest.mark.parametrize("spec", ["float16[2,2]", "int64[2,2]", "bool[2,2]"])
@pytest.mark.parametrize("name", ["eig", "eigvals"])
def test_arguments_are_checked(name: str, spec):
    function = getattr(xp.linalg, name)
    with pytest.raises(EvaluationError):
        xp.trace(function, "float64[M,N]")(np.ones((2, 3)))
    with pytest.raises(ShapeError):
        xp.trace(function, "float64[2,3]")
    with pytest.raises(DTypeError):
        xp.trace(function, spec)


EIG = xp.trace(xp.linalg.eig, "float64[B>=0,N>=0,N]")


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 3), st.integers(0, 9), st.integers(0, 99), st.integers(-9, 9), st.booleans())
def test_all_sizes(count: int, size: int, seed: int, scale: int, rounded: bool):
    a = numbers((count, size, size), seed=seed)
    a = (np.round(a) if rounded else a) * 10.0 ** (30 * scale)
    values, vectors = (np.asarray(x) for x in EIG(a))
    assert eig_error(a, values, vectors) <= 20
