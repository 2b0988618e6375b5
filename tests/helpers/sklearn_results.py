"""Comparison of results with those of scikit-learn."""

from __future__ import annotations

import numpy as np


def check(found: np.ndarray, wanted: np.ndarray) -> None:
    assert found.shape == wanted.shape
    if wanted.dtype.kind in "OU":
        assert [*map(str, found)] == [*map(str, wanted)]
        return
    tolerance = 1e-4 if found.dtype == np.float32 else 1e-7
    scale = max(1.0, np.abs(wanted).max())
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance * scale)
