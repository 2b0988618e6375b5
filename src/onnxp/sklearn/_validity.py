"""Which rows are valid: conditions that scikit-learn checks and raises errors for, which a model cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from onnxp._src.namespace import namespace

_conditions: ContextVar[list[Any] | None] = ContextVar("conditions", default=None)


@contextmanager
def collecting() -> Iterator[list[Any]]:
    """Collect the conditions that replacements note for the duration of the context."""
    conditions: list[Any] = []
    token = _conditions.set(conditions)
    try:
        yield conditions
    finally:
        _conditions.reset(token)


def is_collecting() -> bool:
    """Return whether conditions are collected, so that a replacement must compute them."""
    return _conditions.get() is not None


def require(condition: Any) -> None:
    """Note that rows are valid where a condition is true, an array of shape (N,) or (N, columns)."""
    conditions = _conditions.get()
    if conditions is not None:
        xp = namespace()
        axes = tuple(range(1, condition.ndim))
        conditions.append(xp.all(condition, axis=axes) if axes else condition)
