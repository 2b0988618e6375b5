"""Replacements in ``sklearn.decomposition._lda``: topics of documents, by a loop of the model."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from onnxp.sklearn._registry import replaces

_EULER = 0.577215664901532860606512090082402431


@replaces(
    "sklearn.decomposition._lda:LatentDirichletAllocation._e_step",
    reason="It cuts the rows into as many parts as there are jobs, and goes through them (1.9.1, _lda.py:473); "
    "here all are in one loop, each until it converges.",
)
def _topics(
    xp: ModuleType, /, model: Any, X: Any, cal_sstats: bool, random_init: bool, parallel: Any = None
) -> Any:
    if cal_sstats or random_init:
        return NotImplemented
    words = np.asarray(model.exp_dirichlet_component_)
    forward, back = xp.asarray(words), xp.asarray(words.T.copy())
    prior, least = float(model.doc_topic_prior_), float(np.finfo(words.dtype).eps)

    def going(state: tuple[Any, Any, Any, Any]) -> Any:
        return (state[0] < model.max_doc_update_iter) & xp.any(state[3])

    def improved(state: tuple[Any, Any, Any, Any]) -> tuple[Any, Any, Any, Any]:
        count, topics, expected, active = state
        norm = expected @ forward + least
        after = expected * ((X / norm) @ back) + prior
        change = xp.mean(xp.abs(after - topics), axis=1, keepdims=True)
        return (
            count + 1,
            xp.where(active, after, topics),
            xp.where(active, _expectation(xp, after), expected),
            active & (change >= model.mean_change_tol),
        )

    start = xp.zeros((X.shape[0], len(words)), dtype=X.dtype) + 1.0
    active = xp.ones((X.shape[0], 1), dtype=xp.bool)
    state = (xp.asarray(0), start, _expectation(xp, start), active)
    return xp.while_loop(going, improved, state)[1], None


def _expectation(xp: ModuleType, topics: Any) -> Any:
    total = xp.sum(topics, axis=1, keepdims=True)
    return xp.exp(_digamma(xp, topics) - _digamma(xp, total))


def _digamma(xp: ModuleType, x: Any) -> Any:
    """Return the digamma function of positive numbers, with the rounding errors that scikit-learn's has."""
    small = -_EULER - 1.0 / x
    result = 0.0 * x
    at = xp.where(x <= 1e-6, 1.0, x)
    for _ in range(6):
        is_low = at < 6.0
        result = xp.where(is_low, result - 1.0 / at, result)
        at = xp.where(is_low, at + 1.0, at)
    r = 1.0 / at
    result = result + (xp.log(at) - 0.5 * r)
    r = r * r
    result = result - r * (1.0 / 12.0 - r * (1.0 / 120.0 - r * (1.0 / 252.0)))
    return xp.where(x <= 1e-6, small, result)
