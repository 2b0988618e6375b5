"""The planes of an array, as algorithms get them: one of a real dtype, or two of a complex one."""

from __future__ import annotations

from collections.abc import Sequence

from onnxp._src.graph.values import Value

Planes = tuple[Value, ...]


def is_complex(planes: Sequence[Value]) -> bool:
    """Return whether an array of numbers is complex: real and imaginary part."""
    return len(planes) == 2
