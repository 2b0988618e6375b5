"""Manipulation functions (the standard's chapter of that name)."""

from onnxp._src.api.manipulation.broadcasting import (
    broadcast_arrays,
    broadcast_shapes,
    broadcast_to,
)
from onnxp._src.api.manipulation.joining import concat, stack, unstack
from onnxp._src.api.manipulation.ordering import flip, moveaxis, permute_dims, roll
from onnxp._src.api.manipulation.repetition import repeat, tile
from onnxp._src.api.manipulation.shaping import expand_dims, reshape, squeeze

__all__ = [
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_to",
    "concat",
    "expand_dims",
    "flip",
    "moveaxis",
    "permute_dims",
    "repeat",
    "reshape",
    "roll",
    "squeeze",
    "stack",
    "tile",
    "unstack",
]
