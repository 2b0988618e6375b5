"""Operations on arrays whose elements are looked at once, beside JAX, which also computes at once.

Without JAX there are no rows.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

import onnxp as xp

from .measure import seconds
from .table import Row

SMALL = np.random.default_rng(0).random((2, 4, 4), np.float32)
LARGE = np.random.default_rng(0).random((2, 1000, 1000), np.float32)
CHAIN = 20


class Task(NamedTuple):
    """What to compute of two arrays by a namespace, and our largest time for each time of JAX."""

    function: Callable[[Any, Any, Any], Any]
    at_most: float
    limit: str = ""


def softmax(namespace: Any, a: Any, _: Any) -> Any:
    """Compute softmax by its formula."""
    powers = namespace.exp(a - namespace.max(a, axis=1, keepdims=True))
    return powers / namespace.sum(powers, axis=1, keepdims=True)


def chain(_: Any, a: Any, b: Any) -> Any:
    """Add 20 times."""
    for _ in range(CHAIN):
        a = a + b
    return a


TASKS = {
    "a + b": Task(lambda _, a, b: a + b, 0.95),
    "mean(a)": Task(lambda ns, a, _: ns.mean(a), 1.0),
    "a @ b": Task(lambda _, a, b: a @ b, 1.0),
    "exp(a)": Task(lambda ns, a, _: ns.exp(a), 1.2),
    "a + 1.5": Task(lambda _, a, __: a + 1.5, 1.1),
    "softmax": Task(softmax, 1.2),
    "a[1:3, 1]": Task(lambda _, a, __: a[1:3, 1], 0.8),
    "20 additions": Task(chain, 0.6),
}
LARGE_TASKS = {
    "a + b": TASKS["a + b"]._replace(
        at_most=1.1, limit="one core, which waits for the memory; JAX uses two"
    ),
    "mean(a)": TASKS["mean(a)"]._replace(
        at_most=1.3,
        limit="one core, as ReduceMean in a bare session: parts would be rounded in another way",
    ),
    "a @ b": TASKS["a @ b"]._replace(at_most=1.2),
}


def beside_jax(
    function: Callable[[Any, Any, Any], Any], arrays: np.ndarray[Any, Any]
) -> tuple[float, float]:
    """Time a function of two arrays, its result looked at by numpy."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import jax.numpy as jnp

    ours = [xp.asarray(x) for x in arrays]
    theirs = [jnp.asarray(x) for x in arrays]
    expected = function(np, *arrays)
    np.testing.assert_allclose(np.asarray(function(xp, *ours)), expected, rtol=1e-4)
    return seconds(
        lambda: np.asarray(function(xp, *ours)), lambda: np.asarray(function(jnp, *theirs))
    )


ROWS = tuple(
    Row(
        f"{name}, {arrays.shape[1:]}",
        "jax",
        functools.partial(beside_jax, task.function, arrays),
        at_most=task.at_most,
        limit=task.limit,
    )
    for tasks, arrays in ((TASKS, SMALL), (LARGE_TASKS, LARGE))
    for name, task in tasks.items()
    if find_spec("jax") is not None
)
