"""Print the peak memory of ``mean((a - b) ** 2)``: ``python -m benchmarks.peak numpy|onnxp``.

Counted is what a fresh process takes above what it held before the two inputs were made, the
libraries being loaded and warm: inputs, temporaries, result, and what an allocator keeps.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

SIZE = 10_000_000
Array = np.ndarray[Any, Any]


def error(xp: Any, a: Any, b: Any) -> float:
    """Return the mean squared difference as a number."""
    return float(xp.mean((a - b) ** 2))


def inputs(size: int) -> tuple[Array, Array]:
    """Return two float32 arrays."""
    a = np.arange(size, dtype=np.float32)
    return a, a[::-1].copy()


def resident(key: str) -> int:
    """Return a memory figure of this process in bytes.

    ``resource.getrusage`` will not do: a child's ``ru_maxrss`` starts at its parent's peak.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    raise LookupError(f"/proc/self/status has no {key}")


def main(namespace: str) -> None:
    """Measure in this process, which must be fresh."""
    xp = importlib.import_module(namespace)
    error(xp, *map(xp.asarray, inputs(10)))
    before = resident("VmRSS")
    error(xp, *map(xp.asarray, inputs(SIZE)))
    print(resident("VmHWM") - before)


if __name__ == "__main__":
    main(sys.argv[1])
