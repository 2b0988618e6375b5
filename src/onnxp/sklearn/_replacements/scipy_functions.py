"""Replacements of functions of scipy that scikit-learn calls with traced arrays."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._distances import double, pairwise
from onnxp.sklearn._registry import is_traced, replaces


@replaces("scipy.spatial.distance:cdist", reason="It is compiled code.")
def _cdist(xp: ModuleType, /, XA: Any, XB: Any, metric: Any = "euclidean", **options: Any) -> Any:
    if metric not in ("euclidean", "sqeuclidean", "cityblock", "chebyshev") or options:
        return NotImplemented
    if not is_traced(XA):
        return pairwise(XB, np.asarray(XA), metric).T
    if not is_traced(XB):
        return pairwise(XA, np.asarray(XB), metric)
    return NotImplemented


@replaces("scipy.linalg:solve", reason="It is compiled code.")
def _solve(xp: ModuleType, /, a: Any, b: Any, *args: Any, **options: Any) -> Any:
    if is_traced(a) or args or options:
        return NotImplemented
    return xp.asarray(np.linalg.inv(np.asarray(a))) @ double(b)


@replaces(
    "scipy.special:expit",
    reason="scikit-learn subtracts its result from 1, so the last bit must be that of scipy's formula.",
)
def _expit(xp: ModuleType, /, x: Any, *, out: Any = None) -> Any:
    result = 1.0 / (1.0 + np.exp(-x))  # also of a column
    if out is None:
        return result
    out[...] = result
    return out
