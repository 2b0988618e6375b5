"""The standard's linalg: compositions run in all ways, decompositions on concrete arrays, by numpy."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onnxp as xp
from onnxp import linalg
from onnxp.errors import (
    ArgumentError,
    AxisError,
    DTypeError,
    LinearAlgebraError,
    ShapeError,
)
from onnxp.testing import run_all_ways

# The functions of 2025.12: names, kinds and defaults of their parameters.
FUNCTIONS = """
cholesky(x, /, *, upper=False)
cross(x1, x2, /, *, axis=-1)
det(x, /)
diagonal(x, /, *, offset=0)
eig(x, /)
eigh(x, /)
eigvals(x, /)
eigvalsh(x, /)
inv(x, /)
matmul(x1, x2, /)
matrix_norm(x, /, *, keepdims=False, ord='fro')
matrix_power(x, n, /)
matrix_rank(x, /, *, rtol=None)
matrix_transpose(x, /)
outer(x1, x2, /)
pinv(x, /, *, rtol=None)
qr(x, /, *, mode='reduced')
slogdet(x, /)
solve(x1, x2, /)
svd(x, /, *, full_matrices=True)
svdvals(x, /)
tensordot(x1, x2, /, *, axes=2)
trace(x, /, *, offset=0, dtype=None)
vecdot(x1, x2, /, *, axis=-1)
vector_norm(x, /, *, axis=None, keepdims=False, ord=2)
""".split("\n")[1:-1]
SQUARES = [(3, 3), (2, 3, 3), (0, 0), (2, 0, 3, 3), (1, 1)]


def numbers(shape, dtype="float64", seed=0):
    rng = np.random.default_rng(seed)
    real = rng.normal(size=shape)
    if np.dtype(dtype).kind == "c":
        real = real + 1j * rng.normal(size=shape)
    return real.astype(dtype)


def close(found, wanted, dtype="float64"):
    found = np.asarray(found)
    assert found.shape == np.shape(wanted)
    assert found.dtype == np.asarray(wanted).dtype
    tolerance = (
        1e-4 if np.dtype(dtype).itemsize // (1 + (np.dtype(dtype).kind == "c")) == 4 else 1e-10
    )
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


def test_names():
    plain = []
    for name in sorted(
        name for name in linalg.__all__ if inspect.isfunction(getattr(linalg, name))
    ):
        signature = inspect.signature(getattr(linalg, name))
        bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
        plain.append(f"{name}{inspect.Signature(bare)}")
    assert plain == FUNCTIONS
    assert xp.linalg is linalg


@pytest.mark.parametrize("offset", [0, 1, -1, 2, -3, 7, -7])
@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2), (2, 3, 4), (0, 3), (3, 0), (1, 1)])
def test_diagonal_and_trace(shape, offset):
    x = numbers(shape)
    close(
        run_all_ways(lambda x: linalg.diagonal(x, offset=offset), x),
        np.diagonal(x, offset, -2, -1).copy(),
    )
    close(
        run_all_ways(lambda x: linalg.trace(x, offset=offset), x),
        np.linalg.trace(x, offset=offset),
    )


@pytest.mark.parametrize("dtype", ["int64", "float32", "float64", "complex128"])
def test_outer_and_cross(dtype):
    a, b = (
        (numbers(3, "complex128", seed).astype(dtype) for seed in (1, 2))
        if dtype[0] == "c"
        else ((10 * numbers(3, seed=seed)).astype(dtype) for seed in (1, 2))
    )
    close(run_all_ways(linalg.outer, a, b[:2]), np.linalg.outer(a, b[:2]), dtype)
    close(run_all_ways(linalg.cross, a, b, static_axes=(0,)), np.cross(a, b), dtype)


def test_cross_along_another_axis():
    a, b = numbers((2, 3, 4)), numbers((1, 3, 4), seed=1)
    close(
        run_all_ways(lambda a, b: linalg.cross(a, b, axis=1), a, b, static_axes=(1,)),
        np.cross(a, np.broadcast_to(b, a.shape), axis=1),
    )


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
@pytest.mark.parametrize("order", [2, 1, 0, np.inf, -np.inf, 3, -1, 0.5])
def test_vector_norm(order, axis, dtype):
    x = numbers((2, 3, 4), dtype)
    for keepdims in (False, True):
        found = run_all_ways(
            lambda x, keepdims=keepdims: linalg.vector_norm(
                x, axis=axis, keepdims=keepdims, ord=order
            ),
            x,
        )
        wanted = np.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=order)
        close(found, wanted.astype(found.dtype), dtype)
        assert found.dtype == x.real.dtype


@pytest.mark.parametrize("order", ["fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_matrix_norm(order):
    x = numbers((2, 3, 4))
    for keepdims in (False, True):
        wanted = np.linalg.matrix_norm(x, keepdims=keepdims, ord=order)

        def norm(x, keepdims=keepdims):
            return linalg.matrix_norm(x, keepdims=keepdims, ord=order)

        close(norm(xp.asarray(x)), wanted)
        if order not in ("nuc", 2, -2):  # those of models differ in the last bits
            close(run_all_ways(norm, x), wanted)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, -1, -2])
def test_matrix_power(n):
    x = numbers((2, 3, 3))
    wanted = np.linalg.matrix_power(x, n)
    close(linalg.matrix_power(xp.asarray(x), n), wanted)
    if n >= 0:
        close(run_all_ways(lambda x: linalg.matrix_power(x, n), x, static_axes=(1, 2)), wanted)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("shape", SQUARES, ids=str)
@pytest.mark.parametrize("name", ["det", "inv", "eigvalsh", "eigh", "slogdet"])
def test_square_matrices(name, shape, dtype):
    x = numbers(shape, dtype)
    if "h" in name:
        x = x + np.conj(np.swapaxes(x, -1, -2))
    found, wanted = getattr(linalg, name)(xp.asarray(x)), getattr(np.linalg, name)(x)
    if isinstance(wanted, tuple):
        assert found._fields == wanted._fields
    else:
        found, wanted = (found,), (wanted,)
    for one, other in zip(found, wanted, strict=True):
        close(one, other, dtype)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.booleans(), st.integers(0, 99))
def test_decompositions_compose(rows, columns, full, seed):
    x = xp.asarray(numbers((2, rows, columns), seed=seed))
    u, s, vh = linalg.svd(x, full_matrices=full)
    k = min(rows, columns)
    close((u[..., :k] * s[:, None, :]) @ vh[..., :k, :], np.asarray(x))
    close(linalg.svdvals(x), np.asarray(s))
    for mode in ("reduced", "complete"):
        q, r = linalg.qr(x, mode=mode)
        close(q @ r, np.asarray(x))
    close(x @ linalg.pinv(x) @ x, np.asarray(x))
    assert np.asarray(linalg.matrix_rank(x)).tolist() == [k, k]
    square = x @ x.mT + xp.eye(rows)
    for upper in (False, True):
        factor = linalg.cholesky(square, upper=upper)
        product = factor.mT @ factor if upper else factor @ factor.mT
        close(product, np.asarray(square))
    close(square @ linalg.solve(square, x), np.asarray(x))
    vector = numbers(rows)
    close(linalg.solve(square, xp.asarray(vector)), np.linalg.solve(np.asarray(square), vector))


def test_eigenvalues_are_complex():
    x = np.array([[0.0, 1.0], [-1.0, 0.0]])
    for matrix in (x, x @ x, x.astype(np.complex64)):
        values, vectors = linalg.eig(xp.asarray(matrix))
        assert xp.isdtype(values.dtype, "complex floating")
        close(linalg.eigvals(xp.asarray(matrix)), np.asarray(values), matrix.dtype)
        np.testing.assert_allclose(
            matrix @ np.asarray(vectors), np.asarray(vectors * values), atol=1e-6
        )


def test_tolerance():
    x = xp.asarray(np.diag([1.0, 1e-3]))
    assert int(linalg.matrix_rank(x)) == 2
    assert (
        int(linalg.matrix_rank(x, rtol=1e-2))
        == int(linalg.matrix_rank(x, rtol=xp.asarray(1e-2)))
        == 1
    )
    close(linalg.pinv(x, rtol=1e-2), np.diag([1.0, 0.0]))


def test_results_are_constants_in_a_model():
    matrix = xp.asarray([[2.0, 0.0], [0.0, 4.0]])
    program = xp.trace(lambda x: x @ linalg.inv(matrix), "float64[N, 2]")
    assert [node.op_type for node in program.model.graph.node] == ["MatMul"]


def test_what_has_no_result():
    singular, negative = xp.zeros((2, 2)), xp.asarray([[-1.0]])
    for act in (
        lambda: linalg.inv(singular),
        lambda: linalg.solve(singular, xp.ones(2)),
        lambda: linalg.cholesky(negative),
        lambda: linalg.matrix_power(singular, -1),
    ):
        with pytest.raises(LinearAlgebraError):
            act()
        with pytest.raises(np.linalg.LinAlgError):
            act()


def test_wrong_arguments():
    x = xp.ones((2, 3))
    for act, error in (
        (lambda: linalg.det(x), ShapeError),
        (lambda: linalg.matrix_power(x, 2), ShapeError),
        (lambda: linalg.outer(x, x), ShapeError),
        (lambda: linalg.cross(x[:, :2], x[:, :2]), ShapeError),
        (lambda: linalg.cross(x, x[0, :], axis=0), AxisError),
        (lambda: linalg.solve(xp.eye(3), x), ShapeError),
        (lambda: linalg.solve(xp.eye(3), xp.asarray(1.0)), ShapeError),
        (lambda: linalg.matrix_norm(x, ord=3), ArgumentError),
        (lambda: linalg.matrix_norm(x, ord="max"), ArgumentError),
        (lambda: linalg.qr(x, mode="r"), ArgumentError),
        (lambda: linalg.vector_norm(x, axis=2), AxisError),
        (lambda: linalg.vector_norm(xp.ones(2, dtype=xp.int64)), DTypeError),
        (lambda: linalg.diagonal(xp.ones(2)), ShapeError),
        (lambda: linalg.trace(xp.ones((2, 2), dtype=xp.bool)), DTypeError),
    ):
        with pytest.raises(error):
            act()
