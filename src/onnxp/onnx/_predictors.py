"""What operators of ai.onnx.ml need: columns, and attributes of some length, which kernels do not compare."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from onnxp._src import ops
from onnxp._src.graph.values import Value
from onnxp._src.shapes import dims
from onnxp._src.shapes.dims import Size
from onnxp._src.shapes.shape import shape_text
from onnxp.onnx._sizes import Given

DOMAIN = "ai.onnx.ml"

Guard = Callable[[Given], dict[int, Value]]
"""Return inputs, by position, that are recorded in place of those that were given."""


def in_columns(given: Given) -> dict[int, Value]:
    """Return the rows of a predictor, which have as many columns as its coefficients.

    Raises
    ------
    OperatorError
        What the call's `error` makes, if they never have, or if attributes do not fit each other.
    """
    x = given.at(0)
    if len(x.shape) not in (1, 2):
        raise given.error(f"the rows must have rank 1 or 2, not the shape {shape_text(x.shape)}")
    if _length(given, "kernel_params"):
        _require(given, kernel_params=3)  # gamma, coef0 and degree
    return {0: _with_size(given, 0, len(x.shape) - 1, _COLUMNS[given.name](given))}


def vectorized(given: Given) -> dict[int, Value]:
    """Return the inputs of FeatureVectorizer, which have the same number of rows."""
    numbers = given.attributes.get("inputdimensions", ())
    if len(numbers) != len(given.values) or any(number < 1 for number in numbers):
        raise given.error(f"inputdimensions must be {len(given.values)} numbers above 0")
    rows = given.at(0).shape[0] if len(given.at(0).shape) == 2 else 1
    if any(len(given.at(i).shape) not in (1, 2) for i in range(len(numbers))):
        raise given.error("the inputs must have rank 1 or 2")
    return {
        i: _with_size(given, i, 0, rows) if len(given.at(i).shape) == 2 else given.at(i)
        for i in range(len(numbers))
    }


def extracted(given: Given) -> dict[int, Value]:
    """Return the indices of ArrayFeatureExtractor, which are those of columns."""
    x, indices = given.at(0), given.at(1)
    if not x.shape:
        raise given.error("the array must have rank 1 or more")
    return {1: ops.require_below(indices, ops.scalar_size(x.shape[-1]))}


def normalized(given: Given) -> dict[int, Value]:
    """Return the rows of Normalizer, which must have columns."""
    if not given.at(0).shape:
        raise given.error("the array must have rank 1 or more")
    return {}


def grown(given: Given) -> dict[int, Value]:
    """Check the lists of trees, which have as many elements as there are nodes, or votes of leaves.

    Raises
    ------
    OperatorError
        What the call's `error` makes, if one is shorter, or votes for what there is not.
    """
    for prefix in ("nodes_", "class_", "target_", "leaf_"):
        lengths = {
            name: len(numbers)
            for name, numbers in given.attributes.items()
            if name.startswith(prefix) and np.size(numbers)
        }
        if len(set(lengths.values())) > 1:
            raise given.error(f"the attributes {prefix}* must have the same length, not {lengths}")
    labels = _length(given, "classlabels_strings") or _length(given, "classlabels_int64s")
    for name, count in (
        ("class_ids", labels),
        ("target_ids", given.attributes.get("n_targets", 1)),
    ):
        numbers = np.asarray(given.attributes.get(name, ()), np.int64)
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < count:
            raise given.error(f"{name} must be from 0 to {count - 1}, not {numbers.tolist()}")
    return {}


def _with_size(given: Given, position: int, axis: int, size: Size) -> Value:
    x = given.at(position)
    if dims.equal(x.shape[axis], size) is False:
        raise given.error(
            f"input {position} must have {size} elements along axis {axis}, not {x.shape[axis]}"
        )
    return ops.require_size(x, axis, size)


# Predictors


def _length(given: Given, name: str) -> int:
    return len(given.attributes.get(name, ()))


def _divided(given: Given, name: str, count: int) -> int:
    """Return how many numbers an attribute has for each of some classes or vectors."""
    length = _length(given, name)
    if count < 1 or length % count or not length:
        raise given.error(f"{name} must be {max(count, 1)} rows, not {length} numbers")
    return length // count


def _require(given: Given, **lengths: int) -> None:
    for name, least in lengths.items():
        if _length(given, name) < least:
            raise given.error(f"{name} must have {least} elements, not {_length(given, name)}")


def _linear_classifier(given: Given) -> int:
    count = _length(given, "intercepts")
    labels = _length(given, "classlabels_strings") or _length(given, "classlabels_ints")
    if count > 1 and labels < count:
        raise given.error(f"there must be {count} class labels, not {labels}")
    return _divided(given, "coefficients", count)


def _linear_regressor(given: Given) -> int:
    return _divided(given, "coefficients", given.attributes.get("targets", 1))


def _svm_regressor(given: Given) -> int:
    count = given.attributes.get("n_supports", 0)
    _require(given, rho=1, coefficients=max(count, 1))
    return _divided(given, "support_vectors", count) if count else _length(given, "coefficients")


def _svm_classifier(given: Given) -> int:
    labels = _length(given, "classlabels_strings") or _length(given, "classlabels_ints")
    counts = given.attributes.get("vectors_per_class", ())
    if labels < 1 or any(count < 0 for count in counts):
        raise given.error("there must be class labels, and vectors_per_class of 0 or more")
    total = sum(counts)
    if not total:
        _require(given, rho=1)
        return _divided(given, "coefficients", labels)
    if len(counts) != labels:
        raise given.error(f"vectors_per_class must be {labels} numbers, not {len(counts)}")
    pairs = labels * (labels - 1) // 2
    _require(given, rho=pairs, coefficients=(labels - 1) * total)
    if _length(given, "prob_a") or _length(given, "prob_b"):
        _require(given, prob_a=pairs, prob_b=pairs)
    return _divided(given, "support_vectors", total)


_COLUMNS: dict[str, Callable[[Given], int]] = {
    "LinearClassifier": _linear_classifier,
    "LinearRegressor": _linear_regressor,
    "SVMClassifier": _svm_classifier,
    "SVMRegressor": _svm_regressor,
}
"""How many columns the rows must have, by operator."""

GUARDS: dict[str, tuple[Guard, ...]] = {
    "ArrayFeatureExtractor": (extracted,),
    "FeatureVectorizer": (vectorized,),
    "Normalizer": (normalized,),
    "TreeEnsemble": (grown,),
    "TreeEnsembleClassifier": (grown,),
    "TreeEnsembleRegressor": (grown,),
    **dict.fromkeys(_COLUMNS, (in_columns,)),
}
