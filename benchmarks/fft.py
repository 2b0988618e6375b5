"""Fourier transforms in models beside those of numpy, for lengths that are known and for symbolic ones."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import onnxruntime

import onnxp as xp

from .measure import seconds
from .table import Row

SHAPES = ((8,), (64,), (100,), (1000,), (1024,), (1009,), (10_007,))
BATCH = (1_000, 64)
ROWS_OF = ((10_000, 8), BATCH, (64, 1000))


def _numbers(name: str, shape: tuple[int, ...]) -> Any:
    random = np.random.default_rng(0)
    x = random.standard_normal(shape)
    return x if name == "rfft" else x + 1j * random.standard_normal(shape)


def _transform(name: str, shape: tuple[int, ...]) -> tuple[Callable[[Any, Any], Any], Any]:
    """Return a transform in a namespace, and an array whose transform, or that it transforms, has a shape."""
    if name != "irfft":
        return lambda ns, x: getattr(ns.fft, name)(x), _numbers(name, shape)
    *rows, n = shape
    return lambda ns, x: ns.fft.irfft(x, n=n), _numbers(name, (*rows, n // 2 + 1))


def beside_numpy(
    name: str, shape: tuple[int, ...], *, symbolic: bool = False, all_threads: bool = False
) -> Callable[[], tuple[float, float]]:
    """Time the model of a transform in a session at default options, but on one thread unless asked.

    What all threads take is always the time of the clock: that of the processor adds them up.
    """

    def measure() -> tuple[float, float]:
        function, x = _transform(name, shape)
        spec = xp.spec((*("M",) * (len(shape) - 1), "N") if symbolic else x.shape, x.dtype)
        program = xp.trace(lambda a: function(xp, a), spec)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 0 if all_threads else 1  # 0, the default, is one a core
        session = program.session(options)
        planes = (x.real.copy(), x.imag.copy()) if np.iscomplexobj(x) else (x,)
        feeds = dict(zip((i.name for i in session.get_inputs()), planes, strict=True))
        clock = perf_counter if all_threads else None
        return seconds(lambda: session.run(None, feeds), lambda: function(np, x), clock)

    return measure


def errors_beside_numpy(
    name: str, n: int, *, symbolic: bool = False
) -> Callable[[], tuple[float, float]]:
    """Return the root of the mean square error of a model and of numpy, relative to the transform, over eps."""

    def measure() -> tuple[float, float]:
        function, x = _transform(name, (n,))
        exact = function(np, x.astype(np.result_type(x, np.longdouble)))
        program = xp.trace(
            lambda a: function(xp, a), xp.spec(("N",) if symbolic else x.shape, x.dtype)
        )
        ours, theirs = (
            float(np.linalg.norm(result - exact) / np.linalg.norm(exact)) / 2.0**-52
            for result in (np.asarray(program(x)), function(np, x))
        )
        return ours, theirs

    return measure


LIMITS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "fft": ((4, 4, 5, 3, 3, 4, 3), (2, 2.5, 3.5)),
    "ifft": ((4, 4, 5, 3, 3, 4, 3), (2, 2.5, 3.5)),
    "rfft": ((4, 4, 5, 3.5, 3.5, 4, 3), (1, 2, 5.5)),
    "irfft": ((4, 4, 6, 4, 4, 4, 3), (2, 2, 5.5)),
}
"""How many times the time of numpy a transform may take, for the lengths and rows above."""


def _label(name: str, shape: tuple[int, ...]) -> str:
    return f"{name}, {shape[0]:,}" if len(shape) == 1 else f"{name}, {shape[0]:,} of {shape[1]:,}"


ROWS = (
    *(
        Row(_label(name, shape), "numpy", beside_numpy(name, shape), at_most=limit)
        for name, limits in LIMITS.items()
        for shape, limit in zip(SHAPES + ROWS_OF, sum(limits, ()), strict=True)
    ),
    *(
        Row(
            f"{_label(name, BATCH)}, default options",
            "numpy",
            beside_numpy(name, BATCH, all_threads=True),
            at_most=2,
        )
        for name in LIMITS
    ),
    *(
        Row(
            f"{_label('fft', (n,))}, symbolic",
            "numpy",
            beside_numpy("fft", (n,), symbolic=True),
            at_most=limit,
        )
        for (n,), limit in zip(SHAPES, (8, 8, 30, 50, 8, 12, 30), strict=True)
    ),
    *(
        Row(f"error of fft, {n:,}", "numpy", errors_beside_numpy("fft", n), "eps", at_most=2)
        for (n,) in SHAPES
    ),
    *(
        Row(
            f"error of fft, {n:,}, symbolic",
            "numpy",
            errors_beside_numpy("fft", n, symbolic=True),
            "eps",
            at_most=8,
        )
        for (n,) in SHAPES
    ),
)
