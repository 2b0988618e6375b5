"""Versions of runtimes, opsets and files: the supported ones, and those that nodes may need."""

from __future__ import annotations

from functools import cache

from onnxp._src.graph.values import Value

TRIED = ("1.20.1", "1.23.2", "1.32.0")
"""The versions of onnxruntime that the tables were compared with. The first is the oldest supported version."""
RUNTIME_OPSETS: dict[tuple[int, int], int] = {(1, 20): 21, (1, 23): 23, (1, 32): 28}
"""The newest opset of measured versions of onnxruntime. Versions in between support at least the older one."""
BASE_OPSET = 21
IR_VERSION = 10  # the newest that onnxruntime 1.20.1 reads

OPSETS: dict[str, int] = {
    "BitCast": 26,
    "CumProd": 26,
}
"""Operators that need a newer opset than `BASE_OPSET`."""


def release(version: str) -> tuple[int, ...]:
    """Convert a version to a tuple that can be compared."""
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())


@cache
def installed_runtime() -> str:
    """Return the version of the installed onnxruntime."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("onnxruntime")
    except PackageNotFoundError:
        # a package of another name, such as onnxruntime-gpu, takes its place
        import onnxruntime

        return str(onnxruntime.__version__)


@cache
def installed_opset() -> int:
    """Return the newest opset that the installed onnxruntime is known to run."""
    installed = release(installed_runtime())[:2]
    opsets = [opset for version, opset in RUNTIME_OPSETS.items() if version <= installed]
    return max(opsets, default=BASE_OPSET)


def opset_limit(*values: Value) -> int:
    """Return the newest opset that a node on these values may need: that of the target and of the runtime."""
    limits = [v.trace.target.opset for v in values if v.trace is not None and v.trace.target]
    return min([installed_opset(), *limits])
