"""Probabilities from scores."""

from __future__ import annotations

from onnxp._src import ops
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array


def softmax(scores: Array) -> Array:
    """Return the probabilities of classes, by the operator of this name.

    It subtracts the largest score of a row first, as scikit-learn does, and gives NaN where there is NaN or
    the largest score is infinite.
    """
    return new_array(scores.dtype, (ops.softmax(scores._planes[0]),))
