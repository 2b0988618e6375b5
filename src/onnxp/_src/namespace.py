"""The one import that waits: lower layers look up the namespace when they are called."""

from __future__ import annotations

from types import ModuleType


def namespace() -> ModuleType:
    """Return `onnxp` itself."""
    import onnxp

    return onnxp
