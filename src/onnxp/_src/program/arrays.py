"""Arrays of onnxp among the arguments of calls, whose class is not imported for that: most are of numpy."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from onnxp._src.array.array import Array


def is_array(obj: object) -> TypeGuard[Array]:
    """Return whether an object is an array of onnxp."""
    module = sys.modules.get("onnxp._src.array.array")
    array_class = getattr(module, "Array", None)  # there is none while the module is being imported
    return array_class is not None and isinstance(obj, array_class)
