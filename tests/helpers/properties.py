"""How many examples the tests of properties take: many in ``make properties``, and others each time."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("ONNXP_PROPERTIES", "0"))
"""The examples of each function; 0 in ``make test``, which takes the same few each time."""


def examples(few: int) -> Callable[[Any], Any]:
    """Return the settings of a test that takes a few examples in ``make test``."""
    return settings(
        max_examples=EXAMPLES or few,
        derandomize=not EXAMPLES,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
