"""Parameters of models, which the functions find as global variables."""

from __future__ import annotations

from typing import Any

import numpy as np

RNG = np.random.default_rng(11)
W = RNG.normal(size=(5, 3))
BIAS = np.array([0.1, -0.2, 0.3])
LABELS = np.array([10, 20, 30, 40, 50])
NAMES = np.array(["low", "mid", "high"])
RATES = np.array([0.0, 0.1, 0.22, 0.37, 0.45])
EDGES = np.array([-1.0, -0.2, 0.4, 1.1])
MEANS = RNG.normal(size=5)
STDS = RNG.uniform(0.5, 2.0, size=5)
CENTERS = RNG.normal(size=(4, 5))
EMBEDDING = RNG.normal(size=(7, 3))
PERMUTATION = [4, 2, 0, 1, 3]
PARAMS: dict[str, Any] = {"table": RNG.normal(size=5), "cuts": [-0.5, 0.5], "layers": [(W, BIAS)]}
DAYS_BEFORE_MONTH = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334])
GAMMA = (np.arange(256) / 255.0) ** 0.5
