"""The worst errors of special functions of complex numbers beside those of scipy, for `benchmarks.accuracy`.

They are relative to the larger part of the result, in units of its last place.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np
from scipy import special

import onnxp as xp

from .special_accuracy import DIGITS, Floats

COUNT = 200
Draw = Callable[[np.random.Generator, int], tuple[Floats, ...]]


class Row(NamedTuple):
    """A row of the table: a function, its arguments in words, its truth, and what draws arguments."""

    name: str
    arguments: str
    truth: Callable[..., Any]
    draw: Draw


def _square(size: float) -> Draw:
    """Return what draws numbers from a square around 0."""
    return lambda random, count: (
        random.uniform(-size, size, count) + 1j * random.uniform(-size, size, count),
    )


def _all_sizes(random: np.random.Generator, count: int) -> tuple[Floats, ...]:
    """Draw numbers of all directions, whose logarithms of sizes are spread evenly."""
    angles = random.uniform(-np.pi, np.pi, count)
    return (np.exp(random.uniform(-20, 4, count) + 1j * angles),)


def _near_axes(random: np.random.Generator, count: int) -> tuple[Floats, ...]:
    """Draw numbers near the real and the imaginary axis."""
    along, away = random.uniform(-8, 8, count), np.exp(random.uniform(-30, 0, count))
    turned = random.choice([1, 1j], count)
    return ((along + 1j * random.choice([-1, 1], count) * away) * turned,)


def _pairs(random: np.random.Generator, count: int) -> tuple[Floats, ...]:
    return (*_square(8.0)(random, count), *_square(8.0)(random, count))


def _erfcx(z: Any) -> Any:
    if abs(z) < 30:
        return mp.exp(z * z) * mp.erfc(z)
    terms = ((-1) ** k * mp.fac2(2 * k - 1) / (2 * z * z) ** k for k in range(30))
    growth = 2 * mp.exp(z * z) if z.real < 0 else 0
    return growth + mp.fsum(terms) / (z * mp.sqrt(mp.pi))


def _ndtr(z: Any) -> Any:
    return mp.erfc(-z / mp.sqrt(2)) / 2


def _log_ndtr(z: Any) -> Any:
    upper = mp.erfc(z / mp.sqrt(2)) / 2
    if z.real > 0 and abs(upper) < 1e-30:
        return -upper
    return mp.log(_ndtr(z))


_TRUTHS: dict[str, Callable[..., Any]] = {
    "erf": mp.erf,
    "erfc": mp.erfc,
    "erfcx": _erfcx,
    "exp1": mp.e1,
    "expi": mp.ei,
    "expm1": mp.expm1,
    "gamma": mp.gamma,
    "log1p": mp.log1p,
    "log_ndtr": _log_ndtr,
    "loggamma": mp.loggamma,
    "ndtr": _ndtr,
    "psi": mp.digamma,
    "rgamma": mp.rgamma,
    "sinc": mp.sincpi,
    "spence": lambda z: mp.polylog(2, 1 - z),
}
ROWS = [
    *(
        Row(name, words, truth, draw)
        for name, truth in _TRUTHS.items()
        for words, draw in (
            ("parts to 8", _square(8.0)),
            ("parts to 30", _square(30.0)),
            ("all sizes to 50", _all_sizes),
            ("near the axes", _near_axes),
        )
    ),
    Row("xlogy", "parts to 8", lambda x, y: x * mp.log(y), _pairs),
    Row("xlog1py", "parts to 8", lambda x, y: x * mp.log1p(y), _pairs),
]


class Figures(NamedTuple):
    """The largest errors of a row in ulp: of both dtypes, and of scipy in complex128."""

    complex64: float
    complex128: float
    scipy: float


def measure(row: Row, count: int = COUNT, seed: int = 0) -> Figures:
    """Return the worst errors of a function."""
    function, other = getattr(xp.special, row.name), getattr(special, row.name)
    arguments = row.draw(np.random.default_rng(seed), count)
    narrow = tuple(z.astype(np.complex64) for z in arguments)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = np.asarray(function(*map(xp.asarray, arguments)))
        single = np.asarray(function(*map(xp.asarray, narrow)))
        theirs = np.asarray(other(*arguments))
    wide, short = _truth(row, arguments), _truth(row, narrow)
    return Figures(_worst(single, short), _worst(ours, wide), _worst(theirs, wide))


def _truth(row: Row, arguments: tuple[Floats, ...]) -> list[Any]:
    with mp.workdps(DIGITS):
        return [
            mp.mpc(row.truth(*(mp.mpc(complex(z)) for z in point)))
            for point in zip(*arguments, strict=True)
        ]


def _worst(results: Floats, truth: list[Any]) -> float:
    """Return the largest error, without results that underflow or overflow."""
    info = np.finfo(results.dtype)
    worst = 0.0
    with mp.workdps(DIGITS):
        for result, exact in zip(results, truth, strict=True):
            size = max(abs(exact.real), abs(exact.imag))
            if not info.smallest_normal < size < info.max:
                continue
            unit = np.spacing(info.dtype.type(float(size)))
            away = abs(mp.mpc(complex(result)) - exact) / mp.mpf(float(unit))
            worst = max(worst, float(away) if np.isfinite(result) else np.inf)
    return worst


def table() -> str:
    """Return the rows of the table of the page."""
    lines = []
    for row in ROWS:
        text = ", ".join(f"{error:.2f}" for error in measure(row))
        print(f"special.{row.name:13}{row.arguments:18}{text}", flush=True)
        lines.append(f"   {row.name}, {row.arguments}, {text}")
    return "\n".join(sorted(lines))
