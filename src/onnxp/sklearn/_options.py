"""What the caller of a trace asks of the replacements that it meets."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from onnxp._src.graph.values import Target
from onnxp._src.ops.targets import DEFAULT, TARGETS


class Options(NamedTuple):
    """What to trade.

    Attributes
    ----------
    target : Target
        The least runtime that the model is for.
    exact : bool
        Whether results are those of scikit-learn to the last digits, or may be computed in float32.
    missing_text : None or float
        What missing text is in scikit-learn, where the model has ``""``: None or NaN.
    """

    target: Target = TARGETS[DEFAULT]
    exact: bool = True
    missing_text: float | None = math.nan


_current: ContextVar[Options] = ContextVar("options", default=Options())  # noqa: B039


def options() -> Options:
    """Return the options of the trace that runs."""
    return _current.get()


@contextmanager
def optioned(chosen: Options) -> Iterator[None]:
    """Have options while inside."""
    token = _current.set(chosen)
    try:
        yield
    finally:
        _current.reset(token)
