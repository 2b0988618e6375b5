"""How long random tests run: ``make fuzz SECONDS=600`` shares the time of all workers among them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

SECONDS = float(os.environ.get("ONNXP_FUZZ_SECONDS", "0"))
"""For how long ``make fuzz`` runs; 0 in ``make test``, which makes the same tests each time."""
WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))

PARTS = {"programs": 0.3, "numpy": 0.35, "views": 0.1, "dtypes": 0.15, "frames": 0.1}
"""The parts of the time that the random tests of a file get."""


def seeds(part: str, tests: int) -> Iterator[int]:
    """Yield seeds, others each time, for as long as one of the tests of a part may run."""
    end = time.monotonic() + SECONDS * WORKERS * PARTS[part] / tests
    seed = time.time_ns()
    yield seed
    while time.monotonic() < end:
        seed += 1
        yield seed
