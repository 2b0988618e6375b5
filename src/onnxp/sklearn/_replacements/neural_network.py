"""Replacements in ``sklearn.neural_network``."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from onnxp._src import ops
from onnxp._src.array.array import Array
from onnxp._src.array.base import new_array
from onnxp.sklearn._probabilities import softmax
from onnxp.sklearn._registry import replaces


@replaces(
    "sklearn.neural_network._multilayer_perceptron:BaseMultilayerPerceptron._forward_pass_fast",
    reason="Its softmax is written out (1.9.1, _base.py:75): several nodes for one.",
)
def _forward(xp: ModuleType, /, model: Any, X: Any, check_input: bool = True) -> Any:
    from sklearn.neural_network._base import ACTIVATIONS
    from sklearn.utils.validation import validate_data

    if check_input:
        X = validate_data(model, X, reset=False)
    layers = list(zip(model.coefs_, model.intercepts_, strict=True))
    for coefficients, intercepts in layers[:-1]:
        X = X @ coefficients + intercepts
        if model.activation == "relu" and X.dtype == xp.float32:
            X = _relu(X)
        else:
            ACTIVATIONS[model.activation](X)
    coefficients, intercepts = layers[-1]
    X = X @ coefficients + intercepts
    if model.out_activation_ == "softmax":
        return softmax(X)
    ACTIVATIONS[model.out_activation_](X)
    return X


def _relu(x: Array) -> Array:
    """Return ``maximum(x, 0)`` by the operator of this name."""
    return new_array(x.dtype, (ops.unary("Relu", x._planes[0]),))
