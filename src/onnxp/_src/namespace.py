"""The public modules: the namespace, looked up when lower layers are called, and the names it claims."""

from __future__ import annotations

from types import FunctionType, ModuleType
from typing import Any


def namespace() -> ModuleType:
    """Return `onnxp` itself."""
    import onnxp

    return onnxp


def claim(names: dict[str, Any]) -> None:
    """Set the ``__module__`` of what a public module exports from its private ones, given its globals.

    Pickles, reprs and help then name the public module, and outlive a move of the private ones.
    """
    module = names["__name__"]
    for exported in names["__all__"]:
        obj = names.get(exported)
        if isinstance(obj, FunctionType | type) and obj.__module__.startswith(f"{module}._"):
            obj.__module__ = module
