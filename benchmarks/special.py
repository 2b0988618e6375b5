"""Special functions in models beside scipy: the time of 100,000 elements on one thread.

``python -m benchmarks.accuracy`` measures their errors.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
from scipy import special

import onnxp as xp

from .measure import seconds
from .table import Row

COUNT = 100_000


def _even(low: float, high: float) -> Any:
    return np.random.default_rng(0).uniform(low, high, COUNT)


def beside_scipy(name: str, *arguments: tuple[float, float]) -> Callable[[], tuple[float, float]]:
    """Time the model of a function at default options, on one thread, for numbers between two."""

    def measure() -> tuple[float, float]:
        arrays = [_even(*ends) for ends in arguments]
        if name in ("polygamma", "expn"):
            arrays[0] = np.floor(arrays[0])
        function, other = getattr(xp.special, name), getattr(special, name)
        program = xp.trace(function, *["float64[N]"] * len(arrays))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = program.session(options)
        feeds = dict(zip((i.name for i in session.get_inputs()), arrays, strict=True))
        whole = [a.astype(np.int64) if (a == np.floor(a)).all() else a for a in arrays]
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return seconds(lambda: session.run(None, feeds), lambda: other(*whole))

    return measure


ARGUMENTS: dict[str, tuple[float, tuple[tuple[float, float], ...]]] = {
    "expit": (3, ((-20, 20),)),
    "log_expit": (3, ((-20, 20),)),
    "logit": (4, ((0, 1),)),
    "xlogy": (3, ((0, 9), (0, 9))),
    "entr": (4, ((0, 9),)),
    "kl_div": (35, ((0, 9), (0, 9))),
    "cbrt": (5, ((-9, 9),)),
    "erf": (10, ((-4, 4),)),
    "erfc": (10, ((-4, 9),)),
    "erfcx": (5, ((0, 30),)),
    "erfinv": (10, ((-1, 1),)),
    "ndtr": (10, ((-9, 9),)),
    "log_ndtr": (15, ((-9, 9),)),
    "ndtri": (30, ((0, 1),)),
    "gamma": (10, ((0.1, 30),)),
    "gammaln": (15, ((0.1, 30),)),
    "psi": (10, ((0.1, 30),)),
    "polygamma": (8, ((1, 2), (0.1, 30))),
    "zeta": (7, ((1.1, 20), (0.1, 30))),
    "gammainc": (30, ((0.1, 10), (0.1, 20))),
    "betainc": (15, ((0.1, 10), (0.1, 10), (0, 1))),
    "i0": (5, ((-30, 30),)),
    "j0": (8, ((-30, 30),)),
    "k0": (8, ((0.1, 30),)),
    "exp1": (8, ((0.1, 30),)),
    "spence": (8, ((0, 5),)),
    "ellipk": (10, ((0, 1),)),
}
"""How many times the time of scipy a function may take, and the ends of its arguments."""

ROWS = tuple(
    Row(f"special.{name}, 100,000", "scipy", beside_scipy(name, *arguments), at_most=limit)
    for name, (limit, arguments) in ARGUMENTS.items()
)
