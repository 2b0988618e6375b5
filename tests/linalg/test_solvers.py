"""Inverses and solutions of linear equations in models, against numpy: backward errors and bad matrices."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import onnx
import pytest

import onnxp as xp
from onnxp.errors import BroadcastError, DTypeError, EvaluationError, ShapeError
from tests.helpers.sessions import session

DTYPES = ("float32", "float64", "complex64", "complex128")
SHAPES = [(1, 1), (3, 3), (20, 20), (2, 5, 5), (0, 0), (0, 3, 3), (2, 0, 2, 2)]


def numbers(shape: tuple[int, ...], dtype: str = "float64", seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    real = rng.standard_normal(shape)
    whole = real + 1j * rng.standard_normal(shape) if dtype.startswith("c") else real
    return whole.astype(dtype)


def hilbert(n: int) -> Any:
    return 1 / (np.arange(n)[:, None] + np.arange(n) + 1.0)


@lru_cache
def exported(function: Any, specs: tuple[Any, ...], target: str | None) -> Any:
    """Return a session for a model at default options, and the names of its inputs."""
    model = xp.trace(function, *specs, target=target).model
    onnx.checker.check_model(model, full_check=True)
    return session(model), [i.name for i in session(model).get_inputs()]


def models(function: Any, *arrays: Any, static: bool = True) -> list[Any]:
    """Run the symbolic and the static models of a function, portable ones too, at default options."""
    results = []
    for symbolic, target in product((True, False) if static else (True,), (None, "portable")):
        specs = [
            xp.spec(tuple(f"n{k}_{i}>=0" for i in range(a.ndim)) if symbolic else a.shape, a.dtype)
            for k, a in enumerate(arrays)
        ]
        running, names = exported(function, tuple(specs), target)
        planes = [p for a in arrays for p in ((a.real, a.imag) if a.dtype.kind == "c" else (a,))]
        parts = running.run(None, dict(zip(names, map(np.ascontiguousarray, planes), strict=True)))
        results.append(parts[0] if len(parts) == 1 else parts[0] + 1j * parts[1])
    return results


def backward_error(a: Any, x: Any, b: Any) -> float:
    """Return how far a solution is from solving equations, in units of the least error."""
    if not x.size:
        return 0.0
    residual = np.abs(a @ x - b).max()
    scale = np.abs(a).max() * np.abs(x).max() + np.abs(b).max()
    return float(residual / scale / np.finfo(x.dtype).eps)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
class TestDTypes:
    def test_inv(self, dtype: str, shape: tuple[int, ...]):
        a = numbers(shape, dtype)
        expected = np.linalg.inv(a)
        limit = 1e-4 if dtype in ("float32", "complex64") else 1e-12
        for result in models(xp.linalg.inv, a, static=shape == (3, 3)):
            assert result.dtype == dtype
            np.testing.assert_allclose(result, expected, rtol=limit, atol=limit)

    def test_solve(self, dtype: str, shape: tuple[int, ...]):
        a, b = numbers(shape, dtype), numbers((*shape[:-1], 2), dtype, 1)
        for result in models(xp.linalg.solve, a, b, static=shape == (2, 5, 5)):
            assert result.dtype == dtype
            assert result.shape == b.shape
            assert backward_error(a, result, b) < 8


class TestSolve:
    @pytest.mark.parametrize(
        "shapes", [((3, 3), (3,)), ((2, 3, 3), (3,)), ((2, 1, 3, 3), (4, 3, 1))]
    )
    def test_sides(self, shapes: Any):
        a, b = numbers(shapes[0]), numbers(shapes[1], seed=1)
        for result in models(xp.linalg.solve, a, b):
            np.testing.assert_allclose(result, np.linalg.solve(a, b), rtol=1e-10)

    @pytest.mark.parametrize(
        "a",
        [
            hilbert(12),
            np.vander(np.linspace(0.1, 1, 12)),
            np.diag([1e-150, 1.0, 1e150]),
            10.0 ** np.arange(-10, 10)[:, None] * numbers((20, 20)),
            np.linalg.qr(numbers((20, 20)))[0],
            np.eye(5)[[3, 1, 4, 0, 2]],
        ],
        ids=["Hilbert", "Vandermonde", "scales", "graded", "orthogonal", "permutation"],
    )
    def test_backward_error_is_that_of_lapack(self, a: Any):
        b = numbers((len(a), 1), seed=2)
        limit = 4 * max(backward_error(a, np.linalg.solve(a, b), b), 0.5)
        for result in models(xp.linalg.solve, a, b):
            assert backward_error(a, result, b) <= limit

    @pytest.mark.parametrize("condition", [1e3, 1e9, 1e11, 1e13])
    @pytest.mark.parametrize("n", [5, 70])
    def test_solutions_that_are_smaller_than_inverses(self, n: int, condition: float):
        q, p = (np.linalg.qr(numbers((n, n), seed=i))[0] for i in (1, 2))
        a = q * condition ** -np.linspace(0, 1, n) @ p
        b = a @ np.ones((n, 1))
        limit = 4 * max(backward_error(a, np.linalg.solve(a, b), b), 0.5)
        for result in models(xp.linalg.solve, a, b, static=False):
            assert backward_error(a, result, b) <= limit

    def test_of_transposes(self):
        a, b = numbers((4, 4)), numbers((3, 4), seed=1)
        for result in models(lambda p, q: xp.linalg.solve(p.T, q.T).T @ xp.linalg.inv(p.T).T, a, b):
            expected = np.linalg.solve(a.T, b.T).T @ np.linalg.inv(a.T).T
            np.testing.assert_allclose(result, expected, rtol=1e-10)


INV = xp.trace(xp.linalg.inv, "float64[N,N]")
SOLVE = xp.trace(xp.linalg.solve, "float64[N,N]", "float64[N]")


def singular(name: str, n: int) -> Any:
    a = np.random.default_rng(n).normal(size=(n, n))
    if name == "rows":
        a[-1] = a[:-1].sum(axis=0)
    elif name == "integers":
        a = np.round(3 * a)
        a[-1] = a[:-1].sum(axis=0)
    elif name == "product":
        a = a[:, 1:] @ a[1:]
    elif name == "range":
        a = np.arange(1.0, n * n + 1).reshape(n, n)
    else:
        a = np.ones((n, n)) if name == "ones" else np.zeros((n, n))
    return a


@pytest.mark.parametrize("n", [2, 3, 9, 40, 70])
@pytest.mark.parametrize("name", ["rows", "integers", "product", "range", "ones", "zeros"])
def test_singular_matrices_have_no_results(name: str, n: int):
    """Whether numpy raises an error or returns numbers of 1e16 for them is decided by rounding."""
    if (name, n) == ("range", 2):
        return
    a, scales = singular(name, n), 2.0 ** np.round(np.linspace(-20, 20, n))
    for matrix in (a, scales[:, None] * a, a * scales):
        assert np.isnan(np.asarray(INV(matrix))).all()
        assert np.isnan(np.asarray(SOLVE(matrix, np.ones(n)))).all()


@pytest.mark.parametrize("n", [2, 3, 4])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_singular_matrices_of_a_stack(n: int, dtype: str):
    a = numbers((4, n, n), dtype)
    a[0, -1] = a[0, 0]
    a[2, :, -1] = 2 * a[2, :, 0]
    for x in models(xp.linalg.inv, a):
        assert np.isnan(x[::2]).all()
        np.testing.assert_allclose(x[1::2], np.linalg.inv(a[1::2]), rtol=1e-10)


def large(name: str) -> Any:
    """Return matrices for which the inverse is made of those of blocks, unless these lose digits."""
    a, n = numbers((64, 64), seed=3), 64
    zero = np.zeros((n // 2, n // 2))
    return {
        "random": a,
        "of odd size": numbers((65, 65)),
        "stack": numbers((2, 70, 70)),
        "empty stack": numbers((0, 70, 70)),
        "complex": numbers((40, 40), "complex128"),
        "reversed identity": np.fliplr(np.eye(n)),
        "zero block": np.block([[zero, a[:32, :32]], [a[32:, 32:], a[:32, 32:]]]),
        "small pivot": a * (1 - (1 - 1e-12) * (np.arange(n)[:, None] + np.arange(n) == 0)),
        "graded": 10.0 ** np.linspace(0, 9, n)[:, None] * a,
        "ill-conditioned": a @ np.diag(10.0 ** -np.linspace(0, 9, n)) @ numbers((n, n), seed=4),
        "huge": 1e300 * a,
        "tiny": 1e-300 * a,
        "mixed stack": np.stack([a, np.fliplr(np.eye(n)), 1e9 * a, np.triu(a) + 9 * np.eye(n)]),
    }[name]


@pytest.mark.parametrize(
    "name",
    "random, of odd size, stack, empty stack, complex, reversed identity, zero block, small pivot, graded, "
    "ill-conditioned, huge, tiny, mixed stack".split(", "),
)
def test_large_matrices(name: str):
    a = large(name)
    b = a[..., :1] / (np.abs(a).max(initial=0) or 1.0)
    limit = 4 * max(2.0, backward_error(a, np.linalg.solve(a, b), b))
    for x in models(xp.linalg.solve, a, b, static=False):
        assert backward_error(a, x, b) <= limit
    n = a.shape[-1]
    one = np.eye(n)
    limit = 4 * max(n, backward_error(a, np.linalg.inv(a), one))
    for x in models(xp.linalg.inv, a, static=False):
        assert backward_error(a, x, one) <= limit


def test_large_matrices_of_a_stack_do_not_depend_on_others():
    a = large("mixed stack")
    a[1] = a[0] * np.nan
    a[2, 1] = a[2, 0]
    together = np.asarray(xp.trace(xp.linalg.inv, "float64[B,N,N]")(a))
    for x, matrix in zip(together, a, strict=True):
        np.testing.assert_array_equal(x, np.asarray(INV(matrix)))


def test_matrices_that_are_nearly_singular_have_results():
    for n in (3, 10, 12):
        a = hilbert(n)
        product = a @ np.asarray(INV(a))
        np.testing.assert_allclose(product, np.eye(n), atol=1e-16 * np.linalg.cond(a))


def test_nan_spreads():
    for result in models(xp.linalg.inv, np.array([[1.0, np.nan], [0.0, 1.0]])):
        assert np.isnan(result).any()


def test_negative_powers():
    a = np.array([[2.0, 1.0], [0.0, 1.0]])
    for result in models(lambda x: xp.linalg.matrix_power(x, -2), a):
        np.testing.assert_allclose(result, np.linalg.matrix_power(a, -2))


def test_sizes_are_checked_by_the_run():
    inverse = xp.trace(xp.linalg.inv, "float64[M,N]")
    with pytest.raises(EvaluationError):
        inverse(np.ones((2, 3)))
    solution = xp.trace(xp.linalg.solve, "float64[N,N]", "float64[M]")
    with pytest.raises(EvaluationError):
        solution(np.eye(2), np.ones(3))
    crossed = xp.trace(xp.linalg.cross, "float64[N]", "float64[N]")
    with pytest.raises(EvaluationError):
        crossed(np.ones(2), np.ones(2))
    np.testing.assert_array_equal(np.asarray(crossed(np.eye(3)[0], np.eye(3)[1])), [0, 0, 1])


@pytest.mark.parametrize(
    ("function", "specs", "error"),
    [
        (xp.linalg.inv, ("float64[2,3]",), ShapeError),
        (xp.linalg.inv, ("float16[2,2]",), DTypeError),
        (xp.linalg.inv, ("int64[2,2]",), DTypeError),
        (xp.linalg.solve, ("float64[2,2]", "float64[3]"), ShapeError),
        (xp.linalg.solve, ("float64[2,2]", "float64[3,2]"), ShapeError),
        (xp.linalg.solve, ("float64[2,2]", "float64[]"), ShapeError),
        (xp.linalg.solve, ("float64[3,2,2]", "float64[4,2,1]"), BroadcastError),
    ],
)
def test_errors(function: Any, specs: tuple[str, ...], error: type[Exception]):
    with pytest.raises(error):
        xp.trace(function, *specs)


def test_numpy_functions():
    a, b = np.array([[2, 1], [1, 3]]), np.array([1.0, 2.0])
    for function in (np.linalg.solve, lambda x, y: np.linalg.inv(x) @ y):
        program = xp.trace(function, "int64[N,N]", "float64[N]")
        for result in (program(a, b), function(xp.asarray(a), xp.asarray(b))):
            np.testing.assert_allclose(np.asarray(result), np.linalg.solve(a, b))


@pytest.mark.parametrize("powers", [(120, 120, 120, -150), (120,) * 5 + (-120,) * 5], ids=len)
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_factors_of_determinants_may_overflow(powers: tuple[int, ...], dtype: str):
    a = numbers((len(powers), len(powers)), dtype)
    expected = np.linalg.det(a) * 10.0 ** sum(powers)
    rows = 10.0 ** np.array(powers)[:, None]
    for det in models(xp.linalg.det, a * rows):
        assert abs(det - expected) <= 1e-11 * abs(expected)
