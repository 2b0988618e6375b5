"""Probabilities from scores, and their logarithms."""

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


def log_softmax(scores: Array) -> Array:
    """Return the logarithms of the probabilities of classes, where the operator loses no digit of them.

    The scores are far from 0, and so rounded that the logarithm of a sum of exponentials near 1 has no digits
    beyond those of the operator.
    """
    return new_array(scores.dtype, (ops.log_softmax(scores._planes[0]),))


def log_sum_exp(scores: Array) -> Array:
    """Return the logarithms of the sums of exponentials of rows, of such scores."""
    return new_array(scores.dtype, (ops.reduce("ReduceLogSumExp", scores._planes[0], (1,)),))
