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
    "cholesky": (40, 55, 12),
    "slogdet": (65, 65, 30),
    "inv": (3, 3, 7),
    "solve": (4, 4, 7),
    "qr": (25, 40, 10),
    "eigvalsh": (180, 140, 60),
    "eigh": (110, 110, 75),
    "svd": (150, 110, 55),
    "eig": (320, 300, 140),
}
"""How many times the time of LAPACK a function may take, for the sizes below."""

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
)
