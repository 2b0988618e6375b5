"""Creation functions (the standard's chapter of that name)."""

from onnxp._src.api.creation.conversion import asarray, from_dlpack
from onnxp._src.api.creation.filling import (
    empty,
    empty_like,
    full,
    full_like,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from onnxp._src.api.creation.matrices import eye, tril, triu
from onnxp._src.api.creation.sequences import arange, linspace, meshgrid

__all__ = [
    "arange",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "full",
    "full_like",
    "linspace",
    "meshgrid",
    "ones",
    "ones_like",
    "tril",
    "triu",
    "zeros",
    "zeros_like",
]
