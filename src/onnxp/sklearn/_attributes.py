"""The fitted arrays of an estimator, under the names that scikit-learn's users know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from onnxp._src.program.known_arrays import Named
from onnxp.sklearn._steps import is_estimator

_STEPS = ("steps", "transformers_", "transformer_list", "named_estimators_")
"""The attributes whose estimators have names of their own."""


def fitted_arrays(estimator: Any) -> Iterator[Named]:
    """Yield the arrays in the attributes of an estimator and of those in it.

    The names are ``coef_``, and in a step ``logisticregression/coef_``; of an estimator without a name, the
    attribute's is on the way: ``best_estimator_/coef_``, ``estimators_/0/coef_``.
    """
    seen: set[int] = set()

    def visit(obj: Any, name: str) -> Iterator[Named]:
        if isinstance(obj, np.ndarray) and obj.dtype.kind != "O":
            yield name, obj
            return
        if isinstance(obj, np.floating):  # as some attributes called intercept_
            yield name, np.asarray(obj)
            return
        if id(obj) in seen:
            return
        seen.add(id(obj))
        if isinstance(obj, np.ndarray | list | tuple):
            if len(obj) <= _MOST:
                for i, part in enumerate(obj):
                    yield from visit(part, f"{name}/{i}")
        elif is_estimator(obj):
            prefix = f"{name}/" if name else ""
            steps = [pair for label in _STEPS for pair in _pairs(vars(obj).get(label))]
            for label, step in steps:
                yield from visit(step, prefix + label)
            for label, part in vars(obj).items():
                if label not in _STEPS:
                    yield from visit(part, prefix + label)

    return visit(estimator, "")


_MOST = 100
"""Lists that are longer, such as the trees of a forest, hold nothing that a graph names."""


def _pairs(steps: Any) -> list[tuple[str, Any]]:
    """Return the estimators of an attribute of `_STEPS`, by name."""
    if isinstance(steps, dict):
        return [(str(name), step) for name, step in steps.items()]
    return [(str(step[0]), step[1]) for step in steps or () if isinstance(step, tuple)]
