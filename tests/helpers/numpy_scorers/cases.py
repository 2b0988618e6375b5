"""The table of functions, and their arguments."""

from __future__ import annotations

from functools import partial

import numpy as np

from tests.helpers.numpy_predictors.cases import Case, takes

CASES: dict[str, Case] = {}
_takes = partial(takes, CASES)
floats = _takes("float64[N, 4]", lambda rng, n: rng.normal(size=(n, 4)))
singles = _takes("float32[N, 4]", lambda rng, n: rng.normal(size=(n, 4)).astype(np.float32))
gaps = _takes(
    "float64[N, 4]",
    lambda rng, n: np.where(rng.random((n, 4)) < 0.3, np.nan, rng.normal(size=(n, 4))),
)
codes = _takes("int64[N, 3]", lambda rng, n: rng.integers(0, 4, size=(n, 3)))
small_codes = _takes("int32[N]", lambda rng, n: rng.integers(0, 4, size=n).astype(np.int32))
prices = _takes("float64[N]", lambda rng, n: np.exp(rng.normal(size=n) * 0.1).cumprod() * 100)
windows = _takes("float64[N, 16]", lambda rng, n: rng.normal(size=(n, 16)))
images = _takes("uint8[N, 4, 6, 3]", lambda rng, n: rng.integers(0, 256, (n, 4, 6, 3), np.uint8))
texts = _takes(
    "string[N]", lambda rng, n: np.array(["red", "green", "blue", "Red"])[rng.integers(0, 4, n)]
)
masks = _takes("bool[N, 4]", lambda rng, n: rng.random((n, 4)) < 0.5)
