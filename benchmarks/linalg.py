"""Linear algebra in models beside LAPACK by numpy: matrices of several sizes, and stacks of small ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
from threadpoolctl import threadpool_limits

import onnxp as xp

from .measure import seconds
from .table import Row

MATRICES = 10_000


def _random(shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(0).standard_normal(shape)


def _symmetric(shape: tuple[int, ...]) -> Any:
    a = _random(shape)
    return a + np.swapaxes(a, -1, -2)


def _positive(shape: tuple[int, ...]) -> Any:
    a = _random(shape)
    return a @ np.swapaxes(a, -1, -2) + np.eye(shape[-1])


FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[Callable[..., Any], ...]]] = {
    "cholesky": (lambda ns, a: ns.linalg.cholesky(a), (_positive,)),
    "slogdet": (lambda ns, a: ns.linalg.slogdet(a), (_random,)),
    "inv": (lambda ns, a: ns.linalg.inv(a), (_random,)),
    "solve": (lambda ns, a, b: ns.linalg.solve(a, b), (_random, lambda s: _random((*s[:-1], 1)))),
    "qr": (lambda ns, a: ns.linalg.qr(a), (_random,)),
    "eigvalsh": (lambda ns, a: ns.linalg.eigvalsh(a), (_symmetric,)),
    "eigh": (lambda ns, a: ns.linalg.eigh(a), (_symmetric,)),
    "svd": (lambda ns, a: ns.linalg.svd(a), (_random,)),
    "eig": (lambda ns, a: ns.linalg.eig(a), (_random,)),
}


def beside_lapack(name: str, shape: tuple[int, ...]) -> Callable[[], tuple[float, float]]:
    """Time the model of a function at default options, on one thread; the size of one matrix is symbolic."""

    def measure() -> tuple[float, float]:
        function, makers = FUNCTIONS[name]
        arrays = [make(shape) for make in makers]
        symbolic = {MATRICES: "B"} if len(shape) > 2 else {shape[-1]: "N"}
        specs = [xp.spec(tuple(symbolic.get(n, n) for n in a.shape), a.dtype) for a in arrays]
        program = xp.trace(lambda *xs: function(xp, *xs), *specs)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = program.session(options)
        feeds = dict(zip((i.name for i in session.get_inputs()), arrays, strict=True))
        with threadpool_limits(1):
            return seconds(lambda: session.run(None, feeds), lambda: function(np, *arrays))

    return measure


LIMITS = {
    "cholesky": (40, 55, 11),
    "slogdet": (65, 65, 30),
    "inv": (4, 3, 2),
    "solve": (5, 4, 4),
    "qr": (20, 30, 7),
    "eigvalsh": (140, 100, 50),
    "eigh": (90, 90, 60),
    "svd": (130, 90, 45),
    "eig": (320, 300, 140),
}
"""How many times the time of LAPACK a function may take, for the sizes below."""


def _units(*residuals: tuple[Any, Any]) -> float:
    """Return the largest of some residuals, relative to matrices, in units of eps."""
    return max(float(np.abs(r).max() / np.abs(a).max()) for r, a in residuals) / 2.0**-52


def _orthogonality(q: Any) -> tuple[Any, float]:
    return q.T @ q - np.eye(q.shape[1]), 1.0


ERRORS: dict[str, Callable[..., float]] = {
    "cholesky": lambda a, f: _units((f @ f.T - a, a)),
    "solve": lambda a, b, x: _units((a @ x - b, np.abs(a).max() * np.abs(x))),
    "qr": lambda a, q, r: _units((q @ r - a, a), _orthogonality(q)),
    "eigh": lambda a, w, v: _units((a @ v - v * w, w), _orthogonality(v)),
    "svd": lambda a, u, s, vh: _units(((u * s) @ vh - a, s), *map(_orthogonality, (u, vh.T))),
    "eig": lambda a, w, v: _units((a @ v - v * w, w)),
}


def errors_beside_lapack(name: str, n: int) -> Callable[[], tuple[float, float]]:
    """Return the backward errors of a model and of LAPACK."""

    def measure() -> tuple[float, float]:
        function, makers = FUNCTIONS[name]
        arrays = [make((n, n)) for make in makers]
        specs = [xp.spec(tuple("N" if m == n else m for m in a.shape), a.dtype) for a in arrays]
        program = xp.trace(lambda *xs: function(xp, *xs), *specs)
        ways = []
        for results in (program(*arrays), function(np, *arrays)):
            parts = results if isinstance(results, tuple) else (results,)
            ways.append(ERRORS[name](*arrays, *map(np.asarray, parts)))
        return ways[0], ways[1]

    return measure


ROWS = (
    *(
        Row(f"{name}, {n} x {n}", "numpy", beside_lapack(name, (n, n)), at_most=limit)
        for name, limits in LIMITS.items()
        for n, limit in zip((8, 32, 128), limits, strict=True)
    ),
    *(
        Row(
            f"{name}, 10,000 of {n} x {n}",
            "numpy",
            beside_lapack(name, (MATRICES, n, n)),
            at_most=1,
        )
        for name in LIMITS
        if name != "eig"
        for n in (2, 3, 4)
    ),
    *(
        Row(
            f"error of {name}, 128 x 128",
            "numpy",
            errors_beside_lapack(name, 128),
            "eps",
            at_most=4,
        )
        for name in ERRORS
    ),
)
